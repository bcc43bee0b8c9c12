"""Measure the speed of eventview here: `python -m tests.bench`, from the root of the repository.

Times whole commands in a pseudo-terminal, what is compared run in turns on the same machine, so
that the ratios mean something even where it is slow or busy. Nothing here fails: read the table.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import random
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter, sleep

import pexpect

from eventview.analysis.analysis import Analysis
from eventview.cli.main import GC_THRESHOLD
from eventview.query.query import Query
from eventview.render import rows
from eventview.render.histogram import build_histogram
from eventview.view.view import View
from eventview.view.view_options import ViewOptions
from tests.conftest import CHECKOUT, recorded
from tests.e2e.terminal import COMMAND, PATIENCE_S

BARE_APP = """
from textual.app import App
from textual.widgets import Label
class Bare(App):
    def compose(self):
        yield Label("one label")
Bare().run()
"""


def tiled(folder: Path, count: int) -> Path:
    """A file of so many events: the recorded checkout, over and over, one after the other."""
    recorded = json.loads(CHECKOUT.read_bytes())["data"]
    lasts_ms = max(event["timestamp"] for event in recorded) - recorded[0]["timestamp"] + 1000
    events = [
        {
            **recorded[number % len(recorded)],
            "messageId": number,
            "timestamp": recorded[number % len(recorded)]["timestamp"]
            + lasts_ms * (number // len(recorded)),
        }
        for number in range(count)
    ]
    file = folder / f"{count}.json"
    file.write_text(json.dumps({"data": events}), "utf-8")
    return file


def started(command: str, *arguments: str) -> pexpect.spawn[bytes]:
    """A command in a terminal of 80x24."""
    child: pexpect.spawn[bytes] = pexpect.spawn(
        command, list(arguments), dimensions=(24, 80), timeout=PATIENCE_S, maxread=65536,
        env={**os.environ, "TERM": "xterm-256color"},
    )  # fmt: skip
    child.delaybeforesend = None
    return child


def until_shown(text: str, command: str, *arguments: str) -> float:
    """Seconds from starting a command until it shows a text."""
    start = perf_counter()
    child = started(command, *arguments)
    child.expect_exact(text.encode())
    seconds = perf_counter() - start
    child.close(force=True)
    return seconds


def until_ended(command: str, *arguments: str) -> float:
    """Seconds from starting a command until it has ended."""
    start = perf_counter()
    child = started(command, *arguments)
    child.expect(pexpect.EOF)
    seconds = perf_counter() - start
    child.close(force=True)
    return seconds


class Browsing:
    """A session held open, to press keys in."""

    def __init__(self, file: Path, count: int) -> None:
        self._total = f"{count:,}"
        self._child = started(COMMAND, str(file))
        # The footer comes last, or nearly so; what is timed afterwards is the key alone.
        awaited = [b"row 1 of ", b"quit"]
        while awaited:
            awaited.pop(self._child.expect_exact(awaited))

    def cursor_key(self) -> float:
        """Seconds until a cursor key has moved the cursor."""
        return self._until("j", "▸")

    def letter(self, letter: str) -> float:
        """Seconds until a letter typed into the filter prompt has had its effect."""
        # Said in the title and beside the prompt.
        return self._until(letter, *[f"of {self._total} shown"] * 2)

    def open_filter(self) -> None:
        """Open the prompt."""
        self._until("&", "Esc")

    def _until(self, keys: str, *texts: str) -> float:
        # Not in step with the clock by which Textual paints, 60 times a second: what is measured
        # would be where in the beat the key comes.
        sleep(random.uniform(0.05, 0.1))  # noqa: S311  # no secret hangs on it
        start = perf_counter()
        self._child.send(keys)
        for text in texts:
            self._child.expect_exact(text.encode())
        return perf_counter() - start

    def close(self) -> None:
        """End the session's program."""
        self._child.close(force=True)


def in_turns(runs: int, *measures: Callable[[], float]) -> Sequence[float]:
    """The median of each measure, all run once before any is run again."""
    taken = [[measure() for measure in measures] for _ in range(runs)]
    return [median(column) for column in zip(*taken, strict=True)]


def row(name: str, seconds: float, *, beside: str = "", other: float = 0, aim: str = "") -> None:
    """Print one line of the table."""
    ratio = f"{seconds / other:5.2f} × {other * 1000:7.1f} ms {beside}" if beside else ""
    print(f"{name:34} {seconds * 1000:8.1f} ms  {ratio:45} {aim}".rstrip(), flush=True)


def read(file: Path) -> float:
    """Seconds to read a file's events into a session, in this process."""
    start = perf_counter()
    recorded(file)
    return perf_counter() - start


def understood(file: Path) -> float:
    """Seconds from having a file's events to signals, visits, strip and filter counts."""
    session = recorded(file)
    start = perf_counter()
    view = View(Analysis(session), ViewOptions(are_runs_rolled=True))
    for needed in (
        session.visits,
        view.rows,
        view.silence_lines,
        build_histogram(Analysis(session), 118).cells,
    ):
        assert needed  # what is timed must have something to do
    rows.describe_counts(
        view.through(ViewOptions(filter=Query.parse("is:severe"), are_runs_rolled=True))
    )
    return perf_counter() - start


def main() -> None:
    """Measure everything and print the table."""
    gc.set_threshold(*GC_THRESHOLD)
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("--runs", type=int, default=11, help="how often each is run (11)")
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder:
        small, large = (tiled(Path(folder), count) for count in (1_000, 100_000))
        version, python = in_turns(
            runs,
            lambda: until_ended(COMMAND, "--version"),
            lambda: until_ended(sys.executable, "-c", "pass"),
        )
        row("--version", version, beside="python -c pass", other=python)
        opened, bare = in_turns(
            runs,
            lambda: until_shown("+0:02.057", COMMAND, str(small)),
            lambda: until_shown("one label", sys.executable, "-c", BARE_APP),
        )
        aim = "at most 1.6"
        row("first rows of 1,000 events", opened, beside="a bare Textual app", other=bare, aim=aim)
        (opened,) = in_turns(
            max(3, runs // 2), lambda: until_shown("+0:02.057", COMMAND, str(large))
        )
        row("first rows of 100,000 events", opened, aim="at most 1500 ms")
        many, few = Browsing(large, 100_000), Browsing(small, 1_000)
        in_turns(5, many.cursor_key, few.cursor_key)
        of_many, of_few = in_turns(20 * runs, many.cursor_key, few.cursor_key)
        aim = "at most 1.2"
        row("cursor key, 100,000 events", of_many, beside="1,000 events", other=of_few, aim=aim)
        understanding, reading = in_turns(
            max(3, runs // 2), lambda: understood(large), lambda: read(large)
        )
        row(
            "signals, visits, strip, counts",
            understanding,
            beside="reading 100,000 events",
            other=reading,
            aim="at most 333 ms",
        )
        many.open_filter()
        # The texts of all events are gathered in the background meanwhile.
        sleep(1)
        for name, letter in (("first", "j"), ("second", "a"), ("third", "c")):
            took = many.letter(letter)
            row(f"{name} letter of a filter, 100,000", took, aim="at most 50 ms")
        many.close()
        few.close()


if __name__ == "__main__":
    main()
