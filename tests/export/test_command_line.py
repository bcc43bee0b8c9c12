"""The command that reopens a view: run, it shows the same rows, hits, times and moment."""

from __future__ import annotations

import shlex
import time
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventview.analysis.analysis import Analysis
from eventview.cli import options, parser
from eventview.export.command_line import command_line, command_words
from eventview.export.snapshot import ExportSnapshot
from eventview.query.query import ALL_TYPES, STARTING_TYPES, Query, TypeChoice
from eventview.query.regular_expressions import QueryError
from eventview.session.events import Event
from eventview.session.position import Position
from eventview.session.session import Session
from eventview.view.time_display import SINCE_START, TimeDisplay, TimeMode
from eventview.view.view import View
from eventview.view.view_options import RowWindow, ViewOptions
from tests.conftest import session_of
from tests.formats import sessions
from tests.tables import each_row, pairs

TARGET = ("eventview", "--profile", "shop", "acme-shop", "42")


def reopened(words: Sequence[str], session: Session) -> tuple[View, TimeDisplay, int | None]:
    """Return the view of a session that a command line shows."""
    arguments = parser.parse_arguments(words[1:])
    assert arguments.target == ["acme-shop", "42"]
    view = View(Analysis(session), options.read_view_options(arguments))
    position = options.read_position(arguments)
    index = None if position is None else position.index(session)
    return view, options.read_times(arguments).display_in(session), index


LENSES = [
    ViewOptions(STARTING_TYPES),
    ViewOptions(ALL_TYPES),
    ViewOptions(STARTING_TYPES.toggled("CLICK")),
    ViewOptions(STARTING_TYPES.toggled("click").toggled("PERFORMANCE")),
    ViewOptions(TypeChoice(frozenset({"click", "location"}), only=True)),
    ViewOptions(TypeChoice(only=True)),
    ViewOptions(STARTING_TYPES, Query.parse("cart -is:slow")),
    ViewOptions(STARTING_TYPES, Query.parse('-type:click "a phrase" it\'s'), context=(2, 2)),
    ViewOptions(STARTING_TYPES, Query.parse("is:gap OR -(cart pay)"), context=(3, 0)),
    ViewOptions(STARTING_TYPES, Query.parse("is:gap"), Query.parse("pay | cart"), context=(1, 2)),
    ViewOptions(STARTING_TYPES, find=Query.parse("/pay|cart/")),
    ViewOptions(STARTING_TYPES, find=Query.parse("cart"), window=RowWindow(None, 2, 1)),
    ViewOptions(STARTING_TYPES, window=RowWindow(Position.parse("+0:30"), 3, 0)),
    ViewOptions(STARTING_TYPES, window=RowWindow(Position.parse("-0:05"), 3, 4)),
    ViewOptions(STARTING_TYPES, window=RowWindow(Position.parse("13:01:00"), 1, 1)),
]

CLOCKS = [
    SINCE_START,
    TimeDisplay(TimeMode.UTC),
    TimeDisplay(TimeMode.LOCAL),
    TimeDisplay(TimeMode.SINCE_ZERO, 5),
]


@each_row(("name", "view_options", "clock"), pairs(sessions(), LENSES, CLOCKS))
def test_the_command_run_shows_the_same_view(
    name: str, view_options: ViewOptions, clock: TimeDisplay
) -> None:
    session = sessions()[name]
    if clock.zero is not None and clock.zero >= len(session.events):
        clock = clock._replace(zero=0)
    view = View(Analysis(session), view_options)
    cursor = min(2, len(session.events) - 1)
    line = command_line(ExportSnapshot(view, clock, command=TARGET), cursor)
    again, its_clock, index = reopened(shlex.split(line), session)
    assert list(again.rows) == list(view.rows)
    assert list(again.hits) == list(view.hits)
    assert (again.options.find, again.options.filter) == (view_options.find, view_options.filter)
    assert its_clock == clock
    # Rows around something say where to begin themselves.
    assert index == cursor if view_options.window is None else again.at == view.at


def test_while_events_may_come_before_it_an_event_is_named_by_its_time(checkout: Session) -> None:
    come = Session.of(checkout.session_ref, checkout.events[40:], total=len(checkout.events))
    line = command_line(
        ExportSnapshot(View(Analysis(come)), TimeDisplay(TimeMode.SINCE_ZERO, 3), command=TARGET),
        20,
    )
    view, clock, index = reopened(shlex.split(line), checkout)
    assert index == 60
    assert clock == TimeDisplay(TimeMode.SINCE_ZERO, 43)
    assert view.rows


@given(st.text())
def test_any_filter_survives_the_shell(text: str) -> None:
    try:
        query = Query.parse(text)
    except QueryError:
        return
    session = sessions()["v1 as documented"]
    view = View(Analysis(session), ViewOptions(STARTING_TYPES, query))
    again, _, _ = reopened(command_words(ExportSnapshot(view, command=TARGET), None), session)
    assert again.options.filter == query


def test_it_says_no_more_than_it_has_to(checkout: Session) -> None:
    plain = ExportSnapshot(View(Analysis(checkout), ViewOptions(STARTING_TYPES)), command=TARGET)
    assert command_line(plain, None) == "eventview --profile shop acme-shop 42"
    everything = ExportSnapshot(View(Analysis(checkout)), command=TARGET)
    assert command_line(everything, 41) == "eventview --profile shop acme-shop 42 --at '#42'"
    with_samples = ExportSnapshot(View(Analysis(sessions()["v2"])), command=TARGET)
    assert command_line(with_samples, None).endswith("--type all")


def test_what_cannot_be_named_has_no_command(checkout: Session) -> None:
    assert command_line(ExportSnapshot(View(Analysis(checkout))), 3) == ""


@pytest.mark.usefixtures("in_berlin")
@pytest.mark.parametrize(
    "arguments",
    [
        ["--at", "02:30 CET"], ["--at", "2025-10-26 02:30 CEST", "--before", "1"],
        ["--filter", 'after:"02:15 CET" -before:#2'], ["--find", 'before:"02:15 CET"'],
    ],
)  # fmt: skip
def test_the_name_of_a_zone_is_the_same_wherever_the_command_is_run(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    fold_ms = 1_761_431_400_000  # 2025-10-26 00:30 in Berlin
    session = session_of([Event("X", fold_ms + hour * 3_600_000, {}) for hour in (0, 2, 3)])
    view = View(
        Analysis(session),
        options.read_view_options(parser.parse_arguments(["acme-shop", "42", *arguments])),
    )
    shown, hits, at = list(view.rows), list(view.hits), view.at
    words = command_words(ExportSnapshot(view, command=TARGET), None)
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    again, *_ = reopened(words, session)
    assert (list(again.rows), list(again.hits), again.at) == (shown, hits, at)


def test_a_moment_since_a_zero_is_the_same_whatever_times_the_command_tells(
    checkout: Session,
) -> None:
    arguments = parser.parse_arguments(
        ["acme-shop", "42", "--at=+0:01", "--times=#4", "--after", "1"]
    )
    view = View(Analysis(checkout), options.read_view_options(arguments))
    zero = options.read_times(arguments).display_in(checkout)
    for clock in (zero, TimeDisplay(), TimeDisplay(TimeMode.UTC)):
        again, *_ = reopened(
            command_words(ExportSnapshot(view, clock, command=TARGET), None), checkout
        )
        assert list(again.rows) == list(view.rows)


def test_a_date_is_the_same_wherever_the_command_is_run(checkout: Session) -> None:
    view = View(
        Analysis(checkout), ViewOptions(window=RowWindow(Position.parse("2024-11-13"), 0, 0))
    )
    words = command_words(ExportSnapshot(view, TimeDisplay(TimeMode.LOCAL), command=TARGET), None)
    assert list(reopened(words, checkout)[0].rows) == list(view.rows) == [0]


@each_row(
    ("times", "typed", "expected"),
    [
        ("local", "09:03:15", "2024-11-13T13:03:15Z"),
        ("local", "13:03:15Z", "13:03:15Z"),
        ("utc", "13:03:15", "13:03:15Z"),
        ("local", "2024-11-13 09:03:15", "2024-11-13T13:03:15Z"),
        ("start", "2024-11-13 14:03:15 CET (UTC+1)", "2024-11-13T14:03:15+01:00"),
        ("start", "1731502995000", "1731502995000"),
        ("start", "+3m15s", "+3:15"),
    ],
)
def test_a_moment_is_the_same_wherever_the_command_is_run(
    checkout: Session, times: str, typed: str, expected: str
) -> None:
    arguments = parser.parse_arguments(
        ["acme-shop", "42", f"--at={typed}", "--times", times, "--after", "1"]
    )
    view = View(Analysis(checkout), options.read_view_options(arguments))
    assert view.at == 35
    for mode in (TimeMode.UTC, TimeMode.LOCAL):
        words = command_words(ExportSnapshot(view, TimeDisplay(mode), command=TARGET), None)
        assert words[words.index("--at") + 1] == expected
        assert reopened(words, checkout)[0].at == 35
