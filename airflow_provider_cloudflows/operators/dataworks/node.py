"""Operators for a DataWorks node, in workspaces with the newer DataStudio (API version 2024-05-18)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from airflow_provider_cloudflows.operators.base import AlibabaOperator
from airflow_provider_cloudflows.operators.create import CreateNamedOperator
from airflow_provider_cloudflows.operators.delete import DeleteOperator
from airflow_provider_cloudflows.operators.flow_spec import FlowSpecOperator
from airflow_provider_cloudflows.operators.update import UpdateOperator

__all__ = ["CreateDataWorksNodeOperator", "DeleteDataWorksNodeOperator", "UpdateDataWorksNodeOperator"]

SERVICES = "airflow_provider_cloudflows.services.dataworks"


class CreateDataWorksNodeOperator(FlowSpecOperator, CreateNamedOperator):
    """Create a node and return its id, a str (vendor page *CreateNode*).

    It is found by its name, which is unique in the workspace. In the document its ``id`` is its name, and so others
    name it that depend on it. All arguments are templated. ``if_exists="update"`` sends the document as a change where
    what exists differs from it.

    :param project_id: id of the DataWorks workspace.
    :param spec: FlowSpec document with one node: a mapping, JSON text, or the name of a ``.spec.json`` file.
    :param container_id: id of the definition of the workflow that it is in, for example the output of its create.
    :param scene: ``DATAWORKS_PROJECT`` for what is scheduled, ``DATAWORKS_MANUAL_WORKFLOW`` for a node of a manual
        workflow, ``DATAWORKS_MANUAL_TASK`` for a node that is run by hand.
    """

    request_path = f"{SERVICES}.create_node.CreateNode"

    def __init__(
        self,
        *,
        project_id: int | str,
        spec: Mapping[str, Any] | str,
        container_id: str | None = None,
        scene: str = "DATAWORKS_PROJECT",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.project_id = project_id
        self.spec = spec
        self.container_id = container_id
        self.scene = scene
        self.check_literals()

    @staticmethod
    def problems(spec: Any, is_known: Callable[[Any], bool]) -> list[str]:
        """Return what is wrong with a node."""
        from airflow_provider_cloudflows.services.dataworks import flow_spec  # loaded with the request

        return flow_spec.node_problems(spec, is_known)


class UpdateDataWorksNodeOperator(FlowSpecOperator, UpdateOperator):
    """Change a node and return its id (vendor page *UpdateNode*).

    What the document leaves out stays. What runs changes when the node's workflow, or the node itself where it is in
    none, is published again. All arguments are templated.

    :param dataworks_node_id: id of the node, for example the output of its create.
    :param project_id: id of the DataWorks workspace.
    :param spec: FlowSpec document with one node: a mapping, JSON text, or the name of a ``.spec.json`` file.
    """

    request_path = f"{SERVICES}.update_node.UpdateNode"
    argument_names: ClassVar[Mapping[str, str]] = {"id": "dataworks_node_id"}

    def __init__(
        self, *, dataworks_node_id: str, project_id: int | str, spec: Mapping[str, Any] | str, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.dataworks_node_id = dataworks_node_id
        self.project_id = project_id
        self.spec = spec
        self.check_literals()

    @staticmethod
    def problems(spec: Any, is_known: Callable[[Any], bool]) -> list[str]:
        """Return what is wrong with a change."""
        from airflow_provider_cloudflows.services.dataworks import flow_spec  # loaded with the request

        return flow_spec.node_change_problems(spec, is_known)


class DeleteDataWorksNodeOperator(AlibabaOperator, DeleteOperator):
    """Delete a node and return whether it was there (vendor page *DeleteNode*).

    All arguments are templated. What was published of it goes on until it, or its workflow, is published again or taken
    out of service.

    :param dataworks_node_id: id of the node, for example the output of its create.
    :param project_id: id of the DataWorks workspace.
    """

    request_path = f"{SERVICES}.delete_node.DeleteNode"
    argument_names: ClassVar[Mapping[str, str]] = {"id": "dataworks_node_id"}

    def __init__(self, *, dataworks_node_id: str, project_id: int | str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.dataworks_node_id = dataworks_node_id
        self.project_id = project_id
        self.check_literals()
