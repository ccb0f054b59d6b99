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

LINES_BEFORE, CHARACTERS_BEHIND = 100, 1000
"""What is read beside what is shown: a secret may begin before it, and a name far behind it tells nothing."""

SECRET_NAME = (
    r"(?:access[_.-]?key(?:[_.-]?(?:id|secret))?|(?:api|private|encrypt(?:ion)?|secret(?:[_.-]?access)?)[_.-]?key|"
    r"secret|passw(?:or)?d|(?<![a-z])pass(?:phrase)?|pwd|(?:security|auth|access|bearer)?[_-]?token|credential|signature|\bsk)"
)
QUOTED = r"\\?\"[^\"\n]*\"|\\?'[^'\n]*'"

NAMED_SECRET = re.compile(rf"(?i)({SECRET_NAME}\\?[\"']?\s*(?:=>|[=:]|\bis\b)\s*)({QUOTED}|[^\s,;&]+)")
"""A name that sounds like a secret, and its value, which may be quoted."""

SPOKEN_SECRET = re.compile(
    rf"(?i)((?:--[\w-]*{SECRET_NAME}|\bset\s+{SECRET_NAME}|\bidentified\s+by)\s+)(?![=:]|is\b)"
    rf"({QUOTED}|[^\s,;&]+)"
)
"""The same as an option of a command, and as SQL says it."""

BEHIND_ITS_NAME = re.compile(
    rf"(?i)(\baccess[_.-]?key[_.-]?secret|{SECRET_NAME}[\"']?[ \t|]+)"
    r"(?=[a-z/+=_-]*[0-9])(?=[0-9/+=_-]*[a-z])[a-z0-9/+=_-]{16,}"
)
"""The same without a sign between them, as in the columns of a table: what is long and has letters and digits."""

SECRET_KEY = re.compile(
    r"(?<![A-Za-z0-9])(?=[A-Za-z0-9]*[a-z])(?=[A-Za-z0-9]*[A-Z])(?=[A-Za-z0-9]*[0-9])"
    r"(?:[A-Za-z0-9]{40,44}|[A-Za-z0-9]{30})(?![A-Za-z0-9])"
)
"""Secrets of access keys wherever they stand: 30 letters and digits in both cases, and some 40 of temporary keys. That
the vendor makes them so is seen, not published."""

HEADER_SECRET = re.compile(r"(?i)\b((?:proxy-)?authorization|(?:set-)?cookie)([\"']?\s*[:=]\s*).*")
"""Headers of which the whole value is one."""

IN_AN_ADDRESS = re.compile(r"(\b[a-z][a-z0-9+.:-]*://[^\s/:@]*):[^\s/@]+@", re.IGNORECASE)
"""A password in an address, as in ``jdbc:mysql://user:password@host``."""

IN_AN_ELEMENT = re.compile(rf"(?i)(<([\w.-]*{SECRET_NAME})>)[^<]*")

PRIVATE_KEY = re.compile(r"(-----BEGIN [A-Z ]*PRIVATE KEY-----).*?(-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL)

ACCESS_KEY = re.compile(r"\b(?:LTAI[A-Za-z0-9]{12,}|STS\.[A-Za-z0-9]{12,})")
"""Ids of access keys, as Alibaba Cloud makes them."""


def shown_end(log: str, secrets: Iterable[str], lines: int = LOG_LINES) -> list[str]:
    """Return the last lines of ``log``, each at most 2,000 characters, without secrets.

    :param secrets: those that the caller itself works with.
    """
    tail = [line[: LONGEST_LINE + CHARACTERS_BEHIND] for line in log.splitlines()[-lines - LINES_BEFORE :]]
    text = "\n".join(tail)
    text = PRIVATE_KEY.sub(rf"\g<1>{MASK}\g<2>", without_secrets(text, secrets))
    text = HEADER_SECRET.sub(rf"\g<1>\g<2>{MASK}", IN_AN_ADDRESS.sub(rf"\g<1>:{MASK}@", text))
    for pattern in (IN_AN_ELEMENT, SPOKEN_SECRET, NAMED_SECRET, BEHIND_ITS_NAME):
        text = pattern.sub(rf"\g<1>{MASK}", text)
    text = SECRET_KEY.sub(MASK, ACCESS_KEY.sub(MASK, text))
    return [line[:LONGEST_LINE] for line in text.splitlines()[-lines:]]
