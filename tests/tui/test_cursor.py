"""The cursor's event: it stays through every way of showing less or more of a session."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from eventview.query.query import Query, TypeChoice
from eventview.session.events import PERFORMANCE, Click, Location, Performance
from eventview.session.position import Position
from eventview.session.session import Session
from eventview.session.source import Batch
from eventview.view.view_options import RowWindow, ViewOptions
from tests.conftest import session_of
from tests.tui.stage import SMALL, WIDE, Given, Hand, Stage, staged

RESEND = "Resend code"


async def click_piece(stage: Stage) -> None:
    """Click the × of the filter's first piece."""
    bar = next(n for n, line in enumerate(stage.lines) if "×" in line and "filter" in line)
    await stage.pilot.click(offset=(stage.lines[bar].index("×"), bar))
    await stage.pilot.pause()


@pytest.mark.parametrize("before", [(), ("x",), ("G", "k")], ids=["start", "moved", "end"])
@pytest.mark.parametrize("between", [(), ("enter", "escape"), ("z",)], ids=["at once", "read", "z"])
@pytest.mark.parametrize("drop", ["escape", "backspace", "×", "& empty"])
async def test_the_one_match_of_a_filter_keeps_the_cursor_when_the_filter_goes(
    checkout: Session, before: Sequence[str], between: Sequence[str], drop: str
) -> None:
    async with staged(Given.session(checkout), size=SMALL) as stage:
        await stage.press(*before, "ampersand", *"resend", "enter", *between)
        assert RESEND in stage.cursor
        if drop == "×":
            await click_piece(stage)
        elif drop == "& empty":
            await stage.press("ampersand", "ctrl+u", "enter")
        else:
            await stage.press(drop, *(["backspace"] if between == ("z",) else []))
        assert "180 of 180 events" in stage.title
        assert RESEND in stage.cursor


async def test_several_matches_leave_the_cursor_on_the_nearest_and_give_it_back(
    checkout: Session,
) -> None:
    async with staged(Given.session(checkout), size=SMALL) as stage:
        await stage.press("colon", *"#60", "enter")
        before = stage.cursor
        await stage.press("ampersand", *"type:location", "enter")
        near = stage.cursor
        assert near != before
        await stage.press("escape")
        assert stage.cursor == before
        for after in (("j", "k"), ("enter", "escape")):
            await stage.press("ampersand", *"type:location", "enter", *after, "escape")
            assert stage.cursor.split()[1] == near.split()[1]
            await stage.press("colon", *"#60", "enter")


async def test_the_nearest_may_be_before_the_event() -> None:
    labels = ["a", "match", "b", "c", "d", "match too"]
    events = [Click("CLICK", n * 1000, {}, label=label) for n, label in enumerate(labels)]
    async with staged(Given.session(session_of(events))) as stage:
        for row, label in ((2, "match"), (3, "match too"), (4, "match too"), (0, "match")):
            await stage.press("g", *"j" * row, "ampersand", *"match", "enter")
            assert stage.cursor.endswith(label)
            await stage.press("escape")
            assert stage.cursor.endswith(labels[row])


@pytest.mark.parametrize(
    ("hide", "show"),
    [
        (("2",), ("2",)),
        (("2",), ("0",)),
        (("2",), ("escape",)),
        (("2", "3"), ("3", "2")),
        (("h",), ("l",)),
        (("H",), ("L",)),
        (("ampersand", *"type:location"), ("escape",)),
        (("slash", *"apply"), ("escape",)),
        (("slash", *"zzzz"), ("escape",)),
        (("ampersand", *"zzzz", "enter"), ("escape",)),
        (("ampersand", *"type:location is:slow", "enter"), ("backspace", "backspace")),
        (("p",), ("p",)),
        (("t", "t"), ("t", "t", "T", "T")),
    ],
    ids=" ".join,
)
async def test_what_hides_the_cursors_event_gives_it_back(
    checkout: Session, hide: Sequence[str], show: Sequence[str]
) -> None:
    async with staged(Given.session(checkout), size=SMALL) as stage:
        await stage.press("colon", *"+3:20.646", "enter")
        before = stage.cursor
        assert "CLICK" in before
        await stage.press(*hide)
        await stage.press(*show)
        assert stage.cursor[2:14] == before[2:14]
        assert "180 of 180 events" in stage.title


async def test_a_sample_under_the_cursor_is_given_back() -> None:
    events = [
        Location("LOCATION", 0, {}, path="/"),
        *(Performance(PERFORMANCE, n * 1000, {}) for n in (1, 2, 3)),
        Click("CLICK", 9_000, {}, label="Pay"),
    ]
    async with staged(Given.session(session_of(events))) as stage:
        await stage.press("j", "j")
        before = stage.cursor
        assert PERFORMANCE in before
        await stage.press("p")
        assert "2 of 5 shown" in stage.title
        await stage.press("p")
        assert stage.cursor == before


@pytest.mark.parametrize(
    ("options", "moment", "keys"),
    [
        (ViewOptions(filter=Query.parse("resend")), None, ["escape"]),
        (ViewOptions(filter=Query.parse("is:slow")), None, ["escape"]),
        (ViewOptions(TypeChoice(frozenset({"input"}), only=True)), None, ["0"]),
        (ViewOptions(TypeChoice(frozenset({"input"}), only=True)), None, ["escape"]),
        (ViewOptions(find=Query.parse("resend")), None, ["escape"]),
        (
            ViewOptions(find=Query.parse("resend"), window=RowWindow(None, 3, None)),
            None,
            ["escape"],
        ),
        (
            ViewOptions(window=RowWindow(Position.parse("#60"), 3, 3)),
            Position.parse("#60"),
            ["escape"],
        ),
        (ViewOptions(window=RowWindow(Position.parse("#60"), 3, 3)), None, ["escape"]),
        (
            ViewOptions(window=RowWindow(Position.parse("#60"), 3, 3)),
            Position.parse("#60"),
            ["backspace"],
        ),
    ],
)
async def test_what_the_command_line_hides_leaves_the_cursor_when_it_goes(
    checkout: Session, options: ViewOptions, moment: Position | None, keys: Sequence[str]
) -> None:
    async with staged(Given.session(checkout), options=options, moment=moment) as stage:
        before = stage.cursor[2:14]
        await stage.press(*keys)
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


@pytest.mark.parametrize("size", [WIDE, SMALL, (40, 12)])
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


async def test_a_find_that_is_kept_leaves_the_cursor_where_it_led(checkout: Session) -> None:
    async with staged(Given.session(checkout), size=SMALL) as stage:
        await stage.press("slash", *"resend", "enter", "escape")
        assert RESEND in stage.cursor
        assert "180 of 180 events" in stage.title


# --- a step back


@pytest.mark.parametrize("first", ["escape", "backspace", "×", "/ empty"])
async def test_a_find_and_its_window_go_together(checkout: Session, first: str) -> None:
    options = ViewOptions(find=Query.parse("apply"), window=RowWindow(None, 3, 0))
    async with staged(Given.session(checkout), options=options, size=SMALL) as stage:
        assert "3 before and 0 after each hit" in stage.text
        match first:
            case "×":
                await click_piece(stage)
            case "/ empty":
                await stage.press("slash", "ctrl+u", "enter")
            case _:
                await stage.press(first)
        assert "180 of 180 events" in stage.title
        assert "each hit" not in stage.text
        await stage.press("escape", "slash", *"resend", "enter")
        if first == "escape":
            assert "180 of 180 events" in stage.title, "the window does not come back"


async def test_a_step_back_never_ends_at_an_empty_list() -> None:
    events = [Performance(PERFORMANCE, n * 1000, {}) for n in range(3)]
    options = ViewOptions(TypeChoice(frozenset({PERFORMANCE.lower()}), only=True))
    async with staged(Given.session(session_of(events)), options=options) as stage:
        assert "3 of 3 events" in stage.title
        await stage.press("escape")
        assert "3 of 3 events" in stage.title


# --- context


@pytest.mark.parametrize("query", ["is:rage", "type:click is:rage", "-Sort apply"])
async def test_a_run_of_which_anything_matches_is_no_context(checkout: Session, query: str) -> None:
    options = ViewOptions(filter=Query.parse(query), context=(2, 2))
    async with staged(Given.session(checkout), options=options, size=(120, 60)) as stage:
        runs = [row for row in stage.rows if "rage ×" in row]
        assert runs
        assert not [row for row in runs if row[1] == "·"]
        assert [row for row in stage.rows if row[1] == "·"]
        await stage.press("H")
        folded = [row for row in stage.rows if "rage" in row]
        assert folded
        assert not [row for row in folded if row[1] == "·"]
