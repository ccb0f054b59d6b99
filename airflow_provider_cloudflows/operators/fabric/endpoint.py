"""Operators for a DataArts Fabric endpoint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from airflow_provider_cloudflows.links.fabric import FabricConsoleLink
from airflow_provider_cloudflows.operators.base import HuaweiOperator
from airflow_provider_cloudflows.operators.create import CreateNamedOperator
from airflow_provider_cloudflows.operators.delete import DeleteOperator

if TYPE_CHECKING:
    from airflow_provider_cloudflows.hooks.base import CloudHook
    from airflow_provider_cloudflows.services.fabric.create_endpoint import CreateEndpoint

__all__ = ["CreateFabricEndpointOperator", "DeleteFabricEndpointOperator"]


class CreateFabricEndpointOperator(HuaweiOperator, CreateNamedOperator):
    """Create an endpoint and return its id, a str (the official SDK's *create_endpoint*).

    The task ends when the endpoint begins to be made: ``FabricEndpointSensor`` waits until it is ready. The two are
    apart so that a teardown runs when the wait fails. All arguments are templated.

    :param workspace_id: the workspace.
    :param name: name of the endpoint; the vendor publishes no rule for it.
    :param type: ``job`` for what runs jobs; also ``service``, ``ray``, ``inference``, ``ray_service``, ``sql``,
        ``container_job`` and ``notebook``.
    :param description: free text.
    :param reserved_resource: what it runs on, for example ``{"mu": {"spec_code": …, "min": 1, "max": 2}}``; ``apu`` and
        ``dpu`` take ``spec_code``, ``warm_up_num`` and ``max_num``.
    :param ray_resource: head and workers of a Ray cluster: ``head_node_resource`` and ``work_node_resources``.
    :param cap: a capability: ``cap_id`` and ``version_id``.
    :param config: ``ray_service_config``, as the official SDK's *EndpointConfig* has it.
    :param cache_list: caches to mount, each with ``mnt_path`` and ``cache_ins_id``.
    :param public_access: reachable from the internet; the vendor's default is false.
    :param custom_image_id: an image of your own.
    """

    template_fields_renderers: ClassVar[dict[str, str]] = {
        "reserved_resource": "json",
        "ray_resource": "json",
        "cap": "json",
        "config": "json",
        "cache_list": "json",
    }
    operator_extra_links = (FabricConsoleLink(),)
    request_path = "airflow_provider_cloudflows.services.fabric.create_endpoint.CreateEndpoint"

    def __init__(
        self,
        *,
        workspace_id: str,
        name: str,
        type: str = "job",
        description: str | None = None,
        reserved_resource: Mapping[str, Any] | str | None = None,
        ray_resource: Mapping[str, Any] | str | None = None,
        cap: Mapping[str, Any] | str | None = None,
        config: Mapping[str, Any] | str | None = None,
        cache_list: Sequence[Mapping[str, Any]] | str | None = None,
        public_access: bool | str | None = None,
        custom_image_id: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.workspace_id = workspace_id
        self.name = name
        self.type = type
        self.description = description
        self.reserved_resource = reserved_resource
        self.ray_resource = ray_resource
        self.cap = cap
        self.config = config
        self.cache_list = cache_list
        self.public_access = public_access
        self.custom_image_id = custom_image_id
        self.check_literals()

    def console_url(self, request: CreateEndpoint, hook: CloudHook) -> str:
        """Return the DataArts Fabric console."""
        return FabricConsoleLink.url()


class DeleteFabricEndpointOperator(HuaweiOperator, DeleteOperator):
    """Delete an endpoint and return whether it was there (the official SDK's *delete_endpoint*).

    All arguments are templated. The task ends when the endpoint begins to go: ``FabricEndpointSensor`` with
    ``target="deleted"`` waits until it is gone, which the deletion of its workspace takes.

    :param workspace_id: the workspace.
    :param endpoint_id: id of the endpoint, for example the output of its create.
    """

    request_path = "airflow_provider_cloudflows.services.fabric.delete_endpoint.DeleteEndpoint"

    def __init__(self, *, workspace_id: str, endpoint_id: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.workspace_id = workspace_id
        self.endpoint_id = endpoint_id
        self.check_literals()
