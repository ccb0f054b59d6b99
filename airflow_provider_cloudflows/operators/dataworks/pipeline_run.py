"""Operator that publishes what was designed in DataStudio, stage by stage (API version 2024-05-18)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, ClassVar

from airflow_provider_cloudflows.base_errors import Repeat
from airflow_provider_cloudflows.links.dataworks import DataStudioLink
from airflow_provider_cloudflows.operators.base import AlibabaOperator, SettlingOperator
from airflow_provider_cloudflows.operators.literals import seconds_of
from airflow_provider_cloudflows.operators.run import RunOperator, run_token

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_cloudflows.calls.resource import Id, Resource
    from airflow_provider_cloudflows.hooks.base import CloudHook
    from airflow_provider_cloudflows.services.dataworks.create_pipeline_run import CreatePipelineRun
    from airflow_provider_cloudflows.waiting.watch import Sighting

__all__ = ["PublishDataWorksOperator"]

WORKFLOW_ID = "workflow_id"
"""XCom key of the id that a published workflow has in the operation center."""


STAGES_SEEN = 3
"""How many stages a process of a simple workspace was seen with; they are known when it has begun, and not before."""


class PublishDataWorksOperator(AlibabaOperator, RunOperator, SettlingOperator):
    """Publish one object, wait until it is in service, and return the id of the process (page *CreatePipelineRun*).

    The process goes through stages: in a simple workspace it builds a package, checks it and puts it in production. A
    stage that waits for a word is executed when all before it have succeeded, by the wait, in the triggerer too. So
    without ``wait`` nothing is executed, and the console, or ``auto_run_until_stage``, has to do it. A stage that ended
    as ``Fail``, ``Termination`` or ``Cancel`` fails the task, whatever succeeded before it.

    The process is found by what it publishes and by its description, which is ``description`` with a token behind it
    that belongs to the task instance. All arguments are templated.

    XCom key ``workflow_id`` holds the id of the published workflow, an int: what runs it goes by that one, and not by
    the id of its definition.

    :param object_id: id of a workflow definition, or of a node that is in no workflow: a node goes with its workflow.
    :param project_id: id of the DataWorks workspace.
    :param publish_type: ``Online`` publishes, ``Offline`` takes out of service.
    :param description: the description's beginning; by default the task's id.
    :param auto_run_until_stage: code of the stage up to which the service executes stages by itself, for example
        ``PROD``; the task executes those behind it.
    """

    operator_extra_links = (DataStudioLink(),)
    request_path = "airflow_provider_cloudflows.services.dataworks.create_pipeline_run.CreatePipelineRun"
    filled_at_run: ClassVar[frozenset[str]] = frozenset({"description"})

    _token = "dry-run"  # a dry run belongs to no run of the DAG

    def __init__(
        self,
        *,
        object_id: str,
        project_id: int | str,
        publish_type: str = "Online",
        description: str | None = None,
        auto_run_until_stage: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.object_id = object_id
        self.project_id = project_id
        self.publish_type = publish_type
        self.description = description
        self.auto_run_until_stage = auto_run_until_stage
        self.check_literals()

    def calls_beside_looks(self) -> int:
        """Return also what the stages cost: for each, a second look and its execution; and what was published."""
        return super().calls_beside_looks() + 2 * STAGES_SEEN + 1

    def work(self, context: Context) -> Any:
        """Publish under a description that is this task instance's own."""
        self._token = run_token(context, self.task_id)
        return super().work(context)

    def complete(self, values: dict[str, Any], hook: Any) -> dict[str, Any]:
        """Return ``values`` with the whole description."""
        return {**values, "description": f"{values['description'] or self.task_id} {self._token}"}

    def wait_until_over(
        self, context: Context, resource: Resource, resource_id: Id, hook: CloudHook, deadline: float | None = None
    ) -> Sighting:
        """Also hand on the id of what was published."""
        sighting = super().wait_until_over(context, resource, resource_id, hook, deadline)
        if self.publish_type == "Online":
            context["ti"].xcom_push(key=WORKFLOW_ID, value=self._workflow_id(resource, hook))
        return sighting

    def _workflow_id(self, process: Resource, hook: CloudHook) -> int | None:
        """Return the id of the published workflow, or None for a node, which is in none.

        :raises CloudError: it cannot be read now; a further try hands on the process, and reads it again.
        """
        from airflow_provider_cloudflows.errors import CloudError
        from airflow_provider_cloudflows.services.dataworks.workflow_definition import GetWorkflowDefinition

        place = {"project_id": process.identity["project_id"], "id": process.identity["object_id"]}
        for pause in (seconds_of(self.settle), None):
            try:
                shown = hook.call(GetWorkflowDefinition(**place)).workflow_definition.workflow_id
            except CloudError as failure:
                if failure.repeat is not Repeat.NEVER:
                    raise
                self.log.info("No workflow is known that was published: %s", failure)
                return None
            if shown is not None:
                return int(shown)
            if pause is not None:  # a read may be behind
                time.sleep(pause)
        self.log.warning("The definition %s does not show the workflow that was published.", place["id"])
        return None

    def console_url(self, request: CreatePipelineRun, hook: CloudHook) -> str:
        """Return DataStudio of the workspace."""
        return DataStudioLink.url(hook.get_conn().endpoints.region, request.project_id)
