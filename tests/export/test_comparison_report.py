"""A comparison on standard output: text in columns, Markdown nothing breaks, JSON that parses."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

import pytest
from msgspec.structs import replace
from pydantic import TypeAdapter

from eventview.analysis.analysis import Analysis
from eventview.comparison.diff import Comparison, compare_sessions
from eventview.export.comparison_report import COMPARISON_FORMATS
from eventview.export.schema import ComparisonDocument
from eventview.query.query import STARTING_TYPES
from eventview.session.events import Click, Event, Input, Location, Request
from eventview.session.metrics import LoadMetrics
from eventview.session.session import Session
from eventview.session.source import SessionRef
from eventview.session.text import clean, width
from eventview.view.view import View
from eventview.view.view_options import ViewOptions
from tests.conftest import session_of
from tests.tables import each_row


def page(at: int, path: str, **load: Any) -> Location:
    return Location("LOCATION", at, {}, host="shop", path=path, packed_load=LoadMetrics(**load))


def click(at: int, label: str) -> Click:
    return Click("CLICK", at, {}, label=clean(label))


def paid(at: int, status: int) -> Request:
    return Request("REQUEST", at, {}, method="POST", url="https://api/pay", status=status)


GOOD: Sequence[Event] = [
    page(0, "/cart", load_ms=900, speed_index_ms=700),
    click(1_000, "Pay"),
    paid(1_200, 200),
    page(4_000, "/thanks"),
]
BAD: Sequence[Event] = [
    page(0, "/cart", load_ms=8_000),
    click(1_000, "Pay"),
    click(1_100, "Pay"),
    paid(1_200, 500),
    page(4_000, "/help"),
    click(5_000, "Chat"),
]


def compared(first: Sequence[Event] = GOOD, second: Sequence[Event] = BAD) -> Comparison:
    options = ViewOptions(types=STARTING_TYPES)
    return compare_sessions(
        View(Analysis(session_of(first)), options),
        View(Analysis(session_of(second, session="43")), options),
    )


def write_report(kind: str, comparison: Comparison) -> list[str]:
    return list(COMPARISON_FORMATS[kind](comparison))


def columns(first: str, second: str = "", said: str = "") -> str:
    return f"{first:52} | {second:50}  {said}".rstrip()


def test_text_has_both_sessions_beside_each_other_and_what_changed_behind_them() -> None:
    assert write_report("text", compared()) == [
        "First   acme › 42 · 4.0s · 4 of 4 events · 2 pages",
        "Second  acme › 43 · 5.0s · 6 of 6 events · 2 pages",
        "5 differences · rows: 2 added, 1 missing, 3 changed, 0 same",
        "",
        columns(
            "~ +0:00.000 LOCATION /cart 4.0s · load 900ms good",
            "+0:00.000 LOCATION /cart 4.0s · load 8.0s poor",
            "load 8.0s poor instead of 900ms good"
            " · only in the second: 1 failed request, 1 poor load",
        ),
        columns("~ +0:01.000 CLICK Pay", "+0:01.000 CLICK Pay ×2", "×2 instead of ×1"),
        columns(
            "~ +0:01.200 REQUEST POST 200 /pay",
            "+0:01.200 REQUEST POST 500 /pay",
            "500 instead of 200",
        ),
        "",
        columns("- +0:04.000 LOCATION /thanks", "not in this session", "only in the first session"),
        "",
        columns(
            "+ not in this session",
            "+0:04.000 LOCATION /help 1.0s",
            "only in the second session, 1 step",
        ),
        columns("+", "+0:05.000 CLICK Chat"),
    ]


def test_markdown_has_a_table_for_each_page_and_one_for_a_load_that_differs() -> None:
    assert write_report("md", compared()) == [
        "# Two sessions compared",
        "",
        "- First: `acme › 42 · 4.0s · 4 of 4 events · 2 pages`",
        "- Second: `acme › 43 · 5.0s · 6 of 6 events · 2 pages`",
        "- 5 differences · rows: 2 added, 1 missing, 3 changed, 0 same",
        "",
        "Second against first: `=` same, `+` added, `-` missing, `~` changed.",
        "",
        "## 1. `/cart`",
        "",
        "`only in the second: 1 failed request, 1 poor load`",
        "",
        "|  | First | Second | What changed |",
        "| --- | --- | --- | --- |",
        "| `~` | +0:00.000 `LOCATION` `/cart` `4.0s` `load 900ms good` "
        "| +0:00.000 `LOCATION` `/cart` `4.0s` `load 8.0s poor` "
        "| `load 8.0s poor instead of 900ms good` |",
        "| `~` | +0:01.000 `CLICK` `Pay` | +0:01.000 `CLICK` `Pay` `×2` | `×2 instead of ×1` |",
        "| `~` | +0:01.200 `REQUEST` `POST 200 /pay` | +0:01.200 `REQUEST` `POST 500 /pay` "
        "| `500 instead of 200` |",
        "",
        "| Load | First | Second |  |",
        "| --- | ---: | ---: | --- |",
        "| load event end | 900ms good | 8.0s poor | `~` |",
        "| speed index | 700ms good | not measured |  |",
        "",
        "## 2. `/thanks`",
        "",
        "`only in the first session`",
        "",
        "|  | First | Second | What changed |",
        "| --- | --- | --- | --- |",
        "| `-` | +0:04.000 `LOCATION` `/thanks` | `not in this session` |  |",
        "",
        "## 3. `/help`",
        "",
        "`only in the second session, 1 step`",
        "",
        "|  | First | Second | What changed |",
        "| --- | --- | --- | --- |",
        "| `+` | `not in this session` | +0:04.000 `LOCATION` `/help` `1.0s` |  |",
        "| `+` |  | +0:05.000 `CLICK` `Chat` |  |",
    ]


def parsed(comparison: Comparison) -> Any:
    found = json.loads("\n".join(COMPARISON_FORMATS["json"](comparison)))
    # The document must not have fields that the schema lacks.
    assert TypeAdapter(ComparisonDocument).validate_python(found, strict=True) == found
    return found


def test_json_has_both_sessions_their_pages_and_lines() -> None:
    found = parsed(compared())
    assert found["schema"] == "eventview-comparison/2"
    assert found["first"] == {
        "source": "acme",
        "session": "42",
        "start_ms": 0,
        "duration_ms": 4_000,
        "resolution_ms": 1,
        "pages": 2,
        "shown": 4,
        "total": 4,
        "announced": 4,
    }
    assert found["counts"] == {"same": 0, "added": 2, "missing": 1, "changed": 3}
    cart, thanks, help_page = found["pages"]
    assert cart["first"] == {"n": 1, "page": "/cart", "stay_ms": 4_000, "only_signals": {}}
    assert cart["second"]["only_signals"] == {"failed": 1, "slow": 1}
    assert cart["loads"][1] == {
        "metric": "si",
        "unit": "ms",
        "first": 700,
        "second": None,
        "first_rating": "good",
        "second_rating": None,
        "differs": False,
    }
    assert cart["lines"][1] == {
        "outcome": "changed",
        "aspects": ["count"],
        "changes": ["×2 instead of ×1"],
        "first": {"events": [2], "offset_ms": 1_000, "type": "CLICK", "what": "Pay"},
        "second": {"events": [2, 3], "offset_ms": 1_000, "type": "CLICK", "what": "Pay"},
    }
    assert thanks["second"] is None
    assert help_page["first"] is None
    assert help_page["notes"] == ["only in the second session, 1 step"]


def test_the_json_has_a_schema() -> None:
    schema = TypeAdapter(ComparisonDocument).json_schema()
    assert schema["properties"]["schema"]["const"] == "eventview-comparison/2"
    assert {"PageRecord", "LineRecord", "StepRecord", "LoadRecord"} <= schema["$defs"].keys()


@pytest.mark.parametrize("kind", COMPARISON_FORMATS)
def test_every_format_has_every_step_of_a_long_session(kind: str, checkout: Session) -> None:
    other = replace(checkout, events=checkout.events[:100], session_ref=SessionRef("acme", "43"))
    options = ViewOptions(types=STARTING_TYPES)
    comparison = compare_sessions(View(Analysis(checkout), options), View(Analysis(other), options))
    text = "\n".join(write_report(kind, comparison))
    assert text.count("Ajouter au panier") >= 2
    # In the text, what does not fit its column is cut.
    assert text.count("Log out") == 1
    assert "80 of 180 events have not come" in text
    if kind == "json":
        parsed(comparison)


HOSTILE = [
    "a|b`c``d",
    "</td><script>",
    "x\ny\r|\n# z",
    "\x1b[31mred",
    "a\u202eb",
    "`",
    "\\|",
    "本" * 90,
]


@each_row("label", HOSTILE)
def test_whatever_a_session_says_stays_in_its_cell(label: str) -> None:
    first = [page(0, f"/{clean(label)}"), click(10, "a"), click(20, label)]
    second = [page(0, f"/{clean(label)}"), click(10, label), click(20, "z")]
    comparison = compared(first, second)
    for line in write_report("md", comparison):
        assert line == clean(line)
        # Whatever is outside of code is ours.
        others = re.sub(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", "", line)
        assert not set("<>`本") & set(others)
        if line.startswith("|"):
            assert len(re.findall(r"(?<!\\)\|", line)) == 5
    for line in write_report("text", comparison):
        assert line == clean(line)
    assert clean(label) in str(parsed(comparison))


def test_columns_of_wide_letters_stand_below_each_other() -> None:
    lines = write_report("text", compared([click(0, "本" * 90), click(1, "ok")], [click(0, "x")]))
    rows = [f"{line} " for line in lines if line.startswith(("-", "~", "="))]
    assert len(rows) == 3
    assert {width(line.split(" | ")[0]) for line in rows} == {52}


def test_what_stands_beside_an_address_leaves_it_half_of_its_room() -> None:
    slow: Any = {"load_ms": 9_000, "first_contentful_paint_ms": 4_000, "response_ms": 900}
    slow["largest_contentful_paint_ms"] = 9_000
    lines = write_report("text", compared([page(0, "/a" * 40)], [page(0, "/a" * 40, **slow)]))
    assert lines[4] == (
        "= +0:00.000 LOCATION " + "/a" * 15 + "… | +0:00.000 LOCATION " + "/a" * 15 + "…"
        "  no load in the first: a route change, or every timing was over 30 s"
        " · only in the second: 1 poor load"
    )
    fast: Any = dict.fromkeys(slow, 100)
    lines = write_report(
        "text", compared([page(0, "/a" * 40, **fast)], [page(0, "/a" * 40, **slow)])
    )
    assert lines[4].startswith("~ +0:00.000 LOCATION /a/a/a/a/a/a/a/… LCP 100ms good")


def test_what_was_entered_is_in_none_of_them() -> None:
    first = [Input("INPUT", 0, {"value": "s3cret"}, label="Email", value="s3cret")]
    second = [Input("INPUT", 0, {"value": "t0ken"}, label="Phone", value="t0ken")]
    for kind in COMPARISON_FORMATS:
        text = "\n".join(write_report(kind, compared(first, second)))
        assert "Email" in text
        assert "s3cret" not in text
        assert "t0ken" not in text


@pytest.mark.parametrize("kind", COMPARISON_FORMATS)
def test_two_sessions_without_events_are_no_failure(kind: str) -> None:
    text = "\n".join(write_report(kind, compared([], [])))
    if kind == "json":
        assert parsed(compared([], []))["pages"] == []
    else:
        assert "no differences" in text


def test_a_session_that_is_not_whole_is_said_to_be_so_first() -> None:
    part = Session.of(SessionRef("acme", "42"), GOOD[:2], 4)
    comparison = compare_sessions(View(Analysis(part)), View(Analysis(session_of(GOOD))))
    caution = "The first session is incomplete: 2 of 4 events have not come."
    assert write_report("text", comparison)[3].startswith(caution)
    assert write_report("md", comparison)[5].startswith(f"- **Beware:** `{caution}")
    assert parsed(comparison)["cautions"][0].startswith(caution)
