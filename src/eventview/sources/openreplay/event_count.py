"""Counts of a session's events: those that have come, and all by the server's own count.

The server counts rows; one that it has stored twice is one event.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple


def mark_of(row: object) -> int:
    """Return the mark that tells a row from all others."""
    return hash(json.dumps(row, sort_keys=True))


def time_of(row: object) -> int | None:
    """The time of a row's event, epoch milliseconds; None where that cannot be read."""
    time = row.get("created_at") if isinstance(row, dict) else None
    return time if type(time) is int else None


def times_of(rows: Iterable[object]) -> Sequence[int]:
    """The times of those rows that have one, epoch milliseconds."""
    return [time for row in rows if (time := time_of(row)) is not None]


class Taken(NamedTuple):
    """New ones of some rows, and the way to forget them."""

    fresh: Sequence[object]
    marks: frozenset[int]
    counts: Sequence[tuple[int, int, int]]
    before: tuple[int, int, int | None]


class Tally:
    """Which rows have come, and how many there are to come."""

    def __init__(self) -> None:
        self._seen: set[int] = set()
        self._counts: Counter[int] = Counter()
        """Rows of each time as the server counts them, those it holds twice twice."""
        self._known: Counter[int] = Counter()
        """Events of each time that have come."""
        self._timeless = 0
        """Events that have come and have no time."""
        self._doubled = 0
        self._total = 0
        self.last_s: int | None = None
        """The second of the latest event; None before any has come."""

    def begin(self, total: int) -> None:
        """Note the server's count of all rows."""
        self._total = total

    def take(self, rows: Sequence[object], doubled: Counter[int] | None = None) -> Taken:
        """Add rows.

        Args:
            rows: all that there are of each of their times, as far as one answer has them.
            doubled: the number of further rows that the server counts, by time, because it holds
                them twice.
        """
        before = (self._timeless, self._doubled, self.last_s)
        distinct = {mark_of(row): row for row in rows}
        marks = frozenset(distinct.keys() - self._seen)
        fresh = [row for mark, row in distinct.items() if mark in marks]
        times = times_of(fresh)
        here = Counter(times_of(rows))
        here.update(doubled or {})
        counts = [(time, self._counts[time], self._known[time]) for time in here]
        self._doubled -= self._doubled_in(here)
        self._seen |= marks
        self._counts |= here
        self._known.update(times)
        self._doubled += self._doubled_in(here)
        self._timeless += len(fresh) - len(times)
        if times:
            latest_s = max(times) // 1000
            self.last_s = latest_s if self.last_s is None else max(self.last_s, latest_s)
        return Taken(fresh, marks, counts, before)

    def forget(self, taken: Taken) -> None:
        """Undo what `take` did last."""
        self._timeless, self._doubled, self.last_s = taken.before
        for time, counted, known in taken.counts:
            self._counts[time], self._known[time] = counted, known
        self._seen -= taken.marks

    def _doubled_in(self, times: Iterable[int]) -> int:
        """The number of rows of some times that the server counts beyond the events that came."""
        return sum(max(0, self._counts[time] - self._known[time]) for time in times)

    def grow(self, total: int, rows: Sequence[object], start_s: int) -> None:
        """Raise the count by what there is after a moment beyond what is known.

        Args:
            total: how many rows the server counts from that moment on.
            rows: the first of them.
            start_s: the moment.
        """
        fresh = len({mark_of(row) for row in rows} - self._seen)
        counts = self.known()
        known = sum(count for time, count in counts.items() if time >= start_s * 1000)
        # Some of what is not known may be what the server counts and cannot give.
        missing = self._total - counts.total() - self._timeless
        self._total += max(fresh, total - known - missing, 0)

    def known(self) -> Counter[int]:
        """The number of known rows of each time, those that the server holds twice twice."""
        return self._counts | self._known

    @property
    def total(self) -> int:
        """The server's count of all rows, those it holds twice twice."""
        return self._total

    @property
    def doubled(self) -> int:
        """The number of rows that the server holds beside an equal one that has come."""
        return self._doubled

    @property
    def announced(self) -> int:
        """Number of events; rows that the server has stored twice count once."""
        return max(self._total - self._doubled, len(self._seen))

    @property
    def is_short(self) -> bool:
        """True while events are missing."""
        return len(self._seen) < self.announced
