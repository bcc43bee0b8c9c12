"""Requests to the events endpoint, a page at a time, and the number of them that is enough.

Knows no HTTP: it is given a function that asks.

Counts of a session's events: those that have come, and all by the server's own count.

The server counts rows; one that it has stored twice is one event.

Reading a second that holds more events than one answer can.

It is paged by the events' ids, again and again until all of it has come: some releases give many
events one id, and break such ties anew for each page.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from threading import Lock
from typing import Final, Literal, NamedTuple

from eventview.errors import EventviewError, InvalidDataError, UnavailableError
from eventview.wire.v2 import EventsPage

PAGE_SIZE: Final = 200
"""The most that the server gives at once."""

_FREE_REQUESTS: Final = 500
_ROWS_PER_REQUEST: Final = 10
"""A session may cost so many requests, and one more for so many events that they bring. A fifth
of a page was enough for every session that was made up to be difficult; a server whose count is
wrong would be asked for ever."""

_MOST_EVENTS: Final = 500_000
"""Most events of one session: six a second for a whole day. More is a server that makes them up."""

PASSES: Final = 30
"""Number of readings of what shares a second before its rest is given up."""

IDLE_PASSES: Final = 5
"""Number of them in a row that may bring nothing. Of 900 events that share an id and are shuffled
anew for each page, the last one stays out of a pass once in three times: 7/9 to the power of the
pages."""

IDLE_PASSES_OF_DOUBLED: Final = 12
"""The same where rows are stored twice: then nothing but this tells that all have come."""

_MOST_OF_A_SECOND: Final = 20_000
"""Events of one second; more is a server that makes them up."""


class TimeSpan(NamedTuple):
    """Seconds since 1970, both ends included.

    The server rounds the bounds of a request down to whole seconds and compares them with times
    that may have milliseconds. So a span is asked for up to the second after its end, and what
    lies exactly on that comes with it.
    """

    start_s: int
    end_s: int


class PageRequest(NamedTuple):
    """One request for a page."""

    span: TimeSpan
    page: int = 1
    order: Literal["asc", "desc"] = "asc"
    by_id: bool = False
    """Ordered by the events' ids rather than by time."""
    limit: int = PAGE_SIZE
    """The most events to answer with."""

    @property
    def start_ms(self) -> int:
        """The start of the window to ask for, epoch milliseconds."""
        return self.span.start_s * 1000

    @property
    def end_ms(self) -> int:
        """The end of the window to ask for, epoch milliseconds, included."""
        return (self.span.end_s + 1) * 1000


FetchPage = Callable[[PageRequest], EventsPage]


class RequestBudget:
    """Limit on requests to a server, by the events that it gives."""

    def __init__(self, ask: FetchPage) -> None:
        self._ask = ask
        self._lock = Lock()
        self._requests = 0
        self._gained = 0
        self._is_closed = False

    def ask(self, ask: PageRequest) -> EventsPage:
        """Fetch a page.

        Raises:
            InvalidDataError: the server has been asked for too much already.
            UnavailableError: nobody wants to know any more.
        """
        if self._is_closed:
            raise UnavailableError("The request was given up.", hint="Ask again.")
        with self._lock:
            self._requests += 1
            requests, gained = self._requests, self._gained
        if requests > _FREE_REQUESTS + gained // _ROWS_PER_REQUEST or gained > _MOST_EVENTS:
            raise unending(f"{requests - 1:,} requests brought {gained:,} events.")
        return self._ask(ask)

    def close(self) -> None:
        """Ask nothing more: who still fetches does so for nobody."""
        self._is_closed = True

    def gain(self, events: int) -> None:
        """Note events that came."""
        with self._lock:
            self._gained += events


class EventCounter:
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

    def take(self, rows: Sequence[object], doubled: Counter[int] | None = None) -> AddedRows:
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
        return AddedRows(fresh, marks, counts, before)

    def forget(self, taken: AddedRows) -> None:
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


class AddedRows(NamedTuple):
    """New ones of some rows, and the way to forget them."""

    fresh: Sequence[object]
    marks: frozenset[int]
    counts: Sequence[tuple[int, int, int]]
    before: tuple[int, int, int | None]


def read(budget: RequestBudget, second: TimeSpan, rows: dict[int, object]) -> DenseSecond:
    """Add the events of a second to its rows, by their marks.

    Args:
        budget: asks.
        second: a span of one second; what lies on the next full one comes with it.
        rows: what has come of it before; stays when the reading fails.
    """
    copies: Counter[int] = Counter()
    idle = 0
    for number in range(PASSES):
        order: Literal["asc", "desc"] = "desc" if number % 2 else "asc"
        before = len(rows)
        try:
            total, given = _pass(budget, PageRequest(second, order=order, by_id=True), rows, copies)
        except EventviewError as failure:
            return DenseSecond(Counter(), failure)
        idle = idle + 1 if len(rows) == before else 0
        # Each row has come once at least.
        sure = copies.total() - len(copies)
        if len(rows) + sure >= total or idle == (IDLE_PASSES_OF_DOUBLED if sure else IDLE_PASSES):
            break
    doubled: Counter[int] = Counter()
    for mark, often in copies.items():
        time_ms = time_of(rows[mark])
        if time_ms is not None and often > 1:
            doubled[time_ms] += often - 1
    if doubled:
        # After so many passes without a new one, what else was given was given before.
        doubled[max(doubled)] += max(0, given - len(rows) - sure)
    return DenseSecond(doubled)


class DenseSecond(NamedTuple):
    """Result of reading the events of a second."""

    doubled: Counter[int]
    """The number of further rows that the server counts, by time, because it holds them twice."""
    failure: EventviewError | None = None
    """Failure that ended the reading before all had come."""


def _pass(
    budget: RequestBudget, ask: PageRequest, rows: dict[int, object], copies: Counter[int]
) -> tuple[int, int]:
    """Add all pages of a second to its rows.

    Args:
        budget: asks.
        ask: the first page.
        rows: the rows by their marks.
        copies: the most that came of each row in one answer, or in one pass where that is sure.

    Returns:
        The number of rows that the server counts, and the number that it gave.
    """
    page = budget.ask(ask)
    total = page.total
    pages = -(-total // PAGE_SIZE)
    seen: Counter[int] = Counter()
    # Whatever the count said, a page past the end is empty.
    while page.rows:
        marks = [mark_of(row) for row in page.rows]
        budget.gain(len(set(marks) - rows.keys()))
        rows |= zip(marks, page.rows, strict=True)
        copies |= Counter(marks)
        seen.update(marks)
        if len(rows) > _MOST_OF_A_SECOND:
            raise unending(f"One second has more than {_MOST_OF_A_SECOND:,} events.")
        ask = ask._replace(page=ask.page + 1)
        if ask.page > pages:
            break
        page = budget.ask(ask)
    # Only rows that share an id with others come in another order each time.
    ids = Counter(_id(row) for row in rows.values())
    copies |= Counter({mark: n for mark, n in seen.items() if ids[_id(rows[mark])] == 1})
    return total, seen.total()


def _id(row: object) -> str:
    sent = row.get("event_id") if isinstance(row, dict) else None
    return sent if isinstance(sent, str) else ""


def unending(reason: str) -> InvalidDataError:
    """The failure of a server that gives more and more."""
    return InvalidDataError(
        "The server's answers do not come to an end.",
        reason=reason,
        hint="What came is shown; the server's count may be wrong.",
    )


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
