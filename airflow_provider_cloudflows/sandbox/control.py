"""The control API under ``/_sandbox/``: what a person, a test or the console sees of the sandbox, and changes in it.

It needs no credentials, so ``guard.py`` decides who may use it, and it changes something only for a JSON request (which
a form of another site cannot send). It is no part of either cloud.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from airflow_provider_cloudflows.sandbox import curl, rooms, stream, world
from airflow_provider_cloudflows.sandbox.courses import CANCELS, ENDINGS, InvalidCourse
from airflow_provider_cloudflows.sandbox.dispatch import InvalidCredential, Sandbox
from airflow_provider_cloudflows.sandbox.events import InvalidEvent
from airflow_provider_cloudflows.sandbox.faults import KINDS, InvalidRule, parameters_of
from airflow_provider_cloudflows.sandbox.inventory import title_of
from airflow_provider_cloudflows.sandbox.journal import LENGTH
from airflow_provider_cloudflows.sandbox.json_text import read_json
from airflow_provider_cloudflows.sandbox.resources import InvalidResource, UnknownResource
from airflow_provider_cloudflows.sandbox.settings import InvalidSetting

_NO_CALL = "There is no call with this number; it came before the latest ones, or before a reset."
_NUMBER = re.compile("[0-9]{1,18}")
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
    return [
        *_views(sandbox, url),
        *_requests(sandbox, url),
        *_faults(sandbox),
        *_inventory(sandbox),
        *_resources(sandbox),
        *_work(sandbox),
        *_settings(sandbox),
    ]


def _views(sandbox: Sandbox, url: str) -> list[Route]:
    """What there is to see, and to take along: connections, and tokens of the sandbox's identity provider."""

    async def health(request: Request) -> Response:
        return JSONResponse({"status": "ok"}, headers=_HEADERS)

    async def state(request: Request) -> Response:
        return JSONResponse(sandbox.resources.dump(), headers=_HEADERS)

    async def listed_choices(request: Request) -> Response:
        return JSONResponse({"choices": rooms.listed_choices()}, headers=_HEADERS)

    async def connections(request: Request) -> Response:
        is_other = request.query_params.get("account") == "other"
        return JSONResponse((world.other_connections if is_other else world.connections)(url), headers=_HEADERS)

    async def catalog(request: Request) -> Response:
        return JSONResponse(_catalog(sandbox), headers=_HEADERS)

    async def oidc_token(request: Request) -> Response:
        lifetime = request.query_params.get("lifetime", "3600")
        if not re.fullmatch(r"-?[0-9]{1,8}(\.[0-9]{1,6})?", lifetime):
            return JSONResponse({"error": "lifetime must be a number of seconds."}, 400, headers=_HEADERS)
        return PlainTextResponse(sandbox.oidc_token(float(lifetime)), headers=_HEADERS)

    return [
        Route("/health", health, methods=["GET"]),
        Route("/stream", stream.endpoint(sandbox), methods=["GET"]),
        Route("/catalog", catalog, methods=["GET"]),
        Route("/state", state, methods=["GET"]),
        Route("/choices", listed_choices, methods=["GET"]),
        Route("/connections", connections, methods=["GET"]),
        Route("/oidc-token", oidc_token, methods=["GET"]),
    ]


def _catalog(sandbox: Sandbox) -> dict[str, Any]:
    """What can be chosen: operations, kinds of faults with their parameters, kinds of work, keys."""
    operations = [
        {"cloud": cloud, "service": operation.service, "name": operation.name, "effect": operation.method}
        for cloud, operation in sandbox.operations
    ]
    faults = [
        {"name": name, "about": kind.about, "is_tcp": kind.is_tcp, "parameters": parameters_of(name)}
        for name, kind in KINDS.items()
    ]
    work = [
        {"kind": kind, "title": title_of(kind), "cloud": cloud}
        for kind, (cloud, resource) in rooms.RESOURCES.items()
        if resource.words is not None
    ]
    return {
        "operations": operations,
        "faults": faults,
        "tcp_faults": sandbox.faults.tcp,
        "kinds": list(rooms.RESOURCES),
        "work": work,
        "endings": ENDINGS,
        "cancels": CANCELS,
        "keys": [{"id": key.id, "cloud": key.cloud, "is_temporary": bool(key.security_token)} for key in sandbox.keys],
    }


def _requests(sandbox: Sandbox, url: str) -> list[Route]:
    """The journal: its lines, one call with all that is known of it, and the command that repeats it."""

    async def requests(request: Request) -> Response:
        asked = request.query_params
        limit, after = asked.get("limit", str(LENGTH)), asked.get("after", "0")
        if not (_NUMBER.fullmatch(limit) and _NUMBER.fullmatch(after)):
            return JSONResponse({"error": "limit and after must be numbers."}, 400, headers=_HEADERS)
        brief = asked.get("brief") == "1"
        found = sandbox.journal.entries(int(limit), after=int(after), brief=brief)
        return JSONResponse({"requests": found}, headers=_HEADERS)

    async def one_request(request: Request) -> Response:
        entry = sandbox.journal.find(request.path_params["number"])
        if entry is None:
            return JSONResponse({"error": _NO_CALL}, 404, headers=_HEADERS)
        touched = sandbox.inventory.touched(entry.request_id)
        return JSONResponse(entry.page() | {"touched": touched}, headers=_HEADERS)

    async def as_curl(request: Request) -> Response:
        entry = sandbox.journal.find(request.path_params["number"])
        if entry is None:
            return JSONResponse({"error": _NO_CALL}, 404, headers=_HEADERS)
        try:
            return PlainTextResponse(curl.command(entry, url, sandbox.keys, sandbox.clock()), headers=_HEADERS)
        except curl.CannotRepeat as error:
            return JSONResponse({"error": str(error)}, 409, headers=_HEADERS)

    return [
        Route("/requests", requests, methods=["GET"]),
        Route("/requests/{number:int}", one_request, methods=["GET"]),
        Route("/requests/{number:int}/curl", as_curl, methods=["GET"]),
    ]


def _faults(sandbox: Sandbox) -> list[Route]:
    """The rules by which single calls go wrong."""

    async def faults(request: Request) -> Response:
        kinds = {name: kind.about for name, kind in KINDS.items()}
        return JSONResponse({"faults": sandbox.faults.as_json(), "kinds": kinds}, headers=_HEADERS)

    async def add_fault(request: Request) -> Response:
        return JSONResponse(sandbox.faults.add_json(await _json(request)).as_json(), 201, headers=_HEADERS)

    async def switch_fault(request: Request) -> Response:
        wanted = await _object(request)
        if set(wanted) != {"off"} or not isinstance(wanted["off"], bool):
            raise InvalidRule("Send a JSON object with off, which is true or false.")
        rule = sandbox.faults.switch(request.path_params["id"], off=wanted["off"])
        if rule is None:
            return JSONResponse({"error": "There is no rule with this id."}, 404, headers=_HEADERS)
        return JSONResponse(rule.as_json(), headers=_HEADERS)

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
        Route("/faults/{id:int}", _changing(switch_fault), methods=["PATCH"]),
        Route("/faults/{id:int}", remove_fault, methods=["DELETE"]),
    ]


def _inventory(sandbox: Sandbox) -> list[Route]:
    """Everything that exists and existed, in short, and one of them with its history."""

    async def listing(request: Request) -> Response:
        return JSONResponse({"now": sandbox.store.now(), "resources": sandbox.inventory.listing()}, headers=_HEADERS)

    async def detail(request: Request) -> Response:
        number = request.path_params["number"]
        found = sandbox.inventory.detail(number) if _NUMBER.fullmatch(str(number)) else None
        if found is None:
            return JSONResponse({"error": "There is no resource with this number."}, 404, headers=_HEADERS)
        return JSONResponse(found, headers=_HEADERS)

    return [
        Route("/inventory", listing, methods=["GET"]),
        Route("/inventory/{number:int}", detail, methods=["GET"]),
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


def _work(sandbox: Sandbox) -> list[Route]:
    """How work goes on that begins from now on, the clock that it goes by, and the end of what goes on now."""

    async def ending_of(request: Request) -> tuple[Any, Any]:
        wanted = await _object(request)
        if not set(wanted) <= {"ending", "reason"}:
            raise InvalidResource("Send a JSON object with ending and, if wanted, reason.")
        return wanted.get("ending", "good"), wanted.get("reason", "")

    async def end(request: Request) -> Response:
        kind, of = request.path_params["kind"], request.path_params["id"]
        return JSONResponse(sandbox.resources.end(kind, of, *await ending_of(request)), headers=_HEADERS)

    async def end_all(request: Request) -> Response:
        return JSONResponse({"ended": sandbox.resources.end_all(*await ending_of(request))}, headers=_HEADERS)

    async def courses(request: Request) -> Response:
        return JSONResponse({"courses": sandbox.courses.as_json()}, headers=_HEADERS)

    async def add_course(request: Request) -> Response:
        return JSONResponse(sandbox.courses.add_json(await _json(request)).as_json(), 201, headers=_HEADERS)

    async def clear_courses(request: Request) -> Response:
        sandbox.courses.clear()
        return JSONResponse({"courses": []}, headers=_HEADERS)

    async def clock(request: Request) -> Response:
        return JSONResponse({"now": sandbox.store.now(), "advanced": sandbox.advanced}, headers=_HEADERS)

    async def advance(request: Request) -> Response:
        wanted = await _object(request)
        if set(wanted) != {"advance"}:
            raise InvalidSetting("Send a JSON object with advance, a number of seconds.")
        return JSONResponse({"now": sandbox.advance(wanted["advance"])}, headers=_HEADERS)

    return [
        Route("/resources/{kind}/{id}/end", _changing(end), methods=["POST"]),
        Route("/end", _changing(end_all), methods=["POST"]),
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
        return read_json(await request.body())
    except ValueError as error:
        raise _NotJson(f"The body is not JSON: {error}.") from None


async def _object(request: Request) -> dict[str, Any]:
    found = await _json(request)
    if not isinstance(found, dict):
        raise _NotJson("Send a JSON object of fields.")
    return found
