"""The application: the theme, the palette, and how it ends.

Keys one after the other, however fast they come.

Textual sends a key to whatever has the focus when it arrives. Keys that arrive together, as they do
over a slow line, are all sent before the first has had its effect: of `/pay` only the slash would
reach anything, since the prompt it opens is not there yet. Here each key waits until the one before
is done with.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import termios
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.dom import DOMNode
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Event, Key
from textual.notifications import Notify, SeverityLevel
from textual.screen import Screen

from eventview import terminal
from eventview.errors import EventviewError, InternalError
from eventview.session.source import Listing, SessionSummary, Source
from eventview.session.width import wrap
from eventview.tui import commands
from eventview.tui.feed import Feed
from eventview.tui.screens.session import SessionScreen
from eventview.tui.theme import theme

if TYPE_CHECKING:
    from eventview.tui.screens.compare import CompareScreen
    from eventview.tui.screens.sessions import SessionsScreen
    from eventview.tui.system.desktop import Desktop
    from eventview.view.options import InitialView


class KeyQueue:
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


_STDIN: Final = 0

_SWITCH_S: Final = 0.001
"""Seconds after which a thread at work lets the screen's go on; Python's own are 0.005.

To quit while the overview of 100,000 events is made took up to 0.44 s with those, 0.12 s with this.
"""

_NOTICE_EDGES: Final = 3
"""Cells of a notice's width that hold no words: its border and a space at either end."""


class QuickDriver(LinuxDriver):
    """Textual's driver, which ends without the 0.1 to 0.2 s that the thread that reads keys takes.

    That thread is waited for only where keys are read again later, after a stop.
    """

    _goes_on = False

    def suspend_application_mode(self) -> None:
        """Give the terminal back for a while."""
        self._goes_on = True
        super().suspend_application_mode()
        self._goes_on = False

    def disable_input(self) -> None:
        """Read no more keys."""
        if self._goes_on:
            super().disable_input()
            return
        self._key_thread = None
        super().disable_input()
        self.exit_event.set()


class EventviewApp(App[EventviewError]):
    """Shows one session, or a list of sessions to choose from.

    Returns, when it ends, why there was nothing to see; None when there was.

    Args:
        first: a session's feed, already started; or the list of sessions; or two compared.
        opening: how sessions are opened; the moment is for the first alone.
        outside: the clipboards and the browser; None for those of this machine.
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
        Binding("ctrl+c", "interrupt", "interrupt", show=False, system=True, priority=True),
        Binding("ctrl+z", "suspend_process", "suspend", show=False, system=True, priority=True),
    ]

    def __init__(
        self,
        first: Feed | SessionsScreen | CompareScreen,
        opening: InitialView,
        outside: Desktop | None = None,
    ) -> None:
        super().__init__()
        self.ended_by: signal.Signals | None = None
        self.mistake: BaseException | None = None
        """What ended the application before the user did."""
        # Now rather than when mounted: a change of theme dresses every widget anew.
        self._dress()
        self._opening, self._outside = opening, outside
        self.session_screen: SessionScreen | None = None
        self._first: SessionScreen | SessionsScreen | CompareScreen
        if isinstance(first, Feed):
            self._first = self.session_screen = SessionScreen(first, opening, None, outside)
        else:
            self._first = first
        self._keys = KeyQueue(self, super().on_event)

    def get_driver_class(self) -> type[Driver]:
        """Choose as Textual does, but for its own driver."""
        chosen = super().get_driver_class()
        return QuickDriver if chosen is LinuxDriver else chosen

    def _dress(self) -> None:
        # NO_COLOR makes greys of all colours, and of the sixteen some the grey of the background.
        is_of_sixteen = self.console.color_system == "standard" and not self.no_color
        self.set_class(is_of_sixteen, "-sixteen")
        ours = theme(is_of_sixteen=is_of_sixteen)
        self.register_theme(ours)
        self.theme = ours.name

    def on_mount(self) -> None:
        """Let what a notice says go when another screen, or a box, takes its place."""
        self.screen_change_signal.subscribe(
            self, lambda _: self.clear_notifications(), immediate=True
        )
        if not self.is_headless:
            self._take_over_stopping()

    def _take_over_stopping(self) -> None:
        """Replace Textual's handlers of SIGTSTP and SIGCONT.

        After a SIGCONT that follows no SIGTSTP, Textual takes its own raw mode for the mode to
        leave the terminal in; and where no shell could continue the process, it stops all the same.
        """
        raw_mode = termios.tcgetattr(_STDIN)

        def resume() -> None:
            """Undo what a shell does to the terminal of a process that was stopped from outside."""
            termios.tcsetattr(_STDIN, termios.TCSADRAIN, raw_mode)
            self.refresh(layout=True)

        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTSTP, self.action_suspend_process)
        loop.add_signal_handler(signal.SIGCONT, resume)

    def action_suspend_process(self) -> None:
        """Stop as any program does at ctrl+z, with the terminal as it was."""
        loop = asyncio.get_running_loop()
        with self.suspend():
            loop.remove_signal_handler(signal.SIGTSTP)
            # To all of a pipeline, and without effect where no shell could continue it.
            os.kill(0, signal.SIGTSTP)
            loop.add_signal_handler(signal.SIGTSTP, self.action_suspend_process)

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = True,  # noqa: ARG002  # Textual's; what a page said is never markup
    ) -> None:
        """Show a notice, broken between words, or within an address or a path that is longer."""
        cells = self.size.width - _NOTICE_EDGES
        lines = [line for paragraph in message.split("\n") for line in wrap(paragraph, cells)]
        super().notify(
            "\n".join(lines), title=title, severity=severity, timeout=timeout, markup=False
        )

    def on_notify(self, _: Notify) -> None:
        """Show one notice at a time: every one comes through here, and the last is what is so."""
        self.clear_notifications()

    def clear_notifications(self) -> None:
        """Take every notice away, also from the screens that can be seen around a box."""
        super().clear_notifications()
        for screen in self.screen_stack[:-1]:
            screen.query("ToastHolder").remove()

    def on_load(self) -> None:
        """Answer soon, and leave the terminal as it was also when a signal ends the command."""
        sys.setswitchinterval(_SWITCH_S)
        loop = asyncio.get_running_loop()
        for number in terminal.heeded():
            loop.add_signal_handler(number, self._end, number)

    def _end(self, number: signal.Signals) -> None:
        self.ended_by = number
        self.exit()

    def on_sessions_screen_picked(self, message: SessionsScreen.Picked) -> None:
        """Show the session that was chosen, on top of the list."""
        chosen = message.chosen
        feed = Feed(chosen.source()).start()
        screen = SessionScreen(feed, self._opening, chosen.step, self._outside)
        self.session_screen = screen
        self.push_screen(screen, lambda _: message.list_screen.show_place(chosen.place))

    async def on_event(self, event: Event) -> None:
        """Let keys in one at a time; ctrl+c need not queue up. Esc takes a notice away too."""
        if isinstance(event, Key) and not event.is_forwarded and event.key != "ctrl+c":
            if event.key == "escape":
                self.clear_notifications()
            await self._keys.take(event)
        else:
            await super().on_event(event)

    def export_screenshot(self, *, title: str | None = None, simplify: bool = False) -> str:
        """A picture of the screen as SVG, whose columns stand wherever it is looked at.

        Rich leaves indents to no-break spaces, which viewers other than browsers collapse.
        """
        picture = super().export_screenshot(title=title, simplify=simplify)
        return picture.replace("<svg ", '<svg xml:space="preserve" ', 1)

    def get_default_screen(self) -> Screen[None]:
        """The session itself: there is nothing below it."""
        return self._first

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """The palette: every command that makes sense by name, and the themes."""
        groups: Sequence[commands.Group] = getattr(screen, "groups", ())
        for group in groups:
            for command in group.commands:
                name = command.action.partition("(")[0]
                # Where the key would have gone: to the pane, or else to the screen.
                targets = [
                    target
                    for target in (screen.focused, screen)
                    if target is not None and hasattr(target, f"action_{name}")
                ]
                # With nothing to see, there is nothing to do in a pane either.
                if command.in_palette and targets and screen.check_action(name, ()):
                    yield SystemCommand(
                        f"{group.title}: {command.help}",
                        f"key {command.shown}",
                        partial(self.run_action, command.action, targets[0]),
                    )
        yield SystemCommand(
            "Suspend", "key ctrl+z; the shell's fg returns", self.action_suspend_process
        )
        yield SystemCommand("Theme", "Change the colours", self.action_change_theme)

    def _fatal_error(self) -> None:
        """End without Textual's report, which shows the values of variables: keys, for one.

        Textual has no public hook for this.
        """
        self.mistake = sys.exc_info()[1]
        self.panic()

    def action_interrupt(self) -> None:
        """Copy what the mouse has selected, or else end as ctrl+c ends any other program."""
        if self.screen.get_selected_text():
            self.screen.action_copy_text()
            return
        self._end(signal.SIGINT)


def run(feed: Feed, opening: InitialView) -> None:
    """Show a session until the user leaves; for the arguments see `EventviewApp`.

    Raises:
        EventviewError: the user left while there was nothing but this failure to see.
        KeyboardInterrupt: the user left with ctrl+c.
        SystemExit: a signal ended it.
    """
    _run(EventviewApp(feed, opening))


def run_list(
    listing: Listing, open_one: Callable[[SessionSummary], Source], opening: InitialView
) -> None:
    """Show a list of sessions, and those chosen from it, until the user leaves.

    Raises:
        EventviewError: the user left while there was nothing but this failure to see.
        KeyboardInterrupt: the user left with ctrl+c.
        SystemExit: a signal ended it.
    """
    from eventview.tui.screens.sessions import SessionsScreen

    _run(EventviewApp(SessionsScreen(listing, open_one), opening))


def run_comparison(first: Feed, second: Feed, opening: InitialView) -> None:
    """Show two sessions side by side until the user leaves.

    Raises:
        EventviewError: the user left while there was nothing but this failure to see.
        KeyboardInterrupt: the user left with ctrl+c.
        SystemExit: a signal ended it.
    """
    from eventview.tui.screens.compare import CompareScreen

    screen = CompareScreen(first, second, opening.options, opening.rules)
    _run(EventviewApp(screen, opening))


def _run(app: EventviewApp) -> None:
    failure = app.run()
    if app.ended_by is not None:
        terminal.raise_for(app.ended_by)
    if app.mistake is not None:
        raise InternalError(app.mistake)
    if failure is not None:
        raise failure
