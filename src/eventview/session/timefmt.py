"""Formatting and reading of moments and durations.

Moments are epoch milliseconds, durations milliseconds, both int. No text is more precise than the
data: `step_ms` is the step that a time is rounded to.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from decimal import Decimal

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_DURATION: Final = r"(?i)(?=[.,0-9])(?:{n}d)?(?:{n}h)?(?:{n}m(?!s))?(?:{n}s)?(?:{n} ?ms)?".format(
    n=r"([0-9]{1,15}(?:[.,][0-9]{1,9})?|[.,][0-9]{1,9})"
)

_UNITS_MS: Final = (86_400_000, 3_600_000, 60_000, 1_000, 1)
"""The units of `_DURATION`, in its order."""


def format_offset(ms: int, step_ms: int = 1) -> str:
    """Return a time since the start: `+0:09.394`, `+1:02:03.004`, in whole seconds `+0:09`.

    Args:
        ms: the time, milliseconds.
        step_ms: the step that it is rounded to; from 1000 on there is no fraction.
    """
    seconds, milliseconds = divmod(abs(ms), 1000)
    minutes, seconds = divmod(seconds, 60)
    clock = f"{minutes}" if minutes < 60 else f"{minutes // 60}:{minutes % 60:02}"
    sign = "-" if ms < 0 else "+"
    if step_ms >= 1000:
        return f"{sign}{clock}:{seconds:02}"
    return f"{sign}{clock}:{seconds:02}.{milliseconds:03}"


def format_span(ms: int, step_ms: int = 1) -> str:
    """Return a duration in its two leading units: `310ms`, `4.2s`, `6m14s`, `1h03m`, `2d04h`.

    It is rounded half up to the last digit shown; a negative one has a minus.

    Args:
        ms: the duration, milliseconds.
        step_ms: the step that it is rounded to; from 1000 on seconds are the smallest unit.
    """
    if ms < 0:
        return f"-{format_span(-ms, step_ms)}"
    if step_ms >= 1000 and ms < 10_000:
        return f"{(ms + 500) // 1000}s"
    if ms < 1000:
        return f"{ms}ms"
    tenths = (ms + 50) // 100
    if tenths < 100:
        return f"{tenths // 10}.{tenths % 10}s"
    seconds = (ms + 500) // 1000
    if seconds < 60:
        return f"{seconds}s"
    if seconds < 3600:
        return f"{seconds // 60}m{seconds % 60:02}s"
    minutes = (ms + 30_000) // 60_000
    if minutes < 24 * 60:
        return f"{minutes // 60}h{minutes % 60:02}m"
    hours = (ms + 1_800_000) // 3_600_000
    return f"{hours // 24}d{hours % 24:02}h"


def format_duration(ms: int, step_ms: int = 1) -> str:
    """Return a duration for a sentence: `312 ms`, `13.9 s`, in whole seconds `12 s`, `2m54s`."""
    if step_ms < 1000 and 10_000 <= ms < 59_950:
        return f"{(ms + 50) // 100 / 10:g} s"
    short = format_span(ms, step_ms)
    return re.sub(r"^(-?[\d.]+)(ms|s)$", r"\1 \2", short)


def format_clock(ms: int, zone: tzinfo | None, step_ms: int = 1) -> str:
    """Return a moment's time of day, `09:41:57.600`, or its number beyond the calendar."""
    date_time = _datetime_or_none(ms, zone)
    if date_time is None:
        return f"{ms}ms"
    fraction = f".{ms % 1000:03}" if step_ms < 1000 else ""
    return date_time.isoformat(timespec="seconds")[11:19] + fraction


def format_date_clock(ms: int, zone: tzinfo | None, step_ms: int = 1) -> str:
    """Return a moment's date, time of day and zone: `2024-11-13 13:00:00.600 UTC`."""
    date_time = _datetime_or_none(ms, zone)
    if date_time is None:
        return format_date_time(ms, zone, step_ms)
    fraction = f".{ms % 1000:03}" if step_ms < 1000 else ""
    shown = f"{date_time.isoformat(' ', 'seconds')[:19]}{fraction}"
    return f"{shown} {'UTC' if zone is UTC else zone_name(ms, zone)}"


def format_date_time(ms: int, zone: tzinfo | None, step_ms: int = 1000) -> str:
    """Return a moment's date and time of day without its zone."""
    date_time = _datetime_or_none(ms, zone)
    if date_time is None:
        return f"{ms} ms since 1970 (beyond the calendar)"
    return f"{date_time.date()} {format_clock(ms, zone, step_ms)}"


def date_of(ms: int, zone: tzinfo | None) -> date | None:
    """Return the date of a moment; None beyond the calendar."""
    date_time = _datetime_or_none(ms, zone)
    return None if date_time is None else date_time.date()


def zone_name(ms: int, zone: tzinfo | None) -> str:
    """Return the name of the zone at a moment, with its distance from UTC unless that is 0."""
    date_time = _datetime_or_none(ms, zone) or _EPOCH.astimezone(zone)
    shift = date_time.utcoffset() or timedelta()
    if not shift:
        return "UTC"
    minutes, seconds = divmod(int(abs(shift).total_seconds()), 60)
    distance = f"UTC{'-' if shift < timedelta() else '+'}{minutes // 60}"
    if minutes % 60 or seconds:
        distance += f":{minutes % 60:02}"
    if seconds:
        # Local mean times, used until about 1900, have seconds.
        distance += f":{seconds:02}"
    name = date_time.tzname() or ""
    return f"{name} ({distance})" if name.isalpha() else distance


def short_zone_name(ms: int, zone: tzinfo | None) -> str:
    """Return the short name of the zone at a moment: `CEST`, or `UTC+5:30` without a name."""
    return zone_name(ms, zone).partition(" ")[0]


def to_datetime(ms: int, zone: tzinfo | None) -> datetime:
    """Return a moment in a zone.

    Raises:
        OverflowError, ValueError, OSError: the moment is beyond the calendar.
    """
    return (_EPOCH + timedelta(milliseconds=ms)).astimezone(zone)


def _datetime_or_none(ms: int, zone: tzinfo | None) -> datetime | None:
    try:
        return to_datetime(ms, zone)
    except (OverflowError, ValueError, OSError):
        # Servers pass on any 64-bit number, but the calendar ends with the year 9999.
        return None


def parse_duration(typed: str) -> Decimal | None:
    """Return the milliseconds of a duration such as `1m30s` or `.5s`; None for another text."""
    match = re.fullmatch(_DURATION, typed)
    if match is None:
        return None
    from decimal import Decimal  # noqa: PLC0415  # only a typed duration needs it

    parts = zip(match.groups(), _UNITS_MS, strict=True)
    return sum((Decimal(n.replace(",", ".")) * ms for n, ms in parts if n), Decimal(0))


def parse_fraction(fraction: str | None) -> int:
    """Return the milliseconds of the digits after a decimal point."""
    return int((fraction or "0").ljust(3, "0")[:3])


def moments_on_day(day: date, clock: time, zone: tzinfo | None) -> Sequence[int]:
    """Return the moments of a time of day: two in an hour that comes twice, else one.

    In an hour that clocks leave out, it is the moment by the clocks before the change.
    """
    moments = [
        round(datetime.combine(day, clock.replace(fold=fold), zone).timestamp() * 1000)
        for fold in (0, 1)
    ]
    is_twice = all(to_datetime(ms, zone).replace(tzinfo=None).time() == clock for ms in moments)
    return moments if is_twice else moments[:1]
