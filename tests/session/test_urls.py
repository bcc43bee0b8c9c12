"""Addresses as an engineer reads them, the ids in their paths, and placeholders for these."""

from __future__ import annotations

import pytest

from eventview.redaction.patterns import EntityType
from eventview.session.urls import (
    STEMS,
    add_scheme,
    format_path_first,
    is_id,
    mask_placeholders,
    split_url,
)
from tests.tables import each_row


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


@each_row(
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


@each_row(
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


@each_row(
    "token",
    [
        "7", "4711", "0b51ba58-2a4f-4b0c-9d1f-3a6a1f9b7c11", "507f1f77bcf86cd799439011",
        "DEADBEEFCAFE", "ORD-2024-11-13-000731", "INV-2024-0017", "ORD-778899", "order_1234",
        "ORD-2024", "aaaaaaaaaaaaaaa1", "XyZabcd-QwErTyu-1", "a7f9-kd83hs02-93ks",
        "jacke-2l-rot-12xl", "regnbukse-bekkesus-12345", "id-3", "value-1", "event-2", "VALUE-1",
    ],
)  # fmt: skip
def test_an_id_is_one(token: str) -> None:
    assert is_id(token)


@each_row(
    "token",
    [
        "", "jackets", "12b", "utf8", "v2", "step-2", "ab-12-3", "summer-2024", "face", "facade",
        "regnbukse-bekkesus-2l", "skalljakke-varregn-3l", "2l-regnbukse-bekkesus",
        "Winter-Jackets-For-2024", "takibi-kettle-komorebi", "für-große-höhen-2l", "values-1",
        "hüttensocken-edelweiß", "12345.pdf", "a b", "----------------",
    ],
)  # fmt: skip
def test_a_word_or_a_name_of_words_is_none(token: str) -> None:
    assert not is_id(token)


def test_every_kind_of_placeholder_is_known_by_its_stem() -> None:
    assert set(STEMS) == {kind.stem for kind in EntityType}


@each_row(
    ("text", "expected"),
    [
        ("Hello user-12, (value-1)-id-2", "Hello *, (*)-*"),
        ("/f%C3%B6r%20value-1", "/f%C3%B6r%20*"),
        ("revalue-1 user- 1", "revalue-1 user- 1"),
        ("nothing", "nothing"),
    ],
)
def test_placeholders_are_masked_alike(text: str, expected: str) -> None:
    assert mask_placeholders(text) == expected
