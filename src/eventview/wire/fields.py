"""Reading the fields of an event as a server sends them, whatever its wire format.

A field that is absent or null is None; one that holds something else than its type has there makes
the event unreadable as that type, and it is shown as a plain one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from eventview.session.events import Event
from eventview.session.text import clean, decoded
from eventview.session.values import Number

Entry = Mapping[str, Any]

NO_TYPE: Final = "(no type)"
"""Name of an event without a readable type."""

BEYOND: Final = 10**100
"""Numbers from here on are no times and no vitals, and soon outgrow what Python will print."""

_LEAST: Final = -BEYOND


_MOST_DIGITS: Final = 100
_DECIMAL: Final = re.compile(r"-?[0-9]{1,100}(\.[0-9]{1,100})?([eE][-+]?[0-9]{1,3})?")
"""A number as JSON writes it; Python reads others too, such as `1_000` and `nan`."""


_MOST_BITS: Final = BEYOND.bit_length() - 1
_LEAST_FLOAT: Final = -float(BEYOND)
_BEYOND_FLOAT: Final = float(BEYOND)


class UnreadableError(Exception):
    """A field does not hold what its event's type has there; the message says which and why."""


def whole(entry: Entry, field: str) -> int:
    """A whole number, as a number or as its digits.

    Raises:
        UnreadableError: it is absent, or anything else.
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


def text(entry: Entry, field: str) -> str | None:
    """A text, cleaned.

    Raises:
        UnreadableError: it is something else.
    """
    value = entry.get(field)
    if isinstance(value, str):
        return clean(value)
    if value is None:
        return None
    raise UnreadableError(f"{field}: not a text")


def number(entry: Entry, field: str) -> Number | None:
    """A number.

    Raises:
        UnreadableError: it is something else.
    """
    value: Number | None = entry.get(field)
    if value is None:
        return None
    # By type and by ready-made bounds: this is called for every number of a session.
    if type(value) is float:
        if _LEAST_FLOAT < value < _BEYOND_FLOAT:
            return value
    # The bits are known without counting.
    elif type(value) is int and value.bit_length() <= _MOST_BITS:
        return value
    raise UnreadableError(f"{field}: not a number")


def numbers(entry: Entry, fields: Mapping[str, str]) -> dict[str, Number]:
    """The numbers that an entry has, of several it may have.

    Args:
        entry: where they are.
        fields: the fields they are in, by what they are to be called.

    Raises:
        UnreadableError: one is something else.
    """
    found = {}
    for name, field in fields.items():
        value = number(entry, field)
        if value is not None:
            found[name] = value
    return found


def loose_number(value: object) -> Number | None:
    """A number, or the digits of one; None for everything else."""
    if isinstance(value, str):
        if value.isascii() and value.isdecimal():
            return int(value) if len(value) <= _MOST_DIGITS else None
        if not _DECIMAL.fullmatch(value):
            return None
        value = float(value)
    if isinstance(value, float):
        return value if _LEAST_FLOAT < value < _BEYOND_FLOAT else None
    return value if type(value) is int and abs(value) < BEYOND else None


def vitals(entry: Entry, field: str) -> tuple[Mapping[str, Number], str]:
    """The web vitals in a JSON text, and that text itself when something in it cannot be read.

    Raises:
        UnreadableError: the field is no text.
    """
    value = entry.get(field)
    if not value:
        return {}, ""
    if not isinstance(value, str):
        raise UnreadableError(f"{field}: not a text")
    sent = decoded(value)
    if not isinstance(sent, dict):
        return {}, clean(value)
    found = {}
    for name, vital in sent.items():
        measured = loose_number(vital)
        if measured is not None:
            found[name] = measured
    return found, "" if len(found) == len(sent) else clean(value)


def plain(name: object, time_ms: int | None, entry: object, problem: str) -> Event:
    """An event of no known type, or that cannot be read as its type."""
    return Event(clean(name) if isinstance(name, str) else NO_TYPE, time_ms, entry, problem)


def read_as(
    read: Callable[[Entry], Event] | None,
    entry: Entry,
    name: object,
    time: Callable[[Entry], int],
) -> Event:
    """An entry as its type's reader has it, or as a plain event that says why not."""
    problem = ""
    if read is not None:
        try:
            return read(entry)
        except UnreadableError as error:
            problem = str(error)
    try:
        moment = time(entry)
    except UnreadableError:
        moment = None
    return plain(name, moment, entry, problem)
