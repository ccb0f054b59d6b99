"""What exists and existed in the sandbox, as a person wants to see it: by cloud and service, with its history.

A view for the console and the control API: it changes nothing, hides secrets, and adds to what the store knows only
words, such as what a kind is called and what a change of a course means.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from airflow_provider_cloudflows.sandbox.courses import COURSE, sight, with_state, without_course, words_of
from airflow_provider_cloudflows.sandbox.history import BIRTH
from airflow_provider_cloudflows.sandbox.operations import Resource
from airflow_provider_cloudflows.sandbox.redaction import Redactor
from airflow_provider_cloudflows.sandbox.state import Document, Kept, Line, Store
from airflow_provider_cloudflows.sandbox.world import ACCOUNTS, Cloud

FAMILIES: dict[str, tuple[Cloud, str]] = {
    "dataworks": ("alibaba", "DataWorks"),
    "bpstudio": ("alibaba", "BPStudio"),
    "apigateway": ("alibaba", "API Gateway"),
    "ram": ("alibaba", "RAM"),
    "secmaster": ("huawei", "SecMaster"),
    "fabric": ("huawei", "DataArts Fabric"),
    "iam": ("huawei", "IAM"),
}
"""The cloud and the service of a kind, by the first part of its name. What is issued belongs to the cloud it is for."""

_ISSUED = "Temporary credentials"
_PLAIN_NAMES = {
    "dataworks.api": "Data service API",
    "dataworks.di_job": "Data integration job",
    "dataworks.group": "Data service group",
    "dataworks.project": "Workspace",
    "dataworks.pipeline_run": "Publishing process",
    "dataworks.pipeline_stage": "Publishing stage",
    "dataworks.quality_task": "Data quality check",
    "dataworks.quality_run": "Data quality run",
    "dataworks.workflow_creation": "Creation of instances",
    "secmaster.dataclass": "Data class",
    "secmaster.workflow_instance": "Workflow run",
    "iam.login": "Wrong passwords",
    "issued.key": "Temporary key",
}
_NAMES = (
    *("name", "Name", "BusinessName", "GroupName", "JobName", "ApiName", "FileName", "TaskName", "RoleName"),
    *("ProjectIdentifier", "Code", "user_name", "Description", "ApplicationId"),
)
"""The fields that hold what a person calls a resource, the best first."""


def title_of(kind: str) -> str:
    """What a kind is called: ``fabric.job_run`` is a ``Job run``."""
    return _PLAIN_NAMES.get(kind) or kind.partition(".")[2].replace("_", " ").capitalize()


class Inventory:
    """All that the store keeps, present and removed; ``kinds`` are those that clients create."""

    def __init__(self, store: Store, kinds: Mapping[str, tuple[Cloud, Resource]], redactor: Redactor) -> None:
        self._store = store
        self._kinds = kinds
        self._redactor = redactor

    def listing(self) -> list[dict[str, Any]]:
        """Everything in short, oldest first."""
        versions = self._store.versions()
        return [self._short(one) | {"version": versions.get(one.sequence, 0)} for one in self._store.kept()]

    def detail(self, number: int) -> dict[str, Any] | None:
        """One of the listing, with all its fields and its history, or None."""
        one = self._store.kept_one(number)
        if one is None:
            return None
        lines = self._store.history(number)
        history = [_told(line) for line in lines]
        end = self._end(one)
        if end is not None:
            # It stands after the word that brought it about, and before what was changed later.
            told = [line.at for line in lines if any(name.startswith(f"{COURSE}.") for name in line.changes)]
            end["at"] = max([end["at"], *told])
            history.append(end)
        history.sort(key=lambda line: line["at"])
        clean = self._redactor.value
        return self._short(one) | {"document": clean(self._shown(one)), "history": clean(history)}

    def touched(self, request_id: str) -> list[dict[str, Any]]:
        """What a request made, changed or removed."""
        return [self._short(one) | {"event": event} for one, event in self._store.touched(request_id)]

    def _short(self, one: Kept) -> dict[str, Any]:
        cloud, service = self._family(one)
        name = next((str(one.document[each]) for each in _NAMES if one.document.get(each)), one.id)
        return {
            "number": one.sequence,
            "kind": one.kind,
            "title": title_of(one.kind),
            "cloud": cloud,
            "service": service,
            "id": one.id,
            "name": self._redactor.text(name),
            "place": one.place,
            "account": ACCOUNTS[one.account].name if one.account in ACCOUNTS else "",
            "made": one.made,
            "made_by": one.made_by,
            "request_id": one.request_id,
            "removed": one.removed,
            "is_born": one.made_by == BIRTH.by,
            **self._state(one),
        }

    def _state(self, one: Kept) -> dict[str, Any]:
        """The state, whether it ``goes_on`` and can be ended, whether it ended well or badly, and when it began."""
        resource, course = self._resource(one), one.document.get(COURSE)
        if resource is None or resource.words is None:
            state = next((one.document[each] for each in ("Status", "status") if each in one.document), "")
            return {"state": str(state), "is_work": False, "goes_on": False, "outcome": "", "began": None}
        work = {"is_work": True, "goes_on": False, "outcome": "", "began": None}
        shown = self._shown(one)
        if not course:
            return work | {"state": str(shown.get(resource.words.field, ""))}
        seen = sight(course, words_of(resource), one.removed or self._store.now())
        outcome = ""
        if seen.is_end:
            outcome = "stopped" if course["stopped"] else {"bad": "bad"}.get(course["script"]["ending"], "good")
        began, goes_on = course["began"], not seen.is_end and one.removed is None
        return work | {"state": seen.state, "goes_on": goes_on, "outcome": outcome, "began": began}

    def _shown(self, one: Kept) -> Document:
        resource = self._resource(one)
        if resource is None or resource.words is None:
            return without_course(one.document)
        return with_state(one.document, resource, one.removed or self._store.now())

    def _end(self, one: Kept) -> dict[str, Any] | None:
        """That work ended by itself, which is written nowhere: it follows from the time."""
        resource, course = self._resource(one), one.document.get(COURSE)
        if resource is None or resource.words is None or not course:
            return None
        seen = sight(course, resource.words, one.removed or self._store.now())
        if not seen.is_end:
            return None
        what = f"ended: {seen.state.strip()}" + (f", {seen.reason}" if seen.reason else "")
        return {"at": seen.ended, "what": what, "by": "", "request_id": "", "changes": {}}

    def _resource(self, one: Kept) -> Resource | None:
        return self._kinds[one.kind][1] if one.kind in self._kinds else None

    def _family(self, one: Kept) -> tuple[str, str]:
        family = one.kind.partition(".")[0]
        if family in ("issued", "metadata"):
            account = ACCOUNTS.get(one.account)
            return str(one.document.get("cloud") or (account.cloud if account else "huawei")), _ISSUED
        return FAMILIES[family]


def _told(line: Line) -> dict[str, Any]:
    """A line in words; of a course it says that work began, was told to stop, or was given another end."""
    plain = {name: change for name, change in line.changes.items() if not name.startswith(f"{COURSE}.")}
    what = ", ".join(_of_course(line.changes)) or line.event
    return {"at": line.at, "what": what, "by": line.by, "request_id": line.request_id, "changes": plain}


def _of_course(changes: Mapping[str, list[Any]]) -> Iterator[str]:
    if f"{COURSE}.began" in changes:
        yield "began" if changes[f"{COURSE}.began"][0] is None else "began again"
    elif changes.get(f"{COURSE}.stopped", [0.0, 0.0])[1]:
        yield "told to stop"
    elif f"{COURSE}.script" in changes:
        ending = changes[f"{COURSE}.script"][1]["ending"]
        yield "told to fail now" if ending == "bad" else "told to finish now"
