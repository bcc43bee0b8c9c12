"""Redaction: what identifies is gone from every text, and the session reads as before."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any, NamedTuple
from urllib.parse import unquote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventview.model import overview
from eventview.model.events import Click, Custom, Error, Event, Input, Location, Request
from eventview.model.nesting import MAX_DEPTH
from eventview.model.redaction import redacted
from eventview.model.session import Session
from eventview.model.source import Gap, Origin
from eventview.sources.body import read_json
from eventview.sources.openreplay.bodies import reading_of_raws
from eventview.sources.openreplay.v1 import reading_of
from eventview.sources.openreplay.v2 import events_of
from tests.conftest import CHECKOUT, DOCUMENTED
from tests.server.conversion import era_b_rows, v2_rows
from tests.server.richness import RICH_SESSION_ID, rich_rows
from tests.sources.test_body import JSON

USER = "jane.doe+shop@Mail.example"
UNKNOWN_VISITOR = "762cd3bf-5515-4394-8613-2339c1b47ed9"


def events_in(path: Any) -> list[dict[str, Any]]:
    answer: Any = read_json(path.read_bytes())
    return list(answer["data"])


SESSION_ID = "3638922241865582801"
"""Of the sessions below."""

TELLING: list[dict[str, Any]] = [
    {
        "type": "LOCATION",
        "timestamp": 1_700_000_000_000,
        "host": "shop.acme.example:8443",
        "path": "/users/auth0%7C5f7c8ec7/orders/4711000123",
        "query": "q=Ann+Bj%C3%B6rk&next=https%3A%2F%2Fpay.acme.example%2Fin%3Ftoken%3Ds3cr3t99&x=7",
        "referrer": "https://jane:hunter22@intra.acme.example/start?ref=Spring+sale#sid=998877665",
        "baseReferrer": "https://intra.acme.example/start",
        "webVitals": '{"CLS":"0.0843","INP":"16","LCP":"1130","TTFB":"195.5"}',
        "loadTime": 4711000123,
        "speedIndex": 900,
    },
    {"type": "INPUT", "timestamp": 1_700_000_001_000, "label": "Name", "value": "Ann"},
    {"type": "INPUT", "timestamp": 1_700_000_002_000, "label": "Message", "value": "It (never)+ *"},
    {"type": "INPUT", "timestamp": 1_700_000_003_000, "label": "Password", "value": "•••••••"},
    {
        "type": "CLICK",
        "timestamp": 1_700_000_004_000,
        "label": "Send Ann's order 4711000123 to jane.doe+shop@mail.example, Annual plan",
        "url": "shop.acme.example:8443/users/auth0%7C5f7c8ec7/orders/4711000123",
        "path": "/users/auth0%7C5f7c8ec7/orders/4711000123",
        "selector": "a[href='https://shop.acme.example:8443/o/4711000123?x=7']",
    },
    {
        "type": "CLICK",
        "timestamp": 1_700_000_005_000,
        "label": "Results for Ann Björk on intra.acme.example: It (never)+ *",
        "url": "shop.acme.example:8443/search",
        "path": "/search",
        "selector": "#go",
    },
]
"""A session of people who left traces wherever one can."""


class Wire(NamedTuple):
    """A session as a server sends it."""

    raws: Sequence[Any]
    session: Session


def in_postgres(sent: Sequence[Mapping[str, Any]], session_id: object) -> Wire:
    raws = [{"sessionId": session_id, "messageId": n, **event} for n, event in enumerate(sent)]
    read = reading_of(raws)
    return Wire(raws, Session.of(Origin("k3yOfAcme12345", str(session_id)), read.events))


def in_clickhouse(sent: Sequence[Mapping[str, Any]]) -> Wire:
    raws = era_b_rows(sent)
    read = reading_of(raws)
    return Wire(raws, Session.of(Origin("acme.json", "", "out/acme.json"), read.events, 9, 1000))


def in_v2(raws: Sequence[Mapping[str, Any]], session_id: str) -> Wire:
    origin = Origin("k3yOfAcme12345", session_id, "openreplay.acme.example:8080")
    return Wire(raws, Session.of(origin, events_of(raws), len(raws), 1000, [Gap(5, 9)]))


def _more_of_v2() -> list[dict[str, Any]]:
    """What only the second API tells, about the people of `TELLING`."""
    common = {"session_id": SESSION_ID, "$user_id": USER, "$device_id": UNKNOWN_VISITOR,
              "$auto_captured": True, "$city": "Saint-Denis", "$ip": "203.0.113.77",
              "created_at": 1_700_000_009_000}  # fmt: skip
    url = "https://api.acme.example/v1/users/auth0%7C5f7c8ec7/pay?card=4111+1111&t=a%2Bb%25"
    told: list[dict[str, Any]] = [
        {
            "$event_name": "REQUEST",
            "$current_url": url,
            "$properties": {
                "url": url,
                "url_host": "api.acme.example",
                "url_path": "/v1/users/auth0%7c5f7c8ec7/pay?card=4111+1111&t=a%2bb%25",
                "url_hostpath": "api.acme.example/v1/users/auth0%7c5f7c8ec7/pay",
                "method": "POST",
                "status": 503,
                "request_body": '{"iban":"DE02120300000000202051"}',
                "response_body": "Sorry, Jane Doe",
                "headers": {"authorization": "Bearer 12345"},
            },
        },
        {
            "$event_name": "ISSUE",
            "issue_type": "bad_request",
            "issue_id": "bad-8812",
            "$properties": {"context_string": url, "payload": '{"Count": "5"}'},
        },
        {
            "$event_name": "ERROR",
            "error_id": "js-4711",
            "$properties": {
                "source": "js_exception",
                "name": "TypeError",
                "message": f"No order 4711000123 for {USER} (auth0|5f7c8ec7) at 10.20.30.40:8080 "
                f"or [2001:db8::17], see <{url}> of {UNKNOWN_VISITOR}, on localhost:3000.",
                "payload": json.dumps(
                    [{"fileName": f"{url}#s=4111+1111", "functionName": "Ann", "lineNumber": 7}]
                ),
            },
        },
        {
            "$event_name": "Ann upgraded",
            "$auto_captured": False,
            "$properties": {},
            "properties": {
                "who": {"user_id": 4242421, "email": "ann@acme.example"},
                "ann@acme.example": ["auth0|5f7c8ec7", 4242421, "4242421", None, True],
                "note": '{"of": "auth0|5f7c8ec7", "n": 4.50, "in": "{\\"u\\":\\"js-4711\\"}"}',
            },
        },
        {
            "$event_name": "LOCATION",
            "$properties": {"url": "http://10.20.30.40:8080/app/#/people/auth0%7C5f7c8ec7?x=98765"},
        },
        {
            "$event_name": "CRASH",
            "$device": "ios",
            "$properties": {
                "name": "Oops",
                "reason": "auth0|5f7c8ec7 left",
                "stacktrace": "0 Shop Ann\n1 https://api.acme.example/x?t=a%2Bb%25 + 88",
            },
        },
    ]
    return [
        {"event_id": f"e-{100 + n}", "distinct_id": USER, **common, **row}
        for n, row in enumerate(told)
    ] + [
        {**common, "event_id": "e-200", "distinct_id": "auth0|5f7c8ec7",
         "$user_id": "auth0|5f7c8ec7", "$event_name": "TAP", "$properties": {"label": "Ann"}}
    ]  # fmt: skip


def wires() -> dict[str, Wire]:
    checkout = events_in(CHECKOUT)
    told = v2_rows(SESSION_ID, TELLING, user_id=USER) + _more_of_v2()
    return {
        "checkout on Postgres": in_postgres(checkout, checkout[0]["sessionId"]),
        "checkout on ClickHouse": in_clickhouse(checkout),
        "checkout of v2": in_v2(v2_rows(SESSION_ID, checkout, user_id=USER), SESSION_ID),
        "documented": in_postgres(events_in(DOCUMENTED), 4813023023591169),
        "an unknown visitor of v2": in_v2(v2_rows(SESSION_ID, checkout), SESSION_ID),
        "rich": in_v2(rich_rows(), RICH_SESSION_ID),
        "telling on Postgres": in_postgres(TELLING, int(SESSION_ID)),
        "telling on ClickHouse": in_clickhouse(TELLING),
        "telling of v2": in_v2(told, SESSION_ID),
    }


WIRES = wires()
every_wire = pytest.mark.parametrize("wire", WIRES.values(), ids=list(WIRES))


# What must not be found: gathered by a walk of its own


USERS = ("$user_id", "distinct_id", "user_id", "userId")
IDS = ("sessionId", "session_id", "event_id", "$device_id", "issue_id", "error_id")
URL = re.compile(r"[a-z]+://([^/?#\s\"'<>]+)([^\s\"'<>]*)")
MAIL = re.compile(r"[\w.+'-]+@[\w-]+\.[\w.-]*\w")


class Traces(NamedTuple):
    """What identifies."""

    users: set[str]
    hosts: set[str]
    ids: set[str]
    mails: set[str]
    values: set[str]


def strings(value: object) -> Iterator[str]:
    """Every text in a value, names of fields and JSON in texts included."""
    if isinstance(value, str):
        yield value
        if value[:1] in {"{", "["}:
            try:
                yield from strings(json.loads(value))
            except ValueError:
                return
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from strings(name)
            yield from strings(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from strings(inner)


def named(value: object) -> Iterator[tuple[str, object]]:
    """Every field in a value."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield name, inner
            yield from named(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from named(inner)


def values_of(query: str) -> Iterator[str]:
    for part in query.split("&"):
        sent = part.partition("=")[2]
        yield from {sent, unquote_plus(sent)}


def traces(raws: Sequence[Any]) -> Traces:
    users, hosts, ids, mails, values = (set[str]() for _ in range(5))
    for raw in raws:
        for name, sent in named(raw):
            if name in USERS:
                users.add(str(sent))
            if name in IDS:
                ids.add(str(sent))
            if name in {"host", "url_host"}:
                hosts.add(str(sent))
            if name == "query":
                values.update(values_of(str(sent)))
            if raw.get("type") == "INPUT" and name == "value" and set(str(sent)) - set("*•"):
                values.add(str(sent))
        for text in strings(raw):
            mails.update(MAIL.findall(text))
            for netloc, rest in URL.findall(text):
                hosts.add(netloc.rpartition("@")[2])
                values.update(values_of(rest.partition("#")[0].partition("?")[2]))
    found = Traces(users, hosts, ids, mails, values)
    for sought in found:
        sought -= {"", "None"}
    return found


def dumped(event: Event) -> Iterator[str]:
    """Every text of an event."""
    yield from strings([getattr(event, field.name) for field in fields(event)])


def holds(text: str, value: str) -> bool:
    """Whether a text holds a value: by itself, not as a part of a longer word."""
    return re.search(rf"(?<![^\W_]){re.escape(value)}(?![^\W_])", text) is not None


def told(session: Session) -> list[str]:
    """Every text of a session."""
    texts = [text for event in session.events for text in dumped(event)]
    return list(dict.fromkeys([*texts, *session.origin, session.session_id]))


@every_wire
def test_no_user_host_id_address_or_value_is_left_in_a_redacted_session(wire: Wire) -> None:
    found = traces(wire.raws)
    everything = "\n".join(told(redacted(wire.session).session))
    assert found.hosts
    for sought in found[:4]:
        for value in sought:
            assert value.lower() not in everything.lower()
    # What has one character or two is everywhere, and an address is taken apart by itself.
    long = {value for value in found.values if len(value) > 2 and not value.startswith("https:")}
    assert not [value for value in long if holds(everything, value)]


def test_what_is_looked_for_is_found_before_redacting() -> None:
    for name, wire in WIRES.items():
        before = "\n".join(told(wire.session))
        found = traces(wire.raws)
        assert all(value in before for sought in found[:2] for value in sought), name
    found = traces(WIRES["telling of v2"].raws)
    assert {USER, "auth0|5f7c8ec7", "4242421"} <= found.users
    assert {"api.acme.example", "10.20.30.40:8080", "shop.acme.example:8443"} <= found.hosts
    assert {"Ann Björk", "4111 1111", "a+b%"} <= found.values
    assert {"Ann", "It (never)+ *"} <= traces(WIRES["telling on Postgres"].raws).values


@pytest.mark.parametrize(
    "trace",
    ["4711000123", "hunter22", "s3cr3t99", "998877665", "98765", "2001:db8", "203.0", "e-10",
     "Saint-Denis", "DE0212", "Sorry", "Bearer", "localhost", "10.20.30.40", "4242421", "k3yOf"],
)  # fmt: skip
def test_nothing_is_left_of_what_only_one_event_tells(trace: str) -> None:
    for name in ("telling of v2", "telling on Postgres", "telling on ClickHouse"):
        after = told(redacted(WIRES[name].session).session)
        assert not [text for text in after if trace in text], name


# The same value, the same stand-in


def leaves(
    value: object, path: tuple[object, ...] = ()
) -> Iterator[tuple[tuple[object, ...], str]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from leaves(inner, (*path, name))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from leaves(inner, (*path, place))
    else:
        yield path, str(value)


def pairs(query: str) -> list[str]:
    return [unquote_plus(part.partition("=")[2]) for part in query.split("&")]


def replaced(wire: Wire, after: Session) -> dict[str, set[str]]:
    """What each value that identifies became, wherever it is a field or a part of a query."""
    became: defaultdict[str, set[str]] = defaultdict(set)
    for event, later in zip(wire.session.events, after.events, strict=True):
        assert isinstance(later.raw, dict)
        there = dict(leaves(later.raw))
        for path, sent in leaves(event.raw):
            new = there.get(path)
            if path[-1] in {*USERS, *IDS, "host", "url_host"} and sent and new is not None:
                became[sent.lower()].add(new)
            if path[-1] in {"query", "url", "$current_url"} and new is not None:
                for url in ("?", "") if path[-1] == "query" else ("?",):
                    old_query, new_query = (
                        text.partition("#")[0].partition(url or "\0")[2 if url else 0]
                        for text in (sent, new)
                    )
                    for old, stand_in in zip(pairs(old_query), pairs(new_query), strict=True):
                        if old:
                            became[old.lower() if "@" in old else old].add(stand_in)
    return became


@every_wire
def test_a_value_has_one_stand_in_everywhere_and_shares_it_with_no_other(wire: Wire) -> None:
    became = replaced(wire, redacted(wire.session).session)
    assert len(became) > 1
    assert all(len(stand_ins) == 1 for stand_ins in became.values()), became
    used = [stand_in for stand_ins in became.values() for stand_in in stand_ins]
    assert len(set(used)) == len(used)
    assert all(re.fullmatch(r"(user|host|session|device|event|id|value)-\d+", one) for one in used)


@every_wire
def test_stand_ins_are_numbered_in_the_order_in_which_they_appear(wire: Wire) -> None:
    after = redacted(wire.session)
    seen: defaultdict[str, list[int]] = defaultdict(list)
    texts = [text for event in after.session.events for text in strings(event.raw)]
    for text in texts:
        for stem, number in re.findall(r"\b(user|host|email|device|place|body)-(\d+)", text):
            seen[stem].append(int(number))
    for numbers in seen.values():
        first = list(dict.fromkeys(numbers))
        assert first == list(range(1, len(first) + 1))


# The same session


def kinds_of(session: Session) -> list[object]:
    return [
        (event.type, event.time_ms, type(event), event.problem, session.offset_ms(index),
         session.delta_ms(index), session.visit_number(index), session.verdict(index)
         if isinstance(event, Location) else None)
        for index, event in enumerate(session.events)
    ]  # fmt: skip


@every_wire
def test_a_redacted_session_has_the_same_events_pages_signals_and_facts(wire: Wire) -> None:
    before, after = wire.session, redacted(wire.session).session
    assert kinds_of(after) == kinds_of(before)
    assert after.visits == before.visits
    assert after.signals.found == before.signals.found
    assert after.runs == before.runs
    assert (after.total, after.resolution_ms, after.gaps, after.rules) == (
        before.total, before.resolution_ms, before.gaps, before.rules,
    )  # fmt: skip
    assert after.type_counts == before.type_counts
    facts = [(fact.name, fact.value[:4]) for fact in overview.facts(before)]
    assert [fact.name for fact in overview.facts(after)] == [name for name, _ in facts]


@every_wire
def test_the_redacted_raw_values_read_as_the_redacted_events(wire: Wire) -> None:
    after = redacted(wire.session).session
    read = reading_of_raws([event.raw for event in after.events])
    assert list(read.events) == list(after.events)


@every_wire
def test_the_original_session_is_left_as_it_was(wire: Wire) -> None:
    before = json.dumps(wire.raws)
    redacted(wire.session)
    assert json.dumps(wire.raws) == before
    assert [event.raw for event in wire.session.events] == [
        event.raw for event in reading_of_raws([e.raw for e in wire.session.events]).events
    ]


@every_wire
def test_redacting_is_the_same_each_time(wire: Wire) -> None:
    assert redacted(wire.session).session == redacted(wire.session).session


def renumbered(session: Session) -> list[str]:
    """The texts with the stand-ins numbered anew."""
    numbers: defaultdict[str, dict[str, int]] = defaultdict(dict)

    def anew(match: re.Match[str]) -> str:
        known = numbers[match[1]]
        return f"{match[1]}-{known.setdefault(match[2], len(known) + 1)}"

    pattern = re.compile(r"\b(user|host|email|device|session|event|id|place|value|body)-(\d+)")
    return [pattern.sub(anew, json.dumps(event.raw)) for event in session.events]


@every_wire
def test_redacting_twice_changes_numbers_and_nothing_else(wire: Wire) -> None:
    once = redacted(wire.session).session
    twice = redacted(once).session
    assert renumbered(twice) == renumbered(once)
    assert twice.signals.found == once.signals.found


# Text by text


def session_of_texts(*texts: str, **entered: str) -> Session:
    """A session of a user, a few inputs and clicks with these labels."""
    common = {"timestamp": 1_700_000_000_000, "sessionId": "3638922241865582801"}
    place = {"type": "LOCATION", "host": "shop.acme.example", "path": "/", "userId": "jane42"}
    raws = [
        common | place,
        *(common | {"type": "INPUT", "label": n, "value": v} for n, v in entered.items()),
        *(common | {"type": "CLICK", "label": text} for text in texts),
    ]
    return Session.of(Origin("k3yOfAcme12345"), reading_of(raws).events)


def label_of(text: str, **entered: str) -> str:
    """What a label becomes."""
    event = redacted(session_of_texts(text, **entered)).session.events[-1]
    assert isinstance(event, Click)
    return event.label


@pytest.mark.parametrize(
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
        ("at SHOP.acme.example", "at SHOP.acme.example"),
        ("blob:https://x.example/a", "blob:https://host-2/a"),
        ("git+ssh://x.example/a, Ann.https://x.example", "git+ssh://host-2/a, value-1.https://host-2"),
        # Paths
        ("/orders/12345", "/orders/id-1"),
        ("/orders/12345.pdf", "/orders/id-1.pdf"),
        ("/c/42/men", "/c/42/men"),
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
        ("10.1.2.3:80 and 10.1.2.3", "host-2 and host-3"),
        ("v1.2.3.4, 1.2.3.4.5, 999.1.1.1", "v1.2.3.4, 1.2.3.4.5, 999.1.1.1"),
        ("fe80::1:2 and [2001:db8::7]", "host-2 and [host-3]"),
        ("12:30:45 std::vector a::b ::", "12:30:45 std::vector a::b ::"),
        ("on localhost:3000", "on host-2"),
        ("li:nth-of-type(2) > a[href='/x?y=zz']", "li:nth-of-type(2) > a[href='/x?y=value-6']"),
        ("", ""),
        ("   ", "   "),
    ],
)  # fmt: skip
def test_a_text_is_told_by_stand_ins(text: str, expected: str) -> None:
    entered = {"a": "Ann", "b": "Ann Lee", "c": "a.b*c(+", "d": "山田太郎", "e": "42"}
    assert label_of(text, **entered) == expected


def test_a_long_text_that_was_entered_is_found_where_it_is_cut_off() -> None:
    message = "My order has not come yet, and nobody answers the phone in Lyon. " * 20
    texts = (f"Sending {message[:100]}", f"{message}!", f"{message[:30]} nothing", "My order has")
    session = redacted(session_of_texts(*texts, Message=message)).session
    labels = [event.label for event in session.events if isinstance(event, Click)]
    assert labels[:2] == ["Sending value-1", "value-1!"]
    assert labels[2:] == [f"{message[:30]} nothing", "My order has"]


def test_texts_that_begin_alike_are_told_apart() -> None:
    beginning = "one two three four five six seven eight nine ten "
    session = session_of_texts(f"{beginning}b!", a=f"{beginning}a", b=f"{beginning}b")
    after = redacted(session).session
    assert [event.value for event in after.events if isinstance(event, Input)] == [
        "value-1", "value-2",
    ]  # fmt: skip
    assert after.events[-1].raw["label"] == "value-2!"  # type: ignore[index]  # an object


@pytest.mark.parametrize("mask", ["", "***", "••••••", "*•"])
def test_a_masked_value_stays_as_it_is(mask: str) -> None:
    event = redacted(session_of_texts(Password=mask)).session.events[-1]
    assert isinstance(event, Input)
    assert event.value == mask
    assert event.raw["value"] == mask  # type: ignore[index]  # an object


@pytest.mark.parametrize("value", ["75***", "***@***.***", "x", " ", "**** ****"])
def test_a_value_with_anything_but_masks_is_replaced(value: str) -> None:
    event = redacted(session_of_texts(Code=value)).session.events[-1]
    assert isinstance(event, Input)
    assert event.value == event.raw["value"] == "value-1"  # type: ignore[index]  # an object


@pytest.mark.parametrize("label", ["Next", "next", "+", "Increase"])
def test_rage_is_still_told_from_paging_where_a_value_is_such_a_word(label: str) -> None:
    def raws(entered: str) -> list[dict[str, Any]]:
        clicks = [{"type": "CLICK", "timestamp": 5000 + n * 200, "label": label} for n in range(4)]
        typed = [{"type": "INPUT", "timestamp": 1000, "label": "Go", "value": entered}]
        return [*typed, *clicks]

    for entered in (label, label.lower(), "input", "text"):
        sent = [event | {"selector": "input[type=text]"} for event in raws(entered)]
        before = Session.of(Origin("k3y"), reading_of(sent).events)
        assert redacted(before).session.signals.found == before.signals.found


def test_a_figure_stays_a_figure_whatever_else_is_alike() -> None:
    rows = [{**row, "$properties": dict(row["$properties"])} for row in rich_rows()]
    numbers = {
        str(value) for row in rows for _, value in [*row.items(), *row["$properties"].items()]
        if isinstance(value, int | float)
    }  # fmt: skip
    numbers |= {"0.0312", "2140.5", "88412", "1207", "3200"}
    query = "&".join(f"n={number}" for number in sorted(numbers))
    rows[0]["$properties"]["url"] = f"https://shop.example.com/?{query}"
    before = Session.of(Origin("k3y"), events_of(rows), None, 1000)
    after = redacted(before)
    assert after.counts["query value"] > len(numbers)
    assert kinds_of(after.session) == kinds_of(before)
    assert after.session.signals.found == before.signals.found
    for event, original in zip(after.session.events, before.events, strict=True):
        if isinstance(event, Location) and isinstance(original, Location):
            assert event.load == original.load
        if isinstance(event, Request) and isinstance(original, Request):
            assert (event.status, event.duration_ms) == (original.status, original.duration_ms)
    assert list(reading_of_raws([e.raw for e in after.session.events]).events) == list(
        after.session.events
    )


# Fields and JSON


def v2_event(name: str, sent: object, **columns: object) -> Event:
    row = {"$event_name": name, "created_at": 5000, "$properties": sent, **columns}
    (event,) = redacted(Session.of(Origin("k3y"), events_of([row]))).session.events
    return event


def test_bodies_are_replaced_whole_and_stay_what_they_were() -> None:
    event = v2_event("REQUEST", {"request_body": "a", "response_body": "", "headers": {"a": "b"}})
    assert isinstance(event, Request)
    assert (event.request_body, event.response_body) == ("body-1", "")
    assert event.raw["$properties"]["headers"] == {"redacted": "body-2"}  # type: ignore[index]
    for unreadable in ({"a": 1}, [1], 7):
        event = v2_event("REQUEST", {"request_body": unreadable})
        assert event.problem == "request_body: not a text"
        assert list(reading_of_raws([event.raw]).events) == [event]


def test_json_in_a_text_stays_json_in_its_spelling() -> None:
    note = '{"of": "bob@x.example", "n": [1.50, null], "in": "{\\"a\\":\\"bob@x.example\\"}"}'
    event = v2_event("ISSUE", {"context_string": note, "label": '{"n":1.50}', "url": ""})
    properties = event.raw["$properties"]  # type: ignore[index]  # an object
    assert json.loads(properties["context_string"]) == {
        "of": "email-1", "n": [1.5, None], "in": '{"a":"email-1"}',
    }  # fmt: skip
    assert properties["context_string"].startswith('{"of": "email-1", "n"')
    assert properties["label"] == '{"n":1.50}'


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
    told = json.loads(event.raw["$properties"]["message"])  # type: ignore[index]  # an object
    assert told["mail"] == "email-1"


def test_a_name_of_an_event_is_redacted_only_where_a_page_chose_it() -> None:
    rows = [
        {"$event_name": "CLICK", "created_at": 1, "$properties": {"label": "CLICK"}},
        {"$event_name": "CUSTOM", "created_at": 2, "$properties": {"name": "CUSTOM"}},
        {"$event_name": "CLICK", "created_at": 3, "$auto_captured": False, "properties": {}},
        {"$event_name": "SCROLL", "created_at": 4, "user_id": "SCROLL", "$properties": {}},
        {"$event_name": "LOCATION", "created_at": 5,
         "$properties": {"url": "https://x.example/?a=CLICK&b=CUSTOM"}},
    ]  # fmt: skip
    after = redacted(Session.of(Origin("k3y"), events_of(rows))).session
    assert [event.type for event in after.events] == [
        "CLICK", "CUSTOM", "CUSTOM", "SCROLL", "LOCATION",
    ]  # fmt: skip
    assert [e.name for e in after.events if isinstance(e, Custom)] == ["value-2", "value-1"]


# In words


def test_the_header_says_what_was_replaced_and_what_was_not_looked_for() -> None:
    told = redacted(session_of_texts("bob@x.example", Name="Ann", Code="***"))
    assert told.words == (
        "redacted: 1 user, 1 session, 1 project, 1 host, 1 e-mail address, 1 input value replaced "
        "by stand-ins; names and other free text in labels, messages and payloads are not looked "
        "for"
    )
    assert told.counts == {
        "user": 1, "session": 1, "project": 1, "host": 1, "e-mail address": 1, "input value": 1,
    }  # fmt: skip


def test_many_are_told_in_the_plural() -> None:
    told = redacted(WIRES["telling of v2"].session)
    assert "4 users, " in told.words
    assert "3 bodies replaced" in told.words
    assert "1 bodies" not in told.words


def test_the_header_says_that_nothing_was_found() -> None:
    told = redacted(Session.of(Origin("demo", "", "the bundled session"), []))
    assert told.words.startswith("redacted: nothing that is looked for was there to be replaced")
    assert told.counts == {}


def test_any_other_text_gets_the_same_stand_ins() -> None:
    told = redacted(session_of_texts("bob@x.example", Name="Ann"))
    assert told.text("jane42 › Ann, BOB@x.example on shop.acme.example/a?b=Ann") == (
        "user-1 › value-1, email-1 on host-1/a?b=value-1"
    )
    assert told.text("k3yOfAcme12345 at https://new.example") == "project-1 at https://host-2"


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        (Origin("k3y", "42", "openreplay.acme.example:8080"), Origin("project-1", "session-1")),
        (Origin("jane.json", "", "/home/jane/jane.json"), Origin("file-1")),
        (Origin("k3y", "42"), Origin("project-1", "session-1")),
        (Origin("project-1", "session-1"), Origin("project-2", "session-2")),
        (Origin("demo", "", "the bundled session"), Origin("demo", "", "the bundled session")),
        (Origin("standard input", "", "standard input"),
         Origin("standard input", "", "standard input")),
    ],
)  # fmt: skip
def test_what_a_session_is_called_says_nothing_of_where_it_is_from(
    origin: Origin, expected: Origin
) -> None:
    assert redacted(Session.of(origin, [])).session.origin == expected


def test_a_text_that_looks_like_a_stand_in_is_not_mistaken_for_one() -> None:
    session = session_of_texts("user-1 and Value-1", Name="user-3", Code="value-2")
    after = redacted(session).session
    assert [event.raw["value"] for event in after.events[1:3]] == ["value-3", "value-4"]  # type: ignore[index]
    assert after.events[0].raw["userId"] == "user-2"  # type: ignore[index]  # an object
    assert after.events[-1].raw["label"] == "user-1 and Value-1"  # type: ignore[index]  # an object


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
    return Session.of(Origin("k3y"), events_of([common | row for row in rows]))


@given(st.tuples(HOSTILE, HOSTILE, HOSTILE, HOSTILE))
def test_whatever_is_sent_known_values_are_gone_and_the_raw_values_read_as_the_events(
    texts: Sequence[str],
) -> None:
    before = hostile_session(texts)
    after = redacted(before).session
    read = reading_of_raws([event.raw for event in after.events])
    assert list(read.events) == list(after.events)
    assert [event.type for event in after.events] == [event.type for event in before.events]
    for event in after.events:
        for text in dumped(event):
            # A scheme stays, whatever it is.
            bare = re.sub(r"\w+(://|%3A%2F%2F)", "", text)
            assert not holds(bare, "jane42")
            assert not holds(bare, "Ann")


@given(st.lists(HOSTILE.filter(bool), min_size=2, max_size=2, unique=True), HOSTILE)
def test_different_paths_stay_different_and_the_same_stay_the_same(
    paths: Sequence[str], host: str
) -> None:
    here, there = (f"/{path}" for path in paths)
    raws = [
        {"type": "LOCATION", "timestamp": n * 2000, "host": host, "path": path, "userId": "jane42"}
        for n, path in enumerate([here, there, here])
    ]
    before = Session.of(Origin("k3y"), reading_of(raws).events)
    after = redacted(before).session
    addresses = [after.address(index) for index in range(3)]
    assert addresses[0] == addresses[2]
    if before.address(0) != before.address(1):
        assert addresses[0] != addresses[1]


@given(JSON, JSON)
def test_events_that_are_nothing_known_are_redacted_too(entry: object, payload: object) -> None:
    raws = [entry, {"type": "INPUT", "value": entry}, {"type": entry, "anything": payload}]
    before = Session.of(Origin("k3y"), reading_of(raws).events)
    after = redacted(before).session
    read = reading_of_raws([event.raw for event in after.events])
    assert [(e.type, e.problem) for e in read.events] == [
        (e.type, e.problem) for e in before.events
    ]


def test_a_number_that_was_entered_is_replaced_and_is_still_no_text() -> None:
    raws = [{"type": "INPUT", "timestamp": 1, "value": value} for value in (4711, 1.5, True)]
    after = redacted(Session.of(Origin("k3y"), reading_of(raws).events)).session
    assert [event.raw["value"] for event in after.events] == [  # type: ignore[index]  # objects
        ["value-1"], ["value-2"], True,
    ]  # fmt: skip
    assert {event.problem for event in after.events} == {"value: not a text"}


def test_the_deepest_nesting_that_is_read_is_redacted() -> None:
    inner: object = "jane42"
    for _ in range(3):
        for _ in range((MAX_DEPTH - 10) // 2):
            inner = {"user_id": [inner]}
        inner = json.dumps(inner)
    nested: object = inner
    for _ in range(MAX_DEPTH - 10):
        nested = [nested]
    user = {"$user_id": "jane42", "$auto_captured": False}
    event = v2_event("Deep", {}, **user, properties=nested)
    assert "jane42" not in json.dumps(event.raw)


LONG = 200_000


@pytest.mark.parametrize(
    "piece",
    ["a", "Ann ", "a'", "@", "@a.b", "%25", "%2525", "/", "//", "a://", "?", "?a", "?a=", "#a",
     "1.", "1:", "a.", "-", "a-", ":", "{", "[", '"', "\\", "\x1b", "\u200b", "&", ";", "(", "x\n",
     "é", "山", "https://a.b/", "777/", "aaaaaaaaaaaaaaa1", "deadbeef", "0b8f2a56-", "user-", " ",
     "%40", "=", "!/"],
)  # fmt: skip
def test_a_huge_text_takes_no_longer_than_its_length(piece: str) -> None:
    # Where time grew with the square of the length, this would run for hours.
    text = piece * (LONG // len(piece))
    session = session_of_texts(text, f"/{text}", f"https://x.example/{text}", Name="Ann", More=text)
    assert len(redacted(session).session.events) == 6


def test_many_values_that_begin_alike_take_no_longer_than_few() -> None:
    entered = {f"{n}": f"{'Ann ' * 30}{n}" for n in range(3000)} | {
        f"{n} of it": "Ann " * n for n in range(2, 200)
    }
    session = session_of_texts(*(f"{'Ann ' * 40}{n}" for n in range(3000)), **entered)
    after = redacted(session).session
    assert not any("Ann Ann" in event.label for event in after.events if isinstance(event, Click))
