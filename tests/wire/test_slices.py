"""An answer reads the same whether its events are slices of its bytes or decoded values."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from eventview.session.events import EVENT_CLASSES, fields_of
from eventview.sources.json_reader import split_rows
from eventview.wire.detect import read_answer

TEXTS = st.one_of(
    st.sampled_from(["", " ", "Buy", "\x1b[31m", "a\u202eb", "&lt;", "12", "007", "1e5", "{}"]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
)
NUMBERS = st.one_of(
    st.sampled_from([0, 1, -1, 0.5, 10**30, -(10**101), 1e300, True]),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
)
VALUES = st.one_of(
    st.none(), TEXTS, NUMBERS, st.lists(TEXTS, max_size=2), st.just({"LCP": "1"}),
    st.just('{"LCP":"2512","CLS":"0.1","INP":"x"}'), st.just('{"TTFB": 3, "CLS": 1e-3}'),
)  # fmt: skip


def names_of(wire: str) -> list[str]:
    sent = [getattr(f, wire) for each in EVENT_CLASSES for f in fields_of(each).values()]
    names = [name for each in sent for name in ((each,) if isinstance(each, str) else each or ())]
    return sorted({name for name in names if name})


V1_NAMES = [
    *names_of("v1"),
    "timestamp",
    "webVitals",
    "ttfb",
    "loadTime",
    "speedIndex",
    "createdAt",
]
V1 = st.fixed_dictionaries(
    {"type": st.sampled_from(["CLICK", "LOCATION", "INPUT", "TAP", "CLICKRAGE", "OTHER"])},
    optional=dict.fromkeys(V1_NAMES, VALUES),
)
PROPERTIES = [name for name in names_of("v2") if not name.startswith("row.")]
V2 = st.fixed_dictionaries(
    {
        "$event_name": st.sampled_from([*(each.__name__.upper() for each in EVENT_CLASSES), "x"]),
        "created_at": st.one_of(st.integers(0, 10**13), VALUES),
    },
    optional={
        "$auto_captured": st.one_of(st.booleans(), VALUES),
        "$properties": st.one_of(
            VALUES,
            st.dictionaries(
                st.sampled_from([*PROPERTIES, "web_vitals", "ttfb", "lcp", "payload"]), VALUES
            ),
        ),
        **{n.removeprefix("row."): VALUES for n in names_of("v2") if n.startswith("row.")},
        "properties": VALUES,
    },
)


def escape(value: Any) -> Any:
    """Return a value as Go's `html.EscapeString` leaves its texts, keys included."""
    match value:
        case str():
            return html.escape(value).replace("&quot;", "&#34;").replace("&#x27;", "&#39;")
        case list():
            return [escape(inner) for inner in value]
        case Mapping():
            return {escape(name): escape(inner) for name, inner in value.items()}
        case _:
            return value


def check_same(body: bytes) -> None:
    rows = split_rows(body)
    assert rows is not None
    sliced, decoded = read_answer(rows), read_answer(json.loads(body))
    assert sliced == decoded
    assert [event.raw for event in sliced.events] == [event.raw for event in decoded.events]


@given(st.lists(V1, min_size=1, max_size=4), st.booleans())
def test_an_answer_of_the_first_api_reads_the_same(
    rows: list[dict[str, Any]], is_ascii: bool
) -> None:
    rows = [{"type": "CLICK", "timestamp": 1}, *rows]
    check_same(json.dumps({"data": rows}, ensure_ascii=is_ascii).encode())


@example([{"$event_name": "x", "created_at": 2}, {"created_at": 2, "$event_name": "x"}], True)
@given(st.lists(V2, min_size=1, max_size=4), st.booleans())
def test_an_answer_of_the_second_api_reads_the_same(
    rows: list[dict[str, Any]], is_ascii: bool
) -> None:
    events = [{"$event_name": "CLICK", "created_at": 1}, *rows]
    page = {"data": {"total": len(events), "events": escape(events)}}
    body = json.dumps(page, ensure_ascii=is_ascii).replace("&", "\\u0026")
    check_same(body.encode())


@pytest.mark.parametrize(
    "text", ["&copy; 2026", "a & b", "&amp;lt;", "&#x27;", '\\u0026lt;"', "\\\\u0026lt;"]
)
def test_texts_that_are_escaped_otherwise_read_the_same(text: str) -> None:
    row = {"$event_name": "CLICK", "created_at": 1, "$properties": {"label": text}}
    body = json.dumps({"data": {"total": 1, "events": [row]}}).encode()
    rows = split_rows(body)
    sliced = read_answer(json.loads(body) if rows is None else rows)
    assert sliced == read_answer(json.loads(body))
