"""CSV: read back by a CSV reader, and no cell of it can run in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json

from hypothesis import example, given
from hypothesis import strategies as st

from eventview.analysis.analysis import Analysis
from eventview.export.formats import CSV_COLUMNS, csv_lines
from eventview.export.snapshot import ExportSnapshot
from eventview.query.query import Query
from eventview.session.events import Click, Event
from eventview.session.position import Position
from eventview.session.session import Session
from eventview.view.time_display import TimeDisplay, TimeMode
from eventview.view.view import View
from eventview.view.view_options import ViewOptions
from eventview.wire.v1 import read_answer
from tests.conftest import session_of
from tests.hostile import hostile
from tests.tables import each_row


def write_csv(snapshot: ExportSnapshot) -> str:
    return "".join(f"{line}\n" for line in csv_lines(snapshot))


def rows(snapshot: ExportSnapshot) -> list[dict[str, str]]:
    text = write_csv(snapshot)
    assert text.startswith("\ufeffn,time,")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def test_every_event_is_a_row_with_its_figures(checkout: Session) -> None:
    found = rows(ExportSnapshot(View(Analysis(checkout))))
    assert len(found) == 180
    assert found[30] == {
        "n": "31",
        "time": "'+3:10.671",
        "utc": "2024-11-13 13:03:11.271 UTC",
        "offset_ms": "190671",
        "delta_ms": "1200",
        "type": "CLICK",
        "what": "Apply",
        "label": "Apply",
        "value": "",
        "selector": "#promo > button",
        "url": "shop.acme-outdoor.example/cart",
        "page": "/cart",
        "page_n": "7",
        "load": "",
        "signals": "rage",
        "hit": "",
        "title": "",
        "context": "",
    }
    assert found[37]["load"] == "load 14s poor"
    assert found[37]["url"].startswith("shop.acme-outdoor.example/cart?promo=error")
    assert found[0]["delta_ms"] == ""


def test_it_holds_what_is_shown_with_the_times_that_are_shown(checkout: Session) -> None:
    options = ViewOptions(
        filter=Query.parse("type:click"), find=Query.parse("apply"), are_runs_rolled=True
    )
    view = View(Analysis(checkout), options)
    found = rows(ExportSnapshot(view, TimeDisplay(TimeMode.UTC)))
    assert [int(row["n"]) - 1 for row in found] == list(view.shown), "each click of a run"
    assert sum(row["hit"] == "yes" for row in found) == 7
    assert found[0]["time"] == "13:00:02.657"


def test_hostile_events_are_as_many_rows_and_columns_and_none_is_a_formula() -> None:
    session = hostile()
    text = write_csv(ExportSnapshot(View(Analysis(session))))
    read = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
    assert len(read) == 1 + len(session.events) == len(text.splitlines())
    assert {len(row) for row in read} == {len(CSV_COLUMNS)}
    for cell in (cell for row in read for cell in row):
        assert not cell.lstrip().startswith(
            ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
        )
        assert len(cell) < 32_767
    labels = [row[CSV_COLUMNS.index("label")] for row in read]
    assert "'=cmd|' /C calc'!A0" in labels
    assert "a | b | c" in labels, "what runs nowhere is as it was"


def test_times_are_no_formula_and_still_read_as_offsets(checkout: Session) -> None:
    found = rows(ExportSnapshot(View(Analysis(checkout)), TimeDisplay(TimeMode.SINCE_ZERO, 30)))
    assert (found[29]["time"], found[31]["time"]) == ("'-0:01.200", "'+0:00.131")
    late = session_of([Event("X", 0, {}), Event("X", 36_000_000, {})])
    cell = rows(ExportSnapshot(View(Analysis(late))))[1]["time"]
    assert Position.parse(cell) == Position(offset_ms=36_000_000), (
        "ten hours later, not at ten o'clock"
    )


@given(st.text())
@example("|=")
def test_any_label_comes_back_as_it_was_cleaned_but_for_added_apostrophes(label: str) -> None:
    entry = {"type": "CLICK", "timestamp": 1, "label": label, "selector": "x"}
    session = session_of(read_answer([entry]).events)
    [row] = rows(ExportSnapshot(View(Analysis(session))))
    [event] = session.events
    assert isinstance(event, Click)
    assert row["label"].replace("'", "") == event.label.replace("'", "")
    assert row["selector"] == "x"


SIGNS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def cells_as_read(line: str, delimiter: str) -> list[str]:
    """The cells of a line for a reader that takes another character for the comma."""
    [read] = csv.reader(io.StringIO(line), delimiter=delimiter, skipinitialspace=True)
    return read


def click(label: str, selector: str = "x") -> Session:
    entry = {"type": "CLICK", "timestamp": 1, "label": label, "selector": selector}
    return session_of(read_answer([entry]).events)


PIECES = st.lists(
    st.sampled_from(
        [*SIGNS, ";", "|", ",", '"', "'", " ", "\u00a0", "\u200b", "\ufeff", "1", "a", "\n", "﹦"]
    ),
    max_size=12,
).map("".join)


@given(PIECES, PIECES)
def test_no_reading_by_another_separator_has_a_formula(label: str, selector: str) -> None:
    lines = csv_lines(ExportSnapshot(View(Analysis(click(label, selector)))))
    _, line = lines
    for delimiter in ",;\t|":
        cells = cells_as_read(line, delimiter)
        found = [cell for cell in cells if cell.strip().startswith(SIGNS)]
        assert not found, (delimiter, line)


@each_row(
    ("label", "expected"),
    [
        ('a;"=1+1;b', "a;'\"=1+1;b"),
        ('a;""" "=1+1', 'a;\'""" "=1+1'),
        ("a|=1+1", "a|'=1+1"),
        ('"=1+1', "'\"=1+1"),
        ("\u00a0=1+1", "'\u00a0=1+1"),
        ("﹦1+1", "'﹦1+1"),
        ("a;b", "a;b"),
        ("from 3 to -5, a-b", "from 3 to -5, a-b"),
    ],
)
def test_formulas_behind_separators_quotes_and_blanks_are_led_by_an_apostrophe(
    label: str, expected: str
) -> None:
    [row] = rows(ExportSnapshot(View(Analysis(click(label)))))
    assert row["label"] == expected


FOREIGN = [
    {"type": "LOCATION", "url": "*", "title": "*", "referrer": "*"},
    {"type": "INPUT", "label": "*", "value": "*"},
    {"type": "CLICK", "label": "*", "selector": "*", "url": "*"},
    {"type": "*", "label": "*", "name": "*"},
    {"type": "ERROR", "name": "*", "message": "*", "source": "*"},
    {"type": "CUSTOM", "name": "*", "payload": {"*": "*"}},
    {"type": "REQUEST", "url": "*", "method": "*", "status": "*"},
    {"type": "ISSUE", "issueType": "*", "contextString": "*"},
]
"""Rows with `*` in each place of foreign text."""


@given(st.sampled_from(FOREIGN), PIECES)
def test_no_column_has_a_formula_by_any_separator(entry: dict[str, object], text: str) -> None:
    sent = json.loads(json.dumps(entry).replace("*", json.dumps(text)[1:-1]))
    session = session_of(read_answer([{"timestamp": 1, **sent}]).events)
    for line in csv_lines(ExportSnapshot(View(Analysis(session)))):
        for delimiter in ",;\t|":
            found = cells_as_read(line, delimiter)
            assert not [cell for cell in found if cell.strip().startswith(SIGNS)], delimiter


def test_a_cell_of_many_formulas_is_no_longer_than_excel_takes() -> None:
    [row] = rows(ExportSnapshot(View(Analysis(click(";=" * 16_000)))))
    assert len(row["label"]) <= 32_767
    assert row["label"].startswith(";'=;'=")


def test_negative_numbers_of_our_own_stay_numbers() -> None:
    session = session_of([Event("X", 5_000, {}), Event("X", 0, {})])
    line = list(csv_lines(ExportSnapshot(View(Analysis(session)))))[2]
    assert cells_as_read(line, ",")[3].lstrip("-").isdecimal()
