"""The hook for Huawei Cloud: AK and SK, with or without a security token, or a token from IAM.

What asks IAM and STS is imported where it is used: most runs never ask, and no DAG file does.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from airflow_provider_cloudflows.auth.base import AccessKey
from airflow_provider_cloudflows.auth.sdk_hmac import SdkHmacSigner
from airflow_provider_cloudflows.auth.token import TokenSigner
from airflow_provider_cloudflows.errors import ConfigurationError, ConnectionFailed
from airflow_provider_cloudflows.hooks.base import CloudHook, ConnectionFields, form_behaviour, form_widgets
from airflow_provider_cloudflows.provider_info import HUAWEI_TYPE
from airflow_provider_cloudflows.services.base import Endpoints

if TYPE_CHECKING:
    from airflow_provider_cloudflows.auth.project import ProjectOfRegion

if TYPE_CHECKING:
    from airflow_provider_cloudflows.services.client import CloudClient
    from airflow_provider_cloudflows.transport.client import Transport

__all__ = ["HuaweiCloudHook"]


class HuaweiCloudHook(CloudHook):
    """Calls Huawei Cloud as the caller that a connection describes.

    AK and SK are read from login and password; ``x_auth_token`` in the extra is used instead when there is no AK. The
    project id comes from the extra, else from IAM.

    :param huaweicloud_conn_id: the Airflow connection.
    :param region: region id, for example ``cn-north-4``; stronger than the connection's.
    :param project_id: project id; stronger than the connection's.
    """

    conn_name_attr = "huaweicloud_conn_id"
    default_conn_name = "huaweicloud_default"
    conn_type = HUAWEI_TYPE
    hook_name = "Huawei Cloud (cloudflows)"
    service_names = ("secmaster", "fabric", "iam", "sts")

    def __init__(
        self,
        huaweicloud_conn_id: str = default_conn_name,
        *,
        region: str | None = None,
        project_id: str | None = None,
    ) -> None:
        super().__init__(huaweicloud_conn_id, region=region)
        self.huaweicloud_conn_id = huaweicloud_conn_id
        self.project_id = project_id

    @property
    def workspace_id(self) -> str | None:
        """The connection's SecMaster workspace."""
        return self.fields.get("workspace_id")

    def make_client(self, fields: ConnectionFields, transport: Transport, endpoints: Endpoints) -> CloudClient:
        """Return a client that signs with AK and SK, or carries the token."""
        from airflow_provider_cloudflows.auth.project import KnownProject
        from airflow_provider_cloudflows.services.client import CloudClient

        client = CloudClient(transport, endpoints, self._signer(fields))
        configured = self.project_id or self._configured_project(fields)
        client.project = KnownProject(configured) if configured else self._lookup(fields, client)
        return client

    def _signer(self, fields: ConnectionFields) -> SdkHmacSigner | TokenSigner:
        token = fields.get("x_auth_token")
        if fields.login and fields.password:
            return SdkHmacSigner(AccessKey(fields.login, fields.password, fields.get("security_token")))
        if token:
            return TokenSigner(token)
        raise ConfigurationError(
            f"The connection {fields.conn_id!r} has neither AK and SK nor an X-Auth-Token; enter AK and SK as login "
            "and password."
        )

    def _configured_project(self, fields: ConnectionFields) -> str | None:
        """The connection's project belongs to the connection's region: another region has another project."""
        if self.region and self.region != fields.get("region"):
            return None
        return fields.get("project_id")

    def _lookup(self, fields: ConnectionFields, client: CloudClient) -> ProjectOfRegion:
        from airflow_provider_cloudflows.auth.project import ProjectOfRegion

        if not isinstance(client.signer, TokenSigner):
            return ProjectOfRegion(client, fields.login or "")
        token = fields.get("x_auth_token") or ""
        return ProjectOfRegion(client, hashlib.sha256(token.encode()).hexdigest(), by_token=True)

    def identity(self) -> str:
        """Return account and principal: from STS, or from IAM for a token and where STS has no host."""
        from airflow_provider_cloudflows.services.iam import IAM, ListAuthProjects
        from airflow_provider_cloudflows.services.sts import HUAWEI_STS, GetHuaweiCallerIdentity

        client = self.get_conn()
        if isinstance(client.signer, TokenSigner):
            projects = self.call(ListAuthProjects()).projects
            names = ", ".join(sorted(project.name or project.id for project in projects)) or "none"
            return f"Huawei Cloud accepts the token (projects: {names}; asked {client.endpoints.origin(IAM)})."
        try:
            caller = self.call(GetHuaweiCallerIdentity())
        except ConnectionFailed as unreachable:
            return self._account_by_iam(unreachable)
        host = client.endpoints.origin(HUAWEI_STS)
        return f"Huawei Cloud knows the caller as {caller.principal_urn} (account {caller.account_id}; asked {host})."

    def _account_by_iam(self, unreachable: ConnectionFailed) -> str:
        from airflow_provider_cloudflows.services.iam import IAM, ListAuthDomains

        try:
            domains = self.call(ListAuthDomains()).domains
        except ConnectionFailed:
            raise unreachable from None
        names = ", ".join(sorted(domain.name or domain.id for domain in domains)) or "none"
        host = self.get_conn().endpoints.origin(IAM)
        return f"Huawei Cloud accepts the key (accounts: {names}; asked {host}, since STS has no host here)."

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
