"""Figures that were measured, the aims they are held against, and the page that shows them."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from typing import Final, NamedTuple

from tests.bench.picture import Chart

UNITS: Final[Mapping[str, float]] = {"s": 1, "ms": 1000, "kB": 1e-3, "MB": 1e-6, "": 1}
"""Factors from seconds and bytes to what is printed."""


class Series(NamedTuple):
    """One figure of each run, in seconds, bytes or a number."""

    name: str
    runs: Sequence[float]
    cpu_s: Sequence[float] = ()
    """Processor time of each run, in seconds."""


@dataclass(frozen=True)
class Result:
    """One row of a table.

    Attributes:
        measured: What is judged.
        beside: What it is compared with, run in turns with it: the ratio is that of each turn.
        unit: A key of `UNITS`.
        aim: The most that the ratio may be or, without anything beside it, what is measured, in
            seconds, bytes or a number; None for no aim.
        is_worst: True if the largest must reach the aim, not only the median.
        note: What else there is to know.
    """

    measured: Series
    beside: Series | None = None
    unit: str = "ms"
    aim: float | None = None
    is_worst: bool = False
    note: str = ""

    @property
    def ratios(self) -> Sequence[float]:
        """The ratio of each turn; empty where nothing is compared."""
        if self.beside is None:
            return ()
        pairs = zip(self.measured.runs, self.beside.runs, strict=True)
        return [own / other for own, other in pairs if other]

    @property
    def is_met(self) -> bool | None:
        """True where the aim is reached; None where there is none."""
        if self.aim is None:
            return None
        judged = self.ratios if self.beside is not None else self.measured.runs
        figure = max if self.is_worst else median
        return bool(judged) and figure(judged) <= self.aim

    def cells(self) -> Sequence[str]:
        """The cells of its row, as `HEADS` names them."""
        ratios = self.ratios
        ratio = f"{median(ratios):.2f} ({min(ratios):.2f} – {max(ratios):.2f})" if ratios else ""
        aim = ""
        if self.aim is not None:
            is_ratio = self.beside is not None
            aim = f"≤ {self.aim:g} ×" if is_ratio else f"≤ {self._amount(self.aim)}"
        return (
            self.measured.name,
            self._amounts(self.measured),
            f"{self.beside.name}: {self._amounts(self.beside)}" if self.beside else "",
            ratio,
            self._cpu(),
            aim,
            {True: "yes", False: "**no**", None: ""}[self.is_met],
            self.note,
        )

    def _cpu(self) -> str:
        times = [
            median(series.cpu_s) * 1000
            for series in (self.measured, self.beside)
            if series and any(series.cpu_s)
        ]
        ratio = f" = {times[0] / times[1]:.2f}" if len(times) == 2 else ""
        return " / ".join(f"{time_ms:,.0f}" for time_ms in times) + ratio

    def _amounts(self, series: Series) -> str:
        middle = self._amount(median(series.runs))
        if len(series.runs) == 1:
            return middle
        return f"{middle} ({self._amount(min(series.runs))} – {self._amount(max(series.runs))})"

    def _amount(self, value: float) -> str:
        scaled = value * UNITS[self.unit]
        digits = 0 if scaled >= 100 or scaled == int(scaled) else 1 if scaled >= 10 else 2
        return f"{scaled:,.{digits}f} {self.unit}".rstrip()


HEADS: Final = ("what", "median (least – most)", "beside it", "ratio", "CPU ms", "aim", "met", "")


@dataclass
class Section:
    """A table with a title."""

    title: str
    results: list[Result] = field(default_factory=list)
    charts: list[Chart] = field(default_factory=list)
    """Curves of cost against size, for the picture."""
    missing: list[str] = field(default_factory=list)
    """What could not be measured, each with the reason."""


def percentile_95(values: Sequence[float]) -> float:
    """Return the figure that 95 of 100 do not exceed."""
    return quantiles(values, n=20, method="inclusive")[-1] if len(values) > 1 else values[0]


def render_page(
    sections: Iterable[Section], facts: Iterable[tuple[str, str]], *, picture: str
) -> str:
    """Return the whole page as Markdown.

    Args:
        sections: the tables.
        facts: names and values about the machine and the versions.
        picture: the picture's file name; "" for none.
    """
    lines = [
        "# Results of the benchmark",
        "",
        "Written by `python -m tests.bench`. What is compared ran in turns on one machine, each in",
        "a pseudo-terminal of 80x24 unless it says another size, from the start of the process to",
        "the bytes in the terminal. A ratio is the median of the turns, with its least and most;",
        "CPU is the processor time of what is measured and of what stands beside it.",
        "",
        *(f"- {name}: {value}" for name, value in facts),
        "",
    ]
    if picture:
        lines += [f"![Cost against the number of events]({picture})", ""]
    for section in sections:
        lines += [f"## {section.title}", ""]
        if section.results:
            lines += [_line(HEADS), _line(["---"] * len(HEADS))]
            lines += [_line(result.cells()) for result in section.results]
            lines.append("")
        lines += [f"- Not measured: {reason}" for reason in section.missing]
        lines += [""] if section.missing else []
    return "\n".join(lines)


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def describe_machine() -> Iterable[tuple[str, str]]:
    """Yield facts of this machine, but neither its name nor a path of it."""
    yield "date", f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    yield "system", f"{platform.system()} {platform.release()}, {platform.machine()}"
    yield "processor", f"{os.cpu_count()} × {_processor()}"
    if hasattr(os, "sysconf"):
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        yield "memory", f"{memory / 2**30:.0f} GiB"
    yield "load at the start", ", ".join(f"{load:.2f}" for load in os.getloadavg())


def _processor() -> str:
    facts = Path("/proc/cpuinfo")
    if facts.exists():
        for line in facts.read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"
