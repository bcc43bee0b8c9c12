"""Text measured in terminal cells, of which a character takes none, one or two.

The table is that of the terminal interface (`rich.cells`), so that plain output and screen agree.
All text must have been through `eventview.session.text.clean`.
"""

from __future__ import annotations

import re

from rich.cells import cell_len, chop_cells, set_cell_size

ELLIPSIS = "…"

_CHARACTERS_PER_CELL = 8
"""Most characters read for each cell. It bounds stacked combining marks, far above what any script
uses, so that a hostile label costs no more to paint than another."""


def width(text: str) -> int:
    """Return the number of cells that a text takes."""
    return cell_len(text)


def clip(text: str, cells: int) -> str:
    """Cut text to at most `cells` cells, with an ellipsis if anything was cut."""
    if cells <= 0:
        return ""
    head = text[: cells * _CHARACTERS_PER_CELL]
    if len(head) == len(text) and cell_len(text) <= cells:
        return text
    return set_cell_size(head, min(cells - 1, cell_len(head))).rstrip() + ELLIPSIS


def fit(text: str, cells: int) -> str:
    """Clip text or pad it on the right to exactly `cells` cells."""
    clipped = clip(text, cells)
    return clipped + " " * (cells - cell_len(clipped))


def fit_right(text: str, cells: int) -> str:
    """Clip text or pad it on the left to exactly `cells` cells."""
    clipped = clip(text, cells)
    return " " * (cells - cell_len(clipped)) + clipped


_BREAKABLE = re.compile(r"\S*?[/?&,;]+|\S+|\s+")
"""Words and parts of addresses, after which a line may end."""


def wrap(text: str, cells: int) -> list[str]:
    """Break text into lines of at most `cells` cells, at spaces or within addresses if possible."""
    lines = [""]
    for part in _BREAKABLE.findall(text):
        if cell_len(lines[-1]) + cell_len(part) <= cells:
            lines[-1] += part
        elif part.isspace():
            # The line break replaces the space.
            lines.append("")
        else:
            if not lines[-1]:
                lines.pop()
            lines.extend(chop_cells(part, cells))
    while len(lines) > 1 and not lines[-1]:
        lines.pop()
    return [line.rstrip() for line in lines]
