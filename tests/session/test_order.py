"""Events that share a whole second: in the order of the pages they name, marked as inferred."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from itertools import permutations
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventview.analysis.analysis import Analysis
from eventview.comparison.diff import compare_sessions
from eventview.comparison.steps import Change
from eventview.export.reproduction import ReproductionStep, find_steps
from eventview.export.snapshot import ExportSnapshot
from eventview.export.ticket import Ticket, build_ticket
from eventview.render.details import build_sections
from eventview.session.event_text import describe_event, describe_event_raw
from eventview.session.events import Click
from eventview.session.session import Session
from eventview.session.source import Batch, SessionRef
from eventview.sources.files import open_demo
from eventview.view.view import View
from eventview.wire import v1
from eventview.wire.detect import read_answer
from tests.conftest import CHECKOUT
from tests.server.conversion import era_b_rows, v2_rows
from tests.tables import each_row

START_MS = 1_770_822_790_000
HOME, CART, PAY = (f"https://shop.example{path}" for path in ("/", "/cart", "/pay"))


def stored(second: int, name: str, page: str, label: str = "", **properties: Any) -> dict[str, Any]:
    """A row of v2; a REQUEST names its page by its title only."""
    url = "https://shop.example/items" if name == "REQUEST" else page
    return {
        "event_id": f"{name}{second}{label}",
        "$event_name": name,
        "created_at": START_MS + second * 1000,
        "$auto_captured": True,
        "$current_url": url,
        "$properties": {"label": label, "url": url, "page_title": page[20:]} | properties,
    }


def sent(second: int, kind: str, label: str = "", url: str = "") -> dict[str, Any]:
    """A row of v1 from ClickHouse."""
    row = {"type": kind, "createdAt": "2026-02-11T15:13:10", "timestamp": START_MS + second * 1000}
    return row | ({"url": url, "referrer": ""} if kind == "LOCATION" else {"label": label})


def session_of(read: Batch) -> Session:
    return Session.of(
        SessionRef("acme", "42"),
        read.events,
        read.total,
        read.resolution_ms,
        is_ordered=read.is_ordered,
    )


def opened(rows: Sequence[object]) -> Session:
    is_v2 = isinstance(rows[0], dict) and "$event_name" in rows[0]
    data: object = {"total": len(rows), "events": list(rows)} if is_v2 else list(rows)
    return session_of(read_answer({"data": data}))


def rows_of(session: Session) -> list[str]:
    return [f"{event.type} {describe_event_raw(event)}" for event in session.events]


PLACED: list[tuple[str, list[dict[str, Any]], list[str]]] = [
    (
        "a click names the page that it left",
        [
            stored(0, "LOCATION", HOME),
            stored(2, "CLICK", HOME, "Cart"),
            stored(2, "LOCATION", CART),
        ],
        ["LOCATION /", "CLICK Cart", "LOCATION /cart"],
    ),
    (
        "a click names the page that was opened",
        [stored(0, "LOCATION", HOME), stored(2, "LOCATION", CART), stored(2, "CLICK", CART, "Pay")],
        ["LOCATION /", "LOCATION /cart", "CLICK Pay"],
    ),
    (
        "the first click of a session names the first page",
        [stored(0, "LOCATION", HOME), stored(0, "CLICK", HOME, "OK")],
        ["LOCATION /", "CLICK OK"],
    ),
    (
        "an error names the page that was left, another the page that was opened",
        [
            stored(0, "LOCATION", HOME),
            stored(2, "ERROR", HOME, message="old"),
            stored(2, "LOCATION", CART),
            stored(2, "ERROR", CART, message="new"),
        ],
        ["LOCATION /", "ERROR old", "LOCATION /cart", "ERROR new"],
    ),
    (
        "a request names its page by the title",
        [
            stored(0, "LOCATION", HOME),
            stored(2, "REQUEST", HOME, method="GET", status=200),
            stored(2, "LOCATION", CART),
            stored(2, "REQUEST", CART, method="POST", status=200),
        ],
        [
            "LOCATION /",
            "REQUEST GET 200 /items · shop.example",
            "LOCATION /cart",
            "REQUEST POST 200 /items · shop.example",
        ],
    ),
    (
        "two pages of one second, the last of which the next click names",
        [
            stored(0, "LOCATION", HOME),
            stored(2, "LOCATION", CART),
            stored(2, "LOCATION", PAY),
            stored(2, "CLICK", CART, "Pay"),
            stored(3, "CLICK", PAY, "Now"),
        ],
        ["LOCATION /", "LOCATION /cart", "CLICK Pay", "LOCATION /pay", "CLICK Now"],
    ),
    (
        "the page is loaded again: the click comes before",
        [
            stored(0, "LOCATION", HOME),
            stored(2, "CLICK", HOME, "Again"),
            stored(2, "LOCATION", HOME),
        ],
        ["LOCATION /", "CLICK Again", "LOCATION /"],
    ),
    (
        "an error is not put after a click of its second",
        [
            stored(0, "LOCATION", HOME),
            stored(2, "CLICK", HOME, "Pay"),
            stored(2, "ERROR", HOME, message="broken"),
        ],
        ["LOCATION /", "ERROR broken", "CLICK Pay"],
    ),
    (
        "v1: a click and an input before the page of their second",
        [
            sent(0, "LOCATION", url=HOME),
            sent(2, "INPUT", "Mail"),
            sent(2, "CLICK", "Cart"),
            sent(2, "LOCATION", url=CART),
        ],
        ["LOCATION /", "INPUT Mail", "CLICK Cart", "LOCATION /cart"],
    ),
    (
        "v1: a field is clicked before something is entered into it",
        [
            sent(0, "LOCATION", url=HOME),
            sent(2, "INPUT", "Mail"),
            sent(2, "CLICK", "Mail"),
            sent(2, "CLICK", "Cart"),
        ],
        ["LOCATION /", "CLICK Mail", "INPUT Mail", "CLICK Cart"],
    ),
    (
        "two pages of one second, and the next click opens another in its own",
        [
            stored(0, "LOCATION", HOME),
            stored(2, "LOCATION", PAY),
            stored(2, "LOCATION", CART),
            stored(3, "CLICK", CART, "Next"),
            stored(3, "LOCATION", HOME),
        ],
        ["LOCATION /", "LOCATION /pay", "LOCATION /cart", "CLICK Next", "LOCATION /"],
    ),
    (
        "two pages of one second, and a click on one of them",
        [
            stored(0, "LOCATION", HOME),
            stored(2, "LOCATION", PAY),
            stored(2, "CLICK", PAY, "Back"),
            stored(2, "LOCATION", CART),
        ],
        ["LOCATION /", "LOCATION /pay", "CLICK Back", "LOCATION /cart"],
    ),
    (
        "an address is spelled in two ways",
        [
            stored(0, "LOCATION", HOME),
            stored(2, "LOCATION", "https://shop.example/gr%C3%B6%C3%9Fe/"),
            stored(2, "CLICK", "https://shop.example/größe", "L"),
        ],
        ["LOCATION /", "LOCATION /gr%C3%B6%C3%9Fe/", "CLICK L"],
    ),
    (
        "a row without its column for the page names it in its properties",
        [
            {**stored(0, "LOCATION", HOME), "$current_url": None},
            {**stored(2, "LOCATION", CART), "$current_url": None},
            {**stored(2, "CLICK", CART, "Pay"), "$current_url": None},
        ],
        ["LOCATION /", "LOCATION /cart", "CLICK Pay"],
    ),
    (
        "v1: nothing can be clicked before the first page",
        [sent(0, "CLICK", "OK"), sent(0, "LOCATION", url=HOME)],
        ["LOCATION /", "CLICK OK"],
    ),
    (
        "v1: a page comes behind its referrer",
        [
            sent(0, "LOCATION", url=HOME),
            sent(2, "LOCATION", url=CART) | {"referrer": PAY},
            sent(2, "LOCATION", url=PAY),
        ],
        ["LOCATION /", "LOCATION /pay", "LOCATION /cart"],
    ),
    (
        "v1: a route change follows a page load",
        [
            sent(0, "LOCATION", url=CART),
            sent(0, "LOCATION", url=PAY) | {"firstContentfulPaintTime": 300},
        ],
        ["LOCATION /pay", "LOCATION /cart"],
    ),
]


@each_row(("rows", "expected"), [each[1:] for each in PLACED])
def test_a_second_is_told_in_the_order_its_pages_tell_however_it_came(
    rows: list[dict[str, Any]], expected: list[str]
) -> None:
    for shuffled in permutations(rows):
        assert rows_of(opened(shuffled)) == expected


def test_an_event_that_came_later_stands_in_its_second_all_the_same() -> None:
    rows = PLACED[0][1]
    read = read_answer({"data": {"total": 3, "events": [rows[0], rows[2], rows[1]]}})
    assert rows_of(session_of(read)) == ["LOCATION /", "CLICK Cart", "LOCATION /cart"]


def test_an_event_without_a_time_stays_behind_the_one_before_it() -> None:
    odd = stored(2, "CLICK", CART, "odd") | {"created_at": None}
    rows = [stored(2, "CLICK", HOME, "b"), odd, stored(2, "CLICK", HOME, "a")]
    for sent in (rows, [rows[2], *rows[:2]]):
        assert rows_of(opened([stored(0, "LOCATION", HOME), *sent])) == [
            "LOCATION /", "CLICK a", "CLICK b", "CLICK odd",
        ]  # fmt: skip


@given(
    st.lists(st.tuples(st.integers(0, 3), st.sampled_from("LCIER"), st.integers(0, 2))),
    st.randoms(),
)
def test_no_event_is_lost_or_told_twice_and_the_order_is_the_same_each_time(
    drawn: list[tuple[int, str, int]], chance: Random
) -> None:
    names = {"L": "LOCATION", "C": "CLICK", "I": "INPUT", "E": "ERROR", "R": "REQUEST"}
    rows = [
        stored(second, names[name], (HOME, CART, PAY)[page], str(number))
        for number, (second, name, page) in enumerate(drawn)
    ]
    if not rows:
        return
    session = opened(rows)
    assert sorted(e.raw["event_id"] for e in session.events) == sorted(r["event_id"] for r in rows)  # type: ignore[index]  # objects
    assert [e.time_ms for e in session.events] == sorted(row["created_at"] for row in rows)
    chance.shuffle(rows)
    assert rows_of(opened(rows)) == rows_of(session)


def facts_of(session: Session, index: int) -> dict[str, str]:
    return {
        fact.name: f"{fact.value} {fact.note}"
        for fact in build_sections(Analysis(session), index)[0].facts
    }


def test_the_detail_says_that_an_order_is_inferred_and_by_what() -> None:
    session = opened([*PLACED[0][1], stored(5, "CLICK", CART, "Pay")])
    assert "order" not in facts_of(session, 0)
    assert facts_of(session, 1)["order"].endswith("placed by the page it names")
    assert "others of this second" in facts_of(session, 2)["order"]
    assert "order" not in facts_of(session, 3)
    assert session.is_order_known(1, 2)
    unsure = opened(PLACED[7][1])
    assert facts_of(unsure, 2)["order"].endswith("placed by its type")
    assert not unsure.is_order_known(1, 2)
    assert unsure.is_order_known(0, 2)


def test_an_order_in_milliseconds_is_told() -> None:
    read = v1.read_answer(json.loads(CHECKOUT.read_bytes()))
    session = session_of(read)
    assert not any("order" in facts_of(session, index) for index in range(len(session.events)))


def test_what_a_server_stamped_when_it_stored_it_has_milliseconds_and_its_order() -> None:
    rows = [
        stored(0, "LOCATION", HOME) | {"created_at": START_MS + 518},
        stored(0, "CLICK", HOME, "b") | {"created_at": START_MS + 520},
        stored(0, "CLICK", HOME, "a") | {"created_at": START_MS + 524},
    ]
    session = opened(rows)
    assert rows_of(session) == ["LOCATION /", "CLICK b", "CLICK a"]
    assert facts_of(session, 1)["at"] == "+0:00.002 2026-02-11 15:13:10.520 UTC"
    assert "order" not in facts_of(session, 1)
    mixed = opened([stored(0, "LOCATION", HOME), *rows[1:]])
    assert facts_of(mixed, 0)["at"] == "+0:00 2026-02-11 15:13:10 UTC"
    assert facts_of(mixed, 1)["at"] == "+0:00 2026-02-11 15:13:10.520 UTC"


def test_a_stamped_time_that_is_a_whole_second_by_chance_is_told_as_the_others() -> None:
    rows = [
        stored(0, "CLICK", HOME, f"b{n}") | {"created_at": START_MS + 401 + n * 33}
        for n in range(40)
    ]
    rows[20]["created_at"] = START_MS + 1000
    session = opened(rows)
    chance = [e.raw["event_id"] for e in session.events].index(rows[20]["event_id"])  # type: ignore[index]  # objects
    assert facts_of(session, chance)["at"] == "+0:00.599 2026-02-11 15:13:11.000 UTC"
    assert session.is_stamped(chance)


def test_a_ticket_says_that_the_order_of_its_steps_is_inferred() -> None:
    rows = [
        stored(0, "LOCATION", HOME),
        stored(2, "CLICK", HOME, "b"),
        stored(2, "CLICK", HOME, "a"),
    ]
    said = "the server keeps whole seconds: the order of events within one second is inferred"
    assert said in build_ticket(ExportSnapshot(View(Analysis(opened(rows))), cursor=1)).notes
    assert (
        said not in build_ticket(ExportSnapshot(View(Analysis(opened(rows[:2]))), cursor=1)).notes
    )


# --- one session, three formats, at any fraction of a second


def recorded(name: str) -> list[dict[str, Any]]:
    if name == "checkout":
        data = json.loads(CHECKOUT.read_bytes())["data"]
    else:
        data = [event.raw for batch in open_demo().batches() for event in batch.events]
    return sorted(data, key=lambda event: event["timestamp"])


def as_sent(name: str, wire: str, shift_ms: int = 0) -> Session:
    events = [event | {"timestamp": event["timestamp"] + shift_ms} for event in recorded(name)]
    if wire == "v1":
        return opened(events)
    rows = era_b_rows(events) if wire == "v1 of ClickHouse" else v2_rows("42", events)
    Random(len(rows) + shift_ms).shuffle(rows)  # noqa: S311  # no secret
    return opened(rows)


WIRES = ["v1", "v1 of ClickHouse", "v2"]
NAMES = ["demo", "checkout"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("shift_ms", [250, 500, 750])
def test_a_session_compared_with_itself_a_moment_later_has_no_difference(
    name: str, wire: str, shift_ms: int
) -> None:
    found = compare_sessions(
        View(Analysis(as_sent(name, wire))), View(Analysis(as_sent(name, wire, shift_ms)))
    )
    assert {outcome for outcome, number in found.counts.items() if number} == {Change.SAME}


def words(step: ReproductionStep) -> str:
    """A step without the length of a silence."""
    return "".join(
        word if isinstance(word, str) else word.text
        for word in step.words
        if not (isinstance(word, str) and word.startswith(", "))
    )


def steps_of(session: Session) -> list[str]:
    return [words(step) for step in find_steps(Analysis(session), 0, len(session.events) - 1)]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("wire", WIRES[1:])
@pytest.mark.parametrize("shift_ms", [0, 500])
def test_pages_and_steps_are_those_of_the_format_that_tells_the_order(
    name: str, wire: str, shift_ms: int
) -> None:
    known, inferred = as_sent(name, "v1"), as_sent(name, wire, shift_ms)
    pages = [
        [(describe_event(session.events[v.start]), v.end - v.start) for v in session.visits]
        for session in (known, inferred)
    ]
    assert pages[0] == pages[1]
    # INPUT has no value on the newer wires.
    assert sorted(steps_of(inferred)) == sorted(steps_of(known))


def title_of(found: Ticket) -> str:
    """A title without what is as precise as the clock: spans, and how many clicks are sure."""
    said = "".join(word if isinstance(word, str) else word.text for word in found.title)
    return re.sub(r"\dm\d\ds| \d+ times", "…", said)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("wire", WIRES[1:])
def test_a_ticket_is_that_of_the_format_that_tells_the_order(name: str, wire: str) -> None:
    known, inferred = as_sent(name, "v1"), as_sent(name, wire)
    compared = 0
    for index, event in enumerate(known.events):
        other = inferred.events[index]
        kinds = [
            {s.kind for s in Analysis(session).signals.of(index)} for session in (known, inferred)
        ]
        # The last clicks of a rage over several seconds are not sure to be of it.
        if (
            not isinstance(event, Click)
            or describe_event(event) != describe_event(other)
            or kinds[0] != kinds[1]
        ):
            continue
        one, two = (
            build_ticket(ExportSnapshot(View(Analysis(session)), cursor=index))
            for session in (known, inferred)
        )
        assert title_of(one) == title_of(two)
        assert one.rows_title == two.rows_title
        assert [words(step) for step in one.steps] == [words(step) for step in two.steps]
        compared += 1
    assert compared > 60
