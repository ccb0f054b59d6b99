"""Two thousand waits in one real triggerer, which is killed meanwhile; ``make bench`` does it with ten thousand."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.waiting.many import measure

WAITS = 2000

pytestmark = [
    pytest.mark.xdist_group("triggerer"),
    pytest.mark.skipif("CLOUDFLOWS_LONG" not in os.environ, reason="minutes: make faults and make bench run it"),
]


def test_one_triggerer_carries_them_with_few_calls(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    figures = measure(WAITS, tmp_path)
    with capsys.disabled():
        print(f"\n{figures}", end="")
    assert figures.lag < 0.050
    assert figures.sockets <= 9  # one pool: the list, and eight reads by id at once
    assert figures.calls < figures.single / 10
