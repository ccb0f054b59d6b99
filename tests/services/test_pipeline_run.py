"""What a publishing process shows, and which stage is to be executed next, if any."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_cloudflows.calls.states import Outcome
from airflow_provider_cloudflows.services.dataworks.pipeline_run import PipelineRun, PipelineRunResource, Stage

CODES = ["BUILD_PACKAGE", "PROD_CHECK", "PROD"]
BAD = ["Fail", "Termination", "Cancel"]
IDENTITY = {"description": "d", "object_id": "77", "project_id": 1}
STATES = ["Init", "Running", "Success", *BAD, "DREAMING", None]


def process(status: str | None, *stages: str | None, **more: Any) -> PipelineRun:
    shown = [
        Stage(code=code, step=step, status=state) for step, (code, state) in enumerate(zip(CODES, stages, strict=True))
    ]
    return PipelineRun(id="p", status=status, stages=shown, **more)


def next_stage(item: PipelineRun, until: str | None = None) -> str | None:
    word = PipelineRunResource(IDENTITY, {"auto_run_until_stage": until}).going_on(item)
    return None if word is None else word.code


@pytest.mark.parametrize(
    ("status", "stages", "until", "code"),
    [
        ("Init", ["Init", "Init", "Init"], None, "BUILD_PACKAGE"),
        ("Running", ["Success", "Init", "Init"], None, "PROD_CHECK"),
        ("Running", ["Success", "Success", "Init"], None, "PROD"),
        ("Running", ["Success", "Running", "Init"], None, None),
        ("Running", ["Success", "DREAMING", "Init"], None, None),
        ("Running", ["Success", "Fail", "Init"], None, None),
        ("Success", ["Success", "Success", "Success"], None, None),
        # A process that is over executes nothing, whatever its stages show.
        *((state, ["Success", "Init", "Init"], None, None) for state in (*BAD, "Success")),
        # What the service executes by itself is left to it.
        ("Init", ["Init", "Init", "Init"], "PROD_CHECK", None),
        ("Running", ["Success", "Init", "Init"], "PROD_CHECK", None),
        ("Running", ["Success", "Success", "Init"], "PROD_CHECK", "PROD"),
        ("Running", ["Success", "Success", "Init"], "PROD", None),
        ("Init", ["Init", "Init", "Init"], "NO_SUCH_STAGE", "BUILD_PACKAGE"),
    ],
)
def test_the_stage_that_is_to_be_executed(status: str, stages: list[str], until: str | None, code: str | None) -> None:
    assert next_stage(process(status, *stages), until) == code


def test_stages_count_in_their_order_and_not_in_the_answer_s() -> None:
    item = process("Running", "Success", "Init", "Init")
    item.stages = list(reversed(item.stages or []))
    assert next_stage(item) == "PROD_CHECK"
    assert next_stage(PipelineRun(id="p", status="Init")) is None


@given(st.sampled_from(STATES), st.lists(st.sampled_from(STATES), min_size=3, max_size=3))
def test_a_stage_is_executed_only_when_it_waits_and_all_before_it_have_succeeded(
    status: str | None, stages: list[str | None]
) -> None:
    item = process(status, *stages)
    code = next_stage(item)
    outcome = PipelineRunResource(IDENTITY).outcome_of(item)
    if code is not None:
        number = CODES.index(code)
        assert stages[number] == "Init"
        assert stages[:number] == ["Success"] * number
        assert outcome is Outcome.RUNNING
    assert (outcome is Outcome.BAD) == bool({status, *stages} & set(BAD))
    assert (outcome is Outcome.GOOD) == (status == "Success" and not set(stages) & set(BAD))


def test_the_reason_names_the_stage_and_the_vendor_s_words() -> None:
    item = process("Termination", "Success", "Fail", "Init", message="stopped")
    (_, failed, _) = item.stages or []
    failed.name, failed.message = "check", "no such table"
    reason = PipelineRunResource(IDENTITY).reason_of(item)
    assert reason == "stopped; stage PROD_CHECK (check) is Fail: no such table"
