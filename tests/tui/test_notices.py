"""Notices at the edge of the screen: their number, place, length and duration."""

from __future__ import annotations

import pytest

from eventview.errors import UnavailableError
from eventview.session.position import Position
from eventview.session.session import Session
from eventview.session.source import Batch
from eventview.tui.app import EventviewApp
from eventview.view.time_display import TimeOptions
from tests.tui.stage import SMALL, Given, Hand, Stage, staged

NONE = "There are no errors in this session."
MARKLESS = "Nothing is marked: m marks an event."


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep notices on the screen for longer than any test."""
    monkeypatch.setattr(EventviewApp, "NOTIFICATION_TIMEOUT", 3600)


def covered(stage: Stage) -> list[int]:
    """Return the lines of the screen that a notice covers."""
    return [number for number, line in enumerate(stage.lines) if "▌" in line]


async def test_the_last_notice_takes_the_place_of_the_one_before(checkout: Session) -> None:
    async with staged(Given.session(checkout), size=SMALL) as stage:
        await stage.press("e", "u", "e", "e")
        await stage.until(lambda: NONE in stage.text)
        assert stage.notices == NONE
        assert len(covered(stage)) == 1
        await stage.press("u")
        await stage.until(lambda: MARKLESS in stage.text)
        assert NONE not in stage.text


async def test_two_notices_at_once_leave_the_last(checkout: Session) -> None:
    async with staged(Given.session(checkout), size=SMALL) as stage:
        for words in ("one", "two"):
            stage.screen.notify(words, markup=False)
        await stage.until(lambda: bool(stage.notices))
        await stage.pilot.pause()
        assert stage.notices == "two"


async def test_a_notice_lies_over_the_footer_and_leaves_status_and_detail_free(
    checkout: Session,
) -> None:
    async with staged(Given.session(checkout), size=SMALL) as stage:
        above = stage.lines[:-1]
        await stage.press("e")
        await stage.until(lambda: NONE in stage.text)
        assert stage.lines[:-1] == above


@pytest.mark.parametrize("size", [SMALL, (40, 12)])
@pytest.mark.parametrize(
    "words",
    [
        "The ticket: in tmux's buffer (prefix ] pastes), and tmux was asked to hand it to the "
        "terminal's clipboard.",
        "Written to /srv/cases/2026-11/customers/acme-outdoor/checkout-payment/OPS-4711.md.",
        "One [b]thing[/b].\nAnd another.",
    ],
)
async def test_a_long_notice_is_broken_between_words_and_parts_of_paths(
    checkout: Session, size: tuple[int, int], words: str
) -> None:
    async with staged(Given.session(checkout), size=size) as stage:
        stage.screen.notify(words)
        await stage.until(lambda: len(covered(stage)) > 1)
        said = [stage.lines[number].replace("▌", "").strip() for number in covered(stage)]
        assert all(line in words for line in said)
        assert all(
            line[-1] in "/." or words[words.index(line) + len(line)].isspace() for line in said
        )
        assert "".join(said).replace(" ", "") == "".join(words.split())


@pytest.mark.parametrize(
    ("key", "opened"),
    [
        ("question_mark", "to the first row"),
        ("a", "duration"),
        ("y", "replay link"),
        ("ctrl+p", "Search for commands"),
        ("slash", "Enter keep"),
        ("colon", "or #42"),
        ("ctrl+s", ".ndjson"),
    ],
)
async def test_what_opens_is_not_covered_by_what_was_said_before(
    checkout: Session, key: str, opened: str
) -> None:
    async with staged(Given.session(checkout), size=SMALL) as stage:
        await stage.press("e")
        await stage.until(lambda: NONE in stage.text)
        await stage.press(key)
        await stage.until(lambda: opened in stage.text and NONE not in stage.text)
        assert not stage.notices


async def test_escape_takes_a_notice_away_and_does_what_it_always_does(checkout: Session) -> None:
    async with staged(Given.session(checkout), size=SMALL) as stage:
        await stage.press("slash", *"cart", "enter", "e")
        await stage.until(lambda: NONE in stage.text)
        await stage.press("escape")
        await stage.until(lambda: NONE not in stage.text)
        assert "/ cart" not in stage.status


async def test_what_is_said_while_something_is_typed_is_above_it(checkout: Session) -> None:
    hand = Hand()
    async with staged(hand, size=SMALL, wait=False) as stage:
        hand.give(Batch(checkout.events, 200))
        await stage.until(lambda: "+0:00" in stage.text)
        await stage.press("colon", *"soon", "enter")
        hand.give(UnavailableError("The server is gone."))
        await stage.until(lambda: "The server is gone." in stage.text)
        prompt = next(n for n, line in enumerate(stage.lines) if line.startswith(" : soon"))
        assert max(covered(stage)) < prompt
        assert "▲" in stage.lines[prompt + 1], "what is wrong with it can be read"


async def test_two_things_to_say_of_how_a_session_opens_are_said_together(
    checkout: Session,
) -> None:
    source, nowhere = Given.session(checkout), Position.parse("#999")
    async with staged(source, size=SMALL, moment=nowhere, times=TimeOptions(zero=nowhere)) as stage:
        await stage.until(lambda: "There is no event #999 in this session." in stage.notices)
        assert "--times: There is no event #999 in this session." in stage.notices
