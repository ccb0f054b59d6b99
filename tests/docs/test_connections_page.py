"""The pages about connections are run: what they print creates things in the sandbox, their lists are the code's."""

from __future__ import annotations

import importlib
import inspect
import json
import os
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from airflow_provider_cloudflows import get_provider_info
from airflow_provider_cloudflows.auth.cache import forget_all
from airflow_provider_cloudflows.calls.resource import Change, Creation, Removal
from airflow_provider_cloudflows.cli.check import check
from airflow_provider_cloudflows.errors import ConfigurationError
from airflow_provider_cloudflows.forms import ALIBABA_AUTH_TYPES, ALIBABA_TYPE, HUAWEI_AUTH_TYPES, HUAWEI_TYPE
from airflow_provider_cloudflows.hooks.alibaba import AlibabaCloudHook
from airflow_provider_cloudflows.hooks.base import CloudHook
from airflow_provider_cloudflows.hooks.huawei import HuaweiCloudHook
from airflow_provider_cloudflows.operators.base import RequestOperator
from airflow_provider_cloudflows.operators.create import CreateOperator
from airflow_provider_cloudflows.operators.delete import DeleteOperator
from airflow_provider_cloudflows.operators.update import UpdateOperator
from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running
from airflow_provider_cloudflows.services.dataworks import instance, pipeline_run, task_instance
from airflow_provider_cloudflows.services.dataworks.create_business import CreateBusiness
from airflow_provider_cloudflows.services.dataworks.file import GetFile
from airflow_provider_cloudflows.services.dataworks.project import ListProjects
from airflow_provider_cloudflows.services.dataworks.submit_file import SubmitFile
from airflow_provider_cloudflows.services.dataworks.task import ListTasks
from airflow_provider_cloudflows.services.dataworks.workflow_definition import GetWorkflowDefinition
from airflow_provider_cloudflows.services.fabric.create_workspace import CreateWorkspace
from airflow_provider_cloudflows.services.iam import CreateToken
from airflow_provider_cloudflows.services.secmaster import data_class
from airflow_provider_cloudflows.services.secmaster.create_workflow import CreateWorkflow
from tests.operators.dataworks import node_document, whole_document, workflow_document

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "connections"
CONNECTIONS, PERMISSIONS = (ROOT / "docs" / "connections.md").read_text(), (FOLDER / "permissions.md").read_text()
KINDS = {cloud: (FOLDER / f"{cloud}.md").read_text() for cloud in ("alibaba", "huawei")}
EVERYTHING = "".join((CONNECTIONS, *(page.read_text() for page in FOLDER.glob("*.md"))))
CLOUDS = {"alibaba": ALIBABA_TYPE, "huawei": HUAWEI_TYPE}
AUTH_TYPES = {ALIBABA_TYPE: ALIBABA_AUTH_TYPES, HUAWEI_TYPE: HUAWEI_AUTH_TYPES}

BLOCK = re.compile(r"(?:^`([^`\n]+)`:\n\n)?^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXPORT = re.compile(r"^export (\w+)=(.*)$", re.MULTILINE)
PRINTED_ADDRESS, PRINTED_TOKEN, SECRETS_FOLDER = "http://127.0.0.1:8470", "MIIFvwYJ…", "/var/run/secrets/tokens"
OPERATOR_MODULES = [
    importlib.import_module(module) for entry in get_provider_info()["operators"] for module in entry["python-modules"]
]


@dataclass
class Snippet:
    """What the page shows for one kind of credential."""

    conn_type: str
    auth_type: str
    connection: str = ""
    environ: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.conn_type.removeprefix('cloudflows_')}-{self.auth_type}"


def snippets() -> Iterator[Snippet]:
    for cloud, conn_type in CLOUDS.items():
        for part in re.split(r"^## ", KINDS[cloud], flags=re.MULTILINE)[1:]:
            snippet = Snippet(conn_type, part.split("`")[1])
            for path, language, text in BLOCK.findall(part):
                if path:
                    snippet.files[path] = text
                elif language == "bash":
                    snippet.environ.update(EXPORT.findall(text))
                else:
                    assert not snippet.connection, f"two connections for {snippet}"
                    snippet.connection = text
            yield snippet


SNIPPETS = list(snippets())


@pytest.fixture(autouse=True)
def no_credentials_of_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing is kept from an earlier test, and the person at the keyboard has no variables of the two clouds."""
    for name in list(os.environ):
        if name.startswith(("ALIBABA_CLOUD_", "HUAWEICLOUD_", "HC_CONTAINER_")):
            monkeypatch.delenv(name)
    forget_all()
    yield
    forget_all()


@pytest.fixture
def machine(tmp_path: Path, sandbox: Running, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home directory, and beside it the tokens that a platform mounts."""
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "oidc").write_text(sandbox.oidc_token())
    (tmp_path / "pod").write_text(world.POD_IDENTITY_TOKEN)
    return tmp_path


def hook_of(snippet: Snippet, sandbox: Running, machine: Path, monkeypatch: pytest.MonkeyPatch) -> CloudHook:
    """The hook for the connection as the page prints it; only addresses, folders and the token are the sandbox's."""

    def here(text: str) -> str:
        return text.replace(PRINTED_ADDRESS, sandbox.url).replace(SECRETS_FOLDER, str(machine))

    for name, value in snippet.environ.items():
        monkeypatch.setenv(name, here(value))
    for path, text in snippet.files.items():
        file = machine / path.removeprefix("~/")
        file.parent.mkdir(exist_ok=True)
        file.write_text(here(text))
    text = here(snippet.connection)
    if PRINTED_TOKEN in text:
        text = text.replace(PRINTED_TOKEN, token_of(sandbox, monkeypatch))
    connection = json.loads(text)
    assert connection["conn_type"] == snippet.conn_type
    connection["extra"]["endpoint"] = sandbox.url
    monkeypatch.setenv("AIRFLOW_CONN_PAGE", json.dumps(connection))
    return AlibabaCloudHook("page") if snippet.conn_type == ALIBABA_TYPE else HuaweiCloudHook("page")


def token_of(sandbox: Running, monkeypatch: pytest.MonkeyPatch) -> str:
    """Log in as the sandbox's IAM user, as somebody would who has a token to enter."""
    monkeypatch.setenv("AIRFLOW_CONN_LOGIN", sandbox.connections["AIRFLOW_CONN_HUAWEICLOUD_DEFAULT"])
    user = {"user_name": world.HUAWEI_USER_NAME, "password": world.HUAWEI_USER_PASSWORD}
    with closing(HuaweiCloudHook("login")) as hook:
        login = CreateToken(**user, domain_name=world.HUAWEI_DOMAIN_NAME, project_id=world.HUAWEI_PROJECT_ID)
        return hook.call(login).subject_token.get_secret_value()


def test_every_kind_of_credential_has_its_snippet() -> None:
    for conn_type, auth_types in AUTH_TYPES.items():
        shown = [snippet for snippet in SNIPPETS if snippet.conn_type == conn_type]
        assert [snippet.auth_type for snippet in shown] == list(auth_types)
        for snippet in shown:
            said = json.loads(snippet.connection)["extra"].get("auth_type", "auto")
            assert said == snippet.auth_type


def test_the_table_names_every_kind() -> None:
    rows = re.findall(r"^\| [^|]+ \| (`[^|]+`) \| (`[^|]+`) \|$", CONNECTIONS, flags=re.MULTILINE)
    for column, auth_types in enumerate(AUTH_TYPES.values()):
        named = [name for row in rows for name in re.findall(r"`(\w+)`", row[column])]
        assert sorted(named) == sorted(auth_types)


@pytest.mark.parametrize("snippet", SNIPPETS, ids=str)
def test_the_connection_works_as_it_is_printed(
    snippet: Snippet, sandbox: Running, machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(hook_of(snippet, sandbox, machine, monkeypatch)) as hook:
        accepted, said = hook.test_connection()
        assert accepted, said
        if isinstance(hook, HuaweiCloudHook):
            assert hook.call(CreateWorkspace(name="from-the-page")).id
            assert [item["name"] for item in sandbox.state()["fabric.workspace"]] == ["from-the-page"]
        else:
            place = {"project_id": world.DATAWORKS_PROJECT_ID}
            assert hook.call(CreateBusiness(**place, business_name="from_the_page")).business_id
            assert [item["BusinessName"] for item in sandbox.state()["dataworks.business"]] == ["from_the_page"]


def test_the_workspace_of_a_connection_is_a_default(
    sandbox: Running, machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    snippet = next(one for one in SNIPPETS if str(one) == "huawei-access_key")
    with closing(hook_of(snippet, sandbox, machine, monkeypatch)) as hook:
        assert isinstance(hook, HuaweiCloudHook)
        workspace_id = hook.workspace_id
        assert workspace_id
        dataclass_id = world.SECMASTER_DATACLASS_IDS[workspace_id]["Alert"]
        workflow = {"name": "from-the-page", "aop_type": "NORMAL", "dataclass_id": dataclass_id}
        assert hook.call(CreateWorkflow(workspace_id=workspace_id, **workflow)).data.id


@pytest.mark.parametrize("cloud", CLOUDS)
def test_the_default_chain_is_in_the_order_of_the_code(
    cloud: str, sandbox: Running, machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox.settings.metadata = "off"
    monkeypatch.setenv("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true")  # one that is there and answers is a failure
    snippet = next(one for one in SNIPPETS if (one.conn_type, one.auth_type) == (CLOUDS[cloud], "auto"))
    with closing(hook_of(snippet, sandbox, machine, monkeypatch)) as hook:
        accepted, said = hook.test_connection()
    assert not accepted
    tried = re.findall(r"\((\d)\) ([^:]+):", said)
    shown = re.findall(r"^\| (\d) \| ([^|]+) \|", KINDS[cloud], flags=re.MULTILINE)
    assert shown == tried, said


VARIABLE = re.compile(r"(?:ALIBABA_CLOUD|HUAWEICLOUD_SDK|HUAWEICLOUD_OIDC|HC_CONTAINER)_[A-Z0-9_]+[A-Z]")


@pytest.mark.parametrize("cloud", CLOUDS)
def test_every_variable_of_the_code_is_named(cloud: str) -> None:
    """The second of two variables with one beginning is written without it."""
    folder = ROOT / "airflow_provider_cloudflows" / "auth" / cloud
    read = {
        value
        for source in folder.glob("*.py")
        for value in VARIABLE.findall(re.sub(r'f"\{PREFIX\}', '"HUAWEICLOUD_OIDC_', source.read_text()))
    }
    assert len(read) > 8
    unnamed = {name for name in read if name not in EVERYTHING and f"`{beginning_of(name)[1]}`" not in EVERYTHING}
    assert not unnamed


def beginning_of(name: str) -> tuple[str, str]:
    """``HUAWEICLOUD_SDK_SK`` as ``HUAWEICLOUD_SDK`` and ``_SK``."""
    found = re.fullmatch(r"(ALIBABA_CLOUD|HUAWEICLOUD_SDK|HUAWEICLOUD_OIDC|HC_CONTAINER)(_\w+)", name)
    assert found
    return found[1], found[2]


def test_both_ways_to_write_a_variable_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = re.findall(r"^export (AIRFLOW_CONN_\w+)='(.*?)'$", CONNECTIONS, flags=re.MULTILINE | re.DOTALL)
    assert len(shown) == 2
    for name, value in shown:
        monkeypatch.setenv(name, value)
        fields = AlibabaCloudHook().fields
        assert (fields.login, fields.password) == (world.ALIBABA_KEY.id, world.ALIBABA_KEY.secret)
        assert fields.get("region") == world.ALIBABA_REGION
    assert fields.get("role_arn") == world.ALIBABA_ROLE_ARN


def policies() -> list[dict[str, Any]]:
    return [json.loads(text) for _, language, text in BLOCK.findall(PERMISSIONS) if language == "json"]


def test_every_policy_is_one() -> None:
    found = policies()
    assert len(found) >= 8
    for policy in found:
        assert policy["Version"] in ("1", "1.1", "5.0")
        for statement in policy["Statement"]:
            assert statement["Effect"] == "Allow"
            actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
            for action in actions:
                assert re.fullmatch(r"[A-Za-z]+(:[a-z]+)?:([A-Za-z]+|\*)", action), action
            # RAM and the newer form of IAM name resources, or trust somebody; the form 1.1 of IAM need not.
            assert policy["Version"] == "1.1" or {"Resource", "Principal"} & set(statement)


def operators() -> dict[str, type[RequestOperator]]:
    return {
        name: operator
        for module in OPERATOR_MODULES
        for name, operator in inspect.getmembers(module, inspect.isclass)
        if issubclass(operator, (CreateOperator, UpdateOperator, DeleteOperator))
        and operator.__module__ == module.__name__
    }


def test_every_operator_has_its_policy() -> None:
    sections = re.split(r"^## .*\n\n(?=For )", PERMISSIONS, flags=re.MULTILINE)[1:]
    for name in operators():
        (section,) = [one for one in sections if f"`{name}`" in one.partition("\n\n")[0]]
        assert any(language == "json" for _, language, _ in BLOCK.findall(section)), section


RUN = {
    "project_id": 1,
    "workflow_id": 7,
    "name": "n",
    "periods": {"biz_dates": [{"start_biz_date": "2026-01-01", "end_biz_date": "2026-01-01"}]},
}
EXAMPLES: dict[str, dict[str, Any]] = {
    "CreateBusinessOperator": {"business_name": "a", "project_id": 1},
    "CreateDataServiceGroupOperator": {
        "group_name": "a",
        "project_id": 1,
        "api_gateway_group_id": "g",
        "description": "d",
    },
    "CreateWorkflowDefinitionOperator": {"project_id": 1, "spec": workflow_document()},
    "ImportWorkflowDefinitionOperator": {"project_id": 1, "spec": whole_document()},
    "UpdateWorkflowDefinitionOperator": {"project_id": 1, "id": "7", "spec": workflow_document()},
    "DeleteWorkflowDefinitionOperator": {"project_id": 1, "id": "7"},
    "CreateDataWorksNodeOperator": {"project_id": 1, "scene": "DATAWORKS_PROJECT", "spec": node_document()},
    "UpdateDataWorksNodeOperator": {"project_id": 1, "id": "7", "spec": node_document()},
    "DeleteDataWorksNodeOperator": {"project_id": 1, "id": "7"},
    "PublishDataWorksOperator": {"project_id": 1, "object_id": "7", "description": "d"},
    "RunDataWorksWorkflowOperator": {**RUN, "run_type": "ManualWorkflow"},
    "BackfillDataWorksOperator": {**RUN, "run_type": "SupplementData"},
    "StartDIJobOperator": {"project_id": 1, "id": 7},
    "RunDataQualityEvaluationOperator": {"project_id": 1, "evaluation_task_id": 7, "trigger_time": 1767225600000},
    "CreateDataServiceApiOperator": {
        "project_id": 1,
        "group_id": "g",
        "api_name": "orders",
        "api_path": "/orders",
        "api_description": "d",
        "api_mode": 1,
        "request_method": 0,
        "response_content_type": 0,
        "protocols": "1",
        "timeout": 5,
        "visible_range": 0,
    },
    "DeleteDataServiceApiOperator": {"project_id": 1, "api_id": 7},
    "CreateDataWorksFileOperator": {"project_id": 1, "file_name": "f", "file_type": 10, "file_folder_path": "p"},
    "UpdateDataWorksFileOperator": {"project_id": 1, "file_id": 7, "input_list": "a"},
    "DeleteDataWorksFileOperator": {"project_id": 1, "file_id": 7},
    "SubmitAndDeployFileOperator": {"project_id": 1, "file_id": 7},
    "RunDataWorksManualFlowOperator": {
        "project_id": 1,
        "project_name": "w",
        "flow_name": "f",
        "biz_date": "2026-01-01 00:00:00",
    },
    "BackfillDataWorksNodesOperator": {
        "project_id": 1,
        "name": "n",
        "root_node_id": 1,
        "include_node_ids": "1",
        "start_biz_date": "2026-01-01 00:00:00",
        "end_biz_date": "2026-01-01 00:00:00",
    },
    "TriggerDataWorksNodeOperator": {"project_id": 1, "task_id": 1, "trigger_time": 1, "biz_date": 1},
    "CreateBPStudioTaskOperator": {"task_name": "a", "app_id": "a", "process_id": "p"},
    "CreateSecMasterWorkflowOperator": {
        "name": "a",
        "aop_type": "NORMAL",
        "dataclass_id": "d" * 32,
        "workspace_id": "w" * 32,
        "project_id": "p" * 32,
    },
    "CreateFabricWorkspaceOperator": {"name": "lake"},
    "ExecuteBPStudioTaskOperator": {"task_id": 1},
    "RunSecMasterWorkflowOperator": {"workflow_id": "i" * 32, "workspace_id": "w" * 32, "project_id": "p" * 32},
    "CreateFabricEndpointOperator": {"workspace_id": "w" * 32, "name": "jobs", "type": "job"},
    "RunFabricJobOperator": {"workspace_id": "w", "job_id": "j", "version_id": "v", "name": "n", "endpoint_id": "e"},
    "DeleteBusinessOperator": {"business_id": 1, "project_id": 1},
    "DeleteSecMasterWorkflowOperator": {"workflow_id": "i" * 32, "workspace_id": "w" * 32, "project_id": "p" * 32},
    "DeleteFabricEndpointOperator": {"workspace_id": "w", "endpoint_id": "e"},
    "DeleteFabricWorkspaceOperator": {"workspace_id": "w" * 32},
}


@pytest.mark.parametrize("name", operators())
def test_every_call_of_an_operator_is_listed(name: str) -> None:
    """What a policy must allow is what the protocols can send."""
    row = PERMISSIONS.partition(f"| `{name}` |")[2].partition("\n| `")[0].partition("\n\n")[0]
    listed = {call for cell in re.findall(r"(?:^|\n\|) ?\|? ([A-Z][\w, ]+) \|", row) for call in cell.split(", ")}
    request = operators()[name].request_type()(**EXAMPLES[name])
    expected = {operation_of(call) for call in calls_of(request)}
    if name == "PublishDataWorksOperator":
        expected |= {operation_of(pipeline_run.ExecPipelineRunStage), operation_of(GetWorkflowDefinition)}
    if name in ("RunDataWorksWorkflowOperator", "BackfillDataWorksOperator"):
        expected |= {operation_of(task_instance.ListTaskInstances), operation_of(task_instance.GetTaskInstanceLog)}
    if name in ("RunDataWorksManualFlowOperator", "BackfillDataWorksNodesOperator"):
        expected.add(operation_of(instance.GetInstanceLog))
    if name == "RunDataWorksManualFlowOperator":
        expected.add(operation_of(ListProjects))
    if name == "BackfillDataWorksOperator":
        expected.add(operation_of(ListTasks))
    if name == "SubmitAndDeployFileOperator":
        expected |= {operation_of(SubmitFile), operation_of(GetFile)}
    if name == "CreateSecMasterWorkflowOperator":
        expected.add(operation_of(data_class.ListDataClasses(workspace_id="w" * 32)))
    assert listed == expected


def calls_of(request: Creation[Any] | Change[Any] | Removal[Any]) -> Iterator[Any]:
    resource = request.resource()
    yield request
    yield resource.reading("1")
    if isinstance(request, Change):
        return
    job = request.making() if isinstance(request, Creation) else None
    if job is not None:
        yield job.reading("1")
    yield from filter(None, (resource.listing(), resource.explaining("1")))
    if resource.cancelling("1") is not None:
        yield resource.cancelling("1")
    for pages in resource.parts("1"):
        yield pages
        yield resource.stopping(SimpleNamespace(status="RUNNING", instance_id=1))
    if isinstance(request, Creation) and resource.updatable:
        values = {name: getattr(request, name, None) for name in resource.updatable}
        yield resource.updating("1", {name: value for name, value in values.items() if value is not None})


def operation_of(request: Any) -> str:
    return str(getattr(request, "action", None) or request.operation)


def test_the_check_prints_what_the_page_shows(
    sandbox: Running, machine: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("_AIRFLOW_PROCESS_CONTEXT", "server")
    snippet = next(one for one in SNIPPETS if str(one) == "alibaba-ram_role")
    hook_of(snippet, sandbox, machine, monkeypatch)
    monkeypatch.setenv("AIRFLOW_CONN_ALIBABACLOUD_DEFAULT", os.environ["AIRFLOW_CONN_PAGE"])
    assert check("alibabacloud_default", [], None, 15.0)
    (shown,) = re.findall(r"```text\n(.*?)```", CONNECTIONS.partition("\n## Check a connection\n")[2], flags=re.DOTALL)
    printed = timeless(capsys.readouterr().out)
    assert printed.endswith(timeless(shown)), printed  # Airflow 3.1 logs to the same place before


def timeless(printed: str) -> str:
    """What was printed, without ports, times and durations."""
    without_time = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "(time)", printed)
    return re.sub(r"127\.0\.0\.1:\d+", "(address)", re.sub(r"after \d+ ms", "after (time)", without_time))


def test_a_field_of_another_kind_is_refused(sandbox: Running, machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    snippet = next(one for one in SNIPPETS if str(one) == "alibaba-ecs_ram_role")
    snippet = Snippet(snippet.conn_type, "environment", snippet.connection.replace("ecs_ram_role", "environment"))
    with pytest.raises(ConfigurationError, match="The field ecs_role of connection 'page' goes with auth_type"):
        hook_of(snippet, sandbox, machine, monkeypatch).get_conn()
