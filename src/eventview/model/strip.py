"""The activity strip: a session's events over time, in one line of cells.

May import `eventview.model` only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

from eventview.model.events import Performance
from eventview.model.session import Session
from eventview.model.signals import Kind

_LEVELS: Final = " ▁▂▃▄▅▆▇█"
_SILENT, _MISSING = "┄", "?"

_UNMARKED: Final = frozenset({Kind.GAP})
"""What needs no letter: silences are drawn."""


class Cell(NamedTuple):
    """A part of the session, as long as every other."""

    events: int
    """How many are in it, but for samples of the page's performance."""
    density: str
    """One cell: a bar relative to the fullest, or why there is none."""
    is_silence: bool
    """All of it lies inside a silence."""
    is_missing: bool
    """Nothing of it has come, and events of it have not all come."""
    is_page_start: bool
    signal: Kind | None
    """The gravest signal that an event of it carries, silences aside."""


@dataclass(frozen=True)
class Strip:
    """Equal parts of a session's time, from its first event to its last."""

    session: Session
    width: int
    """How many parts; at least 1."""

    @cached_property
    def _span_ms(self) -> int:
        return self.session.duration_ms + 1

    def cell_of(self, time_ms: int) -> int:
        """The part that a moment is in, counted from 0; the nearest for one outside."""
        place = (time_ms - (self.session.start_ms or 0)) * self.width // self._span_ms
        return min(max(place, 0), self.width - 1)

    def time_at(self, cell: int) -> int:
        """The first moment of a part, epoch milliseconds."""
        return (self.session.start_ms or 0) - (-cell * self._span_ms // self.width)

    def index_at(self, cell: int) -> int | None:
        """The first event in a part, or else the next one, or the last; None without events."""
        return self.session.index_from(self.time_at(cell))

    @cached_property
    def cells(self) -> Sequence[Cell]:
        """All parts, in order."""
        counts = self._counts()
        fullest = max(counts, default=0)
        pages = {self._cell(visit.start) for visit in self.session.visits}
        signals = self._signals()
        silences, missing = set(self._silent()), set(self._lacking())
        return [
            Cell(
                count,
                _density(
                    count, fullest, is_silence=n in silences, is_missing=n in missing and not count
                ),
                n in silences and not count,
                n in missing and not count,
                n in pages,
                signals.get(n),
            )
            for n, count in enumerate(counts)
        ]

    def _cell(self, index: int) -> int | None:
        time = self.session.events[index].time_ms
        return None if time is None else self.cell_of(time)

    def _counts(self) -> list[int]:
        counts = [0] * self.width
        start, span, width = self.session.start_ms, self._span_ms, self.width
        if start is None:
            return counts
        last = width - 1
        for event in self.session.events:
            time = event.time_ms
            if time is not None and not isinstance(event, Performance):
                counts[min(max((time - start) * width // span, 0), last)] += 1
        return counts

    def _signals(self) -> dict[int, Kind]:
        gravest: dict[int, Kind] = {}
        gravity = {kind: place for place, kind in enumerate(Kind)}
        for signal in self.session.signals.found:
            kind = signal.kind
            if kind in _UNMARKED:
                continue
            cell = self._cell(signal.at)
            if cell is not None and (cell not in gravest or gravity[kind] < gravity[gravest[cell]]):
                gravest[cell] = kind
        return gravest

    def _silent(self) -> Iterator[int]:
        """The parts that lie inside a silence, from end to end."""
        for silence in self.session.signals.silences.values():
            first, last = (self._cell(index) for index in silence.events)
            if first is not None and last is not None:
                yield from range(first + 1, last)

    def _lacking(self) -> Iterator[int]:
        """The parts of which events have not come."""
        for gap in self.session.gaps:
            yield from range(self.cell_of(gap.start_ms), self.cell_of(gap.end_ms) + 1)


def _density(count: int, fullest: int, *, is_silence: bool, is_missing: bool) -> str:
    if count:
        return _LEVELS[-(-count * (len(_LEVELS) - 1) // fullest)]
    if is_missing:
        return _MISSING
    return _SILENT if is_silence else _LEVELS[0]


def strip(session: Session, width: int) -> Strip:
    """The strip of a session in so many cells, one at least."""
    return Strip(session, max(1, width))
