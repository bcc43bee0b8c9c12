"""The last line: the keys to begin with, as many as there is room for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from textual.app import ComposeResult
from textual.widgets import Footer
from textual.widgets._footer import FooterKey  # Textual has no public name for it

from eventview.session.width import width

_KEPT_LONGEST: Final = ("help", "quit")
"""Actions whose keys stay on the narrowest screen: they lead to all others, and out."""


class KeyBar(Footer):
    """Names keys, each whole or not at all."""

    def __init__(self) -> None:
        super().__init__(compact=True, show_command_palette=False)

    def compose(self) -> ComposeResult:
        """The keys there is room for; the others can be pressed all the same."""
        keys = [key for key in super().compose() if isinstance(key, FooterKey)]
        self._choose(keys, self.size.width)
        yield from keys

    def on_resize(self) -> None:
        """Choose anew."""
        self._choose(list(self.query_children(FooterKey)), self.size.width)

    @staticmethod
    def _choose(keys: Sequence[FooterKey], cells: int) -> None:
        """Show as many keys as there are cells for, the first first."""
        # A cell between two of them, and none behind the last.
        room = cells + 1
        by_importance = sorted(keys, key=lambda key: key.action not in _KEPT_LONGEST)
        for key in by_importance:
            needed = width(f"{key.key_display} {key.description} ")
            key.display = needed <= room
            # Once one has no room, those behind it have none either: they would change places.
            room = room - needed if key.display else 0
