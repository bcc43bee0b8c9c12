"""A field that the catalogue gains appears wherever fields are shown, without another edit."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import eventview

FIELD = """
    grip: Annotated[
        str, FieldInfo("grip", label="held by", query="grip", key="text", column="grip")
    ] = ""
"""
USE = """
import json, sys
from eventview.analysis.analysis import Analysis
from eventview.comparison.diff import compare_sessions
from eventview.export.formats import CSV_COLUMNS
from eventview.query.completion import complete_query
from eventview.query.query import Query
from eventview.redaction.redact import redact_session
from eventview.render.event_fields import lead_fields
from eventview.session.session import Session
from eventview.session.source import SessionRef
from eventview.tui.commands import FINDING
from eventview.tui.screens.dialogs import help_text
from eventview.view.view import View
from eventview.view.view_options import ViewOptions
from eventview.wire.detect import read_answer

def analysis(*grips):
    rows = [
        {"type": "CLICK", "timestamp": 1731502800000 + n, "label": "Buy", "grip": grip}
        for n, grip in enumerate(grips)
    ]
    return Analysis(Session.of(SessionRef("demo"), read_answer({"data": rows}).events))

two = analysis("thumb of jo@mail.example", "two fingers")
query = ViewOptions(filter=Query.parse("grip:fingers"))
compared = compare_sessions(View(analysis("thumb")), View(analysis("fist")))
print(json.dumps({
    "detail": [f.value for f in lead_fields(two.session.events[1]) if f.name == "held by"],
    "found": list(View(two, query).rows),
    "completion": complete_query("gri", two),
    "redacted": [e.grip for e in redact_session(two).session.events],
    "help": "grip:" in help_text([FINDING], 78).plain,
    "column": CSV_COLUMNS[-1],
    "changed": [line.outcome.value for line in compared.lines],
}))
"""


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("invented")
    package = folder / "eventview"
    shutil.copytree(Path(eventview.__file__).parent, package)
    catalogue = package / "session" / "events.py"
    text = catalogue.read_text("utf-8")
    start = '    """A click; a text that the server does not have is ""."""\n'
    assert start in text
    catalogue.write_text(text.replace(start, f"{start}{FIELD}"), "utf-8")
    done = subprocess.run(  # noqa: S603  # this test's own program
        [sys.executable, "-c", USE], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def test_an_invented_field_is_read_shown_and_found(used: dict[str, Any]) -> None:
    assert used["detail"] == ["two fingers"]
    assert used["found"] == [1]
    assert used["completion"] == ["grip:"]
    assert used["help"]


def test_an_invented_field_is_redacted_compared_and_exported(used: dict[str, Any]) -> None:
    assert used["redacted"] == ["thumb of email-1", "two fingers"]
    assert used["column"] == "grip"
    assert used["changed"]
