"""Changes of the state on a screen, whose views are prepared in a thread if a search takes long."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from typing import ClassVar, NamedTuple, TypeVar

from msgspec.structs import replace
from textual.screen import Screen

from eventview.progress import Progress
from eventview.query.regular_expressions import Search, SearchDroppedError
from eventview.tui.state import SessionState
from eventview.tui.system.threads import shown_progress, start_in_thread
from eventview.view.view import View
from eventview.view.view_options import ViewOptions

_Result = TypeVar("_Result")


class ViewChange(NamedTuple):
    """A change of the view that is being prepared."""

    options: ViewOptions
    searches: Sequence[Search]
    """The searches that end when the view is not wanted any more."""
    is_update: bool = False
    """True if nobody asked for it; the title has the progress of a session that arrives."""


class StateChanger:
    """Preparation of the views that states ask for; a newer change replaces an older one.

    Args:
        screen: the screen that shows the states.
        read: returns the state on the screen.
        publish: puts a state on the screen.
    """

    patience_s: ClassVar[float] = 0.03
    """Seconds that the interface waits for work before it continues in the background."""

    def __init__(
        self,
        screen: Screen[None],
        read: Callable[[], SessionState],
        publish: Callable[[SessionState], None],
    ) -> None:
        self._screen, self._read, self._publish = screen, read, publish
        self._change: ViewChange | None = None
        self.on_idle: Callable[[], None] = lambda: None
        """Called when no view is being prepared any more."""

    @property
    def state(self) -> SessionState:
        """State on the screen."""
        return self._read()

    @property
    def is_busy(self) -> bool:
        """True while a view is being prepared."""
        return self._change is not None

    def show(self, state: SessionState) -> None:
        """Show a state: at once, or when its view is ready if a search takes long."""
        if state.message:
            self._screen.notify(state.message)
            state = replace(state, message="")
        asked = self.state.view.options if self._change is None else self._change.options
        if state.options is asked or state.options == asked:
            self._publish(state)
            return
        view = state.view.through(state.options)
        is_shown = False

        def finish(view: View) -> None:
            # A state that has been shown already may have changed since.
            current = self.state if is_shown else state
            self._publish(current.with_view(view))
            for step in current.steps:
                self.show(self.state.after_change(step))

        change = ViewChange(state.options, (view.filtering, view.finding))
        if self.prepare(change, view.found, finish):
            is_shown = True
            self._publish(state)

    def prepare(
        self,
        change: ViewChange,
        make: Callable[[], View],
        then: Callable[[View], None],
        *,
        is_long: bool = False,
    ) -> bool:
        """Prepare a view in place of any other under way, and continue with it.

        Args:
            change: options and searches of the view.
            make: makes the view in another thread.
            then: called with the view in this thread.
            is_long: True for work that is not worth waiting for.

        Returns:
            True if the view is still being prepared.
        """
        self.drop()
        self._change = change

        def finish(view: View) -> None:
            if self._change is change:
                self._change = None
                then(view)
                if self._change is None:
                    self.on_idle()

        self.run_and_continue(make, finish, "view change", is_long=is_long)
        return self._change is change

    def drop(self) -> None:
        """Cancel the change under way and its searches."""
        if self._change is not None:
            for search in self._change.searches:
                search.drop()
            self._change = None

    def run_and_continue(
        self,
        work: Callable[[], _Result],
        then: Callable[[_Result], None],
        group: str,
        *,
        is_long: bool = False,
    ) -> None:
        """Run work in a thread and continue with its result: at once, or later if it is slow.

        Args:
            work: called in another thread.
            then: called in this thread, but not after `SearchDroppedError` or a newer call.
            group: name of the calls that replace each other.
            is_long: True for work that is not worth waiting for.
        """
        progress = Progress()
        future = start_in_thread(partial(progress.run, work))
        try:
            result = future.result(0 if is_long else self.patience_s)
        except TimeoutError:
            self._screen.run_worker(
                self._wait_and_continue(future, then, progress), group=group, exclusive=True
            )
        else:
            then(result)

    async def _wait_and_continue(
        self, work: Future[_Result], then: Callable[[_Result], None], progress: Progress
    ) -> None:
        try:
            with shown_progress(self._screen, progress, self._show_progress):
                result = await asyncio.wrap_future(work)
        except SearchDroppedError:
            return
        if self._screen.is_attached:
            then(result)

    def _show_progress(self, text: str) -> None:
        is_update = self._change is not None and self._change.is_update
        text = text if self.state.is_searching or not is_update else ""
        if text != self.state.search_progress:
            self._publish(self.state.change(search_progress=text))
