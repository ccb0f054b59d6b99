"""Operators for a DataWorks workflow ("business") in DataStudio."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from airflow_provider_cloudflows.links.dataworks import DataStudioLink
from airflow_provider_cloudflows.operators.base import AlibabaOperator
from airflow_provider_cloudflows.operators.create import CreateNamedOperator
from airflow_provider_cloudflows.operators.delete import DeleteOperator

if TYPE_CHECKING:
    from airflow_provider_cloudflows.hooks.base import CloudHook
    from airflow_provider_cloudflows.services.dataworks.create_business import CreateBusiness

__all__ = ["CreateBusinessOperator", "DeleteBusinessOperator"]


class CreateBusinessOperator(AlibabaOperator, CreateNamedOperator):
    """Create a workflow in DataStudio and return its ``BusinessId``, an int (vendor page *CreateBusiness*).

    All arguments are templated. Exactly one of ``project_id`` and ``project_identifier`` names the workspace.
    ``if_exists="update"`` changes description and owner.

    :param business_name: name of the workflow; unique in the workspace.
    :param project_id: id of the DataWorks workspace.
    :param project_identifier: name of the DataWorks workspace.
    :param description: free text.
    :param business_owner: Alibaba Cloud account id of the owner (the vendor's ``Owner``; ``owner`` is the DAG's);
        the vendor's default is the caller.
    :param use_type: ``NORMAL`` for auto triggered or ``MANUAL_BIZ`` for manually triggered workflows.
    :param api_version: ``2020-05-18`` or ``2024-05-18``; both mean the same, and a retry may speak the other one.
    """

    operator_extra_links = (DataStudioLink(),)
    request_path = "airflow_provider_cloudflows.services.dataworks.create_business.CreateBusiness"
    argument_names: ClassVar[Mapping[str, str]] = {"owner": "business_owner"}

    def __init__(
        self,
        *,
        business_name: str,
        project_id: int | str | None = None,
        project_identifier: str | None = None,
        description: str | None = None,
        business_owner: str | None = None,
        use_type: str | None = None,
        api_version: str = "2020-05-18",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.business_name = business_name
        self.project_id = project_id
        self.project_identifier = project_identifier
        self.description = description
        self.business_owner = business_owner
        self.use_type = use_type
        self.api_version = api_version
        self.check_literals()

    def console_url(self, request: CreateBusiness, hook: CloudHook) -> str:
        """Return DataStudio of the workspace."""
        return DataStudioLink.url(hook.get_conn().endpoints.region, request.project_id)


class DeleteBusinessOperator(AlibabaOperator, DeleteOperator):
    """Delete a workflow of DataStudio and return whether it was there (vendor page *DeleteBusiness*).

    All arguments are templated. Exactly one of ``project_id`` and ``project_identifier`` names the workspace. What
    becomes of a workflow that holds nodes, the vendor does not say.

    :param business_id: id of the workflow, for example the output of its create.
    :param project_id: id of the DataWorks workspace.
    :param project_identifier: name of the DataWorks workspace.
    :param api_version: ``2020-05-18`` or ``2024-05-18``; both mean the same.
    """

    request_path = "airflow_provider_cloudflows.services.dataworks.delete_business.DeleteBusiness"

    def __init__(
        self,
        *,
        business_id: int | str,
        project_id: int | str | None = None,
        project_identifier: str | None = None,
        api_version: str = "2020-05-18",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.business_id = business_id
        self.project_id = project_id
        self.project_identifier = project_identifier
        self.api_version = api_version
        self.check_literals()
