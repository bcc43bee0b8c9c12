"""The options of the command line and their help."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NoReturn

from eventview import __version__

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
    """Parser that cleans the arguments it repeats: scripts make them from others' data."""

    def error(self, message: str) -> NoReturn:
        # Most command lines, and --help, need no cleaning.
        from eventview.session.text import clean

        super().error(clean(message))


def parse_arguments(arguments: Sequence[str]) -> argparse.Namespace:
    """Read a command line, without the program's name.

    Raises:
        SystemExit: it cannot be read, or asks only for help or the version.
    """
    parser = _Parser(
        prog="eventview",
        usage="eventview [OPTIONS] PROJECT SESSION | SESSION | LINK | FILE | - | --demo",
        description="Read an OpenReplay user session as a timeline in the terminal.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
        add_help=False,
    )
    parser.add_argument("target", nargs="*", help=argparse.SUPPRESS)
    _add_sources(parser)
    _add_views(parser)
    _add_outputs(parser)
    add = parser.add_argument_group("about eventview").add_argument
    add("-h", "--help", action=_PrintAction, nargs=0, help="print this help")
    add(
        "--version",
        action=_PrintAction,
        nargs=0,
        const=f"eventview {__version__}\n",
        help="print the version",
    )
    end = arguments.index("--") if "--" in arguments else len(arguments)
    read = parser.parse_intermixed_args(_join_dashed_values(arguments[:end]))
    # argparse mixes options and names, but then takes names after "--" for options.
    read.target += arguments[end + 1 :]
    return read


def is_export(arguments: argparse.Namespace) -> bool:
    """Return whether the options ask for output rather than the interface."""
    chosen = (arguments.schema, arguments.format, arguments.output, arguments.fail_on)
    return arguments.redact or arguments.quiet or any(option is not None for option in chosen)


def _join_dashed_values(arguments: Sequence[str]) -> Sequence[str]:
    """Return the arguments with `--filter -is:gap` as `--filter=-is:gap`, which argparse takes."""
    joined: list[str] = []
    for argument in arguments:
        is_value = argument.startswith("-") and not argument.startswith("--") and argument != "-"
        if is_value and joined and joined[-1] in _MAY_BEGIN_WITH_DASH:
            joined[-1] += f"={argument}"
        else:
            joined.append(argument)
    return joined


class _PrintAction(argparse.Action):
    """Print a text and end: argparse's own actions hide a failure to write it."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        sys.stdout.write(self.const or parser.format_help())
        sys.stdout.flush()
        parser.exit()


def _add_sources(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("where from").add_argument
    add("--doctor", action="store_true", help="check what is configured and whether it works")
    add("--demo", action="store_true", help="a bundled session; needs no server")
    add("--url", help="the server's API, such as https://openreplay.example.com/api")
    add(
        "--api",
        choices=("auto", "v1", "v2"),
        help="OpenReplay's API version to use; auto finds it out (auto)",
    )
    add("--user", metavar="USER", help="list this user's sessions to choose from")
    add(
        "--with",
        dest="other",
        metavar="OTHER",
        help="compare with another session: its id, a link or a file",
    )
    add("--profile", metavar="NAME", help="a profile of the configuration file")
    add(
        "--insecure-http",
        action="store_true",
        help="send the key unencrypted if the server's address has http:// and is not this "
        "machine's",
    )
    add("--timeout", type=_parse_seconds, metavar="SECONDS", help="longest wait for an answer (40)")
    add(
        "--max-size",
        type=_parse_mebibytes,
        metavar="MIB",
        help="most MiB of an answer, a pipe or an unpacked file (256)",
    )
    add(
        "--save",
        type=_parse_file,
        metavar="FILE",
        help="save the server's untouched answer, all pages",
    )
    add("--log", type=Path, metavar="FILE", help="append a line for each request to a file")


def _add_views(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("what to see, on the screen and in exports").add_argument
    add(
        "--type",
        dest="types",
        type=_parse_names,
        metavar="TYPE[,TYPE...]",
        help="show only events of these types, such as click,location, or all of them: all",
    )
    add(
        "--filter", default="", metavar="QUERY", help="show only events that match, such as is:slow"
    )
    add(
        "--context",
        type=_parse_context,
        metavar="N",
        help="the same as --before N --after N; N,M for --before N --after M",
    )
    add("--find", default="", metavar="QUERY", help="mark events that match")
    add("--at", metavar="MOMENT", help="begin at +3:15, 09:42:10 or #42, an event's number")
    add(
        "--before",
        type=_parse_rows,
        metavar="N",
        help="with --at, --find or --filter: only N rows before",
    )
    add(
        "--after",
        type=_parse_rows,
        metavar="N",
        help="with --at, --find or --filter: only N rows after",
    )
    add(
        "--times",
        metavar="MODE",
        help="times since start, utc, local, or since a moment: +3:15, 09:42:10 or #42 (start)",
    )


def _add_outputs(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("exports and scripts").add_argument
    add(
        "--format",
        choices=FORMAT_NAMES,
        help="write to standard output; text is the default when that is no terminal "
        "or has no screen",
    )
    add(
        "-o",
        "--output",
        type=_parse_output,
        metavar="FILE",
        help="write to a file, whole or not at all; its ending says the format",
    )
    add(
        "--redact",
        action="store_true",
        help="put placeholders for users, hosts, ids, addresses and what was entered",
    )
    add(
        "--fail-on",
        metavar="SIGNAL[,SIGNAL...]",
        help="end with exit code 1 if such a signal is in the view: error,rage,stuck,slow, ...",
    )
    add("--quiet", action="store_true", help="write nothing but failures")
    add(
        "--schema",
        nargs="?",
        const="session",
        choices=("session", "comparison"),
        help="write the JSON Schema of --format json, or of --format json --with",
    )


_DAY_S: Final = 24 * 60 * 60


def _parse_seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0 < seconds <= _DAY_S:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a number of seconds from 0 to {_DAY_S:,}"
        )
    return seconds


def _parse_mebibytes(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and int(text)):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of MiB")
    return int(text) * 2**20


def _parse_file(text: str) -> Path:
    if text == "-" or not text.strip() or text.endswith(("/", os.sep)):
        raise argparse.ArgumentTypeError(f"{text!r} is not a file's name")
    return Path(text)


def _parse_output(text: str) -> Path:
    return Path("/dev/stdout") if text == "-" else _parse_file(text)


def _parse_rows(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of rows")
    return int(text)


def _parse_context(text: str) -> tuple[int, int]:
    before, comma, after = text.partition(",")
    return _parse_rows(before), _parse_rows(after if comma else before)


def _parse_names(text: str) -> frozenset[str]:
    names = frozenset(name.strip().lower() for name in text.split(",") if name.strip())
    if not names:
        raise argparse.ArgumentTypeError("no type is named")
    return names
