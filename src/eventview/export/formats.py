"""Export formats of a session, by name and by file ending."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from eventview.export import json_records, plain
from eventview.export.snapshot import ExportSnapshot


def _markdown(snapshot: ExportSnapshot) -> Iterator[str]:
    from eventview.export import markup, ticket_text  # noqa: PLC0415  # only tickets need these

    return ticket_text.ticket_lines(snapshot, markup.Markdown())


def _jira(snapshot: ExportSnapshot) -> Iterator[str]:
    from eventview.export import markup, ticket_text  # noqa: PLC0415  # only tickets need these

    return ticket_text.ticket_lines(snapshot, markup.Jira())


def _csv(snapshot: ExportSnapshot) -> Iterator[str]:
    from eventview.export import csv_rows  # noqa: PLC0415  # only CSV needs it

    return csv_rows.csv_lines(snapshot)


FORMATS: Mapping[str, Callable[[ExportSnapshot], Iterator[str]]] = {
    "text": plain.plain_lines,
    "md": _markdown,
    "json": json_records.json_lines,
    "ndjson": json_records.ndjson_lines,
    "csv": _csv,
    "jira": _jira,
}
"""Formats by their name for `--format`; each yields lines without line ends."""

HAS_REPLAY: Final = frozenset({"md", "json", "jira"})
"""Formats with a link to the replay."""

TICKETS: Final = frozenset({"md", "jira"})
"""Formats that are tickets, about the marked events if there are any."""

ENDINGS: Final = ".md .json .ndjson .csv .txt .jira"
"""File endings with a format, for prompts and messages."""

_ENDINGS: Final = {"txt": "text", "markdown": "md", "jsonl": "ndjson"}


def format_of(path: Path) -> str | None:
    """Return the format for the ending of a file's name; None for any other ending."""
    ending = path.suffix.removeprefix(".").lower()
    name = _ENDINGS.get(ending, ending)
    return name if name in FORMATS else None
