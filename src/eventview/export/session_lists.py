"""A user's sessions on standard output."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from eventview.render.session_list import aligned, columns
from eventview.session.source import Summary
from eventview.session.text import json_text


def text(sessions: Sequence[Summary]) -> Iterator[str]:
    """Aligned columns, a line a session, under their titles."""
    for row in zip(*map(aligned, columns(sessions)), strict=True):
        yield "  ".join(row).rstrip()


def ndjson(sessions: Sequence[Summary]) -> Iterator[str]:
    """One JSON object a line; null for what the server does not tell."""
    for session in sessions:
        yield json_text(session._asdict())


def document(sessions: Sequence[Summary]) -> Iterator[str]:
    """One JSON array."""
    yield json_text([session._asdict() for session in sessions])


FORMATS = {"text": text, "json": document, "ndjson": ndjson}
"""The formats by the name `--format` takes."""
