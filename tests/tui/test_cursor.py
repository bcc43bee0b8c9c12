"""The cursor's event: it stays through every way of showing less or more of a session."""

from __future__ import annotations

import pytest

from eventview.query.query import Query, TypeChoice
from eventview.session.position import Position
from eventview.session.session import Session
from eventview.session.source import Batch
from eventview.view.view_options import RowWindow, ViewOptions
from tests.tui.stage import SMALL, WIDE, Given, Hand, Stage, staged

RESEND = "Resend code"


async def click_piece(stage: Stage) -> None:
    """Click the × of the filter's first piece."""
    bar = next(n for n, line in enumerate(stage.lines) if "×" in line and "filter" in line)
    await stage.pilot.click(offset=(stage.lines[bar].index("×"), bar))
    await stage.pilot.pause()


@pytest.mark.parametrize("drop", ["escape", "backspace", "×", "& empty"])
async def test_the_one_match_of_a_filter_keeps_the_cursor_when_the_filter_goes(
    checkout: Session, drop: str
) -> None:
    async with staged(Given.session(checkout), size=SMALL) as stage:
        await stage.press("G", "k", "ampersand", *"resend", "enter", "enter", "escape")
        assert RESEND in stage.cursor
        if drop == "×":
            await click_piece(stage)
        elif drop == "& empty":
            await stage.press("ampersand", "ctrl+u", "enter")
        else:
            await stage.press(drop)
        assert "180 of 180 events" in stage.title
        assert RESEND in stage.cursor


@pytest.mark.parametrize(
    ("options", "moment", "key"),
    [
        (ViewOptions(TypeChoice(frozenset({"input"}), only=True)), None, "0"),
        (ViewOptions(find=Query.parse("resend"), window=RowWindow(None, 3, None)), None, "escape"),
        (
            ViewOptions(window=RowWindow(Position.parse("#60"), 3, 3)),
            Position.parse("#60"),
            "backspace",
        ),
    ],
)
async def test_what_the_command_line_hides_leaves_the_cursor_when_it_goes(
    checkout: Session, options: ViewOptions, moment: Position | None, key: str
) -> None:
    async with staged(Given.session(checkout), options=options, moment=moment) as stage:
        before = stage.cursor[2:14]
        await stage.press(key)
        assert "180 of 180 events" in stage.title
        assert stage.cursor[2:14] == before


async def test_a_session_fetched_again_keeps_the_cursor_on_its_event(checkout: Session) -> None:
    early, late = list(checkout.events[:100]), list(checkout.events[100:])
    first, second = [*early[20:], *late[:40]], [*early, *late]
    source = Given([Batch(first, len(first))], [Batch(second, len(second))])
    async with staged(source, options=ViewOptions(filter=Query.parse("resend"))) as stage:
        assert RESEND in stage.cursor
        await stage.press("r")
        await stage.until(lambda: "of 180 shown" in stage.title)
        assert RESEND in stage.cursor
        await stage.press("escape")
        assert RESEND in stage.cursor


async def test_events_that_come_while_a_find_is_typed_leave_both_places(checkout: Session) -> None:
    hand = Hand()
    async with staged(hand, wait=False) as stage:
        hand.give(Batch(checkout.events[60:], 180))
        await stage.until(lambda: "+0:" in stage.text)
        await stage.press(*"jjj")
        before = stage.cursor.split(" ", 3)[-1].split("s ", 1)[-1]
        await stage.press("slash", *"resend")
        assert RESEND in stage.cursor
        hand.give(Batch(checkout.events[:60], 180))
        hand.give(None)
        await stage.until(lambda: "180 of 180" in stage.title)
        assert RESEND in stage.cursor
        await stage.press("escape")
        assert stage.cursor.endswith(before)


# --- a find while it is typed


@pytest.mark.parametrize("size", [WIDE, (40, 12)])
async def test_a_find_moves_the_screen_while_it_is_typed_and_esc_moves_it_back(
    checkout: Session, size: tuple[int, int]
) -> None:
    async with staged(Given.session(checkout), size=size) as stage:
        await stage.press(*"jjj", "ctrl+d", "k")
        before, here = stage.lines, stage.cursor
        await stage.press("slash", *"resend")
        assert "Resend" in stage.cursor
        await stage.type("zzz")
        assert stage.cursor == here, "without a hit it is where it was"
        await stage.press("backspace", "backspace", "backspace")
        assert "Resend" in stage.cursor
        await stage.press("escape")
        await stage.until(lambda: stage.lines == before)


# --- a step back


async def test_a_find_and_its_window_go_together(checkout: Session) -> None:
    options = ViewOptions(find=Query.parse("apply"), window=RowWindow(None, 3, 0))
    async with staged(Given.session(checkout), options=options, size=SMALL) as stage:
        assert "3 before and 0 after each hit" in stage.text
        await click_piece(stage)
        assert "180 of 180 events" in stage.title
        assert "each hit" not in stage.text


# --- context


async def test_a_run_of_which_anything_matches_is_no_context(checkout: Session) -> None:
    options = ViewOptions(filter=Query.parse("is:rage"), context=(2, 2))
    async with staged(Given.session(checkout), options=options, size=(120, 60)) as stage:
        runs = [row for row in stage.rows if "rage ×" in row]
        assert runs
        assert not [row for row in runs if row[1] == "·"]
        assert [row for row in stage.rows if row[1] == "·"]
        await stage.press("H")
        folded = [row for row in stage.rows if "rage" in row]
        assert folded
        assert not [row for row in folded if row[1] == "·"]
