"""The stage: the real application on given sources, with a set size and a readable screen."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from queue import SimpleQueue

from textual.events import Key
from textual.pilot import Pilot

from eventview.analysis.rules import RULES, Rules
from eventview.errors import EventviewError
from eventview.query.regular_expressions import Search
from eventview.session.position import Position
from eventview.session.session import Session
from eventview.session.source import (
    Batch,
    OnStatus,
    ReplayOffset,
    SessionRef,
    Source,
    ignore_status,
)
from eventview.tui.app import EventviewApp
from eventview.tui.feed import Feed
from eventview.tui.screens.session import SessionScreen
from eventview.tui.screens.sessions import SessionsScreen
from eventview.tui.state_changer import StateChanger
from eventview.tui.system.clipboard import ClipboardEnvironment
from eventview.tui.system.desktop import BrowserEnvironment, Desktop
from eventview.tui.widgets.bars import KeyBar, TitleBar
from eventview.tui.widgets.filter_bar import TypeBar
from eventview.view.time_display import TimeOptions
from eventview.view.view_options import InitialView, ViewOptions
from tests.conftest import Named

WIDE = (120, 36)
SMALL = (80, 24)

PATIENCE_S = 120.0
"""Seconds that only something broken takes; no other test waits so long."""

_FRAMES_S = 0.05
"""Seconds within which a timer counts as work under way, as those of frames do."""

_IDLE_TURNS = 3
"""Turns of the event loop without work after which it counts as idle."""


class Given(Named):
    """Source that plays one script of batches or failures each time it is read."""

    def __init__(
        self, *scripts: Sequence[Batch | Exception], session_ref: SessionRef | None = None
    ) -> None:
        self._scripts = list(scripts)
        self.session_ref = session_ref or SessionRef("acme-shop", "42", "acme.example")
        self.asked: list[str] = []
        """What each read asked for: `all` or the `rest`."""

    @classmethod
    def session(cls, session: Session) -> Given:
        """Return a source that always delivers one whole session."""
        batch = Batch(session.events, len(session.events), session.resolution_ms)
        return cls([batch], [batch], session_ref=session.session_ref)

    def batches(self, on_status: OnStatus = ignore_status) -> Iterator[Batch]:
        self.asked.append("all")
        yield from self._play()

    def rest(self, on_status: OnStatus = ignore_status) -> Iterator[Batch]:
        self.asked.append("rest")
        yield from self._play()

    def _play(self) -> Iterator[Batch]:
        for step in self._scripts.pop(0):
            if isinstance(step, Exception):
                raise step
            yield step


class Hand(Named):
    """Source that delivers steps when a test gives them."""

    def __init__(self) -> None:
        self.session_ref = SessionRef("acme-shop", "42", "acme.example")
        self._queue: SimpleQueue[Batch | EventviewError | None] = SimpleQueue()

    def give(self, step: Batch | EventviewError | None) -> None:
        """Deliver a batch or a failure; None ends the session."""
        self._queue.put(step)

    @property
    def is_taken(self) -> bool:
        """True when all steps given have been read."""
        return self._queue.empty()

    def batches(self, on_status: OnStatus = ignore_status) -> Iterator[Batch]:
        while (step := self._queue.get()) is not None:
            if isinstance(step, EventviewError):
                raise step
            yield step

    def rest(self, on_status: OnStatus = ignore_status) -> Iterator[Batch]:
        return self.batches(on_status)


class SteadyPilot(Pilot[EventviewError]):
    """Pilot that waits until the application has nothing left to do.

    Textual's own pilot waits until the process uses little processor time, and a process that
    other processes keep from running does that with all its work still to do.
    """

    async def press(self, *keys: str) -> None:
        """Press keys one after the other, each when the one before has had its effect."""
        for key in keys:
            await super().press(key)
            await self.pause()

    async def pause(self, delay: float | None = None) -> None:
        """Wait until all work of this thread is done and on the screen."""
        await super().pause(delay)
        await _idle()
        # This paints changes without waiting for the next frame.
        await super().pause(0)
        await _idle()


async def _idle() -> None:
    """Wait until the event loop has no work, now and in the next frames."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, asyncio.BaseEventLoop)
    # asyncio has no public name for what it has to run.
    ready, scheduled = loop._ready, loop._scheduled  # type: ignore[attr-defined]
    horizon: float | None = None
    turns = 0
    while turns < _IDLE_TURNS:
        await asyncio.sleep(0)
        turns = 0 if ready else turns + 1
        if turns == _IDLE_TURNS:
            horizon = horizon or loop.time() + _FRAMES_S
            due = [timer.when() for timer in scheduled if not timer.cancelled()]
            if due and min(due) <= horizon:
                await asyncio.sleep(max(0, min(due) - loop.time()))
                turns = 0


class Stage:
    """Running application and its screen as a user sees it."""

    def __init__(self, app: EventviewApp, pilot: Pilot[EventviewError]) -> None:
        self.app = app
        self.pilot = SteadyPilot(pilot.app)

    @property
    def screen(self) -> SessionScreen:
        """The session's screen, also below a dialog."""
        assert self.app.session_screen is not None
        return self.app.session_screen

    @property
    def is_complete(self) -> bool:
        """True once the source has been read, with or without a failure."""
        return self.screen.loader.load_state.is_complete

    @property
    def failure(self) -> EventviewError | None:
        """The failure on the top screen; None without one."""
        screen = self.app.screen
        assert isinstance(screen, SessionScreen | SessionsScreen)
        return screen.failure

    async def press(self, *keys: str) -> None:
        """Press keys and let the application settle."""
        await self.pilot.press(*keys)

    async def type(self, text: str) -> None:
        """Type a text, one key per character."""
        await self.press(*text)

    def arrive(self, *keys: str) -> None:
        """Post all keys at once, as over a slow line."""
        for key in keys:
            self.app.post_message(Key(key, key if len(key) == 1 else None))

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for a condition that another thread causes; fail after `PATIENCE_S`."""
        give_up = time.monotonic() + PATIENCE_S
        while time.monotonic() < give_up:
            await self.pilot.pause()
            if condition():
                return
            await asyncio.sleep(0.005)
        raise AssertionError(f"never came true; the screen shows:\n{self.text}")

    @property
    def session(self) -> Session:
        """The session as loaded so far."""
        return self.screen.state.session

    @property
    def lines(self) -> list[str]:
        """The lines of the whole screen."""
        # Textual has no public way to read the screen's text.
        return [strip.text for strip in self.app.screen._compositor.render_strips()]

    @property
    def text(self) -> str:
        """The whole screen as one text."""
        return "\n".join(self.lines)

    @property
    def rows(self) -> list[str]:
        """The lines of the timeline, without blank ones."""
        timeline = self.screen.timeline
        lines = (timeline.render_line(y).text for y in range(timeline.size.height))
        return [line.rstrip() for line in lines if line.strip()]

    @property
    def cursor(self) -> str:
        """The row under the cursor."""
        return next(row for row in self.rows if row.startswith("▸"))

    @property
    def notices(self) -> str:
        """The texts of the notices, unwrapped."""
        # Textual has no public way to read them.
        return "\n".join(notice.message.replace("\n", " ") for notice in self.app._notifications)

    @property
    def footer(self) -> str:
        """The keys in the footer, even while a notice covers them."""
        return " ".join(key.text for key in self.app.screen.query_one(KeyBar).keys)

    @property
    def number_of_rows(self) -> int:
        """Number of rows according to the status bar."""
        found = re.search(r"row [\d,]+ of ([\d,]+)", self.status)
        return int(found[1].replace(",", "")) if found else 0

    @property
    def keys(self) -> str:
        """The last line of the screen."""
        return " ".join(self.lines[-1].split())

    @property
    def title(self) -> str:
        return self.screen.query_one(TitleBar).render_line(0).text

    @property
    def chips(self) -> str:
        return self.screen.query_one(TypeBar).render_line(0).text

    @property
    def status(self) -> str:
        return self.screen.status_bar.render_line(0).text


def nowhere(folder: Path | None = None) -> Desktop:
    """Return a machine without clipboard and browser, reached over SSH."""

    def refuse(*_: object) -> str:
        return "there is no such program"

    def refuse_osc52(text: str) -> None:
        raise AssertionError(f"a terminal that knows no OSC 52 was sent {text}")

    environment = {"SSH_CONNECTION": "1.2.3.4", "TERM": "linux"}
    clipboards = ClipboardEnvironment(
        environment, "linux", lambda _: None, refuse, refuse_osc52, folder
    )
    return Desktop(clipboards, BrowserEnvironment(environment, "linux", refuse))


@asynccontextmanager
async def staged(
    source: Source,
    *,
    size: tuple[int, int] = WIDE,
    options: ViewOptions | None = None,
    wait: bool = True,
    moment: ReplayOffset | Position | None = None,
    times: TimeOptions | None = None,
    rules: Rules = RULES,
    outside: Desktop | None = None,
    patience_s: float = 60,
    search_s: float = 10,
) -> AsyncIterator[Stage]:
    """Run the application on a source.

    Args:
        source: the source to show.
        size: columns and rows.
        options: view options of the command line.
        wait: True to continue only when the source is done.
        moment: position to open at.
        times: time options.
        rules: analysis rules.
        outside: the clipboards and the browser; none by default.
        patience_s: seconds that keys wait for their work; long, so that tests need not wait.
        search_s: seconds that the expressions of one search may take.
    """
    StateChanger.patience_s, Search.seconds = patience_s, search_s
    opening = InitialView(options or ViewOptions(), moment, times or TimeOptions(), rules)
    app = EventviewApp(Feed(source).start(), opening, outside or nowhere())
    # Notices would disappear before a busy machine has read them.
    EventviewApp.NOTIFICATION_TIMEOUT = 600
    async with app.run_test(size=size, notifications=True) as pilot:
        stage = Stage(app, pilot)
        if wait:
            await stage.until(lambda: stage.is_complete)
        await stage.until(lambda: "quit" in stage.footer)
        yield stage
