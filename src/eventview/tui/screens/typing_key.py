"""The box in which an API key is typed again, after the server refused the one typed before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Input, Static

from eventview.errors import EventviewError, Retype


class _HiddenInput(Input):
    """An input of which nothing can be copied."""

    def action_copy(self) -> None:
        """Keep the text out of the clipboard."""

    def action_cut(self) -> None:
        """Keep the text out of the clipboard."""


class KeyScreen(ModalScreen[bool]):
    """Asks for an API key without showing it; True once there is one to try.

    Args:
        retype: takes the key.
    """

    DEFAULT_CSS = """
    KeyScreen {
        align: center middle;

        Vertical {
            width: 78;
            max-width: 100%;
            height: auto;
            padding: 0 2;
            border: round $primary;
            background: $surface;
        }
        #complaint {
            color: $text-error;
        }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(False)", "cancel")]

    def __init__(self, retype: Retype) -> None:
        super().__init__()
        self._retype = retype

    def compose(self) -> Iterator[Widget]:
        """The input; below, what is wrong with the key."""
        with Vertical() as box:
            box.border_title = Content("API key")
            box.border_subtitle = Content("Enter tries it, Esc closes")
            yield Static(f"OpenReplay API key for {self._retype.place} (not shown):", markup=False)
            yield _HiddenInput(password=True, compact=True)
            yield Static(markup=False, id="complaint")

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Take the key, or say why it is none."""
        try:
            self._retype.take(message.value)
        except EventviewError as failure:
            self.query_one("#complaint", Static).update(Content(str(failure)))
            message.input.clear()
        else:
            self.dismiss(result=True)
