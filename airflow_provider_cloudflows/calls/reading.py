"""What an answer says: the typed result of a call, or the error that the answer means.

An answer of whatever bytes ends as one of the two. Which document reports success, the call itself tells.
"""

from __future__ import annotations

import json
import re
import threading
from importlib import import_module
from typing import TYPE_CHECKING, Any, ForwardRef, cast, get_args

from pydantic import ValidationError

from airflow_provider_cloudflows.calls.call import Call, ResultT
from airflow_provider_cloudflows.errors import CloudError
from airflow_provider_cloudflows.transport.outcome import refused, unreadable
from airflow_provider_cloudflows.transport.redact import excerpt

if TYPE_CHECKING:
    from airflow_provider_cloudflows.calls.answers import Response
    from airflow_provider_cloudflows.calls.models import Document
    from airflow_provider_cloudflows.transport.message import Reply

__all__ = ["built", "request_id", "result_of", "result_type"]

_building = threading.Lock()

ESCAPED_SURROGATE = re.compile(rb"\\u[dD][89abcdefABCDEF]")


def result_of(call: Call[ResultT], reply: Reply) -> ResultT:
    """Return the typed result of ``reply``, or raise the :class:`CloudError` that it means."""
    document = _document_of(call, reply)
    refusal = call.refusal(reply, document)
    if refusal is not None:
        raise refused(
            refusal,
            operation=call.title,
            effect=call.effect,
            table=call.service.errors(),
            headers=reply.headers,
        )
    if reply.status >= 300:
        raise _unreadable(call, reply, "the answer is JSON, but no error document of the service", document)
    try:
        result = built(result_type(type(call))).model_validate(document)
    except ValidationError as invalid:
        problem = invalid.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in problem["loc"]) or "the answer"
        found = f"the answer lacks a valid {where} ({problem['msg']})"
        raise _unreadable(call, reply, excerpt(found), document) from None
    if result.request_id is None:
        result.request_id = request_id(reply, document)
        result.model_fields_set.discard("request_id")  # it came beside the document, not in it
    return cast("ResultT", result)


def built(model: type[Response]) -> type[Response]:
    """Return ``model`` when it can validate.

    pydantic 2.11 takes the validator of a class away while it builds it: a thread that reads its first answer meanwhile
    would use that of the parent class, and lose what only the child has, such as an id.
    """
    if not model.__pydantic_complete__:
        with _building:
            model.model_rebuild()
    return model


def _document_of(call: Call[Any], reply: Reply) -> Document:
    try:
        document = json.loads(reply.body)
    except ValueError:  # not UTF-8, not JSON, or half of it
        if reply.body.strip():
            is_secret = call.answers_secrets and reply.status < 300
            shown = "" if is_secret else f" but {excerpt(reply.body.decode('utf-8', 'replace'), 120)!r}"
            raise _unreadable(call, reply, f"the answer is not JSON{shown}") from None
        document = call.empty_answer(reply)
        if document is None:
            raise _unreadable(call, reply, "the answer is empty") from None
    except RecursionError:
        raise _unreadable(call, reply, "the answer is nested too deeply") from None
    if ESCAPED_SURROGATE.search(reply.body):  # half a character, which no JSON writer could pass on
        document = json.loads(json.dumps(document, ensure_ascii=False).encode("utf-8", "replace"))
    list_field = result_type(type(call)).list_field
    if list_field and isinstance(document, list):
        document = {list_field: document}
    if not isinstance(document, dict):
        raise _unreadable(call, reply, f"the answer is a JSON {type(document).__name__}, not an object")
    return cast("Document", document)


def _unreadable(call: Call[Any], reply: Reply, found: str, document: Document | None = None) -> CloudError:
    return unreadable(
        found,
        operation=call.title,
        effect=call.effect,
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
