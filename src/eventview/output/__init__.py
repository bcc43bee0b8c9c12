"""The view on standard output, for pipes, files and scripts.

Each module writes one format, line by line. May import `eventview.model`; never Textual.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from eventview.model.view import View
from eventview.output import json_records, text

FORMATS: Mapping[str, Callable[[View], Iterator[str]]] = {
    "text": text.lines,
    "json": json_records.document,
    "ndjson": json_records.lines,
}
"""The formats by the name `--format` takes; each yields lines without their line ends."""
