"""The request that changes a file, apart from all that only a run needs."""

from typing import TYPE_CHECKING, Annotated, ClassVar

from airflow_provider_cloudflows.calls.resource import Change
from airflow_provider_cloudflows.calls.rules import Name, Required
from airflow_provider_cloudflows.services.dataworks.create_file import FileSettings
from airflow_provider_cloudflows.services.dataworks.service import WireId

if TYPE_CHECKING:
    from airflow_provider_cloudflows.services.dataworks.file import Done, FileResource  # noqa: F401 - a text names the answer

__all__ = ["UpdateFile"]


class UpdateFile(FileSettings, Change["Done"]):
    """Change a file (vendor page *UpdateFile*).

    :param file_id: id of the file.
    :param file_name: a new name.
    :param file_folder_path: another folder.
    :param input_list: names of the outputs that it depends on; the vendor requires them.
    """

    operation: ClassVar[str] = "UpdateFile"
    id_field: ClassVar[str] = "file_id"

    file_id: WireId
    input_list: Annotated[str, Required]
    file_name: Annotated[str, Name] | None = None
    file_folder_path: Annotated[str, Required] | None = None

    @classmethod
    def resource_type(cls) -> "type[FileResource]":
        from airflow_provider_cloudflows.services.dataworks.file import FileResource  # no DAG file needs it

        return FileResource

    def resource(self) -> "FileResource":
        return self.resource_type()(self.workspace())
