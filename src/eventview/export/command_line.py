"""Command line that reopens a view: session, types, queries, times and position; never a key."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from eventview.export.snapshot import ExportSnapshot
from eventview.query.query import ALL_TYPES, STARTING_TYPES
from eventview.session.folding import fold_word
from eventview.session.position import Position
from eventview.session.session import Session
from eventview.session.text import clean
from eventview.view.time_display import TimeMode
from eventview.view.view import View


def command_line(snapshot: ExportSnapshot, cursor: int | None) -> str:
    """Return the command line, quoted for a shell; "" if none can name the session.

    Args:
        snapshot: the view to reopen.
        cursor: index of the event to begin at.
    """
    return " ".join(map(_quote, command_words(snapshot, cursor)))


def _quote(word: str) -> str:
    """Quote a word for a shell, with invisible characters by their code."""
    if clean(word) == word:
        return shlex.quote(word)
    return "$'" + "".join(map(_escape, word)) + "'"


def _escape(character: str) -> str:
    if character in "\\'":
        return f"\\{character}"
    return character if clean(f".{character}") == f".{character}" else f"\\U{ord(character):08x}"


def command_words(snapshot: ExportSnapshot, cursor: int | None) -> Sequence[str]:
    """Return the words of the command line; () if none can name the session."""
    if not snapshot.command:
        return ()
    view, clock = snapshot.view, snapshot.clock
    words = [*snapshot.command, *_type_options(view)]
    for name, query in (("--filter", view.options.filter), ("--find", view.options.find)):
        if query:
            words += _option(name, query.everywhere(view.session).text)
    before, after = view.options.reach
    if before or after:
        words += ("--context", str(before) if before == after else f"{before},{after}")
    words += _position_options(snapshot, cursor)
    match clock.mode:
        case TimeMode.LOCAL:
            words += ("--times", "local")
        case TimeMode.UTC:
            words += ("--times", "utc")
        case TimeMode.SINCE_ZERO if clock.zero is not None:
            words += ("--times", _position_of(view.session, clock.zero).to_query())
    return words


def _type_options(view: View) -> Iterator[str]:
    types, names = view.options.types, view.session.type_counts
    if types == STARTING_TYPES:
        return
    if types == ALL_TYPES:
        # The option makes no difference without a type that is hidden by default.
        if not all(map(STARTING_TYPES.shows, names)):
            yield from ("--type", "all")
        return
    shown = types.listed if types.only else set(map(fold_word, filter(types.shows, names)))
    yield from _option("--type", ",".join(sorted(shown)) or "none")


def _option(name: str, value: str) -> Sequence[str]:
    # The parser takes a separate value that begins with a dash for an option.
    return (f"{name}={value}",) if value.startswith("-") else (name, value)


def _position_options(snapshot: ExportSnapshot, cursor: int | None) -> Iterator[str]:
    view, window = snapshot.view, snapshot.view.options.window
    if window is None:
        if cursor is not None:
            yield from ("--at", _position_of(view.session, cursor).to_query())
        return
    if window.at is not None:
        position = window.at.everywhere(view.session)
        time_ms = position.time_ms(view.session)
        if snapshot.clock.is_from_zero and position.offset_ms is not None and time_ms is not None:
            # Together with `--times`, an offset would count from the zero.
            position = Position.at(time_ms)
        yield from _option("--at", position.to_query())
    for name, rows in (("--before", window.before), ("--after", window.after)):
        if rows is not None:
            yield from (name, str(rows))


def _position_of(session: Session, index: int) -> Position:
    """Return the number of an event, or its time while earlier events may still arrive."""
    time_ms = session.events[index].time_ms
    is_whole = (session.total or 0) <= len(session.events) and not session.gaps
    if not is_whole and session.partial_export is None and time_ms is not None:
        return Position.at(time_ms)
    return Position(number=session.number(index))
