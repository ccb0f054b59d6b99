"""Operator for a SecMaster workflow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from airflow_provider_cloudflows.errors import InvalidParameter, NotFound
from airflow_provider_cloudflows.hooks.huawei import HuaweiCloudHook
from airflow_provider_cloudflows.links.secmaster import SecMasterConsoleLink
from airflow_provider_cloudflows.operators.base import HuaweiCreateOperator
from airflow_provider_cloudflows.operators.literals import validated
from airflow_provider_cloudflows.services.secmaster.data_class import ListDataClasses
from airflow_provider_cloudflows.services.secmaster.workflow import CreateWorkflow

if TYPE_CHECKING:
    from airflow_provider_cloudflows.hooks.base import CloudHook

__all__ = ["CreateSecMasterWorkflowOperator"]


class CreateSecMasterWorkflowOperator(HuaweiCreateOperator):
    """Create a workflow and return its id, a str (vendor page *Creating a Workflow*). It starts disabled.

    All arguments are templated. Exactly one of ``dataclass_id`` and ``dataclass_name`` tells the data class; its id
    differs in every workspace, so a name is looked up there first.

    :param name: name of the workflow.
    :param aop_type: ``NORMAL`` (general), ``SURVEY`` (investigation), ``HEMOSTASIS`` (containment) or ``EASE``
        (mitigation).
    :param dataclass_id: id of the data class.
    :param dataclass_name: exact name of the data class, for example ``Alert``.
    :param engine_type: ``public_engine`` is the only value that the vendor publishes.
    :param description: free text.
    :param labels: entity type: ``IP``, ``ACCOUNT`` or ``DOMAIN``.
    :param workspace_id: SecMaster workspace; by default the connection's.
    :param project_id: project; by default the connection's, else the region's, which IAM is asked for.
    :param if_exists: what to do with one of this name that somebody else made: ``"reuse"`` takes it over, ``"update"``
        also changes its description and labels, ``"fail"`` refuses it.
    :param settle: seconds after which one that was made is certain to be listed; the promise of "never twice" holds
        while the service is faster than that.
    :param region: region id; stronger than the connection's.
    :param huaweicloud_conn_id: the Airflow connection.
    """

    template_fields: Sequence[str] = (
        "name",
        "aop_type",
        "dataclass_id",
        "dataclass_name",
        "engine_type",
        "description",
        "labels",
        "workspace_id",
        "project_id",
        "if_exists",
        "settle",
        "region",
        "huaweicloud_conn_id",
    )
    operator_extra_links = (SecMasterConsoleLink(),)
    request_type: ClassVar[type[CreateWorkflow]] = CreateWorkflow
    filled_at_run: ClassVar[frozenset[str]] = frozenset({"workspace_id", "dataclass_id"})

    def __init__(
        self,
        *,
        name: str,
        aop_type: str,
        dataclass_id: str | None = None,
        dataclass_name: str | None = None,
        engine_type: str = "public_engine",
        description: str | None = None,
        labels: str | None = None,
        workspace_id: str | None = None,
        project_id: str | None = None,
        if_exists: str = "reuse",
        settle: float | str = 5.0,
        region: str | None = None,
        huaweicloud_conn_id: str = HuaweiCloudHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.name = name
        self.aop_type = aop_type
        self.dataclass_id = dataclass_id
        self.dataclass_name = dataclass_name
        self.engine_type = engine_type
        self.description = description
        self.labels = labels
        self.workspace_id = workspace_id
        self.project_id = project_id
        self.if_exists = if_exists
        self.settle = settle
        self.region = region
        self.huaweicloud_conn_id = huaweicloud_conn_id
        self.check_literals()

    def check_literals(self) -> None:
        """Also check that the data class is told, and told once."""
        if bool(self.dataclass_id) == bool(self.dataclass_name):
            given = "both" if self.dataclass_id else "neither"
            raise InvalidParameter(
                f"{self._where()} needs exactly one of dataclass_id and dataclass_name, not {given}; correct the task."
            )
        super().check_literals()

    def complete(self, values: dict[str, Any], hook: HuaweiCloudHook) -> dict[str, Any]:
        """Return ``values`` with the connection's workspace and the id of the named data class."""
        workspace_id = values["workspace_id"] or hook.workspace_id
        if not workspace_id:
            raise InvalidParameter(
                f"{self._where()} knows no SecMaster workspace; pass workspace_id or set it in the connection."
            )
        place = {"workspace_id": workspace_id, "project_id": values["project_id"] or None}
        if self.dataclass_name:
            place["dataclass_id"] = self._dataclass_id_by_name(place, hook)
        return {**values, **place}

    def _dataclass_id_by_name(self, place: dict[str, Any], hook: HuaweiCloudHook) -> str:
        asked = {**place, "name": self.dataclass_name}
        request: ListDataClasses = validated(ListDataClasses, asked, {"name": "dataclass_name"}, self._where())
        found = list(hook.iterate(request))
        ids = sorted({one.id for one in found if one.name == self.dataclass_name})
        if len(ids) != 1:
            raise NotFound(
                f"the workspace {place['workspace_id']} has {len(ids) or 'no'} data classes named "
                f"{self.dataclass_name!r}",
                operation=request.title,
                advice="check dataclass_name and workspace_id, or pass dataclass_id",
            )
        return ids[0]

    def console_url(self, request: CreateWorkflow, hook: CloudHook) -> str:
        """Return the SecMaster console."""
        return SecMasterConsoleLink.url()
