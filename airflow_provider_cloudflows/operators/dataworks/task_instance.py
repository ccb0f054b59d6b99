"""Operators that run again, set to success or stop single tasks in a DataWorks run, by either API version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from airflow_provider_cloudflows.operators.dataworks_action import DataWorksActionOperator

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_cloudflows.calls.call import Call
    from airflow_provider_cloudflows.calls.states import Outcome
    from airflow_provider_cloudflows.hooks.base import CloudHook
    from airflow_provider_cloudflows.operators.intent import TaskStateStore
    from airflow_provider_cloudflows.services.dataworks.instance import Instance
    from airflow_provider_cloudflows.services.dataworks.per_id import PerIdResponse
    from airflow_provider_cloudflows.services.dataworks.task_instance import TaskInstance

__all__ = [
    "RerunDataWorksInstancesOperator",
    "SetDataWorksInstancesSuccessOperator",
    "StopDataWorksInstancesOperator",
]


InstanceT = TypeVar("InstanceT", "TaskInstance", "Instance")


class RerunDataWorksInstancesOperator(DataWorksActionOperator):
    """Run instances of tasks again, each once, and return their ids (pages *RerunTaskInstances*, *RestartInstance*).

    How often each had run, or by the older version when it began, is on record before the request leaves, and which
    the service accepted after its answer. So a retry knows what ran again, and sends the rest alone; a task that is
    cleared finds that all did. Below Airflow 3.3 there
    is no such record, and a retry sends all. The runs are not waited for: see ``DataWorksInstanceSensor``. All
    arguments are templated.

    :param instance_ids: ids of task instances, one or several.
    :param use_latest_config: run what is published now, and not what was when the instance was made.
    """

    request_path = "airflow_provider_cloudflows.services.dataworks.task_instance.RerunTaskInstances"
    older_operation = "RestartInstance"
    newer_alone: ClassVar[tuple[str, ...]] = ("comment", "use_latest_config")

    _ran_before: dict[int, int]
    _had_ended: set[int]
    _accepted: set[int]
    _kept_by: TaskStateStore | None = None

    def __init__(self, *, use_latest_config: bool | str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.use_latest_config = use_latest_config
        self.check_literals()

    def begin(self, context: Context, ids: list[int], hook: CloudHook) -> list[int]:
        """Return those that have not run since the first try of this task, which it writes down."""
        from airflow_provider_cloudflows.operators.intent import store_of

        store = self._kept_by = store_of(context, self.task_id)
        known = (store.read() if store else None) or {}
        recorded = {int(one): number for one, number in known.get("run_numbers", {}).items()}
        new = {one: self._runs_of(one, hook) for one in ids if one not in recorded}
        self._ran_before = recorded | {one: number for one, (number, _) in new.items()}
        self._had_ended = {*known.get("ended", ())} | {one for one, (_, goes_on) in new.items() if not goes_on}
        self._accepted = {*known.get("accepted", ())}
        self._keep()
        return [one for one in ids if one not in self._accepted and (one in new or not self.is_done(one, hook))]

    def _keep(self) -> None:
        if self._kept_by is not None:
            numbers = {str(one): number for one, number in self._ran_before.items()}
            kept = {"ended": sorted(self._had_ended), "accepted": sorted(self._accepted)}
            self._kept_by.write({"run_numbers": numbers, **kept})

    def accepted(self, ids: list[int]) -> None:
        """Write down which the service runs again: how often they have run may show later."""
        from airflow_provider_cloudflows.errors import IntentNotKept, Superseded

        self._accepted.update(ids)
        try:
            self._keep()
        except Superseded:
            raise
        except IntentNotKept as failure:  # a further try goes by how often they have run
            self.log.warning("%s", failure)

    def is_done(self, instance_id: int, hook: CloudHook) -> bool:
        """Tell whether it has run once more, or goes on although it had ended: it may wait before it is counted."""
        number, goes_on = self._runs_of(instance_id, hook)
        return number > self._ran_before[instance_id] or (goes_on and instance_id in self._had_ended)

    def _runs_of(self, instance_id: int, hook: CloudHook) -> tuple[int, bool]:
        """Return what grows with each of its runs, and whether one goes on.

        That is their number, or by the older version when the last one began.
        """
        from airflow_provider_cloudflows.calls.states import Outcome
        from airflow_provider_cloudflows.services.dataworks.workflow_instance import INSTANCE_STATES

        if self.is_older:
            older = shown_by_older(instance_id, self.project_env, hook)
            number, status = older.begin_running_time or 0, older.status
        else:
            newer = shown(instance_id, hook)
            number, status = newer.run_number or 1, newer.status
        return number, INSTANCE_STATES.outcome(status) is Outcome.RUNNING

    def one_by_one(self, instance_id: int, hook: CloudHook) -> list[Any]:
        """Return the one request."""
        from airflow_provider_cloudflows.services.dataworks.instance import RestartInstance

        return [RestartInstance(instance_id=instance_id, project_env=self.project_env)]

    def send(self, request: Any, hook: CloudHook) -> PerIdResponse:
        """Send it once; where no answer comes, look what ran.

        :raises OutcomeUnknown: some of them did not run again yet.
        """
        from airflow_provider_cloudflows.errors import OutcomeUnknown
        from airflow_provider_cloudflows.services.dataworks.per_id import PerIdResponse

        try:
            return super().send(request, hook)
        except OutcomeUnknown as failure:
            if all(self.is_done(one, hook) for one in request.ids):
                self.log.info("%s They have run again all the same.", failure)
                results = {str(one): {"Success": True} for one in request.ids}
                return PerIdResponse.model_validate({"SuccessInfo": results})
            advice = "the next try of the task looks which of them ran again, and sends the rest"
            raise failure.recast(OutcomeUnknown, advice=advice) from failure


class SetDataWorksInstancesSuccessOperator(DataWorksActionOperator):
    """Set failed instances of tasks to success, and return their ids (pages *SetSuccessTaskInstances*,
    *SetSuccessInstance*).

    What waits for them goes on then. All arguments are templated.

    :param instance_ids: ids of task instances, one or several.
    """

    request_path = "airflow_provider_cloudflows.services.dataworks.task_instance.SetSuccessTaskInstances"
    older_operation = "SetSuccessInstance"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.check_literals()

    def is_done(self, instance_id: int, hook: CloudHook) -> bool:
        """Tell whether it has succeeded."""
        from airflow_provider_cloudflows.calls.states import Outcome

        return outcome_of(instance_id, self, hook) is Outcome.GOOD

    def one_by_one(self, instance_id: int, hook: CloudHook) -> list[Any]:
        """Return the one request."""
        from airflow_provider_cloudflows.services.dataworks.instance import SetSuccessInstance

        return [SetSuccessInstance(instance_id=instance_id, project_env=self.project_env)]


class StopDataWorksInstancesOperator(DataWorksActionOperator):
    """Stop instances of tasks, and return their ids (pages *StopTaskInstances*, *StopInstance*).

    What is over already is left as it is. To stop a whole run, see ``StopDataWorksRunOperator``. All arguments are
    templated.

    :param instance_ids: ids of task instances, one or several.
    """

    request_path = "airflow_provider_cloudflows.services.dataworks.task_instance.StopTaskInstances"
    older_operation = "StopInstance"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.check_literals()

    def is_done(self, instance_id: int, hook: CloudHook) -> bool:
        """Tell whether it is over."""
        from airflow_provider_cloudflows.calls.states import Outcome

        return outcome_of(instance_id, self, hook) is not Outcome.RUNNING

    def one_by_one(self, instance_id: int, hook: CloudHook) -> list[Any]:
        """Return the one request."""
        from airflow_provider_cloudflows.services.dataworks.instance import StopInstance

        return [StopInstance(instance_id=instance_id, project_env=self.project_env)]


def outcome_of(instance_id: int, operator: DataWorksActionOperator, hook: CloudHook) -> Outcome:
    """Return what the state of an instance of a task says about its end, by the version that ``operator`` speaks."""
    from airflow_provider_cloudflows.services.dataworks.instance import NODE_INSTANCE_STATES
    from airflow_provider_cloudflows.services.dataworks.workflow_instance import INSTANCE_STATES

    if operator.is_older:
        return NODE_INSTANCE_STATES.outcome(shown_by_older(instance_id, operator.project_env, hook).status)
    return INSTANCE_STATES.outcome(shown(instance_id, hook).status)


def shown(instance_id: int, hook: CloudHook) -> TaskInstance:
    """Return the instance of a task.

    :raises NoAnswer: the answer shows another one.
    """
    from airflow_provider_cloudflows.services.dataworks.task_instance import GetTaskInstance

    request = GetTaskInstance(id=instance_id)
    return _the_one(instance_id, hook.call(request).task_instance, request)


def shown_by_older(instance_id: int, project_env: str, hook: CloudHook) -> Instance:
    """Return the same by the older version, which calls it an instance of a node."""
    from airflow_provider_cloudflows.services.dataworks.instance import GetInstance

    request = GetInstance(instance_id=instance_id, project_env=project_env)
    return _the_one(instance_id, hook.call(request).data, request)


def _the_one(instance_id: int, found: InstanceT, request: Call[Any]) -> InstanceT:
    from airflow_provider_cloudflows.errors import NoAnswer

    if found.id != instance_id:
        raise NoAnswer(f"asked for {instance_id}, it shows {found.id}", operation=request.title)
    return found
