"""What a run loads: nothing that it does not need, so that it starts fast.

And what a module imports: nothing but what its docstring says.
"""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import eventview
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


FIRST = """
import sys
import threading
from eventview import cli
from eventview.sources.openreplay.client import RemoteSession
from eventview.tui import terminal
def batches(self, say):
    print("asked, and loaded:", *sorted({"textual"} & sys.modules.keys()), flush=True)
    import os
    os._exit(0)
RemoteSession.batches = batches
terminal.is_at_hand = lambda: True
# The interface is about to be loaded: the server has to be asked by now, or is never.
terminal.taken = lambda: threading.Event().wait(60)
cli.main(sys.argv[1:])
"""


def test_the_server_is_asked_before_the_interface_is_loaded() -> None:
    arguments = ["p", "1", "--url", "http://127.0.0.1:9"]
    ran = subprocess.run(  # noqa: S603  # our own code
        [sys.executable, "-c", FIRST, *arguments],
        check=True, capture_output=True, text=True, env={**os.environ, "OPENREPLAY_API_KEY": "k"},
    )  # fmt: skip
    assert ran.stdout.strip() == "asked, and loaded:"


# What a module may import


PACKAGE = Path(eventview.__file__).parent
MODULES = {
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__"): (
        ast.parse(path.read_text("utf-8"))
    )
    for path in sorted(PACKAGE.rglob("*.py"))
}
FREE = sys.stdlib_module_names | {"typing_extensions"}  # a standard library of later Pythons


def imported(tree: ast.Module) -> Iterator[str]:
    """What a module imports, but for the version and what everyone may."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = [f"{node.module}.{alias.name}" for alias in node.names]
            names = [name if name in MODULES else node.module for name in inner]
        else:
            continue
        yield from (
            name for name in names if name != "eventview" and name.split(".")[0] not in FREE
        )


def may_import(module: str) -> tuple[set[str], set[str]]:
    """The modules and the words in the sentence of a module's docstring, up to its semicolon."""
    docstring = ast.get_docstring(MODULES[module]) or ""
    sentence = re.search(r"May\s+import\s([^;]*?)(?:;|\.(?:\s|$))", docstring)
    words = sentence[1] if sentence else ""
    package = module.rpartition(".")[0]
    names = {
        name if name.startswith("eventview") else f"{package}.{name}"
        for name in re.findall(r"`([\w.]+)`", words)
    }
    if re.search(r"its\s+neighbours(?!\s+`)", words):
        names.add(package)
    return names, set(re.findall(r"\w+", words.lower()))


@pytest.mark.parametrize("module", sorted(MODULES))
def test_a_module_imports_only_what_it_and_its_packages_say(module: str) -> None:
    parts = module.split(".")
    # The package of all has no sentence.
    speakers = [".".join(parts[:end]) for end in range(2, len(parts) + 1)]
    for speaker in speakers:
        names, words = may_import(speaker)
        inside = {*names, speaker}
        strays = [
            name
            for name in imported(MODULES[module])
            if not any(f"{name}.".startswith(f"{allowed}.") for allowed in inside)
            and (name.startswith("eventview.") or name.split(".")[0] not in words)
        ]
        assert strays == [], f"not said by {speaker}"
