"""Sessions from files and standard input: a server's answer, saved, or an export of eventview.

The bundled session of `eventview --demo`: invented, in the form of a server's answer.

Sessions that eventview itself wrote, as JSON or NDJSON: opened again with nothing lost.

Only what the server sent is read, and what the session is called; all else is found anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO, Final

from eventview.errors import InvalidDataError, NotFoundError, UsageError
from eventview.session.source import (
    Batch,
    DecodedEvents,
    Gap,
    OnStatus,
    PartialExport,
    Replay,
    SessionRef,
    ignore_status,
    whole,
)
from eventview.session.text import clean, shorten
from eventview.sources.containers import unwrapped
from eventview.sources.json_reader import MAX_BYTES, read_documents, read_json
from eventview.sources.openreplay import links
from eventview.sources.recorder import ResponseRecorder
from eventview.wire import v1
from eventview.wire.detect import reading_of, reading_of_raws

SCHEMA: Final = "eventview-session/"
"""Beginning of the name of an export's schema; its version follows."""

_VERSIONS: Final = ("1", "2")
"""Those that can be read; the last is the one that is written."""


class SavedFile:
    """A saved answer in a file, plain or gzipped.

    Args:
        path: the file.
        recorder: is given what it holds, as it is.
        command: the words of a command line that name it.
    """

    def __init__(
        self, path: Path, recorder: ResponseRecorder | None = None, command: Sequence[str] = ()
    ) -> None:
        self._path, self._recorder = path, recorder or ResponseRecorder()
        self._replay: Replay | None = None
        self.command = command or ("eventview", str(path))
        self.session_ref = SessionRef(name=clean(path.name), place=clean(str(path)))

    def batches(self, on_status: OnStatus = ignore_status) -> Iterator[Batch]:
        """Read the file; see `eventview.session.source.Source`.

        Raises:
            UsageError: it cannot be opened.
            InvalidDataError: it holds no answer.
            NotFoundError: it holds no events.
        """
        try:
            with self._path.open("rb") as file:
                body = _read(file, self._recorder)
        except OSError as error:
            raise UsageError(
                f"{self.session_ref.place} cannot be read.",
                reason=f"{error.strerror or error}.",
                hint="Name a file that holds a saved answer of the events endpoint.",
            ) from None
        reading, self._replay, failure = _reading(body, self.session_ref.place, on_status)
        yield from _session(reading, self.session_ref.place, failure)

    def replay(self, on_status: OnStatus = ignore_status) -> Replay:  # noqa: ARG002  # no waiting
        """Return the replay that an export of eventview names.

        Raises:
            NotFoundError: the file does not say.
        """
        return _known(self._replay)

    def rest(self, on_status: OnStatus = ignore_status) -> Iterator[Batch]:
        """The whole file once more: it does not say what is new in it."""
        return self.batches(on_status)


class StandardInput:
    """A saved answer that is piped in, plain or gzipped; can be read only once.

    Args:
        stream: where it is piped in.
        recorder: is given what comes, as it is.
        command: the words of a command line that name it.
    """

    def __init__(
        self,
        stream: BinaryIO,
        recorder: ResponseRecorder | None = None,
        command: Sequence[str] = ("eventview", "-"),
    ) -> None:
        self._stream, self._recorder = stream, recorder or ResponseRecorder()
        self._replay: Replay | None = None
        self.command = command
        self._has_been_read = False
        self.session_ref = SessionRef(name="standard input", place="standard input")

    def batches(self, on_status: OnStatus = ignore_status) -> Iterator[Batch]:
        """Read the stream to its end; see `eventview.session.source.Source`.

        Raises:
            UsageError: it has been read before.
            InvalidDataError: it holds no answer.
            NotFoundError: it holds no events.
        """
        if self._has_been_read:
            raise UsageError(
                "Standard input can be read only once.",
                hint="Run the command again, or save the answer to a file and open that.",
            )
        self._has_been_read = True
        with self._stream:
            body = _read(self._stream, self._recorder)
        reading, self._replay, failure = _reading(body, "Standard input", on_status)
        yield from _session(reading, "Standard input", failure)

    def replay(self, on_status: OnStatus = ignore_status) -> Replay:  # noqa: ARG002  # no waiting
        """Return its replay; see `SavedFile.replay`.

        Raises:
            NotFoundError: the input does not say.
        """
        return _known(self._replay)

    def rest(self, on_status: OnStatus = ignore_status) -> Iterator[Batch]:  # noqa: ARG002  # no waiting
        """Nothing: the stream has ended."""
        return iter(())


class Demo:
    """A customer of an outdoor shop whose checkout breaks.

    Args:
        recorder: is given the session as it is bundled.
        command: the words of a command line that name it.
    """

    session_ref = SessionRef(name="demo", place="the bundled session")

    def __init__(
        self,
        recorder: ResponseRecorder | None = None,
        command: Sequence[str] = ("eventview", "--demo"),
    ) -> None:
        self._recorder, self.command = recorder or ResponseRecorder(), command

    def replay(self, on_status: OnStatus = ignore_status) -> Replay:  # noqa: ARG002  # no waiting
        """Nowhere.

        Raises:
            NotFoundError: always.
        """
        raise NotFoundError("The bundled session cannot be watched: it is invented.")

    def batches(self, on_status: OnStatus = ignore_status) -> Iterator[Batch]:  # noqa: ARG002  # no waiting
        """Read the bundled session; see `eventview.session.source.Source`."""
        body = files(__package__).joinpath("demo.json").read_bytes()
        self._recorder.begin()
        self._recorder.take(body)
        yield from whole(
            v1.reading_of(read_json(body)), if_none=NotFoundError("The demo holds no events.")
        )

    def rest(self, on_status: OnStatus = ignore_status) -> Iterator[Batch]:  # noqa: ARG002  # no waiting
        """The whole session: it never changes."""
        return self.batches()


def _read(stream: BinaryIO, recorder: ResponseRecorder) -> bytes:
    body = stream.read(MAX_BYTES + 1)
    recorder.begin()
    recorder.take(body)
    return body


def _reading(
    body: bytes, place: str, on_status: OnStatus
) -> tuple[DecodedEvents, Replay | None, InvalidDataError | None]:
    """Read a body; the failure is the reason why the reading is not all of it."""

    def placed(error: InvalidDataError) -> InvalidDataError:
        return InvalidDataError(f"{place}: {error.message}", reason=error.reason, hint=error.hint)

    damage: InvalidDataError | None = None
    try:
        body, damage = unwrapped(body, MAX_BYTES, lambda text: on_status(f"{place}: {text}"))
        answer, cut = read_documents(body)
        damage = damage or cut
        failure = None if damage is None else placed(damage)
        if is_export(answer):
            return *reading_of_export(answer), failure
        return _reading_of_answer(answer), None, failure
    except InvalidDataError as error:
        raise placed(damage or error) from None


def _reading_of_answer(answer: object) -> DecodedEvents:
    try:
        return reading_of(answer)
    except InvalidDataError:
        # Here, because a file that can be read does not need the words for refusals.
        from eventview.sources.openreplay.responses import server_words

        refused = server_words(answer)
        if not refused:
            raise
    raise InvalidDataError(
        "This is a server's refusal, not a session.",
        reason=f"It says: {refused}.",
        hint="Save the answer of a request that succeeded.",
    )


def _session(
    reading: DecodedEvents, place: str, failure: InvalidDataError | None
) -> Iterator[Batch]:
    reason = "The server answers so for an unknown session and for one without events."
    if reading.session_ref is not None:
        reason = "Nothing was shown of the session when it was written."
    if failure is None or reading.events:
        yield from whole(reading, if_none=NotFoundError(f"{place} holds no events.", reason=reason))
    if failure is not None:
        raise failure


def _known(replay: Replay | None) -> Replay:
    if replay is None:
        raise NotFoundError(
            "Where to watch this session is not known.",
            reason="A saved answer does not name its server.",
            hint="Open the session from its server, or an export of that in JSON.",
        )
    return replay


def is_export(answer: object) -> bool:
    """Tell whether a decoded JSON document is an export, or a list of the records of one."""
    if isinstance(answer, list):
        return bool(answer) and all(map(_is_record, answer))
    if not isinstance(answer, Mapping):
        return False
    named = answer.get("schema")
    return (isinstance(named, str) and named.startswith(SCHEMA)) or _is_record(answer)


def _is_record(value: object) -> bool:
    return isinstance(value, Mapping) and type(value.get("n")) is int and "raw" in value


def reading_of_export(answer: object) -> tuple[DecodedEvents, Replay | None]:
    """Read an export: its events, and where the session can be watched if it says so.

    Where events of the session are not in it, because they were filtered out, they are known to
    be missing: nothing is told across them, and the others keep their numbers and times.

    Raises:
        InvalidDataError: it is of a later version of eventview, or has been damaged.
    """
    head: Mapping[str, object] = {}
    records: object = answer
    if isinstance(answer, Mapping):
        head = {} if _is_record(answer) else answer
        records = head.get("events", [answer])
    if head and head.get("schema") not in {SCHEMA + version for version in _VERSIONS}:
        raise InvalidDataError(
            "This export is of another version of eventview.",
            reason=f"Its schema is {shorten(clean(str(head.get('schema'))), 60)}, "
            f"and this version knows {SCHEMA}{' and '.join(_VERSIONS)}.",
            hint="Update eventview.",
        )
    if not isinstance(records, list) or not all(map(_is_record, records)):
        raise InvalidDataError(
            "This export of eventview is damaged.", reason="Its events are not what they should be."
        )
    if not head and records and isinstance(records[0].get("whole"), Mapping):
        head = records[0]["whole"]
    read = reading_of_raws([record["raw"] for record in records])
    numbers = [_number(record) for record in records]
    there_were = max(_whole(head, "total") or 0, len(records), *numbers, 0)
    reading = DecodedEvents(
        read.events,
        _whole(head, "resolution_ms") or read.resolution_ms,
        max(_whole(head, "announced") or 0, there_were),
        sorted({*_gaps(head), *_between(numbers, read)}),
        _session_ref(head),
        _partial_export(head, records, numbers, there_were),
        _whole(head, "doubled") or 0,
        is_ordered=True,
    )
    return reading, _replay(head)


def _partial_export(
    head: Mapping[str, object],
    records: Sequence[Mapping[str, object]],
    numbers: Sequence[int],
    there_were: int,
) -> PartialExport | None:
    """Return the place of records in the whole; None where they are all of it or contradictory."""
    is_in_order = all(before < after for before, after in pairwise(numbers))
    if len(numbers) == there_were or not is_in_order or min(numbers, default=1) < 1:
        return None
    started = _whole(head, "start_ms")
    if started is None:
        # Not every event has a time.
        told = ((record.get("timestamp"), record.get("offset_ms")) for record in records)
        started = next(
            (time - offset for time, offset in told if type(time) is type(offset) is int), None
        )
    total = there_were if _whole(head, "total") else None
    return PartialExport(numbers, started, _whole(head, "duration_ms"), total)


def _whole(head: Mapping[str, object], field: str) -> int | None:
    value = head.get(field)
    return value if type(value) is int and value > 0 else None


def _text(head: Mapping[str, object], field: str) -> str:
    value = head.get(field)
    return clean(value) if isinstance(value, str) else ""


def _session_ref(head: Mapping[str, object]) -> SessionRef | None:
    name = _text(head, "source")
    if not name:
        return None
    user, redaction = _text(head, "user"), _text(head, "redaction")
    return SessionRef(name, _text(head, "session"), user=user, redaction=redaction)


def _replay(head: Mapping[str, object]) -> Replay | None:
    sent = head.get("replay")
    if not isinstance(sent, Mapping):
        return None
    said = _text(sent, "url")
    try:
        link = links.parse(said)
    except UsageError:
        return None
    url = links.replay_url(link.url, link.project_id, link.session_id)
    # Whatever a file says: nothing else is a replay, and some things are worse.
    return Replay(url, _whole(sent, "start_ms")) if url == said else None


def _gaps(head: Mapping[str, object]) -> Iterator[Gap]:
    sent = head.get("gaps")
    for span in sent if isinstance(sent, list) else ():
        if isinstance(span, list) and len(span) == 2 and all(type(end) is int for end in span):
            yield Gap(*span)


def _between(numbers: Sequence[int], read: DecodedEvents) -> Iterator[Gap]:
    """Yield the gaps where the numbers of the events leave some out."""
    latest: int | None = None
    for (before, after), event in zip(pairwise(numbers), read.events[1:], strict=True):
        earlier = read.events[0].time_ms if latest is None else latest
        time = earlier if event.time_ms is None else event.time_ms
        if time is not None and after != before + 1:
            # Behind the one and before the other; where they are of one time, all of that.
            is_one = earlier is None or earlier >= time
            yield Gap(time, time) if is_one else Gap((earlier or 0) + 1, time - 1)
        latest = time


def _number(record: Mapping[str, object]) -> int:
    number = record["n"]
    return number if isinstance(number, int) else 0
