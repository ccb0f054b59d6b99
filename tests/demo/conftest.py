"""The throw-away Airflow and the sandbox that the tests in this folder share."""

from tests.demo.shared_airflow import shared_airflow, shared_sandbox

__all__ = ["shared_airflow", "shared_sandbox"]
