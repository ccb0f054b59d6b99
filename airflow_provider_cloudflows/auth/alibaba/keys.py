"""Keys that somebody else wrote down: in variables, in a file, or in the JSON of a service that hands them out.

Whatever is wrong with them ends in a message that names the place and the field, never a value.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from airflow_provider_cloudflows.auth.answers import object_in, sentence
from airflow_provider_cloudflows.auth.base import AccessKey, Credential, expiry
from airflow_provider_cloudflows.errors import ConfigurationError, ServerError
from airflow_provider_cloudflows.transport.message import Reply
from airflow_provider_cloudflows.transport.redact import excerpt
from airflow_provider_cloudflows.transport.retry import server_time

__all__ = ["access_key", "answered", "credential_in", "is_passing", "text_in"]

TOO_MANY_REQUESTS = 429


def access_key(key_id: str, secret: str, session_token: str | None, where: str) -> AccessKey:
    """Return a key pair that was found in ``where``.

    :raises ConfigurationError: no header could carry it.
    """
    try:
        return AccessKey(key_id, secret, session_token or None)
    except ConfigurationError:
        raise ConfigurationError(
            f"The access key in {where} is empty or holds blanks, line breaks or non-ASCII characters; correct it."
        ) from None


def answered(reply: Reply, who: str) -> Reply:
    """Return ``reply`` if it reports success.

    :param who: the service and its address, as messages name it.
    :raises ServerError: it failed, and may answer the next time.
    :raises ConfigurationError: anything else, a redirect too: credentials come from the address that was meant.
    """
    if is_passing(reply.status):
        raise ServerError(operation=sentence(who), status=reply.status, advice="try again later")
    if 300 <= reply.status < 400:
        raise ConfigurationError(
            f"The answer of {who} is a redirect (HTTP {reply.status}), which is not followed; use the final address."
        )
    if reply.status != 200:
        raise ConfigurationError(
            f"The answer of {who} is HTTP {reply.status}; check that this is the service which hands out credentials."
        )
    return reply


def is_passing(status: int) -> bool:
    """Tell whether an HTTP status reports a trouble that may be over the next time."""
    return status >= 500 or status == TOO_MANY_REQUESTS


def credential_in(reply: Reply, who: str, origin: str) -> Credential:
    """Return the temporary keys in the JSON that the metadata service and a credentials URI both answer with.

    :param who: the service and its address, as messages name it.
    :param origin: what the credential says of where it comes from.
    :raises CloudflowsError: the answer holds none.
    """
    document = object_in(answered(reply, who).body, f"The answer of {who}")
    code = document.get("Code")
    if code != "Success":
        shown = excerpt(str(code), 60)
        raise ConfigurationError(f"The answer of {who} has the Code {shown!r} where 'Success' was due.")
    server = server_time(reply.headers.get("date", ""))
    key_id, secret, token, expires = (
        text_in(document, name, f"the answer of {who}")
        for name in ("AccessKeyId", "AccessKeySecret", "SecurityToken", "Expiration")
    )
    return Credential(
        access_key(key_id, secret, token, f"the answer of {who}"),
        origin,
        expiry(expires, None if server is None else server - time.time()),
    )


def text_in(document: Mapping[str, Any], name: str, where: str) -> str:
    """Return the text in the field ``name``, which must be there."""
    value = document.get(name)
    if not isinstance(value, str) or not value:
        raise ConfigurationError(f"The field {name} is missing in {where}, or is no text.")
    return value
