"""Rounding error and gaps: when a time span may be trusted."""

from __future__ import annotations

from eventview.session.session import Session


def slack_ms(session: Session) -> int:
    """Return the rounding error of the time between two events, in either direction."""
    return session.resolution_ms - 1


def occurred_ms(session: Session, index: int) -> int | None:
    """Return the time of an event, or None if the source does not know it.

    A server that keeps whole seconds sends the milliseconds at which it stored an event.
    """
    return None if session.is_stamped(index) else session.events[index].time_ms


def is_whole(session: Session, first: int, last: int) -> bool:
    """Return True if no events are missing between two."""
    return session.behind_gaps.isdisjoint(range(first + 1, last + 1))
