"""Programs get an address as it was sent, people one they can read."""

import json
from pathlib import Path

import pytest

from eventview.cli.main import main

CASES = Path(__file__).parents[1] / "cases"
SENT = "/kategorie/gr%C3%B6%C3%9Fe/42"


def run(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(words) == 0
    return capsys.readouterr().out


def test_json_and_csv_keep_a_path_as_sent(capsys: pytest.CaptureFixture[str]) -> None:
    file = str(CASES / "m08-pct.json")
    document = json.loads(run(capsys, file, "--format", "json"))
    record = json.loads(run(capsys, file, "--format", "ndjson"))
    for event in (*document["events"], record):
        assert event["page"]["path"] == event["what"] == event["raw"]["path"] == SENT
    assert run(capsys, file, "--format", "csv").count(SENT) == 3


@pytest.mark.parametrize("format_name", ["text", "md"])
def test_text_and_tickets_show_a_path_decoded(
    format_name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("m08-pct.json", "m09-raw.json", "m10-pct-lower.json"):
        said = run(capsys, str(CASES / name), "--format", format_name)
        assert "/kategorie/größe/42" in said
        assert "%" not in said


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("m01-nfc.json", "m02-nfd.json"),
        ("m08-pct.json", "m09-raw.json"),
        ("m08-pct.json", "m10-pct-lower.json"),
        ("m09-raw.json", "m10-pct-lower.json"),
    ],
)
def test_sessions_that_look_the_same_have_no_difference(
    first: str, second: str, capsys: pytest.CaptureFixture[str]
) -> None:
    pair = str(CASES / first), "--with", str(CASES / second)
    assert "no differences" in run(capsys, *pair)
    compared = json.loads(run(capsys, *pair, "--format", "json"))
    assert {name for name, n in compared["counts"].items() if n} == {"same"}


def test_clicks_on_one_label_in_two_normal_forms_are_one_rage(
    capsys: pytest.CaptureFixture[str],
) -> None:
    said = run(capsys, str(CASES / "m03-rage-nfc-nfd.json"), "--format", "text")
    assert "1 rage click" in said
    assert "rage ×4" in said
