"""Tests of your own DAGs: a pytest plugin with both clouds played on this machine, and asserts for what is promised.

Install ``airflow-provider-cloudflows[testing]``; pytest finds the fixtures by itself. ``docs/testing.md`` shows them.
"""

from __future__ import annotations

from airflow_provider_cloudflows.testing.asserts import (
    assert_calls_at_most,
    assert_exactly_once,
    assert_no_secret,
    assert_torn_down,
)

__all__ = ["assert_calls_at_most", "assert_exactly_once", "assert_no_secret", "assert_torn_down"]
