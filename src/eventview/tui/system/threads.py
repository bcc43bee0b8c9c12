"""Work in background threads: slow functions, feeds, and changes of a session's view.

The interface stays responsive meanwhile and can end without waiting for the work.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from threading import Thread, get_ident
from typing import ClassVar, NamedTuple, TypeVar

from textual.message import Message
from textual.screen import Screen

from eventview.query.regular_expressions import Search, SearchDroppedError
from eventview.tui.feed import BackgroundFetch, FeedEvent
from eventview.view.view import View
from eventview.view.view_options import ViewOptions

_Result = TypeVar("_Result")


def start_in_thread(work: Callable[[], _Result]) -> Future[_Result]:
    """Start work in a daemon thread and return its future.

    A thread of `asyncio.to_thread` would keep the process from ending until a server has answered.
    """
    done: Future[_Result] = Future()

    def run() -> None:
        try:
            done.set_result(work())
        except BaseException as error:  # noqa: BLE001  # raised again by `result`
            done.set_exception(error)

    Thread(target=run, name="work", daemon=True).start()
    return done


async def wait_for_result(work: Future[_Result]) -> _Result:
    """Wait for the result of work.

    Raises:
        Exception: the exception of the work.
    """
    loop = asyncio.get_running_loop()
    is_done = asyncio.Event()

    def set_done(_: Future[_Result]) -> None:
        # The event loop is closed if the interface has ended meanwhile.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(is_done.set)

    work.add_done_callback(set_done)
    await is_done.wait()
    return work.result()


async def run_in_thread(work: Callable[[], _Result]) -> _Result:
    """Run work in a daemon thread, and wait for its result without blocking the screen."""
    return await wait_for_result(start_in_thread(work))


@dataclass
class FeedMessage(Message):
    """Message with an event of a feed."""

    feed: BackgroundFetch
    event: FeedEvent


def listen_on_screen(
    screen: Screen[None], feed: BackgroundFetch, process: Callable[[FeedEvent], None]
) -> None:
    """Process a feed's past events now, and post each later one as a `FeedMessage`."""
    here = get_ident()

    def forward(event: FeedEvent) -> None:
        if get_ident() == here:
            process(event)
            return
        # The application may have ended meanwhile.
        with suppress(RuntimeError):
            screen.post_message(FeedMessage(feed, event))

    feed.listen(forward)


class ViewChange(NamedTuple):
    """New view of a session that is being prepared."""

    options: ViewOptions
    searches: Sequence[Search]
    """Searches that the view has to finish."""
    is_for_user: bool = False
    """True if the user asked for it, False if more events have loaded."""


class ViewChanger:
    """Preparation of a screen's views; a newer change replaces an older one.

    Args:
        screen: the screen that shows the views.
        changed: called when a change is finished, or has to be waited for.
    """

    patience_s: ClassVar[float] = 0.03
    """Seconds that the interface waits for work before it continues in the background."""

    def __init__(self, screen: Screen[None], changed: Callable[[], None]) -> None:
        self._screen, self._changed = screen, changed
        self._afterwards: list[Callable[[], None]] = []
        self.change: ViewChange | None = None
        """Change under way; None without one."""

    @property
    def is_for_user(self) -> bool:
        """True if a change that the user asked for is under way."""
        return self.change is not None and self.change.is_for_user

    def run_and_continue(
        self, work: Callable[[], _Result], then: Callable[[_Result], None], group: str
    ) -> None:
        """Run work in a thread and continue with its result: at once, or later if it is slow.

        Args:
            work: called in another thread.
            then: called in this thread, but not after `SearchDroppedError` or a newer call.
            group: name of the calls that replace each other.
        """
        future = start_in_thread(work)
        try:
            result = future.result(self.patience_s)
        except TimeoutError:
            self._screen.run_worker(
                self._wait_and_continue(future, then), group=group, exclusive=True
            )
        else:
            then(result)

    async def _wait_and_continue(
        self, work: Future[_Result], then: Callable[[_Result], None]
    ) -> None:
        try:
            result = await wait_for_result(work)
        except SearchDroppedError:
            return
        if self._screen.is_attached:
            then(result)

    def begin(
        self, change: ViewChange, make: Callable[[], View], then: Callable[[View], None]
    ) -> None:
        """Prepare a view in place of any other under way, and continue with it."""
        self.drop()
        self.change = change

        def finish(view: View) -> None:
            if self.change is not change:
                return
            self.change = None
            then(view)
            # `then` may have begun the next change, which these wait for too.
            if self.change is None:
                callbacks, self._afterwards = self._afterwards, []
                for callback in callbacks:
                    callback()
            self._changed()

        self.run_and_continue(make, finish, "view change")
        if self.change is change:
            self._changed()

    def call_after_change(self, callback: Callable[[], None]) -> None:
        """Call back after the change under way, or at once without one; never if it is dropped."""
        if self.change is None:
            callback()
        else:
            self._afterwards.append(callback)

    def drop(self) -> None:
        """Cancel the change under way and its searches."""
        if self.change is not None:
            for search in self.change.searches:
                search.drop()
            self.change = None
            self._afterwards.clear()
