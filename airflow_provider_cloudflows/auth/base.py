"""What a credential is, once somebody has obtained it."""

from __future__ import annotations

from dataclasses import dataclass, field

from airflow_provider_cloudflows.errors import ConfigurationError

__all__ = ["AccessKey", "header_text"]


@dataclass(frozen=True, slots=True)
class AccessKey:
    """A key pair of either cloud, with the token of a session when it is temporary. Secrets stay out of its repr.

    :param key_id: AccessKey ID (Alibaba) or AK (Huawei).
    :param secret: AccessKey secret or SK.
    :param session_token: security token of temporary credentials.
    """

    key_id: str
    secret: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        header_text(self.key_id, "access key id")
        header_text(self.secret, "access key secret")
        if self.session_token is not None:
            header_text(self.session_token, "session token")

    def secrets(self) -> tuple[str, ...]:
        """Return the texts that must not be shown."""
        return (self.secret, self.session_token) if self.session_token else (self.secret,)


def header_text(value: str, name: str) -> str:
    """Return ``value`` if an HTTP header can carry it; a pasted line break or blank is a common mistake."""
    if value.split() != [value] or not value.isascii() or not value.isprintable():
        raise ConfigurationError(
            f"The {name} of the connection is empty or holds blanks, line breaks or non-ASCII characters; "
            "paste it again."
        )
    return value
