"""Sharing what is on the screen: copies, a file, the replay in a browser, a picture.

The exports of the command line write it, from the same `ExportSnapshot`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from textual.binding import BindingType

from eventview.analysis.analysis import Analysis
from eventview.errors import EventviewError
from eventview.render import rows
from eventview.session.source import Replay, Source
from eventview.session.text import clean
from eventview.tui import commands
from eventview.tui.screens.search import SearchScreen
from eventview.tui.system.threads import run_in_thread
from eventview.view.view_options import ViewOptions

if TYPE_CHECKING:
    from eventview.export.snapshot import ExportSnapshot
    from eventview.redaction.redact import Redacted
    from eventview.tui.screens.copy_menu import CopyChoice, CopyItem
    from eventview.tui.system.desktop import Desktop
    from eventview.tui.widgets.prompt import Prompt

_LONG_NOTICE_S: Final = 20
"""Time to read, or to copy, the path in a notice."""

_STATUS_DELAY_S: Final = 0.5
"""Waiting time after which a notice names what is waited for."""

_WIDE_CELLS: Final = 80
"""Width of a screen with room for the list of endings after a file's name."""

_FILE: Final = ">"
"""The sign of the prompt for a file's name."""


class SharingScreen(SearchScreen):
    """A view of a session that can be copied, saved and opened as a replay.

    Args:
        analysis: the session to show, analysed.
        options: the view options of the command line.
        source: the session's source, for its replay and the command that reopens it.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*commands.make_bindings(commands.HANDING)]

    def __init__(self, analysis: Analysis, options: ViewOptions, source: Source) -> None:
        super().__init__(analysis, options)
        self._source = source
        self._is_file_redacted = False
        """True if the file whose name is being typed is to be redacted."""
        self._redacted: tuple[Analysis, Redacted] | None = None
        self._replays: dict[Source, Replay] = {}
        self._confirmed_name = ""
        """File name that has been refused once because the file exists."""

    @property
    def desktop(self) -> Desktop:
        """Clipboard and browser."""
        raise NotImplementedError

    # --- the snapshot

    def _take_snapshot(
        self, index: int | None, marks: frozenset[int] = frozenset()
    ) -> ExportSnapshot:
        from eventview.export.snapshot import ExportSnapshot

        view, clock = self._view, self._clock
        return ExportSnapshot(view, clock, cursor=index, marks=marks, command=self._source.command)

    def _find_replay(self) -> Replay:
        """Return the session's replay, from the server where it is not known yet.

        Raises:
            EventviewError: the session has no replay, or the server does not answer.
        """
        source = self._source
        if source not in self._replays:
            self._replays[source] = source.replay()
        return self._replays[source]

    async def _prepare(
        self, snapshot: ExportSnapshot, *, is_redacted: bool, wants_replay: bool
    ) -> ExportSnapshot:
        """Return the snapshot ready to be written; notify if that takes long."""
        ask = self._find_replay if wants_replay else None
        status = "Redacting …" if is_redacted else "Asking for the replay link …"
        waiting = self.set_timer(_STATUS_DELAY_S, lambda: self.notify(status))
        analysis = snapshot.view.analysis

        def prepare() -> ExportSnapshot:
            if is_redacted and (self._redacted is None or self._redacted[0] is not analysis):
                from eventview.redaction.redact import redact_session

                self._redacted = (analysis, redact_session(analysis))
            known = self._redacted[1] if is_redacted and self._redacted is not None else None
            return snapshot.prepare_export(is_redacted=is_redacted, ask=ask, redacted=known)

        try:
            return await run_in_thread(prepare)
        finally:
            waiting.stop()

    # --- copies

    async def action_copy(self) -> None:
        """List what can be copied of the event under the cursor."""
        index = self._require_event()
        if index is None:
            return
        from eventview.tui.screens.copy_menu import CopyScreen

        def copy_chosen(choice: CopyChoice | None) -> None:
            if choice is not None:
                self.action_copy_as(choice.what, is_redacted=choice.is_redacted)

        menu = CopyScreen(self._take_snapshot(index, self._marks), index)
        await self.app.push_screen(menu, copy_chosen)

    def action_copy_as(self, what: str, *, is_redacted: bool = False) -> None:
        """Copy something of the event under the cursor."""
        index = self._require_event()
        if index is None:
            return
        from eventview.tui.screens.copy_menu import copy_items

        item = next(item for group in copy_items() for item in group if item.what == what)
        is_redacted = is_redacted or item.is_redacted
        snapshot = self._take_snapshot(index, self._marks if item.is_ticket else frozenset())
        self.run_worker(self._copy(item, snapshot, index, is_redacted=is_redacted), group="sharing")

    async def _copy(
        self, item: CopyItem, snapshot: ExportSnapshot, index: int, *, is_redacted: bool
    ) -> None:
        snapshot = await self._prepare(
            snapshot, is_redacted=is_redacted, wants_replay=item.wants_replay
        )
        text = await run_in_thread(lambda: item.text(snapshot, index))
        if not text:
            replay_failure = snapshot.replay_failure or "redaction leaves it out."
            self.notify(item.lack or f"No replay link: {replay_failure}", severity="warning")
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
            self.notify(message)
        else:
            self.notify(message, severity="warning", timeout=_LONG_NOTICE_S)

    # --- the browser

    def action_open_replay(self) -> None:
        """Open the replay at the event under the cursor."""
        index = self._require_event()
        if index is not None:
            self.run_worker(self._open_replay(self._take_snapshot(index), index), group="sharing")

    async def _open_replay(self, snapshot: ExportSnapshot, index: int) -> None:
        # The replay opens in the user's own browser, so nothing is redacted.
        try:
            replay = await run_in_thread(self._find_replay)
        except EventviewError as failure:
            self.notify(str(failure), severity="warning")
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

    async def action_save(self) -> None:
        """Ask for the file to write the view to."""
        await self._ask_for_file(self._view.session.session_id or "session", is_redacted=False)

    async def action_save_redacted(self) -> None:
        """Ask for the file to write the redacted view to."""
        await self._ask_for_file("redacted", is_redacted=True)

    async def _ask_for_file(self, name: str, *, is_redacted: bool) -> None:
        self._confirmed_name, self._is_file_redacted = "", is_redacted
        await self._open_prompt(_FILE, f"{_file_name(name)}.md")

    def _describe_prompt(self, sign: str) -> str:
        if sign != _FILE:
            return super()._describe_prompt(sign)
        from eventview.export.formats import ENDINGS

        redacted = "redacted · " if self._is_file_redacted else ""
        return f"{redacted}{ENDINGS}" if self.size.width >= _WIDE_CELLS else redacted

    def _preview(self, prompt: Prompt, text: str) -> None:
        if prompt.sign == _FILE:
            prompt.show_count(self._describe_prompt(prompt.sign))
        else:
            super()._preview(prompt, text)

    def _accept(self, prompt: Prompt, text: str) -> bool:
        if prompt.sign != _FILE:
            return super()._accept(prompt, text)
        path, problem = self._check_path(text.strip())
        if problem:
            prompt.show_error(problem)
            return False
        if text.strip():
            self.run_worker(self._write(path, is_redacted=self._is_file_redacted), group="sharing")
        return True

    def _check_path(self, text: str) -> tuple[Path, str]:
        """Return the path that was typed and a sentence why it cannot be written, or ""."""
        from eventview.export.atomic import check_writable
        from eventview.export.formats import ENDINGS, format_of

        path = Path(text)
        if not text:
            return path, ""
        if format_of(path) is None:
            return path, f"The ending says the format: {ENDINGS}."
        try:
            path = path.expanduser().absolute()
            check_writable(path)
            is_there = path.exists()
        except EventviewError as failure:
            return path, failure.reason
        except (OSError, RuntimeError) as error:
            return path, f"{error}."
        if is_there and not path.is_file():
            # Writing to a pipe would wait until something reads it.
            return path, "This is no file."
        if is_there and self._confirmed_name != text:
            self._confirmed_name = text
            return path, "The file exists; Enter once more overwrites it."
        return path, ""

    async def _write(self, path: Path, *, is_redacted: bool) -> None:
        from eventview.export.atomic import write_lines
        from eventview.export.formats import FORMATS, HAS_REPLAY, TICKETS, format_of

        name = format_of(path) or "text"
        snapshot = self._take_snapshot(None, self._marks if name in TICKETS else frozenset())
        snapshot = await self._prepare(
            snapshot, is_redacted=is_redacted, wants_replay=name in HAS_REPLAY
        )
        snapshot, remark = await run_in_thread(snapshot.narrow_to_hits)
        lines = FORMATS[name](snapshot)
        if remark:
            remark = f"The find: {remark}"
        elif not snapshot.view.shown:
            remark = "No events are shown, so none were written"
        notes = "".join(f"{part}. " for part in (snapshot.redaction, remark) if part)
        await self._write_file(path, lambda: write_lines(path, lines), f"{notes}Written to")

    async def _write_file(self, path: Path, write: Callable[[], object], prefix: str) -> None:
        try:
            await run_in_thread(write)
        except EventviewError as failure:
            self.notify(str(failure), severity="error")
        else:
            self.notify(f"{prefix} {clean(str(path))}.")

    # --- a picture

    def action_picture(self) -> None:
        """Write a picture of the screen."""
        # The palette, which calls this, must not be in the picture.
        self.call_after_refresh(self._take_picture)

    def _take_picture(self) -> None:
        picture = self.app.export_screenshot(title="eventview")
        name = _file_name(self._view.session.session_id or "session")
        path = _number_path(Path(f"{name}.svg").absolute())

        def write() -> None:
            from eventview.export.atomic import check_writable, write_lines

            check_writable(path)
            write_lines(path, [picture])

        work = self._write_file(path, write, "Picture of the screen:")
        self.run_worker(work, group="sharing")


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
