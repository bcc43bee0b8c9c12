"""TODO."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import TYPE_CHECKING, Final, NamedTuple

from eventview.analysis.signals import ERRORS, WENT_WRONG, Severity, SignalKind
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
from eventview.session.metrics import CATALOGUE, Metric
from eventview.session.session import Session
from eventview.session.urls import other_readings
from eventview.session.values import Number

if TYPE_CHECKING:
    pass


def _address(event: Location) -> str:
    place = f"{event.path}?{event.query}" if event.query else event.path
    # A dot at its end changes no host.
    addresses = dict.fromkeys(host + place for host in (event.host, event.host.removesuffix(".")))
    # Not all servers tell the scheme; who pastes an address has it.
    schemes = ("https://", "http://", "")
    return _read("\n".join(f"{scheme}{each}" for each in addresses for scheme in schemes))


def _read(address: str) -> str:
    return "\n".join([address, *other_readings(address)])


def _url(event: Click | Request | Issue | Performance) -> str:
    return _read(event.url)


# By class rather than by asking each event what it is: a keystroke asks 100,000.
FIELDS: Final[Mapping[str, Mapping[type[Event], Callable[..., str | None]]]] = {
    "label": dict.fromkeys((Click, Input, Tap, Swipe, Issue), attrgetter("label")),
    "url": {
        Location: _address,
        **dict.fromkeys((Click, Request, Issue, Performance), _url),
    },
    "title": {Location: attrgetter("title")},
    "value": {Input: attrgetter("value")},
    "selector": {Click: attrgetter("selector")},
    "message": {Error: attrgetter("message"), Crash: attrgetter("reason")},
    "name": dict.fromkeys((Error, Crash, Custom, GraphQL), attrgetter("name")),
}
"""The fields that can be looked in by name: what reads them from the events that have them."""

KINDS: Final[Mapping[str, frozenset[SignalKind]]] = {
    **{kind.value: frozenset({kind}) for kind in SignalKind},
    SignalKind.ERROR.value: ERRORS,
    "severe": frozenset(kind for kind in SignalKind if kind.severity is Severity.SEVERE),
    "signal": frozenset(kind for kind in SignalKind if kind.severity is not Severity.NEUTRAL),
    "wrong": WENT_WRONG,
}
"""What `is:` and `--fail-on` know, and the kinds of signal that are meant."""

SYNONYMS: Final[Mapping[str, str]] = {"silence": SignalKind.GAP.value}
"""What the screen calls some of them."""

KIND_WORDS: Final = {
    SignalKind.ERROR.value: ("error", "crash"),
    "wrong": ("anything that went wrong",),
    "severe": ("anything severe",),
    "signal": ("any signal",),
}


class NumberField(NamedTuple):
    """A number that events have."""

    name: str
    """In words."""
    unit: str
    """`ms`, `bytes`, or "" for a number without unit."""
    is_span: bool
    """Whether it is said in seconds and minutes, as the timeline has it."""
    of: Callable[[Session, int], Number | None]
    """The number of an event; None where it has none."""


def _metric(metric: Metric) -> Callable[[Session, int], Number | None]:
    def read(session: Session, index: int) -> Number | None:
        event = session.events[index]
        return metric.read(event.load) if isinstance(event, Location) else None

    return read


def _hesitation(session: Session, index: int) -> Number | None:
    event = session.events[index]
    return event.hesitation_ms if isinstance(event, Click | Input) else None


def _duration(session: Session, index: int) -> Number | None:
    event = session.events[index]
    return event.duration_ms if isinstance(event, Input | Request | Issue) else None


def _status(session: Session, index: int) -> Number | None:
    event = session.events[index]
    return event.status if isinstance(event, Request) else None


def _size(session: Session, index: int) -> Number | None:
    event = session.events[index]
    return event.size_bytes if isinstance(event, Request) else None


FIGURES: Final[Mapping[str, NumberField]] = {
    **{
        metric.key: NumberField(
            metric.short if metric.short.isupper() else metric.name,
            metric.unit,
            is_span=False,
            of=_metric(metric),
        )
        for metric in CATALOGUE
    },
    "delta": NumberField("Δ", "ms", is_span=True, of=Session.delta_ms),
    "hesitation": NumberField("hesitation", "ms", is_span=True, of=_hesitation),
    "duration": NumberField("duration", "ms", is_span=True, of=_duration),
    "status": NumberField("status", "", is_span=False, of=_status),
    "size": NumberField("size", "bytes", is_span=False, of=_size),
}
"""The numbers that can be compared, by the name they are typed by."""

OPERATORS: Final[Mapping[str, tuple[Callable[[float, float], bool], str]]] = {
    ">=": (operator.ge, "at least"),
    "<=": (operator.le, "at most"),
    ">": (operator.gt, "over"),
    "<": (operator.lt, "under"),
    "=": (operator.eq, "exactly"),
}
"""How numbers are compared, and how that is said."""
