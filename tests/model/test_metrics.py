"""Load metrics: written as recorded, never invented."""

from dataclasses import fields, replace

import pytest

from eventview.model.metrics import CATALOGUE, NOT_MEASURED, LoadMetrics, is_measured, most_telling
from eventview.model.ratings import Number

NAMES = [field.name for field in fields(LoadMetrics)]


@pytest.mark.parametrize(
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
    written = {metric.name: metric.written(load) for metric in CATALOGUE}
    assert written.pop("cumulative layout shift") == as_score
    assert set(written.values()) == {in_ms}


def test_every_field_is_shown_by_one_metric_of_its_own_with_a_meaning() -> None:
    load = LoadMetrics(*range(len(NAMES)))
    assert {metric.read(load) for metric in CATALOGUE} == set(range(len(CATALOGUE)))
    assert len(CATALOGUE) == len(NAMES)
    assert len({metric.name for metric in CATALOGUE}) == len(CATALOGUE)
    assert len({metric.meaning for metric in CATALOGUE} - {""}) == len(CATALOGUE)


@pytest.mark.parametrize(
    ("field", "short"),
    [
        ("time_to_first_byte_ms", "TTFB"), ("first_paint_ms", "FP"), ("speed_index_ms", "SI"),
        ("first_contentful_paint_ms", "FCP"), ("largest_contentful_paint_ms", "LCP"),
        ("dom_content_loaded_ms", "DCL"), ("load_ms", "load"), ("time_to_interactive_ms", "TTI"),
        ("interaction_to_next_paint_ms", "INP"), ("cumulative_layout_shift", "CLS"),
    ],
)  # fmt: skip
def test_an_abbreviation_names_its_own_measurement(field: str, short: str) -> None:
    load = replace(NOT_MEASURED, **{field: 7})
    assert [m.short for m in CATALOGUE if m.read(load) == 7] == [short]


def test_only_what_the_tracker_computes_is_called_an_estimate() -> None:
    estimates = {"speed index", "visually complete", "time to interactive"}
    assert {metric.name for metric in CATALOGUE if metric.estimate} == estimates


def test_what_the_user_saw_stands_for_a_load_before_what_the_machine_did() -> None:
    load = LoadMetrics(*range(100, 100 + len(NAMES)))
    order = []
    while telling := most_telling(load):
        metric, value = telling
        order.append(metric.short)
        [field] = [name for name in NAMES if getattr(load, name) == value]
        load = replace(load, **{field: None})
    assert order == ["LCP", "FCP", "load", "SI", "TTFB"]
    assert is_measured(load)


def test_a_measured_zero_is_a_measurement() -> None:
    telling = most_telling(LoadMetrics(first_contentful_paint_ms=0, load_ms=5))
    assert telling is not None
    assert (telling[0].short, telling[1]) == ("FCP", 0)


@pytest.mark.parametrize("field", NAMES)
def test_one_metric_of_any_kind_makes_a_load_measured(field: str) -> None:
    assert not is_measured(NOT_MEASURED)
    assert is_measured(replace(NOT_MEASURED, **{field: 0}))
