"""A session measured by rules: its runs of clicks and the verdicts on its page loads."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter

from msgspec import structs

from eventview.analysis.load_verdicts import Verdict, find_repeated_vitals, find_verdict
from eventview.analysis.rules import RULES, Rules
from eventview.session.event_text import identify_target
from eventview.session.events import Click, Location, Performance
from eventview.session.metrics import NOT_MEASURED, Band, LoadMetrics, Metric, is_page_load
from eventview.session.session import Run, Session


@dataclass(frozen=True)
class MeasuredSession:
    """A session under rules, as detectors and the words of signals need it."""

    session: Session
    rules: Rules = RULES

    @cached_property
    def _runs(self) -> Sequence[Run]:
        """The runs of two clicks or more."""
        return _find_runs(self.session, self.rules)

    @cached_property
    def runs(self) -> Sequence[Run]:
        """The runs of at least `Rules.repeated_clicks` on one thing, in order."""
        return [run for run in self._runs if run.clicks >= self.rules.repeated_clicks]

    def run(self, index: int) -> Run | None:
        """Return the run of two clicks or more that a click is in; None if it is in none."""
        if type(self.session.events[index]) is not Click:
            return None
        place = bisect_right(self._runs, index, key=attrgetter("start")) - 1
        run = self._runs[place] if place >= 0 else None
        return run if run is not None and index < run.end else None

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

    def band(self, index: int, metric: Metric) -> Band | None:
        """Return the band to rate a metric of a LOCATION's load by.

        None without one, for a route change, and for a value that may be of the page before.
        """
        is_own = metric.field not in self.repeated_vitals(index)
        may_rate = is_own and is_page_load(self._load(index))
        return self.rules.bands.get(metric.key) if may_rate else None

    def _load(self, index: int) -> LoadMetrics:
        event = self.session.events[index]
        if type(event) is not Location:
            raise TypeError(f"event {index} is not a LOCATION")
        return event.load

    @cached_property
    def _verdicts(self) -> Mapping[int, Verdict | None]:
        session, bands = self.session, self.rules.bands
        starts = [visit.start for visit in session.visits]
        pages = [*starts, *(i for i in session.strays if type(session.events[i]) is Location)]
        return {index: find_verdict(self.own_load(index), bands) for index in pages}

    def verdict(self, index: int) -> Verdict | None:
        """Return the worst rated metric of a LOCATION's load, without those of the page before.

        None for any other event, for a route change, and for a load without such metrics.
        """
        return self._verdicts.get(index)


def _find_runs(session: Session, rules: Rules) -> Sequence[Run]:
    """Return the runs of two clicks and more on one thing, which a silence or an event ends."""
    found: list[Run] = []
    start, end, count, latest = 0, 0, 0, ("", "")
    borders = session.behind_gaps | session.behind_strays
    # None at the end closes the last run.
    places = zip([*session.events, None], [*session.deltas_ms, None], strict=True)
    for index, (event, delta_ms) in enumerate(places):
        target = "", ""
        if type(event) is Click:
            target = identify_target(event)
            goes_on = target == latest and (delta_ms is None or delta_ms < rules.silence_ms)
            if goes_on and index not in borders:
                end, count = index + 1, count + 1
                continue
        elif type(event) is Performance and index not in borders:
            continue
        if count > 1 and any(latest):
            found.append(Run(start, end, count))
        start, end, count, latest = index, index + 1, 1, target
    return found
