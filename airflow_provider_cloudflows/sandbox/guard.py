"""Who is let in to the console and the control API, which need no credentials: programs and pages of this machine.

A web page elsewhere could reach a loopback port in two ways. By a DNS name of its own that it points here (DNS
rebinding): then the Host header has that name, and is refused. Or by a request across origins: then the browser says so
in Origin and Sec-Fetch-Site, and it is refused, too.

The clouds answer under any host name, and want a signature; but the keys are published, so a page could sign. No client
of a cloud is a page: what a page's program sends is refused there.
"""

from __future__ import annotations

import ipaddress
import re

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_NOT_LOOPBACK = (
    "The console and the control API answer on a loopback address only; open http://127.0.0.1 with the port, "
    "or start the sandbox with --allow-remote."
)
_HOST = re.compile(r"(?:\[([0-9a-f:.]+)\]|([a-z0-9.-]+))(?::[0-9]{1,5})?", re.IGNORECASE)
"""A Host header as RFC 9110 has it, of an address or a name; a parser of URLs would find a host in more than that."""

_A_PAGE = "The clouds of this sandbox answer no program of a web page; use a client of the clouds."
_ANOTHER_ORIGIN = "The console and the control API answer no page of another origin; open the sandbox's own address."


class Guard:
    """Refuses what comes from elsewhere. With ``allow_remote`` any Host is accepted; other origins never are."""

    def __init__(self, app: ASGIApp, *, allow_remote: bool = False) -> None:
        self._app = app
        self._allow_remote = allow_remote

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._refusal(scope.get("method", ""), Headers(scope=scope))
        if refusal:
            await JSONResponse({"error": refusal}, 403)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _refusal(self, method: str, headers: Headers) -> str:
        host = headers.get("host", "")
        if not self._allow_remote and not _is_loopback(host):
            return _NOT_LOOPBACK
        origin = headers.get("origin")
        is_own = origin is None or origin.lower() in (f"http://{host.lower()}", f"https://{host.lower()}")
        is_followed_link = method == "GET" and headers.get("sec-fetch-mode") == "navigate"
        is_elsewhere = headers.get("sec-fetch-site", "none") not in ("none", "same-origin")
        return "" if is_own and (is_followed_link or not is_elsewhere) else _ANOTHER_ORIGIN


def refuse_pages(headers: Headers) -> JSONResponse | None:
    """The answer to a call that a program of a web page sends to a cloud; None for all others."""
    is_by_program = "origin" in headers or headers.get("sec-fetch-mode", "navigate") != "navigate"
    return JSONResponse({"error": _A_PAGE}, 403) if is_by_program else None


def _is_loopback(host: str) -> bool:
    found = _HOST.fullmatch(host)
    name = (found[1] or found[2]).lower() if found else ""
    try:
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
