"""Rows and counts in words; the machine's zone in tests is America/Caracas."""

import pytest

from eventview.model import wording
from eventview.model.events import Event, Location
from eventview.model.metrics import LoadMetrics
from eventview.model.query import Query
from eventview.model.session import Session
from eventview.model.source import Origin
from eventview.model.view import Lens, View
from eventview.model.wording import Row, TimeMode
from tests.conftest import session_of


@pytest.mark.parametrize(
    ("index", "row"),
    [
        (3, Row("+0:06.163", "2.1s", "LOCATION", "/c/women", "LCP 1.0s")),  # 1049 ms
        (15, Row("+0:52.039", "1.7s", "LOCATION", "/p/jacke-für-große-höhen/reviews", "")),
        (12, Row("+0:38.803", "5.0s", "CLICK", "❤ Add to wishlist", "")),
        (22, Row("+2:44.426", "1m38s", "LOCATION",
                 "/p/jacke-für-große-höhen?variant=42&lang=fr", "LCP 1.5s")),
        (28, Row("+3:08.418", "5.0s", "INPUT", "Promo code = **********", "")),
        (45, Row("+8:15.874", "4.1s", "INPUT", "(no label)", "")),
    ],
)  # fmt: skip
def test_an_event_is_a_row_of_five_cells(checkout: Session, index: int, row: Row) -> None:
    assert wording.row(checkout, index) == row


def test_the_first_event_has_no_delta_and_a_load_without_paints_shows_what_there_is() -> None:
    load = LoadMetrics(load_ms=29400, time_to_first_byte_ms=3632.1)
    session = session_of([Location("LOCATION", 1, {}, path="/", load=load)])
    assert wording.row(session, 0) == Row("+0:00.000", "", "LOCATION", "/", "load 29s")


@pytest.mark.parametrize(
    ("mode", "time", "name"),
    [
        (TimeMode.SINCE_START, "+0:02.057", "since start"),
        (TimeMode.UTC, "13:00:02.657", "UTC"),
        (TimeMode.LOCAL, "09:00:02.657", "UTC-4"),
    ],
)
def test_times_count_as_the_mode_says_and_the_mode_names_its_zone(
    checkout: Session, mode: TimeMode, time: str, name: str
) -> None:
    assert wording.row(checkout, 1, mode).time == time
    assert wording.row(checkout, 1, mode).delta == "2.1s"
    assert wording.mode_name(checkout, mode) == name


@pytest.mark.parametrize("mode", TimeMode)
def test_a_time_that_is_not_known_is_a_question_mark_in_every_mode(mode: TimeMode) -> None:
    session = session_of([Event("X", 5, {}), Event("X", None, {})])
    assert wording.row(session, 1, mode)[:2] == ("?", "")


def test_the_zone_is_named_as_it_was_at_the_time_of_the_session() -> None:
    in_2014 = session_of([Event("X", 1400000000000, {})])
    assert wording.mode_name(in_2014, TimeMode.LOCAL) == "UTC-4:30"


def test_the_modes_follow_each_other_in_a_circle() -> None:
    assert [mode.next() for mode in TimeMode] == [
        TimeMode.LOCAL, TimeMode.UTC, TimeMode.SINCE_START
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("events", "query", "shown"),
    [
        (0, "", "0 of 0 events"), (1, "", "1 of 1 event"), (1, "zzz", "0 of 1 shown"),
        (12, "", "12 of 12 events"), (12, "even", "6 of 12 shown"),
        (1204, "", "1,204 of 1,204 events"), (2408, "even", "1,204 of 2,408 shown"),
    ],
)  # fmt: skip
def test_how_many_of_how_many_are_shown(events: int, query: str, shown: str) -> None:
    made = [Event("X", n, {"name": "odd" if n % 2 else "even"}) for n in range(events)]
    assert wording.counts(View(session_of(made), Lens(filter=Query.parse(query)))) == shown


@pytest.mark.parametrize(
    ("query", "index", "shown"),
    [
        ("apply", None, "7 hits"), ("apply", 0, "7 hits"), ("apply", 30, "2 of 7 hits"),
        ("wishlist", 12, "1 of 1 hit"), ("wishlist", None, "1 hit"), ("zzz", 0, "0 hits"),
    ],
)  # fmt: skip
def test_a_find_says_how_it_stands(
    checkout: Session, query: str, index: int | None, shown: str
) -> None:
    assert wording.hits(View(checkout, Lens(find=Query.parse(query))), index) == shown


def test_pages_are_counted(checkout: Session, documented: Session) -> None:
    assert wording.pages(checkout) == "31 pages"
    assert wording.pages(session_of(documented.events[:2])) == "1 page"


def test_a_session_is_called_by_its_project_and_id() -> None:
    assert wording.name(session_of([], "acme-shop", "4813")) == "acme-shop › 4813"
    assert wording.name(Session.of(Origin("saved.json"), [])) == "saved.json"
