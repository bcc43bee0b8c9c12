"""Options that do not go together, and what to do instead."""

from __future__ import annotations

import argparse

from eventview.errors import UsageError


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
            cure="Leave them out, or name one of them: eventview PROJECT SESSION.",
        )


def _with_save(options: argparse.Namespace) -> None:
    if options.save == options.output:
        raise UsageError("--save and -o name the same file.", cure="Name two.")
    if options.user is not None or options.other is not None:
        raise UsageError(
            "--save keeps the answer of one session, and more than that is named.",
            cure="Open the one you want with eventview PROJECT SESSION --save FILE.",
        )


def _with_user(options: argparse.Namespace) -> None:
    if options.other is not None:
        raise UsageError(
            "--user lists sessions, and --with compares two.",
            cure="Choose two, then: eventview PROJECT SESSION --with SESSION2.",
        )
    if options.at is not None:
        raise UsageError(
            "--at is a moment in a session, and --user lists sessions.",
            cure="Leave it out, and go there with : once a session is open.",
        )
    if options.redact or options.fail_on is not None:
        raise UsageError(
            "--redact and --fail-on are about a session, and --user lists sessions.",
            cure="Name one of them: eventview PROJECT SESSION.",
        )


def _with_other(options: argparse.Namespace) -> None:
    # Around what a filter matches there are rows in both.
    around = () if options.filter else (options.before, options.after, options.context)
    of_one_session = (options.at, *around, options.times, options.fail_on)
    if options.find or any(value is not None for value in of_one_session):
        raise UsageError(
            "--at, --find, --before, --after, --times and --fail-on are about one session, and "
            "--with compares two.",
            cure="Leave them out; --type and --filter hold for both.",
        )
    if options.redact:
        raise UsageError(
            "--redact is for one session, and --with compares two.",
            cause="The same stand-in would mean somebody else in each.",
            cure="Export both with --redact --format json, and compare those.",
        )
    if options.other == "-" == "".join(options.target):
        raise UsageError(
            "Standard input can be only one of two sessions.", cure="Save one to a file."
        )
