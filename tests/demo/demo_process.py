"""The demo as a process: what it prints, goes to files; what it starts, carries a mark; what it leaves, is found."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.demo.leftovers import MARK, all_gone

ROOT = Path(__file__).parents[2]


@dataclass
class Demo:
    """A demo process, its printed lines in files, and its mark on all that it starts."""

    process: subprocess.Popen[bytes]
    folder: Path
    mark: str

    @property
    def out(self) -> str:
        return (self.folder / "out").read_text()

    @property
    def err(self) -> str:
        return (self.folder / "err").read_text()

    def wait_until(self, what: Callable[[], object], seconds: float = 90, every: float = 0.05) -> None:
        deadline = time.monotonic() + seconds
        while not what():
            assert self.process.poll() is None, f"The demo ended early:\n{self.out}{self.err}"
            assert time.monotonic() < deadline, f"Not within {seconds} s:\n{self.out}{self.err}"
            time.sleep(every)

    def end(self, seconds: float) -> int:
        return self.process.wait(seconds)


@contextmanager
def starting_demos(folder: Path) -> Iterator[Callable[..., Demo]]:
    """Gives a function that starts a demo with its temporary files in ``folder``; ends what it started."""
    demos = []

    def start(*arguments: str | Path, **more_env: str) -> Demo:
        mark = uuid.uuid4().hex
        command = [sys.executable, "-m", "airflow_provider_cloudflows.demo", *map(str, arguments)]
        env = {**os.environ, MARK: mark, "TMPDIR": str(folder), **more_env}
        with (folder / "out").open("wb") as out, (folder / "err").open("wb") as err:
            demos.append(Demo(subprocess.Popen(command, stdout=out, stderr=err, cwd=ROOT, env=env), folder, mark))
        return demos[-1]

    yield start
    for demo in demos:
        demo.process.terminate()
        demo.process.wait(30)


def leftovers(demo: Demo) -> list[str]:
    """Return processes and temporary folders that outlived the demo."""
    return all_gone(demo.mark) + [str(path) for path in demo.folder.glob("*-*")]
