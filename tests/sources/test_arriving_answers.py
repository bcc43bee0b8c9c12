"""A large answer of the first API is read while it arrives."""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha512

import pytest

from eventview.errors import InvalidDataError, UnavailableError
from eventview.session.events import Event
from eventview.sources.openreplay.connection import Connection, RetryPolicy, Server
from eventview.sources.openreplay.request_log import Secret
from eventview.sources.openreplay.sessions import RemoteSession
from eventview.sources.row_stream import HEAD_BYTES
from tests.server.faults import CutOff, Fault, Stall, Verbatim
from tests.server.openreplay import API_KEY, PROJECT_KEY, OpenReplay, serve

SESSION = "7"
ROWS = [
    # Labels that do not compress, so that half of the bytes are about half of the rows.
    {
        "type": "CLICK",
        "timestamp": 1731502800000 + n,
        "label": sha512(b"%d" % n).hexdigest() * 2,
    }
    for n in range(2_000)
]
BODY = json.dumps({"data": ROWS}).encode()
HALF = len(BODY) // 4
"""Bytes of about half of the answer, which is sent compressed."""


def remote(url: str, attempts: int = 1) -> RemoteSession:
    policy = RetryPolicy(attempts=attempts, first_wait_s=0.0)
    return RemoteSession(
        Connection(Server(url, Secret(API_KEY), retry_policy=policy)), PROJECT_KEY, SESSION
    )


def lengths_and_events(source: RemoteSession, events: list[Event]) -> Iterator[int]:
    """The number of events after each batch; the list gets them."""
    for batch in source.batches():
        events[:] = [*([] if batch.starts_over else events), *batch.events]
        yield len(events)


def serving(*faults: Fault) -> OpenReplay:
    return OpenReplay(sessions={SESSION: BODY}, faults=list(faults))


def test_events_are_given_before_the_answer_is_complete() -> None:
    with serve(serving(Stall(HALF))) as running:
        batches = remote(running.url).batches()
        first, second = next(batches), next(batches)
        assert 0 < len(first.events) < len(ROWS) / 2
        assert first.starts_over
        assert first.gaps
        assert second.events
        assert not second.starts_over
        # It is left, as a user would who stops waiting.
        batches.close()  # type: ignore[attr-defined]  # a generator


def test_events_that_came_before_a_broken_answer_are_kept_and_given_once() -> None:
    events: list[Event] = []
    with (
        serve(serving(CutOff(HALF))) as running,
        pytest.raises(UnavailableError, match="broke off"),
    ):
        list(lengths_and_events(remote(running.url), events))
    assert len(BODY) > 4 * HEAD_BYTES
    assert 0 < len(events) < len(ROWS)
    with serve(serving(CutOff(HALF), CutOff(HALF // 2))) as running:
        lengths = list(lengths_and_events(remote(running.url, attempts=3), events))
    # Another attempt takes nothing away that is shown.
    assert lengths == sorted(lengths)
    assert [event.raw for event in events] == ROWS


def test_a_large_answer_that_is_no_session_is_refused_as_a_small_one_is() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
    cut_off = Verbatim(head + BODY[: len(BODY) // 2])
    other = Verbatim(head + json.dumps({"rows": ROWS}).encode())
    events: list[Event] = []
    for fault, is_kept in ((cut_off, True), (other, False)):
        events.clear()
        with serve(serving(fault)) as running, pytest.raises(InvalidDataError, match="The answer"):
            list(lengths_and_events(remote(running.url), events))
        assert bool(events) is is_kept
