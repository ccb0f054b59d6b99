"""Jobs of a DataArts Fabric workspace: created and listed, so that there is something to run.

Follows the models of the official SDK; what a job is configured with is taken as it comes.
"""

from __future__ import annotations

import uuid
from typing import Any

from airflow_provider_cloudflows.sandbox.fabric.workspace import SERVICE, WORKSPACE_ID, time_text, workspace_of
from airflow_provider_cloudflows.sandbox.operations import Birth, Call, Operation, Parameter, Resource
from airflow_provider_cloudflows.sandbox.state import Document

TYPES = ("RAY_JOB", "PYTHON_JOB", "SPARK_JOB")


def _born(birth: Birth) -> Document:
    now = time_text(birth.now)
    return {
        "id": str(uuid.uuid4()),
        "version_id": str(uuid.uuid4()),
        "name": "",
        "type": "PYTHON_JOB",
        "description": "",
        "workspace_id": "",
        "create_time": now,
        "update_time": now,
        "version": {},
        "current_endpoint_id": "",
    }


RESOURCE = Resource("fabric.job", "id", _born, place="workspace_id")


def create_job(call: Call) -> dict[str, Any]:
    """Create a job with its first version."""
    sent = call.parameters
    kept = ("name", "type", "description", "version", "current_endpoint_id")
    fields = {name: sent[name] for name in kept if name in sent}
    job = call.create(RESOURCE, **fields, workspace_id=workspace_of(call)["id"])
    return {"id": job["id"], "version_id": job["version_id"]}


def list_jobs(call: Call) -> dict[str, Any]:
    """List jobs, oldest first unless asked otherwise."""
    sent = call.parameters
    found = [
        job
        for job in call.listed(RESOURCE.kind, place=workspace_of(call)["id"])
        if sent.get("name", "") in job["name"]
        and sent.get("id", job["id"]) == job["id"]
        and sent.get("type", job["type"]) == job["type"]
        and sent.get("endpoint_id", job["current_endpoint_id"]) == job["current_endpoint_id"]
    ]
    if sent.get("sort_by") == "NAME":
        found.sort(key=lambda job: str(job["name"]))
    if sent.get("order_by") == "DESC":
        found.reverse()
    offset, limit = sent.get("offset", 0), call.page_size(sent.get("limit", 10))
    return {"total": len(found), "jobs": [_shown(job) for job in found[offset : offset + limit]]}


def _shown(job: Document) -> Document:
    shown = {name: value for name, value in job.items() if name not in ("version", "version_id")}
    return shown | {"current_version": {"id": job["version_id"], **job["version"]}, "visibility": "PRIVATE"}


_PATH = "/v1/workspaces/{workspace_id}/jobs"

OPERATIONS = (
    Operation(
        SERVICE,
        "CreateJob",
        "POST",
        _PATH,
        create_job,
        (
            WORKSPACE_ID,
            Parameter("name", "body", required=True, length=(1, 64)),
            Parameter("description", "body"),
            Parameter("type", "body", required=True, among=TYPES),
            Parameter("version", "body", "free object", required=True),
            Parameter("current_endpoint_id", "body"),
        ),
    ),
    Operation(
        SERVICE,
        "ListJobs",
        "GET",
        _PATH,
        list_jobs,
        (
            WORKSPACE_ID,
            Parameter("offset", "query", "int32", minimum=0),
            Parameter("limit", "query", "int32", minimum=1, maximum=100),
            Parameter("name", "query"),
            Parameter("id", "query"),
            Parameter("type", "query", among=TYPES),
            Parameter("endpoint_id", "query"),
            Parameter("sort_by", "query", among=("CREATE_TIME", "UPDATE_TIME", "NAME")),
            Parameter("order_by", "query", among=("ASC", "DESC")),
            Parameter("create_by_me", "query", "boolean"),
        ),
    ),
)
