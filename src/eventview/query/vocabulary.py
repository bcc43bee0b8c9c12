"""The names of the query language: text fields, numbers, comparisons and kinds of signal."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import Final, NamedTuple

from eventview.analysis.signal_kinds import SIGNAL_GROUPS, SIGNAL_KINDS
from eventview.analysis.signals import SignalKind, SignalWord
from eventview.session.events import (
    NUMBER_ROLES,
    Event,
    FieldInfo,
    Location,
    all_fields,
)
from eventview.session.metrics import CATALOGUE, Metric, Number
from eventview.session.session import Session
from eventview.session.urls import other_spellings


def _read_location_url(event: Location) -> str:
    return _list_readings(event.host, event.path, event.query)


# A session repeats its addresses.
@lru_cache(maxsize=4096)
def _list_readings(host: str, path: str, query: str) -> str:
    place = f"{path}?{query}" if query else path
    # A trailing dot does not change a host.
    addresses = dict.fromkeys(each + place for each in (host, host.removesuffix(".")))
    # Some servers leave out the scheme, which a pasted address has.
    schemes = ("https://", "http://", "")
    return _add_readings("\n".join(f"{scheme}{each}" for each in addresses for scheme in schemes))


@lru_cache(maxsize=4096)
def _add_readings(address: str) -> str:
    return "\n".join([address, *other_spellings(address)])


def _make_reader(name: str, info: FieldInfo) -> Callable[..., str | None]:
    read: Callable[[Event], str | None] = attrgetter(name)
    if info.role == "address":
        return lambda event: _add_readings(read(event) or "")
    return read


_TEXT_FIELDS: Final = ("label", "url", "title", "value", "selector", "message", "name")
"""The order in which names are offered; any other follows."""


def _read_catalogue() -> Mapping[str, Mapping[type[Event], Callable[..., str | None]]]:
    found: dict[str, dict[type[Event], Callable[..., str | None]]] = {n: {} for n in _TEXT_FIELDS}
    for event_class, name, info in all_fields():
        if info.query and info.role not in NUMBER_ROLES:
            found.setdefault(info.query, {})[event_class] = _make_reader(name, info)
    found["url"][Location] = _read_location_url
    return found


# A look-up by class is faster than `isinstance`, and each keystroke checks up to 100,000 events.
FIELDS: Final = _read_catalogue()
"""Text fields by their names in queries, with a reader for each class of event that has one."""

SIGNAL_WORDS: Final[Mapping[str, SignalWord]] = {
    word.key: word for word in (*SIGNAL_KINDS, *SIGNAL_GROUPS)
}
"""Kinds and groups of signals by their words in `is:`."""

KINDS: Final[Mapping[str, Sequence[SignalKind]]] = {
    **{
        kind.key: [kind, *(other for other in SIGNAL_KINDS if kind.key in other.words)]
        for kind in SIGNAL_KINDS
    },
    **{word.key: [*filter(includes, SIGNAL_KINDS)] for word, includes in SIGNAL_GROUPS.items()},
}
"""Kinds of signal by the words that `is:` and `--fail-on` accept."""

KIND_WORDS: Final[Mapping[str, Sequence[str]]] = {
    **{kind.key: [each.name for each in KINDS[kind.key]] for kind in SIGNAL_KINDS},
    **{word.key: [word.name] for word in SIGNAL_GROUPS},
}
"""Names of what each of them leads to."""

SYNONYMS: Final[Mapping[str, str]] = {
    word: kind.key for kind in SIGNAL_KINDS for word in kind.words if word not in KINDS
}
"""Words of the screen that `is:` accepts too, with the words they stand for."""


class NumberField(NamedTuple):
    """A number that events have."""

    name: str
    """Name in descriptions of queries."""
    unit: str
    """`ms`, `bytes`, or "" for a number without unit."""
    read: Callable[[Session, int], Number | None]
    """Function that returns the number of an event, or None if it has none."""
    is_span: bool = False
    """True if it is shown in seconds and minutes, as in the timeline."""


def _metric_reader(metric: Metric) -> Callable[[Session, int], Number | None]:
    def read(session: Session, index: int) -> Number | None:
        event = session.events[index]
        return metric.read(event.load) if isinstance(event, Location) else None

    return read


def _field_reader(
    readers: Mapping[type[Event], Callable[[Event], Number | None]],
) -> Callable[[Session, int], Number | None]:
    def read(session: Session, index: int) -> Number | None:
        event = session.events[index]
        read_field = readers.get(type(event))
        return None if read_field is None else read_field(event)

    return read


def _number_fields() -> Iterator[tuple[str, NumberField]]:
    readers: dict[tuple[str, str], dict[type[Event], Callable[[Event], Number | None]]] = {}
    for event_class, name, info in all_fields():
        if info.query and info.role in NUMBER_ROLES:
            readers.setdefault((info.query, info.unit), {})[event_class] = attrgetter(name)
    for (query, unit), found in readers.items():
        yield query, NumberField(query, unit, _field_reader(found), is_span=unit == "ms")


FIGURES: Final[Mapping[str, NumberField]] = {
    **{
        metric.key: NumberField(
            metric.short if metric.short.isupper() else metric.name,
            metric.unit,
            _metric_reader(metric),
        )
        for metric in CATALOGUE
    },
    "delta": NumberField("Δ", "ms", Session.delta_ms, is_span=True),
    **dict(_number_fields()),
}
"""Numbers that can be compared, by their names in queries."""

OPERATORS: Final[Mapping[str, tuple[Callable[[float, float], bool], str]]] = {
    ">=": (operator.ge, "at least"),
    "<=": (operator.le, "at most"),
    ">": (operator.gt, "over"),
    "<": (operator.lt, "under"),
    "=": (operator.eq, "exactly"),
}
"""Comparisons by their signs: the function and its words."""
