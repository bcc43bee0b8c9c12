"""Large documents that are read in parts give the same events as when they are read as a whole."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventview.errors import InvalidDataError, NotFoundError
from eventview.session.events import Event
from eventview.session.source import Batch
from eventview.sources.files import open_stream
from eventview.sources.json_reader import read_documents
from eventview.sources.row_stream import HEAD_BYTES, NotCutError, RowReader
from eventview.wire.detect import read_answer
from tests.conftest import CHECKOUT, RECORDINGS
from tests.sources import fetched

ROWS: list[dict[str, Any]] = json.loads(CHECKOUT.read_bytes())["data"]
MANY = ROWS * 5
DATED: list[dict[str, Any]] = json.loads(
    (RECORDINGS / "v1-clickhouse" / "events_shop.json").read_bytes()
)["data"]


def batches_of(body: bytes) -> tuple[list[Batch], InvalidDataError | None]:
    found: list[Batch] = []
    try:
        found.extend(open_stream(io.BytesIO(body)).batches())
    except InvalidDataError as failure:
        return found, failure
    return found, None


def events_of(batches: Sequence[Batch]) -> Sequence[Event]:
    events: list[Event] = []
    for batch in batches:
        events = [*([] if batch.starts_over else events), *batch.events]
    return events


TEXTS = st.one_of(
    st.sampled_from(["},{", '"},{"', "]}", '\\"', "a\nb", "é😀", '{"data":[', "&lt;", "\ud800"]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=6,
)
A_ROW = st.fixed_dictionaries(
    {"type": st.sampled_from(["CLICK", "OTHER"]), "timestamp": st.integers(1, 10**13)},
    optional={"label": VALUES, "value": VALUES},
)


def write(rows: Sequence[object], form: str, *, indent: int | None, is_ascii: bool) -> bytes:
    def text(value: object) -> str:
        return json.dumps(value, ensure_ascii=is_ascii, indent=None if form == "lines" else indent)

    match form:
        case "answer":
            whole = text({"data": rows})
        case "list":
            whole = text(rows)
        case _:
            whole = "\n".join(map(text, rows))
    return whole.encode("utf-8", "surrogatepass" if is_ascii else "replace")


def in_parts(body: bytes, sizes: Sequence[int]) -> Iterator[bytes]:
    """Parts of a document, the first with a whole row and others of the sizes in turn."""
    place, number = 400, 0
    yield body[:place]
    while place < len(body):
        yield body[place : place + sizes[number % len(sizes)]]
        place += sizes[number % len(sizes)]
        number += 1


@given(
    st.lists(A_ROW, min_size=1, max_size=20),
    st.sampled_from(["answer", "list", "lines"]),
    st.sampled_from([None, 1]),
    st.booleans(),
    st.lists(st.integers(1, 300), min_size=1, max_size=5),
)
def test_any_document_reads_the_same_in_any_parts(
    rows: list[Any], form: str, indent: int | None, is_ascii: bool, sizes: list[int]
) -> None:
    body = write(rows, form, indent=indent, is_ascii=is_ascii)
    reader = RowReader(read_answer)
    try:
        batches = [batch for part in in_parts(body, sizes) if (batch := reader.feed(part))]
        rest, failure = reader.close()
    except NotCutError:
        # It is read as a whole then, of these very bytes.
        assert body.startswith(reader.body())
        return
    assert failure is None
    whole = read_answer(read_documents(body)[0])
    events = events_of([*batches, rest])
    assert events == whole.events
    assert [event.raw for event in events] == [event.raw for event in whole.events]
    assert (rest.total, rest.resolution_ms, rest.gaps) == (len(rows), whole.resolution_ms, ())


def test_rows_of_the_usual_forms_are_cut() -> None:
    for form in ("answer", "list", "lines"):
        for indent in (None, 2):
            body = write(MANY, form, indent=indent, is_ascii=True)
            assert len(body) > 2 * HEAD_BYTES
            batches, failure = batches_of(body)
            first, *others = batches
            assert 0 < len(first.events) < len(MANY)
            # No event is read twice: what follows is added to what is shown.
            assert others
            assert not any(batch.starts_over for batch in others)
            assert failure is None
            assert [event.raw for event in events_of(batches)] == MANY


def page(rows: Sequence[object], total: int) -> object:
    return {"data": {"total": total, "events": rows}}


V2_ROWS = [
    {"$event_name": "CLICK", "created_at": 1731502800000 + n * 1000, "$properties": {"label": text}}
    for n in range(1500)
    for text in ["Buy &amp; pay &lt;now&gt;"]
]


@pytest.mark.parametrize(
    ("document", "number"),
    [
        (page(V2_ROWS, 1500), 1500),
        (page(V2_ROWS, 1700), 1500),
        (V2_ROWS, 1500),
        ([page(V2_ROWS[n : n + 200], 1500) for n in range(0, 1500, 200)], 1500),
        ({"data": DATED * 40}, None),
        ({"data": [*MANY, *DATED * 40]}, None),
        ({"data": [*MANY, {"type": "CLICK", "label": "half \ud83d of a pair"}, *MANY]}, 1801),
        ({"data": [*MANY, None, 7, "text", [1]]}, 904),
    ],
    ids=["v2", "v2, part", "rows of v2", "pages", "dated", "mixed", "half a pair", "odd rows"],
)
def test_answers_of_each_kind_read_the_same_as_small_ones(
    document: object, number: int | None
) -> None:
    body = json.dumps(document, separators=(",", ":")).encode()
    assert len(body) > HEAD_BYTES
    batches, failure = batches_of(body)
    assert failure is None
    whole = read_answer(read_documents(body)[0]).as_whole()
    assert len(batches) > 1
    assert events_of(batches) == whole.events
    assert number in {None, len(whole.events)}
    last = batches[-1]
    assert (last.total, last.doubled, last.resolution_ms, last.lost) == (
        whole.total, whole.doubled, whole.resolution_ms, whole.lost,
    )  # fmt: skip


def test_what_may_still_come_is_a_gap_until_all_is_read() -> None:
    first, *_, last = batches_of(json.dumps({"data": MANY}).encode())[0]
    [gap] = first.gaps
    assert gap.start_ms == max(event.time_ms or 0 for event in first.events) + 1
    assert not last.gaps
    assert last.total == len(MANY)


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
@pytest.mark.parametrize("form", ["answer", "list", "lines"])
def test_the_complete_rows_of_a_document_that_is_cut_off_are_kept(
    pack: Callable[[bytes], bytes], form: str
) -> None:
    body = write(MANY, form, indent=None, is_ascii=False)
    cut = body[: body.rindex(b'"timestamp"') + 5]
    batches, failure = batches_of(pack(cut))
    assert [event.raw for event in events_of(batches)] == MANY[:-1]
    assert failure is not None
    _, expected = read_documents(cut)
    assert expected is not None
    assert failure.reason == expected.reason
    assert "This ends too early." in failure.message


def test_gzip_that_is_damaged_or_has_several_members_is_read_as_a_whole() -> None:
    packed = gzip.compress(json.dumps({"data": MANY}).encode(), mtime=0)
    half = len(MANY) // 2
    text = json.dumps({"data": MANY}).encode()
    two = gzip.compress(text[:half]) + gzip.compress(text[half:])
    assert len(fetched(open_stream(io.BytesIO(two)))) == len(MANY)
    for damaged in (packed[:-20], packed[:9000] + b"\xff" * 20 + packed[9020:]):
        failure = batches_of(damaged)[1]
        assert failure is not None
        assert "gzip" in failure.message
    assert events_of(batches_of(packed[:-20])[0]) == events_of(batches_of(packed)[0])[:-1]


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (lambda body: body[:-2] + b",]}", "a comma too many"),
        (lambda body: body[:200_000] + body[200_000:].replace(b": ", b"}", 1), "Expecting"),
        (lambda body: body[:-300] + b"\xff" + body[-299:], "UTF-8"),
        (lambda body: body + b"\nhello", "Line 2"),
        (lambda body: body[len(b'{"data": ') :], "Expecting value"),
        (lambda body: b"[" + json.dumps(page(V2_ROWS, 1500)).encode() + b"," + body + b"]", "data"),
        (lambda body: body[:-1] + b', "data": 5}', "fields data"),
    ],
    ids=["comma", "brackets", "encoding", "more", "bracket", "page", "two"],
)
def test_a_large_document_that_is_broken_is_refused_as_a_small_one_is(
    broken: Callable[[bytes], bytes], words: str
) -> None:
    body = broken(json.dumps({"data": MANY}).encode())
    batches, failure = batches_of(body)
    assert failure is not None
    assert words in failure.reason
    assert not events_of(batches)


def test_pages_of_which_some_are_escaped_otherwise_are_read() -> None:
    rows = [{**row, "note": "a &copy; b" if n % 7 else "a &lt; b"} for n, row in enumerate(V2_ROWS)]
    document = [page(rows[n : n + 200], 1500) for n in range(0, 1500, 200)]
    batches, failure = batches_of(json.dumps(document).encode())
    assert failure is None
    assert events_of(batches) == read_answer(document).events


def test_a_document_of_two_answers_is_read_as_a_whole() -> None:
    body = json.dumps({"data": MANY}).encode()
    batches, failure = batches_of(body + b"\n" + body)
    assert failure is None
    assert batches[-1].total == len(events_of(batches)) == 2 * len(MANY)


HALF_A_PAIR = {"type": "CLICK", "timestamp": 1731502800001, "label": "half \ud83d of a pair"}


@pytest.mark.parametrize("place", [1, 450, 899])
@pytest.mark.parametrize("is_lines", [True, False])
def test_large_exports_with_half_a_surrogate_pair_are_exports(
    place: int, *, is_lines: bool
) -> None:
    rows = [*MANY[:place], HALF_A_PAIR, *MANY[place:]]
    records = [json.dumps({"n": n, "raw": row}) for n, row in enumerate(rows, 1)]
    body = "\n".join(records)
    if not is_lines:
        listed = ",\n".join(records)
        body = f'{{"schema":"eventview-session/2","source":"shop","events":[\n{listed}\n]}}'
    batches, failure = batches_of(body.encode())
    assert failure is None
    assert [event.raw for event in events_of(batches)] == rows


def test_records_and_pages_among_other_rows_can_be_written() -> None:
    pages = [page(V2_ROWS[n : n + 200], 1500) for n in range(0, 1500, 200)]
    for rows in ([{"n": 1, "raw": MANY[0]}, *MANY], [*pages, MANY[0]]):
        batches, failure = batches_of(json.dumps(rows).encode())
        assert failure is None
        written = [json.dumps(event.raw) for event in events_of(batches)]
        assert written == list(map(json.dumps, rows))


def test_an_answer_whose_events_are_named_twice_has_the_last_ones() -> None:
    body = json.dumps({"data": MANY}).encode()[:-1] + b', "data": []}'
    taken: list[Batch] = []
    with pytest.raises(NotFoundError):
        # What came before the failure stays in the list.
        taken.extend(open_stream(io.BytesIO(body)).batches())
    assert not events_of(taken)


def test_a_row_of_many_objects_is_not_searched_with_each_small_part() -> None:
    row = json.dumps({"type": "CLICK", "timestamp": 1, "value": [{"a": n} for n in range(300_000)]})
    body = f'{{"data":[{row},{row}]}}'.encode()
    reader = RowReader(read_answer)
    parts = (body[start : start + 2_000] for start in range(0, len(body), 2_000))
    batches = [batch for part in parts if (batch := reader.feed(part))]
    rest, failure = reader.close()
    assert failure is None
    assert len(events_of([*batches, rest])) == 2


def test_each_row_is_read_once() -> None:
    read: list[object] = []

    def read_part(rows: Sequence[object]) -> Sequence[Event]:
        read.extend(rows)
        assert whole.reread is not None
        return whole.reread(rows)

    def read_document(document: Any) -> Batch:
        read.extend(document["data"])
        return read_answer(document)._replace(reread=read_part)

    whole = read_answer({"data": MANY})
    reader, body = RowReader(read_document), json.dumps({"data": MANY}).encode()
    found = [reader.feed(part) for part in in_parts(body, [HEAD_BYTES])]
    batches = [*filter(None, found), reader.close()[0]]
    assert len(events_of(batches)) == len(read) == len(MANY)
