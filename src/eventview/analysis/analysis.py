"""A session with its signals and load verdicts, each computed once, when first needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from operator import attrgetter

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
from eventview.analysis.loads import Verdict, find_repeated_vitals, find_verdict
from eventview.analysis.rules import RULES, Rules
from eventview.analysis.signals import SignalKind, Signals
from eventview.session.events import Click, Location
from eventview.session.metrics import NOT_MEASURED, LoadMetrics
from eventview.session.session import Run, Session


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
                repeated = find_repeated_vitals(before, load)
                if repeated:
                    found[visit.start] = repeated
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
        return replace(load, **dict.fromkeys(repeated)) if repeated else load

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
