"""Progress of long work: its step and a figure, for whoever waits for it.

Work reports to the progress that is current in its thread, and costs next to nothing if none is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic
from typing import ClassVar, Final, TypeVar

_Item = TypeVar("_Item")

_PER_LOOK: Final = 16
"""Items between two looks at the clock: few, because one may take long."""


_LARGE_PART: Final = 5_000
"""Items of a part that takes about as long as nobody takes for a program that hangs."""


class Progress:
    """Progress of the work in one thread, which any thread may read."""

    interval_s: ClassVar[float] = 0.1
    """Least time between two figures of a step."""
    still_s: ClassVar[float] = 0.25
    """Seconds after which a step without a new figure is shown with its time."""

    def __init__(self) -> None:
        self.text = ""
        """Step and figure, such as `redacting 12,000 of 100,000 events`; "" before the first."""
        self._shown_s = self._next_s = 0.0

    @contextmanager
    def as_current(self) -> Iterator[None]:
        """Make this the current progress of the thread."""
        token = _PROGRESS.set(self)
        try:
            yield
        finally:
            _PROGRESS.reset(token)

    def run(self, work: Callable[[], _Item]) -> _Item:
        """Return the result of work whose progress this is."""
        with self.as_current():
            return work()

    def is_due(self) -> bool:
        """Return True if it is time for another figure, which has to follow."""
        now_s = monotonic()
        if now_s < self._next_s:
            return False
        self._next_s = now_s + self.interval_s
        return True

    def show(self, text: str) -> None:
        """Show a step with its figure in place of the one before."""
        self.text, self._shown_s = text, monotonic()

    def describe(self) -> str:
        """Return step and figure, with the seconds since then if it stands still; "" for none."""
        still_s = monotonic() - self._shown_s
        is_still = self.text and still_s > self.still_s
        return f"{self.text}, {still_s:.1f} s" if is_still else self.text


_PROGRESS: Final = ContextVar[Progress | None]("progress", default=None)


def begin_step(text: str) -> None:
    """Report a step that begins, with the number of things that it works on if there are many."""
    progress = _PROGRESS.get()
    if progress is not None:
        progress.show(text)


def report_share(doing: str, share: float) -> None:
    """Report the share of a step that is done, 0 to 1, if it is time for another figure."""
    progress = _PROGRESS.get()
    if progress is not None and progress.is_due():
        progress.show(f"{doing} {share:.0%}".replace("%", " %"))


def report_count(doing: str, done: int, total: int | None = None, unit: str = "events") -> None:
    """Report the number of things that are done, if it is time for another figure.

    Args:
        doing: the step, such as `reading`.
        done: the number of things done.
        total: the number of all; None if it is not known.
        unit: the things, in the plural.
    """
    progress = _PROGRESS.get()
    if progress is not None and progress.is_due():
        of_all = "" if total is None else f" of {total:,}"
        done = done if total is None else min(done, total)
        progress.show(f"{doing} {done:,}{of_all} {unit}")


def track(
    items: Iterable[_Item],
    doing: str,
    total: int,
    unit: str = "events",
    *,
    is_part: bool = False,
) -> Iterable[_Item]:
    """Return items that report their number while they are worked on; see `report_count`.

    Args:
        items: the items.
        doing: the step, such as `redacting`.
        total: the number of items, at least about.
        unit: the items, in the plural.
        is_part: True for a part of a larger step, which is counted only if it is large itself.
    """
    if _PROGRESS.get() is None or (is_part and total < _LARGE_PART):
        return items
    return _count(items, doing, total, unit)


def _count(items: Iterable[_Item], doing: str, total: int, unit: str) -> Iterator[_Item]:
    for number, item in enumerate(items):
        if number and number % _PER_LOOK == 0:
            report_count(doing, number, total, unit)
        yield item
