"""Operator that sends any operation of Huawei Cloud."""

from __future__ import annotations

from airflow_provider_cloudflows.operators.any_request import HuaweiRequestOperator
from airflow_provider_cloudflows.operators.api import ApiOperator

__all__ = ["HuaweiCloudApiOperator"]


class HuaweiCloudApiOperator(HuaweiRequestOperator, ApiOperator):
    """Send any operation of the REST style, and return its answer or a value in it.

    For what has no operator of its own. The request is signed, sent and judged like the ones that have a model; its
    parameters are the author's own business, and nothing checks them before the service does.
    """
