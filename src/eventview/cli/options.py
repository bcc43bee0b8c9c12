"""What the options ask to see: their texts as values of the model.

Options that do not go together, and what to do instead.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING

from eventview.errors import UsageError

if TYPE_CHECKING:
    from eventview.analysis.signals import SignalKind
    from eventview.query.query import Query, TypeChoice
    from eventview.session.position import Position
    from eventview.view.options import ViewOptions
    from eventview.view.time_display import TimeOptions


def view_options(options: argparse.Namespace) -> ViewOptions:
    """What is asked to be seen.

    Raises:
        UsageError: a query or a moment is not understood.
    """
    from eventview.view.options import RowWindow, ViewOptions

    asked = ViewOptions(
        types=_types(options.types),
        filter=_query("--filter", options.filter),
        find=_query("--find", options.find),
    )
    at = position(options)
    before, after = options.before, options.after
    is_window = bool(at or asked.find or not asked.filter)
    if options.context is not None and not (is_window and asked.filter):
        before = options.context[0] if before is None else before
        after = options.context[1] if after is None else after
    elif options.context is not None:
        # Around what the filter matches, as `z` has it, while something else is gone to.
        asked = asked.reaching(*options.context)
    if before is None and after is None:
        return asked
    if is_window:
        return replace(asked, window=RowWindow(at, before or 0, after or 0))
    return asked.reaching(before or 0, after or 0)


def refuse_unplaced(view_options: ViewOptions) -> None:
    """Refuse so many rows around nothing.

    Raises:
        UsageError: neither a moment nor a query says around what.
    """
    if view_options.window and not view_options.window.at and not view_options.find:
        raise UsageError(
            "--before, --after and --context are so many rows around something, and nothing is "
            "named.",
            hint="Name a moment with --at, or what to look for with --find or --filter.",
        )


def _types(names: frozenset[str] | None) -> TypeChoice:
    from eventview.query.query import ALL_TYPES, STARTING_TYPES, TypeChoice
    from eventview.session.folding import same_word
    from eventview.session.text import clean

    if names == frozenset({"all"}):
        return ALL_TYPES
    if names == frozenset({"none"}):
        return TypeChoice(only=True)
    # As the types of events are.
    cleaned = frozenset(same_word(clean(name)) for name in names or ())
    return TypeChoice(cleaned, only=True) if cleaned else STARTING_TYPES


def _query(option: str, text: str) -> Query:
    from eventview.query.query import Query
    from eventview.query.terms import QueryError

    try:
        return Query.parse(text)
    except QueryError as error:
        raise UsageError(
            f"{option} is not understood: {error.message}\n\n{error.pointing()}"
        ) from None


def position(options: argparse.Namespace) -> Position | None:
    """The moment that `--at` names.

    Raises:
        UsageError: it is none.
    """
    if options.at is None:
        return None
    from eventview.view.time_display import TimeMode

    # A moment is one of those that are shown.
    shown = times(options)
    asked_for = replace(_moment("--at", options.at), zero=shown.zero)
    return asked_for.locally() if shown.clock.mode is TimeMode.LOCAL else asked_for


def _moment(option: str, text: str) -> Position:
    from eventview.session.position import Position, PositionError

    try:
        return Position.parse(text)
    except PositionError as error:
        raise UsageError(f"{option} is not understood: {error}") from None


def times(options: argparse.Namespace) -> TimeOptions:
    """How `--times` wants times to be told.

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
    return TimeOptions(zero=_moment("--times", options.times))


def fatal_kinds(options: argparse.Namespace) -> frozenset[SignalKind]:
    """The kinds of signal that `--fail-on` names; none without it.

    Raises:
        UsageError: one of them is none.
    """
    if options.fail_on is None:
        return frozenset()
    from eventview.query.fields import KINDS, SYNONYMS
    from eventview.session.folding import same_word
    from eventview.session.text import clean

    typed = [same_word(clean(name)) for name in options.fail_on.split(",") if name.strip()]
    names = [SYNONYMS.get(name, name) for name in typed]
    unknown = next((name for name in names if name not in KINDS), None)
    if unknown is not None or not names:
        import difflib

        from eventview.session.text import shorten

        close = difflib.get_close_matches(unknown or "", KINDS, n=1)
        raise UsageError(
            f"--fail-on: {shorten(clean(unknown), 40)} is no signal."
            if unknown
            else "--fail-on names no signal.",
            hint=f"The nearest there is: {close[0]}."
            if close
            else f"There is: {', '.join(KINDS)}.",
        )
    return frozenset(kind for name in names for kind in KINDS[name])


def refuse(options: argparse.Namespace) -> None:
    """Refuse options of which one would be ignored.

    Raises:
        UsageError: it names them, and the way out.
    """
    if options.save is not None:
        _with_save(options)
    if options.user is not None:
        _with_user(options)
    elif options.other is not None:
        _with_other(options)


def refuse_for_list(options: argparse.Namespace) -> None:
    """Refuse options that a written list of sessions would ignore; on the screen, they open one.

    Raises:
        UsageError: it names them, and the way out.
    """
    of_a_session = (
        options.types, options.before, options.after, options.context, options.times,
    )  # fmt: skip
    if options.filter or options.find or any(value is not None for value in of_a_session):
        raise UsageError(
            "--type, --filter, --find, --context, --before, --after and --times are about a "
            "session, and --user lists sessions.",
            hint="Leave them out, or name one of them: eventview PROJECT SESSION.",
        )


def _with_save(options: argparse.Namespace) -> None:
    if options.save == options.output:
        raise UsageError("--save and -o name the same file.", hint="Name two.")
    if options.user is not None or options.other is not None:
        raise UsageError(
            "--save keeps the answer of one session, and more than that is named.",
            hint="Open the one you want with eventview PROJECT SESSION --save FILE.",
        )


def _with_user(options: argparse.Namespace) -> None:
    if options.other is not None:
        raise UsageError(
            "--user lists sessions, and --with compares two.",
            hint="Choose two, then: eventview PROJECT SESSION --with SESSION2.",
        )
    if options.at is not None:
        raise UsageError(
            "--at is a moment in a session, and --user lists sessions.",
            hint="Leave it out, and go there with : once a session is open.",
        )
    if options.redact or options.fail_on is not None:
        raise UsageError(
            "--redact and --fail-on are about a session, and --user lists sessions.",
            hint="Name one of them: eventview PROJECT SESSION.",
        )


def _with_other(options: argparse.Namespace) -> None:
    # Around what a filter matches there are rows in both.
    around = () if options.filter else (options.before, options.after, options.context)
    of_one_session = (options.at, *around, options.times, options.fail_on)
    if options.find or any(value is not None for value in of_one_session):
        raise UsageError(
            "--at, --find, --before, --after, --times and --fail-on are about one session, and "
            "--with compares two.",
            hint="Leave them out; --type and --filter hold for both.",
        )
    if options.redact:
        raise UsageError(
            "--redact is for one session, and --with compares two.",
            reason="The same stand-in would mean somebody else in each.",
            hint="Export both with --redact --format json, and compare those.",
        )
    if options.other == "-" == "".join(options.target):
        raise UsageError(
            "Standard input can be only one of two sessions.", hint="Save one to a file."
        )
