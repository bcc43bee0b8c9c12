"""Measure the speed of eventview: `python -m tests.bench`, from the root of the repository.

Writes `tests/bench/RESULTS.md` and a picture beside it. Nothing here fails: it reports. How it is
put together:

    programs   a program in a terminal      sessions   files of events of any size
    workbench  what is measured, in turns   results    rows, aims, the page
    opening    files, memory, commands      picture    cost against size, as SVG
    keys       while loading and after      leaving    ctrl+c, q, Esc, SIGTERM
    network    requests, answers, pages     exporting  exports and comparisons
    line_list  the least Textual list, which keys are compared with
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from subprocess import run
from time import monotonic
from typing import Final

from tests.bench import exporting, keys, leaving, network, opening
from tests.bench.picture import draw
from tests.bench.results import Section, describe_machine, render_page
from tests.bench.workbench import Workbench, compile_modules

SUBJECTS: Final[Mapping[str, Callable[[Workbench], Section]]] = {
    "first row": opening.measure_first_row,
    "all ready": opening.measure_all_ready,
    "commands": opening.measure_commands,
    "request": network.measure_request,
    "server": network.measure_first_row,
    "pages": network.measure_pages,
    "keys while loading": keys.measure_loading,
    "keys": keys.measure_paint,
    "search": keys.measure_search,
    "held key": keys.measure_held_key,
    "leaving": leaving.measure_leaving,
    "exports": exporting.measure_exports,
    "comparison": exporting.measure_comparison,
}

PEERS: Final = ("tl", "vd", "lnav", "jq", "less")
FOLDER: Final = Path(__file__).parent


def find_versions(bench: Workbench) -> Iterable[tuple[str, str]]:
    """Yield the versions of what is measured and of what it stands beside."""
    script = (
        "import sys, importlib.metadata as m;"
        "print(sys.version.split()[0], *(m.version(n) for n in "
        "('eventview', 'textual', 'msgspec', 'httpx', 'rich')), sep='\\n')"
    )
    names = ("Python", "eventview", "Textual", "msgspec", "httpx", "Rich")
    printed = run([bench.python, "-c", script], capture_output=True, text=True, check=False)  # noqa: S603  # our own interpreter
    yield from zip(names, printed.stdout.splitlines(), strict=False)
    for name, path in bench.peers.items():
        printed = run([path, "--version"], capture_output=True, text=True, check=False)  # noqa: S603  # as found
        found = re.search(r"v?\d[\w.]*", printed.stdout + printed.stderr)
        yield name, found[0] if found else "unknown"


def parse_arguments() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("--quick", action="store_true", help="few runs of small sizes: a minute")
    parser.add_argument(
        "--only",
        type=re.compile,
        default=re.compile(""),
        metavar="REGEX",
        help=f"only subjects whose names match: {', '.join(SUBJECTS)}",
    )
    parser.add_argument("--runs", type=int, help="how often each is run (7, quick 2)")
    parser.add_argument(
        "--command",
        type=Path,
        default=Path(sys.executable).with_name("eventview"),
        metavar="PATH",
        help="another eventview to measure, with its interpreter beside it",
    )
    parser.add_argument(
        "--peers", type=Path, default=[], nargs="+", metavar="FOLDER", help="beside those of PATH"
    )
    parser.add_argument(
        "--most", type=int, default=1_000_000, metavar="EVENTS", help="largest size (1,000,000)"
    )
    parser.add_argument(
        "--output", type=Path, default=FOLDER / "RESULTS.md", metavar="FILE", help="Markdown file"
    )
    return parser.parse_args()


def main() -> None:
    """Measure everything and write the page."""
    options = parse_arguments()
    facts = [*describe_machine()]
    command = options.command.absolute()
    most = 10_000 if options.quick else options.most
    search = os.pathsep.join([*map(str, options.peers), os.environ.get("PATH", os.defpath)])
    python = str(command.with_name("python"))
    compile_modules(python)
    with tempfile.TemporaryDirectory() as folder:
        bench = Workbench(
            command=str(command),
            python=python,
            peers={name: path for name in PEERS if (path := shutil.which(name, path=search))},
            folder=Path(folder),
            runs=options.runs or (2 if options.quick else 7),
            sizes=[size for size in (10**power for power in range(2, 7)) if size <= most],
        )
        facts += find_versions(bench)
        facts.append(("runs", f"{bench.runs}; fewer of what takes long, more of keys"))
        sections = []
        for name, measure in SUBJECTS.items():
            if options.only.search(name):
                start = monotonic()
                print(f"{name} …", file=sys.stderr)
                section = measure(bench)
                sections.append(section)
                print(f"\x1b[K{monotonic() - start:.0f} s", file=sys.stderr)
                for result in section.results:
                    print("  ".join(cell for cell in result.cells() if cell), flush=True)
                print(*section.missing, sep="\n")
    picture = options.output.with_suffix(".svg")
    charts = [chart for section in sections for chart in section.charts]
    if charts:
        picture.write_text(draw(charts), "utf-8")
    options.output.write_text(
        render_page(sections, facts, picture=picture.name if charts else ""), "utf-8"
    )


if __name__ == "__main__":
    main()
