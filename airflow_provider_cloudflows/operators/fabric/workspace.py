"""Operators for a DataArts Fabric workspace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from airflow_provider_cloudflows.links.fabric import FabricConsoleLink
from airflow_provider_cloudflows.operators.base import HuaweiOperator
from airflow_provider_cloudflows.operators.create import CreateNamedOperator
from airflow_provider_cloudflows.operators.delete import DeleteOperator

if TYPE_CHECKING:
    from airflow_provider_cloudflows.hooks.base import CloudHook
    from airflow_provider_cloudflows.services.fabric.create_workspace import CreateWorkspace

__all__ = ["CreateFabricWorkspaceOperator", "DeleteFabricWorkspaceOperator"]


class CreateFabricWorkspaceOperator(HuaweiOperator, CreateNamedOperator):
    """Create a workspace and return its id, a str (vendor page *Creating a Workspace*).

    All arguments are templated. ``if_exists="update"`` changes description and metastore.

    :param name: 4 to 32 letters, digits and hyphens; unique in the account.
    :param description: at most 255 characters.
    :param metastore_id: id of a LakeFormation instance, 32 to 36 letters, digits and hyphens.
    :param enterprise_project_id: enterprise project; the vendor's default is ``0``.
    :param tags: resource tags, as a mapping, as a list of ``{"key": …, "value": …}``, or as the JSON text of either. A
        key has 1 to 128, a value at most 255 characters: letters, digits, spaces, tabs and ``_ . : \\ = + - @``.
        Airflow renders templates in the values of a mapping, not in its keys: a computed key needs the list.
    """

    template_fields_renderers: ClassVar[dict[str, str]] = {"tags": "json"}
    operator_extra_links = (FabricConsoleLink(),)
    request_path = "airflow_provider_cloudflows.services.fabric.create_workspace.CreateWorkspace"

    def __init__(
        self,
        *,
        name: str,
        description: str | None = None,
        metastore_id: str | None = None,
        enterprise_project_id: str | None = None,
        tags: Mapping[str, Any] | Sequence[Mapping[str, Any]] | str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.name = name
        self.description = description
        self.metastore_id = metastore_id
        self.enterprise_project_id = enterprise_project_id
        self.tags = tags
        self.check_literals()

    def console_url(self, request: CreateWorkspace, hook: CloudHook) -> str:
        """Return the DataArts Fabric console."""
        return FabricConsoleLink.url()


class DeleteFabricWorkspaceOperator(HuaweiOperator, DeleteOperator):
    """Delete a workspace and return whether it was there (vendor page *Deleting a Workspace*).

    All arguments are templated. The vendor refuses to delete a workspace that holds compute resources, endpoints or
    applications.

    :param workspace_id: id of the workspace, for example the output of its create.
    """

    request_path = "airflow_provider_cloudflows.services.fabric.delete_workspace.DeleteWorkspace"

    def __init__(self, *, workspace_id: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.workspace_id = workspace_id
        self.check_literals()
