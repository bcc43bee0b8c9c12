"""A user's sessions: choosing one, stepping to the next, going back to the list."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from eventview.errors import NotFoundError
from eventview.model.events import Click
from eventview.model.source import Batch, Origin, Say, Source, nobody
from eventview.model.summaries import Summary
from eventview.model.view import Lens
from eventview.tui.app import EventviewApp
from eventview.tui.screens.sessions import SessionsScreen
from tests.tui.stage import SMALL, Given, Stage, staged

SESSIONS = [
    Summary("903", 3_000_000, 61_000, events=3, browser="[bold]Fire"),
    Summary("902", 2_000_000, 1_000, events=2),
    Summary("901", 1_000_000, None, events=1),
]


class Listed:
    origin = Origin("acme-shop", "jane", "acme.example")

    def __init__(self, *answers: Sequence[Summary] | Exception) -> None:
        self._answers = list(answers)

    def sessions(self, say: Say = nobody) -> Sequence[Summary]:
        say("the server is slow")
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def opened(summary: Summary) -> Source:
    click = Click("CLICK", summary.start_ms, {}, label=f"of {summary.session_id}")
    origin = Origin("acme-shop", summary.session_id, "acme.example")
    return Given([Batch([click], 1)], [Batch([click], 1)], origin=origin)


@asynccontextmanager
async def listed(*answers: Sequence[Summary] | Exception) -> AsyncIterator[Stage]:
    app = EventviewApp(SessionsScreen(Listed(*answers), opened), Lens())
    async with app.run_test(size=SMALL, notifications=True) as pilot:
        stage = Stage(app, pilot)
        await stage.until(lambda: "session" in stage.lines[0] or bool(app.failure))
        await stage.until(lambda: "quit" in stage.text)
        yield stage


async def test_a_session_is_chosen_stepped_from_and_left_again() -> None:
    async with listed(SESSIONS) as stage:
        assert "acme-shop › jane" in stage.lines[0]
        assert "3 sessions" in stage.lines[0]
        assert "START" in stage.lines[1]
        assert "1m01s" in stage.lines[2]
        assert "[bold]Fire" in stage.lines[2], "no markup"
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
    assert stage.app.failure is None


async def test_the_list_is_moved_in_as_everything_else() -> None:
    async with listed(SESSIONS) as stage:
        list_screen = stage.app.screen
        assert isinstance(list_screen, SessionsScreen)
        for key, row in (("G", 2), ("k", 1), ("g", 0), ("j", 1)):
            await stage.press(key)
            assert list_screen.table.cursor_row == row
        await stage.press("question_mark")
        await stage.until(lambda: "Sessions of a user" in stage.text or "Move" in stage.text)
        await stage.press("escape", "q")


async def test_a_list_that_does_not_come_can_be_asked_for_again() -> None:
    failure = NotFoundError("No sessions of user jane.", cure="Check.")
    async with listed(failure, SESSIONS) as stage:
        assert "No sessions of user jane." in stage.text
        assert stage.app.failure is failure
        await stage.press("r")
        await stage.until(lambda: "3 sessions" in stage.lines[0])
        assert stage.app.failure is None


async def test_without_a_list_there_is_nothing_to_step_in() -> None:
    async with staged(opened(SESSIONS[0])) as stage:
        await stage.press("less_than_sign")
        await stage.until(lambda: "Only with --user" in stage.text)
