"""What the interface reaches outside its own terminal: clipboard and browser.

The desktop's browser: opening a link there, or saying why not.

Python's `webbrowser` knows the desktops. It runs as a process of its own, away from our terminal,
because what it starts may print, read keys,
or stay. Everything outside comes in as `BrowserEnvironment`.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from threading import Thread
from typing import Final, NamedTuple
from urllib.parse import quote

from eventview.tui.system.clipboard import ClipboardEnvironment, is_over_ssh, surroundings

_PATIENCE_S: Final = 5.0
_LINK: Final = re.compile(r"https?://[^/?#\s]", re.IGNORECASE)
_LEGAL: Final = "%:/?#[]@!$&'()*+,;=-._~"
_IN_A_TERMINAL: Final = {"browsh", "elinks", "links", "links2", "lynx", "w3m", "www-browser"}

# Isolated (-I), or a webbrowser.py in the user's folder would be what runs.
_OPENER: Final = (
    sys.executable,
    "-I",
    "-c",
    "import sys, webbrowser; sys.exit(not webbrowser.open(sys.argv[1]))",
)


@dataclass(frozen=True, slots=True)
class BrowserEnvironment:
    """What is around the interface, as far as a link can be opened there."""

    environment: Mapping[str, str]
    platform: str
    """As `sys.platform` names it."""
    run: Callable[[Sequence[str], Mapping[str, str]], str]
    """Runs a program in an environment; returns why that failed, in words, or ""."""


class Opened(NamedTuple):
    """What became of a link."""

    words: str
    """For the user; safe to show."""
    went_well: bool


def desktop() -> BrowserEnvironment:
    """What is really around."""
    return BrowserEnvironment(dict(os.environ), sys.platform, start)


def open_link(url: str, around: BrowserEnvironment) -> Opened:
    """Open a link in the desktop's browser, or in what $BROWSER names.

    Never in a browser that would want our terminal. Waits some seconds at worst: not for the
    thread that paints.
    """
    if not _LINK.match(url):
        return _not_opened("only links of http and https are")
    chosen = _chosen(around.environment)
    if not chosen and (reason := _why_no_desktop(around)):
        return _not_opened(f"no desktop here: {reason}")
    # What no URL has is written as one has it, so that no script on the way reads it as its own.
    link = quote(url, safe=_LEGAL, errors="replace")
    if failed := around.run((*_OPENER, link), _environment(around.environment, chosen)):
        return _not_opened(failed)
    return Opened("Handed to the browser.", went_well=True)


def _not_opened(reason: str) -> Opened:
    return Opened(f"Not opened: {reason}.", went_well=False)


def _why_no_desktop(around: BrowserEnvironment) -> str:
    if is_over_ssh(around.environment):
        return "this is an SSH session"
    if around.platform == "darwin":
        return ""
    if any(around.environment.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")):
        return ""
    return "neither DISPLAY nor WAYLAND_DISPLAY is set"


def _chosen(environment: Mapping[str, str]) -> str:
    """What $BROWSER names, without browsers that run in a terminal."""
    choices = environment.get("BROWSER", "").split(os.pathsep)
    return os.pathsep.join(choice for choice in choices if _is_outside(choice))


def _is_outside(choice: str) -> bool:
    """Whether a command line starts something that keeps out of the terminal."""
    try:
        words = shlex.split(choice)
    except ValueError:
        return False
    return bool(words) and PurePath(words[0]).name not in _IN_A_TERMINAL


def _environment(environment: Mapping[str, str], chosen: str) -> dict[str, str]:
    """The opener's environment, in which it finds no browser that runs in a terminal."""
    # webbrowser looks for those only where TERM is set.
    kept = {name: value for name, value in environment.items() if name not in {"TERM", "BROWSER"}}
    return kept | {"BROWSER": chosen} if chosen else kept


def start(
    argv: Sequence[str], environment: Mapping[str, str], patience_s: float = _PATIENCE_S
) -> str:
    """Run a program away from our terminal; one that stays is left running.

    Args:
        argv: the program and its arguments.
        environment: what it gets as its environment.
        patience_s: how long to wait for its end.

    Returns:
        Why it failed, in words; "" when it did not, or is still running.
    """
    try:
        process = subprocess.Popen(  # noqa: S603  # ourselves, and no shell
            argv,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        return f"no browser can be started, {error.strerror}"
    try:
        status = process.wait(patience_s)
    except subprocess.TimeoutExpired:
        # Somebody has to take note of its end, or it stays as a zombie.
        Thread(target=process.wait, name="browser", daemon=True).start()
        return ""
    return "no browser could be started" if status else ""


class Desktop(NamedTuple):
    """The clipboards and the browser there are."""

    clipboards: ClipboardEnvironment
    desktop: BrowserEnvironment


def real(osc52: Callable[[str], None]) -> Desktop:
    """Those of this machine.

    Args:
        osc52: asks the terminal to take a text into its clipboard.
    """
    return Desktop(surroundings(osc52), desktop())
