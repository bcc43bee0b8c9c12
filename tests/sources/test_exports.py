"""Exports opened again: nothing is lost, and no time is counted across missing events."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from eventview.analysis.analysis import Analysis, SessionBuilder
from eventview.errors import InvalidDataError, NotFoundError
from eventview.export import json_records
from eventview.export.snapshot import ExportSnapshot
from eventview.query.query import STARTING_TYPES, Query
from eventview.render import rows
from eventview.session.position import Position
from eventview.session.session import Session
from eventview.session.source import Gap, Replay, SessionRef
from eventview.sources.files import SavedSession, open_file
from eventview.view.view import View
from eventview.view.view_options import ViewOptions
from eventview.wire.v1 import read_answer
from tests.conftest import session_of
from tests.formats import sessions
from tests.hostile import hostile
from tests.tables import each_row

REPLAY = Replay("https://openreplay.example.com/12/session/42", 1_731_502_799_000)


def opened(path: Path) -> tuple[Session, SavedSession]:
    source = open_file(path)
    gathering = SessionBuilder(source.session_ref)
    for batch in source.batches():
        gathering.take(batch)
    gathering.finish()
    return gathering.analysis().session, source


def document(session: Session, options: ViewOptions | None = None) -> str:
    snapshot = ExportSnapshot(View(Analysis(session), options or ViewOptions()), replay=REPLAY)
    return "\n".join(json_records.json_lines(snapshot))


def lines(session: Session, options: ViewOptions | None = None) -> str:
    snapshot = ExportSnapshot(View(Analysis(session), options or ViewOptions()))
    return "".join(f"{line}\n" for line in json_records.ndjson_lines(snapshot))


def incomplete() -> Session:
    events = sessions()["v1"].events
    gap = Gap((events[50].time_ms or 0) + 1, (events[51].time_ms or 0) - 1)
    return Session.of(SessionRef("acme-shop", "42"), events, 999, 1, [gap])


ALL = [*sessions(), "hostile", "incomplete"]


def session_named(name: str) -> Session:
    others = {"hostile": hostile, "incomplete": incomplete}
    return others[name]() if name in others else sessions()[name]


@each_row("name", ALL)
def test_json_opened_and_written_again_is_the_same_to_the_byte(name: str, tmp_path: Path) -> None:
    session = session_named(name)
    file = tmp_path / "session.json"
    file.write_text(document(session), "utf-8")
    again, source = opened(file)
    assert document(again) == file.read_text("utf-8")
    assert again.events == session.events
    assert source.replay() == REPLAY


@each_row("name", ALL)
def test_ndjson_opened_and_written_again_is_the_same_to_the_byte(name: str, tmp_path: Path) -> None:
    session = session_named(name)
    whole = Session.of(session.session_ref, session.events, None, session.resolution_ms)
    file = tmp_path / "session.ndjson"
    file.write_text(lines(whole), "utf-8")
    again, _ = opened(file)
    assert lines(again) == file.read_text("utf-8")
    assert again.resolution_ms == session.resolution_ms


def test_nothing_is_told_across_events_that_were_filtered_out(
    checkout: Session, tmp_path: Path
) -> None:
    view = View(Analysis(checkout), ViewOptions(filter=Query.parse("is:rage,slow")))
    file = tmp_path / "part.json"
    file.write_text(document(checkout, view.options), "utf-8")
    again, _ = opened(file)
    assert len(again.events) == 24
    assert again.total == 180
    shown = view.shown
    for place in range(1, len(shown)):
        is_next = shown[place] == shown[place - 1] + 1
        assert (place in again.behind_gaps) is not is_next
        delta = checkout.delta_ms(shown[place]) if is_next else None
        assert again.delta_ms(place) == delta
    assert [s for s in Analysis(again).signals.found if s.kind.key in ("gap", "back")] == []


@each_row("query", ["after:+10:00", "is:rage,slow", "before:+1:00", "type:input"])
def test_what_is_left_of_a_session_keeps_its_numbers_times_and_links(
    query: str, checkout: Session, tmp_path: Path
) -> None:
    options = ViewOptions(filter=Query.parse(query))
    view = View(Analysis(checkout), options)
    for name, text in (
        ("part.json", document(checkout, options)),
        ("part.ndjson", "\n".join(json_records.ndjson_lines(ExportSnapshot(view)))),
    ):
        file = tmp_path / name
        file.write_text(text, "utf-8")
        again, _ = opened(file)
        assert [again.number(i) for i in range(len(again.events))] == [i + 1 for i in view.shown]
        assert [again.offset_ms(i) for i in range(len(again.events))] == [
            checkout.offset_ms(i) for i in view.shown
        ]
        last = len(again.events) - 1
        snapshots = (
            ExportSnapshot(View(Analysis(again)), replay=REPLAY),
            ExportSnapshot(View(Analysis(checkout)), replay=REPLAY),
        )
        assert snapshots[0].replay_at(last) == snapshots[1].replay_at(view.shown[-1])
        position = Position.parse(f"#{view.shown[-1] + 1}")
        assert position.index(again) == last
        assert Position.parse("#999").index(again) is None
        assert Position.parse("#999").remark(again)
        lacking = 180 - len(again.events)
        assert rows.describe_missing(again) == f"{lacking} of 180 events not in this export"
        assert (again.start_ms, again.duration_ms) == (checkout.start_ms, checkout.duration_ms)
    part = "\n".join(
        json_records.json_lines(ExportSnapshot(View(Analysis(opened(tmp_path / "part.json")[0]))))
    )
    assert [r["n"] for r in json.loads(part)["events"]] == [i + 1 for i in view.shown]


def test_json_leaves_nothing_out_unless_types_are_chosen() -> None:
    session = sessions()["v2"]
    for types, whole in ((STARTING_TYPES, True), (STARTING_TYPES.toggled("click"), False)):
        snapshot = ExportSnapshot(View(Analysis(session), ViewOptions(types)))
        read = json.loads("\n".join(json_records.json_lines(snapshot)))
        assert (len(read["events"]) == len(session.events)) is whole
        assert (read["view"] == "") is whole


def test_events_of_one_time_with_others_between_them_are_known_to_lack_those(
    tmp_path: Path,
) -> None:
    record = {"n": 1, "raw": {"type": "CLICK", "timestamp": 5, "label": "a"}}
    file = tmp_path / "part.ndjson"
    file.write_text("\n".join(json.dumps(record | {"n": n}) for n in (1, 3, 4)), "utf-8")
    again, _ = opened(file)
    assert (len(again.events), again.total) == (3, 4)
    assert 1 in again.behind_gaps


def test_records_are_opened_however_they_were_cut(checkout: Session, tmp_path: Path) -> None:
    records = [
        json.loads(line)
        for line in json_records.ndjson_lines(ExportSnapshot(View(Analysis(checkout))))
    ]
    forms = {
        "a list": json.dumps(records),
        "with blank lines": "\n\n".join(json.dumps(record) for record in records),
        "with other line ends": "\r\n".join(json.dumps(record) for record in records),
    }
    for name, text in forms.items():
        file = tmp_path / "records"
        file.write_text(text, "utf-8")
        again, _ = opened(file)
        assert again.events == checkout.events, name
    file.write_text(json.dumps(records[3]), "utf-8")
    assert list(opened(file)[0].events) == [checkout.events[3]]


def test_lines_of_bare_events_are_a_session_too(checkout: Session, tmp_path: Path) -> None:
    file = tmp_path / "bare.ndjson"
    file.write_text("\n".join(json.dumps(event.raw) for event in checkout.events), "utf-8")
    assert opened(file)[0].events == checkout.events


def test_an_export_without_events_says_so(checkout: Session, tmp_path: Path) -> None:
    file = tmp_path / "none.json"
    file.write_text(
        document(checkout, ViewOptions(filter=Query.parse("nothing-is-like-this"))), "utf-8"
    )
    with pytest.raises(NotFoundError):
        opened(file)


@each_row(
    ("change", "words"),
    [
        ({"schema": "eventview-session/3"}, "another version of eventview"),
        ({"events": None}, "damaged"),
        ({"events": [{"n": 1}]}, "damaged"),
        ({"events": [{"n": "1", "raw": {}}]}, "damaged"),
    ],
)
def test_an_export_that_cannot_be_read_is_told_why(
    change: Mapping[str, Any], words: str, checkout: Session, tmp_path: Path
) -> None:
    file = tmp_path / "odd.json"
    file.write_text(json.dumps(json.loads(document(checkout)) | change), "utf-8")
    with pytest.raises(InvalidDataError, match=words) as caught:
        opened(file)
    assert str(file) in str(caught.value)


def test_a_line_that_is_no_json_is_named(tmp_path: Path) -> None:
    file = tmp_path / "cut.ndjson"
    file.write_text('{"n":1,"raw":{}}\n{"n":2,"raw":{}}\n{"n":3,"ra', "utf-8")
    with pytest.raises(InvalidDataError, match="Line 3: column"):
        opened(file)


@each_row(
    ("field", "value"),
    [
        ("replay", {"url": "javascript:alert(1)", "start_ms": 1}),
        ("replay", {"url": "https://or.example/12/session/4 2"}),
        ("replay", {"url": "https://x>)@octocat![p](https://evil.example/p.png)(<"}),
        ("replay", {"url": "https://or.example/evil"}),
        ("replay", {"url": 7}),
        ("replay", "https://or.example"),
    ],
)
def test_a_replay_link_in_a_file_is_a_web_address_or_none(
    field: str, value: object, checkout: Session, tmp_path: Path
) -> None:
    file = tmp_path / "odd.json"
    file.write_text(json.dumps(json.loads(document(checkout)) | {field: value}), "utf-8")
    _, source = opened(file)
    with pytest.raises(NotFoundError, match="not known"):
        source.replay()


@each_row("gaps", [None, 7, [1], [[1]], [["a", "b"]], [[1, 2, 3]], [[True, 5]]])
def test_odd_gaps_in_a_file_are_none(gaps: object, checkout: Session, tmp_path: Path) -> None:
    file = tmp_path / "odd.json"
    file.write_text(json.dumps(json.loads(document(checkout)) | {"gaps": gaps}), "utf-8")
    assert opened(file)[0].gaps == []


def test_control_characters_in_a_files_own_words_reach_no_terminal(
    checkout: Session, tmp_path: Path
) -> None:
    file = tmp_path / "odd.json"
    change = {"source": "\x1b[31mred", "session": "4\n2"}
    file.write_text(json.dumps(json.loads(document(checkout)) | change), "utf-8")
    again, _ = opened(file)
    assert (again.session_ref.name, again.session_id) == ("␛[31mred", "4␊2")
    assert session_of([]).session_ref.name == "acme"


@pytest.mark.parametrize("write", [document, lines])
@pytest.mark.parametrize("query", ["before:#11", "after:#95 before:#105", "is:rage"])
def test_a_part_of_a_part_is_still_one(
    query: str,
    write: Callable[[Session, ViewOptions | None], str],
    checkout: Session,
    tmp_path: Path,
) -> None:
    session, options = checkout, ViewOptions(filter=Query.parse(query))
    first = ""
    for number in range(3):
        file = tmp_path / f"{number}.json"
        file.write_text(write(session, options), "utf-8")
        session, _ = opened(file)
        options = ViewOptions()
        assert rows.describe_missing(session).endswith(" of 180 events not in this export")
        assert session.duration_ms == checkout.duration_ms
        assert rows.format_length(session).endswith(" of 24m57s")
        offsets = [session.offset_ms(i) for i in range(len(session.events))]
        assert offsets == [checkout.offset_ms(n - 1) for n in session.numbers]
        first = first or rows.describe_missing(session)
        assert rows.describe_missing(session) == first


def test_a_copied_event_is_known_to_be_one_of_more(checkout: Session, tmp_path: Path) -> None:
    for index in (0, 30):
        file = tmp_path / "event.json"
        file.write_text(
            json_records.json_record(ExportSnapshot(View(Analysis(checkout))), index), "utf-8"
        )
        part, _ = opened(file)
        assert rows.describe_missing(part) == "179 of 180 events not in this export"
        assert part.offset_ms(0) == checkout.offset_ms(index)


@each_row("whole", [None, 7, [], {}, {"total": "x", "start_ms": -1}])
def test_odd_words_of_the_whole_are_none(whole: object, checkout: Session, tmp_path: Path) -> None:
    record = json.loads(json_records.json_record(ExportSnapshot(View(Analysis(checkout))), 30)) | {
        "whole": whole
    }
    file = tmp_path / "event.json"
    file.write_text(json.dumps(record), "utf-8")
    part, _ = opened(file)
    assert rows.describe_missing(part) == "30 of 31 events not in this export"
    assert part.offset_ms(0) == checkout.offset_ms(30)


def test_a_part_whose_first_events_have_no_time_keeps_its_offsets(tmp_path: Path) -> None:
    clicks = [{"type": "CLICK", "label": f"{n}", "timestamp": ms}
              for n, ms in enumerate((1_000, 2_000, None, None, 12_780))]  # fmt: skip
    whole = session_of(read_answer(clicks).events)
    part = View(Analysis(whole), ViewOptions(filter=Query.parse("after:#3")))
    file = tmp_path / "part.ndjson"
    file.write_text("\n".join(json_records.ndjson_lines(ExportSnapshot(part))), "utf-8")
    again, _ = opened(file)
    assert [again.offset_ms(i) for i in range(3)] == [None, None, 11_780]
    assert rows.format_length(again) == "0ms of 12s"


def test_a_part_says_which_events_it_has(checkout: Session, tmp_path: Path) -> None:
    file = tmp_path / "part.json"
    options = ViewOptions(filter=Query.parse("after:#95 before:#105"))
    file.write_text(document(checkout, options), "utf-8")
    part, _ = opened(file)
    said = {number: Position.parse(f"#{number}").remark(part) for number in (3, 95, 105, 106, 181)}
    assert said == {
        3: "Event #3 is not in this part of the session, which has 11 events, #95 to #105.",
        95: "",
        105: "",
        106: "Event #106 is not in this part of the session, which has 11 events, #95 to #105.",
        181: "There is no event #181 in this session. It has #1 to #180.",
    }
    assert rows.format_length(part) == "1m19s of 24m57s"
    assert "before the first event here" in Position.parse("+1:00").remark(part)
    assert "after the last event here, which is at +14:42.903" in Position.parse("+20:00").remark(
        part
    )


def test_a_bound_past_the_session_is_none_in_a_part_either(
    checkout: Session, tmp_path: Path
) -> None:
    file = tmp_path / "part.json"
    file.write_text(
        document(checkout, ViewOptions(filter=Query.parse("after:#95 before:#105"))), "utf-8"
    )
    part, _ = opened(file)
    for text, number in (("before:#180", 11), ("before:#181", 0), ("after:#181", 0)):
        query = Query.parse(text)
        assert len(query.matching(Analysis(part), range(11))) == number
        said = "" if number else "There is no event #181 in this session. It has #1 to #180."
        assert query.remark(part) == said


@pytest.mark.parametrize("write", [document, lines])
def test_a_stray_of_a_part_stays_one(
    write: Callable[[Session, ViewOptions | None], str], tmp_path: Path
) -> None:
    clicks = [{"type": "CLICK", "label": f"{ms}", "timestamp": ms}
              for ms in (0, 1_762_772_401_000, 1_762_772_402_000, 1_762_772_403_000)]  # fmt: skip
    whole = session_of(read_answer(clicks).events)
    for query in ("before:#2", "after:#2", "before:#1"):
        options = ViewOptions(filter=Query.parse(query))
        file = tmp_path / "part.json"
        file.write_text(write(whole, options), "utf-8")
        part, _ = opened(file)
        assert [n for i in part.strays for n in [part.number(i)]] == [
            n for n in part.numbers if n == 1
        ]
        assert part.start_ms == whole.start_ms
