"""Keys one after the other, however fast they come.

Textual sends a key to whatever has the focus when it arrives. Keys that arrive together, as they do
over a slow line, are all sent before the first has had its effect: of `/pay` only the slash would
reach anything, since the prompt it opens is not there yet. Here each key waits until the one before
is done with.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from textual.app import App
from textual.dom import DOMNode
from textual.events import Key


class KeysInOrder:
    """Holds keys back while one is under way.

    Args:
        app: whose keys these are.
        send: sends one key on its way.
    """

    def __init__(self, app: App[Any], send: Callable[[Key], Awaitable[None]]) -> None:
        self._app = app
        self._send = send
        self._waiting: deque[Key] = deque()
        self._at: DOMNode | None = None
        """Where the key under way is; None when there is none."""

    async def take(self, key: Key) -> None:
        """Send a key, now or when those before it are done with."""
        self._waiting.append(key)
        # A widget that is gone took the key with it.
        if self._at is None or not self._at.is_running:
            await self._send_next()

    async def _send_next(self) -> None:
        self._at = None
        while self._waiting and self._at is None:
            screen = self._app.screen
            if not screen.is_attached:
                # The application is on its way out: there is nothing left to do to it.
                return
            path = (screen.focused or screen).ancestors_with_self
            await self._send(self._waiting.popleft())
            self._follow(path)

    def _follow(self, path: Sequence[DOMNode]) -> None:
        """Queue up behind the key, where it is and then wherever it bubbles to."""
        for number, node in enumerate(path, start=1):
            self._at = node
            if node.call_later(self._follow_on, path[number:]):
                return
        self._at = None

    async def _follow_on(self, rest: Sequence[DOMNode]) -> None:
        if rest:
            self._follow(rest)
        else:
            await self._send_next()
