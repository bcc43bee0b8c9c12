"""Load metrics: written as recorded, never invented; rated by published bands or not at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from eventview.analysis.load_verdicts import VERDICT_METRICS, find_verdict, rate_load
from eventview.session.metrics import (
    CATALOGUE,
    NOT_MEASURED,
    PUBLISHED,
    VITALS,
    Band,
    LoadMetrics,
    Number,
    Rating,
    build_load,
    is_page_load,
)
from tests.tables import each_row

NAMES = list(LoadMetrics.__struct_fields__)


@each_row(
    ("value", "in_ms", "as_score"),
    [
        (399, "399 ms", "399"),
        (195.5, "195.5 ms", "195.5"),
        (0.0843, "0.0843 ms", "0.0843"),
        (0, "0 ms", "0"),
        (0.0, "0.0 ms", "0.0"),
        (29400, "29400 ms", "29400"),
        (None, "not measured", "not measured"),
    ],
)
def test_a_metric_is_written_exactly_as_recorded(
    value: Number | None, in_ms: str, as_score: str
) -> None:
    load = LoadMetrics(*[value] * len(NAMES))
    texts = {metric.name: metric.format_value(load) for metric in CATALOGUE}
    assert texts.pop("cumulative layout shift") == as_score
    assert set(texts.values()) == {in_ms}


def test_every_field_is_shown_by_one_metric_of_its_own_with_a_meaning() -> None:
    load = LoadMetrics(*range(len(NAMES)))
    assert {metric.read(load) for metric in CATALOGUE} == set(range(len(CATALOGUE)))
    assert len(CATALOGUE) == len(NAMES)
    assert len({metric.name for metric in CATALOGUE}) == len(CATALOGUE)
    assert len({metric.meaning for metric in CATALOGUE} - {""}) == len(CATALOGUE)


@each_row(
    ("field", "short"),
    [
        ("time_to_first_byte_ms", "TTFB"), ("first_paint_ms", "FP"), ("speed_index_ms", "SI"),
        ("first_contentful_paint_ms", "FCP"), ("largest_contentful_paint_ms", "LCP"),
        ("dom_content_loaded_ms", "DCL"), ("load_ms", "load"), ("time_to_interactive_ms", "TTI"),
        ("interaction_to_next_paint_ms", "INP"), ("cumulative_layout_shift", "CLS"),
    ],
)  # fmt: skip
def test_an_abbreviation_names_its_own_measurement(field: str, short: str) -> None:
    load = structs.replace(NOT_MEASURED, **{field: 7})
    assert [m.short for m in CATALOGUE if m.read(load) == 7] == [short]


def test_only_what_the_tracker_computes_is_called_an_estimate() -> None:
    estimates = {"speed index", "visually complete", "time to interactive"}
    assert {metric.name for metric in CATALOGUE if metric.estimate} == estimates


def test_what_the_user_saw_stands_for_a_load_before_what_the_machine_did() -> None:
    load = LoadMetrics(*range(100, 100 + len(NAMES)))
    order = []
    while verdict := find_verdict(load, {}):
        order.append(verdict.metric.short)
        [field] = [name for name in NAMES if getattr(load, name) == verdict.value]
        load = structs.replace(load, **{field: None})
    assert order == ["LCP", "FCP", "load", "SI", "TTFB", "1st byte"]


@each_row(
    ("figures", "expected"),
    [
        # Nothing is painted or loaded in no time; what it took from then to then may be nothing.
        (
            {"first_contentful_paint_ms": 0, "load_ms": 5, "server_wait_ms": 0},
            {"load_ms": 5, "server_wait_ms": 0},
        ),
        ({"largest_contentful_paint_ms": 0, "load_ms": 5}, {"load_ms": 5}),
        ({"load_ms": 0.0, "first_contentful_paint_ms": 7}, {"first_contentful_paint_ms": 7}),
        (
            {"cumulative_layout_shift": 0, "load_ms": 5},
            {"cumulative_layout_shift": 0, "load_ms": 5},
        ),
        # Nothing but zeros, and nothing at all.
        ({"server_wait_ms": 0, "response_ms": 0, "load_ms": 0}, {}),
        ({"server_wait_ms": 0, "cumulative_layout_shift": 0}, {"cumulative_layout_shift": 0}),
        ({"load_ms": None}, {}),
        ({}, {}),
    ],
)
def test_a_zero_of_what_cannot_be_zero_was_not_measured(
    figures: dict[str, Number | None], expected: dict[str, Number]
) -> None:
    assert build_load(figures) == LoadMetrics(**expected)
    assert (build_load(figures) is NOT_MEASURED) is (not expected)


def test_a_figure_that_cannot_be_stands_for_no_load() -> None:
    verdict = find_verdict(LoadMetrics(first_contentful_paint_ms=0, load_ms=5))
    assert verdict is not None
    assert (verdict.metric.short, verdict.value, verdict.rating) == ("load", 5, Rating.GOOD)
    assert find_verdict(LoadMetrics(first_contentful_paint_ms=0, load_ms=0)) is None


BANDS = {
    "ttfb": (800, 1800, "https://web.dev/"),
    "server_wait": (200, 600, "OpenReplay"),
    "response_start": (800, 1800, "https://web.dev/"),
    "dom_building": (300, 600, "OpenReplay"),
    "fcp": (1800, 3000, "https://web.dev/"),
    "lcp": (2500, 4000, "https://web.dev/"),
    "load": (3800, 7300, "PostHog"),
    "si": (3400, 5800, "https://web.dev/"),
    "tti": (3800, 7300, "https://web.dev/"),
    "inp": (200, 500, "https://web.dev/"),
    "cls": (0.1, 0.25, "https://web.dev/"),
}
"""What is published, and by whom; nobody publishes any for the other metrics."""


def test_the_bands_are_those_that_are_published_and_each_says_by_whom() -> None:
    assert PUBLISHED.keys() == BANDS.keys()
    for key, (good, poor, source) in BANDS.items():
        band = PUBLISHED[key]
        assert (band.good, band.poor) == (good, poor)
        assert band.source.startswith(source)
        # Where to look it up: an address, or a file of that project.
        assert "/" in band.source or band.source.endswith(".tsx")


def test_keys_by_which_profiles_and_queries_name_metrics_are_plain_and_unique() -> None:
    keys = [metric.key for metric in CATALOGUE]
    assert len(set(keys)) == len(keys)
    assert all(key.isascii() and key.replace("_", "").isalpha() and key.islower() for key in keys)


BOUNDS = [
    (key, value, rating)
    for key, (good, poor, _) in BANDS.items()
    for step in (0.001 if key == "cls" else 1,)
    for value, rating in (
        (0, Rating.GOOD),
        (good - step, Rating.GOOD),
        (good, Rating.GOOD),
        (good + step, Rating.NEEDS_WORK),
        (poor - step, Rating.NEEDS_WORK),
        (poor, Rating.NEEDS_WORK),
        (poor + step, Rating.POOR),
    )
]


@each_row(("key", "value", "rating"), BOUNDS)
def test_each_metric_is_rated_by_its_own_band(key: str, value: Number, rating: Rating) -> None:
    assert PUBLISHED[key].rating(value) is rating


@each_row(
    ("load", "shown"),
    [
        # The worst, not the most telling.
        ({"largest_contentful_paint_ms": 100, "load_ms": 7301}, ("load", 7301, Rating.POOR)),
        ({"first_contentful_paint_ms": 1801, "load_ms": 5}, ("FCP", 1801, Rating.NEEDS_WORK)),
        ({"first_contentful_paint_ms": 1801, "speed_index_ms": 5801}, ("SI", 5801, Rating.POOR)),
        # Of equals, the most telling, however far beyond the others are.
        ({"largest_contentful_paint_ms": 4001, "load_ms": 29_000}, ("LCP", 4001, Rating.POOR)),
        ({"first_contentful_paint_ms": 399, "load_ms": 844}, ("FCP", 399, Rating.GOOD)),
        ({"time_to_first_byte_ms": 1801, "load_ms": 1}, ("TTFB", 1801, Rating.POOR)),
        # How the page behaved, only where it is poor.
        ({"load_ms": 5, "interaction_to_next_paint_ms": 501}, ("INP", 501, Rating.POOR)),
        ({"load_ms": 5, "interaction_to_next_paint_ms": 500}, ("load", 5, Rating.GOOD)),
        ({"load_ms": 7301, "cumulative_layout_shift": 0.9}, ("load", 7301, Rating.POOR)),
        # What TTFB is, where that was not captured.
        ({"response_start_ms": 1801, "load_ms": 5}, ("1st byte", 1801, Rating.POOR)),
        ({"response_start_ms": 1801, "time_to_first_byte_ms": 9}, ("TTFB", 9, Rating.GOOD)),
        # Nothing that stands for a load.
        ({"server_wait_ms": 9000, "interaction_to_next_paint_ms": 90}, None),
        # No load at all: a route change, though the server may repeat vitals there.
        ({}, None),
        ({"largest_contentful_paint_ms": 9000, "time_to_first_byte_ms": 9000}, None),
    ],
)
def test_a_load_is_judged_by_the_worst_of_what_stands_for_it(
    load: dict[str, Number], shown: tuple[str, Number, Rating] | None
) -> None:
    judged = find_verdict(LoadMetrics(**load))
    assert (judged and (judged.metric.short, judged.value, judged.rating)) == shown


def test_other_bands_rate_otherwise_and_without_one_there_is_no_rating() -> None:
    load = LoadMetrics(first_contentful_paint_ms=3500, load_ms=900)
    lenient = {**PUBLISHED, "fcp": Band(3500, 9000, "mine"), "load": Band(1, 899, "mine")}
    judged = find_verdict(load, lenient)
    assert judged is not None
    assert (judged.metric.short, judged.rating) == ("load", Rating.POOR)
    assert [v.rating for v in rate_load(load, lenient)] == [Rating.GOOD, Rating.POOR]
    assert [v.rating for v in rate_load(load, {})] == [None, None]
    unrated = find_verdict(load, {})
    assert unrated is not None
    assert (unrated.metric.short, unrated.value, unrated.rating) == ("FCP", 3500, None)
    # What is rated at all says more than what is not.
    good = find_verdict(load, {"load": Band(900, 901, "mine")})
    assert good is not None
    assert (good.metric.short, good.rating) == ("load", Rating.GOOD)


@given(st.lists(st.none() | st.integers(0, 9000), min_size=len(NAMES), max_size=len(NAMES)))
def test_the_verdict_is_one_of_the_verdicts_and_none_is_worse(values: list[int | None]) -> None:
    load = LoadMetrics(*values)
    judged = rate_load(load)
    metrics = [v.metric for v in judged]
    assert metrics == [metric for metric in VERDICT_METRICS if metric in metrics]
    assert all(v.value == v.metric.read(load) for v in judged)
    worst = find_verdict(load)
    if worst is None:
        assert not judged
        return
    ratings = [v.rating.badness for v in judged if v.rating is not None]
    assert worst.rating is not None
    assert worst.rating.badness == max(ratings)
    assert worst == judged[ratings.index(max(ratings))]


def test_web_vitals_alone_make_no_load_and_can_be_left_aside() -> None:
    assert {metric.short for metric in VITALS} == {"TTFB", "LCP", "INP", "CLS"}
    for metric in CATALOGUE:
        load = structs.replace(NOT_MEASURED, **{metric.field: 1})
        assert is_page_load(load) is (metric not in VITALS)
    assert not is_page_load(NOT_MEASURED)


SOURCE = "https://bands.example/"


@each_row(
    ("value", "rating"),
    [
        (0, Rating.GOOD), (199, Rating.GOOD), (200, Rating.GOOD), (200.0, Rating.GOOD),
        (200.1, Rating.NEEDS_WORK), (201, Rating.NEEDS_WORK), (500, Rating.NEEDS_WORK),
        (500.1, Rating.POOR), (501, Rating.POOR), (10**99, Rating.POOR), (-1, Rating.GOOD),
    ],
)  # fmt: skip
def test_a_figure_on_a_bound_is_on_its_better_side(value: Number, rating: Rating) -> None:
    assert Band(200, 500, SOURCE).rating(value) is rating


@pytest.mark.parametrize(("value", "rating"), [(7, Rating.GOOD), (8, Rating.POOR)])
def test_a_band_of_one_number_has_nothing_between(value: Number, rating: Rating) -> None:
    assert Band(7, 7, SOURCE).rating(value) is rating


@given(st.integers(0, 99), st.integers(0, 99), st.lists(st.integers(-1, 101), max_size=9))
def test_more_is_never_better(good: int, more: int, values: list[int]) -> None:
    band = Band(good, good + more, SOURCE)
    badness = [band.rating(value).badness for value in sorted(values)]
    assert badness == sorted(badness)


def test_a_rating_has_a_word_and_a_badness() -> None:
    assert [(rating.value, rating.badness) for rating in Rating] == [
        ("good", 0), ("needs work", 1), ("poor", 2),
    ]  # fmt: skip
