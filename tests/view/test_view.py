"""Rows, hits, folds and silence lines, compared with plain loops."""

from functools import cache
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from eventview.analysis.analysis import Analysis
from eventview.analysis.signal_kinds import GAP, RAGE
from eventview.query.query import Query, TypeChoice
from eventview.session.event_text import searchable_text
from eventview.session.events import Click, Event, Input, Location
from eventview.session.position import Position
from eventview.session.session import Session
from eventview.view import folds
from eventview.view.sorted_indexes import find_next
from eventview.view.view import SilenceLine, View
from eventview.view.view_options import RowWindow, ViewOptions
from tests.conftest import CHECKOUT, recorded, session_of
from tests.tables import each_row


@cache
def recorded_checkout() -> Session:
    return recorded(CHECKOUT)


CHOICES = st.builds(
    TypeChoice, st.frozensets(st.sampled_from(["click", "input", "location"])), st.booleans()
)
QUERIES = st.sampled_from(["", "a", "apply", "Apply", "cart", "checkout 4", "zzz"]).map(Query.parse)
OPTIONS = st.builds(ViewOptions, CHOICES, QUERIES, QUERIES)


def holds(event: Event, query: Query) -> bool:
    text = searchable_text(event)
    return all(
        word in (text if any(letter.isupper() for letter in word) else text.lower())
        for word in query.text.split()
    )


@given(OPTIONS)
def test_a_view_shows_what_types_and_filter_let_through_and_marks_the_hits(
    options: ViewOptions,
) -> None:
    session = recorded_checkout()
    view = View(Analysis(session)).through(options)
    rows = [
        index
        for index, event in enumerate(session.events)
        if (event.type.lower() in options.types.listed) == options.types.only
        and holds(event, options.filter)
    ]
    hits = [
        index for index in rows if options.find.text and holds(session.events[index], options.find)
    ]
    assert list(view.rows) == rows
    assert list(view.hits) == hits
    for index in range(len(session.events)):
        assert view.is_hit(index) == (index in hits)
        assert view.find_hit_number(index) == (hits.index(index) + 1 if index in hits else None)
        later = [hit for hit in hits if hit > index]
        earlier = [hit for hit in hits if hit < index]
        assert view.find_hit(index, 1) == next(iter(later + hits), None)
        assert view.find_hit(index, -1) == next(iter((hits + earlier)[::-1]), None)
        # The nearest row counts, and the later of two that are equally near.
        nearest = min(rows, key=lambda shown: (abs(shown - index), -shown), default=None)
        assert view.row_of(index) == (-1 if nearest is None else rows.index(nearest))


MADE = {"L": Location, "C": Click, "I": Input}
KINDS = st.lists(st.tuples(st.sampled_from("LCI"), st.sampled_from(["shown", "hidden"])))


@settings(max_examples=300)
@given(KINDS)
def test_page_visits_are_reached_start_by_start_with_any_events_hidden(
    kinds: list[tuple[str, str]],
) -> None:
    made = [MADE[kind](kind, time, [word]) for time, (kind, word) in enumerate(kinds)]
    view = View(Analysis(session_of(made)), ViewOptions(filter=Query.parse("shown")))
    # Events before the first page count as a visit of their own.
    opened = [kind == "L" for kind, _ in kinds]
    stays = [sum(opened[: index + 1]) for index in view.rows]
    starts = [row for row, stay in enumerate(stays) if row == 0 or stays[row - 1] != stay]
    for row in range(len(stays)):
        assert folds.find_visit_row(view, row, 1) == min(
            (s for s in starts if s > row), default=row
        )
        assert folds.find_visit_row(view, row, -1) == max(
            (s for s in starts if s < row), default=row
        )


def test_an_empty_view_has_no_hits_and_no_visits(checkout: Session) -> None:
    nothing = ViewOptions(filter=Query.parse("zzz"), find=Query.parse("apply"))
    for view in (View(Analysis(session_of([]))), View(Analysis(checkout), nothing)):
        assert (list(view.rows), list(view.hits)) == ([], [])
        assert (view.find_hit(0, 1), view.find_hit(0, -1), view.find_hit_number(0)) == (
            None,
            None,
            None,
        )
        assert view.row_of(0) == -1
        for step in (1, -1):
            assert folds.find_visit_row(view, 0, step) == 0
            assert folds.find_visit_row(view, -1, step) == -1


def test_other_options_show_the_same_session(checkout: Session) -> None:
    view = View(Analysis(checkout), ViewOptions(filter=Query.parse("apply")))
    assert len(view.rows) == 7
    assert view.through(ViewOptions()).session is checkout
    assert len(view.through(ViewOptions()).rows) == 180


# --- around a match


@given(st.integers(0, 4), st.integers(0, 4), QUERIES, CHOICES)
def test_context_shows_what_is_so_near_to_a_match_and_nothing_else(
    before: int, after: int, query: Query, types: TypeChoice
) -> None:
    session = recorded_checkout()
    view = View(Analysis(session), ViewOptions(types, query, context=(before, after)))
    visible = [i for i, e in enumerate(session.events) if types.shows(e.type)]
    matching = {i for i in visible if holds(session.events[i], query)}
    places = [place for place, index in enumerate(visible) if index in matching]
    near = {p for place in places for p in range(place - before, place + after + 1)}
    expected = [index for place, index in enumerate(visible) if place in near]
    assert list(view.rows) == expected
    assert [i for i in expected if view.is_around(i)] == [i for i in expected if i not in matching]
    assert view.number_around == len(expected) - len(matching)
    is_around = bool(query) and before + after > 0
    starts = [
        index
        for last, index in pairwise(expected)
        if is_around and visible.index(index) - visible.index(last) > 1
    ]
    assert sorted(view.group_starts) == starts


@each_row(
    ("window", "rows"),
    [
        (RowWindow(Position.parse("+0:10"), 2, 1), [1, 2, 3, 4]),
        (RowWindow(Position.parse("+0:10"), None, 0), [0, 1, 2, 3]),
        (RowWindow(Position.parse("#179"), 0, None), [178, 179]),
        (RowWindow(Position.parse("#1"), 5, 0), [0]),
        (RowWindow(Position.parse("+9:00:00"), 1, 1), [178, 179]),
        (RowWindow(Position.parse("-1:00"), 1, 1), [0, 1]),
        (RowWindow(Position.parse("#999"), 5, 5), []),
        # Without a find there are no hits for a window.
        (RowWindow(None, 1, 1), list(range(180))),
    ],
)
def test_a_window_shows_the_rows_around_a_moment(
    checkout: Session, window: RowWindow, rows: list[int]
) -> None:
    assert list(View(Analysis(checkout), ViewOptions(window=window)).rows) == rows


def test_a_window_shows_the_rows_around_each_hit_once(checkout: Session) -> None:
    options = ViewOptions(find=Query.parse("apply"), window=RowWindow(None, 1, 0))
    assert list(View(Analysis(checkout), options).rows) == [28, 29, 30, 31, 32, 33, 34, 35, 36]
    assert not View(Analysis(checkout), options).group_starts
    apart = ViewOptions(find=Query.parse("is:gap"), window=RowWindow(None, 1, 1))
    assert list(View(Analysis(checkout), apart).rows) == [21, 22, 23, 40, 41, 42, 79, 80, 81]
    assert sorted(View(Analysis(checkout), apart).group_starts) == [40, 79]


def test_a_window_counts_only_rows_that_the_filter_shows(checkout: Session) -> None:
    clicks = TypeChoice(frozenset({"click"}), only=True)
    options = ViewOptions(types=clicks, window=RowWindow(Position.parse("#8"), 2, 1))
    assert list(View(Analysis(checkout), options).rows) == [5, 6, 8], (
        "the event itself is a page and hidden"
    )


def test_a_window_far_from_every_match_shows_those_before_and_after_it(checkout: Session) -> None:
    options = ViewOptions(
        filter=Query.parse("is:rage"), window=RowWindow(Position.parse("+8:20"), 1, 1)
    )
    view = View(Analysis(checkout), options)
    assert list(view.rows) == [34, 59]
    assert view.at not in view.rows, "so that no row is marked"


# --- folds


@given(
    st.frozensets(st.integers(0, 179)), QUERIES, st.booleans(), st.frozensets(st.integers(0, 179))
)
def test_folds_hide_no_event_that_no_row_stands_for(
    folded: frozenset[int], query: Query, rolled: bool, unrolled: frozenset[int]
) -> None:
    session = recorded_checkout()
    options = ViewOptions(filter=query, folded=folded, are_runs_rolled=rolled, unrolled=unrolled)
    view = View(Analysis(session), options)
    assert list(view.rows) == sorted(set(view.rows))
    for index in view.shown:
        row = view.row_of(index)
        standing = view.rows[row]
        if standing != index:
            number = session.visit_number(index)
            run = view.rolled(standing)
            is_of_visit = (
                number is not None
                and session.visits[number].start == standing
                and view.is_folded(standing)
            )
            is_of_run = run is not None and run.start <= index < run.end
            assert is_of_visit or is_of_run
        shown = View(Analysis(session), folds.reveal(view, index))
        assert index in shown.rows, "what is looked for is unfolded"


def test_a_page_visit_folds_to_its_head_and_unfolds(checkout: Session) -> None:
    view = View(Analysis(checkout))
    folded = folds.fold(view, 9)
    assert folded is not None
    view = view.through(folded)
    assert list(view.rows)[6:9] == [6, 7, 11]
    assert (view.is_folded(7), view.count_folded_visits()) == (True, 1)
    assert view.row_of(9) == 7
    assert folds.fold(view, 7) is None, "it is folded already"
    assert folds.unfold(view, 7) == ViewOptions()
    assert folds.unfold(view, 0) is None


def test_all_visits_fold_to_a_row_each_and_runs_stay_out_of_it(checkout: Session) -> None:
    view = View(Analysis(checkout))
    pages = view.through(folds.fold_all(view))
    assert len(pages.rows) == 31
    assert view.through(folds.unfold_all(pages)).rows == view.rows


def test_a_visit_whose_head_is_filtered_out_does_not_fold(checkout: Session) -> None:
    clicks = TypeChoice(frozenset({"click"}), only=True)
    view = View(Analysis(checkout), ViewOptions(clicks, folded=frozenset({7})))
    assert folds.fold(view, 9) is None
    assert 9 in view.rows


def test_a_run_is_one_row_until_it_is_unrolled(checkout: Session) -> None:
    view = View(Analysis(checkout), ViewOptions(are_runs_rolled=True))
    assert len(view.rows) == 180 - 5 - 6 - 4 - 2
    assert [i for i in view.rows if view.rolled(i)] == [29, 59, 72, 172]
    options = folds.unfold(view, 29)
    assert options is not None
    open_run = view.through(options)
    assert list(open_run.rows)[29:35] == [29, 30, 31, 32, 33, 34]
    folded = folds.fold(open_run, 33)
    assert folded == view.options
    assert view.through(folds.reveal(view, 62)).rolled(59) is None


def test_a_run_of_which_the_filter_hides_a_click_is_not_rolled(checkout: Session) -> None:
    view = View(
        Analysis(checkout), ViewOptions(filter=Query.parse("hesitation>0"), are_runs_rolled=True)
    )
    assert 29 in view.rows
    assert view.rolled(29) is None


# --- the lines between rows


def test_a_silence_has_a_line_before_the_event_that_ends_it(checkout: Session) -> None:
    view = View(Analysis(checkout))
    assert [b.row for b in view.silence_lines] == [22, 41, 80]
    assert view.number_of_lines == 183
    assert [view.line_of(row) for row in (21, 22, 41, 80, 179)] == [21, 23, 43, 83, 182]


@given(OPTIONS)
def test_every_line_is_a_row_or_a_break_and_each_row_has_its_line(options: ViewOptions) -> None:
    view = View(Analysis(recorded_checkout()), options)
    found = [view.at_line(line) for line in range(view.number_of_lines)]
    assert [f for f in found if not isinstance(f, SilenceLine)] == list(range(len(view.rows)))
    assert [f for f in found if isinstance(f, SilenceLine)] == list(view.silence_lines)
    for row in range(len(view.rows)):
        assert found[view.line_of(row)] == row
    for line, f in enumerate(found):
        if isinstance(f, SilenceLine):
            assert found[line + 1] == f.row, "it stands before its row"


# --- signals and later states


def test_only_shown_events_carry_signals(checkout: Session) -> None:
    assert list(View(Analysis(checkout)).events_with({RAGE, GAP})) == [
        22,
        30,
        41,
        59,
        72,
        80,
    ]
    pages = TypeChoice(frozenset({"location"}), only=True)
    assert list(View(Analysis(checkout), ViewOptions(pages)).events_with({RAGE, GAP})) == [22]


def test_the_next_place_comes_after_the_last_and_before_the_first() -> None:
    assert [find_next([3, 7], at, 1) for at in (0, 3, 7, 9)] == [3, 7, 3, 3]
    assert [find_next([3, 7], at, -1) for at in (0, 3, 4, 9)] == [7, 7, 3, 7]
    assert find_next([], 0, 1) is None


def test_indexes_follow_their_events_when_others_come_before_them(checkout: Session) -> None:
    part = session_of([*checkout.events[:5], *checkout.events[50:60]])
    assert folds.remap([2, 7, 14], part, checkout) == {2, 52, 59}
    assert folds.remap([99], part, checkout) == frozenset()


def test_the_event_of_a_moment_is_the_last_not_behind_it(checkout: Session) -> None:
    def at(typed: str) -> int | None:
        return View(Analysis(checkout), ViewOptions(window=RowWindow(Position.parse(typed)))).at

    assert [at("+3:15"), at("#42"), at("#999"), at("+9:00:00")] == [35, 41, None, 179]
    assert View(Analysis(checkout)).at is None


def test_a_letter_of_a_find_changes_the_hits_and_keeps_the_rows(checkout: Session) -> None:
    options = ViewOptions(filter=Query.parse("type:click"), are_runs_rolled=True)
    view = View(Analysis(checkout), options).found()
    found = view.through(replace(options, find=Query.parse("apply"))).found()
    assert found.rows is view.rows
    assert found.hits
    again = View(Analysis(checkout), found.options).found()
    assert (list(found.rows), found.silence_lines) == (list(again.rows), again.silence_lines)
    assert found.hits == again.hits


def test_a_window_around_hits_shows_other_rows_for_another_find(checkout: Session) -> None:
    options = ViewOptions(find=Query.parse("apply"), window=RowWindow(None, 1, 1))
    view = View(Analysis(checkout), options).found()
    other = replace(options, find=Query.parse("cart"))
    found, again = view.through(other).found(), View(Analysis(checkout), other).found()
    assert list(found.rows) == list(again.rows) != list(view.rows)
