"""Splitting of an answer's bytes into the slices of its events, which are decoded one by one."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any, Final

import msgspec

_ENTITY: Final = re.compile(rb"(?:\\u0026|&)(lt|gt|amp|#34|#39);")
"""What Go's `html.EscapeString` makes of a character, as Go's JSON writer spells it."""

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
        answer = msgspec.json.decode(body, type=_Answer | list[msgspec.Raw])
        if isinstance(answer, list):
            return _check_rows(answer, body)
        if answer.log is answer.schema is answer.type is None:
            return _check_rows(answer.data, body)
    return None


def _check_rows(data: list[msgspec.Raw] | _PageData, body: bytes) -> Any:
    if isinstance(data, list):
        return {"data": data} if data else None
    rows = data.events
    escaped = body.count(b"&") + body.count(b"\\u0026")
    if escaped:
        body, number = _ENTITY.subn(lambda match: _CHARACTERS[match[1]], body)
        # Another server may escape more than these, or nothing.
        if number != escaped or not isinstance(
            page := msgspec.json.decode(body, type=_Answer).data, _PageData
        ):
            return None
        rows = page.events
    return {"data": {"total": data.total, "events": rows}} if rows else None
