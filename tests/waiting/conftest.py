"""Fixtures of the tests of waiting."""

from __future__ import annotations

from tests.supervisor import as_in_a_task

__all__ = ["as_in_a_task"]
