"""Operator for a DataWorks workflow ("business") in DataStudio."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from airflow_provider_cloudflows.hooks.alibaba import AlibabaCloudHook
from airflow_provider_cloudflows.links.dataworks import DataStudioLink
from airflow_provider_cloudflows.operators.base import AlibabaCreateOperator
from airflow_provider_cloudflows.services.dataworks.business import CreateBusiness

if TYPE_CHECKING:
    from airflow_provider_cloudflows.hooks.base import CloudHook

__all__ = ["CreateBusinessOperator"]


class CreateBusinessOperator(AlibabaCreateOperator):
    """Create a workflow in DataStudio and return its ``BusinessId``, an int (vendor page *CreateBusiness*).

    All arguments are templated. Exactly one of ``project_id`` and ``project_identifier`` names the workspace.

    :param business_name: name of the workflow; unique in the workspace.
    :param project_id: id of the DataWorks workspace.
    :param project_identifier: name of the DataWorks workspace.
    :param description: free text.
    :param business_owner: Alibaba Cloud account id of the owner (the vendor's ``Owner``; ``owner`` is the DAG's);
        the vendor's default is the caller.
    :param use_type: ``NORMAL`` for auto triggered or ``MANUAL_BIZ`` for manually triggered workflows.
    :param if_exists: what to do with one of this name that somebody else made: ``"reuse"`` takes it over, ``"update"``
        also changes its description and owner, ``"fail"`` refuses it.
    :param settle: seconds after which one that was made is certain to be listed; the promise of "never twice" holds
        while the service is faster than that.
    :param region: region id; stronger than the connection's.
    :param alibabacloud_conn_id: the Airflow connection.
    """

    template_fields: Sequence[str] = (
        "business_name",
        "project_id",
        "project_identifier",
        "description",
        "business_owner",
        "use_type",
        "if_exists",
        "settle",
        "region",
        "alibabacloud_conn_id",
    )
    operator_extra_links = (DataStudioLink(),)
    request_type: ClassVar[type[CreateBusiness]] = CreateBusiness
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
        if_exists: str = "reuse",
        settle: float | str = 5.0,
        region: str | None = None,
        alibabacloud_conn_id: str = AlibabaCloudHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.business_name = business_name
        self.project_id = project_id
        self.project_identifier = project_identifier
        self.description = description
        self.business_owner = business_owner
        self.use_type = use_type
        self.if_exists = if_exists
        self.settle = settle
        self.region = region
        self.alibabacloud_conn_id = alibabacloud_conn_id
        self.check_literals()

    def console_url(self, request: CreateBusiness, hook: CloudHook) -> str:
        """Return DataStudio of the workspace."""
        return DataStudioLink.url(hook.get_conn().endpoints.region, request.project_id)
