"""Places in a session, as typed and as found; the machine's zone in tests is America/Caracas."""

from datetime import UTC, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from eventview.query.query import Query
from eventview.render import rows
from eventview.session import timefmt
from eventview.session.events import Event
from eventview.session.position import FORMS, Position, PositionError
from eventview.session.session import Session
from eventview.session.source import Gap
from eventview.session.timefmt import parse_duration
from eventview.view.time_display import TimeDisplay, TimeMode
from tests.conftest import session_of
from tests.tables import each_row

# 2024-11-13 13:00:00.600 UTC is the start of the recorded session.
START_MS = 1_731_502_800_600


@each_row(
    ("typed", "later_ms"),
    [
        ("+3:15", 195_000), ("+0:00", 0), ("+1:02:03.5", 3_723_500), ("-0:10", -10_000),
        ("+45", 45_000), ("+45s", 45_000), (" +3:15.25 ", 195_250), ("+90:00", 5_400_000),
        ("13:03:15", 194_400), ("13:03", 179_400), ("13:03:15.600", 195_000),
        ("13:03:15Z", 194_400), ("-0:00", 0), ("+0:90", 90_000), ("9:03:15", -14_205_600),
        ("2024-11-13T13:03:15Z", 194_400), ("2024-11-13 13:03:15", 194_400), ("#42", 479_195),
        ("2024-11-13 13:03:15.600 UTC", 195_000), ("2024-11-13T14:03:15+01:00", 194_400),
        ("2024-11-13T14:03:15.600123+01:00", 195_000), ("2024-11-13T14:03:15,600999+0100", 195_000),
        ("2024-11-13 14:03:15 CET (UTC+1)", 194_400), ("2024-11-13 18:33:15 UTC+5:30", 194_400),
        ("09:33:15 (UTC-3:30)", 194_400), ("13:03:15 GMT", 194_400), ("11-13 13:03:15", 194_400),
        ("2024-11-13", 0), ("1731502995000", 194_400), ("1731502995000ms", 194_400),
        ("1731502995000 ms since 1970 (beyond the calendar)", 194_400),
        ("+90s", 90_000), ("+5m", 300_000), ("+1m30s", 90_000), ("+6m14s", 374_000),
        ("-1m", -60_000), ("+1h03m", 3_780_000), ("+2d04h", 187_200_000), ("+310ms", 310),
        ("+4.2s", 4_200), ("+4,2s", 4_200), ("+1:02:03,5", 3_723_500), ("'+0:45", 45_000),
        ("+1M30S", 90_000), ("5m", 300_000), ("90s", 90_000), ("1500ms", 1_500), ("1m30s", 90_000),
        ("+1h2m3s", 3_723_000), ("1h2m3s", 3_723_000), ("+.5s", 500), (".5s", 500),
        ("+1.5m", 90_000),
        ("0.5h", 1_800_000), ("+1s500ms", 1_500), ("1500 ms", 1_500), ("2d04h", 187_200_000),
        ("-1m30s", -90_000), ("4.2s", 4_200),
    ],
)  # fmt: skip
def test_a_place_is_a_moment(checkout: Session, typed: str, later_ms: int) -> None:
    assert Position.parse(typed).time_ms(checkout) == START_MS + later_ms


@each_row(
    ("typed", "number"),
    [
        ("+3:14.294", 35), ("+3:14.295", 36), ("+3:15", 36), ("+3:20.645", 36), ("+3:20.646", 37),
        ("+0:00", 1), ("-1:00", 1), ("+99:00:00", 180), ("#42", 42), ("#180", 180),
        ("13:00:02.657", 2), ("13:00:02.656", 1), ("23:59:59", 180), ("2020-01-01T00:00", 1),
    ],
)  # fmt: skip
def test_a_place_leads_to_the_last_event_that_is_not_behind_it(
    checkout: Session, typed: str, number: int
) -> None:
    assert Position.parse(typed).index(checkout) == number - 1


@given(
    st.lists(st.integers(0, 40), min_size=1, max_size=12), st.sampled_from([1, 5]),
    st.integers(-5, 50),
)  # fmt: skip
def test_of_several_events_at_a_moment_the_first_and_else_the_last_before_it(
    times_ms: list[int], step: int, moment: int
) -> None:
    stamps = sorted(ms // step * step for ms in times_ms)
    session = replace(session_of([Event("X", ms, {}) for ms in stamps]), resolution_ms=step)
    at = [i for i, ms in enumerate(stamps) if ms <= moment < ms + step]
    before = [i for i, ms in enumerate(stamps) if ms <= moment]
    expected = at[0] if at else before[-1] if before else 0
    assert session.index_at(moment) == expected


def test_a_number_that_no_event_has_leads_nowhere(checkout: Session) -> None:
    assert Position.parse("#181").index(checkout) is None
    assert Position.parse("#181").time_ms(checkout) is None
    assert Position.parse("+0:01").index(session_of([])) is None
    assert Position.parse("10:00").index(session_of([Event("X", None, {})])) is None
    assert Position.parse("10:00").time_ms(session_of([Event("X", 2**62, {})])) is None


@each_row(
    "typed",
    ["", "soon", "3:15:", "+", "#", "#0", "#-1", "24:00", "9:61", "٣:١٥", "+٣", "1e5", "++3:15",
     "2024-02-30T10:00", "0000-01-01T10:00", "#99999999999", "0x10", "3", "+9999:99999:00",
     "2024-13-13", "+1:2:3:4", "13:03:15+25:00", "1731502995", "+5m5m", "+5q", "+d", "13:03 PM",
     "+1m 30s", "m", "+s", ".", "+.s", "5hs", "30s1m", "1m30", "5 m",
     "13:03:15 somewhere", "02-30 10:00", "13:03:15+01:00 UTC"],
)  # fmt: skip
def test_what_is_no_place_is_refused_with_what_is(typed: str) -> None:
    with pytest.raises(PositionError) as caught:
        Position.parse(typed)
    assert "#1" in str(caught.value) or all(form in str(caught.value) for form in FORMS)


def test_offsets_count_from_a_zero_where_there_is_one(checkout: Session) -> None:
    assert Position.parse("-0:02").time_ms(checkout, zero_ms=5_000) == 3_000
    assert Position.parse("#2").time_ms(checkout, zero_ms=5_000) == START_MS + 2_057


def test_an_offset_may_bring_its_zero(checkout: Session) -> None:
    counted = replace(Position.parse("+0:01"), zero=Position.parse("#2"))
    assert counted.time_ms(checkout) == START_MS + 3_057
    assert counted.everywhere(checkout).time_ms(checkout) == START_MS + 3_057
    nowhere = replace(counted, zero=Position.parse("#999"))
    assert nowhere.time_ms(checkout) == START_MS + 1_000, "as where times count from the start"


def test_a_time_of_day_is_meant_in_the_zone_given(checkout: Session) -> None:
    at = Position.parse("09:03:15")
    assert at.time_ms(checkout, None) == START_MS + 194_400, "Caracas is four hours behind"
    assert at.time_ms(checkout, timezone(timedelta(hours=-4))) == START_MS + 194_400
    dated = Position.parse("2024-11-13 09:03:15")
    assert dated.time_ms(checkout, None) == START_MS + 194_400


def test_a_z_means_utc_whatever_zone_is_shown(checkout: Session) -> None:
    for typed in ("13:03:15Z", "2024-11-13T13:03:15Z"):
        assert Position.parse(typed).time_ms(checkout, None) == START_MS + 194_400


@each_row(("typed", "hours_later"), [("01:30", 0), ("03:30", 1), ("02:30", 1), ("00:30", -1)])
def test_a_night_on_which_the_clocks_go_forward_has_an_hour_less(
    typed: str, hours_later: int
) -> None:
    start_ms = 1_711_845_000_000  # 2024-03-31 01:30 in Berlin, half an hour before the change
    session = session_of([Event("X", start_ms, {}), Event("X", start_ms + 7_200_000, {})])
    found = Position.parse(typed).time_ms(session, ZoneInfo("Europe/Berlin"))
    assert found == start_ms + hours_later * 3_600_000


@each_row(
    ("typed", "later_ms"),
    [("23:59:00", -30_000), ("23:59:30", 0), ("00:00:10", 40_000), ("00:05:00", 330_000)],
)
def test_a_session_over_midnight_has_the_time_of_day_that_lies_in_it(
    typed: str, later_ms: int
) -> None:
    start_ms = 1_731_542_370_000  # 2024-11-13 23:59:30 UTC
    session = session_of([Event("X", start_ms, {}), Event("X", start_ms + 60_000, {})])
    assert Position.parse(typed).time_ms(session, UTC) == start_ms + later_ms


@given(
    st.builds(Position, offset_ms=st.integers(-(10**9), 10**9))
    | st.builds(Position, number=st.integers(1, 999_999_999))
    | st.builds(
        Position,
        clock=st.times().map(lambda t: t.replace(microsecond=t.microsecond // 1000 * 1000)),
        day=st.none() | st.dates(),
        distance_s=st.none() | st.integers(-86_399, 86_399),
    )
    | st.builds(
        Position,
        clock=st.just(time()),
        day=st.dates(),
        distance_s=st.none() | st.integers(-86_399, 86_399),
        is_whole_day=st.just(True),
    )
    | st.builds(Position, epoch_ms=st.integers(-(10**19), 10**19))
)
def test_a_place_reads_as_it_is_written(position: Position) -> None:
    assert Position.parse(position.to_query()) == position
    for shown in (position, position.in_local_zone()):
        meant = shown if shown.has_zone or shown.is_local else replace(shown, distance_s=0)
        assert Position.parse(shown.words()) == meant


@given(st.integers(0, 10**9), st.sampled_from([1, 1000]))
def test_a_duration_is_read_as_it_is_printed(ms: int, step_ms: int) -> None:
    printed = timefmt.format_span(ms, step_ms)
    read = Position.parse(printed).offset_ms
    assert read is not None
    # Printed again it is the same: nothing but what is rounded away is lost.
    assert timefmt.format_span(read, step_ms) == printed
    assert Position.parse(f"+{printed}").offset_ms == read
    assert Position.parse(f"-{printed}").offset_ms == -read
    assert int(parse_duration(printed) or 0) == read
    assert Query.parse(f"delta>={printed}") == Query.parse(f"delta>={read}")
    offset = timefmt.format_offset(ms, step_ms)
    again = Position.parse(offset).offset_ms
    assert again is not None
    assert timefmt.format_offset(again, step_ms) == offset


NUMBERS = st.integers(0, 10**12).map(str)


@given(
    st.text(max_size=20)
    | st.lists(NUMBERS | st.sampled_from(["+", "-", ":", ".", "#", "T", "Z"])).map("".join)
)
def test_any_text_is_a_place_or_is_refused(text: str) -> None:
    try:
        position = Position.parse(text)
    except PositionError:
        return
    assert Position.parse(position.to_query()) == position
    index = position.index(session_of([Event("X", 5, {}), Event("X", 2**60, {})]))
    assert index in {0, 1, None}


@given(st.times(), st.integers(0, 2 * 86_400_000), st.integers(0, 86_400_000))
def test_a_time_of_day_is_found_inside_the_session_or_on_the_nearest_of_its_days(
    clock: time, start_ms: int, length_ms: int
) -> None:
    session = session_of([Event("X", start_ms, {}), Event("X", start_ms + length_ms, {})])
    clock = clock.replace(microsecond=clock.microsecond // 1000 * 1000)
    found = Position(clock=clock).time_ms(session)
    assert found is not None
    of_day = (clock.hour * 3600 + clock.minute * 60 + clock.second) * 1000
    of_day += clock.microsecond // 1000
    days = range(start_ms // 86_400_000, (start_ms + length_ms) // 86_400_000 + 1)
    every = [of_day + day * 86_400_000 for day in days]
    away = [max(start_ms - ms, ms - start_ms - length_ms, 0) for ms in every]
    assert found in [ms for ms, far in zip(every, away, strict=True) if far == min(away)]


@each_row(
    ("typed", "words"),
    [
        ("+3:20.646", ""), ("13:00:00.600", ""), ("#42", ""), ("+24:56.700", ""),
        ("+3:15", "is 705ms after #36, the last event before it."), ("-0:00.9", ""),
        ("#999", "no event #999 in this session. It has #1 to #180."),
        ("+99:00", "is 1h14m after the last event, which is at +24:56.700"),
        ("10:00 CET", "No time of this session is in CET; give its distance from UTC, as in"),
        ("2020-01-01T00:00", "before the first event"), ("06:00", "before the first event"),
        ("22:00", "after the last event"),
    ],
)  # fmt: skip
def test_how_far_a_place_is_from_what_it_leads_to_is_said(
    checkout: Session, typed: str, words: str
) -> None:
    said = Position.parse(typed).remark(checkout)
    assert words in said
    assert bool(said) == bool(words)


def test_a_time_of_day_is_on_the_sessions_own_day_however_near_another_would_be() -> None:
    evening = 1_731_528_000_000  # 2024-11-13 20:00 UTC
    session = session_of([Event("X", evening, {}), Event("X", evening + 600_000, {})])
    assert Position.parse("06:00").time_ms(session) == evening - 14 * 3_600_000
    assert Position.parse("23:59").time_ms(session) == evening + 239 * 60_000


# --- a time of day is not one moment

BERLIN = ZoneInfo("Europe/Berlin")
HOUR_MS = 3_600_000
FOLD_MS = 1_761_438_600_000
"""2025-10-26 02:30 in Berlin, half an hour before clocks go back to 02:00."""


def minutes(start_ms: int, number: int) -> Session:
    """A session with an event in every minute."""
    return session_of([Event("X", start_ms + place * 60_000, {}) for place in range(number)])


@each_row(
    ("typed", "minute"),
    [
        ("02:10", 40), ("02:29", 59), ("02:30", 0), ("02:59", 29), ("02:00", 30), ("03:05", 95),
        ("02:30 CEST", 0), ("02:30 CET", 60), ("02:30 CET (UTC+1)", 60), ("02:30+01:00", 60),
        ("02:30+02:00", 0), ("2025-10-26 02:30:00.000 CET (UTC+1)", 60), ("10-26 02:30 CET", 60),
        ("02:30 cet", 60), ("2025-10-26T02:30+01:00[Europe/Berlin]", 60), ("01:30Z[UTC]", 60),
        ("01:30Z", 60), ("03:45", 119),
    ],
)  # fmt: skip
def test_in_the_hour_that_comes_twice_the_moment_is_the_one_in_the_session(
    typed: str, minute: int
) -> None:
    session = minutes(FOLD_MS, 120)
    assert Position.parse(typed).index(session, BERLIN) == minute


def test_where_both_are_in_the_session_the_nearest_is_meant_and_it_is_said() -> None:
    session, position = minutes(FOLD_MS, 120), Position.parse("02:45")
    assert position.index(session, BERLIN) == 15
    said = position.remark(session, BERLIN)
    assert "comes twice in this session, and this is 2025-10-26 02:45:00 CEST (UTC+2)" in said
    other = said.partition("use ")[2].rstrip(".")
    assert Position.parse(other).index(session, BERLIN) == 75
    assert position.index(session, BERLIN, near_ms=FOLD_MS + HOUR_MS) == 75


@each_row(
    ("typed", "index"), [("2025-11-10", 0), ("2025-11-11", 1), ("2025-11-12", 2), ("2025-11-09", 0)]
)
def test_a_date_alone_is_its_first_event(typed: str, index: int) -> None:
    start_ms = 1_762_812_000_000  # 2025-11-10 22:00
    session = session_of([Event("X", start_ms + h * HOUR_MS, {}) for h in (0, 14, 15, 28)])
    assert Position.parse(typed).index(session) == (index if index < 2 else 3)
    strays = session_of([Event("X", start_ms + ms, {}) for ms in (-(10**12), 0, 1, 2)])
    assert Position.parse(rows.format_time(strays, 0)).index(strays) == 0


@pytest.mark.parametrize(
    ("day", "first", "index"),
    [
        ("2025-10-26", "2025-10-26T23:30:00+01:00", 1),
        ("2025-03-30", "2025-03-31T00:30:00+02:00", 0),
        ("2025-03-30", "2025-03-30T23:30:00+02:00", 1),
    ],
)
def test_a_day_on_which_clocks_are_changed_has_23_hours_or_25(
    day: str, first: str, index: int
) -> None:
    first_ms = Position.parse(first).time_ms(session_of([Event("X", 0, {})])) or 0
    session = session_of([Event("X", first_ms - 26 * HOUR_MS, {}), Event("X", first_ms, {})])
    assert Position.parse(day).index(session, BERLIN) == index


@each_row(
    ("typed", "words"),
    [
        ("12:00:03 PM", "a zone as in 09:42:10+01:00"), ("2025-11-31", "no such date"),
        ("12:00+01:00+02:00", "a zone as in 09:42:10+01:00"), ("12:00:61", "time of day"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_moment_is_said(typed: str, words: str) -> None:
    with pytest.raises(PositionError) as caught:
        Position.parse(typed)
    assert words in str(caught.value)


def test_of_two_moments_the_one_of_an_event_is_meant() -> None:
    second = Event("X", FOLD_MS + 75 * 60_000, {})
    session = session_of([Event("X", FOLD_MS, {}), second, Event("X", FOLD_MS + 2 * HOUR_MS, {})])
    assert Position.parse("02:45").index(session, BERLIN) == 1


def test_a_time_that_clocks_left_out_is_the_one_it_would_have_been() -> None:
    session = minutes(1_743_295_800_000, 40)  # 2025-03-30 01:50 in Berlin
    assert Position.parse("03:10").index(session, BERLIN) == 20
    assert Position.parse("03:10").remark(session, BERLIN) == ""
    assert Position.parse("02:10").index(session, BERLIN) == 20
    said = Position.parse("02:10").remark(session, BERLIN)
    assert said.endswith("it is taken for 2025-03-30 03:10:00 CEST (UTC+2).")


@pytest.mark.parametrize(("typed", "index"), [("12:00:00", 1), ("22:00", 0), ("02:00", 2)])
def test_a_time_of_day_is_found_on_a_middle_day(typed: str, index: int) -> None:
    days = ("2025-11-10T22:00Z", "2025-11-11T12:00Z", "2025-11-12T02:00Z")
    stamps = [Position.parse(day).time_ms(session_of([Event("X", 0, {})])) for day in days]
    session = session_of([Event("X", ms, {}) for ms in stamps])
    assert Position.parse(typed).index(session) == index


@given(
    st.integers(0, 4_000_000_000_000),
    st.sampled_from([UTC, BERLIN, ZoneInfo("Asia/Kolkata"), ZoneInfo("America/St_Johns"), None]),
    st.sampled_from([1, 1000]),
    st.lists(st.integers(0, 3 * 86_400_000), max_size=4),
)
def test_a_moment_reads_back_as_it_is_printed(
    start_ms: int, zone: tzinfo | None, step: int, later_ms: list[int]
) -> None:
    stamps = sorted((start_ms + ms) // step * step for ms in (0, *later_ms))
    session = replace(session_of([Event("X", ms, {}) for ms in stamps]), resolution_ms=step)
    for index, ms in enumerate(stamps):
        for text in (timefmt.format_date_clock(ms, zone, step), f"{ms:013}"):
            assert Position.parse(text).time_ms(session) == ms, text
        if session.is_stray(index):
            day = rows.format_time(session, index)
            assert timefmt.date_of(
                Position.parse(day).time_ms(session) or 0, UTC
            ) == timefmt.date_of(ms, UTC)
            continue
        for clock in (TimeDisplay(), TimeDisplay(TimeMode.UTC), TimeDisplay(TimeMode.LOCAL)):
            for is_short in (True, False):
                text = rows.format_time(session, index, clock, is_short=is_short)
                assert Position.parse(text).time_ms(session, clock.zone) == ms, text


@given(st.integers(-(2**63), 2**63), st.sampled_from([UTC, BERLIN, ZoneInfo("Asia/Kolkata")]))
def test_a_moment_beyond_every_calendar_reads_back_too(ms: int, zone: tzinfo) -> None:
    session = session_of([Event("X", ms, {})])
    assert Position.parse(timefmt.format_date_clock(ms, zone)).time_ms(session) == ms
    assert Position.parse(Position(epoch_ms=ms).to_query()).time_ms(session) == ms


def test_where_events_have_not_come_only_those_here_are_spoken_of() -> None:
    gap = Gap(1_001, 8_999)
    session = replace(session_of([Event("X", 0, {}), Event("X", 9_000, {})]), gaps=[gap])
    assert (
        Position.parse("+5s")
        .remark(session)
        .endswith("5.0s after #1, the last event here before it.")
    )


def test_a_place_that_no_session_can_have_is_told_why(checkout: Session) -> None:
    def said(typed: str, session: Session) -> str:
        return Position.parse(typed).remark(session)

    assert said("+1:00", session_of([])) == "No event of this session has a time."
    assert said("02-29 10:00", checkout).startswith("The moment asked for is"), "2024 has that day"
    in_2025 = session_of([Event("X", 1_762_772_400_000, {})])
    assert said("02-29 10:00", in_2025) == "No calendar has the moment asked for."
    assert said("9999-12-31 23:59 UTC-5", checkout) == "No calendar has the moment asked for."
    coming = replace(in_2025, total=3)
    assert said("#3", coming) == "Event #3 has not come: 1 of 3 have."
    assert said("#4", coming) == "There is no event #4 in this session. It has #1 to #3."


def test_where_nothing_before_a_moment_is_shown_the_first_after_it_is_named() -> None:
    session = minutes(FOLD_MS, 5)
    said = Position.parse("+1:30").remark(session, index=3)
    assert said == "The moment asked for is 1m30s before #4, the first event shown."
