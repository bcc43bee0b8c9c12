"""The box that lists what can be copied, a letter each.

May import `eventview.model`, `eventview.tui.way` and Textual.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar, Final, NamedTuple

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.events import Key
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Static

from eventview.model.cells import fit
from eventview.tui.way import Way

_NAME_CELLS: Final = 15


class Asked(NamedTuple):
    """What the user chose in the box."""

    what: str
    """The name of a thing to copy; "" for nothing."""
    way: Way


class Offer(NamedTuple):
    """Something that can be copied."""

    letter: str
    what: str
    name: str
    preview: str
    """Its first words, or why there is none."""


class CopyScreen(ModalScreen[Asked]):
    """Asks what to copy; how is kept for the next time.

    Args:
        offers: what there is, by how it is done.
        way: how it was done last.
    """

    DEFAULT_CSS = """
    CopyScreen {
        align: center middle;

        Vertical {
            width: 78;
            max-width: 100%;
            height: auto;
            max-height: 100%;
            padding: 0 2;
            border: round $primary;
            background: $surface;
        }
        Static {
            text-wrap: nowrap;
            text-overflow: ellipsis;
        }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "choose('')", "close", key_display="Esc"),
        Binding("r", "change('redact')", show=False),
        Binding("w", "change('jira')", show=False),
    ]

    def __init__(self, offers: Callable[[Way], Sequence[Offer]], way: Way) -> None:
        super().__init__()
        self._offers, self._way = offers, way

    def compose(self) -> Iterator[Widget]:
        """A line an offer, and how it is done below."""
        with Vertical() as box:
            box.border_title = "Copy"
            box.border_subtitle = "Esc closes"
            yield Static(self._text(), markup=False)

    def _text(self) -> Content:
        way = self._way
        lines = [
            Content.assemble(
                (f"{offer.letter}  ", "bold"),
                fit(offer.name, _NAME_CELLS),
                (offer.preview, "$foreground-muted"),
            )
            for offer in self._offers(way)
        ]
        redacted = "with stand-ins for people, hosts and ids" if way.is_redacted else "as it is"
        markup = "Jira's markup" if way.is_jira else "Markdown"
        lines += [
            Content(),
            Content.assemble(("r  ", "bold"), fit("redact", _NAME_CELLS), redacted),
            Content.assemble(("w  ", "bold"), fit("ticket in", _NAME_CELLS), markup),
        ]
        return Content("\n").join(lines)

    def action_choose(self, letter: str) -> None:
        """Copy what a letter stands for, or nothing."""
        offers = self._offers(self._way)
        what = next((offer.what for offer in offers if offer.letter == letter), "")
        self.dismiss(Asked(what, self._way))

    def on_key(self, event: Key) -> None:
        """A letter that something is offered under chooses it."""
        if event.character in {offer.letter for offer in self._offers(self._way)}:
            event.stop()
            self.action_choose(event.character)

    def action_change(self, name: str) -> None:
        """Change how it is done."""
        way = self._way
        if name == "redact":
            self._way = way._replace(is_redacted=not way.is_redacted)
        else:
            self._way = way._replace(is_jira=not way.is_jira)
        self.query_one(Static).update(self._text())
