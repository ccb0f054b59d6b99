"""SecMaster data classes: the kinds of objects that workflows handle."""

from typing import Annotated, ClassVar

from pydantic import Field

from airflow_provider_cloudflows.calls.answers import Response
from airflow_provider_cloudflows.calls.models import Wire
from airflow_provider_cloudflows.calls.pages import Offsets
from airflow_provider_cloudflows.calls.rules import Required
from airflow_provider_cloudflows.services.secmaster.service import Limit, Offset, WorkspaceRequest
from airflow_provider_cloudflows.transport.effect import Effect

__all__ = ["DataClass", "DataClassPage", "ListDataClasses"]


class DataClass(Wire):
    """A kind of object that workflows handle, for example ``Alert``."""

    id: Annotated[str, Required]
    name: str | None = None
    business_code: str | None = None
    is_built_in: bool | None = None


class DataClassPage(Response):
    """:param dataclass_details: one page of data classes."""

    dataclass_details: list[DataClass] = Field(default_factory=list)
    total: int | None = None


class ListDataClasses(WorkspaceRequest, Offsets[DataClassPage, DataClass]):
    """List the data classes of a workspace.

    :param name: filter; whether it is exact is not documented: compare the names that come back.
    """

    operation: ClassVar[str] = "ListDataClasses"
    method: ClassVar[str] = "GET"
    path: ClassVar[str] = "/v1/{project_id}/workspaces/{workspace_id}/soc/dataclasses"
    effect: ClassVar[Effect] = Effect.READ

    name: str | None = None
    business_code: str | None = None
    description: str | None = None
    is_built_in: bool | None = None
    offset: Offset = 0
    limit: Limit = 100

    def items(self, response: DataClassPage) -> list[DataClass]:
        return response.dataclass_details

    def total(self, response: DataClassPage) -> int | None:
        return response.total

    def key_of(self, item: DataClass) -> str:
        return item.id
