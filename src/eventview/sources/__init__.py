"""Sources of sessions: each module here yields batches of events of a session."""

from __future__ import annotations

from typing import Final

MAX_BYTES: Final = 256 * 1024 * 1024
"""Limit for one answer or file, decompressed: about 750,000 events of the recorded size. It keeps
a small compressed body from filling the memory."""
