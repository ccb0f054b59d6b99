"""The errors that a task of an operator or sensor can end with, by what the class does."""

from __future__ import annotations

from typing import Any

from airflow_provider_cloudflows import errors
from airflow_provider_cloudflows.operators.api import ApiOperator
from airflow_provider_cloudflows.operators.bpstudio.task import CreateBPStudioTaskOperator
from airflow_provider_cloudflows.operators.create import CreateNamedOperator, CreateOperator
from airflow_provider_cloudflows.operators.delete import DeleteOperator
from airflow_provider_cloudflows.operators.waiting import WaitingOperator
from airflow_provider_cloudflows.sensors.api import ApiSensor
from airflow_provider_cloudflows.sensors.base import CloudSensor

__all__ = ["BY_BASE", "OF_EVERY_CALL", "failures_of"]

OF_EVERY_CALL: tuple[type[errors.CloudflowsError], ...] = (
    errors.InvalidParameter,
    errors.ConfigurationError,
    errors.ConnectionFailed,
    errors.AuthenticationFailed,
    errors.ClockSkewed,
    errors.PermissionDenied,
    errors.InvalidRequest,
    errors.NotFound,
    errors.QuotaExceeded,
    errors.Throttled,
    errors.Conflict,
    errors.Busy,
    errors.ServerError,
    errors.NoAnswer,
    errors.Stopped,
)
"""Whatever calls a cloud can meet these."""

BY_BASE: dict[type[Any], tuple[type[errors.CloudflowsError], ...]] = {
    CreateOperator: (
        errors.OutcomeUnknown,
        errors.IntentNotKept,
        errors.Superseded,
        errors.NotRecorded,
        errors.RecordUnreadable,
        errors.IdentityChanged,
        errors.ScopeChanged,
        errors.AmbiguousMatch,
    ),
    CreateNamedOperator: (errors.AlreadyExists, errors.NameHeld),
    CreateBPStudioTaskOperator: (errors.LostTrack, errors.Gone),
    WaitingOperator: (errors.RunFailed, errors.WaitTimedOut, errors.WaitInterrupted),
    CloudSensor: (errors.RunFailed, errors.WaitInterrupted),
    DeleteOperator: (errors.DeleteRefused, errors.OutcomeUnknown),
    ApiSensor: (errors.ResultMissing,),
    ApiOperator: (
        errors.ResultMissing,
        errors.OutcomeUnknown,
        errors.LostTrack,
        errors.IntentNotKept,
        errors.Superseded,
        errors.RecordUnreadable,
        errors.ScopeChanged,
        errors.IdentityChanged,
    ),
}
"""What a base adds to them."""


def failures_of(documented: type[Any]) -> tuple[type[errors.CloudflowsError], ...]:
    """Return the errors that a class can end with beside those of every call."""
    bases = [base for base in BY_BASE if issubclass(documented, base)]
    return tuple(dict.fromkeys(error for base in reversed(bases) for error in BY_BASE[base]))
