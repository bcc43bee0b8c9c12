"""A session measured by rules: its runs of clicks and the verdicts on its page loads."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property
from operator import attrgetter
from typing import Final, NamedTuple

from msgspec import Struct, structs

from eventview.analysis.load_verdicts import Verdict, find_repeated_vitals, find_verdict
from eventview.analysis.rules import RULES, Rules
from eventview.session.event_text import identify_target
from eventview.session.events import Click, Input, Location, Performance
from eventview.session.folding import fold_label
from eventview.session.metrics import NOT_MEASURED, Band, LoadMetrics, Metric, is_page_load
from eventview.session.session import Session


class Run(NamedTuple):
    """Clicks on one label, or on one selector without a label, with only samples between them."""

    start: int
    end: int
    """Index after the last click."""
    clicks: int


class MeasuredSession(Struct, frozen=True, dict=True):
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
        return find_run(self._runs, index) if type(self.session.events[index]) is Click else None

    @cached_property
    def _clicks_by_target(self) -> Mapping[tuple[str, str], Sequence[int]]:
        found: defaultdict[tuple[str, str], array[int]] = defaultdict(lambda: array("q"))
        for index, click in self.session.events_of(Click):
            found[identify_target(click)].append(index)
        found.pop(_NO_TARGET, None)
        return found

    def clicks_like(self, index: int) -> Sequence[int]:
        """Return the indexes of all clicks on the target of a click with one; else none."""
        event = self.session.events[index]
        target = identify_target(event) if isinstance(event, Click) else _NO_TARGET
        return self._clicks_by_target.get(target, ())

    @cached_property
    def field_labels(self) -> frozenset[str]:
        """The labels, as seen, of all fields with an input."""
        inputs = self.session.events_of(Input)
        return frozenset(fold_label(event.label) for _, event in inputs) - {""}

    @cached_property
    def _repeated_vitals(self) -> Mapping[int, frozenset[str]]:
        found: dict[int, frozenset[str]] = {}
        before = NOT_MEASURED
        for visit in self.session.visits:
            load = self._load(visit.start)
            if load is not NOT_MEASURED:
                if repeated := find_repeated_vitals(before, load):
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

    def verdict(self, index: int) -> Verdict | None:
        """Return the worst rated metric of a LOCATION's load, without those of the page before.

        None for any other event, for a route change, and for a load without such metrics.
        """
        event = self.session.events[index]
        is_timed = index in self.session.credible or event.time_ms is not None
        is_page = type(event) is Location and is_timed
        return find_verdict(self.own_load(index), self.rules.bands) if is_page else None


_NO_TARGET: Final = "", ""


def _find_runs(session: Session, rules: Rules) -> Sequence[Run]:
    """Return the runs of two clicks and more on one thing, which a silence or an event ends."""
    found: list[Run] = []
    start, end, count, latest = 0, 0, 0, _NO_TARGET
    events = session.events
    borders = session.behind_gaps | session.behind_strays
    for index, click in session.events_of(Click):
        target = identify_target(click)
        if target == latest:
            delta_ms, between = session.delta_ms(index), range(end, index)
            is_soon = delta_ms is None or delta_ms < rules.silence_ms
            is_next = all(type(events[i]) is Performance and i not in borders for i in between)
            if is_soon and is_next and index not in borders:
                end, count = index + 1, count + 1
                continue
        if count > 1 and any(latest):
            found.append(Run(start, end, count))
        start, end, count, latest = index, index + 1, 1, target
    if count > 1 and any(latest):
        found.append(Run(start, end, count))
    return found


def find_run(runs: Sequence[Run], index: int) -> Run | None:
    """Return the one of some runs, in order, that an event is in; None if it is in none."""
    place = bisect_right(runs, index, key=attrgetter("start")) - 1
    return runs[place] if place >= 0 and index < runs[place].end else None
