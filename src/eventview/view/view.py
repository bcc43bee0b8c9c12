"""What is shown of a session: which rows, which hits, how many of how many.

The screen and every export take their rows from here, so that they cannot differ.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from operator import attrgetter
from typing import TYPE_CHECKING, Final, NamedTuple

from eventview.analysis.analysis import Analysis
from eventview.analysis.signals import Signal, SignalKind, about, by_gravity
from eventview.query.expressions import Search
from eventview.session.events import Click
from eventview.session.session import Run, Session, Visit
from eventview.view.options import WHOLE_SESSION, RowWindow, ViewOptions

if TYPE_CHECKING:
    from eventview.session.position import Position


class SilenceLine(NamedTuple):
    """A line between rows that tells of a silence."""

    row: int
    """The row it stands before."""
    signal: Signal


@dataclass(frozen=True)
class View:
    """A session through a lens. Rows are numbered from 0; `rows[row]` is the event's index.

    A row stands for one event, or for a folded page visit (then it is that of its LOCATION), or
    for a run of clicks (then it is that of the first).
    """

    analysis: Analysis
    options: ViewOptions = WHOLE_SESSION
    searched: Analysis | None = None
    """Where filter and find look, if not in the session itself: the same events in other words."""
    filtering: Search = field(default_factory=Search, compare=False)
    """Bounds what the filter's expressions may take, and knows what they left out for it."""
    finding: Search = field(default_factory=Search, compare=False)
    """The same of the find's."""

    @property
    def session(self) -> Session:
        """The session that it is a view of."""
        return self.analysis.session

    # --- which events

    @property
    def _searched(self) -> Analysis:
        return self.analysis if self.searched is None else self.searched

    @cached_property
    def _candidates(self) -> Sequence[int]:
        """Indexes of the events of the types that are shown."""
        events = self.session.events
        if not self.options.types:
            return range(len(events))
        visible = {name for name in self.session.type_counts if self.options.types.shows(name)}
        return [index for index, event in enumerate(events) if event.type in visible]

    @cached_property
    def matched(self) -> Sequence[int]:
        """Indexes of the events that types and filter let through, in order."""
        return self._match()

    def _match(self) -> Sequence[int]:
        return self.options.filter.matching(self._searched, self._candidates, self.filtering)

    @cached_property
    def shown(self) -> Sequence[int]:
        """Indexes of all events that are shown or folded away, those around matches included."""
        shown = self.matched
        if any(self.options.reach):
            shown = _around(self._candidates, _places(self._candidates, shown), *self.options.reach)
        window = self.options.window
        if window is None or not (window.at or self.options.find):
            # Without a find there is nothing for a window on its hits to be around.
            return shown
        if window.at is None:
            anchors = self._finds_among(shown)
            return _around(shown, _places(shown, anchors), window.before, window.after)
        return self._near(shown, window)

    def _near(self, shown: Sequence[int], window: RowWindow) -> Sequence[int]:
        """The shown events before the one that a moment leads to, that one, and those after."""
        index = self.at
        if index is None:
            return ()
        place = bisect_left(shown, index)
        behind = place + (place < len(shown) and shown[place] == index)
        first = 0 if window.before is None else max(0, place - window.before)
        last = len(shown) if window.after is None else behind + window.after
        return shown[first:last]

    @property
    def _position(self) -> Position | None:
        return self.options.window.at if self.options.window else None

    @cached_property
    def at(self) -> int | None:
        """The event that the moment leads to which the lens is about, shown or not."""
        return None if self._position is None else self._position.index(self.session)

    @cached_property
    def about(self) -> int | None:
        """The same, or what is shown in its place, as the cursor of a screen."""
        position, index = self._position, self.at
        if position is None or index is None or not self.rows:
            return None
        if position.number is None or self.shows(index):
            return self.shown_by(index)
        return self.rows[self.row_of(index)]

    def shown_by(self, index: int) -> int:
        """The event if it is shown, else the last one shown before it, else the first shown."""
        return self.shown[max(bisect_right(self.shown, index) - 1, 0)] if self.shown else index

    def hidden(self, index: int) -> str:
        """Say that an event is not shown, in a sentence; "" where it is."""
        if self.shows(index):
            return ""
        said = f"#{self.session.number(index)} is hidden by the filter or the types"
        if not self.rows:
            return f"{said}."
        return f"{said}; #{self.session.number(self.rows[self.row_of(index)])} is next to it."

    def remark(self) -> str:
        """Say what is not plain about the way to the lens's moment; see `Position.remark`."""
        position, index = self._position, self.at
        if position is None:
            return ""
        if index is None:
            return position.nowhere(self.session)
        if position.number is None and self.rows:
            return position.remark(self.session, index=self.about)
        return self.hidden(index)

    def shows(self, index: int) -> bool:
        """Whether an event is shown, or folded away with others that are."""
        return _holds(self.shown, index)

    def is_around(self, index: int) -> bool:
        """Return True if an event's row is there only because it is near a match of the filter.

        A row that stands for several events is a match if any of them is.
        """
        if not any(self.options.reach):
            return False
        place = bisect_left(self.matched, index)
        return place == len(self.matched) or self.matched[place] >= self._end_of(index)

    @cached_property
    def number_around(self) -> int:
        """How many of the shown events are there only because they are near a match."""
        if not any(self.options.reach):
            return 0
        return sum(not _holds(self.matched, index) for index in self.shown)

    @cached_property
    def group_starts(self) -> frozenset[int]:
        """Indexes of the events that begin another group of rows around a match or a hit."""
        window = self.options.window
        if any(self.options.reach):
            among = self._candidates
        elif window and window.at is None and (window.before or window.after):
            among = self.matched
        else:
            return frozenset()
        places = _places(among, self.shown)
        return frozenset(
            index
            for index, before, place in zip(self.shown[1:], places, places[1:], strict=False)
            if place > before + 1
        )

    @cached_property
    def is_hiding(self) -> bool:
        """Whether any event is neither shown nor folded away."""
        return len(self.shown) < len(self.session.events)

    # --- which rows

    @cached_property
    def rows(self) -> Sequence[int]:
        """Indexes of the events that have a row, in order."""
        rows = self.shown
        if self._folded_visits:
            rows = _without(rows, ((visit.start + 1, visit.end) for visit in self._folded_visits))
        if self._rolled:
            rows = _without(rows, ((run.start + 1, run.end) for run in self._rolled.values()))
        return rows

    @cached_property
    def _folded_visits(self) -> Sequence[Visit]:
        """The folded page visits whose head is shown: there is nothing to fold others to."""
        if not self.options.folded:
            return ()
        return [
            visit
            for visit in self.session.visits
            if visit.start in self.options.folded and _holds(self.shown, visit.start)
        ]

    @cached_property
    def _folded_heads(self) -> frozenset[int]:
        return frozenset(visit.start for visit in self._folded_visits)

    @cached_property
    def _rolled(self) -> dict[int, Run]:
        """The runs that are one row, by their first click: those of which all is shown."""
        if not self.options.are_runs_rolled:
            return {}
        return {
            run.start: run
            for run in self.analysis.runs
            if run.start not in self.options.unrolled and self._are_all_shown(run)
        }

    def _are_all_shown(self, run: Run) -> bool:
        first, last = (bisect_left(self.shown, index) for index in (run.start, run.end))
        clicks = sum(isinstance(self.session.events[i], Click) for i in self.shown[first:last])
        return clicks == run.clicks

    def is_folded(self, index: int) -> bool:
        """Whether an event's row stands for a folded page visit."""
        return index in self._folded_heads

    def rolled(self, index: int) -> Run | None:
        """The run that an event's row stands for; None where it stands for itself."""
        return self._rolled.get(index)

    def number_folded(self) -> int:
        """How many page visits are folded."""
        return len(self._folded_visits)

    def row_of(self, index: int) -> int:
        """Return the row of an event, or the one it is folded into, or the nearest one.

        Of two that are as near, the next; -1 without rows.
        """
        rows, place = self.rows, bisect_left(self.rows, index)
        if not place or (place < len(rows) and rows[place] == index):
            return place if rows else -1
        end = self._end_of(rows[place - 1])
        if end > index or place == len(rows) or index - (end - 1) < rows[place] - index:
            return place - 1
        return place

    def _end_of(self, index: int) -> int:
        """The index behind the last event that an event's row stands for."""
        if self.is_folded(index):
            number = self.session.visit_number(index)
            return index + 1 if number is None else self.session.visits[number].end
        run = self.rolled(index)
        return index + 1 if run is None else run.end

    def revealing(self, index: int) -> ViewOptions:
        """The lens without the folds that hide an event."""
        head = self._head(index)
        folded = self.options.folded - {head} if head is not None and index != head else None
        run = next((r for r in self._rolled.values() if r.start < index < r.end), None)
        options = self.options if folded is None else replace(self.options, folded=folded)
        return options if run is None else replace(options, unrolled=options.unrolled | {run.start})

    def _head(self, index: int) -> int | None:
        number = self.session.visit_number(index)
        return None if number is None else self.session.visits[number].start

    def fold(self, index: int) -> ViewOptions | None:
        """Fold the run that an event is in, or else its page visit; None where there is neither."""
        for run in self.analysis.runs:
            if run.start <= index < run.end and run.start in self.options.unrolled:
                return replace(self.options, unrolled=self.options.unrolled - {run.start})
        head = self._head(index)
        if head is None or head in self.options.folded or not _holds(self.shown, head):
            return None
        return replace(self.options, folded=self.options.folded | {head})

    def unfold(self, index: int) -> ViewOptions | None:
        """Unfold what an event's row stands for; None where it stands for itself."""
        if self.is_folded(index):
            return replace(self.options, folded=self.options.folded - {index})
        if self.rolled(index):
            return replace(self.options, unrolled=self.options.unrolled | {index})
        return None

    def fold_all(self) -> ViewOptions:
        """Fold every page visit and every run."""
        heads = frozenset(visit.start for visit in self.session.visits)
        return replace(self.options, folded=heads, unrolled=frozenset())

    def unfold_all(self) -> ViewOptions:
        """Unfold every page visit."""
        return replace(self.options, folded=frozenset())

    # --- the lines between rows

    @cached_property
    def breaks(self) -> Sequence[SilenceLine]:
        """The silences that have a line of their own, in order."""
        found = []
        for index, signal in self.analysis.signals.silences.items():
            row = bisect_left(self.rows, index)
            if row < len(self.rows) and self.rows[row] == index:
                found.append(SilenceLine(row, signal))
        return found

    @cached_property
    def _break_rows(self) -> Sequence[int]:
        return [row for row, _ in self.breaks]

    @cached_property
    def _break_lines(self) -> Sequence[int]:
        return [row + number for number, row in enumerate(self._break_rows)]

    @property
    def number_of_lines(self) -> int:
        """Rows and the lines between them."""
        return len(self.rows) + len(self.breaks)

    def line_of(self, row: int) -> int:
        """The line that a row is on, counted from 0."""
        return row + bisect_right(self._break_rows, row)

    def at_line(self, line: int) -> int | SilenceLine:
        """The row or the break on a line; a row may be beyond the last."""
        number = bisect_left(self._break_lines, line)
        if number < len(self._break_lines) and self._break_lines[number] == line:
            return self.breaks[number]
        return line - number

    # --- hits

    @cached_property
    def hits(self) -> Sequence[int]:
        """Indexes of the shown events that the find matches, in order; none without a find."""
        return self._finds_among(self.shown)

    def _finds_among(self, shown: Sequence[int]) -> Sequence[int]:
        find = self.options.find
        return find.matching(self._searched, shown, self.finding) if find else ()

    @cached_property
    def left_out(self) -> str:
        """Name the events that filter or find had no time for, in sentences; "" for none."""
        _ = self.hits
        searches = (self.filtering, self.finding)
        return " ".join(filter(None, (search.remark(self.session) for search in searches)))

    def is_hit(self, index: int) -> bool:
        """Whether the find matches a shown event."""
        return _holds(self.hits, index)

    def has_hit(self, index: int) -> bool:
        """Whether the find matches anything that an event's row stands for."""
        place = bisect_left(self.hits, index)
        return place < len(self.hits) and self.hits[place] < self._end_of(index)

    def hit_number(self, index: int) -> int | None:
        """Which hit an event is, counted from 1; None when it is none."""
        return bisect_left(self.hits, index) + 1 if self.is_hit(index) else None

    def hit_after(self, index: int) -> int | None:
        """The next hit behind an event, from the top again after the last; None without hits."""
        return following(self.hits, index, 1)

    def hit_before(self, index: int) -> int | None:
        """The hit in front of an event, from the bottom after the first; None without hits."""
        return following(self.hits, index, -1)

    def found(self) -> View:
        """Find out all that takes long and is needed to show it, and return the view itself.

        Raises:
            SearchDroppedError: one of its searches was dropped.
        """
        session, known = self.session, vars(self)
        # Past the lock of a cached property, which Python 3.11 has one of for all views: nobody
        # else is to wait for this search.
        if "matched" not in known:
            known["matched"] = self._match()
        if "hits" not in known:
            known["hits"] = self._finds_among(self.shown)
        _ = (
            self.analysis.signals,
            session.visits,
            session.deltas_ms,
            self.number_around,
            self.left_out,
        )
        _ = self.breaks, self.events_with(()), self._break_lines
        return self

    # --- signals

    def events_with(self, kinds: Iterable[SignalKind]) -> Sequence[int]:
        """Indexes of the shown events that carry signals of some kinds, in order.

        For a run of clicks that is one row, of its first.
        """
        wanted = frozenset(kinds)
        if wanted not in self._events_with:
            self._events_with[wanted] = self._find_events_with(wanted)
        return self._events_with[wanted]

    @cached_property
    def _events_with(self) -> dict[frozenset[SignalKind], Sequence[int]]:
        return {}

    def _find_events_with(self, wanted: frozenset[SignalKind]) -> Sequence[int]:
        places = {s.at for s in self.analysis.signals.found if s.kind in wanted}
        if self.is_hiding:
            places = {index for index in places if _holds(self.shown, index)}
        for run in self._rolled.values():
            inside = places.intersection(range(run.start + 1, run.end))
            if inside:
                places -= inside
                places.add(run.start)
        return sorted(places)

    def signals_among(self, kinds: Iterable[SignalKind]) -> Sequence[Signal]:
        """The signals of some kinds that are about any of the shown events, in order."""
        wanted = frozenset(kinds)
        found = [s for s in self.analysis.signals.found if s.kind in wanted]
        if not self.is_hiding:
            return found
        return [s for s in found if any(_holds(self.shown, index) for index in about(s))]

    def signals_of(self, index: int) -> Sequence[Signal]:
        """The signals of what an event's row stands for, the gravest first."""
        run = self.rolled(index)
        found = self.analysis.signals
        if run is None:
            return found.of(index)
        several = {
            signal: None for place in range(run.start, run.end) for signal in found.of(place)
        }
        return by_gravity(several)

    # --- page visits

    def visit_row(self, row: int, step: int) -> int:
        """The first row of the next page visit, or the start of this or the visit before.

        Args:
            row: where to go from.
            step: 1 for the next visit; -1 for the start of this visit, or if `row` is
                that already, of the one before.

        Returns:
            A row; `row` itself when there is no such visit among the rows. Back from events before
            the first page visit, the first row.
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

    def visit_counts(self, head: int) -> tuple[int, int] | None:
        """How many events of the page visit that a LOCATION opened are shown, and how many it has.

        None for any other event.
        """
        number = self.session.visit_number(head)
        if number is None or self.session.visits[number].start != head:
            return None
        visit = self.session.visits[number]
        shown = bisect_left(self.shown, visit.end) - bisect_left(self.shown, visit.start)
        return shown, visit.end - visit.start

    def through(self, options: ViewOptions) -> View:
        """The same session through another lens; what both look for alike is found already."""
        view = replace(self, options=options, filtering=Search(), finding=Search())
        if _FILTER_OF(options) == _FILTER_OF(self.options):
            _carry(self, view, "_candidates", "matched", search="filtering")
            if _FIND_OF(options) == _FIND_OF(self.options):
                _carry(self, view, "shown", "hits", search="finding")
        return view

    def over(self, analysis: Analysis) -> View:
        """The same rows and hits of the same events, told in other words.

        Args:
            analysis: of a session with the events of this view's session, in their order.
        """
        view = replace(self, analysis=analysis, searched=self._searched)
        _carry(self, view, "_candidates", "matched", "shown", "hits")
        return view


_FILTER_OF: Final = attrgetter("types", "filter")
"""What of a lens says which events are matched."""

_FIND_OF: Final = attrgetter("reach", "window", "find")
"""What of it says beyond that which are shown and hit."""


def _carry(before: View, after: View, *names: str, search: str = "") -> None:
    """Carry over to a view what another has found, and by which search, if it has."""
    known = vars(before)
    if all(name in known for name in names):
        vars(after).update({name: known[name] for name in (*names, search) if name})


def moved(indexes: Iterable[int], before: Session, after: Session) -> frozenset[int]:
    """The indexes of events in a later state of their session, of those that are still there."""
    places = (
        after.place_of(before.events[index], index)
        for index in indexes
        if index < len(before.events)
    )
    return frozenset(place for place in places if place is not None)


def following(places: Sequence[int], index: int, step: int) -> int | None:
    """The next of some places in order behind an index, or before it for -1; in a circle."""
    if not places:
        return None
    if step > 0:
        return places[bisect_right(places, index) % len(places)]
    return places[bisect_left(places, index) - 1]


def _holds(indexes: Sequence[int], index: int) -> bool:
    place = bisect_left(indexes, index)
    return place < len(indexes) and indexes[place] == index


def _places(all_of: Sequence[int], some: Sequence[int]) -> Sequence[int]:
    """Where some indexes stand among all."""
    return [bisect_left(all_of, index) for index in some]


def _around(
    indexes: Sequence[int], places: Sequence[int], before: int | None, after: int | None
) -> Sequence[int]:
    """The indexes at some places, in order, and so many on either side of each."""
    found: list[int] = []
    done = 0
    for place in places:
        first = 0 if before is None else max(done, place - before)
        last = len(indexes) if after is None else min(len(indexes), place + after + 1)
        found.extend(indexes[max(done, first) : last])
        done = max(done, last)
    return found


def _without(indexes: Sequence[int], spans: Iterator[tuple[int, int]]) -> Sequence[int]:
    """Indexes but for those in some spans, which are in order and apart."""
    kept: list[int] = []
    done = 0
    for start, end in spans:
        first = bisect_left(indexes, start, done)
        kept.extend(indexes[done:first])
        done = bisect_left(indexes, end, first)
    kept.extend(indexes[done:])
    return kept
