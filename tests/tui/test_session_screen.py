"""The session's screen through the keys and the mouse of its user."""

from __future__ import annotations

import signal
import unicodedata
from functools import partialmethod

import pytest
from rich.console import RenderableType
from textual.scrollbar import ScrollBar

from eventview.errors import InternalError, NotFoundError, UnavailableError
from eventview.query.query import Query, TypeChoice
from eventview.session.events import KNOWN_TYPES, Click, Event, Input, Location
from eventview.session.session import Session
from eventview.session.source import Batch
from eventview.session.text import clean
from eventview.tui.app import EventviewApp, run
from eventview.tui.feed import Feed
from eventview.tui.widgets.detail_pane import DetailPane
from eventview.tui.widgets.histogram_bar import HistogramBar
from eventview.view.view_options import InitialView, ViewOptions
from tests.conftest import session_of
from tests.tui.stage import SMALL, Given, Hand, staged

ROWS = 163
"""Rows of the checkout session: four runs of 6, 7, 5 and 3 clicks are a row each."""


def clicks(count: int) -> list[Event]:
    page: list[Event] = [Location("LOCATION", 1_000, {}, path="/shop")]
    return page + [
        Click(
            "CLICK", 2_000 + 1_000 * n, {"type": "CLICK", "label": f"Item {n}"}, label=f"Item {n}"
        )
        for n in range(count - 1)
    ]


async def test_the_documented_session_is_shown_with_its_times_and_label(
    documented: Session,
) -> None:
    async with staged(Given.session(documented), size=(120, 80)) as stage:
        assert stage.rows[0].split()[1:4] == ["+0:00.000", "→", "/my-account/"]
        assert stage.rows[1].split() == ["+0:09.394", "9.4s", "●", "CLICK", "Shop"]
        assert stage.rows[2].split()[:2] == ["+0:14.196", "4.8s"]
        assert stage.text.count("not measured") >= 10
        assert "3 of 3 events" in stage.title


async def test_the_title_and_chips_carry_true_counts(checkout: Session) -> None:
    async with staged(Given.session(checkout)) as stage:
        assert "acme › 42" in stage.title
        assert "180 of 180 events · 24m57s · 13 signals, 10 severe · 31 pages · " in stage.title
        assert "times since start" in stage.title
        assert "1 LOCATION 31  2 CLICK 125  3 INPUT 24" in stage.chips


async def test_the_last_line_names_the_keys_to_begin_with(documented: Session) -> None:
    async with staged(Given.session(documented), size=SMALL) as stage:
        keys = "/ find & filter i signal t time Enter detail ? help q quit y copy"
        assert stage.keys == keys


@pytest.mark.parametrize(
    ("columns", "keys"),
    [
        (64, "/ find & filter i signal t time Enter detail ? help q quit"),
        (58, "/ find & filter i signal t time Enter detail ? help q quit"),
        (57, "/ find & filter i signal t time ? help q quit"),
        (30, "/ find & filter ? help q quit"),
        (14, "? help q quit"),
    ],
)
async def test_a_narrow_last_line_names_fewer_keys_and_none_in_part(
    documented: Session, columns: int, keys: str
) -> None:
    async with staged(Given.session(documented), size=(columns, 24)) as stage:
        assert stage.keys == keys
        await stage.pilot.resize_terminal(120, 24)
        await stage.until(lambda: stage.lines[-1].rstrip().endswith("q quit y copy"))
        await stage.pilot.resize_terminal(columns, 24)
        await stage.until(lambda: stage.keys == keys)


async def test_keys_move_the_cursor(checkout: Session) -> None:
    async with staged(Given.session(checkout)) as stage:
        for keys, row in (
            ("j", 2), ("down", 3), ("k", 2), ("up", 1), ("k", 1), ("G", 163), ("j", 163),
            ("home", 1), ("end", 163), ("g", 1), ("ctrl+d ctrl+u", 1), ("space b", 1),
            ("pagedown pageup", 1), ("right_curly_bracket", 4), ("j j left_curly_bracket", 4),
            ("left_curly_bracket", 1),
        ):  # fmt: skip
            await stage.press(*keys.split())
            assert f"row {row} of {ROWS}" in stage.status, keys


async def test_keys_that_arrive_together_take_effect_one_after_the_other(
    checkout: Session,
) -> None:
    async with staged(Given.session(checkout)) as stage:
        stage.arrive(
            "j", "slash", *"apply", "enter", "n", "ampersand", *"cart", "enter", "tab", "j"
        )
        await stage.until(lambda: stage.screen.detail.scroll_y == 1)
        assert "“cart” in any text" in stage.text
        assert "/ apply" in stage.status
        stage.arrive("escape", "escape", "slash", "q", "escape", "question_mark", "escape", "G")
        await stage.until(lambda: "row" in stage.status and "100%" in stage.status)
        assert "/ " not in stage.status


async def test_a_page_down_moves_by_what_is_visible(checkout: Session) -> None:
    async with staged(Given.session(checkout)) as stage:
        last = stage.rows[-1]
        await stage.press("space")
        assert stage.cursor[2:] == stage.rows[0][2:]
        assert last not in stage.rows


async def test_find_marks_without_hiding_and_walks_the_hits(checkout: Session) -> None:
    async with staged(Given.session(checkout)) as stage:
        await stage.press("slash")
        await stage.type("apply")
        assert "7 hits" in stage.text
        assert "Apply" in stage.cursor, "the screen follows"
        await stage.press("enter")
        assert "Apply" in stage.cursor
        assert "1 of 7 hits" in stage.status
        assert "180 of 180 events" in stage.title
        await stage.press("n")
        assert "2 of 7 hits" in stage.status
        await stage.press("N", "N")
        assert "7 of 7 hits" in stage.status, "the first is followed by the last"
        await stage.press("n")
        assert "1 of 7 hits" in stage.status
        marked = [row for row in stage.rows if row[1] == "•"]
        assert marked
        assert all("Apply" in row for row in marked)


async def test_a_hit_in_a_hidden_field_is_marked_in_the_detail(checkout: Session) -> None:
    async with staged(Given.session(checkout)) as stage:
        await stage.press("slash")
        await stage.type("onetrust")
        await stage.press("enter")
        assert "Accept all cookies" in stage.cursor
        assert stage.cursor[1] == "•"
        assert "#onetrust-accept-btn-handler" in stage.text


async def test_filter_hides_and_clears(checkout: Session) -> None:
    async with staged(Given.session(checkout)) as stage:
        await stage.press("ampersand")
        await stage.type("apply")
        assert "7 of 180 shown" in stage.title
        assert len(stage.rows) == 2, "six of them are one row"
        assert "Apply ×6" in stage.rows[0]
        await stage.press("enter")
        assert "“apply” in any text" in stage.text
        await stage.press("ampersand", *["backspace"] * 5, "enter")
        assert "180 of 180 events" in stage.title
        assert "in any text" not in stage.text


@pytest.mark.parametrize("height", range(20, 32))
async def test_the_cursor_is_in_sight_when_a_filter_goes(checkout: Session, height: int) -> None:
    async with staged(Given.session(checkout), size=(80, height)) as stage:
        await stage.press("G", "k", "k", "k")
        cursor = stage.cursor
        await stage.press("ampersand", *"label:/apply$/", "enter")
        assert stage.cursor != cursor
        await stage.press("escape")
        assert stage.cursor == cursor


async def test_more_context_is_around_the_event_in_sight(checkout: Session) -> None:
    async with staged(Given.session(checkout)) as stage:
        await stage.press("x", "x", "j", "j")
        hidden = stage.cursor
        await stage.press("ampersand", *"is:severe", "enter")
        in_sight = stage.cursor
        assert in_sight != hidden
        await stage.press("z", "z")
        assert stage.cursor.split()[1] == in_sight.split()[1] == "+3:22.053"


async def test_a_filter_without_hits_says_so_and_how_to_leave(checkout: Session) -> None:
    async with staged(Given.session(checkout)) as stage:
        await stage.press("ampersand")
        await stage.type("qqq")
        await stage.press("enter")
        assert "0 of 180 shown" in stage.title
        assert "0 of 180 shown" in stage.rows[0]
        assert "Esc" in stage.rows[0]
        await stage.press("j", "G", "n", "enter", "right_curly_bracket", "escape")
        assert "180 of 180 events" in stage.title


async def test_a_prompt_takes_letters_that_are_commands_elsewhere(checkout: Session) -> None:
    async with staged(Given.session(checkout)) as stage:
        await stage.press("ampersand", "q", "t", "1", "escape")
        assert "180 of 180 events" in stage.title
        await stage.press("slash", "q", "enter", "g", "j")
        assert "row 2 of 163" in stage.status


async def test_digits_toggle_types_and_zero_shows_all(checkout: Session) -> None:
    async with staged(Given.session(checkout)) as stage:
        await stage.press("2")
        assert "2 ○ CLICK 125" in stage.chips
        assert "55 of 180 shown" in stage.title
        assert not any("CLICK" in row for row in stage.rows)
        await stage.press("1", "3")
        assert "0 of 180 shown" in stage.title
        await stage.press("9")
        assert "0 of 180 shown" in stage.title
        await stage.press("0")
        assert "180 of 180 events" in stage.title


async def test_a_click_on_a_chip_is_its_digit(checkout: Session) -> None:
    async with staged(Given.session(checkout)) as stage:
        await stage.pilot.click("TypeBar", offset=(stage.chips.index("CLICK"), 0))
        await stage.pilot.pause()
        assert "55 of 180 shown" in stage.title
        await stage.pilot.click("TypeBar", offset=(100, 0))
        assert "55 of 180 shown" in stage.title


async def test_types_that_one_line_has_no_room_for_are_on_a_second() -> None:
    session = session_of([Event(name, 1, {}) for name in KNOWN_TYPES])
    async with staged(Given.session(session), size=SMALL) as stage:
        chips = "\n".join(stage.lines[3:5])
        for number, name in enumerate(KNOWN_TYPES, start=1):
            assert f"{number} {name} 1" in chips if number <= 9 else f"{name} 1" in chips
        await stage.pilot.click("TypeBar", offset=(stage.lines[4].index("CUSTOM"), 1))
        await stage.pilot.pause()
        assert "11 of 12 shown" in stage.title
        assert "○ CUSTOM 1" in stage.lines[4]
        await stage.pilot.resize_terminal(40, 12)
        await stage.pilot.pause()
        assert stage.lines[1].rstrip().endswith("+9"), "they are counted where there is no room"
        await stage.press("9")
        assert stage.chips.rstrip().endswith("+9")


async def test_the_command_line_lens_is_the_first_view(checkout: Session) -> None:
    options = ViewOptions(TypeChoice(frozenset({"click"}), only=True), find=Query.parse("pay"))
    async with staged(Given.session(checkout), options=options) as stage:
        assert "125 of 180 shown" in stage.title
        assert "Continue to payment" in stage.cursor, "the cursor starts at the first hit"
        assert "1 of " in stage.status


async def test_escape_steps_back_one_thing_at_a_time_and_never_quits(checkout: Session) -> None:
    async with staged(Given.session(checkout)) as stage:
        await stage.press("3", "ampersand", "a", "enter", "slash", "p", "enter", "enter")
        assert stage.screen.detail.has_focus
        await stage.press("escape")
        assert stage.screen.timeline.has_focus
        assert "/ p" in stage.status
        await stage.press("escape")
        assert "/ p" not in stage.status
        assert "“a” in any text" in stage.text
        await stage.press("escape")
        assert "“a” in any text" not in stage.text
        assert "3 ○ INPUT" in stage.chips
        await stage.press("escape")
        assert "3 INPUT" in stage.chips
        await stage.press("escape")
        assert stage.app.is_running


async def test_enter_and_tab_lead_to_the_detail_which_scrolls(checkout: Session) -> None:
    async with staged(Given.session(checkout), size=SMALL) as stage:
        await stage.press("enter", "G")
        assert "}" in stage.lines[-3]
        assert "row 1 of 163" in stage.status
        await stage.press("g", "j", "k", "space", "b", "ctrl+d", "ctrl+u")
        assert "→ LOCATION" in stage.text
        await stage.press("tab")
        assert stage.screen.timeline.has_focus
        await stage.press("tab")
        assert stage.screen.detail.has_focus


async def test_time_modes_go_round_and_name_their_zone(checkout: Session) -> None:
    async with staged(Given.session(checkout)) as stage:
        assert "+0:02.057" in stage.rows[1]
        await stage.press("t")
        assert "09:00:02.657" in stage.rows[1]
        assert "times UTC-4" in stage.title
        await stage.press("t")
        assert "13:00:02.657" in stage.rows[1]
        assert "times UTC" in stage.title
        await stage.press("t")
        assert "+0:02.057" in stage.rows[1]


async def test_the_mouse_selects_opens_and_scrolls_without_moving_the_cursor(
    checkout: Session,
) -> None:
    async with staged(Given.session(checkout)) as stage:
        await stage.pilot.click("Timeline", offset=(20, 4))
        await stage.pilot.pause()
        assert "row 5 of 163" in stage.status
        assert stage.screen.timeline.has_focus
        await stage.pilot.click("Timeline", offset=(20, 4))
        await stage.pilot.pause()
        assert stage.screen.detail.has_focus
        stage.screen.timeline.scroll_relative(y=40, animate=False)
        await stage.pilot.pause()
        assert "row 5 of 163" in stage.status
        assert not any(row.startswith("▸") for row in stage.rows)


async def test_loading_says_what_is_waited_for_and_can_be_left() -> None:
    hand = Hand()
    async with staged(hand, wait=False) as stage:
        assert "Reading the session from acme.example" in stage.text
        await stage.press("slash", "ampersand", "enter", "j", "n", "r", "q")
        assert not stage.app.is_running
    hand.give(None)


async def test_what_has_come_is_shown_with_how_much_is_still_to_come() -> None:
    hand = Hand()
    async with staged(hand, wait=False) as stage:
        hand.give(Batch(clicks(30), 50))
        await stage.until(lambda: "30 of 50 read" in stage.title)
        await stage.press("G")
        assert "Item 28" in stage.cursor
        rest = [Click("CLICK", 90_000 + n, {}, label=f"Late {n}") for n in range(20)]
        hand.give(Batch(rest, 50))
        hand.give(None)
        await stage.until(lambda: "50 of 50 events" in stage.title)
        assert "read" not in stage.title
        assert "Item 28" in stage.cursor, "what arrives must not move the cursor"


async def test_a_failure_says_what_to_do_and_r_tries_again() -> None:
    failure = UnavailableError("acme.example is down.", reason="Refused.", hint="Check it.")
    async with staged(Given([failure], [Batch(clicks(5), 5)])) as stage:
        for part in ("acme.example is down.", "Refused.", "Check it.", "r try again", "code 5"):
            assert part in stage.text
        await stage.press("r")
        await stage.until(lambda: "5 of 5 events" in stage.title)
        assert "acme.example is down" not in stage.text


async def test_leaving_a_failure_hands_it_on() -> None:
    failure = NotFoundError("No events.")
    async with staged(Given([failure])) as stage:
        await stage.press("q")
    assert stage.app.return_value is failure


async def test_a_failure_to_fetch_again_keeps_what_is_shown() -> None:
    failure = UnavailableError("acme.example is down.")
    async with staged(Given([Batch(clicks(5), 5)], [failure])) as stage:
        await stage.press("j", "j", "r")
        await stage.until(lambda: "Not fetched again" in stage.text)
        assert "acme.example is down." in stage.text
        assert "5 of 5 events" in stage.title
        assert "row 3 of 5" in stage.status


async def test_a_mistake_of_ours_is_not_swallowed() -> None:
    async with staged(Given([ZeroDivisionError()])) as stage:
        assert "triggered a bug in eventview" in stage.text
        assert "ZeroDivisionError in stage.py, line " in stage.text
        assert isinstance(stage.failure, InternalError)


@pytest.mark.parametrize("size", [(50, 24), (80, 14), (30, 8)])
async def test_in_a_tiny_terminal_enter_swaps_list_and_detail(
    checkout: Session, size: tuple[int, int]
) -> None:
    async with staged(Given.session(checkout), size=size) as stage:
        assert "host" not in stage.text
        await stage.press("enter")
        assert "path" in stage.text
        assert "+0:02.057" not in stage.text
        await stage.press("escape")
        assert "+0:02.057" in stage.text


async def test_resizing_keeps_the_cursor_in_sight(checkout: Session) -> None:
    async with staged(Given.session(checkout), size=(120, 50)) as stage:
        await stage.press(*["j"] * 30)
        await stage.pilot.resize_terminal(80, 20)
        await stage.pilot.pause()
        assert stage.cursor


async def test_a_key_paints_two_rows_whatever_the_session_holds() -> None:
    async with staged(Given.session(session_of(clicks(20_000)))) as stage:
        timeline = stage.screen.timeline
        lines = range(timeline.size.height)
        for key, painted in (("j", 2), ("m", 1)):
            before = [timeline.render_line(y) for y in lines]
            await stage.press(key)
            # What was not painted anew is the same object.
            assert sum(timeline.render_line(y) is not before[y] for y in lines) == painted


async def test_a_key_paints_only_what_changes_beside_the_rows() -> None:
    async with staged(Given.session(session_of(clicks(20_000)))) as stage:
        detail, strip = stage.screen.detail, stage.screen.query_one(HistogramBar)
        lines = [(widget, y) for widget in (detail, strip) for y in range(widget.size.height)]
        before = [widget.render_line(y) for widget, y in lines]
        await stage.press("j")
        after = [widget.render_line(y) for widget, y in lines]
        painted = [new.text for old, new in zip(before, after, strict=True) if new is not old]
        changed = [new.text for old, new in zip(before, after, strict=True) if new.text != old.text]
        assert painted == changed
        assert "#2 of 20,000" in changed[0], "the cursor stays in its bucket"


async def test_a_scrollbar_is_painted_again_only_when_it_moves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    painted: list[ScrollBar] = []
    render = ScrollBar.render

    def count(bar: ScrollBar) -> RenderableType:
        painted.append(bar)
        return render(bar)

    monkeypatch.setattr(ScrollBar, "render", count)
    async with staged(Given.session(session_of(clicks(10_000)))) as stage:
        await stage.press("pagedown", *("j",) * 40)
        assert stage.screen.timeline.scroll_offset.y > 0, "it scrolls"
        bar = stage.screen.timeline.vertical_scrollbar
        before = painted.count(bar)
        await stage.press(*("j",) * 20)
        assert painted.count(bar) <= before + 1, "20 rows are half an eighth of a cell"
        shown = painted.count(bar)
        await stage.press("G")
        assert painted.count(bar) > shown
        assert bar.position == stage.screen.timeline.max_scroll_y


async def test_a_scrollbar_moves_when_fewer_rows_are_left_at_the_same_scroll_offset() -> None:
    presses = [Click("CLICK", 1_000 * n, {}, label=f"Item {n}") for n in range(100)]
    inputs = [Input("INPUT", 200_000 + n, {}, label=f"Field {n}") for n in range(20_000)]
    async with staged(Given.session(session_of([*presses, *inputs]))) as stage:
        timeline = stage.screen.timeline
        await stage.press(*("j",) * 50, "1")
        await stage.until(lambda: stage.number_of_rows == len(inputs))
        await stage.press("0")
        await stage.until(lambda: stage.number_of_rows == len(presses) + len(inputs))
        await stage.press("2")
        await stage.until(lambda: stage.number_of_rows == len(presses))
        assert timeline.scroll_offset.y > 0
        assert timeline.vertical_scrollbar.position == timeline.scroll_offset.y


async def test_ctrl_c_interrupts(checkout: Session) -> None:
    async with staged(Given.session(checkout)) as stage:
        await stage.press("ctrl+c")
    assert stage.app.exit_signal == signal.SIGINT


HOSTILE = [
    "\x1b]52;c;ZXZpbA==\x07",
    "[bold red]x[/]",
    "[/",
    "one\ntwo\r\tthree",
    "safe\u202egnp.exe",
    "x" * 10_000,
    "a\u0300" + "\u0301" * 10_000,
    "\ud800 half",
    "[@click=app.quit]go[/]",
]


def hostile_session() -> Session:
    events: list[Event] = []
    for n, text in enumerate(HOSTILE):
        shown = clean(text)
        raw = {"type": "CLICK", "label": text, "selector": text}
        events += [
            Location("LOCATION", n, raw, host=shown, path=shown, query=shown, referrer=shown),
            Click("CLICK", n, raw, label=shown, selector=shown, url=shown),
            Event(shown, n, raw, problem=shown),
        ]
    return session_of(events, name=clean(HOSTILE[0]), session=clean(HOSTILE[1]))


@pytest.mark.parametrize("size", [(160, 48), (80, 24), (40, 12)])
async def test_hostile_text_is_shown_and_does_nothing(size: tuple[int, int]) -> None:
    async with staged(Given.session(hostile_session()), size=size) as stage:
        seen = ""
        for _ in range(len(HOSTILE) * 3):
            text = stage.text
            seen += text
            await stage.press("j")
        await stage.press("slash")
        await stage.type("[/")
        await stage.press("enter", "enter", "G")
        seen += stage.text
        bad = {c for c in seen if unicodedata.category(c) in {"Cc", "Cs", "Cf"} and c != "\n"}
        assert not bad
        assert "␛]52;c;ZXZpbA==␇" in seen
        assert "[bold red]x[/]" in seen
        assert "one␊two␍␉three" in seen or size[0] < 80


async def test_the_help_lists_every_key_and_closes(checkout: Session) -> None:
    async with staged(Given.session(checkout), size=(100, 100)) as stage:
        await stage.press("question_mark")
        for words in ("half a page down", "to the next page visit", "to the previous hit", "quit"):
            assert words in stage.text
        await stage.press("j", "k", "escape")
        assert "half a page down" not in stage.text
        assert stage.screen.timeline.has_focus


async def test_the_help_scrolls_by_the_keys_of_the_timeline(checkout: Session) -> None:
    async with staged(Given.session(checkout), size=SMALL) as stage:
        await stage.press("question_mark")
        assert " Move " in stage.lines[1]
        for down, up in (
            ("G", "g"), ("end", "home"), ("space", "b"), ("ctrl+d", "ctrl+u"),
            ("pagedown", "pageup"), ("j", "k"), ("down", "up"),
        ):  # fmt: skip
            await stage.press(down)
            assert " Move " not in stage.lines[1]
            assert ("Strip" in stage.text) == (down in {"G", "end"})
            await stage.press(up)
            assert " Move " in stage.lines[1]


async def test_the_palette_runs_commands_where_their_keys_would(checkout: Session) -> None:
    async with staged(Given.session(checkout)) as stage:
        commands = {c.title: c.callback for c in stage.app.get_system_commands(stage.screen)}
        await commands["Move: to the last row"]()
        await stage.pilot.pause()
        assert "row 163 of 163" in stage.status
        await commands["Times and places: times since start, since zero, local, UTC"]()
        await stage.pilot.pause()
        assert "times UTC-4" in stage.title


def test_a_mistake_in_painting_is_told_in_words_and_has_an_exit_code(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        words = "Zq7fT1mW"
        raise ZeroDivisionError(words)

    monkeypatch.setattr(DetailPane, "show", fail)
    monkeypatch.setattr(EventviewApp, "run", partialmethod(EventviewApp.run, headless=True))
    with pytest.raises(InternalError) as caught:
        run(Feed(Given.session(session_of(clicks(3)))).start(), InitialView())
    assert "ZeroDivisionError in test_session_screen.py, line " in str(caught.value)
    assert caught.value.exit_code == 6
    out, err = capfd.readouterr()
    assert "Traceback" not in out + err
    assert "Zq7fT1mW" not in out + err + str(caught.value)


async def test_a_click_on_a_key_of_the_last_line_presses_it(checkout: Session) -> None:
    async with staged(Given.session(checkout), size=SMALL) as stage:
        last = len(stage.lines) - 1
        await stage.pilot.click(offset=(stage.lines[last].index("find"), last))
        await stage.press(*"women")
        assert "women" in stage.lines[last - 1]
