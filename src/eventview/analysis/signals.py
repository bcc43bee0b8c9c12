"""Signals, their kinds and their severities.

`eventview.analysis.detectors` finds signals, `eventview.analysis.descriptions` words them.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Final, NamedTuple

from eventview.session.metrics import Number


class Severity(Enum):
    """Degrees to which a signal means that something went wrong."""

    SEVERE = "severe"
    NOTABLE = "notable"
    NEUTRAL = "neutral"
    """Worth seeing, but nothing went wrong."""


class SignalKind(Enum):
    """The kinds of signal, the gravest first; the values are their words in `is:`.

    `STUCK` is among the severe kinds, but only notable: in some releases the server does not send
    the requests and errors that would show an effect.
    """

    CRASH = "crash"
    ERROR_CLICK = "error-click"
    ERROR = "error"
    FAILED = "failed"
    INCIDENT = "incident"
    RAGE = "rage"
    STUCK = "stuck"
    SLOW = "slow"
    DEAD = "dead"
    THRASHING = "thrashing"
    BACK_AND_FORTH = "back"
    GAP = "gap"
    ISSUE = "issue"
    HESITATION = "hesitation"
    REPEAT = "repeat"

    # Enum's own hash is slow Python code, and a session may have 70,000 signals to count and look
    # up by kind; the identity of a member is enough.
    __hash__ = object.__hash__

    @property
    def severity(self) -> Severity:
        """Severity of all signals of this kind."""
        if self is SignalKind.REPEAT:
            return Severity.NEUTRAL
        return Severity.SEVERE if self in _SEVERE else Severity.NOTABLE


_SEVERE: Final = frozenset(
    {
        SignalKind.CRASH, SignalKind.ERROR, SignalKind.ERROR_CLICK, SignalKind.RAGE,
        SignalKind.FAILED, SignalKind.INCIDENT, SignalKind.SLOW,
    }
)  # fmt: skip

# Python is slow to look up an Enum member, and every signal is compared with this one.
_GAP: Final = SignalKind.GAP

SEVERITY_ORDER: Final[Mapping[SignalKind, int]] = {
    kind: place for place, kind in enumerate(SignalKind)
}
"""Rank of each kind, 0 for the gravest."""

BACKGROUND_KINDS: Final = frozenset({SignalKind.HESITATION, SignalKind.REPEAT})
"""Kinds that mean no trouble by themselves."""

ERRORS: Final = frozenset({SignalKind.ERROR, SignalKind.CRASH})
"""Kinds that `is:error` and the key for errors lead to."""

WENT_WRONG: Final = _SEVERE | {SignalKind.STUCK}
"""Kinds that mean that something does not work: the severe ones, and clicks without effect."""


class Signal(NamedTuple):
    """Something that stands out in a session."""

    kind: SignalKind
    at: int
    """Index of the event that carries it: its first event, or the one that ends a silence."""
    events: tuple[int, ...]
    """Indexes of all events it covers, in order."""
    amount: Number | None = None
    """The figure, None without one: the number of clicks; milliseconds of a silence, of a
    hesitation, from a click to its first error or from leaving a page to being back; the status of
    a request; the worst value of a load."""
    is_server: bool = False
    """True if the server found it."""

    @property
    def severity(self) -> Severity:
        """Severity of its kind."""
        return self.kind.severity


@dataclass(frozen=True)
class Signals:
    """All signals of a session, in the order of the events that carry them."""

    found: Sequence[Signal] = ()

    @cached_property
    def _carriers(self) -> Sequence[int]:
        return [signal.at for signal in self.found]

    @cached_property
    def _others_by_event(self) -> Mapping[int, Sequence[Signal]]:
        """The signals of each event that covers but does not carry them."""
        covering: dict[int, list[Signal]] = {}
        for signal in self.found:
            if len(signal.events) > 1:
                for index in events_shown_at(signal):
                    if index != signal.at:
                        covering.setdefault(index, []).append(signal)
        return covering

    def of(self, index: int) -> Sequence[Signal]:
        """Return the signals that cover an event, the gravest first."""
        first = bisect_left(self._carriers, index)
        own = self.found[first : bisect_right(self._carriers, index, first)]
        others = self._others_by_event.get(index, ())
        return sort_by_severity([*own, *others]) if others or len(own) > 1 else own

    def in_range(self, start: int, end: int) -> Sequence[Signal]:
        """Return the signals that the events from `start` to before `end` carry."""
        return self.found[bisect_left(self._carriers, start) : bisect_left(self._carriers, end)]

    def covered(self, *kinds: SignalKind) -> frozenset[int]:
        """Return the indexes of the events that signals of some kinds cover."""
        wanted = frozenset(kinds)
        return frozenset(
            index
            for signal in self.found
            if signal.kind in wanted
            for index in events_shown_at(signal)
        )

    @cached_property
    def counts(self) -> Mapping[SignalKind, int]:
        """Number of signals of each kind, the gravest kind first."""
        counted = Counter(signal.kind for signal in self.found)
        return {kind: counted[kind] for kind in SignalKind if kind in counted}

    @cached_property
    def silences(self) -> Mapping[int, Signal]:
        """The silences by the index of the event that ends them, in order."""
        return {signal.at: signal for signal in self.found if signal.kind is _GAP}


def events_shown_at(signal: Signal) -> tuple[int, ...]:
    """Return the indexes of the events to show a signal at."""
    # A silence shows only at its end: the event before it has nothing to do with it.
    return (signal.at,) if signal.kind is _GAP else signal.events


def sort_by_severity(signals: Iterable[Signal]) -> Sequence[Signal]:
    """Return the signals with the gravest first."""
    return sorted(signals, key=lambda signal: SEVERITY_ORDER[signal.kind])
