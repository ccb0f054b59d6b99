"""Operators for an API in a DataWorks data service group (API version 2020-05-18; the newer one has none of them)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from airflow_provider_cloudflows.links.dataworks import DataServiceLink
from airflow_provider_cloudflows.operators.base import AlibabaOperator
from airflow_provider_cloudflows.operators.create import CreateNamedOperator
from airflow_provider_cloudflows.operators.dataworks_api import DataServiceApiOperator
from airflow_provider_cloudflows.operators.delete import DeleteOperator

if TYPE_CHECKING:
    from airflow_provider_cloudflows.hooks.base import CloudHook
    from airflow_provider_cloudflows.provisioning.in_steps import Way
    from airflow_provider_cloudflows.services.dataworks.create_data_service_api import CreateDataServiceApi

__all__ = [
    "AbolishDataServiceApiOperator",
    "CreateDataServiceApiOperator",
    "DeleteDataServiceApiOperator",
    "PublishDataServiceApiOperator",
]

SERVICES = "airflow_provider_cloudflows.services.dataworks"


class CreateDataServiceApiOperator(AlibabaOperator, CreateNamedOperator):
    """Create an API in a data service group and return its id, an int (vendor page *CreateDataServiceApi*).

    It is found by its name, path and group. It is being developed then: ``PublishDataServiceApiOperator`` puts it into
    service. The numbers are the vendor's. All arguments are templated.

    :param api_name: name, 4 to 50 Chinese characters, letters, digits and underscores.
    :param project_id: id of the DataWorks workspace.
    :param group_id: id of the data service group, for example what ``CreateDataServiceGroupOperator`` returns.
    :param api_path: path, which begins with ``/``.
    :param api_description: free text; the vendor requires it.
    :param api_mode: 0 for a wizard, 1 for a script, 2 for a registered API.
    :param request_method: 0 for GET, 1 for POST; a registered API also 2 for PUT and 3 for DELETE.
    :param response_content_type: 0 for JSON; a registered API also 1 for XML.
    :param protocols: ``"0"`` for HTTP, ``"1"`` for HTTPS, ``"0,1"`` for both.
    :param timeout_ms: how long a call of the API may take, in milliseconds, up to 30,000.
    :param visible_range: 0 for the workspace, 1 for its creator.
    :param request_content_type: 0 for XML, 1 for JSON, 2 for a form.
    :param folder_id: folder in the group; 0 is its root.
    :param resource_group_id: exclusive resource group.
    :param sql_mode: 0 for plain SQL, 1 for MyBatis.
    :param wizard_details: what a wizard API does, as the vendor's page *GetDataServiceApi* shows it: a mapping, or its
        JSON text.
    :param script_details: the same for a script.
    :param registration_details: the same for a registered API.
    :param tenant_id: id of the tenant.
    """

    operator_extra_links = (DataServiceLink(),)
    request_path = f"{SERVICES}.create_data_service_api.CreateDataServiceApi"
    argument_names: ClassVar[Mapping[str, str]] = {"timeout": "timeout_ms"}
    template_fields_renderers: ClassVar[dict[str, str]] = {
        "wizard_details": "json",
        "script_details": "json",
        "registration_details": "json",
    }

    def __init__(
        self,
        *,
        api_name: str,
        project_id: int | str,
        group_id: str,
        api_path: str,
        api_description: str,
        api_mode: int | str = 1,
        request_method: int | str = 0,
        response_content_type: int | str = 0,
        protocols: str = "1",
        timeout_ms: int | str = 10000,
        visible_range: int | str = 0,
        request_content_type: int | str | None = None,
        folder_id: int | str | None = None,
        resource_group_id: int | str | None = None,
        sql_mode: int | str | None = None,
        wizard_details: Mapping[str, Any] | str | None = None,
        script_details: Mapping[str, Any] | str | None = None,
        registration_details: Mapping[str, Any] | str | None = None,
        tenant_id: int | str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.api_name = api_name
        self.project_id = project_id
        self.group_id = group_id
        self.api_path = api_path
        self.api_description = api_description
        self.api_mode = api_mode
        self.request_method = request_method
        self.response_content_type = response_content_type
        self.protocols = protocols
        self.timeout_ms = timeout_ms
        self.visible_range = visible_range
        self.request_content_type = request_content_type
        self.folder_id = folder_id
        self.resource_group_id = resource_group_id
        self.sql_mode = sql_mode
        self.wizard_details = wizard_details
        self.script_details = script_details
        self.registration_details = registration_details
        self.tenant_id = tenant_id
        self.check_literals()

    def console_url(self, request: CreateDataServiceApi, hook: CloudHook) -> str:
        """Return DataService Studio of the region."""
        return DataServiceLink.url(hook.get_conn().endpoints.region)


class PublishDataServiceApiOperator(DataServiceApiOperator):
    """Submit an API and put it into service; return its id, an int (pages *Submit* and *PublishDataServiceApi*).

    A try that comes after one which was killed between the two goes on with the second, unless somebody changed the
    API meanwhile. A task that is cleared after it succeeded does both again, so that what was changed is published.
    All arguments are templated.
    """

    request_path = f"{SERVICES}.publish_data_service_api.PublishDataServiceApi"

    def way(self, request: Any) -> Way:
        """Return the two steps."""
        from airflow_provider_cloudflows.provisioning.in_steps import Way
        from airflow_provider_cloudflows.services.dataworks.publish_data_service_api import SubmitDataServiceApi

        names = ("project_id", "api_id", "tenant_id")
        submit = SubmitDataServiceApi(**{name: getattr(request, name) for name in names})
        return Way((submit, request), lambda api: api.modified_time, lambda api: api.is_published, again=True)


class AbolishDataServiceApiOperator(DataServiceApiOperator):
    """Take an API out of service and return its id, an int (vendor page *AbolishDataServiceApi*).

    It stays in its group, and can be published again, or deleted. All arguments are templated.
    """

    request_path = f"{SERVICES}.publish_data_service_api.AbolishDataServiceApi"

    def way(self, request: Any) -> Way:
        """Return the one step."""
        from airflow_provider_cloudflows.provisioning.in_steps import Way

        return Way((request,), lambda api: api.modified_time, lambda api: not api.is_published)


class DeleteDataServiceApiOperator(AlibabaOperator, DeleteOperator):
    """Delete an API and return whether it was there (vendor page *DeleteDataServiceApi*).

    One that is in service has to be taken out of it before, with ``AbolishDataServiceApiOperator``. All arguments are
    templated.

    :param api_id: id of the API, for example the output of its create.
    :param project_id: id of the DataWorks workspace.
    :param tenant_id: id of the tenant.
    """

    request_path = f"{SERVICES}.delete_data_service_api.DeleteDataServiceApi"

    def __init__(
        self, *, api_id: int | str, project_id: int | str, tenant_id: int | str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.api_id = api_id
        self.project_id = project_id
        self.tenant_id = tenant_id
        self.check_literals()
