"""Recorded answers of 1.26, 1.27 and the next release, read whole and told right."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from eventview.analysis.analysis import Analysis, SessionBuilder
from eventview.render import rows, summary
from eventview.render.details import build_sections
from eventview.session.event_text import describe_event, searchable_text
from eventview.session.events import Click, Custom, Location, Request
from eventview.session.session import Session
from eventview.sources.files import SavedSession, open_file
from eventview.sources.openreplay.connection import Connection, Server
from eventview.sources.openreplay.request_log import Secret
from eventview.sources.openreplay.sessions import RemoteSession
from eventview.view.view import View
from tests.conftest import RECORDINGS
from tests.server.deployments import RECORDED_SESSIONS, Recorded, deployment
from tests.server.openreplay import (
    API_KEY,
    DENSE_SESSION_ID,
    DOUBLED_SESSION_ID,
    PROJECT_KEY,
    STAMPED_SESSION_ID,
    OpenReplay,
    Release,
    Running,
    serve,
)
from tests.tables import each_row


def gathered(source: RemoteSession | SavedSession) -> Session:
    gathering = SessionBuilder(source.session_ref)
    for batch in source.batches():
        gathering.take(batch)
    gathering.finish()
    return gathering.analysis().session


def saved(name: str) -> Session:
    return gathered(open_file(RECORDINGS / name))


def fetched(running: Running, session: str) -> Session:
    store = running.openreplay
    project = store.session_projects.get(session, next(iter(store.projects)))
    connection = Connection(Server(running.url, Secret(store.api_key)))
    return gathered(RemoteSession(connection, project, session))


def counted(session: Session) -> tuple[int, int | None, int, int]:
    """Events that came, events there are, rows stored twice, page visits."""
    return len(session.events), session.total, session.doubled, len(session.visits)


@each_row(
    ("name", "expected"),
    [
        ("v2/shop_eventview_columns.json", (152, 152, 0, 9)),
        ("v2/mobile.json", (27, 27, 0, 0)),
        ("v2/y2027.json", (1, 1, 0, 0)),
        ("v2/loadedge.json", (2, 2, 0, 1)),
        ("v2-next-release/shop.json", (169, 169, 0, 9)),
        ("v1-clickhouse/events_shop.json", (61, 61, 0, 9)),
        ("v1-clickhouse-more/events_dup.json", (60, 60, 60, 9)),
        ("v1-clickhouse/events_y2027.json", (1, 1, 0, 0)),
    ],
)
def test_a_recorded_answer_is_counted_right(name: str, expected: tuple[int, ...]) -> None:
    body = json.loads((RECORDINGS / name).read_bytes())["data"]
    sent = Counter(
        json.dumps(row, sort_keys=True)
        for row in (body if isinstance(body, list) else body["events"])
    )
    session = saved(name)
    assert counted(session) == expected
    assert len(sent) == expected[0]


def test_pages_of_a_doubled_session_come_together_and_count_once(tmp_path: Path) -> None:
    pages = [json.loads((RECORDINGS / f"v2-more/dup_p{n}.json").read_bytes()) for n in (1, 2)]
    path = tmp_path / "pages.json"
    path.write_text(json.dumps(pages))
    session = gathered(open_file(path))
    assert len(session.events) == 151
    assert session.total == 151


@each_row(
    ("release", "name", "expected"),
    [
        ("1.27", "shop", (152, 152, 0, 9)),
        ("1.27", "dup", (151, 151, 151, 9)),
        ("1.27", "sdk", (601, 601, 0, 1)),
        ("1.27", "mobile", (27, 27, 0, 0)),
        ("1.27", "y2027many", (145, 145, 0, 0)),
        ("next", "shop", (169, 169, 0, 9)),
        ("1.25", "shop", (61, 61, 0, 9)),
        ("1.25", "dup", (60, 60, 60, 9)),
    ],
)
def test_a_recorded_session_comes_whole_from_the_server_it_was_recorded_from(
    release: Recorded, name: str, expected: tuple[int, ...]
) -> None:
    with serve(deployment(release)) as running:
        assert counted(fetched(running, RECORDED_SESSIONS[name])) == expected


@each_row(
    ("release", "session", "events"),
    [
        ("1.27", STAMPED_SESSION_ID, 1200),
        ("next", DENSE_SESSION_ID, 950),
        ("1.27", DOUBLED_SESSION_ID, 90),
        ("1.25", DOUBLED_SESSION_ID, 90),
        ("1.25", STAMPED_SESSION_ID, 1200),
    ],
)
def test_a_session_comes_whole_though_its_ties_come_in_another_order_each_time(
    release: Release, session: str, events: int
) -> None:
    with serve(OpenReplay(release=release)) as running:
        first, second = fetched(running, session), fetched(running, session)
        stored = running.openreplay.v2_sessions[session]
        assert len({json.dumps(row, sort_keys=True) for row in stored}) == events
    assert len(first.events) == len(second.events) == first.total == events
    assert first.doubled == second.doubled == len(stored) - events
    assert [describe_event(event) for event in first.events] == [
        describe_event(event) for event in second.events
    ]
    assert rows.describe_missing(first) == ""


def test_a_stamped_session_is_told_in_milliseconds_and_says_of_what() -> None:
    with serve(OpenReplay(release="1.27")) as running:
        session = fetched(running, STAMPED_SESSION_ID)
    row = rows.build_row(Analysis(session), 1)
    assert row.time.startswith("+0:0")
    assert "." in row.time
    facts = {fact.name: fact for fact in build_sections(Analysis(session), 1)[0].facts}
    assert facts["dated"] == ("dated", "when the server stored it", "not when it happened", None)
    assert ":04.5" in facts["at"].note


def test_the_title_and_the_overview_say_how_many_rows_were_stored_twice() -> None:
    session = saved("v1-clickhouse-more/events_dup.json")
    [events] = [fact for fact in summary.summary_fields(Analysis(session)) if fact.name == "events"]
    assert (events.value, events.note) == ("60", "60 duplicate rows left out")
    assert "60 duplicate rows left out" in summary.summary_line(View(Analysis(session)))
    assert "copies" not in summary.summary_line(
        View(Analysis(saved("v1-clickhouse/events_shop.json")))
    )


def test_titles_of_pages_are_shown_and_found_where_the_page_was_opened() -> None:
    session = saved("v2/shop_eventview_columns.json")
    pages = [event for event in session.events if isinstance(event, Location)]
    assert [page.title for page in pages[:4]] == ["Home", "Search", "Red shoe", "Cart"]
    here = session.visits[3].start
    assert rows.build_row(Analysis(session), here).what == "/cart · Cart"
    assert ("title", "Cart") in [
        fact[:2] for fact in build_sections(Analysis(session), here)[0].facts
    ]
    beside = {
        fact.name: fact.value for fact in build_sections(Analysis(session), here + 1)[0].facts
    }
    assert beside["page"] == "/cart · Cart"
    assert "Red shoe" in searchable_text(pages[2])
    clicks = [event for event in session.events if isinstance(event, Click)]
    assert not any("Red shoe" in searchable_text(click) for click in clicks)


def stored(name: str, sent: dict[str, object], **more: object) -> dict[str, object]:
    row = {"$event_name": name, "created_at": 1_770_822_790_000, "event_id": "1"}
    return row | {"$auto_captured": True, "$properties": sent, "properties": {}} | more


def opened(tmp_path: Path, *rows: dict[str, object]) -> Session:
    path = tmp_path / "rows.json"
    path.write_text(json.dumps({"data": {"total": len(rows), "events": rows}}))
    return gathered(open_file(path))


@each_row(
    ("sent", "status", "words", "is_failed"),
    [
        ({"success": True}, 0, "GET no answer /o · api.example", True),
        ({"success": True, "status": 200}, 200, "GET 200 /o · api.example", False),
        ({"success": False, "status": 500}, 500, "GET 500 /o · api.example", True),
        ({"success": False}, None, "GET /o · api.example", True),
        ({}, None, "GET /o · api.example", False),
    ],
)
def test_a_request_without_a_status_that_counts_as_a_success_got_no_answer(
    tmp_path: Path, sent: dict[str, object], status: int | None, words: str, is_failed: bool
) -> None:
    properties = {"method": "GET", "url": "https://api.example/o"} | sent
    session = opened(tmp_path, stored("REQUEST", properties))
    [event] = session.events
    assert isinstance(event, Request)
    assert (event.status, describe_event(event)) == (status, words)
    assert bool(Analysis(session).signals.of(0)) == is_failed
    facts = {fact.name: fact.value for fact in build_sections(Analysis(session), 0)[0].facts}
    assert facts["status"] == {0: "no answer", None: "not sent"}.get(status, str(status))


@each_row(
    ("sent", "words"),
    [
        ([1, 2, 3], "arr [1,2,3]"),
        ([{"sku": "Größe"}], 'arr [{"sku":"Größe"}]'),
        ("plain words", 'arr {"payload":"plain words"}'),
        ([], "arr"),
    ],
)
def test_a_payload_that_is_an_array_stands_in_the_row(
    tmp_path: Path, sent: object, words: str
) -> None:
    text = sent if isinstance(sent, str) else json.dumps(sent)
    row = stored("arr", {}, properties={"payload": text}) | {"$auto_captured": False}
    [event] = opened(tmp_path, row).events
    assert isinstance(event, Custom)
    assert describe_event(event) == words


def test_a_payload_of_an_app_that_is_a_text_stands_in_the_row(tmp_path: Path) -> None:
    row = stored("CUSTOM", {"name": "level", "payload": "three"})
    [event] = opened(tmp_path, row).events
    assert describe_event(event) == "level three"


def test_the_key_of_the_test_server_opens_the_default_project() -> None:
    with serve(OpenReplay(release="1.27")) as running:
        connection = Connection(Server(running.url, Secret(API_KEY)))
        assert gathered(RemoteSession(connection, PROJECT_KEY, DOUBLED_SESSION_ID)).doubled == 90


@pytest.mark.parametrize("name", ["v2/shop_eventview_columns.json", "v2-next-release/shop.json"])
def test_every_event_of_a_recorded_session_stands_on_the_page_that_it_names(name: str) -> None:
    session = saved(name)
    named = 0
    for index, event in enumerate(session.events):
        page = session.page(index)
        if isinstance(event, Request) or page is None:
            continue
        assert isinstance(event.raw, dict)
        assert isinstance(page.raw, dict)
        assert event.raw["$current_url"] == page.raw["$current_url"]
        named += 1
    assert named > 80
