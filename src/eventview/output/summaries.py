"""A user's sessions on standard output.

May import `eventview.model`; never Textual.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from eventview.model.cells import fit, fit_right, width
from eventview.model.summaries import TITLES, Summary, cells
from eventview.model.text import json_text

_RIGHT = frozenset({"duration", "events", "pages", "errors"})


def text(sessions: Sequence[Summary]) -> Iterator[str]:
    """Aligned columns, a line a session, under their titles."""
    rows = [TITLES, *map(cells, sessions)]
    widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        parts = (
            (fit_right if name in _RIGHT else fit)(cell, room)
            for name, cell, room in zip(row._fields, row, widths, strict=True)
        )
        yield "  ".join(parts).rstrip()


def ndjson(sessions: Sequence[Summary]) -> Iterator[str]:
    """One JSON object a line; null for what the server does not tell."""
    for session in sessions:
        yield json_text(session._asdict())


def document(sessions: Sequence[Summary]) -> Iterator[str]:
    """One JSON array."""
    yield json_text([session._asdict() for session in sessions])


FORMATS = {"text": text, "json": document, "ndjson": ndjson}
"""The formats by the name `--format` takes."""
