"""What the words and the exit code are when a server does not answer with events."""

from __future__ import annotations

import json
import re
from typing import Literal

import pytest

from eventview.model.source import Origin
from eventview.sources.openreplay.refusals import (
    Answer,
    is_wrong_prefix,
    no_api,
    not_a_session,
    refusal,
    server_words,
)
from tests.server.recordings import API_KEY, Recording, recordings
from tests.sources import assert_well_said

URL = "https://or.example/api"
ORIGIN = Origin("acme", "42")
EXIT_CODES = {307: 6, 401: 3, 403: 3, 404: 4, 422: 2, 500: 5}
EVENTS_PATH = re.compile(r"(/api)*/+v\d/([^/]+/)?sessions/.*events/?(\?.*)?", re.IGNORECASE)
REFUSED = [
    recording
    for recording in recordings()
    if recording.status != 200
    and recording.method == "GET"
    and EVENTS_PATH.fullmatch(recording.target)
]


@pytest.mark.parametrize("recording", REFUSED, ids=lambda recording: recording.name)
def test_a_recorded_refusal_has_its_exit_code_and_the_servers_words(recording: Recording) -> None:
    headers, body = recording.response_headers, recording.body
    kind, location = headers.get("content-type", ""), headers.get("location", "")
    answer = Answer(recording.status, kind, location, body)
    if is_wrong_prefix(answer):
        error = no_api([answer], "or.example")
    else:
        error = refusal(answer, ORIGIN, URL)
    assert error.exit_code == EXIT_CODES[recording.status]
    assert_well_said(error, API_KEY)
    assert location in error.cause
    words = server_words(json.loads(body)) if kind == "application/json" else body.decode()
    assert words in error.cause
    assert words or location


def test_no_kind_of_recorded_refusal_is_left_out() -> None:
    assert len(REFUSED) == 44
    assert {recording.status for recording in REFUSED} == EXIT_CODES.keys()


@pytest.mark.parametrize(
    ("status", "body", "code", "words"),
    [
        (204, b"", 6, "--url"),
        (301, b"", 6, "to nowhere"),
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
        (500, b'{"errors":[null, 7]}', 5, ". Status 500."),
        (500, b"[1]", 5, "Status 500."),
        (500, b" <p>Bad gateway", 5, ". Status 500."),
        (500, b"w" * 10_000, 5, "… (9,700 more characters)"),
        (500, b'{"errors":["%s"]}' % (b"w" * 10_000), 5, "… (9,700 more characters)"),
    ],
)
def test_a_refusal_quotes_the_server_and_says_what_to_try(
    status: int, body: bytes, code: int, words: str
) -> None:
    error = refusal(Answer(status, "", "", body), ORIGIN, URL)
    assert error.exit_code == code
    assert words in str(error)
    assert_well_said(error)


@pytest.mark.parametrize(("kind", "body"), [("text/html; x", b"OK"), ("", b"\n <!doctype html>")])
def test_a_web_page_in_place_of_events_is_named_so(kind: str, body: bytes) -> None:
    error = not_a_session(Answer(200, kind, "", body), URL)
    assert f"{URL} is a web page" in error.what
    assert_well_said(error)


@pytest.mark.parametrize(
    ("status", "body", "api", "code", "words"),
    [
        (401, b'{"errors":["unauthorized project."]}', "v1", 4, "no project acme"),
        (401, b'{"errors":["Invalid API Key"]}', "v1", 3, "refused the API key"),
        (400, b'{"errors":["invalid projectKey"]}', "v1", 4, "no project acme"),
        (401, b"", "v2", 3, "or does not know the project"),
        (400, b'{"error":"Key: \'EventsSearchRequest.Limit\'"}', "v2", 6, "does not take this"),
        (413, b'{"error":"http: request body too large"}', "v2", 6, "does not take this"),
        (502, b"", "v2", 5, "a project it does not know"),
        (500, b"Internal Server Error", "v1", 5, "release 1.23"),
        (502, b"", "v1", 5, "failed to answer"),
        (500, b'{"error":"failed to search events"}', "v2", 5, "failed to search events"),
    ],
)
def test_each_api_refuses_in_its_own_way(
    status: int, body: bytes, api: Literal["v1", "v2"], code: int, words: str
) -> None:
    error = refusal(Answer(status, "application/json", "", body), ORIGIN, URL, api=api)
    assert error.exit_code == code
    assert words in str(error)
    assert_well_said(error, API_KEY)


@pytest.mark.parametrize(
    ("api", "words"), [("auto", "Neither its first"), ("v1", "Its first"), ("v2", "Its second")]
)
def test_only_the_api_that_was_asked_for_is_said_to_be_missing(
    api: Literal["auto", "v1", "v2"], words: str
) -> None:
    error = no_api([Answer(404, "", "", b'{"detail":"Not Found"}')], "or.example", api=api)
    assert error.cause.startswith(words)


@pytest.mark.parametrize(
    ("answer", "is_wrong"),
    [
        (Answer(405, "", "", b""), True),
        (Answer(405, "application/json", "", b'{"detail":"Method Not Allowed"}'), False),
        (Answer(404, "text/html", "", b"<html>No such project page</html>"), True),
        (Answer(404, "application/json", "", b'{"errors":["project not found."]}'), False),
        (Answer(404, "text/plain", "", b"404 page not found"), True),
        (Answer(401, "", "", b""), False),
        (Answer(200, "text/html", "", b"<html>"), True),
        (Answer(200, "application/json", "", b"{}"), False),
    ],
)
def test_a_wrong_prefix_is_told_by_the_way_a_server_refuses(answer: Answer, is_wrong: bool) -> None:
    assert is_wrong_prefix(answer) is is_wrong
