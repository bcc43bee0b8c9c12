"""The activity strip: a session's events over time, in one line of cells and one of marks.

Where the reader is in it is nothing the strip knows; who shows it adds that.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from eventview.analysis import descriptions
from eventview.analysis.analysis import Analysis
from eventview.analysis.signals import BACKGROUND_KINDS, SEVERITY_ORDER, SignalKind
from eventview.session.events import Performance
from eventview.session.session import Session

LEVELS: Final = " ▁▂▃▄▅▆▇█"
"""From no event to as many as the fullest cell has."""

SILENT: Final = "┄"
"""Stands for a part of a silence."""

MISSING: Final = "?"
"""Stands where nothing has come and something may have happened."""

PAGE: Final = "→"
"""Marks that a page was opened."""


_HIGHEST: Final = len(LEVELS) - 1


@dataclass(frozen=True, slots=True)
class Bucket:
    """A part of the session, as long as every other."""

    count: int
    """Events in it, but for samples of the page's performance."""
    level: int
    """0 for no event, 1 to 8 for some: its share of what the fullest cell has, rounded up."""
    is_silence: bool
    """It has no event and all of it lies inside a silence."""
    is_missing: bool
    """It has no event, and events of its time have not all come."""
    is_page_start: bool
    """A page visit begins in it."""
    signal: SignalKind | None
    """The gravest that an event of it carries. Silences are drawn and are none of these;
    hesitation and repeated clicks give way to the start of a page."""

    @property
    def density(self) -> str:
        """One character: how much happened, or why nothing did."""
        if self.is_missing:
            return MISSING
        return SILENT if self.is_silence else LEVELS[self.level]

    @property
    def mark(self) -> str:
        """One character: the signal's letter, or an arrow for a page; else a space."""
        if self.signal is not None:
            return descriptions.letter(self.signal)
        return PAGE if self.is_page_start else " "


@dataclass(frozen=True)
class Histogram:
    """Equal parts of a session's time, from its first event to its last.

    Events without a time are in none of them, nor are strays.
    """

    analysis: Analysis
    width: int
    """How many parts; at least 1."""

    @property
    def session(self) -> Session:
        """The session whose time it is."""
        return self.analysis.session

    @cached_property
    def _scale(self) -> tuple[int, int, int]:
        """What a moment's cell is reckoned from: start, length of at least 1 ms, last one used."""
        length = self.session.duration_ms
        return self.session.start_ms or 0, max(length, 1), self.width - 1 if length else 0

    def cell_of(self, time_ms: int) -> int:
        """The part that a moment is in, counted from 0; the nearest for one outside.

        The last moment is in the last part. Where there is one moment only, or none, everything
        is in the first.
        """
        start, length, last = self._scale
        return min(max((time_ms - start) * self.width // length, 0), last)

    def time_at(self, cell: int) -> int:
        """The first moment of a part, epoch milliseconds; 0 where no event has a time.

        Parts of less than a millisecond may share theirs with the parts behind them.
        """
        start, length, _ = self._scale
        return start - (-cell * length // self.width)

    def index_at(self, cell: int) -> int | None:
        """The event to go to for a part: its first, or else the first behind it.

        Samples of the page's performance are gone to only where nothing else is left.

        Returns:
            None where no event has a time.
        """
        moment = self.time_at(cell)
        places, times = self._counted
        place = bisect_left(times, moment)
        if place < len(places):
            return places[place]
        return None if self.session.start_ms is None else self.session.index_from(moment)

    @cached_property
    def cells(self) -> Sequence[Bucket]:
        """All parts, in order."""
        counts = self._counts()
        pages = self._parts_of([visit.start for visit in self.session.visits])
        fullest = max(counts) or 1
        signals = self._signals(pages)
        silent, missing = set(self._silent()), set(self._lacking())
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
        """The line of cells."""
        return "".join(cell.density for cell in self.cells)

    @property
    def marks(self) -> str:
        """The line of marks below it."""
        return "".join(cell.mark for cell in self.cells)

    @cached_property
    def _counted(self) -> tuple[Sequence[int], Sequence[int]]:
        """Indexes and times of the events that count, in order."""
        events = self.session.events
        places = [
            index
            for index in self.session.credible
            if events[index].time_ms is not None and not isinstance(events[index], Performance)
        ]
        return places, [time for i in places if (time := events[i].time_ms) is not None]

    def _counts(self) -> Sequence[int]:
        _, times = self._counted
        # By the borders of the parts rather than event by event: there are far fewer of them.
        borders = [bisect_left(times, self.time_at(cell)) for cell in range(1, self.width)]
        return [
            after - before
            for before, after in zip([0, *borders], [*borders, len(times)], strict=True)
        ]

    def _parts_of(self, carriers: Sequence[int]) -> Set[int]:
        """The parts that some events are in; indexes in order, of events that count."""
        found: set[int] = set()
        events, (places, times) = self.session.events, self._counted
        place = 0
        while place < len(carriers):
            carrier = carriers[place]
            time = events[carrier].time_ms
            place += 1
            if time is not None and carrier in self.session.credible:
                cell = self.cell_of(time)
                found.add(cell)
                # On to the next part: a part may have hundreds, and one is enough.
                behind = bisect_left(times, self.time_at(cell + 1))
                following = places[behind] if behind < len(places) else len(events)
                place = bisect_left(carriers, following, place)
        return found

    def _signals(self, pages: Set[int]) -> Mapping[int, SignalKind]:
        """The gravest signal of each part that has any."""
        gravest: dict[int, int] = {}
        for signal in self.analysis.signals.found:
            time = self.session.events[signal.at].time_ms
            is_in = signal.kind is not SignalKind.GAP and signal.at in self.session.credible
            if time is not None and is_in:
                cell, gravity = self.cell_of(time), SEVERITY_ORDER[signal.kind]
                gravest[cell] = min(gravity, gravest.get(cell, gravity))
        kinds = tuple(SignalKind)
        return {
            cell: kinds[gravity]
            for cell, gravity in gravest.items()
            if kinds[gravity] not in BACKGROUND_KINDS or cell not in pages
        }

    def _silent(self) -> Iterator[int]:
        """The parts that lie inside a silence, from end to end."""
        for silence in self.analysis.signals.silences.values():
            before, after = (self.session.events[index].time_ms for index in silence.events)
            if before is not None and after is not None:
                # Rounded down, the event before may have been that much later.
                begins = before + self.session.resolution_ms - 1
                yield from range(self.cell_of(begins) + 1, self.cell_of(after))

    def _lacking(self) -> Iterator[int]:
        """The parts of whose time events have not all come."""
        first, last = self.session.start_ms, self.session.end_ms
        if first is None or last is None:
            return
        if self.session.partial_export is not None:
            # Gaps lie between two events, and a part of a session lacks others at its ends.
            _, times = self._counted
            begins, ends = (times[0], times[-1]) if times else (last, last)
            yield from range(self.cell_of(begins))
            yield from range(self.cell_of(ends) + 1, self.width)
        for gap in self.session.gaps:
            if gap.start_ms <= last and first <= gap.end_ms:
                ends = gap.end_ms + self.session.resolution_ms - 1
                yield from range(self.cell_of(gap.start_ms), self.cell_of(ends) + 1)


def build_histogram(analysis: Analysis, width: int) -> Histogram:
    """The strip of a session in so many cells, one at least."""
    return Histogram(analysis, max(1, width))
