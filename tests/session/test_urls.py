"""Addresses as an engineer reads them."""

from __future__ import annotations

import pytest

from eventview.session.urls import add_scheme, format_path_first, split_url


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
    assert format_path_first(url) == shown


@pytest.mark.parametrize(
    ("sent", "host", "opened"),
    [
        ("shop.example/cart?a=b", "", "https://shop.example/cart?a=b"),
        ("https://shop.example/cart", "", "https://shop.example/cart"),
        ("http://shop.example/cart", "shop.example", "http://shop.example/cart"),
        ("//cdn.example/x.js", "", "https://cdn.example/x.js"),
        ("localhost:3000/a", "", "https://localhost:3000/a"),
        ("intranet:8080/a", "", "https://intranet:8080/a"),
        ("[::1]:8080/a", "", "https://[::1]:8080/a"),
        ("127.0.0.1/a", "", "https://127.0.0.1/a"),
        ("bücher.example/a", "", "https://bücher.example/a"),
        ("intranet/wiki", "intranet", "https://intranet/wiki"),
        ("host-1/cart", "host-1", "https://host-1/cart"),
        ("shop.example", "shop.example", "https://shop.example"),
        ("shop.example/login?next=https://a.example/", "", "https://shop.example/login?next=https://a.example/"),
        ("intranet2/wiki", "intranet", "intranet2/wiki"),
        ("/cart", "", "/cart"),
        ("index.html", "", "index.html"),
        ("com.acme.MainActivity", "", "com.acme.MainActivity"),
        ("Settings/Profile", "", "Settings/Profile"),
        ("about:blank", "", "about:blank"),
        ("app://com.acme.shop/view", "", "app://com.acme.shop/view"),
        ("file:///C:/a.html", "", "file:///C:/a.html"),
        ("mailto:jane@example.com", "", "mailto:jane@example.com"),
        ("", "", ""),
    ],
)  # fmt: skip
def test_an_address_gets_a_scheme_only_where_it_names_a_host(
    sent: str, host: str, opened: str
) -> None:
    assert add_scheme(sent, host) == opened
