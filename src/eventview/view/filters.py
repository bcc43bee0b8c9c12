"""What a lens hides, piece by piece, in words, and how to do without each piece."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from eventview.query.query import ALL_TYPES, NO_QUERY, Query
from eventview.view.options import RowWindow, ViewOptions
from eventview.view.view import View


class FilterChip(NamedTuple):
    """One part of what hides events."""

    words: str
    without: ViewOptions
    """The lens less this piece."""


def with_filter(options: ViewOptions, query: Query) -> ViewOptions:
    """A lens with another filter; without one there is nothing to show what is around of."""
    options = replace(options, filter=query)
    return options if query else options.reaching(0, 0)


def without_find(options: ViewOptions) -> ViewOptions:
    """Return a lens without its find, nor the window on the hits of it."""
    is_of_hits = options.window is not None and options.window.at is None
    return replace(options, find=NO_QUERY, window=None if is_of_hits else options.window)


def filter_chips(options: ViewOptions) -> Sequence[FilterChip]:
    """What the filter asks for, and what it lets through beside that."""
    chips = [
        FilterChip(words, with_filter(options, options.filter.without(number)))
        for number, words in enumerate(options.filter.pieces())
    ]
    before, after = options.reach
    if before or after:
        around = f"{before:,} before and {after:,} after each"
        around = f"{before:,} around each" if before == after else around
        chips.append(FilterChip(around, options.reaching(0, 0)))
    if options.window and (options.window.at or options.find):
        chips.append(FilterChip(_window(options.window), replace(options, window=None)))
    return chips


def type_chip(view: View) -> FilterChip | None:
    """Which types are hidden; None when none of the session's are."""
    types = view.options.types
    if types.only:
        words = f"only {', '.join(sorted(types.listed)) or 'nothing'}"
    else:
        hidden = [name for name in view.session.type_counts if not types.shows(name)]
        words = f"without {', '.join(sorted(name.lower() for name in hidden))}" if hidden else ""
    return FilterChip(words, replace(view.options, types=ALL_TYPES)) if words else None


def described(view: View) -> str:
    """The lens in words; "" when it hides and marks nothing of this session."""
    types = type_chip(view)
    parts = [types.words] if types else []
    if view.options.filter:
        parts.append(f"filter: {view.options.filter.words()}")
    parts.extend(
        chip.words for chip in filter_chips(view.options)[len(view.options.filter.pieces()) :]
    )
    if view.options.find:
        parts.append(f"find: {view.options.find.words()}")
    return " · ".join(parts)


def _window(window: RowWindow) -> str:
    around = "each hit" if window.at is None else window.at.words()
    if window.before is None and window.after is None:
        return f"at {around}"
    if window.at is None and not window.before and not window.after:
        return "only hits"
    before = "all" if window.before is None else f"{window.before:,}"
    after = "all" if window.after is None else f"{window.after:,}"
    return f"{before} before and {after} after {around}"
