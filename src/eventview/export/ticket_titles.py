"""Titles of tickets and headlines of findings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from eventview.analysis import descriptions
from eventview.analysis.analysis import Analysis
from eventview.analysis.signals import BACKGROUND_KINDS, Signal, SignalKind
from eventview.export.reproduction import Inline, UserText, describe_target, shorten_user_text
from eventview.session import timefmt
from eventview.session.events import (
    Click,
    Crash,
    Custom,
    Error,
    Event,
    GraphQL,
    Input,
    Issue,
    Location,
    Performance,
    Request,
    Swipe,
    Tap,
    describe_event,
)
from eventview.session.folding import decode_address
from eventview.session.session import Session
from eventview.session.text import shorten
from eventview.session.urls import split_url

_LIMIT: Final = 120
"""Characters of one foreign text in a title; trackers take 255 for the whole title."""

_ISSUES: Final = {
    "cpu": "High CPU",
    "memory": "High memory use",
    "slow_page_load": "Slow page load",
    "slow_resource": "Slow resource",
    "missing_resource": "Missing resource",
}
"""Titles of the server's issue types."""


def ticket_title(analysis: Analysis, index: int, signals: Sequence[Signal]) -> Inline:
    """Return the title of a ticket about an event: its most severe finding, or else the event.

    Args:
        analysis: analysis of the event's session.
        index: index of the event.
        signals: signals of the event's row, the most severe first.
    """
    found = [signal for signal in signals if signal.kind not in BACKGROUND_KINDS]
    if found:
        return headline(analysis, found[0])
    first, *rest = _describe_event(analysis, index)
    if isinstance(analysis.session.events[index], Location):
        return ("Page ", first, *rest)
    capital = first[:1].upper() + first[1:] if isinstance(first, str) else first
    return (capital, *rest, *_describe_page(analysis.session, index))


def headline(analysis: Analysis, signal: Signal) -> Inline:
    """Return a finding in one line, with its page."""
    session = analysis.session
    if signal.kind is SignalKind.GAP:
        length = timefmt.format_duration(round(signal.amount or 0), session.resolution_ms)
        return (f"{length} without activity, then ", *_describe_event(analysis, signal.at))
    if signal.kind is SignalKind.SLOW:
        verdict = analysis.verdict(signal.at)
        words = ("Slow page ", _path(session, signal.at))
        if verdict is None:
            return words
        is_time = bool(verdict.metric.unit)
        value = timefmt.format_duration(round(verdict.value)) if is_time else f"{verdict.value:g}"
        return (*words, f": {verdict.metric.short} {value}")
    if signal.kind is SignalKind.BACK_AND_FORTH:
        here, there = (_path(session, index) for index in signal.events[:2])
        return ("Back and forth between ", here, " and ", there)
    return (*_describe_finding(analysis, signal), *_describe_page(session, signal.at))


def _describe_finding(analysis: Analysis, signal: Signal) -> Inline:
    session = analysis.session
    match signal.kind:
        case SignalKind.CRASH | SignalKind.ERROR | SignalKind.ERROR_CLICK:
            return _describe_error(session, signal)
        case SignalKind.FAILED:
            return _describe_failure(session, signal)
        case SignalKind.RAGE | SignalKind.STUCK | SignalKind.REPEAT:
            return _describe_clicks(session, signal)
        case SignalKind.DEAD:
            return ("Dead click on ", *_describe_signal_target(session, signal))
        case SignalKind.INCIDENT:
            return ("Incident: ", *_describe_signal_target(session, signal))
        case SignalKind.ISSUE:
            return _describe_issue(session, signal)
        case SignalKind.THRASHING:
            return ("Mouse thrashing",)
        case _:
            return (UserText(descriptions.describe_signal(analysis, signal)),)


def _describe_error(session: Session, signal: Signal) -> Inline:
    event = _find_event(session, signal, (Crash, Error)) or _find_event(session, signal, (Issue,))
    message = "" if event is None else _message(event)
    is_crash = signal.kind is SignalKind.CRASH
    if not message:
        return (f"{'Crash' if is_crash else 'JavaScript error'} without a message",)
    words: Inline = ("Crash: ", _shorten(message)) if is_crash else (_shorten(message),)
    if signal.kind is not SignalKind.ERROR_CLICK:
        return words
    return (*words, " after a click on ", *describe_target(session.events[signal.at]))


def _message(event: Event) -> str:
    if isinstance(event, Issue):
        return event.context or event.label
    message = describe_event(event).strip()
    # These are the server's texts for an error without a message.
    return "" if message in {"Error", "Uncaught"} else message


def _describe_failure(session: Session, signal: Signal) -> Inline:
    request = _find_event(session, signal, (Request,))
    if isinstance(request, Request):
        return _describe_request(request)
    issue = _find_event(session, signal, (Issue,))
    about = issue.context or issue.url if isinstance(issue, Issue) else ""
    path = decode_address(split_url(about).path)
    return ("Failed request to ", _shorten(path)) if about else ("Failed request",)


def _describe_request(request: Request) -> Inline:
    """Return a request in one line: `GET /api/orders → 503 after 12 s`."""
    words: list[str | UserText] = []
    if request.method:
        words += [UserText(request.method), " "]
    words.append(_shorten(decode_address(split_url(request.url).path) or "request"))
    if request.status is not None:
        words.append(f" → {request.status:g}" if request.status else " → no answer")
    elif request.is_success is False:
        words.append(" failed")
    if request.duration_ms is not None:
        took = timefmt.format_duration(round(request.duration_ms), request.duration_step_ms)
        words.append(f" after {took}")
    return tuple(words)


def _describe_clicks(session: Session, signal: Signal) -> Inline:
    press = _find_event(session, signal, (Click, Tap))
    verb = "Tapped" if isinstance(press, Tap) else "Clicked"
    target = _describe_signal_target(session, signal)
    if not signal.amount:
        return ("Rage clicks on ", *target)
    end = " without effect" if signal.kind is SignalKind.STUCK else ""
    return (f"{verb} ", *target, f" {signal.amount:g} times{end}")


def _describe_signal_target(session: Session, signal: Signal) -> Inline:
    """Return the element that a finding is about."""
    press = _find_event(session, signal, (Click, Tap))
    issue = _find_event(session, signal, (Issue,))
    about = (issue.label or issue.context) if isinstance(issue, Issue) else ""
    if press is None:
        return ("“", _shorten(about), "”") if about.strip() else ("something without a label",)
    return describe_target(press)


def _describe_issue(session: Session, signal: Signal) -> Inline:
    issue = _find_event(session, signal, (Issue,))
    if not isinstance(issue, Issue) or not issue.issue_type:
        return ("Issue found by the server",)
    name, about = issue.issue_type.replace("_", " "), issue.label or issue.context
    title = _ISSUES.get(issue.issue_type) or _shorten(name[:1].upper() + name[1:])
    page = session.page(signal.at)
    is_page = page is not None and split_url(about).path == page.path
    return (title,) if not about or is_page else (title, ": ", _shorten(about))


def _describe_event(analysis: Analysis, index: int) -> Inline:
    """Return an event in a few words, for the middle of a sentence."""
    session = analysis.session
    event = session.events[index]
    match event:
        case Location():
            return (_path(session, index),)
        case Click():
            run = analysis.run(index)
            repeated = f" {run.clicks} times" if run is not None and run.start == index else ""
            return ("click on ", *describe_target(event), repeated)
        case Tap():
            return ("tap on ", *describe_target(event))
        case Input():
            return ("input in “", _shorten(event.label.strip() or "a field without a label"), "”")
        case Swipe():
            return ("swipe ", _shorten(describe_event(event)))
        case Request():
            return _describe_request(event)
        case GraphQL():
            return ("GraphQL operation ", _shorten(describe_event(event)))
        case Custom():
            return ("custom event ", _shorten(event.name or "without a name"))
        case Performance():
            return ("performance sample",)
        case Error() | Crash():
            message = _message(event)
            return (_shorten(message) if message else type(event).__name__.lower(),)
        case _:
            text = describe_event(event)
            return (UserText(event.type), " ", _shorten(text)) if text else (UserText(event.type),)


def _describe_page(session: Session, index: int) -> Inline:
    """Return the page of an event that is not a page itself."""
    event, page = session.events[index], session.page(index)
    if isinstance(event, Location):
        return ()
    path = "" if page is None else page.path
    if not path and isinstance(event, Issue):
        path = split_url(event.url).path
    return (" on ", _shorten(decode_address(path))) if path else ()


def _path(session: Session, index: int) -> UserText:
    event = session.events[index]
    path = decode_address(event.path) if isinstance(event, Location) else ""
    return _shorten(path or describe_event(event))


def _find_event(session: Session, signal: Signal, types: tuple[type[Event], ...]) -> Event | None:
    """Return the first event of the given types among those of a finding."""
    covered = (session.events[index] for index in signal.events)
    return next((event for event in covered if isinstance(event, types)), None)


def _shorten(text: str) -> UserText:
    return shorten_user_text(shorten(text, _LIMIT))
