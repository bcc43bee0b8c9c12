"""Reading of JSON from servers and files, tolerant of what surrounds it.

Integers keep every digit, and neither size nor nesting can crash the process.
"""

from __future__ import annotations

import codecs
import json
import re
from contextlib import suppress
from typing import Any, Final

import msgspec

from eventview.errors import InvalidDataError
from eventview.session.text import is_nested_deeper

MOST_VALUES = 20_000_000
"""Limit of commas and opening brackets in one answer: twice as many as `MAX_BYTES` of events of the
recorded size have. Empty objects would take thirty times the memory of their text."""

LARGE = 4 * 1024 * 1024
"""Bytes from which the faster reader is worth the time of its import."""


def too_large(max_bytes: int) -> InvalidDataError:
    """Return the failure of a document that takes more than so many bytes."""
    return InvalidDataError(
        "This is too large for a session.",
        reason=f"It holds more than {max_bytes // 2**20:,} MiB.",
        hint="If it is what you expect, allow more with --max-size.",
    )


class NoNumberError(ValueError):
    """A NaN or an infinity, which Python reads and JSON does not have."""


def _refuse(name: str) -> object:
    raise NoNumberError(name)


DECODER: Final = json.JSONDecoder(parse_constant=_refuse)
"""The standard library's decoder, without NaN and infinities; it reads half surrogate pairs."""


def read_json(body: bytes) -> object:
    """Decode a JSON document in UTF-8, UTF-16 or UTF-32, with or without a byte order mark.

    Integers keep every digit.

    Raises:
        InvalidDataError: the bytes are not JSON; the reason says where.
    """
    if len(body) >= LARGE:
        if _has_too_many_values(body):
            raise InvalidDataError(
                "This is too large for a session.",
                reason=f"It holds more than {MOST_VALUES:,} values.",
                hint="Save its events as NDJSON, one on each line: those are read in parts.",
            )
        from pydantic_core import from_json  # noqa: PLC0415  # 30 ms, for large answers only

        # This is three times as fast as the standard library, but refuses all but UTF-8 and half
        # surrogate pairs, which browsers send: the standard library gets what it refuses.
        with suppress(ValueError):
            return from_json(body, allow_inf_nan=False)
    return _read(body)


def read_rows(body: bytes) -> object:
    """Decode an answer with events, whose rows stay slices of the bytes where they can.

    Raises:
        InvalidDataError: the bytes are not JSON; the reason says where.
    """
    answer = None if _has_too_many_values(body) else split_rows(body)
    return read_json(body) if answer is None else answer


_ENTITY: Final = rb"(?:\\u0026|&)(lt|gt|amp|#34|#39);"
"""A character as Go's `html.EscapeString` and JSON writer spell it."""

_CHARACTERS: Final = {b"lt": b"<", b"gt": b">", b"amp": b"&", b"#34": b'\\"', b"#39": b"'"}


class _PageData(msgspec.Struct, gc=False):
    total: int
    events: list[msgspec.Raw]


class _Answer(msgspec.Struct, gc=False):
    data: list[msgspec.Raw] | _PageData
    log: object = None
    schema: object = None
    type: object = None


def split_rows(body: bytes) -> Any:
    """Return an answer of either public API with its rows as slices of the bytes.

    A slice of v2 is unescaped. All slices are valid JSON in UTF-8.

    Returns:
        The answer as `v1.read_answer` or `v2.read_page` reads it; None for bytes of another form
        and for rows that need a reader that forgives more.
    """
    with suppress(msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        if not body.isascii():
            # A slice of another encoding would fail only when its event is read.
            body.decode()
        answer = msgspec.json.decode(body, type=_Answer)
        if answer.log is answer.schema is answer.type is None:
            return _check_rows(answer.data, body)
    return None


def _check_rows(data: list[msgspec.Raw] | _PageData, body: bytes) -> Any:
    if isinstance(data, list):
        return {"data": data} if data else None
    rows = data.events
    unescaped = unescape_html(body)
    if unescaped is not body:
        page = msgspec.json.decode(unescaped, type=_Answer).data if unescaped else None
        if not isinstance(page, _PageData):
            return None
        rows = page.events
    return {"data": {"total": data.total, "events": rows}} if rows else None


def unescape_html(body: bytes) -> bytes | None:
    """Return JSON of v2 without its HTML escapes; None if it has others than the server writes."""
    escaped = body.count(b"&") + body.count(b"\\u0026")
    if not escaped:
        return body
    unescaped, number = re.subn(_ENTITY, lambda match: _CHARACTERS[match[1]], body)
    return unescaped if number == escaped else None


def _has_too_many_values(body: bytes) -> bool:
    # A value takes two characters at least.
    is_long = len(body) > 2 * MOST_VALUES
    return is_long and sum(map(body.count, (b",", b"{", b"["))) > MOST_VALUES


def to_utf8(body: bytes) -> bytes:
    """Return a text of any Unicode encoding in UTF-8, without a byte order mark.

    Raises:
        InvalidDataError: the text does not fit the encoding that it begins in.
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
        # The text is cut off in the middle of a character.
        text = body[: error.start].decode(encoding, "surrogatepass")
    return text.removeprefix("\ufeff").encode("utf-8", "surrogatepass")


_LINES = rb"\s*\{[^\n]*\}[ \t\r]*\n\s*\{"


def is_lines(body: bytes) -> bool:
    """Tell whether a text is NDJSON: one object on its first line, another on the next."""
    return re.match(_LINES, body) is not None


_GUARD = rb"\s*(?:\)\]\}'?,?|while\s*\(\s*1\s*\)\s*;?|for\s*\(\s*;;\s*\)\s*;?)"
"""Words that servers put before JSON to keep it from running as a script."""

_CALL = rb"(?s)\s*(?:/\*\*/\s*)?[A-Za-z_$][\w$.]*\s*\((?=\s*[\[{])(.*)\)\s*(?:;\s*)?"
"""JSON as the argument of a call (JSONP). No two of its parts can take the same blanks, of which a
document may have any number."""

_FENCE = rb"(?ms)^[ \t]*(```+|~~~+)[^\n]*\n(.*?)^[ \t]*\1[`~]*[ \t\r]*$"
"""A block of code in Markdown."""

_BLANK = re.compile(r"[\s\ufeff]*")


def read_documents(body: bytes) -> tuple[object, InvalidDataError | None]:
    """Decode one or several JSON documents in UTF-8.

    They may be NDJSON, a sequence of RFC 7464, in a block of Markdown or in a string.

    Returns:
        The document, or a list of several; and the failure if the last one is cut off, of which
        the complete rows are returned.

    Raises:
        InvalidDataError: the text is none of these; the reason says where.
    """
    if not _has_too_many_values(body) and (answer := split_rows(body)) is not None:
        return answer, None
    body = _strip_wrapping(body)
    try:
        answer = read_lines(body) if is_lines(body) else read_json(body)
    except InvalidDataError as failure:
        answer, failed = _decode_documents(body, failure)
        return answer, failed
    for _ in range(3):
        if not isinstance(answer, str) or not answer.lstrip().startswith(("{", "[", '"')):
            break
        with suppress(InvalidDataError):
            answer, failed = read_documents(answer.encode("utf-8", "surrogatepass"))
            return answer, failed
        break
    return answer, None


def _strip_wrapping(body: bytes) -> bytes:
    """Remove what surrounds the documents, and keep their line numbers."""
    # RFC 7464 puts this control character, which JSON cannot hold, between documents.
    body = body.replace(b"\x1e", b"\n" if b"\n" not in body else b" ")
    if b"\n" not in body:
        body = body.replace(b"\r", b"\n")
    if guard := re.match(_GUARD, body):
        body = b"\n" * guard[0].count(b"\n") + body[guard.end() :]
    if call := re.fullmatch(_CALL, body):
        body = b"\n" * body[: call.start(1)].count(b"\n") + call[1]
    if body.lstrip()[:1] not in b'{["' and (blocks := list(re.finditer(_FENCE, body))):
        kept, end = [], 0
        for block in blocks:
            kept += [b"\n" * body[end : block.start(2)].count(b"\n"), block[2]]
            end = block.end(2)
        body = b"".join(kept)
    return body


def _decode_documents(
    body: bytes, failure: InvalidDataError
) -> tuple[object, InvalidDataError | None]:
    """Decode several documents; raise the failure of reading them as one if that fails too."""
    try:
        text = body.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        raise failure from None
    found: list[object] = []
    position = _skip_blanks(text, 0)
    with suppress(ValueError, RecursionError):
        while position < len(text):
            value, position = DECODER.raw_decode(text, position)
            if is_nested_deeper(value) or not isinstance(value, dict | list):
                raise failure
            found.append(value)
            position = _skip_blanks(text, position)
    if position >= len(text) and found:
        return (found if len(found) > 1 else found[0]), None
    last = _decode_cut_off(text[position:])
    if last is None:
        raise failure if not found or is_lines(body) else _find_error(text, position) or failure
    is_whole_rows = isinstance(last, dict | list) and bool(last)
    found += [last] if is_whole_rows else []
    if not found:
        raise failure
    line = text.count("\n") + 1
    column = len(text) - (text.rfind("\n") + 1) + 1
    failed = ends_too_early(line, column, is_lines=is_lines(body))
    return (found if len(found) > 1 else found[0]), failed


def ends_too_early(line: int, column: int, *, is_lines: bool) -> InvalidDataError:
    """Return the failure of a document that is cut off at a line and column, counted from 1."""
    mark = ":" if is_lines else ","
    return InvalidDataError(
        "This ends too early.",
        reason=f"Line {line:,}{mark} column {column:,}: the document is cut off there.",
        hint="Save the answer again; its complete part is shown.",
    )


def is_cut_off(text: bytes) -> bool:
    """Return True if a text is JSON that is cut off, or complete."""
    from pydantic_core import from_json  # noqa: PLC0415  # 30 ms, for damaged files only

    try:
        from_json(text, allow_partial=True, allow_inf_nan=False)
    except ValueError:
        return False
    return True


def _skip_blanks(text: str, position: int) -> int:
    match = _BLANK.match(text, position)
    return position if match is None else match.end()


def _find_error(text: str, position: int) -> InvalidDataError | None:
    try:
        DECODER.raw_decode(text, position)
    except json.JSONDecodeError as error:
        return InvalidDataError("This is not JSON.", reason=_describe_error(error))
    except ValueError:
        return None
    return None


def _decode_cut_off(text: str) -> object | None:
    """Return the complete rows of a document that is cut off; None if it is broken otherwise."""
    from pydantic_core import from_json  # noqa: PLC0415  # 30 ms, for damaged files only

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
        # The document ends before its rows, or is a single event.
        return {}
    key = "" if outer is None else rf"{re.escape(json.dumps(name))}\s*:\s*"
    for match in re.finditer(rf"{key}\[", text):
        rows, is_cut = _decode_rows(text, match.end())
        if is_cut or outer is None:
            inner[:] = rows
            return value if rows else {}
    return {}


def _decode_rows(text: str, position: int) -> tuple[list[object], bool]:
    """Return the complete elements of a list, and True if the text ends within it."""
    rows: list[object] = []
    with suppress(ValueError, RecursionError):
        while True:
            position = _skip_blanks(text, position)
            if text.startswith("]", position):
                return rows, False
            value, position = DECODER.raw_decode(text, position)
            # A number at the end of a text may be cut off.
            if isinstance(value, dict | list):
                rows.append(value)
            position = _skip_blanks(text, position)
            if text.startswith(",", position):
                position += 1
    return rows, True


def read_lines(body: bytes) -> list[object]:
    """Decode NDJSON in UTF-8: one JSON document a line; empty lines are skipped.

    Raises:
        InvalidDataError: a line is not JSON; the reason says which.
    """
    split = body.split(b"\n")
    lines = [(number, line) for number, line in enumerate(split, 1) if line.strip()]
    try:
        # Reading each line by itself takes twice as long.
        read = read_json(b"[" + b",".join(line for _, line in lines) + b"]")
    except InvalidDataError:
        read = None
    if isinstance(read, list) and len(read) == len(lines):
        return read
    rows = []
    for number, line in lines:
        try:
            rows.append(read_json(line))
        except InvalidDataError as error:
            reason = error.reason.replace("Line 1, column", "column", 1)
            raise InvalidDataError(
                "This is not NDJSON.", reason=f"Line {number:,}: {reason}"
            ) from None
    return rows


def _read(body: bytes) -> object:
    try:
        answer = json.loads(body, parse_constant=_refuse)
        if not is_nested_deeper(answer):
            return answer
        reason = "It is nested too deeply."
    except RecursionError:
        reason = "It is nested too deeply."
    except UnicodeDecodeError as error:
        reason = f"Byte {error.start} is not {error.encoding.upper()} text."
    except json.JSONDecodeError as error:
        reason = _describe_error(error) if body.strip() else "It is empty."
    except NoNumberError as error:
        reason = f"{_find_token(body, str(error))}{error} is not a number in JSON."
    except ValueError:
        # The standard library refuses nothing else.
        reason = "It has a number with too many digits."
    raise InvalidDataError("This is not JSON.", reason=reason)


_COMMA = r",\s*$"
_LITERAL = r'(?s)"(?:[^"\\]|\\.)*"|NaN|-?Infinity'


def _describe_error(error: json.JSONDecodeError) -> str:
    """Return a sentence with the place of an error and its reason."""
    reason = error.msg
    next_one = error.doc[error.pos : error.pos + 1]
    before = error.doc[max(0, error.pos - 200) : error.pos]
    if next_one in ("]", "}") and (comma := re.search(_COMMA, before)):
        place = error.pos - len(comma[0])
        error = json.JSONDecodeError(error.msg, error.doc, place)
        reason = f"there is a comma too many before {next_one}"
    return f"Line {error.lineno:,}, column {error.colno:,}: {reason}."


def _find_token(body: bytes, name: str) -> str:
    text = body.decode(json.detect_encoding(body), "replace")
    found = next((token for token in re.finditer(_LITERAL, text) if token[0] == name), None)
    if found is None:
        return ""
    error = json.JSONDecodeError("", text, found.start())
    return f"Line {error.lineno:,}, column {error.colno:,}: "
