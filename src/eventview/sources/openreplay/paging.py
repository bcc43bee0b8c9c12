"""Reading all events of a session from an API that gives 200 at a time.

The server mostly keeps whole seconds and breaks ties anew for each request, so a page border inside
a second repeats some events and loses others. Pages are therefore not counted off: each request
asks for a span of time, and of an answer that is not all of its span only whole seconds are taken.
The rest of a span is asked for next, and spans are halved to keep a few requests in flight.

Knows no HTTP: it is given a function that asks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from functools import partial
from threading import Thread
from typing import Final, NamedTuple

from eventview.errors import InvalidDataError
from eventview.session.source import Batch, Gap
from eventview.sources.openreplay import page_requests
from eventview.sources.openreplay.page_requests import (
    PAGE_SIZE,
    EventCounter,
    FetchPage,
    PageRequest,
    RequestBudget,
    TimeSpan,
    time_of,
    times_of,
)
from eventview.wire.v2 import RESOLUTION_MS, EventsPage, event_of

IN_FLIGHT: Final = 4
"""Requests at one time: enough to hide the way there and back, few enough to be polite."""

_OVERLAP_S: Final = 30
"""The time before the last known event from which later ones are looked for."""

_RECOUNT_EVERY: Final = 12
"""The number of looks for later events after which the whole session is counted again: a tracker
may keep events for minutes until it sends them."""

_DAY_S: Final = 24 * 60 * 60
"""Time ahead of now that an event may have, whatever the clocks."""

_LINGER_S: Final = 2.0
"""Time after a failure in which answers to other requests are waited for: they may be retried for
longer than anybody wants to wait for bad news."""

_MOST_EMPTY: Final = 32
"""Empty spans that are looked into once more; where there are more, nothing is to be found."""


class _Gap(NamedTuple):
    """A span that is still to be fetched."""

    span: TimeSpan
    expected: int
    """About how many events it holds."""


class _Got(NamedTuple):
    """Events that one gap gave, and the part of it that is still to be fetched."""

    rows: Sequence[object]
    rest: _Gap | None = None
    doubled: Counter[int] | None = None
    """The number of rows left out by time, because the answers held them twice."""
    failure: Exception | None = None
    """Failure that ended it before its time."""
    is_paid: bool = False
    """True where the budget knows of its rows already."""


class Pager:
    """Fetches one session's events once and knows which are still missing."""

    def __init__(self) -> None:
        self._budget: RequestBudget
        self._gaps: list[_Gap] = []
        self._tally = EventCounter()
        self._start_s = 0
        """The start of the span that the session was looked for in, seconds since 1970."""
        self._polls = 0
        self._empty: list[_Gap] = []
        self._crowds: dict[int, dict[int, object]] = {}
        """Return the rows of seconds that have not come whole, by their marks."""
        self._running: dict[Future[_Got], _Gap] = {}
        self._left: list[Future[_Got]] = []
        """Fetches that nobody waits for any more, and that may still be under way."""

    def first(self, ask: FetchPage, span: TimeSpan) -> Iterator[Batch]:
        """Fetch all events of a span: the earliest first, then the others as they come.

        Gives nothing when there are none. What cannot be fetched is left for `rest`.

        Args:
            ask: fetches a page; called in several threads at once.
            span: where to look.

        Raises:
            InvalidDataError: the answers do not end, or have a count and no events.
            EventviewError: what `ask` raised; what other requests brought is given before.
        """
        self._budget = RequestBudget(ask)
        self._start_s = span.start_s
        page = self._budget.ask(PageRequest(span))
        self._tally.begin(page.total)
        if not page.total:
            return
        if not page.rows:
            raise InvalidDataError(
                f"The server counts {page.total:,} events but gives none.",
                hint="Try again; if it stays so, the server's operators have to look into it.",
            )
        gap = _Gap(span, page.total)
        yield from self._give(_kept(span, page), gap, starts_over=True)
        if self._gaps:
            yield from self._end_of(self._gaps[0])
            yield from self._fill()
            yield from self._look_again()

    def rest(self, ask: FetchPage, now_s: int) -> Iterator[Batch]:
        """Fetch what is missing, then what has happened since.

        Args:
            ask: as for `first`.
            now_s: the present, seconds since 1970.

        Raises:
            InvalidDataError: the answers do not end.
            EventviewError: what `ask` raised.
        """
        self._budget = RequestBudget(ask)
        yield from self._fill()
        yield from self._look_again()
        last_s = self._tally.last_s
        if last_s is None:
            return
        # Not from an event whose clock is ahead: all others would be before it for ever.
        start_s = min(last_s, now_s) - _OVERLAP_S
        later = TimeSpan(start_s, max(now_s + _DAY_S, last_s))
        page = self._budget.ask(PageRequest(later))
        got = _kept(later, page)
        self._tally.grow(page.total, got.rows, start_s)
        yield from self._give(got, _Gap(later, page.total))
        if self._polls % _RECOUNT_EVERY == 0:
            self._recount(TimeSpan(self._start_s, later.end_s))
        self._polls += 1
        yield from self._fill()

    def _recount(self, span: TimeSpan) -> None:
        """Note where the server counts more events than have come."""
        whole = PageRequest(span, limit=1)
        total = self._budget.ask(whole).total
        if total <= self._tally.total:
            return
        gaps: list[_Gap] = []
        left = [(whole, total)]
        known = [*self._tally.known().items()]
        while left:
            ask, counted = left.pop()
            if counted <= sum(n for time, n in known if ask.start_ms <= time <= ask.end_ms):
                continue
            gap = _Gap(ask.span, counted)
            halves = _halves(gap) if counted > PAGE_SIZE else ()
            asks = [ask._replace(span=half.span) for half in halves]
            left += [(half, self._budget.ask(half).total) for half in asks]
            gaps += [] if halves else [gap]
        # At last, so that what fails before is looked for again.
        self._tally.begin(total)
        self._gaps += gaps

    def _end_of(self, gap: _Gap) -> Iterator[Batch]:
        """Fetch the last page: where the session ends bounds the spans that are worth asking."""
        span = gap.span
        page = self._budget.ask(PageRequest(span, order="desc"))
        times = times_of(page.rows)
        if not times:
            # None of the last rows can be read; those before them still may be.
            return
        self._gaps.remove(gap)
        if page.total <= PAGE_SIZE:
            yield from self._give(_kept(span, page), gap)
            return
        earliest_s = min(times) // 1000
        rows = [row for row in page.rows if _second_of(row) != earliest_s]
        rest = _Gap(TimeSpan(span.start_s, earliest_s), max(1, page.total - len(rows)))
        yield from self._give(_Got(rows, rest), gap)

    def _give(self, got: _Got, gap: _Gap, *, starts_over: bool = False) -> Iterator[Batch]:
        """Hand on what came of a gap, and note what is left of it.

        Whoever stops at a batch has not taken it: it is fetched again.
        """
        taken = self._tally.take(got.rows, got.doubled)
        self._budget.gain(0 if got.is_paid else len(taken.fresh))
        if got.rest is not None:
            self._gaps.append(got.rest)
        if not taken.fresh and not starts_over:
            return
        try:
            yield self._batch(taken.fresh, starts_over=starts_over)
        except GeneratorExit:
            self._tally.forget(taken)
            if got.rest is not None:
                self._gaps.remove(got.rest)
            self._gaps.append(gap)
            raise

    def _batch(self, rows: Sequence[object], *, starts_over: bool) -> Batch:
        missing = sorted([*self._gaps, *self._running.values()])
        return Batch(
            [event_of(row) for row in rows],
            self._tally.announced,
            RESOLUTION_MS,
            starts_over=starts_over,
            gaps=[_in_milliseconds(gap.span) for gap in missing],
            doubled=self._tally.doubled,
        )

    def _look_again(self) -> Iterator[Batch]:
        """Look into the halves of what was empty, while events are missing.

        A server that cannot read the first 200 rows of a span says that there are none.
        """
        while self._tally.is_short and 0 < len(self._empty) <= _MOST_EMPTY:
            self._gaps, self._empty = [half for gap in self._empty for half in _halves(gap)], []
            yield from self._fill()
        self._empty.clear()

    # --- several requests at a time

    def _fill(self) -> Iterator[Batch]:
        """Fetch the gaps, the earliest first, until none is left or one cannot be fetched."""
        running = self._running = {}
        failure: Exception | None = None
        try:
            while running or (self._gaps and failure is None):
                while failure is None and len(running) < self._most() and self._cut(running):
                    gap = self._gaps.pop(0)
                    running[_in_background(partial(self._fetch, self._budget, gap))] = gap
                patience_s = None if failure is None else _LINGER_S
                done, _ = wait(running, patience_s, return_when=FIRST_COMPLETED)
                if not done:
                    break
                for future in done:
                    gap = running.pop(future)
                    error = future.exception()
                    if error is not None:
                        self._gaps.append(gap)
                        failure = failure or (error if isinstance(error, Exception) else None)
                        continue
                    got = future.result()
                    if got.rest is None and not got.rows:
                        self._empty.append(gap)
                    failure = failure or got.failure
                    yield from self._give(got, gap)
        finally:
            # Whoever stops listening may come back for the rest.
            self._gaps.extend(running.values())
            self._gaps.sort()
            if running:
                self._budget.close()
                self._left.extend(running)
            running.clear()
        if failure is not None:
            raise failure

    def _most(self) -> int:
        """Return how many requests may be under way, beside those that nobody waits for."""
        self._left = [future for future in self._left if not future.done()]
        return max(1, IN_FLIGHT - len(self._left))

    def _cut(self, running: dict[Future[_Got], _Gap]) -> bool:
        """Have a gap ready to ask for, halving the largest while there are too few."""
        self._gaps.sort()
        while self._gaps and len(self._gaps) + len(running) < IN_FLIGHT:
            largest = max(self._gaps, key=lambda gap: gap.expected)
            halves = _halves(largest)
            if largest.expected <= PAGE_SIZE or not halves:
                break
            self._gaps.remove(largest)
            self._gaps += halves
            self._gaps.sort()
        return bool(self._gaps)

    def _fetch(self, budget: RequestBudget, gap: _Gap) -> _Got:
        start_s, end_s = gap.span
        got = _kept(gap.span, budget.ask(PageRequest(gap.span)))
        if got.rest is None or got.rest.span != gap.span:
            return got
        # What came before a failure is not asked for in vain.
        rows = self._crowds.setdefault(start_s, {})
        doubled, failure = page_requests.read(budget, TimeSpan(start_s, start_s), rows)
        got = _Got(list(rows.values()), doubled=doubled, failure=failure, is_paid=True)
        if failure is not None:
            return got._replace(rest=gap)
        self._crowds.pop(start_s, None)
        if start_s == end_s:
            return got
        return got._replace(
            rest=_Gap(TimeSpan(start_s + 1, end_s), max(0, gap.expected - len(got.rows)))
        )


def _halves(gap: _Gap) -> Sequence[_Gap]:
    """The two parts of a gap; none of a single second."""
    start_s, end_s = gap.span
    if start_s == end_s:
        return ()
    middle, half = (start_s + end_s) // 2, gap.expected // 2
    return (
        _Gap(TimeSpan(start_s, middle), half),
        _Gap(TimeSpan(middle + 1, end_s), gap.expected - half),
    )


def _kept(span: TimeSpan, page: EventsPage) -> _Got:
    """Return the rows of an answer in rising order that are all of theirs, and the rest's span."""
    latest_ms = max(times_of(page.rows), default=span.start_s * 1000)
    # An empty answer is an end, whatever the count beside it: rows the server cannot read count.
    # An event on the second after the span comes behind all of the span.
    if page.total <= PAGE_SIZE or not page.rows or latest_ms == PageRequest(span).end_ms:
        return _Got(page.rows)
    # Inside the span, or else a server's word could make it endless.
    cut_s = min(max(latest_ms // 1000, span.start_s), span.end_s)
    rows = [row for row in page.rows if (second := _second_of(row)) is None or second < cut_s]
    return _Got(rows, _Gap(TimeSpan(cut_s, span.end_s), page.total - len(rows)))


def _second_of(row: object) -> int | None:
    """The second of a row's event, since 1970; None where that cannot be read."""
    time = time_of(row)
    return None if time is None else time // 1000


def _in_milliseconds(span: TimeSpan) -> Gap:
    return Gap(span.start_s * 1000, span.end_s * 1000 + 999)


def _in_background(fetch: Callable[[], _Got]) -> Future[_Got]:
    """Fetch in a thread that a process which ends does not wait for."""
    future: Future[_Got] = Future()

    def run() -> None:
        try:
            future.set_result(fetch())
        except BaseException as error:  # noqa: BLE001  # handed on whole
            future.set_exception(error)

    Thread(target=run, name="page", daemon=True).start()
    return future
