"""Copying: the targets of a text, its bytes there, and the message."""

from __future__ import annotations

import os
import select
import shutil
import stat
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from eventview.tui.system.clipboard import (
    OSC_52_LIMIT,
    ClipboardEnvironment,
    Copied,
    copy,
    is_over_ssh,
    read_clipboard_environment,
    run_program,
)
from tests.tables import each_row

SSH = {"SSH_CONNECTION": "10.0.0.1 50000 10.0.0.2 22"}
X11 = {"DISPLAY": ":0"}
WAYLAND = {"WAYLAND_DISPLAY": "wayland-0"}
TMUX = {"TMUX": "/run/tmux/default,1,0"}
BOTH_IN_TMUX = (
    "In tmux's buffer (prefix ] pastes), and tmux was asked to hand it to the terminal's clipboard"
)
SENT = "Sent to the terminal as OSC 52, which does not say whether it took it"
FAILED = "ended with status 1"

SECONDS = 60.0
"""Seconds that only something broken takes."""

FITS = "x" * (OSC_52_LIMIT // 4 * 3)
"""The longest ASCII text sent as OSC 52."""
TEXTS = {
    "words": "Pay now",
    "scripts": "Größe 漢字 👩‍👩‍👧 e\u0301 \u202eabc",
    "controls": "\0\x1b]52;c;aGk=\x07\x1b[31m\x9b$(reboot)`reboot`; -- \\ '\"",
    "lines": "\r\none\ntwo\r\n\n",
    "an option": "--help",
    "huge": "ä€😀\n" * 400_000,
}


class ToolRecorder:
    """Recorder of programs with given results, and of a terminal.

    Args:
        programs: the failure of each installed program or command line; "" for success.
    """

    def __init__(self, **programs: str) -> None:
        self.programs = programs
        self.ran: list[str] = []
        self.got = b""
        self.sent: list[str] = []

    def around(
        self, folder: Path, *environments: dict[str, str], platform: str = "linux"
    ) -> ClipboardEnvironment:
        environment = {name: value for part in environments for name, value in part.items()}
        return ClipboardEnvironment(
            environment, platform, self.which, self.run, self.sent.append, folder
        )

    def which(self, name: str) -> str | None:
        return f"/bin/{name}" if name in self.programs else None

    def run(self, argv: Sequence[str], stdin: bytes) -> str:
        name, line = Path(argv[0]).name, " ".join(argv).removeprefix("/bin/")
        self.ran.append(line)
        failed = self.programs.get(line, self.programs[name])
        self.got = b"" if failed else stdin
        return failed


def file_in(folder: Path) -> Path:
    """Return the only file that was written."""
    (found,) = folder.iterdir()
    return found


@pytest.mark.parametrize(
    ("platform", "environment", "line"),
    [
        ("darwin", {}, "pbcopy"),
        ("linux", WAYLAND, "wl-copy --type text/plain;charset=utf-8"),
        ("linux", WAYLAND | X11, "wl-copy --type text/plain;charset=utf-8"),
        ("linux", X11, "xclip -selection clipboard"),
        ("linux", X11 | TMUX, "xclip -selection clipboard"),
        ("linux", {"WSL_DISTRO_NAME": "Debian"}, "clip.exe"),
    ],
    ids=["macOS", "Wayland", "Wayland with X11", "X11", "X11 in tmux", "WSL"],
)
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_the_desktop_gets_every_text_as_it_is(
    platform: str, environment: dict[str, str], line: str, text: str, tmp_path: Path
) -> None:
    names = ("pbcopy", "wl-copy", "xclip", "xsel", "clip.exe", "tmux")
    recorder = ToolRecorder(**dict.fromkeys(names, ""))
    copied = copy(text, recorder.around(tmp_path, environment, platform=platform))
    tool = line.partition(" ")[0]
    assert copied == Copied(f"Copied to the desktop's clipboard with {tool}.", succeeded=True)
    assert recorder.ran == [line]
    assert recorder.got == text.encode("utf-16-le" if tool == "clip.exe" else "utf-8")
    assert (recorder.sent, list(tmp_path.iterdir())) == ([], [])


def test_the_next_tool_is_tried_and_the_words_name_the_one_that_failed(tmp_path: Path) -> None:
    recorder = ToolRecorder(xclip=FAILED, xsel="")
    assert copy("label", recorder.around(tmp_path, WAYLAND, X11)) == Copied(
        "Copied to the desktop's clipboard with xsel (xclip ended with status 1).", succeeded=True
    )
    assert recorder.ran == ["xclip -selection clipboard", "xsel --clipboard --input"]
    assert recorder.got == b"label"


def test_on_macos_only_its_own_tool_fills_the_clipboard_of_its_desktop(tmp_path: Path) -> None:
    recorder = ToolRecorder(pbcopy=FAILED, xclip="")
    around = recorder.around(tmp_path, X11, {"TERM_PROGRAM": "Apple_Terminal"}, platform="darwin")
    assert copy("label", around) == Copied(
        "Not copied: pbcopy ended with status 1; Terminal.app ignores OSC 52; "
        f"written to {file_in(tmp_path)}",
        succeeded=False,
    )


@pytest.mark.parametrize("name", ["SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"])
def test_over_ssh_no_desktop_is_asked_for_it_is_not_the_users(name: str, tmp_path: Path) -> None:
    recorder = ToolRecorder(xclip="", pbcopy="")
    for platform in ("linux", "darwin"):
        around = recorder.around(tmp_path, {name: "x"}, X11, platform=platform)
        assert copy("label", around) == Copied(f"{SENT}.", succeeded=True)
    assert recorder.ran == []
    assert recorder.sent == ["label", "label"]
    assert is_over_ssh({name: "x"})
    assert not is_over_ssh({name: ""})


@each_row("text", TEXTS.values())
def test_tmux_gets_every_text_as_it_is(text: str, tmp_path: Path) -> None:
    recorder = ToolRecorder(tmux="")
    copied = copy(text, recorder.around(tmp_path, TMUX, SSH))
    is_huge = len(text) > 1000
    words = "In tmux's buffer only (prefix ] pastes)" if is_huge else BOTH_IN_TMUX
    assert copied == Copied(f"{words}.", succeeded=True)
    assert recorder.ran == [f"tmux load-buffer {'' if is_huge else '-w '}-"]
    assert recorder.got == text.encode()
    assert recorder.sent == []


def test_a_tmux_too_old_for_the_terminal_around_it_still_has_its_buffer(tmp_path: Path) -> None:
    recorder = ToolRecorder(**{"tmux": "", "tmux load-buffer -w -": FAILED})
    assert copy("label", recorder.around(tmp_path, TMUX, SSH)) == Copied(
        "In tmux's buffer only (prefix ] pastes).", succeeded=True
    )
    assert recorder.ran == ["tmux load-buffer -w -", "tmux load-buffer -"]
    assert recorder.got == b"label"


@pytest.mark.parametrize(
    ("programs", "reason"),
    [
        ({"tmux": FAILED}, "tmux load-buffer ended with status 1"),
        ({}, "tmux is not installed here"),
    ],
)
def test_where_tmux_fails_nothing_is_sent_for_tmux_would_drop_it(
    programs: dict[str, str], reason: str, tmp_path: Path
) -> None:
    recorder = ToolRecorder(**programs)
    copied = copy("label", recorder.around(tmp_path, TMUX, SSH))
    assert copied == Copied(
        f"Not copied: {reason}; tmux does not pass OSC 52 on unless configured to; "
        f"written to {file_in(tmp_path)}",
        succeeded=False,
    )
    assert recorder.sent == []


def test_what_failed_before_is_said_with_what_was_done(tmp_path: Path) -> None:
    recorder = ToolRecorder(**{"wl-copy": "did not end within 3 s", "xclip": FAILED})
    assert copy("label", recorder.around(tmp_path, WAYLAND, X11)) == Copied(
        f"{SENT} (wl-copy did not end within 3 s; xclip ended with status 1).", succeeded=True
    )
    assert copy("label", ToolRecorder().around(tmp_path, WAYLAND, X11)) == Copied(
        f"{SENT} (not installed: wl-copy, xclip, xsel).", succeeded=True
    )


@each_row("what", ["words", "scripts", "controls", "lines", "an option"])
def test_the_terminal_gets_every_text_as_it_is(what: str, tmp_path: Path) -> None:
    recorder = ToolRecorder()
    copied = copy(TEXTS[what], recorder.around(tmp_path), what="the label")
    assert copied == Copied(f"The label: {SENT[0].lower()}{SENT[1:]}.", succeeded=True)
    assert recorder.sent == [TEXTS[what]]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("letter", ["x", "ä", "€", "😀"])
def test_the_terminal_gets_what_fits_to_the_last_byte_and_a_file_what_does_not(
    letter: str, tmp_path: Path
) -> None:
    fitting = letter * (len(FITS) // len(letter.encode()))
    fitting += "x" * (len(FITS) - len(fitting.encode()))
    assert len(b64encode(fitting.encode())) <= OSC_52_LIMIT
    recorder = ToolRecorder()
    assert copy(fitting, recorder.around(tmp_path)).message == f"{SENT}."
    assert recorder.sent == [fitting]

    assert len(b64encode(f"{fitting}x".encode())) == 74_996
    assert copy(f"{fitting}x", recorder.around(tmp_path)) == Copied(
        "Not copied: too large for OSC 52 (74,996 bytes in base64, at most 74,994); "
        f"written to {file_in(tmp_path)}",
        succeeded=False,
    )
    assert recorder.sent == [fitting]
    assert file_in(tmp_path).read_bytes() == f"{fitting}x".encode()


def test_tmux_hands_on_what_a_terminal_takes_and_keeps_the_rest(tmp_path: Path) -> None:
    recorder = ToolRecorder(tmux="")
    around = recorder.around(tmp_path, TMUX, SSH)
    assert copy(FITS, around).message == f"{BOTH_IN_TMUX}."
    assert copy(f"{FITS}x", around).message == "In tmux's buffer only (prefix ] pastes)."
    assert recorder.ran == ["tmux load-buffer -w -", "tmux load-buffer -"]


@pytest.mark.parametrize(
    ("environment", "reason"),
    [
        ({"TERM_PROGRAM": "Apple_Terminal"}, "Terminal.app ignores OSC 52"),
        ({"TERM": "linux"}, "a terminal of type linux ignores OSC 52"),
        ({"TERM": "dumb"}, "a terminal of type dumb ignores OSC 52"),
        ({"TERM": "screen", "STY": "12.pts-1.host"}, "GNU screen does not pass OSC 52 on"),
        ({"TERM": "xterm", "STY": "12.pts-1.host"}, "GNU screen does not pass OSC 52 on"),
    ],
)
def test_a_terminal_known_to_ignore_it_is_sent_nothing(
    environment: dict[str, str], reason: str, tmp_path: Path
) -> None:
    recorder = ToolRecorder()
    copied = copy("label", recorder.around(tmp_path, environment), what="the label")
    assert copied == Copied(
        f"The label: not copied: {reason}; written to {file_in(tmp_path)}", succeeded=False
    )
    assert recorder.sent == []


@pytest.mark.parametrize("term", ["screen", "screen-256color", "screen.xterm-256color"])
def test_the_type_alone_is_not_taken_for_screen(tmp_path: Path, term: str) -> None:
    # TERM is the same over SSH from a tmux at the other end.
    recorder = ToolRecorder()
    around = recorder.around(tmp_path, {"TERM": term, **SSH})
    assert copy("label", around).succeeded
    assert recorder.sent == ["label"]


def test_a_terminal_of_tmuxs_type_is_known_by_tmux_and_not_taken_for_screen(tmp_path: Path) -> None:
    recorder = ToolRecorder(tmux="")
    around = recorder.around(tmp_path, {"TERM": "screen-256color"}, TMUX)
    assert copy("label", around).message == f"{BOTH_IN_TMUX}."


def deaf(folder: Path) -> ClipboardEnvironment:
    """Return an environment in which nothing takes a text."""
    return ToolRecorder().around(folder, {"TERM": "linux"}, SSH)


@given(st.text(min_size=1))
def test_a_file_has_exactly_the_text(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = tmp_path_factory.mktemp("files")
    copied = copy(text, deaf(folder))
    assert copied.message.endswith(f"written to {file_in(folder)}")
    assert file_in(folder).read_bytes() == text.encode()


def test_a_file_is_its_owners_alone_and_named_for_what_it_is(tmp_path: Path) -> None:
    for _ in range(2):  # the second does not take the place of the first
        assert not copy("{}", deaf(tmp_path), suffix=".json").succeeded
    first, second = tmp_path.iterdir()
    for file in (first, second):
        assert file.name.startswith("eventview-")
        assert file.suffix == ".json"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_without_even_a_file_the_words_say_why(tmp_path: Path) -> None:
    assert copy("label", deaf(tmp_path / "gone")) == Copied(
        "Not copied: a terminal of type linux ignores OSC 52; "
        "the file could not be written either: No such file or directory",
        succeeded=False,
    )


def test_a_file_that_got_only_half_is_not_left_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int, mode: str) -> None:
        os.close(descriptor)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fdopen", full)
    copied = copy("label", deaf(tmp_path))
    assert copied.message.endswith(
        "; the file could not be written either: No space left on device"
    )
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_no_copy_and_leaves_the_clipboard_alone(tmp_path: Path) -> None:
    recorder = ToolRecorder(xclip="", tmux="")
    assert copy("", recorder.around(tmp_path, X11, TMUX), what="the label") == Copied(
        "The label: empty, so there is nothing to copy.", succeeded=False
    )
    assert (recorder.ran, recorder.sent, list(tmp_path.iterdir())) == ([], [], [])


def test_half_a_surrogate_pair_does_not_keep_the_rest_from_being_copied(tmp_path: Path) -> None:
    recorder = ToolRecorder(xclip="")
    text = "a\ud83d b\ud83d\ude00 c\ude00"
    assert copy(text, recorder.around(tmp_path, X11)).succeeded
    assert recorder.got.decode() == "a\ufffd b😀 c\ufffd"


def program(folder: Path, body: str) -> str:
    """Write a shell script and return its path."""
    path = folder / "program"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize("size", [0, 1, 3_000_000])
def test_a_program_gets_its_input_to_the_last_byte(size: int, tmp_path: Path) -> None:
    stdin = bytes(range(256)) * (size // 256) + b"\n" * (size % 256)
    noisy = program(tmp_path, 'cat > "$0.got"; echo noise; echo noise >&2')
    assert run_program([noisy], stdin, SECONDS) == ""
    assert (tmp_path / "program.got").read_bytes() == stdin


def test_a_program_that_fails_is_a_reason_and_no_exception(tmp_path: Path) -> None:
    assert (
        run_program([program(tmp_path, "exit 7")], b"x" * 3_000_000, SECONDS)
        == "ended with status 7"
    )
    assert (
        run_program([program(tmp_path, "kill -9 $$")], b"label", SECONDS) == "ended with status -9"
    )
    assert run_program([str(tmp_path / "gone")], b"") == "cannot be run: No such file or directory"
    (tmp_path / "program").chmod(0o600)
    assert run_program([str(tmp_path / "program")], b"") == "cannot be run: Permission denied"


def test_a_program_is_in_a_session_of_its_own_and_prints_nothing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    # The clipboard would otherwise be empty as soon as the terminal is closed.
    wants = """
import os, sys
print("out")
print("err", file=sys.stderr)
sys.exit(os.getsid(0) != os.getpid())
"""
    assert run_program([sys.executable, "-c", wants], b"", SECONDS) == ""
    assert capfd.readouterr() == ("", "")


def test_a_program_that_hangs_and_reads_nothing_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "program.hang")
    hanging = program(tmp_path, 'read line < "$0.hang"')
    assert run_program([hanging], b"x" * 3_000_000, 0.05) == "did not end within 0.05 s"


def test_a_program_that_stays_in_the_background_is_neither_waited_for_nor_ended(
    tmp_path: Path,
) -> None:
    for name in ("stay", "end"):
        os.mkfifo(tmp_path / f"program.{name}")
    stay = os.open(tmp_path / "program.stay", os.O_RDWR)
    end = os.open(tmp_path / "program.end", os.O_RDWR)
    try:
        # xclip and wl-copy also stay, to serve the clipboard until another program takes it.
        staying = program(tmp_path, '(read line < "$0.stay"; echo ended > "$0.end") &')
        assert run_program([staying], b"label", SECONDS) == ""
        assert select.select([end], [], [], 0)[0] == []
        os.write(stay, b"\n")
        assert select.select([end], [], [], SECONDS)[0] == [end]
    finally:
        os.close(stay)
        os.close(end)


@pytest.fixture
def tmux(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[list[str]]:
    """Start a tmux of the test's own and return the start of its command lines."""
    found = shutil.which("tmux")
    if found is None:
        pytest.skip("tmux is not installed")
    monkeypatch.delenv("TMUX", raising=False)
    # The path of a socket is limited to about a hundred bytes.
    monkeypatch.setenv("TMUX_TMPDIR", str(tmp_path_factory.mktemp("t")))
    command = [found, "-L", "eventview", "-f", "/dev/null"]
    try:
        subprocess.run([*command, "new-session", "-d", "cat"], check=True, timeout=SECONDS)  # noqa: S603
        server = asked(command, "display-message", "-p", "#{socket_path},#{pid},0")
        monkeypatch.setenv("TMUX", server.decode().rstrip("\n"))
        monkeypatch.setenv("SSH_CONNECTION", SSH["SSH_CONNECTION"])
        yield command
    finally:
        subprocess.run([*command, "kill-server"], check=False, timeout=SECONDS)  # noqa: S603


def asked(command: list[str], *words: str) -> bytes:
    return subprocess.run(  # noqa: S603
        [*command, *words], check=True, capture_output=True, timeout=SECONDS
    ).stdout


def test_a_real_tmux_has_every_text_as_it_is(tmux: list[str]) -> None:
    def never(text: str) -> None:
        pytest.fail("sent to the terminal")

    around = replace(
        read_clipboard_environment(never), run=partial(run_program, patience_s=SECONDS)
    )
    for name, text in TEXTS.items():
        copied = copy(text, around)
        words = "In tmux's buffer only (prefix ] pastes)" if name == "huge" else BOTH_IN_TMUX
        assert copied == Copied(f"{words}.", succeeded=True)
        assert asked(tmux, "show-buffer") == text.encode()


def test_a_real_tmux_whose_server_is_gone_leaves_a_file(
    tmux: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TMUX", f"{tmp_path / 'gone'},1,0")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert copy("label", read_clipboard_environment(pytest.fail)) == Copied(
        "Not copied: tmux load-buffer ended with status 1; tmux does not pass OSC 52 on "
        f"unless configured to; written to {file_in(tmp_path)}",
        succeeded=False,
    )
