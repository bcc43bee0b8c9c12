"""Folding of page visits and runs of clicks, and steps from one page visit to the next.

Functions that fold return the view options to show next.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from operator import attrgetter

from msgspec.structs import replace

from eventview.analysis.measured_session import find_run
from eventview.session.session import Session
from eventview.view.view import View
from eventview.view.view_options import ViewOptions


def fold(view: View, index: int) -> ViewOptions | None:
    """Fold the run that an event is in, or else its page visit; None if there is neither."""
    options, run = view.options, find_run(view.analysis.runs, index)
    if run is not None and run.start in options.unrolled:
        return replace(options, unrolled=options.unrolled - {run.start})
    head = view.session.opening(index)
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
    options, head = view.options, view.session.opening(index)
    if head is not None and index != head:
        options = replace(options, folded=options.folded - {head})
    run = find_run(view.analysis.runs, index)
    if run is not None and index != run.start and view.rolled(run.start):
        return replace(options, unrolled=options.unrolled | {run.start})
    return options


def count_visit_events(view: View, head: int) -> tuple[int, int] | None:
    """Return the shown and all events of a LOCATION's page visit; None for any other event."""
    if view.session.opening(head) != head:
        return None
    visit = view.session.visits[view.session.visit_number(head) or 0]
    shown = bisect_left(view.shown, visit.end) - bisect_left(view.shown, visit.start)
    return shown, visit.end - visit.start


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
    rows, visits = view.rows, view.session.visits
    # From visit to visit that has rows: a session may have a quarter as many visits as events.
    place = row + step
    while 0 <= place < len(rows):
        number = bisect_right(visits, rows[place], key=attrgetter("start")) - 1
        if number >= 0 and rows[place] < visits[number].end:
            first = bisect_left(rows, visits[number].start)
            if step < 0 or first > row:
                return first
        if step < 0:
            place = bisect_left(rows, visits[number].end) - 1 if number >= 0 else -1
        else:
            later = visits[number + 1 : number + 2]
            place = bisect_left(rows, later[0].start) if later else len(rows)
    return row if step > 0 else min(row, 0)


def remap(indexes: Iterable[int], before: Session, after: Session) -> frozenset[int]:
    """Return the indexes of events in a later state of their session; those lost are left out."""
    kept = (index for index in indexes if index < len(before.events))
    places = (after.find_event(before.events[index], index) for index in kept)
    return frozenset(place for place in places if place is not None)


def follow(options: ViewOptions, before: Session, after: Session) -> ViewOptions:
    """Return options whose folds are those of a later state of their session."""
    return replace(
        options,
        folded=remap(options.folded, before, after),
        unrolled=remap(options.unrolled, before, after),
    )
