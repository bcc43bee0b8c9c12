"""A session: its events in order, each with its time and its page."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import accumulate, chain, pairwise
from operator import attrgetter
from typing import Final, TypeVar, cast

from msgspec import Struct, field

from eventview.session.events import KNOWN_TYPES, Event, Location, Performance
from eventview.session.order import (
    FAR_MS,
    find_credible_span,
    find_known_places,
    infer_order,
    is_credible,
)
from eventview.session.source import Gap, PartialExport, Reread, SessionRef
from eventview.session.text import clean
from eventview.session.text_blocks import TextBlock, TextBlocks

_EventT = TypeVar("_EventT", bound=Event)

_TIMES_PER_WHOLE_SECOND: Final = 20
"""Times for each whole second among them, from which on all are taken for stamped; our choice."""


class Visit(Struct, frozen=True, gc=False):
    """A stay on one page: from its LOCATION to the next one."""

    start: int
    """Index of the LOCATION that opened it."""
    end: int
    """Index after its last event."""


class Session(Struct, frozen=True, eq=False, dict=True):
    """All events that have come so far; an index is always one into `events`."""

    session_ref: SessionRef
    events: Sequence[Event]
    """The events by time; those of one time in the server's order or in an inferred one."""
    total: int | None = None
    """The number of events that the source says there are; None where it does not say."""
    resolution_ms: int = 1
    """The step that times are rounded down to; 1000 where the server keeps whole seconds."""
    gaps: Sequence[Gap] = ()
    """Spans of time whose events have not all come, in order."""
    partial_export: PartialExport | None = None
    """Facts of the whole session, where these are only some of its events on purpose."""
    doubled: int = 0
    """The number of rows that repeat another row of the server and are left out."""
    reread: Reread | None = None
    """Reader of raw events that were changed, as in `Batch`."""
    known_texts: TextBlocks = field(default_factory=TextBlocks)
    """The searchable texts of earlier states of the session, and of this one."""

    @classmethod
    def of(  # noqa: PLR0913  # a source delivers all of these
        cls,
        session_ref: SessionRef,
        events: Sequence[Event],
        total: int | None = None,
        resolution_ms: int = 1,
        gaps: Sequence[Gap] = (),
        *,
        is_ordered: bool = False,
    ) -> Session:
        """Return a session whose events are ordered by time.

        Events of one time keep their order if `is_ordered`, or if times are milliseconds; an event
        without a readable time stays behind the event that came before it.
        """
        times = [time for event in events if (time := event.time_ms) is not None]
        if len(times) < len(events):
            latest = min(times, default=0) if events[0].time_ms is None else 0
            times = [latest := latest if e.time_ms is None else e.time_ms for e in events]
        # Sorting what is in order already takes less time than comparing it step by step.
        if times != sorted(times):
            events = [events[i] for i in sorted(range(len(events)), key=times.__getitem__)]
        if resolution_ms > 1 and not is_ordered:
            events = infer_order(events)
        return cls(session_ref, tuple(events), total, resolution_ms, gaps)

    @cached_property
    def _indexes_by_class(self) -> Mapping[type[Event], Sequence[int]]:
        # An array takes a quarter of the memory of a list.
        found: defaultdict[type[Event], array[int]] = defaultdict(lambda: array("q"))
        for index, event in enumerate(self.events):
            found[type(event)].append(index)
        return found

    def indexes_of(self, *types: type[Event]) -> Sequence[int]:
        """Return the indexes of the events of some types, in order."""
        found = [self._indexes_by_class[each] for each in types if each in self._indexes_by_class]
        return found[0] if len(found) == 1 else sorted(chain.from_iterable(found))

    def events_of(self, *types: type[_EventT]) -> Iterator[tuple[int, _EventT]]:
        """Return the index and the event of each event of some types, in order."""
        indexes = self.indexes_of(*types)
        found = zip(indexes, map(self.events.__getitem__, indexes), strict=True)
        return cast("Iterator[tuple[int, _EventT]]", found)

    @cached_property
    def timed(self) -> tuple[Sequence[int], Sequence[int]]:
        """Indexes and times of the events with a time, in order."""
        times = [time for event in self.events if (time := event.time_ms) is not None]
        if len(times) == len(self.events):
            return range(len(times)), times
        return [i for i, event in enumerate(self.events) if event.time_ms is not None], times

    @cached_property
    def _credible_ms(self) -> tuple[int, int] | None:
        """The first and the last credible moment; None if no time is far from another."""
        times, partial = self.timed[1], self.partial_export
        known, length = (partial.start_ms, partial.duration_ms) if partial else (None, None)
        ends = [time for time in (known, *times[:1], *times[-1:]) if time is not None]
        # Most sessions last minutes, so that their ends alone rule strays out.
        if not ends or max(ends) - min(ends) < FAR_MS:
            return None
        # Exports of releases that knew no strays may include one in the duration.
        if known is not None and length is not None and is_credible((known, known + length)):
            return known, known + length
        return find_credible_span(times, known)

    @cached_property
    def credible(self) -> range:
        """Indexes of the events between the strays, whose times are too far off to be true.

        Strays count for no start, duration, silence or page visit, but are ordered by their times.
        """
        number, span = len(self.events), self._credible_ms
        if span is None:
            return range(number)
        places, times = self.timed
        first, last = bisect_left(times, span[0]), bisect_right(times, span[1])
        start = 0 if not first else places[first] if first < len(places) else number
        return range(start, places[last] if last < len(places) else number)

    def is_stray(self, index: int) -> bool:
        """Return True if an event's time is too far from all others to be true."""
        return index not in self.credible and self.events[index].time_ms is not None

    @cached_property
    def strays(self) -> Sequence[int]:
        """Indexes of the events whose times are too far off to be true."""
        start, stop = self.credible.start, self.credible.stop
        return [i for i in (*range(start), *range(stop, len(self.events))) if self.is_stray(i)]

    @cached_property
    def start_ms(self) -> int | None:
        """The time of the session's first event with one, epoch milliseconds."""
        known = None if self.partial_export is None else self.partial_export.start_ms
        span = self._credible_ms
        if known is not None and (span is None or span[0] <= known <= span[1]):
            return known
        return self._first_ms

    @cached_property
    def _first_ms(self) -> int | None:
        """The time of the first event here with one, epoch milliseconds."""
        return next((ms for i in self.credible if (ms := self.events[i].time_ms) is not None), None)

    @cached_property
    def end_ms(self) -> int | None:
        """The time of the last event with one, epoch milliseconds."""
        indexes = reversed(self.credible)
        return next((ms for i in indexes if (ms := self.events[i].time_ms) is not None), None)

    @property
    def duration_ms(self) -> int:
        """Milliseconds from the session's first event to its last, here or not."""
        known = 0 if self.partial_export is None else self.partial_export.duration_ms or 0
        if self.start_ms is None or self.end_ms is None:
            return known
        return max(known, self.end_ms - self.start_ms)

    @property
    def covered_ms(self) -> int:
        """Milliseconds from the first event here to the last."""
        return 0 if self._first_ms is None or self.end_ms is None else self.end_ms - self._first_ms

    @property
    def numbers(self) -> Sequence[int]:
        """The number of each event, in order."""
        partial = self.partial_export
        return range(1, len(self.events) + 1) if partial is None else partial.numbers

    def number(self, index: int) -> int:
        """Return an event's number in the whole session, counted from 1."""
        return index + 1 if self.partial_export is None else self.partial_export.numbers[index]

    def index_of(self, number: int) -> int | None:
        """Return the index of the event with a number; None if it is not here."""
        numbers = self.numbers
        place = bisect_left(numbers, number)
        return place if place < len(numbers) and numbers[place] == number else None

    def offset_ms(self, index: int) -> int | None:
        """Return an event's time since the start, milliseconds; None if it has no time."""
        time = self.events[index].time_ms
        return None if time is None or self.start_ms is None else time - self.start_ms

    def delta_ms(self, index: int) -> int | None:
        """Return the milliseconds from the event before to an event.

        Only a performance sample counts from another sample, because a sample is no act. None for
        the first event, next to a stray or an event without a time, and across a gap.
        """
        return self.later_deltas_ms[index - 1] if index else None

    @cached_property
    def later_deltas_ms(self) -> Sequence[int | None]:
        """The `delta_ms` of each event but the first."""
        borders, (places, times) = self.behind_gaps | self.behind_strays, self.timed
        if not borders and len(places) == len(self.events) and not self.indexes_of(Performance):
            later = (after - before for before, after in pairwise(times))
            return array("q", later) if self.duration_ms < 2**63 else list(later)
        found: list[int | None] = []
        latest_ms: int | None = None
        happened_ms: int | None = None
        for index, event in enumerate(self.events):
            if index in borders:
                latest_ms = happened_ms = None
            is_sample, time_ms = type(event) is Performance, event.time_ms
            before_ms = latest_ms if is_sample else happened_ms
            found.append(None if time_ms is None or before_ms is None else time_ms - before_ms)
            latest_ms, happened_ms = time_ms, happened_ms if is_sample else time_ms
        return found[1:]

    def step_ms(self, *times_ms: int | None) -> int:
        """Return the step that moments are rounded down to: 1 if they are times of storing."""
        if self.resolution_ms == 1:
            return 1
        known = [time for time in times_ms if time is not None]
        is_fine = bool(known) and all(time % self.resolution_ms for time in known)
        return 1 if is_fine or self._is_stamped_throughout else self.resolution_ms

    def is_stamped(self, index: int) -> bool:
        """Return True if an event has the time of storing it, not of its happening."""
        time_ms = self.events[index].time_ms
        return time_ms is not None and self.step_ms(time_ms) < self.resolution_ms

    @cached_property
    def _is_stamped_throughout(self) -> bool:
        """True if hardly any time is a whole second, as one in a thousand is by chance."""
        times = self.timed[1] if self.resolution_ms > 1 else ()
        whole = sum(time % self.resolution_ms == 0 for time in times)
        return 0 < len(times) >= _TIMES_PER_WHOLE_SECOND * whole

    @cached_property
    def _times_ms(self) -> Sequence[int]:
        """The time of each event, in order, or that of the event before, epoch milliseconds."""
        if len(self.timed[1]) == len(self.events):
            return self.timed[1]
        latest = self.start_ms or 0
        return [latest := latest if e.time_ms is None else e.time_ms for e in self.events]

    @cached_property
    def behind_gaps(self) -> frozenset[int]:
        """Indexes of events in a gap or the first after one: others may be missing before them."""
        if not self.gaps:
            return frozenset()
        if self.start_ms is None:
            # Without times, each event may be on either side of a gap.
            return frozenset(range(1, len(self.events)))
        times, found, done = self._times_ms, set[int](), 0
        for gap in self.gaps:
            # Many gaps may cover the same events.
            start = max(bisect_left(times, gap.start_ms), done)
            done = max(bisect_right(times, gap.end_ms) + 1, done)
            found.update(range(start, done))
        return frozenset(found - {0, len(times)})

    @cached_property
    def _behind_gaps_in_order(self) -> Sequence[int]:
        return sorted(self.behind_gaps)

    def is_whole(self, first: int, last: int) -> bool:
        """Return True if no events are missing between two."""
        behind = self._behind_gaps_in_order
        place = bisect_right(behind, first)
        return place == len(behind) or behind[place] > last

    @cached_property
    def _gap_ends_ms(self) -> Sequence[int]:
        """The latest end of each gap and those before it, epoch milliseconds."""
        return list(accumulate((gap.end_ms for gap in self.gaps), max))

    def has_gap_in(self, start_ms: int, end_ms: int) -> bool:
        """Return True if events between two moments, both included, may not have come."""
        before = bisect_right(self.gaps, end_ms, key=attrgetter("start_ms"))
        return before > 0 and self._gap_ends_ms[before - 1] >= start_ms

    @cached_property
    def _known_places(self) -> Mapping[int, int | None]:
        return find_known_places(self.events, self.resolution_ms)

    def is_order_inferred(self, index: int) -> bool:
        """Return True if the server gives no order of an event and others of its time."""
        return index in self._known_places

    def is_placed_by_page(self, index: int) -> bool:
        """Return True if the page that an event names gives its order in its second."""
        return self._known_places.get(index) is not None

    def is_order_known(self, first: int, second: int) -> bool:
        """Return True if it is certain which of two events came first."""
        places = self._known_places
        is_tie = self.events[first].time_ms == self.events[second].time_ms
        if not is_tie or first not in places or second not in places:
            return True
        return None not in {places[first], places[second]} and places[first] != places[second]

    @cached_property
    def behind_strays(self) -> frozenset[int]:
        """Indexes of strays and of the first event after each: no time counts across them."""
        behind = {index + 1 for index in self.strays if index + 1 < len(self.events)}
        return frozenset({*self.strays, *behind} - {0})

    def between_ms(self, first: int, second: int) -> int | None:
        """Return the milliseconds between two events; None if either is a stray or without time."""
        start, end = self.events[first].time_ms, self.events[second].time_ms
        if start is None or end is None or self.is_stray(first) or self.is_stray(second):
            return None
        return end - start

    def find_event(self, event: Event, near: int) -> int | None:
        """Return the index of an event of an earlier state of the session; None if it is gone."""
        if near < len(self.events) and self.events[near] == event:
            return near
        time = event.time_ms
        first, last = 0, len(self.events)
        if time is not None:
            first, last = bisect_left(self._times_ms, time), bisect_right(self._times_ms, time)
        return next((place for place in range(first, last) if self.events[place] == event), None)

    def is_event_at(self, index: int, time_ms: int) -> bool:
        """Return True if an event was at a moment, within the step of its time."""
        time = self.events[index].time_ms
        return time is not None and 0 <= time_ms - time < self.step_ms(time)

    def index_at(self, time_ms: int) -> int | None:
        """Return the index of the event to go to for a moment: the last at or before it.

        The first of several events at the moment, so that all of them follow; the first event
        for an earlier moment; a stray only for its own moment; None if no event has a time.
        """
        places, times = self.timed
        if not places:
            return None
        last = bisect_right(times, time_ms) - 1
        if last >= 0 and self.is_event_at(places[last], time_ms):
            return places[bisect_left(times, times[last])]
        credible = self.credible or range(len(self.events))
        first, behind = (bisect_left(places, end) for end in (credible.start, credible.stop))
        return places[min(max(last, first), behind - 1)]

    def first_time_from(self, time_ms: int) -> int | None:
        """Return the time of the first event, stray or not, from a moment on; None for none."""
        times = self.timed[1]
        place = bisect_left(times, time_ms)
        return times[place] if place < len(times) else None

    def first_index_from(self, time_ms: int) -> int | None:
        """Return the index of the first event from a moment on, or of the last; no strays.

        The moment counts to the millisecond even where times are whole seconds.
        """
        place = bisect_left(self._times_ms, time_ms, self.credible.start, self.credible.stop)
        # An event without a time has only a place in the order, no moment.
        later = (i for i in range(place, self.credible.stop) if self.events[i].time_ms is not None)
        return next(later, self.credible.stop - 1) if self.credible else None

    @cached_property
    def visits(self) -> Sequence[Visit]:
        """The page visits in order.

        Events before the first LOCATION, strays, and events between a gap and the next LOCATION
        belong to none: other pages may have been opened in the gap.
        """
        starts = frozenset(i for i in self.indexes_of(Location) if i in self.credible)
        borders = sorted({*starts, *self.behind_gaps, *self.behind_strays, len(self.events)})
        return [Visit(start, end) for start, end in pairwise(borders) if start in starts]

    @cached_property
    def _visit_starts(self) -> Sequence[int]:
        return [visit.start for visit in self.visits]

    def stay_ms(self, number: int) -> int | None:
        """Return the milliseconds of a visit, to the next page or its last event, or None."""
        visit = self.visits[number]
        next_starts = {*self._visit_starts[number + 1 : number + 2]} - self.behind_gaps
        return self.between_ms(visit.start, visit.end - (visit.end not in next_starts))

    def visit_number(self, index: int) -> int | None:
        """Return the index in `visits` of an event's visit; None if none is known."""
        number = bisect_right(self._visit_starts, index) - 1
        return number if number >= 0 and index < self.visits[number].end else None

    def opening(self, index: int) -> int | None:
        """Return the index of the LOCATION of an event's visit; None if none is known."""
        number = self.visit_number(index)
        return None if number is None else self.visits[number].start

    def page(self, index: int) -> Location | None:
        """Return the LOCATION that an event belongs to or is; None if none is known."""
        opening = self.opening(index)
        event = self.events[index if opening is None else opening]
        return event if type(event) is Location else None

    @cached_property
    def type_counts(self) -> Mapping[str, int]:
        """The number of events by type: known types in their order, then others as they came."""
        counts = Counter(event.type for event in self.events)
        known = {name: counts[name] for name in KNOWN_TYPES if name in counts}
        return known | {name: n for name, n in counts.items() if name not in known}

    def address(self, index: int) -> tuple[str, str, str]:
        """Return host, path and query of a LOCATION; empty texts for any other event."""
        event = self.events[index]
        return (event.host, event.path, event.query) if type(event) is Location else ("",) * 3

    @cached_property
    def session_id(self) -> str:
        """The session's id: as requested, or else as the first event names it; "" if neither."""
        if self.session_ref.session_id or not self.events:
            return self.session_ref.session_id
        raw = self.events[0].raw
        named = raw.get("sessionId", raw.get("session_id")) if isinstance(raw, Mapping) else None
        return clean(str(named)) if isinstance(named, str | int) else ""

    @cached_property
    def _text_blocks(self) -> Sequence[TextBlock]:
        return self.known_texts.divide(self.events)

    def text_blocks(self, indexes: Sequence[int]) -> Iterator[tuple[TextBlock, int, Sequence[int]]]:
        """Yield each block with texts of some events, its first index, and the indexes in it."""
        start = place = 0
        for block in self._text_blocks:
            end = start + len(block.events)
            if own := indexes[place : (place := bisect_left(indexes, end, place))]:
                yield block, start, own
            start = end
