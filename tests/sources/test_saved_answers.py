"""Shapes that a saved answer comes in."""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import json
import lzma
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from eventview.analysis.analysis import Analysis
from eventview.analysis.signal_kinds import RAGE
from eventview.errors import InvalidDataError
from eventview.export.formats import CSV_COLUMNS
from eventview.session.events import Event, Issue
from eventview.session.session import Session
from eventview.session.source import SessionRef
from eventview.sources.files import open_file, open_stream
from tests.conftest import CHECKOUT
from tests.formats import PLAYER
from tests.server.conversion import v2_rows
from tests.tables import each_row

CASES = Path(__file__).parents[1] / "cases"
ROWS: list[dict[str, Any]] = json.loads(CHECKOUT.read_bytes())["data"][:6]
V2 = {"data": {"total": 6, "events": v2_rows("7", ROWS)}}
ANSWER = json.dumps({"data": ROWS}, ensure_ascii=False)
PRETTY = json.dumps({"data": ROWS}, ensure_ascii=False, indent=2)
LINES = "\n".join(json.dumps(row, ensure_ascii=False) for row in ROWS) + "\n"
HEAD = "HTTP/1.1 100 Continue\r\n\r\nHTTP/2 200 \r\ncontent-type: application/json\r\n\r\n"
ZIPPED = gzip.compress(ANSWER.encode())
HALVES = [json.dumps({"data": ROWS[:3]}, indent=1), json.dumps({"data": ROWS[3:]}, indent=1)]


def read(body: bytes) -> tuple[Sequence[Event], list[str]]:
    """Read a body; return its events and what is said of it."""
    said: list[str] = []
    batches = open_stream(io.BytesIO(body)).batches(said.append)
    return [event for batch in batches for event in batch.events], said


def encoded(text: str) -> list[bytes]:
    names = ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be")
    return [text.encode(name) for name in names]


@each_row(
    "body",
    [
        *encoded(ANSWER), *encoded(LINES), *encoded(PRETTY),
        f"\n\n{LINES}".encode(), LINES.replace("\n", "\n\n").encode(), f"\r\n{ANSWER}".encode(),
        LINES.replace("\n", "\r\n").encode(), LINES.replace("\n", "\r").encode(),
        PRETTY.replace("\n", "\r").encode(), json.dumps(ROWS).encode(),
        "".join(HALVES).encode(), "\ufeff".join(HALVES).encode(), "\n\n".join(HALVES).encode(),
        f"{json.dumps(ROWS[:3])}\n{json.dumps(ROWS[3:])}".encode(),
        "".join(f"\x1e{line}\n" for line in LINES.splitlines()).encode(),
        "".join(f"\x1e{half}\n" for half in HALVES).encode(),
        f"{HEAD}{ANSWER}".encode(), f"{HEAD}{ANSWER}".encode("utf-16"), HEAD.encode() + ZIPPED,
        HEAD.replace("\r", "").encode() + LINES.encode(),
        ZIPPED, gzip.compress(ZIPPED), ZIPPED + b"\0" * 100, ZIPPED + b"garbage",
        ZIPPED + b"\x1f\x8bx",
        b"".join(gzip.compress(line.encode() + b"\n") for line in LINES.splitlines()),
        bz2.compress(ANSWER.encode()), lzma.compress(ANSWER.encode()),
        json.dumps(ANSWER).encode(), json.dumps(json.dumps(ANSWER)).encode(),
        f"```json\n{PRETTY}\n```\n".encode(), f"The answer:\n\n~~~\n{LINES}~~~\nthanks".encode(),
        f"callback({ANSWER});".encode(), f"/**/ a.b({ANSWER})".encode(),
        f")]}}'\n{ANSWER}".encode(), f"while(1);{ANSWER}".encode(), f"for (;;); {ANSWER}".encode(),
        json.dumps({"response": {"body": {"data": ROWS}}}).encode(),
        json.dumps({"status": 200, "body": ANSWER}).encode(), json.dumps({"items": ROWS}).encode(),
        json.dumps([{"page": {"data": ROWS[:3]}}, {"page": {"data": ROWS[3:]}}]).encode(),
        json.dumps(V2["data"]["events"]).encode(), json.dumps({"result": V2}).encode(),
        "\n".join(map(json.dumps, v2_rows("7", ROWS))).encode(),
    ],
)  # fmt: skip
def test_a_saved_answer_opens_in_every_shape(body: bytes) -> None:
    events, _ = read(body)
    assert [event.type for event in events] == [row["type"] for row in ROWS]


@each_row(
    ("name", "labels", "words"),
    [
        ("f06-one-event-one-line.ndjson", 1, ""),
        ("f08-two-pretty-docs.json", 3, ""),
        ("f10-curl-i-headers.json", 3, "headers ignored: HTTP/1.1 200 OK"),
        ("f19-gz-trailing.json.gz", 3, "17 bytes after the gzip data ignored"),
        ("f27-webapp-events.json", 1, ""),
        ("f31-rs-seq.json", 3, ""),
        ("f32-ndjson-blank-first.ndjson", 3, ""),
    ],
)
def test_the_small_files_of_the_cases_open(name: str, labels: int, words: str) -> None:
    events, said = read((CASES / name).read_bytes())
    assert len(events) == labels
    assert words in "".join(said)
    assert bool(said) is bool(words)


@each_row(
    ("body", "words"),
    [
        (b'{"data":[\n{"a":1},\n]}', "Line 2, column 8: there is a comma too many before ]"),
        (b'{"data":[\n{"a":NaN}]}', "Line 2, column 6: NaN is not a number in JSON"),
        (b"\n\n{]", "Line 3, column 2"),
        (f"{HEAD}{{]".encode(), "Line 6, column 2"),
        (HEAD.encode(), "and no body"),
        (b"PK\x03\x04...", "a zip archive"),
        (f"\ufeff{','.join(CSV_COLUMNS)}\n1,'+0:00\n".encode(), "an export in CSV"),
        (b"\x28\xb5\x2f\xfd...", "Zstandard"),
        (b"%PDF-1.7", "a PDF document"),
        (b"<!DOCTYPE html><title>Log in</title>", "a web page, “Log in”"),
        (b"<?xml version='1.0'?>", "an XML document"),
        (b"a" * 257 + b"ustar", "a tar archive"),
        (bz2.compress(b"{}")[:20], "bzip2 data is damaged"),
        (b'{"log":{"entries":[]}}', "holds no sessions"),
    ],
)
def test_what_is_no_session_is_named_with_the_place(body: bytes, words: str) -> None:
    with pytest.raises(InvalidDataError) as caught:
        read(body)
    assert words in str(caught.value)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("text", [ANSWER, PRETTY, LINES, json.dumps(V2), json.dumps(ROWS)])
@pytest.mark.parametrize("pack", [str.encode, lambda text: gzip.compress(text.encode())[:-4]])
def test_what_is_whole_of_a_cut_off_document_is_shown_before_it_is_told(
    text: str, pack: Callable[[str], bytes], tmp_path: Path
) -> None:
    file = tmp_path / "cut.json"
    is_plain = pack is str.encode
    file.write_bytes(pack(text)[:-30] if is_plain else pack(text))
    found: list[Event] = []
    with pytest.raises(InvalidDataError, match=r"cut\.json: .*(cut off there|damaged)"):  # noqa: PT012
        for batch in open_file(file).batches():
            found += batch.events
    assert len(found) == (5 if is_plain else 6)


def test_nothing_of_the_web_players_answer_is_lost() -> None:
    events, _ = read(json.dumps({"data": PLAYER}).encode())
    assert [event.type for event in events] == [
        "CLICKRAGE", "CLICK", "(no type)", "CUSTOM", "ISSUE", "ISSUE", "ISSUE", "ERROR", "CRASH",
        "REQUEST", "CUSTOM", "NOTE", "(no type)", "(no type)", "TEST", "(no type)", "(no type)",
    ]  # fmt: skip
    assert [event.issue_type for event in events if isinstance(event, Issue)] == [
        "click_rage", "click_rage", "dead_click", "incident",
    ]  # fmt: skip
    kept = [event.raw for event in events]
    for part, entries in PLAYER.items():
        for entry in entries if isinstance(entries, list) else [entries]:
            raw = entry if part == "events" else {part: entry}
            assert raw in kept or entry is None
    found = Analysis(Session.of(SessionRef("acme"), events)).signals.found
    rages = [signal for signal in found if signal.kind is RAGE]
    assert [(signal.amount, len(signal.events)) for signal in rages] == [(4, 2)], "told twice"


def test_a_recording_of_requests_opens_with_its_session() -> None:
    def entry(url: str, text: str, **content: str) -> dict[str, object]:
        return {"request": {"url": url}, "response": {"content": {"text": text, **content}}}

    base = "https://or.example/v2/api/1/sessions"
    packed = base64.b64encode(HALVES[1].encode()).decode()
    entries = [entry("https://or.example/x.js", "x()"), entry(f"{base}/7/events", HALVES[0]),
               entry(f"{base}/7/events?page=2", packed, encoding="base64")]  # fmt: skip
    events, _ = read(json.dumps({"log": {"entries": entries}}).encode())
    assert len(events) == 6
    entries.append(entry(f"{base}/8/events", ANSWER))
    with pytest.raises(InvalidDataError, match="2 sessions"):
        read(json.dumps({"log": {"entries": entries}}).encode())
