"""All there is to say about one event, in words, and none of it able to act."""

import unicodedata
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventview.analysis.analysis import Analysis
from eventview.analysis.rules import RULES, Rules
from eventview.render import rows
from eventview.render.details import build_sections
from eventview.session.events import Click, Event, Input, Location
from eventview.session.metrics import CATALOGUE, PUBLISHED, Band, LoadMetrics
from eventview.session.session import Session
from eventview.session.source import Gap, SessionRef
from eventview.wire.v1 import read_answer
from tests.conftest import CHECKOUT, recorded, session_of
from tests.tables import each_row

FieldsByName = Mapping[str, tuple[str, str]]


def read_fields(
    session: Session, index: int, title: str = "", rules: Rules = RULES
) -> FieldsByName:
    """A section's facts by name: value and note."""
    [facts] = [
        section.facts
        for section in build_sections(Analysis(session, rules), index)
        if section.title == title
    ]
    assert len({fact.name for fact in facts}) == len(facts)
    return {fact.name: (fact.value, fact.note) for fact in facts}


def test_a_location_tells_its_address_its_visit_and_every_metric(checkout: Session) -> None:
    own = read_fields(checkout, 66)
    assert list(own) == ["path", "query", "host", "referrer", "visit", "at"]
    assert own["path"] == ("/checkout/payment", "")
    assert own["query"] == ("retry=1", "")
    assert own["visit"] == ("page 12 of 31", "11 events within 22s")
    assert read_fields(checkout, 0)["visit"] == ("page 1 of 31", "3 events within 6.2s")
    assert own["at"] == ("+8:59.020", "2024-11-13 13:08:59.620 UTC")
    load = read_fields(checkout, 66, "page load, this visit")
    assert len(load) == sum(not metric.is_minor for metric in CATALOGUE)
    assert load["time to first byte (TTFB)"][0] == "2576.5 ms poor"
    assert load["first contentful paint (FCP)"][0] == "5066 ms poor"
    assert load["load event end"][0] == "not measured"
    assert load["load event end"][1].startswith("(may have been over 30 s)")
    assert load["first contentful paint (FCP)"][1].endswith(
        "good up to 1800 ms, poor over 3000 ms (web.dev/articles/fcp)"
    )
    assert load["response end"] == ("3551 ms", "last byte of the document has come")
    assert load["speed index (SI)"][1].startswith("estimate: ")
    assert load["cumulative layout shift (CLS)"][0] == "0.2854 poor"
    assert not load["first contentful paint (FCP)"][1].startswith("estimate")


def test_a_part_of_a_figure_that_was_measured_was_not_over_30_s() -> None:
    loads = [LoadMetrics(time_to_first_byte_ms=7_204), LoadMetrics(first_paint_ms=900)]
    pages = [
        Location("LOCATION", n, {}, path=f"/{n}", packed_load=load) for n, load in enumerate(loads)
    ]
    meanings = [
        read_fields(session_of(pages), index, "page load, this visit")["server wait"]
        for index in (0, 1)
    ]
    assert meanings[0] == ("not measured", "request sent to first byte")
    assert meanings[1] == ("not measured", "(may have been over 30 s) request sent to first byte")


def test_a_route_change_says_so_and_nothing_of_it_is_rated(checkout: Session) -> None:
    load = dict(read_fields(checkout, 7, "page load, this visit"))
    assert load.pop("")[0].startswith("A client-side route change has no load of its own")
    assert len(load) == sum(not metric.is_minor for metric in CATALOGUE)
    assert {value for value, _ in load.values()} == {"not measured"}
    vitals = LoadMetrics(largest_contentful_paint_ms=9_000)
    session = session_of([Location("LOCATION", 0, {}, packed_load=vitals)])
    alone = read_fields(session, 0, "page load, this visit")
    assert alone["largest contentful paint (LCP)"][0] == "9000 ms", "no load, no rating"
    assert Analysis(session).verdict(0) is None


def test_repeated_vitals_are_shown_and_not_rated() -> None:
    load = LoadMetrics(load_ms=900, largest_contentful_paint_ms=9_000)
    pages = [Location("LOCATION", n, {}, packed_load=load) for n in range(2)]
    session = session_of(pages)
    assert read_fields(session, 0, "page load, this visit")["largest contentful paint (LCP)"][
        0
    ] == ("9000 ms poor")
    second = read_fields(session, 1, "page load, this visit")
    assert second["largest contentful paint (LCP)"][0] == "9000 ms"
    assert second["load event end"][0] == "900 ms good"
    assert second[""][0].startswith("LCP: identical to the page before, to the last digit")


def test_changed_bands_rate_and_are_named_as_the_users_own(checkout: Session) -> None:
    bands = {**PUBLISHED, "fcp": Band(100, 200, "your profile"), "response_end": Band(1, 2, "x")}
    load = read_fields(checkout, 3, "page load, this visit", Rules(bands=bands))
    assert load["first contentful paint (FCP)"][0] == "242 ms poor"
    assert load["first contentful paint (FCP)"][1].endswith(
        "good up to 100 ms, poor over 200 ms (your profile)"
    )
    assert load["response end"][0] == "138 ms poor"


def test_signals_are_explained_with_their_rule(checkout: Session) -> None:
    [rage] = [s for s in build_sections(Analysis(checkout), 30) if s.title == "signals"]
    assert rage.facts[0].value == "5 clicks on “Apply” within 593ms"
    assert rage.facts[0].note.startswith("rule: 3 clicks or more on one label")
    assert not [s for s in build_sections(Analysis(checkout), 12) if s.title == "signals"]


def test_what_was_not_sent_is_not_made_up_and_what_cannot_be_read_is_quoted() -> None:
    load = LoadMetrics(load_ms=7)
    session = session_of([Location("LOCATION", 0, {}, packed_load=load, vitals_problem="{LCP")])
    own = read_fields(session, 0)
    assert [own[name][0] for name in ("path", "host", "referrer")] == [
        "none sent", "none sent", "none"
    ]  # fmt: skip
    assert "query" not in own
    assert own["visit"] == ("page 1 of 1", "1 event")
    measured = read_fields(session, 0, "page load, this visit")
    assert measured["load event end"][0] == "7 ms good"
    assert measured["web vitals"][0] == "{LCP"


def test_a_load_of_nothing_but_zeros_was_not_measured() -> None:
    session = recorded(CHECKOUT.with_name("events_g_zero_metrics.json"))
    assert Analysis(session).verdict(0) is None
    assert list(Analysis(session).signals.found) == []
    measured = read_fields(session, 0, "page load, this visit")
    values = {value for name, (value, _) in measured.items() if name}
    assert values == {"not measured"}


def test_a_zero_beside_real_figures_was_not_measured_where_it_cannot_be() -> None:
    entry = {"type": "LOCATION", "timestamp": 1, "path": "/", "firstContentfulPaintTime": 0,
             "loadTime": 900, "responseTime": 0}  # fmt: skip
    measured = read_fields(session_of(read_answer([entry]).events), 0, "page load, this visit")
    assert measured["first contentful paint (FCP)"][0] == "not measured"
    assert measured["response download"][0] == "0 ms"
    assert measured["load event end"][0] == "900 ms good"


def test_a_click_tells_its_label_first_then_where_and_when(checkout: Session) -> None:
    own = read_fields(checkout, 30)
    assert next(iter(own.items())) == ("label", ("Apply", ""))
    assert own["selector"][0] == "#promo > button"
    assert own["hesitation"][0] == "310 ms"
    assert own["position"][0] == "58.57 % from the left, 76.32 % from the top"
    assert own["clicked on"][0] == "shop.acme-outdoor.example/cart"
    assert own["at"] == ("+3:10.671", "2024-11-13 13:03:11.271 UTC")
    assert own["page"] == ("/cart", "opened 16s before this · INP 512ms poor")  # 15.511 s
    assert read_fields(checkout, 36, "around it") == {
        "before": ("INPUT Promo code = ••••••••••", "6.4s earlier"),
        "after": ("LOCATION /cart?promo=error&code=E_PROMO_EXPIRED", "1.4s later"),
    }


@each_row(
    ("index", "repeats"),
    [
        (29, ("click 1 of 7 on this label", "6 in a row within 1.8s")),
        (34, ("click 6 of 7 on this label", "6 in a row within 1.8s")),
        (36, ("click 7 of 7 on this label", "")),
        (10, ("click 2 of 2 on this label", "2 in a row within 4.1s")),
        (65, ("click 7 of 12 on this label", "7 in a row within 938ms")),
        (76, ("click 12 of 12 on this label", "5 in a row within 629ms")),
        (27, None),  # "Update cart", clicked once
        (39, None),  # the only one on its selector, without a label
        (28, None),  # an input
    ],
)
def test_repeated_clicks_are_counted_in_all_and_in_a_row(
    checkout: Session, index: int, repeats: tuple[str, str] | None
) -> None:
    assert read_fields(checkout, index).get("repeats") == repeats


def test_clicks_without_a_label_are_counted_by_their_selector() -> None:
    icons = [Click("CLICK", at, {}, selector="svg.heart") for at in (1, 400, 9000)]
    read = session_of([*icons, Click("CLICK", 9500, {}), Click("CLICK", 9600, {})])
    assert read_fields(read, 1)["repeats"] == (
        "click 2 of 3 on this selector",
        "3 in a row within 9.0s",
    )
    assert "repeats" not in read_fields(read, 4), "nothing says that it was on the same thing"


def test_events_that_have_not_come_are_said_between_their_neighbours() -> None:
    events = [Click("CLICK", second * 1000, {}) for second in (1, 9)]
    for gaps, is_said in (([Gap(5_000, 8_999)], True), ([], False)):
        holed = Session.of(SessionRef("p"), events, 9, 1000, gaps)
        said = [fact.note for part in build_sections(Analysis(holed), 1) for fact in part.facts]
        assert ("events between them have not come" in said) is is_said


def test_a_click_without_a_label_says_so_and_pixels_are_called_pixels() -> None:
    pixels = Click("CLICK", 0, {"normalizedX": 5, "x": 10, "y": 20}, label=" ")
    own = read_fields(session_of([pixels]), 0)
    assert own["label"][0] == "none"
    assert own["position"][0] == "10 px from the left, 20 px from the top"
    assert not own.keys() & {"selector", "hesitation", "clicked on", "repeats"}
    half_known = session_of([Click("CLICK", 0, {"normalizedX": 5, "y": 10})])
    assert "position" not in read_fields(half_known, 0)


def test_an_input_tells_its_label_its_value_and_how_long_it_took(checkout: Session) -> None:
    own = read_fields(checkout, 26)
    assert list(own) == ["label", "value", "duration", "hesitation", "at", "page"]
    assert [own[name][0] for name in list(own)[:4]] == [
        "Quantity", "2", "12523 ms (13s)", "2653 ms (2.7s)"
    ]  # fmt: skip
    own = read_fields(session_of([Input("INPUT", 0, {}, duration_ms=1000, hesitation_ms=999)]), 0)
    assert (own["duration"][0], own["hesitation"][0]) == ("1000 ms (1.0s)", "999 ms")


@pytest.mark.parametrize(
    ("value", "shown"), [("***", "***"), ("", "empty"), (None, "not recorded")]
)
def test_an_empty_value_is_told_from_one_that_was_not_kept(value: str | None, shown: str) -> None:
    session = session_of([Input("INPUT", 0, {}, label="Email", value=value)])
    assert read_fields(session, 0)["value"][0] == shown


def test_an_unknown_event_says_what_it_holds_and_one_not_understood_why() -> None:
    session = session_of(
        [Event("CUSTOM", 5, {"name": "signup"}), Event("CLICK", None, {}, "label: not a text")]
    )
    assert read_fields(session, 0) == {
        "what": ("signup", ""),
        "at": ("+0:00.000", "1970-01-01 00:00:00.005 UTC"),
        "page": ("unknown", "no page was opened before it"),
    }
    own = read_fields(session, 1)
    assert own["not understood"][0] == "label: not a text"
    assert own["at"][0] == "no readable time"
    assert read_fields(session, 1, "around it") == {"before": ("CUSTOM signup", "")}
    assert read_fields(session, 0, "around it") == {"after": ("CLICK", "")}


HOSTILE = st.text(st.characters() | st.sampled_from("\x1b\x07\n\u202e\u200b\x9b\ud800\U000e0041"))
FIELDS = ("label", "selector", "url", "path", "host", "query", "referrer", "value", "name")
ENTRY = st.fixed_dictionaries(
    {"type": st.sampled_from(["LOCATION", "CLICK", "INPUT"]) | HOSTILE},
    optional={
        "timestamp": st.integers(),
        "webVitals": HOSTILE,
        "hesitation": st.integers() | st.floats(allow_nan=False),
        "loadTime": st.integers() | HOSTILE,
        **{field: st.none() | HOSTILE for field in FIELDS},
    },
)


@given(st.lists(ENTRY, min_size=1, max_size=4))
def test_nothing_said_about_a_hostile_event_can_act(sent: list[dict[str, object]]) -> None:
    session = session_of(read_answer(sent).events)
    words: list[str] = []
    for index in range(len(session.events)):
        row = rows.build_row(Analysis(session), index)
        words += [*row[:4], *(notes.text for notes in row.badges)]
        for section in build_sections(Analysis(session), index):
            words += [text for fact in section.facts for text in fact[:3]]
    acting = {"Cc", "Cs", "Zl", "Zp", "Cf"}
    assert not [
        text
        for text in words
        for letter in text
        if unicodedata.category(letter) in acting and letter not in "\u200c\u200d"
    ]
