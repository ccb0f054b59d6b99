"""Every operator, sensor and hook has its page of reference, with everything that belongs there, and none is behind."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import shutil
from pathlib import Path

import pytest
from airflow.sdk import BaseHook, BaseOperator

import airflow_provider_cloudflows
from airflow_provider_cloudflows import errors, operators, sensors
from airflow_provider_cloudflows.errors import InvalidParameter
from airflow_provider_cloudflows.operators.fabric.workspace import CreateFabricWorkspaceOperator
from airflow_provider_cloudflows.operators.secmaster.workflow import CreateSecMasterWorkflowOperator
from tests.airflow_versions import written_with_the_newest
from tests.reference import pages
from tests.reference.arguments import arguments_of
from tests.reference.assumptions import choices_page, marked_assumptions
from tests.reference.catalogue import Entry, entries
from tests.reference.docstrings import summary
from tests.reference.examples import example_of
from tests.reference.failures import BY_BASE, OF_EVERY_CALL, failures_of
from tests.reference.permissions import permissions_of, policy_section
from tests.reference.results import MEANINGS, pushed_keys, returned
from tests.reference.vendor import quota, vendor_pages

pytestmark = written_with_the_newest

ENTRIES = entries()
TASKS = [entry for entry in ENTRIES if entry.kind != "hook"]
NEVER_RAISED = {"CloudError", "CloudflowsError", "NothingShown", "Repeat"}
"""Names on the page of errors that no task ends with."""


def name_of(entry: Entry) -> str:
    return entry.name


def test_the_pages_are_what_the_code_says() -> None:
    assert pages.differences() == [], "run python -m tests.reference"


def test_a_page_that_is_missing_behind_or_left_over_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(pages.DOCS, tmp_path / "docs")
    monkeypatch.setattr(pages, "DOCS", tmp_path / "docs")
    folder = tmp_path / "docs" / "reference"
    (folder / "fabric" / "RunFabricJobOperator.md").unlink()
    (folder / "fabric" / "FabricJobRunSensor.md").write_text("# Another\n")
    (folder / "fabric" / "GoneOperator.md").write_text("# Gone\n")
    (tmp_path / "docs" / "errors" / "CF203.md").write_text("# Another\n")
    (tmp_path / "docs" / "errors" / "CF999.md").write_text("# Gone\n")
    named = ["FabricJobRunSensor", "GoneOperator", "RunFabricJobOperator"]
    assert pages.differences() == [
        *(f"errors/{code}.md" for code in ("CF203", "CF999")),
        *(f"reference/fabric/{name}.md" for name in named),
    ]


def test_every_operator_sensor_and_hook_has_a_page() -> None:
    found = set()
    for package in (operators, sensors):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if module.name.count(".") == 3:  # the modules of a service; the bases are above them
                imported = importlib.import_module(module.name)
                found |= {
                    name for name, one in inspect.getmembers(imported, inspect.isclass) if is_of(one, module.name)
                }
    hooks = {one.__name__ for one in BaseHook.__subclasses__() for one in one.__subclasses__() if is_ours(one)}
    assert {entry.name for entry in ENTRIES} == found | hooks
    for entry in ENTRIES:
        assert (pages.DOCS / entry.page).exists()


def is_of(one: type[object], module: str) -> bool:
    return one.__module__ == module and issubclass(one, BaseOperator) and not one.__name__.startswith("_")


def is_ours(one: type[object]) -> bool:
    return one.__module__.startswith(f"{airflow_provider_cloudflows.__name__}.hooks.")


@pytest.mark.parametrize("entry", ENTRIES, ids=name_of)
def test_every_argument_has_a_meaning_and_every_time_a_unit(entry: Entry) -> None:
    assert summary(entry.documented).endswith((".", ")"))
    for argument in arguments_of(entry.documented):
        assert argument.meaning, f"{entry.name} does not say what {argument.name} is"
        assert argument.type, argument.name
        if "timedelta" in argument.type:
            assert "seconds" in argument.meaning, argument.name


@pytest.mark.parametrize("entry", TASKS, ids=name_of)
def test_every_fact_of_a_task_is_there(entry: Entry) -> None:
    assert returned(entry)
    assert set(pushed_keys(entry.documented)) <= set(MEANINGS)
    assert vendor_pages(entry), "name the vendor's page in the docstring"
    assert quota(entry)
    assert example_of(entry.name), "show it in an example DAG"
    if entry.folder not in ("alibaba", "huawei"):  # those call what the author names
        assert permissions_of(entry.name), "list its calls in docs/connections/permissions.md"
        assert policy_section(entry.name), "name it in the section with its policy"


@pytest.mark.parametrize("entry", TASKS, ids=name_of)
def test_every_part_is_on_the_page(entry: Entry) -> None:
    page = (pages.DOCS / entry.page).read_text(encoding="utf-8")
    found = re.findall(r"^## (.+)$", page, flags=re.MULTILINE)
    assert found[:5] == ["Example", "Arguments", "Result", "Errors", "Least permission"]
    assert all(f"`{error.__name__}`" in page for error in (*OF_EVERY_CALL, *failures_of(entry.documented)))


def test_every_error_is_on_the_page_of_what_can_end_with_it() -> None:
    shown = {error.__name__ for error in (*OF_EVERY_CALL, *(one for some in BY_BASE.values() for one in some))}
    assert shown == set(errors.__all__) - NEVER_RAISED


def test_a_rule_is_the_one_that_a_user_meets() -> None:
    (rule,) = [one.rules[0] for one in arguments_of(CreateFabricWorkspaceOperator) if one.name == "name"]
    with pytest.raises(InvalidParameter, match=re.escape(rule)):
        CreateFabricWorkspaceOperator(task_id="t", name="ab")


def test_choices_and_defaults_are_read_off_the_request_and_the_signature() -> None:
    arguments = {one.name: one for one in arguments_of(CreateSecMasterWorkflowOperator)}
    assert "one of `NORMAL`, `SURVEY`, `HEMOSTASIS`, `EASE`" in arguments["aop_type"].rules
    assert (arguments["name"].default, arguments["if_exists"].default) == ("required", '`"reuse"`')
    assert not arguments["name"].shared
    assert arguments["if_exists"].shared


def test_every_choice_and_every_marked_assumption_is_collected() -> None:
    from airflow_provider_cloudflows.sandbox.bpstudio import choices

    assert choices.NAMES.why in choices_page()
    said = (pages.DOCS / "connections" / "permissions.md").read_text().count("- Assumption: ")
    assert marked_assumptions().count("\n") == said > 5


def test_a_page_with_an_assumption_is_one_that_the_page_of_assumptions_names() -> None:
    told = (pages.DOCS / "assumptions.md").read_text()
    said = re.compile(r"\bwe assume|\*\*assumed\*\*|\bAssumption: |\b(?:is|was|were) not tried", re.IGNORECASE)
    with_one = {
        page.relative_to(pages.DOCS).as_posix() for page in pages.DOCS.rglob("*.md") if said.search(page.read_text())
    }
    named = {page for page in with_one if f"]({page}" in told}
    assert with_one - named == {"assumptions.md"}
    assert len(named) > 3
