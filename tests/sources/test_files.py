"""Saved answers: from files and from standard input."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventview.errors import EventviewError, InvalidDataError, UsageError
from eventview.session.events import Event
from eventview.sources.files import open_file, open_stream
from tests.conftest import CHECKOUT, RECORDINGS
from tests.sources import assert_well_said, fetched

Read = Callable[[bytes], Sequence[Event]]

V1 = RECORDINGS / "v1"
PLAIN = CHECKOUT.read_bytes()
ZIPPED = gzip.compress(PLAIN, mtime=0)


def piped(body: bytes) -> Sequence[Event]:
    return fetched(open_stream(io.BytesIO(body)))


@pytest.fixture(params=["file", "standard input"])
def read(request: pytest.FixtureRequest, tmp_path: Path) -> Read:
    """Reads a body, once as a file's and once as standard input's."""

    def from_file(body: bytes) -> Sequence[Event]:
        path = tmp_path / "answer.json"
        path.write_bytes(body)
        return fetched(open_file(path))

    return from_file if request.param == "file" else piped


def test_a_saved_answer_is_read_whole_gzipped_or_not(read: Read) -> None:
    assert len(read(PLAIN)) == 180
    assert read(ZIPPED) == read(PLAIN)
    assert read((V1 / "events_b_checkout_gzip.json.gz").read_bytes()) == read(PLAIN)


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        (b"", 6, ": This is not JSON"),
        (PLAIN[:1000], 6, "Line 1, column"),
        (b"\x7fELF\x02", 6, "not JSON"),
        (b'{"rows":[]}', 6, "the fields rows"),
        (
            (V1 / "auth_wrong_key.json").read_bytes(),
            6,
            "error message, not a session. It says: Invalid",
        ),
        ((V1 / "session_uuid.json").read_bytes(), 6, "It says: Input should be a valid integer"),
        (b'{"detail":"Not\\u001b Found"}', 6, "It says: Not␛ Found."),
        (b'{"data":[]}', 4, "holds no events"),
        (gzip.compress(b"[]", mtime=0), 4, "holds no events"),
    ],
)
def test_what_is_no_saved_session_is_named_for_what_it_is(
    read: Read, body: bytes, code: int, words: str
) -> None:
    with pytest.raises(EventviewError) as caught:
        read(body)
    said = str(caught.value)
    assert caught.value.exit_code == code
    assert words in said
    assert "answer.json" in said or said.startswith("Standard input")
    assert said.isprintable()


@pytest.mark.parametrize(
    "body",
    [ZIPPED[:2], ZIPPED[:500], ZIPPED[:-1], ZIPPED[:50] + b"?" + ZIPPED[51:]],
    ids=["head", "cut", "last byte", "changed"],
)
def test_damaged_gzip_is_refused(read: Read, body: bytes) -> None:
    with pytest.raises(InvalidDataError, match="gzip data is damaged") as caught:
        read(body)
    assert_well_said(caught.value)


def opened_with_limit(path: Path | None, body: bytes, limit: int) -> Sequence[Event]:
    """The events of a file, or of a pipe without a path, of which so many bytes are allowed."""
    if path is None:
        return fetched(open_stream(io.BytesIO(body), max_bytes=limit))
    path.write_bytes(body)
    return fetched(open_file(path, max_bytes=limit))


@pytest.mark.parametrize("body", [PLAIN, ZIPPED], ids=["plain", "gzip"])
@pytest.mark.parametrize("is_file", [True, False], ids=["file", "pipe"])
@pytest.mark.parametrize("events", [1, 400], ids=["small", "in parts"])
def test_only_a_plain_file_of_ones_own_may_have_any_size(
    tmp_path: Path, body: bytes, events: int, *, is_file: bool
) -> None:
    is_plain, rows = body is PLAIN, json.loads(PLAIN)["data"] * events
    text = json.dumps({"data": rows}).encode()
    body = text if is_plain else gzip.compress(text)
    path = tmp_path / "answer" if is_file else None
    assert len(opened_with_limit(path, body, len(text))) == len(rows)
    if is_plain and is_file:
        assert len(opened_with_limit(path, body, 10)) == len(rows)
        return
    with pytest.raises(InvalidDataError, match="too large") as caught:
        opened_with_limit(path, body, len(text) - 1)
    assert_well_said(caught.value)


@given(tail=st.binary())
def test_any_bytes_behind_the_mark_of_gzip_are_refused_and_never_crash(tail: bytes) -> None:
    with pytest.raises(InvalidDataError):
        piped(b"\x1f\x8b" + tail)


def test_a_file_that_cannot_be_opened_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    def said_of(path: Path) -> str:
        with pytest.raises(UsageError) as caught:
            fetched(open_file(path))
        assert_well_said(caught.value)
        return str(caught.value)

    assert "Is a directory" in said_of(tmp_path)
    assert "␛[2J.json cannot be read. No such file" in said_of(tmp_path / "\x1b[2J.json")
    monkeypatch.setattr(Path, "open", refuse)
    assert "Permission denied" in said_of(CHECKOUT)


def test_a_file_is_read_anew_each_time_and_standard_input_once() -> None:
    file, stream = open_file(CHECKOUT), open_stream(io.BytesIO(PLAIN))
    assert len(fetched(file)) == len(fetched(file)) == len(fetched(stream)) == 180
    with pytest.raises(UsageError, match="only once") as caught:
        fetched(stream)
    assert_well_said(caught.value)
