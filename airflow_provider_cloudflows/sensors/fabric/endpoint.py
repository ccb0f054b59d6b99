"""Sensor for a DataArts Fabric endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_cloudflows.links.fabric import FabricConsoleLink
from airflow_provider_cloudflows.operators.base import HuaweiOperator
from airflow_provider_cloudflows.sensors.base import CloudSensor

if TYPE_CHECKING:
    from airflow_provider_cloudflows.calls.models import Document
    from airflow_provider_cloudflows.calls.resource import Id, Resource
    from airflow_provider_cloudflows.hooks.base import CloudHook
    from airflow_provider_cloudflows.waiting.watch import Target

__all__ = ["FabricEndpointSensor"]


class FabricEndpointSensor(HuaweiOperator, CloudSensor):
    """Wait until an endpoint is ready, or gone (the official SDK's *show_endpoint*).

    :param workspace_id: the workspace.
    :param endpoint_id: the endpoint, for example what ``CreateFabricEndpointOperator`` returns.
    :param target: ``"running"``, or ``"deleted"`` where somebody else deletes it.
    """

    operator_extra_links = (FabricConsoleLink(),)

    def __init__(self, *, workspace_id: str, endpoint_id: str, target: str = "running", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.workspace_id = workspace_id
        self.endpoint_id = endpoint_id
        self.target = target
        self.check_literals()

    def check_literals(self) -> None:
        """Check the target, too."""
        super().check_literals()
        if self.is_known(self.target):
            self.check_choice("target", self.target, ("running", "deleted"))

    def wanted(self) -> Target:
        """Return the end that ``target`` means."""
        return "gone" if self.target == "deleted" else "good"

    def watched(self, hook: Any) -> tuple[Resource, Id]:
        """Return the endpoint."""
        from airflow_provider_cloudflows.services.fabric.endpoint import EndpointResource

        # Its name does not matter: the id tells it.
        return EndpointResource({"name": "", "workspace_id": self.workspace_id}), self.endpoint_id

    def console_url(self, hook: CloudHook, shown: Document) -> str:
        """Return the DataArts Fabric console."""
        return FabricConsoleLink.url()
