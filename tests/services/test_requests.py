"""What a request accepts, refuses and sends: the documented constraints, unset parameters, coercions and paths."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from airflow_provider_cloudflows.calls.call import Call
from airflow_provider_cloudflows.services import iam, sts
from airflow_provider_cloudflows.services.bpstudio import task as bpstudio_task
from airflow_provider_cloudflows.services.bpstudio.create_task import CreateTask
from airflow_provider_cloudflows.services.dataworks import (
    business,
    data_service_group,
)
from airflow_provider_cloudflows.services.dataworks import project as dataworks_project
from airflow_provider_cloudflows.services.dataworks.create_business import CreateBusiness
from airflow_provider_cloudflows.services.dataworks.create_data_service_group import CreateDataServiceGroup
from airflow_provider_cloudflows.services.fabric import workspace as fabric_workspace
from airflow_provider_cloudflows.services.fabric.create_workspace import CreateWorkspace
from airflow_provider_cloudflows.services.secmaster import workflow as secmaster_workflow
from airflow_provider_cloudflows.services.secmaster.create_workflow import CreateWorkflow
from airflow_provider_cloudflows.transport.message import Message
from tests.services.clients import PROJECT, make

BUSINESS = {"project_id": 1, "business_name": "daily"}
GROUP = {"project_id": 1, "api_gateway_group_id": "g", "group_name": "n", "description": "d"}
TASK = {"process_id": "p", "task_name": "t", "app_id": "a"}
WORKFLOW = {"workspace_id": "w-1", "name": "n", "aop_type": "NORMAL", "dataclass_id": "d-1"}
FABRIC = {"name": "team-ws"}
TOKEN = {"user_name": "u", "password": "hunter22", "domain_name": "d"}
ID_TOKEN = {"idp_id": "idp", "id_token": "hunter22"}
AGENCY = {"agency_name": "etl", "domain_name": "acct"}

CREATES: dict[type[Any], dict[str, Any]] = {
    CreateBusiness: BUSINESS,
    CreateDataServiceGroup: GROUP,
    CreateTask: TASK,
    CreateWorkflow: WORKFLOW,
    CreateWorkspace: FABRIC,
}


def sent(request: Call[Any]) -> Message:
    return request.message("https://example.com", PROJECT)


def form(request: Call[Any]) -> dict[str, str]:
    return dict(parse_qsl(sent(request).body.decode(), keep_blank_values=True))


def body(request: Call[Any]) -> dict[str, Any]:
    document = json.loads(sent(request).body)
    assert isinstance(document, dict)
    return document


MISSING = "(?i)field required"
EMPTY = "must not be empty"


@pytest.mark.parametrize(
    ("request_type", "base", "changes", "rule"),
    [
        (CreateBusiness, BUSINESS, {"business_name": ""}, EMPTY),
        (CreateBusiness, BUSINESS, {"business_name": " \n"}, EMPTY),
        (CreateBusiness, BUSINESS, {"business_name": None}, "valid string"),
        (CreateBusiness, {"project_id": 1}, {}, MISSING),
        (CreateBusiness, BUSINESS, {"use_type": "normal"}, "'NORMAL' or 'MANUAL_BIZ'"),
        (
            CreateBusiness,
            BUSINESS,
            {"project_id": None},
            "exactly one of project_id and .*, not neither",
        ),
        (CreateBusiness, BUSINESS, {"project_id": ""}, "exactly one of project_id and .*, not neither"),
        (
            CreateBusiness,
            BUSINESS,
            {"project_identifier": "p"},
            "exactly one of project_id and .*, not both",
        ),
        (CreateBusiness, BUSINESS, {"project_id": -1}, "greater than or equal to 1"),
        (CreateBusiness, BUSINESS, {"project_id": 2**63}, "less than"),
        (CreateBusiness, BUSINESS, {"project_id": "ten"}, "valid integer"),
        (CreateBusiness, BUSINESS, {"bussiness_name": "typo"}, "(?i)extra inputs are not permitted"),
        (business.GetBusiness, {"project_id": 1}, {}, MISSING),
        (business.ListBusiness, {"project_id": 1}, {"page_size": 101}, "less than or equal to 100"),
        (business.ListBusiness, {"project_id": 1}, {"page_number": 0}, "greater than or equal to 1"),
        (data_service_group.ListDataServiceGroups, {"project_id": 1}, {"page_size": 51}, "less than or equal to 50"),
        (dataworks_project.ListProjects, {}, {"tags": [{"key": "a", "valeu": "b"}]}, "(?i)extra inputs"),
        (CreateDataServiceGroup, GROUP, {"group_name": " "}, EMPTY),
        (CreateDataServiceGroup, GROUP, {"description": ""}, EMPTY),
        (CreateDataServiceGroup, GROUP, {"api_gateway_group_id": ""}, EMPTY),
        (CreateDataServiceGroup, GROUP, {"project_id": None}, "valid integer"),
        (CreateTask, TASK, {"task_name": ""}, EMPTY),
        (CreateTask, TASK, {"app_id": ""}, EMPTY),
        (CreateTask, TASK, {"process_id": ""}, EMPTY),
        (CreateTask, TASK, {"variables": "a=b"}, "valid dictionary"),
        (bpstudio_task.GetTask, {}, {"task_id": 0}, "greater than or equal to 1"),
        (
            CreateWorkflow,
            WORKFLOW,
            {"aop_type": "OTHER"},
            "'NORMAL', 'SURVEY', 'HEMOSTASIS' or 'EASE'",
        ),
        (CreateWorkflow, WORKFLOW, {"labels": "HOST"}, "'IP', 'ACCOUNT' or 'DOMAIN'"),
        (CreateWorkflow, WORKFLOW, {"name": ""}, EMPTY),
        (CreateWorkflow, WORKFLOW, {"engine_type": ""}, EMPTY),
        (CreateWorkflow, WORKFLOW, {"workspace_id": "a/b"}, "1 to 64 letters, digits"),
        (CreateWorkflow, WORKFLOW, {"project_id": "../.."}, "1 to 64 letters, digits"),
        (CreateWorkflow, WORKFLOW, {"dataclass_id": ""}, "1 to 64 letters, digits"),
        (secmaster_workflow.ListWorkflows, {"workspace_id": "w"}, {"limit": 101}, "less than or equal to 100"),
        (secmaster_workflow.ListWorkflows, {"workspace_id": "w"}, {"offset": 10_001}, "less than or equal to 10000"),
        (secmaster_workflow.ListWorkflows, {"workspace_id": "w"}, {"sortby": "name"}, "'create_time' or 'update_time'"),
        (CreateWorkspace, FABRIC, {"name": "abc"}, "4 to 32 letters, digits and hyphens"),
        (CreateWorkspace, FABRIC, {"name": "a" * 33}, "4 to 32 letters, digits and hyphens"),
        (CreateWorkspace, FABRIC, {"name": "team_ws"}, "4 to 32 letters, digits and hyphens"),
        (CreateWorkspace, FABRIC, {"name": "team-ws\n"}, "4 to 32 letters, digits and hyphens"),
        (CreateWorkspace, FABRIC, {"name": "日报日报"}, "4 to 32 letters, digits and hyphens"),
        (CreateWorkspace, FABRIC, {"description": "x" * 256}, "at most 255 characters"),
        (CreateWorkspace, FABRIC, {"metastore_id": "x" * 31}, "32 to 36"),
        (CreateWorkspace, FABRIC, {"metastore_id": "x" * 37}, "32 to 36"),
        (CreateWorkspace, FABRIC, {"enterprise_project_id": ""}, "1 to 64"),
        (CreateWorkspace, FABRIC, {"enterprise_project_id": "x" * 65}, "1 to 64"),
        (CreateWorkspace, FABRIC, {"tags": [{"key": ""}]}, "a tag key has 1 to 128 characters"),
        (CreateWorkspace, FABRIC, {"tags": [{"key": "k" * 129}]}, "a tag key has 1 to 128 characters"),
        (
            CreateWorkspace,
            FABRIC,
            {"tags": [{"key": "a/b"}]},
            r"letters, digits, spaces, tabs and _ \. :",
        ),
        (CreateWorkspace, FABRIC, {"tags": {"k": "v" * 256}}, "a tag value has at most 255"),
        (CreateWorkspace, FABRIC, {"tags": [{"key": "a", "valeu": "b"}]}, "(?i)extra inputs"),
        (fabric_workspace.ListWorkspaces, {}, {"limit": 0}, "greater than or equal to 1"),
        (iam.CreateToken, TOKEN, {"user_name": ""}, EMPTY),
        (iam.CreateTokenWithIdToken, ID_TOKEN, {"idp_id": "a b"}, "printable ASCII without blanks"),
        (iam.CreateTokenWithIdToken, ID_TOKEN, {"idp_id": "a\r\nX-Evil: 1"}, "printable ASCII without blanks"),
        (iam.CreateTokenWithIdToken, ID_TOKEN, {"idp_id": ""}, "printable ASCII without blanks"),
        (iam.CreateTemporaryAccessKeyByAgency, AGENCY, {"agency_name": " "}, EMPTY),
        (iam.CreateTemporaryAccessKeyByAgency, AGENCY, {"domain_name": ""}, "exactly one of .*, not neither"),
        (iam.CreateTemporaryAccessKeyByAgency, AGENCY, {"domain_id": "d"}, "exactly one of .*, not both"),
        (iam.CreateTemporaryAccessKeyByAgency, AGENCY, {"duration_seconds": 899}, "greater than or equal to 900"),
        (iam.CreateTemporaryAccessKeyByAgency, AGENCY, {"session_user": "four"}, "must have 5 to 64 characters"),
        (iam.CreateTemporaryAccessKeyByAgency, AGENCY, {"policy": "{}"}, "valid dictionary"),
        (iam.CreateTemporaryAccessKeyByToken, {"token": "t"}, {"duration_seconds": 86401}, "less than or equal to 86"),
        (sts.GetAlibabaCallerIdentity, {}, {"x": 1}, "(?i)extra inputs"),
    ],
)
def test_a_broken_rule_is_named(
    request_type: type[Any], base: dict[str, Any], changes: dict[str, Any], rule: str
) -> None:
    with pytest.raises(ValidationError, match=rule):
        request_type(**{**base, **changes})
    if base and rule != MISSING:  # the base alone is fine: the change broke it
        request_type(**base)


@pytest.mark.parametrize(
    ("request_type", "base", "changes"),
    [
        (CreateBusiness, BUSINESS, {"business_name": "日报 A&B", "use_type": "MANUAL_BIZ"}),
        (CreateBusiness, BUSINESS, {"project_id": 2**63 - 1}),
        (CreateBusiness, BUSINESS, {"project_id": None, "project_identifier": "dw"}),
        (CreateBusiness, {"business_name": "x"}, {"ProjectId": 5}),
        (CreateWorkspace, FABRIC, {"name": "a" * 32, "description": "x" * 254 + "\n"}),
        (
            CreateWorkspace,
            FABRIC,
            {"name": "ab-1", "metastore_id": "x" * 32, "enterprise_project_id": "0"},
        ),
        (
            CreateWorkspace,
            FABRIC,
            {"tags": [{"key": "k" * 128, "value": "v" * 255}, {"key": " \t_.:\\=+-@"}]},
        ),
        (CreateWorkflow, WORKFLOW, {"engine_type": "dedicated_engine", "labels": "IP"}),
    ],
)
def test_the_edge_of_a_rule_is_allowed(request_type: type[Any], base: dict[str, Any], changes: dict[str, Any]) -> None:
    assert sent(request_type(**{**base, **changes})).body


@pytest.mark.parametrize(("request_type", "base"), CREATES.items())
def test_unset_and_none_stay_out_of_the_message(request_type: type[Any], base: dict[str, Any]) -> None:
    optional = {name for name, field in request_type.model_fields.items() if not field.is_required()}
    unset = dict.fromkeys(optional - base.keys() - {"engine_type", "api_version"})  # these have a default
    assert len(unset) >= 1
    assert sent(request_type(**base, **unset)) == sent(request_type(**base))
    assert b"null" not in sent(request_type(**base)).body
    assert b"None" not in sent(request_type(**base)).body


def test_a_tag_without_a_value_has_none_in_the_message() -> None:
    request = make(CreateWorkspace, name="team-ws", tags=[{"key": "a"}, {"key": "b", "value": ""}])
    assert body(request)["tags"] == [{"key": "a"}, {"key": "b", "value": ""}]


def test_tags_may_be_a_mapping() -> None:
    request = make(CreateWorkspace, name="team-ws", tags={"env": "prod", "bare": None})
    assert body(request)["tags"] == [{"key": "env", "value": "prod"}, {"key": "bare"}]


def test_a_number_for_a_text_and_a_text_for_a_number_are_taken() -> None:
    assert form(make(CreateBusiness, project_id="10000", business_name=7)) == {
        "ProjectId": "10000",
        "BusinessName": "7",
    }
    assert form(make(bpstudio_task.GetTask, task_id="1994")) == {"TaskId": "1994"}
    assert body(make(CreateWorkspace, name="team-ws", enterprise_project_id=0))["enterprise_project_id"] == "0"


@pytest.mark.parametrize(
    ("variables", "text"),
    [
        (None, None),
        ({}, "{}"),
        ({"${name}": '值 & "x"'}, '{"${name}":"值 & \\"x\\""}'),
        ({"n": 2, "f": 1.5, "b": True, "no": False}, '{"n":"2","f":"1.5","b":"true","no":"false"}'),
        ({"list": [1, "a"], "object": {"a": None}}, '{"list":"[1,\\"a\\"]","object":"{\\"a\\":null}"}'),
        ({"kept": "x", "unset": None}, '{"kept":"x"}'),
    ],
)
def test_variables_travel_as_text_in_one_field(variables: dict[str, Any] | None, text: str | None) -> None:
    assert form(make(CreateTask, **TASK, variables=variables)).get("Variables") == text


def test_booleans_are_lower_case() -> None:
    query = sent(secmaster_workflow.ListWorkflows(workspace_id="w", enabled=True)).query
    assert "enabled=true" in query.split("&")


def test_the_request_s_own_project_is_stronger_than_the_caller_s() -> None:
    message = sent(make(CreateWorkflow, **WORKFLOW, project_id="mine"))
    assert message.path == "/v1/mine/workspaces/w-1/soc/workflows"
    assert message.headers["X-Project-Id"] == "mine"
    assert "project_id" not in body(make(CreateWorkflow, **WORKFLOW, project_id="mine"))


@given(st.text(min_size=1))
def test_no_id_leaves_its_place_in_the_path(text: str) -> None:
    base = "/v1/p/workspaces/w/soc/workflows/"
    try:
        request = secmaster_workflow.ShowWorkflow(project_id="p", workspace_id="w", workflow_id=text)
    except ValidationError:
        return
    path = sent(request).path
    assert path.startswith(base)
    assert set(path.removeprefix(base)).isdisjoint("/.?#%& ")


@pytest.mark.parametrize("hostile", ["../x", "..", ".", "a/b", "a?b", "a#b", "a%2Fb", "a b", "a\nb", "日", ""])
def test_a_hostile_id_is_refused(hostile: str) -> None:
    for name in ("project_id", "workspace_id", "workflow_id"):
        ids = {"project_id": "p", "workspace_id": "w", "workflow_id": "f", name: hostile}
        with pytest.raises(ValidationError, match="an id has 1 to 64"):
            secmaster_workflow.ShowWorkflow(**ids)


TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip)
EDGE = st.characters(exclude_categories=["Cs", "Cc", "Cf", "Zs", "Zl", "Zp"])
NAME = st.builds("".join, st.tuples(EDGE, st.text(st.characters(exclude_categories=["Cs"])), EDGE))


@pytest.mark.parametrize(
    "name",
    [" orders", "orders ", "orders\n", "\torders", " ", "\x00orders", "orders\x01", "\u200borders", "orders\ufeff"],
)
@pytest.mark.parametrize(
    ("kind", "minimal", "field"),
    [
        (CreateBusiness, {"project_id": 1}, "business_name"),
        (CreateDataServiceGroup, GROUP, "group_name"),
        (CreateTask, TASK, "task_name"),
        (CreateWorkflow, WORKFLOW, "name"),
    ],
)
def test_a_name_with_white_space_around_it_is_refused(kind: Any, minimal: Any, field: str, name: str) -> None:
    """A service that trims it lists another name than was sent, so that no look would find what was made."""
    with pytest.raises(ValidationError, match="begin or end with white space"):
        make(kind, **{**minimal, field: name})


@given(NAME, TEXT, st.integers(1, 2**63 - 1))
def test_any_text_arrives_as_it_was(name: str, description: str, project_id: int) -> None:
    request = make(CreateBusiness, project_id=project_id, business_name=name, description=description)
    assert form(request) == {"ProjectId": str(project_id), "BusinessName": name, "Description": description}
    workflow = make(CreateWorkflow, **{**WORKFLOW, "name": name, "description": description})
    assert body(workflow)["name"] == name
    assert body(workflow)["description"] == description


def test_a_login_shows_its_password_nowhere() -> None:
    request = make(iam.CreateToken, **TOKEN)
    assert b"hunter22" in sent(request).body
    shown = repr(request) + str(request) + repr(request.model_dump()) + request.model_dump_json() + repr(sent(request))
    assert "hunter22" not in shown
    with pytest.raises(ValidationError) as caught:
        make(iam.CreateToken, user_name="u", password="hunter22")
    assert "hunter22" not in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (iam.CreateTokenWithIdToken, ID_TOKEN),
        (iam.CreateTemporaryAccessKeyByToken, {"token": "hunter22"}),
    ],
)
def test_a_request_shows_the_token_that_it_carries_nowhere(kind: type[Any], fields: dict[str, Any]) -> None:
    request = make(kind, **fields)
    assert b'"id":"hunter22"' in sent(request).body
    shown = repr(request) + str(request) + repr(request.model_dump()) + request.model_dump_json() + repr(sent(request))
    assert "hunter22" not in shown
    with pytest.raises(ValidationError) as caught:
        make(kind, **fields, typo="hunter22")
    assert "hunter22" not in str(caught.value)


def test_what_an_agency_is_asked_with() -> None:
    policy = {"Version": "1.1", "Statement": [{"Effect": "Allow", "Action": ["fabric:*:*"]}]}
    request = make(iam.CreateTemporaryAccessKeyByAgency, agency_name="etl", domain_id="d1", policy=policy)
    assert json.loads(sent(request).body) == {
        "auth": {
            "identity": {
                "methods": ["assume_role"],
                "assume_role": {"agency_name": "etl", "domain_id": "d1"},
                "policy": policy,
            }
        }
    }


@pytest.mark.parametrize(
    ("given_scope", "scope"),
    [
        ({}, {"domain": {"name": "d"}}),
        ({"project_name": "cn-north-4"}, {"project": {"name": "cn-north-4"}}),
        ({"project_name": "cn-north-4", "project_id": "p"}, {"project": {"id": "p"}}),
    ],
)
def test_the_scope_of_a_login(given_scope: dict[str, str], scope: dict[str, Any]) -> None:
    message = sent(make(iam.CreateToken, **TOKEN, **given_scope))
    assert json.loads(message.body)["auth"]["scope"] == scope
    assert message.query == "nocatalog=true"
    assert "X-Project-Id" not in message.headers
