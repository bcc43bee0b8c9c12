"""The builder of a session while its batches come in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from eventview.analysis.analysis import Analysis
from eventview.analysis.rules import RULES, Rules
from eventview.session.events import Event
from eventview.session.session import Session
from eventview.session.source import Batch, Gap, PartialExport, SessionRef


class SessionBuilder:
    """A session as far as its source has sent it.

    Args:
        session_ref: project and number of the session.
        rules: thresholds of the analysis.
    """

    def __init__(self, session_ref: SessionRef, rules: Rules = RULES) -> None:
        self._session_ref, self._rules = session_ref, rules
        self._events: list[Event] = []
        self._total: int | None = None
        self._resolution_ms = 1
        self._gaps: Sequence[Gap] = ()
        self._lost: Sequence[Gap] = ()
        self._partial_export: PartialExport | None = None
        self._doubled, self._is_ordered = 0, False
        self._state = 0
        self._latest: tuple[int, Analysis] | None = None

    def take(self, batch: Batch) -> None:
        """Add a batch, or start over with it."""
        self._state += 1
        if batch.starts_over:
            self._events = []
        self._events.extend(batch.events)
        self._total, self._resolution_ms = batch.total, batch.resolution_ms
        self._gaps, self._lost, self._partial_export = batch.gaps, batch.lost, batch.partial_export
        self._doubled, self._is_ordered = batch.doubled, batch.is_ordered
        if batch.session_ref is not None:
            self._session_ref = batch.session_ref

    def finish(self) -> None:
        """Drop the gaps, because the source has sent all events and none can fill them."""
        if self._gaps:
            self._gaps = ()
            self._state += 1

    @property
    def total(self) -> int | None:
        """Number of events according to the source; None while unknown."""
        return self._total

    def __len__(self) -> int:
        return len(self._events)

    @property
    def session_ref(self) -> SessionRef:
        """Project and number of the session, as far as known."""
        return self._session_ref

    def analysis(self) -> Analysis:
        """Return the analysis of all events so far; the same object until more come."""
        return self.analysis_maker()()

    def analysis_maker(self) -> Callable[[], Analysis]:
        """Return a function for any thread that returns the analysis of all events so far."""
        state, latest = self._state, self._latest
        if latest is not None and latest[0] == state:
            return lambda: latest[1]
        order = partial(
            Session.of,
            self._session_ref,
            tuple(self._events),
            self._total,
            self._resolution_ms,
            sorted((*self._gaps, *self._lost)),
            is_ordered=self._is_ordered,
        )
        rules, partial_export, doubled = self._rules, self._partial_export, self._doubled

        def make() -> Analysis:
            session = replace(order(), partial_export=partial_export, doubled=doubled)
            # More batches may have come meanwhile, so the state is the one at the start.
            self._latest = (state, analysis := Analysis(session, rules))
            return analysis

        return make
