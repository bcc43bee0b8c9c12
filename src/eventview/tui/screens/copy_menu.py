"""The box that lists what can be copied, a letter each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar, Final, NamedTuple

from textual import events, on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from eventview.session.width import fit, width

_REDACT: Final = "r"
"""The letter before another, which redacts that one copy; also the id of its row."""


class Asked(NamedTuple):
    """The user's choice in the box."""

    what: str
    """The name of a thing to copy."""
    is_redacted: bool
    """True after `r`; some things are redacted without it."""


class Offer(NamedTuple):
    """Something that can be copied."""

    letter: str
    what: str
    name: str
    preview: str
    """Its first words, or why there is none."""


class CopyScreen(ModalScreen[Asked | None]):
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

    def __init__(self, title: str, offers: Callable[[bool], Sequence[Sequence[Offer]]]) -> None:
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
                    self._close(Asked(offer.what, self._is_redacted))
                    return True
        return False

    def _close(self, asked: Asked | None) -> None:
        # The second click of a double click may come when the first has closed the box.
        if self.is_current:
            self.dismiss(asked)
