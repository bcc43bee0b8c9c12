"""Moments and spans as a person reads them.

Moments are epoch milliseconds, spans milliseconds, both int. Nothing is more precise in print than
it is in the data.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from typing import Final

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_DURATION: Final = re.compile(
    r"(?=[.,0-9])(?:{n}d)?(?:{n}h)?(?:{n}m(?!s))?(?:{n}s)?(?:{n} ?ms)?".format(
        n=r"([0-9]{1,15}(?:[.,][0-9]{1,9})?|[.,][0-9]{1,9})"
    ),
    re.IGNORECASE,
)

_UNITS_MS: Final = (86_400_000, 3_600_000, 60_000, 1_000, 1)
"""Of `_DURATION`, in its order."""


def offset(ms: int, step_ms: int = 1) -> str:
    """A time since the session's start: `+0:09.394`, `+1:02:03.004`, in whole seconds `+0:09`.

    Args:
        ms: the time.
        step_ms: what it is rounded to; from 1000 on there are no digits after the second.
    """
    seconds, milliseconds = divmod(abs(ms), 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    clock = f"{hours}:{minutes:02}" if hours else f"{minutes}"
    fraction = f".{milliseconds:03}" if step_ms < 1000 else ""
    return f"{'-' if ms < 0 else '+'}{clock}:{seconds:02}{fraction}"


def span(ms: int, step_ms: int = 1) -> str:
    """A duration in its two leading units: `310ms`, `4.2s`, `48s`, `6m14s`, `1h03m`, `2d04h`.

    Rounded half up to the last digit shown; negative spans carry a minus.

    Args:
        ms: the duration.
        step_ms: what it is rounded to; from 1000 on it is in seconds at least.
    """
    if ms < 0:
        return f"-{span(-ms, step_ms)}"
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


def duration(ms: int, step_ms: int = 1) -> str:
    """A duration for a sentence: `312 ms`, `13.9 s`, `12 s` of whole seconds, `2m54s`.

    `step_ms` is what it is rounded to, as in `span`.
    """
    if step_ms < 1000 and 10_000 <= ms < 59_950:
        return f"{(ms + 50) // 100 / 10:g} s"
    short = span(ms, step_ms)
    return re.sub(r"^(-?[\d.]+)(ms|s)$", r"\1 \2", short)


def clock(ms: int, zone: tzinfo | None, step_ms: int = 1) -> str:
    """The time of day of a moment, `09:41:57.600`; the bare number when no calendar has it.

    `step_ms` is what the moment is rounded to, as in `offset`.
    """
    moment = _moment(ms, zone)
    if moment is None:
        return f"{ms}ms"
    fraction = f".{ms % 1000:03}" if step_ms < 1000 else ""
    return moment.strftime("%H:%M:%S") + fraction


def date_clock(ms: int, zone: tzinfo | None, step_ms: int = 1) -> str:
    """Date, time of day and zone of a moment: `2024-11-13 13:00:00.600 UTC`."""
    shown = date_time(ms, zone, step_ms)
    return shown if _moment(ms, zone) is None else f"{shown} {zone_name(ms, zone)}"


def date_time(ms: int, zone: tzinfo | None, step_ms: int = 1000) -> str:
    """Date and time of day of a moment, for where the zone is said elsewhere."""
    moment = _moment(ms, zone)
    if moment is None:
        return f"{ms} ms since 1970 (beyond the calendar)"
    return f"{moment.year:04}-{moment:%m-%d} {clock(ms, zone, step_ms)}"


def day(ms: int, zone: tzinfo | None) -> date | None:
    """The date of a moment; None when no calendar has it."""
    moment = _moment(ms, zone)
    return None if moment is None else moment.date()


def zone_name(ms: int, zone: tzinfo | None) -> str:
    """The zone a moment is printed in, with its distance from UTC where it has one."""
    moment = _moment(ms, zone) or _EPOCH.astimezone(zone)
    shift = moment.utcoffset() or timedelta()
    if not shift:
        return "UTC"
    minutes, seconds = divmod(int(abs(shift).total_seconds()), 60)
    distance = f"UTC{'-' if shift < timedelta() else '+'}{minutes // 60}"
    if minutes % 60 or seconds:
        distance += f":{minutes % 60:02}"
    if seconds:
        # Local mean times, until about 1900.
        distance += f":{seconds:02}"
    name = moment.tzname() or ""
    return f"{name} ({distance})" if name.isalpha() else distance


def short_zone_name(ms: int, zone: tzinfo | None) -> str:
    """The same in as few cells as tell two zones apart: `CEST`, or `UTC+5:30` without a name."""
    return zone_name(ms, zone).partition(" ")[0]


def at(ms: int, zone: tzinfo | None) -> datetime:
    """A moment in a zone.

    Raises:
        OverflowError, ValueError, OSError: no calendar has it.
    """
    return (_EPOCH + timedelta(milliseconds=ms)).astimezone(zone)


def _moment(ms: int, zone: tzinfo | None) -> datetime | None:
    try:
        return at(ms, zone)
    except (OverflowError, ValueError, OSError):
        # Servers pass on any 64-bit number, the calendar ends with the year 9999.
        return None


def duration_ms(typed: str) -> Decimal | None:
    """A duration in milliseconds, as typed or printed: `1m30s`, `.5s`, `1500ms`, `2d04h`.

    None for another text.
    """
    match = _DURATION.fullmatch(typed)
    if match is None:
        return None
    parts = zip(match.groups(), _UNITS_MS, strict=True)
    return sum((Decimal(n.replace(",", ".")) * ms for n, ms in parts if n), Decimal(0))


def thousandths(fraction: str | None) -> int:
    """Return the milliseconds of typed digits behind a decimal point."""
    return int((fraction or "0").ljust(3, "0")[:3])


def moments_on_day(day: date, clock: time, zone: tzinfo | None) -> Sequence[int]:
    """The moments at which clocks showed a time on a day: two in the hour that comes twice.

    In the hour that is left out, the one that it would have been by the clocks of before.
    """
    moments = [
        round(datetime.combine(day, clock.replace(fold=fold), zone).timestamp() * 1000)
        for fold in (0, 1)
    ]
    is_twice = all(at(ms, zone).replace(tzinfo=None).time() == clock for ms in moments)
    return moments if is_twice else moments[:1]
