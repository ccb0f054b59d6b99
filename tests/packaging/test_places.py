"""An operation has four places: its models, its operator or sensor, its behaviour in the sandbox, and an example.

The models are modules side by side: the resource that a run looks for, and each request that a DAG file checks.

Whatever else needs to know of it derives it from these. So no other file of the package names one, but in its prose.
"""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_cloudflows import get_provider_info
from airflow_provider_cloudflows.operators.any_request import AnyRequestOperator
from airflow_provider_cloudflows.operators.base import RequestOperator
from airflow_provider_cloudflows.operators.create import CreateOperator
from airflow_provider_cloudflows.operators.dataworks.workflow_rerun import RerunDataWorksRunOperator
from airflow_provider_cloudflows.operators.dataworks_action import DataWorksActionOperator
from airflow_provider_cloudflows.operators.delete import DeleteOperator
from airflow_provider_cloudflows.operators.update import UpdateOperator
from airflow_provider_cloudflows.sensors.base import CloudSensor

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "airflow_provider_cloudflows"


def declared(section: str, *bases: type[Any]) -> Iterator[type[Any]]:
    """The classes of a kind in the modules that Airflow is told of."""
    for entry in get_provider_info()[section]:
        for module in entry["python-modules"]:
            for _, found in inspect.getmembers(importlib.import_module(module), inspect.isclass):
                if found.__module__ == module and issubclass(found, bases):
                    yield found


OPERATORS = list(declared("operators", CreateOperator, UpdateOperator, DeleteOperator))
ACTION_BASES = (DataWorksActionOperator, RerunDataWorksRunOperator)
ACTIONS = list(declared("operators", *ACTION_BASES))
"""What is done to many ids at once; its request is about no resource."""
SENSORS = [one for one in declared("sensors", CloudSensor) if not issubclass(one, AnyRequestOperator)]
ANY = [*declared("operators", AnyRequestOperator), *declared("sensors", AnyRequestOperator)]
"""What works with any operation has no place in a service."""
EXAMPLES = {path.stem: path.read_text() for path in (ROOT / "example_dags").glob("*.py")}


@pytest.mark.parametrize(("floor", "classes"), [("operators", OPERATORS), ("sensors", SENSORS)])
def test_every_module_is_known_to_airflow(floor: str, classes: list[type[Any]]) -> None:
    files = {path for path in (PACKAGE / floor).glob("*/*.py") if path.stem != "__init__"}
    others = declared(floor, AnyRequestOperator, *ACTION_BASES)
    assert {Path(inspect.getfile(one)) for one in [*classes, *others]} == files


def place_of(one: type[Any]) -> tuple[str, str]:
    """The service and the resource, by the module."""
    service, resource = one.__module__.split(".")[-2:]
    return service, resource


@cache
def words(path: Path) -> frozenset[str]:
    """The words of a module without its docstrings and comments, which may name whatever helps."""
    return frozenset(re.findall(r"\w+", re.sub(r'""".*?"""|#[^\n]*', "", path.read_text(), flags=re.DOTALL)))


@pytest.mark.parametrize("operator", [*OPERATORS, *ACTIONS], ids=lambda one: one.__name__)
def test_an_operation_is_named_in_its_places_alone(operator: type[RequestOperator]) -> None:
    request = operator.request_type()
    service, resource = place_of(operator)
    places = {
        f"services/{service}/{resource}.py",
        f"{operator.request_path.split('.', 1)[1].rpartition('.')[0].replace('.', '/')}.py",
        f"operators/{service}/{resource}.py",
    }
    # The other requests of the resource name it, and who waits for it.
    verbs = ("create", "update", "delete", "import", "start", "stop", "publish")
    more = {f"services/{service}/{verb}_{resource}.py" for verb in verbs}
    more |= {f"sensors/{service}/{resource}.py", f"sandbox/{service}/choices.py"}
    names = {operator.__name__, request.operation}
    if operator not in ACTIONS:
        names.add(request.resource_type().__name__)
    found = {str(path.relative_to(PACKAGE)) for path in PACKAGE.rglob("*.py") if names & words(path)}
    # Two services may have an operation of the same name, and help texts may show one.
    others = {
        path for path in found - places - more if f"/{service}/" in path or operator.__name__ in words(PACKAGE / path)
    }
    played_in = {path for path in others if path.startswith(f"sandbox/{service}/")}
    assert others == played_in
    assert len(played_in) == 1
    assert places <= found


@pytest.mark.parametrize("sensor", SENSORS, ids=lambda one: one.__name__)
def test_a_sensor_is_beside_the_resource_that_it_waits_for(sensor: type[CloudSensor]) -> None:
    service, resource = place_of(sensor)
    module = f"airflow_provider_cloudflows.services.{service}.{resource}"
    assert f"from {module} import" in inspect.getsource(sensor)


@pytest.mark.parametrize("one", [*OPERATORS, *ACTIONS, *SENSORS, *ANY], ids=lambda one: one.__name__)
def test_an_example_shows_it(one: type[Any]) -> None:
    service, _ = place_of(one)
    shown = {
        name for name, code in EXAMPLES.items() if re.search(rf"\b{one.__name__}\(|\b{one.__name__}\.partial\(", code)
    }
    whats = ("", "_run", "_workflow", "_wait", "_older", "_integration", "_service", "_file")
    own = {f"example_{service}{what}" for what in whats}
    assert shown & {*own, "example_teardown", "example_api"}
