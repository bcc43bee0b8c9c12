"""Moments and spans as a person reads them; the machine's zone in tests is America/Caracas."""

import re
from datetime import UTC, tzinfo
from itertools import product
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from eventview.session import timefmt
from tests.tables import each_row

KOLKATA = ZoneInfo("Asia/Kolkata")
LAST_MS = 253_402_300_799_999
"""The last millisecond of the year 9999."""


@each_row(
    ("ms", "shown"),
    [
        (0, "+0:00.000"), (1, "+0:00.001"), (9_394, "+0:09.394"), (14_196, "+0:14.196"),
        (59_999, "+0:59.999"), (60_000, "+1:00.000"), (3_599_999, "+59:59.999"),
        (3_600_000, "+1:00:00.000"), (3_723_004, "+1:02:03.004"), (360_000_000, "+100:00:00.000"),
        (-1, "-0:00.001"), (-61_250, "-1:01.250"),
    ],
)  # fmt: skip
def test_an_offset_is_exact_to_the_millisecond(ms: int, shown: str) -> None:
    assert timefmt.format_offset(ms) == shown


@given(st.integers())
def test_an_offset_reads_back_as_the_same_time(ms: int) -> None:
    shown = timefmt.format_offset(ms)
    assert re.fullmatch(r"[+-](\d+:[0-5]\d|[1-5]?\d):[0-5]\d\.\d{3}", shown)
    total = 0
    for part in shown[1:].split(":"):
        total = total * 60 + int(part.replace(".", "")) * (1 if "." in part else 1000)
    assert (-total if shown[0] == "-" else total) == ms


@each_row(
    ("ms", "shown"),
    [
        (0, "0ms"), (310, "310ms"), (999, "999ms"), (1_000, "1.0s"), (1_049, "1.0s"),
        (1_050, "1.1s"), (4_200, "4.2s"), (9_949, "9.9s"), (9_950, "10s"), (10_499, "10s"),
        (10_500, "11s"), (48_000, "48s"), (59_499, "59s"), (59_500, "1m00s"), (374_499, "6m14s"),
        (374_500, "6m15s"), (1_496_700, "24m57s"), (3_599_499, "59m59s"), (3_599_500, "1h00m"),
        (3_809_999, "1h03m"), (3_810_000, "1h04m"), (86_369_999, "23h59m"), (86_370_000, "1d00h"),
        (88_199_999, "1d00h"), (88_200_000, "1d01h"), (187_200_000, "2d04h"),
        (-310, "-310ms"), (-59_500, "-1m00s"),
    ],
)  # fmt: skip
def test_a_span_is_rounded_half_up_in_its_two_leading_units(ms: int, shown: str) -> None:
    assert timefmt.format_span(ms) == shown


UNITS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


@settings(max_examples=500)
@given(st.integers(0, 10**10) | st.integers(0, 100_000))
def test_a_span_is_never_further_off_than_half_of_its_last_digit(ms: int) -> None:
    shown = timefmt.format_span(ms)
    parts = re.findall(r"([\d.]+)(ms|[dhms])", shown)
    assert "".join(number + unit for number, unit in parts) == shown
    assert len(parts) <= 2
    total = sum(round(float(number) * UNITS[unit]) for number, unit in parts)
    digit = 100 if "." in shown else UNITS[parts[-1][1]]
    assert -digit < 2 * (total - ms) <= digit
    if len(parts) == 2:
        (_, leading), (rest, last) = parts
        assert len(rest) == 2
        assert int(rest) * UNITS[last] < UNITS[leading]


@each_row(
    ("ms", "zone", "time", "date"),
    [
        (1731502800600, UTC, "13:00:00.600", "2024-11-13 13:00:00.600 UTC"),
        (1731502800600, KOLKATA, "18:30:00.600", "2024-11-13 18:30:00.600 IST (UTC+5:30)"),
        (1731502800600, None, "09:00:00.600", "2024-11-13 09:00:00.600 UTC-4"),
        (0, UTC, "00:00:00.000", "1970-01-01 00:00:00.000 UTC"),
        (-1, UTC, "23:59:59.999", "1969-12-31 23:59:59.999 UTC"),
        (-1, None, "19:59:59.999", "1969-12-31 19:59:59.999 UTC-4"),
        (LAST_MS, UTC, "23:59:59.999", "9999-12-31 23:59:59.999 UTC"),
        (-62_135_596_800_000, UTC, "00:00:00.000", "0001-01-01 00:00:00.000 UTC"),
    ],
)
def test_a_moment_is_printed_in_the_zone_asked_for(
    ms: int, zone: tzinfo | None, time: str, date: str
) -> None:
    assert timefmt.format_clock(ms, zone) == time
    assert timefmt.format_date_clock(ms, zone) == date


@each_row(
    ("ms", "zone"),
    product([LAST_MS + 86_400_000, -(10**15), 2**63 - 1, 10**400], [UTC, KOLKATA, None]),
)
def test_a_moment_beyond_the_calendar_stays_a_number(ms: int, zone: tzinfo | None) -> None:
    assert timefmt.format_clock(ms, zone) == f"{ms}ms"
    assert timefmt.format_date_clock(ms, zone) == f"{ms} ms since 1970 (beyond the calendar)"
    assert "UTC" in timefmt.zone_name(ms, zone)


@each_row(
    ("zone", "ms", "name"),
    [
        ("UTC", 0, "UTC"),
        ("Europe/London", 1731502800600, "UTC"),
        ("Europe/London", 1720000000000, "BST (UTC+1)"),
        ("Asia/Kolkata", 1731502800600, "IST (UTC+5:30)"),
        ("America/St_Johns", 1731502800600, "NST (UTC-3:30)"),
        ("America/Caracas", 1731502800600, "UTC-4"),
        ("America/Caracas", 1400000000000, "UTC-4:30"),
        ("Asia/Kathmandu", 1731502800600, "UTC+5:45"),
    ],
)
def test_a_zone_is_named_with_its_distance_at_that_moment(zone: str, ms: int, name: str) -> None:
    assert timefmt.zone_name(ms, ZoneInfo(zone)) == name
