"""The command line: what was asked for, from where, and shown how.

Puts the other rooms together: it picks a source and hands it to the interface or to an output.
Imports them where they are used, so that each run loads only what it needs.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from eventview import __version__
from eventview.errors import INTERRUPTED_EXIT_CODE, EventviewError, UnavailableError, UsageError

if TYPE_CHECKING:
    from eventview.model.events import Event
    from eventview.model.source import Source
    from eventview.model.view import Lens, View

_DESCRIPTION = "Read an OpenReplay user session as a timeline in the terminal."

_EPILOG = """\
what to read:
  PROJECT SESSION   the project's key and the session's id, from an OpenReplay server
  SESSION           the same, with the project from OPENREPLAY_PROJECT
  FILE              a saved answer of the events endpoint, gzipped or not
  -                 the same from standard input

environment:
  OPENREPLAY_URL, OPENREPLAY_API_KEY, OPENREPLAY_PROJECT

exit codes:
  0 done   2 usage or configuration   3 not authorised   4 not found, or no events
  5 network or server   6 answer or file not understood   130 interrupted
"""


def run() -> None:
    """Run the `eventview` command and end the process with its exit code."""
    sys.exit(main(sys.argv[1:]))


def main(arguments: Sequence[str]) -> int:
    """Do what a command line asks for.

    Args:
        arguments: without the program's name.

    Returns:
        The exit code.
    """
    options = _parser().parse_args(arguments)
    try:
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
    return 0


def _forget_output() -> None:
    """Keep Python from complaining when it flushes standard output at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="eventview",
        usage="eventview [OPTIONS] PROJECT SESSION | SESSION | FILE | - | --demo",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("target", nargs="*", help=argparse.SUPPRESS)
    parser.add_argument("--demo", action="store_true", help="a bundled session; needs no server")
    parser.add_argument(
        "--url", help="the server's API, such as https://openreplay.example.com/api"
    )
    parser.add_argument(
        "--timeout", type=_seconds, metavar="SECONDS", help="wait so long for an answer (40)"
    )
    parser.add_argument(
        "--type",
        dest="types",
        type=_names,
        metavar="TYPE[,TYPE…]",
        help="show only events of these types, such as click,location",
    )
    parser.add_argument(
        "--filter", default="", metavar="WORDS", help="show only events with all these words"
    )
    parser.add_argument(
        "--find", default="", metavar="WORDS", help="mark events with all these words"
    )
    parser.add_argument(
        "--format",
        choices=("text", "json", "ndjson"),
        help="write to standard output; text is the default when that is no terminal",
    )
    parser.add_argument("--version", action="version", version=f"eventview {__version__}")
    return parser


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds above 0")
    return seconds


def _names(text: str) -> frozenset[str]:
    names = frozenset(name.strip().lower() for name in text.split(",") if name.strip())
    if not names:
        raise argparse.ArgumentTypeError("no type is named")
    return names


def _view(options: argparse.Namespace) -> None:
    from eventview.tui import terminal

    is_interactive = options.format is None and terminal.is_at_hand()
    source = _source(options)
    lens = _lens(options)
    if is_interactive:
        from eventview.feed import Feed

        # Before Textual is loaded: the server answers meanwhile.
        feed = Feed(source).start()
        with terminal.taken():
            from eventview.tui.app import run as run_app

            run_app(feed, lens)
    else:
        _write(source, lens, options.format or "text")


def _lens(options: argparse.Namespace) -> Lens:
    from eventview.model.query import ALL_TYPES, Query, TypeChoice
    from eventview.model.view import Lens

    return Lens(
        types=TypeChoice(options.types, only=True) if options.types else ALL_TYPES,
        filter=Query.parse(options.filter),
        find=Query.parse(options.find),
    )


def _source(options: argparse.Namespace) -> Source:
    """The source that the command line names.

    Raises:
        UsageError: it names none, or more than one.
    """
    match options.target, options.demo:
        case [], True:
            from eventview.sources.demo import Demo

            return Demo()
        case _, True:
            raise UsageError("--demo shows the bundled session and takes nothing else to read.")
        case ["-"], False:
            return _standard_input()
        case [target], False if not target.isdecimal() or _exists(target):
            return _saved(target)
        case [session], False:
            from eventview import config

            return _remote(options, config.project_key(os.environ), session)
        case [project, session], False:
            return _remote(options, project, session)
    raise UsageError(
        "Nothing to read is named." if not options.target else "Too many things to read are named.",
        cure="Try: eventview PROJECT SESSION, eventview FILE, or eventview --demo; "
        "eventview --help tells all.",
    )


def _standard_input() -> Source:
    from eventview.sources.saved import StandardInput
    from eventview.tui import terminal

    if sys.stdin is None or terminal.leads_to(sys.stdin):
        raise UsageError(
            "Nothing is piped in.", cure="For instance: curl … | eventview -, or eventview FILE."
        )
    # A descriptor of its own: the interface takes standard input for the keys.
    return StandardInput(os.fdopen(os.dup(sys.stdin.fileno()), "rb"))


def _exists(target: str) -> bool:
    try:
        return Path(target).exists()
    except (OSError, ValueError):
        # Longer than any file's name may be, in a folder that is closed to us, …
        return False


def _saved(target: str) -> Source:
    from eventview.model.text import clean, shorten
    from eventview.sources.saved import SavedFile

    path = Path(target)
    if not _exists(target):
        raise UsageError(
            f"{shorten(clean(target), 80)} is neither a file here nor a session's id.",
            cause="A session's id is a number.",
            cure="Try: eventview PROJECT SESSION, eventview FILE, or eventview --demo.",
        )
    return SavedFile(path)


def _remote(options: argparse.Namespace, project: str, session: str) -> Source:
    from eventview import config
    from eventview.model.text import clean, shorten
    from eventview.sources.openreplay.addresses import bases
    from eventview.tui import terminal

    project, session = project.strip(), session.strip()
    if not (session.isascii() and session.isdecimal()):
        raise UsageError(
            f"{shorten(clean(session), 80) or 'An empty text'} is not a session's id.",
            cause="A session's id is a number, the last part of a replay link.",
            cure="For instance: eventview PROJECT 4813023023591169.",
        )
    if not project or set(project) == {"."}:
        raise UsageError(
            "The project's key is missing.",
            cure="It is in OpenReplay under Preferences > Projects and has 20 letters and digits.",
        )
    url = config.server_url(options.url, os.environ)
    # Before the key is asked for: nobody types one to learn that the address is wrong.
    bases(url)
    key = config.api_key(os.environ, _ask_for_key if terminal.leads_to(sys.stdin) else None)

    from eventview.sources.openreplay.client import ANSWER_TIMEOUT_S, RemoteSession, Server

    server = Server(url, key, timeout_s=options.timeout or ANSWER_TIMEOUT_S)
    return RemoteSession(server, project, session)


def _ask_for_key() -> str:
    from getpass import getpass

    try:
        return getpass("OpenReplay API key (not shown): ")
    except EOFError:
        return ""


def _write(source: Source, lens: Lens, format_name: str) -> None:
    """Write the whole session through the lens to standard output."""
    from eventview.model.session import Session
    from eventview.model.view import View
    from eventview.output import FORMATS

    events: list[Event] = []
    total = None
    for batch in source.batches():
        events.extend(batch.events)
        total = batch.total
    view = View(Session.of(source.origin, events, total), lens)
    _warn_of_absent_types(view)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # JSON is UTF-8 by definition; text stays in the user's own encoding.
        encoding = None if format_name == "text" else "utf-8"
        sys.stdout.reconfigure(encoding=encoding, errors="backslashreplace")
    for line in FORMATS[format_name](view):
        print(line)


def _warn_of_absent_types(view: View) -> None:
    absent = view.lens.types.listed - {name.lower() for name in view.session.type_counts}
    if absent:
        print(
            f"eventview: no events of type {', '.join(sorted(absent))}; this session has "
            f"{', '.join(view.session.type_counts)}.",
            file=sys.stderr,
        )
