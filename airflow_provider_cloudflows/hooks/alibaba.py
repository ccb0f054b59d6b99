"""The hook for Alibaba Cloud: an access key pair, with or without a session token, signs with ACS3-HMAC-SHA256."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_cloudflows.errors import ConfigurationError
from airflow_provider_cloudflows.hooks.base import CloudHook, ConnectionFields, form_behaviour, form_widgets
from airflow_provider_cloudflows.provider_info import ALIBABA_TYPE
from airflow_provider_cloudflows.services.base import Endpoints

if TYPE_CHECKING:
    from airflow_provider_cloudflows.services.client import CloudClient
    from airflow_provider_cloudflows.transport.client import Transport

__all__ = ["AlibabaCloudHook"]


class AlibabaCloudHook(CloudHook):
    """Calls Alibaba Cloud as the caller that a connection describes.

    The key pair is read from login and password, else from ``access_key_id`` and ``access_key_secret`` in the extra,
    where the existing Alibaba provider keeps it.

    :param alibabacloud_conn_id: the Airflow connection.
    :param region: region id, for example ``cn-hangzhou``; stronger than the connection's.
    """

    conn_name_attr = "alibabacloud_conn_id"
    default_conn_name = "alibabacloud_default"
    conn_type = ALIBABA_TYPE
    hook_name = "Alibaba Cloud (cloudflows)"
    service_names = ("dataworks", "bpstudio", "sts")

    def __init__(self, alibabacloud_conn_id: str = default_conn_name, *, region: str | None = None) -> None:
        super().__init__(alibabacloud_conn_id, region=region)
        self.alibabacloud_conn_id = alibabacloud_conn_id

    def make_client(self, fields: ConnectionFields, transport: Transport, endpoints: Endpoints) -> CloudClient:
        """Return a client that signs with the connection's access key."""
        from airflow_provider_cloudflows.auth.acs3 import Acs3Signer
        from airflow_provider_cloudflows.auth.base import AccessKey
        from airflow_provider_cloudflows.services.client import CloudClient

        key_id = fields.login or fields.get("access_key_id")
        secret = fields.password or fields.get("access_key_secret")
        if not key_id or not secret:
            raise ConfigurationError(
                f"The connection {fields.conn_id!r} has no AccessKey ID and Secret; enter them as login and password."
            )
        return CloudClient(transport, endpoints, Acs3Signer(AccessKey(key_id, secret, fields.get("security_token"))))

    def identity(self) -> str:
        """Return account and principal, as STS GetCallerIdentity knows them."""
        from airflow_provider_cloudflows.services.sts import ALIBABA_STS, GetAlibabaCallerIdentity

        caller = self.call(GetAlibabaCallerIdentity())
        kind = f", {caller.identity_type}" if caller.identity_type else ""
        host = self.get_conn().endpoints.origin(ALIBABA_STS)
        return f"Alibaba Cloud knows the caller as {caller.arn} (account {caller.account_id}{kind}; asked {host})."

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
