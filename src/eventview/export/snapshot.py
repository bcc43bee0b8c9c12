"""What is handed over of a session: the view that the screen has, and what goes with it.

The screen and the command line make one, every output writes one: what is seen is what is handed
over.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from eventview.analysis.analysis import Analysis
from eventview.analysis.signals import SEVERITY_ORDER, WENT_WRONG, Signal, SignalKind
from eventview.errors import EventviewError
from eventview.query.query import NO_QUERY
from eventview.render import rows
from eventview.session.events import Request
from eventview.session.source import Replay
from eventview.session.values import Number
from eventview.view import filters
from eventview.view.time_display import SINCE_START, TimeDisplay
from eventview.view.view import View
from eventview.view.view_options import RowWindow

if TYPE_CHECKING:
    from eventview.redaction.redact import Redacted


def _weight(analysis: Analysis, signal: Signal) -> Number:
    """Return how bad a finding is among those of its kind: clicks, time, share of a bound."""
    event = analysis.session.events[signal.at]
    judged = analysis.verdict(signal.at) if signal.kind is SignalKind.SLOW else None
    if judged is not None:
        return judged.value / (analysis.rules.bands[judged.metric.key].poor or 1)
    if isinstance(event, Request):
        return event.duration_ms or 0
    return signal.amount or 0 if signal.kind in {SignalKind.RAGE, SignalKind.STUCK} else 0


@dataclass(frozen=True)
class ExportSnapshot:
    """A view, and what goes with it."""

    view: View
    clock: TimeDisplay = SINCE_START
    """How the times are told."""
    cursor: int | None = None
    """Index of the event it is about; None for the whole view."""
    marks: frozenset[int] = frozenset()
    """Indexes of the events that the user marked."""
    replay: Replay | None = None
    no_replay: EventviewError | None = None
    """Why there is no replay link, where one was asked for."""
    command: Sequence[str] = ()
    """The words of a command line that names the session; () where none can."""
    redacted_now: str = ""
    """What has been replaced by stand-ins, and what was not looked for; "" where nothing was."""

    def flat(self) -> ExportSnapshot:
        """The same with a row for each event: things are folded and rolled up on a screen only."""
        options = replace(self.view.options, folded=frozenset(), unrolled=frozenset())
        options = replace(options, are_runs_rolled=False)
        return (
            self if options == self.view.options else replace(self, view=self.view.through(options))
        )

    def of_hits(self) -> tuple[ExportSnapshot, str]:
        """Leave out the rows of a find without hits, unless they are marked or around a moment.

        Returns:
            It, and how many events match, in words; "" where the find has hits or there is none.
        """
        view, window = self.view, self.view.options.window
        if not view.options.find or view.hits or self.marks:
            return self, ""
        is_placed = window is not None and window.at is not None
        searched = view if is_placed else view.through(replace(view.options, window=None))
        said = f"0 of {rows.plural(len(searched.shown), 'event')} match"
        if is_placed:
            return self, said
        nothing = view.through(replace(view.options, window=RowWindow(None, 0, 0)))
        return replace(self, view=nothing), said

    @property
    def redaction(self) -> str:
        """The same, also of a session that was redacted when it was exported."""
        return self.redacted_now or self.view.session.session_ref.redaction

    def replay_at(self, index: int | None) -> str:
        """The link to the replay at an event, or from its beginning; "" without one."""
        if self.replay is None:
            return ""
        session = self.view.session
        time = None if index is None else session.events[index].time_ms
        if index is None or time is None or session.start_ms is None or session.is_stray(index):
            return self.replay.url
        return self.replay.at(time, session.start_ms)

    def described(self) -> str:
        """What is hidden and marked, in words; "" where nothing is.

        Without what was looked for, where that may name somebody.
        """
        if not self.redacted_now:
            return filters.described(self.view)
        options = self.view.options
        bare = replace(options, filter=NO_QUERY, find=NO_QUERY)
        looked_for = [name for name in ("filter", "find") if getattr(options, name)]
        words = [filters.described(self.view.through(bare)), *(f"{n}: …" for n in looked_for)]
        return " · ".join(part for part in words if part)

    def focus(self) -> int | None:
        """Return what it is about: the cursor, else a moment or the first hit that was asked for.

        Else the worst that went wrong among what is shown: by kind, of one kind by how much of it
        there was, of equals the first. None where nothing did.
        """
        view = self.view
        if self.cursor is not None:
            return self.cursor
        if view.about is not None:
            return view.about
        if view.hits:
            return view.hits[0]
        severe = [
            (signal, row)
            for row in view.events_with(WENT_WRONG)
            for signal in view.signals_of(row)
            if signal.kind in WENT_WRONG
        ]
        if not severe:
            return None
        worst, row = min(
            severe,
            key=lambda s: (SEVERITY_ORDER[s[0].kind], -_weight(view.analysis, s[0]), s[0].at),
        )
        # A row may stand for events before those that went wrong.
        return worst.at if view.shows(worst.at) else row

    def prepared(
        self, *, is_redacted: bool, ask: Callable[[], Replay] | None, told: Redacted | None = None
    ) -> ExportSnapshot:
        """The same, ready to be written.

        Args:
            is_redacted: whether with stand-ins for who and where, and without what leads there.
            ask: gives the replay, or raises why there is none; None where none is wanted.
            told: the session with stand-ins, where that is at hand.
        """
        if is_redacted:
            return self._redacted(told)
        if ask is None:
            return self
        try:
            return replace(self, replay=ask())
        except EventviewError as failure:
            return replace(self, no_replay=failure)

    def _redacted(self, told: Redacted | None) -> ExportSnapshot:
        # Here, because it is rarely asked for.
        from eventview.redaction.redact import redacted

        told = told or redacted(self.view.analysis)
        return replace(
            self,
            view=self.view.over(Analysis(told.session, self.view.analysis.rules)),
            replay=None,
            no_replay=None,
            command=(),
            redacted_now=told.words,
        )
