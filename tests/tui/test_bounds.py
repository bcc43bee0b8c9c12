"""Slow and endless searches: keys still work, and texts left out are named."""

from __future__ import annotations

import re
from collections.abc import Sequence
from threading import Event

import pytest

from eventview.analysis.analysis import Analysis
from eventview.progress import begin_step
from eventview.query.query import Query
from eventview.render import summary
from eventview.render.event_fields import Field
from eventview.session.events import Click
from eventview.session.session import Session
from eventview.session.source import Batch
from eventview.tui.screens.dialogs import AboutScreen
from eventview.tui.state import SessionState
from eventview.tui.state_changer import StateChanger, ViewChange
from eventview.view.view import View
from eventview.view.view_options import ViewOptions
from tests.conftest import session_of
from tests.tui.stage import PATIENCE_S, SMALL, Given, Hand, Stage, staged

ENDLESS = "label:/(a|aa)+$/"


def clicks(*labels: str) -> Session:
    return session_of(
        [
            Click("CLICK", 1_762_772_400_000 + number * 60_000, {}, label=label)
            for number, label in enumerate(labels)
        ]
    )


def endless(number: int = 2000) -> Session:
    """Return a session on whose texts an expression takes too long."""
    return clicks("aa", *(f"{'a' * 60}!{n}" for n in range(number)), "a")


async def find_for_ever(stage: Stage, key: str) -> None:
    await stage.press(key)
    await stage.type(ENDLESS)
    await stage.until(lambda: "finding" in stage.title)


async def test_what_a_find_had_no_time_for_is_named_as_long_as_it_stands() -> None:
    async with staged(Given.session(clicks("aa", "a" * 60 + "!", "b", "a"))) as stage:
        await stage.press("slash")
        await stage.type(ENDLESS)
        await stage.press("enter")
        said = f"{ENDLESS}: 1 text took too long and was left out: #2."
        assert f"of 2 hits · {said}" in stage.status
        await stage.press("n")
        assert f"of 2 hits · {said}" in stage.status
        await stage.press("escape")
        assert "too long" not in stage.status


async def test_what_a_filter_had_no_time_for_is_named_and_not_shown() -> None:
    async with staged(Given.session(clicks("aa", "a" * 60 + "!", "b", "a"))) as stage:
        await stage.press("ampersand")
        await stage.type(f"-{ENDLESS}")
        await stage.press("enter")
        assert "1 of 4 shown" in stage.title
        assert f"-{ENDLESS}: 1 text took too long and was left out: #2." in stage.status


async def test_esc_gives_up_a_find_while_it_is_typed() -> None:
    session = endless()
    async with staged(Given.session(session), patience_s=0, search_s=120) as stage:
        await stage.until(lambda: stage.number_of_rows == len(session.events))
        await find_for_ever(stage, "ampersand")
        await stage.press("escape")
        await stage.until(lambda: "finding" not in stage.title)
        assert "2,002 of 2,002 events" in stage.title
        assert stage.number_of_rows == 2002


@pytest.mark.parametrize("key", ["ampersand", "slash"])
async def test_esc_gives_up_a_find_that_goes_on_behind_the_list(key: str) -> None:
    session = endless()
    async with staged(Given.session(session), patience_s=0, search_s=120) as stage:
        await stage.until(lambda: stage.number_of_rows == len(session.events))
        await find_for_ever(stage, key)
        await stage.press("enter")
        # Keys still work meanwhile.
        await stage.press("t")
        assert "times UTC" in stage.title
        assert "finding" in stage.title
        await stage.press("escape")
        # A find, unlike a filter, always keeps all rows.
        await stage.until(lambda: "finding" not in stage.title)
        assert stage.number_of_rows == 2002
        assert "hit" not in stage.status


@pytest.mark.parametrize("key", ["ampersand", "slash"])
async def test_how_far_a_find_is_stands_in_the_title_and_behind_the_prompt(
    key: str,
) -> None:
    session = endless()
    async with staged(Given.session(session), patience_s=0, search_s=60, size=SMALL) as stage:
        await stage.until(lambda: stage.number_of_rows == len(session.events))
        await find_for_ever(stage, key)
        figure = re.compile(r"finding \d+ % …")
        await stage.until(lambda: figure.search(stage.lines[-2]) is not None)
        assert figure.search(stage.title)
        await stage.press("enter")
        # Each text takes a part of the time that all of them have.
        await stage.until(lambda: re.search(r"finding [1-9]\d* % …", stage.title) is not None)
        await stage.press("escape")
        await stage.until(lambda: "finding" not in stage.title)


async def test_how_far_an_overview_is_stands_in_the_title(monkeypatch: pytest.MonkeyPatch) -> None:
    gate = Event()

    def rate(_: Analysis) -> Sequence[Field]:
        begin_step("rating 5,000 of 20,000 page loads")
        assert gate.wait(PATIENCE_S)
        return []

    monkeypatch.setattr(summary, "summary_fields", rate)
    async with staged(Given.session(clicks("a", "b"))) as stage:
        await stage.press("a")
        await stage.until(lambda: "rating 5,000 of 20,000 page loads" in stage.title)
        gate.set()
        await stage.until(lambda: isinstance(stage.app.screen, AboutScreen))
        await stage.press("escape")
        assert "rating" not in stage.title


async def test_how_long_a_fold_takes_stands_in_the_title(monkeypatch: pytest.MonkeyPatch) -> None:
    gate = Event()
    async with staged(Given.session(clicks("a", "b")), patience_s=0) as stage:
        await stage.until(lambda: stage.number_of_rows == 2)
        monkeypatch.setattr(Analysis, "prepare", lambda _: gate.wait(PATIENCE_S))
        await stage.press("1")
        await stage.until(lambda: "arranging 2 events, 0." in stage.title)
        gate.set()
        await stage.until(lambda: stage.number_of_rows == 0)
        assert "arranging" not in stage.title


async def test_what_is_typed_next_takes_the_place_of_what_cannot_end() -> None:
    session = endless()
    async with staged(Given.session(session), patience_s=0, search_s=120) as stage:
        await stage.until(lambda: stage.number_of_rows == len(session.events))
        await find_for_ever(stage, "ampersand")
        await stage.press("ctrl+u")
        await stage.type('label:"a!"')
        await stage.press("enter")
        await stage.until(lambda: "2,000 of 2,002 shown" in stage.title)
        assert "finding" not in stage.title


async def test_a_find_that_takes_its_time_ends_on_its_first_hit() -> None:
    async with staged(
        Given.session(clicks("b", "c", "aa", "a")), patience_s=0, search_s=120
    ) as stage:
        await stage.until(lambda: stage.number_of_rows == 4)
        await stage.press("slash")
        await stage.type(ENDLESS)
        await stage.press("enter")
        await stage.until(lambda: "1 of 2 hits" in stage.status)
        assert "row 3 of" in stage.status


async def test_a_session_goes_on_coming_in_while_something_is_looked_for() -> None:
    hand, session = Hand(), endless()
    first, rest = session.events[:500], session.events[500:]
    async with staged(hand, wait=False, patience_s=0, search_s=120) as stage:
        hand.give(Batch(first, 2002))
        await stage.until(lambda: stage.number_of_rows == 500)
        await find_for_ever(stage, "ampersand")
        hand.give(Batch(rest, 2002))
        hand.give(None)
        await stage.until(lambda: stage.is_complete)
        assert "finding" in stage.title
        await stage.press("escape")
        await stage.until(lambda: stage.number_of_rows == 2002)


async def test_what_the_command_line_asks_for_can_be_given_up_too() -> None:
    session = endless()
    options = ViewOptions(filter=Query.parse(ENDLESS))
    async with staged(Given.session(session), options=options, patience_s=0, search_s=120) as stage:
        await stage.press("escape")
        await stage.until(lambda: stage.number_of_rows == 2002)


async def test_folding_does_not_look_again_for_what_is_found() -> None:
    session = clicks("aa", *["a" * 60 + "!"] * 3, "a")
    options = ViewOptions(filter=Query.parse(ENDLESS))
    async with staged(Given.session(session), options=options) as stage:
        before = stage.status
        await stage.press("H", "L", "t")
        assert "3 texts took too long and were left out: #2, #3, #4." in before
        assert stage.status == before


async def test_the_session_at_a_glance_may_take_its_time() -> None:
    async with staged(Given.session(clicks("a", "b")), patience_s=0, search_s=120) as stage:
        await stage.until(lambda: stage.number_of_rows == 2)
        await stage.press("a")
        await stage.until(lambda: isinstance(stage.app.screen, AboutScreen))


async def test_a_find_stays_ready_when_slow_work_with_its_options_follows_at_once() -> None:
    session = clicks("a", "b")
    before = View(Analysis(session), ViewOptions())
    shown, may_end = [SessionState(before, before.options)], Event()

    def work() -> View:
        may_end.wait()
        return shown[-1].view

    async with staged(Given.session(session)) as stage:
        changer = StateChanger(stage.app.get_default_screen(), lambda: shown[-1], shown.append)

        def start_slow_work() -> None:
            changer.on_idle = lambda: None
            StateChanger.patience_s = 0
            changer.prepare(ViewChange(shown[-1].options, ()), work, lambda _: None)

        changer.on_idle = start_slow_work
        find = shown[-1].search("/", Query.parse("b"))
        changer.show(find.after_change(lambda state: state.go_to(state.view.hits[0])))
        may_end.set()
        assert not shown[-1].is_searching
        assert shown[-1].cursor == 1
