"""The screen that lists a user's sessions and opens those that are chosen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.getters import query_one
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import DataTable
from textual.widgets.data_table import RowKey

from eventview.errors import CancelledError, EventviewError
from eventview.render import rows
from eventview.render.session_list import COUNTED_BY_SERVER, align_column, build_columns
from eventview.session.source import SessionList, SessionSummary, Source
from eventview.tui import commands
from eventview.tui.feed import FeedEvent, ListingFeed, StatusText
from eventview.tui.screens.dialogs import HelpScreen, ask_for_key
from eventview.tui.widgets.bars import Bar, EmptyMessage, KeyBar

_MARK = "mark"
"""The column that shows where the cursor is."""


class ChosenSession:
    """The session that was chosen from a list, and the steps to those next to it.

    Args:
        sessions: the listed sessions, latest first.
        place: the index of the chosen session.
        open_one: returns the source of a session.
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
        """Return the source of the session at this place."""
        return self._open_one(self._sessions[self.place])

    def step(self, later: int) -> Source | None:
        """Step to the next session in time, or the previous for -1; return its source or None."""
        place = self.place - later
        if not 0 <= place < len(self._sessions):
            return None
        self.place = place
        return self.source()


class SessionTable(DataTable[Text]):
    """The list of sessions, with a key for the footer."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "select_cursor", "open", key_display="Enter")
    ]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool:  # noqa: ARG002
        """Disable opening while the list is empty."""
        return action != "select_cursor" or self.row_count > 0


class SessionsScreen(Screen[None]):
    """The list of a user's sessions, which opens those that are chosen.

    Args:
        feed: the feed of the list, already started.
        open_one: returns the source of a session.
    """

    CSS_PATH = "sessions.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*commands.make_bindings(commands.CHOOSING)]
    groups = (commands.CHOOSING,)
    """The commands of this screen."""
    title_bar = query_one("#sessions-title", Bar)
    table = query_one(SessionTable)
    counts_bar = query_one("#sessions-counts", Bar)
    notice = query_one(EmptyMessage)

    @dataclass
    class Picked(Message):
        """Message that the user has chosen a session."""

        list_screen: SessionsScreen
        chosen: ChosenSession

    def __init__(self, feed: ListingFeed, open_one: Callable[[SessionSummary], Source]) -> None:
        super().__init__()
        self.failure: EventviewError | None = None
        """The failure that left no list; None while waiting and once the list is there."""
        self._listing = feed.listing
        self._open_one = open_one
        self.sessions: Sequence[SessionSummary] = ()
        self._status = ""
        self._shortfall = ""
        self._feed: ListingFeed | None = feed
        """The feed under way; None without one."""
        self._marked: RowKey | None = None
        """The row with the cursor's mark."""

    def compose(self) -> Iterator[Widget]:
        """Compose title, list or the message in its place, and a note about the counts."""
        yield Bar(id="sessions-title")
        yield SessionTable(cursor_type="row", zebra_stripes=False)
        yield EmptyMessage()
        yield Bar(id="sessions-counts")
        yield KeyBar()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool:  # noqa: ARG002
        """Disable what cannot be done in this state of the fetch."""
        match action:
            case "stop":
                return self._feed is not None
            case "fetch_again":
                return self._feed is None
            case "type_key":
                return self.failure is not None and self.failure.retype is not None
        return True

    def on_mount(self) -> None:
        """Show the list once it comes."""
        if self._feed is not None:
            self._listen(self._feed)

    def action_fetch_again(self) -> None:
        """Fetch the list again, with another key if a typed one was refused."""
        if self._feed is not None:
            return
        failure = self.failure
        if failure is None or failure.retype is None:
            self._start_fetch()
        else:
            ask_for_key(self, failure.retype, self._start_fetch)

    # The commands have two names because they are enabled in different states.
    action_type_key = action_fetch_again

    def _start_fetch(self) -> None:
        self.failure, self._status = None, ""
        self._feed = ListingFeed(self._listing)
        self._listen(self._feed.start())

    def _listen(self, feed: ListingFeed) -> None:
        self._show()
        for event in feed.listen(self, self._process):
            self._process(event)

    def action_stop(self) -> None:
        """Stop the fetch of the list."""
        if self._feed is not None:
            self._feed.stop()
            self._process(CancelledError("Stopped before the list had come.", hint="r asks again."))

    def _process(self, event: FeedEvent) -> None:
        match event:
            case SessionList():
                self._shortfall = event.shortfall
                self._show_sessions(event.sessions)
            case StatusText():
                self._status = event
            case EventviewError():
                self._feed = None
                if self.sessions:
                    # The earlier list stays on the screen.
                    self.notify(str(event), title="Not fetched again", severity="error")
                else:
                    self.failure = event
            case _:
                self._feed = None
        self._show()

    def _show(self) -> None:
        """Show how much has arrived, in the title and, without a list, in its place."""
        self.set_class(not self.sessions, "-without-events")
        self.refresh_bindings()
        session_ref, loading = self._listing.session_ref, ""
        if self.failure is not None:
            self.notice.show_failure(self.failure)
        elif self._feed is not None:
            loading = self._status or "asking again"
            self.notice.show_progress(
                session_ref.place,
                self._status,
                what="the list of sessions",
                way_out="Esc stops waiting.",
            )
        incomplete = f"incomplete: {self._shortfall}" if self._shortfall else ""
        parts = (loading, incomplete, rows.pluralize(len(self.sessions), "session"))
        details = " · ".join(filter(None, parts)) if self.sessions else ""
        self.title_bar.show_texts(
            Content.styled(f"{session_ref.name} › {session_ref.session_id}", "bold"),
            Content.styled(details, "$foreground-muted"),
        )

    def _show_sessions(self, sessions: Sequence[SessionSummary]) -> None:
        """Fill the table, with the cursor on the same session, which others may now precede."""
        table, place = self.table, self.table.cursor_row
        ids = [summary.session_id for summary in sessions]
        current = self.sessions[place].session_id if place < len(self.sessions) else ""
        self.sessions = sessions
        table.clear(columns=True)
        shown = build_columns(self.sessions, None)
        # A table would take a bare string for markup.
        titles, *lines = zip(*map(align_column, shown), strict=True)
        counted = ", ".join(c.title for c in shown if c.title in COUNTED_BY_SERVER)
        note = f"{counted}: by the server's own count, not of what it delivers" if counted else ""
        self.counts_bar.show_texts(Content.styled(note, "$foreground-muted"), Content())
        table.add_columns((Text(" "), _MARK), *map(Text, titles))
        for cells in lines:
            table.add_row(Text(" "), *map(Text, cells))
        table.move_cursor(row=ids.index(current) if current in ids else place)
        table.focus()

    def on_data_table_row_highlighted(self, message: DataTable.RowHighlighted) -> None:
        """Mark the cursor's row with a sign, because colour alone is not enough."""
        for row_key, mark in ((self._marked, " "), (message.row_key, "▸")):
            if row_key in self.table.rows:
                self.table.update_cell(row_key, _MARK, Text(mark))
        self._marked = message.row_key

    def on_data_table_row_selected(self, message: DataTable.RowSelected) -> None:
        """Open the session on the row."""
        chosen = ChosenSession(self.sessions, message.cursor_row, self._open_one)
        self.post_message(self.Picked(self, chosen))

    def show_place(self, place: int) -> None:
        """Put the cursor on the session at a place."""
        self.table.move_cursor(row=place)

    def action_down(self) -> None:
        """Move down one session."""
        self.table.action_cursor_down()

    def action_up(self) -> None:
        """Move up one session."""
        self.table.action_cursor_up()

    def action_top(self) -> None:
        """Go to the latest session."""
        self.table.action_scroll_top()

    def action_bottom(self) -> None:
        """Go to the earliest session."""
        self.table.action_scroll_bottom()

    def action_help(self) -> None:
        """Show the keys."""
        self.app.push_screen(HelpScreen(self.groups))

    def action_quit(self) -> None:
        """Quit, with the failure if there is one."""
        self.app.exit(self.failure)
