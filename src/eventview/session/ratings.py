"""Bands and ratings: which figure is good, which is poor, and who says so."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

Number = int | float


class Rating(Enum):
    """How good a figure is; the value is the word for it."""

    GOOD = "good"
    NEEDS_WORK = "needs work"
    POOR = "poor"

    badness: int
    """0 for good, more for worse."""

    def __init__(self, _word: str) -> None:
        self.badness = len(type(self).__members__)


# By names of their own: Python looks a member up in its class longer than a figure takes to rate.
_GOOD, _NEEDS_WORK, _POOR = Rating


class Band(NamedTuple):
    """Where good ends and poor begins, in the unit of the metric."""

    good: Number
    """The greatest value that is still good."""
    poor: Number
    """The greatest value that is not yet poor."""
    source: str
    """Who publishes these bounds, as a place to look them up."""

    def rating(self, value: Number) -> Rating:
        """Rate a value; equal to a bound is on its better side, as web.dev's library rates."""
        if value > self.poor:
            return _POOR
        return _NEEDS_WORK if value > self.good else _GOOD
