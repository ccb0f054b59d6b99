"""What the operators do that send any operation: send it as its effect allows, hand on a value, wait where asked to.

What reads, or may be repeated, is sent again after a lost answer. Everything else is taken for a create, and is sent at
most once by all tries of the task together: :mod:`airflow_provider_cloudflows.provisioning.once` says how.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import closing
from typing import TYPE_CHECKING, Any

from airflow_provider_cloudflows.calls.paths import check_path, value_at
from airflow_provider_cloudflows.errors import InvalidParameter, ResultMissing
from airflow_provider_cloudflows.operators.any_request import AnyRequestOperator, texts_in
from airflow_provider_cloudflows.operators.literals import seconds_of
from airflow_provider_cloudflows.operators.waiting import WaitingOperator

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_cloudflows.calls.any_operation import AnyRequest
    from airflow_provider_cloudflows.calls.any_work import AnyWork
    from airflow_provider_cloudflows.calls.resource import Id
    from airflow_provider_cloudflows.hooks.base import CloudHook
    from airflow_provider_cloudflows.waiting.watch import Sighting, Watch

__all__ = ["ApiOperator"]

EFFECTS = ("read", "idempotent", "create")
SETTLE = 5.0
"""Seconds after which ``find`` is certain to show what was done, unless the author says otherwise."""

NO_ID = ("", ".", "..")
"""In the place of an id, each of them makes another path: that of a list, for example."""

RESULT_KEY = "result"
"""XCom key of the result, before a wait begins."""


class ApiOperator(AnyRequestOperator, WaitingOperator):
    """Base of the operators that send any operation.

    The task returns the value at ``result_path``, or the whole answer. Where it waits, it returns the value at
    ``result_path``, which is in XCom key ``result`` before the wait begins, or else the state at the end.

    An operation whose effect is ``"create"`` is sent at most once by all tries of the task in a DAG run, with Airflow
    3.3 and newer; older versions keep nothing between tries. Of its answer only the value at ``result_path`` is kept,
    which must not be a secret: a further try hands it on, up to 4,096 characters of JSON. Without ``result_path`` only
    that it was done is kept, and a further try returns None.

    :param effect: what sending it twice would do: ``"read"`` nothing, ``"idempotent"`` nothing more, ``"create"`` a
        second one. By default a GET reads, and everything else is a create.
    :param result_path: where the result is in the answer: names and indexes such as ``Data.Ids[0]``, a name that holds
        a dot as ``["a.b"]``; an answer that is a list holds ``items``.
    :param on_unknown: what to do when nothing tells whether a create took effect: ``"fail"`` stops until a person has
        looked; ``"resend"`` sends it once more for each unknown outcome and try, and at most three times in all.
    :param refused_codes: codes by which the service says that it did nothing, for example ``["Quota.Exceeded"]``; ``*``
        stands for any characters. A failure of a create with another code that is not the gateway's may come after the
        fact, so that its outcome is unknown.
    :param find: how a create whose answer was lost is found; nothing else takes it. A mapping with the arguments of a
        request that reads, and ``found_path``, where its answer shows the result. What it shows before the create is
        sent is not the result, nor is what another task of the DAG run, or another map index, with the same operation
        and a ``find`` knows as its own. ``settle``, seconds, by default 5, says when it is certain to show it; the wait
        goes by it, too.
    :param wait_for: how the end of what was started is seen: a mapping with the arguments of a request that reads, in
        which ``{result}`` stands for the value at ``result_path``; ``state_path``; ``good`` and ``bad``, the states
        that are an end; all others go on. ``reason_path`` may say where the answer tells why it ended, ``cancel``, a
        mapping with the arguments of a request, how it is stopped. Both requests go to the operator's own service
        unless they name another. Five looks in a row that find nothing, or no state at ``state_path``, fail the task.
        Airflow keeps all of this while the task is deferred: put no secret there.
    """

    def __init__(
        self,
        *,
        effect: str | None = None,
        result_path: str | None = None,
        on_unknown: str = "fail",
        refused_codes: Collection[str] | str = (),
        find: Mapping[str, Any] | str | None = None,
        wait_for: Mapping[str, Any] | str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.effect = effect
        self.result_path = result_path
        self.on_unknown = on_unknown
        self.refused_codes = refused_codes
        self.find = find
        self.wait_for = wait_for

    # --- what is known when the DAG is parsed ------------------------------------------------------------------------

    def check_literals(self) -> None:
        """Check the effect, the paths and the further requests, too."""
        super().check_literals()
        if self.effect is not None and self.is_known(self.effect):
            self.check_choice("effect", self.effect, EFFECTS)
        if self.is_known(self.on_unknown):
            self.check_choice("on_unknown", self.on_unknown, ("fail", "resend"))
        if self.is_known(self.refused_codes):
            self._refused_codes()
        if self.result_path is not None and self.is_known(self.result_path):
            check_path(self.result_path, f"{self._where()}: result_path")
        # A template that is a whole mapping is checked when it is rendered.
        if self.find is not None and (isinstance(self.find, Mapping) or self.is_known(self.find)):
            self._check_find(self.find)
        if self.wait_for is not None and (isinstance(self.wait_for, Mapping) or self.is_known(self.wait_for)):
            self._check_wait_for(self.wait_for)

    def _check_find(self, find: Any) -> None:
        self.check_names(find, "find", ["found_path"], ["settle"])
        self._check_further(find, "find", reads=True)
        if self.is_known(find["found_path"]):
            check_path(find["found_path"], f"{self._where()}: find.found_path")
        settle = find.get("settle", SETTLE)
        if self.is_known(settle) and not seconds_of(settle):
            raise InvalidParameter(f"{self._got('find.settle', settle)}: it is a number of seconds, more than 0.")
        if self.result_path is None:
            raise InvalidParameter(f"{self._where()} got find without result_path: nothing would be found.")
        if self._is_request_known() and not self._is_create():
            raise InvalidParameter(
                f"{self._where()} got find, and its request is no create: a lost answer is asked for again."
            )

    def _check_wait_for(self, words: Any) -> None:
        from airflow_provider_cloudflows.calls.any_operation import RESULT  # only who waits needs it

        self.check_names(words, "wait_for", ["state_path", "good"], ["bad", "reason_path", "cancel"])
        self.check_states(words, "wait_for")
        self._check_further(words, "wait_for", reads=True)
        if words.get("cancel") is not None:
            self.check_names(words["cancel"], "wait_for.cancel", [])
            self._check_further(words["cancel"], "wait_for.cancel", reads=False)
        if self.result_path is None and any(RESULT in text for text in texts_in(words)):
            raise InvalidParameter(
                f"{self._where()} got {RESULT} in wait_for and no result_path, which says what it stands for."
            )

    def _check_further(self, words: Mapping[str, Any], place: str, *, reads: bool) -> None:
        arguments = self.further_arguments(words, place, reads=reads)
        if self.is_known(arguments):
            self.make_request(arguments)

    # --- the work ----------------------------------------------------------------------------------------------------

    def work(self, context: Context) -> Any:
        """Send the operation, and wait for the end of what it started where that is asked for."""
        self.check_rendered()
        with closing(self.make_hook()) as hook:
            started = self._started() if self.wait else None
            if started is not None:
                self.check_wait(started, hook)
            result = self._done(context, hook)
            if started is None:
                return result
            run_id = self._id_in(result, started)
            if self.result_path is not None:
                context["ti"].xcom_push(key=RESULT_KEY, value=run_id)
            return self._end(run_id, self.wait_until_over(context, started, run_id, hook))

    def waited(self, context: Context, watch: Watch, hook: CloudHook, deadline: float) -> Any:
        """Look once more, and return what the task returns."""
        sighting = self.wait_until_over(context, watch.resource(), watch.resource_id, hook, deadline)
        return self._end(watch.resource_id, sighting)

    def _end(self, run_id: Id, sighting: Sighting) -> Any:
        return sighting.state if self.result_path is None else run_id

    def _done(self, context: Context, hook: CloudHook) -> Any:
        """Send the operation as its effect allows, and return its result."""
        from airflow_provider_cloudflows.transport.effect import Effect

        request, client = self._request(), hook.get_conn()
        if request.effect is Effect.CREATE:
            return self._done_once(request, context, hook)
        answer = client.transport.run(client.flow(request), self.stoppable()).document()
        if self.result_path is None:
            return answer
        return value_at(answer, self.result_path, f"The answer to {request.title}")

    def _done_once(self, request: AnyRequest, context: Context, hook: CloudHook) -> Any:
        from airflow_provider_cloudflows.operators.intent import check_it_is_the_only_one, store_of
        from airflow_provider_cloudflows.operators.origin import Claims
        from airflow_provider_cloudflows.provisioning.once import Operation, do_once

        check_it_is_the_only_one(self, context)
        client, store = hook.get_conn(), store_of(context, self.task_id)
        operation = Operation(request, self.result_path, self._finding())
        settle = self.settle_of_looks() or SETTLE
        on_unknown: Any = self.on_unknown  # checked
        claim = Claims(self, context, request.title).claim
        flow = do_once(client, store, operation, on_unknown=on_unknown, settle=settle, claim=claim)
        return client.transport.run(flow, self.stoppable())

    def settle_of_looks(self) -> float | None:
        """Return what ``find`` says, or None."""
        return seconds_of(self.find.get("settle")) if isinstance(self.find, Mapping) else None

    def _finding(self) -> tuple[AnyRequest, str] | None:
        if not isinstance(self.find, Mapping):
            return None
        from airflow_provider_cloudflows.transport.effect import Effect

        search = self.make_request(self.further_arguments(self.find, "find", reads=True), Effect.READ)
        return search, self.find["found_path"]

    def _request(self) -> AnyRequest:
        from airflow_provider_cloudflows.transport.effect import Effect

        arguments = {**self.request_arguments(), "refused_codes": self._refused_codes()}
        return self.make_request(arguments, None if self.effect is None else Effect(self.effect))

    def _refused_codes(self) -> list[str]:
        codes = [self.refused_codes] if isinstance(self.refused_codes, str) else list(self.refused_codes)
        if not all(isinstance(code, str) and code.strip("* ") for code in codes):
            raise InvalidParameter(
                f"{self._got('refused_codes', self.refused_codes)}: it is a list of codes, texts of more than *."
            )
        return codes

    def _started(self) -> AnyWork | None:
        """Return what is waited for, or None where nothing is."""
        words = self.wait_for
        if not isinstance(words, Mapping):
            return None
        cancel = words.get("cancel")
        if cancel is not None:
            cancel = self.further_arguments(cancel, "wait_for.cancel", reads=False)
        return self.work_shown_by(self.further_arguments(words, "wait_for", reads=True), words, "fail", cancel)

    def _id_in(self, result: Any, started: AnyWork) -> Id:
        """Return what tells the work from other work: the result, or the operation that shows it."""
        if self.result_path is None:
            return started.operation
        if isinstance(result, (int, str)) and not isinstance(result, bool) and str(result).strip() not in NO_ID:
            return result
        there = f"the text {result!r}" if isinstance(result, str) else f"a {type(result).__name__}"
        raise ResultMissing(
            f"{self._where()} cannot wait: {self.result_path} leads to {there}, and the wait needs the text or the "
            "whole number that tells its work from other work",
            "correct result_path; what was done is not done again",
        )

    def _is_request_known(self) -> bool:
        names = (*self.request_names, "effect")
        return all(getattr(self, name) is None or self.is_known(getattr(self, name)) for name in names)

    def _is_create(self) -> bool:
        from airflow_provider_cloudflows.transport.effect import Effect

        return self._request().effect is Effect.CREATE

    def advice_on_failure(self) -> str:
        """Say where to look, and what the next try does."""
        again = "sends nothing again" if self._is_create() else "sends the request again"
        return f"look at it in the console; a further try of the task {again}"

    def dry_run(self) -> None:
        """Log the request that a run would send, without secrets; sends nothing."""
        self.check_rendered()
        with closing(self.make_hook()) as hook:
            request = self._request()
            self.log.info(
                "%s would send, as %s:\n%s", self._where(), request.effect.value, hook.get_conn().preview(request)
            )
