"""What a failure means for the task: fail now, come back when the server said, or as the task is set.

Airflow 3.3 asks a retry policy with the exception at hand. Older versions know one answer only, an exception that
fails the task at once; there, the rest keeps the task's own settings.
"""

from __future__ import annotations

import random
from collections.abc import Collection
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

from airflow_provider_cloudflows.base_errors import CloudflowsError, InvalidParameter, Repeat

if TYPE_CHECKING:
    from airflow.sdk import Context, RetryDecision

__all__ = ["checked_retry_on", "policy_argument", "raised_for_airflow"]

LONGEST_WAIT = 3600.0
"""Seconds: a server that asks for more is asked again by then."""

SPREAD = 0.5
"""Tasks that were told the same come back over so many times the wait more, so that they do not come back together."""

_HAS_POLICIES = hasattr(BaseOperator, "has_retry_policy")


class CloudRetryPolicy:
    """Fails on the first try what a retry cannot help, and comes back when a throttling server said.

    A policy by its methods only: Airflow asks for no more, and to derive it from ``RetryPolicy`` would make every DAG
    file import the module of all policies.

    :param retry_on: names of error classes that get the task's own retries all the same.
    """

    def __init__(self, retry_on: Collection[str] = ()) -> None:
        self.retry_on = list(retry_on)

    def evaluate(
        self, exception: BaseException, try_number: int, max_tries: int, context: Context | None = None
    ) -> RetryDecision:
        """Return the decision for ``exception``; the task's ``retries`` stay the upper bound."""
        # Only a task that failed asks.
        from airflow.sdk import RetryDecision

        from airflow_provider_cloudflows.errors import Throttled

        if is_hopeless(exception, self.retry_on):
            return RetryDecision.fail(f"{type(exception).__name__}: a retry would meet it again")
        if isinstance(exception, Throttled) and exception.wait:
            wait = spread_wait(exception.wait)
            return RetryDecision.retry(timedelta(seconds=wait), "the server named this wait")
        return RetryDecision.default()

    def serialize(self) -> dict[str, Any]:
        """Return the settings."""
        return {"retry_on": self.retry_on}

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> CloudRetryPolicy:
        """Return the policy with these settings."""
        return cls(**data)


def is_hopeless(error: BaseException, retry_on: Collection[str]) -> bool:
    """Tell whether the next try would meet ``error`` again."""
    names = {kind.__name__ for kind in type(error).__mro__}
    return isinstance(error, CloudflowsError) and error.repeat is Repeat.NEVER and not names & set(retry_on)


def spread_wait(seconds: float) -> float:
    """Return the wait that the server named, within reason, and then some."""
    asked = min(seconds, LONGEST_WAIT)
    return asked + random.uniform(0.0, SPREAD * asked)


def checked_retry_on(retry_on: Collection[str] | None, where: str) -> list[str]:
    """Return the names, which must be those of error classes; None stands for no names.

    :param where: operator and task, for the message.
    """
    given: Any = () if retry_on is None else retry_on
    names = list(given) if isinstance(given, (list, tuple, set, frozenset)) else [given]
    if not names:
        return []
    from airflow_provider_cloudflows import errors  # most DAG files name none

    unknown = [name for name in names if name not in errors.__all__]
    if unknown:
        raise InvalidParameter(
            f"{where} got retry_on={unknown!r}: it takes names of error classes such as 'PermissionDenied'."
        )
    return names


def policy_argument(retry_policy: Any, retry_on: Collection[str]) -> dict[str, Any]:
    """Return the operator argument that sets the policy, or nothing where Airflow has no policies."""
    if retry_policy is not None:
        return {"retry_policy": retry_policy}
    return {"retry_policy": CloudRetryPolicy(retry_on)} if _HAS_POLICIES else {}


def raised_for_airflow(error: CloudflowsError, retry_on: Collection[str]) -> Exception:
    """Return what to raise for ``error``: itself, or what fails the task at once where no policy can."""
    if _HAS_POLICIES or not is_hopeless(error, retry_on):
        return error
    from airflow.providers.common.compat.sdk import AirflowFailException  # moved between versions; no DAG file needs it

    return AirflowFailException(str(error))
