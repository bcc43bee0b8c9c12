"""The time column: since the start, since a zero event, local or UTC."""

from __future__ import annotations

from datetime import UTC, tzinfo
from enum import Enum, auto
from typing import TYPE_CHECKING, NamedTuple

from eventview.session.session import Session

if TYPE_CHECKING:
    from eventview.session.position import Position


class TimeMode(Enum):
    """The kinds of times in the time column."""

    SINCE_START = auto()
    SINCE_ZERO = auto()
    LOCAL = auto()
    UTC = auto()


class TimeDisplay(NamedTuple):
    """The times to show, and the event they count from."""

    mode: TimeMode = TimeMode.SINCE_START
    zero: int | None = None
    """Index of the event that `SINCE_ZERO` counts from; None while there is none."""

    def next(self) -> TimeDisplay:
        """Return the display with the next mode, the first after the last."""
        modes = [
            mode for mode in TimeMode if mode is not TimeMode.SINCE_ZERO or self.zero is not None
        ]
        return self._replace(mode=modes[(modes.index(self.mode) + 1) % len(modes)])

    @property
    def is_counting(self) -> bool:
        """True if times count from an event, False if they are times of day."""
        return self.mode in {TimeMode.SINCE_START, TimeMode.SINCE_ZERO}

    @property
    def is_from_zero(self) -> bool:
        """True if times count from the zero event."""
        return self.mode is TimeMode.SINCE_ZERO

    def zeroed(self, index: int) -> TimeDisplay:
        """Count from an event, or from the start again if that is the zero event already."""
        if self.mode is TimeMode.SINCE_ZERO and self.zero == index:
            return TimeDisplay()
        return TimeDisplay(TimeMode.SINCE_ZERO, index)

    @property
    def zone(self) -> tzinfo | None:
        """The zone of a typed time of day: None for local, else UTC, as in the detail."""
        return None if self.mode is TimeMode.LOCAL else UTC


SINCE_START = TimeDisplay()


class TimeOptions(NamedTuple):
    """The times that the command line asks for."""

    clock: TimeDisplay = SINCE_START
    zero: Position | None = None
    """The position they count from."""

    def display_in(self, session: Session) -> TimeDisplay:
        """Return the display for a session; `clock` if the session has no such position."""
        index = None if self.zero is None else self.zero.zero_index(session)
        return self.clock if index is None else self.clock.zeroed(index)

    def remark(self, session: Session) -> str:
        """Explain the zero position in a session, if it is not plain; "" if it is."""
        if self.zero is None:
            return ""
        remark = self.zero.remark(session)
        if self.display_in(session).zero is None:
            remark = remark or "There is no time there to count from."
        return remark and f"--times: {remark}"
