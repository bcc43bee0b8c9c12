"""Reduced updates leave the terminal with the same screen as whole ones, for fewer bytes."""

from __future__ import annotations

from collections.abc import Sequence

import pyte
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import LayoutUpdate  # Textual has no public name for it
from textual.geometry import Region
from textual.strip import Strip

from eventview.tui.screen_diff import ScreenDiff

COLUMNS, ROWS = 12, 3
CONSOLE = Console(color_system="truecolor", force_terminal=True)
STYLES = [
    None,
    *map(
        Style.parse,
        (
            "#d5dae1 on #12161c", "bold #d5dae1 on #12161c", "reverse #3a4656 on #12161c",
            "underline on #12161c", "red", "on blue", "bright_red on bright_black",
            "color(120) on color(30)", "italic bold default on default",
        ),
    ),
]  # fmt: skip

segments = st.tuples(
    st.text("ab ─▸漢é\u0301", min_size=1, max_size=8), st.sampled_from(STYLES)
).map(lambda parts: Segment(*parts))


def line_of(parts: Sequence[Segment]) -> Strip:
    """Return a line whose combining characters have a cell of their own line before them."""
    return Strip([Segment("|"), *parts]).adjust_cell_length(COLUMNS - 1).adjust_cell_length(COLUMNS)


lines = st.lists(segments, max_size=4).map(line_of)
screens = st.lists(lines, min_size=ROWS, max_size=ROWS)


def update_of(strips: Sequence[Strip], width: int = COLUMNS) -> LayoutUpdate:
    return LayoutUpdate([[strip] for strip in strips], Region(0, 0, width, len(strips)))


def cells_of(screen: pyte.Screen) -> list[list[object]]:
    """Return what is seen in each cell of a terminal."""
    return [
        [
            # The colour and weight of a blank are not seen.
            cell._replace(fg="", bold=False, italics=False)
            if cell.data == " " and not (cell.reverse or cell.underscore)
            else cell
            for cell in (screen.buffer[y][x] for x in range(COLUMNS))
        ]
        for y in range(ROWS)
    ]


@settings(max_examples=40)
@given(st.lists(screens, min_size=1, max_size=4))
def test_the_terminal_shows_the_same_as_without_reduction(pictures: list[list[Strip]]) -> None:
    diff, (whole, reduced) = ScreenDiff(), (pyte.Screen(COLUMNS, ROWS) for _ in range(2))
    for picture in pictures:
        for screen, update in (
            (whole, update_of(picture)),
            (reduced, diff.reduce(update_of(picture))),
        ):
            pyte.Stream(screen).feed(update.render_segments(CONSOLE))
        assert cells_of(reduced) == cells_of(whole)


def test_nothing_is_written_for_what_is_shown_already() -> None:
    diff, line = ScreenDiff(), Strip([Segment("row 1 of 9", STYLES[1])])
    assert diff.reduce(update_of([line])).render_segments(CONSOLE)
    again = Strip([Segment("row 1", STYLES[1]), Segment(" of 9", STYLES[1])])
    assert diff.reduce(update_of([again])).render_segments(CONSOLE) == ""
    diff.forget()
    assert diff.reduce(update_of([line])).render_segments(CONSOLE)


def test_only_cells_that_differ_are_written() -> None:
    diff = ScreenDiff()
    diff.reduce(update_of([Strip([Segment("row 1 of 9", STYLES[1])])])).render_segments(CONSOLE)
    next_row = Strip([Segment("row 2 of 9", STYLES[1])])
    written = diff.reduce(update_of([next_row])).render_segments(CONSOLE)
    assert written == "\x1b[38;2;213;218;225;48;2;18;22;28m\x1b[1;5H2\x1b[0m"


def test_colours_are_set_once_for_all_that_changes() -> None:
    lines = [Strip([Segment("name ", STYLES[1]), Segment("value", STYLES[5])])] * ROWS
    written = ScreenDiff().reduce(update_of(lines)).render_segments(CONSOLE)
    assert written.count("m") == 3 + ROWS, "two colours and a reset, and the names"


def test_flags_are_written_whole() -> None:
    diff = ScreenDiff()
    diff.reduce(update_of([Strip([Segment("🇩🇪 Menu")])])).render_segments(CONSOLE)
    written = diff.reduce(update_of([Strip([Segment("🇩🇰 Menu")])])).render_segments(CONSOLE)
    assert "🇩🇰 Menu" in written


def test_cells_that_a_wider_character_may_have_covered_are_written_again() -> None:
    diff, detail = ScreenDiff(), Strip([Segment("│ detail")])
    region = Region(0, 0, COLUMNS, 1)
    for row in (Strip([Segment("漢 1")]), Strip([Segment("漢 2")])):
        update = diff.reduce(LayoutUpdate([[row, detail]], region))
        assert "│ detail" in update.render_segments(CONSOLE)
    update = diff.reduce(LayoutUpdate([[row, detail]], region))
    assert update.render_segments(CONSOLE) == ""
