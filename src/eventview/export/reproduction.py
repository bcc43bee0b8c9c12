"""What a person did, as numbered steps in plain words: how to reproduce what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from eventview.analysis.analysis import Analysis
from eventview.analysis.signals import SignalKind
from eventview.session import timefmt
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
    target,
    url_of,
    what,
)
from eventview.session.folding import legible
from eventview.session.text import shorten
from eventview.session.urls import with_scheme


class UserText(NamedTuple):
    """Foreign text among words of ours: whoever writes both keeps them apart."""

    text: str


Inline = tuple[str | UserText, ...]
"""A sentence, or a part of one."""

_LABEL_LIMIT: Final = 120


class ReproductionStep(NamedTuple):
    """Something done, or something that came of it."""

    at: int
    """Index of the event, or the first of several."""
    words: Inline


def steps(analysis: Analysis, first: int, last: int) -> Sequence[ReproductionStep]:
    """What was done and what came of it, from one event to another, both included.

    Samples of the page's performance, requests that succeeded, what a server found and what the
    page reported by itself are no steps; the same click again and again is one.
    """
    return list(_steps(analysis, first, last))


def _steps(analysis: Analysis, first: int, last: int) -> Iterator[ReproductionStep]:
    index, acted = first, False
    while index <= last:
        event = analysis.session.events[index]
        start, index = index, index + 1
        number = 1
        if isinstance(event, Click):
            run = analysis.run(start)
            if run is not None and run.start == start and run.end - 1 <= last:
                number, index = run.clicks, run.end
        words = _words(event, number, acted=acted, failed_status=analysis.rules.failed_status)
        if words:
            yield ReproductionStep(
                start, (*words, *_after(analysis, start, is_first=start == first), ".")
            )
            acted = isinstance(event, Click | Tap | Input | Swipe)
    yield from _acts_beside(analysis, last)


def _acts_beside(analysis: Analysis, last: int) -> Iterator[ReproductionStep]:
    """The clicks behind an error in its second, any of which may have come before it."""
    session = analysis.session
    error = session.events[last]
    if not isinstance(error, Error):
        return
    beside: dict[Inline, list[int]] = {}
    for index in range(last + 1, len(session.events)):
        event = session.events[index]
        if event.time_ms != error.time_ms:
            break
        if isinstance(event, Click | Tap) and not session.is_order_known(last, index):
            words = _words(event, 1, acted=True, failed_status=analysis.rules.failed_status)
            beside.setdefault(words, []).append(index)
    for words, places in beside.items():
        repeated = f" {len(places)} times" if len(places) > 1 else ""
        yield ReproductionStep(
            places[0], (*words, f"{repeated}, in the same second, before or after that.")
        )


def _after(analysis: Analysis, index: int, *, is_first: bool) -> Inline:
    silence = None if is_first else analysis.signals.silences.get(index)
    if silence is None or silence.kind is not SignalKind.GAP:
        return ()
    return (f", {timefmt.span(round(silence.amount or 0), analysis.session.resolution_ms)} later",)


def _words(event: Event, number: int, *, acted: bool, failed_status: int) -> Inline:
    repeated = f" {number} times" if number > 1 else ""
    match event:
        case Location():
            address = with_scheme(url_of(event) or what(event), event.host)
            return (quoted(what(event)), " opens") if acted else ("Open ", quoted(address))
        case Click():
            return ("Click ", *pressed(event), repeated)
        case Tap():
            return ("Tap ", *pressed(event), repeated)
        case Swipe():
            return ("Swipe ", quoted(what(event)))
        case Input():
            label = event.label.strip()
            field = ("“", quoted(label), "”") if label else ("a field without a label",)
            return ("Enter something into ", *field)
        case _:
            return _outcome(event, failed_status)


def _outcome(event: Event, failed_status: int) -> Inline:
    match event:
        case Error():
            return ("The page reports the error ", quoted(what(event)))
        case Crash():
            return ("The app crashes: ", quoted(what(event)))
        case Request(status=0):
            return (
                "The request ",
                quoted(f"{event.method} {legible(event.url)}".strip()),
                " gets no answer",
            )
        case Request() if event.status is not None and event.status >= failed_status:
            request = f"{event.method} {legible(event.url)}".strip()
            return ("The request ", quoted(request), f" is answered with {event.status}")
        case Request() if event.status is None and event.is_success is False:
            request = f"{event.method} {legible(event.url)}".strip()
            return ("The request ", quoted(request), " fails")
    return ()


def pressed(event: Event) -> Inline:
    """Return what a click or tap was on: its label in quotes, or else its selector."""
    label, selector = target(event) if isinstance(event, Click | Tap) else ("", "")
    if label:
        return ("“", quoted(label), "”")
    return (quoted(selector),) if selector else ("something without a label",)


def quoted(text: str) -> UserText:
    """Return foreign text of a bounded length."""
    return UserText(shorten(text, _LABEL_LIMIT))
