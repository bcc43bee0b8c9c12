"""A page load as a picture, and what it must never say whatever a browser sent."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from eventview.render.waterfall import (
    BAR,
    LEAST_CELLS,
    MARK,
    UNPLACED,
    TimingSpan,
    WaterfallLine,
    draw_waterfall,
    find_timing_spans,
)
from eventview.session import timefmt
from eventview.session.events import Location
from eventview.session.metrics import (
    NOT_MEASURED,
    VITALS,
    Band,
    LoadMetrics,
    Number,
    Rating,
    is_page_load,
)
from eventview.session.session import Session
from eventview.session.text import width
from tests.tables import each_row

NAMES = list(LoadMetrics.__struct_fields__)

V1_CLICKHOUSE = LoadMetrics(
    dom_building_ms=350,
    first_paint_ms=774,
    first_contentful_paint_ms=824,
    dom_content_loaded_handlers_ms=3,
    load_handlers_ms=12,
    speed_index_ms=29_000,
    visually_complete_ms=30_000,
    time_to_interactive_ms=30_000,
)
V2 = LoadMetrics(
    request_start_ms=12,
    response_start_ms=455,
    response_ms=61,
    response_end_ms=516,
    request_to_end_ms=504,
    dom_building_ms=350,
    first_paint_ms=774,
    first_contentful_paint_ms=824,
    dom_content_loaded_start_ms=866,
    dom_content_loaded_ms=906,
    dom_content_loaded_handlers_ms=40,
    load_start_ms=1236,
    load_ms=1600,
    load_handlers_ms=364,
    time_to_interactive_ms=29_000,
    time_to_first_byte_ms=443.7,
    largest_contentful_paint_ms=1543,
    interaction_to_next_paint_ms=200,
    cumulative_layout_shift=0.0535,
)


def picture(load: LoadMetrics, cells: int) -> str:
    return "\n".join(line.text for line in draw_waterfall(find_timing_spans(load), cells))


def part(load: LoadMetrics, key: str) -> TimingSpan | None:
    return next((span for span in find_timing_spans(load) if span.key == key), None)


def place(load: LoadMetrics, key: str) -> tuple[Number | None, Number | None] | None:
    span = part(load, key)
    return None if span is None else (span.start_ms, span.end_ms)


def slow_load(session: Session) -> LoadMetrics:
    """The load of the recorded session that took 13.5 s."""
    loads = [event.load for event in session.events if isinstance(event, Location)]
    return next(load for load in loads if load.load_ms == 13_540)


# --- pictures


def test_the_recorded_slow_load_is_drawn_with_names_and_ratings_in_full(
    checkout: Session,
) -> None:
    assert picture(slow_load(checkout), 80) == (
        """\
request                     ━━━━━                                1.8s poor
time to first byte              ◆                             at 1.8s poor
response                        ━━                              321ms
DOM building                     ━━━━━━━━━                       3.6s poor
first paint                      ◆                            at 2.5s
first contentful paint            ◆                           at 2.6s needs work
largest contentful paint           ◆                          at 3.0s needs work
DOM content loaded                       ◆                    at 5.7s
load event end                                             ◆   at 14s poor
                            0┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈14s
not on the axis
interaction to next paint                                        48ms good
cumulative layout shift                                         0.104 needs work"""
    )


def test_where_there_is_little_room_names_become_short_and_then_ratings_signs(
    checkout: Session,
) -> None:
    load = slow_load(checkout)
    assert picture(load, 44) == (
        """\
request  ━━━                 1.8s poor
TTFB       ◆              at 1.8s poor
response   ━                321ms
DOM        ━━━━━             3.6s poor
FP         ◆              at 2.5s
FCP        ◆              at 2.6s needs work
LCP         ◆             at 3.0s needs work
DCL            ◆          at 5.7s
load                   ◆   at 14s poor
         0┈┈┈┈┈┈┈┈┈┈┈14s
not on the axis
INP                          48ms good
CLS                         0.104 needs work"""
    )
    assert picture(load, 30) == (
        """\
request  ━━             1.8s !
TTFB      ◆          at 1.8s !
response  ━            321ms
DOM       ━━━━          3.6s !
FP        ◆          at 2.5s
FCP       ◆          at 2.6s ~
LCP        ◆         at 3.0s ~
DCL          ◆       at 5.7s
load              ◆   at 14s !
         0┈┈┈┈┈┈14s
not on the axis
INP                     48ms +
CLS                    0.104 ~"""
    )


def test_the_events_of_the_document_are_bars_where_their_start_is_told() -> None:
    assert picture(V2, 61) == (
        """\
request  ━━━━━━━━━━                          443ms needs work
TTFB             ◆                        at 444ms good
response          ━━                          61ms
DOM                ━━━━━━━━                  350ms needs work
FP                      ◆                 at 774ms
FCP                      ◆                at 824ms good
LCP                                    ◆   at 1.5s good
DCL                       ━━              at 906ms
load                             ━━━━━━━━  at 1.6s good
         0┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈1.6s
not on the axis
INP                                          200ms good
CLS                                         0.0535 good"""
    )


def test_durations_of_which_nobody_says_when_they_were_are_not_on_the_axis() -> None:
    assert picture(V1_CLICKHOUSE, 44) == (
        """\
FP                     ◆ at 774ms
FCP                    ◆ at 824ms good
         0┈┈┈┈┈┈┈┈┈824ms
not on the axis
DOM                         350ms needs work
DCL run                       3ms
load run                     12ms"""
    )


def test_a_load_in_no_time_is_none() -> None:
    load = LoadMetrics(response_ms=0, response_end_ms=0, first_paint_ms=0, load_ms=0)
    assert picture(load, 30) == ""


# --- what is drawn, and where


@each_row(
    ("load", "key", "where"),
    [
        # Formats send the moment or only what defines it.
        ({"request_start_ms": 5, "response_start_ms": 90}, "server_wait", (5, 90)),
        ({"request_start_ms": 5, "server_wait_ms": 85}, "server_wait", (5, 90)),
        ({"response_start_ms": 90, "server_wait_ms": 85}, "server_wait", (5, 90)),
        (
            {"response_end_ms": 99, "response_ms": 9, "server_wait_ms": 85},
            "server_wait", (5, 90),
        ),
        ({"response_end_ms": 99, "response_ms": 9}, "response", (90, 99)),
        ({"response_start_ms": 90, "response_end_ms": 99}, "response", (90, 99)),
        ({"response_start_ms": 90, "response_ms": 9}, "response", (90, 99)),
        ({"response_end_ms": 99, "dom_building_ms": 50}, "dom_building", (99, 149)),
        ({"response_end_ms": 99, "dom_content_loaded_start_ms": 149}, "dom_building", (99, 149)),
        (
            {"dom_building_ms": 50, "dom_content_loaded_start_ms": 149, "fp": 1},
            "dom_building", (99, 149),
        ),
        ({"response_end_ms": 99}, "response_end", (99, 99)),
        ({"dom_content_loaded_start_ms": 149, "dom_content_loaded_ms": 160}, "dcl", (149, 160)),
        ({"dom_content_loaded_ms": 160}, "dcl", (160, 160)),
        ({"load_start_ms": 200, "load_ms": 210}, "load", (200, 210)),
        ({"load_ms": 210}, "load", (210, 210)),
        # A start is never made up.
        ({"server_wait_ms": 85, "fp": 1}, "server_wait", (None, None)),
        ({"server_wait_ms": 85, "response_end_ms": 99}, "server_wait", (None, None)),
        ({"response_ms": 9, "fp": 1}, "response", (None, None)),
        ({"dom_building_ms": 50, "fp": 1}, "dom_building", (None, None)),
        ({"request_to_end_ms": 94, "response_end_ms": 99}, "ttlb", (None, None)),
        ({"dom_content_loaded_handlers_ms": 3, "fp": 1}, "dcl_handlers", (None, None)),
        ({"load_handlers_ms": 3, "load_ms": 9}, "load_handlers", (None, None)),
        ({"response_start_ms": 90, "fp": 1}, "server_wait", None),
        ({"request_start_ms": 5, "fp": 1}, "server_wait", None),
        ({"load_start_ms": 5, "fp": 1}, "load", None),
        # A figure that is drawn is not repeated below the axis.
        ({"load_handlers_ms": 10, "load_start_ms": 200, "load_ms": 210}, "load_handlers", None),
        ({"response_end_ms": 99, "response_ms": 9}, "response_end", None),
        (
            {
                "request_to_end_ms": 94, "request_start_ms": 5, "response_start_ms": 90,
                "response_end_ms": 99,
            },
            "ttlb", None,
        ),
        # An impossible span has no place.
        (
            {"response_start_ms": 99, "response_end_ms": 90, "response_ms": -9},
            "response", (None, None),
        ),
        ({"response_start_ms": 99, "response_end_ms": 90}, "response", None),
        ({"response_start_ms": 9, "server_wait_ms": 10, "fp": 1}, "server_wait", (None, None)),
        ({"load_start_ms": 220, "load_ms": 210}, "load", (210, 210)),
        ({"first_contentful_paint_ms": -1, "fp": 1}, "fcp", (None, None)),
        # They are so late that they would squash the rest.
        ({"speed_index_ms": 9, "fp": 1}, "si", None),
        ({"visually_complete_ms": 9, "fp": 1}, "visually_complete", None),
        ({"time_to_interactive_ms": 9, "fp": 1}, "tti", None),
    ],
)  # fmt: skip
def test_a_part_stands_where_its_times_are_told_and_nowhere_else(
    load: dict[str, int], key: str, where: tuple[Number | None, Number | None] | None
) -> None:
    # With a paint where there would be no picture without one.
    named = {"first_paint_ms" if name == "fp" else name: value for name, value in load.items()}
    assert place(LoadMetrics(**named), key) == where


@each_row(
    ("load", "key", "value", "rating"),
    [
        ({"server_wait_ms": 600, "response_start_ms": 700}, "server_wait", "600ms", "needs work"),
        # The wait by its definition, though no figure of that name is told.
        ({"request_start_ms": 5, "response_start_ms": 606}, "server_wait", "601ms", "poor"),
        # The length as sent wins over the difference of the moments.
        (
            {"request_start_ms": 5, "response_start_ms": 606, "server_wait_ms": 600},
            "server_wait", "600ms", "needs work",
        ),
        ({"response_start_ms": 5, "response_end_ms": 9006}, "response", "9.0s", None),
        ({"response_end_ms": 99, "dom_building_ms": 601}, "dom_building", "601ms", "poor"),
        ({"first_paint_ms": 9000}, "fp", "at 9.0s", None),
        ({"first_contentful_paint_ms": 1801}, "fcp", "at 1.8s", "needs work"),
        # By when it ended, not by how long its handlers ran.
        ({"load_start_ms": 7299, "load_ms": 7301}, "load", "at 7.3s", "poor"),
        ({"load_ms": 3800}, "load", "at 3.8s", "good"),
        ({"dom_content_loaded_ms": 9000}, "dcl", "at 9.0s", None),
        ({"cumulative_layout_shift": 0.1, "load_ms": 1}, "cls", "0.1", "good"),
        ({"interaction_to_next_paint_ms": 501, "load_ms": 1}, "inp", "501ms", "poor"),
    ],
)  # fmt: skip
def test_a_part_is_rated_by_the_band_of_its_own_metric_or_not_at_all(
    load: dict[str, Number], key: str, value: str, rating: str | None
) -> None:
    found = part(LoadMetrics(**load), key)
    assert found is not None
    assert (found.value, found.rating and found.rating.value) == (value, rating)


def test_ratings_are_by_the_bands_in_force() -> None:
    load = LoadMetrics(first_contentful_paint_ms=100, load_ms=100)
    [fcp, loaded] = find_timing_spans(load, {"fcp": Band(10, 99, "mine")})
    assert (fcp.rating, loaded.rating) == (Rating.POOR, None)
    [line, *_] = draw_waterfall([fcp, loaded], 80)
    assert line.rated is Rating.POOR
    assert line.rating.strip() == "poor"
    # Without room for the word, there is a sign.
    [line, *_] = draw_waterfall([fcp, loaded], LEAST_CELLS)
    assert (line.rated, line.rating) == (Rating.POOR, "!")


def test_a_route_change_and_a_load_of_which_nothing_can_be_placed_have_no_picture() -> None:
    vitals_alone = {metric.field: 99 for metric in VITALS}
    for load in (
        NOT_MEASURED,
        LoadMetrics(**vitals_alone),
        LoadMetrics(time_to_interactive_ms=900),
        LoadMetrics(dom_building_ms=350, load_handlers_ms=3),
    ):
        assert find_timing_spans(load) == ()
    assert draw_waterfall((), 80) == ()
    # The figures without a place do stand beside a picture.
    assert find_timing_spans(LoadMetrics(dom_building_ms=350, load_handlers_ms=3, first_paint_ms=1))


def test_there_is_no_picture_where_a_bar_would_say_nothing() -> None:
    assert draw_waterfall(find_timing_spans(V2), LEAST_CELLS - 1) == ()
    assert draw_waterfall(find_timing_spans(V2), 0) == ()


# --- whatever a browser sent

AMOUNTS = (
    st.integers(0, 30_000)
    | st.integers(-50, 50)
    | st.floats(-(10.0**99), 10.0**99)
    | st.integers(-(10**99), 10**99)
)
LIKELY = st.lists(st.none() | st.integers(0, 30_000), min_size=len(NAMES), max_size=len(NAMES))
ODD = st.lists(st.none() | AMOUNTS, min_size=len(NAMES), max_size=len(NAMES))
LOADS = (LIKELY | ODD).map(lambda values: LoadMetrics(*values))
WIDTHS = st.integers(LEAST_CELLS, 200)


def own_lines(drawn: list[WaterfallLine]) -> list[WaterfallLine]:
    """The lines of parts: not the axis, not the heading."""
    return [line for line in drawn if line.value.strip()]


@given(LOADS, WIDTHS)
def test_every_picture_fits_with_its_columns_aligned_and_room_for_bars(
    load: LoadMetrics, cells: int
) -> None:
    parts = find_timing_spans(load)
    drawn = list(draw_waterfall(parts, cells))
    assert all(width(line.text) <= cells for line in drawn)
    inner = [line for line in drawn if not line.name.startswith(UNPLACED)]
    for line in inner:
        assert len(line.bar) >= 10
        assert (
            len({(width(ln.name), len(ln.bar), width(ln.value), len(ln.rating)) for ln in inner})
            == 1
        )
    [heading_width] = {len(line.name) + len(line.bar) for line in drawn} or {0}
    assert heading_width < cells
    own = own_lines(drawn)
    assert [line.name.strip() for line in own] == [
        span.name if cells >= 72 else span.short for span in parts
    ]
    assert [line.rated for line in own] == [span.rating for span in parts]


@given(LOADS, WIDTHS)
def test_every_part_has_a_place_of_its_own_on_the_axis_in_the_order_of_time(
    load: LoadMetrics, cells: int
) -> None:
    parts = find_timing_spans(load)
    cells_of = []
    for span, line in zip(parts, own_lines(list(draw_waterfall(parts, cells))), strict=True):
        filled = [place for place, letter in enumerate(line.bar) if letter != " "]
        assert bool(filled) == span.is_placed
        assert set(line.bar) - {" "} <= {MARK if span.is_moment else BAR}
        if span.start_ms is not None and span.end_ms is not None:
            assert filled == list(range(filled[0], filled[-1] + 1)), "one piece"
            assert len(filled) == 1 or not span.is_moment
            cells_of.append((span.start_ms, span.end_ms, filled[0], filled[-1]))
    for _, end, _, last in cells_of:
        assert all(first >= last for start, _, first, _ in cells_of if start >= end), "in order"
    for (start, _, first, _), (other, _, second, _) in pairwise(sorted(cells_of)):
        assert start <= other
        assert first <= second


@given(LOADS, WIDTHS)
def test_the_axis_begins_at_0_and_ends_with_the_last_part(load: LoadMetrics, cells: int) -> None:
    drawn = draw_waterfall(find_timing_spans(load), cells)
    axes = [line for line in drawn if line.bar.startswith("0")]
    assert len(axes) == bool(drawn)
    ends = [span.end_ms for span in find_timing_spans(load) if span.end_ms is not None]
    if drawn and 0 < max(ends) < 10**9:
        latest = next(span for span in find_timing_spans(load) if span.end_ms == max(ends))
        line = own_lines(list(drawn))[list(find_timing_spans(load)).index(latest)]
        assert line.bar[-1] != " "
        assert axes[0].bar.split("┈")[-1] == timefmt.format_span(round(max(ends)))


@given(LOADS)
def test_what_is_not_measured_is_not_drawn_and_no_value_is_of_another_part(
    load: LoadMetrics,
) -> None:
    keys = [span.key for span in find_timing_spans(load)]
    assert len(set(keys)) == len(keys)
    assert not keys or is_page_load(load)
    for name, key in (
        ("first_paint_ms", "fp"), ("first_contentful_paint_ms", "fcp"),
        ("largest_contentful_paint_ms", "lcp"), ("time_to_first_byte_ms", "ttfb"),
        ("dom_content_loaded_ms", "dcl"), ("load_ms", "load"),
    ):  # fmt: skip
        found = part(load, key)
        value = getattr(load, name)
        assert (found is None) == (value is None or not keys)
        assert found is None or found.figure == value
        assert part(structs.replace(load, **{name: None}), key) is None
