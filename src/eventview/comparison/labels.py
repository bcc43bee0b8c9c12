"""Texts for two compared sessions: both sides of a line, its changes, its load, and cautions.

Entered values are never compared or shown. Every text is clean.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from msgspec.structs import replace

from eventview.analysis import descriptions
from eventview.analysis.analysis import Analysis
from eventview.analysis.load_verdicts import VERDICT_METRICS
from eventview.comparison.diff import (
    Comparison,
    LoadDifference,
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
from eventview.render.details import NOT_MEASURED, explain_absence
from eventview.session import timefmt
from eventview.session.event_text import describe_event_raw
from eventview.session.events import Custom, Event, Input, Location, Request, type_of
from eventview.session.folding import decode_address
from eventview.session.metrics import Metric, Number
from eventview.session.session import Session
from eventview.session.text import shorten, width
from eventview.session.urls import split_url
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

_LOAD_RANKS: Final = {metric.key: rank for rank, metric in enumerate(VERDICT_METRICS)}


class Side(NamedTuple):
    """One side of a line; every text is clean and uncut."""

    time: str
    """Time since the session's start; "" if there is no event."""
    type: str
    """Event type; "" if there is no event."""
    text: str
    beside: tuple[str, ...] = ()
    """Count, length of stay and load values; the first are dropped if there is little room."""


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
        _format_head(one, page.first, line.first, _list_figures(page, 0)),
        _format_head(two, page.second, line.second, _list_figures(page, 1)),
    )


def _format_head(
    view: View, part: VisitSlice | None, step: ComparedStep | None, figures: tuple[str, ...]
) -> Side:
    if part is None:
        return Side("", "", "not in this session")
    session = view.session
    if part.visit is None or part.head is None:
        return Side("", "", "page unknown" if part.key == ("unknown",) else "before the first page")
    text = decode_address(format_address(session, part.head))
    if step is None:
        return Side("", "", text)
    stay = _format_stay(session, part)
    beside = (stay, *figures) if stay else figures
    return Side(rows.format_time(session, step.index), type_of(Location), text, beside)


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
    # Each stay is the difference of two times that are rounded down.
    unsure_ms = one.resolution_ms + two.resolution_ms - 2
    if abs(lengths[0] - lengths[1]) > unsure_ms:
        stays = _format_stay(two, second), _format_stay(one, first)
        if stays[0] != stays[1]:
            yield f"stay {_instead_of(*stays)}"


def _format_step(session: Session, step: ComparedStep) -> Side:
    index = step.events[0]
    event = session.events[index]
    beside = (f"×{step.count:,}",) if step.count > 1 else ()
    text = _show(event, label_step(session, index))
    return Side(rows.format_time(session, index), event.type, text, beside)


def label_step(session: Session, index: int) -> str:
    """Return a short label of a step as sent, with a request's result and no entered value."""
    event = session.events[index]
    if isinstance(event, Request):
        status = "" if get_answer(event) is None else _format_answer(event)
        return " ".join(part for part in (event.method, status, _path(event)) if part)
    return _name_step(event)


def _show(event: Event, text: str) -> str:
    return decode_address(text) if type(event) in _WITH_ADDRESS else text


_WITH_ADDRESS: Final = frozenset({Location, Request})


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
    if not line.aspects or line.first is None or line.second is None:
        return []
    one, two = comparison.first.session, comparison.second.session
    event, other = one.events[line.first.index], two.events[line.second.index]
    found: list[str] = []
    for aspect in line.aspects:
        match aspect:
            case ChangedField.ADDRESS if isinstance(event, Request) and isinstance(other, Request):
                found.append(
                    _instead_of(_quote_address(_path(other)), _quote_address(_path(event)))
                )
            case ChangedField.ADDRESS:
                found += _compare_addresses(one, line.first.index, two, line.second.index)
            case ChangedField.LOAD:
                for load in _find_marked(page):
                    first, second = _format_sides(load)
                    found.append(f"{_name_metric(load.metric)} {_instead_of(second, first)}")
            case ChangedField.LABEL:
                names = (_quote(_show(each, _name_step(each))) for each in (other, event))
                found.append(_instead_of(*names))
            case ChangedField.STATUS if isinstance(event, Request) and isinstance(other, Request):
                found.append(_instead_of(_format_answer(other), _format_answer(event)))
            case _:
                found.append(_instead_of(f"×{line.second.count:,}", f"×{line.first.count:,}"))
    return found


def _instead_of(second: str, first: str) -> str:
    return f"{second} instead of {first}"


def _quote(text: str) -> str:
    return f"“{shorten(text, _LABEL_LIMIT)}”"


def _quote_address(text: str) -> str:
    return _quote(decode_address(text))


def _compare_addresses(
    session: Session, index: int, other: Session, other_index: int
) -> Iterator[str]:
    one, two = read_address(session, index), read_address(other, other_index)
    if not is_same(one.path, two.path):
        yield _instead_of(_quote_address(two.path), _quote_address(one.path))
    if not is_same_query(one.query, two.query):
        queries = (page.query and f"?{decode_address(page.query)}" for page in (two, one))
        yield _instead_of(*(_quote(query) if query else "no query" for query in queries))


def _find_marked(page: PagePair) -> Sequence[LoadDifference]:
    """Return the load metrics that differ noticeably, the most important first."""
    found = [load for load in page.loads if load.is_marked]
    return sorted(found, key=lambda load: _LOAD_RANKS.get(load.metric.key, len(_LOAD_RANKS)))


def _list_figures(page: PagePair, place: int) -> tuple[str, ...]:
    """Return the values of one side that differ noticeably, the most important last."""
    marked = reversed(_find_marked(page))
    return tuple(f"{_name_metric(load.metric)} {_format_sides(load)[place]}" for load in marked)


def _name_metric(metric: Metric) -> str:
    return metric.short or metric.name


def format_load_values(
    comparison: Comparison, page: PagePair, load: LoadDifference
) -> tuple[str, str]:
    """Return the value and rating on either side, or why there is no value."""
    first, second = _format_sides(load)
    if load.first is None and page.first is not None and page.first.head is not None:
        first = _explain_absence(comparison.first.analysis, page.first.head, load.metric)
    if load.second is None and page.second is not None and page.second.head is not None:
        second = _explain_absence(comparison.second.analysis, page.second.head, load.metric)
    return first, second


def _format_sides(load: LoadDifference) -> tuple[str, str]:
    metric, first, second = load.metric, load.first, load.second
    texts = [_format_value(metric, value) for value in (first, second)]
    if texts[0] == texts[1] and first != second:
        # Rounded to the same text, the values would look equal.
        texts = [f"{value} {metric.unit}".rstrip() for value in (first, second)]
    one, two = (
        text if rating is None else f"{text} {rating.value}"
        for text, rating in zip(texts, (load.first_rating, load.second_rating), strict=True)
    )
    return one, two


def _format_value(metric: Metric, value: Number | None) -> str:
    if value is None:
        return NOT_MEASURED
    return timefmt.format_span(round(value)) if metric.unit == "ms" else str(value)


def _explain_absence(analysis: Analysis, index: int, metric: Metric) -> str:
    """Return why the load of a LOCATION has no value for a metric, as far as known."""
    event = analysis.session.events[index]
    if metric.field in analysis.repeated_vitals(index):
        return "may be that of the page before"
    return explain_absence(metric, event) if isinstance(event, Location) else NOT_MEASURED


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
        if first.head is not None and second.head is not None:
            loaded = has_loaded(one, first.head)
            if loaded != has_loaded(two, second.head):
                which = "second" if loaded else "first"
                found.append(
                    f"no load in the {which}: a route change, or every timing was over 30 s"
                )
    for which, session, part in (("first", one, first), ("second", two, second)):
        if part is not None and part.visit is not None:
            end = session.visits[part.visit].end
            if end < len(session.events) and end in session.behind_gaps:
                found.append(f"in the {which}, later events of this visit have not come")
    for which, kinds in zip(("first", "second"), comparison.only_signals(page), strict=True):
        if kinds:
            found.append(f"only in the {which}: {descriptions.describe_counts(kinds)}")
    return found


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
    phrases = list(describe_changes(comparison, page, line))
    if line.is_head:
        phrases += describe_page(comparison, page)
    elif line.outcome in _ONLY_IN:
        phrases.append(_ONLY_IN[line.outcome])
    words = _SEPARATOR.join(phrases)
    if stop is None:
        return words
    which = f"difference {stop + 1:,} of {len(comparison.differences):,}"
    return f"{which} · {SIGNS[line.outcome]} {words}".rstrip()


def list_cautions(comparison: Comparison) -> Sequence[str]:
    """Return sentences on what may make the comparison misleading."""
    found: list[str] = []
    hidden: dict[str, str] = {}
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
        types = ALL_TYPES if view.options.types == STARTING_TYPES else view.options.types
        options = replace(view.options, types=types, find=NO_QUERY)
        hidden[which] = describe_options(options, session)
    if comparison.is_cut:
        found.append(
            "Too many steps to align them all at once. Some differences may be due to that."
        )
    if hidden["first"] == hidden["second"] and hidden["first"]:
        return [*found, f"Only a part of both sessions is compared: {hidden['first']}."]
    for which, words in hidden.items():
        if words:
            found.append(f"Only a part of the {which} session is compared: {words}.")
    return found
