"""The v1 wire format: what the server sends, field by field, and what a broken one might."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from eventview.errors import InvalidDataError
from eventview.session.events import Click, Event, Input, Location
from eventview.session.text import clean
from eventview.sources.json_reader import read_json, split_rows
from eventview.wire.fields import read_position
from eventview.wire.v1 import read_answer
from tests.conftest import DOCUMENTED, RECORDINGS
from tests.sources.test_json_reader import JSON
from tests.tables import each_row

RECORDED = [DOCUMENTED, *sorted((RECORDINGS / "v1").glob("events_[!e]*.json"))]


def table(pairs: str) -> dict[str, str]:
    """Our names for the server's, written `ours=theirs`."""
    return {ours: theirs for ours, _, theirs in (pair.partition("=") for pair in pairs.split())}


FIELDS: dict[type[Event], dict[str, str]] = {
    Location: table("host=host path=path query=query referrer=referrer"),
    Click: table("label=label selector=selector url=url hesitation_ms=hesitation"),
    Input: table("label=label value=value duration_ms=duration hesitation_ms=hesitation"),
}
METRICS = table(
    "server_wait_ms=ttfb response_ms=responseTime response_end_ms=responseEnd "
    "dom_building_ms=domBuildingTime first_paint_ms=firstPaintTime "
    "first_contentful_paint_ms=firstContentfulPaintTime load_ms=loadTime "
    "dom_content_loaded_ms=domContentLoadedTime speed_index_ms=speedIndex "
    "visually_complete_ms=visuallyComplete time_to_interactive_ms=timeToInteractive"
)
VITALS = table(
    "time_to_first_byte_ms=TTFB largest_contentful_paint_ms=LCP "
    "interaction_to_next_paint_ms=INP cumulative_layout_shift=CLS"
)


def click(**more: object) -> dict[str, object]:
    return {"type": "CLICK", "timestamp": 1000, "label": "Buy", **more}


def location(**more: object) -> dict[str, object]:
    return {"type": "LOCATION", "timestamp": 1000, "host": "shop.example", "path": "/", **more}


def field(entry: object, name: str) -> object:
    """A field of the one event that an entry becomes."""
    (event,) = read_answer([entry]).events
    return getattr(event, name)


# As recorded


@each_row("path", RECORDED)
def test_every_recorded_field_reaches_its_event(path: Path) -> None:
    answer = cast("dict[str, list[dict[str, Any]]]", read_json(path.read_bytes()))
    events = read_answer(answer).events
    for event, raw in zip(events, answer["data"], strict=True):
        assert (event.type, event.time_ms, event.problem) == (raw["type"], raw["timestamp"], "")
        assert event.raw == raw
        for ours, theirs in FIELDS[type(event)].items():
            sent, read = raw.get(theirs), getattr(event, ours)
            expected = clean(sent) if isinstance(sent, str) else sent
            assert read == expected or (sent is None and read == "")
        if isinstance(event, Location):
            vitals = json.loads(raw.get("webVitals") or "{}")
            sent = [raw[theirs] for theirs in METRICS.values()]
            sent += [(text := vitals.get(name)) and float(text) for name in VITALS.values()]
            # Nothing but zeros was not measured.
            sent = sent if any(sent) else [None] * len(sent)
            assert [getattr(event.load, ours) for ours in (*METRICS, *VITALS)] == sent
            assert event.vitals_problem == ""
            # No release on Postgres sends it.
            assert "request_start_ms" in event.unavailable


@each_row(
    ("sent", "position", "problem"),
    [
        ({"normalizedX": 1e-07, "normalizedY": 100}, (1e-07, 100, "%"), ""),
        ({"normalizedX": 5.0, "normalizedY": 0, "x": 1, "y": 2}, (5.0, 0, "%"), ""),
        ({"normalizedX": 5, "x": 12, "y": 34}, (12, 34, "px"), ""),
        ({"normalizedX": 5, "y": 34}, None, ""),
        ({"normalizedX": "5", "normalizedY": 6}, None, "normalizedX: not a number"),
        ({"x": True, "y": 34}, None, "x: not a number"),
    ],
)
def test_a_position_is_both_of_its_numbers(
    sent: dict[str, object], position: object, problem: str
) -> None:
    (event,) = read_answer([click(**sent)]).events
    assert isinstance(event, Click)
    assert (repr(read_position(event)), event.problem) == (repr(position), problem)


@each_row(
    ("entry", "name", "value"),
    [
        (click(hesitation=2**53 + 1), "hesitation_ms", 9007199254740993),
        (click(timestamp=2**63), "time_ms", 9223372036854775808),
        (click(timestamp=-5), "time_ms", -5),
        (click(timestamp=1623440905732.0), "time_ms", 1623440905732),
        (click(timestamp="1623440905732"), "time_ms", 1623440905732),
        (click(label="\x1b[31mBuy\u202e\n"), "label", "␛[31mBuy<U+202E>␊"),
        (click(label=None), "label", ""),
        (click(type="INPUT", value=None), "value", None),
        (click(type="INPUT", value=""), "value", ""),
        (location(path=None, url="https://shop.example/cart"), "path", "https://shop.example/cart"),
        (click(type="TAP"), "type", "TAP"),
        (click(type="click"), "type", "click"),
        (click(type="E\x1bR"), "type", "E␛R"),
        (click(type=None), "type", "(no type)"),
        (click(type=["CLICK"]), "type", "(no type)"),
        (click(rage=[{"deep": "\x1b"}]), "raw", click(rage=[{"deep": "\x1b"}])),
        (click(type="TAP", rage=1), "raw", click(type="TAP", rage=1)),
    ],
)
def test_values_are_kept_exactly_text_is_clean_and_raw_is_whole(
    entry: object, name: str, value: object
) -> None:
    assert repr(field(entry, name)) == repr(value)  # so that 100 is an int and 1e-07 as sent


def test_every_text_of_a_slice_is_clean() -> None:
    row = dict.fromkeys(("label", "value", "selector", "url", "path", "query", "host"), "\x1b[31m")
    rows = [{**row, "type": name, "timestamp": 1} for name in ("LOCATION", "CLICK", "INPUT")]
    read = read_answer(split_rows(json.dumps({"data": rows}).encode())).events
    assert [event.problem for event in read] == [""] * len(rows)
    fields = [value for event in read for value in structs.asdict(event).values()]
    assert [text for text in fields if isinstance(text, str) and clean(text) != text] == []


# Not as recorded


@each_row(
    ("entry", "shown", "time", "problem"),
    [
        ("oops", "(no type)", None, "not an object"),
        (None, "(no type)", None, "not an object"),
        ([click()], "(no type)", None, "not an object"),
        ({"type": "CLICK", "label": "x"}, "CLICK", None, "timestamp: not a whole number"),
        (click(timestamp="soon"), "CLICK", None, "timestamp: not a whole number"),
        (click(timestamp=1.5), "CLICK", None, "timestamp: not a whole number"),
        (click(timestamp=True), "CLICK", None, "timestamp: not a whole number"),
        (click(timestamp=float("inf")), "CLICK", None, "timestamp: not a whole number"),
        (click(label=7), "CLICK", 1000, "label: not a text"),
        (click(hesitation="2 s"), "CLICK", 1000, "hesitation: not a number"),
        (click(normalizedX=float("inf")), "CLICK", 1000, "normalizedX: not a number"),
        (click(type="INPUT", value={}), "INPUT", 1000, "value: not a text"),
        (location(loadTime="844"), "LOCATION", 1000, "loadTime: not a number"),
        (location(ttfb=False), "LOCATION", 1000, "ttfb: not a number"),
        (location(webVitals={"LCP": 1}), "LOCATION", 1000, "webVitals: not a text"),
        ({"type": "TAP", "timestamp": "x"}, "TAP", None, ""),
    ],
)
def test_an_unreadable_entry_stays_in_its_place_and_says_why(
    entry: object, shown: str, time: int | None, problem: str
) -> None:
    before, event, after = read_answer({"data": [click(label="a"), entry, click(label="b")]}).events
    assert (event.type, event.time_ms, event.raw, event.problem) == (shown, time, entry, problem)
    assert [cast("Click", neighbour).label for neighbour in (before, after)] == ["a", "b"]


@each_row(
    ("sent", "lcp", "cls", "is_shown"),
    [
        (None, None, None, False),
        ("", None, None, False),
        ('{"LCP":"555","CLS":"0.0843"}', 555, 0.0843, False),
        ('{"LCP":555.5,"CLS":0}', 555.5, 0, False),
        ('{"LCP":"555","CLS":"a lot"}', 555, None, True),
        ('{"LCP":NaN,"CLS":true}', None, None, True),
        ('{"LCP":Infinity,"CLS":"inf.0"}', None, None, True),
        ('{"LCP":null,"CLS":"0.1"}', None, 0.1, True),
        ('{"LCP":1' + "0" * 400 + ',"CLS":1}', None, 1, True),  # too large for a float
        ('{"LCP":"1' + "0" * 400 + '","CLS":1}', None, 1, True),
        ("[1,2]", None, None, True),
        ("LCP=555", None, None, True),
        ('{"LCP":"555"', None, None, True),
        ("[" * 100_000, None, None, True),
        ('{"LCP":' + "9" * 5000 + "}", None, None, True),
    ],
)
def test_vitals_are_read_as_far_as_they_can_be_and_else_shown(
    sent: str | None, lcp: float | None, cls: float | None, *, is_shown: bool
) -> None:
    load = field(location(webVitals=sent), "load")
    assert getattr(load, "largest_contentful_paint_ms", 0) == lcp
    assert getattr(load, "cumulative_layout_shift", 0) == cls
    assert field(location(webVitals=sent), "vitals_problem") == (sent if is_shown else "")


@each_row(
    ("answer", "reason"),
    [
        ({}, "an empty object"),
        ({"data": None}, "the fields data"),
        ({"data": {"a": 1}}, "the fields data"),
        ({"events": [], "\x1b": 1}, "the fields events, ␛"),
        ({"x" * 1000: 1}, "(800 more characters)"),
        ("text", 'It is "text" and nothing else'),
        (None, "It is null and nothing else"),
    ],
)
def test_json_of_another_shape_is_refused_with_its_shape(answer: object, reason: str) -> None:
    with pytest.raises(InvalidDataError) as caught:
        read_answer(answer)
    assert reason in caught.value.reason


NAMES = sorted(
    {"timestamp", "webVitals", "url", *METRICS.values()}.union(*map(dict.values, FIELDS.values()))
)
VITALS_TEXT = st.dictionaries(st.sampled_from(sorted(VITALS.values())), JSON).map(json.dumps)
ENTRIES = JSON | st.builds(
    lambda name, rest: {"type": name, **rest},
    st.sampled_from(["LOCATION", "CLICK", "INPUT", "TAP"]) | st.text(),
    st.dictionaries(st.sampled_from(NAMES), JSON | st.integers() | VITALS_TEXT),
)


@pytest.mark.slow
@given(entries=st.lists(ENTRIES))
def test_whatever_the_list_holds_each_entry_becomes_one_event_in_its_place(
    entries: list[object],
) -> None:
    events = read_answer({"data": entries}).events
    assert len(events) == len(entries)
    for event, entry in zip(events, entries, strict=True):
        assert event.raw is entry
        texts = [value for name, value in structs.asdict(event).items() if name != "sent"]
        assert all(clean(text) == text for text in texts if isinstance(text, str))


def test_one_odd_entry_does_not_make_an_answer_one_of_the_other_era() -> None:
    page = {
        "type": "LOCATION", "createdAt": "2026-02-11T15:13:10", "timestamp": 1770822790000,
        "url": "https://shop.example/a?b=1", "loadTime": 12,
    }  # fmt: skip
    old = {"type": "LOCATION", "createdAt": "x", "messageId": 7, "timestamp": 1, "loadTime": 12}
    [event] = read_answer([old]).events
    assert isinstance(event, Location)
    assert event.load.load_ms == 12, "only the first era has a messageId"
    mostly_old = [{"type": "CLICK", "timestamp": n, "label": "x"} for n in range(3)]
    assert read_answer([*mostly_old, page]).resolution_ms == 1
    for odd in (7, {"type": "CLICK", "timestamp": 1770822790000}):
        events, _, resolution_ms, *_ = read_answer({"data": [page, odd, page | {"loadTime": 13}]})
        assert resolution_ms == 1000
        loads = [event.load for event in events if isinstance(event, Location)]
        assert [load.load_handlers_ms for load in loads] == [12, 13]
        assert all(load.load_ms is None for load in loads)


def from_clickhouse(second: int, kind: str, label: str = "", **more: object) -> dict[str, object]:
    at = {"createdAt": "2026-02-11T15:13:10", "timestamp": 1770822790000 + second * 1000}
    return {"type": kind, "label": label, "selector": ""} | at | more


OPENED = from_clickhouse(0, "LOCATION", url="https://shop.example/")
SIZE = from_clickhouse(2, "CLICK", "Size", hesitation=300)
BOX = from_clickhouse(4, "INPUT", "I agree", hesitation=0, duration=0)
PAY = from_clickhouse(8, "CLICK", "Pay", hesitation=0)
HELP = from_clickhouse(15, "CLICK", "Help", hesitation=700)
MAIL = from_clickhouse(17, "INPUT", "Mail", hesitation=700, duration=2000)


@each_row(
    ("rows", "events", "doubled"),
    [
        ([OPENED, SIZE, HELP], 3, 0),
        # Delivered twice, three times, or only its second half.
        ([OPENED, SIZE, PAY, HELP] * 2, 4, 4),
        ([OPENED, SIZE, PAY, HELP] * 3, 4, 8),
        ([OPENED, SIZE, *[HELP, MAIL, BOX, PAY] * 2], 6, 4),
        ([*[OPENED] * 2, *[PAY] * 3, HELP], 5, 1),
        ([*[OPENED] * 2, *[PAY] * 5, HELP], 7, 1),
        ([OPENED, *[PAY] * 4, *[HELP] * 2], 6, 1),
        # Clicked three times, beside rows that came once.
        ([OPENED, SIZE, *[PAY] * 3, HELP], 6, 0),
        ([*[PAY] * 5], 5, 0),
        ([*[PAY] * 4, *[BOX] * 2], 6, 0),
        # Clicked twice a second.
        ([from_clickhouse(n // 2, "CLICK", "Next") for n in range(8)], 8, 0),
        # Nothing but clicks, and each of them twice, three times.
        ([from_clickhouse(n, "TAP", f"T{n}") for n in range(20)] * 2, 20, 20),
        ([from_clickhouse(n, "TAP", f"T{n}") for n in range(20)] * 3, 20, 40),
        ([*[from_clickhouse(n, "TAP", f"T{n}") for n in range(20)] * 2, *[PAY] * 4], 22, 22),
        (
            [OPENED, *(from_clickhouse(n + 1, "CLICK", f"C{n}") for n in range(60)), MAIL] * 2,
            62,
            62,
        ),
        # And beside a box that was ticked again.
        ([OPENED, SIZE, BOX, BOX, *[PAY] * 3, HELP], 8, 0),
        # Clicked three times and delivered twice.
        ([OPENED, SIZE, *[PAY] * 3, HELP] * 2, 6, 6),
        # One row stored twice that no two events can have in common.
        ([OPENED, SIZE, SIZE, HELP], 3, 1),
        ([OPENED, OPENED], 1, 1),
    ],
)
def test_rows_stored_twice_are_told_from_clicks_again_and_again(
    rows: list[dict[str, object]], events: int, doubled: int
) -> None:
    ordered = sorted(rows, key=lambda row: str(row["timestamp"]))
    read = read_answer({"data": ordered})
    assert (len(read.events), read.doubled) == (events, doubled)


def test_equal_rows_of_postgres_are_events_of_their_own() -> None:
    row = {"type": "CLICK", "timestamp": 5, "messageId": 1, "label": "Pay"}
    assert len(read_answer({"data": [row, row]}).events) == 2


def test_what_a_release_has_no_field_for_is_not_called_unmeasured() -> None:
    old = {
        "type": "LOCATION",
        "timestamp": 1,
        "host": "h",
        "path": "/",
        "loadTime": 5,
        "ttfb": None,
    }
    new = {"type": "LOCATION", "timestamp": 1, "createdAt": "x", "url": "https://h/", "loadTime": 5}
    [before], [after] = read_answer([old]).events, read_answer([new]).events
    assert isinstance(before, Location)
    assert isinstance(after, Location)
    assert "largest_contentful_paint_ms" in before.unavailable
    assert not before.unavailable & {"server_wait_ms", "load_ms"}
    assert {"server_wait_ms", "load_ms", "largest_contentful_paint_ms"} <= after.unavailable
    assert not after.unavailable & {"load_handlers_ms", "speed_index_ms"}


@pytest.mark.parametrize(("sent", "known"), [(0, None), (3000, 3000)])
def test_clickhouse_says_0_for_a_duration_that_nobody_knows(sent: int, known: int | None) -> None:
    entry = {"type": "INPUT", "timestamp": 1000, "createdAt": "x", "duration": sent}
    [event] = read_answer([entry]).events
    assert isinstance(event, Input)
    assert (event.duration_ms, event.duration_step_ms) == (known, 1000)


def test_repeated_rows_may_have_a_type_that_is_no_text() -> None:
    row = {"type": ["CLICK"], "timestamp": 1000, "createdAt": "1970-01-01T00:00:01"}
    read = read_answer({"data": [row, row]})
    assert [event.type for event in read.events] == ["(no type)"]
