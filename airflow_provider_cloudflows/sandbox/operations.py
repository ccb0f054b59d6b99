"""What an operation is: its declared parameters, the call a handler gets, the answer or refusal it gives.

A room (service) is a table of ``Operation``. The checks here are strict, because a stand-in that forgives a
misspelt parameter hides a mistake until the day of the real cloud. No code of a cloud is in this module.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from airflow_provider_cloudflows.sandbox.json_text import read_json
from airflow_provider_cloudflows.sandbox.settings import Settings
from airflow_provider_cloudflows.sandbox.state import Document, Store
from airflow_provider_cloudflows.sandbox.world import Account

if TYPE_CHECKING:
    from airflow_provider_cloudflows.sandbox.courses import Courses

Place = Literal["query", "form", "body", "path", "header"]
Kind = Literal[
    "string",
    "int32",
    "int64",
    "boolean",
    "json object",
    "json list",
    "object",
    "free object",
    "list",
    "list of numbers",
    "number",
]
Access = Literal["credential", "open"]

_BOUNDS = {"int32": 2**31, "int64": 2**63}


class Fault(Enum):
    """What is wrong with a parameter."""

    MISSING = auto()
    UNKNOWN = auto()
    MISPLACED = auto()
    REPEATED = auto()
    INVALID = auto()


class BadParameter(Exception):
    """A parameter breaks its declaration; the message is one sentence that names it."""

    def __init__(self, fault: Fault, name: str, message: str) -> None:
        super().__init__(message)
        self.fault = fault
        self.name = name


@dataclass(frozen=True, slots=True)
class Parameter:
    """A declared parameter: where it travels, its type and its documented constraints."""

    name: str
    place: Place
    kind: Kind = "string"
    required: bool = False
    among: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    length: tuple[int, int] | None = None
    pattern: str | None = None
    fields: tuple[Parameter, ...] = ()

    def read_text(self, text: str) -> Any:
        """The typed value of a parameter that travels as text."""
        if self.kind == "string":
            return self._checked(text)
        if self.kind in _BOUNDS:
            return self._checked(self._integer(text))
        if self.kind == "boolean":
            return self._boolean(text)
        return self._json_text(self._checked(text))

    def read_json(self, value: Any) -> Any:
        """The value of a field of a JSON body, with all fields below it checked."""
        wanted = self.kind.removeprefix("free ").removesuffix(" of numbers")
        if _json_type(value) != wanted:
            raise self._invalid(f"must be a JSON {wanted}, not {_json_type(value)}")
        if isinstance(value, float):
            raise self._invalid("must be a whole number")
        if self.kind == "object":
            check_fields(self.fields, value, f"{self.name}.")
        for item in value if wanted == "list" else ():
            item_type = "object" if self.fields else "string" if self.kind == "list" else "number"
            if _json_type(item) != item_type:
                raise self._invalid(f"must be a list of JSON {item_type}s, not of {_json_type(item)}s")
            if self.fields:
                check_fields(self.fields, item, f"{self.name}[].")
        return self._checked(value)

    def _integer(self, text: str) -> int:
        bound = _BOUNDS[self.kind]
        if not re.fullmatch(r"-?[0-9]{1,19}", text) or not -bound <= int(text) < bound:
            raise self._invalid(f"must be an {self.kind} number")
        return int(text)

    def _boolean(self, text: str) -> bool:
        if text.lower() not in ("true", "false"):
            raise self._invalid("must be true or false")
        return text.lower() == "true"

    def _json_text(self, text: str) -> Any:
        try:
            value = read_json(text)
        except ValueError:
            raise self._invalid("must be JSON text") from None
        if not isinstance(value, dict if self.kind == "json object" else list):
            raise self._invalid(f"must be a {self.kind}, not {_json_type(value)}")
        for item in (value if isinstance(value, list) else [value]) if self.fields else ():
            if not isinstance(item, dict):
                raise self._invalid(f"must be a list of JSON objects, not of {_json_type(item)}s")
            check_fields(self.fields, item, f"{self.name}.")
        return value

    def _checked(self, value: Any) -> Any:
        if self.among and value not in self.among:
            raise self._invalid(f"must be one of {', '.join(self.among)}")
        if self.minimum is not None and value < self.minimum:
            raise self._invalid(f"must be at least {self.minimum}")
        if self.maximum is not None and value > self.maximum:
            raise self._invalid(f"must be at most {self.maximum}")
        if self.length and not self.length[0] <= len(value) <= self.length[1]:
            raise self._invalid(f"must have {self.length[0]} to {self.length[1]} characters")
        if self.pattern and not re.fullmatch(self.pattern, value):
            raise self._invalid("has characters that are not allowed")
        return value

    def _invalid(self, rule: str) -> BadParameter:
        return BadParameter(Fault.INVALID, self.name, f"The specified parameter {self.name} {rule}.")


def _json_type(value: Any) -> str:
    names = {dict: "object", list: "list", str: "string", bool: "boolean", type(None): "null"}
    return names.get(type(value), "number")


def missing(name: str) -> BadParameter:
    """The refusal of a call without a mandatory parameter."""
    return BadParameter(Fault.MISSING, name, f"The mandatory parameter {name} is missing.")


def check_fields(declared: tuple[Parameter, ...], sent: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Check the fields of a JSON object against their declarations."""
    known = {parameter.name: parameter for parameter in declared}
    for name in sent:
        if name not in known:
            raise BadParameter(Fault.UNKNOWN, name, f"The field {prefix}{name} is not known.")
    for parameter in declared:
        if parameter.required and parameter.name not in sent:
            raise missing(f"{prefix}{parameter.name}")
    return {name: known[name].read_json(value) for name, value in sent.items()}


def check_texts(declared: tuple[Parameter, ...], place: Place, pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """Check the parameters that arrived as text in one place; empty mandatory ones count as missing."""
    known = {parameter.name: parameter for parameter in declared}
    values: dict[str, Any] = {}
    for name, text in pairs:
        parameter = known.get(name)
        if parameter is None:
            raise BadParameter(Fault.UNKNOWN, name, f"The parameter {name} is not known.")
        if parameter.place != place:
            message = f"The parameter {name} must be sent in the {parameter.place}, not in the {place}."
            raise BadParameter(Fault.MISPLACED, name, message)
        if name in values:
            raise BadParameter(Fault.REPEATED, name, f"The parameter {name} is sent more than once.")
        if parameter.required and text == "":
            raise missing(name)
        values[name] = parameter.read_text(text)
    for parameter in declared:
        if parameter.place == place and parameter.required and parameter.name not in values:
            raise missing(parameter.name)
    return values


def headers_of(declared: tuple[Parameter, ...], headers: Mapping[str, str]) -> list[tuple[str, str]]:
    """The declared parameters that arrived as headers; others are no concern of an operation."""
    names = [parameter.name for parameter in declared if parameter.place == "header"]
    return [(name, headers[name.lower()]) for name in names if name.lower() in headers]


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody who acts: a user, or a session of a role (Alibaba) or an agency (Huawei)."""

    kind: Literal["user", "federated user", "role", "agency"]
    name: str
    session: str = ""


NOBODY = Principal("user", "")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is calling, by which kind of credential, for which account, and the Huawei project, when it names one."""

    key_id: str
    credential: Literal["key", "session key", "token", "none"]
    account: Account
    project_id: str | None = None
    principal: Principal = NOBODY


@dataclass(frozen=True, slots=True)
class Birth:
    """What a new resource is made from besides what its maker says: a store for numbers, the account, the time."""

    store: Store
    account: Account
    now: float


@dataclass(frozen=True, slots=True)
class Words:
    """What a service calls the states of work that goes on by itself, and the ``field`` that shows them."""

    begun: str
    running: str
    good: str
    bad: str
    stopping: str = ""
    stopped: str = ""
    field: str = "status"


@dataclass(frozen=True, slots=True)
class Resource:
    """A kind of thing that clients create, as the sandbox keeps it.

    ``id`` and ``place`` name the fields that hold its id and what it is listed by (none when it is not listed).
    ``born`` gives every field of a new one with its value; who creates it says what differs. ``words`` are there for
    what goes on by itself (``courses.py``).
    """

    kind: str
    id: str
    born: Callable[[Birth], Document]
    place: str = ""
    words: Words | None = None

    def insert(self, birth: Birth, fields: Mapping[str, Any]) -> Document:
        """Make one and keep it."""
        document = self.born(birth) | dict(fields)
        place = str(document[self.place]) if self.place else ""
        birth.store.add(self.kind, str(document[self.id]), document, place=place)
        return document


@dataclass(frozen=True, slots=True)
class Call:
    """What a handler gets: checked parameters by wire name, the caller, its account's store, time and request id."""

    parameters: Mapping[str, Any]
    caller: Caller
    store: Store
    now: float
    request_id: str
    base_url: str
    settings: Settings
    courses: Courses

    @property
    def account(self) -> Account:
        """The account that the caller acts in."""
        return self.caller.account

    def create(self, resource: Resource, **fields: Any) -> Document:
        """Make a resource of the caller's account."""
        return resource.insert(Birth(self.store, self.account, self.now), fields)

    def read(self, kind: str, id: str, *, place: str | None = None) -> Document | None:
        """What a read by id shows; what was made less than the read lag ago is not known to it yet."""
        return self.store.get(kind, id, place=place, age=self.settings.read_lag)

    def read_all(self, kind: str, *, place: str) -> list[Document]:
        """The same for a list that is asked for one id."""
        return self.store.all(kind, place=place, age=self.settings.read_lag)

    def listed(self, kind: str, *, place: str) -> list[Document]:
        """What a list shows: not yet the newest, by the list lag, and still the removed, by the deleted lag."""
        return self.store.all(kind, place=place, age=self.settings.list_lag, gone=self.settings.deleted_lag)

    def newest(self, kind: str, *, place: str, limit: int, offset: int) -> tuple[list[Document], int]:
        """One page of what a list shows, newest first, and how many there are."""
        age = self.settings.list_lag
        return self.store.newest(kind, place=place, limit=self.page_size(limit), offset=offset, age=age)

    def page_size(self, asked: int) -> int:
        """How many items a page holds: as many as asked for, unless the page cap is lower."""
        return min(asked, self.settings.page_cap or asked)


@dataclass(frozen=True, slots=True)
class Answer:
    """A successful reply with another status than 200, with headers of its own, or without a body."""

    body: dict[str, Any] | str | None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class Refusal(Exception):
    """A cloud error; each shape of body is a subclass. ``echo`` is sent to the client and never recorded.

    What the handler wrote is undone, unless the refusal ``has_effect``: a wrong password is counted.
    """

    headers: Mapping[str, str] = MappingProxyType({})
    has_effect = False

    def __init__(self, status: int, code: str, message: str, echo: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.text = message + echo

    def body(self, request_id: str, host: str) -> dict[str, Any] | str:
        """The body as the vendor shapes it: JSON, or plain text."""
        raise NotImplementedError


Handler = Callable[[Call], dict[str, Any] | Answer]


@dataclass(frozen=True, slots=True)
class Operation:
    """One row of a room's table. For Alibaba ``path`` is the API version, for Huawei a path template.

    An ``open`` operation needs no credential, and one that takes no tokens a signature. ``identity_method`` tells
    apart those that share a path: it is what stands in ``auth.identity.methods`` of the body.
    """

    service: str
    name: str
    method: str
    path: str
    handler: Handler
    parameters: tuple[Parameter, ...] = ()
    access: Access = "credential"
    takes_tokens: bool = True
    identity_method: str = ""
