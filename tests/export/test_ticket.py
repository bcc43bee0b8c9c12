"""Tickets: read back by a Markdown parser, whatever strangers' browsers sent."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token
from msgspec.structs import replace

from eventview.analysis.analysis import Analysis
from eventview.errors import NotFoundError
from eventview.export.formats import FORMATS
from eventview.export.markup import Jira, Markdown, cell_code_span, code_span
from eventview.export.snapshot import ExportSnapshot
from eventview.export.ticket import MASK
from eventview.query.query import Query, TypeChoice
from eventview.session.events import (
    Click,
    Crash,
    Custom,
    Error,
    Event,
    Frame,
    GraphQL,
    Issue,
    Location,
    Request,
)
from eventview.session.session import Session
from eventview.session.source import Replay
from eventview.session.text import clean
from eventview.sources.json_reader import read_json
from eventview.view.time_display import TimeDisplay, TimeMode
from eventview.view.view import View
from eventview.view.view_options import ViewOptions
from eventview.wire.v1 import read_answer
from tests.conftest import session_of
from tests.hostile import TEXTS, hostile
from tests.tables import each_row

GITHUB = MarkdownIt("gfm-like")
"""With tables, strikethrough and links made of bare addresses."""

REPLAY = Replay("https://openreplay.example.com/12/session/42", 1_731_502_799_000)

CASES = Path(__file__).parent.parent / "cases"

APPLY = 30
"""The first of five rage clicks in the recorded checkout."""


def write_export(snapshot: ExportSnapshot, name: str = "md") -> str:
    return "\n".join(FORMATS[name](snapshot))


def ticket(session: Session, cursor: int | None = None, name: str = "md", **more: object) -> str:
    view = View(Analysis(session), ViewOptions(are_runs_rolled=True))
    snapshot = ExportSnapshot(
        view, cursor=cursor, replay=REPLAY, command=("eventview", "acme", "42")
    )
    return write_export(replace(snapshot, **more), name)


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
    """Return the visible text of a cell or a heading."""
    return "".join(child.content for child in token.children or ())


def parts(text: str) -> dict[str, str]:
    """The text under each heading of the third level."""
    _, *found = re.split(r"^### (.*)$", text, flags=re.MULTILINE)
    return dict(zip(found[::2], found[1::2], strict=True))


def test_a_ticket_says_what_happened_where_and_to_whom(checkout: Session) -> None:
    text = ticket(checkout, APPLY)
    head, *_ = text.split("### ")
    assert head.splitlines()[0] == "## Clicked “Apply” 5 times on /cart"
    assert "- **session:** 42 of project acme\n" in head
    assert "- **started:** 2024-11-13 13:00:00.600 UTC, lasted 24m57s; times below count" in head
    assert "+3:10.671 since the session's start, 2024-11-13 13:03:11.271 UTC; event 31 of" in head
    assert "- **page:** `https://shop.acme-outdoor.example/cart` (https inferred)" in head
    assert links(text) == [f"{REPLAY.url}?jumpto=192271"], "since the start by the server's clock"


def test_its_table_has_ten_rows_before_the_moment_and_three_after(checkout: Session) -> None:
    [table, *_] = tables(ticket(checkout, APPLY))
    numbers = [said(row[0]) for row in table[1:]]
    assert numbers == [
        "20", "21", "22", "23", "24", "25", "26", "27", "28", "29",
        "30", "31 ←", "36", "37", "38",
    ]  # fmt: skip
    assert [[said(cell) for cell in row[3:]] for row in table[11:13]] == [
        ["CLICK", "Apply", ""],
        ["CLICK", "Apply ×5", "rage ×5"],
    ], "a run whose rage begins with its second click is told in two rows"


@each_row(
    "view",
    [
        ViewOptions(filter=Query.parse("is:rage")),
        ViewOptions(filter=Query.parse("label:Apply")),
        ViewOptions(types=TypeChoice(frozenset({"click"}), only=True)),
        ViewOptions(types=TypeChoice(frozenset({"input", "location"}))),
    ],
)
def test_its_rows_are_those_of_the_session_whatever_is_hidden(
    checkout: Session, view: ViewOptions
) -> None:
    [all_rows, *_] = tables(ticket(checkout, APPLY))
    [table, *_] = tables(ticket(checkout, APPLY, view=View(Analysis(checkout), view)))
    assert [said(row[0]) for row in table] == [said(row[0]) for row in all_rows]


def test_what_a_page_does_by_itself_takes_no_place_of_what_was_done() -> None:
    clicks = [Click("CLICK", 1_000 * n, {}, label=f"n{n}") for n in range(12)]
    noise = [Custom("CUSTOM", 20_000 + n, {}, name="tick") for n in range(6)]
    session = session_of([*clicks, *noise, Click("CLICK", 30_000, {}, label="Pay")])
    [table, *_] = tables(ticket(session, 18))
    types = [said(row[3]) for row in table[1:]]
    assert types.count("CLICK") == 1 + 10
    assert len(types) == 1 + 10 + 6, "and they are there: nothing is left out between"


def test_of_a_load_it_has_what_is_not_good_and_folds_the_rest_away(checkout: Session) -> None:
    found = parts(ticket(checkout, 37))
    bad, rest = found["Page load"].split("<details>")
    rows = {said(row[0]): [said(cell) for cell in row[1:]] for row in tables(bad)[0][1:]}
    assert rows["load event end"] == ["13540 ms", "poor over 7300 ms"]
    assert all("poor" in rating or "needs work" in rating for _, rating in rows.values())
    assert "<summary>1 figure is good, 5 have no bound</summary>" in rest
    assert not re.search(r"backend/|\.tsx|web\.dev|rule", ticket(checkout, 37))
    jira = ticket(checkout, 37, "jira")
    assert "1 figure is good, 5 have no bound: left out." in jira
    assert "|good|" not in jira


def test_it_tells_how_to_reproduce_in_plain_words(checkout: Session) -> None:
    steps = parts(ticket(checkout, APPLY))["How to reproduce"].strip().splitlines()
    assert steps[:2] == ["- **precondition:** (fill in: account, data, settings)", ""]
    assert steps[2].startswith("1. Open `https://shop.acme-outdoor.example/p/jacke-für-große-höhen")
    assert "Enter something into “Promo code”." in steps[-5]
    assert steps[-4].endswith(". Click “Apply” 6 times.")
    assert steps[-2:] == [
        "- **expected:** (fill in)",
        "- **actual:** Clicked “Apply” 5 times on /cart",
    ]
    assert any(step.endswith(". /cart opens.") for step in steps)


def test_steps_that_are_cut_begin_on_a_page(checkout: Session) -> None:
    steps = parts(ticket(checkout, 171))["How to reproduce"].strip().splitlines()
    assert steps[2] == "Earlier steps are left out."
    assert steps[4].startswith("1. Open `https://shop.acme-outdoor.example/")


def test_each_finding_has_its_number_and_its_time(checkout: Session) -> None:
    items = parts(ticket(checkout))["What stands out"].strip().splitlines()
    assert items[1] == "- `#31` +3:10.671 **rage click:** Clicked “Apply” 5 times on /cart"
    assert items[-1] == ("- `#81` +11:55.053 2m26s without activity, then click on “Resend code”")
    assert "esitat" not in "".join(items)


def test_the_row_of_a_run_is_about_the_rage_in_it(checkout: Session) -> None:
    text = ticket(checkout, APPLY - 1)
    assert text.startswith("## Clicked “Apply” 5 times on /cart\n")
    [arrow] = [line for line in text.splitlines() if "←" in line]
    assert arrow == "| 30 ← | +3:09.471 | 1.1s | CLICK | Apply ×6 | rage ×5 |"
    assert "- **when:** +3:09.471 since" in text
    assert "--at '#30'" in text


def test_marked_rows_take_the_place_of_those_around_the_cursor(checkout: Session) -> None:
    found = parts(ticket(checkout, APPLY, marks=frozenset({3, 58, 100})))
    [table] = tables(found["Marked events"])
    assert [said(row[0]) for row in table[1:]] == ["4", "59", "101"]


def test_the_whole_session_is_about_the_worst_of_it(checkout: Session) -> None:
    text = ticket(checkout)
    assert text.startswith("## Clicked “Pay 219,80 €” 7 times on /checkout/payment")
    [arrow] = {line for line in text.splitlines() if "←" in line}
    assert arrow.startswith("| 60 ← | +8:56.654 ")
    assert "- **when:** +8:56.654 since" in text
    assert "--at '#60'" in text
    [around, *_, whole] = tables(text)
    assert len(around) == 1 + 14
    assert len(whole) == 1 + 163, "as many rows as the screen has"
    assert "163 rows, 180 of 180 events" in parts(text)["The whole view"]
    assert "Left out here: 163 rows, 180 of 180 events." in ticket(checkout, name="jira")
    quiet = View(Analysis(checkout), ViewOptions(filter=Query.parse("type:location -is:slow")))
    assert write_export(ExportSnapshot(quiet)).startswith("## Session that begins on /\n")


def test_slow_pages_are_weighed_by_how_poor_they_are(checkout: Session) -> None:
    text = ticket(
        checkout, view=View(Analysis(checkout), ViewOptions(filter=Query.parse("is:slow")))
    )
    assert text.startswith("## Slow page /checkout/payment: LCP 8.1 s\n")


def test_what_was_entered_is_masked_also_where_the_tracker_did_not(checkout: Session) -> None:
    entries = [
        {"type": "INPUT", "timestamp": n, "label": f"field {n}", "value": f"hunter{n}"}
        for n in range(5)
    ]
    for name in ("md", "jira"):
        text = ticket(session_of(read_answer(entries).events), 2, name)
        assert "hunter" not in text
        assert text.count(MASK) == 5, "in every row"


def test_without_a_link_or_a_command_it_says_so(checkout: Session) -> None:
    text = ticket(
        checkout,
        APPLY,
        replay=None,
        replay_failure=NotFoundError("Nobody knows.", hint="Ask @somebody."),
        command=(),
    )
    assert "- **replay:** not known: Nobody knows.\n" in text
    assert "somebody" not in text, "what to do about it is not for engineering"
    assert links(text) == []
    assert "See it in the terminal" not in text


@pytest.mark.slow
@each_row("cursor", [None, *range(0, len(TEXTS) * 4, 3)])
def test_no_text_of_a_browser_is_more_than_text_in_markdown(cursor: int | None) -> None:
    session = hostile()
    text = ticket(session, cursor)
    kinds = {token.type for token in tokens(text)}
    assert not kinds & {"html_inline", "image", "code_block", "hr", "s_open", "em_open"}
    html = [token.content.strip() for token in tokens(text) if token.type == "html_block"]
    ours = r"<details>\n<summary>[\w, ]+</summary>|</details>"
    assert all(re.fullmatch(ours, block) for block in html)
    [link] = links(text)
    assert re.fullmatch(re.escape(REPLAY.url) + r"\?jumpto=\d+", link)
    assert {len(row) for table in tables(text) for row in table} <= {6, 3}
    if cursor is None:
        assert len(tables(text)[-1]) == 1 + len(
            View(Analysis(session), ViewOptions(are_runs_rolled=True)).rows
        )
    # Only in code, where nobody is mentioned and nothing is numbered.
    others = " ".join(token.content for token in tokens(text) if token.type == "text")
    assert not re.search(r"@|evil|GH-7|#\d|!\d|:tada:|javascript", others)
    headings = [token for token in GITHUB.parse(text) if token.type == "heading_open"]
    assert {token.tag for token in headings} == {"h2", "h3"}
    fences = [token for token in GITHUB.parse(text) if token.type == "fence"]
    assert {fence.info for fence in fences} <= {"sh", "text"}
    # GitLab takes a slash at the start of a line for a command.
    assert not re.search(r"^\s*/", text, re.MULTILINE)


MARKS = st.text(alphabet="*_-+^~?!{}[]|\\#&;:/@().,`<>=$% \taZ19éß日")
NOTATION = st.lists(
    st.sampled_from(
        [
            "*", "_", "-", "+", "^", "~", "??", "{{", "}}", "{code}", "{-}", "[", "]", "|", "||",
            "!", "\\", "\\\\", "h1. ", "bq. ", "* ", "# ", "- ", "--", "---", "----", ":)", ";-)",
            "(x)", "(*r)", "(!)", "<3", ":D", "http://e.example/a", "https://", "mailto:a@b.e",
            "www.e.example", "@someone", "[~me]", "ABC-12", "&amp;", "&#64;", "&lt", "a", "B", "7",
            "é", " ", " ", "x.png", "`", "```", "~~~", "<b>", "<!--", "-->", "#12", "!3", "$x$",
            "~bug", ":tada:", "GH-7", "o/r#1", "deadbeef1", "[x](http://e.example)", "![", "](",
            "1. ", "> ", "=", "\n", "_a_", "*a*", "%v1", "&9", "^alert#1",
        ]
    ),
    max_size=9,
).map("".join)  # fmt: skip
FOREIGN = st.one_of(st.text(), MARKS, NOTATION)


def reading(inline: Token) -> str:
    return "".join(child.content for child in inline.children or ())


@pytest.mark.slow
@settings(max_examples=400)
@given(FOREIGN, FOREIGN)
def test_in_markdown_any_text_reads_as_it_is_and_does_nothing(one: str, other: str) -> None:
    markup = Markdown()
    a, b = markup.foreign(one), markup.foreign(other)
    sentence = f"{markup.strong('page:')} {a} “{b}”, {a}."
    document = "\n".join([f"- {sentence}", "", f"## {a} on {b}", "", f"1. Click “{a}”."])
    found = list(tokens(document))
    allowed = {
        "bullet_list_open", "bullet_list_close", "ordered_list_open", "ordered_list_close",
        "list_item_open", "list_item_close", "paragraph_open", "paragraph_close", "inline",
        "heading_open", "heading_close", "text", "code_inline", "strong_open", "strong_close",
    }  # fmt: skip
    assert {token.type for token in found} <= allowed
    assert [token.type for token in found].count("strong_open") == 1
    others = [token.content for token in found if token.type == "text"]
    assert not any(re.search(r"@|#\d|://|\bwww\.|:\w+:|\bGH-\d", said) for said in others)
    [first, *_] = [token for token in found if token.type == "inline"]
    shown = [clean(text).strip() for text in (one, other)]
    if "`" not in a + b:
        expected = f"page: {shown[0]} “{shown[1]}”, {shown[0]}."
        assert reading(first).split() == expected.split()


@pytest.mark.slow
@settings(max_examples=400)
@given(FOREIGN)
def test_in_markdown_any_text_is_in_its_cell(text: str) -> None:
    cell = Markdown().cell(text)
    [table] = tables("\n".join(Markdown().table(["a", "b"], [(cell, "end"), ("1", cell)])))
    [first, end], [one, last] = table[1:]
    assert (said(end), said(one)) == ("end", "1")
    kinds = {child.type for token in (first, last) for child in token.children or ()}
    assert kinds <= {"text", "code_inline"}
    if "`" not in cell:
        assert said(first).split() == said(last).split() == clean(text).split()


@given(st.text())
def test_any_text_is_one_code_span_in_a_cell_and_reads_as_it_was_cleaned(text: str) -> None:
    assert [t.type for t in tokens(f"x {code_span(text)} x") if t.type == "code_inline"] in (
        ["code_inline"],
        [],
    )
    span = cell_code_span(text)
    [table] = tables(f"| a | b |\n| --- | --- |\n| {span} | end |")
    cells = table[1]
    assert [said(cell) for cell in cells][1:] == ["end"]
    assert [child.type for child in cells[0].children or ()] in (["code_inline"], [])


def emphasis(mark: str) -> Iterator[str]:
    """Return patterns of emphasis in Jira's Data Center and Cloud renderers."""
    one, ink = re.escape(mark), rf"[^\s{re.escape(mark[0])}]"
    yield rf"(?<![A-Za-z0-9\\]){one}{ink}(.*?{ink})??{one}(?![A-Za-z0-9])"
    yield rf"{one}(?! )[^{re.escape(mark[0])}]+(?<! ){one}(?=\s|$)"


JIRA_NOTATION = [
    *(pattern for mark in ("*", "_", "-", "+", "^", "~", "??") for pattern in emphasis(mark)),
    r"[\\{\[|]",
    r"!\S[^!]*!",
    r"(?i)\b(?:[a-z]+://|(?:mailto|news|nntp|irc|file):\S)|\bwww\.",
    r"(?:^|\s)---?(?:\s|$)",
    r"(?i)\((?:!|x|/|\?|i|\+|-|on|off|\*[rgby]?|y|n|flag|flagoff)\)|[:;]-?[()]|<3",
    r"\b[A-Z][A-Z0-9_]+-\d",
    r"(?<!\w)@\w",
    r"&(?!#\d+;)#?\w+;",
]
"""Notation with a meaning in Jira, after the sources of com.atlassian.renderer.v2 and of
editor-wikimarkup-transformer."""

JIRA_STARTS = r"[*#-]+\s|h[1-6]\.\s|bq\.\s|-{4}|\|"


def as_java_sees(line: str) -> str:
    """Letters, digits and all else of other scripts as one of each."""
    return "".join(
        c if c.isascii() else "a" if unicodedata.category(c)[0] == "L" or c.isdecimal() else "·"
        for c in line
    )


def plain(escaped: str) -> str:
    return re.sub(r"&#(\d+);", lambda match: chr(int(match[1])), escaped)


@pytest.mark.slow
@settings(max_examples=400)
@given(FOREIGN, FOREIGN)
@example("'@0", ":D@0")
def test_in_jira_any_text_reads_as_it_is_and_means_nothing(one: str, other: str) -> None:
    markup = Jira()
    a, b = markup.foreign(one), markup.foreign(other)
    assert (plain(a), plain(b)) == (clean(one).strip(), clean(other).strip())
    for line in (a, f"{a} {b}", f"Click “{a}” on {b}, 48s later.", f"+0:12 {a}: {b}"):
        for pattern in JIRA_NOTATION:
            assert not re.search(pattern, as_java_sees(line)), pattern
    assert not re.match(JIRA_STARTS, a)


@each_row(
    "text",
    [
        "shop.acme-outdoor.example/checkout/payment?retry=1&page=2",
        "Pay 219,80 € (incl. VAT), 50 % off",
        "Card **** **** **** 12",
        "TypeError: Cannot read properties of undefined (reading '<total>')",
        "/p/jacke-für-große-höhen_2",
        "+47 22 33 44 55, 5-10 snake_case a+b x^2",
        "Größe – 日本語 “quoted” #12 it's = fine; ok",
    ],
)
def test_in_jira_what_means_nothing_there_stands_as_it_is(text: str) -> None:
    assert Jira().foreign(text) == text


@each_row(
    "text",
    [
        "/checkout/payment?retry=1&page=2",
        "Pay 219,80 € (incl. VAT), 50 % off!",
        "Card **** **** **** ** / ** end",
        "TypeError: Cannot read properties of undefined",
        "/p/jacke-für-große-höhen_2.html",
        "+47 22 33 44 55, 5-10 snake_case a+b",
        "button#pay.primary",
    ],
)
def test_in_markdown_what_means_nothing_there_stands_as_it_is(text: str) -> None:
    assert Markdown().foreign(text) == Markdown().cell(text) == text


@each_row("cursor", [None, *range(0, len(TEXTS) * 4, 3)])
def test_no_text_of_a_browser_is_more_than_text_in_jira(cursor: int | None) -> None:
    text = ticket(hostile(), cursor, "jira")
    rows = [line for line in text.splitlines() if line.startswith("|") and line[1] != "|"]
    titles = [line for line in text.splitlines() if line.startswith("||")]
    columns = {title.count("||") - 1 for title in titles}
    assert columns <= {6, 3}
    assert {row.count("|") - 1 for row in rows} <= columns
    assert text.count("[watch it at this moment|https://") == 1
    bare = re.sub(r"\[watch it at this moment\|[^]]*\]", "", text)
    bare = re.sub(r"\{noformat\}\n.*?\n\{noformat\}", "", bare, flags=re.DOTALL)
    assert not re.search(r"\[|\{|https?:|\bwww\.|(?<!\w)@some|!p\.png!", bare)


def units(text: str) -> int:
    """The characters as Java and a browser's form count them: UTF-16, line ends of two."""
    return len(text.replace("\n", "\r\n").encode("utf-16-le")) // 2


@pytest.mark.slow
@each_row(
    ("name", "limit", "label"),
    [
        ("jira", 32_767, "Pay"),
        ("md", 65_536, "Pay"),
        ("jira", 32_767, "👍 | <b> *x*"),
        ("md", 65_536, "👍 | <b> *x*"),
        ("jira", 32_767, "{code}"),
    ],
)
def test_a_ticket_beyond_what_its_tracker_takes_is_cut_with_a_word(
    name: str, limit: int, label: str
) -> None:
    session = session_of(
        [Click("CLICK", 2_000 * n, {}, label=f"{label} {n}") for n in range(3_000)]
    )
    for text in (
        ticket(session, 5, name, marks=frozenset(range(3_000))),
        ticket(session, None, name),
    ):
        assert units(text) <= limit
        *_, last = text.splitlines()
        if name == "md" or "Marked events" in text:
            assert units(text) > limit - 400, "no more than is needed"
            assert f"takes {limit:,} characters" in last
            assert last.startswith("Cut here: the rest of “")
        assert text.count("<details>") == text.count("</details>")
        assert text.count("{noformat}") % 2 == text.count("```") % 2 == 0


def test_a_ticket_that_is_long_enough_by_itself_says_nothing_of_a_limit(
    checkout: Session,
) -> None:
    for name in ("jira", "md"):
        assert "Cut here" not in ticket(checkout, name=name)


def test_a_case_of_400_clicks_is_within_the_limit_and_says_what_is_left_out() -> None:
    answer = read_json((CASES / "k02-400-clicks.json").read_bytes())
    text = ticket(session_of(read_answer(answer).events), name="jira")
    assert units(text) <= 32_767
    assert "Left out here: 399 rows, 399 of 399 events." in text


def test_a_command_of_backticks_and_macros_stays_a_command() -> None:
    command: Sequence[str] = ("eventview", "--filter", "```\n{noformat}", "acme", "42")
    session = session_of(read_answer([{"type": "CLICK", "timestamp": 1, "label": "x"}]).events)
    text = ticket(session, 0, command=command)
    [fence] = [token for token in GITHUB.parse(text) if token.type == "fence"]
    assert fence.content == "eventview --filter $'```\\U0000000a{noformat}' acme 42 --at '#1'\n"
    jira = ticket(session, 0, "jira", command=command)
    assert jira.count("{noformat}") == 2
    assert "{ noformat}" in jira, "which a shell takes for another word, and nobody for markup"


@each_row(
    ("clock", "title", "time"),
    [
        (TimeDisplay(), "time, since start", "+3:10.671"),
        (TimeDisplay(TimeMode.UTC), "time, UTC", "13:03:11.271"),
        (TimeDisplay(TimeMode.LOCAL), "time, UTC-4", "09:03:11.271"),
        (TimeDisplay().zeroed(1), "time, since +0:02.057", "+3:08.614"),
    ],
)
def test_the_column_of_times_says_what_they_are(
    checkout: Session, clock: TimeDisplay, title: str, time: str
) -> None:
    [table, *_] = tables(ticket(checkout, APPLY, clock=clock))
    assert said(table[0][1]) == title
    [row] = [row for row in table if said(row[0]).endswith("←")]
    assert said(row[1]) == time, "a run of clicks is told by the first of its rage"
    jira = ticket(checkout, APPLY, name="jira", clock=clock)
    heading = next(line for line in jira.splitlines() if line.startswith("||"))
    assert plain(heading.split("||")[2]) == title


def test_an_event_whose_time_is_a_stray_is_told_so() -> None:
    now = 1_762_772_400_000
    session = session_of([Click("CLICK", ms, {}, label=f"{ms}") for ms in (0, now, now + 1)])
    text = ticket(session, 0)
    assert "1970-01-01 00:00:00.000 UTC, not credible: 20402d11h before the rest" in text
    assert "1970-01-01 since its start" not in text
    assert [said(row[5]) for row in tables(text)[0]] == ["finding", "stray time", "", ""]


THROWN = Error(
    "ERROR", 9_000, {}, source="js_exception", name="TypeError", message="no <total> of @me",
    frames=(Frame("Basket.<anonymous>", "https://shop.example/app.js", 1207, 31),
            Frame("", "vendor.js", 2, None)),
)  # fmt: skip
PAGE = Location("LOCATION", 1_000, {}, host="shop.example", path="/basket")


def about(event: Event, name: str = "md") -> str:
    return ticket(session_of([PAGE, event]), 1, name)


@pytest.mark.parametrize("name", ["md", "jira"])
def test_an_error_comes_with_its_stack_as_it_is(name: str) -> None:
    lines = about(THROWN, name).splitlines()
    place = lines.index("TypeError: no <total> of @me")
    assert lines[place - 1] == ("```text" if name == "md" else "{noformat}")
    assert lines[place + 1 : place + 3] == [
        "    at Basket.<anonymous> (https://shop.example/app.js:1207:31)",
        "    at (anonymous) (vendor.js:2)",
    ]


def test_a_click_that_an_error_follows_comes_with_the_stack_of_the_error() -> None:
    text = ticket(session_of([PAGE, Click("CLICK", 8_990, {}, label="Pay"), THROWN]), 1)
    assert text.startswith("## `TypeError: no <total> of @me` after a click on “Pay” on /basket")
    assert "    at Basket.<anonymous> (" in text


@each_row(
    ("event", "title", "facts"),
    [
        (Error("ERROR", 2_000, {}, name="Error"),
         "JavaScript error without a message on /basket", ["- **stack:** none was sent"]),
        (Error("ERROR", 2_000, {}, message="Script failed", payload_problem="{odd"),
         "Script failed on /basket", ["**payload, as sent:**", "{odd"]),
        (Crash("CRASH", 2_000, {}, name="NSRangeException", reason="beyond", stack="0 Shop\n1 UI"),
         "Crash: NSRangeException: beyond on /basket", ["0 Shop", "1 UI"]),
        (Request("REQUEST", 2_000, {}, method="GET", url="https://shop.example/api/orders?a=1",
                 status=503, duration_ms=12_000, duration_step_ms=1000, response_body="sorry"),
         "GET /api/orders → 503 after 12 s on /basket",
         ["- **request:** `GET https://shop.example/api/orders?a=1`", "- **status:** 503",
          "- **duration:** 12 s (rounded to a second)", "**response body:**", "sorry"]),
        (Request("REQUEST", 2_000, {}, method="PUT", url="/api/x", status=0, duration_ms=312),
         "PUT /api/x → no answer after 312 ms on /basket",
         ["- **status:** no answer: blocked, aborted, offline, or hidden from the page",
          "- **bodies:** none was recorded"]),
        (Request("REQUEST", 2_000, {}, method="GET", url="/api/x", is_success=False),
         "GET /api/x failed on /basket",
         ["- **status:** not sent, counted as failed", "- **duration:** not known"]),
        (GraphQL("GRAPHQL", 2_000, {}, name="basketItems", request_body='{"a": 1}'),
         "GraphQL operation basketItems on /basket",
         ["- **operation:** basketItems", '  "a": 1']),
        (Issue("ISSUE", 2_000, {}, issue_type="js_exception", context="boom is no function"),
         "boom is no function on /basket", ["- **found by the server:** js_exception"]),
        (Issue("ISSUE", 2_000, {}, issue_type="bad_request", context="https://shop.example/api"),
         "Failed request to /api on /basket", []),
        (Issue("ISSUE", 2_000, {}, issue_type="cpu", context="https://shop.example/basket"),
         "High CPU on /basket", ["- **found by the server:** cpu"]),
        (Issue("ISSUE", 2_000, {}, issue_type="dead_click", context="Help"),
         "Dead click on “Help” on /basket", []),
        (Issue("ISSUE", 2_000, {}, issue_type="click_rage", context="Help", count=5),
         "Clicked “Help” 5 times on /basket", []),
        (Issue("ISSUE", 2_000, {}, issue_type="incident", label="It hangs"),
         "Incident: “It hangs” on /basket", []),
        (Event("ERROR", 2_000, {"type": "ERROR", "message": "boom", "stack": "at a.js:1"}),
         "ERROR boom on /basket", ["**as sent:**", '  "stack": "at a.js:1"']),
        (Custom("CUSTOM", 2_000, {}, name="plan"), "Custom event plan on /basket", []),
        (Click("CLICK", 2_000, {}, label="Pay", selector="button.pay"),
         "Click on “Pay” on /basket", ["- **selector:** button.pay"]),
        (Click("CLICK", 2_000, {}, selector="svg"), "Click on svg on /basket", []),
        (Click("CLICK", 60_000, {}, label="Pay"),
         "59 s without activity, then click on “Pay”", []),
        (Location("LOCATION", 60_000, {}, host="shop.example", path="/thanks"),
         "59 s without activity, then /thanks", []),
    ],
)  # fmt: skip
def test_titles_and_evidence_are_what_an_engineer_would_write(
    event: Event, title: str, facts: list[str]
) -> None:
    lines = about(event).splitlines()
    assert lines[0] == f"## {title}"
    assert [fact for fact in facts if fact not in lines] == []


def test_a_title_counts_what_it_leaves_out_of_a_message() -> None:
    text = ticket(session_of([Error("ERROR", 0, {}, message="e" * 500)]), 0)
    assert text.splitlines()[0] == f"## {'e' * 120}… (380 more characters)"


def test_long_bodies_are_folded_and_cut_with_a_word() -> None:
    body = '{"items": [' + ", ".join(map(str, range(60))) + "]}"
    request = Request(
        "REQUEST", 2_000, {}, method="GET", url="/a", status=500,
        request_body="x" * 9_000, response_body=body,
    )  # fmt: skip
    text = about(request)
    assert "x" * 2_000 + "… (7,000 more characters)" in text
    assert "<summary>response body, 41 lines</summary>" in text
    assert "… (24 more lines)" in text
    assert "… (24 more lines)" in about(request, "jira")


def test_of_what_was_redacted_no_part_of_a_ticket_says_who_or_where() -> None:
    events: list[Event] = [
        Location("LOCATION", 1_000, {}, host="shop.example", path="/u/jane@corp.example"),
        Click("CLICK", 2_000, {}, label="jane@corp.example", selector="a[href='//shop.example']"),
        Request("REQUEST", 3_000, {}, method="GET", url="https://api.shop.example/u?m=jane",
                status=500, request_body='{"mail": "jane@corp.example"}', response_body="jane"),
        Error("ERROR", 4_000, {}, message="no jane@corp.example",
              frames=(Frame("f", "https://shop.example/app.js", 1, 2),)),
        Crash("CRASH", 5_000, {}, reason="of jane@corp.example", stack="0 https://shop.example/a"),
    ]  # fmt: skip
    whole = ExportSnapshot(View(Analysis(session_of(events, "acme-secret", "4711"))), replay=REPLAY)
    for cursor in (None, *range(len(events))):
        made = replace(whole, cursor=cursor).prepare_export(is_redacted=True, ask=None)
        for name in ("md", "jira"):
            text = write_export(made, name)
            assert not re.search(r"jane|corp|shop\.example|acme-secret|4711|openreplay", text)
