"""Operator that runs runs of a DataWorks manual workflow again."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any, ClassVar

from airflow_provider_cloudflows.operators.base import AlibabaOperator, RequestOperator

if TYPE_CHECKING:
    from airflow.sdk import Context

__all__ = ["RerunDataWorksRunOperator"]

WHICH = ("failed", "all")


class RerunDataWorksRunOperator(AlibabaOperator, RequestOperator):
    """Run the tasks of runs of a manual workflow again, once, and return the ids of the runs (API version 2024-05-18,
    page *RerunWorkflowInstances*).

    The service carries it out after its answer; the task waits for that, ten minutes at most, and not for the end of
    the runs. How often their tasks had run is on record before the request leaves, and the operation as soon as the
    answer names it: a retry goes on with the same operation, and a task that is cleared sends nothing again. Below
    Airflow 3.3 there is no such record, and a retry sends all. For runs of other workflows, and for single tasks, see
    ``RerunDataWorksInstancesOperator``. All arguments are templated.

    :param project_id: id of the DataWorks workspace.
    :param workflow_id: the manual workflow.
    :param instance_ids: ids of its runs, one or several, such as the output of ``RunDataWorksWorkflowOperator``.
    :param which: ``"failed"`` runs the tasks that failed again, and all that come after them; ``"all"`` runs all.
    """

    request_path = "airflow_provider_cloudflows.services.dataworks.workflow_rerun.RerunWorkflowInstances"
    argument_names: ClassVar[dict[str, str]] = {"ids": "instance_ids"}
    template_fields_renderers: ClassVar[dict[str, str]] = {"instance_ids": "json"}
    type = "ManualWorkflow"
    filter = None  # filled in when the task runs

    def __init__(
        self,
        *,
        project_id: int | str,
        workflow_id: int | str,
        instance_ids: int | str | Sequence[int | str],
        which: str = "failed",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.project_id = project_id
        self.workflow_id = workflow_id
        self.instance_ids = instance_ids
        self.which = which
        self.check_literals()

    def check_literals(self) -> None:
        """Check which tasks are meant, too."""
        super().check_literals()
        if self.is_known(self.which):
            self.check_choice("which", self.which, WHICH)

    def values(self) -> dict[str, Any]:
        """Return the arguments; one id is a list of one."""
        values = super().values()
        if isinstance(values["ids"], int) or (isinstance(values["ids"], str) and values["ids"].strip().isdecimal()):
            values["ids"] = [values["ids"]]
        return values

    def complete(self, values: dict[str, Any], hook: Any) -> dict[str, Any]:
        """Return ``values`` with which tasks are meant."""
        from airflow_provider_cloudflows.services.dataworks.workflow_rerun import FAILED_ONES

        return {**values, "filter": FAILED_ONES if self.which == "failed" else None}

    def work(self, context: Context) -> list[int]:
        """Let the service run them again, and return their ids."""
        from airflow_provider_cloudflows.operators.intent import check_it_is_the_only_one, store_of
        from airflow_provider_cloudflows.provisioning.rerun import Rerun

        with closing(self._checked_hook()) as hook:
            request, client = self._request(hook), hook.get_conn()
            check_it_is_the_only_one(self, context)
            ids: list[int] = list(dict.fromkeys(request.ids))  # one that is named twice runs again once
            rerun = Rerun(client, store_of(context, self.task_id), request.model_copy(update={"ids": ids}))
            client.transport.run(rerun.carry_out(), self.stoppable())
            return ids

    def dry_run(self) -> None:
        """Log the request that a run would send, without secrets; sends nothing."""
        with closing(self._checked_hook()) as hook:
            self.log.info("The request:\n%s", hook.get_conn().preview(self._request(hook)))
