"""A session as it comes in: batches in, sessions out."""

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
    """The events that a source has given so far.

    Args:
        session_ref: what the session is called.
        rules: by which it is read.
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
        self._made: tuple[int, Analysis] | None = None

    def take(self, batch: Batch) -> None:
        """Add a batch, or begin anew with it."""
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
        """Nothing more is to come, and nothing failed: where nothing came, there was nothing."""
        if self._gaps:
            self._gaps = ()
            self._state += 1

    @property
    def total(self) -> int | None:
        """How many the source said there are; None while it has not."""
        return self._total

    def __len__(self) -> int:
        return len(self._events)

    @property
    def session_ref(self) -> SessionRef:
        """What the session is called, as far as is known."""
        return self._session_ref

    def analysis(self) -> Analysis:
        """All of it, in order; the same until more comes, with all that was found out about it."""
        return self.making()()

    def making(self) -> Callable[[], Analysis]:
        """Return what makes `analysis` of all that has come until now, in any thread."""
        state, made = self._state, self._made
        if made is not None and made[0] == state:
            return lambda: made[1]
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
            # With what it was made of: more may have come meanwhile.
            self._made = (state, analysis := Analysis(session, rules))
            return analysis

        return make
