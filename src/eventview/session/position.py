"""Positions in a session as a person types them: `+3:15`, `09:42:10`, `#42`.

Every moment that the program prints can be read back as a position.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, date, time, timedelta, timezone, tzinfo
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from eventview.session import timefmt
from eventview.session.folding import fold_label
from eventview.session.session import Session
from eventview.session.text import clean

FORMS: Sequence[str] = ("+3:15", "09:42:10", "#42")
"""One example of each kind of position, for prompts."""

_FORMS: Final = "+3:15 since the start, 09:42:10 by the clock, or #42 for an event's number"
_NUMBER: Final = r"#([0-9]{1,9})"
_OFFSET: Final = r"([+-])(?:(?:([0-9]{1,4}):)?([0-9]{1,5}):)?([0-9]{1,7})(?:[.,]([0-9]{1,9}))?s?"
_CLOCK: Final = (
    r"(?:(?:([0-9]{4})-)?([0-9]{2})-([0-9]{2})[Tt ])?"
    r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]{1,9}))?)?(?: ?(\S.*?)(?:\[[\w/+-]+\])?)?"
)
_DAY: Final = r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?: ([A-Za-z+-].*))?"
_LOCAL: Final = " local time"
"""Suffix of a time of day in the machine's own zone."""
_DISTANCE: Final = (
    r"(?:[A-Za-z]{1,6} ?)?\(?(?:UTC|GMT)?([+-])([0-9]{1,2})(?::?([0-9]{2}))?(?::([0-9]{2}))?\)?"
)
_ZONE_NAME: Final = r"(?!AM|PM)[A-Z]{2,6}"
_EPOCH_DIGITS: Final = 12
"""Fewest digits of epoch milliseconds: fewer are a time long ago, epoch seconds or a mistake."""
_EPOCH: Final = rf"(-?[0-9]{{{_EPOCH_DIGITS},20}})|(-?[0-9]{{1,20}}) ?ms(?: since 1970.*)?"

_TOO_LONG_MS: Final = 10_000 * 3_600_000
"""The shortest offset with more hours than `_OFFSET` reads."""
_MOST_DAYS: Final = 366
"""Days of a session on which a time of day is looked for; no session is longer."""
_NEAR_MS: Final = 1000
"""Milliseconds before the first event that still count as the session's start."""


class PositionError(ValueError):
    """A text that is no position; its message shows what is."""


class Position(Struct, frozen=True):
    """A position in a session: an offset, a time of day, a moment or an event's number."""

    offset_ms: int | None = None
    """Milliseconds since `zero`."""
    clock: time | None = None
    """A time of day, without a zone."""
    day: date | None = None
    """The date of `clock`; None for any day of the session."""
    number: int | None = None
    """An event's number, counted from 1."""
    distance_s: int | None = None
    """The distance of `clock` from UTC in seconds; None for the zone that is shown."""
    zone_name: str = ""
    """The name of its zone, such as `CET`, where its distance from UTC is not given."""
    is_local: bool = False
    """True if `clock` is in the machine's own zone, whatever zone is shown."""
    is_of_any_year: bool = False
    """True if only month and day of `day` count."""
    is_whole_day: bool = False
    """True for a `day` without a time of day, which means its first event."""
    epoch_ms: int | None = None
    """Epoch milliseconds."""
    zero: Position | None = None
    """The position that `offset_ms` counts from; None for the session's start."""

    @classmethod
    def at(cls, time_ms: int) -> Position:
        """Return the position of a moment: date and time in UTC where a calendar has it."""
        try:
            time_in_utc = timefmt.to_datetime(time_ms, UTC)
        except (OverflowError, ValueError, OSError):
            return cls(epoch_ms=time_ms)
        return cls(clock=time_in_utc.time(), day=time_in_utc.date(), distance_s=0)

    @classmethod
    def parse(cls, text: str) -> Position:
        """Read a position as typed or as the program prints it.

        Raises:
            PositionError: the text is no position.
        """
        # CSV exports put an apostrophe before what a spreadsheet would take for a formula.
        typed = fold_label(clean(text)).removeprefix("'")
        if typed.endswith(_LOCAL):
            return cls.parse(typed.removesuffix(_LOCAL)).in_local_zone()
        if match := re.fullmatch(_NUMBER, typed):
            if not int(match[1]):
                raise PositionError("Events are counted from #1.")
            return cls(number=int(match[1]))
        offset_ms = _parse_offset(typed)
        if offset_ms is not None:
            if abs(offset_ms) >= _TOO_LONG_MS:
                raise PositionError(f"No session is that long. Use {_FORMS}.")
            return cls(offset_ms=offset_ms)
        if match := re.fullmatch(_EPOCH, typed):
            return cls(epoch_ms=int(match[1] or match[2]))
        try:
            if match := re.fullmatch(_DAY, typed):
                zone, day = _parse_zone(match[2] or ""), date.fromisoformat(match[1])
                return cls(None, time(), day, None, *zone, is_whole_day=True)
            if match := re.fullmatch(_CLOCK, typed):
                return _read_clock(match)
        except PositionError:
            raise
        except ValueError:
            raise PositionError(f"There is no such date or time of day. Use {_FORMS}.") from None
        raise PositionError(f"That is no moment. Use {_FORMS}.")

    def to_query(self) -> str:
        """Return the position as `parse` reads it."""
        if self.number is not None:
            return f"#{self.number}"
        if self.epoch_ms is not None:
            is_long = len(str(abs(self.epoch_ms))) >= _EPOCH_DIGITS
            return str(self.epoch_ms) if is_long else f"{self.epoch_ms} ms since 1970"
        if self.offset_ms is not None:
            return timefmt.format_offset(self.offset_ms, 1 if self.offset_ms % 1000 else 1000)
        if self.is_whole_day and self.day is not None:
            return f"{self.day.isoformat()} {self._format_zone().strip()}".rstrip()
        clock = self.clock or time()
        fraction = f".{clock.microsecond // 1000:03}" if clock.microsecond else ""
        shown = f"{clock:%H:%M:%S}{fraction}{self._format_zone()}"
        day = "" if self.day is None else f"{self.day.isoformat()}T"
        return day[5 if self.is_of_any_year else 0 :] + shown

    def words(self) -> str:
        """Return the position with its zone, UTC or the machine's own where it names none."""
        return self.to_query() + ("" if self.has_zone else _LOCAL if self.is_local else " UTC")

    def _format_zone(self) -> str:
        if self.distance_s is None:
            return f" {self.zone_name}" if self.zone_name else ""
        minutes, seconds = divmod(abs(self.distance_s), 60)
        distance = f"{minutes // 60:02}:{minutes % 60:02}" + (f":{seconds:02}" if seconds else "")
        return f"{'-' if self.distance_s < 0 else '+'}{distance}" if self.distance_s else "Z"

    @property
    def has_zone(self) -> bool:
        """True if the zone that is shown makes no difference."""
        return self.clock is None or self.distance_s is not None or bool(self.zone_name)

    def in_local_zone(self) -> Position:
        """Return a time of day without a zone in the machine's own; anything else as it is."""
        return self if self.has_zone else replace(self, is_local=True)

    def everywhere(self, session: Session, *, is_bound: bool = False) -> Position:
        """Return the position in UTC and without a zero; see `time_ms` for the arguments."""
        if self.zero is None and (self.clock is None or self.distance_s is not None):
            return self
        if self.zero or self.zone_name or self.is_local or self.is_whole_day:
            time_ms = self.time_ms(session, is_bound=is_bound)
            return self if time_ms is None else Position.at(time_ms)
        return replace(self, distance_s=0)

    def time_ms(
        self,
        session: Session,
        zone: tzinfo | None = UTC,
        zero_ms: int | None = None,
        near_ms: int | None = None,
        *,
        is_bound: bool = False,
    ) -> int | None:
        """Return the position in epoch milliseconds.

        Args:
            session: the session that it is a position in.
            zone: the zone of a time of day without one; None is the machine's own.
            zero_ms: the moment that offsets count from; None is `zero` or the session's start.
            near_ms: the moment to be nearest to, where a time of day comes several times in the
                session; None takes the first.
            is_bound: True for a bound of a range, which needs no event at its moment.

        Returns:
            None where the session has no such event or no times, or no calendar has the moment.
        """
        if self.number is not None:
            here = session.index_of(self.number)
            return None if here is None else session.events[here].time_ms
        if session.start_ms is None:
            return None
        if self.epoch_ms is not None:
            return self.epoch_ms
        if self.offset_ms is not None:
            if zero_ms is None and self.zero is not None:
                counted_from = self.zero.zero_index(session)
                zero_ms = None if counted_from is None else session.events[counted_from].time_ms
            return (session.start_ms if zero_ms is None else zero_ms) + self.offset_ms
        start_ms, end_ms = _ends_ms(session)

        def rank(ms: int) -> tuple[int, bool, int]:
            outside_ms = max(start_ms - ms, ms - end_ms, 0)
            index = None if is_bound or outside_ms else session.index_at(ms)
            is_empty = index is None or not session.is_event_at(index, ms)
            return outside_ms, is_empty, 0 if near_ms is None else abs(ms - near_ms)

        best_ms = min(self._moments(session, zone), key=rank, default=None)
        if best_ms is None or is_bound or not self.is_whole_day:
            return best_ms
        first_ms = session.first_time_from(best_ms)
        # A day lasts 23 or 25 hours when clocks are changed.
        is_of_day = first_ms is not None and timefmt.date_of(first_ms, self._zone(zone)) == self.day
        return first_ms if is_of_day else best_ms

    def _moments(self, session: Session, zone: tzinfo | None) -> Sequence[int]:
        """Return each moment that a time of day may mean, in order: any day, twice in a fold."""
        zones = (zone, None) if self.zone_name else (self._zone(zone),)
        clock, name, found = self.clock or time(), self.zone_name, set[int]()
        for each in zones:
            for day in self._days(session, each):
                with suppress(OverflowError, ValueError, OSError):
                    for ms in timefmt.moments_on_day(day, clock, each):
                        if not name or timefmt.to_datetime(ms, each).tzname() == name:
                            found.add(ms)
        return sorted(found)

    def _zone(self, zone: tzinfo | None) -> tzinfo | None:
        if self.distance_s is not None:
            return timezone(timedelta(seconds=self.distance_s)) if self.distance_s else UTC
        return None if self.is_local else zone

    def _days(self, session: Session, zone: tzinfo | None) -> Iterator[date]:
        """Yield the days that a time of day may be on; none beyond the calendar."""
        if self.day is not None and not self.is_of_any_year:
            yield self.day
            return
        first, last = (timefmt.date_of(ms, zone) for ms in _ends_ms(session))
        if first is None or last is None:
            return
        if self.day is None:
            days = range(first.toordinal(), last.toordinal() + 1)
            yield from map(date.fromordinal, {*days[:_MOST_DAYS], *days[-1:]})
            return
        for year in {first.year, last.year}:
            # Not every year has a 29th of February.
            with suppress(ValueError):
                yield self.day.replace(year=year)

    def index(
        self,
        session: Session,
        zone: tzinfo | None = UTC,
        zero_ms: int | None = None,
        near_ms: int | None = None,
    ) -> int | None:
        """Return the index of the event at the position, or the last before it; None for none."""
        if self.number is not None:
            return session.index_of(self.number)
        time_ms = self.time_ms(session, zone, zero_ms, near_ms)
        return None if time_ms is None else session.index_at(time_ms)

    def zero_index(self, session: Session) -> int | None:
        """Return the index of the event at the position; None if its time is missing or a stray."""
        index = self.index(session)
        if index is None or session.events[index].time_ms is None or session.is_stray(index):
            return None
        return index

    def remark(
        self,
        session: Session,
        zone: tzinfo | None = UTC,
        zero_ms: int | None = None,
        near_ms: int | None = None,
        *,
        index: int | None = None,
    ) -> str:
        """Return sentences on an event that is missing, ambiguous or far off; "" for none."""
        time_ms = self.time_ms(session, zone, zero_ms, near_ms)
        if self.number is not None or time_ms is None:
            return self.nowhere(session)
        ambiguity = self.describe_ambiguity(session, zone, time_ms)
        return f"{ambiguity} {describe_distance(time_ms, session, index)}".strip()

    def nowhere(self, session: Session) -> str:
        """Return a sentence on why a session has no such position; "" where it has."""
        if self.number is not None:
            return describe_absent(self.number, session)
        if self.time_ms(session) is not None:
            return ""
        if session.start_ms is None:
            return "No event of this session has a time."
        if self.zone_name:
            return (
                f"No time of this session is in {self.zone_name}; "
                "give its distance from UTC, as in 09:42:10+02:00."
            )
        return "No calendar has the moment asked for."

    def describe_ambiguity(self, session: Session, zone: tzinfo | None, time_ms: int) -> str:
        """Return a sentence on an ambiguous or skipped time of day; "" for any other.

        `time_ms` is the moment that it is taken for, epoch milliseconds.
        """
        if self.clock is None or self.is_whole_day or session.start_ms is None:
            return ""
        start_ms, end_ms = _ends_ms(session)
        inside = [ms for ms in self._moments(session, zone) if start_ms <= ms <= end_ms]
        zone = self._zone(zone)
        if self.zone_name and timefmt.to_datetime(time_ms, zone).tzname() != self.zone_name:
            zone = None
        step_ms = 1 if self.clock.microsecond else 1000
        clock, meant = self.words(), timefmt.format_date_clock(time_ms, zone, step_ms)
        if len(inside) > 1 and time_ms in inside:
            times = "twice" if len(inside) == 2 else f"{len(inside):,} times"
            another = next(ms for ms in inside if ms != time_ms)
            return (
                f"{clock} comes {times} in this session, and this is {meant}; "
                f"for another use {timefmt.format_date_clock(another, zone, step_ms)}."
            )
        if not self.zone_name and timefmt.to_datetime(time_ms, zone).time() != self.clock:
            return f"Clocks went forward and left out {clock}; it is taken for {meant}."
        return ""


def describe_distance(time_ms: int, session: Session, index: int | None = None) -> str:
    """Return a sentence on the distance of a moment from the event it leads to; "" for none.

    `index` is the event that is shown for it; None for the one of `Session.index_at`.
    """
    own = session.index_at(time_ms)
    own_ms = None if own is None else session.events[own].time_ms
    if own is None or own_ms is None:
        return ""
    index = own if index is None else index
    shown_ms = session.events[index].time_ms
    step_ms = session.step_ms(shown_ms)
    # Events that have not come, or are not in this part, may be nearer.
    here = " here" if session.gaps or session.partial_export is not None else ""
    shown = here if index == own else " shown"

    def away(from_ms: int) -> str:
        return f"The moment asked for is {timefmt.format_span(abs(time_ms - from_ms), step_ms)}"

    if time_ms < own_ms:
        is_start = own_ms == session.start_ms and own_ms - time_ms <= _NEAR_MS
        return "" if is_start else f"{away(own_ms)} before the first event{here}."
    if own_ms == session.end_ms and time_ms >= own_ms + step_ms:
        length = timefmt.format_offset(own_ms - (session.start_ms or 0), step_ms)
        return f"{away(own_ms)} after the last event{here}, which is at {length}."
    if shown_ms is None or session.is_event_at(index, time_ms):
        return ""
    distance, number = away(shown_ms), f"#{session.number(index)}"
    if time_ms < shown_ms:
        return f"{distance} before {number}, the first event{shown}."
    return f"{distance} after {number}, the last event{shown} before it."


def describe_outside(time_ms: int, session: Session) -> str:
    """Return a sentence on the distance of a moment from a session; "" within it."""
    start_ms, end_ms = session.start_ms, session.end_ms
    if start_ms is None or end_ms is None or start_ms <= time_ms <= end_ms:
        return ""
    return describe_distance(time_ms, session)


def describe_absent(number: int, session: Session) -> str:
    """Return a sentence on why a session has no event of a number; "" where it has."""
    have, counted = len(session.events), session.total or 0
    partial = session.partial_export
    known = have if partial is None else partial.total
    if session.index_of(number) is not None:
        return ""
    if partial is None and number <= counted:
        return f"Event #{number} has not come: {have:,} of {counted:,} have."
    if known is not None and number > (last := max(known, counted)):
        numbers = f"#1 to #{last}" if last > 1 else "#1 only" if last else "no events"
        return f"There is no event #{number} in this session. It has {numbers}."
    ends = dict.fromkeys((*session.numbers[:1], *session.numbers[-1:]))
    count = f"{have:,} event{'' if have == 1 else 's'}"
    part = ", ".join(filter(None, (count, " to ".join(f"#{end}" for end in ends))))
    return f"Event #{number} is not in this part of the session, which has {part}."


def _ends_ms(session: Session) -> tuple[int, int]:
    """Return the first and the last moment of a session; 0 where no event has a time."""
    start_ms = session.start_ms or 0
    end_ms = start_ms if session.end_ms is None else session.end_ms
    return start_ms, max(start_ms, end_ms) + session.resolution_ms - 1


def _parse_offset(typed: str) -> int | None:
    """Return the milliseconds of a typed offset; None for another text."""
    if match := re.fullmatch(_OFFSET, typed):
        sign, hours, minutes, seconds, fraction = match.groups()
        whole = (int(hours or 0) * 60 + int(minutes or 0)) * 60 + int(seconds)
        ms = whole * 1000 + timefmt.parse_fraction(fraction)
        return -ms if sign == "-" else ms
    # A number of this length without a sign is a moment, no time since the start.
    if re.match(rf"[0-9]{{{_EPOCH_DIGITS}}}", typed):
        return None
    exact = timefmt.parse_duration(typed[1:] if typed[:1] in {"+", "-"} else typed)
    return None if exact is None else -int(exact) if typed[0] == "-" else int(exact)


def _read_clock(match: re.Match[str]) -> Position:
    """Return the position of a time of day with its date and zone.

    Raises:
        ValueError: there is no such date or time.
        PositionError: there is no such zone.
    """
    year, month, day, hours, minutes, seconds, fraction, zone = match.groups()
    distance_s, zone_name = _parse_zone(zone or "")
    return Position(
        clock=time(
            int(hours), int(minutes), int(seconds or 0), timefmt.parse_fraction(fraction) * 1000
        ),
        # A leap year has every day that a year can have.
        day=date(int(year or 2000), int(month), int(day)) if month else None,
        distance_s=distance_s,
        zone_name=zone_name,
        is_of_any_year=month is not None and year is None,
    )


def _parse_zone(typed: str) -> tuple[int | None, str]:
    """Return the distance of a zone from UTC in seconds, or else its name."""
    if not typed:
        return None, ""
    if typed.upper() in {"Z", "UTC", "GMT"}:
        return 0, ""
    if match := re.fullmatch(_DISTANCE, typed):
        sign, hours, minutes, seconds = match.groups()
        distance_s = (int(hours) * 60 + int(minutes or 0)) * 60 + int(seconds or 0)
        if distance_s < 24 * 3600:
            return (-distance_s if sign == "-" else distance_s), ""
    if re.fullmatch(_ZONE_NAME, typed.upper()):
        return None, typed.upper()
    raise PositionError(f"That is no moment. Use {_FORMS}; a zone as in 09:42:10+01:00.")
