"""Runs of DataArts Fabric jobs: started, shown, listed and cancelled.

Follows the models of the official SDK. The real service has these on a host of its own, ``fabric-ep``; the sandbox
answers for all hosts in one place. A run goes by the course that the sandbox gave it (``courses.py``).
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
from airflow_provider_cloudflows.sandbox.fabric import choices, endpoint, job
from airflow_provider_cloudflows.sandbox.fabric.workspace import (
    SERVICE,
    WORKSPACE_ID,
    refused_as_missing,
    time_text,
    workspace_of,
)
from airflow_provider_cloudflows.sandbox.operations import Answer, Birth, Call, Operation, Parameter, Resource, Words
from airflow_provider_cloudflows.sandbox.refusals import PlainRefusal, refuse
from airflow_provider_cloudflows.sandbox.state import Document

WORDS = Words("PENDING", "RUNNING", "SUCCEEDED", "FAILED", "STOPPING", "STOPPED")

_STATES = (
    "PENDING",
    "CREATING",
    "RUNNING",
    "UPDATING",
    "SUCCEEDED",
    "FAILED",
    "STOPPING",
    "STOPPED",
    "DELETING",
    "DELETED",
)


def _born(birth: Birth) -> Document:
    return {
        "id": str(uuid.uuid4()),
        "name": "",
        "job": {},
        "endpoint_id": "",
        "type": "PYTHON_JOB",
        "create_time": time_text(birth.now),
        "create_user": {"domain_name": birth.account.name, "user_name": birth.account.user_name},
        "workspace_id": "",
        COURSE: begun(birth.store.now(), Script()),
    }


RESOURCE = Resource("fabric.job_run", "id", _born, place="workspace_id", words=WORDS)


def run_job(call: Call) -> dict[str, Any]:
    """Run a job on an endpoint: both must exist; names may repeat."""
    workspace, sent = workspace_of(call), call.parameters
    found = call.store.get(job.RESOURCE.kind, sent["job"]["id"], place=workspace["id"])
    if found is None or found["version_id"] != sent["job"]["version_id"]:
        raise refused_as_missing(f"The job {sent['job']['id']} has no such version in this workspace.", at_run=True)
    if call.store.get(endpoint.RESOURCE.kind, sent["endpoint_id"], place=workspace["id"]) is None:
        raise refused_as_missing(f"The endpoint {sent['endpoint_id']} does not exist.", at_run=True)
    made = begin(
        call,
        RESOURCE,
        name=sent["name"],
        job=dict(sent["job"]),
        endpoint_id=sent["endpoint_id"],
        type=found["type"],
        workspace_id=workspace["id"],
    )
    return {"id": made["id"]}


def show_run(call: Call) -> dict[str, Any]:
    """Show a run, with the reason and the place of the log when it has ended."""
    workspace, run_id = workspace_of(call), call.parameters["run_id"]
    run = call.read(RESOURCE.kind, run_id, place=workspace["id"]) or _missing(run_id)
    seen = look(call, RESOURCE, run)
    return _shown(run, seen) | _end(run, seen)


def list_runs(call: Call) -> dict[str, Any]:
    """List runs, the newest first by default; the reason of a failure is not among what a list shows."""
    workspace, sent = workspace_of(call), call.parameters
    offset, limit = sent.get("offset", 0), sent.get("limit", 10)
    plain = {"workspace_id", "offset", "limit", "sort_by", "order_by"}
    if not set(sent) - plain and sent.get("order_by", "DESC") == "DESC":
        runs, total = call.newest(RESOURCE.kind, place=workspace["id"], limit=limit, offset=offset)
        return {"total": total, "job_runs": [_looked_at(call, run) for run in runs]}
    found = [run for run in call.listed(RESOURCE.kind, place=workspace["id"]) if _fits(run, sent)]
    shown = [_looked_at(call, run) for run in found]
    if "status" in sent:
        shown = [run for run in shown if run["status"] == sent["status"]]
    if sent.get("order_by", "DESC") == "DESC":
        shown.reverse()
    return {"total": len(shown), "job_runs": shown[offset : offset + call.page_size(limit)]}


def cancel_run(call: Call) -> Answer:
    """Stop a run: HTTP 200 without a body."""
    workspace, run_id = workspace_of(call), call.parameters["run_id"]
    run = call.store.get(RESOURCE.kind, run_id, place=workspace["id"]) or _missing(run_id)
    if stop(call, RESOURCE, run) in ("refused", "over"):
        raise refuse(PlainRefusal, choices.NOT_STOPPED.value, f"The run {run_id} cannot be stopped.")
    return Answer(None)


def _looked_at(call: Call, run: Document) -> Document:
    return _shown(run, look(call, RESOURCE, run))


def _shown(run: Document, seen: Sight) -> Document:
    return without_course(run, "workspace_id") | {"status": seen.state, "update_time": run["create_time"]}


def _end(run: Document, seen: Sight) -> Document:
    if not seen.is_end:
        return {}
    log = {"log_path": [{"type": "OBS", "path": f"obs://sandbox/{run['id']}.log"}]}
    failure = {"error_code": "RunFailed", "error_msg": seen.reason} if seen.state == WORDS.bad else {}
    return log | failure | {"duration": max(0, int(seen.ended - run[COURSE]["began"]))}


def _fits(run: Document, sent: Any) -> bool:
    return (
        sent.get("name", "") in run["name"]
        and sent.get("id", run["id"]) == run["id"]
        and sent.get("job_id", run["job"].get("id")) == run["job"].get("id")
        and sent.get("version_id", run["job"].get("version_id")) == run["job"].get("version_id")
        and sent.get("endpoint_id", run["endpoint_id"]) == run["endpoint_id"]
        and sent.get("type", run["type"]) == run["type"]
    )


def _missing(run_id: str) -> NoReturn:
    raise refused_as_missing(f"The run {run_id} does not exist.", at_run=True)


_PATH = "/v1/workspaces/{workspace_id}/jobs/runs"
_RUN_ID = Parameter("run_id", "path", length=(1, 64))

OPERATIONS = (
    Operation(
        SERVICE,
        "RunJob",
        "POST",
        _PATH,
        run_job,
        (
            WORKSPACE_ID,
            Parameter(
                "job",
                "body",
                "object",
                required=True,
                fields=(Parameter("id", "body", required=True), Parameter("version_id", "body", required=True)),
            ),
            Parameter("name", "body", required=True),
            Parameter("endpoint_id", "body", required=True),
        ),
    ),
    Operation(
        SERVICE,
        "ListJobRuns",
        "GET",
        _PATH,
        list_runs,
        (
            WORKSPACE_ID,
            *(Parameter(name, "query") for name in ("id", "name", "job_id", "endpoint_id", "version_id")),
            Parameter("limit", "query", "int32", minimum=1, maximum=100),
            Parameter("offset", "query", "int32", minimum=0),
            Parameter("status", "query", among=_STATES),
            Parameter("type", "query", among=job.TYPES),
            Parameter("sort_by", "query", among=("CREATE_TIME", "DURATION")),
            Parameter("order_by", "query", among=("ASC", "DESC")),
        ),
    ),
    Operation(SERVICE, "ShowJobRunDetail", "GET", _PATH + "/{run_id}", show_run, (WORKSPACE_ID, _RUN_ID)),
    Operation(SERVICE, "CancelJobRun", "POST", _PATH + "/{run_id}/cancel", cancel_run, (WORKSPACE_ID, _RUN_ID)),
)
