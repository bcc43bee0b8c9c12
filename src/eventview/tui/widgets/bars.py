"""The one-line bars: the session's title, the types and the filter, the find and the place.

May import `eventview.model` and Textual.
"""

from __future__ import annotations

from dataclasses import dataclass

from textual import events
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from eventview.model import wording
from eventview.model.cells import clip, width
from eventview.model.times import span
from eventview.model.view import View
from eventview.model.wording import TimeMode
from eventview.tui.glyphs import look


class Bar(Widget):
    """A line with something on its left and something on its right."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name for it
        super().__init__(id=id)
        self._left = Content()
        self._right = Content()
        self._right_gives_way = False

    def render(self) -> Content:
        """Both sides; where they would meet, the right one gives way or the left one is cut."""
        left, right = self._left, self._right
        if self._right_gives_way and left.cell_length + right.cell_length > self.size.width:
            right = Content()
        room = self.size.width - right.cell_length
        if left.cell_length > room - 1:
            left = left.truncate(max(0, room - 1), ellipsis=True)
        return Content.assemble(left, " " * (room - left.cell_length), right)

    def put(self, left: Content, right: Content, *, right_gives_way: bool = False) -> None:
        """Show two texts; the right one is the more important unless it gives way."""
        self._left, self._right, self._right_gives_way = left, right, right_gives_way
        self.refresh()


class TitleBar(Bar):
    """Which session this is, how long, how much of it is shown."""

    def show(self, view: View, mode: TimeMode, *, progress: str = "") -> None:
        """Show a view's title.

        Args:
            view: what is shown.
            mode: how the times count.
            progress: what is still being done, in words; "" when all is there.
        """
        session = view.session
        # In the order in which they give way in a narrow place, the last first.
        facts = [progress] if progress else []
        if session.events:
            facts += [
                wording.counts(view),
                span(session.duration_ms, session.resolution_ms),
                wording.pages(session),
            ]
            facts.append(f"times {wording.mode_name(session, mode)}")
        name = wording.name(session)
        # As much of the name as tells sessions apart.
        least = min(width(name), self.size.width // 3)
        while len(facts) > 1 and width(" · ".join(facts)) + least + 2 > self.size.width:
            facts.pop()
        self.put(
            Content.styled(name, "bold"), Content.styled(" · ".join(facts), "$foreground-muted")
        )
        self._shown = (view, mode, progress)

    def on_resize(self) -> None:
        """Choose anew what there is room for."""
        if self._shown:
            view, mode, progress = self._shown
            self.show(view, mode, progress=progress)

    _shown: tuple[View, TimeMode, str] | None = None


class TypeBar(Bar):
    """A chip for each type, with its number, its count, and whether it is shown; and the filter."""

    @dataclass
    class Clicked(Message):
        """A chip was clicked."""

        number: int
        """The type's number, counted from 1."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name for it
        super().__init__(id=id)
        self._ends: list[int] = []

    def show(self, view: View) -> None:
        """Show the types of a view's session and the view's filter."""
        chips = Content()
        self._ends = []
        for number, (name, count) in enumerate(view.session.type_counts.items(), start=1):
            shown = view.lens.types.shows(name)
            digit = f"{number} " if number <= 9 else ""
            colour = look(name).colour if shown else "$foreground-muted"
            chips = Content.assemble(
                chips,
                (digit, "$foreground-muted"),
                ("● " if shown else "○ ", colour),
                (f"{clip(name, 16)} {count:,}", colour if shown else "$foreground-muted strike"),
                "   ",
            )
            self._ends.append(chips.cell_length)
        if not view.session.events:
            self.put(Content(), Content())
            return
        filtered = f"filter: {clip(view.lens.filter.text, 30) or 'none'}"
        style = "bold" if view.lens.filter else "$foreground-muted"
        self.put(chips, Content.styled(filtered, style), right_gives_way=not view.lens.filter)

    def on_click(self, event: events.Click) -> None:
        """Say which chip was clicked."""
        number = sum(end <= event.x for end in self._ends) + 1
        if number <= len(self._ends):
            self.post_message(self.Clicked(number))


class StatusBar(Bar):
    """How the find stands, and where in the session the cursor is."""

    def show(self, view: View, index: int | None, row: int) -> None:
        """Show the find and the place of the cursor."""
        find = view.lens.find
        left = Content()
        if find:
            left = Content.assemble(
                (f"/ {clip(find.text, 40)}  ", "bold"),
                (wording.hits(view, index), "" if view.hits else "$text-error"),
            )
        place = "no rows" if view.session.events else ""
        if view.rows:
            share = (row + 1) * 100 // len(view.rows)
            place = f"row {row + 1:,} of {len(view.rows):,} · {share}%"
        self.put(left, Content.styled(place, "$foreground-muted"))
