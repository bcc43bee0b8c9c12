"""How a type of event looks: by shape as well as by colour, so that neither is needed alone."""

from __future__ import annotations

from typing import Final, NamedTuple

from eventview.session.events import (
    CLICK,
    CRASH,
    ERROR,
    GRAPHQL,
    INPUT,
    ISSUE,
    LOCATION,
    PERFORMANCE,
    REQUEST,
    SWIPE,
    TAP,
)


class Look(NamedTuple):
    """The looks of one type."""

    glyph: str
    """One cell."""
    colour: str
    """A colour of the theme."""
    name: str
    """What style sheets call it."""


_OTHER: Final = Look("◆", "$text-accent", "other")
_LOOKS: Final = {
    LOCATION: Look("→", "$text-primary", "location"),
    CLICK: Look("●", "$text-success", "click"),
    INPUT: Look("✎", "$text-warning", "input"),
    TAP: Look("●", "$text-success", "click"),
    SWIPE: Look("↔", "$text-success", "click"),
    ERROR: Look("✗", "$text-error", "error"),
    CRASH: Look("✗", "$text-error", "error"),
    ISSUE: Look("!", "$text-error", "error"),
    REQUEST: Look("⇅", "$text-secondary", "request"),
    GRAPHQL: Look("⇅", "$text-secondary", "request"),
    PERFORMANCE: Look("≈", "$foreground-muted", "measurement"),
}


def look(event_type: str) -> Look:
    """The looks of a type; the same for all types without a model of their own."""
    return _LOOKS.get(event_type, _OTHER)
