"""Reading a second that holds more events than one answer can.

It is paged by the events' ids, again and again until all of it has come: some releases give many
events one id, and break such ties anew for each page. May import `eventview.errors` and its
neighbours `asking` and `tally`.
"""

from __future__ import annotations

from collections import Counter
from typing import Final, Literal, NamedTuple

from eventview.errors import EventviewError
from eventview.sources.openreplay.asking import PAGE_SIZE, Ask, Budget, Span, unending
from eventview.sources.openreplay.tally import mark_of, times_of

PASSES: Final = 30
"""How often what shares a second is read before its rest is given up."""

IDLE_PASSES: Final = 5
"""How many of them in a row may bring nothing. Of 900 events that share an id and are shuffled
anew for each page, the last one stays out of a pass once in three times: 7/9 to the power of the
pages."""

_MOST_OF_A_SECOND: Final = 20_000
"""Events of one second; more is a server that makes them up."""


class Crowd(NamedTuple):
    """How much of a second has come."""

    doubled: Counter[int]
    """The number of further rows that the server counts, by time, because it holds them twice."""
    failure: EventviewError | None = None
    """What ended the reading before all had come."""


def read(budget: Budget, second: Span, rows: dict[int, object]) -> Crowd:
    """Add the events of a second to its rows, by their marks.

    Args:
        budget: asks.
        second: a span of one second; what lies on the next full one comes with it.
        rows: what has come of it before; stays when the reading fails.
    """
    doubled: Counter[int] = Counter()
    idle = 0
    for number in range(PASSES):
        order: Literal["asc", "desc"] = "desc" if number % 2 else "asc"
        before = len(rows)
        try:
            total, doubled_here = _pass(budget, Ask(second, order=order, by_id=True), rows)
        except EventviewError as failure:
            return Crowd(Counter(), failure)
        doubled |= doubled_here
        idle = idle + 1 if len(rows) == before else 0
        if len(rows) + doubled.total() >= total or idle == IDLE_PASSES:
            break
    return Crowd(doubled)


def _pass(budget: Budget, ask: Ask, rows: dict[int, object]) -> tuple[int, Counter[int]]:
    """Add all pages of a second to its rows.

    Returns:
        How many rows the server counts, and how many came twice in one answer, by time.
    """
    doubled: Counter[int] = Counter()
    page = budget.ask(ask)
    total = page.total
    pages = -(-total // PAGE_SIZE)
    # Whatever the count said, a page past the end is empty.
    while page.rows:
        marked = {mark_of(row): row for row in page.rows}
        doubled += Counter(times_of(page.rows)) - Counter(times_of(marked.values()))
        budget.gain(len(marked.keys() - rows.keys()))
        rows |= marked
        if len(rows) > _MOST_OF_A_SECOND:
            raise unending(f"One second has more than {_MOST_OF_A_SECOND:,} events.")
        ask = ask._replace(page=ask.page + 1)
        if ask.page > pages:
            break
        page = budget.ask(ask)
    return total, doubled
