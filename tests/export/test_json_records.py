"""The view as JSON: it parses, it is whole, and `raw` is what the server sent."""

import json
import tracemalloc
from collections.abc import Mapping
from io import BytesIO
from typing import Any

from eventview.analysis.analysis import Analysis
from eventview.export.json_records import json_lines, ndjson_lines
from eventview.export.snapshot import ExportSnapshot
from eventview.query.query import Query, TypeChoice
from eventview.session.session import Session
from eventview.sources.files import open_stream
from eventview.view.view import View
from eventview.view.view_options import ViewOptions
from eventview.wire.v1 import read_answer
from tests.conftest import CHECKOUT, session_of
from tests.sources import fetched
from tests.tables import each_row


def parsed(view: View) -> Mapping[str, Any]:
    read: Mapping[str, Any] = json.loads("\n".join(json_lines(ExportSnapshot(view))))
    return read


def records(view: View) -> list[Mapping[str, Any]]:
    return [json.loads(line) for line in ndjson_lines(ExportSnapshot(view))]


def test_the_document_names_the_session_and_counts_it(checkout: Session) -> None:
    head = dict(parsed(View(Analysis(checkout))))
    assert len(head.pop("events")) == 180
    assert len(head.pop("signals")) == 14
    assert head.pop("summary")["entry"] == "/"
    assert head == {
        "schema": "eventview-session/2",
        "source": "acme",
        "session": "42",
        "user": None,
        "replay": None,
        "start_ms": 1731502800600,
        "duration_ms": 1496700,
        "resolution_ms": 1,
        "pages": 31,
        "types": {"LOCATION": 31, "CLICK": 125, "INPUT": 24},
        "view": "",
        "shown": 180,
        "total": 180,
        "announced": 180,
        "gaps": [],
    }


def test_raw_is_what_the_server_sent_value_for_value(checkout: Session) -> None:
    sent = json.loads(CHECKOUT.read_bytes())["data"]
    assert [record["raw"] for record in records(View(Analysis(checkout)))] == sent


def test_both_formats_hold_the_same_records_one_to_a_line(checkout: Session) -> None:
    view = View(
        Analysis(checkout), ViewOptions(filter=Query.parse("cart"), find=Query.parse("update"))
    )
    whole = {
        "total": 180,
        "announced": 180,
        "start_ms": 1_731_502_800_600,
        "duration_ms": 1_496_700,
    }
    assert [record | {"whole": whole} for record in parsed(view)["events"]] == records(view)
    assert parsed(View(Analysis(checkout)))["events"] == records(View(Analysis(checkout))), (
        "of no part"
    )
    assert len(records(view)) == len(list(ndjson_lines(ExportSnapshot(view)))) == len(view.rows)
    assert len(list(json_lines(ExportSnapshot(view)))) == len(view.rows) + 2


def test_a_record_holds_what_the_timeline_shows(checkout: Session) -> None:
    record = dict(records(View(Analysis(checkout)))[30])
    assert record.pop("raw")["label"] == "Apply"
    assert record == {
        "n": 31,
        "type": "CLICK",
        "timestamp": 1731502991271,
        "offset_ms": 190671,
        "delta_ms": 1200,
        "page": {"n": 7, "path": "/cart"},
        "what": "Apply",
        "signals": ["rage"],
    }


def test_a_page_load_comes_with_the_figure_that_rates_it(checkout: Session) -> None:
    read = records(View(Analysis(checkout)))
    assert read[37]["load"] == {"metric": "load", "value": 13540, "rating": "poor"}
    assert "load" not in read[7], "a route change has none"


def test_signals_are_told_with_their_rule_and_by_the_numbers_of_their_events(
    checkout: Session,
) -> None:
    rages = [s for s in parsed(View(Analysis(checkout)))["signals"] if s["kind"] == "rage"]
    assert [s["events"] for s in rages] == [
        [31, 32, 33, 34, 35],
        [60, 61, 62, 63, 64, 65, 66],
        [73, 74, 75, 76, 77],
    ]
    assert [(s["severity"], s["at"], s["amount"]) for s in rages] == [
        ("severe", 31, 5),
        ("severe", 60, 7),
        ("severe", 73, 5),
    ]
    assert "“Apply” within 593ms" in rages[0]["sentence"]
    assert "less than 300 ms" in rages[0]["rule"]


def test_a_lens_narrows_the_records_and_keeps_their_numbers(checkout: Session) -> None:
    clicks = TypeChoice(frozenset({"click"}), only=True)
    view = View(Analysis(checkout), ViewOptions(clicks, Query.parse("cart"), Query.parse("apply")))
    read = parsed(view)
    assert [read["view"].count(word) for word in ("only click", "cart", "apply")] == [1, 1, 1]
    assert (read["shown"], read["total"], read["hits"]) == (len(view.rows), 180, 7)
    assert [r["n"] - 1 for r in read["events"]] == list(view.rows)
    assert [r["n"] for r in read["events"] if r["hit"]] == [30, 31, 32, 33, 34, 35, 37]


def test_an_empty_view_is_still_a_document() -> None:
    view = View(Analysis(session_of([])))
    assert parsed(view)["events"] == []
    assert parsed(view)["start_ms"] is None
    assert list(ndjson_lines(ExportSnapshot(view))) == []


HOSTILE: list[dict[str, object]] = [
    {"type": "CLICK", "timestamp": 1, "label": "\x1b]52;c;ZXZp\x07\n\x9b\x7f\u202e\u2028\ud800"},
    {"type": "CLICK", "timestamp": 2, "label": 5},
    {"type": "\x1b[31m", "timestamp": 2**63 - 1, "\u202e\udc00": ["\U000e0041", None, True]},
    {"type": "NUMBERS", "timestamp": 3, "n": [2**63, -(10**40), 1e-07, 195.5, 0.1, -0.0, 1e300]},
    {"type": "TEXT", "timestamp": None, "text": "日本 ❤\ufe0f \\u202e \"quoted\" </script>"},
]  # fmt: skip


def test_hostile_events_are_exact_in_the_data_and_harmless_on_a_terminal() -> None:
    view = View(Analysis(session_of(read_answer(HOSTILE).events)))
    ordered = [HOSTILE[index] for index in (0, 1, 3, 4, 2)]
    for record_text in (
        list(ndjson_lines(ExportSnapshot(view))),
        list(json_lines(ExportSnapshot(view))),
    ):
        text = "\n".join(record_text)
        assert text.splitlines() == record_text
        assert not set(text) & set("\x1b\x07\x9b\x7f\u202e\u2028\ud800\udc00\U000e0041")
        text.encode()  # raises for what no file can hold
    for read in (records(view), parsed(view)["events"]):
        # Comparing texts distinguishes 1 from 1.0 and true.
        assert [json.dumps(record["raw"]) for record in read] == [json.dumps(e) for e in ordered]
    assert records(view)[1]["problem"] == "label: not a text"
    assert records(view)[3]["timestamp"] is None


def test_times_of_as_many_digits_as_can_be_read_can_be_written() -> None:
    far = 10**4299 * 9
    entries = [{"type": "X", "timestamp": far}, {"type": "X", "timestamp": -far}]
    view = View(Analysis(session_of(read_answer(entries).events)))
    assert len(list(ndjson_lines(ExportSnapshot(view)))) == 2


def test_a_stray_is_marked_and_counts_in_no_offset() -> None:
    times = [0, *(1731502800000 + n * 1000 for n in range(4))]
    sent = [
        {"type": "CLICK", "timestamp": time, "label": "x", "messageId": n}
        for n, time in enumerate(times)
    ]
    view = View(Analysis(session_of(read_answer(sent).events)))
    offsets = [(record["offset_ms"], record.get("stray")) for record in records(view)]
    assert offsets == [(None, True), (0, None), (1000, None), (2000, None), (3000, None)]


def answer_of(*events: str) -> View:
    """Return a view of an answer of v1 with these events, each given as JSON."""
    body = f'{{"data":[{",".join(events)}]}}'.encode()
    return View(Analysis(session_of(fetched(open_stream(BytesIO(body))))))


@each_row(
    ("sent", "exported"),
    [
        ('{"n": [ 1 , 2 ],\n\t"t" : "a , b : c"}', '{"n":[1,2],"t":"a , b : c"}'),
        (r'{"t":"a\/b \u00e9 \ud83d\ude00 \" \n \u0022"}', r'{"t":"a/b é 😀 \" \n \""}'),
        (r'{"t":"\\u0041 \\\/ \\\u0041"}', r'{"t":"\\u0041 \\/ \\A"}'),
        (r'{"t":"\u202e \u001B \ud800"}', r'{"t":"\u202e \u001b \ud800"}'),
        ('{"t":"\x7f \u2028 ❤\ufe0f"}', r'{"t":"\u007f \u2028 ❤\ufe0f"}'),
        ('{"n":[1.50,1E5,-0,0.10000000000000000555]}',) * 2,
    ],
)
def test_raw_is_written_as_sent_without_blanks_and_with_harmless_letters(
    sent: str, exported: str
) -> None:
    lines = ndjson_lines(ExportSnapshot(answer_of(sent, '{"type":"CLICK","timestamp":1}')))
    assert next(lines).endswith(f'"raw":{exported}}}')


def test_raw_that_is_nested_deeper_than_can_be_read_again_is_a_text() -> None:
    def nest(depth: int) -> str:
        return '{"type":"X","a":' + "[" * depth + "]" * depth + "}"

    deep, deepest = records(answer_of(nest(150), nest(300)))
    assert deep["raw"] == json.loads(nest(150))
    assert deepest["raw"] == nest(300)


def test_ndjson_keeps_no_line_that_was_written() -> None:
    number = 10_000
    events = (
        f'{{"type":"CLICK","timestamp":{n},"label":"Add","text":"{"x" * 400}"}}'
        for n in range(number)
    )
    snapshot = ExportSnapshot(answer_of(*events).found())
    tracemalloc.start()
    length = sum(map(len, ndjson_lines(snapshot)))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert length > 500 * number
    # Some whole numbers for each event are kept.
    assert most < length / 5
