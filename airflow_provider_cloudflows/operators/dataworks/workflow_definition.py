"""Operators for a DataWorks workflow definition, in workspaces with the newer DataStudio (API version 2024-05-18)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from airflow_provider_cloudflows.operators.base import AlibabaOperator
from airflow_provider_cloudflows.operators.create import CreateNamedOperator
from airflow_provider_cloudflows.operators.delete import DeleteOperator
from airflow_provider_cloudflows.operators.flow_spec import FlowSpecOperator
from airflow_provider_cloudflows.operators.update import UpdateOperator

__all__ = [
    "CreateWorkflowDefinitionOperator",
    "DeleteWorkflowDefinitionOperator",
    "ImportWorkflowDefinitionOperator",
    "UpdateWorkflowDefinitionOperator",
]

SERVICES = "airflow_provider_cloudflows.services.dataworks"


class CreateWorkflowDefinitionOperator(FlowSpecOperator, CreateNamedOperator):
    """Create a workflow without nodes, and return the id of its definition, a str (page *CreateWorkflowDefinition*).

    It is found by its name in the workspace. Its nodes are created each by a task of its own, with the id that this
    one returns as their container; nothing of it runs before it is published. All arguments are templated.
    ``if_exists="update"`` sends the document as a change where what exists differs from it.

    :param project_id: id of the DataWorks workspace.
    :param spec: FlowSpec document with one workflow: a mapping, JSON text, or the name of a ``.spec.json`` file.
    """

    request_path = f"{SERVICES}.create_workflow_definition.CreateWorkflowDefinition"

    def __init__(self, *, project_id: int | str, spec: Mapping[str, Any] | str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.project_id = project_id
        self.spec = spec
        self.check_literals()

    @staticmethod
    def problems(spec: Any, is_known: Callable[[Any], bool]) -> list[str]:
        """Return what is wrong with a workflow without nodes."""
        from airflow_provider_cloudflows.services.dataworks import flow_spec  # loaded with the request

        return flow_spec.workflow_problems(spec, is_known)


class ImportWorkflowDefinitionOperator(FlowSpecOperator, CreateNamedOperator):
    """Import a workflow with its nodes, and return the id of its definition, a str (*ImportWorkflowDefinition*).

    The service imports by a job, which this waits for, in the worker: it takes seconds. The id of the job is on record
    before, so that a retry waits for the same one; an import whose answer got lost is looked for by the name of the
    workflow, for ten minutes, before another is sent. One that exists is not imported again: its nodes are changed by
    updates of their own. All arguments are templated.

    :param project_id: id of the DataWorks workspace.
    :param spec: FlowSpec document with one workflow, whose ``nodes`` are in it: a mapping, JSON text, or the name of a
        ``.spec.json`` file.
    """

    request_path = f"{SERVICES}.import_workflow_definition.ImportWorkflowDefinition"

    def __init__(self, *, project_id: int | str, spec: Mapping[str, Any] | str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.project_id = project_id
        self.spec = spec
        self.check_literals()

    @staticmethod
    def problems(spec: Any, is_known: Callable[[Any], bool]) -> list[str]:
        """Return what is wrong with a workflow and its nodes."""
        from airflow_provider_cloudflows.services.dataworks import flow_spec  # loaded with the request

        return flow_spec.whole_workflow_problems(spec, is_known)


class UpdateWorkflowDefinitionOperator(FlowSpecOperator, UpdateOperator):
    """Change a workflow, and return the id of its definition (page *UpdateWorkflowDefinition*).

    What the document leaves out stays. Nodes are changed by updates of their own. What runs changes when the workflow
    is published again. All arguments are templated.

    :param workflow_definition_id: id of the definition, for example the output of its create.
    :param project_id: id of the DataWorks workspace.
    :param spec: FlowSpec document with one workflow: a mapping, JSON text, or the name of a ``.spec.json`` file.
    """

    request_path = f"{SERVICES}.update_workflow_definition.UpdateWorkflowDefinition"
    argument_names: ClassVar[Mapping[str, str]] = {"id": "workflow_definition_id"}

    def __init__(
        self,
        *,
        workflow_definition_id: str,
        project_id: int | str,
        spec: Mapping[str, Any] | str,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.workflow_definition_id = workflow_definition_id
        self.project_id = project_id
        self.spec = spec
        self.check_literals()

    @staticmethod
    def problems(spec: Any, is_known: Callable[[Any], bool]) -> list[str]:
        """Return what is wrong with a change."""
        from airflow_provider_cloudflows.services.dataworks import flow_spec  # loaded with the request

        return flow_spec.workflow_change_problems(spec, is_known)


class DeleteWorkflowDefinitionOperator(AlibabaOperator, DeleteOperator):
    """Delete a workflow definition and return whether it was there (page *DeleteWorkflowDefinition*).

    All arguments are templated. What was published of it goes on until it is taken out of service: publish it with
    ``publish_type="Offline"`` before. What becomes of its nodes, the vendor does not say.

    :param workflow_definition_id: id of the definition, for example the output of its create or import.
    :param project_id: id of the DataWorks workspace.
    """

    request_path = f"{SERVICES}.delete_workflow_definition.DeleteWorkflowDefinition"
    argument_names: ClassVar[Mapping[str, str]] = {"id": "workflow_definition_id"}

    def __init__(self, *, workflow_definition_id: str, project_id: int | str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.workflow_definition_id = workflow_definition_id
        self.project_id = project_id
        self.check_literals()
