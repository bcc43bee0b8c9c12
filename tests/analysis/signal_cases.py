"""Crafted sessions, with the signals that somebody who watched them would expect.

The expectations come from public definitions, never from what the rules find: a miss of the rules
stays here with its reason. The definitions:

- rage: OpenReplay, 3 or more clicks on one label, each less than 300 ms after the last
  (handlers/web/clickRage.go); PostHog, 3 or more within 30 px, each at most 1,000 ms after the last
  (posthog-js, rageclick.ts); Datadog, more than 3 on one element within a second.
- stuck: PostHog's rage, if the clicks have no effect; 3 or more clicks on one element are rage for
  Sentry if the page does not change within 7 s, a click without feedback is dead for Microsoft
  Clarity.
- error after a click: Datadog's error click, an error right after a click on an element.
- poor load: web.dev's bands of LCP, FCP, TTFB, INP, CLS and the speed index, PostHog's of the load.
- failed request: a status of 400 or more, as OpenReplay's issue bad_request; no answer at all.
- back and forth: Clarity's quick back, Uxify's U-turn (5 s or less and nothing done there).
- silence: 30 s without an event; hesitation: one that stands out in the session; both our own.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eventview.session.session import Session
from eventview.session.source import SessionRef
from eventview.wire.detect import read_answer
from tests.server.conversion import era_b_rows, v2_rows

Happened = dict[str, Any]

V1, CLICKHOUSE, V2 = "v1", "v1 of ClickHouse", "v2"
COARSE = (CLICKHOUSE, V2)
ALL = (V1, CLICKHOUSE, V2)

START_MS = 1_760_000_000_000


def _at(seconds: float, kind: str, **fields: Any) -> Happened:
    return {"type": kind, "timestamp": START_MS + round(seconds * 1000), **fields}


def click(seconds: float, label: str = "Pay", selector: str = "#pay", **more: Any) -> Happened:
    return _at(seconds, "CLICK", label=label, selector=selector, **more)


def clicks(*seconds: float, label: str = "Pay", selector: str = "#pay") -> list[Happened]:
    return [click(second, label, selector) for second in seconds]


def every(ms: int, number: int, label: str = "Pay", selector: str = "#pay") -> list[Happened]:
    """Return a number of clicks, some milliseconds apart."""
    return clicks(*(n * ms / 1000 for n in range(number)), label=label, selector=selector)


def page(seconds: float, path: str = "/a", query: str = "", **load: Any) -> Happened:
    vitals = {name: str(load.pop(name)) for name in ("LCP", "INP", "CLS", "TTFB") if name in load}
    properties = {"webVitals": json.dumps(vitals) if vitals else ""} | load
    return _at(seconds, "LOCATION", host="shop.example", path=path, query=query, **properties)


def typed(seconds: float, label: str = "E-mail", hesitation: int | None = 300) -> Happened:
    return _at(seconds, "INPUT", label=label, hesitation=hesitation, duration=2000)


def _at_in_v2(seconds: float, kind: str, properties: Happened, **row: Any) -> Happened:
    return _at(seconds, kind, properties=properties, row=row)


def request(seconds: float, status: int | None = 200, *, success: bool | None = None) -> Happened:
    is_success = (status or 0) < 400 if success is None else success
    properties = {"method": "POST", "url": "https://api.example/pay", "success": is_success}
    return _at_in_v2(seconds, "REQUEST", properties | ({"status": status} if status else {}))


def error(seconds: float, message: str = "x is undefined") -> Happened:
    properties = {
        "source": "js_exception",
        "name": "TypeError",
        "message": message,
        "payload": "[]",
    }
    return _at_in_v2(seconds, "ERROR", properties)


def crash(seconds: float) -> Happened:
    return _at_in_v2(seconds, "CRASH", {"name": "OOM", "reason": "memory", "stacktrace": ""})


def issue(seconds: float, kind: str, context: str = "", count: int | None = None) -> Happened:
    payload = "" if count is None else json.dumps({"Count": count})
    properties = {"issue_type": kind, "context_string": context, "payload": payload}
    return _at_in_v2(seconds, "ISSUE", properties, issue_type=kind)


def sample(seconds: float) -> Happened:
    return _at_in_v2(seconds, "PERFORMANCE", {"url": "https://shop.example/a", "avg_fps": 60})


def stored(ms_apart: int, events: Sequence[Happened]) -> list[Happened]:
    """Return the events with the times at which the server stored them, as from 2027 on."""
    return [
        event | {"stored_ms": START_MS + 90_017 + place * ms_apart}
        for place, event in enumerate(events)
    ]


@dataclass(frozen=True)
class Case:
    """A crafted session with the signals to expect."""

    name: str
    events: Sequence[Happened]
    expected: Mapping[str, int]
    """Number of signals to find, by their words in `is:`."""
    reason: str
    formats: Sequence[str] = (V1,)
    """Wire formats of the session; the events are the same in each."""


def session_of_case(case: Case, wire: str) -> Session:
    """Read a case in the form of a server's answer."""
    if wire == V2:
        rows = v2_rows("1", case.events)
        for row, event in zip(rows, case.events, strict=True):
            properties = {**row["$properties"], **event.get("properties", {})}
            row["$properties"] = {k: v for k, v in properties.items() if v not in (None, "", 0)}
            row["$properties"].update(
                {k: v for k, v in properties.items() if k == "success" and v is False}
            )
            row.update(event.get("row", {}))
            row["created_at"] = event.get("stored_ms", row["created_at"])
        answer: Any = {"data": {"total": len(rows), "events": rows}}
    else:
        told_by_v1 = [e for e in case.events if e["type"] in {"CLICK", "INPUT", "LOCATION"}]
        rows = [{"messageId": n, "sessionId": "1"} | e for n, e in enumerate(told_by_v1)]
        answer = {"data": rows if wire == V1 else era_b_rows(rows)}
    read = read_answer(answer)
    return Session.of(SessionRef("table", "1"), read.events, len(read.events), read.resolution_ms)


def _nfd(text: str) -> str:
    return unicodedata.normalize("NFD", text)


_NO: Mapping[str, int] = {}
_ONE_RAGE = {"rage": 1}
_STUCK = {"stuck": 1}
_SLOW = {"slow": 1}
_BACK = {"back": 1}


def _paced(hesitations: Sequence[int | None]) -> list[Happened]:
    return [
        click(n * 10, f"Button {n}", f"#b{n}", hesitation=ms)
        if n % 2
        else typed(n * 10, f"Field {n}", ms)
        for n, ms in enumerate(hesitations)
    ]


def _visits(*opened: tuple[float, str]) -> list[Happened]:
    return [page(seconds, path) for seconds, path in opened]


def _each_with(effect: Any, ms: int, number: int, label: str) -> list[Happened]:
    """Return clicks with an effect after each."""
    found = []
    for n in range(number):
        at = n * ms / 1000
        found += [click(at, label, "#it"), effect(at + 0.1, n)]
    return found


def _opens(seconds: float, n: int) -> Happened:
    return page(seconds, f"/step/{n}")


def _asks(seconds: float, _n: int) -> Happened:
    return request(seconds)


def _changes(seconds: float, _n: int) -> Happened:
    return typed(seconds, "Accept")


CHECKOUT = [
    page(0, "/cart", firstContentfulPaintTime=700, loadTime=1500, LCP=900, CLS=0.01),
    click(4.2, "Checkout", "#go", hesitation=900),
    page(4.9, "/checkout", firstContentfulPaintTime=800, loadTime=1600, LCP=1100, CLS=0.02),
    typed(12, "E-mail", 700),
    typed(19, "Street", 1100),
    click(26, "Continue", "#next", hesitation=600),
    page(26.8, "/payment", firstContentfulPaintTime=600, loadTime=1400, LCP=1000, CLS=0.0),
    typed(38, "Card number", 1200),
    click(49, "Pay", "#pay", hesitation=1500),
    page(50.5, "/thanks", firstContentfulPaintTime=500, loadTime=1200, LCP=800, CLS=0.0),
]

RAGE: Sequence[Case] = (
    Case("three fast", every(200, 3), _ONE_RAGE, "OpenReplay: 3 clicks, each < 300 ms", ALL),
    Case("299 ms apart", every(299, 3), _ONE_RAGE, "OpenReplay's border, inside", ALL),
    Case("seven fast", every(130, 7), _ONE_RAGE, "OpenReplay and PostHog", ALL),
    Case("a double click", every(150, 2), _NO, "2 clicks are none by anybody's definition", ALL),
    Case(
        "two double clicks on a row",
        [*clicks(0, 0.12, label="invoice.pdf"), *clicks(3.5, 3.62, label="invoice.pdf")],
        _NO, "two double clicks; no three within a second", ALL,
    ),
    Case(
        "three things fast",
        [click(0, "A", "#a"), click(0.2, "B", "#b"), click(0.4, "C", "#c")],
        _NO, "three elements, three places", ALL,
    ),
    Case(
        "an icon without a label", every(180, 5, "", "svg.heart"), _ONE_RAGE,
        "Datadog, Sentry: one element with any label", ALL,
    ),
    Case(
        "a label that flips", [click(n * 0.18, ("Submit", "Sending…")[n % 2]) for n in range(5)],
        _ONE_RAGE, "one element and place by PostHog and Sentry", (V1,),
    ),
    Case(
        "a label that flips, in whole seconds",
        [click(n * 0.18, ("Submit", "Sending…")[n % 2]) for n in range(5)],
        _ONE_RAGE, "as before; 3 of 5 have the first label", COARSE,
    ),
    Case(
        "a label that flips once, on the server's seconds",
        [click(n * 0.18, ("Submit", "Sending…")[n > 1]) for n in range(4)],
        _ONE_RAGE, "one element and place, by its id", COARSE,
    ),
    Case(
        "a label that flips, without an id, in whole seconds",
        [click(n * 0.2, ("Send", "Sent?")[n % 2], "form > button") for n in range(4)],
        _ONE_RAGE, "one element. A miss: two elements with one selector look the same", COARSE,
    ),
    Case(
        "composed and decomposed",
        [click(n * 0.15, ("Größe", _nfd("Größe"))[n % 2], "") for n in range(4)],
        _ONE_RAGE, "one label to whoever sees it", ALL,
    ),
    Case(
        "kinds of space",
        [click(n * 0.15, ("Buy now", "Buy\u00a0now")[n % 2], "") for n in range(4)],
        _ONE_RAGE, "one label to whoever sees it", ALL,
    ),
    Case(
        "a key pad, one key", every(220, 4, "5", ".key"), _NO,
        "typing 5555: every click does what it should", ALL,
    ),
    Case(
        "a key pad", [click(n * 0.2, key, ".key") for n, key in enumerate("2580")], _NO,
        "typing a number", ALL,
    ),
    Case("a stepper", every(170, 9, "+", ".qty > button"), _NO, "nine more of it, as meant", ALL),
    Case("louder", every(200, 6, "Volume up", "#vol"), _NO, "a stepper in words", ALL),
    Case("louder in German", every(200, 6, "Lauter", "#vol"), _NO, "a stepper in words", ALL),
    Case("a carousel", every(280, 5, "Next picture", "#car"), _NO, "looking at pictures", ALL),
    Case("a carousel in French", every(280, 5, "Image suivante", "#car"), _NO, "the same", ALL),
    Case("a calendar", every(250, 8, "Next month", ".cal"), _NO, "from March to November", ALL),
    Case("a calendar by signs", every(250, 8, "›", ".cal"), _NO, "the same", ALL),
    Case("paging", _each_with(_opens, 280, 4, "Next"), _NO, "each click opens a page", ALL),
    Case("paging in German", _each_with(_opens, 280, 4, "Weiter"), _NO, "the same", ALL),
    Case("paging in French", every(280, 3, "Suivant", "#n"), _NO, "three steps of a wizard", ALL),
    Case("paging in Japanese", every(280, 3, "次へ", "#n"), _NO, "the same", ALL),
    Case(
        "a wizard that does not go on, hammered", every(250, 8, "Next", "#next"), _ONE_RAGE,
        "OpenReplay's rule knows no labels, and nothing comes of eight clicks", (V1, V2),
    ),
    Case(
        "three clicks into a field", every(180, 3, "Search", "form > input"), _NO,
        "selects its text", ALL,
    ),
    Case(
        "hammering that helps", [*every(200, 4), page(1.1, "/thanks")], _ONE_RAGE,
        "OpenReplay looks at the clicks alone", (V1,),
    ),
    Case(
        "six at 400 ms, in whole seconds", every(400, 6), _ONE_RAGE,
        "PostHog: each at most 1,000 ms after the last", COARSE,
    ),
    Case("a star of a rating", every(150, 3, "★", ".stars"), _NO, "a sign", ALL),
    Case("skipping in a film", every(200, 6, "+10s", "#skip"), _NO, "a minute on", ALL),
    Case("an arrow", every(200, 5, "Arrow right", "#right"), _NO, "a carousel", ALL),
    Case("continue", every(200, 4, "Continue", "#go"), _ONE_RAGE, "no stepper: OpenReplay", ALL),
    Case("close", every(200, 4, "×", "#close"), _ONE_RAGE, "no stepper: OpenReplay", ALL),
    Case(
        "taps", [_at(n * 0.15, "TAP", label="Pay", properties={}) for n in range(4)], _ONE_RAGE,
        "OpenReplay's tap_rage: 3 or more on one label, each < 300 ms", (V2,),
    ),
    Case(
        "a label in progress, without an id",
        [click(n * 0.2, ("Submit", "Sending…")[n % 2], "form > button") for n in range(4)],
        _ONE_RAGE, "one element that shows its progress", ALL,
    ),
    Case("an icon by its font's name", every(220, 5, "chevron_right", "i"), _NO, "a carousel", ALL),
    Case("three seconds apart", every(3000, 4), _NO, "slower than anybody's definition", ALL),
    Case(
        "once a second", every(1000, 5), _NO,
        "whole seconds: 1,000 ms is PostHog's border, which these times do not tell", COARSE,
    ),
)  # fmt: skip

BY_SERVER: Sequence[Case] = (
    Case(
        "the server's rage", [*every(200, 4), issue(0, "click_rage", "Pay", 4)], _ONE_RAGE,
        "one thing, found twice", (V2,),
    ),
    Case(
        "the server's rage over a second's border",
        [*clicks(*(0.6 + n * 0.2 for n in range(6))), issue(0.6, "click_rage", "Pay", 6)],
        _ONE_RAGE, "one thing, though three clicks are in the next second", (V2,),
    ),
    Case(
        "the server's rage on Next", [*every(400, 3, "Next"), issue(0, "click_rage", "Next", 3)],
        _ONE_RAGE, "the server saw milliseconds; no list of labels knows better", (V2,),
    ),
    Case(
        "the server's rage, its clicks elsewhere", [click(0), issue(30, "click_rage", "Help", 3)],
        {"rage": 1, "gap": 0}, "its own finding, whatever else there is", (V2,),
    ),
    Case(
        "two rages", [*every(200, 3), *clicks(9, 9.1, 9.2, label="Help", selector="#h")],
        {"rage": 2}, "OpenReplay, twice", ALL,
    ),
    Case(
        "stored in a row", stored(2, every(3000, 5)), _NO,
        "clicked every three seconds; the milliseconds are those of the insertion", (V2,),
    ),
    Case(
        "stored in a row, and rage by the server",
        stored(2, [*every(150, 5), issue(0, "click_rage", "Pay", 5)]),
        _ONE_RAGE, "the server saw the real times", (V2,),
    ),
    Case("dead", [click(0), issue(0, "dead_click", "Pay")], {"dead": 1}, "the server's", (V2,)),
    Case(
        "thrashing",
        [click(0), issue(1, "mouse_thrashing")],
        {"thrashing": 1}, "the server's", (V2,),
    ),
    Case("memory", [click(0), issue(1, "memory")], {"issue": 1}, "the server's", (V2,)),
    Case(
        "an incident",
        [click(0), issue(1, "incident")],
        {"incident": 1}, "somebody reported it", (V2,),
    ),
)  # fmt: skip

STUCK: Sequence[Case] = (
    Case("six at 400 ms", every(400, 6), _STUCK, "PostHog; nothing comes of them"),
    Case("eight at 700 ms", every(700, 8), _STUCK, "PostHog; nothing comes of them", ALL),
    Case("at the borders", every(1000, 3), _STUCK, "PostHog: at most 1,000 ms is inside"),
    Case("just outside", every(1001, 4), _NO, "PostHog: 1,001 ms is outside"),
    Case("300 ms apart", every(300, 4), _STUCK, "not < 300 ms (OpenReplay), but PostHog's"),
    Case(
        "an icon, without effect", every(600, 5, "", "svg.heart"), _STUCK,
        "one element, nothing comes of it. A miss where times are whole seconds: five are few", ALL,
    ),
    Case(
        "the wizard's Next", every(500, 8, "Next", "#next"), _STUCK,
        "eight clicks and no page: Sentry's rage", ALL,
    ),
    Case("the wizard's Back", every(600, 6, "Back", "#back"), _STUCK, "six, as before", ALL),
    Case("the wizard's Zurück", every(600, 7, "Zurück", "#b"), _STUCK, "seven, as before", ALL),
    Case("paging in place", every(700, 4, "Next", "#next"), _NO, "four pages of a table", ALL),
    Case("paging for long", every(1800, 9, "Next", "#next"), _NO, "one page in 1.8 s", ALL),
    Case("a stepper, slowly", every(600, 8, "+", ".qty"), _NO, "eight more of it", ALL),
    Case(
        "a label in progress", [click(n * 0.5, ("Save", "Saving…")[n % 2]) for n in range(6)],
        _STUCK, "one element that never gets done",
    ),
    Case(
        "a toggle", [click(n * 0.8, ("Show", "Hide")[n % 2], "#more") for n in range(5)], _NO,
        "each click changes what is shown",
    ),
    Case(
        "one of each", [click(n * 0.9, "Add", f"li:nth-child({n}) > button") for n in range(4)],
        _NO, "four products: PostHog asks for one place",
    ),
    Case(
        "asked for again and again", [click(0), page(0.4, "/b"), *clicks(0.9, 1.5, 2.1)], _STUCK,
        "a page came of the first, nothing of the other three",
    ),
    Case("years back", every(450, 9, "Previous year", ".cal"), _NO, "to somebody's birthday"),
    Case("a page comes", [*every(500, 4), page(2.5, "/thanks")], _NO, "1,000 ms after the last"),
    Case(
        "a page comes after long", [*every(700, 8), page(5.5, "/thanks")], _NO,
        "600 ms after the last: PostHog's rage, but it went on", ALL,
    ),
    Case(
        "a page comes too late", [*every(500, 4), page(2.501, "/thanks")], _STUCK,
        "1,001 ms after the last: four clicks on what seemed dead",
    ),
    Case("a box that toggles", _each_with(_changes, 700, 4, "Accept"), _NO, "each changes a field"),
    Case(
        "the first click works",
        [click(0), page(0.3, "/b"), *clicks(0.8, 1.4, 2.0, label="Help", selector="#h")],
        _STUCK, "what opened the page is another thing than Help",
    ),
    Case(
        "more of a list", _each_with(_asks, 900, 4, "Load more"), _NO,
        "each click loads more. A miss: releases to 1.22 tell no requests",
    ),
    Case(
        "more of a list, with its requests", _each_with(_asks, 900, 4, "Load more"), _NO,
        "each click loads more", (V2,),
    ),
    Case("with other things between", [
        click(0), click(0.4, "Help", "#h"), click(0.8), click(1.2, "Help", "#h"), click(1.6),
    ], _NO, "never three on one thing in a row"),
    Case(
        "a field", every(500, 3, "Search", "input[type=search]"), _NO, "a caret set three times"
    ),
    Case(
        "last thing before leaving", [page(0), *clicks(5, 5.5, 6.0, label="Help", selector="#h")],
        _STUCK, "three clicks on what nothing came of, and gone",
    ),
)  # fmt: skip

FAULTS: Sequence[Case] = (
    Case("an error", [page(0), error(3)], {"error": 1}, "an uncaught exception", (V2,)),
    Case("three errors", [error(3), error(9), error(12)], {"error": 3}, "three exceptions", (V2,)),
    Case(
        "found by the server too", [error(3, "boom"), issue(3, "js_exception", "boom")],
        {"error": 1}, "one exception", (V2,),
    ),
    Case(
        "an error and then a click", [error(4.1), click(4.8)], {"error": 1},
        "Datadog's error click has the click first", (V2,),
    ),
    Case(
        "an error right after a click", [click(4.1), error(4.4)], {"error": 1, "error-click": 1},
        "Datadog's error click. A miss: in one whole second the order is not known", (V2,),
    ),
    Case(
        "a click opens a page that fails",
        [page(0, "/cart"), click(4.1), page(4.3, "/checkout"), error(4.6)],
        {"error": 1, "error-click": 1},
        "Datadog's error click: the page of each shows their order", (V2,),
    ),
    Case(
        "a page fails and is left",
        [page(0, "/cart"), error(4.1), click(4.3), page(4.6, "/checkout")],
        {"error": 1}, "Datadog's error click has the click first", (V2,),
    ),
    Case(
        "a click opens a page that fails twice",
        [page(0, "/cart"), click(4.1), page(4.2, "/pay"), error(4.4), error(4.6, "y")],
        {"error": 2, "error-click": 1},
        "Datadog's error click, one for the click", (V2,),
    ),
    Case(
        "an error long after a click", [click(4), error(19)], {"error": 1},
        "not right after it", (V2,),
    ),
    Case("a crash", [click(0), crash(3)], {"crash": 1}, "the app ended", (V2,)),
    Case("not found", [request(0, 404)], {"failed": 1}, "400 or more", (V2,)),
    Case(
        "a failing server",
        [request(0, 503), request(4, 503)],
        {"failed": 2}, "400 or more", (V2,),
    ),
    Case("the border", [request(0, 400), request(3, 399)], {"failed": 1}, "400 or more", (V2,)),
    Case("redirected", [request(0, 302), request(2, 304)], _NO, "under 400", (V2,)),
    Case("sent as failed", [request(0, None, success=False)], {"failed": 1}, "no success", (V2,)),
    Case("no answer", [request(0, None)], {"failed": 1}, "a status of 0: no answer", (V2,)),
    Case(
        "found failed by the server too",
        [request(0, 500), issue(0, "bad_request", "https://api.example/pay")],
        {"failed": 1}, "one request", (V2,),
    ),
)  # fmt: skip

LOADS: Sequence[Case] = (
    Case("a fast load", [page(0, firstContentfulPaintTime=900, LCP=1200)], _NO, "good", ALL),
    Case(
        "LCP over",
        [page(0, loadTime=900, LCP=4001)],
        _SLOW, "web.dev: poor over 4,000 ms", (V1, V2),
    ),
    Case("LCP at it", [page(0, loadTime=900, LCP=4000)], _NO, "web.dev: not yet poor", (V1, V2)),
    Case("FCP over", [page(0, firstContentfulPaintTime=3001)], _SLOW, "web.dev: 3,000 ms", ALL),
    Case("FCP at it", [page(0, firstContentfulPaintTime=3000)], _NO, "web.dev: not yet poor", ALL),
    Case("speed index", [page(0, speedIndex=5801)], _SLOW, "web.dev: 5,800 ms", ALL),
    Case("load", [page(0, loadTime=7301)], _SLOW, "PostHog: 7,300 ms", (V1, V2)),
    Case("INP", [page(0, loadTime=900, INP=900)], _SLOW, "web.dev: poor over 500 ms", (V1, V2)),
    Case("INP at it", [page(0, loadTime=900, INP=500)], _NO, "web.dev: not yet poor", (V1, V2)),
    Case("CLS", [page(0, loadTime=900, CLS=0.4)], _SLOW, "web.dev: poor over 0.25", (V1, V2)),
    Case("CLS at it", [page(0, loadTime=900, CLS=0.25)], _NO, "web.dev: not yet poor", (V1, V2)),
    Case(
        "TTFB",
        [page(0, loadTime=4000, TTFB=1900)],
        _SLOW, "web.dev: poor over 1,800 ms", (V1, V2),
    ),
    Case(
        "TTFB without vitals", [page(0, loadTime=3000, responseEnd=2500, responseTime=60)], _SLOW,
        "web.dev: TTFB is the response start, 2,440 ms", (V2,),
    ),
    Case("time to interactive", [page(0, loadTime=900, timeToInteractive=9000)], _NO,
         "a metric of the laboratory, which the tracker estimates", ALL),
    Case("a route change", [page(0)], _NO, "no load", ALL),
    Case(
        "nothing but zeros",
        [page(0, firstContentfulPaintTime=0, loadTime=0, speedIndex=0, responseTime=0)],
        _NO, "not measured", (V1, CLICKHOUSE),
    ),
    Case(
        "the same vitals again",
        [
            page(0, loadTime=900, LCP=8079, TTFB=2000),
            page(9, "/b", loadTime=800, LCP=8079, TTFB=2000),
        ],
        _SLOW, "the server repeats those of the page before", (V1, V2),
    ),
    Case(
        "two poor pages",
        [page(0, firstContentfulPaintTime=9000), page(20, "/b", speedIndex=9000)],
        {"slow": 2}, "web.dev", ALL,
    ),
)  # fmt: skip

WAYS: Sequence[Case] = (
    Case(
        "a quick back",
        _visits((0, "/list"), (9, "/p/1"), (12, "/list")),
        _BACK, "U-turn of 3 s", ALL,
    ),
    Case(
        "read, then back",
        _visits((0, "/list"), (9, "/p/1"), (19, "/list")),
        _NO, "10 s: read", ALL,
    ),
    Case(
        "a list and its details",
        _visits((0, "/list"), (9, "/p/1"), (19, "/list"), (25, "/p/2"), (37, "/list")),
        _NO, "what a list is for", ALL,
    ),
    Case(
        "a list and its details, fast",
        _visits((0, "/list"), (9, "/p/1"), (13, "/list"), (16, "/p/2"), (20, "/list")),
        _NO, "what a list is for", ALL,
    ),
    Case(
        "the query is gone", [page(0, "/shop", "utm_source=x"), page(9, "/p/1"), page(12, "/shop")],
        _BACK, "the same page to whoever sees it", ALL,
    ),
    Case(
        "another query", [page(0, "/s", "q=a"), page(9, "/p/1"), page(12, "/s", "q=b")], _NO,
        "another search", ALL,
    ),
    Case("sent back", _visits((0, "/a"), (9, "/login"), (9.4, "/a")), _NO, "a redirect", ALL),
    Case(
        "lost between two",
        _visits((0, "/a"), (9, "/b"), (12, "/a"), (15, "/b"), (18, "/a")),
        _BACK,
        "one stretch of back and forth", ALL,
    ),
    Case(
        "on and on",
        _visits((0, "/a"), (9, "/b"), (12, "/c"), (15, "/d")),
        _NO, "no way back", ALL,
    ),
    Case(
        "saved and back",
        [
            page(0, "/list"), page(5, "/edit"), typed(7, "Name"), click(9, "Save", "#s"),
            page(10, "/list"),
        ],
        _NO, "something was done there", ALL,
    ),
    Case("half a minute", [click(0), click(31.5, "Help", "#h")], {"gap": 1}, "30 s or more", ALL),
    Case("not half a minute", [click(0), click(29.2, "Help", "#h")], _NO, "under 30 s", ALL),
    Case(
        "sampled meanwhile", [click(0), sample(15), sample(45), click(70, "Help", "#h")],
        {"gap": 1}, "the page samples itself", (V2,),
    ),
)  # fmt: skip

PACES: Sequence[Case] = (
    Case(
        "an ordinary pace",
        _paced([900, 1500, 2100, 1200, 3000, 1800]),
        _NO, "none stands out", ALL,
    ),
    Case("one long thought", _paced([900, 1500, 16_000, 1200, 2000]), {"hesitation": 1},
         "16 s among seconds", ALL),
    Case(
        "a slow person",
        _paced([7000, 8000, 6500, 9000, 7500]),
        _NO, "as long as all others", ALL,
    ),
    Case(
        "five long thoughts",
        _paced([*[800] * 9, 6000, 7000, 8000, 9000, 10_000]),
        {"hesitation": 3}, "the three longest", ALL,
    ),
    Case("just under", _paced([500, 600, 700, 4990]), _NO, "under 5 s", ALL),
    Case("at the border", _paced([500, 600, 700, 5000]), {"hesitation": 1}, "5 s or more", ALL),
    Case("hammering measures 0", _paced([0, 0, 0, 0, 1500, 1600, 5200]), {"hesitation": 1},
         "three times those that were measured", ALL),
)  # fmt: skip

CLEAN: Sequence[Case] = (
    Case("a checkout", CHECKOUT, _NO, "nothing went wrong", ALL),
    Case(
        "a search",
        [page(0, "/"), typed(4, "Search"), click(6, "Search", "#go"), page(6.8, "/s", "q=x")],
        _NO, "nothing went wrong", ALL,
    ),
    Case(
        "looking at four products",
        [
            event
            for n in range(4)
            for event in (page(n * 20, f"/p/{n}"), click(n * 20 + 9, f"More {n}", f"#{n}"))
        ],
        _NO, "nothing went wrong", ALL,
    ),
    Case(
        "the same button on four pages",
        [e for n in range(4) for e in (page(n * 9, f"/p/{n}"), click(n * 9 + 4, "Add", "#add"))],
        _NO, "each once", ALL,
    ),
)  # fmt: skip

CASES: Sequence[Case] = (
    *RAGE, *BY_SERVER, *STUCK, *FAULTS, *LOADS, *WAYS, *PACES, *CLEAN,
)  # fmt: skip
