"""The line where a find or a filter is typed; everything happens while typing.

May import Textual.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static


class Prompt(Horizontal):
    """Asks for one line of text.

    Args:
        sign: stands before the text, `/` or `&`.
        text: what it holds at first.
    """

    # Here rather than in the style sheet, which every start has to read.
    DEFAULT_CSS = """
    Prompt {
        height: 1;
        padding: 0 1;
        background: $panel;

        #sign {
            width: 2;
            text-style: bold;
            color: $text-primary;
        }
        Input {
            width: 1fr;
        }
        #count {
            width: auto;
            color: $foreground-muted;
        }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        # ctrl+j is what Enter sends while the terminal is not yet ours.
        Binding("enter,ctrl+j", "keep", "keep", priority=True, key_display="Enter"),
        Binding("escape", "cancel", "cancel", priority=True, key_display="Esc"),
        # It would leave a prompt behind that still takes the keys' place.
        Binding("tab,shift+tab", "keep", show=False, priority=True),
    ]

    @dataclass
    class Changed(Message):
        """Another text is in the prompt."""

        sign: str
        text: str

    @dataclass
    class Closed(Message):
        """The user is done with the prompt."""

        sign: str
        text: str | None
        """What to find or filter by; None when the user cancelled."""

    def __init__(self, sign: str, text: str) -> None:
        super().__init__()
        self.sign = sign
        """`/` or `&`: what is prompted for."""
        self.field = Input(text, compact=True, select_on_focus=False)
        """Where the text is typed; wants the focus."""
        self._count = Static("", markup=False, id="count")

    def compose(self) -> Iterator[Widget]:
        """Sign, text, count."""
        yield Static(f"{self.sign} ", markup=False, id="sign")
        yield self.field
        yield self._count

    def say(self, count: str) -> None:
        """Show how many match."""
        self._count.update(count)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Hand on every change."""
        event.stop()
        self.post_message(self.Changed(self.sign, event.value))

    def action_keep(self) -> None:
        """Keep the text."""
        self.post_message(self.Closed(self.sign, self.field.value))

    def action_cancel(self) -> None:
        """Go back to the text of before."""
        self.post_message(self.Closed(self.sign, None))
