"""What a person or a test sees of the sandbox: the control API under ``/_sandbox/`` and the page at ``/``.

It needs no credentials, so it answers only requests whose Host is loopback (a web page elsewhere could
otherwise reach it through a DNS name of its own), and changes something only for a JSON request (which a
form of another site cannot send). It is no part of either cloud.
"""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import json
import re
from collections.abc import Awaitable, Callable
from functools import lru_cache
from importlib import resources
from typing import Any
from urllib.parse import urlsplit

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from airflow_provider_cloudflows.sandbox import rooms, world
from airflow_provider_cloudflows.sandbox.courses import InvalidCourse
from airflow_provider_cloudflows.sandbox.dispatch import InvalidCredential, Sandbox
from airflow_provider_cloudflows.sandbox.events import InvalidEvent
from airflow_provider_cloudflows.sandbox.faults import KINDS, InvalidRule
from airflow_provider_cloudflows.sandbox.journal import LENGTH
from airflow_provider_cloudflows.sandbox.resources import InvalidResource, UnknownResource
from airflow_provider_cloudflows.sandbox.settings import InvalidSetting

_NOT_LOOPBACK = (
    "The control API and the page answer on a loopback address only; open http://127.0.0.1 with the port, "
    "or start the sandbox with --allow-remote."
)
_NOT_JSON = "Send Content-Type: application/json to change the sandbox."
Endpoint = Callable[[Request], Awaitable[Response]]

_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class _NotJson(ValueError):
    """The body of a request cannot be read."""


_INVALID = (
    InvalidCourse,
    InvalidCredential,
    InvalidEvent,
    InvalidResource,
    InvalidRule,
    InvalidSetting,
    _NotJson,
)


def routes(sandbox: Sandbox, url: str) -> list[Route]:
    """The routes of the control API."""
    return [*_views(sandbox, url), *_faults(sandbox), *_resources(sandbox), *_courses(sandbox), *_settings(sandbox)]


def _views(sandbox: Sandbox, url: str) -> list[Route]:
    """What there is to see, and to take along: connections, and tokens of the sandbox's identity provider."""

    async def health(request: Request) -> Response:
        return JSONResponse({"status": "ok"}, headers=_HEADERS)

    async def state(request: Request) -> Response:
        return JSONResponse(sandbox.resources.dump(), headers=_HEADERS)

    async def requests(request: Request) -> Response:
        limit = request.query_params.get("limit", str(LENGTH))
        if not limit.isdecimal():
            return JSONResponse({"error": "limit must be a number."}, 400, headers=_HEADERS)
        return JSONResponse({"requests": sandbox.journal.entries(int(limit))}, headers=_HEADERS)

    async def listed_choices(request: Request) -> Response:
        return JSONResponse({"choices": rooms.listed_choices()}, headers=_HEADERS)

    async def connections(request: Request) -> Response:
        is_other = request.query_params.get("account") == "other"
        return JSONResponse((world.other_connections if is_other else world.connections)(url), headers=_HEADERS)

    async def oidc_token(request: Request) -> Response:
        lifetime = request.query_params.get("lifetime", "3600")
        if not re.fullmatch(r"-?[0-9]{1,8}(\.[0-9]{1,6})?", lifetime):
            return JSONResponse({"error": "lifetime must be a number of seconds."}, 400, headers=_HEADERS)
        return PlainTextResponse(sandbox.oidc_token(float(lifetime)), headers=_HEADERS)

    return [
        Route("/health", health),
        Route("/state", state),
        Route("/requests", requests),
        Route("/choices", listed_choices),
        Route("/connections", connections),
        Route("/oidc-token", oidc_token),
    ]


def _faults(sandbox: Sandbox) -> list[Route]:
    """The rules by which single calls go wrong."""

    async def faults(request: Request) -> Response:
        kinds = {name: kind.about for name, kind in KINDS.items()}
        return JSONResponse({"faults": sandbox.faults.as_json(), "kinds": kinds}, headers=_HEADERS)

    async def add_fault(request: Request) -> Response:
        return JSONResponse(sandbox.faults.add_json(await _json(request)).as_json(), 201, headers=_HEADERS)

    async def clear_faults(request: Request) -> Response:
        sandbox.faults.clear()
        return JSONResponse({"faults": []}, headers=_HEADERS)

    async def remove_fault(request: Request) -> Response:
        if not sandbox.faults.remove(request.path_params["id"]):
            return JSONResponse({"error": "There is no rule with this id."}, 404, headers=_HEADERS)
        return JSONResponse({"faults": sandbox.faults.as_json()}, headers=_HEADERS)

    return [
        Route("/faults", faults, methods=["GET"]),
        Route("/faults", _changing(add_fault), methods=["POST"]),
        Route("/faults", clear_faults, methods=["DELETE"]),
        Route("/faults/{id:int}", remove_fault, methods=["DELETE"]),
    ]


def _resources(sandbox: Sandbox) -> list[Route]:
    """Single resources, changed as by another person, at once or after a certain answer; and what was removed."""

    async def insert(request: Request) -> Response:
        account = request.query_params.get("account", "")
        made = sandbox.resources.insert(request.path_params["kind"], await _object(request), account=account)
        return JSONResponse(made, 201, headers=_HEADERS)

    async def alter(request: Request) -> Response:
        kind, of = request.path_params["kind"], request.path_params["id"]
        return JSONResponse(sandbox.resources.alter(kind, of, await _object(request)), headers=_HEADERS)

    async def remove(request: Request) -> Response:
        try:
            sandbox.resources.remove(request.path_params["kind"], request.path_params["id"])
        except UnknownResource as error:
            return JSONResponse({"error": str(error)}, 404, headers=_HEADERS)
        return JSONResponse({"removed": sandbox.store.removed()}, headers=_HEADERS)

    async def removed(request: Request) -> Response:
        return JSONResponse({"removed": sandbox.store.removed()}, headers=_HEADERS)

    async def events(request: Request) -> Response:
        return JSONResponse({"events": sandbox.events.as_json()}, headers=_HEADERS)

    async def add_event(request: Request) -> Response:
        return JSONResponse(sandbox.events.add_json(await _json(request)).as_json(), 201, headers=_HEADERS)

    async def clear_events(request: Request) -> Response:
        sandbox.events.clear()
        return JSONResponse({"events": []}, headers=_HEADERS)

    return [
        Route("/resources/{kind}", _changing(insert), methods=["POST"]),
        Route("/resources/{kind}/{id}", _changing(alter), methods=["PATCH"]),
        Route("/resources/{kind}/{id}", remove, methods=["DELETE"]),
        Route("/removed", removed, methods=["GET"]),
        Route("/events", events, methods=["GET"]),
        Route("/events", _changing(add_event), methods=["POST"]),
        Route("/events", clear_events, methods=["DELETE"]),
    ]


def _courses(sandbox: Sandbox) -> list[Route]:
    """How work goes on that begins from now on, and the clock that it goes by."""

    async def courses(request: Request) -> Response:
        return JSONResponse({"courses": sandbox.courses.as_json()}, headers=_HEADERS)

    async def add_course(request: Request) -> Response:
        return JSONResponse(sandbox.courses.add_json(await _json(request)).as_json(), 201, headers=_HEADERS)

    async def clear_courses(request: Request) -> Response:
        sandbox.courses.clear()
        return JSONResponse({"courses": []}, headers=_HEADERS)

    async def clock(request: Request) -> Response:
        return JSONResponse({"now": sandbox.store.now()}, headers=_HEADERS)

    async def advance(request: Request) -> Response:
        wanted = await _object(request)
        if set(wanted) != {"advance"}:
            raise InvalidSetting("Send a JSON object with advance, a number of seconds.")
        return JSONResponse({"now": sandbox.advance(wanted["advance"])}, headers=_HEADERS)

    return [
        Route("/courses", courses, methods=["GET"]),
        Route("/courses", _changing(add_course), methods=["POST"]),
        Route("/courses", clear_courses, methods=["DELETE"]),
        Route("/clock", clock, methods=["GET"]),
        Route("/clock", _changing(advance), methods=["POST"]),
    ]


def _settings(sandbox: Sandbox) -> list[Route]:
    """How the whole sandbox behaves: its settings, revoked credentials, and back to birth."""

    async def settings(request: Request) -> Response:
        return JSONResponse(sandbox.settings.as_json() | {"revoked": sandbox.revoked()}, headers=_HEADERS)

    async def change_settings(request: Request) -> Response:
        changes = await _json(request)
        if not isinstance(changes, dict):
            raise InvalidSetting("Settings are a JSON object.")
        sandbox.settings.update(changes)
        return await settings(request)

    async def revoke(request: Request) -> Response:
        wanted = await _json(request)
        if not isinstance(wanted, dict) or not set(wanted) <= {"credential", "reason"}:
            raise InvalidCredential("Send a JSON object with credential and, if wanted, reason.")
        sandbox.revoke(wanted.get("credential", ""), wanted.get("reason", "expired"))
        return await settings(request)

    async def reset(request: Request) -> Response:
        sandbox.reset()
        return JSONResponse({"status": "reset"}, headers=_HEADERS)

    return [
        Route("/settings", settings, methods=["GET"]),
        Route("/settings", _changing(change_settings), methods=["POST"]),
        Route("/revoke", _changing(revoke), methods=["POST"]),
        Route("/reset", _changing(reset), methods=["POST"]),
    ]


def _changing(endpoint: Endpoint) -> Endpoint:
    """An endpoint that takes JSON only, and answers what is wrong with it in one sentence."""

    async def checked(request: Request) -> Response:
        if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            return JSONResponse({"error": _NOT_JSON}, 415, headers=_HEADERS)
        try:
            return await endpoint(request)
        except UnknownResource as error:
            return JSONResponse({"error": str(error)}, 404, headers=_HEADERS)
        except _INVALID as error:
            return JSONResponse({"error": str(error)}, 400, headers=_HEADERS)

    return checked


async def _json(request: Request) -> Any:
    try:
        return json.loads(await request.body())
    except ValueError:
        raise _NotJson("The body is not JSON.") from None


async def _object(request: Request) -> dict[str, Any]:
    found = await _json(request)
    if not isinstance(found, dict):
        raise _NotJson("Send a JSON object of fields.")
    return found


def guard(allow_remote: bool) -> list[Middleware]:
    """The Host check, unless the sandbox may be reached from elsewhere."""
    return [] if allow_remote else [Middleware(_LoopbackOnly)]


def page(request: Request) -> Response:
    """The page for a person."""
    if not request.app.state.allow_remote and not _is_loopback(request.headers.get("host", "")):
        return PlainTextResponse(_NOT_LOOPBACK, 403)
    html, policy = _page()
    return HTMLResponse(html, headers=_HEADERS | {"Content-Security-Policy": policy})


class _LoopbackOnly:
    """Refuses requests whose Host header is not a loopback name or address."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        host = Request(scope).headers.get("host", "")
        if _is_loopback(host):
            await self._app(scope, receive, send)
        else:
            await JSONResponse({"error": _NOT_LOOPBACK}, 403)(scope, receive, send)


def _is_loopback(host: str) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


@lru_cache(maxsize=1)
def _page() -> tuple[str, str]:
    """The packaged page, and a policy that lets the browser run only the script that is part of it."""
    html = resources.files(__package__).joinpath("page.html").read_text("utf-8")
    script, style = (_inline_hash(html, tag) for tag in ("script", "style"))
    policy = (
        f"default-src 'none'; script-src {script}; style-src {style}; connect-src 'self'; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return html, policy


def _inline_hash(html: str, tag: str) -> str:
    text = re.findall(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL)[0]
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
