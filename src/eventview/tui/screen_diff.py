"""Updates of the terminal's screen, reduced to the cells that differ from what it shows.

Textual compares nothing: it writes all lines of a refreshed widget, and all of every style. Over a
slow line that is what a user waits for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Final, NamedTuple

from rich.cells import get_character_cell_size
from rich.color import ColorSystem
from rich.console import COLOR_SYSTEMS, Console
from textual._compositor import (  # Textual has no public names for them
    ChopsUpdate,
    CompositorUpdate,
    LayoutUpdate,
)
from textual.strip import Strip

_NEAR: Final = 4
"""Equal cells between two that differ up to which writing them is shorter than a jump."""

_INVISIBLE_ON_BLANKS: Final = frozenset({"", "1", "2", "3"})
"""Codes of attributes that do not show on a blank: bold, dim, italic."""

_Cell = tuple[str, str]
"""A character and the codes of its style."""

_UNKNOWN: Final = ("", "")

_Run = tuple[int, int, str]
"""Column, line and text of neighbouring cells that one pen writes."""


class ScreenDiff:
    """The cells that the terminal shows, and the updates that change them."""

    def __init__(self) -> None:
        self._lines: dict[int, list[_Cell]] = {}
        self._strips: dict[int, dict[int, Strip]] = {}
        """The latest strips of each line by their column: cells need no comparing for the same."""

    def forget(self) -> None:
        """Write every cell again with the next updates, because the terminal may show others."""
        self._lines.clear()
        self._strips.clear()

    def reduce(self, update: CompositorUpdate) -> CompositorUpdate:
        """Return the update without cells that are shown already when it is written."""
        return _ReducedUpdate(self, update)

    def render(self, update: CompositorUpdate, console: Console) -> str:
        """Return what to write for an update, which counts as shown from then on."""
        colours = COLOR_SYSTEMS[console.color_system or "truecolor"]
        written, runs = list[str](), dict[_Pen, list[_Run]]()
        for y, x, strip in _list_strips(update):
            if self._is_latest(x, y, strip):
                continue
            cells = _split(strip, colours)
            whole = None if cells else strip.render(console)
            if whole is not None:
                cells = [_UNKNOWN] * strip.cell_length
                cells[0] = (whole, "")
            line, end = self._lines.setdefault(y, []), x + len(cells)
            line.extend([_UNKNOWN] * (end - len(line)))
            shown, line[x:end] = line[x:end], cells
            if shown == cells:
                continue
            if whole is not None:
                written += [_move_to(x, y), whole]
                # A terminal that takes a character to be wider has covered the cells after it.
                self._lines[y], self._strips[y] = line[:end], {x: strip}
                continue
            for first, last in _find_changes(shown, cells):
                for pen, run in _join_cells(cells[first : last + 1], x + first, y):
                    runs.setdefault(pen, []).append(run)
        # A change of colours takes more bytes than a move.
        before, place = _RESET, (-1, -1)
        for pen, parts in runs.items():
            written.append(before.change_to(pen))
            for x, y, text in parts:
                written += [text] if place == (x, y) else [_move_to(x, y), text]
                place = (x + len(text), y)
            before = pen
        return "".join([*written, before.change_to(_RESET)])

    def _is_latest(self, x: int, y: int, strip: Strip) -> bool:
        """Return True if a strip is what its cells were last updated by; else remember it."""
        strips, end = self._strips.setdefault(y, {}), x + strip.cell_length
        if strips.get(x) is strip:
            return True
        for start, other in list(strips.items()):
            if start < end and x < start + other.cell_length:
                del strips[start]
        strips[x] = strip
        return False


class _ReducedUpdate(CompositorUpdate):
    """Update that is compared only when it is written, which Textual may decide not to do."""

    def __init__(self, diff: ScreenDiff, update: CompositorUpdate) -> None:
        self._diff, self._update = diff, update

    def render_segments(self, console: Console) -> str:
        """Return what to write to the terminal."""
        return self._diff.render(self._update, console)


class _Pen(NamedTuple):
    """The codes of a style by what they set."""

    attributes: str
    foreground: str
    background: str

    @staticmethod
    @lru_cache(maxsize=1024)
    def parse(codes: str) -> _Pen:
        """Return the parts of the codes of a style."""
        attributes, foreground, background = [], "", ""
        rest = codes.split(";") if codes else []
        while rest:
            code = rest[0]
            # 38 and 48 are followed by 2 and three numbers, or by 5 and one.
            length = 1 if code not in ("38", "48") else 5 if rest[1] == "2" else 3
            colour, rest = ";".join(rest[:length]), rest[length:]
            if (code[0] == "4" and len(code) == 2) or code[:2] == "10":
                background = colour
            elif len(code) == 2 and code[0] in "39":
                foreground = colour
            else:
                attributes.append(code)
        return _Pen(";".join(attributes), foreground, background)

    def change_to(self, wanted: _Pen) -> str:
        """Return the sequence that changes this style to another; "" if they are the same."""
        codes, before = list[str](), self
        is_unset = any(old and not new for old, new in zip(self, wanted, strict=True))
        if is_unset or self.attributes not in ("", wanted.attributes):
            # Only all of a style can be unset.
            codes, before = ["0"], _RESET
        codes += [new for old, new in zip(before, wanted, strict=True) if new != old]
        return f"\x1b[{';'.join(codes)}m" if codes else ""

    def is_same_on_blanks(self, other: _Pen) -> bool:
        """Return True if blanks look the same in both styles."""
        attributes = {*self.attributes.split(";"), *other.attributes.split(";")}
        return self.background == other.background and attributes <= _INVISIBLE_ON_BLANKS


_RESET: Final = _Pen("", "", "")


def _join_cells(cells: Sequence[_Cell], x: int, y: int) -> Iterator[tuple[_Pen, _Run]]:
    """Yield the runs of neighbouring cells; blanks join the run before them if they look so."""
    pen, text = _RESET, ""
    for codes, run in groupby(cells, itemgetter(1)):
        more, wanted = "".join(character for character, _ in run), _Pen.parse(codes)
        if text and not (more.isspace() and pen.is_same_on_blanks(wanted)):
            yield pen, (x, y, text)
            x, text = x + len(text), ""
        pen, text = pen if text else wanted, text + more
    yield pen, (x, y, text)


def _list_strips(update: CompositorUpdate) -> Iterator[tuple[int, int, Strip]]:
    """Yield line, column and content of each strip of an update that has any cells."""
    if isinstance(update, ChopsUpdate):
        for y in dict.fromkeys(y for y, _, _ in update.spans):
            for x, strip in update.chops[y].items():
                if strip and strip.cell_length:
                    yield y, x, strip
    elif isinstance(update, LayoutUpdate):
        for y, strips in enumerate(update.strips, update.region.y):
            x = update.region.x
            for strip in strips:
                if strip and strip.cell_length:
                    yield y, x, strip
                x += strip.cell_length


def _split(strip: Strip, colours: ColorSystem) -> list[_Cell]:
    """Return the cells of a strip; none if it has to be written as a whole.

    Terminals do not agree on the width of some characters: a strip is written in parts only if each
    of its characters is one cell wide. Links are left to Textual.
    """
    cells: list[_Cell] = []
    for text, style, control in strip:
        if control or not _is_narrow(text) or (style is not None and style.link):
            return []
        codes = Strip.render_ansi(style, colours) if style is not None else ""
        cells += [(character, codes) for character in text]
    return cells


@lru_cache(maxsize=4096)
def _is_narrow(text: str) -> bool:
    return text.isascii() or all(
        # Two of a flag's letters are one character to most terminals, two to four cells wide.
        get_character_cell_size(character) == 1 and not "🇦" <= character <= "🇿"
        for character in text
    )


def _find_changes(before: Sequence[_Cell], cells: Sequence[_Cell]) -> Iterator[tuple[int, int]]:
    """Yield the first and the last of cells that differ, one pair for those near each other."""
    first = last = -1
    for place, (old, new) in enumerate(zip(before, cells, strict=True)):
        if old == new:
            continue
        if first < 0:
            first = place
        elif place - last > _NEAR:
            yield first, last
            first = place
        last = place
    if first >= 0:
        yield first, last


def _move_to(x: int, y: int) -> str:
    return f"\x1b[{y + 1};{x + 1}H"
