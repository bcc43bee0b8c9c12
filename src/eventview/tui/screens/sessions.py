"""The screen on which one of a user's sessions is chosen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from threading import get_ident
from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.getters import query_one
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import DataTable

from eventview.errors import CancelledError, EventviewError
from eventview.render import rows
from eventview.render.session_list import COUNTED_BY_SERVER, aligned, columns
from eventview.session.source import Listing, SessionList, SessionSummary, Source
from eventview.tui import commands
from eventview.tui.feed import BackgroundFetch, FeedEvent, StatusText, listed
from eventview.tui.widgets.bars import Bar, EmptyMessage, KeyBar

_MARK = "mark"
"""The column that shows where the cursor is."""


class Chosen:
    """A place in the list of a user's sessions, to step on from.

    Args:
        sessions: the latest first.
        place: which of them is shown.
        open_one: the source of a session.
    """

    def __init__(
        self,
        sessions: Sequence[SessionSummary],
        place: int,
        open_one: Callable[[SessionSummary], Source],
    ) -> None:
        self._sessions = sessions
        self.place = place
        self._open_one = open_one

    def source(self) -> Source:
        """The session shown."""
        return self._open_one(self._sessions[self.place])

    def step(self, later: int) -> Source | None:
        """The next session in time for 1, the one before for -1; None at either end."""
        place = self.place - later
        if not 0 <= place < len(self._sessions):
            return None
        self.place = place
        return self.source()


class SessionTable(DataTable[Text]):
    """The list itself, whose one key of its own is named in the footer."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "select_cursor", "open", key_display="Enter")
    ]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool:  # noqa: ARG002
        """An empty list has nothing to open."""
        return action != "select_cursor" or self.row_count > 0


class SessionsScreen(Screen[None]):
    """Lists a user's sessions and opens those that are chosen.

    Args:
        listing: where the list is from.
        open_one: the source of a session.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings(commands.CHOOSING)]
    groups = (commands.CHOOSING,)
    """The commands that make sense here."""
    title_bar = query_one("#sessions-title", Bar)
    counts_bar = query_one("#sessions-counts", Bar)
    notice = query_one(EmptyMessage)

    @dataclass
    class Arrived(Message):
        """The list has come, or something about it."""

        telling: BackgroundFetch
        news: FeedEvent

    @dataclass
    class Picked(Message):
        """The user has chosen a session."""

        list_screen: SessionsScreen
        chosen: Chosen

    def __init__(self, listing: Listing, open_one: Callable[[SessionSummary], Source]) -> None:
        super().__init__()
        self.failure: EventviewError | None = None
        """Why there is no list; None once there is, and while it is waited for."""
        self._listing = listing
        self._open_one = open_one
        self.sessions: Sequence[SessionSummary] = ()
        self._is_asking = False
        self._word = ""
        self._shortfall = ""
        self._telling: BackgroundFetch | None = None

    def compose(self) -> Iterator[Widget]:
        """A title, the list, and what stands in its place while there is none."""
        yield Bar(id="sessions-title")
        yield SessionTable(cursor_type="row", zebra_stripes=False)
        yield EmptyMessage()
        yield Bar(id="sessions-counts")
        yield KeyBar()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool:  # noqa: ARG002
        """Whether something can be done here and now."""
        match action:
            case "stop":
                return self._is_asking
            case "fetch_again":
                return not self._is_asking
            case "type_key":
                return self.failure is not None and self.failure.retype is not None
        return True

    @property
    def table(self) -> SessionTable:
        """The list."""
        return self.query_one(SessionTable)

    def on_mount(self) -> None:
        """Ask for the list."""
        self.action_fetch_again()

    def action_fetch_again(self) -> None:
        """Ask for the list, again, with another key where a typed one was refused."""
        if self._is_asking:
            return
        failure = self.failure
        if failure is None or failure.retype is None:
            self._ask()
            return
        # Here, because Textual's input field is among its costlier imports.
        from eventview.tui.screens.dialogs import KeyScreen

        def ask(is_typed: bool | None) -> None:  # noqa: FBT001  # a callback
            if is_typed:
                self._ask()

        self.app.push_screen(KeyScreen(failure.retype), ask)

    def action_type_key(self) -> None:
        """Type another API key, and ask for the list with it."""
        self.action_fetch_again()

    def _ask(self) -> None:
        self.failure, self._is_asking = None, True
        self._show_waiting()
        here = get_ident()
        telling = self._telling = listed(self._listing)

        def hand_over(news: FeedEvent) -> None:
            if get_ident() == here:
                self._take_in(news)
                return
            # The application may have ended since: then nobody is there to tell.
            with suppress(RuntimeError):
                self.post_message(self.Arrived(telling, news))

        self._show()
        telling.start()
        telling.listen(hand_over)

    def _show_waiting(self) -> None:
        place = self._listing.session_ref.place
        what = "the list of sessions"
        self.notice.wait_for(place, self._word, what=what, way_out="Esc stops waiting.")

    def action_stop(self) -> None:
        """Wait no longer for the list."""
        if self._is_asking and self._telling is not None:
            self._telling.stop()
            self._telling = None
            self._take_in(CancelledError("Stopped before the list had come.", hint="r asks again."))

    def on_sessions_screen_arrived(self, message: Arrived) -> None:
        """Take in news; those of an abandoned question are left aside."""
        if message.telling is self._telling and self.is_attached:
            self._take_in(message.news)

    def _take_in(self, news: FeedEvent) -> None:
        match news:
            case SessionList():
                place = self._place_in(news.sessions)
                self.sessions, self._shortfall = news
                self._fill(place)
            case StatusText():
                self._word = news
                self._show_waiting()
            case EventviewError():
                self._fail(news)
            case _:
                self._is_asking, self._word = False, ""
        self._show()

    def _fail(self, failure: EventviewError) -> None:
        self._is_asking, self._word = False, ""
        if self.sessions:
            # The list of before stays.
            self.notify(str(failure), title="Not asked again", severity="error")
            return
        self.failure = failure
        self.notice.failed(failure)

    def _show(self) -> None:
        self.set_class(not self.sessions, "-without-events")
        self.refresh_bindings()
        session_ref = self._listing.session_ref
        count = rows.plural(len(self.sessions), "session") if self.sessions else ""
        asking = (self._word or "asking again") if self._is_asking else ""
        incomplete = f"incomplete: {self._shortfall}" if self._shortfall else ""
        facts = " · ".join(part for part in (asking, incomplete, count) if part and count)
        self.title_bar.put(
            Content.styled(f"{session_ref.name} › {session_ref.session_id}", "bold"),
            Content.styled(facts, "$foreground-muted"),
        )

    def _place_in(self, later: Sequence[SessionSummary]) -> int:
        """Find the session under the cursor in a later list, which has new ones before it."""
        place = self.table.cursor_row
        ids = [summary.session_id for summary in later]
        here = self.sessions[place].session_id if place < len(self.sessions) else ""
        return ids.index(here) if here in ids else place

    def _fill(self, place: int) -> None:
        table = self.table
        table.clear(columns=True)
        shown = columns(self.sessions, None)
        # As Text, because a table takes a bare string for markup.
        titles, *rows = zip(*map(aligned, shown), strict=True)
        counted = ", ".join(c.title for c in shown if c.title in COUNTED_BY_SERVER)
        said = f"{counted}: by the server's own count, not of what it delivers" if counted else ""
        self.counts_bar.put(Content.styled(said, "$foreground-muted"), Content())
        table.add_columns((Text(" "), _MARK), *map(Text, titles))
        for cells in rows:
            table.add_row(Text(" "), *map(Text, cells))
        table.move_cursor(row=place)
        table.focus()

    def on_data_table_row_highlighted(self, message: DataTable.RowHighlighted) -> None:
        """Mark the cursor's row, which colour alone must not tell."""
        for row_key in self.table.rows:
            mark = "▸" if row_key == message.row_key else " "
            self.table.update_cell(row_key, _MARK, Text(mark))

    def on_data_table_row_selected(self, message: DataTable.RowSelected) -> None:
        """Open the session on the row."""
        chosen = Chosen(self.sessions, message.cursor_row, self._open_one)
        self.post_message(self.Picked(self, chosen))

    def show_place(self, place: int) -> None:
        """Put the cursor on a session, after it was stepped to elsewhere."""
        self.table.move_cursor(row=place)

    def action_down(self) -> None:
        """One session down."""
        self.table.action_cursor_down()

    def action_up(self) -> None:
        """One session up."""
        self.table.action_cursor_up()

    def action_top(self) -> None:
        """To the latest session."""
        self.table.action_scroll_top()

    def action_bottom(self) -> None:
        """To the earliest session."""
        self.table.action_scroll_bottom()

    def action_help(self) -> None:
        """Show the keys."""
        from eventview.tui.screens.dialogs import HelpScreen

        self.app.push_screen(HelpScreen(self.groups))

    def action_quit(self) -> None:
        """Leave."""
        self.app.exit(self.failure)
