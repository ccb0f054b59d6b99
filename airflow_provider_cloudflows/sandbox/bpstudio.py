"""The BPStudio (CADT) room: API version 2021-09-31, tasks.

Follows the vendor's page of CreateTask and the models of the official SDK. Success is ``Code`` 200 in the
body. There is no operation that lists tasks, on the real service as here. Tasks are recorded, never run.
"""

from __future__ import annotations

import time
from typing import Any

from airflow_provider_cloudflows.sandbox import choices
from airflow_provider_cloudflows.sandbox.operations import Call, Operation, Parameter, Refusal
from airflow_provider_cloudflows.sandbox.refusals import BPStudioRefusal, refuse

VERSION = "2021-09-31"


def create_task(call: Call) -> dict[str, Any]:
    """CreateTask: records a task of a process of an application; names may repeat."""
    application_id, process_id = call.parameters["AppId"], call.parameters["ProcessId"]
    application = call.store.get("bpstudio.application", application_id)
    if application is None:
        raise _not_found(f"The application {application_id} does not exist.")
    if process_id not in application["ProcessIds"]:
        raise _not_found(f"The process {process_id} does not exist in application {application_id}.")
    number = call.store.next_number("bpstudio.task", choices.BPSTUDIO_FIRST_ID.value)
    task = {
        "Id": number,
        "Name": call.parameters["TaskName"],
        "AppId": application_id,
        "ProcessId": process_id,
        "Variables": call.parameters.get("Variables", {}),
        "Status": choices.BPSTUDIO_STATUS.value,
        "GmtCreate": time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(call.now + 8 * 3600)),
    }
    call.store.add("bpstudio.task", str(number), task)
    return _succeeded(call, number)


def get_task(call: Call) -> dict[str, Any]:
    """GetTask: ``InstanceIds`` is JSON text, ``GmtCreate`` has no zone; the variables are not returned."""
    task = call.store.get("bpstudio.task", call.parameters["TaskId"])
    if task is None:
        raise _not_found(f"The task {call.parameters['TaskId']} does not exist.")
    shown = {name: value for name, value in task.items() if name != "Variables"}
    return _succeeded(call, shown | {"InstanceIds": "[]", "ErrorMessage": ""})


def _not_found(message: str) -> Refusal:
    return refuse(BPStudioRefusal, choices.BPSTUDIO_NOT_FOUND.value, message)


def _succeeded(call: Call, data: Any) -> dict[str, Any]:
    return {"RequestId": call.request_id, "Message": "Success", "Data": data, "Code": "200"}


OPERATIONS = (
    Operation(
        "BPStudio",
        "CreateTask",
        "POST",
        VERSION,
        create_task,
        (
            Parameter("ProcessId", "form", required=True),
            Parameter("TaskName", "form", required=True),
            Parameter("AppId", "form", required=True),
            Parameter("Variables", "form", "json object"),
        ),
    ),
    Operation(
        "BPStudio",
        "GetTask",
        "POST",
        VERSION,
        get_task,
        (Parameter("TaskId", "form", required=True, pattern="[0-9]{1,19}"),),
    ),
)
