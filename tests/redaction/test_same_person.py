"""One person has one placeholder, whatever the normal form of the name."""

import unicodedata

from eventview.analysis.analysis import Analysis
from eventview.redaction.redact import redact_session
from eventview.wire.v1 import read_answer
from tests.conftest import session_of


def test_one_name_in_two_normal_forms_has_one_placeholder_and_is_found_in_both() -> None:
    name = "André Größe-Müller"
    other = unicodedata.normalize("NFD", name)
    spaced = name.replace(" ", "\u00a0")
    rows: list[object] = [
        {"type": "INPUT", "timestamp": time, "label": "Name", "value": value}
        for time, value in enumerate([name, other, spaced], 1)
    ]
    labels = [f"Pay as {spelled} now" for spelled in (name, other, spaced)]
    rows += [
        {"type": "CLICK", "timestamp": time, "label": label} for time, label in enumerate(labels, 4)
    ]
    result = redact_session(Analysis(session_of(read_answer(rows).events))).session
    values = {event.raw["value"] for event in result.events[:3]}  # type: ignore[index]
    assert len(values) == 1
    assert {event.raw["label"] for event in result.events[3:]} == {  # type: ignore[index]
        f"Pay as {values.pop()} now"
    }
