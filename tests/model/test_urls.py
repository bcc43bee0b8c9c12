"""Addresses as an engineer reads them."""

from __future__ import annotations

import pytest

from eventview.model.urls import path_first, split_url


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("https://h/a?b=1#c", ("h", "/a", "b=1#c")),
        ("https://h/a#c", ("h", "/a#c", "")),
        ("https://h#/x?y", ("h", "/#/x?y", "")),
    ],
)
def test_a_fragment_stays_behind_the_query(url: str, parts: tuple[str, ...]) -> None:
    assert split_url(url) == parts


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://api.example/v1/pay?id=7", "/v1/pay?id=7 · api.example"),
        ("https://api.example", "/ · api.example"),
        ("/v1/pay", "/v1/pay"),
        ("http://[broken", "http://[broken"),
        ("not a url", "not a url"),
    ],
)
def test_what_tells_requests_apart_comes_first(url: str, shown: str) -> None:
    assert path_first(url) == shown
