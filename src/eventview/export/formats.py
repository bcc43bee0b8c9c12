"""A view, or what is handed over of it, in the formats that leave the terminal.

Each module writes one format, line by line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from eventview.export import json_records, plain
from eventview.export.snapshot import ExportSnapshot


# What most exports do not need is loaded by those that do.
def _markdown(snapshot: ExportSnapshot) -> Iterator[str]:
    from eventview.export import ticket_text
    from eventview.export.markup import Markdown

    return ticket_text.lines(snapshot, Markdown())


def _jira(snapshot: ExportSnapshot) -> Iterator[str]:
    from eventview.export import ticket_text
    from eventview.export.markup import Jira

    return ticket_text.lines(snapshot, Jira())


def _csv(snapshot: ExportSnapshot) -> Iterator[str]:
    from eventview.export import csv_rows

    return csv_rows.lines(snapshot)


FORMATS: Mapping[str, Callable[[ExportSnapshot], Iterator[str]]] = {
    "text": plain.lines,
    "md": _markdown,
    "json": json_records.document,
    "ndjson": json_records.lines,
    "csv": _csv,
    "jira": _jira,
}
"""The formats by the name `--format` takes; each yields lines without their line ends."""

HAS_REPLAY: Final = frozenset({"md", "json", "jira"})
"""The formats that tell where the session can be watched."""

TICKETS: Final = frozenset({"md", "jira"})
"""The formats that are tickets: of marked events where there are any."""

ENDINGS: Final = ".md .json .ndjson .csv .txt .jira"
"""The endings of files that say a format, for who asks for one."""

_ENDINGS: Final = {"txt": "text", "markdown": "md", "jsonl": "ndjson"}


def format_of(path: Path) -> str | None:
    """The format that a file's name asks for; None where its ending is none of them."""
    ending = path.suffix.removeprefix(".").lower()
    name = _ENDINGS.get(ending, ending)
    return name if name in FORMATS else None
