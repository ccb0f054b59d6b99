"""Operator that sends any operation of Alibaba Cloud."""

from __future__ import annotations

from airflow_provider_cloudflows.operators.any_request import AlibabaRequestOperator
from airflow_provider_cloudflows.operators.api import ApiOperator

__all__ = ["AlibabaCloudApiOperator"]


class AlibabaCloudApiOperator(AlibabaRequestOperator, ApiOperator):
    """Send any operation of the RPC style, and return its answer or a value in it.

    For what has no operator of its own. The request is signed, sent and judged like the ones that have a model; its
    parameters are the author's own business, and nothing checks them before the service does.
    """
