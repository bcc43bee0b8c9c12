"""Rows, hits and the ways between them, against plain loops."""

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventview.model.events import Click, Event, Input, Location, searchable
from eventview.model.query import ALL_TYPES, STARTING_TYPES, Query, TypeChoice
from eventview.model.session import Session
from eventview.model.view import Lens, View
from tests.conftest import CHECKOUT, recorded, session_of


@cache
def recorded_checkout() -> Session:
    return recorded(CHECKOUT)


CHOICES = st.builds(
    TypeChoice, st.frozensets(st.sampled_from(["click", "input", "location"])), st.booleans()
)
QUERIES = st.sampled_from(["", "a", "apply", "Apply", "cart", "checkout 4", "zzz"]).map(Query.parse)
LENSES = st.builds(Lens, CHOICES, QUERIES, QUERIES)


def holds(event: Event, query: Query) -> bool:
    text = searchable(event)
    exact = any(letter.isupper() for letter in query.text)
    return all(word in (text if exact else text.lower()) for word in query.text.split())


@given(LENSES)
def test_a_view_shows_what_types_and_filter_let_through_and_marks_the_hits(lens: Lens) -> None:
    session = recorded_checkout()
    view = View(session).through(lens)
    rows = [
        index
        for index, event in enumerate(session.events)
        if (event.type.lower() in lens.types.listed) == lens.types.only
        and holds(event, lens.filter)
    ]
    hits = [index for index in rows if lens.find.text and holds(session.events[index], lens.find)]
    assert list(view.rows) == rows
    assert list(view.hits) == hits
    for index in range(len(session.events)):
        assert view.is_hit(index) == (index in hits)
        assert view.hit_number(index) == (hits.index(index) + 1 if index in hits else None)
        later = [hit for hit in hits if hit > index]
        earlier = [hit for hit in hits if hit < index]
        assert view.hit_after(index) == next(iter(later + hits), None)
        assert view.hit_before(index) == next(iter((hits + earlier)[::-1]), None)
        at_or_after = [row for row, shown in enumerate(rows) if shown >= index]
        assert view.row_of(index) == (at_or_after[0] if at_or_after else len(rows) - 1)


MADE = {"L": Location, "C": Click, "I": Input}
KINDS = st.lists(st.tuples(st.sampled_from("LCI"), st.sampled_from(["shown", "hidden"])))


@settings(max_examples=300)
@given(KINDS)
def test_page_visits_are_walked_start_by_start_whatever_is_hidden(
    kinds: list[tuple[str, str]],
) -> None:
    made = [MADE[kind](kind, time, [word]) for time, (kind, word) in enumerate(kinds)]
    view = View(session_of(made), Lens(filter=Query.parse("shown")))
    # What happened before the first page is a stay of its own.
    opened = [kind == "L" for kind, _ in kinds]
    stays = [sum(opened[: index + 1]) for index in view.rows]
    starts = [row for row, stay in enumerate(stays) if row == 0 or stays[row - 1] != stay]
    for row in range(len(stays)):
        assert view.visit_row(row, 1) == min((s for s in starts if s > row), default=row)
        assert view.visit_row(row, -1) == max((s for s in starts if s < row), default=row)


def test_a_view_of_nothing_is_safe_to_walk_in(checkout: Session) -> None:
    nothing = Lens(filter=Query.parse("zzz"), find=Query.parse("apply"))
    for view in (View(session_of([])), View(checkout, nothing)):
        assert (list(view.rows), list(view.hits)) == ([], [])
        assert (view.hit_after(0), view.hit_before(0), view.hit_number(0)) == (None, None, None)
        assert view.row_of(0) == -1
        for step in (1, -1):
            assert view.visit_row(0, step) == 0
            assert view.visit_row(-1, step) == -1


@pytest.mark.parametrize(
    ("lens", "words"),
    [
        (Lens(), ""),
        (Lens(TypeChoice(frozenset({"input", "click"}), only=True)), "only click, input"),
        (Lens(TypeChoice(frozenset({"click"}))), "without click"),
        (Lens(TypeChoice(only=True)), "only nothing"),
        (Lens(ALL_TYPES, Query.parse(" a b "), Query.parse('"c d"')), 'filter a b · find "c d"'),
        (Lens(TypeChoice(frozenset({"click", "x"})), Query.parse("f")), "without click · filter f"),
        (Lens(STARTING_TYPES), ""),
    ],
)
def test_a_view_says_what_its_lens_does_to_this_session(
    checkout: Session, lens: Lens, words: str
) -> None:
    assert View(checkout, lens).described() == words


def test_another_lens_shows_the_same_session(checkout: Session) -> None:
    view = View(checkout, Lens(filter=Query.parse("apply")))
    assert len(view.rows) == 7
    assert view.through(Lens()).session is checkout
    assert len(view.through(Lens()).rows) == 180
