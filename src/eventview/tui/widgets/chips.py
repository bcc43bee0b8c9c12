"""The chips: a session's types with their numbers, counts, and whether they are shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from textual import events
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from eventview.session.width import clip
from eventview.tui.glyphs import look
from eventview.view.view import View

_NAME_CELLS: Final = 16
_MOST_LINES: Final = 2
"""Room for all types that OpenReplay has, on 80 columns."""

_GAP: Final = 2


class TypeBar(Widget):
    """A chip for each type; a second line where one is not enough."""

    @dataclass
    class Clicked(Message):
        """A chip was clicked."""

        number: int
        """The type's number, counted from 1."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name for it
        super().__init__(id=id)
        self._view: View | None = None
        self._lines: Sequence[Sequence[tuple[int, Content]]] = ()
        """The chips of each line with their numbers."""
        self._hidden = 0

    def show(self, view: View) -> None:
        """Show the types of a view's session."""
        self._view = view
        self._arrange()

    def on_resize(self) -> None:
        """Arrange the chips anew."""
        self._arrange()

    def _arrange(self) -> None:
        view, width = self._view, self.size.width
        if view is None or not width:
            return
        chips = [
            (number, _chip(view, number, name, count))
            for number, (name, count) in enumerate(view.session.type_counts.items(), start=1)
        ]
        most = 1 if self.screen.has_class("-short") else _MOST_LINES
        lines: list[list[tuple[int, Content]]] = [[]]
        room = width
        for number, chip in chips:
            if chip.cell_length > room and lines[-1] and len(lines) < most:
                lines.append([])
                room = width
            lines[-1].append((number, chip))
            room -= chip.cell_length + _GAP
        self._hidden = 0
        # What no line has room for is counted at the end of the last.
        while (
            len(lines[-1]) > 1 and room < (self._hidden and _more(self._hidden).cell_length) - _GAP
        ):
            _, chip = lines[-1].pop()
            room += chip.cell_length + _GAP
            self._hidden += 1
        self._lines = lines
        self.styles.height = len(lines)
        self.refresh()

    def render(self) -> Content:
        """The chips, line by line."""
        view = self._view
        if view is None or not self._lines or not view.session.events:
            return Content()
        lines = [Content(" " * _GAP).join(chip for _, chip in line) for line in self._lines]
        if self._hidden:
            lines[-1] = Content.assemble(lines[-1], _more(self._hidden))
        return Content("\n").join(lines)

    def on_click(self, event: events.Click) -> None:
        """Say which chip was clicked."""
        end = 0
        for number, chip in self._lines[event.y] if event.y < len(self._lines) else ():
            end += chip.cell_length + _GAP
            if event.x < end:
                self.post_message(self.Clicked(number))
                return


def _chip(view: View, number: int, name: str, count: int) -> Content:
    is_shown = view.lens.types.shows(name)
    colour = look(name).colour if is_shown else "$foreground-muted"
    return Content.assemble(
        (f"{number} " if number <= 9 else "", "$foreground-muted"),
        ("" if is_shown else "○ ", colour),
        (f"{clip(name, _NAME_CELLS)} {count:,}", colour if is_shown else f"{colour} strike"),
    )


def _more(number: int) -> Content:
    return Content.styled(f"{' ' * _GAP}+{number}", "$foreground-muted")
