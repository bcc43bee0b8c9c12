"""The thresholds by which a session is read. A profile can change each of them.

May import `eventview.model.metrics` only.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from eventview.model.metrics import PUBLISHED, Bands


@dataclass(frozen=True, slots=True)
class Rules:
    """When something in a session counts as a signal."""

    bands: Bands = field(default_factory=lambda: PUBLISHED)
    """What is a good and what a poor page load."""
    rage_clicks: int = 3
    """So many clicks on one label are rage; OpenReplay's number (handlers/web/clickRage.go)."""
    rage_apart_ms: int = 300
    """And each comes less than this after the last; OpenReplay's number, as before."""
    repeated_clicks: int = 3
    """So many clicks on one label with nothing else between them are a run, however slow."""
    hesitation_ms: int = 1_000
    """Hesitating longer than this; the number of OpenReplay's player (EventsBlock/Event.tsx)."""
    error_after_click_ms: int = 1_000
    """An error no later than this after a click may come of it; our own choice, as nobody
    publishes a number for browsers."""
    failed_status: int = 400
    """A request answered with this status or more failed; OpenReplay's number (the server's
    `success` and its issue bad_request)."""
    silence_ms: int = 30_000
    """No events for so long is a silence; our own choice: moves and scrolls are no events, so the
    5 to 10 s of players that see them would be wrong alarms."""
    back_and_forth_ms: int = 15_000
    """Leaving a page and being back on it no later than this; our own choice."""
    neutral_labels: frozenset[str] = frozenset(
        {
            "+", "-", "−", "–", "＋", "±", "▲", "▼", "△", "▽", "↑", "↓", "←", "→", "‹", "›", "«",
            "»", "<", ">", "<<", ">>", "◀", "▶", "plus", "minus", "more", "less", "increase",
            "decrease", "increment", "decrement", "up", "down", "next", "next page", "previous",
            "previous page", "prev", "back", "forward", "undo", "redo", "zoom in", "zoom out",
        }
    )  # fmt: skip
    """Labels, in lower case, of steppers and paging: fast clicks on them are their use, not
    rage."""


RULES = Rules()
"""What holds where no profile says otherwise."""
