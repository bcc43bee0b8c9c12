"""Places in a session as a person names them: `+3:15`, `09:42:10`, `#42`.

May import `eventview.model.session` and `eventview.model.times` only; there is no clock here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from typing import Final

from eventview.model import times
from eventview.model.session import Session

_FORMS: Final = "+3:15 since the start, 09:42:10 by the clock, or #42 for an event's number"

_NUMBER: Final = re.compile(r"#([0-9]{1,9})")
_OFFSET: Final = re.compile(
    r"([+-])(?:(?:([0-9]{1,4}):)?([0-9]{1,5}):)?([0-9]{1,7})(?:\.([0-9]{1,3}))?s?"
)
_CLOCK: Final = re.compile(
    r"(?:([0-9]{4}-[0-9]{2}-[0-9]{2})[T ])?"
    r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,3}))?)?(Z?)"
)

_TOO_LONG_MS: Final = 10_000 * 3_600_000
"""More hours than `_OFFSET` reads."""


class MomentError(ValueError):
    """A text that names no place in a session; its message shows what does."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a session: one of an offset, a time of day, and an event's number."""

    offset_ms: int | None = None
    """Since the session's start, or since a zero that the user set."""
    clock: time | None = None
    """A time of day, without a zone."""
    day: date | None = None
    """Its date; None for the day of the session on which it lies best."""
    number: int | None = None
    """An event's number, counted from 1."""
    is_utc: bool = False
    """Whether a Z says that the time of day is UTC, whatever zone is shown."""

    @classmethod
    def parse(cls, text: str) -> Spot:
        """Read a place as typed.

        Raises:
            MomentError: it is none.
        """
        typed = text.strip()
        if match := _NUMBER.fullmatch(typed):
            if int(match[1]):
                return cls(number=int(match[1]))
            raise MomentError("Events are counted from #1.")
        if match := _OFFSET.fullmatch(typed):
            offset_ms = _offset_ms(*match.groups())
            if abs(offset_ms) >= _TOO_LONG_MS:
                raise MomentError(f"No session is as long as that. Say {_FORMS}.")
            return cls(offset_ms=offset_ms)
        if match := _CLOCK.fullmatch(typed):
            day, hours, minutes, seconds, fraction, utc = match.groups()
            try:
                return cls(
                    clock=time(
                        int(hours), int(minutes), int(seconds or 0), _thousandths(fraction) * 1000
                    ),
                    day=date.fromisoformat(day) if day else None,
                    is_utc=bool(utc),
                )
            except ValueError:
                raise MomentError(f"There is no such time of day. Say {_FORMS}.") from None
        raise MomentError(f"That is no moment. Say {_FORMS}.")

    def written(self) -> str:
        """The place as `parse` reads it."""
        if self.number is not None:
            return f"#{self.number}"
        if self.offset_ms is not None:
            return times.offset(self.offset_ms, 1 if self.offset_ms % 1000 else 1000)
        clock = self.clock or time()
        shown = f"{clock:%H:%M:%S}"
        if clock.microsecond:
            shown += f".{clock.microsecond // 1000:03}"
        shown += "Z" if self.is_utc else ""
        return f"{self.day.isoformat()}T{shown}" if self.day else shown

    def time_ms(
        self, session: Session, zone: tzinfo | None = UTC, zero_ms: int | None = None
    ) -> int | None:
        """The place in epoch milliseconds.

        Args:
            session: where it is looked for.
            zone: what a time of day without a Z is meant in; None is the machine's own.
            zero_ms: what offsets count from; None is the session's start.

        Returns:
            None where the session has no such event, no times, or no calendar has the moment.
        """
        if self.number is not None:
            here = session.index_of(self.number)
            return None if here is None else session.events[here].time_ms
        if session.start_ms is None:
            return None
        if self.offset_ms is not None:
            return (session.start_ms if zero_ms is None else zero_ms) + self.offset_ms
        end_ms = session.start_ms if session.end_ms is None else session.end_ms
        return self._clock_ms(session.start_ms, end_ms, UTC if self.is_utc else zone)

    def _clock_ms(self, start_ms: int, end_ms: int, zone: tzinfo | None) -> int | None:
        """The time of day inside the session, or else on the nearest of the session's days."""
        try:
            if self.day is not None:
                return _epoch_ms(self.day, self.clock, zone)
            first, last = (times.at(ms, zone).date() for ms in (start_ms, end_ms))
            # A session over midnight has it on either day.
            moments = sorted(_epoch_ms(day, self.clock, zone) for day in {first, last})
        except (OverflowError, ValueError, OSError):
            return None
        return min(moments, key=lambda ms: max(start_ms - ms, ms - end_ms, 0))

    def index(
        self, session: Session, zone: tzinfo | None = UTC, zero_ms: int | None = None
    ) -> int | None:
        """The first event at or after the place, or the last of all; see `time_ms`.

        None where the session has no event of that number, or none at all.
        """
        if self.number is not None:
            return session.index_of(self.number)
        moment = self.time_ms(session, zone, zero_ms)
        return None if moment is None else session.index_at(moment)

    def outside(
        self, session: Session, zone: tzinfo | None = UTC, zero_ms: int | None = None
    ) -> str:
        """Why the place is not in a session, in a sentence; "" when it is. See `time_ms`."""
        moment = self.time_ms(session, zone, zero_ms)
        if moment is None or session.start_ms is None:
            is_there = self.number is not None and session.index_of(self.number) is not None
            return "" if is_there else "There is no such event in this session."
        return outside(moment, session)


_NEAR_MS: Final = 1000
"""How long before the first event a moment is still that of the session's start."""


def outside(time_ms: int, session: Session) -> str:
    """Where a moment is that is not within a session, in a sentence; "" when it is within."""
    start_ms = session.start_ms or 0
    length = times.offset(session.duration_ms, session.resolution_ms)
    if time_ms > start_ms + session.duration_ms + session.resolution_ms:
        return f"The moment asked for is after the last event, which is at {length}."
    if time_ms < start_ms - _NEAR_MS:
        return "The moment asked for is before the first event."
    return ""


def _offset_ms(
    sign: str, hours: str | None, minutes: str | None, seconds: str, fraction: str | None
) -> int:
    whole = (int(hours or 0) * 60 + int(minutes or 0)) * 60 + int(seconds)
    return (whole * 1000 + _thousandths(fraction)) * (-1 if sign == "-" else 1)


def _thousandths(fraction: str | None) -> int:
    return int((fraction or "0").ljust(3, "0"))


def _epoch_ms(day: date, clock: time | None, zone: tzinfo | None) -> int:
    moment = datetime.combine(day, clock or time(), tzinfo=zone)
    return round(moment.timestamp() * 1000)


FORMS: Sequence[str] = ("+3:15", "09:42:10", "#42")
"""An example of each kind of place, for where one is asked for."""
