"""An access key in the environment variables that every tool of Alibaba Cloud reads.

Vendor page: *Configure environment variables in Linux, macOS, and Windows*. The variables are read each time a
credential is obtained, so a change counts, and nothing is read at import.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Hashable, Iterable, Mapping

from airflow_provider_cloudflows.auth.alibaba.keys import access_key
from airflow_provider_cloudflows.auth.base import Credential, NotConfigured
from airflow_provider_cloudflows.errors import ConfigurationError
from airflow_provider_cloudflows.transport.flow import Flow

__all__ = ["EnvironmentSource", "is_on", "values_of"]

KEY_ID = "ALIBABA_CLOUD_ACCESS_KEY_ID"
KEY_SECRET = "ALIBABA_CLOUD_ACCESS_KEY_SECRET"
SESSION_TOKEN = "ALIBABA_CLOUD_SECURITY_TOKEN"


class EnvironmentSource:
    """The key pair in ``ALIBABA_CLOUD_ACCESS_KEY_ID`` and ``ALIBABA_CLOUD_ACCESS_KEY_SECRET``.

    With ``ALIBABA_CLOUD_SECURITY_TOKEN`` it is a temporary one, whose expiry nobody tells.

    :param environ: the variables; those of this process by default.
    """

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self._environ = environ

    def obtain(self) -> Flow[Credential]:
        """Return the key pair; asks nobody.

        :raises NotConfigured: neither variable is set.
        :raises ConfigurationError: one is set without the other, or holds no key.
        """
        yield from ()
        key_id, secret, token = self._values()
        if not key_id and not secret:
            raise NotConfigured(f"Neither {KEY_ID} nor {KEY_SECRET} is set.")
        if not key_id or not secret:
            missing, there = (KEY_SECRET, KEY_ID) if key_id else (KEY_ID, KEY_SECRET)
            raise ConfigurationError(f"{there} is set and {missing} is not; set both or neither.")
        return Credential(access_key(key_id, secret, token, f"{KEY_ID} and its companions"), "environment variables")

    def identity(self) -> Hashable:
        """Return a digest of the variables: another key is another identity."""
        return ("environment", hashlib.sha256(repr(self._values()).encode()).hexdigest())

    def secrets(self) -> Iterable[str]:
        """Return the secrets that the variables hold now."""
        return [value for value in self._values()[1:] if value]

    def _values(self) -> tuple[str, str, str]:
        key_id, secret, token = (self._environ.get(name, "") for name in (KEY_ID, KEY_SECRET, SESSION_TOKEN))
        return key_id, secret, token


def is_on(environ: Mapping[str, str], name: str) -> bool:
    """Tell whether the switch ``name`` is on: ``true`` in any case, as the vendor's package reads it."""
    return environ.get(name, "").strip().lower() == "true"


def values_of(environ: Mapping[str, str], *names: str) -> tuple[str | None, ...]:
    """Return the variables that tell one source from another; none of them is a secret."""
    return tuple(environ.get(name) for name in names)
