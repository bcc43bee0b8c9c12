"""The thresholds by which a session is read. A profile can change each of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from eventview.session.metrics import PUBLISHED, Bands


@dataclass(frozen=True, slots=True)
class Rules:
    """When something in a session counts as a signal."""

    bands: Bands = field(default_factory=lambda: PUBLISHED)
    """What is a good and what a poor page load."""
    rage_clicks: int = 3
    """Clicks on one label or selector that are rage; OpenReplay's number
    (handlers/web/clickRage.go)."""
    rage_apart_ms: int = 300
    """And each comes less than this after the last; OpenReplay's number, as before. Where a server
    keeps whole seconds, that many within one second are rage instead."""
    stuck_clicks: int = 3
    """Clicks on one label or selector, without effect, that are stuck; PostHog's number
    (posthog-js, extensions/rageclick.ts)."""
    stuck_ms: int = 1_000
    """And each comes at most this after the last, and so long after the last of them comes no page,
    request, input or error; PostHog's bound between two clicks, as before."""
    paging_clicks: int = 6
    """Clicks on a label of paging (`Next`, `Back`), without effect, that are no paging any more;
    our own choice, twice what holds for other labels."""
    repeated_clicks: int = 3
    """Clicks on one label or selector, with nothing else between them, that are a run, however
    slow they are."""
    hesitation_ms: int = 5_000
    """Hesitating at least so long, and so much longer than usual in the session as
    `HESITATION_FACTOR` says; our own choice: over 1 s, which OpenReplay's player tints
    (EventsBlock/Event.tsx), is most of what people do."""
    error_after_click_ms: int = 1_000
    """An error no later than this after a click may come of it; our own choice, as nobody
    publishes a number for browsers."""
    failed_status: int = 400
    """A request answered with this status or more failed; OpenReplay's number (the server's
    `success` and its issue bad_request)."""
    silence_ms: int = 30_000
    """No events for so long is a silence; our own choice: moves and scrolls are no events, so the
    5 to 10 s of players that see them would be wrong alarms."""
    back_and_forth_ms: int = 7_000
    """Leaving a page and being back on it no later than this; our own choice, a little over the 5 s
    that Uxify calls a U-turn (help.uxify.com, u-turns): longer visits are mostly read."""
    neutral_labels: frozenset[str] = frozenset()
    """Further labels, in lower case, of steppers: fast clicks on them are their use, not rage.
    Those that are known anyway are in `eventview.analysis.detectors.labels`."""


COARSE_FACTOR = 2
"""The factor for `stuck_clicks` where whole seconds tell only how close clicks were on average; our
own choice."""

MOST_HESITATIONS = 3
"""The number of hesitations that stand out in a session, the longest; our own choice."""

HESITATION_FACTOR = 3
"""The least length of each, in medians of the session's hesitations; our own choice."""

RULES = Rules()
"""What holds where no profile says otherwise."""
