"""The arguments that a create and an update of a DataWorks file share: what it holds, and how its node is scheduled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from airflow_provider_cloudflows.operators.base import AlibabaOperator

__all__ = ["FileSettingsOperator"]


class FileSettingsOperator(AlibabaOperator):
    """Base of both.

    :param project_id: id of the DataWorks workspace; either this or ``project_identifier``.
    :param project_identifier: name of the DataWorks workspace.
    :param content: the code.
    :param file_description: free text.
    :param file_owner: account id of who owns it; by default the caller's. Airflow's ``owner`` is of the task.
    :param connection_name: data source that the node works on.
    :param resource_group_identifier: resource group that it runs on.
    :param para_value: parameters of the schedule, separated by blanks.
    :param cycle_type: ``DAY`` for days, weeks and months, ``NOT_DAY`` for minutes and hours.
    :param cron_express: when it runs, for example ``00 05 00 * * ?``.
    :param scheduler_type: ``NORMAL``, ``MANUAL``, ``PAUSE`` or ``SKIP``.
    :param stop: whether the schedule is suspended.
    :param start_effect_date: when the schedule begins, in milliseconds since the epoch.
    :param end_effect_date: when it ends.
    :param rerun_mode: ``ALL_ALLOWED``, ``FAILURE_ALLOWED`` or ``ALL_DENIED``.
    :param auto_rerun_times: how often it is run again after an error, up to 10.
    :param auto_rerun_interval_millis: pause before that in milliseconds, up to 30 minutes.
    :param node_timeout: of a run, as the schedule's settings have it (*Timeout*).
    :param output_list: names of its outputs, separated by commas.
    :param auto_parsing: whether its dependencies are read from the code.
    :param dependent_type: what of the cycle before it depends on, for example ``SELF`` or ``NONE``.
    :param dependent_node_id_list: nodes of the cycle before, separated by commas.
    :param ignore_parent_skip_running_property: whether it inherits a dry run of the cycle before.
    :param input_parameters: JSON text, as the vendor's page *GetFile* shows it.
    :param output_parameters: the same.
    :param advanced_settings: JSON text, for streaming nodes of EMR.
    :param apply_schedule_immediately: whether the schedule changes with the deployment.
    :param start_immediately: whether a streaming node of EMR starts with the deployment.
    :param image_id: an image of your own.
    """

    argument_names: ClassVar[Mapping[str, str]] = {"owner": "file_owner", "timeout": "node_timeout"}

    def __init__(
        self,
        *,
        project_id: int | str | None = None,
        project_identifier: str | None = None,
        content: str | None = None,
        file_description: str | None = None,
        file_owner: str | None = None,
        connection_name: str | None = None,
        resource_group_identifier: str | None = None,
        para_value: str | None = None,
        cycle_type: str | None = None,
        cron_express: str | None = None,
        scheduler_type: str | None = None,
        stop: bool | str | None = None,
        start_effect_date: int | str | None = None,
        end_effect_date: int | str | None = None,
        rerun_mode: str | None = None,
        auto_rerun_times: int | str | None = None,
        auto_rerun_interval_millis: int | str | None = None,
        node_timeout: int | str | None = None,
        output_list: str | None = None,
        auto_parsing: bool | str | None = None,
        dependent_type: str | None = None,
        dependent_node_id_list: str | None = None,
        ignore_parent_skip_running_property: bool | str | None = None,
        input_parameters: str | None = None,
        output_parameters: str | None = None,
        advanced_settings: str | None = None,
        apply_schedule_immediately: bool | str | None = None,
        start_immediately: bool | str | None = None,
        image_id: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.project_id = project_id
        self.project_identifier = project_identifier
        self.content = content
        self.file_description = file_description
        self.file_owner = file_owner
        self.connection_name = connection_name
        self.resource_group_identifier = resource_group_identifier
        self.para_value = para_value
        self.cycle_type = cycle_type
        self.cron_express = cron_express
        self.scheduler_type = scheduler_type
        self.stop = stop
        self.start_effect_date = start_effect_date
        self.end_effect_date = end_effect_date
        self.rerun_mode = rerun_mode
        self.auto_rerun_times = auto_rerun_times
        self.auto_rerun_interval_millis = auto_rerun_interval_millis
        self.node_timeout = node_timeout
        self.output_list = output_list
        self.auto_parsing = auto_parsing
        self.dependent_type = dependent_type
        self.dependent_node_id_list = dependent_node_id_list
        self.ignore_parent_skip_running_property = ignore_parent_skip_running_property
        self.input_parameters = input_parameters
        self.output_parameters = output_parameters
        self.advanced_settings = advanced_settings
        self.apply_schedule_immediately = apply_schedule_immediately
        self.start_immediately = start_immediately
        self.image_id = image_id
