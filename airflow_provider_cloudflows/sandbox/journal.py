"""The journal: which calls came in and how they were answered, with all secrets removed.

Bounded in length, in memory only. Secrets are removed by header name, by parameter name, by value for every secret
the sandbox was born with, and by form for those it issued, so that one check missing something does not let it
through.
"""

from __future__ import annotations

import re
import threading
import time
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from airflow_provider_cloudflows.sandbox.world import ISSUED_MARK

LENGTH = 500
LONGEST_TEXT = 2000
HIDDEN = "***"

_SECRET_HEADERS = re.compile(r"token|cookie|secret|password|proxy-authorization", re.IGNORECASE)
_SECRET_PARAMETERS = re.compile(r"token|secret|password|signature|credential", re.IGNORECASE)
_SIGNATURE = re.compile(r"(Signature=)[^,\s]+", re.IGNORECASE)
_ISSUED = re.compile(rf"(?:MII)?{ISSUED_MARK}[\w+/=%.-]*")
_OIDC_TOKEN = re.compile(r"eyJ[\w-]*\.[\w-]+\.[\w-]*")
_KNOWN_SCHEMES = ("ACS3-HMAC-SHA256 ", "SDK-HMAC-SHA256 ")


@dataclass(slots=True)
class Entry:
    """One call. ``time`` is that of the sandbox's clock; ``status`` is 0 when no answer was sent.

    ``fault`` names the rule or setting that made the sandbox misbehave.
    """

    time: str
    cloud: str
    request_id: str
    method: str
    path: str
    service: str = ""
    operation: str = ""
    key_id: str = ""
    status: int = 0
    code: str = ""
    message: str = ""
    fault: str = ""
    parameters: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    milliseconds: float = 0.0


class Journal:
    """The latest calls, oldest first."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = sorted((secret for secret in secrets if secret), key=len, reverse=True)
        self._entries: deque[Entry] = deque(maxlen=LENGTH)
        self._lock = threading.Lock()

    def record(self, entry: Entry, headers: Mapping[str, str], parameters: Any) -> None:
        """Add a call, cleaned."""
        entry.headers = {name: self._clean_text(_clean_header(name, value)) for name, value in headers.items()}
        entry.parameters = self._clean(parameters)
        entry.path = self._clean_text(entry.path)
        entry.message = self._clean_text(entry.message)
        entry.key_id = self._clean_text(entry.key_id)
        with self._lock:
            self._entries.append(entry)

    def entries(self, limit: int = LENGTH) -> list[dict[str, Any]]:
        """The latest ``limit`` calls as JSON, oldest first."""
        with self._lock:
            latest = list(self._entries)[-limit:] if limit > 0 else []
        return [asdict(entry) for entry in latest]

    def clear(self) -> None:
        """Forget all calls."""
        with self._lock:
            self._entries.clear()

    def reset(self) -> None:
        """Back to birth."""
        self.clear()

    def _clean(self, value: Any, of: str = "") -> Any:
        if isinstance(value, Mapping):
            return {
                self._clean_text(str(name)): HIDDEN if _is_secret(name, item, of) else self._clean(item, str(name))
                for name, item in value.items()
            }
        if isinstance(value, list):
            return [self._clean(item) for item in value]
        return self._clean_text(value) if isinstance(value, str) else value

    def _clean_text(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        text = _OIDC_TOKEN.sub(HIDDEN, _ISSUED.sub(HIDDEN, text))
        return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}… ({len(text)} characters)"


def _is_secret(name: object, value: Any, of: str) -> bool:
    """A container under such a name is looked into: IAM's ``password`` object holds the user's name too.

    In IAM's ``token`` and ``id_token`` objects the ``id`` is the token itself.
    """
    if name == "id" and "token" in of:
        return True
    return bool(_SECRET_PARAMETERS.search(str(name))) and not isinstance(value, Mapping)


def _clean_header(name: str, value: str) -> str:
    if name.lower() == "authorization":
        return _SIGNATURE.sub(rf"\1{HIDDEN}", value) if value.startswith(_KNOWN_SCHEMES) else HIDDEN
    return HIDDEN if _SECRET_HEADERS.search(name) else value


def timestamp(now: float) -> str:
    """Journal time: UTC with milliseconds."""
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(now))}.{int(now * 1000) % 1000:03d}Z"
