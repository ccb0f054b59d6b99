"""A link whose address the operator worked out and pushed: the web server only reads it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.sdk import BaseOperatorLink

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator
    from airflow.sdk.types import TaskInstanceKey

__all__ = ["CONSOLE_URL", "ConsoleLink"]

CONSOLE_URL = "console_url"
"""XCom key of the address."""


class ConsoleLink(BaseOperatorLink):
    """Opens the vendor's console where the created resource is; empty until the task has run."""

    def get_link(self, operator: BaseOperator, *, ti_key: TaskInstanceKey) -> str:
        """Return the address that the task pushed, or an empty text."""
        from airflow.providers.common.compat.sdk import XCom  # moved between versions; no DAG file needs it

        return XCom.get_value(key=CONSOLE_URL, ti_key=ti_key) or ""
