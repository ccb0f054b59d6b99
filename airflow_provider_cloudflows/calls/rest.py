"""Huawei Cloud's REST style: parameters in the path, the query and a JSON body.

The names on the wire are snake_case already, so the models have no aliases. This module builds the message and reads
the several shapes of error documents; it knows no service.
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar, Self, TypeVar

from airflow_provider_cloudflows.calls.call import Call, request_id
from airflow_provider_cloudflows.calls.endpoints import Service, named_host, region_required
from airflow_provider_cloudflows.calls.json_form import inner_place, json_form
from airflow_provider_cloudflows.calls.models import AnyAnswer, Document, Request, Response
from airflow_provider_cloudflows.calls.pages import Pages
from airflow_provider_cloudflows.errors import (
    AuthenticationFailed,
    ConfigurationError,
    InvalidParameter,
    InvalidRequest,
    PermissionDenied,
    QuotaExceeded,
)
from airflow_provider_cloudflows.transport.message import Message, Reply, encode_query, encode_segment
from airflow_provider_cloudflows.transport.outcome import Effect, ErrorTable, Refusal
from airflow_provider_cloudflows.transport.redact import excerpt

__all__ = [
    "HuaweiRequest",
    "Offsets",
    "RestRequest",
    "document_refusal",
    "gateway_errors",
    "regional_host",
]


@cache
def gateway_errors() -> ErrorTable:
    """Return the codes of the gateway in front of every service: API Request Signing Guide, API Gateway user guide.

    0201 is left out: it is a body that is too large (413) and a backend that timed out (504), which its status tells
    apart. So are 0103, 0104 and 0105, which the two pages give different statuses.
    """
    from airflow_provider_cloudflows.calls import passing  # only a call that failed asks for it

    return {
        **passing.by_code(passing.HUAWEI),
        # The gateway's codes come as APIGW.nnnn and as APIG.nnnn; the digits mean the same.
        **{
            f"{prefix}.{digits}": kind
            for prefix in ("APIGW", "APIG")
            for digits, kind in {
                "0101": InvalidRequest,  # no such path or method: the request is wrong, nothing is gone
                "0106": InvalidRequest,
                "0301": AuthenticationFailed,
                "0302": PermissionDenied,
                "0303": AuthenticationFailed,
                "0304": PermissionDenied,
                "0305": AuthenticationFailed,
                "0306": PermissionDenied,
                "0307": AuthenticationFailed,
                "0310": PermissionDenied,
                "0311": AuthenticationFailed,
                "0401": PermissionDenied,
                "0402": PermissionDenied,
                "0404": PermissionDenied,
                "0501": QuotaExceeded,
                "0502": PermissionDenied,
                "0602": InvalidRequest,
                "0607": InvalidRequest,
                "0801": PermissionDenied,
                "0802": PermissionDenied,
                "1002": AuthenticationFailed,
                "1005": PermissionDenied,
            }.items()
        },
    }


PLACEHOLDER = r"\{(\w+)\}"


class RestRequest(Request):
    """A call of one path.

    :cvar method: HTTP method.
    :cvar path: template; ``{name}`` takes the field of that name, percent-encoded.
    """

    service: ClassVar[Service]
    operation: ClassVar[str]
    method: ClassVar[str]
    path: ClassVar[str]
    uses_project: ClassVar[bool] = True

    def parameters(self) -> Document:
        """Return every parameter as plain JSON."""
        return self.model_dump(mode="json", exclude_none=True)

    def message(self, origin: str, project_id: str | None) -> Message:
        """Serialize this request.

        :param project_id: the caller's project; a ``project_id`` of the request itself is stronger.
        """
        values = self.model_dump(mode="json", exclude_none=True)
        project_id = values.get("project_id") or project_id
        if project_id:
            values["project_id"] = project_id
        in_path = re.findall(PLACEHOLDER, self.path)
        if "project_id" in in_path:
            project_required(project_id, self.service)
        path = re.sub(PLACEHOLDER, lambda match: encode_segment(str(values[match[1]])), self.path)
        rest = {name: value for name, value in values.items() if name not in in_path and name != "project_id"}
        if self.method in ("GET", "DELETE"):
            return rest_message(self.method, origin, path, project_id, query=rest)
        return rest_message(self.method, origin, path, project_id, body=rest)

    def refusal(self, reply: Reply, document: Document) -> Refusal | None:
        """Any HTTP status below 300 is success."""
        return document_refusal(reply, document)


def project_required(project_id: str | None, service: Service) -> None:
    """Check that there is a project id for a path that names it."""
    if not project_id:
        raise ConfigurationError(
            f"{service.title} needs a project id; set Project ID in the connection or pass project_id=."
        )


def rest_message(
    method: str,
    origin: str,
    path: str,
    project_id: str | None,
    *,
    query: Mapping[str, Any] | None = None,
    body: Any = None,
) -> Message:
    """Build the message; ``project_id`` goes into the header that the signature covers."""
    message = Message(method, origin, path, encode_query(_pairs(query or {})))
    if project_id:
        message.headers["X-Project-Id"] = project_id
    if body is not None:
        message.headers["Content-Type"] = "application/json"
        message.body = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    return message


def _pairs(query: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(name, text) for name, value in query.items() for text in _query_texts(value, f"query.{name}")]


def _query_texts(value: Any, place: str) -> list[str]:
    """Return what ``value``, plain JSON, gives its name in a query: a list repeats the name, an object gives one
    ``key=value`` for each key, as the official SDK does; none of them holds another one."""
    if isinstance(value, list):
        return [_query_text(one, inner_place(place, index)) for index, one in enumerate(value) if one is not None]
    if isinstance(value, dict):
        items = [(name, one) for name, one in value.items() if one is not None]
        return [f"{name}={_query_text(one, inner_place(place, name))}" for name, one in items]
    return [] if value is None else [_query_text(value, place)]


def _query_text(value: Any, place: str) -> str:
    if isinstance(value, (list, dict)):
        raise InvalidParameter(f"{place} is a list or an object inside of another one, for which a query has no form.")
    return str(value).lower() if isinstance(value, bool) else str(value)


def document_refusal(reply: Reply, document: Document) -> Refusal | None:
    """Return the error document of an HTTP status that is no success."""
    if reply.status < 300:
        return None
    code, message = _code_and_message(document)
    return None if code is None else make_refusal(reply, document, code, message)


# The gateway repeats the request as it would have signed it: half a page that pushes the advice out of sight.
SIGNED_ECHO = r"(?is)[\s,;.]*canonicalRequest:.*"


def make_refusal(reply: Reply, document: Document, code: Any, message: Any) -> Refusal:
    """Return a refusal with the request id from the body or the ``X-Request-Id`` header."""
    said = excerpt(re.sub(SIGNED_ECHO, "", str(message or "")))
    return Refusal(reply.status, str(code), said, request_id(reply, document), reply.status)


def _code_and_message(document: Document) -> tuple[Any, Any]:
    """Read any of the vendor's error shapes, in the order in which its SDK tries them."""
    for code, message in (("error_code", "error_msg"), ("errorCode", "errorMsg"), ("code", "message")):
        if document.get(code) is not None:
            solution = document.get("solution_msg")
            said = str(document.get(message) or "")
            return document[code], f"{said} ({solution})" if solution else said
    nested = document.get("error")
    return _code_and_message(nested) if isinstance(nested, dict) else (None, "")


def regional_host(prefix: str, title: str) -> Any:
    """Return the host rule ``{prefix}.{region}.myhuaweicloud.com``; the European site has its own domain."""

    def host(region: str | None, vpc: bool) -> str:
        region = region_required(region, title)
        domain = "myhuaweicloud.eu" if region.startswith("eu-west-") else "myhuaweicloud.com"
        return f"{prefix}.{region}.{domain}"

    return host


ResultT = TypeVar("ResultT", bound=Response)
ItemT = TypeVar("ItemT")


class Offsets(Pages[ResultT, ItemT]):
    """Paging by ``offset`` (from 0) and ``limit``."""

    size_field: ClassVar[str] = "limit"
    offset: int
    limit: int

    def start(self) -> int:
        """Return the offset."""
        return self.offset

    def following(self, here: int) -> Self:
        """Return the request for the page that begins after the items of this one."""
        page: Self = self.model_copy(update={"offset": self.offset + here})  # type: ignore[attr-defined]
        return page


class HuaweiRequest(Call[AnyAnswer]):
    """Any other operation of Huawei Cloud's REST style, signed and judged like the ones that have a model.

    :param service: host prefix: ``ecs`` for ``ecs.{region}.myhuaweicloud.com``.
    :param method: HTTP method.
    :param path: path; ``{project_id}`` takes the caller's project, everything else must be encoded already.
    :param query: parameters of the query string; a list repeats its name, a mapping gives it one ``key=value`` each.
    :param body: JSON body; None sends none. Dates and the like: :func:`~..json_form.json_form`.
    :param effect: what sending it twice would do; by default a GET reads and everything else is taken for a create.
    :param host: host name of a service that has no regional one, such as ``cdn.myhuaweicloud.com``; a field
        ``<service>_endpoint`` of the connection, or its endpoint for all services, is stronger. Such a service belongs
        to no project, so a project is looked up only where the path names one.
    """

    uses_project: bool  # type: ignore[misc]  # a class variable of the requests that have a model

    service: Service
    operation: str
    effect: Effect

    def __init__(
        self,
        *,
        service: str,
        method: str,
        path: str,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        effect: Effect | None = None,
        host: str | None = None,
    ) -> None:
        if not path.startswith("/") or "?" in path or "#" in path:
            raise InvalidParameter(
                f"path must start with / and hold neither ? nor #, got {path!r}; use query= for parameters."
            )
        rule = named_host(host) if host else regional_host(service, service)
        self.service = Service(service.lower(), service, rule, gateway_errors)
        self.uses_project = host is None or "{project_id}" in path
        self.method = method.upper()
        self.operation = f"{self.method} {path}"
        self.effect = effect or (Effect.READ if self.method == "GET" else Effect.CREATE)
        self.path = path
        self.query = json_form(query, "query")
        self.body = json_form(body, "body")

    def message(self, origin: str, project_id: str | None) -> Message:
        """Serialize this request."""
        if "{project_id}" in self.path:
            project_required(project_id, self.service)
        path = self.path.replace("{project_id}", encode_segment(project_id or ""))
        return rest_message(self.method, origin, path, project_id, query=self.query, body=self.body)

    def refusal(self, reply: Reply, document: Document) -> Refusal | None:
        """Any HTTP status below 300 is success, unless an envelope says ``success: false``."""
        refusal = document_refusal(reply, document)
        if refusal is None and document.get("success") is False:
            return make_refusal(reply, document, document.get("code"), document.get("message"))
        return refusal

    def empty_answer(self, reply: Reply) -> Document | None:
        """Many deletes answer 2xx without a body."""
        return {} if 200 <= reply.status < 300 else None
