"""The session's screen: the session comes in, is followed, and gives way to the user's next.

The feed's news come as messages.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from threading import get_ident
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.message import Message
from textual.timer import Timer

from eventview.analysis.analysis import Analysis
from eventview.errors import CancelledError, EventviewError
from eventview.query.expressions import Search
from eventview.render import rows
from eventview.session.session import Session
from eventview.session.source import Batch, ReplayOffset, Source
from eventview.tui import commands
from eventview.tui.feed import Feed, FeedEvent, Finished, StatusText
from eventview.tui.loading import LoadState, PendingJump
from eventview.tui.screens.sharing import SharingScreen
from eventview.tui.system.threads import ViewChange
from eventview.view.options import at_moment
from eventview.view.view import View

if TYPE_CHECKING:
    from eventview.tui.system.desktop import Desktop
    from eventview.view.options import InitialView
    from eventview.view.time_display import TimeOptions

_REPAINT_S = 0.1
"""The least time between two pictures of a session that is coming in."""

_SEARCH_S = 0.2
"""After a session has come in, before its texts are made ready to be searched."""


class SessionScreen(SharingScreen):
    """Shows the session that a feed delivers.

    Args:
        feed: already started, so that the server is asked while the screen is built.
        opening: how the session is opened.
        step: gives the user's session after this for 1, before it for -1; None where there is
            no list of sessions to step in.
        outside: the clipboards and the browser; None for those of this machine.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings(commands.STEPPING)]

    poll_s: ClassVar[float] = 5.0
    """Between two questions for new events: a server stores them every few seconds at best."""

    @dataclass
    class Arrived(Message):
        """The feed has news."""

        feed: Feed
        news: FeedEvent

    def __init__(
        self,
        feed: Feed,
        opening: InitialView,
        step: Callable[[int], Source | None] | None = None,
        outside: Desktop | None = None,
    ) -> None:
        empty = Analysis(Session(feed.source.session_ref, ()), opening.rules)
        super().__init__(empty, opening.options, feed.source)
        self._rules = opening.rules
        self._times: TimeOptions | None = opening.times
        self._clock = opening.times.clock
        self._outside = outside
        self._feed = feed
        self._load_state = LoadState(feed.source.session_ref, opening.rules)
        self._pending_jump = PendingJump(opening.moment)
        self._link = opening.moment if isinstance(opening.moment, ReplayOffset) else None
        self._step = step
        self._failed_before: EventviewError | None = None
        self._is_failing = False
        self._is_show_due = False
        self._wanted = self._gathered = 0
        self._once_gathered: list[Callable[[], object]] = []
        self._poll_timer: Timer | None = None

    @property
    def failure(self) -> EventviewError | None:
        """Why there is nothing to see; None once there is, and while it is waited for."""
        return None if self._view.session.events else self._load_state.failure

    @property
    def is_complete(self) -> bool:
        """Whether the feed is done, for better or worse."""
        return self._load_state.is_complete

    @property
    def progress(self) -> str:
        """What is still being done, in words; "" when all is there."""
        return self._load_state.progress(self._view.session)

    def on_mount(self) -> None:
        """Show that something comes, then listen for it."""
        self.timeline.focus()
        self._wait_for(self._feed, anew=True)
        # The footer is a widget for each key: the session need not wait for those.
        self.call_after_refresh(self._show_keys)

    async def _show_keys(self) -> None:
        from eventview.tui.widgets.bars import KeyBar

        if not self.is_attached:
            # The user has left already.
            return
        await self.query_one("#keys").mount(KeyBar())
        # A footer lists the keys when it hears of a change; it missed those of the start.
        self.refresh_bindings()

    @property
    def outside(self) -> Desktop:
        """The clipboards and the browser there are."""
        if self._outside is None:
            from eventview.tui.system.desktop import real

            app = self.app
            # Called in the thread that copies.
            self._outside = real(lambda text: app.call_from_thread(app.copy_to_clipboard, text))
        return self._outside

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool:
        """Whether something can be done here and now."""
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

    def _wait_for(self, feed: Feed, *, anew: bool) -> None:
        self._feed, self._source = feed, feed.source
        self._load_state.begin(anew=anew)
        here = get_ident()

        def hand_over(news: FeedEvent) -> None:
            if get_ident() == here:
                # What came before there was a screen is in its first picture.
                self._take_in(news)
                return
            # The application may have ended since: then nobody is there to tell.
            with suppress(RuntimeError):
                self.post_message(self.Arrived(feed, news))

        feed.listen(hand_over)
        if not self.is_complete:
            if not self._load_state.is_followed:
                self._show_waiting()
            self._show()

    def _show_waiting(self) -> None:
        place = self._feed.source.session_ref.place
        self.notice.wait_for(place, self._load_state.word, way_out="Esc stops waiting.")

    def on_session_screen_arrived(self, message: Arrived) -> None:
        """Take in news; those of an abandoned feed are left aside."""
        if message.feed is self._feed and self.is_attached:
            self._take_in(message.news)

    def _take_in(self, news: FeedEvent) -> None:
        self._load_state.take(news)
        match news:
            case Batch():
                if not self._view.session.events:
                    self._gather()
                elif not self._is_show_due:
                    # Ordering and painting a large session for each of its pages would take
                    # longer than the pages do.
                    self._is_show_due = True
                    self.set_timer(_REPAINT_S, self._gather)
            case StatusText():
                if not self._view.session.events:
                    self._show_waiting()
                self._show()
            case Finished():
                if self._is_failing:
                    # What was said of the failure is no longer so.
                    self.app.clear_notifications()
                self._is_failing = False
                # Not before the session is on the screen: both want the same processor.
                self._gather(lambda: self.set_timer(_SEARCH_S, self._prepare_search))
            case EventviewError() as failure:
                self._gather(lambda: self._fail(failure))

    def _gather(self, then: Callable[[], object] | None = None) -> None:
        """Show what has come, and do something then."""
        self._is_show_due = False
        self._wanted += 1
        if then is not None:
            self._once_gathered.append(then)
        # A find in a session that keeps coming in would never end otherwise.
        if self._turning.turn is None:
            self._gather_wanted()

    def _gather_wanted(self) -> None:
        wanted = self._wanted
        shown, make = self._view, self._load_state.making()
        filtering, finding = Search(), Search()

        def work() -> View:
            analysis = make()
            if analysis is shown.analysis or not analysis.session.events:
                return shown
            return View(analysis, shown.options, filtering=filtering, finding=finding).found()

        def show(view: View) -> None:
            self._gathered = wanted
            self._show_gathered(view)

        self._turning.begin(ViewChange(shown.options, (filtering, finding)), work, show)

    def _turned(self) -> None:
        super()._turned()
        if self._gathered < self._wanted and self._turning.turn is None:
            self._gather_wanted()

    def _show_gathered(self, view: View) -> None:
        is_first = not self._view.session.events
        if view is not self._view:
            self._take(view)
        said = [self._set_zero()]
        self._show()
        self._say_count()
        if is_first and self._view.hits:
            self._go_to(self._view.hits[0])
        said.append(self._follow_link())
        if any(said):
            self.notify(" ".join(filter(None, said)))
        waiting, self._once_gathered = self._once_gathered, []
        for do in waiting:
            do()

    def _set_zero(self) -> str:
        """Count times from the moment that was asked for, once all of the session is there.

        Returns:
            What is wrong with it, in a sentence, or "".
        """
        session, times = self._view.session, self._times
        if times is None or not self.is_complete or not session.events:
            return ""
        self._times = None
        if times.zero is not None:
            self._clock = times.clock_in(session)
        options = self._options
        asked = (times, options.types, options.filter, options.find)
        return " ".join(filter(None, (each.remark(session) for each in asked)))

    def _follow_link(self) -> str:
        """Go to the moment that was asked for.

        Returns:
            Where it is, if not within the session, in a sentence; or "".
        """
        session = self._view.session
        index = self._pending_jump.target(self._view, self.timeline.index)
        if index is not None:
            self._go_to(index)
        if not self.is_complete or not session.events:
            return ""
        said = self._pending_jump.end(self._view, self.timeline.index)
        link, self._link = self._link, None
        if link is not None and self._options.window is not None:
            # Not before: the link counts from the session's start.
            self._look_through(at_moment(self._options, link, session))
        return said

    def _fail(self, failure: EventviewError) -> None:
        if not self._view.session.events:
            self._failed_before = failure
            self.notice.failed(failure, is_from_list=self._step is not None)
            return
        if self._is_failing and self._load_state.is_followed:
            # Every few seconds would be too often; the title says it.
            return
        self._is_failing = True
        # What had arrived stays; the user learns that it is not all, or not fresh.
        title = "Incomplete" if rows.missing(self._view.session) else "Not fetched again"
        self.notify(str(failure), title=title, severity="error")

    def _give_up(self) -> None:
        """End the fetch under way with what has come."""
        self._feed.stop()
        self._take_in(CancelledError("Stopped; there may be more to come.", hint="r fetches it."))

    def _show_moved(self) -> None:
        if self._load_state.is_followed and self.timeline.row == len(self._view.rows) - 1:
            # At the end of the list, nothing is new any more.
            self._load_state.follow(self._count_known())
            self._show()
            return
        super()._show_moved()

    def action_try_again(self) -> None:
        """Fetch what did not come."""
        self.action_fetch_again()

    def action_type_key(self) -> None:
        """Type another API key, and fetch what did not come."""
        self.action_fetch_again()

    def action_stop_waiting(self) -> None:
        """Give up what has not begun to come."""
        self._give_up()

    def action_leave_for_list(self) -> None:
        """Back to the list of the user's sessions."""
        self._leave()
        self.dismiss()

    def action_back(self) -> None:
        """One step back: detail, what is looked for, a fetch under way, the list."""
        if self.detail.has_focus:
            self._leave_detail()
        elif self._give_up_looking() or self._step_back():
            pass
        elif not self.is_complete and not self._load_state.is_followed:
            self._give_up()
        elif self._step is not None:
            self.action_leave_for_list()

    # --- session

    def action_fetch_again(self) -> None:
        """Fetch what is missing, or the session once more; what is shown stays meanwhile."""
        if not self.is_complete:
            return
        anew = not self._load_state.is_missing_some
        failure = self._load_state.failure
        if failure is None or failure.retype is None:
            self._fetch(anew=anew)
            return
        # Here, because Textual's input field is among its costlier imports.
        from eventview.tui.screens.dialogs import KeyScreen

        def fetch(is_typed: bool | None) -> None:  # noqa: FBT001  # a callback
            if is_typed:
                self._fetch(anew=anew)

        self.app.push_screen(KeyScreen(failure.retype), fetch)

    def _fetch(self, *, anew: bool) -> None:
        self._wait_for(Feed(self._feed.source, rest=not anew).start(), anew=anew)

    def action_follow(self) -> None:
        """Ask for new events every few seconds, or stop doing so."""
        if self._load_state.is_followed:
            self._stop_following()
        elif not self._feed.source.session_ref.session_id:
            self.notify("Only a session on a server goes on; this one is whole.")
        elif not self.is_complete:
            self.notify("It is still coming in; f follows it from then on.")
        else:
            self._load_state.follow(self._count_known())
            self._poll_timer = self.set_interval(self.poll_s, self.poll)
        self._show()

    def _count_known(self) -> int:
        """How many events are not new, those among them that have not come."""
        session = self._view.session
        return max(len(session.events), session.total or 0)

    def _stop_following(self) -> None:
        self._load_state.follow(None)
        if self._poll_timer is not None:
            self._poll_timer.stop()

    def _leave(self) -> None:
        """Ask nothing more about this session."""
        self._stop_following()
        self._feed.stop()

    def action_previous_session(self) -> None:
        """To the user's session before this one."""
        self._go_to_session(-1)

    def action_next_session(self) -> None:
        """To the user's session after this one."""
        self._go_to_session(1)

    def _go_to_session(self, later: int) -> None:
        if self._step is None:
            self.notify("Only with --user is there a list of sessions to step in.")
            return
        source = self._step(later)
        # What was said of the session before says nothing of this one.
        self.app.clear_notifications()
        if source is None:
            which = "latest" if later > 0 else "earliest"
            self.notify(f"This is the user's {which} session.")
            return
        self._leave()
        self._leave_detail()
        self._failed_before = None
        self._once_gathered.clear()
        self._load_state = LoadState(source.session_ref, self._rules)
        self._begin(Analysis(Session(source.session_ref, ()), self._rules))
        self.timeline.forget()
        self._wait_for(Feed(source).start(), anew=True)

    def poll(self) -> None:
        """Ask for new events, unless the last answer is still on its way."""
        if self.is_complete:
            self._fetch(anew=not self._load_state.can_continue)

    def action_quit(self) -> None:
        """Leave; while it is tried again, for what had gone wrong before."""
        nothing = not self._view.session.events
        self.app.exit(self._failed_before if nothing else None)
