"""Signals in words: a tag for a row, a sentence, the rule behind it.

`eventview.analysis.signal_kinds` has the words of each kind; this module has what they share.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeVar

from eventview.analysis.load_verdicts import VERDICT_METRICS, Verdict, rate_load
from eventview.analysis.measured_session import MeasuredSession
from eventview.analysis.rules import Rules
from eventview.analysis.signals import Signal, SignalKind
from eventview.session import timefmt
from eventview.session.event_text import describe_event
from eventview.session.events import Click, Event, Issue, Location, Tap
from eventview.session.folding import decode_address
from eventview.session.metrics import Number, Rating
from eventview.session.session import Session
from eventview.session.text import clip, shorten
from eventview.session.urls import format_path_first

_EventT = TypeVar("_EventT", bound=Event)

_LABEL_LIMIT: Final = 60
_TAG_CELLS: Final = 18


def signal_tag(measured: MeasuredSession, signal: Signal) -> str:
    """Return a signal in two or three words, at most 18 cells, for its row."""
    badge = signal.kind.badge
    text = badge(measured, signal) if callable(badge) else badge
    return clip(text or signal.kind.name, _TAG_CELLS)


def describe_signal(measured: MeasuredSession, signal: Signal) -> str:
    """Return a signal in a sentence with its figures."""
    kind = signal.kind
    if kind.sentence is not None:
        return kind.sentence(measured, signal)
    if signal.is_server:
        return describe_issue(measured, signal)
    return f"{kind.name.capitalize()}: {name_event(measured.session.events[signal.at])}"


def describe_rule(signal: Signal, rules: Rules, resolution_ms: int = 1) -> str:
    """Return the rule behind a signal, with its thresholds.

    Args:
        signal: the signal.
        rules: the rules of the analysis.
        resolution_ms: the step that times are rounded down to.
    """
    kind = signal.kind
    own = kind.rule(rules, resolution_ms) if callable(kind.rule) else kind.rule
    known = next(iter(kind.issues.values()), "")
    if own and (own == known or not signal.is_server):
        return own
    return f"found by the server{f': {known}' if known else ', by its own rule'}"


def describe_counts(counts: Mapping[SignalKind, int]) -> str:
    """Return numbers of signals in words: `3 rage clicks, 1 error`, or `no signals`."""
    return ", ".join(kind.format_count(n) for kind, n in counts.items()) or "no signals"


def describe_silence(session: Session, signal: Signal) -> str:
    """Return the text of the line of a silence: `no events for 48s`."""
    return f"no events for {timefmt.format_span(round(signal.amount or 0), session.resolution_ms)}"


def describe_load(measured: MeasuredSession, index: int) -> str:
    """Return the verdict on a page load in words: `FCP 3.4s poor`; "" without one."""
    verdict = measured.verdict(index)
    return "" if verdict is None else format_verdict(verdict)


def format_verdict(verdict: Verdict) -> str:
    """Return a verdict in words: `FCP 3.4s poor`."""
    metric = verdict.metric
    amount = (
        timefmt.format_span(round(verdict.value)) if metric.unit else str(round(verdict.value, 2))
    )
    value = f"{metric.short} {amount}"
    return value if verdict.rating is None else f"{value} {verdict.rating.value}"


def find_event(measured: MeasuredSession, signal: Signal, *types: type[_EventT]) -> _EventT | None:
    """Return the first event of some types among those of a signal; None without one."""
    covered = (measured.session.events[index] for index in signal.events)
    return next((event for event in covered if isinstance(event, types)), None)


def find_issue_subject(measured: MeasuredSession, signal: Signal) -> str:
    """Return the text that the issue of a signal is about; "" without one."""
    issue = find_event(measured, signal, Issue)
    return "" if issue is None else issue.label or issue.context


def describe_issue(measured: MeasuredSession, signal: Signal, name: str = "") -> str:
    """Return a signal of the server in words, as far as it has details.

    Args:
        measured: the session.
        signal: the signal.
        name: the server's name of the issue; "" for the name of the kind.
    """
    about, found = find_issue_subject(measured, signal), name or signal.kind.name
    found = shorten(found[:1].upper() + found[1:], _LABEL_LIMIT)
    return f"{found}: {quote(decode_address(format_path_first(about)))}" if about else found


def drop_zero_fraction(number: Number) -> Number:
    """Return 503 for 503.0, which some servers send."""
    return int(number) if number == int(number) else number


def list_poor_figures(measured: MeasuredSession, index: int) -> str:
    """Return every poor value of a LOCATION's load, with its bound."""
    # The verdict, which has only one of them, takes the same load.
    load, bands = measured.own_load(index), measured.rules.bands
    figures = []
    for metric, exact, rating in rate_load(load, bands):
        if rating is not Rating.POOR:
            continue
        poor = bands[metric.key].poor
        value, bound = timefmt.format_span(round(exact)), format_ms(poor)
        if not metric.unit:
            value, bound = str(exact), str(poor)
        # A rounded value may look as if it did not exceed the bound.
        elif value == bound or bound.endswith(" ms"):
            value = f"{exact} {metric.unit}"
        figures.append(f"{metric.short} {value} (poor over {bound})")
    return ", ".join(figures)


def format_ms(ms: Number) -> str:
    """Return a threshold in two units if that is exact, else in milliseconds."""
    seconds, rest = divmod(ms, 1000)
    if 1000 <= ms < 10_000 and rest % 100 == 0:
        return timefmt.format_span(int(ms))
    if 10_000 <= ms < 3_600_000 and rest == 0:
        return timefmt.format_span(int(seconds) * 1000)
    return f"{ms} ms"


def name_event(event: Event) -> str:
    """Return an event in a few words: a page as it is, anything else in quotes."""
    text = describe_event(event)
    return shorten(text, _LABEL_LIMIT) if isinstance(event, Location) else quote(text)


def quote(text: str) -> str:
    """Return foreign text in quotes, shortened."""
    return f"“{shorten(text, _LABEL_LIMIT)}”"


def describe_length(session: Session, signal: Signal) -> str:
    """Return the length of a series of clicks in words; "" if unknown."""
    clicks = [index for index in signal.events if isinstance(session.events[index], Click | Tap)]
    length = session.between_ms(clicks[0], clicks[-1])
    if length is None:
        return ""
    if length < session.resolution_ms and session.resolution_ms > 1:
        return " within one second"
    return f" within {timefmt.format_span(length, session.resolution_ms)}"


def list_poor_bounds(rules: Rules) -> str:
    """Return the bounds of a poor load: `LCP over 4.0s, FCP over 3.0s or …`."""
    bounds = [
        f"{metric.short if metric.short.isupper() else metric.name} over "
        f"{format_ms(band.poor) if metric.unit else band.poor}"
        for metric in VERDICT_METRICS
        if (band := rules.bands.get(metric.key)) is not None
    ]
    return " or ".join(part for part in (", ".join(bounds[:-1]), *bounds[-1:]) if part)
