"""Each kind of server and each thing that can be wrong: what is on the screen, and the exit code.

The command line and the screen are one user's two views of a failure, and agree.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest

from eventview.cli import main
from eventview.cli.resolve import RunContext, SourceRequest, find_target
from eventview.errors import UnavailableError
from eventview.session.events import Click
from eventview.session.session import Session
from eventview.session.source import Batch, OnStatus, ignore_status
from eventview.sources.recorder import ResponseRecorder
from eventview.tui.app import EventviewApp
from eventview.tui.feed import Feed
from eventview.view.view_options import InitialView
from tests.cli.test_main import shell
from tests.server.faults import HtmlPage
from tests.server.openreplay import API_KEY, PROJECT_KEY, SESSION_IDS, OpenReplay, Release, serve
from tests.tui.stage import SMALL, WIDE, Given, Hand, Stage, staged

RELEASES: list[Release] = ["1.21", "1.25", "1.27", "cloud"]

OTHER_PROJECT = "9cACFRuQVidq0sqS7Bny"

TABLE: dict[str, tuple[int | tuple[int, ...], str | tuple[str, ...]]] = {
    # What is wrong: the exit code and the words on the screen, one each or one for each release.
    "nothing": (0, "180 of 180 events"),
    "key": (3, "The server refused the API key"),
    "key of a project": (3, "The server refused the API key"),
    "project": (
        (4, 4, 3, 3),
        (
            "The server has no project NoSuch",
            "The server has no project NoSuch",
            "or does not know the project",
            "or does not know the project",
        ),
    ),
    "session": (4, "No events: unknown session"),
    "prefix": (
        (4, 6, 6, 4),
        (
            "There is no API of OpenReplay",
            "is a web page, not OpenReplay's API",
            "is a web page, not OpenReplay's API",
            "There is no API of OpenReplay",
        ),
    ),
    "page": (6, "is a web page, not OpenReplay's API"),
}


def of(row: str, release: Release) -> tuple[int, str]:
    """Return the status and the message of a row of the table for a release."""
    column = RELEASES.index(release)
    code, words = TABLE[row]
    return (
        code if isinstance(code, int) else code[column],
        words if isinstance(words, str) else words[column],
    )


@pytest.mark.parametrize("wrong", TABLE)
@pytest.mark.parametrize("release", RELEASES)
async def test_what_is_wrong_is_on_the_screen_and_in_the_exit_code(
    release: Release, wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, words = of(wrong, release)
    openreplay = OpenReplay(release=release, always=HtmlPage() if wrong == "page" else None)
    with serve(openreplay) as running:
        environment = {
            "OPENREPLAY_URL": f"{running.host_url}/nowhere" if wrong == "prefix" else running.url,
            "OPENREPLAY_API_KEY": {"key": "x" * 20, "key of a project": OTHER_PROJECT}.get(
                wrong, API_KEY
            ),
        }
        project = "NoSuch" if wrong == "project" else PROJECT_KEY
        session = "1234567890" if wrong == "session" else SESSION_IDS["checkout"]
        target = find_target(
            SourceRequest(
                (project, session),
                RunContext(environment, lambda _: False),
                ResponseRecorder(),
                {},
                {},
            )
        )
        app = EventviewApp(Feed(target.source).start(), InitialView())
        async with app.run_test(size=SMALL) as pilot:
            stage = Stage(app, pilot)
            await stage.until(lambda: stage.is_complete)
            await stage.until(lambda: words.split()[-1] in stage.text)
            shown = " ".join(" ".join(stage.lines).replace("█", " ").split())
            await stage.press("q")
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        saved = await asyncio.to_thread(shell, '"$@"', project, session, "--format", "text")
    assert words in shown
    assert API_KEY not in shown
    left = app.return_value
    assert (left.exit_code if left else 0) == saved.code == code
    if code:
        assert f"q quit (exit code {code})" in shown
        assert left is not None
        assert left.hint, "the way out"
        assert (saved.out, saved.err) == ("", f"eventview: {left}\n")


@pytest.mark.parametrize("session", ["abc", "12a", "-1", "1.5", "1" * 21, "٤"])
def test_what_is_no_sessions_id_is_not_asked_for(
    session: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A server would answer 500, or 422, or look for a file."""
    with serve(OpenReplay(release="1.27")) as running:
        monkeypatch.setenv("OPENREPLAY_URL", running.url)
        monkeypatch.setenv("OPENREPLAY_API_KEY", API_KEY)
        assert main.main(["--format", "text", "--", PROJECT_KEY, session]) == 2
        assert running.openreplay.requests == []
    out, err = capsys.readouterr()
    assert out == ""
    assert "is not a session's id" in err


async def test_leaving_while_it_is_tried_again_is_leaving_what_had_failed() -> None:
    class Stuck(Given):
        def batches(self, on_status: OnStatus = ignore_status) -> Iterator[Batch]:
            yield from super().batches(on_status)
            answered.wait()

    answered = threading.Event()
    failure = UnavailableError("The server went away.")
    async with staged(Stuck([failure], [])) as stage:
        await stage.press("r")
        assert stage.failure is None, "it is waited for"
        await stage.press("q")
        assert stage.app.return_value is failure
    answered.set()


async def test_with_nothing_to_see_the_last_line_names_what_can_be_done() -> None:
    hand = Hand()
    async with staged(hand, size=SMALL, wait=False) as stage:
        await stage.until(lambda: stage.keys == "Esc stop ? help q quit")
        hand.give(UnavailableError("The server went away."))
        await stage.until(lambda: stage.keys == "r try again ? help q quit")
        offered = {command.title for command in stage.app.get_system_commands(stage.app.screen)}
        assert "Session: quit" in offered
        assert not any(title.startswith(("Find", "Signals", "Move", "Fold")) for title in offered)
        await stage.press("r")
        await stage.until(lambda: stage.keys == "Esc stop ? help q quit")
        hand.give(Batch([Click("CLICK", 0, {}, label="Shop")], 1))
        hand.give(None)
        await stage.until(lambda: stage.keys.startswith("/ find & filter i signal"))
        assert "try again" not in stage.keys


@pytest.mark.parametrize("size", [SMALL, WIDE, (50, 14)])
async def test_the_bar_beside_a_failure_is_as_tall_as_its_words(size: tuple[int, int]) -> None:
    failure = UnavailableError("The server went away.", reason="It is gone.", hint="Wait a minute.")
    async with staged(Given([failure]), size=size) as stage:
        beside = [line for line in stage.lines if "▌" in line]
        assert "The server went away." in beside[0]
        assert "q quit (exit code 5)" in beside[-1]


async def test_what_was_not_waited_for_can_be_tried_again() -> None:
    async with staged(Hand(), size=SMALL, wait=False) as stage:
        await stage.until(lambda: stage.keys == "Esc stop ? help q quit")
        await stage.press("escape")
        await stage.until(lambda: stage.keys == "r try again ? help q quit")


async def test_what_needs_events_does_nothing_to_a_session_without(checkout: Session) -> None:
    whole = [Batch(checkout.events, len(checkout.events))]
    async with staged(Given([UnavailableError("The server went away.")], whole)) as stage:
        await stage.press("t", "p", "0", "1", "&")
        await stage.press("r")
        await stage.until(lambda: "180 of 180 events" in stage.title)
        assert "times since start" in stage.title
