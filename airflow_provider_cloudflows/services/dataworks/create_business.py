"""The request that creates a workflow of DataStudio, apart from all that only a run needs."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from airflow_provider_cloudflows.calls.resource import Creation
from airflow_provider_cloudflows.calls.rules import Name
from airflow_provider_cloudflows.services.dataworks.service import WorkspaceRequest

if TYPE_CHECKING:
    from airflow_provider_cloudflows.services.dataworks.business import BusinessResource, CreatedBusiness

__all__ = ["CreateBusiness"]


class CreateBusiness(WorkspaceRequest, Creation["CreatedBusiness"]):
    """Create a workflow in DataStudio (vendor page *CreateBusiness*).

    :param business_name: name; unique in the workspace.
    :param description: free text.
    :param owner: account id of the owner; the vendor's default is the caller.
    :param use_type: ``NORMAL`` for auto triggered, ``MANUAL_BIZ`` for manually triggered workflows.
    """

    operation: ClassVar[str] = "CreateBusiness"

    business_name: Annotated[str, Name]
    description: str | None = None
    owner: str | None = None
    use_type: Literal["NORMAL", "MANUAL_BIZ"] | None = None

    @classmethod
    def resource_type(cls) -> "type[BusinessResource]":
        from airflow_provider_cloudflows.services.dataworks.business import (
            BusinessResource,  # no DAG file looks for one
        )

        return BusinessResource

    def resource(self) -> "BusinessResource":
        identity = {"business_name": self.business_name, **self.workspace()}
        return self.resource_type()(identity, {"api_version": self.api_version})

    def made_id(self, answer: "CreatedBusiness") -> int:
        return answer.business_id
