"""Sessions from files, standard input and the demo that is bundled.

A file holds a saved answer of a server, or an export of eventview in JSON or NDJSON. Of an export
only the raw events and the session's name are read; everything else is analysed again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO, Final

from eventview.errors import InvalidDataError, NotFoundError, UsageError
from eventview.session.source import (
    Batch,
    Gap,
    OnStatus,
    PartialExport,
    Replay,
    SessionRef,
    ignore_status,
)
from eventview.session.text import clean, shorten
from eventview.sources import MAX_BYTES
from eventview.sources.containers import unwrap
from eventview.sources.json_reader import read_documents
from eventview.sources.openreplay import links
from eventview.sources.recorder import ResponseRecorder
from eventview.wire.detect import read_answer, read_raws

_SCHEMA: Final = "eventview-session/"
"""Start of an export's schema name; the version follows."""

_VERSIONS: Final = ("1", "2")
"""Versions that can be read; the last is the one that is written."""


@dataclass(eq=False)
class SavedSession:
    """A session in one document: a saved answer or an export, plain or compressed."""

    session_ref: SessionRef
    place: str
    """Document's name in messages."""
    read_bytes: Callable[[], bytes]
    """Returns the document's bytes, at most one more than `MAX_BYTES`."""
    recorder: ResponseRecorder | None
    """Recorder of the document's bytes; None records nothing."""
    command: Sequence[str]
    """Command line that opens it."""
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
        body = self.read_bytes()
        if self.recorder is not None:
            self.recorder.begin()
            self.recorder.take(body)
        batch, self._replay, failure = _decode(body, self.place, on_status)
        if batch.events:
            yield batch.as_whole()
        if failure is not None:
            raise failure
        if not batch.events:
            reason = "The server gives the same answer for an unknown session and for an empty one."
            if batch.session_ref is not None:
                reason = "The view was empty when it was exported."
            raise NotFoundError(f"{self.place} holds no events.", reason=reason)

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
    path: Path, recorder: ResponseRecorder | None = None, command: Sequence[str] = ()
) -> SavedSession:
    """Return the session in a file."""
    place = clean(str(path))

    def read() -> bytes:
        try:
            with path.open("rb") as file:
                return file.read(MAX_BYTES + 1)
        except OSError as error:
            raise UsageError(
                f"{place} cannot be read.",
                reason=f"{error.strerror or error}.",
                hint="Name a file that holds a saved answer of the events endpoint, or an export.",
            ) from None

    session_ref = SessionRef(clean(path.name), place=place)
    return SavedSession(session_ref, place, read, recorder, command or ("eventview", str(path)))


def open_stream(
    stream: BinaryIO,
    recorder: ResponseRecorder | None = None,
    command: Sequence[str] = ("eventview", "-"),
) -> SavedSession:
    """Return the session on standard input."""

    def read() -> bytes:
        if stream.closed:
            raise UsageError(
                "Standard input can be read only once.",
                hint="Run the command again, or save the answer to a file and open that.",
            )
        with stream:
            return stream.read(MAX_BYTES + 1)

    session_ref = SessionRef("standard input", place="standard input")
    return SavedSession(session_ref, "Standard input", read, recorder, command, is_stream=True)


def open_demo(
    recorder: ResponseRecorder | None = None, command: Sequence[str] = ("eventview", "--demo")
) -> SavedSession:
    """Return the bundled session of `--demo`: an invented customer whose checkout breaks."""
    # `importlib.resources` takes 3 ms to import; Textual needs an installation as files, too.
    read = Path(__file__).with_name("demo.json").read_bytes
    session_ref = SessionRef("demo", place="the bundled session")
    return SavedSession(session_ref, "The demo", read, recorder, command, is_invented=True)


def _decode(
    body: bytes, place: str, on_status: OnStatus
) -> tuple[Batch, Replay | None, InvalidDataError | None]:
    """Return the events, the replay if known, and the failure that cut the events short."""

    def add_place(error: InvalidDataError) -> InvalidDataError:
        return InvalidDataError(f"{place}: {error.message}", reason=error.reason, hint=error.hint)

    damage: InvalidDataError | None = None
    try:
        body, damage = unwrap(body, MAX_BYTES, lambda text: on_status(f"{place}: {text}"))
        answer, cut = read_documents(body)
        damage = damage or cut
        failure = None if damage is None else add_place(damage)
        if _is_export(answer):
            return *_read_export(answer), failure
        return _decode_answer(answer), None, failure
    except InvalidDataError as error:
        raise add_place(damage or error) from None


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


def _is_export(answer: object) -> bool:
    """Tell whether a JSON document is an export, or a list of its records."""
    if isinstance(answer, list):
        return bool(answer) and all(map(_is_record, answer))
    if not isinstance(answer, Mapping):
        return False
    named = answer.get("schema")
    return (isinstance(named, str) and named.startswith(_SCHEMA)) or _is_record(answer)


def _is_record(value: object) -> bool:
    return isinstance(value, Mapping) and type(value.get("n")) is int and "raw" in value


def _read_export(answer: object) -> tuple[Batch, Replay | None]:
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
    if head and head.get("schema") not in {_SCHEMA + version for version in _VERSIONS}:
        raise InvalidDataError(
            "This export was written by another version of eventview.",
            reason=f"Its schema is {shorten(clean(str(head.get('schema'))), 60)}, "
            f"and this version knows {_SCHEMA}{' and '.join(_VERSIONS)}.",
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
    batch = Batch(
        read.events,
        max(_positive_int(head, "announced") or 0, there_were),
        _positive_int(head, "resolution_ms") or read.resolution_ms,
        lost=sorted({*_read_gaps(head), *_find_gaps(numbers, read)}),
        session_ref=_read_session_ref(head),
        partial_export=_find_partial_export(head, records, numbers, there_were),
        doubled=_positive_int(head, "doubled") or 0,
        is_ordered=True,
        reread=read.reread,
    )
    return batch, _read_replay(head)


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


def _find_gaps(numbers: Sequence[int], read: Batch) -> Iterator[Gap]:
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
