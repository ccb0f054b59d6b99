"""The end of a log of a DataWorks task, fit to be shown: so many lines, and no secret in them.

A log shows what a task prints, and a task may print what it was given. So besides the caller's own secrets, whatever
reads like a key with its value is masked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from airflow_provider_cloudflows.transport.redact import MASK, without_secrets

__all__ = ["LOG_LINES", "shown_end"]

LOG_LINES = 200
"""How many lines of a log are shown."""

LONGEST_LINE = 2000

NAMED_SECRET = re.compile(
    r"(?i)((?:access[_-]?key[_-]?(?:id|secret)|secret(?:[_-]?access)?[_-]?key|secret|passw(?:or)?d|pwd|"
    r"(?:security|auth|access|bearer)?[_-]?token|authorization|credential)[\"']?\s*(?:=>|[=:])\s*)"
    r"(?:(?:bearer|basic)\s+)?(\"[^\"]*\"|'[^']*'|[^\s,;&]+)"
)
"""A name that sounds like a secret, and its value, which may be quoted."""

ACCESS_KEY = re.compile(r"\b(?:LTAI[A-Za-z0-9]{12,}|STS\.[A-Za-z0-9]{12,})")
"""Ids of access keys, as Alibaba Cloud makes them."""


def shown_end(log: str, secrets: Iterable[str], lines: int = LOG_LINES) -> list[str]:
    """Return the last lines of ``log``, each at most 2,000 characters, without secrets.

    :param secrets: those that the caller itself works with.
    """
    text = without_secrets(log, secrets)
    text = ACCESS_KEY.sub(MASK, NAMED_SECRET.sub(rf"\g<1>{MASK}", text))
    return [line[:LONGEST_LINE] for line in text.splitlines()[-lines:]]
