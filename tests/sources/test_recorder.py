"""`--save`: the server's untouched answers, all of them, that open as the session again."""

from __future__ import annotations

import gzip
import io
import json
import tempfile
from pathlib import Path

import pytest

from eventview.analysis.analysis import SessionBuilder
from eventview.errors import UnavailableError, UsageError
from eventview.session.session import Session
from eventview.session.source import Source
from eventview.sources.files import open_demo, open_file, open_stream
from eventview.sources.openreplay.connection import Connection, Server
from eventview.sources.openreplay.request_log import Secret
from eventview.sources.openreplay.sessions import RemoteSession
from eventview.sources.recorder import ResponseRecorder
from tests.conftest import CHECKOUT
from tests.server.invented_sessions import many_rows
from tests.server.openreplay import (
    API_KEY,
    MANY_SESSION_ID,
    PROJECT_KEY,
    RELEASES,
    RICH_SESSION_ID,
    SESSION_IDS,
    OpenReplay,
    Release,
    serve,
)
from tests.tables import each_row


def session_of_source(source: Source) -> Session:
    gathering = SessionBuilder(source.session_ref)
    for batch in source.batches():
        gathering.take(batch)
    gathering.finish()
    return gathering.analysis().session


def remote(url: str, session: str, recorder: ResponseRecorder) -> RemoteSession:
    connection = Connection(Server(url, Secret(API_KEY)), recorder=recorder)
    return RemoteSession(connection, PROJECT_KEY, session)


@each_row("release", RELEASES)
def test_what_is_kept_of_a_server_opens_as_the_same_session(
    release: Release, tmp_path: Path
) -> None:
    file = tmp_path / "kept.json"
    recorder = ResponseRecorder(file)
    with serve(OpenReplay(release=release)) as running:
        fetched = session_of_source(remote(running.url, SESSION_IDS["checkout"], recorder))
    assert recorder.write() >= 1
    opened = session_of_source(open_file(file))
    assert opened.events == fetched.events
    assert (opened.total, opened.resolution_ms) == (fetched.total, fetched.resolution_ms)
    assert opened.gaps == []


@pytest.mark.slow
def test_pages_without_number_are_kept_and_open_whole(tmp_path: Path) -> None:
    openreplay = OpenReplay(release="1.27")
    openreplay.v2_sessions[MANY_SESSION_ID] = many_rows(5_000)
    file = tmp_path / "kept.json"
    recorder = ResponseRecorder(file)
    with serve(openreplay) as running:
        fetched = session_of_source(remote(running.url, MANY_SESSION_ID, recorder))
    assert recorder.write() >= 25
    opened = session_of_source(open_file(file))
    assert len(opened.events) == opened.total == len(fetched.events) == 5_000
    assert opened.events == fetched.events


def test_a_single_answer_is_kept_to_the_byte(tmp_path: Path) -> None:
    file = tmp_path / "kept.json"
    recorder = ResponseRecorder(file)
    with serve() as running:
        session_of_source(remote(running.url, SESSION_IDS["checkout"], recorder))
    assert recorder.write() == 1
    assert json.loads(file.read_bytes()) == json.loads(CHECKOUT.read_bytes())


def test_a_session_that_is_fetched_again_is_kept_once(tmp_path: Path) -> None:
    for release, session in (("1.21", SESSION_IDS["checkout"]), ("1.27", RICH_SESSION_ID)):
        file = tmp_path / f"{release}.json"
        recorder = ResponseRecorder(file)
        with serve(OpenReplay(release=release)) as running:  # type: ignore[arg-type]  # as listed
            source = remote(running.url, session, recorder)
            first = session_of_source(source)
            assert session_of_source(source).events == first.events
        recorder.write()
        assert session_of_source(open_file(file)).total == first.total


def test_files_pipes_and_the_demo_are_kept_as_they_are(tmp_path: Path) -> None:
    packed = gzip.compress(CHECKOUT.read_bytes())
    (tmp_path / "in.json.gz").write_bytes(packed)
    file = tmp_path / "kept"
    recorder = ResponseRecorder(file)
    for source in (
        open_file(tmp_path / "in.json.gz", recorder),
        open_stream(io.BytesIO(packed), recorder),
    ):
        session_of_source(source)
        assert recorder.write() == 1
        assert file.read_bytes() == packed
    recorder = ResponseRecorder(file)
    demo = session_of_source(open_demo(recorder))
    recorder.write()
    assert session_of_source(open_file(file)).events == demo.events


def test_where_nothing_came_or_nothing_is_to_be_kept_there_is_no_file(tmp_path: Path) -> None:
    assert ResponseRecorder(tmp_path / "none").write() == 0
    recorder = ResponseRecorder()
    recorder.take(b"x")
    assert recorder.write() == 0
    assert list(tmp_path.iterdir()) == []


def test_a_disk_without_room_is_told_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Path("/dev/full").open("wb", 0) as full, monkeypatch.context() as patched:
        patched.setattr(tempfile, "TemporaryFile", lambda: full)
        with pytest.raises(UnavailableError, match="No space left"):
            ResponseRecorder(tmp_path / "a").take(b"x")
    recorder = ResponseRecorder(tmp_path / "gone" / "a")
    recorder.take(b"x")
    with pytest.raises(UsageError, match="No such file"):
        recorder.write()
