"""Operators for a file of DataWorks, in workspaces with the older DataStudio (API version 2020-05-18).

A file is to the older DataStudio what a node is to the newer one. They have nothing in common but what they are for: a
file has a number, a folder and a flat list of settings, a node a FlowSpec document. So the operators are apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_cloudflows.links.dataworks import DataStudioLink
from airflow_provider_cloudflows.operators.base import AlibabaOperator
from airflow_provider_cloudflows.operators.create import CreateNamedOperator
from airflow_provider_cloudflows.operators.delete import DeleteOperator
from airflow_provider_cloudflows.operators.file_settings import FileSettingsOperator
from airflow_provider_cloudflows.operators.update import UpdateOperator

if TYPE_CHECKING:
    from airflow_provider_cloudflows.hooks.base import CloudHook
    from airflow_provider_cloudflows.services.dataworks.create_file import CreateFile
    from airflow_provider_cloudflows.services.dataworks.update_file import UpdateFile

__all__ = ["CreateDataWorksFileOperator", "DeleteDataWorksFileOperator", "UpdateDataWorksFileOperator"]

SERVICES = "airflow_provider_cloudflows.services.dataworks"


class CreateDataWorksFileOperator(FileSettingsOperator, CreateNamedOperator):
    """Create a file and return its id, an int (vendor page *CreateFile*).

    It is found by its name in its folder. It runs when it is deployed: see ``SubmitAndDeployFileOperator``. All
    arguments are templated. What exists and differs is reported and not changed: ``UpdateDataWorksFileOperator`` does.

    :param file_name: name of the file.
    :param file_type: code of its type, for example 10 for MaxCompute SQL and 6 for Shell.
    :param file_folder_path: path of its folder; with the name it tells one file from another, so it has to be given.
    :param create_folder_if_not_exists: whether to make the folder.
    :param input_list: names of the outputs that it depends on, separated by commas.
    """

    operator_extra_links = (DataStudioLink(),)
    request_path = f"{SERVICES}.create_file.CreateFile"

    def __init__(
        self,
        *,
        file_name: str,
        file_type: int | str,
        file_folder_path: str,
        create_folder_if_not_exists: bool | str | None = None,
        input_list: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.file_name = file_name
        self.file_type = file_type
        self.file_folder_path = file_folder_path
        self.create_folder_if_not_exists = create_folder_if_not_exists
        self.input_list = input_list
        self.check_literals()

    def console_url(self, request: CreateFile, hook: CloudHook) -> str:
        """Return DataStudio of the workspace."""
        return DataStudioLink.url(hook.get_conn().endpoints.region, request.project_id)


class UpdateDataWorksFileOperator(FileSettingsOperator, UpdateOperator):
    """Change a file and return its id (vendor page *UpdateFile*).

    What is not given stays, as far as the service keeps it. What runs changes when the file is deployed again. All
    arguments are templated.

    :param file_id: id of the file, for example the output of its create.
    :param input_list: names of the outputs that it depends on, separated by commas; the vendor requires them.
    :param file_name: a new name.
    :param file_folder_path: another folder.
    """

    operator_extra_links = (DataStudioLink(),)
    request_path = f"{SERVICES}.update_file.UpdateFile"

    def __init__(
        self,
        *,
        file_id: int | str,
        input_list: str,
        file_name: str | None = None,
        file_folder_path: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.file_id = file_id
        self.input_list = input_list
        self.file_name = file_name
        self.file_folder_path = file_folder_path
        self.check_literals()

    def console_url(self, request: UpdateFile, hook: CloudHook) -> str:
        """Return DataStudio of the workspace."""
        return DataStudioLink.url(hook.get_conn().endpoints.region, request.project_id)


class DeleteDataWorksFileOperator(AlibabaOperator, DeleteOperator):
    """Delete a file and return whether it was there (vendor page *DeleteFile*).

    What was submitted of it leaves the schedule a little later, by a deployment that the service begins by itself. All
    arguments are templated.

    :param file_id: id of the file, for example the output of its create.
    :param project_id: id of the DataWorks workspace; either this or ``project_identifier``.
    :param project_identifier: name of the DataWorks workspace.
    """

    request_path = f"{SERVICES}.delete_file.DeleteFile"

    def __init__(
        self,
        *,
        file_id: int | str,
        project_id: int | str | None = None,
        project_identifier: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.file_id = file_id
        self.project_id = project_id
        self.project_identifier = project_identifier
        self.check_literals()
