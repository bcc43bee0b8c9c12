"""The loopback server as OpenReplay 1.25: v1 over ClickHouse, and next to nothing of v2."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection

import pytest

from tests.server.conversion import Row
from tests.server.openreplay import (
    API_KEY,
    DOUBLED_SESSION_ID,
    PROJECT_KEY,
    RICH_SESSION_ID,
    SESSION_IDS,
    STAMPED_SESSION_ID,
    OpenReplay,
    Release,
    Running,
    serve,
)
from tests.server.test_v2_server import BEARER, PAGE, SECONDS, ask, data
from tests.tables import each_row

KEY = {"Authorization": API_KEY}
V1 = f"/api/v1/{PROJECT_KEY}"
CHECKOUT = f"{V1}/sessions/{SESSION_IDS['checkout']}/events"


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with serve(OpenReplay(release="1.25")) as server:
        assert server.url == server.host_url + "/api"
        yield server


@each_row(
    ("path", "headers", "status", "body"),
    [
        (CHECKOUT, {}, 401, {"errors": ["Not authenticated"]}),
        (CHECKOUT, {"Authorization": ""}, 401, {"errors": ["Not authenticated"]}),
        (CHECKOUT, BEARER, 401, {"errors": ["Invalid API Key"]}),
        ("/api/v1/nowhere/sessions/1/events", KEY, 404, {"errors": ["project not found."]}),
        (f"{V1}/sessions/1/events", KEY, 200, {"data": []}),
        ("/api/v2/public/projects", KEY, 404, {"detail": "Not Found"}),
        ("/api/v1/sessions/1/events", KEY, 401, {"errors": ["Not authenticated"]}),
        (f"{V1}/users/nobody/sessions", KEY, 200, {"data": []}),
    ],
)
def test_v1_answers(
    running: Running, path: str, headers: dict[str, str], status: int, body: object
) -> None:
    answered, content_type, text = ask(running, path, headers=headers)
    assert (answered, content_type, json.loads(text)) == (status, "application/json", body)


def test_errors_that_are_as_before(running: Running) -> None:
    status, _, text = ask(running, f"{V1}/sessions/abc/events", headers=KEY)
    assert (status, json.loads(text)["detail"][0]["type"]) == (422, "int_parsing")
    assert ask(running, CHECKOUT, {}, headers=KEY)[0] == 405
    poisoned = f"{V1}/sessions/{SESSION_IDS['poison_nan']}/events"
    assert ask(running, poisoned, headers=KEY)[0] == 500


def test_a_trailing_slash_is_redirected_out_of_the_api(running: Running) -> None:
    connection = HTTPConnection("127.0.0.1", running.port, timeout=SECONDS)
    connection.request("GET", CHECKOUT + "/", headers=KEY)
    with closing(connection), connection.getresponse() as response:
        assert response.status == 307
        location = f"http://127.0.0.1{CHECKOUT.removeprefix('/api')}"
        assert response.getheader("location") == location


def test_the_list_of_projects_is_there_once_and_then_not_for_a_while() -> None:
    openreplay = OpenReplay(release="1.25")
    with serve(openreplay) as running:

        def at(seconds: float, path: str = "", headers: dict[str, str] = KEY) -> int:
            openreplay.clock = lambda: seconds
            return ask(running, "/api/v1/projects" + path, headers=headers)[0]

        assert at(90, headers=BEARER) == 401
        assert [at(seconds) for seconds in (100, 100, 119.9)] == [200, 500, 500]
        assert at(119.9, f"/{PROJECT_KEY}") == 200
        assert [at(seconds) for seconds in (120, 139.9, 150, 151)] == [200, 500, 200, 500]
        openreplay.projects_pause_seconds = 0
        assert [at(151), at(151)] == [200, 200]


@pytest.mark.parametrize("release", ["1.21", "1.25"])
def test_a_project_that_is_switched_off_is_open_to_v1(release: Release) -> None:
    with serve(OpenReplay(release=release, inactive={PROJECT_KEY})) as running:
        assert ask(running, CHECKOUT, headers=KEY)[0] == 200


# The rows of the one table


def events(running: Running, session: str) -> list[Row]:
    rows: list[Row] = data(ask(running, f"{V1}/sessions/{session}/events", headers=KEY))
    return rows


def test_rows_that_are_stored_twice_come_twice_and_are_equal(running: Running) -> None:
    rows = Counter(map(json.dumps, events(running, DOUBLED_SESSION_ID)))
    assert (len(rows), set(rows.values())) == (90, {2})


def test_rows_stamped_by_their_insertion_have_milliseconds(running: Running) -> None:
    rows = events(running, STAMPED_SESSION_ID)
    assert len(rows) == 1200
    assert rows[0]["createdAt"] == "2026-02-20T09:00:04.518000"
    assert [row["timestamp"] for row in rows] == [1_771_578_004_518 + 6 * n for n in range(1200)]
    assert rows[247]["createdAt"] == "2026-02-20T09:00:06"


def test_what_only_v2_tells_is_left_out(running: Running) -> None:
    rows = events(running, RICH_SESSION_ID)
    names = Counter(row["type"] for row in rows)
    # The click that a site made up is none.
    assert names == {"LOCATION": 2, "CLICK": 1, "INPUT": 1, "TAP": 1}


def test_a_load_that_ends_without_a_start_fails_for_its_whole_session() -> None:
    page = {
        "$event_name": "LOCATION",
        "created_at": 1_770_000_000_000,
        "$current_url": "https://h/",
    }
    click = {"$event_name": "CLICK", "created_at": 1_770_000_001_000}
    sessions = {
        "7": [page | {"$properties": {"load_event_end": 1200}}, click],
        "8": [page, click],
    }
    with serve(OpenReplay(release="1.25", v2_sessions=sessions)) as running:
        status, _, body = ask(running, f"{V1}/sessions/7/events", headers=KEY)
        assert (status, body) == (500, b'{"errors":["Internal server error."]}')
        assert len(events(running, "8")) == 2


def test_events_have_whole_seconds_and_come_by_time(running: Running) -> None:
    rows = data(ask(running, CHECKOUT, headers=KEY))
    recorded = json.loads(running.openreplay.sessions[SESSION_IDS["checkout"]])["data"]
    assert len(rows) == len(recorded)
    times = [row["timestamp"] for row in rows]
    assert times == sorted(event["timestamp"] // 1000 * 1000 for event in recorded)
    assert not {"sessionId", "messageId", "path"} & {name for row in rows for name in row}


def test_equal_seconds_come_in_any_order() -> None:
    events = [
        {"type": "CLICK", "timestamp": 1_770_000_000_000 + n, "label": str(n)} for n in range(30)
    ]
    sessions = {"7": json.dumps({"data": events}).encode()}
    with serve(OpenReplay(release="1.25", sessions=sessions)) as running:
        path = f"{V1}/sessions/7/events"
        first, second = (
            [row["label"] for row in data(ask(running, path, headers=KEY))] for _ in "12"
        )
    assert first != second
    assert sorted(first) == sorted(second)


@each_row(
    ("method", "path", "headers", "expected"),
    [
        ("GET", f"/v1/projects/{PROJECT_KEY}", {}, (401, b"")),
        ("GET", f"/v1/projects/{PROJECT_KEY}", KEY, (401, b"")),
        ("GET", "/v1/projects/nowhere", BEARER, (401, b"")),
        ("POST", f"/v1/projects/{PROJECT_KEY}", BEARER, (405, b"")),
        ("GET", "/v1/projects", BEARER, (404, b"404 page not found\n")),
        ("GET", "/public/projects", BEARER, (404, b"404 page not found\n")),
        (
            "POST",
            f"/public/{PROJECT_KEY}/sessions/1/events",
            BEARER,
            (404, b"404 page not found\n"),
        ),
    ],
)
def test_v2_is_not_there_yet(
    running: Running, method: str, path: str, headers: dict[str, str], expected: tuple[int, bytes]
) -> None:
    body = PAGE if method == "POST" else None
    status, _, text = ask(running, "/v2/api" + path, body, headers=headers)
    assert (status, text) == expected


def test_v2_knows_one_project_at_a_time(running: Running) -> None:
    row = data(ask(running, f"/v2/api/v1/projects/{PROJECT_KEY}"))
    assert (row["projectId"], row["projectKey"]) == (1, PROJECT_KEY)
