"""Airflow provider that creates resources on Alibaba Cloud and Huawei Cloud.

Every Airflow process imports this module to learn that the provider exists, so it imports nothing heavy: the
description itself is read from :mod:`airflow_provider_cloudflows.provider_info` when Airflow asks for it.
"""

from __future__ import annotations

from typing import Any

__all__ = ["__version__", "get_provider_info"]

__version__ = "0.1.0"


def get_provider_info() -> dict[str, Any]:
    """Return what Airflow knows about this provider (entry point ``apache_airflow_provider``)."""
    from airflow_provider_cloudflows.provider_info import provider_info

    return provider_info()
