"""Signals, ctrl+c and ctrl+z: the terminal is as it was, and the exit code the shell's."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.e2e.terminal import COMMAND, assert_left_as_found, terminal

CTRL_C, CTRL_Z = "\x03", "\x1a"

# Tests that a shell started in the background ignore ctrl+c, those under nohup the end of the
# terminal, and so does what they start.
WITH_SIGNALS = ("--default-signal=HUP,INT", COMMAND)


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_interface_with_its_code(number: signal.Signals) -> None:
    with terminal(*WITH_SIGNALS, "--demo", command="env") as screen:
        modes = screen.modes
        screen.shows("120 of 120 events")
        screen.kill(number)
        assert screen.ended() == 128 + number
        assert screen.modes == modes
        assert_left_as_found(screen)
        assert screen.left_behind.strip() == ""


def test_a_closed_window_ends_the_command() -> None:
    with terminal(*WITH_SIGNALS, "--demo", command="env") as screen:
        screen.shows("120 of 120 events")
        screen.hang_up()
        assert screen.code() == 129


def test_a_closed_window_ends_a_command_that_ignores_hang_ups() -> None:
    with terminal("--ignore-signal=HUP", COMMAND, "--demo", command="env") as screen:
        screen.shows("120 of 120 events")
        screen.hang_up()
        assert screen.code() == 129


@pytest.mark.parametrize("stops", [(), (signal.SIGSTOP,), (signal.SIGSTOP, signal.SIGSTOP)])
def test_to_continue_what_did_not_stop_itself_changes_nothing(stops: tuple[int, ...]) -> None:
    with terminal("--demo") as screen:
        modes = screen.modes
        screen.shows("120 of 120 events")
        raw = screen.modes
        for number in stops or (signal.SIGCONT,):
            screen.kill(number)
            screen.kill(signal.SIGCONT)
        screen.type("G")
        screen.until(lambda: "Thank" in screen.cursor or "/help/thanks" in screen.cursor)
        assert screen.modes == raw
        screen.type("q")
        assert screen.ended() == 0
        assert screen.modes == modes
        assert_left_as_found(screen)


def test_ctrl_z_goes_back_to_the_shell_and_fg_returns() -> None:
    with terminal("--norc", "--noprofile", "-i", command="bash") as screen:
        screen.type("bind 'set enable-bracketed-paste off'\r")
        screen.type(f"PS1='at the'' shell$ '; {COMMAND} --demo\r")
        screen.shows("120 of 120 events")
        raw = screen.modes
        for stops, (key, shown) in enumerate((("G", "/help/thanks"), ("g", "+0:00.000"))):
            screen.type(key)
            screen.until(lambda: shown in screen.cursor)  # noqa: B023  # before the next
            screen.type(CTRL_Z)
            screen.until(lambda: screen.raw.count(b"at the shell$ ") > stops)  # noqa: B023
            assert_left_as_found(screen)
            screen.type("fg\r")
            screen.until(lambda: screen.modes == raw)
        screen.type("q")
        screen.until(lambda: screen.raw.count(b"at the shell$ ") == 3)
        screen.type("echo code $?\r")
        screen.shows("code 0")


def test_ctrl_z_where_no_shell_could_continue_it_leaves_the_interface() -> None:
    with terminal("--demo") as screen:
        screen.shows("120 of 120 events")
        screen.type(CTRL_Z + "G")
        screen.until(lambda: "/help/thanks" in screen.cursor)
        # Terminals clear the screen that a program comes back to.
        screen.until(lambda: b"120 of 120 events" in screen.raw.rpartition(b"?1049h")[2])
        assert not screen.is_stopped


@pytest.mark.parametrize("name", ["argparse", "dataclasses", "httpx", "msgspec", "textual"])
@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_it_starts_ends_it_quietly(
    tmp_path: Path, name: str, number: signal.Signals
) -> None:
    # In place of a module that takes its time to load: Python heeds a signal between two steps, and
    # one that comes just before a sleep only after it.
    (tmp_path / f"{name}.py").write_text(
        'import time\nprint("loading", flush=True)\nwhile True: time.sleep(0.1)'
    )
    settings = {
        "PYTHONPATH": str(tmp_path),
        "OPENREPLAY_API_KEY": "key",
        "OPENREPLAY_URL": "http://127.0.0.1:9",
    }
    with terminal(*WITH_SIGNALS, "project", "12345", command="env", environment=settings) as screen:
        screen.shows("loading")
        screen.kill(number)
        assert screen.ended() == 128 + number
        assert screen.text.split() == ["loading"]
