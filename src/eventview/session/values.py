"""How the model makes values of which a session has a hundred thousand.

Bands and ratings: which figure is good, which is poor, and who says so.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple, TypeVar, dataclass_transform

_Kind = TypeVar("_Kind")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def value_class(kind: type[_Kind]) -> type[_Kind]:
    """A frozen dataclass for whoever checks types, and at run time one that is made as fast as any.

    Python makes a frozen one field by field through a function call each, which for 100,000 events
    takes as long as to find all signals among them.
    """
    return dataclass(slots=True)(kind)


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
