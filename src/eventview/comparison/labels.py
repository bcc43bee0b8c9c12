"""Two compared sessions in words: both halves of a line, what changed in it, what to beware of.

Never a value that was entered: it plays no part. Every text is clean.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from eventview.analysis import descriptions
from eventview.comparison import load_labels
from eventview.comparison.diff import (
    Comparison,
    PagePair,
    VisitSlice,
    address,
    has_loaded,
    is_same_query,
)
from eventview.comparison.steps import Change, ChangedField, ComparedStep, DiffLine, answer, is_same
from eventview.query.query import ALL_TYPES, NO_QUERY, STARTING_TYPES
from eventview.render import rows
from eventview.session import timefmt
from eventview.session.events import LOCATION, Custom, Event, Input, Location, Request, what_sent
from eventview.session.folding import legible
from eventview.session.session import Session
from eventview.session.text import shorten
from eventview.session.urls import split_url
from eventview.session.width import width
from eventview.view import filters
from eventview.view.view import View

SIGNS: Final[Mapping[Change, str]] = {
    Change.SAME: "=",
    Change.ADDED: "+",
    Change.MISSING: "-",
    Change.CHANGED: "~",
}
"""What marks a line, one cell."""

_ONLY_IN: Final = {
    Change.ADDED: "only in the second session",
    Change.MISSING: "only in the first session",
}

_LABEL_LIMIT: Final = 60
"""Characters of a label within a sentence."""

_ROUTE_CHANGE: Final = "a route change, or every timing was over 30 s"


class Side(NamedTuple):
    """What one session has on a line; every text is clean and uncut."""

    time: str
    """Since the session's start; "" where there is no event."""
    type: str
    """ "" where there is no event."""
    text: str
    beside: Sequence[str] = ()
    """How often, how long, how fast; where there is little room, the first give way."""


NOT_HERE: Final = Side("", "", "not in this session")
"""Stands beside the head of a page visit that only the other session has."""


_BETWEEN: Final = " · "


def fitting(half: Side, cells: int) -> str:
    """As much of what stands beside a text as leaves half of the room to the text, the last first.

    Args:
        half: the text and what is beside it.
        cells: for both of them.
    """
    kept: list[str] = []
    room = cells - min(width(half.text), cells // 2)
    for part in reversed(half.beside):
        if width(_BETWEEN.join([part, *kept])) + 1 > room:
            break
        kept.insert(0, part)
    return _BETWEEN.join(kept)


def sessions(comparison: Comparison) -> Sequence[tuple[str, str]]:
    """Which session is which, and what it is as a whole: `First`, `acme › 42 · 4.0s · 2 pages`."""
    return [("First", _whole(comparison.first)), ("Second", _whole(comparison.second))]


def _whole(view: View) -> str:
    session = view.session
    parts = (
        rows.name(session),
        rows.length(session),
        rows.counts(view),
        rows.pages(session),
    )
    return _BETWEEN.join(part for part in parts if part)


def halves(
    comparison: Comparison, page: PagePair, line: DiffLine
) -> tuple[Side | None, Side | None]:
    """Both sides of a line; None for a step that is not there."""
    views = (comparison.first, comparison.second)
    steps = (line.first, line.second)
    if line.is_head:
        one, two = (
            NOT_HERE if part is None else _head(view, part, step, load_labels.figures(page, place))
            for place, (view, part, step) in enumerate(
                zip(views, (page.first, page.second), steps, strict=True)
            )
        )
        return one, two
    first, second = (
        None if step is None else _half(view.session, step)
        for view, step in zip(views, steps, strict=True)
    )
    return first, second


def _head(view: View, part: VisitSlice, step: ComparedStep | None, figures: Sequence[str]) -> Side:
    session = view.session
    if part.visit is None or part.head is None:
        return Side("", "", "page unknown" if part.key == ("unknown",) else "before the first page")
    text = legible(page_address(session, part.head))
    if step is None:
        return Side("", "", text)
    stay = _stay(session, part)
    return Side(
        rows.moment(session, step.index), LOCATION, text, [*([stay] if stay else []), *figures]
    )


def page_address(session: Session, index: int) -> str:
    """The address of a LOCATION as sent, less its host."""
    path, query = address(session, index)
    path = path or "(no path)"
    return f"{path}?{query}" if query else path


def _stay(session: Session, part: VisitSlice) -> str:
    """How long a page visit was; "" where that is not known."""
    length = _stay_ms(session, part)
    return "" if length is None else timefmt.span(length, session.resolution_ms)


def _stay_ms(session: Session, part: VisitSlice) -> int | None:
    # Of a last page on which nothing happened, nobody knows how long it was looked at.
    if part.visit is None or session.visits[part.visit].start == len(session.events) - 1:
        return None
    return session.stay_ms(part.visit)


def _stays(one: Session, first: VisitSlice, two: Session, second: VisitSlice) -> Iterator[str]:
    """Yield the stays on a page where both clocks are sure that they differ."""
    lengths = _stay_ms(one, first), _stay_ms(two, second)
    if lengths[0] is None or lengths[1] is None:
        return
    stays = _stay(two, second), _stay(one, first)
    # Each is the difference of two times that are rounded down.
    unsure_ms = one.resolution_ms + two.resolution_ms - 2
    if abs(lengths[0] - lengths[1]) > unsure_ms and stays[0] != stays[1]:
        yield f"stay {_instead(*stays)}"


def _half(session: Session, step: ComparedStep) -> Side:
    event = session.events[step.index]
    beside = [f"×{step.count:,}"] if step.count > 1 else []
    return Side(
        rows.moment(session, step.index),
        event.type,
        _shown(event, called(session, step.index)),
        beside,
    )


def called(session: Session, index: int) -> str:
    """A step in a few words as sent, with what came of it and without what was entered."""
    event = session.events[index]
    if isinstance(event, Request):
        status = "" if answer(event) is None else _answer(event)
        return " ".join(part for part in (event.method, status, _path(event)) if part)
    return _name(event)


def _shown(event: Event, text: str) -> str:
    return legible(text) if isinstance(event, Location | Request) else text


def _name(event: Event) -> str:
    match event:
        case Input():
            return event.label if event.label.strip() else "(no label)"
        case Request():
            return " ".join(part for part in (event.method, _path(event)) if part)
        case Custom():
            return event.name or "(no name)"
        case _:
            return what_sent(event)


def _path(event: Request) -> str:
    return split_url(event.url).path


def _answer(event: Request) -> str:
    found = answer(event)
    if found is None:
        return "no status"
    if found == 0 and not isinstance(found, bool):
        return "no answer"
    if isinstance(found, bool):
        return "success" if found else "failed"
    # Some server sends 503.0.
    return str(int(found) if found == int(found) else found)


# --- what changed


def changes(comparison: Comparison, page: PagePair, line: DiffLine) -> Sequence[str]:
    """In what both sides of a line differ, a phrase each: the second instead of the first."""
    if line.first is None or line.second is None:
        return ()
    one, two = comparison.first.session, comparison.second.session
    found: list[str] = []
    for aspect in line.aspects:
        found += _changes(aspect, page, (one, line.first), (two, line.second))
    return found


def _changes(
    aspect: ChangedField,
    page: PagePair,
    first: tuple[Session, ComparedStep],
    second: tuple[Session, ComparedStep],
) -> Sequence[str]:
    (session, step), (other_session, other) = first, second
    one, two = session.events[step.index], other_session.events[other.index]
    match aspect:
        case ChangedField.ADDRESS if isinstance(one, Request) and isinstance(two, Request):
            return [_instead(_quoted(legible(_path(two))), _quoted(legible(_path(one))))]
        case ChangedField.ADDRESS:
            return list(_addresses(session, step.index, other_session, other.index))
        case ChangedField.LOAD:
            return [load_labels.words(load) for load in load_labels.marked(page)]
        case ChangedField.LABEL:
            return [_instead(_quoted(_shown(two, _name(two))), _quoted(_shown(one, _name(one))))]
        case ChangedField.STATUS if isinstance(one, Request) and isinstance(two, Request):
            return [_instead(_answer(two), _answer(one))]
        case _:
            return [_instead(f"×{other.count:,}", f"×{step.count:,}")]


def _instead(second: str, first: str) -> str:
    return f"{second} instead of {first}"


def _quoted(text: str) -> str:
    return f"“{shorten(text, _LABEL_LIMIT)}”"


def _addresses(session: Session, index: int, other: Session, other_index: int) -> Iterator[str]:
    one, two = address(session, index), address(other, other_index)
    if not is_same(one.path, two.path):
        yield _instead(_quoted(legible(two.path)), _quoted(legible(one.path)))
    if not is_same_query(one.query, two.query):
        queries = (
            _quoted(f"?{legible(page.query)}") if page.query else "no query" for page in (two, one)
        )
        yield _instead(*queries)


# --- page visits


def notes(comparison: Comparison, page: PagePair) -> Sequence[str]:
    """What there is to say of a page visit beside its changes, a phrase each."""
    return list(_notes(comparison, page))


def _notes(comparison: Comparison, page: PagePair) -> Iterator[str]:
    first, second = page.first, page.second
    one, two = comparison.first.session, comparison.second.session
    if first is None or second is None:
        outcome = Change.ADDED if first is None else Change.MISSING
        steps = len(page.lines) - 1
        yield _ONLY_IN[outcome] + (f", {rows.plural(steps, 'step')}" if steps else "")
    else:
        yield from _stays(one, first, two, second)
        yield from _one_load(one, first, two, second)
    for which, session, part in (("first", one, first), ("second", two, second)):
        if part is not None and part.visit is not None:
            end = session.visits[part.visit].end
            if end < len(session.events) and session.is_gap_before(end):
                yield f"in the {which}, later events of this visit have not come"
    for which, kinds in zip(("first", "second"), comparison.only_signals(page), strict=True):
        if kinds:
            yield f"only in the {which}: {descriptions.summary(list(kinds.items()))}"


def _one_load(one: Session, first: VisitSlice, two: Session, second: VisitSlice) -> Iterator[str]:
    """That only one side loaded the page."""
    if first.head is None or second.head is None:
        return
    loaded = has_loaded(one, first.head), has_loaded(two, second.head)
    if loaded == (True, False):
        yield f"no load in the second: {_ROUTE_CHANGE}"
    elif loaded == (False, True):
        yield f"no load in the first: {_ROUTE_CHANGE}"


# --- the whole


def differences(comparison: Comparison) -> str:
    """The number of places to stop at: `4 differences`; `no differences` without any."""
    number = len(comparison.differences)
    return rows.plural(number, "difference") if number else "no differences"


def counts(comparison: Comparison, *, with_same: bool = False) -> str:
    """The differences and the rows in them: `4 differences · rows: 3 added, 2 missing`.

    A page visit that only one session has is one difference and as many rows as it has.
    """
    found = {outcome: n for outcome, n in comparison.counts.items() if outcome is not Change.SAME}
    parts = [f"{rows:,} {outcome.value}" for outcome, rows in found.items() if rows]
    if with_same:
        parts.append(f"{comparison.counts[Change.SAME]:,} same")
    which = [differences(comparison), *([f"rows: {', '.join(parts)}"] if parts else [])]
    return " · ".join(which)


def place(comparison: Comparison, number: int) -> str:
    """What a line has to say: which difference it is and in what, or what its page visit has."""
    line, page = comparison.lines[number], comparison.page_at(number)
    stop = comparison.difference_at(number)
    said = list(changes(comparison, page, line))
    if line.is_head:
        said += notes(comparison, page)
    elif line.outcome in _ONLY_IN:
        said.append(_ONLY_IN[line.outcome])
    words = " · ".join(said)
    if stop is None:
        return words
    which = f"difference {stop + 1:,} of {len(comparison.differences):,}"
    return f"{which} · {SIGNS[line.outcome]} {words}".rstrip()


def cautions(comparison: Comparison) -> Sequence[str]:
    """What to beware of before anything is concluded, a sentence each."""
    return list(_cautions(comparison))


def _cautions(comparison: Comparison) -> Iterator[str]:
    views = (("first", comparison.first), ("second", comparison.second))
    for which, view in views:
        session = view.session
        lacking = rows.missing(session)
        if not lacking and session.gaps:
            lacking = "some events have not come"
        if lacking:
            yield f"The {which} session is incomplete: {lacking}. What differs may be only that."
        if left_out := view.left_out:
            yield f"The {which} session, {left_out}"
    hidden = {which: _hidden(view) for which, view in views}
    if hidden["first"] == hidden["second"] and hidden["first"]:
        yield f"Only a part of both sessions is compared: {hidden['first']}."
        return
    for which, words in hidden.items():
        if words:
            yield f"Only a part of the {which} session is compared: {words}."


def _hidden(view: View) -> str:
    """What a view hides, but for the samples that take no part anyway; "" when nothing."""
    types = ALL_TYPES if view.options.types == STARTING_TYPES else view.options.types
    return filters.described(view.through(replace(view.options, types=types, find=NO_QUERY)))
