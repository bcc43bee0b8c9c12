"""A session with its signals, computed once, and the builder of both."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from operator import attrgetter

from msgspec import Struct
from msgspec.structs import replace

from eventview.analysis.detectors.behaviour import (
    find_back_and_forth,
    find_hesitations,
    find_silences,
)
from eventview.analysis.detectors.clicks import (
    find_rage_clicks,
    find_repeated_clicks,
    find_stuck_clicks,
)
from eventview.analysis.detectors.failures import find_failures, find_issues
from eventview.analysis.measured_session import MeasuredSession
from eventview.analysis.rules import RULES, Rules
from eventview.analysis.signal_kinds import GAP, SIGNAL_KINDS
from eventview.analysis.signals import Signal, SignalKind
from eventview.progress import begin_step
from eventview.session.events import Event
from eventview.session.session import Session
from eventview.session.source import Batch, SessionRef
from eventview.session.text_blocks import TextBlocks

SEVERITY_ORDER: Mapping[SignalKind, int] = {kind: place for place, kind in enumerate(SIGNAL_KINDS)}
"""Rank of each kind, 0 for the gravest."""

DETECTORS: Sequence[Callable[[MeasuredSession, list[Signal]], Iterable[Signal]]] = (
    find_failures,
    find_hesitations,
    find_rage_clicks,
    find_back_and_forth,
    find_silences,
    find_issues,
    find_stuck_clicks,
    find_repeated_clicks,
)
"""Functions that find signals, in the order of their calls; each gets those found before."""


class Signals(Struct, frozen=True, dict=True):
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
        return count_kinds(self.found)

    @cached_property
    def silences(self) -> Mapping[int, Signal]:
        """The silences by the index of the event that ends them, in order."""
        return {signal.at: signal for signal in self.found if signal.kind is GAP}


def events_shown_at(signal: Signal) -> tuple[int, ...]:
    """Return the indexes of the events to show a signal at."""
    # A silence shows only at its end: the event before it has nothing to do with it.
    return (signal.at,) if signal.kind is GAP else signal.events


def sort_by_severity(signals: Iterable[Signal]) -> Sequence[Signal]:
    """Return the signals with the gravest first."""
    return sorted(signals, key=lambda signal: SEVERITY_ORDER[signal.kind])


def count_kinds(signals: Iterable[Signal]) -> dict[SignalKind, int]:
    """Return the number of signals of each kind, the gravest kind first."""
    counted = Counter(signal.kind for signal in signals)
    return {kind: counted[kind] for kind in SIGNAL_KINDS if kind in counted}


class Analysis(MeasuredSession, frozen=True, dict=True):
    """A session under rules, with its signals and the verdicts on its page loads.

    Only certain signals count: a false alarm costs more trust than a missing signal. Where times
    are whole seconds, a time span counts as the longest or the shortest that it may have been,
    whichever makes no signal.
    """

    @cached_property
    def signals(self) -> Signals:
        """All signals of the session, in order."""
        found: list[Signal] = []
        number, steps = len(self.session.events), len(DETECTORS)
        for step, detect in enumerate(DETECTORS, start=1):
            begin_step(f"analysing {number:,} events, step {step} of {steps}")
            # A detector must not meet its own signals in `found`.
            found += list(detect(self, found))
        found.sort(key=attrgetter("at"))
        return Signals(found)

    def prepare(self) -> None:
        """Compute now what takes longer the more events there are, for any row to be shown."""
        session, signals = self.session, self.signals
        _ = session.type_counts, session.visit_number(0), session.step_ms(0)
        _ = session.first_index_from(0), session.is_order_inferred(0), signals.counts, signals.of(0)
        if session.events:
            _ = self.clicks_like(0), self.repeated_vitals(0)


class SessionBuilder:
    """A session as far as its source has sent it.

    Args:
        session_ref: project and number of the session.
        rules: thresholds of the analysis.
    """

    def __init__(self, session_ref: SessionRef, rules: Rules = RULES) -> None:
        self.session_ref = session_ref
        """Project and number of the session, as far as known."""
        self._rules = rules
        self._events: list[Event] = []
        self._latest = Batch(())
        self._changes = 0
        self._made: tuple[int, Analysis] | None = None
        self._texts = TextBlocks()

    def take(self, batch: Batch) -> None:
        """Add a batch, or start over with it."""
        self._changes += 1
        if batch.starts_over:
            self._events = []
        self._events.extend(batch.events)
        self._latest = batch
        if batch.session_ref is not None:
            self.session_ref = batch.session_ref

    def finish(self) -> None:
        """Drop the gaps, because the source has sent all events and none can fill them."""
        if self._latest.gaps:
            self._latest = self._latest._replace(gaps=())
            self._changes += 1

    @property
    def total(self) -> int | None:
        """Number of events according to the source; None while unknown."""
        return self._latest.total

    def __len__(self) -> int:
        return len(self._events)

    def analysis(self) -> Analysis:
        """Return the analysis of all events so far; the same object until more come."""
        return self.analysis_maker()()

    def analysis_maker(self) -> Callable[[], Analysis]:
        """Return a function for any thread that returns the analysis of all events so far."""
        changes, made = self._changes, self._made
        if made is not None and made[0] == changes:
            return lambda: made[1]
        session_ref, rules, latest = self.session_ref, self._rules, self._latest
        events, number = self._events, len(self._events)

        def make() -> Analysis:
            begin_step(f"ordering {number:,} events")
            session = Session.of(
                session_ref,
                # Here, because the copy of a large list would hold up the thread that asks.
                events[:number],
                latest.total,
                latest.resolution_ms,
                sorted((*latest.gaps, *latest.lost)),
                is_ordered=latest.is_ordered,
            )
            session = replace(
                session,
                partial_export=latest.partial_export,
                doubled=latest.doubled,
                reread=latest.reread,
                known_texts=self._texts,
            )
            # More batches may have come meanwhile, so the number of changes is that of the start.
            self._made = (changes, analysis := Analysis(session, rules))
            return analysis

        return make
