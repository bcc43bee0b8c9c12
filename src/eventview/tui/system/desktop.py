"""The desktop around the terminal: its clipboard and browser, and opening a link.

Python's `webbrowser` finds the browser. It runs in a process of its own, away from our terminal,
because what it starts may print, read keys or keep running. Access to the machine is passed in as
`BrowserEnvironment`.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePath
from threading import Thread
from typing import Final, NamedTuple
from urllib.parse import quote

from msgspec import Struct

from eventview.tui.system.clipboard import (
    ClipboardEnvironment,
    Copied,
    copy,
    is_over_ssh,
    read_clipboard_environment,
)

_PATIENCE_S: Final = 5.0
_LINK: Final = re.compile(r"https?://[^/?#\s]", re.IGNORECASE)
_LEGAL: Final = "%:/?#[]@!$&'()*+,;=-._~"
_IN_A_TERMINAL: Final = {"browsh", "elinks", "links", "links2", "lynx", "w3m", "www-browser"}

# Isolated mode (-I) ignores a webbrowser.py in the user's folder.
_OPENER: Final = (
    sys.executable,
    "-I",
    "-c",
    "import sys, webbrowser; sys.exit(not webbrowser.open(sys.argv[1]))",
)


class BrowserEnvironment(Struct, frozen=True):
    """Access to the machine that opening a link needs."""

    environment: Mapping[str, str]
    platform: str
    """Platform, as in `sys.platform`."""
    run: Callable[[Sequence[str], Mapping[str, str]], str]
    """Runs a program in an environment; returns the failure as a text, or ""."""


class Desktop(NamedTuple):
    """Access to the clipboard and the browser."""

    clipboard: ClipboardEnvironment
    browser: BrowserEnvironment

    def copy(self, text: str, *, what: str, suffix: str = ".txt") -> Copied:
        """Copy a text; see `clipboard.copy`."""
        return copy(text, self.clipboard, what=what, suffix=suffix)

    def open(self, link: str) -> Opened:
        """Open a link; see `open_link`."""
        return open_link(link, self.browser)


class Opened(NamedTuple):
    """Result of opening a link."""

    message: str
    """Message for the user, safe to show."""
    succeeded: bool


def read_desktop(osc52: Callable[[str], None]) -> Desktop:
    """Return the desktop of this machine.

    Args:
        osc52: sends a text to the terminal's clipboard.
    """
    return Desktop(read_clipboard_environment(osc52), read_browser_environment())


def read_browser_environment() -> BrowserEnvironment:
    """Return the browser environment of this machine."""
    return BrowserEnvironment(dict(os.environ), sys.platform, start_program)


def open_link(url: str, around: BrowserEnvironment) -> Opened:
    """Open a link in the desktop's browser or the one that $BROWSER names.

    Browsers that run in a terminal are skipped. May wait some seconds, so call it outside the
    interface's thread.
    """
    if not _LINK.match(url):
        return _not_opened("only http and https links are supported")
    choices = around.environment.get("BROWSER", "").split(os.pathsep)
    chosen = os.pathsep.join(filter(_leaves_terminal, choices))
    if not chosen and (reason := _check_desktop(around)):
        return _not_opened(f"no desktop here: {reason}")
    # Characters that no URL has are escaped, so that no script on the way interprets them.
    link = quote(url, safe=_LEGAL, errors="replace")
    # webbrowser looks for browsers that run in a terminal only if TERM is set.
    environment = {k: v for k, v in around.environment.items() if k not in {"TERM", "BROWSER"}}
    if chosen:
        environment["BROWSER"] = chosen
    if failure := around.run((*_OPENER, link), environment):
        return _not_opened(failure)
    return Opened("Handed to the browser.", succeeded=True)


def _not_opened(reason: str) -> Opened:
    return Opened(f"Not opened: {reason}.", succeeded=False)


def _check_desktop(around: BrowserEnvironment) -> str:
    """Return the reason why there is no desktop here; "" if there may be one."""
    if is_over_ssh(around.environment):
        return "this is an SSH session"
    if around.platform == "darwin":
        return ""
    if any(around.environment.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")):
        return ""
    return "neither DISPLAY nor WAYLAND_DISPLAY is set"


def _leaves_terminal(choice: str) -> bool:
    """Return True if a command line starts a program that does not run in the terminal."""
    try:
        arguments = shlex.split(choice)
    except ValueError:
        return False
    return bool(arguments) and PurePath(arguments[0]).name not in _IN_A_TERMINAL


def start_program(
    argv: Sequence[str], environment: Mapping[str, str], patience_s: float = _PATIENCE_S
) -> str:
    """Run a program away from our terminal, and leave it running if it takes long.

    Args:
        argv: the program and its arguments.
        environment: its environment variables.
        patience_s: seconds to wait for its end.

    Returns:
        The failure as a text; "" if it succeeded or is still running.
    """
    try:
        process = subprocess.Popen(  # noqa: S603  # our own interpreter, without a shell
            argv,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        return f"no browser can be started: {error.strerror}"
    try:
        status = process.wait(patience_s)
    except subprocess.TimeoutExpired:
        # Its end has to be waited for, or it remains as a zombie.
        Thread(target=process.wait, name="browser", daemon=True).start()
        return ""
    return "no browser could be started" if status else ""
