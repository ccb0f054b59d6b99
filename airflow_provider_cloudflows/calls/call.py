"""One request and its typed answer, whatever the cloud.

A request validates its parameters when it is made, knows how to become a message and how its success looks, and names
the type of its result. The two families differ in how a message is built (:mod:`.rpc`, :mod:`.rest`). Nothing here
opens a socket or knows a credential.
"""

from __future__ import annotations

import json
import re
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, ForwardRef, Generic, TypeVar, cast, get_args

from pydantic import ValidationError

from airflow_provider_cloudflows.calls.models import Document
from airflow_provider_cloudflows.errors import CloudError
from airflow_provider_cloudflows.transport.redact import excerpt

if TYPE_CHECKING:
    from airflow_provider_cloudflows.calls.answers import Response
    from airflow_provider_cloudflows.calls.service import Service
    from airflow_provider_cloudflows.transport.effect import Effect
    from airflow_provider_cloudflows.transport.message import Message, Reply
    from airflow_provider_cloudflows.transport.outcome import Refusal

__all__ = ["Call", "ResultT", "request_id", "result_type"]

ESCAPED_SURROGATE = rb"\\u[dD][89abcdefABCDEF]"

ResultT = TypeVar("ResultT", bound="Response")


class Call(Generic[ResultT]):
    """A request whose answer is a ``ResultT``. Mixed into a model after its family, :class:`Wire` subclasses both."""

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

    def message(self, origin: str, project_id: str | None) -> Message:
        """Serialize this request for the service at ``origin``."""
        raise NotImplementedError

    def refusal(self, reply: Reply, document: Document) -> Refusal | None:
        """Return what the service objects to, or None when ``document`` reports success."""
        raise NotImplementedError

    @property
    def title(self) -> str:
        """Service and operation, as error messages name them."""
        return f"{self.service.title} {self.operation}"

    def read(self, reply: Reply) -> ResultT:
        """Return the typed result of ``reply``, or raise the :class:`CloudError` that it means."""
        document = self._parse(reply)
        refusal = self.refusal(reply, document)
        if refusal is not None:
            from airflow_provider_cloudflows.transport.outcome import refused  # no DAG file reads an answer

            raise refused(
                refusal,
                operation=self.title,
                effect=self.effect,
                table=self.service.errors(),
                headers=reply.headers,
            )
        if reply.status >= 300:
            raise self._unreadable(reply, "the answer is JSON, but no error document of the service", document)
        try:
            result = result_type(type(self)).model_validate(document)
        except ValidationError as invalid:
            problem = invalid.errors(include_url=False, include_input=False)[0]
            where = ".".join(str(part) for part in problem["loc"]) or "the answer"
            found = f"the answer lacks a valid {where} ({problem['msg']})"
            raise self._unreadable(reply, excerpt(found), document) from None
        if result.request_id is None:
            result.request_id = request_id(reply, document)
            result.model_fields_set.discard("request_id")  # it came beside the document, not in it
        return cast("ResultT", result)

    def _parse(self, reply: Reply) -> Document:
        try:
            document = json.loads(reply.body)
        except ValueError:  # not UTF-8, not JSON, or half of it
            if reply.body.strip():
                is_secret = self.answers_secrets and reply.status < 300
                shown = "" if is_secret else f" but {excerpt(reply.body.decode('utf-8', 'replace'), 120)!r}"
                raise self._unreadable(reply, f"the answer is not JSON{shown}") from None
            document = self.empty_answer(reply)
            if document is None:
                raise self._unreadable(reply, "the answer is empty") from None
        except RecursionError:
            raise self._unreadable(reply, "the answer is nested too deeply") from None
        if re.search(ESCAPED_SURROGATE, reply.body):  # half a character, which no JSON writer could pass on
            document = json.loads(json.dumps(document, ensure_ascii=False).encode("utf-8", "replace"))
        list_field = result_type(type(self)).list_field
        if list_field and isinstance(document, list):
            document = {list_field: document}
        if not isinstance(document, dict):
            raise self._unreadable(reply, f"the answer is a JSON {type(document).__name__}, not an object")
        return cast("Document", document)

    def empty_answer(self, reply: Reply) -> Document | None:
        """Return what an empty body stands for, or None when the operation always has one."""
        return None

    def _unreadable(self, reply: Reply, found: str, document: Document | None = None) -> CloudError:
        from airflow_provider_cloudflows.transport.outcome import unreadable

        return unreadable(
            found,
            operation=self.title,
            effect=self.effect,
            status=reply.status,
            request_id=request_id(reply, document or {}),
        )


def request_id(reply: Reply, document: Document) -> str | None:
    """Return the vendor's id of the call, which is in the body or in a header, or None."""
    named = [document.get(name) for name in ("RequestId", "requestId", "request_id")]
    named += [reply.headers.get(name) for name in ("x-acs-request-id", "x-request-id")]
    return next((excerpt(str(value), 100) for value in named if value), None)


_result_types: dict[type[Any], type[Response]] = {}


def result_type(request: type[Any]) -> type[Response]:
    """Return ``ResultT`` of a request class, read off its ``Call[…]`` base.

    The answer of a create is in the module of its resource, and named as a text: a DAG file reads none.
    """
    if request not in _result_types:  # each answer asks twice
        _result_types[request] = _read_off(request)
    return _result_types[request]


def _read_off(request: type[Any]) -> type[Response]:
    for base in getattr(request, "__orig_bases__", ()):
        origin = getattr(base, "__origin__", None)
        if isinstance(origin, type) and issubclass(origin, Call):
            (answer, *_) = get_args(base)
            if isinstance(answer, ForwardRef):
                answer = getattr(import_module(request.resource_type().__module__), answer.__forward_arg__)
            return cast("type[Response]", answer)
    raise TypeError(f"{request.__name__} names no result type: derive it from Call[...] or Pages[...].")
