"""Tasks of BPStudio (CADT): created and read.

Follows the vendor's page of CreateTask and the models of the official SDK. Success is ``Code`` 200 in the
body. There is no operation that lists tasks, on the real service as here. A task that is executed goes by the course
that the sandbox gave it (``courses.py``).
"""

from __future__ import annotations

import time
from typing import Any

from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.bpstudio import choices
from airflow_provider_cloudflows.sandbox.courses import COURSE, begun, look, without_course
from airflow_provider_cloudflows.sandbox.operations import Birth, Call, Operation, Parameter, Refusal, Resource, Words
from airflow_provider_cloudflows.sandbox.refusals import BPStudioRefusal, refuse
from airflow_provider_cloudflows.sandbox.state import Document, Store

SERVICE, VERSION = "BPStudio", "2021-09-31"


def seed(store: Store) -> None:
    """One application with one process; the second account has one of the same ids."""
    application = {"ApplicationId": world.BPSTUDIO_APPLICATION_ID, "ProcessIds": [world.BPSTUDIO_PROCESS_ID]}
    for account in (world.ALIBABA_ACCOUNT, world.OTHER_ALIBABA_ACCOUNT):
        store.of(account.id).add("bpstudio.application", world.BPSTUDIO_APPLICATION_ID, application)


def _born(birth: Birth) -> Document:
    return {
        "Id": birth.store.next_number("bpstudio.task", choices.FIRST_ID.value),
        "Name": "",
        "AppId": "",
        "ProcessId": "",
        "Variables": {},
        "Status": choices.STATUS.value,
        "Executions": 0,
        COURSE: {},
        "GmtCreate": time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(birth.now + 8 * 3600)),
    }


WORDS = Words("BINDING", "BINDING", choices.FINISHED.value, choices.FINISHED.value, field="Status")

RESOURCE = Resource("bpstudio.task", "Id", _born, words=WORDS)


def create_task(call: Call) -> dict[str, Any]:
    """CreateTask: records a task of a process of an application; names may repeat."""
    application_id, process_id = call.parameters["AppId"], call.parameters["ProcessId"]
    application = call.store.get("bpstudio.application", application_id)
    if application is None:
        raise _not_found(f"The application {application_id} does not exist.")
    if process_id not in application["ProcessIds"]:
        raise _not_found(f"The process {process_id} does not exist in application {application_id}.")
    task = call.create(
        RESOURCE,
        Name=call.parameters["TaskName"],
        AppId=application_id,
        ProcessId=process_id,
        Variables=call.parameters.get("Variables", {}),
    )
    return _succeeded(call, task["Id"])


def get_task(call: Call) -> dict[str, Any]:
    """GetTask: ``InstanceIds`` is JSON text, ``GmtCreate`` has no zone; the variables are not returned."""
    task = call.read(RESOURCE.kind, call.parameters["TaskId"])
    if task is None:
        raise _not_found(f"The task {call.parameters['TaskId']} does not exist.")
    shown = without_course(task, "Variables", "Executions") | {"InstanceIds": "[]", "ErrorMessage": ""}
    return _succeeded(call, shown | _progress(call, task))


def execute_task(call: Call) -> dict[str, Any]:
    """ExecuteTask: a task that has been executed is executed again; the answer shows the task, not the outcome."""
    task = call.store.get(RESOURCE.kind, call.parameters["TaskId"])
    if task is None:
        raise _not_found(f"The task {call.parameters['TaskId']} does not exist.")
    script = call.courses.take(RESOURCE.kind, task)
    executed = task | {COURSE: begun(call.store.now(), script), "Executions": task["Executions"] + 1}
    call.store.update(RESOURCE.kind, str(task["Id"]), executed)
    data = {"Id": task["Id"], "Name": task["Name"], "Status": WORDS.begun, "ErrorMessage": ""}
    return _succeeded(call, data)


def _progress(call: Call, task: Document) -> Document:
    if not task[COURSE]:
        return {}
    seen = look(call, RESOURCE, task)
    return {"Status": seen.state, "ErrorMessage": seen.reason if seen.is_end else ""}


def _not_found(message: str) -> Refusal:
    return refuse(BPStudioRefusal, choices.NOT_FOUND.value, message)


def _succeeded(call: Call, data: Any) -> dict[str, Any]:
    return {"RequestId": call.request_id, "Message": "Success", "Data": data, "Code": "200"}


OPERATIONS = (
    Operation(
        SERVICE,
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
        SERVICE,
        "GetTask",
        "POST",
        VERSION,
        get_task,
        (Parameter("TaskId", "form", required=True, pattern="[0-9]{1,19}"),),
    ),
    Operation(
        SERVICE,
        "ExecuteTask",
        "POST",
        VERSION,
        execute_task,
        (Parameter("TaskId", "form", required=True, pattern="[0-9]{1,19}"),),
    ),
)
