"""Operator for a DataWorks data service group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_cloudflows.links.dataworks import DataServiceLink
from airflow_provider_cloudflows.operators.base import AlibabaOperator
from airflow_provider_cloudflows.operators.create import CreateNamedOperator

if TYPE_CHECKING:
    from airflow_provider_cloudflows.hooks.base import CloudHook
    from airflow_provider_cloudflows.services.dataworks.create_data_service_group import CreateDataServiceGroup

__all__ = ["CreateDataServiceGroupOperator"]


class CreateDataServiceGroupOperator(AlibabaOperator, CreateNamedOperator):
    """Create a data service group and return its ``GroupId``, a str (vendor page *CreateDataServiceGroup*).

    The vendor also calls it a business process. It publishes no operation that changes or deletes one, so a DAG cannot
    tear it down: that is left to the console. All arguments are templated.

    :param group_name: name of the group.
    :param project_id: id of the DataWorks workspace.
    :param api_gateway_group_id: id of an existing API group in API Gateway.
    :param description: free text; the vendor requires it.
    :param tenant_id: deprecated by the vendor.
    """

    operator_extra_links = (DataServiceLink(),)
    request_path = "airflow_provider_cloudflows.services.dataworks.create_data_service_group.CreateDataServiceGroup"

    def __init__(
        self,
        *,
        group_name: str,
        project_id: int | str,
        api_gateway_group_id: str,
        description: str,
        tenant_id: int | str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.group_name = group_name
        self.project_id = project_id
        self.api_gateway_group_id = api_gateway_group_id
        self.description = description
        self.tenant_id = tenant_id
        self.check_literals()

    def console_url(self, request: CreateDataServiceGroup, hook: CloudHook) -> str:
        """Return DataService Studio of the region."""
        return DataServiceLink.url(hook.get_conn().endpoints.region)
