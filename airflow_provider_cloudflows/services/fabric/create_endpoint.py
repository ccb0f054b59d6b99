"""The request that creates a DataArts Fabric endpoint, apart from all that only a run needs."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field

from airflow_provider_cloudflows.calls.models import Document, Wire
from airflow_provider_cloudflows.calls.resource import Creation
from airflow_provider_cloudflows.calls.rules import Name, Required
from airflow_provider_cloudflows.services.fabric.service import FabricWorkspaceRequest

if TYPE_CHECKING:
    import builtins

    from airflow_provider_cloudflows.services.fabric.endpoint import Endpoint, EndpointResource

__all__ = ["CreateEndpoint"]

Count = Annotated[int, Field(ge=0)]


class Units(Wire):
    """Units of one specification that an endpoint keeps ready.

    :param warm_up_num: how many at the start.
    :param max_num: how many at most.
    """

    model_config = ConfigDict(extra="forbid")

    spec_code: Annotated[str, Required]
    warm_up_num: Count
    max_num: Count | None = None


class Range(Wire):
    """From ``min`` to ``max`` units of one specification."""

    model_config = ConfigDict(extra="forbid")

    spec_code: Annotated[str, Required]
    min: Count
    max: Count


class ReservedResource(Wire):
    """What an endpoint runs on: APU, DPU or MU."""

    model_config = ConfigDict(extra="forbid")

    apu: Units | None = None
    dpu: Units | None = None
    mu: Range | None = None


class CreateEndpoint(FabricWorkspaceRequest, Creation["Endpoint"]):
    """Create an endpoint (the official SDK's *create_endpoint*); the answer comes before it is ready.

    :param name: the vendor publishes no rule for it.
    :param type: what it serves.
    :param reserved_resource: what it runs on.
    :param ray_resource: head and workers of a Ray cluster.
    :param cap: a capability, by ``cap_id`` and ``version_id``.
    :param config: ``ray_service_config``, as the SDK's *EndpointConfig* has it.
    :param cache_list: caches to mount, each with ``mnt_path`` and ``cache_ins_id``.
    :param public_access: reachable from the internet; the vendor's default is false.
    :param custom_image_id: an image of your own.
    """

    operation: ClassVar[str] = "CreateEndpoint"
    method: ClassVar[str] = "POST"
    path: ClassVar[str] = "/v1/workspaces/{workspace_id}/endpoints"

    name: Annotated[str, Name]
    type: Literal["service", "ray", "inference", "job", "ray_service", "sql", "container_job", "notebook"]
    description: str | None = None
    reserved_resource: ReservedResource | None = None
    ray_resource: Document | None = None
    cap: Document | None = None
    config: Document | None = None
    cache_list: list[Document] | None = None
    public_access: bool | None = None
    custom_image_id: str | None = None

    @classmethod
    def resource_type(cls) -> "builtins.type[EndpointResource]":
        from airflow_provider_cloudflows.services.fabric.endpoint import EndpointResource  # no DAG file looks for one

        return EndpointResource

    def resource(self) -> "EndpointResource":
        return self.resource_type()({"name": self.name, "type": self.type, "workspace_id": self.workspace_id})

    def made_id(self, answer: "Endpoint") -> str:
        return answer.id
