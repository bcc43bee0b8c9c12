"""What a lens hides, piece by piece, in words, and how to do without each piece."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from eventview.query.query import ALL_TYPES, NO_QUERY, Query
from eventview.view.options import Lens, Window
from eventview.view.view import View


class Piece(NamedTuple):
    """One part of what hides events."""

    words: str
    without: Lens
    """The lens less this piece."""


def with_filter(lens: Lens, query: Query) -> Lens:
    """A lens with another filter; without one there is nothing to show what is around of."""
    lens = replace(lens, filter=query)
    return lens if query else lens.reaching(0, 0)


def without_find(lens: Lens) -> Lens:
    """Return a lens without its find, nor the window on the hits of it."""
    is_of_hits = lens.window is not None and lens.window.at is None
    return replace(lens, find=NO_QUERY, window=None if is_of_hits else lens.window)


def filter_pieces(lens: Lens) -> Sequence[Piece]:
    """What the filter asks for, and what it lets through beside that."""
    pieces = [
        Piece(words, with_filter(lens, lens.filter.without(number)))
        for number, words in enumerate(lens.filter.pieces())
    ]
    before, after = lens.reach
    if before or after:
        around = f"{before:,} before and {after:,} after each"
        around = f"{before:,} around each" if before == after else around
        pieces.append(Piece(around, lens.reaching(0, 0)))
    if lens.window and (lens.window.at or lens.find):
        pieces.append(Piece(_window(lens.window), replace(lens, window=None)))
    return pieces


def type_piece(view: View) -> Piece | None:
    """Which types are hidden; None when none of the session's are."""
    types = view.lens.types
    if types.only:
        words = f"only {', '.join(sorted(types.listed)) or 'nothing'}"
    else:
        hidden = [name for name in view.session.type_counts if not types.shows(name)]
        words = f"without {', '.join(sorted(name.lower() for name in hidden))}" if hidden else ""
    return Piece(words, replace(view.lens, types=ALL_TYPES)) if words else None


def described(view: View) -> str:
    """The lens in words; "" when it hides and marks nothing of this session."""
    types = type_piece(view)
    parts = [types.words] if types else []
    if view.lens.filter:
        parts.append(f"filter: {view.lens.filter.words()}")
    parts.extend(
        piece.words for piece in filter_pieces(view.lens)[len(view.lens.filter.pieces()) :]
    )
    if view.lens.find:
        parts.append(f"find: {view.lens.find.words()}")
    return " · ".join(parts)


def _window(window: Window) -> str:
    around = "each hit" if window.at is None else window.at.words()
    if window.before is None and window.after is None:
        return f"at {around}"
    if window.at is None and not window.before and not window.after:
        return "only hits"
    before = "all" if window.before is None else f"{window.before:,}"
    after = "all" if window.after is None else f"{window.after:,}"
    return f"{before} before and {after} after {around}"
