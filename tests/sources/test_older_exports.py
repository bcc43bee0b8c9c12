"""Exports of release 0.1.0 still open, and mean what their own records say."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from eventview.analysis.analysis import Analysis, SessionBuilder
from eventview.comparison.diff import compare_sessions
from eventview.session.event_text import describe_event_raw
from eventview.session.events import Request
from eventview.session.session import Session
from eventview.sources.files import open_file
from eventview.view.view import View
from tests.conftest import CHECKOUT, recorded
from tests.tables import each_row

FOLDER = Path(__file__).parent.parent / "data" / "0.1.0"
SESSIONS = sorted(
    path.name for path in FOLDER.iterdir() if not path.name.startswith(("comparison", "session-"))
)
COMPARISONS = ["comparison-demo-checkout.json", "comparison-shop.json"]


def opened(name: str) -> Session:
    source = open_file(FOLDER / name)
    gathering = SessionBuilder(source.session_ref)
    for batch in source.batches():
        gathering.take(batch)
    gathering.finish()
    return gathering.analysis().session


def document(name: str) -> Any:
    return json.loads((FOLDER / name).read_text("utf-8"))


def records(name: str) -> list[Mapping[str, Any]]:
    if name.endswith(".ndjson"):
        return [json.loads(line) for line in (FOLDER / name).read_text("utf-8").splitlines()]
    found: list[Mapping[str, Any]] = document(name)["events"]
    return found


def test_all_that_were_kept_are_looked_at() -> None:
    assert len(SESSIONS) + len(COMPARISONS) == 10


@each_row("name", SESSIONS)
def test_a_session_means_what_its_records_say(name: str) -> None:
    session, shown = opened(name), records(name)
    assert len(session.events) == len(shown) > 0
    for index, (event, record) in enumerate(zip(session.events, shown, strict=True)):
        assert session.number(index) == record["n"]
        assert event.type == record["type"]
        assert event.time_ms == record["timestamp"]
        assert session.offset_ms(index) == record["offset_ms"]
        if isinstance(event, Request) and event.status == 0:
            # It had no words for a request without an answer.
            assert describe_event_raw(event).replace("no answer ", "") == record["what"]
        else:
            assert describe_event_raw(event) == record["what"]
        assert event.raw == record["raw"]
        page, number = session.page(index), session.visit_number(index)
        if page is not None and number is not None:
            assert page.path == record["page"]["path"]
        # A part has not always the pages that its events were on.
        if session.partial_export is None:
            assert (None if number is None else number + 1) == (record["page"] or {}).get("n")


@each_row("name", [name for name in SESSIONS if name.endswith(".json")])
def test_a_session_is_called_and_counted_as_its_head_says(name: str) -> None:
    session, head = opened(name), document(name)
    assert session.session_id == head["session"]
    assert session.session_ref.name == head["source"]
    assert session.resolution_ms == head["resolution_ms"]
    assert session.total == max(head["announced"] or 0, head["total"])
    assert session.start_ms == head["start_ms"]
    if session.partial_export is None:
        assert session.duration_ms == head["duration_ms"]
        assert session.type_counts == head["types"]
        assert len(session.visits) == head["pages"]


@each_row("name", [*SESSIONS, *COMPARISONS])
def test_each_keeps_to_the_schema_of_its_version(name: str) -> None:
    is_session = name in SESSIONS
    schema = document("session-1.schema.json" if is_session else "comparison-1.schema.json")
    if name.endswith(".ndjson"):
        record = Draft202012Validator({"$ref": "#/$defs/Record", "$defs": schema["$defs"]})
        for line in records(name):
            record.validate(line)
    else:
        Draft202012Validator(schema).validate(document(name))


@pytest.mark.parametrize("name", COMPARISONS)
def test_a_comparison_counts_its_own_lines(name: str) -> None:
    shown = document(name)
    outcomes = [line["outcome"] for page in shown["pages"] for line in page["lines"]]
    assert shown["counts"] == {outcome: outcomes.count(outcome) for outcome in shown["counts"]}


def test_the_same_two_sessions_compare_as_they_did() -> None:
    shown = document("comparison-demo-checkout.json")
    compared = compare_sessions(
        View(Analysis(opened("demo.json"))), View(Analysis(recorded(CHECKOUT)))
    )
    for side, view in (("first", compared.first), ("second", compared.second)):
        session, said = view.session, shown[side]
        assert len(session.events) == said["total"]
        assert len(session.visits) == said["pages"]
        assert (session.start_ms, session.duration_ms) == (said["start_ms"], said["duration_ms"])
    counts = {outcome.value: number for outcome, number in compared.counts.items()}
    assert counts == shown["counts"]


@pytest.mark.parametrize(
    ("side", "name"), [("first", "v2-shop.json"), ("second", "v1-clickhouse-shop.json")]
)
def test_the_sessions_of_a_comparison_are_those_that_were_exported(side: str, name: str) -> None:
    session, said = opened(name), document("comparison-shop.json")[side]
    assert session.start_ms == said["start_ms"]
    assert (len(session.events), len(session.visits)) == (said["total"], said["pages"])
    assert session.resolution_ms == said["resolution_ms"]
