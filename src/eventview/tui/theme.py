"""The colours. Dark and quiet: what is bright is what matters.

May import Textual.
"""

from __future__ import annotations

from textual.theme import Theme

THEME = Theme(
    name="eventview",
    primary="#6CB6FF",
    secondary="#8DDB8C",
    success="#8DDB8C",
    warning="#E0B45C",
    error="#F47067",
    accent="#DCBDFB",
    foreground="#D5DAE1",
    background="#12161C",
    surface="#161B22",
    panel="#1E2530",
    dark=True,
)
