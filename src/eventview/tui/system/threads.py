"""Work in background threads: slow functions, and changes of a session's view.

The interface stays responsive meanwhile and can end without waiting for the work.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from threading import Thread
from typing import TYPE_CHECKING, ClassVar, NamedTuple, TypeVar

from eventview.query.regular_expressions import Search, SearchDroppedError

if TYPE_CHECKING:
    from textual.screen import Screen

    from eventview.view.view import View
    from eventview.view.view_options import ViewOptions

_Result = TypeVar("_Result")


def start_in_thread(work: Callable[[], _Result]) -> Future[_Result]:
    """Start work in a daemon thread and return its future.

    The threads of `asyncio.to_thread` and of Textual's workers would keep the process from ending
    until a server has answered.
    """
    done: Future[_Result] = Future()
    # What waits for it may be cancelled, but not the work.
    done.set_running_or_notify_cancel()

    def run() -> None:
        try:
            done.set_result(work())
        except BaseException as error:  # noqa: BLE001  # raised again by `result`
            done.set_exception(error)

    Thread(target=run, name="work", daemon=True).start()
    return done


def run_in_thread(work: Callable[[], _Result]) -> asyncio.Future[_Result]:
    """Start work in a daemon thread and return its future, to be awaited."""
    return asyncio.wrap_future(start_in_thread(work))


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
            result = await asyncio.wrap_future(work)
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
