"""Operator for BPStudio (Cloud Architect Design Tools): a task of an application."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from airflow_provider_cloudflows.errors import InvalidParameter
from airflow_provider_cloudflows.hooks.alibaba import AlibabaCloudHook
from airflow_provider_cloudflows.links.bpstudio import BPStudioApplicationLink
from airflow_provider_cloudflows.operators.base import AlibabaCreateOperator
from airflow_provider_cloudflows.operators.literals import is_literal
from airflow_provider_cloudflows.services.bpstudio.task import CreateTask

if TYPE_CHECKING:
    from airflow_provider_cloudflows.hooks.base import CloudHook
    from airflow_provider_cloudflows.provisioning import Created, Provisioner

__all__ = ["CreateBPStudioTaskOperator"]


class CreateBPStudioTaskOperator(AlibabaCreateOperator):
    """Create a task and return its id, an int (vendor page *CreateTask*). The task is recorded, not started.

    The service lists no tasks, so a lost answer cannot be cleared up by looking: the task is created *at most once*.
    When the outcome of a create is unknown, this and every later try stops with :class:`~..errors.LostTrack` until a
    person has looked in the console. All arguments are templated.

    :param task_name: name of the task.
    :param app_id: id of the application; *ListApplication* and the console show it.
    :param process_id: id of the process; only the console shows it.
    :param variables: values by template variable, for example ``{"${name}": "value"}``; they travel as text. Airflow
        shows them as a rendered field: pass a secret through an Airflow variable or connection, which it masks.
    :param on_unknown: ``"fail"`` stops when the outcome of a create is unknown; ``"resend"`` sends it again, which may
        make a second task.
    :param existing_task_id: id of the task that a person found after an unknown outcome; it is taken over.
    :param region: region id; stronger than the connection's. BPStudio itself runs in cn-hangzhou and ap-southeast-1.
    :param alibabacloud_conn_id: the Airflow connection.
    """

    template_fields: Sequence[str] = (
        "task_name",
        "app_id",
        "process_id",
        "variables",
        "on_unknown",
        "existing_task_id",
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
        on_unknown: str = "fail",
        existing_task_id: int | str | None = None,
        region: str | None = None,
        alibabacloud_conn_id: str = AlibabaCloudHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.task_name = task_name
        self.app_id = app_id
        self.process_id = process_id
        self.variables = variables
        self.on_unknown = on_unknown
        self.existing_task_id = existing_task_id
        self.region = region
        self.alibabacloud_conn_id = alibabacloud_conn_id
        self.check_literals()

    def check_protocol_settings(self) -> None:
        """Check ``on_unknown`` and ``existing_task_id``; a template is checked when it is rendered."""
        if is_literal(self.on_unknown):
            self.check_choice("on_unknown", self.on_unknown, ("fail", "resend"))
        if is_literal(self.existing_task_id) and not _is_task_id(self.existing_task_id):
            raise InvalidParameter(
                f"{self._where()} got existing_task_id={self.existing_task_id!r}: it is the number of a task."
            )

    def protocol_settings(self) -> dict[str, Any]:
        """Return ``on_unknown``: a task cannot be looked up, so the other settings mean nothing here."""
        return {"on_unknown": self.on_unknown}

    def provision(self, provisioner: Provisioner, request: CreateTask) -> Created:
        """Take over the task that a person found, or run the create protocol."""
        if self.existing_task_id not in (None, ""):
            return provisioner.adopt(request, int(self.existing_task_id))
        return super().provision(provisioner, request)

    def dry_run(self) -> None:
        """Say which task would be taken over, where a person found one; otherwise as every create operator."""
        if self.existing_task_id in (None, ""):
            super().dry_run()
            return
        self._refuse_rendered_nothing()
        self.check_literals()
        self.log.info("%s would take over %s.", self._where(), self.existing_task_id)

    def console_url(self, request: CreateTask, hook: CloudHook) -> str:
        """Return the page of the application."""
        return BPStudioApplicationLink.url(request.app_id)


def _is_task_id(value: Any) -> bool:
    """No id at all, as a template may render, is fine too."""
    if isinstance(value, str):
        return value == "" or (value.isascii() and value.isdecimal() and int(value) > 0)
    return value is None or (type(value) is int and value > 0)
