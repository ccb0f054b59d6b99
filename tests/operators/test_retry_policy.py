"""The retry policy that every operator brings: fail now, come back when the server said, or as the task is set."""

from __future__ import annotations

import json
import time
from collections.abc import Collection
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import DAG

from airflow_provider_cloudflows import errors
from airflow_provider_cloudflows.calls.any_operation import AlibabaRequest
from airflow_provider_cloudflows.errors import (
    CloudError,
    CloudflowsError,
    Gone,
    InvalidParameter,
    NotFound,
    PermissionDenied,
    Repeat,
    Throttled,
)
from airflow_provider_cloudflows.operators import retries
from airflow_provider_cloudflows.operators.dataworks.business import CreateBusinessOperator
from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running
from airflow_provider_cloudflows.transport.effect import Effect
from airflow_provider_cloudflows.transport.message import Reply
from tests.airflow_names import DagBag, DagSerialization
from tests.conftest import SetConnection
from tests.dag_runs import RunDag
from tests.operators.material import OPERATORS, Kind, TaskInstance

DAGS = Path(__file__).parent / "dags"
KINDS = pytest.mark.parametrize("kind", OPERATORS, ids=[kind.operator.__name__ for kind in OPERATORS])

with_policies = pytest.mark.skipif(not retries._HAS_POLICIES, reason="Airflow 3.3 brings retry policies")

KINDS_OF_ERROR = [kind for name in errors.__all__ if issubclass(kind := getattr(errors, name), CloudflowsError)]
ERRORS = [kind("x") for kind in KINDS_OF_ERROR if kind not in (CloudError, CloudflowsError)]
COMES_BACK = [error for error in ERRORS if error.repeat is not Repeat.NEVER]
IN_VAIN = [error for error in ERRORS if error.repeat is Repeat.NEVER]


def decision(error: BaseException, retry_on: Collection[str] = ()) -> Any:
    return retries.policy_argument(None, retry_on)["retry_policy"].evaluate(error, 1, 3, None)


def action(error: BaseException, retry_on: Collection[str] = ()) -> str:
    return str(decision(error, retry_on).action.value)


@with_policies
@pytest.mark.parametrize("error", IN_VAIN, ids=lambda error: type(error).__name__)
def test_what_a_retry_cannot_help_fails(error: CloudflowsError) -> None:
    assert action(error) == "fail"
    assert type(error).__name__ in decision(error).reason


@with_policies
@pytest.mark.parametrize("error", [*COMES_BACK, ValueError("x"), KeyError("x")], ids=lambda one: type(one).__name__)
def test_the_rest_is_as_the_task_is_set(error: BaseException) -> None:
    assert action(error) == "default"
    assert decision(error).retry_delay is None


@with_policies
def test_a_throttled_task_comes_back_when_the_server_said() -> None:
    assert action(Throttled("x", wait=42.5)) == "retry"
    assert 42.5 <= decision(Throttled("x", wait=42.5)).retry_delay.total_seconds() <= 42.5 * 1.5


@with_policies
@pytest.mark.parametrize(
    ("code", "headers", "what"),
    [
        ("QpsLimitExceeded", {"x-acs-retry-after": "42500"}, "retry"),
        ("Rejected.Throttling", {}, "default"),
        ("LastTokenProcessing", {}, "default"),
        ("IncorrectStatus.Vpc", {}, "default"),
        ("Odd.4711", {}, "fail"),
    ],
)
def test_a_task_comes_back_from_trouble_that_passes(code: str, headers: dict[str, str], what: str) -> None:
    request = AlibabaRequest(product="vpc", version="2016-04-28", action="DescribeVpcs", effect=Effect.READ)
    with pytest.raises(CloudError) as caught:
        request.read(Reply(400, headers, json.dumps({"Code": code, "Message": "m"}).encode()))
    assert action(caught.value) == what
    assert what != "retry" or decision(caught.value).retry_delay >= timedelta(seconds=42.5)


@with_policies
def test_no_server_sends_a_task_away_for_years() -> None:
    assert decision(Throttled("x", wait=999_999_999.0)).retry_delay <= timedelta(hours=1.5)


@with_policies
def test_a_hundred_tasks_that_were_told_the_same_do_not_come_back_together() -> None:
    moments = sorted(decision(Throttled("x", wait=120.0)).retry_delay.total_seconds() for _ in range(100))
    busiest = max(sum(start <= moment < start + 1.0 for moment in moments) for start in moments)
    assert busiest <= 10


@with_policies
def test_an_author_chooses_what_a_retry_may_help() -> None:
    """Grants and new workspaces take a moment to be known."""
    assert action(PermissionDenied("x"), ["PermissionDenied"]) == "default"
    assert action(NotFound("x"), ["PermissionDenied"]) == "fail"
    assert action(Gone("x"), ["NotFound"]) == "default", "a kind of NotFound"
    operator = CreateBusinessOperator(task_id="x", business_name="b", project_id=1, retry_on=["NotFound"])
    policy: Any = operator.retry_policy
    again = type(policy).deserialize(json.loads(json.dumps(policy.serialize())))
    assert again.evaluate(NotFound("x"), 1, 3, None).action.value == "default"


def test_an_unknown_class_in_retry_on_fails_the_import() -> None:
    with pytest.raises(InvalidParameter, match=r"'x' got retry_on=\['Sunshine'\]"):
        CreateBusinessOperator(task_id="x", business_name="b", project_id=1, retry_on=["NotFound", "Sunshine"])


@with_policies
@KINDS
def test_every_operator_has_the_policy(kind: Kind) -> None:
    policy = retries.policy_argument(None, ())["retry_policy"]
    assert type(kind.operator(task_id="make", **kind.required).retry_policy) is type(policy)
    with DAG("mapping", schedule=None):
        name, *_ = kind.required
        rest = {key: value for key, value in kind.required.items() if key != name}
        mapped = kind.operator.partial(task_id="mapped", **rest).expand(**{name: [kind.required[name]]})
    assert type(mapped.unmap({name: kind.required[name]}).retry_policy) is type(policy)


@with_policies
@KINDS
def test_the_authors_own_policy_wins(kind: Kind) -> None:
    from airflow.sdk import ExceptionRetryPolicy

    mine = ExceptionRetryPolicy(rules=[])
    assert kind.operator(task_id="make", retry_policy=mine, **kind.required).retry_policy is mine
    name, *_ = kind.required
    rest = {key: value for key, value in kind.required.items() if key != name}
    with DAG("mine", schedule=None, default_args={"retry_policy": mine}):
        by_default = kind.operator(task_id="by_default", **kind.required)
        mapped = kind.operator.partial(task_id="mapped", **rest).expand(**{name: [kind.required[name]]})
    assert by_default.retry_policy == mine
    assert mapped.unmap({name: kind.required[name]}).retry_policy == mine


@with_policies
def test_a_dag_with_the_policy_can_be_serialized() -> None:
    (dag,) = DagBag(dag_folder=str(DAGS / "policies.py")).dags.values()
    restored = DagSerialization.deserialize_dag(json.loads(json.dumps(DagSerialization.serialize_dag(dag))))
    assert restored.get_task("refused").has_retry_policy
    policy: Any = dag.get_task("refused").retry_policy
    assert type(type(policy).deserialize(policy.serialize())) is type(policy)


@with_policies
def test_a_run_fails_at_once_or_comes_back_when_told(
    run_dag: RunDag, sandbox: Running, connections: Running, set_connection: SetConnection
) -> None:
    key = world.ALIBABA_KEY
    extra = {"region": "cn-hangzhou", "endpoint": sandbox.url, "timeout": 1.9}
    set_connection(
        "alibabacloud_default", conn_type="cloudflows_alibaba", login=key.id, password=key.secret, extra=extra
    )
    sandbox.faults.add("CreateBusiness", "throttle", times=1, wait=2)
    sandbox.faults.add("CreateWorkspace", "error", times=1, status=400, code="DataArtsFabric.0001", message="no")
    started = time.monotonic()
    ran = run_dag(DAGS / "policies.py", skip_waits=False)
    assert ran.states == {"throttled": "success", "refused": "failed", "mapped[0]": "success", "mapped[1]": "failed"}
    assert time.monotonic() - started < 200, "nobody waited for the task's own delay"
    instances = {(one.task_id, one.map_index): one.try_number for one in ran.record.get_task_instances()}
    assert instances == {("throttled", -1): 2, ("refused", -1): 1, ("mapped", 0): 1, ("mapped", 1): 1}
    first, second = [entry for entry in sandbox.requests() if entry["operation"] == "CreateBusiness"]
    assert (first["status"], second["status"]) == (429, 200)
    (business,) = sandbox.state()["dataworks.business"]
    assert ran.xcom("throttled") == business["BusinessId"]


# --- where Airflow has no policies ---------------------------------------------------------------------------------


@pytest.mark.parametrize("error", IN_VAIN, ids=lambda error: type(error).__name__)
def test_without_policies_the_hopeless_fails_the_task(error: CloudflowsError, monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow.providers.common.compat.sdk import AirflowFailException

    monkeypatch.setattr(retries, "_HAS_POLICIES", False)
    raised = retries.raised_for_airflow(error, ())
    assert isinstance(raised, AirflowFailException)
    assert str(raised) == str(error)


@pytest.mark.parametrize("error", COMES_BACK, ids=lambda error: type(error).__name__)
def test_without_policies_the_rest_stays_what_it_is(error: CloudflowsError, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries, "_HAS_POLICIES", False)
    assert retries.raised_for_airflow(error, ()) is error


def test_without_policies_an_operator_has_none_and_fails_for_good(
    connections: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    from airflow.providers.common.compat.sdk import AirflowFailException

    monkeypatch.setattr(retries, "_HAS_POLICIES", False)
    operator = CreateBusinessOperator(task_id="x", business_name="b", project_id=999)
    assert getattr(operator, "retry_policy", None) is None
    with pytest.raises(AirflowFailException, match="DataWorks ListBusiness") as caught:
        operator.execute({"ti": TaskInstance()})  # type: ignore[typeddict-item]
    assert isinstance(caught.value.__cause__, NotFound)
