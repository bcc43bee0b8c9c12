"""Values recognised in texts and in JSON, known values in other texts, and hostile sessions."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from itertools import product
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from eventview.analysis.analysis import Analysis
from eventview.redaction.redact import redact_session
from eventview.session.events import Click, Custom, Error, Event, Input, Request
from eventview.session.folding import fold
from eventview.session.session import Session
from eventview.session.source import SessionRef
from eventview.session.text import MAX_DEPTH
from eventview.wire.detect import read_raws
from eventview.wire.v1 import read_answer
from eventview.wire.v2 import read_event
from tests.redaction.test_redact import dumped, holds, session_of_texts
from tests.sources.test_json_reader import JSON
from tests.tables import each_row


def label_of(text: str, **entered: str) -> str:
    """The redacted label."""
    event = redact_session(Analysis(session_of_texts(text, **entered))).session.events[-1]
    assert isinstance(event, Click)
    return event.label


@each_row(
    ("text", "expected"),
    [
        # Known values, where words begin and end
        ("Hello Ann", "Hello value-1"),
        ("Annual, Joann, ann", "Annual, Joann, ann"),
        ("Ann_2 (Ann)-Ann", "value-1_2 (value-1)-value-1"),
        ("Is jane42 here? jane421 is", "Is user-1 here? jane421 is"),
        ("Ann Lee and Ann", "value-2 and value-1"),
        ("a.b*c(+ or a.bxc(+", "value-3 or a.bxc(+"),
        ("山田太郎様", "value-4様"),
        ("No 42 of 42", "No 42 of 42"),
        # Addresses
        ("https://x.example", "https://host-2"),
        ("HTTP://X.example:80/a/b.html", "HTTP://host-2/a/b.html"),
        ("wss://x.example, (https://y.example/a).", "wss://host-2, (https://host-3/a)."),
        ("https://x.example/?a=b1&c=&d&e=b1", "https://host-2/?a=value-6&c=&d&e=value-6"),
        ("https://x.example/?secret99", "https://host-2/?value-6"),
        ("https://x.example/a#part-two", "https://host-2/a#value-6"),
        ("https://x.example/#a=1&b=2", "https://host-2/#a=value-6&b=value-7"),
        ("https://x.example/#!/people/777?a=1", "https://host-2/#!/people/id-1?a=value-6"),
        ("https://bob:pw1@x.example/", "https://user-2:value-6@host-2/"),
        ("https://bob@x.example@y.example/", "https://user-2@host-2/"),
        ("https://a.example/web/2020/https://b.example/x", "https://host-2/web/id-1/https://host-3/x"),
        ("to=https%3A%2F%2Fx.example%2Fa%3Fb%3Dc1", "to=https%3A%2F%2Fhost-2%2Fa%3Fb%3Dvalue-6"),
        ("https%253A%252F%252Fx.example", "https%253A%252F%252Fhost-2"),
        ("//cdn.x.example/a.js", "//host-2/a.js"),
        ("GET /api/orders?user=bob failed", "GET /api/orders?user=value-6 failed"),
        ("at shop.acme.example/o/777?a=b1", "at host-1/o/id-1?a=value-6"),
        ("at SHOP.acme.example", "at host-1"),
        ("SHOP.ACME.EXAMPLE:8443/o/777 or Shop.acme.example.", "host-1/o/id-1 or host-1."),
        ("blob:https://x.example/a", "blob:https://host-2/a"),
        ("git+ssh://x.example/a, Ann.https://x.example", "git+ssh://host-2/a, value-1.https://host-2"),
        # Tokens
        ("Authorization: Bearer s3cr3t-T0ken+/==, sent", "Authorization: Bearer value-6, sent"),
        ("eyJhbGciOiJIUzI1.eyJzdWIiOiIx.dozjgNryP4J3 expired", "value-6 expired"),
        ("/t/eyJhbGciOiJIUzI1.eyJzdWIiOiIx.dozjgNryP4J3/x", "/t/value-6/x"),
        ("The bearer authentication failed", "The bearer authentication failed"),
        # Paths
        ("/orders/12345", "/orders/id-1"),
        ("/orders/12345.pdf", "/orders/id-1.pdf"),
        ("/c/42/men", "/c/42/men"),
        ("/p/regnbukse-bekkesus-2l", "/p/regnbukse-bekkesus-2l"),
        ("/p/skalljakke-varregn-3l/reviews", "/p/skalljakke-varregn-3l/reviews"),
        ("/orders/INV-2024-0017/ORD-778899", "/orders/id-1/id-2"),
        ("/step-2/summer-2024", "/step-2/summer-2024"),
        ("/u/value-1234/id-98765", "/u/value-1234/id-98765"),
        ("/p/a7f9-kd83hs02-93ks", "/p/id-1"),
        ("/blog/winter-layering", "/blog/winter-layering"),
        ("/p/jacke-für-große-höhen", "/p/jacke-für-große-höhen"),
        ("/confirmation/ORD-2024-11-13-000731/x", "/confirmation/id-1/x"),
        ("/u/507f1f77bcf86cd799439011", "/u/id-1"),
        ("/u/auth0%7C507f1f77bcf86cd799439011", "/u/auth0%7Cid-1"),
        ("/u/Ann%20Lee/jane42/Ann", "/u/value-2/user-1/value-1"),
        ("/cart;jsessionid=0A1B2C?x=1", "/cart;jsessionid=value-6?x=value-7"),
        ("/u/bob%40x.example", "/u/email-1"),
        ("/f%C3%B6r/7%2C5", "/f%C3%B6r/7%2C5"),
        ("/f%C3%B6r%20Ann/für%20Ann", "/f%C3%B6r%20value-1/für%20value-1"),
        ("order 12345", "order 12345"),
        # Else
        ("bob@x.example.", "email-1."),
        ("'bob@x.example' or o'neil@x.example", "'email-1' or email-2"),
        ("Bob@X.example = bob@x.example", "email-1 = email-1"),
        ("mail bob%40x.example", "mail email-1"),
        ("@bob 3@4", "@bob 3@4"),
        ("id 0b8f2a56-3a3b-4f54-8f0d-6d52b6c1a7e9!", "id id-1!"),
        ("10.1.2.3:80 and 10.1.2.3", "host-2 and host-2"),
        ("v1.2.3.4, 1.2.3.4.5, 999.1.1.1", "v1.2.3.4, 1.2.3.4.5, 999.1.1.1"),
        ("fe80::1:2 and [2001:db8::7]", "host-2 and [host-3]"),
        ("12:30:45 std::vector a::b ::", "12:30:45 std::vector a::b ::"),
        ("on localhost:3000", "on host-2"),
        ("li:nth-of-type(2) > a[href='/x?y=zz']", "li:nth-of-type(2) > a[href='/x?y=value-6']"),
        ("", ""),
        ("   ", "   "),
    ],
)  # fmt: skip
def test_a_text_is_replaced_by_pseudonyms(text: str, expected: str) -> None:
    entered = {"a": "Ann", "b": "Ann Lee", "c": "a.b*c(+", "d": "山田太郎", "e": "42"}
    assert label_of(text, **entered) == expected


def test_a_host_is_one_host_with_its_port_or_without_in_any_case() -> None:
    raws = [
        {"type": "LOCATION", "timestamp": 1, "host": "intra.corp.example:8443", "path": "/a"},
        {"type": "ERROR", "timestamp": 2, "name": "Error",
         "message": "no answer from intra.corp.example (INTRA.CORP.EXAMPLE:8443)"},
        {"type": "REQUEST", "timestamp": 3, "url": "https://[2001:DB8::7]:8443/a"},
        {"type": "CLICK", "timestamp": 4, "label": "2001:db8::7 or https://Intra.Corp.Example/b"},
    ]  # fmt: skip
    after = redact_session(
        Analysis(Session.of(SessionRef("k3y"), read_answer(raws).events))
    ).session
    result = json.dumps([event.raw for event in after.events])
    assert "corp" not in result.lower()
    assert "no answer from host-1 (host-1)" in result
    assert "https://host-2/a" in result
    assert "host-2 or https://host-1/b" in result


def test_a_host_of_one_word_is_not_sought_in_other_cases() -> None:
    raws = [
        {"type": "LOCATION", "timestamp": 1, "host": "intranet", "path": "/a"},
        {"type": "CLICK", "timestamp": 2, "label": "Intranet: see http://INTRANET/b or intranet"},
    ]
    after = redact_session(
        Analysis(Session.of(SessionRef("k3y"), read_answer(raws).events))
    ).session
    assert isinstance(after.events[1], Click)
    assert after.events[1].label == "Intranet: see http://host-1/b or host-1"


@each_row(
    ("text", "expected"),
    [
        ("ZELDA FITZ, zelda fitz", "value-1, value-1"),
        ("ANN ann Ann", "ANN ann value-2"),
        ("İ ZELDA FITZ!", "İ value-1!"),
        ("ΟΔΟΣ ΑΘΗΝΑΣ 7", "value-3 7"),
    ],
)
def test_a_value_that_is_long_enough_is_found_in_another_case(text: str, expected: str) -> None:
    assert label_of(text, a="Zelda Fitz", b="Ann", c="οδος Αθηνασ") == expected


def test_two_values_that_differ_in_their_case_only_are_told_apart() -> None:
    result = label_of("Zelda Fitz, ZELDA FITZ, zelda fitz", a="Zelda Fitz", b="ZELDA FITZ")
    assert result == "value-1, value-2, value-1"


def test_the_last_of_many_texts_that_grew_while_they_were_typed_is_found() -> None:
    words = "the parcel came on a wet Monday and Zelda Fitz of Lyon took it in for me again"
    message = f"{words}, {words}; {words}!"
    grown = {f"Message {n}": message[: len(message) - 29 + n] for n in range(30)}
    labels = (f"Sent: {message}", f"Sent: {message[:-7]}.", f"Sent: {message.upper()}")
    for entered in (grown, dict(reversed(grown.items()))):
        after = redact_session(Analysis(session_of_texts(*labels, **entered))).session
        result = [event.label for event in after.events if isinstance(event, Click)]
        values = {event.label: event.value for event in after.events if isinstance(event, Input)}
        last, before = values["Message 29"], values["Message 22"]
        assert result == [f"Sent: {last}", f"Sent: {before}.", f"Sent: {last}"]


def test_a_plain_word_that_was_entered_or_queried_stays_wherever_else_it_is() -> None:
    url = "https://x.example/cart?step=payment&status=open&view=list&q=Ann%20Lee&n=zelda7"
    texts = (url, "/orders/list/payment", "Error: open is not payment", "ul.list > li", "the cart")
    after = redact_session(
        Analysis(session_of_texts(*texts, a="the", b="pay", c="descriptively"))
    ).session
    assert [event.value for event in after.events if isinstance(event, Input)] == [
        "value-1", "value-2", "value-3",
    ]  # fmt: skip
    assert [event.label for event in after.events if isinstance(event, Click)] == [
        "https://host-2/cart?step=value-4&status=value-5&view=value-6&q=value-7&n=value-8",
        *texts[1:],
    ]
    result = label_of(
        f"zelda7 ann lee, Payment descriptively {'/cart?q=zelda7&w=payment'} payment",
        a="Payment", b="zelda7", c="ann lee", d="descriptively",
    )  # fmt: skip
    assert result == "value-2 value-3, value-1 value-4 /cart?q=value-2&w=value-5 value-1"


def test_a_plain_word_that_is_known_as_more_than_a_value_is_sought() -> None:
    raws = [
        {"type": "LOCATION", "timestamp": 1, "host": "x.example", "path": "/", "userId": "zelda"},
        {"type": "INPUT", "timestamp": 2, "label": "Name", "value": "zelda"},
        {"type": "CLICK", "timestamp": 3, "label": "Hello zelda"},
    ]
    after = redact_session(
        Analysis(Session.of(SessionRef("k3y"), read_answer(raws).events))
    ).session
    assert isinstance(after.events[2], Click)
    assert after.events[2].label == "Hello user-1"


def test_an_order_number_of_a_path_is_found_in_texts() -> None:
    number = "ORD-2024-11-13-000731"
    session = session_of_texts(f"Thanks for {number}", f"/confirmation/{number}")
    labels = [
        event.label
        for event in redact_session(Analysis(session)).session.events
        if isinstance(event, Click)
    ]
    assert labels == ["Thanks for id-1", "/confirmation/id-1"]


@pytest.mark.parametrize("is_nested_first", [True, False])
def test_what_a_text_becomes_does_not_depend_on_what_came_before_it(
    *, is_nested_first: bool
) -> None:
    inner = json.dumps({"user_id": "zelda", "request_body": "s3cret", "at": "/a"})
    nested = json.dumps({"a": json.dumps({"b": inner})})
    texts = (nested, inner) if is_nested_first else (inner, nested)
    after = redact_session(Analysis(session_of_texts(*texts))).session
    label = next(
        event.label for event in after.events
        if isinstance(event, Click) and event.label.startswith('{"user_id"')
    )  # fmt: skip
    assert json.loads(label) == {"user_id": "user-2", "request_body": "body-1", "at": "/a"}


def test_a_long_text_that_was_entered_is_found_where_it_is_cut_off() -> None:
    message = "My order has not come yet, and nobody answers the phone in Lyon. " * 20
    texts = (f"Sending {message[:100]}", f"{message}!", f"{message[:30]} nothing", "My order has")
    session = redact_session(Analysis(session_of_texts(*texts, Message=message))).session
    labels = [event.label for event in session.events if isinstance(event, Click)]
    assert labels[:2] == ["Sending value-1", "value-1!"]
    assert labels[2:] == [f"{message[:30]} nothing", "My order has"]


def test_texts_that_begin_alike_are_told_apart() -> None:
    beginning = "one two three four five six seven eight nine ten "
    session = session_of_texts(f"{beginning}b!", a=f"{beginning}a", b=f"{beginning}b")
    after = redact_session(Analysis(session)).session
    assert [event.value for event in after.events if isinstance(event, Input)] == [
        "value-1", "value-2",
    ]  # fmt: skip
    assert after.events[-1].raw["label"] == "value-2!"  # type: ignore[index]  # an object


# Fields and JSON


def v2_event(name: str, sent: object, **columns: object) -> Event:
    row = {"$event_name": name, "created_at": 5000, "$properties": sent, **columns}
    (event,) = redact_session(
        Analysis(Session.of(SessionRef("k3y"), list(map(read_event, [row]))))
    ).session.events
    return event


def test_bodies_are_replaced_whole_and_stay_what_they_were() -> None:
    event = v2_event("REQUEST", {"request_body": "a", "response_body": "", "headers": {"a": "b"}})
    assert isinstance(event, Request)
    assert (event.request_body, event.response_body) == ("body-1", "")
    assert event.raw["$properties"]["headers"] == {"redacted": "body-2"}  # type: ignore[index]
    for unreadable in ({"a": 1}, [1], 7):
        event = v2_event("REQUEST", {"request_body": unreadable})
        assert event.problem == "request_body: not a text"
        assert list(read_raws([event.raw]).events) == [event]


def test_json_in_a_text_stays_json_in_its_spelling() -> None:
    note = '{"of": "bob@x.example", "n": [1.50, null], "in": "{\\"a\\":\\"bob@x.example\\"}"}'
    event = v2_event("ISSUE", {"context_string": note, "label": '{"n":1.50}', "url": ""})
    properties = event.raw["$properties"]  # type: ignore[index]  # an object
    assert json.loads(properties["context_string"]) == {
        "of": "email-1", "n": [1.5, None], "in": '{"a":"email-1"}',
    }  # fmt: skip
    assert properties["context_string"].startswith('{"of": "email-1", "n"')
    assert properties["label"] == '{"n":1.50}'


def test_a_payload_that_is_json_of_another_shape_is_told_alike_raw_and_read() -> None:
    event = v2_event("ERROR", {"payload": '{"of":\n "bob@x.example",\n "n": 1}'})
    assert isinstance(event, Error)
    assert event.payload_problem == '{"of": "email-1", "n": 1}'
    kept = v2_event("ERROR", {"payload": '{"of":\n "bob"}'})
    assert isinstance(kept, Error)
    assert kept.payload_problem == '{"of":␊ "bob"}'
    assert list(read_raws([event.raw, kept.raw]).events) == [event, kept]


def test_a_number_that_python_will_not_print_is_replaced_as_a_body_and_else_left() -> None:
    event = v2_event("SCROLL", {"request_body": [10**5000], "n": 10**5000, "user_id": 10**5000})
    properties = event.raw["$properties"]  # type: ignore[index]  # an object
    assert properties == {"request_body": ["body-1"], "n": 10**5000, "user_id": 10**5000}


def test_what_a_payload_calls_secret_or_an_id_is_replaced() -> None:
    payload = {
        "password": "hunter", "newPasswd": "Hunter 2", "client_secret": "zq", "accessToken": "xyz9",
        "apiKey": 4711, "X-Api-Key": "k9", "Authorization": "Bearer zqp", "cookie": {"sid": ["u1"]},
        "session": "s-9", "customer_id": "C-77", "variantId": "large", "orderID": 12345678,
        "contactEmail": "bob@x.example", "phone_number": "+33 1 23", "iban": "DE02", "card": "***",
        "session_count": 3, "tokens": "ab", "id": "a", "is_card": True, "phone": None, "9": "x",
        "step": "C-77 large xyz9 hunter 12345678",
    }  # fmt: skip
    expected = {
        "password": "value-1", "newPasswd": "value-2", "client_secret": "value-3",
        "accessToken": "value-4", "apiKey": "value-5", "X-Api-Key": "value-6",
        "Authorization": "value-7", "cookie": {"sid": ["value-8"]}, "session": "value-9",
        "customer_id": "id-1", "variantId": "id-2", "orderID": "id-3", "contactEmail": "email-1",
        "phone_number": "phone-1", "iban": "value-10", "card": "***", "session_count": 3,
        "tokens": "ab", "id": "a", "is_card": True, "phone": None, "9": "x",
        "step": "id-1 large value-4 hunter id-3",
    }  # fmt: skip
    event = v2_event("Saved", {}, **{"$auto_captured": False, "properties": payload})
    assert isinstance(event, Custom)
    assert event.payload == expected
    assert json.loads(label_of(json.dumps(payload))) == expected


def test_a_payload_keeps_all_its_fields() -> None:
    payload = {"bob@x.example": 1, "Bob@x.example": 2, "email": "none", "user_id": {"a": 5}}
    event = v2_event("Saved", {}, **{"$auto_captured": False, "properties": payload})
    assert isinstance(event, Custom)
    assert event.payload == {
        "email-1": 1, "email-1 1": 2, "email": "none", "user_id": {"a": 5},
    }  # fmt: skip


@given(JSON)
def test_any_json_in_a_text_stays_json(value: object) -> None:
    sent = json.dumps({"value": value, "mail": "bob@x.example"})
    event = v2_event("ERROR", {"message": sent, "payload": sent})
    assert isinstance(event, Error)
    assert "bob@" not in event.message
    result = json.loads(event.raw["$properties"]["message"])  # type: ignore[index]  # an object
    assert result["mail"] == "email-1"


# Hostile


PIECES = [
    "Ann", "jane42", "nual", " ", "/", "?", "&", "=", "#", "@", "%", "%20", "%2F", "%3A%2F%2F", ":",
    ".", "-", "_", ";", "'", '"', "\\", "<", "{", "}", "[", "]", "(", "*", "+", "\n", "\x1b[31m",
    "\u200b", "\ufe0f", "\u202e", "\ud800", "é", "山田", "777", "localhost", "10.0.0.1",
    "https://shop.acme.example/u/jane42?x=Ann#Ann", "bob@x.example", '{"a":"Ann"}', '["jane42"]',
    "0b8f2a56-3a3b-4f54-8f0d-6d52b6c1a7e9", "user-1", "value-1", "https://", "x.example",
]  # fmt: skip
HOSTILE = st.lists(st.sampled_from(PIECES), max_size=9).map("".join)


def hostile_session(texts: Sequence[str]) -> Session:
    first, second, third, fourth = texts
    rows: list[dict[str, Any]] = [
        {"$event_name": "LOCATION", "$properties": {"url": f"https://shop.acme.example/{first}"}},
        {"$event_name": "CLICK", "$properties": {"label": second, "selector": third}},
        {"$event_name": "ERROR", "$properties": {"message": first, "payload": fourth}},
        {"$event_name": "CRASH", "$properties": {"reason": third, "stacktrace": second}},
        {"$event_name": "CUSTOM", "$properties": {"name": second, "payload": fourth}},
        {"$event_name": "SCROLL", "$properties": {"anything": [first, {second: fourth}]}},
        {"$event_name": "Saved", "$auto_captured": False, "properties": {first: {second: third}}},
        {"$event_name": "SEARCH", "$properties": {"url": "https://shop.acme.example/?q=Ann"}},
    ]
    common = {"created_at": 5000, "$user_id": "jane42"}
    return Session.of(SessionRef("k3y"), list(map(read_event, [common | row for row in rows])))


@given(st.tuples(HOSTILE, HOSTILE, HOSTILE, HOSTILE))
@example(("#\u200b/", "", "", ""))
def test_whatever_is_sent_known_values_are_gone_and_the_raw_values_read_as_the_events(
    texts: Sequence[str],
) -> None:
    before = hostile_session(texts)
    after = redact_session(Analysis(before)).session
    read = read_raws([event.raw for event in after.events])
    assert list(read.events) == list(after.events)
    assert [event.type for event in after.events] == [event.type for event in before.events]
    for event in after.events:
        for text in dumped(event):
            # A scheme stays, whatever it is.
            bare = re.sub(r"\w+(://|%3A%2F%2F)", "", text)
            for shown in (bare, fold(bare, is_encoded=False)):
                assert not holds(shown, "jane42")
                assert not holds(shown, "Ann")


@each_row(
    ("between", "beside"),
    product(["\u200b", "\u2060", "\u00ad", " ", "\u2009", "-"], ["", "ie", "7"]),
)
def test_a_known_name_is_gone_where_words_part_as_sent_though_not_as_seen(
    between: str, beside: str
) -> None:
    rows = [
        {"type": "INPUT", "label": "First name", "value": "Ann", "timestamp": 1},
        {"type": "CLICK", "label": f"Ann{between}Ann{beside}", "timestamp": 2},
    ]
    session = redact_session(
        Analysis(Session.of(SessionRef("k3y"), read_answer(rows).events))
    ).session
    for text in dumped(session.events[1]):
        assert not holds(text, "Ann")


@given(st.lists(HOSTILE.filter(bool), min_size=2, max_size=2, unique=True), HOSTILE)
def test_different_paths_stay_different_and_the_same_stay_the_same(
    paths: Sequence[str], host: str
) -> None:
    here, there = (f"/{path}" for path in paths)
    raws = [
        {"type": "LOCATION", "timestamp": n * 2000, "host": host, "path": path, "userId": "jane42"}
        for n, path in enumerate([here, there, here])
    ]
    before = Session.of(SessionRef("k3y"), read_answer(raws).events)
    after = redact_session(Analysis(before)).session
    addresses = [after.address(index) for index in range(3)]
    assert addresses[0] == addresses[2]
    if before.address(0) != before.address(1):
        assert addresses[0] != addresses[1]


@given(JSON, JSON)
def test_events_that_are_nothing_known_are_redacted_too(entry: object, payload: object) -> None:
    raws = [entry, {"type": "INPUT", "value": entry}, {"type": entry, "anything": payload}]
    before = Session.of(SessionRef("k3y"), read_answer(raws).events)
    after = redact_session(Analysis(before)).session
    read = read_raws([event.raw for event in after.events])
    assert [(e.type, e.problem) for e in read.events] == [
        (e.type, e.problem) for e in before.events
    ]


def test_a_number_that_was_entered_is_replaced_and_is_still_no_text() -> None:
    raws = [{"type": "INPUT", "timestamp": 1, "value": value} for value in (4711, 1.5, True)]
    after = redact_session(
        Analysis(Session.of(SessionRef("k3y"), read_answer(raws).events))
    ).session
    assert [event.raw["value"] for event in after.events] == [  # type: ignore[index]  # objects
        ["value-1"], ["value-2"], True,
    ]  # fmt: skip
    assert {event.problem for event in after.events} == {"value: not a text"}


@pytest.mark.parametrize("name", ["user_id", "password"])
def test_the_deepest_nesting_that_is_read_is_redacted(name: str) -> None:
    inner: object = "jane42"
    for _ in range(3):
        for _ in range((MAX_DEPTH - 10) // 2):
            inner = {name: [inner]}
        inner = json.dumps(inner)
    nested: object = inner
    for _ in range(MAX_DEPTH - 10):
        nested = [nested]
    user = {"$user_id": "jane42", "$auto_captured": False}
    event = v2_event("Deep", {}, **user, properties=nested)
    assert "jane42" not in json.dumps(event.raw)


LONG = 60_000


@pytest.mark.slow
@each_row(
    "part",
    ["a", "Ann ", "a'", "@", "@a.b", "%25", "%2525", "/", "//", "a://", "?", "?a", "?a=", "#a",
     "1.", "1:", "a.", "-", "a-", ":", "{", "[", '"', "\\", "\x1b", "\u200b", "&", ";", "(", "x\n",
     "é", "山", "https://a.b/", "777/", "aaaaaaaaaaaaaaa1", "deadbeef", "0b8f2a56-", "user-", " ",
     "%40", "=", "!/"],
)  # fmt: skip
def test_a_huge_text_takes_no_longer_than_its_length(part: str) -> None:
    # Where time grew with the square of the length, this would run for hours.
    text = part * (LONG // len(part))
    session = session_of_texts(text, f"/{text}", f"https://x.example/{text}", Name="Ann", More=text)
    assert len(redact_session(Analysis(session)).session.events) == 6


@pytest.mark.slow
def test_long_values_that_begin_alike_take_no_longer_than_few() -> None:
    # Of each other's length: compared one by one, they would take minutes.
    entered = {f"{n}": f"{'Ann ' * 400}{n}" for n in range(2000)}
    session = session_of_texts(*(f"{'Ann ' * 400}{n}" for n in range(2000)), **entered)
    after = redact_session(Analysis(session)).session
    result = [event.label for event in after.events if isinstance(event, Click)]
    assert result == [f"value-{n + 1}" for n in range(2000)]


@pytest.mark.slow
def test_many_values_that_begin_alike_take_no_longer_than_few() -> None:
    entered = {f"{n}": f"{'Ann ' * 30}{n}" for n in range(3000)} | {
        f"{n} of it": "Ann " * n for n in range(2, 200)
    }
    session = session_of_texts(*(f"{'Ann ' * 40}{n}" for n in range(3000)), **entered)
    after = redact_session(Analysis(session)).session
    assert not any("Ann Ann" in event.label for event in after.events if isinstance(event, Click))
