"""Handing over what is on the screen: copies, a file, the replay in a browser, a picture.

Makes the same handout that the command line makes, and the same outputs write it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
from eventview.tui.system.threads import aside
from eventview.view.options import ViewOptions

if TYPE_CHECKING:
    from eventview.export.snapshot import ExportSnapshot
    from eventview.redaction.redact import Redacted
    from eventview.tui.screens.copy_menu import CopyChoice, CopyItem, CopyOption
    from eventview.tui.system.desktop import Desktop
    from eventview.tui.widgets.prompt import Prompt

_LONG_S: Final = 20

_PATIENCE_S: Final = 0.5
"""Before a word that something is waited for."""

_WIDE: Final = 80
"""Cells of a screen that has room for the endings beside a file's name."""

FILE: Final = ">"
"""The sign of the prompt for a file's name."""


class SharingScreen(SearchScreen):
    """Shows a view of a session and hands it over.

    Args:
        session: what to show.
        options: what the command line asked to see.
        source: where the session comes from, for its replay and the command that reopens it.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings(commands.HANDING)]

    def __init__(self, analysis: Analysis, options: ViewOptions, source: Source) -> None:
        super().__init__(analysis, options)
        self._source = source
        self._is_file_redacted = False
        """How the file is written whose name is being typed."""
        self._told: tuple[Analysis, Redacted] | None = None
        self._replays: dict[Source, Replay] = {}
        self._agreed = ""

    @property
    def outside(self) -> Desktop:
        """The clipboards and the browser there are."""
        raise NotImplementedError

    # --- the handout

    def _snapshot(self, index: int | None, marks: frozenset[int] = frozenset()) -> ExportSnapshot:
        from eventview.export.snapshot import ExportSnapshot

        view, clock = self._view, self._clock
        return ExportSnapshot(view, clock, cursor=index, marks=marks, command=self._source.command)

    def _replay(self) -> Replay:
        """Where the session can be watched; may have to ask the server.

        Raises:
            EventviewError: that is not known.
        """
        source = self._source
        if source not in self._replays:
            self._replays[source] = source.replay()
        return self._replays[source]

    async def _prepared(
        self, snapshot: ExportSnapshot, *, is_redacted: bool, wants_replay: bool
    ) -> ExportSnapshot:
        """The handout ready to be written, and a word where that takes its time."""
        ask = self._replay if wants_replay else None
        word = "Redacting …" if is_redacted else "Asking where to watch it …"
        waiting = self.set_timer(_PATIENCE_S, lambda: self.notify(word))
        analysis = snapshot.view.analysis

        def prepare() -> ExportSnapshot:
            if is_redacted and (self._told is None or self._told[0] is not analysis):
                from eventview.redaction.redact import redacted

                self._told = (analysis, redacted(analysis))
            told = self._told[1] if is_redacted and self._told is not None else None
            return snapshot.prepared(is_redacted=is_redacted, ask=ask, told=told)

        try:
            return await aside(prepare)
        finally:
            waiting.stop()

    # --- copies

    async def action_copy(self) -> None:
        """List what can be copied of the event under the cursor."""
        index = self._here()
        if index is None:
            return
        from eventview.tui.screens.copy_menu import CopyOption, CopyScreen, copies

        snapshot = self._snapshot(index, self._marks)

        def offers(is_redacted: bool) -> Sequence[Sequence[CopyOption]]:  # noqa: FBT001  # a callback
            return [
                [
                    CopyOption(
                        copy.letter,
                        copy.what,
                        copy.name + (", redacted" if copy.is_redacted else ""),
                        copy.previewed(snapshot, index, is_redacted=is_redacted),
                    )
                    for copy in group
                ]
                for group in copies(is_redacted=is_redacted)
            ]

        session = self._view.session
        title = f"Copy #{session.number(index)} {session.events[index].type}"
        await self.app.push_screen(CopyScreen(title, offers), self._copy_chosen)

    def _copy_chosen(self, asked: CopyChoice | None) -> None:
        if asked is not None:
            self._copy_here(asked.what, is_redacted=asked.is_redacted)

    def action_copy_as(self, what: str) -> None:
        """Copy something of the event under the cursor."""
        self._copy_here(what, is_redacted=False)

    def _copy_here(self, what: str, *, is_redacted: bool) -> None:
        from eventview.tui.screens.copy_menu import copies

        index = self._here()
        if index is None:
            return
        copy = next(copy for group in copies() for copy in group if copy.what == what)
        is_redacted = is_redacted or copy.is_redacted
        snapshot = self._snapshot(index, self._marks if copy.is_ticket else frozenset())
        self.run_worker(self._copy(copy, snapshot, index, is_redacted=is_redacted), group="handing")

    async def _copy(
        self, copy: CopyItem, snapshot: ExportSnapshot, index: int, *, is_redacted: bool
    ) -> None:
        from eventview.export.ticket_text import CUT
        from eventview.tui.system import clipboard

        snapshot = await self._prepared(
            snapshot, is_redacted=is_redacted, wants_replay=copy.wants_replay
        )
        text = await aside(lambda: copy.text(snapshot, index))
        if not text:
            lack = (
                copy.lack or f"No replay link: {snapshot.no_replay or 'redaction leaves it out.'}"
            )
            self.notify(lack, severity="warning")
            return
        how = [
            "redacted" if is_redacted else "",
            copy.remark(snapshot, index) if copy.remark else "",
            "cut, as its tracker takes no more"
            if copy.is_ticket and text.rstrip().rpartition("\n")[2].startswith(CUT)
            else "",
        ]
        name = ", ".join(filter(None, [f"The {copy.name}", *how]))
        outside = self.outside.clipboards
        done = await aside(lambda: clipboard.copy(text, outside, what=name, suffix=copy.suffix))
        words = done.words
        if is_redacted and self._told is not None:
            number = sum(self._told[1].counts.values())
            words += f" Replaced in the session: {rows.plural(number, 'value')}."
        self._tell(words, went_well=done.went_well)

    def _tell(self, words: str, *, went_well: bool) -> None:
        if went_well:
            self.notify(words)
        else:
            # Long enough to read, or to copy, the path that is in it.
            self.notify(words, severity="warning", timeout=_LONG_S)

    # --- the browser

    def action_open_replay(self) -> None:
        """Open the replay at the event under the cursor."""
        index = self._here()
        if index is not None:
            self.run_worker(self._open(self._snapshot(index), index), group="handing")

    async def _open(self, snapshot: ExportSnapshot, index: int) -> None:
        from eventview.tui.system import clipboard, desktop

        # The user's own browser: there is nobody to redact for.
        try:
            replay = await aside(self._replay)
        except EventviewError as failure:
            self.notify(str(failure), severity="warning")
            return
        link = replace(snapshot, replay=replay).replay_at(index)
        outside = self.outside
        opened = await aside(lambda: desktop.open_link(link, outside.desktop))
        if opened.went_well:
            self._tell(opened.words, went_well=True)
            return
        # What cannot be opened here can be where the user sits.
        done = await aside(lambda: clipboard.copy(link, outside.clipboards, what="The replay link"))
        self._tell(f"{opened.words} {done.words}", went_well=False)

    # --- a file

    async def action_save(self) -> None:
        """Ask for the file to write the view to."""
        await self._ask_for_file(self._view.session.session_id or "session", is_redacted=False)

    async def action_save_redacted(self) -> None:
        """Ask for the file to write the view to with what is personal replaced."""
        await self._ask_for_file("redacted", is_redacted=True)

    async def _ask_for_file(self, name: str, *, is_redacted: bool) -> None:
        self._agreed, self._is_file_redacted = "", is_redacted
        await self._prompt(FILE, f"{_file_name(name)}.md")

    def _count(self, sign: str) -> str:
        if sign != FILE:
            return super()._count(sign)
        from eventview.export.formats import ENDINGS

        redacted = "redacted · " if self._is_file_redacted else ""
        return f"{redacted}{ENDINGS}" if self.size.width >= _WIDE else redacted

    def _try(self, sign: str, text: str, prompt: Prompt) -> None:
        if sign == FILE:
            prompt.say(self._count(sign))
        else:
            super()._try(sign, text, prompt)

    def _accept(self, sign: str, text: str) -> bool:
        if sign != FILE:
            return super()._accept(sign, text)
        path, problem = self._path(text.strip())
        if problem:
            from eventview.tui.widgets.prompt import Prompt

            self.query_one(Prompt).complain(problem)
            return False
        if text.strip():
            self.run_worker(self._write(path, is_redacted=self._is_file_redacted), group="handing")
        return True

    def _path(self, text: str) -> tuple[Path, str]:
        """The file that a text names, and why it is not written to, in a sentence, or ""."""
        from eventview.export.atomic import check
        from eventview.export.formats import ENDINGS, format_of

        path = Path(text)
        if not text:
            return path, ""
        if format_of(path) is None:
            return path, f"The ending says the format: {ENDINGS}."
        try:
            path = path.expanduser().absolute()
            check(path)
            is_there = path.exists()
        except EventviewError as failure:
            return path, failure.reason
        except (OSError, RuntimeError) as error:
            return path, f"{error}."
        if is_there and not path.is_file():
            # Who writes to a pipe waits for whoever reads it.
            return path, "This is no file."
        if is_there and self._agreed != text:
            self._agreed = text
            return path, "It is there already; Enter once more writes over it."
        return path, ""

    async def _write(self, path: Path, *, is_redacted: bool) -> None:
        from eventview.export.atomic import write_lines
        from eventview.export.formats import FORMATS, HAS_REPLAY, TICKETS, format_of

        name = format_of(path) or "text"
        snapshot = self._snapshot(None, self._marks if name in TICKETS else frozenset())
        snapshot = await self._prepared(
            snapshot, is_redacted=is_redacted, wants_replay=name in HAS_REPLAY
        )
        snapshot, found = await aside(snapshot.of_hits)
        lines = FORMATS[name](snapshot)
        if found:
            found = f"The find: {found}"
        elif not snapshot.view.shown:
            found = "No events are shown, and none written"
        said = "".join(f"{part}. " for part in (snapshot.redaction, found) if part)
        await self._put(path, lambda: write_lines(path, lines), f"{said}Written to")

    async def _put(self, path: Path, write: Callable[[], object], done: str) -> None:
        try:
            await aside(write)
        except EventviewError as failure:
            self.notify(str(failure), severity="error")
        else:
            self.notify(f"{done} {clean(str(path))}.")

    # --- a picture

    def action_picture(self) -> None:
        """Write a picture of the screen."""
        # Once the palette, which this is called from, has gone.
        self.call_after_refresh(self._take_picture)

    def _take_picture(self) -> None:
        picture = self.app.export_screenshot(title="eventview")
        name = _file_name(self._view.session.session_id or "session")
        path = _free(Path(f"{name}.svg").absolute())
        self.run_worker(
            self._put(path, lambda: _write_picture(path, picture), "Picture of the screen:"),
            group="handing",
        )


def _write_picture(path: Path, picture: str) -> None:
    from eventview.export.atomic import check, write_lines

    check(path)
    write_lines(path, [picture])


def _file_name(text: str) -> str:
    """A text as a part of a file's name: letters, digits and little else."""
    kept = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "-" for c in text)
    return f"session-{kept[:40]}" if text != "session" else text


def _free(path: Path) -> Path:
    """The path, with a number where there is such a file already."""
    numbered = path
    number = 2
    while numbered.exists():
        numbered = path.with_stem(f"{path.stem}-{number}")
        number += 1
    return numbered
