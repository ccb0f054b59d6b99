"""One request and its typed answer, whatever the cloud.

A request validates its parameters when it is made, knows how to become a message and how its success looks, and names
the type of its result. The two families differ in how a message is built (:mod:`.rpc`, :mod:`.rest`); how an answer is
taken apart is in :mod:`.reading`, which no DAG file needs. Nothing here opens a socket or knows a credential.
"""

from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

if TYPE_CHECKING:
    from airflow_provider_cloudflows.calls.answers import Response
    from airflow_provider_cloudflows.calls.models import Document
    from airflow_provider_cloudflows.calls.service import Service
    from airflow_provider_cloudflows.transport.effect import Effect
    from airflow_provider_cloudflows.transport.message import Message, Reply
    from airflow_provider_cloudflows.transport.outcome import Refusal

__all__ = ["Call", "ResultT"]

ResultT = TypeVar("ResultT", bound="Response")


class Call(Generic[ResultT]):
    """A request whose answer is a ``ResultT``. Mixed into a model, after the family that makes it one."""

    uses_project: ClassVar[bool] = False
    answers_secrets: ClassVar[bool] = False
    """A success answers with secrets, so nothing of it is shown when it cannot be read."""

    if TYPE_CHECKING:  # class variables of models, attributes of the generic requests

        @property
        def service(self) -> Service: ...
        @property
        def operation(self) -> str: ...
        @property
        def effect(self) -> Effect: ...

    def message(self, origin: str, project_id: str | None) -> "Message":
        """Serialize this request for the service at ``origin``."""
        raise NotImplementedError

    def refusal(self, reply: "Reply", document: "Document") -> "Refusal | None":
        """Return what the service objects to, or None when ``document`` reports success."""
        raise NotImplementedError

    @property
    def title(self) -> str:
        """Service and operation, as error messages name them."""
        return f"{self.service.title} {self.operation}"

    def read(self, reply: "Reply") -> ResultT:
        """Return the typed result of ``reply``, or raise the :class:`CloudError` that it means."""
        from airflow_provider_cloudflows.calls.reading import result_of  # no DAG file reads an answer

        return result_of(self, reply)

    def empty_answer(self, reply: "Reply") -> "Document | None":
        """Return what an empty body stands for, or None when the operation always has one."""
        return None
