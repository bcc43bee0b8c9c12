"""Fixtures of all tests: the recordings, sessions made from them, and a clean environment."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from inspect import iscoroutinefunction
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import settings

from eventview.cli.main import main
from eventview.errors import EventviewError
from eventview.session.events import Event
from eventview.session.session import Session
from eventview.session.source import OnStatus, Replay, SessionRef, ignore_status
from eventview.sources.json_reader import read_json
from eventview.wire.v1 import read_answer
from tests.server.openreplay import API_KEY, Running, serve

RECORDINGS = Path(__file__).parent / "recordings"
CASES = Path(__file__).with_name("cases")
"""Small inputs that once went wrong."""
CHECKOUT = RECORDINGS / "v1" / "events_b_checkout.json"
DOCUMENTED = RECORDINGS / "documented-example.json"


# How long an example takes depends on the machine; timing belongs in tests/bench.
settings.register_profile("eventview", deadline=None)
settings.register_profile("quick", deadline=None, max_examples=20)
settings.load_profile("eventview")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option with which a meant change of looks is accepted."""
    parser.addoption(
        "--renew",
        action="store_true",
        help="accept what is new in screenshots/ and in the README's keys instead of comparing",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Try fewer examples of each property where slow tests are left out."""
    if "not slow" in config.option.markexpr:
        settings.load_profile("quick")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of the loopback server, and those that start the screen or a process."""
    for item in items:
        folder = item.path.parent.name
        if folder == "server":
            item.add_marker(pytest.mark.server)
        # Only the screen has to be waited for.
        if folder == "e2e" or (isinstance(item, pytest.Function) and iscoroutinefunction(item.obj)):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(autouse=True)
def clean_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """No test sees the developer's own server, profiles, proxies, colours or time zone."""
    for name in list(os.environ):
        if name.startswith(("OPENREPLAY_", "EVENTVIEW_", "TEXTUAL")) or name.lower().endswith(
            "_proxy"
        ):
            monkeypatch.delenv(name)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setenv("EVENTVIEW_CACHE", str(tmp_path_factory.mktemp("cache")))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("config")))
    monkeypatch.setenv("TZ", "America/Caracas")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def in_berlin(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine in Berlin, where zones have names: CET, CEST."""
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()


def session_of(events: Sequence[Event], name: str = "acme", session: str = "42") -> Session:
    """A session of these events, as one that a server sent whole."""
    return Session.of(SessionRef(name, session, "acme.example"), events, len(events))


def recorded(path: Path) -> Session:
    """A session from a recorded answer."""
    return session_of(read_answer(read_json(path.read_bytes())).events)


@pytest.fixture
def checkout() -> Session:
    """The recorded session of 180 events."""
    return recorded(CHECKOUT)


@pytest.fixture
def documented() -> Session:
    """The example printed in OpenReplay's documentation."""
    return recorded(DOCUMENTED)


class Named:
    """Name of a source on a server, and the link to its session's replay."""

    command: Sequence[str] = ("eventview", "acme-shop", "42")
    link: Replay | EventviewError = Replay("https://acme.example/12/session/42")

    def replay(self, on_status: OnStatus = ignore_status) -> Replay:
        if isinstance(self.link, EventviewError):
            raise self.link
        return self.link


class Ran(NamedTuple):
    code: object
    out: str
    err: str

    @property
    def records(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.out.splitlines()]


Run = Callable[..., Ran]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def run_main(*arguments: str) -> Ran:
        code: object
        try:
            code = main(arguments)
        except SystemExit as end:
            code = end.code
        return Ran(code, *capsys.readouterr())

    return run_main


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    with serve() as server:
        monkeypatch.setenv("OPENREPLAY_URL", server.url)
        monkeypatch.setenv("OPENREPLAY_API_KEY", API_KEY)
        yield server
