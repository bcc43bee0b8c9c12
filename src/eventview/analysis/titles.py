"""Headlines of signals and events, with foreign text marked, for tickets."""

from __future__ import annotations

from typing import Final

from eventview.analysis.descriptions import describe_signal, find_event, find_issue_subject
from eventview.analysis.measured_session import MeasuredSession
from eventview.analysis.signals import Signal
from eventview.session import timefmt
from eventview.session.event_text import describe_event, identify_target
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
)
from eventview.session.folding import decode_address
from eventview.session.session import Session
from eventview.session.text import Inline, UserText, shorten_user_text
from eventview.session.urls import split_url

_ISSUES: Final = {
    "cpu": "High CPU",
    "memory": "High memory use",
    "slow_page_load": "Slow page load",
    "slow_resource": "Slow resource",
    "missing_resource": "Missing resource",
}
"""Titles of the server's issue types."""


def event_title(measured: MeasuredSession, index: int) -> Inline:
    """Return the headline of an event without a finding."""
    first, *rest = _describe_event(measured, index)
    if isinstance(measured.session.events[index], Location):
        return ("Page ", first, *rest)
    capital = first[:1].upper() + first[1:] if isinstance(first, str) else first
    return (capital, *rest, *_describe_page(measured.session, index))


def signal_title(measured: MeasuredSession, signal: Signal) -> Inline:
    """Return the headline of a signal, with its page."""
    title = signal.kind.title
    if callable(title):
        words = title(measured, signal)
    else:
        words = (title or UserText(describe_signal(measured, signal)),)
    page = () if signal.kind.is_page_in_title else _describe_page(measured.session, signal.at)
    return (*words, *page)


def silence_title(measured: MeasuredSession, signal: Signal) -> Inline:
    """Return the headline of a silence, with the event that ends it."""
    length = timefmt.format_duration(round(signal.amount or 0), measured.session.resolution_ms)
    return (f"{length} without activity, then ", *_describe_event(measured, signal.at))


def slow_page_title(measured: MeasuredSession, signal: Signal) -> Inline:
    """Return the headline of a poor load, with its worst figure."""
    verdict = measured.verdict(signal.at)
    words = ("Slow page ", _path(measured.session, signal.at))
    if verdict is None:
        return words
    is_time = bool(verdict.metric.unit)
    value = timefmt.format_duration(round(verdict.value)) if is_time else f"{verdict.value:g}"
    return (*words, f": {verdict.metric.short} {value}")


def back_and_forth_title(measured: MeasuredSession, signal: Signal) -> Inline:
    """Return the headline of pages opened back and forth."""
    here, there = (_path(measured.session, index) for index in signal.events[:2])
    return ("Back and forth between ", here, " and ", there)


def crash_title(measured: MeasuredSession, signal: Signal) -> Inline:
    """Return the headline of a crash: its message."""
    message = _find_message(measured, signal)
    return ("Crash: ", shorten_user_text(message)) if message else ("Crash without a message",)


def error_title(measured: MeasuredSession, signal: Signal) -> Inline:
    """Return the headline of an error: its message, and the click before it."""
    message = _find_message(measured, signal)
    if not message:
        return ("JavaScript error without a message",)
    cause = measured.session.events[signal.at]
    after = (" after a click on ", *describe_target(cause)) if isinstance(cause, Click) else ()
    return (shorten_user_text(message), *after)


def _find_message(measured: MeasuredSession, signal: Signal) -> str:
    event = find_event(measured, signal, Crash, Error) or find_event(measured, signal, Issue)
    return "" if event is None else _message(event)


def _message(event: Event) -> str:
    if isinstance(event, Issue):
        return event.context or event.label
    message = describe_event(event).strip()
    # These are the server's texts for an error without a message.
    return "" if message in {"Error", "Uncaught"} else message


def failure_title(measured: MeasuredSession, signal: Signal) -> Inline:
    """Return the headline of a failed request, with its answer."""
    request = find_event(measured, signal, Request)
    if request is not None:
        return _describe_request(request)
    issue = find_event(measured, signal, Issue)
    about = "" if issue is None else issue.context or issue.url
    path = decode_address(split_url(about).path)
    return ("Failed request to ", shorten_user_text(path)) if about else ("Failed request",)


def _describe_request(request: Request) -> Inline:
    """Return a request in one line: `GET /api/orders → 503 after 12 s`."""
    words: list[str | UserText] = []
    if request.method:
        words += [UserText(request.method), " "]
    words.append(shorten_user_text(decode_address(split_url(request.url).path) or "request"))
    if request.status is not None:
        words.append(f" → {request.status:g}" if request.status else " → no answer")
    elif request.is_success is False:
        words.append(" failed")
    if request.duration_ms is not None:
        took = timefmt.format_duration(round(request.duration_ms), request.duration_step_ms)
        words.append(f" after {took}")
    return tuple(words)


def clicks_title(measured: MeasuredSession, signal: Signal, end: str = "") -> Inline:
    """Return the headline of a series of clicks.

    Args:
        measured: the session.
        signal: the series.
        end: words for the end, with a space before them.
    """
    press = find_event(measured, signal, Click, Tap)
    verb = "Tapped" if isinstance(press, Tap) else "Clicked"
    target = describe_signal_target(measured, signal)
    if not signal.amount:
        return ("Rage clicks on ", *target)
    return (f"{verb} ", *target, f" {signal.amount:g} times{end}")


def describe_signal_target(measured: MeasuredSession, signal: Signal) -> Inline:
    """Return the element that a signal is about."""
    press = find_event(measured, signal, Click, Tap)
    if press is not None:
        return describe_target(press)
    about = find_issue_subject(measured, signal)
    return ("“", shorten_user_text(about), "”") if about.strip() else ("something without a label",)


def issue_title(measured: MeasuredSession, signal: Signal) -> Inline:
    """Return the headline of an issue that only the server knows."""
    issue = find_event(measured, signal, Issue)
    if issue is None or not issue.issue_type:
        return ("Issue found by the server",)
    name, about = issue.issue_type.replace("_", " "), issue.label or issue.context
    title = _ISSUES.get(issue.issue_type) or shorten_user_text(name[:1].upper() + name[1:])
    page = measured.session.page(signal.at)
    is_page = page is not None and split_url(about).path == page.path
    return (title,) if not about or is_page else (title, ": ", shorten_user_text(about))


def _describe_event(measured: MeasuredSession, index: int) -> Inline:
    """Return an event in a few words, for the middle of a sentence."""
    session = measured.session
    event = session.events[index]
    match event:
        case Location():
            return (_path(session, index),)
        case Click():
            run = measured.run(index)
            repeated = f" {run.clicks} times" if run is not None and run.start == index else ""
            return ("click on ", *describe_target(event), repeated)
        case Tap():
            return ("tap on ", *describe_target(event))
        case Input():
            return (
                "input in “",
                shorten_user_text(event.label.strip() or "a field without a label"),
                "”",
            )
        case Swipe():
            return ("swipe ", shorten_user_text(describe_event(event)))
        case Request():
            return _describe_request(event)
        case GraphQL():
            return ("GraphQL operation ", shorten_user_text(describe_event(event)))
        case Custom():
            return ("custom event ", shorten_user_text(event.name or "without a name"))
        case Performance():
            return ("performance sample",)
        case Error() | Crash():
            message = _message(event)
            return (shorten_user_text(message) if message else type(event).__name__.lower(),)
        case _:
            text = describe_event(event)
            return (
                (UserText(event.type), " ", shorten_user_text(text))
                if text
                else (UserText(event.type),)
            )


def _describe_page(session: Session, index: int) -> Inline:
    """Return the page of an event that is not a page itself."""
    event, page = session.events[index], session.page(index)
    if isinstance(event, Location):
        return ()
    path = "" if page is None else page.path
    if not path and isinstance(event, Issue):
        path = split_url(event.url).path
    return (" on ", shorten_user_text(decode_address(path))) if path else ()


def _path(session: Session, index: int) -> UserText:
    event = session.events[index]
    path = decode_address(event.path) if isinstance(event, Location) else ""
    return shorten_user_text(path or describe_event(event))


def describe_target(event: Event) -> Inline:
    """Return the target of a click or tap: its label in quotes, or else its selector."""
    label, selector = identify_target(event) if isinstance(event, Click | Tap) else ("", "")
    if label:
        return ("“", shorten_user_text(label), "”")
    return (shorten_user_text(selector),) if selector else ("something without a label",)
