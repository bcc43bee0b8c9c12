"""Sessions from files and standard input: a server's answer, saved.

May import `eventview.model`, `eventview.errors` and the wire formats of `sources.openreplay`.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from eventview.errors import NotFoundError, NotUnderstoodError, UsageError
from eventview.model.source import Batch, Origin, Reading, Say, nobody
from eventview.model.text import clean
from eventview.sources.batches import whole
from eventview.sources.body import MAX_BYTES, read_json
from eventview.sources.openreplay.bodies import reading_of

_GZIP_MAGIC: Final = b"\x1f\x8b"


class SavedFile:
    """A saved answer in a file, plain or gzipped."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.origin = Origin(name=clean(path.name), place=clean(str(path)))

    def batches(self, say: Say = nobody) -> Iterator[Batch]:  # noqa: ARG002  # no waiting
        """Read the file; see `eventview.model.source.Source`.

        Raises:
            UsageError: it cannot be opened.
            NotUnderstoodError: it holds no answer.
            NotFoundError: it holds no events.
        """
        try:
            with self._path.open("rb") as file:
                body = _read(file)
        except OSError as error:
            raise UsageError(
                f"{self.origin.place} cannot be read.",
                cause=f"{error.strerror or error}.",
                cure="Name a file that holds a saved answer of the events endpoint.",
            ) from None
        yield from _session(body, self.origin.place)

    def rest(self, say: Say = nobody) -> Iterator[Batch]:  # noqa: ARG002  # no waiting
        """The whole file once more: it does not say what is new in it."""
        return self.batches()


class StandardInput:
    """A saved answer that is piped in, plain or gzipped; can be read only once."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._has_been_read = False
        self.origin = Origin(name="standard input", place="standard input")

    def batches(self, say: Say = nobody) -> Iterator[Batch]:  # noqa: ARG002  # no waiting
        """Read the stream to its end; see `eventview.model.source.Source`.

        Raises:
            UsageError: it has been read before.
            NotUnderstoodError: it holds no answer.
            NotFoundError: it holds no events.
        """
        if self._has_been_read:
            raise UsageError(
                "Standard input can be read only once.",
                cure="Run the command again, or save the answer to a file and open that.",
            )
        self._has_been_read = True
        with self._stream:
            body = _read(self._stream)
        yield from _session(body, "Standard input")

    def rest(self, say: Say = nobody) -> Iterator[Batch]:  # noqa: ARG002  # no waiting
        """Nothing: the stream has ended."""
        return iter(())


def _read(stream: BinaryIO) -> bytes:
    body = stream.read(MAX_BYTES + 1)
    if body.startswith(_GZIP_MAGIC):
        try:
            with gzip.open(io.BytesIO(body)) as unpacked:
                body = unpacked.read(MAX_BYTES + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise NotUnderstoodError(
                "The gzip data is damaged.",
                cause=f"{error}.",
                cure="Save the answer again; it may have been cut off.",
            ) from None
    if len(body) > MAX_BYTES:
        raise NotUnderstoodError(
            "This is too large for a session.",
            cause=f"It holds more than {MAX_BYTES // 2**20} MiB.",
        )
    return body


def _session(body: bytes, place: str) -> Iterator[Batch]:
    try:
        reading = _reading(read_json(body))
    except NotUnderstoodError as error:
        raise NotUnderstoodError(
            f"{place}: {error.what}", cause=error.cause, cure=error.cure
        ) from None
    yield from whole(
        reading,
        if_none=NotFoundError(
            f"{place} holds no events.",
            cause="The server answers so for an unknown session and for one without events.",
        ),
    )


def _reading(answer: object) -> Reading:
    try:
        return reading_of(answer)
    except NotUnderstoodError:
        # Here, because a file that can be read does not need the words for refusals.
        from eventview.sources.openreplay.refusals import server_words

        refused = server_words(answer)
        if not refused:
            raise
    raise NotUnderstoodError(
        "This is a server's refusal, not a session.",
        cause=f"It says: {refused}.",
        cure="Save the answer of a request that succeeded.",
    )
