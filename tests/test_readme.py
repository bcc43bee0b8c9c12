"""The README says what is so. `pytest tests/test_readme.py --no-cov --renew` renews its keys."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from eventview import errors, terminal
from eventview.cli import headless, main
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


@pytest.mark.parametrize(
    ("name", "groups"), [("keys", commands.GROUPS), ("comparison's keys", [DIFFERENCES])]
)
def test_the_keys_are_those_of_the_commands(
    request: pytest.FixtureRequest, name: str, groups: Sequence[commands.Group]
) -> None:
    start, end = f"<!-- {name} -->\n", f"\n<!-- /{name} -->"
    if request.config.getoption("--renew"):
        text = README.read_text("utf-8")
        head, _, rest = text.partition(start)
        README.write_text(
            head + start + keys_table(groups) + end + rest.partition(end.strip())[2], "utf-8"
        )
    assert between(start, end) == keys_table(groups)


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
    others = {0, headless.MATCHED_EXIT_CODE} | {128 + number for number in terminal.ENDING_SIGNALS}
    assert set(map(int, explained)) == others | codes


def test_every_picture_is_there() -> None:
    pictures = re.findall(r"!\[[^]]+]\(([^)]+)\)", README.read_text("utf-8"))
    assert pictures
    assert all((README.parent / picture).is_file() for picture in pictures)
