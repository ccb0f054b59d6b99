"""Endpoints of a DataArts Fabric workspace: created, shown, listed and deleted. They take a while to come and to go.

Follows the models of the official SDK. What a ray or a service endpoint is configured with is taken as it comes.
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
from airflow_provider_cloudflows.sandbox.fabric import choices
from airflow_provider_cloudflows.sandbox.fabric.workspace import (
    SERVICE,
    WORKSPACE_ID,
    refused_as_missing,
    time_text,
    workspace_of,
)
from airflow_provider_cloudflows.sandbox.operations import Birth, Call, Operation, Parameter, Resource, Words
from airflow_provider_cloudflows.sandbox.refusals import PlainRefusal, refuse
from airflow_provider_cloudflows.sandbox.state import Document

WORDS = Words("CREATING", "CREATING", "RUNNING", "CREATE_FAILED", "DELETING", "DELETED")

_TYPES = ("service", "ray", "inference", "job", "ray_service", "sql", "container_job", "notebook")


def _born(birth: Birth) -> Document:
    now = time_text(birth.now)
    return {
        "id": str(uuid.uuid4()),
        "name": "",
        "type": "job",
        "description": "",
        "visibility": "PRIVATE",
        "create_time": now,
        "update_time": now,
        "workspace_id": "",
        "reserved_resource": {},
        COURSE: begun(birth.store.now(), Script()),
    }


RESOURCE = Resource("fabric.endpoint", "id", _born, place="workspace_id", words=WORDS)


def create_endpoint(call: Call) -> dict[str, Any]:
    """Create an endpoint: it is being created when the answer comes; names may repeat."""
    kept = ("name", "type", "description", "reserved_resource")
    sent = {name: call.parameters[name] for name in kept if name in call.parameters}
    return _looked_at(call, begin(call, RESOURCE, **sent, workspace_id=workspace_of(call)["id"]))


def show_endpoint(call: Call) -> dict[str, Any]:
    """Show an endpoint; one that is gone is not there any more."""
    workspace = workspace_of(call)
    endpoint = call.read(RESOURCE.kind, call.parameters["endpoint_id"], place=workspace["id"])
    return _looked_at(call, _there(call, endpoint) or _missing(call))


def list_endpoints(call: Call) -> dict[str, Any]:
    """List endpoints, oldest first."""
    workspace, sent = workspace_of(call), call.parameters
    found = [
        endpoint
        for endpoint in call.listed(RESOURCE.kind, place=workspace["id"])
        if _there(call, endpoint)
        and sent.get("name", "") in endpoint["name"]
        and sent.get("type", endpoint["type"]) == endpoint["type"]
        and sent.get("endpoint_id", endpoint["id"]) == endpoint["id"]
    ]
    offset, limit = sent.get("offset", 0), call.page_size(sent.get("limit", 10))
    return {"total": len(found), "endpoints": [_looked_at(call, one) for one in found[offset : offset + limit]]}


def delete_endpoint(call: Call) -> dict[str, Any]:
    """Delete an endpoint: it is being deleted for as long as its course says, and then not there any more."""
    workspace = workspace_of(call)
    endpoint = call.store.get(RESOURCE.kind, call.parameters["endpoint_id"], place=workspace["id"])
    endpoint = _there(call, endpoint) or _missing(call)
    # What is still coming to be, or failed to, is deleted like what is there.
    endpoint[COURSE]["script"] |= {"ending": "never"}
    if stop(call, RESOURCE, endpoint) == "refused":
        message = f"The endpoint {endpoint['id']} cannot be deleted."
        raise refuse(PlainRefusal, choices.NOT_STOPPED.value, message)
    return {"id": endpoint["id"]}


def _there(call: Call, endpoint: Document | None) -> Document | None:
    """The endpoint, unless its deletion is over: then it goes."""
    if endpoint is not None and endpoint[COURSE]["stopped"] and look(call, RESOURCE, endpoint).is_end:
        return None
    return endpoint


def _looked_at(call: Call, endpoint: Document) -> Document:
    seen = look(call, RESOURCE, endpoint)
    return without_course(endpoint, "workspace_id") | {"status": seen.state} | _failure(seen)


def _failure(seen: Sight) -> Document:
    return {"error_code": "common.00000500", "error_msg": seen.reason} if seen.state == WORDS.bad else {}


def _missing(call: Call) -> NoReturn:
    raise refused_as_missing(f"The endpoint {call.parameters['endpoint_id']} does not exist.")


_PATH = "/v1/workspaces/{workspace_id}/endpoints"
_ENDPOINT_ID = Parameter("endpoint_id", "path", length=(1, 64))
_UNITS = (
    Parameter("spec_code", "body", required=True),
    Parameter("warm_up_num", "body", "number", required=True),
    Parameter("max_num", "body", "number"),
)
_RANGE = (
    Parameter("spec_code", "body", required=True),
    Parameter("min", "body", "number", required=True),
    Parameter("max", "body", "number", required=True),
)

OPERATIONS = (
    Operation(
        SERVICE,
        "CreateEndpoint",
        "POST",
        _PATH,
        create_endpoint,
        (
            WORKSPACE_ID,
            Parameter("name", "body", required=True, length=(1, 64)),
            Parameter("description", "body"),
            Parameter("type", "body", required=True, among=_TYPES),
            Parameter(
                "reserved_resource",
                "body",
                "object",
                fields=(
                    Parameter("apu", "body", "object", fields=_UNITS),
                    Parameter("dpu", "body", "object", fields=_UNITS),
                    Parameter("mu", "body", "object", fields=_RANGE),
                ),
            ),
            Parameter("ray_resource", "body", "free object"),
            Parameter("cap", "body", "free object"),
            Parameter("config", "body", "free object"),
            Parameter(
                "cache_list",
                "body",
                "list",
                fields=(
                    Parameter("mnt_path", "body", required=True),
                    Parameter("cache_ins_id", "body", required=True),
                ),
            ),
            Parameter("public_access", "body", "boolean"),
            Parameter("custom_image_id", "body"),
        ),
    ),
    Operation(
        SERVICE,
        "ListEndpoints",
        "GET",
        _PATH,
        list_endpoints,
        (
            WORKSPACE_ID,
            Parameter("offset", "query", "int32", minimum=0),
            Parameter("limit", "query", "int32", minimum=1, maximum=100),
            Parameter("model_id", "query"),
            Parameter("name", "query"),
            Parameter("endpoint_id", "query"),
            Parameter("type", "query", among=_TYPES),
            Parameter("visibility", "query", among=("PRIVATE", "PUBLIC", "ALL")),
        ),
    ),
    Operation(
        SERVICE,
        "ShowEndpoint",
        "GET",
        _PATH + "/{endpoint_id}",
        show_endpoint,
        (WORKSPACE_ID, _ENDPOINT_ID, Parameter("version", "query", among=("CURRENT", "PREVIOUS"))),
    ),
    Operation(
        SERVICE, "DeleteEndpoint", "DELETE", _PATH + "/{endpoint_id}", delete_endpoint, (WORKSPACE_ID, _ENDPOINT_ID)
    ),
)
