"""Operators for a SecMaster workflow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from airflow_provider_cloudflows.links.secmaster import SecMasterConsoleLink
from airflow_provider_cloudflows.operators.create import CreateNamedOperator
from airflow_provider_cloudflows.operators.delete import DeleteOperator
from airflow_provider_cloudflows.operators.literals import validated
from airflow_provider_cloudflows.operators.secmaster_operator import SecMasterOperator

if TYPE_CHECKING:
    from airflow_provider_cloudflows.hooks.base import CloudHook
    from airflow_provider_cloudflows.hooks.huawei import HuaweiCloudHook
    from airflow_provider_cloudflows.services.secmaster.create_workflow import CreateWorkflow

__all__ = ["CreateSecMasterWorkflowOperator", "DeleteSecMasterWorkflowOperator"]


class CreateSecMasterWorkflowOperator(SecMasterOperator, CreateNamedOperator):
    """Create a workflow and return its id, a str (vendor page *Creating a Workflow*). It starts disabled.

    All arguments are templated. Exactly one of ``dataclass_id`` and ``dataclass_name`` tells the data class; its id
    differs in every workspace, so a name is looked up there first. ``if_exists="update"`` changes description and
    labels.

    :param name: name of the workflow.
    :param aop_type: ``NORMAL`` (general), ``SURVEY`` (investigation), ``HEMOSTASIS`` (containment) or ``EASE``
        (mitigation).
    :param dataclass_id: id of the data class.
    :param dataclass_name: exact name of the data class, for example ``Alert``.
    :param engine_type: ``public_engine`` is the only value that the vendor publishes.
    :param description: free text.
    :param labels: entity type: ``IP``, ``ACCOUNT`` or ``DOMAIN``.
    """

    operator_extra_links = (SecMasterConsoleLink(),)
    request_path = "airflow_provider_cloudflows.services.secmaster.create_workflow.CreateWorkflow"
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
        self.check_literals()

    def check_literals(self) -> None:
        """Also check that the data class is told, and told once."""
        super().check_literals()
        self.check_exactly_one("dataclass_id", "dataclass_name")

    def complete(self, values: dict[str, Any], hook: HuaweiCloudHook) -> dict[str, Any]:
        """Return ``values`` with the connection's workspace and the id of the named data class."""
        place = self.place(hook)
        if self.dataclass_name:
            place["dataclass_id"] = self._dataclass_id_by_name(place, hook)
        return {**values, **place}

    def _dataclass_id_by_name(self, place: dict[str, Any], hook: HuaweiCloudHook) -> str:
        # No DAG file looks for one.
        from airflow_provider_cloudflows.errors import NotFound
        from airflow_provider_cloudflows.services.secmaster.data_class import ListDataClasses

        asked = {**place, "name": self.dataclass_name}
        request: ListDataClasses = validated(ListDataClasses, asked, {"name": "dataclass_name"}, self._where())
        found = list(hook.iterate(request))
        ids = sorted({one.id for one in found if one.name == request.name})
        if len(ids) != 1:
            raise NotFound(
                f"the workspace {place['workspace_id']} has {len(ids) or 'no'} data classes named {request.name!r}",
                operation=request.title,
                advice="check dataclass_name and workspace_id, or pass dataclass_id",
            )
        return ids[0]

    def console_url(self, request: CreateWorkflow, hook: CloudHook) -> str:
        """Return the SecMaster console."""
        return SecMasterConsoleLink.url()


class DeleteSecMasterWorkflowOperator(SecMasterOperator, DeleteOperator):
    """Delete a workflow and return whether it was there (vendor page *Deleting a Workflow*).

    All arguments are templated.

    :param workflow_id: id of the workflow, for example the output of its create.
    """

    request_path = "airflow_provider_cloudflows.services.secmaster.delete_workflow.DeleteWorkflow"
    filled_at_run: ClassVar[frozenset[str]] = frozenset({"workspace_id"})

    def __init__(self, *, workflow_id: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.workflow_id = workflow_id
        self.check_literals()

    def complete(self, values: dict[str, Any], hook: HuaweiCloudHook) -> dict[str, Any]:
        """Return ``values`` with the connection's workspace."""
        return {**values, **self.place(hook)}
