"""Expressions that take too long: events left out, and events found nevertheless."""

from __future__ import annotations

import re
import warnings
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventview.analysis.analysis import Analysis
from eventview.progress import Progress
from eventview.query.query import Query
from eventview.query.regular_expressions import (
    Expression,
    Search,
    SearchDroppedError,
    SlowTextError,
)
from eventview.session.events import Click, Input
from eventview.session.session import Session
from eventview.view.folds import fold_all
from eventview.view.view import View
from eventview.view.view_options import RowWindow, ViewOptions
from tests.conftest import session_of
from tests.tables import each_row

ENDLESS = "a" * 60 + "!"
"""A text in which `(a|aa)+$` takes longer than anybody can wait."""

SLOW = "/(a|aa)+$/"


def labelled(*labels: str) -> Session:
    return session_of(
        [
            Click("CLICK", 1_762_772_400_000 + n * 60_000, {}, label=text)
            for n, text in enumerate(labels)
        ]
    )


def searched(query: str, session: Session, search: Search) -> list[int]:
    found = Query.parse(query).matching(Analysis(session), range(len(session.events)), search)
    return [session.number(index) for index in found]


def hurried(seconds: float = 5) -> Search:
    search = Search()
    search.seconds, search.text_seconds = seconds, 0.01
    return search


@pytest.mark.parametrize("query", [SLOW, f"label:{SLOW}", f"{SLOW} label:a"])
def test_a_text_that_takes_too_long_is_named_and_the_others_are_found(query: str) -> None:
    session, search = labelled("aa", ENDLESS, "b", "a"), hurried()
    assert searched(query, session, search) == [1, 4]
    assert search.remark(session).endswith("1 text took too long and was left out: #2.")


class Figures(Progress):
    """Progress that keeps the figures of each step."""

    interval_s = 0

    def __init__(self) -> None:
        super().__init__()
        self.shown: dict[str, list[int]] = {}

    def show(self, text: str, *, is_long: bool = False) -> None:  # of the base
        step, _, figure = text.removesuffix(" %").rpartition(" ")
        self.shown.setdefault(step, []).append(int(figure))


@each_row(
    "query",
    ["button", "/b.tton/", "label:/b.tton/", "type:click label:x", "(button OR label:/x|y/) /a/"],
)
def test_a_search_reports_its_share_once_from_0_up(query: str) -> None:
    session, progress = labelled(*(f"button {n % 700}" for n in range(3500))), Figures()
    progress.run(lambda: searched(query, session, Search()))
    for figures in progress.shown.values():
        assert figures == sorted(figures)
        assert figures[-1] <= 100
    figures = progress.shown["finding"]
    assert figures[0] == 0
    assert max(figures) >= 50


def test_slow_texts_move_the_figure_by_the_time_that_they_use_up() -> None:
    session, progress = labelled(*(f"{ENDLESS}{n}" for n in range(2000))), Figures()
    search = hurried(0.2)
    progress.run(lambda: searched(f"label:{SLOW}", session, search))
    figures = progress.shown["finding"]
    # About twenty texts of two thousand use up all the time.
    assert len({*figures}) > 3
    assert max(figures) == 100


def test_what_is_not_to_match_is_left_out_too_where_nobody_can_tell() -> None:
    session, search = labelled("aa", ENDLESS, "b"), hurried()
    assert searched(f"-label:{SLOW}", session, search) == [3]
    assert search.remark(session) == (f"-label:{SLOW}: 1 text took too long and was left out: #2.")


def test_an_event_that_another_term_rules_out_does_not_count_as_left_out() -> None:
    session, search = labelled(ENDLESS, "aa"), hurried()
    assert searched(f"label:{SLOW} type:input", session, search) == []
    assert search.remark(session) == ""


def test_a_text_that_is_there_again_is_not_tried_again() -> None:
    session = labelled(*[ENDLESS] * 2000, "aa")
    # Two thousand times 0.01 s is more than the limit.
    search = hurried(1)
    assert searched(f"label:{SLOW}", session, search) == [2001]
    assert "2,000 texts took too long and were left out: #1, #2, " in search.remark(session)
    assert search.remark(session).endswith(" #20 and 1,980 more up to #2000.")


def test_when_the_time_for_all_is_over_the_rest_is_left_out() -> None:
    session = labelled("aa", *["a" * (60 + number) + "!" for number in range(20)], "a")
    search = hurried(0.02)
    assert searched(SLOW, session, search) == [1]
    assert "21 texts took too long (the limit is 0.02 s for all) and" in search.remark(session)
    assert search.left_out == list(range(1, 22))


EXPENSIVE = [
    r"/(\w+\s*)+:/",
    r"/(a+)+$/",
    r"/(.*a){20}$/",
    r"label:/^(\w+\s?)*$/",
    r"/(x+x+)+y/",
    r"/(?:a{1,1000}){1,1000}b/",
    r"/(a|a?)+$/",
    r"/(?=(a+)+!x)/",
    r"/^(([a-z])+.)+[A-Z]([a-z])+$/",
    f"/{'a?' * 30}{'a' * 30}b/",
    f"/{'a*' * 12}b/",
    f"/{'a{0,60}' * 9}b/",
    r"/[a-z]*\w*.*[a-z]*\w*b$/",
]
TEXTS = [
    ENDLESS,
    "Add to cart and continue to checkout now please",
    "a" * 100_000 + "!",
    "ab " * 33_000,
    "x" * 1000,
]


@each_row(("query", "text"), product(EXPENSIVE, TEXTS))
def test_no_expression_keeps_others_from_being_found(query: str, text: str) -> None:
    session, search = labelled(text, "a"), hurried()
    found = searched(query, session, search)
    assert (0 in search.left_out) <= (1 not in found)
    assert 1 not in search.left_out


def test_a_search_that_nobody_waits_for_ends_at_its_next_text() -> None:
    session, search = labelled("a", "aa"), hurried()
    search.drop()
    with pytest.raises(SearchDroppedError):
        searched(SLOW, session, search)


def test_what_is_marked_on_the_screen_is_not_waited_for() -> None:
    query = Query.parse(SLOW)
    assert query.spans("ba") == [(1, 2)]
    assert query.spans(ENDLESS) == []


def test_a_view_names_what_its_filter_and_its_find_left_out() -> None:
    session = labelled("aa", ENDLESS, "b")
    view = View(Analysis(session), ViewOptions(find=Query.parse(SLOW)), finding=hurried())
    assert view.left_out == f"{SLOW}: 1 text took too long and was left out: #2."
    assert list(view.hits) == [0]
    filtered = View(
        Analysis(session), ViewOptions(filter=Query.parse(f"-{SLOW}")), filtering=hurried()
    )
    assert filtered.left_out == f"-{SLOW}: 1 text took too long and was left out: #2."
    # Folded, or with other texts, it shows the same events and the same remark.
    for same in (filtered.through(fold_all(filtered)), filtered.over(Analysis(session))):
        assert (list(same.rows), same.left_out) == ([2], filtered.left_out)
    assert View(Analysis(session), ViewOptions(find=Query.parse("aa"))).left_out == ""


def test_rows_around_hits_are_those_around_what_could_be_found() -> None:
    session = labelled("aa", "c", ENDLESS, "b")
    options = ViewOptions(find=Query.parse(SLOW), window=RowWindow(None, before=0, after=1))
    view = View(Analysis(session), options, finding=hurried())
    assert list(view.rows) == [0, 1]
    assert view.left_out.endswith(": #3.")


PIECES = [
    *r"ab01[]{}(),:*+?|^$\=<>!.-e& #",
    "[:alpha:]", "{e<=1}", "{1,2}", "{,2}", "{,}", "{}", "(?:", "(?=", "(?!", "(?i:", "(?P<n>",
    "(?P=n)", r"\w", r"\b", r"\1", "[^", "[a-b", "[[", "||", "--", "a++", "(?>", r"\N{DIGIT ONE}",
    "(?#",
]  # fmt: skip
TEXTS = [
    "",
    "a",
    "ab",
    "aab1",
    "b]",
    "a:]",
    "{e<=1}",
    "a{e<=1}b",
    "a||b",
    "[[:alpha:]]",
    "{1",
    "a b",
]


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=9).map("".join))
def test_an_expression_is_read_as_python_reads_it(source: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            pattern = re.compile(source)
        except re.error:
            with pytest.raises(re.error):
                Expression(source)
            return
    expression = Expression(source)
    for text in TEXTS:
        assert expression.search(text) == (pattern.search(text) is not None)


@each_row(
    ("source", "text", "is_in"),
    [
        # Only `regex` has these: matches with an error, a class of letters.
        ("pay{e<=1}", "pax", False),
        ("pay{e<=1}", "pay{e<=1}", True),
        (r"[[:alpha:]]", "b]", False),
        (r"[[:alpha:]]", "a]", True),
        (r"[\[:alpha:]", "[", True),
    ],
)
def test_what_only_regex_knows_means_what_it_means_in_python(
    source: str, text: str, *, is_in: bool
) -> None:
    assert Expression(source).search(text) is is_in


def test_the_time_of_one_search_is_not_that_of_another() -> None:
    expression = Expression("(a|aa)+$")
    with hurried(0.02).as_current():
        for number in range(10):
            with pytest.raises(SlowTextError):
                expression.search("a" * (60 + number) + "!")
        with pytest.raises(SlowTextError):
            expression.search("a")
    assert expression.search("a")


def test_an_input_without_a_text_is_not_searched() -> None:
    session = session_of([Input("INPUT", 1_762_772_400_000, {}, label="a", value=None)])
    assert searched(f"value:{SLOW}", session, hurried()) == []


@pytest.mark.parametrize(
    "source",
    [
        "a{1000}",
        "(a{100}){100}",
        "(?x) a # :)",
        "(?#(a{9)b",
        "[a{9}(]{3}",
        r"\({3}\)",
        "a{0,99999999}",
    ],
)
def test_repetitions_that_a_person_may_type_are_no_mistake(source: str) -> None:
    assert Query.parse(f"/{source}/").words() == f"any text matches /{source}/"
