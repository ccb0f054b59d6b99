"""Operators that run DataWorks workflows, once or for many business dates (API version 2024-05-18)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from airflow_provider_cloudflows.base_errors import InvalidParameter
from airflow_provider_cloudflows.operators.dataworks_action import DataWorksActionOperator
from airflow_provider_cloudflows.operators.dataworks_dates import ManyDatesOperator, OneDateOperator
from airflow_provider_cloudflows.operators.dataworks_run import DataWorksRunOperator
from airflow_provider_cloudflows.operators.literals import is_positive_number

if TYPE_CHECKING:
    from airflow_provider_cloudflows.calls.resource import Id
    from airflow_provider_cloudflows.hooks.base import CloudHook
    from airflow_provider_cloudflows.services.dataworks.dag import Dag

__all__ = ["BackfillDataWorksOperator", "RunDataWorksWorkflowOperator", "StopDataWorksRunOperator"]

REQUEST = "airflow_provider_cloudflows.services.dataworks.create_workflow_instances.CreateWorkflowInstances"

OF_NO_WORKFLOW = 1
"""The vendor's id for the workflow of tasks that belong to none."""


class RunDataWorksWorkflowOperator(OneDateOperator, DataWorksRunOperator):
    """Run a published workflow, wait for its end, and return the id of the run (page *CreateWorkflowInstances*).

    It takes a workspace of the new DataStudio, and a workflow that is published. A run whose answer was lost is found
    by a tag that belongs to this task of this DAG run. When it ends badly, the tasks that failed are named, and the
    last 200 lines of their logs are in the task's log, without secrets. All arguments are templated.

    :param workflow_id: the workflow.
    :param run_type: ``ManualWorkflow``, ``TriggerWorkflow``, ``Manual`` or ``SmokeTest``, as the workflow is one.
    :param default_run_properties: how it runs, in the vendor's spelling (*DefaultRunProperties*).
    """

    request_path = REQUEST
    template_fields_renderers: ClassVar[dict[str, str]] = {"default_run_properties": "json"}

    def __init__(
        self,
        *,
        workflow_id: int | str,
        run_type: str = "ManualWorkflow",
        default_run_properties: Mapping[str, Any] | str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.workflow_id = workflow_id
        self.run_type = run_type
        self.default_run_properties = default_run_properties
        self.check_literals()

    def returned(self, ids: list[Id]) -> Id:
        """Return the id of the run."""
        return ids[0]


class BackfillDataWorksOperator(ManyDatesOperator, DataWorksRunOperator):
    """Run a workflow, or tasks, for business dates of the past, wait for all of them, and return the ids of the runs.

    It is one create (page *CreateWorkflowInstances*, type ``SupplementData``), which makes an instance for each date.
    Without dates it runs for those that ended within the DAG run's data interval, in the workspace's time zone: each of
    consecutive DAG runs has its own. The vendor takes at most seven stretches of dates. All arguments are templated.

    :param workflow_id: the workflow; by default tasks that belong to none, which ``task_ids`` names.
    :param task_ids: the tasks; by default all of the workflow, as a list shows them ``settle`` seconds after the task
        began.
    :param parallelism: how many dates run at a time, 1 to 10.
    """

    request_path = REQUEST
    run_type = "SupplementData"
    filled_at_run: ClassVar[frozenset[str]] = DataWorksRunOperator.filled_at_run | {"default_run_properties"}
    template_fields_renderers: ClassVar[dict[str, str]] = {"task_ids": "json"}
    default_run_properties = None  # filled in when the task runs

    def __init__(
        self,
        *,
        workflow_id: int | str = OF_NO_WORKFLOW,
        task_ids: Sequence[int | str] | str | None = None,
        parallelism: int | str = 1,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.workflow_id = workflow_id
        self.task_ids = task_ids
        self.parallelism = parallelism
        self.check_literals()

    def check_literals(self) -> None:
        """Check what the dates are run for, too."""
        super().check_literals()
        if self.is_known(self.parallelism) and str(self.parallelism) not in map(str, range(1, 11)):
            raise InvalidParameter(f"{self._where()} got parallelism={self.parallelism!r}: it is 1 to 10.")
        if self.task_ids and self.is_known(self.task_ids):
            self._given_task_ids()
        values = (self.workflow_id, self.task_ids)
        if all(map(self.is_known, values)) and str(self.workflow_id) == str(OF_NO_WORKFLOW) and not self.task_ids:
            raise InvalidParameter(f"{self._where()} needs a workflow_id, or task_ids of tasks that belong to none.")

    def complete(self, values: dict[str, Any], hook: Any) -> dict[str, Any]:
        """Return ``values`` with the tasks to run and how, too."""
        values = super().complete(values, hook)
        properties = {
            "Analysis": {"Blocked": False, "Enabled": False},
            "Mode": "ManualSelection",
            "Order": "Asc",
            "Parallelism": int(self.parallelism),
            "RootTaskIds": self._task_ids(hook),
        }
        return {**values, "default_run_properties": properties}

    def _given_task_ids(self) -> list[int]:
        given: Any = self.task_ids
        ids = list(given) if isinstance(given, (list, tuple)) else [given]
        strange = [one for one in ids if not is_positive_number(one)]
        if strange:
            raise InvalidParameter(f"{self._got('task_ids', strange[0])}: an id of a task is a number.")
        return list(dict.fromkeys(map(int, ids)))

    def _task_ids(self, hook: Any) -> list[int]:
        """Return the tasks: those given, or all of the workflow.

        Right after publishing the list may lack some, and what is run without them would pass for the whole.
        """
        from airflow_provider_cloudflows.provisioning.census import census
        from airflow_provider_cloudflows.services.dataworks.task import ListTasks
        from airflow_provider_cloudflows.transport.flow import Flow, Wait

        if self.task_ids:
            return self._given_task_ids()
        listing = ListTasks(
            project_id=int(self.project_id), workflow_id=int(self.workflow_id), project_env=self.env_type or None
        )
        client = hook.get_conn()

        def settled() -> Flow[list[Any]]:
            yield Wait(self.protocol_settings()["settle"])
            return (yield from census(client, listing))

        found = sorted(task.id for task in client.transport.run(settled(), self.stoppable()))
        if not found:
            raise InvalidParameter(
                f"{self._where()}: workflow {self.workflow_id} has no published task; publish it, or give task_ids."
            )
        return found

    def returned(self, ids: list[Id]) -> list[Id]:
        """Return the ids of all runs."""
        return ids


class StopDataWorksRunOperator(DataWorksActionOperator):
    """Stop runs, and return their ids (page *StopWorkflowInstances*); what is over already is left as it is.

    The older version stops nothing as a whole: every instance of the run that is not over is stopped (page
    *StopInstance*). All arguments are templated.

    :param instance_ids: ids of workflow instances, one or several, such as the output of the two operators above; by
        the older version ids of runs, such as the output of those that run flows and backfill nodes.
    """

    request_path = "airflow_provider_cloudflows.services.dataworks.workflow_instance.StopWorkflowInstances"
    older_operation = "StopInstance"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.check_literals()

    def is_done(self, instance_id: int, hook: CloudHook) -> bool:
        """Tell whether it is over."""
        from airflow_provider_cloudflows.calls.states import Outcome
        from airflow_provider_cloudflows.services.dataworks.workflow_instance import (
            INSTANCE_STATES,
            GetWorkflowInstance,
        )

        if self.is_older:
            status = self._older_run(instance_id, hook).status
        else:
            status = hook.call(GetWorkflowInstance(id=instance_id)).workflow_instance.status
        return INSTANCE_STATES.outcome(status) is not Outcome.RUNNING

    def one_by_one(self, instance_id: int, hook: CloudHook) -> list[Any]:
        """Return a request for each part of the run that is not over."""
        from airflow_provider_cloudflows.services.dataworks.dag import DagResource

        place = {"project_id": self._older_run(instance_id, hook).project_id, "project_env": self.project_env}
        run = DagResource(place)
        parts = [part for pages in run.parts(instance_id) for part in hook.iterate(pages)]
        return [request for part in parts if (request := run.stopping(part)) is not None]

    def _older_run(self, instance_id: int, hook: CloudHook) -> Dag:
        from airflow_provider_cloudflows.services.dataworks.dag import GetDag

        return hook.call(GetDag(dag_id=instance_id, project_env=self.project_env)).data
