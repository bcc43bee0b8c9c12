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
        Binding("escape", "cancel", "cancel", priority=True, key_display="Esc"),
        # Tab would leave a prompt behind that still takes the keys' place.
        Binding("tab,shift+tab", "submit", show=False, priority=True),
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
        is_kept: bool
        """False when the text was cancelled."""

    def __init__(self, sign: str, text: str) -> None:
        super().__init__()
        self._sign = sign
        self._input = Input(text, compact=True, select_on_focus=False)
        self._count = Static("", markup=False, id="count")

    def compose(self) -> Iterator[Widget]:
        """Sign, text, count."""
        yield Static(f"{self._sign} ", markup=False, id="sign")
        yield self._input
        yield self._count

    def on_mount(self) -> None:
        """Take the keys."""
        self._input.focus()

    def say(self, count: str) -> None:
        """Show how many match."""
        self._count.update(count)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Hand on every change."""
        event.stop()
        self.post_message(self.Changed(self._sign, event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Keep the text."""
        event.stop()
        self.action_submit()

    def action_submit(self) -> None:
        """Keep the text."""
        self.post_message(self.Closed(self._sign, is_kept=True))

    def action_cancel(self) -> None:
        """Go back to the text of before."""
        self.post_message(self.Closed(self._sign, is_kept=False))
