"""What every request of either cloud has in common.

A request validates its parameters when it is made, knows how to become a message and how its success looks, and names
the type of its result. The two families differ in how a message is built (:mod:`.rpc`, :mod:`.rest`). Nothing here
opens a socket or knows a credential.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self, TypeVar, cast, get_args
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from airflow_provider_cloudflows.errors import CloudError, ConfigurationError, NoAnswer
from airflow_provider_cloudflows.transport.message import Message, Reply
from airflow_provider_cloudflows.transport.outcome import Effect, ErrorTable, Refusal, refused, unreadable
from airflow_provider_cloudflows.transport.redact import excerpt

__all__ = [
    "AnyAnswer",
    "Call",
    "Creation",
    "Document",
    "Endpoints",
    "Pages",
    "Required",
    "Response",
    "Service",
    "Wire",
    "exactly_one",
    "is_loopback",
    "matches",
    "origin_of",
    "region_required",
    "request_id",
]

Document = dict[str, Any]
"""A JSON object as it came."""


class Wire(BaseModel):
    """Base of all models; validators are built when first needed, so that importing a service stays cheap.

    Fields that a cloud adds later are kept at every level of an answer; requests take none that they do not know.
    """

    model_config = ConfigDict(
        extra="allow",
        defer_build=True,
        populate_by_name=True,
        loc_by_alias=False,
        protected_namespaces=(),
        coerce_numbers_to_str=True,
    )

    def document(self) -> Document:
        """Return the fields as plain JSON, with the vendor's names and without fields that did not come."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)


class Response(Wire):
    """What a cloud answers.

    :param request_id: the vendor's id of the call.
    """

    request_id: str | None = Field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Service:
    """One product of a cloud.

    :param name: short name; also the key of its endpoint override in a connection.
    :param title: the name that error messages use.
    :param host: region (or None) and VPC flag to host name; raises :class:`ConfigurationError` when it cannot tell.
    :param errors: what the vendor's codes mean.
    """

    name: str
    title: str
    host: Callable[[str | None, bool], str] = field(repr=False)
    errors: ErrorTable = field(repr=False)


REGION = re.compile(r"[A-Za-z0-9]+(-[A-Za-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Which host answers for which service.

    :param region: region id, free text: the vendors add regions faster than tables follow.
    :param vpc: use the hosts that are reachable from inside the vendor's network.
    :param everywhere: one origin for all services, for example a sandbox.
    :param overrides: origin by service name; stronger than ``everywhere``.
    """

    region: str | None = None
    vpc: bool = False
    everywhere: str | None = None
    overrides: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.region and not REGION.fullmatch(self.region):
            raise ConfigurationError(
                f"{self.region!r} is not a region id such as cn-hangzhou or cn-north-4; "
                "correct Region in the connection."
            )

    def origin(self, service: Service) -> str:
        """Return scheme, host and port of ``service``."""
        override = self.overrides.get(service.name) or self.everywhere
        return override or f"https://{service.host(self.region, self.vpc)}"


LOOPBACK = re.compile(r"localhost|127(\.\d{1,3}){3}|\[::1\]")


def is_loopback(origin: str) -> bool:
    """Tell whether ``origin`` is on this machine."""
    return LOOPBACK.fullmatch(re.sub(r":\d+$", "", origin.partition("://")[2])) is not None


def origin_of(url: str, name: str, *, allow_http: bool = False) -> str:
    """Return scheme, host and port of ``url``, in the form that is signed and sent.

    HTTPS is assumed when no scheme is given, and plain HTTP is for this machine only, unless it is allowed: keys and
    answers travel in clear.

    :param name: the connection field that ``url`` comes from, for the error message.
    :param allow_http: somebody has said that plain HTTP to other machines is meant.
    :raises ConfigurationError: when ``url`` is no such address.
    """
    text = url.strip()
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        parts, host, port = urlsplit(""), None, None
    if not host or parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise ConfigurationError(
            f"{name} must be scheme, host and port, for example https://host.example.com:8443; correct it in the "
            "connection."
        )
    host = f"[{host}]" if ":" in host else host
    if parts.scheme != "https" and not (parts.scheme == "http" and (allow_http or LOOPBACK.fullmatch(host))):
        raise ConfigurationError(
            f"{name} uses {parts.scheme}:// for {host}, which is not this machine; use https:// in the connection, or "
            "allow plain HTTP there."
        )
    default_port = 443 if parts.scheme == "https" else 80
    return f"{parts.scheme}://{host}" if port in (None, default_port) else f"{parts.scheme}://{host}:{port}"


ESCAPED_SURROGATE = re.compile(rb"\\u[dD][89abcdefABCDEF]")

ResultT = TypeVar("ResultT", bound=Response)
ItemT = TypeVar("ItemT")


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
            raise refused(
                refusal,
                operation=self.title,
                effect=self.effect,
                table=self.service.errors,
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
        if ESCAPED_SURROGATE.search(reply.body):  # half a character, which no JSON writer could pass on
            document = json.loads(json.dumps(document, ensure_ascii=False).encode("utf-8", "replace"))
        if not isinstance(document, dict):
            raise self._unreadable(reply, f"the answer is a JSON {type(document).__name__}, not an object")
        return cast("Document", document)

    def empty_answer(self, reply: Reply) -> Document | None:
        """Return what an empty body stands for, or None when the operation always has one."""
        return None

    def _unreadable(self, reply: Reply, found: str, document: Document | None = None) -> CloudError:
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


def result_type(request: type[Any]) -> type[Response]:
    """Return ``ResultT`` of a request class, read off its ``Call[…]`` base."""
    for base in getattr(request, "__orig_bases__", ()):
        origin = getattr(base, "__origin__", None)
        if isinstance(origin, type) and issubclass(origin, Call):
            return cast("type[Response]", get_args(base)[0])
    raise TypeError(f"{request.__name__} names no result type: derive it from Call[...] or Pages[...].")


class Creation(Call[ResultT], Generic[ResultT]):
    """A create whose resource can be told from others; the create protocol hangs on these rules.

    :cvar identified_by: fields that make the identity: the name and the place. Looking goes by them.
    :cvar compared: fields that an existing resource is compared in.
    :cvar updatable: those of ``compared`` that :meth:`updating` can change.
    """

    identified_by: ClassVar[tuple[str, ...]]
    compared: ClassVar[tuple[str, ...]] = ()
    updatable: ClassVar[tuple[str, ...]] = ()

    def identity(self) -> Document:
        """Return name and place as plain JSON."""
        return {name: getattr(self, name) for name in self.identified_by}

    def parameters(self) -> Document:
        """Return every parameter of the request as plain JSON."""
        raise NotImplementedError

    def made_id(self, answer: ResultT) -> int | str:
        """Return the id in the answer of the create."""
        raise NotImplementedError

    def search(self) -> Pages[Any, Any] | None:
        """Return the list that shows the resource if it exists, or None when the service lists none."""
        raise NotImplementedError

    def is_match(self, item: Any) -> bool:
        """Tell whether a listed item is exactly the resource asked for; the services' filters are fuzzy."""
        raise NotImplementedError

    def id_of(self, item: Any) -> int | str:
        """Return the id of a listed item."""
        raise NotImplementedError

    def reading(self, resource_id: int | str) -> Call[Any]:
        """Return the request that reads the resource with that id."""
        raise NotImplementedError

    def item_of(self, answer: Any) -> Wire:
        """Return the item in the answer to :meth:`reading`; raises NotFound when it holds none."""
        raise NotImplementedError

    def listing_of(self, resource_id: int | str) -> Pages[Any, Any] | None:
        """Return a list that shows the resource with that id under whatever name it has, or None."""
        return None

    def updating(self, resource_id: int | str, changes: list[str]) -> Call[Any]:
        """Return the request that changes the fields ``changes`` of the resource to what is asked for."""
        raise NotImplementedError

    def differences(self, item: Any) -> dict[str, tuple[Any, Any]]:
        """Return asked-for and existing value of each field that was asked for and differs.

        A field that the service does not show says nothing; the clouds write an unset text as an empty one.
        """
        found = {}
        for name in self.compared:
            asked, exists = getattr(self, name), getattr(item, name, None)
            if asked is not None and exists is not None and plain(asked) != plain(exists):
                found[name] = (plain(asked), plain(exists))
        return found


def plain(value: Any) -> Any:
    """Return ``value`` with models as plain JSON, so that it compares by content."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_none=True)
    if isinstance(value, list):
        return sorted((plain(one) for one in value), key=repr)
    return value


class AnyAnswer(Response):
    """An answer without a model of its own: every field is kept, ``document()`` returns them."""


class Pages(Call[ResultT], Generic[ResultT, ItemT]):
    """A request that answers one page of ``ItemT`` at a time."""

    def items(self, response: ResultT) -> list[ItemT]:
        """Return the items on the page ``response``."""
        raise NotImplementedError

    def total(self, response: ResultT) -> int:
        """Return how many items there are on all pages; 0 beside a full page means that the answer does not tell."""
        raise NotImplementedError

    def has_more(self, response: ResultT, before: int, page_size: int) -> bool:
        """Tell whether pages follow ``response``.

        A service may give less than a full page before the end, so the total decides where there is one. An empty page
        before the total is an error: a list that breaks off must not be taken for proof that something is absent.

        :param before: how many items the earlier pages had room for.
        :param page_size: how many items were asked for.
        """
        total, here = self.total(response), len(self.items(response))
        if here == 0 and before < total:
            raise NoAnswer(f"the list ends after {before} of {total} items", operation=self.title)
        return before + here < total if total else here >= page_size

    def next_page(self, response: ResultT) -> Self | None:
        """Return the request for the page after ``response``, or None after the last one."""
        raise NotImplementedError


def matches(pattern: str, rule: str) -> AfterValidator:
    """Constrain a text to ``pattern``, which must match all of it; ``rule`` is what the user reads."""

    def check(value: str) -> str:
        if re.fullmatch(pattern, value) is None:
            raise PydanticCustomError("rule", "{rule}", {"rule": rule})
        return value

    return AfterValidator(check)


Required = matches(r"(?s).*\S.*", "must not be empty")
"""A text with something in it; a template that rendered to nothing fails here."""


def exactly_one(data: Mapping[str, Any], *names: str) -> None:
    """Check that exactly one of ``names`` has a value."""
    given = [name for name in names if data.get(name) not in (None, "")]
    if len(given) != 1:
        rule = f"exactly one of {' and '.join(names)} must be given, not {'both' if given else 'neither'}"
        raise PydanticCustomError("rule", "{rule}", {"rule": rule})


def region_required(region: str | None, service: str) -> str:
    """Return ``region``, or say that ``service`` cannot be addressed without one."""
    if not region:
        raise ConfigurationError(
            f"{service} needs a region to find its host; set Region in the connection or pass region=."
        )
    return region
