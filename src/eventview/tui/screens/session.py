"""The screen of one session: it arrives from a feed, is followed and can be left for another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar

from msgspec.structs import replace
from textual import on
from textual.binding import BindingType
from textual.containers import Container
from textual.events import DescendantFocus, Resize, ScreenResume
from textual.geometry import Size
from textual.getters import query_one
from textual.reactive import var
from textual.screen import Screen
from textual.widget import Widget

from eventview.analysis.analysis import Analysis
from eventview.analysis.rules import Rules
from eventview.errors import EventviewError
from eventview.query.regular_expressions import QueryError
from eventview.session.session import Session
from eventview.session.source import Source
from eventview.tui import commands
from eventview.tui.feed import Feed
from eventview.tui.screens.sharing import FilePurpose, Sharing
from eventview.tui.search import PositionPurpose, PromptError, PromptPurpose, QueryPurpose
from eventview.tui.session_loader import SessionLoader
from eventview.tui.state import NO_EVENT, NO_SESSION, SessionState
from eventview.tui.state_changer import StateChanger
from eventview.tui.widgets.bars import EmptyMessage, KeyBar, StateChange, StatusBar, TitleBar
from eventview.tui.widgets.detail_pane import DetailPane
from eventview.tui.widgets.filter_bar import FilterBar, TypeBar
from eventview.tui.widgets.histogram_bar import HistogramBar
from eventview.tui.widgets.timeline import Timeline
from eventview.view.view import View
from eventview.view.view_options import ViewOptions

if TYPE_CHECKING:
    from eventview.render.event_fields import Field
    from eventview.tui.system.desktop import Desktop
    from eventview.tui.widgets.prompt import Prompt
    from eventview.view.view_options import InitialView


class SessionScreen(Screen[None]):
    """The session that a feed delivers.

    The screen holds the state; widgets are bound to it and repaint what differs.

    Args:
        feed: the feed, already started so that the server answers while the screen is built.
        initial_view: the initial view of the session.
        step: returns the user's next session for 1, the previous for -1; None if there is no
            list of sessions.
        desktop: clipboard and browser; None for those of this machine.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        *commands.make_bindings(
            # These come first because Textual runs a key's first binding that is enabled.
            commands.WITHOUT_EVENTS,
            commands.FINDING,
            commands.SIGNALS,
            commands.PLACES,
            commands.PANES,
            commands.SESSION,
            commands.HANDING,
            commands.STEPPING,
        )
    ]
    groups = commands.GROUPS
    """The commands of this screen and its panes."""

    state: var[SessionState] = var(NO_SESSION)
    """The session and what is shown of it."""
    painted_state: var[SessionState] = var(NO_SESSION)
    """The state when the rows were last painted: that of all but rows and title, so that nothing
    else holds up a cursor that moves through many rows."""

    status_bar = query_one(StatusBar)
    timeline = query_one(Timeline)
    detail = query_one(DetailPane)

    def __init__(
        self,
        feed: Feed,
        initial_view: InitialView,
        step: Callable[[int], Source | None] | None = None,
        desktop: Desktop | None = None,
    ) -> None:
        super().__init__()
        options = replace(initial_view.options, are_runs_rolled=True)
        state = _open_state(feed.source, initial_view.rules, options)
        times = initial_view.times.clock
        self.set_reactive(SessionScreen.state, state.change(times=times))
        self._step = step
        self._changer = StateChanger(self, lambda: self.state, self._publish)
        self.loader = SessionLoader(
            self, self._changer, feed, initial_view, is_from_list=step is not None
        )
        self._sharing = Sharing(self, self._changer, self.loader, desktop)
        self._prompt: Prompt | None = None
        """The open prompt."""
        self._is_painting_due = False
        self._first_size: Size | None = None
        """The size of the first picture until it has been painted."""

    @property
    def failure(self) -> EventviewError | None:
        """The failure that left the screen empty; None while waiting and once events are there."""
        return None if self.state.session.events else self.loader.load_state.failure

    def compose(self) -> Iterator[Widget]:
        """Compose the bars, with timeline and detail between them."""
        yield TitleBar().data_bind(SessionScreen.state)
        yield HistogramBar().data_bind(state=SessionScreen.painted_state)
        yield TypeBar().data_bind(SessionScreen.state)
        yield FilterBar().data_bind(SessionScreen.state)
        with Container(id="body"):
            yield Timeline().data_bind(SessionScreen.state)
            yield DetailPane()
        yield EmptyMessage()
        yield StatusBar().data_bind(state=SessionScreen.painted_state)
        yield KeyBar()

    def on_mount(self) -> None:
        """Show what is waited for and listen to the feed."""
        self.timeline.focus()
        self.loader.listen(self.loader.feed, anew=True)

    def on_screen_resume(self, event: ScreenResume) -> None:
        """Keep the first picture's styles, which were applied when its parts were mounted."""
        event.refresh_styles = self.stack_updates > 0
        if not self.stack_updates:
            self._first_size = self.app.size
            self.call_after_refresh(setattr, self, "_first_size", None)

    def on_resize(self, event: Resize) -> None:
        """Keep the first picture, of whose size Textual then reports three changes.

        Later, the same size means that the terminal has lost what it showed.
        """
        if event.size == self._first_size:
            event.prevent_default()

    def on_unmount(self) -> None:
        """Stop the search under way."""
        self._changer.drop()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool:  # noqa: ARG002  # the override takes both
        """Disable what cannot be done in this state, or while a prompt takes the keys."""
        if self._prompt is not None and action != "quit":
            return False
        is_without = not self.state.session.events
        match action:
            case "try_again":
                return is_without and self.failure is not None and not self.loader.is_loading
            case "type_key":
                return self.failure is not None and self.failure.retype is not None
            case "stop_waiting":
                return is_without and self.loader.is_loading
            case "leave_for_list":
                return is_without and not self.loader.is_loading and self._step is not None
        return not is_without or action not in commands.NEEDING_EVENTS

    # --- the state

    def _publish(self, state: SessionState) -> None:
        self.state = self.loader.count_seen(self.state, state)
        if not self._is_painting_due:
            self._is_painting_due = True
            # Through the timeline, so that its rows are painted first.
            self.timeline.call_after_refresh(self._paint_rest)

    def watch_state(self, state: SessionState) -> None:
        """Update what is not bound to the state."""
        is_without = not state.session.events
        if is_without or self.has_class("-without-events"):
            # The footer lists what can be done, which may have changed.
            self.refresh_bindings()
            self.set_class(is_without, "-without-events")
        if self._prompt is not None and not self._prompt.has_error:
            self._prompt.show_count(self._prompt.purpose.describe(state))

    def _paint_rest(self) -> None:
        self._is_painting_due = False
        self.painted_state = self.state
        self.detail.show(self.state.view, self.state.highlighted_index)

    def action_change(self, method: str, arguments: Sequence[object] = ()) -> None:
        """Change the state by the method of a command."""
        self._changer.show(getattr(self.state, method)(*arguments))

    def on_state_change(self, message: StateChange) -> None:
        """Change the state as a widget asks for."""
        self.action_change(message.method, message.arguments)

    # --- prompts

    async def action_prompt(self, sign: str, is_redacted: bool = False) -> None:  # noqa: FBT001, FBT002  # commands name it by place
        """Open the prompt of a sign: for a find, a filter, a position or a file name."""
        if self._prompt is not None or not self.state.session.events:
            return
        # This import would delay every start.
        from eventview.tui.widgets.prompt import Prompt

        purpose: PromptPurpose
        match sign:
            case ":":
                purpose = PositionPurpose(":")
            case ">":
                session_id, columns = self.state.session.session_id, self.size.width
                purpose = FilePurpose(self._sharing, session_id, columns, is_redacted=is_redacted)
            case _:
                purpose = QueryPurpose(sign, self.state)
        self.app.clear_notifications()
        prompt = self._prompt = Prompt(purpose, self.state.view.analysis)
        self._make_way_for_prompt(is_open=True)
        await self.mount(prompt, after=self.status_bar)
        # `focus()` would take effect later, and the next key may be waiting already.
        self.set_focus(prompt.field)
        prompt.show_count(purpose.describe(self.state))
        # Not by a message: the letter would be painted before its effect, which would then have to
        # wait for the next frame.
        self.watch(prompt.field, "value", self._preview, init=False)

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """Return the focus to an open prompt, whatever is clicked."""
        if self._prompt is not None and event.widget is not self._prompt.field:
            self.set_focus(self._prompt.field)

    def _preview(self, text: str) -> None:
        """Preview what has been typed so far."""
        prompt = self._prompt
        if prompt is None:
            return
        try:
            self._changer.show(prompt.purpose.preview(self.state, text))
        except QueryError as error:
            # The last valid query stays, because this one may be half typed.
            prompt.show_error(error)
        else:
            prompt.show_count(prompt.purpose.describe(self.state))

    async def on_prompt_closed(self, message: Prompt.Closed) -> None:
        """Apply what was typed, or undo it; a complaint keeps the prompt open."""
        prompt, text, state = self._prompt, message.text, self.state
        if prompt is None:
            return
        try:
            purpose = prompt.purpose
            state = purpose.cancel(state) if text is None else purpose.accept(state, text)
        except (QueryError, PromptError) as error:
            prompt.show_error(error if isinstance(error, QueryError) else str(error))
            return
        self._prompt = None
        self._changer.show(state)
        prompt.display = False
        self._make_way_for_prompt(is_open=False)
        self.set_focus(self.timeline)
        await prompt.remove()

    def _make_way_for_prompt(self, *, is_open: bool) -> None:
        # A class of the screen would style all that is on it anew, which holds up the prompt.
        self.status_bar.display = not is_open
        self.query("ToastRack").set_class(is_open, "-raised")

    # --- panes and dialogs

    @on(Timeline.Opened)
    def action_open_detail(self) -> None:
        """Focus the detail, which fills the screen where there is no room for both panes."""
        if self.state.index is None:
            self.notify(NO_EVENT)
            return
        # The cursor stays on the event being read, even if a hidden one is shown again.
        self._changer.show(self.state.settle())
        self.add_class("-reading")
        self.set_focus(self.detail)

    def action_next_pane(self) -> None:
        """Focus the other pane of timeline and detail."""
        if self.detail.has_focus:
            self._leave_detail()
        else:
            self.action_open_detail()

    def _leave_detail(self) -> None:
        self.remove_class("-reading")
        self.set_focus(self.timeline)

    def action_back(self) -> None:
        """Go one step back: leave the detail, undo a search, stop a fetch, leave for the list."""
        undone = self.state.undo()
        if self.detail.has_focus:
            self._leave_detail()
        elif undone is not self.state:
            self._changer.show(undone)
        elif self.loader.is_loading:
            self.action_stop_waiting()
        elif self._step is not None:
            self.action_leave_for_list()

    def action_share(self, method: str, *arguments: str) -> object:
        """Copy or open what is shown, by a method of `Sharing`; Textual awaits its dialog."""
        return getattr(self._sharing, method)(*arguments)

    def action_picture(self) -> None:
        """Write a picture of the screen."""
        # The palette, which calls this, must not be in the picture.
        self.call_after_refresh(self._sharing.picture)

    def action_about(self) -> None:
        """Show the session at a glance."""
        analysis = self.state.view.analysis
        # These imports would delay every start.
        from eventview.render.summary import summary_fields
        from eventview.tui.screens.dialogs import AboutScreen

        def show(fields: Sequence[Field]) -> None:
            self.app.push_screen(AboutScreen(analysis.session, fields))

        self._changer.run_and_continue(lambda: tuple(summary_fields(analysis)), show, "about")

    def action_help(self) -> None:
        """Show the keys."""
        # This import would delay every start.
        from eventview.tui.screens.dialogs import HelpScreen

        self.app.push_screen(HelpScreen(self.groups))

    def action_quit(self) -> None:
        """Quit; without any events, with the failure that came before."""
        self.app.exit(None if self.state.session.events else self.loader.first_failure)

    # --- fetching, following and leaving

    def action_stop_waiting(self) -> None:
        """Stop the fetch under way and keep what has arrived."""
        self.loader.stop()

    def action_fetch_again(self) -> None:
        """Fetch what is missing, or else the whole session again; keep what is shown meanwhile."""
        if not self.loader.load_state.is_complete:
            return
        failure = self.loader.load_state.failure
        if failure is None or failure.retype is None:
            self.loader.fetch_again()
            return
        # This import would delay every start.
        from eventview.tui.screens.dialogs import ask_for_key

        ask_for_key(self, failure.retype, self.loader.fetch_again)

    # The names differ because the commands are enabled in different states.
    action_try_again = action_type_key = action_fetch_again

    def action_follow(self) -> None:
        """Start or stop asking for new events every few seconds."""
        if self.loader.load_state.is_followed:
            self.loader.follow(is_on=False)
        elif not self.loader.feed.source.session_ref.session_id:
            self.notify("Nothing to follow: this session comes from a file.")
        elif not self.loader.load_state.is_complete:
            self.notify("The session is still loading; press f once it is complete.")
        else:
            self.loader.follow(is_on=True)

    def action_leave_for_list(self) -> None:
        """Return to the list of the user's sessions."""
        self.loader.leave()
        self.dismiss()

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
        self.loader.leave()
        self._leave_detail()
        self._changer.drop()
        self.detail.forget()
        empty = frozenset[int]()
        options = replace(self.state.options, folded=empty, unrolled=empty, window=None)
        self.state = _open_state(source, self.loader.rules, options)
        self.loader.switch(source)


def _open_state(source: Source, rules: Rules, options: ViewOptions) -> SessionState:
    """Return the state of a source's session before its first event."""
    view = View(Analysis(Session(source.session_ref, ()), rules), options)
    return SessionState(view, options)
