"""Operator for BPStudio (Cloud Architect Design Tools): a task of an application."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from airflow_provider_cloudflows.hooks.alibaba import AlibabaCloudHook
from airflow_provider_cloudflows.links.bpstudio import BPStudioApplicationLink
from airflow_provider_cloudflows.operators.base import AlibabaCreateOperator
from airflow_provider_cloudflows.services.bpstudio import CreatedTask, CreateTask

if TYPE_CHECKING:
    from airflow_provider_cloudflows.hooks.base import CloudHook

__all__ = ["CreateBPStudioTaskOperator"]


class CreateBPStudioTaskOperator(AlibabaCreateOperator):
    """Create a task and return its id, an int (vendor page *CreateTask*). The task is recorded, not started.

    All arguments are templated.

    :param task_name: name of the task.
    :param app_id: id of the application; *ListApplication* and the console show it.
    :param process_id: id of the process; only the console shows it.
    :param variables: values by template variable, for example ``{"${name}": "value"}``; they travel as text. Airflow
        shows them as a rendered field: pass a secret through an Airflow variable or connection, which it masks.
    :param region: region id; stronger than the connection's. BPStudio itself runs in cn-hangzhou and ap-southeast-1.
    :param alibabacloud_conn_id: the Airflow connection.
    """

    template_fields: Sequence[str] = (
        "task_name",
        "app_id",
        "process_id",
        "variables",
        "region",
        "alibabacloud_conn_id",
    )
    template_fields_renderers: ClassVar[dict[str, str]] = {"variables": "json"}
    operator_extra_links = (BPStudioApplicationLink(),)
    request_type: ClassVar[type[CreateTask]] = CreateTask

    def __init__(
        self,
        *,
        task_name: str,
        app_id: str,
        process_id: str,
        variables: Mapping[str, Any] | None = None,
        region: str | None = None,
        alibabacloud_conn_id: str = AlibabaCloudHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.task_name = task_name
        self.app_id = app_id
        self.process_id = process_id
        self.variables = variables
        self.region = region
        self.alibabacloud_conn_id = alibabacloud_conn_id
        self.check_literals()

    def resource_id(self, created: CreatedTask) -> int:
        """Return ``Data``, the task id."""
        return created.data

    def console_url(self, request: CreateTask, hook: CloudHook) -> str:
        """Return the page of the application."""
        return BPStudioApplicationLink.url(request.app_id)
