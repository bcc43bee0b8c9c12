"""The colours. Dark and quiet: what is bright is what matters.

How a type of event looks: by shape as well as by colour, so that neither is needed alone.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from textual.theme import Theme

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

_THEME: Final = Theme(
    name="eventview",
    primary="#6CB6FF",
    secondary="#62C6CF",
    success="#8DDB8C",
    warning="#E0B45C",
    error="#F47067",
    accent="#DCBDFB",
    foreground="#D5DAE1",
    background="#12161C",
    surface="#161B22",
    panel="#1E2530",
    dark=True,
    variables={
        "scrollbar": "#3A4656",
        "scrollbar-hover": "#4C5B6F",
        "scrollbar-active": "#6CB6FF",
        "scrollbar-background": "#12161C",
        "scrollbar-background-hover": "#12161C",
        "scrollbar-background-active": "#12161C",
        "footer-key-foreground": "#6CB6FF",
    },
)

# A terminal of sixteen colours gets the nearest of them for each colour, by rich's reckoning; these
# are those sixteen as rich has them, so that each comes out as itself. Pastels come out as white.
_BLACK: Final = "#000000"
_GREEN: Final = "#00AA00"
_NAVY: Final = "#0000AA"
_PURPLE: Final = "#AA00AA"
_CYAN: Final = "#00AAAA"
_LIGHT_GREY: Final = "#AAAAAA"
_DARK_GREY: Final = "#555555"
_BRIGHT_RED: Final = "#FF5555"
_BRIGHT_YELLOW: Final = "#FFFF55"
_BRIGHT_BLUE: Final = "#5555FF"
_BRIGHT_MAGENTA: Final = "#FF55FF"
_WHITE: Final = "#FFFFFF"

_SIXTEEN: Final = Theme(
    name=_THEME.name,
    primary=_CYAN,
    secondary=_BRIGHT_BLUE,
    success=_GREEN,
    warning=_BRIGHT_YELLOW,
    error=_BRIGHT_RED,
    accent=_BRIGHT_MAGENTA,
    foreground=_WHITE,
    # Painted, as terminals have light backgrounds too, on which these would not be read.
    background=_BLACK,
    surface=_BLACK,
    panel=_BLACK,
    dark=True,
    # No shades: what lies between two of the sixteen is a matter of luck.
    luminosity_spread=0,
    variables={
        "text": _WHITE,
        "text-disabled": _LIGHT_GREY,
        "text-primary": _CYAN,
        "text-secondary": _BRIGHT_BLUE,
        "text-success": _GREEN,
        "text-warning": _BRIGHT_YELLOW,
        "text-error": _BRIGHT_RED,
        "text-accent": _BRIGHT_MAGENTA,
        # Not dark grey, which many palettes have next to black or as black.
        "foreground-muted": _LIGHT_GREY,
        # Below white text, which bold only makes whiter; bold black is grey on many terminals.
        "primary-muted": _NAVY,
        "warning-muted": _PURPLE,
        "panel-lighten-2": _DARK_GREY,
        "border-blurred": _DARK_GREY,
        "block-cursor-background": _NAVY,
        "block-cursor-blurred-background": _NAVY,
        "block-hover-background": _DARK_GREY,
        "input-selection-background": _NAVY,
        "screen-selection-background": _NAVY,
        "screen-selection-foreground": _WHITE,
        "scrollbar": _DARK_GREY,
        "scrollbar-hover": _LIGHT_GREY,
        "scrollbar-active": _CYAN,
        "footer-key-foreground": _CYAN,
    },
)


def theme(*, is_of_sixteen: bool) -> Theme:
    """The theme of the application, by one name in either case.

    Args:
        is_of_sixteen: whether the terminal has the sixteen colours of ANSI and no others.
    """
    return _SIXTEEN if is_of_sixteen else _THEME


class EventStyle(NamedTuple):
    """The looks of one type."""

    glyph: str
    """One cell."""
    colour: str
    """A colour of the theme."""
    name: str
    """What style sheets call it."""


_OTHER: Final = EventStyle("◆", "$text-accent", "other")
_LOOKS: Final = {
    LOCATION: EventStyle("→", "$text-primary", "location"),
    CLICK: EventStyle("●", "$text-success", "click"),
    INPUT: EventStyle("✎", "$text-warning", "input"),
    TAP: EventStyle("●", "$text-success", "click"),
    SWIPE: EventStyle("↔", "$text-success", "click"),
    ERROR: EventStyle("✗", "$text-error", "error"),
    CRASH: EventStyle("✗", "$text-error", "error"),
    ISSUE: EventStyle("!", "$text-error", "error"),
    REQUEST: EventStyle("⇅", "$text-secondary", "request"),
    GRAPHQL: EventStyle("⇅", "$text-secondary", "request"),
    PERFORMANCE: EventStyle("≈", "$foreground-muted", "measurement"),
}


def event_style(event_type: str) -> EventStyle:
    """The looks of a type; the same for all types without a model of their own."""
    return _LOOKS.get(event_type, _OTHER)
