"""The application: the theme, the palette, and how it ends.

May import `eventview.model`, `eventview.feed`, `eventview.errors` and the screens.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any, ClassVar

from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.events import Event, Key
from textual.screen import Screen

from eventview.errors import EventviewError
from eventview.feed import Feed
from eventview.model.view import Lens
from eventview.tui import commands
from eventview.tui.keys import KeysInOrder
from eventview.tui.screens.session import SessionScreen
from eventview.tui.theme import THEME


class EventviewApp(App[None]):
    """Shows one session.

    Args:
        feed: already started.
        lens: what the command line asked to see.
        jump_ms: the moment to open at, as a replay link has it; None opens at the start.
    """

    CSS_PATH = "eventview.tcss"
    TITLE = "eventview"
    # Textual declares these two so that a type checker takes them for instance variables.
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012
        (0, "-tiny"),
        (60, "-narrow"),
        (110, "-wide"),
    ]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (16, "-tall")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c", "interrupt", "interrupt", show=False, system=True, priority=True)
    ]

    def __init__(self, feed: Feed, lens: Lens, jump_ms: int | None = None) -> None:
        super().__init__()
        self.was_interrupted = False
        # Now rather than when mounted: a change of theme dresses every widget anew.
        self.register_theme(THEME)
        self.theme = THEME.name
        self.session_screen = SessionScreen(feed, lens, jump_ms)
        self._keys = KeysInOrder(self, super().on_event)

    @property
    def failure(self) -> EventviewError | None:
        """Why there was nothing to see; None when there was."""
        return self.session_screen.failure

    async def on_event(self, event: Event) -> None:
        """Let keys in one at a time; ctrl+c need not queue up."""
        if isinstance(event, Key) and not event.is_forwarded and event.key != "ctrl+c":
            await self._keys.take(event)
        else:
            await super().on_event(event)

    def get_default_screen(self) -> Screen[None]:
        """The session itself: there is nothing below it."""
        return self.session_screen

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """The palette: every command that makes sense by name, and the themes."""
        for group in commands.GROUPS:
            for command in group.commands:
                if command.in_palette:
                    # Where the key would have gone: to the pane, or else to the screen.
                    pane = screen.focused
                    target = pane if hasattr(pane, f"action_{command.action}") else screen
                    yield SystemCommand(
                        f"{group.title}: {command.help}",
                        f"key {command.shown}",
                        partial(self.run_action, command.action, target),
                    )
        yield SystemCommand("Theme", "Change the colours", self.action_change_theme)

    def action_interrupt(self) -> None:
        """Copy what the mouse has selected, or else end as ctrl+c ends any other program."""
        if self.screen.get_selected_text():
            self.screen.action_copy_text()
            return
        self.was_interrupted = True
        self.exit()


def run(feed: Feed, lens: Lens, *, jump_ms: int | None = None) -> None:
    """Show a session until the user leaves.

    Raises:
        EventviewError: the user left while there was nothing but this failure to see.
        KeyboardInterrupt: the user left with ctrl+c.
    """
    app = EventviewApp(feed, lens, jump_ms)
    app.run()
    if app.was_interrupted:
        raise KeyboardInterrupt
    if app.failure:
        raise app.failure
