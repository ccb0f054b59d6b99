"""Runs of DataWorks by API version 2020-05-18, which calls them DAGs: a manual flow that runs, a backfill of nodes.

Follows the models of the official SDK. A DAG is a workflow instance of the newer version, and shows it in this one's
words (``choices.BOTH_VERSIONS``). What runs has to be published; a manual flow is a workflow that no schedule runs.
"""

from __future__ import annotations

from typing import Any, NoReturn

from airflow_provider_cloudflows.sandbox.courses import Sight
from airflow_provider_cloudflows.sandbox.dataworks import choices
from airflow_provider_cloudflows.sandbox.dataworks.answers import (
    DAY,
    SERVICE,
    VERSION,
    midnight,
    midnight_of,
    milliseconds,
    succeeded,
)
from airflow_provider_cloudflows.sandbox.dataworks.instances import INSTANCE, make_run, seen
from airflow_provider_cloudflows.sandbox.dataworks.scheduled import TASK, WORKFLOW, tasks_of
from airflow_provider_cloudflows.sandbox.dataworks.workspace import project_named
from airflow_provider_cloudflows.sandbox.json_text import read_json
from airflow_provider_cloudflows.sandbox.operations import Call, Operation, Parameter
from airflow_provider_cloudflows.sandbox.refusals import AlibabaRefusal, refuse
from airflow_provider_cloudflows.sandbox.state import Document

PROJECT_ENVS = {"PROD": "Prod", "DEV": "Dev"}
DAG_TYPES = {
    "Normal": "DAILY",
    "Manual": "MANUAL",
    "ManualWorkflow": "BUSINESS_PROCESS_DAG",
    "SmokeTest": "SMOKE_TEST",
    "SupplementData": "SUPPLY_DATA",
    "TriggerWorkflow": "BUSINESS_PROCESS_DAG",
}
_STATES = {"NotRun": "CREATED", "Running": "RUNNING", "Success": "SUCCESS", "Failure": "FAILURE"}


def run_manual_flow(call: Call) -> dict[str, Any]:
    """RunManualDagNodes: the answer has the id and no flag of success."""
    sent = call.parameters
    project = project_named(call, sent["ProjectName"])
    flows = call.store.all(WORKFLOW.kind, place=str(project))
    is_manual = (one for one in flows if one["Name"] == sent["FlowName"] and one["Trigger"]["Type"] != "Scheduler")
    flow = next(is_manual, None)
    if flow is None:
        message = f"The manual workflow {sent['FlowName']} does not exist, or is not deployed."
        raise refuse(AlibabaRefusal, choices.NO_FLOW.value, message)
    date = _business_date(call, sent.get("BizDate"))
    of_flow, of_nodes = (_json_object(call, name) for name in ("DagParameters", "NodeParameters"))
    shown = [f"{name}={value}" for name, value in of_flow.items()]
    fields = _fields(flow, sent["FlowName"], "ManualWorkflow", date, sent["ProjectEnv"])
    fields["WorkflowParameters"] = sent.get("DagParameters", "")
    dag_id = make_run(
        call,
        fields,
        _chosen(tasks_of(call.store, flow["Id"]), sent.get("IncludeNodeIds", "")),
        flow["Name"],
        call.store.now(),
        lambda task: " ".join([*shown, *filter(None, [str(of_nodes.get(str(task["Id"]), ""))])]),
    )
    return {"RequestId": call.request_id, "DagId": dag_id}


def run_cycle_nodes(call: Call) -> dict[str, Any]:
    """RunCycleDagNodes: a DAG for each business date, under the name that was sent."""
    sent = call.parameters
    root = call.store.get(TASK.kind, str(sent["RootNodeId"])) or _no_node(sent["RootNodeId"])
    siblings = call.store.all(TASK.kind, place=str(root["ProjectId"]))
    tasks = _chosen(siblings, sent["IncludeNodeIds"], required=True)
    first, last = (_business_date(call, sent[name]) for name in ("StartBizDate", "EndBizDate"))
    if first > last:
        raise AlibabaRefusal(400, "InvalidParameter", "StartBizDate is later than EndBizDate.")
    workflow = call.store.get(WORKFLOW.kind, str(root["WorkflowId"])) or {"Name": ""}
    made = []
    for number in range(round((last - first) / DAY) + 1):
        fields = _fields(root, sent["Name"], "SupplementData", first + number * DAY, sent["ProjectEnv"])
        fields["WorkflowId"] = root["WorkflowId"]
        made.append(make_run(call, fields, tasks, workflow["Name"], call.store.now()))
    return succeeded(call, Data=made)


def get_dag(call: Call) -> dict[str, Any]:
    """GetDag: by its id and the environment."""
    number = call.parameters["DagId"]
    instance = call.read(INSTANCE.kind, str(number))
    if instance is None or instance["EnvType"] != PROJECT_ENVS[call.parameters["ProjectEnv"]]:
        message = f"The DAG {number} does not exist."
        raise refuse(AlibabaRefusal, choices.NO_DAG.value, message)
    return succeeded(call, Data=_shown(instance, seen(call, instance)))


def _shown(instance: Document, shown: Sight) -> Document:
    end = {"FinishTime": milliseconds(shown.ended)} if shown.is_end else {}
    return {
        "DagId": instance["Id"],
        "Name": instance["Name"],
        "Type": DAG_TYPES[instance["Type"]],
        "Status": _STATES.get(shown.state, shown.state),
        "ProjectId": instance["ProjectId"],
        "Bizdate": instance["BizDate"],
        "Gmtdate": instance["BizDate"] + round(DAY * 1000),
        "OpSeq": instance["Id"],
        "CreateUser": instance["CreateUser"],
        "CreateTime": instance["CreateTime"],
        "ModifyTime": instance["ModifyTime"],
        "StartTime": instance["StartedTime"],
        **end,
    }


def _fields(of: Document, name: str, kind: str, date: float, project_env: str) -> Document:
    """What the instance of a workflow has that runs now; ``of`` tells the workspace and the owner."""
    return {
        "Name": name,
        "Type": kind,
        "ProjectId": of["ProjectId"],
        "WorkflowId": of["Id"],
        "Owner": of["Owner"],
        "BizDate": milliseconds(date),
        "EnvType": PROJECT_ENVS[project_env],
    }


def _chosen(tasks: list[Document], written: str, *, required: bool = False) -> list[Document]:
    """Those of ``tasks`` whose ids are written, with commas between; all of them where nothing is."""
    if not written and not required:
        return tasks
    by_id = {str(task["Id"]): task for task in tasks}
    return [by_id.get(number.strip()) or _no_node(number) for number in written.split(",")]


def _business_date(call: Call, written: str | None) -> float:
    """The midnight of a business date, yesterday where none is written; a day that is not over is refused."""
    yesterday = midnight(call.store.now()) - DAY
    date = yesterday if written is None else midnight_of(written[:10])
    if date > yesterday:
        raise AlibabaRefusal(400, "InvalidParameter", f"The business date {written} is not over.")
    return date


def _json_object(call: Call, name: str) -> dict[str, Any]:
    try:
        value = read_json(call.parameters.get(name, "") or "{}")
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise AlibabaRefusal(400, "InvalidParameter", f"{name} is no JSON object.")
    return value


def _no_node(number: Any) -> NoReturn:
    raise refuse(AlibabaRefusal, choices.NO_NODE.value, f"The node {number} does not exist.")


ENV = Parameter("ProjectEnv", "form", required=True, among=tuple(PROJECT_ENVS))
DATE_PATTERN = r"[0-9]{4}-[0-9]{2}-[0-9]{2} 00:00:00"
_CLOCK_PATTERN = r"[0-2][0-9]:[0-5][0-9]:[0-5][0-9]"

OPERATIONS = (
    Operation(
        SERVICE,
        "RunManualDagNodes",
        "POST",
        VERSION,
        run_manual_flow,
        (
            ENV,
            Parameter("ProjectName", "form", required=True),
            Parameter("ProjectId", "form", "int64"),
            Parameter("FlowName", "form", required=True),
            *(Parameter(name, "form", pattern=DATE_PATTERN) for name in ("BizDate", "StartBizDate", "EndBizDate")),
            *(Parameter(name, "form") for name in ("DagParameters", "NodeParameters")),
            *(Parameter(name, "form") for name in ("IncludeNodeIds", "ExcludeNodeIds")),
        ),
    ),
    Operation(
        SERVICE,
        "RunCycleDagNodes",
        "POST",
        VERSION,
        run_cycle_nodes,
        (
            ENV,
            Parameter("Name", "form", required=True),
            Parameter("RootNodeId", "form", "int64", required=True),
            Parameter("IncludeNodeIds", "form", required=True),
            *(Parameter(name, "form", required=True, pattern=DATE_PATTERN) for name in ("StartBizDate", "EndBizDate")),
            *(
                Parameter(name, "form", required=True, pattern=_CLOCK_PATTERN)
                for name in ("BizBeginTime", "BizEndTime")
            ),
            Parameter("Parallelism", "form", "boolean", required=True),
            Parameter("ConcurrentRuns", "form", "int32", minimum=2, maximum=10),
            *(Parameter(name, "form") for name in ("ExcludeNodeIds", "NodeParams")),
            Parameter("AlertType", "form", among=("SUCCESS", "FAILURE", "SUCCESS_FAILURE")),
            Parameter("AlertNoticeType", "form", among=("SMS", "MAIL", "SMS_MAIL")),
            Parameter("StartFutureInstanceImmediately", "form", "boolean"),
        ),
    ),
    Operation(SERVICE, "GetDag", "POST", VERSION, get_dag, (Parameter("DagId", "form", "int64", required=True), ENV)),
)
