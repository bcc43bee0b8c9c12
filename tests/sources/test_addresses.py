"""Base URLs as users write them, and the addresses made of them."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventview.errors import UsageError
from eventview.sources.openreplay.addresses import bases, events_url
from tests.sources import assert_well_said


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("https://or.example/api", ["https://or.example/api"]),
        (" https://or.example/api/ \n", ["https://or.example/api"]),
        ("https://or.example/api/v1", ["https://or.example/api"]),
        ("https://or.example/api//v1//", ["https://or.example/api"]),
        ("or.example/api", ["https://or.example/api"]),
        ("http://10.0.0.5:8080/x/api", ["http://10.0.0.5:8080/x/api"]),
        ("https://or.example/v1x", ["https://or.example/v1x"]),
        ("https://or.example", ["https://or.example", "https://or.example/api"]),
        ("https://or.example/v1/", ["https://or.example", "https://or.example/api"]),
        ("or.example:8443", ["https://or.example:8443", "https://or.example:8443/api"]),
        ("http://[::1]:9/", ["http://[::1]:9", "http://[::1]:9/api"]),
    ],
)
def test_every_spelling_of_a_base_url_is_understood(url: str, asked: list[str]) -> None:
    assert list(bases(url)) == asked


@pytest.mark.parametrize(
    ("url", "cause"),
    [
        ("", "no http or https address"),
        ("https://", "no http or https address"),
        ("ftp://or.example", "no http or https address"),
        ("file:///etc/passwd", "no http or https address"),
        ("https://or.example:port", "host or port"),
        ("https://or.example:99999", "host or port"),
        ("https://or.example:0", "no http or https address"),
        ("http://[::1", "host or port"),
        ("https://or.example/api?key=1", "a query"),
        ("https://or.example/#x", "a query or a fragment"),
        ("https://or.example/\x1b[31m?x", "a query"),
    ],
)
def test_an_address_that_cannot_be_asked_is_refused_with_the_reason(url: str, cause: str) -> None:
    with pytest.raises(UsageError) as caught:
        bases(url)
    assert cause in caught.value.cause
    assert_well_said(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "https://user:hunter2@or.example/api",
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
        bases(url)
    assert_well_said(caught.value, "hunter2")


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


@given(project=TEXTS, session=TEXTS)
def test_no_project_or_session_can_lead_to_another_endpoint(project: str, session: str) -> None:
    parts = urlsplit(events_url("https://or.example/api", project, session))
    assert (parts.netloc, parts.query, parts.fragment) == ("or.example", "", "")
    segments = [unquote(segment) for segment in parts.path.split("/")]
    assert segments == ["", "api", "v1", project, "sessions", session, "events"]
