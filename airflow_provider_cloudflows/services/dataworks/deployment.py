"""Deployments of the older DataStudio: what a submit and a deploy of a file begin (API 2020-05-18, *GetDeployment*).

A list shows neither the file nor a comment, and a workspace has thousands of them. So one whose answer was lost is
looked for among those that came to be after the request left, each of which is read for the file that it is of. The
vendor publishes no code for one that does not exist.
"""

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar

from pydantic import Field

from airflow_provider_cloudflows.calls.answers import RpcModel, RpcResponse
from airflow_provider_cloudflows.calls.call import Call
from airflow_provider_cloudflows.calls.pages import PageNumbers
from airflow_provider_cloudflows.calls.resource import Id, Resource
from airflow_provider_cloudflows.calls.rpc import RpcRequest
from airflow_provider_cloudflows.calls.states import Outcome, States
from airflow_provider_cloudflows.services.dataworks.service import InWorkspace, OnDataWorks, WireId, time_of
from airflow_provider_cloudflows.transport.effect import Effect

__all__ = ["Deployment", "DeploymentResource", "GetDeployment", "ListDeployments", "StartedDeployment"]

CHECKS = {7: "check failed", 8: "checking"}
STATES = {0: "ready", 1: "successful", 2: "failed", 6: "rejected"}
BAD_ITEMS = {2: "failed", 4: "failed", 6: "rejected"}
"""The words of the vendor's pages for its numbers."""


class DeployedItem(RpcModel):
    """One file of a deployment."""

    file_id: int | None = None
    file_version: int | None = None
    status: int | None = None


class Deployment(RpcModel):
    """One deployment.

    :param checking_status: 8 while the files are checked, 7 when they failed that.
    :param deployed_items: its files, which only a read by its id shows.
    """

    id: int | None = None
    name: str | None = None
    status: int | None = None
    checking_status: int | None = None
    error_message: str | None = None
    create_time: int | None = None
    deployed_items: list[DeployedItem] | None = None

    @property
    def state(self) -> str | None:
        """How far it is, in the vendor's words."""
        return CHECKS.get(self.checking_status or 0) or (None if self.status is None else STATES.get(self.status))

    def left_out(self, file_id: str) -> Iterator[str]:
        """Yield what is said of the file ``file_id`` where it was not deployed with the others."""
        for item in self.deployed_items or []:
            if str(item.file_id) == file_id and item.status in BAD_ITEMS:
                yield f"file {file_id} was {BAD_ITEMS[item.status]}"


class DeploymentAndItems(RpcModel):
    """:param deployment: the deployment, which does not show its id."""

    deployment: Deployment
    deployed_items: list[DeployedItem] = Field(default_factory=list)


class DeploymentDetails(RpcResponse):
    """:param data: the deployment and its files."""

    data: DeploymentAndItems


class GetDeployment(InWorkspace, Call[DeploymentDetails]):
    """Read one deployment by its id."""

    operation: ClassVar[str] = "GetDeployment"
    effect: ClassVar[Effect] = Effect.READ

    deployment_id: WireId


class DeploymentPageInfo(RpcModel):
    deployments: list[Deployment] = Field(default_factory=list)
    total_count: int | None = None


class DeploymentPage(RpcResponse):
    """:param data: one page of deployments."""

    data: DeploymentPageInfo


class ListDeployments(OnDataWorks, RpcRequest, PageNumbers[DeploymentPage, Deployment]):
    """List the deployments of a workspace; the answer has no flag.

    :param page_size: 1 to 100.
    """

    operation: ClassVar[str] = "ListDeployments"
    effect: ClassVar[Effect] = Effect.READ

    project_id: WireId | None = None
    project_identifier: str | None = None
    status: int | None = None
    page_number: Annotated[int, Field(ge=1)] = 1
    page_size: Annotated[int, Field(ge=1, le=100)] = 100

    def items(self, response: DeploymentPage) -> list[Deployment]:
        return response.data.deployments

    def total(self, response: DeploymentPage) -> int | None:
        return response.data.total_count

    def key_of(self, item: Deployment) -> int | None:
        return item.id


class StartedDeployment(RpcResponse):
    """:param data: id of the deployment."""

    data: int


class DeploymentResource(Resource):
    """A deployment of one file, known by the time it came to be.

    ``caller["step"]`` is ``submit`` or ``deploy``. ``caller["others"]`` are ids of deployments that it is not: the
    submit of a file comes to be a moment before its deploy.
    """

    title = "deployment"
    item_type = Deployment
    name_field = "file_id"
    id_field = "id"
    told_by = ()
    states = States(good={"successful"}, bad={"failed", "rejected", "check failed"})
    state_field = "state"
    ends = True
    takes_existing = False
    told_by_birth = True

    def reading(self, resource_id: Id) -> GetDeployment:
        return GetDeployment(**self._workspace(), deployment_id=int(resource_id))

    def item_of(self, answer: DeploymentDetails, resource_id: Id) -> Deployment:
        shown = answer.data
        return shown.deployment.model_copy(update={"id": int(resource_id), "deployed_items": shown.deployed_items})

    def listing(self, name: str | None = None) -> ListDeployments:
        return ListDeployments(**self._workspace())

    def watching(self) -> None:
        """Return nothing: a list shows no checks, so each is read by its id."""

    def is_match(self, item: Any) -> bool:
        """What a list shows may be the one; a read by its id shows the files."""
        if item.id in self.caller.get("others", ()):
            return False
        return item.deployed_items is None or self.name in (str(one.file_id) for one in item.deployed_items)

    def resembles(self, item: Any) -> bool:
        return False

    def born(self, item: Deployment) -> str | None:
        return time_of(item.create_time)

    def outcome_of(self, item: Deployment) -> Outcome:
        outcome = super().outcome_of(item)
        return Outcome.BAD if outcome is Outcome.GOOD and any(item.left_out(self.name)) else outcome

    def reason_of(self, item: Deployment) -> str:
        return "; ".join(filter(None, (item.error_message, *item.left_out(self.name))))

    def _workspace(self) -> dict[str, Any]:
        return {name: self.identity.get(name) for name in ("project_id", "project_identifier")}
