"""Endpoints of a DataArts Fabric workspace, which jobs run on. They take a while to come and to go.

Whether a name is unique in its workspace is not published.
"""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from airflow_provider_cloudflows.calls.answers import Response
from airflow_provider_cloudflows.calls.call import Call
from airflow_provider_cloudflows.calls.pages import Offsets
from airflow_provider_cloudflows.calls.resource import Id, Resource
from airflow_provider_cloudflows.calls.rules import Required
from airflow_provider_cloudflows.calls.states import Outcome, States
from airflow_provider_cloudflows.services.fabric.service import FabricWorkspaceRequest, Identifier
from airflow_provider_cloudflows.transport.effect import Effect

__all__ = ["Endpoint", "EndpointResource", "LeavingEndpoint", "ListEndpoints", "ShowEndpoint"]

LEAVING = "DELETING"

GONE = "DELETED"
"""The state of an endpoint that does not exist any more and is still shown."""


class Endpoint(Response):
    """One endpoint; the answer to its creation may hold the id alone."""

    id: Annotated[str, Required]
    name: str | None = None
    type: str | None = None
    status: str | None = None
    description: str | None = None
    visibility: str | None = None
    create_time: str | None = None
    update_time: str | None = None
    custom_image_id: str | None = None
    error_code: str | None = None
    error_msg: str | None = None


class ShowEndpoint(FabricWorkspaceRequest, Call[Endpoint]):
    """Read one endpoint by its id.

    :param version: the configuration in use or the one before it.
    """

    operation: ClassVar[str] = "ShowEndpoint"
    method: ClassVar[str] = "GET"
    path: ClassVar[str] = "/v1/workspaces/{workspace_id}/endpoints/{endpoint_id}"
    effect: ClassVar[Effect] = Effect.READ

    endpoint_id: Identifier
    version: Literal["CURRENT", "PREVIOUS"] | None = None


class EndpointPage(Response):
    """:param endpoints: one page of endpoints."""

    endpoints: list[Endpoint] = Field(default_factory=list)
    total: int | None = None


class ListEndpoints(FabricWorkspaceRequest, Offsets[EndpointPage, Endpoint]):
    """List the endpoints of a workspace.

    :param name: filter; nothing says that it is exact: compare the names that come back.
    :param visibility: what the service shows without one is not published, so all are asked for.
    :param limit: 1 to 100.
    """

    operation: ClassVar[str] = "ListEndpoints"
    method: ClassVar[str] = "GET"
    path: ClassVar[str] = "/v1/workspaces/{workspace_id}/endpoints"
    effect: ClassVar[Effect] = Effect.READ

    model_id: str | None = None
    name: str | None = None
    endpoint_id: str | None = None
    type: str | None = None
    visibility: Literal["PRIVATE", "PUBLIC", "ALL"] = "ALL"
    offset: Annotated[int, Field(ge=0)] = 0
    limit: Annotated[int, Field(ge=1, le=100)] = 100

    def items(self, response: EndpointPage) -> list[Endpoint]:
        return response.endpoints

    def total(self, response: EndpointPage) -> int | None:
        return response.total

    def key_of(self, item: Endpoint) -> str:
        return item.id


class Deleted(Response):
    """An empty answer; the endpoint passes through ``DELETING``."""


class EndpointResource(Resource):
    """An endpoint of a workspace. One that is being deleted is not taken over: it would vanish under its users."""

    title = "endpoint"
    item_type = Endpoint
    name_field = "name"
    id_field = "id"
    told_by = ("name", "type")
    compared = ("description", "custom_image_id")
    gone_codes = frozenset({"dataartsfabric.00010003", "dataartsfabric.00010009"})
    born_field = "create_time"
    states = States(
        good={"RUNNING"},
        bad={"CREATE_FAILED", "UPDATE_FAILED", "DELETE_FAILED", "FROZEN", "INACTIVE"},
        undeleted={"DELETE_FAILED"},
    )
    reason_fields = ("error_code", "error_msg")

    def reading(self, resource_id: Id) -> ShowEndpoint:
        return ShowEndpoint(workspace_id=self.identity["workspace_id"], endpoint_id=str(resource_id))

    def item_of(self, answer: Endpoint, resource_id: Id) -> Endpoint | None:
        return None if self.state_of(answer) == GONE else answer

    def listing(self, name: str | None = None) -> ListEndpoints:
        return ListEndpoints(workspace_id=self.identity["workspace_id"], name=name)

    def watching(self) -> ListEndpoints:
        return ListEndpoints(workspace_id=self.identity["workspace_id"])

    def outcome_of(self, item: Any) -> Outcome:
        return Outcome.GONE if self.state_of(item) == GONE else super().outcome_of(item)

    def is_match(self, item: Any) -> bool:
        return super().is_match(item) and self.state_of(item) not in (LEAVING, GONE)


class LeavingEndpoint(EndpointResource):
    """An endpoint as a delete sees it: one that is on its way to be gone needs no further one."""

    def item_of(self, answer: Endpoint, resource_id: Id) -> Endpoint | None:
        return None if self.state_of(answer) in (LEAVING, GONE) else answer
