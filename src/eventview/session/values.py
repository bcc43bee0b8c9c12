"""Fast value classes, and the bands by which figures are rated."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple, TypeVar, dataclass_transform

_Class = TypeVar("_Class")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def value_class(cls: type[_Class]) -> type[_Class]:
    """Make a dataclass that is frozen for type checkers only.

    Python fills each field of a really frozen one through a function call, which for 100,000
    events takes as long as finding all their signals.
    """
    return dataclass(slots=True)(cls)


Number = int | float


class Rating(Enum):
    """The rating of a figure; its value is the word for it."""

    GOOD = "good"
    NEEDS_WORK = "needs work"
    POOR = "poor"

    badness: int
    """0 for good, more for worse."""

    def __init__(self, _word: str) -> None:
        self.badness = len(type(self).__members__)


# Module names are used, because looking up a member in its class takes longer than a rating.
_GOOD, _NEEDS_WORK, _POOR = Rating


class Band(NamedTuple):
    """The bounds of a good and a poor figure, in the unit of the metric."""

    good: Number
    """The greatest value that is still good."""
    poor: Number
    """The greatest value that is not yet poor."""
    source: str
    """The place where these bounds are published."""

    def rating(self, value: Number) -> Rating:
        """Return the rating of a value; a bound has the better one, as in web.dev's library."""
        if value > self.poor:
            return _POOR
        return _NEEDS_WORK if value > self.good else _GOOD
