"""The clipboard: a text goes to whatever takes it here, and the words say what was really done.

No one way works everywhere, and the one that works over SSH never says whether it did. Everything
outside comes in as `ClipboardEnvironment`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from eventview.session.text import clean

OSC_52_LIMIT: Final = 74_994
"""The longest text in base64, in bytes, sent as OSC 52: terminals drop a longer one without a word.
As k9s has it (its K9S_OSC52_MAX)."""

_PATIENCE_S: Final = 3.0
_SSH: Final = ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY")


@dataclass(frozen=True, slots=True)
class ClipboardEnvironment:
    """What is around the interface, as far as a text can go there."""

    environment: Mapping[str, str]
    platform: str
    """As `sys.platform` names it."""
    which: Callable[[str], str | None]
    """Where a program is; None when it is not installed."""
    run: Callable[[Sequence[str], bytes], str]
    """Gives a program its input; returns why that failed, as what follows its name, or ""."""
    osc52: Callable[[str], None]
    """Sends a text to the terminal as OSC 52."""
    folder: Path | None = None
    """Where files go; None for the system's place for temporary ones."""


class Copied(NamedTuple):
    """What became of a text."""

    words: str
    """For the user; safe to show. A path, if there is one, comes last."""
    went_well: bool
    """False when it can be pasted from nowhere: it is in a file, or lost."""


class _Attempt(NamedTuple):
    """What came of one way to copy; nothing at all when it is none here."""

    done: str = ""
    failed: str = ""


class _Tool(NamedTuple):
    """A program that fills a desktop's clipboard from its standard input."""

    name: str
    options: Sequence[str] = ()
    encoding: str = "utf-8"


def surroundings(osc52: Callable[[str], None]) -> ClipboardEnvironment:
    """What is really around; `osc52` is the application's."""
    return ClipboardEnvironment(dict(os.environ), sys.platform, shutil.which, give, osc52)


def is_over_ssh(environment: Mapping[str, str]) -> bool:
    """Whether the user sits at another machine, whose desktop no program here can reach."""
    return any(environment.get(name) for name in _SSH)


def copy(
    text: str, around: ClipboardEnvironment, *, what: str = "", suffix: str = ".txt"
) -> Copied:
    """Give a text to the first of desktop, tmux and terminal that takes it, or to a file.

    Waits for programs, some seconds each at worst: not for the thread that paints. Raises nothing
    because of them.

    Args:
        text: what to copy, as it is; a lone surrogate, which no encoding has, becomes U+FFFD.
        around: where it can go.
        what: what the text is, in words that begin the message.
        suffix: the end of the file's name.
    """
    if not text:
        # tmux takes it and does nothing, OSC 52 empties the clipboard: neither is a copy.
        return Copied(_sentence(what, "empty, so there is nothing to copy."), went_well=False)
    text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    failures: list[str] = []
    for attempt in (_to_desktop, _to_tmux, _to_terminal):
        done, failed = attempt(text, around)
        if failed:
            failures.append(failed)
        if done:
            also = f" ({'; '.join(failures)})" if failures else ""
            return Copied(_sentence(what, f"{done}{also}."), went_well=True)
    words = f"not copied: {'; '.join(failures)}; {_to_file(text, around.folder, suffix)}"
    return Copied(_sentence(what, words), went_well=False)


def _sentence(what: str, words: str) -> str:
    words = f"{what}: {words}" if what else words
    return words[0].upper() + words[1:]


def _to_desktop(text: str, around: ClipboardEnvironment) -> _Attempt:
    failures, missing = [], []
    for tool in _tools(around):
        program = around.which(tool.name)
        if program is None:
            missing.append(tool.name)
        elif failed := around.run((program, *tool.options), text.encode(tool.encoding)):
            failures.append(f"{tool.name} {failed}")
        else:
            done = f"copied to the desktop's clipboard with {tool.name}"
            return _Attempt(done, "; ".join(failures))
    if not failures and missing:
        failures = [f"not installed: {', '.join(missing)}"]
    return _Attempt(failed="; ".join(failures))


def _tools(around: ClipboardEnvironment) -> Iterator[_Tool]:
    """The tools for the desktop the user sits at, best first."""
    environment = around.environment
    if is_over_ssh(environment):
        return
    if around.platform == "darwin":
        yield _Tool("pbcopy")
        return
    if environment.get("WAYLAND_DISPLAY"):
        # Without a type it guesses one, and what looks like JSON pastes nowhere as text.
        yield _Tool("wl-copy", ("--type", "text/plain;charset=utf-8"))
    if environment.get("DISPLAY"):
        yield _Tool("xclip", ("-selection", "clipboard"))
        yield _Tool("xsel", ("--clipboard", "--input"))
    if environment.get("WSL_DISTRO_NAME"):
        # Without a byte order mark, which it would copy too.
        yield _Tool("clip.exe", encoding="utf-16-le")


def _to_tmux(text: str, around: ClipboardEnvironment) -> _Attempt:
    if not around.environment.get("TMUX"):
        return _Attempt()
    program = around.which("tmux")
    if program is None:
        return _Attempt(failed="tmux is not installed here")
    written = text.encode()
    # With -w, since tmux 3.2, the terminal around tmux gets it as OSC 52, within the same limit.
    is_for_both = _osc52_size(text) <= OSC_52_LIMIT
    if is_for_both and not around.run((program, "load-buffer", "-w", "-"), written):
        return _Attempt(
            "in tmux's buffer (prefix ] pastes), and tmux was asked to hand it to the terminal's "
            "clipboard"
        )
    if failed := around.run((program, "load-buffer", "-"), written):
        return _Attempt(failed=f"tmux load-buffer {failed}")
    return _Attempt("in tmux's buffer only (prefix ] pastes)")


def _to_terminal(text: str, around: ClipboardEnvironment) -> _Attempt:
    if failed := _why_no_osc52(text, around.environment):
        return _Attempt(failed=failed)
    around.osc52(text)
    return _Attempt("sent to the terminal as OSC 52, which does not say whether it took it")


def _why_no_osc52(text: str, environment: Mapping[str, str]) -> str:
    """Why it would be of no use to send OSC 52; "" when it may be of use."""
    terminal = environment.get("TERM", "")
    if environment.get("TMUX"):
        return "tmux lets no OSC 52 through unless told to"
    if environment.get("TERM_PROGRAM") == "Apple_Terminal":
        return "Terminal.app ignores OSC 52"
    if terminal in {"linux", "dumb"}:
        return f"a terminal of type {terminal} ignores OSC 52"
    # Its type alone tells nothing: tmux has the same, also at the other end of SSH.
    if environment.get("STY"):
        return "GNU screen lets no OSC 52 through"
    size = _osc52_size(text)
    if size > OSC_52_LIMIT:
        return f"too large for OSC 52 ({size:,} bytes in base64, at most {OSC_52_LIMIT:,})"
    return ""


def _osc52_size(text: str) -> int:
    """How long a text is in base64, in bytes."""
    return -(-len(text.encode()) // 3) * 4


def _to_file(text: str, folder: Path | None, suffix: str) -> str:
    """Write a file for its owner only; where it is, or why there is none, in words."""
    try:
        descriptor, path = tempfile.mkstemp(suffix, "eventview-", folder)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(text.encode())
        except OSError:
            Path(path).unlink(missing_ok=True)
            raise
    except OSError as error:
        return f"nor written to a file: {clean(error.strerror or str(error))}"
    return f"written to {clean(path)}"


def give(argv: Sequence[str], written: bytes, patience_s: float = _PATIENCE_S) -> str:
    """Run a program on an input.

    Some stay in the background, where they hold what they inherited: nothing is read from them,
    and the end of the session they are in does not end them.

    Args:
        argv: the program and its options.
        written: its standard input.
        patience_s: how long to wait for its end.

    Returns:
        Why it failed, as what follows its name; "" when it did not.
    """
    try:
        ended = subprocess.run(  # noqa: S603  # a program of the desktop's, and no shell
            argv,
            check=False,
            input=written,
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
