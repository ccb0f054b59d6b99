"""Which Alibaba Cloud account a caller acts in, for whoever wants to tell two accounts apart and can do without.

Vendor page: STS *GetCallerIdentity*, which needs no permission. A role names its account in its ARN, so nobody is asked
for it; the account of any other key is asked for once. It is no reason to fail: where STS does not answer, the account
is not known.
"""

from __future__ import annotations

import logging
import os
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeAlias

from airflow_provider_cloudflows.auth.base import AccessKey
from airflow_provider_cloudflows.auth.cache import KeptCredential
from airflow_provider_cloudflows.calls.client import CloudClient
from airflow_provider_cloudflows.errors import AuthenticationFailed, CloudError
from airflow_provider_cloudflows.services.sts import ALIBABA_STS, GetAlibabaCallerIdentity
from airflow_provider_cloudflows.transport.flow import Flow, Join

__all__ = ["AccountOfCredential", "account_of_role", "forget_all"]

log = logging.getLogger(__name__)

ROLE_ARN = re.compile(r"acs:ram::(\d+):role/.+")

LONGEST_ANSWER = 5.0
"""Seconds; a network without STS must not hold up what is really wanted."""

FAILURE_COUNTS = 300.0
"""Seconds in which STS is not asked again after it did not tell."""

MOST_ACCOUNTS = 256

Key: TypeAlias = tuple[str, str]


def account_of_role(role_arn: str) -> str | None:
    """Return the account id in ``role_arn``, or None when there is none: ``acs:ram::<account id>:role/<name>``."""
    match = ROLE_ARN.fullmatch(role_arn)
    return match[1] if match else None


class Answer:
    """What STS said, or is about to say, of one key.

    An answer that nobody waits for to the end, since its asker was interrupted, counts as never asked for.
    """

    def __init__(self) -> None:
        self.over: Future[None] = Future()
        self.account_id: str | None = None
        self.counts_until = 0.0

    def counts(self, now: float) -> bool:
        """Tell whether it is under way, or good still."""
        return not self.over.done() or now < self.counts_until


_answers: OrderedDict[Key, Answer] = OrderedDict()
_lock = threading.Lock()


class AccountOfCredential:
    """The account id of a caller, asked for once per process, access key id and STS endpoint.

    :param kept: has the caller's credential.
    :param clock: monotonic seconds.
    """

    def __init__(self, kept: KeptCredential, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._kept = kept
        self._clock = clock

    def __call__(self, client: CloudClient) -> Flow[str | None]:
        """Return the account id, or None when nobody can tell; a flow that may obtain a credential and ask STS.

        :param client: calls STS as the caller.
        :raises CloudflowsError: there is no credential; never for trouble with STS.
        """
        credential = yield from self._kept.get()
        if credential.account_id or not isinstance(credential.proof, AccessKey):
            return credential.account_id
        answer, is_mine = self._answer_for((credential.proof.key_id, client.endpoints.origin(ALIBABA_STS)))
        if is_mine:
            yield from self._ask(client, answer)
        else:
            yield Join(answer.over, 2 * LONGEST_ANSWER)
        return answer.account_id

    def _answer_for(self, key: Key) -> tuple[Answer, bool]:
        """Return the answer for ``key``, and whether the caller is the one who asks for it."""
        with _lock:
            answer = _answers.get(key)
            is_mine = answer is None or not answer.counts(self._clock())
            if answer is None or is_mine:
                answer = _answers[key] = Answer()
                while len(_answers) > MOST_ACCOUNTS:
                    _answers.popitem(last=False)
            _answers.move_to_end(key)
            return answer, is_mine

    def _ask(self, client: CloudClient, answer: Answer) -> Flow[None]:
        try:
            answer.account_id = yield from self._told(client)
            answer.counts_until = float("inf")
        except CloudError as failure:
            log.info("Which account the caller acts in is not known. %s", failure)
            answer.counts_until = self._clock() + FAILURE_COUNTS
        finally:  # also when the flow is given up half-way
            answer.over.set_result(None)

    def _told(self, client: CloudClient) -> Flow[str]:
        """Ask STS, a second time only when why it refused the signature was found and put right."""
        request = GetAlibabaCallerIdentity()
        timeout = min(LONGEST_ANSWER, client.timeout)
        try:
            return (yield from client.send_once(request, timeout=timeout)).account_id
        except AuthenticationFailed as refused:
            if not refused.is_mended:
                raise
        return (yield from client.send_once(request, timeout=timeout)).account_id


def forget_all() -> None:
    """Drop what this process was told; in a forked child, nobody is there to go on with what was under way."""
    global _lock
    _lock = threading.Lock()
    _answers.clear()


os.register_at_fork(after_in_child=forget_all)
