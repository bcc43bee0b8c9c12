"""Texts for two compared sessions: both sides of a line, its changes, and cautions.

Entered values are never compared or shown. Every text is clean.
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
    has_loaded,
    is_same_query,
    read_address,
)
from eventview.comparison.steps import (
    Change,
    ChangedField,
    ComparedStep,
    DiffLine,
    get_answer,
    is_same,
)
from eventview.query.query import ALL_TYPES, NO_QUERY, STARTING_TYPES
from eventview.render import rows
from eventview.session import timefmt
from eventview.session.events import (
    LOCATION,
    Custom,
    Event,
    Input,
    Location,
    Request,
    describe_event_raw,
)
from eventview.session.folding import decode_address
from eventview.session.session import Session
from eventview.session.text import shorten
from eventview.session.urls import split_url
from eventview.session.width import width
from eventview.view.view import View
from eventview.view.view_options import describe_options

SIGNS: Final[Mapping[Change, str]] = {
    Change.SAME: "=",
    Change.ADDED: "+",
    Change.MISSING: "-",
    Change.CHANGED: "~",
}
"""Signs of the results, one cell each."""

_ONLY_IN: Final = {
    Change.ADDED: "only in the second session",
    Change.MISSING: "only in the first session",
}

_LABEL_LIMIT: Final = 60
"""Most characters of a label within a sentence."""

_ROUTE_CHANGE: Final = "a route change, or every timing was over 30 s"


class Side(NamedTuple):
    """One side of a line; every text is clean and uncut."""

    time: str
    """Time since the session's start; "" if there is no event."""
    type: str
    """Event type; "" if there is no event."""
    text: str
    beside: Sequence[str] = ()
    """Count, length of stay and load values; the first are dropped if there is little room."""


NOT_HERE: Final = Side("", "", "not in this session")
"""Side of a page visit that only the other session has."""

_SEPARATOR: Final = " · "


def fit_notes(side: Side, cells: int) -> str:
    """Return the last notes that fit next to the text, which keeps half of the cells."""
    kept: list[str] = []
    room = cells - min(width(side.text), cells // 2)
    for part in reversed(side.beside):
        if width(_SEPARATOR.join([part, *kept])) + 1 > room:
            break
        kept.insert(0, part)
    return _SEPARATOR.join(kept)


def describe_sessions(comparison: Comparison) -> Sequence[tuple[str, str]]:
    """Return a label and a description of both sessions: `First`, `acme › 42 · 4.0s · 2 pages`."""
    found = []
    for label, view in (("First", comparison.first), ("Second", comparison.second)):
        session = view.session
        parts = (
            rows.session_name(session),
            rows.format_length(session),
            rows.describe_counts(view),
            rows.describe_pages(session),
        )
        found.append((label, _SEPARATOR.join(filter(None, parts))))
    return found


def format_sides(
    comparison: Comparison, page: PagePair, line: DiffLine
) -> tuple[Side | None, Side | None]:
    """Return both sides of a line; None for a missing step."""
    one, two = comparison.first, comparison.second
    if not line.is_head:
        return (
            None if line.first is None else _format_step(one.session, line.first),
            None if line.second is None else _format_step(two.session, line.second),
        )
    return (
        _format_head(one, page.first, line.first, load_labels.list_figures(page, 0)),
        _format_head(two, page.second, line.second, load_labels.list_figures(page, 1)),
    )


def _format_head(
    view: View, part: VisitSlice | None, step: ComparedStep | None, figures: Sequence[str]
) -> Side:
    if part is None:
        return NOT_HERE
    session = view.session
    if part.visit is None or part.head is None:
        return Side("", "", "page unknown" if part.key == ("unknown",) else "before the first page")
    text = decode_address(format_address(session, part.head))
    if step is None:
        return Side("", "", text)
    stay = _format_stay(session, part)
    beside = [stay, *figures] if stay else figures
    return Side(rows.format_time(session, step.index), LOCATION, text, beside)


def format_address(session: Session, index: int) -> str:
    """Return the address of a LOCATION as sent, without its host."""
    path, query = read_address(session, index)
    path = path or "(no path)"
    return f"{path}?{query}" if query else path


def _format_stay(session: Session, part: VisitSlice) -> str:
    """Return the length of a page visit; "" if unknown."""
    length = _stay_ms(session, part)
    return "" if length is None else timefmt.format_span(length, session.resolution_ms)


def _stay_ms(session: Session, part: VisitSlice) -> int | None:
    # The stay on a last page without further events is unknown.
    if part.visit is None or session.visits[part.visit].start == len(session.events) - 1:
        return None
    return session.stay_ms(part.visit)


def _compare_stays(
    one: Session, first: VisitSlice, two: Session, second: VisitSlice
) -> Iterator[str]:
    """Yield a phrase if the stays on a page differ by more than the rounding of times."""
    lengths = _stay_ms(one, first), _stay_ms(two, second)
    if lengths[0] is None or lengths[1] is None:
        return
    stays = _format_stay(two, second), _format_stay(one, first)
    # Each stay is the difference of two times that are rounded down.
    unsure_ms = one.resolution_ms + two.resolution_ms - 2
    if abs(lengths[0] - lengths[1]) > unsure_ms and stays[0] != stays[1]:
        yield f"stay {_instead_of(*stays)}"


def _format_step(session: Session, step: ComparedStep) -> Side:
    event = session.events[step.index]
    beside = [f"×{step.count:,}"] if step.count > 1 else []
    text = _show(event, label_step(session, step.index))
    return Side(rows.format_time(session, step.index), event.type, text, beside)


def label_step(session: Session, index: int) -> str:
    """Return a short label of a step as sent, with a request's result and no entered value."""
    event = session.events[index]
    if isinstance(event, Request):
        status = "" if get_answer(event) is None else _format_answer(event)
        return " ".join(part for part in (event.method, status, _path(event)) if part)
    return _name_step(event)


def _show(event: Event, text: str) -> str:
    return decode_address(text) if isinstance(event, Location | Request) else text


def _name_step(event: Event) -> str:
    match event:
        case Input():
            return event.label if event.label.strip() else "(no label)"
        case Request():
            return " ".join(part for part in (event.method, _path(event)) if part)
        case Custom():
            return event.name or "(no name)"
        case _:
            return describe_event_raw(event)


def _path(event: Request) -> str:
    return split_url(event.url).path


def _format_answer(event: Request) -> str:
    found = get_answer(event)
    if found is None:
        return "no status"
    if found == 0 and not isinstance(found, bool):
        return "no answer"
    if isinstance(found, bool):
        return "success" if found else "failed"
    # Some servers send 503.0.
    return str(int(found) if found == int(found) else found)


def describe_changes(comparison: Comparison, page: PagePair, line: DiffLine) -> Sequence[str]:
    """Return a phrase for each difference of a line: the second instead of the first."""
    if line.first is None or line.second is None:
        return ()
    one, two = comparison.first.session, comparison.second.session
    found: list[str] = []
    for aspect in line.aspects:
        found += _describe_change(aspect, page, (one, line.first), (two, line.second))
    return found


def _describe_change(
    aspect: ChangedField,
    page: PagePair,
    first: tuple[Session, ComparedStep],
    second: tuple[Session, ComparedStep],
) -> Sequence[str]:
    (session, step), (other_session, other) = first, second
    one, two = session.events[step.index], other_session.events[other.index]
    match aspect:
        case ChangedField.ADDRESS if isinstance(one, Request) and isinstance(two, Request):
            return [
                _instead_of(_quote(decode_address(_path(two))), _quote(decode_address(_path(one))))
            ]
        case ChangedField.ADDRESS:
            return list(_compare_addresses(session, step.index, other_session, other.index))
        case ChangedField.LOAD:
            return [load_labels.describe(load) for load in load_labels.find_marked(page)]
        case ChangedField.LABEL:
            names = (_quote(_show(event, _name_step(event))) for event in (two, one))
            return [_instead_of(*names)]
        case ChangedField.STATUS if isinstance(one, Request) and isinstance(two, Request):
            return [_instead_of(_format_answer(two), _format_answer(one))]
        case _:
            return [_instead_of(f"×{other.count:,}", f"×{step.count:,}")]


def _instead_of(second: str, first: str) -> str:
    return f"{second} instead of {first}"


def _quote(text: str) -> str:
    return f"“{shorten(text, _LABEL_LIMIT)}”"


def _compare_addresses(
    session: Session, index: int, other: Session, other_index: int
) -> Iterator[str]:
    one, two = read_address(session, index), read_address(other, other_index)
    if not is_same(one.path, two.path):
        yield _instead_of(_quote(decode_address(two.path)), _quote(decode_address(one.path)))
    if not is_same_query(one.query, two.query):
        queries = (
            _quote(f"?{decode_address(page.query)}") if page.query else "no query"
            for page in (two, one)
        )
        yield _instead_of(*queries)


def describe_page(comparison: Comparison, page: PagePair) -> Sequence[str]:
    """Return phrases on a page visit other than its changes."""
    found: list[str] = []
    first, second = page.first, page.second
    one, two = comparison.first.session, comparison.second.session
    if first is None or second is None:
        outcome = Change.ADDED if first is None else Change.MISSING
        steps = len(page.lines) - 1
        found.append(_ONLY_IN[outcome] + (f", {rows.pluralize(steps, 'step')}" if steps else ""))
    else:
        found += _compare_stays(one, first, two, second)
        found += _find_missing_load(one, first, two, second)
    for which, session, part in (("first", one, first), ("second", two, second)):
        if part is not None and part.visit is not None:
            end = session.visits[part.visit].end
            if end < len(session.events) and session.is_gap_before(end):
                found.append(f"in the {which}, later events of this visit have not come")
    for which, kinds in zip(("first", "second"), comparison.only_signals(page), strict=True):
        if kinds:
            found.append(
                f"only in the {which}: {descriptions.describe_counts(list(kinds.items()))}"
            )
    return found


def _find_missing_load(
    one: Session, first: VisitSlice, two: Session, second: VisitSlice
) -> Iterator[str]:
    if first.head is None or second.head is None:
        return
    loaded = has_loaded(one, first.head), has_loaded(two, second.head)
    if loaded == (True, False):
        yield f"no load in the second: {_ROUTE_CHANGE}"
    elif loaded == (False, True):
        yield f"no load in the first: {_ROUTE_CHANGE}"


def count_differences(comparison: Comparison) -> str:
    """Return the number of differences: `4 differences`, `no differences`."""
    number = len(comparison.differences)
    return rows.pluralize(number, "difference") if number else "no differences"


def summarize(comparison: Comparison, *, with_same: bool = False) -> str:
    """Return the differences and their rows: `4 differences · rows: 3 added, 2 missing`.

    A page visit that only one session has is one difference with several rows.
    """
    found = {outcome: n for outcome, n in comparison.counts.items() if outcome is not Change.SAME}
    parts = [f"{rows:,} {outcome.value}" for outcome, rows in found.items() if rows]
    if with_same:
        parts.append(f"{comparison.counts[Change.SAME]:,} same")
    summary = count_differences(comparison)
    return f"{summary} · rows: {', '.join(parts)}" if parts else summary


def describe_line(comparison: Comparison, number: int) -> str:
    """Return a line's changes, after its number if it is a difference; for a head, notes too."""
    line, page = comparison.lines[number], comparison.find_page(number)
    stop = comparison.find_difference(number)
    said = list(describe_changes(comparison, page, line))
    if line.is_head:
        said += describe_page(comparison, page)
    elif line.outcome in _ONLY_IN:
        said.append(_ONLY_IN[line.outcome])
    words = _SEPARATOR.join(said)
    if stop is None:
        return words
    which = f"difference {stop + 1:,} of {len(comparison.differences):,}"
    return f"{which} · {SIGNS[line.outcome]} {words}".rstrip()


def list_cautions(comparison: Comparison) -> Sequence[str]:
    """Return sentences on what may make the comparison misleading."""
    found: list[str] = []
    views = (("first", comparison.first), ("second", comparison.second))
    for which, view in views:
        session = view.session
        lacking = rows.describe_missing(session)
        if not lacking and session.gaps:
            lacking = "some events have not come"
        if lacking:
            sentence = f"The {which} session is incomplete: {lacking}."
            found.append(f"{sentence} Some differences may be due to that.")
        if left_out := view.left_out:
            found.append(f"The {which} session, {left_out}")
    hidden = {which: _describe_hidden(view) for which, view in views}
    if hidden["first"] == hidden["second"] and hidden["first"]:
        return [*found, f"Only a part of both sessions is compared: {hidden['first']}."]
    for which, words in hidden.items():
        if words:
            found.append(f"Only a part of the {which} session is compared: {words}.")
    return found


def _describe_hidden(view: View) -> str:
    """Return what a view hides, other than performance samples; "" for nothing."""
    types = ALL_TYPES if view.options.types == STARTING_TYPES else view.options.types
    return describe_options(replace(view.options, types=types, find=NO_QUERY), view.session)
