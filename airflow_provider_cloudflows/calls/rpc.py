"""Alibaba Cloud's RPC style: path ``/``, the action and the version in headers, parameters in a form or a query.

The models of one service name their parameters; :mod:`.rpc_wire` turns them into bytes as the official SDK does.
"""

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import ConfigDict

from airflow_provider_cloudflows.calls.request import Request

if TYPE_CHECKING:
    from airflow_provider_cloudflows.calls.models import Document
    from airflow_provider_cloudflows.calls.service import Service
    from airflow_provider_cloudflows.transport.message import Message, Reply
    from airflow_provider_cloudflows.transport.outcome import Refusal

__all__ = ["Method", "Place", "RpcRequest", "pascal_case"]

Place = Literal["form", "query"]
Method = Literal["GET", "POST"]


def pascal_case(name: str) -> str:
    """Return the wire's name of a parameter; pydantic's own generator costs a DAG file a module and two patterns."""
    return name.title().replace("_", "")


class RpcRequest(Request):
    """A call of one action.

    :cvar version: API version, a date.
    :cvar method: ``GET`` for what the vendor's newer APIs read; their parameters are in the query.
    :cvar parameters_in: where the official SDK puts the parameters; the gateway checks it with the signature.
    :cvar in_query: parameters, by their names on the wire, that are in the query all the same.
    """

    model_config = ConfigDict(alias_generator=pascal_case)

    method: ClassVar[Method] = "POST"
    parameters_in: ClassVar[Place] = "form"
    in_query: ClassVar[frozenset[str]] = frozenset()

    if TYPE_CHECKING:  # pydantic evaluates what is annotated here again for each class below
        service: ClassVar[Service]
        operation: ClassVar[str]
        version: ClassVar[str]

    def parameters(self) -> "Document":
        """Return every parameter as plain JSON."""
        return self.model_dump(mode="json", exclude_none=True)

    def message(self, origin: str, project_id: str | None) -> "Message":
        """Serialize this request; ``project_id`` belongs to the other cloud."""
        from airflow_provider_cloudflows.calls.rpc_wire import rpc_message  # no DAG file sends anything

        parameters = self.model_dump(by_alias=True, exclude_none=True)
        apart = {name: parameters.pop(name) for name in sorted(self.in_query & parameters.keys())}
        places = {"query": apart, self.parameters_in: parameters}
        return rpc_message(origin, self.operation, self.version_sent(), method=self.method, **places)

    def version_sent(self) -> str:
        """Return the API version that this request speaks; some operations are in several."""
        return self.version

    def refusal(self, reply: "Reply", document: "Document") -> "Refusal | None":
        """The rule of operations whose body has no flag: any HTTP status below 400 is success."""
        from airflow_provider_cloudflows.calls.rpc_wire import gateway_refusal

        return gateway_refusal(reply, document)
