"""Sessions from files and standard input: a server's answer, saved, or an export of eventview."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from eventview.errors import NotFoundError, NotUnderstoodError, UsageError
from eventview.session.source import Batch, Origin, Reading, Replay, Say, nobody, whole
from eventview.session.text import clean
from eventview.sources.containers import unwrapped
from eventview.sources.exports import is_export, reading_of_export
from eventview.sources.json_reader import MAX_BYTES, read_documents
from eventview.sources.recorder import Keeper
from eventview.wire.detect import reading_of


class SavedFile:
    """A saved answer in a file, plain or gzipped.

    Args:
        path: the file.
        keeper: is given what it holds, as it is.
        command: the words of a command line that name it.
    """

    def __init__(
        self, path: Path, keeper: Keeper | None = None, command: Sequence[str] = ()
    ) -> None:
        self._path, self._keeper = path, keeper or Keeper()
        self._replay: Replay | None = None
        self.command = command or ("eventview", str(path))
        self.origin = Origin(name=clean(path.name), place=clean(str(path)))

    def batches(self, say: Say = nobody) -> Iterator[Batch]:
        """Read the file; see `eventview.session.source.Source`.

        Raises:
            UsageError: it cannot be opened.
            NotUnderstoodError: it holds no answer.
            NotFoundError: it holds no events.
        """
        try:
            with self._path.open("rb") as file:
                body = _read(file, self._keeper)
        except OSError as error:
            raise UsageError(
                f"{self.origin.place} cannot be read.",
                cause=f"{error.strerror or error}.",
                cure="Name a file that holds a saved answer of the events endpoint.",
            ) from None
        reading, self._replay, failure = _reading(body, self.origin.place, say)
        yield from _session(reading, self.origin.place, failure)

    def replay(self, say: Say = nobody) -> Replay:  # noqa: ARG002  # no waiting
        """Return the replay that an export of eventview names.

        Raises:
            NotFoundError: the file does not say.
        """
        return _known(self._replay)

    def rest(self, say: Say = nobody) -> Iterator[Batch]:
        """The whole file once more: it does not say what is new in it."""
        return self.batches(say)


class StandardInput:
    """A saved answer that is piped in, plain or gzipped; can be read only once.

    Args:
        stream: where it is piped in.
        keeper: is given what comes, as it is.
        command: the words of a command line that name it.
    """

    def __init__(
        self,
        stream: BinaryIO,
        keeper: Keeper | None = None,
        command: Sequence[str] = ("eventview", "-"),
    ) -> None:
        self._stream, self._keeper = stream, keeper or Keeper()
        self._replay: Replay | None = None
        self.command = command
        self._has_been_read = False
        self.origin = Origin(name="standard input", place="standard input")

    def batches(self, say: Say = nobody) -> Iterator[Batch]:
        """Read the stream to its end; see `eventview.session.source.Source`.

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
            body = _read(self._stream, self._keeper)
        reading, self._replay, failure = _reading(body, "Standard input", say)
        yield from _session(reading, "Standard input", failure)

    def replay(self, say: Say = nobody) -> Replay:  # noqa: ARG002  # no waiting
        """Return its replay; see `SavedFile.replay`.

        Raises:
            NotFoundError: the input does not say.
        """
        return _known(self._replay)

    def rest(self, say: Say = nobody) -> Iterator[Batch]:  # noqa: ARG002  # no waiting
        """Nothing: the stream has ended."""
        return iter(())


def _known(replay: Replay | None) -> Replay:
    if replay is None:
        raise NotFoundError(
            "Where to watch this session is not known.",
            cause="A saved answer does not name its server.",
            cure="Open the session from its server, or an export of that in JSON.",
        )
    return replay


def _read(stream: BinaryIO, keeper: Keeper) -> bytes:
    body = stream.read(MAX_BYTES + 1)
    keeper.begin()
    keeper.take(body)
    return body


def _session(reading: Reading, place: str, failure: NotUnderstoodError | None) -> Iterator[Batch]:
    cause = "The server answers so for an unknown session and for one without events."
    if reading.origin is not None:
        cause = "Nothing was shown of the session when it was written."
    if failure is None or reading.events:
        yield from whole(reading, if_none=NotFoundError(f"{place} holds no events.", cause=cause))
    if failure is not None:
        raise failure


def _reading(
    body: bytes, place: str, say: Say
) -> tuple[Reading, Replay | None, NotUnderstoodError | None]:
    """Read a body; the failure is the reason why the reading is not all of it."""

    def placed(error: NotUnderstoodError) -> NotUnderstoodError:
        return NotUnderstoodError(f"{place}: {error.what}", cause=error.cause, cure=error.cure)

    damage: NotUnderstoodError | None = None
    try:
        body, damage = unwrapped(body, MAX_BYTES, lambda text: say(f"{place}: {text}"))
        answer, cut = read_documents(body)
        damage = damage or cut
        failure = None if damage is None else placed(damage)
        if is_export(answer):
            return *reading_of_export(answer), failure
        return _reading_of_answer(answer), None, failure
    except NotUnderstoodError as error:
        raise placed(damage or error) from None


def _reading_of_answer(answer: object) -> Reading:
    try:
        return reading_of(answer)
    except NotUnderstoodError:
        # Here, because a file that can be read does not need the words for refusals.
        from eventview.sources.openreplay.http_errors import server_words

        refused = server_words(answer)
        if not refused:
            raise
    raise NotUnderstoodError(
        "This is a server's refusal, not a session.",
        cause=f"It says: {refused}.",
        cure="Save the answer of a request that succeeded.",
    )
