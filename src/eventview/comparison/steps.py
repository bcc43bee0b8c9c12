"""The steps of two aligned page visits beside each other.

Finds what became of each and puts nothing into words: `eventview.comparison.labels` does. One
stand-in of a redacted session is as good as another, as each session numbers its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise
from typing import Final, NamedTuple

from eventview.comparison.align import Key, Pair, common, pairs
from eventview.session.events import (
    Click,
    Custom,
    Error,
    Event,
    GraphQL,
    Input,
    Issue,
    Location,
    Request,
    Tap,
    what_sent,
)
from eventview.session.folding import as_seen, same_address
from eventview.session.session import Session
from eventview.session.urls import is_id, split_url, without_stand_ins
from eventview.session.values import Number


class Change(Enum):
    """What comparing a line came to; the value is the word for it."""

    SAME = "same"
    ADDED = "added"
    """Only the second session has it."""
    MISSING = "missing"
    """Only the first session has it."""
    CHANGED = "changed"


class ChangedField(Enum):
    """In what a pair differs; the value is the word for it."""

    ADDRESS = "address"
    """Another id in the path, or another query of a page."""
    LOAD = "load"
    LABEL = "label"
    """Another step of the same type in the same place."""
    STATUS = "status"
    """What a request was answered with."""
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class ComparedStep:
    """What one session has on a line: an event, or equal ones with nothing shown between them."""

    events: Sequence[int]
    """Their indexes, at least one."""

    @property
    def index(self) -> int:
        """Index of the first."""
        return self.events[0]

    @property
    def count(self) -> int:
        """How many."""
        return len(self.events)


class DiffLine(NamedTuple):
    """Something that one session has, and what the other has in its place."""

    outcome: Change
    first: ComparedStep | None
    second: ComparedStep | None
    aspects: Sequence[ChangedField] = ()
    """In what both differ, where it is changed."""
    is_head: bool = False
    """Whether it leads a page visit. A head without any step stands for a LOCATION that is not
    shown, or for no page: it says where its steps are and counts for nothing itself."""


def alike(path: str) -> str:
    """A path without what tells things of one kind apart: the ids in it."""
    segments = path.rstrip("/").split("/")
    return "/".join(map(_alike, segments))


def is_same(one: str, two: str) -> bool:
    """Whether two parts of addresses are the same, as far as stand-ins tell."""
    return _common_form(one) == _common_form(two)


def _common_form(part: str) -> str:
    # First the stand-ins: one behind what is encoded would be none behind a letter.
    return same_address(without_stand_ins(part))


def _alike(segment: str) -> str:
    return "*" if is_id(same_address(segment)) else _common_form(segment)


def answer(request: Request) -> Number | bool | None:
    """What a request came to: its status, or else whether it was a success, as far as is known."""
    return request.is_success if request.status is None else request.status


def _key(event: Event) -> Key:
    """What a step is known by in its own session; never a value that was entered."""
    match event:
        case Click() if not as_seen(event.label):
            return (event.type, "selector", as_seen(event.selector))
        case Click():
            return (event.type, "label", as_seen(event.label))
        case Input() | Tap():
            return (event.type, as_seen(event.label))
        case Request():
            return (event.type, event.method, alike(split_url(event.url).path))
        case Error():
            return (event.type, as_seen(event.name), as_seen(event.message))
        case Custom() | GraphQL():
            return (event.type, as_seen(event.name))
        case Issue():
            return (event.type, event.issue_type, same_address(event.context))
        case Location():
            return (event.type, same_address(what_sent(event)))
        case _:
            return (event.type, as_seen(what_sent(event)))


def _common_key(event: Event) -> Key:
    """What a step is known by in either session."""
    return tuple(map(without_stand_ins, _key(event)))


def steps_of(session: Session, indexes: Sequence[int]) -> Sequence[ComparedStep]:
    """Events as steps: equal ones in a row are one.

    That says more than a line for each, and fifty thousand clicks on one label cost one
    comparison.
    """
    steps: list[list[int]] = []
    before: object = None
    for index in indexes:
        event = session.events[index]
        # With stand-ins as they are: in one session, another one is another value.
        own: object = _key(event)
        if isinstance(event, Request):
            own = own, same_address(split_url(event.url).path), answer(event)
        # Where events have not come, nobody knows whether these were in a row.
        if own == before and not session.is_gap_before(index):
            steps[-1].append(index)
        else:
            steps.append([index])
        before = own
    return [ComparedStep(tuple(each)) for each in steps]


def lines(
    first: Session, steps: Sequence[ComparedStep], second: Session, others: Sequence[ComparedStep]
) -> Sequence[DiffLine]:
    """The steps of two aligned page visits, each of them once."""
    found = list(_lines(first, steps, second, others))
    outcomes = {line.outcome for line in found}
    if not {Change.MISSING, Change.ADDED} <= outcomes:
        return found
    return _without_swaps(first, second, found)


def _without_swaps(
    first: Session, second: Session, found: Sequence[DiffLine]
) -> Sequence[DiffLine]:
    """Pair steps that only an order which nobody knows keeps apart."""
    kept: list[DiffLine | None] = list(found)
    for place, line in enumerate(kept):
        if line is None or line.outcome is not Change.MISSING or line.first is None:
            continue
        partners = [
            *range(place + 1, place + 1 + _REACH),
            *range(place - 1, place - 1 - _REACH, -1),
        ]
        for other in partners:
            partner = kept[other] if 0 <= other < len(kept) else None
            if partner is None or partner.outcome is not Change.ADDED or partner.second is None:
                continue
            one, two = first.events[line.first.index], second.events[partner.second.index]
            between = kept[min(place, other) + 1 : max(place, other)]
            if _common_key(one) == _common_key(two) and all(
                step is None
                or _may_swap(first, line.first, step.first)
                or _may_swap(second, partner.second, step.second)
                for step in between
            ):
                kept[place] = _paired(first, line.first, second, partner.second)
                kept[other] = None
                break
    return [line for line in kept if line is not None]


_REACH: Final = 8
"""Lines on either side of a step among which its partner is looked for."""


def _may_swap(session: Session, step: ComparedStep, other: ComparedStep | None) -> bool:
    """Return True where nobody knows which of two steps came first."""
    return other is not None and not session.is_order_known(step.index, other.index)


def _lines(
    first: Session, steps: Sequence[ComparedStep], second: Session, others: Sequence[ComparedStep]
) -> Iterator[DiffLine]:
    found = pairs(
        [_common_key(first.events[step.index]) for step in steps],
        [_common_key(second.events[step.index]) for step in others],
    )
    for before, after in pairwise([Pair(-1, -1), *found, Pair(len(steps), len(others))]):
        between = steps[before.first + 1 : after.first]
        yield from _between(first, between, second, others[before.second + 1 : after.second])
        if after.first < len(steps):
            yield _paired(first, steps[after.first], second, others[after.second])


def _between(
    first: Session, steps: Sequence[ComparedStep], second: Session, others: Sequence[ComparedStep]
) -> Iterator[DiffLine]:
    """What stands on either side between two pairs.

    As long as the types agree, counted from the pair before and then from the pair behind, one
    stands in the place of the other.
    """
    types = [first.events[step.index].type for step in steps]
    other_types = [second.events[step.index].type for step in others]
    head = common(types, other_types)
    tail = common(types[head:][::-1], other_types[head:][::-1])
    end, other_end = len(steps) - tail, len(others) - tail
    for step, other in zip(steps[:head], others[:head], strict=True):
        yield _paired(first, step, second, other)
    yield from (DiffLine(Change.MISSING, step, None) for step in steps[head:end])
    yield from (DiffLine(Change.ADDED, None, other) for other in others[head:other_end])
    for step, other in zip(steps[end:], others[other_end:], strict=True):
        yield _paired(first, step, second, other)


def _paired(first: Session, step: ComparedStep, second: Session, other: ComparedStep) -> DiffLine:
    one, two = first.events[step.index], second.events[other.index]
    aspects = []
    if _common_key(one) != _common_key(two):
        aspects.append(ChangedField.LABEL)
    if isinstance(one, Request) and isinstance(two, Request):
        paths = [split_url(request.url).path for request in (one, two)]
        if not aspects and not is_same(*paths):
            aspects.append(ChangedField.ADDRESS)
        if answer(one) != answer(two):
            aspects.append(ChangedField.STATUS)
    if step.count != other.count:
        aspects.append(ChangedField.COUNT)
    return DiffLine(Change.CHANGED if aspects else Change.SAME, step, other, tuple(aspects))
