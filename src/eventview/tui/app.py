"""The application: theme, palette, notices, key order, signals and exit.

`run`, `run_list` and `run_comparison` show it until the user leaves.
"""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
import termios
from codecs import getincrementaldecoder
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from select import select
from typing import TYPE_CHECKING, Any, ClassVar, Final

from rich.console import RenderableType
from textual._compositor import CompositorUpdate  # Textual has no public name for it
from textual._xterm_parser import XTermParser
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.constants import ESCAPE_DELAY
from textual.dom import DOMNode
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Event, Key
from textual.notifications import Notify, SeverityLevel
from textual.screen import Screen

from eventview import terminal
from eventview.errors import EventviewError, InternalError
from eventview.session.source import SessionSummary, Source
from eventview.session.text import wrap
from eventview.tui import commands
from eventview.tui.feed import Feed, ListingFeed
from eventview.tui.screen_diff import ScreenDiff
from eventview.tui.screens.session import SessionScreen
from eventview.tui.theme import choose_theme

if TYPE_CHECKING:
    from eventview.tui.screens.compare import CompareScreen
    from eventview.tui.screens.sessions import SessionsScreen
    from eventview.tui.system.desktop import Desktop
    from eventview.view.view_options import InitialView


_STDIN: Final = 0

_SWITCH_S: Final = 0.001
"""Seconds after which a busy thread yields to the screen's thread; Python's default is 0.005.

Quitting during the overview of 100,000 events took up to 0.44 s with the default, 0.12 s with this.
"""

_GC_THRESHOLD: Final = (10_000, 20, 50)
"""Garbage collection thresholds: a first collection takes 10 ms, during which no key is answered.
An export, with a higher first threshold, takes a fifteenth less time."""

_READ_S: Final = 0.1
"""Seconds after which the thread that reads keys looks whether the application has ended."""

_READ_BYTES: Final = 4096

_NOTICE_EDGES: Final = 3
"""Cells of a notice's width without text: its border and a space at either end."""


def run(feed: Feed, initial_view: InitialView) -> None:
    """Show a session until the user leaves; see `EventviewApp` for the arguments.

    Raises:
        EventviewError: the user left while only this failure was shown.
        KeyboardInterrupt: the user left with ctrl+c.
        SystemExit: a signal ended it.
    """
    _run(EventviewApp(feed, initial_view))


def run_list(
    feed: ListingFeed, open_one: Callable[[SessionSummary], Source], initial_view: InitialView
) -> None:
    """Show a list of sessions, and those chosen from it, until the user leaves.

    Raises:
        Exception: as `run`.
    """
    from eventview.tui.screens.sessions import SessionsScreen

    _run(EventviewApp(SessionsScreen(feed, open_one), initial_view))


def run_comparison(first: Feed, second: Feed, initial_view: InitialView) -> None:
    """Show two sessions side by side until the user leaves.

    Raises:
        Exception: as `run`.
    """
    from eventview.tui.screens.compare import CompareScreen

    screen = CompareScreen(first, second, initial_view.options, initial_view.rules)
    _run(EventviewApp(screen, initial_view))


def _run(app: EventviewApp) -> None:
    failure = app.run()
    if app.exit_signal is not None:
        terminal.raise_for_signal(app.exit_signal)
    if app.unexpected_error is not None:
        raise InternalError(app.unexpected_error)
    if failure is not None:
        raise failure


class EventviewApp(App[EventviewError]):
    """Application that shows a session, a list of sessions or a comparison.

    Its return value is the failure that left nothing to show; None if something was shown.

    Args:
        first: a session's feed, already started; or the screen of a list or a comparison.
        initial_view: initial view of sessions; its position is for the first session only.
        desktop: the clipboard and the browser; None for those of this machine.
    """

    CSS_PATH = "eventview.tcss"
    TITLE = "eventview"
    # Textual annotates these two as instance variables, so ClassVar would be an error.
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
        initial_view: InitialView,
        desktop: Desktop | None = None,
    ) -> None:
        super().__init__()
        self.exit_signal: signal.Signals | None = None
        self.unexpected_error: BaseException | None = None
        """Unexpected exception that ended the application."""
        # NO_COLOR turns colours into greys, and some of the sixteen into the background's grey.
        is_of_sixteen = self.console.color_system == "standard" and not self.no_color
        if is_of_sixteen:
            self.add_class("-sixteen")
            self.css_path.append(Path(__file__).with_name("sixteen.tcss"))
        theme = choose_theme(is_of_sixteen=is_of_sixteen)
        self.register_theme(theme)
        # A change of theme would parse all styles again.
        self.set_reactive(App.theme, theme.name)
        self.stylesheet.set_variables(self.get_css_variables())
        self._initial_view, self._desktop = initial_view, desktop
        self.session_screen: SessionScreen | None = None
        self._first: SessionScreen | SessionsScreen | CompareScreen
        if isinstance(first, Feed):
            self._first = self.session_screen = SessionScreen(first, initial_view, None, desktop)
        else:
            self._first = first
        # Textual does not read the style sheets of a default screen.
        self.css_path += self._first.css_path
        self._keys = KeyQueue(self, super().on_event)
        self._screen_diff = ScreenDiff()

    def get_driver_class(self) -> type[Driver]:
        """Return Textual's choice, with `QuickDriver` in place of `LinuxDriver`."""
        chosen = super().get_driver_class()
        return QuickDriver if chosen is LinuxDriver else chosen

    def on_mount(self) -> None:
        """Clear notices whenever another screen or dialog opens, and install stop handlers."""
        self.screen_change_signal.subscribe(
            self, lambda _: self.clear_notifications(), immediate=True
        )
        if not self.is_headless:
            self._handle_stop_signals()

    def _handle_stop_signals(self) -> None:
        """Replace Textual's handlers of SIGTSTP and SIGCONT.

        After a SIGCONT without a SIGTSTP, Textual takes its own raw mode for the mode to restore
        at exit; and it stops even where no shell could continue the process.
        """
        raw_mode = termios.tcgetattr(_STDIN)

        def resume() -> None:
            """Restore raw mode, which a shell resets when another process stopped this one."""
            termios.tcsetattr(_STDIN, termios.TCSADRAIN, raw_mode)
            self._screen_diff.forget()
            self.refresh(layout=True)

        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTSTP, self.action_suspend_process)
        loop.add_signal_handler(signal.SIGCONT, resume)

    def action_suspend_process(self) -> None:
        """Suspend the process and restore the terminal's mode, as other programs do at ctrl+z."""
        loop = asyncio.get_running_loop()
        with self.suspend():
            loop.remove_signal_handler(signal.SIGTSTP)
            # To the process group: it stops a whole pipeline, and does nothing without a shell.
            os.kill(0, signal.SIGTSTP)
            loop.add_signal_handler(signal.SIGTSTP, self.action_suspend_process)
            # No SIGCONT follows where nothing stopped, but the terminal's screen was cleared.
            self._screen_diff.forget()

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = True,  # noqa: ARG002  # text from a page is never markup
    ) -> None:
        """Show a notice, wrapped between words, or within a URL or path that is too long."""
        cells = self.size.width - _NOTICE_EDGES
        lines = [line for paragraph in message.split("\n") for line in wrap(paragraph, cells)]
        super().notify(
            "\n".join(lines), title=title, severity=severity, timeout=timeout, markup=False
        )

    def on_notify(self, _: Notify) -> None:
        """Clear older notices, so that only the latest is shown."""
        self.clear_notifications()

    def clear_notifications(self) -> None:
        """Remove all notices, including those on the screens below a dialog."""
        super().clear_notifications()
        for screen in self.screen_stack[:-1]:
            screen.query("ToastHolder").remove()

    def on_resize(self) -> None:
        """Write the whole screen again, because terminals do not keep it in another size."""
        self._screen_diff.forget()
        self.refresh()

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        """Write what differs from what the terminal shows; Textual has no public hook for it."""
        if isinstance(renderable, CompositorUpdate):
            renderable = self._screen_diff.reduce(renderable)
        super()._display(screen, renderable)

    def on_load(self) -> None:
        """Shorten what holds up keys and end cleanly, with the terminal restored, on a signal."""
        sys.setswitchinterval(_SWITCH_S)
        gc.set_threshold(*_GC_THRESHOLD)
        loop = asyncio.get_running_loop()
        for number in terminal.list_ending_signals():
            loop.add_signal_handler(number, self._end, number)

    def _end(self, number: signal.Signals) -> None:
        self.exit_signal = number
        self.exit()

    def on_sessions_screen_picked(self, message: SessionsScreen.Picked) -> None:
        """Open the chosen session on top of the list."""
        chosen = message.chosen
        feed = Feed(chosen.source()).start()
        screen = SessionScreen(feed, self._initial_view, chosen.step, self._desktop)
        self.session_screen = screen
        self._add_breakpoint_classes(screen)
        self.push_screen(screen, lambda _: message.list_screen.show_place(chosen.place))

    async def on_event(self, event: Event) -> None:
        """Queue keys, except ctrl+c, which acts at once; Esc clears notices too."""
        if isinstance(event, Key) and not event.is_forwarded and event.key != "ctrl+c":
            if event.key == "escape":
                self.clear_notifications()
            await self._keys.take(event)
        else:
            await super().on_event(event)

    def export_screenshot(self, *, title: str | None = None, simplify: bool = False) -> str:
        """Return the screen as SVG with aligned columns in every viewer.

        Rich indents with no-break spaces, which viewers other than browsers collapse.
        """
        picture = super().export_screenshot(title=title, simplify=simplify)
        return picture.replace("<svg ", '<svg xml:space="preserve" ', 1)

    def get_default_screen(self) -> Screen[None]:
        """Return the first screen, so that none lies below it."""
        self._add_breakpoint_classes(self._first)
        return self._first

    def _add_breakpoint_classes(self, screen: Screen[Any]) -> None:
        """Add classes that Textual adds only after the first picture, which it then repeats."""
        for breakpoints, cells in (
            (self.HORIZONTAL_BREAKPOINTS, self.size.width),
            (self.VERTICAL_BREAKPOINTS, self.size.height),
        ):
            name = max(each for each in breakpoints if each[0] <= cells)[1]
            screen.add_class(name, update=False)

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Yield the palette's commands: those of the screen that apply, suspend and theme."""
        groups: Sequence[commands.Group] = getattr(screen, "groups", ())
        for group in groups:
            for command in group.commands:
                name = command.action.partition("(")[0]
                # The command's key would go to the focused pane first, then to the screen.
                targets = [
                    target
                    for target in (screen.focused, screen)
                    if target is not None and hasattr(target, f"action_{name}")
                ]
                # The screen decides, because a pane does not know that there are no events.
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

    async def _close_all(self) -> None:
        """Leave the widgets as they are; the process ends with them. Textual has no public hook.

        To close one after the other would take a third of the time that it takes to leave.
        """
        if self.is_headless:
            await super()._close_all()

    def _fatal_error(self) -> None:
        """End without Textual's report, which shows variables' values and so API keys.

        Textual has no public hook for this.
        """
        self.unexpected_error = sys.exc_info()[1]
        self.panic()

    def action_interrupt(self) -> None:
        """Copy the text selected with the mouse; without a selection, end as on SIGINT."""
        if self.screen.get_selected_text():
            self.screen.action_copy_text()
            return
        self._end(signal.SIGINT)


class KeyQueue:
    """Queue that sends a key only after the one before has had its effect.

    Textual sends a key to whatever has the focus when it arrives. Keys that arrive together, for
    example over a slow line, would all be sent before the first has had its effect: only the slash
    of `/pay` would reach anything, because the prompt that it opens does not exist yet.

    Args:
        app: the application that receives the keys.
        send: sends one key.
    """

    def __init__(self, app: App[Any], send: Callable[[Key], Awaitable[None]]) -> None:
        self._app = app
        self._send = send
        self._waiting: deque[Key] = deque()
        self._at: DOMNode | None = None
        """Node that the key under way has reached; None without such a key."""

    async def take(self, key: Key) -> None:
        """Send a key, at once or when the keys before it are done."""
        self._waiting.append(key)
        # A widget that was removed never reports that its key is done.
        if self._at is None or not self._at.is_running:
            await self._send_next()

    async def _send_next(self) -> None:
        self._at = None
        while self._waiting and self._at is None:
            screen = self._app.screen
            if not screen.is_attached:
                # The application is ending.
                return
            path = (screen.focused or screen).ancestors_with_self
            await self._send(self._waiting.popleft())
            self._follow(path)

    def _follow(self, path: Sequence[DOMNode]) -> None:
        """Wait behind the key at the first node of its path, then at those it bubbles to."""
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


class QuickDriver(LinuxDriver):
    """Textual's driver, without the 0.1 to 0.2 s wait at exit for the thread that reads keys.

    It waits for that thread only before a suspension, after which keys are read again.
    """

    _is_suspending = False

    def suspend_application_mode(self) -> None:
        """Give the terminal back until the application resumes."""
        self._is_suspending = True
        super().suspend_application_mode()
        self._is_suspending = False

    def run_input_thread(self) -> None:
        """Read keys until the end.

        Textual would notice up to 0.2 s later that nothing follows an Esc.
        """
        parser, decode = XTermParser(), getincrementaldecoder("utf-8")("replace").decode
        wait_s = _READ_S
        while not self.exit_event.is_set():
            is_ready = bool(select([self.fileno], [], [], wait_s)[0])
            wait_s = ESCAPE_DELAY if is_ready else _READ_S
            text = decode(os.read(self.fileno, _READ_BYTES)) if is_ready else ""
            for message in chain(parser.feed(text) if text else (), parser.tick()):
                self.process_message(message)

    def disable_input(self) -> None:
        """Stop reading keys."""
        if self._is_suspending:
            super().disable_input()
            return
        self._key_thread = None
        super().disable_input()
        self.exit_event.set()
