"""A user's sessions: choosing one, stepping to the next, going back to the list."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from eventview.errors import NotFoundError, UnavailableError
from eventview.progress import report_count
from eventview.query.query import Query
from eventview.session.events import Click
from eventview.session.source import (
    Batch,
    OnStatus,
    SessionList,
    SessionRef,
    SessionSummary,
    Source,
    ignore_status,
)
from eventview.tui.app import EventviewApp
from eventview.tui.feed import ListingFeed
from eventview.tui.screens.sessions import SessionsScreen
from eventview.view.view_options import InitialView, ViewOptions
from tests.tui.stage import SMALL, Given, Stage, staged

SESSIONS = [
    SessionSummary("903", 3_000_000, 61_000, events=3, browser="[bold]Fire"),
    SessionSummary("902", 2_000_000, 1_000, events=2),
    SessionSummary("901", 1_000_000, None, events=1),
]


class Listed:
    session_ref = SessionRef("acme-shop", "jane", "acme.example")

    def __init__(self, *answers: Sequence[SessionSummary] | Exception) -> None:
        self._answers = list(answers)

    def sessions(self, on_status: OnStatus = ignore_status) -> SessionList:
        on_status("the server is slow")
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return SessionList(answer, "one is missing" if len(answer) == 1 else "")


def opened(summary: SessionSummary) -> Source:
    click = Click("CLICK", summary.start_ms, {}, label=f"of {summary.session_id}")
    session_ref = SessionRef("acme-shop", summary.session_id, "acme.example")
    return Given([Batch([click], 1)], [Batch([click], 1)], session_ref=session_ref)


@asynccontextmanager
async def listed(
    *answers: Sequence[SessionSummary] | Exception,
    open_one: Callable[[SessionSummary], Source] | None = None,
) -> AsyncIterator[Stage]:
    app = EventviewApp(
        SessionsScreen(ListingFeed(Listed(*answers)).start(), open_one or opened), InitialView()
    )
    async with app.run_test(size=SMALL, notifications=True) as pilot:
        stage = Stage(app, pilot)
        await stage.until(lambda: "session" in stage.lines[0] or bool(stage.failure))
        await stage.until(lambda: "quit" in stage.text)
        yield stage


async def test_a_session_is_chosen_stepped_from_and_left_again() -> None:
    async with listed(SESSIONS) as stage:
        assert "acme-shop › jane" in stage.lines[0]
        assert "3 sessions" in stage.lines[0]
        assert "START (local time)" in stage.lines[1]
        assert "ERRORS" not in stage.lines[1], "the server does not tell"
        assert "1m01s" in stage.lines[2]
        assert "[bold]Fire" in stage.lines[2], "no markup"
        assert "Enter open" in stage.lines[-1]
        await stage.press("j", "enter")
        await stage.until(lambda: "of 902" in stage.text)
        assert "acme-shop › 902" in stage.title
        await stage.press("greater_than_sign")
        await stage.until(lambda: "of 903" in stage.text)
        await stage.press("greater_than_sign")
        await stage.until(lambda: "latest session" in stage.text)
        await stage.press("less_than_sign", "less_than_sign")
        await stage.until(lambda: "of 901" in stage.text)
        await stage.press("less_than_sign")
        await stage.until(lambda: "earliest session" in stage.text)
        await stage.press("escape")
        await stage.until(lambda: "START" in stage.lines[1])
        list_screen = stage.app.screen
        assert isinstance(list_screen, SessionsScreen)
        assert list_screen.table.cursor_row == 2
        await stage.press("g", "enter")
        await stage.until(lambda: "of 903" in stage.text)
        await stage.press("q")
    assert stage.app.return_value is None


async def test_the_list_is_moved_in_as_everything_else() -> None:
    async with listed(SESSIONS) as stage:
        list_screen = stage.app.screen
        assert isinstance(list_screen, SessionsScreen)
        for key, row in (("G", 2), ("k", 1), ("g", 0), ("j", 1)):
            await stage.press(key)
            assert list_screen.table.cursor_row == row
        await stage.press("question_mark")
        await stage.until(lambda: "open the session" in stage.text)
        assert "page visit" not in stage.text, "the list has keys of its own"
        await stage.press("escape", "q")


async def test_the_palette_offers_what_the_list_can_do() -> None:
    async with listed(SESSIONS) as stage:
        offered = {command.title for command in stage.app.get_system_commands(stage.app.screen)}
        assert "List of sessions: to the earliest session" in offered
        assert not any("hit" in title or "follow" in title for title in offered)


async def test_what_tells_sessions_apart_is_on_a_small_screen() -> None:
    full = SessionSummary(
        "3704791652464876055", 1_731_502_800_000, 61_000, 12_345, 123, 45, "Firefox", "Linux", "NO"
    )
    async with listed([full]) as stage:
        for cell in ("1m01s", "12,345", "123", "45", "3704791652464876055"):
            assert cell in stage.lines[2]
        assert "EVENTS, PAGES, ERRORS: by the server's own count" in stage.lines[-2]
        assert "incomplete: one is missing · 1 session" in stage.lines[0]


async def test_esc_stops_waiting_for_the_list_and_r_asks_again() -> None:
    waits, go = threading.Event(), threading.Event()

    class Slow(Listed):
        def sessions(self, on_status: OnStatus = ignore_status) -> SessionList:
            if not go.is_set():
                waits.set()
                go.wait(60)
            return super().sessions(on_status)

    app = EventviewApp(
        SessionsScreen(ListingFeed(Slow(SESSIONS, SESSIONS[:2])).start(), opened), InitialView()
    )
    async with app.run_test(size=SMALL) as pilot:
        stage = Stage(app, pilot)
        await stage.until(lambda: waits.is_set() and "Esc stops waiting" in stage.text)
        await stage.until(lambda: stage.keys == "Esc stop ? help q quit")
        await stage.press("escape")
        assert "Stopped before the list had come." in stage.text
        go.set()
        await stage.press("r")
        await stage.until(lambda: "sessions" in stage.lines[0])
        await stage.press("escape", "q")
    assert app.return_value is None


async def test_the_sessions_that_have_come_are_counted_while_the_list_is_waited_for() -> None:
    go = threading.Event()

    class Slow(Listed):
        def sessions(self, on_status: OnStatus = ignore_status) -> SessionList:
            report_count("reading", 50, 120, "sessions")
            go.wait(60)
            return super().sessions(on_status)

    app = EventviewApp(SessionsScreen(ListingFeed(Slow(SESSIONS)).start(), opened), InitialView())
    async with app.run_test(size=SMALL) as pilot:
        stage = Stage(app, pilot)
        await stage.until(lambda: "reading 50 of 120 sessions" in stage.text)
        go.set()
        await stage.until(lambda: "3 sessions" in stage.lines[0])
        assert "reading" not in stage.text
        await stage.press("q")


async def test_the_cursors_row_has_a_mark() -> None:
    async with listed(SESSIONS) as stage:
        assert [line[:2].strip() for line in stage.lines[2:5]] == ["▸", "", ""]
        await stage.press("G")
        assert [line[:2].strip() for line in stage.lines[2:5]] == ["", "", "▸"]


async def test_a_list_that_cannot_be_asked_again_stays() -> None:
    async with listed(SESSIONS, UnavailableError("acme.example is down.")) as stage:
        await stage.press("j", "r")
        await stage.until(lambda: "acme.example is down." in stage.text)
        assert "Not fetched again" in stage.text
        assert "3 sessions" in stage.lines[0]
        await stage.press("q")
    assert stage.app.return_value is None


async def test_a_session_of_the_list_that_fails_says_the_way_back_and_its_exit_code() -> None:
    failure = UnavailableError("acme.example is down.")

    def broken(summary: SessionSummary) -> Source:
        return Given([failure], [failure])

    async with listed(SESSIONS, open_one=broken) as stage:
        await stage.press("enter")
        await stage.until(lambda: "acme.example is down." in stage.text)
        assert "Esc back to the list" in stage.text
        assert "exit code 5" in stage.text
        await stage.until(lambda: stage.keys == "r try again Esc list ? help q quit")
        await stage.press("escape")
        await stage.until(lambda: "START" in stage.lines[1])
        await stage.press("enter")
        await stage.until(lambda: "acme.example is down." in stage.text)
        await stage.press("q")
    assert stage.app.return_value is failure


async def test_esc_leads_back_from_a_failure_whatever_is_looked_for() -> None:
    def broken(summary: SessionSummary) -> Source:
        return Given([UnavailableError("acme.example is down.")])

    opening = InitialView(ViewOptions(find=Query.parse("pay"), filter=Query.parse("is:slow")))
    app = EventviewApp(SessionsScreen(ListingFeed(Listed(SESSIONS)).start(), broken), opening)
    async with app.run_test(size=SMALL) as pilot:
        stage = Stage(app, pilot)
        await stage.until(lambda: "3 sessions" in stage.lines[0])
        await stage.press("enter")
        await stage.until(lambda: "acme.example is down." in stage.text)
        await stage.press("escape")
        await stage.until(lambda: "START" in stage.lines[1])


async def test_a_list_that_does_not_come_can_be_asked_for_again() -> None:
    failure = NotFoundError("No sessions of user jane.", hint="Check.")
    async with listed(failure, SESSIONS) as stage:
        assert "No sessions of user jane." in stage.text
        assert stage.failure is failure
        await stage.until(lambda: stage.keys == "r again ? help q quit")
        await stage.press("r")
        await stage.until(lambda: "3 sessions" in stage.lines[0])
        assert stage.failure is None
        await stage.until(lambda: stage.lines[-1].startswith("Enter open r again"))


async def test_without_a_list_there_is_nothing_to_step_in() -> None:
    async with staged(opened(SESSIONS[0])) as stage:
        await stage.press("less_than_sign")
        await stage.until(lambda: "There is no list of sessions" in stage.text)
