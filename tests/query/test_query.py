"""The query language: matches and words of each term, mistakes and their places."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache, reduce

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec import structs
from msgspec.structs import replace

from eventview.analysis.analysis import Analysis
from eventview.analysis.signal_kinds import CRASH, ERROR, GAP, SIGNAL_KINDS, STUCK
from eventview.analysis.signals import Severity, SignalKind
from eventview.query import vocabulary
from eventview.query.grammar import NAMES
from eventview.query.query import ALL_TYPES, NO_QUERY, Query, TypeChoice
from eventview.query.regular_expressions import QueryError
from eventview.query.vocabulary import FIGURES, KINDS
from eventview.session.event_text import describe_event, searchable_text
from eventview.session.events import (
    Click,
    Crash,
    Custom,
    Error,
    Event,
    GraphQL,
    Input,
    Issue,
    Location,
    Performance,
    Request,
    Swipe,
    Tap,
)
from eventview.session.folding import fold, fold_case
from eventview.session.metrics import CATALOGUE, LoadMetrics
from eventview.session.session import Session
from eventview.session.source import PartialExport, SessionRef
from eventview.session.text import clean, width
from eventview.wire.v2 import read_event, unescape_strings
from tests.conftest import CHECKOUT, recorded, session_of
from tests.server.openreplay import RICH_SESSION_ID, OpenReplay
from tests.tables import each_row


@cache
def recorded_checkout() -> Session:
    return recorded(CHECKOUT)


@cache
def rich() -> Session:
    """A session of the second API with every type of event there is, in whole seconds."""
    rows = dict(OpenReplay(release="1.27").v2_sessions)[RICH_SESSION_ID]
    events = list(map(read_event, [unescape_strings(row) for row in rows]))
    return Session.of(SessionRef("acme-shop", RICH_SESSION_ID), events, len(events), 1000)


@cache
def fields_of_checkout() -> tuple[tuple[str, ...], ...]:
    """The texts of each recorded event, all of which are flat objects."""
    rows = []
    for event in recorded_checkout().events:
        assert isinstance(event.raw, dict)
        texts = {k: v for k, v in event.raw.items() if isinstance(v, str)}
        shown = {k: v for k, v in texts.items() if k not in {"sessionId", "webVitals"}}
        rows.append((describe_event(event), *map(clean, shown.values())))
    return tuple(rows)


def found(session: Session, query: str) -> list[int]:
    return list(Query.parse(query).matching(Analysis(session), range(len(session.events))))


def mistake(text: str) -> QueryError:
    with pytest.raises(QueryError) as caught:
        Query.parse(text)
    return caught.value


# --- words, phrases, expressions

SHOP = session_of(
    [
        Click("CLICK", 1, {"type": "CLICK", "label": "Add to cart", "selector": "#buy > button"}),
        Click("CLICK", 2, {"type": "CLICK", "label": "add to wishlist", "url": "h/cart"}),
        Event("CUSTOM", 3, {"payload": {"items": [{"sku": "Größe-42"}]}, "sessionId": "777888"}),
        Event("LOCATION", 4, {"referrer": "https://news.example/", "webVitals": '{"LCP":"555"}'}),
    ]
)


@each_row(
    ("query", "events"),
    [
        ("add", [0, 1]), ("Add", [0]), ("ADD", []), ("cart add", [0, 1]), ("add wishlist", [1]),
        ("cart Add", [0]), ('"add to cart"', [0]), ('"cart add"', []), ('"add to" wishlist', [1]),
        ('"to cart', [0]), ("#buy", [0]), ("news.example", [3]), ("größe-42", [2]), ("GRÖSSE", []),
        ("custom", [2]), ("777888", []), ("555", []), ("lcp", []), ("nothing like it", []),
        ("  ", [0, 1, 2, 3]), ('""', [0, 1, 2, 3]), ('"', [0, 1, 2, 3]), ('-""', [0, 1, 2, 3]),
        ('"add to"wishlist', [1]), ('"Add" WISH', []), ('"#buy > button"', [0]),
    ],
)  # fmt: skip
def test_all_words_must_stand_in_an_event_wherever_they_do(query: str, events: list[int]) -> None:
    assert found(SHOP, query) == events


def test_case_counts_for_the_terms_with_a_capital_only() -> None:
    assert found(SHOP, "Add CART") == []
    assert found(SHOP, "Add cart") == [0]
    assert found(SHOP, "click Wishlist") == []
    assert found(SHOP, "CLICK wishlist") == [1]


@each_row(
    ("query", "events"),
    [
        ("cart OR größe", [0, 1, 2]), ("cart | größe", [0, 1, 2]), ("cart || größe", [0, 1, 2]),
        ("(cart OR größe) Add", [0]), ("Add (cart OR größe)", [0]), ("größe OR Add cart", [0, 2]),
        ("größe OR Add OR news.example", [0, 2, 3]), ("-(cart OR größe)", [3]),
        ("!(cart OR größe)", [3]), ("-(Add cart)", [1, 2, 3]), ("-(-Add)", [0]),
        ("(größe OR (cart Add)) -buy", [2]), ("cart -(Add OR wishlist)", []),
        ("-(-(Add OR größe) OR größe)", [0]), ("(((cart)))", [0, 1]), ("(Add)wishlist", []),
        ("cart AND Add", [0]), ("cart AND Add OR größe", [0, 2]), ("(cart)OR(größe)", [0, 1, 2]),
        ("/^add to c/ OR /größe/", [0, 2]), ("(/to cart/ OR /größe/)", [0, 2]),
        ('("to cart" OR “größe-42”)', [0, 2]), ("is:slow OR größe", [2]), ('"or"', []),
    ],
)  # fmt: skip
def test_either_of_several_terms_is_enough_where_or_stands_between_them(
    query: str, events: list[int]
) -> None:
    assert found(SHOP, query) == events


@each_row(
    ("query", "events"),
    [
        ("“Zur Kasse”", [0]), ("„Zur Kasse“", [0]), ("„Zur Kasse”", [0]), ("”Zur Kasse”", [0]),
        ("«Zur Kasse»", [0]), ("«\xa0Zur Kasse\xa0»", [0]), ("»Zur Kasse«", [0]),
        ("‘Zur Kasse’", [0]), ("‚Zur Kasse‘", [0]), ("‹Zur Kasse›", [0]),
        ("'Zur Kasse'", [0]), ("label:'Zur Kasse'", [0]), ("'Zur", []), ("Kasse'", []),
        ("›Zur Kasse‹", [0]),
        ("“Zur Kasse", [0]),
        ("“Kasse Zur”", []), ("label:“Zur Kasse”", [0]), ("-label:„Zur Kasse“", [1, 2, 3]),
        ("(“Zur Kasse” OR ‘Don’t pay’)", [0, 1]), ("Don’t", [1]), ("‘Don’t pay’", [1]),
        ("pay Don’t", [1]), ("« Zurück", [2]), ("Weiter »", [3]), ("“Zur Kasse” zahlen", [0]),
        ("type:“Page View”", [3]), ("type:“Page View”,x", [3]), ("before:“+0:00”", [0]),
    ],
)  # fmt: skip
def test_curly_quotes_quote_and_an_apostrophe_does_not(query: str, events: list[int]) -> None:
    texts = ["Jetzt Zur Kasse zahlen", "Don’t pay", "« Zurück", "Weiter »"]
    clicks = [Click("CLICK", n, {}, label=text) for n, text in enumerate(texts)]
    clicks[3] = structs.replace(clicks[3], type="Page View")
    session = session_of([structs.replace(click, sent={"x": click.label}) for click in clicks])
    assert found(session, query) == events


def test_a_label_in_brackets_is_found_in_quotes_and_without_them_with_a_word() -> None:
    session = session_of(
        [Click("CLICK", n, {}, label=x) for n, x in enumerate(("Save (draft)", "Pay"))]
    )
    assert found(session, '"Save (draft)"') == [0]
    assert found(session, "Save (draft)") == [0]
    assert "quotes" in Query.parse("Save (draft)").remark(session)
    for query in ("Save -(draft)", "(save pay) OR draft", "(save OR pay)", "save()", '"(draft)"'):
        assert Query.parse(query).remark(session) == ""


@each_row(
    ("query", "events"),
    [
        ("/add.*(cart|wish)/", [0, 1]), ("/Add/", [0]), ("/^add to/", [0, 1]), (r"/\d\d/", [2]),
        (r"/GR\S+/", []), (r"/gr\S+/", [2]), ("/to cart/", [0]), (r"/https:\/\/news/", [3]),
        ("/h/cart/", [1]), ("/^h/ /cart$/", [1]), ("/cart/ -/wish/", [0]), ("/cart", [1]),
        (r"/\x41dd/", [0, 1]), (r"/[a]dd to c/", [0]), ("/(?P<Word>add) to c/", [0]),
        (r"/Add|add/", [0, 1]), ("/(?i)ADD/", [0, 1]), ("/.*nothing/", []),
    ],
)  # fmt: skip
def test_an_expression_stands_between_slashes_and_looks_in_each_field(
    query: str, events: list[int]
) -> None:
    assert found(SHOP, query) == events


@each_row(
    ("typed", "same"),
    [
        ("/cart", '"/cart"'), ("/cart/items", '"/cart/items"'), ("/a b", '"/a" b'),
        ("/cart type:click /checkout/", '"/cart" type:click /checkout/'), ("//", '"//"'),
        ("/", '"/"'), (r"/a\/", r'"/a\\/"'), ("https://x", '"https://x"'), ("12:30", '"12:30"'),
        ("url://x", '"url://x"'), ("foo:", '"foo:"'), ("localhost:8080", '"localhost:8080"'),
        ("div>span", '"div>span"'), ("coupon=x", '"coupon=x"'), ("variant=42", '"variant=42"'),
        ("size=M", '"size=M"'), ("fcp", '"fcp"'), ("type", '"type"'), ("größe:M", '"größe:M"'),
        ("-", '"-"'), ("!", '"!"'), ("- a", '"-" a'), ("--x", '-"-x"'), ("!-x", '-"-x"'),
        ("!!", '-"!"'), ("a-b!", '"a-b!"'), ('a"b c"', r'"a\"b" "c\""'), (r"a\b", r'"a\\b"'),
        (r'"a\b"', r'"a\\b"'), (r'"say \"hi\""', r'"say \"hi\""'), ('"a b', '"a b"'),
        ("_a>3x", '"_a>3x"'), ("h2>3", '"h2>3"'), ("->3", '-">3"'),
    ],
)  # fmt: skip
def test_what_only_resembles_a_term_is_a_word(typed: str, same: str) -> None:
    assert Query.parse(typed) == Query.parse(same)


@each_row(
    ("query", "opposite"),
    [
        ("cart", "-cart"), ("cart", "!cart"), ('"to cart"', '-"to cart"'), ("/^h/", "!/^h/"),
        ("type:click", "-type:click"), ("label:add", "-label:add"), ("is:rage", "!is:rage"),
        ("fcp>1000", "-fcp>1000"), ("after:+2:00", "-after:+2:00"), ("before:#9", "!before:#9"),
        ("status=503", "-status=503"), ("after:#9999", "-after:#9999"),
    ],
)  # fmt: skip
def test_a_negated_term_matches_all_the_other_events(query: str, opposite: str) -> None:
    for session in (recorded_checkout(), rich()):
        both = found(session, query) + found(session, opposite)
        assert sorted(both) == list(range(len(session.events)))


def test_a_pasted_label_finds_its_event_whatever_was_in_it() -> None:
    label = "👨\u200d👩\u200d👧 Pay\u202e\tnow ❤\ufe0f"
    session = session_of([Click("CLICK", 1, {"label": label}), Click("CLICK", 2, {"label": "Pay"})])
    assert found(session, label) == [0]
    assert found(session, clean(label)) == [0]
    assert found(session, f'"{label}"') == [0]


def test_an_invisible_character_in_a_query_does_not_make_case_count() -> None:
    session = session_of([Click("CLICK", 1, {"label": "Shop\u200b now"})])
    assert found(session, "shop\u200b") == [0]
    assert found(session, "/shop\u200b/") == [0]
    assert found(session, "SHOP\u200b") == []


@pytest.mark.slow
@settings(max_examples=200)
@given(st.data())
def test_matching_agrees_with_reading_every_field(data: st.DataObject) -> None:
    fields = fields_of_checkout()
    texts = sorted({word for row in fields for text in row for word in text.split()})
    words = []
    for _ in range(data.draw(st.integers(1, 3))):
        word = data.draw(st.sampled_from(texts))
        start = data.draw(st.integers(0, len(word) - 1))
        words.append(word[start : data.draw(st.integers(start + 1, len(word)))])
    assume(all(clean(word) == word and not re.search(r'["\\]', word) for word in words))
    if data.draw(st.booleans()):
        words = [word.lower() for word in words]
    expected = [
        index
        for index, row in enumerate(fields)
        if all(any(has(text, word) for text in row) for word in words)
    ]
    assert found(recorded_checkout(), " ".join(f'"{word}"' for word in words)) == expected


# --- fields, types, signals, figures, times, on events with all of them


@each_row(
    ("query", "events"),
    [
        ("type:click", [2]), ("type:CLICK,input", [1, 2]), ("TYPE:tap", [16]), ("type:clic", []),
        ("type:request status>=500", [4]), ('type:"tap",swipe', [16, 17]),
        ("label:pay", [2]), ("label:Pay", [2]), ("label:PAY", []), ("label:done", [16]),
        ("label:carousel", [17]), ("label:hangs", [13]), ('label:"pay now"', [2]),
        ("label:/^(pay|done)/", [2, 16]), ("label:/^$/", [8, 9, 10, 11]), ("LABEL:e-mail", [1]),
        ("label:help", []), ("label:-", [1]), ("label:🙈", []),
        ("url:thanks", [22]), ("url:shop.example.com/thanks", [22]), ("url:coupon=", [
            0, 2, 8, 9, 10, 11, 12, 13, 21]), ("url:dry", [3, 4, 19]), ("url:search.example", []),
        ("url:/Basket", [0, 2, 8, 9, 10, 11, 12, 13, 21]),
        ('url:"Basket?coupon" type:location', [0]), ("value:a", []),
        ("selector:#pay", [2]), ("selector:Pay", []), ('selector:"name=\\"go"', [2]),
        ("message:undefined", [5]), ("message:beyond", [20]), ("message:/^$/", [7]),
        ("name:typeerror", [5]), ("name:error", [5, 7]), ("name:range", [20]), ("name:plan", [15]),
        ("name:basket", [6]), ("name:click", [14]), ("name:Click", []),
        ("is:crash", [20]), ("is:rage", [8]), ("is:failed", [4, 19]), ("is:gap", [22]),
        ("is:silence", [22]), ("is:incident,dead", [10, 13]), ("is:hesitation", []),
        ("is:severe", [4, 5, 7, 8, 13, 19, 20]), ("IS:Error", [5, 7, 20]), ("is:repeat", []),
        ("is:signal", [4, 5, 7, 8, 9, 10, 11, 13, 19, 20, 22]), ("is:slow", []),
        ("status>=500", [4]), ("status=404", [19]), ("status<300", [3]), ("status>404", [4]),
        ("-status>0", [n for n in range(23) if n not in {3, 4, 19}]),
        ("size>1kb", [3]), ("size>=0.001834mb", [3]), ("size=1834", [3]), ("size<1", [4]),
        ("duration>10s", [4]), ("duration>=12s", [4]), ("duration>0.2m", []), ("duration<7001", [
            1, 11, 19]), ("duration=412ms", [19]),
        ("hesitation>2s", [2]), ("HESITATION>1S", [1, 2]),
        ("delta>10s", [21, 22]), ("delta>=1m", [21, 22]), ("delta=0", [3, 6, 15]), ("delta<0", []),
        ("after:+2:00", [21, 22]), ("before:+0:02", [0, 1]),
        ("after:+0:02 before:+0:09", [1, 2, 3]),
        ("after:#21", [20, 21, 22]), ("before:#2", [0, 1]), ("before:#1", [0]), ("after:#999", []),
        ("after:2026-02-11T15:15:00", [21, 22]), ("before:2000-01-01T00:00", []),
    ],
)  # fmt: skip
def test_a_term_matches_the_events_that_have_it(query: str, events: list[int]) -> None:
    assert found(rich(), query) == events


@each_row(
    ("query", "number"),
    [
        ("type:click", 125), ("type:click -hesitation>0", 15), ("fcp>0", 21), ("is:slow", 7),
        ("fcp>3000", 2), ("fcp>3s", 2), ("inp>200", 3), ("inp>=0.2s", 7), ("lcp>=2.5s", 3),
        ("is:rage", 17), ("type:click is:rage -pay", 5), ("type:location -ttfb>0", 10),
        ("wishlist", 1), ("cls>0.1", 18), ("cls<=0.1", 3), ("delta>30s", 3), ("value:/./", 16),
        ("after:13:03:15 before:13:05:00", 5), ("after:13:03:15Z before:2024-11-13T13:05", 5),
        ("after:2024-11-13 13:03:15.000 UTC before:2024-11-13 14:05:00.000 CET (UTC+1)", 5),
        ('after:"2024-11-13 13:03:15.000 UTC" before:"14:05:00 CET (UTC+1)"', 5),
        ("after:14:03:15+01:00 before:2024-11-13T13:05:00.000000Z", 5),
        ("after:1731502995000 before:1731503100000", 5), ("after:+3m15s before:+4m", 5),
        ("after:13:03:15 before:13:05:00 click", 4), ("after:13:03:15 UTC before:13:05 click", 4),
    ],
)  # fmt: skip
def test_a_query_finds_in_a_recorded_session_what_a_person_counts(
    checkout: Session, query: str, number: int
) -> None:
    assert len(found(checkout, query)) == number


def test_every_metric_is_a_figure_and_is_missing_where_it_was_not_measured() -> None:
    for metric in CATALOGUE:
        loads = [LoadMetrics(**{metric.field: value}) for value in (0.5, 2)] + [LoadMetrics()]
        pages = [Location("LOCATION", n, {}, packed_load=load) for n, load in enumerate(loads)]
        session = session_of([*pages, Event("CUSTOM", 9, {})])
        assert found(session, f"{metric.key}>0.5") == [1]
        assert found(session, f"{metric.key}>=0.5") == [0, 1]
        assert found(session, f"{metric.key.upper()}<2") == [0]
        assert found(session, f"{metric.key}=0.5") == [0]
        assert found(session, f"-{metric.key}<=9") == [2, 3]


def test_an_event_without_a_time_is_neither_before_nor_after_anything() -> None:
    session = session_of([Event("X", 0, {}), Event("X", None, {}), Event("X", 2000, {})])
    assert found(session, "after:-9:00") == [0, 2]
    assert found(session, "before:+9:00") == [0, 2]
    assert found(session, "-after:+0:01") == [0, 1]


def test_a_whole_second_among_milliseconds_is_not_after_a_later_moment_of_it() -> None:
    times_ms = [1_700_000_000_000 + 777 * number for number in range(40)]
    session = Session.of(
        SessionRef("p"), [Event("X", ms, {}) for ms in times_ms], resolution_ms=1000
    )
    assert found(session, "after:+0:00.5")[:2] == [1, 2]


def test_a_time_of_day_between_others_is_found_on_a_middle_day() -> None:
    start = 1_762_812_000_000  # 2025-11-10 22:00
    session = session_of([Event("X", start + hours * 3_600_000, {}) for hours in (0, 14, 28)])
    assert found(session, "after:11:59 before:12:01") == [1]
    assert found(session, "after:23:00 before:01:00") == []


def test_an_events_number_is_that_of_the_session_in_a_part_of_it(checkout: Session) -> None:
    numbers = range(95, 106)
    part = replace(
        session_of(checkout.events[94:105]),
        total=180,
        partial_export=PartialExport(numbers, checkout.start_ms),
    )
    assert found(part, "after:#103") == [8, 9, 10]
    assert found(part, "-after:#103") == list(range(8))
    assert found(part, "before:#97") == [0, 1, 2]
    assert found(part, "before:#180") == list(range(11))
    assert found(part, "before:#3") == found(part, "after:#106") == []
    assert Query.parse("before:#180 after:#103").remark(part) == ""


@each_row(
    ("query", "remark"),
    [
        ("type:clik", "There are no events of type clik. The nearest is click. This"),
        ("type:loc,click", "There are no events of type loc. The nearest is location."),
        ("(type:requst OR pay)", "There are no events of type requst. The nearest is request."),
        ("type:zzz", "of type zzz. This session has LOCATION, CLICK, INPUT."),
        ("type:error", ""), ("type:tap,click", ""), ("-type:input", ""),
    ],
)  # fmt: skip
def test_an_unknown_type_has_a_remark(checkout: Session, query: str, remark: str) -> None:
    assert remark in Query.parse(query).remark(checkout)
    assert bool(Query.parse(query).remark(checkout)) == bool(remark)
    future = session_of([*checkout.events[:5], Event("CLIK", 1, {})])
    assert Query.parse("type:clik").remark(future) == ""
    assert len(found(future, "type:clik")) == 1


@each_row(
    ("query", "remark"),
    [
        ("after:+99:00", "is 1h14m after the last event, which is at +24:56.700."),
        ("before:99m", "after the last event"), ("after:23:00", "after the last event"),
        ("after:2020-01-01T00:00", "before the first event"), ("before:-1m", "before the first"),
        ("-(pay OR after:+99:00)", "after the last event"),
        ("after:+24:56", ""), ("before:+0:00", ""), ("before:-0:00.5", ""),
    ],
)  # fmt: skip
def test_a_time_outside_the_session_has_a_remark(
    checkout: Session, query: str, remark: str
) -> None:
    assert remark in Query.parse(query).remark(checkout)
    assert bool(Query.parse(query).remark(checkout)) == bool(remark)


@each_row("query", ["before:#181", "after:#181", "-before:#999 click", "pay OR after:#999"])
def test_a_number_without_an_event_has_a_remark(checkout: Session, query: str) -> None:
    remark = Query.parse(query).remark(checkout)
    assert remark.startswith("There is no event #")
    assert remark.endswith("It has #1 to #180.")
    assert Query.parse("before:#180 after:#1 cart").remark(checkout) == ""


def test_a_type_of_several_words_is_quoted() -> None:
    session = session_of([Event("Page View", 0, {}), Event("a,b", 1, {}), Event('say "x"', 2, {})])
    assert found(session, 'type:"page view"') == [0]
    assert found(session, 'type:"A,B","PAGE VIEW"') == [0, 1]
    assert found(session, r'-type:"say \"x\""') == [0, 1]


def test_every_kind_of_signal_can_be_asked_for() -> None:
    for session in (recorded_checkout(), rich()):
        for kind in set(SIGNAL_KINDS) - {ERROR}:
            covered = sorted(Analysis(session).signals.covered(kind))
            assert found(session, f"is:{kind.key}") == covered


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ("is:error", {ERROR, CRASH}),
        (
            "is:wrong",
            {kind for kind in SIGNAL_KINDS if kind.severity is Severity.SEVERE} | {STUCK},
        ),
    ],
)
def test_a_word_may_stand_for_several_kinds_of_signal(query: str, kinds: set[SignalKind]) -> None:
    for session in (recorded_checkout(), rich()):
        assert found(session, query) == sorted(Analysis(session).signals.covered(*kinds))
    assert 20 in found(rich(), "is:error"), "the crash"


# --- every query against plain loops

Holds = Callable[[Session, int], bool]


def text_of(session: Session, index: int) -> str:
    return searchable_text(session.events[index])


def has(text: str, typed: str) -> bool:
    text, typed = fold(text), fold(typed)
    return typed in text if typed != typed.lower() else fold_case(typed) in fold_case(text)


def words(typed: str) -> tuple[str, Holds]:
    return typed, lambda session, index: has(text_of(session, index), typed)


def expression(source: str) -> tuple[str, Holds]:
    # Escapes are no capitals.
    letters = re.sub(r"\\.", "", source)
    flags = re.MULTILINE | (re.NOFLAG if letters != letters.lower() else re.IGNORECASE)
    return f"/{source}/", lambda s, i: any(
        re.search(source, text, flags) for text in (text_of(s, i), fold(text_of(s, i)))
    )


PARTS: dict[str, dict[type[Event], str]] = {
    "label": {Click: "label", Input: "label", Tap: "label", Swipe: "label", Issue: "label"},
    "url": {Click: "url", Request: "url", Issue: "url", Performance: "url"},
    "value": {Input: "value"},
    "selector": {Click: "selector"},
    "message": {Error: "message", Crash: "reason"},
    "name": {Error: "name", Crash: "name", Custom: "name", GraphQL: "name"},
}


def field(name: str, typed: str) -> tuple[str, Holds]:
    def holds(session: Session, index: int) -> bool:
        event = session.events[index]
        if name == "url" and isinstance(event, Location):
            address = event.host + event.path
            return has(address + "?" * bool(event.query) + event.query, typed)
        attribute = PARTS[name].get(type(event))
        return bool(attribute) and has(getattr(event, attribute or "") or "", typed)

    return f'{name}:"{typed}"', holds


def types(*names: str) -> tuple[str, Holds]:
    return f"type:{','.join(names)}", lambda s, i: s.events[i].type.lower() in names


def signal(name: str) -> tuple[str, Holds]:
    def holds(session: Session, index: int) -> bool:
        kinds = [
            s.kind
            for s in Analysis(session).signals.found
            if index in _covered(s.kind, s.at, s.events)
        ]
        if name == "error":
            return ERROR in kinds or CRASH in kinds
        if name == "signal":
            return any(kind.severity is not Severity.NEUTRAL for kind in kinds)
        if name == "severe":
            return any(kind.severity is Severity.SEVERE for kind in kinds)
        return name in [kind.key for kind in kinds]

    return f"is:{name}", holds


def _covered(kind: SignalKind, at: int, events: Sequence[int]) -> Sequence[int]:
    return [at] if kind is GAP else events


def number(name: str, sign: str, typed: str, amount: float) -> tuple[str, Holds]:
    attributes: dict[str, tuple[str, Sequence[type[Event]]]] = {
        "hesitation": ("hesitation_ms", (Click, Input)),
        "duration": ("duration_ms", (Input, Request, Issue)),
        "status": ("status", (Request,)),
        "size": ("size_bytes", (Request,)),
    }

    def holds(session: Session, index: int) -> bool:
        event = session.events[index]
        value: float | None = None
        if name == "delta":
            value = session.delta_ms(index)
        elif name in attributes:
            attribute, classes = attributes[name]
            if type(event) in classes:
                value = getattr(event, attribute)
        elif isinstance(event, Location):
            value = next(m.read(event.load) for m in CATALOGUE if m.key == name)
        if value is None:
            return False
        return {
            ">": value > amount, ">=": value >= amount, "<": value < amount,
            "<=": value <= amount, "=": value == amount,
        }[sign]  # fmt: skip

    return f"{name}{sign}{typed}", holds


def moment(name: str, seconds: int) -> tuple[str, Holds]:
    def holds(session: Session, index: int) -> bool:
        time, start = session.events[index].time_ms, session.start_ms
        assert time is not None
        assert start is not None
        late = time - start - seconds * 1000
        return late >= 0 if name == "after" else late <= 0

    return f"{name}:+{seconds // 60}:{seconds % 60:02}", holds


WORDS = st.sampled_from(
    ["a", "Apply", "apply", "cart", "pay", "Pay", "shop", "/c/", "click", "e", "zzz", "é", "€"]
)
TERMS = st.one_of(
    st.builds(words, WORDS.filter(lambda word: "/" not in word)),
    st.builds(
        expression,
        st.sampled_from(
            ["a.*b", "^Pay", "pay|apply", "[A-C]art", "[a-c]art", r"\d\d", r"\bcart\b", "y$",
             r"\x41", r"GR\S", r"a\S", "(a)(b)?", "[^a-z]{9}", "ß|é"]
        ),
    ),
    st.builds(field, st.sampled_from(list(PARTS)), WORDS),
    st.builds(types, st.sampled_from(["click", "input", "location", "custom", "none"])),
    st.just(types("click", "location")),
    st.builds(signal, st.sampled_from([*(kind.key for kind in SIGNAL_KINDS), "signal", "severe"])),
    st.builds(
        lambda name, sign, spelled: number(name, sign, *spelled),
        st.sampled_from([*(m.key for m in CATALOGUE), "delta", "hesitation", "duration"]),
        st.sampled_from([">", ">=", "<", "<=", "="]),
        st.sampled_from([("0", 0), ("500", 500), ("1.5s", 1500), ("0.1m", 6000), ("555ms", 555)]),
    ).filter(lambda term: not re.match(r"cls.*[a-z]$", term[0])),
    st.builds(
        lambda sign, spelled: number("size", sign, *spelled),
        st.sampled_from([">", ">=", "<", "<=", "="]),
        st.sampled_from([("0", 0), ("1kb", 1000), ("1834", 1834), ("0.001MB", 1000)]),
    ),
    st.builds(number, st.just("status"), st.sampled_from(["=", ">", "<="]), st.just("404"),
              st.just(404)),
    st.builds(moment, st.sampled_from(["after", "before"]), st.integers(0, 1500)),
)  # fmt: skip


def negated(term: tuple[str, Holds], sign: str) -> tuple[str, Holds]:
    spelled, holds = term
    return sign + spelled, lambda s, i: holds(s, i) is not bool(sign)


def joined(terms: list[tuple[str, Holds]], join: str) -> tuple[str, Holds]:
    some = any if "AND" not in join and join.strip() else all
    spelled = f"({join.join(spelled for spelled, _ in terms)})"
    return spelled, lambda s, i: some(holds(s, i) for _, holds in terms)


SIGNS = st.sampled_from(["", "", "-", "!"])
NESTED = st.recursive(
    st.builds(negated, TERMS, SIGNS),
    lambda terms: st.builds(
        negated,
        st.builds(
            joined,
            st.lists(terms, min_size=1, max_size=3),
            st.sampled_from([" OR ", " | ", " ", " AND ", " || "]),
        ),
        SIGNS,
    ),
    max_leaves=6,
)
QUERIES = st.lists(NESTED, max_size=4)


@pytest.mark.slow
@settings(max_examples=400)
@given(QUERIES, st.sampled_from([recorded_checkout, rich]), st.integers(1, 3))
def test_a_query_finds_what_a_plain_loop_over_all_events_finds(
    terms: list[tuple[str, Holds]], session_of_kind: Callable[[], Session], step: int
) -> None:
    session = session_of_kind()
    query = Query.parse(" ".join(spelled for spelled, _ in terms))
    assert len(query.terms) >= len(terms)
    candidates = range(0, len(session.events), step)
    expected = [i for i in candidates if all(holds(session, i) for _, holds in terms)]
    assert list(query.matching(Analysis(session), candidates)) == expected
    assert list(Query.parse(query.to_query()).matching(Analysis(session), candidates)) == expected


# --- what stands out


@each_row(
    ("query", "shown", "marked"),
    [
        ("add", "Add to cart, add", ["Add", "add"]), ("Add", "Add to cart, add", ["Add"]),
        ("car cart", "carcart", ["car", "cart"]), ("to add", "Add to cart", ["Add", "to"]),
        ('"to cart"', "Add to cart to", ["to cart"]), (".*", "a.*b", [".*"]),
        ("x", "Add", []), ("", "Add", []), ("add -cart", "Add to cart", ["Add"]),
        ("/a.d/ TO", "Add to cart", ["Add"]), ("/x*/", "Add", []), ("ab bc", "abc", ["abc"]),
        ("label:cart", "Add to cart", ["cart"]), ("-label:cart", "Add to cart", []),
        ("label:/c.r/", "Add to cart", ["car"]), ("type:click is:rage", "click rage", []),
        ("fcp>3 after:+1:00", "fcp>3 +1:00", []), ("Add CART", "Add cart", ["Add"]),
        ("add OR cart", "Add to cart", ["Add", "cart"]), ("-(add OR cart)", "Add to cart", []),
        ("(add -cart) OR label:to", "Add to cart", ["Add", "to"]),
    ],
)  # fmt: skip
def test_texts_that_must_be_there_are_marked_where_shown(
    query: str, shown: str, marked: list[str]
) -> None:
    assert [shown[start:end] for start, end in Query.parse(query).spans(shown)] == marked


# --- in words, and written


@each_row(
    ("query", "in_words", "typed"),
    [
        ("coupon", "“coupon” in any text", "coupon"),
        ('"pay  now"', "“pay  now” in any text", '"pay  now"'),
        ("/a|b c/", "any text matches /a|b c/", "/a|b c/"),
        ("-x", "without “x”", "-x"),
        ("!/x/", "without /x/", "-/x/"),
        ("type:input,click,INPUT", "type is CLICK or INPUT", "type:click,input"),
        ("!type:click", "not: type is CLICK", "-type:click"),
        ("label:pay", "label has “pay”", "label:pay"),
        ("Label:/pay/", "label matches /pay/", "label:/pay/"),
        ('-url:"/a b"', "not: url has “/a b”", '-url:"/a b"'),
        ("fcp>3000", "FCP over 3,000 ms", "fcp>3000"),
        ("lcp>=2.5s", "LCP at least 2,500 ms", "lcp>=2500"),
        ("server_wait<1", "server wait under 1 ms", "server_wait<1"),
        ("cls<=0.10", "CLS at most 0.1", "cls<=0.1"),
        ("delta>=10s", "Δ at least 10s", "delta>=10000"),
        ("delta>1.5m", "Δ over 1m30s", "delta>90000"),
        ("delta<2.5s", "Δ under 2,500 ms", "delta<2500"),
        ("status=404", "status exactly 404", "status=404"),
        ("size>1MB", "size over 1,000,000 bytes", "size>1000000"),
        ("is:error,rage", "is error or crash or rage click", "is:error,rage"),
        ("is:error,crash", "is crash or error", "is:crash,error"),
        ("is:wrong", "is anything that went wrong", "is:wrong"),
        ("is:silence", "is silence", "is:gap"),
        ("is:severe", "is anything severe", "is:severe"),
        ("after:+1:00", "after +1:00", "after:+1:00"),
        ("before:9:42", "before 09:42:00 UTC", "before:09:42:00"),
        ("-after:#7", "not: after #7", "-after:#7"),
        ("after:9:42+01:00", "after 09:42:00+01:00", "after:09:42:00+01:00"),
        (
            "after:2025-11-11 12:00:00.000 UTC",
            "after 2025-11-11T12:00:00Z",
            "after:2025-11-11T12:00:00Z",
        ),
        ('before:"02:10 CET"', "before 02:10:00 CET", 'before:"02:10:00 CET"'),
        ("after:+6m14s", "after +6:14", "after:+6:14"),
        ("a OR b", "“a” or “b” in any text", "(a OR b)"),
        ("a | (b | c)", "“a” or “b” or “c” in any text", "(a OR b OR c)"),
        ("-(a OR /b/)", "not: (“a” or /b/ in any text)", "-(a OR /b/)"),
        (
            "a b OR type:click",
            "(“a” in any text and “b” in any text) or type is CLICK",
            "(a b OR type:click)",
        ),
        ("-(a is:rage)", "not: (“a” in any text and is rage click)", "-(a is:rage)"),
        ("-(-a)", "“a” in any text", "a"),
        ('"or"', "“or” in any text", '"or"'),
        ("cls<.1", "CLS under 0.1", "cls<0.1"),
        ("lcp>=.5s", "LCP at least 500 ms", "lcp>=500"),
        ("delta>1m30s", "Δ over 1m30s", "delta>90000"),
        ("delta>=1h2m3s", "Δ at least 3,723,000 ms", "delta>=3723000"),
        ("duration>1500ms", "duration over 1,500 ms", "duration>1500"),
        ("after:5m", "after +5:00", "after:+5:00"),
        ("before:1500ms", "before +0:01.500", "before:+0:01.500"),
    ],
)
def test_a_term_has_words_and_one_spelling(query: str, in_words: str, typed: str) -> None:
    parsed = Query.parse(query)
    assert (len(parsed.terms), parsed.words(), parsed.to_query()) == (1, in_words, typed)
    assert Query.parse(typed) == parsed


@each_row(
    ("one", "other"),
    [
        ("add", '"add"'), ("a  b", " a b "), ("-a", "!a"), ("fcp>3s", "FCP>3000"),
        ("fcp>3s", "fcp>3000.0ms"), ("type:a,b", "TYPE:B,a"), ("is:gap", "is:silence"),
        ("is:rage,slow", "is:slow,rage"), ("after:+1:00", "after:+60s"), ("", '""'),
        ("size>1kb", "size>1000b"), ("after:9:42", "after:09:42:00.000"), ('"a b', '"a b"'),
    ],
)  # fmt: skip
def test_queries_are_equal_that_ask_the_same(one: str, other: str) -> None:
    assert Query.parse(one) == Query.parse(other)
    assert hash(Query.parse(one)) == hash(Query.parse(other))


@each_row(
    ("one", "other"),
    [("add", "Add"), ("a", "-a"), ("x", "/x/"), ("x", "label:x"), ("fcp>3", "fcp>=3"), ("", "a")],
)
def test_queries_differ_that_ask_something_else(one: str, other: str) -> None:
    assert Query.parse(one) != Query.parse(other)


def test_each_piece_can_be_taken_away() -> None:
    query = Query.parse('type:click -"a b" is:rage')
    assert query.without(0) == Query.parse('-"a b" is:rage')
    assert query.without(1) == Query.parse("type:click is:rage")
    assert query.without(2).text == 'type:click -"a b"'
    assert query.without(0).without(0).without(0) == NO_QUERY
    with pytest.raises(IndexError):
        query.without(3)
    assert [bool(q) for q in (query, NO_QUERY, Query.parse("  "), Query.parse('""'))] == [
        True, False, False, False
    ]  # fmt: skip


def test_the_text_of_a_query_is_as_typed() -> None:
    assert Query.parse("  Fcp>3s  !x ").text == "Fcp>3s  !x"
    assert Query.parse("a\x1b[31m").text == "a␛[31m"


# --- what is refused


@each_row(
    ("typed", "place", "words"),
    [
        ("lable:x", "lable", "label"), ("is:rage -lable:x", "lable", "quotes"),
        ("Foo:bar", "Foo", "selector"), ("fcp:3000", "fcp", "fcp>3"), ("fcp:x", "fcp", "compared"),
        ("mailto:a@b", "mailto", "quotes"), ("typ:click", "typ", "type"),
        ("fxp>3", "fxp", "fp"), ("!fxp<=3.5s", "fxp", "quotes"), ("size>1s", "1s", "kb, mb"),
        ("fcp>x", "x", "ms, s, m, h"), ("a fcp>", "fcp>", "number"),
        ("fcp>3,000", "3,000", "number"),
        ("fcp>٣", "٣", "number"), ("fcp>-3", "-3", "number"), ("cls>1s", "1s", "without a unit"),
        ("status=5xx", "5xx", "number"), ("fcp>1e3", "1e3", "number"),
        ("fcp==3", "==", "write fcp=3"), ("status!=200", "!=", "write -status=200"),
        ("fcp > 3", ">", "without spaces"),
        ("x:-a", "x", "quotes"),
        ("delta>999999999999999h", "999999999999999h", "that large"),
        ("label:", "label:", "look for"), ("a -label: b", "label:", "look for"),
        ('label:""', 'label:""', "look for"), ("url:", "url:", "look for"),
        ("type:", "type:", "type:click"), ("is:", "is:", "is:rage"), ("after:", "after:", "+3:15"),
        ("before: x", "before:", "#42"), ("type:click,", "", "commas"), ("type:a,,b", "", "commas"),
        ("is:rage,rgae x", "rgae", "rage"), ("is:ra", "ra", "rage"),
        ("is:zzz", "zzz", "hesitation"),
        ("after:soon", "soon", "+3:15"), ("x before:24:00", "24:00", "09:42:10"),
        ("after:#0", "#0", "#1"), ("after:+9999:9999:00", "+9999:9999:00", "long"),
        ("pay or cart", "or", "OR"), ("or login", "or", "quotes"), ("a Or b", "Or", "capitals"),
        ("terms and more", "and", "leave out"), ("a && b", "&&", "leave out"),
        ("a NOT b", "NOT", "-a"), ("type:click or is:rage", "or", "OR"), ("(a or b)", "or", "OR"),
        ("OR", "OR", "between two terms"), ("a OR", "OR", "between"), ("a |", "|", "between"),
        ("a OR OR b", "OR", "between"), ('"" OR b', "OR", "between"), ('a OR ""', "OR", "between"),
        ("(a OR) b", "OR", "between"), ("AND b", "AND", "between"), ("a|b", "|", "spaces"),
        ("a |b", "|", "spaces"), ("/pay|b", "/pay|b", "ends with a slash"),
        ("label:/(a", "/(a", "ends with a slash"), ("label:a|b", "|", "spaces"),
        ("type:a|is:b", "|", "spaces"),
        ("(a OR b", "(", "not closed"), ("a OR b)", ")", "opens"), ("a (b (c)", "(", "not closed"),
        ("pay(now", "(", "not closed"), ("smile :)", ")", "opens"), ("()", "()", "nothing"),
        ('x ("")', '("")', "nothing"), ("type:click)", ")", "opens"), ("--(a)", "-(a)", "One dash"),
        ("label:(a OR b)", "(", "label:a OR label:b"), ("type:(click)", "(", "type:a,b"),
        ("after:(+1:00)", "(+1:00)", "+3:15"), ("(fcp>x)", "x", "number"),
        ("delta>1m90", "1m90", "number"), ("delta>30s1m", "30s1m", "number"),
        ("(" * 10_000, "(", "50 deep"), (f"{'(' * 10_000}a{')' * 10_000}", "(", "50 deep"),
        ("-(" * 10_000, "(", "50 deep"),
        ("/[a/", "[a", "unterminated character set"), ("x -/a(b/", "(b", "unterminated"),
        ("label:/*/", "*", "nothing to repeat"),
        ("/a{9999999999}/", "a{9999999999}", "too complex"),
        ("/a{99999999}/", "a{99999999}", "too complex"),
        ("/((ab){500}c){200,}/", "((ab){500}c){200,}", "too complex"),
        (f"/a{{{'9' * 5000}}}/", None, "too complex"), ("/(?L)a/", None, "flag"),
    ],
)  # fmt: skip
def test_a_mistake_is_pointed_at_with_what_would_be_right(
    typed: str, place: str | None, words: str | None
) -> None:
    if words is None:
        assert Query.parse(typed).words() == f"“{typed}” in any text"
        return
    error = mistake(typed)
    assert words in error.message
    assert str(error) == error.message
    assert error.text == typed
    if place is not None:
        assert typed[error.start : error.end] == place


def test_a_mistake_is_shown_below_the_text_whatever_is_in_it() -> None:
    for before in ("", "a ", "日本 ", '"\x1b[31m" ', "\u202e👨\u200d👩\u200d👧 "):
        text, pointer = mistake(f"{before}lable:x").pointing().split("\n")
        assert text == f"{clean(before)}lable:x"
        assert pointer == " " * width(clean(before)) + "^^^^^"
    assert mistake("type:a,").pointing() == "type:a,\n       ^"


FRAGMENTS = st.lists(
    st.sampled_from(
        [*(f"{name}:" for name in NAMES), *FIGURES, *KINDS, ">", ">=", "<", "=", "-", "!", '"', "/",
         "\\", ",", ":", " ", "  ", "a", "Pay", "3", "2.5s", "kb", "+1:00", "#4", "09:42", "(", "[",
         "]", "*", "{9}", "|", "?",
         ")", " OR ", " | ", " AND ", "or", "“", "”", "‘", "’", "«", "»",
         "é", "日", "\u200b", "\ufe0f", "\u200d", "👨", "\t", "\n",
         "\x85",
         "\xa0", "<U+200B>", "Z", "T", ".", "999999999999999", "lable:", "https://"]
    ),
    max_size=12,
).map("".join)  # fmt: skip
TYPED = st.text(st.characters() | st.sampled_from('"  \\/:<>=-![*?+'), max_size=30) | FRAGMENTS


def refused(typed: str) -> QueryError | None:
    try:
        Query.parse(typed)
    except QueryError as error:
        return error
    return None


@pytest.mark.slow
@settings(max_examples=1500)
@given(TYPED, st.text(max_size=30))
def test_whatever_is_typed_is_a_query_or_refused_at_a_place(typed: str, shown: str) -> None:
    error = refused(typed)
    if error is not None:
        assert 0 <= error.start <= error.end <= len(error.text)
        assert error.message
        assert clean(error.text) == error.text
        lines = error.pointing().split("\n")
        assert len(lines) == 2
        assert re.fullmatch(r" *\^+", lines[1])
        return
    query = Query.parse(typed)
    assert Query.parse(query.text) == query
    assert Query.parse(query.to_query()) == query
    assert [Query.parse(term.to_query()).terms for term in query.terms] == [
        (term,) for term in query.terms
    ]
    assert reduce(lambda rest, _: rest.without(0), query.terms, query) == NO_QUERY
    for text in (query.text, query.to_query(), query.words()):
        assert clean(text) == text
    hits = query.matching(Analysis(SHOP), range(4))
    assert list(hits) == sorted(set(hits))
    previous = 0
    for start, end in query.spans(shown):
        assert previous <= start < end <= len(shown)
        previous = end


@given(st.text(max_size=30))
def test_any_text_can_be_looked_for_in_quotes(text: str) -> None:
    quoted = clean(text).replace("\\", "\\\\").replace('"', '\\"')
    session = session_of([Custom("CUSTOM", 1, {"x": f".{text}"}, name=f".{clean(text)}")])
    assert found(session, f'"{quoted}" -zzz') == [0]
    # A combining character after a quote must not change the quote.
    if clean(f".{quoted}")[1:]:
        assert found(session, f'name:"{quoted}" "custom"') == [0]


# --- the choice of types


def test_types_are_chosen_in_any_case() -> None:
    only = TypeChoice(frozenset({"click"}), only=True)
    without = TypeChoice(frozenset({"click"}))
    assert [only.shows(kind) for kind in ("CLICK", "click", "INPUT")] == [True, True, False]
    assert [without.shows(kind) for kind in ("CLICK", "click", "INPUT")] == [False, False, True]
    assert ALL_TYPES.shows("ANYTHING")
    assert [bool(c) for c in (ALL_TYPES, only, without, TypeChoice(only=True))] == [
        False, True, True, True
    ]  # fmt: skip


@pytest.mark.parametrize("choice", [ALL_TYPES, TypeChoice(frozenset({"input"}), only=True)])
def test_toggling_a_type_changes_it_alone_and_toggling_it_back_restores_all(
    choice: TypeChoice,
) -> None:
    toggled = choice.toggled("Click")
    assert toggled.shows("CLICK") is not choice.shows("CLICK")
    assert toggled.shows("INPUT") is choice.shows("INPUT")
    assert toggled.toggled("CLICK") == choice


def test_an_address_that_many_events_share_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def note(text: str) -> Sequence[str]:
        read.append(text)
        return ()

    monkeypatch.setattr(vocabulary, "other_spellings", note)
    shared = [f"read-once.example/{number}" for number in range(3)]
    events = [
        event
        for time, url in enumerate(shared * 50)
        for event in (
            Click("CLICK", time, {}, url=url),
            Location("LOCATION", time, {}, host="read-once.example", path=url[17:]),
        )
    ]
    for typed, number in (("url:read-once", 300), ("url:example/1", 100)):
        assert len(found(session_of(events), typed)) == number
    assert len(read) == 2 * len(shared)
