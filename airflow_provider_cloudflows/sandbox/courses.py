"""How work goes on by itself: a job runs, ends, fails or hangs; an endpoint comes to be and goes.

What a job is going to do is decided when it begins, by the first rule that fits, and kept with it. Its state is worked
out when somebody looks: from the time that has passed, by a clock that can be advanced, or from how often it was looked
at. This module knows the words of no service: each kind of work brings its own.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from airflow_provider_cloudflows.sandbox import choices
from airflow_provider_cloudflows.sandbox.operations import Call, Resource, Words
from airflow_provider_cloudflows.sandbox.state import Document

COURSE = "course"
"""The field of a document that holds its course; no answer shows it."""

ENDINGS = ("good", "bad", "never")
CANCELS = ("accepted", "refused", "ignored")


class InvalidCourse(ValueError):
    """A rule cannot be like this; the message is one sentence for a person."""


@dataclass(frozen=True)
class Script:
    """What a piece of work does.

    It is over after ``seconds``, or after so many ``looks`` by its id or in a list, where that is set. ``ending`` is
    ``good``, ``bad`` (with ``reason``) or ``never``. For ``begun_looks`` looks it shows the state from before it
    began, then for ``unknown_looks`` looks the word ``unknown``. ``cancel`` is ``accepted``, ``refused`` with an error,
    or ``ignored``; it takes ``cancel_seconds``.
    """

    seconds: float = choices.WORK_SECONDS.value
    looks: int = 0
    ending: str = "good"
    reason: str = ""
    begun_looks: int = 0
    unknown: str = ""
    unknown_looks: int = 0
    cancel: str = "accepted"
    cancel_seconds: float = 0.0

    @property
    def counts_looks(self) -> bool:
        """Whether it matters how often it was looked at."""
        return bool(self.looks or self.begun_looks or self.unknown_looks)


@dataclass
class Rule:
    """Which work does what ``script`` says: the next ``times`` of a kind whose fields are ``match``; 0 for all."""

    kind: str
    script: Script
    match: dict[str, Any] = field(default_factory=dict)
    times: int = 1

    def as_json(self) -> dict[str, Any]:
        """The rule as the control API shows it."""
        return {"kind": self.kind, "match": self.match, "times": self.times, **asdict(self.script)}


class Courses:
    """The rules by which work that begins from now on goes."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        self._kinds = tuple(sorted(resource.kind for resource in resources if resource.words is not None))
        self._rules: list[Rule] = []
        self._lock = threading.Lock()

    def add(self, /, kind: str, *, match: Mapping[str, Any] | None = None, times: int = 1, **script: Any) -> Rule:
        """Add a rule; the first that fits counts. ``times`` is for how many, 0 for all that begin from now on."""
        if kind not in self._kinds:
            known = ", ".join(self._kinds)
            raise InvalidCourse(f"There is no kind {kind!r} that goes on by itself; the kinds are {known}.")
        if type(times) is not int or times < 0:
            raise InvalidCourse(f"times must be a whole number, 0 for all, not {times!r}.")
        rule = Rule(kind, checked(script), dict(match or {}), times)
        with self._lock:
            self._rules.append(rule)
        return rule

    def add_json(self, rule: Any) -> Rule:
        """The same from a JSON object."""
        if not isinstance(rule, dict) or not isinstance(rule.get("match", {}), dict) or "kind" not in rule:
            raise InvalidCourse("Send a JSON object with kind, and if wanted match, times and what it does.")
        return self.add(**{str(name): value for name, value in rule.items()})

    def take(self, kind: str, document: Document, default: Script | None = None) -> Script:
        """What work that begins now does; ``default`` is for what no rule fits."""
        with self._lock:
            for rule in self._rules:
                if rule.kind != kind or any(document.get(name) != value for name, value in rule.match.items()):
                    continue
                if rule.times == 1:
                    self._rules.remove(rule)
                rule.times = max(rule.times - 1, 0)
                return rule.script
        return default or Script()

    def as_json(self) -> list[dict[str, Any]]:
        """All rules."""
        with self._lock:
            return [rule.as_json() for rule in self._rules]

    def reset(self) -> None:
        """No rules."""
        with self._lock:
            self._rules.clear()

    clear = reset


def checked(script: Mapping[str, Any]) -> Script:
    """The script with these values."""
    types = {one.name: type(one.default) for one in fields(Script)}
    unknown = set(script) - set(types)
    if unknown:
        raise InvalidCourse(f"There is no {sorted(unknown)[0]!r}; a course has {', '.join(types)}.")
    for name, value in script.items():
        wanted = (int, float) if types[name] is float else (types[name],)
        if type(value) not in wanted or (not isinstance(value, str) and not 0 <= value < math.inf):
            bound = "" if types[name] is str else ", 0 or more"
            raise InvalidCourse(f"{name} must be of type {types[name].__name__}{bound}, not {value!r}.")
    made = Script(**script)
    if made.ending not in ENDINGS or made.cancel not in CANCELS:
        raise InvalidCourse(f"ending is one of {', '.join(ENDINGS)}, and cancel one of {', '.join(CANCELS)}.")
    if bool(made.unknown) != bool(made.unknown_looks):
        raise InvalidCourse("unknown, a word, and unknown_looks, how often it is shown, are given together.")
    return made


def begin(call: Call, resource: Resource, **document: Any) -> Document:
    """Make a piece of work that begins now."""
    script = call.courses.take(resource.kind, document)
    return call.create(resource, **document, **{COURSE: begun(call.store.now(), script)})


def begun(now: float, script: Script) -> Document:
    """The course of what begins now."""
    return {"script": asdict(script), "began": now, "looks": 0, "stopped": 0.0}


@dataclass(frozen=True)
class Sight:
    """What a look shows: a state, whether that is an end, when it came (seconds since 1970), and a reason."""

    state: str
    is_end: bool = False
    ended: float = 0.0
    reason: str = ""


def look(call: Call, resource: Resource, document: Document) -> Sight:
    """What somebody sees who looks at the work now; it is counted where that matters."""
    course = document[COURSE]
    if Script(**course["script"]).counts_looks and not course["stopped"]:
        course["looks"] += 1
        call.store.update(resource.kind, str(document[resource.id]), document)
    return sight(course, words_of(resource), call.store.now())


def sight(course: Document, words: Words, now: float) -> Sight:
    """What the work shows at ``now``, after the looks so far."""
    script = Script(**course["script"])
    if course["stopped"]:
        over = course["stopped"] + script.cancel_seconds
        return Sight(words.stopping) if now < over else Sight(words.stopped, is_end=True, ended=over)
    looks = course["looks"]
    if script.begun_looks and looks <= script.begun_looks:
        return Sight(words.begun)
    if script.unknown and looks - script.begun_looks <= script.unknown_looks:
        return Sight(script.unknown)
    over = course["began"] + script.seconds
    is_over = looks > script.looks if script.looks else now >= over
    if not is_over or script.ending == "never":
        return Sight(words.running)
    ended = now if script.looks else over
    if script.ending == "bad":
        return Sight(words.bad, is_end=True, ended=ended, reason=script.reason or "It failed for no reason.")
    return Sight(words.good, is_end=True, ended=ended, reason=script.reason)


def end_now(course: Document, now: float, ending: str, reason: str) -> Document:
    """The course of work that ends at ``now``, whatever it was to do; one that was being stopped goes on to its end."""
    script = Script(ending=ending, reason=reason, seconds=max(0.0, now - course["began"]))
    return course | {"script": asdict(script), "stopped": 0.0}


def stop(call: Call, resource: Resource, document: Document) -> str:
    """Stop the work; returns ``accepted``, ``refused``, or ``over`` for what has ended already."""
    course = document[COURSE]
    script = Script(**course["script"])
    if course["stopped"] or sight(course, words_of(resource), call.store.now()).is_end:
        return "over"
    if script.cancel == "refused":
        return "refused"
    if script.cancel == "accepted":
        course["stopped"] = call.store.now()
        call.store.update(resource.kind, str(document[resource.id]), document)
    return "accepted"


def without_course(document: Document, *names: str) -> Document:
    """The document as a client may see it, without the fields ``names`` either."""
    return {name: value for name, value in document.items() if name != COURSE and name not in names}


def with_state(document: Document, resource: Resource, now: float) -> Document:
    """The document as a person sees it at ``now``: with its state in place of its course. No look is counted."""
    course = document.get(COURSE)
    state = {words_of(resource).field: sight(course, words_of(resource), now).state} if course else {}
    return without_course(document) | state


def words_of(resource: Resource) -> Words:
    """The words of a resource that goes on by itself."""
    assert resource.words is not None, f"{resource.kind} does not go on by itself"
    return resource.words
