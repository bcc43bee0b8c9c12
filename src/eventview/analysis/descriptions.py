"""Signals in words: a name, a letter, a tag for a row, a sentence, and the rule behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from eventview.analysis.analysis import Analysis
from eventview.analysis.load_verdicts import VERDICT_METRICS, Verdict, rate_load
from eventview.analysis.rules import COARSE_FACTOR, HESITATION_FACTOR, MOST_HESITATIONS, Rules
from eventview.analysis.signals import Signal, SignalKind
from eventview.session import timefmt
from eventview.session.events import (
    INCIDENT,
    Click,
    Event,
    Issue,
    Location,
    Request,
    Tap,
    describe_event,
)
from eventview.session.folding import decode_address
from eventview.session.metrics import Number, Rating
from eventview.session.session import Session
from eventview.session.text import clip, shorten
from eventview.session.urls import format_path_first

ISSUE_RULES: Final[Mapping[str, str]] = {
    "click_rage": "three or more clicks on one label, each less than 300 ms after the last",
    "dead_click": "a click that changed nothing on the page for 1234 ms",
    "bad_request": "a request that was answered with a status of 400 or more",
    "mouse_thrashing": "the pointer was shaken",
    INCIDENT: "reported by the user or the page",
}
"""Rules of the server by its names of issues, as far as known (backend/pkg/handlers/web and the
tracker's mouse module)."""

_NAMES: Final = {
    SignalKind.CRASH: "crash",
    SignalKind.ERROR: "error",
    SignalKind.ERROR_CLICK: "error after a click",
    SignalKind.RAGE: "rage click",
    SignalKind.STUCK: "clicks without effect",
    SignalKind.FAILED: "failed request",
    SignalKind.INCIDENT: "incident",
    SignalKind.SLOW: "poor load",
    SignalKind.DEAD: "dead click",
    SignalKind.THRASHING: "mouse thrashing",
    SignalKind.BACK_AND_FORTH: "back and forth",
    SignalKind.GAP: "silence",
    SignalKind.ISSUE: "other issue",
    SignalKind.HESITATION: "hesitation",
    SignalKind.REPEAT: "repeated clicks",
}

_COUNTED: Final = {
    SignalKind.CRASH: ("crash", "crashes"),
    SignalKind.ERROR_CLICK: ("error after a click", "errors after a click"),
    SignalKind.THRASHING: ("case of mouse thrashing", "cases of mouse thrashing"),
    SignalKind.BACK_AND_FORTH: ("time back and forth", "times back and forth"),
    SignalKind.STUCK: ("run of clicks without effect", "runs of clicks without effect"),
    SignalKind.REPEAT: ("run of repeated clicks", "runs of repeated clicks"),
}
"""Singular and plural after a number, if the plural is not the name and an s."""

_LETTERS: Final = {
    SignalKind.CRASH: "C",
    SignalKind.ERROR: "E",
    SignalKind.ERROR_CLICK: "E",
    SignalKind.RAGE: "R",
    SignalKind.STUCK: "K",
    SignalKind.FAILED: "F",
    SignalKind.INCIDENT: "!",
    SignalKind.SLOW: "W",
    SignalKind.DEAD: "D",
    SignalKind.THRASHING: "M",
    SignalKind.BACK_AND_FORTH: "B",
    SignalKind.GAP: "S",
    SignalKind.ISSUE: "?",
    SignalKind.HESITATION: "h",
    SignalKind.REPEAT: "×",
}

_LABEL_LIMIT: Final = 60
_TAG_CELLS: Final = 18


def kind_name(kind: SignalKind) -> str:
    """Return the name of a kind of signal, singular."""
    return _NAMES[kind]


def format_count(kind: SignalKind, number: int) -> str:
    """Return a number of signals of a kind in words: `1 rage click`, `3 rage clicks`."""
    one, several = _COUNTED.get(kind, (_NAMES[kind], f"{_NAMES[kind]}s"))
    return f"{number:,} {one if number == 1 else several}"


def kind_letter(kind: SignalKind) -> str:
    """Return the letter or sign of a kind, one cell wide."""
    return _LETTERS[kind]


def signal_tag(analysis: Analysis, signal: Signal) -> str:
    """Return a signal in two or three words, at most 18 cells, for its row."""
    return clip(_describe_briefly(analysis, signal), _TAG_CELLS)


def _describe_briefly(analysis: Analysis, signal: Signal) -> str:
    session = analysis.session
    amount = signal.amount
    match signal.kind:
        case SignalKind.RAGE:
            return "rage" if amount is None else f"rage ×{_drop_zero_fraction(amount)}"
        case SignalKind.STUCK:
            return f"stuck ×{_drop_zero_fraction(amount or 0)}"
        case SignalKind.REPEAT:
            return "repeated" if amount is None else f"×{_drop_zero_fraction(amount)}"
        case SignalKind.HESITATION:
            return f"hesitated {timefmt.format_span(round(amount or 0))}"
        case SignalKind.ERROR_CLICK:
            return "error after it"
        case SignalKind.FAILED:
            if amount is None or signal.is_server:
                return "failed"
            return f"failed {_drop_zero_fraction(amount)}" if amount else "no answer"
        case SignalKind.SLOW:
            return describe_load(analysis, signal.at)
        case SignalKind.GAP:
            return f"after {timefmt.format_span(round(amount or 0), session.resolution_ms)}"
        case SignalKind.ISSUE:
            issue = _find_issue(session, signal)
            return issue.issue_type.replace("_", " ") if issue and issue.issue_type else "issue"
        case _:
            return kind_name(signal.kind)


def _drop_zero_fraction(number: Number) -> Number:
    """Return 503 for 503.0, which some servers send."""
    return int(number) if number == int(number) else number


def _find_issue(session: Session, signal: Signal) -> Issue | None:
    return next((e for i in signal.events if isinstance(e := session.events[i], Issue)), None)


def describe_load(analysis: Analysis, index: int) -> str:
    """Return the verdict on a page load in words: `FCP 3.4s poor`; "" without one."""
    verdict = analysis.verdict(index)
    return "" if verdict is None else format_verdict(verdict)


def format_verdict(verdict: Verdict) -> str:
    """Return a verdict in words: `FCP 3.4s poor`."""
    metric = verdict.metric
    amount = (
        timefmt.format_span(round(verdict.value)) if metric.unit else str(round(verdict.value, 2))
    )
    value = f"{metric.short} {amount}"
    return value if verdict.rating is None else f"{value} {verdict.rating.value}"


def describe_silence(session: Session, signal: Signal) -> str:
    """Return the text of the line of a silence: `no events for 48s`."""
    return f"no events for {timefmt.format_span(round(signal.amount or 0), session.resolution_ms)}"


def describe_signal(analysis: Analysis, signal: Signal) -> str:
    """Return a signal in a sentence with its figures."""
    session = analysis.session
    if signal.is_server:
        return _describe_server_signal(session, signal)
    amount, here = round(signal.amount or 0), _name_event(session.events[signal.at])
    match signal.kind:
        case SignalKind.RAGE:
            presses = "taps" if isinstance(session.events[signal.at], Tap) else "clicks"
            return f"{amount:,} {presses} on {here}{_describe_length(session, signal)}"
        case SignalKind.STUCK:
            length = _describe_length(session, signal)
            return f"{amount:,} clicks on {here}{length} that nothing came of"
        case SignalKind.REPEAT:
            return f"{amount:,} clicks in a row on {here}{_describe_length(session, signal)}"
        case SignalKind.HESITATION:
            act = session.events[signal.at].type.lower()
            return f"Hesitated {timefmt.format_duration(amount)} before this {act}"
        case SignalKind.ERROR_CLICK:
            return _describe_error_click(session, signal, here)
        case SignalKind.GAP:
            length = timefmt.format_duration(amount, session.resolution_ms)
            return f"{length} without activity before this"
        case SignalKind.BACK_AND_FORTH:
            there = _name_event(session.events[signal.events[1]])
            away = timefmt.format_span(amount, session.resolution_ms)
            changes = len(signal.events) - 1
            if changes == 2:
                return f"From {here} to {there} and back within {away}"
            return f"Back and forth between {here} and {there}, {changes} times within {away}"
        case SignalKind.SLOW:
            return f"Poor load of {here}: {_list_poor_figures(analysis, signal.at)}"
        case SignalKind.FAILED:
            return _describe_failure(session.events[signal.at], signal.amount)
        case _:
            return f"{kind_name(signal.kind).capitalize()}: {here}"


def _describe_error_click(session: Session, signal: Signal, here: str) -> str:
    error = _name_event(session.events[signal.events[1]])
    after = f"{timefmt.format_span(round(signal.amount or 0), session.resolution_ms)} after"
    when = after if session.resolution_ms == 1 or signal.amount else "in the same second as"
    more = len(signal.events) - 2
    further = f", and {more:,} more {'error' if more == 1 else 'errors'}" if more else ""
    return f"{error} {when} the click on {here}{further}"


def _describe_failure(event: Event, status: Number | None) -> str:
    method = event.method if isinstance(event, Request) else ""
    address = event.url if isinstance(event, Request) else ""
    if status is None:
        answer = "without a status"
    else:
        answer = f"with {_drop_zero_fraction(status)}" if status else "without an answer"
    place = _quote(decode_address(format_path_first(address)))
    return f"{method or 'Request'} failed {answer}: {place}"


def _describe_server_signal(session: Session, signal: Signal) -> str:
    """Return a signal of the server in words, as far as it has details."""
    issue = _find_issue(session, signal)
    about = "" if issue is None else issue.label or issue.context
    match signal.kind:
        case SignalKind.RAGE:
            number = None if signal.amount is None else _drop_zero_fraction(signal.amount)
            clicks = "Rage clicks" if number is None else f"{number:,} rage clicks"
            return f"{clicks} on {_quote(about)}" if about else clicks
        case SignalKind.DEAD:
            return f"Dead click on {_quote(about)}" if about else "Dead click"
        case SignalKind.ISSUE if issue is not None:
            found = issue.issue_type.replace("_", " ") or kind_name(SignalKind.ISSUE)
        case _:
            found = kind_name(signal.kind)
    found = shorten(found[:1].upper() + found[1:], _LABEL_LIMIT)
    return f"{found}: {_quote(decode_address(format_path_first(about)))}" if about else found


def _list_poor_figures(analysis: Analysis, index: int) -> str:
    """Return every poor value of a LOCATION's load, with its bound."""
    # The verdict, which has only one of them, takes the same load.
    load, bands = analysis.own_load(index), analysis.rules.bands
    figures = []
    for metric, exact, rating in rate_load(load, bands):
        if rating is not Rating.POOR:
            continue
        poor = bands[metric.key].poor
        value, bound = timefmt.format_span(round(exact)), _format_ms(poor)
        if not metric.unit:
            value, bound = str(exact), str(poor)
        # A rounded value may look as if it did not exceed the bound.
        elif value == bound or bound.endswith(" ms"):
            value = f"{exact} {metric.unit}"
        figures.append(f"{metric.short} {value} (poor over {bound})")
    return ", ".join(figures)


def _format_ms(ms: Number) -> str:
    """Return a threshold in two units if that is exact, else in milliseconds."""
    seconds, rest = divmod(ms, 1000)
    if 1000 <= ms < 10_000 and rest % 100 == 0:
        return timefmt.format_span(int(ms))
    if 10_000 <= ms < 3_600_000 and rest == 0:
        return timefmt.format_span(int(seconds) * 1000)
    return f"{ms} ms"


def _name_event(event: Event) -> str:
    text = describe_event(event)
    return shorten(text, _LABEL_LIMIT) if isinstance(event, Location) else _quote(text)


def _quote(text: str) -> str:
    return f"“{shorten(text, _LABEL_LIMIT)}”"


def _describe_length(session: Session, signal: Signal) -> str:
    """Return the length of a series of clicks in words; "" if unknown."""
    clicks = [index for index in signal.events if isinstance(session.events[index], Click | Tap)]
    length = session.between_ms(clicks[0], clicks[-1])
    if length is None:
        return ""
    if length < session.resolution_ms and session.resolution_ms > 1:
        return " within one second"
    return f" within {timefmt.format_span(length, session.resolution_ms)}"


_SERVER_RULES: Final = {
    SignalKind.RAGE: ISSUE_RULES["click_rage"],
    SignalKind.DEAD: ISSUE_RULES["dead_click"],
    SignalKind.FAILED: ISSUE_RULES["bad_request"],
    SignalKind.THRASHING: ISSUE_RULES["mouse_thrashing"],
}


def describe_rule(signal: Signal, rules: Rules, resolution_ms: int = 1) -> str:
    """Return the rule behind a signal, with its thresholds.

    Args:
        signal: the signal.
        rules: the rules of the analysis.
        resolution_ms: the step that times are rounded down to.
    """
    if signal.kind is SignalKind.INCIDENT:
        return ISSUE_RULES[INCIDENT]
    if signal.is_server:
        known = _SERVER_RULES.get(signal.kind)
        return f"found by the server: {known}" if known else "found by the server, by its own rule"
    match signal.kind:
        case SignalKind.RAGE | SignalKind.STUCK | SignalKind.REPEAT:
            return _describe_clicks_rule(signal.kind, rules, resolution_ms)
        case SignalKind.HESITATION:
            return (
                f"one of the {MOST_HESITATIONS} longest from pointing or entering to doing, "
                f"at least {_format_ms(rules.hesitation_ms)} "
                f"and {HESITATION_FACTOR} times the session's median"
            )
        case SignalKind.SLOW:
            return f"one of {_list_poor_bounds(rules)}"
        case SignalKind.ERROR_CLICK:
            return f"no later than {_format_ms(rules.error_after_click_ms)} after the click"
        case SignalKind.FAILED:
            return f"a status of {rules.failed_status} or more, no answer, or no success"
        case SignalKind.GAP:
            return (
                f"{_format_ms(rules.silence_ms)} or more without an event; "
                "reading, watching and being away look the same"
            )
        case SignalKind.BACK_AND_FORTH:
            return (
                f"on the same page again no later than {_format_ms(rules.back_and_forth_ms)} "
                "after leaving it, with nothing entered meanwhile and no other page opened from it"
            )
        case _:
            return f"every {kind_name(signal.kind)}"


def _describe_clicks_rule(kind: SignalKind, rules: Rules, resolution_ms: int) -> str:
    match kind:
        case SignalKind.RAGE if rules.rage_apart_ms < resolution_ms:
            return (
                f"{rules.rage_clicks} or more within one second (PostHog: 1,000 ms); "
                f"{rules.rage_apart_ms} ms cannot be measured here"
            )
        case SignalKind.RAGE:
            return (
                f"{rules.rage_clicks} clicks or more on one label or selector, each less than "
                f"{rules.rage_apart_ms} ms after the last"
            )
        case SignalKind.STUCK:
            number, close = rules.stuck_clicks, "each at most {} after the last"
            if resolution_ms > 1:
                number, close = COARSE_FACTOR * number, "at most {} apart on average"
            return (
                f"{number} clicks or more on one label or selector, "
                f"{close.format(_format_ms(rules.stuck_ms))}, and no page, request, input "
                f"or error recorded within {_format_ms(rules.stuck_ms)} of the last"
            )
        case _:
            return (
                f"{rules.repeated_clicks} clicks or more on one label or selector with nothing "
                "between them, not known to be rage or without effect"
            )


def _list_poor_bounds(rules: Rules) -> str:
    """Return the bounds of a poor load: `LCP over 4.0s, FCP over 3.0s or …`."""
    bounds = [
        f"{metric.short if metric.short.isupper() else metric.name} over "
        f"{_format_ms(band.poor) if metric.unit else band.poor}"
        for metric in VERDICT_METRICS
        if (band := rules.bands.get(metric.key)) is not None
    ]
    return " or ".join(part for part in (", ".join(bounds[:-1]), *bounds[-1:]) if part)


def describe_counts(counts: Sequence[tuple[SignalKind, int]]) -> str:
    """Return numbers of signals in words: `3 rage clicks, 1 error`, or `no signals`."""
    return ", ".join(format_count(kind, number) for kind, number in counts) or "no signals"
