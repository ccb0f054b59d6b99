"""Files of the older DataStudio: the nodes of workspaces that have no newer one (API 2020-05-18, page *GetFile*).

A file becomes a node of the schedule when it is submitted. The vendor publishes no code for one that does not exist, so
the list has to tell; one in the recycle bin counts as gone. That no folder holds two files of one name is assumed.
"""

from typing import Annotated, Any, ClassVar

from pydantic import Field

from airflow_provider_cloudflows.calls.answers import RpcModel, RpcResponse
from airflow_provider_cloudflows.calls.call import Call
from airflow_provider_cloudflows.calls.pages import PageNumbers
from airflow_provider_cloudflows.calls.resource import Id, Resource
from airflow_provider_cloudflows.services.dataworks.service import InWorkspace, WireId, time_of
from airflow_provider_cloudflows.transport.effect import Effect

__all__ = ["CreatedFile", "Done", "File", "FileResource", "GetFile", "ListFiles"]

COMMITTED = 1


class File(RpcModel):
    """One file. Only a read by its id shows ``content``.

    :param commit_status: 1 when what it holds was submitted, 0 when it was changed since.
    :param node_id: the node of the schedule that it became.
    """

    file_id: int
    file_name: str | None = None
    file_type: int | None = None
    file_description: str | None = None
    content: str | None = None
    owner: str | None = None
    commit_status: int | None = None
    current_version: int | None = None
    deleted_status: str | None = None
    node_id: int | None = None
    create_time: int | None = None
    create_user: str | None = None
    last_edit_time: int | None = None

    @property
    def is_committed(self) -> bool:
        """Whether there is nothing to submit."""
        return self.commit_status == COMMITTED

    @property
    def is_there(self) -> bool:
        """Whether it is neither deleted nor in the recycle bin."""
        return self.deleted_status in (None, "", "NORMAL")


class FileAndNode(RpcModel):
    """:param file: the file."""

    file: File | None = None


class FileDetails(RpcResponse):
    """:param data: the file, and how it is scheduled."""

    data: FileAndNode


class GetFile(InWorkspace, Call[FileDetails]):
    """Read one file by its id."""

    operation: ClassVar[str] = "GetFile"
    effect: ClassVar[Effect] = Effect.READ

    file_id: WireId


class FilePageInfo(RpcModel):
    files: list[File] = Field(default_factory=list)
    total_count: int | None = None


class FilePage(RpcResponse):
    """:param data: one page of files."""

    data: FilePageInfo


class ListFiles(InWorkspace, PageNumbers[FilePage, File]):
    """List the files of a folder.

    :param file_folder_path: path of the folder.
    :param exact_file_name: only the file of this name.
    :param page_size: 1 to 100.
    """

    operation: ClassVar[str] = "ListFiles"
    effect: ClassVar[Effect] = Effect.READ

    file_folder_path: str | None = None
    exact_file_name: str | None = None
    page_number: Annotated[int, Field(ge=1)] = 1
    page_size: Annotated[int, Field(ge=1, le=100)] = 100

    def items(self, response: FilePage) -> list[File]:
        return response.data.files

    def total(self, response: FilePage) -> int | None:
        return response.data.total_count

    def key_of(self, item: File) -> int:
        return item.file_id


class CreatedFile(RpcResponse):
    """:param data: id of the new file."""

    data: int


class Done(RpcResponse):
    """:param deployment_id: the deployment that takes a deleted file out of the schedule, or None."""

    deployment_id: int | None = None


class FileResource(Resource):
    """A file, by its name in its folder."""

    title = "file"
    item_type = File
    name_field = "file_name"
    id_field = "file_id"
    told_by = ("file_name",)
    compared = ("content", "file_type", "file_description", "owner")
    creator_fields = ("create_user",)

    def reading(self, resource_id: Id) -> GetFile:
        return GetFile(**self._workspace(), file_id=int(resource_id))

    def item_of(self, answer: FileDetails, resource_id: Id) -> File | None:
        file = answer.data.file
        return file if file is not None and file.is_there else None

    def listing(self, name: str | None = None) -> ListFiles:
        return ListFiles(
            **self._workspace(), file_folder_path=self.identity.get("file_folder_path"), exact_file_name=name
        )

    def born(self, item: Any) -> str | None:
        return time_of(item.create_time)

    def _workspace(self) -> dict[str, Any]:
        return {name: self.identity.get(name) for name in ("project_id", "project_identifier")}
