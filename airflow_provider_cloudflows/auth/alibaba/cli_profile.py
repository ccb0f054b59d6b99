"""A profile of the Alibaba Cloud CLI, in ``~/.aliyun/config.json``.

Vendor page: *Configure credentials* of the Alibaba Cloud CLI. The file is read anew each time and never written. Modes
that need a browser give the keys that the CLI stored, for as long as they are valid.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from airflow_provider_cloudflows.auth.alibaba.assume_role import AssumedRoleSource
from airflow_provider_cloudflows.auth.alibaba.ecs_ram_role import EcsRamRoleFromEnvironment
from airflow_provider_cloudflows.auth.alibaba.environment import is_on, values_of
from airflow_provider_cloudflows.auth.alibaba.external_process import ExternalProcessSource
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
from airflow_provider_cloudflows.auth.answers import object_in
from airflow_provider_cloudflows.auth.assuming import SessionOptions
from airflow_provider_cloudflows.auth.base import Credential, NotConfigured, Source
from airflow_provider_cloudflows.auth.reach import Reach
from airflow_provider_cloudflows.errors import ConfigurationError
from airflow_provider_cloudflows.transport.flow import Flow
from airflow_provider_cloudflows.transport.redact import excerpt

__all__ = ["CliProfileSource"]

USUAL_FILE = ".aliyun/config.json"
LONGEST_CHAIN = 20
DISABLED = "ALIBABA_CLOUD_CLI_PROFILE_DISABLED"


class CliProfileSource:
    """The credential that one profile describes.

    ``ALIBABA_CLOUD_CLI_PROFILE_DISABLED`` turns this source off, wherever it is used.

    :param reach: how STS and the metadata service are reached.
    :param profile: its name; None takes ``ALIBABA_CLOUD_PROFILE``, else the file's ``current``.
    :param path: the file; None takes ``~/.aliyun/config.json``.
    :param environ: the variables; those of this process by default.
    :param allow_v1: a profile of mode EcsRamRole may use version 1 of the metadata service.
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
        """Return the credential of the profile; what happens then depends on its mode.

        :raises NotConfigured: there is no such file, or no such profile in it, or this source is turned off.
        :raises ConfigurationError: the file or the profile is broken, or its stored keys have expired.
        """
        if is_on(self._environ, DISABLED):
            raise NotConfigured(f"The profiles of the CLI are turned off by {DISABLED}.")
        file = profile_file(self._path, USUAL_FILE, self._environ)
        config = object_in(file.text(), f"The file {file.shown}")
        profiles = _profiles(config, file)
        wanted = self._profile or self._environ.get(PROFILE)
        if not wanted:
            wanted = _current(config, profiles, file)
        elif wanted not in profiles:
            raise NotConfigured(f"The file {file.shown} has no profile {wanted!r}.")
        where = profiles[wanted].where
        with named_after(where):
            self._found = self._source(profiles, wanted, ())
            return with_origin((yield from self._found.obtain()), where)

    def identity(self) -> Hashable:
        """Return which profile of which file is meant, and where STS is."""
        names = ("HOME", PROFILE, DISABLED, SESSION_NAME, STS_REGION, VPC_ENDPOINT)
        asked = (self._profile, str(self._path), self._allow_v1, *values_of(self._environ, *names))
        return ("cli_profile", repr(self._reach.endpoints), asked)

    def secrets(self) -> Iterable[str]:
        """Return the secrets that were read last."""
        return self._found.secrets() if self._found else ()

    def _source(self, profiles: Mapping[str, Profile], name: str, through: tuple[str, ...]) -> Source:
        """Return the source that the profile ``name`` describes.

        :param through: the profiles whose ``source_profile`` led here.
        """
        profile = profiles[name]
        mode = profile.required("mode")
        if mode == "ChainableRamRoleArn":
            before = profile.required("source_profile")
            through = (*through, name)
            if before not in profiles:
                raise ConfigurationError(f"The field source_profile in {profile.where} names none of the profiles.")
            if before in through or len(through) > LONGEST_CHAIN:
                raise ConfigurationError(
                    f"The field source_profile in {profile.where} leads round in a circle, or too far."
                )
            return self._role(profile, self._source(profiles, before, through))
        if mode not in MODES:
            known = ", ".join(sorted([*MODES, "ChainableRamRoleArn"]))
            raise ConfigurationError(f"The field mode in {profile.where} is none of {known}.")
        return MODES[mode](self, profile)

    def _keys(self, profile: Profile) -> Source:
        return profile.keys()

    def _temporary_keys(self, profile: Profile) -> Source:
        return profile.keys("sts_token")

    def _role_of_keys(self, profile: Profile) -> Source:
        return self._role(profile, profile.keys())

    def _ecs_role(self, profile: Profile) -> Source:
        role_name = profile.text("ram_role_name")
        return EcsRamRoleFromEnvironment(self._reach, self._environ, role_name=role_name, allow_v1=self._allow_v1)

    def _oidc_role(self, profile: Profile) -> Source:
        options = self._options(profile, profile.text("ram_session_name") or profile.text("role_session_name"))
        role_arn, provider_arn = profile.required("ram_role_arn"), profile.required("oidc_provider_arn")
        return OidcRoleSource(self._sts(profile), role_arn, provider_arn, profile.required("oidc_token_file"), options)

    def _external(self, profile: Profile) -> Source:
        return ExternalProcessSource(profile.required("process_command"), profile.where)

    def _stored_keys(self, profile: Profile) -> Source:
        """Return the keys of somebody's last login with a browser; nobody is there to log in again."""
        expires = profile.number("sts_expiration")
        if expires is None or expires <= time.time():
            since = f"expired at {_moment(expires)}" if expires else "are not there (no sts_expiration)"
            raise ConfigurationError(
                f"The stored keys in {profile.where}, mode {profile.text('mode')}, {since}; log in again with the "
                "Alibaba Cloud CLI, or use a mode that needs no browser for scheduled runs."
            )
        return profile.keys("sts_token", float(expires))

    def _role(self, profile: Profile, caller: Source) -> Source:
        options = self._options(profile, profile.text("ram_session_name"))
        options = replace(options, external_id=profile.text("external_id"))
        return AssumedRoleSource(self._sts(profile), caller, profile.required("ram_role_arn"), options)

    def _options(self, profile: Profile, session_name: str | None) -> SessionOptions:
        options = role_options(profile, session_name, self._environ)
        return replace(options, duration=profile.number("expired_seconds"))

    def _sts(self, profile: Profile) -> Reach:
        region, vpc = profile.text("sts_region"), profile.flag("enable_vpc")
        return at_sts(self._reach, self._environ, region, vpc, profile.where)


MODES: dict[str, Callable[[CliProfileSource, Profile], Source]] = {
    "AK": CliProfileSource._keys,
    "StsToken": CliProfileSource._temporary_keys,
    "RamRoleArn": CliProfileSource._role_of_keys,
    "EcsRamRole": CliProfileSource._ecs_role,
    "OIDC": CliProfileSource._oidc_role,
    "External": CliProfileSource._external,
    "CloudSSO": CliProfileSource._stored_keys,
    "OAuth": CliProfileSource._stored_keys,
}


def _profiles(config: Mapping[str, Any], file: ProfileFile) -> dict[str, Profile]:
    listed = config.get("profiles") or []
    if not isinstance(listed, list) or not all(isinstance(entry, dict) for entry in listed):
        raise ConfigurationError(f"The field profiles in {file.shown} is no list of profiles.")
    found: dict[str, Profile] = {}
    for entry in listed:
        name = entry.get("name")
        if isinstance(name, str) and name:
            found.setdefault(name, Profile(name, f"profile {excerpt(name, 60)!r} of {file.shown}", entry))
    if not found:
        raise NotConfigured(f"The file {file.shown} holds no profile.")
    return found


def _current(config: Mapping[str, Any], profiles: Mapping[str, Profile], file: ProfileFile) -> str:
    current = config.get("current")
    if not isinstance(current, str) or current not in profiles:
        raise ConfigurationError(f"The field current in {file.shown} names none of its profiles.")
    return current


def _moment(seconds: int) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")
    except (OverflowError, OSError, ValueError):
        return "a time long ago"
