"""Detector of silences: time spans without events."""

from __future__ import annotations

from collections.abc import Iterator

from eventview.analysis.detectors.certainty import slack_ms
from eventview.analysis.rules import Rules
from eventview.analysis.signals import Signal, SignalKind
from eventview.session.events import Performance
from eventview.session.session import Session


def find_silences(session: Session, rules: Rules) -> Iterator[Signal]:
    """Find a silence before each event that came late after the one before it."""
    least_ms = rules.silence_ms + slack_ms(session)
    for index, delta_ms in enumerate(session.deltas_ms):
        if delta_ms is None or delta_ms < least_ms:
            continue
        # A page samples its performance even if nobody is there.
        if not isinstance(session.events[index], Performance):
            before = range(index - 1, -1, -1)
            last = next(i for i in before if not isinstance(session.events[i], Performance))
            yield Signal(SignalKind.GAP, index, (last, index), delta_ms)
