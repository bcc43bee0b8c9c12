"""Texts of the detail pane and the dialogs, at widths from narrow to wide."""

from __future__ import annotations

import pytest

from eventview.analysis.analysis import Analysis
from eventview.analysis.signal_kinds import RAGE, SLOW
from eventview.comparison.diff import compare_sessions
from eventview.query.query import Query
from eventview.render.event_fields import Field
from eventview.render.summary import summary_fields
from eventview.session.events import Click, Location
from eventview.session.metrics import LoadMetrics
from eventview.session.session import Session
from eventview.session.text import width
from eventview.tui.commands import GROUPS, list_commands
from eventview.tui.screens.dialogs import help_text, overview_text
from eventview.tui.screens.step_details import step_text
from eventview.tui.widgets.detail_pane import format_detail
from eventview.tui.widgets.sections import draw_field
from eventview.view.view import View
from eventview.view.view_options import ViewOptions
from tests.conftest import session_of


def detail_of(session: Session, index: int, find: str = "", cells: int = 60) -> str:
    """Return the detail of an event as plain text."""
    view = View(Analysis(session), ViewOptions(find=Query.parse(find)))
    return "\n".join(line.plain for line in format_detail(view, index, cells))


def words_of(text: str) -> str:
    """Return a text without its line breaks and indents."""
    return " ".join(text.split())


def test_a_value_goes_on_below_itself_and_its_note_below_that() -> None:
    field = Field("selector", "#cart button.apply", "of the label that was clicked")
    assert [line.plain for line in draw_field(field, 24)] == [
        "selector    #cart",
        "            button.apply",
        "            of the label",
        "            that was",
        "            clicked",
    ]


def test_a_name_that_is_too_long_is_a_line_of_its_own() -> None:
    field = Field("largest contentful paint", "2 s")
    assert [line.plain for line in draw_field(field, 24)] == [
        "largest contentful paint",
        "            2 s",
    ]


def test_hits_are_marked_in_values_and_in_what_was_sent() -> None:
    session = session_of([Click("CLICK", 0, {"label": "Pay now"}, label="Pay now")])
    view = View(Analysis(session), ViewOptions(find=Query.parse("pay")))
    marked = [
        line.plain[span.start : span.end]
        for line in format_detail(view, 0, 60)
        for span in line.spans
        if "warning" in str(span.style)
    ]
    assert marked == ["Pay", "Pay"]


@pytest.mark.parametrize("cells", [30, 40, 100])
def test_no_line_of_a_detail_is_longer_than_the_pane(checkout: Session, cells: int) -> None:
    for index in range(0, 180, 10):
        lines = detail_of(checkout, index, cells=cells).split("\n")
        assert max(map(width, lines)) <= cells


def test_the_detail_of_a_click_tells_where_and_when(checkout: Session) -> None:
    detail = detail_of(checkout, 2)
    assert detail.split("\n")[1].split() == ["label", "Women"]
    for expected in ("3159 ms", "6.24 % from the left", "opened 4.0s before", "2.0s earlier"):
        assert expected in detail
    assert '"messageId": 110' in detail


def test_the_detail_tells_the_rule_behind_a_signal(checkout: Session) -> None:
    rage = View(Analysis(checkout)).events_with({RAGE})[0]
    detail = words_of(detail_of(checkout, rage))
    assert "5 clicks on “Apply” within 593ms" in detail
    rule = "3 clicks or more on one label or selector, each less than 300 ms after the last"
    assert rule in detail


def test_a_page_load_is_drawn_and_every_figure_rated(checkout: Session) -> None:
    slow = View(Analysis(checkout)).events_with({SLOW})[1]
    detail = detail_of(checkout, slow)
    assert "━" in detail
    for words in ("13540 ms poor", "2569 ms needs work", "good up to 2500 ms, poor over"):
        assert words in words_of(detail)


def test_a_route_change_is_not_rated(checkout: Session) -> None:
    route = next(
        index
        for index, event in enumerate(checkout.events)
        if isinstance(event, Location) and event.path == "/c/women/jackets"
    )
    detail = words_of(detail_of(checkout, route))
    assert "A client-side route change has no load of its own" in detail
    assert "poor" not in detail.partition("as sent")[0]
    assert "━" not in detail


def test_a_long_field_at_a_glance_goes_on_below_itself() -> None:
    path = "/catalogue/" + "/".join(["outdoor-and-hiking"] * 4)
    session = session_of([Location("LOCATION", 0, {}, path=path)])
    lines = overview_text(summary_fields(Analysis(session)), 44).plain.split("\n")
    entry = next(number for number, line in enumerate(lines) if line.startswith("entry"))
    column = lines[entry].index("/catalogue/")
    assert lines[entry + 1].index("outdoor-and-hiking") == column
    assert not lines[entry + 1][:column].strip()


@pytest.mark.parametrize("cells", [38, 54, 74])
def test_a_long_line_of_help_goes_on_below_its_text(cells: int) -> None:
    lines = [line.rstrip() for line in help_text(GROUPS, cells).plain.split("\n")]
    assert max(map(width, lines)) <= cells
    keys = lines[: lines.index("What to find and filter by")]
    column = next(line.index("one row down") for line in keys if "one row down" in line)
    assert any(line.startswith(" " * column) for line in keys), "some go on"
    titles = {group.title for group in GROUPS}
    labels = {shown for group in GROUPS for shown, _ in list_commands(group)}
    for line in keys:
        assert line in titles or line[:column].strip() in labels | {""}
    for line in lines[len(keys) :]:
        assert line not in {"text", "click", "completes.", "it", "figures", "▲ you"}


def test_both_loads_of_a_page_stand_beside_each_other() -> None:
    def view_of(load: LoadMetrics) -> View:
        return View(
            Analysis(session_of([Location("LOCATION", 0, {}, path="/a", packed_load=load)]))
        )

    first = view_of(LoadMetrics(load_ms=900, speed_index_ms=500))
    comparison = compare_sessions(first, view_of(LoadMetrics(load_ms=8_000)))
    text = step_text(comparison, 0, 78).plain
    rows = [" ".join(line.split()) for line in text.split("\n")]
    assert "load first second" in rows
    assert "~ load event end 900ms good 8.0s poor" in rows
    assert "speed index 500ms good not measured" in rows
    assert "page load, this visit" not in text, "it is told already"
