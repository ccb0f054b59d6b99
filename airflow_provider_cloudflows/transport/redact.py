"""What may be shown of a request or an answer: one line, of bounded length, without secrets."""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["MASK", "excerpt", "one_line", "without_secrets"]

MASK = "***"
CUT = "…"
SHORTEST_SECRET = 4
LONGEST_EXCERPT = 300
LONGEST_LINE = 4000

# Gateways echo the canonical request when a signature does not match; it holds these headers in clear.
SECRET_HEADER = r"(?i)((?:security-token|auth-token|subject-token)[\"']?\s*[:=]\s*[\"']?)[^\s,;\"']+"


def without_secrets(text: str, secrets: Iterable[str]) -> str:
    """Replace every secret in ``text``, and the value of every header that carries one, by ``***``.

    A secret that :func:`excerpt` cut short is still one.
    """
    for secret in secrets:
        if len(secret) >= SHORTEST_SECRET:
            text = text.replace(secret, MASK)
            *cut_short, rest = text.split(CUT)
            text = CUT.join([*(_without_beginning(part, secret) for part in cut_short), rest])
    return re.sub(SECRET_HEADER, rf"\g<1>{MASK}", text)


def _without_beginning(text: str, secret: str) -> str:
    """Replace the beginning of ``secret`` at the end of ``text``; it is no longer than an excerpt can be."""
    start = text.find(secret[:SHORTEST_SECRET], max(0, len(text) - LONGEST_EXCERPT))
    while start >= 0:
        if secret.startswith(text[start:]):
            return f"{text[:start]}{MASK}"
        start = text.find(secret[:SHORTEST_SECRET], start + 1)
    return text


def excerpt(text: str, limit: int = LONGEST_EXCERPT) -> str:
    """Squeeze ``text`` onto one printable line of at most ``limit`` characters, 300 or fewer."""
    return _squeezed(text, limit)


def one_line(text: str) -> str:
    """Squeeze ``text``, which somebody wrote to be read, onto one printable line of at most 4,000 characters."""
    return _squeezed(text, LONGEST_LINE)


def _squeezed(text: str, limit: int) -> str:
    line = " ".join("".join(char if char.isprintable() else " " for char in text[: 4 * limit]).split())
    return line if len(line) <= limit else f"{line[: limit - 1]}{CUT}"
