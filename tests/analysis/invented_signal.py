"""A program with one more kind of signal, a record and a detector; it prints where they appear."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence

from eventview.analysis import signal_kinds
from eventview.analysis.measured_session import MeasuredSession
from eventview.analysis.signals import Severity, Shortcut, Signal, SignalKind
from eventview.session.events import Click, Event, Input, Issue, Location
from eventview.session.source import SessionRef
from eventview.session.text import Inline, UserText


def _sentence(measured: MeasuredSession, signal: Signal) -> str:
    return f"Searched for {signal.amount} letters and did nothing with the result"


def _title(measured: MeasuredSession, signal: Signal) -> Inline:
    return ("Lost search in ", UserText(measured.session.events[signal.at].type))


LOST = SignalKind(
    key="lost",
    name="lost search",
    several="lost searches",
    letter="L",
    severity=Severity.SEVERE,
    words=("nowhere",),
    shortcut=Shortcut("v", "search that led nowhere"),
    badge=lambda _, signal: f"lost ×{signal.amount or 1}",
    sentence=_sentence,
    rule=lambda rules, _: f"a search, then nothing for {rules.silence_ms} ms",
    title=_title,
    issues={"lost_search": "a search without a click"},
)


def find_lost_searches(measured: MeasuredSession, _found: Sequence[Signal]) -> Iterator[Signal]:
    for index, event in enumerate(measured.session.events):
        if isinstance(event, Input) and event.label == "Search":
            yield Signal(LOST, index, (index,), len(event.value or ""))


EVENTS: Sequence[Event] = (
    Location("LOCATION", 0, {}, host="shop.example", path="/basket"),
    Click("CLICK", 4_000, {}, label="Help"),
    Input("INPUT", 8_000, {}, label="Search", value="umbrella"),
    Issue("ISSUE", 12_000, {}, issue_type="lost_search", context="Search"),
    Click("CLICK", 16_000, {}, label="Pay"),
)


async def _walk() -> tuple[str, str]:
    from tests.conftest import session_of
    from tests.tui.stage import Given, staged

    async with staged(Given.session(session_of(EVENTS))) as stage:
        await stage.press("v", "v", "V")
        return stage.cursor, stage.status


def list_appearances() -> dict[str, object]:
    """Return the texts of every place that lists or shows kinds of signal."""
    from pydantic import TypeAdapter

    from eventview.analysis import analysis as analyses
    from eventview.cli.options import read_fatal_kinds
    from eventview.cli.parser import parse_arguments
    from eventview.comparison.diff import compare_sessions
    from eventview.export import comparison_report, schema
    from eventview.export.formats import FORMATS
    from eventview.export.snapshot import ExportSnapshot
    from eventview.query.completion import complete_query
    from eventview.query.query import Query
    from eventview.render import details, rows, summary
    from eventview.render.histogram import build_histogram
    from eventview.session.session import Session
    from eventview.tui import commands
    from eventview.view.view import View
    from eventview.view.view_options import ViewOptions, make_filter_chips
    from tests.test_readme import signals_table

    analyses.DETECTORS = (*analyses.DETECTORS, find_lost_searches)
    analysis = analyses.Analysis(Session.of(SessionRef("acme", "42"), EVENTS, len(EVENTS)))
    view = View(analysis, ViewOptions(filter=Query.parse("is:lost")))
    snapshot = ExportSnapshot(View(analysis), cursor=2)
    document = json.loads("\n".join(FORMATS["json"](snapshot)))
    sections = details.build_sections(analysis, 2)
    bare = View(analyses.Analysis(Session.of(SessionRef("acme", "43"), EVENTS[:2], 2)))
    compared = compare_sessions(bare, View(analysis))
    cursor, status = asyncio.run(_walk())
    return {
        "chip": [chip.words for chip in make_filter_chips(view.options)],
        "found": {
            query: [*View(analysis, ViewOptions(filter=Query.parse(query))).shown]
            for query in ("is:lost", "is:nowhere", "is:severe", "is:wrong", "is:signal")
        },
        "completed": complete_query("is:lo", analysis),
        "fatal": [kind.key for kind in read_fatal_kinds(parse_arguments(["--fail-on", "lost"]))],
        "strip": build_histogram(analysis, 5).marks,
        "badges": [badge.text for badge in rows.build_row(analysis, 2).badges],
        "detail": [
            (field.value, field.note)
            for section in sections
            if section.title == "signals"
            for field in section.facts
        ],
        "issue": next(field.note for field in details.build_sections(analysis, 3)[0].facts),
        "summary": [field.value for field in summary.summary_fields(analysis)],
        "ticket": "\n".join(FORMATS["md"](snapshot)),
        "csv": "\n".join(FORMATS["csv"](snapshot)),
        "json": [(signal["kind"], signal["rule"]) for signal in document["signals"]],
        "records": [record["signals"] for record in document["events"]],
        "comparison": "\n".join(comparison_report.COMPARISON_FORMATS["json"](compared)),
        "schema": TypeAdapter(schema.FoundSignal).json_schema()["properties"]["kind"]["enum"],
        "help": [*commands.list_commands(commands.SIGNALS)],
        "cursor": cursor,
        "status": status,
        "readme": signals_table(),
    }


if __name__ == "__main__":
    # The other modules read the catalogue when they are imported.
    signal_kinds.SIGNAL_KINDS = (LOST, *signal_kinds.SIGNAL_KINDS)
    print(json.dumps(list_appearances()))
