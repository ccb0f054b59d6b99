"""The console: a page, its modules and its style, served as they lie in this folder.

There is no build step. The page loads nothing from elsewhere, and the policy below has the browser see to it. What it
shows it asks the control API for; nothing of a request ever becomes markup.
"""

from __future__ import annotations

from functools import cache
from importlib import resources

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

POLICY = (
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
_MEDIA_TYPES = {".css": "text/css", ".html": "text/html", ".js": "text/javascript", ".svg": "image/svg+xml"}
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


async def page(scope: Scope, receive: Receive, send: Send) -> None:
    """The page itself, as an application that a guard can stand before."""
    await _answer("index.html")(scope, receive, send)


async def _file(request: Request) -> Response:
    return _answer(request.path_params["name"])


ROUTES = [Route("/console/{name}", _file, methods=["GET"])]


def _answer(name: str) -> Response:
    content = _files().get(name)
    if content is None:
        return PlainTextResponse("The console has no such file.", 404, headers=_HEADERS)
    media_type = _MEDIA_TYPES[name[name.rindex(".") :]]
    return Response(content, media_type=media_type, headers=_HEADERS)


@cache
def _files() -> dict[str, bytes]:
    """What may be served, by name: nothing else is ever opened."""
    folder = resources.files(__package__)
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.name.endswith(tuple(_MEDIA_TYPES))}
