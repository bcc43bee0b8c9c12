"""JSON as servers and files deliver it, read without losing a digit or the process.

May import `eventview.errors`, `eventview.model`, pydantic, pydantic_core and the standard library.
"""

from __future__ import annotations

import codecs
import json
import re
from contextlib import suppress

from eventview.errors import NotUnderstoodError
from eventview.model.nesting import is_deeper

MAX_BYTES = 256 * 1024 * 1024
"""The most that is read of one answer or file, decompressed: some 750,000 events of the recorded
size. A ceiling, so that a small compressed body cannot fill the memory."""

_MOST_VALUES = 20_000_000
"""Commas and opening brackets in one answer: twice as many as the largest has in events of the
recorded size. Empty objects would take thirty times the memory of their text."""

_LARGE = 4 * 1024 * 1024
"""Bytes from which a faster reader makes up for the time it takes to import it."""


class _NoNumberError(ValueError):
    """Python writes and reads NaN and infinities; JSON has none."""


def read_json(body: bytes) -> object:
    """Decode a JSON document in UTF-8, UTF-16 or UTF-32, with or without a byte order mark.

    Integers keep every digit.

    Raises:
        NotUnderstoodError: the bytes are not JSON; the cause says where.
    """
    if len(body) >= _LARGE:
        # A value takes two characters at least.
        is_long = len(body) > 2 * _MOST_VALUES
        if is_long and sum(map(body.count, (b",", b"{", b"["))) > _MOST_VALUES:
            raise NotUnderstoodError(
                "This is too much for a session.",
                cause=f"It holds more than {_MOST_VALUES:,} values.",
            )
        from pydantic_core import from_json

        # Three times as fast as the standard library, but it knows UTF-8 only and refuses half
        # a surrogate pair, which a browser may well send: whatever it refuses gets a second look.
        with suppress(ValueError):
            return from_json(body, allow_inf_nan=False)
    return _read(body)


_NEXT = re.compile(rb"\s*\{")


def is_lines(body: bytes) -> bool:
    """Whether a text is NDJSON: an object on a line of its own, and another behind it."""
    end = body.find(b"\n")
    first = body[: max(0, end)].removeprefix(codecs.BOM_UTF8).strip()
    if not (first.startswith(b"{") and first.endswith(b"}")):
        return False
    return _NEXT.match(body, end) is not None


def read_lines(body: bytes) -> list[object]:
    """Decode NDJSON: a JSON document a line, in UTF-8; empty lines are none.

    Raises:
        NotUnderstoodError: a line is not JSON; the cause says which.
    """
    split = body.removeprefix(codecs.BOM_UTF8).split(b"\n")
    lines = [(number, line) for number, line in enumerate(split, 1) if line.strip()]
    try:
        # All in one go: for each line by itself it takes twice as long.
        read = read_json(b"[" + b",".join(line for _, line in lines) + b"]")
    except NotUnderstoodError:
        read = None
    if isinstance(read, list) and len(read) == len(lines):
        return read
    return [_line(number, line) for number, line in lines]


def _line(number: int, line: bytes) -> object:
    try:
        return read_json(line)
    except NotUnderstoodError as error:
        where = error.cause.replace("Line 1, column", "column", 1)
        raise NotUnderstoodError("This is not NDJSON.", cause=f"Line {number:,}: {where}") from None


def _read(body: bytes) -> object:
    try:
        answer = json.loads(body, parse_constant=_refuse)
        if not is_deeper(answer):
            return answer
        cause = "It is nested too deeply."
    except RecursionError:
        cause = "It is nested too deeply."
    except UnicodeDecodeError as error:
        cause = f"Byte {error.start} is not {error.encoding.upper()} text."
    except json.JSONDecodeError as error:
        where = f"Line {error.lineno}, column {error.colno}: {error.msg}."
        cause = where if body.strip() else "It is empty."
    except _NoNumberError as error:
        cause = f"{error} is no JSON number."
    except ValueError:
        # All that is left of what the standard library refuses.
        cause = "It has a number of more digits than can be read."
    raise NotUnderstoodError("This is not JSON.", cause=cause)


def _refuse(name: str) -> object:
    raise _NoNumberError(name)
