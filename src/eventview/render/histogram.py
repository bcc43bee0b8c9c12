"""Histogram of a session's events over time: a line of densities and a line of marks.

The widget that shows it adds the reader's position.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence, Set
from functools import cached_property
from itertools import pairwise
from typing import Final

from msgspec import Struct

from eventview.analysis.analysis import SEVERITY_ORDER, Analysis
from eventview.analysis.signal_kinds import GAP, SIGNAL_KINDS
from eventview.analysis.signals import SignalKind
from eventview.session.events import Performance
from eventview.session.session import Session

LEVELS: Final = " ▁▂▃▄▅▆▇█"
"""Characters from no event to as many as in the fullest bucket."""

SILENT: Final = "┄"
"""Density character of a bucket inside a silence."""

MISSING: Final = "?"
"""Density character of a bucket whose events are missing."""

PAGE: Final = "→"
"""Mark of a bucket in which a page was opened."""

_HIGHEST: Final = len(LEVELS) - 1


class Bucket(Struct, frozen=True):
    """One of the equal parts of a session's time."""

    count: int
    """Number of events, performance samples not counted."""
    level: int
    """0 for no event, else 1 to 8: the share of the fullest bucket's count, rounded up."""
    is_silence: bool
    """True if it has no event and lies entirely inside a silence."""
    is_missing: bool
    """True if it has no event and events of its time are missing."""
    is_page_start: bool
    """True if a page visit begins in it."""
    signal: SignalKind | None
    """Most severe signal kind of its events. Silences are drawn as density instead; hesitation
    and repeated clicks give way to the start of a page."""

    @property
    def density(self) -> str:
        """Character for the number of events, a silence or missing events."""
        if self.is_missing:
            return MISSING
        return SILENT if self.is_silence else LEVELS[self.level]

    @property
    def mark(self) -> str:
        """Letter of the signal, an arrow for a page, or a space."""
        if self.signal is not None:
            return self.signal.letter
        return PAGE if self.is_page_start else " "


class Histogram(Struct, frozen=True, dict=True):
    """Equal buckets of a session's time, from its first event to its last.

    Events without a time and stray events are in no bucket.
    """

    analysis: Analysis
    width: int
    """Number of buckets, at least 1."""

    @property
    def session(self) -> Session:
        """The analysed session."""
        return self.analysis.session

    @cached_property
    def _scale(self) -> tuple[int, int, int]:
        """Start in epoch ms, length of at least 1 ms, and index of the last bucket used."""
        length = self.session.duration_ms
        return self.session.start_ms or 0, max(length, 1), self.width - 1 if length else 0

    def bucket_of(self, time_ms: int) -> int:
        """Return the index of the bucket of a time; the nearest one for a time outside.

        The last event is in the last bucket. In a session without a duration, everything is in
        the first.
        """
        start, length, last = self._scale
        return min(max((time_ms - start) * self.width // length, 0), last)

    def time_at(self, cell: int) -> int:
        """Return the start of a bucket in epoch milliseconds; 0 if no event has a time.

        Buckets of less than a millisecond may share their start with the next ones.
        """
        start, length, _ = self._scale
        return start - (-cell * length // self.width)

    def index_at(self, cell: int) -> int | None:
        """Return the index of the first event in a bucket or after it.

        A performance sample is returned only if no other event follows.

        Returns:
            None if no event has a time.
        """
        start_ms = self.time_at(cell)
        indexes, times = self._counted_events
        place = bisect_left(times, start_ms)
        if place < len(indexes):
            return indexes[place]
        return None if self.session.start_ms is None else self.session.first_index_from(start_ms)

    @cached_property
    def cells(self) -> Sequence[Bucket]:
        """All buckets, in order of time."""
        _, times = self._counted_events
        # Bisecting at the borders is faster than going through the events, which are many more.
        borders = (bisect_left(times, self.time_at(cell)) for cell in range(1, self.width))
        counts = [after - before for before, after in pairwise((0, *borders, len(times)))]
        pages = self._find_buckets([visit.start for visit in self.session.visits])
        fullest = max(counts) or 1
        signals = self._find_signals(pages)
        silent, missing = set(self._find_silent()), set(self._find_missing())
        return [
            Bucket(
                count,
                level=-(-count * _HIGHEST // fullest),
                is_silence=not count and number in silent,
                is_missing=not count and number in missing,
                is_page_start=number in pages,
                signal=signals.get(number),
            )
            for number, count in enumerate(counts)
        ]

    @property
    def density(self) -> str:
        """Density characters of all buckets."""
        return "".join(cell.density for cell in self.cells)

    @property
    def marks(self) -> str:
        """Marks of all buckets."""
        return "".join(cell.mark for cell in self.cells)

    @cached_property
    def _counted_events(self) -> tuple[Sequence[int], Sequence[int]]:
        """Indexes and times of the counted events, in order."""
        credible, (indexes, times) = self.session.credible, self.session.timed
        first, behind = (bisect_left(indexes, end) for end in (credible.start, credible.stop))
        indexes, times = indexes[first:behind], times[first:behind]
        samples = frozenset(self.session.indexes_of(Performance))
        if not samples:
            return indexes, times
        counted = [(i, time) for i, time in zip(indexes, times, strict=True) if i not in samples]
        return [index for index, _ in counted], [time for _, time in counted]

    def _find_buckets(self, wanted: Sequence[int]) -> Set[int]:
        """Return the buckets of some counted events, given by their indexes in order."""
        found: set[int] = set()
        events, (indexes, times) = self.session.events, self._counted_events
        place = 0
        while place < len(wanted):
            index = wanted[place]
            time = events[index].time_ms
            place += 1
            if time is not None and index in self.session.credible:
                cell = self.bucket_of(time)
                found.add(cell)
                # A bucket may have hundreds of them, so the rest of this one is skipped.
                behind = bisect_left(times, self.time_at(cell + 1))
                following = indexes[behind] if behind < len(indexes) else len(events)
                place = bisect_left(wanted, following, place)
        return found

    def _find_signals(self, pages: Set[int]) -> Mapping[int, SignalKind]:
        """Return the most severe signal kind by bucket."""
        severest: dict[int, int] = {}
        for signal in self.analysis.signals.found:
            time = self.session.events[signal.at].time_ms
            is_drawn = signal.kind is not GAP and signal.at in self.session.credible
            if time is not None and is_drawn:
                cell, order = self.bucket_of(time), SEVERITY_ORDER[signal.kind]
                severest[cell] = min(order, severest.get(cell, order))
        kinds = {cell: SIGNAL_KINDS[order] for cell, order in severest.items()}
        return {
            cell: kind
            for cell, kind in kinds.items()
            if not kind.is_background or cell not in pages
        }

    def _find_silent(self) -> Iterator[int]:
        """Yield the buckets that lie entirely inside a silence."""
        for silence in self.analysis.signals.silences.values():
            before, after = (self.session.events[index].time_ms for index in silence.events)
            if before is not None and after is not None:
                # Times are rounded down, so the event before may have been that much later.
                begins = before + self.session.resolution_ms - 1
                yield from range(self.bucket_of(begins) + 1, self.bucket_of(after))

    def _find_missing(self) -> Iterator[int]:
        """Yield the buckets in whose time events are missing."""
        first, last = self.session.start_ms, self.session.end_ms
        if first is None or last is None:
            return
        if self.session.partial_export is not None:
            # Gaps lie between two events; a partial export also lacks events at its ends.
            _, times = self._counted_events
            begins, ends = (times[0], times[-1]) if times else (last, last)
            yield from range(self.bucket_of(begins))
            yield from range(self.bucket_of(ends) + 1, self.width)
        for gap in self.session.gaps:
            if gap.start_ms <= last and first <= gap.end_ms:
                ends = gap.end_ms + self.session.resolution_ms - 1
                yield from range(self.bucket_of(gap.start_ms), self.bucket_of(ends) + 1)


def build_histogram(analysis: Analysis, width: int) -> Histogram:
    """Return the histogram of a session with `width` buckets, but at least one."""
    return Histogram(analysis, max(1, width))
