"""Operator for BPStudio (Cloud Architect Design Tools): a task of an application."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from airflow_provider_cloudflows.base_errors import InvalidParameter
from airflow_provider_cloudflows.links.bpstudio import BPStudioApplicationLink
from airflow_provider_cloudflows.operators.base import AlibabaOperator
from airflow_provider_cloudflows.operators.create import CreateOperator
from airflow_provider_cloudflows.operators.literals import is_positive_number

if TYPE_CHECKING:
    from airflow_provider_cloudflows.hooks.base import CloudHook
    from airflow_provider_cloudflows.provisioning.created import Created
    from airflow_provider_cloudflows.provisioning.provisioner import Provisioner
    from airflow_provider_cloudflows.services.bpstudio.create_task import CreateTask

__all__ = ["CreateBPStudioTaskOperator"]


class CreateBPStudioTaskOperator(AlibabaOperator, CreateOperator):
    """Create a task and return its id, an int (vendor page *CreateTask*). The task is recorded, not started.

    The service lists no tasks, so a lost answer cannot be cleared up by looking: the task is created *at most once*.
    When the outcome of a create is unknown, this and every later try stops with :class:`~..errors.LostTrack` until a
    person has looked in the console; when the task on record is gone, with :class:`~..errors.Gone`. Nor is there an
    operation that deletes a task, so a DAG cannot tear it down. BPStudio itself runs in cn-hangzhou and ap-southeast-1.
    All arguments are templated.

    :param task_name: name of the task.
    :param app_id: id of the application; *ListApplication* and the console show it.
    :param process_id: id of the process; only the console shows it.
    :param variables: values by template variable, for example ``{"${name}": "value"}``, or the JSON text of such an
        object; they travel as text, lists and objects as JSON text, dates in ISO 8601 (see
        :func:`~..json_form.json_form`). Airflow renders templates in the values of a mapping, not in its keys, and
        shows them as a rendered field: pass a secret through an Airflow variable or connection, which it masks.
    :param on_unknown: ``"fail"`` stops when the outcome of a create is unknown, or when the task on record is gone;
        ``"resend"`` makes another one: one more send for each unknown outcome and try, and at most three in all tries
        of a DAG run together, so that in the worst case four tasks exist.
    :param existing_task_id: id of the task that a person found after an unknown outcome; it is taken over if name,
        application and process are those asked for, and refused when the task has another id on record.
    """

    template_fields_renderers: ClassVar[dict[str, str]] = {"variables": "json"}
    operator_extra_links = (BPStudioApplicationLink(),)
    request_path = "airflow_provider_cloudflows.services.bpstudio.create_task.CreateTask"

    def __init__(
        self,
        *,
        task_name: str,
        app_id: str,
        process_id: str,
        variables: Mapping[str, Any] | str | None = None,
        on_unknown: str = "fail",
        existing_task_id: int | str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.task_name = task_name
        self.app_id = app_id
        self.process_id = process_id
        self.variables = variables
        self.on_unknown = on_unknown
        self.existing_task_id = existing_task_id
        self.check_literals()

    def check_protocol_settings(self) -> None:
        """Check ``on_unknown`` and ``existing_task_id``; a template is checked when it is rendered."""
        if self.is_known(self.on_unknown):
            self.check_choice("on_unknown", self.on_unknown, ("fail", "resend"))
        found = self.existing_task_id
        if found is not None and self.is_known(found) and not is_positive_number(found):
            raise InvalidParameter(
                f"{self._got('existing_task_id', self.existing_task_id)}: it is the number of a task."
            )

    def protocol_settings(self) -> dict[str, Any]:
        """Return ``on_unknown``: a task cannot be looked up, so the other settings mean nothing here."""
        return {"on_unknown": self.on_unknown}

    def provision(self, provisioner: Provisioner, request: CreateTask) -> Created:
        """Take over the task that a person found, or run the create protocol."""
        if self.existing_task_id is not None:
            return provisioner.adopt(request, int(self.existing_task_id), self.stoppable())
        return super().provision(provisioner, request)

    def dry_run(self) -> None:
        """Say which task would be taken over, where a person found one; otherwise as every create operator."""
        self.check_rendered()
        if self.existing_task_id is None:
            super().dry_run()
            return
        self.log.info("%s would take over %s.", self._where(), self.existing_task_id)

    def console_url(self, request: CreateTask, hook: CloudHook) -> str:
        """Return the page of the application."""
        return BPStudioApplicationLink.url(request.app_id)
