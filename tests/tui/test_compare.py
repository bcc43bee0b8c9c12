"""Two sessions side by side: coming in, failing, walking from difference to difference."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from textual.pilot import Pilot

from eventview.comparison.diff import Comparison, compare_sessions
from eventview.errors import EventviewError, InternalError, NotFoundError, UnavailableError
from eventview.progress import Progress, track
from eventview.query.query import STARTING_TYPES, Query, TypeChoice
from eventview.session.events import Click, Event, Input, Location, Request
from eventview.session.metrics import LoadMetrics
from eventview.session.session import Session
from eventview.session.source import Batch, SessionRef, Source
from eventview.session.text import clean
from eventview.tui.app import EventviewApp
from eventview.tui.feed import Feed
from eventview.tui.screens import compare
from eventview.tui.screens.compare import COMPARING, CompareScreen
from eventview.view.view import View
from eventview.view.view_options import InitialView, ViewOptions
from tests.tui.stage import SMALL, WIDE, Given, Hand, Stage, nowhere


def page(at: int, path: str, **load: Any) -> Location:
    return Location("LOCATION", at, {}, host="shop", path=path, packed_load=LoadMetrics(**load))


def click(at: int, label: str) -> Click:
    return Click("CLICK", at, {}, label=clean(label))


def paid(at: int, status: int) -> Request:
    return Request("REQUEST", at, {}, method="POST", url="https://api/pay", status=status)


GOOD: Sequence[Event] = [
    page(0, "/cart", load_ms=900),
    click(1_000, "Pay"),
    paid(1_200, 200),
    page(4_000, "/thanks"),
    click(5_000, "Print"),
    page(6_000, "/"),
    click(7_000, "Log out"),
]
BAD: Sequence[Event] = [
    page(0, "/cart", load_ms=8_000),
    Input("INPUT", 500, {}, label="Code", value="***"),
    click(1_000, "Pay"),
    click(1_100, "Pay"),
    paid(1_200, 500),
    page(6_000, "/"),
    click(7_000, "Log out"),
]


def given(events: Sequence[Event], session: str, total: int | None = None) -> Given:
    batch = Batch(events, len(events) if total is None else total)
    return Given([batch], [batch], session_ref=SessionRef("acme-shop", session, "acme.example"))


class Comparing(Stage):
    """The application while it compares."""

    def __init__(self, app: EventviewApp, pilot: Pilot[EventviewError], screen: CompareScreen):
        super().__init__(app, pilot)
        self.compare = screen

    @property
    def shown(self) -> list[str]:
        """The shown lines without blank ones."""
        lines = self.compare.lines
        found = (lines.render_line(y).text for y in range(lines.size.height))
        return [line.rstrip() for line in found if line.strip()]

    @property
    def here(self) -> str:
        """The line under the cursor."""
        return next(line for line in self.shown if line.startswith("▸"))

    @property
    def status(self) -> str:
        return self.compare.status_bar.render_line(0).text

    @property
    def title(self) -> str:
        return self.lines[0]


@asynccontextmanager
async def comparing(
    first: Source,
    second: Source,
    *,
    size: tuple[int, int] = SMALL,
    options: ViewOptions | None = None,
    until: Callable[[Comparing], bool] | None = None,
) -> AsyncIterator[Comparing]:
    screen = CompareScreen(
        Feed(first).start(), Feed(second).start(), options or ViewOptions(types=STARTING_TYPES)
    )
    app = EventviewApp(screen, InitialView(), nowhere())
    async with app.run_test(size=size, notifications=True) as pilot:
        stage = Comparing(app, pilot, screen)
        await stage.until(lambda: "quit" in stage.footer)
        is_there = until or (lambda stage: "row " in stage.status)
        await stage.until(lambda: is_there(stage))
        yield stage


async def test_both_sessions_stand_side_by_side_with_what_differs_marked() -> None:
    async with comparing(given(GOOD, "42"), given(BAD, "43")) as stage:
        assert stage.title.startswith(" acme-shop › 42 | acme-shop › 43 ")
        assert stage.title.rstrip().endswith(" 5 differences")
        assert [" ".join(line.split()) for line in stage.shown] == [
            "▸~ → /cart 4.0s · load 900ms good │ → /cart 6.0s · load 8.0s poor",
            "+ │ ✎ Code",
            "~ ● Pay │ ● Pay ×2",
            "~ ⇅ POST 200 /pay │ ⇅ POST 500 /pay",
            "- → /thanks 2.0s │ not in this session",
            "- ● Print │",
            "→ / 1.0s │ → / 1.0s",
            "● Log out │ ● Log out",
        ]
        assert {line.index("│") for line in stage.shown} == {40}, "one below the other"
        await stage.press("q")
    assert stage.app.return_value is None


async def test_the_scrollbar_takes_nothing_from_what_stands_at_the_edge() -> None:
    more = [click(8_000 + number, f"{number}") for number in range(50)]
    async with comparing(given([*GOOD, *more], "42"), given([*BAD, *more], "43")) as stage:
        assert "→ /cart         6.0s · load 8.0s poor" in stage.lines[1]
        assert stage.compare.lines.show_vertical_scrollbar


async def test_n_goes_from_difference_to_difference_in_a_circle() -> None:
    async with comparing(given(GOOD, "42"), given(BAD, "43")) as stage:
        said = [
            "difference 1 of 5 · ~ load 8.0s poor instead of 900ms good",
            "difference 2 of 5 · + only in the second session",
            "difference 3 of 5 · ~ ×2 instead of ×1",
            "difference 4 of 5 · ~ 500 instead of 200",
            "difference 5 of 5 · - only in the first session, 1 step",
        ]
        assert stage.status.strip().startswith(said[0])
        for words in [*said[1:], said[0]]:
            await stage.press("n")
            assert stage.status.strip().startswith(words)
        for words in [said[4], said[3]]:
            await stage.press("N")
            assert stage.status.strip().startswith(words)
        assert stage.status.rstrip().endswith("row 4 of 8")
        await stage.press("G")
        assert stage.status.strip() == "row 8 of 8", "there is nothing to say of what is the same"
        await stage.press("k")
        assert stage.here.startswith("▸  → /")


async def test_without_differences_n_says_so(documented: Session) -> None:
    async with comparing(Given.session(documented), Given.session(documented)) as stage:
        assert stage.title.rstrip().endswith("no differences")
        await stage.press("n")
        await stage.until(lambda: "There are no differences." in stage.text)


async def test_braces_go_from_page_to_page() -> None:
    async with comparing(given(GOOD, "42"), given(BAD, "43")) as stage:
        for key, row in (
            ("}", 5), ("}", 7), ("}", 7), ("j", 8), ("{", 7), ("{", 5), ("{", 1), ("{", 1),
        ):  # fmt: skip
            name = {"}": "right_curly_bracket", "{": "left_curly_bracket"}.get(key, key)
            await stage.press(name)
            assert f"row {row} of 8" in stage.status


async def test_one_moves_as_in_the_timeline(checkout: Session, documented: Session) -> None:
    async with comparing(Given.session(checkout), Given.session(documented)) as stage:
        height = stage.compare.lines.size.height
        for keys, row in (
            ("j", 2), ("down", 3), ("up", 2), ("k", 1), ("k", 1), ("G", 159), ("j", 159),
            ("home", 1), ("space", 1 + height), ("b", 1), ("pagedown", 1 + height), ("pageup", 1),
            ("ctrl+d", 1 + height // 2), ("ctrl+u", 1), ("end", 159), ("g", 1),
        ):  # fmt: skip
            await stage.press(keys)
            assert f"row {row} of 159" in stage.status, keys
            assert stage.here
        await stage.pilot.click(stage.compare.lines, offset=(5, 3))
        assert "row 4 of 159" in stage.status
        assert "Both sessions" not in stage.text
        await stage.pilot.click(stage.compare.lines, offset=(5, 3))
        await stage.until(lambda: "Both sessions" in stage.text)


async def test_a_click_below_the_last_line_does_nothing() -> None:
    async with comparing(given(GOOD, "42"), given(BAD, "43")) as stage:
        await stage.pilot.click(stage.compare.lines, offset=(5, 15))
        assert "row 1 of 8" in stage.status


async def test_enter_shows_both_events_one_below_the_other() -> None:
    async with comparing(given(GOOD, "42"), given(BAD, "43"), size=(80, 60)) as stage:
        await stage.press("n", "n", "enter")
        await stage.until(lambda: "Both sessions" in stage.text)
        text = stage.text
        assert "difference 3 of 5 · ~ ×2 instead of ×1" in text
        assert text.index("first session: acme-shop › 42") < text.index("2 events in a row")
        assert text.index("second session: acme-shop › 43") < text.index("2 events in a row")
        assert text.count("label       Pay") == 2
        await stage.press("escape")
        assert "Both sessions" not in stage.text
        await stage.press("n", "n", "j", "enter")
        await stage.until(lambda: "nothing in this place" in stage.text)
        assert "label       Print" in stage.text


async def test_a_wide_screen_has_room_for_the_time_of_each_side() -> None:
    async with comparing(given(GOOD, "42"), given(BAD, "43"), size=WIDE) as stage:
        pay = next(line for line in stage.shown if "Pay" in line)
        one, two = pay.split(" │ ")
        assert one.split() == ["~", "+0:01.000", "●", "Pay"]
        assert two.split() == ["+0:01.000", "●", "Pay", "×2"]


async def test_a_narrow_screen_has_one_column_and_what_changed_below() -> None:
    async with comparing(given(GOOD, "42"), given(BAD, "43"), size=(50, 20)) as stage:
        assert [" ".join(line.split()) for line in stage.shown] == [
            "▸~1 → /cart 4.0s · load 900ms good",
            "2 → /cart 6.0s · load 8.0s poor",
            "+ ✎ Code",
            "~1 ● Pay",
            "2 ● Pay ×2",
            "~1 ⇅ POST 200 /pay",
            "2 ⇅ POST 500 /pay",
            "- → /thanks 2.0s",
            "- ● Print",
            "→ / 1.0s",
            "● Log out",
        ]
        await stage.press("n", "n")
        assert stage.here.split() == ["▸~1", "●", "Pay"]
        # A click on the lower half is one on the row.
        await stage.pilot.click(stage.compare.lines, offset=(5, 6))
        assert stage.here.split() == ["▸~1", "⇅", "POST", "200", "/pay"]
        await stage.pilot.resize_terminal(80, 24)
        await stage.until(lambda: " │ " in stage.text)
        assert stage.here.startswith("▸~ ⇅ POST 200 /pay")


async def test_the_cursor_stays_in_sight_on_a_screen_of_few_lines() -> None:
    async with comparing(given(GOOD, "42"), given(BAD, "43"), size=(50, 7)) as stage:
        for _ in range(7):
            await stage.press("j")
            assert stage.here
        assert stage.here.split() == ["▸", "●", "Log", "out"]
        for _ in range(7):
            await stage.press("k")
            assert stage.here
        assert stage.here.split()[:3] == ["▸~1", "→", "/cart"]


async def test_names_that_are_too_long_for_both_are_told_apart_by_their_ids() -> None:
    first, second = given(GOOD, "4813023023591169"), given(BAD, "4813023023591170")
    async with comparing(first, second) as stage:
        both = " acme-shop › 4813023023591169 | acme-shop › 4813023023591170 "
        assert stage.title.startswith(both)
        await stage.pilot.resize_terminal(70, 24)
        await stage.until(
            lambda: stage.title.startswith(" acme-shop › 4813023023591169 | 4813023023591170 ")
        )
        await stage.pilot.resize_terminal(60, 24)
        await stage.until(lambda: stage.title.startswith(" 4813023023591169 | 4813023023591170 "))
        await stage.pilot.resize_terminal(120, 24)
        await stage.until(lambda: stage.title.startswith(both))
        assert stage.title.rstrip().endswith("rows: 1 added, 2 missing, 3 changed")
        await stage.pilot.resize_terminal(40, 24)
        await stage.until(lambda: "… | " in stage.title)
        assert stage.title.rstrip().endswith(" 5 differences")


async def test_files_are_told_apart_by_their_names() -> None:
    first, second = (
        Given(
            [Batch(GOOD, 7)],
            session_ref=SessionRef(f"a file of the {name} one.json", "42", "there"),
        )
        for name in ("good", "bad")
    )
    async with comparing(first, second) as stage:
        assert stage.title.startswith(" a file of the good one.json | a file of the bad one.json ")


async def test_what_a_session_says_is_no_markup_and_breaks_no_line() -> None:
    labels = ["[bold]x[/]", "\x1b[31mred\n", "a\u202eb", "本" * 60, "👨‍👩‍👧‍👦 family"]
    first = [page(0, "/a"), *(click(n + 1, label) for n, label in enumerate(labels))]
    async with comparing(given(first, "[red]42"), given(first[:3], "43")) as stage:
        assert "acme-shop › [red]42" in stage.title
        assert "[bold]x[/]" in stage.text
        assert "␛[31mred␊" in stage.text
        assert "a<U+202E>b" in stage.text
        assert "\x1b" not in stage.text
        for number in range(1, 6):
            await stage.press("j")
            assert f"row {number + 1} of 6" in stage.status
        await stage.press("enter")
        await stage.until(lambda: "label       " in stage.text)


async def test_what_is_not_compared_is_said_above() -> None:
    options = ViewOptions(STARTING_TYPES, Query.parse("pay"))
    async with comparing(
        given(GOOD, "42", 9), given(BAD, "43"), options=options, size=WIDE
    ) as stage:
        above = " ".join(line.strip() for line in stage.lines[1:4])
        assert "The first session is incomplete: 2 of 9 events have not come." in above
        assert "Only a part of both sessions is compared: filter: “pay”" in above
        assert "Log out" not in stage.text


async def test_where_no_event_is_shown_there_is_nothing_to_compare() -> None:
    options = ViewOptions(STARTING_TYPES, Query.parse("nowhere"))
    async with comparing(
        given(GOOD, "42"), given(BAD, "43"), options=options,
        until=lambda stage: "no differences" in stage.title,
    ) as stage:  # fmt: skip
        assert "No events of either session are shown." in stage.text
        await stage.press(
            "j", "G", "n", "enter", "right_curly_bracket", "left_curly_bracket", "space"
        )
        assert "Both sessions" not in stage.text
        await stage.press("q")
    assert stage.app.return_value is None


# --- coming in


async def test_how_far_a_comparison_is_stands_on_the_screen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    go = threading.Event()

    def compare_slowly(first: View, second: View) -> Comparison:
        for _ in track(range(40), "comparing", 40, "page visits"):
            pass
        go.wait(60)
        return compare_sessions(first, second)

    monkeypatch.setattr(Progress, "interval_s", 0)
    monkeypatch.setattr(compare, "compare_sessions", compare_slowly)

    def is_counted(stage: Comparing) -> bool:
        return "comparing 32 of 40 page visits" in stage.text

    async with comparing(given(GOOD, "1"), given(BAD, "2"), until=is_counted) as stage:
        assert "Comparing both sessions …" in stage.text
        go.set()
        await stage.until(lambda: "row 1 of" in stage.text)
        assert "page visits" not in stage.text


async def test_what_is_waited_for_is_said_until_both_are_there() -> None:
    first, second = Hand(), Hand()
    async with comparing(
        first, second, until=lambda stage: "Reading both sessions from acme.example" in stage.text
    ) as stage:
        assert stage.title.rstrip().endswith("reading")
        for key in ("n", "enter", "j", "escape"):
            await stage.press(key)
        first.give(Batch(GOOD[:2], 7))
        await stage.until(lambda: "first: 2 of 7 read · second: reading" in stage.text)
        first.give(Batch(GOOD[2:], 7))
        first.give(None)
        await stage.until(lambda: "Reading the second session from acme.example" in stage.text)
        assert "q quits." in stage.text
        second.give(Batch(BAD, 7))
        second.give(None)
        await stage.until(lambda: "row 1 of 8" in stage.text)
        await stage.press("q")
    assert stage.app.return_value is None


async def test_a_failure_says_of_which_session_and_is_what_the_program_ends_with() -> None:
    failure = NotFoundError("There is no session 43.", reason="Not kept.", hint="Check its id.")
    second = Given([failure], session_ref=SessionRef("acme-shop", "43", "acme.example"))
    async with comparing(
        given(GOOD, "42"), second, until=lambda stage: "exit code" in stage.text
    ) as stage:
        text = " ".join(stage.text.split())
        assert "The second session, acme-shop › 43: There is no session 43." in text
        assert "Not kept. Check its id." in " ".join(text.replace("▌", "").split())
        assert "exit code 4" in text
        await stage.until(lambda: stage.keys == "r try again ? help q quit")
        await stage.press("n", "enter", "q")
    ended = stage.app.return_value
    assert isinstance(ended, NotFoundError)
    assert str(ended).startswith("The second session, acme-shop › 43: There is no session 43.")


async def test_a_mistake_of_ours_says_of_which_session_too() -> None:
    first = Given([ValueError("secret")], session_ref=SessionRef("acme-shop", "42", "acme.example"))
    async with comparing(
        first, given(BAD, "43"), until=lambda stage: "exit code 6" in stage.text
    ) as stage:
        assert "The first session, acme-shop › 42: This data triggered a bug" in stage.text
        assert "secret" not in stage.text
        await stage.press("q")
    assert isinstance(stage.app.return_value, InternalError)


async def test_r_fetches_what_failed_again() -> None:
    failure = UnavailableError("acme.example is down.")
    first = Given(
        [failure], [Batch(GOOD, 7)], session_ref=SessionRef("acme-shop", "42", "acme.example")
    )
    second = given(BAD, "43")
    async with comparing(
        first, second, until=lambda stage: "acme.example is down." in stage.text
    ) as stage:
        await stage.press("r")
        await stage.until(lambda: "row 1 of 8" in stage.text)
        await stage.until(lambda: stage.lines[-1].startswith("n next Enter details ? help"))
        assert first.asked == ["all", "all"]
        assert second.asked == ["all"]
        await stage.press("j", "r")
        await stage.until(lambda: "Nothing is left to fetch" in stage.text)
        assert stage.here.split()[:2] == ["▸+", "│"], "the cursor stays"
        await stage.press("q")
    assert stage.app.return_value is None


async def test_a_session_that_broke_off_is_compared_as_far_as_it_came_and_completed() -> None:
    failure = UnavailableError("acme.example is down.")
    second = Given(
        [Batch(BAD[:3], 7), failure],
        [Batch(BAD[3:], 7)],
        session_ref=SessionRef("acme-shop", "43", "acme.example"),
    )
    async with comparing(
        given(GOOD, "42"), second, size=WIDE,
        until=lambda stage: "acme.example is down." in stage.text,
    ) as stage:  # fmt: skip
        assert "The second session is not complete" in stage.text
        assert "The second session is incomplete: 4 of 7 events have not come." in stage.text
        await stage.press("r")
        await stage.until(
            lambda: "5 differences · rows: 1 added, 2 missing, 3 changed" in stage.title
        )
        assert "incomplete" not in stage.text
        assert second.asked == ["all", "rest"]


async def test_that_neither_session_came_whole_is_said_at_once() -> None:
    sources = [
        Given(
            [Batch(events[:3], 7), UnavailableError(f"{number}.example is down.")],
            session_ref=SessionRef("acme-shop", number, "acme.example"),
        )
        for events, number in ((GOOD, "42"), (BAD, "43"))
    ]
    async with comparing(
        *sources, size=WIDE, until=lambda stage: "43.example is down." in stage.text
    ) as stage:
        assert "42.example is down." in stage.text


async def test_what_is_not_plain_is_said_of_each_session() -> None:
    options = ViewOptions(types=TypeChoice(frozenset({"location", "clik"}), only=True))
    async with comparing(
        given(GOOD, "42"), given(BAD, "43"), options=options, size=WIDE,
        until=lambda stage: "clik" in stage.notices,
    ) as stage:  # fmt: skip
        for which, session in (("first", GOOD), ("second", BAD)):
            said = options.types.remark(
                Session(SessionRef("acme-shop", "42", "acme.example"), session)
            )
            assert said
            assert f"The {which} session: {said}" in stage.notices
    options = ViewOptions(filter=Query.parse("before:#9"))
    async with comparing(
        given(GOOD, "42"), given(BAD, "43"), options=options, size=WIDE,
        until=lambda stage: "#9" in stage.notices,
    ) as stage:  # fmt: skip
        for which in ("first", "second"):
            assert f"The {which} session: There is no event #9" in stage.notices


# --- help


async def test_the_help_lists_these_keys_and_no_others() -> None:
    async with comparing(given(GOOD, "42"), given(BAD, "43"), size=(80, 40)) as stage:
        assert "n next" in stage.lines[-1]
        assert "Enter details" in stage.lines[-1]
        await stage.press("question_mark")
        await stage.until(lambda: "to the next difference" in stage.text)
        assert "to the next page visit" in stage.text
        assert "filter" not in stage.text
        await stage.press("escape", "escape")
        assert "row 1 of 8" in stage.status, "Esc does nothing"


async def test_the_palette_offers_what_can_be_done_here() -> None:
    async with comparing(given(GOOD, "42"), given(BAD, "43")) as stage:
        offered = {command.title for command in stage.app.get_system_commands(stage.app.screen)}
        assert "Differences: to the next difference" in offered
        assert "Pages: to the next page visit" in offered
        assert not any("filter" in title for title in offered)


def test_no_key_has_two_meanings() -> None:
    keys = [
        key for group in COMPARING for command in group.commands for key in command.keys.split(",")
    ]
    assert len(keys) == len(set(keys))
