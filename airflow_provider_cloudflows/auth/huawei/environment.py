"""A credential in the environment variables that the vendor's SDK reads.

An identity provider is stronger than an access key, as in the SDK. The variables are read each time a credential is
obtained, so a change counts, and nothing is read at import.
"""

from __future__ import annotations

import os
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import replace

from airflow_provider_cloudflows.auth.base import AccessKey, Credential, NotConfigured
from airflow_provider_cloudflows.auth.huawei.keys import key_text
from airflow_provider_cloudflows.auth.huawei.oidc_federation import OidcFederationSource
from airflow_provider_cloudflows.auth.huawei.sdk_variables import at_sdk_endpoints, digest, project_of
from airflow_provider_cloudflows.auth.reach import Reach
from airflow_provider_cloudflows.errors import ConfigurationError
from airflow_provider_cloudflows.transport.flow import Flow

__all__ = ["EnvironmentSource"]

AK = "HUAWEICLOUD_SDK_AK"
SK = "HUAWEICLOUD_SDK_SK"
SECURITY_TOKEN = "HUAWEICLOUD_SDK_SECURITY_TOKEN"
IDP_ID = "HUAWEICLOUD_SDK_IDP_ID"
ID_TOKEN_FILE = "HUAWEICLOUD_SDK_ID_TOKEN_FILE"

ORIGIN = "environment variables"


class EnvironmentSource:
    """What ``HUAWEICLOUD_SDK_IDP_ID`` and ``_ID_TOKEN_FILE``, else ``HUAWEICLOUD_SDK_AK`` and ``_SK`` say.

    ``HUAWEICLOUD_SDK_PROJECT_ID`` names the project. With ``HUAWEICLOUD_SDK_SECURITY_TOKEN`` the key is a temporary
    one, whose expiry nobody tells.

    :param reach: how IAM is reached; ``HUAWEICLOUD_SDK_IAM_ENDPOINT`` counts where the connection names no host.
    :param environ: the variables; those of this process by default.
    """

    def __init__(self, reach: Reach, environ: Mapping[str, str] = os.environ) -> None:
        self._reach = reach
        self._environ = environ
        self._federation: OidcFederationSource | None = None

    def obtain(self) -> Flow[Credential]:
        """Return the key, or new keys for the ID token; asks nobody for the former.

        :raises NotConfigured: none of the variables is set.
        :raises ConfigurationError: one is set without the other that belongs to it, or is not what it should be.
        """
        ak, sk, idp_id, id_token_file = (self._environ.get(name, "") for name in (AK, SK, IDP_ID, ID_TOKEN_FILE))
        project_id = project_of(self._environ)
        if idp_id and id_token_file:
            reach = at_sdk_endpoints(self._reach, self._environ)
            self._federation = OidcFederationSource(reach, idp_id, id_token_file)
            credential = yield from self._federation.obtain()
            return replace(credential, origin=f"{credential.origin} ({ORIGIN})", project_id=project_id)
        if ak and sk:
            token = self._environ.get(SECURITY_TOKEN) or None
            key = AccessKey(
                key_text(ak, f"the variable {AK}"),
                key_text(sk, f"the variable {SK}"),
                token and key_text(token, f"the variable {SECURITY_TOKEN}"),
            )
            return Credential(key, ORIGIN, project_id=project_id)
        for there, value, missing in (
            (AK, ak, SK),
            (SK, sk, AK),
            (IDP_ID, idp_id, ID_TOKEN_FILE),
            (ID_TOKEN_FILE, id_token_file, IDP_ID),
        ):
            if value:
                raise ConfigurationError(f"{there} is set and {missing} is not; set both or neither.")
        raise NotConfigured(f"Neither {AK} and {SK} nor {IDP_ID} and {ID_TOKEN_FILE} are set.")

    def identity(self) -> Hashable:
        """Return a digest of the variables, and where IAM is: another key is another identity."""
        names = (AK, SK, SECURITY_TOKEN, IDP_ID, ID_TOKEN_FILE)
        return ("environment", repr(self._reach.endpoints), digest(self._environ, *names))

    def secrets(self) -> Iterable[str]:
        """Return the secrets that the variables hold now, and the tokens that were exchanged last."""
        held = tuple(self._environ[name] for name in (SK, SECURITY_TOKEN) if self._environ.get(name))
        return (*held, *self._federation.secrets()) if self._federation else held
