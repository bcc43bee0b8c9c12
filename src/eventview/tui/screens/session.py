"""The session's screen: it holds what is shown, hears what the user does, and decides.

Widgets get values from here and post messages to here; the feed's news come as messages too. May
import `eventview.model`, `eventview.feed`, `eventview.errors` and the widgets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from threading import get_ident
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import Container
from textual.getters import query_one
from textual.message import Message
from textual.screen import Screen
from textual.timer import Timer
from textual.widget import Widget

from eventview.errors import EventviewError, StoppedError
from eventview.feed import Feed, Finished, News, Word
from eventview.model import wording
from eventview.model.events import PERFORMANCE
from eventview.model.query import ALL_TYPES, NO_QUERY, STARTING_TYPES, Query
from eventview.model.session import Session
from eventview.model.source import Batch, Moment, Source
from eventview.model.view import Lens, View
from eventview.model.wording import TimeMode
from eventview.tui import commands
from eventview.tui.arrival import Arrival
from eventview.tui.jump import Jump
from eventview.tui.widgets.bars import StatusBar, TitleBar
from eventview.tui.widgets.chips import TypeBar
from eventview.tui.widgets.detail import Detail
from eventview.tui.widgets.notice import Notice
from eventview.tui.widgets.prompt import Prompt
from eventview.tui.widgets.timeline import Timeline

_FIND, _FILTER = "/", "&"

_REPAINT_S = 0.1
"""The least time between two pictures of a session that is coming in."""

_POLL_S = 5.0
"""Between two questions for new events: a server stores them every few seconds at best."""


class SessionScreen(Screen[None]):
    """Shows the session that a feed delivers.

    Args:
        feed: already started, so that the server is asked while the screen is built.
        lens: what the command line asked to see.
        moment: where to open, as a replay link has it.
        step: gives the user's session after this for 1, before it for -1; None where there is
            no list of sessions to step in.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        *commands.bindings(commands.FINDING, commands.PANES, commands.SESSION, commands.STEPPING),
    ]
    groups = commands.GROUPS
    """The commands that make sense here, those of the panes among them."""
    title_bar = query_one(TitleBar)
    type_bar = query_one(TypeBar)
    status_bar = query_one(StatusBar)
    timeline = query_one(Timeline)
    detail = query_one(Detail)
    notice = query_one(Notice)

    @dataclass
    class Arrived(Message):
        """The feed has news."""

        feed: Feed
        news: News

    def __init__(
        self,
        feed: Feed,
        lens: Lens,
        moment: Moment | None = None,
        step: Callable[[int], Source | None] | None = None,
    ) -> None:
        super().__init__()
        self._feed = feed
        self._arrival = Arrival(feed.source.origin)
        self._lens = lens
        self._lens_before_prompt = lens
        self._mode = TimeMode.SINCE_START
        self._jump = Jump(moment)
        self._step = step
        self._is_failing = False
        self._is_show_due = False
        self._is_detail_due = False
        self._poll_timer: Timer | None = None
        self._view = View(Session(feed.source.origin, ()), lens)

    @property
    def failure(self) -> EventviewError | None:
        """Why there is nothing to see; None once there is, and while it is waited for."""
        return None if self._view.session.events else self._arrival.failure

    @property
    def session(self) -> Session:
        """What has come so far."""
        return self._view.session

    @property
    def is_complete(self) -> bool:
        """Whether the feed is done, for better or worse."""
        return self._arrival.is_complete

    def compose(self) -> Iterator[Widget]:
        """Bars above and below, timeline and detail between them."""
        yield TitleBar()
        yield TypeBar()
        with Container(id="body"):
            yield Timeline()
            yield Detail()
        yield Notice()
        yield StatusBar()
        yield Container(id="keys")

    def on_mount(self) -> None:
        """Show that something comes, then listen for it."""
        self.timeline.focus()
        self._wait_for(self._feed, anew=True)
        # The footer is a widget for each key: the session need not wait for those.
        self.call_after_refresh(self._show_keys)

    async def _show_keys(self) -> None:
        from textual.widgets import Footer

        if not self.is_attached:
            # The user has left already.
            return
        await self.query_one("#keys").mount(Footer(compact=True, show_command_palette=False))
        # A footer lists the keys when it hears of a change; it missed those of the start.
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool:  # noqa: ARG002
        """While there is a prompt, its keys are letters to be typed."""
        return action == "quit" or not self.has_class("-prompting")

    # --- what the feed delivers

    def _wait_for(self, feed: Feed, *, anew: bool) -> None:
        self._feed = feed
        self._arrival.begin(anew=anew)
        here = get_ident()

        def hand_over(news: News) -> None:
            if get_ident() == here:
                # What came before there was a screen is in its first picture.
                self._take_in(news)
                return
            # The application may have ended since: then nobody is there to tell.
            with suppress(RuntimeError):
                self.post_message(self.Arrived(feed, news))

        feed.listen(hand_over)
        if not self.is_complete:
            if not self._arrival.is_followed:
                self._show_waiting()
            self._show()

    def _show_waiting(self) -> None:
        place = self._feed.source.origin.place
        self.notice.wait_for(place, self._arrival.word, way_out="Esc stops waiting.")

    def on_session_screen_arrived(self, message: Arrived) -> None:
        """Take in news; those of an abandoned feed are left aside."""
        if message.feed is self._feed and self.is_attached:
            self._take_in(message.news)

    def _take_in(self, news: News) -> None:
        self._arrival.take(news)
        match news:
            case Batch():
                if not self._view.session.events:
                    self._gather()
                elif not self._is_show_due:
                    # Ordering and painting a large session for each of its pages would take
                    # longer than the pages do.
                    self._is_show_due = True
                    self.set_timer(_REPAINT_S, self._gather)
            case Word():
                if not self._view.session.events:
                    self._show_waiting()
                self._show()
            case Finished():
                if self._is_failing:
                    # What was said of the failure is no longer so.
                    self.app.clear_notifications()
                self._is_failing = False
                self._gather()
            case EventviewError() as failure:
                self._fail(failure)

    def _gather(self) -> None:
        """Show what has come."""
        self._is_show_due = False
        is_first = not self._view.session.events
        session = self._arrival.session()
        if session.events:
            self._view = View(session, self._lens)
        self._show()
        self._say_count()
        if is_first and self._view.hits:
            self.timeline.go_to(self._view.hits[0])
        self._follow_link()

    def _follow_link(self) -> None:
        session = self._view.session
        index = self._jump.target(session, self.timeline.index)
        if index is not None:
            self.timeline.go_to(index)
        if self.is_complete and session.events:
            said = self._jump.end(session)
            if said:
                self.notify(said, markup=False)

    def _fail(self, failure: EventviewError) -> None:
        self._gather()
        if not self._view.session.events:
            self.notice.failed(failure, is_from_list=self._step is not None)
            return
        if self._is_failing and self._arrival.is_followed:
            # Every few seconds would be too often; the title says it.
            return
        self._is_failing = True
        # What had arrived stays; the user learns that it is not all, or not fresh.
        title = "Incomplete" if wording.missing(self._view.session) else "Not fetched again"
        self.notify(str(failure), title=title, severity="error", markup=False)

    def _give_up(self) -> None:
        """End the fetch under way with what has come."""
        self._feed.stop()
        self._take_in(StoppedError("Stopped; there may be more to come.", cure="r fetches it."))

    # --- what is shown

    def _show(self) -> None:
        """Bring every widget up to date with the view."""
        has_events = bool(self._view.session.events)
        self.set_class(not has_events, "-without-events")
        self.title_bar.show(
            self._view, self._mode, progress=self._arrival.progress(self._view.session)
        )
        self.type_bar.show(self._view)
        self.timeline.show(self._view, self._mode)
        self._show_current()

    def _show_current(self) -> None:
        self.status_bar.show(self._view, self.timeline.index, self.timeline.row)
        # The detail is the most to paint: the cursor, on its way through many rows, goes first.
        if not self._is_detail_due:
            self._is_detail_due = True
            self.call_after_refresh(self._show_detail)

    def _show_detail(self) -> None:
        self._is_detail_due = False
        self.detail.show(self._view, self.timeline.index)

    def _look_through(self, lens: Lens) -> None:
        self._lens = lens
        self._view = self._view.through(lens)
        self._show()

    @on(Timeline.Moved)
    def _show_event_under_cursor(self) -> None:
        if self._arrival.is_followed and self.timeline.row == len(self._view.rows) - 1:
            # At the end of the list, nothing is new any more.
            self._arrival.follow(self._count_known())
            self._show()
            return
        self._show_current()

    # --- find and filter

    async def action_find(self) -> None:
        """Open the find prompt."""
        await self._prompt(_FIND, self._lens.find.text)

    async def action_filter(self) -> None:
        """Open the filter prompt."""
        await self._prompt(_FILTER, self._lens.filter.text)

    async def _prompt(self, sign: str, text: str) -> None:
        # Here, because Textual's input field is among its costlier imports.
        from eventview.tui.widgets.prompt import Prompt

        if self.query(Prompt) or not self._view.session.events:
            return
        self._lens_before_prompt = self._lens
        self.add_class("-prompting")
        prompt = Prompt(sign, text)
        await self.mount(prompt, after=self.status_bar)
        # At once, unlike `focus()`: the next key may be waiting already.
        self.set_focus(prompt.field)
        prompt.say(self._count(sign))

    def _count(self, sign: str) -> str:
        if sign == _FIND:
            return wording.hits(self._view) if self._lens.find else ""
        return wording.counts(self._view) if self._lens.filter else ""

    def on_prompt_changed(self, message: Prompt.Changed) -> None:
        """Find or filter by what has been typed so far."""
        if self.query(Prompt):
            self._look_for(message.sign, message.text)
            self._say_count()

    def _say_count(self) -> None:
        if self.has_class("-prompting"):
            for prompt in self.query(Prompt):
                prompt.say(self._count(prompt.sign))

    async def on_prompt_closed(self, message: Prompt.Closed) -> None:
        """Keep what was typed and go to the first hit, or take it back."""
        await self.query(Prompt).remove()
        self.remove_class("-prompting")
        self.set_focus(self.timeline)
        if message.text is None:
            self._look_through(self._lens_before_prompt)
            return
        self._look_for(message.sign, message.text)
        if message.sign == _FIND and self.timeline.index is not None:
            self._go_to_hit(self._view.hit_after(self.timeline.index - 1))

    def _look_for(self, sign: str, text: str) -> None:
        query = Query.parse(text)
        if query == (self._lens.find if sign == _FIND else self._lens.filter):
            return
        if sign == _FIND:
            self._look_through(replace(self._lens, find=query))
        else:
            self._look_through(replace(self._lens, filter=query))

    def action_next_hit(self) -> None:
        """To the next hit."""
        if self.timeline.index is not None:
            self._go_to_hit(self._view.hit_after(self.timeline.index))

    def action_previous_hit(self) -> None:
        """To the previous hit."""
        if self.timeline.index is not None:
            self._go_to_hit(self._view.hit_before(self.timeline.index))

    def _go_to_hit(self, index: int | None) -> None:
        if index is not None:
            self.timeline.go_to(index)
        elif not self._lens.find:
            self.notify("Nothing to find yet: / starts a find.", markup=False)
        self._show_current()

    # --- types

    def action_toggle_type(self, number: int) -> None:
        """Show or hide the type with this number."""
        names = list(self._view.session.type_counts)
        if number <= len(names):
            types = self._lens.types.toggled(names[number - 1])
            self._look_through(replace(self._lens, types=types))

    def action_toggle_samples(self) -> None:
        """Show or hide the PERFORMANCE events, which drown a timeline and so start hidden."""
        types = self._lens.types.toggled(PERFORMANCE)
        self._look_through(replace(self._lens, types=types))

    def action_all_types(self) -> None:
        """Show all types."""
        self._look_through(replace(self._lens, types=ALL_TYPES))

    def on_type_bar_clicked(self, message: TypeBar.Clicked) -> None:
        """A click on a chip is its digit."""
        self.action_toggle_type(message.number)

    # --- panes

    def action_open_detail(self) -> None:
        """Into the detail, which fills the screen where both have no room."""
        if self.timeline.index is not None:
            self.add_class("-reading")
            self.set_focus(self.detail)

    def action_next_pane(self) -> None:
        """To the other of timeline and detail."""
        if self.detail.has_focus:
            self._leave_detail()
        else:
            self.action_open_detail()

    def _leave_detail(self) -> None:
        self.remove_class("-reading")
        self.set_focus(self.timeline)

    @on(Timeline.Opened)
    def _open_clicked(self) -> None:
        self.action_open_detail()

    def action_back(self) -> None:
        """One step back: detail, find, filter, hidden types, a fetch under way, the list."""
        if self.detail.has_focus:
            self._leave_detail()
        elif self._lens.find:
            self._look_through(replace(self._lens, find=NO_QUERY))
        elif self._lens.filter:
            self._look_through(replace(self._lens, filter=NO_QUERY))
        elif self._lens.types not in (STARTING_TYPES, ALL_TYPES):
            self._look_through(replace(self._lens, types=STARTING_TYPES))
        elif not self.is_complete and not self._arrival.is_followed:
            self._give_up()
        elif self._step is not None:
            self._leave()
            self.dismiss()

    # --- session

    def action_next_time_mode(self) -> None:
        """Times since start, local, UTC, in turn."""
        self._mode = self._mode.next()
        self._show()

    def action_fetch_again(self) -> None:
        """Fetch what is missing, or the session once more; what is shown stays meanwhile."""
        if self.is_complete:
            self._fetch(anew=not self._arrival.is_missing_some)

    def _fetch(self, *, anew: bool) -> None:
        self._wait_for(Feed(self._feed.source, rest=not anew).start(), anew=anew)

    def action_follow(self) -> None:
        """Ask for new events every few seconds, or stop doing so."""
        if self._arrival.is_followed:
            self._stop_following()
        elif not self._feed.source.origin.session_id:
            self.notify("Only a session on a server goes on; this one is whole.", markup=False)
        elif not self.is_complete:
            self.notify("It is still coming in; f follows it from then on.", markup=False)
        else:
            self._arrival.follow(self._count_known())
            self._poll_timer = self.set_interval(_POLL_S, self.poll)
        self._show()

    def _count_known(self) -> int:
        """How many events are not new, those among them that have not come."""
        session = self._view.session
        return max(len(session.events), session.total or 0)

    def _stop_following(self) -> None:
        self._arrival.follow(None)
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
            self.notify("Only with --user is there a list of sessions to step in.", markup=False)
            return
        source = self._step(later)
        # What was said of the session before says nothing of this one.
        self.app.clear_notifications()
        if source is None:
            which = "latest" if later > 0 else "earliest"
            self.notify(f"This is the user's {which} session.", markup=False)
            return
        self._leave()
        self._leave_detail()
        self._arrival = Arrival(source.origin)
        self._view = View(Session(source.origin, ()), self._lens)
        self.timeline.forget()
        self._wait_for(Feed(source).start(), anew=True)

    def poll(self) -> None:
        """Ask for new events, unless the last answer is still on its way."""
        if self.is_complete:
            self._fetch(anew=not self._arrival.can_continue)

    def action_help(self) -> None:
        """Show the keys."""
        # Here, because the help is rarely asked for and its imports would delay every start.
        from eventview.tui.screens.help import HelpScreen

        self.app.push_screen(HelpScreen(self.groups))

    def action_quit(self) -> None:
        """Leave."""
        self.app.exit(self.failure)
