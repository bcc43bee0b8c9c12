"""Sharing what is on the screen: copies, a file, the replay in a browser, a picture.

The exports of the command line write it, from the same `ExportSnapshot`.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from msgspec.structs import replace
from textual.screen import Screen

from eventview.analysis.analysis import Analysis
from eventview.errors import EventviewError
from eventview.progress import Progress, track
from eventview.render import rows
from eventview.session.source import Replay, Source
from eventview.session.text import clean
from eventview.tui.search import PromptError, PromptPurpose
from eventview.tui.session_loader import SessionLoader
from eventview.tui.state import NO_EVENT, SessionState
from eventview.tui.state_changer import StateChanger
from eventview.tui.system.threads import run_in_thread, shown_progress

if TYPE_CHECKING:
    from eventview.export.snapshot import ExportSnapshot
    from eventview.redaction.redact import Redacted
    from eventview.tui.screens.copy_menu import CopyChoice, CopyItem
    from eventview.tui.system.desktop import Desktop

_Result = TypeVar("_Result")

_LONG_NOTICE_S: Final = 20
"""Time to read, or to copy, the path in a notice."""

_STATUS_DELAY_S: Final = 0.5
"""Waiting time after which a notice names what is waited for."""

_WIDE_CELLS: Final = 80
"""Width of a screen with room for the list of endings after a file's name."""


class Sharing:
    """Copies, files and links of what a screen shows.

    Args:
        screen: the screen.
        changer: has the state of the screen.
        loader: has the session's source, for its replay and the command that reopens it.
        desktop: clipboard and browser; None for those of this machine.
    """

    def __init__(
        self,
        screen: Screen[None],
        changer: StateChanger,
        loader: SessionLoader,
        desktop: Desktop | None,
    ) -> None:
        self._screen, self._changer, self._loader = screen, changer, loader
        self._desktop = desktop
        self._redacted: tuple[Analysis, Redacted] | None = None
        self._replays: dict[Source, Replay] = {}

    @property
    def desktop(self) -> Desktop:
        """Clipboard and browser, those of this machine by default."""
        if self._desktop is None:
            from eventview.tui.system.desktop import read_desktop

            app = self._screen.app
            # The callback is called in the thread that copies.
            self._desktop = read_desktop(
                lambda text: app.call_from_thread(app.copy_to_clipboard, text)
            )
        return self._desktop

    # --- the snapshot

    def _take_snapshot(
        self, index: int | None, marks: frozenset[int] = frozenset()
    ) -> ExportSnapshot:
        from eventview.export.snapshot import ExportSnapshot

        state, command = self._changer.state, self._loader.feed.source.command
        return ExportSnapshot(state.view, state.times, cursor=index, marks=marks, command=command)

    def _find_replay(self) -> Replay:
        """Return the session's replay, from the server where it is not known yet.

        Raises:
            EventviewError: the session has no replay, or the server does not answer.
        """
        source = self._loader.feed.source
        if source not in self._replays:
            self._replays[source] = source.replay()
        return self._replays[source]

    async def _prepare(
        self, snapshot: ExportSnapshot, *, is_redacted: bool, wants_replay: bool
    ) -> ExportSnapshot:
        """Return the snapshot ready to be written; notify if that takes long."""
        ask = self._find_replay if wants_replay else None
        status = "Redacting …" if is_redacted else "Asking for the replay link …"
        notify = partial(self._screen.notify, status)
        waiting = self._screen.set_timer(_STATUS_DELAY_S, notify)
        analysis = snapshot.view.analysis

        def prepare() -> ExportSnapshot:
            if is_redacted and (self._redacted is None or self._redacted[0] is not analysis):
                from eventview.redaction.redact import redact_session

                self._redacted = (analysis, redact_session(analysis))
            known = self._redacted[1] if is_redacted and self._redacted is not None else None
            return snapshot.prepare_export(is_redacted=is_redacted, ask=ask, redacted=known)

        try:
            return await self._run_in_thread(prepare)
        finally:
            waiting.stop()

    async def _run_in_thread(self, work: Callable[[], _Result]) -> _Result:
        """Return the result of work in a thread, and show its progress meanwhile."""
        progress = Progress()
        with shown_progress(self._screen, progress, self._show_progress):
            return await run_in_thread(partial(progress.run, work))

    def _show_progress(self, text: str) -> None:
        if text != self._changer.state.export_progress:
            self._changer.show(self._changer.state.change(export_progress=text))

    # --- copies

    async def copy(self) -> None:
        """List what can be copied of the event under the cursor."""
        index = self._find_event()
        if index is None:
            return
        from eventview.tui.screens.copy_menu import CopyScreen

        def copy_chosen(choice: CopyChoice | None) -> None:
            if choice is not None:
                self.copy_as(choice.what, is_redacted=choice.is_redacted)

        menu = CopyScreen(self._take_snapshot(index, self._changer.state.marks), index)
        await self._screen.app.push_screen(menu, copy_chosen)

    def copy_as(self, what: str, *, is_redacted: bool = False) -> None:
        """Copy something of the event under the cursor."""
        index = self._find_event()
        if index is None:
            return
        from eventview.tui.screens.copy_menu import copy_items

        item = next(item for group in copy_items() for item in group if item.what == what)
        marks = self._changer.state.marks if item.is_ticket else frozenset()
        snapshot = self._take_snapshot(index, marks)
        is_redacted = is_redacted or item.is_redacted
        self._run(self._copy(item, snapshot, index, is_redacted=is_redacted))

    def _find_event(self) -> int | None:
        """Return the index of the event under the cursor; notify if no event is shown."""
        index = self._changer.state.index
        if index is None:
            self._screen.notify(NO_EVENT)
        return index

    def _run(self, work: Coroutine[None, None, None]) -> None:
        self._screen.run_worker(work, group="sharing")

    async def _copy(
        self, item: CopyItem, snapshot: ExportSnapshot, index: int, *, is_redacted: bool
    ) -> None:
        snapshot = await self._prepare(
            snapshot, is_redacted=is_redacted, wants_replay=item.wants_replay
        )
        text = await self._run_in_thread(lambda: item.text(snapshot, index))
        if not text:
            replay_failure = snapshot.replay_failure or "redaction leaves it out."
            self._screen.notify(
                item.lack or f"No replay link: {replay_failure}", severity="warning"
            )
            return
        notes = [
            "redacted" if is_redacted else "",
            item.remark(snapshot, index) if item.remark else "",
            "cut to what its tracker takes" if item.is_cut(text) else "",
        ]
        name = ", ".join(filter(None, [f"The {item.name}", *notes]))
        desktop = self.desktop
        copied = await run_in_thread(lambda: desktop.copy(text, what=name, suffix=item.suffix))
        message = copied.message
        if is_redacted and self._redacted is not None:
            number = sum(self._redacted[1].counts.values())
            message += f" Replaced in the session: {rows.pluralize(number, 'value')}."
        self._notify_result(message, succeeded=copied.succeeded)

    def _notify_result(self, message: str, *, succeeded: bool) -> None:
        if succeeded:
            self._screen.notify(message)
        else:
            self._screen.notify(message, severity="warning", timeout=_LONG_NOTICE_S)

    # --- the browser

    def open_replay(self) -> None:
        """Open the replay at the event under the cursor."""
        index = self._find_event()
        if index is not None:
            self._run(self._open_replay(self._take_snapshot(index), index))

    async def _open_replay(self, snapshot: ExportSnapshot, index: int) -> None:
        # The replay opens in the user's own browser, so nothing is redacted.
        try:
            replay = await run_in_thread(self._find_replay)
        except EventviewError as failure:
            self._screen.notify(str(failure), severity="warning")
            return
        link = replace(snapshot, replay=replay).replay_at(index)
        desktop = self.desktop
        opened = await run_in_thread(lambda: desktop.open(link))
        if opened.succeeded:
            self._notify_result(opened.message, succeeded=True)
            return
        # The user may sit at another machine, where the link can be opened.
        copied = await run_in_thread(lambda: desktop.copy(link, what="The replay link"))
        self._notify_result(f"{opened.message} {copied.message}", succeeded=False)

    # --- a file

    def write(self, path: Path, *, is_redacted: bool) -> None:
        """Write the view to a file."""
        self._run(self._write(path, is_redacted=is_redacted))

    async def _write(self, path: Path, *, is_redacted: bool) -> None:
        from eventview.export.atomic import write_lines
        from eventview.export.formats import FORMATS, HAS_REPLAY, TICKETS, format_of

        name = format_of(path) or "text"
        marks = self._changer.state.marks if name in TICKETS else frozenset()
        snapshot = self._take_snapshot(None, marks)
        snapshot = await self._prepare(
            snapshot, is_redacted=is_redacted, wants_replay=name in HAS_REPLAY
        )
        snapshot, remark = await self._run_in_thread(snapshot.narrow_to_hits)

        def write() -> None:
            lines: Iterable[str] = FORMATS[name](snapshot)
            if name not in TICKETS:
                lines = track(lines, "writing", len(snapshot.view.rows))
            write_lines(path, lines)

        if remark:
            remark = f"The find: {remark}"
        elif not snapshot.view.shown:
            remark = "No events are shown, so none were written"
        notes = "".join(f"{part}. " for part in (snapshot.redaction, remark) if part)
        await self._write_file(path, write, f"{notes}Written to")

    async def _write_file(self, path: Path, write: Callable[[], object], prefix: str) -> None:
        try:
            await self._run_in_thread(write)
        except EventviewError as failure:
            self._screen.notify(str(failure), severity="error")
        else:
            self._screen.notify(f"{prefix} {clean(str(path))}.")

    # --- a picture

    def picture(self) -> None:
        """Write a picture of the screen."""
        picture = self._screen.app.export_screenshot(title="eventview")
        name = _file_name(self._changer.state.session.session_id or "session")
        path = _number_path(Path(f"{name}.svg").absolute())

        def write() -> None:
            from eventview.export.atomic import check_writable, write_lines

            check_writable(path)
            write_lines(path, [picture])

        self._run(self._write_file(path, write, "Picture of the screen:"))


class FilePurpose(PromptPurpose):
    """The name of a file to write the view to.

    Args:
        sharing: writes the file.
        session_id: the session's id, for the name to begin with.
        columns: the width of the screen.
        is_redacted: True if the file is to be redacted.
    """

    def __init__(
        self, sharing: Sharing, session_id: str, columns: int, *, is_redacted: bool
    ) -> None:
        name = "redacted" if is_redacted else session_id or "session"
        super().__init__(">", f"{_file_name(name)}.md")
        self._sharing, self._is_redacted = sharing, is_redacted
        self._has_room = columns >= _WIDE_CELLS
        self._confirmed_name = ""
        """File name that has been refused once because the file exists."""

    def describe(self, state: SessionState) -> str:  # noqa: ARG002  # the same in any state
        """Return the endings of file names where there is room."""
        from eventview.export.formats import ENDINGS

        redacted = "redacted · " if self._is_redacted else ""
        return f"{redacted}{ENDINGS}" if self._has_room else redacted

    def accept(self, state: SessionState, text: str) -> SessionState:
        """Write the file."""
        if text.strip():
            path = self._check_path(text.strip())
            self._sharing.write(path, is_redacted=self._is_redacted)
        return state

    def _check_path(self, text: str) -> Path:
        """Return the path that was typed.

        Raises:
            PromptError: it cannot be written, or the file exists.
        """
        from eventview.export.atomic import check_writable
        from eventview.export.formats import ENDINGS, format_of

        if format_of(Path(text)) is None:
            raise PromptError(f"The ending says the format: {ENDINGS}.")
        try:
            path = Path(text).expanduser().absolute()
            check_writable(path)
            is_there = path.exists()
        except EventviewError as failure:
            raise PromptError(failure.reason) from failure
        except (OSError, RuntimeError) as error:
            raise PromptError(f"{error}.") from error
        if is_there and not path.is_file():
            # Writing to a pipe would wait until something reads it.
            raise PromptError("This is no file.")
        if is_there and self._confirmed_name != text:
            self._confirmed_name = text
            raise PromptError("The file exists; Enter once more overwrites it.")
        return path


def _file_name(text: str) -> str:
    """Return a file name for a session's id: letters, digits, `-`, `_` and `.`."""
    kept = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "-" for c in text)
    return f"session-{kept[:40]}" if text != "session" else text


def _number_path(path: Path) -> Path:
    """Return the path, with the next free number if the file exists."""
    numbered = path
    number = 2
    while numbered.exists():
        numbered = path.with_stem(f"{path.stem}-{number}")
        number += 1
    return numbered
