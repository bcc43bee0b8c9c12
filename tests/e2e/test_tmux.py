"""The installed command inside a real tmux: what y copies is in the buffer."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import CHECKOUT
from tests.e2e.terminal import COMMAND, PATIENCE_S

TMUX = shutil.which("tmux") or ""

pytestmark = pytest.mark.skipif(not TMUX, reason="tmux is not installed")


class Tmux:
    """A tmux server of its own, with one window of 80x24."""

    def __init__(self, folder: Path) -> None:
        self._environment = {**os.environ, "TMUX_TMPDIR": str(folder), "TERM": "xterm-256color"}
        for name in ("TMUX", "DISPLAY", "WAYLAND_DISPLAY", "SSH_CONNECTION"):
            self._environment.pop(name, None)

    def run(self, *arguments: str) -> str:
        command = [TMUX, "-L", "eventview", "-f", "/dev/null", *arguments]
        ended = subprocess.run(  # noqa: S603  # our own words
            command, env=self._environment, check=False, capture_output=True, timeout=PATIENCE_S
        )
        return ended.stdout.decode()

    def until(self, condition: Callable[[], bool]) -> None:
        give_up = time.monotonic() + PATIENCE_S
        while not condition():
            if time.monotonic() > give_up:
                raise AssertionError(f"never came true; the screen shows:\n{self.screen}")

    @property
    def screen(self) -> str:
        return self.run("capture-pane", "-p")

    @property
    def buffer(self) -> str:
        return self.run("show-buffer")


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[Tmux]:
    server = Tmux(tmp_path)
    command = f"{shlex.quote(COMMAND)} {shlex.quote(str(CHECKOUT))}"
    server.run("new-session", "-d", "-x", "80", "-y", "24", command)
    try:
        yield server
    finally:
        server.run("kill-server")


def test_what_is_copied_is_in_the_buffer_and_the_message_says_so(tmux: Tmux) -> None:
    tmux.until(lambda: "180 of 180 events" in tmux.screen and "y copy" in tmux.screen)
    tmux.run("send-keys", "x", "x", "y")
    tmux.until(lambda: "Esc closes" in tmux.screen)
    tmux.run("send-keys", "m")
    tmux.until(lambda: "tmux's buffer" in tmux.screen)
    assert tmux.buffer.startswith("## Clicked “Apply” 5 times on /cart\n")
    assert "### How to reproduce" in tmux.buffer
    # As fast as it can be typed.
    tmux.run("send-keys", "yc")
    tmux.until(lambda: tmux.buffer.startswith("eventview "))
    assert tmux.buffer == f"eventview {CHECKOUT} --at '#30'"
