"""What a failed create means for the task: fail now, come back when the server said, or as the task is set.

Airflow 3.3 asks a retry policy with the exception at hand. Older versions know one answer only, an exception that
fails the task at once; there, the rest keeps the task's own settings.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow_provider_cloudflows.errors import (
    AlreadyExists,
    AmbiguousMatch,
    AuthenticationFailed,
    CloudflowsError,
    ConfigurationError,
    IdentityChanged,
    InvalidParameter,
    InvalidRequest,
    LostTrack,
    NotFound,
    PermissionDenied,
    QuotaExceeded,
    Throttled,
)

if TYPE_CHECKING:
    from airflow.sdk import Context

__all__ = ["HOPELESS", "default_retry_policy", "for_airflow"]

HOPELESS = (
    AlreadyExists,
    AmbiguousMatch,
    AuthenticationFailed,
    ConfigurationError,
    IdentityChanged,
    InvalidParameter,
    InvalidRequest,
    LostTrack,
    NotFound,
    PermissionDenied,
    QuotaExceeded,
)
"""Errors that the next try would meet again."""

try:
    from airflow.sdk import RetryDecision, RetryPolicy
except ImportError:  # Airflow 3.1 and 3.2
    _HAS_POLICIES = False
else:
    _HAS_POLICIES = True

    class CreateRetryPolicy(RetryPolicy):
        """Fails on the first try what a retry cannot help, and comes back when a throttling server said."""

        def evaluate(
            self, exception: BaseException, try_number: int, max_tries: int, context: Context | None = None
        ) -> RetryDecision:
            """Return the decision for ``exception``; the task's ``retries`` stay the upper bound."""
            if isinstance(exception, HOPELESS):
                return RetryDecision.fail(f"{type(exception).__name__}: a retry would meet it again")
            if isinstance(exception, Throttled) and exception.wait:
                return RetryDecision.retry(timedelta(seconds=exception.wait), "the server named this wait")
            return RetryDecision.default()

        def serialize(self) -> dict[str, Any]:
            """Return no settings: there are none."""
            return {}

        @classmethod
        def deserialize(cls, data: dict[str, Any]) -> RetryPolicy:
            """Return the policy."""
            return cls()


def default_retry_policy() -> dict[str, Any]:
    """Return the operator argument that sets the policy, or nothing where Airflow has no policies."""
    return {"retry_policy": CreateRetryPolicy()} if _HAS_POLICIES else {}


def for_airflow(error: CloudflowsError) -> Exception:
    """Return what to raise for ``error``: itself, or what fails the task at once where no policy can."""
    if _HAS_POLICIES or not isinstance(error, HOPELESS):
        return error
    from airflow.providers.common.compat.sdk import AirflowFailException  # moved between versions; no DAG file needs it

    return AirflowFailException(str(error))
