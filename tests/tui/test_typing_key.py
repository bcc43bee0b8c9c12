"""An API key that was typed wrong is typed again, and never goes to another host."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from eventview.cli.resolve import (
    RunContext,
    SourceRequest,
    find_pair,
    find_sessions,
    find_target,
)
from eventview.config.settings import ConnectionOptions
from eventview.sources.recorder import ResponseRecorder
from eventview.tui.app import EventviewApp
from eventview.tui.feed import Feed, ListingFeed
from eventview.tui.screens.compare import CompareScreen
from eventview.tui.screens.sessions import SessionsScreen
from eventview.view.view_options import InitialView, ViewOptions
from tests.server.openreplay import API_KEY, PROJECT_KEY, SESSION_IDS, OpenReplay, Running, serve
from tests.tui.stage import SMALL, Stage

CHECKOUT, OTHER = list(SESSION_IDS.values())[:2]
CONTEXT = RunContext({}, lambda _: True)


def request_of(*targets: str, url: str, user: str | None = None) -> SourceRequest:
    options = ConnectionOptions(url=url)
    return SourceRequest(targets, CONTEXT, ResponseRecorder(), {}, {}, options=options, user=user)


@pytest.fixture
def servers() -> Iterator[list[Running]]:
    with ExitStack() as stack:
        yield [stack.enter_context(serve(OpenReplay(release="1.25"))) for _ in range(2)]


@pytest.fixture
def prompts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The prompts for a key on the command line, each answered by a wrong one."""
    asked: list[str] = []

    def getpass(prompt: str) -> str:
        asked.append(prompt)
        return f"wr0ng{len(asked)}"

    monkeypatch.setattr("getpass.getpass", getpass)
    return asked


def keys(running: Running) -> set[str]:
    """The keys that a server was sent."""
    sent = (request.headers["authorization"] for request in running.openreplay.requests)
    return {key.removeprefix("Bearer ") for key in sent}


async def type_key(stage: Stage, running: Running, key: str) -> None:
    """Type a key into the box that asks for it, which names the host."""
    await stage.until(
        lambda: f"API key for {running.host_url.removeprefix('http://')}" in stage.text
    )
    await stage.type(key)
    assert key not in stage.text
    await stage.press("enter")


async def test_one_key_is_typed_for_both_sessions_of_a_host(
    servers: list[Running], prompts: list[str]
) -> None:
    running, _ = servers
    request = request_of(PROJECT_KEY, CHECKOUT, url=running.url)
    first, second = find_pair(request, OTHER)
    assert len(prompts) == 1
    screen = CompareScreen(Feed(first.source).start(), Feed(second.source).start(), ViewOptions())
    app = EventviewApp(screen, InitialView())
    async with app.run_test(size=SMALL, notifications=True) as pilot:
        stage = Stage(app, pilot)
        await stage.until(lambda: "r type another key" in stage.text)
        assert "Type the organisation's API key" in " ".join(stage.text.split())
        assert "Set OPENREPLAY_API_KEY" not in stage.text
        await stage.until(lambda: stage.keys.startswith("r type another key"))
        await stage.press("r")
        await type_key(stage, running, API_KEY)
        await stage.until(lambda: "row 1 of" in stage.text)
    assert keys(running) == {"wr0ng1", API_KEY}


async def test_a_key_typed_for_a_host_goes_to_no_other(
    servers: list[Running], prompts: list[str]
) -> None:
    here, there = servers
    request = request_of(PROJECT_KEY, CHECKOUT, url=here.url)
    first = find_target(request)
    second = find_target(request._replace(options=ConnectionOptions(url=there.url)))
    assert len(prompts) == 2
    screen = CompareScreen(Feed(first.source).start(), Feed(second.source).start(), ViewOptions())
    app = EventviewApp(screen, InitialView())
    async with app.run_test(size=SMALL, notifications=True) as pilot:
        stage = Stage(app, pilot)
        await stage.until(lambda: "r type another key" in stage.text)
        await stage.until(lambda: all(running.openreplay.requests for running in servers))
        await stage.until(lambda: "Reading" not in stage.text)
        await stage.press("r")
        await type_key(stage, here, "st1ll-wr0ng")
        await type_key(stage, there, API_KEY)
        await stage.until(lambda: "st1ll-wr0ng" in keys(here) and API_KEY in keys(there))
        await stage.until(lambda: "r type another key" in stage.text)
        await stage.press("r")
        await type_key(stage, here, API_KEY)
        await stage.until(lambda: "row 1 of" in stage.text)
    assert keys(here) == {"wr0ng1", "st1ll-wr0ng", API_KEY}
    assert keys(there) == {"wr0ng2", API_KEY}


async def test_a_key_refused_for_the_list_of_sessions_can_be_typed_again(
    servers: list[Running], prompts: list[str]
) -> None:
    running, _ = servers
    choice = find_sessions(request_of(PROJECT_KEY, url=running.url, user="mickael@openreplay.com"))
    app = EventviewApp(
        SessionsScreen(ListingFeed(choice.listing).start(), choice.open_one), InitialView()
    )
    async with app.run_test(size=SMALL, notifications=True) as pilot:
        stage = Stage(app, pilot)
        await stage.until(lambda: "r type another key" in stage.text)
        assert "Set OPENREPLAY_API_KEY" not in stage.text
        await stage.until(lambda: stage.keys.startswith("r type another key"))
        await stage.press("r", "escape", "r")
        await type_key(stage, running, API_KEY)
        await stage.until(lambda: "Enter open" in stage.lines[-1])
        assert "r again" in stage.keys
    assert len(prompts) == 1
    assert keys(running) == {"wr0ng1", API_KEY}
