"""The vendors' own pages on an operation, and what they publish about how often it may be called.

The docstrings name the pages; the addresses follow from the names. On Alibaba Cloud every operation of an API version
has a page of one pattern. On Huawei Cloud the pages are named after the operations of the SDK, and only the operations
listed here have one; the docstrings of the others say that the official SDK is all there is.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from functools import cache
from typing import Any

from airflow_provider_cloudflows import services
from airflow_provider_cloudflows.calls.call import Call
from airflow_provider_cloudflows.calls.service import Service
from airflow_provider_cloudflows.services.bpstudio.service import BPSTUDIO
from airflow_provider_cloudflows.services.dataworks.service import DATAWORKS
from airflow_provider_cloudflows.services.fabric.service import FABRIC
from airflow_provider_cloudflows.services.secmaster.service import SECMASTER
from tests.reference.catalogue import Entry, provider_bases
from tests.reference.docstrings import text

__all__ = ["SERVICES", "operations", "quota", "vendor_pages"]

SERVICES: dict[str, Service] = {
    "dataworks": DATAWORKS,
    "bpstudio": BPSTUDIO,
    "secmaster": SECMASTER,
    "fabric": FABRIC,
}

ALIBABA_PAGE = "https://www.alibabacloud.com/help/en/{product}/developer-reference/api-{api}-{version}-{operation}"
ALIBABA_PRODUCTS = {"dataworks": ("dataworks", "dataworks-public"), "bpstudio": ("cadt", "bpstudio")}
HUAWEI_PAGE = "https://support.huaweicloud.com/intl/en-us/api-{service}/{operation}.html"
HUAWEI_PAGES = {
    "Creating a Workflow": ("secmaster", "CreateAopWorkflow"),
    "Deleting a Workflow": ("secmaster", "DeleteAopWorkflow"),
    "Creating a Workspace": ("fabric", "CreateWorkspace"),
    "Deleting a Workspace": ("fabric", "DeleteWorkspace"),
}
SDK_PAGES = {
    "secmaster": "https://support.huaweicloud.com/intl/en-us/api-secmaster/",
    "fabric": "https://support.huaweicloud.com/intl/en-us/api-fabric/",
}
GENERAL = {
    "alibaba": "[OpenAPI of all products](https://api.alibabacloud.com/)",
    "huawei": "[API references of all services](https://support.huaweicloud.com/intl/en-us/)",
}

QUOTAS = {
    "dataworks": (
        "for each account and region, [by edition](https://alibabacloud.com/help/en/dataworks/api): 5 calls a second, "
        "Basic 100 a day, Standard 100,000 and Professional 500,000 a month free of charge; Enterprise 50 reads and 20 "
        "writes a second, 1,000,000 a month free of charge (until 2025 the vendor's page said 1,000 and 10,000 a day "
        "for Standard and Professional)"
    ),
    "bpstudio": "the vendor publishes none for these calls",
    "secmaster": "200 calls a second for each operation, the default of the vendor's gateway",
    "fabric": "200 calls a second for each operation, the default of the vendor's gateway",
}
EMPHASISED = re.compile(r"(?<!\*)\*([^*\s][^*]*)\*(?!\*)")


def quota(entry: Entry) -> str:
    """Return how often the vendor allows calls, and how often waits make them."""
    service = SERVICES.get(entry.folder)
    if service is None:
        return "that of the service whose operation you name"
    return f"{QUOTAS[entry.folder]}. All waits of one caller together make {service.rate:g} a second at the most."


def vendor_pages(entry: Entry) -> str:
    """Return the links to the vendor's pages that the docstring names."""
    if entry.folder in GENERAL:
        return GENERAL[entry.folder]
    named = EMPHASISED.findall(" ".join(text(entry.documented).split()))
    found = [link for name in dict.fromkeys(named) if (link := _link(entry, name))]
    return ", ".join(found) or _inherited(entry)


def _inherited(entry: Entry) -> str:
    """Return the page of the request that an operator sends whose docstring names none."""
    if not hasattr(entry.documented, "request_path"):
        return ""
    return _link(entry, entry.documented.request_type().operation)


def _link(entry: Entry, name: str) -> str:
    if name in HUAWEI_PAGES and HUAWEI_PAGES[name][0] == entry.folder:
        service, operation = HUAWEI_PAGES[name]
        return f"[{name}]({HUAWEI_PAGE.format(service=service, operation=operation)})"
    if name.islower() and "_" in name and entry.folder in SDK_PAGES:
        return f"`{name}` of the official SDK; [API reference of the service]({SDK_PAGES[entry.folder]})"
    versions = operations(entry.folder).get(name)
    if not versions or entry.folder not in ALIBABA_PRODUCTS:
        return ""
    product, api = ALIBABA_PRODUCTS[entry.folder]
    version = _spoken(entry.documented, versions)
    url = ALIBABA_PAGE.format(product=product, api=api, version=version, operation=name.lower())
    return f"[{name}]({url}) ({version})"


def _spoken(documented: type[Any], versions: frozenset[str]) -> str:
    """Return the version that a class speaks, of those that an operation has."""
    own = [getattr(base, "version", None) for base in provider_bases(documented)]
    return next((version for version in own if version in versions), min(versions))


@cache
def operations(folder: str) -> dict[str, frozenset[str]]:
    """Return the API versions that are modelled of each operation of a service."""
    found: dict[str, set[str]] = {}
    package = importlib.import_module(f"{services.__name__}.{folder}")
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        for one in vars(importlib.import_module(module.name)).values():
            name = getattr(one, "operation", None)
            if isinstance(one, type) and issubclass(one, Call) and isinstance(name, str):
                found.setdefault(name, set()).add(str(getattr(one, "version", "")))
    return {name: frozenset(versions) for name, versions in found.items()}
