"""Signals that must be found, and must not, and those that a person finds in the recording."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs
from msgspec.structs import replace

from eventview.analysis.analysis import Analysis
from eventview.analysis.detectors.control_labels import ControlUse, find_use
from eventview.analysis.rules import RULES, Rules
from eventview.analysis.signal_kinds import (
    BACK_AND_FORTH,
    CRASH,
    DEAD,
    ERROR,
    ERROR_CLICK,
    FAILED,
    GAP,
    HESITATION,
    INCIDENT,
    OTHER_ISSUE,
    RAGE,
    REPEAT,
    SIGNAL_KINDS,
    SLOW,
    STUCK,
    THRASHING,
)
from eventview.analysis.signals import Severity, SignalKind
from eventview.session.events import (
    Click,
    Crash,
    Custom,
    Error,
    Event,
    GraphQL,
    Input,
    Issue,
    Location,
    Performance,
    Request,
)
from eventview.session.metrics import LoadMetrics
from eventview.session.session import Session
from eventview.session.source import Gap, SessionRef
from tests.tables import each_row


def click(at: int | None, label: str = "Pay", **more: Any) -> Click:
    return Click("CLICK", at, {}, label=label, **more)


def typed(at: int | None, label: str = "Email", **more: Any) -> Input:
    return Input("INPUT", at, {}, label=label, **more)


def page(at: int | None, path: str = "/a", query: str = "", **load: Any) -> Location:
    metrics = LoadMetrics(**load)
    return Location("LOCATION", at, {}, host="shop", path=path, query=query, packed_load=metrics)


def error(at: int | None, message: str = "x is undefined") -> Error:
    return Error("ERROR", at, {}, source="js_exception", message=message)


def request(at: int, status: float | None = 503, url: str = "https://api/o") -> Request:
    return Request("REQUEST", at, {}, method="GET", url=url, status=status)


def issue(at: int | None, kind: str, context: str = "", **more: Any) -> Issue:
    return Issue("ISSUE", at, {}, issue_type=kind, context=context, **more)


def sample(at: int) -> Performance:
    return Performance("PERFORMANCE", at, {})


def crash(at: int) -> Crash:
    return Crash("CRASH", at, {}, reason="out of memory")


def session(*events: Event, step: int = 1, gaps: Sequence[Gap] = ()) -> Session:
    return Session.of(SessionRef("acme", "42", "acme.example"), events, len(events), step, gaps)


def found(read: Session, *kinds: SignalKind, rules: Rules = RULES) -> list[tuple[int, ...]]:
    """Return the indexes of the events that signals of some kinds cover."""
    signals = Analysis(read, rules).signals
    return [signal.events for signal in signals.found if signal.kind in kinds]


def clicks(*times: int, label: str = "Pay", selector: str = "") -> list[Event]:
    return [click(time, label, selector=selector) for time in times]


# --- rage


@each_row(
    ("events", "raging"),
    [
        (clicks(0, 299, 598), [(0, 1, 2)]),
        (clicks(0, 299, 598, 897), [(0, 1, 2, 3)]),
        (clicks(0, 0, 0), [(0, 1, 2)]),
        # The third pair is slow: two series.
        (clicks(0, 100, 200, 500, 600, 700), [(0, 1, 2), (3, 4, 5)]),
        (clicks(0, 1200, 1300, 1400), [(1, 2, 3)]),
        # The server looks only at clicks, not at other events.
        ([*clicks(0, 100), typed(150), page(160), *clicks(200)], [(0, 1, 4)]),
        ([*clicks(0, 100), sample(150), *clicks(200)], [(0, 1, 3)]),
        ([*clicks(0, 90, 180), *clicks(200, 290, 380, label="Go")], [(0, 1, 2), (3, 4, 5)]),
        (clicks(0, 100, 200, label="Next step"), [(0, 1, 2)]),
        (clicks(0, 100, 200, selector="form > input[type=submit]"), [(0, 1, 2)]),
        (clicks(0, 100, 200, selector='form > input[type="submit"].wide'), [(0, 1, 2)]),
        (clicks(0, 100, 200, selector="input[type='checkbox']"), [(0, 1, 2)]),
        (clicks(0, 100, 200, selector="div > input.btn"), [(0, 1, 2)]),
        (clicks(0, 100, 200, selector="input-group > button"), [(0, 1, 2)]),
        (clicks(0, 100, 200, selector="div > input-group"), [(0, 1, 2)]),
        (clicks(0, 100, 200, selector="label.input"), [(0, 1, 2)]),
        # A hostile selector must not take long.
        (clicks(0, 100, 200, selector=f"a{' ' * 50_000}]"), [(0, 1, 2)]),
        (clicks(0, 100, 200, selector="[" * 50_000), [(0, 1, 2)]),
    ],
)
def test_clicks_of_rage_are_found(events: list[Event], raging: list[tuple[int, ...]]) -> None:
    read = session(*events)
    assert found(read, RAGE) == raging
    assert [s.amount for s in Analysis(read).signals.found if s.kind is RAGE] == list(
        map(len, raging)
    )


@each_row(
    "events",
    [
        pytest.param(clicks(0, 300, 600), id="exactly 300 ms apart"),
        pytest.param(clicks(0, 299, 599), id="the last 300 ms after"),
        pytest.param(clicks(0, 100), id="two"),
        pytest.param([click(0, "a"), click(100, "b"), click(200, "c")], id="different labels"),
        pytest.param([click(0), click(90, "b"), click(180), click(270)], id="one between"),
        pytest.param([click(0), click(90, ""), click(180), click(270)], id="one without a label"),
        pytest.param([click(0), click(90, "pay"), click(180)], id="capitals differ"),
        pytest.param(clicks(0, 100, 200, label=""), id="no label and no selector"),
        pytest.param(clicks(0, 100, 200, label="  "), id="a label of spaces"),
        pytest.param([click(0), click(None), click(100)], id="no time"),
        pytest.param(clicks(0, 100, 200, label="+"), id="a stepper"),
        pytest.param(clicks(0, 100, 200, label=" NEXT "), id="paging, in capitals"),
        pytest.param(clicks(0, 100, 200, selector="form > input"), id="a text field"),
        pytest.param(clicks(0, 100, 200, selector="#a input:nth-of-type(2)"), id="the second one"),
        pytest.param(clicks(0, 100, 200, selector='input[type="text"]'), id="it says so"),
        pytest.param(clicks(0, 100, 200, selector="textarea.submit"), id="a text area"),
        pytest.param(clicks(0, 100, 200, selector="div>input.big"), id="no spaces"),
        pytest.param(clicks(0, 100, 200, selector='input[placeholder="a > b c"]'), id="in quotes"),
        pytest.param(clicks(0, 100, 200, selector="INPUT#q"), id="a field in capitals"),
        pytest.param(clicks(0, 100, 200, selector="p input:nth-child(2n + 1)"), id="every other"),
    ],
)
def test_clicks_that_are_no_rage_are_not_called_so(events: list[Event]) -> None:
    assert found(session(*events), RAGE) == []


def test_rage_is_not_seen_across_events_that_have_not_come() -> None:
    events = clicks(0, 100, 200)
    assert found(session(*events), RAGE)
    assert found(session(*events, gaps=[Gap(110, 190)]), RAGE) == []
    assert found(session(*events, gaps=[Gap(500, 900)]), RAGE) == [(0, 1, 2)]


@each_row(
    ("events", "raging"),
    [
        (clicks(0, 0, 0, 1000), [(0, 1, 2)]),
        (clicks(5000, 5000, 5000, 5000, 6000, 6000, 6000), [(0, 1, 2, 3, 4, 5, 6)]),
        (clicks(5000, 5000, 5000, 7000, 7000, 7000), [(0, 1, 2), (3, 4, 5)]),
        # Other events in that second do not matter, because their order is unknown.
        ([*clicks(0, 0), click(0, "Other"), *clicks(0)], [(1, 2, 3)]),
        ([*clicks(0, 0), click(0, "Zoom"), *clicks(0)], [(0, 1, 2)]),
        (clicks(0, 0, 0, label="", selector="svg.cart"), [(0, 1, 2)]),
        (clicks(0, 0, 1000, 1000), []),
        (clicks(0, 1000, 2000), []),
        ([click(0, "a"), click(0, "b"), click(0, "c")], []),
        (clicks(0, 0, 0, label="+"), []),
        (clicks(0, 0, 0, selector="input.search"), []),
        # The milliseconds there are those of the insertion, not of the clicks.
        (clicks(5123, 5123, 5123), []),
        (clicks(5001, 5002, 5003, 5004), []),
    ],
)
def test_three_clicks_in_a_whole_second_are_rage(
    events: list[Event], raging: list[tuple[int, ...]]
) -> None:
    read = session(*events, step=1000)
    assert found(read, RAGE) == raging
    assert found(read, STUCK) == []


def test_whole_seconds_tell_a_rule_that_is_as_coarse() -> None:
    events = clicks(0, 0, 0, 1000)
    # Whole seconds can be certain or not: 0.0 and 1.9 look like one second.
    coarse = replace(RULES, rage_apart_ms=1500)
    assert found(session(*events, step=1000), RAGE, rules=coarse) == [(0, 1, 2)]


# --- clicks without effect


@each_row(
    ("events", "places"),
    [
        (clicks(0, 1000, 2000), [(0, 1, 2)]),
        (clicks(0, 400, 800, 1200, 1600, 2000), [(0, 1, 2, 3, 4, 5)]),
        (clicks(0, 300, 600), [(0, 1, 2)]),
        (clicks(0, 400, 800, label="", selector="svg.cart"), [(0, 1, 2)]),
        ([*clicks(0, 400), sample(500), *clicks(800)], [(0, 1, 3)]),
        # More than 1,000 ms after the last is too late to be its effect.
        ([*clicks(0, 400, 800), page(1801)], [(0, 1, 2)]),
        ([*clicks(0, 400, 800), click(900, "Other")], [(0, 1, 2)]),
        ([*clicks(0, 400, 800), Custom("CUSTOM", 900, {}, name="seen")], [(0, 1, 2)]),
        # An effect of the first is none of the others.
        ([click(0), request(100, 200), *clicks(400, 800, 1200)], [(2, 3, 4)]),
        # Labels that look the same: normal forms, kinds of space, invisible characters.
        ([click(0, "Größe"), click(400, "Gro\u0308ße"), click(800, "Größe")], [(0, 1, 2)]),
        (
            [click(0, "Pay now"), click(400, "Pay\xa0now"), click(800, "Pay <U+00AD>now")],
            [(0, 1, 2)],
        ),
        # Six times on paging, and nothing pages.
        (clicks(*range(0, 2400, 400), label="Next"), [tuple(range(6))]),
        (clicks(*range(0, 2400, 400), label="Zurück"), [tuple(range(6))]),
    ],
)  # fmt: skip
def test_clicks_that_nothing_comes_of_are_stuck(
    events: list[Event], places: list[tuple[int, ...]]
) -> None:
    read = session(*events)
    assert found(read, STUCK) == places
    assert [s.amount for s in Analysis(read).signals.found if s.kind is STUCK] == list(
        map(len, places)
    )
    assert found(read, REPEAT, RAGE) == []


@each_row(
    "events",
    [
        pytest.param(clicks(0, 1001, 2000), id="more than 1,000 ms apart"),
        pytest.param(clicks(0, 400), id="two"),
        pytest.param([*clicks(0, 400, 800), page(1800)], id="a page"),
        pytest.param([*clicks(0, 400, 800), typed(900)], id="an input"),
        pytest.param([*clicks(0, 400, 800), request(900, 200)], id="a request"),
        pytest.param([*clicks(0, 400, 800), GraphQL("GRAPHQL", 900, {})], id="a GraphQL request"),
        pytest.param([*clicks(0, 400, 800), error(900)], id="an error"),
        pytest.param([*clicks(0, 400, 800), page(None)], id="a page at a time unknown"),
        pytest.param([click(0), page(90), click(400), page(490), click(800)], id="pages between"),
        pytest.param([click(0, "a"), click(400, "b"), click(800, "a")], id="two labels"),
        pytest.param(clicks(0, 400, 800, label=""), id="no label and no selector"),
        pytest.param(clicks(0, 400, 800, 1200, label="Next"), id="paging"),
        pytest.param(clicks(*range(0, 4000, 400), label="Volume up"), id="a stepper"),
        pytest.param(clicks(0, 400, 800, selector="form > input"), id="a text field"),
        pytest.param(
            [
                event
                for at in range(0, 4000, 400)
                for event in (click(at, "Next"), page(at + 90, f"/step/{at}"))
            ],
            id="paging that pages",
        ),
    ],
)
def test_clicks_with_an_effect_or_of_a_use_are_not_stuck(events: list[Event]) -> None:
    assert found(session(*events), STUCK) == []


@each_row(
    ("seconds", "is_found"),
    [
        # Up to 999 ms longer than they seem: on average at most a second apart, or uncertain.
        ((0, 0, 1, 2, 2, 3, 4, 4), True),
        ((0, 0, 1, 1, 2, 2), True),
        ((0, 1, 2, 3, 3, 4), True),
        ((0, 1, 2, 3, 4, 4), True),
        ((0, 1, 2, 3, 4, 5), False),
        ((0, 0, 1, 1, 2), False),
        ((0, 0, 2, 2, 3, 3), False),
    ],
)
def test_whole_seconds_tell_what_is_stuck_on_average(
    seconds: Sequence[int], is_found: bool
) -> None:
    events = clicks(*(second * 1000 for second in seconds))
    expected = [tuple(range(len(seconds)))] if is_found else []
    assert found(session(*events, step=1000), STUCK) == expected
    last = events[-1].time_ms or 0
    # Two seconds later may be just over one.
    for later, stays in ((1000, []), (1999, []), (2000, expected)):
        at = (last + later) // 1000 * 1000
        read = session(*events, request(at, 200), step=1000)
        assert found(read, STUCK) == stays
    # An event before the first click in its second may be its effect.
    assert found(session(page(0), *events, step=1000), STUCK) == []
    # Milliseconds are those of the insertion.
    stored = [structs.replace(event, time_ms=(event.time_ms or 0) + 7) for event in events]
    assert found(session(*stored, step=1000), STUCK) == []


def test_clicks_in_rage_are_that_and_not_stuck_too() -> None:
    read = session(*clicks(0, 100, 200, 900, 1800))
    assert found(read, RAGE) == [(0, 1, 2)]
    assert found(read, STUCK, REPEAT) == []


def test_clicks_are_not_stuck_where_an_effect_may_not_have_come() -> None:
    events = [*clicks(0, 400, 800), click(9000, "Other")]
    assert found(session(*events), STUCK) == [(0, 1, 2)]
    for gap in (Gap(900, 1000), Gap(500, 600), Gap(1700, 5000)):
        assert found(session(*events, gaps=[gap]), STUCK) == []
    # The rest has not come yet.
    cut = session(*events[:3])
    assert found(cut, STUCK) == [(0, 1, 2)]
    assert found(replace(cut, total=9), STUCK) == []
    assert found(replace(session(*events), total=9), STUCK) == [(0, 1, 2)]


# --- labels, their elements, and their use


@each_row(
    ("labels", "selector", "raging"),
    [
        # One element shows its progress.
        (["Submit", "Sending…", "Submit"], "form > button", True),
        (["Submit", "Sending…", "Sending…"], "#submit", True),
        # Several of a kind are possible: three letters of a keyboard, entries of a list.
        (["a", "b", "c"], ".key", False),
        (["Red", "Blue", "Blue"], "li > button", False),
        (["Submit", "Sending…", "Submit"], "", False),
    ],
)
def test_an_element_that_changes_its_label_is_one_where_that_is_sure(
    labels: list[str], selector: str, raging: bool
) -> None:
    events = [click(at * 150, label, selector=selector) for at, label in enumerate(labels)]
    assert found(session(*events), RAGE) == ([(0, 1, 2)] if raging else [])


def test_a_rage_among_clicks_on_several_elements_with_one_selector_is_found() -> None:
    events = [click(0, "Red", selector="b"), *clicks(100, 200, 300, selector="b"),
              click(400, "Blue", selector="b")]  # fmt: skip
    assert found(session(*events), RAGE) == [(1, 2, 3)]


STEPPING = [
    "+", "−", "→", "+1", "- 10", "5", "0", "#", "2 / 9", "★", "+10s", "Skip 10s", "Quantity +",
    "Increase quantity", "Zoom in", "Zoom-in", "Volume up", "Next picture",
    "Previous month", "Undo", "Increase quantity of Blue shirt", "Arrow right", "Scroll down",
    "Nächstes Bild", "Lauter", "Menge erhöhen", "Image suivante", "Augmenter la quantité",
    "Imagen siguiente", "Mes anterior", "Più", "Mês seguinte", "Volgende afbeelding",
    "Następne zdjęcie", "Nästa bild", "Další obrázek", "Следующий месяц", "Громче", "次の画像",
    "音量を上げる", "下一张", "放大", "다음 사진", "볼륨 증가", "AUGMENTER LA QUANTITE", "増やす",
    "数量を増やす", "增加数量", "زيادة", "Tăng", "ＺＯＯＭ",
]  # fmt: skip
PAGING = [
    "Next", " NEXT ", "Next ›", "‹ Previous", "Back", "Go back", "Weiter", "Zurück", "Suivant",
    "Précédent", "Siguiente", "Avanti", "Seguinte", "Volgende", "Dalej", "Nästa", "Další", "Далее",
    "次へ", "戻る", "下一页", "上一步", "다음", "이전", "Next page", "Nächste Seite",
    "Page suivante",
    "次のページ", "다음 페이지", "Следующая страница", "İleri", "İLERİ ›", "SONRAKİ", "PRECEDENT",
    "ΕΠΟΜΕΝΗ", "ＮＥＸＴ", "التالي", "הבא", "Tiếp theo", "Berikutnya",
]  # fmt: skip
ONCE = [
    "Pay", "Next of kin", "Next step", "-x", "+ Add", "Skip", "219,80 €", "Continue",
    "Increased fares", "Go", "Log in", "Check-in", "Backpack", "×",
    "支払う", "9.99", "100 000", "10000",
]  # fmt: skip


@each_row(
    ("selector", "is_raging"),
    [
        ("form > button.search-submit", True), ("#searchform > button", True), ("a.search", True),
        ('form > input[type="submit"]', True), ("div.search > label", False), ("", False),
        ('input[type="search"]', False),
    ],
)  # fmt: skip
def test_a_button_may_be_called_as_a_field_is(selector: str, is_raging: bool) -> None:
    read = session(typed(0, "Pay"), *clicks(1000, 1100, 1200, selector=selector))
    assert (found(read, RAGE) != []) is is_raging


@each_row(
    ("places", "is_stuck"),
    [
        ([(40, 50), (40, 52), (41, 54)], True),
        ([(40, 50), (40, 54), (40, 58)], False),
        ([(40, 50), (44, 50), (48, 50)], False),
        ([(None, None)] * 3, False),
    ],
)
def test_one_label_in_one_place_is_one_thing_whatever_its_selector(
    places: list[tuple[int | None, int | None]], is_stuck: bool
) -> None:
    pressed = [
        structs.replace(
            click(n * 400, selector=f"div:nth-child({n}) > b"),
            sent={"normalizedX": x, "normalizedY": y},
        )
        for n, (x, y) in enumerate(places)
    ]
    assert (found(session(*pressed), STUCK) != []) is is_stuck


@each_row(
    ("label", "use"),
    [
        *((label, ControlUse.STEPPING) for label in STEPPING),
        *((label, ControlUse.PAGING) for label in PAGING),
        *((label, ControlUse.ONCE) for label in ONCE),
    ],
)
def test_the_use_of_a_label_is_known_by_its_words_in_many_languages(
    label: str, use: ControlUse
) -> None:
    assert find_use(label) is use
    assert find_use(unicodedata.normalize("NFD", label)) is use
    three = clicks(0, 100, 200, label=label)
    assert (found(session(*three), RAGE) != []) is (use is ControlUse.ONCE)
    assert (found(session(*three), REPEAT) != []) is (use is not ControlUse.ONCE)
    # Eight clicks without effect are stuck on paging, but may be fine on a stepper.
    eight = clicks(*range(0, 800, 100), label=label)
    assert (found(session(*eight), RAGE) != []) is (use is not ControlUse.STEPPING)
    effective = session(*eight, page(900))
    assert (found(effective, RAGE) != []) is (use is ControlUse.ONCE)


@each_row("label", ["Next", "+", "Weiter", "次へ"])
def test_no_use_overrules_what_the_server_found(label: str) -> None:
    read = session(*clicks(0, 0, 0, label=label), issue(0, "click_rage", label, count=3), step=1000)
    assert server_found(read) == [(RAGE, (0, 1, 2, 3))]


# --- repeated clicks


@each_row(
    ("events", "runs"),
    [
        (clicks(0, 5000, 10_000), [(0, 1, 2)]),
        (clicks(0, 1001, 2002), [(0, 1, 2)]),
        (clicks(0, 5000, 10_000, label="", selector="svg.cart"), [(0, 1, 2)]),
        (clicks(0, 300, 600), []),
        (clicks(0, 100, 200, label="+"), [(0, 1, 2)]),
        (clicks(0, 100, 200, selector="input"), [(0, 1, 2)]),
        ([*clicks(0, 5000), sample(6000), *clicks(7000)], [(0, 1, 3)]),
        (clicks(0, 5000), []),
        (clicks(0, 5000, 10_000, label=" "), []),
        (clicks(0, 5000, label="", selector="a") + clicks(9000, label="", selector="b"), []),
        ([*clicks(0, 5000), typed(6000), *clicks(7000)], []),
        ([*clicks(0, 5000), click(6000, "Go"), *clicks(7000)], []),
        # It is a rage already, and one thing makes one signal.
        (clicks(0, 100, 200), []),
        (clicks(0, 1200, 1300, 1400), []),
    ],
)
def test_a_run_of_clicks_that_is_no_rage_is_neutral(
    events: list[Event], runs: list[tuple[int, ...]]
) -> None:
    read = session(*events)
    assert found(read, REPEAT) == runs
    assert REPEAT.severity is Severity.NEUTRAL


def test_a_run_is_not_seen_across_events_that_have_not_come() -> None:
    events = clicks(0, 5000, 10_000)
    assert found(session(*events, gaps=[Gap(5001, 5002)]), REPEAT) == []
    sampled = [*clicks(0, 5000), sample(6000), *clicks(10_000)]
    assert found(session(*sampled, gaps=[Gap(5001, 5002)]), REPEAT) == []


# --- hesitation


@each_row(
    ("lengths", "hesitant"),
    [
        ([100, 200, 300, 5000], [3]),
        ([100, 200, 300, 5000.5], [3]),
        ([100, 200, 300, 4999], []),
        # Three times as long as the median, which is 2,000.
        ([2000, 2000, 6000, 1], [2]),
        ([2000, 2000, 5999, 1], []),
        # A slow person has no hesitation that stands out.
        ([9000, 8000, 9500, 20_000], []),
        # The three longest, and the earliest of equals.
        ([*[100] * 9, 6000, 9000, 7000, 8000], [10, 11, 12]),
        ([*[100] * 9, 6000, 6000, 6000, 6000], [9, 10, 11]),
        # A single one cannot stand out from others.
        ([60_000], []),
        # Not measured, which some servers send as 0, is no hesitation to compare with.
        ([0, 0, 0, None, 4000, 5000], []),
        ([], []),
    ],
)
def test_a_hesitation_is_found_where_it_stands_out_in_the_session(
    lengths: list[float | None], hesitant: list[int]
) -> None:
    events = [
        (click if at % 2 else typed)(at * 1000, str(at), hesitation_ms=ms)
        for at, ms in enumerate(lengths)
    ]
    assert found(session(*events), HESITATION) == [(index,) for index in hesitant]
    # A field that was filled in slowly is something else.
    slowly = session(*events, typed(99_000, duration_ms=90_000))
    assert found(slowly, HESITATION) == [(index,) for index in hesitant]


# --- errors, crashes, requests


@each_row(
    ("events", "step", "chains"),
    [
        ([click(0), error(1000)], 1, [(0, 1)]),
        ([click(0), error(0)], 1, [(0, 1)]),
        ([click(0), typed(10), page(20), error(100)], 1, [(0, 3)]),
        # The latest click before it counts, and all errors of one click are one thing.
        ([click(0), click(500), error(900)], 1, [(1, 2)]),
        ([click(0), error(100), error(200), error(1200)], 1, [(0, 1, 2)]),
        ([click(0), error(1001)], 1, []),
        # In one whole second the error may have come first.
        ([click(5000), error(5000)], 1000, []),
        # The times are those of storing, milliseconds apart, not of the events.
        ([click(5001), error(5002)], 1000, []),
        ([error(0), click(10)], 1, []),
        ([click(None), error(10)], 1, []),
        ([click(0), error(None)], 1, []),
        ([typed(0), error(10)], 1, []),
        # It may have been almost two seconds.
        ([click(5000), error(6000)], 1000, []),
    ],
)
def test_an_error_right_after_a_click_may_come_of_it(
    events: list[Event], step: int, chains: list[tuple[int, ...]]
) -> None:
    read = session(*events, step=step)
    assert found(read, ERROR_CLICK) == chains
    # It remains an error of its own.
    errors = [(i,) for i, event in enumerate(read.events) if isinstance(event, Error)]
    assert found(read, ERROR) == errors


def test_what_came_of_a_click_is_not_seen_across_events_that_have_not_come() -> None:
    gap = [Gap(100, 200)]
    assert found(session(click(0), error(300), gaps=gap), ERROR_CLICK) == []
    assert found(session(click(0), sample(250), error(300), gaps=gap), ERROR_CLICK) == []
    # A missing click may have caused the second error.
    read = session(click(0), error(50), error(300), gaps=gap)
    assert found(read, ERROR_CLICK) == [(0, 1)]
    assert found(read, ERROR) == [(1,), (2,)]


@each_row(
    ("status", "is_success", "is_found"),
    [
        (400, None, True), (404.0, None, True), (503, False, True), (None, False, True),
        # The threshold may differ from the flag of the server.
        (503, True, True),
        (399, None, False), (399, False, False), (200, True, False),
        (None, True, False), (None, None, False),
    ],
)  # fmt: skip
def test_a_request_failed_from_a_status_of_400_on(
    status: float | None, is_success: bool | None, is_found: bool
) -> None:
    sent = structs.replace(request(0, status), is_success=is_success)
    read = session(sent)
    assert found(read, FAILED) == ([(0,)] if is_found else [])
    assert [signal.amount for signal in Analysis(read).signals.found] == (
        [status] if is_found else []
    )


def test_every_crash_is_a_signal() -> None:
    assert found(session(click(0), crash(5)), CRASH) == [(1,)]


# --- poor loads


@each_row(
    ("load", "is_found"),
    [
        ({"largest_contentful_paint_ms": 4001, "load_ms": 1}, True),
        ({"largest_contentful_paint_ms": 4000, "load_ms": 1}, False),
        ({"largest_contentful_paint_ms": 4000.1, "load_ms": 1}, True),
        ({"first_contentful_paint_ms": 3001}, True),
        ({"first_contentful_paint_ms": 3000}, False),
        ({"load_ms": 7301}, True),
        ({"load_ms": 7300}, False),
        ({"speed_index_ms": 5801}, True),
        ({"speed_index_ms": 5800}, False),
        ({"time_to_first_byte_ms": 1801, "load_ms": 1}, True),
        ({"time_to_first_byte_ms": 1800, "load_ms": 1}, False),
        # One poor figure among good ones is enough.
        ({"first_contentful_paint_ms": 1, "load_ms": 1, "speed_index_ms": 9000}, True),
        ({"load_ms": 1, "cumulative_layout_shift": 0.251}, True),
        ({"load_ms": 1, "cumulative_layout_shift": 0.25}, False),
        ({"load_ms": 1, "interaction_to_next_paint_ms": 501}, True),
        ({"load_ms": 1, "interaction_to_next_paint_ms": 500}, False),
        # The response start replaces a TTFB that was not captured.
        ({"load_ms": 1, "response_start_ms": 1801}, True),
        ({"load_ms": 1, "response_start_ms": 1800}, False),
        ({"load_ms": 1, "response_start_ms": 1801, "time_to_first_byte_ms": 1}, False),
        # These are rated, but do not stand for a load.
        ({"load_ms": 1, "time_to_interactive_ms": 90_000}, False),
        ({"load_ms": 1, "server_wait_ms": 9000, "dom_building_ms": 9000}, False),
        # Nobody publishes bands for these.
        ({"load_ms": 1, "visually_complete_ms": 29_000, "dom_content_loaded_ms": 29_000}, False),
        # A route change inside the page has no load, and vitals alone make none.
        ({}, False),
        ({"largest_contentful_paint_ms": 9000, "time_to_first_byte_ms": 9000}, False),
    ],
)
def test_a_load_is_poor_by_what_stands_for_it(load: dict[str, Any], is_found: bool) -> None:
    assert found(session(page(0, **load)), SLOW) == ([(0,)] if is_found else [])


def test_web_vitals_repeated_from_the_page_before_are_not_held_against_a_page() -> None:
    vitals: dict[str, Any] = {"largest_contentful_paint_ms": 8079, "time_to_first_byte_ms": 3632.1}
    first, second = page(0, load_ms=900, **vitals), page(5000, "/b", load_ms=800, **vitals)
    assert found(session(first, second), SLOW) == [(0,)]
    other = page(5000, "/b", load_ms=800, **vitals | {"time_to_first_byte_ms": 3632.2})
    assert found(session(first, other), SLOW) == [(0,), (1,)]


# --- silences


@each_row(
    ("events", "step", "silences"),
    [
        ([click(0), click(30_000)], 1, [(0, 1)]),
        ([click(0), sample(10_000), sample(20_000), click(30_000)], 1, [(0, 3)]),
        ([click(0), click(40_000), click(80_000)], 1, [(0, 1), (1, 2)]),
        ([click(0), click(29_999)], 1, []),
        ([click(0), sample(60_000), sample(180_000)], 1, []),
        ([sample(0), click(60_000)], 1, []),
        ([sample(0), sample(120_000)], 1, []),
        ([click(0), click(None), click(60_000)], 1, []),
        # Times in whole seconds: 30 may have been 29.001, 31 was more than 30.
        ([click(0), click(31_000)], 1000, [(0, 1)]),
        ([click(0), click(30_000)], 1000, []),
    ],
)
def test_half_a_minute_without_events_is_a_silence(
    events: list[Event], step: int, silences: list[tuple[int, ...]]
) -> None:
    read = session(*events, step=step)
    assert found(read, GAP) == silences
    # It belongs to the event that ends it.
    assert list(Analysis(read).signals.silences) == [places[-1] for places in silences]
    assert Analysis(read).signals.covered(GAP) == {places[-1] for places in silences}


@pytest.mark.parametrize(
    "events",
    [
        [click(0), click(60_000)],
        # The first event behind the gap is a sample; the silence is no surer for that.
        [click(0), sample(50_000), click(60_000)],
    ],
)
def test_silence_is_not_claimed_where_events_have_not_come(events: list[Event]) -> None:
    assert found(session(*events), GAP)
    assert found(session(*events, gaps=[Gap(10_000, 20_000)]), GAP) == []


# --- back and forth


def pages(*visits: tuple[int, str]) -> list[Event]:
    return [page(time, path) for time, path in visits]


@each_row(
    ("events", "step", "turns"),
    [
        (pages((0, "/a"), (90_000, "/b"), (97_000, "/a")), 1, [(0, 1, 2)]),
        (pages((0, "/a"), (1000, "/b"), (2000, "/a"), (3000, "/b")), 1, [(0, 1, 2, 3)]),
        # People look through the pages of a list, sometimes fast.
        (pages((0, "/a"), (1000, "/b"), (2000, "/a"), (3000, "/c"), (4000, "/a")), 1, []),
        (pages((0, "/a"), (1000, "/b"), (2000, "/a"), (3000, "/c"), (99_000, "/a")), 1, []),
        # The same page again is no other page.
        (
            pages((0, "/a"), (1000, "/b"), (2000, "/a"), (3000, "/b"), (4000, "/a")),
            1,
            [(0, 1, 2, 3, 4)],
        ),
        # The page had a query and has none when it comes back.
        ([page(0, query="utm_source=x"), page(10, "/b"), page(3000)], 1, [(0, 1, 2)]),
        ([page(0), page(10, "/b"), page(3000, query="ref=b")], 1, [(0, 1, 2)]),
        ([page(0), page(10, query="page=2"), page(3000, query="page=3")], 1, []),
        # Something was done there.
        ([page(0), page(10, "/b"), typed(900), click(1500), page(2000)], 1, []),
        ([page(0), page(10, "/b"), click(900), click(1500, "Go"), page(2000)], 1, []),
        ([page(0), click(5), page(10, "/b"), click(15), page(2000)], 1, [(0, 2, 4)]),
        ([page(0), page(10, query="x=1"), page(2000)], 1, [(0, 1, 2)]),
        # Away and back at once is a redirect.
        (pages((0, "/a"), (5000, "/b"), (5999, "/a")), 1, []),
        (pages((0, "/a"), (5000, "/b"), (6000, "/a")), 1, [(0, 1, 2)]),
        (pages((0, "/a"), (1000, "/b"), (2000, "/a")), 1000, [(0, 1, 2)]),
        (pages((0, "/a"), (90_000, "/b"), (97_001, "/a")), 1, []),
        (pages((0, "/a"), (2000, "/a"), (4000, "/a")), 1, []),
        (pages((0, "/a"), (2000, "/b"), (4000, "/c")), 1, []),
        (pages((0, "/a"), (2000, "/b"), (4000, "/b"), (6000, "/a")), 1, []),
        ([page(0, query="x=1"), page(10, "/b"), page(2000, query="x=2")], 1, []),
        ([page(0), page(None, "/b"), page(2000)], 1, []),
        (pages((0, "/a"), (10, "/b")), 1, []),
        # Whole seconds: 7 may have been 7.999, and the order inside one is not known.
        (pages((0, "/a"), (1000, "/b"), (8000, "/a")), 1000, []),
        (pages((0, "/a"), (1000, "/b"), (7000, "/a")), 1000, [(0, 1, 2)]),
        # The times are those of storing, not of opening.
        (pages((0, "/a"), (1001, "/b"), (3002, "/a")), 1000, []),
        (pages((1000, "/a"), (1000, "/b"), (2000, "/a")), 1000, []),
        (pages((1000, "/a"), (2000, "/b"), (2000, "/a")), 1000, []),
    ],
)
def test_leaving_a_page_and_being_back_soon_is_back_and_forth(
    events: list[Event], step: int, turns: list[tuple[int, ...]]
) -> None:
    assert found(session(*events, step=step), BACK_AND_FORTH) == turns


def test_back_and_forth_counts_from_leaving_to_the_last_return() -> None:
    read = session(*pages((0, "/a"), (9000, "/b"), (10_500, "/a"), (12_000, "/b")))
    assert [signal.amount for signal in Analysis(read).signals.found] == [3000]


def test_back_and_forth_is_not_seen_across_events_that_have_not_come() -> None:
    events = pages((0, "/a"), (1000, "/b"), (2000, "/a"))
    assert found(session(*events), BACK_AND_FORTH)
    assert found(session(*events, gaps=[Gap(1200, 1800)]), BACK_AND_FORTH) == []
    assert found(session(*events, gaps=[Gap(200, 800)]), BACK_AND_FORTH) == []


# --- what the server found


def server_found(read: Session) -> list[tuple[SignalKind, tuple[int, ...]]]:
    return [(s.kind, s.events) for s in Analysis(read).signals.found if s.is_server]


def test_a_click_rage_of_the_server_covers_its_clicks() -> None:
    # From 0.8 on, each 290 ms after the last: 0.8, 1.09, 1.38.
    events = [click(0), click(1000), click(1000), click(1000, "Other"), click(2000)]
    read = session(issue(0, "click_rage", "Pay", count=3), *events, step=1000)
    assert server_found(read) == [(RAGE, (0, 1, 3, 4))]
    [rage] = [signal for signal in Analysis(read).signals.found if signal.kind is RAGE]
    assert (rage.at, rage.amount) == (0, 3)
    assert found(read, REPEAT) == []


def test_a_longer_rage_of_the_server_reaches_further_and_never_back() -> None:
    events = [click(0), click(1000), issue(1000, "click_rage", "Pay", count=6), click(3000),
              click(4000)]  # fmt: skip
    # Five times less than 300 ms after 1.999: before 3.5.
    assert server_found(session(*events, step=1000)) == [(RAGE, (1, 2, 3))]


def test_a_rage_of_the_server_that_is_found_here_too_is_one_signal() -> None:
    coarse = replace(RULES, rage_apart_ms=2000)
    read = session(*clicks(0, 1000, 2000), issue(0, "click_rage", "Pay", count=3), step=1000)
    [rage] = [signal for signal in Analysis(read, coarse).signals.found if signal.kind is RAGE]
    assert (rage.events, rage.amount, rage.is_server) == ((0, 1, 2, 3), 3, False)


@each_row(
    ("events", "covered", "amount"),
    [
        # It is one thing, and the server counted it to the millisecond.
        ([*clicks(0, 0, 0), issue(0, "click_rage", "Pay", count=5)], (0, 1, 2, 3), 5),
        ([*clicks(0, 0, 0), issue(0, "click_rage", "Pay")], (0, 1, 2, 3), 3),
        ([*clicks(0, 0, 0), issue(0, "click_rage")], (0, 1, 2, 3), 3),
        (
            [*clicks(0, 0, 0), issue(0, "click_rage", "Pay", count=6), *clicks(1000, 1000, 1000)],
            (0, 1, 2, 3, 4, 5, 6),
            6,
        ),
    ],
)
def test_a_rage_of_the_server_replaces_one_of_whole_seconds(
    events: list[Event], covered: tuple[int, ...], amount: int
) -> None:
    read = session(*events, step=1000)
    assert server_found(read) == [(RAGE, covered)]
    [rage] = Analysis(read).signals.found
    assert rage.amount == amount
    other = session(*events, *clicks(9000, 9000, 9000, label="Help"), step=1000)
    assert [s.is_server for s in Analysis(other).signals.found] == [True, False]


@each_row(
    ("events", "covered"),
    [
        ([click(1000, "Help"), issue(1000, "dead_click", "Help")], (0, 1)),
        ([click(1000, "Other"), issue(1000, "dead_click", "Help")], (1,)),
        ([click(0, "Help"), issue(1000, "dead_click", "Help"), click(2000, "Help")], (1,)),
        ([click(1000, ""), issue(1000, "dead_click")], (1,)),
        ([click(1000, "Help"), issue(None, "dead_click", "Help")], (1,)),
    ],
)
def test_a_dead_click_of_the_server_covers_its_click(
    events: list[Event], covered: tuple[int, ...]
) -> None:
    read = session(*events, step=1000)
    assert server_found(read) == [(DEAD, covered)]
    [dead] = [signal for signal in Analysis(read).signals.found if signal.kind is DEAD]
    assert dead.at == covered[0]


URL = "https://api/orders"


@each_row(
    ("events", "failed"),
    [
        ([request(1000, url=URL), issue(1000, "bad_request", URL)], [(0, 1)]),
        ([request(1000, url=f"{URL}?a=1"), issue(1000, "bad_request", URL)], [(0, 1)]),
        # Two are similar, and only one is meant.
        ([request(1000, url=f"{URL}?a=1"), request(1000, url=URL),
          issue(1000, "bad_request", URL)], [(0, 2), (1,)]),
        ([request(1000, url=f"{URL}/17"), issue(1000, "bad_request", URL)], [(0,), (1,)]),
        ([request(0, url=URL), issue(1000, "bad_request", URL)], [(0,), (1,)]),
        ([request(1000, 200, URL), issue(1000, "bad_request", URL)], [(1,)]),
        ([request(1000, url=URL), issue(1000, "bad_request")], [(0,), (1,)]),
    ],
)  # fmt: skip
def test_a_bad_request_of_the_server_joins_the_failed_request_of_its_address(
    events: list[Event], failed: list[tuple[int, ...]]
) -> None:
    assert found(session(*events, step=1000), FAILED) == failed


@each_row(
    ("events", "errors"),
    [
        ([error(1000, "boom"), issue(1000, "js_exception", "boom")], [(0, 1)]),
        ([error(1000, "boom"), issue(1000, "js_exception", "Error: boom at x")], [(0, 1)]),
        ([error(1000, "boom, and more of it"), issue(1000, "js_exception", "boom,")], [(0, 1)]),
        ([error(1000, "boom"), issue(1000, "js_exception")], [(0, 1)]),
        ([error(1000, "a"), error(1000, "b"), issue(1000, "js_exception", "b")], [(0,), (1, 2)]),
        ([error(1000, "boom"), issue(1000, "js_exception", "other")], [(0,), (1,)]),
        ([error(1000, ""), issue(1000, "js_exception", "other")], [(0,), (1,)]),
        ([error(0, "boom"), issue(1000, "js_exception", "boom")], [(0,), (1,)]),
    ],
)
def test_an_exception_of_the_server_joins_its_error(
    events: list[Event], errors: list[tuple[int, ...]]
) -> None:
    assert found(session(*events, step=1000), ERROR) == errors


@pytest.mark.parametrize("name", ["crash", "app_crash"])
def test_a_crash_of_the_server_joins_the_crash(name: str) -> None:
    events = [crash(1000), issue(1000, name)]
    assert found(session(*events, step=1000), CRASH) == [(0, 1)]
    assert found(session(crash(0), issue(1000, name), step=1000), CRASH) == [(0,), (1,)]


@each_row(
    ("name", "kind"),
    [
        ("click_rage", RAGE), ("tap_rage", RAGE),
        ("dead_click", DEAD),
        ("mouse_thrashing", THRASHING), ("incident", INCIDENT),
        ("crash", CRASH),
        ("bad_request", FAILED), ("js_exception", ERROR),
        ("cpu", OTHER_ISSUE),
        ("memory", OTHER_ISSUE), ("of a later release", OTHER_ISSUE),
        ("", OTHER_ISSUE),
    ],
)  # fmt: skip
def test_every_issue_of_the_server_is_a_signal_whatever_it_is_called(
    name: str, kind: SignalKind
) -> None:
    read = session(click(0), issue(1000, name, "Pay"), step=1000)
    assert server_found(read) == [(kind, (1,))]


# --- the rules in force


@each_row(
    ("rules", "kind", "events"),
    [
        ({"rage_clicks": 4}, RAGE, clicks(0, 100, 200)),
        ({"rage_apart_ms": 100}, RAGE, clicks(0, 100, 200)),
        ({"neutral_labels": frozenset({"pay"})}, RAGE, clicks(0, 100, 200)),
        ({"repeated_clicks": 4}, REPEAT, clicks(0, 5000, 9000)),
        ({"stuck_clicks": 4}, STUCK, clicks(0, 400, 800)),
        ({"stuck_ms": 399}, STUCK, clicks(0, 400, 800)),
        ({"paging_clicks": 7}, STUCK, clicks(*range(0, 2400, 400), label="Next")),
        (
            {"hesitation_ms": 5001},
            HESITATION,
            [click(at, hesitation_ms=ms) for at, ms in enumerate((9, 9, 5000))],
        ),
        ({"error_after_click_ms": 99}, ERROR_CLICK, [click(0), error(100)]),
        ({"failed_status": 500}, FAILED, [request(0, 404)]),
        ({"silence_ms": 60_001}, GAP, [click(0), click(60_000)]),
        (
            {"back_and_forth_ms": 1499},
            BACK_AND_FORTH,
            pages((0, "/a"), (10, "/b"), (1510, "/a")),
        ),
        ({"bands": {}}, SLOW, [page(0, load_ms=29_000)]),
    ],
)
def test_other_rules_find_other_signals(
    rules: dict[str, Any], kind: SignalKind, events: list[Event]
) -> None:
    assert found(session(*events), kind)
    others = replace(RULES, **rules)
    assert found(session(*events), kind, rules=others) == []


# --- how they are asked for


def test_the_signals_of_an_event_come_gravest_first_and_include_those_it_is_part_of() -> None:
    events = [
        click(0, hesitation_ms=6000),
        click(100, hesitation_ms=1),
        click(200, hesitation_ms=1),
        error(300),
    ]
    signals = Analysis(session(*events)).signals
    assert [s.kind for s in signals.of(0)] == [RAGE, HESITATION]
    assert [s.kind for s in signals.of(1)] == [RAGE]
    assert [s.kind for s in signals.of(2)] == [ERROR_CLICK, RAGE]
    assert [s.kind for s in signals.of(3)] == [ERROR_CLICK, ERROR]
    assert list(signals.counts.items()) == [
        (ERROR_CLICK, 1), (ERROR, 1), (RAGE, 1),
        (HESITATION, 1),
    ]  # fmt: skip
    assert signals.covered(RAGE, ERROR) == {0, 1, 2, 3}


def test_how_grave_a_kind_is() -> None:
    severe = [kind.key for kind in SIGNAL_KINDS if kind.severity is Severity.SEVERE]
    assert severe == ["crash", "error-click", "error", "failed", "incident", "rage", "slow"]
    assert [kind.key for kind in SIGNAL_KINDS] == [
        "crash", "error-click", "error", "failed", "incident", "rage", "stuck", "slow", "dead",
        "thrashing", "back", "gap", "issue", "hesitation", "repeat",
    ]  # fmt: skip
    wrong = [kind for kind in SIGNAL_KINDS if kind.is_wrong]
    assert [kind.key for kind in wrong if kind is not STUCK] == severe
    assert STUCK in wrong
    assert STUCK.severity is Severity.NOTABLE
    assert [kind for kind in SIGNAL_KINDS if kind.severity is Severity.NEUTRAL] == [REPEAT]


def test_a_session_without_events_has_no_signals() -> None:
    assert list(Analysis(session()).signals.found) == []


# --- any session

SECONDS = st.integers(0, 90)
LABELS = st.sampled_from(["", "Pay", "Go", "+"])


def some_events(step: int) -> st.SearchStrategy[list[Event]]:
    # Close together, or far apart; some without a time.
    times = st.none() | st.builds(
        lambda second, rest: second * 1000 + (rest if step == 1 else 0),
        SECONDS,
        st.integers(0, 999),
    )
    if step == 1:
        times |= st.integers(0, 1500)
    known = times.map(lambda time: time or 0)
    hesitation = st.sampled_from([None, 0, 1000, 1001])
    return st.lists(
        st.builds(click, times, LABELS, hesitation_ms=hesitation)
        | st.builds(click, times, st.just("Pay"))
        | st.builds(typed, times, LABELS, hesitation_ms=hesitation)
        | st.builds(page, times, st.sampled_from(["/a", "/b"]))
        | st.builds(page, times, load_ms=st.sampled_from([7300, 7301]))
        | st.builds(error, times)
        | st.builds(request, known, st.sampled_from([200, 404]))
        | st.builds(crash, known)
        | st.builds(
            issue,
            times,
            st.sampled_from(["click_rage", "dead_click", "bad_request", "js_exception", "cpu"]),
            st.sampled_from(["Pay", "https://api/o", "x is undefined", ""]),
            count=st.sampled_from([None, 3, 7]),
        ),
        max_size=14,
    )


GAPS = st.lists(
    st.builds(lambda start, length: Gap(start, start + length), SECONDS, SECONDS).map(
        lambda gap: Gap(gap.start_ms * 1000, gap.end_ms * 1000 + 999)
    ),
    max_size=1,
)
SESSIONS = st.sampled_from([1, 1000]).flatmap(
    lambda step: st.builds(
        lambda events, gaps: session(*events, step=step, gaps=gaps), some_events(step), GAPS
    )
)


@given(SESSIONS)
def test_signals_name_events_that_are_there_and_stand_in_their_order(read: Session) -> None:
    found = Analysis(read).signals.found
    assert [signal.at for signal in found] == sorted(signal.at for signal in found)
    for signal in found:
        assert signal.at in signal.events
        assert list(signal.events) == sorted(set(signal.events))
        assert all(0 <= index < len(read.events) for index in signal.events)
    for index in range(len(read.events)):
        # A silence shows only at the event that ends it.
        covering = [
            s for s in found
            if index == s.at or (index in s.events and s.kind is not GAP)
        ]  # fmt: skip
        assert sorted(map(hash, Analysis(read).signals.of(index))) == sorted(map(hash, covering))
        gravity = [
            list(SIGNAL_KINDS).index(signal.kind) for signal in Analysis(read).signals.of(index)
        ]
        assert gravity == sorted(gravity)
    assert sum(Analysis(read).signals.counts.values()) == len(found)


@given(SESSIONS)
def test_stuck_clicks_are_of_one_thing_and_nothing_comes_of_them(read: Session) -> None:
    for signal in (s for s in Analysis(read).signals.found if s.kind is STUCK):
        events = [read.events[index] for index in signal.events]
        assert {event.label for event in events if isinstance(event, Click)} <= {"Pay", "Go"}
        assert signal.amount == len(events) >= 3
        times = [event.time_ms or 0 for event in events]
        assert all(b - a <= 1000 for a, b in pairwise(times))
        last = signal.events[-1]
        later = [e for e in read.events[last:] if (e.time_ms or 0) <= times[-1] + 1000]
        came_of_it = [
            event
            for event in (*read.events[signal.at : last], *later)
            if isinstance(event, Location | Request | Input | Error | Crash)
        ]
        assert came_of_it == []
    covered = [i for s in Analysis(read).signals.found if s.kind is STUCK for i in s.events]
    assert len(covered) == len(set(covered))
    assert Analysis(read).signals.covered(RAGE, REPEAT).isdisjoint(covered)


@given(SESSIONS)
def test_rage_is_of_one_label_and_no_click_belongs_to_two(read: Session) -> None:
    here = [s for s in Analysis(read).signals.found if s.kind is RAGE and not s.is_server]
    series = [[i for i in s.events if isinstance(read.events[i], Click)] for s in here]
    covered = [index for places in series for index in places]
    assert len(covered) == len(set(covered))
    for places, signal in zip(series, here, strict=True):
        events = [read.events[index] for index in places]
        assert {e.label for e in events if isinstance(e, Click)} <= {"Pay", "Go"}
        assert len({e.label for e in events if isinstance(e, Click)}) == 1
        times = [event.time_ms or 0 for event in events]
        # In whole seconds, a rage is in one of them or in several in a row.
        assert all(b - a < (300 if read.resolution_ms == 1 else 1001) for a, b in pairwise(times))
        assert signal.amount == len(places) >= 3
    raging = Analysis(read).signals.covered(RAGE)
    assert raging.isdisjoint(Analysis(read).signals.covered(REPEAT))


def named(read: Session) -> list[tuple[SignalKind, tuple[int, ...], object, bool]]:
    """Return the signals with the identities of the events they cover."""
    return [
        (s.kind, tuple(id(read.events[i]) for i in s.events), s.amount, s.is_server)
        for s in Analysis(read).signals.found
    ]


@given(SESSIONS, st.lists(SECONDS, max_size=3))
def test_samples_of_performance_change_no_signal(read: Session, seconds: list[int]) -> None:
    samples = [sample(second * 1000) for second in seconds]
    sampled = session(*read.events, *samples, step=read.resolution_ms, gaps=read.gaps)
    assert named(sampled) == named(read)


@given(SESSIONS, st.integers(-3, 3))
def test_when_a_session_was_makes_no_difference(read: Session, shift: int) -> None:
    ms = shift * 1_000_000_000
    shifted = [
        e if e.time_ms is None else structs.replace(e, time_ms=e.time_ms + ms) for e in read.events
    ]
    gaps = [Gap(gap.start_ms + ms, gap.end_ms + ms) for gap in read.gaps]
    later = replace(read, events=shifted, gaps=gaps)
    assert list(Analysis(later).signals.found) == list(Analysis(read).signals.found)


BETWEEN = {
    RAGE,
    STUCK,
    REPEAT,
    GAP,
    ERROR_CLICK,
    BACK_AND_FORTH,
}


@given(SESSIONS)
def test_nothing_between_events_is_claimed_where_any_may_be_missing(read: Session) -> None:
    lacking = replace(read, gaps=[Gap(-1, 100_000)])
    assert not [s for s in Analysis(lacking).signals.found if s.kind in BETWEEN and not s.is_server]
    # Signals of single events stay.
    own = {
        HESITATION,
        SLOW,
        CRASH,
        ERROR,
        FAILED,
    }
    assert [s for s in Analysis(lacking).signals.found if s.kind in own] == [
        s for s in Analysis(read).signals.found if s.kind in own
    ]


# --- the recorded session, by hand

BY_HAND: Sequence[tuple[SignalKind, Sequence[int], str]] = (
    (GAP, (22, 23), "97.5 s between a joke and the product page in French"),
    (SLOW, (26,), "INP 512 ms, over 500"),
    (
        RAGE,
        (31, 32, 33, 34, 35),
        "“Apply” 131, 210, 134 and 118 ms apart; 30 is 1.2 s before",
    ),
    (
        SLOW,
        (38,),
        "load 13.5 s, over 7.3; TTFB 1832.2 ms, over 1800; LCP and FCP are not",
    ),
    (GAP, (41, 42), "265.3 s before going to the checkout"),
    (SLOW, (59,), "LCP 8.1, FCP 18.9, load 29.4, speed index 21.9, TTFB 3.6 s"),
    (RAGE, (60, 61, 62, 63, 64, 65, 66), "“Pay” 171, 135, 223, 193, 105, 111 ms apart"),
    (
        SLOW,
        (67,),
        "LCP 5.4, FCP 5.1, speed index 8.4, TTFB 2.6 s; load was not measured",
    ),
    (RAGE, (73, 74, 75, 76, 77), "“Pay” again, 205, 126, 111 and 187 ms apart"),
    (
        GAP,
        (80, 81),
        "146.1 s until another code was asked for; before 179 it is 29.990 s",
    ),
    (SLOW, (123,), "CLS 0.2541, over 0.25"),
    (SLOW, (125,), "INP 512 ms, over 500"),
    (SLOW, (167,), "INP 512 ms, over 500"),
    (REPEAT, (173, 174, 175), "“Show details” three times, seconds apart"),
)
"""Event numbers from 1, as on the screen. No page comes back after one other, and this format
knows neither errors nor requests nor issues. The median of the hesitations is 2,777.5 ms and the
longest 5,173 ms: none stands out."""


def test_the_recorded_session_has_the_signals_that_a_person_finds_in_it(checkout: Session) -> None:
    signals = [
        (signal.kind, tuple(index + 1 for index in signal.events))
        for signal in Analysis(checkout).signals.found
    ]
    assert signals == [(kind, tuple(numbers)) for kind, numbers, _ in BY_HAND]
    assert [s.amount for s in Analysis(checkout).signals.found if s.kind is GAP] == [
        97_501, 265_277, 146_100,
    ]  # fmt: skip
    assert not any(signal.is_server for signal in Analysis(checkout).signals.found)


def test_three_clicks_on_what_is_entered_into_select_its_text() -> None:
    clicks = [structs.replace(click(time, "Email"), selector="#email") for time in (0, 100, 200)]
    assert found(session(*clicks), RAGE)
    assert found(session(*clicks, Input("INPUT", 9_000, {}, label="Email")), RAGE) == []
