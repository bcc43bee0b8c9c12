"""TODO."""

from __future__ import annotations

from datetime import UTC, tzinfo
from enum import Enum, auto
from typing import TYPE_CHECKING, NamedTuple

from eventview.session.session import Session

if TYPE_CHECKING:
    from eventview.session.position import Position


class TimeMode(Enum):
    """How the time column counts."""

    SINCE_START = auto()
    SINCE_ZERO = auto()
    LOCAL = auto()
    UTC = auto()


class TimeDisplay(NamedTuple):
    """How times are told."""

    mode: TimeMode = TimeMode.SINCE_START
    zero: int | None = None
    """Index of the event that `SINCE_ZERO` counts from; None while there is none."""

    def next(self) -> TimeDisplay:
        """The mode that follows, in a circle."""
        modes = [mode for mode in TimeMode if mode is not TimeMode.SINCE_ZERO or self.has_zero]
        return self._replace(mode=modes[(modes.index(self.mode) + 1) % len(modes)])

    @property
    def has_zero(self) -> bool:
        """Whether there is an event to count from."""
        return self.zero is not None

    @property
    def is_counting(self) -> bool:
        """True if times count from something, rather than being those of a clock."""
        return self.mode in {TimeMode.SINCE_START, TimeMode.SINCE_ZERO}

    @property
    def is_from_zero(self) -> bool:
        """Whether times count from that event."""
        return self.mode is TimeMode.SINCE_ZERO

    def zeroed(self, index: int) -> TimeDisplay:
        """Count from an event; from the start again if it counts from that one already."""
        if self.mode is TimeMode.SINCE_ZERO and self.zero == index:
            return TimeDisplay()
        return TimeDisplay(TimeMode.SINCE_ZERO, index)

    @property
    def zone(self) -> tzinfo | None:
        """The zone that a time of day is meant in: the shown one, else UTC, as details have it."""
        return None if self.mode is TimeMode.LOCAL else UTC


SINCE_START = TimeDisplay()


class TimeOptions(NamedTuple):
    """How times are asked to be told."""

    clock: TimeDisplay = SINCE_START
    zero: Position | None = None
    """The moment they are to count from."""

    def clock_in(self, session: Session) -> TimeDisplay:
        """The clock for a session; that of `clock` where the session has no such moment."""
        index = None if self.zero is None else self.zero.index_to_count_from(session)
        return self.clock if index is None else self.clock.zeroed(index)

    def remark(self, session: Session) -> str:
        """Say what is not plain about that moment in a session; "" for nothing."""
        if self.zero is None:
            return ""
        if self.clock_in(session).has_zero:
            said = self.zero.remark(session)
        else:
            said = self.zero.remark(session) or "There is no time there to count from."
        return said and f"--times: {said}"
