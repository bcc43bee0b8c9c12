"""Keys: while a session loads, with all of it there, in a search, and held down."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Final, NamedTuple

from tests.bench import line_list
from tests.bench.programs import Program, TooLateError
from tests.bench.results import Result, Section, Series, percentile_95
from tests.bench.sessions import SECOND_ROW
from tests.bench.workbench import Workbench

_WIDE: Final = (120, 40)
_CURSOR: Final = "▸"
_FRAME_S: Final = 1 / 60
_QUIET_S: Final = 0.15
"""After the first effect of a key: the detail pane follows the cursor when it rests."""


class Pressed(NamedTuple):
    """One key: time to its first effect, processor time and bytes until all is quiet."""

    wall_s: float
    cpu_s: float
    written: int


def press(program: Program, keys: str, check: Callable[[str], bool] | None = None) -> Pressed:
    """Press a key in a program at rest, and wait for a screen; by default another cursor row."""
    # Out of step with the 60 frames a second: it would matter where in a frame the key comes.
    program.settle(random.uniform(0.03, 0.06))  # noqa: S311  # no secret
    row = _cursor_line(program.draw())
    cpu_s, before = program.cpu_s(), len(program.raw)
    pressed = program.press(keys)
    seen = program.until_seen(check or (lambda text: _cursor_line(text) not in {"", row}))
    program.settle(_QUIET_S)
    return Pressed(seen - pressed, program.cpu_s() - cpu_s, len(program.raw) - before)


def _cursor_line(text: str) -> str:
    return next((line for line in text.splitlines() if _CURSOR in line), "")


@contextmanager
def opened(bench: Workbench, count: int, size: tuple[int, int] = (80, 24)) -> Iterator[Program]:
    """Open a session, with all of it ready."""
    with bench.open(bench.command, bench.file(count), size=size) as program:
        program.until(SECOND_ROW)
        program.until_ready()
        yield program


def measure_loading(bench: Workbench) -> Section:
    """Press `j` again and again from the first row on while a session loads."""
    section, count = Section("A key while the session loads"), bench.large
    waits: list[float] = []
    try:
        for _ in range(bench.few_runs):
            waits += _waits_while_loading(bench, count)
    except TooLateError as error:
        section.missing.append(f"{count:,} events, which have not shown {error}.")
    if waits:
        name = f"{count:,} events, {len(waits)} keys"
        section.results += [
            Result(Series(f"{name}: median", [median(waits)])),
            Result(Series(f"{name}: 95 of 100", [percentile_95(waits)]), aim=0.05),
            Result(Series(f"{name}: longest", [max(waits)]), aim=0.1),
        ]
    return section


def _waits_while_loading(bench: Workbench, count: int) -> Sequence[float]:
    """Return the wait for each key until loading has ended, as an undisturbed run told."""
    with bench.open(bench.command, bench.file(count)) as program:
        program.until(SECOND_ROW)
        loads_s = program.until_ready()
    waits: list[float] = []
    with bench.open(bench.command, bench.file(count)) as program:
        now = program.until(SECOND_ROW)
        while now < loads_s or len(waits) < 10:
            program.settle(random.uniform(0.01, 0.03), most_s=0.03)  # noqa: S311  # no secret
            row = _cursor_line(program.draw())
            pressed = program.press("j")
            now = program.until_seen(lambda text, row=row: _cursor_line(text) not in {"", row})  # type: ignore[misc]  # its default binds
            waits.append(now - pressed)
    return waits


def measure_paint(bench: Workbench) -> Section:
    """Measure a cursor key beside the least list that Textual can show."""
    section = Section("A cursor key, from the press to the paint, 120x40")
    turns = 8 * bench.runs
    medians: dict[int, Series] = {}
    for count in dict.fromkeys((bench.small, bench.large, bench.sizes[-1])):
        bare_command = (bench.python, str(Path(line_list.__file__)), str(count))
        own: list[Pressed] = []
        bare: list[Pressed] = []
        try:
            with (
                opened(bench, count, _WIDE) as program,
                bench.open(*bare_command, size=_WIDE) as least,
            ):
                least.until(_CURSOR)
                least.until_ready()
                for turn in range(turns):
                    key = "jk"[turn % 2]
                    own.append(press(program, key))
                    bare.append(press(least, key))
        except TooLateError as error:
            section.missing.append(f"{count:,} events, which have not shown {error}.")
            continue
        name = f"{count:,} events"
        medians[count] = Series(name, [each.wall_s for each in own], [each.cpu_s for each in own])
        section.results += [
            Result(
                medians[count],
                Series("bare list", [each.wall_s for each in bare], [each.cpu_s for each in bare]),
                aim=1.3,
            ),
            Result(
                Series(f"CPU of a key, {name}", [each.cpu_s for each in own]),
                Series("bare list", [each.cpu_s for each in bare]),
            ),
            Result(
                Series(f"written for a key, {name}", [each.written for each in own]),
                Series("bare list", [each.written for each in bare]),
                unit="kB",
                aim=1.5,
            ),
        ]
    few, most = medians.get(bench.small), medians.get(bench.sizes[-1])
    if few is not None and most is not None and few is not most:
        section.results.append(Result(most, few, aim=1.15, note="flat"))
    return section


def measure_search(bench: Workbench) -> Section:
    """Measure each letter of a find and of a filter, and `n`."""
    section = Section(f"A letter of a search, {bench.large:,} events")
    waits: dict[str, list[float]] = {}
    try:
        with opened(bench, bench.large) as program:
            ends = _count_hits(program)
            for _ in range(bench.few_runs):
                for name, (opener, letters) in _SEARCHES.items():
                    _press_slowly(program, opener)
                    for number, letter in enumerate(letters):
                        end = ends[name][number]
                        wait = press(program, letter, lambda text, end=end: end in text)  # type: ignore[misc]  # its default binds
                        waits.setdefault(f"{name}, letter {number + 1}", []).append(wait.wall_s)
                    if name == "find":
                        _press_slowly(program, "\r")
                        waits.setdefault("n", []).extend(
                            press(program, "n").wall_s for _ in range(5)
                        )
                    _press_slowly(program, "\x1b\x1b")
    except TooLateError as error:
        section.missing.append(f"the rest, which has not shown {error}.")
    for name, runs in waits.items():
        aim = 2 * _FRAME_S if name == "n" else 0.05
        section.results.append(Result(Series(name, runs), aim=aim))
    return section


_SEARCHES: Final = {"find": ("/", "pay"), "filter": ("&", "jac")}
"""Keys that open a prompt, and what is typed: each letter leaves fewer events."""


def _press_slowly(program: Program, keys: str) -> None:
    for key in keys:
        program.press(key)
        program.settle(0.5)


def _count_hits(program: Program) -> Mapping[str, Sequence[str]]:
    """Return the count that stands on the screen after each letter, in an undisturbed run."""
    counts: dict[str, list[str]] = {}
    for name, (opener, letters) in _SEARCHES.items():
        _press_slowly(program, opener)
        for letter in letters:
            program.press(letter)
            program.until_ready()
            found = re.search(r"[\d,]+ (hits|of [\d,]+ shown)", program.draw())
            if found is None:
                raise TooLateError("a count of hits")
            counts.setdefault(name, []).append(found[0])
        _press_slowly(program, "\x1b\x1b")
    return counts


def measure_held_key(bench: Workbench) -> Section:
    """Hold `j` down at 30 a second, over a line of 1 MB/s, and see how far the paint is behind."""
    count, presses = bench.large, 90 if bench.runs < 5 else 150
    section = Section("`j` held down, 30 a second, over a line of 1 MB/s, 120x40")
    early: list[float] = []
    late: list[float] = []
    written: list[float] = []
    for _ in range(bench.few_runs):
        with opened(bench, count, _WIDE) as program:
            program.rate = 1e6
            before, pressed = len(program.raw), list[float]()
            program.draw()
            for _ in range(presses):
                pressed.append(program.press("j"))
                program.settle(1 / 30, most_s=1 / 30)
            # It is read at the rate of the line, and looked at afterwards.
            program.settle(0.5, most_s=30)
            written.append((len(program.raw) - before) / presses)
            behind = _find_lags(program, pressed)
            early += behind[: presses // 3]
            late += behind[-presses // 3 :]
            if len(behind) < presses:
                section.missing.append(f"{presses - len(behind)} keys, without a paint.")
    section.results += [
        Result(Series(f"behind, the last third of {presses}", late), aim=0.1),
        Result(
            Series("behind, all the last thirds", [median(late)]),
            Series("the first thirds", [median(early)]),
            aim=1.25,
            note="falls no further behind",
        ),
        Result(Series("written for each key, scrolling", written), unit="kB"),
    ]
    return section


def _find_lags(program: Program, pressed_s: Sequence[float]) -> Sequence[float]:
    """Return for each key the seconds until the status bar named its row or one after it."""
    lags: list[float] = []
    for moment_s, text in program.screens():
        found = re.search(r"row ([\d,]+) of ", text)
        row = int(found[1].replace(",", "")) if found else 0
        lags += [moment_s - pressed for pressed in pressed_s[len(lags) : max(0, row - 1)]]
    return lags
