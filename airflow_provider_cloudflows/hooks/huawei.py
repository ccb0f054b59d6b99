"""The hook for Huawei Cloud: keys of any kind sign with SDK-HMAC-SHA256, a token from IAM travels as it is.

What a credential is made of, and what asks IAM and STS, is imported where it is used: no DAG file pays for it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from airflow_provider_cloudflows.errors import ConnectionFailed
from airflow_provider_cloudflows.forms import HUAWEI_DEFAULT_CONNECTION, HUAWEI_TYPE
from airflow_provider_cloudflows.hooks.base import CloudHook
from airflow_provider_cloudflows.hooks.form_widgets import form_behaviour, form_widgets

if TYPE_CHECKING:
    from airflow_provider_cloudflows.auth.base import Token
    from airflow_provider_cloudflows.auth.reach import Reach
    from airflow_provider_cloudflows.calls.client import CloudClient
    from airflow_provider_cloudflows.hooks.caller import Caller
    from airflow_provider_cloudflows.hooks.connection import ConnectionFields

__all__ = ["HuaweiCloudHook"]


class HuaweiCloudHook(CloudHook):
    """Calls Huawei Cloud as the caller that a connection describes.

    The field ``auth_type`` chooses where the credential comes from; without it AK and SK are read from login and
    password, else a token from ``x_auth_token``. The project id comes from the extra, else from the credential's own
    scope or profile, else from IAM.

    :param huaweicloud_conn_id: the Airflow connection.
    :param region: region id, for example ``cn-north-4``; stronger than the connection's.
    :param project_id: project id; stronger than the connection's.
    """

    conn_name_attr = "huaweicloud_conn_id"
    default_conn_name = HUAWEI_DEFAULT_CONNECTION
    conn_type = HUAWEI_TYPE
    hook_name = "Huawei Cloud (cloudflows)"
    service_names = ("secmaster", "fabric", "fabric_ep", "iam", "sts")

    def __init__(
        self,
        huaweicloud_conn_id: str = default_conn_name,
        *,
        region: str | None = None,
        project_id: str | None = None,
    ) -> None:
        super().__init__(huaweicloud_conn_id, region=region)
        self.huaweicloud_conn_id = huaweicloud_conn_id
        self.project_override = project_id

    @property
    def workspace_id(self) -> str | None:
        """The connection's SecMaster workspace."""
        return self.fields.get("workspace_id")

    def make_client(self, fields: ConnectionFields, reach: Reach) -> CloudClient:
        """Return a client that signs with the credential of the connection, or carries its token."""
        from airflow_provider_cloudflows.auth.huawei.project import KnownProject, ProjectOfCredential
        from airflow_provider_cloudflows.auth.huawei.signing import RENEW_AHEAD, signer_for
        from airflow_provider_cloudflows.auth.principal import huawei_principal
        from airflow_provider_cloudflows.auth.renewing import RenewingSigner
        from airflow_provider_cloudflows.calls.client import CloudClient
        from airflow_provider_cloudflows.hooks.huawei_credentials import source_of

        configured = self.project_override or self._configured_project(fields)
        kept = self.keep(source_of(fields, reach, configured), RENEW_AHEAD)
        return CloudClient(
            reach.transport,
            reach.endpoints,
            RenewingSigner(kept, signer_for),
            project=KnownProject(configured) if configured else ProjectOfCredential(kept),
            caller=kept.key,
            principal=huawei_principal,
        )

    def _configured_project(self, fields: ConnectionFields) -> str | None:
        """The connection's project belongs to the connection's region: another region has another project."""
        if self.region_override and self.region_override != fields.get("region"):
            return None
        return fields.get("project_id")

    def caller(self) -> Caller:
        """Return account and principal: from STS, or from IAM for a token and where STS has no host."""
        from airflow_provider_cloudflows.auth.base import Token
        from airflow_provider_cloudflows.services.sts import HUAWEI_STS, GetHuaweiCallerIdentity

        client = self.get_conn()
        assert self._kept is not None
        proof = client.transport.run(self._kept.get()).proof
        if isinstance(proof, Token):
            return self._owner_of(proof)
        try:
            answer = self.call(GetHuaweiCallerIdentity())
        except ConnectionFailed as unreachable:
            return self._caller_by_iam(unreachable)
        asked = client.endpoints.origin(HUAWEI_STS)
        return self._caller(answer.principal_urn, f"account {answer.account_id}", asked)

    def _owner_of(self, token: Token) -> Caller:
        from pydantic import SecretStr

        from airflow_provider_cloudflows.auth.base import expiry
        from airflow_provider_cloudflows.services.iam import IAM, ValidateToken

        client = self.get_conn()
        found = self.call(ValidateToken(subject_token=SecretStr(token.text))).token
        user = found.user
        account = user.domain if user else found.domain
        scope = f"project {found.project.name or found.project.id}" if found.project else "the whole account"
        caller = self._caller(
            f"the IAM user {user.name or user.id}" if user else "a token",
            f"account {account.name or account.id if account else 'not told'}, scope {scope}",
            client.endpoints.origin(IAM),
        )
        return replace(caller, expires=expiry(found.expires_at, client.clock_difference))

    def _caller_by_iam(self, unreachable: ConnectionFailed) -> Caller:
        from airflow_provider_cloudflows.services.iam import IAM, ListAuthDomains

        try:
            domains = self.call(ListAuthDomains()).domains
        except ConnectionFailed:
            raise unreachable from None
        names = ", ".join(sorted(domain.name or domain.id for domain in domains)) or "none"
        asked = f"{self.get_conn().endpoints.origin(IAM)}, since STS has no host here"
        return self._caller("the owner of a key", f"accounts: {names}", asked)

    def _caller(self, principal: str, account: str, asked: str) -> Caller:
        from airflow_provider_cloudflows.hooks.caller import Caller

        return Caller("Huawei Cloud", principal, account, asked, **self.credential_facts())

    # Only Airflow 3.1 asks a hook for its form, and looks in the class itself, not in its bases; newer versions read
    # the provider's declaration.

    @classmethod
    def get_ui_field_behaviour(cls) -> dict[str, Any]:
        """Return how the standard fields of the form look."""
        return form_behaviour(cls.conn_type)

    @classmethod
    def get_connection_form_widgets(cls) -> dict[str, Any]:
        """Return the form's own fields."""
        return form_widgets(cls.conn_type)
