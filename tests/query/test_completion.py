"""Completions of what is typed, in the recorded session and in one with odd names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from eventview.analysis.analysis import Analysis
from eventview.query.completion import FieldValues, complete_query
from eventview.query.grammar import NAMES
from eventview.query.query import Query
from eventview.query.vocabulary import FIGURES, KINDS
from eventview.session.events import Click, Custom, Event, Input
from eventview.session.session import Session
from eventview.session.text import clean
from tests.conftest import CHECKOUT, recorded, session_of
from tests.query.test_query import TYPED, refused
from tests.tables import each_row


@cache
def recorded_checkout() -> Session:
    return recorded(CHECKOUT)


def odd() -> Session:
    labels = ["Pay", "Pay", "Pay now", 'Say "hi"', "a\\b", "  ", "", "x" * 101, "Pay later", "Pay"]
    return session_of(
        [
            *(Click("CLICK", n, {}, label=label) for n, label in enumerate(labels)),
            Input("INPUT", 20, {}, label="Pay later"),
            Custom("CUSTOM", 30, {}, name="plan upgraded"),
            Event("Page View", 40, {}),
            Event("a,b", 50, {}),
        ]
    )


@each_row(
    ("typed", "offered"),
    [
        ("la", ["label:"]), ("LA", ["label:"]), ("x -la", ["x -label:"]), ("!typ", ["!type:"]),
        ("fc", ["fcp>"]), ("hes", ["hesitation>"]), ("is", ["is:"]), ("a", ["after:"]),
        ("s", ["selector:", "server_wait>", "si>", "status>", "size>"]), ("visually_c", [
            "visually_complete>"]), ("type:click la", ["type:click label:"]),
        ('"a b" la', ['"a b" label:']), ("/a b/ la", ["/a b/ label:"]), ("zzz", []),
        ('label:"a b" -fcp>3 ty', ['label:"a b" -fcp>3 type:']),
        ("type:", ["type:location", "type:click", "type:input"]), ("type:c", ["type:click"]),
        ("x -TYPE:C", ["x -TYPE:click"]), ("type:click", []), ("type:click,", [
            "type:click,location", "type:click,input"]), ("type:click,in", ["type:click,input"]),
        ("type:input,click,l", ["type:input,click,location"]), ("type:x", []),
        ("is:r", ["is:rage", "is:repeat"]), ("is:rage,re", ["is:rage,repeat"]), ("is:rage", []),
        ("is:st", ["is:stuck"]),
        ("!is:sl", ["!is:slow"]), ("is:e", ["is:error", "is:error-click"]), ("IS:GA", ["IS:gap"]),
        ("label:app", ["label:Apply"]), ("label:Apply", []), ("label:apply", []),
        ("label:add", ['label:"Add to compare"']), ('label:"add t', ['label:"Add to compare"']),
        ('label:"appl', ['label:"Apply"']), ('label:"Add to compare"', []), ("label:wish", []),
        ("name:", []), ("url:shop", []), ("after:", []), ("fcp>", []), ("lable:", []),
        ("", []), (" ", []), ("la ", []), ("-", []), ("/la", []), ('"la', []), ("foo:la", []),
        ('"a la', []), ("(la", ["(label:"]), ("x OR la", ["x OR label:"]),
        ("x | la", ["x | label:"]),
        ("-(x OR -(la", ["-(x OR -(label:"]), ("(type:c", ["(type:click"]), ("O", []), ("(O", []),
        ("(type:click OR is:rage,re", ["(type:click OR is:rage,repeat"]), ("x O", ["x OR "]),
        ("(type:click) is:st", ["(type:click) is:stuck"]), ("f(x) la", ["f(x) label:"]),
        ("(label:app", ["(label:Apply"]), ('(/a b/ OR "c") la', ['(/a b/ OR "c") label:']),
        ("label:“add t", ['label:"Add to compare"']), ("label:“a b” la", ["label:“a b” label:"]),
    ],
)  # fmt: skip
def test_the_last_term_goes_on(typed: str, offered: list[str]) -> None:
    assert list(complete_query(typed, Analysis(recorded_checkout()))) == offered


def test_signals_of_the_session_are_offered_before_the_others() -> None:
    offered = complete_query("is:", Analysis(recorded_checkout()))
    assert list(offered[:5]) == ["is:rage", "is:slow", "is:gap", "is:repeat", "is:severe"]
    assert set(offered) == {f"is:{word}" for word in KINDS}


def test_labels_are_offered_most_frequent_first_and_not_without_end() -> None:
    session = recorded_checkout()
    offered = complete_query("label:", Analysis(session))
    assert len(offered) == 20
    counts = Counter(e.label for e in session.events if isinstance(e, Click | Input))
    del counts[""]
    numbers = [counts[next(t for t in counts if text in (f"label:{t}", f'label:"{t}"'))]
               for text in offered]  # fmt: skip
    assert numbers == sorted(counts.values(), reverse=True)[:20]


def test_values_that_are_no_plain_word_are_quoted() -> None:
    assert list(complete_query("label:", Analysis(odd()))) == [
        "label:Pay", 'label:"Pay later"', 'label:"Pay now"', r'label:"Say \"hi\""',
        r'label:"a\\b"',
    ]  # fmt: skip
    assert list(complete_query('label:"pay', Analysis(odd()))) == [
        'label:"Pay later"',
        'label:"Pay now"',
    ]
    assert list(complete_query(r'label:"say \"', Analysis(odd()))) == [r'label:"Say \"hi\""']
    assert list(complete_query("name:pl", Analysis(odd()))) == ['name:"plan upgraded"']
    assert list(complete_query("type:click,pa", Analysis(odd()))) == ['type:click,"page view"']
    assert list(complete_query('type:"page view",c', Analysis(odd()))) == [
        'type:"page view",click', 'type:"page view",custom'
    ]  # fmt: skip
    assert list(complete_query('type:"page view",input,click,custom,', Analysis(odd()))) == [
        'type:"page view",input,click,custom,"a,b"'
    ]


WORDS = ["type:", "type:cl", "is:", "is:rage,", "label:", 'label:"pa', "label:p", "name:", *"lafs"]


@pytest.mark.slow
@settings(max_examples=600)
@given(TYPED, st.sampled_from(["", " ", " -", "!", ","]), st.sampled_from(["", *WORDS]))
def test_what_is_offered_is_new_and_is_clean_and_can_be_searched_for(
    before: str, between: str, word: str
) -> None:
    typed = before + between + word
    for session in (odd(), recorded_checkout()):
        offered = complete_query(typed, Analysis(session))
        assert len(offered) <= 20
        assert len({*offered}) == len(offered)
        for text in offered:
            assert clean(text) == text != typed
            goes_on = refused(before + between) is None and refused(f"{before}{between}x") is None
            if goes_on and not text.endswith((":", ">", "OR ")):
                assert refused(text) is None


@each_row("known", [*(f"{n}:" for n in NAMES), *(f"{n}>" for n in FIGURES)])
def test_every_name_is_offered_for_its_first_letters(known: str) -> None:
    assert any(
        known in complete_query(known[:end], Analysis(odd())) for end in range(1, len(known))
    )


@each_row("typed", ["label:", "type:", "name:", "is:", "label:p", 'label:"s'])
def test_what_is_offered_finds_something_or_is_a_signal(typed: str) -> None:
    session = odd()
    for text in complete_query(typed, Analysis(session)):
        hits = Query.parse(text).matching(Analysis(session), range(len(session.events)))
        assert hits or typed == "is:"


def test_a_line_break_is_a_space_as_in_a_query() -> None:
    assert complete_query("TTFB\x85type:cl", Analysis(recorded_checkout())) == ["TTFB type:click"]


def test_a_session_without_events_offers_names_and_signals_only() -> None:
    empty = session_of([])
    assert [
        list(complete_query(typed, Analysis(empty))) for typed in ("label:", "type:", "name:")
    ] == [[]] * 3
    assert list(complete_query("la", Analysis(empty))) == ["label:"]
    assert "is:rage" in complete_query("is:", Analysis(empty))


@each_row(
    ("typed", "offered"),
    [
        ("label:größe", ['label:"Größe wählen"']),
        ("label:gro\u0308\u00df", ['label:"Größe wählen"']),
        ("label:GRÖSS", ['label:"Größe wählen"']),
        ('label:"größe\u00a0w', ['label:"Größe wählen"']),
        ("label:'s", ['label:"’s Abo"']),
        ("type:änd", ["type:änderung"]),
        ("type:A\u0308ND", ["type:änderung"]),
        ("type:A\u0308NDERUNG,", ["type:A\u0308NDERUNG,click"]),
    ],
)
def test_what_looks_the_same_goes_on_the_same(typed: str, offered: list[str]) -> None:
    session = session_of(
        [
            Event("A\u0308nderung", 1, {}),
            Click("CLICK", 2, {}, label="Größe wählen"),
            Click("CLICK", 3, {}, label="’s Abo"),
        ]
    )
    assert list(complete_query(typed, Analysis(session))) == offered


class CountedEvents(list[Event]):
    """Events that count how often somebody walks through them."""

    walks = 0

    def __iter__(self) -> Iterator[Event]:
        self.walks += 1
        return super().__iter__()


def test_the_letters_of_a_value_walk_through_the_events_once() -> None:
    events = CountedEvents(odd().events)
    analysis = Analysis(replace(odd(), events=events))
    known: FieldValues = {}
    offered = [complete_query(text, analysis, known) for text in ("label:", "label:p", "label:pa")]
    assert offered[2] == ["label:Pay", 'label:"Pay later"', 'label:"Pay now"']
    assert offered == [
        complete_query(text, Analysis(odd())) for text in ("label:", "label:p", "label:pa")
    ]
    assert events.walks == 1
