"""The requests that submit and deploy a file, apart from all that only a run needs."""

from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field

from airflow_provider_cloudflows.calls.resource import Creation
from airflow_provider_cloudflows.calls.rules import Required
from airflow_provider_cloudflows.services.dataworks.service import InWorkspace, WireId

if TYPE_CHECKING:
    from airflow_provider_cloudflows.services.dataworks.deployment import DeploymentResource, StartedDeployment

__all__ = ["DeployFile", "SubmitFile"]


class OfAFile:
    """What both have in common. Mixed into a request, before it: a class of models less to build."""

    file_id: int

    @classmethod
    def resource_type(cls) -> "type[DeploymentResource]":
        from airflow_provider_cloudflows.services.dataworks.deployment import (
            DeploymentResource,  # no DAG file looks for one
        )

        return DeploymentResource

    def made_id(self, answer: "StartedDeployment") -> int:
        return answer.data


class SubmitFile(OfAFile, InWorkspace, Creation["StartedDeployment"]):
    """Submit a file to the development environment (vendor page *SubmitFile*).

    :param file_id: id of the file.
    :param comment: why.
    :param skip_all_deploy_file_extensions: whether to leave out the checks before a deployment.
    """

    operation: ClassVar[str] = "SubmitFile"

    file_id: WireId
    comment: Annotated[str, Required] | None = None
    skip_all_deploy_file_extensions: bool | None = None

    def resource(self) -> "DeploymentResource":
        return self.resource_type()({"file_id": str(self.file_id), **self.workspace()}, {"step": "submit"})


class DeployFile(OfAFile, InWorkspace, Creation["StartedDeployment"]):
    """Deploy what was submitted of a file to production (vendor page *DeployFile*).

    :param file_id: id of the file.
    :param comment: why.
    :param skip_all_deploy_file_extensions: what the submit before it says; it is not sent.
    :param submitted_as: id of the deployment of that submit; it is not sent.
    """

    operation: ClassVar[str] = "DeployFile"

    file_id: WireId
    comment: Annotated[str, Required] | None = None
    skip_all_deploy_file_extensions: Annotated[bool | None, Field(exclude=True)] = None
    submitted_as: Annotated[int | None, Field(exclude=True)] = None

    def resource(self) -> "DeploymentResource":
        caller: dict[str, Any] = {"step": "deploy", "others": [] if self.submitted_as is None else [self.submitted_as]}
        return self.resource_type()({"file_id": str(self.file_id), **self.workspace()}, caller)

    def submitting(self) -> SubmitFile:
        """Return the request that comes before this one."""
        names = ("file_id", "comment", "skip_all_deploy_file_extensions")
        return SubmitFile(**self.workspace(), **{name: getattr(self, name) for name in names})
