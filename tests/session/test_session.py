"""A session's order, times, page visits and repeats, against loops a child could check."""

from collections.abc import Sequence
from itertools import groupby

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from eventview.analysis.analysis import Analysis
from eventview.render import summary
from eventview.session.events import Click, Event, Input, Location, Performance
from eventview.session.metrics import CATALOGUE, LoadMetrics
from eventview.session.session import Session, Visit
from eventview.session.source import Gap, PartialExport, SessionRef
from eventview.view.folds import find_visit_row
from eventview.view.view import View
from tests.conftest import session_of
from tests.tables import each_row

TIMES = st.none() | st.integers(-2, 6)
LABELS = st.sampled_from(["", " ", "Pay", "Apply"])
EVENTS = st.lists(
    st.builds(Location, st.just("LOCATION"), TIMES, st.just({}))
    | st.builds(Click, st.just("CLICK"), TIMES, st.just({}), label=LABELS)
    | st.builds(Input, st.just("INPUT"), TIMES, st.just({}), label=LABELS)
    | st.builds(Event, st.sampled_from(["CUSTOM", "ERROR"]), TIMES, st.just({})),
    max_size=12,
)


def ids(events: Sequence[Event]) -> list[int]:
    return [id(event) for event in events]


@given(EVENTS)
def test_events_stand_by_time_and_else_behind_whom_they_followed(events: list[Event]) -> None:
    known = [event.time_ms for event in events if event.time_ms is not None]
    groups: list[tuple[int, list[Event]]] = [(min(known, default=0), [])]
    for event in events:
        if event.time_ms is None:
            groups[-1][1].append(event)
        else:
            groups.append((event.time_ms, [event]))
    expected = [event for _, group in sorted(groups, key=lambda g: g[0]) for event in group]
    session = session_of(events)
    assert ids(session.events) == ids(expected)
    assert session.start_ms == min(known, default=None)
    assert session.end_ms == max(known, default=None)
    assert session.duration_ms == (max(known) - min(known) if known else 0)


@given(EVENTS)
def test_every_event_knows_its_place_in_time_and_on_a_page(events: list[Event]) -> None:
    session = session_of(events)
    page: Event | None = None
    number = -1
    before: int | None = None
    for index, event in enumerate(session.events):
        if isinstance(event, Location):
            page, number = event, number + 1
            assert session.visits[number].start == index
        assert session.page(index) is page
        assert session.visit_number(index) == (None if page is None else number)
        if page is not None:
            assert session.visits[number].start <= index < session.visits[number].end
        time = event.time_ms
        if time is None:
            assert session.offset_ms(index) is None
        else:
            assert session.start_ms is not None
            assert session.offset_ms(index) == time - session.start_ms
        assert session.delta_ms(index) == (
            None if index == 0 or time is None or before is None else time - before
        )
        before = time
    assert len(session.visits) == number + 1


@given(EVENTS)
def test_clicks_on_one_label_know_each_other(events: list[Event]) -> None:
    session = session_of(events)

    def label(index: int) -> str:
        event = session.events[index]
        return event.label.strip() if isinstance(event, Click) else ""

    places = range(len(session.events))
    for index in places:
        same = [other for other in places if label(index) and label(other) == label(index)]
        assert list(Analysis(session).clicks_like(index)) == same
    for name, group in groupby(places, key=label):
        run = list(group)
        expected = (run[0], run[-1] + 1, len(run)) if name and len(run) > 1 else None
        assert all(Analysis(session).run(index) == expected for index in run)


def test_the_recorded_session_adds_up(checkout: Session) -> None:
    assert len(checkout.events) == checkout.total == 180
    assert len(checkout.visits) == 31
    assert checkout.duration_ms == 1_496_700
    assert list(checkout.type_counts.items()) == [("LOCATION", 31), ("CLICK", 125), ("INPUT", 24)]
    assert checkout.offset_ms(179) == 1_496_700
    assert checkout.delta_ms(22) == 97_501  # from +1:06.925 to +2:44.426


def test_the_documented_example_reads_as_its_documentation_has_it(documented: Session) -> None:
    assert [documented.offset_ms(index) for index in range(3)] == [0, 9_394, 14_196]
    assert [documented.delta_ms(index) for index in range(3)] == [None, 9_394, 4_802]
    assert [(visit.start, visit.end) for visit in documented.visits] == [(0, 2), (2, 3)]
    first, click, last = documented.events
    assert isinstance(click, Click)
    assert click.label == "Shop"
    for event in (first, last):
        assert isinstance(event, Location)
        assert {metric.format_value(event.load) for metric in CATALOGUE} == {"not measured"}


def test_a_session_without_events_is_empty_and_not_an_error() -> None:
    session = session_of([])
    assert (session.start_ms, session.end_ms, session.duration_ms) == (None, None, 0)
    assert (list(session.visits), dict(session.type_counts)) == ([], {})


def test_types_are_counted_known_ones_first_and_others_as_they_appeared() -> None:
    kinds = ["TAP", "INPUT", "CRASH", "TAP", "LOCATION"]
    session = session_of([Event(kind, time, {}) for time, kind in enumerate(kinds)])
    assert list(session.type_counts.items()) == [
        ("LOCATION", 1), ("INPUT", 1), ("TAP", 2), ("CRASH", 1)
    ]  # fmt: skip


@each_row(
    ("raw", "name"),
    [
        ({"sessionId": "3045111680204801793"}, "3045111680204801793"),
        ({"sessionId": 3045111680204801793}, "3045111680204801793"),
        ({"sessionId": "a\x1bb"}, "a␛b"),
        ({"sessionId": None}, ""),
        ({}, ""),
        ("not an object", ""),
    ],
)
def test_without_an_id_a_session_is_called_as_its_events_say(raw: object, name: str) -> None:
    assert Session.of(SessionRef("a.json"), [Event("X", 0, raw)]).session_id == name
    assert Session.of(SessionRef("p", "42"), [Event("X", 0, raw)]).session_id == "42"
    assert Session.of(SessionRef("a.json"), []).session_id == ""


def test_no_time_is_told_across_what_has_not_come() -> None:
    events = [Event("CLICK", second * 1000, {}) for second in (1, 4, 9, 9, 20)]
    gaps = [Gap(5_000, 8_999), Gap(30_000, 99_999)]
    session = Session.of(SessionRef("p"), events, 9, 1000, gaps)
    assert [index for index in range(5) if index in session.behind_gaps] == [2]
    assert [session.delta_ms(index) for index in range(5)] == [None, 3000, None, 0, 11_000]
    assert session_of(events).delta_ms(2) == 5000


def test_events_in_a_gap_and_the_first_behind_it_claim_no_neighbours() -> None:
    events = [Click("CLICK", second * 1000, {}, label="Save") for second in (1, 5, 6, 6, 9, 10)]
    session = Session.of(SessionRef("p"), events, 9, 1000, [Gap(5_000, 6_999)])
    assert [index for index in range(6) if index in session.behind_gaps] == [1, 2, 3, 4]
    assert [session.delta_ms(index) for index in range(6)] == [None, None, None, None, None, 1000]
    assert [Analysis(session).run(index) for index in range(6)] == [None] * 4 + [(4, 6, 2)] * 2


def test_no_page_and_no_run_reaches_across_what_has_not_come() -> None:
    def page(second: int) -> Event:
        return Location("LOCATION", second * 1000, {}, path=f"/{second}")

    def click(second: int) -> Event:
        return Click("CLICK", second * 1000, {}, label="Pay")

    events = [page(1), click(2), click(9), click(10), page(11), click(12)]
    session = Session.of(SessionRef("p"), events, 9, 1000, [Gap(5_000, 8_999)])
    assert [session.visit_number(index) for index in range(6)] == [0, 0, None, None, 1, 1]
    assert list(session.visits) == [Visit(0, 2), Visit(4, 6)]
    assert [session.page(index) is None for index in range(6)] == [False] * 2 + [True] * 2 + [
        False
    ] * 2
    assert Analysis(session).run(1) is None
    assert Analysis(session).run(2) == (2, 4, 2)
    assert Analysis(session_of(events)).run(1) == (1, 4, 3)
    view = View(Analysis(session))
    assert [find_visit_row(view, row, 1) for row in range(6)] == [4, 4, 4, 4, 4, 5]
    assert [find_visit_row(view, row, -1) for row in range(6)] == [0, 0, 0, 0, 0, 4]


def test_samples_of_performance_do_not_shorten_what_lies_between_events() -> None:
    sample = "PERFORMANCE"
    events: list[Event] = [
        Performance(sample, 0, {}),
        Click("CLICK", 1_000, {}),
        Performance(sample, 2_000, {}),
        Performance(sample, 5_000, {}),
        Click("CLICK", 9_000, {}),
    ]
    session = session_of(events)
    assert [session.delta_ms(index) for index in range(5)] == [None, None, 1000, 3000, 8000]


def test_a_run_goes_on_over_samples_and_ends_at_anything_else_and_at_a_gap() -> None:
    def made(kinds: str) -> list[Event]:
        return [
            {"p": Click("CLICK", t, {}, label="Pay"), "s": Performance("PERFORMANCE", t, {}),
             "x": Click("CLICK", t, {}, label="X"), "-": Click("CLICK", t, {}, label=" ")}[kind]
            for t, kind in enumerate(kinds)
        ]  # fmt: skip

    def runs(kinds: str, *gaps: Gap) -> list[tuple[int, ...]]:
        return [
            tuple(run) for run in Analysis(Session.of(SessionRef("p"), made(kinds), gaps=gaps)).runs
        ]

    assert runs("ppp") == [(0, 3, 3)]
    assert runs("xpspsp") == [(1, 6, 3)]
    assert runs("ppsp x".replace(" ", "")) == [(0, 4, 3)]
    assert runs("pppsxxx") == [(0, 3, 3), (4, 7, 3)]
    assert runs("ppxp") == []
    assert runs("---") == [], "nothing says that it is the same thing"
    assert runs("pppp", Gap(1, 1)) == [], "others may stand between them"


def test_no_time_is_claimed_over_a_gap_that_a_sample_stands_in() -> None:
    events = [Click("CLICK", 0, {}), Performance("PERFORMANCE", 50_000, {}),
              Click("CLICK", 60_000, {})]  # fmt: skip
    holed = Session.of(SessionRef("p"), events, gaps=[Gap(10_000, 40_000)])
    assert holed.delta_ms(2) is None
    assert session_of(events).delta_ms(2) == 60_000


def test_a_page_visit_lasts_until_the_next_page_unless_events_between_have_not_come() -> None:
    events = [Location("LOCATION", 0, {}), Click("CLICK", 1_000, {}),
              Location("LOCATION", 9_000, {})]  # fmt: skip
    assert [session_of(events).stay_ms(n) for n in (0, 1)] == [9_000, 0]
    holed = Session.of(SessionRef("p"), events, gaps=[Gap(2_000, 8_000)])
    assert holed.stay_ms(0) == 1_000


def test_an_inp_that_is_alike_by_chance_is_not_taken_for_repeated() -> None:
    inp = "interaction_to_next_paint_ms"
    loads = [
        LoadMetrics(load_ms=n, interaction_to_next_paint_ms=48, largest_contentful_paint_ms=lcp)
        for n, lcp in enumerate([900, 901, 901])
    ]
    pages = [Location("LOCATION", n, {}, packed_load=load) for n, load in enumerate(loads)]
    session = session_of(pages)
    assert [inp in Analysis(session).repeated_vitals(n) for n in range(3)] == [False, False, True]


def test_a_run_ends_at_a_silence() -> None:
    clicks = [Click("CLICK", t, {}, label="x") for t in (0, 1, 2, 200_000, 200_001, 200_002)]
    assert [run[:2] for run in Analysis(session_of(clicks)).runs] == [(0, 3), (3, 6)]


def test_vitals_that_are_those_of_the_page_before_to_the_last_digit_may_be_repeated() -> None:
    first = LoadMetrics(load_ms=900, largest_contentful_paint_ms=8_000)
    later = LoadMetrics(load_ms=800, largest_contentful_paint_ms=8_000)
    other = LoadMetrics(load_ms=800, largest_contentful_paint_ms=8_001)
    pages = [
        Location("LOCATION", n, {}, packed_load=load)
        for n, load in enumerate([first, later, other])
    ]
    session = session_of(pages)
    lcp = {"largest_contentful_paint_ms"}
    assert [Analysis(session).repeated_vitals(n) for n in range(3)] == [
        frozenset(),
        lcp,
        frozenset(),
    ]
    verdicts = [Analysis(session).verdict(n) for n in range(3)]
    assert [v and v.metric.short for v in verdicts] == ["LCP", "load", "LCP"]


# --- strays: times that are too far from all others to be true

NOW = 1_762_772_400_000  # 2025-11-10
DAY = 86_400_000


def at(*times_ms: int | None) -> Session:
    """A session of clicks at some times, that arrived in that order."""
    return session_of([Click("CLICK", ms, {}, label=f"{n}") for n, ms in enumerate(times_ms)])


@each_row(
    ("times_ms", "strays"),
    [
        ([0, NOW, NOW + 1_000, NOW + 2_000], [0]),
        ([NOW, 0, NOW + 1_000, NOW + 2_000], [0]),
        ([-5_000, NOW, NOW + 1_000, NOW + 2_000], [0]),
        ([NOW // 1000, NOW, NOW + 1_000], [0]),  # in seconds
        ([NOW, NOW + 1_000, NOW + 2_000, 253_402_300_000_000], [3]),  # the year 9999
        ([NOW, NOW + 1_000, NOW + 2_000, 2**62], [3]),
        ([0, NOW, NOW + 1_000, NOW + 2_000, 2**62], [0, 4]),
        ([0, 1, NOW, NOW + 1_000, NOW + 2_000], [0, 1]),
        ([0, NOW], [0]),
        ([NOW - 3 * DAY, NOW, NOW + 1_000, NOW + 2_000], [0]),
        ([NOW, NOW + 1_000, NOW + 2_000, NOW + 2 * DAY + 2_000], [3]),
        ([NOW, NOW + 1_000, NOW + 30 * DAY], [2]),
        ([NOW - 30 * DAY, NOW - 30 * DAY, NOW - 30 * DAY, *range(NOW, NOW + 9)], [0, 1, 2]),
        ([NOW, *range(NOW + 3 * DAY, NOW + 3 * DAY + 9)], [0]),
        ([*range(NOW, NOW + 9), NOW + 3 * DAY, NOW + 3 * DAY + 9 * 3_600_000], [9, 10]),
        # Who comes back after a weekend does more than one thing.
        ([*range(NOW, NOW + 200), *range(NOW + 3 * DAY, NOW + 3 * DAY + 6)], []),
        ([NOW, NOW + 5_000, *range(NOW + 3 * DAY, NOW + 3 * DAY + 6)], []),
        ([*range(NOW, NOW + 20), NOW + 3 * DAY, NOW + 3 * DAY + 5_000], []),
        # What may be: an event on each day, a page left open over a weekend, who knows which.
        ([NOW, NOW + DAY, NOW + 2 * DAY, NOW + 3 * DAY], []),
        ([NOW, NOW + 14 * 3_600_000, NOW + 28 * 3_600_000], []),
        ([*range(NOW, NOW + 9), *range(NOW + 3 * DAY, NOW + 3 * DAY + 5)], []),
        ([NOW, NOW + 30 * DAY], []),
        ([0, 5, 9], []),
        ([None, 0, None, NOW, NOW + 1_000, NOW + 2_000, None], [1]),
        ([], []),
    ],
)  # fmt: skip
def test_a_time_far_from_all_others_moves_nothing(
    times_ms: list[int | None], strays: list[int]
) -> None:
    session = at(*times_ms)
    assert list(session.strays) == strays
    assert [i for i in range(len(times_ms)) if session.is_stray(i)] == strays
    others = [
        event.time_ms
        for index, event in enumerate(session.events)
        if index not in strays and event.time_ms is not None
    ]
    assert session.start_ms == min(others, default=None)
    assert session.duration_ms == (max(others) - min(others) if others else 0)
    assert len(session.events) == len(times_ms), "nothing is dropped"


def test_what_is_told_beside_a_stray_is_told_as_if_it_were_not_there() -> None:
    page = Location("LOCATION", 0, {}, path="/")
    clicks = [Click("CLICK", ms, {}, label="Pay") for ms in (NOW, NOW + 100, NOW + 200, 2**60)]
    session = session_of([page, *clicks])
    assert list(session.strays) == [0, 4]
    assert [session.delta_ms(index) for index in range(5)] == [None, None, 100, 100, None]
    assert [session.offset_ms(i) for i in (1, 2, 3)] == [0, 100, 200]
    assert [session.page(i) for i in range(5)] == [page, None, None, None, None]
    assert [(run.start, run.clicks) for run in Analysis(session).runs] == [(1, 3)]
    assert session.between_ms(0, 1) is None
    assert session.between_ms(3, 4) is None
    assert [signal.kind.key for signal in Analysis(session).signals.found] == ["rage"]
    assert "0 pages" in summary.summary_line(View(Analysis(session)))


def test_a_page_of_a_stray_time_is_none_of_the_visits_and_its_load_is_rated() -> None:
    load = LoadMetrics(load_ms=9_000)
    pages = [
        Location("LOCATION", ms, {}, path=f"/{ms}", packed_load=load) for ms in (0, NOW, NOW + 9)
    ]
    session = session_of([*pages, Click("CLICK", NOW + 10, {}, label="Pay")])
    assert [visit.start for visit in session.visits] == [1, 2]
    assert f"2 pages · /{NOW} → /{NOW + 9}" in summary.summary_line(View(Analysis(session)))
    assert (session.page(0), session.page(3)) == (pages[0], pages[2])
    assert Analysis(session).verdict(0) == Analysis(session).verdict(1) is not None


def test_a_stray_is_gone_to_for_its_own_moment_only() -> None:
    session = at(0, NOW, NOW + 1_000, 2**60)
    moments = {0: 0, 1: 1, NOW - 1: 1, NOW + 500: 1, NOW + 9_000: 2, 2**60: 3, 2**60 + 1: 2}
    assert {ms: session.index_at(ms) for ms in moments} == moments


def test_a_stray_of_another_part_of_a_session_is_known_by_the_sessions_start() -> None:
    part = replace(at(0), partial_export=PartialExport([1], NOW, 5_000, 4), total=4)
    assert list(part.strays) == [0]
    assert (part.start_ms, part.duration_ms, part.covered_ms) == (NOW, 5_000, 0)
    # An export of before said that the stray was the start.
    partial = replace(at(NOW, NOW + 1_000, NOW + 2_000), partial_export=PartialExport([2, 3, 4], 0))
    assert (partial.start_ms, partial.duration_ms) == (NOW, 2_000)


@given(st.lists(st.integers(-(2**62), 2**62) | st.integers(NOW, NOW + DAY), max_size=8))
def test_whatever_the_times_the_strays_are_at_the_ends(times_ms: list[int]) -> None:
    session = at(*times_ms)
    inside = [i for i in range(len(times_ms)) if not session.is_stray(i)]
    assert inside == list(session.credible)
    assert session.duration_ms >= 0
    assert bool(inside) == bool(times_ms)
