"""Wire format of the first public API: releases to 1.22 on Postgres, 1.24 to 1.26 on ClickHouse.

It reads the answer of `GET /v1/{project}/sessions/{session}/events`; an unknown field stays in the
event's raw value. `loadTime` and `domContentLoadedTime` count from the start of the navigation on
Postgres and are the run time of the page's handlers on ClickHouse. From 1.11 on, an INPUT's
`messageId` is a node of the page, so that it gives no order.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from itertools import groupby
from math import gcd
from typing import Any, Final

import msgspec

from eventview.session.events import Click, Input, Issue, Location, Tap, decode_sent, fields_of
from eventview.session.metrics import CATALOGUE, VITALS, LoadMetrics, Number, build_load, pack_load
from eventview.session.source import Batch
from eventview.session.urls import split_url
from eventview.wire.fields import (
    UNSET,
    read_number,
    read_number_or_unset,
    read_string,
    read_vitals,
    shape_error,
)
from eventview.wire.readers import Rest, TypeReader, WireReader

_SECOND_MS: Final = 1000

CLICK_RAGE: Final = "CLICKRAGE"
"""The type of the web player's answer for several clicks in one event."""

_POSTGRES_TIMINGS: Final = {
    metric.field: metric.wire.v1_postgres for metric in CATALOGUE if metric.wire.v1_postgres
}
_CLICKHOUSE_TIMINGS: Final = {
    metric.field: metric.wire.v1_clickhouse for metric in CATALOGUE if metric.wire.v1_clickhouse
}
_VITALS: Final = {metric.field: metric.wire.vital for metric in VITALS}
_ALL_TIMINGS: Final = frozenset(LoadMetrics.__struct_fields__)
_CLICKHOUSE_UNAVAILABLE: Final = _ALL_TIMINGS - _CLICKHOUSE_TIMINGS.keys()


def _read_vitals(value: object) -> Any:
    return UNSET if value is UNSET else read_vitals(value)


_TIMING_FIELDS: Final = tuple(_POSTGRES_TIMINGS)
_TIMING_NAMES: Final = (*_POSTGRES_TIMINGS.values(), "webVitals")


_NO_VITALS: Final[tuple[Mapping[str, Number], str]] = ({}, "")


def _finish_location(fields: dict[str, Any], values: Sequence[Any]) -> None:
    *timings, vitals = values
    # A look through all values takes less time than one at each: most events have all.
    sent = zip(_TIMING_NAMES, values, strict=True) if UNSET in values else ()
    fields["unavailable"] = _find_unavailable(frozenset(name for name, v in sent if v is UNSET))
    reported, fields["vitals_problem"] = vitals or _NO_VITALS
    if reported or any(timings):
        vitals = {field: reported.get(name) for field, name in _VITALS.items()}
        figures = dict(zip(_TIMING_FIELDS, timings, strict=True)) | vitals
        fields["packed_load"] = pack_load(build_load(figures))


@lru_cache(maxsize=16)
def _find_unavailable(absent: frozenset[str]) -> frozenset[str]:
    """Return the load figures that a release cannot send if its events lack some fields."""
    sent = {field for field, name in _POSTGRES_TIMINGS.items() if name not in absent}
    if "webVitals" not in absent:
        sent |= _VITALS.keys()
    return _ALL_TIMINGS - sent


def _finish_clickhouse_location(fields: dict[str, Any], values: Sequence[Any]) -> None:
    url, *timings = values
    address = split_url(url)
    fields |= {
        "host": fields["host"] or address.host,
        "path": address.path,
        "query": address.query,
        "packed_load": pack_load(build_load(dict(zip(_CLICKHOUSE_TIMINGS, timings, strict=True)))),
        "unavailable": _CLICKHOUSE_UNAVAILABLE,
    }


def _finish_clickhouse_input(fields: dict[str, Any], _values: Sequence[Any]) -> None:
    # ClickHouse stores no null, and 0 means unknown.
    fields["duration_ms"] = fields["duration_ms"] or None
    fields["duration_step_ms"] = _SECOND_MS


def _finish_click_rage(fields: dict[str, Any], _values: Sequence[Any]) -> None:
    fields["issue_type"] = "click_rage"


_POSITION: Final = Rest([(name, read_number) for name in fields_of(Click)["position"].v1])
"""A click's position, which is only checked."""


@cache
def _postgres() -> WireReader:
    timings = [(name, read_number_or_unset) for name in _POSTGRES_TIMINGS.values()]
    load = Rest([*timings, ("webVitals", _read_vitals)], _finish_location)
    readers = [
        TypeReader(Location, "v1", rest=load),
        TypeReader(Click, "v1", rest=_POSITION),
        TypeReader(Input, "v1"),
        TypeReader(Issue, "v1", rest=Rest((), _finish_click_rage), event_type=CLICK_RAGE),
    ]
    return WireReader(readers, "type", "timestamp")


@cache
def _clickhouse() -> WireReader:
    timings = [(name, read_number) for name in _CLICKHOUSE_TIMINGS.values()]
    load = Rest([("url", read_string), *timings], _finish_clickhouse_location)
    readers = [
        TypeReader(Location, "clickhouse", rest=load),
        TypeReader(Click, "clickhouse", rest=_POSITION),
        TypeReader(Input, "clickhouse", rest=Rest((), _finish_clickhouse_input)),
        TypeReader(Tap, "clickhouse"),
        TypeReader(Issue, "clickhouse", rest=Rest((), _finish_click_rage), event_type=CLICK_RAGE),
    ]
    return WireReader(readers, "type", "timestamp")


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
    decoded = [decode_sent(entry) for entry in entries]
    keys = _row_keys(decoded)
    rows = dict(zip(keys, decoded, strict=True))
    if len(rows) == len(entries):
        return entries
    sent = dict(zip(keys, entries, strict=True))
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
            kept += [sent[key]] * (counts[key] // deliveries if can_recur else 1)
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
    is_act = entry.get("type") in ("CLICK", "TAP", "INPUT")
    return is_act and not entry.get("hesitation") and not entry.get("duration")


def read_entries(entries: Sequence[object]) -> Batch:
    """Read entries in their order, repeated rows included; see `read_answer`."""
    from_clickhouse = _are_from_clickhouse(entries)
    reader = _clickhouse() if from_clickhouse else _postgres()
    events = reader.read_all(entries)
    return Batch(events, resolution_ms=_SECOND_MS if from_clickhouse else 1, reread=reader.read_all)


def _are_from_clickhouse(entries: Sequence[object]) -> bool:
    """Return True if most entries have the shape of releases 1.24 to 1.26.

    A few odd ones do not hide the answer's release.
    """
    # Rows from Postgres have no such field, which saves decoding them.
    if not may_be_from_clickhouse(entries):
        return False
    rows = [row for row in map(decode_sent, entries) if isinstance(row, dict)]
    dated = [row for row in rows if "createdAt" in row]
    return sum("messageId" not in row for row in dated) * 2 > len(rows)


def may_be_from_clickhouse(entries: Sequence[object], most_sampled: int = 1000) -> bool:
    """Return False if entries cannot have the shape of releases 1.24 to 1.26.

    Args:
        entries: some entries of an answer.
        most_sampled: number of entries of which at least one is dated if most are.
    """
    return any(map(_may_be_dated, entries[:: 1 + len(entries) // most_sampled]))


def _may_be_dated(entry: object) -> bool:
    if isinstance(entry, msgspec.Raw):
        return b'"createdAt"' in bytes(entry)
    return isinstance(entry, dict) and "createdAt" in entry
