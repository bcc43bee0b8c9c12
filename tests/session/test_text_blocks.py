"""Texts in blocks: the same answers as event by event, made once, kept while a session grows."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from eventview.analysis.analysis import Analysis, SessionBuilder
from eventview.query.query import Query
from eventview.query.regular_expressions import Pattern, Search, SearchDroppedError
from eventview.query.terms import TextTerm
from eventview.session.event_text import searchable_text
from eventview.session.events import Event
from eventview.session.folding import fold, fold_case
from eventview.session.session import Session
from eventview.session.source import Batch, SessionRef
from eventview.session.text_blocks import TextBlock, TextBlocks, TextForm, Texts
from eventview.sources.json_reader import read_documents
from eventview.wire.detect import read_answer
from tests.conftest import session_of
from tests.hostile import TEXTS

if TYPE_CHECKING:
    from _collections_abc import dict_items

WORDS = st.one_of(
    st.sampled_from(
        [
            "pay", "Pay", "PAY", "é", "e\u0301", "E\u0301", "\u0301", "İ", "i\u0307", "ı", "I", "ß",
            "ſ", "ﬁ", "Σ", "ς", "K", "\u212a", "\u00c5", "A\u030a", "“", "”", "‐", "\u00ad",
            "\u200b",
            "\u200d", "\u2028", "<U+200B>", "<U+2028>", "%C3%A9", "%2B", "%2f", "%", "%25", "%0A",
            "+", "a+b", "/s?q=a+b%2Bc", "xn--mnchen-3ya.de", "--", "\n", "\r", "\t", "\x1b", "\x00",
            "\ud800", "  ", " ", "&amp;", "\\", "/", '"', "日本", "１",
            "\u1100\u1161", "가", "👍🏽",
        ]
    ),
    st.sampled_from([text for text in TEXTS if len(text) < 100]),
    st.text(max_size=3),
)  # fmt: skip
PHRASES = st.lists(WORDS, max_size=4).map("".join)
NAMES = st.sampled_from(["label", "url", "path", "query", "message", "sessionId", "webVitals", "é"])
VALUES = st.recursive(
    PHRASES | st.integers() | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=5,
)
ROWS = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["CLICK", "LOCATION", "INPUT", "CUSTOM", "REQUEST", "OTHER"]),
        "timestamp": st.integers(1_731_502_800_000, 1_731_502_801_000),
    },
    optional={"label": PHRASES, "host": PHRASES, "url": PHRASES, "path": PHRASES, "note": VALUES},
)


def answer_of(rows: Sequence[object], *, is_ascii: bool) -> bytes:
    """Return rows in JSON with the escapes that some servers write."""
    text = json.dumps({"data": rows}, ensure_ascii=is_ascii).replace("/", "\\/")
    return text.encode("utf-8", "replace")


@given(st.lists(ROWS, min_size=1, max_size=5), PHRASES, st.booleans(), st.booleans())
def test_a_search_in_blocks_finds_what_a_search_in_each_text_finds(
    rows: Sequence[object], typed: str, is_ascii: bool, is_negated: bool
) -> None:
    session = session_of(read_answer(read_documents(answer_of(rows, is_ascii=is_ascii))[0]).events)
    indexes = range(len(session.events))
    term = next(iter(Query.parse(json.dumps(typed, ensure_ascii=False)).terms), None)
    assert isinstance(term, TextTerm | None)
    for pattern in (Pattern("y.*a|é", is_regex=True), *([term.pattern] if term else [])):
        query = Query.of([TextTerm(is_negated, pattern)])
        expected = [
            index
            for index, event in enumerate(session.events)
            if pattern.is_in(searchable_text(event)) is not is_negated
        ]
        assert list(query.matching(Analysis(session), indexes)) == expected


@given(st.lists(ROWS, min_size=1, max_size=5))
def test_a_block_gives_the_texts_of_its_events_in_each_form(rows: Sequence[object]) -> None:
    events = read_answer(read_documents(answer_of(rows, is_ascii=True))[0]).events
    block, texts = TextBlocks().divide(events)[0], [searchable_text(event) for event in events]
    assert texts_of(block, TextForm.SENT) == texts
    assert texts_of(block, TextForm.SEEN) == [fold(text) for text in texts]
    assert texts_of(block, TextForm.CASELESS) == [fold_case(fold(text)) for text in texts]


def texts_of(block: TextBlock, form: TextForm) -> Sequence[str]:
    texts = block.texts.read(form)
    return [texts[number] for number in block.text_numbers]


class CountedRow(dict[str, object]):
    """A row that counts how often its texts are read."""

    reads = 0

    def items(self) -> dict_items[str, object]:
        self.reads += 1
        return super().items()


def counted(number: int, start: int = 0) -> Sequence[Event]:
    return [
        Event("OTHER", place, CountedRow(label=f"label {place % 10}", note=f"note {place}"))
        for place in range(start, start + number)
    ]


def reads_of(events: Sequence[Event]) -> Sequence[int]:
    return [event.sent.reads for event in events if isinstance(event.sent, CountedRow)]


def find(session: Session, typed: str, search: Search | None = None) -> Sequence[int]:
    indexes = range(len(session.events))
    return list(Query.parse(typed).matching(Analysis(session), indexes, search))


def test_the_texts_of_an_event_are_made_once_for_all_searches() -> None:
    session = session_of(counted(3_500))
    assert find(session, '"note 34"') == [34, *range(340, 350), *range(3_400, 3_500)]
    before = reads_of(session.events)
    for typed in ("n", "no", "label", "-label", "/note 1+$/", "LABEL OR note"):
        find(session, typed)
    assert reads_of(session.events) == before
    assert len(set(before)) == 1


@pytest.fixture
def searched(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list to which each search of texts adds their number."""
    numbers: list[int] = []
    find_in_texts = Texts.find

    def find_and_count(texts: Texts, needle: str, form: TextForm) -> frozenset[int]:
        numbers.append(len(texts))
        return find_in_texts(texts, needle, form)

    monkeypatch.setattr(Texts, "find", find_and_count)
    return numbers


def test_a_letter_searches_the_texts_that_many_events_share_once(searched: list[int]) -> None:
    rows = [{"label": f"label {place % 40}"} for place in range(9_500)]
    session = session_of([Event("OTHER", place, row) for place, row in enumerate(rows)])
    for typed, number in (("l", 9_500), ("label 1", 2_618), ("label 17", 238), ("Label", 0)):
        searched.clear()
        assert len(find(session, f'"{typed}"')) == number
        assert searched == [40]


def test_texts_that_no_events_share_are_searched_in_parts(searched: list[int]) -> None:
    rows = [{"label": f"label {place} {'long ' * 100}"} for place in range(3_000)]
    session = session_of([Event("OTHER", place, row) for place, row in enumerate(rows)])
    assert find(session, '"label 1234 "') == [1_234]
    assert searched == [1_000, 1_000, 1_000]


def test_a_search_makes_only_texts_near_the_events_that_it_has_to_look_at() -> None:
    session = session_of(counted(5_000))
    Query.parse("note").matching(Analysis(session), range(10))
    assert sum(map(bool, reads_of(session.events))) <= 1_000


def test_a_session_that_grows_keeps_the_texts_it_has() -> None:
    events, builder = counted(4_700), SessionBuilder(SessionRef("acme-shop"))
    builder.take(Batch(events[:1_300]))
    assert len(find(builder.analysis().session, "label")) == 1_300
    before = reads_of(events)
    builder.take(Batch(events[1_300:]))
    assert len(find(builder.analysis().session, "label")) == 4_700
    assert reads_of(events)[:1_000] == before[:1_000]


def test_an_event_that_comes_late_changes_few_texts() -> None:
    rows = [CountedRow(label=f"label {number}") for number in range(4_700)]
    events = [Event("OTHER", number, row) for number, row in enumerate(rows)]
    late, builder = events.pop(1_500), SessionBuilder(SessionRef("acme-shop"))
    builder.take(Batch(events))
    assert find(builder.analysis().session, '"label 1500"') == []
    before = reads_of(events)
    builder.take(Batch([late]))
    session = builder.analysis().session
    assert find(session, '"label 1500"') == [1_500]
    assert find(session, '"label 4699"') == [4_699]
    again = [number for number, reads in enumerate(reads_of(events)) if reads != before[number]]
    assert again == [*range(1_000, 2_000)]


def test_texts_of_another_session_are_never_taken_for_those_of_this_one() -> None:
    session = session_of(counted(10))
    assert find(session, "note") == [*range(10)]
    other = replace(
        session, events=[Event("OTHER", place, {"label": "other"}) for place in range(10)]
    )
    assert find(other, "note") == []
    assert find(session, "note") == [*range(10)]


@pytest.mark.parametrize(("different", "share"), [(20_000, 1 / 2), (100, 1 / 6)])
def test_texts_take_a_small_share_of_the_memory_of_their_characters(
    different: int, share: float
) -> None:
    rows = [
        {
            "label": "Continue to the payment",
            "url": f"https://shop.example/orders/{number % different}/payment",
        }
        for number in range(20_000)
    ]
    session = session_of([Event("OTHER", None, row) for row in rows])
    number = sum(len(searchable_text(event)) for event in session.events)
    tracemalloc.start()
    try:
        find(session, "nothing")
        # Caches of other modules are bounded, and other tests may have filled them.
        blocks = tracemalloc.Filter(inclusive=True, filename_pattern="*text_blocks.py")
        kept = tracemalloc.take_snapshot().filter_traces([blocks]).statistics("filename")
    finally:
        tracemalloc.stop()
    assert sum(each.size for each in kept) < number * share


@pytest.mark.parametrize("typed", ["note", "-note", "/note/", "type:click", "label:a", "(a OR b)"])
def test_a_search_that_was_dropped_ends_before_the_next_events(typed: str) -> None:
    session, search = session_of(counted(10)), Search()
    search.drop()
    with pytest.raises(SearchDroppedError):
        find(session, typed, search)
    assert sum(reads_of(session.events)) == 0
