"""The request that deletes a file, apart from all that only a run needs."""

from typing import TYPE_CHECKING, ClassVar

from airflow_provider_cloudflows.calls.resource import Removal
from airflow_provider_cloudflows.services.dataworks.service import InWorkspace, WireId

if TYPE_CHECKING:
    from airflow_provider_cloudflows.services.dataworks.file import Done, FileResource  # noqa: F401 - a text names the answer

__all__ = ["DeleteFile"]


class DeleteFile(InWorkspace, Removal["Done"]):
    """Delete a file (vendor page *DeleteFile*). What was submitted of it leaves the schedule a little later.

    :param file_id: id of the file.
    """

    operation: ClassVar[str] = "DeleteFile"
    id_field: ClassVar[str] = "file_id"

    file_id: WireId

    @classmethod
    def resource_type(cls) -> "type[FileResource]":
        from airflow_provider_cloudflows.services.dataworks.file import FileResource  # no DAG file needs it

        return FileResource

    def resource(self) -> "FileResource":
        return self.resource_type()(self.workspace())
