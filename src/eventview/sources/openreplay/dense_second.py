"""Reading a second that holds more events than one answer can.

It is paged by the events' ids, again and again until all of it has come: some releases give many
events one id, and break such ties anew for each page.
"""

from __future__ import annotations

from collections import Counter
from typing import Final, Literal, NamedTuple

from eventview.errors import EventviewError
from eventview.sources.openreplay.event_count import mark_of, time_of
from eventview.sources.openreplay.page_requests import PAGE_SIZE, Ask, Budget, Span, unending

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


class Crowd(NamedTuple):
    """Result of reading the events of a second."""

    doubled: Counter[int]
    """The number of further rows that the server counts, by time, because it holds them twice."""
    failure: EventviewError | None = None
    """Failure that ended the reading before all had come."""


def read(budget: Budget, second: Span, rows: dict[int, object]) -> Crowd:
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
            total, given = _pass(budget, Ask(second, order=order, by_id=True), rows, copies)
        except EventviewError as failure:
            return Crowd(Counter(), failure)
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
    return Crowd(doubled)


def _pass(
    budget: Budget, ask: Ask, rows: dict[int, object], copies: Counter[int]
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
