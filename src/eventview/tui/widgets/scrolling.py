"""What scrolls by the keys that move in a timeline."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType
from textual.containers import VerticalScroll

from eventview.tui import commands


class Scrolling(VerticalScroll, can_focus=True):
    """Holds what may be taller than it is."""

    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings(commands.MOVING)]

    def action_down(self) -> None:
        """One line down."""
        self.scroll_down(animate=False)

    def action_up(self) -> None:
        """One line up."""
        self.scroll_up(animate=False)

    def action_top(self) -> None:
        """To the first line."""
        self.scroll_home(animate=False)

    def action_bottom(self) -> None:
        """To the last line."""
        self.scroll_end(animate=False)

    def action_page_down(self) -> None:
        """A page down."""
        self.scroll_page_down(animate=False)

    def action_page_up(self) -> None:
        """A page up."""
        self.scroll_page_up(animate=False)

    def action_half_page_down(self) -> None:
        """Half a page down."""
        self.scroll_relative(y=self.size.height // 2, animate=False)

    def action_half_page_up(self) -> None:
        """Half a page up."""
        self.scroll_relative(y=-(self.size.height // 2), animate=False)
