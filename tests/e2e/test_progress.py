"""The progress line of long work in a real terminal, and what is left when it has ended."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.bench.sessions import changed_file, v1_file
from tests.conftest import Run
from tests.e2e.terminal import Terminal, terminal

CTRL_C = "\x03"

AT_ONCE = """
from eventview.progress import Progress
from eventview.terminal import ProgressLine
from eventview.cli.main import run

ProgressLine.silent_s = Progress.interval_s = 0
run()
"""
"""The program, to whose user no step is too short to be shown."""


@contextmanager
def counting(*arguments: str) -> Iterator[Terminal]:
    with terminal("-c", AT_ONCE, *arguments, command=sys.executable) as screen:
        yield screen


def test_a_file_is_written_with_a_count_that_leaves_only_the_messages(
    run: Run, tmp_path: Path
) -> None:
    arguments = (str(v1_file(tmp_path, 2000)), "--redact", "-o", str(tmp_path / "out.csv"))
    with counting(*arguments) as screen:
        assert screen.ended() == 0
        for step in (b"reading", b"redacting", b"writing"):
            assert b"\reventview: " + step in screen.raw
        # The terminal may break a long path.
        assert "".join(screen.text.split()) == "".join(run(*arguments).err.split())


def test_a_terminal_that_shows_the_rows_counts_only_before_them(tmp_path: Path) -> None:
    file = str(v1_file(tmp_path, 2000))
    with counting(file, "--format", "text", "--at", "#1000", "--after", "9") as screen:
        assert screen.ended() == 0
        before, _, last = screen.raw.rpartition(b"\reventview: ")
        assert b"\reventview: reading" in before
        assert b"CLICK" not in before
        assert b"CLICK" in last
        assert "eventview:" not in screen.text


def test_a_pipe_that_may_lead_to_a_pager_has_no_progress_beside_it(tmp_path: Path) -> None:
    script = '"$0" -c "$1" "$2" --format csv | tail -n 1'
    arguments = ("-c", script, sys.executable, AT_ONCE, str(v1_file(tmp_path, 2000)))
    with terminal(*arguments, command="sh") as screen:
        assert screen.ended() == 0
        assert b"eventview:" not in screen.raw
        assert screen.text.startswith("2000,")


def test_ctrl_c_leaves_no_progress_behind(tmp_path: Path) -> None:
    # On each of these labels the expression takes longer than it may.
    file = changed_file(tmp_path, 2000, "slow", 1, "a" * 60 + "!")
    out = tmp_path / "out.csv"
    with counting(str(file), "--filter", "label:/(a|aa)+$/", "-o", str(out)) as screen:
        screen.shows("eventview: finding ")
        screen.type(CTRL_C)
        assert screen.ended() == 130
        assert screen.text.strip() in {"", "^C"}
    assert not out.exists()


@pytest.mark.parametrize("columns", [20, 40])
def test_a_count_fits_on_one_line_of_any_terminal(tmp_path: Path, columns: int) -> None:
    file, out = str(v1_file(tmp_path, 2000)), tmp_path / "out.csv"
    arguments = ("-c", AT_ONCE, file, "--redact", "-o", str(out))
    with terminal(*arguments, command=sys.executable, size=(columns, 48)) as screen:
        assert screen.ended() == 0
        assert "writing" not in screen.text
        assert screen.text.count("eventview:") == 2
