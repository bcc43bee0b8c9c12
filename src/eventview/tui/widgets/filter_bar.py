"""The filter in words, piece by piece; a click on a piece takes it away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from textual import events
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from eventview.session.width import clip, width
from eventview.view.filters import Piece

_PIECE_CELLS: Final = 40
_LEAD: Final = "filter  "
_GAP: Final = "  "


class PieceBar(Widget):
    """One line, there only while something is filtered."""

    # Here rather than in the style sheet, to be read with what it is about.
    DEFAULT_CSS = """
    PieceBar {
        height: 1;
        padding: 0 1;
        display: none;

        &.-filtering {
            display: block;
        }
    }
    """

    @dataclass
    class Clicked(Message):
        """A piece was clicked."""

        number: int
        """Counted from 0."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name for it
        super().__init__(id=id)
        self._pieces: Sequence[str] = ()

    def show(self, pieces: Sequence[Piece]) -> None:
        """Show what the filter is made of."""
        self._pieces = [f"{clip(piece.words, _PIECE_CELLS)} ×" for piece in pieces]
        self.set_class(bool(pieces), "-filtering")
        self.refresh()

    def render(self) -> Content:
        """All pieces in a line; the keys that change them where there is room."""
        pieces = [Content.styled(f" {piece} ", "$text on $primary-muted") for piece in self._pieces]
        line = Content.assemble((_LEAD, "$foreground-muted"), Content(_GAP).join(pieces))
        hint = "Backspace drops the last"
        if line.cell_length + len(_GAP) + len(hint) <= self.size.width:
            space = " " * (self.size.width - line.cell_length - len(hint))
            return Content.assemble(line, space, (hint, "$foreground-muted"))
        return line.truncate(self.size.width, ellipsis=True)

    def on_click(self, event: events.Click) -> None:
        """Say which piece was clicked."""
        start = len(_LEAD) + self.styles.padding.left
        for number, piece in enumerate(self._pieces):
            end = start + width(piece) + 2
            if start <= event.x < end:
                self.post_message(self.Clicked(number))
            start = end + len(_GAP)
