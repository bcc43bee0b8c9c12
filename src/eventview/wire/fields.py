"""Converters of the values in an event: texts, numbers, vitals and stacks of any wire."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Annotated, Any, Final

import msgspec

from eventview.errors import InvalidDataError
from eventview.session.events import Click, Frame
from eventview.session.metrics import Number
from eventview.session.text import clean, decode_json, shorten

Entry = Mapping[str, Any]

BEYOND: Final = 10**100
"""Numbers from here on are no times and no vitals, and soon exceed the limit of Python's `str`."""

MOST_BITS: Final = BEYOND.bit_length() - 1
_BEYOND_FLOAT: Final = float(BEYOND)
_MOST_DIGITS: Final = 100
LimitedInt = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
LimitedFloat = Annotated[float, msgspec.Meta(gt=-_BEYOND_FLOAT, lt=_BEYOND_FLOAT)]
_decode_vitals = msgspec.json.Decoder(dict[str, LimitedInt | LimitedFloat], strict=False).decode
"""Function that returns the numbers in a text's object, some of which may be texts themselves."""

_DECIMAL: Final = re.compile(r"-?[0-9]{1,100}(\.[0-9]{1,100})?([eE][-+]?[0-9]{1,3})?")
"""A number in JSON's notation; Python also reads others, such as `1_000` and `nan`."""

UNSET: Final = msgspec.UNSET
"""The value of a field that was not sent."""


class UnreadableError(Exception):
    """A value of the wrong type; the message has the reason."""


def read_integer(value: object) -> int:
    """Return a whole number, sent as a number or as its digits.

    Raises:
        UnreadableError: the value is anything else, or absent.
    """
    if (isinstance(value, float) and value.is_integer()) or (
        isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 20
    ):
        value = int(value)
    if type(value) is int and -BEYOND <= value < BEYOND:
        return value
    raise UnreadableError("not a whole number")


_POOLED_CHARACTERS: Final = 500
_POOLED_TEXTS: Final = 10_000
"""Bounds of the texts that are kept for their next use: some 10 MB."""


class _TextPool(dict[object, str]):
    """Cleaned texts by the text that was sent: a session repeats its labels and addresses."""

    def __missing__(self, sent: object) -> str:
        if sent is None or sent is UNSET:
            cleaned = ""
        elif isinstance(sent, str):
            cleaned = clean(sent)
        else:
            raise UnreadableError("not a text")
        if len(cleaned) <= _POOLED_CHARACTERS:
            if len(self) >= _POOLED_TEXTS:
                # Other threads may be reading: each of them puts back what it misses.
                self.clear()
            self[sent] = cleaned
        return cleaned


# A look-up in a dictionary takes half the time of a function's call.
read_string: Final[Callable[[object], str]] = _TextPool().__getitem__
"""Function that returns a text cleaned, "" for an absent one; raises `UnreadableError`, or
`TypeError` for a list or an object."""


def read_optional_string(value: object) -> str | None:
    """Return a text cleaned, None for an absent one.

    Raises:
        UnreadableError: the value is no text.
    """
    return None if value is None or value is UNSET else read_string(value)


def read_number(value: object) -> Number | None:
    """Return a number, None for an absent one.

    Raises:
        UnreadableError: the value is no number.
    """
    # Comparisons of types and constants are fast: this runs for every number of a session.
    if value is UNSET or value is None:
        return None
    if type(value) is int:
        if value.bit_length() <= MOST_BITS:
            return value
    elif type(value) is float and -_BEYOND_FLOAT < value < _BEYOND_FLOAT:
        return value
    raise UnreadableError("not a number")


def read_number_or_unset(value: object) -> Any:
    """Return a number as `read_number` does, and UNSET for one that was not sent."""
    return UNSET if value is UNSET else read_number(value)


def read_number_or_digits(value: object) -> Number | None:
    """Return a number as `read_number` does, also of a text; None for another text.

    Raises:
        UnreadableError: the value is neither a number nor a text.
    """
    return parse_number(value) if isinstance(value, str) else read_number(value)


def read_position(event: Click) -> tuple[Number, Number, str] | None:
    """Return a click's distances from the left and the top of the viewport, and `%` or `px`.

    None if the server did not send both.
    """
    raw: Any = event.raw
    if not isinstance(raw, Mapping):
        return None
    if "$event_name" in raw:
        properties = raw.get("$properties")
        found = properties if isinstance(properties, Mapping) else {}
        x, y = (_number_in(found, f"normalized_{axis}", read_number_or_digits) for axis in "xy")
        # Both are measured together, so that the one not sent was 0.
        return None if x is None and y is None else (x or 0, y or 0, "%")
    for x_name, y_name, unit in (("normalizedX", "normalizedY", "%"), ("x", "y", "px")):
        x, y = (_number_in(raw, name, read_number) for name in (x_name, y_name))
        if x is not None and y is not None:
            return x, y, unit
    return None


def _number_in(
    entry: Entry, name: str, convert: Callable[[object], Number | None]
) -> Number | None:
    with suppress(UnreadableError):
        return convert(entry.get(name))
    return None


def parse_number(value: object) -> Number | None:
    """Return a number, sent as a number or as text; None for any other value."""
    if isinstance(value, str):
        if value.isascii() and value.isdecimal():
            return int(value) if len(value) <= _MOST_DIGITS else None
        if not _DECIMAL.fullmatch(value):
            return None
        value = float(value)
    if isinstance(value, float):
        return value if -_BEYOND_FLOAT < value < _BEYOND_FLOAT else None
    return value if type(value) is int and abs(value) < BEYOND else None


def keep(value: Any) -> Any:
    """Return a value as it was sent."""
    return value


def read_flag(value: object) -> bool | None:
    """Return a truth value; None for any other value."""
    return value if isinstance(value, bool) else None


def read_time(value: object) -> int | None:
    """Return a time as whole milliseconds, None for an absent one.

    Raises:
        UnreadableError: the value is neither a number nor a text.
    """
    number = read_number_or_digits(value)
    return None if number is None else round(number)


def clean_lines(sent: object) -> str:
    """Return the lines of a text, each cleaned; "" for any other value."""
    return "\n".join(map(clean, sent.splitlines())) if isinstance(sent, str) else ""


def read_vitals(sent: object) -> tuple[Mapping[str, Number], str]:
    """Return the web vitals in a JSON text, and that text if any of them cannot be read.

    Raises:
        UnreadableError: the value is no text.
    """
    if not sent:
        return {}, ""
    if not isinstance(sent, str):
        raise UnreadableError("not a text")
    with suppress(msgspec.MsgspecError, UnicodeError):
        return _decode_vitals(sent), ""
    values = decode_json(sent)
    if not isinstance(values, dict):
        return {}, clean(sent)
    found = {name: v for name, value in values.items() if (v := parse_number(value)) is not None}
    return found, "" if len(found) == len(values) else clean(sent)


def decode_payload(sent: object) -> object:
    """Return a custom event's payload, decoded if it is a list or an object in a JSON text.

    An absent one is None.
    """
    if sent is UNSET:
        return None
    found = decode_json(sent) if isinstance(sent, str) else None
    return found if isinstance(found, dict | list) else sent


def read_frames(payload: object) -> tuple[tuple[Frame, ...], str]:
    """Return the stack in an error's payload, and the payload itself if it cannot be read."""
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
