"""The HTTP client against the loopback server: what it asks, what it gives, how it fails."""

from __future__ import annotations

import json
import socket
import socketserver
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from eventview import __version__
from eventview.errors import EventviewError, InvalidDataError, NotFoundError, UnavailableError
from eventview.session.events import Location
from eventview.session.metrics import NOT_MEASURED, LoadMetrics
from eventview.session.source import SessionRef
from eventview.sources import MAX_BYTES
from eventview.sources.json_reader import read_json
from eventview.sources.openreplay.connection import Connection, RetryPolicy, Server
from eventview.sources.openreplay.request_log import Secret
from eventview.sources.openreplay.sessions import RemoteSession
from eventview.wire.v1 import read_answer
from tests.conftest import DOCUMENTED, RECORDINGS
from tests.server import faults
from tests.server.faults import (
    CutOff,
    Fault,
    Hang,
    HtmlPage,
    NotJson,
    Redirect,
    Stall,
    Status,
    Verbatim,
)
from tests.server.openreplay import API_KEY, PROJECT_KEY, SESSION_IDS, OpenReplay, Running, serve
from tests.sources import assert_well_said, fetched
from tests.tables import each_row

SECONDS = 30.0
"""Long enough for any machine: only a broken client makes a test wait for it."""

SILENT = {"timeout_s": 0.2}
"""A client's patience where the server never answers."""

DOCS, CHECKOUT = SESSION_IDS["docs"], SESSION_IDS["checkout"]
GZIP = (("content-encoding", "gzip"),)
HOSTILE = "\x9b2J\u202e\u2028\n" + "A" * 10_000


def remote(
    url: str,
    session: str = DOCS,
    *,
    project: str = PROJECT_KEY,
    key: str = API_KEY,
    timeout_s: float = SECONDS,
    is_insecure: bool = False,
    max_bytes: int = MAX_BYTES,
) -> RemoteSession:
    server = Server(
        url,
        Secret(key),
        timeout_s,
        retry_policy=RetryPolicy(attempts=1),
        is_insecure=is_insecure,
        max_bytes=max_bytes,
    )
    return RemoteSession(Connection(server), project, session)


def failure(url: str, **asked: Any) -> EventviewError:
    with pytest.raises(EventviewError) as caught:
        fetched(remote(url, **asked))
    assert_well_said(caught.value, API_KEY, asked.get("key") or API_KEY)
    return caught.value


@pytest.fixture(scope="module")
def faultless() -> Iterator[Running]:
    with serve() as running:
        yield running


# What is asked and given


@each_row(
    ("session", "recording"),
    [
        ("docs", "events_a_docs"),
        ("checkout", "events_b_checkout"),  # large enough that the server sends gzip
        ("one_event", "events_f_one_event"),
        ("live", "events_g_zero_metrics"),
    ],
)
def test_a_recorded_session_arrives_whole_and_in_order(
    faultless: Running, session: str, recording: str
) -> None:
    body = read_json((RECORDINGS / "v1" / f"{recording}.json").read_bytes())
    assert fetched(remote(faultless.url, SESSION_IDS[session])) == read_answer(body).events


def test_load_metrics_are_exactly_as_recorded(faultless: Running) -> None:
    loads = [
        event.load
        for session in ("checkout", "live", "one_event")
        for event in fetched(remote(faultless.url, SESSION_IDS[session]))[:1]
        if isinstance(event, Location)
    ]
    assert loads == [
        LoadMetrics(
            server_wait_ms=195, response_ms=78, response_end_ms=273, dom_building_ms=140,
            first_paint_ms=384, first_contentful_paint_ms=399, dom_content_loaded_ms=458,
            load_ms=844, speed_index_ms=922, visually_complete_ms=982,
            time_to_interactive_ms=729, time_to_first_byte_ms=195.5,
            largest_contentful_paint_ms=555, interaction_to_next_paint_ms=16,
            cumulative_layout_shift=0.0843,
        ),
        NOT_MEASURED,  # nothing but zeros
        NOT_MEASURED,
    ]  # fmt: skip


def test_the_documented_example_and_a_very_large_session_arrive_whole() -> None:
    rows = [
        {"type": "CLICK", "timestamp": n, "label": "é" * 99, "id": 2**64} for n in range(25_000)
    ]
    large = json.dumps({"data": rows}, ensure_ascii=False).encode()
    assert len(large) > 5_000_000  # so another reader takes it
    with serve(OpenReplay(sessions={"7": DOCUMENTED.read_bytes(), "8": large})) as running:
        documented = fetched(remote(running.url, "7"))
        assert [event.type for event in documented] == ["LOCATION", "CLICK", "LOCATION"]
        assert [event.raw for event in fetched(remote(running.url, "8"))] == rows


def test_one_plain_request_is_sent_with_the_raw_key() -> None:
    with serve() as running:
        fetched(remote(running.url))
        (request,) = running.openreplay.requests
    assert (request.method, request.body) == ("GET", b"")
    assert request.path == f"/api/v1/{PROJECT_KEY}/sessions/{DOCS}/events"
    assert request.headers["authorization"] == API_KEY
    assert request.headers["accept-encoding"] == "gzip"
    assert request.headers["user-agent"] == f"eventview/{__version__}"


@pytest.mark.parametrize("at_host", [HtmlPage(), Status(404), Status(404, b'{"detail":"No"}')])
def test_a_host_alone_leads_to_its_api(at_host: Fault) -> None:
    with serve(OpenReplay(faults=[at_host])) as running:
        assert len(fetched(remote(running.host_url))) == 3
        paths = [request.path for request in running.openreplay.requests]
    tail = f"{PROJECT_KEY}/sessions/{DOCS}/events"
    assert paths == [f"/v2/api/public/{tail}", f"/api/v1/{tail}"]


def test_an_api_that_answers_is_not_looked_for_elsewhere() -> None:
    with serve() as running:
        assert failure(running.url, project="nope").exit_code == 4
        assert failure(running.url, key="wr0ng").exit_code == 3
        assert len(fetched(remote(running.url))) == 3
        assert len(running.openreplay.requests) == 3


@pytest.mark.parametrize(("fault", "code"), [(HtmlPage(), 6), (Status(404), 4)])
def test_a_host_without_an_api_is_told_where_it_should_be(fault: Fault, code: int) -> None:
    with serve(OpenReplay(always=fault)) as running:
        error = failure(running.host_url)
    assert error.exit_code == code
    assert running.host_url.removeprefix("http://") in error.message
    assert "--url" in error.hint


def test_a_session_is_called_by_what_was_asked_for_cleaned() -> None:
    source = remote("https://or.example:8443/api", "4\x1b", project="p\u202e")
    assert source.session_ref == SessionRef("p<U+202E>", "4␛", "or.example:8443")


# What goes wrong


@each_row(
    ("fault", "asked", "code", "words"),
    [
        (None, {"key": ""}, 3, "OPENREPLAY_API_KEY"),
        (None, {"key": "wr0ng"}, 3, "OPENREPLAY_API_KEY"),
        (None, {"key": f"Bearer {API_KEY}"}, 3, "OPENREPLAY_API_KEY"),
        (None, {"key": "ключ-ñ-鍵"}, 3, "OPENREPLAY_API_KEY"),
        (None, {"project": "nope"}, 4, "no project nope"),
        (None, {"project": PROJECT_KEY.lower()}, 4, "capitals count"),
        (None, {"project": "a\0b"}, 5, "Try again"),
        (None, {"session": "1"}, 4, "Check the session id"),
        (None, {"session": SESSION_IDS["empty"]}, 4, "Check the session id"),
        (None, {"session": "9" * 5000}, 2, "(4,920 more characters)"),
        (None, {"session": "../projects"}, 4, "--url"),
        (None, {"session": SESSION_IDS["poison_nan"]}, 5, "operators"),
        (Status(500), {}, 5, '"Internal Server Error" (status 500)'),
        (Status(500, HOSTILE.encode()), {}, 5, "<U+009B>2J<U+202E><U+2028>␊AAA"),
        (Status(422, json.dumps({"detail": HOSTILE}).encode()), {}, 2, "2J<U+202E><U+2028>␊AAA"),
        (Status(502, b"<html>502 Bad Gateway</html>"), {}, 5, "Status 502. Try again"),
        (Status(429, b"", headers=(("retry-after", "2"),)), {}, 5, "Try again in a minute"),
        (Status(405, b'{"detail":"Method Not Allowed"}'), {}, 6, "check --url"),
        (Status(403, b"<html>blocked</html>", "text/html"), {}, 3, "Authorization header"),
        (Redirect("https://login.example/\x9b31m"), {}, 6, "https://login.example/<U+009B>31m"),
        (HtmlPage(), {}, 6, "is a web page"),
        (NotJson(), {}, 6, 'It begins with: {"data":[{"type":"CLICK",'),
        (NotJson(HOSTILE.encode()), {}, 6, "<U+009B>2J<U+202E><U+2028>␊AAA"),
        (NotJson(b""), {}, 6, "It is empty"),
        (NotJson(b'{"data":{"rows":[]}}'), {}, 6, "Check --url"),
        (NotJson(b'{"errors":["Not authenticated"]}'), {}, 6, "Not authenticated"),
        (Status(200, b"\x1f\x8bgarbage", headers=GZIP), {}, 6, "cannot be unpacked"),
        (Status(500, b"\x1f\x8bgarbage", headers=GZIP), {}, 5, "Status 500. Try again"),
        (CutOff(0), {}, 5, "broke off"),
        (CutOff(700), {"session": CHECKOUT}, 5, "broke off"),
        (Hang(0), {}, 5, "broke off"),
        # A client that waits any longer sees the server hang up.
        (Hang(10), SILENT, 5, "did not answer within 0.2 s. Try again"),
        (Stall(0), SILENT, 5, "--timeout"),
        (Stall(700), SILENT | {"session": CHECKOUT}, 5, "--timeout"),
    ],
)
def test_a_failure_has_its_exit_code_and_says_what_to_try(
    fault: Fault | None, asked: dict[str, Any], code: int, words: str
) -> None:
    with serve(OpenReplay(always=fault)) as running:
        error = failure(running.url, **asked)
    assert error.exit_code == code
    assert words in str(error)


CASES = Path(__file__).parent.parent / "cases"


def page(status: int, body: bytes, **headers: str) -> Status:
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Status(status, body, "text/html", named)


CLOUDFLARE = page(403, b"<title>Attention Required! | Cloudflare</title>")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "code", "words"),
    [
        (
            Verbatim((CASES / "n04-basic-auth-401.http").read_bytes()),
            3,
            [
                "Something in front of the server asks for a login of its own",
                '"401 Authorization Required" (status 401)',
                'Basic, for "intranet"',
                "the API key may be right",
            ],
        ),
        (
            Verbatim((CASES / "n06-http-proxy-407.http").read_bytes()),
            5,
            ["A proxy between here and the server", 'Basic, for "corp"', "HTTPS_PROXY", "NO_PROXY"],
        ),
        (faults.BASIC_LOGIN, 3, ["in front of the server", 'for "Restricted Content"']),
        (faults.PROXY_LOGIN, 5, ["A proxy between", '"ERROR: Cache Access Denied"', "Squid proxy"]),
        (CLOUDFLARE, 3, ["in front of the server", '"Attention Required! | Cloudflare"']),
        (page(403, b"<h1>403\n <b>Forbidden</b></h1>"), 3, ['the page "403 Forbidden"']),
        (page(401, b"<p>no"), 3, ["in front of the server", "a page without a title"]),
        (page(401, b"", www_authenticate="Negotiate, NTLM"), 3, ["asks for a login: Negotiate."]),
        (page(401, b"", www_authenticate="Digest realm=x, qop=auth"), 3, ['Digest, for "x"']),
        (
            page(
                401, b"<title>\x1b[2J&#27;&lt;b&gt;</title>", www_authenticate='Basic realm="\x1b"'
            ),
            3,
            ['"␛[2J<b>"', 'for "␛"'],
        ),
        (page(401, b"<title>" + b"x" * 500 + b"</title>"), 3, ["(400 more characters)"]),
        (
            Status(403, b"RBAC: access denied"),
            3,
            ["in front", '"RBAC: access denied" (status 403)'],
        ),
        (
            Status(403, b'{"message":"Forbidden"}'),
            3,
            ["in front", 'answers "{"message":"Forbidden"}"'],
        ),
        (Status(401, b'{"error":{"code":401,"status":"UNAUTHENTICATED"}}'), 3, ["of its own"]),
        (Status(401, b"null"), 3, ["in front of the server", '"null" (status 401)']),
        (Status(401, b'{"status":401,"error":"Unauthorized"}'), 3, ["login of its own"]),
        (Status(401, b'{"error":"invalid_token","hint":"x"}'), 3, ['"invalid_token" (status 401)']),
        (Status(403, b'{"detail":"CSRF Failed"}'), 3, ["does not let this", '"CSRF Failed"']),
        (Status(401, b'{"errors":[{"title":"Unauthorized"}]}'), 3, ["in front of the server"]),
        (Status(401, b'{"errors":["no"],"id":7}'), 3, ["in front of the server", '"no"']),
        (Status(400, b'{"message":"bad host"}'), 6, ["in front", "bad host"]),
        (Status(422, b"no such host"), 6, ["in front", '"no such host" (status 422)']),
        (page(413, b"<title>413 Too Large</title>"), 6, ["in front", '"413 Too Large"']),
        (page(429, b"<title>Slow down</title>"), 5, ["fewer requests", '"Slow down"']),
        (Status(404, b'{"message":"no project route"}'), 4, ["no API", "no project route"]),
        (Status(503, b"no healthy upstream"), 5, ['"no healthy upstream" (status 503)']),
        (page(504, b"<h1>504 Gateway Time-out</h1>"), 5, ['the page "504 Gateway Time-out"']),
        (Status(403, b"error code: 1020"), 3, ["in front of the server", '"error code: 1020"']),
        (
            page(400, b"<title>400 The plain HTTP request was sent to HTTPS port</title>"),
            6,
            ["asked without TLS", "https://"],
        ),
        (page(400, b"<title>400 Bad Request</title>"), 6, ["in front", '"400 Bad Request"']),
        (page(511, b"<title>Free WiFi</title>"), 5, ["The network asks for a login", "Free WiFi"]),
        (page(503, b"<title>Down for maintenance</title>"), 5, ['the page "Down for maintenance"']),
        (faults.LOGIN_PAGE, 6, ["is a login page", '"Sign in · Contoso"']),
        (faults.LOGIN_REDIRECT, 6, ["sso.contoso.example/login", "It looks like a login page"]),
        (Status(304, b""), 6, ["a redirect that has no address", "Status 304"]),
    ],
    ids=lambda value: str(value)[:60],
)
@pytest.mark.parametrize("base", ["", "/v2/api"])
def test_what_stands_in_front_of_the_server_is_named(
    fault: Fault, code: int, words: list[str], base: str
) -> None:
    with serve(OpenReplay(always=fault)) as running:
        error = failure(f"{running.host_url}{base}")
    assert error.exit_code == code
    assert [said for said in words if said not in str(error)] == []
    assert "Check OPENREPLAY_API_KEY" not in str(error)
    assert "Set OPENREPLAY_API_KEY" not in str(error)


def test_a_proxy_that_asks_for_a_login_is_told_apart_from_the_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with serve(OpenReplay(always=faults.PROXY_LOGIN)) as proxy:
        monkeypatch.setenv("ALL_PROXY", f"http://u:s3cret@127.0.0.1:{proxy.port}")
        error = failure("https://or.example/api")
        (request,) = proxy.openreplay.requests
    assert error.exit_code == 5
    assert "A proxy between here and the server asks for a login" in error.message
    assert "s3cret" not in str(error)
    assert request.headers["user-agent"].startswith("eventview/")


def test_an_empty_session_of_a_list_is_not_called_unknown() -> None:
    with serve() as running:
        connection = Connection(Server(running.url, Secret(API_KEY)))
        source = RemoteSession(connection, PROJECT_KEY, SESSION_IDS["empty"], user="jane")
        with pytest.raises(NotFoundError, match="has no events yet") as caught:
            fetched(source)
    assert "unknown" not in str(caught.value)
    assert_well_said(caught.value, API_KEY)


def test_a_page_with_more_rows_than_were_asked_for_is_no_answer() -> None:
    body = json.dumps({"data": {"total": 201, "events": [{}] * 201}}).encode()
    openreplay = OpenReplay(release="1.27", always=NotJson(body))
    with serve(openreplay) as running:
        error = failure(f"{running.host_url}/v2/api")
    assert error.exit_code == 6
    assert "201 events" in error.reason


def test_an_answer_beyond_the_ceiling_is_refused() -> None:
    bomb = OpenReplay(always=faults.GzipBomb(3))
    with serve(bomb) as running, pytest.raises(InvalidDataError, match="more than 1 MiB"):
        fetched(remote(running.url, max_bytes=2**20))


@each_row("status", [301, 302, 303, 307, 308])
def test_the_key_is_never_sent_where_a_redirect_leads(status: int) -> None:
    with serve() as elsewhere:
        target = f"{elsewhere.url}/v1/{PROJECT_KEY}/sessions/{DOCS}/events"
        with serve(OpenReplay(always=Redirect(target, status))) as running:
            error = failure(running.url)
        assert elsewhere.openreplay.requests == []
    assert error.exit_code == 6
    assert elsewhere.host_url in str(error)


@each_row("fault", [Status(500), CutOff(100), Status(403), Hang(0)])
def test_fetching_again_after_a_failure_works(fault: Fault) -> None:
    with serve(OpenReplay(faults=[fault])) as running:
        source = remote(running.url)
        with pytest.raises(EventviewError):
            fetched(source)
        assert len(fetched(source)) == 3


# What never becomes an answer


def test_a_closed_port_and_an_unknown_host_cannot_be_reached(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))  # taken, so that nobody else listens, but not listening
        closed = failure(f"http://127.0.0.1:{bound.getsockname()[1]}")
    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    nowhere = failure("https://or.invalid")
    assert (closed.exit_code, nowhere.exit_code) == (5, 5)
    assert "cannot be reached" in closed.message
    assert "or.invalid cannot be reached" in nowhere.message
    assert "Name or service not known" in nowhere.reason


@pytest.mark.parametrize(
    ("number", "times"),
    [(socket.EAI_NONAME, 1), (socket.EAI_FAIL, 1), (socket.EAI_AGAIN, 4)],
)
def test_a_host_that_does_not_exist_is_looked_up_once(
    number: int, times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    def unknown(*name: object, **_: object) -> None:
        asked.append(name)
        raise socket.gaierror(number, "not now")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    retry_policy = RetryPolicy(first_wait_s=0, longest_wait_s=0)
    server = Server("https://or.invalid/api", Secret(API_KEY), SECONDS, retry_policy=retry_policy)
    with pytest.raises(UnavailableError, match=r"or\.invalid cannot be reached"):
        fetched(RemoteSession(Connection(server), PROJECT_KEY, DOCS))
    assert len(asked) == times


@pytest.mark.parametrize(
    ("sent", "times"),
    [(b"HTTP/1.1 400 Bad Request\r\n\r\n", 1), (b"\x15\x03\x03\x00\x02\x02\x28", 1), (b"", 4)],
    ids=["no TLS", "a refused handshake", "nothing"],
)
def test_tls_that_does_not_match_is_tried_once(sent: bytes, times: int) -> None:
    tried: list[bytes] = []

    class Peer(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            tried.append(self.request.recv(4096))
            self.request.sendall(sent)

    with socketserver.TCPServer(("127.0.0.1", 0), Peer) as peer:
        threading.Thread(target=peer.serve_forever).start()
        retry_policy = RetryPolicy(first_wait_s=0, longest_wait_s=0)
        url = f"https://127.0.0.1:{peer.server_address[1]}/api"
        server = Server(url, Secret(API_KEY), SECONDS, retry_policy=retry_policy)
        try:
            with pytest.raises(UnavailableError):
                fetched(RemoteSession(Connection(server), PROJECT_KEY, DOCS))
        finally:
            peer.shutdown()
    assert len(tried) == times


@each_row(
    ("scheme", "said", "words"),
    [
        ("https", b"HTTP/1.1 400 Bad Request\r\n\r\n", "cannot be reached"),
        ("http", b"SSH-2.0-OpenSSH_9.6\r\n", "broke off"),
        ("http", b"", "If its port has TLS, write https://"),
        ("http", b"\x15\x03\x03\x00\x02\x02\x46", "If its port has TLS, write https://"),
        ("https", b"\x15\x03\x03\x00\x02\x02\x46", "cannot be reached"),
    ],
)
def test_what_does_not_speak_the_protocol_is_unavailable(
    scheme: str, said: bytes, words: str
) -> None:
    def answer() -> None:
        with listener.accept()[0] as connection:
            connection.recv(4096)
            connection.sendall(said)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(SECONDS)
        thread = threading.Thread(target=answer)
        thread.start()
        error = failure(f"{scheme}://127.0.0.1:{listener.getsockname()[1]}/api")
        thread.join()
    assert error.exit_code == 5
    assert words in str(error)


def test_a_proxy_that_refuses_is_named_and_never_told_the_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with serve() as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.host_url)
        error = failure("https://or.example/api")
        (request,) = proxy.openreplay.requests
    assert error.exit_code == 5
    assert "proxy refused to connect to or.example" in error.message
    assert request.method == "CONNECT"
    assert API_KEY not in repr(request)


def test_a_proxy_that_is_down_is_not_blamed_on_the_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    reason = failure("http://or.example/api", is_insecure=True).reason
    assert "through the proxy 127.0.0.1:1 of HTTP_PROXY" in reason
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    assert "proxy" not in failure("http://127.0.0.1:1/api").reason
    # Of another scheme, and none but those that need none.
    monkeypatch.delenv("HTTP_PROXY")
    monkeypatch.setenv("NO_PROXY", "elsewhere.example")
    assert "proxy" not in failure("http://127.0.0.1:1/api").reason
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:2")
    assert "proxy" not in failure("http://127.0.0.1:1/api").reason
    monkeypatch.delenv("NO_PROXY")
    monkeypatch.setenv("HTTP_PROXY", "socks5://127.0.0.1:1")
    assert "socksio" in failure("http://or.example/api", is_insecure=True).reason


UNTRUSTED = "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed:"


@pytest.mark.parametrize(
    ("raised", "code", "words"),
    [
        (httpx.ConnectTimeout("timed out"), 5, "did not accept a connection within 10 s"),
        (httpx.ConnectTimeout("_ssl.c:989: The handshake operation timed out"), 5, "TLS handshake"),
        (httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed"), 5, "SSL_CERT_FILE"),
        (httpx.ConnectError(f"{UNTRUSTED} certificate has expired"), 5, "operators have to renew"),
        (httpx.ConnectError(f"{UNTRUSTED} “x” certificate is expired"), 5, "have to renew"),
        (httpx.ConnectError(f"{UNTRUSTED} certificate is not yet valid"), 5, "Check the clock"),
        (httpx.ConnectError(f"{UNTRUSTED} certificate revoked"), 5, "have to replace"),
        (httpx.ConnectError(f"{UNTRUSTED} Hostname mismatch, certificate …"), 5, "Set --url to"),
        (httpx.ConnectError(f"{UNTRUSTED} IP address mismatch, …"), 5, "Set --url to the name"),
        (httpx.ConnectError("[SSL: WRONG_VERSION_NUMBER] wrong version"), 5, "has no TLS, write"),
        (httpx.ConnectError(""), 5, "Connection failed"),
        (httpx.ReadError(""), 5, "ReadError"),
        (
            httpx.RemoteProtocolError("\x1b[2J"),
            5,
            "broke off before its answer was complete. ␛[2J",
        ),
        (httpx.LocalProtocolError(f"Illegal header value b'{API_KEY}'"), 2, "--url"),
    ],
)
def test_other_failures_of_the_connection_are_put_in_words(
    raised: Exception, code: int, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise raised

    monkeypatch.setattr(httpx.Client, "stream", fail)
    error = failure("https://or.example/api")
    assert error.exit_code == code
    assert words in str(error)


@pytest.mark.parametrize(
    ("url", "project", "environment"),
    [
        ("https://or..example", "p", {}),
        (f"https://{'a' * 70}.example", "p", {}),
        ("https://ü..example", "p", {}),
        ("https://\udcff.example", "p", {}),
        (f"http://127.0.0.1:9/{'a' * 70_000}", "p", {}),
        ("http://127.0.0.1:9/api", "\udcff", {}),
        ("https://127.0.0.1:9/api", "p", {"SSL_CERT_FILE": "/nowhere/ca.pem"}),
        ("https://127.0.0.1:9/api", "p", {"SSL_CERT_FILE": __file__}),
        ("http://127.0.0.1:9/api", "p", {"HTTP_PROXY": "socks5://127.0.0.1:9"}),
        ("http://127.0.0.1:9/api", "p", {"HTTP_PROXY": "gopher://127.0.0.1:9"}),
        ("http://127.0.0.1:9/api", "p", {"NO_PROXY": "[::1"}),
    ],
    ids=lambda value: ascii(value)[-30:],
)
def test_an_unusable_address_or_environment_is_a_failure_in_words(
    url: str, project: str, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert failure(url, project=project).exit_code in {2, 5}
