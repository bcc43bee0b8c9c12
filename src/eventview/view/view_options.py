"""View options: the choices of the user about what a view shows, their chips and words."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from eventview.analysis.rules import RULES, Rules
from eventview.query.query import ALL_TYPES, NO_QUERY, Query, TypeChoice
from eventview.session.session import Session
from eventview.session.source import ReplayOffset
from eventview.view.time_display import TimeOptions

if TYPE_CHECKING:
    from eventview.session.position import Position


class RowWindow(NamedTuple):
    """The rows around a position, or else around the hits of the find."""

    at: Position | None
    """None for the hits."""
    before: int | None = None
    """Rows before it; None for all."""
    after: int | None = None
    """Rows after it; None for all."""

    def take_at(self, shown: Sequence[int], index: int) -> Sequence[int]:
        """Return the shown events before one event, that one if it is shown, and those after."""
        place = bisect_left(shown, index)
        behind = place + (place < len(shown) and shown[place] == index)
        first = 0 if self.before is None else max(0, place - self.before)
        last = len(shown) if self.after is None else behind + self.after
        return shown[first:last]

    def words(self) -> str:
        """Return the window in words."""
        around = "each hit" if self.at is None else self.at.words()
        if self.before is None and self.after is None:
            return f"at {around}"
        if self.at is None and not self.before and not self.after:
            return "only hits"
        before = "all" if self.before is None else f"{self.before:,}"
        after = "all" if self.after is None else f"{self.after:,}"
        return f"{before} before and {after} after {around}"


class ViewOptions(Struct, frozen=True):
    """Choices about what to show; they hold for any session, except the folds."""

    types: TypeChoice = ALL_TYPES
    filter: Query = NO_QUERY
    """Hides the events it does not match."""
    find: Query = NO_QUERY
    """Marks the events it matches and hides none."""
    context: tuple[int, int] = (0, 0)
    """Numbers of events to show before and after each match of the filter."""
    window: RowWindow | None = None
    folded: frozenset[int] = frozenset()
    """Indexes of the LOCATIONs whose page visits are folded to one row."""
    are_runs_rolled: bool = False
    """True if a run of clicks on one label is one row."""
    unrolled: frozenset[int] = frozenset()
    """Indexes of the first clicks of runs that are shown click by click nevertheless."""

    @property
    def reach(self) -> tuple[int, int]:
        """The context; none without a filter."""
        return self.context if self.filter else (0, 0)

    def with_filter(self, query: Query) -> ViewOptions:
        """Return the options with another filter; without a filter, also without its context."""
        return replace(self, filter=query, context=self.context if query else (0, 0))

    def without_find(self) -> ViewOptions:
        """Return the options without their find and without a window around its hits."""
        is_of_hits = self.window is not None and self.window.at is None
        return replace(self, find=NO_QUERY, window=None if is_of_hits else self.window)

    def at_replay_offset(self, offset: ReplayOffset, session: Session) -> ViewOptions:
        """Return the options with their window around the offset of a replay link.

        They stay as they are if their window is around a find or another position.
        """
        window = self.window or RowWindow(None)
        if session.start_ms is None or window.at is not None or (self.window and self.find):
            return self
        # Only a link with a moment needs positions here.
        from eventview.session.position import Position  # noqa: PLC0415

        at = Position.at(offset.in_session(session.start_ms))
        return replace(self, window=window._replace(at=at))


WHOLE_SESSION: Final = ViewOptions()
"""Every event on a row of its own, none marked."""


class FilterChip(NamedTuple):
    """One part of the view options that hides events."""

    words: str
    without: ViewOptions
    """The options without this part."""


def make_filter_chips(options: ViewOptions) -> Sequence[FilterChip]:
    """Return a chip for each term of the filter, for its context and for the window."""
    chips = [
        FilterChip(words, options.with_filter(options.filter.without(number)))
        for number, words in enumerate(term.words() for term in options.filter.terms)
    ]
    before, after = options.reach
    if before or after:
        around = f"{before:,} before and {after:,} after each"
        around = f"{before:,} around each" if before == after else around
        chips.append(FilterChip(around, replace(options, context=(0, 0))))
    if options.window and (options.window.at or options.find):
        chips.append(FilterChip(options.window.words(), replace(options, window=None)))
    return chips


def describe_options(options: ViewOptions, session: Session) -> str:
    """Return the options in words; "" if they hide and mark nothing of the session."""
    parts = [options.types.words(session)]
    if options.filter:
        parts.append(f"filter: {options.filter.words()}")
    parts.extend(chip.words for chip in make_filter_chips(options)[len(options.filter.terms) :])
    if options.find:
        parts.append(f"find: {options.find.words()}")
    return " · ".join(filter(None, parts))


class InitialView(NamedTuple):
    """The view that the command line or a link asks for."""

    options: ViewOptions = WHOLE_SESSION
    position: ReplayOffset | Position | None = None
    """Position to open the session at; None for its start."""
    times: TimeOptions = TimeOptions()
    rules: Rules = RULES
    """The thresholds for its signals."""
