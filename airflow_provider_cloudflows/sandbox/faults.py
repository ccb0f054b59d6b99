"""Rules that make the sandbox misbehave: which call is hit, before or after it takes effect, and how.

A rule is reproducible: it counts the calls it could hit and draws from a random source of its own. The rules act on
calls that are signed and well-formed only, so a fault never hides a mistake of the client. What a cloud itself would
say is worded by its gateway; what goes wrong with the bytes is done here, in ``delivery.py`` and in ``proxy.py``.
"""

from __future__ import annotations

import gzip
import random
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol

from airflow_provider_cloudflows.sandbox.delivery import Delivery, WireReply
from airflow_provider_cloudflows.sandbox.operations import Caller, Operation, Refusal

When = Literal["before", "after"]
Source = tuple[str, Operation]

THROTTLE_FORMS: dict[str, tuple[str, ...]] = {
    "x-acs-retry-after": ("alibaba",),
    "x-ratelimit-user-api": ("alibaba",),
    "x-ratelimit-user": ("alibaba",),
    "retry-after": ("alibaba", "huawei"),
    "retry-after-date": ("alibaba", "huawei"),
    "message": ("huawei",),
    "none": ("alibaba", "huawei"),
}
SHAPES = ("gateway", "service")
QUOTA_CODES = ("Throttling.Api.Risk", "Throttling.Resource")
CLOUDS = {"alibaba": "Alibaba Cloud", "huawei": "Huawei Cloud"}


class InvalidRule(ValueError):
    """A rule cannot be; the message is one sentence for a person."""


class Words(Protocol):
    """What a cloud says of a call that fails; its gateway is one."""

    def failure(self, operation: Operation, status: int, code: str, message: str, shape: str) -> Refusal: ...

    def unknown_api(self, code: str) -> Refusal: ...

    def throttled(self, wait: float | str, form: str, now: float) -> Refusal: ...

    def unauthorized(self, operation: Operation, caller: Caller, *, expired: bool) -> Refusal: ...

    def internal_error(self) -> Refusal: ...


@dataclass(frozen=True, slots=True)
class Kind:
    """What can go wrong, and the parameters that a rule of this kind may have."""

    about: str
    parameters: tuple[str, ...] = ()
    is_tcp: bool = False


KINDS: dict[str, Kind] = {
    "error": Kind(
        f"any error (status=500, code, message); status=200 is a failure with HTTP 200; shape={'|'.join(SHAPES)}",
        ("status", "code", "message", "shape"),
    ),
    "gateway_404": Kind("the gateway's HTTP 404 for an API that it does not know (code)", ("code",)),
    "html_404": Kind("HTTP 404 with a web page"),
    "html": Kind("HTTP 502 with a web page"),
    "throttle": Kind(
        f"HTTP 429; wait=1 in seconds, told as form={'|'.join(THROTTLE_FORMS)}, or any text as retry_after=TEXT",
        ("wait", "form", "retry_after"),
    ),
    "quota": Kind(f"HTTP 429 of Alibaba Cloud that no waiting helps (code={'|'.join(QUOTA_CODES)})", ("code",)),
    "unauthorized": Kind("the credential is refused (reason=expired|invalid)", ("reason",)),
    "success_false": Kind("HTTP 200 that reports a failure (code, message)", ("code", "message")),
    "replay": Kind("the bytes of the call are processed twice; the caller receives the second answer"),
    "empty": Kind("HTTP 200 without a body"),
    "html_200": Kind("HTTP 200 with a web page, like that of a login portal"),
    "truncated": Kind("half of the body, then the end of the connection"),
    "not_utf8": Kind("a body with bytes that are not UTF-8"),
    "bad_gzip": Kind("a body that says gzip and is not"),
    "slow_headers": Kind("the answer starts late (seconds=5)", ("seconds",)),
    "slow_body": Kind("the body comes byte by byte (interval=0.1 in seconds)", ("interval",)),
    "endless_body": Kind("the body never ends"),
    "drop": Kind("the connection ends without an answer", is_tcp=True),
    "reset": Kind("the connection is reset", is_tcp=True),
    "cut": Kind("the connection ends in the middle of the status line", is_tcp=True),
    "silence": Kind("the connection stays open and nothing comes", is_tcp=True),
}


@dataclass(frozen=True, slots=True)
class _Field:
    """What a field of a rule may be."""

    type: type[int] | type[float] | type[str]
    least: float = float("-inf")
    most: float = float("inf")
    among: tuple[str, ...] = ()

    def as_json(self, name: str) -> dict[str, Any]:
        bounds = {"least": self.least, "most": self.most}
        finite = {bound: value for bound, value in bounds.items() if abs(value) != float("inf")}
        return {"name": name, "type": self.type.__name__, "among": list(self.among), **finite}

    def check(self, name: str, value: Any) -> Any:
        if self.type is str:
            if not isinstance(value, str) or (self.among and value not in self.among):
                raise InvalidRule(f"{name} must be {self._wanted()}, not {value!r}.")
            return value
        accepted = int if self.type is int else int | float
        if isinstance(value, bool) or not isinstance(value, accepted) or not self.least <= value <= self.most:
            raise InvalidRule(f"{name} must be {self._wanted()}, not {value!r}.")
        return self.type(value)

    def read(self, name: str, text: str) -> Any:
        """From the compact form, where everything is text."""
        try:
            return self.type(text)
        except ValueError:
            raise InvalidRule(f"{name} must be {self._wanted()}, not {text!r}.") from None

    def _wanted(self) -> str:
        if self.type is str:
            return f"one of {', '.join(self.among)}" if self.among else "text"
        number = "a whole number" if self.type is int else "a number"
        if self.least == float("-inf"):
            return number
        upper = "" if self.most == float("inf") else f" to {self.most:g}"
        return f"{number} from {self.least:g}{upper}" if upper else f"{number} of at least {self.least:g}"


_HOW_OFTEN: dict[str, _Field] = {
    "nth": _Field(int, 1),
    "probability": _Field(float, 0, 1),
    "seed": _Field(int),
    "times": _Field(int, 1),
}
_PARAMETERS: dict[str, _Field] = {
    "status": _Field(int, 200, 599),
    "code": _Field(str),
    "message": _Field(str),
    "wait": _Field(float, 0, 86400),
    "shape": _Field(str, among=SHAPES),
    "retry_after": _Field(str),
    "form": _Field(str, among=tuple(THROTTLE_FORMS)),
    "reason": _Field(str, among=("expired", "invalid")),
    "seconds": _Field(float, 0, 86400),
    "interval": _Field(float, 0, 3600),
}
_FIELDS = _HOW_OFTEN | _PARAMETERS


class Rule:
    """One rule. ``calls`` counts the calls it could have hit, ``hits`` those it did hit; while ``off`` neither."""

    def __init__(self, id: int, operation: str, kind: str, when: When, how_often: Mapping[str, Any]) -> None:
        self.id = id
        self.operation = operation
        self.kind = kind
        self.when = when
        self.nth: int | None = how_often.get("nth")
        self.probability: float | None = how_often.get("probability")
        self.seed: int = how_often.get("seed", 0)
        self.times: int | None = how_often.get("times", None if self.nth is None else 1)
        self.parameters = {name: value for name, value in how_often.items() if name in _PARAMETERS}
        self.off = False
        self.calls = 0
        self.hits = 0
        self._random = random.Random(self.seed)

    def matches(self, cloud: str, operation: Operation) -> bool:
        """Whether an operation is one of those that the rule is about."""
        return not self.off and self.is_about(operation) and cloud in self.clouds

    def is_about(self, operation: Operation) -> bool:
        """The same by name alone."""
        full_name = f"{operation.service.lower()}.{operation.name}"
        return self.operation in ("*", operation.name, full_name)

    @property
    def clouds(self) -> tuple[str, ...]:
        """The clouds that know this kind of failure."""
        if self.kind == "quota":
            return ("alibaba",)
        return THROTTLE_FORMS.get(self.parameters.get("form", ""), tuple(CLOUDS))

    def is_due(self) -> bool:
        """Count a call, and tell whether it is one to hit."""
        self.calls += 1
        is_drawn = self.probability is None or self._random.random() < self.probability
        is_reached = self.nth is None or self.calls >= self.nth
        return is_drawn and is_reached and (self.times is None or self.hits < self.times)

    def as_json(self) -> dict[str, Any]:
        """The rule as it was given, with its counts."""
        how_often = {"nth": self.nth, "probability": self.probability, "times": self.times}
        if self.probability is not None:
            how_often["seed"] = self.seed
        shown = {name: value for name, value in how_often.items() if value is not None}
        rule = {"id": self.id, "operation": self.operation, "kind": self.kind, "when": self.when}
        switched_off = {"off": True} if self.off else {}
        return rule | shown | self.parameters | switched_off | {"calls": self.calls, "hits": self.hits}

    def __str__(self) -> str:
        return f"rule {self.id}: {self.kind} {self.when} the call took effect"


def parameters_of(kind: str) -> list[dict[str, Any]]:
    """What a rule of this kind may say besides how often it hits, for a form: name, type, bounds, choices."""
    return [_PARAMETERS[name].as_json(name) for name in KINDS[kind].parameters]


class Faults:
    """The rules of a sandbox. The first one that is due hits a call; all of them count it."""

    def __init__(self, operations: Iterable[Source], *, tcp: bool) -> None:
        self._operations = tuple(operations)
        self.tcp = tcp
        self._rules: list[Rule] = []
        self._last_id = 0
        self._lock = threading.Lock()

    def add(self, operation: str, kind: str, *, when: str = "before", **how: Any) -> Rule:
        """Add a rule; it hits every call, unless ``nth``, ``probability`` (and ``seed``) or ``times`` say less.

        With ``nth`` it hits that call, and as many after it as ``times`` says. The other arguments are those of the
        kind, see ``KINDS``.
        """
        return self.add_json({"operation": operation, "kind": kind, "when": when, **how})

    def add_text(self, text: str) -> Rule:
        """Add a rule in the compact form ``OPERATION:KIND[:before|after][:NAME=VALUE[,NAME=VALUE…]]``."""
        return self.add_json(_parse(text))

    def add_json(self, given: Any) -> Rule:
        """Add a rule given as a JSON object."""
        if not isinstance(given, dict):
            raise InvalidRule("A rule is a JSON object with operation, kind and more.")
        self._check(given)
        how_often = {name: _FIELDS[name].check(name, value) for name, value in given.items() if name in _FIELDS}
        with self._lock:
            when = given.get("when", "before")
            rule = Rule(self._last_id + 1, given["operation"], given["kind"], when, how_often)
            self._check_reach(rule)
            self._last_id += 1
            self._rules.append(rule)
        return rule

    def remove(self, id: int) -> bool:
        """Remove a rule; tells whether it was there."""
        with self._lock:
            kept = [rule for rule in self._rules if rule.id != id]
            was_there = len(kept) < len(self._rules)
            self._rules = kept
        return was_there

    def switch(self, id: int, *, off: bool) -> Rule | None:
        """Switch a rule off, or on again with the counts it had; None when it is not there."""
        with self._lock:
            rule = next((each for each in self._rules if each.id == id), None)
            if rule is not None:
                rule.off = off
        return rule

    def clear(self) -> None:
        """Remove all rules."""
        with self._lock:
            self._rules = []

    def reset(self) -> None:
        """Back to birth."""
        self.clear()

    def as_json(self) -> list[dict[str, Any]]:
        """All rules, in the order they were added."""
        with self._lock:
            return [rule.as_json() for rule in self._rules]

    def hit(self, cloud: str, operation: Operation) -> Rule | None:
        """Count a call with every rule about it, and return the rule that hits it, if any."""
        with self._lock:
            due = [rule for rule in self._rules if rule.matches(cloud, operation) and rule.is_due()]
            if not due:
                return None
            due[0].hits += 1
            return due[0]

    def _check(self, given: Mapping[str, Any]) -> None:
        operation, kind, when = given.get("operation"), given.get("kind"), given.get("when", "before")
        if not isinstance(operation, str) or not isinstance(kind, str):
            raise InvalidRule("A rule needs an operation and a kind, both as text.")
        if kind not in KINDS:
            raise InvalidRule(f"There is no fault {kind!r}; the kinds are {', '.join(KINDS)}.")
        if when not in ("before", "after"):
            raise InvalidRule(f"when must be before or after, not {when!r}.")
        allowed = ("operation", "kind", "when", *_HOW_OFTEN, *KINDS[kind].parameters)
        for name in given:
            if name not in allowed:
                raise InvalidRule(f"A rule of kind {kind} has no {name!r}; it may have {', '.join(allowed)}.")
        if "nth" in given and "probability" in given:
            raise InvalidRule("nth and probability exclude each other.")
        if "seed" in given and "probability" not in given:
            raise InvalidRule("seed is of use with probability only.")
        if kind == "quota" and given.get("code", QUOTA_CODES[0]) not in QUOTA_CODES:
            raise InvalidRule(f"code must be one of {', '.join(QUOTA_CODES)}, not {given['code']!r}.")
        retry_after = given.get("retry_after", "")
        if not (isinstance(retry_after, str) and retry_after.isascii() and (retry_after + " ").isprintable()):
            raise InvalidRule("retry_after must be text that a header can hold: printable ASCII.")
        if "retry_after" in given and "wait" in given:
            raise InvalidRule("wait and retry_after exclude each other.")
        if KINDS[kind].is_tcp and not self.tcp:
            raise InvalidRule(f"{kind} happens on the TCP level; start the sandbox with --tcp-faults for it.")

    def _check_reach(self, rule: Rule) -> None:
        about = [(cloud, operation) for cloud, operation in self._operations if rule.is_about(operation)]
        if not about:
            raise InvalidRule(
                f"There is no operation {rule.operation!r}; give a name such as CreateBusiness or "
                f"dataworks.CreateBusiness, or * for all."
            )
        if not any(rule.matches(cloud, operation) for cloud, operation in about):
            only, other = CLOUDS[rule.clouds[0]], CLOUDS[about[0][0]]
            raise InvalidRule(f"This is what {only} says, and {rule.operation} is an operation of {other}.")


def _parse(text: str) -> dict[str, Any]:
    parts = text.split(":", 3)
    if len(parts) < 2:
        raise InvalidRule(f"{text!r} is no rule; write it like CreateBusiness:drop:after:nth=1.")
    rule: dict[str, Any] = {"operation": parts[0], "kind": parts[1]}
    if len(parts) > 2 and "=" not in parts[2]:
        rule["when"] = parts[2]
        del parts[2]
    name = ""
    for pair in ":".join(parts[2:]).split(",") if len(parts) > 2 else ():
        if name == "retry_after" and "=" not in pair:  # A date has a comma of its own.
            rule[name] += f",{pair}"
            continue
        name, separator, value = pair.partition("=")
        if not separator:
            raise InvalidRule(f"{pair!r} in {text!r} is not like NAME=VALUE.")
        rule[name] = _FIELDS[name].read(name, value) if name in _FIELDS else value
    return rule


def cloud_answer(rule: Rule, words: Words, operation: Operation, caller: Caller, now: float) -> Refusal | None:
    """What the cloud says instead of its answer, when the fault is one that a cloud words itself."""
    wanted = rule.parameters
    code, message = wanted.get("code", ""), wanted.get("message", "")
    if rule.kind == "error":
        usual = words.internal_error()
        status, shape = wanted.get("status", 500), wanted.get("shape", "")
        return words.failure(operation, status, code, message or usual.message, shape)
    if rule.kind == "gateway_404":
        return words.unknown_api(code)
    if rule.kind == "throttle":
        return words.throttled(wanted.get("retry_after", wanted.get("wait", 1.0)), wanted.get("form", ""), now)
    if rule.kind == "quota":
        return words.failure(operation, 429, code or QUOTA_CODES[0], "The quota of API calls is used up.", "")
    if rule.kind == "unauthorized":
        return words.unauthorized(operation, caller, expired=wanted.get("reason", "expired") == "expired")
    if rule.kind == "success_false":
        return words.failure(operation, 200, code, message or words.internal_error().message, "service")
    return None


def spoil(rule: Rule, reply: WireReply) -> WireReply:
    """What goes wrong with the bytes of a reply, or with the connection it would go through."""
    if KINDS[rule.kind].is_tcp:
        return replace(reply, status=0, delivery=Delivery(connection=rule.kind))
    change = _SPOILING.get(rule.kind)
    return reply if change is None else change(reply, rule.parameters)


def _page(status: int, title: str) -> Callable[[WireReply, Mapping[str, Any]], WireReply]:
    html = f"<!doctype html><html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n"

    def change(reply: WireReply, parameters: Mapping[str, Any]) -> WireReply:
        return WireReply(status, {"Content-Type": "text/html;charset=utf-8"}, html.encode())

    return change


def _empty(reply: WireReply, parameters: Mapping[str, Any]) -> WireReply:
    return replace(reply, status=200, body=b"")


def _truncated(reply: WireReply, parameters: Mapping[str, Any]) -> WireReply:
    return replace(reply, delivery=Delivery(truncated=True))


def _not_utf8(reply: WireReply, parameters: Mapping[str, Any]) -> WireReply:
    return replace(reply, body=b'{"\xff\xfe": "\x80", ' + reply.body[1:])


def _bad_gzip(reply: WireReply, parameters: Mapping[str, Any]) -> WireReply:
    """The ten bytes of a gzip header, then a block type that does not exist."""
    damaged = gzip.compress(reply.body)[:10] + b"\xff" * 20
    return replace(reply, headers=reply.headers | {"Content-Encoding": "gzip"}, body=damaged)


def _slow_headers(reply: WireReply, parameters: Mapping[str, Any]) -> WireReply:
    return replace(reply, delivery=Delivery(delay=parameters.get("seconds", 5.0)))


def _slow_body(reply: WireReply, parameters: Mapping[str, Any]) -> WireReply:
    return replace(reply, delivery=Delivery(interval=parameters.get("interval", 0.1)))


def _endless(reply: WireReply, parameters: Mapping[str, Any]) -> WireReply:
    return replace(reply, status=200, delivery=Delivery(endless=True))


_SPOILING: dict[str, Callable[[WireReply, Mapping[str, Any]], WireReply]] = {
    "html_404": _page(404, "404 Not Found"),
    "html": _page(502, "502 Bad Gateway"),
    "html_200": _page(200, "Sign in to the network"),
    "empty": _empty,
    "truncated": _truncated,
    "not_utf8": _not_utf8,
    "bad_gzip": _bad_gzip,
    "slow_headers": _slow_headers,
    "slow_body": _slow_body,
    "endless_body": _endless,
}
