"""Sensor for a run of a SecMaster workflow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_cloudflows.links.secmaster import SecMasterConsoleLink
from airflow_provider_cloudflows.operators.secmaster_operator import SecMasterOperator
from airflow_provider_cloudflows.sensors.base import CloudSensor

if TYPE_CHECKING:
    from airflow_provider_cloudflows.calls.models import Document
    from airflow_provider_cloudflows.calls.resource import Id, Resource
    from airflow_provider_cloudflows.hooks.base import CloudHook

__all__ = ["SecMasterWorkflowInstanceSensor"]


class SecMasterWorkflowInstanceSensor(SecMasterOperator, CloudSensor):
    """Wait until a run of a workflow has ended well (the official SDK's *show_aop_workflow_instance*).

    :param instance_id: id of the run, for example what ``RunSecMasterWorkflowOperator`` returns with ``wait=False``.
    """

    operator_extra_links = (SecMasterConsoleLink(),)

    def __init__(self, *, instance_id: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.instance_id = instance_id
        self.check_literals()

    def watched(self, hook: Any) -> tuple[Resource, Id]:
        """Return the run."""
        from airflow_provider_cloudflows.services.secmaster.workflow_instance import WorkflowInstanceResource

        place = self.place(hook)
        # Which workflow it is a run of does not matter: the id tells it.
        resource = WorkflowInstanceResource(
            {"workflow_id": "", "workspace_id": place["workspace_id"]}, caller={"project_id": place["project_id"]}
        )
        return resource, self.instance_id

    def console_url(self, hook: CloudHook, shown: Document) -> str:
        """Return the SecMaster console."""
        return SecMasterConsoleLink.url()
