"""DataWorks, API versions 2020-05-18 and 2024-05-18: hosts, success rules and the workspace that requests name.

Both versions are one service behind one host. None of the operations here takes an idempotency token.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from airflow_provider_cloudflows.calls.rpc import Method, Place, RpcRequest
from airflow_provider_cloudflows.calls.rules import NoFlag, Required, exactly_one
from airflow_provider_cloudflows.calls.service import Service, region_required

if TYPE_CHECKING:
    from airflow_provider_cloudflows.calls.models import Document
    from airflow_provider_cloudflows.transport.message import Reply
    from airflow_provider_cloudflows.transport.outcome import ErrorTable, Refusal

__all__ = ["DATAWORKS", "time_of"]

# Regions without a host of their own, per the official SDK's table.
CENTRAL_REGIONS = frozenset(
    {
        "ap-south-1",
        "ap-southeast-2",
        "cn-beijing-gov-1",
        "cn-hangzhou-finance",
        "cn-huhehaote",
        "cn-qingdao",
        "cn-wuhan",
        "cn-zhangbei",
    }
)


def _host(region: str | None, vpc: bool) -> str:
    region = region_required(region, "DataWorks")
    if region in CENTRAL_REGIONS:
        return "dataworks.aliyuncs.com"
    return f"dataworks{'-vpc' if vpc else ''}.{region}.aliyuncs.com"


@cache
def errors() -> "ErrorTable":
    """Per the vendor's pages; the codes that are numbers per its Terraform provider and its published scripts."""
    # Only a call that failed asks for it.
    from airflow_provider_cloudflows.calls.rpc_wire import gateway_errors
    from airflow_provider_cloudflows.errors import InvalidRequest, NotFound, PermissionDenied, Throttled

    return {
        **gateway_errors(),
        "1101080008": NotFound,  # the workspace
        "1201111431": InvalidRequest,  # a workspace of the other generation of DataStudio
        "58014884415": InvalidRequest,  # the FlowSpec document
        "5801489541076353033": InvalidRequest,  # nothing to publish: a node goes with the workflow that it is in
        "9990010001": PermissionDenied,  # DataWorks is not activated
        "9990020002": Throttled,
        "9990040003": NotFound,  # the workspace
        "ResourceNotAuthorized*": PermissionDenied,
    }


DATAWORKS = Service("dataworks", "DataWorks", _host, errors, rate=5)

WireId = Annotated[int, Field(ge=1, lt=2**63), NoFlag]


ApiVersion = Literal["2020-05-18", "2024-05-18"]


class OnDataWorks:
    """Where the operations are, and how they refuse. Mixed into a request, before it: a class of models less for a DAG
    file to build.

    An answer that carries a ``Success`` flag is a success by it. Without the flag, one that names a code is an error
    document, whatever its HTTP status. Beside the flag a code says nothing: the vendor's own sample of a success shows
    one.
    """

    service: ClassVar[Service] = DATAWORKS
    version: ClassVar[str] = "2020-05-18"

    def refusal(self, reply: "Reply", document: "Document") -> "Refusal | None":
        from airflow_provider_cloudflows.calls.rpc_wire import (
            SUCCESS,
            flag_refusal,
            make_refusal,
        )  # no DAG file needs it

        refusal = flag_refusal(reply, document)
        code = str(document.get("Code") or document.get("ErrorCode") or "").strip()
        is_error = bool(code) and document.get("Success") is None and not SUCCESS.fullmatch(code)
        if refusal is None and reply.status < 300 and is_error:
            message = document.get("Message") or document.get("ErrorMessage") or "no reason given"
            return make_refusal(reply.status, code, message, reply, document)
        return refusal


class Answered(OnDataWorks):
    """An operation that also says in ``Data`` whether it was done. Mixed into a request, before it."""

    def refusal(self, reply: "Reply", document: "Document") -> "Refusal | None":
        from airflow_provider_cloudflows.calls.rpc_wire import make_refusal, says_no  # no DAG file reads an answer

        refusal = super().refusal(reply, document)
        if refusal is None and reply.status < 300 and says_no(document.get("Data")):
            return make_refusal(reply.status, "Data=false", "the service says that it was not done", reply, document)
        return refusal


class OnDataWorks2024(OnDataWorks):
    """The same for what only the newer version has: workflows with nodes, publishing, and their instances."""

    version: ClassVar[str] = "2024-05-18"


class Read2024(OnDataWorks2024):
    """What the newer version reads with a GET. Mixed into a request, before it."""

    method: ClassVar[Method] = "GET"
    parameters_in: ClassVar[Place] = "query"


class InWorkspace(OnDataWorks, RpcRequest):
    """An operation in one workspace, which either its id or its name tells.

    :param project_id: id of the DataWorks workspace.
    :param project_identifier: name of the DataWorks workspace.
    """

    project_id: WireId | None = None
    project_identifier: Annotated[str, Required] | None = None

    @model_validator(mode="before")
    @classmethod
    def _one_workspace(cls, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        fields = {"ProjectId": "project_id", "ProjectIdentifier": "project_identifier"}
        return exactly_one({fields.get(str(name), str(name)): value for name, value in data.items()}, *fields.values())

    def workspace(self) -> dict[str, Any]:
        """Return how the request names the workspace."""
        return {"project_id": self.project_id, "project_identifier": self.project_identifier}


class WorkspaceRequest(InWorkspace):
    """The same for what both API versions have, with the same fields.

    :param api_version: the API version to speak.
    """

    api_version: Annotated[ApiVersion, Field(exclude=True)] = "2020-05-18"

    def version_sent(self) -> str:
        """Return the version that was asked for."""
        return self.api_version


def time_of(milliseconds: int | None) -> str | None:
    """Return a time as the newer version writes it, milliseconds since 1970, in ISO 8601."""
    return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat()
