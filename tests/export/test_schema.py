"""The JSON Schemas that are shipped: made from the models, and every export keeps to them."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import ConfigDict, TypeAdapter

from eventview.analysis.analysis import Analysis
from eventview.comparison.diff import compare_sessions
from eventview.export import comparison_report, json_records, schema
from eventview.export.snapshot import ExportSnapshot
from eventview.query.query import Query
from eventview.session.position import Position
from eventview.session.session import Session
from eventview.session.source import Gap, Replay, SessionRef
from eventview.view.view import View
from eventview.view.view_options import RowWindow, ViewOptions
from tests.conftest import session_of
from tests.formats import sessions
from tests.hostile import hostile
from tests.tables import each_row

FOLDER = Path(inspect.getfile(schema)).parent

DOCUMENTS = {"session": schema.Document, "comparison": schema.ComparisonDocument}


def made(name: str, *, is_strict: bool = False) -> dict[str, Any]:
    """The schema of a document, with the meaning of each field.

    A strict one knows no other fields; what is shipped does, as later versions may have more.
    """
    config = ConfigDict(use_attribute_docstrings=True, extra="forbid" if is_strict else None)
    for _, kind in inspect.getmembers(schema, inspect.isclass):
        if kind.__module__ == schema.__name__ and hasattr(kind, "__required_keys__"):
            kind.__pydantic_config__ = config  # type: ignore[attr-defined]  # pydantic's own way
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return head | TypeAdapter(DOCUMENTS[name]).json_schema() | {"title": "Document"}


def shipped(name: str) -> Any:
    return json.loads(schema.read_schema(name))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_is_shipped_is_made_from_the_models(name: str, pytestconfig: pytest.Config) -> None:
    now = json.dumps(made(name), indent=1, ensure_ascii=False) + "\n"
    if pytestconfig.getoption("renew"):
        (FOLDER / schema.FILES[name]).write_text(now, "utf-8")
    assert shipped(name) == json.loads(now), "run this test with --renew if the change is meant"


def views(session: Session) -> Iterator[View]:
    yield View(Analysis(session))
    yield View(
        Analysis(session),
        ViewOptions(filter=Query.parse("type:click"), find=Query.parse("a"), context=(1, 1)),
    )
    yield View(Analysis(session), ViewOptions(window=RowWindow(Position.parse("#2"), 1, 1)))
    yield View(Analysis(session), ViewOptions(window=RowWindow(Position.parse("+99:00"))))
    yield View(Analysis(session), ViewOptions(filter=Query.parse("nothing-is-like-this")))


@pytest.mark.slow
@each_row("name", [*sessions(), "hostile", "incomplete", "empty"])
def test_every_export_keeps_to_the_schema(name: str) -> None:
    others = {
        "hostile": hostile(),
        "incomplete": Session.of(SessionRef("p"), hostile().events, 999, 1000, [Gap(5, 9)]),
        "empty": session_of([]),
    }
    session = others.get(name) or sessions()[name]
    strict = made("session", is_strict=True)
    whole = Draft202012Validator(strict)
    record = Draft202012Validator({"$ref": "#/$defs/Record", "$defs": strict["$defs"]})
    replay = Replay("https://or.example/12/session/42", 5)
    for view in views(session):
        plain = ExportSnapshot(view, replay=replay)
        for snapshot in (plain, plain.prepare_export(is_redacted=True, ask=None)):
            document = json.loads("\n".join(json_records.json_lines(snapshot)))
            whole.validate(document)
            assert len(document["events"]) == len(view.rows)
            for line in json_records.ndjson_lines(snapshot):
                record.validate(json.loads(line))


def test_what_breaks_the_schema_is_noticed(checkout: Session) -> None:
    whole = Draft202012Validator(made("session", is_strict=True))
    document = json.loads(
        "\n".join(json_records.json_lines(ExportSnapshot(View(Analysis(checkout)))))
    )
    for field, value in (("start_ms", "yesterday"), ("more", 1), ("events", [{}])):
        assert not whole.is_valid(document | {field: value})


@each_row("name", sessions())
def test_every_comparison_keeps_to_its_schema(name: str, checkout: Session) -> None:
    validator = Draft202012Validator(made("comparison", is_strict=True))
    for first, second in ((sessions()[name], checkout), (hostile(), sessions()[name])):
        compared = compare_sessions(View(Analysis(first)), View(Analysis(second)))
        validator.validate(
            json.loads("\n".join(comparison_report.COMPARISON_FORMATS["json"](compared)))
        )
