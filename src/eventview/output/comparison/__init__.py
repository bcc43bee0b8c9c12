"""Two compared sessions in the formats that leave the terminal.

Each module writes one format, line by line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from eventview.comparison.diff import Comparison
from eventview.output.comparison import json_records, text


# Loaded by what is written with it, as in `eventview.output`.
def _markdown(comparison: Comparison) -> Iterator[str]:
    from eventview.output.comparison import markdown

    return markdown.lines(comparison)


FORMATS: Mapping[str, Callable[[Comparison], Iterator[str]]] = {
    "text": text.lines,
    "md": _markdown,
    "json": json_records.document,
}
"""The formats by the name `--format` takes; each yields lines without their line ends."""
