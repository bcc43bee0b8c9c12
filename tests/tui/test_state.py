"""Changes that commands make to the session that is shown, without the application."""

from __future__ import annotations

import inspect
import re
from ast import literal_eval
from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from eventview.analysis.analysis import Analysis
from eventview.analysis.rules import RULES, Rules
from eventview.query.query import STARTING_TYPES, Query, TypeChoice
from eventview.query.regular_expressions import QueryError
from eventview.render import rows
from eventview.session.events import Click, Crash, Error, Event, Location, Performance
from eventview.session.position import Position
from eventview.session.session import Session
from eventview.session.source import ReplayOffset
from eventview.tui import commands
from eventview.tui.search import PositionPurpose, PromptError, PromptPurpose, QueryPurpose
from eventview.tui.session_loader import PendingJump
from eventview.tui.state import NO_EVENT, SessionState
from eventview.view.time_display import TimeOptions
from eventview.view.view import View
from eventview.view.view_options import InitialView, RowWindow, ViewOptions
from tests.conftest import session_of
from tests.tables import each_row

RESEND = "Resend code"
"""The label of one event of the checkout session."""

ROWS = 163
"""Rows of the checkout session: four runs of 6, 7, 5 and 3 clicks are a row each."""

CHANGES = {
    key: literal_eval(command.action.removeprefix("change"))
    for group in commands.GROUPS
    for command in group.commands
    if command.action.startswith("change(")
    for key in command.keys.split(",")
}
"""Methods of the state and their arguments, by the keys of the commands."""


def opened(
    session: Session, options: ViewOptions | None = None, rules: Rules = RULES
) -> SessionState:
    """Return the state of a session that has just been read."""
    options = replace(options or ViewOptions(), are_runs_rolled=True)
    empty = View(Analysis(Session(session.session_ref, ()), rules), options)
    state = SessionState(empty, options)
    return state.adopt(View(Analysis(session, rules), options))


def ready(state: SessionState) -> SessionState:
    """Make the view that a state asks for, and the changes that wait for it."""
    while state.is_searching:
        steps = state.steps
        state = state.with_view(state.view.through(state.options))
        for step in steps:
            state = ready(state.after_change(step))
    return state


def purpose_of(state: SessionState, sign: str) -> PromptPurpose:
    """Return the purpose of the prompt with a sign."""
    return PositionPurpose(":") if sign == ":" else QueryPurpose(sign, state)


def press(state: SessionState, *script: str) -> SessionState:
    """Make changes one after the other.

    Args:
        state: the state to begin with.
        script: keys between spaces, or a text with the sign of its prompt before it.
    """
    for part in script:
        if part[0] in "/&:":
            state = ready(purpose_of(state, part[0]).accept(state, part[1:]))
            continue
        for key in part.split():
            match key:
                case "j" | "k":
                    state = state.go_to_row(state.row + (1 if key == "j" else -1))
                case "g" | "G":
                    state = state.go_to_row(0 if key == "g" else len(state.view.rows) - 1)
                case "}" | "{":
                    state = state.walk_visits(1 if key == "}" else -1)
                case "enter":
                    state = state.settle()
                case "escape":
                    state = ready(state.undo())
                case _:
                    method, arguments = CHANGES[key]
                    state = ready(getattr(state, method)(*arguments))
    return state


def time_of(state: SessionState) -> str:
    """Return the time on the cursor's row."""
    assert state.index is not None
    return rows.format_time(state.session, state.index, state.times)


def row_of(state: SessionState, row: int | None = None) -> str:
    """Return the text and the badges of a row, by default the cursor's."""
    index = state.index if row is None else state.view.rows[row]
    assert index is not None
    cells = rows.build_view_row(state.view, index, state.times)
    return " · ".join([cells.what, *(badge.text for badge in cells.badges)])


def counts_of(state: SessionState) -> str:
    """Return the counts in the title."""
    return rows.describe_counts(state.view)


def test_commands_name_methods_and_arguments_that_there_are() -> None:
    for group in commands.GROUPS:
        for command in group.commands:
            action = command.action.partition("(")[0]
            if action == "change":
                method, arguments = literal_eval(command.action.removeprefix(action))
                function = getattr(SessionState, method)
                cursor = [0] if hasattr(function, "__wrapped__") else []
                inspect.signature(function).bind(None, *cursor, *arguments)


# --- the cursor's event


@pytest.mark.parametrize("before", ["", "x", "G k"])
@pytest.mark.parametrize("between", ["", "enter", "z"])
@pytest.mark.parametrize("drop", ["escape", "backspace", "&"])
def test_the_one_match_of_a_filter_keeps_the_cursor_when_the_filter_goes(
    checkout: Session, before: str, between: str, drop: str
) -> None:
    state = press(opened(checkout), before or "g", "&resend")
    state = press(state, between) if between else state
    assert RESEND in row_of(state)
    if drop == "backspace" and between == "z":
        state = press(state, "backspace")
    state = press(state, drop)
    assert counts_of(state) == "180 of 180 events"
    assert RESEND in row_of(state)


def test_several_matches_leave_the_cursor_on_the_nearest_and_give_it_back(
    checkout: Session,
) -> None:
    state = press(opened(checkout), ":#60")
    before = state.index
    state = press(state, "&type:location")
    near = state.index
    assert near != before
    state = press(state, "escape")
    assert state.index == before
    for after in ("j k", "enter"):
        state = press(state, "&type:location", after, "escape")
        assert state.index == near
        state = press(state, ":#60")


def test_the_nearest_may_be_before_the_event() -> None:
    labels = ["a", "match", "b", "c", "d", "match too"]
    events = [Click("CLICK", n * 1000, {}, label=label) for n, label in enumerate(labels)]
    state = opened(session_of(events))
    for row, label in ((2, "match"), (3, "match too"), (4, "match too"), (0, "match")):
        state = press(state, "g", *["j"] * row, "&match")
        assert row_of(state) == label
        state = press(state, "escape")
        assert row_of(state) == labels[row]


@each_row(
    "script",
    [
        ["2 2"],
        ["2 0"],
        ["2 escape"],
        ["2 3 3 2"],
        ["h l"],
        ["H L"],
        ["&type:location is:slow", "backspace backspace"],
        ["&zzzz", "escape"],
        ["p p"],
        ["t t t t T T"],
    ],
)
def test_what_hides_the_cursors_event_gives_it_back(
    checkout: Session, script: Sequence[str]
) -> None:
    state = press(opened(checkout), ":+3:20.646")
    before, time = state.index, time_of(state)
    state = press(state, *script)
    assert (state.index, time_of(state)) == (before, time)
    assert counts_of(state) == "180 of 180 events"


@pytest.mark.parametrize("typed", ["&type:location", "/apply", "/zzzz"])
def test_what_is_typed_and_cancelled_gives_the_cursor_back(checkout: Session, typed: str) -> None:
    state = press(opened(checkout), ":+3:20.646")
    before, purpose = state.index, purpose_of(state, typed[0])
    state = ready(purpose.preview(state, typed[1:]))
    state = ready(purpose.cancel(state))
    assert (state.index, state.highlighted_index) == (before, before)
    assert counts_of(state) == "180 of 180 events"
    assert not state.options.find


def test_a_sample_under_the_cursor_is_given_back() -> None:
    events = [
        Location("LOCATION", 0, {}, path="/"),
        *(Performance("PERFORMANCE", n * 1000, {}) for n in (1, 2, 3)),
        Click("CLICK", 9_000, {}, label="Pay"),
    ]
    state = press(opened(session_of(events)), "j j")
    before = state.index
    state = press(state, "p")
    assert counts_of(state) == "2 of 5 shown"
    assert press(state, "p").index == before == 2


FIND_RESEND = ViewOptions(find=Query.parse("resend"))
AROUND_60 = ViewOptions(window=RowWindow(Position.parse("#60"), 3, 3))


@each_row(
    ("options", "position", "key"),
    [
        (ViewOptions(filter=Query.parse("resend")), None, "escape"),
        (ViewOptions(filter=Query.parse("is:slow")), None, "escape"),
        (ViewOptions(TypeChoice(frozenset({"input"}), only=True)), None, "0"),
        (ViewOptions(TypeChoice(frozenset({"input"}), only=True)), None, "escape"),
        (FIND_RESEND, None, "escape"),
        (replace(FIND_RESEND, window=RowWindow(None, 3, None)), None, "escape"),
        (AROUND_60, Position.parse("#60"), "escape"),
        (AROUND_60, None, "escape"),
        (AROUND_60, Position.parse("#60"), "backspace"),
    ],
)
def test_what_the_command_line_hides_leaves_the_cursor_when_it_goes(
    checkout: Session, options: ViewOptions, position: Position | None, key: str
) -> None:
    state = opened(checkout, options)
    if state.view.hits:
        state = ready(state.go_to(state.view.hits[0]))
    jump = PendingJump(InitialView(options, position))
    state = ready(jump.follow(state, is_complete=True))
    before = state.index
    state = press(state, key)
    assert counts_of(state) == "180 of 180 events"
    assert state.index == before


# --- a session that goes on arriving


def part(session: Session, first: int, last: int) -> View:
    """Return the view of a part of a session, with runs as rows."""
    events = session.events[first:last]
    return View(Analysis(session_of(events)), ViewOptions(are_runs_rolled=True))


def test_a_later_state_keeps_cursor_marks_zero_and_folds_on_their_events(
    checkout: Session,
) -> None:
    state = press(opened(session_of(checkout.events[60:])), "j j m T h j j")
    event, marked = state.session.events[state.cursor], min(state.marks)
    folded = min(state.options.folded)
    later = state.adopt(replace(part(checkout, 0, 180), options=state.options))
    assert later.session.events[later.cursor] == event
    assert later.marks == {marked + 60}
    assert later.times.zero == marked + 60
    assert later.options.folded == later.view.options.folded == {folded + 60}
    assert not later.is_searching


def test_what_is_peeked_at_stays_where_it_is_when_others_come_before(checkout: Session) -> None:
    state = press(opened(session_of(checkout.events[60:])), "j j j")
    here = state.session.events[state.cursor]
    state = ready(QueryPurpose("/", state).preview(state, "resend"))
    assert RESEND in rows.build_row(state.view.analysis, state.highlighted_index or 0).what
    view = part(checkout, 0, 180).through(state.options)
    later = state.adopt(view)
    assert RESEND in rows.build_row(later.view.analysis, later.highlighted_index or 0).what
    assert later.session.events[later.cursor] == here


def test_marks_and_a_zero_whose_events_are_gone_go_too(checkout: Session) -> None:
    state = press(opened(checkout), "G T m g j m")
    later = state.adopt(part(checkout, 0, 40))
    assert later.marks == {1}
    assert rows.time_display_name(later.session, later.times) == "since start"
    assert press(later, "G u").index == 1


# --- find


def test_a_find_is_walked_round_and_hides_nothing(checkout: Session) -> None:
    state = press(opened(checkout), "/apply")
    places = [state.index]
    for key in ("n", "N", "N", "n"):
        state = press(state, key)
        places.append(state.index)
    assert [state.view.find_hit_number(index or 0) for index in places] == [1, 2, 1, 7, 1]
    assert counts_of(state) == "180 of 180 events"


def test_a_find_without_hits_leaves_the_cursor(checkout: Session) -> None:
    state = press(opened(checkout), "j", "/qqq")
    assert rows.describe_hits(state.view, state.index) == "0 hits"
    assert press(state, "n").row == state.row == 1


def test_n_without_a_find_says_how_to_start_one(checkout: Session) -> None:
    assert press(opened(checkout), "n").message == "Nothing to find yet: / starts a find."


def test_a_find_that_is_cancelled_leaves_the_one_before(checkout: Session) -> None:
    state = press(opened(checkout), "/ap")
    purpose = QueryPurpose("/", state)
    assert purpose.text == "ap"
    state = ready(purpose.preview(state, "apq"))
    assert ready(purpose.cancel(state)).options.find.text == "ap"


def test_a_find_is_case_sensitive_only_with_a_capital(checkout: Session) -> None:
    assert len(press(opened(checkout), "/apply").view.hits) == 7
    assert not press(opened(checkout), "/APPLY").view.hits


def test_typing_a_find_peeks_at_the_first_hit_and_goes_there_only_with_enter(
    checkout: Session,
) -> None:
    state = press(opened(checkout), "j j j")
    purpose = QueryPurpose("/", state)
    state = ready(purpose.preview(state, "resend"))
    assert (state.row, state.highlighted_row) == (3, state.view.row_of(state.view.hits[0]))
    assert purpose.describe(state) == "1 hit"
    state = ready(purpose.preview(state, "resendzzz"))
    assert state.highlighted_row == 3, "without a hit it is where it was"
    with pytest.raises(QueryError):
        purpose.preview(state, "is:nope")
    state = ready(purpose.accept(state, "resend"))
    assert RESEND in row_of(state)
    assert RESEND in row_of(press(state, "escape"))


def test_a_find_that_goes_on_from_the_other_end_says_so(checkout: Session) -> None:
    state = press(opened(checkout), "/promo")
    assert state.wrap_text == "", "from the first row to the first hit"
    for key, text in (
        ("n", ""),
        ("N", ""),
        ("N", "wrapped to the bottom"),
        ("n", "wrapped to the top"),
        ("m", "wrapped to the top"),
        ("j", ""),
        ("k", ""),
    ):
        state = press(state, key)
        assert state.wrap_text == text, key
    state = press(state, "G", "/promo")
    assert state.wrap_text == "wrapped to the top"
    assert press(state, "/apply").wrap_text == ""


@pytest.mark.parametrize("drop", ["escape", "backspace", "/"])
def test_a_find_and_its_window_go_together(checkout: Session, drop: str) -> None:
    options = ViewOptions(find=Query.parse("apply"), window=RowWindow(None, 3, 0))
    state = press(opened(checkout, options), drop)
    assert counts_of(state) == "180 of 180 events"
    state = press(state, "escape", "/resend")
    if drop == "escape":
        assert counts_of(state) == "180 of 180 events", "the window does not come back"


def test_what_is_found_comes_out_of_its_fold(checkout: Session) -> None:
    state = press(opened(checkout), "H", "/load more")
    assert "Load more products" in row_of(state)
    state = press(state, "g H s")
    assert time_of(state) == "+2:44.426"


def test_a_hit_inside_a_fold_is_one_of_its_row(checkout: Session) -> None:
    state = press(opened(checkout), '/"promo code"', "g H")
    marked = [row for row, index in enumerate(state.view.rows) if state.view.has_hit(index)]
    assert [row_of(state, row).split(" ·")[0] for row in marked] == ["/cart"]
    assert "1 rage click" in row_of(state, marked[0])


def test_what_may_be_meant_otherwise_is_said_when_it_is_kept(checkout: Session) -> None:
    state = opened(checkout)
    purpose = QueryPurpose("&", state)
    with pytest.raises(QueryError, match="write OR in capitals"):
        purpose.preview(state, "pay or cart")
    assert "The nearest is click." in purpose.accept(state, "type:clik").message
    remark = "There is no event #181 in this session."
    assert remark in purpose.accept(state, "type:location before:#181").message


# --- a search that takes long


def test_a_search_under_way_is_given_up_for_what_was_there_before_it_was_typed(
    checkout: Session,
) -> None:
    before = opened(checkout)
    purpose = QueryPurpose("&", before)
    # The first letters were fast, the whole takes long.
    state = ready(purpose.preview(before, "app"))
    state = purpose.accept(state, "apply")
    assert state.is_searching
    assert purpose.describe(state) == "10 of 180 shown", "as of the letters before"
    state = ready(state.undo())
    assert counts_of(state) == "180 of 180 events"
    assert not state.options.filter


def test_other_changes_may_be_made_while_a_search_is_under_way(checkout: Session) -> None:
    state = purpose_of(opened(checkout), "/").accept(opened(checkout), "resend")
    state = state.go_to_row(5).mark().next_time_mode()
    assert state.is_searching
    assert (state.row, len(state.marks)) == (5, 1)
    state = ready(state)
    assert RESEND in row_of(state), "a find ends on its hit"
    assert len(state.marks) == 1


# --- filter, types and context


def test_a_filter_keeps_the_cursor_on_its_event_and_brings_it_back(checkout: Session) -> None:
    state = press(opened(checkout), "j j")
    before = state.index
    purpose = QueryPurpose("&", state)
    state = ready(purpose.preview(state, "apply"))
    assert purpose.describe(state) == counts_of(state) == "7 of 180 shown"
    assert row_of(state).startswith("Apply ×6")
    assert ready(purpose.cancel(state)).index == before


def test_the_chips_of_a_filter_are_dropped_one_by_one(checkout: Session) -> None:
    state = press(opened(checkout), "&type:click is:rage -pay")
    counts = [counts_of(state)]
    state = press(state, "backspace")
    counts.append(counts_of(state))
    state = ready(state.drop_chip(1))
    counts.append(counts_of(state))
    state = press(state, "escape")
    assert [*counts, counts_of(state)] == [
        "5 of 180 shown",
        "17 of 180 shown",
        "125 of 180 shown",
        "180 of 180 events",
    ]


def test_digits_toggle_types_and_zero_shows_all(checkout: Session) -> None:
    state = opened(checkout)
    for keys, counts in (
        ("2", "55 of 180 shown"),
        ("1 3", "0 of 180 shown"),
        ("9", "0 of 180 shown"),
        ("0", "180 of 180 events"),
    ):
        state = press(state, keys)
        assert counts_of(state) == counts


def test_context_rows_come_and_go_around_matches(checkout: Session) -> None:
    state = press(opened(checkout), "z")
    assert state.message.startswith("Nothing is filtered")
    numbers = [len((state := press(state, each)).view.rows) for each in ("&wishlist", "z", "z")]
    assert numbers == [1, 3, 5]
    assert counts_of(state) == "1 of 180 shown and 4 around"
    numbers = [len((state := press(state, "Z")).view.rows) for _ in range(3)]
    assert numbers == [3, 1, 1]


def test_rows_before_and_after_matches_need_not_be_as_many(checkout: Session) -> None:
    options = ViewOptions(filter=Query.parse("wishlist OR zzz"), context=(2, 0))
    state = opened(checkout, options)
    contexts = [(state := press(state, key)).options.context for key in ("z", "Z", "Z", "Z", "z")]
    assert contexts == [(3, 1), (2, 0), (1, 0), (0, 0), (1, 1)]
    state = press(state, "backspace")
    assert state.options.context == (0, 0)
    assert counts_of(press(state, "backspace")) == "180 of 180 events"


def test_keys_ask_for_no_more_context_than_is_of_use(checkout: Session) -> None:
    state = press(opened(checkout), "&wishlist", " ".join(["z"] * 60))
    assert state.options.context == (50, 50)
    options = ViewOptions(filter=Query.parse("wishlist"), context=(90, 0))
    assert press(opened(checkout, options), "z").options.context == (90, 1)


def test_context_goes_with_the_filter(checkout: Session) -> None:
    state = press(opened(checkout), "&is:slow", "z backspace backspace", "&is:slow")
    assert counts_of(state) == "7 of 180 shown"
    assert counts_of(press(state, "z", "&", "&is:slow")) == "7 of 180 shown"


@pytest.mark.parametrize("query", ["is:rage", "type:click is:rage", "-Sort apply"])
def test_a_run_of_which_anything_matches_is_no_context(checkout: Session, query: str) -> None:
    state = opened(checkout, ViewOptions(filter=Query.parse(query), context=(2, 2)))
    for keys in ("k", "H"):
        state = press(state, keys)
        places = [row for row in range(len(state.view.rows)) if "rage" in row_of(state, row)]
        assert places
        assert not any(state.view.is_around(state.view.rows[row]) for row in places)
        assert any(map(state.view.is_around, state.view.rows))


def test_undo_takes_one_thing_back_at_a_time(checkout: Session) -> None:
    window = RowWindow(Position.parse("+3:15"), 10, 0)
    state = press(opened(checkout, ViewOptions(window=window)), "3", "&a", "/p")
    options = state.options
    assert all((options.find, options.filter, options.window, options.types))
    for name in ("find", "filter", "window"):
        state = press(state, "escape")
        assert not getattr(state.options, name)
    assert not state.options.types.shows("INPUT")
    state = press(state, "escape")
    assert state.options.types == STARTING_TYPES
    assert state.undo() is state
    assert counts_of(state) == "180 of 180 events"


def test_undo_never_ends_at_an_empty_list() -> None:
    events = [Performance("PERFORMANCE", n * 1000, {}) for n in range(3)]
    options = ViewOptions(TypeChoice(frozenset({"performance"}), only=True))
    state = opened(session_of(events), options)
    assert counts_of(press(state, "escape")) == "3 of 3 events"


# --- walks


@each_row(
    ("keys", "time", "text"),
    [
        ("w", "+2:55.160", "1 of 7 poor loads · Poor load of /cart: INP 512 ms"),
        ("w w", "+3:22.053", "2 of 7 poor loads · Poor load of /cart?promo=error"),
        ("w w w w w w w w", "+2:55.160", "1 of 7 poor loads"),
        ("W", "+22:47.743", "7 of 7 poor loads"),
        ("s", "+2:44.426", "1 of 3 silences · 1m38s without activity"),
        ("s s S", "+2:44.426", "1 of 3 silences"),
        ("x x", "+3:09.471", "2 of 10 that went wrong · 5 clicks on “Apply” within 593ms"),
        ("i", "+2:44.426", "1 of 13 signals · 1m38s without activity"),
        ("i I i", "+2:44.426", "1 of 13"),
        ("I", "+22:47.743", "13 of 13 signals"),
    ],
)
def test_walks_lead_from_signal_to_signal(
    checkout: Session, keys: str, time: str, text: str
) -> None:
    state = press(opened(checkout), keys)
    assert time_of(state) == time
    assert state.signal_text.startswith(text)


def test_a_walk_to_no_signal_leaves_the_cursor_and_says_so(checkout: Session) -> None:
    state = press(opened(checkout), "j e")
    assert state.row == 1
    assert state.message == "There are no errors in this session."
    state = press(state, "2 2 1 w")
    assert state.message == "There are no poor loads among the events shown."
    state = press(opened(session_of([Click("CLICK", 1, {}, label="a")])), "x")
    assert state.message == "There are no signals of what went wrong in this session."


def test_a_walk_to_errors_counts_them_in_words() -> None:
    events = [
        Location("LOCATION", 0, {}, path="/"),
        Click("CLICK", 5_000, {}, label="Pay"),
        Error("ERROR", 5_700, {}, name="TypeError", message="x is undefined"),
    ]
    state = press(opened(session_of(events)), "e")
    assert row_of(state).startswith("TypeError")
    assert row_of(state, 1).endswith("error after it")
    assert state.signal_text.startswith("1 of 1 error · ")


def test_changed_rules_change_what_a_walk_finds(checkout: Session) -> None:
    state = press(opened(checkout, rules=Rules(silence_ms=200_000)), "s")
    assert state.signal_text.startswith("1 of 1 silence")


@each_row(
    ("key", "query"),
    [("e", "is:error"), ("w", "is:slow"), ("s", "is:gap"), ("x", "is:wrong"), ("i", "is:signal")],
)
def test_a_key_and_its_query_mean_the_same_signals(checkout: Session, key: str, query: str) -> None:
    events: list[Event] = [
        *checkout.events,
        Error("ERROR", checkout.events[-1].time_ms, {}, name="TypeError"),
        Crash("CRASH", checkout.events[-1].time_ms, {}, name="OutOfMemory"),
    ]
    stops = []
    for options in (ViewOptions(), ViewOptions(filter=Query.parse(query))):
        state = press(opened(session_of(events), options), key)
        found = re.search(r"of (\d+) ", state.signal_text)
        assert found, state.signal_text
        stops.append(found[1])
    assert stops[0] == stops[1]


@each_row("key", [*"ixTmunNhlHL"])
def test_what_needs_an_event_says_so_when_none_is_shown(checkout: Session, key: str) -> None:
    state = opened(checkout, ViewOptions(filter=Query.parse("zzzzz")))
    assert press(state, key).message == NO_EVENT
    assert press(state, "escape", key).message != NO_EVENT


# --- page visits, runs and folds


@each_row(
    ("keys", "row"),
    [
        ("j", 2), ("j j k", 2), ("G", 163), ("G g", 1), ("k", 1), ("G j", 163), ("}", 4),
        ("} j j j", 7), ("} j j {", 4), ("} {", 1),
    ],
)  # fmt: skip
def test_the_cursor_moves_by_rows_and_page_visits(checkout: Session, keys: str, row: int) -> None:
    assert press(opened(checkout), keys).row == row - 1


def test_a_page_visit_folds_and_unfolds(checkout: Session) -> None:
    state = press(opened(checkout), "j j j j j h")
    assert row_of(state).startswith("/c/women · ")
    assert row_of(state).endswith("11s · 4 events · LCP 1.0s good")
    assert (state.row, len(state.view.rows)) == (3, ROWS - 3)
    assert state.view.count_folded_visits() == 1
    assert counts_of(state) == "180 of 180 events", "folded is not hidden"
    assert "/c/women/jackets" in row_of(press(state, "j"))
    for keys in ("j k l", "h l", "h h l"):
        state = press(state, keys)
        assert (state.row, len(state.view.rows)) == (3, ROWS)


def test_all_page_visits_fold_at_once(checkout: Session) -> None:
    state = press(opened(checkout), "G H")
    assert (state.row, len(state.view.rows)) == (30, 31)
    assert len(press(state, "L").view.rows) == ROWS


def test_a_run_unrolls_and_rolls_up_again(checkout: Session) -> None:
    state = press(opened(checkout), "x x")
    assert row_of(state).startswith("Apply ×6")
    state = press(state, "l")
    assert len(state.view.rows) == ROWS + 5
    state = press(state, "j j h")
    assert row_of(state).startswith("Apply ×6")


# --- times and positions


def test_times_count_from_the_cursor_and_from_the_start_again(checkout: Session) -> None:
    state = press(opened(checkout), "j j T")
    assert rows.time_display_name(checkout, state.times) == "since +0:04.027"
    times = [rows.format_time(checkout, index, state.times) for index in (0, 2, 3)]
    assert times == ["-0:04.027", "+0:00.000", "+0:02.136"]
    state = press(state, "t t t")
    assert time_of(state) == "+0:04.027"
    state = press(state, "t")
    assert time_of(state) == "+0:00.000"
    assert time_of(press(state, "T")) == "+0:04.027"


def test_nothing_counts_from_a_time_that_is_none() -> None:
    now = 1_762_772_401_000
    events = [Click("CLICK", ms, {}, label=str(ms)) for ms in (0, now, now + 1_000)]
    state = press(opened(session_of(events)), "G", ":1970-01-01")
    state = press(state, "T")
    assert state.message == "This event's time is a stray: nothing counts from it."
    state = press(opened(session_of([Click("CLICK", None, {}, label="a")])), "T")
    assert state.message == "This event has no readable time to count from."


@each_row(
    ("typed", "time"),
    [
        ("+3:15", "+3:14.295"),
        ("+3:20.646", "+3:20.646"),
        ("#42", "+7:59.195"),
        ("13:03:15", "+3:14.295"),
        ("2024-11-13 13:03:21.246 UTC", "+3:20.646"),
        ("2024-11-13T14:03:21.246+01:00", "+3:20.646"),
        ("1731503001246", "+3:20.646"),
        ("+3m21s", "+3:20.646"),
        ("+9:00:00", "+24:56.700"),
    ],
)
def test_a_position_is_gone_to(checkout: Session, typed: str, time: str) -> None:
    assert time_of(press(opened(checkout), f":{typed}")) == time


def test_a_position_counts_from_the_zero_and_in_the_zone_of_the_times(checkout: Session) -> None:
    state = press(opened(checkout), "j j T", ":+0:02.136")
    assert state.index == 3
    state = press(opened(checkout), "t", ":09:00:06.763")
    assert state.index == 3


def test_a_position_that_is_none_is_refused_or_remarked_on(checkout: Session) -> None:
    state = press(opened(checkout), "j j")
    with pytest.raises(PromptError):
        PositionPurpose(":").accept(state, "soon")
    state = press(state, ":#999")
    assert state.row == 2
    assert "There is no event #999 in this session. It has #1 to #180." in state.message
    assert PositionPurpose(":").accept(state, " ") is state


def test_a_hidden_position_leads_next_to_it_and_says_so(checkout: Session) -> None:
    state = press(opened(checkout), "&is:slow", ":#5")
    assert state.message.startswith("#5 is hidden by the filter")
    assert "after the last event" in press(state, ":+99:99").message
    state = press(opened(checkout), "&type:location", ":+3:15")
    assert time_of(state) == "+2:55.160"
    assert "the last event shown before it" in state.message


def test_a_position_inside_a_fold_unfolds_it_and_keeps_its_remark(checkout: Session) -> None:
    state = press(opened(checkout), "H", ":+3:15")
    assert time_of(state) == "+3:14.295"
    assert "705ms after #36, the last event before it" in state.message


# --- marks


def test_marks_are_set_walked_and_removed(checkout: Session) -> None:
    state = press(opened(checkout), "u")
    assert state.message == "Nothing is marked: m marks an event."
    state = press(state, "j m j j m")
    assert state.marks == {1, 3}
    assert press(state, "u").index == 1, "after the last mark comes the first"
    assert press(state, "u U").index == 3
    assert press(state, "m").marks == {1}


def test_marks_that_a_filter_hides_are_passed_over(checkout: Session) -> None:
    state = press(opened(checkout), "m j m j m 1 u")
    assert [(state := press(state, keys)).index for keys in ("k", "u u")] == [1, 1]
    assert press(state, "2 u").message == "Every mark is hidden by the filter or the types."


# --- where a session is opened


def test_an_opening_position_is_remarked_on_together_with_the_times(checkout: Session) -> None:
    nowhere = Position.parse("#999")
    initial_view = InitialView(position=nowhere, times=TimeOptions(zero=nowhere))
    jump, state = PendingJump(initial_view), opened(checkout)
    assert jump.count_times(state, is_complete=False) is state, "its event may still come"
    assert ready(jump.follow(state, is_complete=False)).message == ""
    state = jump.count_times(state, is_complete=True)
    state = ready(jump.follow(state, is_complete=True))
    remark = "There is no event #999 in this session."
    assert state.message.startswith("--times: There is no event #999")
    assert state.message.count(remark) == 2
    state = jump.follow(state.change(), is_complete=True)
    assert state.message == "", "once is enough"


def test_the_window_of_a_link_is_around_its_moment(checkout: Session) -> None:
    options, moment = ViewOptions(window=RowWindow(None, 2, 1)), ReplayOffset(57_600)
    jump = PendingJump(InitialView(options, moment))
    state = ready(jump.follow(opened(checkout, options), is_complete=True))
    exported = View(Analysis(checkout), options.at_replay_offset(moment, checkout))
    assert (state.view.rows, state.index) == (exported.rows, exported.about)
