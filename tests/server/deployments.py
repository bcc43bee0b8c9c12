"""The deployments that were recorded from genuine code of 1.26, 1.27 and the release after it.

Each holds what its recorded answers tell of its data; of sessions that no answer shows, nothing.
Imports the standard library, `openreplay`, `recordings` and `wire`.
"""

import html
import json
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, Final, Literal

from tests.server.openreplay import OpenReplay
from tests.server.recordings import manifest, recordings

Recorded = Literal["1.25", "1.27", "next"]

FOLDERS: Final[Mapping[Recorded, tuple[str, ...]]] = {
    "1.25": ("v1-clickhouse", "v1-clickhouse-more"),
    "1.27": ("v2", "v2-more"),
    "next": ("v2-next-release",),
}
"""The folders of recordings by the release that answered as theirs did; 1.25 stands for 1.26."""

RECORDED_SESSIONS: Final[Mapping[str, str]] = {
    **{name: id_ for name, id_ in manifest("v2")["sessions"].items() if id_.isdecimal()},
    "y2027many": "4194312388608000077",
    "dup": "4083574374400000009",
    "sdk": "4083909918720000011",
}
"""Ids of the sessions by the names that manifests and recordings give them."""

Row = dict[str, Any]

_ADA: Final = "ada@example.com"
_PAGES: Final = {
    "shop": ("shop_eventview_columns",),
    "mobile": ("mobile",),
    "loadedge": ("loadedge",),
    "y2027": ("y2027",),
    "old2022": ("old2022",),
    "y2027many": ("y2027many_one_second_end_next_second",),
    "dup": ("dup_p1", "dup_p2"),
    "sdk": tuple(f"sdk_same_event_id_p{number}" for number in range(1, 5)),
}
"""The recordings that show whole sessions; of `y2027many`, 145 of its 1,200 events."""


def deployment(release: Recorded) -> OpenReplay:
    """A deployment that holds what was recorded of it."""
    return _DEPLOYMENTS[release]()


def answered(name: str, release: Recorded) -> Any:
    """The `data` of a recorded answer."""
    return _answers(release)[name]


@cache
def _answers(release: Recorded) -> Mapping[str, Any]:
    return {
        recording.name: json.loads(recording.body)["data"]
        for folder in FOLDERS[release]
        for recording in recordings(folder)
        if recording.status == 200 and recording.body.startswith(b'{"data"')
    }


def _stored(release: Recorded, *pages: str) -> list[Row]:
    """The rows behind recorded pages, without what the API does to the texts in them."""
    return [_plain(event) for page in pages for event in answered(page, release)["events"]]


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return html.unescape(value)
    if isinstance(value, dict):
        return {html.unescape(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value


def _sessions() -> dict[str, list[Row]]:
    sessions = {RECORDED_SESSIONS[name]: _stored("1.27", *pages) for name, pages in _PAGES.items()}
    sessions[RECORDED_SESSIONS["shop"]] = _shop(sessions[RECORDED_SESSIONS["shop"]])
    return sessions


def _shop(rows: list[Row]) -> list[Row]:
    """The session with all its columns, and the one row of it that the API hides.

    All columns were recorded of 20 rows only; what they agree on is a fact of the session.
    """
    whole = {row["event_id"]: row for row in _stored("1.27", "shop_all_columns")}
    first, *others = whole.values()
    facts = {
        name: value
        for name, value in first.items()
        if name not in ("$time", "$current_path") and all(row[name] == value for row in others)
    }
    hidden = {"$event_name": "TAG_TRIGGER", "created_at": rows[-1]["created_at"], "$user_id": _ADA}
    return [*(facts | row | whole.get(row["event_id"], {}) for row in rows), hidden]


def _v2() -> OpenReplay:
    known = manifest("v2")
    projects = answered("projects_list", "1.27")
    sessions = _sessions()
    listed = answered("usersessions_ada", "1.27")["sessions"]
    return OpenReplay(
        release="1.27",
        api_key=known["key"],
        projects={row["projectKey"]: row for row in projects} | {known["project3_inactive"]: {}},
        inactive={known["project3_inactive"]},
        sessions={},
        v2_sessions=sessions,
        session_projects=_projects(sessions, known),
        user_sessions={
            (known["project"], _ADA): [
                row | {"duration": row["endTs"] - row["startTs"]} for row in listed
            ]
        },
        user_details={},
        v2_users={(known["project"], _ADA): _plain(answered("user_ada", "1.27"))},
    )


def _next() -> OpenReplay:
    openreplay = _v2()
    openreplay.release = "next"
    openreplay.v2_sessions = {RECORDED_SESSIONS["shop"]: _stored("next", "shop")}
    return openreplay


def _v1() -> OpenReplay:
    known = manifest("v1-clickhouse")
    keys = (known["project"], known["project2"], known["project3_inactive"])
    numbers = {key: number for number, key in enumerate(keys, 1)}
    sessions = _sessions()
    # Stamped when they were inserted, which is another time on another server.
    for name in ("y2027", "old2022"):
        (sent,) = answered(f"events_{name}", "1.25")
        (row,) = sessions[RECORDED_SESSIONS[name]]
        row["created_at"] = sent["timestamp"]
    listed = answered("usersessions_ada", "1.25") + answered("usersessions_window", "1.25")
    return OpenReplay(
        release="1.25",
        api_key=known["key"],
        projects={
            row["projectKey"]: {"projectId": numbers[row["projectKey"]], **row}
            for row in answered("projects_list", "1.25")
        },
        inactive={known["project3_inactive"]},
        sessions={},
        v2_sessions=sessions,
        session_projects=_projects(sessions, known),
        user_sessions={(known["project"], _ADA): _once(listed)},
        user_details={(known["project"], _ADA): answered("user_ada", "1.25")},
    )


def _projects(sessions: Iterable[str], known: Mapping[str, str]) -> dict[str, str]:
    others = {RECORDED_SESSIONS["mobile"]: known["project2"]}
    return dict.fromkeys(sessions, known["project"]) | others


def _once(listed: Iterable[Row]) -> list[Row]:
    return list({row["sessionId"]: row for row in listed}.values())


_DEPLOYMENTS: Final[Mapping[Recorded, Callable[[], OpenReplay]]] = {
    "1.25": _v1,
    "1.27": _v2,
    "next": _next,
}
