"""The catalogue of signals: a kind is one record and a detector, and all else comes from them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from eventview.analysis.signal_kinds import SIGNAL_GROUPS, SIGNAL_KINDS
from eventview.session.text import width

ROOT = Path(__file__).parents[2]

LETTERS = "Searched for 8 letters and did nothing with the result"
RULE = "a search, then nothing for 30000 ms"
SERVER_RULE = "found by the server: a search without a click"


@pytest.fixture(scope="module")
def invented() -> dict[str, Any]:
    """Places in which an invented signal appears; a process of its own has it in the catalogue."""
    program = [sys.executable, "-m", "tests.analysis.invented_signal"]
    done = subprocess.run(program, cwd=ROOT, capture_output=True, check=False, text=True)  # noqa: S603  # our own program
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_an_invented_signal_is_filtered_and_completed(invented: dict[str, Any]) -> None:
    assert invented["chip"] == ["is lost search"]
    words = ["is:lost", "is:nowhere", "is:severe", "is:wrong", "is:signal"]
    assert invented["found"] == {word: [2, 3] for word in words}
    assert invented["completed"] == ["is:lost"]
    assert invented["fatal"] == ["lost"]


def test_an_invented_signal_is_on_the_screen(invented: dict[str, Any]) -> None:
    assert invented["strip"] == "→ LL "
    assert invented["badges"] == ["lost ×8"]
    assert invented["detail"] == [[LETTERS, f"rule: {RULE}"]]
    assert invented["issue"] == "a search without a click"
    assert "2 lost searches" in invented["summary"]


def test_the_keys_of_an_invented_signal_lead_to_it(invented: dict[str, Any]) -> None:
    assert ["v", "to the next search that led nowhere"] in invented["help"]
    assert ["V", "to the previous search that led nowhere"] in invented["help"]
    assert "Search = umbrella" in invented["cursor"]
    assert invented["status"].startswith(f"1 of 2 lost searches · {LETTERS}")


def test_an_invented_signal_is_in_all_exports(invented: dict[str, Any]) -> None:
    ticket = invented["ticket"].splitlines()
    assert ticket[0] == "## Lost search in INPUT on /basket"
    assert "- `#4` +0:12.000 Lost search in ISSUE on /basket" in ticket
    assert "| 4 | +0:12.000 | 4.0s | ISSUE | lost search: Search | lost ×1 |" in ticket
    assert ",lost," in invented["csv"]
    assert invented["json"] == [["lost", RULE], ["lost", SERVER_RULE]]
    assert invented["records"] == [[], [], ["lost"], ["lost"], []]
    assert '"only_signals":{"lost":2}' in invented["comparison"]
    assert invented["schema"][0] == "lost"


def test_an_invented_signal_has_a_row_in_the_readme(invented: dict[str, Any]) -> None:
    assert f"| lost search | `lost` `nowhere` | `L` | `v` `V` | {RULE} |" in invented["readme"]


def test_a_word_or_a_key_leads_to_one_thing() -> None:
    words = [word.key for word in (*SIGNAL_KINDS, *SIGNAL_GROUPS)]
    keys = [word.shortcut.key for word in (*SIGNAL_KINDS, *SIGNAL_GROUPS) if word.shortcut]
    issues = [issue for kind in SIGNAL_KINDS for issue in kind.issues]
    for names in (words, keys, issues, [kind.name for kind in SIGNAL_KINDS]):
        assert len(set(names)) == len(names)
    assert {width(kind.letter) for kind in SIGNAL_KINDS} == {1}
