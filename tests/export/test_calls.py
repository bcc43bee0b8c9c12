"""The work of writing an event: calls of functions, which no other program on the machine slows."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Final

from eventview.cli.main import main
from tests.bench.sessions import changed_file, v1_file
from tests.tables import each_row

FEW: Final = 1_000
MANY: Final = 2_000


def count_calls(arguments: Sequence[str]) -> Counter[str]:
    """Count the calls of functions, in Python and in C, by name, while a command runs."""
    made = Counter[str]()

    def count(frame: FrameType, event: str, function: object) -> None:
        if event == "call":
            made[frame.f_code.co_qualname] += 1
        elif event == "c_call":
            made[getattr(function, "__qualname__", "")] += 1

    sys.setprofile(count)
    try:
        assert main(arguments) == 0
    finally:
        sys.setprofile(None)
    return made


def calls_of_each_event(folder: Path, *arguments: str, other: bool = False) -> Counter[str]:
    """Count the calls that a command makes for events beyond the first ones."""
    found = []
    # The first run imports modules and fills caches.
    for number in (FEW, FEW, MANY):
        sessions = [str(v1_file(folder, number))]
        if other:
            sessions += ["--with", str(changed_file(folder, number, "other", 9, "Other "))]
        found.append(count_calls([*sessions, *arguments]))
    return Counter({name: n - found[1][name] for name, n in found[2].items()})


@each_row(("name", "most"), [("ndjson", 52), ("json", 66), ("csv", 98), ("text", 104)])
def test_an_export_makes_few_calls_for_an_event(tmp_path: Path, name: str, most: int) -> None:
    calls = calls_of_each_event(tmp_path, "--format", name)
    assert calls.total() <= most * (MANY - FEW), calls.most_common(20)


@each_row(("name", "most"), [("text", 202), ("json", 220)])
def test_a_comparison_makes_few_calls_for_two_events(tmp_path: Path, name: str, most: int) -> None:
    calls = calls_of_each_event(tmp_path, "--format", name, other=True)
    assert calls.total() <= most * (MANY - FEW), calls.most_common(20)


def test_ndjson_reads_and_formats_each_event_once(tmp_path: Path) -> None:
    calls = calls_of_each_event(tmp_path, "--format", "ndjson")
    assert calls["json_format"] == MANY - FEW
    # Web vitals are JSON within JSON, and the loads with them are packed.
    vitals = sum("webVitals" in line for line in v1_file(tmp_path, MANY).read_text().split("}, {"))
    assert calls["Decoder.decode"] < MANY - FEW + 2 * vitals
