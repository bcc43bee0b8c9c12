"""Exports and scripts: files, formats, exit codes, what goes where."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shlex
import sys
import threading
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from eventview.cli import resolve
from eventview.cli.parser import FORMAT_NAMES
from eventview.config.profiles import Profile
from eventview.config.settings import Setting, Settings
from eventview.errors import UnavailableError
from eventview.export.formats import ENDINGS, FORMATS, TICKETS, format_of
from eventview.progress import Progress
from eventview.session.source import Batch, OnStatus, SessionRef, ignore_status
from eventview.terminal import ProgressLine
from tests.bench.sessions import changed_file, v1_file
from tests.cli.test_main import shell
from tests.conftest import CASES, CHECKOUT, Named, Run, recorded
from tests.server.conversion import era_b_rows, v2_rows
from tests.server.faults import Hold
from tests.server.openreplay import API_KEY, PROJECT_KEY, SESSION_IDS, OpenReplay, Running, serve
from tests.tables import each_row

SESSION = SESSION_IDS["checkout"]


@each_row("name", FORMATS)
def test_a_file_holds_what_standard_output_would(run: Run, tmp_path: Path, name: str) -> None:
    file = tmp_path / "out"
    ran = run(str(CHECKOUT), "--format", name, "-o", str(file))
    assert (ran.code, ran.out) == (0, "")
    assert f"written to {file}" in ran.err
    assert file.read_text("utf-8") == run(str(CHECKOUT), "--format", name).out


class FakeTerminal(io.StringIO):
    """Standard error that is a terminal of unknown width."""

    def isatty(self) -> bool:
        return True

    @property
    def steps(self) -> list[str]:
        """Steps that stood on the last line, without their figures, in order."""
        shown = re.findall(r"\reventview: ([^\r\n]+)(?=\r)", self.getvalue())
        figure = r"\d+(?:,\d+)*"
        # A busy machine keeps a step waiting, which then is shown with its time.
        names = (re.sub(figure, "N", re.sub(r", [\d.]+ s *$", "", text)).rstrip() for text in shown)
        return [name for name, _ in groupby(names)]

    @property
    def left(self) -> str:
        """Text that stays, as a terminal overwrites a line after a carriage return."""
        lines = []
        for line in self.getvalue().split("\n"):
            left = ""
            for text in line.split("\r"):
                left = text + left[len(text) :]
            lines.append(left.rstrip())
        return "\n".join(lines)


def watch_progress(monkeypatch: pytest.MonkeyPatch) -> FakeTerminal:
    """Return the terminal of a user to whom no step is too short to be shown."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(ProgressLine, "silent_s", 0)
    monkeypatch.setattr(Progress, "interval_s", 0)
    stderr = FakeTerminal()
    monkeypatch.setattr(sys, "stderr", stderr)
    return stderr


READING = ["reading N events", "reading N of N events", "ordering N events"]
ANALYSING = "analysing N events, step N of N"
WRITING = "writing N of N events"
REDACTING = [
    f"{doing} N of N events"
    for doing in ("finding the country in", "finding what to redact in", "redacting")
]


@each_row(
    ("options", "steps"),
    [
        (("-o", "out.ndjson"), [*READING, ANALYSING, WRITING]),
        (("-o", "out.csv"), [*READING, ANALYSING, WRITING]),
        (("-o", "out.json"), [*READING, ANALYSING, "preparing N of N signals", WRITING]),
        (("-o", "out.txt"), [*READING, ANALYSING, "preparing N of N events", WRITING]),
        (("-o", "out.md"), [*READING, ANALYSING, "preparing a ticket from N events"]),
        (("-o", "out.csv", "--redact"), [*READING, *REDACTING, ANALYSING, WRITING]),
        (
            ("-o", "out.csv", "--filter", "/a.*d/"),
            [*READING, "finding N %", "reading texts N %", "finding N %", ANALYSING, WRITING],
        ),
        (("-o", "out.csv", "--fail-on", "crash"), [*READING, ANALYSING, WRITING]),
        # Standard output may be a file, too.
        (("--format", "csv"), [*READING, ANALYSING, WRITING]),
    ],
)
def test_each_long_step_is_counted_on_a_line_that_does_not_stay(
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: tuple[str, ...],
    steps: list[str],
) -> None:
    session, screen = v1_file(tmp_path, 2000), watch_progress(monkeypatch)
    monkeypatch.chdir(tmp_path)
    assert run(str(session), *options).code == 0
    assert screen.steps == steps
    messages = [line for line in screen.left.split("\n") if line]
    assert all(re.match("eventview: (redacted|.* written to out)", line) for line in messages)


def test_the_figures_of_a_step_rise_to_the_number_of_events(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, screen = v1_file(tmp_path, 2000), watch_progress(monkeypatch)
    assert run(str(session), "--redact", "-o", str(tmp_path / "out.csv")).code == 0
    for doing in ("redacting", "writing"):
        shown = re.findall(rf"{doing} ([\d,]+) of 2,000 events", screen.getvalue())
        counts = [int(count.replace(",", "")) for count in shown]
        assert counts == sorted({*counts})
        assert counts[-1] > 1900


@each_row(("ending", "counted"), [("txt", "lines"), ("md", "lines"), ("json", "lines")])
def test_a_comparison_counts_both_sessions_their_pages_and_its_lines(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str, counted: str
) -> None:
    file, out = v1_file(tmp_path, 2000), tmp_path / f"out.{ending}"
    other = changed_file(tmp_path, 2000, "other", 5, "Other ")
    screen = watch_progress(monkeypatch)
    assert run(str(file), "--with", str(other), "-o", str(out)).code == 0
    steps = screen.steps
    assert steps[:6] == [*READING, *READING]
    assert {"comparing N of N page visits", ANALYSING} <= {*steps}
    assert steps[-1] == f"writing N of N {counted}"
    assert screen.left.count("\n") == 1


def test_a_progress_line_is_for_who_sees_nothing_else(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, file = v1_file(tmp_path, 2000), tmp_path / "out.csv"
    screen = watch_progress(monkeypatch)
    assert run(str(session), "-o", str(file), "--quiet").code == 0
    assert screen.getvalue() == ""
    # No regular file, as `/dev/stdout` may be the terminal.
    assert run(str(session), "--format", "csv", "-o", os.devnull).code == 0
    assert screen.getvalue() == f"eventview: 2,000 events written to {os.devnull}\n"


def test_a_failure_follows_a_line_that_is_blank(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, screen = v1_file(tmp_path, 2000), watch_progress(monkeypatch)
    ran = run(str(session), "--at", "#9999", "-o", str(tmp_path / "out.csv"))
    assert ran.code == 4
    assert screen.steps == READING
    assert screen.left.startswith("eventview: ")
    assert "9999" in screen.left.partition("\n")[0]


class ImpatientTerminal(FakeTerminal):
    """Terminal of a user who waits for a server until the time of that is shown."""

    def __init__(self) -> None:
        super().__init__()
        self.has_figure = threading.Event()

    def write(self, text: str) -> int:
        if re.search(r"\reventview: waiting for 127\.0\.0\.1:\d+, \d+\.\d s", text):
            self.has_figure.set()
        return super().write(text)


@each_row(
    "arguments",
    [
        (PROJECT_KEY, SESSION, "-o", "out.csv"),
        (PROJECT_KEY, SESSION, "--with", SESSION, "-o", "out.txt"),
        (PROJECT_KEY, "--user", "mickael@openreplay.com", "-o", "out.json"),
        (PROJECT_KEY, SESSION, "--doctor"),
        # The project's key is asked for.
        ("HOST/1/session/" + SESSION, "-o", "out.csv"),
    ],
)
def test_a_wait_for_a_server_is_timed(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    screen = ImpatientTerminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENREPLAY_API_KEY", API_KEY)
    with serve(OpenReplay(release="1.27", faults=[Hold(screen.has_figure)])) as running:
        target, *options = arguments
        target = target.replace("HOST", running.host_url)
        assert run(target, *options, "--url", running.url).code == 0
    assert screen.has_figure.is_set()
    assert "waiting" not in screen.left


def test_a_terminal_that_only_appends_has_no_progress(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, screen = v1_file(tmp_path, 2000), watch_progress(monkeypatch)
    monkeypatch.setenv("TERM", "dumb")
    assert run(str(session), "-o", str(tmp_path / "out.csv")).code == 0
    assert "\r" not in screen.getvalue()


@each_row(
    ("ending", "begins"),
    [
        ("md", "## Clicked"), ("JSON", '{"schema":"eventview-session/2"'), ("ndjson", '{"n":1,'),
        ("jsonl", '{"n":1,'), ("csv", "\ufeffn,time"), ("jira", "h2. "), ("txt", "events_b"),
    ],
)  # fmt: skip
def test_the_ending_of_a_file_says_its_format(
    run: Run, tmp_path: Path, ending: str, begins: str
) -> None:
    file = tmp_path / f"out.{ending}"
    assert run(str(CHECKOUT), "-o", str(file)).code == 0
    assert file.read_text("utf-8").startswith(begins)
    odd = tmp_path / "out.log"
    ran = run(str(CHECKOUT), "-o", str(odd))
    assert (ran.code, odd.exists()) == (2, False)
    assert run(str(CHECKOUT), "-o", str(file), "--format", "csv").code == 0
    assert file.read_text("utf-8").startswith("\ufeffn,")


@each_row(
    ("options", "title", "moment"),
    [
        # Not shown, so that the next stands in for it: as on the screen.
        (
            ("--filter", "is:slow", "--at", "#87"),
            "## Slow page /checkout/payment: LCP 13.9 s\n",
            "+8:48.495",
        ),
        (("--at", "+99:00"), "## Page /help/thanks\n", "+11:55.406"),
        (("--at", "+99:00", "--before", "3"), "## Page /help/thanks\n", "+11:55.406"),
        # A run of clicks is one row and begins before the rage does.
        (("--filter", "is:rage"), "", "+9:43.126"),
    ],
)
def test_a_ticket_is_about_a_row_that_it_shows(
    run: Run, options: tuple[str, ...], title: str, moment: str
) -> None:
    text = run("--demo", *options, "--format", "md").out
    assert text.startswith(title)
    assert f"- **when:** {moment} since" in text
    rows = [line for line in text.splitlines() if "←" in line]
    assert rows
    assert all(moment in row for row in rows)


def test_a_file_that_cannot_be_written_is_told_before_anything_is_fetched(
    run: Run, running: Running, tmp_path: Path
) -> None:
    for option in ("-o", "--save"):
        ran = run(PROJECT_KEY, SESSION, option, str(tmp_path / "missing" / "out.json"))
        assert (ran.code, ran.out) == (2, "")
        assert "There is no folder" in ran.err
    assert running.openreplay.requests == []


def test_when_the_source_fails_a_file_that_is_there_stays(
    run: Run, running: Running, tmp_path: Path
) -> None:
    file = tmp_path / "out.json"
    file.write_text("precious")
    assert run(PROJECT_KEY, SESSION_IDS["empty"], "-o", str(file)).code == 4
    assert file.read_text() == "precious"


def test_the_rows_of_an_export_are_those_of_every_format(run: Run) -> None:
    arguments = (str(CHECKOUT), "--filter", "cart", "--find", "update")
    numbers = [record["n"] for record in run(*arguments, "--format", "ndjson").records]
    document = json.loads(run(*arguments, "--format", "json").out)
    table = csv.DictReader(
        io.StringIO(run(*arguments, "--format", "csv").out.removeprefix("\ufeff"))
    )
    text = run(*arguments, "--format", "text").out
    assert [record["n"] for record in document["events"]] == numbers
    assert [int(row["n"]) for row in table] == numbers
    assert f"{len(numbers)} of 180 shown" in text


def test_times_are_told_as_asked_for(run: Run) -> None:
    def first_cell(*arguments: str) -> str:
        lines = run(str(CHECKOUT), *arguments).out.splitlines()
        return next(line for line in lines if "Accept all cookies" in line).split()[0]

    assert first_cell() == "+0:02.057"
    assert first_cell("--times", "utc") == "13:00:02.657"
    assert first_cell("--times", "local") == "09:00:02.657"
    assert first_cell("--times", "#3") == "-0:01.970"
    assert first_cell("--times", "+0:04.027") == "-0:01.970"
    assert first_cell("--times", "+0:04") == "+0:00.000", "the last event at or before it"
    assert first_cell("--times", "#999") == "+0:02.057"
    assert "There is no event #999" in run(str(CHECKOUT), "--times", "#999").err
    assert "times: since +0:04.027" in run(str(CHECKOUT), "--times", "#3").out
    ran = run(str(CHECKOUT), "--times", "soon")
    assert (ran.code, ran.out) == (2, "")
    assert "--times" in ran.err


def test_context_is_what_is_around_a_match(run: Run) -> None:
    ran = run(str(CHECKOUT), "--filter", "ttfb>1.8s", "--context", "1", "--format", "ndjson")
    assert [r["n"] for r in ran.records] == [37, 38, 39, 58, 59, 60, 66, 67, 68]
    assert run("--demo", "--context", "1").code == 2


# Scripts


@each_row(
    ("kinds", "arguments", "code"),
    [
        ("rage", (), 1),
        ("error,rage", (), 1),
        ("slow", (), 1),
        ("severe", (), 1),
        ("signal", (), 1),
        ("gap", (), 1),
        ("error", (), 0),
        ("crash,failed", (), 0),
        ("rage", ("--filter", "is:slow"), 0),
        ("slow", ("--filter", "is:slow"), 1),
        ("rage", ("--filter", "is:rage -n"), 0),
        ("rage", ("--at", "#1", "--after", "20"), 0),
        ("stuck", (), 0),
        ("rage", ("--at", "#34", "--after", "1"), 1),
        ("gap", ("--at", "#22", "--after", "0"), 0),
    ],
)
def test_fail_on_looks_for_signals_in_what_is_shown(
    run: Run, kinds: str, arguments: tuple[str, ...], code: int
) -> None:
    ran = run(str(CHECKOUT), "--fail-on", kinds, "--format", "ndjson", *arguments)
    assert ran.code == code
    assert ran.records or "-n" in " ".join(arguments)
    assert ran.err.startswith("eventview: --fail-on: ") is bool(code)


def test_the_reason_names_what_was_found_and_where_it_is_first(run: Run) -> None:
    ran = run(str(CHECKOUT), "--fail-on", "slow,rage", "--quiet")
    assert ran == (
        1,
        "",
        "eventview: --fail-on: 3 rage clicks, 7 poor loads; the first at #26, +2:55.160: "
        "Poor load of /cart: INP 512 ms (poor over 500 ms)\n",
    )


@pytest.mark.parametrize("rows_of", [era_b_rows, lambda events: v2_rows("7", events)])
def test_rage_is_found_where_a_server_keeps_whole_seconds(
    run: Run, tmp_path: Path, rows_of: Callable[[Any], list[Any]]
) -> None:
    rows = rows_of(json.loads(CHECKOUT.read_bytes())["data"])
    is_v1 = rows_of is era_b_rows
    answer = {"data": rows if is_v1 else {"total": len(rows), "events": rows}}
    file = tmp_path / "answer.json"
    file.write_text(json.dumps(answer), "utf-8")
    ran = run(str(file), "--fail-on", "rage", "--quiet")
    assert (ran.code, ran.out) == (1, "")
    assert "3 rage clicks" in ran.err
    assert "5 clicks on “Apply” within one second" in ran.err
    found = run(str(file), "--filter", "is:rage type:click", "--format", "json").out
    rules = {s["rule"] for s in json.loads(found)["signals"] if s["kind"] == "rage"}
    assert rules == {
        "3 or more within one second (PostHog: 1,000 ms); 300 ms cannot be measured here"
    }


def test_clicks_that_the_server_dated_itself_are_not_called_clean(run: Run, tmp_path: Path) -> None:
    rows = era_b_rows(json.loads(CHECKOUT.read_bytes())["data"])
    stamped = [row | {"timestamp": row["timestamp"] + 17} for row in rows]
    file = tmp_path / "answer.json"
    file.write_text(json.dumps({"data": stamped}), "utf-8")
    ran = run(str(file), "--fail-on", "rage", "--quiet")
    assert ran.code == 0
    clicks = sum(row["type"] == "CLICK" for row in rows)
    assert (
        f"cannot be told of {clicks} clicks: the server dated them when it stored them" in ran.err
    )
    assert run(str(file), "--fail-on", "slow", "--quiet").err.count("cannot be told") == 0


def test_clicks_without_effect_are_looked_for_and_told(run: Run, tmp_path: Path) -> None:
    rows = [
        {"type": "LOCATION", "timestamp": 1, "messageId": 1, "host": "shop", "path": "/pay"},
        *(
            {"type": "CLICK", "timestamp": 1000 + n * 400, "messageId": n, "label": "Pay"}
            for n in range(6)
        ),
    ]
    file = tmp_path / "answer.json"
    file.write_text(json.dumps({"data": rows}), "utf-8")
    ran = run(str(file), "--fail-on", "stuck", "--quiet")
    assert ran.code == 1
    assert "1 run of clicks without effect; the first at #2, " in ran.err
    assert len(run(str(file), "--filter", "is:stuck", "--format", "ndjson").records) == 6
    ticket = run(str(file), "--format", "md").out
    assert ticket.startswith("## Clicked “Pay” 6 times without effect on /pay")
    assert "- **clicks:** 6 within 2.0 s" in ticket
    assert "stuck ×6" in ticket
    assert "Click “Pay” 6 times" in ticket


@pytest.mark.parametrize(
    ("kinds", "message"),
    [("eror", "The nearest signal is error"), ("zzz", "The signals are: "), (",", "no")],
)
def test_a_signal_that_there_is_not_is_told(run: Run, kinds: str, message: str) -> None:
    ran = run("--demo", "--fail-on", kinds)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err


def test_quiet_writes_nothing_but_failures(run: Run, running: Running, tmp_path: Path) -> None:
    assert run(str(CHECKOUT), "--quiet", "--type", "nothing") == (0, "", "")
    file = tmp_path / "out.json"
    assert run(str(CHECKOUT), "--quiet", "-o", str(file)) == (0, "", "")
    assert json.loads(file.read_text("utf-8"))["total"] == 180
    ran = run(PROJECT_KEY, SESSION_IDS["empty"], "--quiet")
    assert (ran.code, ran.out) == (4, "")
    assert "No events" in ran.err


@pytest.mark.slow
def test_a_reader_that_has_left_changes_nothing_of_what_is_found(tmp_path: Path) -> None:
    ran = shell('"$@" | head -1; echo "${PIPESTATUS:-}" >&2', "--demo", "--fail-on", "rage")
    assert "--fail-on: " in ran.err
    assert "Broken" not in ran.err
    codes = shell('{ "$@"; echo $? >&3; } 3>&2 | head -1', "--demo", "--fail-on", "severe")
    assert codes.err.splitlines()[-1] == "1"


# Links, commands, what is kept


def test_a_ticket_has_the_link_and_the_command_that_lead_there_again(
    run: Run, running: Running
) -> None:
    text = run(PROJECT_KEY, SESSION, "--format", "md", "--at", "#31", "--filter", "cart").out
    line = text[text.index("```sh\n") + 6 :].splitlines()[0]
    assert API_KEY not in text
    assert line == (
        f"eventview --url {running.url} {PROJECT_KEY} {SESSION} --filter cart --at '#31'"
    )
    again = run(*shlex.split(line)[1:], "--format", "md").out
    assert again == text
    assert f"/session/{SESSION}?jumpto=" in text


@pytest.mark.parametrize("release", ["1.21", "1.25", "1.27"])
def test_the_projects_number_is_asked_for_where_nobody_said_it(
    release: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serve(OpenReplay(release=release)) as running:  # type: ignore[arg-type]  # one of them
        monkeypatch.setenv("OPENREPLAY_URL", running.url)
        monkeypatch.setenv("OPENREPLAY_API_KEY", API_KEY)
        document = json.loads(run(PROJECT_KEY, SESSION, "--format", "json").out)
        link = f"{document['replay']['url']}?jumpto=57600"
        number = document["replay"]["url"].split("/")[-3]
        assert number.isdecimal()
        assert document["replay"]["url"].endswith(f"/{number}/session/{SESSION}")
        assert running.url.startswith(document["replay"]["url"].split(f"/{number}/")[0])
        # The link is one that opens here again, at the moment.
        assert run(link, "--format", "ndjson").records
        around = run(link, "--before", "2", "--after", "1", "--format", "ndjson").records
        assert len(around) == 4
        document = json.loads(run(link, "--format", "json").out)
        [at] = [r for r in document["events"] if r["n"] == document["at"]]
        assert 51_000 <= at["offset_ms"] <= 57_600, "the last event at or before it"
        ticket = run(link, "--format", "md").out
        assert "### What led to it" in ticket
        assert f"| {document['at']} ← |" in ticket


def test_without_a_link_the_ticket_says_why(run: Run) -> None:
    text = run(str(CHECKOUT), "--format", "md").out
    assert "- **replay:** not known: The replay of this session is not known.\n" in text
    assert json.loads(run(str(CHECKOUT), "--format", "json").out)["replay"] is None


def test_what_is_saved_is_what_the_server_sent_and_opens_again(
    run: Run, running: Running, tmp_path: Path
) -> None:
    file = tmp_path / "kept.json"
    ran = run(PROJECT_KEY, SESSION, "--save", str(file), "--format", "ndjson")
    assert f"1 answer kept in {file}" in ran.err
    assert run(str(file), "--format", "ndjson").out == ran.out
    assert run(str(CHECKOUT), "--save", str(tmp_path / "copy"), "--quiet").code == 0
    assert (tmp_path / "copy").read_bytes() == CHECKOUT.read_bytes()
    for more in (("--user", "x"), ("--with", SESSION)):
        assert run(PROJECT_KEY, *more, "--save", str(file)).code == 2


def test_the_schemas_are_shipped_with_the_command(run: Run) -> None:
    for arguments, word in (((), "replay"), (("comparison",), "outcome")):
        ran = run("--schema", *arguments)
        assert ran.code == 0
        assert word in json.dumps(json.loads(ran.out))


# Redaction


def test_a_redacted_export_names_nobody_and_says_what_was_replaced(
    run: Run, running: Running
) -> None:
    for name in FORMATS:
        ran = run(PROJECT_KEY, SESSION, "--redact", "--format", name)
        assert ran.code == 0
        for word in ("acme-outdoor", PROJECT_KEY, SESSION, "jumpto", running.host_url):
            assert word not in ran.out, f"{word} in {name}"
        outputs = [ran.err] if name in ("ndjson", "csv") else [ran.err, ran.out]
        for output in outputs:
            assert "redacted: 1 session, 1 project" in output
            assert "not looked for: names of people" in output


def test_a_redacted_file_is_counted_in_events_and_what_was_replaced_is_said(
    run: Run, tmp_path: Path
) -> None:
    for ending in ("json", "ndjson", "csv", "txt"):
        file = tmp_path / f"redacted.{ending}"
        notices = run(str(CHECKOUT), "--type", "input", "--redact", "-o", str(file)).err
        assert f"24 events, redacted, written to {file}" in notices
        assert "eventview: redacted: 1 session, " in notices
        assert "not looked for: names of people" in notices
    assert run(str(CHECKOUT), "--redact", "--quiet", "-o", str(file)).err == ""


@pytest.mark.parametrize(
    ("case", "left"),
    [
        ("r01-redact.json", {"zoe-quillmann", "zoe", "quillmann", "10002346"}),
        ("r02-payload-fields.json", set()),
    ],
)
def test_what_the_cases_hold_of_somebody_is_gone_from_every_format(
    case: str, left: set[str], run: Run
) -> None:
    telling = re.compile(
        r"zoe[-\w.]*|quill\w*|secret(?!s?\b)\w+|\d[\d -]{6,}\d|ghp_\w*|sk_live\w*|akia\w*|\+49",
        re.IGNORECASE,
    )
    file = Path(__file__).parents[1] / "cases" / case
    for name in FORMATS:
        ran = run(str(file), "--redact", "--format", name)
        assert ran.code == 0
        lines = re.sub(r"176277\d{7}|\d{4}-\d\d-\d\d", "", ran.out)
        assert set(telling.findall(lines)) <= left, name


@pytest.mark.parametrize("name", ["ÄNDERUNG", "a\u0308nderung", "Ände\u00adrung"])
def test_a_type_is_found_in_every_spelling_that_looks_so(
    name: str, run: Run, tmp_path: Path
) -> None:
    file = tmp_path / "session.json"
    rows = [{"type": word, "timestamp": n} for n, word in enumerate(["A\u0308nderung", "b"], 1)]
    file.write_text(json.dumps({"data": rows}), "utf-8")
    for arguments in (["--type", name], ["--filter", f"type:{name}"]):
        ran = run(str(file), *arguments, "--format", "json")
        assert [row["n"] for row in json.loads(ran.out)["events"]] == [1], arguments
        assert "no events of type" not in ran.err


def test_a_comparison_of_redacted_sessions_says_what_was_replaced(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "redacted.json"
    run(str(CHECKOUT), "--redact", "-o", str(file))
    for name in ("text", "md", "json"):
        notices = run(str(file), "--with", str(file), "--format", name).err
        assert "redacted: 1 session" in notices
        assert "not looked for" in notices


def test_a_redacted_view_has_the_same_rows_and_does_not_say_what_was_looked_for(run: Run) -> None:
    arguments = (str(CHECKOUT), "--filter", "shop.acme-outdoor", "--find", "newsletter")
    plain = json.loads(run(*arguments, "--format", "json").out)
    redacted = json.loads(run(*arguments, "--format", "json", "--redact").out)
    assert [r["n"] for r in redacted["events"]] == [r["n"] for r in plain["events"]]
    assert [r["hit"] for r in redacted["events"]] == [r["hit"] for r in plain["events"]]
    assert (redacted["view"], redacted["hits"]) == ("filter: … · find: …", plain["hits"])
    assert "newsletter" not in json.dumps(redacted)


# Two sessions


def test_two_sessions_are_compared_whatever_names_them(
    run: Run, running: Running, tmp_path: Path
) -> None:
    file = tmp_path / "other.json"
    file.write_bytes(CHECKOUT.read_bytes())
    replay = json.loads(run(PROJECT_KEY, SESSION, "--format", "json").out)["replay"]
    for other in (SESSION, str(file), replay["url"]):
        ran = run(PROJECT_KEY, SESSION, "--with", other, "--format", "json")
        assert ran.code == 0
        counts = json.loads(ran.out)["counts"]
        assert (counts["added"], counts["missing"], counts["changed"]) == (0, 0, 0)
    text = run(str(CHECKOUT), "--with", str(file), "--type", "click").out
    assert "LOCATION" not in text


@each_row(
    ("arguments", "message"),
    [
        (("--at", "#1"), "about one session"),
        (("--fail-on", "rage"), "about one session"),
        (("--format", "csv"), "--format text, md, json"),
        (("--redact",), "--redact is for one session"),
    ],
)
def test_what_is_about_one_session_is_not_done_with_two(
    run: Run, arguments: tuple[str, ...], message: str
) -> None:
    ran = run(str(CHECKOUT), "--with", str(CHECKOUT), *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err


def test_a_list_of_sessions_goes_to_a_file_in_its_own_formats(
    run: Run, running: Running, tmp_path: Path
) -> None:
    user = ("--user", "mickael@openreplay.com")
    file = tmp_path / "list.ndjson"
    assert run(PROJECT_KEY, *user, "-o", str(file)).code == 0
    assert len(file.read_text().splitlines()) > 1
    assert run(PROJECT_KEY, *user, "--format", "md").code == 2


def test_the_reason_of_a_redacted_run_is_redacted_too(run: Run, running: Running) -> None:
    ran = run(PROJECT_KEY, SESSION, "--redact", "--fail-on", "slow", "--format", "csv")
    assert ran.code == 1
    assert "E_PROMO_EXPIRED" not in ran.err
    assert "acme-outdoor" not in ran.err
    assert "poor load" in ran.err


@each_row(
    "option",
    [
        ("--redact",),
        ("--fail-on", "rage"),
        ("--at", "#1"),
        ("--with", SESSION),
        ("--times", "utc"),
        ("--filter", "is:slow"),
        ("--find", "x"),
    ],
)
def test_a_list_of_sessions_does_not_take_what_is_about_one(
    option: tuple[str, ...], run: Run, running: Running
) -> None:
    ran = run(PROJECT_KEY, "--user", "mickael@openreplay.com", *option, "--format", "json")
    assert (ran.code, ran.out) == (2, "")


def test_a_redacted_export_opened_again_is_still_known_as_such(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "redacted.json"
    run(str(CHECKOUT), "--redact", "-o", str(file))
    for name in ("md", "text", "json"):
        assert "not looked for" in run(str(file), "--format", name).out
    assert run(str(file), "--format", "json").out == file.read_text("utf-8")
    assert "left out, because it leads to the user" in run(str(file), "--format", "md").out


# A source that fails in the middle


def incomplete(tmp_path: Path) -> Path:
    """An export of a session of which a part has not come."""
    file = tmp_path / "part.json"
    answer = json.loads(CHECKOUT.read_bytes())
    rows = v2_rows("7", answer["data"])
    file.write_text(json.dumps({"data": {"total": 999, "events": rows}}), "utf-8")
    return file


def test_a_part_of_a_session_is_said_however_quiet_a_gate_is(run: Run, tmp_path: Path) -> None:
    file = incomplete(tmp_path)
    ran = run(str(file), "--fail-on", "crash", "--quiet")
    assert (ran.code, ran.out) == (0, "")
    assert "incomplete: 819 of 999 events have not come" in ran.err
    assert run(str(file), "--quiet") == (0, "", "")


class Broken(Named):
    """A source that gives the recorded session and then fails."""

    session_ref = SessionRef("acme-shop", "42", "acme.example")

    def batches(self, on_status: OnStatus = ignore_status) -> Iterator[Batch]:
        events = recorded(CHECKOUT).events
        yield Batch(events[:100], 180)
        raise UnavailableError("The server went away.")

    rest = batches


@pytest.fixture
def endless(tmp_path: Path) -> Path:
    """A session with a label in which `(a|aa)+$` takes for ever, and three in which it does not."""
    labels = ("aa", "a" * 60 + "!", "b", "a")
    file = tmp_path / "endless.json"
    file.write_text(
        json.dumps(
            {
                "data": [
                    {"type": "CLICK", "timestamp": 1762772400000 + n * 60_000, "label": label}
                    for n, label in enumerate(labels)
                ]
            }
        ),
        "utf-8",
    )
    return file


@pytest.mark.slow
@each_row(
    ("name", "option"),
    [("text", "--filter"), ("json", "--filter"), *((name, "--find") for name in FORMATS)],
)
def test_what_an_expression_takes_too_long_for_is_named_and_the_rest_is_written(
    run: Run, endless: Path, name: str, option: str
) -> None:
    ran = run(str(endless), option, "label:/(a|aa)+$/", "--format", name)
    assert ran.code == 0
    assert "label:/(a|aa)+$/: 1 text took too long and was left out: #2." in ran.err
    if name not in TICKETS:
        assert (f"{'a' * 60}!" in ran.out) is (option == "--find")


def test_a_gate_says_what_it_could_not_look_through_however_quiet(run: Run, endless: Path) -> None:
    arguments = (str(endless), "--filter", "/(a|aa)+$/", "--quiet")
    assert "left out: #2" in run(*arguments, "--fail-on", "error").err
    assert run(*arguments).err == ""


def test_a_comparison_says_what_it_could_not_look_through(run: Run, endless: Path) -> None:
    ran = run(str(endless), "--with", str(endless), "--filter", "/(a|aa)+$/", "--format", "text")
    left_out = "session, /(a|aa)+$/: 1 text took too long and was left out: #2."
    assert f"The first {left_out}" in ran.out
    assert f"The second {left_out}" in ran.out


@pytest.mark.parametrize("option", ["--filter", "--find"])
def test_a_plain_label_does_not_keep_an_expression_for_ever(run: Run, option: str) -> None:
    case = Path(__file__).parents[1] / "cases" / "q04-redos-plain-label.json"
    ran = run(str(case), option, r"/(\w+\s*)+:/", "--format", "csv")
    notice = "eventview: --find: 0 of 1 event match\n" if option == "--find" else ""
    assert (ran.code, ran.err) == (0, notice)


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolve, "find_target", lambda *_: resolve.Target(Broken()))


@pytest.mark.usefixtures("broken")
def test_what_came_before_a_failure_goes_beside_the_file_that_is_meant_for_the_whole(
    run: Run, tmp_path: Path
) -> None:
    file = tmp_path / "out.ndjson"
    file.write_text("precious")
    ran = run("x", "-o", str(file), "--fail-on", "rage")
    assert ran.code == 5
    assert file.read_text() == "precious"
    beside = tmp_path / "out.incomplete.ndjson"
    assert len(beside.read_text("utf-8").splitlines()) == 100
    for message in ("incomplete", "--fail-on: 3 rage clicks", "went away"):
        assert message in ran.err


@pytest.mark.usefixtures("broken")
@pytest.mark.parametrize("more", [(), ("--with", "y")])
def test_a_file_without_an_ending_stays_whole_too(
    more: tuple[str, ...], run: Run, tmp_path: Path
) -> None:
    file = tmp_path / "out"
    file.write_text("precious")
    assert run("x", *more, "-o", str(file)).code == 5
    assert file.read_text() == "precious"
    assert "Accept all cookies" in (tmp_path / "out.incomplete").read_text("utf-8")


@pytest.mark.usefixtures("broken")
def test_a_comparison_of_a_part_is_written_and_fails(run: Run) -> None:
    ran = run("x", "--with", "y")
    assert ran.code == 5
    assert "Accept all cookies" in ran.out
    assert "is incomplete" in ran.err
    assert ran.err.count("went away") == 2, "each session's failure"


def test_both_sessions_are_read_by_the_rules_of_the_first(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Given(Broken):
        def batches(self, on_status: OnStatus = ignore_status) -> Iterator[Batch]:
            yield Batch(recorded(CHECKOUT).events, 180)

    profile = Profile(bands={"lcp": (1, 2)})
    strict = Settings(None, None, None, Setting("auto", "default"), profile=profile)
    found = iter([resolve.Target(Given(), known=strict), resolve.Target(Given())])
    monkeypatch.setattr(resolve, "find_target", lambda *_: next(found))
    counts = json.loads(run("x", "--with", "y", "--format", "json").out)["counts"]
    assert counts["changed"] == 0


# Odd places


@pytest.mark.slow
def test_a_stream_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    log.write_text("OLD\n")
    ran = shell(f'"$@" >> {shlex.quote(str(log))}', "--demo", "--format", "md", "-o", "/dev/stdout")
    assert ran.code == 0
    assert log.read_text("utf-8").startswith("OLD\n## ")


@pytest.mark.slow
def test_a_closed_output_is_told_in_words() -> None:
    ran = shell('exec "$@" >&-', "--demo", "--format", "json")
    assert ran.code == 2
    assert ran.err == "eventview: The output cannot be written. It is closed.\n"


@pytest.mark.slow
@each_row(
    ("what", "unbuffered"),
    [("--help", ""), ("--version", ""), ("--schema", ""), ("--demo", ""), ("--doctor", ""),
     ("--demo", "1")],
)  # fmt: skip
def test_a_full_output_is_told_in_words(what: str, unbuffered: str) -> None:
    ran = shell(f'PYTHONUNBUFFERED={unbuffered} "$@" > /dev/full', what)
    assert ran == (2, "", "eventview: The output cannot be written. No space left on device.\n")


@pytest.mark.slow
@pytest.mark.parametrize("closed", ["2>&-", "0<&- 2>&-"])
def test_notices_to_a_closed_standard_error_do_not_go_into_the_data(
    tmp_path: Path, closed: str
) -> None:
    file = tmp_path / "data"
    ran_open = shell('"$@"', "--demo", "--format", "ndjson", "--redact")
    ran = shell(f'"$@" {closed}', "--demo", "--format", "ndjson", "--redact")
    assert ran_open.err
    assert ran == (0, ran_open.out, "")
    assert shell(f'"$@" {closed}', "--demo", "-o", str(file), "--format", "csv") == (0, "", "")
    assert file.read_text("utf-8").startswith("\ufeffn,")
    # Failures too.
    assert shell(f'"$@" {closed}', "--nonsense") == (2, "", "")


@pytest.mark.slow
@each_row("encoding", ["latin-1", "ascii", "cp1252", "koi8-r"])
def test_the_help_can_be_read_in_every_encoding(encoding: str) -> None:
    ran = shell(f'PYTHONIOENCODING={encoding} "$@"', "--help")
    assert ran.code == 0
    assert ran.out.isascii()
    assert "\\u" not in ran.out


@pytest.mark.parametrize("name", ["", "folder/", "  "])
def test_what_names_no_file_is_no_file(run: Run, name: str) -> None:
    for option in ("-o", "--save"):
        assert run("--demo", option, name).code == 2
    assert run("--demo", "-o", "a.json", "--save", "a.json").code == 2


@pytest.mark.slow
def test_a_dash_is_standard_output_as_it_is_standard_input() -> None:
    ran = shell('"$@"', "--demo", "--format", "csv", "-o", "-")
    assert (ran.code, ran.out.startswith("\ufeffn,time")) == (0, True)
    assert shell('"$@"', "--demo", "--save", "-").code == 2


def test_a_schema_goes_where_it_is_asked_for(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "schema.json"
    ran = run("--schema", "-o", str(file))
    assert (ran.code, ran.out) == (0, "")
    assert file.read_text("utf-8") == run("--schema").out


def test_a_silence_is_called_so_by_scripts_too(run: Run) -> None:
    assert run(str(CHECKOUT), "--fail-on", "silence", "--quiet").code == 1


def test_nothing_is_read_by_an_empty_name(run: Run) -> None:
    ran = run("", "--format", "csv")
    assert (ran.code, "is empty" in ran.err) == (2, True)


def test_every_format_has_a_name_on_the_command_line_and_an_ending() -> None:
    assert set(FORMAT_NAMES) == set(FORMATS)
    named = {format_of(Path(f"a{ending}")) for ending in ENDINGS.split()}
    assert named == set(FORMATS)


# Times that are not one moment


def file_of(tmp_path: Path, *times_ms: int) -> str:
    rows = [{"type": "CLICK", "label": f"at {ms}", "timestamp": ms} for ms in times_ms]
    (tmp_path / "session.json").write_text(json.dumps({"data": rows}), "utf-8")
    return str(tmp_path / "session.json")


def test_a_stray_is_kept_named_and_moves_no_other_offset(run: Run, tmp_path: Path) -> None:
    now = 1_762_772_401_000
    file = file_of(tmp_path, 0, now, now + 1_000, now + 2_000)
    ran = run(file)
    assert "· 2.0s ·" in ran.out
    assert "stray times: 1 event" in ran.out
    rows = ran.out.splitlines()[3:]
    assert [row.split()[0] for row in rows] == ["1970-01-01", "+0:00.000", "+0:01.000", "+0:02.000"]
    assert "stray time" in rows[0]
    document = json.loads(run(file, "--format", "json").out)
    assert (document["start_ms"], document["duration_ms"]) == (now, 2_000)
    assert [record["delta_ms"] for record in document["events"]] == [None, None, 1_000, 1_000]
    assert "not credible: #1 is at 1970-01-01" in document["summary"]["stray times"]
    assert [r["n"] for r in run(file, "--at", "#1", "--after", "0", "--format", "ndjson").records]
    assert ">1970-01-01" in run(file, "--at", "1970-01-01 00:00:00.000 UTC").out
    assert "stray time" in run(file, "--at", "#1", "--format", "md").out


@each_row(
    ("at", "times", "place"),
    [
        ("20:30", "local", ">2025-11-11 20:30:00.000"),
        ("2025-11-11 20:30:00.000 UTC-4", "local", ">2025-11-11 20:30:00.000"),
        ("2025-11-12T01:30:00.000000+01:00", "utc", ">2025-11-12 00:30:00.000"),
        ("00:30", "utc", ">2025-11-12 00:30:00.000"),
        ("12:00", "utc", ">2025-11-11 12:00:00.000"),
        ("1762907400000", "start", ">+26:30:00.000"),
    ],
)
def test_a_time_of_day_of_any_day_is_found_and_told_with_its_date(
    run: Run, tmp_path: Path, at: str, times: str, place: str
) -> None:
    midnight = 1_762_819_200_000  # 2025-11-11
    hours = (-2, 12, 24.5, 26)
    file = file_of(tmp_path, *(midnight + round(hour * 3_600_000) for hour in hours))
    ran = run(file, "--at", at, "--times", times)
    [marked] = [line for line in ran.out.splitlines() if line.startswith(">")]
    assert place in marked
    assert f"at {midnight + round((12 if '12:00' in at else 24.5) * 3_600_000)}" in marked
    table = run(file, "--at", at, "--times", times, "--format", "md").out
    assert place.removeprefix(">") in table
    rows = run(file, "--times", "utc", "--format", "csv").out.splitlines()[1:]
    assert [row.split(",")[1].split()[0][-2:] for row in rows] == ["10", "11", "12", "12"]


def test_what_a_time_of_day_is_taken_for_is_said(run: Run, tmp_path: Path) -> None:
    midnight = 1_762_819_200_000
    file = file_of(tmp_path, midnight, midnight + 86_400_000, midnight + 2 * 86_400_000 - 1_000)
    notices = run(file, "--at", "12:00").err
    assert (
        "12:00:00 UTC comes twice in this session, and this is 2025-11-11 12:00:00 UTC" in notices
    )
    assert "12h00m after #1, the last event before it" in notices
    assert "comes twice" in run(file, "--filter", "after:12:00").err
    assert run(file, "--at", "12:00", "--quiet").err == ""


@each_row(
    ("arguments", "message"),
    [
        (("--at", "13:01 XYZ"), "No time of this session is in XYZ; give its distance from UTC"),
        (("--at", "#999"), "There is no event #999"),
        (("--at", "9999-12-31 23:59 UTC-5"), "No calendar has the moment"),
        (("--filter", 'after:"13:01 XYZ"'), "No time of this session is in XYZ"),
        (("--find", '-before:"13:01 XYZ"'), "No time of this session is in XYZ"),
    ],
)
def test_a_moment_that_there_is_not_is_nothing_to_pass(
    run: Run, arguments: tuple[str, ...], message: str
) -> None:
    for rest in (("--fail-on", "rage", "--quiet"), ("--format", "json")):
        ran = run(str(CHECKOUT), *arguments, *rest)
        assert (ran.code, ran.out) == (4, "")
        assert message in ran.err
    if "--filter" in arguments:
        ran = run(str(CHECKOUT), "--with", str(CHECKOUT), *arguments)
        assert (ran.code, ran.out) == (4, "")


def test_in_a_session_without_times_no_moment_is_there(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"data": [{"type": "CLICK", "label": "a"}]}', "utf-8")
    for arguments in (("--at", "+1:00"), ("--filter", "after:+1:00")):
        ran = run(str(tmp_path / "a.json"), *arguments)
        assert (ran.code, ran.out) == (4, "")
        assert "No event of this session has a time." in ran.err


@pytest.mark.parametrize("filtered", [("--type", "location"), ("--filter", "type:location")])
def test_a_link_leads_to_the_last_event_that_is_shown_before_its_moment(
    run: Run, running: Running, filtered: tuple[str, ...]
) -> None:
    link = f"{running.host_url}/1/session/{SESSION}?jumpto=215000"
    by_link = run(link, *filtered)
    by_option = run(str(CHECKOUT), *filtered, "--at", "+3:35")
    marked = [
        [row[1:].split()[0] for row in ran.out.splitlines() if row.startswith(">")]
        for ran in (by_link, by_option)
    ]
    assert marked[0] == marked[1]
    assert "the last event shown before it" in by_link.err
    ticket = run(link, *filtered, "--format", "md").out
    command = shlex.split(ticket.partition("```sh\n")[2].partition("\n")[0])
    assert f"- **when:** {marked[0][0]} since" in ticket
    [again] = [row for row in run(*command[1:]).out.splitlines() if row.startswith(">")]
    assert again[1:].split()[0] == marked[0][0]


def test_times_of_the_output_are_understood_as_they_are_told(run: Run) -> None:
    table = run(str(CHECKOUT), "--times", "#4", "--format", "csv").out
    rows = csv.DictReader(io.StringIO(table))
    for row in list(rows)[1:6]:
        at = f"--at={row['time']}"
        ran = run(str(CHECKOUT), "--times", "#4", at, "--before", "0", "--after", "0")
        [marked] = [line for line in ran.out.splitlines() if line.startswith(">")]
        assert marked[1:].split()[0] == row["time"].removeprefix("'")


def test_a_moment_that_is_hidden_is_said_to_be(run: Run) -> None:
    ran = run(str(CHECKOUT), "--at", "#5", "--filter", "is:rage")
    assert "#5 is hidden by the filter or the types; #" in ran.err
    window = ("--before", "0", "--after", "0", "--filter", "is:rage")
    for moment in ("#5", "+0:05"):
        ran = run(str(CHECKOUT), "--at", moment, *window)
        assert " is hidden by the filter or the types.\n" in ran.err


def test_a_query_about_an_event_that_is_not_there_says_so(run: Run) -> None:
    ran = run(str(CHECKOUT), "--filter", "before:#181", "--format", "ndjson")
    assert (ran.code, ran.out) == (0, "")
    assert "There is no event #181 in this session. It has #1 to #180." in ran.err


# Small inputs that once went wrong


@pytest.mark.parametrize(
    ("case", "marked", "zones"),
    [
        ("t03-dst-both.json", ">02:10:00.000 CET (UTC+1)", "CEST (UTC+2), then CET (UTC+1)"),
        ("t04-dst-gap.json", ">03:10:00.000 CEST (UTC+2)", "CET (UTC+1), then CEST (UTC+2)"),
    ],
)
def test_clocks_that_change_in_a_session(
    run: Run, in_berlin: None, case: str, marked: str, zones: str
) -> None:
    shown = ("--times", "local", "--at", "02:10", "--before", "1", "--after", "1")
    ran = run(str(CASES / case), "--format", "text", *shown)
    assert f"\ntimes: {zones}\n" in ran.out
    assert [line[:26].strip() for line in ran.out.splitlines() if line[:1] == ">"] == [marked]


def test_an_event_at_time_zero_moves_no_other(run: Run) -> None:
    rows = run(str(CASES / "t10-zero-ts.json"), "--format", "text").out.splitlines()[-4:]
    assert [row.split()[0] for row in rows] == [
        "1970-01-01", "+0:00.000", "+0:01.000", "+0:02.000"
    ]  # fmt: skip
