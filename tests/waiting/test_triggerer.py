"""Two thousand waits in one real triggerer; ``make bench`` takes ten thousand, kills it, and lets all of them end.

An Airflow of its own and two thousand waits take a minute of processor time, so it belongs to ``make faults``. The
suite has what waits share in ``test_many_triggers.py``, and a real triggerer in ``tests/faults/test_deferred.py``.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.waiting.many import measure

WAITS = 2000

pytestmark = pytest.mark.skipif(
    "CLOUDFLOWS_LONG" not in os.environ, reason="a minute of processor time: make faults runs it"
)


def test_one_triggerer_carries_them_with_few_calls(tmp_path: Path) -> None:
    figures = measure(WAITS, tmp_path, watched=10.0, to_the_end=False)
    assert figures.lag < 1.0, figures  # other tests use the machine meanwhile; `make bench` asks for 50 ms
    assert figures.sockets <= 9, figures  # one pool: the list, and eight reads by id at once
    assert 0 < figures.calls < figures.single / 10, figures
