"""Reading all events of a session from an API that gives 200 at a time.

The server orders by whole seconds and breaks ties anew for each request, so a page border inside a
second repeats some events and loses others. Pages are therefore not counted off: each request asks
for a span of time, and of an answer that is not all of its span only whole seconds are taken. What
is left of a span is asked for next, and spans are halved to keep a few requests in flight. A
second that alone holds more than an answer can is paged by the events' ids.

Knows no HTTP: it is given a function that asks. May import `eventview.model` and its neighbour
`v2`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from threading import Thread
from typing import Final, Literal, NamedTuple

from eventview.model.source import Batch
from eventview.sources.openreplay.v2 import RESOLUTION_MS, Page, in_order

PAGE_SIZE: Final = 200
"""The most that the server gives at once."""

IN_FLIGHT: Final = 4
"""Requests at one time: enough to hide the way there and back, few enough to be polite."""

_OVERLAP_S: Final = 30
"""How far before the last known event later ones are looked for: events may be stored late."""


class Span(NamedTuple):
    """Seconds since 1970, both ends included."""

    start_s: int
    end_s: int


class Ask(NamedTuple):
    """One request for a page."""

    span: Span
    page: int = 1
    order: Literal["asc", "desc"] = "asc"
    by_id: bool = False
    """Ordered by the events' ids rather than by time."""


AskPage = Callable[[Ask], Page]


class _Gap(NamedTuple):
    """A span that is still to be fetched."""

    span: Span
    expected: int
    """About how many events it holds."""


class _Got(NamedTuple):
    """What one gap gave, and what of it is still to be fetched."""

    rows: Sequence[object]
    rest: _Gap | None


class Pager:
    """Fetches one session's events once and knows which are still missing."""

    def __init__(self) -> None:
        self._ask: AskPage
        self._gaps: list[_Gap] = []
        self._seen: set[int] = set()
        self._doubled = 0
        self._total = 0
        self._last_s: int | None = None

    def first(self, ask: AskPage, span: Span) -> Iterator[Batch]:
        """Fetch all events of a span: the earliest first, then the others as they come.

        Gives nothing when there are none. What cannot be fetched is left for `rest`.

        Args:
            ask: fetches a page; called in several threads at once.
            span: where to look.

        Raises:
            EventviewError: what `ask` raised; what other requests brought is given before.
        """
        self._ask = ask
        page = self._ask(Ask(span))
        self._total = page.total
        if not page.total:
            return
        yield self._batch(self._settle(_Gap(span, page.total), page), starts_over=True)
        if self._gaps:
            yield from self._end_of(self._gaps[0])
            yield from self._fill()

    def rest(self, ask: AskPage, end_s: int) -> Iterator[Batch]:
        """Fetch what is missing, then what has happened since, up to a second.

        Raises:
            EventviewError: what `ask` raised.
        """
        self._ask = ask
        yield from self._fill()
        if self._last_s is not None:
            later = Span(self._last_s - _OVERLAP_S, max(end_s, self._last_s))
            self._gaps = [_Gap(later, 0)]
            yield from self._fill(is_growing=True)

    def _end_of(self, gap: _Gap) -> Iterator[Batch]:
        """Fetch the last page: where the session ends bounds the spans that are worth asking."""
        span = gap.span
        page = self._ask(Ask(span, order="desc"))
        seconds = _seconds(page.rows)
        if not seconds:
            # None of the last rows can be read; those before them still may be.
            return
        if page.total <= PAGE_SIZE:
            self._gaps.remove(gap)
            yield self._batch(self._settle(gap, page))
            return
        earliest = min(seconds)
        rows = [row for row in page.rows if _second(row) != earliest]
        self._gaps.remove(gap)
        self._gaps.append(_Gap(Span(span.start_s, earliest), max(1, page.total - len(rows))))
        yield self._batch(rows)

    def _settle(self, gap: _Gap, page: Page) -> Sequence[object]:
        """Note what is left of a gap after an answer in rising order; gives what can be kept."""
        got = _kept(gap.span, page)
        if got.rest is not None:
            self._gaps.append(got.rest)
        return got.rows

    def _batch(
        self, rows: Sequence[object], *, starts_over: bool = False, is_growing: bool = False
    ) -> Batch:
        fresh = []
        for row in rows:
            mark = hash(json.dumps(row, sort_keys=True))
            if mark not in self._seen:
                self._seen.add(mark)
                fresh.append(row)
        if is_growing:
            self._total += len(fresh)
        else:
            self._doubled += len(rows) - len(fresh)
        latest = max(_seconds(fresh), default=None)
        if latest is not None:
            self._last_s = latest if self._last_s is None else max(self._last_s, latest)
        return Batch(in_order(fresh), self._announced(), RESOLUTION_MS, starts_over=starts_over)

    def _announced(self) -> int:
        """How many there are; rows that the server has stored twice count once."""
        return max(self._total - self._doubled, len(self._seen))

    # --- several requests at a time

    def _fill(self, *, is_growing: bool = False) -> Iterator[Batch]:
        """Fetch the gaps, the earliest first, until none is left or one cannot be fetched."""
        running: dict[Future[_Got], _Gap] = {}
        failure: Exception | None = None
        try:
            while running or (self._gaps and failure is None):
                while failure is None and len(running) < IN_FLIGHT and self._cut(running):
                    gap = self._gaps.pop(0)
                    running[_in_background(self._fetch, gap)] = gap
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    gap = running.pop(future)
                    error = future.exception()
                    if error is not None:
                        self._gaps.append(gap)
                        failure = failure or (error if isinstance(error, Exception) else None)
                        continue
                    rows, rest = future.result()
                    if rest is not None:
                        self._gaps.append(rest)
                    batch = self._batch(rows, is_growing=is_growing)
                    if batch.events:
                        yield batch
        finally:
            # Whoever stops listening may come back for the rest.
            self._gaps.extend(running.values())
            self._gaps.sort()
        if failure is not None:
            raise failure

    def _cut(self, running: dict[Future[_Got], _Gap]) -> bool:
        """Have a gap ready to ask for, halving the largest while there are too few."""
        self._gaps.sort()
        while self._gaps and len(self._gaps) + len(running) < IN_FLIGHT:
            largest = max(self._gaps, key=lambda gap: gap.expected)
            start_s, end_s = largest.span
            if largest.expected <= PAGE_SIZE or start_s == end_s:
                break
            middle = (start_s + end_s) // 2
            half = largest.expected // 2
            self._gaps.remove(largest)
            self._gaps += [
                _Gap(Span(start_s, middle), half),
                _Gap(Span(middle + 1, end_s), largest.expected - half),
            ]
            self._gaps.sort()
        return bool(self._gaps)

    def _fetch(self, gap: _Gap) -> _Got:
        start_s, end_s = gap.span
        got = _kept(gap.span, self._ask(Ask(gap.span)))
        if got.rest is None or got.rest.span != gap.span:
            return got
        rows = self._crowded(Span(start_s, start_s))
        if start_s == end_s:
            return _Got(rows, None)
        return _Got(rows, _Gap(Span(start_s + 1, end_s), max(0, got.rest.expected - len(rows))))

    def _crowded(self, span: Span) -> Sequence[object]:
        """The events of a second that one answer cannot hold."""
        rows: list[object] = []
        page = self._ask(Ask(span, by_id=True))
        pages = -(-page.total // PAGE_SIZE)
        rows.extend(page.rows)
        for number in range(2, pages + 1):
            more = self._ask(Ask(span, page=number, by_id=True)).rows
            if not more:
                # Whatever the count said, a page past the end is empty.
                break
            rows.extend(more)
        return rows


def _kept(span: Span, page: Page) -> _Got:
    """What an answer in rising order is sure to hold all of, and the span it leaves."""
    # An empty answer is an end, whatever the count beside it: rows the server cannot read count.
    if page.total <= PAGE_SIZE or not page.rows:
        return _Got(page.rows, None)
    last = max(_seconds(page.rows), default=span.start_s)
    # Inside the span, or else a server's word could make it endless.
    cut = min(max(last, span.start_s), span.end_s)
    rows = [row for row in page.rows if (second := _second(row)) is None or second < cut]
    return _Got(rows, _Gap(Span(cut, span.end_s), page.total - len(rows)))


def _second(row: object) -> int | None:
    time = row.get("created_at") if isinstance(row, dict) else None
    return time // RESOLUTION_MS if type(time) is int else None


def _seconds(rows: Sequence[object]) -> Sequence[int]:
    return [second for row in rows if (second := _second(row)) is not None]


def _in_background(fetch: Callable[[_Gap], _Got], gap: _Gap) -> Future[_Got]:
    """Fetch in a thread that a process which ends does not wait for."""
    future: Future[_Got] = Future()

    def run() -> None:
        try:
            future.set_result(fetch(gap))
        except BaseException as error:  # noqa: BLE001  # handed on whole
            future.set_exception(error)

    Thread(target=run, name="page", daemon=True).start()
    return future
