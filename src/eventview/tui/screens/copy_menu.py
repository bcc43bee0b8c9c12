"""The menu of what can be copied of an event: each thing's letter, name, preview and text."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import ClassVar, Final, NamedTuple

from textual import events, on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from eventview.export import json_records
from eventview.export.command_line import command_line
from eventview.export.formats import FORMATS
from eventview.export.snapshot import ExportSnapshot
from eventview.export.ticket import AFTER, BEFORE
from eventview.export.ticket_text import CUT
from eventview.render import rows
from eventview.session.event_text import url_of
from eventview.session.text import fit, json_text, width
from eventview.session.urls import add_scheme
from eventview.tui.screens.dialogs import Dialog

_REDACTED: Final = "redacted"

_REDACT: Final = "r"
"""The letter that redacts the one copy chosen after it; also the id of its row."""


class CopyChoice(NamedTuple):
    """The user's choice in the menu."""

    what: str
    """The chosen item's name among the commands."""
    is_redacted: bool
    """True after `r`; some items are redacted without it."""


class CopyScreen(Dialog[CopyChoice]):
    """Menu that asks what to copy; None for nothing.

    Args:
        snapshot: the session, with the marks of the screen.
        index: the index of the event.
    """

    DEFAULT_CSS = """
    CopyScreen {
        & > .frame {
            padding: 0;
        }
        OptionList {
            height: auto;
            max-height: 100%;
            padding: 0 1;
            border: none;
            background: $surface;
            text-wrap: nowrap;
            text-overflow: ellipsis;

            &:focus {
                border: none;
            }
            & > .option-list--option-highlighted, &:focus > .option-list--option-highlighted {
                background: $primary-muted;
                color: $foreground;
                text-style: none;
            }
        }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("q", "dismiss", show=False)]

    def __init__(self, snapshot: ExportSnapshot, index: int) -> None:
        super().__init__()
        self._snapshot, self._index = snapshot, index
        self._is_redacted = False

    def compose(self) -> Iterator[Widget]:
        """Compose the list of rows in its frame."""
        session = self._snapshot.view.session
        number, event = session.number(self._index), session.events[self._index]
        with self.frame(Vertical(), f"Copy #{number} {event.type}"):
            yield OptionList()

    def on_mount(self) -> None:
        """List the rows and highlight the first."""
        self._list_rows()

    def _list_rows(self) -> None:
        groups = copy_items(is_redacted=self._is_redacted)
        cells = max(width(item.menu_name) for group in groups for item in group) + 1

        def make_row(letter: str, name: str, preview: str) -> Option:
            parts = ((f"{letter}  ", "bold"), fit(name, cells), (preview, "$foreground-muted"))
            return Option(Content.assemble(*parts), id=letter)

        listed: list[Option | None] = []
        for group in groups:
            for item in group:
                preview = item.preview_of(
                    self._snapshot, self._index, is_redacted=self._is_redacted
                )
                listed.append(make_row(item.letter, item.menu_name, preview))
            listed.append(None)
        preview = "before a letter: that one copy is redacted"
        if self._is_redacted:
            preview = "on: the next letter copies redacted"
        listed.append(make_row(_REDACT, "redacted", preview))
        option_list = self.query_one(OptionList)
        highlighted = option_list.highlighted
        option_list.set_options(listed)
        option_list.highlighted = highlighted or 0

    @on(OptionList.OptionSelected)
    def _choose_row(self, event: OptionList.OptionSelected) -> None:
        """Do for a clicked row, or the highlighted one on Enter, what its letter does."""
        self._choose(event.option_id or "")

    def on_key(self, event: events.Key) -> None:
        """Choose the item whose letter is pressed."""
        if self._choose(event.character or ""):
            event.stop()

    def on_click(self, event: events.Click) -> None:
        """Close on a click outside the border."""
        if not self.query_one(".frame").region.contains_point(event.screen_offset):
            self._close(None)

    def _choose(self, letter: str) -> bool:
        """Do what a letter stands for; return False if it stands for nothing."""
        names = {item.letter: item.what for group in copy_items() for item in group}
        if letter == _REDACT:
            self._is_redacted = True
            self._list_rows()
        elif letter in names:
            self._close(CopyChoice(names[letter], self._is_redacted))
        return letter in {_REDACT, *names}

    def _close(self, choice: CopyChoice | None) -> None:
        # The second click of a double click may come after the first has closed the menu.
        if self.is_current:
            self.dismiss(choice)


class CopyItem(NamedTuple):
    """Something that can be copied."""

    letter: str
    what: str
    """Name among the commands."""
    name: str
    """Name of the copy; a message about it begins with The and this name."""
    text: Callable[[ExportSnapshot, int], str]
    """Returns the text to copy for the event at an index; "" if there is none."""
    preview: str | Callable[[ExportSnapshot, int], str]
    """The menu's words about the copy, or a callable that returns them."""
    suffix: str = ".txt"
    """File suffix for the copy where there is no clipboard."""
    wants_replay: bool = False
    lack: str = ""
    """Sentence that says why there is no text; "" if the replay's own failure says it."""
    is_ticket: bool = False
    """True if it covers the marked events where there are any."""
    is_redacted: bool = False
    """True if it is redacted without being asked for."""
    remark: Callable[[ExportSnapshot, int], str] | None = None
    """Returns a note for the message, after the name; "" for none."""

    @property
    def menu_name(self) -> str:
        """The name in the menu."""
        return f"{self.name}, redacted" if self.is_redacted else self.name

    def is_cut(self, text: str) -> bool:
        """Return True if a text of this item was cut to what its tracker takes."""
        return self.is_ticket and text.rstrip().rpartition("\n")[2].startswith(CUT)

    def preview_of(self, snapshot: ExportSnapshot, index: int, *, is_redacted: bool) -> str:
        """Return the menu's words about the copy for an event."""
        if isinstance(self.preview, str):
            return self.preview
        if is_redacted:
            return _REDACTED
        return self.preview(snapshot, index) or self.lack


def copy_items(*, is_redacted: bool = False) -> Sequence[Sequence[CopyItem]]:
    """Return everything that can be copied, in the groups and the order of the menu."""
    link = "redaction leaves it out" if is_redacted else "at this moment"
    command = "redaction leaves it out" if is_redacted else command_line
    record = _REDACTED if is_redacted else "the event as sent, and what was found"
    return (
        tuple(_ticket_items()),
        (
            CopyItem("y", "row", "row", _row, _row),
            CopyItem(
                "u",
                "url",
                "URL",
                _url,
                _preview_url,
                lack="No address is known.",
                remark=_note_inferred_scheme,
            ),
            CopyItem("j", "json", "JSON", _json, record, ".json"),
            CopyItem(
                "c",
                "command",
                "command",
                command_line,
                command,
                ".sh",
                lack="The command names the session, which redaction leaves out.",
            ),
            CopyItem("l", "link", "replay link", ExportSnapshot.replay_at, link, wants_replay=True),
        ),
    )


def _ticket_items() -> Iterator[CopyItem]:
    for letter, what, name, markup in (
        ("m", "ticket", "ticket", "md"),
        ("w", "jira", "Jira ticket", "jira"),
    ):
        text = partial(_ticket, markup)
        plain = CopyItem(
            letter,
            what,
            name,
            text,
            _preview_ticket,
            f".{markup}",
            wants_replay=True,
            is_ticket=True,
        )
        yield plain
        yield plain._replace(
            letter=letter.upper(),
            what=f"{what}_redacted",
            preview="users, hosts, ids and input replaced",
            is_redacted=True,
        )


def _ticket(markup: str, snapshot: ExportSnapshot, index: int) -> str:  # noqa: ARG001  # the snapshot has a cursor
    return "\n".join([*FORMATS[markup](snapshot), ""])


def _preview_url(snapshot: ExportSnapshot, index: int) -> str:
    parts = (_url(snapshot, index), _note_inferred_scheme(snapshot, index))
    return " · ".join(part for part in parts if part)


def _preview_ticket(snapshot: ExportSnapshot, index: int) -> str:  # noqa: ARG001  # the rows decide
    if snapshot.marks:
        return f"of the {len(snapshot.marks):,} marked rows"
    return f"{BEFORE} rows before, {AFTER} after, from the whole session"


def _json(snapshot: ExportSnapshot, index: int) -> str:
    """Return the event's JSON record, or a record a line where its row stands for several."""
    run = snapshot.view.rolled(index)
    # A folded page's row stands for its head alone.
    events = range(index, index + 1) if run is None else range(run.start, run.end)
    records = [json_records.json_record(snapshot, event) for event in events]
    return json_text(json.loads(records[0]), indent=2) if len(records) == 1 else "\n".join(records)


def _row(snapshot: ExportSnapshot, index: int) -> str:
    """Return an event's row in one line: time since the start, UTC, type, what and badges."""
    session = snapshot.view.session
    shown = rows.build_view_row(snapshot.view, index)
    clock = rows.format_date(session, session.events[index].time_ms)
    badges = [badge.text for badge in reversed(shown.badges)]
    return " · ".join(part for part in (shown.time, clock, shown.type, shown.what, *badges) if part)


def _url(snapshot: ExportSnapshot, index: int) -> str:
    """Return the URL of an event, or else of its page, with a scheme; "" if none is known."""
    sent, host = _sent_url(snapshot, index)
    return add_scheme(sent, host)


def _note_inferred_scheme(snapshot: ExportSnapshot, index: int) -> str:
    """Return a note that the server sent the URL without a scheme; "" if it sent one."""
    is_as_sent = _url(snapshot, index) == _sent_url(snapshot, index)[0]
    return "" if is_as_sent else "https inferred"


def _sent_url(snapshot: ExportSnapshot, index: int) -> tuple[str, str]:
    """Return the URL as sent and its page's host; "" for what is unknown."""
    session = snapshot.view.session
    sent, page = url_of(session.events[index]), session.page(index)
    return (sent, "") if page is None else (sent or url_of(page), page.host)
