"""Comparison of two sessions: same, added, missing and changed lines.

Page visits and their loads are compared here, the steps on them in `eventview.comparison.steps`;
the texts are in `eventview.comparison.labels`. Events that a view hides are left out.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import accumulate, groupby, pairwise, repeat
from operator import attrgetter
from typing import Final, NamedTuple

from msgspec import Struct

from eventview.analysis.analysis import Analysis, count_kinds
from eventview.analysis.signals import SignalKind
from eventview.comparison.align import Key, Pair, find_pairs, is_cut
from eventview.comparison.steps import (
    Change,
    ChangedField,
    ComparedStep,
    DiffLine,
    compare_steps,
    group_steps,
    is_same,
    normalize_path,
)
from eventview.progress import track
from eventview.session.events import Location, Performance
from eventview.session.metrics import CATALOGUE, Band, Metric, Number, Rating, is_page_load
from eventview.session.session import Session
from eventview.session.urls import split_url
from eventview.view.view import View


class VisitSlice(NamedTuple):
    """Shown events of one page visit, or of no known page."""

    key: Key
    """Key by which the visit is aligned."""
    visit: int | None
    """Place among the session's visits; None if there is no page."""
    head: int | None
    """Index of the LOCATION, shown or not; None if there is no page."""
    events: Sequence[int]
    """Indexes of the shown events, without performance samples."""


class LoadDifference(NamedTuple):
    """Load metric that was measured on at least one side."""

    metric: Metric
    first: Number | None
    second: Number | None
    first_rating: Rating | None
    second_rating: Rating | None
    is_marked: bool
    """True if the ratings differ or a user would notice; False if one side was not measured."""


class PagePair(NamedTuple):
    """Page visits of both sessions, or one that only one session has."""

    first: VisitSlice | None
    second: VisitSlice | None
    lines: Sequence[DiffLine]
    """Lines of the visit, the head first."""
    loads: Sequence[LoadDifference] = ()
    """Metrics in the order of the catalogue; none unless both sides loaded the page."""


NOTICED_MS: Final = 100
"""Least difference that a user notices: 0.1 s feels instant (J. Nielsen, Response Times: The 3
Important Limits)."""
NOTICED_SHARE: Final = 0.2
"""Least share of the lesser value that a user notices (S. Seow, Designing and Engineering Time: the
20 % rule)."""
NOTICED_SHIFT: Final = 0.1
"""Least difference of the layout shift, which has no unit: the limit of a good one (web.dev)."""


class Comparison(Struct, frozen=True, dict=True):
    """Two compared views of sessions; lines are numbered from 0."""

    first: View
    second: View
    pages: Sequence[PagePair]

    @cached_property
    def lines(self) -> Sequence[DiffLine]:
        """Lines of all pages."""
        return [line for page in self.pages for line in page.lines]

    @cached_property
    def starts(self) -> Sequence[int]:
        """Line numbers of the pages' heads, in order."""
        return [0, *accumulate(len(page.lines) for page in self.pages[:-1])] if self.pages else []

    def find_page(self, number: int) -> PagePair:
        """Return the page of a line."""
        return self.pages[bisect_right(self.starts, number) - 1]

    @property
    def is_cut(self) -> bool:
        """True if the visits, or the steps of a visit, were too many to be aligned at once."""
        aligned: list[Sequence[PagePair | DiffLine]] = [page.lines for page in self.pages]
        return any(
            is_cut(
                sum(one.first is not None for one in each),
                sum(one.second is not None for one in each),
            )
            for each in (self.pages, *aligned)
        )

    @cached_property
    def counts(self) -> Mapping[Change, int]:
        """Number of lines by result, for all four results."""
        counted = Counter(line.outcome for line in self.lines if line.first or line.second)
        return {outcome: counted[outcome] for outcome in Change}

    @cached_property
    def differences(self) -> Sequence[int]:
        """Numbers of the lines that are differences, in order.

        A page visit that only one session has is one difference: its head.
        """
        return [
            start + number
            for start, page in zip(self.starts, self.pages, strict=True)
            for number, line in enumerate(page.lines)
            if line.outcome is not Change.SAME
            and (number == 0 or (page.first is not None and page.second is not None))
        ]

    def find_difference(self, number: int) -> int | None:
        """Return the place of a line's difference, counted from 0; None if it has none."""
        place = bisect_right(self.starts, number) - 1
        page = self.pages[place]
        stop = number if page.first and page.second else self.starts[place]
        place = bisect_left(self.differences, stop)
        is_one = place < len(self.differences) and self.differences[place] == stop
        return place if is_one else None

    def only_signals(
        self, page: PagePair
    ) -> tuple[Mapping[SignalKind, int], Mapping[SignalKind, int]]:
        """Return the number of signals by kind that only one side of a page has, for both sides."""
        first = _count_signals(self.first, page.first)
        second = _count_signals(self.second, page.second)
        return (
            {kind: number for kind, number in first.items() if kind not in second},
            {kind: number for kind, number in second.items() if kind not in first},
        )


def compare_sessions(first: View, second: View) -> Comparison:
    """Compare two sessions.

    Page visits are aligned by path, their steps by type and label. Swapping the sessions swaps
    added and missing lines and changes nothing else.
    """
    parts, others = list(_split_visits(first)), list(_split_visits(second))
    found = find_pairs([part.key for part in parts], [part.key for part in others])
    pages: list[PagePair] = []
    pairs = pairwise([Pair(-1, -1), *found, Pair(len(parts), len(others))])
    for before, after in track(pairs, "comparing", len(found), "page visits"):
        missing, added = (
            parts[before.first + 1 : after.first],
            others[before.second + 1 : after.second],
        )
        pages += [_make_unpaired(first, part, Change.MISSING) for part in missing]
        pages += [_make_unpaired(second, part, Change.ADDED) for part in added]
        if after.first < len(parts):
            pages.append(_pair_visits(first, parts[after.first], second, others[after.second]))
    return Comparison(first, second, pages)


def _split_visits(view: View) -> Iterator[VisitSlice]:
    """Yield the shown events of a view, one slice for each page visit."""
    session, number = view.session, len(view.session.events)
    samples = frozenset(session.indexes_of(Performance))
    shown = [index for index in view.shown if index not in samples] if samples else view.shown
    # Behind a gap there may have been any page, so the two cases differ.
    first_gap = min(session.behind_gaps, default=number)
    pages: list[int | str] = [*repeat("none", first_gap), *repeat("unknown", number - first_gap)]
    for index in session.strays:
        pages[index] = "unknown"
    for place, visit in enumerate(session.visits):
        pages[visit.start : visit.end] = [place] * (visit.end - visit.start)
    for page, group in groupby(shown, pages.__getitem__):
        events = tuple(group)
        if isinstance(page, str):
            yield VisitSlice((page,), None, None, events)
        else:
            head = session.visits[page].start
            path = normalize_path(read_address(session, head).path)
            yield VisitSlice(("page", path), page, head, events)


def is_same_query(one: str, two: str) -> bool:
    """Return whether two queries are equal, with plus signs taken as spaces."""
    return is_same(one.replace("+", " "), two.replace("+", " "))


class PageAddress(NamedTuple):
    """Address of a page without its host, because an application may run in several places."""

    path: str
    query: str


def read_address(session: Session, index: int) -> PageAddress:
    """Return the address of a LOCATION, whose path may be a whole URL on some servers."""
    _, path, query = session.address(index)
    found = split_url(path)
    return PageAddress(found.path, query or found.query)


def _split_head(view: View, part: VisitSlice) -> tuple[ComparedStep | None, Sequence[ComparedStep]]:
    """Return the head of a visit, if it is shown, and its steps."""
    is_head_shown = part.events[0] == part.head
    head = ComparedStep(part.events[:1]) if is_head_shown else None
    return head, group_steps(view.session, part.events[is_head_shown:])


def _make_unpaired(view: View, part: VisitSlice, change: Change) -> PagePair:
    """Return the lines of a page visit that is missing or added."""
    head, steps = _split_head(view, part)
    if change is Change.MISSING:
        lines = [DiffLine(change, step, None, is_head=step is head) for step in (head, *steps)]
        return PagePair(part, None, lines)
    lines = [DiffLine(change, None, step, is_head=step is head) for step in (head, *steps)]
    return PagePair(None, part, lines)


def _pair_visits(first: View, part: VisitSlice, second: View, other: VisitSlice) -> PagePair:
    head, steps = _split_head(first, part)
    other_head, others = _split_head(second, other)
    loads: Sequence[LoadDifference] = ()
    aspects = []
    outcome = Change.SAME
    if head and other_head:
        loads = _compare_loads(first.analysis, head.index, second.analysis, other_head.index)
        one = read_address(first.session, head.index)
        two = read_address(second.session, other_head.index)
        if not (is_same(one.path, two.path) and is_same_query(one.query, two.query)):
            aspects.append(ChangedField.ADDRESS)
        if any(load.is_marked for load in loads):
            aspects.append(ChangedField.LOAD)
        outcome = Change.CHANGED if aspects else Change.SAME
    elif head or other_head:
        # A filter may show the one LOCATION and hide the other.
        outcome = Change.MISSING if head else Change.ADDED
    leading = DiffLine(outcome, head, other_head, tuple(aspects), is_head=True)
    below = compare_steps(first.session, steps, second.session, others)
    return PagePair(part, other, [leading, *below], loads)


def _count_signals(view: View, part: VisitSlice | None) -> Mapping[SignalKind, int]:
    """Count the shown signals of a visit by kind, without background kinds."""
    if part is None:
        return {}
    signals = view.analysis.signals.in_range(part.events[0], part.events[-1] + 1)
    if not signals:
        return {}
    shown = frozenset(part.events)
    return count_kinds(s for s in signals if s.at in shown and not s.kind.is_background)


_read_metrics = attrgetter(*(metric.field for metric in CATALOGUE))


def _compare_loads(
    analysis: Analysis, index: int, other: Analysis, other_index: int
) -> Sequence[LoadDifference]:
    if not (has_loaded(analysis.session, index) and has_loaded(other.session, other_index)):
        return ()
    load, other_load = analysis.own_load(index), other.own_load(other_index)
    bands, other_bands = analysis.rules.bands, other.rules.bands
    found = []
    values = zip(CATALOGUE, _read_metrics(load), _read_metrics(other_load), strict=True)
    for metric, first, second in values:
        if first is None and second is None:
            continue
        ratings = _rate(bands.get(metric.key), first), _rate(other_bands.get(metric.key), second)
        is_marked = False
        if first is not None and second is not None:
            least = NOTICED_MS if metric.unit == "ms" else NOTICED_SHIFT
            is_noticed = abs(first - second) >= max(least, NOTICED_SHARE * min(first, second))
            is_marked = is_noticed or ratings[0] is not ratings[1]
        found.append(LoadDifference(metric, first, second, *ratings, is_marked))
    return found


def has_loaded(session: Session, index: int) -> bool:
    """Return whether a LOCATION is a page load rather than a route change."""
    event = session.events[index]
    return isinstance(event, Location) and is_page_load(event.load)


def _rate(band: Band | None, value: Number | None) -> Rating | None:
    return None if band is None or value is None else band.rating(value)
