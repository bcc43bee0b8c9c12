"""Messages and exit codes when a server does not answer with events."""

from __future__ import annotations

import json
import re
from typing import Literal

import pytest

from eventview.errors import Retype
from eventview.session.source import SessionRef
from eventview.sources.openreplay.http_errors import (
    Subject,
    is_wrong_prefix,
    no_api,
    refusal,
    unexpected_data,
)
from eventview.sources.openreplay.responses import Response, error_message
from tests.conftest import RECORDINGS
from tests.server.recordings import API_KEY, Recording, recordings
from tests.sources import assert_well_said
from tests.tables import each_row

URL = "https://or.example/api"
ORIGIN = SessionRef("acme", "42")
EXIT_CODES = {307: 6, 401: 3, 403: 3, 404: 4, 422: 2, 500: 5}
EVENTS_PATH = re.compile(r"(/api)*/+v\d/([^/]+/)?sessions/.*events/?(\?.*)?", re.IGNORECASE)
REFUSED = [
    recording
    for recording in recordings()
    if recording.status != 200
    and recording.method == "GET"
    and EVENTS_PATH.fullmatch(recording.target)
]


@each_row("recording", REFUSED)
def test_a_recorded_refusal_has_its_exit_code_and_the_servers_words(recording: Recording) -> None:
    headers, body = recording.response_headers, recording.body
    kind, location = headers.get("content-type", ""), headers.get("location", "")
    answer = Response(recording.status, kind, location, body)
    if is_wrong_prefix(answer):
        error = no_api([answer], "or.example")
    else:
        error = refusal(answer, ORIGIN, URL)
    assert error.exit_code == EXIT_CODES[recording.status]
    assert_well_said(error, API_KEY)
    assert location in error.reason
    words = error_message(json.loads(body)) if kind == "application/json" else body.decode()
    assert words in error.reason
    assert words or location


def test_no_kind_of_recorded_refusal_is_left_out() -> None:
    assert len(REFUSED) == 44
    assert {recording.status for recording in REFUSED} == EXIT_CODES.keys()


@each_row(
    ("status", "body", "code", "words"),
    [
        (204, b"", 6, "--url"),
        (301, b"", 6, "that has no address"),
        (400, b'{"errors":["project not found"]}', 4, "no project acme"),
        (400, b'{"errors":["bad"]}', 2, "42"),
        (404, b'{"errors":["project not found."]}', 4, "Preferences > Projects"),
        (405, b'{"detail":"Method Not Allowed"}', 6, "--url"),
        (418, b"", 6, "--url"),
        (599, b"", 5, "Try again"),
        (500, b'{"errors":["one","two."]}', 5, 'says "one; two" (status 500)'),
        (500, b'{"detail":[{"msg":"no integer","input":"x"},{"loc":[]}]}', 5, '"no integer"'),
        (500, b'{"error":"expired"}', 5, '"expired"'),
        (500, b"\xff\x1b[2J\n", 5, '"\ufffd␛[2J"'),
        (500, '{"errors":["a\\nb\u202e"]}'.encode(), 5, '"a␊b<U+202E>"'),
        (500, b'{"errors":[null, 7]}', 5, 'says "{"errors":[null, 7]}" (status 500)'),
        (500, b'{"message":"timed out"}', 5, '"timed out"'),
        (500, b"", 5, ". Status 500."),
        (401, b" ", 3, "something in front of it may have answered"),
        (403, b"", 3, "something in front of it may have answered"),
        (500, b" <p>Bad gateway", 5, ". Status 500."),
        (500, b"w" * 10_000, 5, "… (9,700 more characters)"),
        (500, b'{"errors":["%s"]}' % (b"w" * 10_000), 5, "… (9,700 more characters)"),
    ],
)
def test_a_refusal_quotes_the_server_and_says_what_to_try(
    status: int, body: bytes, code: int, words: str
) -> None:
    error = refusal(Response(status, "", "", body), ORIGIN, URL)
    assert error.exit_code == code
    assert words in str(error)
    assert_well_said(error)


@pytest.mark.parametrize(("kind", "body"), [("text/html; x", b"OK"), ("", b"\n <!doctype html>")])
def test_a_web_page_in_place_of_events_is_named_so(kind: str, body: bytes) -> None:
    error = unexpected_data(Response(200, kind, "", body), URL)
    assert f"{URL} is a web page" in error.message
    assert_well_said(error)


@each_row(
    ("status", "body", "api", "code", "words"),
    [
        (401, b'{"errors":["unauthorized project."]}', "v1", 4, "no project acme"),
        (401, b'{"errors":["Invalid API Key"]}', "v1", 3, "refused the API key"),
        (400, b'{"errors":["invalid projectKey"]}', "v1", 4, "no project acme"),
        (401, b'{"error":"unauthorized"}', "v1", 3, "so the API key may be right"),
        (401, b'{"error":"unauthorized"}', "v2", 3, "or does not know the project"),
        (
            401,
            b"",
            "v2",
            3,
            "or does not know the project. Status 401. It does not say which, and "
            "something in front of it may answer the same",
        ),
        (
            403,
            b"",
            "v2",
            3,
            "unlike OpenReplay's v2 API: something in front of it may have answered",
        ),
        (400, b'{"error":"Key: \'EventsSearchRequest.Limit\'"}', "v2", 6, "does not accept this"),
        (413, b'{"error":"http: request body too large"}', "v2", 6, "does not accept this"),
        (502, b"", "v2", 5, "an unknown project"),
        (500, b"Internal Server Error", "v1", 5, "a page load with an end and without a start"),
        (502, b"", "v1", 5, "failed to answer"),
        (500, b'{"error":"failed to search events"}', "v2", 5, "failed to search events"),
    ],
)
def test_each_api_refuses_in_its_own_way(
    status: int, body: bytes, api: Literal["v1", "v2"], code: int, words: str
) -> None:
    error = refusal(Response(status, "application/json", "", body), ORIGIN, URL, api=api)
    assert error.exit_code == code
    assert words in str(error)
    assert_well_said(error, API_KEY)


@each_row(("status", "api"), [(401, "v1"), (401, "v2"), (403, "v1"), (403, "v2")])
def test_advice_on_a_refused_key_names_the_place_it_is_from(
    status: int, api: Literal["v1", "v2"]
) -> None:
    answer = Response(status, "application/json", "", b'{"errors":["Invalid API Key"]}')
    again = Retype("shop.example", lambda _: None)
    error = refusal(answer, ORIGIN, URL, api=api, key="the API key that was typed", retype=again)
    assert error.retype is again
    assert "OPENREPLAY_API_KEY" not in str(error)
    error = refusal(answer, ORIGIN, URL, api=api, key="the api_key_file of profile shop")
    assert error.retype is None
    assert "the api_key_file of profile shop" in error.hint
    assert "OPENREPLAY_API_KEY" in refusal(answer, ORIGIN, URL, api=api).hint


def test_a_login_of_something_in_front_asks_for_no_other_key() -> None:
    answer = Response(401, "text/html", "", b"<html><title>Sign in</title></html>")
    error = refusal(answer, ORIGIN, URL, retype=Retype("shop.example", lambda _: None))
    assert error.retype is None


CRASH = b'{"errors":["Internal server error."]}'


@each_row(
    ("api", "subject", "status", "body", "code", "words"),
    [
        ("v1", "projects", 500, CRASH, 5, "list them once in 20 s: try again in 20 s"),
        ("v2", "projects", 500, b'{"error":"x"}', 5, 'says "x" (status 500). Try again; if it'),
        ("v2", "projects", 401, b"", 3, "The server refused the API key. Status 401."),
        ("v2", "project", 401, b"", 3, "or does not know the project"),
        ("v2", "projects", 502, b"", 5, "while the server restarts."),
        ("v2", "project", 502, b"", 5, "an unknown project"),
        ("v1", "projects", 404, b'{"errors":["no projects"]}', 6, "is not understood"),
        ("v1", "user", 422, b'{"detail":"bad"}', 6, "does not accept this request"),
        ("v1", "session", 422, b'{"detail":"bad"}', 2, "cannot read 42 as a session id"),
        ("v1", "user", 500, CRASH, 5, "(status 500). Try again; if it keeps failing"),
        ("v1", "project", 500, CRASH, 5, "(status 500). Try again; if it keeps failing"),
    ],
)
def test_the_advice_is_about_what_was_asked_for(  # noqa: PLR0917  # a row of the table
    api: Literal["v1", "v2"], subject: Subject, status: int, body: bytes, code: int, words: str
) -> None:
    session_ref = SessionRef("" if subject == "projects" else "acme", "42")
    answer = Response(status, "application/json", "", body)
    error = refusal(answer, session_ref, URL, api=api, subject=subject)
    assert error.exit_code == code
    assert words in str(error)
    assert_well_said(error)
    # Each of these is said of the one request that it can be about.
    assert ("without a start" in str(error)) is False
    assert ("once in 20 s" in str(error)) is ((api, subject, status) == ("v1", "projects", 500))
    assert "update" not in str(error)


@each_row(
    ("after", "words"), [("", "in a minute."), ("2", "in a minute."), ("soon", "in a minute."),
                         ("3600", "in 3600 s."), ("9" * 99, "in a minute.")],
)  # fmt: skip
def test_a_server_that_wants_a_long_rest_is_believed(after: str, words: str) -> None:
    error = refusal(Response(429, "", "", b"", retry_after=after), ORIGIN, URL)
    assert error.hint == f"Try again {words}"


NEXT_RELEASE = RECORDINGS / "v2-next-release"


@each_row(
    ("name", "code", "words"),
    [
        ("missing_all", 6, "Field validation for 'StartDate' failed on the 'required' tag␊Key"),
        ("malformed", 6, 'The server says "invalid JSON body" (status 400).'),
        ("sid_abc", 5, 'The server says "failed to search events" (status 500).'),
        ("wrong_key", 3, "refused the API key, or does not know the project. Status 401."),
    ],
)
def test_the_errors_of_the_next_release_are_read(name: str, code: int, words: str) -> None:
    manifest = json.loads((NEXT_RELEASE / "manifest.json").read_text())
    [row] = [row for row in manifest["requests"] if row["name"] == name]
    body = (NEXT_RELEASE / row["body"]).read_bytes() if row["body"] else b""
    answer = Response(row["status"], dict(row["headers"]).get("Content-Type", ""), "", body)
    assert not is_wrong_prefix(answer)
    error = refusal(answer, ORIGIN, URL, api="v2")
    assert error.exit_code == code
    assert words in str(error)
    assert_well_said(error)


@pytest.mark.parametrize(
    ("api", "words"), [("auto", "Neither its first"), ("v1", "Its first"), ("v2", "Its second")]
)
def test_only_the_api_that_was_asked_for_is_said_to_be_missing(
    api: Literal["auto", "v1", "v2"], words: str
) -> None:
    error = no_api([Response(404, "", "", b'{"detail":"Not Found"}')], "or.example", api=api)
    assert error.reason.startswith(words)


@each_row(
    ("answer", "is_wrong"),
    [
        (Response(405, "", "", b""), True),
        (Response(405, "application/json", "", b'{"detail":"Method Not Allowed"}'), False),
        (Response(404, "text/html", "", b"<html>No such project page</html>"), True),
        (Response(404, "application/json", "", b'{"errors":["project not found."]}'), False),
        (Response(404, "text/plain", "", b"404 page not found"), True),
        (Response(401, "", "", b""), False),
        (Response(200, "text/html", "", b"<html>"), True),
        (Response(200, "application/json", "", b"{}"), False),
    ],
)
def test_a_wrong_prefix_is_told_by_the_way_a_server_refuses(
    answer: Response, is_wrong: bool
) -> None:
    assert is_wrong_prefix(answer) is is_wrong
