"""What the operators share that bring an API of the data service in and out of service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_cloudflows.links.dataworks import DataServiceLink
from airflow_provider_cloudflows.operators.base import AlibabaOperator
from airflow_provider_cloudflows.operators.in_steps import StepwiseOperator

if TYPE_CHECKING:
    from airflow_provider_cloudflows.hooks.base import CloudHook

__all__ = ["DataServiceApiOperator"]


class DataServiceApiOperator(AlibabaOperator, StepwiseOperator):
    """Base of both.

    :param api_id: id of the API, for example what ``CreateDataServiceApiOperator`` returns.
    :param project_id: id of the DataWorks workspace.
    :param tenant_id: id of the tenant.
    """

    operator_extra_links = (DataServiceLink(),)

    def __init__(
        self, *, api_id: int | str, project_id: int | str, tenant_id: int | str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.api_id = api_id
        self.project_id = project_id
        self.tenant_id = tenant_id
        self.check_literals()

    def console_url(self, request: Any, hook: CloudHook) -> str:
        """Return DataService Studio of the region."""
        return DataServiceLink.url(hook.get_conn().endpoints.region)
