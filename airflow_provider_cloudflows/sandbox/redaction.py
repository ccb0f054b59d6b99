"""Removes secrets from what a person is shown: calls and their answers, resources and their history.

Secrets are found by the name of the header or the parameter, by value for every secret the sandbox was born with and
for every one that a call itself brought, and by form for those it issued, so that one check missing something does not
let it through.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, unquote_plus

from airflow_provider_cloudflows.sandbox.json_text import read_json
from airflow_provider_cloudflows.sandbox.signatures import WireRequest, query_pairs
from airflow_provider_cloudflows.sandbox.world import ISSUED_MARK

LONGEST_TEXT = 2000
LONGEST_BODY = 16_000
HIDDEN = "***"

_SECRET_HEADERS = re.compile(r"token|cookie|secret|password|proxy-authorization", re.IGNORECASE)
_SECRET_PARAMETERS = re.compile(r"token|secret|password|signature|credential", re.IGNORECASE)
_SIGNATURE = re.compile(r"(Signature=)[^,\s]+", re.IGNORECASE)
_ISSUED = re.compile(rf"(?:MII)?{ISSUED_MARK}[\w+/=%.-]*")
_OIDC_TOKEN = re.compile(r"eyJ[\w-]*\.[\w-]+\.[\w-]*")
_NAMED = re.compile(r'"(\w+)": *"')
_SHORTEST_SECRET = 4
"""What is shorter is no secret, and would be found in every text."""
_KNOWN_SCHEMES = ("ACS3-HMAC-SHA256 ", "SDK-HMAC-SHA256 ")


class Redactor:
    """``secrets`` are those the sandbox was born with, removed wherever they stand."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = sorted((secret for secret in secrets if secret), key=len, reverse=True)

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Headers, by their names; of an Authorization header only the signature is hidden."""
        return {name: self.text(_clean_header(name, value)) for name, value in headers.items()}

    def pairs(self, pairs: Iterable[tuple[str, str]]) -> list[list[str]]:
        """The parameters of a query or a form, in their order."""
        return [
            [self.text(name), HIDDEN if _is_secret(name, value, "") else self.value(value)] for name, value in pairs
        ]

    def value(self, value: Any, of: str = "") -> Any:
        """Anything that JSON can hold; ``of`` is the name that an object stands under."""
        if isinstance(value, Mapping):
            return {
                self.text(str(name)): HIDDEN if _is_secret(name, item, of) else self.value(item, str(name))
                for name, item in value.items()
            }
        if isinstance(value, list):
            return [self.value(item) for item in value]
        return self.text(self._inner(value)) if isinstance(value, str) else value

    def _inner(self, text: str) -> str:
        """A parameter may hold JSON as text, with names of its own."""
        if not text.startswith(("{", "[")) or not _SECRET_PARAMETERS.search(text):
            return text
        try:
            return json.dumps(self.value(read_json(text)), ensure_ascii=False)
        except ValueError:
            return text

    def json_text(self, text: str) -> str:
        """A text that may be JSON, whole or damaged."""
        names = "|".join(name for name in set(_NAMED.findall(text)) if _SECRET_PARAMETERS.search(name))
        hidden = re.sub(rf'("(?:{names})": *)"[^"]*"?', rf'\1"{HIDDEN}"', text) if names else text
        return self.text(hidden, LONGEST_BODY)

    def text(self, text: str, longest: int = LONGEST_TEXT) -> str:
        """A text without the secrets that are known, and no longer than ``longest``."""
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        text = _OIDC_TOKEN.sub(HIDDEN, _ISSUED.sub(HIDDEN, text))
        return text if len(text) <= longest else f"{text[:longest]}… ({len(text)} characters)"


def brought_by(request: WireRequest) -> Iterator[str]:
    """What a call brings under the name of a secret, in its headers, its query or its form."""
    for name, value in request.headers.items():
        if _SECRET_HEADERS.search(name):
            yield value
    form = request.body.decode(errors="replace") if b"=" in request.body[:LONGEST_BODY] else ""
    for name, value in (*query_pairs(request.query, unquote_plus), *query_pairs(form, unquote_plus)):
        if _SECRET_PARAMETERS.search(name):
            yield value


def without(text: str, secrets: Iterable[str]) -> str:
    """The text without these, be they plain or encoded once or twice, as in a text that is signed."""
    for secret in secrets:
        if len(secret) < _SHORTEST_SECRET:
            continue
        once = quote(secret, safe="~")
        for written in (secret, once, quote(once, safe="~"), json.dumps(secret)[1:-1]):
            text = text.replace(written, HIDDEN)
    return text


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
