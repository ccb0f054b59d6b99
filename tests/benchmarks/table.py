"""One row of the benchmark table, and how the table is printed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from operator import truediv
from statistics import median

__all__ = ["Contest", "Row", "interleaved", "show"]


@dataclass(frozen=True)
class Row:
    """:param what: what was measured.
    :param figure: ours, in ``unit``.
    :param beside: the official SDK's, in the same unit, or None.
    :param limit: what ``judged`` must not exceed, in ``limit_unit``; None for a row without a limit.
    :param judged: the figure that the limit is about, where it is not ``figure`` itself."""

    what: str
    figure: float
    unit: str
    beside: float | None = None
    limit: float | None = None
    judged: float | None = None

    @property
    def is_over(self) -> bool:
        value = self.figure if self.judged is None else self.judged
        return self.limit is not None and value > self.limit

    def cells(self) -> tuple[str, ...]:
        of_figures = self.figure / self.beside if self.beside else None
        ratio = of_figures if self.judged is None else self.judged
        limit = "" if self.limit is None else f"{self.limit:.3g}{'x' if self.judged is not None else f' {self.unit}'}"
        return (
            self.what,
            _shown(self.figure, self.unit),
            "" if self.beside is None else _shown(self.beside, self.unit),
            "" if ratio is None else f"{ratio:.3g}x",
            limit,
            "" if self.limit is None else ("OVER" if self.is_over else "ok"),
        )


def _shown(value: float, unit: str) -> str:
    return f"{value:,.0f} {unit}" if value >= 100 else f"{value:.3g} {unit}"


HEADINGS = ("what", "this provider", "official SDK", "ratio", "limit", "")


def show(rows: Iterable[Row]) -> str:
    """Return the rows as a table in Markdown, so that it can be pasted as it is."""
    lines = [HEADINGS, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    texts = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in lines
    ]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([texts[0], rule, *texts[1:]])


@dataclass(frozen=True)
class Contest:
    """:param medians: of each contestant, by its name.
    :param ratios: of the first contestant to each, the median over the rounds. What slows the machine down for a while
        hits both sides of a round, where two medians may come from different whiles."""

    medians: dict[str, float]
    ratios: dict[str, float]


def interleaved(contestants: dict[str, Callable[[], float]], rounds: int) -> Contest:
    """Let the contestants take turns, each round in the other order."""
    names = list(contestants)
    results: dict[str, list[float]] = {name: [] for name in names}
    for number in range(rounds):
        for name in names if number % 2 else reversed(names):
            results[name].append(contestants[name]())
    first = results[names[0]]
    return Contest(
        {name: median(values) for name, values in results.items()},
        {name: median(map(truediv, first, values)) for name, values in results.items()},
    )
