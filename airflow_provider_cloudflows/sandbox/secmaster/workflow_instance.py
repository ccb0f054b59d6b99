"""Runs of SecMaster workflows: started, shown, listed and stopped.

Follows the models of the official SDK and, for the states, the vendor's Terraform provider. A run goes by the course
that the sandbox gave it (``courses.py``); nothing of the workflow itself is carried out.
"""

from __future__ import annotations

import uuid
from typing import Any, NoReturn

from airflow_provider_cloudflows.sandbox.courses import (
    COURSE,
    Script,
    Sight,
    begin,
    begun,
    look,
    stop,
    without_course,
)
from airflow_provider_cloudflows.sandbox.operations import Birth, Call, Operation, Parameter, Resource, Words
from airflow_provider_cloudflows.sandbox.refusals import SecMasterRefusal, refuse
from airflow_provider_cloudflows.sandbox.secmaster import choices, workflow
from airflow_provider_cloudflows.sandbox.secmaster.answers import (
    LIMIT,
    SERVICE,
    TIME,
    WORKSPACES,
    envelope,
    moment,
    time_text,
)
from airflow_provider_cloudflows.sandbox.secmaster.workspace import IN_WORKSPACE, workspace_of
from airflow_provider_cloudflows.sandbox.state import Document

WORDS = Words("CREATED", "RUNNING", "FINISHED", "FAILED", "TERMINATING", "TERMINATED")

_STATES = ("CREATED", "RUNNING", "FAILED", "FINISHED", "RETRYING", "TERMINATING", "TERMINATED")
_TRIGGERS = ("DEBUG", "TIMER", "EVENT", "MANUAL")
_TERMINATE = "ActionInstanceTerminateCommand"


def _born(birth: Birth) -> Document:
    return {
        "id": str(uuid.uuid4()),
        "name": "",
        "workflow": {},
        "dataclass": {},
        "playbook": {},
        "trigger_type": choices.TRIGGER.value,
        "start_time": time_text(birth.now),
        "retry_count": 0,
        "defense_id": "",
        "dataobject_id": "",
        "workspace_id": "",
        COURSE: begun(birth.store.now(), Script()),
    }


RESOURCE = Resource("secmaster.workflow_instance", "id", _born, place="workspace_id", words=WORDS)


def create_instance(call: Call) -> dict[str, Any]:
    """Run a workflow; the answer names the run and shows nothing else of it."""
    workspace_id = workspace_of(call, SecMasterRefusal)["id"]
    found = workflow.find(call)
    sent = call.parameters
    data_object = sent.get("playbook_context", {}).get("data_object", {})
    instance = begin(
        call,
        RESOURCE,
        name=found["name"],
        workflow={"id": found["id"], "name": found["name"], "version_id": found["version_id"]},
        dataclass=data_object.get("dataclass", {}),
        workspace_id=workspace_id,
    )
    echoed = ("command_type", "action_type", "action_id", "playbook_context")
    return {name: sent[name] for name in echoed if name in sent} | {"action_instance_id": instance["id"]}


def show_instance(call: Call) -> dict[str, Any]:
    """Show a run; the steps too, where they are asked for."""
    workspace_id, instance_id = workspace_of(call, SecMasterRefusal)["id"], call.parameters["instance_id"]
    instance = call.read(RESOURCE.kind, instance_id, place=workspace_id) or _missing(instance_id)
    seen = look(call, RESOURCE, instance)
    shown = _shown(instance, seen)
    if call.parameters.get("show_topology"):
        shown["topology"] = {"audit_logs": [_step(instance, seen)]}
    return shown


def list_instances(call: Call) -> dict[str, Any]:
    """List runs, by default the newest first, ten at a time."""
    workspace_id = workspace_of(call, SecMasterRefusal)["id"]
    sent = call.parameters
    offset, limit = sent.get("offset", 0), sent.get("limit", 10)
    if not set(sent) - {"project_id", "workspace_id", "offset", "limit"}:
        instances, count = call.newest(RESOURCE.kind, place=workspace_id, limit=limit, offset=offset)
        return {"count": count, "instances": [_looked_at(call, one) for one in instances]}
    found = [one for one in call.listed(RESOURCE.kind, place=workspace_id) if _fits(one, sent)]
    shown = [_looked_at(call, one) for one in found]
    if "status" in sent:
        shown = [one for one in shown if one["status"] == sent["status"]]
    if sent.get("sort_key") == "update_time":
        shown.sort(key=_updated)
    if sent.get("sort_dir", "DESC") == "DESC":
        shown.reverse()
    return {"count": len(shown), "instances": shown[offset : offset + call.page_size(limit)]}


def update_instance(call: Call) -> dict[str, Any]:
    """Stop a run; retrying and debugging one are not played here."""
    workspace_id, instance_id = workspace_of(call, SecMasterRefusal)["id"], call.parameters["instance_id"]
    instance = call.store.get(RESOURCE.kind, instance_id, place=workspace_id) or _missing(instance_id)
    if stop(call, RESOURCE, instance) in ("refused", "over"):
        message = f"The workflow instance {instance_id} cannot be stopped."
        raise refuse(SecMasterRefusal, choices.NOT_STOPPED.value, message)
    answer = envelope(call, None)
    del answer["data"]
    return answer


def _looked_at(call: Call, instance: Document) -> Document:
    return _shown(instance, look(call, RESOURCE, instance))


def _shown(instance: Document, seen: Sight) -> Document:
    end = {"end_time": time_text(seen.ended)} if seen.is_end else {}
    return without_course(instance, "workspace_id") | {"status": seen.state} | end


def _step(instance: Document, seen: Sight) -> Document:
    return {
        "instance_type": "TASK",
        "action_name": "The only step",
        "start_time": instance["start_time"],
        "status": {WORDS.good: "FINISHED", WORDS.bad: "FAILED"}.get(seen.state, "RUNNING"),
        "succeed": seen.state == WORDS.good,
        "error_msg": seen.reason if seen.is_end else "",
    }


def _fits(instance: Document, sent: Any) -> bool:
    return (
        sent.get("workflow_id", instance["workflow"].get("id")) == instance["workflow"].get("id")
        and sent.get("id", instance["id"]) == instance["id"]
        and sent.get("name", "") in instance["name"]
        and sent.get("trigger_type", instance["trigger_type"]) == instance["trigger_type"]
        and ("from_date" not in sent or moment(sent["from_date"]) <= moment(instance["start_time"]))
        and ("to_date" not in sent or moment(instance["start_time"]) <= moment(sent["to_date"]))
    )


def _updated(shown: Document) -> float:
    """When a run changed last; one that goes on shows nothing later than its start."""
    return moment(str(shown.get("end_time", shown["start_time"])))


def _missing(instance_id: str) -> NoReturn:
    message = f"The workflow instance {instance_id} does not exist."
    raise refuse(SecMasterRefusal, choices.NO_INSTANCE.value, message)


_INSTANCES = WORKSPACES + "/{workspace_id}/soc/workflows/instances"
_INSTANCE_ID = Parameter("instance_id", "path")
_DATE = Parameter("from_date", "query", pattern=TIME)

OPERATIONS = (
    Operation(
        SERVICE,
        "CreateWorkflowInstance",
        "POST",
        WORKSPACES + "/{workspace_id}/soc/workflows/{workflow_id}/instances",
        create_instance,
        (
            *IN_WORKSPACE,
            Parameter("workflow_id", "path"),
            Parameter("command_type", "body", required=True, among=("ActionInstanceRunCommand",)),
            Parameter("action_type", "body", required=True, among=("workflow",)),
            Parameter("action_id", "body"),
            Parameter("action_instance_id", "body"),
            Parameter(
                "playbook_context",
                "body",
                "object",
                fields=(
                    Parameter(
                        "data_object",
                        "body",
                        "object",
                        required=True,
                        fields=(
                            Parameter("content", "body", "free object"),
                            Parameter(
                                "dataclass",
                                "body",
                                "object",
                                fields=(Parameter("id", "body"), Parameter("name", "body", required=True)),
                            ),
                        ),
                    ),
                ),
            ),
            Parameter("simulation_context", "body", "free object"),
        ),
    ),
    Operation(
        SERVICE,
        "ListAopWorkflowInstance",
        "GET",
        _INSTANCES,
        list_instances,
        (
            *IN_WORKSPACE,
            Parameter("offset", "query", "int32", minimum=0, maximum=10000),
            LIMIT,
            Parameter("sort_key", "query", among=("create_time", "update_time")),
            Parameter("sort_dir", "query", among=("ASC", "DESC")),
            _DATE,
            Parameter("to_date", "query", pattern=_DATE.pattern),
            *(
                Parameter(name, "query")
                for name in ("workflow_id", "id", "name", "dataobject_id", "dataclass_id", "playbook_id", "defence_id")
            ),
            Parameter("status", "query", among=_STATES),
            Parameter("trigger_type", "query", among=_TRIGGERS),
        ),
    ),
    Operation(
        SERVICE,
        "ShowAopWorkflowInstance",
        "GET",
        _INSTANCES + "/{instance_id}",
        show_instance,
        (*IN_WORKSPACE, _INSTANCE_ID, Parameter("show_topology", "query", "boolean")),
    ),
    Operation(
        SERVICE,
        "UpdateWorkflowInstance",
        "PUT",
        _INSTANCES + "/{instance_id}",
        update_instance,
        (*IN_WORKSPACE, _INSTANCE_ID, Parameter("command_type", "body", required=True, among=(_TERMINATE,))),
    ),
)
