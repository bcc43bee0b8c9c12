"""The colours. Dark and quiet: what is bright is what matters.

May import Textual.
"""

from __future__ import annotations

from textual.theme import Theme

THEME = Theme(
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
