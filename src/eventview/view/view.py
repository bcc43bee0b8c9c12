"""The rows, folds, hits and silence lines of a session under some view options.

The screen and every export take their rows from here, so that they cannot differ.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from operator import attrgetter
from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec import Struct, field
from msgspec.structs import replace

from eventview.analysis.analysis import Analysis, events_shown_at, sort_by_severity
from eventview.analysis.measured_session import Run
from eventview.analysis.signals import Signal, SignalKind
from eventview.progress import begin_step
from eventview.query.regular_expressions import Search
from eventview.session.events import Click
from eventview.session.session import Session, Visit
from eventview.view.sorted_indexes import contains, drop_spans, find_next, find_places, take_around
from eventview.view.view_options import WHOLE_SESSION, ViewOptions

if TYPE_CHECKING:
    from eventview.session.position import Position


class SilenceLine(NamedTuple):
    """A line between two rows that shows a silence."""

    row: int
    """The row below the line."""
    signal: Signal


class View(Struct, frozen=True, eq=False, dict=True):
    """A session under view options. Rows count from 0; `rows[row]` is the index of an event.

    A row stands for one event, for a folded page visit (the row is its LOCATION's), or for a
    folded run of clicks (the row is the first click's).
    """

    analysis: Analysis
    options: ViewOptions = WHOLE_SESSION
    searched: Analysis | None = None
    """The texts that filter and find search, if not the session's own: the same events with other
    texts."""
    filtering: Search = field(default_factory=Search)
    """Time limit of the filter's expressions, and the events left out because of it."""
    finding: Search = field(default_factory=Search)
    """Time limit of the find's expressions, and the events left out because of it."""

    @property
    def session(self) -> Session:
        """The session that is shown."""
        return self.analysis.session

    @property
    def _searched(self) -> Analysis:
        return self.analysis if self.searched is None else self.searched

    @cached_property
    def _candidates(self) -> Sequence[int]:
        """Indexes of the events of the types that are shown."""
        events, counts = self.session.events, self.session.type_counts
        visible = set(filter(self.options.types.shows, counts))
        if len(visible) == len(counts):
            return range(len(events))
        return array("I", [i for i, event in enumerate(events) if event.type in visible])

    @cached_property
    def matched(self) -> Sequence[int]:
        """Indexes of the events that types and filter let through, in order."""
        return self._match()

    def _match(self) -> Sequence[int]:
        return self.options.filter.matching(self._searched, self._candidates, self.filtering)

    @cached_property
    def shown(self) -> Sequence[int]:
        """Indexes of the events that are shown or folded, in order, those around matches too."""
        shown = self.matched
        if any(self.options.reach):
            places = find_places(self._candidates, shown)
            shown = take_around(self._candidates, places, *self.options.reach)
        window = self.options.window
        if window is None or not (window.at or self.options.find):
            # A window around hits has no effect without a find.
            return shown
        if window.at is None:
            places = find_places(shown, self._find_hits(shown))
            return take_around(shown, places, window.before, window.after)
        return () if self.at is None else window.take_at(shown, self.at)

    @property
    def _position(self) -> Position | None:
        return self.options.window.at if self.options.window else None

    @cached_property
    def at(self) -> int | None:
        """Index of the event at the window's position, shown or not; None without a position."""
        return None if self._position is None else self._position.index(self.session)

    @cached_property
    def about(self) -> int | None:
        """Index of the event at the window's position, or of the row shown in its place."""
        position, index = self._position, self.at
        if position is None or index is None or not self.rows:
            return None
        if position.number is None or self.shows(index):
            return self.find_shown(index)
        return self.rows[self.row_of(index)]

    def find_shown(self, index: int) -> int:
        """Return the event if it is shown, else the last one shown before it, else the first."""
        return self.shown[max(bisect_right(self.shown, index) - 1, 0)] if self.shown else index

    def hidden(self, index: int) -> str:
        """Return a sentence that an event is not shown, and which one is next; "" if it is."""
        if self.shows(index):
            return ""
        sentence = f"#{self.session.number(index)} is hidden by the filter or the types"
        if not self.rows:
            return f"{sentence}."
        return f"{sentence}; #{self.session.number(self.rows[self.row_of(index)])} is next to it."

    def remark(self) -> str:
        """Explain where the window's position leads, if that is not plain; "" if it is."""
        position, index = self._position, self.at
        if position is None:
            return ""
        if index is None:
            return position.nowhere(self.session)
        if position.number is None and self.rows:
            return position.remark(self.session, index=self.about)
        return self.hidden(index)

    def shows(self, index: int) -> bool:
        """Return True if an event is shown, or folded into a row that is."""
        return contains(self.shown, index)

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
        """Number of shown events that are there only because they are near a match."""
        if not any(self.options.reach):
            return 0
        return sum(not contains(self.matched, index) for index in self.shown)

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
        places = find_places(among, self.shown)
        return frozenset(
            index
            for index, before, place in zip(self.shown[1:], places, places[1:], strict=False)
            if place > before + 1
        )

    @cached_property
    def is_hiding(self) -> bool:
        """True if any event is neither shown nor folded."""
        return len(self.shown) < len(self.session.events)

    @cached_property
    def rows(self) -> Sequence[int]:
        """Indexes of the events that have a row, in order."""
        rows = self.shown
        for folded in (self._folded_visits, self._folded_runs):
            if folded:
                rows = drop_spans(rows, ((each.start + 1, each.end) for each in folded.values()))
        return rows

    @cached_property
    def _folded_visits(self) -> dict[int, Visit]:
        """The folded page visits by their LOCATION; without a row for that, none is folded."""
        if not self.options.folded:
            return {}
        return {
            visit.start: visit
            for visit in self.session.visits
            if visit.start in self.options.folded
            and (not self.is_hiding or self.shows(visit.start))
        }

    @cached_property
    def _folded_runs(self) -> dict[int, Run]:
        """The runs that are one row, by the index of their first click: those shown in full."""
        runs = self.analysis.runs if self.options.are_runs_rolled else ()
        if not self.is_hiding:
            return {run.start: run for run in runs if run.start not in self.options.unrolled}
        folded: dict[int, Run] = {}
        for run in runs:
            # To look for the first click takes a third of the time of counting all of them.
            if run.start not in self.options.unrolled and self.shows(run.start):
                first, last = (bisect_left(self.shown, index) for index in (run.start, run.end))
                shown = (self.session.events[index] for index in self.shown[first:last])
                if sum(isinstance(event, Click) for event in shown) == run.clicks:
                    folded[run.start] = run
        return folded

    def is_folded(self, index: int) -> bool:
        """Return True if an event's row stands for a folded page visit."""
        return index in self._folded_visits

    def rolled(self, index: int) -> Run | None:
        """Return the run that an event's row stands for; None if it stands for the event only."""
        return self._folded_runs.get(index)

    def count_folded_visits(self) -> int:
        """Return the number of folded page visits."""
        return len(self._folded_visits)

    def row_of(self, index: int) -> int:
        """Return the row of an event, or the one it is folded into, or the nearest one.

        The later of two that are equally near; -1 without rows.
        """
        rows, place = self.rows, bisect_left(self.rows, index)
        if not place or (place < len(rows) and rows[place] == index):
            return place if rows else -1
        end = self._end_of(rows[place - 1])
        if end > index or place == len(rows) or index - (end - 1) < rows[place] - index:
            return place - 1
        return place

    def _end_of(self, index: int) -> int:
        """Return the index after the last event that an event's row stands for."""
        folded = self._folded_visits.get(index) or self._folded_runs.get(index)
        return index + 1 if folded is None else folded.end

    @cached_property
    def silence_lines(self) -> Sequence[SilenceLine]:
        """The silences that have a line of their own, in order."""
        found = []
        for index, signal in self.analysis.signals.silences.items():
            row = bisect_left(self.rows, index)
            if row < len(self.rows) and self.rows[row] == index:
                found.append(SilenceLine(row, signal))
        return found

    @cached_property
    def _rows_after_silence(self) -> Sequence[int]:
        return [row for row, _ in self.silence_lines]

    @cached_property
    def _silence_line_numbers(self) -> Sequence[int]:
        return [row + number for number, row in enumerate(self._rows_after_silence)]

    @property
    def number_of_lines(self) -> int:
        """Number of rows and of the lines between them."""
        return len(self.rows) + len(self.silence_lines)

    def line_of(self, row: int) -> int:
        """Return the line that a row is on, counted from 0."""
        return row + bisect_right(self._rows_after_silence, row)

    def at_line(self, line: int) -> int | SilenceLine:
        """Return the row or the silence on a line; a row may be beyond the last."""
        number = bisect_left(self._silence_line_numbers, line)
        if number < len(self.silence_lines) and self._silence_line_numbers[number] == line:
            return self.silence_lines[number]
        return line - number

    @cached_property
    def hits(self) -> Sequence[int]:
        """Indexes of the shown events that the find matches, in order; none without a find."""
        return self._find_hits(self.shown)

    def _find_hits(self, shown: Sequence[int]) -> Sequence[int]:
        find = self.options.find
        return find.matching(self._searched, shown, self.finding) if find else ()

    @cached_property
    def left_out(self) -> str:
        """Sentences about the events that filter or find had no time for; "" for none."""
        _ = self.hits
        searches = (self.filtering, self.finding)
        return " ".join(filter(None, (search.remark(self.session) for search in searches)))

    def is_hit(self, index: int) -> bool:
        """Return True if the find matches a shown event."""
        return contains(self.hits, index)

    def has_hit(self, index: int) -> bool:
        """Return True if the find matches any event that an event's row stands for."""
        place = bisect_left(self.hits, index)
        return place < len(self.hits) and self.hits[place] < self._end_of(index)

    def find_hit_number(self, index: int) -> int | None:
        """Return the place of an event among the hits, from 1; None if it is no hit."""
        return bisect_left(self.hits, index) + 1 if self.is_hit(index) else None

    def find_hit(self, index: int, step: int) -> int | None:
        """Return the next hit after an event, or before it for -1, wrapping; None without hits."""
        return find_next(self.hits, index, step)

    def found(self) -> View:
        """Compute everything slow that showing the view needs, and return the view itself.

        Raises:
            SearchDroppedError: one of its searches was dropped.
        """
        begin_step(f"arranging {len(self.session.events):,} events")
        # Python 3.11 has one lock per cached property for all views. Signals that are there already
        # and writing past it keep other views from waiting for this one.
        self.analysis.prepare()
        known = vars(self)
        if "matched" not in known:
            known["matched"] = self._match()
        if "hits" not in known:
            known["hits"] = self._find_hits(self.shown)
        _ = self.left_out, self.number_around, self.group_starts, self._silence_line_numbers
        return self

    def events_with(self, kinds: Iterable[SignalKind]) -> Sequence[int]:
        """Return the indexes of the shown events that carry signals of some kinds, in order.

        A folded run of clicks counts as its first click.
        """
        wanted = frozenset(kinds)
        if wanted not in self._events_by_kinds:
            places = {s.at for s in self.analysis.signals.found if s.kind in wanted}
            if self.is_hiding:
                places = {index for index in places if self.shows(index)}
            for run in self._folded_runs.values():
                inside = places.intersection(range(run.start + 1, run.end))
                if inside:
                    places -= inside
                    places.add(run.start)
            self._events_by_kinds[wanted] = sorted(places)
        return self._events_by_kinds[wanted]

    @cached_property
    def _events_by_kinds(self) -> dict[frozenset[SignalKind], Sequence[int]]:
        return {}

    def find_signals(self, kinds: Iterable[SignalKind]) -> Sequence[Signal]:
        """Return the signals of some kinds that are about any shown event, in order."""
        wanted = frozenset(kinds)
        found = [s for s in self.analysis.signals.found if s.kind in wanted]
        if not self.is_hiding:
            return found
        return [s for s in found if any(self.shows(index) for index in events_shown_at(s))]

    def signals_of(self, index: int) -> Sequence[Signal]:
        """Return the signals of all events that an event's row stands for, the gravest first."""
        run, signals = self.rolled(index), self.analysis.signals
        if run is None:
            return signals.of(index)
        # Comparing signals would take as long as the number of their events.
        found = {id(s): s for i in range(run.start, run.end) for s in signals.of(i)}
        return sort_by_severity(found.values())

    def through(self, options: ViewOptions) -> View:
        """Return the same session under other options; what both have in common is kept."""
        kept: dict[str, object] = {}
        if _MATCH_OPTIONS(options) == _MATCH_OPTIONS(self.options):
            kept |= self._results("_candidates", "matched")
            if _HIT_OPTIONS(options) == _HIT_OPTIONS(self.options):
                kept |= self._results("shown", "hits")
        is_around_hits = options.window is not None and options.window.at is None
        if not is_around_hits and replace(self.options, find=options.find) == options:
            known = vars(self)
            kept |= {name: known[name] for name in _OF_ROWS if name in known}
        view = replace(
            self,
            options=options,
            filtering=self.filtering if "matched" in kept else Search(),
            finding=self.finding if "hits" in kept else Search(),
        )
        vars(view).update(kept)
        return view

    def over(self, analysis: Analysis) -> View:
        """Return the same rows and hits with the texts of another session.

        Args:
            analysis: of a session with the events of this view's session, in their order.
        """
        view = replace(self, analysis=analysis, searched=self._searched)
        vars(view).update(self._results("_candidates", "matched", "shown", "hits"))
        return view

    def _results(self, *names: str) -> Mapping[str, object]:
        """Return cached results by their names; none unless all of them are there."""
        known = vars(self)
        return {name: known[name] for name in names} if known.keys() >= {*names} else {}


_MATCH_OPTIONS: Final = attrgetter("types", "filter")
"""The options that decide which events are matched."""

_HIT_OPTIONS: Final = attrgetter("reach", "window", "find")
"""The further options that decide which events are shown and hit."""

_OF_ROWS: Final = frozenset(
    {
        "shown", "rows", "silence_lines", "number_around", "group_starts", "_folded_visits",
        "_folded_runs", "_rows_after_silence", "_silence_line_numbers", "_events_by_kinds",
    }
)  # fmt: skip
"""The cached results that the find decides only where the window is around its hits."""
