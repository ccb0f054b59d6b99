"""The DataWorks room: API versions 2020-05-18 and 2024-05-18, one module per resource."""

from __future__ import annotations

from airflow_provider_cloudflows.sandbox.dataworks import (
    business,
    choices,
    dag,
    data_quality,
    data_service_api,
    data_service_group,
    di_job,
    file,
    instance,
    instances,
    node,
    pipeline_run,
    scheduled,
    task_instance,
    workflow_definition,
    workflow_instance,
    workflow_rerun,
    workspace,
)
from airflow_provider_cloudflows.sandbox.refusals import AlibabaRefusal, DataWorksFailure
from airflow_provider_cloudflows.sandbox.room import Room
from airflow_provider_cloudflows.sandbox.state import Store


def _seed(store: Store) -> None:
    workspace.seed(store)
    data_service_group.seed(store)
    scheduled.seed(store)
    di_job.seed(store)
    data_quality.seed(store)


ROOM = Room(
    cloud="alibaba",
    service="DataWorks",
    operations=(
        *business.OPERATIONS,
        *dag.OPERATIONS,
        *data_quality.OPERATIONS,
        *data_service_api.OPERATIONS,
        *data_service_group.OPERATIONS,
        *di_job.OPERATIONS,
        *file.OPERATIONS,
        *instance.OPERATIONS,
        *node.OPERATIONS,
        *pipeline_run.OPERATIONS,
        *scheduled.OPERATIONS,
        *task_instance.OPERATIONS,
        *workflow_definition.OPERATIONS,
        *workflow_instance.OPERATIONS,
        *workflow_rerun.OPERATIONS,
        *workspace.OPERATIONS,
    ),
    resources=(
        business.RESOURCE,
        data_quality.RESOURCE,
        data_service_api.RESOURCE,
        data_service_group.RESOURCE,
        di_job.RESOURCE,
        file.DEPLOYMENT,
        file.FILE,
        instances.CREATION,
        instances.INSTANCE,
        instances.RERUN,
        instances.TASK_INSTANCE,
        node.RESOURCE,
        pipeline_run.RESOURCE,
        pipeline_run.STAGE,
        scheduled.TASK,
        scheduled.WORKFLOW,
        workflow_definition.IMPORT_JOB,
        workflow_definition.RESOURCE,
    ),
    failure=lambda operation: AlibabaRefusal,
    unsuccessful=lambda operation: (DataWorksFailure, "InternalError.System"),
    seed=_seed,
    choices=choices,
)
