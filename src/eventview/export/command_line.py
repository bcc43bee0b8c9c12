"""The command line that shows a view again: target, types, filter, times, moment; never a key."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from eventview.export.snapshot import Handout
from eventview.query.query import ALL_TYPES, STARTING_TYPES
from eventview.session.folding import same_word
from eventview.session.position import Spot
from eventview.session.session import Session
from eventview.session.text import clean
from eventview.view.time_display import Clock, TimeMode
from eventview.view.view import View


def command_line(handout: Handout, cursor: int | None) -> str:
    """The command line as a shell takes it; "" where none names the session.

    Args:
        handout: what it shows.
        cursor: index of the event to begin at.
    """
    return " ".join(map(_quoted, command(handout, cursor)))


def _quoted(word: str) -> str:
    """A word as a shell takes it; what would act without being seen, by its number."""
    if clean(word) == word:
        return shlex.quote(word)
    return "$'" + "".join(map(_escaped, word)) + "'"


def _escaped(character: str) -> str:
    if character in "\\'":
        return f"\\{character}"
    return character if clean(f".{character}") == f".{character}" else f"\\U{ord(character):08x}"


def command(handout: Handout, cursor: int | None) -> Sequence[str]:
    """The words of that command line."""
    if not handout.command:
        return ()
    words = [*handout.command, *_types(handout.view), *_looked_for(handout.view)]
    return [*words, *_place(handout, cursor), *_times(handout.clock, handout.view.session)]


def _types(view: View) -> Iterator[str]:
    types, names = view.lens.types, view.session.type_counts
    if types == STARTING_TYPES:
        return
    if types == ALL_TYPES:
        # Said only where it makes a difference.
        if not all(map(STARTING_TYPES.shows, names)):
            yield from ("--type", "all")
        return
    shown = types.listed if types.only else set(map(same_word, filter(types.shows, names)))
    yield from _option("--type", ",".join(sorted(shown)) or "none")


def _looked_for(view: View) -> Iterator[str]:
    lens = view.lens
    if lens.filter:
        yield from _option("--filter", lens.filter.everywhere(view.session).text)
    if lens.find:
        yield from _option("--find", lens.find.everywhere(view.session).text)
    before, after = lens.reach
    if before or after:
        yield from ("--context", str(before) if before == after else f"{before},{after}")


def _option(name: str, value: str) -> Sequence[str]:
    # A value that begins like an option would be taken for one.
    return (f"{name}={value}",) if value.startswith("-") else (name, value)


def _place(handout: Handout, cursor: int | None) -> Iterator[str]:
    view, window = handout.view, handout.view.lens.window
    if window is None:
        if cursor is not None:
            yield from ("--at", _spot(view.session, cursor).written())
        return
    if window.at is not None:
        spot = window.at.everywhere(view.session)
        time_ms = spot.time_ms(view.session)
        if handout.clock.is_from_zero and spot.offset_ms is not None and time_ms is not None:
            # With `--times` it would count from there.
            spot = Spot.at(time_ms)
        yield from _option("--at", spot.written())
    for name, rows in (("--before", window.before), ("--after", window.after)):
        if rows is not None:
            yield from (name, str(rows))


def _spot(session: Session, index: int) -> Spot:
    """The place of an event: its number or, while others may come before it, its time."""
    time_ms = session.events[index].time_ms
    is_whole = (session.total or 0) <= len(session.events) and not session.gaps
    if not is_whole and session.excerpt is None and time_ms is not None:
        return Spot.at(time_ms)
    return Spot(number=session.number(index))


def _times(clock: Clock, session: Session) -> Iterator[str]:
    match clock.mode:
        case TimeMode.LOCAL:
            yield from ("--times", "local")
        case TimeMode.UTC:
            yield from ("--times", "utc")
        case TimeMode.SINCE_ZERO if clock.zero is not None:
            yield from ("--times", _spot(session, clock.zero).written())
