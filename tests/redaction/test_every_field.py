"""Redaction of every text field of every event, those that are added later included."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, get_args, get_origin, get_type_hints

from eventview.analysis.analysis import Analysis
from eventview.redaction.redact import redact_session
from eventview.session.events import Custom, Error, Event, Input
from eventview.session.metrics import LoadMetrics
from eventview.session.session import Session
from eventview.session.source import SessionRef
from tests.tables import each_row

KEPT: Mapping[str, str] = {
    "type": "the kind of event, by which it is read and shown",
    "problem": "names a field of the API and what it is not, in eventview's own words",
    "unavailable": "names fields of `LoadMetrics`",
}
"""The text fields that stay as they are, and why nothing in them identifies."""

# Python makes a class with slots from one without them, and both are subclasses.
KINDS: list[type[Event]] = [
    Event,
    *(kind for kind in Event.__subclasses__() if "__slots__" in vars(kind)),
]


def with_texts(hint: Any, text: str) -> Any:
    """A value of a type with a text wherever one can be; None where none can."""
    if hint in {str, object}:
        return text
    inner = [with_texts(each, text) for each in get_args(hint) if each is not Ellipsis]
    if get_origin(hint) in {tuple, list, frozenset}:
        return get_origin(hint)(inner) if any(inner) else None
    if get_args(hint):
        return next((each for each in inner if each is not None), None)
    if issubclass(hint, tuple):
        parts = {name: with_texts(each, text) for name, each in get_type_hints(hint).items()}
        return hint(**parts) if any(parts.values()) else None
    return None


def mail(kind: type[Event], field: str) -> str:
    """An e-mail address that stands in one field of one type and nowhere else."""
    return f"{kind.__name__}.{field}@mail.example"


def event_of(kind: type[Event]) -> Event:
    """An event that gives somebody away in each of its text fields."""
    given = {
        name: with_texts(hint, mail(kind, name)) for name, hint in get_type_hints(kind).items()
    }
    texts = {name: value for name, value in given.items() if value is not None}
    return kind(**{"time_ms": 0, **texts, "raw": {}})


@each_row("kind", KINDS)
def test_no_field_of_an_event_gives_away_who_it_was(kind: type[Event]) -> None:
    event = event_of(kind)
    (result,) = redact_session(Analysis(Session.of(SessionRef("demo"), [event]))).session.events
    names = {field.name for field in fields(kind)}
    left = {name for name in names if mail(kind, name) in repr(getattr(result, name))}
    assert left == names & KEPT.keys()


def test_all_types_are_asked_for_and_a_load_is_of_numbers_alone() -> None:
    assert not [kind for known in KINDS[1:] for kind in known.__subclasses__()]
    assert not [hint for hint in get_type_hints(LoadMetrics).values() if with_texts(hint, "text")]


def test_texts_stand_wherever_a_type_has_room_for_one() -> None:
    error = repr(event_of(Error))
    assert "function='Error.frames@mail.example', file='Error.frames@mail.example'" in error
    assert "payload='Custom.payload@mail.example'" in repr(event_of(Custom))
    assert "value='Input.value@mail.example'" in repr(event_of(Input))
