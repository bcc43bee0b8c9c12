"""The activity strip: pictures drawn by hand, the recorded session, and what holds at any width."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs
from msgspec.structs import replace

from eventview.analysis.analysis import Analysis
from eventview.analysis.rules import RULES
from eventview.analysis.signal_kinds import GAP, HESITATION, SIGNAL_KINDS
from eventview.analysis.signals import Severity
from eventview.render.histogram import LEVELS, Histogram, build_histogram
from eventview.session.events import Click, Crash, Error, Event, Location, Performance
from eventview.session.metrics import LoadMetrics
from eventview.session.session import Session
from eventview.session.source import Gap, PartialExport, SessionRef
from tests.conftest import CHECKOUT, recorded
from tests.tables import each_row

START_MS = 1_731_502_800_000


def at(seconds: float | None) -> int | None:
    return None if seconds is None else START_MS + round(seconds * 1000)


def click(seconds: float | None, label: str = "", **more: Any) -> Click:
    return Click("CLICK", at(seconds), {}, label=label or str(seconds), **more)


def page(seconds: float | None, path: str = "", **load: Any) -> Location:
    metrics = LoadMetrics(**load)
    return Location("LOCATION", at(seconds), {}, path=path or f"/{seconds}", packed_load=metrics)


def error(seconds: float | None) -> Error:
    return Error("ERROR", at(seconds), {}, message="x is undefined")


def crash(seconds: float | None) -> Crash:
    return Crash("CRASH", at(seconds), {}, reason="out of memory")


def sample(seconds: float | None) -> Performance:
    return Performance("PERFORMANCE", at(seconds), {})


def session(*events: Event, gaps: Sequence[tuple[float, float]] = (), step: int = 1) -> Session:
    lacking = [Gap(START_MS + round(a * 1000), START_MS + round(b * 1000)) for a, b in gaps]
    return Session.of(SessionRef("acme", "42", "acme.example"), events, len(events), step, lacking)


def drawn(read: Session, cells: int) -> list[str]:
    picture = build_histogram(Analysis(read), cells)
    return [picture.density, picture.marks]


# --- pictures


def clicks(*seconds: float) -> list[Event]:
    return [click(second, f"button {number}") for number, second in enumerate(seconds)]


@each_row(
    ("events", "cells", "density", "marks"),
    [
        pytest.param(
            clicks(0, 1, 2, 3, 4, 5, 6, 7, 10, 20, 21, 30, 40), 4,
            "█▁▂▂", "    ", id="as many events as bars are high",
        ),
        pytest.param(
            clicks(*[0] * 100, 10, *[20] * 50, *[29] * 99, 30), 3,
            "▆▁█", "   ", id="one of a hundred is still seen",
        ),
        pytest.param(
            clicks(0, 5, 40, 79, 80), 8,
            "█┄┄┄▄┄┄█", "        ", id="silences are drawn, from end to end",
        ),
        pytest.param(
            clicks(0, 5, 34, 63, 80), 8,
            "█  ▄  ▄▄", "        ", id="less than 30 s is no silence",
        ),
        pytest.param(
            [*clicks(0, 5), sample(25), sample(35), *clicks(79, 80)], 8,
            "█┄┄┄┄┄┄█", "        ", id="the page samples itself whether anybody is there or not",
        ),
        pytest.param(
            [page(0), *clicks(1), page(2), crash(3), page(6), *clicks(8)], 4,
            "██ █", "→C →", id="a signal stands before the start of a page",
        ),
        pytest.param(
            [error(0), crash(0.1), page(0.2), *clicks(1, 2)], 2,
            "█▆", "C ", id="the gravest signal stands for all",
        ),
        pytest.param(
            [
                click(0, hesitation_ms=6000), page(1), click(1.5, hesitation_ms=7000),
                *(click(3, str(n), hesitation_ms=1) for n in range(3)),
            ], 3,
            "▃▆█", "h→ ", id="hesitation gives way to the start of a page",
        ),
        pytest.param(
            [
                *[click(0, "More", hesitation_ms=1)] * 3,
                click(5, "+", hesitation_ms=6000),
                *[click(5, "+", hesitation_ms=1)] * 2,
                *clicks(10),
            ], 3,
            "██▃", "×h ", id="repeated clicks give way to hesitation",
        ),
        pytest.param(
            [page(0, first_contentful_paint_ms=9000), *clicks(3)], 3,
            "█ █", "W  ", id="a poor load is a signal of its page's start",
        ),
        pytest.param(
            [error(9), *clicks(1, 5), error(None), page(None), click(None), *clicks(9)], 4,
            "▄ ▄█", "   E", id="what has no time is nowhere",
        ),
        pytest.param(clicks(1, 1, 1), 4, "█   ", "    ", id="one moment is the first cell"),
        pytest.param([error(7)], 3, "█  ", "E  ", id="one event"),
        pytest.param([error(7)], 1, "█", "E", id="one cell"),
        pytest.param([click(None), error(None)], 3, "   ", "   ", id="no time at all"),
        pytest.param([], 3, "   ", "   ", id="no event"),
        pytest.param([sample(0), sample(9)], 3, "   ", "   ", id="nothing but samples"),
    ],
)  # fmt: skip
def test_a_session_in_cells(events: list[Event], cells: int, density: str, marks: str) -> None:
    assert drawn(session(*events), cells) == [density, marks]


@each_row(
    ("gaps", "density"),
    [
        ([], "█┄┄┄┄┄┄█"),
        # Events of its time may be there; it is no silence then.
        ([(25, 45)], "█ ???  █"),
        ([(15, 15)], "█?     █"),
        ([(0, 80)], "█??????█"),
        # The picture ends with the events that were received.
        ([(-50, -10), (90, 95)], "█┄┄┄┄┄┄█"),
        ([(70, 500)], "█      █"),
    ],
)
def test_where_events_have_not_come_nothing_is_called_silence(
    gaps: list[tuple[float, float]], density: str
) -> None:
    assert (
        build_histogram(Analysis(session(*clicks(0, 5, 75, 80), gaps=gaps)), 8).density == density
    )


def test_what_lies_beyond_a_first_sample_is_not_missing_from_its_cell() -> None:
    read = session(sample(0), *clicks(20, 30), sample(40), gaps=[(-50, -10), (50, 60)])
    assert build_histogram(Analysis(read), 4).density == "  ██"


def test_a_cell_knows_why_it_is_empty() -> None:
    quiet = build_histogram(Analysis(session(*clicks(0, 80))), 4).cells
    assert [cell.is_silence for cell in quiet] == [False, True, True, False]
    unknown = build_histogram(Analysis(session(*clicks(0, 80), gaps=[(10, 50)])), 4).cells
    assert [cell.is_missing for cell in unknown] == [False, True, True, False]
    assert not any(cell.is_silence for cell in unknown)


def test_a_silence_of_whole_seconds_begins_when_the_last_one_is_over() -> None:
    # The event may have been at 1.999 s as well.
    read = session(*clicks(0, 1, 41), step=1000)
    assert build_histogram(Analysis(read), 82).density.startswith("█ █ ┄┄")
    assert build_histogram(Analysis(session(*clicks(0, 1, 41))), 82).density.startswith("█ █┄┄┄")


def test_a_gap_of_whole_seconds_lasts_until_the_last_one_is_over() -> None:
    read = session(*clicks(0, 10), gaps=[(4, 5)], step=1000)
    assert build_histogram(Analysis(read), 20).density == "█       ????       █"


def test_the_recorded_session_shows_where_it_stood_still_and_what_went_wrong(
    checkout: Session,
) -> None:
    assert drawn(checkout, 78) == [
        "▆▃▃▅┄┄┄┄▂█▄▁┄┄┄┄┄┄┄┄┄┄┄┄▁▃▆█▆▇┄┄┄┄┄┄┄▃▃▂▃▂▂▂▃▂▃▃▂▂▂▃▃▂▃▃▂▂▁▂▃▃▂▃▂▂▃▂▃▂▃▂▂▂▂▃▁▂",
        "→→→     →RW              →→RWR       →→     → →   → →WW→→     →→→      W→ ×  →",
    ]
    cells = build_histogram(Analysis(checkout), 78).cells
    assert sum(cell.count for cell in cells) == 180
    assert max(cell.level for cell in cells) == 8


# --- ways into the session


def test_a_click_leads_to_the_first_event_of_a_cell_or_else_behind_it() -> None:
    read = session(*clicks(0, 1), sample(41), *clicks(42, 79, 80))
    assert [build_histogram(Analysis(read), 8).index_at(cell) for cell in range(8)] == [
        0,
        3,
        3,
        3,
        3,
        4,
        4,
        4,
    ]
    # A sample is gone to where nothing else is left.
    read = session(*clicks(0, 10), sample(80))
    assert [build_histogram(Analysis(read), 4).index_at(cell) for cell in range(4)] == [0, 2, 2, 2]


def test_where_no_event_has_a_time_there_is_nowhere_to_go() -> None:
    assert build_histogram(Analysis(session(click(None))), 4).index_at(2) is None
    assert build_histogram(Analysis(session()), 4).index_at(0) is None
    assert build_histogram(Analysis(session(click(None))), 4).bucket_of(START_MS) == 0


def test_moments_outside_the_session_are_in_its_nearest_cell() -> None:
    picture = build_histogram(Analysis(session(*clicks(0, 80))), 8)
    assert picture.bucket_of(START_MS - 1) == 0
    assert picture.bucket_of(START_MS + 80_001) == 7
    assert picture.bucket_of(START_MS + 10_000) == 1
    assert picture.bucket_of(START_MS + 9_999) == 0
    assert picture.time_at(1) == START_MS + 10_000


@pytest.mark.parametrize("width", [0, -3])
def test_there_is_always_a_cell(width: int) -> None:
    picture = build_histogram(Analysis(session(*clicks(0, 80))), width)
    assert (picture.density, picture.marks) == ("█", " ")
    assert (picture.bucket_of(START_MS + 80_000), picture.index_at(0)) == (0, 0)


# --- at any width

SECONDS = st.none() | st.integers(0, 200) | st.floats(0, 0.05)
EVENTS = st.one_of(
    st.builds(click, SECONDS, st.sampled_from(["Pay", "+", ""]), hesitation_ms=st.just(5000)),
    st.builds(click, SECONDS, st.sampled_from(["Pay", "More"])),
    st.builds(page, SECONDS, load_ms=st.sampled_from([None, 9, 9000])),
    st.builds(error, SECONDS),
    st.builds(crash, SECONDS),
    st.builds(sample, SECONDS),
)
GAPS = st.lists(
    st.tuples(st.integers(-20, 220), st.integers(0, 60)).map(lambda gap: (gap[0], sum(gap))),
    max_size=2,
).map(sorted)
SESSIONS = st.builds(
    lambda events, gaps, step: session(
        *(
            e if e.time_ms is None else structs.replace(e, time_ms=e.time_ms // step * step)
            for e in events
        ),
        gaps=gaps,
        step=step,
    ),
    st.lists(EVENTS, max_size=30),
    GAPS | st.just([]),
    st.sampled_from([1, 1000]),
)


@cache
def recorded_checkout() -> Session:
    return recorded(CHECKOUT)


PICTURES = st.builds(
    build_histogram, (SESSIONS | st.builds(recorded_checkout)).map(Analysis), st.integers(1, 300)
)


def counting(read: Session) -> list[tuple[int, int]]:
    """Indexes and times of the events that count, by a plain loop."""
    return [
        (index, event.time_ms)
        for index, event in enumerate(read.events)
        if event.time_ms is not None and not isinstance(event, Performance)
    ]


@given(PICTURES)
def test_every_event_with_a_time_is_counted_once_in_the_cell_of_its_time(
    picture: Histogram,
) -> None:
    counts = [0] * picture.width
    for _, time in counting(picture.session):
        counts[picture.bucket_of(time)] += 1
    assert [cell.count for cell in picture.cells] == counts
    assert len(picture.density) == len(picture.marks) == picture.width
    fullest = max(counts)
    for cell in picture.cells:
        assert (cell.level > 0) == (cell.count > 0)
        assert (cell.level == 8) or cell.count < fullest or not fullest
        if cell.count:
            assert cell.density == LEVELS[cell.level]
            assert (cell.level - 1) * fullest < cell.count * 8 <= cell.level * fullest


@given(PICTURES)
def test_time_goes_from_left_to_right_in_equal_parts(picture: Histogram) -> None:
    read = picture.session
    times = [time for _, time in counting(read)]
    assert all(a <= b for a, b in pairwise(map(picture.bucket_of, times)))
    starts = [picture.time_at(cell) for cell in range(picture.width)]
    assert all(a <= b for a, b in pairwise(starts))
    for cell, start in enumerate(starts):
        # A part of less than a millisecond may have none of its own.
        if read.duration_ms >= picture.width:
            assert picture.bucket_of(start) == cell
            assert cell == 0 or picture.bucket_of(start - 1) == cell - 1
    if read.start_ms is not None and read.end_ms is not None:
        assert picture.bucket_of(read.start_ms) == 0
        assert picture.bucket_of(read.end_ms) == (picture.width - 1 if read.duration_ms else 0)


@given(PICTURES)
def test_silence_is_said_only_of_a_cell_wholly_inside_one_and_without_events(
    picture: Histogram,
) -> None:
    read = picture.session
    silences = [
        (before, after)
        for silence in Analysis(read).signals.silences.values()
        for before, after in [[read.events[index].time_ms for index in silence.events]]
        if before is not None and after is not None
    ]
    start, step = read.start_ms or 0, read.resolution_ms
    for number, cell in enumerate(picture.cells):
        if cell.density != "┄":
            continue
        assert not cell.count
        begins = start + number * read.duration_ms / picture.width
        ends = start + (number + 1) * read.duration_ms / picture.width
        assert any(a + step - 1 <= begins and ends <= b for a, b in silences)
        assert not any(
            gap.start_ms <= ends and begins <= gap.end_ms + step - 1 for gap in read.gaps
        )


@given(PICTURES)
def test_a_question_mark_stands_only_where_a_gap_is_and_no_event(picture: Histogram) -> None:
    read = picture.session
    for number, cell in enumerate(picture.cells):
        begins, ends = picture.time_at(number), picture.time_at(number + 1)
        overlaps = any(
            gap.start_ms <= ends and begins <= gap.end_ms + read.resolution_ms for gap in read.gaps
        )
        assert cell.density != "?" or (overlaps and not cell.count)
        assert cell.is_missing == (cell.density == "?")


@given(PICTURES)
def test_every_page_and_every_signal_has_a_mark_or_is_under_a_graver_one(
    picture: Histogram,
) -> None:
    read = picture.session
    kinds = list(SIGNAL_KINDS)
    grave = kinds[: kinds.index(HESITATION)]
    reasons: dict[int, set[str]] = {}
    for signal in Analysis(read).signals.found:
        time = read.events[signal.at].time_ms
        if time is None or signal.kind is GAP:
            continue
        cell = picture.cells[picture.bucket_of(time)]
        reasons.setdefault(picture.bucket_of(time), set()).add(signal.kind.letter)
        if signal.kind in grave:
            assert cell.signal is not None
            assert kinds.index(cell.signal) <= kinds.index(signal.kind)
            assert cell.mark == cell.signal.letter
        if signal.kind.severity is Severity.SEVERE:
            assert cell.signal is not None
            assert cell.signal.severity is Severity.SEVERE
    for visit in read.visits:
        time = read.events[visit.start].time_ms
        if time is not None:
            cell = picture.cells[picture.bucket_of(time)]
            reasons.setdefault(picture.bucket_of(time), set()).add("→")
            assert cell.is_page_start
            assert cell.mark == "→" or cell.signal in grave
    for number, cell in enumerate(picture.cells):
        assert cell.mark in reasons.get(number, {" "}), "nothing is marked that is not there"
        assert cell.mark != " " or number not in reasons


@given(PICTURES)
def test_a_cell_with_events_leads_to_its_first_and_another_to_one_behind_it(
    picture: Histogram,
) -> None:
    own = counting(picture.session)
    for number, cell in enumerate(picture.cells):
        index = picture.index_at(number)
        if picture.session.start_ms is None:
            assert index is None
            continue
        assert index is not None
        if cell.count:
            assert index == next(i for i, time in own if picture.bucket_of(time) == number)
        elif any(picture.bucket_of(time) > number for _, time in own):
            assert index == next(i for i, time in own if picture.bucket_of(time) > number)


def test_silences_are_those_of_the_rules_in_force(checkout: Session) -> None:
    assert (
        "┄" not in build_histogram(Analysis(checkout, replace(RULES, silence_ms=10**6)), 78).density
    )


def test_a_stray_is_in_no_part_and_leaves_the_others_theirs() -> None:
    events = [page(0), *(click(second) for second in range(1, 7)), crash(7)]
    strays = [Click("CLICK", 0, {}), Crash("CRASH", 2**60, {}, reason="odd")]
    odd = session(*events, *strays)
    assert drawn(odd, 8) == drawn(session(*events), 8)
    assert [build_histogram(Analysis(odd), 8).index_at(cell) for cell in range(8)] == list(
        range(1, 9)
    )


def test_a_part_of_a_session_stands_where_it_is_in_the_whole() -> None:
    whole = session(*(click(second) for second in range(8)))
    partial_export = PartialExport([4, 5], START_MS, whole.duration_ms, 8)
    part = replace(session(*whole.events[3:5]), partial_export=partial_export)
    assert build_histogram(Analysis(part), 8).density == "???██???"
