"""The names of the query language: text fields, numbers, comparisons and kinds of signal."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Final, NamedTuple

from eventview.analysis.signal_kinds import SIGNAL_GROUPS, SIGNAL_KINDS
from eventview.analysis.signals import SignalKind, SignalWord
from eventview.session.events import (
    Click,
    Crash,
    Custom,
    Error,
    Event,
    GraphQL,
    Input,
    Issue,
    Location,
    Performance,
    Request,
    Swipe,
    Tap,
)
from eventview.session.metrics import CATALOGUE, Metric, Number
from eventview.session.session import Session
from eventview.session.urls import other_spellings


def _read_location_url(event: Location) -> str:
    place = f"{event.path}?{event.query}" if event.query else event.path
    # A trailing dot does not change a host.
    addresses = dict.fromkeys(host + place for host in (event.host, event.host.removesuffix(".")))
    # Some servers leave out the scheme, which a pasted address has.
    schemes = ("https://", "http://", "")
    return _add_readings("\n".join(f"{scheme}{each}" for each in addresses for scheme in schemes))


def _add_readings(address: str) -> str:
    return "\n".join([address, *other_spellings(address)])


# A look-up by class is faster than `isinstance`, and each keystroke checks up to 100,000 events.
FIELDS: Final[Mapping[str, Mapping[type[Event], Callable[..., str | None]]]] = {
    "label": dict.fromkeys((Click, Input, Tap, Swipe, Issue), attrgetter("label")),
    "url": {
        Location: _read_location_url,
        **dict.fromkeys(
            (Click, Request, Issue, Performance), lambda event: _add_readings(event.url)
        ),
    },
    "title": {Location: attrgetter("title")},
    "value": {Input: attrgetter("value")},
    "selector": {Click: attrgetter("selector")},
    "message": {Error: attrgetter("message"), Crash: attrgetter("reason")},
    "name": dict.fromkeys((Error, Crash, Custom, GraphQL), attrgetter("name")),
}
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


def _attribute_reader(
    attribute: str, *classes: type[Event]
) -> Callable[[Session, int], Number | None]:
    read_attribute: Callable[[Event], Number | None] = attrgetter(attribute)

    def read(session: Session, index: int) -> Number | None:
        event = session.events[index]
        return read_attribute(event) if isinstance(event, classes) else None

    return read


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
    "hesitation": NumberField(
        "hesitation", "ms", _attribute_reader("hesitation_ms", Click, Input), is_span=True
    ),
    "duration": NumberField(
        "duration", "ms", _attribute_reader("duration_ms", Input, Request, Issue), is_span=True
    ),
    "status": NumberField("status", "", _attribute_reader("status", Request)),
    "size": NumberField("size", "bytes", _attribute_reader("size_bytes", Request)),
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
