"""The loopback server against the recordings of 1.26, 1.27 and the next release, one by one.

Those of 1.21 are in `test_server`.
"""

import gzip
import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import cache
from http.client import HTTPConnection
from typing import Any, get_args

import pytest

from tests.server import clickhouse, v2
from tests.server.deployments import FOLDERS, Recorded, deployment
from tests.server.openreplay import OpenReplay
from tests.server.recordings import Recording, recordings
from tests.server.wire import Exchange, Received, ServerResponse, listening
from tests.tables import each_row

SECONDS = 30.0

SERVICES: dict[Recorded, Callable[[OpenReplay, Received], ServerResponse]] = {
    "1.25": clickhouse.answer,
    "1.27": v2.answer,
    "next": v2.answer_next,
}

# Of the transport, not of the API.
TRANSPORT = ("date", "server", "content-length", "transfer-encoding", "connection")

RELEASES: tuple[Recorded, ...] = get_args(Recorded)
CASES = [
    pytest.param(release, recording, id=f"{folder}-{recording.name}")
    for release in RELEASES
    for folder in FOLDERS[release]
    for recording in recordings(folder)
]


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Alone:
    """A deployment without what stands in front of it, as it was recorded."""

    release: Recorded
    openreplay: OpenReplay

    def handle(self, exchange: Exchange) -> None:
        exchange.send(SERVICES[self.release](self.openreplay, exchange.request))


@cache
def replies(release: Recorded) -> Mapping[str, Reply]:
    """The answers to all that was recorded of a release, asked in that order and at those times."""
    openreplay = deployment(release)
    answered = {}
    with listening(Alone(release, openreplay), port=0, idle_seconds=SECONDS) as port:
        for folder in FOLDERS[release]:
            for recording in recordings(folder):
                time = parsedate_to_datetime(recording.response_headers["date"])
                openreplay.clock = time.timestamp
                answered[recording.name] = ask(port, recording)
    return answered


def ask(port: int, recording: Recording) -> Reply:
    connection = HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    try:
        headers = {name: value or "" for name, value in recording.headers.items()}
        connection.request(recording.method, recording.target, sent(recording), headers)
        with connection.getresponse() as response:
            got = {name.lower(): value for name, value in response.getheaders()}
            body = response.read()
            if got.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            # Where it was recorded.
            headers = {name: text.replace(f":{port}", ":18226") for name, text in got.items()}
            return Reply(response.status, headers, body)
    finally:
        connection.close()


def sent(recording: Recording) -> bytes | None:
    if recording.name != "filter_too_many":
        return recording.sent
    # The manifest tells the length only; so many filters have it.
    filters = [
        {"name": "$event_name", "operator": "is", "value": [str(number)]} for number in range(60)
    ]
    window = {"startTimestamp": 946_684_800_000, "endTimestamp": 1_900_000_000_000}
    columns = ["$properties", "$auto_captured"]
    page = window | {"limit": 5, "page": 1, "filters": filters, "columns": columns}
    body = json.dumps(page).encode()
    assert recording.sent == f"<{len(body)} bytes>".encode()
    return body


@each_row(("release", "recording"), CASES)
def test_a_recorded_request_is_answered_as_it_was_recorded(
    release: Recorded, recording: Recording
) -> None:
    reply = replies(release)[recording.name]
    assert reply.status == recording.status
    assert of_the_api(reply.headers) == of_the_api(recording.response_headers)
    if reply.body == recording.body:
        return
    # What shares its place in an order comes in any order, as on the real server.
    assert recording.status == 200
    ours, theirs = json.loads(reply.body)["data"], json.loads(recording.body)["data"]
    if release == "1.25":
        same_list(ours, theirs)
    else:
        same_page(ours, theirs, json.loads(sent(recording) or b""), release)


def of_the_api(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in headers.items() if name not in TRANSPORT}


def same_list(ours: list[dict[str, Any]], theirs: list[dict[str, Any]]) -> None:
    """Both have the same rows, byte for byte, and are sorted by time."""
    assert Counter(map(json.dumps, ours)) == Counter(map(json.dumps, theirs))
    assert [row["createdAt"] for row in ours] == [row["createdAt"] for row in theirs]


def same_page(ours: Any, theirs: Any, asked: Mapping[str, Any], release: Recorded) -> None:
    """Both are pages that a server may give which sorts by one column and by nothing else.

    So they have the same values in that column, and the same events, byte for byte, where all that
    share a value are on the page.
    """
    assert ours.keys() == theirs.keys() == {"total", "events"}
    assert ours["total"] == theirs["total"]
    assert [list(row) for row in ours["events"]] == [list(row) for row in theirs["events"]]
    rows = by_event_id(release)
    column = asked.get("sortBy") or "created_at"
    mine, yours = (
        [(v2.sort_key(column, rows[row["event_id"]] | row), json.dumps(row)) for row in events]
        for events in (ours["events"], theirs["events"])
    )
    keys = [key for key, _ in mine]
    assert keys == [key for key, _ in yours]
    cut = keys[:1] if asked["page"] > 1 else []
    if asked["page"] * asked["limit"] < ours["total"]:
        cut.append(keys[-1])
    assert Counter(pair for pair in mine if pair[0] not in cut) == Counter(
        pair for pair in yours if pair[0] not in cut
    )


@cache
def by_event_id(release: Recorded) -> Mapping[str, dict[str, Any]]:
    sessions = deployment(release).v2_sessions.values()
    return {row["event_id"]: row for rows in sessions for row in rows if "event_id" in row}


def test_all_that_was_recorded_is_asked() -> None:
    assert len(CASES) == 286 + 8 + 6 + 80 + 7
