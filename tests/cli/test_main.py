"""The command line, in this process where that shows the same, else in one of its own."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

from eventview.cli.main import main
from eventview.sources.files import SavedSession
from tests.conftest import CHECKOUT, Ran, Run
from tests.server.faults import Fault, Hang, HtmlPage, Redirect, Status
from tests.server.openreplay import API_KEY, PROJECT_KEY, SESSION_IDS, Running
from tests.tables import each_row

DEMO = json.loads(files("eventview.sources").joinpath("demo.json").read_bytes())["data"]
DOCS, EMPTY = SESSION_IDS["docs"], SESSION_IDS["empty"]
CASES = Path(__file__).parents[1] / "cases"
NO_IDS = ["", "abc", "12.5", "4e8", "0x1F", "4,813", "٤٨", "+1", "1_0", "null"]


class Keyboard(io.StringIO):
    """Standard input that is a terminal."""

    def isatty(self) -> bool:
        return True


def assert_failed(ran: Ran, code: int) -> None:
    """It ended so, with one short paragraph on standard error, and without the key.

    Before it, a line for each further attempt.
    """
    assert (ran.code, ran.out) == (code, "")
    *waits, last = ran.err.splitlines()
    assert last.startswith("eventview: ")
    assert last.endswith(".")
    assert last.isprintable()
    assert len(last) < 1000
    assert all("trying again" in wait for wait in waits)
    assert API_KEY not in ran.err


# What is written


def test_the_demo_as_text_has_a_line_for_each_event_below_its_head(run: Run) -> None:
    ran = run("--demo")
    assert (ran.code, ran.err) == (0, "")
    head, blank, titles, *rows = ran.out.splitlines()
    assert head.startswith("demo › ")
    assert f"{len(DEMO)} of {len(DEMO)} events" in head
    assert (blank, titles.split()) == ("", ["TIME", "Δ", "TYPE", "SIGNAL", "WHAT"])
    events = [row for row in rows if "no events for" not in row]
    types = [next(word for word in row.split() if word.isupper()) for row in events]
    assert types == [event["type"] for event in DEMO]


def test_the_demo_as_json_is_one_document_with_every_raw_event(run: Run) -> None:
    ran = run("--demo", "--format", "json")
    document = json.loads(ran.out)
    assert [event["raw"] for event in document["events"]] == DEMO
    assert (document["shown"], document["total"], document["view"]) == (len(DEMO), len(DEMO), "")
    assert [event["raw"] for event in run("--demo", "--format", "ndjson").records] == DEMO


@each_row("types", ["click", "CLICK", "input, location", "location,nothing"])
def test_type_shows_all_events_of_these_types_and_no_others(run: Run, types: str) -> None:
    ran = run("--demo", "--type", types, "--format", "ndjson")
    wanted = {name.strip().upper() for name in types.split(",")}
    assert [record["raw"] for record in ran.records] == [e for e in DEMO if e["type"] in wanted]
    assert ran.records


def test_a_type_the_session_lacks_is_warned_of_beside_the_output(run: Run) -> None:
    ran = run("--demo", "--type", "clik", "--format", "ndjson")
    assert (ran.code, ran.out) == (0, "")
    assert "no events of type clik" in ran.err
    assert all(event["type"] in ran.err for event in DEMO)


def test_filter_hides_and_find_marks_the_same_events(run: Run) -> None:
    pays = [e for e in DEMO if "Pay" in str(e.get("label"))]
    filtered = run("--demo", "--filter", "Pay", "--format", "ndjson").records
    found = run("--demo", "--find", "Pay", "--format", "ndjson").records
    assert pays
    assert [record["raw"] for record in filtered] == pays
    assert [record["raw"] for record in found if record["hit"]] == pays
    assert len(found) == len(DEMO)
    text = run("--demo", "--find", "Pay").out
    assert sum(line.startswith("*") for line in text.splitlines()) == len(pays)


def test_a_file_and_standard_input_give_the_same(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from_file = run(str(CHECKOUT), "--format", "ndjson")
    with CHECKOUT.open() as stream:
        monkeypatch.setattr(sys, "stdin", stream)
        from_input = run("-", "--format", "ndjson")
    assert (from_file.code, from_input.code) == (0, 0)
    assert from_file.out == from_input.out
    assert len(from_file.records) == 180


def test_a_file_named_like_a_session_is_read_as_a_file(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("4813").write_bytes(CHECKOUT.read_bytes())
    assert "180 of 180 events" in run("4813").out


@pytest.mark.parametrize("name", ["text", "json", "ndjson"])
def test_a_terminal_of_ascii_alone_is_no_reason_to_fail(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", out)
    assert main(["--demo", "--format", name]) == 0
    assert out.encoding == ("ascii" if name == "text" else "utf-8")


# From a server


def test_a_session_is_fetched_and_written(run: Run, running: Running) -> None:
    ran = run(f" {PROJECT_KEY}", f"{SESSION_IDS['checkout']}\n")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"{PROJECT_KEY} › {SESSION_IDS['checkout']} · ")
    assert "180 of 180 events" in ran.out


def test_the_project_may_come_from_the_environment(
    run: Run, running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert_failed(run(DOCS), 2)
    monkeypatch.setenv("OPENREPLAY_PROJECT", PROJECT_KEY)
    assert len(run(DOCS, "--format", "ndjson").records) == 3


@pytest.mark.slow
def test_the_url_option_goes_before_the_environment(
    run: Run, running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENREPLAY_URL", "http://127.0.0.1:1/api")
    assert_failed(run(PROJECT_KEY, DOCS), 5)
    assert run(PROJECT_KEY, DOCS, "--url", running.url).code == 0


@pytest.mark.parametrize(("typed", "code"), [(API_KEY, 0), ("wr0ng", 3), ("", 2), (EOFError(), 2)])
def test_a_missing_key_is_asked_for_on_a_terminal_and_not_shown(
    typed: str | Exception, code: int, run: Run, running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    def getpass(prompt: str) -> str:
        assert "127.0.0.1" in prompt, "whose key it is"
        if isinstance(typed, Exception):
            raise typed
        return typed

    monkeypatch.delenv("OPENREPLAY_API_KEY")
    monkeypatch.setattr("getpass.getpass", getpass)
    assert_failed(run(PROJECT_KEY, DOCS), 2)  # nobody at the keyboard
    monkeypatch.setattr(sys, "stdin", Keyboard())
    ran = run(PROJECT_KEY, DOCS)
    assert ran.code == code
    assert API_KEY not in ran.out
    assert ("Shop" in ran.out) is (code == 0)
    if code:
        assert_failed(ran, code)


def test_nobody_types_a_key_to_learn_that_the_address_is_wrong(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("getpass.getpass", lambda _: pytest.fail("the key was asked for"))
    monkeypatch.setattr(sys, "stdin", Keyboard())
    assert_failed(run(PROJECT_KEY, DOCS, "--url", "ftp://x"), 2)


@each_row(
    ("arguments", "fault", "code"),
    [
        ([PROJECT_KEY, EMPTY], None, 4),
        (["nope", DOCS], None, 4),
        ([PROJECT_KEY, "9" * 5000], None, 2),
        ([PROJECT_KEY, DOCS], Status(401), 3),
        ([PROJECT_KEY, DOCS], Status(500, b"\x1b[2J\n" * 5000), 5),
        ([PROJECT_KEY, DOCS], Hang(0), 5),
        ([PROJECT_KEY, DOCS], HtmlPage(), 6),
        ([PROJECT_KEY, DOCS], Redirect("https://login.example"), 6),
    ],
)
@pytest.mark.slow
def test_a_failure_is_one_paragraph_and_its_exit_code(
    arguments: list[str], fault: Fault | None, code: int, run: Run, running: Running
) -> None:
    running.openreplay.always = fault
    assert_failed(run(*arguments), code)


def test_timeout_says_how_long_to_wait(run: Run, running: Running) -> None:
    running.openreplay.always = Hang(10)  # then it hangs up, which would be told otherwise
    ran = run(PROJECT_KEY, DOCS, "--timeout", "0.2")
    assert_failed(ran, 5)
    assert "did not answer within 0.2 s" in ran.err


# What cannot be asked for


@each_row(
    ("arguments", "message"),
    [
        ([], "No session given"),
        (["a", "1", "2"], "Too many sessions or files"),
        (["--demo", "x"], "--demo"),
        (["no-such-file"], "neither a file here nor a session's id"),
        ([""], "is empty"),
        (["x" * 5000], "neither a file here nor a session's id"),
        (["9" * 5000], "is not a session's id"),
        (["12345"], "OPENREPLAY_PROJECT"),
        (["http://or.example/12/sessions"], "is no replay link"),
        ([" ", DOCS], "project's key is missing"),
        (["..", DOCS], "project's key is missing"),
        *((["acme", session], "is not a session's id") for session in NO_IDS),
        (["acme", "\x1b[31m1\n2"], "␛[31m1␊2 is not a session's id"),
        (["acme", "x" * 5000], "(4,920 more characters)"),
        (["acme", DOCS], "OPENREPLAY_URL"),
        (["acme", DOCS, "--url", "https://or.example"], "OPENREPLAY_API_KEY"),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_is_asked(
    arguments: list[str], message: str, run: Run
) -> None:
    ran = run(*arguments)
    assert_failed(ran, 2)
    assert message in ran.err


@each_row(
    ("arguments", "message"),
    [
        (["--nope"], "--nope"),
        (["acme", "--nope", DOCS], "--nope"),
        (["--dem"], "--dem"),
        (["--demo", "--format", "xml"], "ndjson"),
        (["--demo", "--type", " ,"], "no type is named"),
        *((["--demo", "--timeout", text], "--timeout") for text in ("0", "-1", "nan", "inf", "x")),
    ],
)
def test_a_wrong_option_is_told_in_the_users_words(
    arguments: list[str], message: str, run: Run
) -> None:
    ran = run(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err
    assert "invalid _" not in ran.err  # a function's name


# How it ends


def test_ctrl_c_ends_quietly_with_130(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(SavedSession, "batches", interrupt)
    assert run("--demo") == (130, "", "")


def shell(script: str, *arguments: str) -> Ran:
    """Run a line of shell in which `"$@"` is eventview with these arguments."""
    command = ["sh", "-c", script, "sh", sys.executable, "-m", "eventview", *arguments]
    ended = subprocess.run(command, check=False, capture_output=True)  # noqa: S603
    return Ran(ended.returncode, ended.stdout.decode(), ended.stderr.decode())


@pytest.mark.slow
def test_a_reader_that_has_seen_enough_ends_it_quietly() -> None:
    ran = shell('"$@" | head -3', "--demo")
    assert (len(ran.out.splitlines()), ran.err) == (3, "")


@pytest.mark.slow
@pytest.mark.parametrize("query", ["", "Coupon"], ids=["much to write", "little to write"])
def test_a_reader_that_has_left_ends_it_quietly(
    query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "eventview", "--demo", "--filter", query]
    ended = subprocess.run(command, check=False, stdout=writer, stderr=subprocess.PIPE)  # noqa: S603
    os.close(writer)
    assert (ended.returncode, ended.stderr) == (0, b"")


@pytest.mark.slow
def test_without_any_standard_input_nothing_can_be_read_or_asked(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert_failed(shell('exec "$@" <&-', "-"), 2)
    assert shell('exec "$@" <&-', PROJECT_KEY, DOCS).code == 0
    monkeypatch.delenv("OPENREPLAY_API_KEY")
    assert_failed(shell('exec "$@" <&-', PROJECT_KEY, DOCS), 2)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux's device that is full")
def test_a_full_disk_is_a_failure_in_words() -> None:
    for arguments in (["--demo"], ["--schema"], ["--demo", "-o", "-"]):
        ran = shell('exec "$@" >/dev/full', *arguments)
        assert ran.code == 2
        assert "No space left" in ran.err
        assert "Traceback" not in ran.err
    ran = shell('exec "$@" >/dev/full', "--help")
    assert "Traceback" not in ran.err
    assert ran.code != 1, "that is --fail-on's"


# Queries and moments


def test_a_filter_by_signal_shows_the_events_that_carry_it(run: Run) -> None:
    ran = run(str(CHECKOUT), "--filter", "is:slow", "--format", "ndjson")
    assert [record["n"] for record in ran.records] == [26, 38, 59, 67, 123, 125, 167]


def test_what_came_just_before_a_moment(run: Run) -> None:
    ran = run(str(CHECKOUT), "--at", "+3:15", "--before", "10", "--format", "ndjson")
    assert [record["n"] for record in ran.records] == list(range(26, 37))
    ran = run(str(CHECKOUT), "--at", "#42", "--after", "1", "--format", "ndjson")
    assert [record["n"] for record in ran.records] == [42, 43]
    ran = run(str(CHECKOUT), "--find", "wishlist", "--before", "1", "--format", "ndjson")
    assert [(r["n"], r["hit"]) for r in ran.records] == [(12, False), (13, True)]


@each_row(
    ("arguments", "numbers"),
    [
        (("--filter", "is:gap", "--before", "2", "--after", "1"),
         [21, 22, 23, 24, 40, 41, 42, 43, 79, 80, 81, 82]),
        (("--filter", "is:gap", "--before", "1"), [22, 23, 41, 42, 80, 81]),
        (("--filter", "is:gap", "--context", "1"), [22, 23, 24, 41, 42, 43, 80, 81, 82]),
        (("--filter", "is:gap", "--context", "0,1"), [23, 24, 42, 43, 81, 82]),
        (("--filter", "is:gap", "--context", "1", "--after", "0"), [22, 23, 41, 42, 80, 81]),
        (("--filter", "apply OR wishlist", "--before", "1"), [12, 13, *range(29, 38)]),
        (("--find", "is:gap", "--context", "1"), [22, 23, 24, 41, 42, 43, 80, 81, 82]),
        (("--find", "is:gap", "--context", "0,1", "--before", "1"),
         [22, 23, 24, 41, 42, 43, 80, 81, 82]),
        (("--at", "#42", "--context", "2"), [40, 41, 42, 43, 44]),
        (("--at", "#42", "--context", "2", "--before", "0"), [42, 43, 44]),
        (("--filter", "is:gap", "--find", "click", "--context", "1"),
         [22, 23, 24, 41, 42, 43, 80, 81, 82]),
        (("--type", "location", "--filter", "is:gap", "--before", "1"), [16, 23]),
    ],
)  # fmt: skip
def test_rows_around_a_match_a_hit_or_a_moment(
    run: Run, arguments: tuple[str, ...], numbers: list[int]
) -> None:
    records = run(str(CHECKOUT), *arguments, "--format", "ndjson").records
    assert [record["n"] for record in records] == numbers


def test_rows_around_matches_are_told_apart_in_every_format(run: Run) -> None:
    arguments = (str(CHECKOUT), "--filter", "is:gap", "--before", "1", "--format")
    near = [record["n"] for record in run(*arguments, "ndjson").records if record.get("context")]
    assert near == [22, 41, 80]
    read = csv.DictReader(run(*arguments, "csv").out.removeprefix("\ufeff").splitlines())
    assert [row["n"] for row in read if row["context"] == "yes"] == ["22", "41", "80"]
    text = run(*arguments, "text").out
    assert text.count("\n--\n") == 2
    assert sum(line.startswith("·") for line in text.splitlines()) == 3
    assert "1 before and 0 after each" in text
    for name in ("json", "csv", "ndjson", "md", "jira"):
        assert "\n--\n" not in run(*arguments, name).out
    assert "\n--\n" not in run(str(CHECKOUT), "--filter", "is:gap", "--format", "text").out


@each_row("name", ["text", "json", "ndjson", "csv", "md"])
def test_a_find_without_a_hit_says_so_and_prints_no_session(run: Run, name: str) -> None:
    ran = run(str(CHECKOUT), "--find", "zzz", "--format", name)
    assert ran.code == 0
    assert "--find: 0 of 180 events match" in ran.err
    assert "wishlist" not in ran.out
    hit = run(str(CHECKOUT), "--find", "wishlist", "--format", name)
    assert "--find:" not in hit.err
    around = run(str(CHECKOUT), "--find", "zzz", "--before", "3", "--format", name)
    assert "--find: 0 of 180 events match" in around.err
    failing = run(str(CHECKOUT), "--find", "zzz", "--fail-on", "rage", "--format", name)
    assert failing.code == 1, "a find hides nothing that is looked for"


@each_row(("option", "format_name"), [("--filter", "text"), ("--find", "ndjson")])
def test_either_of_two_terms_combines_with_types_and_find(
    run: Run, option: str, format_name: str
) -> None:
    arguments = (option, "wishlist OR (apply -promo)", "--type", "click", "--format", format_name)
    assert run(str(CHECKOUT), *arguments).code == 0
    ran = run(str(CHECKOUT), option, "wishlist or apply", "--format", format_name)
    assert (ran.code, ran.out) == (2, "")
    assert "OR in capitals" in ran.err


def test_curly_quotes_hold_a_phrase_together(run: Run) -> None:
    file = Path(__file__).parents[1] / "cases" / "q01-unicode-labels.json"
    for quoted in ("“Zur Kasse”", "„Zur Kasse“", "«Zur Kasse»", "‘Zur Kasse’", "label:“Zur Kasse”"):
        ran = run(str(file), "--find", quoted, "--format", "ndjson")
        assert [record["n"] for record in ran.records if record["hit"]] == [1, 2]
    ran = run(str(file), "--filter", "Don’t", "--format", "ndjson")
    assert 10 in [record["n"] for record in ran.records], "an apostrophe is no quote"


@each_row("typed", ["3m15s", "195s", "195000ms", "+3m15s", "+3:15", "3.25m"])
def test_a_duration_is_a_moment_since_the_start(run: Run, typed: str) -> None:
    at = run(str(CHECKOUT), "--at", typed, "--context", "0", "--format", "ndjson").records
    assert [record["n"] for record in at] == [36]
    after = run(str(CHECKOUT), "--filter", f"after:{typed} before:#40", "--format", "ndjson")
    assert [record["n"] for record in after.records] == [37, 38, 39, 40]


def test_the_nearest_type_is_said_for_one_that_is_none(run: Run) -> None:
    for arguments in (("--type", "clik"), ("--filter", "type:clik"), ("--find", "type:clik")):
        assert "The nearest is click." in run(str(CHECKOUT), *arguments).err
    assert "The nearest" not in run(str(CHECKOUT), "--type", "error,click").err


def test_a_moment_by_itself_is_marked_among_all_rows(run: Run) -> None:
    ran = run(str(CHECKOUT), "--at", "13:03:15")
    marked = [line for line in ran.out.splitlines() if line.startswith(">")]
    assert len(marked) == 1
    assert "+3:14.295" in marked[0]
    assert "105ms after #36, the last event before it" in ran.err
    assert "180 of 180 events" in ran.out


@pytest.mark.parametrize("option", ["--filter", "--find"])
def test_a_query_that_is_not_understood_is_pointed_at(run: Run, option: str) -> None:
    ran = run("--demo", option, "is:rage lable:x")
    assert (ran.code, ran.out) == (2, "")
    lines = ran.err.splitlines()
    assert option in lines[0]
    assert "label" in lines[0]
    place = next(number for number, line in enumerate(lines) if "^" in line)
    assert lines[place].index("^") == lines[place - 1].index("lable")


@each_row(
    ("arguments", "message"),
    [
        (("--at", "soon"), "+3:15"),
        (("--before", "3"), "--at"),
        (("--context", "3"), "--filter"),
        (("--filter", "x", "--context", "1,"), "not a number of rows"),
        (("--filter", "x", "--context", ",1"), "not a number of rows"),
        (("--filter", "x", "--context", "1,2,3"), "not a number of rows"),
        (("--at", "+1:00", "--before", "-1"), "not a number of rows"),
        (("--at", "+1:00", "--before", "٣"), "not a number of rows"),
    ],
)
def test_a_moment_that_cannot_be_used_is_a_usage_error(
    run: Run, arguments: tuple[str, ...], message: str
) -> None:
    ran = run("--demo", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err


def test_the_summary_and_the_signals_are_in_json(run: Run) -> None:
    document = json.loads(run(str(CHECKOUT), "--format", "json").out)
    kinds = [signal["kind"] for signal in document["signals"]]
    assert [kinds.count(kind) for kind in ("rage", "slow", "gap")] == [3, 7, 3]
    assert "4m25s" in document["summary"]["silence"]


def test_the_profiles_bands_and_thresholds_hold_for_files(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "config.toml"
    file.write_text(
        "[profiles.strict.bands]\nlcp = [100, 1500]\n"
        "[profiles.strict.thresholds]\nsilence_ms = 200000\n"
    )
    monkeypatch.setenv("EVENTVIEW_CONFIG", str(file))
    slow = run(str(CHECKOUT), "--filter", "is:slow", "--format", "ndjson").records
    assert [record["n"] for record in slow] == [23, 26, 38, 59, 67, 78, 116, 123, 125, 167]
    gaps = run(str(CHECKOUT), "--filter", "is:gap", "--format", "ndjson").records
    assert [record["n"] for record in gaps] == [42]
    demo = run("--demo", "--filter", "is:gap", "--format", "ndjson").records
    named = run("--demo", "--profile", "strict", "--filter", "is:gap", "--format", "ndjson").records
    assert len(named) < len(demo), "the demonstration takes a profile only by name"


def test_a_query_may_begin_with_a_dash(run: Run) -> None:
    ran = run(str(CHECKOUT), "--filter", "-type:click", "--format", "ndjson")
    assert len(ran.records) == 55
    ran = run(str(CHECKOUT), "--at", "-0:00.5", "--after", "1", "--format", "ndjson")
    assert [record["n"] for record in ran.records] == [1, 2]
    assert run(str(CHECKOUT), "--filter", "--format", "json").code == 2


def test_a_moment_outside_of_the_session_is_said_so_beside_the_output(run: Run) -> None:
    ran = run(str(CHECKOUT), "--at", "#999")
    assert (ran.code, ran.out) == (4, "")
    assert "There is no event #999 in this session. It has #1 to #180." in ran.err
    ran = run(str(CHECKOUT), "--at", "+99:00")
    assert "after the last event" in ran.err
    assert ran.out.splitlines()[-1].startswith(">"), "as the screen's cursor"
    document = json.loads(run(str(CHECKOUT), "--at", "#42", "--format", "json").out)
    assert (document["at"], document["view"]) == (42, "at #42")


def test_a_list_of_sessions_has_no_moment(run: Run, running: Running) -> None:
    ran = run(PROJECT_KEY, "--user", "mickael@openreplay.com", "--at", "+1:00")
    assert_failed(ran, 2)


# The key over plain http


ELSEWHERE = "http://openreplay.example.com"
"""Another machine, which the proxy of these tests would reach."""

REQUESTS = [
    (PROJECT_KEY, DOCS),
    (PROJECT_KEY, DOCS, "--api", "v1"),
    (PROJECT_KEY, DOCS, "--api", "v2", "--format", "json"),
    (PROJECT_KEY, "--user", "jane"),
    (f"{ELSEWHERE}/1/session/{DOCS}",),
    (PROJECT_KEY, DOCS, "--with", EMPTY),
    (PROJECT_KEY, DOCS, "--doctor"),
    ("--doctor",),
]


@pytest.mark.parametrize("arguments", REQUESTS, ids=" ".join)
def test_the_key_goes_to_no_other_machine_unencrypted(
    arguments: tuple[str, ...], run: Run, running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENREPLAY_URL", ELSEWHERE)
    monkeypatch.setenv("http_proxy", running.host_url)
    ran = run(*arguments)
    assert ran.code == 2
    output = ran.out if "--doctor" in arguments else ran.err
    assert "The API key would go to openreplay.example.com unencrypted" in output
    assert "https://" in output
    assert "--insecure-http" in output
    assert "insecure_http = true" in output
    assert API_KEY not in ran.out + ran.err
    assert running.openreplay.requests == []


@pytest.mark.parametrize("arguments", REQUESTS, ids=" ".join)
def test_the_key_goes_there_where_that_is_asked_for(
    arguments: tuple[str, ...],
    run: Run,
    running: Running,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("http_proxy", running.host_url)
    monkeypatch.setenv("OPENREPLAY_URL", ELSEWHERE)
    assert "unencrypted" not in run(*arguments, "--insecure-http").err
    sent = len(running.openreplay.requests)
    assert sent
    assert {each.headers["authorization"][-4:] for each in running.openreplay.requests} == {
        API_KEY[-4:]
    }
    monkeypatch.delenv("OPENREPLAY_URL")
    file = tmp_path / "config.toml"
    monkeypatch.setenv("EVENTVIEW_CONFIG", str(file))
    file.write_text(f'[profiles.a]\nurl = "{ELSEWHERE}/api"\ninsecure_http = true\n')
    assert "unencrypted" not in run(*arguments).err
    assert len(running.openreplay.requests) > sent
    # What a profile allows is for its own server.
    running.openreplay.requests.clear()
    ran = run(*arguments, "--url", "http://or.example")
    assert ran.code == 2
    assert running.openreplay.requests == []


def test_a_proxy_for_this_machine_gets_no_key(
    run: Run, running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", running.host_url)
    ran = run(PROJECT_KEY, DOCS)
    assert_failed(ran, 2)
    assert "HTTP_PROXY sends requests" in ran.err
    assert running.openreplay.requests == []
    for entries in ("localhost,127.0.0.1,[::1]", "127.0.0.0/8", "[::1/128,127.0.0.1"):
        monkeypatch.setenv("NO_PROXY", entries)
        assert run(PROJECT_KEY, DOCS).code == 0


@pytest.mark.parametrize("case", ["n01-no-proxy-ipv6-bracket", "n03-no-proxy-ipv4-cidr"])
def test_the_cases_of_no_proxy_ask_the_server_itself(
    case: str, run: Run, running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    for line in (CASES / f"{case}.env").read_text().splitlines():
        name, _, value = line.partition("=")
        monkeypatch.setenv(name, value.strip("'"))
    ran = run(PROJECT_KEY, DOCS)
    assert (ran.code, ran.err) == (0, "")


def test_the_option_is_in_the_command_that_opens_the_view_again(run: Run, running: Running) -> None:
    ran = run(PROJECT_KEY, DOCS, "--insecure-http", "--format", "md")
    assert "--insecure-http" in ran.out


# Advice


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--user", "jane"), "Give both: eventview PROJECT --user USER."),
        ((DOCS,), "Give both: eventview PROJECT SESSION."),
        ((PROJECT_KEY,), "eventview PROJECT --user USER"),
    ],
)
def test_the_advice_is_for_what_was_asked(
    arguments: tuple[str, ...], message: str, run: Run, running: Running
) -> None:
    ran = run(*arguments)
    assert_failed(ran, 2)
    assert message in ran.err
