"""Requests that are sent again, cut off, recorded; and the key, which goes to one host only."""

from __future__ import annotations

import shutil
import stat
import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from eventview.errors import EventviewError, NotUnderstoodError, UnavailableError, UsageError
from eventview.sources.openreplay.addresses import Endpoint
from eventview.sources.openreplay.log import Log
from eventview.sources.openreplay.memory import NO_MEMORY, Memory, default_path
from eventview.sources.openreplay.transport import Patience, Server, Transport
from tests.server.faults import CutOff, Drip, Fault, GzipBomb, Hang, Status
from tests.server.openreplay import API_KEY, OpenReplay, serve

AT_ONCE = Patience(attempts=4, first_wait_s=0, longest_wait_s=0)
PATH = "/v1/projects"


def again(status: int, after: str = "") -> Status:
    return Status(status, b"", headers=(("retry-after", after),) if after else ())


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (again(503), "answers 503"),
        (again(502), "answers 502"),
        (again(504), "answers 504"),
        (again(429, "0"), "answers 429"),
        (again(429, "Wed, 21 Oct 2015 07:28:00 GMT"), "answers 429"),
        (again(429, "Wed Oct 21 07:28:00 2015"), "answers 429"),
        (again(429, "21 Oct 99999999999 07:28:00 GMT"), "answers 429"),
        (again(429, "soon"), "answers 429"),
        (CutOff(0), "broke off"),
        (CutOff(5), "broke off"),
    ],
)
def test_what_may_pass_is_tried_again_and_said(fault: Fault, words: str) -> None:
    said: list[str] = []
    with serve(OpenReplay(faults=[fault, fault])) as running:
        server = Server(running.url, SecretStr(API_KEY), patience=AT_ONCE)
        with Transport(server, said.append) as transport:
            answer = transport.get(running.url + PATH)
        assert len(running.openreplay.requests) == 3
    assert answer.status == 200
    first, end, second, last = said
    assert words in first
    assert "(attempt 2 of 4)" in first
    assert "(attempt 3 of 4)" in second
    assert end == last == ""


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 405, 408, 409, 413, 422, 500, 501])
def test_what_is_meant_is_not_asked_twice(status: int) -> None:
    with serve(OpenReplay(always=Status(status))) as running:
        server = Server(running.url, SecretStr(API_KEY), patience=AT_ONCE)
        with Transport(server) as transport:
            assert transport.get(running.url + PATH).status == status
        assert len(running.openreplay.requests) == 1


def in_an_hour() -> str:
    return format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)


@pytest.mark.parametrize("after", ["31", "3600", in_an_hour()])
def test_a_server_that_wants_a_long_rest_gets_it_from_the_user(after: str) -> None:
    with serve(OpenReplay(always=again(429, after))) as running:
        server = Server(running.url, SecretStr(API_KEY), patience=AT_ONCE)
        with Transport(server) as transport:
            assert transport.get(running.url + PATH).status == 429
        assert len(running.openreplay.requests) == 1


def test_attempts_end() -> None:
    with serve(OpenReplay(always=Hang(0))) as running:
        server = Server(running.url, SecretStr(API_KEY), patience=AT_ONCE)
        with Transport(server) as transport, pytest.raises(UnavailableError, match="broke off"):
            transport.get(running.url + PATH)
        assert len(running.openreplay.requests) == 4


def test_whoever_leaves_ends_the_wait() -> None:
    waits = threading.Event()
    failed: list[EventviewError | int] = []

    def ask() -> None:
        try:
            failed.append(transport.get(running.url + PATH).status)
        except EventviewError as error:
            failed.append(error)

    with serve(OpenReplay(always=again(503))) as running:
        patience = Patience(attempts=2, first_wait_s=600, longest_wait_s=600)
        server = Server(running.url, SecretStr(API_KEY), patience=patience)
        with Transport(server, lambda _: waits.set()) as transport:
            thread = threading.Thread(target=ask)
            thread.start()
            assert waits.wait(30)
        thread.join(30)
        assert not thread.is_alive()
    assert len(failed) == 1


def test_a_server_that_drips_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 10_000, 10))
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    with serve(OpenReplay(always=Drip(0.001))) as running:
        server = Server(running.url, SecretStr(API_KEY), timeout_s=20, patience=AT_ONCE)
        with Transport(server) as transport, pytest.raises(UnavailableError) as caught:
            transport.get(running.url + PATH)
    assert "sends too slowly" in caught.value.what
    assert "after 60 s" in caught.value.cause


def test_a_small_body_that_becomes_a_large_one_is_cut_off() -> None:
    with serve(OpenReplay(always=GzipBomb(50))) as running:
        server = Server(running.url, SecretStr(API_KEY), patience=AT_ONCE)
        with Transport(server) as transport, pytest.raises(NotUnderstoodError, match="2 MiB"):
            transport.get(running.url + PATH, max_bytes=2 * 2**20)


def test_the_key_goes_to_no_other_host() -> None:
    with serve() as elsewhere, serve() as running:
        server = Server(running.url, SecretStr(API_KEY), patience=AT_ONCE)
        with Transport(server) as transport, pytest.raises(UsageError, match="only"):
            transport.get(elsewhere.url + PATH)
        assert elsewhere.openreplay.requests == []


# The record of requests


def test_every_attempt_is_recorded_and_the_key_is_not(tmp_path: Path) -> None:
    file = tmp_path / "requests.log"
    with serve(OpenReplay(faults=[again(503)])) as running:
        log = Log(file)
        log.check()
        server = Server(running.url, SecretStr(API_KEY), patience=AT_ONCE, log=log)
        with Transport(server) as transport:
            transport.get(f"{running.url}/v1/{API_KEY}/x")
            with pytest.raises(EventviewError):
                transport.get(running.url + PATH, max_bytes=1)
    first, second, third = file.read_text().splitlines()
    assert " GET http://127.0.0.1" in first
    assert " 503 " in first
    assert first.endswith(" attempt 1")
    assert second.endswith(" attempt 2")
    assert "/v1/***/x 404" in second
    assert "too large" in third
    assert API_KEY not in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_log_that_is_taken_away_costs_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    log = Log(folder / "requests.log")
    log.check()
    shutil.rmtree(folder)
    with serve() as running:
        server = Server(running.url, SecretStr(API_KEY), patience=AT_ONCE, log=log)
        with Transport(server) as transport:
            assert transport.get(running.url + PATH).status == 200


def test_a_log_that_cannot_be_written_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written"):
        Log(tmp_path / "nowhere" / "log").check()
    Log().check()


# What is remembered of servers

V1, V2 = Endpoint("v1", "https://a/api"), Endpoint("v2", "https://a/v2/api")


def test_what_answered_is_asked_first_next_time(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "new" / "servers.json")
    assert list(memory.first("https://a", [V2, V1])) == [V2, V1]
    memory.keep("https://a", V1)
    memory.keep("https://b", V2)
    assert list(Memory(memory.path).first("https://a", [V2, V1])) == [V1, V2]
    memory.keep("https://a", V2)
    assert list(memory.first("https://a", [V1, V2])) == [V2, V1]
    NO_MEMORY.keep("https://a", V1)
    assert list(NO_MEMORY.first("https://a", [V2, V1])) == [V2, V1]


@pytest.mark.parametrize("body", ["", "{", "[]", '{"https://a": 7}', '{"https://a": ["v9", "x"]}'])
def test_a_damaged_memory_is_none(tmp_path: Path, body: str) -> None:
    file = tmp_path / "servers.json"
    file.write_text(body)
    assert list(Memory(file).first("https://a", [V2, V1])) == [V2, V1]
    Memory(file).keep("https://a", V1)
    assert list(Memory(file).first("https://a", [V2, V1])) == [V1, V2]


def test_a_memory_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    Memory(file / "servers.json").keep("https://a", V1)
    assert default_path({"EVENTVIEW_CACHE": "/x"}) == Path("/x/servers.json")
    assert default_path({}).name == "servers.json"
