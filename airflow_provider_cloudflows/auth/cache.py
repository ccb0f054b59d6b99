"""One credential per identity and process, renewed before it expires, by one caller for all.

A credential is *fresh*, then *ageing*: calls go on with it while a new one is fetched in the background; then *spent*:
calls wait for the new one. Whoever comes first fetches, everybody else takes what it got, on whatever thread or event
loop. Credentials live in this process's memory and nowhere else.
"""

from __future__ import annotations

import copy
import hashlib
import logging
import os
import threading
import time
import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from typing import TypeAlias

from airflow_provider_cloudflows.auth.base import Credential, Source
from airflow_provider_cloudflows.errors import CloudflowsError
from airflow_provider_cloudflows.transport.flow import Background, Flow, Join, Wait

__all__ = ["Announce", "KeptCredential", "forget_all", "kept"]

log = logging.getLogger(__name__)

LAST_SHARE = 0.1
"""In the last tenth of its life a credential counts as spent, but not for more than the seconds that follow."""

LONGEST_LAST_SHARE = 60.0

AGEING_SHARE = 1 / 3
"""In the last third of its life a credential is renewed in the background, but not earlier than its source says."""

READ_AGAIN = 300.0
"""A credential that does not expire was read from a variable or a file; so often is it worth another look."""

PAUSE_AFTER_ATTEMPT = 30.0
"""A background renewal that failed, or got what there was before, is not repeated at every call."""

LONGEST_JOIN = 120.0
"""Nobody waits longer for another caller's renewal; the calls that renew have deadlines far below this."""


Announce: TypeAlias = Callable[[str, Iterable[str]], None]
"""Is told whose credential was obtained (see :attr:`KeptCredential.key`), and its secrets."""


class Renewal:
    """One fetch that is under way, and what it came to."""

    def __init__(self) -> None:
        self.over: Future[None] = Future()
        self.failure: CloudflowsError | None = None


_everyone: weakref.WeakSet[KeptCredential] = weakref.WeakSet()


class KeptCredential:
    """The credential of one identity. ``key`` names the identity and holds no secret.

    :param source: obtains it.
    :param ahead: seconds before its expiry from which a credential is renewed in the background; the vendors' own
        packages take 15 minutes on Alibaba Cloud and 40 on Huawei Cloud.
    :param announce: is told ``key`` and the secrets of each new credential before it is used, so that logs can be
        masked.
    :param clock: seconds since the epoch.
    """

    def __init__(
        self,
        source: Source,
        *,
        ahead: float = 900.0,
        announce: Announce = lambda key, secrets: None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.source = source
        self.key = key_of(source)
        self._ahead = ahead
        self._announce = announce
        self._clock = clock
        self.start_anew()
        _everyone.add(self)

    def start_anew(self) -> None:
        """Forget the credential, and in a forked child the lock and the renewal of a thread that is not there."""
        self._lock = threading.Lock()
        self._credential: Credential | None = None
        self._obtained = 0.0
        self._not_before = 0.0
        self._renewal: Renewal | None = None

    @property
    def current(self) -> Credential | None:
        """The credential in hand, whatever its age."""
        return self._credential

    def get(self) -> Flow[Credential]:
        """Return a credential that is good now; a flow, which talks to somebody only when it must."""
        while True:
            with self._lock:
                credential, now = self._credential, self._clock()
                usable = credential is not None and not self._is_spent(credential, now)
                if credential is not None and usable and not self._is_due(credential, now):
                    return credential
                renewal, mine = self._renewal, self._renewal is None
                if renewal is None:
                    renewal = self._renewal = Renewal()
            if credential is not None and usable:
                if mine:
                    beside = self._renew_quietly(renewal)
                    next(beside)  # once begun, it settles the renewal even if nobody ever goes on with it
                    yield Background(beside)
                return credential
            if mine:
                return (yield from self._renew(renewal))
            yield Join(renewal.over, LONGEST_JOIN)
            if renewal.failure is not None:
                raise copy.copy(renewal.failure)

    def reject(self, credential: object) -> None:
        """Drop ``credential``, which the cloud does not accept; a newer one stays."""
        with self._lock:
            if self._credential is credential:
                self._credential = None

    def secrets(self) -> Iterable[str]:
        """Return every text in use that must not be shown."""
        credential = self._credential
        return (*self.source.secrets(), *(credential.proof.secrets() if credential else ()))

    def _is_due(self, credential: Credential, now: float) -> bool:
        """Tell whether a new one should be fetched by and by."""
        if now < self._not_before:
            return False
        if credential.expires is None:
            return now - self._obtained > READ_AGAIN
        return now > credential.expires - min(self._ahead, self._lifetime(credential) * AGEING_SHARE)

    def _is_spent(self, credential: Credential, now: float) -> bool:
        if credential.expires is None:
            return False
        return now > credential.expires - min(LONGEST_LAST_SHARE, self._lifetime(credential) * LAST_SHARE)

    def _lifetime(self, credential: Credential) -> float:
        return READ_AGAIN if credential.expires is None else max(0.0, credential.expires - self._obtained)

    def _renew(self, renewal: Renewal) -> Flow[Credential]:
        """Fetch a credential and let everybody who waits have it, or the reason why there is none."""
        try:
            credential = yield from self.source.obtain()
            # What a source read meanwhile, such as the key in a profile, is as secret as what it was exchanged for.
            self._announce(self.key, (*self.source.secrets(), *credential.proof.secrets()))
            self._take(credential)
            return credential
        except CloudflowsError as failure:
            renewal.failure = failure
            raise
        finally:  # also when the flow is given up half-way: then somebody else begins anew
            self._settle(renewal)

    def _renew_quietly(self, renewal: Renewal) -> Flow[None]:
        try:
            yield Wait(0)
            credential = yield from self._renew(renewal)
        except CloudflowsError as failure:
            self._rest()
            log.warning("A credential was not renewed ahead of its expiry; the old one is used on. %s", failure)
        else:
            log.debug("A credential was renewed ahead of its expiry: %s", credential.origin)
        finally:
            self._settle(renewal)

    def _take(self, credential: Credential) -> None:
        with self._lock:
            unchanged = credential == self._credential and credential.expires is not None
            self._credential = credential
            if not unchanged:
                self._obtained, self._not_before = self._clock(), 0.0
        if unchanged:
            self._rest()

    def _rest(self) -> None:
        """Leave the next renewal in the background for a while."""
        with self._lock:
            if self._credential is not None:
                pause = min(PAUSE_AFTER_ATTEMPT, self._lifetime(self._credential) * LAST_SHARE)
                self._not_before = self._clock() + pause

    def _settle(self, renewal: Renewal) -> None:
        with self._lock:
            if self._renewal is renewal:
                self._renewal = None
        if not renewal.over.done():
            renewal.over.set_result(None)


MOST_IDENTITIES = 256

_kept: OrderedDict[str, KeptCredential] = OrderedDict()
_lock = threading.Lock()


def kept(source: Source, *, ahead: float = 900.0, announce: Announce = lambda key, secrets: None) -> KeptCredential:
    """Return this process's one :class:`KeptCredential` for the identity of ``source``.

    :param ahead: see :class:`KeptCredential`.
    :param announce: see :class:`KeptCredential`; the first caller's counts.
    """
    key = key_of(source)
    with _lock:
        found = _kept.get(key)
        if found is None:
            found = _kept[key] = KeptCredential(source, ahead=ahead, announce=announce)
            while len(_kept) > MOST_IDENTITIES:
                _kept.popitem(last=False)
        _kept.move_to_end(key)
        return found


def key_of(source: Source) -> str:
    """Return a digest that names the identity of ``source``; no secret can be read from it."""
    return hashlib.sha256(repr(source.identity()).encode()).hexdigest()


def forget_all() -> None:
    """Drop every credential of this process; the next call of each identity obtains a new one."""
    global _lock
    _lock = threading.Lock()  # in a forked child the old one may be held by a thread that is not there
    _kept.clear()


def _start_anew() -> None:
    """Start without credentials in a forked child; a hook that was made before has one of its own at hand."""
    forget_all()
    for kept_credential in list(_everyone):
        kept_credential.start_anew()


os.register_at_fork(after_in_child=_start_anew)
