"""Readers for the fields of an event in any wire format.

An absent or null field is None. A field with a value of the wrong type makes the event unreadable
as its type, so that it becomes a plain `Event`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from eventview.errors import InvalidDataError
from eventview.session.events import Event, Frame
from eventview.session.metrics import Number
from eventview.session.text import clean, decode_json, shorten

Entry = Mapping[str, Any]

BEYOND: Final = 10**100
"""Numbers from here on are no times and no vitals, and soon exceed the limit of Python's `str`."""

_LEAST: Final = -BEYOND
_MOST_BITS: Final = BEYOND.bit_length() - 1
_LEAST_FLOAT: Final = -float(BEYOND)
_BEYOND_FLOAT: Final = float(BEYOND)
_MOST_DIGITS: Final = 100
_DECIMAL: Final = re.compile(r"-?[0-9]{1,100}(\.[0-9]{1,100})?([eE][-+]?[0-9]{1,3})?")
"""A number in JSON's notation; Python also reads others, such as `1_000` and `nan`."""


class UnreadableError(Exception):
    """A field with a value of the wrong type; the message has the field and the reason."""


def read_integer(entry: Entry, field: str) -> int:
    """Return a whole number, sent as a number or as its digits.

    Raises:
        UnreadableError: the field is absent or has another value.
    """
    value = entry.get(field)
    if type(value) is int and _LEAST <= value < BEYOND:
        return value
    if (isinstance(value, float) and value.is_integer()) or (
        isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 20
    ):
        value = int(value)
    if type(value) is int and _LEAST <= value < BEYOND:
        return value
    raise UnreadableError(f"{field}: not a whole number")


def read_string(entry: Entry, field: str) -> str | None:
    """Return a text, cleaned; None if it is absent.

    Raises:
        UnreadableError: the field has another value.
    """
    value = entry.get(field)
    if isinstance(value, str):
        return clean(value)
    if value is None:
        return None
    raise UnreadableError(f"{field}: not a text")


def read_number(entry: Entry, field: str) -> Number | None:
    """Return a number; None if it is absent.

    Raises:
        UnreadableError: the field has another value.
    """
    value: Number | None = entry.get(field)
    if value is None:
        return None
    # Comparisons of types and constants are fast: this runs for every number of a session.
    if type(value) is float:
        if _LEAST_FLOAT < value < _BEYOND_FLOAT:
            return value
    elif type(value) is int and value.bit_length() <= _MOST_BITS:
        return value
    raise UnreadableError(f"{field}: not a number")


def read_numbers(entry: Entry, fields: Mapping[str, str]) -> dict[str, Number]:
    """Return the numbers in those of some fields that an entry has.

    Args:
        entry: the event.
        fields: the wire's field by the name in the result.

    Raises:
        UnreadableError: a field has another value.
    """
    return {
        name: value
        for name, field in fields.items()
        if (value := read_number(entry, field)) is not None
    }


def parse_number(value: object) -> Number | None:
    """Return a number, sent as a number or as text; None for any other value."""
    if isinstance(value, str):
        if value.isascii() and value.isdecimal():
            return int(value) if len(value) <= _MOST_DIGITS else None
        if not _DECIMAL.fullmatch(value):
            return None
        value = float(value)
    if isinstance(value, float):
        return value if _LEAST_FLOAT < value < _BEYOND_FLOAT else None
    return value if type(value) is int and abs(value) < BEYOND else None


def read_vitals(entry: Entry, field: str) -> tuple[Mapping[str, Number], str]:
    """Return the web vitals in a JSON text, and that text if any of them cannot be read.

    Raises:
        UnreadableError: the field is no text.
    """
    value = entry.get(field)
    if not value:
        return {}, ""
    if not isinstance(value, str):
        raise UnreadableError(f"{field}: not a text")
    sent = decode_json(value)
    if not isinstance(sent, dict):
        return {}, clean(value)
    found = {name: v for name, sent_v in sent.items() if (v := parse_number(sent_v)) is not None}
    return found, "" if len(found) == len(sent) else clean(value)


def decode_payload(sent: object) -> object:
    """Return a custom event's payload, decoded if it is a list or an object in a JSON text."""
    found = decode_json(sent) if isinstance(sent, str) else None
    return found if isinstance(found, dict | list) else sent


def clean_lines(sent: object) -> str:
    """Return the lines of a text, each cleaned; "" for any other value."""
    return "\n".join(map(clean, sent.splitlines())) if isinstance(sent, str) else ""


def round_time(value: Number | None) -> int | None:
    """Return a time as whole milliseconds; None if it is absent."""
    return None if value is None else round(value)


def plain_event(name: object, time_ms: int | None, entry: object, problem: str) -> Event:
    """Return an event of an unknown type, or one that cannot be read as its type."""
    return Event(clean(name) if isinstance(name, str) else "(no type)", time_ms, entry, problem)


def read_as(
    read: Callable[[Entry], Event] | None,
    entry: Entry,
    name: object,
    read_time: Callable[[Entry], int],
) -> Event:
    """Return an entry as its type's reader reads it, or as a plain event with the reason."""
    problem = ""
    if read is not None:
        try:
            return read(entry)
        except UnreadableError as error:
            problem = str(error)
    try:
        time_ms = read_time(entry)
    except UnreadableError:
        time_ms = None
    return plain_event(name, time_ms, entry, problem)


def shape_error(document: object, expected: str) -> InvalidDataError:
    """Return the failure of a decoded JSON document that is no answer with events."""
    if not isinstance(document, Mapping):
        shape = f"It is {shorten(clean(json.dumps(document)), 80)} and nothing else."
    elif not document:
        shape = "It is an empty object."
    else:
        fields = ", ".join(clean(str(field)) for field in document)
        shape = f"It has the fields {shorten(fields, 200)}."
    return InvalidDataError(
        "This is JSON, but not a session's events.",
        reason=shape,
        hint=f"Expected: an answer of OpenReplay's events endpoint, {expected}.",
    )


def read_frames(properties: Entry) -> tuple[tuple[Frame, ...], str]:
    """Return the stack in an error's payload, and the payload itself if it cannot be read."""
    payload = properties.get("payload")
    if not isinstance(payload, str) or not payload:
        return (), ""
    sent = decode_json(payload)
    if not isinstance(sent, list) or not all(isinstance(frame, dict) for frame in sent):
        return (), clean(payload)
    return tuple(_frame(frame) for frame in sent), ""


def _frame(sent: Entry) -> Frame:
    texts = [sent.get(name) for name in ("functionName", "fileName")]
    function, file = (clean(text) if isinstance(text, str) else "" for text in texts)
    # Some trackers send these as text.
    numbers = [parse_number(sent.get(name)) for name in ("lineNumber", "columnNumber")]
    line, column = (number if isinstance(number, int) else None for number in numbers)
    return Frame(function, file, line, column)
