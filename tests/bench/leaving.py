"""Answers to ctrl+c, `q`, Esc and SIGTERM at several moments of whatever takes long."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Sequence
from time import monotonic, sleep
from typing import Final

from tests.bench.programs import Program, TooLateError, run
from tests.bench.results import Result, Section, Series
from tests.bench.sessions import SECOND_ROW, changed_file
from tests.bench.workbench import Workbench

_MOMENTS_S: Final = (0.05, 0.2, 0.4, 0.6, 1.0, 1.5)
"""After which each key or signal is sent."""

_AIM_S: Final = 0.1
_PATIENCE_S: Final = 20.0
"""Reported for what has not ended by then."""

_ENDLESS: Final = "/(a|aa)+$/"
"""An expression that does not end within the labels of a hostile session."""


def measure_leaving(bench: Workbench) -> Section:
    """Measure the end of the program after keys and signals."""
    section = Section("Ctrl+C, q, SIGTERM and Esc, at several moments")
    count = bench.large
    plain = bench.file(count)
    hostile = str(changed_file(bench.folder, count, "endless", 100, f"{'a' * 60}!"))

    def add(name: str, waits: Sequence[float]) -> None:
        if waits:
            section.results.append(Result(Series(name, waits), aim=_AIM_S, is_worst=True))
        else:
            section.missing.append(f"{name}, as it was done by then.")

    for size in dict.fromkeys((count, bench.sizes[-1])):
        for name, end in _ENDS.items():
            waits = _waits(bench, bench.file(size), (), end)
            add(f"{name} while {size:,} events load", waits)
    for name, end in _ENDS.items():
        for keys in (("/", _ENDLESS), ("y", "j")):
            if name != "q":
                waits = _waits(bench, hostile, keys, end)
                add(f"{name} after the keys {' '.join(keys)}", waits)
    add(f"Esc after the keys / {_ENDLESS}", _waits_for_escape(bench, hostile))
    output = str(bench.folder / "output")
    for arguments in (
        (plain, "--format", "json", "-o", output),
        (plain, "--format", "ndjson", "-o", output),
        (plain, "--redact", "--format", "json", "-o", output),
        (hostile, "--find", _ENDLESS, "--format", "csv", "-o", output),
        (plain, "--with", hostile, "--format", "json", "-o", output),
    ):
        shown = " ".join(word for word in arguments if not word.startswith(str(bench.folder)))
        waits = [
            wait
            for moment_s in _moments_s(bench)
            if (wait := _interrupted(bench, arguments, 0.3 + moment_s)) is not None
        ]
        add(f"ctrl+c in {shown.removesuffix(' -o')}", waits)
    return section


_ENDS: Final[dict[str, Callable[[Program], object]]] = {
    "ctrl+c": lambda program: program.press("\x03"),
    "q": lambda program: program.press("q"),
    "SIGTERM": lambda program: program.kill(signal.SIGTERM),
}


def _moments_s(bench: Workbench) -> Sequence[float]:
    return _MOMENTS_S if bench.runs > 2 else _MOMENTS_S[1::3]


def _at_work(program: Program, keys: Sequence[str], moment_s: float) -> None:
    """Press keys in an open session, and let some time go by; without keys, from the start."""
    if keys:
        program.until(SECOND_ROW)
        program.until_ready()
        for key in keys:
            program.press(key)
            program.settle(0.1, most_s=0.3)
    else:
        # Before it has a terminal of its own there is nothing that it could answer to.
        program.until("\x1b[?1049h")
    due = monotonic() + moment_s
    while (left := due - monotonic()) > 0:
        program.read(left)


def _waits(
    bench: Workbench, file: str, keys: Sequence[str], end: Callable[[Program], object]
) -> Sequence[float]:
    waits = []
    for moment_s in _moments_s(bench):
        with bench.open(bench.command, file) as program:
            try:
                _at_work(program, keys, moment_s)
            except TooLateError:
                continue
            sent = monotonic() - program.start
            end(program)
            try:
                waits.append(program.until_ended(_PATIENCE_S) - sent)
            except TooLateError:
                waits.append(_PATIENCE_S)
    return waits


def _waits_for_escape(bench: Workbench, file: str) -> Sequence[float]:
    waits = []
    for moment_s in _moments_s(bench):
        with bench.open(bench.command, file) as program:
            try:
                _at_work(program, ("/", _ENDLESS), moment_s)
            except TooLateError:
                continue
            pressed = program.press("\x1b")
            try:
                seen = program.until_seen(lambda text: _ENDLESS not in text, _PATIENCE_S)
                waits.append(seen - pressed)
            except TooLateError:
                waits.append(_PATIENCE_S)
    return waits


def _interrupted(bench: Workbench, arguments: Sequence[str], moment_s: float) -> float | None:
    """Return the seconds from SIGINT to the end; None where it was done before."""
    sent = 0.0

    def interrupt(process: int) -> None:
        nonlocal sent
        sleep(moment_s)
        sent = monotonic()
        os.kill(process, signal.SIGINT)

    ran = run((bench.command, *arguments), interrupt=interrupt, environment=bench.environment)
    return None if ran.code == 0 else monotonic() - sent
