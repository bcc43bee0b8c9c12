"""Thresholds for signals and bands for page loads, and when a time span may be trusted.

A profile can change each threshold and band.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

from eventview.session.metrics import PUBLISHED, Bands

if TYPE_CHECKING:
    from eventview.session.session import Session


class Rules(Struct, frozen=True):
    """Thresholds from which something in a session is a signal."""

    bands: Bands = field(default_factory=lambda: PUBLISHED)
    """Bands of good and poor values by the key of their metric."""
    rage_clicks: int = 3
    """Clicks on one label or selector that are rage; OpenReplay's number
    (handlers/web/clickRage.go)."""
    rage_apart_ms: int = 300
    """Time between two clicks of a rage: each comes less than this after the last; OpenReplay's
    number, from the same place. Where a server keeps whole seconds, `rage_clicks` within one second
    are rage instead."""
    stuck_clicks: int = 3
    """Clicks on one label or selector that make clicks without effect; PostHog's number
    (posthog-js, extensions/rageclick.ts)."""
    stuck_ms: int = 1_000
    """Time between two clicks without effect, and after the last of them, in which no page,
    request, input or error comes; PostHog's bound between two clicks, from the same place."""
    paging_clicks: int = 6
    """Clicks on a label of paging (`Next`, `Back`) that make clicks without effect; our own choice,
    twice the number for other labels."""
    repeated_clicks: int = 3
    """Clicks on one label or selector, with nothing else between them, that are a run, at any
    speed."""
    hesitation_ms: int = 5_000
    """Shortest hesitation that is a signal, if `HESITATION_FACTOR` allows it too; our own choice:
    most of what people do takes over the 1 s that OpenReplay's player tints
    (EventsBlock/Event.tsx)."""
    error_after_click_ms: int = 1_000
    """Longest time from a click to an error that the click may have caused; our own choice, because
    nobody publishes a number for browsers."""
    failed_status: int = 400
    """Lowest HTTP status of a failed request; OpenReplay's number (the server's `success` and its
    issue bad_request)."""
    silence_ms: int = 30_000
    """Shortest time without events that is a silence; our own choice: moves and scrolls are no
    events, so the 5 to 10 s of players that see them would be false alarms."""
    back_and_forth_ms: int = 7_000
    """Longest time from leaving a page to being back on it; our own choice, a little over the 5 s
    of a U-turn at Uxify (help.uxify.com, u-turns): on longer visits people mostly read."""
    neutral_labels: frozenset[str] = frozenset()
    """Further labels of steppers, in lower case: fast clicks on them are normal use, not rage.
    `eventview.analysis.detectors.control_labels` has the built-in ones."""


COARSE_FACTOR = 2
"""Factor for `stuck_clicks` where whole seconds show only the average time between clicks; our own
choice."""

MOST_HESITATIONS = 3
"""Number of hesitations of a session that are signals, the longest; our own choice."""

HESITATION_FACTOR = 3
"""Shortest hesitation that is a signal, in medians of the session; our own choice."""

RULES = Rules()
"""The rules without a profile."""


def slack_ms(session: Session) -> int:
    """Return the rounding error of the time between two events, in either direction."""
    return session.resolution_ms - 1


def occurred_ms(session: Session, index: int) -> int | None:
    """Return the time of an event, or None if the source does not know it.

    A server that keeps whole seconds sends the milliseconds at which it stored an event.
    """
    is_stamped = session.resolution_ms > 1 and session.is_stamped(index)
    return None if is_stamped else session.events[index].time_ms
