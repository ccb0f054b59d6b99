"""What an operator does when its task runs: check once more, send, return the id, hand on the answer."""

from __future__ import annotations

import json
from typing import Any

import pytest
from airflow.sdk import DAG

from airflow_provider_cloudflows.errors import (
    AlreadyExists,
    AuthenticationFailed,
    CloudError,
    CloudflowsError,
    ConfigurationError,
    ConnectionFailed,
    InvalidParameter,
    InvalidRequest,
    NotFound,
    OutcomeUnknown,
    PermissionDenied,
    QuotaExceeded,
    Throttled,
)
from airflow_provider_cloudflows.operators.bpstudio.task import CreateBPStudioTaskOperator
from airflow_provider_cloudflows.operators.dataworks.business import CreateBusinessOperator
from airflow_provider_cloudflows.operators.fabric.workspace import CreateFabricWorkspaceOperator
from airflow_provider_cloudflows.operators.secmaster.workflow import CreateSecMasterWorkflowOperator
from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running
from tests.conftest import SetConnection
from tests.operators.material import OPERATORS, Kind, run
from tests.transport.servers import Answer, Seen, blackhole_port, http_script, serving

KINDS = pytest.mark.parametrize("kind", OPERATORS, ids=[kind.operator.__name__ for kind in OPERATORS])


@pytest.fixture(autouse=True)
def _connected(connections: Running) -> None:
    """All tests here start with the two default connections."""


def create_of(kind: Kind, sandbox: Running) -> Any:
    """What the only create was sent with."""
    operation = kind.operator.request_type().operation
    (entry,) = [entry for entry in sandbox.requests() if entry["operation"] == operation]
    return entry["parameters"]


@KINDS
def test_creates_with_every_argument_and_returns_the_id(kind: Kind, sandbox: Running) -> None:
    created, ti = run(kind.operator(task_id="make", **kind.required, **kind.optional))
    assert type(created) is kind.returns
    (thing,) = sandbox.state()[kind.state]
    assert thing[kind.id_in_state] == created
    assert json.loads(json.dumps(ti.pushed)) == ti.pushed


@KINDS
def test_creates_with_the_required_arguments_only(kind: Kind, sandbox: Running) -> None:
    created, _ = run(kind.operator(task_id="make", **kind.required))
    assert [one[kind.id_in_state] for one in sandbox.state()[kind.state]] == [created]
    sent = create_of(kind, sandbox)
    assert "None" not in json.dumps(sent)
    assert "null" not in json.dumps(sent)


@KINDS
def test_every_argument_may_be_a_template(kind: Kind, sandbox: Running) -> None:
    arguments = {**kind.required, **kind.optional}
    plain = {name: value for name, value in arguments.items() if not isinstance(value, dict)}
    templates = {name: f"{{{{ params.{name} }}}}" for name in plain}
    operator = kind.operator(task_id="make", **{**arguments, **templates})
    by_template, _ = run(operator, **plain)
    sent = create_of(kind, sandbox)
    sandbox.reset()
    by_literal, _ = run(kind.operator(task_id="make", **arguments))
    assert type(by_template) is type(by_literal)
    assert create_of(kind, sandbox) == sent


@KINDS
def test_response_is_the_resource_as_the_service_shows_it_and_the_answer_is_beside_it(kind: Kind) -> None:
    created, ti = run(kind.operator(task_id="make", **kind.required))
    item, answer = {
        "CreateBusinessOperator": (("BusinessId", "BusinessName"), ("RequestId", "BusinessId")),
        "CreateDataServiceGroupOperator": (("GroupId", "GroupName"), ("RequestId", "GroupId")),
        "CreateWorkflowDefinitionOperator": (("Id", "Name"), ("RequestId", "Id")),
        "CreateDataWorksNodeOperator": (("Id", "Name"), ("RequestId", "Id")),
        "CreateBPStudioTaskOperator": (("Id", "Name"), ("RequestId", "Data")),
        "CreateSecMasterWorkflowOperator": (("id", "name"), ("request_id", "data")),
        "CreateFabricWorkspaceOperator": (("id", "name"), ("id", "access_url")),
    }[kind.operator.__name__]
    assert ti.pushed["response"][item[0]] == created
    assert set(item) <= set(ti.pushed["response"])
    assert set(answer) <= set(ti.pushed["create_response"])


@KINDS
def test_console_address_is_pushed_for_the_link(kind: Kind) -> None:
    _, ti = run(kind.operator(task_id="make", **kind.required))
    studio = "https://ide2-cn-hangzhou.data.aliyun.com/?defaultProjectId=10000"
    expected = {
        "CreateBusinessOperator": studio,
        "CreateWorkflowDefinitionOperator": studio,
        "CreateDataWorksNodeOperator": studio,
        "CreateDataServiceGroupOperator": "https://ds-cn-hangzhou.data.aliyun.com/",
        "CreateBPStudioTaskOperator": "https://bpstudio.console.aliyun.com/bpStudio/topo?AppId=JXT3MLZJ56SANDBX",
        "CreateSecMasterWorkflowOperator": "https://console.huaweicloud.com/secmaster/",
        "CreateFabricWorkspaceOperator": "https://console.huaweicloud.com/fabric/",
    }[kind.operator.__name__]
    assert ti.pushed["console_url"] == expected


def test_business_owner_is_the_vendors_owner(sandbox: Running) -> None:
    run(CreateBusinessOperator(task_id="x", business_name="b", project_id=10000, business_owner="42", owner="airflow"))
    assert sandbox.state()["dataworks.business"][0]["Owner"] == "42"


def test_workspace_by_its_name_has_no_link(sandbox: Running) -> None:
    name = world.DATAWORKS_PROJECT_IDENTIFIER_TWO
    _, ti = run(CreateBusinessOperator(task_id="x", business_name="b", project_identifier=name))
    assert sandbox.state()["dataworks.business"][0]["ProjectId"] == world.DATAWORKS_PROJECT_ID_TWO
    assert ti.pushed["console_url"] == ""


@pytest.mark.parametrize(
    "tags",
    [
        {"team": "data", "cost-center": "4711"},
        [{"key": "team", "value": "data"}, {"key": "cost-center", "value": "4711"}],
    ],
)
def test_tags_as_mapping_and_as_list(sandbox: Running, tags: Any) -> None:
    run(CreateFabricWorkspaceOperator(task_id="x", name="lake", tags=tags))
    sent = sandbox.state()["fabric.workspace"][0]["tags"]
    assert sent == [{"key": "team", "value": "data"}, {"key": "cost-center", "value": "4711"}]


def test_tags_with_templates(sandbox: Running) -> None:
    as_list = [{"key": "{{ params.k }}", "value": "{{ params.v }}"}]
    run(CreateFabricWorkspaceOperator(task_id="x", name="lake", tags=as_list), k="a", v=1)
    run(CreateFabricWorkspaceOperator(task_id="x", name="lake-2", tags={"a": "{{ params.v }}"}), v=1)
    assert [one["tags"] for one in sandbox.state()["fabric.workspace"]] == [[{"key": "a", "value": "1"}]] * 2


def test_variables_travel_as_text(sandbox: Running) -> None:
    variables = {"${n}": 3, "${b}": True, "${l}": ["a", 1], "${o}": {"k": "v"}, "${t}": "{{ params.t }}", "${x}": None}
    run(
        CreateBPStudioTaskOperator(
            task_id="x",
            task_name="t",
            app_id=world.BPSTUDIO_APPLICATION_ID,
            process_id=world.BPSTUDIO_PROCESS_ID,
            variables=variables,
        ),
        t="é",
    )
    sent = sandbox.state()["bpstudio.task"][0]["Variables"]
    assert sent == {"${n}": "3", "${b}": "true", "${l}": '["a",1]', "${o}": '{"k":"v"}', "${t}": "é"}


def secmaster(**arguments: Any) -> CreateSecMasterWorkflowOperator:
    given = {"name": "w", "aop_type": "NORMAL", **arguments}
    return CreateSecMasterWorkflowOperator(task_id="make", **given)


def test_data_class_is_looked_up_in_the_workspace(sandbox: Running) -> None:
    run(secmaster(dataclass_name="Alert"))
    run(secmaster(dataclass_name="Alert", workspace_id=world.SECMASTER_WORKSPACE_ID_TWO))
    used = [(one["workspace_id"], one["dataclass_id"]) for one in sandbox.state()["secmaster.workflow"]]
    ids = world.SECMASTER_DATACLASS_IDS
    assert used == [(workspace, ids[workspace]["Alert"]) for workspace in ids]


def test_data_class_by_its_id_is_not_looked_up(sandbox: Running) -> None:
    run(secmaster(dataclass_id=world.SECMASTER_DATACLASS_IDS[world.SECMASTER_WORKSPACE_ID]["Incident"]))
    asked = [one["operation"] for one in sandbox.requests() if one["service"] == "SecMaster"]
    assert asked == ["ListWorkflows", "CreateWorkflow", "ShowWorkflow"]
    assert sandbox.state()["secmaster.workflow"][0]["dataclass_name"] == "Incident"


@pytest.mark.parametrize("name", ["Alarm", "alert", "Aler"])
def test_data_class_that_is_not_there(sandbox: Running, name: str) -> None:
    """The vendor's filter may be fuzzy, so a part of a name finds something; it is not the one."""
    with pytest.raises(NotFound) as caught:
        run(secmaster(dataclass_name=name))
    assert f"has no data classes named '{name}'" in str(caught.value)
    assert "check dataclass_name and workspace_id, or pass dataclass_id" in str(caught.value)
    assert "secmaster.workflow" not in sandbox.state()


def test_no_workspace_anywhere(sandbox: Running, set_connection: SetConnection) -> None:
    key = world.HUAWEI_KEY
    extra = {"region": world.HUAWEI_REGION, "endpoint": sandbox.url}
    set_connection("bare", conn_type="cloudflows_huawei", login=key.id, password=key.secret, extra=extra)
    with pytest.raises(InvalidParameter, match="pass workspace_id or set it in the connection"):
        run(secmaster(dataclass_name="Alert", huaweicloud_conn_id="bare"))
    assert sandbox.requests() == []


def test_project_of_the_argument_and_of_the_connection(sandbox: Running, set_connection: SetConnection) -> None:
    key, mine, other = world.HUAWEI_KEY, world.HUAWEI_PROJECT_ID, "f" * 32
    extra = {"region": world.HUAWEI_REGION, "endpoint": sandbox.url, "project_id": other}
    extra["workspace_id"] = world.SECMASTER_WORKSPACE_ID
    set_connection("other", conn_type="cloudflows_huawei", login=key.id, password=key.secret, extra=extra)
    run(secmaster(dataclass_name="Alert", project_id=mine, huaweicloud_conn_id="other"))
    assert all(f"/v1/{mine}/" in one["path"] for one in sandbox.requests())
    with pytest.raises(CloudError):
        run(secmaster(dataclass_name="Alert", huaweicloud_conn_id="other"))
    assert f"/v1/{other}/" in sandbox.requests()[-1]["path"]


def test_no_project_id_and_none_to_be_found(sandbox: Running) -> None:
    region = world.HUAWEI_REGION_WITHOUT_PROJECT
    with pytest.raises(ConfigurationError, match=r"IAM knows no project 'cn-north-9'; set Project ID in the conn"):
        run(secmaster(dataclass_name="Alert", region=region))
    with pytest.raises(ConfigurationError, match=r"IAM knows no project"):
        run(CreateFabricWorkspaceOperator(task_id="x", name="lake", region=region))
    assert "fabric.workspace" not in sandbox.state()


RENDERED: list[tuple[str, Any, str]] = [
    ("business_name", "", "business_name='': a name must not be empty"),
    ("business_name", "  ", "business_name=' ': a name must not be empty"),
    ("business_name", None, "business_name='None': its template rendered to nothing"),
    ("project_id", "", "exactly one of project_id and project_identifier must be given, not neither"),
    ("project_id", None, "project_id='None': its template rendered to nothing"),
    ("project_id", "ten", "project_id='ten': "),
    ("if_exists", "", "if_exists=''"),
    ("settle", "soon", "settle='soon': it is a number of seconds, 0 or more, or a timedelta"),
    ("use_type", "WEEKLY", "use_type='WEEKLY': "),
    ("region", None, "region='None': its template rendered to nothing"),
    ("alibabacloud_conn_id", None, "alibabacloud_conn_id='None': its template rendered to nothing"),
]


@pytest.mark.parametrize(("name", "value", "said"), RENDERED)
def test_template_that_renders_to_nothing_or_nonsense(sandbox: Running, name: str, value: Any, said: str) -> None:
    arguments: dict[str, Any] = {"business_name": "b", "project_id": 10000, name: "{{ params.x }}"}
    with pytest.raises(InvalidParameter) as caught:
        run(CreateBusinessOperator(task_id="make", **arguments), x=value)
    assert said in str(caught.value)
    assert "CreateBusinessOperator 'make'" in str(caught.value)
    assert sandbox.requests() == []


def test_dataclass_name_that_renders_to_nothing(sandbox: Running) -> None:
    for value, said in ((None, "dataclass_name='None'"), ("", "exactly one of dataclass_id and dataclass_name")):
        with pytest.raises(InvalidParameter, match=said):
            run(secmaster(dataclass_name="{{ params.x }}"), x=value)
    assert sandbox.requests() == []


def test_name_that_renders_to_what_the_api_refuses(sandbox: Running) -> None:
    operator = CreateFabricWorkspaceOperator(task_id="x", name="lake_{{ params.day }}", tags={"k": "{{ params.day }}"})
    with pytest.raises(InvalidParameter) as caught:
        run(operator, day="a/b")
    assert "name='lake_a/b': a name has 4 to 32 letters" in str(caught.value)
    assert "tags[0].value='a/b': a tag value has" in str(caught.value)
    assert sandbox.requests() == []


def test_native_templates_that_render_to_none(sandbox: Running) -> None:
    with DAG("native", schedule=None, render_template_as_native_obj=True):
        operator = CreateBusinessOperator(task_id="x", business_name="{{ params.x }}", project_id="{{ params.p }}")
    with pytest.raises(InvalidParameter, match="business_name=None: its template rendered to nothing"):
        run(operator, x=None, p=10000)
    assert sandbox.requests() == []


def test_native_templates_keep_their_types(sandbox: Running) -> None:
    with DAG("native", schedule=None, render_template_as_native_obj=True):
        operator = CreateBusinessOperator(task_id="x", business_name="{{ params.x }}", project_id="{{ params.p }}")
    run(operator, x=20260101, p=10000)
    assert sandbox.state()["dataworks.business"][0]["BusinessName"] == "20260101"


def test_missing_connection(sandbox: Running) -> None:
    with pytest.raises(ConfigurationError, match="'no_such_id' does not exist"):
        run(CreateBusinessOperator(task_id="x", business_name="b", project_id=1, alibabacloud_conn_id="no_such_id"))


def test_wrong_key(sandbox: Running, set_connection: SetConnection) -> None:
    extra = {"region": "cn-hangzhou", "endpoint": sandbox.url}
    login, password = world.ALIBABA_KEY.id, "NotTheSecret0001"
    set_connection("alibabacloud_default", conn_type="cloudflows_alibaba", login=login, password=password, extra=extra)
    with pytest.raises(AuthenticationFailed) as caught:
        run(CreateBusinessOperator(task_id="x", business_name="b", project_id=10000))
    assert caught.value.sentence().startswith("DataWorks ListBusiness was not authenticated (HTTP 400, code Signature")
    assert "check the access key, its secret and its session token in the connection" in str(caught.value)
    assert "dataworks.business" not in sandbox.state()


def test_name_that_is_taken(sandbox: Running) -> None:
    operator = CreateFabricWorkspaceOperator(task_id="x", name="lake", if_exists="fail")
    run(operator)
    with pytest.raises(AlreadyExists, match="choose another name or use the existing resource"):
        run(operator)


def test_wrong_region_or_endpoint(set_connection: SetConnection) -> None:
    key = world.ALIBABA_KEY
    with blackhole_port() as port:
        extra = {"region": "cn-hangzhou", "endpoint": f"http://127.0.0.1:{port}"}
        set_connection("far", conn_type="cloudflows_alibaba", login=key.id, password=key.secret, extra=extra)
        with pytest.raises(ConnectionFailed, match="check the region, the endpoint, the proxy and the network"):
            run(CreateBusinessOperator(task_id="x", business_name="b", project_id=1, alibabacloud_conn_id="far"))


Failure = tuple[int, Any, dict[str, str], type[CloudError], str]
ALIBABA_FAILURES: list[Failure] = [
    (
        200,
        {"Success": False, "ErrorCode": "1101089999", "ErrorMessage": "no such owner", "RequestId": "R1"},
        {},
        InvalidRequest,
        "DataWorks CreateBusiness was refused (HTTP 200, code 1101089999, request id R1): no such owner; correct",
    ),
    (200, b"<html><h1>Portal</h1></html>", {}, OutcomeUnknown, "the answer is not JSON but '<html><h1>Portal</h1>"),
    (200, b"", {}, OutcomeUnknown, "the answer is empty; look in the console whether the resource exists"),
    (200, [1], {}, OutcomeUnknown, "the answer is a JSON list, not an object"),
    (200, {"Success": True}, {}, OutcomeUnknown, "the answer lacks a valid business_id"),
    (200, b'{"BusinessId": 12', {}, OutcomeUnknown, "the answer is not JSON"),
    (200, b"\xff\xfe", {}, OutcomeUnknown, "the answer is not JSON"),
    (502, b"<html>Bad Gateway</html>", {}, OutcomeUnknown, "(HTTP 502): the answer is not JSON"),
    (403, {"Code": "NoPermission", "Message": "RAM", "RequestId": "R2"}, {}, PermissionDenied, "was denied (HTTP 403"),
    (404, {"Code": "InvalidProject.NotFound", "Message": "m"}, {}, NotFound, "did not find what it refers to"),
    (400, {"Code": "Throttling.User", "Message": "m"}, {"Retry-After": "7"}, Throttled, "try again in 7 seconds"),
    (400, {"Code": "Throttling.Api.Risk", "Message": "m"}, {}, QuotaExceeded, "exceeded a quota"),
    (503, {"Code": "ServiceUnavailable", "Message": "m"}, {}, OutcomeUnknown, "has an unknown outcome (HTTP 503"),
    (400, {"Code": "InvalidParameter", "Message": "one\ntwo\r\nthree"}, {}, InvalidRequest, "one two three"),
]


SENT: dict[type[CloudError], int] = {OutcomeUnknown: 3}
"""How often a create is sent: again only when a look showed that the one before made nothing."""


@pytest.mark.parametrize(("status", "body", "headers", "kind", "said"), ALIBABA_FAILURES)
def test_every_kind_of_failure_is_a_typed_error_on_one_line(
    set_connection: SetConnection, status: int, body: Any, headers: dict[str, str], kind: type[CloudError], said: str
) -> None:
    seen: list[Seen] = []

    def answer(request: Seen) -> Answer:
        if request.headers["x-acs-action"] == "ListBusiness":
            return Answer({"Success": True, "Data": {"Business": [], "TotalCount": 0}})
        if request.headers["x-acs-action"] == "CreateBusiness":
            seen.append(request)
        return Answer(body, status, headers)

    key = world.ALIBABA_KEY
    with serving(http_script(answer)) as server:
        extra = {"region": "cn-hangzhou", "endpoint": server.origin, "timeout": 5}
        set_connection("bad", conn_type="cloudflows_alibaba", login=key.id, password=key.secret, extra=extra)
        with pytest.raises(CloudflowsError) as caught:
            run(
                CreateBusinessOperator(
                    task_id="x", business_name="b", project_id=1, settle=0, alibabacloud_conn_id="bad"
                )
            )
    assert type(caught.value) is kind
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(seen) == SENT.get(kind, 1)


HUAWEI_FAILURES: list[Failure] = [
    (
        200,
        {"code": "SecMaster.20030003", "message": "bad name", "success": False, "request_id": "R3"},
        {},
        InvalidRequest,
        "SecMaster CreateWorkflow was refused (HTTP 200, code SecMaster.20030003, request id R3): bad name; correct",
    ),
    (200, b"", {}, OutcomeUnknown, "the answer is empty"),
    (200, b"<html>", {}, OutcomeUnknown, "the answer is not JSON"),
    (401, {"error_code": "APIGW.0301", "error_msg": "m", "request_id": "R4"}, {}, AuthenticationFailed, "APIGW.0301"),
    (429, {"error_code": "APIGW.0308", "error_msg": "limit:10,time:1 minute"}, {}, Throttled, "again in 60 seconds"),
]


@pytest.mark.parametrize(("status", "body", "headers", "kind", "said"), HUAWEI_FAILURES)
def test_failures_of_the_other_cloud(
    set_connection: SetConnection, status: int, body: Any, headers: dict[str, str], kind: type[CloudError], said: str
) -> None:
    def answer(request: Seen) -> Answer:
        if request.method == "GET":
            return Answer({"code": "00000000", "success": True, "data": [], "total": 0})
        return Answer(body, status, headers)

    key = world.HUAWEI_KEY
    with serving(http_script(answer)) as server:
        extra = {"region": "cn-north-4", "endpoint": server.origin, "project_id": "p1", "timeout": 5}
        set_connection("bad", conn_type="cloudflows_huawei", login=key.id, password=key.secret, extra=extra)
        with pytest.raises(CloudflowsError) as caught:
            run(secmaster(dataclass_id="d", workspace_id="w", settle=0, huaweicloud_conn_id="bad"))
    assert type(caught.value) is kind
    assert said in str(caught.value)


@KINDS
def test_no_secret_in_what_is_pushed_or_rendered(kind: Kind) -> None:
    operator = kind.operator(task_id="make", **kind.required, **kind.optional)
    created, ti = run(operator)
    rendered = {name: getattr(operator, name) for name in operator.template_fields}
    shown = f"{created!r} {ti.pushed!r} {rendered!r} {vars(operator)!r}"
    for key in world.BIRTH_KEYS:
        assert key.secret not in shown
        assert key.id not in shown
