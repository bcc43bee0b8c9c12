"""Reading all events of a session from an API that gives 200 at a time.

The server mostly keeps whole seconds and breaks ties anew for each request, so a page border inside
a second repeats some events and loses others. Each request therefore asks for a span of time, and
only the whole seconds of an incomplete answer are kept. The rest of the span follows, and spans are
halved to keep a few requests in flight. HTTP is left to the caller's function.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from eventview.errors import InvalidDataError
from eventview.session.source import Batch, Gap
from eventview.sources.openreplay.page_requests import (
    PAGE_SIZE,
    EventCounter,
    FetchPage,
    Page,
    PageRequest,
    PageRow,
    RequestBudget,
    TimeSpan,
    read_dense_second,
    times_of,
)
from eventview.sources.openreplay.transport import run_in_thread

if TYPE_CHECKING:
    pass

IN_FLIGHT: Final = 4
"""Requests at one time: enough to hide the latency, few enough to be polite."""

_OVERLAP_S: Final = 30
"""Seconds before the last known event from which later ones are requested."""

_RECOUNT_EVERY: Final = 12
"""Number of polls after which the whole session is counted again, as trackers may send events
minutes late."""

_DAY_S: Final = 24 * 60 * 60
"""Seconds that an event may be ahead of now, because clocks differ."""

_MOST_UNTAKEN: Final = 4 * IN_FLIGHT
"""Limit of fetches that are running or whose rows the consumer has not taken yet."""

_LINGER_S: Final = 2.0
"""Seconds to wait for other answers after a failure, as their retries may take much longer."""

_MOST_EMPTY: Final = 32
"""Limit of empty spans that are requested again in halves."""


class _Gap(NamedTuple):
    """A span that is still to be fetched."""

    span: TimeSpan
    expected: int
    """Estimated number of events."""


class _FetchResult(NamedTuple):
    """Events of one gap, and the part of it that is still to be fetched."""

    rows: Sequence[PageRow]
    rest: _Gap | None = None
    doubled: Counter[int] | None = None
    """Number of copies left out, by time."""
    failure: Exception | None = None
    """Failure that ended the fetch early."""
    is_paid: bool = False
    """True if the budget has counted the rows."""


class Pager:
    """A fetcher of one session's events, which knows the missing ones."""

    def __init__(self) -> None:
        self._budget: RequestBudget
        self._gaps: list[_Gap] = []
        self._counter = EventCounter()
        self._start_s = 0
        """Start of the requested span, seconds since 1970."""
        self._polls = 0
        self._untaken: Batch | None = None
        """The latest batch, until the consumer asks for the next."""
        self._empty: list[_Gap] = []
        self._dense_seconds: dict[int, dict[int, PageRow]] = {}
        """Rows of seconds that have not come whole, by second and identity."""
        self._running: dict[Future[_FetchResult], _Gap] = {}
        self._abandoned: list[Future[_FetchResult]] = []
        """Abandoned fetches that may still be running."""

    def first(self, fetch_page: FetchPage, span: TimeSpan) -> Iterator[Batch]:
        """Fetch all events of a span: the earliest first, then the others as they come.

        Yield nothing when there are none. Events that cannot be fetched are left for `rest`.

        Args:
            fetch_page: fetches a page; called in several threads at once.
            span: the span to fetch.

        Raises:
            InvalidDataError: the answers do not end, or have a count and no events.
            EventviewError: `fetch_page` raised it; other requests' events are yielded first.
        """
        self._budget = RequestBudget(fetch_page)
        self._start_s = span.start_s
        page = self._budget.fetch(PageRequest(span))
        self._counter.total = page.total
        if not page.total:
            return
        if not page.rows:
            raise InvalidDataError(
                f"The server counts {page.total:,} events but gives none.",
                hint="Try again; if it keeps failing, ask the server's operators.",
            )
        yield from self._yield_rows(_keep_whole_seconds(span, page), starts_over=True)
        if self._gaps:
            yield from self._fetch_end(self._gaps[0])
            yield from self._fill()
            yield from self._retry_empty()

    def rest(self, fetch_page: FetchPage, now_s: int) -> Iterator[Batch]:
        """Fetch the missing events, then the later ones.

        Args:
            fetch_page: as for `first`.
            now_s: the present, seconds since 1970.

        Raises:
            InvalidDataError: the answers do not end.
            EventviewError: `fetch_page` raised it.
        """
        self._budget = RequestBudget(fetch_page)
        yield from self._yield_untaken()
        yield from self._fill()
        yield from self._retry_empty()
        last_s = self._counter.last_s
        if last_s is None:
            return
        # An event whose clock is ahead would hide all later ones.
        start_s = min(last_s, now_s) - _OVERLAP_S
        later = TimeSpan(start_s, max(now_s + _DAY_S, last_s))
        page = self._budget.fetch(PageRequest(later))
        result = _keep_whole_seconds(later, page)
        self._counter.grow(page.total, result.rows, start_s)
        yield from self._yield_rows(result)
        if self._polls % _RECOUNT_EVERY == 0:
            self._recount(TimeSpan(self._start_s, later.end_s))
        self._polls += 1
        yield from self._fill()

    def _recount(self, span: TimeSpan) -> None:
        """Add gaps where the server counts more events than have come."""
        whole = PageRequest(span, limit=1)
        total = self._budget.fetch(whole).total
        if total <= self._counter.total:
            return
        gaps: list[_Gap] = []
        left = [(whole, total)]
        known = [*self._counter.known().items()]
        while left:
            request, counted = left.pop()
            if counted <= sum(n for time, n in known if request.start_ms <= time <= request.end_ms):
                continue
            gap = _Gap(request.span, counted)
            halves = _halve(gap) if counted > PAGE_SIZE else ()
            requests = [request._replace(span=half.span) for half in halves]
            left += [(half, self._budget.fetch(half).total) for half in requests]
            gaps += [] if halves else [gap]
        # A failure above leaves the count as it was, so that the next recount repeats it.
        self._counter.total = total
        self._gaps += gaps

    def _fetch_end(self, gap: _Gap) -> Iterator[Batch]:
        """Fetch the last page, because the session's end bounds the spans worth a request."""
        span = gap.span
        page = self._budget.fetch(PageRequest(span, order="desc"))
        times = times_of(page.rows)
        if not times:
            # Rows before the last ones may still be readable.
            return
        self._gaps.remove(gap)
        if page.total <= PAGE_SIZE:
            yield from self._yield_rows(_keep_whole_seconds(span, page))
            return
        earliest_s = min(times) // 1000
        rows = [row for row in page.rows if row.second != earliest_s]
        rest = _Gap(TimeSpan(span.start_s, earliest_s), max(1, page.total - len(rows)))
        yield from self._yield_rows(_FetchResult(rows, rest))

    def _yield_rows(self, result: _FetchResult, *, starts_over: bool = False) -> Iterator[Batch]:
        """Yield the new events of a gap, and keep the rest of it as a gap."""
        from eventview.wire.v2 import RESOLUTION_MS, read_events  # noqa: PLC0415  # after a request

        fresh = self._counter.add(result.rows, result.doubled)
        self._budget.gain(0 if result.is_paid else len(fresh))
        if result.rest is not None:
            self._gaps.append(result.rest)
        if fresh or starts_over:
            missing = sorted([*self._gaps, *self._running.values()])
            self._untaken = Batch(
                read_events([row.sent for row in fresh]),
                self._counter.announced,
                RESOLUTION_MS,
                starts_over=starts_over,
                gaps=[Gap(start_s * 1000, end_s * 1000 + 999) for (start_s, end_s), _ in missing],
                doubled=self._counter.doubled,
                reread=read_events,
            )
            yield from self._yield_untaken()

    def _yield_untaken(self) -> Iterator[Batch]:
        """Yield the latest batch, again if the consumer has stopped at it."""
        if self._untaken is not None:
            yield self._untaken
            self._untaken = None

    def _retry_empty(self) -> Iterator[Batch]:
        """Fetch the halves of empty spans, while events are missing.

        A server that cannot read the first 200 rows of a span answers that it is empty.
        """
        while self._counter.is_short and 0 < len(self._empty) <= _MOST_EMPTY:
            self._gaps, self._empty = [half for gap in self._empty for half in _halve(gap)], []
            yield from self._fill()
        self._empty.clear()

    def _fill(self) -> Iterator[Batch]:
        """Fetch the gaps, the earliest first, until none is left or one fails."""
        running = self._running = {}
        failure: Exception | None = None
        try:
            while running or (self._gaps and failure is None):
                if failure is None:
                    self._start_fetches(running)
                timeout_s = None if failure is None else _LINGER_S
                done, _ = wait(running, timeout_s, return_when=FIRST_COMPLETED)
                if not done:
                    break
                for future in done:
                    gap = running.pop(future)
                    error = future.exception()
                    if error is not None:
                        self._gaps.append(gap)
                        failure = failure or (error if isinstance(error, Exception) else None)
                        continue
                    result = future.result()
                    if result.rest is None and not result.rows:
                        self._empty.append(gap)
                    failure = failure or result.failure
                    if result.rest is not None:
                        self._gaps.append(result.rest)
                    if failure is None:
                        # The server need not wait for the consumer of the rows.
                        self._start_fetches(running)
                    yield from self._yield_rows(result._replace(rest=None))
        finally:
            # A consumer that stops may come back for the rest.
            self._gaps.extend(running.values())
            self._gaps.sort()
            if running:
                self._budget.close()
                self._abandoned.extend(running)
            running.clear()
        if failure is not None:
            raise failure

    def _start_fetches(self, running: dict[Future[_FetchResult], _Gap]) -> None:
        """Start as many fetches as may be in flight, of the earliest gaps."""
        # Abandoned requests count as long as they run.
        self._abandoned = [future for future in self._abandoned if not future.done()]
        slots = max(1, IN_FLIGHT - len(self._abandoned))
        while len(running) < _MOST_UNTAKEN:
            in_flight = sum(not future.done() for future in running)
            if in_flight >= slots or not self._split_gaps(running):
                break
            gap = self._gaps.pop(0)
            running[run_in_thread(partial(self._fetch, self._budget, gap), "page")] = gap

    def _split_gaps(self, running: dict[Future[_FetchResult], _Gap]) -> bool:
        """Halve the largest gaps while there are too few; return True if any gap is left."""
        self._gaps.sort()
        while self._gaps and len(self._gaps) + len(running) < IN_FLIGHT:
            largest = max(self._gaps, key=lambda gap: gap.expected)
            halves = _halve(largest)
            if largest.expected <= PAGE_SIZE or not halves:
                break
            self._gaps.remove(largest)
            self._gaps += halves
            self._gaps.sort()
        return bool(self._gaps)

    def _fetch(self, budget: RequestBudget, gap: _Gap) -> _FetchResult:
        start_s, end_s = gap.span
        result = _keep_whole_seconds(gap.span, budget.fetch(PageRequest(gap.span)))
        if result.rest is None or result.rest.span != gap.span:
            return result
        # Rows that came before a failure are kept for the next attempt.
        rows = self._dense_seconds.setdefault(start_s, {})
        doubled, failure = read_dense_second(budget, TimeSpan(start_s, start_s), rows)
        result = _FetchResult(list(rows.values()), doubled=doubled, failure=failure, is_paid=True)
        if failure is not None:
            return result._replace(rest=gap)
        self._dense_seconds.pop(start_s, None)
        if start_s == end_s:
            return result
        return result._replace(
            rest=_Gap(TimeSpan(start_s + 1, end_s), max(0, gap.expected - len(result.rows)))
        )


def _halve(gap: _Gap) -> Sequence[_Gap]:
    """Return the two halves of a gap; none for a single second."""
    start_s, end_s = gap.span
    if start_s == end_s:
        return ()
    middle, half = (start_s + end_s) // 2, gap.expected // 2
    return (
        _Gap(TimeSpan(start_s, middle), half),
        _Gap(TimeSpan(middle + 1, end_s), gap.expected - half),
    )


def _keep_whole_seconds(span: TimeSpan, page: Page) -> _FetchResult:
    """Return the rows of an ascending answer whose seconds are complete, and the rest's span."""
    latest_ms = max(times_of(page.rows), default=span.start_s * 1000)
    # An empty answer is the end, as the count includes rows that the server cannot read. An event
    # on the second after the span comes after all of the span.
    if page.total <= PAGE_SIZE or not page.rows or latest_ms == PageRequest(span).end_ms:
        return _FetchResult(page.rows)
    # A cut outside the span could repeat the request for ever.
    cut_s = min(max(latest_ms // 1000, span.start_s), span.end_s)
    rows = [row for row in page.rows if row.second is None or row.second < cut_s]
    return _FetchResult(rows, _Gap(TimeSpan(cut_s, span.end_s), page.total - len(rows)))
