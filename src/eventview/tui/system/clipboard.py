"""Copying a text to the desktop's clipboard, tmux or the terminal, or else to a file.

No way works everywhere, and OSC 52, which works over SSH, never confirms a copy; so the message
says exactly what was done. Access to the machine is passed in as `ClipboardEnvironment`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from msgspec import Struct

from eventview.session.text import clean

OSC_52_LIMIT: Final = 74_994
"""Bytes of base64 sent as OSC 52 at most; terminals silently drop longer texts.

The figure is that of k9s (K9S_OSC52_MAX).
"""

_PATIENCE_S: Final = 3.0
_SSH: Final = ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY")


class ClipboardEnvironment(Struct, frozen=True):
    """Access to the machine that copying needs."""

    environment: Mapping[str, str]
    platform: str
    """Platform, as in `sys.platform`."""
    which: Callable[[str], str | None]
    """Finds a program's path; None if it is not installed."""
    run: Callable[[Sequence[str], bytes], str]
    """Runs a program with an input; returns the failure, to follow the program's name, or ""."""
    osc52: Callable[[str], None]
    """Sends a text to the terminal as OSC 52."""
    folder: Path | None = None
    """Folder for files; None for the system's temporary folder."""


class Copied(NamedTuple):
    """Result of copying a text."""

    message: str
    """Message for the user, safe to show; a path comes last."""
    succeeded: bool
    """False if the text cannot be pasted, because it is in a file or lost."""


class _Attempt(NamedTuple):
    """Result of one way to copy; both texts are "" if it is not available here."""

    done: str = ""
    failure: str = ""


class _Tool(NamedTuple):
    """Program that fills a desktop's clipboard from its standard input."""

    name: str
    options: Sequence[str] = ()
    encoding: str = "utf-8"


def read_clipboard_environment(osc52: Callable[[str], None]) -> ClipboardEnvironment:
    """Return the environment of this machine; `osc52` is the application's."""
    return ClipboardEnvironment(dict(os.environ), sys.platform, shutil.which, run_program, osc52)


def is_over_ssh(environment: Mapping[str, str]) -> bool:
    """Return True if the user is at another machine, whose desktop cannot be reached."""
    return any(environment.get(name) for name in _SSH)


def copy(
    text: str, around: ClipboardEnvironment, *, what: str = "", suffix: str = ".txt"
) -> Copied:
    """Copy a text to the first of desktop, tmux and terminal that takes it, or else to a file.

    May wait some seconds for each program, so call it outside the interface's thread. A program
    that fails raises nothing.

    Args:
        text: the text to copy, unchanged except that lone surrogates become U+FFFD.
        around: access to the machine.
        what: name of the text, to begin the message with.
        suffix: suffix of the file's name.
    """
    if not text:
        # tmux ignores an empty text and OSC 52 empties the clipboard: neither is a copy.
        return Copied(_sentence(what, "empty, so there is nothing to copy."), succeeded=False)
    text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    failures: list[str] = []
    for attempt in (_to_desktop, _to_tmux, _to_terminal):
        done, failure = attempt(text, around)
        if failure:
            failures.append(failure)
        if done:
            also = f" ({'; '.join(failures)})" if failures else ""
            return Copied(_sentence(what, f"{done}{also}."), succeeded=True)
    message = f"not copied: {'; '.join(failures)}; {_to_file(text, around.folder, suffix)}"
    return Copied(_sentence(what, message), succeeded=False)


def _sentence(what: str, message: str) -> str:
    message = f"{what}: {message}" if what else message
    return message[0].upper() + message[1:]


def _to_desktop(text: str, around: ClipboardEnvironment) -> _Attempt:
    failures, missing = [], []
    for tool in _tools(around):
        program = around.which(tool.name)
        if program is None:
            missing.append(tool.name)
        elif failure := around.run((program, *tool.options), text.encode(tool.encoding)):
            failures.append(f"{tool.name} {failure}")
        else:
            done = f"copied to the desktop's clipboard with {tool.name}"
            return _Attempt(done, "; ".join(failures))
    if not failures and missing:
        failures = [f"not installed: {', '.join(missing)}"]
    return _Attempt(failure="; ".join(failures))


def _tools(around: ClipboardEnvironment) -> Iterator[_Tool]:
    """Yield the tools for the desktop of this machine, best first."""
    environment = around.environment
    if is_over_ssh(environment):
        return
    if around.platform == "darwin":
        yield _Tool("pbcopy")
        return
    if environment.get("WAYLAND_DISPLAY"):
        # Without a type it guesses one, and a text taken for JSON cannot be pasted as text.
        yield _Tool("wl-copy", ("--type", "text/plain;charset=utf-8"))
    if environment.get("DISPLAY"):
        yield _Tool("xclip", ("-selection", "clipboard"))
        yield _Tool("xsel", ("--clipboard", "--input"))
    if environment.get("WSL_DISTRO_NAME"):
        # This encoding has no byte order mark, which would be copied too.
        yield _Tool("clip.exe", encoding="utf-16-le")


def _to_tmux(text: str, around: ClipboardEnvironment) -> _Attempt:
    if not around.environment.get("TMUX"):
        return _Attempt()
    program = around.which("tmux")
    if program is None:
        return _Attempt(failure="tmux is not installed here")
    data = text.encode()
    # With -w, since tmux 3.2, tmux sends the text on to its terminal as OSC 52, which has a limit.
    is_for_both = _osc52_size(text) <= OSC_52_LIMIT
    if is_for_both and not around.run((program, "load-buffer", "-w", "-"), data):
        return _Attempt(
            "in tmux's buffer (prefix ] pastes), and tmux was asked to hand it to the terminal's "
            "clipboard"
        )
    if failure := around.run((program, "load-buffer", "-"), data):
        return _Attempt(failure=f"tmux load-buffer {failure}")
    return _Attempt("in tmux's buffer only (prefix ] pastes)")


def _to_terminal(text: str, around: ClipboardEnvironment) -> _Attempt:
    environment, size = around.environment, _osc52_size(text)
    terminal = environment.get("TERM", "")
    if environment.get("TMUX"):
        failure = "tmux does not pass OSC 52 on unless configured to"
    elif environment.get("TERM_PROGRAM") == "Apple_Terminal":
        failure = "Terminal.app ignores OSC 52"
    elif terminal in {"linux", "dumb"}:
        failure = f"a terminal of type {terminal} ignores OSC 52"
    elif environment.get("STY"):
        # TERM is no proof of GNU screen: tmux sets the same value, also at the far end of SSH.
        failure = "GNU screen does not pass OSC 52 on"
    elif size > OSC_52_LIMIT:
        failure = f"too large for OSC 52 ({size:,} bytes in base64, at most {OSC_52_LIMIT:,})"
    else:
        around.osc52(text)
        return _Attempt("sent to the terminal as OSC 52, which does not say whether it took it")
    return _Attempt(failure=failure)


def _osc52_size(text: str) -> int:
    """Return the length of a text in base64, in bytes."""
    return -(-len(text.encode()) // 3) * 4


def _to_file(text: str, folder: Path | None, suffix: str) -> str:
    """Write a file that only its owner can read; return its place or the failure, as a text."""
    try:
        descriptor, path = tempfile.mkstemp(suffix, "eventview-", folder)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(text.encode())
        except OSError:
            Path(path).unlink(missing_ok=True)
            raise
    except OSError as error:
        return f"the file could not be written either: {clean(error.strerror or str(error))}"
    return f"written to {clean(path)}"


def run_program(argv: Sequence[str], data: bytes, patience_s: float = _PATIENCE_S) -> str:
    """Run a program with an input.

    Clipboard programs may stay in the background and keep inherited streams open. They therefore
    get a session of their own, and their output is not read.

    Args:
        argv: the program and its options.
        data: its standard input.
        patience_s: seconds to wait for its end.

    Returns:
        The failure, to follow the program's name; "" on success.
    """
    try:
        ended = subprocess.run(  # noqa: S603  # a desktop program, without a shell
            argv,
            check=False,
            input=data,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            timeout=patience_s,
        )
    except subprocess.TimeoutExpired:
        return f"did not end within {patience_s:g} s"
    except OSError as error:
        return f"cannot be run: {clean(error.strerror or str(error))}"
    return f"ended with status {ended.returncode}" if ended.returncode else ""
