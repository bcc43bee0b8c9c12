"""The detail of every type of event the second API has: what leads it, and what it unfolds."""

from __future__ import annotations

from typing import Any

import pytest

from eventview.analysis.analysis import Analysis
from eventview.render.details import build_sections
from eventview.render.event_fields import Field, lead_fields
from eventview.session.event_text import describe_event
from eventview.session.events import Event, Location
from eventview.wire.v2 import read_event
from tests.conftest import session_of
from tests.tables import each_row

AT = 1731502800000


def row(name: str, captured: object = None, *, auto: bool = True, **columns: Any) -> Event:
    base = {"event_id": "e1", "$event_name": name, "created_at": AT, "session_id": "7",
            "$auto_captured": auto, "$properties": captured or {}}  # fmt: skip
    # A keyword cannot begin with the sign that most columns begin with.
    signed = {f"${name}" if name in {"duration_s", "current_url", "referrer"} else name: value
              for name, value in columns.items()}  # fmt: skip
    return read_event(base | {"$duration_s": 0} | signed)


def list_sections(event: Event) -> list[tuple[str, list[tuple[str, str, str]]]]:
    shown = build_sections(Analysis(session_of([event])), 0)
    return [(part.title, [(f.name, f.value, f.note) for f in part.facts]) for part in shown]


def first(event: Event) -> dict[str, tuple[str, str]]:
    _, facts = list_sections(event)[0]
    return {name: (value, note) for name, value, note in facts}


def under(event: Event, title: str) -> list[tuple[str, str, str]]:
    return dict(list_sections(event)).get(title, [])


FRAMES = '[{"functionName":"pay","fileName":"https://x/a.js","lineNumber":3,"columnNumber":7},{}]'


def test_an_error_tells_message_source_and_stack() -> None:
    event = row("ERROR", {"name": "TypeError", "message": "x is \x1bnull", "source":
                          "js_exception", "payload": FRAMES}, error_id="9")  # fmt: skip
    assert describe_event(event) == "TypeError: x is ␛null"
    assert first(event)["message"] == ("x is ␛null", "")
    assert first(event)["source"] == ("js_exception", "")
    assert under(event, "stack, thrown first") == [
        ("", "pay", "https://x/a.js:3:7"),
        ("", "(anonymous)", ""),
    ]


@each_row("payload", ["{", "7", '{"stack": "x"}', '["a"]'])
def test_a_stack_that_cannot_be_read_is_quoted(payload: str) -> None:
    event = row("ERROR", {"message": "m", "payload": payload})
    assert under(event, "payload, not understood") == [("", payload, "")]


def test_a_request_tells_how_it_went_and_its_bodies_as_trees() -> None:
    event = row(
        "REQUEST",
        {"method": "POST", "url": "https://api/x?y=1", "status": 503, "success": False,
         "transfer_size": 12345, "request_body": '{"a":[1,{"b":null}],"c":""}',
         "response_body": "plain"},
        duration_s=2,
    )  # fmt: skip
    assert describe_event(event) == "POST 503 /x?y=1 · api"
    facts = first(event)
    assert facts["status"] == ("503", "failed")
    assert facts["size"] == ("12,345 bytes", "transferred")
    assert facts["duration"] == ("2s (rounded to 1 s)", "")
    assert [value for _, value, _ in under(event, "request body")] == [
        "a", "  [0]: 1", "  [1]", "    b: null", 'c: ""',
    ]  # fmt: skip
    assert under(event, "response body") == [("", "plain", "")]


def test_a_request_of_an_app_has_milliseconds_and_one_without_says_so() -> None:
    app = row("REQUEST", {"url": "u", "duration": 1234, "status": "200", "success": True})
    assert first(app)["duration"][0] == "1234 ms (1.2s)"
    assert first(app)["status"] == ("200", "the server counts it as a success")
    none = row("REQUEST", {}, current_url="https://c")
    assert first(none)["url"] == ("https://c", "")
    assert first(none)["duration"] == ("not known", "under half a second, or not measured")
    assert first(none)["status"] == ("not sent", "")
    assert first(none)["size"] == ("0 or not known", "")


@each_row(
    ("kind", "properties", "words", "facts"),
    [
        ("click_rage", {"context_string": "Pay", "payload": '{"Count":5}'}, "click rage: Pay",
         {"count": "5", "context": "Pay"}),
        ("cpu", {"payload": '{"Duration":1500,"Rate":97}'}, "cpu",
         {"duration": "1500 ms (1.5s)", "rate": "97 %"}),
        ("mouse_thrashing", {"url": "https://x/"}, "mouse thrashing", {"url": "https://x/"}),
        ("incident", {"label": "stuck", "start_time": AT, "end_time": AT + 1000},
         "incident: stuck", {"from": "2024-11-13 13:00:00.000 UTC",
                             "to": "2024-11-13 13:00:01.000 UTC"}),
        ("", {}, "", {"issue": "none sent"}),
    ],
)  # fmt: skip
def test_an_issue_tells_its_type_context_and_count(
    kind: str, properties: dict[str, object], words: str, facts: dict[str, str]
) -> None:
    event = row("ISSUE", properties, issue_type=kind)
    assert describe_event(event) == words
    assert facts.items() <= {name: value for name, (value, _) in first(event).items()}.items()


def test_an_issues_payload_that_is_none_is_quoted() -> None:
    event = row("ISSUE", {"payload": "[1]"}, issue_type="cpu")
    assert under(event, "payload, not understood") == [("", "[1]", "")]


def test_a_custom_event_is_known_by_not_being_captured_and_shows_its_payload_as_a_tree() -> None:
    event = row("CLICK", auto=False, properties={"plan": {"name": "Team"}, "seats": 12,
                                                 "ok": True})  # fmt: skip
    assert event.type == "CUSTOM"
    assert first(event)["name"] == ("CLICK", "")
    assert [value for _, value, _ in under(event, "payload")] == [
        "plan", "  name: Team", "seats: 12", "ok: true",
    ]  # fmt: skip
    assert row("CLICK", {"label": "x"}).type == "CLICK"


@each_row(
    ("properties", "lines"),
    [
        ({}, ["empty"]),
        ({"payload": '["a",1]'}, ["[0]: a", "[1]: 1"]),
        ({"payload": "raw text"}, ["payload: raw text"]),
        ({str(n): n for n in range(300)},
         [*(f"{n}: {n}" for n in range(200)), "… 100 more lines"]),
        ({"\x1b[2J": "\u202e"}, ["␛[2J: <U+202E>"]),
    ],
)  # fmt: skip
def test_a_payload_is_shown_whatever_it_is(properties: object, lines: list[str]) -> None:
    event = row("own", auto=False, properties=properties)
    assert [value for _, value, _ in under(event, "payload")] == lines


def test_an_apps_custom_event_has_its_name_and_payload_in_its_properties() -> None:
    event = row("CUSTOM", {"name": "bought", "payload": '{"n":1}'})
    assert describe_event(event) == 'bought {"n":1}'
    assert [value for _, value, _ in under(event, "payload")] == ["n: 1"]
    assert under(row("CUSTOM", {"name": "x", "payload": "{"}), "payload") == [("", "{", "")]


def test_touches_crashes_and_operations_have_details_of_their_own() -> None:
    assert first(row("TAP", {"label": "Buy"}))["label"] == ("Buy", "")
    swipe = row("SWIPE", {"label": "list", "direction": "left"})
    assert describe_event(swipe) == "left list"
    assert first(swipe)["direction"] == ("left", "")
    crash = row("CRASH", {"name": "SIGSEGV", "reason": "bad\x1b", "stacktrace": "a\n\x1bb"})
    assert describe_event(crash) == "SIGSEGV: bad␛"
    assert first(crash)["reason"] == ("bad␛", "")
    assert under(crash, "stack") == [("", "a", ""), ("", "␛b", "")]
    operation = row("GRAPHQL", {"name": "getCart", "request_body": '{"id":7}'})
    assert first(operation)["operation"] == ("getCart", "")
    assert under(operation, "request body") == [("", "id: 7", "")]


def test_a_sample_of_performance_tells_its_ranges_and_never_a_zero_it_was_not_sent() -> None:
    sample = {"avg_fps": 58, "min_fps": 12, "max_fps": 60, "avg_cpu": 30, "url": "https://x"}
    event = row("PERFORMANCE", sample | {"avg_used_js_heap_size": 2**20 * 5})
    assert describe_event(event) == "58 fps · 30 % CPU · 5 MiB heap"
    facts = {name: (value, note) for name, value, note in under(event, "over up to two minutes")}
    assert facts["frames a second"] == ("58 on average", "least 12, most 60")
    assert facts["CPU"] == ("30 % on average", "least not measured or 0, most not measured or 0")
    assert facts["JS heap, whole"] == ("not measured or 0", "")


def test_a_page_of_the_second_api_says_that_an_absent_measurement_may_be_0() -> None:
    page = row("LOCATION", {"url": "https://Shop.example/A?b=1#c", "load_event_end": 900,
                            "load_event_time": 12, "ttfb": "195.5", "lcp": "2500.5",
                            "web_vitals": '{"CLS":"0.1"}'})  # fmt: skip
    assert describe_event(page) == "/A?b=1#c"
    load = {name: (value, note) for name, value, note in under(page, "page load, this visit")}
    assert load["load event end"][0] == "900 ms good"
    assert load["load handlers"] == ("12 ms", "run time of the page's handlers of the load event")
    assert load["time to first byte (TTFB)"][0] == "195.5 ms good"
    assert load["server wait"][0] == "not sent by this server"
    assert load["speed index (SI)"][0] == "not measured"
    assert load["cumulative layout shift (CLS)"][0] == "0.1 good"
    assert load["largest contentful paint (LCP)"][0] == "2500.5 ms needs work"
    number = row("LOCATION", {"url": "/no/host", "ttfb": 20, "url_host": "h"})
    load = {name: (value, note) for name, value, note in under(number, "page load, this visit")}
    assert load["server wait"][0] == "20 ms good"
    assert first(number)["host"] == ("h", "")


@each_row(
    ("sent", "problem"),
    [
        ({"$event_name": "CLICK", "created_at": AT}, "$properties: not sent"),
        ({"$event_name": "CLICK", "created_at": AT, "$properties": []}, "not an object"),
        ({"$event_name": "CLICK", "created_at": "x", "$properties": {}}, "created_at: not a"),
        ({"$event_name": "CLICK", "created_at": AT, "$properties": {"label": 7}}, "not a text"),
        ("text", "not an object"),
    ],
)
def test_a_row_that_does_not_fit_its_type_is_shown_plainly_with_the_reason(
    sent: object, problem: str
) -> None:
    event = read_event(sent)
    assert problem in event.problem
    assert event.raw == sent
    assert Field("not understood", event.problem, "shown below as sent") in lead_fields(event)


def test_an_unknown_type_keeps_its_own_name_and_all_it_came_with() -> None:
    event = row("VIEW", {"x": 1})
    assert (event.type, event.problem) == ("VIEW", "")
    assert event.time_ms == AT


@each_row(
    ("sent", "words"),
    [
        ({"normalized_x": 12.5, "normalized_y": 3}, "12.5 % from the left, 3 % from the top"),
        # The server leaves out a 0, and measures both or none.
        ({"normalized_x": 12.5}, "12.5 % from the left, 0 % from the top"),
        ({"normalized_y": 3}, "0 % from the left, 3 % from the top"),
        ({}, None),
    ],
)
def test_a_click_at_the_very_edge_has_a_position(sent: Any, words: str | None) -> None:
    assert first(row("CLICK", {"label": "Pay"} | sent)).get("position", (None,))[0] == words


def test_a_query_is_shown_without_percent_encoding() -> None:
    page = row("LOCATION", {"url": "https://a.example/b?variant=mosegr%C3%B8nn"})
    assert first(page)["query"] == ("variant=mosegrønn", "")


def test_a_page_does_not_claim_the_referrer_of_the_whole_session() -> None:
    page = row("LOCATION", {"url": "https://a.example/b"}, referrer="https://search.example/")
    assert first(page)["referrer"] == ("https://search.example/", "of the whole session")
    unavailable = ("not sent by this server", "")
    assert first(row("LOCATION", {"url": "https://a.example/b"}))["referrer"] == unavailable


DEEP = 975 * '{"a":' + "1" + 975 * "}"


@each_row(
    "event",
    [
        row("REQUEST", {"url": "u", "request_body": DEEP, "response_body": DEEP}),
        row("GRAPHQL", {"name": "q", "response_body": DEEP}),
        row("ERROR", {"message": "m", "payload": DEEP}),
        row("ISSUE", {"context_string": "c", "payload": DEEP}, issue_type="cpu"),
        row("signed_up", properties={"payload": DEEP}, auto=False),
        row("CUSTOM", {"name": "n", "payload": DEEP}),
        row("LOCATION", {"url": "https://a.example/", "web_vitals": DEEP}),
    ],
)
def test_json_that_is_nested_without_end_is_shown_as_the_text_it_is(event: Event) -> None:
    assert describe_event(event) is not None
    assert any(DEEP in value for _, facts in list_sections(event) for _, value, _ in facts)


@pytest.mark.parametrize("beyond", [10**400, -(10**400), 10**100])
def test_a_number_beyond_all_measure_makes_an_event_a_plain_one(beyond: int) -> None:
    for name, field in (
        ("PERFORMANCE", "avg_used_js_heap_size"),
        ("LOCATION", "ttfb"),
        ("CLICK", "hesitation_time"),
        ("REQUEST", "transfer_size"),
    ):
        event = row(name, {field: beyond, "label": "x"})
        assert (event.type, event.problem) == (name, f"{field}: not a number")
        assert list_sections(event)


def test_a_frame_may_have_its_line_as_a_text() -> None:
    event = row("ERROR", {"payload": '[{"fileName":"f","lineNumber":"3","columnNumber":"1_0"}]'})
    assert under(event, "stack, thrown first") == [("", "(anonymous)", "f:3")]


def test_a_first_byte_that_is_no_number_is_quoted() -> None:
    event = row("LOCATION", {"url": "https://a.example/", "ttfb": "1_000"})
    assert ("web vitals", "ttfb: 1_000", "as sent; only partly readable") in under(
        event, "page load, this visit"
    )


def test_the_words_of_an_unknown_event_are_looked_for_in_its_properties() -> None:
    assert describe_event(row("VIEW", {"name": "Basket"})) == "Basket"


def test_where_a_page_was_is_said_by_the_row_where_its_properties_do_not() -> None:
    page = row("LOCATION", {}, current_url="https://shop.example/cart?x=1")
    assert describe_event(page) == "/cart?x=1"
    assert first(page)["host"] == ("shop.example", "")


def test_an_input_of_no_known_duration_has_none() -> None:
    assert "duration" not in first(row("INPUT", {"label": "a"}))
    assert first(row("INPUT", {"label": "a"}, duration_s=2))["duration"][0] == (
        "2s (rounded to 1 s)"
    )


def test_what_a_click_and_an_input_took_is_said_for_what_it_is() -> None:
    click = row("CLICK", {"label": "Pay", "hesitation_time": 1500})
    assert first(click)["hesitation"] == ("1500 ms (1.5s)", "from pointing at it to the click")
    typed = row("INPUT", {"label": "Name", "hesitation_time": 300}, duration_s=4)
    assert first(typed)["duration"] == (
        "4s (rounded to 1 s)", "from entering the field to leaving it",
    )  # fmt: skip
    assert first(typed)["hesitation"] == ("300 ms", "from entering the field to typing")


def test_every_timing_of_the_second_api_is_its_own() -> None:
    names = {
        "request_to_end_ms": "ttlb",
        "response_end_ms": "response_end",
        "response_ms": "response_time",
        "response_start_ms": "response_start",
        "request_start_ms": "request_start",
        "dom_building_ms": "dom_building_time",
        "dom_content_loaded_start_ms": "dom_content_loaded_event_start",
        "dom_content_loaded_ms": "dom_content_loaded_event_end",
        "dom_content_loaded_handlers_ms": "dom_content_loaded_event_time",
        "load_start_ms": "load_event_start",
        "load_ms": "load_event_end",
        "load_handlers_ms": "load_event_time",
        "first_paint_ms": "first_paint",
        "first_contentful_paint_ms": "first_contentful_paint_time",
        "speed_index_ms": "speed_index",
        "visually_complete_ms": "visually_complete",
        "time_to_interactive_ms": "time_to_interactive",
    }
    sent = {name: 1000 + number for number, name in enumerate(names.values())}
    page = row("LOCATION", {"url": "https://a.example/"} | sent)
    assert isinstance(page, Location)
    for field, name in names.items():
        assert getattr(page.load, field) == sent[name], field


@each_row("text", ["1e3", "007", "null", "5", '"x"', "true"])
def test_a_payload_that_is_a_text_stays_the_text_it_was(text: str) -> None:
    event = row("signed_up", properties={"payload": text}, auto=False)
    assert under(event, "payload") == [("", f"payload: {text}", "")]
    app = row("CUSTOM", {"name": "n", "payload": text})
    assert under(app, "payload") == [("", text, "")]


def test_an_absent_web_vital_was_not_0() -> None:
    page = row("LOCATION", {"url": "https://a.example/", "load_event_end": 9, "cls": "0"})
    load = {name: value for name, value, _ in under(page, "page load, this visit")}
    assert load["cumulative layout shift (CLS)"] == "0 good"
    assert load["largest contentful paint (LCP)"] == "not measured"
    assert load["speed index (SI)"] == "not measured"
