"""What is shown of a session: which rows, which hits, how many of how many.

The screen and every export take their rows from here, so that they cannot differ. May import
`eventview.model` only.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from eventview.model.query import ALL_TYPES, NO_QUERY, Query, TypeChoice
from eventview.model.session import Session


@dataclass(frozen=True, slots=True)
class Lens:
    """What the user asked to see; holds for any session."""

    types: TypeChoice = ALL_TYPES
    filter: Query = NO_QUERY
    """Hides the events it does not match."""
    find: Query = NO_QUERY
    """Marks the events it matches and hides none."""


@dataclass(frozen=True)
class View:
    """A session through a lens. Rows are numbered from 0; `rows[row]` is the event's index."""

    session: Session
    lens: Lens = Lens()

    def described(self) -> str:
        """The lens in words; "" when it hides and marks nothing of this session."""
        types, parts = self.lens.types, []
        hidden = [name for name in self.session.type_counts if not types.shows(name)]
        if types.only:
            parts.append(f"only {', '.join(sorted(types.listed)) or 'nothing'}")
        elif hidden:
            parts.append(f"without {', '.join(sorted(name.lower() for name in hidden))}")
        if self.lens.filter:
            parts.append(f"filter {self.lens.filter.text}")
        if self.lens.find:
            parts.append(f"find {self.lens.find.text}")
        return " · ".join(parts)

    @cached_property
    def rows(self) -> Sequence[int]:
        """Indexes of the events shown, in order."""
        events = self.session.events
        shown: Sequence[int] = range(len(events))
        if self.lens.types:
            visible = {name for name in self.session.type_counts if self.lens.types.shows(name)}
            shown = [index for index in shown if events[index].type in visible]
        return self.lens.filter.matching(self.session, shown)

    @cached_property
    def hits(self) -> Sequence[int]:
        """Indexes of the shown events that the find matches, in order; none without a find."""
        return self.lens.find.matching(self.session, self.rows) if self.lens.find else ()

    def is_hit(self, index: int) -> bool:
        """Whether the find matches a shown event."""
        place = bisect_left(self.hits, index)
        return place < len(self.hits) and self.hits[place] == index

    def row_of(self, index: int) -> int:
        """The row of an event, or of the next one shown, or the last row; -1 without rows."""
        return min(bisect_left(self.rows, index), len(self.rows) - 1)

    def hit_number(self, index: int) -> int | None:
        """Which hit an event is, counted from 1; None when it is none."""
        return bisect_left(self.hits, index) + 1 if self.is_hit(index) else None

    def hit_after(self, index: int) -> int | None:
        """The next hit behind an event, from the top again after the last; None without hits."""
        if not self.hits:
            return None
        return self.hits[bisect_right(self.hits, index) % len(self.hits)]

    def hit_before(self, index: int) -> int | None:
        """The hit in front of an event, from the bottom after the first; None without hits."""
        if not self.hits:
            return None
        return self.hits[bisect_left(self.hits, index) - 1]

    def visit_row(self, row: int, step: int) -> int:
        """The first row of the next page visit, or the start of this or the visit before.

        Args:
            row: where to go from.
            step: 1 for the next visit; -1 for the start of this visit, or if `row` is
                that already, of the one before.

        Returns:
            A row; `row` itself when there is no such visit among the rows.
        """
        if not self.rows:
            return row
        starts = [visit.start for visit in self.session.visits]
        here = bisect_right(starts, self.rows[row]) - 1
        if step > 0:
            following = range(here + 1, len(self.session.visits))
            return next((r for n in following if (r := self._first_row(n)) is not None), row)
        if here < 0:
            return 0
        own = self._first_row(here)
        if own is not None and own < row:
            return own
        earlier = reversed(range(here))
        return next((r for n in earlier if (r := self._first_row(n)) is not None), min(row, 0))

    def _first_row(self, visit: int) -> int | None:
        bounds = self.session.visits[visit]
        row = bisect_left(self.rows, bounds.start)
        return row if row < len(self.rows) and self.rows[row] < bounds.end else None

    def through(self, lens: Lens) -> View:
        """The same session through another lens."""
        return replace(self, lens=lens)
