"""What a client sees of an answer, byte by byte: a signed request on a raw socket."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from .signing import Draft

PATIENCE = 10.0


@dataclass
class Seen:
    """All bytes that came, and how the connection ended: ``"end"``, ``"reset"`` or ``"open"``."""

    raw: bytes
    end: str

    @property
    def status(self) -> int:
        return int(self.raw.split(b" ", 2)[1])

    @property
    def headers(self) -> dict[str, str]:
        lines = self.raw.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")[1:]
        return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}

    @property
    def body(self) -> bytes:
        return self.raw.partition(b"\r\n\r\n")[2]


def connect(draft: Draft) -> socket.socket:
    """Send the request and leave the rest to the caller."""
    address = urlsplit(draft.url)
    connection = socket.create_connection((address.hostname or "", address.port or 0), timeout=PATIENCE)
    target = draft.path + (f"?{draft.encoded_query}" if draft.query else "")
    headers = draft.headers | {"content-length": str(len(draft.body)), "connection": "close"}
    lines = [f"{draft.method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    connection.sendall("\r\n".join([*lines, "", ""]).encode() + draft.body)
    return connection


def receive(connection: socket.socket, *, at_most: int = 1_000_000, patience: float = PATIENCE) -> Seen:
    """Read until the connection ends, ``at_most`` bytes came, or nothing comes for so long."""
    raw = b""
    connection.settimeout(patience)
    try:
        while len(raw) < at_most:
            data = connection.recv(65536)
            if not data:
                return Seen(raw, "end")
            raw += data
    except ConnectionResetError:
        return Seen(raw, "reset")
    except TimeoutError:
        pass
    return Seen(raw, "open")


def exchange(draft: Draft, *, at_most: int = 1_000_000, patience: float = PATIENCE) -> Seen:
    """Send the request and read what comes."""
    with connect(draft) as connection:
        return receive(connection, at_most=at_most, patience=patience)
