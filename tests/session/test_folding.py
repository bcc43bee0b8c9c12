"""Texts that look the same are the same; what changes a meaning, or is hostile, stays as sent."""

import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from eventview.analysis.analysis import Analysis
from eventview.query.query import Query
from eventview.session.event_text import identify_page
from eventview.session.events import Request
from eventview.session.folding import (
    decode_address,
    fold,
    fold_address,
    fold_case,
    fold_expression,
    fold_label,
    fold_with_places,
)
from eventview.session.session import Session
from eventview.session.text import clean
from eventview.wire.v1 import read_answer
from tests.conftest import session_of
from tests.tables import each_row

CASES = Path(__file__).parents[1] / "cases"

LETTERS = (
    "aeiIßİıσς\u0301\u0308\u0307\u0323 \u00a0\u3000\t\n\u200b\u200c\u200d\u00ad\ufe0f\U0001f3fd"
    "کषﬁﷺ…´\u1100\u1161\u11a8가ﾊﾟ👍❤½m²%<>U+25C3B6"
)
PIECES = st.sampled_from([*LETTERS, "%C3%B6", "%c3", "%20", "%25", "%E2%80%8B", "%F0%9F%8F%BD",
                          "<U+00AD>", "<U+2028>", "%3C", "%2f"])  # fmt: skip
ANY_TEXT = st.lists(PIECES | st.characters(), max_size=12).map("".join)


def nfd(text: str) -> str:
    return unicodedata.normalize("NFD", text)


@each_row(
    "same",
    [
        ["Größe", nfd("Größe")],
        ["Đặt hàng", nfd("Đặt hàng"), "Đa\u0323\u0306t hàng", "Đă\u0323t hàng"],
        ["결제", nfd("결제")],
        ["Ångström", "\u212bngstro\u0308m"],
        ["سلام", "\ufeb3\ufefc\ufee1"],
        ["Pay now", "Pay\u00a0now", " Pay  now ", "Pay\u3000now", "Pay\u2009now", "Pay\r\n\tnow"],
        ["Prix :", "Prix\u00a0:", "Prix\u202f:"],
        ["Pay now", "Pay\u2028now", "Pay\x85now", "Pay\x0bnow"],
        ["Checkout", "Check\u00adout", "\u200bCheckout", "Check\u2060out\ufeff", "Check\u180eout"],
        ["می\u200cخواهم", "میخواهم"],
        ["❤ 1\u20e3 👍", "❤\ufe0f 1\ufe0f\u20e3 👍\U0001f3fd"],
        ["finish", "ﬁnish"],
        ["full width!", "ｆｕｌｌ\u3000ｗｉｄｔｈ！"],
        ["カタカナ", "ｶﾀｶﾅ"],
        ["More...", "More…"],
        ["Don't \"pay\"", "Don’t “pay”"],
        ["e-mail", "e\u2011mail", "e\u2010mail"],
        ["", " ", "\u200b", "\u00a0", "\u200d"],
    ],
)  # fmt: skip
def test_what_looks_the_same_is_the_same_as_seen(same: list[str]) -> None:
    assert len({fold_label(clean(text)) for text in same}) == 1


@each_row(
    "different",
    [
        ["Pay", "pay", "Pay!", "Paу", "P ay"],
        ["o", "ö", "ő", "ø"],
        ["m2", "m²", "m₂"],
        ["1/2", "½", "12"],
        ["1", "①"],
        ["a", "´a", "¨a"],
        ["100%25", "100%"],
    ],
)
def test_what_looks_different_is_not(different: list[str]) -> None:
    assert len({fold_label(clean(text)) for text in different}) == len(different)


@given(ANY_TEXT)
def test_as_seen_changes_nothing_twice(text: str) -> None:
    once = fold_label(clean(text.replace("<", "")))
    assert fold_label(once) == once


@each_row(
    "same",
    [
        ["Straße", "STRASSE", "strasse", "STRAẞE"],
        ["İstanbul", "istanbul", "ISTANBUL", "ıstanbul", "I\u0307stanbul"],
        ["ΌΔΟΣ", "όδος", "όδοσ"],
        ["GRÖSSE", "größe", nfd("größe")],
        ["ΐ", "Ϊ\u0301"],
        ["ﬁnish", "FINISH"],
    ],
)
def test_a_text_without_case_is_one_in_every_spelling(same: list[str]) -> None:
    assert len({fold_case(fold(text)) for text in same}) == 1


@each_row(
    "same",
    [
        ["/größe", "/gr%C3%B6%C3%9Fe", "/gr%c3%b6%c3%9fe", nfd("/größe"), "/gro%CC%88%C3%9Fe"],
        ["/€", "/%E2%82%AC"],
        ["/a b", "/a%20b", "/a%C2%A0b"],
        ["/a%2Fb", "/a%2fb"],
        ["/~a-b_c.d", "/%7Ea%2Db%5Fc%2Ed"],
        ["/c,d:e@f", "/c%2Cd%3Ae%40f"],
        ["/cooperate", "/co%C2%ADoperate", "/co%E2%80%8Boperate"],
        ["/👍", "/👍\U0001f3fd", "/%F0%9F%91%8D%F0%9F%8F%BD", "/%F0%9F%91%8D"],
        ["/a%FCb", "/a%fcb"],
    ],
)
def test_all_spellings_of_an_address_are_one(same: list[str]) -> None:
    assert len({fold_address(clean(address)) for address in same}) == 1


@each_row(
    "different",
    [
        ["/a/b", "/a%2Fb", "/a%252Fb"],
        ["/a?b", "/a%3Fb"],
        ["/a#b", "/a%23b"],
        ["/a%b", "/a%25b"],
        ["a=1&b=2", "a=1%26b=2", "a=1%26b%3D2"],
        ["a+b", "a%2Bb"],
        ["/a\\b", "/a%5Cb"],
        ["/100%2541", "/100A"],
        ["/%%41", "/%A"],
        ["/%4%31", "/%41"],
        ["/%FC", "/ü"],
        ["/%C3", "/%C3%BC"],
        ["/%C0%AF", "/%2F"],
        ["/%ED%A0%80", "/"],
        ["/a%0Ab", "/a b"],
        ["/a%1Bb", "/ab"],
        ["/a%00b", "/ab"],
    ],
)
def test_decoding_never_makes_one_address_another(different: list[str]) -> None:
    assert len({fold_address(clean(address)) for address in different}) == len(different)


@each_row(
    ("sent", "shown"),
    [
        ("/kategorie/gr%C3%B6%c3%9Fe/42", "/kategorie/größe/42"),
        ("/%E2%82%AC/%41%2D%7e", "/€/A-~"),
        ("/gro%CC%88%C3%9Fe", "/gro\u0308ße"),
        ("/a%20b?q=red%20shoes", "/a b?q=red shoes"),
        # A space at an end, or beside another, would not be seen.
        ("/a%20", "/a%20"),
        ("/a%20%20b", "/a%20%20b"),
        ("/%20a", "/ a"),
        ("%20a %20b", "%20a %20b"),
        ("/a%C2%A0b%E3%80%80c", "/a%C2%A0b%E3%80%80c"),
        # Delimiters, and what would look like another host.
        ("/a%2Fb%3fc%23d%25e%26f%3Dg%2Bh%3Bi%5Cj", "/a%2Fb%3fc%23d%25e%26f%3Dg%2Bh%3Bi%5Cj"),
        ("http://pay.example%40evil.example", "http://pay.example%40evil.example"),
        ("/%2541/%%41/%4%31", "/%2541/%%41/%4%31"),
        # Not UTF-8: latin-1, cut off, overlong, half a surrogate pair.
        ("/%FCber/%C3/%C0%AF/%ED%A0%80/%C3%BC", "/%FCber/%C3/%C0%AF/%ED%A0%80/ü"),
        # Hostile.
        ("/a%E2%80%AEb%1B%5B31m%0A%0D%00%7F", "/a%E2%80%AEb%1B[31m%0A%0D%00%7F"),
        ("/a%C2%9Bb%E2%80%8Bc%C2%ADd%EF%BB%BF", "/a%C2%9Bb%E2%80%8Bc%C2%ADd%EF%BB%BF"),
        ("/%F3%A0%81%81/%E2%80%A8", "/%F3%A0%81%81/%E2%80%A8"),
        ("/%E2%9D%A4%EF%B8%8F%F0%9F%91%8D%F0%9F%8F%BD", "/❤%EF%B8%8F👍%F0%9F%8F%BD"),
        ("/%CC%88/%EE%80%80", "/%CC%88/%EE%80%80"),
        ("xn--gre-8na5n.example", "xn--gre-8na5n.example"),
    ],
)
def test_an_address_is_shown_decoded_where_that_is_safe(sent: str, shown: str) -> None:
    assert decode_address(sent) == shown


@given(ANY_TEXT)
@settings(max_examples=500)
def test_a_legible_address_is_clean_and_still_the_same_address(text: str) -> None:
    sent = clean(text)
    shown = decode_address(sent)
    assert clean(shown) == shown
    assert decode_address(shown) == shown
    assert fold(shown) == fold(sent)


# --- places


@given(ANY_TEXT, st.booleans(), st.booleans())
@example("<U+00AD>a  b\u0308", True, True)
@example("\tZoe  Quill\x7f", True, False)
@settings(max_examples=500)
def test_places_are_those_of_the_folded_text(text: str, is_exact: bool, is_encoded: bool) -> None:
    for sent in (text, clean(text)):
        folded = fold_with_places(sent, is_exact=is_exact, is_encoded=is_encoded)
        seen = fold(sent, is_encoded=is_encoded)
        assert folded.text == (seen if is_exact else fold_case(seen))
        assert len(folded.places) == len(folded.text) + 1
        assert list(folded.places) == sorted(folded.places)
        assert folded.places[-1] == len(sent)


def test_every_character_folds_by_itself_as_it_does_among_others() -> None:
    for character in map(chr, range(0x10000)):
        folded = fold_with_places(character, is_exact=True, is_encoded=False)
        assert fold(character, is_encoded=False) == folded.text, hex(ord(character))


@each_row(
    ("shown", "query", "marked"),
    [
        (nfd("Die Größe 42"), "größe", [nfd("Größe")]),
        ("Die Größe 42", nfd("Größe"), ["Größe"]),
        ("GRÖSSE, größe", "groesse größe", ["GRÖSSE", "größe"]),
        ("Straße", "strasse", ["Straße"]),
        ("Straße", "ras", ["raß"]),
        ("/gr%C3%B6%C3%9Fe/42", "größe", ["gr%C3%B6%C3%9Fe"]),
        ("/gr%C3%B6%C3%9Fe/42", "/größe/", ["gr%C3%B6%C3%9Fe"]),
        ("/größe/42", "%C3%9f", ["ß"]),
        ("co<U+00AD>operate now", "cooperate", ["co<U+00AD>operate"]),
        ("Pay␊now  x", '"pay now"', ["Pay␊now"]),
        ("Pay \u00a0 now", '"pay now"', ["Pay \u00a0 now"]),
        ("ﬁnish", "fin", ["ﬁn"]),
        ("ﬁnish", "inish", ["ﬁnish"]),
        ("İstanbul x", "istanbul", ["İstanbul"]),
        ("日本 Größe 日本", "größe 本", ["本", "Größe", "本"]),
        ("결제 " + nfd("결제"), "결제", ["결제", nfd("결제")]),
        ("Prix\u00a0: 3", "/prix : [0-9]/", ["Prix\u00a0: 3"]),
        ("soft<U+00AD>", "\u00ad", ["<U+00AD>"]),
        ("a b", "/ */", [" "]),
    ],
)
def test_what_is_found_is_marked_where_it_stands(shown: str, query: str, marked: list[str]) -> None:
    assert [shown[start:end] for start, end in Query.parse(query).spans(shown)] == marked


# --- found


def labels(name: str) -> Session:
    body = json.loads((CASES / name).read_text("utf-8"))
    return session_of(read_answer(body["data"]).events)


def found(session: Session, query: str) -> list[int]:
    return list(Query.parse(query).matching(Analysis(session), range(len(session.events))))


@each_row(
    ("query", "events"),
    [
        ("Größe", [0, 1]),
        (nfd("größe"), [0, 1]),
        ("label:Größe", [0, 1]),
        ("label:/Gr.ße/", [0, 1]),
        ("/Gr.ße/", [0, 1]),
        ("strasse", [2, 3]),
        ("straße", [2, 3]),
        ("Straße", [3]),
        ("istanbul", [4, 5]),
        ("İstanbul", [4]),
        ("οδοσ", [6]),
        ("οδός", [7]),
        ("full", [8]),
        ("ｆｕｌｌ", [8]),
        ("don't", [9, 10]),
        ("don’t", [9, 10]),
        ('"a b"', [11, 12]),
        ('"a\u00a0b"', [11, 12]),
        ('label:"a\u202fb"', [11, 12]),
        ("/^a b$/", [11, 12]),
        ('"pay now"', [13]),
        ('"pay\nnow"', [13]),
        ("/pay now/", [13]),
        ("finish", [14]),
        ("ﬁnish", [14]),
        ("cooperate", [15]),
        ("co\u00adoperate", [15]),
        ("\u00ad", [15]),
        ("label:é", [16, 17]),
        ("label:e\u0301", [16, 17]),
        ("label:/^e\u0301$/", [16, 17]),
        ("Zur\tKasse\n\nGröße\n", [0, 1]),
        ("-label:größe label:/r/ label:kasse", []),
    ],
)
def test_a_query_finds_all_labels_that_look_so(query: str, events: list[int]) -> None:
    assert found(labels("q01-unicode-labels.json"), query) == events


@pytest.mark.parametrize("query", [
    "größe", "url:größe", "url:gr%C3%B6%C3%9Fe", "url:%c3%b6", "/gr%C3%B6%C3%9Fe/",
    "/gr%c3%b6(ß|x)e/", "url:/größe/", '"/kategorie/größe/42"', "url:/kategorie/gr%C3%B6%C3%9Fe/42",
    "-url:grösse-x",
])  # fmt: skip
@pytest.mark.parametrize("case", ["m08-pct.json", "m09-raw.json", "m10-pct-lower.json"])
def test_a_path_is_found_in_either_form(case: str, query: str) -> None:
    assert found(labels(case), query) == [0]


@each_row(
    ("query", "events"),
    [
        ('"red shoes"', [0, 1, 2]),
        ('url:"red shoes"', [0, 1, 2]),
        ("red+shoes", [0, 1, 3]),
        ("url:red+shoes", [0, 1]),
        ('"red+shoes size"', []),
        ("url:/q=red.shoes$/", [0, 1, 2]),
        ('"1 1"', []),
        ("url:https://shop.example/s?q=red+shoes", [0]),
    ],
)
def test_a_plus_in_the_query_of_an_address_is_a_space_too(query: str, events: list[int]) -> None:
    page = {"type": "LOCATION", "host": "shop.example", "path": "/s"}
    sent = [
        {**page, "query": "q=red+shoes", "timestamp": 1},
        {**page, "query": "q=red%20shoes", "timestamp": 3},
        {"type": "CLICK", "label": "What? 1+1, red+shoes", "timestamp": 4},
        {**page, "path": "/red+hats", "timestamp": 5},
    ]
    events_sent = list(read_answer({"data": sent}).events)
    request = Request("REQUEST", 2, {}, method="GET", url="https://api.example/s?q=red+shoes")
    assert found(session_of([events_sent[0], request, *events_sent[1:]]), query) == events


@each_row(
    ("query", "events"),
    [
        ('"C++"', [0]),
        ("url:c++", [0]),
        ("C%2B%2B", [0]),
        ('"C  "', []),
        ("bücher", [1]),
        ("url:https://www.bücher.example/s", [1]),
        ("xn--bcher-kva", [1]),
        ("url:https://shop.example/dot", [2]),
        ("url:https://shop.example./dot", [2]),
        ("url:shop.example/dot", [2]),
        ('"blue hat"', [3]),
        ("url:blue+hat", [3]),
        ('"green tie"', [4]),
        ('url:"old sock"', [4]),
        ('"pink cap"', [5]),
        ("pink+cap", [5]),
        ("xn--99999999999", [6]),
    ],
)
def test_an_address_is_found_by_what_it_means(query: str, events: list[int]) -> None:
    sent = [
        {"host": "shop.example", "path": "/s", "query": "q=C%2B%2b"},
        {"host": "www.xn--bcher-kva.example", "path": "/s"},
        {"host": "shop.example.", "path": "/dot"},
        {"host": "shop.example", "path": "/#/s?q=blue+hat"},
        {"url": "https://shop.example/x?q=green+tie#/r?w=old+sock"},
        {"type": "CUSTOM", "name": "x", "payload": '{"at":"https://shop.example/?q=pink+cap"}'},
        {"host": "xn--99999999999.example", "path": "/"},
    ]
    rows = [{"type": "LOCATION", "timestamp": n, **row} for n, row in enumerate(sent, 1)]
    assert found(session_of(read_answer({"data": rows}).events), query) == events


def test_one_host_in_every_spelling_is_one_place() -> None:
    hosts = ["bücher.example", "xn--bcher-kva.example", "XN--BCHER-KVA.example.", "Bücher.example"]
    rows = [{"type": "LOCATION", "timestamp": 1, "host": host, "path": "/"} for host in hosts]
    session = session_of(read_answer({"data": rows}).events)
    assert len({identify_page(session.address(index)) for index in range(len(hosts))}) == 1


@each_row(
    ("typed", "folded"),
    [
        (r"Gro\u0308ße\b", r"Gro\u0308ße\b"),
        (nfd("Größe?"), "Größe?"),
        ("a\u00a0+…ﬁ", "a +…ﬁ"),
        ("[a‐z]’", "[a‐z]'"),
        ("%C3%B6+%2E%2F%2525", r"ö+\.%2F%2525"),
        ("co<U+00AD>op", "coop"),
    ],
)
def test_an_expression_asks_for_the_same_when_folded(typed: str, folded: str) -> None:
    assert fold_expression(typed) == folded
