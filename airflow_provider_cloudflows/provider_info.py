"""What Airflow learns about this provider without importing the rest of it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from airflow_provider_cloudflows.forms import ALIBABA_TYPE, FORM_BEHAVIOUR, FORM_FIELDS, HUAWEI_TYPE

__all__ = ["provider_info"]

PACKAGE = "airflow_provider_cloudflows"
HERE = Path(__file__).parent
LINK_CLASS = r"(?m)^class (\w+)\(ConsoleLink\)"
ALIBABA = "Alibaba Cloud"
HUAWEI = "Huawei Cloud"
SERVICES = {
    "DataWorks": "dataworks",
    "Cloud Architect Design Tools (BPStudio)": "bpstudio",
    "SecMaster": "secmaster",
    "DataArts Fabric": "fabric",
}
FOLDERS = {ALIBABA: "alibaba", HUAWEI: "huawei", **SERVICES}
"""Where the modules of an integration are; those of a whole cloud work with any of its services."""


def provider_info() -> dict[str, Any]:
    """Return the provider's description; Airflow validates it against ``provider_info.schema.json``."""
    from airflow_provider_cloudflows import __version__

    return {
        "package-name": "airflow-provider-cloudflows",
        "name": "Cloudflows",
        "description": (
            "Creates, runs, waits for and deletes on Alibaba Cloud and Huawei Cloud: DataWorks workflows and data "
            "service groups, BPStudio tasks, SecMaster workflows, DataArts Fabric workspaces and jobs."
        ),
        "versions": [__version__],
        "integrations": [{"integration-name": name, "tags": ["service"]} for name in (ALIBABA, HUAWEI, *SERVICES)],
        "connection-types": [
            _connection_type(ALIBABA_TYPE, f"{ALIBABA} (cloudflows)", f"{PACKAGE}.hooks.alibaba.AlibabaCloudHook"),
            _connection_type(HUAWEI_TYPE, f"{HUAWEI} (cloudflows)", f"{PACKAGE}.hooks.huawei.HuaweiCloudHook"),
        ],
        "hooks": [
            {"integration-name": ALIBABA, "python-modules": [f"{PACKAGE}.hooks.alibaba"]},
            {"integration-name": HUAWEI, "python-modules": [f"{PACKAGE}.hooks.huawei"]},
        ],
        "cli": [f"{PACKAGE}.cli.definition.commands"],
        "operators": [
            {"integration-name": name, "python-modules": _modules(f"operators/{folder}")}
            for name, folder in FOLDERS.items()
        ],
        "sensors": [
            {"integration-name": name, "python-modules": modules}
            for name, folder in FOLDERS.items()
            if (modules := _modules(f"sensors/{folder}"))
        ],
        "triggers": [
            {"integration-name": name, "python-modules": [f"{PACKAGE}.triggers.wait"]} for name in (ALIBABA, HUAWEI)
        ],
        "extra-links": _links(),
    }


def _modules(folder: str) -> list[str]:
    """Return the modules in a folder of the package, by their files: importing them would cost every process."""
    place = f"{PACKAGE}.{folder.replace('/', '.')}"
    return [f"{place}.{file.stem}" for file in sorted((HERE / folder).glob("*.py")) if file.stem != "__init__"]


def _links() -> list[str]:
    """Return the link classes, read off the text of their modules for the same reason."""
    return [
        f"{PACKAGE}.links.{file.stem}.{name}"
        for file in sorted((HERE / "links").glob("*.py"))
        for name in re.findall(LINK_CLASS, file.read_text(encoding="utf-8"))
    ]


def _connection_type(name: str, title: str, hook_class: str) -> dict[str, Any]:
    return {
        "connection-type": name,
        "hook-class-name": hook_class,
        "hook-name": title,
        "ui-field-behaviour": FORM_BEHAVIOUR[name],
        "conn-fields": FORM_FIELDS[name],
    }
