"""Wire format of the first public API: releases to 1.22 on Postgres, 1.24 to 1.26 on ClickHouse.

It reads the answer of `GET /v1/{project}/sessions/{session}/events`; an unknown field stays in the
event's raw value. `loadTime` and `domContentLoadedTime` count from the start of the navigation on
Postgres and are the run time of the page's handlers on ClickHouse. From 1.11 on, an INPUT's
`messageId` is a node of the page, so that it gives no order.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from math import gcd
from typing import Final

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
from eventview.session.metrics import CATALOGUE, VITALS, LoadMetrics, build_load
from eventview.session.source import Batch
from eventview.session.urls import split_url
from eventview.wire.fields import (
    Entry,
    plain_event,
    read_as,
    read_integer,
    read_number,
    read_numbers,
    read_string,
    read_vitals,
    shape_error,
)

_SECOND_MS: Final = 1000

CLICK_RAGE: Final = "CLICKRAGE"
"""The type of the web player's answer for several clicks in one event."""


def _time(entry: Entry) -> int:
    return read_integer(entry, "timestamp")


_POSTGRES_TIMINGS: Final = {
    metric.field: metric.wire.v1_postgres for metric in CATALOGUE if metric.wire.v1_postgres
}
_CLICKHOUSE_TIMINGS: Final = {
    metric.field: metric.wire.v1_clickhouse for metric in CATALOGUE if metric.wire.v1_clickhouse
}
_VITALS: Final = {metric.field: metric.wire.vital for metric in VITALS}
_ALL_TIMINGS: Final = frozenset(LoadMetrics.__dataclass_fields__)
_CLICKHOUSE_UNAVAILABLE: Final = _ALL_TIMINGS - _CLICKHOUSE_TIMINGS.keys()
_POSTGRES_FIELDS: Final = frozenset([*_POSTGRES_TIMINGS.values(), "webVitals"])


def _location(entry: Entry) -> Location:
    reported, problem = read_vitals(entry, "webVitals")
    measured = read_numbers(entry, _POSTGRES_TIMINGS)
    measured |= {field: reported[name] for field, name in _VITALS.items() if name in reported}
    return Location(
        LOCATION,
        read_integer(entry, "timestamp"),
        entry,
        host=read_string(entry, "host") or "",
        path=read_string(entry, "path") or read_string(entry, "url") or "",
        query=read_string(entry, "query") or "",
        referrer=read_string(entry, "referrer") or "",
        load=build_load(measured),
        vitals_problem=problem,
        unavailable=_find_unavailable(_POSTGRES_FIELDS.difference(entry)),
    )


@lru_cache(maxsize=16)
def _find_unavailable(absent: frozenset[str]) -> frozenset[str]:
    """Return the load figures that a release cannot send if its events lack some fields."""
    sent = {field for field, name in _POSTGRES_TIMINGS.items() if name not in absent}
    if "webVitals" not in absent:
        sent |= _VITALS.keys()
    return _ALL_TIMINGS - sent


def _clickhouse_location(entry: Entry) -> Location:
    address = split_url(read_string(entry, "url") or "")
    return Location(
        LOCATION,
        read_integer(entry, "timestamp"),
        entry,
        host=read_string(entry, "host") or address.host,
        path=address.path,
        query=address.query,
        referrer=read_string(entry, "referrer") or "",
        load=build_load(read_numbers(entry, _CLICKHOUSE_TIMINGS)),
        unavailable=_CLICKHOUSE_UNAVAILABLE,
    )


def _click(entry: Entry) -> Click:
    time_ms = read_integer(entry, "timestamp")
    label = read_string(entry, "label") or ""
    selector = read_string(entry, "selector") or ""
    url = read_string(entry, "url") or ""
    hesitation_ms = read_number(entry, "hesitation")
    x_percent, y_percent = read_number(entry, "normalizedX"), read_number(entry, "normalizedY")
    x_px, y_px = read_number(entry, "x"), read_number(entry, "y")
    # Keyword arguments would take twice as long, and most events are clicks.
    return Click(
        CLICK, time_ms, entry, "",
        label, selector, url, hesitation_ms, x_percent, y_percent, x_px, y_px,
    )  # fmt: skip


def _input(entry: Entry) -> Input:
    return Input(
        INPUT,
        read_integer(entry, "timestamp"),
        entry,
        label=read_string(entry, "label") or "",
        value=read_string(entry, "value"),
        duration_ms=read_number(entry, "duration"),
        hesitation_ms=read_number(entry, "hesitation"),
    )


def _clickhouse_input(entry: Entry) -> Input:
    return Input(
        INPUT,
        read_integer(entry, "timestamp"),
        entry,
        label=read_string(entry, "label") or "",
        # ClickHouse stores no null, and 0 means unknown.
        duration_ms=read_number(entry, "duration") or None,
        duration_step_ms=_SECOND_MS,
        hesitation_ms=read_number(entry, "hesitation"),
    )


def _tap(entry: Entry) -> Tap:
    return Tap(
        TAP, read_integer(entry, "timestamp"), entry, label=read_string(entry, "label") or ""
    )


def _click_rage(entry: Entry) -> Issue:
    return Issue(
        CLICK_RAGE,
        read_integer(entry, "timestamp"),
        entry,
        issue_type="click_rage",
        label=read_string(entry, "label") or "",
        url=read_string(entry, "url") or "",
        count=read_number(entry, "count"),
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


def read_answer(answer: object) -> Batch:
    """Read a decoded answer `{"data": [...]}`, or the bare list in it.

    An entry that has no known type or does not fit its type becomes a plain `Event`; none is
    dropped.

    Raises:
        InvalidDataError: the answer has another shape.
    """
    entries = answer.get("data") if isinstance(answer, Mapping) else answer
    if not isinstance(entries, list):
        raise shape_error(answer, '{"data": [...]}')
    if not _are_from_clickhouse(entries):
        return read_entries(entries)
    kept = _drop_repeated_rows(entries)
    return read_entries(kept)._replace(doubled=len(entries) - len(kept))


def _drop_repeated_rows(entries: Sequence[object]) -> Sequence[object]:
    """Return rows without repeats, because a batch that is delivered twice is stored twice.

    Repeated clicks on one element may be equal too, in tables that keep all rows of a second (made
    by releases 1.23 to 1.25). The rows next to them show how often they were delivered; if those
    disagree, no click is left out.
    """
    keys = _row_keys(entries)
    rows = dict(zip(keys, entries, strict=True))
    if len(rows) == len(entries):
        return entries
    counts = Counter(keys)
    stretches = [
        (can_recur, list(group))
        for can_recur, group in groupby(rows, lambda key: _can_recur(rows[key]))
    ]
    kept: list[object] = []
    for place, (can_recur, stretch) in enumerate(stretches):
        adjacent = []
        if place > 0:
            adjacent.append(counts[stretches[place - 1][1][-1]])
        if place + 1 < len(stretches):
            adjacent.append(counts[stretches[place + 1][1][0]])
        subjects = {str(_subject(rows[key])) for key in stretch}
        deliveries = _count_deliveries([counts[key] for key in stretch], adjacent, len(subjects))
        for key in stretch:
            kept += [rows[key]] * (counts[key] // deliveries if can_recur else 1)
    return kept


def _row_keys(entries: Sequence[object]) -> Sequence[str]:
    """Return a key for each row, the same only for rows that are equal."""
    # A few fields distinguish most rows from all others.
    short = [
        f"{entry.get('timestamp')} {entry.get('type')} {entry.get('label')}"
        if isinstance(entry, dict)
        else ""
        for entry in entries
    ]
    counts = Counter(short)
    return [
        key if counts[key] == 1 else json.dumps(entry, sort_keys=True)
        for key, entry in zip(short, entries, strict=True)
    ]


def _count_deliveries(stretch: Sequence[int], adjacent: Sequence[int], subjects: int) -> int:
    """Return the number of deliveries of rows whose event may have happened several times.

    Args:
        stretch: the number of copies of each row that another event may equal.
        adjacent: the number of copies of the rows before and after, which no other event equals.
        subjects: the number of different subjects of the rows.
    """
    if adjacent:
        number = max(adjacent)
        is_sure = len(set(adjacent)) == 1 or len(stretch) > 1
    else:
        number = gcd(*stretch)
        is_sure = subjects >= _FEWEST_SUBJECTS
    return number if is_sure and not any(count % number for count in stretch) else 1


_FEWEST_SUBJECTS: Final = 3
"""Fewest different rows, apart from their times, whose common number of copies is taken for the
number of deliveries."""


def _subject(entry: object) -> object:
    """Return a row without its time."""
    if not isinstance(entry, dict):
        return entry
    return {name: v for name, v in entry.items() if name not in {"createdAt", "timestamp"}}


def _can_recur(entry: object) -> bool:
    """Return True for a row that another event may equal: an act without a duration."""
    if not isinstance(entry, dict):
        return True
    is_act = entry.get("type") in {CLICK, TAP, INPUT}
    return is_act and not entry.get("hesitation") and not entry.get("duration")


def read_entries(entries: Sequence[object]) -> Batch:
    """Read entries in their order, repeated rows included; see `read_answer`."""
    from_clickhouse = _are_from_clickhouse(entries)
    readers = _CLICKHOUSE if from_clickhouse else _POSTGRES
    events = [_event(entry, readers) for entry in entries]
    return Batch(events, resolution_ms=_SECOND_MS if from_clickhouse else 1)


def _are_from_clickhouse(entries: Sequence[object]) -> bool:
    """Return True if most entries have the shape of releases 1.24 to 1.26.

    A few odd ones do not hide the answer's release.
    """
    dated = [entry for entry in entries if isinstance(entry, dict) and "createdAt" in entry]
    # Entries from Postgres have no such field, which saves counting the objects.
    objects = sum(isinstance(entry, dict) for entry in entries) if dated else 0
    return sum("messageId" not in entry for entry in dated) * 2 > objects


def _event(entry: object, readers: Mapping[str, Callable[[Entry], Event]]) -> Event:
    if not isinstance(entry, dict):
        return plain_event(None, None, entry, "not an object")
    name = entry.get("type")
    read = readers.get(name) if isinstance(name, str) else None
    return read_as(read, entry, name, _time)
