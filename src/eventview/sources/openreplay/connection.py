"""A server as everybody asks it: where its API may be, what is remembered, who keeps its answers."""

from __future__ import annotations

from dataclasses import dataclass, field

from eventview.errors import EventviewError, Retype
from eventview.session.source import Origin
from eventview.session.text import clean
from eventview.sources.openreplay.base_urls import Endpoint, candidates, root
from eventview.sources.openreplay.http_errors import Answer, Subject, refusal
from eventview.sources.openreplay.memory import NO_MEMORY, Memory
from eventview.sources.openreplay.transport import Server
from eventview.sources.recorder import Keeper


class WrongPrefixError(Exception):
    """The API is not there; carries the answer that shows it."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Desk:
    """A server and what is known of it: all that a request to it needs."""

    server: Server
    memory: Memory = NO_MEMORY
    options: tuple[str, ...] = ()
    """The words of a command line that choose this server and how it is read; never the key."""
    keeper: Keeper = field(default_factory=Keeper)
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
        self, answer: Answer, origin: Origin, endpoint: Endpoint, subject: Subject = "session"
    ) -> EventviewError:
        """Return the failure that an answer with a status other than 200 stands for."""
        return refusal(
            answer,
            origin,
            clean(endpoint.base),
            api=endpoint.api,
            subject=subject,
            key=self.key,
            retype=self.retype,
        )

    def found(self, endpoint: Endpoint) -> None:
        """Remember that this one answered."""
        self.memory.keep(root(self.server.url), endpoint)
