"""The README says what is so. `pytest tests/test_readme.py --no-cov --renew` renews its tables."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from eventview import errors, terminal
from eventview.analysis.descriptions import describe_rule
from eventview.analysis.rules import RULES
from eventview.analysis.signal_kinds import SIGNAL_GROUPS, SIGNAL_KINDS
from eventview.analysis.signals import Signal
from eventview.cli import main, output
from eventview.query.vocabulary import KINDS
from eventview.tui import commands
from eventview.tui.screens.compare import COMPARING, DIFFERENCES

README = Path(__file__).parents[1] / "README.md"


def between(start: str, end: str) -> str:
    """The part of the README between two marks."""
    return README.read_text("utf-8").partition(start)[2].partition(end)[0]


def keys_table(groups: Sequence[commands.Group]) -> str:
    """Commands as a table, the keys of each as code."""
    lines = ["| keys | action |", "| --- | --- |"]
    for group in groups:
        lines.append(f"| **{group.title}** | |")
        for keys, words in commands.list_commands(group):
            shown = " ".join(f"`{key}`" if key != "…" else key for key in keys.split())
            lines.append(f"| {shown} | {words} |")
    return "\n".join(lines)


def signals_table() -> str:
    """Kinds of signal as a table, with their rules."""
    groups = {word.key for word in SIGNAL_GROUPS}
    lines = ["| signal | `is:` | strip | keys | when |", "| --- | --- | --- | --- | --- |"]
    for kind in SIGNAL_KINDS:
        signal = Signal(kind, 0, (0,))
        when, coarse = (describe_rule(signal, RULES, step) for step in (1, 1000))
        if coarse != when:
            when += f"; where a server keeps whole seconds: {coarse}"
        own = [kind.key, *(word for word in kind.words if word not in groups)]
        words = " ".join(f"`{word}`" for word in own)
        keys = f"`{kind.shortcut.key}` `{kind.shortcut.key.upper()}`" if kind.shortcut else ""
        lines.append(f"| {kind.name} | {words} | `{kind.letter}` | {keys} | {when} |")
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("signals", signals_table()),
        ("keys", keys_table(commands.GROUPS)),
        ("comparison's keys", keys_table([DIFFERENCES])),
    ],
)
def test_a_table_is_made_from_what_it_lists(
    request: pytest.FixtureRequest, name: str, table: str
) -> None:
    start, end = f"<!-- {name} -->\n", f"\n<!-- /{name} -->"
    if request.config.getoption("--renew"):
        text = README.read_text("utf-8")
        head, _, rest = text.partition(start)
        README.write_text(head + start + table + end + rest.partition(end.strip())[2], "utf-8")
    assert between(start, end) == table


def test_every_word_of_a_signal_is_listed() -> None:
    listed = between("| `is:rage` `is:error,slow` | signals: ", "\n")
    assert set(re.findall("`([a-z-]+)`", listed)) == {*KINDS, "e", "x"}


def test_a_comparison_has_the_keys_that_the_readme_says() -> None:
    assert "*Move* and *Pages*" in between("Where two sessions are compared", "<!--")
    assert COMPARING == (commands.MOVING, commands.VISITS, DIFFERENCES)
    assert [group.title for group in COMPARING[:2]] == ["Move", "Pages"]


def test_every_option_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main.main(["--help"])
    option = "--[a-z]+(?:-[a-z]+)*"
    offered = set(re.findall(option, capsys.readouterr().out)) - {"--help", "--version"}
    generated = rf"`(?:eventview |-o FILE`, `)?({option})"
    explained = set(re.findall(generated, between("## Use", "## Keys")))
    assert explained == offered


def test_every_exit_code_is_explained() -> None:
    codes = {kind.exit_code for kind in errors.EventviewError.__subclasses__()}
    explained = re.findall(r"^\| (\d+) \|", between("## Exit codes", "## When"), re.MULTILINE)
    others = {0, output.MATCHED_EXIT_CODE} | {128 + number for number in terminal.ENDING_SIGNALS}
    assert set(map(int, explained)) == others | codes


def test_every_picture_is_there() -> None:
    pictures = re.findall(r"!\[[^]]+]\(([^)]+)\)", README.read_text("utf-8"))
    assert pictures
    assert all((README.parent / picture).is_file() for picture in pictures)
