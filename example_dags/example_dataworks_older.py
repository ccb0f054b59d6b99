"""Run what is in a DataWorks workspace of the older DataStudio: trigger a node, wait, run a manual flow, backfill.

A node of the nightly schedule waits for a signal from outside, which this DAG gives. When the node after it has loaded,
a manual flow runs. Another branch loads the day before once more.

What must exist beforehand comes from the DAG's params; their defaults are what the sandbox is born with.
"""

from __future__ import annotations

import pendulum
from airflow.sdk import DAG

from airflow_provider_cloudflows.operators.dataworks.dag import (
    BackfillDataWorksNodesOperator,
    RunDataWorksManualFlowOperator,
)
from airflow_provider_cloudflows.operators.dataworks.trigger import TriggerDataWorksNodeOperator
from airflow_provider_cloudflows.operators.dataworks.workflow_instance import StopDataWorksRunOperator
from airflow_provider_cloudflows.sensors.dataworks.scheduled_instances import DataWorksInstanceSensor

OLDER = {"api_version": "2020-05-18"}

with DAG(
    dag_id="example_dataworks_older",
    schedule=None,
    start_date=pendulum.datetime(2026, 1, 1),
    catchup=False,
    default_args={"project_id": "{{ params.dataworks_older_project_id }}"},
    tags=["cloudflows", "example"],
    params={
        "dataworks_older_project_id": 10001,
        "dataworks_flow_name": "month_end",
        "dataworks_trigger_node_id": 210021,
        "dataworks_node_id": 210022,
    },
):
    give_signal = TriggerDataWorksNodeOperator(
        task_id="give_signal",
        dataworks_node_id="{{ params.dataworks_trigger_node_id }}",
        cycle_time="00:00",
        **OLDER,
    )
    wait_for_load = DataWorksInstanceSensor(
        task_id="wait_for_load",
        dataworks_task_id="{{ params.dataworks_node_id }}",
        poke_interval=30,
        timeout=6 * 3600,
        **OLDER,
    )
    close_month = RunDataWorksManualFlowOperator(
        task_id="close_month",
        flow_name="{{ params.dataworks_flow_name }}",
        dag_parameters={"month": "{{ dag_run.run_after.strftime('%Y%m') }}"},
        deferrable=True,
    )
    load_again = BackfillDataWorksNodesOperator(
        task_id="load_again",
        root_node_id="{{ params.dataworks_node_id }}",
        timeout=6 * 3600,
    )
    stop = StopDataWorksRunOperator(task_id="stop", instance_ids=load_again.output, **OLDER)

    give_signal >> wait_for_load >> close_month
    load_again >> stop.as_teardown(setups=load_again)
