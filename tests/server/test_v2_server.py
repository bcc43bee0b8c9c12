"""The loopback server as OpenReplay 1.27 and as the cloud: requests in, statuses and bodies out."""

import html
import json
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from itertools import product
from typing import Any

import pytest

from tests.server import v2
from tests.server.__main__ import describe
from tests.server.deployments import RECORDED_SESSIONS, Recorded, deployment
from tests.server.faults import Hold, Status
from tests.server.invented_sessions import session_start
from tests.server.openreplay import (
    API_KEY,
    DENSE_SESSION_ID,
    DOUBLED_SESSION_ID,
    MANY_SESSION_ID,
    PROJECT_KEY,
    RICH_SESSION_ID,
    SESSION_IDS,
    STAMPED_SESSION_ID,
    OpenReplay,
    Received,
    Release,
    Running,
    many_rows,
    serve,
)
from tests.tables import each_row

SECONDS = 30.0

# What Go cannot decode into its struct.
WRONG_TYPES: list[dict[str, object]] = [
    {"limit": 1.5},
    {"limit": 200.0},
    {"page": "1"},
    {"page": True},
    {"endTimestamp": 2**63},
    {"sortBy": 1},
    {"columns": "label"},
    {"columns": [1]},
    {"filters": {}},
    {"filters": [1]},
    {"filters": [{"name": "$event_name", "operator": "is", "value": [1]}]},
    {"filters": [{"isEvent": "yes"}]},
]
BEARER = {"Authorization": f"Bearer {API_KEY}"}
WIDE = {"startTimestamp": 946_684_800_000, "endTimestamp": 4_102_444_800_000}
PAGE = WIDE | {"limit": 200, "page": 1}
RICH = f"/v2/api/public/{PROJECT_KEY}/sessions/{RICH_SESSION_ID}/events"
CHECKOUT = f"/v2/api/public/{PROJECT_KEY}/sessions/{SESSION_IDS['checkout']}/events"
MICKAEL = f"/v2/api/public/{PROJECT_KEY}/users/mickael%40openreplay.com"

Reply = tuple[int, str, bytes]


def ask(
    running: Running,
    path: str,
    body: object = None,
    *,
    method: str | None = None,
    headers: dict[str, str] | None = None,
) -> Reply:
    """Status, content type and body; a body is posted, as JSON unless it is bytes already."""
    sent = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    connection = HTTPConnection("127.0.0.1", running.port, timeout=SECONDS)
    try:
        connection.request(
            method or ("GET" if sent is None else "POST"),
            path,
            sent,
            BEARER if headers is None else headers,
        )
        with connection.getresponse() as response:
            return response.status, response.getheader("content-type", ""), response.read()
    finally:
        connection.close()


def data(reply: Reply) -> Any:
    assert reply[:2] == (200, "application/json")
    return json.loads(reply[2])["data"]


def search(running: Running, path: str = RICH, **fields: object) -> list[dict[str, Any]]:
    answered = data(ask(running, path, PAGE | fields))
    assert answered["total"] >= len(answered["events"])
    events: list[dict[str, Any]] = answered["events"]
    return events


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with serve(OpenReplay(release="1.27")) as server:
        yield server


# Who may ask


@each_row(
    ("path", "header"),
    product(
        [RICH, MICKAEL + "/sessions"],
        [None, "", API_KEY, f"bearer {API_KEY}", f"Bearer  {API_KEY}", "Bearer x",
         f"Bearer{API_KEY}"],
    ),
)  # fmt: skip
def test_no_key_or_a_wrong_one_gets_an_empty_401(
    running: Running, path: str, header: str | None
) -> None:
    headers = {} if header is None else {"Authorization": header}
    assert ask(running, path, PAGE, headers=headers) == (401, "", b"")


@pytest.mark.parametrize("path", ["/projects/{}", "/{}/users/u"])
def test_an_unknown_project_is_told_like_a_wrong_key(running: Running, path: str) -> None:
    assert ask(running, "/v2/api/public" + path.format("nowhere")) == (401, "", b"")
    assert ask(running, RICH.replace(PROJECT_KEY, "nowhere"), PAGE)[0] == 401


# Paths


@each_row(
    ("method", "path", "expected"),
    [
        ("GET", RICH, (405, "", b"")),
        ("GET", "/v2/api/", (200, "", b"")),
        ("POST", RICH.replace("/sessions/", "//sessions/"), (301, "", b"")),
        ("POST", "/v2/api/public/projects", (405, "", b"")),
        *(
            (method, path, (404, "text/plain; charset=utf-8", b"404 page not found\n"))
            for method, path in [
                ("POST", RICH + "/"),
                ("GET", f"/v2/api/v1/projects/{PROJECT_KEY}"),
                ("GET", f"/v2/api/public/{PROJECT_KEY}/users/a%2Fb"),
                ("POST", f"/v2/api/public/{PROJECT_KEY}/users/a%2Fb/sessions"),
            ]
        ),
        *(
            (method, path, (404, "application/json", b'{"detail":"Not Found"}'))
            for method, path in [
                ("GET", f"/api/v1/{PROJECT_KEY}/sessions/1/events"),
                ("POST", f"/api/v2/public/{PROJECT_KEY}/sessions/1/events"),
            ]
        ),
    ],
)
def test_a_path_or_a_method_that_is_not_served(
    running: Running, method: str, path: str, expected: Reply
) -> None:
    assert ask(running, path, method=method) == expected


def test_the_web_server_answers_options_itself(running: Running) -> None:
    assert ask(running, RICH, method="OPTIONS") == (204, "", b"")
    with serve(OpenReplay(release="cloud")) as cloud:
        assert ask(cloud, RICH.replace("/api", "", 1), method="OPTIONS")[0] == 200


def test_a_session_is_only_in_its_own_project(running: Running) -> None:
    *_, other = running.openreplay.projects
    assert other != PROJECT_KEY
    for path in (RICH, CHECKOUT):
        assert search(running, path) != []
        assert search(running, path.replace(PROJECT_KEY, other)) == []


def test_a_project_that_is_switched_off_is_as_good_as_unknown() -> None:
    with serve(OpenReplay(release="1.27", inactive={PROJECT_KEY})) as running:
        assert ask(running, RICH, PAGE) == (401, "", b"")
        keys = [row["projectKey"] for row in data(ask(running, "/v2/api/public/projects"))]
        assert keys == [key for key in running.openreplay.projects if key != PROJECT_KEY]


@each_row(
    ("release", "path"),
    [
        ("1.21", "/v1/projects"),
        ("1.25", "/public/projects"),
        ("1.27", "/v2/public/projects"),
        ("next", "/"),
    ],
)
def test_outside_the_api_is_the_web_app(release: Release, path: str) -> None:
    with serve(OpenReplay(release=release, ingress=True)) as running:
        status, content_type, page = ask(running, path)
        assert (status, content_type) == (200, "text/html")
        assert page.startswith(b"<!doctype html>")
        status, content_type, page = ask(running, path, {})
        assert (status, content_type) == (405, "text/html")
        assert b"nginx" in page
        assert ask(running, path, method="HEAD")[0] == 200


def test_release_1_21_with_an_ingress_has_its_api_and_no_v2() -> None:
    with serve(OpenReplay(ingress=True)) as running:
        key = {"Authorization": API_KEY}
        assert ask(running, "/api/v1/projects", headers=key)[0] == 200
        assert ask(running, "/v2/api/public/projects")[:2] == (200, "text/html")


@each_row(
    ("path", "status"),
    [
        ("/v2/public/projects", 200),
        ("/v1/projects", 404),
        ("/api/v1/projects", 404),
        ("/v2/api/public/projects", 404),
    ],
)
def test_the_cloud_has_v2_under_another_base(path: str, status: int) -> None:
    with serve(OpenReplay(release="cloud")) as running:
        assert running.url == running.host_url + "/v2"
        assert ask(running, path)[0] == status


# What is wrong with a search


def failure(name: str, tag: str) -> str:
    field = name.rpartition(".")[2]
    where = f"Key: 'EventsSearchRequest.{name}' Error:"
    return f"{where}Field validation for '{field}' failed on the '{tag}' tag"


@each_row(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"\xef\xbb\xbf{}",
        b'{"limit":NaN}',
        b"[" * 100_000,
        json.dumps(PAGE).encode() + b"x",
        *(json.dumps(PAGE | wrong).encode() for wrong in WRONG_TYPES),
        json.dumps(PAGE).replace("4102444800000", "4.1e12").encode(),
    ],
)
def test_what_does_not_decode(running: Running, body: bytes) -> None:
    expected = (400, "application/json", b'{"error":"invalid JSON body"}')
    assert ask(running, RICH, body) == expected


@each_row(
    ("fields", "problems"),
    [
        (
            dict.fromkeys(PAGE),
            [(name, "required") for name in ("StartDate", "EndDate", "Limit", "Page")],
        ),
        ({"startTimestamp": 946_684_799_999}, [("StartDate", "min")]),
        ({"endTimestamp": 946_684_799_999}, [("EndDate", "min")]),
        ({"endTimestamp": WIDE["startTimestamp"]}, [("EndDate", "gtfield")]),
        ({"limit": 0}, [("Limit", "required")]),
        ({"limit": -1}, [("Limit", "min")]),
        ({"limit": 201}, [("Limit", "max")]),
        ({"page": 0}, [("Page", "required")]),
        ({"page": -1}, [("Page", "min")]),
        ({"sortBy": "label"}, [("SortBy", "validEventColumn")]),
        ({"sortOrder": "ASC"}, [("SortOrder", "oneof")]),
        ({"columns": ["label", "$os", ""]}, [("Columns[0]", "validEventColumn")]),
        (
            {"filters": [{"name": "CLICK", "operator": "is", "isEvent": True}]},
            [("Filters[0].PropertyOrder", "required")],
        ),
        ({"filters": [{}]}, [("Filters[0].Name", "required"), ("Filters[0].Operator", "required")]),
        (
            {"filters": [{"name": "n" * 257, "operator": "like", "value": ["v" * 257] * 11}]},
            [("Filters[0].Name", "max"), ("Filters[0].Operator", "oneof")]
            + [("Filters[0].Value", "max")]
            + [(f"Filters[0].Value[{number}]", "max") for number in range(11)],
        ),
    ],
)
def test_what_breaks_a_rule(
    running: Running, fields: dict[str, object], problems: list[tuple[str, str]]
) -> None:
    status, _, body = ask(running, RICH, PAGE | fields)
    assert status == 400
    assert json.loads(body)["error"].split("\n") == [failure(*problem) for problem in problems]


@each_row(
    ("body", "status", "error"),
    [
        (b"{", 400, "invalid JSON body"),
        (json.dumps(PAGE | {"limit": 201}).encode(), 400, failure("Limit", "max")),
        (json.dumps(PAGE).encode(), 500, "failed to search events"),
        (b" " * 131_073, 413, "http: request body too large"),
    ],
)
def test_the_next_release_lists_its_errors(body: bytes, status: int, error: str) -> None:
    with serve(OpenReplay(release="next")) as running:
        answered = ask(running, RICH.replace(RICH_SESSION_ID, "abc"), body)
        assert answered[:2] == (status, "application/json")
        assert json.loads(answered[2]) == {"errors": [error]}


def test_the_next_release_takes_ids_with_leading_zeros() -> None:
    with serve(OpenReplay(release="next")) as running:
        path = RICH.replace(RICH_SESSION_ID, "00" + RICH_SESSION_ID)
        assert len(search(running, path)) == len(search(running))


@pytest.mark.parametrize(("size", "status"), [(131_072, 200), (131_073, 413)])
def test_a_body_may_have_128_kilobytes(running: Running, size: int, status: int) -> None:
    status_, _, body = ask(running, RICH, json.dumps(PAGE).encode().ljust(size))
    assert status_ == status
    if status == 413:
        assert body == b'{"error":"http: request body too large"}'


@each_row(
    ("session", "status", "body"),
    [
        ("1" * 257, 400, b'{"error":"sessionID exceeds maximum length of 256 characters"}'),
        ("1" * 256, 200, b'{"data":{"total":0,"events":[]}}'),
        ("0" + RICH_SESSION_ID, 500, b'{"error":"failed to search events"}'),
        ("abc", 500, b'{"error":"failed to search events"}'),
        ("-1", 500, b'{"error":"failed to search events"}'),
        (SESSION_IDS["poison_nan"], 500, b'{"error":"failed to search events"}'),
        ("18446744073709551615", 200, b'{"data":{"total":0,"events":[]}}'),
        (SESSION_IDS["empty"], 200, b'{"data":{"total":0,"events":[]}}'),
    ],
)
def test_session_ids(running: Running, session: str, status: int, body: bytes) -> None:
    path = RICH.replace(RICH_SESSION_ID, session)
    assert ask(running, path, PAGE) == (status, "application/json", body)


# What is found


def test_without_columns_an_event_has_five_keys(running: Running) -> None:
    for event in search(running):
        assert list(event) == [
            "event_id",
            "$event_name",
            "created_at",
            "distinct_id",
            "session_id",
        ]
        assert event["session_id"] == RICH_SESSION_ID
        assert event["created_at"] % 1000 == 0


def test_all_columns_are_there_but_for_empty_lists(running: Running) -> None:
    lists = {"$tags", *(f"group_id{number}" for number in range(1, 7))}
    for event in search(running, columns=list(v2.COLUMNS)):
        assert event.keys() == v2.COLUMNS.keys() - lists
        assert event["$time"] * 1000 == event["created_at"]
        assert event["$current_path"] in ("", "/Basket", "/Api/Orders", "/thanks")


def test_lists_that_are_not_empty_are_sent() -> None:
    row = {"$event_name": "X", "created_at": 1_770_000_000_000, "$tags": ["<a>"]}
    with serve(OpenReplay(release="1.27", v2_sessions={"7": [row]})) as running:
        path = RICH.replace(RICH_SESSION_ID, str(2**64 + 7))
        (event,) = search(running, path, columns=["$tags", "$os"])
    assert event["$tags"] == ["&lt;a&gt;"]
    assert event["$os"] == ""


def test_strings_and_keys_are_escaped_for_html(running: Running) -> None:
    status, _, raw = ask(running, RICH, PAGE | {"columns": ["$properties", "properties"]})
    assert status == 200
    # Go writes the ampersands of entities by number.
    assert not set(b"<>&'") & set(raw)
    events = json.loads(raw)["data"]["events"]
    (custom,) = [event for event in events if event["$event_name"].startswith("Plan")]
    assert custom["$event_name"] == "Plan &lt;upgraded&gt;"
    assert custom["properties"] == {
        "plan": {"name": "Team &amp; Co"},
        "seats": 12,
        "zero": 0,
        "&lt;key&gt; &amp; &#39;co&#39;": {
            "deep": [1, {"er": "&lt;b&gt;&amp;&#34;&#39; &amp;amp; \x1b[31m"}],
            "flag": False,
        },
        "id": 9_007_199_254_740_992,
    }


@each_row("text", ["<b>&\"' &amp;", "a\u2028b", "&#39;", "plain"])
def test_unescaping_is_the_inverse(text: str) -> None:
    assert html.unescape(v2.escaped(text)) == text


def test_nothing_empty_stays_in_the_properties_but_false_and_bodies_do(running: Running) -> None:
    events = search(running, columns=["$properties"])
    items = [item for event in events for item in event["$properties"].items()]
    assert False in [value for _, value in items if isinstance(value, bool)]
    empty = {name for name, v in items if not isinstance(v, bool) and v in (None, "", 0)}
    assert empty == {"request_body"}
    assert "min_fps" in events[1]["$properties"]  # of the two windows the one without a zero


def test_newest_first_unless_told_otherwise(running: Running) -> None:
    times = [event["created_at"] for event in search(running)]
    assert times == sorted(times, reverse=True)
    assert [event["created_at"] for event in search(running, sortOrder="asc")] == times[::-1]


@each_row("column", list(v2.COLUMNS))
def test_any_column_is_sorted_by(running: Running, column: str) -> None:
    events = search(running, sortBy=column, sortOrder="asc", columns=[column])
    values = [event.get(column) for event in events]
    if column in ("$event_name", "created_at", "$duration_s", "issue_type", "$auto_captured"):
        unescaped: list[Any] = [html.unescape(v) if isinstance(v, str) else v for v in values]
        assert unescaped == sorted(unescaped)


def test_equal_seconds_come_in_another_order_each_time() -> None:
    rows = many_rows(30, session_id="7", per_second=30)
    with serve(OpenReplay(release="1.27", v2_sessions={"7": rows})) as running:
        path = RICH.replace(RICH_SESSION_ID, "7")
        first, second = ([event["event_id"] for event in search(running, path)] for _ in "12")
    assert first != second
    assert sorted(first) == sorted(second)


@each_row(
    ("start", "end", "seconds"),
    [(0, 3, [0, 1, 2, 3]), (1.999, 2.001, [1, 2]), (2, 2.001, [2]), (90, 99, [])],
)
def test_the_window_is_floored_and_includes_its_ends(
    start: float, end: float, seconds: list[int]
) -> None:
    base = 1_770_000_000_000
    rows = [{"$event_name": "X", "created_at": base + 1000 * n, "session_id": ""} for n in range(5)]
    with serve(OpenReplay(release="1.27", v2_sessions={"7": rows})) as running:
        events = search(
            running,
            RICH.replace(RICH_SESSION_ID, "7"),
            startTimestamp=base + int(start * 1000),
            endTimestamp=base + int(end * 1000),
            sortOrder="asc",
        )
    assert [(event["created_at"] - base) // 1000 for event in events] == seconds


@each_row(("end_ms", "found"), [(999, 0), (1000, 81), (1999, 81), (2000, 248)])
def test_milliseconds_are_only_found_by_a_later_whole_second(end_ms: int, found: int) -> None:
    second = 1_771_578_004_000
    with serve(OpenReplay(release="1.27")) as running:
        window = {"startTimestamp": second, "endTimestamp": second + end_ms}
        path = RICH.replace(RICH_SESSION_ID, STAMPED_SESSION_ID)
        answered = data(ask(running, path, PAGE | window))
    assert answered["total"] == found
    assert all(row["created_at"] <= second + end_ms for row in answered["events"])


@each_row(
    ("release", "session", "total", "copies"),
    [
        ("1.27", STAMPED_SESSION_ID, 1200, 1),
        ("next", DENSE_SESSION_ID, 950, 1),
        ("1.27", DOUBLED_SESSION_ID, 180, 2),
        ("next", DOUBLED_SESSION_ID, 180, 2),
    ],
)
def test_sessions_that_are_hard_to_read_whole(
    release: Release, session: str, total: int, copies: int
) -> None:
    with serve(OpenReplay(release=release)) as running:
        path = RICH.replace(RICH_SESSION_ID, session)
        columns = [*v2.COLUMNS]
        # In an order that has no ties, so that nothing is lost between two pages.
        pages = [
            search(running, path, page=page, columns=columns, sortBy="event_id")
            for page in range(1, total // 200 + 2)
        ]
    rows = Counter(json.dumps(row) for page in pages for row in page)
    assert len(rows) * copies == total
    assert set(rows.values()) == {copies}


def test_one_second_may_have_nine_hundred_events_in_another_order_each_time(
    running: Running,
) -> None:
    path = RICH.replace(RICH_SESSION_ID, DENSE_SESSION_ID)
    start = session_start(DENSE_SESSION_ID) + 25_000
    window = {"startTimestamp": start, "endTimestamp": start + 999}
    answers = [data(ask(running, path, PAGE | window)) for _ in "12"]
    assert [answered["total"] for answered in answers] == [900, 900]
    first, second = ([row["event_id"] for row in answered["events"]] for answered in answers)
    assert set(first) != set(second)


def test_pages_and_what_is_past_them() -> None:
    sessions = {MANY_SESSION_ID: many_rows(450, per_second=1)}
    with serve(OpenReplay(release="1.27", v2_sessions=sessions)) as running:
        path = RICH.replace(RICH_SESSION_ID, MANY_SESSION_ID)
        pages = [data(ask(running, path, PAGE | {"page": page})) for page in (1, 2, 3, 4)]
    assert [(page["total"], len(page["events"])) for page in pages] == [
        (450, 200),
        (450, 200),
        (450, 50),
        (0, 0),
    ]
    assert len({event["event_id"] for page in pages for event in page["events"]}) == 450


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ([{"name": "$event_name", "operator": "is", "value": ["TAP", "CRASH"]}], {"TAP", "CRASH"}),
        (
            [
                {"name": "$event_name", "operator": "is", "value": ["TAP", "CRASH"]},
                {"name": "$event_name", "operator": "isNot", "value": ["TAP"]},
                {"name": "$event_name", "operator": "is"},
            ],
            {"CRASH"},
        ),
    ],
)
def test_filters(running: Running, filters: list[dict[str, object]], names: set[str]) -> None:
    assert {event["$event_name"] for event in search(running, filters=filters)} == names


def plain_filter(name: str, operator: str, *values: str) -> dict[str, object]:
    return {"name": name, "operator": operator, "value": values, "autoCaptured": True}


@each_row(
    ("wanted", "names"),
    [
        (plain_filter("$current_url", "contains", "/api/"), {"REQUEST"}),
        (plain_filter("label", "startsWith", "pay", "x"), {"CLICK"}),
        (plain_filter("label", "endsWith", "carousel"), {"SWIPE"}),
        (plain_filter("label", "notContains", "a", "e"), set()),
        (plain_filter("status", "=", "503"), {"REQUEST"}),
        (plain_filter("status", "!=", "503"), {"REQUEST"}),
        (plain_filter("speed_index", ">=", "1204"), {"LOCATION"}),
        (plain_filter("speed_index", ">", "1204"), set()),
        (plain_filter("$duration_s", ">", "11"), {"REQUEST"}),
        (plain_filter("load_event_end", "<=", "1862"), {"LOCATION"}),
        (plain_filter("load_event_end", "<", "1862"), set()),
        ({"name": "seats", "operator": "is", "value": ["12"]}, {"Plan <upgraded>"}),
        (plain_filter("$email", "is", "nobody@example.com"), set()),
    ],
)
def test_a_filter_of_a_column_a_property_or_a_user(
    running: Running, wanted: dict[str, object], names: set[str]
) -> None:
    events = search(running, filters=[wanted])
    assert {html.unescape(event["$event_name"]) for event in events} == names


def test_a_filter_of_events_always_fails(running: Running) -> None:
    wanted = plain_filter("CLICK", "is") | {"isEvent": True, "propertyOrder": "or"}
    expected = (500, "application/json", b'{"error":"failed to search events"}')
    assert ask(running, RICH, PAGE | {"filters": [wanted]}) == expected


def test_a_filter_that_is_not_played_is_an_error_of_the_test() -> None:
    wanted = {"name": "label", "operator": "regex", "value": ["x"]}
    body = json.dumps(PAGE | {"filters": [wanted]}).encode()
    path = RICH.removeprefix("/v2/api")
    request = Received("POST", path, {"authorization": f"Bearer {API_KEY}"}, body)
    with pytest.raises(NotImplementedError, match="regex"):
        v2.answer(OpenReplay(), request)


def test_tag_triggers_are_never_shown() -> None:
    rows = [{"$event_name": "TAG_TRIGGER", "created_at": 1_770_000_000_000}]
    with serve(OpenReplay(release="1.27", v2_sessions={"7": rows})) as running:
        assert search(running, RICH.replace(RICH_SESSION_ID, "7")) == []


def test_recorded_sessions_are_there_and_follow_their_bodies(running: Running) -> None:
    total = data(ask(running, CHECKOUT, PAGE))["total"]
    store = running.openreplay
    recorded = json.loads(store.sessions[SESSION_IDS["checkout"]])["data"]
    assert total == len(recorded)
    (event, *_) = search(running, CHECKOUT, columns=["$user_id"])
    assert html.unescape(event["$user_id"]) == "amélie.o'neil+vip@example.com"
    with serve(OpenReplay(release="1.27", sessions=dict(store.sessions))) as other:
        search(other, CHECKOUT)
        body = json.dumps({"data": recorded[:3]}).encode()
        other.openreplay.sessions[SESSION_IDS["checkout"]] = body
        assert len(search(other, CHECKOUT)) == 3


# Projects and users


def test_projects(running: Running) -> None:
    rows = data(ask(running, "/v2/api/public/projects"))
    assert [row["projectId"] for row in rows] == [1, 2]
    assert rows[0] == data(ask(running, f"/v2/api/public/projects/{PROJECT_KEY}"))
    assert (rows[0]["tenantId"], rows[0]["metadata10"]) == (0, None)
    with serve(OpenReplay(release="1.27", projects={})) as empty:
        assert data(ask(empty, "/v2/api/public/projects")) is None


def test_a_user(running: Running) -> None:
    row = data(ask(running, MICKAEL))
    assert row["$user_id"] == "mickael@openreplay.com"
    assert row["$first_event_at"] < row["$last_seen"]
    status, _, body = ask(running, MICKAEL + "x")
    assert (status, body) == (404, b'{"error":"user not found"}')


def test_users_are_found_by_a_part_of_their_id(running: Running) -> None:
    path = f"/v2/api/public/{PROJECT_KEY}/users"
    found = data(ask(running, path, {"query": "MICKAEL", "columns": ["$country"]}))
    assert found["total"] == 1
    assert list(found["users"][0]) == sorted(found["users"][0])
    assert found["users"][0]["$country"] == ""
    everyone = data(ask(running, path, {}))["users"]
    assert (
        found["users"][0].items()
        > next(row for row in everyone if row["$user_id"] == "mickael@openreplay.com").items()
    )
    assert data(ask(running, path + "?q=nobody", {})) == {"total": 0, "users": []}


def test_a_project_has_no_jobs(running: Running) -> None:
    assert data(ask(running, f"/v2/api/public/{PROJECT_KEY}/jobs")) == []


def test_a_session_whose_rows_are_known_is_counted_anew_for_a_window() -> None:
    rows = many_rows(30, session_id="7", per_second=1)
    for row in rows[10:]:
        row["$user_id"] = "u"
    listed = {(PROJECT_KEY, "u"): [{"sessionId": "7", "startTs": 0}]}
    openreplay = OpenReplay(release="1.27", v2_sessions={"7": rows}, user_sessions=listed)
    start = rows[0]["created_at"]
    with serve(openreplay) as running:
        window = {"startTimestamp": start, "endTimestamp": start + 19_000}
        path = f"/v2/api/public/{PROJECT_KEY}/users/u/sessions"
        (session,) = data(ask(running, path, window))["sessions"]
        before = {"startTimestamp": start, "endTimestamp": start + 9_000}
        assert data(ask(running, path, before))["sessions"] is None
    assert session == {
        "sessionId": "7",
        "eventsCount": 10,
        "startTs": start + 10_000,
        "endTs": start + 19_000,
    }


def test_the_sessions_of_a_user(running: Running) -> None:
    path = MICKAEL + "/sessions"
    answered = data(ask(running, path, WIDE))
    # The third that v1 lists has no events, so v2 does not know it.
    assert answered["total"] == len(answered["sessions"]) == 2
    assert answered["sessions"][1] == {
        "sessionId": "4813018042986240",
        "eventsCount": 1,
        "startTs": 1_623_440_822_000,
        "endTs": 1_623_440_835_000,
    }
    nothing = {"total": 0, "sessions": None}
    assert data(ask(running, path, WIDE | {"page": 2})) == nothing
    assert data(ask(running, path, WIDE | {"startTimestamp": 1_700_000_000_000})) == nothing
    assert data(ask(running, path, WIDE | {"endTimestamp": 1_600_000_000_000})) == nothing
    assert data(ask(running, MICKAEL + "x/sessions", WIDE)) == nothing


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({}, range(59, 9, -1)),
        ({"sortOrder": "asc", "limit": 200}, range(60)),
        ({"sortOrder": "asc", "limit": 25, "page": 3}, range(50, 60)),
    ],
)
def test_the_sessions_of_a_busy_user_come_in_pages(fields: dict[str, object], shown: range) -> None:
    start = 1_770_000_000_000
    rows = [{"sessionId": str(n), "startTs": start + n * 1000} for n in range(60)]
    openreplay = OpenReplay(release="1.27", user_sessions={(PROJECT_KEY, "busy"): rows})
    with serve(openreplay) as running:
        path = f"/v2/api/public/{PROJECT_KEY}/users/busy/sessions"
        answered = data(ask(running, path, WIDE | fields))
    assert answered["total"] == 60
    assert [row["sessionId"] for row in answered["sessions"]] == [str(n) for n in shown]


@pytest.mark.parametrize("fields", [{"limit": 201}, {"page": -1}, {"sortOrder": "up"}])
def test_a_search_of_sessions_is_checked_too(running: Running, fields: dict[str, object]) -> None:
    status, _, body = ask(running, MICKAEL + "/sessions", WIDE | fields)
    assert status == 400
    assert b"Field validation" in body


# The deployment


def test_faults_happen_to_v2_as_well() -> None:
    with serve(OpenReplay(release="1.27", faults=[Status(502), None])) as running:
        assert [ask(running, RICH, PAGE)[0] for _ in "12"] == [502, 200]


def test_requests_at_once_are_counted() -> None:
    until = threading.Event()
    openreplay = OpenReplay(release="1.27", always=Hold(until))
    with serve(openreplay) as running, ThreadPoolExecutor(3) as pool:
        asked = [pool.submit(ask, running, RICH, PAGE) for _ in range(3)]
        openreplay.wait_for_requests(3)
        until.set()
        assert [reply.result()[0] for reply in asked] == [200] * 3
        assert openreplay.most_in_flight == 3
        ask(running, RICH, PAGE)
    assert openreplay.most_in_flight == 3


def test_a_delay_that_is_over_when_the_answer_is_ready_is_no_end() -> None:
    with serve(OpenReplay(release="1.27", delay_seconds=1e-9)) as running:
        assert ask(running, RICH, PAGE)[0] == 200


def test_a_delay_is_for_every_answer_and_ends_with_the_client() -> None:
    with serve(OpenReplay(release="1.27", delay_seconds=0.01)) as running:
        assert ask(running, RICH, PAGE)[0] == 200
        running.openreplay.delay_seconds = SECONDS
        connection = HTTPConnection("127.0.0.1", running.port, timeout=SECONDS)
        connection.request("GET", RICH)
        running.openreplay.wait_for_requests(2)
        connection.close()
        assert running.openreplay.client_left.wait(SECONDS)


def test_a_server_is_restarted_on_its_port() -> None:
    openreplay = OpenReplay(release="1.27")
    with serve(openreplay) as running:
        port = running.port
        # Still open when the server stops, so that the server's end of it lingers.
        lingering = HTTPConnection("127.0.0.1", port, timeout=SECONDS)
        lingering.request("GET", "/v2/api/public/projects", headers=BEARER)
        lingering.getresponse().read()
    with pytest.raises(ConnectionRefusedError):
        ask(running, RICH, PAGE)
    for _ in range(3):
        with serve(openreplay, port=port) as again:
            assert again.port == port
            assert ask(again, RICH, PAGE)[0] == 200
    lingering.close()
    assert len(openreplay.requests) == 4


@each_row(
    ("release", "base", "known"),
    [
        ("1.21", "/api", False),
        ("1.25", "/api", True),
        ("1.27", "/v2/api", True),
        ("next", "/v2/api", True),
    ],
)
def test_a_server_says_how_to_try_it(release: Release, base: str, known: bool) -> None:
    openreplay = OpenReplay(release=release)
    openreplay.sessions[MANY_SESSION_ID] = b'{"data":[]}'
    shown = describe(Running(openreplay, 4711))
    assert f"OPENREPLAY_URL=http://127.0.0.1:4711{base} " in shown
    assert f"eventview {PROJECT_KEY} {MANY_SESSION_ID}" in shown
    for session in (RICH_SESSION_ID, STAMPED_SESSION_ID, DENSE_SESSION_ID, DOUBLED_SESSION_ID):
        assert (session in shown) is known


@pytest.mark.parametrize("release", ["1.25", "1.27", "next"])
def test_a_recorded_server_says_how_to_try_it(release: Recorded) -> None:
    openreplay = deployment(release)
    project = next(key for key in openreplay.projects if key.endswith("1"))
    shown = describe(Running(openreplay, 4711))
    assert f"OPENREPLAY_API_KEY={openreplay.api_key} " in shown
    assert f"eventview {project} {RECORDED_SESSIONS['shop']}\n" in shown
    assert (RECORDED_SESSIONS["dup"] in shown) is (release != "next")
    assert RICH_SESSION_ID not in shown
