"""Publishing processes, which the API calls pipeline runs: from DataStudio to the Operation Center, stage by stage.

A process is found by what it publishes and by its description, which holds a token of ours. That the service keeps the
description as it was sent is assumed; where it shows none, a new process for the same object is a person's to judge.
"""

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar

from pydantic import Field

from airflow_provider_cloudflows.calls.answers import RpcModel, RpcResponse
from airflow_provider_cloudflows.calls.call import Call
from airflow_provider_cloudflows.calls.pages import PageNumbers
from airflow_provider_cloudflows.calls.resource import Id, Resource
from airflow_provider_cloudflows.calls.rpc import RpcRequest
from airflow_provider_cloudflows.calls.rules import Required
from airflow_provider_cloudflows.calls.states import Outcome, States
from airflow_provider_cloudflows.services.dataworks.service import (
    OnDataWorks2024,
    Read2024,
    WireId,
    time_of,
)
from airflow_provider_cloudflows.transport.effect import Effect

__all__ = [
    "AbolishPipelineRun",
    "ExecPipelineRunStage",
    "GetPipelineRun",
    "ListPipelineRuns",
    "PipelineRun",
    "PipelineRunResource",
    "StartedPipelineRun",
]

STATES = States(good={"Success"}, bad={"Fail", "Termination", "Cancel"})


class Stage(RpcModel):
    """One stage: a build, a check, a deployment. Those of a lower ``step`` come first."""

    code: Annotated[str, Required]
    name: str | None = None
    step: int = 0
    type: str | None = None
    status: str | None = None
    message: str | None = None

    @property
    def title(self) -> str:
        """Its code, and its name where that is another."""
        return f"{self.code} ({self.name})" if self.name and self.name != self.code else self.code

    @property
    def outcome(self) -> Outcome:
        """What its state says."""
        return STATES.outcome(self.status)

    @property
    def is_waiting(self) -> bool:
        """Whether it has not begun; by itself it does so only where the process was told so."""
        return (self.status or "").strip().casefold() == "init"


class PipelineRun(RpcModel):
    """One publishing process."""

    id: Annotated[str, Required]
    project_id: int | None = None
    description: str | None = None
    creator: str | None = None
    status: str | None = None
    message: str | None = None
    stages: list[Stage] | None = None
    create_time: int | None = None
    modify_time: int | None = None

    def in_order(self) -> list[Stage]:
        """Return the stages, the first first."""
        return sorted(self.stages or [], key=lambda stage: stage.step)

    def failed(self) -> Iterator[Stage]:
        """Yield the stages that ended otherwise than they should."""
        for stage in self.in_order():
            if stage.outcome is Outcome.BAD:
                yield stage


class PipelineRunDetails(RpcResponse):
    """:param pipeline: the process."""

    pipeline: PipelineRun


class GetPipelineRun(Read2024, RpcRequest, Call[PipelineRunDetails]):
    """Read one publishing process by its id."""

    operation: ClassVar[str] = "GetPipelineRun"
    effect: ClassVar[Effect] = Effect.READ

    project_id: WireId
    id: Annotated[str, Required]


class PipelineRunPageInfo(RpcModel):
    pipeline_runs: list[PipelineRun] = Field(default_factory=list)
    total_count: int | None = None


class PipelineRunPage(RpcResponse):
    """:param paging_info: one page of publishing processes."""

    paging_info: PipelineRunPageInfo


class ListPipelineRuns(Read2024, RpcRequest, PageNumbers[PipelineRunPage, PipelineRun]):
    """List the publishing processes of a workspace.

    :param object_id: only those that publish this object.
    :param page_size: 1 to 100.
    """

    operation: ClassVar[str] = "ListPipelineRuns"
    effect: ClassVar[Effect] = Effect.READ

    project_id: WireId
    object_id: str | None = None
    creator: str | None = None
    status: str | None = None
    page_number: Annotated[int, Field(ge=1)] = 1
    page_size: Annotated[int, Field(ge=1, le=100)] = 100

    def items(self, response: PipelineRunPage) -> list[PipelineRun]:
        return response.paging_info.pipeline_runs

    def total(self, response: PipelineRunPage) -> int | None:
        return response.paging_info.total_count

    def key_of(self, item: PipelineRun) -> str:
        return item.id


class StartedPipelineRun(RpcResponse):
    """:param id: id of the publishing process."""

    id: Annotated[str, Required]


class Done(RpcResponse):
    """An answer that says no more than that it worked."""


class ExecPipelineRunStage(OnDataWorks2024, RpcRequest, Call[Done]):
    """Execute a stage. It is a CREATE: what a second execution of one stage does, nobody says.

    :param code: code of the stage, as the process shows it.
    """

    operation: ClassVar[str] = "ExecPipelineRunStage"
    effect: ClassVar[Effect] = Effect.CREATE
    in_query: ClassVar[frozenset[str]] = frozenset({"ProjectId"})

    project_id: WireId
    id: Annotated[str, Required]
    code: Annotated[str, Required]

    @property
    def title(self) -> str:
        """Service, operation and stage, as error messages name them."""
        return f"{super().title} {self.code}"


class AbolishPipelineRun(OnDataWorks2024, RpcRequest, Call[Done]):
    """Stop a publishing process."""

    operation: ClassVar[str] = "AbolishPipelineRun"
    effect: ClassVar[Effect] = Effect.IDEMPOTENT

    project_id: WireId
    id: Annotated[str, Required]


class PipelineRunResource(Resource):
    """A publishing process, by what it publishes and a description that is its own.

    ``caller["auto_run_until_stage"]`` is the code of the stage up to which the service goes on by itself, or None.
    """

    title = "publishing process"
    item_type = PipelineRun
    name_field = "description"
    id_field = "id"
    told_by = ("description",)
    states = STATES
    ends = True

    def reading(self, resource_id: Id) -> GetPipelineRun:
        return GetPipelineRun(project_id=self.identity["project_id"], id=str(resource_id))

    def item_of(self, answer: PipelineRunDetails, resource_id: Id) -> PipelineRun:
        return answer.pipeline

    def listing(self, name: str | None = None) -> ListPipelineRuns:
        """The list knows no descriptions; it shows all processes of the object."""
        return ListPipelineRuns(project_id=self.identity["project_id"], object_id=self.identity["object_id"])

    def watching(self) -> ListPipelineRuns:
        """The list shows the stages, too, so one page tells of all processes of a workspace that wait for a word."""
        return ListPipelineRuns(project_id=self.identity["project_id"])

    def born(self, item: PipelineRun) -> str | None:
        return time_of(item.create_time)

    def resembles(self, item: Any) -> bool:
        """One without a description may be ours."""
        return not item.description or super().resembles(item)

    def cancelling(self, resource_id: Id) -> AbolishPipelineRun:
        return AbolishPipelineRun(project_id=self.identity["project_id"], id=str(resource_id))

    def outcome_of(self, item: PipelineRun) -> Outcome:
        """A stage that failed is a failure, whatever the others and the process show."""
        return Outcome.BAD if any(item.failed()) else STATES.outcome(item.status)

    def reason_of(self, item: PipelineRun) -> str:
        said = [": ".join(filter(None, (f"stage {one.title} is {one.status}", one.message))) for one in item.failed()]
        return "; ".join(filter(None, (item.message, *said)))

    def going_on(self, item: PipelineRun) -> ExecPipelineRunStage | None:
        """Execute the first stage that is not done, when it waits for that and the service does not do it by itself.

        A process that is over stays as it is, whatever its stages show.
        """
        undone = [stage for stage in item.in_order() if stage.outcome is not Outcome.GOOD]
        if self.outcome_of(item) is not Outcome.RUNNING or not undone or not undone[0].is_waiting:
            return None
        if self.caller.get("auto_run_until_stage") in {stage.code for stage in undone}:
            return None
        return ExecPipelineRunStage(project_id=self.identity["project_id"], id=item.id, code=undone[0].code)
