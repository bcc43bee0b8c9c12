"""A user's sessions from both APIs: all of them, the latest first."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from eventview.errors import EventviewError
from eventview.model.summaries import Summary, columns
from eventview.sources.openreplay.client import Desk
from eventview.sources.openreplay.transport import Patience, Server
from eventview.sources.openreplay.users import User
from tests.server.faults import NotJson, Status
from tests.server.openreplay import API_KEY, PROJECT_KEY, OpenReplay, Release, serve
from tests.sources import assert_well_said

START = 1731502800000


def desk(url: str, key: str = API_KEY) -> Desk:
    return Desk(Server(url, SecretStr(key), patience=Patience(attempts=1)))


def with_sessions(release: Release, starts: list[int], user: str = "jane") -> OpenReplay:
    openreplay = OpenReplay(release=release)
    openreplay.user_sessions[PROJECT_KEY, user] = [
        {
            "projectId": 1, "sessionId": str(10_000 + number), "userId": user, "userUuid": "u",
            "userOs": "Linux", "userBrowser": "Firefox\x1b", "userDevice": "", "userCountry": "NO",
            "startTs": start, "duration": 61_000, "eventsCount": 7, "pagesCount": 2,
            "errorsCount": 1,
        }
        for number, start in enumerate(sorted(starts))
    ]  # fmt: skip
    return openreplay


@pytest.mark.parametrize("release", ["1.21", "1.25", "1.27", "cloud"])
@pytest.mark.parametrize(
    "starts",
    [
        [START],
        [START + 1000 * n for n in range(49)],
        [START + 1000 * n for n in range(50)],
        [START + 1000 * n for n in range(51)],
        [START + 1000 * n for n in range(430)],
        [START + 1000 * (n // 40) for n in range(170)],
    ],
    ids=len,
)
def test_all_sessions_come_once_the_latest_first(release: Release, starts: list[int]) -> None:
    with serve(with_sessions(release, starts)) as running:
        found = User(desk(running.url), PROJECT_KEY, "jane").sessions()
    assert [each.start_ms for each in found] == sorted(starts, reverse=True)
    assert len({each.session_id for each in found}) == len(starts)


def test_what_the_server_does_not_tell_is_left_open() -> None:
    with serve(with_sessions("1.21", [START])) as running:
        [first] = User(desk(running.url), PROJECT_KEY, "jane").sessions()
    assert told(first) == {
        "START (UTC)": "2024-11-13 13:00:00",
        "DURATION": "1m01s",
        "EVENTS": "7",
        "PAGES": "2",
        "ERRORS": "1",
        "SESSION": "10000",
        "BROWSER": "Firefox␛ · Linux · NO",
    }
    with serve(with_sessions("1.27", [START])) as running:
        [second] = User(desk(running.url), PROJECT_KEY, "jane").sessions()
    assert told(second).keys() == {"START (UTC)", "DURATION", "EVENTS", "SESSION"}
    assert told(Summary("7", None)) == {"SESSION": "7"}
    [start, *_] = columns([first, Summary("7", None)])
    assert start.cells == ["2024-11-13 13:00:00", "-"]


def told(summary: Summary) -> dict[str, str]:
    return {column.title: column.cells[0] for column in columns([summary])}


@pytest.mark.parametrize("release", ["1.21", "1.25", "1.27", "cloud"])
def test_an_unknown_user_and_a_refusal_are_said(release: Release) -> None:
    lost = 6 if release in {"1.25", "1.27"} else 4
    with serve(OpenReplay(release=release)) as running:
        for place, project, code in (
            (desk(running.url), PROJECT_KEY, 4),
            (desk(running.url, "wr0ng"), PROJECT_KEY, 3),
            (desk(f"{running.host_url}/nowhere"), PROJECT_KEY, lost),
        ):  # fmt: skip
            with pytest.raises(EventviewError) as caught:
                User(place, project, "nobody\x1b").sessions()
            assert caught.value.exit_code == code
            assert_well_said(caught.value, API_KEY)


def test_a_user_with_a_slash_cannot_be_asked_for_over_the_second_api() -> None:
    with serve(OpenReplay(release="1.27")) as running, pytest.raises(EventviewError) as caught:
        User(desk(running.url), PROJECT_KEY, "a/b").sessions()
    assert caught.value.exit_code == 2
    assert "slash" in caught.value.what


@pytest.mark.parametrize(
    ("body", "code"),
    [(b"x", 6), (b"[]", 6), (b'{"data": 7}', 4), (b'{"data": null}', 4), (b'{"data": [7]}', 4)],
)
def test_an_answer_without_sessions_is_not_understood(body: bytes, code: int) -> None:
    for release in ("1.21", "1.27"):
        openreplay = OpenReplay(release="1.21" if release == "1.21" else "1.27")
        openreplay.always = NotJson(body)
        with serve(openreplay) as running, pytest.raises(EventviewError) as caught:
            User(desk(running.url), PROJECT_KEY, "jane").sessions()
        assert caught.value.exit_code == code


def test_a_failing_server_is_said() -> None:
    with serve(OpenReplay(always=Status(500))) as running, pytest.raises(EventviewError) as caught:
        User(desk(running.url), PROJECT_KEY, "jane").sessions()
    assert caught.value.exit_code == 5
