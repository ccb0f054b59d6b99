"""Operator for a DataWorks data service group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from airflow_provider_cloudflows.hooks.alibaba import AlibabaCloudHook
from airflow_provider_cloudflows.links.dataworks import DataServiceLink
from airflow_provider_cloudflows.operators.base import AlibabaCreateOperator
from airflow_provider_cloudflows.services.dataworks.data_service_group import CreateDataServiceGroup

if TYPE_CHECKING:
    from airflow_provider_cloudflows.hooks.base import CloudHook

__all__ = ["CreateDataServiceGroupOperator"]


class CreateDataServiceGroupOperator(AlibabaCreateOperator):
    """Create a data service group and return its ``GroupId``, a str (vendor page *CreateDataServiceGroup*).

    The vendor also calls it a business process. It publishes no operation that deletes one. All arguments are
    templated.

    :param group_name: name of the group.
    :param project_id: id of the DataWorks workspace.
    :param api_gateway_group_id: id of an existing API group in API Gateway.
    :param description: free text; the vendor requires it.
    :param tenant_id: deprecated by the vendor.
    :param if_exists: what to do with one of this name that somebody else made: ``"reuse"`` takes it over, ``"fail"``
        refuses it; the vendor offers no update.
    :param settle: seconds after which one that was made is certain to be listed; the promise of "never twice" holds
        while the service is faster than that.
    :param region: region id; stronger than the connection's.
    :param alibabacloud_conn_id: the Airflow connection.
    """

    template_fields: Sequence[str] = (
        "group_name",
        "project_id",
        "api_gateway_group_id",
        "description",
        "tenant_id",
        "if_exists",
        "settle",
        "region",
        "alibabacloud_conn_id",
    )
    operator_extra_links = (DataServiceLink(),)
    request_type: ClassVar[type[CreateDataServiceGroup]] = CreateDataServiceGroup

    def __init__(
        self,
        *,
        group_name: str,
        project_id: int | str,
        api_gateway_group_id: str,
        description: str,
        tenant_id: int | str | None = None,
        if_exists: str = "reuse",
        settle: float | str = 5.0,
        region: str | None = None,
        alibabacloud_conn_id: str = AlibabaCloudHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.group_name = group_name
        self.project_id = project_id
        self.api_gateway_group_id = api_gateway_group_id
        self.description = description
        self.tenant_id = tenant_id
        self.if_exists = if_exists
        self.settle = settle
        self.region = region
        self.alibabacloud_conn_id = alibabacloud_conn_id
        self.check_literals()

    def console_url(self, request: CreateDataServiceGroup, hook: CloudHook) -> str:
        """Return DataService Studio of the region."""
        return DataServiceLink.url(hook.get_conn().endpoints.region)
