"""Metrics and signals of one session in all three wire formats, as far as each has them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from eventview.analysis.analysis import Analysis
from eventview.analysis.signal_kinds import (
    BACK_AND_FORTH,
    CRASH,
    DEAD,
    ERROR,
    ERROR_CLICK,
    FAILED,
    GAP,
    HESITATION,
    INCIDENT,
    OTHER_ISSUE,
    RAGE,
    REPEAT,
    SLOW,
    THRASHING,
)
from eventview.analysis.signals import SignalKind
from eventview.session.event_text import describe_event
from eventview.session.events import Event, Input, Location
from eventview.session.metrics import CATALOGUE, PUBLISHED, Number, Rating
from eventview.session.session import Session
from eventview.session.source import SessionRef
from eventview.wire import v1, v2
from tests.conftest import CHECKOUT
from tests.server.conversion import era_b_rows, v2_rows
from tests.tables import each_row

Sent = Mapping[str, Any]

START = 1_731_502_800_600
"""Start of the sessions made up here, in epoch milliseconds, not on a whole second."""


def of_postgres(events: Sequence[Sent]) -> Session:
    return of_answer(list(events))


def of_clickhouse(events: Sequence[Sent]) -> Session:
    return of_answer(era_b_rows(events))


def of_answer(data: Sequence[Sent]) -> Session:
    reading = v1.read_answer({"data": data})
    return _read(reading.events, reading.resolution_ms)


def of_v2(events: Sequence[Sent]) -> Session:
    return of_rows(v2_rows("7", events))


def of_rows(rows: Sequence[object]) -> Session:
    return _read(list(map(v2.read_event, rows)), v2.RESOLUTION_MS)


def _read(events: Sequence[Event], step: int) -> Session:
    return Session.of(SessionRef("acme", "7", "acme.example"), events, len(events), step)


Format = Callable[[Sequence[Sent]], Session]
FORMATS = [of_postgres, of_clickhouse, of_v2]
IN_WHOLE_SECONDS = [of_clickhouse, of_v2]


def found(session: Session, kind: SignalKind) -> list[tuple[str, ...]]:
    """Return the events of signals of a kind in words; formats differ in the order in a second."""
    return [
        tuple(_words(session.events[index]) for index in signal.events)
        for signal in Analysis(session).signals.found
        if signal.kind is kind
    ]


def _words(event: Event) -> str:
    # Only the first format keeps what was typed.
    return event.label if isinstance(event, Input) else describe_event(event)


# --- the recorded session


@pytest.fixture(scope="module")
def recorded() -> Sequence[Sent]:
    data: Sequence[Sent] = json.loads(CHECKOUT.read_bytes())["data"]
    return data


@pytest.mark.parametrize("read", FORMATS)
def test_the_recorded_silences_and_hesitations_are_the_same_in_every_format(
    read: Format, recorded: Sequence[Sent]
) -> None:
    session = read(recorded)
    # The wait for the last click is 29.990 s, or 30 in whole seconds.
    assert [places[-1] for places in found(session, GAP)] == [
        "/p/jacke-für-große-höhen?variant=42&lang=fr",
        "Proceed to checkout",
        "Resend code",
    ]
    # The median is 2.8 s and the longest 5.2 s: none stands out without a change.
    assert found(session, HESITATION) == []
    [at] = [n for n, e in enumerate(recorded) if e.get("label") == "Proceed to checkout"]
    thoughtful = [*recorded[:at], {**recorded[at], "hesitation": 9000}, *recorded[at + 1 :]]
    assert found(read(thoughtful), HESITATION) == [("Proceed to checkout",)]
    assert found(session, BACK_AND_FORTH) == []


POOR = [
    "/cart",
    "/cart?promo=error&code=E_PROMO_EXPIRED",
    "/checkout/payment",
    "/checkout/payment?retry=1",
    "/account/orders/ORD-2024-11-13-000731?ref=menu",
    "/p/beanie-with-logo",
    "/help/returns",
]


@pytest.mark.parametrize(
    ("read", "poor"),
    [
        (of_postgres, POOR),
        # The web vitals and load events that make the others poor are missing there.
        (of_clickhouse, ["/checkout/payment", "/checkout/payment?retry=1"]),
        (of_v2, POOR),
    ],
)
def test_the_recorded_poor_loads_are_those_whose_format_has_the_metric(
    read: Format, poor: list[str], recorded: Sequence[Sent]
) -> None:
    assert found(read(recorded), SLOW) == [(path,) for path in poor]


def test_the_recorded_rage_is_found_in_whole_seconds_too(recorded: Sequence[Sent]) -> None:
    pay, apply, details = "Pay 219,80 €", "Apply", "Show details"
    exact = of_postgres(recorded)
    assert found(exact, RAGE) == [(apply,) * 5, (pay,) * 7, (pay,) * 5]
    assert found(exact, REPEAT) == [(details,) * 3]
    for read in IN_WHOLE_SECONDS:
        session = read(recorded)
        # Clicks in the second before or after are too few there to be certain.
        assert found(session, RAGE) == [(apply,) * 5, (pay,) * 5, (pay,) * 4]
        assert found(session, REPEAT) == [(details,) * 3]


@pytest.mark.parametrize("read", FORMATS)
def test_the_recorded_session_has_no_other_signals(read: Format, recorded: Sequence[Sent]) -> None:
    others = set(Analysis(read(recorded)).signals.counts) - {
        RAGE,
        REPEAT,
        GAP,
        SLOW,
        HESITATION,
    }
    assert others == set()


# --- made up, in every format


def click(at: int, label: str = "Pay", **more: object) -> Sent:
    selector = {"selector": "button#pay", "url": "shop.example/a"}
    return {"type": "CLICK", "timestamp": START + at, "label": label, **selector, **more}


def page(at: int, path: str = "/a", **load: object) -> Sent:
    return {
        "type": "LOCATION",
        "timestamp": START + at,
        "host": "shop.example",
        "path": path,
        **load,
    }


def rage(step: int) -> list[Sent]:
    return [click(number * step) for number in range(3)]


@pytest.mark.parametrize("read", FORMATS)
@pytest.mark.parametrize(
    ("kind", "fires", "does_not"),
    [
        (GAP, [click(0), click(31_000, "b")], [click(0), click(29_999, "b")]),
        (
            HESITATION,
            [click(n * 5000, str(n), hesitation=ms) for n, ms in enumerate((9, 0, 9, 5000))],
            [click(n * 5000, str(n), hesitation=ms) for n, ms in enumerate((9, 0, 9, 4999))],
        ),
        (REPEAT, rage(5000), rage(5000)[:2]),
        (REPEAT, rage(5000), [*rage(5000)[:2], page(8000), click(10_000)]),
        (
            REPEAT,
            [click(n * 5000, "") for n in range(3)],
            [click(0, ""), click(5000, "")],
        ),
        (
            BACK_AND_FORTH,
            [page(0), page(5000, "/b"), page(10_000)],
            [page(0), page(5000, "/b"), page(13_000)],
        ),
        (
            BACK_AND_FORTH,
            [page(0), page(5000, "/b"), page(10_000)],
            [page(0), page(5000), page(10_000)],
        ),
        (
            BACK_AND_FORTH,
            [page(0), page(5000, "/b"), page(10_000)],
            [page(0), page(5000, "/b"), page(10_000, "/c")],
        ),
        (
            SLOW,
            [page(0, firstContentfulPaintTime=3001)],
            [page(0, firstContentfulPaintTime=3000)],
        ),
        (SLOW, [page(0, speedIndex=5801)], [page(0, speedIndex=5800)]),
        (SLOW, [page(0, speedIndex=5801)], [page(0)]),
        (SLOW, [page(0, speedIndex=5801)], [page(0, timeToInteractive=60_000)]),
    ],
)
def test_events_of_every_format_make_the_same_signals_in_every_format(
    read: Format, kind: SignalKind, fires: list[Sent], does_not: list[Sent]
) -> None:
    assert len(found(read(fires), kind)) == 1
    assert found(read(does_not), kind) == []


def test_rage_is_as_close_as_times_tell() -> None:
    assert found(of_postgres(rage(299)), RAGE) == [("Pay",) * 3]
    assert found(of_postgres(rage(300)), RAGE) == []
    for read in IN_WHOLE_SECONDS:
        # All three in one second, and one of them in the next.
        assert found(read(rage(100)), RAGE) == [("Pay",) * 3]
        assert found(read(rage(299)), RAGE) == []
        assert found(read(rage(299)), REPEAT) == [("Pay",) * 3]


def test_the_run_time_of_handlers_is_not_held_against_a_page() -> None:
    # This name is the load event in the first format.
    entry = {"createdAt": "2024-11-13T13:00:00", "url": "https://shop.example/a"}
    session = of_answer([{**page(0, loadTime=29_000), **entry}])
    assert session.resolution_ms == 1000
    assert found(session, SLOW) == []
    assert found(of_postgres([page(0, loadTime=29_000)]), SLOW) == [("/a",)]


# --- signals only of the second API


def row(second: int, name: str, properties: Mapping[str, object], **columns: object) -> object:
    """A row as the server stores it; columns without their `$` but for `issue_type`."""
    named = {key if key == "issue_type" else f"${key}": value for key, value in columns.items()}
    return {
        "event_id": f"{second}-{name}-{json.dumps(properties)}",
        "$event_name": name,
        "created_at": (START // 1000 + second) * 1000,
        "$auto_captured": True,
        "$properties": properties,
        **named,
    }


def clicked(second: int, label: str = "Pay", **more: object) -> object:
    return row(second, "CLICK", {"label": label, **more})


def failed(second: int, message: str = "x is undefined") -> object:
    return row(second, "ERROR", {"source": "js_exception", "message": message})


def asked(second: int, status: int | None, url: str = "https://api.example/o?a=1") -> object:
    success = status is None or status < 400
    sent = {} if status is None else {"status": status}
    return row(second, "REQUEST", {"method": "GET", "url": url, "success": success, **sent})


def issued(second: int, kind: str, context: str = "", payload: str = "") -> object:
    properties = {"issue_type": kind, "context_string": context, "payload": payload}
    return row(second, "ISSUE", properties, issue_type=kind)


COUNT_3 = '{"Count":3}'


@each_row(
    ("kind", "rows", "covered"),
    [
        (ERROR, [failed(0)], [("x is undefined",)]),
        # In one second, either may be first.
        (ERROR_CLICK, [clicked(0), failed(0)], []),
        (ERROR_CLICK, [clicked(0), failed(1)], []),
        (ERROR_CLICK, [failed(0), clicked(1)], []),
        (FAILED, [asked(0, 400)], [("GET 400 /o?a=1 · api.example",)]),
        (FAILED, [asked(0, 399)], []),
        # No status is the server's 0, which it counts as a success: there was no answer.
        (FAILED, [asked(0, None)], [("GET no answer /o?a=1 · api.example",)]),
        (
            FAILED,
            [asked(0, 503), issued(0, "bad_request", "https://api.example/o?a=1")],
            [("GET 503 /o?a=1 · api.example", "bad request: /o?a=1 · api.example")],
        ),
        (
            FAILED,
            [asked(0, 503), issued(0, "bad_request", "https://api.example/other")],
            [("GET 503 /o?a=1 · api.example",), ("bad request: /other · api.example",)],
        ),
        (
            ERROR,
            [failed(0), issued(0, "js_exception", "x is undefined")],
            [("x is undefined", "js exception: x is undefined")],
        ),
        (
            RAGE,
            [clicked(0), clicked(0), issued(0, "click_rage", "Pay", COUNT_3), clicked(1)],
            [("Pay", "Pay", "click rage: Pay", "Pay")],
        ),
        (
            RAGE,
            [issued(0, "click_rage", "Pay", COUNT_3), clicked(2)],
            [("click rage: Pay",)],
        ),
        (REPEAT, [clicked(0), clicked(0), clicked(1)], [("Pay",) * 3]),
        (
            DEAD,
            [clicked(4, "Help"), issued(4, "dead_click", "Help")],
            [("Help", "dead click: Help")],
        ),
        (
            DEAD,
            [clicked(4, "Help"), issued(4, "dead_click", "Other")],
            [("dead click: Other",)],
        ),
        (
            THRASHING,
            [issued(4, "mouse_thrashing", "https://shop.example/a")],
            [("mouse thrashing: /a · shop.example",)],
        ),
        (OTHER_ISSUE, [issued(4, "cpu", "", '{"Rate":93}')], [("cpu",)]),
        (OTHER_ISSUE, [issued(4, "ml_of_tomorrow")], [("ml of tomorrow",)]),
        (
            INCIDENT,
            [row(4, "ISSUE", {"label": "It hangs"}, issue_type="incident")],
            [("incident: It hangs",)],
        ),
        (CRASH, [row(4, "CRASH", {"reason": "out of memory"})], [("out of memory",)]),
        (
            GAP,
            [clicked(0), row(20, "PERFORMANCE", {}), clicked(31, "b")],
            [("Pay", "b")],
        ),
        (GAP, [clicked(0), row(20, "PERFORMANCE", {}), row(99, "PERFORMANCE", {})], []),
    ],
)
def test_rows_of_the_second_api_are_signals(
    kind: SignalKind, rows: list[object], covered: list[tuple[str, ...]]
) -> None:
    assert found(of_rows(rows), kind) == covered


def test_a_rage_that_the_server_found_is_not_a_run_as_well() -> None:
    session = of_rows([*[clicked(0)] * 3, issued(0, "click_rage", "Pay", COUNT_3)])
    [rage] = Analysis(session).signals.found
    assert (rage.kind, rage.at, rage.amount, rage.is_server) == (RAGE, 0, 3, True)


# --- metrics

WIRE: Mapping[str, tuple[str, str, str]] = {
    # Key: in the first format, in the second, in the third. (NAME): in the web vitals.
    "ttfb": ("(TTFB)", "", "(TTFB)"),
    "request_start": ("", "", "request_start"),
    "server_wait": ("ttfb", "", "ttfb"),
    "response_start": ("", "", "response_start"),
    "response": ("responseTime", "", "response_time"),
    "response_end": ("responseEnd", "", "response_end"),
    "ttlb": ("", "", "ttlb"),
    "dom_building": ("domBuildingTime", "domBuildingTime", "dom_building_time"),
    "fp": ("firstPaintTime", "firstPaintTime", "first_paint"),
    "fcp": ("firstContentfulPaintTime", "firstContentfulPaintTime", "first_contentful_paint_time"),
    "lcp": ("(LCP)", "", "(LCP)"),
    "dcl_start": ("", "", "dom_content_loaded_event_start"),
    "dcl": ("domContentLoadedTime", "", "dom_content_loaded_event_end"),
    "dcl_handlers": ("", "domContentLoadedTime", "dom_content_loaded_event_time"),
    "load_start": ("", "", "load_event_start"),
    "load": ("loadTime", "", "load_event_end"),
    "load_handlers": ("", "loadTime", "load_event_time"),
    "si": ("speedIndex", "speedIndex", "speed_index"),
    "visually_complete": ("visuallyComplete", "visuallyComplete", "visually_complete"),
    "tti": ("timeToInteractive", "timeToInteractive", "time_to_interactive"),
    "inp": ("(INP)", "", "(INP)"),
    "cls": ("(CLS)", "", "(CLS)"),
}
METRICS = {metric.key: metric for metric in CATALOGUE}


def sent(format_number: int, name: str, value: Number | None) -> Location:
    """Return a page view with one figure, in one of the formats."""
    texts: object = value
    key = name
    if name.startswith("("):
        key = ("webVitals", "", "web_vitals")[format_number]
        texts = json.dumps({name.strip("()"): None if value is None else str(value)})
    if format_number == 2:
        event = v2.read_event(row(0, "LOCATION", {"url": "https://shop.example/a", key: texts}))
    else:
        era = {"createdAt": "2024-11-13T13:00:00"} if format_number == 1 else {}
        [event] = v1.read_answer([{**page(0), **era, key: texts}]).events
    assert isinstance(event, Location)
    return event


def figures(key: str) -> list[tuple[Number | None, Rating | None]]:
    """Return values around the bounds of a metric, with their ratings."""
    band = PUBLISHED.get(key)
    if band is None:
        return [(None, None), (0, None), (1, None), (29_999, None)]
    step = 0.01 if key == "cls" else 1
    return [
        (None, None),
        (0, Rating.GOOD),
        (round(band.good - step, 2), Rating.GOOD),
        (band.good, Rating.GOOD),
        (round(band.good + step, 2), Rating.NEEDS_WORK),
        (round(band.poor - step, 2), Rating.NEEDS_WORK),
        (band.poor, Rating.NEEDS_WORK),
        (round(band.poor + step, 2), Rating.POOR),
    ]


def test_the_table_knows_every_metric() -> None:
    assert list(WIRE) == list(METRICS)


@each_row(
    ("key", "format_number", "name"),
    [(key, number, name) for key, names in WIRE.items() for number, name in enumerate(names)],
)
def test_a_metric_is_read_from_its_own_field_and_rated_by_its_own_band(
    key: str, format_number: int, name: str
) -> None:
    metric = METRICS[key]
    if not name:
        # The name of another format means nothing here.
        for other in set(WIRE[key]) - {""}:
            if not other.startswith("("):
                assert metric.read(sent(format_number, other, 7).load) is None
        return
    for value, rating in figures(key):
        load = sent(format_number, name, value).load
        # Nothing but a 0 was not measured; of the vitals some may be 0.
        is_none = value == 0 and key not in {"ttfb", "inp", "cls"}
        assert metric.read(load) == (None if is_none else value)
        band = PUBLISHED.get(key)
        assert (band.rating(value) if band and value is not None else None) is rating
        # And is nothing else.
        others = [m.key for m in CATALOGUE if m.read(load) is not None and m is not metric]
        assert others == []


@each_row(
    ("ttfb", "key", "value", "rating"),
    [
        # A number is the server's, from the request on; a text the browser's, from the start.
        (700, "server_wait", 700, Rating.POOR),
        (601, "server_wait", 601, Rating.POOR),
        (600, "server_wait", 600, Rating.NEEDS_WORK),
        ("700", "ttfb", 700, Rating.GOOD),
        ("800.0", "ttfb", 800.0, Rating.GOOD),
        ("800.1", "ttfb", 800.1, Rating.NEEDS_WORK),
        ("1800.1", "ttfb", 1800.1, Rating.POOR),
        ("0", "ttfb", 0, Rating.GOOD),
    ],
)
def test_ttfb_is_the_servers_wait_as_a_number_and_the_browsers_as_a_text(
    ttfb: object, key: str, value: Number, rating: Rating
) -> None:
    event = v2.read_event(row(0, "LOCATION", {"url": "https://shop.example/a", "ttfb": ttfb}))
    assert isinstance(event, Location)
    read = {m.key: m.read(event.load) for m in CATALOGUE if m.read(event.load) is not None}
    assert read == {key: value}
    assert PUBLISHED[key].rating(value) is rating


def test_a_vital_in_a_property_of_its_own_counts_before_the_document_of_all() -> None:
    properties = {
        "url": "https://shop.example/a",
        "lcp": "4001",
        "web_vitals": '{"LCP":"9"}',
        "load_event_end": 5,
    }
    session = of_rows([row(0, "LOCATION", properties)])
    judged = Analysis(session).verdict(0)
    assert judged is not None
    assert (judged.metric.short, judged.value, judged.rating) == ("LCP", 4001, Rating.POOR)
