"""Tickets: read back by a Markdown parser, whatever strangers' browsers sent."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from eventview.errors import NotFoundError
from eventview.model.events import Click
from eventview.model.handover.handout import Handout
from eventview.model.handover.ticket import MASK
from eventview.model.query import Query
from eventview.model.session import Session
from eventview.model.source import Replay
from eventview.model.view import Lens, View
from eventview.model.wording import Clock, TimeMode
from eventview.output import FORMATS
from eventview.output.markdown import cell_code, code
from eventview.sources.openreplay.v1 import reading_of
from tests.conftest import session_of
from tests.hostile import TEXTS, hostile

GITHUB = MarkdownIt("gfm-like")
"""With tables, strikethrough and links made of bare addresses."""

REPLAY = Replay("https://openreplay.example.com/12/session/42", 1_731_502_799_000)

APPLY = 30
"""The first of five rage clicks in the recorded checkout."""


def written(handout: Handout, name: str = "md") -> str:
    return "\n".join(FORMATS[name](handout))


def ticket(session: Session, cursor: int | None = None, name: str = "md", **more: object) -> str:
    view = View(session, Lens(are_runs_rolled=True))
    handout = Handout(view, cursor=cursor, replay=REPLAY, command=("eventview", "acme", "42"))
    return written(replace(handout, **more), name)  # type: ignore[arg-type]  # names of its fields


def tokens(text: str) -> Iterator[Token]:
    for token in GITHUB.parse(text):
        yield token
        yield from token.children or ()


def links(text: str) -> list[str]:
    return [str(token.attrs["href"]) for token in tokens(text) if token.type == "link_open"]


def tables(text: str) -> list[list[list[Token]]]:
    """Every table as rows of cells."""
    found: list[list[list[Token]]] = []
    for token in GITHUB.parse(text):
        if token.type == "table_open":
            found.append([])
        elif token.type == "tr_open":
            found[-1].append([])
        elif token.type == "inline" and found and token.level > 3:
            found[-1][-1].append(token)
    return found


def said(token: Token) -> str:
    """What a reader sees of a cell or a heading."""
    return "".join(child.content for child in token.children or ())


def parts(text: str) -> dict[str, str]:
    """The text under each heading of the third level."""
    _, *found = re.split(r"^### (.*)$", text, flags=re.MULTILINE)
    return dict(zip(found[::2], found[1::2], strict=True))


def test_a_ticket_says_what_happened_where_and_to_whom(checkout: Session) -> None:
    text = ticket(checkout, APPLY)
    head, *_ = text.split("### ")
    assert head.splitlines()[0] == "## `5 clicks on “Apply” within 593ms` on `/cart`"
    assert "**project**: `acme`" in head
    assert "**session**: `42`" in head
    assert "**started**: 2024-11-13 13:00:00.600 UTC" in head
    assert "+3:10.671 since its start, 2024-11-13 13:03:11.271 UTC" in head
    assert "**page**: `shop.acme-outdoor.example/cart`" in head
    assert links(text) == [f"{REPLAY.url}?jumpto=192271"], "since the start by the server's clock"


def test_its_table_has_ten_rows_before_the_moment_and_three_after(checkout: Session) -> None:
    [table, *_] = tables(ticket(checkout, APPLY))
    numbers = [said(row[0]) for row in table[1:]]
    assert numbers == [
        "20", "21", "22", "23", "24", "25", "26", "27", "28", "29",
        "30 ←", "36", "37", "38",
    ]  # fmt: skip
    assert [said(cell) for cell in table[11]] == [
        "30 ←", "+3:09.471", "1.1s", "CLICK", "Apply ×6", "rage ×5",
    ]  # fmt: skip


def test_it_has_the_page_load_with_its_bands_and_the_signals_with_their_rule(
    checkout: Session,
) -> None:
    found = parts(ticket(checkout, 37))
    loads = tables("\n" + found["Page load"])[0]
    rows = {said(row[0]): [said(cell) for cell in row[1:]] for row in loads[1:]}
    value, rating, note = rows["load event end"]
    assert (value, rating) == ("13540 ms", "poor")
    assert "good up to 3800 ms, poor over 7300 ms" in note
    assert "rule: one of LCP over 4.0s" in found["What stands out"]


def test_it_tells_how_to_reproduce_in_plain_words(checkout: Session) -> None:
    steps = parts(ticket(checkout, APPLY))["How to reproduce"].strip().splitlines()
    assert steps[0].startswith("1. Open `/p/jacke-für-große-höhen")
    assert steps[-1] == f"{len(steps)}. Click `Apply` 6 times."
    assert f"{len(steps) - 1}. Enter something into `Promo code`." in steps
    assert any(step.endswith("`/cart` opens.") for step in steps)


def test_marked_rows_take_the_place_of_those_around_the_cursor(checkout: Session) -> None:
    found = parts(ticket(checkout, APPLY, marks=frozenset({3, 58, 100})))
    [table] = tables(found["Marked events"])
    assert [said(row[0]) for row in table[1:]] == ["4", "59", "101"]


def test_the_whole_view_is_about_the_gravest_that_went_wrong_in_it(checkout: Session) -> None:
    found = ticket(checkout)
    assert found.startswith("## `5 clicks on “Apply”")
    assert len(tables(found)[0]) == 1 + 163, "as many rows as the screen has"
    quiet = View(checkout, Lens(filter=Query.parse("type:location -is:slow")))
    assert written(Handout(quiet)).startswith("## Session that begins on `/`")


def test_what_was_entered_is_masked_also_where_the_tracker_did_not(checkout: Session) -> None:
    entries = [
        {"type": "INPUT", "timestamp": n, "label": f"field {n}", "value": f"hunter{n}"}
        for n in range(5)
    ]
    for name in ("md", "jira"):
        text = ticket(session_of(reading_of(entries).events), 2, name)
        assert "hunter" not in text
        assert text.count(MASK) == 6, "in every row and in the title"


def test_without_a_link_or_a_command_it_says_so(checkout: Session) -> None:
    text = ticket(
        checkout,
        APPLY,
        replay=None,
        no_replay=NotFoundError("Nobody knows.", cure="Ask @somebody."),
        command=(),
    )
    assert "**replay**: not known: `Nobody knows.`" in text
    assert "somebody" not in text, "what to do about it is not for engineering"
    assert links(text) == []
    assert "See it in the terminal" not in text


@pytest.mark.parametrize("cursor", [None, *range(0, len(TEXTS) * 4, 3)])
def test_no_text_of_a_browser_is_more_than_text_in_markdown(cursor: int | None) -> None:
    session = hostile()
    text = ticket(session, cursor)
    kinds = {token.type for token in tokens(text)}
    assert not kinds & {"html_block", "html_inline", "image", "code_block", "hr", "s_open"}
    [link] = links(text)
    assert re.fullmatch(re.escape(REPLAY.url) + r"\?jumpto=\d+", link)
    [table, *loads] = tables(text)
    assert {len(row) for row in table} == {6}
    assert all({len(row) for row in load} == {4} for load in loads)
    if cursor is None:
        assert len(table) == 1 + len(View(session, Lens(are_runs_rolled=True)).rows)
    # Only in code, where nobody is mentioned and nothing is numbered.
    outside = " ".join(token.content for token in tokens(text) if token.type == "text")
    assert not re.search(r"@|evil|GH-7|:tada:|alert|javascript|<", outside)
    headings = [token for token in GITHUB.parse(text) if token.type == "heading_open"]
    assert {token.tag for token in headings} == {"h2", "h3"}
    fences = [token for token in GITHUB.parse(text) if token.type == "fence"]
    assert [fence.info for fence in fences] == ["sh"]


@given(st.text())
def test_any_text_is_one_code_span_in_a_cell_and_reads_as_it_was_cleaned(text: str) -> None:
    assert [t.type for t in tokens(f"x {code(text)} x") if t.type == "code_inline"] in (
        ["code_inline"],
        [],
    )
    span = cell_code(text)
    [table] = tables(f"| a | b |\n| --- | --- |\n| {span} | end |")
    cells = table[1]
    assert [said(cell) for cell in cells][1:] == ["end"]
    assert [child.type for child in cells[0].children or ()] in (["code_inline"], [])


@pytest.mark.parametrize("cursor", [None, *range(0, len(TEXTS) * 4, 3)])
def test_no_text_of_a_browser_is_more_than_text_in_jira(cursor: int | None) -> None:
    text = ticket(hostile(), cursor, "jira")
    rows = [line for line in text.splitlines() if line.startswith("|") and line[1] != "|"]
    titles = [line for line in text.splitlines() if line.startswith("||")]
    columns = {title.count("||") - 1 for title in titles}
    assert columns <= {6, 4}
    assert {row.count("|") - 1 for row in rows} <= columns
    assert text.count("[watch it at this moment|https://") == 1
    bare = text.replace(f"[watch it at this moment|{REPLAY.url}", "")
    # Whatever is left of what Jira marks up with is ours.
    assert not re.search(r"\[|evil\.|https?:|@|<|!|\^|~", re.sub(r"&#\d+;", "", bare))
    assert set(re.findall(r"(?<!\{)\{(\w+)\}(?!\})", bare)) <= {"noformat"}


def test_a_command_of_backticks_and_macros_stays_a_command() -> None:
    command: Sequence[str] = ("eventview", "--filter", "```\n{noformat}", "acme", "42")
    session = session_of(reading_of([{"type": "CLICK", "timestamp": 1, "label": "x"}]).events)
    text = ticket(session, 0, command=command)
    [fence] = [token for token in GITHUB.parse(text) if token.type == "fence"]
    assert fence.content == "eventview --filter $'```\\U0000000a{noformat}' acme 42 --at '#1'\n"
    jira = ticket(session, 0, "jira", command=command)
    assert "{noformat}" not in jira


@pytest.mark.parametrize(
    ("clock", "title", "time"),
    [
        (Clock(), "time, since start", "+3:09.471"),
        (Clock(TimeMode.UTC), "time, UTC", "13:03:10.071"),
        (Clock(TimeMode.LOCAL), "time, UTC-4", "09:03:10.071"),
        (Clock().zeroed(1), "time, since +0:02.057", "+3:07.414"),
    ],
)
def test_the_column_of_times_says_what_they_are(
    checkout: Session, clock: Clock, title: str, time: str
) -> None:
    [table, *_] = tables(ticket(checkout, APPLY, clock=clock))
    assert said(table[0][1]) == title
    [row] = [row for row in table if said(row[0]).endswith("←")]
    assert said(row[1]) == time, "a run of clicks is told by its first"
    jira = ticket(checkout, APPLY, name="jira", clock=clock)
    heading = next(line for line in jira.splitlines() if line.startswith("||"))
    assert heading.split("||")[2].replace("&#43;", "+") == title


def test_an_event_whose_time_is_a_stray_is_told_so() -> None:
    now = 1_762_772_400_000
    session = session_of([Click("CLICK", ms, {}, label=f"{ms}") for ms in (0, now, now + 1)])
    text = ticket(session, 0)
    assert "1970-01-01 00:00:00.000 UTC, not credible: 20402d11h before the rest" in text
    assert "1970-01-01 since its start" not in text
    assert [said(row[5]) for row in tables(text)[0]] == ["signal", "stray time", "", ""]
