"""Sessions that nobody recorded: one with every kind of event v2 knows, as long ones as needed, and
three that are hard to read whole.

The first holds what no well-behaved site would send: markup, quotes, payloads that are not JSON.
Pure. Imports the standard library and `conversion`.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from tests.server.conversion import Row, event_id, url_set, v2_rows

RICH_SESSION_ID: Final = "3704791652464876055"
"""The session of `rich_rows`: an id of 19 digits that says when it started."""

MANY_SESSION_ID: Final = "3706241197015063064"
"""The session of `many_rows`, unless it is told another."""

STAMPED_SESSION_ID: Final = "4194424795962201001"
"""The session of `stamped_rows`, whose id says January 2027."""

DENSE_SESSION_ID: Final = "3717461966855001001"
"""The session of `dense_rows`."""

DOUBLED_SESSION_ID: Final = "3717461966855001002"
"""The session of `doubled_rows`."""

HOSTILE: Final = "<b>&\"' &amp; \x1b[31m"

_HOST: Final = "shop.example.com"
_PAGE: Final = f"https://{_HOST}/Basket?coupon=<b>&x='1'"
_USER: Final = "amélie.o'neil+vip@example.com"
_DEVICE_ID: Final = "0b8f2a56-3a3b-4f54-8f0d-6d52b6c1a7e9"


def session_start(session_id: str) -> int:
    """When a session began by the server's clock, epoch milliseconds, as its id says."""
    return (int(session_id) >> 24) + 1_550_000_000_000


def rich_rows() -> list[Row]:
    """Every event type of v2 with all it can carry, oldest first, some in one second."""
    start = session_start(RICH_SESSION_ID) // 1000
    return [
        _row(index, start + second, name, extra)
        for index, (second, name, extra) in enumerate(_EVENTS)
    ]


def _row(index: int, second: int, name: str, extra: Row) -> Row:
    known = _USER if index > 1 else ""  # the visitor logs in on the first page
    mobile = extra.get("$device", "web") != "web"
    facts = (
        {}
        if mobile
        else {
            "$device": "web",
            "$os": "Mac OS X",
            "$browser": "Chrome",
            "$country": "FR",
            "$city": "Saint-Denis <974>",
            "$screen_width": 1440,
            "$screen_height": 900,
        }
    )
    device = {"user_device": "MacBook", "user_device_type": "desktop", "page_title": HOSTILE}
    return {
        "event_id": event_id(RICH_SESSION_ID, index),
        "$event_name": name,
        "created_at": second * 1000,
        "distinct_id": known or _DEVICE_ID,
        "session_id": RICH_SESSION_ID,
        "properties": {},
        "$auto_captured": True,
        "$time": second,
        "$user_id": known,
        "$device_id": _DEVICE_ID,
        "$os_version": "15.3",
        **facts,
        **extra,
        "$properties": ({} if mobile else device) | extra.get("$properties", {}),
    }


def _web(properties: Row, url: str = _PAGE, /, **columns: Any) -> Row:
    return {"$current_url": url, "$properties": url_set(url) | properties, **columns}


def _pageless(properties: Row, /, **columns: Any) -> Row:
    return {"$current_url": _PAGE, "$properties": properties, **columns}


def _issue(kind: str, context: str, payload: object = None, **more: Any) -> Row:
    stored = {"payload": json.dumps(payload)} if payload is not None else {}
    properties = {"issue_type": kind, "context_string": context, **stored, **more}
    return _web(properties, issue_type=kind, issue_id=f"{kind}-1")


def _custom(payload: Row) -> Row:
    return {"$current_url": _PAGE, "$auto_captured": False, "properties": payload}


def _mobile(properties: Row, /, **columns: Any) -> Row:
    return {"$device": "ios", "$properties": properties, **columns}


def _performance(lowest: int) -> Row:
    levels = {"min": lowest, "avg": 48, "max": 60}
    return _web(
        {
            f"{level}_{measure}": value * factor
            for level, value in levels.items()
            for measure, factor in (
                ("fps", 1),
                ("cpu", 1),
                ("total_js_heap_size", 1_000_000),
                ("used_js_heap_size", 500_000),
            )
        }
    )


_VITALS: Final = {"CLS": "0.0312", "INP": "184", "LCP": "2140.5", "TTFB": "231.9"}
_STACK: Final = [
    {
        "fileName": f"https://{_HOST}/app.js?<v>=1",
        "lineNumber": 1207,
        "columnNumber": 31,
        "functionName": "Basket.<anonymous>",
    },
    {"fileName": "vendor.js", "lineNumber": 2, "columnNumber": 88_412, "functionName": "o"},
]
_ORDERS: Final = f"https://{_HOST}/Api/Orders?dry=1&a=b"

_EVENTS: Final[tuple[tuple[int, str, Row], ...]] = (
    (
        0,
        "LOCATION",
        _web(
            {
                "request_start": 12,
                "response_start": 244,
                "response_end": 301,
                "dom_content_loaded_event_start": 980,
                "dom_content_loaded_event_end": 991,
                "load_event_start": 1840,
                "load_event_end": 1862,
                "first_paint": 702,
                "first_contentful_paint_time": 711,
                "speed_index": 1204,
                "visually_complete": 2310,
                "time_to_interactive": 3120,
                "ttlb": 289,
                "response_time": 57,
                "dom_building_time": 679,
                "dom_content_loaded_event_time": 11,
                "load_event_time": 22,
                "web_vitals": json.dumps(_VITALS),
                **{name.lower(): value for name, value in _VITALS.items()},
            },
            **{"$referrer": "https://search.example.com/?q=<b>"},
        ),
    ),
    (
        2,
        "INPUT",
        _web({"label": f"E-mail {HOSTILE}", "hesitation_time": 1480}, **{"$duration_s": 7}),
    ),
    (
        9,
        "CLICK",
        _web(
            {
                "label": f"Pay now {HOSTILE}",
                "selector": "#pay > button[name=\"go\"]:not('.off')",
                "hesitation_time": 2130,
                "normalized_x": 48.25,
                "normalized_y": 91.5,
            }
        ),
    ),
    (
        9,
        "REQUEST",
        _web(
            {
                "method": "POST",
                "status": 201,
                "success": True,
                "transfer_size": 1834,
                "request_body": '{"note":"<b>&"}',
                "response_body": '{"order":17}',
            },
            _ORDERS,
        ),
    ),
    (
        11,
        "REQUEST",
        _web(
            {
                "method": "GET",
                "status": 503,
                "success": False,
                "transfer_size": 0,
                "request_body": "",
                "response_body": "<html><body>503 & sorry</body></html>",
            },
            _ORDERS,
            **{"$duration_s": 12},
        ),
    ),
    (
        12,
        "GRAPHQL",
        _pageless(
            {
                "name": "basketItems",
                "request_body": '{"id":"<1>"}',
                "response_body": '{"data":{"items":[]}}',
            }
        ),
    ),
    (
        12,
        "ERROR",
        _pageless(
            {
                "source": "js_exception",
                "name": "TypeError",
                "message": "Cannot read properties of undefined (reading '<total>')",
                "payload": json.dumps(_STACK),
            },
            error_id="js-4711",
        ),
    ),
    (
        13,
        "ERROR",
        _pageless(
            {"source": "js_exception", "name": "Error", "message": "", "payload": "{not json"}
        ),
    ),
    (14, "ISSUE", _issue("click_rage", f"Pay now {HOSTILE}", {"Count": 5})),
    (15, "ISSUE", _issue("mouse_thrashing", _PAGE)),
    (16, "ISSUE", _issue("dead_click", "Help")),
    (17, "ISSUE", _issue("cpu", _PAGE, {"Duration": 3200, "Rate": 93})),
    (18, "PERFORMANCE", _performance(0)),
    (138, "PERFORMANCE", _performance(12)),
    (
        20,
        "ISSUE",
        _web(
            {
                "label": f"It hangs {HOSTILE}",
                "start_time": session_start(RICH_SESSION_ID) + 12_000,
                "end_time": session_start(RICH_SESSION_ID) + 20_000,
            },
            issue_type="incident",
        ),
    ),
    (
        21,
        "Plan <upgraded>",
        _custom(
            {
                "plan.name": "Team & Co",
                "seats": 12,
                "zero": 0,
                "note": None,
                "<key> & 'co'": {"deep": [1, {"er": HOSTILE}], "flag": False},
                "id": 9_007_199_254_740_993,
            }
        ),
    ),
    (21, "CLICK", _custom({"payload": "raw <text>"})),
    (22, "TAP", _mobile({"label": f"Done {HOSTILE}"})),
    (23, "SWIPE", _mobile({"label": "Carousel", "direction": "left"})),
    (24, "CUSTOM", _mobile({"name": "level <up>", "payload": '{"level":3}'})),
    (
        25,
        "REQUEST",
        _mobile(
            {
                "url": _ORDERS,
                "method": "PUT",
                "status": 404,
                "success": False,
                "duration": 412,
                "request_body": "a=1&b=2",
                "response_body": "no",
            },
            **{"$current_url": _ORDERS},
        ),
    ),
    (
        26,
        "CRASH",
        _mobile(
            {
                "name": "NSRangeException",
                "reason": "index 7 beyond bounds [0 .. 6]",
                "stacktrace": "0 Shop <main> + 12\n1 UIKit & co + 88",
            }
        ),
    ),
    (200, "LOCATION", _web({}, f"https://{_HOST}/thanks")),
)


_TIMINGS: Final = (
    "baseReferrer",
    "domBuildingTime",
    "domContentLoadedTime",
    "loadTime",
    "firstPaintTime",
    "firstContentfulPaintTime",
    "speedIndex",
    "visuallyComplete",
    "timeToInteractive",
    "responseTime",
    "responseEnd",
    "ttfb",
    "webVitals",
)


def many_events(count: int, *, session_id: str = MANY_SESSION_ID, per_second: int = 3) -> list[Row]:
    """Return events of a session as release 1.21 sends them, `per_second` of them in a second."""
    start = session_start(session_id)
    return [
        _plain_event(session_id, index, start + index * 1000 // per_second)
        for index in range(count)
    ]


def _plain_event(session_id: str, index: int, timestamp: int) -> Row:
    common: Row = {"sessionId": session_id, "messageId": index + 1, "timestamp": timestamp}
    if index % 10 == 0:
        path = f"/page/{index // 10}"
        place = {"host": _HOST, "path": path, "query": None, "value": path, "url": path}
        timings = dict.fromkeys(_TIMINGS)
        return {**common, **place, **timings, "referrer": "", "type": "LOCATION"}
    label = f"Element {index}"
    if index % 10 == 5:
        typed = {"label": label, "value": None, "duration": index % 4000, "hesitation": 40}
        return {**common, **typed, "type": "INPUT"}
    clicked = {"label": label, "url": f"{_HOST}/page/{index // 10}", "path": None}
    where = {"selector": "#element", "normalizedX": 12.5, "normalizedY": 99.0}
    return {**common, **clicked, **where, "hesitation": 40, "type": "CLICK"}


def many_rows(count: int, *, session_id: str = MANY_SESSION_ID, per_second: int = 3) -> list[Row]:
    """The same as v2 stores them: for reading page by page, with many equal times."""
    return v2_rows(session_id, many_events(count, session_id=session_id, per_second=per_second))


_INSERTED: Final = 1_771_578_004_518
"""When the rows of `stamped_rows` begin: 20 February 2026, 09:00:04.518 UTC."""


def stamped_rows() -> list[Row]:
    """1,200 events 6 ms apart, with the time of their insertion, which has milliseconds.

    The writer of 1.27 does so where the tracker's year is not one of 2023 to 2026. As in the
    recordings the server's clock is behind the tracker's, so that the rows are no future ones.
    """
    rows = many_rows(1200, session_id=STAMPED_SESSION_ID)
    return [_at(row, _INSERTED + 6 * index) for index, row in enumerate(rows)]


def dense_rows() -> list[Row]:
    """900 events of one second, with 25 before it and 25 after it, one in a second.

    A table that a release before 1.23 or of 1.26 made would keep one of each name in a second.
    """
    start = session_start(DENSE_SESSION_ID) // 1000 * 1000
    rows = many_rows(950, session_id=DENSE_SESSION_ID)
    seconds = [*range(25), *[25] * 900, *range(26, 51)]
    return [_at(row, start + 1000 * second) for row, second in zip(rows, seconds, strict=True)]


def doubled_rows() -> list[Row]:
    """90 events, each stored twice and equal in every field, as after a repeated delivery."""
    rows = many_rows(90, session_id=DOUBLED_SESSION_ID)
    return [dict(row) for row in rows for _ in range(2)]


def _at(row: Row, time: int) -> Row:
    return row | {"created_at": time, "$time": time // 1000}


RICHNESS: Final[Mapping[str, Callable[[], list[Row]]]] = {
    RICH_SESSION_ID: rich_rows,
    STAMPED_SESSION_ID: stamped_rows,
    DENSE_SESSION_ID: dense_rows,
    DOUBLED_SESSION_ID: doubled_rows,
}
"""Sessions that every server has in its table, by id."""
