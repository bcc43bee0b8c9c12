"""Requests that are sent again, cut off, recorded; and the key, which goes to one host only."""

from __future__ import annotations

import base64
import gzip
import json
import re
import shutil
import stat
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from eventview.errors import EventviewError, InvalidDataError, UnavailableError, UsageError
from eventview.sources.openreplay.connection import (
    Connection,
    RetryPolicy,
    Server,
)
from eventview.sources.openreplay.request_log import RequestLog, Secret, mask_key
from eventview.sources.openreplay.responses import HttpRequest
from eventview.sources.openreplay.sessions import RemoteSession
from eventview.sources.openreplay.transport import Transport, unpack
from tests.server.faults import CutOff, Drip, Echo, Endless, Fault, GzipBomb, Hang, Redirect, Status
from tests.server.openreplay import API_KEY, PROJECT_KEY, OpenReplay, serve
from tests.tables import each_row

AT_ONCE = RetryPolicy(attempts=4, first_wait_s=0, longest_wait_s=0)
PATH = "/v1/projects"


def again(status: int, after: str = "") -> Status:
    return Status(status, b"", headers=(("retry-after", after),) if after else ())


@each_row(
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
        server = Server(running.url, Secret(API_KEY), retry_policy=AT_ONCE)
        with Transport(server, said.append) as transport:
            answer = transport.send(HttpRequest(running.url + PATH))
        assert len(running.openreplay.requests) == 3
    assert answer.status == 200
    first, end, second, last = said
    assert words in first
    assert "(attempt 2 of 4)" in first
    assert "(attempt 3 of 4)" in second
    assert end == last == ""


@each_row(
    ("faults", "always", "requests", "status"),
    [
        ([again(500)], None, 2, 200),
        ([], again(500), 2, 500),
        ([again(503), again(500)], None, 3, 200),
        ([again(500), again(503), again(500), None], None, 3, 500),
        ([again(500), CutOff(0)], None, 3, 200),
    ],
)
def test_a_failure_of_the_server_is_asked_again_once(
    faults: list[Fault | None], always: Fault | None, requests: int, status: int
) -> None:
    said: list[str] = []
    with serve(OpenReplay(faults=faults, always=always)) as running:
        server = Server(running.url, Secret(API_KEY), retry_policy=AT_ONCE)
        with Transport(server, said.append) as transport:
            assert transport.send(HttpRequest(running.url + PATH)).status == status
        assert len(running.openreplay.requests) == requests
    if requests == 2:
        assert re.fullmatch(r"\S+ answers 500; trying again in 0 s \(attempt 2 of 2\)", said[0])
    assert said[-1] == ""


@each_row("status", [301, 400, 401, 403, 404, 405, 408, 409, 413, 422, 501])
def test_what_is_meant_is_not_asked_twice(status: int) -> None:
    with serve(OpenReplay(always=Status(status))) as running:
        server = Server(running.url, Secret(API_KEY), retry_policy=AT_ONCE)
        with Transport(server) as transport:
            assert transport.send(HttpRequest(running.url + PATH)).status == status
        assert len(running.openreplay.requests) == 1


def in_an_hour() -> str:
    return format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)


@pytest.mark.parametrize(
    "after", ["31", "3600", in_an_hour()], ids=["half a minute", "an hour", "a date"]
)
def test_a_server_that_wants_a_long_sleep_gets_it_from_the_user(after: str) -> None:
    with serve(OpenReplay(always=again(429, after))) as running:
        server = Server(running.url, Secret(API_KEY), retry_policy=AT_ONCE)
        with Transport(server) as transport:
            assert transport.send(HttpRequest(running.url + PATH)).status == 429
        assert len(running.openreplay.requests) == 1


def test_attempts_end() -> None:
    with serve(OpenReplay(always=Hang(0))) as running:
        server = Server(running.url, Secret(API_KEY), retry_policy=AT_ONCE)
        with Transport(server) as transport, pytest.raises(UnavailableError, match="broke off"):
            transport.send(HttpRequest(running.url + PATH))
        assert len(running.openreplay.requests) == 4


def test_several_requests_that_wait_for_the_same_are_heard_of_once() -> None:
    said: list[str] = []
    done: list[int] = []
    # Nobody is done waiting before all of them wait.
    waiting = threading.Barrier(4)

    def ask() -> None:
        done.append(transport.send(HttpRequest(running.url + PATH)).status)

    with serve(OpenReplay(faults=[again(503)] * 4)) as running:
        server = Server(running.url, Secret(API_KEY), retry_policy=RetryPolicy())
        with Transport(server, said.append, lambda _: waiting.wait(30)) as transport:
            threads = [threading.Thread(target=ask) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(30)
    assert done == [200] * 4
    assert len(said) == 2
    assert said[-1] == ""


def test_nothing_is_read_for_anybody_who_has_left() -> None:
    before = set(threading.enumerate())
    with serve(OpenReplay(always=Drip(0.001))) as running:
        server = Server(running.url, Secret(API_KEY), timeout_s=0.1, retry_policy=AT_ONCE)
        with Transport(server) as transport:
            with pytest.raises(UnavailableError):
                transport.send(HttpRequest(running.url + PATH))
            # While the line is still open, and the server drips on.
            readers = [t for t in set(threading.enumerate()) - before if t.name == "request"]
            for reader in readers:
                reader.join(30)
                assert not reader.is_alive()


def test_no_attempt_follows_once_a_transport_is_closed() -> None:
    retry_policy = RetryPolicy(attempts=4, first_wait_s=600, longest_wait_s=600)
    failed: list[BaseException] = []
    with serve(OpenReplay(always=again(503))) as running:
        server = Server(running.url, Secret(API_KEY), retry_policy=retry_policy)
        said = threading.Event()
        with Transport(server, lambda _: said.set()) as transport:

            def ask() -> None:
                try:
                    transport.send(HttpRequest(running.url + PATH))
                except EventviewError as error:
                    failed.append(error)

            thread = threading.Thread(target=ask)
            thread.start()
            assert said.wait(30)
        thread.join(30)
        assert len(running.openreplay.requests) == 1


def test_each_new_attempt_is_heard_of_though_others_wait() -> None:
    said: list[str] = []
    with serve(OpenReplay(always=again(503))) as running:
        server = Server(running.url, Secret(API_KEY), retry_policy=AT_ONCE)
        with Transport(server, said.append) as transport:
            threads = [
                threading.Thread(target=transport.send, args=(HttpRequest(running.url + PATH),))
                for _ in range(4)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(30)
    assert {"2 of 4", "3 of 4", "4 of 4"} <= {word[-7:-1] for word in said if word}
    assert said[-1] == ""


def test_whoever_leaves_ends_the_wait() -> None:
    waits = threading.Event()
    failed: list[EventviewError | int] = []

    def ask() -> None:
        try:
            failed.append(transport.send(HttpRequest(running.url + PATH)).status)
        except EventviewError as error:
            failed.append(error)

    with serve(OpenReplay(always=again(503))) as running:
        retry_policy = RetryPolicy(attempts=2, first_wait_s=600, longest_wait_s=600)
        server = Server(running.url, Secret(API_KEY), retry_policy=retry_policy)
        with Transport(server, lambda _: waits.set()) as transport:
            thread = threading.Thread(target=ask)
            thread.start()
            assert waits.wait(30)
        thread.join(30)
        assert not thread.is_alive()
    assert len(failed) == 1


HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
CHUNKED = HEAD + b"transfer-encoding: chunked\r\n\r\n"
EMPTY_BLOCK = b"\x00\x00\x00\xff\xff"
"""A part of a deflated stream in which there is nothing."""


@each_row(
    "fault",
    [
        Drip(0.001),
        Endless(HEAD + b"x-drip: ", b"a"),
        Endless(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
        Endless(CHUNKED + b"2\r\n{}\r\n0\r\nx-trailer: ", b"a"),
        Endless(HEAD.replace(b"200", b"500") + b"content-length: 9999\r\n\r\n", b"a"),
        Endless(
            HEAD + b"content-encoding: gzip\r\ncontent-length: 99999999\r\n\r\n"
            b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03",
            EMPTY_BLOCK * 100,
        ),
    ],
)
def test_a_server_that_drips_is_cut_off_wherever_it_does(fault: Fault) -> None:
    openreplay = OpenReplay(always=fault)
    with serve(openreplay) as running:
        server = Server(running.url, Secret(API_KEY), timeout_s=0.2, retry_policy=AT_ONCE)
        with Transport(server) as transport, pytest.raises(UnavailableError) as caught:
            transport.send(HttpRequest(running.url + PATH))
        assert openreplay.client_left.wait(30), "nothing goes on being read"
        assert len(openreplay.requests) == 1
    assert "sends too slowly" in caught.value.message
    assert "after 0.6 s" in caught.value.reason


@each_row("encoding", ["gzip, gzip", "br", "deflate", "gzip;q=1"])
def test_what_is_packed_as_nobody_asked_for_is_not_unpacked(encoding: str) -> None:
    fault = Status(200, b"{}", headers=(("content-encoding", encoding),))
    with serve(OpenReplay(always=fault)) as running:
        server = Server(running.url, Secret(API_KEY), retry_policy=AT_ONCE)
        with Transport(server) as transport, pytest.raises(InvalidDataError) as caught:
            transport.send(HttpRequest(running.url + PATH))
    assert "not the one that was requested" in caught.value.reason


@pytest.mark.parametrize("cut", [1, 12, -1])
def test_gzip_that_ends_too_early_is_damaged(cut: int) -> None:
    body = gzip.compress(b'{"data":[]}')[:cut]
    fault = Status(200, body, headers=(("content-encoding", "gzip"),))
    with serve(OpenReplay(always=fault)) as running:
        server = Server(running.url, Secret(API_KEY), retry_policy=AT_ONCE)
        with Transport(server) as transport, pytest.raises(InvalidDataError, match="damaged"):
            transport.send(HttpRequest(running.url + PATH))


def spaced(key: str) -> bytes:
    return key.encode("utf-16")


def escaped(key: str) -> bytes:
    return json.dumps({"errors": ["".join(f"<{key}>")]}).encode().replace(b"Z", b"\\u005a")


@each_row(
    ("said", "status"),
    [
        *((str.encode, status) for status in (200, 400, 401, 404, 422, 500, 502)),
        (spaced, 401),
        (escaped, 401),
        (lambda key: key.lower().encode(), 401),
        (lambda key: key.upper().encode(), 401),
        # Where words are cut off, so is the key.
        (lambda key: b"x" * 287 + key.encode() + b"y" * 50, 401),
        (lambda key: ("é" * 294 + key).encode(), 401),
    ],
)
def test_no_form_in_which_a_server_says_the_key_back_is_repeated(
    said: Callable[[str], bytes], status: int
) -> None:
    with serve(OpenReplay(always=Echo(said, status))) as running:
        server = Server(running.url, Secret(API_KEY), retry_policy=AT_ONCE)
        source = RemoteSession(Connection(server), PROJECT_KEY, "7")
        with pytest.raises(EventviewError) as caught:
            list(source.batches())
    words = re.sub(r"\W", "", f"{caught.value} {caught.value.args}").lower()
    assert API_KEY[:8].lower() not in words


def each(form: str) -> Callable[[str], str]:
    return lambda key: "".join(form.format(ord(letter)) for letter in key)


def in_base64(key: str) -> str:
    return base64.b64encode(key.encode()).decode()


@pytest.mark.parametrize(
    "said",
    [
        lambda key: key[::-1],
        lambda key: key.encode().hex(),
        lambda key: key.encode().hex(":").upper(),
        lambda key: key.replace("q", "%71", 1),
        each("%{:02x}"),
        each("%{:02X}"),
        each("%25{:02x}"),
        each("\\x{:02x}"),
        each("\\u{:04x}"),
        each("&#{};"),
        each("&#x{:X};"),
        each("{:02x} "),
        in_base64,
        lambda key: in_base64(f"Bearer {key}"),
        lambda key: in_base64(f"x{key}"),
        lambda key: in_base64(f"user:{key}:"),
        lambda key: in_base64(key).replace("=", ""),
    ],
)
@pytest.mark.parametrize("key", [API_KEY, "k3y/with+odd=letters?", "x78u0065-#12%ab_3F"])
def test_no_notation_of_the_key_is_repeated(said: Callable[[str], str], key: str) -> None:
    text = said(key)
    shown = mask_key(f"before {text} after", Secret(key))
    assert shown.startswith("before ")
    assert shown.endswith(" after")
    assert "***" in shown
    # In base64, "Bearer " stays, and a letter that is shared with it.
    assert len(shown) <= len("before QmVhcmVyIF***8== after")


def test_words_that_are_not_the_key_are_repeated() -> None:
    text = "GET https://or.example/api/v1/3sWXSsqHgSKnE87YkNJK/sessions/3045111680204801793 500"
    assert mask_key(text, Secret(API_KEY)) == text
    assert mask_key("status 61, 97 times", Secret("b")) == "status 61, 97 times"
    assert mask_key(text, Secret("")) == text


@pytest.mark.parametrize(
    "line",
    [
        b"HTTP/1.1 200 OK\r\n" + API_KEY.encode() + b"\r\n\r\n",
        b"HTTP/1.1 " + API_KEY.encode() + b"\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nlocation: http://x:" + API_KEY.encode() + b"/\r\n\r\n",
    ],
)
def test_a_broken_head_with_the_key_in_it_is_not_quoted(line: bytes) -> None:
    with serve(OpenReplay(always=Endless(line, b" "))) as running:
        server = Server(running.url, Secret(API_KEY), retry_policy=RetryPolicy(attempts=1))
        with pytest.raises(EventviewError) as caught, Transport(server) as transport:
            transport.send(HttpRequest(running.url + PATH))
    assert API_KEY not in f"{caught.value} {caught.value.args}"


def test_a_redirect_to_what_is_no_address_is_not_asked_twice() -> None:
    with serve(OpenReplay(always=Redirect("http://x:y/"))) as running:
        server = Server(running.url, Secret(API_KEY), retry_policy=AT_ONCE)
        with Transport(server) as transport, pytest.raises(InvalidDataError, match="elsewhere"):
            transport.send(HttpRequest(running.url + PATH))
        assert len(running.openreplay.requests) == 1


@pytest.mark.parametrize(("after", "least_s"), [("7", 7.0), ("in an hour", 3500.0)])
def test_a_server_that_says_when_is_asked_no_earlier(after: str, least_s: float) -> None:
    # Now, as hours may lie between the collection of tests and this one.
    after = in_an_hour() if after == "in an hour" else after
    waits: list[float] = []
    with serve(OpenReplay(faults=[again(429, after)])) as running:
        retry_policy = AT_ONCE._replace(longest_asked_s=4000)
        server = Server(running.url, Secret(API_KEY), retry_policy=retry_policy)
        with Transport(server, sleep=waits.append) as transport:
            assert transport.send(HttpRequest(running.url + PATH)).status == 200
    [waited] = waits
    assert least_s <= waited < least_s + 101


def test_waits_double_and_no_two_clients_come_back_together() -> None:
    rounds: list[list[float]] = []
    with serve(OpenReplay(always=again(503))) as running:
        server = Server(running.url, Secret(API_KEY), retry_policy=RetryPolicy())
        for _ in range(3):
            rounds.append([])
            with Transport(server, sleep=rounds[-1].append) as transport:
                assert transport.send(HttpRequest(running.url + PATH)).status == 503
    for first, second, third in rounds:
        assert 0.5 <= first <= 1.0 <= second <= 1.5
        assert 2.0 <= third <= 2.5
    assert len({tuple(waits) for waits in rounds}) == 3, "chance is in it"


def test_a_small_body_that_becomes_a_large_one_is_cut_off() -> None:
    with serve(OpenReplay(always=GzipBomb(50))) as running:
        key, limit = Secret(API_KEY), 2 * 2**20
        server = Server(running.url, key, retry_policy=AT_ONCE, max_bytes=limit)
        with Transport(server) as transport, pytest.raises(InvalidDataError, match="2 MiB"):
            transport.send(HttpRequest(running.url + PATH))


def test_the_key_goes_to_no_other_host() -> None:
    with serve() as elsewhere, serve() as running:
        server = Server(running.url, Secret(API_KEY), retry_policy=AT_ONCE)
        with Transport(server) as transport, pytest.raises(UsageError, match="only"):
            transport.send(HttpRequest(elsewhere.url + PATH))
        assert elsewhere.openreplay.requests == []


# The record of requests


def test_every_attempt_is_recorded_and_the_key_is_not(tmp_path: Path) -> None:
    file = tmp_path / "requests.log"
    with serve(OpenReplay(faults=[again(503)])) as running:
        log = RequestLog(file)
        log.check()
        server = Server(running.url, Secret(API_KEY), retry_policy=AT_ONCE, log=log)
        with Transport(server) as transport:
            transport.send(HttpRequest(f"{running.url}/v1/{API_KEY}/x"))
        with (
            Transport(replace(server, max_bytes=1)) as transport,
            pytest.raises(EventviewError),
        ):
            transport.send(HttpRequest(running.url + PATH))
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
    log = RequestLog(folder / "requests.log")
    log.check()
    shutil.rmtree(folder)
    with serve() as running:
        server = Server(running.url, Secret(API_KEY), retry_policy=AT_ONCE, log=log)
        with Transport(server) as transport:
            assert transport.send(HttpRequest(running.url + PATH)).status == 200


def test_a_log_that_cannot_be_written_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written"):
        RequestLog(tmp_path / "nowhere" / "log").check()
    RequestLog().check()


def test_gzip_of_several_members_is_read_whole_however_it_comes_in() -> None:
    packed = gzip.compress(b"one ") + gzip.compress(b"two ") + gzip.compress(b"three")
    for size in (1, 7, len(packed)):
        parts = [packed[start : start + size] for start in range(0, len(packed), size)]
        assert b"".join(unpack(parts, "gzip", "or.example")) == b"one two three"
    for behind in (b"garbage", packed[:-3]):
        with pytest.raises(InvalidDataError, match="damaged"):
            list(unpack([packed + behind], "gzip", "or.example"))
