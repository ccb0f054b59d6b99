"""What the two kinds of profile files have in common: where they are, how they are read, what a profile says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from airflow_provider_cloudflows.auth.alibaba.keys import access_key
from airflow_provider_cloudflows.auth.alibaba.oidc_role import SESSION_NAME
from airflow_provider_cloudflows.auth.assuming import SessionOptions
from airflow_provider_cloudflows.auth.base import Credential, NotConfigured, Source
from airflow_provider_cloudflows.auth.static import FixedSource
from airflow_provider_cloudflows.errors import ConfigurationError
from airflow_provider_cloudflows.transport.redact import excerpt

__all__ = ["PROFILE", "Profile", "ProfileFile", "named_after", "profile_file", "role_options", "with_origin"]

PROFILE = "ALIBABA_CLOUD_PROFILE"
LARGEST_NUMBER = 2**53


@dataclass(frozen=True, slots=True)
class ProfileFile:
    """A file of profiles.

    :param path: where it is.
    :param shown: how messages name it; ``~`` stands for the home directory.
    :param meant: somebody named this very file, so it ought to be there.
    """

    path: Path
    shown: str
    meant: bool

    def text(self) -> str:
        """Return what the file holds.

        :raises NotConfigured: it is not there, and nobody said that it is.
        :raises ConfigurationError: it cannot be read.
        """
        try:
            return self.path.read_bytes().decode("utf-8-sig")
        except FileNotFoundError:
            if self.meant:
                raise ConfigurationError(f"The file {self.shown} does not exist; correct its path.") from None
            raise NotConfigured(f"There is no file {self.shown}.") from None
        except UnicodeDecodeError:
            raise ConfigurationError(f"The file {self.shown} is no UTF-8 text.") from None
        except (OSError, ValueError) as failure:
            reason = failure.strerror if isinstance(failure, OSError) else "no file has such a name"
            raise ConfigurationError(f"The file {self.shown} cannot be read ({reason}).") from None


def profile_file(path: str | Path | None, usual: str, environ: Mapping[str, str]) -> ProfileFile:
    """Return the file at ``path``, or at the ``usual`` place below the home directory.

    :raises NotConfigured: there is no home directory.
    """
    given = str(path or "")
    if given and not given.startswith("~/"):
        return ProfileFile(Path(given), excerpt(given), meant=True)
    try:
        home = Path(environ.get("HOME") or Path.home())
    except RuntimeError:  # a user without a name, as in some containers
        raise NotConfigured(f"There is no home directory to look for ~/{usual} in; set HOME.") from None
    below = given.removeprefix("~/") or usual
    return ProfileFile(home / below, excerpt(f"~/{below}"), meant=bool(given))


@dataclass(frozen=True, slots=True)
class Profile:
    """One profile of a file.

    :param name: its name.
    :param where: how messages name it: ``profile 'etl' of ~/.aliyun/config.json``.
    :param fields: what it holds; secrets among it.
    """

    name: str
    where: str
    fields: Mapping[str, Any] = field(repr=False)

    def text(self, name: str) -> str | None:
        """Return the field ``name``, or None when it is empty."""
        value = self.fields.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            raise ConfigurationError(f"The field {name} in {self.where} is no text.")
        return value

    def required(self, name: str) -> str:
        """Return the field ``name``, which must not be empty."""
        value = self.text(name)
        if value is None:
            raise ConfigurationError(f"The field {name} is missing in {self.where}.")
        return value

    def number(self, name: str) -> int | None:
        """Return the field ``name`` as a whole number, or None when it is empty or zero, as the CLI writes it."""
        value = self.fields.get(name)
        if value is None or value == "":
            return None
        if isinstance(value, bool) or not isinstance(value, int) or abs(value) > LARGEST_NUMBER:
            raise ConfigurationError(f"The field {name} in {self.where} is no whole number.")
        return value or None

    def flag(self, name: str) -> bool | None:
        """Return the field ``name``, or None when it says nothing."""
        value = self.fields.get(name)
        if value is not None and not isinstance(value, bool):
            raise ConfigurationError(f"The field {name} in {self.where} is neither true nor false.")
        return value

    def keys(self, token_field: str | None = None, expires: float | None = None) -> Source:
        """Return the access key in the profile.

        :param token_field: the field of its security token, if it has one.
        :param expires: seconds since the epoch.
        """
        token = self.required(token_field) if token_field else None
        key = access_key(self.required("access_key_id"), self.required("access_key_secret"), token, self.where)
        return FixedSource(Credential(key, self.where, expires))


def role_options(profile: Profile, session_name: str | None, environ: Mapping[str, str]) -> SessionOptions:
    """Return what STS is told for every role of a profile.

    :param session_name: the profile's own; else ``ALIBABA_CLOUD_ROLE_SESSION_NAME``, else the default.
    """
    name = session_name or environ.get(SESSION_NAME, "").strip() or SessionOptions().session_name
    return SessionOptions(name, policy=profile.text("policy"))


@contextmanager
def named_after(where: str) -> Iterator[None]:
    """Let every complaint about what a profile asks for name the profile.

    A profile that names a source means it: that there is nothing to go by is then an error, not a reason to look
    elsewhere.
    """
    try:
        yield
    except ConfigurationError as reason:
        if where in reason.sentence() and not isinstance(reason, NotConfigured):
            raise
        raise ConfigurationError(f"The {where} cannot be used: {reason.sentence()}") from None


def with_origin(credential: Credential, where: str) -> Credential:
    """Return ``credential``, which says that a profile led to it."""
    if where in credential.origin:
        return credential
    return replace(credential, origin=f"{credential.origin} ({where})")
