"""A credential in the profile file of the vendor's SDK, ``~/.huaweicloud/credentials``.

The file has a section ``[basic]`` for regional services and a section ``[global]``; an identity provider is stronger
than an access key, as in the SDK. The file is read each time a credential is obtained. Unlike there, a percent sign in
a value stands for itself.
"""

from __future__ import annotations

import configparser
import os
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from airflow_provider_cloudflows.auth.base import AccessKey, Credential, NotConfigured
from airflow_provider_cloudflows.auth.huawei.keys import key_text
from airflow_provider_cloudflows.auth.huawei.oidc_federation import OidcFederationSource
from airflow_provider_cloudflows.auth.huawei.sdk_variables import IAM_ENDPOINT, at_sdk_endpoints, reaching
from airflow_provider_cloudflows.auth.reach import Reach
from airflow_provider_cloudflows.auth.token_file import LARGEST_FILE
from airflow_provider_cloudflows.errors import ConfigurationError
from airflow_provider_cloudflows.transport.flow import Flow
from airflow_provider_cloudflows.transport.redact import excerpt

__all__ = ["ProfileSource"]

CREDENTIALS_FILE = "HUAWEICLOUD_SDK_CREDENTIALS_FILE"
USUAL_FILE = ".huaweicloud/credentials"
SECTIONS = ("basic", "global")


@dataclass(frozen=True, slots=True)
class Section:
    """One section of the file.

    :param where: how messages name it.
    :param fields: what it holds; secrets among it.
    """

    where: str
    fields: Mapping[str, str] = field(repr=False)

    def text(self, name: str) -> str | None:
        """Return the field ``name``, or None when it is empty."""
        value = self.fields.get(name)
        return key_text(value, f"the field {name} in {self.where}") if value else None


class ProfileSource:
    """What the profile file says.

    :param reach: how IAM is reached; the file's ``iam_endpoint`` counts where the connection names no host, and
        ``HUAWEICLOUD_SDK_IAM_ENDPOINT`` where neither does.
    :param path: the file; None takes ``HUAWEICLOUD_SDK_CREDENTIALS_FILE``, else ``~/.huaweicloud/credentials``.
    :param section: ``basic`` or ``global``; None takes the first of them that is there.
    :param environ: the variables; those of this process by default.
    """

    def __init__(
        self,
        reach: Reach,
        path: str | Path | None = None,
        section: str | None = None,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self._reach = reach
        self._path = path
        self._section = section
        self._environ = environ
        self._secrets: tuple[str, ...] = ()

    def obtain(self) -> Flow[Credential]:
        """Return the key of the profile, or new keys for its ID token; asks nobody for the former.

        :raises NotConfigured: the file is not there, and nobody said that it is; or it has neither section.
        :raises ConfigurationError: something in it is missing, or not what it should be.
        """
        section = self._read()
        project_id = section.text("project_id")
        if section.fields.get("idp_id") and section.fields.get("id_token_file"):
            return replace((yield from self._federated(section)), project_id=project_id)
        ak, sk = section.text("ak"), section.text("sk")
        if not ak or not sk:
            missing = " and ".join(name for name, value in (("ak", ak), ("sk", sk)) if not value)
            raise ConfigurationError(
                f"The {section.where} lacks {missing}; it must hold ak and sk, or idp_id and id_token_file."
            )
        key = AccessKey(ak, sk, section.text("security_token"))
        self._secrets = key.secrets()
        return Credential(key, f"the {section.where}", project_id=project_id)

    def identity(self) -> Hashable:
        """Return which section of which file, and where IAM is."""
        variables = [self._environ.get(name) for name in (CREDENTIALS_FILE, IAM_ENDPOINT, "HOME")]
        return ("profile", repr(self._reach.endpoints), str(self._path), self._section, *variables)

    def secrets(self) -> Iterable[str]:
        """Return the secrets that were read last."""
        return self._secrets

    def _federated(self, section: Section) -> Flow[Credential]:
        idp_id, endpoint = section.text("idp_id") or "", section.fields.get("iam_endpoint") or ""
        reach = reaching(self._reach, "iam", endpoint, f"The field iam_endpoint in the {section.where}")
        reach = at_sdk_endpoints(reach, self._environ)
        federation = OidcFederationSource(reach, idp_id, section.fields["id_token_file"])
        try:
            credential = yield from federation.obtain()
        finally:
            self._secrets = tuple(federation.secrets())
        return replace(credential, origin=f"{credential.origin} ({section.where})")

    def _read(self) -> Section:
        path, shown, is_meant = self._file()
        parser = configparser.ConfigParser(interpolation=None)
        try:
            parser.read_string(self._text(path, shown, is_meant))
        except configparser.Error as broken:  # its own text shows lines of the file
            line = getattr(broken, "lineno", None) or next((line for line, _ in getattr(broken, "errors", [])), None)
            where = f", line {line}" if line else ""
            raise ConfigurationError(f"The profile file {shown} is no INI file{where}; correct it.") from None
        if self._section and not parser.has_section(self._section):
            raise ConfigurationError(f"The profile file {shown} has no section [{excerpt(self._section, 40)}].")
        name = self._section or next((name for name in SECTIONS if parser.has_section(name)), None)
        if name is None:
            raise NotConfigured(f"The profile file {shown} has neither a section [basic] nor a section [global].")
        return Section(f"section [{excerpt(name, 40)}] of {shown}", dict(parser.items(name)))

    def _file(self) -> tuple[Path, str, bool]:
        """Return the file, how messages name it, and whether somebody named this very file."""
        given = str(self._path or self._environ.get(CREDENTIALS_FILE) or "")
        if given and not given.startswith("~/"):
            return Path(given), excerpt(given), True
        below = given.removeprefix("~/") or USUAL_FILE
        try:
            home = Path(self._environ.get("HOME") or Path.home())
        except RuntimeError:  # a user without a name, as in some containers
            raise NotConfigured(f"There is no home directory to look for ~/{USUAL_FILE} in; set HOME.") from None
        return home / below, excerpt(f"~/{below}"), bool(given)

    @staticmethod
    def _text(path: Path, shown: str, is_meant: bool) -> str:
        try:
            with path.open("rb") as file:
                return file.read(LARGEST_FILE).decode("utf-8-sig")
        except (FileNotFoundError, NotADirectoryError):
            if is_meant:
                raise ConfigurationError(f"The profile file {shown} does not exist; correct its path.") from None
            raise NotConfigured(f"There is no profile file {shown}.") from None
        except UnicodeDecodeError:
            raise ConfigurationError(f"The profile file {shown} is no UTF-8 text.") from None
        except (OSError, ValueError) as failure:
            reason = failure.strerror if isinstance(failure, OSError) else "no file has such a name"
            raise ConfigurationError(f"The profile file {shown} cannot be read ({reason}).") from None
