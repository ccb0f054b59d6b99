"""What assuming a role and assuming an agency have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import ValidationError

from airflow_provider_cloudflows.calls.request import Request
from airflow_provider_cloudflows.errors import ConfigurationError
from airflow_provider_cloudflows.transport.redact import excerpt

__all__ = ["SESSION_NAME", "SessionOptions", "request_of"]

SESSION_NAME = "airflow"

RequestT = TypeVar("RequestT", bound=Request)


@dataclass(frozen=True, slots=True)
class SessionOptions:
    """What may be said of a session in which a role or an agency is used; see :mod:`.services.sts`.

    :param session_name: who uses it, for the audit log.
    :param duration: seconds that the keys live; None takes the vendor's default.
    :param external_id: what the trust policy may demand.
    :param policy: JSON that narrows the permissions.
    """

    session_name: str = SESSION_NAME
    duration: int | None = None
    external_id: str | None = None
    policy: str | None = None


def request_of(request: type[RequestT], origin: str, **fields: Any) -> RequestT:
    """Return the request that obtains a credential, made of what a connection, a variable or a profile says.

    :param origin: what messages call the credential.
    :raises ConfigurationError: it breaks a documented constraint.
    """
    try:
        return request(**fields)
    except ValidationError as invalid:
        problem = invalid.errors(include_url=False, include_input=False)[0]
        name = ".".join(str(part) for part in problem["loc"])
        found = f"{name} {problem['msg']}" if name else problem["msg"]
        raise ConfigurationError(f"No credential can be obtained for {excerpt(origin)}: {found}; correct it.") from None
