"""The screen of one session: it arrives from a feed, is followed and can be left for another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import BindingType
from textual.timer import Timer

from eventview.analysis.analysis import Analysis
from eventview.errors import CancelledError, EventviewError
from eventview.query.regular_expressions import Search
from eventview.render import rows
from eventview.session.session import Session
from eventview.session.source import Batch, ReplayOffset, Source
from eventview.tui import commands
from eventview.tui.feed import Feed, FeedEvent, Finished, StatusText
from eventview.tui.loading import LoadState, PendingJump
from eventview.tui.screens.sharing import SharingScreen
from eventview.tui.system.threads import ViewChange
from eventview.tui.widgets.bars import KeyBar
from eventview.tui.widgets.timeline import Timeline
from eventview.view.time_display import SINCE_START
from eventview.view.view import View, remap

if TYPE_CHECKING:
    from eventview.tui.system.desktop import Desktop
    from eventview.view.time_display import TimeOptions
    from eventview.view.view_options import InitialView

_REPAINT_S = 0.1
"""Least time between two repaints while a session arrives."""

_SEARCH_DELAY_S = 0.2
"""Time between a session's arrival and the preparation of its texts for searches."""


class SessionScreen(SharingScreen):
    """The session that a feed delivers.

    Args:
        feed: the feed, already started so that the server answers while the screen is built.
        initial_view: the initial view of the session.
        step: returns the user's next session for 1, the previous for -1; None if there is no
            list of sessions.
        desktop: clipboard and browser; None for those of this machine.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*commands.make_bindings(commands.STEPPING)]

    poll_s: ClassVar[float] = 5.0
    """Between two questions for new events: a server stores them every few seconds at best."""

    def __init__(
        self,
        feed: Feed,
        initial_view: InitialView,
        step: Callable[[int], Source | None] | None = None,
        desktop: Desktop | None = None,
    ) -> None:
        empty = Analysis(Session(feed.source.session_ref, ()), initial_view.rules)
        super().__init__(empty, initial_view.options, feed.source)
        self._rules = initial_view.rules
        self._times: TimeOptions | None = initial_view.times
        self._clock = initial_view.times.clock
        self._desktop = desktop
        self._feed = feed
        self._load_state = LoadState(feed.source.session_ref, initial_view.rules)
        position = initial_view.position
        self._pending_jump = PendingJump(position)
        self._link = position if isinstance(position, ReplayOffset) else None
        self._step = step
        self._first_failure: EventviewError | None = None
        """The failure to quit with if nothing is fetched after it."""
        self._is_failing = False
        self._is_update_due = False
        self._requested = self._shown = 0
        """Numbers of the last update asked for and of the one on the screen."""
        self._after_update: list[Callable[[], object]] = []
        self._poll_timer: Timer | None = None

    @property
    def failure(self) -> EventviewError | None:
        """The failure that left the screen empty; None while waiting and once events are there."""
        return None if self._view.session.events else self._load_state.failure

    @property
    def is_complete(self) -> bool:
        """True once the feed has ended, with or without a failure."""
        return self._load_state.is_complete

    @property
    def progress(self) -> str:
        """Text about what is still under way; "" once the session is complete."""
        return self._load_state.progress(self._view.session)

    def on_mount(self) -> None:
        """Show what is waited for and listen to the feed."""
        self.timeline.focus()
        self._listen_to(self._feed, anew=True)
        # The footer has a widget for each key, which must not hold up the session.
        self.call_after_refresh(self._show_keys)

    async def _show_keys(self) -> None:
        if not self.is_attached:
            # The user has left already.
            return
        await self.query_one("#keys").mount(KeyBar())
        # A footer lists the keys when bindings change, and it missed the changes at the start.
        self.refresh_bindings()

    @property
    def desktop(self) -> Desktop:
        """Clipboard and browser, those of this machine by default."""
        if self._desktop is None:
            from eventview.tui.system.desktop import read_desktop

            app = self.app
            # The callback is called in the thread that copies.
            self._desktop = read_desktop(
                lambda text: app.call_from_thread(app.copy_to_clipboard, text)
            )
        return self._desktop

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool:
        """Disable what cannot be done in this state of the fetch."""
        is_without = not self._view.session.events
        is_waiting = not self.is_complete and not self._load_state.is_followed
        match action:
            case "try_again":
                return is_without and self.is_complete
            case "type_key":
                return self.failure is not None and self.failure.retype is not None
            case "stop_waiting":
                return is_without and is_waiting
            case "leave_for_list":
                return is_without and not is_waiting and self._step is not None
        return super().check_action(action, parameters)

    # --- what the feed delivers

    def _listen_to(self, feed: Feed, *, anew: bool) -> None:
        self._feed, self._source = feed, feed.source
        self._load_state.begin(anew=anew)
        # Events that arrived before the screen was built are in its first picture.
        for event in feed.listen(self, self._process):
            self._process(event)
        if not self.is_complete:
            if not self._load_state.is_followed:
                self._show_waiting()
            self._show()

    def _show_waiting(self) -> None:
        place = self._feed.source.session_ref.place
        self.notice.show_progress(place, self._load_state.status, way_out="Esc stops waiting.")

    def _process(self, event: FeedEvent) -> None:
        self._load_state.apply(event)
        match event:
            case Batch():
                if not self._view.session.events:
                    self._update()
                elif not self._is_update_due:
                    # Ordering and painting a large session takes longer than fetching a page.
                    self._is_update_due = True
                    self.set_timer(_REPAINT_S, self._update)
            case StatusText():
                if not self._view.session.events:
                    self._show_waiting()
                self._show()
            case Finished():
                if self._is_failing:
                    # The notices about the failure are out of date.
                    self.app.clear_notifications()
                self._is_failing = False
                # Painting the session comes first: both need the processor.
                self._update(lambda: self.set_timer(_SEARCH_DELAY_S, self._prepare_search))
            case EventviewError() as failure:
                self._update(lambda: self._show_failure(failure))

    def _update(self, then: Callable[[], object] | None = None) -> None:
        """Show what has arrived, then call a function."""
        self._is_update_due = False
        self._requested += 1
        if then is not None:
            self._after_update.append(then)
        # In a session that keeps arriving, a find would otherwise never end.
        if self._changer.change is None:
            self._start_update()

    def _start_update(self) -> None:
        number = self._requested
        shown, make = self._view, self._load_state.analysis_maker()
        filtering, finding = Search(), Search()

        def work() -> View:
            analysis = make()
            if analysis is shown.analysis or not analysis.session.events:
                return shown
            return View(analysis, shown.options, filtering=filtering, finding=finding).found()

        def show(view: View) -> None:
            self._shown = number
            self._show_update(view)

        self._changer.begin(ViewChange(shown.options, (filtering, finding)), work, show)

    def _view_changed(self) -> None:
        super()._view_changed()
        if self._shown < self._requested and self._changer.change is None:
            self._start_update()

    def _show_update(self, view: View) -> None:
        is_first = not self._view.session.events
        if view is not self._view:
            self._adopt(view)
        remarks = [self._set_zero()]
        self._show()
        self._update_prompt()
        if is_first and self._view.hits:
            self._go_to(self._view.hits[0])
        remarks.append(self._follow_link())
        if any(remarks):
            self.notify(" ".join(filter(None, remarks)))
        callbacks, self._after_update = self._after_update, []
        for callback in callbacks:
            callback()

    def _adopt(self, view: View) -> None:
        """Take over a view of a later state of the session, whose indexes may differ."""
        before, session, options = self._view.session, view.session, view.options
        if before.events:
            self._marks = remap(self._marks, before, session)
            if self._clock.zero is not None:
                zero = next(iter(remap([self._clock.zero], before, session)), None)
                # The event that times counted from may be gone.
                self._clock = SINCE_START if zero is None else self._clock._replace(zero=zero)
            options = replace(
                options,
                folded=remap(options.folded, before, session),
                unrolled=remap(options.unrolled, before, session),
            )
        self._view = view.through(options)

    def _set_zero(self) -> str:
        """Count times from the requested position once the session is complete.

        Returns:
            Remarks about the options, in sentences, or "".
        """
        session, times = self._view.session, self._times
        if times is None or not self.is_complete or not session.events:
            return ""
        self._times = None
        if times.zero is not None:
            self._clock = times.display_in(session)
        options = self._options
        each_option = (times, options.types, options.filter, options.find)
        return " ".join(filter(None, (each.remark(session) for each in each_option)))

    def _follow_link(self) -> str:
        """Go to the requested position once it has arrived.

        Returns:
            A sentence if it is not within the session, or "".
        """
        session = self._view.session
        index = self._pending_jump.target(self._view, self.timeline.index)
        if index is not None:
            self._go_to(index)
        if not self.is_complete or not session.events:
            return ""
        remark = self._pending_jump.end(self._view, self.timeline.index)
        link, self._link = self._link, None
        if link is not None and self._options.window is not None:
            # The link counts from the session's start, which is known only now.
            self._set_options(self._options.at_replay_offset(link, session))
        return remark

    def _show_failure(self, failure: EventviewError) -> None:
        if not self._view.session.events:
            self._first_failure = failure
            self.notice.show_failure(failure, is_from_list=self._step is not None)
            return
        if self._is_failing and self._load_state.is_followed:
            # A notice at every poll would be too many; the title shows the failure.
            return
        self._is_failing = True
        title = "Incomplete" if rows.describe_missing(self._view.session) else "Not fetched again"
        self.notify(str(failure), title=title, severity="error")

    def action_stop_waiting(self) -> None:
        """Stop the fetch under way and keep what has arrived."""
        self._feed.stop()
        self._process(CancelledError("Stopped; there may be more to come.", hint="r fetches it."))

    @on(Timeline.Moved)
    def _count_as_seen(self, message: Timeline.Moved) -> None:
        """Count all new events as seen when a user who follows reaches the end of the list."""
        if self._load_state.is_followed and self.timeline.row == len(self._view.rows) - 1:
            self._load_state.follow(self._count_known())
            self._show()
            message.prevent_default()

    def action_leave_for_list(self) -> None:
        """Return to the list of the user's sessions."""
        self._leave()
        self.dismiss()

    def action_back(self) -> None:
        """Go one step back: leave the detail, undo a search, stop a fetch, leave for the list."""
        if self.detail.has_focus:
            self._leave_detail()
        elif self._cancel_search() or self._undo_search():
            pass
        elif not self.is_complete and not self._load_state.is_followed:
            self.action_stop_waiting()
        elif self._step is not None:
            self.action_leave_for_list()

    # --- session

    def action_fetch_again(self) -> None:
        """Fetch what is missing, or else the whole session again; keep what is shown meanwhile."""
        if not self.is_complete:
            return
        anew = not self._load_state.can_retry
        failure = self._load_state.failure
        if failure is None or failure.retype is None:
            self._fetch(anew=anew)
            return
        # This import would delay every start.
        from eventview.tui.screens.dialogs import ask_for_key

        ask_for_key(self, failure.retype, lambda: self._fetch(anew=anew))

    # The names differ because the commands are enabled in different states.
    action_try_again = action_type_key = action_fetch_again

    def _fetch(self, *, anew: bool) -> None:
        self._listen_to(Feed(self._feed.source, rest=not anew).start(), anew=anew)

    def action_follow(self) -> None:
        """Start or stop asking for new events every few seconds."""
        if self._load_state.is_followed:
            self._stop_following()
        elif not self._feed.source.session_ref.session_id:
            self.notify("Nothing to follow: this session comes from a file.")
        elif not self.is_complete:
            self.notify("The session is still loading; press f once it is complete.")
        else:
            self._load_state.follow(self._count_known())
            self._poll_timer = self.set_interval(self.poll_s, self.poll)
        self._show()

    def _count_known(self) -> int:
        """Return the number of events that are not new, including any that are missing."""
        session = self._view.session
        return max(len(session.events), session.total or 0)

    def _stop_following(self) -> None:
        self._load_state.follow(None)
        if self._poll_timer is not None:
            self._poll_timer.stop()

    def _leave(self) -> None:
        """Stop fetching and following this session."""
        self._stop_following()
        self._feed.stop()

    def action_walk_sessions(self, later: int) -> None:
        """Open the user's next session, or the previous for -1."""
        if self._step is None:
            self.notify("There is no list of sessions: --user lists a user's sessions.")
            return
        source = self._step(later)
        # The notices are about the previous session.
        self.app.clear_notifications()
        if source is None:
            which = "latest" if later > 0 else "earliest"
            self.notify(f"This is the user's {which} session.")
            return
        self._leave()
        self._leave_detail()
        self._first_failure = None
        self._after_update.clear()
        self._load_state = LoadState(source.session_ref, self._rules)
        self._changer.drop()
        self._marks, self._clock, self._step_name = frozenset(), SINCE_START, ""
        options = replace(self._options, folded=frozenset(), unrolled=frozenset(), window=None)
        self._view = View(Analysis(Session(source.session_ref, ()), self._rules), options)
        self.detail.forget()
        self.timeline.forget()
        self._listen_to(Feed(source).start(), anew=True)

    def poll(self) -> None:
        """Ask for new events unless the last request is still under way."""
        if self.is_complete:
            self._fetch(anew=not self._load_state.can_continue)

    def action_quit(self) -> None:
        """Quit; without any events, with the failure that came before."""
        is_empty = not self._view.session.events
        self.app.exit(self._first_failure if is_empty else None)
