"""What a query matches: all of its words, in any text of an event, smart about case."""

from functools import cache

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from eventview.model.events import Click, Event
from eventview.model.query import ALL_TYPES, Query, TypeChoice
from eventview.model.session import Session
from eventview.model.text import clean
from tests.conftest import CHECKOUT, recorded, session_of


@cache
def recorded_checkout() -> Session:
    return recorded(CHECKOUT)


@cache
def fields_of_checkout() -> tuple[tuple[str, ...], ...]:
    """The texts of each recorded event, all of which are flat objects."""
    rows = []
    for event in recorded_checkout().events:
        assert isinstance(event.raw, dict)
        texts = {k: v for k, v in event.raw.items() if isinstance(v, str)}
        rows.append(
            tuple(clean(v) for k, v in texts.items() if k not in {"sessionId", "webVitals"})
        )
    return tuple(rows)


def found(session: Session, query: str) -> list[int]:
    return list(Query.parse(query).matching(session, range(len(session.events))))


SHOP = session_of(
    [
        Click("CLICK", 1, {"type": "CLICK", "label": "Add to cart", "selector": "#buy > button"}),
        Click("CLICK", 2, {"type": "CLICK", "label": "add to wishlist", "url": "h/cart"}),
        Event("CUSTOM", 3, {"payload": {"items": [{"sku": "Größe-42"}]}, "sessionId": "777888"}),
        Event("LOCATION", 4, {"referrer": "https://news.example/", "webVitals": '{"LCP":"555"}'}),
    ]
)


@pytest.mark.parametrize(
    ("query", "events"),
    [
        ("add", [0, 1]), ("Add", [0]), ("ADD", []), ("cart add", [0, 1]), ("add wishlist", [1]),
        ("cart Add", [0]), ('"add to cart"', [0]), ('"cart add"', []), ('"add to" wishlist', [1]),
        ('"to cart', [0]), ("#buy", [0]), ("news.example", [3]), ("größe-42", [2]), ("GRÖSSE", []),
        ("custom", [2]), ("777888", []), ("555", []), ("lcp", []), ("nothing like it", []),
        ("  ", [0, 1, 2, 3]), ('""', [0, 1, 2, 3]), ('"', [0, 1, 2, 3]),
    ],
)  # fmt: skip
def test_all_words_must_stand_in_an_event_wherever_they_do(query: str, events: list[int]) -> None:
    assert found(SHOP, query) == events


def test_a_pasted_label_finds_its_event_whatever_was_in_it() -> None:
    label = "👨\u200d👩\u200d👧 Pay\u202e\tnow ❤\ufe0f"
    session = session_of([Click("CLICK", 1, {"label": label}), Click("CLICK", 2, {"label": "Pay"})])
    assert found(session, label) == [0]
    assert found(session, clean(label)) == [0]
    assert found(session, f'"{label}"') == [0]


def test_an_invisible_character_in_a_query_does_not_make_case_count() -> None:
    session = session_of([Click("CLICK", 1, {"label": "Shop\u200b now"})])
    assert found(session, "shop\u200b") == [0]


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
    assume(all(clean(word) == word and not word.startswith('"') for word in words))
    if data.draw(st.booleans()):
        words = [word.lower() for word in words]
    exact = any(letter.isupper() for word in words for letter in word)
    expected = [
        index
        for index, row in enumerate(fields)
        if all(any(word in (text if exact else text.lower()) for text in row) for word in words)
    ]
    assert found(recorded_checkout(), " ".join(words)) == expected


@pytest.mark.parametrize(
    ("query", "shown", "marked"),
    [
        ("add", "Add to cart, add", ["Add", "add"]), ("Add", "Add to cart, add", ["Add"]),
        ("car cart", "carcart", ["car", "cart"]), ("to add", "Add to cart", ["Add", "to"]),
        ('"to cart"', "Add to cart to", ["to cart"]), (".*", "a.*b", [".*"]),
        ("x", "Add", []), ("", "Add", []),
    ],
)  # fmt: skip
def test_the_words_are_marked_where_shown(query: str, shown: str, marked: list[str]) -> None:
    assert [shown[start:end] for start, end in Query.parse(query).spans(shown)] == marked


@given(st.text(st.characters() | st.sampled_from('"  \\([*?+')), st.text(max_size=30))
def test_any_text_is_a_query(text: str, shown: str) -> None:
    query = Query.parse(text)
    assert Query.parse(query.text).terms == query.terms
    if "".join(clean(text).split()).strip('"'):
        assert query
    hits = query.matching(SHOP, range(4))
    assert list(hits) == sorted(set(hits))
    if any(term in shown for term in query.terms):
        assert query.spans(shown)
    previous = 0
    for start, end in query.spans(shown):
        assert previous <= start < end <= len(shown)
        previous = end


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
