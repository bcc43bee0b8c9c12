"""The view as plain text: aligned, a line an event, nothing a terminal would act on."""

import unicodedata

import pytest

from eventview.analysis.analysis import Analysis
from eventview.export.formats import plain_lines
from eventview.export.snapshot import ExportSnapshot
from eventview.query.query import Query, TypeChoice
from eventview.render import rows
from eventview.session.events import Event
from eventview.session.position import Position
from eventview.session.session import Session
from eventview.session.text import shorten, width
from eventview.view.time_display import TimeDisplay, TimeMode
from eventview.view.view import View
from eventview.view.view_options import RowWindow, ViewOptions
from eventview.wire.v1 import read_answer
from tests.conftest import session_of
from tests.tables import each_row

HEAD = 3
"""Lines above the rows without filters: the session at a glance, blank, column titles."""


def test_the_documented_example_as_text(documented: Session) -> None:
    assert list(plain_lines(ExportSnapshot(View(Analysis(documented))))) == [
        "acme › 42 · 14s · 3 of 3 events · 2 pages · /my-account/ → /product/beanie-with-logo/ · "
        "no signals · from 2021-06-11 19:48:25.732 UTC",
        "",
        "      TIME     Δ  TYPE      SIGNAL  WHAT",
        " +0:00.000        LOCATION          /my-account/",
        " +0:09.394  9.4s  CLICK             Shop",
        " +0:14.196  4.8s  LOCATION          /product/beanie-with-logo/",
    ]


def test_every_text_starts_in_the_same_cell(checkout: Session) -> None:
    *head, titles = list(plain_lines(ExportSnapshot(View(Analysis(checkout)))))[:HEAD]
    listed = [
        line
        for line in list(plain_lines(ExportSnapshot(View(Analysis(checkout)))))[HEAD:]
        if "┄┄" not in line
    ]
    assert head[0].startswith("acme › 42 · 24m57s · 180 of 180 events · 31 pages · ")
    assert len(listed) == 180
    place = width(titles.removesuffix("WHAT"))
    for index, line in enumerate(listed):
        text = shorten(rows.build_row(Analysis(checkout), index).what, 1000).rstrip()
        assert line.endswith(text)
        assert width(line.removesuffix(text)) == place
        assert rows.build_row(Analysis(checkout), index).time in line
        assert all(
            badges.text in line for badges in rows.build_badges(Analysis(checkout), index)[-1:]
        )


def test_silences_stand_between_the_rows(checkout: Session) -> None:
    shown = list(plain_lines(ExportSnapshot(View(Analysis(checkout)))))
    places = [number for number, line in enumerate(shown) if "┄┄" in line]
    assert [shown[place].strip() for place in places] == [
        "┄┄ no events for 1m38s ┄┄",
        "┄┄ no events for 4m25s ┄┄",
        "┄┄ no events for 2m26s ┄┄",
    ]
    assert [shown[place + 1].split()[0] for place in places] == [
        "+2:44.426",
        "+7:59.195",
        "+11:55.053",
    ]


def test_the_first_line_is_the_session_at_a_glance(checkout: Session) -> None:
    glance = next(plain_lines(ExportSnapshot(View(Analysis(checkout)))))
    for part in (
        "/ → /", "slowest load LCP 8.1s poor (/checkout/payment)", "longest silence 4m25s",
        "3 rage clicks", "7 poor loads", "3 silences",
    ):  # fmt: skip
        assert part in glance


def test_a_moment_is_marked_and_the_rows_before_it_are_all_there_is(checkout: Session) -> None:
    at = Position.parse("+3:15")
    marked = list(
        plain_lines(ExportSnapshot(View(Analysis(checkout), ViewOptions(window=RowWindow(at)))))
    )
    assert [line.split()[1] for line in marked if line.startswith(">")] == ["+3:14.295"]
    few = list(
        plain_lines(
            ExportSnapshot(View(Analysis(checkout), ViewOptions(window=RowWindow(at, 10, 0))))
        )
    )
    assert " 11 of 180 shown " in few[0]
    assert few[-1].startswith(">+3:14.295")
    assert len([line for line in few if "+3:" in line]) > 5


def test_what_is_only_near_a_match_is_told_apart(checkout: Session) -> None:
    options = ViewOptions(filter=Query.parse("wishlist"), context=(1, 1))
    rows = list(plain_lines(ExportSnapshot(View(Analysis(checkout), options))))[HEAD + 1 :]
    assert [row[0] for row in rows] == ["·", " ", "·"]


def test_a_find_marks_its_hits_and_hides_nothing(checkout: Session) -> None:
    shown = list(
        plain_lines(
            ExportSnapshot(View(Analysis(checkout), ViewOptions(find=Query.parse("apply"))))
        )
    )
    assert shown[1].startswith("find: ")
    assert shown[1].endswith(" · 7 hits marked *")
    rows = [line for line in shown[HEAD + 1 :] if "┄┄" not in line]
    assert len(rows) == 180
    marked = [index for index, line in enumerate(rows) if line.startswith("*")]
    assert marked == [29, 30, 31, 32, 33, 34, 36]
    assert all(line.startswith(("*", " ")) for line in rows)


def test_a_filter_leaves_its_rows_only_and_is_named(checkout: Session) -> None:
    options = ViewOptions(TypeChoice(frozenset({"input"}), only=True), Query.parse("promo"))
    shown = list(plain_lines(ExportSnapshot(View(Analysis(checkout), options))))
    assert " 2 of 180 shown " in shown[0]
    assert shown[1].startswith("only input · filter: ")
    assert [line.split("  ")[-1] for line in shown[HEAD + 1 :]] == [
        "Promo code = **********",
        "Promo code = ••••••••••",
    ]


def test_a_view_without_rows_is_its_head_alone(checkout: Session) -> None:
    shown = list(
        plain_lines(
            ExportSnapshot(View(Analysis(checkout), ViewOptions(filter=Query.parse("zzz"))))
        )
    )
    assert shown[0].startswith("acme › 42 · 24m57s · 0 of 180 shown · ")
    assert shown[2:] == [""]
    assert list(plain_lines(ExportSnapshot(View(Analysis(session_of([])))))) == [
        "acme › 42 · 0ms · 0 of 0 events · 0 pages · no signals",
        "",
    ]


@each_row(
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
    view = View(
        Analysis(session_of(read_answer(sent).events)),
        ViewOptions(find=Query.parse(f'"{hostile[:100]}"')),
    )
    text = "\n".join(plain_lines(ExportSnapshot(view)))
    assert len(text.splitlines()) == HEAD + 1 + len(sent)
    assert text.count(f"  {shown}\n") == 4
    assert not [c for c in text.replace("\n", "") if unicodedata.category(c)[0] == "C"]
    text.encode()  # raises for what no file can hold


def test_a_type_as_long_as_its_sender_likes_does_not_push_the_other_rows_away() -> None:
    made = [Event("A" * 10_000, 0, {"name": "a"}), Event("X", 0, {"name": "b"})]
    *_, first, second = list(plain_lines(ExportSnapshot(View(Analysis(session_of(made))))))
    assert first.split() == ["+0:00.000", "A" * 23 + "…", "a"]
    assert len(second) < 80


@pytest.mark.usefixtures("in_berlin")
def test_the_column_of_times_is_as_wide_as_its_times() -> None:
    fold_ms = 1_761_431_400_000  # 2025-10-26 00:30 in Berlin
    hours = (-1, 2, 3)
    session = session_of([Event("X", fold_ms + hour * 3_600_000, {}) for hour in hours])
    head = "2025-10-26 02:30:00.000 CE"
    lines_of_events = [
        line.strip()
        for line in plain_lines(
            ExportSnapshot(View(Analysis(session)), TimeDisplay(TimeMode.LOCAL))
        )
    ]
    one, two = (line for line in lines_of_events if line.startswith(head))
    for index, line in enumerate((one, two), 1):
        shown = line.partition("  ")[0]
        assert Position.parse(shown).index(session) == index, "in whichever zone it is read"


def test_wide_and_unknown_types_and_times_stay_in_their_columns() -> None:
    made = [Event("日本語イベント", 3_600_000_000, {"name": "a"}), Event("X", 0, {"name": "b"}),
            Event("X", None, {"name": "c"})]  # fmt: skip
    titles, *rows = list(plain_lines(ExportSnapshot(View(Analysis(session_of(made))))))[HEAD - 1 :]
    assert [row[-1] for row in rows] == ["b", "c", "a"]
    assert {width(row[:-1]) for row in rows} == {width(titles.removesuffix("WHAT"))}
    assert rows[1].split() == ["?", "X", "c"]
    assert rows[2].split() == ["+1000:00:00.000", "日本語イベント", "a"]
