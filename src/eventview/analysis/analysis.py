"""A session with its signals and load verdicts, each computed once, and the builder of both."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from operator import attrgetter

from msgspec import structs

from eventview.analysis.detectors.behaviour import (
    find_back_and_forth,
    find_hesitations,
    find_silences,
)
from eventview.analysis.detectors.clicks import (
    find_click_runs,
    find_rage_clicks,
    find_repeated_clicks,
    find_run,
    find_stuck_clicks,
)
from eventview.analysis.detectors.failures import add_issues, find_in_single_events
from eventview.analysis.load_verdicts import Verdict, find_repeated_vitals, find_verdict
from eventview.analysis.rules import RULES, Rules
from eventview.analysis.signals import SignalKind, Signals
from eventview.session.events import Click, Event, Location
from eventview.session.metrics import NOT_MEASURED, LoadMetrics
from eventview.session.session import Run, Session
from eventview.session.source import Batch, SessionRef


@dataclass(frozen=True)
class Analysis:
    """A session under rules, with its signals and the verdicts on its page loads.

    Only certain signals count: a false alarm costs more trust than a missing signal. Where times
    are whole seconds, a time span counts as the longest or the shortest that it may have been,
    whichever makes no signal.
    """

    session: Session
    rules: Rules = RULES

    @cached_property
    def signals(self) -> Signals:
        """All signals of the session, in order."""
        session, rules, runs = self.session, self.rules, self._runs
        found = [
            *find_in_single_events(session, rules, self.verdict),
            *find_hesitations(session, rules),
            *find_rage_clicks(session, rules, runs),
            *find_back_and_forth(session, rules),
            *find_silences(session, rules),
        ]
        add_issues(session, rules, found)
        reported = {index for s in found if s.kind is SignalKind.RAGE for index in s.events}
        found.extend(without_effect := list(find_stuck_clicks(session, rules, runs, reported)))
        reported.update(index for s in without_effect for index in s.events)
        found.extend(find_repeated_clicks(session, rules, runs, reported))
        found.sort(key=attrgetter("at"))
        return Signals(found)

    @cached_property
    def _runs(self) -> Sequence[Run]:
        """The runs of two clicks or more."""
        return find_click_runs(self.session, self.rules)

    @cached_property
    def runs(self) -> Sequence[Run]:
        """The runs of at least `Rules.repeated_clicks` on one thing, in order."""
        return [run for run in self._runs if run.clicks >= self.rules.repeated_clicks]

    def run(self, index: int) -> Run | None:
        """Return the run of two clicks or more that a click is in; None if it is in none."""
        return (
            find_run(self._runs, index) if isinstance(self.session.events[index], Click) else None
        )

    @cached_property
    def _repeated_vitals(self) -> Mapping[int, frozenset[str]]:
        found: dict[int, frozenset[str]] = {}
        before = NOT_MEASURED
        for visit in self.session.visits:
            load = self._load(visit.start)
            if load is not NOT_MEASURED:
                found[visit.start] = find_repeated_vitals(before, load)
                before = load
        return found

    def repeated_vitals(self, index: int) -> frozenset[str]:
        """Return the fields of a LOCATION's load that may come from the page before."""
        return self._repeated_vitals.get(index, frozenset())

    def own_load(self, index: int) -> LoadMetrics:
        """Return the load of a LOCATION without fields that may come from the page before.

        Raises:
            TypeError: the event is not a LOCATION.
        """
        load, repeated = self._load(index), self.repeated_vitals(index)
        return structs.replace(load, **dict.fromkeys(repeated)) if repeated else load

    def _load(self, index: int) -> LoadMetrics:
        event = self.session.events[index]
        if not isinstance(event, Location):
            raise TypeError(f"event {index} is not a LOCATION")
        return event.load

    @cached_property
    def _verdicts(self) -> Mapping[int, Verdict | None]:
        session, bands = self.session, self.rules.bands
        starts = [visit.start for visit in session.visits]
        pages = [*starts, *(i for i in session.strays if isinstance(session.events[i], Location))]
        return {index: find_verdict(self.own_load(index), bands) for index in pages}

    def verdict(self, index: int) -> Verdict | None:
        """Return the worst rated metric of a LOCATION's load, without those of the page before.

        None for any other event, for a route change, and for a load without such metrics.
        """
        return self._verdicts.get(index)


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
        events = tuple(self._events)

        def make() -> Analysis:
            session = Session.of(
                session_ref,
                events,
                latest.total,
                latest.resolution_ms,
                sorted((*latest.gaps, *latest.lost)),
                is_ordered=latest.is_ordered,
            )
            session = replace(session, partial_export=latest.partial_export, doubled=latest.doubled)
            # More batches may have come meanwhile, so the number of changes is that of the start.
            self._made = (changes, analysis := Analysis(session, rules))
            return analysis

        return make
