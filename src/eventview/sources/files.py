"""Sessions from files, standard input and the demo that is bundled.

A file holds a saved answer of a server, or an export of eventview in JSON or NDJSON. The events at
the head of a large one are given first, while the rest is read.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Final

import msgspec
from msgspec import Struct

from eventview.errors import InvalidDataError, NotFoundError, UsageError
from eventview.progress import begin_step
from eventview.session.events import decode_sent
from eventview.session.source import Batch, OnStatus, Replay, SessionRef, ignore_status
from eventview.session.text import clean
from eventview.sources import MAX_BYTES
from eventview.sources.containers import is_packed, unpack_parts, unwrap
from eventview.sources.exports import decode_record, is_export, read_export
from eventview.sources.json_reader import read_documents, split_rows
from eventview.sources.recorder import ResponseRecorder
from eventview.sources.row_stream import HEAD_BYTES, PART_BYTES, NotCutError, RowReader
from eventview.wire.detect import is_body, read_answer

_LARGE: Final = 5_000_000
"""Bytes of a document that takes long to decode at once."""


class SavedSession(Struct, eq=False):
    """A session in one document: a saved answer or an export, plain or compressed."""

    session_ref: SessionRef
    place: str
    """Document's name in messages."""
    open_parts: Callable[[], Iterator[bytes]]
    """Returns the document's bytes: the first part has `HEAD_BYTES`, or fewer if that is all."""
    recorder: ResponseRecorder
    """Recorder of the document's bytes."""
    command: Sequence[str]
    """Command line that opens it."""
    max_bytes: int = MAX_BYTES
    """Limit of bytes that come from elsewhere or out of a compressed document."""
    is_stream: bool = False
    """True if it can be read only once."""
    is_invented: bool = False
    """True for the demo, whose replay nobody can watch."""
    _replay: Replay | None = None

    def batches(self, on_status: OnStatus = ignore_status) -> Iterator[Batch]:
        """Read the document; see `eventview.session.source.Source`.

        Raises:
            UsageError: the document cannot be opened, or not a second time.
            InvalidDataError: the document holds no answer.
            NotFoundError: the document holds no events.
        """
        parts = self.open_parts()
        head = next(parts, b"")
        if len(head) < HEAD_BYTES or self.recorder.is_recording:
            yield from self._read_whole(b"".join((head, *parts)), on_status)
            return
        packed: list[bytes] = []
        is_own = not self.is_stream and not is_packed(head)
        reader = RowReader(self._read_answer, math.inf if is_own else self.max_bytes)
        parts = chain((head,), parts)
        unpacked = unpack_parts(_keep(parts, packed)) if is_packed(head) else parts
        try:
            yield from filter(None, map(reader.feed, unpacked))
            rest, failure = reader.close()
        except NotCutError:
            body = b"".join((*(packed or (reader.body(),)), *parts))
            batches = self._read_whole(body, on_status)
            try:
                yield next(batches)
            except (InvalidDataError, NotFoundError):
                # The events at its head say nothing about a document that is broken further on.
                yield Batch((), starts_over=True)
                raise
            yield from batches
        except InvalidDataError as error:
            yield Batch((), starts_over=True)
            raise self._add_place(error) from None
        else:
            yield rest
            if failure is not None:
                raise self._add_place(failure)

    def _read_whole(self, body: bytes, on_status: OnStatus) -> Iterator[Batch]:
        self.recorder.begin()
        self.recorder.take(body)
        if len(body) > _LARGE:
            begin_step(f"reading {len(body) / 1e6:,.0f} MB")
        # A file of one's own may have any size, but not unpack to any.
        most = self.max_bytes if self.is_stream else max(self.max_bytes, len(body))
        damage: InvalidDataError | None = None
        try:
            body, damage = unwrap(body, most, lambda text: on_status(f"{self.place}: {text}"))
            answer, cut = read_documents(body)
            damage = damage or cut
            batch = self._read_answer(answer)
        except InvalidDataError as error:
            raise self._add_place(damage or error) from None
        if batch.events:
            yield batch.as_whole()
        if damage is not None:
            raise self._add_place(damage)
        if not batch.events:
            reason = "The server gives the same answer for an unknown session and for an empty one."
            if batch.session_ref is not None:
                reason = "The view was empty when it was exported."
            raise NotFoundError(f"{self.place} holds no events.", reason=reason)

    def _add_place(self, error: InvalidDataError) -> InvalidDataError:
        message = f"{self.place}: {error.message}"
        return InvalidDataError(message, reason=error.reason, hint=error.hint)

    def _read_answer(self, answer: object) -> Batch:
        answer = _decode_slices(answer)
        if is_export(answer):
            batch, self._replay = read_export(answer)
            return batch
        return _decode_answer(answer)

    def replay(self, on_status: OnStatus = ignore_status) -> Replay:  # noqa: ARG002  # no waiting
        """Return the replay that an export names.

        Raises:
            NotFoundError: the document names none.
        """
        if self.is_invented:
            raise NotFoundError("The bundled session cannot be watched: it is invented.")
        if self._replay is None:
            raise NotFoundError(
                "The replay of this session is not known.",
                reason="A saved answer does not name its server.",
                hint="Open the session from its server, or from a JSON export of it.",
            )
        return self._replay

    def rest(self, on_status: OnStatus = ignore_status) -> Iterator[Batch]:
        """Read the whole document again, because it does not show what is new; not a stream."""
        return iter(()) if self.is_stream else self.batches(on_status)


def open_file(
    path: Path,
    recorder: ResponseRecorder | None = None,
    command: Sequence[str] = (),
    max_bytes: int = MAX_BYTES,
) -> SavedSession:
    """Return the session in a file."""
    place = clean(str(path))

    def open_parts() -> Iterator[bytes]:
        try:
            with path.open("rb") as file:
                yield from _read_parts(file)
        except OSError as error:
            raise UsageError(
                f"{place} cannot be read.",
                reason=f"{error.strerror or error}.",
                hint="Name a file that holds a saved answer of the events endpoint, or an export.",
            ) from None

    return SavedSession(
        SessionRef(clean(path.name), place=place),
        place,
        open_parts,
        recorder or ResponseRecorder(),
        command or ("eventview", str(path)),
        max_bytes,
    )


def open_stream(
    stream: BinaryIO,
    recorder: ResponseRecorder | None = None,
    command: Sequence[str] = ("eventview", "-"),
    max_bytes: int = MAX_BYTES,
) -> SavedSession:
    """Return the session on standard input."""

    def open_parts() -> Iterator[bytes]:
        if stream.closed:
            raise UsageError(
                "Standard input can be read only once.",
                hint="Run the command again, or save the answer to a file and open that.",
            )
        with stream:
            yield from _read_parts(stream)

    return SavedSession(
        SessionRef("standard input", place="standard input"),
        "Standard input",
        open_parts,
        recorder or ResponseRecorder(),
        command,
        max_bytes,
        is_stream=True,
    )


def open_demo(
    recorder: ResponseRecorder | None = None, command: Sequence[str] = ("eventview", "--demo")
) -> SavedSession:
    """Return the bundled session of `--demo`: an invented customer whose checkout breaks."""
    # `importlib.resources` takes 3 ms to import; Textual needs an installation as files, too.
    path = Path(__file__).with_name("demo.json")
    session_ref = SessionRef("demo", place="the bundled session")
    return SavedSession(
        session_ref,
        "The demo",
        lambda: iter((path.read_bytes(),)),
        recorder or ResponseRecorder(),
        command,
        is_invented=True,
    )


def _read_parts(file: BinaryIO) -> Iterator[bytes]:
    yield file.read(HEAD_BYTES)
    # A pipe gives what it has, without waiting for a whole part.
    read = getattr(file, "read1", file.read)
    while part := read(PART_BYTES):
        yield part


def _keep(parts: Iterable[bytes], kept: list[bytes]) -> Iterator[bytes]:
    for part in parts:
        kept.append(part)
        yield part


def _decode_slices(answer: object) -> object:
    """Return a document with its rows decoded as far as its reader needs it."""
    rows = answer.get("events") if isinstance(answer, dict) else answer
    # One with half a surrogate pair is decoded already.
    if not isinstance(rows, list) or not any(isinstance(row, msgspec.Raw) for row in rows):
        return answer
    first = decode_sent(rows[0])
    if is_body(first):
        slices = ((row, bytes(row) if isinstance(row, msgspec.Raw) else b"") for row in rows)
        pages = [split_rows(text) or decode_sent(row) for row, text in slices]
        if all(map(is_body, pages)):
            return pages
    elif is_export([first]):
        records = list(map(decode_record, rows))
        if is_export(records):
            return {**answer, "events": records} if isinstance(answer, dict) else records
    else:
        return answer
    # Slices within a row could not be written again.
    rows = list(map(decode_sent, rows))
    return {**answer, "events": rows} if isinstance(answer, dict) else rows


def _decode_answer(answer: object) -> Batch:
    try:
        return read_answer(answer)
    except InvalidDataError:
        from eventview.sources.openreplay.responses import (  # noqa: PLC0415  # few files need it
            error_message,
        )

        if not (message := error_message(answer)):
            raise
        raise InvalidDataError(
            "This is a server's error message, not a session.",
            reason=f"It says: {message}.",
            hint="Save the answer of a request that succeeded.",
        ) from None
