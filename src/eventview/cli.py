"""The command line: what was asked for, from where, and shown how.

Puts the other rooms together: it picks a source and hands it to the interface or to an output.
Imports them where they are used, so that each run loads only what it needs.
"""

from __future__ import annotations

import argparse
import gc
import io
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from eventview import __version__
from eventview.errors import (
    INTERRUPTED_EXIT_CODE,
    EventviewError,
    MistakeError,
    UnavailableError,
    UsageError,
)

if TYPE_CHECKING:
    from eventview.model.moments import Spot
    from eventview.model.query import Query
    from eventview.model.view import Lens, View
    from eventview.targets import Request, Surroundings, Target

_DESCRIPTION = "Read an OpenReplay user session as a timeline in the terminal."

_EPILOG = """\
what to read:
  PROJECT SESSION   the project's key and the session's id, from an OpenReplay server
  SESSION           the same, with the project from OPENREPLAY_PROJECT or the profile
  LINK              a replay link, https://HOST/12/session/4813…
  PROJECT --user U  choose among a user's sessions
  FILE              a saved answer of the events endpoint, gzipped or not
  -                 the same from standard input
  […] --doctor      nothing: check what is configured, and the server

environment:
  OPENREPLAY_URL, OPENREPLAY_API_KEY, OPENREPLAY_PROJECT,
  EVENTVIEW_CONFIG (a file), EVENTVIEW_CACHE (a folder)

exit codes:
  0 done   2 usage or configuration   3 not authorised   4 not found, or no events
  5 network or server   6 answer or file not understood   130 interrupted
"""


GC_THRESHOLD: Final = (50_000, 20, 50)
"""A session is many small objects that stay: to look for garbage among them after every 700 new
ones, as Python does by itself, takes as long as to find the signals among them."""


def run() -> None:
    """Run the `eventview` command and end the process with its exit code."""
    gc.set_threshold(*GC_THRESHOLD)
    sys.exit(main(sys.argv[1:]))


def main(arguments: Sequence[str]) -> int:
    """Do what a command line asks for.

    Args:
        arguments: without the program's name.

    Returns:
        The exit code.
    """
    options = _parser().parse_args(_joined(arguments))
    try:
        if options.doctor:
            return _examine(options)
        _view(options)
        if sys.stdout is not None:
            sys.stdout.flush()
    except EventviewError as failure:
        print(f"eventview: {failure}", file=sys.stderr)
        return failure.exit_code
    except BrokenPipeError:
        # Whoever read the output has seen enough.
        _forget_output()
        return 0
    except OSError as error:
        _forget_output()
        reason = error.strerror or error
        print(f"eventview: The output cannot be written. {reason}.", file=sys.stderr)
        return UnavailableError.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED_EXIT_CODE
    except Exception as error:  # noqa: BLE001  # a traceback helps nobody who reads sessions
        mistake = MistakeError(error)
        print(f"eventview: {mistake}", file=sys.stderr)
        return mistake.exit_code
    return 0


_MAY_BEGIN_WITH_DASH: Final = frozenset({"--filter", "--find", "--at"})


def _joined(arguments: Sequence[str]) -> Sequence[str]:
    """The arguments, with `--filter -is:gap` as `--filter=-is:gap`, which argparse understands."""
    found: list[str] = []
    for argument in arguments:
        is_value = argument.startswith("-") and not argument.startswith("--") and argument != "-"
        if is_value and found and found[-1] in _MAY_BEGIN_WITH_DASH:
            found[-1] += f"={argument}"
        else:
            found.append(argument)
    return found


def _forget_output() -> None:
    """Keep Python from complaining when it flushes standard output at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="eventview",
        usage="eventview [OPTIONS] PROJECT SESSION | SESSION | LINK | FILE | - | --demo",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("target", nargs="*", help=argparse.SUPPRESS)
    parser.add_argument(
        "--doctor", action="store_true", help="say what is configured and whether it works"
    )
    parser.add_argument("--demo", action="store_true", help="a bundled session; needs no server")
    parser.add_argument(
        "--url", help="the server's API, such as https://openreplay.example.com/api"
    )
    parser.add_argument(
        "--api",
        choices=("auto", "v1", "v2"),
        help="which of OpenReplay's APIs to ask; auto finds out (auto)",
    )
    parser.add_argument("--user", metavar="USER", help="list this user's sessions to choose from")
    parser.add_argument("--profile", metavar="NAME", help="a profile of the configuration file")
    parser.add_argument(
        "--timeout", type=_seconds, metavar="SECONDS", help="wait so long for an answer (40)"
    )
    parser.add_argument(
        "--type",
        dest="types",
        type=_names,
        metavar="TYPE[,TYPE…]",
        help="show only events of these types, such as click,location, or all of them: all",
    )
    parser.add_argument(
        "--filter", default="", metavar="QUERY", help="show only events that match, such as is:slow"
    )
    parser.add_argument("--find", default="", metavar="QUERY", help="mark events that match")
    parser.add_argument(
        "--at", metavar="MOMENT", help="begin at +3:15, 09:42:10 (UTC) or #42, an event's number"
    )
    parser.add_argument(
        "--before", type=_rows, metavar="N", help="with --at or --find: only N rows before it"
    )
    parser.add_argument(
        "--after", type=_rows, metavar="N", help="with --at or --find: only N rows after it"
    )
    parser.add_argument(
        "--format",
        choices=("text", "json", "ndjson"),
        help="write to standard output; text is the default when that is no terminal",
    )
    parser.add_argument(
        "--log", type=Path, metavar="FILE", help="append a line for each request to a file"
    )
    parser.add_argument("--version", action="version", version=f"eventview {__version__}")
    return parser


_DAY_S = 24 * 60 * 60


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0 < seconds <= _DAY_S:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds from 0 to {_DAY_S:,}")
    return seconds


def _rows(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of rows")
    return int(text)


def _names(text: str) -> frozenset[str]:
    names = frozenset(name.strip().lower() for name in text.split(",") if name.strip())
    if not names:
        raise argparse.ArgumentTypeError("no type is named")
    return names


def _view(options: argparse.Namespace) -> None:
    from eventview.model.view import Window
    from eventview.tui import terminal

    is_interactive = options.format is None and terminal.is_at_hand()
    if options.user is not None:
        _list(options, is_interactive=is_interactive)
        return
    lens, spot = _lens(options), _spot(options)
    target = _target(options)
    if is_interactive:
        from eventview.feed import Feed

        # Before Textual is loaded: the server answers meanwhile.
        feed = Feed(target.source).start()
        with terminal.taken():
            from eventview.tui.app import run as run_app

            run_app(feed, lens, moment=spot or target.moment, rules=target.rules)
    else:
        if spot and not lens.window:
            # All rows, and the one of the moment marked.
            lens = replace(lens, window=Window(spot))
        _write(target, lens, options.format or "text")


def _list(options: argparse.Namespace, *, is_interactive: bool) -> None:
    from eventview import targets
    from eventview.tui import terminal

    if options.at is not None:
        raise UsageError(
            "--at is a moment in a session, and --user lists sessions.",
            cure="Leave it out, and go there with : once a session is open.",
        )
    choice = targets.find_list(_request(options), _surroundings())
    if is_interactive:
        with terminal.taken():
            from eventview.tui.app import run_list

            run_list(choice.listing, choice.open_one, _lens(options), choice.rules)
        return
    from eventview.output import summaries

    _prepare_output(options.format or "text")
    sessions, shortfall = choice.listing.sessions(_tell)
    for line in summaries.FORMATS[options.format or "text"](sessions):
        print(line)
    if shortfall:
        _tell(f"incomplete: {shortfall}")


def _lens(options: argparse.Namespace) -> Lens:
    from eventview.model.query import ALL_TYPES, STARTING_TYPES, TypeChoice
    from eventview.model.view import Lens, Window

    if options.types == {"all"}:
        types = ALL_TYPES
    elif options.types:
        types = TypeChoice(options.types, only=True)
    else:
        types = STARTING_TYPES
    lens = Lens(
        types=types,
        filter=_query("--filter", options.filter),
        find=_query("--find", options.find),
    )
    if options.before is None and options.after is None:
        return lens
    if options.at is None and not lens.find:
        raise UsageError(
            "--before and --after are so many rows around something, and nothing is named.",
            cure="Name a moment with --at, or what to look for with --find.",
        )
    return replace(lens, window=Window(_spot(options), options.before or 0, options.after or 0))


def _query(option: str, text: str) -> Query:
    from eventview.model.query import Query, QueryError

    try:
        return Query.parse(text)
    except QueryError as error:
        raise UsageError(
            f"{option} is not understood: {error.message}\n\n{error.pointing()}"
        ) from None


def _spot(options: argparse.Namespace) -> Spot | None:
    from eventview.model.moments import MomentError, Spot

    if options.at is None:
        return None
    try:
        return Spot.parse(options.at)
    except MomentError as error:
        raise UsageError(f"--at is not understood: {error}") from None


def _target(options: argparse.Namespace) -> Target:
    from eventview import targets

    return targets.find(_request(options), _surroundings())


def _request(options: argparse.Namespace) -> Request:
    from eventview import targets
    from eventview.config import Options

    return targets.Request(
        tuple(options.target),
        is_demo=options.demo,
        options=Options(options.url, options.api, options.profile),
        timeout_s=options.timeout,
        log=options.log,
        user=options.user,
    )


def _surroundings() -> Surroundings:
    from eventview import targets
    from eventview.tui import terminal

    return targets.Surroundings(os.environ, terminal.leads_to, _tell)


def _examine(options: argparse.Namespace) -> int:
    """Print what is configured and whether it works; gives the exit code."""
    from eventview import doctor

    code = 0
    for finding in doctor.findings(_request(options), _surroundings()):
        for line in doctor.lines(finding):
            print(line, flush=True)
        if finding.failure is not None:
            code = finding.failure.exit_code
    return code


def _write(target: Target, lens: Lens, format_name: str) -> None:
    """Write the whole session through the lens to standard output."""
    from eventview.model import wording
    from eventview.model.gathering import Gathering
    from eventview.model.view import View
    from eventview.output import FORMATS

    gathering, failure = Gathering(target.source.origin, target.rules), None
    try:
        for batch in target.source.batches(_tell):
            gathering.take(batch)
        gathering.finish()
    except EventviewError as error:
        if not gathering:
            raise
        failure = error
    view = View(gathering.session(), lens)
    _warn_of_absent_types(view)
    if lens.window and lens.window.at:
        _tell(lens.window.at.outside(view.session))
    _prepare_output(format_name)
    for line in FORMATS[format_name](view):
        print(line)
    missing = wording.missing(view.session)
    if missing:
        _tell(f"incomplete: {missing}")
    if failure is not None:
        raise failure


def _prepare_output(format_name: str) -> None:
    if isinstance(sys.stdout, io.TextIOWrapper):
        # JSON is UTF-8 by definition; text stays in the user's own encoding.
        encoding = None if format_name == "text" else "utf-8"
        sys.stdout.reconfigure(encoding=encoding, errors="backslashreplace")


def _tell(text: str) -> None:
    if text:
        print(f"eventview: {text}", file=sys.stderr)


def _warn_of_absent_types(view: View) -> None:
    types = view.lens.types
    absent = (types.listed if types.only else frozenset()) - {
        name.lower() for name in view.session.type_counts
    }
    if absent:
        print(
            f"eventview: no events of type {', '.join(sorted(absent))}; this session has "
            f"{', '.join(view.session.type_counts)}.",
            file=sys.stderr,
        )
