"""Measure the export of a session: `python -m tests.bench.exporting`, from the repository's root.

100,000 events of a file as NDJSON. Beside it jq, which does no more than read the file and write
its events, a line each; run in turns, so that the ratio means something even where it is slow or
busy. Nothing here fails: read the table.
"""

from __future__ import annotations

import argparse
import compileall
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Final, NamedTuple

import eventview
from tests.bench.__main__ import tiled
from tests.e2e.terminal import COMMAND

_MAXRSS_BYTES: Final = 1 if sys.platform == "darwin" else 1024


class Ran(NamedTuple):
    """Time and memory of a command."""

    seconds: float
    peak_bytes: int


def ran(command: list[str]) -> Ran:
    """Run a command to its end, its output thrown away."""
    to_nowhere = (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)
    start = perf_counter()
    process = os.posix_spawn(command[0], command, os.environ, file_actions=[to_nowhere])
    _, status, used = os.wait4(process, 0)
    seconds = perf_counter() - start
    assert os.waitstatus_to_exitcode(status) == 0, command
    return Ran(seconds, used.ru_maxrss * _MAXRSS_BYTES)


def row(name: str, runs: Sequence[Ran], file_bytes: int) -> None:
    """Print one line of the table."""
    peak = max(run.peak_bytes for run in runs) / file_bytes
    seconds = [run.seconds for run in runs]
    middle_ms, least_ms = median(seconds) * 1000, min(seconds) * 1000
    print(
        f"{name:26} median {middle_ms:7.0f} ms   least {least_ms:7.0f} ms   "
        f"peak {peak:4.1f} × the file"
    )


def main() -> None:
    """Measure both in turns and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.exporting")
    parser.add_argument("--runs", type=int, default=5, help="how often each is run (5)")
    parser.add_argument("--events", type=int, default=100_000)
    options = parser.parse_args()
    jq = shutil.which("jq")
    # As an installation does; an environment may forbid Python to do it by itself.
    compileall.compile_dir(Path(eventview.__file__).parent, quiet=1)
    with tempfile.TemporaryDirectory() as folder:
        # In a process of its own: a command's peak is at least that of whoever starts it.
        with ProcessPoolExecutor(1) as maker:
            file = maker.submit(tiled, Path(folder), options.events).result()
        file_bytes = file.stat().st_size
        commands = [[COMMAND, str(file), "--format", "ndjson"]]
        if jq is not None:
            commands.append([jq, "-c", ".data[]", str(file)])
        turns = [[ran(command) for command in commands] for _ in range(options.runs)]
    ours, *others = zip(*turns, strict=True)
    print(f"{options.events:,} events, {file_bytes / 1e6:.1f} MB")
    row("eventview --format ndjson", ours, file_bytes)
    print(f"{'':26} aim: peak under 6")
    for theirs in others:
        row("jq -c '.data[]'", theirs, file_bytes)
        own, other = ([run.seconds for run in runs] for runs in (ours, theirs))
        of_medians, of_least = median(own) / median(other), min(own) / min(other)
        print(f"ratio {of_medians:.2f} of the medians, {of_least:.2f} of the least; at most 1")
    if jq is None:
        print("jq is not installed: there is nothing to compare with")


if __name__ == "__main__":
    main()
