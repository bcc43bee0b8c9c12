"""Saved answers of every format, one page or several, as files have them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eventview.errors import InvalidDataError
from eventview.session.source import Batch
from eventview.sources.files import open_file
from eventview.wire.detect import read_answer
from tests.conftest import CHECKOUT
from tests.server.conversion import era_b_rows, v2_rows
from tests.tables import each_row

V1 = json.loads(CHECKOUT.read_bytes())
ROWS = v2_rows("7", V1["data"])


def body(rows: list[dict[str, object]], total: int) -> dict[str, object]:
    return {"data": {"total": total, "events": rows}}


def test_a_page_of_the_second_api_says_how_many_there_are_in_all() -> None:
    reading = read_answer(body(ROWS[:100], 180))
    assert (len(reading.events), reading.total, reading.resolution_ms) == (100, 180, 1000)


def test_a_list_of_pages_is_one_session_and_rows_in_two_of_them_count_once() -> None:
    pages = [body(ROWS[:100], 180), body(ROWS[95:], 180)]
    reading = read_answer(pages)
    assert len(reading.events) == reading.total == 180
    times = [event.time_ms or 0 for event in reading.events]
    assert times == sorted(times)


def test_pages_of_the_first_api_follow_one_another() -> None:
    rows = V1["data"]
    reading = read_answer([{"data": rows[:90]}, {"data": rows[90:]}])
    assert len(reading.events) == reading.total == 180
    assert reading.resolution_ms == 1
    era_b = read_answer({"data": era_b_rows(rows)})
    assert (len(era_b.events), era_b.resolution_ms) == (180, 1000)


def test_a_saved_page_is_shown_as_part_of_its_session(tmp_path: Path) -> None:
    file = tmp_path / "page.json"
    escaped = json.dumps(body(ROWS[:2], 180)).replace("/", "/")
    file.write_text(escaped)
    [batch] = open_file(file).batches()
    assert isinstance(batch, Batch)
    assert (len(batch.events), batch.total) == (2, 180)
    assert [len(again.events) for again in open_file(file).rest()] == [2]


@each_row(
    "answer",
    [
        {"data": {"total": "2", "events": []}},
        {"data": {"total": 2, "events": {}}},
        {"data": {"events": []}},
        {"data": 7},
        [{"data": []}, {"data": {}}],
        7,
    ],
)
def test_another_shape_is_refused(answer: object) -> None:
    with pytest.raises(InvalidDataError):
        read_answer(answer)


def test_null_in_place_of_the_events_is_none() -> None:
    assert read_answer({"data": {"total": 0, "events": None}}).events == []


def test_a_row_that_a_page_holds_twice_counts_once() -> None:
    events, total, *_ = read_answer(body([*ROWS[:2], ROWS[0]], 3))
    assert (len(events), total) == (2, 2)


def test_more_rows_than_are_counted_are_all_there_are() -> None:
    assert read_answer(body(ROWS[:2], 1)).total == 2
