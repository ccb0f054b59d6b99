"""Sensor that looks by any operation of Huawei Cloud."""

from __future__ import annotations

from airflow_provider_cloudflows.operators.any_request import HuaweiRequestOperator
from airflow_provider_cloudflows.sensors.api import ApiSensor

__all__ = ["HuaweiCloudApiSensor"]


class HuaweiCloudApiSensor(HuaweiRequestOperator, ApiSensor):
    """Wait until an operation of the REST style, which reads, shows a state that is wanted."""
