"""Snapshot of a view for export, made by the screen and the command line alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from eventview.analysis.analysis import SEVERITY_ORDER, Analysis
from eventview.analysis.signal_kinds import SLOW
from eventview.analysis.signals import Signal
from eventview.errors import EventviewError
from eventview.query.query import NO_QUERY
from eventview.query.vocabulary import KINDS
from eventview.render import rows
from eventview.session.events import Request
from eventview.session.metrics import Number
from eventview.session.source import Replay
from eventview.view.time_display import SINCE_START, TimeDisplay
from eventview.view.view import View
from eventview.view.view_options import RowWindow, describe_options

if TYPE_CHECKING:
    from eventview.redaction.redact import Redacted


def _weight(analysis: Analysis, signal: Signal) -> Number:
    """Return the weight of a finding among those of its kind: clicks, time, share of a bound."""
    event = analysis.session.events[signal.at]
    verdict = analysis.verdict(signal.at) if signal.kind is SLOW else None
    if verdict is not None:
        return verdict.value / (analysis.rules.bands[verdict.metric.key].poor or 1)
    if isinstance(event, Request):
        return event.duration_ms or 0
    return signal.amount or 0 if signal.kind.is_of_clicks else 0


class ExportSnapshot(Struct, frozen=True):
    """A view with its times, marks, replay and command line."""

    view: View
    clock: TimeDisplay = SINCE_START
    """Display of the times."""
    cursor: int | None = None
    """Index of the event that the export is about; None for the whole view."""
    marks: frozenset[int] = frozenset()
    """Indexes of the marked events."""
    replay: Replay | None = None
    replay_failure: EventviewError | None = None
    """Failure to get a replay link, if one was requested."""
    command: Sequence[str] = ()
    """Words of a command line that names the session; () if none can."""
    own_redaction: str = ""
    """Description of the redaction of this export; "" without one."""

    def flat(self) -> ExportSnapshot:
        """Return a snapshot with one row per event, nothing folded or rolled up."""
        options = replace(
            self.view.options, folded=frozenset(), unrolled=frozenset(), are_runs_rolled=False
        )
        if options == self.view.options:
            return self
        return replace(self, view=self.view.through(options))

    def narrow_to_hits(self) -> tuple[ExportSnapshot, str]:
        """Leave out all rows of a find without hits, unless they are marked or around a position.

        Returns:
            The snapshot, and a message if the find has no hits; else "".
        """
        view, window = self.view, self.view.options.window
        if not view.options.find or view.hits or self.marks:
            return self, ""
        is_placed = window is not None and window.at is not None
        searched = view if is_placed else view.through(replace(view.options, window=None))
        message = f"0 of {rows.pluralize(len(searched.shown), 'event')} match"
        if is_placed:
            return self, message
        nothing = view.through(replace(view.options, window=RowWindow(None, 0, 0)))
        return replace(self, view=nothing), message

    @property
    def redaction(self) -> str:
        """Description of the redaction of this export or an earlier one; "" without any."""
        return self.own_redaction or self.view.session.session_ref.redaction

    def replay_at(self, index: int | None) -> str:
        """Return the link to the replay at an event, or from its beginning; "" without one."""
        if self.replay is None:
            return ""
        session = self.view.session
        time = None if index is None else session.events[index].time_ms
        if index is None or time is None or session.start_ms is None or session.is_stray(index):
            return self.replay.url
        return self.replay.at(time, session.start_ms)

    def described(self) -> str:
        """Describe the active filters and marks; "" if there are none.

        A redacted export leaves out the words of its queries, which may name somebody.
        """
        if not self.own_redaction:
            return describe_options(self.view.options, self.view.session)
        options = self.view.options
        bare = replace(options, filter=NO_QUERY, find=NO_QUERY)
        queries = [f"{name}: …" for name in ("filter", "find") if getattr(options, name)]
        words = describe_options(bare, self.view.session)
        return " · ".join(filter(None, [words, *queries]))

    def focus(self) -> int | None:
        """Return the index of the event that the export is about.

        Returns:
            The cursor, else the event of `--at`, else the first hit, else the most severe finding
            shown: by kind, then by weight, then by order. None without any of them.
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
            for row in view.events_with(KINDS["wrong"])
            for signal in view.signals_of(row)
            if signal.kind.is_wrong
        ]
        if not severe:
            return None
        worst, row = min(
            severe,
            key=lambda s: (SEVERITY_ORDER[s[0].kind], -_weight(view.analysis, s[0]), s[0].at),
        )
        # The row may begin with events before the finding.
        return worst.at if view.shows(worst.at) else row

    def prepare_export(
        self,
        *,
        is_redacted: bool,
        ask: Callable[[], Replay] | None,
        redacted: Redacted | None = None,
    ) -> ExportSnapshot:
        """Return the snapshot to export.

        Args:
            is_redacted: replace personal data by placeholders and leave out links and commands.
            ask: returns the replay or raises the reason for its absence; None if none is wanted.
            redacted: the redacted session, if it is known already.
        """
        if is_redacted:
            # Redaction compiles many expressions, which other exports do not need.
            from eventview.redaction.redact import redact_session  # noqa: PLC0415

            redacted = redacted or redact_session(self.view.analysis)
            return replace(
                self,
                view=self.view.over(Analysis(redacted.session, self.view.analysis.rules)),
                replay=None,
                replay_failure=None,
                command=(),
                own_redaction=redacted.words,
            )
        if ask is None:
            return self
        try:
            return replace(self, replay=ask())
        except EventviewError as failure:
            return replace(self, replay_failure=failure)
