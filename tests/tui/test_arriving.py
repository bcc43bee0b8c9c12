"""Sessions that come in pieces, late, not at all, or go on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from eventview.analysis.analysis import Analysis
from eventview.errors import (
    CancelledError,
    NotAuthorisedError,
    NotFoundError,
    Retype,
    UnavailableError,
    UsageError,
)
from eventview.query.query import STARTING_TYPES
from eventview.render import rows
from eventview.session.events import Click, Event
from eventview.session.session import Session
from eventview.session.source import Batch, Gap, OnStatus, ReplayOffset, SessionRef, ignore_status
from eventview.sources.openreplay.connection import Connection, RetryPolicy, Server
from eventview.sources.openreplay.request_log import Secret
from eventview.sources.openreplay.sessions import RemoteSession
from eventview.tui.app import EventviewApp
from eventview.tui.feed import Feed
from eventview.tui.session_loader import SessionLoader
from eventview.view.view import View
from eventview.view.view_options import InitialView, RowWindow, ViewOptions
from tests.server.faults import Hang, HtmlPage, Status
from tests.server.openreplay import (
    API_KEY,
    PROJECT_KEY,
    RICH_SESSION_ID,
    SESSION_IDS,
    OpenReplay,
    many_rows,
    serve,
)
from tests.tui.stage import SMALL, WIDE, Given, Hand, Stage, staged

GONE = UnavailableError("The server is gone.", hint="Start it.")


def clicks(*seconds: int) -> Sequence[Event]:
    return [Click("CLICK", second * 1000, {}, label=f"at {second}") for second in seconds]


async def test_what_came_before_a_failure_stays_says_so_and_r_fetches_the_rest() -> None:
    source = Given(
        [Batch(clicks(1, 2), 4, 1000, starts_over=True), GONE],
        [Batch(clicks(3, 4), 4, 1000)],
        [Batch(clicks(1, 2, 3, 4), 4, 1000, starts_over=True)],
    )
    async with staged(source) as stage:
        assert "incomplete: 2 of 4 events have not come (r: try again)" in stage.title
        assert [row.split()[-1] for row in stage.rows] == ["1", "2"]
        await stage.press("j", "r")
        await stage.until(lambda: "4 of 4 events" in stage.title)
        assert "incomplete" not in stage.title
        assert "at 2" in stage.cursor
        assert source.asked == ["all", "rest"]
        await stage.press("r")
        await stage.until(lambda: source.asked == ["all", "rest", "all"])


async def test_a_shortfall_that_nothing_failed_for_is_said_too() -> None:
    async with staged(Given([Batch(clicks(1), 2, starts_over=True)])) as stage:
        assert "incomplete: 1 of 2 events has not come" in stage.title


async def test_a_session_that_is_fetched_again_in_vain_stays_as_it_was() -> None:
    source = Given(
        [Batch(clicks(1, 2, 3), 3, starts_over=True)],
        [Batch(clicks(1), 3, starts_over=True), GONE],
        [GONE],
        [Batch(clicks(1, 2, 3, 4), 4, starts_over=True)],
    )
    async with staged(source) as stage:
        await stage.press("G")
        for _ in range(2):
            await stage.press("r")
            await stage.until(lambda: stage.is_complete)
            assert "3 of 3 events" in stage.title
            assert "incomplete" not in stage.title
            assert "Not fetched again" in stage.text
            assert "at 3" in stage.cursor
        await stage.press("r")
        await stage.until(lambda: "4 of 4 events" in stage.title)
        assert "at 3" in stage.cursor
        assert source.asked == ["all"] * 4, "never the rest of what was dropped"


async def test_esc_stops_waiting_with_what_has_come_and_r_goes_on() -> None:
    source = Hand()
    async with staged(source, wait=False) as stage:
        await stage.until(lambda: "Esc stops waiting" in stage.text)
        source.give(Batch(clicks(1, 2), 4, 1000, starts_over=True))
        await stage.until(lambda: "2 of 4 read" in stage.title)
        await stage.press("escape")
        assert "incomplete: 2 of 4 events have not come (r: try again)" in stage.title
        source.give(Batch(clicks(9), 4, 1000))
        # Or else who reads next may be given it.
        await stage.until(lambda: source.is_taken)
        assert len(stage.rows) == 2, "nobody listens any more"
        await stage.press("r")
        source.give(Batch(clicks(3, 4), 4, 1000))
        source.give(None)
        await stage.until(lambda: "4 of 4 events" in stage.title)
        assert "incomplete" not in stage.title


async def test_esc_before_anything_came_says_so() -> None:
    source = Hand()
    async with staged(source, wait=False) as stage:
        await stage.until(lambda: "Reading the session from acme.example …  1 s" in stage.text)
        assert "Esc stops waiting" in stage.text
        await stage.press("escape")
        assert "Stopped" in stage.text
        assert "Reading" not in stage.text
        assert "nothing read" in stage.title
        assert isinstance(stage.failure, CancelledError)
        await stage.press("r")
        await stage.until(lambda: "Esc stops waiting" in stage.text)
        source.give(None)
        source.give(Batch(clicks(1), 1))
        source.give(None)
        await stage.until(lambda: len(stage.rows) == 1)


async def test_whole_seconds_are_shown_as_whole_seconds() -> None:
    async with staged(Given([Batch(clicks(1, 5), 2, 1000, starts_over=True)])) as stage:
        first, second = stage.rows
        assert first.split()[1] == "+0:00"
        assert second.split()[:2] == ["+0:04", "4s"]
        await stage.press("t", "t")
        assert "00:00:05 " in stage.rows[1]


async def test_events_that_come_late_leave_the_cursor_on_its_event() -> None:
    source = Hand()
    async with staged(source, wait=False) as stage:
        source.give(Batch(clicks(5, 9), 4))
        await stage.until(lambda: len(stage.rows) == 2)
        await stage.press("j")
        source.give(Batch(clicks(6, 7), 4))
        source.give(None)
        await stage.until(lambda: stage.is_complete)
        assert "at 9" in stage.cursor
        assert len(stage.rows) == 4


async def test_the_head_of_a_file_is_usable_while_the_rest_is_read() -> None:
    source = Hand()
    async with staged(source, wait=False) as stage:
        source.give(Batch(clicks(5, 9), starts_over=True, gaps=[Gap(10_000, 2**53 - 1)]))
        await stage.until(lambda: "first 2, reading on" in stage.title)
        await stage.press("j")
        # One of them turns out to belong before the cursor.
        source.give(Batch(clicks(7, 12), gaps=[Gap(13_000, 2**53 - 1)]))
        await stage.until(lambda: len(stage.rows) == 4)
        assert "first 4, reading on" in stage.title
        assert "at 9" in stage.cursor
        await stage.press("slash", *"at 12", "enter")
        assert "at 12" in stage.cursor, "what is there can be searched"
        source.give(Batch(clicks(14), 5))
        source.give(None)
        await stage.until(lambda: stage.is_complete)
        assert "reading" not in stage.title
        assert len(stage.rows) == 5
        assert "at 12" in stage.cursor


async def test_following_adds_what_is_new_counts_it_and_moves_nothing() -> None:
    source = Given(
        [Batch(clicks(1, 2), 2, starts_over=True)],
        [Batch(clicks(3, 4), 4)],
        [GONE],
        [Batch(clicks(5), 5)],
    )
    async with staged(source) as stage:
        await stage.press("f")
        assert "following" in stage.title
        stage.screen.loader.poll()
        await stage.until(lambda: "2 new" in stage.title)
        assert "at 1" in stage.cursor
        stage.screen.loader.poll()
        await stage.until(lambda: stage.is_complete and "gone" in stage.text)
        stage.screen.loader.poll()
        await stage.until(lambda: "3 new" in stage.title)
        await stage.press("G")
        assert "new" not in stage.title
        await stage.press("f")
        assert "following" not in stage.title


async def test_a_wait_for_another_attempt_is_seen_with_and_without_events() -> None:
    class Slow(Hand):
        on_status: OnStatus = staticmethod(ignore_status)

        def batches(self, on_status: OnStatus = ignore_status) -> Iterator[Batch]:
            self.say = on_status
            return super().batches(on_status)

    source = Slow()
    async with staged(source, wait=False) as stage:
        await stage.until(lambda: source.say is not ignore_status)
        source.say("or.example answers 503; trying again in 2 s")
        await stage.until(lambda: "trying again in 2 s" in stage.text)
        source.say("")
        await stage.until(lambda: "trying again" not in stage.text)
        source.give(Batch(clicks(1), 3))
        await stage.until(lambda: "1 of 3 read" in stage.title)
        source.say("once more")
        await stage.until(lambda: "once more" in stage.title)
        source.say("")
        source.give(None)
        await stage.until(lambda: stage.is_complete)


async def test_a_server_that_is_down_while_it_is_followed_is_told_once_and_in_the_title() -> None:
    source = Given([Batch(clicks(1), 1, starts_over=True)], [GONE], [GONE], [Batch(clicks(2), 2)])
    async with staged(source) as stage:
        notices = 0
        notify = stage.screen.notify

        def counted(*arguments: Any, **named: Any) -> None:
            nonlocal notices
            notices += 1
            notify(*arguments, **named)

        stage.screen.notify = counted  # type: ignore[method-assign]  # counts them
        await stage.press("f")
        for number in (1, 2):
            stage.screen.loader.poll()
            await stage.until(lambda n=number: len(source.asked) == n + 1)  # type: ignore[misc]  # a loop's variable
            await stage.until(lambda: stage.is_complete)
            assert "following, but the last try failed" in stage.title
        assert notices == 1
        stage.screen.loader.poll()
        await stage.until(lambda: "1 new · following" in stage.title)
        assert "failed" not in stage.title


async def test_following_asks_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SessionLoader, "poll_s", 0.01)
    source = Given(
        [Batch(clicks(1), 1, starts_over=True)],
        *([Batch(clicks(second), second)] for second in range(2, 9)),
        *([] for _ in range(10_000)),
    )
    async with staged(source) as stage:
        await stage.press("f")
        await stage.until(lambda: "7 new · following" in stage.title)
        await stage.press("f")
        await stage.until(lambda: stage.is_complete)
        asked = len(source.asked)
        await stage.press("j", "k")
        assert len(source.asked) <= asked + 1
        assert set(source.asked[1:]) == {"rest"}


async def test_what_was_missing_is_not_new() -> None:
    source = Given(
        [Batch(clicks(1, 9), 5, starts_over=True), GONE],
        [Batch(clicks(3, 4), 5)],
        [Batch(clicks(5, 11), 6)],
    )
    async with staged(source) as stage:
        await stage.press("f")
        stage.screen.loader.poll()
        await stage.until(lambda: len(stage.rows) == 4)
        assert "new" not in stage.title
        stage.screen.loader.poll()
        await stage.until(lambda: "1 new · following" in stage.title)


async def test_a_session_that_has_nothing_yet_is_followed_until_it_has() -> None:
    nothing = NotFoundError("No events.", hint="Try again.")
    source = Given([nothing], [nothing], [Batch(clicks(1, 2), 2, starts_over=True)])
    async with staged(source) as stage:
        await stage.press("f")
        assert "following" in stage.title
        stage.screen.loader.poll()
        await stage.until(lambda: stage.is_complete)
        assert "No events." in stage.text
        stage.screen.loader.poll()
        await stage.until(lambda: "2 new · following" in stage.title)


async def test_a_failure_that_is_over_is_no_longer_said() -> None:
    source = Given([Batch(clicks(1), 2, starts_over=True), GONE], [Batch(clicks(2), 2)])
    async with staged(source) as stage:
        await stage.until(lambda: "gone" in stage.text)
        await stage.press("r")
        await stage.until(lambda: "2 of 2 events" in stage.title)
        await stage.until(lambda: "gone" not in stage.text)


@pytest.mark.parametrize("moves", [False, True])
async def test_a_jump_waits_for_its_event_and_lets_the_user_go_elsewhere(moves: bool) -> None:
    epoch = 1_731_502_800
    source = Hand()
    app = EventviewApp(Feed(source).start(), InitialView(position=ReplayOffset(60_000)))
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        stage = Stage(app, pilot)
        gap = Gap((epoch + 5) * 1000, (epoch + 99) * 1000)
        source.give(Batch(clicks(epoch, epoch + 1, epoch + 2), 9, 1000, gaps=[gap]))
        await stage.until(lambda: len(stage.rows) == 3)
        assert stage.cursor.endswith(str(epoch)), "nothing jumps about"
        if moves:
            await stage.press("j")
        source.give(Batch(clicks(epoch + 60, epoch + 70), 9, 1000))
        source.give(None)
        await stage.until(lambda: stage.is_complete)
        assert stage.cursor.endswith(str(epoch + 1 if moves else epoch + 60))


@pytest.mark.parametrize("moves", [False, True])
async def test_a_jump_is_not_forgotten_while_its_event_is_missing(moves: bool) -> None:
    epoch = 1_731_502_800
    gap = Gap((epoch + 5) * 1000, (epoch + 99) * 1000)
    first = Batch(clicks(epoch, epoch + 1), 4, 1000, starts_over=True, gaps=[gap])
    source = Given([first, GONE], [Batch(clicks(epoch + 60, epoch + 70), 4, 1000)])
    app = EventviewApp(Feed(source).start(), InitialView(position=ReplayOffset(60_000)))
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        stage = Stage(app, pilot)
        await stage.until(lambda: stage.is_complete and "gone" in stage.text)
        assert stage.cursor.endswith(str(epoch))
        assert "moment is" not in stage.text
        if moves:
            await stage.press("j")
        await stage.press("r")
        await stage.until(lambda: "4 of 4 events" in stage.title)
        await stage.until(lambda: stage.is_complete)
        assert stage.cursor.endswith(str(epoch + 1 if moves else epoch + 60))


async def test_a_server_that_is_of_another_release_by_now_is_read_anew() -> None:
    openreplay = OpenReplay(release="1.27", ingress=True)
    checkout = SESSION_IDS["checkout"]
    with serve(openreplay) as running:
        async with staged(remote(running.host_url, checkout)) as stage:
            assert "180 of 180 events" in stage.title
            assert "+0:00 " in stage.rows[0]
            for release, first in (("1.25", "+0:00 "), ("1.21", "+0:00.000"), ("1.27", "+0:00 ")):
                openreplay.release = release  # type: ignore[assignment]  # one of them
                await stage.press("f")
                stage.screen.loader.poll()
                await stage.until(lambda f=first: f in stage.rows[0])  # type: ignore[misc]  # a loop's variable
                await stage.until(lambda: stage.is_complete)
                assert "failed" not in stage.title
                await stage.press("f")


async def test_what_cannot_go_on_is_not_followed() -> None:
    source = Given(
        [Batch(clicks(1), 1)], session_ref=SessionRef("demo", place="the bundled session")
    )
    async with staged(source) as stage:
        await stage.press("f")
        await stage.until(lambda: "Nothing to follow: this session" in stage.text)
        assert "following" not in stage.title


async def test_the_prompts_count_keeps_up_with_what_comes() -> None:
    source = Hand()
    async with staged(source, wait=False) as stage:
        source.give(Batch(clicks(1, 2), 4))
        await stage.until(lambda: len(stage.rows) == 2)
        await stage.press("slash")
        await stage.type("click")
        await stage.until(lambda: "2 hits" in stage.text)
        source.give(Batch(clicks(3, 4), 4))
        source.give(None)
        await stage.until(lambda: "4 hits" in stage.text)


async def opened_at(moment: ReplayOffset, *seconds: int) -> str:
    source = Given([Batch(clicks(*seconds), len(seconds), 1000, starts_over=True)])
    app = EventviewApp(Feed(source).start(), InitialView(position=moment))
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        stage = Stage(app, pilot)
        await stage.until(lambda: stage.is_complete and bool(stage.rows))
        await stage.pilot.pause()
        said = next((line for line in stage.lines if "moment asked for" in line), "")
        return stage.cursor.split()[-1] + said.partition("asked for")[2].partition(",")[0].rstrip(
            "▌ ."
        )


async def test_rows_around_the_moment_of_a_link_are_those_of_an_export(checkout: Session) -> None:
    """`LINK --before 2 --after 1`, while the session comes in two parts."""
    options, moment = ViewOptions(window=RowWindow(None, 2, 1)), ReplayOffset(57_600)
    events = checkout.events
    source = Hand()
    async with staged(source, options=options, moment=moment, wait=False) as stage:
        source.give(Batch(events[60:], 180))
        await stage.until(lambda: bool(stage.rows))
        source.give(Batch(events[:60], 180))
        source.give(None)
        await stage.until(lambda: "4 of 180" in stage.title)
        exported = View(Analysis(checkout), options.at_replay_offset(moment, checkout))
        assert stage.screen.state.view.rows == exported.rows
        assert stage.screen.state.index == exported.about
        await stage.press("escape")
        assert "180 of 180 events" in stage.title
        assert stage.screen.state.index == exported.about
        # It does not come back with the next fetch.
        await stage.press("r")
        assert "180 of 180 events" in stage.title


async def test_a_link_opens_at_its_moment() -> None:
    epoch = 1_731_502_800
    start, middle, later, last = seconds = (epoch, epoch + 10, epoch + 57, epoch + 100)
    for moment, second in (
        (ReplayOffset(57_600), later),
        (ReplayOffset(0), start),
        (ReplayOffset(100_000), last),
        (ReplayOffset(100_999), last),
        (ReplayOffset(middle * 1000), middle),
        # From the start by the server's clock, which is 7 s before the first event.
        (ReplayOffset(17_500, epoch * 1000 - 7_000), middle),
        # The server floors the times of events.
        (ReplayOffset(57_000, epoch * 1000 + 800), later),
        # Events with times of their own say nothing of when the server began.
        (ReplayOffset(10_000, epoch * 1000 - 3_600_000), middle),
        (ReplayOffset(10_000, epoch * 1000 + 5_000), middle),
    ):
        assert await opened_at(moment, *seconds) == str(second), moment
    for moment, said in (
        (ReplayOffset(16_500, epoch * 1000 - 7_000), f"{start} is 10s after #1"),
        (ReplayOffset(18_500, epoch * 1000 - 7_000), f"{middle} is 2s after #2"),
        (ReplayOffset(56_999), f"{middle} is 47s after #2"),
        (ReplayOffset(102_000), f"{last} is 2s after the last event"),
        (ReplayOffset(9_999_000), f"{last} is 2h45m after the last event"),
        (ReplayOffset((epoch - 60) * 1000), f"{start} is 1m00s before the first event"),
    ):
        assert await opened_at(moment, *seconds) == said, moment


async def test_performance_samples_start_folded_away_and_one_key_shows_them() -> None:
    with serve(OpenReplay(release="1.27")) as running:
        source = remote(running.url, RICH_SESSION_ID)
        async with staged(source, options=ViewOptions(types=STARTING_TYPES)) as stage:
            assert not [row for row in stage.rows if "PERFORMANCE" in row]
            some = len(stage.rows)
            await stage.press("p")
            await stage.until(lambda: len(stage.rows) > some)
            assert [row for row in stage.rows if "PERFORMANCE" in row]
            await stage.press("1", "escape")
            assert len(stage.rows) == some


def remote(url: str, session: str) -> RemoteSession:
    retry_policy = RetryPolicy(attempts=2, first_wait_s=0, longest_wait_s=0)
    server = Server(url, Secret(API_KEY), retry_policy=retry_policy)
    return RemoteSession(Connection(server), PROJECT_KEY, session)


async def test_a_server_that_is_another_by_the_time_of_r_costs_nothing_that_came() -> None:
    openreplay = OpenReplay(release="1.27", faults=[None, None, None], always=Hang(0))
    openreplay.v2_sessions["7"] = many_rows(1240, session_id="7")
    with serve(openreplay) as running:
        async with staged(remote(running.url, "7")) as stage:
            before = len(stage.screen.state.view.rows)
            for fault in (HtmlPage(), Status(404), Status(405)):
                openreplay.always = fault
                await stage.press("r")
                await stage.until(lambda: stage.is_complete)
                assert "incomplete: " in stage.title
                assert len(stage.screen.state.view.rows) == before
            openreplay.always = None
            await stage.press("r")
            await stage.until(lambda: "1,240 of 1,240 events" in stage.title)


async def test_a_refused_key_that_was_typed_can_be_typed_again() -> None:
    with serve(OpenReplay()) as running:
        server = Server(running.url, Secret("wr0ng"), retry_policy=RetryPolicy(attempts=1))

        def retype(text: str) -> None:
            if not text:
                raise UsageError("No API key is configured.")
            server.key = Secret(text)

        connection = Connection(server, retype=Retype("127.0.0.1", retype))
        source = RemoteSession(connection, PROJECT_KEY, SESSION_IDS["checkout"])
        async with staged(source, wait=False, size=SMALL) as stage:
            await stage.until(lambda: isinstance(stage.failure, NotAuthorisedError))
            assert "r type another key" in stage.text
            await stage.press("r")
            assert "API key for 127.0.0.1" in stage.text
            await stage.press("enter")
            assert "No API key is configured." in stage.text
            await stage.type("st1ll-wr0ng")
            assert "wr0ng" not in stage.text
            await stage.press("enter")
            await stage.until(lambda: stage.is_complete and stage.failure is not None)
            await stage.press("r", "escape")
            assert "r type another key" in stage.text
            await stage.press("r")
            await stage.type(API_KEY)
            assert API_KEY not in stage.text
            await stage.press("home", "shift+end", "ctrl+x", "enter")
            await stage.until(lambda: "180 of 180 events" in stage.title)
            assert not stage.app.clipboard, "a key is not to be pasted elsewhere"


async def test_a_refused_key_that_was_configured_is_tried_again_as_it_is() -> None:
    with serve(OpenReplay()) as running:
        server = Server(running.url, Secret("wr0ng"), retry_policy=RetryPolicy(attempts=1))
        source = RemoteSession(Connection(server), PROJECT_KEY, SESSION_IDS["checkout"])
        async with staged(source, wait=False) as stage:
            await stage.until(lambda: stage.failure is not None)
            asked = len(running.openreplay.requests)
            await stage.press("r")
            await stage.until(lambda: len(running.openreplay.requests) > asked)
            assert "API key for" not in stage.text


async def test_a_mistake_of_ours_is_told_without_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError(API_KEY)

    monkeypatch.setattr(httpx.Client, "stream", fail)
    async with staged(remote("http://127.0.0.1:9/v2/api", "7")) as stage:
        assert "RuntimeError in test_arriving.py, line " in stage.text
        assert API_KEY not in stage.text
        assert API_KEY not in stage.app.export_screenshot()
        assert stage.failure is not None
        assert stage.failure.exit_code == 6


async def test_a_server_killed_between_two_pages_leaves_a_session_that_r_makes_whole() -> None:
    openreplay = OpenReplay(release="1.27", faults=[None, None, None], always=Hang(0))
    openreplay.v2_sessions["7"] = many_rows(1240, session_id="7")
    with ExitStack() as first:
        running = first.enter_context(serve(openreplay))
        source = remote(running.url, "7")
        async with staged(source) as stage:
            assert "incomplete: " in stage.title
            assert "of 1,240 events have not come (r: try again)" in stage.title
            assert "of 1,240 events ·" not in stage.title, "once is enough"
            holed, *_ = [
                index
                for index in range(len(stage.screen.state.view.rows))
                if rows.build_row(Analysis(stage.session), index).delta == "···"
            ]
            stage.screen.action_change("go_to", [holed])
            await stage.pilot.pause()
            assert "···" in stage.cursor
            first.close()
            await stage.press("r")
            await stage.until(lambda: "cannot be reached" in stage.text)
            assert "incomplete: " in stage.title
            openreplay.always = None
            openreplay.requests.clear()
            with serve(openreplay, port=running.port):
                await stage.press("r")
                await stage.until(lambda: "1,240 of 1,240 events" in stage.title)
                assert "incomplete" not in stage.title
                assert not stage.session.gaps
                assert len(openreplay.requests) < 12, "only what was missing"
