"""A scrolling container with the keys that move in a timeline."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType
from textual.containers import VerticalScroll

from eventview.tui import commands


class Scrolling(VerticalScroll, can_focus=True):
    """Container that scrolls by the timeline's keys."""

    BINDINGS: ClassVar[list[BindingType]] = [*commands.make_bindings(commands.MOVING)]

    def action_down(self) -> None:
        """Scroll one line down."""
        self.scroll_down(animate=False)

    def action_up(self) -> None:
        """Scroll one line up."""
        self.scroll_up(animate=False)

    def action_top(self) -> None:
        """Scroll to the first line."""
        self.scroll_home(animate=False)

    def action_bottom(self) -> None:
        """Scroll to the last line."""
        self.scroll_end(animate=False)

    def action_page_down(self) -> None:
        """Scroll a page down."""
        self.scroll_page_down(animate=False)

    def action_page_up(self) -> None:
        """Scroll a page up."""
        self.scroll_page_up(animate=False)

    def action_half_page_down(self) -> None:
        """Scroll half a page down."""
        self.scroll_relative(y=self.size.height // 2, animate=False)

    def action_half_page_up(self) -> None:
        """Scroll half a page up."""
        self.scroll_relative(y=-(self.size.height // 2), animate=False)
