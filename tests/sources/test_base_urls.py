"""Base URLs as users write them, and the addresses made of them."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventview.errors import UsageError
from eventview.sources.openreplay.base_urls import (
    Endpoint,
    candidate_endpoints,
    host,
    parse_api_choice,
    server_root,
)
from tests.sources import assert_well_said
from tests.tables import each_row

OR = "https://or.example"
FIRST = ["v1 /api", "v1 "]
SECOND = ["v2 /v2/api"]


@each_row(
    ("url", "base", "asked"),
    [
        (OR, OR, SECOND + FIRST),
        ("or.example/", OR, SECOND + FIRST),
        ("OR.example:8443", f"{OR}:8443", SECOND + FIRST),
        ("http://[::1]:9/", "http://[::1]:9", SECOND + FIRST),
        (f" {OR}/api/ \n", OR, FIRST + SECOND),
        (f"{OR}/api/v1", OR, FIRST + SECOND),
        (f"{OR}/api//v1//", OR, FIRST + SECOND),
        (f"{OR}/v1/", OR, FIRST + SECOND),
        ("http://10.0.0.5:8080/x/api", "http://10.0.0.5:8080/x", FIRST + SECOND),
        (f"{OR}/v1x", f"{OR}/v1x", SECOND + FIRST),
        (f"{OR}/v2", OR, [*SECOND, "v2 /v2", *FIRST]),
        (f"{OR}/v2/api", OR, [*SECOND, "v2 /v2", *FIRST]),
        (f"{OR}/v2/api/public/", OR, [*SECOND, "v2 /v2", *FIRST]),
        (f"{OR}/api/v2", OR, [*SECOND, "v2 /v2", *FIRST]),
        ("api.openreplay.com", "https://api.openreplay.com", ["v2 /v2", *FIRST]),
        ("https://app.openreplay.com", "https://api.openreplay.com", ["v2 /v2", *FIRST]),
        ("https://api.openreplay.com/v2/public", "https://api.openreplay.com", ["v2 /v2", *FIRST]),
    ],
)
def test_every_spelling_of_a_base_url_is_understood(url: str, base: str, asked: list[str]) -> None:
    assert server_root(url) == base
    found = candidate_endpoints(url)
    assert [f"{api} {at.removeprefix(base)}" for api, at in found] == asked
    for version in ("v1", "v2"):
        assert list(candidate_endpoints(url, parse_api_choice(version))) == [
            e for e in found if e.api == version
        ]
    assert host(url) == base.partition("//")[2].partition("/")[0]


def test_there_are_two_versions_and_the_choice_between_them() -> None:
    with pytest.raises(UsageError, match="none of auto, v1 and v2"):
        parse_api_choice("v3")


@each_row(
    ("url", "reason"),
    [
        ("", "not an http or https address"),
        ("https://", "not an http or https address"),
        ("ftp://or.example", "not an http or https address"),
        ("file:///etc/passwd", "not an http or https address"),
        ("https://or.example:port", "host or port"),
        ("https://or.example:99999", "host or port"),
        ("https://or.example:0", "not an http or https address"),
        ("http://[::1", "host or port"),
        ("https://or.example/api?key=1", "a query"),
        ("https://or.example/#x", "a query or a fragment"),
        ("https://or.example/\x1b[31m?x", "a query"),
    ],
)
def test_an_address_that_cannot_be_asked_is_refused_with_the_reason(url: str, reason: str) -> None:
    with pytest.raises(UsageError) as caught:
        candidate_endpoints(url)
    assert reason in caught.value.reason
    assert_well_said(caught.value)


@each_row(
    "url",
    [
        "https://user:hunter2@or.example/api",
        "https://user:/hunter2@or.example",
        "https://user:hunt/hunter2/@or.example/api",
        "hunter2@or.example",
        "ftp://user:hunter2@or.example",
        "https://user:hunter2@or.example:port",
        "https://user:hunter2@or.example:0",
        "https://user:hunter2@[::1",
        "https://user:hunter2@",
    ],
)
def test_a_password_in_an_address_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        candidate_endpoints(url)
    assert_well_said(caught.value, "hunter2")


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


@given(project=TEXTS, session=TEXTS)
def test_no_project_or_session_can_lead_to_another_endpoint(project: str, session: str) -> None:
    for endpoint, word in ((Endpoint("v1", f"{OR}/api"), "v1"), (Endpoint("v2", OR), "public")):
        parts = urlsplit(endpoint.url(project, "sessions", session, "events", start_date=1, end=2))
        assert (parts.netloc, parts.query, parts.fragment) == (
            "or.example",
            "start_date=1&end=2",
            "",
        )
        segments = [unquote(segment) for segment in parts.path.split("/")]
        base = urlsplit(endpoint.base).path.split("/")
        assert segments == [*base, word, project, "sessions", session, "events"]
