"""A text in a box on top of a screen; any way of leaving leads back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import ClassVar, Final

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.screen import ModalScreen
from textual.widget import Widget

from eventview.session.width import wrap
from eventview.tui.widgets.scrolling import Scrolling

_LEAST_CELLS: Final = 8
"""Beside a label, below which a text would be torn apart."""


def hung(label: Content, text: str, cells: int, style: str = "") -> Iterator[Content]:
    """A text beside its label, in lines of so many cells that all begin behind the label."""
    indent = label.cell_length
    for number, line in enumerate(wrap(text, max(_LEAST_CELLS, cells - indent))):
        yield Content.assemble(" " * indent if number else label, (line, style))


class _Text(Widget):
    """A text that is made for the width there is.

    Args:
        made: makes it, in lines of so many cells.
    """

    DEFAULT_CSS = """
    _Text {
        height: auto;
    }
    """

    def __init__(self, made: Callable[[int], Content]) -> None:
        super().__init__()
        self._made = made

    def render(self) -> Content:
        """The text."""
        return self._made(self.size.width)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """How many lines it has."""
        return self._made(width).plain.count("\n") + 1


class Box(ModalScreen[None]):
    """One text that scrolls.

    Args:
        title: stands in the border.
        text: makes what to show, in lines of so many cells.
    """

    # Here rather than in the style sheet, which every start has to read.
    DEFAULT_CSS = """
    Box {
        align: center middle;

        Scrolling {
            width: 84;
            max-width: 100%;
            height: auto;
            max-height: 100%;
            padding: 0 2;
            border: round $primary;
            background: $surface;
        }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter", "dismiss", "close", key_display="Esc")
    ]

    def __init__(self, title: str, text: Callable[[int], Content]) -> None:
        super().__init__()
        self._words = (title, text)

    def compose(self) -> Iterator[Widget]:
        """The text, in its box."""
        title, text = self._words
        with Scrolling() as scroll:
            scroll.border_title = Content(title)
            scroll.border_subtitle = Content("Esc closes")
            yield _Text(text)
