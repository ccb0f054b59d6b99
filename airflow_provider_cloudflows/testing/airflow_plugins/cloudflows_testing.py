"""Tells an Airflow that was started for tests what goes along with it; Airflow reads this file as a plugin."""

from __future__ import annotations

from airflow.plugins_manager import AirflowPlugin

from airflow_provider_cloudflows.testing import in_airflow


class CloudflowsTesting(AirflowPlugin):
    """Listens for tasks that are about to run."""

    name = "cloudflows_testing"
    listeners = [in_airflow]
