"""The options of the command line and their help."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NoReturn

from eventview import __version__

_DESCRIPTION = "Read an OpenReplay user session as a timeline in the terminal."

_EPILOG = """\
what to read:
  PROJECT SESSION   the project's key and the session's id, from an OpenReplay server
  SESSION           the same, with the project from OPENREPLAY_PROJECT or the profile
  LINK              a replay link, https://HOST/12/session/4813...
  PROJECT --user U  choose among a user's sessions
  FILE              a saved answer of the events endpoint, gzipped or not, or an export
  -                 the same from standard input
  [...] --with OTHER  two sessions compared: another session of the project, a link or a file
  [...] --doctor      nothing: check what is configured, and the server

environment:
  OPENREPLAY_URL, OPENREPLAY_API_KEY, OPENREPLAY_PROJECT,
  EVENTVIEW_CONFIG (a file), EVENTVIEW_CACHE (a folder)

exit codes:
  0 done   1 --fail-on matched   2 usage or configuration   3 not authorised
  4 not found, no events, no such moment   5 network or server   6 answer or file not understood
  129 hung up   130 interrupted   143 terminated
"""

FORMAT_NAMES: Final = ("text", "md", "json", "ndjson", "csv", "jira")

_MAY_BEGIN_WITH_DASH: Final = frozenset({"--filter", "--find", "--at", "--times", "--type"})


class _Parser(argparse.ArgumentParser):
    """Repeats no argument that a terminal would act on: scripts make them from others' data."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, and end."""
        from eventview.session.text import clean

        super().error(clean(message))


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Read a command line, without the program's name.

    Raises:
        SystemExit: it cannot be read, or asks only for help or the version.
    """
    return _parser().parse_args(_joined(arguments))


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


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="eventview",
        usage="eventview [OPTIONS] PROJECT SESSION | SESSION | LINK | FILE | - | --demo",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
        add_help=False,
    )
    parser.add_argument("target", nargs="*", help=argparse.SUPPRESS)
    _add_sources(parser)
    _add_views(parser)
    _add_outputs(parser)
    group = parser.add_argument_group("about eventview")
    group.add_argument("-h", "--help", action=_Print, nargs=0, help="print this help")
    group.add_argument(
        "--version",
        action=_Print,
        nargs=0,
        const=f"eventview {__version__}\n",
        help="print the version",
    )
    return parser


class _Print(argparse.Action):
    """Prints a text and ends; argparse's own actions hide that it cannot be written."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        sys.stdout.write(self.const or parser.format_help())
        sys.stdout.flush()
        parser.exit()


def _add_sources(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("where from")
    group.add_argument(
        "--doctor", action="store_true", help="say what is configured and whether it works"
    )
    group.add_argument("--demo", action="store_true", help="a bundled session; needs no server")
    group.add_argument("--url", help="the server's API, such as https://openreplay.example.com/api")
    group.add_argument(
        "--api",
        choices=("auto", "v1", "v2"),
        help="which of OpenReplay's APIs to ask; auto finds out (auto)",
    )
    group.add_argument("--user", metavar="USER", help="list this user's sessions to choose from")
    group.add_argument(
        "--with",
        dest="other",
        metavar="OTHER",
        help="compare with another session: its id, a link or a file",
    )
    group.add_argument("--profile", metavar="NAME", help="a profile of the configuration file")
    group.add_argument(
        "--insecure-http",
        action="store_true",
        help="send the key unencrypted where the server's address has http:// and is not this "
        "machine's",
    )
    group.add_argument(
        "--timeout", type=_seconds, metavar="SECONDS", help="wait so long for an answer (40)"
    )
    group.add_argument(
        "--save", type=_file, metavar="FILE", help="keep the server's untouched answer, all pages"
    )
    group.add_argument(
        "--log", type=Path, metavar="FILE", help="append a line for each request to a file"
    )


def _add_views(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("what to see, on the screen and in exports")
    group.add_argument(
        "--type",
        dest="types",
        type=_names,
        metavar="TYPE[,TYPE...]",
        help="show only events of these types, such as click,location, or all of them: all",
    )
    group.add_argument(
        "--filter", default="", metavar="QUERY", help="show only events that match, such as is:slow"
    )
    group.add_argument(
        "--context",
        type=_context,
        metavar="N",
        help="the same as --before N --after N; N,M for --before N --after M",
    )
    group.add_argument("--find", default="", metavar="QUERY", help="mark events that match")
    group.add_argument(
        "--at", metavar="MOMENT", help="begin at +3:15, 09:42:10 or #42, an event's number"
    )
    group.add_argument(
        "--before",
        type=_rows,
        metavar="N",
        help="with --at, --find or --filter: only N rows before",
    )
    group.add_argument(
        "--after", type=_rows, metavar="N", help="with --at, --find or --filter: only N rows after"
    )
    group.add_argument(
        "--times",
        metavar="MODE",
        help="times since start, utc, local, or since a moment: +3:15, 09:42:10 or #42 (start)",
    )


def _add_outputs(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("exports and scripts")
    group.add_argument(
        "--format",
        choices=FORMAT_NAMES,
        help="write to standard output; text is the default when that is no terminal "
        "or has no screen",
    )
    group.add_argument(
        "-o",
        "--output",
        type=_output,
        metavar="FILE",
        help="write to a file, whole or not at all; its ending says the format",
    )
    group.add_argument(
        "--redact",
        action="store_true",
        help="put stand-ins for users, hosts, ids, addresses and what was entered",
    )
    group.add_argument(
        "--fail-on",
        metavar="SIGNAL[,SIGNAL...]",
        help="end with exit code 1 where such a signal is in the view: error,rage,stuck,slow, ...",
    )
    group.add_argument("--quiet", action="store_true", help="write nothing but failures")
    group.add_argument(
        "--schema",
        nargs="?",
        const="session",
        choices=("session", "comparison"),
        help="write the JSON Schema of --format json, or of that with --with",
    )


_DAY_S: Final = 24 * 60 * 60


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0 < seconds <= _DAY_S:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds from 0 to {_DAY_S:,}")
    return seconds


def _file(text: str) -> Path:
    if text == "-" or not text.strip() or text.endswith(("/", os.sep)):
        raise argparse.ArgumentTypeError(f"{text!r} names no file")
    return Path(text)


def _output(text: str) -> Path:
    return Path("/dev/stdout") if text == "-" else _file(text)


def _rows(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of rows")
    return int(text)


def _context(text: str) -> tuple[int, int]:
    before, comma, after = text.partition(",")
    return _rows(before), _rows(after if comma else before)


def _names(text: str) -> frozenset[str]:
    names = frozenset(name.strip().lower() for name in text.split(",") if name.strip())
    if not names:
        raise argparse.ArgumentTypeError("no type is named")
    return names
