"""An operation has four places: its models, its operator, its behaviour in the sandbox, and an example.

The models are modules side by side: the resource that a run looks for, and each request that a DAG file checks.

Whatever else needs to know of it derives it from these. So no other file of the package names one.
"""

from __future__ import annotations

import importlib
import inspect
import re
from pathlib import Path

import pytest

from airflow_provider_cloudflows import get_provider_info
from airflow_provider_cloudflows.operators.base import RequestOperator
from airflow_provider_cloudflows.operators.create import CreateOperator
from airflow_provider_cloudflows.operators.delete import DeleteOperator

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "airflow_provider_cloudflows"

OPERATORS = [
    operator
    for entry in get_provider_info()["operators"]
    for module in entry["python-modules"]
    for _, operator in inspect.getmembers(importlib.import_module(module), inspect.isclass)
    if operator.__module__ == module and issubclass(operator, (CreateOperator, DeleteOperator))
]


def test_every_operator_module_is_known_to_airflow() -> None:
    files = {path for path in (PACKAGE / "operators").glob("*/*.py") if path.stem != "__init__"}
    assert {Path(inspect.getfile(operator)) for operator in OPERATORS} == files


@pytest.mark.parametrize("operator", OPERATORS, ids=lambda one: one.__name__)
def test_an_operation_is_named_in_four_places(operator: type[RequestOperator]) -> None:
    request = operator.request_type()
    service, resource = inspect.getmodule(operator).__name__.split(".")[-2:]  # type: ignore[union-attr]
    is_create = issubclass(operator, CreateOperator)
    examples = ("provisioning", service) if is_create else ("teardown",)
    places = {
        f"airflow_provider_cloudflows/services/{service}/{resource}.py",
        f"airflow_provider_cloudflows/{operator.request_path.split('.', 1)[1].rpartition('.')[0].replace('.', '/')}.py",
        f"airflow_provider_cloudflows/operators/{service}/{resource}.py",
        f"airflow_provider_cloudflows/sandbox/{service}/{resource}.py",
        *(f"example_dags/example_{name}.py" for name in examples),
    }
    # What is torn down is made there, and the other requests of the resource name it.
    more = {f"airflow_provider_cloudflows/services/{service}/{verb}_{resource}.py" for verb in ("create", "delete")}
    more.add("example_dags/example_teardown.py")
    names = "|".join((operator.__name__, request.resource_type().__name__, request.operation))
    named = re.compile(rf"\b({names})\b")
    found = {
        str(path.relative_to(ROOT))
        for folder in (PACKAGE, ROOT / "example_dags")
        for path in folder.rglob("*.py")
        if named.search(path.read_text())
    }
    # Two services may have an operation of the same name, and help texts may show one.
    others = {
        path
        for path in found - places - more
        if f"/{service}/" in path or operator.__name__ in (ROOT / path).read_text()
    }
    assert not others
    assert places <= found
