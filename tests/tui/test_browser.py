"""Opening a link: only http and https, only with a browser, never in our terminal."""

from __future__ import annotations

import os
import select
import sys
import threading
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import pytest
from msgspec.structs import replace

from eventview.tui.system.desktop import (
    BrowserEnvironment,
    Opened,
    open_link,
    read_browser_environment,
    start_program,
)
from tests.tables import each_row

LINK = "https://openreplay.example.com/12/session/4813023023591169?jumpto=61000#top"
SSH = {"SSH_CONNECTION": "10.0.0.1 50000 10.0.0.2 22"}
X11 = {"DISPLAY": ":0", "TERM": "xterm"}
HANDED = Opened("Handed to the browser.", succeeded=True)


class StartRecorder:
    """Recorder of started programs; every start fails as given, or succeeds."""

    def __init__(self, failed: str = "") -> None:
        self.failed = failed
        self.started: list[tuple[str, Mapping[str, str]]] = []

    def around(self, *environments: dict[str, str], platform: str = "linux") -> BrowserEnvironment:
        environment = {name: value for part in environments for name, value in part.items()}
        return BrowserEnvironment(environment, platform, self.run)

    def run(self, argv: Sequence[str], environment: Mapping[str, str]) -> str:
        *_, link = argv
        self.started.append((link, environment))
        return self.failed


@each_row(
    ("platform", "environment"),
    [
        ("linux", X11),
        ("linux", {"WAYLAND_DISPLAY": "wayland-0"}),
        ("linux", {"BROWSER": "/opt/browser %s"}),
        ("linux", SSH | {"BROWSER": "/opt/helper.sh"}),
        ("darwin", {}),
    ],
)
def test_a_link_goes_to_the_browser_there_is(platform: str, environment: dict[str, str]) -> None:
    recorder = StartRecorder()
    assert open_link(LINK, recorder.around(environment, platform=platform)) == HANDED
    ((link, given),) = recorder.started
    assert link == LINK
    assert dict(given) == {name: value for name, value in environment.items() if name != "TERM"}


@each_row(
    ("platform", "environment", "reason"),
    [
        ("linux", SSH | X11, "this is an SSH session"),
        ("darwin", {"SSH_TTY": "/dev/ttys001"}, "this is an SSH session"),
        ("linux", {"TERM": "linux"}, "neither DISPLAY nor WAYLAND_DISPLAY is set"),
        ("linux", {"DISPLAY": "", "BROWSER": ""}, "neither DISPLAY nor WAYLAND_DISPLAY is set"),
        ("linux", {"BROWSER": "w3m:lynx %s"}, "neither DISPLAY nor WAYLAND_DISPLAY is set"),
        ("linux", SSH | {"BROWSER": "/usr/bin/w3m"}, "this is an SSH session"),
    ],
)
def test_without_a_desktop_nothing_is_started_and_the_words_say_why(
    platform: str, environment: dict[str, str], reason: str
) -> None:
    recorder = StartRecorder()
    assert open_link(LINK, recorder.around(environment, platform=platform)) == Opened(
        f"Not opened: no desktop here: {reason}.", succeeded=False
    )
    assert recorder.started == []


@each_row(
    "name", ["w3m", "lynx", "links", "links2", "elinks", "browsh", "www-browser", "'unclosed"]
)
def test_a_browser_that_would_take_our_terminal_is_left_out_of_the_choice(name: str) -> None:
    recorder = StartRecorder()
    choice = {"BROWSER": f"{name}:/usr/bin/{name} -x %s:firefox %s"}
    assert open_link(LINK, recorder.around(X11, choice)) == HANDED
    assert open_link(LINK, recorder.around(X11, {"BROWSER": name})) == HANDED
    first, second = (environment for _, environment in recorder.started)
    assert first == {"DISPLAY": ":0", "BROWSER": "firefox %s"}
    assert second == {"DISPLAY": ":0"}


@each_row(
    "url",
    [
        "",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "vscode://file/x",
        "ftp://example.com/",
        "--help",
        " https://example.com/",
        "https:",
        "https://",
        "https:///path",
        "https://\nexample.com",
        "httpsx://example.com",
        "example.com",
    ],
)
def test_what_is_no_link_of_the_web_is_not_opened(url: str) -> None:
    recorder = StartRecorder()
    assert open_link(url, recorder.around(X11)) == Opened(
        "Not opened: only http and https links are supported.", succeeded=False
    )
    assert recorder.started == []


@each_row(
    ("url", "handed"),
    [
        ("HTTP://[::1]:8080/a%20b?c=%C3%A9&d=1;e#f", "HTTP://[::1]:8080/a%20b?c=%C3%A9&d=1;e#f"),
        ('https://a/" & do "x\\', "https://a/%22%20&%20do%20%22x%5C"),
        ("https://a/`b`\n\0\x1b{c}|<d>^", "https://a/%60b%60%0A%00%1B%7Bc%7D%7C%3Cd%3E%5E"),
        ("https://a/é\ud83d", "https://a/%C3%A9?"),
    ],
)
def test_a_link_is_handed_on_with_nothing_in_it_that_no_link_has(url: str, handed: str) -> None:
    recorder = StartRecorder()
    assert open_link(url, recorder.around(X11)) == HANDED
    assert recorder.started[0][0] == handed


def test_a_browser_that_cannot_be_started_is_said() -> None:
    recorder = StartRecorder("no browser could be started")
    assert open_link(LINK, recorder.around(X11)) == Opened(
        "Not opened: no browser could be started.", succeeded=False
    )


def program(folder: Path, name: str, body: str) -> str:
    """Write a shell script and return its path."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return str(path)


def unhurried() -> BrowserEnvironment:
    """Return this machine's environment, with patience for a program that ends late."""
    return replace(read_browser_environment(), run=partial(start_program, patience_s=60))


KEEPING = 'printf %s "$1" > "$0.got"'


@pytest.fixture
def remote(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Set up an SSH session and return a folder for the program that $BROWSER names."""
    monkeypatch.setenv("SSH_CONNECTION", SSH["SSH_CONNECTION"])
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("BROWSER", str(tmp_path / "helper"))
    return tmp_path


def test_the_program_that_browser_names_gets_the_link(remote: Path) -> None:
    program(remote, "helper", KEEPING)
    assert open_link(LINK, unhurried()) == HANDED
    assert (remote / "helper.got").read_text() == LINK


def test_the_program_that_browser_names_may_be_gone_or_fail(remote: Path) -> None:
    failed = Opened("Not opened: no browser could be started.", succeeded=False)
    assert open_link(LINK, unhurried()) == failed
    program(remote, "helper", "exit 3")
    assert open_link(LINK, unhurried()) == failed


def test_a_module_in_the_users_folder_is_not_what_runs(
    remote: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(remote, "helper", KEEPING)
    (remote / "webbrowser.py").write_text("raise SystemExit(0)")
    monkeypatch.chdir(remote)
    monkeypatch.setenv("PYTHONPATH", str(remote))
    assert open_link(LINK, unhurried()) == HANDED
    assert (remote / "helper.got").read_text() == LINK


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS always has a browser, and shows it")
def test_on_a_desktop_without_browsers_none_of_the_terminals_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {**X11, "PATH": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    for name in ("w3m", "lynx", "links", "elinks", "www-browser"):
        program(tmp_path, name, KEEPING)
    assert open_link(LINK, unhurried()) == Opened(
        "Not opened: no browser could be started.", succeeded=False
    )
    assert not list(tmp_path.glob("*.got"))

    program(tmp_path, "firefox", 'for link; do :; done; printf %s "$link" > "$0.got"')
    assert open_link(LINK, unhurried()) == HANDED
    assert (tmp_path / "firefox.got").read_text() == LINK


def test_a_browser_that_stays_is_left_running_and_not_waited_for(tmp_path: Path) -> None:
    for name in ("stay", "end"):
        os.mkfifo(tmp_path / f"browser.{name}")
    stay = os.open(tmp_path / "browser.stay", os.O_RDWR)
    end = os.open(tmp_path / "browser.end", os.O_RDWR)
    try:
        staying = program(tmp_path, "browser", 'read line < "$0.stay"; echo ended > "$0.end"')
        assert start_program([staying], os.environ, 0.05) == ""
        assert select.select([end], [], [], 0)[0] == []
        os.write(stay, b"\n")
        assert select.select([end], [], [], 20)[0] == [end]
    finally:
        os.close(stay)
        os.close(end)
    for thread in threading.enumerate():
        if thread.name == "browser":
            thread.join(20)
            assert not thread.is_alive()


def test_a_browser_has_neither_our_terminal_nor_our_streams(
    capfd: pytest.CaptureFixture[str],
) -> None:
    wants = """
import os, sys
print("out")
print("err", file=sys.stderr)
sys.exit(os.getsid(0) != os.getpid() or sys.stdin.read() != "")
"""
    kept = os.dup(0)
    reading, writing = os.pipe()
    os.write(writing, b"typed")
    os.close(writing)
    os.dup2(reading, 0)
    try:
        assert start_program([sys.executable, "-c", wants], os.environ, 60) == ""
        assert os.read(0, 10) == b"typed"
    finally:
        os.dup2(kept, 0)
        os.close(kept)
        os.close(reading)
    assert capfd.readouterr() == ("", "")


def test_a_program_that_is_not_there_is_a_reason_and_no_exception(tmp_path: Path) -> None:
    said = start_program([str(tmp_path / "gone")], {})
    assert said == "no browser can be started: No such file or directory"
