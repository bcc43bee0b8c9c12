"""Sessions from files, standard input and the demo that is bundled.

A file holds a saved answer of a server, or an export of eventview in JSON or NDJSON. Of an export
only the raw events and the session's name are read; everything else is analysed again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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
    yield_whole,
)
from eventview.session.text import clean, shorten
from eventview.sources.containers import unwrap
from eventview.sources.json_reader import MAX_BYTES, read_documents
from eventview.sources.openreplay import links
from eventview.sources.recorder import ResponseRecorder
from eventview.wire.detect import read_answer, read_raws

SCHEMA: Final = "eventview-session/"
"""Start of an export's schema name; the version follows."""

_VERSIONS: Final = ("1", "2")
"""Versions that can be read; the last is the one that is written."""


class _Document:
    """A session in one document, which is a saved answer or an export.

    Args:
        session_ref: the session's name.
        place: the document's name in messages.
        recorder: records the document's bytes.
        command: the command line that opens it.
    """

    def __init__(
        self,
        session_ref: SessionRef,
        place: str,
        recorder: ResponseRecorder | None,
        command: Sequence[str],
    ) -> None:
        self.session_ref, self.command = session_ref, command
        self._place = place
        self._recorder = recorder or ResponseRecorder()
        self._replay: Replay | None = None

    def _read_bytes(self) -> bytes:
        """Return the document's bytes, at most one more than `MAX_BYTES`."""
        raise NotImplementedError

    def batches(self, on_status: OnStatus = ignore_status) -> Iterator[Batch]:
        """Read the document; see `eventview.session.source.Source`.

        Raises:
            UsageError: the document cannot be opened, or not a second time.
            InvalidDataError: the document holds no answer.
            NotFoundError: the document holds no events.
        """
        body = self._read_bytes()
        self._recorder.begin()
        self._recorder.take(body)
        reading, self._replay, failure = _decode(body, self._place, on_status)
        reason = "The server gives the same answer for an unknown session and for an empty one."
        if reading.session_ref is not None:
            reason = "The view was empty when it was exported."
        if failure is None or reading.events:
            yield from yield_whole(
                reading, if_none=NotFoundError(f"{self._place} holds no events.", reason=reason)
            )
        if failure is not None:
            raise failure

    def replay(self, on_status: OnStatus = ignore_status) -> Replay:  # noqa: ARG002  # no waiting
        """Return the replay that an export names.

        Raises:
            NotFoundError: the document names none.
        """
        if self._replay is None:
            raise NotFoundError(
                "The replay of this session is not known.",
                reason="A saved answer does not name its server.",
                hint="Open the session from its server, or from a JSON export of it.",
            )
        return self._replay

    def rest(self, on_status: OnStatus = ignore_status) -> Iterator[Batch]:
        """Read the whole document again, because it does not show what is new."""
        return self.batches(on_status)


class SavedFile(_Document):
    """A saved answer or an export in a file, plain or compressed; arguments as `_Document`."""

    def __init__(
        self, path: Path, recorder: ResponseRecorder | None = None, command: Sequence[str] = ()
    ) -> None:
        place = clean(str(path))
        session_ref = SessionRef(name=clean(path.name), place=place)
        super().__init__(session_ref, place, recorder, command or ("eventview", str(path)))
        self._path = path

    def _read_bytes(self) -> bytes:
        try:
            with self._path.open("rb") as file:
                return file.read(MAX_BYTES + 1)
        except OSError as error:
            raise UsageError(
                f"{self._place} cannot be read.",
                reason=f"{error.strerror or error}.",
                hint="Name a file that holds a saved answer of the events endpoint, or an export.",
            ) from None


class StandardInput(_Document):
    """A saved answer or an export on standard input, which can be read only once."""

    def __init__(
        self,
        stream: BinaryIO,
        recorder: ResponseRecorder | None = None,
        command: Sequence[str] = ("eventview", "-"),
    ) -> None:
        session_ref = SessionRef(name="standard input", place="standard input")
        super().__init__(session_ref, "Standard input", recorder, command)
        self._stream = stream
        self._has_been_read = False

    def _read_bytes(self) -> bytes:
        if self._has_been_read:
            raise UsageError(
                "Standard input can be read only once.",
                hint="Run the command again, or save the answer to a file and open that.",
            )
        self._has_been_read = True
        with self._stream:
            return self._stream.read(MAX_BYTES + 1)

    def rest(self, on_status: OnStatus = ignore_status) -> Iterator[Batch]:  # noqa: ARG002  # no waiting
        """Return nothing, because the stream has ended."""
        return iter(())


class Demo(_Document):
    """The bundled session of `--demo`: an invented customer whose checkout breaks."""

    def __init__(
        self,
        recorder: ResponseRecorder | None = None,
        command: Sequence[str] = ("eventview", "--demo"),
    ) -> None:
        session_ref = SessionRef(name="demo", place="the bundled session")
        super().__init__(session_ref, "The demo", recorder, command)

    def _read_bytes(self) -> bytes:
        # `importlib.resources` takes 3 ms to import; Textual needs an installation as files, too.
        return Path(__file__).with_name("demo.json").read_bytes()

    def replay(self, on_status: OnStatus = ignore_status) -> Replay:  # noqa: ARG002  # no waiting
        """Raise an error, because the session is invented.

        Raises:
            NotFoundError: always.
        """
        raise NotFoundError("The bundled session cannot be watched: it is invented.")


def _decode(
    body: bytes, place: str, on_status: OnStatus
) -> tuple[DecodedEvents, Replay | None, InvalidDataError | None]:
    """Return the events, the replay if known, and the failure that cut the events short."""

    def add_place(error: InvalidDataError) -> InvalidDataError:
        return InvalidDataError(f"{place}: {error.message}", reason=error.reason, hint=error.hint)

    damage: InvalidDataError | None = None
    try:
        body, damage = unwrap(body, MAX_BYTES, lambda text: on_status(f"{place}: {text}"))
        answer, cut = read_documents(body)
        damage = damage or cut
        failure = None if damage is None else add_place(damage)
        if is_export(answer):
            return *read_export(answer), failure
        return _decode_answer(answer), None, failure
    except InvalidDataError as error:
        raise add_place(damage or error) from None


def _decode_answer(answer: object) -> DecodedEvents:
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


def is_export(answer: object) -> bool:
    """Tell whether a JSON document is an export, or a list of its records."""
    if isinstance(answer, list):
        return bool(answer) and all(map(_is_record, answer))
    if not isinstance(answer, Mapping):
        return False
    named = answer.get("schema")
    return (isinstance(named, str) and named.startswith(SCHEMA)) or _is_record(answer)


def _is_record(value: object) -> bool:
    return isinstance(value, Mapping) and type(value.get("n")) is int and "raw" in value


def read_export(answer: object) -> tuple[DecodedEvents, Replay | None]:
    """Return an export's events, and its replay if it names one.

    Events that were filtered out leave gaps; the others keep their numbers and times.

    Raises:
        InvalidDataError: the export is damaged or from a later version of eventview.
    """
    head: Mapping[str, object] = {}
    records: object = answer
    if isinstance(answer, Mapping):
        head = {} if _is_record(answer) else answer
        records = head.get("events", [answer])
    if head and head.get("schema") not in {SCHEMA + version for version in _VERSIONS}:
        raise InvalidDataError(
            "This export was written by another version of eventview.",
            reason=f"Its schema is {shorten(clean(str(head.get('schema'))), 60)}, "
            f"and this version knows {SCHEMA}{' and '.join(_VERSIONS)}.",
            hint="Update eventview.",
        )
    if not isinstance(records, list) or not all(map(_is_record, records)):
        raise InvalidDataError(
            "This export of eventview is damaged.",
            reason="Its events are not in the form of an export.",
        )
    if not head and records and isinstance(records[0].get("whole"), Mapping):
        head = records[0]["whole"]
    read = read_raws([record["raw"] for record in records])
    numbers = [number for record in records if isinstance(number := record["n"], int)]
    there_were = max(_positive_int(head, "total") or 0, len(records), *numbers, 0)
    reading = DecodedEvents(
        read.events,
        _positive_int(head, "resolution_ms") or read.resolution_ms,
        max(_positive_int(head, "announced") or 0, there_were),
        sorted({*_read_gaps(head), *_find_gaps(numbers, read)}),
        _read_session_ref(head),
        _find_partial_export(head, records, numbers, there_were),
        _positive_int(head, "doubled") or 0,
        is_ordered=True,
    )
    return reading, _read_replay(head)


def _find_partial_export(
    head: Mapping[str, object],
    records: Sequence[Mapping[str, object]],
    numbers: Sequence[int],
    there_were: int,
) -> PartialExport | None:
    """Return the records' place in the session; None if complete or contradictory."""
    is_in_order = all(before < after for before, after in pairwise(numbers))
    if len(numbers) == there_were or not is_in_order or min(numbers, default=1) < 1:
        return None
    started = _positive_int(head, "start_ms")
    if started is None:
        # Some events have no time.
        times = ((record.get("timestamp"), record.get("offset_ms")) for record in records)
        started = next(
            (time - offset for time, offset in times if type(time) is type(offset) is int), None
        )
    total = there_were if _positive_int(head, "total") else None
    return PartialExport(numbers, started, _positive_int(head, "duration_ms"), total)


def _positive_int(head: Mapping[str, object], field: str) -> int | None:
    value = head.get(field)
    return value if type(value) is int and value > 0 else None


def _clean_field(head: Mapping[str, object], field: str) -> str:
    value = head.get(field)
    return clean(value) if isinstance(value, str) else ""


def _read_session_ref(head: Mapping[str, object]) -> SessionRef | None:
    name = _clean_field(head, "source")
    if not name:
        return None
    user, redaction = _clean_field(head, "user"), _clean_field(head, "redaction")
    return SessionRef(name, _clean_field(head, "session"), user=user, redaction=redaction)


def _read_replay(head: Mapping[str, object]) -> Replay | None:
    sent = head.get("replay")
    if not isinstance(sent, Mapping):
        return None
    sent_url = _clean_field(sent, "url")
    try:
        link = links.parse_link(sent_url)
    except UsageError:
        return None
    url = links.replay_url(link.url, link.project_id, link.session_id)
    # A file may come from anybody, so only a well-formed replay link is ever opened.
    return Replay(url, _positive_int(sent, "start_ms")) if url == sent_url else None


def _read_gaps(head: Mapping[str, object]) -> Iterator[Gap]:
    sent = head.get("gaps")
    for span in sent if isinstance(sent, list) else ():
        if isinstance(span, list) and len(span) == 2 and all(type(end) is int for end in span):
            yield Gap(*span)


def _find_gaps(numbers: Sequence[int], read: DecodedEvents) -> Iterator[Gap]:
    """Yield a gap wherever the events' numbers skip some."""
    latest: int | None = None
    for (before, after), event in zip(pairwise(numbers), read.events[1:], strict=True):
        earlier = read.events[0].time_ms if latest is None else latest
        time = earlier if event.time_ms is None else event.time_ms
        if time is not None and after != before + 1:
            # Events of the same time may stand on either side, so that time is a gap itself.
            is_same_time = earlier is None or earlier >= time
            yield Gap(time, time) if is_same_time else Gap((earlier or 0) + 1, time - 1)
        latest = time
