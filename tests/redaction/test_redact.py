"""Redaction: no text keeps an identifying value, and the session reads as before."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any, NamedTuple
from urllib.parse import unquote_plus

import pytest
from msgspec import structs

from eventview.analysis.analysis import Analysis
from eventview.redaction.redact import redact_session
from eventview.render import summary
from eventview.session.event_text import searchable_text
from eventview.session.events import Click, Custom, Event, Input, Location, Request
from eventview.session.session import Session
from eventview.session.source import Gap, SessionRef
from eventview.session.urls import STEMS
from eventview.sources.json_reader import read_json
from eventview.wire.detect import read_raws
from eventview.wire.v1 import read_answer
from eventview.wire.v2 import read_event
from tests.conftest import CHECKOUT, DOCUMENTED
from tests.server.conversion import era_b_rows, v2_rows
from tests.server.invented_sessions import RICH_SESSION_ID, rich_rows
from tests.tables import each_row

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
    read = read_answer(raws)
    return Wire(raws, Session.of(SessionRef("k3yOfAcme12345", str(session_id)), read.events))


def in_clickhouse(sent: Sequence[Mapping[str, Any]]) -> Wire:
    raws = era_b_rows(sent)
    read = read_answer(raws)
    return Wire(
        raws, Session.of(SessionRef("acme.json", "", "out/acme.json"), read.events, 9, 1000)
    )


def in_v2(raws: Sequence[Mapping[str, Any]], session_id: str) -> Wire:
    session_ref = SessionRef("k3yOfAcme12345", session_id, "openreplay.acme.example:8080")
    return Wire(
        raws, Session.of(session_ref, list(map(read_event, raws)), len(raws), 1000, [Gap(5, 9)])
    )


def _more_of_v2() -> list[dict[str, Any]]:
    """Fields that only the second API has, about the people of `TELLING`."""
    common = {
        "session_id": SESSION_ID,
        "$user_id": USER,
        "$device_id": UNKNOWN_VISITOR,
        "$auto_captured": True,
        "$city": "Saint-Denis",
        "$ip": "203.0.113.77",
        "created_at": 1_700_000_009_000,
    }
    url = "https://api.acme.example/v1/users/auth0%7C5f7c8ec7/pay?card=4111+1111&t=a%2Bb%25"
    result: list[dict[str, Any]] = [
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
        {"event_id": f"ev-{100 + n}", "distinct_id": USER, **common, **row}
        for n, row in enumerate(result)
    ] + [
        {
            **common,
            "event_id": "ev-200",
            "distinct_id": "auth0|5f7c8ec7",
            "$user_id": "auth0|5f7c8ec7",
            "$event_name": "TAP",
            "$properties": {"label": "Ann"},
        }
    ]


def wires() -> dict[str, Wire]:
    checkout = events_in(CHECKOUT)
    result = v2_rows(SESSION_ID, TELLING, user_id=USER) + _more_of_v2()
    return {
        "checkout on Postgres": in_postgres(checkout, checkout[0]["sessionId"]),
        "checkout on ClickHouse": in_clickhouse(checkout),
        "checkout of v2": in_v2(v2_rows(SESSION_ID, checkout, user_id=USER), SESSION_ID),
        "documented": in_postgres(events_in(DOCUMENTED), 4813023023591169),
        "an unknown visitor of v2": in_v2(v2_rows(SESSION_ID, checkout), SESSION_ID),
        "rich": in_v2(rich_rows(), RICH_SESSION_ID),
        "telling on Postgres": in_postgres(TELLING, int(SESSION_ID)),
        "telling on ClickHouse": in_clickhouse(TELLING),
        "telling of v2": in_v2(result, SESSION_ID),
    }


WIRES = wires()
every_wire = pytest.mark.parametrize("wire", WIRES.values(), ids=list(WIRES))


# What must not be found: gathered by a walk of its own


USERS = ("$user_id", "distinct_id", "user_id", "userId")
IDS = ("sessionId", "session_id", "event_id", "$device_id", "issue_id", "error_id")
URL = re.compile(r"[a-z]+://([^/?#\s\"'<>]+)([^\s\"'<>]*)")
MAIL = re.compile(r"[\w.+'-]+@[\w-]+\.[\w.-]*\w")


class Traces(NamedTuple):
    """Identifying values."""

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
    for searched in found:
        searched -= {"", "None"}
    return found


def dumped(event: Event) -> Iterator[str]:
    """Every text of an event."""
    yield from strings([event.raw, structs.asdict(event)])


def holds(text: str, value: str) -> bool:
    """True if a text holds a value by itself, not as a part of a longer word."""
    return re.search(rf"(?<![^\W_]){re.escape(value)}(?![^\W_])", text) is not None


def texts_of(session: Session) -> list[str]:
    """Every text of a session."""
    texts = [text for event in session.events for text in dumped(event)]
    return list(dict.fromkeys([*texts, *session.session_ref, session.session_id]))


@every_wire
def test_no_user_host_id_address_or_value_is_left_in_a_redacted_session(wire: Wire) -> None:
    found = traces(wire.raws)
    everything = "\n".join(texts_of(redact_session(Analysis(wire.session)).session))
    assert found.hosts
    for searched in found[:4]:
        for value in searched:
            assert value.lower() not in everything.lower()
    # What has one character or two is everywhere, and an address is taken apart by itself.
    long = {value for value in found.values if len(value) > 2 and not value.startswith("https:")}
    # A pseudonym may be called so.
    long -= set(STEMS)
    assert not [value for value in long if holds(everything, value)]


def test_what_is_looked_for_is_found_before_redacting() -> None:
    for name, wire in WIRES.items():
        before = "\n".join(texts_of(wire.session))
        found = traces(wire.raws)
        assert all(value in before for searched in found[:2] for value in searched), name
    found = traces(WIRES["telling of v2"].raws)
    assert {USER, "auth0|5f7c8ec7", "4242421"} <= found.users
    assert {"api.acme.example", "10.20.30.40:8080", "shop.acme.example:8443"} <= found.hosts
    assert {"Ann Björk", "4111 1111", "a+b%"} <= found.values
    assert {"Ann", "It (never)+ *"} <= traces(WIRES["telling on Postgres"].raws).values


@each_row(
    "trace",
    [
        "4711000123",
        "hunter22",
        "s3cr3t99",
        "998877665",
        "98765",
        "2001:db8",
        "203.0",
        "ev-10",
        "Saint-Denis",
        "DE0212",
        "Sorry",
        "Bearer",
        "localhost",
        "10.20.30.40",
        "4242421",
        "k3yOf",
    ],
)
def test_nothing_is_left_of_what_only_one_event_tells(trace: str) -> None:
    for name in ("telling of v2", "telling on Postgres", "telling on ClickHouse"):
        after = texts_of(redact_session(Analysis(WIRES[name].session)).session)
        assert not [text for text in after if trace in text], name


# The same value, the same pseudonym


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
    """Replacements of each identifying value that is a field or a part of a query."""
    became: defaultdict[str, set[str]] = defaultdict(set)
    for event, later in zip(wire.session.events, after.events, strict=True):
        assert isinstance(later.raw, dict)
        there = dict(leaves(later.raw))
        for path, sent in leaves(event.raw):
            new = there.get(path)
            if path[-1] in {*USERS, *IDS, "host", "url_host"} and sent and new is not None:
                became[sent.lower()].add(new)
            if path[-1] in {"query", "url", "$current_url"} and new is not None:
                old_query, new_query = (
                    url.partition("#")[0].rpartition("?")[2] for url in (sent, new)
                )
                for old, pseudonym in zip(pairs(old_query), pairs(new_query), strict=True):
                    if old:
                        became[old.lower() if "@" in old else old].add(pseudonym)
    return became


@every_wire
def test_a_value_has_one_pseudonym_everywhere_and_shares_it_with_no_other(wire: Wire) -> None:
    became = replaced(wire, redact_session(Analysis(wire.session)).session)
    assert len(became) > 1
    assert all(len(pseudonyms) == 1 for pseudonyms in became.values()), became
    used = [pseudonym for pseudonyms in became.values() for pseudonym in pseudonyms]
    assert len(set(used)) == len(used)
    assert all(re.fullmatch(r"(user|host|session|device|event|id|value)-\d+", one) for one in used)


@every_wire
def test_pseudonyms_are_numbered_in_the_order_in_which_they_appear(wire: Wire) -> None:
    after = redact_session(Analysis(wire.session))
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
        (
            event.type,
            event.time_ms,
            type(event),
            event.problem,
            session.offset_ms(index),
            session.delta_ms(index),
            session.visit_number(index),
            Analysis(session).verdict(index) if isinstance(event, Location) else None,
        )
        for index, event in enumerate(session.events)
    ]


@every_wire
def test_a_redacted_session_has_the_same_events_pages_signals_and_facts(wire: Wire) -> None:
    before, after = wire.session, redact_session(Analysis(wire.session)).session
    assert kinds_of(after) == kinds_of(before)
    assert after.visits == before.visits
    assert Analysis(after).signals.found == Analysis(before).signals.found
    assert Analysis(after).runs == Analysis(before).runs
    assert (after.total, after.resolution_ms, after.gaps) == (
        before.total,
        before.resolution_ms,
        before.gaps,
    )
    assert after.type_counts == before.type_counts
    facts, result_facts = (
        summary.summary_fields(Analysis(before)),
        summary.summary_fields(Analysis(after)),
    )
    assert [fact.name for fact in result_facts] == [fact.name for fact in facts]


@every_wire
def test_the_redacted_raw_values_read_as_the_redacted_events(wire: Wire) -> None:
    after = redact_session(Analysis(wire.session)).session
    read = read_raws([event.raw for event in after.events])
    assert list(read.events) == list(after.events)


@every_wire
def test_the_original_session_is_left_as_it_was(wire: Wire) -> None:
    before = json.dumps(wire.raws)
    redact_session(Analysis(wire.session))
    assert json.dumps(wire.raws) == before


@every_wire
def test_redacting_is_the_same_each_time(wire: Wire) -> None:
    assert (
        redact_session(Analysis(wire.session)).session.events
        == redact_session(Analysis(wire.session)).session.events
    )


def renumbered(session: Session) -> list[str]:
    """The texts with the pseudonyms numbered anew."""
    numbers: defaultdict[str, dict[str, int]] = defaultdict(dict)

    def anew(match: re.Match[str]) -> str:
        known = numbers[match[1]]
        return f"{match[1]}-{known.setdefault(match[2], len(known) + 1)}"

    pattern = re.compile(
        r"\b(user|host|email|device|session|event|id|phone|place|value|body)-(\d+)"
    )
    return [pattern.sub(anew, json.dumps(event.raw)) for event in session.events]


@every_wire
def test_redacting_twice_changes_numbers_and_nothing_else(wire: Wire) -> None:
    once = redact_session(Analysis(wire.session)).session
    twice = redact_session(Analysis(once)).session
    assert renumbered(twice) == renumbered(once)
    assert Analysis(twice).signals.found == Analysis(once).signals.found


# Fields


def session_of_texts(*texts: str, **entered: str) -> Session:
    """A session of a user, a few inputs and clicks with these labels."""
    common = {"timestamp": 1_700_000_000_000, "sessionId": "3638922241865582801"}
    place = {"type": "LOCATION", "host": "shop.acme.example", "path": "/", "userId": "jane42"}
    raws = [
        common | place,
        *(common | {"type": "INPUT", "label": n, "value": v} for n, v in entered.items()),
        *(common | {"type": "CLICK", "label": text} for text in texts),
    ]
    return Session.of(SessionRef("k3yOfAcme12345"), read_answer(raws).events)


@pytest.mark.parametrize("sent", ["\tZoe Quill  paid", "paid:  Zoe\tQuill\n", "\x0bZoe  Quill"])
def test_a_known_name_is_gone_from_a_text_of_tabs_and_runs_of_spaces(sent: str) -> None:
    event = redact_session(Analysis(session_of_texts(sent, Name="Zoe Quill"))).session.events[-1]
    assert "Zoe" not in str(event.raw)
    assert "Zoe" not in searchable_text(event)


LEADS = ["", "...", "…", "(", "-", "– ", ". ", "№ ", "see: ", "a b ", "„"]
SHAPES = [
    "jane.doe@corp.example",
    "192.168.1.20",
    "2001:db8::1",
    "4111 1111 1111 1111",
    "+49 151 23456789",
    "ghp_abcdefghijklmnop12345",
    "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
    "00:1B:44:11:3A:B7",
    "DE89 3704 0044 0532 0130 00",
    "52.52000, 13.40495",
    "eyJhbGciOiJIUzI1.eyJzdWIiOiI1.abc123",
    "password: hunter2x",
    "/home/zoequill/x",
]


@each_row(("lead", "shape"), product(LEADS, SHAPES))
def test_what_stands_before_a_value_does_not_hide_it(lead: str, shape: str) -> None:
    result = redact_session(Analysis(session_of_texts())).text(lead + shape)
    assert result != lead + shape
    for part in re.findall(r"[\w.@:+-]{5,}", shape.removeprefix("password:")):
        assert part not in result


@each_row(
    ("text", "result"),
    [
        ("DE89 3704 0044 0532 0130 00 password: hunter2x", "value-1 password: value-2"),
        ("ab12 hello my password: hunter2x", "ab12 hello my password: value-1"),
        ("de12 call +49 151 23456789", "de12 call phone-1"),
        ("at (52.52000, 13.40495) now", "at (place-1) now"),
        ("Version 1.2.3.4.5, a.b:c::d", "Version 1.2.3.4.5, a.b:c::d"),
    ],
)
def test_what_may_be_an_account_hides_nothing_behind_it(text: str, result: str) -> None:
    assert redact_session(Analysis(session_of_texts())).text(text) == result


@each_row("mask", ["", "***", "••••••", "*•"])
def test_a_masked_value_stays_as_it_is(mask: str) -> None:
    event = redact_session(Analysis(session_of_texts(Password=mask))).session.events[-1]
    assert isinstance(event, Input)
    assert event.value == mask
    assert event.raw["value"] == mask  # type: ignore[index]  # an object


@each_row("value", ["75***", "***@***.***", "x", " ", "**** ****"])
def test_a_value_with_anything_but_masks_is_replaced(value: str) -> None:
    event = redact_session(Analysis(session_of_texts(Code=value))).session.events[-1]
    assert isinstance(event, Input)
    assert event.value == event.raw["value"] == "value-1"  # type: ignore[index]  # an object


@each_row("label", ["Next", "next", "+", "Increase"])
def test_rage_is_still_told_from_paging_where_a_value_is_such_a_word(label: str) -> None:
    def raws(entered: str) -> list[dict[str, Any]]:
        clicks = [{"type": "CLICK", "timestamp": 5000 + n * 200, "label": label} for n in range(4)]
        typed = [{"type": "INPUT", "timestamp": 1000, "label": "Go", "value": entered}]
        return [*typed, *clicks]

    for entered in (label, label.lower(), "input", "text"):
        sent = [event | {"selector": "input[type=text]"} for event in raws(entered)]
        before = Session.of(SessionRef("k3y"), read_answer(sent).events)
        assert (
            Analysis(redact_session(Analysis(before)).session).signals.found
            == Analysis(before).signals.found
        )


@pytest.mark.parametrize("label", ["Next", "Increase"])
def test_a_label_of_paging_stays_where_it_was_entered_too(label: str) -> None:
    session = session_of_texts(f"{label} picture", label, Name=label)
    after = redact_session(Analysis(session)).session
    assert [event.label for event in after.events if isinstance(event, Click)] == [
        f"{label} picture",
        label,
    ]


@each_row("label", ["Zoom in", "Next page", "Zurück", "다음", "次へ"])
def test_a_button_of_paging_keeps_its_label_whatever_was_entered(label: str) -> None:
    after = redact_session(Analysis(session_of_texts(label, Name=label))).session
    assert [event.label for event in after.events if isinstance(event, Click)] == [label]


def test_a_short_name_of_a_project_is_a_word_and_a_long_one_is_its_key() -> None:
    for name, expected in (("Shop", "Shop here"), ("k3yOfAcme12345", "project-1 here")):
        events = session_of_texts(f"{name} here").events
        after = redact_session(Analysis(Session.of(SessionRef(name, "42"), events))).session
        assert after.events[-1].raw["label"] == expected  # type: ignore[index]  # an object


def test_the_address_that_a_page_has_for_a_value_is_told_as_one() -> None:
    value = "cdn.other.example/orders/12345"
    raws = [{"type": "LOCATION", "timestamp": 1, "host": "x.example", "path": "/", "value": value}]
    (event,) = redact_session(
        Analysis(Session.of(SessionRef("k3y"), read_answer(raws).events))
    ).session.events
    assert isinstance(event.raw, dict)
    assert event.raw["value"] == "host-2/orders/id-1"


def test_a_figure_stays_a_figure_whatever_else_is_alike() -> None:
    rows = [{**row, "$properties": dict(row["$properties"])} for row in rich_rows()]
    numbers = {
        str(value)
        for row in rows
        for _, value in [*row.items(), *row["$properties"].items()]
        if isinstance(value, int | float)
    }
    numbers |= {"0.0312", "2140.5", "88412", "1207", "3200"}
    query = "&".join(f"n={number}" for number in sorted(numbers))
    rows[0]["$properties"]["url"] = f"https://shop.example.com/?{query}"
    before = Session.of(SessionRef("k3y"), list(map(read_event, rows)), None, 1000)
    after = redact_session(Analysis(before))
    assert after.counts["query value"] > len(numbers)
    assert kinds_of(after.session) == kinds_of(before)
    assert Analysis(after.session).signals.found == Analysis(before).signals.found
    for event, original in zip(after.session.events, before.events, strict=True):
        if isinstance(event, Location) and isinstance(original, Location):
            assert event.load == original.load
        if isinstance(event, Request) and isinstance(original, Request):
            assert (event.status, event.duration_ms) == (original.status, original.duration_ms)
    assert list(read_raws([e.raw for e in after.session.events]).events) == list(
        after.session.events
    )


def test_a_name_of_an_event_is_redacted_only_where_a_page_chose_it() -> None:
    rows = [
        {"$event_name": "CLICK", "created_at": 1, "$properties": {"label": "CLICK"}},
        {"$event_name": "CUSTOM", "created_at": 2, "$properties": {"name": "CUSTOM"}},
        {"$event_name": "CLICK", "created_at": 3, "$auto_captured": False, "properties": {}},
        {"$event_name": "SCROLL", "created_at": 4, "user_id": "SCROLL", "$properties": {}},
        {
            "$event_name": "LOCATION",
            "created_at": 5,
            "$properties": {"url": "https://x.example/?a=CLICK&b=CUSTOM"},
        },
    ]
    after = redact_session(
        Analysis(Session.of(SessionRef("k3y"), list(map(read_event, rows))))
    ).session
    assert [event.type for event in after.events] == [
        "CLICK",
        "CUSTOM",
        "CUSTOM",
        "SCROLL",
        "LOCATION",
    ]
    assert [e.name for e in after.events if isinstance(e, Custom)] == ["value-2", "value-1"]


# In words


def test_the_header_says_what_was_replaced_and_what_was_not_looked_for() -> None:
    result = redact_session(Analysis(session_of_texts("bob@x.example", Name="Ann", Code="***")))
    assert result.words.startswith(
        "redacted: 1 user, 1 session, 1 project, 1 host, 1 e-mail address, 1 input value replaced "
        "by placeholders; "
    )
    assert "names of people, streets, dates of birth" in result.words
    assert "not looked for" in result.words
    assert result.counts == {
        "user": 1,
        "session": 1,
        "project": 1,
        "host": 1,
        "e-mail address": 1,
        "input value": 1,
    }


@each_row(
    ("text", "words"),
    [
        ("Zoe Quill called", "names of people"),
        ("ask 15550123", "bare digits"),
        ("jane at corp.example", "“name at host.example”"),
        ("qWbJkLpZxYtRvNmC", "tokens without a known beginning"),
        ("ask @janedoe", "handles"),
        ("ask db.corp.example", "host names"),
    ],
)
def test_what_stays_in_free_text_is_named_as_not_looked_for(text: str, words: str) -> None:
    result = redact_session(Analysis(session_of_texts(text)))
    assert result.text(text) == text
    assert words in result.words


def test_many_are_told_in_the_plural() -> None:
    result = redact_session(Analysis(WIRES["telling of v2"].session))
    assert "4 users, " in result.words
    assert "3 bodies replaced" in result.words
    assert "1 bodies" not in result.words


def test_the_header_says_that_nothing_was_found() -> None:
    result = redact_session(Analysis(Session.of(SessionRef("demo", "", "the bundled session"), [])))
    assert result.words.startswith("redacted: nothing found to replace; not looked for: ")
    assert result.counts == {}


def test_any_other_text_gets_the_same_pseudonyms() -> None:
    result = redact_session(Analysis(session_of_texts("bob@x.example", Name="Ann")))
    assert result.text("jane42 › Ann, BOB@x.example on shop.acme.example/a?b=Ann") == (
        "user-1 › value-1, email-1 on host-1/a?b=value-1"
    )
    assert result.text("k3yOfAcme12345 at https://new.example") == "project-1 at https://host-2"


@each_row(
    ("session_ref", "expected"),
    [
        (
            SessionRef("k3y", "42", "openreplay.acme.example:8080"),
            SessionRef("project-1", "session-1"),
        ),
        (SessionRef("jane.json", "", "/home/jane/jane.json"), SessionRef("file-1")),
        (SessionRef("k3y", "42"), SessionRef("project-1", "session-1")),
        (SessionRef("project-1", "session-1"), SessionRef("project-2", "session-2")),
        (
            SessionRef("demo", "", "the bundled session"),
            SessionRef("demo", "", "the bundled session"),
        ),
        (
            SessionRef("standard input", "", "standard input"),
            SessionRef("standard input", "", "standard input"),
        ),
    ],
)
def test_what_a_session_is_called_says_nothing_of_where_it_is_from(
    session_ref: SessionRef, expected: SessionRef
) -> None:
    assert redact_session(Analysis(Session.of(session_ref, []))).session.session_ref == expected


def test_a_text_that_looks_like_a_pseudonym_is_not_mistaken_for_one() -> None:
    session = session_of_texts("user-1 and Value-1", Name="user-3", Code="value-2")
    after = redact_session(Analysis(session)).session
    assert [event.raw["value"] for event in after.events[1:3]] == ["value-3", "value-4"]  # type: ignore[index]
    assert after.events[0].raw["userId"] == "user-2"  # type: ignore[index]  # an object
    assert after.events[-1].raw["label"] == "user-1 and Value-1"  # type: ignore[index]  # an object
