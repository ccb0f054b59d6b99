"""What may be shown of a request or an answer: one line, of bounded length, without secrets."""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["MASK", "excerpt", "without_secrets"]

MASK = "***"
CUT = "…"
SHORTEST_SECRET = 4

# Gateways echo the canonical request when a signature does not match; it holds these headers in clear.
SECRET_HEADER = re.compile(r"(?i)((?:security-token|auth-token|subject-token)[\"']?\s*[:=]\s*[\"']?)[^\s,;\"']+")


def without_secrets(text: str, secrets: Iterable[str]) -> str:
    """Replace every secret in ``text``, and the value of every header that carries one, by ``***``.

    A secret that :func:`excerpt` cut short is still one.
    """
    for secret in secrets:
        if len(secret) >= SHORTEST_SECRET:
            text = text.replace(secret, MASK)
            for length in range(len(secret) - 1, SHORTEST_SECRET - 1, -1):
                text = text.replace(f"{secret[:length]}{CUT}", f"{MASK}{CUT}")
    return SECRET_HEADER.sub(rf"\g<1>{MASK}", text)


def excerpt(text: str, limit: int = 300) -> str:
    """Squeeze ``text`` onto one printable line of at most ``limit`` characters."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text[: 4 * limit]).split())
    return line if len(line) <= limit else f"{line[: limit - 1]}{CUT}"
