"""A run loads nothing that it does not need, so that it starts fast."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.conftest import CHECKOUT
from tests.server.openreplay import API_KEY, PROJECT_KEY, SESSION_IDS, serve

pytestmark = pytest.mark.slow

RUN = """
import sys
from eventview.cli.main import main
try:
    code = main(sys.argv[1:])
except SystemExit as end:
    code = end.code
print("loaded", *sorted({"textual", "httpx", "pydantic", "rapidfuzz"} & sys.modules.keys()))
sys.exit(code)
"""


def loaded_by(*arguments: str) -> list[str]:
    """Return the heavy packages that a run has loaded when it is done."""
    command = [sys.executable, "-c", RUN, *arguments]
    ran = subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL)  # noqa: S603
    assert ran.stderr == b""
    *shown, last = ran.stdout.decode().splitlines()
    assert shown
    word, *modules = last.split()
    assert word == "loaded"
    return modules


@pytest.mark.parametrize(
    "arguments",
    [
        ["--version"],
        ["--help"],
        ["--demo", "--format", "text"],
        ["--demo", "--format", "json", "--type", "click", "--find", "pay"],
        [str(CHECKOUT), "--format", "ndjson"],
    ],
    ids=["version", "help", "demo", "demo as json", "file"],
)
def test_a_run_without_server_and_interface_loads_nothing_heavy(arguments: list[str]) -> None:
    assert loaded_by(*arguments) == []


def test_an_export_from_a_server_loads_no_interface(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENREPLAY_API_KEY", API_KEY)
    with serve() as running:
        modules = loaded_by(PROJECT_KEY, SESSION_IDS["checkout"], "--url", running.url)
    assert modules == ["httpx"]  # so the test above would have seen it


FIRST = """
import sys
import threading
from eventview.cli import main
from eventview.sources.openreplay.sessions import RemoteSession
from eventview import terminal
def batches(self, on_status):
    print("requested, and loaded:", *sorted({"textual"} & sys.modules.keys()), flush=True)
    import os
    os._exit(0)
RemoteSession.batches = batches
terminal.has_screen = lambda: True
# The interface is about to be loaded: the server has to be asked by now, or is never.
terminal.redirect_to_terminal = lambda: threading.Event().wait(60)
main.main(sys.argv[1:])
"""


def test_the_server_is_asked_before_the_interface_is_loaded() -> None:
    arguments = ["p", "1", "--url", "http://127.0.0.1:9"]
    ran = subprocess.run(  # noqa: S603  # our own code
        [sys.executable, "-c", FIRST, *arguments],
        check=True, capture_output=True, text=True, env={**os.environ, "OPENREPLAY_API_KEY": "k"},
    )  # fmt: skip
    assert ran.stdout.strip() == "requested, and loaded:"
