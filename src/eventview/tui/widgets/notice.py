"""What stands in place of the timeline while there is none: loading, empty, failed.

May import `eventview.errors` and Textual.
"""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from eventview.errors import EventviewError


class Notice(Static):
    """A few words in the middle of the screen."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name for it
        super().__init__(markup=False, id=id)

    def wait_for(
        self, place: str, word: str = "", *, what: str = "the session", way_out: str = ""
    ) -> None:
        """Say what is waited for, what is in the way of it, and how to wait no longer."""
        self.remove_class("-failed")
        lines = [f"Reading {what} from {place} …", word, way_out]
        shown = "\n\n".join(line for line in lines if line)
        self.update(Content.styled(shown, "$foreground-muted"))

    def failed(self, failure: EventviewError) -> None:
        """Say what happened, why, and what to try."""
        self.add_class("-failed")
        parts = [
            Content.styled(failure.what, "bold"),
            Content(failure.cause),
            Content(failure.cure),
            Content.assemble(
                ("r", "bold"),
                " try again   ",
                ("q", "bold"),
                f" quit (exit code {failure.exit_code})",
            ),
        ]
        self.update(Content("\n\n").join(part for part in parts if part))
