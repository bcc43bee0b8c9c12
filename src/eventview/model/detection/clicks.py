"""Clicks on one thing again and again: in rage, or one after another.

May import `eventview.model`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from typing import TYPE_CHECKING, Final

from eventview.model.detection.certainty import slack_ms
from eventview.model.detection.selectors import is_text_field
from eventview.model.events import Click
from eventview.model.signals import Kind, Signal

if TYPE_CHECKING:
    from eventview.model.session import Session


def rage(session: Session) -> Iterator[Signal]:
    """Hammering, by OpenReplay's own rule.

    Its handler looks at the clicks alone, one after another, whatever else happened between them,
    and a click without a label ends a series.
    """
    apart_ms, behind_gaps = session.rules.rage_apart_ms - slack_ms(session), session.behind_gaps
    if apart_ms <= 0:
        # Whole seconds say nothing of it; the server's own issues do.
        return
    series: list[int] = []
    label, latest = "", 0
    for index, event in enumerate(session.events):
        if index in behind_gaps:
            yield from _raged(session, series)
            series = []
        if not isinstance(event, Click):
            continue
        time = event.time_ms
        if series and time is not None and event.label == label and time - latest < apart_ms:
            series.append(index)
            latest = time
            continue
        if len(series) > 1:
            yield from _raged(session, series)
        series = [index] if time is not None and event.label.strip() else []
        label, latest = event.label, time or 0
    yield from _raged(session, series)


def _raged(session: Session, series: Sequence[int]) -> Iterator[Signal]:
    if len(series) >= session.rules.rage_clicks and not _is_usual(session, series[0]):
        yield Signal(Kind.RAGE, series[0], tuple(series), len(series))


def _is_usual(session: Session, index: int) -> bool:
    """Whether fast clicks are how the thing is used: a stepper, paging, a text field."""
    event = session.events[index]
    if not isinstance(event, Click):
        return False
    # Three clicks select a text.
    is_field = is_text_field(event.selector) or event.label in session.field_labels
    return is_field or is_neutral(session, event.label)


_AROUND_WORDS: Final = " .…‹›«»<>→←↑↓▲▼◀▶#"
_STEPPED: Final = frozenset({"increase", "decrease", "increment", "decrement"})


def is_neutral(session: Session, label: str) -> bool:
    """Whether a label is that of a stepper or of paging, arrows around it or not: `Next ›`."""
    named = label.strip().lower()
    bare = named.strip(_AROUND_WORDS)
    neutral = session.rules.neutral_labels
    is_step = named[:1] in "+-−" and named[1:].strip().isdecimal()
    return named in neutral or bare in neutral or is_step or bare.split(" ")[0] in _STEPPED


def repeats(session: Session, raging: Set[int]) -> Iterator[Signal]:
    """Runs of clicks on one label, but for those with a click that is part of a rage."""
    for run in session.runs:
        places = range(run.start, run.end)
        clicks = tuple(places)
        if len(clicks) > run.clicks:
            clicks = tuple(index for index in places if isinstance(session.events[index], Click))
        if raging.isdisjoint(clicks):
            yield Signal(Kind.REPEAT, run.start, clicks, run.clicks)
