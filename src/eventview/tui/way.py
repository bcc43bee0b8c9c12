"""How the user wants things handed over.

May import the standard library only.
"""

from __future__ import annotations

from typing import NamedTuple


class Way(NamedTuple):
    """How things are handed over."""

    is_redacted: bool = False
    is_jira: bool = False
    """Whether a ticket is in Jira's markup rather than in Markdown."""
