"""The box that lists what can be copied, a letter each.

What can be copied of a session at an event, each as one text.

The things that can be copied: the letter of each, what it is called, what makes its text.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC
from functools import partial
from typing import ClassVar, Final, NamedTuple

from textual import events, on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from eventview.export import json_records
from eventview.export.command_line import command_line
from eventview.export.formats import FORMATS
from eventview.export.snapshot import ExportSnapshot
from eventview.export.ticket import AFTER, BEFORE
from eventview.render import rows
from eventview.session import timefmt
from eventview.session.events import url_of
from eventview.session.text import json_text
from eventview.session.urls import with_scheme
from eventview.session.width import fit, width

_REDACTED: Final = "redacted"


class CopyItem(NamedTuple):
    """Something that can be copied."""

    letter: str
    what: str
    """Its name among the commands."""
    name: str
    """In the box; a message about it begins with The."""
    text: Callable[[ExportSnapshot, int], str]
    """Makes it, for the event of an index; "" where there is none."""
    preview: str | Callable[[ExportSnapshot, int], str]
    """What the box says of it."""
    suffix: str = ".txt"
    """Of the file, where there is no clipboard."""
    wants_replay: bool = False
    lack: str = ""
    """Why there is none, in a sentence; "" where that is the replay's matter."""
    is_ticket: bool = False
    """Made of the marked events where there are any."""
    is_redacted: bool = False
    """Redacted whether asked for or not."""
    remark: Callable[[ExportSnapshot, int], str] | None = None
    """Gives what a message says beside its name; "" for nothing."""

    def previewed(self, snapshot: ExportSnapshot, index: int, *, is_redacted: bool) -> str:
        """Return what the box says of it for an event."""
        if isinstance(self.preview, str):
            return self.preview
        if is_redacted:
            return _REDACTED
        return self.preview(snapshot, index) or self.lack


def copies(*, is_redacted: bool = False) -> Sequence[Sequence[CopyItem]]:
    """Return everything that can be copied, in the groups and the order of the box."""
    link = "redaction leaves it out" if is_redacted else "at this moment"
    command = "redaction leaves it out" if is_redacted else command_line
    record = _REDACTED if is_redacted else "the event as sent, and what was found"
    return (
        tuple(_tickets()),
        (
            CopyItem("y", "row", "row", row, row),
            CopyItem(
                "u",
                "url",
                "URL",
                url,
                _url_words,
                lack="No address is known.",
                remark=inferred,
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


def _tickets() -> Iterator[CopyItem]:
    for letter, what, name, markup in (
        ("m", "ticket", "ticket", "md"),
        ("w", "jira", "Jira ticket", "jira"),
    ):
        text = partial(_ticket, markup)
        plain = CopyItem(
            letter, what, name, text, _ticket_words, f".{markup}", wants_replay=True, is_ticket=True
        )
        replaced = "users, hosts, ids and input replaced"
        yield plain
        yield plain._replace(
            letter=letter.upper(), what=f"{what}_redacted", preview=replaced, is_redacted=True
        )


def _ticket(markup: str, snapshot: ExportSnapshot, index: int) -> str:  # noqa: ARG001  # the handout's cursor
    return "\n".join([*FORMATS[markup](snapshot), ""])


def _url_words(snapshot: ExportSnapshot, index: int) -> str:
    parts = (url(snapshot, index), inferred(snapshot, index))
    return " · ".join(part for part in parts if part)


def _ticket_words(snapshot: ExportSnapshot, index: int) -> str:  # noqa: ARG001  # of the rows, not of one
    if snapshot.marks:
        return f"of the {len(snapshot.marks):,} marked rows"
    return f"{BEFORE} rows before, {AFTER} after, from the whole session"


def _json(snapshot: ExportSnapshot, index: int) -> str:
    """The record of an event, or a record a line where its row stands for several."""
    events = covered(snapshot, index)
    records = [json_records.record(snapshot, event) for event in events]
    return json_text(json.loads(records[0]), indent=2) if len(records) == 1 else "\n".join(records)


def row(snapshot: ExportSnapshot, index: int) -> str:
    """An event's row in one line: since the start, in UTC, type, what, and what stands out."""
    session = snapshot.view.session
    shown = rows.shown_row(snapshot.view, index)
    time = session.events[index].time_ms
    clock = "" if time is None else timefmt.date_clock(time, UTC, session.step_ms(time))
    badges = [aside.text for aside in reversed(shown.badges)]
    return " · ".join(part for part in (shown.time, clock, shown.type, shown.what, *badges) if part)


def url(snapshot: ExportSnapshot, index: int) -> str:
    """Return the address of an event, or else of its page, with a scheme; "" where none is known.

    `inferred` tells where the scheme comes from.
    """
    sent, host = _sent_url(snapshot, index)
    return with_scheme(sent, host)


def inferred(snapshot: ExportSnapshot, index: int) -> str:
    """Return a word that the server sent that address without its scheme; "" where it sent one."""
    is_as_sent = url(snapshot, index) == _sent_url(snapshot, index)[0]
    return "" if is_as_sent else "https inferred"


def _sent_url(snapshot: ExportSnapshot, index: int) -> tuple[str, str]:
    """Return the address as sent, and the host that its page is known to be on; "" for unknown."""
    session = snapshot.view.session
    sent, page = url_of(session.events[index]), session.page(index)
    return (sent, "") if page is None else (sent or url_of(page), page.host)


def covered(snapshot: ExportSnapshot, index: int) -> range:
    """Indexes of the events that an event's row stands for; of a folded page its head alone."""
    run = snapshot.view.rolled(index)
    return range(index, index + 1) if run is None else range(run.start, run.end)


_REDACT: Final = "r"
"""The letter before another, which redacts that one copy; also the id of its row."""


class CopyChoice(NamedTuple):
    """The user's choice in the box."""

    what: str
    """The name of a thing to copy."""
    is_redacted: bool
    """True after `r`; some things are redacted without it."""


class CopyOption(NamedTuple):
    """Something that can be copied."""

    letter: str
    what: str
    name: str
    preview: str
    """Its first words, or why there is none."""


class CopyScreen(ModalScreen[CopyChoice | None]):
    """Asks what to copy; None for nothing. Keeps nothing for the next time.

    Args:
        title: names the event, in the border.
        offers: gives the groups of things to copy, redacted or not.
    """

    DEFAULT_CSS = """
    CopyScreen {
        align: center middle;

        Vertical {
            width: 78;
            max-width: 100%;
            height: auto;
            max-height: 100%;
            border: round $primary;
            background: $surface;
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

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss(None)", "close", key_display="Esc"),
        Binding(_REDACT, "redact", show=False),
    ]

    def __init__(
        self, title: str, offers: Callable[[bool], Sequence[Sequence[CopyOption]]]
    ) -> None:
        super().__init__()
        self._title, self._offers = title, offers
        self._is_redacted = False

    def compose(self) -> Iterator[Widget]:
        """A row for each thing, and one for `r`."""
        with Vertical() as box:
            box.border_title = Content(self._title)
            box.border_subtitle = Content("Esc closes")
            yield OptionList()

    def on_mount(self) -> None:
        """Light the first row."""
        self._list()

    def _list(self) -> None:
        groups = self._offers(self._is_redacted)
        cells = max(width(offer.name) for group in groups for offer in group) + 1
        rows: list[Option | None] = []
        for group in groups:
            rows += [self._row(offer.letter, offer.name, cells, offer.preview) for offer in group]
            rows.append(None)
        said = (
            "on: the next letter copies redacted"
            if self._is_redacted
            else "before a letter: that one copy is redacted"
        )
        rows.append(self._row(_REDACT, "redacted", cells, said))
        listed = self.query_one(OptionList)
        lit = listed.highlighted
        listed.set_options(rows)
        listed.highlighted = lit or 0

    def _row(self, letter: str, name: str, cells: int, preview: str) -> Option:
        words = Content.assemble(
            (f"{letter}  ", "bold"), fit(name, cells), (preview, "$foreground-muted")
        )
        return Option(words, id=letter)

    @on(OptionList.OptionSelected)
    def _choose_row(self, event: OptionList.OptionSelected) -> None:
        """Do with a row that is clicked, or lit when Enter is pressed, what its letter does."""
        self._choose(event.option_id or "")

    def on_key(self, event: events.Key) -> None:
        """Copy the thing whose letter is pressed."""
        if self._choose(event.character or ""):
            event.stop()

    def on_click(self, event: events.Click) -> None:
        """Close on a click beside the box."""
        if not self.query_one(Vertical).region.contains_point(event.screen_offset):
            self._close(None)

    def action_redact(self) -> None:
        """Redact this one copy."""
        self._is_redacted = True
        self._list()

    def _choose(self, letter: str) -> bool:
        """Do what a letter stands for; False where it stands for nothing."""
        if letter == _REDACT:
            self.action_redact()
            return True
        for group in self._offers(self._is_redacted):
            for offer in group:
                if offer.letter == letter:
                    self._close(CopyChoice(offer.what, self._is_redacted))
                    return True
        return False

    def _close(self, asked: CopyChoice | None) -> None:
        # The second click of a double click may come when the first has closed the box.
        if self.is_current:
            self.dismiss(asked)
