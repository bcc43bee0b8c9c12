"""Steps to reproduce: the person's actions and their outcomes, in plain words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from eventview.analysis.analysis import Analysis
from eventview.analysis.titles import describe_target
from eventview.session import timefmt
from eventview.session.event_text import describe_event, url_of
from eventview.session.events import (
    Click,
    Crash,
    Error,
    Event,
    Input,
    Location,
    Request,
    Swipe,
    Tap,
)
from eventview.session.folding import decode_address
from eventview.session.text import Inline, shorten_user_text
from eventview.session.urls import add_scheme


class ReproductionStep(NamedTuple):
    """An action or its outcome."""

    at: int
    """Index of its event, or of the first of several."""
    words: Inline


def find_steps(analysis: Analysis, first: int, last: int) -> Sequence[ReproductionStep]:
    """Return the actions and outcomes from one event to another, both included.

    Performance samples, successful requests, the server's issues and custom events are not
    steps; a run of clicks is one step.
    """
    steps: list[ReproductionStep] = []
    index, acted = first, False
    while index <= last:
        event = analysis.session.events[index]
        start, index = index, index + 1
        number, run = 1, analysis.run(start) if isinstance(event, Click) else None
        if run is not None and run.start == start and run.end - 1 <= last:
            number, index = run.clicks, run.end
        words = _describe_action(analysis, event, number, acted=acted)
        if words:
            pause = () if start == first else _describe_pause(analysis, start)
            steps.append(ReproductionStep(start, (*words, *pause, ".")))
            acted = isinstance(event, Click | Tap | Input | Swipe)
    return [*steps, *_find_simultaneous_clicks(analysis, last)]


def _find_simultaneous_clicks(analysis: Analysis, last: int) -> Iterator[ReproductionStep]:
    """Yield the clicks in the same second as an error that may have come before it."""
    session = analysis.session
    error = session.events[last]
    if not isinstance(error, Error):
        return
    found: dict[Inline, list[int]] = {}
    for index in range(last + 1, len(session.events)):
        event = session.events[index]
        if event.time_ms != error.time_ms:
            break
        if isinstance(event, Click | Tap) and not session.is_order_known(last, index):
            words = _describe_action(analysis, event, 1, acted=True)
            found.setdefault(words, []).append(index)
    for words, indexes in found.items():
        repeated = f" {len(indexes)} times" if len(indexes) > 1 else ""
        end = f"{repeated}, in the same second, before or after that."
        yield ReproductionStep(indexes[0], (*words, end))


def _describe_pause(analysis: Analysis, index: int) -> Inline:
    silence = analysis.signals.silences.get(index)
    if silence is None:
        return ()
    span = timefmt.format_span(round(silence.amount or 0), analysis.session.resolution_ms)
    return (f", {span} later",)


def _describe_action(analysis: Analysis, event: Event, number: int, *, acted: bool) -> Inline:
    repeated = f" {number} times" if number > 1 else ""
    match event:
        case Location():
            address = add_scheme(url_of(event) or describe_event(event), event.host)
            return (
                (shorten_user_text(describe_event(event)), " opens")
                if acted
                else ("Open ", shorten_user_text(address))
            )
        case Click():
            return ("Click ", *describe_target(event), repeated)
        case Tap():
            return ("Tap ", *describe_target(event), repeated)
        case Swipe():
            return ("Swipe ", shorten_user_text(describe_event(event)))
        case Input():
            label = event.label.strip()
            field = ("“", shorten_user_text(label), "”") if label else ("a field without a label",)
            return ("Enter something into ", *field)
        case _:
            return _describe_outcome(event, analysis.rules.failed_status)


def _describe_outcome(event: Event, failed_status: int) -> Inline:
    match event:
        case Error():
            return ("The page reports the error ", shorten_user_text(describe_event(event)))
        case Crash():
            return ("The app crashes: ", shorten_user_text(describe_event(event)))
        case Request():
            request = shorten_user_text(f"{event.method} {decode_address(event.url)}".strip())
            if event.status == 0:
                return ("The request ", request, " gets no answer")
            if event.status is not None and event.status >= failed_status:
                return ("The request ", request, f" is answered with {event.status}")
            if event.status is None and event.is_success is False:
                return ("The request ", request, " fails")
    return ()
