"""The layout: an operation is declared in one resource module, and nothing outside its room names it."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

from airflow_provider_cloudflows.sandbox import rooms
from airflow_provider_cloudflows.sandbox.operations import Operation

ROOT = Path(rooms.__file__).parent
PACKAGES = [room for room in rooms.ROOMS if (ROOT / room.service.lower()).is_dir()]
SERVED = [
    pytest.param(room.service, operation, id=f"{room.service}.{name}")
    for room in PACKAGES
    for name, operation in {each.name: each for each in room.operations}.items()  # of several versions one
]


@cache
def texts(path: Path) -> frozenset[str]:
    """The texts in a module that are no documentation."""
    tree = ast.parse(path.read_text("utf-8"))
    bare = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in bare]
    return frozenset(str(node.value) for node in found)


def test_there_are_rooms_to_look_into() -> None:
    assert {room.service for room in PACKAGES} == {"DataWorks", "BPStudio", "SecMaster", "Fabric"}
    assert len(SERVED) >= 20


@pytest.mark.parametrize(("service", "operation"), SERVED)
def test_operation_is_declared_in_one_module_of_its_room(service: str, operation: Operation) -> None:
    room = ROOT / service.lower()
    naming = [path for path in ROOT.rglob("*.py") if operation.name in texts(path)]
    same_name = [each for each in rooms.ROOMS if operation.name in {other.name for other in each.operations}]
    assert len([path for path in naming if path.parent == room]) == 1
    assert len(naming) == len(same_name)


@pytest.mark.parametrize("gateway", ["alibaba.py", "huawei.py", "dispatch.py", "faults.py"])
def test_gateways_know_no_service_by_name(gateway: str) -> None:
    services = {room.service for room in rooms.ROOMS}
    assert not services & texts(ROOT / gateway)
    imports = [
        node for node in ast.walk(ast.parse((ROOT / gateway).read_text("utf-8"))) if isinstance(node, ast.ImportFrom)
    ]
    imported = {alias.name for node in imports for alias in node.names} | {str(node.module) for node in imports}
    packages = {service.lower() for service in services}
    assert not packages & {name.rpartition(".")[2] for name in imported}


def test_choices_of_all_rooms_are_listed_once() -> None:
    subjects = [each["subject"] for each in rooms.listed_choices()]
    assert len(subjects) == len(set(subjects)) > 80
    for room in PACKAGES:
        assert any(room.service in subject for subject in subjects)
