"""What stands in place of the timeline while there is none: loading, empty, failed."""

from __future__ import annotations

from collections.abc import Iterator

from textual.containers import Container
from textual.content import Content
from textual.widgets import Static

from eventview.errors import EventviewError

_TALL = 20
"""Lines of a screen from which paragraphs are set apart."""


class Notice(Container):
    """A few words in the middle of the screen, as tall as they are in all the room there is."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name for it
        super().__init__(id=id)
        self._words = Static(markup=False)

    def compose(self) -> Iterator[Static]:
        """The words."""
        yield self._words

    def say(self, words: str) -> None:
        """Say what is being done."""
        self.remove_class("-failed")
        self._words.update(Content.styled(words, "$foreground-muted"))

    def wait_for(
        self, place: str, word: str = "", *, what: str = "the session", way_out: str = ""
    ) -> None:
        """Say what is waited for, what is in the way of it, and how to wait no longer."""
        lines = [f"Reading {what} from {place} …", word, way_out]
        self.say("\n\n".join(line for line in lines if line))

    def failed(
        self,
        failure: EventviewError,
        *,
        is_from_list: bool = False,
    ) -> None:
        """Say what happened, why, and what to try.

        Args:
            failure: what happened.
            is_from_list: whether there is a list of sessions to go back to.
        """
        again = " type another key   " if failure.retype else " try again   "
        self.add_class("-failed")
        parts = [
            Content.styled(failure.what, "bold"),
            Content(failure.cause),
            Content(failure.cure),
            Content.assemble(
                ("r", "bold"),
                again,
                *((("Esc", "bold"), " back to the list   ") if is_from_list else ()),
                ("q", "bold"),
                f" quit (exit code {failure.exit_code})",
            ),
        ]
        # A blank line between them only where that leaves them all on the screen.
        gap = "\n\n" if self.app.size.height >= _TALL else "\n"
        self._words.update(Content(gap).join(part for part in parts if part))
