"""Sensor that looks by any operation of Alibaba Cloud."""

from __future__ import annotations

from airflow_provider_cloudflows.operators.any_request import AlibabaRequestOperator
from airflow_provider_cloudflows.sensors.api import ApiSensor

__all__ = ["AlibabaCloudApiSensor"]


class AlibabaCloudApiSensor(AlibabaRequestOperator, ApiSensor):
    """Wait until an operation of the RPC style, which reads, shows a state that is wanted."""
