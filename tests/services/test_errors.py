"""The error tree: one line of text, and nothing lost when Airflow pickles or copies an error."""

from __future__ import annotations

import copy
import pickle

import pytest

from airflow_provider_cloudflows import errors
from airflow_provider_cloudflows.errors import (
    CloudError,
    CloudflowsError,
    ConfigurationError,
    IdentityChanged,
    InvalidParameter,
    InvalidRequest,
    NotRecorded,
    Repeat,
    ScopeChanged,
    Stopped,
    Throttled,
)

CLOUD_ERRORS = [
    kind for name in errors.__all__ if isinstance(kind := getattr(errors, name), type) and issubclass(kind, CloudError)
]


def test_everything_is_below_one_root() -> None:
    kinds = [getattr(errors, name) for name in errors.__all__ if name != "Repeat"]
    assert all(issubclass(kind, CloudflowsError) for kind in kinds)
    assert len(CLOUD_ERRORS) == 20
    assert issubclass(InvalidParameter, ValueError)


@pytest.mark.parametrize("kind", CLOUD_ERRORS)
@pytest.mark.parametrize("again", [lambda error: pickle.loads(pickle.dumps(error)), copy.copy, copy.deepcopy])
def test_an_error_survives_pickling_and_copying(kind: type[CloudError], again: object) -> None:
    error = kind("said", operation="S O", status=400, code="C", request_id="r", advice="do this")
    if isinstance(error, Throttled):
        error = Throttled("said", operation="S O", status=400, code="C", request_id="r", wait=1.5)
    assert callable(again)
    twin = again(error)
    assert type(twin) is kind
    assert str(twin) == str(error)
    assert vars(twin) == vars(error)
    assert twin.args == error.args == ("said",)


@pytest.mark.parametrize("kind", [ConfigurationError, InvalidParameter])
def test_an_error_before_sending_survives_pickling(kind: type[CloudflowsError]) -> None:
    twin = pickle.loads(pickle.dumps(kind("one sentence.")))
    assert (type(twin), str(twin)) == (kind, f"[{kind.help_code}] one sentence.")


@pytest.mark.parametrize(
    "error",
    [
        IdentityChanged("S O", {"name": "a", "region": None}, {"name": "b"}),
        ScopeChanged("S O", {"account": "1"}, {"account": "2"}),
        NotRecorded("S O", 7),
        Stopped(),
    ],
)
def test_an_error_of_the_protocol_is_one_sentence_and_survives_pickling(error: CloudflowsError) -> None:
    twin = pickle.loads(pickle.dumps(error))
    assert (type(twin), str(twin), vars(twin)) == (type(error), str(error), vars(error))
    assert str(error).endswith(".")
    assert "None" not in str(error)


@pytest.mark.parametrize("kind", CLOUD_ERRORS)
def test_the_same_failure_as_another_kind_keeps_what_is_known(kind: type[CloudError]) -> None:
    failure = InvalidRequest("It said so.", operation="S O", status=400, code="C", request_id="r")
    again = failure.recast(kind)
    assert type(again) is kind
    assert (
        again.sentence() == f"S O {kind.happened} (HTTP 400, code C, request id r): It said so; {kind.default_advice}."
    )


def test_every_kind_says_what_a_repeat_would_do() -> None:
    never = {name for name in errors.__all__ if getattr(getattr(errors, name), "repeat", None) is Repeat.NEVER}
    look = {name for name in errors.__all__ if getattr(getattr(errors, name), "repeat", None) is Repeat.LOOK_FIRST}
    assert look == {"NotRecorded", "OutcomeUnknown"}
    assert never == {
        *("AlreadyExists", "AmbiguousMatch", "AuthenticationFailed", "ClockSkewed", "ConfigurationError", "Gone"),
        *(
            "IdentityChanged",
            "InvalidParameter",
            "InvalidRequest",
            "LostTrack",
            "NameHeld",
            "NotFound",
            "PermissionDenied",
        ),
        *("DeleteRefused", "QuotaExceeded", "RecordUnreadable", "ResultMissing", "ScopeChanged", "Superseded"),
    }


@pytest.mark.parametrize("kind", CLOUD_ERRORS)
def test_each_kind_says_what_happened_and_what_to_do(kind: type[CloudError]) -> None:
    error = kind("It said so.", operation="Service Operation", status=400, code="C", request_id="r")
    assert error.sentence() == (
        f"Service Operation {kind.happened} (HTTP 400, code C, request id r): It said so; {kind.default_advice}."
    )
    assert kind is CloudError or kind.happened != CloudError.happened
    assert kind is CloudError or kind.default_advice != CloudError.default_advice


def test_what_is_not_known_is_left_out() -> None:
    assert str(InvalidRequest(operation="S O")) == "[CF204] S O was refused; correct the arguments."


@pytest.mark.parametrize(
    ("wait", "advice"),
    [(None, "try again later"), (0.8, "try again in 0.8 seconds"), (60.0, "try again in 60 seconds")],
)
def test_a_throttled_call_says_when(wait: float | None, advice: str) -> None:
    error = Throttled("slow down", operation="S O", wait=wait)
    assert error.wait == wait
    assert str(error) == f"[CF302] S O was throttled: slow down; {advice}."
