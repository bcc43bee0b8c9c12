"""A server: its request settings, and the cache of its API version and projects."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

from eventview.errors import Retype, UsageError
from eventview.export.atomic import open_atomic
from eventview.session.text import clean
from eventview.sources import MAX_BYTES
from eventview.sources.openreplay.base_urls import (
    ApiChoice,
    Endpoint,
    candidate_endpoints,
    host,
    server_root,
)
from eventview.sources.openreplay.request_log import NO_LOG, RequestLog, Secret
from eventview.sources.recorder import ResponseRecorder

ANSWER_TIMEOUT_S: Final = 40.0
"""Limit between two parts of an answer, in seconds. OpenReplay gives its database 30 s before it
answers 500, and that answer says more than a timeout would."""

_PROJECTS: Final = "projects of"
"""Prefix of the cache's keys for projects; a server's address alone is the key for its API."""


class RetryPolicy(NamedTuple):
    """Number of attempts at a failing request, and the waits between them."""

    attempts: int = 4
    first_wait_s: float = 0.5
    """First wait in seconds; doubled after each attempt, plus a random part."""
    longest_wait_s: float = 8.0
    longest_asked_s: float = 30.0
    """Longest `Retry-After` to wait for, in seconds; a server that asks for more is down."""
    list_pause_s: float = 20.0
    """`PROJECTS_CACHE_TTL_S` of releases 1.23 to 1.26: seconds until they list projects again."""

    def wait_s(self, number: int) -> float:
        """Return the wait in seconds after an attempt, counted from 1."""
        jitter_s = random.uniform(0, self.first_wait_s)  # noqa: S311  # spreads retries, no secret
        return min(self.first_wait_s * float(2 ** (number - 1)) + jitter_s, self.longest_wait_s)


_RETRY_POLICY: Final = RetryPolicy()


@dataclass
class Server:
    """A server and its request settings; only the key changes, when another is typed."""

    url: str
    """The base URL as the user wrote it."""
    key: Secret
    timeout_s: float = ANSWER_TIMEOUT_S
    """Seconds to wait for the next part of an answer."""
    api: ApiChoice = "auto"
    is_insecure: bool = False
    """True if the key may go unencrypted to another machine."""
    retry_policy: RetryPolicy = _RETRY_POLICY
    log: RequestLog = NO_LOG
    max_bytes: int = MAX_BYTES
    """Limit of a decompressed answer."""
    on_request: Callable[[], object] = lambda: None
    """Function that is called while each answer is awaited, in the thread that waits: for work that
    the request does not need."""


@dataclass(frozen=True)
class ApiVersionCache:
    """A cache file with the last known API and the project numbers of each server.

    A file that cannot be read or written is ignored.
    """

    path: Path | None = None
    """Path of the file; None stores nothing."""
    run_entries: dict[str, object] = field(default_factory=dict, compare=False)
    """Entries of this run, for when the file cannot be written."""

    def sort_endpoints(self, root: str, endpoints: Sequence[Endpoint]) -> Sequence[Endpoint]:
        """Return the endpoints, the one remembered for this server first."""
        known = self._read_entries().get(root)
        return sorted(endpoints, key=lambda endpoint: [*endpoint] != known)

    def remember_endpoint(self, root: str, endpoint: Endpoint) -> None:
        """Remember a server's API."""
        self._add({root: [*endpoint]})

    def project_numbers(self, root: str) -> Mapping[str, str]:
        """Return the numbers of a server's projects by their keys; "" if unknown."""
        kept = self._read_entries().get(f"{_PROJECTS} {root}")
        is_valid = isinstance(kept, dict) and all(isinstance(n, str) for n in kept.values())
        return kept if isinstance(kept, dict) and is_valid else {}

    def remember_numbers(self, root: str, numbers: Mapping[str, str]) -> None:
        """Remember projects in the form of `project_numbers`; known numbers stay."""
        kept = self.project_numbers(root)
        ours = {key: number or kept.get(key, "") for key, number in numbers.items()}
        self._add({f"{_PROJECTS} {root}": {**kept, **ours}})

    def _add(self, entries: Mapping[str, object]) -> None:
        known = self._read_entries()
        if self.path is None or known == {**known, **entries}:
            return
        self.run_entries.update(entries)
        with suppress(OSError, UsageError):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with open_atomic(self.path) as file:
                file.write(json.dumps({**known, **entries}, indent=1).encode())

    def _read_entries(self) -> dict[str, object]:
        if self.path is None:
            return {}
        try:
            known = json.loads(self.path.read_text("utf-8"))
        except (OSError, ValueError, RecursionError):
            known = None
        return {**(known if isinstance(known, dict) else {}), **self.run_entries}


NO_CACHE = ApiVersionCache()


@dataclass(frozen=True)
class Connection:
    """A server with all that a request to it needs."""

    server: Server
    api_cache: ApiVersionCache = NO_CACHE
    options: tuple[str, ...] = ()
    """Command-line options that choose this server; never the key."""
    recorder: ResponseRecorder = field(default_factory=ResponseRecorder)
    """Recorder of the answers with events."""
    key: str = "OPENREPLAY_API_KEY"
    """Source of the API key, for messages."""
    retype: Retype | None = None
    """Callback for another API key, if this one was typed."""

    @property
    def root(self) -> str:
        """Server's address without an end that leads to an API."""
        return server_root(self.server.url)

    @property
    def place(self) -> str:
        """Server's host and port, cleaned."""
        return clean(host(self.server.url))

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the endpoints to try, the one that answered last time first."""
        candidates = candidate_endpoints(self.server.url, self.server.api)
        return self.api_cache.sort_endpoints(self.root, candidates)
