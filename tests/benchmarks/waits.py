"""What thousands of waits cost in one real triggerer, beside what as many single polls would."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.benchmarks.table import Row
from tests.waiting.many import WATCHED, measure

__all__ = ["rows"]


def rows(waits: int) -> list[Row]:
    """Return the rows for ``waits`` waits; takes minutes for each thousand of them."""
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(waits, Path(folder))
    what = f"{waits:,} waits"
    return [
        Row(f"{what}: lag of the event loop, 99th percentile", figures.lag * 1000, "ms", limit=50.0),
        Row(f"{what}: connections to the cloud", figures.sockets, "sockets", limit=9.0),
        Row(f"{what}: calls in {WATCHED:g} s (beside single polls)", figures.calls, "calls", figures.single),
        Row(f"{what}: memory for each", figures.kib, "KiB"),
        Row(f"{what}: kill -9 until the next triggerer has all", figures.adopted, "s"),
        Row(f"{what}: all runs end at once, until all tasks go on", figures.ended, "s"),
    ]
