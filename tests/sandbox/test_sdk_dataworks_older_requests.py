"""Our requests of DataWorks' older version are what the official SDK sends."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from airflow_provider_cloudflows.calls.call import Call
from airflow_provider_cloudflows.services.dataworks import dag, instance
from airflow_provider_cloudflows.services.dataworks.create_cycle_dag import RunCycleDagNodes
from airflow_provider_cloudflows.services.dataworks.create_manual_dag import RunManualDagNodes
from airflow_provider_cloudflows.services.dataworks.create_trigger import RunTriggerNode
from tests.transport.servers import Seen

from .sdk_requests import check_against, sent_by_sdk

DATE = "2020-05-20 00:00:00"
ONE = {"InstanceId": 5, "ProjectEnv": "PROD"}
OURS: dict[str, tuple[dict[str, Any], Call[Any]]] = {
    "run_manual_dag_nodes": (
        {
            "ProjectName": "ws",
            "FlowName": "f",
            "ProjectEnv": "PROD",
            "BizDate": DATE,
            "DagParameters": '{"k":"v"}',
            "NodeParameters": '{"1":"a=b c=d"}',
            "IncludeNodeIds": "1,2",
            "ExcludeNodeIds": "2",
        },
        RunManualDagNodes(
            project_name="ws",
            project_id=1,
            flow_name="f",
            biz_date=DATE,
            dag_parameters='{"k":"v"}',
            node_parameters='{"1":"a=b c=d"}',
            include_node_ids="1,2",
            exclude_node_ids="2",
        ),
    ),
    "run_cycle_dag_nodes": (
        {
            "Name": "n",
            "RootNodeId": 1,
            "IncludeNodeIds": "1,2",
            "ExcludeNodeIds": "2",
            "StartBizDate": DATE,
            "EndBizDate": "2020-05-21 00:00:00",
            "BizBeginTime": "00:00:00",
            "BizEndTime": "01:00:00",
            "Parallelism": False,
            "ConcurrentRuns": 2,
            "NodeParams": '{"1":"a=b"}',
            "ProjectEnv": "PROD",
        },
        RunCycleDagNodes(
            name="n",
            project_id=1,
            root_node_id=1,
            include_node_ids="1,2",
            exclude_node_ids="2",
            start_biz_date=DATE,
            end_biz_date="2020-05-21 00:00:00",
            biz_end_time="01:00:00",
            parallelism=False,
            concurrent_runs=2,
            node_params='{"1":"a=b"}',
        ),
    ),
    "run_trigger_node": (
        {"AppId": 1, "NodeId": 2, "BizDate": 1606147200000, "CycleTime": 1606200230105},
        RunTriggerNode(app_id=1, node_id=2, biz_date=1606147200000, cycle_time=1606200230105),
    ),
    "get_dag": ({"DagId": 5, "ProjectEnv": "PROD"}, dag.GetDag(dag_id=5)),
    "list_instances": (
        {"ProjectId": 1, "ProjectEnv": "DEV", "Bizdate": DATE, "NodeId": 2, "PageNumber": 1, "PageSize": 100},
        instance.ListInstances(project_id=1, project_env="DEV", bizdate=DATE, node_id=2),
    ),
    "get_instance": (ONE, instance.GetInstance(instance_id=5)),
    "get_instance_log": (ONE, instance.GetInstanceLog(instance_id=5)),
    "stop_instance": (ONE, instance.StopInstance(instance_id=5)),
    "restart_instance": (ONE, instance.RestartInstance(instance_id=5)),
    "set_success_instance": (ONE, instance.SetSuccessInstance(instance_id=5)),
}


@pytest.fixture(scope="module")
def sent(alibaba_modules: SimpleNamespace) -> dict[str, Seen]:
    calls = {name: parameters for name, (parameters, _) in OURS.items()}
    sdk = SimpleNamespace(Client=alibaba_modules.DataWorks, models=alibaba_modules.dataworks)
    return sent_by_sdk(sdk, alibaba_modules.Config, calls)


@pytest.mark.parametrize("name", OURS)
def test_a_request_is_what_the_sdk_sends(name: str, sent: dict[str, Seen]) -> None:
    check_against(sent[name], OURS[name][1])
