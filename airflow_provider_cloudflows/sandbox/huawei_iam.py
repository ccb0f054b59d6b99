"""The Huawei IAM room: projects and accounts of the caller, and how IAM words its refusals.

Follows the models of the official SDK and the IAM API reference. Tokens and temporary keys are in
``huawei_login.py``. There are no permissions: whoever is known may call everything.
"""

from __future__ import annotations

from typing import Any

from airflow_provider_cloudflows.sandbox import choices, world
from airflow_provider_cloudflows.sandbox.operations import BadParameter, Call, Operation, Parameter, Refusal
from airflow_provider_cloudflows.sandbox.refusals import PlainRefusal, refuse


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


def list_auth_projects(call: Call) -> dict[str, Any]:
    """IAM GET /v3/auth/projects: the projects the caller can use."""
    return {"projects": _projects(call), "links": {"self": f"{call.base_url}/v3/auth/projects"}}


def list_auth_domains(call: Call) -> dict[str, Any]:
    """IAM GET /v3/auth/domains: the account of the caller."""
    found = domain() | {
        "enabled": True,
        "description": "",
        "links": {"self": f"{call.base_url}/v3/domains/{world.HUAWEI_DOMAIN_ID}"},
    }
    return {"domains": [found], "links": {"self": f"{call.base_url}/v3/auth/domains"}}


def check_domain(domain_id: str | None) -> None:
    """A signed X-Domain-Id must be the caller's account."""
    if domain_id not in (None, world.HUAWEI_DOMAIN_ID):
        message = f"The caller does not belong to the account {domain_id}."
        raise refuse(PlainRefusal, choices.IAM_FOREIGN_DOMAIN.value, message)


def domain() -> dict[str, Any]:
    """The account, as it stands in many answers."""
    return {"id": world.HUAWEI_DOMAIN_ID, "name": world.HUAWEI_DOMAIN_NAME}


def invalid(message: str) -> Refusal:
    """A body or parameter that is not right."""
    return refuse(PlainRefusal, choices.IAM_INVALID.value, message)


def refuse_parameter(operation: Operation, bad: BadParameter) -> Refusal:
    """How this room words a bad parameter."""
    return invalid(str(bad))


def refuse_token(*, expired: bool) -> Refusal:
    """How a token that is not valid is refused here."""
    if expired:
        return PlainRefusal(401, "IAM.0066", "The token has expired.")
    return PlainRefusal(401, "IAM.0067", "The token is invalid.")


def error_shape(operation: Operation) -> type[Refusal]:
    """All calls have the same."""
    return PlainRefusal


def _projects(call: Call) -> list[dict[str, Any]]:
    return [
        {
            "id": project["id"],
            "name": project["name"],
            "domain_id": world.HUAWEI_DOMAIN_ID,
            "parent_id": world.HUAWEI_DOMAIN_ID,
            "enabled": True,
            "is_domain": False,
            "description": "",
            "links": {"self": f"{call.base_url}/v3/projects/{project['id']}"},
        }
        for project in call.store.all("iam.project")
    ]


OPERATIONS = (
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
