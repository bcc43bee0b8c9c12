"""The first public API's wire format: releases up to 1.22 on Postgres, 1.24 to 1.26 on ClickHouse.

Turns the answer of `GET /v1/{project}/sessions/{session}/events` into events of the model. The
fields of each release are those of the server's own tables; a field this module does not know stays
in the event's raw value. The two eras share names: `loadTime` and `domContentLoadedTime` count from
the start of the navigation in the first and are the run time of the page's handlers in the second.
An INPUT's `messageId` is a node of the page from 1.11 on, so nothing is ordered by it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from math import gcd
from typing import Final

from eventview.errors import InvalidDataError
from eventview.session.events import (
    CLICK,
    INPUT,
    LOCATION,
    TAP,
    Click,
    Event,
    Input,
    Issue,
    Location,
    Tap,
)
from eventview.session.metrics import CATALOGUE, VITALS, LoadMetrics, load_of
from eventview.session.source import DecodedEvents
from eventview.session.text import clean, shorten
from eventview.session.urls import split_url
from eventview.session.values import Number
from eventview.wire.fields import Entry, number, numbers, plain, read_as, text, vitals, whole

_SECOND_MS: Final = 1000

CLICK_RAGE: Final = "CLICKRAGE"
"""The type of several clicks that the web player's answer has in one."""


def _time(entry: Entry) -> int:
    return whole(entry, "timestamp")


def is_from_clickhouse(entry: object) -> bool:
    """Tell whether an event has the shape of releases 1.24 to 1.26."""
    return isinstance(entry, dict) and "createdAt" in entry and "messageId" not in entry


_POSTGRES_TIMINGS: Final = {
    metric.field: metric.wire.v1_postgres for metric in CATALOGUE if metric.wire.v1_postgres
}
_CLICKHOUSE_TIMINGS: Final = {
    metric.field: metric.wire.v1_clickhouse for metric in CATALOGUE if metric.wire.v1_clickhouse
}
_VITALS: Final = {metric.field: metric.wire.vital for metric in VITALS}
_ALL_TIMINGS: Final = frozenset(LoadMetrics.__dataclass_fields__)
_CLICKHOUSE_UNTOLD: Final = _ALL_TIMINGS - _CLICKHOUSE_TIMINGS.keys()
_POSTGRES_FIELDS: Final = frozenset([*_POSTGRES_TIMINGS.values(), "webVitals"])


def _location(entry: Entry) -> Location:
    reported, problem = vitals(entry, "webVitals")
    return Location(
        LOCATION,
        whole(entry, "timestamp"),
        entry,
        host=text(entry, "host") or "",
        path=text(entry, "path") or text(entry, "url") or "",
        query=text(entry, "query") or "",
        referrer=text(entry, "referrer") or "",
        load=_postgres_load(entry, reported),
        vitals_problem=problem,
        untold=_untold(_POSTGRES_FIELDS.difference(entry)),
    )


def _postgres_load(entry: Entry, reported: Mapping[str, Number]) -> LoadMetrics:
    measured = numbers(entry, _POSTGRES_TIMINGS)
    for field, name in _VITALS.items():
        if name in reported:
            measured[field] = reported[name]
    return load_of(measured)


@lru_cache(maxsize=16)
def _untold(absent: frozenset[str]) -> frozenset[str]:
    """Return the figures that a release cannot tell of a load whose events lack some fields."""
    told = {field for field, name in _POSTGRES_TIMINGS.items() if name not in absent}
    if "webVitals" not in absent:
        told |= _VITALS.keys()
    return _ALL_TIMINGS - told


def _clickhouse_location(entry: Entry) -> Location:
    address = split_url(text(entry, "url") or "")
    return Location(
        LOCATION,
        whole(entry, "timestamp"),
        entry,
        host=text(entry, "host") or address.host,
        path=address.path,
        query=address.query,
        referrer=text(entry, "referrer") or "",
        load=load_of(numbers(entry, _CLICKHOUSE_TIMINGS)),
        untold=_CLICKHOUSE_UNTOLD,
    )


def _click(entry: Entry) -> Click:
    time_ms = whole(entry, "timestamp")
    label = text(entry, "label") or ""
    selector = text(entry, "selector") or ""
    url = text(entry, "url") or ""
    hesitation_ms = number(entry, "hesitation")
    x_percent, y_percent = number(entry, "normalizedX"), number(entry, "normalizedY")
    x_px, y_px = number(entry, "x"), number(entry, "y")
    # In the order of its fields: named, they take twice as long, and most events are clicks.
    return Click(
        CLICK, time_ms, entry, "",
        label, selector, url, hesitation_ms, x_percent, y_percent, x_px, y_px,
    )  # fmt: skip


def _input(entry: Entry) -> Input:
    return Input(
        INPUT,
        whole(entry, "timestamp"),
        entry,
        label=text(entry, "label") or "",
        value=text(entry, "value"),
        duration_ms=number(entry, "duration"),
        hesitation_ms=number(entry, "hesitation"),
    )


def _clickhouse_input(entry: Entry) -> Input:
    return Input(
        INPUT,
        whole(entry, "timestamp"),
        entry,
        label=text(entry, "label") or "",
        # Never null there: 0 stands for unknown.
        duration_ms=number(entry, "duration") or None,
        duration_step_ms=_SECOND_MS,
        hesitation_ms=number(entry, "hesitation"),
    )


def _tap(entry: Entry) -> Tap:
    return Tap(TAP, whole(entry, "timestamp"), entry, label=text(entry, "label") or "")


def _click_rage(entry: Entry) -> Issue:
    return Issue(
        CLICK_RAGE,
        whole(entry, "timestamp"),
        entry,
        issue_type="click_rage",
        label=text(entry, "label") or "",
        url=text(entry, "url") or "",
        count=number(entry, "count"),
    )


_POSTGRES: Final[Mapping[str, Callable[[Entry], Event]]] = {
    LOCATION: _location,
    CLICK: _click,
    INPUT: _input,
    CLICK_RAGE: _click_rage,
}

_CLICKHOUSE: Final[Mapping[str, Callable[[Entry], Event]]] = {
    LOCATION: _clickhouse_location,
    CLICK: _click,
    INPUT: _clickhouse_input,
    TAP: _tap,
    CLICK_RAGE: _click_rage,
}


def reading_of(answer: object) -> DecodedEvents:
    """Read a decoded answer `{"data": [...]}`, or the bare list in it.

    An entry that is no known type, or does not fit its type, becomes a plain `Event` of its own
    type with all its raw fields; none is dropped.

    Raises:
        InvalidDataError: the answer has another shape.
    """
    entries = answer.get("data") if isinstance(answer, Mapping) else answer
    if not isinstance(entries, list):
        raise InvalidDataError(
            "This is JSON, but not a session's events.",
            reason=shape(answer),
            hint='Expected is an answer of OpenReplay\'s events endpoint, {"data": [...]}.',
        )
    if not _are_from_clickhouse(entries):
        return as_they_stand(entries)
    kept = _fold(entries)
    return as_they_stand(kept)._replace(doubled=len(entries) - len(kept))


def _fold(entries: Sequence[object]) -> Sequence[object]:
    """Leave out rows equal to another: a batch that was delivered twice is stored twice.

    Clicks again and again on one spot may be equal too, where a table keeps all of a second (as
    those made by releases 1.23 to 1.25 do). The rows beside them tell how often they were
    delivered; where those do not agree, none of them is left out.
    """
    marks = _marks(entries)
    rows = dict(zip(marks, entries, strict=True))
    if len(rows) == len(entries):
        return entries
    counts = Counter(marks)
    stretches = [
        (can_recur, list(group))
        for can_recur, group in groupby(rows, lambda mark: _can_recur(rows[mark]))
    ]
    kept: list[object] = []
    for place, (can_recur, stretch) in enumerate(stretches):
        beside = []
        if place > 0:
            beside.append(counts[stretches[place - 1][1][-1]])
        if place + 1 < len(stretches):
            beside.append(counts[stretches[place + 1][1][0]])
        things = {str(_thing(rows[mark])) for mark in stretch}
        delivered = _deliveries([counts[mark] for mark in stretch], beside, len(things))
        for mark in stretch:
            kept += [rows[mark]] * (counts[mark] // delivered if can_recur else 1)
    return kept


def _marks(entries: Sequence[object]) -> Sequence[str]:
    """A text for each row, the same only where all of two rows is."""
    # Most rows are told from all others by a few of their fields.
    short = [
        f"{entry.get('timestamp')} {entry.get('type')} {entry.get('label')}"
        if isinstance(entry, dict)
        else ""
        for entry in entries
    ]
    often = Counter(short)
    return [
        mark if often[mark] == 1 else json.dumps(entry, sort_keys=True)
        for mark, entry in zip(short, entries, strict=True)
    ]


def _deliveries(stretch: Sequence[int], beside: Sequence[int], things: int) -> int:
    """The number of times that rows were delivered which may have happened several times.

    Args:
        stretch: how often each of some rows came that may equal those of another event.
        beside: how often the rows before and behind them came, which may not.
        things: the number of different things that the rows are about.
    """
    if beside:
        number = max(beside)
        is_sure = len(set(beside)) == 1 or len(stretch) > 1
    else:
        number = gcd(*stretch)
        is_sure = things >= _FEWEST_THINGS
    return number if is_sure and not any(count % number for count in stretch) else 1


_FEWEST_THINGS: Final = 3
"""The least number of things that rows are about, all of which came several times, for them to have
been delivered so often."""


def _thing(entry: object) -> object:
    """A row without its time."""
    if not isinstance(entry, dict):
        return entry
    return {name: v for name, v in entry.items() if name not in {"createdAt", "timestamp"}}


def _can_recur(entry: object) -> bool:
    """Return True for a row that may equal that of another event: an act without a duration."""
    if not isinstance(entry, dict):
        return True
    is_act = entry.get("type") in {CLICK, TAP, INPUT}
    return is_act and not entry.get("hesitation") and not entry.get("duration")


def as_they_stand(entries: Sequence[object]) -> DecodedEvents:
    """Read entries in the order in which they stand; see `reading_of`."""
    from_clickhouse = _are_from_clickhouse(entries)
    kinds = _CLICKHOUSE if from_clickhouse else _POSTGRES
    events = [_event(entry, kinds) for entry in entries]
    return DecodedEvents(events, _SECOND_MS if from_clickhouse else 1)


def _are_from_clickhouse(entries: Sequence[object]) -> bool:
    """Tell whether most are: one answer is of one release, which no single odd entry may hide."""
    dated = [entry for entry in entries if isinstance(entry, dict) and "createdAt" in entry]
    # Of the other release none is, as a rule.
    objects = sum(isinstance(entry, dict) for entry in entries) if dated else 0
    return sum(map(is_from_clickhouse, dated)) * 2 > objects


def shape(answer: object) -> str:
    """Describe the outermost level of a decoded JSON document, in a sentence."""
    if not isinstance(answer, Mapping):
        return f"It is {shorten(clean(json.dumps(answer)), 80)} and nothing else."
    if not answer:
        return "It is an empty object."
    fields = ", ".join(clean(str(field)) for field in answer)
    return f"It has the fields {shorten(fields, 200)}."


def _event(entry: object, kinds: Mapping[str, Callable[[Entry], Event]]) -> Event:
    if not isinstance(entry, dict):
        return plain(None, None, entry, "not an object")
    name = entry.get("type")
    read = kinds.get(name) if isinstance(name, str) else None
    return read_as(read, entry, name, _time)
