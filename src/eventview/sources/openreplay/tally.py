"""What has come of a session, and how much there is by the server's own count.

The server counts rows; one that it has stored twice is one event. May import the standard library
and its neighbour `v2`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from eventview.sources.openreplay.v2 import RESOLUTION_MS


def mark_of(row: object) -> int:
    """What tells a row from all others."""
    return hash(json.dumps(row, sort_keys=True))


def second_of(row: object) -> int | None:
    """When a row's event happened, seconds since 1970; None where that cannot be read."""
    time = row.get("created_at") if isinstance(row, dict) else None
    return time // RESOLUTION_MS if type(time) is int else None


def seconds_of(rows: Iterable[object]) -> Sequence[int]:
    """The seconds of those rows that have one."""
    return [second for row in rows if (second := second_of(row)) is not None]


class Taken(NamedTuple):
    """What is new of some rows, and how to forget it."""

    fresh: Sequence[object]
    marks: frozenset[int]
    counts: Sequence[tuple[int, int, int]]
    before: tuple[int, int, int | None]


class Tally:
    """Which rows have come, and how many there are to come."""

    def __init__(self) -> None:
        self._seen: set[int] = set()
        self._counts: Counter[int] = Counter()
        """Rows of each second as the server counts them, those it holds twice twice."""
        self._known: Counter[int] = Counter()
        """Events of each second that have come."""
        self._timeless = 0
        """Events that have come and have no time."""
        self._doubled = 0
        self._total = 0
        self.last_s: int | None = None
        """The second of the latest event; None before any has come."""

    def begin(self, total: int) -> None:
        """Note the server's count of all rows."""
        self._total = total

    def take(self, rows: Sequence[object], *, doubled: int = 0, second_s: int = 0) -> Taken:
        """Add rows.

        Args:
            rows: all that there are of each of their seconds, as far as one answer has them.
            doubled: how many more the server counts in one second because it holds them twice.
            second_s: that second.
        """
        before = (self._timeless, self._doubled, self.last_s)
        distinct = {mark_of(row): row for row in rows}
        marks = frozenset(distinct.keys() - self._seen)
        fresh = [row for mark, row in distinct.items() if mark in marks]
        seconds = seconds_of(fresh)
        here = Counter(seconds_of(rows))
        if doubled:
            here[second_s] += doubled
        counts = [(second, self._counts[second], self._known[second]) for second in here]
        self._doubled -= self._doubled_in(here)
        self._seen |= marks
        self._counts |= here
        self._known.update(seconds)
        self._doubled += self._doubled_in(here)
        self._timeless += len(fresh) - len(seconds)
        self.last_s = max(
            [*seconds, *(() if self.last_s is None else (self.last_s,))], default=None
        )
        return Taken(fresh, marks, counts, before)

    def forget(self, taken: Taken) -> None:
        """Undo what `take` did last."""
        self._timeless, self._doubled, self.last_s = taken.before
        for second, counted, known in taken.counts:
            self._counts[second], self._known[second] = counted, known
        self._seen -= taken.marks

    def _doubled_in(self, seconds: Iterable[int]) -> int:
        """How many rows of some seconds the server counts beyond the events that have come."""
        return sum(max(0, self._counts[second] - self._known[second]) for second in seconds)

    def grow(self, total: int, rows: Sequence[object], start_s: int) -> None:
        """Raise the count by what there is after a moment beyond what is known.

        Args:
            total: how many rows the server counts from that moment on.
            rows: the first of them.
            start_s: the moment.
        """
        fresh = len({mark_of(row) for row in rows} - self._seen)
        counts = self._counts | self._known
        known = sum(count for second, count in counts.items() if second >= start_s)
        # Some of what is not known may be what the server counts and cannot give.
        missing = self._total - counts.total() - self._timeless
        self._total += max(fresh, total - known - missing, 0)

    @property
    def announced(self) -> int:
        """How many events there are; rows that the server has stored twice count once."""
        return max(self._total - self._doubled, len(self._seen))

    @property
    def is_short(self) -> bool:
        """Whether events are missing."""
        return len(self._seen) < self.announced
