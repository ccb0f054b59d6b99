"""Runs of manual workflows that are run again (API version 2024-05-18), after the answer (``instances.py``).

Follows the models of the official SDK.
"""

from __future__ import annotations

from typing import Any

from airflow_provider_cloudflows.sandbox.courses import COURSE, Script, begun, look
from airflow_provider_cloudflows.sandbox.dataworks import choices
from airflow_provider_cloudflows.sandbox.dataworks.answers import SERVICE, VERSION_2024
from airflow_provider_cloudflows.sandbox.dataworks.instances import INSTANCE, RERUN, carry_out
from airflow_provider_cloudflows.sandbox.dataworks.scheduled import ENVIRONMENTS, workflow_of
from airflow_provider_cloudflows.sandbox.dataworks.workspace import PROJECT_ID, project_id
from airflow_provider_cloudflows.sandbox.operations import Call, Operation, Parameter
from airflow_provider_cloudflows.sandbox.refusals import AlibabaRefusal, refuse


def rerun_instances(call: Call) -> dict[str, Any]:
    """RerunWorkflowInstances: the answer names an operation, which runs them again later."""
    project, sent = project_id(call, choices.NO_PROJECT_2024), call.parameters
    workflow_of(call, sent["WorkflowId"], project=project)
    carry_out(call)
    runs = [
        one["Id"]
        for one in call.store.all(INSTANCE.kind, place=str(project))
        if one["WorkflowId"] == sent["WorkflowId"]
        and one["Type"] == sent["Type"]
        and one["Id"] in sent.get("Ids", [one["Id"]])
    ]
    script = call.courses.take(RERUN.kind, dict(sent), Script(seconds=choices.CREATION_SECONDS.value))
    course = begun(call.store.now(), script)
    operation = call.create(RERUN, Ids=runs, Filter=sent.get("Filter", {}), **{COURSE: course})
    return {"RequestId": call.request_id, "OperationId": operation["OperationId"]}


def get_result(call: Call) -> dict[str, Any]:
    """GetRerunWorkflowInstancesResult: whether it was carried out."""
    operation_id = call.parameters["OperationId"]
    operation = call.store.get(RERUN.kind, operation_id)
    if operation is None:
        message = f"The operation {operation_id} does not exist."
        raise refuse(AlibabaRefusal, choices.NO_OPERATION.value, message)
    shown = look(call, RERUN, operation)
    carry_out(call)
    result = {"Status": shown.state} | ({"FailureMessage": shown.reason} if shown.reason and shown.is_end else {})
    return {"RequestId": call.request_id, "Result": result}


OPERATIONS = (
    Operation(
        SERVICE,
        "RerunWorkflowInstances",
        "POST",
        VERSION_2024,
        rerun_instances,
        (
            PROJECT_ID,
            Parameter("WorkflowId", "form", "int64", required=True),
            Parameter("Type", "form", required=True, among=("ManualWorkflow",)),
            Parameter("Ids", "form", "json list"),
            Parameter("EnvType", "form", among=ENVIRONMENTS),
            Parameter(
                "Filter",
                "form",
                "json object",
                fields=(
                    Parameter("RerunDownstreamEnabled", "form", "boolean"),
                    Parameter("TaskIds", "form", "list of numbers"),
                    Parameter("TaskInstanceStatuses", "form", "list"),
                ),
            ),
        ),
    ),
    Operation(
        SERVICE,
        "GetRerunWorkflowInstancesResult",
        "POST",
        VERSION_2024,
        get_result,
        (Parameter("OperationId", "query", required=True),),
    ),
)
