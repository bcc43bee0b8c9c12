"""The options as values: view options, positions, times, signals; conflicts; `--save`."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from eventview.cli.resolve import status_callback
from eventview.errors import EventviewError, NotFoundError, UsageError
from eventview.session.text import clean, find_nearest_word, shorten
from eventview.sources.recorder import ResponseRecorder

# Imports in functions are those that a request does not need.
if TYPE_CHECKING:
    from eventview.analysis.signals import SignalKind
    from eventview.query.query import Query, TypeChoice
    from eventview.session.position import Position
    from eventview.view.time_display import TimeOptions
    from eventview.view.view_options import ViewOptions


def has_view_options(options: argparse.Namespace) -> bool:
    """Return whether the command line has options about the view of a session."""
    values = (
        options.types, options.at, options.before, options.after, options.context, options.times,
    )  # fmt: skip
    return bool(options.filter or options.find) or any(value is not None for value in values)


def check_view_options(options: argparse.Namespace) -> None:
    """Refuse view options that are not understood, before anything is requested.

    Raises:
        UsageError: a query, a moment or a mode of times is not understood.
    """
    if has_view_options(options):
        read_view_options(options)
        read_times(options)


def read_view_options(options: argparse.Namespace) -> ViewOptions:
    """Return the view options that the command line asks for.

    Raises:
        UsageError: a query or a moment is not understood.
    """
    from eventview.view.view_options import RowWindow, ViewOptions

    matching, find = _read_query("--filter", options.filter), _read_query("--find", options.find)
    at = read_position(options)
    context, before, after = (0, 0), options.before, options.after
    is_window = bool(at or find or not matching)
    if options.context is not None and not (is_window and matching):
        before = options.context[0] if before is None else before
        after = options.context[1] if after is None else after
    elif options.context is not None:
        # The context goes around the filter's matches, as with `z`; the window has another place.
        context = options.context
    window = None
    if before is not None or after is not None:
        if is_window:
            window = RowWindow(at, before or 0, after or 0)
        else:
            context = (before or 0, after or 0)
    return ViewOptions(
        types=_read_types(options.types), filter=matching, find=find, context=context, window=window
    )


def refuse_window_without_place(options: argparse.Namespace) -> None:
    """Refuse a window of rows without a place.

    Raises:
        UsageError: neither a moment nor a query gives the place.
    """
    if not has_view_options(options):
        return
    view_options = read_view_options(options)
    if view_options.window and not view_options.window.at and not view_options.find:
        raise UsageError(
            "--before, --after and --context need something to show rows around.",
            hint="Give a moment with --at, or a query with --find or --filter.",
        )


def _read_types(names: frozenset[str] | None) -> TypeChoice:
    from eventview.query.query import ALL_TYPES, STARTING_TYPES, TypeChoice
    from eventview.session.folding import fold_word

    if names == frozenset({"all"}):
        return ALL_TYPES
    if names == frozenset({"none"}):
        return TypeChoice(only=True)
    # The types of events are cleaned in the same way.
    cleaned = frozenset(fold_word(clean(name)) for name in names or ())
    return TypeChoice(cleaned, only=True) if cleaned else STARTING_TYPES


def _read_query(option: str, text: str) -> Query:
    from eventview.query.query import Query
    from eventview.query.regular_expressions import QueryError

    try:
        return Query.parse(text)
    except QueryError as error:
        raise UsageError(
            f"{option} is not understood: {error.message}\n\n{error.pointing()}"
        ) from None


def read_position(options: argparse.Namespace) -> Position | None:
    """Return the position that `--at` gives; None without it.

    Raises:
        UsageError: its text is not understood.
    """
    if options.at is None:
        return None
    from msgspec.structs import replace

    from eventview.view.time_display import TimeMode

    # The position is read as the times are shown.
    shown = read_times(options)
    at = replace(_read_position("--at", options.at), zero=shown.zero)
    return at.in_local_zone() if shown.clock.mode is TimeMode.LOCAL else at


def _read_position(option: str, text: str) -> Position:
    from eventview.session.position import Position, PositionError

    try:
        return Position.parse(text)
    except PositionError as error:
        raise UsageError(f"{option} is not understood: {error}") from None


def read_times(options: argparse.Namespace) -> TimeOptions:
    """Return the time options that `--times` gives.

    Raises:
        UsageError: it is neither a mode nor a moment.
    """
    from eventview.view.time_display import TimeDisplay, TimeMode, TimeOptions

    match (options.times or "start").strip().lower():
        case "start":
            return TimeOptions()
        case "utc":
            return TimeOptions(TimeDisplay(TimeMode.UTC))
        case "local":
            return TimeOptions(TimeDisplay(TimeMode.LOCAL))
    return TimeOptions(zero=_read_position("--times", options.times))


def read_fatal_kinds(options: argparse.Namespace) -> frozenset[SignalKind]:
    """Return the kinds of signal that `--fail-on` names; none without it.

    Raises:
        UsageError: a name is not that of a signal.
    """
    if options.fail_on is None:
        return frozenset()
    from eventview.query.vocabulary import KINDS, SYNONYMS
    from eventview.session.folding import fold_word

    typed = [fold_word(clean(name)) for name in options.fail_on.split(",") if name.strip()]
    names = [SYNONYMS.get(name, name) for name in typed]
    unknown = next((name for name in names if name not in KINDS), None)
    if unknown is not None or not names:
        nearest = find_nearest_word(unknown or "", KINDS)
        raise UsageError(
            f"--fail-on: {shorten(clean(unknown), 40)} is not a signal."
            if unknown
            else "--fail-on names no signal.",
            hint=f"The nearest signal is {nearest}."
            if nearest
            else f"The signals are: {', '.join(KINDS)}.",
        )
    return frozenset(kind for name in names for kind in KINDS[name])


@contextmanager
def saved_responses(recorder: ResponseRecorder, options: argparse.Namespace) -> Iterator[None]:
    """Save the recorded responses for `--save` at the end, also if a failure ends the block."""

    def save() -> None:
        if number := recorder.write():
            from eventview.render.rows import pluralize

            file = clean(str(options.save))
            status_callback(options)(f"{pluralize(number, 'answer')} kept in {file}")

    try:
        yield
    except NotFoundError:
        # There is nothing worth saving.
        raise
    except BaseException:
        # The user has to see this failure, not one of saving what had arrived.
        with suppress(EventviewError):
            save()
        raise
    save()


def refuse_conflicts(options: argparse.Namespace) -> None:
    """Refuse options that exclude each other, so that none is ignored.

    Raises:
        UsageError: the message names them and the way out.
    """
    if options.save is not None and options.save == options.output:
        raise UsageError("--save and -o name the same file.", hint="Name two files.")
    if options.save is not None and (options.user is not None or options.other is not None):
        raise UsageError(
            "--save keeps the answer of one session, and more than one is named.",
            hint="Open the one you want with eventview PROJECT SESSION --save FILE.",
        )
    if options.user is not None:
        _refuse_with_user(options)
    elif options.other is not None:
        _refuse_with_other(options)


def refuse_list_conflicts(options: argparse.Namespace) -> None:
    """Refuse options that an exported list of sessions would ignore; on the screen, they apply.

    Raises:
        UsageError: the message names them and the way out.
    """
    if has_view_options(options):
        raise UsageError(
            "--type, --filter, --find, --context, --before, --after and --times are about a "
            "session, and --user lists sessions.",
            hint="Leave them out, or name one session: eventview PROJECT SESSION.",
        )


def _refuse_with_user(options: argparse.Namespace) -> None:
    if options.other is not None:
        raise UsageError(
            "--user lists sessions, and --with compares two.",
            hint="Choose two sessions, then: eventview PROJECT SESSION --with SESSION2.",
        )
    if options.at is not None:
        raise UsageError(
            "--at is a moment in a session, and --user lists sessions.",
            hint="Leave it out, and press : to go there once a session is open.",
        )
    if options.redact or options.fail_on is not None:
        raise UsageError(
            "--redact and --fail-on are about a session, and --user lists sessions.",
            hint="Name one session: eventview PROJECT SESSION.",
        )


def _refuse_with_other(options: argparse.Namespace) -> None:
    # Both sessions have rows around the matches of a filter.
    window = () if options.filter else (options.before, options.after, options.context)
    session_options = (options.at, *window, options.times, options.fail_on)
    if options.find or any(value is not None for value in session_options):
        raise UsageError(
            "--at, --find, --before, --after, --times and --fail-on are about one session, and "
            "--with compares two.",
            hint="Leave them out; --type and --filter apply to both.",
        )
    if options.redact:
        raise UsageError(
            "--redact is for one session, and --with compares two.",
            reason="The same placeholder would mean somebody else in each.",
            hint="Export both with --redact --format json, and compare the exports.",
        )
    if options.other == "-" == "".join(options.target):
        raise UsageError(
            "Standard input can be only one of two sessions.", hint="Save one to a file."
        )
