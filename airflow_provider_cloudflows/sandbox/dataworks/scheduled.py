"""Published workflows of DataWorks and their tasks, as the operation center shows them (API version 2024-05-18).

Publishing puts them here (:func:`put_workflow`), and running and the nightly schedule read them. Follows the models of
the official SDK, whose times are milliseconds since 1970. Nothing of a task's script is carried out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, NoReturn

from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.dataworks import choices
from airflow_provider_cloudflows.sandbox.dataworks.answers import SERVICE, VERSION_2024, milliseconds, page
from airflow_provider_cloudflows.sandbox.dataworks.workspace import PROJECT_ID, project_id
from airflow_provider_cloudflows.sandbox.operations import Birth, Call, Operation, Parameter, Resource
from airflow_provider_cloudflows.sandbox.refusals import AlibabaRefusal, refuse
from airflow_provider_cloudflows.sandbox.state import Document, Store
from airflow_provider_cloudflows.sandbox.world import Account

SEEDED_AT = 1589760000.0
"""18 May 2020: before any business date that a test asks for."""

DAILY = {
    "Type": "Scheduler",
    "Cron": "00 00 00 * * ?",
    "Recurrence": "Normal",
    "StartTime": "1970-01-01 00:00:00",
    "EndTime": "9999-01-01 00:00:00",
}
ON_DEMAND = {"Type": "Manual"}
ENVIRONMENTS = ("Prod", "Dev")
_SORTS = (
    "ModifyTime",
    "CreateTime",
    "Id",
    *(f"{name} {way}" for name in ("ModifyTime", "CreateTime", "Id") for way in ("Asc", "Desc")),
)


def _workflow_born(birth: Birth) -> Document:
    now = milliseconds(birth.now)
    return {
        "Id": birth.store.next_number("dataworks.workflow", choices.FIRST_IDS.value["WorkflowId"]),
        "Name": "",
        "Description": "",
        "Owner": birth.account.id,
        "ProjectId": 0,
        "EnvType": "Prod",
        "Parameters": "",
        "Tags": [],
        "Trigger": dict(DAILY),
        "CreateUser": birth.account.id,
        "CreateTime": now,
        "ModifyUser": birth.account.id,
        "ModifyTime": now,
    }


def _task_born(birth: Birth) -> Document:
    now = milliseconds(birth.now)
    return {
        "Id": birth.store.next_number("dataworks.task", choices.FIRST_IDS.value["TaskId"]),
        "Name": "",
        "Description": "",
        "Type": "ODPS_SQL",
        "Script": "",
        "Owner": birth.account.id,
        "ProjectId": 0,
        "ProjectEnv": "Prod",
        "WorkflowId": 0,
        "Priority": 1,
        "RerunMode": "AllAllowed",
        "Trigger": dict(DAILY),
        "CreateUser": birth.account.id,
        "CreateTime": now,
        "ModifyUser": birth.account.id,
        "ModifyTime": now,
    }


WORKFLOW = Resource("dataworks.workflow", "Id", _workflow_born, place="ProjectId")
TASK = Resource("dataworks.task", "Id", _task_born, place="ProjectId")


def seed(store: Store) -> None:
    """What somebody else published: one workflow that the schedule runs every night, and in the second workspace
    a manual flow, and a nightly workflow that waits for a call. Ids are the same at every birth."""
    nightly = {"Name": world.DATAWORKS_WORKFLOW_NAME, "Owner": world.DATAWORKS_WORKFLOW_OWNER}
    _seed(store, world.DATAWORKS_PROJECT_ID, world.DATAWORKS_WORKFLOW_ID, nightly, world.DATAWORKS_TASKS)
    second, flow = world.DATAWORKS_PROJECT_ID_TWO, {"Name": world.DATAWORKS_FLOW_NAME, "Trigger": dict(ON_DEMAND)}
    _seed(store, second, world.DATAWORKS_FLOW_ID, flow, world.DATAWORKS_FLOW_NODES)
    gate, gated = world.DATAWORKS_GATE, world.DATAWORKS_GATED_NODE
    nodes = {gate: "wait_for_signal", gated: "load_after_signal"}
    _seed(store, second, world.DATAWORKS_GATED_ID, {"Name": world.DATAWORKS_GATED_NAME}, nodes, gate)


def _seed(
    store: Store, project: int, workflow_id: int, fields: Document, tasks: Mapping[int, str], gate: int | None = None
) -> None:
    """Publish a workflow of SQL tasks, one of which may wait for a call."""
    birth = Birth(store.of(world.ALIBABA_ACCOUNT.id), world.ALIBABA_ACCOUNT, SEEDED_AT)
    owner = fields.get("Owner", world.ALIBABA_ACCOUNT.id)
    common = fields | {"ProjectId": project, "Owner": owner, "CreateUser": owner, "ModifyUser": owner}
    WORKFLOW.insert(birth, common | {"Id": workflow_id})
    for task_id, name in tasks.items():
        script = f"INSERT OVERWRITE TABLE {name} SELECT * FROM raw_{name};"
        own = {"Id": task_id, "Name": name, "WorkflowId": workflow_id, "Script": script}
        if task_id == gate:
            own |= {"Type": choices.TRIGGERED_TYPE.value, "Script": ""}
        TASK.insert(birth, common | own)


def put_workflow(
    store: Store,
    account: Account,
    project_id: int,
    name: str,
    tasks: Iterable[Mapping[str, Any]],
    *,
    owner: str = "",
    trigger: Mapping[str, Any] = DAILY,
    now: float | None = None,
) -> int:
    """Publish a workflow, or publish it anew under the same name and id; returns the id.

    A task is given by its ``Name`` and whatever differs from a new one, such as ``Type`` and ``Script``. Tasks that
    were there before keep their ids, and those that are not given any more are gone.

    :param owner: id of who owns it; by default the account.
    :param trigger: the schedule; ``ON_DEMAND`` for a workflow that nobody but a caller starts.
    :param now: the time at which this happens, in seconds since 1970; by default that of the store.
    """
    store, now = store.of(account.id), store.now() if now is None else now
    birth, owner = Birth(store, account, now), owner or account.id
    found = _by_name(store, WORKFLOW, project_id, name)
    workflow = _put(birth, WORKFLOW, found, {"ProjectId": project_id, "Name": name, "Owner": owner, "Trigger": trigger})
    former = {task["Name"]: task for task in tasks_of(store, workflow["Id"])}
    common = {"ProjectId": project_id, "WorkflowId": workflow["Id"], "Owner": owner, "Trigger": trigger}
    for task in tasks:
        _put(birth, TASK, former.pop(task["Name"], None), common | dict(task))
    for removed in former.values():
        store.delete(TASK.kind, str(removed["Id"]))
    return int(workflow["Id"])


def remove_workflow(store: Store, account: Account, workflow_id: int) -> None:
    """Take a workflow back with its tasks; its instances stay."""
    store = store.of(account.id)
    for task in tasks_of(store, workflow_id):
        store.delete(TASK.kind, str(task["Id"]))
    store.delete(WORKFLOW.kind, str(workflow_id))


def tasks_of(store: Store, workflow_id: int) -> list[Document]:
    """The tasks of a workflow, in the order in which they were published first."""
    return [task for task in store.all(TASK.kind) if task["WorkflowId"] == workflow_id]


def workflow_of(call: Call, workflow_id: int, *, project: int | None = None) -> Document:
    """The published workflow with that id, in that workspace where one is given."""
    place = None if project is None else str(project)
    return call.store.get(WORKFLOW.kind, str(workflow_id), place=place) or _missing(workflow_id)


def _by_name(store: Store, resource: Resource, project: int, name: str) -> Document | None:
    return next((one for one in store.all(resource.kind, place=str(project)) if one["Name"] == name), None)


def _put(birth: Birth, resource: Resource, found: Document | None, fields: Mapping[str, Any]) -> Document:
    if found is None:
        return resource.insert(birth, fields)
    changed = found | dict(fields) | {"ModifyTime": milliseconds(birth.now), "ModifyUser": birth.account.id}
    birth.store.update(resource.kind, str(found["Id"]), changed)
    return changed


def get_workflow(call: Call) -> dict[str, Any]:
    """GetWorkflow: by its id alone; the tasks are in it, without their scripts."""
    workflow_id = call.parameters["Id"]
    workflow = call.read(WORKFLOW.kind, str(workflow_id)) or _missing(workflow_id)
    if workflow["EnvType"] != call.parameters.get("EnvType", "Prod"):
        _missing(workflow_id)
    tasks = [_shown(task, "Trigger") | {"EnvType": task["ProjectEnv"]} for task in tasks_of(call.store, workflow_id)]
    return {"RequestId": call.request_id, "Workflow": workflow | {"Tasks": tasks}}


def list_workflows(call: Call) -> dict[str, Any]:
    """ListWorkflows: those of a workspace, by default the newest first."""
    sent = call.parameters
    wanted = {"EnvType": sent.get("EnvType", "Prod")} | {name: sent[name] for name in ("Owner",) if name in sent}
    found = _found(call, WORKFLOW, wanted)
    found = [one for one in found if sent.get("TriggerType", one["Trigger"]["Type"]) == one["Trigger"]["Type"]]
    found = [one for one in found if has_tags(one, sent.get("Tags", ()))]
    return {"RequestId": call.request_id, "PagingInfo": page(call, "Workflows", found)}


def list_tasks(call: Call) -> dict[str, Any]:
    """ListTasks: those of a workspace or of a workflow in it, by default the newest first."""
    sent = call.parameters
    wanted = {"ProjectEnv": sent.get("ProjectEnv", "Prod")}
    wanted |= {name: sent[name] for name in ("Owner", "WorkflowId") if name in sent}
    wanted |= {"Type": sent["TaskType"]} if "TaskType" in sent else {}
    found = _found(call, TASK, wanted)
    found = [one for one in found if sent.get("TriggerType", one["Trigger"]["Type"]) == one["Trigger"]["Type"]]
    return {"RequestId": call.request_id, "PagingInfo": page(call, "Tasks", [_shown(one) for one in found])}


def _found(call: Call, resource: Resource, wanted: Mapping[str, Any]) -> list[Document]:
    sent = call.parameters
    found = [
        one
        for one in call.listed(resource.kind, place=str(project_id(call, choices.NO_PROJECT_2024)))
        if sent.get("Name", "") in one["Name"]
        and one["Id"] in sent.get("Ids", [one["Id"]])
        and all(one[name] == value for name, value in wanted.items())
    ]
    return in_order(found, sent.get("SortBy", "Id Desc"))


def in_order(found: list[Document], sort_by: str) -> list[Document]:
    """Sorted by a field, ``Id`` or ``Id Desc`` for example."""
    name, _, way = sort_by.partition(" ")
    return sorted(found, key=lambda one: one.get(name, 0), reverse=way == "Desc")


def has_tags(document: Document, wanted: Collection[str]) -> bool:
    """Whether it bears any of these tags, each written ``key:value``, where some are wanted."""
    borne = {f"{tag.get('Key', '')}:{tag.get('Value', '')}" for tag in document["Tags"]}
    return not wanted or not borne.isdisjoint(wanted)


def _shown(task: Document, *hidden: str) -> Document:
    return {name: value for name, value in task.items() if name != "Script" and name not in hidden}


def _missing(workflow_id: int) -> NoReturn:
    message = f"The workflow {workflow_id} does not exist, or is not published."
    raise refuse(AlibabaRefusal, choices.NO_WORKFLOW.value, message)


PAGES = (
    Parameter("PageNumber", "form", "int32", minimum=1),
    Parameter("PageSize", "form", "int32", minimum=1, maximum=100),
)
_LISTED = (
    PROJECT_ID,
    *PAGES,
    Parameter("Ids", "form", "json list"),
    Parameter("Name", "form"),
    Parameter("Owner", "form"),
    Parameter("SortBy", "form", among=_SORTS),
)

OPERATIONS = (
    Operation(
        SERVICE,
        "GetWorkflow",
        "GET",
        VERSION_2024,
        get_workflow,
        (Parameter("Id", "query", "int64", required=True), Parameter("EnvType", "query", among=ENVIRONMENTS)),
    ),
    Operation(
        SERVICE,
        "ListWorkflows",
        "POST",
        VERSION_2024,
        list_workflows,
        (
            *_LISTED,
            Parameter("EnvType", "form", among=ENVIRONMENTS),
            Parameter("Tags", "form", "json list"),
            Parameter("TriggerType", "form", among=("Scheduler", "Manual", "TriggerWorkflow")),
        ),
    ),
    Operation(
        SERVICE,
        "ListTasks",
        "POST",
        VERSION_2024,
        list_tasks,
        (
            *_LISTED,
            Parameter("ProjectEnv", "form", among=ENVIRONMENTS),
            Parameter("TaskType", "form"),
            Parameter("WorkflowId", "form", "int64"),
            Parameter("TriggerType", "form", among=("Scheduler", "Manual")),
        ),
    ),
)
