"""Loading of a screen's session: its feeds, the events that arrive, and where it is opened."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

from msgspec.structs import replace
from textual.screen import Screen
from textual.timer import Timer

from eventview.analysis.rules import Rules
from eventview.errors import CancelledError, EventviewError
from eventview.query.regular_expressions import Search
from eventview.render import rows
from eventview.session.events import Event
from eventview.session.position import Position
from eventview.session.session import Session
from eventview.session.source import Batch, ReplayOffset, Source
from eventview.tui.feed import Feed, FeedEvent, Finished, StatusText
from eventview.tui.loading import LoadState
from eventview.tui.state import SessionState
from eventview.tui.state_changer import StateChanger, ViewChange
from eventview.tui.system.threads import give_way, start_in_thread
from eventview.tui.widgets.bars import EmptyMessage
from eventview.view import folds
from eventview.view.view import View

if TYPE_CHECKING:
    from eventview.view.time_display import TimeOptions
    from eventview.view.view_options import InitialView

_REPAINT_S: Final = 0.1
"""Least time between two updates while a session arrives."""

_COSTS_PER_UPDATE: Final = 8
"""Least time between two updates, in times that the last one took: a session that arrives for so
long costs an eighth more than one that is there at once."""

_QUICK: Final = 2_000
"""Events of an update that is worth waiting for: its analysis takes less than two frames. The first
rows are always worth it."""

_MANY: Final = 50_000
"""Events from which a session is kept out of garbage collections, which would hold up the screen
for a tenth of a second at a million events."""

_SEARCH_DELAY_S: Final = 0.2
"""Time between a session's arrival and the preparation of its texts for searches."""


class SessionLoader:
    """Feeds of a screen's session: the first, those that fetch again, and those that follow.

    Args:
        screen: the screen, which passes the events of the feed to `process`.
        changer: shows the states with the events that arrive.
        feed: the first feed, already started.
        initial_view: the initial view of the session.
        is_from_list: True if there is a list of sessions to go back to.
    """

    poll_s: ClassVar[float] = 5.0
    """Seconds between requests for new events: a server stores them every few seconds at best."""

    def __init__(
        self,
        screen: Screen[None],
        changer: StateChanger,
        feed: Feed,
        initial_view: InitialView,
        *,
        is_from_list: bool,
    ) -> None:
        self._screen, self._changer, self._is_from_list = screen, changer, is_from_list
        changer.on_idle = self._start_update
        self.feed = feed
        self.rules: Rules = initial_view.rules
        self.load_state = LoadState(feed.source.session_ref, self.rules)
        self._opening = PendingJump(initial_view)
        self.first_failure: EventviewError | None = None
        """The failure to quit with if nothing is fetched after it."""
        self._is_failing = False
        self._is_update_due = self._is_progress_due = False
        self._requested = self._shown = 0
        """Numbers of the last update asked for and of the one on the screen."""
        self._cost_s = 0.0
        """Seconds that the last update took."""
        self._after_update: list[Callable[[], object]] = []
        self._poll_timer: Timer | None = None

    @property
    def _session(self) -> Session:
        return self._changer.state.session

    @property
    def is_loading(self) -> bool:
        """True while the session is fetched, other than by following it."""
        return not self.load_state.is_complete and not self.load_state.is_followed

    # --- feeds

    def listen(self, feed: Feed, *, anew: bool) -> None:
        """Take the events of a feed in place of the one before."""
        self.feed = feed
        self.load_state.begin(anew=anew)
        # Events that arrived before the screen was built are in its first picture.
        for event in feed.listen(self._screen, self.process):
            self.process(event)
        if not self.load_state.is_complete:
            if self.is_loading:
                self._show_waiting()
            self._show_progress()

    def fetch_again(self) -> None:
        """Fetch what is missing, or else the whole session; keep what is shown meanwhile."""
        self._fetch(anew=not self.load_state.can_retry)

    def poll(self) -> None:
        """Ask for new events unless the last request is still under way."""
        if self.load_state.is_complete:
            self._fetch(anew=not self.load_state.can_continue)

    def _fetch(self, *, anew: bool) -> None:
        self.listen(Feed(self.feed.source, rest=not anew).start(), anew=anew)

    def stop(self) -> None:
        """Stop the fetch under way and keep what has arrived."""
        self.feed.stop()
        hint = "r fetches it."
        self.process(CancelledError("Stopped; there may be more to come.", hint=hint))

    def follow(self, *, is_on: bool) -> None:
        """Start or stop asking for new events every few seconds."""
        if self._poll_timer is not None:
            self._poll_timer.stop()
        self.load_state.follow(self._count_known() if is_on else None)
        if is_on:
            self._poll_timer = self._screen.set_interval(self.poll_s, self.poll)
        self._show_progress()

    def count_seen(self, before: SessionState, state: SessionState) -> SessionState:
        """Count all new events as seen when a user who follows reaches the end of the list."""
        has_moved = (before.cursor, before.peeked) != (state.cursor, state.peeked)
        is_at_end = before.session is state.session and state.row == len(state.view.rows) - 1
        if not (self.load_state.is_followed and has_moved and is_at_end):
            return state
        self.load_state.follow(self._count_known())
        return replace(state, progress=self.load_state.progress(state.session))

    def _count_known(self) -> int:
        """Return the number of events that are not new, including any that are missing."""
        return max(len(self._session.events), self._session.total or 0)

    def leave(self) -> None:
        """Stop fetching and following the session."""
        self.follow(is_on=False)
        self.feed.stop()

    def switch(self, source: Source) -> None:
        """Load another session instead."""
        self.first_failure = None
        self._after_update.clear()
        self.load_state = LoadState(source.session_ref, self.rules)
        self.listen(Feed(source).start(), anew=True)

    # --- what arrives

    def process(self, event: FeedEvent) -> None:
        """Show the effect of a feed's event."""
        self.load_state.apply(event)
        match event:
            case Batch():
                if not self._session.events:
                    self._update()
                    return
                if not self._is_update_due:
                    # Ordering and painting a large session takes longer than fetching a page.
                    self._is_update_due = True
                    wait_s = max(_REPAINT_S, _COSTS_PER_UPDATE * self._cost_s)
                    self._screen.set_timer(wait_s, self._update_if_due)
                if not self._is_progress_due:
                    self._is_progress_due = True
                    self._screen.set_timer(_REPAINT_S, self._show_progress)
            case StatusText():
                if not self._session.events:
                    self._show_waiting()
                self._show_progress()
            case Finished():
                if self._is_failing:
                    # The notices about the failure are out of date.
                    self._screen.app.clear_notifications()
                self._is_failing = False
                self._show_progress()
                # Painting the session comes first: both need the processor.
                self._update(lambda: self._screen.set_timer(_SEARCH_DELAY_S, self._prepare_search))
            case EventviewError() as failure:
                self._update(lambda: self._show_failure(failure))

    def _show_waiting(self) -> None:
        place, status = self.feed.source.session_ref.place, self.load_state.status
        notice = self._screen.query_one(EmptyMessage)
        notice.show_progress(place, status, way_out="Esc stops waiting.")

    def _show_progress(self) -> None:
        self._is_progress_due = False
        progress = self.load_state.progress(self._session)
        self._changer.show(self._changer.state.change(progress=progress))

    def _show_failure(self, failure: EventviewError) -> None:
        if not self._session.events:
            self.first_failure = failure
            notice = self._screen.query_one(EmptyMessage)
            notice.show_failure(failure, is_from_list=self._is_from_list)
            return
        if self._is_failing and self.load_state.is_followed:
            # A notice at every poll would be too many; the title shows the failure.
            return
        self._is_failing = True
        title = "Incomplete" if rows.describe_missing(self._session) else "Not fetched again"
        self._screen.notify(str(failure), title=title, severity="error")

    def _prepare_search(self) -> None:
        """Prepare the texts to search now, so that the first key of a find is fast."""
        session, screen = self._session, self._screen

        def prepare() -> None:
            for block, *_ in give_way(session.text_blocks(range(len(session.events)))):
                if not screen.is_running:
                    return
                block.prepare()

        start_in_thread(prepare)

    def _update_if_due(self) -> None:
        # The feed may have ended, and so shown all, since the timer was set.
        if self._is_update_due:
            self._update()

    def _update(self, then: Callable[[], object] | None = None) -> None:
        """Show what has arrived, then call a function."""
        self._is_update_due = False
        self._requested += 1
        if then is not None:
            self._after_update.append(then)
        self._start_update()

    def _start_update(self) -> None:
        """Show what has arrived since the last update, unless a view is being prepared."""
        # In a session that keeps arriving, a find would otherwise never end.
        if self._shown == self._requested or self._changer.is_busy:
            return
        number = self._requested
        shown, make = self._changer.state.view, self.load_state.shown.analysis_maker()
        filtering, finding = Search(), Search()

        def work() -> View:
            start_s = time.perf_counter()
            analysis = make()
            if analysis is shown.analysis or not analysis.session.events:
                return shown
            options = folds.follow(shown.options, shown.session, analysis.session)
            view = View(analysis, options, filtering=filtering, finding=finding).found()
            self._cost_s = time.perf_counter() - start_s
            if len(analysis.session.events) > _MANY:
                gc.freeze()
            return view

        def show(view: View) -> None:
            self._shown = number
            self._show_update(view)

        is_long = bool(shown.session.events) and len(self.load_state.shown) > _QUICK
        change = ViewChange(shown.options, (filtering, finding), is_update=True)
        self._changer.prepare(change, work, show, is_long=is_long)

    def _show_update(self, view: View) -> None:
        changer, is_complete = self._changer, self.load_state.is_complete
        is_first, state = not self._session.events, changer.state
        state = state if view is state.view else state.adopt(view)
        state = self._opening.count_times(state, is_complete=is_complete)
        changer.show(state.change(progress=self.load_state.progress(state.session)))
        if is_first and view.hits:
            changer.show(changer.state.go_to(view.hits[0]))
        follow = partial(self._opening.follow, is_complete=is_complete)
        changer.show(changer.state.after_change(follow))
        callbacks, self._after_update = self._after_update, []
        for callback in callbacks:
            callback()


class PendingJump:
    """Jump to the initial position of a session that loads, until the user moves the cursor.

    Args:
        initial_view: the position, and the options to remark on when the session is complete.
    """

    def __init__(self, initial_view: InitialView) -> None:
        self._position = position = initial_view.position
        self._link = position if isinstance(position, ReplayOffset) else None
        self._times: TimeOptions | None = initial_view.times
        """Times to count from a position; None once they do."""
        self._remark = ""
        """Remarks on the options, in sentences."""
        self._expected: Event | None = None
        """Event under the cursor unless the user moved it."""

    def count_times(self, state: SessionState, *, is_complete: bool) -> SessionState:
        """Count times from the requested position once the session is complete."""
        session, times, options = state.session, self._times, state.options
        if times is None or not is_complete or not session.events:
            return state
        self._times = None
        if times.zero is not None:
            state = state.change(times=times.display_in(session))
        each_option = (times, options.types, options.filter, options.find)
        self._remark = " ".join(filter(None, (each.remark(session) for each in each_option)))
        return state

    def follow(self, state: SessionState, *, is_complete: bool) -> SessionState:
        """Go to the position once it has loaded; with the session complete, end the jump.

        The message of the state tells if the position is not within the session.
        """
        index = self._find_target(state.view, state.index)
        if index is not None:
            state = state.go_to(index)
        return state.after_change(self._end) if is_complete and state.session.events else state

    def _end(self, state: SessionState) -> SessionState:
        remarks = (self._remark, self._describe_end(state.view, state.index))
        message = " ".join(filter(None, remarks))
        link, self._link, self._remark = self._link, None, ""
        if link is None or state.options.window is None:
            return state.change(message=message)
        # The link counts from the session's start, which is known only now.
        options = state.options.at_replay_offset(link, state.session)
        return state.set_options(options, message=message)

    def _find_position(self, session: Session) -> Position | None:
        """Return the position, that of a link as a moment; None if the jump has ended."""
        position = self._position
        if position is None or session.start_ms is None:
            return None
        if isinstance(position, Position):
            return position
        return Position.at(position.in_session(session.start_ms))

    def _find_target(self, view: View, current: int | None) -> int | None:
        """Return the index of the event to go to; None to stay.

        Args:
            view: the view of the events loaded so far.
            current: the index of the event under the cursor.
        """
        session, position = view.session, self._find_position(view.session)
        if position is None:
            return None
        here = None if current is None else session.events[current]
        if self._expected is not None and here is not None and here != self._expected:
            self._position = None
            return None
        time_ms = position.time_ms(session)
        if time_ms is None or _is_missing(time_ms, session):
            # The cursor stays until the event is loaded, so that it does not jump repeatedly.
            self._expected = here
            return None
        index = position.index(session)
        if index is None or not view.rows:
            return None
        if not view.shows(index):
            is_numbered = position.number is not None
            index = view.rows[view.row_of(index)] if is_numbered else view.find_shown(index)
        self._expected = session.events[index]
        return index

    def _describe_end(self, view: View, current: int | None) -> str:
        """End the jump, unless its target is still missing.

        Args:
            view: the view of all loaded events.
            current: the index of the event under the cursor.

        Returns:
            Sentences about the distance from the event to the position; "" if it is there.
        """
        session, position = view.session, self._find_position(view.session)
        if position is None:
            return ""
        time_ms = position.time_ms(session)
        if time_ms is not None and _is_missing(time_ms, session):
            return ""
        self._position = None
        text, index = position.remark(session, index=current), position.index(session)
        return text if text or position.number is None or index is None else view.hidden(index)


def _is_missing(time_ms: int, session: Session) -> bool:
    """Return True if events of that time are missing and may still load."""
    if session.partial_export is not None:
        return False
    return any(gap.start_ms <= time_ms <= gap.end_ms for gap in session.gaps)
