"""Sessions from a server: the request, the first row, and a session of many pages."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from queue import Empty, Queue
from threading import Thread
from typing import Final, NamedTuple

from tests.bench.programs import Sample, TooLateError
from tests.bench.results import Result, Section, Series
from tests.bench.workbench import Comparison, Measure, Subject, Workbench
from tests.server.openreplay import API_KEY, MANY_SESSION_ID, PROJECT_KEY

_FIRST_LABEL: Final = "Element 1"
_PAGE: Final = 200
_IN_FLIGHT: Final = 4
_DELAY_S: Final = 0.1


class Exchanged(NamedTuple):
    """The begin of a request or of an answer."""

    name: str
    moment: float
    """By `time.monotonic`."""
    in_flight: int


class Serving:
    """A server in a process of its own.

    Attributes:
        settings: Environment variables that name it and hold its key.
    """

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        lines = iter(process.stdout)
        url = next(found[1] for line in lines if (found := re.match(r"server\s+(\S+)", line)))
        self.url = url
        self.settings: Mapping[str, str] = {"OPENREPLAY_URL": url, "OPENREPLAY_API_KEY": API_KEY}
        self._log: Queue[Exchanged] = Queue()
        Thread(target=self._follow, args=(lines,), daemon=True).start()

    def _follow(self, lines: Iterator[str]) -> None:
        for line in lines:
            if found := re.match(r"(request|answer) ([\d.]+) (\d+)", line):
                self._log.put(Exchanged(found[1], float(found[2]), int(found[3])))

    def log(self) -> list[Exchanged]:
        """Return what has happened since the last call."""
        log: list[Exchanged] = []
        while True:
            try:
                log.append(self._log.get(timeout=0.05))
            except Empty:
                return log


@contextmanager
def serving(*options: str) -> Iterator[Serving]:
    """Serve while the context is open."""
    command = [sys.executable, "-m", "tests.server", "--log", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603  # our own interpreter and module
        try:
            yield Serving(process)
        finally:
            process.terminate()


def measure_request(bench: Workbench) -> Section:
    """Measure the time until the request is on the wire, by the server's clock."""
    section = Section("The request on the wire")
    home = bench.folder / "configured" / "eventview"
    home.mkdir(parents=True, exist_ok=True)
    beside = Subject('python -c "import httpx; httpx.Client()"')
    plain = Subject("without a configuration file")
    configured = Subject("with a configuration file")
    with serving("--release", "1.21", "--events", "200") as server:
        (home / "config.toml").write_text(f'[profiles.bench]\nurl = "{server.url}"\n', "utf-8")

        def until_request(*options: str, settings: Mapping[str, str]) -> Sample:
            server.log()
            command = (bench.command, *options, PROJECT_KEY, MANY_SESSION_ID)
            with bench.open(*command, more=settings) as program:
                program.until(_FIRST_LABEL)
                [request, *_] = server.log()
                return Sample(request.moment - program.start, 0, 0)

        measures: dict[Subject, Measure] = {
            beside: bench.ended(bench.python, "-c", "import httpx; httpx.Client()"),
            plain: partial(until_request, settings=server.settings),
            configured: partial(
                until_request,
                "--profile",
                "bench",
                settings={"OPENREPLAY_API_KEY": API_KEY, "XDG_CONFIG_HOME": str(home.parent)},
            ),
        }
        compared = Comparison(section, bench.runs, measures)
    compared.add(plain, beside, 1.2)
    compared.add(configured, beside, 1.5)
    return section


def measure_first_row(bench: Workbench) -> Section:
    """Measure the first row of 200 events from a server that takes 300 ms for an answer."""
    section = Section("First row from a server, 200 events")
    delay_s = 0.3
    own = Subject(f"first row, answers after {delay_s * 1000:.0f} ms")
    httpx, bare = Subject("import httpx"), Subject("bare Textual app")
    options = ("--release", "1.21", "--events", "200", "--delay", str(delay_s))
    with serving(*options) as server:
        session = (bench.command, PROJECT_KEY, MANY_SESSION_ID)
        measures = {
            own: bench.shown(_FIRST_LABEL, *session, more=server.settings),
            httpx: bench.ended(bench.python, "-c", "import httpx"),
            bare: bench.bare_app(),
        }
        compared = Comparison(section, bench.runs, measures)
    if all(subject in compared for subject in measures):
        least = [
            max(delay_s + imported.wall_s, shown.wall_s)
            for imported, shown in zip(compared[httpx], compared[bare], strict=True)
        ]
        bound = Series("max(latency + import httpx, bare app)", least)
        section.results.append(Result(compared.series(own), bound, aim=1.25))
    return section


def measure_pages(bench: Workbench) -> Section:
    """Measure a long session of the second API, which comes in pages."""
    count = 20_000 if bench.sizes[-1] >= 100_000 else 4_000
    section = Section(f"{count:,} events of the second API, {_DELAY_S * 1000:.0f} ms an answer")
    bound_s = -(-count // (_PAGE * _IN_FLIGHT)) * _DELAY_S
    first: list[float] = []
    first_bound: list[float] = []
    whole: list[float] = []
    requests: list[float] = []
    most: list[float] = []
    cpu_s: list[float] = []
    options = ("--release", "1.27", "--events", str(count), "--delay", str(_DELAY_S))
    with serving(*options) as server:
        for turn in range(bench.few_runs + 1):
            bare = bench.bare_app()()
            server.log()
            with bench.open(
                bench.command, PROJECT_KEY, MANY_SESSION_ID, more=server.settings
            ) as program:
                try:
                    rows_s = program.until(_FIRST_LABEL)
                    program.until_ready()
                except TooLateError as error:
                    section.missing.append(f"a run that has not shown {error}.")
                    continue
                used = program.cpu_s()
            log = server.log()
            if turn:  # the server makes its rows when it is first asked
                begin = log[0].moment
                first.append(rows_s)
                first_bound.append(max(begin - program.start + 2 * _DELAY_S, bare.wall_s))
                whole.append(log[-1].moment - begin)
                requests.append(sum(each.name == "request" for each in log))
                most.append(max(each.in_flight for each in log))
                cpu_s.append(used)
    if whole:
        bound = Series("bound of 4 in flight", [bound_s] * len(whole))
        section.results += [
            Result(
                Series("first rows", first),
                Series("max(request + 2 round trips, bare app)", first_bound),
                aim=1.25,
            ),
            Result(
                Series("first request to last answer", whole, cpu_s),
                bound,
                aim=1.3 if count == 20_000 else None,
            ),
            Result(Series("requests", requests), unit="", note=f"{count // _PAGE} full pages"),
            Result(Series("most in flight", most), unit="", aim=_IN_FLIGHT),
        ]
    return section
