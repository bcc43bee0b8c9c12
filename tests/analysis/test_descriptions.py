"""Signals in words: a short tag, a sentence with figures, the rule in force."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import given
from msgspec import structs
from msgspec.structs import replace

from eventview.analysis.analysis import Analysis
from eventview.analysis.descriptions import (
    describe_counts,
    describe_load,
    describe_rule,
    describe_signal,
    describe_silence,
    signal_tag,
)
from eventview.analysis.rules import RULES
from eventview.analysis.signal_kinds import (
    BACK_AND_FORTH,
    CRASH,
    DEAD,
    ERROR,
    ERROR_CLICK,
    FAILED,
    GAP,
    HESITATION,
    INCIDENT,
    OTHER_ISSUE,
    RAGE,
    REPEAT,
    SLOW,
    STUCK,
    THRASHING,
)
from eventview.analysis.signals import Signal, SignalKind
from eventview.session.events import Event
from eventview.session.metrics import PUBLISHED, Band
from eventview.session.session import Session
from eventview.session.text import width
from tests.analysis.test_signals import (
    SESSIONS,
    click,
    clicks,
    crash,
    error,
    issue,
    page,
    pages,
    request,
    session,
    typed,
)
from tests.tables import each_row


def the(kind: SignalKind, read: Session) -> Signal:
    [signal] = [signal for signal in Analysis(read).signals.found if signal.kind is kind]
    return signal


HESITANT = [typed(2, hesitation_ms=1), typed(3, hesitation_ms=2), typed(4, hesitation_ms=5643)]

POOR: dict[str, Any] = {
    "largest_contentful_paint_ms": 8079,
    "first_contentful_paint_ms": 18_900,
    "load_ms": 3_000,
    "speed_index_ms": 5800,
    "time_to_first_byte_ms": 3632.1,
}


@each_row(
    ("kind", "events", "step", "short", "words"),
    [
        (RAGE, clicks(0, 210, 420), 1, "rage ×3", "3 clicks on “Pay” within 420ms"),
        (
            RAGE,
            [issue(0, "click_rage", "Pay", count=5)],
            1000,
            "rage ×5",
            "5 rage clicks on “Pay”",
        ),
        (
            RAGE,
            [issue(0, "click_rage", "Pay", count=5.0)],
            1000,
            "rage ×5",
            "5 rage clicks on “Pay”",
        ),
        (RAGE, [issue(0, "click_rage", "Pay")], 1000, "rage", "Rage clicks on “Pay”"),
        (RAGE, [issue(0, "click_rage")], 1000, "rage", "Rage clicks"),
        (
            REPEAT,
            clicks(0, 9000, 18_200),
            1,
            "×3",
            "3 clicks in a row on “Pay” within 18s",
        ),
        (REPEAT, clicks(0, 0, 2000), 1000, "×3", "3 clicks in a row on “Pay” within 2s"),
        (RAGE, clicks(0, 0, 0), 1000, "rage ×3", "3 clicks on “Pay” within one second"),
        (
            RAGE,
            clicks(0, 90, 180, label="", selector="svg.cart"),
            1,
            "rage ×3",
            "3 clicks on “(no label) svg.cart” within 180ms",
        ),
        (
            STUCK,
            clicks(0, 400, 800),
            1,
            "stuck ×3",
            "3 clicks on “Pay” within 800ms that nothing came of",
        ),
        (
            HESITATION,
            [*map(typed, (0, 1)), *HESITANT],
            1,
            "hesitated 5.6s",
            "Hesitated 5.6 s before this input",
        ),
        (ERROR, [error(0)], 1, "error", "Error: “x is undefined”"),
        (ERROR, [issue(0, "js_exception", "boom")], 1000, "error", "Error: “boom”"),
        (
            ERROR_CLICK,
            [click(0), error(120)],
            1,
            "error after it",
            "“x is undefined” 120ms after the click on “Pay”",
        ),
        (
            ERROR_CLICK,
            [click(0), error(120), error(130)],
            1,
            "error after it",
            "“x is undefined” 120ms after the click on “Pay”, and 1 more error",
        ),
        (CRASH, [crash(0)], 1, "crash", "Crash: “out of memory”"),
        (FAILED, [request(0, 503)], 1, "failed 503", "GET failed with 503: “/o · api”"),
        (
            FAILED,
            [request(0, 503.0)],
            1,
            "failed 503",
            "GET failed with 503: “/o · api”",
        ),
        (
            FAILED,
            [structs.replace(request(0, None), is_success=False, method="")],
            1,
            "failed",
            "Request failed without a status: “/o · api”",
        ),
        (
            FAILED,
            [issue(0, "bad_request", "https://api/o")],
            1000,
            "failed",
            "Failed request: “/o · api”",
        ),
        (
            SLOW,
            [page(0, **POOR)],
            1,
            "LCP 8.1s poor",
            "Poor load of /a: LCP 8.1s (poor over 4.0s), FCP 19s (poor over 3.0s), "
            "TTFB 3.6s (poor over 1.8s)",
        ),
        (
            SLOW,
            [page(0, load_ms=1, interaction_to_next_paint_ms=901)],
            1,
            "INP 901ms poor",
            "Poor load of /a: INP 901 ms (poor over 500 ms)",
        ),
        (
            SLOW,
            [page(0, load_ms=1, cumulative_layout_shift=0.2512)],
            1,
            "CLS 0.25 poor",
            "Poor load of /a: CLS 0.2512 (poor over 0.25)",
        ),
        (
            SLOW,
            [page(0, load_ms=1, response_start_ms=2400)],
            1,
            "1st byte 2.4s poor",
            "Poor load of /a: 1st byte 2.4s (poor over 1.8s)",
        ),
        # Rounded, both would look the same.
        (
            SLOW,
            [page(0, load_ms=7301)],
            1,
            "load 7.3s poor",
            "Poor load of /a: load 7301 ms (poor over 7.3s)",
        ),
        (
            GAP,
            [click(0), click(374_000)],
            1,
            "after 6m14s",
            "6m14s without activity before this",
        ),
        (
            GAP,
            [click(0), click(31_000)],
            1000,
            "after 31s",
            "31 s without activity before this",
        ),
        (
            BACK_AND_FORTH,
            pages((0, "/a"), (9000, "/b"), (12_100, "/a")),
            1,
            "back and forth",
            "From /a to /b and back within 3.1s",
        ),
        (
            BACK_AND_FORTH,
            pages((0, "/a"), (9, "/b"), (2009, "/a"), (6009, "/b")),
            1,
            "back and forth",
            "Back and forth between /a and /b, 3 times within 6.0s",
        ),
        (
            DEAD,
            [issue(0, "dead_click", "Help")],
            1000,
            "dead click",
            "Dead click on “Help”",
        ),
        (DEAD, [issue(0, "dead_click")], 1000, "dead click", "Dead click"),
        (
            THRASHING,
            [issue(0, "mouse_thrashing", "https://shop/a")],
            1000,
            "mouse thrashing",
            "Mouse thrashing: “/a · shop”",
        ),
        (
            INCIDENT,
            [issue(0, "incident", label="It hangs")],
            1000,
            "incident",
            "Incident: “It hangs”",
        ),
        (OTHER_ISSUE, [issue(0, "cpu")], 1000, "cpu", "Cpu"),
        (
            OTHER_ISSUE,
            [issue(0, "slow_page_load", "https://shop/a")],
            1000,
            "slow page load",
            "Slow page load: “/a · shop”",
        ),
        (
            OTHER_ISSUE,
            [issue(0, "excessive_scrolling")],
            1000,
            "excessive scrolli…",
            "Excessive scrolling",
        ),
        (OTHER_ISSUE, [issue(0, "")], 1000, "issue", "Other issue"),
    ],
)
def test_a_signal_has_a_tag_and_a_sentence_with_its_figures(
    kind: SignalKind, events: Sequence[Event], step: int, short: str, words: str
) -> None:
    read = session(*events, step=step)
    signal, analysis = the(kind, read), Analysis(read)
    tag = describe_load(analysis, signal.at) if kind is SLOW else signal_tag(analysis, signal)
    assert tag == short
    assert describe_signal(analysis, signal) == words


def test_what_the_server_found_too_changes_no_figure() -> None:
    events = [error(0, "boom"), issue(0, "js_exception", "boom")]
    read = session(*events, step=1000)
    assert describe_signal(Analysis(read), the(ERROR, read)) == "Error: “boom”"
    coarse = replace(RULES, rage_apart_ms=2000)
    raging = session(*clicks(0, 1000, 2000), issue(2000, "click_rage", "Pay", count=3), step=1000)
    read_coarsely = Analysis(raging, coarse)
    [rage] = read_coarsely.signals.found
    assert describe_signal(read_coarsely, rage) == "3 clicks on “Pay” within 2s"


def test_a_poor_load_leaves_out_vitals_that_may_come_from_the_page_before() -> None:
    vitals = {key: POOR[key] for key in ("largest_contentful_paint_ms", "time_to_first_byte_ms")}
    read = session(page(0, load_ms=1, **vitals), page(5000, "/b", load_ms=9100, **vitals))
    second = Analysis(read).signals.found[-1]
    assert describe_signal(Analysis(read), second) == "Poor load of /b: load 9.1s (poor over 7.3s)"


def test_a_long_label_is_cut_in_a_sentence() -> None:
    read = session(*clicks(0, 1, 2, label="x" * 99))
    words = describe_signal(Analysis(read), the(RAGE, read))
    assert words == f"3 clicks on “{'x' * 60}… (39 more characters)” within 2ms"


CHANGED = replace(
    RULES,
    rage_clicks=4,
    rage_apart_ms=250,
    repeated_clicks=5,
    hesitation_ms=1234,
    stuck_clicks=5,
    stuck_ms=1500,
    error_after_click_ms=500,
    failed_status=500,
    silence_ms=90_000,
    back_and_forth_ms=20_000,
    bands={"lcp": Band(1, 2400, "mine"), "si": Band(1, 999.5, "mine"), "cls": Band(0, 1, "mine")},
)


@each_row(
    ("kind", "usual", "changed"),
    [
        (
            RAGE,
            "3 clicks or more on one label or selector, each less than 300 ms after the last",
            "4 clicks or more on one label or selector, each less than 250 ms after the last",
        ),
        (
            STUCK,
            "3 clicks or more on one label or selector, each at most 1.0s after the last, and no "
            "page, request, input or error recorded within 1.0s of the last",
            "5 clicks or more on one label or selector, each at most 1.5s after the last, and no "
            "page, request, input or error recorded within 1.5s of the last",
        ),
        (
            REPEAT,
            "3 clicks or more on one label or selector with nothing between them, not known to be "
            "rage or without effect",
            "5 clicks or more on one label or selector with nothing between them, not known to be "
            "rage or without effect",
        ),
        (
            HESITATION,
            "one of the 3 longest from pointing or entering to doing, at least 5.0s and 3 times "
            "the session's median",
            "one of the 3 longest from pointing or entering to doing, at least 1234 ms and 3 times "
            "the session's median",
        ),
        (
            SLOW,
            "one of LCP over 4.0s, FCP over 3.0s, load event end over 7.3s, SI over 5.8s, "
            "TTFB over 1.8s, response start over 1.8s, INP over 500 ms or CLS over 0.25",
            "one of LCP over 2.4s, SI over 999.5 ms or CLS over 1",
        ),
        (
            ERROR_CLICK,
            "no later than 1.0s after the click",
            "no later than 500 ms after the click",
        ),
        (
            FAILED,
            "a status of 400 or more, no answer, or no success",
            "a status of 500 or more, no answer, or no success",
        ),
        (
            GAP,
            "30s or more without an event; reading, watching and being away look the same",
            "1m30s or more without an event; reading, watching and being away look the same",
        ),
        (
            BACK_AND_FORTH,
            "on the same page again no later than 7.0s after leaving it, with nothing entered "
            "meanwhile and no other page opened from it",
            "on the same page again no later than 20s after leaving it, with nothing entered "
            "meanwhile and no other page opened from it",
        ),
        (CRASH, "every crash", "every crash"),
        (ERROR, "every error", "every error"),
    ],
)
def test_the_rule_in_force_has_its_thresholds(kind: SignalKind, usual: str, changed: str) -> None:
    found = Signal(kind, 0, (0,))
    assert describe_rule(found, RULES) == usual
    assert describe_rule(found, CHANGED) == changed


def test_coarse_times_have_another_rule_of_rage() -> None:
    found = Signal(RAGE, 0, (0,))
    assert describe_rule(found, RULES, 1000) == (
        "3 or more within one second (PostHog: 1,000 ms); 300 ms cannot be measured here"
    )
    assert describe_rule(Signal(STUCK, 0, (0,)), RULES, 1000) == (
        "6 clicks or more on one label or selector, at most 1.0s apart on average, and no page, "
        "request, input or error recorded within 1.0s of the last"
    )
    coarse = replace(RULES, rage_apart_ms=1500)
    assert describe_rule(found, coarse, 1000).endswith("each less than 1500 ms after the last")


def test_a_rule_of_one_band_names_one() -> None:
    only = replace(RULES, bands={"lcp": PUBLISHED["lcp"]})
    assert describe_rule(Signal(SLOW, 0, (0,)), only) == "one of LCP over 4.0s"


@each_row(
    ("kind", "words"),
    [
        (
            RAGE,
            "found by the server: three or more clicks on one label, each less than 300 ms "
            "after the last",
        ),
        (
            DEAD,
            "found by the server: a click that changed nothing on the page for 1234 ms",
        ),
        (
            FAILED,
            "found by the server: a request that was answered with a status of 400 or more",
        ),
        (THRASHING, "found by the server: the pointer was shaken"),
        (INCIDENT, "reported by the user or the page"),
        (OTHER_ISSUE, "found by the server, by its own rule"),
        (ERROR, "found by the server, by its own rule"),
        (CRASH, "found by the server, by its own rule"),
    ],
)
def test_the_rule_of_the_server_is_its_own_whatever_ours_is(kind: SignalKind, words: str) -> None:
    found = Signal(kind, 0, (0,), is_server=True)
    assert describe_rule(found, RULES) == describe_rule(found, CHANGED) == words


@each_row(
    ("kind", "one", "several"),
    [
        (CRASH, "1 crash", "2 crashes"),
        (ERROR, "1 error", "2 errors"),
        (ERROR_CLICK, "1 error after a click", "2 errors after a click"),
        (RAGE, "1 rage click", "2 rage clicks"),
        (STUCK, "1 run of clicks without effect", "2 runs of clicks without effect"),
        (FAILED, "1 failed request", "2 failed requests"),
        (INCIDENT, "1 incident", "2 incidents"),
        (SLOW, "1 poor load", "2 poor loads"),
        (DEAD, "1 dead click", "2 dead clicks"),
        (THRASHING, "1 case of mouse thrashing", "2 cases of mouse thrashing"),
        (BACK_AND_FORTH, "1 time back and forth", "2 times back and forth"),
        (GAP, "1 silence", "2 silences"),
        (OTHER_ISSUE, "1 other issue", "2 other issues"),
        (HESITATION, "1 hesitation", "2 hesitations"),
        (REPEAT, "1 run of repeated clicks", "2 runs of repeated clicks"),
    ],
)
def test_so_many_of_a_kind_read_like_english(kind: SignalKind, one: str, several: str) -> None:
    assert kind.format_count(1) == one
    assert kind.format_count(2) == several
    assert kind.format_count(1200) == several.replace("2", "1,200", 1)


def test_a_summary_names_the_kinds_in_the_order_given() -> None:
    assert describe_counts({RAGE: 3, ERROR: 1}) == "3 rage clicks, 1 error"
    assert describe_counts({}) == "no signals"


@each_row(
    ("load", "words"),
    [
        ({"first_contentful_paint_ms": 399, "load_ms": 844}, "FCP 399ms good"),
        ({"first_contentful_paint_ms": 2569, "load_ms": 844}, "FCP 2.6s needs work"),
        ({"time_to_first_byte_ms": 1832.2, "load_ms": 844}, "TTFB 1.8s poor"),
        ({}, ""),
        ({"server_wait_ms": 9000}, ""),
    ],
)
def test_a_load_is_described_by_its_worst_figure_and_rating(
    load: dict[str, Any], words: str
) -> None:
    read = session(page(0, **load), click(1))
    assert describe_load(Analysis(read), 0) == words
    assert describe_load(Analysis(read), 1) == ""
    unrated = Analysis(session(page(0, **load)), replace(RULES, bands={}))
    assert describe_load(unrated, 0) in {"", "FCP 399ms", "FCP 2.6s", "load 844ms"}


def test_a_silence_of_its_own_row_is_in_lower_case() -> None:
    read = session(click(0), click(48_000))
    assert describe_silence(read, the(GAP, read)) == "no events for 48s"


@given(SESSIONS)
def test_every_signal_has_words(read: Session) -> None:
    for signal in Analysis(read).signals.found:
        assert 0 < width(signal_tag(Analysis(read), signal)) <= 18
        words = describe_signal(Analysis(read), signal)
        assert words[0].isupper() or not words[0].isalpha()
        assert "None" not in words
        assert describe_rule(signal, Analysis(read).rules)
