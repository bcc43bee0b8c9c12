"""A run loads nothing that it does not need, so that it starts fast."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench.sessions import v1_file
from tests.conftest import CHECKOUT
from tests.e2e.terminal import terminal
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


CONNECT = """
import os
import sys
import threading
from eventview import terminal
from eventview.cli import main

def report(event, _):
    if event == "socket.getaddrinfo":
        os.write(1, " ".join(sys.modules).encode())
        os._exit(0)

terminal.has_screen = lambda: "--format" not in sys.argv
# The interface is not shown, and an export goes on only when the thread that connects waits.
terminal.redirect_to_terminal = threading.Event().wait
sys.setswitchinterval(1000)
"localhost".encode("idna")
sys.addaudithook(report)
main.main(sys.argv[1:])
"""

NOT_FOR_A_REQUEST = {
    "textual", "rapidfuzz", "regex", "msgspec", "pydantic", "pydantic_core", "tenacity",
    "platformdirs", "truststore", "asyncio", "eventview.wire", "eventview.render",
    "eventview.analysis", "eventview.view", "eventview.query",
}  # fmt: skip
"""What only reading, showing, writing or retrying needs."""


@pytest.mark.parametrize("shown", [[], ["--format", "text"]], ids=["screen", "export"])
@pytest.mark.parametrize("api", ["v1", "v2"])
@pytest.mark.parametrize("has_file", [False, True], ids=["environment", "file"])
def test_a_request_leaves_before_what_it_does_not_need_is_loaded(
    tmp_path: Path, shown: list[str], api: str, has_file: bool
) -> None:
    file, key = tmp_path / "config.toml", tmp_path / "key"
    environment = {**os.environ, "OPENREPLAY_API_KEY": "k" * 20, "NO_PROXY": "*"}
    if has_file:
        file.write_text('[profiles.shop]\nproject_id = 12\napi_key_file = "key"\n', "utf-8")
        key.write_text("k" * 20, "utf-8")
        file.chmod(0o600)
        key.chmod(0o600)
        environment["EVENTVIEW_CONFIG"] = str(file)
    arguments = ["p", "1", "--url", "http://127.0.0.1:9", "--api", api, *shown]
    ran = subprocess.run(  # noqa: S603  # our own code
        [sys.executable, "-c", CONNECT, *arguments],
        check=True, capture_output=True, text=True, env=environment,
    )  # fmt: skip
    modules = set(ran.stdout.split())
    assert "httpx" in modules
    assert modules & NOT_FOR_A_REQUEST == set()


WAIT = """
import os
import sys
import threading
from eventview import terminal
from eventview.cli import main

def report(event, timeout=None):
    if timeout is not None and threading.current_thread() is threading.main_thread():
        print("waits", timeout, flush=True)
        os._exit(0)
    return wait(event, timeout)

def show():
    print("shows at once", flush=True)
    os._exit(0)

wait, threading.Event.wait = threading.Event.wait, report
terminal.has_screen = lambda: True
terminal.redirect_to_terminal = show
main.main(sys.argv[1:])
"""


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (["--demo"], "shows at once"),
        ([str(CHECKOUT)], "shows at once"),
        ([str(CHECKOUT), "--with", str(CHECKOUT)], "shows at once"),
        (["p", "1", "--url", "http://127.0.0.1:9"], "waits 0.5"),
        (["p", "--user", "u", "--url", "http://127.0.0.1:9"], "waits 0.5"),
    ],
    ids=["demo", "file", "files", "server", "list"],
)
def test_only_a_request_holds_up_the_interface(arguments: list[str], shown: str) -> None:
    ran = subprocess.run(  # noqa: S603  # our own code
        [sys.executable, "-c", WAIT, *arguments],
        check=True, capture_output=True, text=True,
        env={**os.environ, "OPENREPLAY_API_KEY": "k" * 20, "NO_PROXY": "*"},
    )  # fmt: skip
    assert ran.stdout.strip() == shown


DEFINE = """
import dataclasses
import re
import sys
from collections import Counter
import textual.app

def count(frame, event, _):
    made = {dataclasses.dataclass.__code__: "dataclass", re.compile.__code__: "pattern"}
    if event == "call" and (name := made.get(frame.f_code)):
        maker = frame.f_back.f_globals["__name__"]
        if maker.startswith("eventview."):
            counts[name] += 1

counts = Counter()
sys.setprofile(count)
import eventview.cli.interface, eventview.tui.app, eventview.sources.files
sys.setprofile(None)
print(counts["dataclass"], counts["pattern"])
"""


def test_the_interface_defines_few_things_that_take_long_to_define() -> None:
    # A dataclass takes 1.2 ms, a pattern 0.1 to 6 ms; a Struct 0.04 ms.
    ran = subprocess.run(  # noqa: S603  # our own code
        [sys.executable, "-c", DEFINE], check=True, capture_output=True, text=True
    )
    dataclasses, patterns = map(int, ran.stdout.split())
    assert dataclasses == 0
    # The forms of documents, and what is tried on each event.
    assert 0 < patterns <= 20


FIRST_ROW = """
import os
import sys
from pathlib import Path
from textual.app import App
from textual.widgets import Label

def report(event, arguments):
    if event == "open" and str(arguments[0]).endswith(".tcss"):
        styles.append(arguments[0])

def paint(timeline, y):
    if timeline.number_of_rows:
        new = (name for name in sys.modules if name not in bare)
        Path(file).write_text(f"{len(styles)} {' '.join(new)}")
        os._exit(0)
    return painted(timeline, y)

bare, styles, (file, *arguments) = {*sys.modules}, [], sys.argv[1:]
sys.addaudithook(report)
from eventview.cli import main
from eventview.tui.widgets.timeline import Timeline
painted, Timeline.render_line = Timeline.render_line, paint
main.main(arguments)
"""


def test_the_first_row_of_a_file_needs_few_modules_and_one_style_sheet(tmp_path: Path) -> None:
    report = tmp_path / "report"
    arguments = ("-c", FIRST_ROW, str(report), str(v1_file(tmp_path, 1000)))
    with terminal(*arguments, command=sys.executable) as screen:
        assert screen.ended() == 0
    styles, *modules = report.read_text().split()
    assert styles == "1"
    own = [name for name in modules if name.partition(".")[0] == "eventview"]
    others = {name.partition(".")[0] for name in modules} - sys.stdlib_module_names
    assert others == {"eventview", "textual", "msgspec"}, "besides those of a bare application"
    assert len(own) <= 95


ESCAPE = """
import os
from eventview import terminal
from eventview.cli import main

def show():
    from textual import constants
    print(constants.ESCAPE_DELAY, flush=True)
    os._exit(0)

terminal.has_screen = lambda: True
terminal.redirect_to_terminal = show
main.main(["--demo"])
"""


@pytest.mark.parametrize(("wanted", "seconds"), [(None, "0.01"), ("250", "0.25")])
def test_esc_is_told_from_other_keys_soon_or_as_the_user_wants(
    wanted: str | None, seconds: str
) -> None:
    own = {name: value for name, value in os.environ.items() if name != "ESCDELAY"}
    environment = own if wanted is None else {**own, "ESCDELAY": wanted}
    ran = subprocess.run(  # noqa: S603  # our own code
        [sys.executable, "-c", ESCAPE],
        check=True, capture_output=True, text=True, env=environment,
    )  # fmt: skip
    assert ran.stdout.strip() == seconds
