"""Secrets become known to Airflow's masker before they are used, and as few of them as are in use.

The masker has one way in and none out: it keeps each text for as long as the process lives, builds one regular
expression of all of them anew for each that comes, and searches every log line for every one. So what replaces a secret
that was renewed takes its place here, and of a long token only the parts that it is worth nothing without are masked.
A task and a triggerer have a second process that writes their logs; it is told by Airflow, and forgets nothing.
"""

from __future__ import annotations

import asyncio
import os
import re
import threading
from collections import OrderedDict, deque
from collections.abc import Iterable
from typing import Any

from airflow.sdk.log import mask_secret

__all__ = ["amask_secrets", "forget_all", "mask_renewed", "mask_secrets", "parts_of"]

LONGEST_WHOLE = 1024
"""Characters; a longer text is masked by parts. The security tokens of both clouds' STS are shorter as a rule."""

MIDDLE, END = 128, 256
"""Characters of a long token that are masked. At the end of a signed token is its signature; 256 characters are 1,536
bits of it, or of whatever else the token ends with, and nobody accepts the token without them."""

GENERATIONS = 2
"""A renewed credential, and the one before it, which a call under way may still carry."""

MOST_IDENTITIES = 256

_generations: OrderedDict[str, deque[frozenset[str]]] = OrderedDict()
_passing: set[str] = set()
_lock = threading.Lock()
_tasks: set[asyncio.Task[None]] = set()


def parts_of(secret: str) -> tuple[str, ...]:
    """Return the texts to mask so that ``secret`` is of no use to who reads the rest of it."""
    if len(secret) <= LONGEST_WHOLE:
        return (secret,)
    middle = (len(secret) - MIDDLE) // 2
    return secret[middle : middle + MIDDLE], secret[-END:]


def mask_secrets(secrets: Iterable[str]) -> None:
    """Mask ``secrets`` for as long as this process lives, from blocking code and from an event loop alike."""
    _mask(_lasting(secrets))


async def amask_secrets(secrets: Iterable[str]) -> None:
    """Like :func:`mask_secrets`, on the running event loop; returns when the secrets are masked."""
    await _amask(_lasting(secrets))


def mask_renewed(identity: str, secrets: Iterable[str]) -> None:
    """Mask the ``secrets`` of a new credential, and forget those of the credential before the last one.

    :param identity: whose credential it is; see :class:`~airflow_provider_cloudflows.auth.cache.KeptCredential`.
    """
    parts = frozenset(part for secret in secrets for part in parts_of(secret))
    with _lock:
        new = parts - _in_use()
        generations = _generations.setdefault(identity, deque(maxlen=GENERATIONS))
        _generations.move_to_end(identity)
        if not generations or generations[-1] != parts:
            generations.append(parts)
        while len(_generations) > MOST_IDENTITIES:
            _generations.popitem(last=False)
        _forget(_passing - _in_use())
        _passing.update(part for part in new if not _is_masked(part))
    _mask(sorted(new))


def _in_use() -> set[str]:
    return {part for generations in _generations.values() for parts in generations for part in parts}


def _lasting(secrets: Iterable[str]) -> list[str]:
    parts = [part for secret in secrets for part in parts_of(secret)]
    with _lock:
        _passing.difference_update(parts)
    return parts


def _masker() -> Any:
    """Return the masker of this process, or None where this version of Airflow keeps it elsewhere.

    To forget, there is no other way than into its set of patterns. Without it nothing is forgotten: what is masked
    stays masked, and costs.
    """
    try:
        from airflow.sdk._shared.secrets_masker import _secrets_masker
    except ImportError:
        return None
    masker = _secrets_masker()
    return masker if isinstance(getattr(masker, "patterns", None), set) else None


def _is_masked(part: str) -> bool:
    masker = _masker()
    return masker is not None and re.escape(part) in masker.patterns


def _forget(parts: set[str]) -> None:
    """Drop ``parts`` from the masker; its expression follows when the next secret comes, which is at once."""
    masker = _masker()
    if masker is not None:
        masker.patterns.difference_update([re.escape(part) for part in parts])
    _passing.difference_update(parts)


def _mask(parts: Iterable[str]) -> None:
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        for part in parts:
            mask_secret(part)
        return
    task = loop.create_task(_amask(parts))
    _tasks.add(task)  # the event loop itself keeps no hold of a task
    task.add_done_callback(_tasks.discard)


async def _amask(parts: Iterable[str]) -> None:
    try:
        from airflow.sdk.log import amask_secret
    except ImportError:  # Airflow 3.1 and 3.2
        for part in parts:
            mask_secret(part)
    else:
        for part in parts:
            await amask_secret(part)


def forget_all() -> None:
    """Start anew, as in a child process, where credentials are obtained anew too; what is masked stays masked."""
    global _lock
    _lock = threading.Lock()  # in a forked child the old one may be held by a thread that is not there
    _generations.clear()
    _passing.clear()


os.register_at_fork(after_in_child=forget_all)
