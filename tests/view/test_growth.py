"""The work of opening a session, which grows with its events and not with their square."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import partial
from types import FrameType
from typing import Final

from eventview.analysis.analysis import Analysis
from eventview.render.histogram import build_histogram
from eventview.session.events import (
    Click,
    Error,
    Event,
    Input,
    Issue,
    Location,
    Performance,
    Request,
)
from eventview.session.session import Session
from eventview.session.source import Gap, SessionRef
from eventview.view import folds
from eventview.view.view import View
from eventview.view.view_options import ViewOptions
from tests.tables import each_row

START_MS: Final = 1_700_000_000_000
DAY_MS: Final = 86_400_000
FEW: Final = 500


def click(time_ms: int, label: str = "x") -> Event:
    return Click("CLICK", time_ms, {}, label=label)


def page(time_ms: int, path: str = "/a") -> Event:
    return Location("LOCATION", time_ms, {}, path=path)


def issue(time_ms: int, name: str, about: str) -> Event:
    return Issue("ISSUE", time_ms, {}, issue_type=name, context=about)


def failure(time_ms: int, url: str) -> Event:
    return Request("REQUEST", time_ms, {}, url=url, status=500)


Nth = Callable[[int], Event]

MADE: Final[dict[str, Nth]] = {
    "without anything": lambda i: Event("", None, {}),
    "at one time": lambda i: click(START_MS, f"label {i % 7}"),
    "in reverse": lambda i: click(START_MS - 1000 * i, f"label {i % 7}"),
    "each far from the others": lambda i: page(START_MS + 3 * DAY_MS * i),
    "pages": lambda i: page(START_MS + 1000 * i, f"/{i}"),
    "two pages in turns": lambda i: page(START_MS + 2000 * i, f"/{i % 2}"),
    "one run of rage": lambda i: click(START_MS + 100 * i),
    "one run of slow clicks": lambda i: click(START_MS + 900 * i),
    "clicks with samples between": lambda i: (
        click(START_MS + 100 * i) if i % 2 else Performance("PERFORMANCE", START_MS + 100 * i, {})
    ),
    "errors after one click": lambda i: (
        Error("ERROR", START_MS + i // 50, {}, message=f"m{i}") if i else click(START_MS)
    ),
    "failed requests with issues at one time": lambda i: (
        failure(START_MS, f"/{i}") if i % 2 else issue(START_MS, "bad_request", f"/{i + 1}")
    ),
    "issues of one request": lambda i: (
        issue(START_MS, "bad_request", "/a") if i else failure(START_MS, "/a")
    ),
    "issues of clicks of many labels": lambda i: (
        click(START_MS + i, f"{i // 2}")
        if i % 2
        else issue(START_MS + i + 1, "dead_click", f"{i // 2}")
    ),
    "inputs": lambda i: (
        Input("INPUT", START_MS + 500 * i, {}, label=f"f{i}")
        if i % 2
        else click(START_MS + 500 * i)
    ),
    "unknown types": lambda i: Event(f"type {i}", START_MS + i, {}),
}


def session(number: int, nth: Nth, resolution_ms: int, gaps: Sequence[Gap]) -> Session:
    events = [nth(i) for i in range(number)]
    return Session.of(SessionRef("1"), events, None, resolution_ms, gaps)


def calls(work: Callable[[], object]) -> int:
    """Number of calls of functions, in Python and in C, that some work makes."""
    made = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal made
        made += event in {"call", "c_call"}

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return made


def open_session(number: int, nth: Nth, resolution_ms: int = 1, *, gapped: bool = False) -> None:
    gaps = [Gap(START_MS, START_MS + 1000 * number)] * number if gapped else []
    analysis = Analysis(session(number, nth, resolution_ms, gaps))
    view = View(analysis, ViewOptions(are_runs_rolled=True)).found()
    folded = view.through(folds.fold_all(view)).found()
    build_histogram(analysis, 80).cells  # noqa: B018  # the buckets are computed on first use
    for shown in (view, folded):
        for index in (*shown.rows[:3], *shown.rows[-3:]):
            shown.signals_of(index)
            folds.fold(shown, index)
            folds.reveal(shown, index)


@each_row("nth", MADE.items())
def test_four_times_the_events_take_four_times_the_calls(nth: tuple[str, Nth]) -> None:
    made = nth[1]
    for resolution_ms, gapped in ((1, False), (1000, False), (1, True)):
        sessions = (
            partial(open_session, number, made, resolution_ms, gapped=gapped)
            for number in (FEW, 4 * FEW)
        )
        few, many = map(calls, sessions)
        assert many <= 4.5 * few, (resolution_ms, gapped, few, many)
