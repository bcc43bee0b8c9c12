"""Two compared sessions in the formats that leave the terminal.

Each module writes one format, line by line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from eventview.comparison.diff import Comparison
from eventview.export import comparison_json, comparison_plain


# Loaded by what is written with it, as in `eventview.export.formats`.
def _markdown(comparison: Comparison) -> Iterator[str]:
    from eventview.export import comparison_markdown

    return comparison_markdown.lines(comparison)


FORMATS: Mapping[str, Callable[[Comparison], Iterator[str]]] = {
    "text": comparison_plain.lines,
    "md": _markdown,
    "json": comparison_json.document,
}
"""The formats by the name `--format` takes; each yields lines without their line ends."""
