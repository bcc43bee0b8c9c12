"""How sure a span of a session is, where times are rounded and events are missing."""

from __future__ import annotations

from eventview.session.session import Session


def slack_ms(session: Session) -> int:
    """By how much the time between two events may be longer, or shorter, than it looks."""
    return session.resolution_ms - 1


def occurred_ms(session: Session, index: int) -> int | None:
    """Return when an event happened, as far as the source tells; None where it does not.

    Milliseconds from a server that keeps whole seconds are those at which it stored the event.
    """
    return None if session.is_stamped(index) else session.events[index].time_ms


def is_whole(session: Session, first: int, last: int) -> bool:
    """Whether all events between two have come."""
    return session.behind_gaps.isdisjoint(range(first + 1, last + 1))
