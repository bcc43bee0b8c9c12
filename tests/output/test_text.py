"""The view as plain text: aligned, a line an event, nothing a terminal would act on."""

import unicodedata

import pytest

from eventview.model import wording
from eventview.model.cells import width
from eventview.model.events import Event
from eventview.model.query import Query, TypeChoice
from eventview.model.session import Session
from eventview.model.text import shorten
from eventview.model.view import Lens, View
from eventview.output.text import lines
from eventview.sources.openreplay.v1 import reading_of
from tests.conftest import session_of

HEAD = 4
"""Lines above the rows when there is no lens: name, counts, blank, column titles."""


def test_the_documented_example_as_text(documented: Session) -> None:
    assert list(lines(View(documented))) == [
        "acme › 42",
        "14s · 3 of 3 events · 2 pages · from 2021-06-11 19:48:25.732 UTC",
        "",
        "      TIME     Δ  TYPE      LOAD  WHAT",
        " +0:00.000        LOCATION        /my-account/",
        " +0:09.394  9.4s  CLICK           Shop",
        " +0:14.196  4.8s  LOCATION        /product/beanie-with-logo/",
    ]


def test_every_text_starts_in_the_same_cell(checkout: Session) -> None:
    *head, titles = list(lines(View(checkout)))[:HEAD]
    rows = list(lines(View(checkout)))[HEAD:]
    assert head[1].startswith("24m57s · 180 of 180 events · 31 pages · ")
    assert len(rows) == 180
    place = width(titles.removesuffix("WHAT"))
    for index, line in enumerate(rows):
        text = shorten(wording.row(checkout, index).what, 1000).rstrip()
        assert line.endswith(text)
        assert width(line.removesuffix(text)) == place
        assert wording.row(checkout, index).time in line
        assert wording.row(checkout, index).aside in line


def test_a_find_marks_its_hits_and_hides_nothing(checkout: Session) -> None:
    shown = list(lines(View(checkout, Lens(find=Query.parse("apply")))))
    assert shown[2] == "find apply · 7 hits marked *"
    rows = shown[HEAD + 1 :]
    assert len(rows) == 180
    marked = [index for index, line in enumerate(rows) if line.startswith("*")]
    assert marked == [29, 30, 31, 32, 33, 34, 36]
    assert all(line.startswith(("*", " ")) for line in rows)


def test_a_filter_leaves_its_rows_only_and_is_named(checkout: Session) -> None:
    lens = Lens(TypeChoice(frozenset({"input"}), only=True), Query.parse("promo"))
    shown = list(lines(View(checkout, lens)))
    assert " 2 of 180 shown " in shown[1]
    assert shown[2] == "only input · filter promo"
    assert [line.split("  ")[-1] for line in shown[HEAD + 1 :]] == [
        "Promo code = **********",
        "Promo code = ••••••••••",
    ]


def test_a_view_without_rows_is_its_head_alone(checkout: Session) -> None:
    shown = list(lines(View(checkout, Lens(filter=Query.parse("zzz")))))
    assert shown[1].startswith("24m57s · 0 of 180 shown · ")
    assert shown[2:] == ["filter zzz", ""]
    assert list(lines(View(session_of([])))) == ["acme › 42", "0ms · 0 of 0 events · 0 pages", ""]


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b]52;c;ZXZpbA==\x07", "␛]52;c;ZXZpbA==␇"),
        ("[bold red]x[/]", "[bold red]x[/]"),
        ("one\ntwo\r\u2028three\x85", "one␊two␍<U+2028>three<U+0085>"),
        ("\u202elagel", "<U+202E>lagel"),
        ("\ud800", "<U+D800>"),
        ("x" * 10_000, "x" * 1000 + "… (9,000 more characters)"),
    ],
)
def test_a_hostile_label_stays_one_harmless_line(hostile: str, shown: str) -> None:
    sent = [
        {"type": "CLICK", "timestamp": 1, "label": hostile},
        {"type": "LOCATION", "timestamp": 2, "path": hostile},
        {"type": "INPUT", "timestamp": 3, "label": hostile},
        {"type": "CUSTOM", "timestamp": 4, "name": hostile},
        {"type": hostile[:40], "timestamp": "x", "label": "Shop"},
    ]
    view = View(session_of(reading_of(sent).events), Lens(find=Query.parse(hostile[:100])))
    text = "\n".join(lines(view))
    assert len(text.splitlines()) == HEAD + 1 + len(sent)
    assert text.count(f"  {shown}\n") == 4
    assert not [c for c in text.replace("\n", "") if unicodedata.category(c)[0] == "C"]
    text.encode()  # raises for what no file can hold


def test_a_type_as_long_as_its_sender_likes_does_not_push_the_other_rows_away() -> None:
    made = [Event("A" * 10_000, 0, {"name": "a"}), Event("X", 0, {"name": "b"})]
    *_, first, second = list(lines(View(session_of(made))))
    assert first.split() == ["+0:00.000", "A" * 23 + "…", "a"]
    assert len(second) < 80


def test_wide_and_unknown_types_and_times_stay_in_their_columns() -> None:
    made = [Event("日本語イベント", 3_600_000_000, {"name": "a"}), Event("X", 0, {"name": "b"}),
            Event("X", None, {"name": "c"})]  # fmt: skip
    titles, *rows = list(lines(View(session_of(made))))[HEAD - 1 :]
    assert [row[-1] for row in rows] == ["b", "c", "a"]
    assert {width(row[:-1]) for row in rows} == {width(titles.removesuffix("WHAT"))}
    assert rows[1].split() == ["?", "X", "c"]
    assert rows[2].split() == ["+1000:00:00.000", "日本語イベント", "a"]
