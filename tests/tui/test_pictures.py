"""Whole screens as they are kept in `screenshots/`: pictures of its shapes, texts of the rest.

After a change that is meant, renew them:
`pytest tests/tui/test_pictures.py --no-cov --renew`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from msgspec import structs

from eventview.analysis.rules import RULES
from eventview.errors import UnavailableError
from eventview.query.query import STARTING_TYPES
from eventview.session.events import Click, Event, Location
from eventview.session.metrics import LoadMetrics
from eventview.session.session import Session
from eventview.session.source import (
    Batch,
    Gap,
    OnStatus,
    SessionList,
    SessionRef,
    SessionSummary,
    Source,
    ignore_status,
)
from eventview.sources.files import open_demo
from eventview.sources.openreplay.http_errors import refusal
from eventview.sources.openreplay.responses import Response
from eventview.tui.app import EventviewApp
from eventview.tui.feed import Feed, ListingFeed
from eventview.tui.screens.compare import CompareScreen
from eventview.tui.screens.sessions import SessionsScreen
from eventview.view.view_options import InitialView, ViewOptions
from eventview.wire.v2 import read_event, unescape_strings
from tests.server.openreplay import RICH_SESSION_ID, OpenReplay
from tests.tui.stage import SMALL, WIDE, Given, Stage, nowhere, staged

SCREENSHOTS = Path(__file__).parents[2] / "screenshots"
PICTURES = frozenset(
    {
        "wide-location", "80x24", "second-api", "incomplete", "sessions", "rage-mono", "compare",
        "copy",
    }
)  # fmt: skip
"""The screens that are kept as pictures, with their colours; one of each shape."""


class Screenshot(NamedTuple):
    """A screen as a picture and as a text."""

    svg: str
    text: str


Matches = Callable[[str, Screenshot], bool]


@pytest.fixture
def matches(request: pytest.FixtureRequest) -> Matches:
    """Compares a screen with the one kept, or keeps it under `--renew`."""

    def compare(name: str, screen: Screenshot) -> bool:
        kept = SCREENSHOTS / (f"{name}.svg" if name in PICTURES else f"{name}.txt")
        shown = screen.svg if name in PICTURES else screen.text
        if request.config.getoption("--renew"):
            kept.write_text(shown, "utf-8")
        return kept.read_text("utf-8") == shown

    return compare


async def shoot(
    source: Source, size: tuple[int, int], *keys: str, options: ViewOptions | None = None
) -> Screenshot:
    """The screen after some keys."""
    async with staged(source, size=size, options=options) as stage:
        await stage.press(*keys)
        return screenshot_of(stage)


def screenshot_of(stage: Stage) -> Screenshot:
    """The screen as it is, without the number that Textual draws by lot."""
    svg = stage.app.export_screenshot(title="eventview")
    text = "".join(f"{line.rstrip()}\n" for line in stage.lines)
    return Screenshot(re.sub(r"terminal-\d+-", "terminal-", svg), text)


def failed() -> Given:
    answer = Response(401, "application/json", "", b'{"errors":["Invalid API Key"]}')
    given = Given([])
    return Given([refusal(answer, given.session_ref, "https://openreplay.example.com/api")])


@pytest.mark.parametrize(
    ("name", "size", "keys"),
    [
        ("wide-location", WIDE, "right_curly_bracket " * 18),
        ("wide-click", WIDE, "right_curly_bracket " * 17 + "j j j j j j j j j j j"),
        ("find", WIDE, "slash p a y enter n"),
        ("filter", WIDE, "ampersand c o u p o n enter"),
        ("80x24", SMALL, "j j j"),
        ("help", WIDE, "question_mark"),
    ],
)
async def test_the_demo_looks_as_in_the_readme(
    name: str, size: tuple[int, int], keys: str, matches: Matches
) -> None:
    assert matches(name, await shoot(open_demo(), size, *keys.split()))


async def test_a_refusal_looks_as_in_the_readme(matches: Matches) -> None:
    assert matches("error", await shoot(failed(), SMALL))


def rich() -> Session:
    """A session of the second API with every type of event there is."""
    [(_, rows)] = [
        (session, rows)
        for session, rows in OpenReplay(release="1.27").v2_sessions.items()
        if session == RICH_SESSION_ID
    ]
    events = list(map(read_event, [unescape_strings(row) for row in rows]))
    return Session.of(SessionRef("acme-shop", RICH_SESSION_ID), events, len(events), 1000)


async def test_what_only_the_second_api_tells_looks_as_in_the_readme(
    matches: Matches,
) -> None:
    options = ViewOptions(types=STARTING_TYPES)
    for name, size in (("second-api", WIDE), ("second-api-80x24", SMALL)):
        picture = await shoot(Given.session(rich()), size, *"jjjjj", options=options)
        assert matches(name, picture)


async def test_a_session_with_a_hole_looks_as_in_the_readme(
    checkout: Session, matches: Matches
) -> None:
    events, start = checkout.events, checkout.start_ms or 0
    batch = Batch([*events[:9], *events[60:]], 180, gaps=[Gap(start + 30_000, start + 420_000)])
    failure = UnavailableError("or.example answers 503.", hint="Try again in a minute.")
    assert matches("incomplete", await shoot(Given([batch, failure]), SMALL, *"jjj"))


async def test_a_users_sessions_look_as_in_the_readme(
    matches: Matches,
) -> None:
    class Listed:
        session_ref = SessionRef("acme-shop", "mette@example.com", "openreplay.example.com")

        def sessions(self, on_status: OnStatus = ignore_status) -> SessionList:
            first = 1_795_167_697_000
            return SessionList([
                SessionSummary(f"41132314135395{number:05}", first - number * 7_654_321,
                        91_000 * (number * 7 % 11 + 1), 13 * number + 4, number % 5 + 1,
                        (number == 2) * 3, "Firefox", "Linux", "NO")
                for number in range(6)
            ])  # fmt: skip

    app = EventviewApp(
        SessionsScreen(ListingFeed(Listed()).start(), lambda _: Given([])), InitialView()
    )
    async with app.run_test(size=(100, 12)) as pilot:
        stage = Stage(app, pilot)
        await stage.until(lambda: "6 sessions" in stage.lines[0])
        await stage.press("j")
        await stage.until(lambda: "Enter open" in stage.lines[-1])
        assert matches("sessions", screenshot_of(stage))


async def test_the_recorded_checkout_looks_as_it_did(checkout: Session, matches: Matches) -> None:
    assert matches("checkout", await shoot(Given.session(checkout), WIDE, "j"))


READING = [
    ("waterfall", "w w tab"),
    ("rage", "x x x"),
    ("folded", "H " + "j " * 13),
    ("zeroed", "x x x T k k"),
    ("context", "ampersand i s colon s l o w enter z z j"),
]
"""What it is to read a session: a poor load's waterfall, a rage click with its rule, the session
folded to its pages, a clock that counts from the rage, a filter with what is around its matches."""


@pytest.mark.parametrize(("name", "keys"), READING)
async def test_what_it_reads_looks_as_it_did(name: str, keys: str, matches: Matches) -> None:
    assert matches(name, await shoot(open_demo(), WIDE, *keys.split()))


async def test_without_colours_all_is_grey(
    matches: Matches, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    picture = await shoot(open_demo(), WIDE, *"xxx")
    assert matches("rage-mono", picture)
    assert without_hues(picture.svg)


def without_hues(svg: str) -> bool:
    """Return True if all colours of the terminal's contents are shades of grey."""
    contents = svg[svg.index("clip-path") :]
    painted = re.findall(r"#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})", contents)
    frame = {("ff", "5f", "57"), ("fe", "bc", "2e"), ("28", "c8", "40")}
    return all(red == green == blue for red, green, blue in {*painted} - frame)


def six_minutes(checkout: Session) -> Session:
    """From the checkout to the order, as a session of its own."""
    return Session.of(SessionRef("acme-shop", "6-minutes"), checkout.events[41:98])


def two_hours(checkout: Session) -> Session:
    """The recorded session again and again, with pauses of growing length between."""
    events: list[Event] = []
    later_ms = 0
    for times in range(4):
        events += [structs.replace(e, time_ms=(e.time_ms or 0) + later_ms) for e in checkout.events]
        later_ms += checkout.duration_ms + 200_000 * (times + 1)
    return Session.of(SessionRef("acme-shop", "2-hours"), events)


MADE = {6: six_minutes, 120: two_hours}


@pytest.mark.parametrize("minutes", MADE)
async def test_the_strip_shows_a_short_and_a_long_session_whole(
    minutes: int, checkout: Session, matches: Matches
) -> None:
    session = MADE[minutes](checkout)
    assert round(session.duration_ms / 60_000) == minutes
    for name, size in (("", SMALL), ("-wide", WIDE)):
        picture = await shoot(Given.session(session), size, "x", "x")
        assert matches(f"strip-{minutes}-minutes{name}", picture)


async def test_the_session_at_a_glance_looks_as_in_the_readme(
    matches: Matches,
) -> None:
    assert matches("about", await shoot(open_demo(), SMALL, "a"))


async def test_a_mistake_in_a_filter_looks_as_in_the_readme(
    matches: Matches,
) -> None:
    assert matches(
        "mistake",
        await shoot(open_demo(), SMALL, *["ampersand", "i", "s", "colon", "r", "a", "g", "e", "d"]),
    )


def unhurt(checkout: Session) -> Session:
    """The recorded session as it would have gone well: a code that works, a load in time."""
    code, poor = 29, 37
    events: list[Event] = []
    for index, event in enumerate(checkout.events[:72]):
        if code < index < poor or (59 < index < 66) or index == 41:
            continue
        if isinstance(event, Location) and index in (poor, 58, 66):
            quick = LoadMetrics(first_contentful_paint_ms=820, load_ms=1_400)
            query = "promo=SAVE10" if index == poor else ""
            events.append(structs.replace(event, packed_load=quick, query=query))
        else:
            events.append(event)
        if index == 25:
            events.append(Click("CLICK", event.time_ms, {}, label="Add a gift note"))
    return Session.of(SessionRef("acme-shop", "went-well"), events)


async def compared(
    first: Session, second: Session, size: tuple[int, int], *keys: str
) -> Screenshot:
    """Two sessions side by side after some keys."""
    good, bad = (Feed(Given.session(session)).start() for session in (first, second))
    screen = CompareScreen(good, bad, ViewOptions(), RULES)
    app = EventviewApp(screen, InitialView(), nowhere())
    async with app.run_test(size=size) as pilot:
        stage = Stage(app, pilot)
        await stage.until(lambda: "n next" in stage.lines[-1] and "row 1 of" in stage.text)
        await stage.press(*keys)
        return screenshot_of(stage)


async def test_a_good_and_a_bad_session_side_by_side_look_as_in_the_readme(
    checkout: Session, matches: Matches
) -> None:
    bad = Session.of(SessionRef("acme-shop", "went-wrong"), checkout.events[:72])
    assert matches("compare", await compared(unhurt(checkout), bad, WIDE, "n", "n", "n"))


async def test_the_two_recordings_side_by_side_look_as_they_did(
    checkout: Session, documented: Session, matches: Matches
) -> None:
    assert matches("compare-recordings", await compared(documented, checkout, SMALL, "n"))


async def test_what_can_be_copied_looks_as_in_the_readme(
    matches: Matches,
) -> None:
    assert matches("copy", await shoot(open_demo(), SMALL, "x", "x", "y"))
