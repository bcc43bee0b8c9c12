"""JSON as servers and files deliver it, read without losing a digit or the process."""

from __future__ import annotations

import codecs
import json
import re
from contextlib import suppress

from eventview.errors import InvalidDataError
from eventview.session.text import is_deeper

MAX_BYTES = 256 * 1024 * 1024
"""The most that is read of one answer or file, decompressed: some 750,000 events of the recorded
size. A ceiling, so that a small compressed body cannot fill the memory."""

MOST_VALUES = 20_000_000
"""Commas and opening brackets in one answer: twice as many as the largest has in events of the
recorded size. Empty objects would take thirty times the memory of their text."""

LARGE = 4 * 1024 * 1024
"""Bytes from which a faster reader makes up for the time it takes to import it."""


class _NoNumberError(ValueError):
    """Python writes and reads NaN and infinities; JSON has none."""


def _refuse(name: str) -> object:
    raise _NoNumberError(name)


_DECODER = json.JSONDecoder(parse_constant=_refuse)


def read_json(body: bytes) -> object:
    """Decode a JSON document in UTF-8, UTF-16 or UTF-32, with or without a byte order mark.

    Integers keep every digit.

    Raises:
        InvalidDataError: the bytes are not JSON; the cause says where.
    """
    if len(body) >= LARGE:
        # A value takes two characters at least.
        is_long = len(body) > 2 * MOST_VALUES
        if is_long and sum(map(body.count, (b",", b"{", b"["))) > MOST_VALUES:
            raise InvalidDataError(
                "This is too much for a session.",
                reason=f"It holds more than {MOST_VALUES:,} values.",
            )
        from pydantic_core import from_json

        # Three times as fast as the standard library, but it knows UTF-8 only and refuses half
        # a surrogate pair, which a browser may well send: whatever it refuses gets a second look.
        with suppress(ValueError):
            return from_json(body, allow_inf_nan=False)
    return _read(body)


def in_utf8(body: bytes) -> bytes:
    """Return a text in UTF-8 without a byte order mark, whichever Unicode encoding it has.

    Raises:
        InvalidDataError: it is not text in the encoding it begins in.
    """
    encoding = json.detect_encoding(body)
    if encoding.startswith("utf-8"):
        return body.removeprefix(codecs.BOM_UTF8)
    try:
        text = body.decode(encoding, "surrogatepass")
    except UnicodeDecodeError as error:
        if error.end < len(body):
            raise InvalidDataError(
                "This is not JSON.", reason=f"Byte {error.start} is not {encoding.upper()} text."
            ) from None
        # Cut off in the middle of a character.
        text = body[: error.start].decode(encoding, "surrogatepass")
    return text.removeprefix("\ufeff").encode("utf-8", "surrogatepass")


_LINES = re.compile(rb"\s*\{[^\n]*\}[ \t\r]*\n\s*\{")


def is_lines(body: bytes) -> bool:
    """Tell whether a text is NDJSON: an object on a line of its own, and another behind it."""
    return _LINES.match(body) is not None


_GUARD = re.compile(rb"\s*(?:\)\]\}'?,?|while\s*\(\s*1\s*\)\s*;?|for\s*\(\s*;;\s*\)\s*;?)")
"""Words that servers put before JSON to keep it from running as a script."""

_CALL = re.compile(rb"\s*(?:/\*\*/)?\s*[A-Za-z_$][\w$.]*\s*\((?=\s*[\[{])(.*)\)\s*;?\s*", re.DOTALL)
"""JSON as the argument of a call, for pages of old."""

_FENCE = re.compile(
    rb"^[ \t]*(```+|~~~+)[^\n]*\n(.*?)^[ \t]*\1[`~]*[ \t\r]*$", re.MULTILINE | re.DOTALL
)
"""A block of code in Markdown."""

_BLANK = re.compile(r"[\s\ufeff]*")


def read_documents(body: bytes) -> tuple[object, InvalidDataError | None]:
    """Decode JSON documents, one or several behind each other, in UTF-8.

    They may be NDJSON, a sequence of RFC 7464, pretty or not, in a block of Markdown, in a string.

    Returns:
        The document, or a list of several; and why there are no more, where the last ends too
        early: of that one, what is whole is there.

    Raises:
        InvalidDataError: it is none of these; the cause says where.
    """
    body = _bared(body)
    try:
        answer = read_lines(body) if is_lines(body) else read_json(body)
    except InvalidDataError as failure:
        answer, failed = _documents(body, failure)
        return answer, failed
    for _ in range(3):
        if not isinstance(answer, str) or not answer.lstrip().startswith(("{", "[", '"')):
            break
        with suppress(InvalidDataError):
            answer, failed = read_documents(answer.encode("utf-8", "surrogatepass"))
            return answer, failed
        break
    return answer, None


def _bared(body: bytes) -> bytes:
    """The documents without what is put around them; their lines keep their numbers."""
    # A control character, which is in no JSON but between the documents of a sequence.
    body = body.replace(b"\x1e", b"\n" if b"\n" not in body else b" ")
    if b"\n" not in body:
        body = body.replace(b"\r", b"\n")
    if guard := _GUARD.match(body):
        body = b"\n" * guard[0].count(b"\n") + body[guard.end() :]
    if call := _CALL.fullmatch(body):
        body = b"\n" * body[: call.start(1)].count(b"\n") + call[1]
    if body.lstrip()[:1] not in b'{["' and (blocks := list(_FENCE.finditer(body))):
        kept, end = [], 0
        for block in blocks:
            kept += [b"\n" * body[end : block.start(2)].count(b"\n"), block[2]]
            end = block.end(2)
        body = b"".join(kept)
    return body


def _documents(body: bytes, failure: InvalidDataError) -> tuple[object, InvalidDataError | None]:
    """Documents behind each other; the failure is that of reading them as one."""
    try:
        text = body.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        raise failure from None
    found: list[object] = []
    position = _end_of_blanks(text, 0)
    with suppress(ValueError, RecursionError):
        while position < len(text):
            value, position = _DECODER.raw_decode(text, position)
            if is_deeper(value) or not isinstance(value, dict | list):
                raise failure
            found.append(value)
            position = _end_of_blanks(text, position)
    if position >= len(text) and found:
        return (found if len(found) > 1 else found[0]), None
    last = _started(text[position:])
    if last is None:
        raise failure if not found or is_lines(body) else _located(text, position) or failure
    is_whole_rows = isinstance(last, dict | list) and bool(last)
    found += [last] if is_whole_rows else []
    if not found:
        raise failure
    line = text.count("\n") + 1
    column = len(text) - (text.rfind("\n") + 1) + 1
    mark = ":" if is_lines(body) else ","
    return (found if len(found) > 1 else found[0]), InvalidDataError(
        "This ends too early.",
        reason=f"Line {line:,}{mark} column {column:,}: the document is cut off there.",
        hint="Save the answer again; what is whole of it is shown.",
    )


def _end_of_blanks(text: str, position: int) -> int:
    match = _BLANK.match(text, position)
    return position if match is None else match.end()


def _located(text: str, position: int) -> InvalidDataError | None:
    try:
        _DECODER.raw_decode(text, position)
    except json.JSONDecodeError as error:
        return InvalidDataError("This is not JSON.", reason=_where(error))
    except ValueError:
        return None
    return None


def _started(text: str) -> object | None:
    """Return the whole rows of a document that is cut off; None where it is broken otherwise."""
    from pydantic_core import from_json

    try:
        value = from_json(
            text.encode("utf-8", "surrogatepass"), allow_partial=True, allow_inf_nan=False
        )
    except ValueError:
        return None
    if not isinstance(value, dict | list):
        return None
    outer, name = None, ""
    inner: object = value
    while isinstance(inner, dict) and inner:
        outer, name = inner, next(reversed(inner))
        inner = inner[name]
    if not isinstance(inner, list):
        # It has not come to its rows, or is an event of its own.
        return {}
    key = "" if outer is None else rf"{re.escape(json.dumps(name))}\s*:\s*"
    for match in re.finditer(rf"{key}\[", text):
        rows, is_cut = _rows(text, match.end())
        if is_cut or outer is None:
            inner[:] = rows
            return value if rows else {}
    return {}


def _rows(text: str, position: int) -> tuple[list[object], bool]:
    """The whole elements of a list, and whether the text ends within the list."""
    rows: list[object] = []
    with suppress(ValueError, RecursionError):
        while True:
            position = _end_of_blanks(text, position)
            if text.startswith("]", position):
                return rows, False
            value, position = _DECODER.raw_decode(text, position)
            # A number may go on behind the end.
            if isinstance(value, dict | list):
                rows.append(value)
            position = _end_of_blanks(text, position)
            if text.startswith(",", position):
                position += 1
    return rows, True


def read_lines(body: bytes) -> list[object]:
    """Decode NDJSON: a JSON document a line, in UTF-8; empty lines are none.

    Raises:
        InvalidDataError: a line is not JSON; the cause says which.
    """
    split = body.split(b"\n")
    lines = [(number, line) for number, line in enumerate(split, 1) if line.strip()]
    try:
        # All in one go: for each line by itself it takes twice as long.
        read = read_json(b"[" + b",".join(line for _, line in lines) + b"]")
    except InvalidDataError:
        read = None
    if isinstance(read, list) and len(read) == len(lines):
        return read
    return [_line(number, line) for number, line in lines]


def _line(number: int, line: bytes) -> object:
    try:
        return read_json(line)
    except InvalidDataError as error:
        where = error.reason.replace("Line 1, column", "column", 1)
        raise InvalidDataError("This is not NDJSON.", reason=f"Line {number:,}: {where}") from None


def _read(body: bytes) -> object:
    try:
        answer = json.loads(body, parse_constant=_refuse)
        if not is_deeper(answer):
            return answer
        reason = "It is nested too deeply."
    except RecursionError:
        reason = "It is nested too deeply."
    except UnicodeDecodeError as error:
        reason = f"Byte {error.start} is not {error.encoding.upper()} text."
    except json.JSONDecodeError as error:
        reason = _where(error) if body.strip() else "It is empty."
    except _NoNumberError as error:
        reason = f"{_place_of(body, str(error))}{error} is no JSON number."
    except ValueError:
        # All that is left of what the standard library refuses.
        reason = "It has a number of more digits than can be read."
    raise InvalidDataError("This is not JSON.", reason=reason)


_COMMA = re.compile(r",\s*$")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|NaN|-?Infinity', re.DOTALL)


def _where(error: json.JSONDecodeError) -> str:
    """The place of a mistake and its reason, in a sentence."""
    reason = error.msg
    next_one = error.doc[error.pos : error.pos + 1]
    before = error.doc[max(0, error.pos - 200) : error.pos]
    if next_one in ("]", "}") and (comma := _COMMA.search(before)):
        place = error.pos - len(comma[0])
        error = json.JSONDecodeError(error.msg, error.doc, place)
        reason = f"the comma before {next_one} is one too many"
    return f"Line {error.lineno:,}, column {error.colno:,}: {reason}."


def _place_of(body: bytes, name: str) -> str:
    text = body.decode(json.detect_encoding(body), "replace")
    found = next((token for token in _TOKEN.finditer(text) if token[0] == name), None)
    if found is None:
        return ""
    error = json.JSONDecodeError("", text, found.start())
    return f"Line {error.lineno:,}, column {error.colno:,}: "
