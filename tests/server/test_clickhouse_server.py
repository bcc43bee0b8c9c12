"""The loopback server as OpenReplay 1.25: v1 over ClickHouse, and next to nothing of v2."""

import json
from collections.abc import Iterator

import pytest

from tests.server.openreplay import API_KEY, PROJECT_KEY, SESSION_IDS, OpenReplay, Running, serve
from tests.server.test_v2_server import BEARER, PAGE, ask, data

KEY = {"Authorization": API_KEY}
V1 = f"/api/v1/{PROJECT_KEY}"
CHECKOUT = f"{V1}/sessions/{SESSION_IDS['checkout']}/events"


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with serve(OpenReplay(release="1.25")) as server:
        assert server.url == server.host_url + "/api"
        yield server


@pytest.mark.parametrize(
    ("path", "headers", "status", "body"),
    [
        (CHECKOUT, {}, 401, {"errors": ["Not authenticated"]}),
        (CHECKOUT, {"Authorization": ""}, 401, {"errors": ["Not authenticated"]}),
        (CHECKOUT, BEARER, 401, {"errors": ["Invalid API Key"]}),
        ("/api/v1/nowhere/sessions/1/events", KEY, 404, {"errors": ["project not found."]}),
        (f"{V1}/sessions/1/events", KEY, 200, {"data": []}),
        ("/api/v2/public/projects", KEY, 404, {"detail": "Not Found"}),
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
    assert ask(running, CHECKOUT + "/", headers=KEY)[0] == 307


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


@pytest.mark.parametrize(
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
