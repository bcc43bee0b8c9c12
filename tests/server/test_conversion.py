"""Recorded events as newer releases would give them, and the sessions that were made up."""

import json
from typing import Any

import pytest

from tests.server.conversion import era_b_rows, v2_rows
from tests.server.invented_sessions import (
    MANY_SESSION_ID,
    RICH_SESSION_ID,
    many_events,
    many_rows,
    rich_rows,
    session_start,
)
from tests.server.openreplay import SESSION_IDS, OpenReplay
from tests.tables import each_row

LOCATION: dict[str, Any] = {
    "type": "LOCATION",
    "timestamp": 1_731_502_800_999,
    "host": "shop.example",
    "path": "/C/Women",
    "query": "A=b&c",
    "referrer": "https://mail.example/",
    "domBuildingTime": 140,
    "domContentLoadedTime": 458,
    "loadTime": 844,
    "firstPaintTime": 384,
    "firstContentfulPaintTime": 399,
    "speedIndex": 922,
    "visuallyComplete": 982,
    "timeToInteractive": 729,
    "responseTime": 78,
    "responseEnd": 273,
    "ttfb": 195,
    "webVitals": '{"CLS":"0.0843","INP":"16","LCP":"555","TTFB":"195.5"}',
}
CLICK: dict[str, Any] = {
    "type": "CLICK",
    "timestamp": 1_731_502_802_657,
    "label": "Women",
    "url": "shop.example/C/Women",
    "selector": "#w",
    "hesitation": 3159,
    "normalizedX": 6.24,
    "normalizedY": 98.3,
}
INPUT: dict[str, Any] = {
    "type": "INPUT",
    "timestamp": 1_731_502_802_999,
    "label": "E-mail",
    "value": None,
    "duration": 4500,
    "hesitation": None,
}
URL = "https://shop.example/C/Women?A=b&c"


def test_era_b_rows_are_those_of_the_table() -> None:
    assert era_b_rows([LOCATION, CLICK, INPUT, {"type": "TAP", "timestamp": 5, "label": "t"}]) == [
        {
            "type": "LOCATION",
            "createdAt": "2024-11-13T13:00:00",
            "timestamp": 1_731_502_800_000,
            "label": None,
            "url": URL,
            "referrer": "https://mail.example/",
            "host": "shop.example",
            "pageLoad": None,
            "fcpTime": 399,
            "firstContentfulPaintTime": 399,
            "loadTime": 12,
            "domContentLoadedTime": 5,
            "domBuildingTime": 140,
            "speedIndex": 922,
            "visuallyComplete": 982,
            "timeToInteractive": 729,
            "firstPaintTime": 384,
        },
        {
            "type": "CLICK",
            "createdAt": "2024-11-13T13:00:02",
            "timestamp": 1_731_502_802_000,
            "label": "Women",
            "hesitation": 3159,
            "selector": "#w",
        },
        {
            "type": "INPUT",
            "createdAt": "2024-11-13T13:00:02",
            "timestamp": 1_731_502_802_000,
            "label": "E-mail",
            "hesitation": None,
            "duration": 5000,
            "value": None,
        },
        {"type": "TAP", "createdAt": "1970-01-01T00:00:00", "timestamp": 0, "label": "t"},
    ]


def test_v2_rows_have_the_properties_of_the_table() -> None:
    page, click, typed = v2_rows("7", [LOCATION, CLICK, INPUT], user_id="u")
    visitor = {
        "user_device": "PC",
        "user_device_type": "desktop",
        "page_title": "Women | shop.example",
    }
    assert page["$properties"] == visitor | {
        "label": None,
        "url": URL,
        "url_host": "shop.example",
        "url_path": "/c/women?a=b&c",
        "url_hostpath": "shop.example/c/women?a=b&c",
        "request_start": 3,
        "ttlb": 270,
        "response_start": 195,
        "response_end": 273,
        "response_time": 78,
        "dom_building_time": 140,
        "dom_content_loaded_event_start": 453,
        "dom_content_loaded_event_end": 458,
        "dom_content_loaded_event_time": 5,
        "load_event_start": 832,
        "load_event_end": 844,
        "load_event_time": 12,
        "first_paint": 384,
        "first_contentful_paint_time": 399,
        "speed_index": 922,
        "visually_complete": 982,
        "time_to_interactive": 729,
        "web_vitals": LOCATION["webVitals"],
        "cls": "0.0843",
        "inp": "16",
        "lcp": "555",
        "ttfb": "195.5",
    }
    assert (page["$current_url"], page["$current_path"]) == (URL, "/C/Women")
    assert page["$referrer"] == "https://mail.example/"
    assert click["$properties"] == visitor | {
        "label": "Women",
        "selector": "#w",
        "hesitation_time": 3159,
        "normalized_x": 6.24,
        "normalized_y": 98.3,
        "url": "https://shop.example/C/Women",
        "url_host": "shop.example",
        "url_path": "/c/women",
        "url_hostpath": "shop.example/c/women",
    }
    assert typed["$properties"] == visitor | {
        "label": "E-mail",
        "hesitation_time": None,
    }
    assert (click["$duration_s"], typed["$duration_s"]) == (0, 5)
    assert typed["$current_url"] == URL  # of the page it happened on
    assert click["created_at"] == typed["created_at"] == 1_731_502_802_000
    assert (page["distinct_id"], page["$user_id"], page["session_id"]) == ("u", "u", "7")


def test_a_page_that_was_not_loaded_has_no_timings() -> None:
    bare = {"type": "LOCATION", "timestamp": 1000, "host": "h", "path": "/", "query": ""}
    (row,) = v2_rows("7", [bare])
    kept = {name for name, value in row["$properties"].items() if value is not None}
    assert kept == {
        "user_device",
        "user_device_type",
        "page_title",
        "url",
        "url_host",
        "url_path",
        "url_hostpath",
    }
    (old,) = era_b_rows([bare])
    assert (old["url"], old["loadTime"], old["referrer"]) == ("https://h/", None, "")


@each_row(
    ("milliseconds", "seconds"),
    [(None, 0), (0, 0), (499, 0), (500, 1), (1499, 1), (1500, 2), (99_999_999, 65535)],
)
def test_durations_are_rounded_half_up(milliseconds: int | None, seconds: int) -> None:
    event = INPUT | {"duration": milliseconds}
    assert v2_rows("7", [event])[0]["$duration_s"] == seconds
    assert era_b_rows([event])[0]["duration"] == seconds * 1000


def test_event_ids_are_stable_and_differ() -> None:
    session = SESSION_IDS["checkout"]
    events = json.loads(OpenReplay().sessions[session])["data"]
    first, second = ([row["event_id"] for row in v2_rows(session, events)] for _ in "12")
    assert first == second
    assert len(set(first)) == len(events)
    assert {row["distinct_id"] for row in v2_rows(session, events)} == {
        v2_rows(session, events)[0]["$device_id"]
    }


def test_the_rich_session_has_every_event_type() -> None:
    rows = rich_rows()
    names = {row["$event_name"] for row in rows}
    assert names >= {"LOCATION", "CLICK", "INPUT", "ERROR", "REQUEST", "GRAPHQL", "PERFORMANCE"}
    assert names >= {"ISSUE", "TAP", "SWIPE", "CRASH", "CUSTOM", "Plan <upgraded>"}
    issues = {row.get("issue_type") for row in rows}
    assert issues >= {"click_rage", "mouse_thrashing", "dead_click", "cpu", "incident"}
    assert [row["$auto_captured"] for row in rows if row["$event_name"] == "CLICK"] == [True, False]
    assert len({row["event_id"] for row in rows}) == len(rows)


@pytest.mark.parametrize("session", [RICH_SESSION_ID, MANY_SESSION_ID])
def test_an_id_says_when_its_session_started(session: str) -> None:
    rows = rich_rows() if session == RICH_SESSION_ID else many_rows(1)
    assert 2**56 <= int(session) < 2**63
    assert len(session) == 19
    assert min(row["created_at"] for row in rows) == session_start(session) // 1000 * 1000


def test_many_rows_share_their_seconds() -> None:
    rows = many_rows(100, session_id="7", per_second=4)
    assert len(rows) == 100
    assert len({row["created_at"] for row in rows}) in (25, 26)
    assert {row["$event_name"] for row in rows} == {"LOCATION", "CLICK", "INPUT"}
    assert {row["session_id"] for row in rows} == {"7"}


def test_many_events_are_those_of_release_1_21() -> None:
    recorded = json.loads(OpenReplay().sessions[SESSION_IDS["checkout"]])["data"]
    keys = {event["type"]: event.keys() for event in recorded}
    assert {event["type"]: event.keys() for event in many_events(20)} == keys
