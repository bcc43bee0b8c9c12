"""A server as everybody asks it: where its API may be, what is remembered, who keeps its answers.

Facts about servers, kept between runs: where their API is, and the numbers of their projects.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from eventview.errors import EventviewError, Retype
from eventview.session.source import SessionRef
from eventview.session.text import clean
from eventview.sources.openreplay.base_urls import Endpoint, candidates, root
from eventview.sources.openreplay.http_errors import Subject, refusal
from eventview.sources.openreplay.responses import Response
from eventview.sources.openreplay.transport import Server
from eventview.sources.recorder import ResponseRecorder

CACHE_VARIABLE: Final = "EVENTVIEW_CACHE"

_PROJECTS: Final = "projects of"
"""Before a server's address: the field for its projects. The address alone is that of its API."""


@dataclass(frozen=True, slots=True)
class ApiVersionCache:
    """A file that says for each server where its API was last found, and its projects' numbers.

    A cache: what cannot be read or written is as good as absent.
    """

    path: Path | None = None
    """None keeps nothing."""
    learnt: dict[str, object] = field(default_factory=dict, compare=False)
    """Facts of this run, which are at hand where the file cannot be written."""

    def first(self, root: str, endpoints: Sequence[Endpoint]) -> Sequence[Endpoint]:
        """The endpoints with the one remembered for this server in front."""
        known = self._all().get(root)
        return sorted(endpoints, key=lambda endpoint: [*endpoint] != known)

    def keep(self, root: str, endpoint: Endpoint) -> None:
        """Remember where a server's API is."""
        self._add({root: [*endpoint]})

    def numbers(self, root: str) -> Mapping[str, str]:
        """Return the projects of a server: their keys, each with its number, "" if unknown."""
        kept = self._all().get(f"{_PROJECTS} {root}")
        return kept if isinstance(kept, dict) and all(map(_is_text, kept.values())) else {}

    def keep_numbers(self, root: str, numbers: Mapping[str, str]) -> None:
        """Remember projects as `numbers` gives them; a number that is known stays."""
        kept = self.numbers(root)
        ours = {key: number or kept.get(key, "") for key, number in numbers.items()}
        self._add({f"{_PROJECTS} {root}": {**kept, **ours}})

    def _add(self, facts: Mapping[str, object]) -> None:
        known = self._all()
        if self.path is None or known == {**known, **facts}:
            return
        self.learnt.update(facts)
        with suppress(OSError):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(dir=self.path.parent)
            try:
                with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                    json.dump({**known, **facts}, file, indent=1)
                Path(name).replace(self.path)
            except OSError:
                Path(name).unlink(missing_ok=True)

    def _all(self) -> dict[str, object]:
        if self.path is None:
            return {}
        try:
            known = json.loads(self.path.read_text("utf-8"))
        except (OSError, ValueError, RecursionError):
            known = None
        return {**(known if isinstance(known, dict) else {}), **self.learnt}


NO_CACHE = ApiVersionCache()


@dataclass(frozen=True, slots=True)
class Connection:
    """A server and what is known of it: all that a request to it needs."""

    server: Server
    memory: ApiVersionCache = NO_CACHE
    options: tuple[str, ...] = ()
    """The words of a command line that choose this server and how it is read; never the key."""
    recorder: ResponseRecorder = field(default_factory=ResponseRecorder)
    """Takes the answers that hold events."""
    key: str = "OPENREPLAY_API_KEY"
    """The API key by where it is from, in words."""
    retype: Retype | None = None
    """Takes another API key, where the one at hand was typed."""

    def endpoints(self) -> list[Endpoint]:
        """Return the places to ask in turn, the one that answered last time first."""
        url = self.server.url
        return [*self.memory.first(root(url), candidates(url, self.server.api))]

    def refusal(
        self,
        answer: Response,
        session_ref: SessionRef,
        endpoint: Endpoint,
        subject: Subject = "session",
    ) -> EventviewError:
        """Return the failure that an answer with a status other than 200 stands for."""
        return refusal(
            answer,
            session_ref,
            clean(endpoint.base),
            api=endpoint.api,
            subject=subject,
            key=self.key,
            retype=self.retype,
        )

    def found(self, endpoint: Endpoint) -> None:
        """Remember that this one answered."""
        self.memory.keep(root(self.server.url), endpoint)


class WrongPrefixError(Exception):
    """The API is not there; carries the answer that shows it."""

    def __init__(self, answer: Response) -> None:
        super().__init__(answer.status)
        self.answer = answer


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def default_path(environment: Mapping[str, str]) -> Path:
    """The file in the platform's folder for caches, or in the one the environment names."""
    from platformdirs import user_cache_path

    folder = environment.get(CACHE_VARIABLE, "").strip()
    return (Path(folder) if folder else user_cache_path("eventview")) / "servers.json"
