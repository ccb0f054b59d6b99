"""Operator that runs a SecMaster workflow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from airflow_provider_cloudflows.links.secmaster import SecMasterConsoleLink
from airflow_provider_cloudflows.operators.base import SettlingOperator
from airflow_provider_cloudflows.operators.run import RunOperator
from airflow_provider_cloudflows.operators.secmaster_operator import SecMasterOperator

if TYPE_CHECKING:
    from airflow_provider_cloudflows.hooks.base import CloudHook
    from airflow_provider_cloudflows.hooks.huawei import HuaweiCloudHook
    from airflow_provider_cloudflows.services.secmaster.create_workflow_instance import CreateWorkflowInstance

__all__ = ["RunSecMasterWorkflowOperator"]


class RunSecMasterWorkflowOperator(SecMasterOperator, RunOperator, SettlingOperator):
    """Run a workflow, wait for its end, and return the id of the run (the official SDK's *create_workflow_instance*).

    The service takes no token with which a run could be told from another. A run whose answer was lost is looked for
    among those of the workflow that began after the request left, without those that other tasks of the DAG run, and
    other map indexes, know as theirs. Where several did, or one began more than a minute later, the task fails and says
    so. Runs that somebody else starts in the same minute, by another DAG for example, can be mistaken for it.

    :param workflow_id: the workflow.
    :param dataclass_name: data class of the object that the workflow works on, for example ``Alert``.
    :param content: that object: a mapping, or its JSON text.
    """

    operator_extra_links = (SecMasterConsoleLink(),)
    request_path = "airflow_provider_cloudflows.services.secmaster.create_workflow_instance.CreateWorkflowInstance"
    filled_at_run: ClassVar[frozenset[str]] = frozenset({"workspace_id"})
    template_fields_renderers: ClassVar[dict[str, str]] = {"content": "json"}

    def __init__(
        self,
        *,
        workflow_id: str,
        dataclass_name: str | None = None,
        content: Mapping[str, Any] | str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.workflow_id = workflow_id
        self.dataclass_name = dataclass_name
        self.content = content
        self.check_literals()

    def complete(self, values: dict[str, Any], hook: HuaweiCloudHook) -> dict[str, Any]:
        """Return ``values`` with the connection's workspace."""
        return {**values, **self.place(hook)}

    def console_url(self, request: CreateWorkflowInstance, hook: CloudHook) -> str:
        """Return the SecMaster console."""
        return SecMasterConsoleLink.url()
