"""Alibaba Cloud's RPC style: path ``/``, the action and the version in headers, parameters in a form or a query.

The models of one service name their parameters; this module turns them into bytes as the official SDK does. It knows
no product but the rules that all of them share.
"""

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, ClassVar, Literal, Self, TypeVar

from pydantic import ConfigDict
from pydantic.alias_generators import to_pascal

from airflow_provider_cloudflows.calls.call import Call, request_id
from airflow_provider_cloudflows.calls.endpoints import Service, named_host, region_required
from airflow_provider_cloudflows.calls.json_form import json_form
from airflow_provider_cloudflows.calls.models import AnyAnswer, Document, Request, Response, Wire
from airflow_provider_cloudflows.calls.pages import Pages
from airflow_provider_cloudflows.errors import (
    AuthenticationFailed,
    ClockSkewed,
    InvalidParameter,
    InvalidRequest,
    NotFound,
    PermissionDenied,
    QuotaExceeded,
)
from airflow_provider_cloudflows.transport.message import Message, Reply, encode_form, encode_query
from airflow_provider_cloudflows.transport.outcome import Effect, ErrorTable, Refusal
from airflow_provider_cloudflows.transport.redact import excerpt

__all__ = [
    "AlibabaRequest",
    "PageNumbers",
    "RpcRequest",
    "RpcResponse",
    "form_text",
    "gateway_errors",
]


@cache
def gateway_errors() -> ErrorTable:
    """Return the codes of the gateway that stands in front of every product, and what all products share.

    Per the vendor's pages: ECS API reference, common error codes; the tables of gateway errors on the pages of KMS,
    EMAS and DataWorks. What is not here costs a create a look: an unlisted code refuses nothing for certain.
    """
    from airflow_provider_cloudflows.calls import passing  # only a call that failed asks for it

    return {
        **passing.by_code(passing.ALIBABA),
        "AuthenticationFail*": AuthenticationFailed,
        "Forbidden*": PermissionDenied,
        "Forbidden.AccessKeyDisabled": AuthenticationFailed,
        # "…not found, so we cannot get enough information to check the permission"
        "Forbidden.*NotFound": NotFound,
        "IdempotentParameterMismatch": InvalidRequest,
        "IllegalTimestamp": ClockSkewed,
        "IncompleteSignature": AuthenticationFailed,
        "InsufficientBalance": PermissionDenied,
        "InvalidAccessKeyId*": AuthenticationFailed,
        "InvalidAction*": InvalidRequest,
        "InvalidApi.NotFound": InvalidRequest,
        "InvalidIdempotenceParameter.Mismatch": InvalidRequest,
        "InvalidOwner*": InvalidRequest,
        "InvalidParamater*": InvalidRequest,  # the vendor's own spelling, for the parameters of a signature
        "InvalidParameter*": InvalidRequest,
        "InvalidProduct.NotFound": InvalidRequest,
        "InvalidProtocol.NeedSsl": InvalidRequest,
        "InvalidSecurityToken*": AuthenticationFailed,
        "InvalidTimeStamp*": AuthenticationFailed,
        "InvalidTimeStamp.Expired": ClockSkewed,
        "Missing*": InvalidRequest,
        "MissingSecurityToken": AuthenticationFailed,
        "NoPermission*": PermissionDenied,
        "QuotaExceed*": QuotaExceeded,
        "RealNameAuthenticationError": PermissionDenied,
        "SignatureDoesNotMatch": AuthenticationFailed,
        "SignatureNonceUsed": AuthenticationFailed,
        # Daily limits and used-up editions: they come as throttling, and no short wait helps.
        "Throttling.Api.Risk": QuotaExceeded,
        "Throttling.Resource": QuotaExceeded,
        "UnsupportedHTTPMethod": InvalidRequest,
        "UnsupportedOperation": InvalidRequest,
        "UnsupportedParameter": InvalidRequest,
    }


Place = Literal["form", "query"]


class RpcModel(Wire):
    """Python names are the snake_case of the wire's PascalCase names."""

    model_config = ConfigDict(alias_generator=to_pascal)


class RpcResponse(RpcModel, Response):
    """An answer in Alibaba's spelling."""


class RpcRequest(RpcModel, Request):
    """A call of one action.

    :cvar version: API version, a date.
    :cvar parameters_in: where the official SDK puts the parameters; the gateway checks it with the signature.
    """

    service: ClassVar[Service]
    operation: ClassVar[str]
    version: ClassVar[str]
    parameters_in: ClassVar[Place] = "form"

    def parameters(self) -> Document:
        """Return every parameter as plain JSON."""
        return self.model_dump(mode="json", exclude_none=True)

    def message(self, origin: str, project_id: str | None) -> Message:
        """Serialize this request; ``project_id`` belongs to the other cloud."""
        parameters = self.model_dump(by_alias=True, exclude_none=True)
        if self.parameters_in == "form":
            return rpc_message(origin, self.operation, self.version, form=parameters)
        return rpc_message(origin, self.operation, self.version, query=parameters)

    def refusal(self, reply: Reply, document: Document) -> Refusal | None:
        """The rule of operations whose body has no flag: any HTTP status below 400 is success."""
        return gateway_refusal(reply, document)


def rpc_message(
    origin: str,
    action: str,
    version: str,
    *,
    form: Mapping[str, Any] | None = None,
    query: Mapping[str, Any] | None = None,
) -> Message:
    """Build the message of ``action``: names sorted, objects as compact JSON text, nothing for what is unset."""
    message = Message("POST", origin, headers={"x-acs-action": action, "x-acs-version": version})
    if query:
        message.query = encode_query((name, form_text(value)) for name, value in query.items() if value is not None)
    if form is not None:
        message.headers["Content-Type"] = "application/x-www-form-urlencoded"
        pairs = [(name, form_text(value)) for name, value in form.items() if value is not None]
        message.body = encode_form(pairs).encode()
    return message


def form_text(value: Any) -> str:
    """Return ``value``, plain JSON, as a form field: lower-case booleans, objects and lists as compact JSON."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return str(value)


def flattened(parameters: Mapping[str, Any], json_parameters: Collection[str] = ()) -> Document:
    """Return ``parameters`` in the vendor's flat form: ``{"Tag": [{"Key": "a"}]}`` is ``{"Tag.1.Key": "a"}``.

    Elements of a list count from 1. What is None is left out, and keeps its number in a list.

    :param json_parameters: names of parameters that stay whole, for an operation that reads them as JSON.
    :raises InvalidParameter: two parameters would get one name.
    """
    flat: Document = {}
    for name, value in parameters.items():
        leaves = [(name, value)] if name in json_parameters else _leaves(name, value)
        for leaf, content in leaves:
            if leaf in flat:
                raise InvalidParameter(f"The parameter {leaf} is given twice: by its own name and inside {name}.")
            flat[leaf] = content
    return flat


def _leaves(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        inner: Iterable[tuple[Any, Any]] = value.items()
    elif isinstance(value, Sequence) and not isinstance(value, (str, bytes, bytearray)):
        inner = enumerate(value, 1)
    else:
        if value is not None:
            yield name, value
        return
    for key, content in inner:
        yield from _leaves(f"{name}.{key}", content)


def gateway_refusal(reply: Reply, document: Document) -> Refusal | None:
    """Return the gateway's error ``{Code, Message, RequestId}`` of an HTTP status that is no success."""
    code = document.get("Code") or document.get("code") or document.get("ErrorCode")
    if reply.status < 300 or not code:
        return None
    message = document.get("Message") or document.get("message") or document.get("ErrorMessage") or ""
    return make_refusal(reply.status, code, message, reply, document)


def flag_refusal(reply: Reply, document: Document) -> Refusal | None:
    """The rule of operations with a ``Success`` flag: HTTP below 400 *and* ``Success`` true.

    ``ErrorCode`` alone says nothing: the vendor's own sample of a success shows one.
    """
    by_gateway = gateway_refusal(reply, document)
    if by_gateway is not None or document.get("Success") is not False:
        return by_gateway
    return make_refusal(
        stated_status(document.get("HttpStatusCode"), reply),
        document.get("ErrorCode") or "Success=false",
        document.get("ErrorMessage") or "the service reports no success and no reason",
        reply,
        document,
    )


def stated_status(value: Any, reply: Reply) -> int:
    """Return the error status that a body states, as text or as a number, else the status of ``reply``."""
    return int(value) if re.fullmatch("[45][0-9]{2}", str(value)) else reply.status


# The gateway repeats the request as it would have signed it: half a page that pushes the advice out of sight.
SIGNED_ECHO = r"(?is)[\s,;.]*server string ?to ?sign is.*"


def make_refusal(status: int, code: Any, message: Any, reply: Reply, document: Document) -> Refusal:
    """Return a refusal with the request id, and with the action that RAM denied if it is told."""
    message = re.sub(SIGNED_ECHO, "", str(message))
    denied = document.get("AccessDeniedDetail")
    if isinstance(denied, dict) and denied.get("AuthAction"):
        message = f"{message} (action {denied['AuthAction']}, {denied.get('NoPermissionType') or 'denied'})"
    return Refusal(status, str(code), excerpt(str(message)), request_id(reply, document), reply.status)


ResultT = TypeVar("ResultT", bound=Response)
ItemT = TypeVar("ItemT")


class PageNumbers(Pages[ResultT, ItemT]):
    """Paging by ``PageNumber`` (from 1) and ``PageSize``."""

    size_field: ClassVar[str] = "page_size"
    page_number: int
    page_size: int

    def start(self) -> int:
        """Return how many items fit on the pages before."""
        return (self.page_number - 1) * self.page_size

    def following(self, here: int) -> Self:
        """Return the request for the page with the next number."""
        page: Self = self.model_copy(update={"page_number": self.page_number + 1})  # type: ignore[attr-defined]
        return page


class AlibabaRequest(Call[AnyAnswer]):
    """Any other operation of Alibaba Cloud's RPC style, signed and judged like the ones that have a model.

    Lists and objects travel in the vendor's flat form, as its official SDK sends them: ``form={"Tag": [{"Key": "a"}]}``
    is ``Tag.1.Key=a``. A few operations read a parameter as JSON text instead: ``Variables`` of BPStudio's CreateTask,
    ``Tags`` of DataWorks' ListProjects. The page of such an operation shows the value as JSON, and the SDK's request
    class has a field ``…_shrink`` for it; name it in ``json_parameters``. Booleans are ``true`` and ``false``, and what
    is None is not sent.

    :param product: product code, as in its host name: ``ecs`` for ``ecs.{region}.aliyuncs.com``.
    :param version: API version, for example ``2014-05-26``.
    :param action: operation, for example ``DescribeRegions``.
    :param query: parameters of the query string.
    :param form: parameters of the form body; None sends no body.
    :param effect: what sending it twice would do; the default is the careful one.
    :param json_parameters: names in ``query`` and ``form`` whose values travel as JSON text; by default none.
    :param host: host name of a product that has no regional one, such as ``cdn.aliyuncs.com``; a field
        ``<product>_endpoint`` of the connection, or its endpoint for all services, is stronger.
    :raises InvalidParameter: ``json_parameters`` has a name that neither of the two has, or two parameters would get
        the same flat name.
    """

    service: Service
    operation: str
    effect: Effect

    def __init__(
        self,
        *,
        product: str,
        version: str,
        action: str,
        query: Mapping[str, Any] | None = None,
        form: Mapping[str, Any] | None = None,
        effect: Effect = Effect.CREATE,
        json_parameters: Collection[str] = (),
        host: str | None = None,
    ) -> None:
        def regional(region: str | None, vpc: bool) -> str:
            return f"{product}{'-vpc' if vpc else ''}.{region_required(region, product)}.aliyuncs.com"

        self.service = Service(product.lower(), product, named_host(host) if host else regional, gateway_errors)
        self.operation = action
        self.effect = effect
        self.version = version
        query, form = json_form(query, "query"), json_form(form, "form")
        whole = {json_parameters} if isinstance(json_parameters, str) else set(json_parameters)
        unknown = whole - set(query or {}) - set(form or {})
        if unknown:
            raise InvalidParameter(
                f"{product} {action}: json_parameters names {', '.join(sorted(unknown))}, which query and form lack."
            )
        self.query = None if query is None else flattened(query, whole)
        self.form = None if form is None else flattened(form, whole)

    def message(self, origin: str, project_id: str | None) -> Message:
        """Serialize this request."""
        return rpc_message(origin, self.operation, self.version, form=self.form, query=self.query)

    def refusal(self, reply: Reply, document: Document) -> Refusal | None:
        """Both rules at once: the gateway's errors, and ``Success: false`` where a product sends it."""
        return flag_refusal(reply, document)
