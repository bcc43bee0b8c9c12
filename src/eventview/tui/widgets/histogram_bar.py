"""The histogram bar: events over time and signals of the whole session, on two lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from textual import events
from textual.content import Content
from textual.reactive import var
from textual.widget import Widget

from eventview.analysis.analysis import Analysis
from eventview.analysis.signals import Severity
from eventview.render.histogram import build_histogram
from eventview.tui.state import NO_SESSION, SessionState
from eventview.tui.system.threads import run_in_thread
from eventview.tui.widgets.bars import StateChange

if TYPE_CHECKING:
    from eventview.render.histogram import Bucket, Histogram


_MARK_HERE: Final = ("▲", "bold $text-primary")

_COLOURS: Final = {
    Severity.SEVERE: "bold $text-error",
    Severity.NOTABLE: "$text-warning",
    Severity.NEUTRAL: "$foreground-muted",
}


_MOST_AT_ONCE: Final = 20_000
"""Events of which a histogram is built on the screen's thread: in 4 ms."""


class HistogramBar(Widget):
    """Density of events over time, with pages and signals as letters below; can be clicked."""

    state: var[SessionState] = var(NO_SESSION)

    _histogram: Histogram | None = None
    _analysis: Analysis | None = None
    """Session of the histogram that is shown or being built."""
    _width = 0
    """Width of that histogram."""
    _lines: Sequence[Content] = ()
    _time_ms: int | None = None
    _painted: tuple[Histogram | None, int | None] = (None, None)

    def watch_state(self, state: SessionState) -> None:
        """Show another session, or the place of another event in it."""
        session, index = state.session, state.highlighted_index
        self._time_ms = None
        if index is not None and not session.is_stray(index):
            self._time_ms = session.events[index].time_ms
        histogram = self._build()
        if self._painted != (histogram, self._find_here(histogram)):
            self.refresh()

    def _find_here(self, histogram: Histogram | None) -> int | None:
        """Return the bucket of the cursor's event."""
        if histogram is None or self._time_ms is None:
            return None
        return histogram.bucket_of(self._time_ms)

    def _build(self) -> Histogram | None:
        """Return the histogram for the current width; None if there is nothing to show yet."""
        width = self.size.width
        analysis = self.state.view.analysis
        if not analysis.session.events or not width or not self.display:
            return None
        if analysis is not self._analysis or width != self._width:
            self._analysis, self._width = analysis, width
            if len(analysis.session.events) <= _MOST_AT_ONCE:
                self._take(build_histogram(analysis, width))
            else:
                self.run_worker(self._build_in_thread(analysis, width), exclusive=True)
        is_of_width = self._histogram is not None and len(self._histogram.cells) == width
        return self._histogram if is_of_width else None

    async def _build_in_thread(self, analysis: Analysis, width: int) -> None:
        def build() -> Histogram:
            histogram = build_histogram(analysis, width)
            _ = histogram.cells
            return histogram

        self._take(await run_in_thread(build))
        self.refresh()

    def _take(self, histogram: Histogram) -> None:
        self._histogram = histogram
        parts = (map(make, histogram.cells) for make in (_make_bar, _make_mark))
        self._lines = [_join(each) for each in parts]

    def render(self) -> Content:
        """Render both lines, with the cursor's bucket reversed or marked."""
        histogram = self._build()
        if histogram is None:
            return Content()
        here = self._find_here(histogram)
        self._painted = (histogram, here)
        upper, lower = self._lines
        if here is not None:
            upper = upper.stylize("reverse", here, here + 1)
            if histogram.cells[here].signal is None:
                lower = Content.assemble(lower[:here], _MARK_HERE, lower[here + 1 :])
            else:
                lower = lower.stylize("reverse", here, here + 1)
        return Content("\n").join([upper, lower])

    def on_click(self, event: events.Click) -> None:
        """Go to the event at the clicked time, or to the one with the clicked signal."""
        histogram, analysis = self._build(), self.state.view.analysis
        if histogram is None or histogram.analysis is not analysis:
            return
        number = min(max(event.x - self.styles.padding.left, 0), len(histogram.cells) - 1)
        index = histogram.index_at(number)
        if event.y == 1 and histogram.cells[number].signal is not None:
            index = _find_signal(analysis, histogram, number)
        if index is not None:
            self.post_message(StateChange("go_to", [index]))


def _join(parts: Iterable[tuple[str, str]]) -> Content:
    """Return texts with their styles as one line; joins equal styles, as each slows painting."""
    runs = groupby(parts, key=itemgetter(1))
    return Content.assemble(*(("".join(text for text, _ in run), style) for style, run in runs))


def _find_signal(analysis: Analysis, histogram: Histogram, number: int) -> int | None:
    """Return the index of the first event with the signal that a bucket's letter stands for."""
    session = analysis.session
    for signal in analysis.signals.found:
        time = session.events[signal.at].time_ms
        is_kind = signal.kind is histogram.cells[number].signal and not session.is_stray(signal.at)
        if is_kind and time is not None and histogram.bucket_of(time) == number:
            return signal.at
    return None


def _make_mark(bucket: Bucket) -> tuple[str, str]:
    """Return the mark below a bucket (most severe signal or page) and its style."""
    if (kind := bucket.signal) is None:
        return bucket.mark, "$text-primary"
    return bucket.mark, _COLOURS[Severity.NEUTRAL if kind.is_background else kind.severity]


def _make_bar(bucket: Bucket) -> tuple[str, str]:
    return (
        bucket.density,
        "$foreground-muted" if bucket.is_silence or bucket.is_missing else "$text-secondary",
    )
