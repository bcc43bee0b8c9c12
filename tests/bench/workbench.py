"""The commands to measure, the files to give them, and turns of runs."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Final, NamedTuple

from tests.bench import sessions
from tests.bench.picture import Chart
from tests.bench.programs import Program, Sample, TooLateError, run
from tests.bench.results import Result, Section, Series

BARE_APP: Final = """
from textual.app import App
from textual.widgets import Label
class Bare(App):
    def compose(self):
        yield Label("one label")
Bare().run()
"""

Measure = Callable[[], Sample]


@dataclass(frozen=True)
class Workbench:
    """The command to measure, and all that it takes.

    Attributes:
        command: The eventview to measure.
        python: Its interpreter, which has Textual and httpx.
        peers: Paths of other programs, by name.
        folder: For the files of events; also the home of all that is run.
        runs: How often each thing is run.
        sizes: Numbers of events, ascending.
    """

    command: str
    python: str
    peers: Mapping[str, str]
    folder: Path
    runs: int
    sizes: Sequence[int]

    @property
    def few_runs(self) -> int:
        """Runs of what takes long."""
        return max(2, self.runs // 2)

    @property
    def small(self) -> int:
        """The size that others are compared with: 1,000."""
        return 1_000

    @property
    def large(self) -> int:
        """The size that the keys are tried at: 100,000, or the largest of a quick run."""
        return max(size for size in self.sizes if size <= 100_000)

    @property
    def environment(self) -> Mapping[str, str]:
        """Homes of their own, so that nobody's configuration or history counts."""
        home = str(self.folder)
        return {"HOME": home, "XDG_CONFIG_HOME": home, "EVENTVIEW_CACHE": home}

    def file(self, count: int) -> str:
        """Return a file of so many events."""
        return str(sessions.v1_file(self.folder, count))

    def lines(self, count: int) -> str:
        """Return a file with an event a line."""
        return str(sessions.lines_file(self.folder, count))

    def open(
        self, *command: str, size: tuple[int, int] = (80, 24), more: Mapping[str, str] | None = None
    ) -> AbstractContextManager[Program]:
        """Start a program in a terminal."""
        return Program(command, size=size, environment={**self.environment, **(more or {})})

    def shown(self, text: str, *command: str, more: Mapping[str, str] | None = None) -> Measure:
        """Return the measure of a program until it shows a text."""

        def measure() -> Sample:
            with self.open(*command, more=more) as program:
                return program.sample(program.until(text))

        return measure

    def ended(self, *command: str) -> Measure:
        """Return the measure of a program without a terminal until it ends."""
        return partial(run, command, environment=self.environment)

    def first_row(self, count: int) -> Measure:
        """Return the measure of eventview until the second row of a file."""
        return self.shown(sessions.SECOND_ROW, self.command, self.file(count))

    def bare_app(self) -> Measure:
        """Return the measure of a Textual app with one label until it is shown."""
        return self.shown("one label", self.python, "-c", BARE_APP)


class Subject(NamedTuple):
    """A program and the size of the session it is given; 0 for none."""

    program: str
    events: int = 0

    def __str__(self) -> str:
        return f"{self.program}, {self.events:,} events" if self.events else self.program


class Comparison:
    """Measures that are run in turns: all of them once before any is run again.

    What does not end as it should is left out, and told in the section.
    """

    def __init__(self, section: Section, runs: int, measures: Mapping[Subject, Measure]) -> None:
        self._section = section
        left = dict(measures)
        self._samples: dict[Subject, list[Sample]] = {subject: [] for subject in left}
        for turn in range(runs):
            for subject, measure in list(left.items()):
                print(f"  {turn + 1}/{runs} {subject}\x1b[K", end="\r", file=sys.stderr, flush=True)
                try:
                    sample = measure()
                except TooLateError as error:
                    reason = f"has not shown {error}"
                else:
                    self._samples[subject].append(sample)
                    reason = f"has ended with exit code {sample.code}" if sample.code else ""
                if reason:
                    section.missing.append(f"{subject}, which {reason}.")
                    del left[subject], self._samples[subject]

    def __contains__(self, subject: Subject) -> bool:
        return subject in self._samples

    def __getitem__(self, subject: Subject) -> Sequence[Sample]:
        return self._samples[subject]

    def add(self, own: Subject, beside: Subject | None = None, aim: float | None = None) -> None:
        """Add a row of the time of a subject, and of another one beside it, if both were run."""
        if own in self and (beside is None or beside in self):
            other = None if beside is None else self.series(beside)
            self._section.results.append(Result(self.series(own), other, aim=aim))

    def add_memory(self, own: Subject, aim: float | None = None) -> None:
        """Add a row of the most memory that a subject has held."""
        if own in self:
            peaks = [sample.peak_bytes for sample in self[own]]
            self._section.results.append(
                Result(Series(f"memory of {own}", peaks), unit="MB", aim=aim)
            )

    def series(self, subject: Subject) -> Series:
        """Return the times of a subject, with its processor time."""
        samples = self[subject]
        return Series(
            str(subject), [sample.wall_s for sample in samples],
            [sample.cpu_s for sample in samples],
        )  # fmt: skip

    def chart(
        self, title: str, unit: str, programs: Iterable[str], figure: Callable[[Sample], float]
    ) -> None:
        """Add lines of the medians of a figure against the number of events."""
        lines: dict[str, list[tuple[float, float]]] = {program: [] for program in programs}
        for subject, samples in self._samples.items():
            if subject.program in lines and subject.events:
                middle = median(map(figure, samples))
                lines[subject.program].append((subject.events, middle))
        self._section.charts.append(Chart(title, unit, lines))


def compile_modules(python: str) -> None:
    """Compile eventview as an installation does: an environment may forbid Python to do it."""
    script = (
        "import compileall, eventview, pathlib;"
        "compileall.compile_dir(pathlib.Path(eventview.__file__).parent, quiet=1)"
    )
    run([python, "-c", script], environment=os.environ)
