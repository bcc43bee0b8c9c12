"""The one-line bars: the session's title, the find and the place.

The last line: the keys to begin with, as many as there is room for.

What stands in place of the timeline while there is none: loading, empty, failed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from textual.app import ComposeResult
from textual.containers import Container
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Footer, Static
from textual.widgets._footer import FooterKey  # Textual has no public name for it

from eventview.analysis.analysis import Analysis
from eventview.analysis.signals import Severity
from eventview.errors import EventviewError
from eventview.render import rows
from eventview.session.width import clip, width
from eventview.view.time_display import SINCE_START, TimeDisplay
from eventview.view.view import View


class Bar(Widget):
    """A line with something on its left and something on its right."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name for it
        super().__init__(id=id)
        self._left = Content()
        self._right = Content()

    def render(self) -> Content:
        """Both sides; where they would meet, the left one is cut."""
        left, right = self._left, self._right
        room = self.size.width - right.cell_length
        if left.cell_length > room - 1:
            left = left.truncate(max(0, room - 1), ellipsis=True)
        return Content.assemble(left, " " * (room - left.cell_length), right)

    def put(self, left: Content, right: Content) -> None:
        """Show two texts, of which the right one is the more important."""
        self._left, self._right = left, right
        self.refresh()


class TitleBar(Bar):
    """Which session this is, how long, how much of it is shown."""

    def show(self, view: View, clock: TimeDisplay, *, progress: str = "") -> None:
        """Show a view's title.

        Args:
            view: what is shown.
            clock: how the times count.
            progress: what is still being done, in words; "" when all is there.
        """
        session = view.session
        # In the order in which they give way in a narrow place, the last first.
        facts = [progress] if progress else []
        if session.events:
            # What has come of how many is said once.
            is_said = progress and rows.missing(session) and not view.is_hiding
            facts += [] if is_said else [rows.counts(view)]
            facts += [
                rows.length(session),
                _signals(view.analysis),
                rows.pages(session),
                *([rows.doubled(session)] if session.doubled else []),
            ]
            # What times count from, or their zone, is said wherever it is not the start.
            times = f"times {rows.clock_name(session, clock)}"
            facts.insert(len(facts) if clock == SINCE_START else bool(progress), times)
        name = rows.name(session)
        # As much of the name as tells sessions apart.
        least = min(width(name), self.size.width // 3)
        while len(facts) > 1 and width(" · ".join(facts)) + least + 2 > self.size.width:
            facts.pop()
        self.put(
            Content.styled(name, "bold"), Content.styled(" · ".join(facts), "$foreground-muted")
        )
        self._shown = (view, clock, progress)

    def on_resize(self) -> None:
        """Choose anew what there is room for."""
        if self._shown:
            view, clock, progress = self._shown
            self.show(view, clock, progress=progress)

    _shown: tuple[View, TimeDisplay, str] | None = None


def _signals(analysis: Analysis) -> str:
    """How many signals there are that say something went wrong, or at least odd."""
    counts = analysis.signals.counts
    severe = sum(n for kind, n in counts.items() if kind.severity is Severity.SEVERE)
    notable = sum(n for kind, n in counts.items() if kind.severity is Severity.NOTABLE)
    return f"{rows.plural(severe + notable, 'signal')}, {severe:,} severe"


class StatusBar(Bar):
    """How the find stands, or what is striking here, and where in the session the cursor is."""

    def show(
        self, view: View, index: int | None, row: int, *, wrapped: str = "", said: str = ""
    ) -> None:
        """Show the find and the place of the cursor.

        Args:
            view: what is shown.
            index: of the event under the cursor.
            row: of the cursor.
            wrapped: at which end the find began anew; "" where it just went on.
            said: of what the event is a signal; "" when of nothing.
        """
        find = view.options.find
        left = Content()
        if find:
            left = Content.assemble(
                (f"/ {clip(find.text, 40)}  ", "bold"),
                (rows.hits(view, index), "" if view.hits else "$text-error"),
            )
        if view.left_out:
            gap = " · " if find else ""
            left = Content.assemble(left, gap, (view.left_out, "$text-error"))
        if wrapped:
            left = Content.assemble(left, (f" · {wrapped}", "$text-warning"))
        if said:
            gap = "  " if find else ""
            left = Content.assemble(left, gap, (said, "$text-warning"))
        place = "no rows" if view.session.events else ""
        if view.rows:
            share = (row + 1) * 100 // len(view.rows)
            place = f"row {row + 1:,} of {len(view.rows):,} · {share}%"
            if view.number_folded():
                place = f"{rows.plural(view.number_folded(), 'page')} folded · {place}"
        self.put(left, Content.styled(place, "$foreground-muted"))


_KEPT_LONGEST: Final = ("help", "quit")
"""Actions whose keys stay on the narrowest screen: they lead to all others, and out."""


class KeyBar(Footer):
    """Names keys, each whole or not at all."""

    def __init__(self) -> None:
        super().__init__(compact=True, show_command_palette=False)

    def compose(self) -> ComposeResult:
        """The keys there is room for; the others can be pressed all the same."""
        keys = [key for key in super().compose() if isinstance(key, FooterKey)]
        self._choose(keys, self.size.width)
        yield from keys

    def on_resize(self) -> None:
        """Choose anew."""
        self._choose(list(self.query_children(FooterKey)), self.size.width)

    @staticmethod
    def _choose(keys: Sequence[FooterKey], cells: int) -> None:
        """Show as many keys as there are cells for, the first first."""
        # A cell between two of them, and none behind the last.
        room = cells + 1
        by_importance = sorted(keys, key=lambda key: key.action not in _KEPT_LONGEST)
        for key in by_importance:
            needed = width(f"{key.key_display} {key.description} ")
            key.display = needed <= room
            # Once one has no room, those behind it have none either: they would change places.
            room = room - needed if key.display else 0


_TALL = 20
"""Lines of a screen from which paragraphs are set apart."""


class EmptyMessage(Container):
    """A few words in the middle of the screen, as tall as they are in all the room there is."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name for it
        super().__init__(id=id)
        self._words = Static(markup=False)

    def compose(self) -> Iterator[Static]:
        """The words."""
        yield self._words

    def say(self, words: str) -> None:
        """Say what is being done."""
        self.remove_class("-failed")
        self._words.update(Content.styled(words, "$foreground-muted"))

    def wait_for(
        self, place: str, word: str = "", *, what: str = "the session", way_out: str = ""
    ) -> None:
        """Say what is waited for, what is in the way of it, and how to wait no longer."""
        lines = [f"Reading {what} from {place} …", word, way_out]
        self.say("\n\n".join(line for line in lines if line))

    def failed(
        self,
        failure: EventviewError,
        *,
        is_from_list: bool = False,
    ) -> None:
        """Say what happened, why, and what to try.

        Args:
            failure: what happened.
            is_from_list: whether there is a list of sessions to go back to.
        """
        again = " type another key   " if failure.retype else " try again   "
        self.add_class("-failed")
        parts = [
            Content.styled(failure.message, "bold"),
            Content(failure.reason),
            Content(failure.hint),
            Content.assemble(
                ("r", "bold"),
                again,
                *((("Esc", "bold"), " back to the list   ") if is_from_list else ()),
                ("q", "bold"),
                f" quit (exit code {failure.exit_code})",
            ),
        ]
        # A blank line between them only where that leaves them all on the screen.
        gap = "\n\n" if self.app.size.height >= _TALL else "\n"
        self._words.update(Content(gap).join(part for part in parts if part))
