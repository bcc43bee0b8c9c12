"""Handing over from the screen: what is copied, where it goes, what the message says of it."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shlex
import threading
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from eventview.analysis.analysis import Analysis
from eventview.cli import options, parser
from eventview.errors import NotFoundError
from eventview.export.formats import FORMATS
from eventview.export.snapshot import ExportSnapshot
from eventview.progress import Progress, track
from eventview.query.query import Query
from eventview.redaction import redact
from eventview.redaction.redact import Redacted, redact_session
from eventview.session.events import Click
from eventview.session.session import Session
from eventview.session.source import Batch, OnStatus, Replay, SessionRef, ignore_status
from eventview.session.text import width
from eventview.sources.files import open_file
from eventview.tui.system.clipboard import ClipboardEnvironment
from eventview.tui.system.desktop import BrowserEnvironment, Desktop
from eventview.view.time_display import TimeDisplay, TimeMode, TimeOptions
from eventview.view.view import View
from eventview.view.view_options import ViewOptions
from tests.conftest import CHECKOUT, Run
from tests.tui.stage import SMALL, Given, Stage, nowhere, staged

LINK = "https://acme.example/12/session/42"


class Machine:
    """A desk with a clipboard and a browser that remember what they are given."""

    def __init__(self) -> None:
        self.copied = ""
        self.opened: list[str] = []
        environment = {"DISPLAY": ":0"}
        clipboards = ClipboardEnvironment(
            environment, "linux", lambda name: f"/bin/{name}", self._run, lambda _: None, None
        )
        self.outside = Desktop(clipboards, BrowserEnvironment(environment, "linux", self._open))

    def _run(self, argv: Sequence[str], given: bytes) -> str:
        assert "xclip" in argv[0]
        self.copied = given.decode()
        return ""

    def _open(self, argv: Sequence[str], environment: Mapping[str, str]) -> str:
        self.opened.append(argv[-1])
        return ""


@asynccontextmanager
async def reading(
    session: Session, machine: Machine, view_options: ViewOptions | None = None
) -> AsyncIterator[Stage]:
    async with staged(
        Given.session(session), options=view_options, outside=machine.outside
    ) as stage:
        yield stage


async def to_rage(stage: Stage) -> None:
    """Put the cursor on the first rage clicks."""
    await stage.press("x", "x")
    assert "rage ×5" in stage.cursor


async def copy(stage: Stage, machine: Machine, *keys: str) -> str:
    """Return the contents of the clipboard after some keys."""
    machine.copied = ""
    stage.app.clear_notifications()
    await stage.press(*keys)
    await stage.until(lambda: bool(machine.copied))
    await stage.until(lambda: "clipboard" in stage.notices)
    return machine.copied


async def test_y_lists_what_can_be_copied_and_esc_copies_nothing(checkout: Session) -> None:
    machine = Machine()
    async with staged(Given.session(checkout), size=SMALL, outside=machine.outside) as stage:
        await to_rage(stage)
        await stage.press("y")
        for words in (
            "m  ticket", "M  ticket, redacted", "w  Jira ticket", "W  Jira ticket, redacted",
            "y  row", "u  URL", "j  JSON", "c  command", "l  replay link", "r  redacted",
        ):  # fmt: skip
            assert words in stage.text
        assert "shop.acme-outdoor.example/cart" in stage.text
        assert max(map(width, stage.lines)) == 80
        await stage.press("escape")
        assert "replay link" not in stage.text
        await stage.press("j")
        assert machine.copied == ""


async def test_each_letter_copies_what_it_says(checkout: Session) -> None:
    machine = Machine()
    async with reading(checkout, machine) as stage:
        await to_rage(stage)
        row = await copy(stage, machine, "y", "y")
        assert row == (
            "+3:09.471 · 2024-11-13 13:03:10.071 UTC · CLICK · Apply ×6 · rage ×5 · in 1.8s"
        )
        assert await copy(stage, machine, "y", "u") == "https://shop.acme-outdoor.example/cart"
        assert "The URL, https inferred: " in stage.notices, "the server sends host and path only"
        assert await copy(stage, machine, "y", "l") == f"{LINK}?jumpto=189471"
        records = [json.loads(line) for line in (await copy(stage, machine, "y", "j")).split("\n")]
        assert [record["n"] for record in records] == [30, 31, 32, 33, 34, 35]
        ticket = await copy(stage, machine, "y", "m")
        assert ticket.startswith("## Clicked “Apply” 5 times on /cart\n")
        assert f"{LINK}?jumpto=189471" in ticket
        command = await copy(stage, machine, "y", "c")
        assert command == "eventview acme-shop 42 --at '#30'"
        assert command in ticket


async def test_one_event_is_copied_as_readable_json(checkout: Session) -> None:
    machine = Machine()
    async with reading(checkout, machine) as stage:
        await stage.press("j")
        record = await copy(stage, machine, "y", "j")
        assert json.loads(record)["what"] == "Accept all cookies"
        assert record.startswith('{\n  "n": 2')


async def test_the_message_says_where_the_text_is(checkout: Session, tmp_path: Path) -> None:
    machine = Machine()
    async with reading(checkout, machine) as stage:
        await copy(stage, machine, "y", "y")
        assert "The row: " in stage.notices
        assert "xclip" in stage.notices
    source = Given.session(checkout)
    async with staged(source, outside=nowhere(tmp_path)) as stage:
        await stage.press("y", "m")
        await stage.until(lambda: any(tmp_path.iterdir()))
        file = next(tmp_path.iterdir())  # noqa: ASYNC240  # nothing else is going on
        await stage.until(lambda: file.name in stage.notices)
        assert file.suffix == ".md"
        assert file.read_text("utf-8").startswith("## ")


PERSONAL = ("acme", "jumpto", "eventview acme")
"""What a redacted copy of the checkout session must not hold."""


def kind(ticket: str) -> str:
    """Return the kind of ticket that a text is."""
    markup = "jira" if ticket.startswith("h2. ") else "markdown"
    assert markup == "jira" or ticket.startswith("## ")
    held = [words in ticket for words in PERSONAL]
    assert all(held) or not any(held)
    return markup if all(held) else f"{markup}, redacted"


async def test_the_same_keys_always_copy_the_same_ticket(checkout: Session) -> None:
    machine = Machine()
    async with reading(checkout, machine) as stage:
        await to_rage(stage)
        for keys, expected, said in (
            ("y r m", "markdown, redacted", "The ticket, redacted: "),
            ("y r m", "markdown, redacted", "The ticket, redacted: "),
            ("y r m", "markdown, redacted", "The ticket, redacted: "),
            ("y m", "markdown", "The ticket: "),
            ("y M", "markdown, redacted", "The ticket, redacted: "),
            ("y w", "jira", "The Jira ticket: "),
            ("y W", "jira, redacted", "The Jira ticket, redacted: "),
            ("y w", "jira", "The Jira ticket: "),
            ("y r w", "jira, redacted", "The Jira ticket, redacted: "),
            ("y r M", "markdown, redacted", "The ticket, redacted: "),
            ("y r r m", "markdown, redacted", "The ticket, redacted: "),
            ("y r escape y m", "markdown", "The ticket: "),
            ("y r q y w", "jira", "The Jira ticket: "),
        ):
            assert kind(await copy(stage, machine, *keys.split())) == expected, keys
            assert stage.notices.startswith(said), keys
            is_replaced_said = "Replaced in the session: " in stage.notices
            assert is_replaced_said is ("redacted" in expected), keys


@pytest.mark.parametrize(
    ("letter", "said"),
    [
        ("y", "The row, redacted"),
        ("u", "The URL, redacted"),
        ("j", "The JSON, redacted"),
        ("c", "redaction leaves out"),
        ("l", "redaction leaves it out"),
    ],
)
async def test_r_redacts_whatever_is_copied_next_and_nothing_after(
    checkout: Session, letter: str, said: str
) -> None:
    machine = Machine()
    async with reading(checkout, machine) as stage:
        await stage.press("j", "y", "r", letter)
        await stage.until(lambda: said in stage.notices)
        assert "acme" not in machine.copied
        stage.app.clear_notifications()
        await stage.press("y", letter)
        await stage.until(lambda: "clipboard" in stage.notices)
        assert "redact" not in stage.notices


async def test_a_click_beside_the_box_closes_it_and_forgets_r(checkout: Session) -> None:
    machine = Machine()
    async with staged(Given.session(checkout), outside=machine.outside) as stage:
        await stage.press("y", "r")
        await stage.pilot.click(offset=(0, 0))
        await stage.until(lambda: "Esc closes" not in stage.text)
        assert kind(await copy(stage, machine, "y", "m")) == "markdown"


async def test_rows_of_the_box_take_arrow_keys_and_clicks(checkout: Session) -> None:
    machine = Machine()
    async with reading(checkout, machine) as stage:
        assert kind(await copy(stage, machine, "y", "enter")) == "markdown"
        assert kind(await copy(stage, machine, "y", "down", "enter")) == "markdown, redacted"
        redacted = await copy(stage, machine, "y", "up", "enter", "home", "enter")
        assert kind(redacted) == "markdown, redacted", "the last row is that of r"
        for words, expected in (
            ("W  Jira ticket, redacted", "jira, redacted"),
            ("w  Jira ticket", "jira"),
        ):
            await stage.press("y")
            line = next(n for n, line in enumerate(stage.lines) if words in line)
            machine.copied = ""
            await stage.pilot.click(offset=(stage.lines[line].index(words), line), times=2)
            await stage.until(lambda: bool(machine.copied))
            assert kind(machine.copied) == expected


async def test_the_palette_names_the_four_tickets(checkout: Session) -> None:
    machine = Machine()
    async with reading(checkout, machine) as stage:
        for typed, expected in (
            ("copy the ticket, redacted", "markdown, redacted"),
            ("copy the ticket for Jira, redacted", "jira, redacted"),
        ):
            machine.copied = ""
            await stage.press("ctrl+p")
            await stage.type(typed)
            await stage.press("enter")
            await stage.until(lambda: bool(machine.copied))
            assert kind(machine.copied) == expected


async def test_marked_events_are_the_rows_of_the_ticket(checkout: Session) -> None:
    machine = Machine()
    async with reading(checkout, machine) as stage:
        await stage.press("m", "j", "j", "m", "G")
        ticket = await copy(stage, machine, "y", "m")
        assert "### Marked events" in ticket
        assert [n for n in range(1, 181) if f"| {n} |" in ticket] == [1, 3]


async def test_o_opens_the_replay_at_the_moment(checkout: Session) -> None:
    machine = Machine()
    async with reading(checkout, machine) as stage:
        await to_rage(stage)
        await stage.press("o")
        await stage.until(lambda: bool(machine.opened))
        assert machine.opened == [f"{LINK}?jumpto=189471"]


async def test_without_a_browser_o_copies_the_link(checkout: Session, tmp_path: Path) -> None:
    async with staged(Given.session(checkout), outside=nowhere(tmp_path)) as stage:
        await stage.press("o")
        await stage.until(lambda: any(tmp_path.iterdir()))
        file = next(tmp_path.iterdir())  # noqa: ASYNC240  # nothing else is going on
        assert file.read_text() == f"{LINK}?jumpto=0"
        await stage.until(lambda: "SSH" in stage.notices)


async def test_without_a_link_it_says_why_and_guesses_none(checkout: Session) -> None:
    source = Given.session(checkout)
    source.link = NotFoundError("The server does not tell the project's number.")
    machine = Machine()
    async with staged(source, outside=machine.outside) as stage:
        for keys in (("y", "l"), ("o",)):
            await stage.press(*keys)
            await stage.until(lambda: "does not tell the project's number" in stage.notices)
            stage.app.clear_notifications()
        ticket = await copy(stage, machine, "y", "m")
        assert "does not tell the project's number" in ticket
        assert ("](" in ticket, "jumpto" in ticket) == (False, False)
        assert machine.opened == []


# Files


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that the command is run in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


async def save(stage: Stage, name: str) -> None:
    """Write the view to a file, by keys."""
    await stage.press("ctrl+s", "ctrl+u")
    await stage.type(name)
    await stage.press("enter")


@pytest.mark.parametrize("ending", ["md", "json", "ndjson", "csv", "txt", "jira"])
async def test_ctrl_s_writes_what_the_command_line_writes(
    checkout: Session, here: Path, ending: str
) -> None:
    path = here / f"view.{ending}"
    view_options = ViewOptions(filter=Query.parse("cart"), find=Query.parse("update"))
    async with reading(checkout, Machine(), view_options) as stage:
        await stage.press("t")
        await save(stage, path.name)
        await stage.until(lambda: path.exists() and path.name in stage.notices)
    snapshot = ExportSnapshot(
        View(Analysis(checkout), view_options),
        TimeDisplay(TimeMode.LOCAL),
        replay=Replay(LINK),
        command=("eventview", "acme-shop", "42"),
    )
    expected = FORMATS["text" if ending == "txt" else ending](snapshot)
    assert path.read_text("utf-8") == "".join(f"{line}\n" for line in expected)


@pytest.mark.parametrize(
    ("query", "runs"), [("type:location,input", 0), ("type:click cart", 5)], ids=["plain", "runs"]
)
async def test_every_format_has_as_many_records_as_the_screen_has_rows(
    query: str, runs: int, checkout: Session, here: Path, run: Run
) -> None:
    async with reading(checkout, Machine(), ViewOptions(filter=Query.parse(query))) as stage:
        # A row of a run is one of several clicks, and the title counts those.
        rows = stage.number_of_rows + runs
        for name in ("a.ndjson", "a.csv"):
            await save(stage, name)
            await stage.until((here / name).exists)
        assert f" {rows} of 180 shown" in stage.title
    lines = (here / "a.ndjson").read_text("utf-8").splitlines()
    numbers = [json.loads(line)["n"] for line in lines]
    table = io.StringIO((here / "a.csv").read_text("utf-8").removeprefix("\ufeff"))
    assert len(numbers) == len(list(csv.DictReader(table))) == rows
    ran = run(str(CHECKOUT), "--filter", query, "--format", "ndjson")
    assert [record["n"] for record in ran.records] == numbers


async def test_a_file_that_is_there_is_written_over_only_when_asked_twice(
    checkout: Session, here: Path
) -> None:
    path = here / "view.json"
    path.write_text("precious")
    async with reading(checkout, Machine()) as stage:
        await save(stage, path.name)
        assert "Enter once more" in stage.text
        assert path.read_text() == "precious"
        await stage.press("escape")
        await save(stage, path.name)
        assert path.read_text() == "precious"
        await stage.press("enter")
        await stage.until(lambda: path.read_text("utf-8") != "precious")
        assert json.loads(path.read_text("utf-8"))["total"] == 180


async def test_marked_events_are_the_rows_of_a_ticket_in_a_file_too(
    checkout: Session, here: Path
) -> None:
    async with reading(checkout, Machine()) as stage:
        await stage.press("m")
        await save(stage, "a.md")
        await stage.until((here / "a.md").exists)
    assert "### Marked events" in (here / "a.md").read_text("utf-8")


async def test_a_slow_answer_is_said_to_be_waited_for_and_nobody_has_to(
    checkout: Session,
) -> None:
    options, answered = threading.Event(), threading.Event()

    class Slow(Given):
        def replay(self, on_status: OnStatus = ignore_status) -> Replay:
            options.set()
            answered.wait()
            return Replay(LINK)

    batch = Batch(checkout.events, 180)
    machine = Machine()
    async with staged(
        Slow([batch], session_ref=checkout.session_ref), outside=machine.outside
    ) as stage:
        await stage.press("y", "l")
        await stage.until(options.is_set)
        await stage.until(lambda: "Asking for the replay link" in stage.notices)
        answered.set()
        await stage.until(lambda: machine.copied == f"{LINK}?jumpto=0")
    answered.clear()
    async with staged(
        Slow([batch], session_ref=checkout.session_ref), outside=machine.outside
    ) as stage:
        await stage.press("y", "l", "q")
        await stage.until(lambda: not stage.app.is_running)
    answered.set()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("~nobody-of-this-name/x.md", "home directory"),
        ("loop.md", "levels of symbolic links"),
        ("pipe.md", "This is no file"),
        ("view.pdf", "The ending says the format"),
        ("missing/view.md", "There is no folder"),
    ],
)
async def test_a_file_that_cannot_be_written_is_told_while_the_name_is_there(
    checkout: Session, here: Path, name: str, words: str
) -> None:
    (here / "loop.md").symlink_to("loop.md")
    os.mkfifo(here / "pipe.md")
    async with reading(checkout, Machine()) as stage:
        await save(stage, name)
        assert words in stage.text
        await stage.press("escape")
        await save(stage, "")
        assert "written" not in stage.text


async def test_the_box_shows_nothing_personal_once_it_redacts(checkout: Session) -> None:
    async with staged(Given.session(checkout), size=SMALL) as stage:
        await stage.press("y")
        box = next(line for line in stage.lines if "j  JSON" in line)
        assert "the event as sent" in box
        await stage.press("r")
        shown = [line for line in stage.lines if "│" in line]
        assert "redacted" in next(line for line in shown if "j  JSON" in line)
        assert not [line for line in shown if "acme" in line]
        await stage.press("escape", "y")
        assert "the event as sent" in stage.text


async def test_a_file_is_redacted_by_a_key_of_its_own_and_by_nothing_else(
    checkout: Session, here: Path
) -> None:
    async with reading(checkout, Machine()) as stage:
        await stage.press("y", "r", "escape", "ctrl+s")
        assert "session-42.md" in stage.text
        assert "redacted" not in stage.text
        await stage.press("escape", "ctrl+r")
        assert "session-redacted.md" in stage.text
        await stage.until(lambda: "redacted · .md" in stage.text)
        await stage.press("ctrl+u")
        await stage.type("view.json")
        await stage.press("enter")
        await stage.until((here / "view.json").exists)
        text = (here / "view.json").read_text("utf-8")
        assert "acme" not in text
        assert "redacted" in text
        stage.app.clear_notifications()
        await stage.press("ctrl+r", "ctrl+u")
        await stage.type("view.csv")
        await stage.press("enter")
        await stage.until(lambda: "not looked for" in stage.notices)
        await save(stage, "plain.json")
        await stage.until((here / "plain.json").exists)
        assert "acme" in (here / "plain.json").read_text("utf-8")


async def test_how_far_a_redacted_file_is_stands_in_the_title(
    checkout: Session, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = threading.Event()

    def redact_slowly(analysis: Analysis) -> Redacted:
        for _ in track(range(100), "redacting", 100):
            pass
        go.wait(60)
        return redact_session(analysis)

    monkeypatch.setattr(Progress, "interval_s", 0)
    monkeypatch.setattr(redact, "redact_session", redact_slowly)
    async with reading(checkout, Machine()) as stage:
        await stage.press("ctrl+r", "ctrl+u")
        await stage.type("view.csv")
        await stage.press("enter")
        await stage.until(lambda: "redacting 96 of 100 events" in stage.title)
        # It stands still, and so its time goes on.
        await stage.until(lambda: "redacting 96 of 100 events, 0." in stage.title)
        # Keys still work meanwhile.
        await stage.press("t")
        assert "times UTC" in stage.title
        go.set()
        await stage.until(lambda: "Written to" in stage.notices)
        assert "redacting" not in stage.title


async def test_the_palette_writes_a_picture_of_the_screen(checkout: Session, here: Path) -> None:
    async with reading(checkout, Machine()) as stage:
        for name in ("session-42.svg", "session-42-2.svg"):
            await stage.press("ctrl+p")
            await stage.type("picture")
            await stage.press("enter")
            await stage.until((here / name).exists)
        picture = (here / "session-42.svg").read_text("utf-8")
        assert "Accept&#160;all&#160;cookies" in picture


async def test_times_are_told_as_the_command_line_asks(checkout: Session) -> None:
    from eventview.session.position import Position

    async with staged(
        Given.session(checkout), times=TimeOptions(zero=Position.parse("#31"))
    ) as stage:
        assert "since +3:10.671" in stage.title
        assert stage.cursor.split()[1] == "-3:10.671"
    async with staged(
        Given.session(checkout), times=TimeOptions(TimeDisplay(TimeMode.UTC))
    ) as stage:
        assert stage.cursor.split()[1] == "13:00:00.600"
    async with staged(
        Given.session(checkout), times=TimeOptions(zero=Position.parse("#999"))
    ) as stage:
        await stage.until(lambda: "--times: There is no event #999" in stage.notices)


async def test_the_copied_command_run_shows_the_same_view(checkout: Session, run: Run) -> None:
    machine = Machine()
    async with reading(checkout, machine) as stage:
        await stage.press("&")
        await stage.type("cart -is:slow")
        await stage.press("enter", "z", "t", "t", "3", "j")
        words = shlex.split(await copy(stage, machine, "y", "c"))
        cursor, number, title = stage.cursor, stage.number_of_rows, stage.title
    assert words[:3] == ["eventview", "acme-shop", "42"]
    ran = run(str(CHECKOUT), *words[3:], "--format", "ndjson")
    assert len(ran.records) == number + 5, "each click of a run"
    text = run(str(CHECKOUT), *words[3:]).out
    counted = re.search(r"\d+ of 180 shown and \d+ around", title)
    assert counted
    assert counted[0] in text
    assert "times: UTC" in text
    # On a screen of its own too.
    arguments = parser.parse_arguments(words[1:])
    view_options, times = options.read_view_options(arguments), options.read_times(arguments)
    moment = options.read_position(arguments)
    source = Given.session(checkout)
    async with staged(source, options=view_options, times=times, moment=moment) as again:
        assert (again.title, again.number_of_rows) == (title, number)
        assert again.cursor == cursor


@pytest.mark.parametrize("ending", ["txt", "json", "ndjson", "csv", "md"])
async def test_a_file_of_a_find_without_hits_is_that_of_an_export(
    ending: str, here: Path, run: Run
) -> None:
    given, exported = here / f"screen.{ending}", here / f"export.{ending}"
    async with staged(open_file(CHECKOUT)) as stage:
        await stage.press("slash")
        await stage.type("zzz")
        await stage.press("enter")
        await save(stage, given.name)
        await stage.until(lambda: "Written to" in stage.notices)
        assert "The find: 0 of 180 events match." in stage.notices
    assert run(str(CHECKOUT), "--find", "zzz", "-o", str(exported)).code == 0
    assert given.read_text() == exported.read_text()
    assert "wishlist" not in given.read_text()


async def test_a_file_of_a_filter_without_rows_says_that_there_are_none(
    checkout: Session, here: Path
) -> None:
    async with staged(
        Given.session(checkout), options=ViewOptions(filter=Query.parse("zzz"))
    ) as stage:
        await save(stage, "rows.csv")
        await stage.until(lambda: "No events are shown, so none were written." in stage.notices)
        for what in "jcmu":
            await stage.press("y", what)
            assert "No events are shown" in stage.text
    assert len((here / "rows.csv").read_text().splitlines()) == 1, "the titles of the columns"


@pytest.mark.parametrize("what", ["y", "c", "m", "w"])
async def test_a_find_without_hits_changes_no_copy_of_a_row(what: str, checkout: Session) -> None:
    copied = []
    for find in ("", "zzz"):
        machine = Machine()
        async with reading(checkout, machine, ViewOptions(find=Query.parse(find))) as stage:
            await stage.press("j", "j")
            copied.append(await copy(stage, machine, "y", what))
    without, with_find = copied
    assert with_find.replace(" --find zzz", "") == without


async def test_marked_rows_are_written_whatever_is_found(checkout: Session, here: Path) -> None:
    async with reading(checkout, Machine(), ViewOptions(find=Query.parse("zzz"))) as stage:
        await stage.press("m", "j", "m")
        await save(stage, "marked.md")
        await stage.until(lambda: "marked.md" in stage.notices)
        assert "match" not in stage.notices
    async with reading(checkout, Machine()) as stage:
        await stage.press("m", "j", "m")
        await save(stage, "plain.md")
        await stage.until(lambda: "plain.md" in stage.notices)
    marked, plain = ((here / name).read_text("utf-8") for name in ("marked.md", "plain.md"))
    assert marked.count("\n|") == plain.count("\n|")


async def test_a_ticket_beyond_what_its_tracker_takes_is_said_to_be_cut() -> None:
    clicks = [Click("CLICK", 2_000 * n, {}, label=f"{'Pay ' * 48}{n}") for n in range(170)]
    machine = Machine()
    async with reading(Session(SessionRef("acme", "42"), clicks), machine) as stage:
        await copy(stage, machine, "y", "w")
        assert "cut" not in stage.notices
        stage.arrive(*["m", "j"] * len(clicks))
        ticket = await copy(stage, machine, "y", "w")
        assert "cut to what its tracker takes" in " ".join(stage.notices.split())
    assert "Cut here" in ticket.splitlines()[-1]
