"""Every error this package raises, on one page.

The tree answers the two questions that a caller has: did the request take effect, and would repeating it help?
Whatever a cloud or the network does ends as one of these classes; no other exception type leaves the package. The
text of an error is one line: the operation, what happened, the vendor's code and request id, and what to do next.

Its root, and what a DAG file can meet of it, are written in :mod:`.base_errors`; every user finds them here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar

from airflow_provider_cloudflows.base_errors import (
    CloudflowsError,
    ConfigurationError,
    InvalidParameter,
    Repeat,
    Stopped,
)

__all__ = [
    "AlreadyExists",
    "AmbiguousMatch",
    "AuthenticationFailed",
    "Busy",
    "ClockSkewed",
    "CloudError",
    "CloudflowsError",
    "ConfigurationError",
    "Conflict",
    "ConnectionFailed",
    "DeleteRefused",
    "Gone",
    "IdentityChanged",
    "IntentNotKept",
    "InvalidParameter",
    "InvalidRequest",
    "LostTrack",
    "NameHeld",
    "NoAnswer",
    "NotFound",
    "NotRecorded",
    "NothingShown",
    "OutcomeUnknown",
    "PermissionDenied",
    "QuotaExceeded",
    "RecordUnreadable",
    "Repeat",
    "ResultMissing",
    "RunFailed",
    "ScopeChanged",
    "ServerError",
    "Stopped",
    "Superseded",
    "Throttled",
    "WaitInterrupted",
    "WaitTimedOut",
]


class DeleteRefused(CloudflowsError):
    """A delete was not sent: what it names was not made by this DAG run, or nothing says what it names."""

    help_code = "CF612"
    repeat = Repeat.NEVER


class IntentNotKept(CloudflowsError):
    """The state store did not take the intent of a create, so the create was not sent."""

    help_code = "CF604"


class Superseded(IntentNotKept):
    """Another try has taken this one's place, so this one sends nothing any more."""

    help_code = "CF605"
    repeat = Repeat.NEVER


class ResultMissing(CloudflowsError):
    """A call succeeded, and what the task is to hand on of its answer is not there.

    :param found: what is there instead, as the beginning of a sentence.
    :param advice: what to do.
    :param is_void: nothing at all is where it should be: the list is shorter, the object empty, the value null.
    """

    help_code = "CF704"
    repeat = Repeat.NEVER

    def __init__(
        self,
        found: str = "",
        advice: str = "correct the path, or set retry_on if it comes later",
        is_void: bool = False,
    ) -> None:
        super().__init__(found, advice, is_void)
        self.found = found
        self.advice = advice
        self.is_void = is_void

    def sentence(self) -> str:
        return f"{self.found}; {self.advice}."


class RunFailed(CloudflowsError):
    """A piece of work ended otherwise than it should: it failed, was stopped, or is not there any more.

    :param name: what it is, with its id.
    :param state: its state in the vendor's word, or None where it is gone.
    :param reason: the vendor's own words, or an empty text.
    :param advice: where to look, and what a further try of the task does.
    """

    help_code = "CF701"

    def __init__(self, name: str = "", state: str | None = None, reason: str = "", advice: str = "") -> None:
        super().__init__(name, state, reason, advice)
        self.name = name
        self.state = state
        self.reason = reason
        self.advice = advice

    def sentence(self) -> str:
        ended = "is not there any more" if self.state is None else f"ended as {self.state}"
        said = f": {self.reason.rstrip('.')}" if self.reason else ", and the service gives no reason"
        return f"{self.name} {ended}{said}; {self.advice}."


class WaitTimedOut(CloudflowsError):
    """Something was not over when the time to wait for it was; it goes on.

    :param name: what it is, with its id.
    :param state: the state that was seen last, in the vendor's word.
    :param timeout: seconds.
    """

    help_code = "CF702"

    def __init__(self, name: str = "", state: str | None = None, timeout: float = 0.0) -> None:
        super().__init__(name, state, timeout)
        self.name = name
        self.state = state
        self.timeout = timeout

    def sentence(self) -> str:
        return (
            f"{self.name} was not over after {self.timeout:g} s, and last seen as {self.state or 'nothing yet'}; it "
            "goes on, and the next try of the task waits for it again."
        )


class WaitInterrupted(CloudflowsError):
    """The triggerer could not go on with a wait, or what it sent is not readable; what is waited for goes on."""

    help_code = "CF703"


class RecordUnreadable(CloudflowsError):
    """What an earlier try left in the state store cannot be read, so nothing is sent."""

    help_code = "CF607"
    repeat = Repeat.NEVER


class NotRecorded(CloudflowsError):
    """A resource was made or found, and the state store did not take its id.

    :param operation: service and operation.
    :param resource_id: the id, which is nowhere else than here and in the log.
    """

    help_code = "CF603"
    repeat = Repeat.LOOK_FIRST

    def __init__(self, operation: str = "", resource_id: int | str = "") -> None:
        super().__init__(operation, resource_id)
        self.operation = operation
        self.resource_id = resource_id

    def sentence(self) -> str:
        return (
            f"{self.operation}: {self.resource_id} exists, and the state store did not take this id; note it, and "
            "clear the task when the store works again."
        )


class _Changed(CloudflowsError):
    """What is on record and what is asked for now do not fit.

    :param operation: service and operation.
    :param recorded: what is on record.
    :param asked: what is asked for now, or found now.
    """

    repeat = Repeat.NEVER
    template: ClassVar[str]

    def __init__(
        self, operation: str = "", recorded: Mapping[str, Any] | None = None, asked: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(operation, recorded, asked)
        self.operation = operation
        self.recorded = dict(recorded or {})
        self.asked = dict(asked or {})

    def sentence(self) -> str:
        return self.template.format(
            operation=self.operation, recorded=_listed(self.recorded), asked=_listed(self.asked)
        )


class IdentityChanged(_Changed):
    """A task that made something, or may have, asks for another name or place, or its id shows something else."""

    help_code = "CF608"
    template = (
        "{operation} is on record with {recorded}, which exists or may exist, and now meets {asked}; let name and "
        "place render alike at every try, or start a new DAG run."
    )


class ScopeChanged(_Changed):
    """A task that made something, or may have, now works as another account, in another project or elsewhere."""

    help_code = "CF609"
    template = (
        "{operation} was sent to {recorded} by an earlier try, and would now go to {asked}, where nothing tells what "
        "that try made; let the connection lead to the first again, or start a new DAG run."
    )


def _listed(identity: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in identity.items() if value is not None) or "nothing known"


ErrorT = TypeVar("ErrorT", bound="CloudError")


class CloudError(CloudflowsError):
    """A call that did not succeed.

    :param message: what the vendor or the network said, on one line and without secrets.
    :param operation: service and operation, for example ``DataWorks CreateBusiness``.
    :param status: HTTP status, or None when no answer came.
    :param code: the vendor's error code, as text.
    :param request_id: the vendor's id of this call, which its support asks for.
    :param advice: what to do; each class has a default.

    ``is_certain`` is False where a refusal was told by an HTTP status alone, with a code that no table lists.
    """

    is_certain: bool = True
    happened: ClassVar[str] = "failed"
    default_advice: ClassVar[str] = "see the vendor's message"

    def __init__(
        self,
        message: str = "",
        *,
        operation: str = "",
        status: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
        advice: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.operation = operation
        self.status = status
        self.code = code
        self.request_id = request_id
        self.advice = advice or self.default_advice

    def recast(self, kind: type[ErrorT], *, message: str | None = None, advice: str | None = None) -> ErrorT:
        """Return the same failure as an error of another kind."""
        return kind(
            self.message if message is None else message,
            operation=self.operation,
            status=self.status,
            code=self.code,
            request_id=self.request_id,
            advice=advice,
        )

    def sentence(self) -> str:
        known = {"HTTP": self.status, "code": self.code, "request id": self.request_id}
        details = ", ".join(f"{name} {value}" for name, value in known.items() if value not in (None, ""))
        where = f" ({details})" if details else ""
        said = f": {self.message.rstrip('.')}" if self.message else ""
        return f"{self.operation} {self.happened}{where}{said}; {self.advice}."


class AuthenticationFailed(CloudError):
    """The cloud does not accept the credential: unknown or disabled key, wrong secret, expired token, clock.

    ``is_mended`` is True where the cause was found and put right, so that the same request, signed anew, may pass.
    """

    help_code = "CF201"
    is_mended: bool = False
    repeat = Repeat.NEVER
    happened = "was not authenticated"
    default_advice = "check the access key, its secret and its session token in the connection"


class ClockSkewed(AuthenticationFailed):
    """The date of the request is too far from the service's own: the key may be right, the clock is not."""

    help_code = "CF202"
    default_advice = "set the clock of this machine, which is too far from the service's"


class PermissionDenied(CloudError):
    """The caller is known and lacks the right, the edition or the subscription."""

    help_code = "CF203"
    repeat = Repeat.NEVER
    happened = "was denied"
    default_advice = "grant the caller the permission for this operation, or activate the service"


class InvalidRequest(CloudError):
    """The cloud refused the parameters; repeating the same request cannot help."""

    help_code = "CF204"
    repeat = Repeat.NEVER
    happened = "was refused"
    default_advice = "correct the arguments"


class AlreadyExists(CloudError):
    """The name is taken."""

    help_code = "CF207"
    repeat = Repeat.NEVER
    happened = "found that the name is taken"
    default_advice = "choose another name or use the existing resource"


class NameHeld(AlreadyExists):
    """The name is taken by something that no list shows: in a recycle bin, or not visible to the caller."""

    help_code = "CF208"
    happened = "found that the name is taken, by something that the list does not show"
    default_advice = "look in the recycle bin and ask who else uses the account, or choose another name"


class Conflict(CloudError):
    """What the request works on is not in a state that allows it: still starting, still needed by something else.

    It had no effect. It may pass by itself or not, so the task's own retries decide how long to wait for that.
    """

    help_code = "CF209"
    happened = "conflicts with the state of what it works on"
    default_advice = "try again later, and look what holds it when it persists"


class AmbiguousMatch(CloudError):
    """Several resources fit exactly, and nothing tells which one is meant."""

    help_code = "CF610"
    repeat = Repeat.NEVER
    happened = "found more than one candidate"
    default_advice = "remove or rename all but one in the console"


class NotFound(CloudError):
    """The thing, or the place it belongs to, does not exist."""

    help_code = "CF205"
    repeat = Repeat.NEVER
    happened = "did not find what it refers to"
    default_advice = "check the ids, the region and the project"


class Gone(NotFound):
    """What this task made is not there any more, and it takes a person's word to make another one."""

    help_code = "CF611"
    happened = "does not find what this task made or took over"
    default_advice = "if another one is wanted, say so in the task or start a new DAG run"


class Throttled(CloudError):
    """The call came too soon; it had no effect and may be repeated.

    :param wait: seconds to wait that the server asked for, or None when it named none.
    """

    help_code = "CF302"
    happened = "was throttled"
    default_advice = "try again later"

    def __init__(
        self,
        message: str = "",
        *,
        wait: float | None = None,
        operation: str = "",
        status: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
        advice: str | None = None,
    ) -> None:
        if advice is None and wait is not None:
            advice = f"try again in {wait:g} seconds"
        super().__init__(message, operation=operation, status=status, code=code, request_id=request_id, advice=advice)
        self.wait = wait


class QuotaExceeded(CloudError):
    """A quota or a paid allowance is used up; waiting seconds does not help."""

    help_code = "CF206"
    repeat = Repeat.NEVER
    happened = "exceeded a quota"
    default_advice = "free resources or raise the quota of the account"


class ServerError(CloudError):
    """The service failed, and the request had no effect that matters: it reads, or may safely be repeated."""

    help_code = "CF303"
    happened = "failed on the server"
    default_advice = "try again later and give the request id to the vendor when it persists"


class Busy(ServerError):
    """The service, or what the request works on, is busy with another request; that passes by itself."""

    help_code = "CF304"
    happened = "found the service busy with something else"
    default_advice = "try again later"


class ConnectionFailed(CloudError):
    """No connection could be made, so nothing was sent."""

    help_code = "CF301"
    happened = "could not connect"
    default_advice = "check the region, the endpoint, the proxy and the network"


class NoAnswer(CloudError):
    """The request went out and no usable answer came back; it reads, or may safely be repeated."""

    help_code = "CF305"
    happened = "got no usable answer"
    default_advice = "try again later, and check the endpoint and the proxy when it persists"


class NothingShown(NoAnswer):
    """A look at what is waited for was answered and shows nothing of it; several in a row end the wait."""

    help_code = "CF306"


class OutcomeUnknown(CloudError):
    """A create went out and nothing says for certain whether it took effect; repeating may make a second one.

    ``refused_as`` is the error that the service reported, where it reported a failure by a code that no table lists: it
    may stand when a look shows that nothing was made.
    """

    help_code = "CF601"
    refused_as: type[CloudError] | None = None

    repeat = Repeat.LOOK_FIRST
    happened = "has an unknown outcome"
    default_advice = "look in the console whether the resource exists before creating it again"


class LostTrack(OutcomeUnknown):
    """A create of unknown outcome that the service offers no way to look up; nothing sends it again by itself."""

    help_code = "CF602"
    repeat = Repeat.NEVER
    default_advice = (
        "look in the console: pass the id if it exists, or set on_unknown='resend' if it does not, and clear the task"
    )
