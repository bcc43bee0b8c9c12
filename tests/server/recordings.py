"""The recorded answers of a real OpenReplay, and the data they were recorded from.

Reads `tests/recordings/`. Imports the standard library and `invented_sessions`.
"""

import gzip
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from math import inf
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any, Final
from urllib.parse import unquote

from tests.server.invented_sessions import RICHNESS

RECORDINGS: Final = Path(__file__).parents[1] / "recordings" / "v1"
_FOLDERS: Final = RECORDINGS.parent


@cache
def manifest(folder: str = "v1") -> Any:
    """The manifest of a folder: its recordings and their data. Shared, so not to be changed."""
    return json.loads((_FOLDERS / folder / "manifest.json").read_bytes())


API_KEY: Final[str] = manifest()["api_key"]
PROJECT_KEY: Final[str] = manifest()["project_keys"][0]
SESSION_IDS: Final[dict[str, str]] = manifest()["sessions"]
"""The recorded sessions of release 1.21 by what they are good for: `docs`, `empty` and so on."""


@dataclass(frozen=True)
class Recording:
    """One request to a real server and its answer.

    Attributes:
        target: Path and query as sent, with whatever prefix that server was asked under.
        headers: Those of the request; None stands for an empty value.
        status_line: `HTTP/1.1 200 OK`.
        response_headers: By lower-case name.
        body: As the application wrote it, so without any compression.
        sent: The body of the request.
        curl_extra: Options of the recording curl that are more than a header.
    """

    name: str
    method: str
    target: str
    headers: dict[str, str | None]
    status: int
    status_line: str
    response_headers: dict[str, str]
    body: bytes
    sent: bytes | None = None
    curl_extra: tuple[str, ...] = ()


@cache
def recordings(folder: str = "v1") -> tuple[Recording, ...]:
    """All of a folder, in the order they were made."""
    if folder == "v1":
        return tuple(map(_recording_of_1_21, manifest()["recordings"]))
    return tuple(_recording(folder, row) for row in manifest(folder)["requests"])


def _recording_of_1_21(row: dict[str, Any]) -> Recording:
    request = row["request"]
    return Recording(
        name=row["name"],
        method=request["method"],
        target="/" + request["url"].split("/", 3)[3],
        headers=request["headers"],
        status=row["status"],
        status_line=row["status_line"],
        response_headers=dict(row["response_headers"]),
        body=_body("v1", row["body_file"]),
        curl_extra=tuple(request["curl_extra"]),
    )


def _recording(folder: str, row: dict[str, Any]) -> Recording:
    request = row["request"]
    return Recording(
        name=row["name"],
        method=request["method"],
        target=request["path"],
        headers=request["headers"],
        status=row["status"],
        status_line=f"HTTP/1.1 {row['status']} {row['reason']}",
        response_headers={name.lower(): value for name, value in row["headers"]},
        body=_body(folder, row["body"]),
        sent=None if request["body"] is None else _sent(request["body"]),
    )


def _body(folder: str, file: str | None) -> bytes:
    body = (_FOLDERS / folder / file).read_bytes() if file else b""
    return gzip.decompress(body) if file and file.endswith(".gz") else body


def _sent(shown: str) -> bytes:
    """The body of a request, of which a manifest shows what is no UTF-8 as `\\xff`."""
    return re.sub(
        rb"\\x([0-9a-f]{2})", lambda byte: bytes.fromhex(byte[1].decode()), shown.encode()
    )


def _recorded(target: str) -> dict[tuple[str, ...], bytes]:
    """Bodies of the recordings whose whole target matches, by the groups of the pattern."""
    return {
        tuple(unquote(group) for group in match.groups()): recording.body
        for recording in recordings()
        if recording.method == "GET" and recording.status == 200
        if (match := re.fullmatch(target, recording.target))
    }


def _sessions() -> dict[str, bytes]:
    events = _recorded(r"/api/v1/[^/]+/sessions/(\d+)/events")
    return {id_: events[(id_,)] for id_ in SESSION_IDS.values() if (id_,) in events}


def _projects() -> dict[str, dict[str, Any]]:
    (listing,) = _recorded("/api/v1/projects").values()
    ids = {key: number for number, key in enumerate(manifest()["project_keys"], 1)}
    return {
        row["projectKey"]: {"projectId": ids[row["projectKey"]], **row}
        for row in json.loads(listing)["data"]
    }


def _users(target: str) -> dict[tuple[str, str], Any]:
    return {
        (project, user): data
        for (project, user), body in _recorded(target).items()
        if (data := json.loads(body)["data"])
    }


@dataclass
class Store:
    """Data of the pretended deployment; by default the recordings.

    A test changes it as it likes, also while the server runs.

    Attributes:
        sessions: Session id to the body of its events answer, as release 1.21 writes it. What
            other releases say of these sessions is derived from it.
        v2_sessions: Session id to rows as ClickHouse stores them: plain text, all columns or
            those that are not empty. Both v2 and v1 of 1.24 to 1.26 read them. They come before
            those derived from `sessions`.
        session_projects: Session id to the key of its project. Only v2 minds it; a session that is
            not here belongs to every project.
        v2_users: Project key and user id to the user as v2 has it, before `user_details`.
        poisoned: Ids of sessions whose rows the server fails to write as JSON.
        projects: Project key to the project's row, with its `projectId`.
        user_sessions: Project key and user id to the user's sessions, by session id.
        user_details: Project key and user id to what is known of the user.
        inactive: Keys of projects that are switched off: v1 opens them, v2 does not.
        api_key: The one key that opens all of it.
        projects_pause_seconds: How long a server of 1.23 to 1.26 fails to list its projects again
            once it has; 20 by its default setting.
        clock: Seconds, for that pause.
        chance: Decides the order of what the newer releases do not order.
    """

    sessions: dict[str, bytes] = field(default_factory=_sessions)
    v2_sessions: dict[str, list[dict[str, Any]]] = field(
        default_factory=lambda: {id_: rows() for id_, rows in RICHNESS.items()}
    )
    session_projects: dict[str, str] = field(
        default_factory=lambda: dict.fromkeys((*SESSION_IDS.values(), *RICHNESS), PROJECT_KEY)
    )
    v2_users: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    poisoned: set[str] = field(default_factory=lambda: {SESSION_IDS["poison_nan"]})
    projects: dict[str, dict[str, Any]] = field(default_factory=_projects)
    user_sessions: dict[tuple[str, str], list[dict[str, Any]]] = field(
        default_factory=lambda: _users("/api/v1/([^/]+)/users/([^/?]+)/sessions")
    )
    user_details: dict[tuple[str, str], dict[str, Any]] = field(
        default_factory=lambda: _users("/api/v1/([^/]+)/users/([^/?]+)")
    )
    inactive: set[str] = field(default_factory=set)
    api_key: str = API_KEY
    projects_pause_seconds: float = 20.0
    clock: Callable[[], float] = field(default=monotonic, repr=False)
    chance: Random = field(default_factory=lambda: Random(1), repr=False)  # noqa: S311 - no secret
    _derived: dict[tuple[str, ...], tuple[bytes, list[dict[str, Any]]]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _listed: float = field(default=-inf, init=False, repr=False, compare=False)

    def projects_are_fresh(self) -> bool:
        """Begin another pause if the last is over; False if it is not."""
        now = self.clock()
        fresh = now - self._listed >= self.projects_pause_seconds
        if fresh:
            self._listed = now
        return fresh

    def derive(
        self, body: bytes, derivation: Callable[[bytes], list[dict[str, Any]]], *name: str
    ) -> list[dict[str, Any]]:
        """Return what a body comes to, computed once while the body under a name is the same.

        The list is shared: the caller copies it before changing it.
        """
        source, rows = self._derived.get(name, (None, []))
        if source is not body:
            rows = derivation(body)
            self._derived[name] = (body, rows)
        return rows
