"""A profile of the vendor's SDKs, in ``~/.alibabacloud/credentials.ini``.

Vendor page: *Manage access credentials* of the SDKs, configuration file. The file is read anew each time. As in the
vendor's own package, a ``#`` ends a value.
"""

from __future__ import annotations

import configparser
import os
from collections.abc import Callable, Hashable, Iterable, Mapping
from pathlib import Path

from airflow_provider_cloudflows.auth.alibaba.assume_role import AssumedRoleSource
from airflow_provider_cloudflows.auth.alibaba.ecs_ram_role import EcsRamRoleFromEnvironment
from airflow_provider_cloudflows.auth.alibaba.environment import values_of
from airflow_provider_cloudflows.auth.alibaba.oidc_role import SESSION_NAME, OidcRoleSource
from airflow_provider_cloudflows.auth.alibaba.profiles import (
    PROFILE,
    Profile,
    ProfileFile,
    named_after,
    profile_file,
    role_options,
    with_origin,
)
from airflow_provider_cloudflows.auth.alibaba.sts_region import STS_REGION, VPC_ENDPOINT, at_sts
from airflow_provider_cloudflows.auth.base import Credential, NotConfigured, Source
from airflow_provider_cloudflows.auth.reach import Reach
from airflow_provider_cloudflows.errors import ConfigurationError
from airflow_provider_cloudflows.transport.flow import Flow
from airflow_provider_cloudflows.transport.redact import excerpt

__all__ = ["IniProfileSource"]

USUAL_FILE = ".alibabacloud/credentials.ini"
FILE = "ALIBABA_CLOUD_CREDENTIALS_FILE"


class IniProfileSource:
    """The credential that one section describes.

    :param reach: how STS and the metadata service are reached.
    :param profile: name of the section; None takes ``ALIBABA_CLOUD_PROFILE``, else ``default``.
    :param path: the file; None takes ``ALIBABA_CLOUD_CREDENTIALS_FILE``, else ``~/.alibabacloud/credentials.ini``.
    :param environ: the variables; those of this process by default.
    :param allow_v1: a section of type ecs_ram_role may use version 1 of the metadata service.
    """

    def __init__(
        self,
        reach: Reach,
        profile: str | None = None,
        path: str | Path | None = None,
        environ: Mapping[str, str] = os.environ,
        *,
        allow_v1: bool = False,
    ) -> None:
        self._reach = reach
        self._profile = profile
        self._path = path
        self._environ = environ
        self._allow_v1 = allow_v1
        self._found: Source | None = None

    def obtain(self) -> Flow[Credential]:
        """Return the credential of the section; what happens then depends on its type.

        :raises NotConfigured: there is no such file at the usual place, or no such section in it.
        :raises ConfigurationError: the file or the section is broken.
        """
        file = profile_file(self._path or self._environ.get(FILE), USUAL_FILE, self._environ)
        profile = _section(file, self._profile or self._environ.get(PROFILE) or "default")
        with named_after(profile.where):
            self._found = self._source(profile)
            return with_origin((yield from self._found.obtain()), profile.where)

    def identity(self) -> Hashable:
        """Return which section of which file is meant, and where STS is."""
        names = ("HOME", PROFILE, FILE, SESSION_NAME, STS_REGION, VPC_ENDPOINT)
        asked = (self._profile, str(self._path), self._allow_v1, *values_of(self._environ, *names))
        return ("ini_profile", repr(self._reach.endpoints), asked)

    def secrets(self) -> Iterable[str]:
        """Return the secrets that were read last."""
        return self._found.secrets() if self._found else ()

    def _source(self, profile: Profile) -> Source:
        """Return the source that the section describes."""
        kind = profile.required("type")
        if kind == "rsa_key_pair":
            raise ConfigurationError(
                f"The type rsa_key_pair in {profile.where} is a legacy that is not supported; use ram_role_arn."
            )
        if kind not in TYPES:
            known = ", ".join(sorted(TYPES))
            raise ConfigurationError(f"The field type in {profile.where} is none of {known}.")
        return TYPES[kind](self, profile)

    def _keys(self, profile: Profile) -> Source:
        return profile.keys()

    def _role(self, profile: Profile) -> Source:
        options = role_options(profile, profile.text("role_session_name"), self._environ)
        return AssumedRoleSource(self._sts(), profile.keys(), profile.required("role_arn"), options)

    def _oidc_role(self, profile: Profile) -> Source:
        options = role_options(profile, profile.text("role_session_name"), self._environ)
        role_arn, provider_arn = profile.required("role_arn"), profile.required("oidc_provider_arn")
        return OidcRoleSource(self._sts(), role_arn, provider_arn, profile.required("oidc_token_file_path"), options)

    def _ecs_role(self, profile: Profile) -> Source:
        role_name = profile.text("role_name")
        return EcsRamRoleFromEnvironment(self._reach, self._environ, role_name=role_name, allow_v1=self._allow_v1)

    def _sts(self) -> Reach:
        return at_sts(self._reach, self._environ)


TYPES: dict[str, Callable[[IniProfileSource, Profile], Source]] = {
    "access_key": IniProfileSource._keys,
    "ram_role_arn": IniProfileSource._role,
    "oidc_role_arn": IniProfileSource._oidc_role,
    "ecs_ram_role": IniProfileSource._ecs_role,
}


def _section(file: ProfileFile, name: str) -> Profile:
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(file.text())
    except configparser.Error as failure:  # its text shows lines of the file
        line = getattr(failure, "lineno", None) or next(iter(getattr(failure, "errors", [])), (None,))[0]
        at = f" (line {line})" if line else ""
        raise ConfigurationError(f"The file {file.shown} is no INI file{at}.") from None
    if not parser.has_section(name):
        raise NotConfigured(f"The file {file.shown} has no section [{excerpt(name, 60)}].")
    fields = {option: value.partition("#")[0].strip() for option, value in parser.items(name) if value}
    return Profile(name, f"section [{excerpt(name, 60)}] of {file.shown}", fields)
