"""What an answer means: the success rules of every family, the shapes of errors, and what is kept of a result."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import to_json

from airflow_provider_cloudflows.calls.any_operation import AlibabaRequest, HuaweiRequest
from airflow_provider_cloudflows.calls.call import Call
from airflow_provider_cloudflows.errors import (
    AuthenticationFailed,
    ClockSkewed,
    CloudError,
    InvalidRequest,
    NoAnswer,
    NotFound,
    OutcomeUnknown,
    PermissionDenied,
    QuotaExceeded,
    ServerError,
    Throttled,
)
from airflow_provider_cloudflows.services import iam, sts
from airflow_provider_cloudflows.services.bpstudio import task as bpstudio_task
from airflow_provider_cloudflows.services.bpstudio.create_task import CreateTask
from airflow_provider_cloudflows.services.dataworks import (
    business,
    data_service_group,
    workflow_instance,
)
from airflow_provider_cloudflows.services.dataworks import project as dataworks_project
from airflow_provider_cloudflows.services.dataworks.create_business import CreateBusiness
from airflow_provider_cloudflows.services.dataworks.create_data_service_group import CreateDataServiceGroup
from airflow_provider_cloudflows.services.fabric import workspace as fabric_workspace
from airflow_provider_cloudflows.services.fabric.create_workspace import CreateWorkspace
from airflow_provider_cloudflows.services.secmaster import data_class
from airflow_provider_cloudflows.services.secmaster import workflow as secmaster_workflow
from airflow_provider_cloudflows.services.secmaster import workspace as secmaster_workspace
from airflow_provider_cloudflows.services.secmaster.create_workflow import CreateWorkflow
from airflow_provider_cloudflows.transport.effect import Effect
from airflow_provider_cloudflows.transport.message import Reply
from tests.auth.material import HUAWEI_CAPTURES
from tests.services.clients import make, reply

CREATE_BUSINESS = CreateBusiness(project_id=1, business_name="x")
CREATE_GROUP = CreateDataServiceGroup(project_id=1, api_gateway_group_id="g", group_name="n", description="d")
CREATE_TASK = CreateTask(process_id="p", task_name="t", app_id="a")
CREATE_WORKFLOW = CreateWorkflow(workspace_id="w", name="n", aop_type="NORMAL", dataclass_id="d")
CREATE_WORKSPACE = CreateWorkspace(name="team-ws")
GET_BUSINESS = business.GetBusiness(project_id=1, business_id=2)
SHOW_WORKFLOW = secmaster_workflow.ShowWorkflow(workspace_id="w", workflow_id="f")
LOGIN = make(iam.CreateToken, user_name="u", password="hunter22", domain_name="d")
ID_TOKEN = make(iam.CreateTokenWithIdToken, idp_id="idp", id_token="hunter22")
KEYS_OF_AGENCY = iam.CreateTemporaryAccessKeyByAgency(agency_name="a", domain_name="d")
KEYS_FOR_TOKEN = make(iam.CreateTemporaryAccessKeyByToken, token="hunter22")
AGENCY = make(sts.AssumeAgency, agency_urn="u", agency_session_name="s2")
OIDC_AGENCY = make(
    sts.AssumeAgencyWithOidc, agency_urn="u", agency_session_name="s2", provider_urn="p", id_token="hunter22"
)
ROLE = make(sts.AssumeRole, role_arn="r", role_session_name="s2")
OIDC_ROLE = make(
    sts.AssumeRoleWithOidc, role_arn="r", role_session_name="s2", oidc_provider_arn="p", oidc_token="hunter22"
)
GIVING_KEYS: list[Call[Any]] = [KEYS_OF_AGENCY, KEYS_FOR_TOKEN, AGENCY, OIDC_AGENCY, ROLE, OIDC_ROLE]
GENERIC: list[Call[Any]] = [
    AlibabaRequest(product="ecs", version="2014-05-26", action="RunInstances"),
    AlibabaRequest(product="ecs", version="2014-05-26", action="DescribeRegions", effect=Effect.READ),
    HuaweiRequest(service="ecs", method="POST", path="/v1/servers"),
    HuaweiRequest(service="ecs", method="GET", path="/v1/servers"),
]
CREATES: list[Call[Any]] = [CREATE_BUSINESS, CREATE_GROUP, CREATE_TASK, CREATE_WORKFLOW, CREATE_WORKSPACE]
ALL: list[Call[Any]] = [
    *CREATES,
    GET_BUSINESS,
    business.ListBusiness(project_id=1),
    data_service_group.GetDataServiceGroup(project_id=1, group_id="ds_1"),
    data_service_group.ListDataServiceGroups(project_id=1),
    dataworks_project.ListProjects(),
    bpstudio_task.GetTask(task_id=1),
    SHOW_WORKFLOW,
    secmaster_workflow.ListWorkflows(workspace_id="w"),
    data_class.ListDataClasses(workspace_id="w"),
    secmaster_workspace.ListWorkspaces(),
    secmaster_workspace.ShowWorkspace(workspace_id="w"),
    fabric_workspace.ListWorkspaces(),
    LOGIN,
    ID_TOKEN,
    *GIVING_KEYS,
    iam.ListProjects(),
    iam.ListAuthProjects(),
    iam.ListAuthDomains(),
    sts.GetAlibabaCallerIdentity(),
    sts.GetHuaweiCallerIdentity(),
    *GENERIC,
]


def names(value: Any) -> str | None:
    return f"{value.title} {value.effect.value}" if isinstance(value, Call) else None


def said(document: Any, status: int = 200, **headers: str) -> Reply:
    return reply(json.dumps(document).encode(), status, **headers)


def error_of(request: Call[Any], answer: Reply) -> CloudError:
    with pytest.raises(CloudError) as caught:
        request.read(answer)
    return caught.value


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        (CREATE_BUSINESS, {"BusinessId": True}),
        (CREATE_TASK, {"Data": True}),
        (GET_BUSINESS, {"Success": True, "Data": {"BusinessId": True, "BusinessName": "x"}}),
        (
            workflow_instance.GetCreateWorkflowInstancesResult(operation_id="o"),
            {"Result": {"Status": "Created", "WorkflowInstanceIds": [True]}},
        ),
    ],
    ids=["create", "create of a task", "read", "list"],
)
def test_a_flag_is_no_id(request_: Call[Any], answer: dict[str, Any]) -> None:
    """To Python it is 1, the id of the first of all things."""
    failure = error_of(request_, said(answer))
    assert isinstance(failure, OutcomeUnknown if request_.effect is Effect.CREATE else NoAnswer)


def test_success_with_an_error_code_beside_it_is_success() -> None:
    document = {
        "Success": True,
        "ErrorCode": "1031203110005",
        "ErrorMessage": "The parameters are invalid.",
        "HttpStatusCode": 200,
        "BusinessId": 100001,
        "RequestId": "0bc1ec92159376****",
    }
    result = CREATE_BUSINESS.read(said(document))
    assert (result.business_id, result.request_id) == (100001, "0bc1ec92159376****")
    assert result.document() == document


@pytest.mark.parametrize(
    ("status", "kind", "http"),
    [
        (400, InvalidRequest, 400),
        ("400", InvalidRequest, 400),
        (403, PermissionDenied, 403),
        (500, ServerError, 500),
        ("500", ServerError, 500),
        (None, InvalidRequest, 200),
        (200, InvalidRequest, 200),
        ("²00", InvalidRequest, 200),
    ],
)
def test_a_false_flag_is_a_refusal_of_the_status_in_the_body(status: Any, kind: type[CloudError], http: int) -> None:
    document = {"Success": False, "ErrorCode": "1", "ErrorMessage": "no", "HttpStatusCode": status, "RequestId": "r"}
    error = error_of(GET_BUSINESS, said(document))
    assert type(error) is kind
    assert (error.status, error.code, error.message, error.request_id) == (http, "1", "no", "r")
    create = error_of(CREATE_BUSINESS, said(document))
    assert isinstance(create, OutcomeUnknown), "no table lists the code, and HTTP says success"
    assert create.refused_as is (None if kind is ServerError else kind)


def test_a_false_flag_without_a_reason_is_still_no_success() -> None:
    error = error_of(CREATE_BUSINESS, said({"Success": False}))
    assert "the service reports no success and no reason" in str(error)


def test_an_operation_without_a_flag_succeeds_by_its_status() -> None:
    assert CREATE_GROUP.read(said({"GroupId": "ds_12345", "RequestId": "r"})).group_id == "ds_12345"


@pytest.mark.parametrize("code", [200, "200"])
def test_bpstudio_says_200_as_text_or_number(code: Any) -> None:
    assert CREATE_TASK.read(said({"Code": code, "Data": 1994, "Message": "Success"})).data == 1994


@pytest.mark.parametrize(
    ("code", "kind", "http"),
    [
        (1001, InvalidRequest, 200),
        ("2001", PermissionDenied, 200),
        ("2002", AuthenticationFailed, 200),
        ("404", OutcomeUnknown, 404),
        (500, OutcomeUnknown, 500),
        ("5²0", OutcomeUnknown, 200),
        ("Success", OutcomeUnknown, 200),
    ],
)
def test_any_other_code_of_bpstudio_is_no_success(code: Any, kind: type[CloudError], http: int) -> None:
    error = error_of(CREATE_TASK, said({"Code": code, "Message": "no", "RequestId": "r"}))
    assert type(error) is kind
    assert (error.status, error.code, error.request_id) == (http, str(code), "r")


@pytest.mark.parametrize(
    "document",
    [
        {"code": "SecMaster.20030001", "message": "no", "success": False, "request_id": "x"},
        {"code": "00000000", "message": "no", "success": False},
        {"code": "SecMaster.20030001", "message": "no", "success": True, "data": {"id": "f"}},
    ],
)
def test_an_envelope_has_to_say_success_twice(document: Any) -> None:
    error = error_of(SHOW_WORKFLOW, said(document))
    assert type(error) is InvalidRequest
    assert error.code == document["code"]


def test_an_envelope_that_reports_a_failing_service_leaves_a_create_unknown() -> None:
    document = {"code": "SecMaster.20039999", "message": "internal", "success": False}
    assert type(error_of(CREATE_WORKFLOW, said(document))) is OutcomeUnknown
    assert type(error_of(SHOW_WORKFLOW, said(document))) is ServerError


@pytest.mark.parametrize(
    ("capture", "kind", "code", "request_id"),
    [
        ("apigw_429", Throttled, "APIGW.0308", "req-0000000000000009"),
        ("fabric_400", InvalidRequest, "common.01000001", None),
        ("fabric_401", AuthenticationFailed, "APIG.1002", None),
        ("fabric_403_iam_shape", PermissionDenied, "403", None),
        ("nested_error_only", PermissionDenied, "403", None),
        ("secmaster_400_code_message", NotFound, "SecMaster.20040611", None),
        ("secmaster_400_error_code", InvalidRequest, "SecMaster.20040402", None),
        ("secmaster_200_success_false", InvalidRequest, "SecMaster.20030001", "x"),
        ("html_502", NoAnswer, None, None),
    ],
)
def test_the_error_shapes_of_huawei(
    capture: str, kind: type[CloudError], code: str | None, request_id: str | None
) -> None:
    data = HUAWEI_CAPTURES[f"errors.{capture}"]
    answer = data["stub_response"][0]
    content = answer["body"] if isinstance(answer["body"], str) else json.dumps(answer["body"])
    request = SHOW_WORKFLOW if data["service"] == "secmaster" else CREATE_WORKSPACE
    error = error_of(request, reply(content.encode(), answer["status"]))
    assert type(error) is kind
    assert (error.status, error.code, error.request_id) == (answer["status"], code, request_id)


@pytest.mark.parametrize("request_", [CREATE_WORKSPACE, fabric_workspace.ListWorkspaces()])
@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("X-Auth-Token is invalid in the request", AuthenticationFailed),
        ("x-auth-token is expired", AuthenticationFailed),
        ("You have no right to create a workspace", PermissionDenied),
        ("The X-Auth-Token is valid, and its owner may not do this", PermissionDenied),
        ("", PermissionDenied),
    ],
)
def test_a_token_that_fabric_does_not_take(request_: Call[Any], message: str, kind: type[CloudError]) -> None:
    nested = {"code": "403", "message": message, "title": "Forbidden"}
    document = {"error": nested, "error_code": 403, "error_msg": message, "title": "Forbidden"}
    error = error_of(request_, reply(json.dumps(document).encode(), 403, x_request_id="r"))
    assert type(error) is kind
    assert (error.status, error.code, error.request_id) == (403, "403", "r")
    assert (error.message, error.operation) == (message, request_.title)


def test_that_message_means_a_token_only_as_a_403() -> None:
    document = {"error_code": "common.01000001", "error_msg": "X-Auth-Token is invalid in the request"}
    assert type(error_of(CREATE_WORKSPACE, said(document, 400))) is InvalidRequest


@pytest.mark.parametrize("request_", GIVING_KEYS, ids=names)
def test_half_an_answer_with_keys_shows_nothing_of_it(request_: Call[Any]) -> None:
    half = b'{"credential": {"secret": "hunter22", "credentials": {"AccessKeySecret": "hunter22'
    assert error_of(request_, reply(half, 200)).message == "the answer is not JSON"
    assert "<html>" in error_of(request_, reply(b"<html>", 502)).message


def test_a_hint_of_the_vendor_is_part_of_the_message() -> None:
    error = error_of(
        CREATE_WORKSPACE, said({"error_code": "c", "error_msg": "bad name", "solution_msg": "shorten"}, 400)
    )
    assert error.message == "bad name (shorten)"


def test_a_throttled_answer_names_its_wait() -> None:
    answer = HUAWEI_CAPTURES["errors.apigw_429"]["stub_response"][0]["body"]
    error = error_of(CREATE_WORKSPACE, said(answer, 429))
    assert isinstance(error, Throttled)
    assert error.wait == 60


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "Throttling.User", Throttled),
        (403, "Forbidden.Access", PermissionDenied),
        (404, "InvalidAccessKeyId.NotFound", AuthenticationFailed),
        (400, "SignatureDoesNotMatch", AuthenticationFailed),
        (400, "InvalidTimeStamp.Expired", ClockSkewed),
        (400, "IllegalTimestamp", ClockSkewed),
        (403, "Forbidden.AccessKeyDisabled", AuthenticationFailed),
        (404, "Forbidden.InstanceNotFound", NotFound),
        (400, "InsufficientBalance", PermissionDenied),
        (403, "UnsupportedHTTPMethod", InvalidRequest),
        (400, "QuotaExceeded.Eip", QuotaExceeded),
        (400, "SignatureNonceUsed", OutcomeUnknown),
        (404, "InvalidAction.NotFound", InvalidRequest),
        (503, "ServiceUnavailable", OutcomeUnknown),
        (400, "MissingProjectId", InvalidRequest),
    ],
)
def test_the_gateway_of_alibaba(status: int, code: str, kind: type[CloudError]) -> None:
    error = error_of(CREATE_BUSINESS, said({"Code": code, "Message": "no", "RequestId": "r", "HostId": "h"}, status))
    assert type(error) is kind
    assert (error.status, error.code, error.request_id) == (status, code, "r")


def test_a_denied_action_is_named() -> None:
    document = {
        "Code": "Forbidden.Access",
        "Message": "no",
        "AccessDeniedDetail": {"AuthAction": "dataworks:CreateBusiness", "NoPermissionType": "ImplicitDeny"},
    }
    error = error_of(CREATE_BUSINESS, said(document, 403))
    assert error.message == "no (action dataworks:CreateBusiness, ImplicitDeny)"


@pytest.mark.parametrize("request_", ALL, ids=names)
@pytest.mark.parametrize(
    ("body", "status", "found"),
    [
        (b"", 200, "the answer is empty"),
        (b" \n", 502, "the answer is empty"),
        (b"<html>bad gateway</html>", 502, "the answer is not JSON but '<html>bad gateway</html>'"),
        (b'{"BusinessId": 1', 200, "the answer is not JSON"),
        (b"\xff\xfe\xfa", 200, "the answer is not JSON"),
        (b"[1]", 200, "the answer is a JSON list, not an object"),
        (b"null", 200, "the answer is a JSON NoneType, not an object"),
        (b'"ok"', 200, "the answer is a JSON str, not an object"),
        (b"[" * 100_000, 200, "the answer is nested too deeply"),
        (b"{}", 302, "the answer is JSON, but no error document of the service"),
        (b"{}", 503, "the answer is JSON, but no error document of the service"),
    ],
)
def test_what_is_no_answer_of_the_service_is_unreadable(
    request_: Call[Any], body: bytes, status: int, found: str
) -> None:
    if isinstance(request_, HuaweiRequest) and (body, status) == (b"", 200):
        assert request_.read(reply(body, status)).document() == {}  # many deletes answer nothing
        return
    if isinstance(request_, HuaweiRequest | AlibabaRequest) and body == b"[1]":
        assert request_.read(reply(body, status)).document() == {"items": [1]}
        return
    error = error_of(request_, reply(body, status, x_request_id="r-1"))
    assert type(error) is (OutcomeUnknown if request_.effect is Effect.CREATE else NoAnswer)
    assert error.message.startswith(found)
    assert (error.status, error.request_id) == (status, "r-1")


@pytest.mark.parametrize("request_", GENERIC, ids=names)
def test_a_list_is_an_answer_of_a_generic_request_and_no_error_document(request_: Call[Any]) -> None:
    answer = request_.read(reply(b'[{"id": 1}, {"id": 2}]', 200, x_request_id="r-1"))
    assert answer.document() == {"items": [{"id": 1}, {"id": 2}]}
    assert (answer.items, answer.request_id) == ([{"id": 1}, {"id": 2}], "r-1")
    assert request_.read(reply(b"[]", 200)).document() == {"items": []}
    assert type(error_of(request_, reply(b"[]", 502))) is (
        OutcomeUnknown if request_.effect is Effect.CREATE else NoAnswer
    )


@pytest.mark.parametrize("request_", CREATES, ids=names)
def test_a_create_without_an_id_is_unknown(request_: Call[Any]) -> None:
    document = {"Success": True, "Code": "200", "code": "00000000", "success": True, "RequestId": "r-1"}
    error = error_of(request_, said(document))
    assert type(error) is OutcomeUnknown
    assert error.message.startswith("the answer lacks a valid ")
    assert error.request_id == "r-1"


def test_unknown_fields_are_kept_at_every_level() -> None:
    document = {
        "Success": True,
        "NewFlag": [1, {"a": None}],
        "Data": {"BusinessId": 1, "BusinessName": "x", "NewField": {"DeepName": 2}},
    }
    assert GET_BUSINESS.read(said(document)).document() == document
    workflow = {"code": "00000000", "success": True, "data": {"id": "f", "owner_id": "me"}, "new": 1}
    assert CREATE_WORKFLOW.read(said(workflow)).document() == workflow


def test_a_document_is_plain_json_without_what_did_not_come() -> None:
    result = CREATE_WORKSPACE.read(said({"id": "w", "name": "team-ws"}, x_request_id="r-1"))
    assert result.document() == {"id": "w", "name": "team-ws"}
    assert result.request_id == "r-1"


@pytest.mark.parametrize(
    ("request_", "headers"),
    [
        (AlibabaRequest(product="ecs", version="1", action="A"), {"x_acs_request_id": "r-1"}),
        (HuaweiRequest(service="ecs", method="GET", path="/v1"), {"x_request_id": "r-1"}),
    ],
    ids=names,
)
def test_every_result_carries_the_request_id(request_: Call[Any], headers: dict[str, str]) -> None:
    assert request_.read(said({}, 200, **headers)).request_id == "r-1"
    assert request_.read(said({"RequestId": "r-2"}, 200, **headers)).request_id == "r-2"


def test_the_type_traps() -> None:
    business = {"BusinessId": "100001", "BusinessName": "x", "ProjectId": "10000", "Owner": 17}
    data = GET_BUSINESS.read(said({"Success": True, "Data": business})).data
    assert (data.business_id, data.project_id, data.owner) == (100001, 10000, "17")
    task = {"Id": 1, "Status": "FINISH ", "InstanceIds": "[]"}
    assert bpstudio_task.GetTask(task_id=1).read(said({"Code": "200", "Data": task})).data.status == "FINISH"
    group = {"GroupId": "ds_1", "GroupName": "n", "CreatorId": 12}
    get_group = data_service_group.GetDataServiceGroup(project_id=1, group_id="ds_1")
    assert get_group.read(said({"Group": group})).group.creator_id == "12"
    workspace = CREATE_WORKSPACE.read(said({"id": "w", "enterprise_project_id": 0}))
    assert workspace.enterprise_project_id == "0"


def test_a_tag_that_breaks_the_rules_for_new_ones_can_be_read() -> None:
    page = {"total": 1, "workspaces": [{"id": "w", "tags": [{"key": "成本/中心", "value": "x" * 300}]}]}
    assert fabric_workspace.ListWorkspaces().read(said(page)).document() == page


def test_a_64_bit_id_keeps_every_digit() -> None:
    assert CREATE_BUSINESS.read(said({"Success": True, "BusinessId": 2**63 - 1})).business_id == 2**63 - 1


def test_half_a_character_does_not_break_what_is_kept() -> None:
    result = CREATE_WORKSPACE.read(reply(b'{"id": "w", "description": "\\ud83d", "new": "\\udca5"}'))
    assert result.description == "?"
    json.dumps(result.document(), ensure_ascii=False).encode()


def test_a_token_is_kept_and_never_shown() -> None:
    answer = said({"token": {"expires_at": "2030-01-01T00:00:00.000000Z"}}, 201, x_subject_token="MIIsecret")
    result = LOGIN.read(answer)
    assert result.subject_token.get_secret_value() == "MIIsecret"
    assert "MIIsecret" not in repr(result) + str(result) + json.dumps(result.document())


def test_a_token_is_not_shown_when_the_rest_of_the_answer_is_wrong() -> None:
    error = error_of(LOGIN, said({"token": {"expires_at": None}}, 201, x_subject_token="MIIsecret"))
    assert "MIIsecret" not in str(error) + repr(error)


def test_an_error_text_is_one_line_however_the_vendor_writes() -> None:
    document = {"Code": "a\nb", "Message": "first\r\nsecond", "RequestId": "r\n1"}
    error = error_of(CREATE_BUSINESS, said(document, 400))
    assert error.sentence() == (
        "DataWorks CreateBusiness was refused (HTTP 400, code a b, request id r 1): first second; "
        "correct the arguments."
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.sampled_from(
    [
        "Success",
        "Code",
        "Message",
        "ErrorCode",
        "ErrorMessage",
        "HttpStatusCode",
        "RequestId",
        "Data",
        "BusinessId",
        "GroupId",
        "Group",
        "AccessDeniedDetail",
        "GroupPagingResult",
        "PageResult",
        "code",
        "message",
        "success",
        "request_id",
        "data",
        "id",
        "error",
        "error_code",
        "error_msg",
        "solution_msg",
        "total",
        "count",
        "workspaces",
        "dataclass_details",
        "projects",
        "domains",
        "token",
        "account_id",
        "AccountId",
        "Arn",
        "principal_urn",
    ]
)
DOCUMENT = st.dictionaries(
    FIELDS, JSON | st.just({"id": "x"}) | st.sampled_from(["200", 200, "5²0", False]), max_size=6
)
BODY = st.binary(max_size=40) | JSON.map(to_json) | DOCUMENT.map(to_json)
HEADERS = st.dictionaries(
    st.sampled_from(["x-request-id", "x-acs-request-id", "retry-after", "x-acs-retry-after", "x-subject-token"]),
    st.text(st.characters(max_codepoint=255), max_size=12),
)
# These promise that a create had no effect; only a vendor's own words can tell that.
NO_EFFECT_BY_REFUSAL = (InvalidRequest, AuthenticationFailed, PermissionDenied, NotFound, Throttled)


@given(st.sampled_from(ALL), BODY, st.integers(100, 599), HEADERS)
def test_anything_ends_as_a_result_or_as_one_of_our_errors(
    request_: Call[Any], body: bytes, status: int, headers: dict[str, str]
) -> None:
    error: CloudError | None = None
    try:
        result = request_.read(Reply(status, headers, body))
    except CloudError as caught:
        error = caught
    if error is None:
        assert status < 300
        json.dumps(result.document()).encode()
        return
    assert error.sentence().startswith(request_.title)
    assert str(error).isprintable()
    assert error.status is not None
    if request_.effect is not Effect.CREATE:
        assert not isinstance(error, OutcomeUnknown)
        return
    assert not isinstance(error, (ServerError, NoAnswer))
    if isinstance(error, NO_EFFECT_BY_REFUSAL):
        assert isinstance(json.loads(body), dict)
        assert error.code
