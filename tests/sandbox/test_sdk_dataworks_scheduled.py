"""The official SDK of DataWorks 2024-05-18 reads the published workflows and tasks."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running
from airflow_provider_cloudflows.sandbox.dataworks import choices
from airflow_provider_cloudflows.sandbox.dataworks.scheduled import ON_DEMAND, put_workflow, remove_workflow

from .conftest import Connect

pytestmark = pytest.mark.xdist_group("dataworks-2024-sdk")  # one process imports the SDK, which takes seconds

PROJECT = world.DATAWORKS_PROJECT_ID
ACCOUNT = world.ALIBABA_ACCOUNT
TASKS = [{"Name": "copy", "Type": "DIDE_SHELL"}, {"Name": "sum", "Type": "ODPS_SQL", "Script": "SELECT 1;"}]


@pytest.fixture
def dataworks(alibaba_client: Connect, dataworks_2024_modules: SimpleNamespace) -> Any:
    return alibaba_client(dataworks_2024_modules.Client)


@pytest.fixture
def models(dataworks_2024_modules: SimpleNamespace) -> Any:
    return dataworks_2024_modules.models


def names(found: Any) -> list[str]:
    return [one.name for one in found]


def test_a_published_workflow_is_read_with_its_tasks(sandbox: Running, dataworks: Any, models: Any) -> None:
    number = put_workflow(sandbox.sandbox.store, ACCOUNT, PROJECT, "etl", TASKS, owner="42", trigger=ON_DEMAND)
    read = dataworks.get_workflow(models.GetWorkflowRequest(id=number)).body.workflow
    assert (read.id, read.name, read.owner, read.project_id, read.trigger.type) == (
        number, "etl", "42", PROJECT, "Manual",
    )  # fmt: skip
    assert [(task.name, task.type, task.workflow_id) for task in read.tasks] == [
        ("copy", "DIDE_SHELL", number),
        ("sum", "ODPS_SQL", number),
    ]


def test_publishing_the_same_name_again_changes_it_and_keeps_the_ids(
    sandbox: Running, dataworks: Any, models: Any
) -> None:
    number = put_workflow(sandbox.sandbox.store, ACCOUNT, PROJECT, "etl", TASKS)
    before = {
        task.name: task.id for task in dataworks.get_workflow(models.GetWorkflowRequest(id=number)).body.workflow.tasks
    }
    assert put_workflow(sandbox.sandbox.store, ACCOUNT, PROJECT, "etl", [{"Name": "new"}, TASKS[1]]) == number
    listed = dataworks.list_tasks(models.ListTasksRequest(project_id=PROJECT, workflow_id=number)).body.paging_info
    assert {task.name: task.id == before.get(task.name) for task in listed.tasks} == {"new": False, "sum": True}
    assert put_workflow(sandbox.sandbox.store, ACCOUNT, world.DATAWORKS_PROJECT_ID_TWO, "etl", TASKS) != number


def test_workflows_and_tasks_are_searched_and_paged(sandbox: Running, dataworks: Any, models: Any) -> None:
    for name in ("b_one", "b_two", "b_three"):
        put_workflow(
            sandbox.sandbox.store, ACCOUNT, PROJECT, name, [{"Name": f"{name}_task", "Type": "PY_ODPS3"}], owner="42"
        )

    def workflows(**wanted: Any) -> list[str]:
        return names(
            dataworks.list_workflows(
                models.ListWorkflowsRequest(project_id=PROJECT, **wanted)
            ).body.paging_info.workflows
        )

    def tasks(**wanted: Any) -> list[str]:
        return names(dataworks.list_tasks(models.ListTasksRequest(project_id=PROJECT, **wanted)).body.paging_info.tasks)

    assert workflows() == ["b_three", "b_two", "b_one", world.DATAWORKS_WORKFLOW_NAME]
    assert workflows(name="b_t", sort_by="Id") == ["b_two", "b_three"]
    assert workflows(owner="42", page_size=2, page_number=2) == ["b_one"]
    assert workflows(ids=[world.DATAWORKS_WORKFLOW_ID]) == [world.DATAWORKS_WORKFLOW_NAME]
    assert workflows(env_type="Dev") == workflows(trigger_type="Manual") == []
    assert tasks(workflow_id=world.DATAWORKS_WORKFLOW_ID) == list(world.DATAWORKS_TASKS.values())[::-1]
    assert tasks(task_type="PY_ODPS3", name="o_task") == ["b_two_task"]
    assert tasks(project_env="Dev") == []


def test_what_is_not_published_is_refused(
    sandbox: Running, dataworks: Any, models: Any, alibaba_modules: SimpleNamespace
) -> None:
    number = put_workflow(sandbox.sandbox.store, ACCOUNT, PROJECT, "etl", TASKS)
    remove_workflow(sandbox.sandbox.store, ACCOUNT, number)
    assert not [task for task in sandbox.state()["dataworks.task"] if task["WorkflowId"] == number]
    unpublished, elsewhere = models.GetWorkflowRequest(id=number), models.ListWorkflowsRequest(project_id=77)
    with pytest.raises(alibaba_modules.Refused) as refused:
        dataworks.get_workflow(unpublished)
    assert refused.value.code == choices.NO_WORKFLOW.value.code
    with pytest.raises(alibaba_modules.Refused) as refused:
        dataworks.list_workflows(elsewhere)
    assert refused.value.code == choices.NO_PROJECT_2024.value.code
