"""Rows of a large document, cut from its bytes while they come.

A row is a slice of the part that it came in, so that the bytes are kept once. A document that
cannot be cut in this way is left to `json_reader`, which forgives more.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Final

import msgspec

from eventview.errors import InvalidDataError
from eventview.progress import report_count
from eventview.session.events import Event
from eventview.session.source import EARLIEST_MS, Batch, Gap, Reread
from eventview.session.text import is_nested_deeper
from eventview.sources.json_reader import (
    DECODER,
    ends_too_early,
    is_cut_off,
    is_lines,
    read_rows,
    too_large,
    unescape_html,
)
from eventview.sources.recorder import ResponseRecorder
from eventview.wire.v1 import may_be_from_clickhouse, read_answer

HEAD_BYTES: Final = 96 * 1024
"""Bytes of the first part: more events than a screen has rows, in 2 ms."""

PART_BYTES: Final = 256 * 1024
"""Bytes of each further part: some 700 events, whose reading holds the interpreter for 5 ms."""

_MOST_REST: Final = 8 * 2**20
"""Bytes without a complete row after which the document is not cut into parts."""

_MOST_CUTS: Final = 64
"""Places that are tried for a cut, from the end of a part: most are between two rows."""

_LONGEST_GAP: Final = 256
"""Bytes between two rows, or behind the last one, that are looked at for a cut or an end."""

_HEADS: Final = (
    ("answer", re.compile(rb'\s*\{\s*"data"\s*:\s*\[\s*(?=\{)'), re.compile(rb"\s*\]\s*\}\s*\Z")),
    (
        "page",
        re.compile(
            rb'\s*\{\s*"data"\s*:\s*\{\s*"total"\s*:\s*(0|[1-9][0-9]{0,14})\s*,'
            rb'\s*"events"\s*:\s*\[\s*(?=\{)'
        ),
        re.compile(rb"\s*\]\s*\}\s*\}\s*\Z"),
    ),
    (
        "export",
        re.compile(rb'(\{"schema":"eventview-session/[^\n]*),"events":\[\n(?=\{)'),
        re.compile(rb"\s*\]\s*\}\s*\Z"),
    ),
    ("list", re.compile(rb"\s*\[\s*(?=\{)"), re.compile(rb"\s*\]\s*\Z")),
)
"""Each form of a document that is cut, with what is before its first row and behind its last."""

_CLOSING: Final = {"answer": b"]}", "page": b"]}}", "export": b"]}", "list": b"]", "lines": b""}
"""Brackets behind the last row of each form, of which a document that is cut off has the first."""

_LINES_END: Final = re.compile(rb"\s*\Z")

_LATEST_MS: Final = 2**53 - 1
"""The largest moment that JSON's readers keep exactly: no event is later."""

_OF_OBJECTS: Final = ("list", "lines")
"""Forms of which a row that is no object makes a document of another kind."""

_SEPARATOR: Final = re.compile(r"\s*,\s*")
_BLANKS: Final = re.compile(r"\s*")

_decode_rows: Final[Callable[[bytes], list[msgspec.Raw]]] = msgspec.json.Decoder(
    list[msgspec.Raw]
).decode
_decode_lines: Final[Callable[[bytes], list[msgspec.Raw]]] = msgspec.json.Decoder(
    msgspec.Raw
).decode_lines


class NotCutError(Exception):
    """The document cannot be cut into rows and has to be read as a whole."""


class RowStream:
    """The rows of a document, as far as its bytes have come.

    A row is a slice of JSON in UTF-8; a decoded value where JSON is read that msgspec refuses, such
    as half a surrogate pair.
    """

    def __init__(self) -> None:
        self._form = ""
        self._end = _LINES_END
        self._head: dict[str, Any] = {}
        self._rest = b""
        """Bytes behind the last row so far."""
        self._least = 0
        """Bytes of the rest from which a complete row is looked for."""
        self._taken: list[bytes | memoryview] = []
        """Bytes of the rows so far and between them; the same objects as the rows are slices of."""

    def feed(self, part: bytes) -> list[object]:
        """Return the rows that the next bytes of the document complete.

        Raises:
            NotCutError: the document has another form, or no row in many bytes.
        """
        self._rest += part
        if not self._form:
            self._begin()
        if len(self._rest) < min(self._least, _MOST_REST):
            return []
        if self._form == "lines":
            end = self._rest.rfind(b"\n") + 1
            try:
                rows = self._take(end, end)
            except NotCutError:
                rows = self._walk(end)
        else:
            rows = self._cut()
        if len(self._rest) > _MOST_REST:
            raise NotCutError
        # Looking into a large row again with each of many small parts would take minutes.
        self._least = 0 if rows or len(self._rest) < HEAD_BYTES else 2 * len(self._rest)
        return rows

    def document(self, rows: Sequence[object]) -> object:
        """Return a decoded document like this one with some rows."""
        match self._form:
            case "answer":
                return {"data": rows}
            case "page":
                return {"data": {**self._head, "events": rows}}
            case "export":
                return {**self._head, "events": rows}
        return rows

    def body(self) -> bytes:
        """Return the bytes of the document so far."""
        return b"".join([*self._taken, self._rest])

    def close(self) -> tuple[list[object], InvalidDataError | None]:
        """Return the last rows, and the failure if the document is cut off.

        Raises:
            NotCutError: the document ends otherwise than one of its form.
        """
        if not self._form:
            raise NotCutError
        length = len(self._rest)
        if end := self._end.search(self._rest, max(0, length - _LONGEST_GAP)):
            with suppress(NotCutError):
                return self._take(end.start(), length), None
        rows = self._walk(length)
        if self._end.fullmatch(self._rest):
            if bytes(self._taken[-1]).rstrip().endswith(b","):
                raise NotCutError
            return rows, None
        end_so_far = b"".join(self._rest.split())
        if not _CLOSING[self._form].startswith(end_so_far) and not (
            end_so_far.startswith(b"{") and is_cut_off(self._rest)
        ):
            raise NotCutError
        return rows, self._describe_end()

    def _describe_end(self) -> InvalidDataError:
        line, column = 1, 1
        for taken in (*self._taken, self._rest):
            text = str(taken, "utf-8")
            line += text.count("\n")
            column = column + len(text) if "\n" not in text else len(text) - text.rfind("\n")
        return ends_too_early(line, column, is_lines=self._form == "lines")

    def _begin(self) -> None:
        for form, head, end in _HEADS:
            if found := head.match(self._rest):
                self._form, self._end = form, end
                self._taken, self._rest = [found[0]], self._rest[found.end() :]
                if form == "page":
                    self._head = {"total": int(found[1])}
                elif form == "export":
                    self._head = _decode_head(found[1] + b"}")
                return
        if not is_lines(self._rest):
            raise NotCutError
        self._form = "lines"

    def _cut(self) -> list[object]:
        """Take the rows up to the last `},{` that is between two of them."""
        start, last = len(self._rest), 0
        for _ in range(_MOST_CUTS):
            start = self._rest.rfind(b"{", 1, start)
            if start < 0:
                break
            before = self._rest[max(0, start - _LONGEST_GAP) : start].rstrip()
            if before.endswith(b",") and (before := before[:-1].rstrip()).endswith(b"}"):
                end = max(0, start - _LONGEST_GAP) + len(before)
                last = last or start
                with suppress(NotCutError):
                    return self._take(end, start)
        return self._walk(last) if last else []

    def _take(self, end: int, start: int) -> list[object]:
        """Take the rows before `end`; the rest begins at `start`."""
        rest = self._rest
        taken: bytes | memoryview
        try:
            if self._form == "lines":
                taken = part = rest[:end]
                rows = _decode_lines(part)
            else:
                part = b"".join((b"[", memoryview(rest)[:end], b"]"))
                taken = memoryview(part)[1:-1]
                if self._form == "page":
                    unescaped = unescape_html(part)
                    if unescaped is None:
                        raise NotCutError
                    if unescaped is not part:
                        taken, part = rest[:end], unescaped
                rows = _decode_rows(part)
            if not part.isascii():
                # A slice of another encoding would fail only when its event is read.
                part.decode()
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
            raise NotCutError from None
        if self._form in _OF_OBJECTS and not all(bytes(row).startswith(b"{") for row in rows):
            raise NotCutError
        self._taken += [taken, rest[end:start]]
        self._rest = rest[start:]
        return list(rows)

    def _walk(self, end: int) -> list[object]:
        """Take the complete rows before `end` one by one, decoded."""
        rows: list[object] = []
        place = done = 0
        separator = _BLANKS if self._form == "lines" else _SEPARATOR
        try:
            text = self._rest[:end].decode()
            while place < len(text):
                value, done = DECODER.raw_decode(text, place)
                if not isinstance(value, dict) or is_nested_deeper(value):
                    raise NotCutError
                rows.append(value)
                found = separator.match(text, done)
                if found is None:
                    break
                place = done = found.end()
        except json.JSONDecodeError:
            # The rest is no complete row.
            pass
        except (ValueError, RecursionError):
            raise NotCutError from None
        taken = text[:done].encode()
        self._taken.append(taken)
        self._rest = self._rest[len(taken) :]
        return rows


def _decode_head(head: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(head, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise NotCutError from None


class RowReader:
    """The events of a document as its bytes come; together they are those of the whole.

    Args:
        read: reads the decoded document, whose rows may be slices.
        max_bytes: limit of the document's size, and of `_ROW_BYTES` a row.
    """

    def __init__(self, read: Callable[[object], Batch], max_bytes: float = math.inf) -> None:
        self._read, self._max_bytes = read, max_bytes
        self._size = 0
        self._stream = RowStream()
        self._rows: list[object] = []
        self._reread: Reread | None = None
        """Reader of some rows by themselves; None if an event depends on all rows."""
        self._latest_ms = EARLIEST_MS

    def feed(self, part: bytes) -> Batch | None:
        """Return the events that the next bytes complete; None if they have to wait for the rest.

        Raises:
            NotCutError: the document has to be read as a whole.
            InvalidDataError: the document is too large.
        """
        rows = self._stream.feed(part)
        is_head = not self._rows
        self._rows += rows
        report_count("reading", len(self._rows))
        self._size += len(part)
        if max(self._size, _ROW_BYTES * len(self._rows)) > self._max_bytes:
            raise too_large(int(self._max_bytes))
        if not rows:
            return None
        if is_head:
            try:
                head = self._read(self._stream.document(rows))
            except InvalidDataError:
                raise NotCutError from None
            if _is_of_postgres(head, rows):
                self._reread = head.reread
            if head.partial_export is not None:
                return None
            gaps = self._to_come(head.events)
            return head._replace(total=None, gaps=gaps, lost=(), starts_over=True)
        if self._reread is None or may_be_from_clickhouse(rows, _MOST_SAMPLED):
            self._reread = None
            return None
        events = self._reread(rows)
        return Batch(events, gaps=self._to_come(events), reread=self._reread)

    def close(self) -> tuple[Batch, InvalidDataError | None]:
        """Return the rest, or all events anew, and the failure if the document is cut off.

        Raises:
            NotCutError: the document has to be read as a whole.
            InvalidDataError: the document holds no session.
        """
        rows, failure = self._stream.close()
        self._rows += rows
        if not self._rows:
            raise NotCutError
        if self._reread is None or may_be_from_clickhouse(rows):
            return self._read(self._stream.document(self._rows)).as_whole(), failure
        return Batch(self._reread(rows), len(self._rows), reread=self._reread), failure

    def body(self) -> bytes:
        """Return the bytes of the document so far."""
        return self._stream.body()

    def _to_come(self, events: Sequence[Event]) -> Sequence[Gap]:
        """Return the span after the events so far, which mostly come in the order of time."""
        times = (event.time_ms for event in events if event.time_ms is not None)
        self._latest_ms = max([self._latest_ms, *times])
        return (Gap(self._latest_ms + 1, _LATEST_MS),)


_ROW_BYTES: Final = 50
"""Size that a row counts for at least: an empty object takes a hundred times its text."""

_MOST_SAMPLED: Final = 64
"""Rows of a part that are looked at: most rows of ClickHouse are dated."""


def _is_of_postgres(batch: Batch, rows: Sequence[object]) -> bool:
    """Return True if rows are those of v1 from Postgres, each of which can be read by itself."""
    return (
        not batch.is_ordered
        and batch.total is None
        and batch.resolution_ms == 1
        and len(batch.events) == len(rows)
        and not may_be_from_clickhouse(rows)
    )


class ArrivingAnswer:
    """An answer of the first API, whose events are read while it arrives.

    Args:
        put: called with the events that each part completes.
        recorder: recorder of the answer.
    """

    def __init__(self, put: Callable[[Batch], object], recorder: ResponseRecorder) -> None:
        self._put, self._recorder = put, recorder
        self._reader: RowReader | None = None
        """Reader of a large answer; None for one that is read as a whole."""
        self._kept: list[bytes] = []
        """The parts that are not read yet."""
        self._is_whole = False
        self._given = 0
        """Number of events that have been given."""
        self._again: list[Event] | None = None
        """Events of another attempt, until there are more than were given; else None."""

    def take(self, part: bytes) -> None:
        """Read a part; an empty one begins the answer, perhaps anew."""
        if not part:
            self._reader, self._kept, self._is_whole = None, [], False
            self._again = [] if self._given else None
            return
        self._kept.append(part)
        if self._is_whole or (self._reader is None and sum(map(len, self._kept)) < HEAD_BYTES):
            return
        self._reader = self._reader or RowReader(read_answer)
        part, self._kept = b"".join(self._kept), []
        try:
            batch = self._reader.feed(part)
        except NotCutError:
            self._kept, self._is_whole = [self._reader.body()], True
            return
        if batch is not None:
            batch = self._join(batch)
            if self._again is None:
                self._given += len(batch.events)
                self._put(batch)

    def _join(self, batch: Batch) -> Batch:
        """Return a batch with the events of its attempt that have not been given."""
        if self._again is None:
            return batch
        self._again += batch.events
        if len(self._again) <= self._given:
            return batch
        events, self._again, self._given = self._again, None, 0
        return batch._replace(events=events, starts_over=True)

    def finish(self) -> Batch:
        """Return the rest of the events, or all.

        Raises:
            InvalidDataError: the answer is not a session, or cut off.
        """
        reader = None if self._is_whole else self._reader
        if self._recorder.is_recording:
            self._recorder.begin()
            self._recorder.take(b"".join(self._kept) if reader is None else reader.body())
        if reader is not None:
            try:
                rest, failure = reader.close()
            except NotCutError:
                self._kept = [reader.body()]
            else:
                if failure is not None:
                    raise failure
                if self._again is None or rest.starts_over:
                    return rest
                return rest._replace(events=[*self._again, *rest.events], starts_over=True)
        return read_answer(read_rows(b"".join(self._kept))).as_whole()
