"""Secrets become known to Airflow's masker the moment they are read, or obtained."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from airflow.sdk.log import mask_secret

__all__ = ["amask_secrets", "mask_secrets"]


def mask_secrets(secrets: Iterable[str]) -> None:
    """Register ``secrets`` with Airflow's masker, from blocking code and from an event loop alike."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        for secret in secrets:
            mask_secret(secret)
        return
    for secret in secrets:
        task = loop.create_task(_amask_secret(secret))
        _masking.add(task)  # the event loop itself keeps no hold of a task
        task.add_done_callback(_masking.discard)


_masking: set[asyncio.Task[None]] = set()


async def amask_secrets(secrets: Iterable[str]) -> None:
    """Like :func:`mask_secrets`, on the running event loop; returns when the secrets are masked."""
    for secret in secrets:
        await _amask_secret(secret)


async def _amask_secret(secret: str) -> None:
    try:
        from airflow.sdk.log import amask_secret
    except ImportError:  # Airflow 3.1 and 3.2
        mask_secret(secret)
    else:
        await amask_secret(secret)
