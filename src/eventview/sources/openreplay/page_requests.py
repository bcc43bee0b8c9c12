"""Requests for pages of a session's events, their budget and the count of what has come.

The server counts rows; a row that it has stored twice is one event. A second with more events than
one answer holds is read by the events' ids, repeatedly until all have come: some releases give many
events one id, and break such ties anew for each page. HTTP is left to the caller's function.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from threading import Lock
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from eventview.errors import EventviewError, InvalidDataError, UnavailableError

if TYPE_CHECKING:
    from eventview.wire.v2 import EventsPage

PAGE_SIZE: Final = 200
"""Limit of rows in one answer of the server."""

_FREE_REQUESTS: Final = 500
_ROWS_PER_REQUEST: Final = 10
"""A session may take the free requests, and one more for each ten events that come. A fifth of a
page was enough for every session that was made up to be difficult; without a limit, a server with
a wrong count would be asked for ever."""

MOST_EVENTS: Final = 500_000
"""Limit of events in one session: six a second for a whole day; more cannot be real."""

PASSES: Final = 30
"""Limit of passes over one second."""

IDLE_PASSES: Final = 5
"""Limit of passes in a row that bring nothing. With 900 events that share an id and are shuffled
for each page, a pass misses the last one in one of three cases: 7/9 to the power of the pages."""

IDLE_PASSES_OF_DOUBLED: Final = 12
"""The same limit for rows stored twice, where nothing else shows that all have come."""

_MOST_OF_A_SECOND: Final = 20_000
"""Limit of events in one second; more cannot be real."""


class TimeSpan(NamedTuple):
    """Seconds since 1970, both ends included.

    The server rounds the bounds of a request down to whole seconds and compares them with times
    that may have milliseconds. A request therefore ends on the second after the span, and brings
    the events that lie exactly on it.
    """

    start_s: int
    end_s: int


class PageRequest(NamedTuple):
    """One request for a page."""

    span: TimeSpan
    page: int = 1
    order: Literal["asc", "desc"] = "asc"
    by_id: bool = False
    """True to order by the events' ids rather than by time."""
    limit: int = PAGE_SIZE
    """Limit of events in the answer."""

    @property
    def start_ms(self) -> int:
        """Start of the requested window, epoch milliseconds."""
        return self.span.start_s * 1000

    @property
    def end_ms(self) -> int:
        """End of the requested window, epoch milliseconds, included."""
        return (self.span.end_s + 1) * 1000


FetchPage = Callable[[PageRequest], "EventsPage"]


class PageRow(NamedTuple):
    """One row of an answer."""

    sent: object
    """The row, a slice of the answer or a decoded value."""
    identity: int
    """Hash of the row's content, the same however the content is spelled."""
    time_ms: int | None
    """Time of the row's event, epoch milliseconds; None if it cannot be read."""
    event_id: str
    """The id of the row's event; "" if it has none."""

    @property
    def second(self) -> int | None:
        """Second of the event since 1970; None if its time cannot be read."""
        return None if self.time_ms is None else self.time_ms // 1000


class Page(NamedTuple):
    """One answer, its rows decoded once."""

    rows: Sequence[PageRow]
    total: int
    """The number of rows in the requested span; 0 on a page past the end."""


class RequestBudget:
    """A limit on requests to a server, which grows with the events that it gives."""

    def __init__(self, fetch_page: FetchPage) -> None:
        self._fetch_page = fetch_page
        self._lock = Lock()
        self._requests = 0
        self._gained = 0
        self._is_closed = False

    def fetch(self, request: PageRequest) -> Page:
        """Fetch a page.

        Raises:
            InvalidDataError: the budget is used up.
            UnavailableError: the budget has been closed.
        """
        if self._is_closed:
            raise UnavailableError("The request was cancelled.", hint="Try again.")
        with self._lock:
            self._requests += 1
            requests, gained = self._requests, self._gained
        if requests > _FREE_REQUESTS + gained // _ROWS_PER_REQUEST or gained > MOST_EVENTS:
            raise endless_answers(f"{requests - 1:,} requests brought {gained:,} events.")
        rows, total = self._fetch_page(request)
        return Page([_read_row(row) for row in rows], total)

    def close(self) -> None:
        """Refuse further requests, because nobody waits for their answers."""
        self._is_closed = True

    def gain(self, events: int) -> None:
        """Count events that have come."""
        with self._lock:
            self._gained += events


class EventCounter:
    """A record of the rows that have come, and of the number to come."""

    def __init__(self) -> None:
        self._seen: set[int] = set()
        self._counts: Counter[int] = Counter()
        """Rows of each time as the server counts them, copies included."""
        self._known: Counter[int] = Counter()
        """Events of each time that have come."""
        self.doubled = 0
        """Number of copies that the server holds of rows that have come."""
        self.total = 0
        """Server's count of all rows, copies included."""

    def add(
        self, rows: Sequence[PageRow], doubled: Counter[int] | None = None
    ) -> Sequence[PageRow]:
        """Add rows, and return the new ones.

        Args:
            rows: all rows of each of their times, as far as one answer has them.
            doubled: number of further copies that the server counts, by time.
        """
        distinct = {row.identity: row for row in rows}
        fresh = [row for row in distinct.values() if row.identity not in self._seen]
        counts_here = Counter(times_of(rows))
        counts_here.update(doubled or {})
        self.doubled -= self._doubled_in(counts_here)
        self._seen |= distinct.keys()
        # `|=` would look at the times of all pages for each of them.
        for time_ms, count in counts_here.items():
            self._counts[time_ms] = max(self._counts[time_ms], count)
        self._known.update(times_of(fresh))
        self.doubled += self._doubled_in(counts_here)
        return fresh

    def _doubled_in(self, times: Iterable[int]) -> int:
        """Count the copies that the server holds of some times' events."""
        return sum(max(0, self._counts[time] - self._known[time]) for time in times)

    def grow(self, total: int, rows: Sequence[PageRow], start_s: int) -> None:
        """Raise the count by the rows after a moment that are not yet counted.

        Args:
            total: the server's count of rows from that moment on.
            rows: the first of these rows.
            start_s: the moment, seconds since 1970.
        """
        fresh = len({row.identity for row in rows} - self._seen)
        counts = self.known()
        known = sum(count for time, count in counts.items() if time >= start_s * 1000)
        timeless = len(self._seen) - self._known.total()
        # The server may count rows that it cannot give.
        missing = self.total - counts.total() - timeless
        self.total += max(fresh, total - known - missing, 0)

    def known(self) -> Counter[int]:
        """Return the number of known rows of each time, copies included."""
        return self._counts | self._known

    @property
    def last_s(self) -> int | None:
        """Second of the latest event since 1970; None before any has come."""
        return max(self._known) // 1000 if self._known else None

    @property
    def announced(self) -> int:
        """Number of events; rows that the server has stored twice count once."""
        return max(self.total - self.doubled, len(self._seen))

    @property
    def is_short(self) -> bool:
        """True while events are missing."""
        return len(self._seen) < self.announced


def read_dense_second(
    budget: RequestBudget, second: TimeSpan, rows: dict[int, PageRow]
) -> tuple[Counter[int], EventviewError | None]:
    """Add the events of a second to its rows.

    Args:
        budget: fetches the pages.
        second: a span of one second; events exactly on the next second come with it.
        rows: the rows so far, by their identities; they are kept when the reading fails.

    Returns:
        The number of further copies that the server counts, by time, and the failure that ended
        the reading early.
    """
    copies: Counter[int] = Counter()
    idle = 0
    for number in range(PASSES):
        order: Literal["asc", "desc"] = "desc" if number % 2 else "asc"
        before = len(rows)
        try:
            total, given = _read_pass(
                budget, PageRequest(second, order=order, by_id=True), rows, copies
            )
        except EventviewError as failure:
            return Counter(), failure
        idle = idle + 1 if len(rows) == before else 0
        # Each row has come at least once.
        sure = copies.total() - len(copies)
        if len(rows) + sure >= total or idle == (IDLE_PASSES_OF_DOUBLED if sure else IDLE_PASSES):
            break
    doubled: Counter[int] = Counter()
    for identity, count in copies.items():
        time_ms = rows[identity].time_ms
        if time_ms is not None and count > 1:
            doubled[time_ms] += count - 1
    if doubled:
        # After these passes without a new row, every further row is a copy.
        doubled[max(doubled)] += max(0, given - len(rows) - sure)
    return doubled, None


def _read_pass(
    budget: RequestBudget, request: PageRequest, rows: dict[int, PageRow], copies: Counter[int]
) -> tuple[int, int]:
    """Add all pages of a second to its rows.

    Args:
        budget: fetches the pages.
        request: the first page.
        rows: the rows by their identities.
        copies: highest number of each row in one answer, or in one pass if its id is unique.

    Returns:
        The number of rows that the server counts, and the number that it gave.
    """
    page = budget.fetch(request)
    total = page.total
    pages = -(-total // PAGE_SIZE)
    seen: Counter[int] = Counter()
    # A page past the end is empty, even if the count is wrong.
    while page.rows:
        identities = Counter(row.identity for row in page.rows)
        budget.gain(len(identities.keys() - rows.keys()))
        rows |= {row.identity: row for row in page.rows}
        copies |= identities
        seen.update(identities)
        if len(rows) > _MOST_OF_A_SECOND:
            raise endless_answers(f"One second has more than {_MOST_OF_A_SECOND:,} events.")
        request = request._replace(page=request.page + 1)
        if request.page > pages:
            break
        page = budget.fetch(request)
    # Rows with a unique id keep their order from page to page.
    ids = Counter(row.event_id for row in rows.values())
    copies |= Counter(
        {identity: n for identity, n in seen.items() if ids[rows[identity].event_id] == 1}
    )
    return total, seen.total()


def endless_answers(reason: str) -> InvalidDataError:
    """Return the failure for a server whose answers do not end."""
    return InvalidDataError(
        "The server's answers do not come to an end.",
        reason=reason,
        hint="The events so far are shown; the server's count may be wrong.",
    )


def times_of(rows: Iterable[PageRow]) -> Sequence[int]:
    """Return the times of the rows that have one, in epoch milliseconds."""
    return [row.time_ms for row in rows if row.time_ms is not None]


def _read_row(row: object) -> PageRow:
    """Decode a row once for all that paging needs to know of it."""
    # The modules that read an answer are imported once the request is under way.
    import msgspec  # noqa: PLC0415  # after the request

    from eventview.session.events import decode_sent  # noqa: PLC0415  # after the request

    decoded = decode_sent(row)
    try:
        content: bytes | str = msgspec.json.encode(decoded, order="deterministic")
    except UnicodeEncodeError:
        # A lone surrogate.
        content = json.dumps(decoded, sort_keys=True)
    known: Mapping[str, object] = decoded if isinstance(decoded, dict) else {}
    time_ms, event_id = known.get("created_at"), known.get("event_id")
    return PageRow(
        row,
        hash(content),
        time_ms if type(time_ms) is int else None,
        event_id if isinstance(event_id, str) else "",
    )
