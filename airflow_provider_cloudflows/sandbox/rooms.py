"""The rooms of the sandbox, listed in this place only, and what is collected from all of them.

A new service is one more line here; a new operation is in its resource module and nowhere else.
"""

from __future__ import annotations

from typing import Any

from airflow_provider_cloudflows.sandbox import (
    alibaba_sts,
    bpstudio,
    choices,
    dataworks,
    fabric,
    huawei_login,
    huawei_sts,
    secmaster,
)
from airflow_provider_cloudflows.sandbox.operations import Resource
from airflow_provider_cloudflows.sandbox.room import Room
from airflow_provider_cloudflows.sandbox.state import Store
from airflow_provider_cloudflows.sandbox.world import Cloud

ROOMS: tuple[Room, ...] = (
    dataworks.ROOM,
    bpstudio.ROOM,
    alibaba_sts.ROOM,
    secmaster.ROOM,
    fabric.ROOM,
    huawei_login.ROOM,
    huawei_sts.ROOM,
)
RESOURCES: dict[str, tuple[Cloud, Resource]] = {
    resource.kind: (room.cloud, resource) for room in ROOMS for resource in room.resources
}


def of_cloud(cloud: Cloud) -> tuple[Room, ...]:
    """The rooms behind one gateway."""
    return tuple(room for room in ROOMS if room.cloud == cloud)


def seed(store: Store) -> None:
    """Put into an empty store what exists at birth."""
    for room in ROOMS:
        room.seed(store)


def listed_choices() -> list[dict[str, Any]]:
    """The choices of the whole sandbox as JSON: the common ones, then room by room."""
    modules = (choices, *(room.choices for room in ROOMS if room.choices is not None))
    return [each for module in modules for each in choices.listing(vars(module))]
