"""Signals in words: a tag for the edge of a row, a sentence, and the rule behind it.

May import `eventview.model`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from eventview.model import times
from eventview.model.events import Issue, Location, Request, what
from eventview.model.rules import Rules
from eventview.model.session import Session
from eventview.model.signals import Kind, Signal
from eventview.model.text import shorten

_NAMES: Final = {
    Kind.CRASH: "crash",
    Kind.ERROR: "error",
    Kind.ERROR_CLICK: "error after a click",
    Kind.RAGE: "rage click",
    Kind.FAILED: "failed request",
    Kind.INCIDENT: "incident",
    Kind.SLOW: "poor load",
    Kind.DEAD: "dead click",
    Kind.THRASHING: "mouse thrashing",
    Kind.BACK_AND_FORTH: "going back and forth",
    Kind.GAP: "silence",
    Kind.ISSUE: "other issue",
    Kind.HESITATION: "hesitation",
    Kind.REPEAT: "repeated clicks",
}

_LETTERS: Final = {
    Kind.CRASH: "C",
    Kind.ERROR: "E",
    Kind.ERROR_CLICK: "E",
    Kind.RAGE: "R",
    Kind.FAILED: "F",
    Kind.INCIDENT: "!",
    Kind.SLOW: "W",
    Kind.DEAD: "D",
    Kind.THRASHING: "M",
    Kind.BACK_AND_FORTH: "B",
    Kind.GAP: "S",
    Kind.ISSUE: "?",
    Kind.HESITATION: "h",
    Kind.REPEAT: "×",
}

_LABEL_LIMIT: Final = 60


def name(kind: Kind) -> str:
    """A kind of signal, in words, singular."""
    return _NAMES[kind]


def named(kind: Kind, number: int) -> str:
    """So many signals of a kind: `1 rage click`, `3 rage clicks`."""
    one = _NAMES[kind]
    if number == 1 or kind in {Kind.REPEAT, Kind.BACK_AND_FORTH, Kind.THRASHING}:
        return f"{number:,} × {one}" if one == _NAMES[Kind.THRASHING] else f"{number:,} {one}"
    if kind is Kind.ERROR_CLICK:
        return f"{number:,} errors after a click"
    return f"{number:,} {one}{'es' if one.endswith('sh') else 's'}"


def letter(kind: Kind) -> str:
    """The one cell that stands for a kind in a narrow place."""
    return _LETTERS[kind]


def tag(session: Session, signal: Signal) -> str:
    """A signal in two or three words, for the edge of the row that carries it."""
    amount = signal.amount
    match signal.kind:
        case Kind.RAGE:
            return f"rage ×{amount}" if amount is not None else "rage"
        case Kind.REPEAT:
            return f"×{amount}"
        case Kind.HESITATION:
            return f"hesitated {times.span(round(amount or 0))}"
        case Kind.ERROR_CLICK:
            return "error after it"
        case Kind.FAILED:
            return "failed" if amount is None or signal.is_server else f"failed {amount}"
        case Kind.SLOW:
            return load_words(session, signal.at)
        case Kind.GAP:
            return f"after {times.span(round(amount or 0), session.resolution_ms)}"
        case Kind.BACK_AND_FORTH:
            return "back and forth"
        case Kind.ISSUE:
            return _issue_type(session, signal)
        case _:
            return _NAMES[signal.kind]


def _issue_type(session: Session, signal: Signal) -> str:
    issue = next((e for i in signal.events if isinstance(e := session.events[i], Issue)), None)
    return issue.issue_type.replace("_", " ") if issue and issue.issue_type else "issue"


def load_words(session: Session, index: int) -> str:
    """The most telling figure of a page load and its rating: `FCP 3.4s poor`; else ""."""
    judged = session.verdict(index)
    if judged is None:
        return ""
    figure = f"{judged.metric.short} {times.span(round(judged.value))}"
    return figure if judged.rating is None else f"{figure} {judged.rating.value}"


def silence(session: Session, signal: Signal) -> str:
    """What a silence's own row says: `no events for 48s`."""
    return f"no events for {times.span(round(signal.amount or 0), session.resolution_ms)}"


def sentence(session: Session, signal: Signal) -> str:
    """What was found, with its figures."""
    count, amount = len(signal.events), round(signal.amount or 0)
    here = _shown(session, signal.at)
    match signal.kind:
        case Kind.RAGE if signal.is_server:
            clicks = "Rage" if signal.amount is None else f"{amount} clicks of rage"
            return f"{clicks} on {_about(session, signal)}"
        case Kind.RAGE:
            return f"{count} clicks on {here} within {_within(session, signal)}"
        case Kind.REPEAT:
            return f"{count} clicks in a row on {here} within {_within(session, signal)}"
        case Kind.HESITATION:
            return f"{times.span(amount)} of hesitation before it"
        case Kind.ERROR_CLICK:
            error = _shown(session, signal.events[-1])
            when = f"{times.span(amount)} after" if session.resolution_ms == 1 else _SAME_SECOND
            return f"{error} {when} the click on {here}"
        case Kind.GAP:
            return f"{silence(session, signal).capitalize()} before it"
        case Kind.BACK_AND_FORTH:
            there = _shown(session, signal.events[1])
            turns = len(signal.events) // 2
            often = "" if turns < 2 else f", {turns} times"
            away = times.span(amount, session.resolution_ms)
            return f"From {here} to {there} and back within {away}{often}"
        case _:
            return _found(session, signal, here)


_SAME_SECOND: Final = "in the same second as"


def _found(session: Session, signal: Signal, here: str) -> str:
    if signal.is_server:
        return f"{_NAMES[signal.kind].capitalize()}: {_about(session, signal)}"
    match signal.kind:
        case Kind.SLOW:
            return f"Poor load of {here}: {_poor_figures(session, signal.at)}"
        case Kind.FAILED:
            request = session.events[signal.at]
            method = request.method if isinstance(request, Request) else ""
            status = "without a status" if signal.amount is None else f"with {signal.amount}"
            return f"{method or 'Request'} failed {status}: {here}"
        case _:
            return f"{_NAMES[signal.kind].capitalize()}: {here}"


def _poor_figures(session: Session, index: int) -> str:
    return load_words(session, index)


def _about(session: Session, signal: Signal) -> str:
    issue = next((e for i in signal.events if isinstance(e := session.events[i], Issue)), None)
    if issue is None:
        return _shown(session, signal.at)
    about = issue.label or issue.context
    if signal.kind is Kind.ISSUE:
        return shorten(what(issue), _LABEL_LIMIT)
    return shorten(about, _LABEL_LIMIT) if about else "no more is told"


def _shown(session: Session, index: int) -> str:
    event = session.events[index]
    text = what(event)
    return shorten(text, _LABEL_LIMIT) if isinstance(event, Location) else f"“{_cut(text)}”"


def _cut(text: str) -> str:
    return shorten(text, _LABEL_LIMIT)


def _within(session: Session, signal: Signal) -> str:
    length = session.between_ms(signal.events[0], signal.events[-1])
    return "an unknown time" if length is None else times.span(length, session.resolution_ms)


def rule(signal: Signal, rules: Rules) -> str:
    """Why it was found: the rule in force, with its figures."""
    if signal.is_server:
        return "found by the server, by its own rule"
    match signal.kind:
        case Kind.RAGE:
            return (
                f"rage: {rules.rage_clicks} clicks or more on one label, each less than "
                f"{rules.rage_apart_ms} ms after the last"
            )
        case Kind.REPEAT:
            return (
                f"{rules.repeated_clicks} clicks or more on one label with nothing between them, "
                "not known to be rage"
            )
        case Kind.HESITATION:
            return f"more than {times.span(rules.hesitation_ms)} from pointing or entering to doing"
        case Kind.SLOW:
            return "LCP, FCP, load event, speed index or TTFB is beyond its bound for poor"
        case Kind.ERROR_CLICK:
            return f"no later than {times.span(rules.error_after_click_ms)} after the click"
        case Kind.FAILED:
            return f"a status of {rules.failed_status} or more, or none and no success"
        case Kind.GAP:
            return (
                f"{times.span(rules.silence_ms)} or more without an event; reading, watching and "
                "being away look the same"
            )
        case Kind.BACK_AND_FORTH:
            return (
                f"on the same page again no later than {times.span(rules.back_and_forth_ms)} "
                "after leaving it"
            )
        case _:
            return "every one is a signal"


def summary(counts: Sequence[tuple[Kind, int]]) -> str:
    """Signals by kind: `3 rage clicks, 1 error`; `no signals` without any."""
    return ", ".join(named(kind, number) for kind, number in counts) or "no signals"
