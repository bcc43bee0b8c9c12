"""The histogram bar: events over time and signals of the whole session, on two lines."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from textual import events
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from eventview.analysis.analysis import Analysis
from eventview.analysis.signals import Severity
from eventview.render.histogram import build_histogram

if TYPE_CHECKING:
    from eventview.render.histogram import Bucket, Histogram


_HERE: Final = "▲"

_COLOURS: Final = {
    Severity.SEVERE: "bold $text-error",
    Severity.NOTABLE: "$text-warning",
    Severity.NEUTRAL: "$foreground-muted",
}


class HistogramBar(Widget):
    """Density of events over time, with pages and signals as letters below; can be clicked."""

    @dataclass
    class Picked(Message):
        """Message that a time was clicked."""

        index: int
        """Index of the first event there or after it."""

    def __init__(self) -> None:
        super().__init__()
        self._analysis: Analysis | None = None
        self._histogram: Histogram | None = None
        self._time_ms: int | None = None
        self._painted: tuple[Histogram | None, int | None] = (None, None)

    def show(self, analysis: Analysis, index: int | None) -> None:
        """Show a session and the place of an event in it."""
        session = analysis.session
        if analysis is not self._analysis:
            self._analysis, self._histogram = analysis, None
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
        """Return the histogram for the current width; None if there is nothing to show."""
        width = self.size.width
        analysis = self._analysis
        if analysis is None or not analysis.session.events or not width or not self.display:
            return None
        if self._histogram is None or len(self._histogram.cells) != width:
            self._histogram = build_histogram(analysis, width)
        return self._histogram

    def render(self) -> Content:
        """Render both lines."""
        histogram = self._build()
        if histogram is None:
            return Content()
        here = self._find_here(histogram)
        self._painted = (histogram, here)
        buckets = [(bucket, number == here) for number, bucket in enumerate(histogram.cells)]
        upper = _join(
            (bucket.density, _density_style(bucket, is_here=is_here)) for bucket, is_here in buckets
        )
        lower = _join(_make_mark(bucket, is_here=is_here) for bucket, is_here in buckets)
        return Content("\n").join([upper, lower])

    def on_click(self, event: events.Click) -> None:
        """Post the event at the clicked time, or the one with the clicked signal."""
        histogram, analysis = self._build(), self._analysis
        if histogram is None or analysis is None:
            return
        number = min(max(event.x - self.styles.padding.left, 0), len(histogram.cells) - 1)
        index = histogram.index_at(number)
        if event.y == 1 and histogram.cells[number].signal is not None:
            index = _find_signal(analysis, histogram, number)
        if index is not None:
            self.post_message(self.Picked(index))


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


def _make_mark(bucket: Bucket, *, is_here: bool) -> tuple[str, str]:
    """Return the mark below a bucket (most severe signal, cursor or page) and its style."""
    style = " reverse" if is_here else ""
    if bucket.signal is not None:
        kind = bucket.signal
        severity = Severity.NEUTRAL if kind.is_background else kind.severity
        return bucket.mark, f"{_COLOURS[severity]}{style}"
    if is_here:
        return _HERE, "bold $text-primary"
    return bucket.mark, "$text-primary"


def _density_style(bucket: Bucket, *, is_here: bool) -> str:
    is_empty = bucket.is_silence or bucket.is_missing
    colour = "$foreground-muted" if is_empty else "$text-secondary"
    return f"{colour} reverse" if is_here else colour
