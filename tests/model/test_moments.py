"""Places in a session, as typed and as found; the machine's zone in tests is America/Caracas."""

from datetime import UTC, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventview.model.events import Event
from eventview.model.moments import FORMS, MomentError, Spot
from eventview.model.session import Session
from tests.conftest import session_of

# 2024-11-13 13:00:00.600 UTC is the start of the recorded session.
START_MS = 1_731_502_800_600


@pytest.mark.parametrize(
    ("typed", "later_ms"),
    [
        ("+3:15", 195_000), ("+0:00", 0), ("+1:02:03.5", 3_723_500), ("-0:10", -10_000),
        ("+45", 45_000), ("+45s", 45_000), (" +3:15.25 ", 195_250), ("+90:00", 5_400_000),
        ("13:03:15", 194_400), ("13:03", 179_400), ("13:03:15.600", 195_000),
        ("13:03:15Z", 194_400), ("-0:00", 0), ("+0:90", 90_000), ("9:03:15", -14_205_600),
        ("2024-11-13T13:03:15Z", 194_400), ("2024-11-13 13:03:15", 194_400), ("#42", 479_195),
    ],
)  # fmt: skip
def test_a_place_is_a_moment(checkout: Session, typed: str, later_ms: int) -> None:
    assert Spot.parse(typed).time_ms(checkout) == START_MS + later_ms


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("+3:15", 37), ("+0:00", 1), ("-1:00", 1), ("+99:00:00", 180), ("#42", 42), ("#180", 180),
        ("13:00:02.657", 2), ("23:59:59", 180), ("2020-01-01T00:00", 1),
    ],
)  # fmt: skip
def test_a_place_leads_to_the_first_event_at_or_after_it(
    checkout: Session, typed: str, number: int
) -> None:
    assert Spot.parse(typed).index(checkout) == number - 1


def test_a_number_that_no_event_has_leads_nowhere(checkout: Session) -> None:
    assert Spot.parse("#181").index(checkout) is None
    assert Spot.parse("#181").time_ms(checkout) is None
    assert Spot.parse("+0:01").index(session_of([])) is None
    assert Spot.parse("10:00").index(session_of([Event("X", None, {})])) is None
    assert Spot.parse("10:00").time_ms(session_of([Event("X", 2**62, {})])) is None


@pytest.mark.parametrize(
    "typed",
    ["", "soon", "3:15:", "+", "#", "#0", "#-1", "24:00", "9:61", "٣:١٥", "+٣", "1e5", "++3:15",
     "2024-02-30T10:00", "0000-01-01T10:00", "#99999999999", "0x10", "3", "+9999:99999:00",
     "2024-11-13", "+1:2:3:4", "13:03:15+01:00"],
)  # fmt: skip
def test_what_is_no_place_is_refused_with_what_is(typed: str) -> None:
    with pytest.raises(MomentError) as caught:
        Spot.parse(typed)
    assert "#1" in str(caught.value) or all(form in str(caught.value) for form in FORMS)


def test_offsets_count_from_a_zero_where_there_is_one(checkout: Session) -> None:
    assert Spot.parse("-0:02").time_ms(checkout, zero_ms=5_000) == 3_000
    assert Spot.parse("#2").time_ms(checkout, zero_ms=5_000) == START_MS + 2_057


def test_a_time_of_day_is_meant_in_the_zone_given(checkout: Session) -> None:
    at = Spot.parse("09:03:15")
    assert at.time_ms(checkout, None) == START_MS + 194_400, "Caracas is four hours behind"
    assert at.time_ms(checkout, timezone(timedelta(hours=-4))) == START_MS + 194_400
    dated = Spot.parse("2024-11-13 09:03:15")
    assert dated.time_ms(checkout, None) == START_MS + 194_400


def test_a_z_means_utc_whatever_zone_is_shown(checkout: Session) -> None:
    for typed in ("13:03:15Z", "2024-11-13T13:03:15Z"):
        assert Spot.parse(typed).time_ms(checkout, None) == START_MS + 194_400


@pytest.mark.parametrize(
    ("typed", "hours_later"), [("01:30", 0), ("03:30", 1), ("02:30", 1), ("00:30", -1)]
)
def test_a_night_on_which_the_clocks_go_forward_has_an_hour_less(
    typed: str, hours_later: int
) -> None:
    start_ms = 1_711_845_000_000  # 2024-03-31 01:30 in Berlin, half an hour before the change
    session = session_of([Event("X", start_ms, {}), Event("X", start_ms + 7_200_000, {})])
    found = Spot.parse(typed).time_ms(session, ZoneInfo("Europe/Berlin"))
    assert found == start_ms + hours_later * 3_600_000


@pytest.mark.parametrize(
    ("typed", "later_ms"),
    [("23:59:00", -30_000), ("23:59:30", 0), ("00:00:10", 40_000), ("00:05:00", 330_000)],
)
def test_a_session_over_midnight_has_the_time_of_day_that_lies_in_it(
    typed: str, later_ms: int
) -> None:
    start_ms = 1_731_542_370_000  # 2024-11-13 23:59:30 UTC
    session = session_of([Event("X", start_ms, {}), Event("X", start_ms + 60_000, {})])
    assert Spot.parse(typed).time_ms(session, UTC) == start_ms + later_ms


@given(
    st.builds(Spot, offset_ms=st.integers(-(10**9), 10**9))
    | st.builds(Spot, number=st.integers(1, 999_999_999))
    | st.builds(
        Spot,
        clock=st.times().map(lambda t: t.replace(microsecond=t.microsecond // 1000 * 1000)),
        day=st.none() | st.dates(),
        is_utc=st.booleans(),
    )
)
def test_a_place_reads_as_it_is_written(spot: Spot) -> None:
    assert Spot.parse(spot.written()) == spot


NUMBERS = st.integers(0, 10**12).map(str)


@given(
    st.text(max_size=20)
    | st.lists(NUMBERS | st.sampled_from(["+", "-", ":", ".", "#", "T", "Z"])).map("".join)
)
def test_any_text_is_a_place_or_is_refused(text: str) -> None:
    try:
        spot = Spot.parse(text)
    except MomentError:
        return
    assert Spot.parse(spot.written()) == spot
    index = spot.index(session_of([Event("X", 5, {}), Event("X", 2**60, {})]))
    assert index in {0, 1, None}


@given(st.times(), st.integers(0, 2 * 86_400_000), st.integers(0, 86_400_000))
def test_a_time_of_day_is_found_inside_the_session_or_on_the_nearest_of_its_days(
    clock: time, start_ms: int, length_ms: int
) -> None:
    session = session_of([Event("X", start_ms, {}), Event("X", start_ms + length_ms, {})])
    clock = clock.replace(microsecond=clock.microsecond // 1000 * 1000)
    found = Spot(clock=clock).time_ms(session)
    assert found is not None
    of_day = (clock.hour * 3600 + clock.minute * 60 + clock.second) * 1000
    of_day += clock.microsecond // 1000
    days = range(start_ms // 86_400_000, (start_ms + length_ms) // 86_400_000 + 1)
    every = [of_day + day * 86_400_000 for day in days]
    away = [max(start_ms - ms, ms - start_ms - length_ms, 0) for ms in every]
    assert found in [ms for ms, far in zip(every, away, strict=True) if far == min(away)]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("+3:15", ""), ("13:00:00.600", ""), ("#42", ""), ("+24:56.700", ""),
        ("#999", "no such event"), ("+99:00", "after the last event, which is at +24:56.700"),
        ("2020-01-01T00:00", "before the first event"), ("06:00", "before the first event"),
        ("22:00", "after the last event"),
    ],
)  # fmt: skip
def test_a_place_outside_of_the_session_is_said_to_be_so(
    checkout: Session, typed: str, words: str
) -> None:
    said = Spot.parse(typed).outside(checkout)
    assert words in said
    assert bool(said) == bool(words)


def test_a_time_of_day_is_on_the_sessions_own_day_however_near_another_would_be() -> None:
    evening = 1_731_528_000_000  # 2024-11-13 20:00 UTC
    session = session_of([Event("X", evening, {}), Event("X", evening + 600_000, {})])
    assert Spot.parse("06:00").time_ms(session) == evening - 14 * 3_600_000
    assert Spot.parse("23:59").time_ms(session) == evening + 239 * 60_000
