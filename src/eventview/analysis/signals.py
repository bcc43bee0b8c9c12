"""What is striking in a session: where somebody hammered, waited, failed, or ran into an error.

The values and nothing else: `eventview.analysis.detectors` finds them, their words are in
`eventview.analysis.descriptions`.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Final, NamedTuple

from eventview.session.values import Number


class Severity(Enum):
    """How much a signal says that something went wrong."""

    SEVERE = "severe"
    NOTABLE = "notable"
    NEUTRAL = "neutral"
    """Worth seeing at a glance, and nothing wrong."""


class SignalKind(Enum):
    """The kinds of signal, the gravest first; the value is what `is:` calls them.

    `STUCK` stands among the severe kinds, though it is notable only: in some releases the server
    does not tell the requests and errors that would show an effect.
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

    # By identity, which is what tells members apart: Enum's own, in Python, is called once for each
    # of some 70,000 signals wherever they are counted or looked up by kind.
    __hash__ = object.__hash__

    @property
    def severity(self) -> Severity:
        """How much this kind says that something went wrong."""
        if self is SignalKind.REPEAT:
            return Severity.NEUTRAL
        return Severity.SEVERE if self in _SEVERE else Severity.NOTABLE


_SEVERE: Final = frozenset(
    {
        SignalKind.CRASH, SignalKind.ERROR, SignalKind.ERROR_CLICK, SignalKind.RAGE,
        SignalKind.FAILED, SignalKind.INCIDENT, SignalKind.SLOW,
    }
)  # fmt: skip

# By a name of its own: Python takes long to look up a member, and every signal is compared with it.
_GAP: Final = SignalKind.GAP

SEVERITY_ORDER: Final[Mapping[SignalKind, int]] = {
    kind: place for place, kind in enumerate(SignalKind)
}
"""Where each kind comes among them, the gravest at 0."""

BACKGROUND_KINDS: Final = frozenset({SignalKind.HESITATION, SignalKind.REPEAT})
"""Kinds that are no trouble by themselves."""

ERRORS: Final = frozenset({SignalKind.ERROR, SignalKind.CRASH})
"""Kinds that `is:error` and the key for errors lead to."""

WENT_WRONG: Final = _SEVERE | {SignalKind.STUCK}
"""Kinds that say that something does not work: the severe ones, and clicks without effect."""


class Signal(NamedTuple):
    """Something striking."""

    kind: SignalKind
    at: int
    """Index of the event that carries it: the first it is about, or the one that ends a
    silence."""
    events: tuple[int, ...]
    """Indexes of all events it covers, in order."""
    amount: Number | None = None
    """The figure: clicks of a rage, without effect or of a run; milliseconds of a silence, of a
    hesitation, from a click to the first of its errors or from leaving a page to being back; the
    status of a request; the figure of a load that says most. None where there is no figure."""
    is_server: bool = False
    """Found by the server rather than here."""

    @property
    def severity(self) -> Severity:
        """How much it says that something went wrong."""
        return self.kind.severity


@dataclass(frozen=True)
class Signals:
    """All signals of a session, in the order of the events that carry them."""

    found: Sequence[Signal] = ()

    @cached_property
    def _places(self) -> Sequence[int]:
        return [signal.at for signal in self.found]

    @cached_property
    def _further(self) -> Mapping[int, Sequence[Signal]]:
        """The signals that cover an event without being carried by it."""
        covering: dict[int, list[Signal]] = {}
        for signal in self.found:
            if len(signal.events) > 1:
                for index in about(signal):
                    if index != signal.at:
                        covering.setdefault(index, []).append(signal)
        return covering

    def of(self, index: int) -> Sequence[Signal]:
        """The signals that cover an event, the gravest first."""
        first = bisect_left(self._places, index)
        carried = self.found[first : bisect_right(self._places, index, first)]
        further = self._further.get(index)
        if not further and len(carried) < 2:
            return carried
        return by_gravity([*carried, *(further or ())])

    def carried(self, start: int, end: int) -> Sequence[Signal]:
        """The signals that events from one index to before another carry."""
        return self.found[bisect_left(self._places, start) : bisect_left(self._places, end)]

    def covered(self, *kinds: SignalKind) -> frozenset[int]:
        """Indexes of the events that signals of some kinds cover."""
        wanted = frozenset(kinds)
        return frozenset(
            index for signal in self.found if signal.kind in wanted for index in about(signal)
        )

    @cached_property
    def counts(self) -> Mapping[SignalKind, int]:
        """How many there are of each kind, the gravest kind first."""
        counted = Counter(signal.kind for signal in self.found)
        return {kind: counted[kind] for kind in SignalKind if kind in counted}

    @cached_property
    def silences(self) -> Mapping[int, Signal]:
        """The silences by the index of the event that ends them, in order."""
        return {signal.at: signal for signal in self.found if signal.kind is _GAP}


def about(signal: Signal) -> tuple[int, ...]:
    """Indexes of the events that a signal is seen at."""
    # What ends a silence did not begin it.
    return (signal.at,) if signal.kind is _GAP else signal.events


def by_gravity(signals: Iterable[Signal]) -> Sequence[Signal]:
    """Signals with the gravest first."""
    return sorted(signals, key=lambda signal: SEVERITY_ORDER[signal.kind])
