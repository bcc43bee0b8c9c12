"""The loopback server against the recordings of the real one, and its faults one by one."""

import gzip
import json
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse, IncompleteRead, RemoteDisconnected
from pathlib import Path

import pytest

from tests.server.deployments import RECORDED_SESSIONS
from tests.server.faults import (
    CutOff,
    Drip,
    Fault,
    GzipBomb,
    Hang,
    Hold,
    HtmlPage,
    NotJson,
    Rate,
    Redirect,
    Stall,
    Status,
)
from tests.server.openreplay import (
    API_KEY,
    MANY_SESSION_ID,
    PROJECT_KEY,
    SESSION_IDS,
    OpenReplay,
    Running,
    serve,
)
from tests.server.recordings import Recording, recordings
from tests.tables import each_row

SECONDS = 30.0
"""Long enough for any machine: only a broken server makes a test wait for it."""

DOCS = f"/api/v1/{PROJECT_KEY}/sessions/{SESSION_IDS['docs']}/events"
EMPTY = f"/api/v1/{PROJECT_KEY}/sessions/{SESSION_IDS['empty']}/events"

Headers = Iterable[tuple[str, str]]
WITH_KEY: Headers = (("Authorization", API_KEY),)


@dataclass(frozen=True)
class Reply:
    status_line: str
    headers: dict[str, str]
    body: bytes

    @property
    def status(self) -> int:
        return int(self.status_line.split()[1])


def connect(running: Running) -> closing[HTTPConnection]:
    return closing(HTTPConnection("127.0.0.1", running.port, timeout=SECONDS))


def send(
    connection: HTTPConnection,
    target: str = DOCS,
    headers: Headers = WITH_KEY,
    method: str = "GET",
    body: bytes | None = None,
) -> None:
    connection.putrequest(method, target, skip_accept_encoding=True)
    for name, value in headers:
        connection.putheader(name, value.encode())
    if body is not None:
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body)


def read(response: HTTPResponse) -> Reply:
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Reply(f"HTTP/1.1 {response.status} {response.reason}", headers, response.read())


def ask(
    running: Running,
    target: str = DOCS,
    headers: Headers = WITH_KEY,
    method: str = "GET",
    body: bytes | None = None,
) -> Reply:
    with connect(running) as connection:
        send(connection, target, headers, method, body)
        with connection.getresponse() as response:
            return read(response)


def docs_body() -> bytes:
    return OpenReplay().sessions[SESSION_IDS["docs"]]


@pytest.fixture(scope="module")
def faultless() -> Iterator[Running]:
    with serve() as running:
        yield running


# As recorded


def replay(running: Running, recording: Recording) -> Reply:
    """Send the recorded request again; an outage is a fault."""
    if recording.name.startswith("outage") and recording.status == 500:
        running.openreplay.faults.append(Status(500))
    if recording.curl_extra == ("--http1.0",):
        return ask_in_http_1_0(running, recording.target, recording.headers["Authorization"] or "")
    if recording.curl_extra == ("-L",):
        changed = ask(running, recording.target)
        return ask(running, changed.headers["location"].removeprefix(running.host_url))
    target = recording.target
    headers = [(name, value or "") for name, value in recording.headers.items()]
    body = None
    for option, value in zip(recording.curl_extra[::2], recording.curl_extra[1::2], strict=True):
        if option == "-H":
            name, _, text = value.partition(": ")
            headers.append((name, text))
        else:
            assert option == "--data-raw"
            body = value.encode()
    if recording.name == "session_5000_digits":
        # The manifest shows the beginning of this one only.
        target = f"/api/v1/{PROJECT_KEY}/sessions/{'9' * 5000}/events"
    return ask(running, target, headers, recording.method, body)


def ask_in_http_1_0(running: Running, target: str, key: str) -> Reply:
    with socket.create_connection(("127.0.0.1", running.port), SECONDS) as connection:
        connection.sendall(f"GET {target} HTTP/1.0\r\nAuthorization: {key}\r\n\r\n".encode())
        with HTTPResponse(connection) as response:
            response.begin()
            return read(response)


def comparable(headers: dict[str, str], host: str) -> dict[str, str]:
    """Return the parts that two answers to one request must have in common."""
    mine = {name: text.replace(host, "HOST") for name, text in headers.items() if name != "date"}
    if "content-encoding" in mine:
        del mine["content-length"]  # two versions of zlib differ in it
    return mine


@each_row("recording", [pytest.param(r, id=r.name) for r in recordings()])
def test_a_recorded_request_is_answered_as_it_was_recorded(
    faultless: Running, recording: Recording
) -> None:
    reply = replay(faultless, recording)
    assert reply.status_line == recording.status_line
    assert comparable(reply.headers, faultless.host_url) == comparable(
        recording.response_headers, "http://127.0.0.1:8901"
    )
    zipped = reply.headers.get("content-encoding") == "gzip"
    assert (gzip.decompress(reply.body) if zipped else reply.body) == recording.body


def test_every_recording_is_replayed() -> None:
    assert len({recording.name for recording in recordings()}) == 122


# Beyond the recordings


@each_row("session", ["12.", "1__0", "_1", "+_1", "+%201", "1.0_0", "1%200"])
def test_what_is_not_quite_an_integer_is_refused(faultless: Running, session: str) -> None:
    assert ask(faultless, DOCS.replace(SESSION_IDS["docs"], session)).status == 422


@pytest.mark.parametrize("spelling", ["+0_{}.00", "%C2%A0{}%09"])
def test_an_integer_is_taken_in_any_spelling(faultless: Running, spelling: str) -> None:
    target = DOCS.replace(SESSION_IDS["docs"], spelling.format(SESSION_IDS["docs"]))
    assert ask(faultless, target).body == docs_body()


def test_a_method_nobody_knows_is_refused_like_any_other(faultless: Running) -> None:
    reply = ask(faultless, method="BREW")
    assert (reply.status, reply.headers["allow"]) == (405, "GET")


def test_a_redirect_keeps_the_query_and_the_encoding(faultless: Running) -> None:
    reply = ask(faultless, "/api/v1/p/users/a%20%C3%A9%3F/?x=1&y=%20", method="POST")
    assert (
        reply.headers["location"] == f"{faultless.host_url}/api/v1/p/users/a%20%C3%A9%3F?x=1&y=%20"
    )
    assert ask(faultless, "/api").headers["location"] == f"{faultless.host_url}/api/"


def test_a_wrong_start_and_a_wrong_end_are_both_named(faultless: Running) -> None:
    target = f"/api/v1/{PROJECT_KEY}/users/nobody/sessions?start_date=x&end_date=y"
    reply = ask(faultless, target)
    assert [row["loc"][1] for row in json.loads(reply.body)["detail"]] == ["start_date", "end_date"]


def test_users_belong_to_their_project(faultless: Running) -> None:
    *_, other = faultless.openreplay.projects
    path = "users/mickael%40openreplay.com"
    assert other != PROJECT_KEY
    assert ask(faultless, f"/api/v1/{other}/{path}").body == b'{"data":null}'
    assert ask(faultless, f"/api/v1/{other}/{path}/sessions").body == b'{"data":[]}'


def test_more_than_fifty_sessions_of_a_user_are_cut_silently() -> None:
    rows = [{"sessionId": str(number), "startTs": number} for number in range(60)]
    with serve(OpenReplay(user_sessions={(PROJECT_KEY, "busy"): rows})) as running:
        path = f"/v1/{PROJECT_KEY}/users/busy/sessions"
        assert json.loads(ask(running, path).body)["data"] == rows[:50]
        assert json.loads(ask(running, path + "?start_date=50").body)["data"] == rows[50:]


# What a test sets and sees


def test_a_test_gives_the_sessions_the_projects_and_the_key() -> None:
    openreplay = OpenReplay(sessions={"7": b'{"data":[7]}'}, projects={"p": {}}, api_key="k")
    with serve(openreplay) as running:
        assert running.url == f"http://127.0.0.1:{running.port}/api"
        reply = ask(running, "/api/v1/p/sessions/07/events", [("Authorization", "k")])
        assert reply.body == b'{"data":[7]}'
        assert ask(running).status == 401
        openreplay.sessions["7"] = b'{"data":[8]}'
        reply = ask(running, "/v1/p/sessions/7/events", [("Authorization", "k")])
        assert reply.body == b'{"data":[8]}'


def test_deployments_share_nothing() -> None:
    OpenReplay().sessions.clear()
    OpenReplay().projects[PROJECT_KEY].clear()
    assert OpenReplay().sessions[SESSION_IDS["docs"]]
    assert OpenReplay().projects[PROJECT_KEY]["projectId"] == 1


def test_requests_are_logged_as_they_arrived() -> None:
    with serve() as running:
        ask(running, DOCS + "?a=%20", [("AUTHORIZATION", "one"), ("authorization", "two")])
        ask(running, "/nowhere", [], "POST", b"body")
        first, second = running.openreplay.requests
    assert (first.method, first.path, first.body) == ("GET", DOCS + "?a=%20", b"")
    assert first.headers["authorization"] == "one"
    assert (second.method, second.path, second.body) == ("POST", "/nowhere", b"body")


def test_waiting_for_requests_that_do_not_come_is_an_error() -> None:
    with pytest.raises(TimeoutError, match="0 of 1 requests"):
        OpenReplay().wait_for_requests(1, seconds=0)


# Connections


def test_a_connection_is_kept_for_the_next_request(faultless: Running) -> None:
    with connect(faultless) as connection:
        send(connection)
        with connection.getresponse() as response:
            read(response)
        first = connection.sock
        send(connection, EMPTY)
        with connection.getresponse() as response:
            assert read(response).body == b'{"data":[]}'
        assert connection.sock is first


def test_an_idle_connection_is_closed() -> None:
    with serve(OpenReplay(idle_seconds=0.01)) as running, connect(running) as connection:
        send(connection)
        with connection.getresponse() as response:
            read(response)
        assert connection.sock.recv(1) == b""


def test_stopping_closes_connections_and_ends_threads() -> None:
    before = set(threading.enumerate())
    with socket.socket() as silent:
        silent.settimeout(SECONDS)
        with serve() as running, connect(running) as connection:
            silent.connect(("127.0.0.1", running.port))
            send(connection)
            with connection.getresponse() as response:
                read(response)
        assert silent.recv(1) == b""
    assert set(threading.enumerate()) <= before


def test_a_client_that_leaves_early_is_noticed_and_not_complained_about(
    capfd: pytest.CaptureFixture[str],
) -> None:
    # More than the system buffers, so that the server is still sending when the client leaves.
    big = OpenReplay(sessions={"1": b" " * 50_000_000})
    with serve(big) as running:
        with connect(running) as connection:
            send(connection, f"/v1/{PROJECT_KEY}/sessions/1/events")
            with connection.getresponse() as response:
                assert response.status == 200
        assert big.client_left.wait(SECONDS)
        assert ask(running, EMPTY).status == 200
    assert capfd.readouterr() == ("", "")


# Faults


def test_faults_happen_to_one_request_each_and_always_to_the_rest() -> None:
    openreplay = OpenReplay(faults=[Status(500), None, Status(502)], always=Status(503))
    with serve(openreplay) as running:
        assert [ask(running).status for _ in range(5)] == [500, 200, 502, 503, 503]


def test_a_fault_comes_before_any_other_error() -> None:
    with serve(OpenReplay(faults=[Status(500)])) as running:
        assert ask(running, "/nowhere", []).status == 500
        assert ask(running, "/nowhere", []).status == 404


@each_row(
    ("fault", "expected"),
    [
        (
            Status(429, b"slow down", "text/html", (("retry-after", "2"),)),
            ("HTTP/1.1 429 Too Many Requests", "text/html", b"slow down"),
        ),
        (Status(599), ("HTTP/1.1 599 ", "text/plain; charset=utf-8", b"Internal Server Error")),
        (HtmlPage(), ("HTTP/1.1 200 OK", "text/html; charset=utf-8", HtmlPage().body)),
        (NotJson(), ("HTTP/1.1 200 OK", "application/json", NotJson().body)),
        (Redirect("https://elsewhere.example/x"), ("HTTP/1.1 302 Found", None, b"")),
    ],
)
def test_a_fault_that_is_a_whole_answer(
    fault: Fault, expected: tuple[str, str | None, bytes]
) -> None:
    with serve(OpenReplay(always=fault)) as running:
        reply = ask(running)
    assert (reply.status_line.strip(), reply.headers.get("content-type"), reply.body) == (
        expected[0].strip(),
        *expected[1:],
    )


def test_status_and_redirect_carry_their_headers() -> None:
    faults: list[Fault | None] = [Status(503, headers=(("retry-after", "9"),)), Redirect("/x", 308)]
    with serve(OpenReplay(faults=faults)) as running:
        assert ask(running).headers["retry-after"] == "9"
        changed = ask(running)
    assert (changed.status, changed.headers["location"]) == (308, "/x")


def test_not_json_is_not_json() -> None:
    with pytest.raises(json.JSONDecodeError):
        json.loads(NotJson().body)


def test_a_gzip_bomb_is_small_on_the_wire_and_valid_json() -> None:
    with serve(OpenReplay(always=GzipBomb(5))) as running:
        reply = ask(running)
    assert reply.headers["content-encoding"] == "gzip"
    assert len(reply.body) < 20_000
    grown = gzip.decompress(reply.body)
    assert len(grown) > 5_000_000
    assert json.loads(grown) == {"data": []}


@pytest.mark.parametrize(("after", "got"), [(0, 0), (100, 100), (10_000_000, len(docs_body()) - 1)])
def test_a_cut_off_answer_announces_all_and_sends_a_part(after: int, got: int) -> None:
    with serve(OpenReplay(always=CutOff(after))) as running, connect(running) as connection:
        send(connection)
        with connection.getresponse() as response:
            assert response.headers["content-length"] == str(len(docs_body()))
            with pytest.raises(IncompleteRead) as cut:
                response.read()
    assert cut.value.partial == docs_body()[:got]


ENDLESS = pytest.mark.parametrize(
    ("fault", "sent"),
    [(Stall(5), b'{"dat'), (Drip(interval=0.001), b'{"data":[]')],
    ids=["stall", "drip"],
)


@ENDLESS
def test_an_answer_that_starts_and_never_ends(fault: Fault, sent: bytes) -> None:
    with serve(OpenReplay(always=fault)) as running, connect(running) as connection:
        send(connection, EMPTY)
        with connection.getresponse() as response:
            assert response.read(len(sent)) == sent
            running.openreplay.always = None
            assert ask(running).status == 200
        connection.close()
        assert running.openreplay.client_left.wait(SECONDS)


@ENDLESS
def test_an_answer_that_never_ends_ends_with_the_server(fault: Fault, sent: bytes) -> None:
    serving = ExitStack()
    running = serving.enter_context(serve(OpenReplay(always=fault)))
    with serving, connect(running) as connection:
        send(connection, EMPTY)
        with connection.getresponse() as response:
            assert response.read(len(sent)) == sent
            serving.close()
            with pytest.raises(IncompleteRead) as cut:
                response.read()
    assert cut.value.partial == b""
    assert not running.openreplay.client_left.is_set()


def test_a_hanging_request_ends_when_the_client_leaves() -> None:
    with serve(OpenReplay(always=Hang())) as running, connect(running) as connection:
        send(connection)
        running.openreplay.wait_for_requests(1)
        assert not running.openreplay.client_left.is_set()
        connection.close()
        assert running.openreplay.client_left.wait(SECONDS)


def test_a_hanging_request_ends_when_the_server_stops() -> None:
    serving = ExitStack()
    running = serving.enter_context(serve(OpenReplay(always=Hang())))
    with serving, connect(running) as connection:
        send(connection)
        running.openreplay.wait_for_requests(1)
        serving.close()
        with pytest.raises(RemoteDisconnected):
            connection.getresponse()
    assert not running.openreplay.client_left.is_set()


def test_a_hanging_request_ends_by_itself_in_the_end() -> None:
    with serve(OpenReplay(always=Hang(seconds=0.01))) as running, connect(running) as connection:
        send(connection)
        with pytest.raises(RemoteDisconnected):
            connection.getresponse()


def test_a_held_answer_comes_when_it_is_let_go() -> None:
    until = threading.Event()
    with serve(OpenReplay(faults=[Hold(until)])) as running, connect(running) as connection:
        send(connection)
        running.openreplay.wait_for_requests(1)
        assert ask(running, EMPTY).status == 200
        until.set()
        with connection.getresponse() as response:
            assert read(response).body == docs_body()


def test_the_head_and_the_start_of_a_held_answer_can_come_before_its_rest() -> None:
    until = threading.Event()
    held = Hold(until, after_bytes=50)
    with serve(OpenReplay(faults=[held])) as running, connect(running) as connection:
        send(connection)
        with connection.getresponse() as response:
            start = response.read(50)
            until.set()
            assert start + response.read() == docs_body()


def test_an_answer_comes_whole_over_a_slow_line() -> None:
    body = docs_body()
    with serve(OpenReplay(always=Rate(10 * len(body)))) as running:
        assert ask(running).body == body


def test_the_begin_of_each_request_and_answer_is_reported() -> None:
    noted: list[tuple[str, int]] = []
    openreplay = OpenReplay(on_exchange=lambda name, in_flight: noted.append((name, in_flight)))
    with serve(openreplay) as running:
        ask(running)
        ask(running)
    assert noted == [("request", 1), ("answer", 0)] * 2


def test_a_held_answer_does_not_outlive_its_client() -> None:
    with serve(OpenReplay(always=Hold(threading.Event()))) as running:
        with connect(running) as connection:
            send(connection)
            running.openreplay.wait_for_requests(1)
        assert running.openreplay.client_left.wait(SECONDS)


# By hand


@each_row(
    ("arguments", "status", "tried"),
    [
        ((), 200, SESSION_IDS["checkout"]),
        (("--fault", "error"), 500, SESSION_IDS["checkout"]),
        (("--release", "1.25", "--delay", "0.01", "--events", "3"), 200, MANY_SESSION_ID),
        (("--rate", "1000000", "--log"), 200, SESSION_IDS["checkout"]),
        (("--release", "1.25", "--recorded", "--pause", "1"), 401, RECORDED_SESSIONS["shop"]),
    ],
)
def test_it_is_started_by_hand_and_stopped_by_ctrl_c(
    arguments: tuple[str, ...], status: int, tried: str
) -> None:
    # A shell lets what it starts in the background ignore ctrl+c.
    heeding = ("env", "--default-signal=INT")
    command = [*heeding, sys.executable, "-m", "tests.server", *arguments]
    root = Path(__file__).parents[2]
    with subprocess.Popen(  # noqa: S603 - our own interpreter and module
        command, cwd=root, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            shown = ""
            while not shown.endswith("ctrl+c stops it\n"):
                line = process.stdout.readline()
                assert line, "it ended early"
                shown += line
            port = re.search(r"http://127\.0\.0\.1:(\d+)/api", shown)
            assert port is not None
            assert ask(Running(OpenReplay(), int(port[1]))).status == status
            process.send_signal(signal.SIGINT)
            assert process.wait(SECONDS) == 0
        finally:
            process.kill()
    assert (f"OPENREPLAY_API_KEY={API_KEY}" in shown) is (status != 401)
    assert re.search(rf"eventview \w+ {tried}\n", shown)
