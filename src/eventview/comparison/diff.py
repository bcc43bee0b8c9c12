"""Two sessions beside each other: what is the same, added, missing, changed.

Aligns page visits and their loads; `eventview.comparison.steps` aligns what was done on them,
`eventview.comparison.labels` puts all of it into words. Only what both views show takes part.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, groupby, pairwise
from typing import Final, NamedTuple

from eventview.analysis.analysis import Analysis
from eventview.analysis.signals import BACKGROUND_KINDS, SignalKind
from eventview.comparison.align import Key, Pair, pairs
from eventview.comparison.steps import (
    Change,
    ChangedField,
    ComparedStep,
    DiffLine,
    alike,
    is_same,
    lines,
    steps_of,
)
from eventview.session.events import Location, Performance
from eventview.session.metrics import CATALOGUE, Metric, is_page_load
from eventview.session.session import Session
from eventview.session.urls import split_url
from eventview.session.values import Number, Rating
from eventview.view.view import View


class VisitSlice(NamedTuple):
    """What is shown of one page visit; or what is shown of no known page."""

    key: Key
    """What it is aligned by."""
    visit: int | None
    """Its place among the session's visits; None where there is no page."""
    head: int | None
    """Index of the LOCATION, shown or not; None where there is no page."""
    events: Sequence[int]
    """Indexes of what is shown of it, but for samples of the page's performance."""


class LoadDifference(NamedTuple):
    """One load metric, measured on at least one side."""

    metric: Metric
    first: Number | None
    second: Number | None
    first_rating: Rating | None
    second_rating: Rating | None
    is_marked: bool
    """Whether a reader should be led to it: another rating, or so far apart that a user notices.
    False where one side was not measured."""

    @property
    def is_one_sided(self) -> bool:
        """Whether only one side was measured."""
        return self.first is None or self.second is None


class PagePair(NamedTuple):
    """A page visit of each session, or one that only one of them has."""

    first: VisitSlice | None
    second: VisitSlice | None
    lines: Sequence[DiffLine]
    """Its head first."""
    loads: Sequence[LoadDifference] = ()
    """In the order of the catalogue; none unless both sides loaded the page."""


NOTICED_MS: Final = 100
"""A user notices no less than this: up to 0.1 s is felt as at once (J. Nielsen, Response Times: The
3 Important Limits)."""
NOTICED_SHARE: Final = 0.2
"""Nor less than a fifth of the lesser value (S. Seow, Designing and Engineering Time: the 20 %
rule)."""
NOTICED_SHIFT: Final = 0.1
"""As `NOTICED_MS` for what has no unit, the layout shift: as far as a good one may go (web.dev)."""


@dataclass(frozen=True)
class Comparison:
    """Two views of sessions, page visit by page visit. Lines are numbered from 0."""

    first: View
    second: View
    pages: Sequence[PagePair]

    @cached_property
    def lines(self) -> Sequence[DiffLine]:
        """All lines of all pages."""
        return [line for page in self.pages for line in page.lines]

    @cached_property
    def starts(self) -> Sequence[int]:
        """The number of each page's head, in order."""
        return [0, *accumulate(len(page.lines) for page in self.pages[:-1])] if self.pages else []

    def page_at(self, number: int) -> PagePair:
        """The page that a line is on."""
        return self.pages[bisect_right(self.starts, number) - 1]

    @cached_property
    def counts(self) -> Mapping[Change, int]:
        """How many lines came to what, all four of them."""
        counted = Counter(line.outcome for line in self.lines if line.first or line.second)
        return {outcome: counted[outcome] for outcome in Change}

    @cached_property
    def differences(self) -> Sequence[int]:
        """The numbers of the lines to stop at, in order.

        A page visit that one session does not have is one stop, its head, however long it is.
        """
        return [
            start + number
            for start, page in zip(self.starts, self.pages, strict=True)
            for number, line in enumerate(page.lines)
            if line.outcome is not Change.SAME
            and (number == 0 or (page.first is not None and page.second is not None))
        ]

    def difference_at(self, number: int) -> int | None:
        """Which stop a line belongs to, counted from 0; None where it is none."""
        page_start = self.starts[bisect_right(self.starts, number) - 1]
        page = self.page_at(number)
        stop = number if page.first and page.second else page_start
        place = bisect_left(self.differences, stop)
        is_one = place < len(self.differences) and self.differences[place] == stop
        return place if is_one else None

    def only_signals(
        self, page: PagePair
    ) -> tuple[Mapping[SignalKind, int], Mapping[SignalKind, int]]:
        """The signals of a page that the other side has none of, by kind, for either side."""
        first, second = _signals(self.first, page.first), _signals(self.second, page.second)
        return (
            {kind: number for kind, number in first.items() if kind not in second},
            {kind: number for kind, number in second.items() if kind not in first},
        )


def compare(first: View, second: View) -> Comparison:
    """Put two sessions beside each other.

    Page visits are aligned by path, their steps by type and label. Swapping the sessions swaps
    what is added and what is missing, and changes nothing else.
    """
    parts, others = list(_parts(first)), list(_parts(second))
    found = pairs([part.key for part in parts], [part.key for part in others])
    pages: list[PagePair] = []
    for before, after in pairwise([Pair(-1, -1), *found, Pair(len(parts), len(others))]):
        pages += [_only_first(first, p) for p in parts[before.first + 1 : after.first]]
        pages += [_only_second(second, p) for p in others[before.second + 1 : after.second]]
        if after.first < len(parts):
            pages.append(_both(first, parts[after.first], second, others[after.second]))
    return Comparison(first, second, pages)


# --- page visits


def _parts(view: View) -> Iterator[VisitSlice]:
    """What is shown, page visit by page visit."""
    session = view.session
    first_gap = min(session.behind_gaps, default=len(session.events))
    shown = (i for i in view.shown if not isinstance(session.events[i], Performance))
    for (visit, is_unknown), group in groupby(
        shown,
        lambda index: (
            session.visit_number(index),
            index >= first_gap or session.is_stray(index),
        ),
    ):
        events = tuple(group)
        if visit is None:
            # Told apart, because behind a gap there may have been any page.
            yield VisitSlice(("unknown",) if is_unknown else ("none",), None, None, events)
        else:
            head = session.visits[visit].start
            yield VisitSlice(("page", alike(address(session, head).path)), visit, head, events)


def is_same_query(one: str, two: str) -> bool:
    """Return True for two queries that are the same, where a plus sign stands for a space."""
    return is_same(one.replace("+", " "), two.replace("+", " "))


class PageAddress(NamedTuple):
    """A page's address, less its host: the same application may run in several places."""

    path: str
    query: str


def address(session: Session, index: int) -> PageAddress:
    """The address of a LOCATION, also where its path is a whole URL, as some servers send it."""
    _, path, query = session.address(index)
    found = split_url(path)
    return PageAddress(found.path, query or found.query)


def _head_and_steps(
    view: View, part: VisitSlice
) -> tuple[ComparedStep | None, Sequence[ComparedStep]]:
    """The head of a part, where it is shown, and its steps."""
    is_head_shown = part.events[0] == part.head
    head = ComparedStep(part.events[:1]) if is_head_shown else None
    return head, steps_of(view.session, part.events[is_head_shown:])


def _only_first(view: View, part: VisitSlice) -> PagePair:
    """A page visit that the second session does not have."""
    head, steps = _head_and_steps(view, part)
    leading = DiffLine(Change.MISSING, head, None, is_head=True)
    return PagePair(
        part, None, [leading, *(DiffLine(Change.MISSING, step, None) for step in steps)]
    )


def _only_second(view: View, part: VisitSlice) -> PagePair:
    """A page visit that the first session does not have."""
    head, steps = _head_and_steps(view, part)
    leading = DiffLine(Change.ADDED, None, head, is_head=True)
    return PagePair(None, part, [leading, *(DiffLine(Change.ADDED, None, step) for step in steps)])


def _both(first: View, part: VisitSlice, second: View, other: VisitSlice) -> PagePair:
    """A page visit that both sessions have."""
    head, steps = _head_and_steps(first, part)
    other_head, others = _head_and_steps(second, other)
    loads: Sequence[LoadDifference] = ()
    aspects = []
    outcome = Change.SAME
    if head and other_head:
        loads = _loads(first.analysis, head.index, second.analysis, other_head.index)
        one, two = address(first.session, head.index), address(second.session, other_head.index)
        if not (is_same(one.path, two.path) and is_same_query(one.query, two.query)):
            aspects.append(ChangedField.ADDRESS)
        if any(load.is_marked for load in loads):
            aspects.append(ChangedField.LOAD)
        outcome = Change.CHANGED if aspects else Change.SAME
    elif head or other_head:
        # A filter may let through the one LOCATION and not the other.
        outcome = Change.MISSING if head else Change.ADDED
    leading = DiffLine(outcome, head, other_head, tuple(aspects), is_head=True)
    below = lines(first.session, steps, second.session, others)
    return PagePair(part, other, [leading, *below], loads)


def _signals(view: View, part: VisitSlice | None) -> Mapping[SignalKind, int]:
    """How many of each kind, but for those that make no difference between sessions."""
    if part is None:
        return {}
    shown = frozenset(part.events)
    carried = view.analysis.signals.carried(part.events[0], part.events[-1] + 1)
    counted = Counter(s.kind for s in carried if s.at in shown and s.kind not in BACKGROUND_KINDS)
    return {kind: counted[kind] for kind in SignalKind if kind in counted}


# --- loads


def _loads(
    analysis: Analysis, index: int, other: Analysis, other_index: int
) -> Sequence[LoadDifference]:
    if not (has_loaded(analysis.session, index) and has_loaded(other.session, other_index)):
        return ()
    load, other_load = analysis.own_load(index), other.own_load(other_index)
    found = []
    for metric in CATALOGUE:
        first, second = metric.read(load), metric.read(other_load)
        if first is None and second is None:
            continue
        ratings = _rating(analysis, metric, first), _rating(other, metric, second)
        is_marked = (
            first is not None
            and second is not None
            and (ratings[0] is not ratings[1] or _is_noticed(metric, first, second))
        )
        found.append(LoadDifference(metric, first, second, *ratings, is_marked))
    return found


def has_loaded(session: Session, index: int) -> bool:
    """Whether a LOCATION is a load of the page rather than a route change."""
    event = session.events[index]
    return isinstance(event, Location) and is_page_load(event.load)


def _rating(analysis: Analysis, metric: Metric, value: Number | None) -> Rating | None:
    band = analysis.rules.bands.get(metric.key)
    return None if band is None or value is None else band.rating(value)


def _is_noticed(metric: Metric, first: Number, second: Number) -> bool:
    apart = abs(first - second)
    least = NOTICED_MS if metric.unit == "ms" else NOTICED_SHIFT
    return apart >= least and apart >= NOTICED_SHARE * min(first, second)
