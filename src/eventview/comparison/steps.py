"""Comparison of the steps of two aligned page visits.

All pseudonyms of redacted sessions count as equal, because each session numbers its own. The texts
for the results are in `eventview.comparison.labels`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import Enum
from functools import cache, lru_cache
from itertools import pairwise, takewhile
from typing import Final, NamedTuple

import msgspec

from eventview.comparison.align import Key, Pair, find_pairs
from eventview.progress import track
from eventview.session.event_text import describe_event_raw
from eventview.session.events import Click, Event, Location, Request, fields_of
from eventview.session.folding import fold_address, fold_label
from eventview.session.metrics import Number
from eventview.session.session import Session
from eventview.session.urls import is_id, mask_placeholders, split_url


class Change(Enum):
    """Result of comparing a line; the value is the word for it."""

    SAME = "same"
    ADDED = "added"
    """Only the second session has it."""
    MISSING = "missing"
    """Only the first session has it."""
    CHANGED = "changed"

    # Every line is looked up by it, and the hash of other enumerations is computed in Python.
    __hash__ = object.__hash__


class ChangedField(Enum):
    """Respect in which a pair differs; the value is the word for it."""

    ADDRESS = "address"
    """Another id in the path, or another query of a page."""
    LOAD = "load"
    LABEL = "label"
    """Another step of the same type in the same place."""
    STATUS = "status"
    """Another status of a response."""
    COUNT = "count"


class ComparedStep(msgspec.Struct, frozen=True):
    """One side of a line: an event, or equal events with nothing shown between them."""

    events: Sequence[int]
    """Indexes of the events, at least one."""
    key: Key = ()
    """Key for comparison with another session; () for the head of a page visit."""

    @property
    def index(self) -> int:
        """Index of the first event."""
        return self.events[0]

    @property
    def count(self) -> int:
        """Number of events."""
        return len(self.events)


class DiffLine(NamedTuple):
    """Pair of steps, or a step that only one session has."""

    outcome: Change
    first: ComparedStep | None
    second: ComparedStep | None
    aspects: Sequence[ChangedField] = ()
    """Respects in which both sides differ, if the line is changed."""
    is_head: bool = False
    """True for the first line of a page visit. A head without steps stands for a hidden LOCATION or
    for no page, and is not counted."""


@lru_cache(maxsize=2048)
def normalize_path(path: str) -> str:
    """Return a path with `*` for its ids."""
    segments = path.rstrip("/").split("/")
    return "/".join("*" if is_id(fold_address(s)) else _normalize_part(s) for s in segments)


def is_same(one: str, two: str) -> bool:
    """Return whether two parts of addresses are equal, with all pseudonyms taken as equal."""
    return one == two or _normalize_part(one) == _normalize_part(two)


def _normalize_part(part: str) -> str:
    # Pseudonyms go first: once decoded, a letter before one would hide it.
    return fold_address(mask_placeholders(part))


def get_answer(request: Request) -> Number | bool | None:
    """Return the status of a request, or else whether it succeeded; None if unknown."""
    return request.is_success if request.status is None else request.status


def _key_of(event: Event) -> tuple[Key, Key]:
    """Return the keys of a step in its own session and for comparison with another.

    They never contain an entered value.
    """
    names = _key_forms_of(type(event))
    texts = [getattr(event, name) for name in names] or [describe_event_raw(event)]
    return _make_keys(type(event), event.type, *texts)


@cache
def _key_forms_of(event_class: type[Event]) -> Mapping[str, Callable[[str], str]]:
    """Return the fields in the keys of a type's steps, each with its form."""
    catalogue = fields_of(event_class).items()
    return {name: _KEY_FORMS[info.key] for name, info in catalogue if info.key}


# The events of a session repeat their labels and addresses.
@lru_cache(maxsize=4096)
def _make_keys(event_class: type[Event], event_type: str, *texts: str) -> tuple[Key, Key]:
    forms = _key_forms_of(event_class) or {
        "": fold_address if event_class is Location else fold_label
    }
    parts = {name: form(text) for (name, form), text in zip(forms.items(), texts, strict=True)}
    if event_class is Click and parts["label"]:
        # A selector identifies only an element without a label.
        parts["selector"] = ""
    key = event_type, *parts.values()
    return key, tuple(map(mask_placeholders, key))


_KEY_FORMS: Final[Mapping[str, Callable[[str], str]]] = {
    "text": fold_label,
    "word": lambda word: word,
    "path": lambda address: normalize_path(split_url(address).path),
    "address": fold_address,
    "selector": fold_label,
}
"""Forms of a field in a step's key."""


def group_steps(session: Session, indexes: Sequence[int]) -> Sequence[ComparedStep]:
    """Group equal events in a row into one step.

    Fifty thousand clicks on one label are then one line and one comparison.
    """
    steps: list[tuple[list[int], Key]] = []
    before: object = None
    for index in track(indexes, "comparing", len(indexes), is_part=True):
        event = session.events[index]
        # Within one session, different pseudonyms are different values.
        key, common = _key_of(event)
        own: object = key
        if isinstance(event, Request):
            own = key, fold_address(split_url(event.url).path), get_answer(event)
        # Across a gap, nobody knows whether the events were in a row.
        if own == before and index not in session.behind_gaps:
            steps[-1][0].append(index)
        else:
            steps.append(([index], common))
        before = own
    return [ComparedStep(tuple(indexes), key) for indexes, key in steps]


def compare_steps(
    first: Session, steps: Sequence[ComparedStep], second: Session, others: Sequence[ComparedStep]
) -> Sequence[DiffLine]:
    """Return the lines for the steps of two aligned page visits, each step once."""
    found = list(_compare(first, steps, second, others))
    outcomes = {line.outcome for line in found}
    if not {Change.MISSING, Change.ADDED} <= outcomes:
        return found
    return _pair_swapped(first, second, found)


_REACH: Final = 8
"""Lines on either side of a step that are searched for its partner."""


def _pair_swapped(first: Session, second: Session, found: Sequence[DiffLine]) -> Sequence[DiffLine]:
    """Pair equal steps that are apart only because their order is unknown."""
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
            between = kept[min(place, other) + 1 : max(place, other)]
            if line.first.key == partner.second.key and all(
                step is None
                or _is_order_unknown(first, line.first, step.first)
                or _is_order_unknown(second, partner.second, step.second)
                for step in between
            ):
                kept[place] = _pair(first, line.first, second, partner.second)
                kept[other] = None
                break
    return [line for line in kept if line is not None]


def _is_order_unknown(session: Session, step: ComparedStep, other: ComparedStep | None) -> bool:
    return other is not None and not session.is_order_known(step.index, other.index)


def _compare(
    first: Session, steps: Sequence[ComparedStep], second: Session, others: Sequence[ComparedStep]
) -> Iterator[DiffLine]:
    found = find_pairs([step.key for step in steps], [step.key for step in others])
    pairs = pairwise([Pair(-1, -1), *found, Pair(len(steps), len(others))])
    for before, after in track(pairs, "comparing", len(found), "steps", is_part=True):
        missing = steps[before.first + 1 : after.first]
        added = others[before.second + 1 : after.second]
        if missing or added:
            yield from _compare_between(first, missing, second, added)
        if after.first < len(steps):
            yield _pair(first, steps[after.first], second, others[after.second])


def _compare_between(
    first: Session, steps: Sequence[ComparedStep], second: Session, others: Sequence[ComparedStep]
) -> Iterator[DiffLine]:
    """Yield the lines between two pairs.

    Steps are paired if their types agree, counted first from the pair before, then from the pair
    behind.
    """
    types = [first.events[step.index].type for step in steps]
    other_types = [second.events[step.index].type for step in others]
    head = _count_common(types, other_types)
    tail = _count_common(types[head:][::-1], other_types[head:][::-1])
    end, other_end = len(steps) - tail, len(others) - tail
    for step, other in zip(steps[:head], others[:head], strict=True):
        yield _pair(first, step, second, other)
    yield from (DiffLine(Change.MISSING, step, None) for step in steps[head:end])
    yield from (DiffLine(Change.ADDED, None, other) for other in others[head:other_end])
    for step, other in zip(steps[end:], others[other_end:], strict=True):
        yield _pair(first, step, second, other)


def _count_common(first: Sequence[str], second: Sequence[str]) -> int:
    """Count the equal elements at the start of both sides."""
    both = zip(first, second, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], both))


def _pair(first: Session, step: ComparedStep, second: Session, other: ComparedStep) -> DiffLine:
    one, two = first.events[step.index], second.events[other.index]
    aspects = []
    if step.key != other.key:
        aspects.append(ChangedField.LABEL)
    if isinstance(one, Request) and isinstance(two, Request):
        paths = [split_url(request.url).path for request in (one, two)]
        if not aspects and not is_same(*paths):
            aspects.append(ChangedField.ADDRESS)
        if get_answer(one) != get_answer(two):
            aspects.append(ChangedField.STATUS)
    if step.count != other.count:
        aspects.append(ChangedField.COUNT)
    return DiffLine(Change.CHANGED if aspects else Change.SAME, step, other, tuple(aspects))
