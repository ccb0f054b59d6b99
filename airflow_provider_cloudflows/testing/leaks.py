"""Finds a secret in a text in whatever form it may have got there: escaped, encoded, or broken over two lines.

It knows how texts travel (JSON, URLs, HTML, Python's own notation, base64), and nothing of where a text is from.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from urllib.parse import quote, quote_plus

__all__ = ["find"]

SHORTEST_BASE64 = 6
"""Characters: what is shorter may be there by chance."""

_ESCAPES: tuple[Callable[[str], str], ...] = (
    lambda text: json.dumps(text)[1:-1],
    lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    lambda text: repr(text)[1:-1],
    lambda text: ascii(text)[1:-1],
    lambda text: html.escape(text),
    lambda text: quote(text),
    lambda text: quote(text, safe=""),
    lambda text: quote_plus(text),
)


def find(secret: str, text: str) -> tuple[int, int] | None:
    """Return where in ``text`` the first form of ``secret`` that is found begins and ends; None when none is there."""
    forms = _forms(secret)
    for form in forms:
        at = text.find(form)
        if at >= 0:
            return at, at + len(form)
    return _find_broken(secret, text)


def _forms(secret: str) -> list[str]:
    """The secret as it is, with what it may become by escapes upon escapes, and in base64: each once."""
    once = [escape(secret) for escape in _ESCAPES]
    twice = [escape(form) for form in once for escape in _ESCAPES]
    return list(dict.fromkeys([secret, *once, *twice, *_in_base64(secret.encode())]))


def _in_base64(secret: bytes) -> Iterator[str]:
    """What of it stays the same whatever stands before and behind it, in both alphabets, at each of three places."""
    for place in range(3):
        encoded = base64.b64encode(bytes(place) + secret)
        whole = encoded[-(-place * 8 // 6) : (place + len(secret)) * 8 // 6].decode()
        if len(whole) >= SHORTEST_BASE64:
            yield from {whole, whole.translate(str.maketrans("+/", "-_"))}


def _find_broken(secret: str, text: str) -> tuple[int, int] | None:
    """Look for the secret with line breaks, and the blanks around them, in between."""
    if "".join(secret.split()) not in _without_blanks(text):
        return None
    parts = (r"\s+" if character.isspace() else re.escape(character) for character in secret)
    found = re.search(r"(?:\s*\n\s*)?".join(parts), text)
    return found and found.span()


@lru_cache(maxsize=1)
def _without_blanks(text: str) -> str:
    """The text without blanks and line breaks: made once for all secrets that are looked for in it."""
    return "".join(text.split())
