"""The BPStudio (CADT) room: API version 2021-09-31, one module per resource."""

from __future__ import annotations

from airflow_provider_cloudflows.sandbox.bpstudio import choices, task
from airflow_provider_cloudflows.sandbox.refusals import AlibabaRefusal, BPStudioRefusal
from airflow_provider_cloudflows.sandbox.room import Room

ROOM = Room(
    cloud="alibaba",
    service="BPStudio",
    operations=task.OPERATIONS,
    resources=(task.RESOURCE,),
    failure=lambda operation: AlibabaRefusal,
    unsuccessful=lambda operation: (BPStudioRefusal, choices.FAILED.value),
    seed=task.seed,
    choices=choices,
)
