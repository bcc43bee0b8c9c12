"""The catalogue of signals: one record per kind, with all that is said and shown of it.

A new kind is a record here, in its place in `SIGNAL_KINDS`, and a detector in
`eventview.analysis.analysis.DETECTORS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from eventview.analysis import titles
from eventview.analysis.descriptions import (
    describe_issue,
    describe_length,
    drop_zero_fraction,
    find_event,
    find_issue_subject,
    format_ms,
    list_poor_bounds,
    list_poor_figures,
    name_event,
    quote,
)
from eventview.analysis.measured_session import MeasuredSession
from eventview.analysis.rules import COARSE_FACTOR, HESITATION_FACTOR, MOST_HESITATIONS, Rules
from eventview.analysis.signals import Severity, Shortcut, Signal, SignalKind, SignalWord
from eventview.session import timefmt
from eventview.session.events import Issue, Request, Tap
from eventview.session.folding import decode_address
from eventview.session.urls import format_path_first


def _span(measured: MeasuredSession, signal: Signal) -> str:
    return timefmt.format_span(round(signal.amount or 0), measured.session.resolution_ms)


def _times(signal: Signal) -> str:
    return "" if signal.amount is None else f"×{drop_zero_fraction(signal.amount)}"


def _name_series(measured: MeasuredSession, signal: Signal, clicks: str = "clicks") -> str:
    """Return a series of clicks in words: `3 clicks on “Pay” within 420ms`."""
    target = name_event(measured.session.events[signal.at])
    length = describe_length(measured.session, signal)
    return f"{round(signal.amount or 0):,} {clicks} on {target}{length}"


def _name_reported_clicks(measured: MeasuredSession, signal: Signal, clicks: str) -> str:
    about = find_issue_subject(measured, signal)
    return f"{clicks} on {quote(about)}" if about else clicks


CRASH = SignalKind(
    key="crash",
    name="crash",
    several="crashes",
    letter="C",
    severity=Severity.SEVERE,
    words=("error",),
    rule="every crash",
    title=titles.crash_title,
    issues={"crash": "", "app_crash": ""},
)


def _error_click_sentence(measured: MeasuredSession, signal: Signal) -> str:
    session = measured.session
    click, error = (name_event(session.events[index]) for index in signal.events[:2])
    is_timed = session.resolution_ms == 1 or signal.amount
    when = f"{_span(measured, signal)} after" if is_timed else "in the same second as"
    more = len(signal.events) - 2
    further = f", and {more:,} more {'error' if more == 1 else 'errors'}" if more else ""
    return f"{error} {when} the click on {click}{further}"


ERROR_CLICK = SignalKind(
    key="error-click",
    name="error after a click",
    several="errors after a click",
    letter="E",
    severity=Severity.SEVERE,
    badge="error after it",
    sentence=_error_click_sentence,
    rule=lambda rules, _: f"no later than {format_ms(rules.error_after_click_ms)} after the click",
    title=titles.error_title,
)

ERROR = SignalKind(
    key="error",
    name="error",
    letter="E",
    severity=Severity.SEVERE,
    shortcut=Shortcut("e", "error or crash"),
    rule="every error",
    title=titles.error_title,
    is_named_in_title=False,
    issues={"js_exception": ""},
)


def _failed_badge(_measured: MeasuredSession, signal: Signal) -> str:
    if signal.amount is None or signal.is_server:
        return "failed"
    return f"failed {drop_zero_fraction(signal.amount)}" if signal.amount else "no answer"


def _failed_sentence(measured: MeasuredSession, signal: Signal) -> str:
    if signal.is_server:
        return describe_issue(measured, signal)
    event, status = measured.session.events[signal.at], signal.amount
    method, address = (event.method, event.url) if isinstance(event, Request) else ("", "")
    if status is None:
        answer = "without a status"
    else:
        answer = f"with {drop_zero_fraction(status)}" if status else "without an answer"
    place = quote(decode_address(format_path_first(address)))
    return f"{method or 'Request'} failed {answer}: {place}"


FAILED = SignalKind(
    key="failed",
    name="failed request",
    letter="F",
    severity=Severity.SEVERE,
    badge=_failed_badge,
    sentence=_failed_sentence,
    rule=lambda rules, _: f"a status of {rules.failed_status} or more, no answer, or no success",
    title=titles.failure_title,
    is_named_in_title=False,
    issues={"bad_request": "a request that was answered with a status of 400 or more"},
)

INCIDENT = SignalKind(
    key="incident",
    name="incident",
    letter="!",
    severity=Severity.SEVERE,
    rule="reported by the user or the page",
    title=lambda m, signal: ("Incident: ", *titles.describe_signal_target(m, signal)),
    issues={"incident": "reported by the user or the page"},
)


def _rage_sentence(measured: MeasuredSession, signal: Signal) -> str:
    if signal.is_server:
        number = "" if signal.amount is None else f"{drop_zero_fraction(signal.amount):,} rage"
        return _name_reported_clicks(measured, signal, f"{number or 'Rage'} clicks")
    is_tap = isinstance(measured.session.events[signal.at], Tap)
    return _name_series(measured, signal, "taps" if is_tap else "clicks")


def _rage_rule(rules: Rules, resolution_ms: int) -> str:
    if rules.rage_apart_ms < resolution_ms:
        return (
            f"{rules.rage_clicks} or more within one second (PostHog: 1,000 ms); "
            f"{rules.rage_apart_ms} ms cannot be measured here"
        )
    return (
        f"{rules.rage_clicks} clicks or more on one label or selector, each less than "
        f"{rules.rage_apart_ms} ms after the last"
    )


RAGE = SignalKind(
    key="rage",
    name="rage click",
    letter="R",
    severity=Severity.SEVERE,
    badge=lambda _, signal: f"rage {_times(signal)}".rstrip(),
    sentence=_rage_sentence,
    rule=_rage_rule,
    title=titles.clicks_title,
    is_named_in_title=False,
    issues={
        "click_rage": "three or more clicks on one label, each less than 300 ms after the last",
        "tap_rage": "",
    },
    is_of_clicks=True,
)


def _stuck_rule(rules: Rules, resolution_ms: int) -> str:
    number, close = rules.stuck_clicks, "each at most {} after the last"
    if resolution_ms > 1:
        number, close = COARSE_FACTOR * number, "at most {} apart on average"
    return (
        f"{number} clicks or more on one label or selector, "
        f"{close.format(format_ms(rules.stuck_ms))}, and no page, request, input "
        f"or error recorded within {format_ms(rules.stuck_ms)} of the last"
    )


STUCK = SignalKind(
    key="stuck",
    name="clicks without effect",
    one="run of clicks without effect",
    several="runs of clicks without effect",
    letter="K",
    # Among the severe kinds, but only notable: in some releases the server does not send the
    # requests and errors that would show an effect.
    severity=Severity.NOTABLE,
    words=("wrong",),
    badge=lambda _, signal: f"stuck {_times(signal)}",
    sentence=lambda m, signal: f"{_name_series(m, signal)} that nothing came of",
    rule=_stuck_rule,
    title=lambda m, signal: titles.clicks_title(m, signal, " without effect"),
    is_of_clicks=True,
)


SLOW = SignalKind(
    key="slow",
    name="poor load",
    letter="W",
    severity=Severity.SEVERE,
    shortcut=Shortcut("w", "page that loaded poorly"),
    badge=None,
    sentence=lambda m, signal: (
        f"Poor load of {name_event(m.session.events[signal.at])}: {list_poor_figures(m, signal.at)}"
    ),
    rule=lambda rules, _: f"one of {list_poor_bounds(rules)}",
    title=titles.slow_page_title,
)


DEAD = SignalKind(
    key="dead",
    name="dead click",
    letter="D",
    severity=Severity.NOTABLE,
    sentence=lambda m, signal: _name_reported_clicks(m, signal, "Dead click"),
    title=lambda m, signal: ("Dead click on ", *titles.describe_signal_target(m, signal)),
    issues={"dead_click": "a click that changed nothing on the page for 1234 ms"},
)

THRASHING = SignalKind(
    key="thrashing",
    name="mouse thrashing",
    one="case of mouse thrashing",
    several="cases of mouse thrashing",
    letter="M",
    severity=Severity.NOTABLE,
    title="Mouse thrashing",
    issues={"mouse_thrashing": "the pointer was shaken"},
)


def _back_sentence(measured: MeasuredSession, signal: Signal) -> str:
    here, there = (name_event(measured.session.events[index]) for index in signal.events[:2])
    away, changes = _span(measured, signal), len(signal.events) - 1
    if changes == 2:
        return f"From {here} to {there} and back within {away}"
    return f"Back and forth between {here} and {there}, {changes} times within {away}"


BACK_AND_FORTH = SignalKind(
    key="back",
    name="back and forth",
    one="time back and forth",
    several="times back and forth",
    letter="B",
    severity=Severity.NOTABLE,
    sentence=_back_sentence,
    rule=lambda rules, _: (
        f"on the same page again no later than {format_ms(rules.back_and_forth_ms)} "
        "after leaving it, with nothing entered meanwhile and no other page opened from it"
    ),
    title=titles.back_and_forth_title,
)


def _gap_sentence(measured: MeasuredSession, signal: Signal) -> str:
    length = timefmt.format_duration(round(signal.amount or 0), measured.session.resolution_ms)
    return f"{length} without activity before this"


GAP = SignalKind(
    key="gap",
    name="silence",
    letter="S",
    severity=Severity.NOTABLE,
    words=("silence",),
    shortcut=Shortcut("s", "silence"),
    badge=lambda m, signal: f"after {_span(m, signal)}",
    sentence=_gap_sentence,
    rule=lambda rules, _: (
        f"{format_ms(rules.silence_ms)} or more without an event; "
        "reading, watching and being away look the same"
    ),
    title=titles.silence_title,
    is_page_in_title=True,
)


def _name_issue(measured: MeasuredSession, signal: Signal) -> str:
    issue = find_event(measured, signal, Issue)
    return "" if issue is None else issue.issue_type.replace("_", " ")


OTHER_ISSUE = SignalKind(
    key="issue",
    name="other issue",
    letter="?",
    severity=Severity.NOTABLE,
    badge=lambda m, signal: _name_issue(m, signal) or "issue",
    sentence=lambda m, signal: describe_issue(m, signal, _name_issue(m, signal)),
    title=titles.issue_title,
)


def _hesitation_sentence(measured: MeasuredSession, signal: Signal) -> str:
    act = measured.session.events[signal.at].type.lower()
    return f"Hesitated {timefmt.format_duration(round(signal.amount or 0))} before this {act}"


HESITATION = SignalKind(
    key="hesitation",
    name="hesitation",
    letter="h",
    severity=Severity.NOTABLE,
    badge=lambda _, signal: f"hesitated {timefmt.format_span(round(signal.amount or 0))}",
    sentence=_hesitation_sentence,
    rule=lambda rules, _: (
        f"one of the {MOST_HESITATIONS} longest from pointing or entering to doing, "
        f"at least {format_ms(rules.hesitation_ms)} "
        f"and {HESITATION_FACTOR} times the session's median"
    ),
    is_background=True,
)


REPEAT = SignalKind(
    key="repeat",
    name="repeated clicks",
    one="run of repeated clicks",
    several="runs of repeated clicks",
    letter="×",
    severity=Severity.NEUTRAL,
    badge=lambda _, signal: _times(signal) or "repeated",
    sentence=lambda m, signal: _name_series(m, signal, "clicks in a row"),
    rule=lambda rules, _: (
        f"{rules.repeated_clicks} clicks or more on one label or selector with nothing "
        "between them, not known to be rage or without effect"
    ),
    title=titles.clicks_title,
    is_background=True,
    is_of_clicks=True,
)

SIGNAL_KINDS: Sequence[SignalKind] = (
    CRASH, ERROR_CLICK, ERROR, FAILED, INCIDENT, RAGE, STUCK, SLOW, DEAD, THRASHING, BACK_AND_FORTH,
    GAP, OTHER_ISSUE, HESITATION, REPEAT,
)  # fmt: skip
"""All kinds, the gravest first."""

SIGNAL_GROUPS: Mapping[SignalWord, Callable[[SignalKind], bool]] = {
    SignalWord(key="severe", name="anything severe"): (
        lambda kind: kind.severity is Severity.SEVERE
    ),
    SignalWord(
        key="signal",
        name="any signal",
        one="signal",
        shortcut=Shortcut("i", "signal of any kind", footer="signal"),
    ): lambda kind: kind.severity is not Severity.NEUTRAL,
    SignalWord(
        key="wrong",
        name="anything that went wrong",
        one="that went wrong",
        several="that went wrong",
        shortcut=Shortcut(
            "x",
            "thing that went wrong: error, failed request, rage, clicks without effect, poor load",
            absent="signals of what went wrong",
        ),
    ): lambda kind: kind.is_wrong,
}
"""Words that stand for several kinds, with a function that returns True for each of those."""
