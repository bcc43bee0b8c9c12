"""Folding of page visits and runs of clicks, and the way from one page visit to the next.

Nothing here changes a view: functions that fold return the view options to show next.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import replace

from eventview.view.view import View
from eventview.view.view_options import ViewOptions


def fold(view: View, index: int) -> ViewOptions | None:
    """Fold the run that an event is in, or else its page visit; None if there is neither."""
    options = view.options
    for run in view.analysis.runs:
        if run.start <= index < run.end and run.start in options.unrolled:
            return replace(options, unrolled=options.unrolled - {run.start})
    head = _find_head(view, index)
    if head is None or head in options.folded or not view.shows(head):
        return None
    return replace(options, folded=options.folded | {head})


def unfold(view: View, index: int) -> ViewOptions | None:
    """Unfold the row of an event; None if it stands for that event only."""
    options = view.options
    if view.is_folded(index):
        return replace(options, folded=options.folded - {index})
    if view.rolled(index):
        return replace(options, unrolled=options.unrolled | {index})
    return None


def fold_all(view: View) -> ViewOptions:
    """Fold every page visit, and every run where runs are folded at all."""
    heads = frozenset(visit.start for visit in view.session.visits)
    return replace(view.options, folded=heads, unrolled=frozenset())


def unfold_all(view: View) -> ViewOptions:
    """Unfold every page visit; runs stay as they are."""
    return replace(view.options, folded=frozenset())


def reveal(view: View, index: int) -> ViewOptions:
    """Unfold all that hides an event."""
    options, head = view.options, _find_head(view, index)
    if head is not None and index != head:
        options = replace(options, folded=options.folded - {head})
    for run in view.analysis.runs:
        if run.start < index < run.end and view.rolled(run.start):
            return replace(options, unrolled=options.unrolled | {run.start})
    return options


def _find_head(view: View, index: int) -> int | None:
    number = view.session.visit_number(index)
    return None if number is None else view.session.visits[number].start


def count_visit_events(view: View, head: int) -> tuple[int, int] | None:
    """Return how many events of a LOCATION's page visit are shown, and how many it has.

    None for any other event.
    """
    if _find_head(view, head) != head:
        return None
    start, end = view.session.visits[view.session.visit_number(head) or 0]
    return bisect_left(view.shown, end) - bisect_left(view.shown, start), end - start


def find_visit_row(view: View, row: int, step: int) -> int:
    """Return the first row of the next page visit, or the start of this or the visit before.

    Args:
        view: the rows.
        row: the row to start from.
        step: 1 for the next visit; -1 for the start of this visit, or if `row` is
            that already, of the one before.

    Returns:
        A row; `row` itself if no such visit has a row. Back from events before the first
        page visit, the first row.
    """
    if not view.rows:
        return row
    visits = view.session.visits
    here = bisect_right([visit.start for visit in visits], view.rows[row]) - 1
    if step > 0:
        later = (_find_first_row(view, number) for number in range(here + 1, len(visits)))
        return next((first for first in later if first is not None), row)
    if here < 0:
        return 0
    own = _find_first_row(view, here)
    if own is not None and own < row:
        return own
    earlier = (_find_first_row(view, number) for number in reversed(range(here)))
    return next((first for first in earlier if first is not None), min(row, 0))


def _find_first_row(view: View, number: int) -> int | None:
    start, end = view.session.visits[number]
    row = bisect_left(view.rows, start)
    return row if row < len(view.rows) and view.rows[row] < end else None
