"""Opening a file: first row, all ready, memory; and commands that only start."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from functools import partial
from typing import Final

from tests.bench.programs import Sample
from tests.bench.results import Result, Section, Series
from tests.bench.sessions import SECOND_ROW, SESSION_ID
from tests.bench.workbench import Comparison, Measure, Subject, Workbench

_BARE: Final = Subject("bare Textual app")
_READING: Final = "reading alone"
_READ: Final = """
import sys
from pathlib import Path
from eventview.sources.files import open_file
for batch in open_file(Path(sys.argv[1])).batches():
    pass
"""
_PEERS: Final = {"toolong": "tl", "VisiData": "vd", "lnav": "lnav"}
_PIPE: Final = "jq into less"


def _first_row_of_peers(bench: Workbench, count: int) -> Mapping[Subject, Measure]:
    """Return the measures of other programs until their first row, of events a line each."""
    measures = {
        Subject(name, count): bench.shown(SESSION_ID, bench.peers[tool], bench.lines(count))
        for name, tool in _PEERS.items()
        if tool in bench.peers
    }
    if {"jq", "less"} <= bench.peers.keys():
        jq, less, file = map(
            shlex.quote, (bench.peers["jq"], bench.peers["less"], bench.file(count))
        )
        script = f"{jq} -c '.data[]' {file} | {less}"
        measures[Subject(_PIPE, count)] = bench.shown(SESSION_ID, "sh", "-c", script)
    return measures


def measure_first_row(bench: Workbench) -> Section:
    """Measure the time to the first row of each size, beside a bare app and other programs."""
    section = Section("First row of a file")
    measures = {_BARE: bench.bare_app()}
    for count in bench.sizes:
        measures[Subject("eventview", count)] = bench.first_row(count)
        if count >= bench.small:
            measures |= _first_row_of_peers(bench, count)
    compared = Comparison(section, bench.runs, measures)
    few, many, most = (
        Subject("eventview", count) for count in (bench.small, bench.large, bench.sizes[-1])
    )
    compared.add(few, _BARE, 1.4)
    compared.add(many, _BARE)
    compared.add(many, few, 1.1)
    if most != many:
        compared.add(most, many, 1.2)
    for own in dict.fromkeys((few, many, most)):
        for peer in (*_PEERS, _PIPE):
            is_judged = peer == "toolong" and own == many
            compared.add(own, Subject(peer, own.events), 0.6 if is_judged else None)
    if few in compared:
        written = Series(f"written by then, {few}", [sample.written for sample in compared[few]])
        section.results.append(Result(written, unit="kB"))
    for own in dict.fromkeys((many, most)):
        compared.add_memory(own)
    compared.chart("First row", "s", ("eventview", *_PEERS, _PIPE), lambda sample: sample.wall_s)
    return section


def measure_all_ready(bench: Workbench) -> Section:
    """Measure time, processor time and memory until signals, strip and counts are there."""
    section = Section("All ready: signals, strip, counts")

    def ready(count: int) -> Sample:
        with bench.open(bench.command, bench.file(count)) as program:
            program.until(SECOND_ROW)
            return program.sample(program.until_ready())

    measures: dict[Subject, Measure] = {}
    for count in bench.sizes:
        measures[Subject("eventview", count)] = partial(ready, count)
        reading = bench.ended(bench.python, "-c", _READ, bench.file(count))
        measures[Subject(_READING, count)] = reading
    compared = Comparison(section, bench.few_runs, measures)
    memory_aims = {100_000: 130e6, 1_000_000: 0.9e9}
    for count in bench.sizes:
        own, reading_alone = Subject("eventview", count), Subject(_READING, count)
        compared.add(own)
        compared.add_memory(own, memory_aims.get(count))
        if count == bench.small and own in compared:
            written = Series(f"written by then, {own}", [each.written for each in compared[own]])
            section.results.append(Result(written, unit="kB", aim=40_000))
        if count >= bench.large and own in compared and reading_alone in compared:
            # The start of both programs, which has nothing to do with the events, is taken off.
            used, alone = (
                Series(
                    f"CPU of {subject}, less the start",
                    [
                        sample.cpu_s - start.cpu_s
                        for sample, start in zip(
                            compared[subject],
                            compared[subject._replace(events=bench.sizes[0])],
                            strict=True,
                        )
                    ],
                )
                for subject in (own, reading_alone)
            )
            section.results.append(Result(used, alone, aim=3 if count == 100_000 else None))
    compared.chart(
        "Processor time until ready", "s", ("eventview", _READING), lambda sample: sample.cpu_s
    )
    compared.chart("Memory", "MB", ("eventview",), lambda sample: sample.peak_bytes / 1e6)
    return section


def measure_commands(bench: Workbench) -> Section:
    """Measure commands that need no session, beside the start of Python."""
    section = Section("Commands that only start")
    python = Subject('python -c "import argparse"')
    aims = {"--help": 2.0, "--version": None, "--demo --format text": 4.0}
    measures = {python: bench.ended(bench.python, "-c", "import argparse")}
    for arguments in aims:
        measures[Subject(arguments)] = bench.ended(bench.command, *arguments.split())
    compared = Comparison(section, 3 * bench.runs, measures)
    for arguments, aim in aims.items():
        compared.add(Subject(arguments), python, aim)
    return section
