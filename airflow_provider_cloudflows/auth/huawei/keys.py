"""Keys as somebody wrote them down, and temporary keys as IAM, STS and the services of a machine answer with them.

Whatever is wrong with them ends in a message that names the place and the field, never a value.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from airflow_provider_cloudflows.auth.answers import object_in, sentence
from airflow_provider_cloudflows.auth.base import AccessKey, Credential, expiry, header_text
from airflow_provider_cloudflows.calls.client import CloudClient
from airflow_provider_cloudflows.errors import AuthenticationFailed, ConfigurationError
from airflow_provider_cloudflows.services.iam import CreatedTemporaryAccessKey
from airflow_provider_cloudflows.services.sts import AssumedAgency
from airflow_provider_cloudflows.transport.effect import Effect
from airflow_provider_cloudflows.transport.message import Reply
from airflow_provider_cloudflows.transport.outcome import Refusal, refused
from airflow_provider_cloudflows.transport.redact import excerpt, without_secrets
from airflow_provider_cloudflows.transport.retry import server_time

__all__ = ["credential_in", "iam_keys", "key_text", "sts_keys", "succeeded"]

# The names of each field, in the order in which the vendor's package tries them.
KEY_ID = ("access", "accessKeyId", "access_key_id")
SECRET = ("secret", "secretAccessKey", "secret_access_key")
SESSION_TOKEN = ("securitytoken", "securityToken", "security_token")
EXPIRES = ("expires_at", "expiration")


def key_text(value: str, where: str) -> str:
    """Return ``value``, a part of a key, if a header can carry it.

    :param where: the place that it comes from, at the beginning of a sentence.
    """
    try:
        return header_text(value, where)
    except ConfigurationError:
        raise ConfigurationError(
            f"{sentence(where)} is empty or holds blanks, line breaks or non-ASCII characters; correct it."
        ) from None


def iam_keys(answer: CreatedTemporaryAccessKey, origin: str, client: CloudClient) -> Credential:
    """Return the keys in an answer of IAM, which ``client`` received."""
    keys = answer.credential
    texts = (keys.access, keys.secret.get_secret_value(), keys.securitytoken.get_secret_value(), keys.expires_at)
    return temporary(texts, "the answer of IAM", origin, client.clock_difference)


def sts_keys(answer: AssumedAgency, origin: str, client: CloudClient) -> Credential:
    """Return the keys in an answer of STS, which ``client`` received."""
    keys = answer.credentials
    secrets = (keys.secret_access_key.get_secret_value(), keys.security_token.get_secret_value())
    return temporary(
        (keys.access_key_id, *secrets, keys.expiration), "the answer of STS", origin, client.clock_difference
    )


def credential_in(reply: Reply, who: str, origin: str) -> Credential:
    """Return the temporary keys that a service of this machine answered with, in any of the shapes there are.

    :param who: the service and its address, as messages name it.
    :param origin: what the credential says of where it comes from.
    """
    where = f"the answer of {who}"
    keys = object_in(reply.body, where)
    for name in ("credential", "credentials"):
        if name in keys:
            keys = _object(keys[name], f"the field {name} in {where}")
            break
    texts = tuple(_text_in(keys, names, where) for names in (KEY_ID, SECRET, SESSION_TOKEN, EXPIRES))
    server = server_time(reply.headers.get("date", ""))
    return temporary(texts, where, origin, None if server is None else server - time.time())


def temporary(texts: tuple[str, ...], where: str, origin: str, clock_difference: float | None) -> Credential:
    """Return the credential of key id, secret, session token and expiry, which were found in ``where``."""
    key_id, secret, session_token, expires = texts
    return Credential(
        AccessKey(
            key_text(key_id, f"the access key id in {where}"),
            key_text(secret, f"the secret in {where}"),
            key_text(session_token, f"the security token in {where}"),
        ),
        origin,
        expiry(expires, clock_difference),
    )


def succeeded(reply: Reply, who: str, advice: str, secrets: tuple[str, ...] = ()) -> Reply:
    """Return ``reply`` if it reports success.

    :param who: the service and its address, as messages name it.
    :param advice: what to do when it does not know the caller.
    :param secrets: what the request carried, should the answer repeat it.
    :raises ConfigurationError: a redirect: credentials come from the address that was meant.
    :raises CloudError: any other failure.
    """
    if reply.status < 300:
        return reply
    if reply.status < 400:
        raise ConfigurationError(
            f"The answer of {who} is a redirect (HTTP {reply.status}), which is not followed; use the final address."
        )
    said = without_secrets(excerpt(reply.body.decode("utf-8", "replace"), 120), secrets)
    error = refused(
        Refusal(reply.status, "", said, None, reply.status),
        operation=sentence(who),
        effect=Effect.READ,
        table={},
        headers=reply.headers,
    )
    if isinstance(error, AuthenticationFailed):
        error.advice = advice
    raise error


def _object(document: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(document, dict):
        raise ConfigurationError(f"{sentence(what)} is no JSON object.")
    return document


def _text_in(document: Mapping[str, Any], names: tuple[str, ...], where: str) -> str:
    value = next((document[name] for name in names if document.get(name)), None)
    if not isinstance(value, str):
        raise ConfigurationError(f"The field {names[0]} is missing in {where}, or is no text.")
    return value
