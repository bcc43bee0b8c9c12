"""The colour themes, and the glyph and colour of each event type.

The themes are dark and muted, so that bright colours mark what matters. Glyph and colour both tell
event types apart, so that neither is needed alone.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from textual.theme import Theme

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

# Rich maps every colour to the nearest of a terminal's sixteen, and pastels to white. These are its
# own values of the sixteen, so that each is mapped to itself.
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
    # Painted black, because these colours cannot be read on a terminal's light background.
    background=_BLACK,
    surface=_BLACK,
    panel=_BLACK,
    dark=True,
    # Shades are off, because a shade may be mapped to an unrelated colour of the sixteen.
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
        # Dark grey is black or close to it in many palettes.
        "foreground-muted": _LIGHT_GREY,
        # Dark, for white text that may be bold; bold black text is grey on many terminals.
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


def choose_theme(*, is_of_sixteen: bool) -> Theme:
    """Return the application's theme, which has the same name in both cases.

    Args:
        is_of_sixteen: True for a terminal with only the sixteen ANSI colours.
    """
    return _SIXTEEN if is_of_sixteen else _THEME


class EventStyle(NamedTuple):
    """Glyph and colour of an event type."""

    glyph: str
    """Character of one cell."""
    colour: str
    """Name of a theme colour."""


_OTHER: Final = EventStyle("◆", "$text-accent")
_EVENT_STYLES: Final = {
    "LOCATION": EventStyle("→", "$text-primary"),
    "CLICK": EventStyle("●", "$text-success"),
    "INPUT": EventStyle("✎", "$text-warning"),
    "TAP": EventStyle("●", "$text-success"),
    "SWIPE": EventStyle("↔", "$text-success"),
    "ERROR": EventStyle("✗", "$text-error"),
    "CRASH": EventStyle("✗", "$text-error"),
    "ISSUE": EventStyle("!", "$text-error"),
    "REQUEST": EventStyle("⇅", "$text-secondary"),
    "GRAPHQL": EventStyle("⇅", "$text-secondary"),
    "PERFORMANCE": EventStyle("≈", "$foreground-muted"),
}


def event_style(event_type: str) -> EventStyle:
    """Return the style of an event type; unknown types share one."""
    return _EVENT_STYLES.get(event_type, _OTHER)
