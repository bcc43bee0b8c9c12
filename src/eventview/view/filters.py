"""Filters in words: a chip for each part that hides events, with the options without it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from eventview.query.query import ALL_TYPES, NO_QUERY, Query
from eventview.view.view import View
from eventview.view.view_options import RowWindow, ViewOptions


class FilterChip(NamedTuple):
    """One part of the view options that hides events."""

    words: str
    without: ViewOptions
    """The options without this part."""


def with_filter(options: ViewOptions, query: Query) -> ViewOptions:
    """Return the options with another filter; without a filter, also without its context."""
    options = replace(options, filter=query)
    return options if query else options.reaching(0, 0)


def without_find(options: ViewOptions) -> ViewOptions:
    """Return the options without their find and without a window around its hits."""
    is_of_hits = options.window is not None and options.window.at is None
    return replace(options, find=NO_QUERY, window=None if is_of_hits else options.window)


def make_filter_chips(options: ViewOptions) -> Sequence[FilterChip]:
    """Return a chip for each term of the filter, for its context and for the window."""
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
        chips.append(FilterChip(_describe_window(options.window), replace(options, window=None)))
    return chips


def make_type_chip(view: View) -> FilterChip | None:
    """Return a chip for the hidden types; None if the session has none of them."""
    types = view.options.types
    if types.only:
        words = f"only {', '.join(sorted(types.listed)) or 'nothing'}"
    else:
        hidden = [name for name in view.session.type_counts if not types.shows(name)]
        words = f"without {', '.join(sorted(name.lower() for name in hidden))}" if hidden else ""
    return FilterChip(words, replace(view.options, types=ALL_TYPES)) if words else None


def describe_options(view: View) -> str:
    """Return the view's options in words; "" if they hide and mark nothing of the session."""
    options, types = view.options, make_type_chip(view)
    parts = [types.words] if types else []
    if options.filter:
        parts.append(f"filter: {options.filter.words()}")
    parts.extend(chip.words for chip in make_filter_chips(options)[len(options.filter.pieces()) :])
    if options.find:
        parts.append(f"find: {options.find.words()}")
    return " · ".join(parts)


def _describe_window(window: RowWindow) -> str:
    around = "each hit" if window.at is None else window.at.words()
    if window.before is None and window.after is None:
        return f"at {around}"
    if window.at is None and not window.before and not window.after:
        return "only hits"
    before = "all" if window.before is None else f"{window.before:,}"
    after = "all" if window.after is None else f"{window.after:,}"
    return f"{before} before and {after} after {around}"
