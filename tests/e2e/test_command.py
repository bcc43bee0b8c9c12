"""The installed command in a real terminal, from its first picture to the shell's prompt."""

from __future__ import annotations

import json
import re
import shlex
import signal
from collections.abc import Iterator
from math import inf
from pathlib import Path

import pytest

from tests.bench.sessions import SECOND_ROW, v1_file
from tests.conftest import CHECKOUT, DOCUMENTED
from tests.e2e.terminal import COMMAND, assert_left_as_found, terminal
from tests.server.openreplay import API_KEY, PROJECT_KEY, SESSION_IDS, OpenReplay, Running, serve

CTRL_C, ESCAPE, ENTER = "\x03", "\x1b", "\r"


@pytest.fixture
def running() -> Iterator[Running]:
    with serve() as server:
        yield server


def server_settings(server: Running) -> dict[str, str]:
    return {"OPENREPLAY_URL": server.url, "OPENREPLAY_API_KEY": API_KEY}


def test_a_session_of_a_server_is_read_found_filtered_and_left(running: Running) -> None:
    arguments = (PROJECT_KEY, SESSION_IDS["checkout"])
    with terminal(*arguments, environment=server_settings(running)) as screen:
        screen.shows("180 of 180 events", "24m57s", "1 LOCATION 31", "? help", "q quit")
        assert "+0:00.000" in screen.cursor
        screen.type("j")
        screen.until(lambda: "Accept all cookies" in screen.cursor)
        screen.type("/apply")
        screen.shows("7 hits")
        screen.type(ENTER)
        screen.shows("1 of 7 hits")
        screen.type("N")
        screen.shows("7 of 7 hits")
        screen.type("&apply" + ENTER)
        screen.shows("7 of 180 shown", "“apply” in any text")
        screen.type("t")
        screen.shows("“apply” in any text")
        screen.type("2")
        screen.shows("0 of 180 shown", "○ CLICK 125")
        screen.type("0")
        screen.shows("7 of 180 shown")
        screen.type("?")
        screen.shows("Keys", "Esc closes")
        screen.type(ESCAPE)
        screen.until(lambda: "Esc closes" not in screen.text)
        screen.type("q")
        assert screen.ended() == 0
        assert_left_as_found(screen)
        assert screen.left_behind.strip() == ""
    assert API_KEY.encode() not in screen.raw


def test_the_documented_example_reads_as_documented() -> None:
    with terminal(str(DOCUMENTED), size=(80, 48)) as screen:
        screen.shows("3 of 3 events", "+0:00.000", "+0:09.394", "+0:14.196", "Shop")
        screen.shows("not measured", "not sent by this server")


def test_a_session_is_read_by_its_signals() -> None:
    with terminal(str(CHECKOUT), "--at", "+3:00") as screen:
        screen.shows("180 of 180 events", "q quit")
        screen.until(lambda: "+2:58.261" in screen.cursor)
        screen.type("x")
        screen.until(lambda: "rage ×5" in screen.cursor)
        screen.shows("2 of 10 that went wrong · 5 clicks on “Apply”")
        screen.type("T")
        screen.until(lambda: "+0:00.000" in screen.cursor)
        screen.type("T:+8:00" + ENTER)
        screen.until(lambda: "Proceed to checkout" in screen.cursor)
        screen.shows("no events for 4m25s")
        screen.type("H")
        screen.shows("31 pages folded")
        screen.type("&is:sl" + "\t" + ENTER)
        screen.shows("7 of 180 shown", "is poor load")
        screen.type("a")
        screen.shows("slowest load", "3 rage clicks", "Esc closes")
        screen.type(ESCAPE)
        screen.until(lambda: "Esc closes" not in screen.text)
        screen.type("q")
        assert screen.ended() == 0


def test_a_pipe_leaves_the_keyboard_to_the_interface() -> None:
    piped = f"cat {shlex.quote(str(CHECKOUT))} | {shlex.quote(COMMAND)} - 2>/dev/null"
    with terminal("-c", piped, command="/bin/sh") as screen:
        screen.shows("180 of 180 events", "q quit")
        screen.type("G")
        screen.shows("row 163 of 163")
        screen.type("q")
        assert screen.ended() == 0
        assert_left_as_found(screen)


@pytest.mark.parametrize("term", ["TERM=dumb", "TERM=unknown", "TERM=", "-uTERM"])
def test_a_terminal_without_a_screen_gets_text(term: str) -> None:
    with terminal(term, COMMAND, "--demo", command="env") as screen:
        assert screen.ended() == 0
    head, *_, last = screen.raw.decode().splitlines()
    assert "120 of 120 events" in head
    assert last.endswith("/help/thanks")
    assert b"\x1b" not in screen.raw


def test_a_replay_link_opens_at_its_moment(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(API_KEY)
    (tmp_path / "key").chmod(0o600)
    config = tmp_path / "config.toml"
    log = tmp_path / "requests.log"
    with serve(OpenReplay(release="1.27")) as running:
        config.write_text(f'[profiles.shop]\nurl = "{running.host_url}"\napi_key_file = "key"\n')
        link = f"{running.host_url}/1/session/{SESSION_IDS['checkout']}?jumpto=57600"
        with terminal(
            link, "--log", str(log), environment={"EVENTVIEW_CONFIG": str(config)}
        ) as screen:
            # The last event until the 57th second since the session began.
            screen.shows("180 of 180 events")
            screen.until(lambda: "+0:52" in screen.cursor)
            screen.shows("6s after #16")
            assert API_KEY not in " ".join(screen.arguments)
            screen.type("q")
            assert screen.ended() == 0
        assert {request.headers["host"] for request in running.openreplay.requests} == {
            running.host_url.removeprefix("http://")
        }
    assert API_KEY.encode() not in screen.raw
    assert API_KEY not in log.read_text()


@pytest.mark.parametrize(("end", "code"), [("interrupt", 130), ("terminate", 143)])
def test_the_wait_for_a_list_of_projects_is_said_and_can_be_ended(end: str, code: int) -> None:
    with serve(OpenReplay(release="1.25", projects_pause_seconds=inf)) as running:
        settings = server_settings(running)
        with terminal("--doctor", environment=settings) as screen:
            assert screen.ended() == 0
        link = f"{running.host_url}/77/session/{SESSION_IDS['checkout']}"
        # Tests that a shell started in the background ignore ctrl+c, and so does what they start.
        arguments = ("--default-signal=INT", COMMAND, link)
        with terminal(*arguments, command="env", environment=settings) as screen:
            screen.until(lambda: b"once in 20 s; trying again in 20 s" in screen.raw)
            screen.type(CTRL_C) if end == "interrupt" else screen.kill()
            assert screen.ended() == code
            assert "Traceback" not in screen.text


def test_the_key_is_asked_for_and_never_shown(running: Running) -> None:
    arguments = (PROJECT_KEY, SESSION_IDS["docs"], "--url", running.url)
    with terminal(*arguments) as screen:
        screen.shows("OpenReplay API key for 127.0.0.1", "(not shown):")
        screen.type(API_KEY + ENTER)
        screen.shows("3 of 3 events", "Shop")
    assert API_KEY.encode() not in screen.raw


@pytest.mark.parametrize(
    ("arguments", "key", "message", "code"),
    [
        ((PROJECT_KEY, SESSION_IDS["docs"]), "wrong", "refused the API key", 3),
        (("nosuchproject", SESSION_IDS["docs"]), API_KEY, "The server has no project", 4),
        ((PROJECT_KEY, SESSION_IDS["empty"]), API_KEY, "No events: unknown session", 4),
    ],
    ids=["wrong key", "unknown project", "no events"],
)
def test_leaving_a_failure_repeats_it_for_the_shell(
    running: Running, arguments: tuple[str, ...], key: str, message: str, code: int
) -> None:
    settings = {**server_settings(running), "OPENREPLAY_API_KEY": key}
    with terminal(*arguments, environment=settings) as screen:
        screen.shows(message, "r try again", f"q quit (exit code {code})")
        screen.type("r")
        screen.until(lambda: len(running.openreplay.requests) == 2)
        screen.shows("r try again")
        screen.type("q")
        assert screen.ended() == code
        assert message in screen.left_behind
        assert "Traceback" not in screen.left_behind
        assert_left_as_found(screen)


def test_ctrl_c_leaves_with_130_and_the_terminal_as_it_was() -> None:
    with terminal("--demo") as screen:
        screen.shows("120 of 120 events")
        screen.type(CTRL_C)
        assert screen.ended() == 130
        assert_left_as_found(screen)
        assert screen.left_behind.strip() == ""


def test_the_layout_follows_the_window() -> None:
    with terminal("--demo") as screen:
        screen.shows("120 of 120 events", "────────")
        screen.resize(140, 30)
        screen.until(lambda: all("│" in line for line in screen.lines[4:27]))
        screen.resize(50, 12)
        screen.until(lambda: "│" not in screen.text and "────" not in screen.text)
        screen.until(lambda: "+0:00.000" in screen.cursor)


def test_a_terminal_that_lost_its_screen_gets_all_of_it_again() -> None:
    with terminal("--demo") as screen:
        screen.shows("120 of 120 events", "q quit")
        screen.reset()
        assert screen.text.strip() == ""
        screen.kill(signal.SIGWINCH)
        screen.shows("120 of 120 events", "+0:00.000", "────────", "q quit")


HOSTILE = [
    "\x1b]52;c;ZXZpbA==\x07",
    "\x1b]0;owned\x07",
    "\x9b31m\x9d52;c;ZXZpbA==\x9c",
    "[bold red]x[/]",
    "[/",
    "[@click=app.quit]press me[/]",
    "one\ntwo\r\nthree\ttabbed",
    "\u202eevil\u2066\u200b\ufeff\u2028next",
    "A" * 10_000,
    "\ud800 lone",
    "\x08\x7f\x00",
]


def test_no_byte_of_a_hostile_label_controls_the_terminal(tmp_path: Path) -> None:
    events = [
        {"type": kind, "timestamp": 1000 * n, "label": text, "value": text, "path": text,
         "selector": text, "url": text, "host": text, "sessionId": text, "extra": {text: text}}
        for n, text in enumerate(HOSTILE)
        for kind in ("LOCATION", "CLICK", "INPUT", text)
    ]  # fmt: skip
    # The name is in the title, so it is hostile too.
    file = tmp_path / "session\x1b]52;c;ZXZpbA==\x07.json"
    file.write_text(json.dumps({"data": events}), "ascii")
    with terminal(str(file), size=(120, 30)) as screen:
        screen.shows("44 of 44 events", "q quit")
        for row in range(2, 45):
            screen.type("j")
            screen.shows(f"row {row} of 44")
        screen.type("/evil" + ENTER)
        screen.shows("of 4 hits")
        screen.type("q")
        assert screen.ended() == 0
    wrote = screen.raw.decode()
    # Textual's own: CSI sequences, and the OSC that sets the mouse pointer's shape.
    rest = re.sub(r"\x1b\[[0-9;?<>=$]*[a-zA-Z@`]|\x1b\]22;[a-z]+\x07", "", wrote)
    controls = {char for char in rest if not char.isprintable()} - {"\n", "\r", "\x0f"}
    assert controls == set(), sorted(controls)
    assert "]52;c;ZXZpbA==" in rest, "it is shown, as text"


@pytest.mark.parametrize(
    ("columns", "lines"), [("200", "60"), ("20", "5"), ("0", "0"), ("x", "")], ids=str
)
def test_the_size_is_the_terminals_and_not_the_environments(columns: str, lines: str) -> None:
    sizes = {"COLUMNS": columns, "LINES": lines}
    with terminal("--demo", environment=sizes) as screen:
        screen.shows("120 of 120 events")
        screen.until(lambda: "────────" in screen.text and "q quit" in screen.lines[23])
        screen.resize(140, 30)
        screen.until(lambda: "q quit" in screen.lines[29] and "│" in screen.lines[10])


@pytest.mark.parametrize(("value", "is_coloured"), [("", True), ("1", False)])
def test_an_empty_no_color_says_nothing(value: str, *, is_coloured: bool) -> None:
    with terminal("--demo", environment={"NO_COLOR": value}) as screen:
        screen.shows("120 of 120 events", "q quit")
        red, green, blue = re.findall("..", screen.colours_of("quit")[0]) or ("", "", "")
        assert (red == green == blue) != is_coloured


@pytest.mark.parametrize("closed", ["<&-", "2>&-", "<&- 2>&-"])
def test_closed_streams_leave_the_terminal_to_the_interface(closed: str) -> None:
    command = f"{shlex.quote(COMMAND)} --demo {closed}"
    with terminal("-c", command, command="/bin/sh") as screen:
        screen.shows("120 of 120 events", "q quit")
        screen.type("G")
        screen.until(lambda: "/help/thanks" in screen.cursor)
        screen.type("q")
        assert screen.ended() == 0
        assert_left_as_found(screen)


def test_a_locale_of_eight_bits_does_not_garble_the_interface() -> None:
    # The interface asks the terminal for UTF-8 in any case, as Textual does.
    with terminal("--demo", environment={"PYTHONIOENCODING": "latin-1"}) as screen:
        screen.shows("120 of 120 events", "▸", "────────")
        screen.type("q")
        assert screen.ended() == 0


@pytest.mark.parametrize("columns", [40, 80])
def test_a_failure_on_a_terminal_is_broken_between_words(columns: int) -> None:
    path = "/nowhere/a-name-of-a-file-that-is-longer-than-a-line.json"
    with terminal(path, size=(columns, 24)) as screen:
        assert screen.ended() == 2
    lines = screen.raw.decode().replace("\r", "").splitlines()
    assert any(path in line for line in lines), "a path can be copied whole"
    assert all(len(line) <= columns or path in line for line in lines)
    assert " ".join(lines).startswith(f"eventview: {path} is neither a file here nor")


def test_little_is_written_for_a_session_and_less_for_a_key(tmp_path: Path) -> None:
    with terminal(str(v1_file(tmp_path, 1000)), size=(120, 40)) as screen:
        screen.shows(SECOND_ROW)
        assert len(screen.raw) <= 20_000
        screen.shows("1,000 of 1,000 events", "row 1 of", "DOM", "▲", "q quit")
        # What is written for a mark comes after all that was written before it.
        screen.type("m")
        screen.until(lambda: screen.cursor.startswith("▸*"))
        before = len(screen.raw)
        assert before <= 40_000
        screen.type("jm")
        screen.until(lambda: screen.cursor.startswith("▸*") and SECOND_ROW in screen.cursor)
        written = screen.raw[before:]
        assert len(written) <= 4_000
        lines = {int(line) for line in re.findall(rb"\x1b\[(\d+);\d+H", written)}
        assert 5 in lines
        assert not lines & {2, 3, 4, 40}, "strip, chips and keys stay as they are"
