"""One session, three wire formats: the same timeline, up to what a format cannot say."""

from __future__ import annotations

import json
import threading
import time

import pytest

from eventview.analysis.analysis import SessionBuilder
from eventview.errors import EventviewError
from eventview.session.event_text import describe_event
from eventview.session.events import Click, Custom, Event, Input, Location
from eventview.session.session import Session
from eventview.session.source import ReplayOffset
from eventview.sources.openreplay.base_urls import ApiChoice
from eventview.sources.openreplay.connection import ApiVersionCache, Connection, RetryPolicy, Server
from eventview.sources.openreplay.request_log import Secret
from eventview.sources.openreplay.sessions import RemoteSession, start_ms_of_id
from eventview.tui.feed import Feed
from tests.server.faults import Hold
from tests.server.invented_sessions import HOSTILE
from tests.server.openreplay import (
    API_KEY,
    PROJECT_KEY,
    RICH_SESSION_ID,
    SESSION_IDS,
    OpenReplay,
    Release,
    many_rows,
    serve,
)
from tests.tables import each_row

pytestmark = pytest.mark.slow

CHECKOUT = SESSION_IDS["checkout"]
RELEASES: list[Release] = ["1.21", "1.25", "1.27", "cloud"]
AT_ONCE = RetryPolicy(attempts=4, first_wait_s=0, longest_wait_s=0)


def connection(
    url: str, *, key: str = API_KEY, api: ApiChoice = "auto", cache: ApiVersionCache | None = None
) -> Connection:
    server = Server(url, Secret(key), timeout_s=10, api=api, retry_policy=AT_ONCE)
    return Connection(server, cache or ApiVersionCache())


def fetched(source: RemoteSession) -> Session:
    gathering = SessionBuilder(source.session_ref)
    for batch in source.batches():
        gathering.take(batch)
    return gathering.analysis().session


def read(release: Release, session: str = CHECKOUT) -> Session:
    with serve(OpenReplay(release=release)) as running:
        return fetched(RemoteSession(connection(running.url), PROJECT_KEY, session))


def list_facts(event: Event) -> tuple[object, ...]:
    """Return what every format can express of an event; times in whole seconds."""
    assert event.time_ms is not None
    # Only the first format keeps what was typed.
    name = event.label if isinstance(event, Input) else describe_event(event)
    words: tuple[object, ...] = (event.time_ms // 1000, event.type, name)
    match event:
        case Location():
            words += (event.host, event.load.first_contentful_paint_ms,
                      event.load.speed_index_ms)  # fmt: skip
        case Click():
            words += (event.selector, event.hesitation_ms or None)
        case Input():
            words += (event.hesitation_ms or None,)
    return words


@pytest.mark.parametrize("release", RELEASES[1:])
def test_a_session_reads_the_same_from_every_format(release: Release) -> None:
    postgres, other = read("1.21"), read(release)
    assert postgres.resolution_ms == 1
    assert other.resolution_ms == 1000
    assert sorted(map(list_facts, other.events), key=str) == sorted(
        map(list_facts, postgres.events), key=str
    )
    assert len(other.events) == other.total == 180
    assert other.type_counts == postgres.type_counts
    assert len(other.visits) == len(postgres.visits)
    seconds = [event.time_ms for event in other.events if event.time_ms is not None]
    assert seconds == sorted(seconds)
    assert all(time % 1000 == 0 for time in seconds)


def test_load_and_dom_content_loaded_are_times_since_navigation_or_of_handlers_never_mixed() -> (
    None
):
    def loads(session: Session) -> dict[str, list[float | None]]:
        pages = [event.load for event in session.events if isinstance(event, Location)]
        return {
            "since": [load.load_ms for load in pages]
            + [load.dom_content_loaded_ms for load in pages],
            "handlers": [load.load_handlers_ms for load in pages]
            + [load.dom_content_loaded_handlers_ms for load in pages],
        }  # fmt: skip

    postgres, clickhouse, second = map(loads, (read("1.21"), read("1.25"), read("1.27")))
    assert set(postgres["handlers"]) == {None}
    assert set(clickhouse["since"]) == {None}
    assert second["since"] == postgres["since"]
    assert second["handlers"] == clickhouse["handlers"]
    assert any(clickhouse["handlers"])


def test_every_type_of_the_second_api_has_a_model_of_its_own() -> None:
    session = read("1.27", RICH_SESSION_ID)
    assert {type(event) for event in session.events}.isdisjoint({Event})
    assert not [event.problem for event in session.events if event.problem]
    assert {"ERROR", "REQUEST", "GRAPHQL", "PERFORMANCE", "ISSUE", "TAP", "SWIPE", "CRASH",
            "CUSTOM", "LOCATION", "CLICK", "INPUT"} == set(session.type_counts)  # fmt: skip
    payloads = [event.payload for event in session.events if isinstance(event, Custom)]
    [nested] = [
        payload["<key> & 'co'"] for payload in payloads
        if isinstance(payload, dict) and "<key> & 'co'" in payload
    ]  # fmt: skip
    assert nested["deep"][1]["er"] == HOSTILE, "unescaped once, and only once"


def test_20_000_events_come_whole_once_each_with_four_requests_at_most() -> None:
    openreplay = OpenReplay(release="1.27")
    openreplay.v2_sessions["7"] = many_rows(20_000, session_id="7")
    with serve(openreplay) as running:
        session = fetched(RemoteSession(connection(running.url), PROJECT_KEY, "7"))
    raws = [event.raw for event in session.events]
    assert len({str(raw["event_id"]) for raw in raws if isinstance(raw, dict)}) == 20_000
    assert len(raws) == session.total == 20_000
    assert 1 < openreplay.most_in_flight <= 4


def windows(openreplay: OpenReplay) -> list[tuple[int, int]]:
    """Return the spans of the requests, in epoch milliseconds."""
    bodies = [json.loads(request.body) for request in openreplay.requests]
    return [(body["startTimestamp"], body["endTimestamp"]) for body in bodies]


DAY = 24 * 60 * 60 * 1000


@pytest.mark.parametrize(
    # Begun on 2025-12-28 at 04:37:47 by its id of the newer layout; on 2023-01-16 at 16:42:38.
    ("session", "second"),
    [("3638922241865582801", 1766896667000), ("8119081922378909", 1673887358000)],
)
def test_events_are_looked_for_around_the_start_in_the_id_and_else_everywhere(
    session: str, second: int
) -> None:
    openreplay = OpenReplay(release="1.27")
    with serve(openreplay) as running:
        source = RemoteSession(connection(running.url), PROJECT_KEY, session)
        with pytest.raises(EventviewError, match="No events"):
            fetched(source)
        (start, end), (first, last) = windows(openreplay)
        assert (start, end) == (second - DAY, second + 7 * DAY + 1000)
        assert first == 946_684_800_000
        now = time.time() * 1000
        assert now < last < now + 2 * DAY
        # Far from where its id says, and found all the same.
        rows = many_rows(3, session_id=session)
        openreplay.v2_sessions[session] = [row | {"created_at": 1_700_000_000_000} for row in rows]
        openreplay.requests.clear()
        assert fetched(source).total == 3
        assert len(openreplay.requests) == 2


@pytest.mark.parametrize("offset_s", [-86_400, 0, 7 * 86_400])
def test_an_event_at_the_edge_of_the_window_is_found_at_once(offset_s: int) -> None:
    openreplay = OpenReplay(release="1.27")
    [row] = many_rows(1, session_id="3638922241865582801")
    row["created_at"] = 1766896667000 + offset_s * 1000
    openreplay.v2_sessions["3638922241865582801"] = [row]
    with serve(openreplay) as running:
        source = RemoteSession(connection(running.url), PROJECT_KEY, "3638922241865582801")
        assert fetched(source).total == 1
    assert len(openreplay.requests) == 1


def test_an_event_that_was_stored_late_is_found_while_following() -> None:
    openreplay = OpenReplay(release="1.27")
    rows = many_rows(3, session_id="7")
    last = max(row["created_at"] for row in rows)
    openreplay.v2_sessions["7"] = rows
    with serve(openreplay) as running:
        source = RemoteSession(connection(running.url), PROJECT_KEY, "7")
        assert fetched(source).total == 3
        late = rows[0] | {"event_id": "late", "created_at": last - 29_000}
        openreplay.v2_sessions["7"] = [*rows, late]
        [batch] = source.rest()
    assert [event.raw["event_id"] for event in batch.events] == ["late"]  # type: ignore[index]  # objects
    assert batch.total == 4


def test_a_fetch_that_was_given_up_and_still_waits_is_not_gone_on_with() -> None:
    held = threading.Event()
    openreplay = OpenReplay(release="1.27", faults=[None, Hold(held)])
    openreplay.v2_sessions["7"] = many_rows(600, session_id="7")
    with serve(openreplay) as running:
        source = RemoteSession(connection(running.url), PROJECT_KEY, "7")
        feed = Feed(source).start()
        openreplay.wait_for_requests(2)
        feed.stop()
        try:
            first, *others = source.rest()
        finally:
            held.set()
    assert first.starts_over
    assert first.total == 600
    assert sum(len(batch.events) for batch in (first, *others)) == 600


@pytest.mark.parametrize(
    ("session", "moment"),
    # The first is of a session of 2025-12-28, the second began 519 ms before its first event.
    [("3638922241865582801", 1766896667591), ("8119081922378909", 1673887358434)],
)
def test_the_start_of_a_session_is_in_its_id(session: str, moment: int) -> None:
    assert start_ms_of_id(session) == moment


def test_what_a_server_speaks_is_remembered_and_learned_anew_after_an_upgrade(tmp_path) -> None:  # type: ignore[no-untyped-def]
    cache = ApiVersionCache(tmp_path / "cache" / "servers.json")
    openreplay = OpenReplay(release="1.21", ingress=True)
    with serve(openreplay) as running:
        place = connection(running.host_url, cache=cache)
        for count in (2, 3):
            assert fetched(RemoteSession(place, PROJECT_KEY, CHECKOUT)).total == 180
            assert len(openreplay.requests) == count
        openreplay.release = "1.27"
        for count in (5, 6):
            assert fetched(RemoteSession(place, PROJECT_KEY, CHECKOUT)).total == 180
            assert len(openreplay.requests) == count


ENDS = ("", "/", "/api", "/api/v1/", "/v2", "/v2/api", "/v2/api/public")


@each_row(
    ("release", "end"),
    [(release, end) for release in RELEASES[:-1] for end in ENDS]
    # The loopback is not called api.openreplay.com, which alone tells that it is the cloud.
    + [("cloud", end) for end in ENDS if "/v2" in end],
)
def test_any_spelling_of_the_address_works(release: Release, end: str) -> None:
    with serve(OpenReplay(release=release, ingress=True)) as running:
        source = RemoteSession(connection(running.host_url + end), PROJECT_KEY, CHECKOUT)
        assert fetched(source).total == 180


def test_the_columns_that_matter_are_asked_for() -> None:
    openreplay = OpenReplay(release="1.27")
    with serve(openreplay) as running:
        fetched(RemoteSession(connection(running.url), PROJECT_KEY, CHECKOUT))
    body = json.loads(openreplay.requests[-1].body)
    assert set(body["columns"]) >= {
        "$properties", "properties", "$auto_captured", "$current_url", "$duration_s",
        "$user_id", "issue_type", "error_id", "$referrer",
    }  # fmt: skip
    assert (body["limit"], body["page"], body["sortOrder"]) == (200, 1, "asc")


@each_row(
    ("moment", "first_ms", "expected"),
    [
        (ReplayOffset(5_000, 1_000_000), 1_007_000, 1_005_000),
        (ReplayOffset(5_000, 1_000_000), 999_200, 1_005_000),
        (ReplayOffset(5_000, 1_000_000), 998_900, 1_003_900),
        (ReplayOffset(5_000, 1_000_000), 1_300_000, 1_005_000),
        (ReplayOffset(5_000, 1_000_000), 1_300_001, 1_305_001),
        (ReplayOffset(5_000), 7_000, 12_000),
        (ReplayOffset(946_684_800_000, 1), 7_000, 946_684_800_000),
    ],
)
def test_a_moment_counts_from_the_start_by_the_servers_clock_if_that_is_near(
    moment: ReplayOffset, first_ms: int, expected: int
) -> None:
    assert moment.in_session(first_ms) == expected
