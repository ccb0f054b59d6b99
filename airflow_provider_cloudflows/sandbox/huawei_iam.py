"""The Huawei IAM room: projects and accounts of the caller, and how IAM words its refusals.

Follows the models of the official SDK and the IAM API reference. Tokens and temporary keys are in
``huawei_login.py``. There are no permissions: whoever is known may call everything.
"""

from __future__ import annotations

import uuid
from typing import Any

from airflow_provider_cloudflows.sandbox import choices, world
from airflow_provider_cloudflows.sandbox.operations import Answer, BadParameter, Call, Operation, Parameter, Refusal
from airflow_provider_cloudflows.sandbox.refusals import PlainRefusal, refuse
from airflow_provider_cloudflows.sandbox.state import Store
from airflow_provider_cloudflows.sandbox.world import Account


def list_projects(call: Call) -> dict[str, Any]:
    """IAM GET /v3/projects: the projects of the account; ``page`` and ``per_page`` go together."""
    wanted = call.parameters
    if ("page" in wanted) != ("per_page" in wanted):
        raise invalid("page and per_page must be sent together.")
    filters = [name for name in ("name", "domain_id", "parent_id", "enabled", "is_domain") if name in wanted]
    found = [project for project in _projects(call) if all(project[name] == wanted[name] for name in filters)]
    size = wanted.get("per_page", max(len(found), 1))
    first = (wanted.get("page", 1) - 1) * size
    links = {"self": f"{call.base_url}/v3/projects", "previous": None, "next": None}
    return {"projects": found[first : first + size], "links": links}


def create_project(call: Call) -> Answer:
    """IAM POST /v3/projects: a project below that of a region, such as ``cn-north-4_team``; HTTP 201."""
    wanted = call.parameters["project"]
    parent = call.store.get("iam.project", wanted["parent_id"])
    if parent is None or wanted.get("domain_id", call.account.id) != call.account.id:
        raise refuse(PlainRefusal, choices.IAM_NO_SCOPE.value, "The parent project does not exist in the account.")
    if not wanted["name"].startswith(f"{parent['name']}_"):
        raise invalid(f"The name of the project must begin with {parent['name']}_.")
    if any(project["name"] == wanted["name"] for project in call.store.all("iam.project")):
        raise refuse(PlainRefusal, choices.IAM_PROJECT_TAKEN.value, "A project of this name exists.")
    project = {"id": uuid.uuid4().hex, "name": wanted["name"]}
    kept = project | {"parent_id": parent["id"], "description": wanted.get("description", "")}
    call.store.add("iam.project", project["id"], kept)
    return Answer({"project": _shown(call, kept)}, 201)


def list_regions(call: Call) -> dict[str, Any]:
    """IAM GET /v3/regions: the regions that the sandbox knows projects of, and one without a project."""
    names = (world.HUAWEI_REGION, world.HUAWEI_AMBIGUOUS_REGION, world.HUAWEI_REGION_WITHOUT_PROJECT)
    regions = [
        {
            "id": name,
            "type": "public",
            "description": "",
            "parent_region_id": None,
            "locales": {"zh-cn": name, "en-us": name},
            "links": {"self": f"{call.base_url}/v3/regions/{name}"},
        }
        for name in names
    ]
    return {"regions": regions, "links": {"self": f"{call.base_url}/v3/regions", "previous": None, "next": None}}


def list_auth_projects(call: Call) -> dict[str, Any]:
    """IAM GET /v3/auth/projects: the projects the caller can use."""
    return {"projects": _projects(call), "links": {"self": f"{call.base_url}/v3/auth/projects"}}


def list_auth_domains(call: Call) -> dict[str, Any]:
    """IAM GET /v3/auth/domains: the account of the caller."""
    found = domain(call.account) | {
        "enabled": True,
        "description": "",
        "links": {"self": f"{call.base_url}/v3/domains/{call.account.id}"},
    }
    return {"domains": [found], "links": {"self": f"{call.base_url}/v3/auth/domains"}}


def domain(account: Account) -> dict[str, Any]:
    """The account, as it stands in many answers."""
    return {"id": account.id, "name": account.name}


def invalid(message: str) -> Refusal:
    """A body or parameter that is not right."""
    return refuse(PlainRefusal, choices.IAM_INVALID.value, message)


def refuse_parameter(operation: Operation, bad: BadParameter) -> Refusal:
    """How this room words a bad parameter."""
    return invalid(str(bad))


def refuse_token(operation: Operation, *, expired: bool) -> Refusal:
    """How a token that is not valid is refused here."""
    return bad_token(expired=expired)


def bad_token(*, expired: bool) -> Refusal:
    """An IAM token that is not good, wherever it was sent."""
    if expired:
        return PlainRefusal(401, "IAM.0066", "The token has expired.")
    return PlainRefusal(401, "IAM.0067", "The token is invalid.")


def seed(store: Store) -> None:
    """The projects; one region has two of them, and the second account has one of its own."""
    first, other = world.HUAWEI_ACCOUNT, world.OTHER_HUAWEI_ACCOUNT
    for account, project_id, name in (
        (first, world.HUAWEI_PROJECT_ID, world.HUAWEI_REGION),
        *((first, project_id, world.HUAWEI_AMBIGUOUS_REGION) for project_id in world.HUAWEI_AMBIGUOUS_PROJECT_IDS),
        (other, world.OTHER_HUAWEI_PROJECT_ID, world.HUAWEI_REGION),
    ):
        store.of(account.id).add("iam.project", project_id, {"id": project_id, "name": name})


def _projects(call: Call) -> list[dict[str, Any]]:
    return [_shown(call, project) for project in call.store.all("iam.project")]


def _shown(call: Call, project: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": project["id"],
        "name": project["name"],
        "domain_id": call.account.id,
        "parent_id": project.get("parent_id", call.account.id),
        "enabled": True,
        "is_domain": False,
        "description": project.get("description", ""),
        "links": {"self": f"{call.base_url}/v3/projects/{project['id']}"},
    }


_NEW_PROJECT = Parameter(
    "project",
    "body",
    "object",
    required=True,
    fields=(
        Parameter("name", "body", required=True, length=(1, 64), pattern=r"[A-Za-z0-9_-]+"),
        Parameter("parent_id", "body", required=True),
        Parameter("domain_id", "body"),
        Parameter("description", "body", length=(0, 255)),
    ),
)

OPERATIONS = (
    Operation("IAM", "CreateProject", "POST", "/v3/projects", create_project, (_NEW_PROJECT,)),
    Operation("IAM", "ListRegions", "GET", "/v3/regions", list_regions),
    Operation(
        "IAM",
        "ListProjects",
        "GET",
        "/v3/projects",
        list_projects,
        (
            Parameter("name", "query"),
            Parameter("domain_id", "query"),
            Parameter("parent_id", "query"),
            Parameter("enabled", "query", "boolean"),
            Parameter("is_domain", "query", "boolean"),
            Parameter("page", "query", "int32", minimum=1),
            Parameter("per_page", "query", "int32", minimum=1, maximum=5000),
        ),
    ),
    Operation("IAM", "ListAuthProjects", "GET", "/v3/auth/projects", list_auth_projects),
    Operation("IAM", "ListAuthDomains", "GET", "/v3/auth/domains", list_auth_domains),
)
