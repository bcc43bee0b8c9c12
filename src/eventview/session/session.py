"""A session: its events in order, each with its place in time and on a page."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from operator import attrgetter
from typing import Final, NamedTuple

from eventview.session.events import (
    KNOWN_TYPES,
    Click,
    Event,
    Input,
    Location,
    Performance,
    searchable,
    target,
)
from eventview.session.folding import as_seen, fold, fold_case, same_address
from eventview.session.order import FAR_MS, credible_span, infer_order, is_of_now, known_places
from eventview.session.source import Gap, PartialExport, SessionRef
from eventview.session.text import clean
from eventview.session.urls import host_in_letters

_MOST_BY_CHANCE: Final = 20
"""One of so many stamped times may be a whole second by chance; our own choice, for few events."""


class Visit(NamedTuple):
    """A stay on one page: from its LOCATION to the next one."""

    start: int
    """Index of the LOCATION that opened it."""
    end: int
    """Index after its last event."""


class Run(NamedTuple):
    """Clicks on one label, or selector where there is none, with nothing but samples between."""

    start: int
    end: int
    """Index after the last click."""
    clicks: int
    """How many."""


@dataclass(frozen=True)
class Session:
    """All events that have come so far; indexes into `events` name them everywhere."""

    session_ref: SessionRef
    events: Sequence[Event]
    """By time; events of the same time as the server ordered them, or as is inferred."""
    total: int | None = None
    """How many events the source says there are; None when it did not say."""
    resolution_ms: int = 1
    """What the events' times are rounded down to; 1000 where the server keeps whole seconds."""
    gaps: Sequence[Gap] = ()
    """Spans of time whose events have not all come, in order."""
    partial_export: PartialExport | None = None
    """What is known of the whole where these are only some of its events, by intent."""
    doubled: int = 0
    """The number of rows that the server holds beside an equal one, which are shown once."""

    @classmethod
    def of(  # noqa: PLR0913  # what a source tells of a session
        cls,
        session_ref: SessionRef,
        events: Sequence[Event],
        total: int | None = None,
        resolution_ms: int = 1,
        gaps: Sequence[Gap] = (),
        *,
        is_ordered: bool = False,
    ) -> Session:
        """Order events by time, keeping the server's order on ties where it is known.

        An event without a readable time stays behind the event that the server sent before it.

        Args:
            session_ref: the session's name.
            events: in the order in which they came.
            total: the number of events that the source says there are.
            resolution_ms: the step that their times are rounded down to.
            gaps: spans of time whose events have not all come.
            is_ordered: whether events of the same time stand in an order that is to be kept.
        """
        latest = 0
        if events and events[0].time_ms is None:
            latest = min((e.time_ms for e in events if e.time_ms is not None), default=0)
        times = [latest := latest if e.time_ms is None else e.time_ms for e in events]
        if any(before > after for before, after in pairwise(times)):
            order = sorted(range(len(events)), key=times.__getitem__)
            events = [events[index] for index in order]
        if resolution_ms > 1 and not is_ordered:
            events = infer_order(events)
        return cls(session_ref, list(events), total, resolution_ms, gaps)

    @cached_property
    def _timed(self) -> tuple[Sequence[int], Sequence[int]]:
        """Indexes and times of the events that have a time, in order."""
        places = [index for index, event in enumerate(self.events) if event.time_ms is not None]
        return places, [time for i in places if (time := self.events[i].time_ms) is not None]

    @cached_property
    def _credible_ms(self) -> tuple[int, int] | None:
        """The first and the last moment of the session; None where no time is far from another."""
        first = next((e.time_ms for e in self.events if e.time_ms is not None), None)
        last = next((e.time_ms for e in reversed(self.events) if e.time_ms is not None), None)
        known = None if self.partial_export is None else self.partial_export.start_ms
        ends = [time for time in (known, first, last) if time is not None]
        # Most sessions take minutes, and nothing between their ends needs to be looked at.
        if not ends or max(ends) - min(ends) < FAR_MS:
            return None
        length = None if self.partial_export is None else self.partial_export.duration_ms
        if known is not None and length is not None:
            whole = known, known + length
            # An export from before there were strays may have counted one in.
            if is_of_now(whole):
                return whole
        return credible_span(self._timed[1], known)

    @cached_property
    def credible(self) -> range:
        """Indexes of the events between the strays, whose times are too far off to be true.

        A stray has no part in start, duration, silences and page visits. It stands by its time
        all the same: servers order events so, and one order is the same whatever the source.
        """
        number, span = len(self.events), self._credible_ms
        if span is None:
            return range(number)
        places, times = self._timed
        first, last = bisect_left(times, span[0]), bisect_right(times, span[1])
        start = 0 if not first else places[first] if first < len(places) else number
        return range(start, places[last] if last < len(places) else number)

    def is_stray(self, index: int) -> bool:
        """Tell whether an event's time is too far from all others to be true."""
        return index not in self.credible and self.events[index].time_ms is not None

    @cached_property
    def strays(self) -> Sequence[int]:
        """Indexes of the events whose times are too far off to be true."""
        start, stop = self.credible.start, self.credible.stop
        return [i for i in (*range(start), *range(stop, len(self.events))) if self.is_stray(i)]

    @cached_property
    def start_ms(self) -> int | None:
        """The moment of the session's first event that has one, epoch milliseconds."""
        known, span = (
            None if self.partial_export is None else self.partial_export.start_ms,
            self._credible_ms,
        )
        if known is not None and (span is None or span[0] <= known <= span[1]):
            return known
        return self._first_ms

    @cached_property
    def _first_ms(self) -> int | None:
        """The moment of the first event that is here and has one, epoch milliseconds."""
        events = (self.events[index] for index in self.credible)
        return next((e.time_ms for e in events if e.time_ms is not None), None)

    @cached_property
    def end_ms(self) -> int | None:
        """The moment of the last event that has one, epoch milliseconds."""
        events = (self.events[index] for index in reversed(self.credible))
        return next((e.time_ms for e in events if e.time_ms is not None), None)

    @property
    def duration_ms(self) -> int:
        """From the session's first event to its last, whether or not they are here."""
        known = 0 if self.partial_export is None else self.partial_export.duration_ms or 0
        if self.start_ms is None or self.end_ms is None:
            return known
        return max(known, self.end_ms - self.start_ms)

    @property
    def covered_ms(self) -> int:
        """From the first event that is here to the last."""
        if self._first_ms is None or self.end_ms is None:
            return 0
        return self.end_ms - self._first_ms

    @property
    def numbers(self) -> Sequence[int]:
        """`number` of every event, in order."""
        return (
            range(1, len(self.events) + 1)
            if self.partial_export is None
            else self.partial_export.numbers
        )

    def number(self, index: int) -> int:
        """Which event it is of all of the session, counted from 1."""
        return index + 1 if self.partial_export is None else self.partial_export.numbers[index]

    def index_of(self, number: int) -> int | None:
        """The index of the event with a number; None where it is not there."""
        numbers = self.numbers
        place = bisect_left(numbers, number)
        return place if place < len(numbers) and numbers[place] == number else None

    def offset_ms(self, index: int) -> int | None:
        """Time since the first event; None when the event has no time."""
        time = self.events[index].time_ms
        return None if time is None or self.start_ms is None else time - self.start_ms

    @cached_property
    def deltas_ms(self) -> Sequence[int | None]:
        """For each event the time since the event before.

        Samples of the page's performance are nothing that happened: only another sample counts
        from one. None for the first, where either has no time or a stray one, and where an event
        between them may not have come.
        """
        found: list[int | None] = []
        latest_ms: int | None = None
        happened_ms: int | None = None
        borders = self.behind_gaps | self.behind_strays
        for index, event in enumerate(self.events):
            if index in borders:
                latest_ms = happened_ms = None
            is_sample, time_ms = isinstance(event, Performance), event.time_ms
            before_ms = latest_ms if is_sample else happened_ms
            found.append(None if time_ms is None or before_ms is None else time_ms - before_ms)
            latest_ms = time_ms
            if not is_sample:
                happened_ms = time_ms
        return found

    def step_ms(self, *times_ms: int | None) -> int:
        """The step that moments of this session are rounded down to, and so the span between them.

        A server that keeps whole seconds has milliseconds where it stamped the time of storing.

        Args:
            times_ms: the moments, epoch milliseconds; None is left aside.
        """
        if self._is_stamped_throughout:
            return 1
        known = [time for time in times_ms if time is not None]
        is_fine = bool(known) and all(time % self.resolution_ms for time in known)
        return 1 if is_fine else self.resolution_ms

    def is_stamped(self, index: int) -> bool:
        """Return True if the server dated an event when it stored it, not when it happened."""
        time_ms = self.events[index].time_ms
        return time_ms is not None and self.step_ms(time_ms) < self.resolution_ms

    @cached_property
    def _is_stamped_throughout(self) -> bool:
        """True where hardly any time is a whole second, as one in a thousand is by chance."""
        if self.resolution_ms == 1:
            return False
        times = self._timed[1]
        whole = sum(time % self.resolution_ms == 0 for time in times)
        return 0 < len(times) >= _MOST_BY_CHANCE * whole

    def delta_ms(self, index: int) -> int | None:
        """One of `deltas_ms`."""
        return self.deltas_ms[index]

    def is_gap_before(self, index: int) -> bool:
        """Whether events between this one and the one before it have not come."""
        return index in self.behind_gaps

    def is_behind_gap(self, index: int) -> bool:
        """Whether any events before this one have not come."""
        return any(first <= index for first in self.behind_gaps)

    @cached_property
    def _times_ms(self) -> Sequence[int]:
        """When each event was, in order; one without a time has that of the one before."""
        latest = self.start_ms or 0
        return [latest := latest if e.time_ms is None else e.time_ms for e in self.events]

    @cached_property
    def behind_gaps(self) -> frozenset[int]:
        """Indexes of events before which others may be missing: in gaps, and the first behind."""
        if not self.gaps:
            return frozenset()
        if self.start_ms is None:
            # Nothing says on which side of a gap any of them is.
            return frozenset(range(1, len(self.events)))
        times = self._times_ms
        found: set[int] = set()
        for gap in self.gaps:
            found.update(
                range(bisect_left(times, gap.start_ms), bisect_right(times, gap.end_ms) + 1)
            )
        return frozenset(found - {0, len(times)})

    @cached_property
    def _gap_ends_ms(self) -> Sequence[int]:
        """For each gap the latest end of it and those before it."""
        return list(accumulate((gap.end_ms for gap in self.gaps), max))

    def has_gap_in(self, start_ms: int, end_ms: int) -> bool:
        """Return True if events between two moments, both included, may not have come."""
        before = bisect_right(self.gaps, end_ms, key=attrgetter("start_ms"))
        return before > 0 and self._gap_ends_ms[before - 1] >= start_ms

    @cached_property
    def _known_places(self) -> Mapping[int, int | None]:
        return known_places(self.events, self.resolution_ms)

    def is_order_inferred(self, index: int) -> bool:
        """Return True where the server tells no order of an event and others of its time."""
        return index in self._known_places

    def is_placed_by_page(self, index: int) -> bool:
        """Return True where an event has its place in its second by the page that it names."""
        return self._known_places.get(index) is not None

    def is_order_known(self, first: int, second: int) -> bool:
        """Return True where it is sure which of two events came first."""
        places = self._known_places
        is_one_time = self.events[first].time_ms == self.events[second].time_ms
        if not is_one_time or first not in places or second not in places:
            return True
        return None not in {places[first], places[second]} and places[first] != places[second]

    @cached_property
    def behind_strays(self) -> frozenset[int]:
        """Indexes of strays and of the first event behind them: nothing leads from one to it."""
        behind = {index + 1 for index in self.strays if index + 1 < len(self.events)}
        return frozenset({*self.strays, *behind} - {0})

    def between_ms(self, first: int, second: int) -> int | None:
        """Time from one event to another; None where either has no time, or a stray one."""
        start, end = self.events[first].time_ms, self.events[second].time_ms
        if start is None or end is None or self.is_stray(first) or self.is_stray(second):
            return None
        return end - start

    def place_of(self, event: Event, near: int) -> int | None:
        """The index of an event of an earlier state of the session; None when it is gone."""
        if near < len(self.events) and self.events[near] == event:
            return near
        time = event.time_ms
        first, last = 0, len(self.events)
        if time is not None:
            first, last = bisect_left(self._times_ms, time), bisect_right(self._times_ms, time)
        return next((place for place in range(first, last) if self.events[place] == event), None)

    def is_at(self, index: int, time_ms: int) -> bool:
        """Tell whether an event was at a moment, as far as its time tells."""
        time = self.events[index].time_ms
        return time is not None and 0 <= time_ms - time < self.step_ms(time)

    def index_at(self, time_ms: int) -> int | None:
        """The event to go to for a moment: the last one at or before it.

        Of several at the moment the first, as who names a moment wants all that was at it. Before
        the first event the first; a stray for no moment but its own. None where none has a time.
        """
        places, times = self._timed
        if not places:
            return None
        last = bisect_right(times, time_ms) - 1
        if last >= 0 and self.is_at(places[last], time_ms):
            return places[bisect_left(times, times[last])]
        credible = self.credible or range(len(self.events))
        first, behind = (bisect_left(places, end) for end in (credible.start, credible.stop))
        return places[min(max(last, first), behind - 1)]

    def time_from(self, time_ms: int) -> int | None:
        """The time of the first event at or after a moment, strays too; None behind the last."""
        times = self._timed[1]
        place = bisect_left(times, time_ms)
        return times[place] if place < len(times) else None

    def index_from(self, time_ms: int) -> int | None:
        """The first event not before a moment, or the last of all, strays left aside.

        To the millisecond: of a whole-second source the second after counts. None without events.
        """
        place = bisect_left(self._times_ms, time_ms, self.credible.start, self.credible.stop)
        # One without a time of its own stands where the server sent it, at no moment.
        later = (i for i in range(place, self.credible.stop) if self.events[i].time_ms is not None)
        return next(later, self.credible.stop - 1) if self.credible else None

    @cached_property
    def visits(self) -> Sequence[Visit]:
        """The page visits in order.

        Events before the first LOCATION belong to none, and those behind a gap to none before the
        next: other pages may have been opened in it. Strays belong to none and open none.
        """
        starts = {i for i in self.credible if isinstance(self.events[i], Location)}
        borders = sorted({*starts, *self.behind_gaps, *self.behind_strays, len(self.events)})
        return [Visit(start, end) for start, end in pairwise(borders) if start in starts]

    @cached_property
    def _visit_numbers(self) -> Sequence[int]:
        numbers = [-1] * len(self.events)
        for number, (start, end) in enumerate(self.visits):
            numbers[start:end] = [number] * (end - start)
        return numbers

    def stay_ms(self, number: int) -> int | None:
        """How long a page visit lasted: until the next page, or to its last event.

        None where either has no time.
        """
        visit = self.visits[number]
        is_followed = (
            number + 1 < len(self.visits)
            and self.visits[number + 1].start == visit.end
            and not self.is_gap_before(visit.end)
        )
        return self.between_ms(visit.start, visit.end if is_followed else visit.end - 1)

    def visit_number(self, index: int) -> int | None:
        """Which of `visits` an event belongs to; None where that is none, or not known."""
        number = self._visit_numbers[index]
        return None if number < 0 else number

    def page(self, index: int) -> Location | None:
        """The LOCATION an event belongs to (itself for a LOCATION); None where none is known."""
        number = self.visit_number(index)
        opening = self.events[index if number is None else self.visits[number].start]
        return opening if isinstance(opening, Location) else None

    @cached_property
    def type_counts(self) -> Mapping[str, int]:
        """Events by type: known types first in their order, others as they appeared."""
        counts = Counter(map(attrgetter("type"), self.events))
        known = {name: counts[name] for name in KNOWN_TYPES if name in counts}
        return known | {name: n for name, n in counts.items() if name not in known}

    @cached_property
    def field_labels(self) -> frozenset[str]:
        """The labels, as seen, of all fields that something was entered into."""
        return frozenset(as_seen(e.label) for e in self.events if isinstance(e, Input)) - {""}

    @cached_property
    def _clicks_by_target(self) -> Mapping[tuple[str, str], Sequence[int]]:
        found: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        for index, event in enumerate(self.events):
            if isinstance(event, Click):
                found[target(event)].append(index)
        found.pop(("", ""), None)
        return found

    def same_label(self, index: int) -> Sequence[int]:
        """Indexes of every click on the label or selector of this click, itself included.

        Empty for what is no click or has neither: then nothing says it is the same thing.
        """
        event = self.events[index]
        return self._clicks_by_target.get(target(event), ()) if isinstance(event, Click) else ()

    def address(self, index: int) -> tuple[str, str, str]:
        """Host, path and query of a LOCATION; empty texts for any other event."""
        event = self.events[index]
        return (event.host, event.path, event.query) if isinstance(event, Location) else ("",) * 3

    def place(self, index: int) -> tuple[str, str, str]:
        """Return `address` in the form in which all spellings of one are the same."""
        host, path, query = map(same_address, self.address(index))
        return fold_case(host_in_letters(host.removesuffix("."))), path, query

    @cached_property
    def session_id(self) -> str:
        """The session's id: as asked for, or else as the first event names it; "" if neither."""
        if self.session_ref.session_id or not self.events:
            return self.session_ref.session_id
        raw = self.events[0].raw
        named = raw.get("sessionId", raw.get("session_id")) if isinstance(raw, Mapping) else None
        return clean(str(named)) if isinstance(named, str | int) else ""

    @cached_property
    def texts(self) -> Sequence[str]:
        """What find and filter look through, an entry an event."""
        return [searchable(event) for event in self.events]

    @cached_property
    def seen_texts(self) -> Sequence[str]:
        """`texts` folded: what looks the same in them is the same."""
        # One object where nothing changed: a regular expression then looks through it once.
        return [text if (seen := fold(text)) == text else seen for text in self.texts]

    @cached_property
    def folded_texts(self) -> Sequence[str]:
        """`seen_texts` without their case, for searches that ignore it."""
        return [fold_case(text) for text in self.seen_texts]
