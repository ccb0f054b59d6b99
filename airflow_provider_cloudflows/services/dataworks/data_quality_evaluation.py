"""Runs of data quality checks, which the API calls instances of evaluation tasks (API version 2024-05-18).

A run shows the trigger time that it was asked for, and its check. So one whose answer was lost is found by the two
among those that came to be after the request left. The vendor publishes no code for a run that does not exist, so the
list has to tell, and no operation that stops one.
"""

import json
from collections.abc import Iterator
from typing import Annotated, ClassVar

from pydantic import Field

from airflow_provider_cloudflows.calls.answers import RpcModel, RpcResponse
from airflow_provider_cloudflows.calls.call import Call
from airflow_provider_cloudflows.calls.models import Document
from airflow_provider_cloudflows.calls.pages import PageNumbers
from airflow_provider_cloudflows.calls.resource import Id, Resource
from airflow_provider_cloudflows.calls.rpc import RpcRequest
from airflow_provider_cloudflows.calls.states import Outcome, States
from airflow_provider_cloudflows.services.dataworks.service import Read2024, WireId, time_of
from airflow_provider_cloudflows.transport.effect import Effect

__all__ = [
    "Evaluation",
    "EvaluationResource",
    "GetDataQualityEvaluationTaskInstance",
    "ListDataQualityEvaluationTaskInstances",
    "StartedEvaluation",
]

STRICT = States(good={"Passed"}, bad={"Warned", "Error", "Critical"})
LENIENT = States(good={"Passed", "Warned"}, bad={"Error", "Critical"})


class EvaluationTask(RpcModel):
    """The check that a run is one of."""

    id: int | None = None
    name: str | None = None


class Rule(RpcModel):
    name: str | None = None
    severity: str | None = None


class RuleResult(RpcModel):
    """What became of one rule of the check."""

    status: str | None = None
    rule: Rule | None = None
    details: list[Document] | None = None

    @property
    def sentence(self) -> str:
        """Which rule ended how, with what was measured."""
        name = (self.rule and self.rule.name) or "without a name"
        measured = [str(one["CheckedValue"]) for one in self.details or [] if one.get("CheckedValue") is not None]
        return f"rule {name} is {self.status}" + (f" at {', '.join(measured)}" if measured else "")


class Evaluation(RpcModel):
    """One run. Only a read by its id shows ``results``.

    :param parameters: JSON text with the trigger time.
    """

    id: int
    project_id: int | None = None
    status: str | None = None
    parameters: str | None = None
    task: EvaluationTask | None = None
    results: list[RuleResult] | None = None
    create_time: int | None = None
    finish_time: int | None = None

    @property
    def evaluation_task_id(self) -> int | None:
        """The check that this is a run of."""
        return self.task.id if self.task else None

    @property
    def trigger_time(self) -> str | None:
        """The trigger time in milliseconds, as text, or None where the parameters do not tell."""
        try:
            shown = json.loads(self.parameters or "{}")["triggerTime"]
        except (ValueError, KeyError, TypeError):
            return None
        return str(shown)

    def objections(self) -> Iterator[str]:
        """Yield what is said of each rule that the data did not keep."""
        for result in self.results or []:
            if STRICT.outcome(result.status) is Outcome.BAD:
                yield result.sentence


class EvaluationDetails(RpcResponse):
    """:param data_quality_evaluation_task_instance: the run."""

    data_quality_evaluation_task_instance: Evaluation


class GetDataQualityEvaluationTaskInstance(Read2024, RpcRequest, Call[EvaluationDetails]):
    """Read one run by its id."""

    operation: ClassVar[str] = "GetDataQualityEvaluationTaskInstance"
    effect: ClassVar[Effect] = Effect.READ

    id: WireId


class EvaluationPageInfo(RpcModel):
    data_quality_evaluation_task_instances: list[Evaluation] = Field(default_factory=list)
    total_count: int | None = None


class EvaluationPage(RpcResponse):
    """:param paging_info: one page of runs."""

    paging_info: EvaluationPageInfo


class ListDataQualityEvaluationTaskInstances(Read2024, RpcRequest, PageNumbers[EvaluationPage, Evaluation]):
    """List the runs of the checks of a workspace.

    :param data_quality_evaluation_task_id: only those of this check.
    :param create_time_from: not those that came to be before, in milliseconds since the epoch.
    :param page_size: 1 to 100; the vendor publishes no bound here, and this one elsewhere.
    """

    operation: ClassVar[str] = "ListDataQualityEvaluationTaskInstances"
    effect: ClassVar[Effect] = Effect.READ

    project_id: WireId
    data_quality_evaluation_task_id: WireId | None = None
    create_time_from: int | None = None
    page_number: Annotated[int, Field(ge=1)] = 1
    page_size: Annotated[int, Field(ge=1, le=100)] = 100

    def items(self, response: EvaluationPage) -> list[Evaluation]:
        return response.paging_info.data_quality_evaluation_task_instances

    def total(self, response: EvaluationPage) -> int | None:
        return response.paging_info.total_count

    def key_of(self, item: Evaluation) -> int:
        return item.id


class StartedEvaluation(RpcResponse):
    """:param id: id of the run."""

    id: int


class EvaluationResource(Resource):
    """A run of a check, by its check and its trigger time.

    ``caller["on_warning"]`` says whether a warning is a good end, ``"pass"``, or a bad one, ``"fail"``.
    """

    title = "data quality run"
    item_type = Evaluation
    name_field = "trigger_time"
    id_field = "id"
    told_by = ("trigger_time", "evaluation_task_id")
    states = STRICT
    ends = True
    takes_existing = False

    def reading(self, resource_id: Id) -> GetDataQualityEvaluationTaskInstance:
        return GetDataQualityEvaluationTaskInstance(id=int(resource_id))

    def item_of(self, answer: EvaluationDetails, resource_id: Id) -> Evaluation:
        return answer.data_quality_evaluation_task_instance

    def listing(self, name: str | None = None) -> ListDataQualityEvaluationTaskInstances:
        """The list knows no trigger times; it shows all runs of the check."""
        return self.looking(None)

    def looking(self, since: float | None) -> ListDataQualityEvaluationTaskInstances:
        return ListDataQualityEvaluationTaskInstances(
            project_id=self.identity["project_id"],
            data_quality_evaluation_task_id=self.identity["evaluation_task_id"],
            create_time_from=None if since is None else round(since * 1000),
        )

    def watching(self) -> ListDataQualityEvaluationTaskInstances:
        return ListDataQualityEvaluationTaskInstances(project_id=self.identity["project_id"])

    def born(self, item: Evaluation) -> str | None:
        return time_of(item.create_time)

    def outcome_of(self, item: Evaluation) -> Outcome:
        states = LENIENT if self.caller.get("on_warning") == "pass" else STRICT
        return states.outcome(self.state_of(item))

    def reason_of(self, item: Evaluation) -> str:
        """The rules that the data did not keep."""
        return "; ".join(item.objections())
