"""The request that creates a file, apart from all that only a run needs, and what a create and an update share."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from airflow_provider_cloudflows.calls.resource import Creation
from airflow_provider_cloudflows.calls.rules import Name, Required
from airflow_provider_cloudflows.services.dataworks.service import InWorkspace

if TYPE_CHECKING:
    from airflow_provider_cloudflows.services.dataworks.file import CreatedFile, FileResource

__all__ = ["CreateFile", "FileSettings"]

Text = Annotated[str, Required]
Milliseconds = Annotated[int, Field(ge=0)]


class FileSettings(InWorkspace):
    """What a file holds, and how its node is scheduled.

    :param content: the code.
    :param file_description: free text.
    :param owner: account id of who owns it.
    :param connection_name: data source that the node works on.
    :param resource_group_identifier: resource group that it runs on.
    :param para_value: parameters of the schedule, separated by blanks.
    :param cycle_type: ``DAY`` for days, weeks and months, ``NOT_DAY`` for minutes and hours.
    :param cron_express: when it runs.
    :param scheduler_type: ``NORMAL``, ``MANUAL``, ``PAUSE`` or ``SKIP``.
    :param stop: whether the schedule is suspended.
    :param start_effect_date: when the schedule begins, in milliseconds since the epoch.
    :param end_effect_date: when it ends.
    :param rerun_mode: ``ALL_ALLOWED``, ``FAILURE_ALLOWED`` or ``ALL_DENIED``.
    :param auto_rerun_times: how often it is run again after an error, up to 10.
    :param auto_rerun_interval_millis: pause before that, up to 30 minutes.
    :param timeout: of a run, as the schedule's settings have it.
    :param output_list: names of its outputs, separated by commas.
    :param auto_parsing: whether its dependencies are read from the code.
    :param dependent_type: what of the cycle before it depends on.
    :param dependent_node_id_list: nodes of the cycle before, separated by commas.
    :param ignore_parent_skip_running_property: whether it inherits a dry run of the cycle before.
    :param input_parameters: JSON text, as the vendor's page of *GetFile* shows it.
    :param output_parameters: the same.
    :param advanced_settings: JSON text, for nodes of EMR.
    :param apply_schedule_immediately: whether the schedule changes with the deployment.
    :param start_immediately: whether a node of EMR starts with the deployment.
    :param image_id: an image of one's own.
    """

    content: str | None = None
    file_description: str | None = None
    owner: Text | None = None
    connection_name: Text | None = None
    resource_group_identifier: Text | None = None
    para_value: str | None = None
    cycle_type: Literal["DAY", "NOT_DAY"] | None = None
    cron_express: Text | None = None
    scheduler_type: Literal["NORMAL", "MANUAL", "PAUSE", "SKIP"] | None = None
    stop: bool | None = None
    start_effect_date: Milliseconds | None = None
    end_effect_date: Milliseconds | None = None
    rerun_mode: Literal["ALL_ALLOWED", "FAILURE_ALLOWED", "ALL_DENIED"] | None = None
    auto_rerun_times: Annotated[int, Field(ge=0, le=10)] | None = None
    auto_rerun_interval_millis: Annotated[int, Field(ge=0, le=1800000)] | None = None
    timeout: Annotated[int, Field(ge=0)] | None = None
    output_list: str | None = None
    auto_parsing: bool | None = None
    dependent_type: Text | None = None
    dependent_node_id_list: Text | None = None
    ignore_parent_skip_running_property: bool | None = None
    input_parameters: str | None = None
    output_parameters: str | None = None
    advanced_settings: str | None = None
    apply_schedule_immediately: bool | None = None
    start_immediately: bool | None = None
    image_id: Text | None = None


class CreateFile(FileSettings, Creation["CreatedFile"]):
    """Create a file (vendor page *CreateFile*), which only workspaces with the older DataStudio have.

    :param file_name: name.
    :param file_type: code of its type, for example 10 for MaxCompute SQL.
    :param file_folder_path: folder; with the name it tells one file from another.
    :param create_folder_if_not_exists: whether to make the folder.
    :param input_list: names of the outputs that it depends on, separated by commas.
    """

    operation: ClassVar[str] = "CreateFile"

    file_name: Annotated[str, Name]
    file_type: Annotated[int, Field(ge=0)]
    file_folder_path: Text
    create_folder_if_not_exists: bool | None = None
    input_list: str | None = None

    @classmethod
    def resource_type(cls) -> "type[FileResource]":
        from airflow_provider_cloudflows.services.dataworks.file import FileResource  # no DAG file looks for one

        return FileResource

    def resource(self) -> "FileResource":
        place = {"file_folder_path": self.file_folder_path, **self.workspace()}
        return self.resource_type()({"file_name": self.file_name, **place})

    def made_id(self, answer: "CreatedFile") -> int:
        return answer.data
