"""The DataArts Fabric room: one module per resource."""

from __future__ import annotations

from airflow_provider_cloudflows.sandbox.fabric import choices, endpoint, job, job_run, workspace
from airflow_provider_cloudflows.sandbox.operations import Operation, Refusal
from airflow_provider_cloudflows.sandbox.refusals import ApigwRefusal, FabricForbidden, PlainRefusal
from airflow_provider_cloudflows.sandbox.room import Room


def _refuse_token(operation: Operation, *, expired: bool) -> Refusal:
    """A token that is not valid; the page documents two ways."""
    if expired:
        return ApigwRefusal(401, "APIG.1002", "Incorrect token or token resolution failed")
    return FabricForbidden("X-Auth-Token is invalid in the request")


ROOM = Room(
    cloud="huawei",
    service="Fabric",
    operations=(*workspace.OPERATIONS, *endpoint.OPERATIONS, *job_run.OPERATIONS, *job.OPERATIONS),
    resources=(workspace.RESOURCE, endpoint.RESOURCE, job.RESOURCE, job_run.RESOURCE),
    failure=lambda operation: PlainRefusal,
    unsuccessful=lambda operation: (PlainRefusal, choices.UNSUCCESSFUL.value),
    refuse_parameter=workspace.refuse_parameter,
    refuse_token=_refuse_token,
    choices=choices,
)
