"""The hook for Alibaba Cloud: a credential of any kind signs with ACS3-HMAC-SHA256.

What a credential is made of is imported where a client is made: no DAG file pays for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_cloudflows.forms import ALIBABA_DEFAULT_CONNECTION, ALIBABA_TYPE
from airflow_provider_cloudflows.hooks.base import CloudHook
from airflow_provider_cloudflows.hooks.form_widgets import form_behaviour, form_widgets

if TYPE_CHECKING:
    from airflow_provider_cloudflows.auth.reach import Reach
    from airflow_provider_cloudflows.calls.client import CloudClient
    from airflow_provider_cloudflows.hooks.caller import Caller
    from airflow_provider_cloudflows.hooks.connection import ConnectionFields

__all__ = ["AlibabaCloudHook"]


class AlibabaCloudHook(CloudHook):
    """Calls Alibaba Cloud as the caller that a connection describes.

    The field ``auth_type`` chooses where the credential comes from. Keys are read from login and password, else from
    ``access_key_id`` and ``access_key_secret`` in the extra, where the existing Alibaba provider keeps them.

    :param alibabacloud_conn_id: the Airflow connection.
    :param region: region id, for example ``cn-hangzhou``; stronger than the connection's.
    """

    conn_name_attr = "alibabacloud_conn_id"
    default_conn_name = ALIBABA_DEFAULT_CONNECTION
    conn_type = ALIBABA_TYPE
    hook_name = "Alibaba Cloud (cloudflows)"
    service_names = ("dataworks", "bpstudio", "sts")

    def __init__(self, alibabacloud_conn_id: str = default_conn_name, *, region: str | None = None) -> None:
        super().__init__(alibabacloud_conn_id, region=region)
        self.alibabacloud_conn_id = alibabacloud_conn_id

    def make_client(self, fields: ConnectionFields, reach: Reach) -> CloudClient:
        """Return a client that signs with the credential of the connection."""
        from airflow_provider_cloudflows.auth.alibaba.account import AccountOfCredential
        from airflow_provider_cloudflows.auth.alibaba.signing import RENEW_AHEAD, signer_for
        from airflow_provider_cloudflows.auth.principal import alibaba_principal
        from airflow_provider_cloudflows.auth.renewing import RenewingSigner
        from airflow_provider_cloudflows.calls.client import CloudClient
        from airflow_provider_cloudflows.hooks.alibaba_credentials import source_of

        kept = self.keep(source_of(fields, reach), RENEW_AHEAD)
        return CloudClient(
            reach.transport,
            reach.endpoints,
            RenewingSigner(kept, signer_for),
            account=AccountOfCredential(kept),
            caller=kept.key,
            principal=alibaba_principal,
        )

    def caller(self) -> Caller:
        """Return account and principal, as STS GetCallerIdentity knows them."""
        from airflow_provider_cloudflows.hooks.caller import Caller
        from airflow_provider_cloudflows.services.sts import ALIBABA_STS, GetAlibabaCallerIdentity

        answer = self.call(GetAlibabaCallerIdentity())
        kind = f", {answer.identity_type}" if answer.identity_type else ""
        return Caller(
            "Alibaba Cloud",
            answer.arn,
            f"account {answer.account_id}{kind}",
            self.get_conn().endpoints.origin(ALIBABA_STS),
            **self.credential_facts(),
        )

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
