"""A user's sessions from both APIs: all of them, the latest first."""

from __future__ import annotations

import json
from dataclasses import dataclass
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventview.errors import EventviewError
from eventview.render.session_list import build_columns
from eventview.session.source import SessionSummary
from eventview.sources.openreplay.connection import Connection, RetryPolicy, Server
from eventview.sources.openreplay.request_log import Secret
from eventview.sources.openreplay.users import UserSessions
from tests.server.faults import Fault, NotJson, Status
from tests.server.openreplay import API_KEY, PROJECT_KEY, OpenReplay, Release, ServerResponse, serve
from tests.server.wire import Exchange
from tests.sources import assert_well_said
from tests.tables import each_row

START = 1731502800000


def connection(url: str, key: str = API_KEY) -> Connection:
    return Connection(Server(url, Secret(key), retry_policy=RetryPolicy(attempts=1)))


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
        found, shortfall = UserSessions(connection(running.url), PROJECT_KEY, "jane").sessions()
    assert not shortfall
    assert [each.start_ms for each in found] == sorted(starts, reverse=True)
    assert len({each.session_id for each in found}) == len(starts)


def test_what_the_server_does_not_tell_is_left_open() -> None:
    with serve(with_sessions("1.21", [START])) as running:
        [first] = UserSessions(connection(running.url), PROJECT_KEY, "jane").sessions().sessions
    assert read_columns(first) == {
        "START (UTC)": "2024-11-13 13:00:00",
        "DURATION": "1m01s",
        "EVENTS": "7",
        "PAGES": "2",
        "ERRORS": "1",
        "SESSION": "10000",
        "BROWSER": "Firefox␛ · Linux · NO",
    }
    with serve(with_sessions("1.27", [START])) as running:
        [second] = UserSessions(connection(running.url), PROJECT_KEY, "jane").sessions().sessions
    assert read_columns(second).keys() == {"START (UTC)", "DURATION", "EVENTS", "SESSION"}
    assert read_columns(SessionSummary("7", None)) == {"SESSION": "7"}
    [start, *_] = build_columns([first, SessionSummary("7", None)])
    assert start.cells == ["2024-11-13 13:00:00", "-"]


def read_columns(summary: SessionSummary) -> dict[str, str]:
    return {column.title: column.cells[0] for column in build_columns([summary])}


@each_row("release", ["1.21", "1.25", "1.27", "cloud"])
def test_an_unknown_user_and_a_refusal_are_said(release: Release) -> None:
    lost = 6 if release in {"1.25", "1.27"} else 4
    with serve(OpenReplay(release=release)) as running:
        for place, project, code in (
            (connection(running.url), PROJECT_KEY, 4),
            (connection(running.url, "wr0ng"), PROJECT_KEY, 3),
            (connection(f"{running.host_url}/nowhere"), PROJECT_KEY, lost),
        ):  # fmt: skip
            with pytest.raises(EventviewError) as caught:
                UserSessions(place, project, "nobody\x1b").sessions()
            assert caught.value.exit_code == code
            assert_well_said(caught.value, API_KEY)


def test_a_user_with_a_slash_cannot_be_asked_for_over_the_second_api() -> None:
    with serve(OpenReplay(release="1.27")) as running, pytest.raises(EventviewError) as caught:
        UserSessions(connection(running.url), PROJECT_KEY, "a/b").sessions()
    assert caught.value.exit_code == 2
    assert "slash" in caught.value.message


@each_row(
    ("body", "code"),
    [(b"x", 6), (b"[]", 6), (b'{"data": 7}', 6), (b'{"data": null}', 4)],
)
def test_an_answer_without_sessions_is_not_understood(body: bytes, code: int) -> None:
    for release in ("1.21", "1.27"):
        openreplay = OpenReplay(release="1.21" if release == "1.21" else "1.27")
        openreplay.always = NotJson(body)
        with serve(openreplay) as running, pytest.raises(EventviewError) as caught:
            UserSessions(connection(running.url), PROJECT_KEY, "jane").sessions()
        assert caught.value.exit_code == code


@pytest.mark.parametrize("release", ["1.21", "1.25", "1.27"])
def test_one_failure_of_the_server_costs_nothing_but_a_request(release: Release) -> None:
    openreplay = with_sessions(release, [START])
    openreplay.faults = [Status(500)]
    with serve(openreplay) as running:
        server = Server(running.url, Secret(API_KEY), retry_policy=RetryPolicy(first_wait_s=0))
        sessions, shortfall = UserSessions(Connection(server), PROJECT_KEY, "jane").sessions()
    assert (len(sessions), shortfall) == (1, "")


def test_ids_are_told_without_zeros_before_them() -> None:
    openreplay = with_sessions("1.21", [START])
    openreplay.user_sessions[PROJECT_KEY, "jane"][0]["sessionId"] = "0010000"
    with serve(openreplay) as running:
        sessions, _ = UserSessions(connection(running.url), PROJECT_KEY, "jane").sessions()
    assert [each.session_id for each in sessions] == ["10000"]


def test_a_failing_server_is_said() -> None:
    with serve(OpenReplay(always=Status(500))) as running, pytest.raises(EventviewError) as caught:
        UserSessions(connection(running.url), PROJECT_KEY, "jane").sessions()
    assert caught.value.exit_code == 5


@pytest.mark.parametrize("data", [b'{"sessions": 5, "total": 1}', b'{"sessions": {}}', b"[7]"])
def test_a_list_of_sessions_that_is_none_is_not_understood(data: bytes) -> None:
    openreplay = OpenReplay(release="1.27", always=NotJson(b'{"data": ' + data + b"}"))
    with serve(openreplay) as running, pytest.raises(EventviewError) as caught:
        UserSessions(connection(running.url), PROJECT_KEY, "jane").sessions()
    assert caught.value.exit_code == (4 if data == b"[7]" else 6)


@given(
    st.lists(st.integers(START, START + 400) | st.integers(0, 10**6).map(lambda n: START + n),
             unique=True, max_size=180),
    st.randoms(use_true_random=False),
)  # fmt: skip
@settings(max_examples=15, deadline=None)
def test_the_first_api_gives_all_sessions_though_their_ids_are_not_in_order_of_start(
    starts: list[int], chance: Random
) -> None:
    openreplay = with_sessions("1.21", starts)
    rows = openreplay.user_sessions[PROJECT_KEY, "jane"]
    chance.shuffle(rows)
    with serve(openreplay) as running:
        if not starts:
            return
        found, shortfall = UserSessions(connection(running.url), PROJECT_KEY, "jane").sessions()
        requests = len(running.openreplay.requests)
    assert [each.start_ms for each in found] == sorted(starts, reverse=True)
    assert not shortfall
    assert requests < 60 + len(starts)


@pytest.mark.parametrize("count", [50, 51, 70])
def test_what_the_first_api_cannot_list_is_said(count: int) -> None:
    with serve(with_sessions("1.21", [START] * count + [START + 5])) as running:
        found, shortfall = UserSessions(connection(running.url), PROJECT_KEY, "jane").sessions()
    assert [each.start_ms for each in found] == [START + 5, *[START] * 50]
    assert "one millisecond" in shortfall


@pytest.mark.parametrize("count", [200, 201, 900])
def test_the_second_api_gives_all_sessions_of_one_second(count: int) -> None:
    with serve(with_sessions("1.27", [START + n % 1000 for n in range(count)])) as running:
        found, shortfall = UserSessions(connection(running.url), PROJECT_KEY, "jane").sessions()
    assert len(found) == count
    assert not shortfall


@dataclass(frozen=True)
class Pages:
    """Sessions whatever is asked for, and a count beside them."""

    total: int
    is_new: bool

    def play(self, exchange: Exchange, answer: ServerResponse) -> None:
        first = json.loads(exchange.request.body)["page"] * 200 if self.is_new else 0
        rows = [{"sessionId": f"{first + n}", "startTs": START} for n in range(200)]
        body = {"data": {"total": self.total, "sessions": rows}}
        exchange.send(ServerResponse(200, json.dumps(body).encode()))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (
            Pages(10**15, is_new=False),
            "200 of 1,000,000,000,000,000, the server did not send the others",
        ),
        (Pages(10**15, is_new=True), "do not come to an end"),
        (Pages(300, is_new=False), "200 of 300"),
    ],
)
def test_a_list_without_end_is_left_and_said(fault: Fault, words: str) -> None:
    with serve(OpenReplay(release="1.27", always=fault)) as running:
        found, shortfall = UserSessions(connection(running.url), PROJECT_KEY, "jane").sessions()
        assert len(running.openreplay.requests) < 520
    assert words in shortfall
    assert len(found) >= 200


def test_a_page_past_the_end_does_not_change_the_count() -> None:
    class Ends:
        def play(self, exchange: Exchange, answer: ServerResponse) -> None:
            page = json.loads(exchange.request.body)["page"]
            rows = [{"sessionId": f"{n}", "startTs": START} for n in range(200)]
            data = {"total": 300, "sessions": rows} if page == 1 else {"total": 0, "sessions": []}
            exchange.send(ServerResponse(200, json.dumps({"data": data}).encode()))

    with serve(OpenReplay(release="1.27", always=Ends())) as running:
        found, shortfall = UserSessions(connection(running.url), PROJECT_KEY, "jane").sessions()
    assert len(found) == 200
    assert "200 of 300" in shortfall
