"""Work that may take long, done aside: the interface goes on, and ends without waiting for it.

Work on a session that may take long: keys wait for it a moment, then it is done aside.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from threading import Thread
from typing import ClassVar, NamedTuple, TypeVar

from textual.screen import Screen

from eventview.query.expressions import Search, SearchDroppedError
from eventview.view.options import ViewOptions
from eventview.view.view import View

_Result = TypeVar("_Result")


def begin(work: Callable[[], _Result]) -> Future[_Result]:
    """Begin some work in a thread that a process's end does not wait for.

    `asyncio.to_thread` would keep a process from ending until a server has answered.
    """
    done: Future[_Result] = Future()

    def run() -> None:
        try:
            done.set_result(work())
        except BaseException as raised:  # noqa: BLE001  # handed on
            done.set_exception(raised)

    Thread(target=run, name="aside", daemon=True).start()
    return done


async def ended(work: Future[_Result]) -> _Result:
    """Wait for the result of some work.

    Raises:
        Exception: what the work raised.
    """
    loop = asyncio.get_running_loop()
    is_over = asyncio.Event()

    def tell(_: Future[_Result]) -> None:
        # The interface may have ended meanwhile.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(is_over.set)

    work.add_done_callback(tell)
    await is_over.wait()
    return work.result()


async def aside(work: Callable[[], _Result]) -> _Result:
    """Begin some work and wait for its result; see `begin` and `ended`."""
    return await ended(begin(work))


class ViewChange(NamedTuple):
    """Another view of a session, which is being made ready."""

    options: ViewOptions
    searches: Sequence[Search]
    """Those that the view will have made."""
    is_for_user: bool = False
    """Whether the user asked for it; else more of the session has come."""


class ViewChanger:
    """Turns a screen to one view after the other; a newer turn takes the place of an older.

    Args:
        screen: the screen.
        changed: called when a turn is made, or has to be waited for.
    """

    patience_s: ClassVar[float] = 0.03
    """Seconds that keys wait for the work that a key or a batch causes."""

    def __init__(self, screen: Screen[None], changed: Callable[[], None]) -> None:
        self._screen, self._changed = screen, changed
        self._afterwards: list[Callable[[], None]] = []
        self.turn: ViewChange | None = None
        """What is waited for."""

    @property
    def is_for_user(self) -> bool:
        """Whether the user waits for something."""
        return self.turn is not None and self.turn.is_for_user

    def when_done(
        self, work: Callable[[], _Result], then: Callable[[_Result], None], group: str
    ) -> None:
        """Go on with the result of some work: at once, or where it takes long when it is there.

        Args:
            work: called in another thread.
            then: called in this one; not at all after `SearchDroppedError`, or a newer call.
            group: which calls take the place of each other.
        """
        future = begin(work)
        try:
            result = future.result(self.patience_s)
        except TimeoutError:
            self._screen.run_worker(self._go_on(future, then), group=group, exclusive=True)
        else:
            then(result)

    async def _go_on(self, work: Future[_Result], then: Callable[[_Result], None]) -> None:
        try:
            result = await ended(work)
        except SearchDroppedError:
            return
        if self._screen.is_attached:
            then(result)

    def begin(
        self, turn: ViewChange, make: Callable[[], View], then: Callable[[View], None]
    ) -> None:
        """Make another view ready, in place of any that is being made, and go on with it."""
        self.drop()
        self.turn = turn

        def go_on(view: View) -> None:
            if self.turn is turn:
                self.turn = None
                then(view)
                self._end()

        self.when_done(make, go_on, "turning")
        if self.turn is turn:
            self._changed()

    def _end(self) -> None:
        if self.turn is None:
            waiting, self._afterwards = self._afterwards, []
            for do in waiting:
                do()
        self._changed()

    def once_done(self, do: Callable[[], None]) -> None:
        """Do something when what is waited for is shown, unless that is given up before."""
        if self.turn is None:
            do()
        else:
            self._afterwards.append(do)

    def drop(self) -> None:
        """Give up what is waited for."""
        if self.turn is not None:
            for search in self.turn.searches:
                search.drop()
            self.turn = None
            self._afterwards.clear()
