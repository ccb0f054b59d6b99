"""The request that creates a data service API, apart from all that only a run needs."""

from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field, JsonValue, field_serializer

from airflow_provider_cloudflows.calls.resource import Creation
from airflow_provider_cloudflows.calls.rpc import RpcRequest
from airflow_provider_cloudflows.calls.rules import Required, matches
from airflow_provider_cloudflows.services.dataworks.service import OnDataWorks, WireId

if TYPE_CHECKING:
    from airflow_provider_cloudflows.services.dataworks.data_service_api import (
        CreatedDataServiceApi,
        DataServiceApiResource,
    )

__all__ = ["CreateDataServiceApi"]

ApiName = matches(
    "(?=.{4,50}$)[A-Za-z\u4e00-\u9fff][A-Za-z0-9_\u4e00-\u9fff]*",
    "must be 4 to 50 Chinese characters, letters, digits and underscores, and begin with a character or letter",
)
ApiPath = matches(
    "(?=.{2,200}$)/[A-Za-z0-9_/-]+", "must begin with / and hold letters, digits, _ and -, up to 200 characters"
)
Details = dict[str, JsonValue] | str


class CreateDataServiceApi(OnDataWorks, RpcRequest, Creation["CreatedDataServiceApi"]):
    """Create an API in a data service group (vendor page *CreateDataServiceApi*). Numbers are the vendor's.

    :param project_id: id of the DataWorks workspace.
    :param group_id: id of the data service group.
    :param api_name: name.
    :param api_path: path.
    :param api_mode: 0 for a wizard, 1 for a script, 2 for a registered API.
    :param api_description: free text.
    :param request_method: 0 for GET, 1 for POST, 2 for PUT, 3 for DELETE.
    :param response_content_type: 0 for JSON, 1 for XML.
    :param protocols: 0 for HTTP, 1 for HTTPS, ``0,1`` for both.
    :param timeout: milliseconds, up to 30,000.
    :param visible_range: 0 for the workspace, 1 for its creator.
    :param request_content_type: 0 for XML, 1 for JSON, 2 for a form.
    :param folder_id: folder in the group; 0 is its root.
    :param resource_group_id: exclusive resource group.
    :param sql_mode: 0 for plain SQL, 1 for MyBatis.
    :param wizard_details: what a wizard API does, as the vendor's page of *GetDataServiceApi* shows it.
    :param script_details: the same for a script.
    :param registration_details: the same for a registered API.
    :param tenant_id: id of the tenant.
    """

    operation: ClassVar[str] = "CreateDataServiceApi"

    project_id: WireId
    group_id: Annotated[str, Required]
    api_name: Annotated[str, ApiName]
    api_path: Annotated[str, ApiPath]
    api_mode: Annotated[int, Field(ge=0, le=2)]
    api_description: Annotated[str, Required]
    request_method: Annotated[int, Field(ge=0, le=3)]
    response_content_type: Annotated[int, Field(ge=0, le=1)]
    protocols: Annotated[str, matches("[01](,[01])?", "must be 0, 1 or 0,1")]
    timeout: Annotated[int, Field(gt=0, le=30000)]
    visible_range: Annotated[int, Field(ge=0, le=1)]
    request_content_type: Annotated[int, Field(ge=0, le=2)] | None = None
    folder_id: Annotated[int, Field(ge=0)] | None = None
    resource_group_id: WireId | None = None
    sql_mode: Annotated[int, Field(ge=0, le=1)] | None = None
    wizard_details: Details | None = None
    script_details: Details | None = None
    registration_details: Details | None = None
    tenant_id: WireId | None = None

    @field_serializer("wizard_details", "script_details", "registration_details")
    def _as_text(self, details: Any) -> Any:
        from airflow_provider_cloudflows.calls.rpc_wire import form_text  # no DAG file sends anything

        return None if details is None else form_text(details)

    @classmethod
    def resource_type(cls) -> "type[DataServiceApiResource]":
        from airflow_provider_cloudflows.services.dataworks.data_service_api import (
            DataServiceApiResource,  # no DAG file looks for one
        )

        return DataServiceApiResource

    def resource(self) -> "DataServiceApiResource":
        names = ("api_name", "api_path", "group_id", "project_id")
        return self.resource_type()({name: getattr(self, name) for name in names})

    def made_id(self, answer: "CreatedDataServiceApi") -> int:
        return answer.data
