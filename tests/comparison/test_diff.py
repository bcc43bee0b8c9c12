"""Comparison of two sessions: every step once, and the differences that a reader finds by hand."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from eventview.analysis.analysis import Analysis
from eventview.comparison import align, labels
from eventview.comparison.diff import Comparison, compare_sessions
from eventview.comparison.steps import Change, ChangedField, DiffLine, normalize_path
from eventview.query.query import STARTING_TYPES, Query, TypeChoice
from eventview.redaction.redact import redact_session
from eventview.session.events import (
    Click,
    Custom,
    Error,
    Event,
    GraphQL,
    Input,
    Issue,
    Location,
    Performance,
    Request,
    Swipe,
    Tap,
)
from eventview.session.metrics import LoadMetrics
from eventview.session.session import Session
from eventview.session.source import Gap, SessionRef
from eventview.session.text import clean
from eventview.view.view import View
from eventview.view.view_options import ViewOptions
from eventview.wire.v2 import read_event
from tests.conftest import session_of
from tests.tables import each_row


def click(at: int | None, label: str = "Pay", selector: str = "") -> Click:
    return Click("CLICK", at, {}, label=label, selector=selector)


def typed(at: int | None, label: str = "Email", value: str = "") -> Input:
    return Input("INPUT", at, {}, label=label, value=value)


def page(at: int | None, path: str = "/a", query: str = "", **load: Any) -> Location:
    metrics = LoadMetrics(**load)
    return Location("LOCATION", at, {}, host="shop", path=path, query=query, packed_load=metrics)


def request(
    at: int, status: float | None = 200, url: str = "https://api/o", **more: Any
) -> Request:
    return Request("REQUEST", at, {}, method="GET", url=url, status=status, **more)


def error(at: int, message: str = "x is undefined") -> Error:
    return Error("ERROR", at, {}, name="TypeError", message=message)


def compared(
    first: Sequence[Event], second: Sequence[Event], options: ViewOptions | None = None
) -> Comparison:
    options = options or ViewOptions(types=STARTING_TYPES)
    return compare_sessions(
        View(Analysis(session_of(first)), options),
        View(Analysis(session_of(second, session="43")), options),
    )


def rows_of(comparison: Comparison) -> list[str]:
    """Every line as a sign, both sides and the changes: `~ Pay | Pay ×2 | ×2 instead of ×1`."""
    found = []
    for number, line in enumerate(comparison.lines):
        at = comparison.find_page(number)
        sides = labels.format_sides(comparison, at, line)
        texts = ["" if side is None else side.text for side in sides]
        if not line.is_head:
            texts = [
                text if side is None else " ".join([text, *side.beside])
                for text, side in zip(texts, sides, strict=True)
            ]
        changes = ", ".join(labels.describe_changes(comparison, at, line))
        found.append(f"{labels.SIGNS[line.outcome]} {' | '.join([*texts, changes])}".rstrip(" |"))
    return found


def different(comparison: Comparison) -> list[str]:
    return [line for line in rows_of(comparison) if not line.startswith("=")]


def counted(comparison: Comparison) -> tuple[int, int, int, int]:
    """Added, missing, changed, same."""
    counts = comparison.counts
    return (
        counts[Change.ADDED], counts[Change.MISSING], counts[Change.CHANGED],
        counts[Change.SAME],
    )  # fmt: skip


def noted(comparison: Comparison, number: int = 0) -> Sequence[str]:
    return labels.describe_page(comparison, comparison.pages[number])


# --- steps


@each_row(
    ("first", "second", "lines"),
    [
        pytest.param([click(0)], [click(900)], ["= Pay | Pay"], id="times do not count"),
        pytest.param([click(0), click(9, "Go")], [click(0)], ["= Pay | Pay", "- Go"], id="missing"),
        pytest.param([click(0)], [click(0), typed(9)], ["= Pay | Pay", "+  | Email"], id="added"),
        pytest.param(
            [click(0)],
            [click(0), click(1), click(2)],
            ["~ Pay | Pay ×3 | ×3 instead of ×1"],
            id="repeated",
        ),
        pytest.param(
            [click(0), click(1, "A"), click(2, "Z")],
            [click(0), click(1, "B"), click(2, "Z")],
            ["= Pay | Pay", "~ A | B | “B” instead of “A”", "= Z | Z"],
            id="another label in the same place",
        ),
        pytest.param(
            [click(0), click(1, "A"), click(2, "Z")],
            [click(0), typed(1, "A"), click(2, "Z")],
            ["= Pay | Pay", "- A", "+  | A", "= Z | Z"],
            id="another type is another step",
        ),
        pytest.param(
            [click(0, "A"), error(1), click(2, "Z")],
            [click(0, "B"), click(2, "Z")],
            ["~ A | B | “B” instead of “A”", "- TypeError: x is undefined", "= Z | Z"],
            id="in the same place counted from before",
        ),
        pytest.param(
            [click(0, "A"), error(1), click(2, "Z")],
            [click(0, "A"), click(1, "New"), error(1, "y"), click(2, "Z")],
            [
                "= A | A",
                "+  | New",
                "~ TypeError: x is undefined | TypeError: y"
                " | “TypeError: y” instead of “TypeError: x is undefined”",
                "= Z | Z",
            ],
            id="in the same place counted from behind",
        ),
        pytest.param(
            [request(0)], [request(0, 500)],
            ["~ GET 200 /o | GET 500 /o | 500 instead of 200"],
            id="status",
        ),
        pytest.param(
            [request(0, 200.0)], [request(0, None, is_success=False)],
            ["~ GET 200 /o | GET failed /o | failed instead of 200"],
            id="failed without a status",
        ),
        pytest.param(
            [request(0)], [request(0, 0)],
            ["~ GET 200 /o | GET no answer /o | no answer instead of 200"],
            id="no answer",
        ),
        pytest.param(
            [request(0, None)], [request(0, None, is_success=True)],
            ["~ GET /o | GET success /o | success instead of no status"],
            id="nothing known of it",
        ),
        pytest.param(
            [request(0, url="https://api/o/7?a=1")], [request(0, url="https://test/o/8?b=2")],
            ["~ GET 200 /o/7 | GET 200 /o/8 | “/o/8” instead of “/o/7”"],
            id="ids in a request",
        ),
        pytest.param(
            [request(0), request(1), request(2, 500)],
            [request(0), request(1), request(2)],
            ["~ GET 200 /o ×2 | GET 200 /o ×3 | ×3 instead of ×2", "- GET 500 /o"],
            id="answers are no repeats of each other",
        ),
        pytest.param(
            [request(0)], [request(0, 404, "https://api/p")],
            ["~ GET 200 /o | GET 404 /p | “GET /p” instead of “GET /o”, 404 instead of 200"],
            id="another request in the same place",
        ),
        pytest.param(
            [typed(0, value="secret")], [typed(0, value="other")], ["= Email | Email"],
            id="values do not count",
        ),
        pytest.param(
            [click(0, " ", "div.a"), click(1, "", "div.b")],
            [click(0, " ", "div.a"), click(1, "", "div.c")],
            [
                "= (no label) div.a | (no label) div.a",
                "~ (no label) div.b | (no label) div.c"
                " | “(no label) div.c” instead of “(no label) div.b”",
            ],
            id="selectors of what has no label",
        ),
        pytest.param(
            [Custom("CUSTOM", 0, {}, name="paid", payload={"a": 1})],
            [Custom("CUSTOM", 0, {}, name="paid", payload={"a": 2})],
            ["= paid | paid"],
            id="payloads do not count",
        ),
        pytest.param(
            [Issue("ISSUE", 0, {}, issue_type="dead_click", context="Pay")],
            [Issue("ISSUE", 0, {}, issue_type="dead_click", context="Go")],
            ["~ dead click: Pay | dead click: Go | “dead click: Go” instead of “dead click: Pay”"],
            id="what an issue is about",
        ),
        pytest.param(
            [Tap("TAP", 0, {}, label="A"), Swipe("SWIPE", 1, {}, direction="up")],
            [Tap("TAP", 0, {}, label="A"), Swipe("SWIPE", 1, {}, direction="down")],
            ["= A | A", "~ up | down | “down” instead of “up”"],
            id="mobile",
        ),
        pytest.param(
            [GraphQL("GRAPHQL", 0, {}, name="cart"), Event("ODD", 1, {"label": "a"})],
            [GraphQL("GRAPHQL", 0, {}, name="cart"), Event("ODD", 1, {"label": "a"})],
            ["= cart | cart", "= a | a"],
            id="others",
        ),
        pytest.param(
            [click(0), Performance("PERFORMANCE", 1, {}), click(2)], [click(0), click(2)],
            ["= Pay ×2 | Pay ×2"],
            id="samples are no steps",
        ),
        pytest.param([], [], [], id="nothing at all"),
    ],
)  # fmt: skip
def test_steps_are_aligned_by_type_and_label(
    first: list[Event], second: list[Event], lines: list[str]
) -> None:
    found = compared(first, second, ViewOptions())
    head = ["= before the first page | before the first page"] if lines else []
    assert rows_of(found) == [*head, *lines]


# --- page visits


@each_row(
    ("first", "second", "is_alike"),
    [
        ("/orders/123", "/orders/456", True),
        ("/orders/123/edit", "/orders/4/edit", True),
        ("/o/0b51ba58-2a4f-4b0c-9d1f-3a6a1f9b7c11", "/o/7", True),
        ("/o/507f1f77bcf86cd799439011", "/o/507f191e810c19729de860ea", True),
        ("/cart", "/cart/", True),
        ("/#/orders/1", "/#/orders/2", True),
        ("/confirmation/ORD-2024-11-13-000731", "/confirmation/ORD-2024-11-14-000802", True),
        ("/orders/id-1", "/orders/event-2", True),
        ("/orders/id-1.pdf", "/orders/id-3.pdf", True),
        ("/f%C3%B6r%20value-1", "/f%C3%B6r%20value-3", True),
        ("/p/regnbukse-bekkesus-2l", "/p/skalljakke-varregn-3l", False),
        ("/orders/new", "/orders/123", False),
        ("/orders/12b", "/orders/12c", False),
        ("/face", "/facade", False),
        ("/1", "/1/2", False),
        ("/", "/cart", False),
    ],
)
def test_paths_are_alike_that_differ_in_ids_only(
    first: str, second: str, *, is_alike: bool
) -> None:
    assert (normalize_path(first) == normalize_path(second)) is is_alike


def test_pages_are_aligned_by_path_and_their_ids_are_a_change() -> None:
    found = compared(
        [page(0, "/"), page(10, "/orders/123"), click(20)],
        [page(0, "/"), page(10, "/help"), click(15, "Back"), page(20, "/orders/456"), click(30)],
    )
    assert rows_of(found) == [
        "= / | /",
        "+ not in this session | /help",
        "+  | Back",
        "~ /orders/123 | /orders/456 | “/orders/456” instead of “/orders/123”",
        "= Pay | Pay",
    ]
    assert counted(found) == (2, 0, 1, 2)
    assert noted(found, 1) == ["only in the second session, 1 step"]
    assert (
        labels.summarize(found, with_same=True)
        == "2 differences · rows: 2 added, 1 changed, 2 same"
    )
    assert labels.describe_line(found, 0) == "", "there is nothing to say of it"


def test_another_query_is_a_change_and_another_host_is_none() -> None:
    first = [page(0, "https://shop/a?b=1"), page(5, "/c", "q=1"), page(9, "/d")]
    second = [
        structs.replace(page(0, "/a", "b=1"), host="test"),
        page(5, "/c", "q=2"),
        page(9, "/d", "x"),
    ]
    assert different(compared(first, second)) == [
        "~ /c?q=1 | /c?q=2 | “?q=2” instead of “?q=1”",
        "~ /d | /d?x | “?x” instead of no query",
    ]


def test_a_page_that_one_session_has_not_is_one_stop_however_long() -> None:
    gone = [page(5, "/gone"), click(6), click(7, "B"), click(8, "C")]
    found = compared([page(0), *gone, page(9, "/z"), click(10)], [page(0), page(9, "/z")])
    assert counted(found) == (0, 5, 0, 2)
    assert list(found.differences) == [1, 6]
    assert [found.find_difference(number) for number in range(7)] == [None, 0, 0, 0, 0, None, 1]
    assert labels.describe_line(found, 1) == (
        "difference 1 of 2 · - only in the first session, 3 steps"
    )
    assert labels.describe_line(found, 3) == "difference 1 of 2 · - only in the first session"


def test_events_before_the_first_page_are_compared_among_themselves() -> None:
    found = compared([click(0), page(5)], [page(5), click(6)])
    assert rows_of(found) == [
        "- before the first page | not in this session",
        "- Pay",
        "= /a | /a",
        "+  | Pay",
    ]
    assert counted(found) == (1, 1, 0, 1), "what stands for no event counts for nothing"


def test_a_page_of_a_stray_time_is_no_page_of_the_other_session() -> None:
    now = 1_762_772_400_000
    plain = [page(now), click(now + 1_000), click(now + 2_000, "Apply")]
    assert counted(compared(plain, [page(0), *plain])) == (1, 0, 0, 3)
    assert counted(compared([page(0), *plain], plain)) == (0, 1, 0, 3)
    assert counted(compared([page(0), *plain], [page(0), *plain])) == (0, 0, 0, 4)


def test_clicks_are_not_in_a_row_with_a_gap_between_them_on_an_unknown_page() -> None:
    events = [click(0), click(20), click(25), click(40)]
    gapped = Session.of(SessionRef("acme"), events, None, 1, [Gap(5, 15), Gap(30, 35)])
    assert rows_of(views(gapped, gapped, ViewOptions()))[2:] == [
        "= page unknown | page unknown",
        "= Pay ×2 | Pay ×2",
        "= Pay | Pay",
    ]


@each_row(
    ("resolutions", "ends", "notes"),
    [
        ((1_000, 1), (6_000, 6_200), []),
        ((1, 1_000), (6_999, 6_000), []),
        ((1, 1_000), (7_000, 6_000), ["stay 6s instead of 7.0s"]),
        ((1_000, 1_000), (6_000, 7_000), []),
        ((1_000, 1_000), (6_000, 8_000), ["stay 8s instead of 6s"]),
        ((1, 1), (6_000, 6_200), ["stay 6.2s instead of 6.0s"]),
    ],
)
def test_stays_differ_only_as_far_as_both_clocks_tell(
    resolutions: tuple[int, int], ends: tuple[int, int], notes: list[str]
) -> None:
    one, two = (
        Session.of(SessionRef("acme", "42"), [page(0), page(end, "/z")], 2, resolution)
        for resolution, end in zip(resolutions, ends, strict=True)
    )
    assert noted(views(one, two, ViewOptions())) == notes


def test_pseudonyms_of_two_redacted_sessions_make_no_difference() -> None:
    def of(*pseudonyms: int) -> list[Event]:
        a, b = pseudonyms
        return [
            page(0, f"/orders/id-{a}", f"q=value-{a}"),
            click(1, f"Hello user-{a}"),
            click(2, f"Hello user-{b}"),
            error(3, f"no answer of host-{a}"),
            request(4, url=f"https://host-{a}/o/id-{b}"),
        ]

    found = compared(of(1, 2), of(7, 3))
    assert different(found) == []
    assert counted(found) == (0, 0, 0, 5), "in one session they are two people"
    other = [page(0, "/orders/id-3", "q=value-1&a"), *of(1, 2)[1:]]
    (line,) = different(compared(of(1, 2), other))
    assert line.endswith("| “?q=value-1&a” instead of “?q=value-1”"), "its id is no change"


def test_redacted_sessions_compare_as_they_did() -> None:
    # Only what was sent is redacted.
    def sent(kind: str, at: int, **properties: object) -> Event:
        return read_event({"$event_name": kind, "created_at": at, "$properties": properties})

    def visit(order: str, name: str) -> list[Event]:
        host = f"{name.lower()}.example"
        return [
            sent("LOCATION", 5, url=f"https://{host}/checkout/confirmation/{order}?q={name}"),
            sent("CLICK", 6, label=f"Order {order}"),
            sent("ERROR", 7, name="TypeError", message=f"{host} does not answer"),
            sent("REQUEST", 8, method="GET", status=200, url=f"https://api.{host}/orders/{order}"),
        ]

    def start(*more: Event) -> list[Event]:
        opened = sent("LOCATION", 0, url="https://shop.example/c/jackets")
        return [opened, sent("INPUT", 1, label="Name", value="Zelda Fitz"), *more]

    again = visit("ORD-2024-11-13-000731", "Ann")
    first = session_of(start(sent("CLICK", 2, label="Hello Zelda Fitz"), *again))
    second = session_of(
        start(
            sent("LOCATION", 3, url="https://shop.example/u/Zelda%20Fitz/98765"),
            sent("CLICK", 4, label="Hello Zelda Fitz"),
            *visit("ORD-2024-11-14-000802", "Bob"),
            *again,
        ),
        session="43",
    )
    for one, two in ((first, second), (second, first)):
        before = compared(one.events, two.events)
        after = views(
            redact_session(Analysis(one)).session,
            redact_session(Analysis(two)).session,
            before.first.options,
        )
        assert counted(after)[:2] == counted(before)[:2]
        assert counted(after)[2] <= counted(before)[2]
        assert sum(counted(after)) == sum(counted(before))


def test_how_long_each_was_on_a_page_is_said_and_is_no_difference() -> None:
    found = compared([page(0), page(2_000, "/z")], [page(0), page(9_000, "/z")])
    assert different(found) == []
    assert noted(found) == ["stay 9.0s instead of 2.0s"]


# --- loads


def loads(first: dict[str, Any], second: dict[str, Any]) -> Comparison:
    return compared([page(0, **first)], [page(0, **second)])


@each_row(
    ("first", "second", "changes"),
    [
        ({"load_ms": 1_000}, {"load_ms": 1_200}, ["load 1.2s good instead of 1.0s good"]),
        ({"load_ms": 1_000}, {"load_ms": 1_199}, []),
        ({"load_ms": 100}, {"load_ms": 199}, []),
        ({"load_ms": 100}, {"load_ms": 200}, ["load 200ms good instead of 100ms good"]),
        ({"load_ms": 8_000}, {"load_ms": 6_000}, ["load 6.0s needs work instead of 8.0s poor"]),
        # Another rating is one however near: the figures say how near.
        ({"load_ms": 3_800}, {"load_ms": 3_801},
         ["load 3801 ms needs work instead of 3800 ms good"]),
        ({"load_ms": 5_000, "first_paint_ms": 100}, {"load_ms": 5_000, "first_paint_ms": 300},
         ["FP 300ms instead of 100ms"]),
        ({"load_ms": 1, "cumulative_layout_shift": 0.3},
         {"load_ms": 1, "cumulative_layout_shift": 0.39}, []),
        ({"load_ms": 1, "cumulative_layout_shift": 0.3},
         {"load_ms": 1, "cumulative_layout_shift": 0.5}, ["CLS 0.5 poor instead of 0.3 poor"]),
        # The most telling first, whatever the catalogue's order.
        ({"load_ms": 1_000, "time_to_first_byte_ms": 100, "largest_contentful_paint_ms": 900},
         {"load_ms": 8_000, "time_to_first_byte_ms": 900, "largest_contentful_paint_ms": 7_000},
         ["LCP 7.0s poor instead of 900ms good", "load 8.0s poor instead of 1.0s good",
          "TTFB 900ms needs work instead of 100ms good"]),
        # Nothing is invented where one side was not measured.
        ({"load_ms": 1_000}, {"first_paint_ms": 300}, []),
    ],
)  # fmt: skip
def test_loads_differ_when_their_rating_does_or_a_user_notices(
    first: dict[str, Any], second: dict[str, Any], changes: list[str]
) -> None:
    found = loads(first, second)
    assert labels.describe_changes(found, found.pages[0], found.lines[0]) == changes
    assert found.lines[0].outcome is (Change.CHANGED if changes else Change.SAME)


def test_what_one_side_did_not_measure_is_said_to_be_so() -> None:
    first = page(0, load_ms=1_000, speed_index_ms=900, first_paint_ms=50)
    second = structs.replace(
        page(0, load_ms=1_000), unavailable=frozenset({"speed_index_ms"}), zeros_are_absent=True
    )
    found = compared([first], [second])
    values = {
        load.metric.key: labels.format_load_values(found, found.pages[0], load)
        for load in found.pages[0].loads
    }
    assert values == {
        "fp": ("50ms", "not measured"),
        "load": ("1.0s good", "1.0s good"),
        "si": ("900ms good", "not sent by this server"),
    }


def test_vitals_that_may_be_those_of_the_page_before_are_not_compared() -> None:
    vitals: dict[str, Any] = {"load_ms": 500, "largest_contentful_paint_ms": 512.5}
    repeated = [page(0, "/a", **vitals), page(5, "/b", **vitals)]
    found = compared(
        repeated,
        [page(0, "/a", **vitals), page(5, "/b", load_ms=500, largest_contentful_paint_ms=9_000)],
    )
    assert different(found) == []
    lcp = next(load for load in found.pages[1].loads if load.metric.key == "lcp")
    assert labels.format_load_values(found, found.pages[1], lcp) == (
        "may be that of the page before", "9.0s poor",
    )  # fmt: skip


def test_a_route_change_has_no_load_to_compare() -> None:
    found = loads({"load_ms": 9_000}, {"cumulative_layout_shift": 0.5})
    assert found.pages[0].loads == ()
    assert noted(found)[0] == (
        "no load in the second: a route change, or every timing was over 30 s"
    )
    assert noted(loads({}, {"load_ms": 1})) == [
        "no load in the first: a route change, or every timing was over 30 s"
    ]
    assert noted(loads({}, {})) == []


# --- signals


def test_signals_that_one_side_alone_has_are_named() -> None:
    first = [page(0), *(click(n) for n in (10, 20, 30)), error(40)]
    second = [page(0), click(10), error(40, "y"), request(50, 500)]
    assert noted(compared(first, second))[1:] == [
        "only in the first: 1 rage click",
        "only in the second: 1 failed request",
    ]


# --- what is not there


def views(first: Session, second: Session, options: ViewOptions) -> Comparison:
    return compare_sessions(View(Analysis(first), options), View(Analysis(second), options))


def test_what_has_not_come_is_said() -> None:
    events = [page(0), click(10), click(20), click(30)]
    session_ref = SessionRef("acme", "42", "acme.example")
    whole = Session.of(session_ref, events, 4)
    counted_out = Session.of(session_ref, events[:2], 4)
    with_gap = Session.of(session_ref, events, None, 1, [Gap(12, 18)])
    assert labels.list_cautions(views(whole, whole, ViewOptions())) == []
    assert labels.list_cautions(views(counted_out, with_gap, ViewOptions())) == [
        "The first session is incomplete: 2 of 4 events have not come. Some differences may be "
        "due to that.",
        "The second session is incomplete: some events have not come. Some differences may be "
        "due to that.",
    ]
    found = views(whole, with_gap, ViewOptions())
    assert rows_of(found) == [
        "= /a | /a",
        "~ Pay ×3 | Pay | ×1 instead of ×3",
        # Another page may have been opened in between.
        "+ not in this session | page unknown",
        "+  | Pay ×2",
    ]
    assert "in the second, later events of this visit have not come" in noted(found)


def test_clicks_are_not_in_a_row_where_events_between_them_may_be_missing() -> None:
    events = [click(0), click(10), click(20)]
    gapped = Session.of(SessionRef("acme"), events, None, 1, [Gap(12, 18)])
    assert rows_of(views(gapped, gapped, ViewOptions())) == [
        "= before the first page | before the first page",
        "= Pay ×2 | Pay ×2",
        "= page unknown | page unknown",
        "= Pay | Pay",
    ]


def test_only_what_is_shown_is_compared_and_that_is_said() -> None:
    first = [page(0), click(5), typed(6), error(7)]
    second = [page(0), typed(6), error(7, "y")]
    found = compared(
        first, second, ViewOptions(types=TypeChoice(frozenset({"click", "error"}), only=True))
    )
    assert rows_of(found) == [
        "= /a | /a",
        "- Pay",
        "~ TypeError: x is undefined | TypeError: y"
        " | “TypeError: y” instead of “TypeError: x is undefined”",
    ]
    assert counted(found) == (0, 1, 1, 0)
    assert labels.list_cautions(found) == [
        "Only a part of both sessions is compared: only click, error."
    ]
    filtered = compared(first, second, ViewOptions(STARTING_TYPES, Query.parse("pay")))
    assert different(filtered) == ["- /a | not in this session", "- Pay"]
    one, two = (
        View(Analysis(session_of(first))),
        View(Analysis(session_of(second)), ViewOptions(types=TypeChoice(only=True))),
    )
    assert labels.list_cautions(compare_sessions(one, two)) == [
        "Only a part of the second session is compared: only nothing."
    ]
    (caution,) = labels.list_cautions(filtered)
    assert caution.startswith("Only a part of both sessions is compared: filter: “pay”")


def test_more_steps_than_are_aligned_at_once_are_a_caution(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = ([page(0), click(1), click(2, own), click(3)] for own in ("x", "y"))
    assert labels.list_cautions(compared(first, second)) == []
    monkeypatch.setattr(align, "MOST_ALIGNED", 2)
    found = compared(first, second)
    assert counted(found) == (0, 0, 1, 3)
    assert labels.list_cautions(found) == [
        "Too many steps to align them all at once. Some differences may be due to that."
    ]


def test_a_page_that_only_one_view_shows_is_only_there() -> None:
    found = compared(
        [page(0, query="pay"), click(1)],
        [page(0), click(1)],
        ViewOptions(filter=Query.parse("pay")),
    )
    assert [line.outcome for line in found.lines] == [Change.MISSING, Change.SAME]
    assert counted(found) == (0, 1, 0, 1)
    assert list(found.differences) == [0]


# --- whatever comes

LABELS = st.sampled_from(["Pay", "Go", "", "[b]x", "a\u202eb"])
TIMES = st.one_of(st.integers(0, 60_000), st.none())


def _events() -> st.SearchStrategy[Event]:
    loads = st.fixed_dictionaries(
        {},
        optional={
            "load_ms": st.integers(0, 9_000),
            "largest_contentful_paint_ms": st.sampled_from([500, 8_000.5]),
            "cumulative_layout_shift": st.sampled_from([0, 0.3]),
        },
    )
    paths = st.sampled_from(["/", "/a", "/o/1", "/o/2", "", "https://shop/a?q"])
    return st.one_of(
        st.builds(
            lambda at, path, query, load: page(at, path, query, **load),
            TIMES, paths, st.sampled_from(["", "q=1"]), loads,
        ),
        st.builds(lambda at, label: click(at, clean(label)), TIMES, LABELS),
        st.builds(lambda at, label: typed(at, clean(label), "s3cret"), TIMES, LABELS),
        st.builds(request, st.integers(0, 60_000), st.sampled_from([200, 500, None])),
        st.builds(error, st.integers(0, 60_000), st.sampled_from(["x", "y"])),
        st.builds(lambda at: Performance("PERFORMANCE", at, {}), TIMES),
        st.builds(lambda at: Event("ODD", at, ["a"]), TIMES),
    )  # fmt: skip


GAPS: st.SearchStrategy[list[Gap]] = st.one_of(
    st.just([]), st.builds(lambda a: [Gap(a, a + 500)], st.integers(0, 60_000))
)
SESSIONS = st.builds(
    lambda events, total, gaps: Session.of(SessionRef("acme", "42"), events, total, 1, gaps),
    st.lists(_events(), max_size=30),
    st.sampled_from([None, 40]),
    GAPS,
)
LENSES = st.sampled_from(
    [
        ViewOptions(),
        ViewOptions(types=STARTING_TYPES),
        ViewOptions(types=TypeChoice(frozenset({"location"}))),
        ViewOptions(filter=Query.parse("pay")),
    ]
)


@given(session=SESSIONS, options=LENSES)
def test_a_session_does_not_differ_from_itself(session: Session, options: ViewOptions) -> None:
    found = views(session, session, options)
    assert found.differences == []
    assert counted(found)[:3] == (0, 0, 0)
    assert labels.summarize(found) == "no differences"


@given(first=SESSIONS, second=SESSIONS, options=LENSES)
def test_every_step_that_is_shown_is_there_once_and_in_order(
    first: Session, second: Session, options: ViewOptions
) -> None:
    found = views(first, second, options)
    for session, steps in (
        (first, [line.first for line in found.lines]),
        (second, [line.second for line in found.lines]),
    ):
        shown = View(Analysis(session), options).shown
        wanted = [i for i in shown if not isinstance(session.events[i], Performance)]
        assert [index for step in steps if step for index in step.events] == wanted
    assert sum(found.counts.values()) == sum(1 for line in found.lines if line.first or line.second)
    for line in found.lines:
        assert (line.outcome is Change.CHANGED) is bool(line.aspects)
        if line.outcome in {Change.SAME, Change.CHANGED} and not line.is_head:
            assert line.first
            assert line.second


_SWAPPED = {Change.ADDED: Change.MISSING, Change.MISSING: Change.ADDED}


@given(first=SESSIONS, second=SESSIONS, options=LENSES)
def test_swapping_the_sessions_swaps_added_and_missing(
    first: Session, second: Session, options: ViewOptions
) -> None:
    def known(line: DiffLine) -> tuple[Change, object, object, object, bool]:
        one, two = (None if s is None else s.events for s in (line.first, line.second))
        return line.outcome, one, two, line.aspects, line.is_head

    found = views(first, second, options)
    swapped = [known(line) for line in views(second, first, options).lines]
    assert sorted(map(repr, map(known, found.lines))) == sorted(
        repr((_SWAPPED.get(outcome, outcome), two, one, aspects, is_head))
        for outcome, one, two, aspects, is_head in swapped
    )


@given(first=SESSIONS, second=SESSIONS, options=LENSES)
def test_every_difference_has_words_and_none_of_them_tells_what_was_entered(
    first: Session, second: Session, options: ViewOptions
) -> None:
    found = views(first, second, options)
    for number in found.differences:
        assert labels.describe_line(found, number).startswith("difference ")
        assert len(labels.describe_line(found, number).split(" · ", 1)[1]) > 2
    for number, line in enumerate(found.lines):
        at = found.find_page(number)
        sides = [side for side in labels.format_sides(found, at, line) if side]
        texts = [text for side in sides for text in (*side[:3], *side.beside)]
        texts += [*labels.describe_changes(found, at, line), *labels.describe_page(found, at)]
        assert all(text == clean(text) for text in texts)
        assert "s3cret" not in " ".join(texts)
        assert len(labels.describe_changes(found, at, line)) >= len(line.aspects)
    assert all(a < b for a, b in pairwise(found.differences))


# --- the recordings


def edited(session: Session, *edits: tuple[int, Event | None]) -> Session:
    """A copy with some events replaced, or taken out where there is None."""
    events: list[Event | None] = list(session.events)
    for index, event in edits:
        events[index] = event
    return session_of([event for event in events if event is not None], session="43")


def against(first: Session, second: Session) -> Comparison:
    return views(first, second, ViewOptions(types=STARTING_TYPES))


def test_two_recordings_of_different_shops_have_nothing_in_common(
    checkout: Session, documented: Session
) -> None:
    found = against(checkout, documented)
    # 180 events, of which 24 repeat the one before them.
    assert counted(found) == (3, 156, 0, 0)
    assert [line for line in rows_of(found) if line.startswith("+")] == [
        "+ not in this session | /my-account/",
        "+  | Shop",
        "+ not in this session | /product/beanie-with-logo/",
    ]
    assert counted(against(documented, checkout)) == (156, 3, 0, 0)


def test_a_step_that_was_left_out_is_missing(checkout: Session) -> None:
    found = against(checkout, edited(checkout, (41, None)))
    assert different(found) == ["- Proceed to checkout"]
    assert counted(found) == (0, 1, 0, 155)
    (number,) = found.differences
    page = found.find_page(number)
    assert labels.format_sides(found, page, page.lines[0])[0] == (
        "+3:22.053", "LOCATION", "/cart?promo=error&code=E_PROMO_EXPIRED", ("4m38s",),
    )  # fmt: skip


def test_a_click_that_was_repeated_is_changed(checkout: Session) -> None:
    again = checkout.events[24]
    events = [*checkout.events[:25], again, again, *checkout.events[25:]]
    found = against(checkout, session_of(events, session="43"))
    assert different(found) == ["~ Ajouter au panier | Ajouter au panier ×3 | ×3 instead of ×1"]
    assert labels.describe_line(found, found.differences[0]) == (
        "difference 1 of 1 · ~ ×3 instead of ×1"
    )


def test_a_page_that_was_slower_is_changed(checkout: Session) -> None:
    event = checkout.events[3]
    assert isinstance(event, Location)
    slower = structs.replace(
        event, packed_load=structs.replace(event.load, largest_contentful_paint_ms=6_100)
    )
    found = against(checkout, edited(checkout, (3, slower)))
    assert different(found) == ["~ /c/women | /c/women | LCP 6.1s poor instead of 1.0s good"]
    assert found.lines[found.differences[0]].aspects == (ChangedField.LOAD,)
    assert noted(found, 1) == ["only in the second: 1 poor load"]


def test_a_request_that_failed_is_changed_and_what_came_of_it_added(checkout: Session) -> None:
    start = checkout.start_ms or 0
    asked = request(start + 537_700, 200, "https://shop/api/pay")
    events = [*checkout.events, asked]
    good = session_of(events)
    bad = session_of(
        [*checkout.events, structs.replace(asked, status=502), error(start + 537_710, "no answer")],
        session="43",
    )
    found = against(good, bad)
    assert different(found) == [
        "~ GET 200 /api/pay | GET 502 /api/pay | 502 instead of 200",
        "+  | TypeError: no answer",
    ]
    assert counted(found) == (1, 0, 1, 156)
