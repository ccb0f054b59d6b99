"""The request that creates a DataArts Fabric workspace, and its answer, apart from all that only a run needs."""

from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import BeforeValidator, ConfigDict

from airflow_provider_cloudflows.calls.models import Wire
from airflow_provider_cloudflows.calls.resource import Creation
from airflow_provider_cloudflows.calls.rest import RestRequest
from airflow_provider_cloudflows.calls.rules import matches
from airflow_provider_cloudflows.services.fabric.service import OnFabric

if TYPE_CHECKING:
    from airflow_provider_cloudflows.services.fabric.workspace import Workspace, WorkspaceResource

__all__ = ["CreateWorkspace", "ResourceTag"]


# The page prints the backslash; the vendor's tag service allows a slash elsewhere, so it may be a misprint.
TAG_TEXT = r"[A-Za-z0-9 \t_.:\\=+\-@]"

TAG_RULE = "letters, digits, spaces, tabs and _ . : \\ = + - @"


class ResourceTag(Wire):
    """A resource tag.

    :param key: 1 to 128 characters.
    :param value: at most 255 characters.
    """

    model_config = ConfigDict(extra="forbid")

    key: Annotated[str, matches(TAG_TEXT + r"{1,128}", f"a tag key has 1 to 128 characters: {TAG_RULE}")]
    value: (
        Annotated[str, matches(TAG_TEXT + r"{0,255}", f"a tag value has at most 255 characters: {TAG_RULE}")] | None
    ) = None


def _as_list(tags: Any) -> Any:
    return [{"key": key, "value": value} for key, value in tags.items()] if isinstance(tags, dict) else tags


Tags = Annotated[list[ResourceTag], BeforeValidator(_as_list)]


class CreateWorkspace(OnFabric, RestRequest, Creation["Workspace"]):
    """Create a workspace (vendor page *Creating a Workspace*); synchronous.

    :param name: 4 to 32 letters, digits and hyphens; unique in the account.
    :param description: at most 255 characters.
    :param metastore_id: id of a LakeFormation instance.
    :param enterprise_project_id: the vendor's default is ``0``.
    :param tags: resource tags, as a list of key and value or as one mapping; documented, though the official SDK
        cannot send them.
    """

    operation: ClassVar[str] = "CreateWorkspace"
    method: ClassVar[str] = "POST"
    path: ClassVar[str] = "/v1/workspaces"

    name: Annotated[str, matches(r"[A-Za-z0-9-]{4,32}", "a name has 4 to 32 letters, digits and hyphens")]
    description: Annotated[str, matches(r"(?s).{0,255}", "a description has at most 255 characters")] | None = None
    metastore_id: (
        Annotated[
            str,
            matches(r"[A-Za-z0-9-]{32,36}", "a metastore id has 32 to 36 letters, digits and hyphens"),
        ]
        | None
    ) = None
    enterprise_project_id: (
        Annotated[
            str,
            matches(r"[A-Za-z0-9-]{1,64}", "an enterprise project id has 1 to 64 letters, digits and hyphens"),
        ]
        | None
    ) = None
    tags: Tags | None = None

    @classmethod
    def resource_type(cls) -> "type[WorkspaceResource]":
        from airflow_provider_cloudflows.services.fabric.workspace import WorkspaceResource  # no DAG file looks for one

        return WorkspaceResource

    def resource(self) -> "WorkspaceResource":
        return self.resource_type()({"name": self.name})

    def made_id(self, answer: "Workspace") -> str:
        return answer.id
