"""The bars of chips: the parts of the active filter, and the session's types with their counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from textual import events
from textual.content import Content
from textual.reactive import var
from textual.widget import Widget

from eventview.session.text import clip, width
from eventview.tui.state import NO_SESSION, SessionState
from eventview.tui.theme import event_style
from eventview.tui.widgets.bars import StateChange
from eventview.view.view import View
from eventview.view.view_options import make_filter_chips

_FILTER_CELLS: Final = 40
"""Cells of a filter chip at most."""

_LEAD: Final = "filter  "
_GAP: Final = "  "

_NAME_CELLS: Final = 16
_MOST_LINES: Final = 2
"""Lines of types at most: enough for all types of OpenReplay in 80 columns."""

_CHIP_GAP: Final = 2


class FilterBar(Widget):
    """Line with a chip for each part of the filter, visible only while one is active."""

    DEFAULT_CSS = """
    FilterBar {
        height: 1;
        padding: 0 1;
        display: none;

        &.-filtering {
            display: block;
        }
    }
    """

    state: var[SessionState] = var(NO_SESSION)

    _labels: Sequence[str] = ()

    def watch_state(self, before: SessionState, state: SessionState) -> None:
        """Show other parts of the filter."""
        if state.options is before.options:
            return
        chips = make_filter_chips(state.options)
        self._labels = [f"{clip(chip.words, _FILTER_CELLS)} ×" for chip in chips]
        self.set_class(bool(chips), "-filtering")
        self.refresh()

    def render(self) -> Content:
        """Render the chips, and a hint if there is room."""
        chips = [Content.styled(f" {label} ", "$text on $primary-muted") for label in self._labels]
        line = Content.assemble((_LEAD, "$foreground-muted"), Content(_GAP).join(chips))
        hint = "Backspace drops the last"
        if line.cell_length + len(_GAP) + len(hint) <= self.size.width:
            space = " " * (self.size.width - line.cell_length - len(hint))
            return Content.assemble(line, space, (hint, "$foreground-muted"))
        return line.truncate(self.size.width, ellipsis=True)

    def on_click(self, event: events.Click) -> None:
        """Remove the clicked chip's part of the filter, except while a filter is being typed."""
        if not self.screen.check_action("change", ()):
            return
        start = len(_LEAD) + self.styles.padding.left
        for number, label in enumerate(self._labels):
            end = start + width(label) + 2
            if start <= event.x < end:
                self.post_message(StateChange("drop_chip", [number]))
            start = end + len(_GAP)


class TypeBar(Widget):
    """Chips with number, name and count of each type, on a second line if needed."""

    state: var[SessionState] = var(NO_SESSION)

    _lines: Sequence[Sequence[tuple[int, Content]]] = ()
    """Chips of each line with their numbers."""
    _hidden = 0

    def watch_state(self, before: SessionState, state: SessionState) -> None:
        """Show the types of another session, or others of them."""
        is_same = state.view.options.types == before.view.options.types
        if not is_same or state.session is not before.session:
            self._arrange()

    def on_resize(self) -> None:
        """Arrange the chips again."""
        self._arrange()

    def _arrange(self) -> None:
        view, width = self.state.view, self.size.width
        if not width:
            return
        chips = [
            (number, _make_chip(view, number, name, count))
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
            room -= chip.cell_length + _CHIP_GAP
        self._hidden = 0
        # The last line ends with the number of chips that do not fit, which needs room too.
        while (
            len(lines[-1]) > 1
            and room < (self._hidden and _count_hidden(self._hidden).cell_length) - _CHIP_GAP
        ):
            _, chip = lines[-1].pop()
            room += chip.cell_length + _CHIP_GAP
            self._hidden += 1
        self._lines = lines
        if len(lines) != self.size.height:
            self.styles.height = len(lines)
        self.refresh()

    def render(self) -> Content:
        """Render the chips line by line."""
        if not self._lines or not self.state.session.events:
            return Content()
        lines = [Content(" " * _CHIP_GAP).join(chip for _, chip in line) for line in self._lines]
        if self._hidden:
            lines[-1] = Content.assemble(lines[-1], _count_hidden(self._hidden))
        return Content("\n").join(lines)

    def on_click(self, event: events.Click) -> None:
        """Show or hide the clicked type."""
        end = 0
        for number, chip in self._lines[event.y] if event.y < len(self._lines) else ():
            end += chip.cell_length + _CHIP_GAP
            if event.x < end:
                self.post_message(StateChange("toggle_type", [number]))
                return


def _make_chip(view: View, number: int, name: str, count: int) -> Content:
    is_shown = view.options.types.shows(name)
    colour = event_style(name).colour if is_shown else "$foreground-muted"
    return Content.assemble(
        (f"{number} " if number <= 9 else "", "$foreground-muted"),
        ("" if is_shown else "○ ", colour),
        (f"{clip(name, _NAME_CELLS)} {count:,}", colour if is_shown else f"{colour} strike"),
    )


def _count_hidden(number: int) -> Content:
    return Content.styled(f"{' ' * _CHIP_GAP}+{number}", "$foreground-muted")
