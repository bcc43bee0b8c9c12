"""Reading a session on the screen: signals, folds, places, pieces of the filter, prompts."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from eventview.analysis.analysis import Analysis
from eventview.analysis.rules import Rules
from eventview.query.completion import FieldValues, complete_query
from eventview.query.query import Query
from eventview.session.events import Click, Location
from eventview.session.position import Position
from eventview.session.session import Session
from eventview.session.source import Batch, Gap, PartialExport
from eventview.session.text import width
from eventview.tui.screens.dialogs import AboutScreen
from eventview.tui.widgets import prompt
from eventview.tui.widgets.prompt import Prompt
from eventview.view.time_display import TimeDisplay, TimeMode, TimeOptions
from eventview.view.view_options import ViewOptions
from tests.conftest import session_of
from tests.tui.stage import SMALL, WIDE, Given, staged

ROWS = 163
"""Rows of the checkout session: four runs of 6, 7, 5 and 3 clicks are a row each."""


# --- signals


async def test_signals_stand_at_the_right_edge_and_silences_between_rows(
    checkout: Session,
) -> None:
    async with staged(Given.session(checkout), size=(160, 60)) as stage:
        rows = "\n".join(stage.rows)
        assert "Apply ×6" in rows
        assert next(row for row in stage.rows if "Apply ×6" in row).endswith("rage ×5")
        assert next(row for row in stage.rows if "+3:22.053" in row).endswith("load 14s poor")
        # One of 3.2 s among many like it does not stand out.
        assert next(row for row in stage.rows if "+0:04.027" in row).endswith("Women")
        silence = next(n for n, row in enumerate(stage.rows) if "no events for 1m38s" in row)
        assert "+2:44.426" in stage.rows[silence + 1]


async def test_keys_lead_from_signal_to_signal(checkout: Session) -> None:
    async with staged(Given.session(checkout), size=(160, 48)) as stage:
        for key, time, said in (
            ("w", "+2:55.160", "1 of 7 poor loads · Poor load of /cart: INP 512 ms"),
            ("W", "+22:47.743", "7 of 7 poor loads"),
            ("s", "+2:44.426", "1 of 3 silences · 1m38s without activity"),
            ("x", "+2:55.160", "1 of 10 that went wrong"),
            ("x", "+3:09.471", "2 of 10 that went wrong · 5 clicks on “Apply” within 593ms"),
            ("I", "+2:55.160", "2 of 13 signals"),
        ):
            await stage.press(key)
            assert time in stage.cursor
            assert said in stage.status


async def test_where_there_is_no_such_signal_the_cursor_stays_and_it_is_said(
    checkout: Session,
) -> None:
    async with staged(Given.session(checkout)) as stage:
        await stage.press("j", "e")
        assert "+0:02.057" in stage.cursor
        assert "There are no errors in this session." in stage.text
        await stage.press("2", "2", "1", "w")
        assert "There are no poor loads among the events shown." in stage.text


async def test_what_has_no_event_to_be_done_with_says_so(checkout: Session) -> None:
    options = ViewOptions(filter=Query.parse("zzzzz"))
    async with staged(Given.session(checkout), options=options, size=SMALL) as stage:
        for key in [*"iyohT", "enter"]:
            await stage.press(key)
            await stage.until(lambda: "No events are shown" in stage.text)
            stage.app.clear_notifications()
        await stage.press("escape")
        await stage.until(lambda: "180 of 180 events" in stage.title)
        await stage.press("i", "enter")
        assert "No events are shown" not in stage.notices


@pytest.mark.parametrize("key", ["i", "x"])
async def test_keys_lead_to_clicks_without_effect(key: str) -> None:
    pay = [Click("CLICK", 5_000 + n * 400, {}, label="Pay") for n in range(6)]
    later = Click("CLICK", 90_000, {}, label="Help")
    events = [Location("LOCATION", 0, {}, path="/"), *pay, later]
    async with staged(Given.session(session_of(events)), size=(140, 40)) as stage:
        assert any("K" in line for line in stage.lines[:3]), "the strip's letter"
        await stage.press(key)
        assert "Pay ×6" in stage.cursor
        assert stage.cursor.endswith("stuck ×6")
        assert "6 clicks on “Pay” within 2.0s that nothing came of" in stage.text
        detail = " ".join(line.split("│")[-1].strip() for line in stage.lines)
        assert "no page, request, input or error recorded within 1.0s of the last" in detail
        await stage.press("ampersand", *"is:stu", "tab", "enter")
        assert "6 of 8 shown" in stage.title


async def test_the_detail_says_the_rule_behind_a_signal(checkout: Session) -> None:
    async with staged(Given.session(checkout), size=(120, 48)) as stage:
        await stage.press("x", "x")
        detail = " ".join(line.split("│")[-1].strip() for line in stage.lines)
        assert "5 clicks on “Apply” within 593ms" in detail
        rule = "3 clicks or more on one label or selector, each less than 300 ms after the last"
        assert rule in detail


async def test_that_nothing_went_wrong_is_not_said_but_that_there_is_no_signal_of_it() -> None:
    async with staged(Given.session(session_of([Click("CLICK", 1, {}, label="a")]))) as stage:
        await stage.press("x")
        assert "There are no signals of what went wrong in this session." in stage.text


async def test_changed_rules_change_what_is_found(checkout: Session) -> None:
    rules = Rules(silence_ms=200_000)
    async with staged(Given.session(checkout), rules=rules) as stage:
        await stage.press("s")
        assert "1 of 1 silence" in stage.status


# --- page visits and runs


async def test_a_page_visit_folds_and_unfolds(checkout: Session) -> None:
    async with staged(Given.session(checkout), size=(160, 40)) as stage:
        await stage.press(*"jjjjj", "h")
        assert " + /c/women " in stage.cursor
        assert "11s · 4 events · LCP 1.0s good" in stage.cursor
        assert f"row 4 of {ROWS - 3}" in stage.status
        assert "1 page folded" in stage.status
        assert "180 of 180 events" in stage.title, "folded is not hidden"
        await stage.press("j")
        assert "/c/women/jackets" in stage.cursor
        await stage.press("k", "l")
        assert f"row 4 of {ROWS}" in stage.status
        await stage.press("h", "h", "right")
        assert f"row 4 of {ROWS}" in stage.status


# --- the strip


async def test_the_strip_shows_the_whole_session_and_a_click_leads_there(
    checkout: Session,
) -> None:
    async with staged(Given.session(checkout), size=SMALL) as stage:
        density, marks = stage.lines[1], stage.lines[2]
        assert "┄┄┄" in density
        assert "R" in marks
        assert "W" in marks
        await stage.pilot.click("HistogramBar", offset=(1 + marks.strip("\n").index("R") - 1, 1))
        await stage.pilot.pause()
        assert "+3:" in stage.cursor


@pytest.mark.parametrize("size", [(59, 24), (80, 15)])
async def test_where_there_is_no_room_there_is_no_strip(
    checkout: Session, size: tuple[int, int]
) -> None:
    async with staged(Given.session(checkout), size=size) as stage:
        assert "┄┄┄┄┄┄┄" not in stage.text


# --- times and places


async def test_the_clock_is_zeroed_with_negative_times_above(checkout: Session) -> None:
    async with staged(Given.session(checkout)) as stage:
        await stage.press("j", "j", "T")
        assert "times since +0:04.027" in stage.text
        assert stage.cursor.split()[:2] == ["▸0", "+0:00.000"]
        assert "-0:04.027" in stage.rows[0]
        assert "+0:02.136" in stage.rows[3]
        await stage.press("t", "t", "t")
        assert "+0:04.027" in stage.cursor
        await stage.press("t")
        assert "times since +0:04.027" in stage.text
        await stage.press("T")
        assert "+0:04.027" in stage.cursor


async def test_a_place_is_gone_to(checkout: Session) -> None:
    async with staged(Given.session(checkout)) as stage:
        await stage.press("colon")
        await stage.type("2024-11-13 13:03:21.246 UTC")
        await stage.press("enter")
        assert "+3:20.646" in stage.cursor


async def test_a_place_that_is_none_is_said_so_and_can_be_mended(checkout: Session) -> None:
    async with staged(Given.session(checkout)) as stage:
        await stage.press("colon", *"soon", "enter")
        assert "▲" in stage.text
        await stage.press("backspace", "backspace", "backspace", "backspace", *"#3", "enter")
        assert "+0:04.027" in stage.cursor
        await stage.press("colon", *"#999", "enter")
        assert "There is no event #999 in this session. It has #1 to #180." in stage.text
        await stage.press("colon", "escape")
        assert "+0:04.027" in stage.cursor


async def test_marks_are_set_walked_and_taken_away(checkout: Session) -> None:
    async with staged(Given.session(checkout)) as stage:
        await stage.press("u")
        assert "Nothing is marked" in stage.text
        await stage.press("j", "m", "j", "j", "m")
        assert stage.cursor[1] == "*"
        await stage.press("u")
        assert "+0:02.057" in stage.cursor, "after the last mark comes the first"
        await stage.press("U")
        assert "+0:06.163" in stage.cursor
        await stage.press("m")
        assert stage.cursor[1] == " "


async def test_the_command_lines_moment_is_opened(checkout: Session) -> None:
    async with staged(Given.session(checkout), moment=Position.parse("+3:15")) as stage:
        assert "+3:14.295" in stage.cursor
        assert "705ms after #36, the last event before it" in stage.text
    async with staged(Given.session(checkout), moment=Position.parse("#999")) as stage:
        assert "There is no event #999 in this session." in stage.text


# --- pieces of the filter


async def test_the_filter_is_said_in_words_and_taken_back_piece_by_piece(
    checkout: Session,
) -> None:
    async with staged(Given.session(checkout), size=WIDE) as stage:
        await stage.press("ampersand", *"type:click is:rage -pay", "enter")
        assert "5 of 180 shown" in stage.title
        bar = next(line for line in stage.lines if line.strip().startswith("filter"))
        assert bar.count("×") == 3
        await stage.press("backspace")
        assert "17 of 180 shown" in stage.title
        bar = next(line for line in stage.lines if line.strip().startswith("filter"))
        await stage.pilot.click("FilterBar", offset=(bar.index("rage"), 0))
        await stage.pilot.pause()
        assert "125 of 180 shown" in stage.title
        await stage.press("escape")
        assert "180 of 180 events" in stage.title
        assert not any(line.strip().startswith("filter") for line in stage.lines[:6])


async def test_rows_before_and_after_matches_need_not_be_as_many(checkout: Session) -> None:
    options = ViewOptions(filter=Query.parse("wishlist OR zzz"), context=(2, 0))
    async with staged(Given.session(checkout), options=options) as stage:
        assert "“wishlist” or “zzz” in any text" in stage.text
        assert "2 before and 0 after each" in stage.text
        assert "1 of 180 shown and 2 around" in stage.title
        await stage.press("z")
        assert "3 before and 1 after each" in stage.text
        assert len(stage.rows) == 5
        await stage.press("Z", "Z", "Z")
        assert "1 of 180 shown" in stage.title
        assert len(stage.rows) == 1
        await stage.press("z", "backspace")
        assert "around each" not in stage.text
        await stage.press("backspace")
        assert "180 of 180 events" in stage.title


async def test_what_may_be_meant_otherwise_is_said_when_it_is_kept(checkout: Session) -> None:
    async with staged(Given.session(checkout)) as stage:
        await stage.press("ampersand", *"pay or cart")
        assert "write OR in capitals" in stage.text
        await stage.press("enter")
        assert "write OR in capitals" in stage.text, "the prompt stays open"
        await stage.press(*["backspace"] * 7, *"OR cart")
        assert "of 180 shown" in stage.text
        await stage.press("enter", "ampersand", *["backspace"] * 11, *"type:clik", "enter")
        await stage.until(lambda: "The nearest is click." in stage.notices)


# --- the prompts


async def test_a_mistake_is_pointed_at_and_the_last_that_was_understood_stays(
    checkout: Session,
) -> None:
    async with staged(Given.session(checkout), size=WIDE) as stage:
        await stage.press("ampersand", *"is:rage")
        assert "17 of 180 shown" in stage.title
        # At once, as pasted: by itself the beginning of it is a word like any other.
        stage.app.screen.query_one(Prompt).field.value = "is:rage lable:x"
        await stage.until(lambda: "▲" in stage.text)
        complaint = next(line for line in stage.lines if "▲" in line)
        assert "label" in complaint
        typed = next(line for line in stage.lines if "lable:x" in line)
        assert width(complaint[: complaint.index("▲")]) == width(typed[: typed.index("lable")])
        assert "17 of 180 shown" in stage.title
        await stage.press("enter")
        assert "▲" in stage.text, "Enter does not accept what is not understood"
        await stage.press("escape")
        assert "180 of 180 events" in stage.title


async def test_a_find_that_goes_on_from_the_other_end_says_so(checkout: Session) -> None:
    async with staged(Given.session(checkout), size=SMALL) as stage:
        await stage.press("slash", *"promo", "enter")
        hits = int(stage.status.split("1 of ")[1].split(" ")[0])
        assert hits > 2
        assert "wrapped" not in stage.status, "from the first row to the first hit"
        await stage.press("n", "N")
        assert f"1 of {hits} hit" in stage.status
        assert "wrapped" not in stage.status
        await stage.press("N")
        assert f"{hits} of {hits} hit" in stage.status
        assert "wrapped to the bottom" in stage.status
        await stage.press("n")
        assert f"1 of {hits} hit" in stage.status
        assert "wrapped to the top" in stage.status
        await stage.press("j")
        assert "wrapped" not in stage.status
        await stage.press("k")
        assert "wrapped" not in stage.status, "that was long ago"
        await stage.press("G", "slash", "enter")
        assert "wrapped to the top" in stage.status


async def test_tab_completes_fields_and_values(checkout: Session) -> None:
    async with staged(Given.session(checkout), size=WIDE) as stage:
        await stage.press("ampersand", *"typ", "tab", *"cl", "tab", "enter")
        assert "125 of 180 shown" in stage.title


@pytest.mark.parametrize(
    ("key", "keys"),
    [
        ("slash", "Enter keep Esc cancel Tab complete"),
        ("ampersand", "Enter keep Esc cancel Tab complete"),
        ("colon", "Enter go Esc cancel"),
        ("ctrl+s", "Enter write Esc cancel"),
    ],
)
async def test_the_last_line_says_what_enter_does_with_what_is_typed(
    checkout: Session, key: str, keys: str
) -> None:
    async with staged(Given.session(checkout), size=SMALL) as stage:
        await stage.press(key)
        await stage.until(lambda: stage.keys == keys)
        await stage.press("tab", "shift+tab", "x")
        assert "x" in stage.app.screen.query_one(Prompt).field.value, "it keeps the keys"
        await stage.press("escape")
        await stage.until(lambda: stage.keys.endswith("q quit y copy"))


async def test_a_filter_given_at_the_start_is_in_the_prompt(checkout: Session) -> None:
    options = ViewOptions(filter=Query.parse("is:slow"))
    async with staged(Given.session(checkout), options=options) as stage:
        assert "7 of 180 shown" in stage.title
        await stage.press("ampersand")
        assert any("& is:slow" in line for line in stage.lines)


# --- the session at a glance


async def test_a_key_shows_the_session_at_a_glance(checkout: Session) -> None:
    async with staged(Given.session(checkout), size=SMALL) as stage:
        await stage.press("a")
        assert isinstance(stage.app.screen, AboutScreen)
        for words in ("slowest load", "LCP 8.1s poor", "3 rage clicks", "entry", "exit", "4m25s"):
            assert words in stage.text
        await stage.press("escape")
        assert not isinstance(stage.app.screen, AboutScreen)


async def test_the_palette_has_the_walks(checkout: Session) -> None:
    async with staged(Given.session(checkout)) as stage:
        titles = [command.title for command in stage.app.get_system_commands(stage.app.screen)]
        assert "Signals: to the next page that loaded poorly" in titles
        command = next(
            c
            for c in stage.app.get_system_commands(stage.app.screen)
            if c.title == "Signals: to the next silence"
        )
        await command.callback()
        await stage.pilot.pause()
        assert "+2:44.426" in stage.cursor


# --- what must not go stale


async def test_a_prompt_keeps_the_keys_whatever_is_clicked(checkout: Session) -> None:
    async with staged(Given.session(checkout)) as stage:
        await stage.press("slash", "c")
        await stage.pilot.click("Timeline", offset=(20, 4))
        await stage.pilot.pause()
        await stage.press("a", "r", "t", "enter")
        assert "/ cart" in stage.status
        await stage.press("ampersand", *"is:slow", "space", *"type:location", "enter", "ampersand")
        bar = next(line for line in stage.lines if line.strip().startswith("filter"))
        await stage.pilot.click("FilterBar", offset=(bar.index("poor"), 0))
        await stage.pilot.pause()
        assert "7 of 180 shown" in stage.title, "what is being typed is not changed elsewhere"


async def test_escape_takes_back_what_was_typed_and_nothing_else(checkout: Session) -> None:
    async with staged(Given.session(checkout)) as stage:
        await stage.press("slash", "c")
        await stage.pilot.click("TypeBar", offset=(stage.chips.index("INPUT"), 0))
        await stage.pilot.pause()
        await stage.press("escape")
        assert "3 ○ INPUT" in stage.chips
        assert "/ c" not in stage.status


async def test_the_zone_is_in_the_title_of_a_small_screen_too(checkout: Session) -> None:
    async with staged(Given.session(checkout), size=SMALL) as stage:
        await stage.press("t")
        assert "times UTC-4" in stage.title
        await stage.press("t")
        assert "times UTC " in stage.title
        await stage.press("t", "j", "T")
        assert "times since +0:02.057" in stage.title


async def test_the_strip_shows_where_you_are_from_the_start_and_in_every_size(
    checkout: Session,
) -> None:
    async with staged(Given.session(checkout), size=SMALL) as stage:
        await stage.until(lambda: stage.lines[2].startswith(" ▲"))
        await stage.press("G")
        await stage.until(lambda: stage.lines[2].rstrip().endswith("▲"))
        await stage.pilot.resize_terminal(160, 48)
        await stage.until(lambda: stage.lines[2].rstrip().endswith("▲"))
        assert len(stage.lines[2].rstrip()) > 150


@pytest.mark.parametrize(
    "typed", ["cart is:nope", "漢字 is:nope", "a fcp>abc", "x" * 90 + " is:nope"]
)
async def test_a_mistake_is_pointed_at_in_what_is_seen_of_a_long_text(
    checkout: Session, typed: str
) -> None:
    async with staged(Given.session(checkout), size=SMALL) as stage:
        await stage.press("ampersand")
        field = stage.app.screen.query_one(Prompt).field
        field.value = typed[:-1]
        await stage.pilot.pause()
        await stage.press("end", typed[-1])
        await stage.until(lambda: stage.text.count("▲") == 2)
        # The first is the strip's.
        line = [number for number, text in enumerate(stage.lines) if "▲" in text][-1]
        column = width(stage.lines[line][: stage.lines[line].index("▲")])
        above = stage.lines[line - 1]
        place = above.rindex("nope") if "nope" in typed else above.rindex("abc")
        assert column == width(above[:place])
        assert "number" in "".join(stage.lines[line:]) or "no signal nope" in "".join(
            stage.lines[line:]
        )


async def test_only_a_piece_itself_takes_it_away(checkout: Session) -> None:
    async with staged(Given.session(checkout)) as stage:
        await stage.press("ampersand", *"is:slow", "enter")
        await stage.pilot.click("FilterBar", offset=(3, 0))
        await stage.pilot.pause()
        assert "7 of 180 shown" in stage.title


async def test_values_are_read_for_a_completion_in_another_thread(
    checkout: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    readers = set[threading.Thread]()

    def complete(text: str, analysis: Analysis, known: FieldValues) -> Sequence[str]:
        if ":" in text:
            readers.add(threading.current_thread())
        return complete_query(text, analysis, known)

    monkeypatch.setattr(prompt, "complete_query", complete)
    async with staged(Given.session(checkout)) as stage:
        await stage.press("slash", *"label:app", "tab")
        await stage.until(lambda: any("/ label:Apply" in line for line in stage.lines))
    assert readers
    assert threading.main_thread() not in readers


async def test_shift_tab_offers_what_came_before(checkout: Session) -> None:
    async with staged(Given.session(checkout)) as stage:
        await stage.press("ampersand", *"type:", "tab", "tab", "shift+tab")
        assert any("& type:location" in line for line in stage.lines)


async def test_a_hidden_place_is_said_to_be_hidden(checkout: Session) -> None:
    async with staged(Given.session(checkout)) as stage:
        await stage.press("ampersand", *"is:slow", "enter", "colon", *"#5", "enter")
        assert "#5 is hidden by the filter" in stage.text
        await stage.press("colon", *"+99:99", "enter")
        assert "after the last event" in stage.text
    options = ViewOptions(filter=Query.parse("is:slow"))
    async with staged(
        Given.session(checkout), options=options, moment=Position.parse("#5")
    ) as stage:
        assert "#5 is hidden by the filter" in stage.notices


async def test_a_session_is_opened_at_a_moment_that_counts_from_the_zero(
    checkout: Session,
) -> None:
    zero = Position.parse("#4")
    moment = replace(Position.parse("+0:00"), zero=zero)
    async with staged(
        Given.session(checkout), moment=moment, times=TimeOptions(zero=zero)
    ) as stage:
        assert "+0:00.000" in stage.cursor
        assert stage.notices == ""


async def test_a_filter_that_names_no_moment_says_so_from_the_start(checkout: Session) -> None:
    options = ViewOptions(filter=Query.parse('after:"11:00 XYZ"'))
    async with staged(Given.session(checkout), options=options) as stage:
        assert "No time of this session is in XYZ" in stage.notices


async def test_the_detail_takes_the_room_while_it_is_read(checkout: Session) -> None:
    async with staged(Given.session(checkout), size=SMALL) as stage:
        await stage.press("w", "w", "enter")
        assert stage.screen.detail.size.height >= 12
        assert "load 14s poor" in stage.text, "the row is still in sight"
        await stage.press("escape")
        assert stage.screen.detail.size.height < 8


# --- times that are not one moment


def clicks_at(*times_ms: int) -> Given:
    events = [Click("CLICK", ms, {}, label=f"at {ms}") for ms in times_ms]
    return Given.session(session_of(events))


@pytest.mark.parametrize("size", [WIDE, SMALL])
async def test_over_midnight_the_column_has_dates_and_stays_aligned(size: tuple[int, int]) -> None:
    midnight = 1_762_819_200_000
    clock = TimeOptions(TimeDisplay(TimeMode.UTC))
    source = clicks_at(midnight - 600, midnight, midnight + 60_000)
    async with staged(source, size=size, times=clock) as stage:
        dates = ("11-10 23:59:59.400", "11-11 00:00:00.000", "11-11 00:01:00.000")
        rows = [next(row for row in stage.rows if date in row) for date in dates]
        assert len({row.index("-1") for row in rows}) == 1
        assert all("CLICK" in row and "at 17" in row for row in rows)
        await stage.press("colon")
        await stage.type("11-11 00:00:00.000")
        await stage.press("enter")
        assert dates[1] in stage.cursor
        await stage.press("colon")
        await stage.type("23:59:59.400")
        await stage.press("enter")
        assert dates[0] in stage.cursor


async def test_where_clocks_are_changed_title_and_rows_name_both_zones() -> None:
    change = 1_197_183_600_000  # In Caracas 03:00 became 02:30.
    source = clicks_at(*(change + minutes * 60_000 for minutes in range(-20, 20, 5)))
    clock = TimeOptions(TimeDisplay(TimeMode.LOCAL))
    async with staged(source, times=clock) as stage:
        assert "times UTC-4, then UTC-4:30" in stage.title
        assert any("02:40:00.000 UTC-4 " in row for row in stage.rows)
        assert any("02:40:00.000 UTC-4:30" in row for row in stage.rows)
        for typed in ("02:40:00.000 UTC-4:30", "02:40:00.000 UTC-4"):
            await stage.press("colon")
            await stage.type(typed)
            await stage.press("enter")
            assert f"{typed} " in stage.cursor
        await stage.press("colon")
        await stage.type("02:45")
        await stage.press("enter")
        assert "02:45:00.000 UTC-4 " in stage.cursor, "the nearest to where the cursor was"
        assert "02:45:00 local time comes twice in this session" in stage.notices
        await stage.press("G", "colon")
        await stage.type("02:45")
        await stage.press("enter")
        assert "02:45:00.000 UTC-4:30" in stage.cursor


async def test_a_stray_is_named_and_moves_nothing_else() -> None:
    now = 1_762_772_401_000
    async with staged(clicks_at(0, now, now + 1_000, now + 2_000)) as stage:
        assert "2.0s" in stage.title
        assert [row.split()[0] for row in stage.rows[-3:]] == [
            "+0:00.000",
            "+0:01.000",
            "+0:02.000",
        ]
        assert "1970-01-01" in stage.cursor
        assert "stray time" in stage.cursor
        assert "not credible" in stage.text
        await stage.press("T")
        assert "nothing counts from it" in stage.notices
        await stage.press("colon", *"+1:00", "enter")
        assert "+0:02.000" in stage.cursor
        await stage.press("colon", *"1970-01-01", "enter")
        assert "1970-01-01" in stage.cursor


async def test_in_a_part_of_a_session_a_moment_between_its_events_is_gone_to(
    checkout: Session,
) -> None:
    partial_export = PartialExport([1, 2, 179, 180], checkout.start_ms)
    events = [checkout.events[n - 1] for n in partial_export.numbers]
    start, end = (events[place].time_ms or 0 for place in (1, 2))
    lost = [Gap(start + 1, end - 1)]
    source = Given([Batch(events, 180, lost=lost, partial_export=partial_export)])
    async with staged(source, moment=Position.parse("+3:15")) as stage:
        assert "+0:02.057" in stage.cursor
        assert "3m13s after #2, the last event here before it" in stage.notices
