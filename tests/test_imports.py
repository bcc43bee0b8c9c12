"""What a run loads: nothing that it does not need, so that it starts fast."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.conftest import CHECKOUT
from tests.server.openreplay import API_KEY, PROJECT_KEY, SESSION_IDS, serve

RUN = """
import sys
from eventview.cli import main
try:
    code = main(sys.argv[1:])
except SystemExit as end:
    code = end.code
print("loaded", *sorted({"textual", "httpx", "pydantic"} & sys.modules.keys()))
sys.exit(code)
"""


def loaded_by(*arguments: str) -> list[str]:
    """Which heavy packages a run has loaded once it did what it was asked for."""
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
    assert modules == ["httpx", "pydantic"]  # so the test above would have seen them
