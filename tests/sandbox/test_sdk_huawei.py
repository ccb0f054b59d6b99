"""The official Huawei SDKs call every implemented operation and understand every answer."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any

import pytest

from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running
from airflow_provider_cloudflows.sandbox.fabric import choices as fabric_choices
from airflow_provider_cloudflows.sandbox.secmaster import choices as secmaster_choices

from .conftest import Connect

# The SDK cannot read the very time text of Fabric's API page, and says so.
pytestmark = pytest.mark.filterwarnings("ignore:Unable to convert string to datetime")

PROJECT, WORKSPACE = world.HUAWEI_PROJECT_ID, world.SECMASTER_WORKSPACE_ID
ALERT = world.SECMASTER_DATACLASS_IDS[WORKSPACE]["Alert"]
SECMASTER_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\+0800")


@pytest.fixture
def secmaster(huawei_client: Connect, huawei_modules: SimpleNamespace) -> Any:
    return huawei_client(huawei_modules.secmaster.SecMasterClient)


@pytest.fixture
def fabric(huawei_client: Connect, huawei_modules: SimpleNamespace) -> Any:
    return huawei_client(huawei_modules.fabric.DataArtsFabricClient)


@pytest.fixture
def iam(huawei_client: Connect, huawei_modules: SimpleNamespace) -> Any:
    return huawei_client(huawei_modules.iam.IamClient)


def create_workflow(client: Any, sdk: SimpleNamespace, name: str, **options: Any) -> Any:
    body = sdk.secmaster.CreateAopWorkflowInfo(
        name=name, engine_type="public_engine", aop_type="NORMAL", dataclass_id=ALERT, **options
    )
    request = sdk.secmaster.CreateAopWorkflowRequest(project_id=PROJECT, workspace_id=WORKSPACE, body=body)
    return client.create_aop_workflow(request)


def test_workflow_is_created_and_shown(secmaster: Any, huawei_modules: SimpleNamespace) -> None:
    created = create_workflow(secmaster, huawei_modules, "触发 flow", description="d", labels="IP")
    assert (created.code, created.success) == ("00000000", True)
    assert created.request_id
    data = created.data
    assert (data.name, data.labels, data.enabled, data.version_id) == ("触发 flow", "IP", False, "")
    assert (data.dataclass_name, data.project_id, data.workspace_id) == ("Alert", PROJECT, WORKSPACE)
    assert SECMASTER_TIME.fullmatch(data.create_time)
    request = huawei_modules.secmaster.ShowAopWorkflowRequest(
        project_id=PROJECT, workspace_id=WORKSPACE, workflow_id=data.id
    )
    assert secmaster.show_aop_workflow(request).data.to_dict() == data.to_dict()


def update_workflow(client: Any, sdk: SimpleNamespace, workflow_id: str, **changes: Any) -> Any:
    request = sdk.secmaster.UpdateAopWorkflowRequest(
        project_id=PROJECT,
        workspace_id=WORKSPACE,
        workflow_id=workflow_id,
        body=sdk.secmaster.ModifyAopWorkflowInfo(**changes),
    )
    return client.update_aop_workflow(request)


def show_workflow(client: Any, sdk: SimpleNamespace, workflow_id: str) -> Any:
    request = sdk.secmaster.ShowAopWorkflowRequest(project_id=PROJECT, workspace_id=WORKSPACE, workflow_id=workflow_id)
    return client.show_aop_workflow(request)


def test_workflow_is_updated(secmaster: Any, huawei_modules: SimpleNamespace) -> None:
    before = create_workflow(secmaster, huawei_modules, "flow", description="d", labels="IP").data
    answer = update_workflow(secmaster, huawei_modules, before.id, name="flow two", labels="DOMAIN", enabled=False)
    assert (answer.code, answer.success) == ("00000000", True)
    after = show_workflow(secmaster, huawei_modules, before.id).data
    assert answer.data.to_dict() == after.to_dict()
    assert (after.name, after.labels, after.description) == ("flow two", "DOMAIN", "d")
    assert (after.modifier_name, after.create_time) == (world.HUAWEI_USER_NAME, before.create_time)
    assert after.update_time >= before.update_time


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": ""}, "SecMaster.20030003"),
        ({"enabled": True}, secmaster_choices.ENABLE.value.code),
        ({"enabled": True, "version_id": "aaaaaaaa-0000-4000-8000-000000000001"}, "SecMaster.20040605"),
        ({"labels": "ip"}, secmaster_choices.INVALID.value.code),
    ],
)
def test_workflow_update_is_refused(
    secmaster: Any, huawei_modules: SimpleNamespace, changes: dict[str, Any], code: str
) -> None:
    before = create_workflow(secmaster, huawei_modules, "flow").data
    with pytest.raises(huawei_modules.Refused) as refused:
        update_workflow(secmaster, huawei_modules, before.id, **changes)
    assert (refused.value.status_code, refused.value.error_code) == (400, code)
    assert show_workflow(secmaster, huawei_modules, before.id).data.to_dict() == before.to_dict()


def test_workflow_is_deleted(secmaster: Any, huawei_modules: SimpleNamespace) -> None:
    workflow = create_workflow(secmaster, huawei_modules, "flow").data
    request = huawei_modules.secmaster.DeleteAopWorkflowRequest(
        project_id=PROJECT, workspace_id=WORKSPACE, workflow_id=workflow.id
    )
    answer = secmaster.delete_aop_workflow(request)
    assert (answer.success, answer.data.id) == (True, workflow.id)
    calls: list[Callable[[], Any]] = [
        lambda: secmaster.delete_aop_workflow(request),
        lambda: show_workflow(secmaster, huawei_modules, workflow.id),
        lambda: update_workflow(secmaster, huawei_modules, workflow.id, name="x"),
    ]
    for call in calls:
        with pytest.raises(huawei_modules.Refused) as refused:
            call()
        assert (refused.value.status_code, refused.value.error_code) == (400, "SecMaster.20040611")


def test_workflows_are_filtered_and_paged(secmaster: Any, huawei_modules: SimpleNamespace) -> None:
    for number in range(3):
        create_workflow(secmaster, huawei_modules, f"flow {number}")
    create_workflow(secmaster, huawei_modules, "other")

    def listed(**filters: Any) -> Any:
        request = huawei_modules.secmaster.ListWorkflowsRequest(project_id=PROJECT, workspace_id=WORKSPACE, **filters)
        return secmaster.list_workflows(request)

    page = listed(name="flow", limit=2, offset=2, order="ASC")
    assert (page.total, page.offset, page.limit, page.size, page.page) == (3, 2, 2, 1, 2)
    assert [workflow.name for workflow in page.data] == ["flow 2"]
    assert listed().data[0].name == "other"
    assert listed(enabled=True).total == 0
    assert listed(dataclass_name="Alert", aop_type="NORMAL", enabled=False).total == 4


def test_two_workflows_may_have_one_name(secmaster: Any, huawei_modules: SimpleNamespace) -> None:
    ids = {create_workflow(secmaster, huawei_modules, "same").data.id for _ in range(2)}
    assert len(ids) == 2


def test_data_classes_differ_between_workspaces(secmaster: Any, huawei_modules: SimpleNamespace) -> None:
    found = {}
    for workspace in world.SECMASTER_DATACLASS_IDS:
        request = huawei_modules.secmaster.ListDataclassRequest(
            project_id=PROJECT, workspace_id=workspace, name="Alert", is_built_in=True, limit=100, offset=0
        )
        answer = secmaster.list_dataclass(request)
        assert answer.total == 1
        found[workspace] = answer.dataclass_details[0].id
    assert found[WORKSPACE] == ALERT
    assert len(set(found.values())) == 2
    request = huawei_modules.secmaster.ListDataclassRequest(project_id=PROJECT, workspace_id=WORKSPACE)
    assert {each.name for each in secmaster.list_dataclass(request).dataclass_details} == {
        "Alert",
        "Incident",
        "Indicator",
        "Vulnerability",
        "CommonContext",
    }


def test_workspaces_are_listed_and_shown(secmaster: Any, huawei_modules: SimpleNamespace) -> None:
    models = huawei_modules.secmaster
    everything = secmaster.list_workspaces(models.ListWorkspacesRequest(project_id=PROJECT, offset=0, limit=10))
    assert (everything.count, len(everything.workspaces)) == (2, 2)
    named = models.ListWorkspacesRequest(
        project_id=PROJECT, offset=0, limit=10, ids=WORKSPACE, is_view=False, region_id="cn-north-4"
    )
    assert [each.name for each in secmaster.list_workspaces(named).workspaces] == ["sandbox-workspace"]
    shown = secmaster.show_workspace(models.ShowWorkspaceRequest(project_id=PROJECT, workspace_id=WORKSPACE))
    assert shown.workspace.domain_name == world.HUAWEI_DOMAIN_NAME


@pytest.mark.parametrize(
    ("workspace_id", "workflow_id", "code"),
    [
        (WORKSPACE, "aaaaaaaa-0000-4000-8000-000000000001", "SecMaster.20040611"),
        ("00000000-0000-4000-8000-000000000000", "x", "SecMaster.20011003"),
        ("short", "x", "SecMaster.20010001"),
    ],
)
def test_what_secmaster_misses_is_http_400(
    secmaster: Any, huawei_modules: SimpleNamespace, workspace_id: str, workflow_id: str, code: str
) -> None:
    request = huawei_modules.secmaster.ShowAopWorkflowRequest(
        project_id=PROJECT, workspace_id=workspace_id, workflow_id=workflow_id
    )
    with pytest.raises(huawei_modules.Refused) as refused:
        secmaster.show_aop_workflow(request)
    assert (refused.value.status_code, refused.value.error_code) == (400, code)
    assert refused.value.request_id


def create_workspace(client: Any, sdk: SimpleNamespace, name: str, **options: Any) -> Any:
    body = sdk.fabric.CreateWorkspaceRequestInput(name=name, **options)
    return client.create_workspace(sdk.fabric.CreateWorkspaceRequest(body=body))


def list_workspaces(client: Any, sdk: SimpleNamespace, **filters: Any) -> Any:
    filters = {"enterprise_project_id": "all_granted_eps"} | filters
    return client.list_workspaces(sdk.fabric.ListWorkspacesRequest(**filters))


def test_fabric_workspace_is_created_and_listed(fabric: Any, huawei_modules: SimpleNamespace) -> None:
    store = "22222222-2222-3333-4444-555555555555"
    created = create_workspace(
        fabric, huawei_modules, "lake-house", description="d", metastore_id=store, enterprise_project_id="7"
    )
    assert re.fullmatch(r"[0-9a-f-]{36}", created.id)
    assert (created.metastore_id, created.enterprise_project_id) == (store, "7")
    assert created.create_domain_name == world.HUAWEI_DOMAIN_NAME
    assert created.create_time.endswith("+00:00")
    create_workspace(fabric, huawei_modules, "lake-cabin")
    assert list_workspaces(fabric, huawei_modules).total == 2
    fuzzy = list_workspaces(fabric, huawei_modules, name="lake", offset=1, limit=1)
    assert (fuzzy.total, [each.name for each in fuzzy.workspaces]) == (2, ["lake-cabin"])
    by_id = list_workspaces(fabric, huawei_modules, id=created.id)
    assert [each.name for each in by_id.workspaces] == ["lake-house"]
    assert list_workspaces(fabric, huawei_modules, enterprise_project_id="0").total == 1


def update_workspace(client: Any, sdk: SimpleNamespace, workspace_id: str, **changes: Any) -> Any:
    body = sdk.fabric.UpdateWorkspaceRequestInput(**changes)
    return client.update_workspace(sdk.fabric.UpdateWorkspaceRequest(workspace_id=workspace_id, body=body))


def test_fabric_workspace_is_updated(fabric: Any, huawei_modules: SimpleNamespace) -> None:
    workspace = create_workspace(fabric, huawei_modules, "lake-house", description="d")
    other = create_workspace(fabric, huawei_modules, "lake-cabin")
    changed = update_workspace(fabric, huawei_modules, workspace.id, name="lake-hut")
    assert (changed.id, changed.name, changed.description) == (workspace.id, "lake-hut", "d")
    assert changed.create_time == workspace.create_time
    listed = list_workspaces(fabric, huawei_modules, id=workspace.id).workspaces[0]
    assert (listed.name, listed.enterprise_project_id) == (changed.name, changed.enterprise_project_id)
    update_workspace(fabric, huawei_modules, workspace.id, name="lake-hut", description="")
    with pytest.raises(huawei_modules.Refused) as refused:
        update_workspace(fabric, huawei_modules, other.id, name="lake-hut")
    assert refused.value.error_code == fabric_choices.DUPLICATE.value.code


def test_fabric_workspace_is_deleted(fabric: Any, huawei_modules: SimpleNamespace) -> None:
    workspace = create_workspace(fabric, huawei_modules, "lake-house")
    request = huawei_modules.fabric.DeleteWorkspaceRequest(workspace_id=workspace.id)
    assert fabric.delete_workspace(request).status_code == 200
    assert list_workspaces(fabric, huawei_modules).total == 0
    calls: list[Callable[[], Any]] = [
        lambda: fabric.delete_workspace(request),
        lambda: update_workspace(fabric, huawei_modules, workspace.id, name="lake-hut"),
    ]
    for call in calls:
        with pytest.raises(huawei_modules.Refused) as refused:
            call()
        assert (refused.value.status_code, refused.value.error_code) == (400, "dataartsfabric.00010003")
    create_workspace(fabric, huawei_modules, "lake-house")


def test_fabric_names_are_unique(fabric: Any, huawei_modules: SimpleNamespace) -> None:
    create_workspace(fabric, huawei_modules, "lake-house")
    with pytest.raises(huawei_modules.Refused) as refused:
        create_workspace(fabric, huawei_modules, "lake-house")
    assert refused.value.error_code == fabric_choices.DUPLICATE.value.code


def test_fabric_account_has_a_limit(fabric: Any, huawei_modules: SimpleNamespace, sandbox: Running) -> None:
    for number in range(fabric_choices.LIMIT.value):
        sandbox.insert("fabric.workspace", name=f"ws-{number}", project_id=PROJECT)
    with pytest.raises(huawei_modules.Refused) as refused:
        create_workspace(fabric, huawei_modules, "one-more")
    assert refused.value.error_code == fabric_choices.LIMIT_CODE.value.code


def start_workflow(client: Any, sdk: SimpleNamespace, workflow_id: str) -> Any:
    models = sdk.secmaster
    data = models.DataObjectRefInfo(dataclass=models.DataClassRef(id=ALERT, name="Alert"), content={"severity": "High"})
    body = models.AopInstanceEventData(
        command_type="ActionInstanceRunCommand",
        action_type="workflow",
        action_id=workflow_id,
        playbook_context=models.PlaybookcontextRef(data_object=data),
    )
    request = models.CreateWorkflowInstanceRequest(
        project_id=PROJECT, workspace_id=WORKSPACE, workflow_id=workflow_id, body=body
    )
    return client.create_workflow_instance(request)


def show_instance(client: Any, sdk: SimpleNamespace, instance_id: str) -> Any:
    request = sdk.secmaster.ShowAopWorkflowInstanceRequest(
        project_id=PROJECT, workspace_id=WORKSPACE, instance_id=instance_id, show_topology=True
    )
    return client.show_aop_workflow_instance(request)


def update_instance(client: Any, sdk: SimpleNamespace, instance_id: str) -> Any:
    body = sdk.secmaster.AopInstanceUpdateDataPojo(command_type="ActionInstanceTerminateCommand")
    request = sdk.secmaster.UpdateWorkflowInstanceRequest(
        project_id=PROJECT, workspace_id=WORKSPACE, instance_id=instance_id, body=body
    )
    return client.update_workflow_instance(request)


def test_workflow_is_run_and_its_run_shown(secmaster: Any, huawei_modules: SimpleNamespace, sandbox: Running) -> None:
    sandbox.courses.add("secmaster.workflow_instance", seconds=60.0, ending="bad", reason="no such host")
    workflow = create_workflow(secmaster, huawei_modules, "flow").data
    started = start_workflow(secmaster, huawei_modules, workflow.id)
    assert (started.action_id, started.command_type) == (workflow.id, "ActionInstanceRunCommand")
    assert started.playbook_context.data_object.dataclass.name == "Alert"
    running = show_instance(secmaster, huawei_modules, started.action_instance_id)
    assert (running.id, running.name, running.status) == (started.action_instance_id, "flow", "RUNNING")
    assert (running.workflow.id, running.dataclass.name, running.retry_count) == (workflow.id, "Alert", 0)
    assert SECMASTER_TIME.fullmatch(running.start_time)
    assert running.end_time is None
    sandbox.advance(60)
    ended = show_instance(secmaster, huawei_modules, started.action_instance_id)
    assert ended.status == "FAILED"
    assert SECMASTER_TIME.fullmatch(ended.end_time)
    assert [(step.status, step.error_msg) for step in ended.topology.audit_logs] == [("FAILED", "no such host")]


def test_workflow_runs_are_filtered_and_paged(
    secmaster: Any, huawei_modules: SimpleNamespace, sandbox: Running
) -> None:
    sandbox.courses.add("secmaster.workflow_instance", seconds=0.0)
    sandbox.courses.add("secmaster.workflow_instance", times=0, ending="never")
    workflows = [create_workflow(secmaster, huawei_modules, name).data.id for name in ("flow", "other")]
    runs = [start_workflow(secmaster, huawei_modules, each).action_instance_id for each in (*workflows, workflows[0])]

    def listed(**filters: Any) -> tuple[int, list[str]]:
        request = huawei_modules.secmaster.ListAopWorkflowInstanceRequest(
            project_id=PROJECT, workspace_id=WORKSPACE, **filters
        )
        answer = secmaster.list_aop_workflow_instance(request)
        return answer.count, [instance.id for instance in answer.instances]

    assert listed() == (3, runs[::-1])
    assert listed(limit=1, offset=1) == (3, [runs[1]])
    assert listed(workflow_id=workflows[0], sort_dir="ASC", sort_key="create_time") == (2, [runs[0], runs[2]])
    assert listed(status="FINISHED") == (1, [runs[0]])
    assert listed(name="oth", trigger_type="MANUAL") == (1, [runs[1]])
    assert listed(id=runs[2]) == (1, [runs[2]])
    assert listed(from_date="2020-01-01T00:00:00.000Z+0800", to_date="2020-01-02T00:00:00.000Z+0800") == (0, [])


def test_workflow_runs_are_filtered_by_moments_of_any_time_zone_and_sorted_by_when_they_changed(
    secmaster: Any, huawei_modules: SimpleNamespace, sandbox: Running
) -> None:
    workflow = create_workflow(secmaster, huawei_modules, "flow").data.id
    sandbox.courses.add("secmaster.workflow_instance", seconds=60.0)
    sandbox.courses.add("secmaster.workflow_instance", seconds=5.0)
    slow, quick = (start_workflow(secmaster, huawei_modules, workflow).action_instance_id for _ in range(2))
    sandbox.advance(60)
    shown = [show_instance(secmaster, huawei_modules, each) for each in (slow, quick)]

    def listed(**filters: Any) -> list[str]:
        request = huawei_modules.secmaster.ListAopWorkflowInstanceRequest(
            project_id=PROJECT, workspace_id=WORKSPACE, **filters
        )
        return [instance.id for instance in secmaster.list_aop_workflow_instance(request).instances]

    def in_zone(moment: str, hours: int) -> str:
        """The same moment by the clocks of another time zone."""
        there = datetime.strptime(moment, "%Y-%m-%dT%H:%M:%S.%fZ%z").astimezone(timezone(timedelta(hours=hours)))
        return f"{there:%Y-%m-%dT%H:%M:%S}.{there.microsecond // 1000:03d}Z{there:%z}"

    for hours in (-5, 0, 9):
        assert listed(from_date=in_zone(shown[0].start_time, hours)) == [quick, slow]
        assert listed(to_date=in_zone(shown[0].start_time, hours))[-1] == slow
        late, early = ("2100-01-01T00:00:00.000Z+0800", "2020-01-01T00:00:00.000Z+0800")
        assert listed(from_date=in_zone(late, hours)) == listed(to_date=in_zone(early, hours)) == []
    assert listed(sort_key="create_time") == [quick, slow]
    assert listed(sort_key="update_time") == [slow, quick]
    assert listed(sort_key="update_time", sort_dir="ASC") == [quick, slow]


def test_workflow_run_is_terminated_once(secmaster: Any, huawei_modules: SimpleNamespace) -> None:
    workflow = create_workflow(secmaster, huawei_modules, "flow").data
    run_id = start_workflow(secmaster, huawei_modules, workflow.id).action_instance_id
    answer = update_instance(secmaster, huawei_modules, run_id)
    assert (answer.code, answer.success) == ("00000000", True)
    assert answer.request_id
    assert show_instance(secmaster, huawei_modules, run_id).status == "TERMINATED"
    expected = {run_id: secmaster_choices.NOT_STOPPED, "none": secmaster_choices.NO_INSTANCE}
    for asked, choice in expected.items():
        with pytest.raises(huawei_modules.Refused) as refused:
            update_instance(secmaster, huawei_modules, asked)
        assert (refused.value.status_code, refused.value.error_code) == (choice.value.status, choice.value.code)


def create_endpoint(client: Any, sdk: SimpleNamespace, workspace_id: str, name: str) -> Any:
    models = sdk.fabric
    units = models.ResourceDemand(spec_code="fabric.mu.x1", min=1, max=4)
    body = models.EndpointInput(
        name=name, type="ray", description="d", reserved_resource=models.ReservedResource(mu=units)
    )
    return client.create_endpoint(models.CreateEndpointRequest(workspace_id=workspace_id, body=body))


def test_fabric_endpoint_is_created_listed_and_deleted(
    fabric: Any, huawei_modules: SimpleNamespace, sandbox: Running
) -> None:
    models = huawei_modules.fabric
    sandbox.courses.add("fabric.endpoint", seconds=60.0)
    workspace_id = create_workspace(fabric, huawei_modules, "lake-house").id
    made = create_endpoint(fabric, huawei_modules, workspace_id, "pool")
    assert (made.name, made.type, made.description, made.visibility) == ("pool", "ray", "d", "PRIVATE")
    assert (made.reserved_resource.mu.spec_code, made.reserved_resource.mu.max) == ("fabric.mu.x1", 4)
    assert (made.status, bool(made.create_time), made.error_code) == ("CREATING", True, None)
    show = models.ShowEndpointRequest(workspace_id=workspace_id, endpoint_id=made.id)
    sandbox.advance(60)
    shown = fabric.show_endpoint(show)
    assert (shown.id, shown.status, shown.create_time) == (made.id, "RUNNING", made.create_time)

    def listed(**filters: Any) -> tuple[int, list[str]]:
        answer = fabric.list_endpoints(models.ListEndpointsRequest(workspace_id=workspace_id, **filters))
        return answer.total, [endpoint.id for endpoint in answer.endpoints]

    other = create_endpoint(fabric, huawei_modules, workspace_id, "other").id
    assert listed() == (2, [made.id, other])
    assert listed(offset=1, limit=1, type="ray", visibility="ALL") == (2, [other])
    assert listed(name="poo") == listed(endpoint_id=made.id) == (1, [made.id])
    deleted = fabric.delete_endpoint(models.DeleteEndpointRequest(workspace_id=workspace_id, endpoint_id=made.id))
    assert deleted.id == made.id
    assert listed() == (1, [other])
    with pytest.raises(huawei_modules.Refused) as refused:
        fabric.show_endpoint(show)
    assert refused.value.status_code == 400


def test_fabric_endpoint_that_failed_says_why(fabric: Any, huawei_modules: SimpleNamespace, sandbox: Running) -> None:
    sandbox.courses.add("fabric.endpoint", seconds=0.0, ending="bad", reason="no quota")
    workspace_id = create_workspace(fabric, huawei_modules, "lake-house").id
    made = create_endpoint(fabric, huawei_modules, workspace_id, "pool")
    assert (made.status, made.error_msg, bool(made.error_code)) == ("CREATE_FAILED", "no quota", True)


def create_job(client: Any, sdk: SimpleNamespace, workspace_id: str, name: str) -> Any:
    models = sdk.fabric
    python = models.PythonJobConfig(main_file_name="clean.py", main_arguments=["--all"], resource_spec="s")
    version = models.JobVersionInput(name="v1", config=models.JobConfig(python_job_config=python, timeout_seconds=60))
    body = models.CreateJobInput(name=name, type="PYTHON_JOB", description="d", version=version)
    return client.create_job(models.CreateJobRequest(workspace_id=workspace_id, body=body))


def test_fabric_job_is_created_and_listed(fabric: Any, huawei_modules: SimpleNamespace) -> None:
    workspace_id = create_workspace(fabric, huawei_modules, "lake-house").id
    made = create_job(fabric, huawei_modules, workspace_id, "clean")
    other = create_job(fabric, huawei_modules, workspace_id, "other")
    assert made.version_id

    def listed(**filters: Any) -> Any:
        return fabric.list_jobs(huawei_modules.fabric.ListJobsRequest(workspace_id=workspace_id, **filters))

    answer = listed(name="cle", type="PYTHON_JOB")
    (job,) = answer.jobs
    assert (answer.total, job.id, job.name, job.type, job.description) == (1, made.id, "clean", "PYTHON_JOB", "d")
    assert (job.workspace_id, job.visibility) == (workspace_id, "PRIVATE")
    assert (job.current_version.id, job.current_version.name) == (made.version_id, "v1")
    assert job.current_version.config.python_job_config.main_arguments == ["--all"]
    assert [each.id for each in listed(limit=1, offset=1).jobs] == [other.id]
    for field in ("CREATE_TIME", "NAME"):
        assert [each.name for each in listed(sort_by=field, order_by="DESC").jobs] == ["other", "clean"]
    assert listed(endpoint_id="none").total == 0


def token_request(sdk: SimpleNamespace, password: str) -> Any:
    models = sdk.iam
    user = models.PwdPasswordUser(
        domain=models.PwdPasswordUserDomain(name=world.HUAWEI_DOMAIN_NAME),
        name=world.HUAWEI_USER_NAME,
        password=password,
    )
    identity = models.PwdIdentity(methods=["password"], password=models.PwdPassword(user=user))
    scope = models.AuthScope(project=models.AuthScopeProject(name=world.HUAWEI_REGION))
    body = models.KeystoneCreateUserTokenByPasswordRequestBody(auth=models.PwdAuth(identity=identity, scope=scope))
    return models.KeystoneCreateUserTokenByPasswordRequest(nocatalog="true", body=body)


def test_token_by_password(iam: Any, huawei_modules: SimpleNamespace) -> None:
    answer = iam.keystone_create_user_token_by_password(token_request(huawei_modules, world.HUAWEI_USER_PASSWORD))
    assert answer.status_code == 201
    assert answer.x_subject_token.startswith("MII")
    assert answer.token.project.id == PROJECT
    assert answer.token.user.name == world.HUAWEI_USER_NAME
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", answer.token.expires_at)
    with pytest.raises(huawei_modules.Refused) as refused:
        iam.keystone_create_user_token_by_password(token_request(huawei_modules, "wrong"))
    assert (refused.value.status_code, refused.value.error_code) == (401, "IAM.0062")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (world.HUAWEI_REGION, [PROJECT]),
        (world.HUAWEI_AMBIGUOUS_REGION, list(world.HUAWEI_AMBIGUOUS_PROJECT_IDS)),
        (world.HUAWEI_REGION_WITHOUT_PROJECT, []),
    ],
)
def test_projects_by_region_name(iam: Any, huawei_modules: SimpleNamespace, name: str, expected: list[str]) -> None:
    answer = iam.keystone_list_projects(huawei_modules.iam.KeystoneListProjectsRequest(name=name))
    assert [project.id for project in answer.projects] == expected


def test_projects_are_paged(iam: Any, huawei_modules: SimpleNamespace) -> None:
    request = huawei_modules.iam.KeystoneListProjectsRequest(page=2, per_page=2)
    assert len(iam.keystone_list_projects(request).projects) == 1


def test_projects_and_account_of_the_caller(iam: Any, huawei_modules: SimpleNamespace) -> None:
    projects = iam.keystone_list_auth_projects(huawei_modules.iam.KeystoneListAuthProjectsRequest())
    assert len(projects.projects) == 3
    domains = iam.keystone_list_auth_domains(huawei_modules.iam.KeystoneListAuthDomainsRequest())
    assert [domain.id for domain in domains.domains] == [world.HUAWEI_DOMAIN_ID]


def test_caller_identity_of_both_kinds_of_key(huawei_client: Connect, huawei_modules: SimpleNamespace) -> None:
    request = huawei_modules.sts.GetCallerIdentityRequest()
    user = huawei_client(huawei_modules.sts.StsClient).get_caller_identity(request)
    assert user.account_id == world.HUAWEI_DOMAIN_ID
    assert user.principal_urn == f"iam::{world.HUAWEI_DOMAIN_ID}:user:{world.HUAWEI_USER_NAME}"
    session = huawei_client(huawei_modules.sts.StsClient, world.HUAWEI_SESSION_KEY)
    assert "assumed-agency" in session.get_caller_identity(request).principal_urn


def test_session_key_creates(huawei_client: Connect, huawei_modules: SimpleNamespace) -> None:
    client = huawei_client(huawei_modules.fabric.DataArtsFabricClient, world.HUAWEI_SESSION_KEY)
    assert create_workspace(client, huawei_modules, "by-session").id


@pytest.mark.parametrize(
    ("key", "message"),
    [
        (replace(world.HUAWEI_KEY, secret="wrong"), "verify aksk signature fail"),
        (replace(world.HUAWEI_KEY, id="NOBODY"), "ak not exist"),
        (replace(world.HUAWEI_SESSION_KEY, security_token=None), "X-Security-Token is missing"),
        (replace(world.HUAWEI_SESSION_KEY, security_token="stale"), "does not belong"),
    ],
)
@pytest.mark.parametrize("service", ["SecMaster", "Fabric", "IAM", "STS"])
def test_wrong_credentials(
    huawei_client: Connect, huawei_modules: SimpleNamespace, service: str, key: Any, message: str
) -> None:
    sdk = huawei_modules
    calls: dict[str, tuple[Any, Any]] = {
        "SecMaster": (sdk.secmaster.SecMasterClient, lambda c: create_workflow(c, sdk, "w")),
        "Fabric": (sdk.fabric.DataArtsFabricClient, lambda c: list_workspaces(c, sdk)),
        "IAM": (
            sdk.iam.IamClient,
            lambda c: c.keystone_list_projects(sdk.iam.KeystoneListProjectsRequest()),
        ),
        "STS": (sdk.sts.StsClient, lambda c: c.get_caller_identity(sdk.sts.GetCallerIdentityRequest())),
    }
    client, call = calls[service]
    with pytest.raises(sdk.Refused) as refused:
        call(huawei_client(client, key))
    assert (refused.value.status_code, refused.value.error_code) == (401, "APIGW.0301")
    assert message in refused.value.error_msg
    assert refused.value.request_id
