"""``dry_run()``: says what a run would do and shows the request, looks, and writes nothing."""

from __future__ import annotations

import json
import logging
from typing import Any
from urllib.parse import unquote_plus

import pytest

from airflow_provider_cloudflows.errors import InvalidParameter
from airflow_provider_cloudflows.operators.bpstudio.task import CreateBPStudioTaskOperator
from airflow_provider_cloudflows.operators.create import CreateOperator
from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running
from tests.conftest import SetConnection
from tests.operators.material import OPERATORS, Kind, run

KINDS = pytest.mark.parametrize("kind", OPERATORS, ids=[kind.operator.__name__ for kind in OPERATORS])
(BUSINESS,) = [kind for kind in OPERATORS if kind.operator.__name__ == "CreateBusinessOperator"]
(TASK,) = [kind for kind in OPERATORS if kind.operator is CreateBPStudioTaskOperator]
CREATES = {kind.operator.request_type().operation for kind in OPERATORS}


@pytest.fixture(autouse=True)
def _shown(connections: Running, caplog: pytest.LogCaptureFixture) -> None:
    """All tests here have the default connections, and see what is logged."""
    caplog.set_level(logging.INFO)


def make(kind: Kind, **more: Any) -> CreateOperator:
    return kind.operator(task_id="make", **{**kind.required, **more})


def said(operator: CreateOperator, caplog: pytest.LogCaptureFixture) -> str:
    caplog.clear()
    # Airflow's own task logger takes its level from the configuration, once per process.
    vars(operator)["_cached_logger"] = logging.getLogger("tests.dry_run")
    operator.dry_run()
    return caplog.text


@KINDS
def test_it_would_create_and_does_not(kind: Kind, sandbox: Running, caplog: pytest.LogCaptureFixture) -> None:
    before = sandbox.state()
    text = said(make(kind), caplog)
    assert f"{kind.operator.__name__} 'make' would create it." in text
    assert sandbox.state() == before
    asked = {entry["operation"] for entry in sandbox.requests()}
    assert not asked & CREATES
    assert all(name.startswith(("List", "Get", "Keystone", "Search", "Show")) for name in asked), asked


@KINDS
def test_it_shows_the_request_without_secrets(kind: Kind, sandbox: Running, caplog: pytest.LogCaptureFixture) -> None:
    text = said(make(kind), caplog)
    assert f"POST {sandbox.url}/" in text
    assert "Signature=***" in text
    value = next(iter(kind.required.values()))
    shown = value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
    assert shown in unquote_plus(text)
    for key in world.BIRTH_KEYS:
        assert key.secret not in text


@pytest.mark.parametrize(
    ("key", "conn_id"),
    [(world.ALIBABA_SESSION_KEY, "alibabacloud_default"), (world.HUAWEI_SESSION_KEY, "huaweicloud_default")],
)
def test_it_masks_the_token_of_a_session(
    key: world.AccessKey,
    conn_id: str,
    sandbox: Running,
    set_connection: SetConnection,
    caplog: pytest.LogCaptureFixture,
) -> None:
    region = "cn-hangzhou" if key.cloud == "alibaba" else world.HUAWEI_REGION
    extra = {"region": region, "endpoint": sandbox.url, "security_token": key.security_token}
    extra["workspace_id"] = world.SECMASTER_WORKSPACE_ID
    set_connection(conn_id, conn_type=f"cloudflows_{key.cloud}", login=key.id, password=key.secret, extra=extra)
    kind = next(one for one in OPERATORS if conn_id.startswith(one.conn_id.partition("_")[0]))
    text = said(make(kind), caplog)
    assert key.id in text
    assert key.secret not in text
    assert key.security_token
    assert key.security_token not in text
    assert "ecurity-" in text
    assert text.count("***") >= 2


@pytest.mark.parametrize(
    ("if_exists", "sentence"),
    [
        ("reuse", "would reuse {id}, which differs in description."),
        ("update", "would update description of {id}, which differs in description."),
        ("fail", "would refuse, since {id} exists, which differs in description."),
    ],
)
def test_it_says_what_becomes_of_what_exists(
    if_exists: str, sentence: str, sandbox: Running, caplog: pytest.LogCaptureFixture
) -> None:
    made, _ = run(make(BUSINESS, description="old"))
    before = sandbox.state()
    text = said(make(BUSINESS, description="new", if_exists=if_exists), caplog)
    assert sentence.format(id=made) in text
    assert sandbox.state() == before


def test_it_would_take_over_the_task_that_a_person_found(sandbox: Running, caplog: pytest.LogCaptureFixture) -> None:
    made, _ = run(make(TASK))
    text = said(make(TASK, existing_task_id=made), caplog)
    assert f"would take over {made}." in text
    assert "would create" not in text
    assert "CreateTask" not in text, "no create would be sent"
    assert len(sandbox.state()["bpstudio.task"]) == 1


def test_it_checks_what_was_rendered(sandbox: Running) -> None:
    operator = make(BUSINESS, business_name="{{ params.x }}")
    operator.render_template_fields({"params": {"x": ""}})
    with pytest.raises(InvalidParameter, match="business_name"):
        operator.dry_run()
    assert sandbox.requests() == []
