"""A text in a box on top of a screen; any way of leaving leads back.

May import Textual and the widgets.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Static

from eventview.tui.widgets.scrolling import Scrolling


class Box(ModalScreen[None]):
    """One text that scrolls.

    Args:
        title: stands in the border.
        text: what to show.
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

    def __init__(self, title: str, text: Content) -> None:
        super().__init__()
        self._words = (title, text)

    def compose(self) -> Iterator[Widget]:
        """The text, in its box."""
        title, text = self._words
        with Scrolling() as scroll:
            scroll.border_title = Content(title)
            scroll.border_subtitle = Content("Esc closes")
            yield Static(text, markup=False)
