"""The SecMaster room: one module per resource."""

from __future__ import annotations

from airflow_provider_cloudflows.sandbox.operations import Operation, Refusal
from airflow_provider_cloudflows.sandbox.refusals import ApigwRefusal, PlainRefusal, SecMasterFailure, SecMasterRefusal
from airflow_provider_cloudflows.sandbox.room import Room
from airflow_provider_cloudflows.sandbox.secmaster import choices, data_class, workflow, workflow_instance, workspace
from airflow_provider_cloudflows.sandbox.secmaster.answers import error_shape
from airflow_provider_cloudflows.sandbox.state import Store


def _seed(store: Store) -> None:
    workspace.seed(store)
    data_class.seed(store)


def _refuse_token(operation: Operation, *, expired: bool) -> Refusal:
    """A token that is not valid, expired or not."""
    return ApigwRefusal(401, "APIG.1002", "Incorrect token or token resolution failed")


def _unsuccessful(operation: Operation) -> tuple[type[Refusal], str]:
    """Workflow calls have a flag for it, the others send their error body."""
    if error_shape(operation) is SecMasterRefusal:
        return SecMasterFailure, "SecMaster.20039999"
    return PlainRefusal, choices.UNSUCCESSFUL.value


ROOM = Room(
    cloud="huawei",
    service="SecMaster",
    operations=(*workflow_instance.OPERATIONS, *workflow.OPERATIONS, *data_class.OPERATIONS, *workspace.OPERATIONS),
    resources=(workflow.RESOURCE, workflow_instance.RESOURCE),
    failure=error_shape,
    unsuccessful=_unsuccessful,
    refuse_parameter=workflow.refuse_parameter,
    refuse_token=_refuse_token,
    seed=_seed,
    choices=choices,
)
