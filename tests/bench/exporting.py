"""Exports of a session beside jq, which does no more than write the events, and comparisons."""

from __future__ import annotations

from typing import Final

from tests.bench.results import Section
from tests.bench.sessions import changed_file
from tests.bench.workbench import Comparison, Measure, Subject, Workbench

_JQ: Final = "jq -c '.data[]'"


def measure_exports(bench: Workbench) -> Section:
    """Measure NDJSON of each size, and the other forms of the large one."""
    section = Section("Exports")
    measures: dict[Subject, Measure] = {}
    for count in bench.sizes:
        for form in ("ndjson", "json", "text", "csv") if count == bench.large else ("ndjson",):
            measures[Subject(form, count)] = bench.ended(
                bench.command, bench.file(count), "--format", form
            )
        if "jq" in bench.peers:
            measures[Subject(_JQ, count)] = bench.ended(
                bench.peers["jq"], "-c", ".data[]", bench.file(count)
            )
    compared = Comparison(section, bench.few_runs, measures)
    for own in measures:
        if own.program != _JQ:
            is_judged = own == Subject("ndjson", 100_000)
            jq = Subject(_JQ, own.events)
            compared.add(own, jq if jq in compared else None, 0.6 if is_judged else None)
            if own.events >= bench.large:
                compared.add_memory(own)
    compared.chart("Export", "s", ("ndjson", _JQ), lambda sample: sample.wall_s)
    return section


def measure_comparison(bench: Workbench) -> Section:
    """Measure the comparison of two large sessions of which every tenth event differs."""
    count = bench.large
    section = Section("Comparison of two sessions")
    file = bench.file(count)
    other = str(changed_file(bench.folder, count, "other", 10, "changed "))
    forms = {
        Subject(f"--with --format {form}", count): bench.ended(
            bench.command, file, "--with", other, "--format", form
        )
        for form in ("text", "json")
    }
    compared = Comparison(section, bench.few_runs, forms)
    for own in forms:
        compared.add(own, aim=2.0 if count == 100_000 else None)
    return section
