"""The configuration file: what it may say, and how it is told what it may not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from eventview.analysis.rules import RULES, Rules
from eventview.config.profiles import load_profiles
from eventview.errors import UsageError
from eventview.session.metrics import CATALOGUE, PUBLISHED, Band
from tests.sources import assert_well_said
from tests.tables import each_row

SECRET = "Zq7fT1mWcXo3bLr9NuEa"  # noqa: S105  # opens nothing


def write_config(folder: Path, text: str) -> Path:
    file = folder / "config.toml"
    file.write_bytes(text.encode())
    return file


def test_a_profile_holds_what_was_written(tmp_path: Path) -> None:
    text = """
[profiles.shop]
url = "https://shop.example"
project = "KEY"
project_id = 12
api = "v2"
api_key_command = "pass show shop"
[profiles.empty]
"""
    profiles = load_profiles(write_config(tmp_path, text))
    shop = profiles["shop"]
    assert (shop.url, shop.project, shop.project_id, shop.api, shop.api_key_command) == (
        "https://shop.example", "KEY", 12, "v2", "pass show shop",
    )  # fmt: skip
    assert profiles["empty"].url is None
    assert load_profiles(write_config(tmp_path, "")) == {}


@each_row(
    ("text", "message"),
    [
        ("[profiles.a]\nulr = 'x'", "profiles.a.ulr is not a setting. The nearest there is: url."),
        ("[profiles.a]\napi_key_comand = 'x'", "The nearest there is: api_key_command."),
        ("[profiles.a]\nzzzzzz = 1", "There is: url, project, project_id, api, "),
        ("[profile.a]\nurl = 'x'", "profile is not a setting. The nearest there is: profiles."),
        ("[profiles.a]\napi = 'v3'", "profiles.a.api is not valid. Input should be 'auto', 'v1'"),
        ("[profiles.a]\nproject_id = '12'", "profiles.a.project_id is not valid"),
        ("[profiles.a]\nproject_id = -1", "greater than or equal to 0"),
        ("[profiles]\na = 1", "profiles.a is not valid"),
        ("[profiles.a]\nurl = \x1b", "is not TOML. At line 2"),
        ("[profiles.a", "At line 1, column 12: a table's name in brackets is not closed"),
        (
            "[profiles.a]\nurl = 1\nurl = 2",
            "At line 3, column 8: url appears twice, first ",
        ),
        ("[profiles.a]\nurl = 1\n\nurl = 2\n", "first in line 2."),
        ("[profiles.a]\n [ profiles.a ] # again\n", "At line 2"),
        ("[profiles.a]\n[profiles.b]\n[profiles.a]\n", "[profiles.a] appears twice, first "),
        (f"[profiles.a]\n{SECRET} = 1\n{SECRET} = 2\n", "a setting or a table appears twice"),
        ("[profiles.a]\nbands = {lcp = 1, lcp = 2}", "a table in braces has the same name twice"),
        ("[profiles.a]\nurl = “x”\n", "At line 2, column 7: a text needs straight quotes"),
        ('[profiles.a]\nurl = "x”\n', "a text needs straight quotes"),
        ("[profiles.a]\nurl = ‘x’", "a text needs straight quotes"),
        ("[profiles.a]\n“url” = 1", "a text needs straight quotes"),
        ('[profiles.a]\napi_key_file = "C:\\Users\\x"', "in single quotes: 'C:\\Users\\…'"),
        ('[profiles.a]\napi_key_file = "D:\\keys\\x"', "in single quotes: 'C:\\Users\\…'"),
        ('[profiles.a]\napi_key_file = "D:\\uups"', "in single quotes: 'C:\\Users\\…'"),
        ("[profiles.a]\nurl: 'x'\n", "a setting's name is followed by =, not by :"),
        ("[profiles.a]\nurl 'x'\n", "= is missing after the setting"),
        ("[profiles.a]\nurl = x\n", "the value is missing or lacks quotes"),
        ("[profiles.a]\nurl =\n", "At line 2, column 6: the value is missing"),
        ("[profiles.a]\ninsecure_http = True\n", "true and false must be in lower case"),
        ("[profiles.a]\ninsecure_http = 'true'\n", "It must be true or false, without quotes."),
        ("[profiles.a]\nurl = 'x\nproject = 'y'\n", "At line 2, column 9: a quote is not closed"),
        ("[profiles.a]\nurl = 'x' project = 'y'\n", "something follows the value"),
        ("[profiles.a]\nurl\u00a0= 'x'\n", "there is an invisible character, U+00A0"),
        ("[profiles.a]\n\u200burl = 'x'\n", "there is an invisible character, U+200B"),
        ("[profiles.a]\nbands = { lcp = [1, 2],\n}", "a list or a table is not closed"),
        ("[profiles.ü]\nurl = 'x'\n", "a name with letters other than a-z lacks quotes"),
        (f"[profiles.a]\n{SECRET} = 1\n", "profiles.a.**** is not a setting"),
        (f"[profiles.a.bands]\n{SECRET} = [1, 2]\n", "bands.**** is not a metric"),
        ("[profiles.a]\napi_key_file='x'\napi_key_command='y'", "has both api_key_command and"),
        (
            f"[profiles.a]\napi_key = '{SECRET}'",
            "profiles.a.api_key holds an API key, which does not",
        ),
        (f"[profiles.a]\nkye = '{SECRET}'", "profiles.a.kye is not a setting"),
        (f"[profiles.a]\nproject_id = '{SECRET}'", "project_id is not valid"),
        (f"[profiles.a]\nurl = '{SECRET}", "is not TOML"),
        (
            "[profiles.a.bands]\nlpc = [1, 2]",
            "profiles.a.bands.lpc is not a metric. The nearest there is: lcp.",
        ),
        (
            "[profiles.a.bands]\nLCP = [1, 2]",
            "profiles.a.bands.LCP is not a metric. The nearest there is: lcp.",
        ),
        ("[profiles.a.bands]\nzzzzzz = [1, 2]", "There is: ttfb, request_start, "),
        (
            "[profiles.a.bands]\nlcp = [2400, 1200]",
            "profiles.a.bands.lcp is not valid. 2400 is more than 1200.",
        ),
        ("[profiles.a.bands]\nlcp = 1200", "It must be two numbers: [good up to, poor over]."),
        ("[profiles.a.bands]\nlcp = [1200]", "profiles.a.bands.lcp is not valid. It must be two"),
        ("[profiles.a.bands]\nlcp = [1, 2, 3]", "It must be two numbers"),
        ("[profiles.a.bands]\nlcp = [-1, 2]", "greater than or equal to 0"),
        (
            "[profiles.a.bands]\nlcp = ['1', 2]",
            "profiles.a.bands.lcp.0 is not valid. It must be a number, without quotes.",
        ),
        ("[profiles.a.bands]\nlcp = [true, 2]", "It must be a number, without quotes."),
        (f"[profiles.a.bands]\nlcp = [1, {10**400}]", "lcp.1 is not valid. It must be a number"),
        ("[profiles.a.bands]\nlcp = [1, inf]", "It must be a finite number."),
        ("[profiles.a.bands]\nlcp = [nan, 1]", "It must be a finite number."),
        (
            "[profiles.a]\nbands = [1, 2]",
            "profiles.a.bands is not valid. It must be a table: [profiles.NAME.bands].",
        ),
        (
            "[profiles.a.thresholds]\nrage_click = 4",
            "profiles.a.thresholds.rage_click is not a setting. The nearest there is: rage_clicks.",
        ),
        ("[profiles.a.thresholds]\nzzzzzz = 4", "There is: rage_clicks, rage_apart_ms, "),
        ("[profiles.a.thresholds]\nrage_clicks = 1", "greater than or equal to 2"),
        ("[profiles.a.thresholds]\nrepeated_clicks = 1", "greater than or equal to 2"),
        ("[profiles.a.thresholds]\nsilence_ms = 0", "greater than or equal to 1"),
        ("[profiles.a.thresholds]\nsilence_ms = 1.5", "whole number, without quotes"),
        ("[profiles.a.thresholds]\nsilence_ms = '30s'", "whole number, without quotes"),
        ("[profiles.a.thresholds]\nsilence_ms = true", "whole number, without quotes"),
        ("[profiles.a.thresholds]\nneutral_labels = 'more'", "a list, in square brackets"),
        ("[profiles.a.thresholds]\nneutral_labels = [1]", "must be a text, in quotes"),
        (
            "[profiles.a]\nthresholds = 7",
            "profiles.a.thresholds is not valid. It must be a table: [profiles.NAME.thresholds].",
        ),
        (f"[profiles.a.bands]\n{SECRET} = [1, 2]\napi_key = '{SECRET}x'", "bands.api_key"),
    ],
)
def test_a_mistake_is_named_with_its_file_its_key_and_the_way_out(
    tmp_path: Path, text: str, message: str
) -> None:
    file = write_config(tmp_path, text)
    with pytest.raises(UsageError) as caught:
        load_profiles(file)
    assert message in str(caught.value)
    assert str(file) in str(caught.value)
    assert_well_said(caught.value, SECRET)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a regular file"):
        load_profiles(tmp_path)
    with pytest.raises(UsageError, match="cannot be read"):
        load_profiles(tmp_path / "gone")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError, match="is not a regular file"):
        load_profiles(tmp_path / "pipe")
    file = tmp_path / "latin.toml"
    file.write_bytes(b"# \xe9")
    with pytest.raises(UsageError, match="not UTF-8"):
        load_profiles(file)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_a_file_of_another_encoding_is_named_so(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes("[profiles.a]\nurl = 'x'\n".encode(encoding))
    with pytest.raises(UsageError, match=r"is not UTF-8 text\. It is UTF-16") as caught:
        load_profiles(file)
    assert_well_said(caught.value)


CASES = Path(__file__).parents[1] / "cases"


@pytest.mark.parametrize(
    ("case", "message"),
    [
        ("c04-curly", "At line 2, column 7: a text needs straight quotes"),
        ("c09-winpath", "At line 3, column 21: a backslash in double quotes"),
        ("c11-dup", "At line 3, column 27: url appears twice, first in line 2"),
    ],
)
def test_the_cases_are_named_with_line_and_reason(case: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        load_profiles(CASES / f"{case}.toml")
    assert message in str(caught.value)
    assert_well_said(caught.value)


def test_a_byte_order_mark_is_skipped(tmp_path: Path) -> None:
    assert load_profiles(CASES / "c01-bom.toml")["shop"].project == "abc"
    assert load_profiles(write_config(tmp_path, "\ufeff")) == {}


@each_row(
    ("text", "message"),
    [
        (f"x = {'1' * 5000}", "more digits than can be read"),
        (f"x = {'[' * 3000}", "nested too deeply"),
        ("[profiles]\nshop = 1", "must be a table"),
        ("[profiles.shop]\nurl = 1", "must be a text, in quotes"),
        ('[profiles.shop]\nproject_id = "1"', "whole number, without quotes"),
        ("profiles = 7", "must be tables"),
    ],
)
def test_what_is_not_valid_is_said_in_words_of_the_file(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(UsageError) as caught:
        load_profiles(write_config(tmp_path, text))
    assert message in str(caught.value)


def rules_of(folder: Path, text: str) -> Rules:
    return load_profiles(write_config(folder, f"[profiles.shop]\n{text}"))["shop"].rules


@each_row("text", ["", "bands = {}", "thresholds = {}", "[profiles.shop.bands]"])
def test_a_profile_that_says_nothing_of_them_changes_no_rules(tmp_path: Path, text: str) -> None:
    assert rules_of(tmp_path, text) == RULES


def test_a_band_of_a_profile_takes_the_place_of_the_published_and_says_whose_it_is(
    tmp_path: Path,
) -> None:
    rules = rules_of(
        tmp_path, "bands = { lcp = [1200, 2400.0], cls = [0.05, 0.2], fp = [0, 0] }"
    )  # fmt: skip
    assert rules.bands["lcp"] == Band(1200, 2400, "your profile")
    assert repr(rules.bands["lcp"].poor) == "2400"
    assert rules.bands["cls"] == Band(0.05, 0.2, "your profile")
    # Nobody publishes one for this.
    assert "fp" not in PUBLISHED
    assert rules.bands["fp"] == Band(0, 0, "your profile")
    others = PUBLISHED.keys() - {"lcp", "cls"}
    assert {key: rules.bands[key] for key in others} == {key: PUBLISHED[key] for key in others}
    assert PUBLISHED["lcp"].poor == 4000


@each_row("key", [metric.key for metric in CATALOGUE])
def test_every_metric_can_be_given_a_band(tmp_path: Path, key: str) -> None:
    assert rules_of(tmp_path, f"bands.{key} = [1, 2]").bands[key] == Band(1, 2, "your profile")


@each_row(
    ("name", "value"),
    [
        ("rage_clicks", 2), ("rage_apart_ms", 1), ("stuck_clicks", 2), ("stuck_ms", 1),
        ("paging_clicks", 9), ("repeated_clicks", 2), ("hesitation_ms", 2500),
        ("error_after_click_ms", 3000), ("silence_ms", 60_000), ("back_and_forth_ms", 1),
        ("failed_status", 500),
    ],
)  # fmt: skip
def test_every_threshold_can_be_changed_by_itself(tmp_path: Path, name: str, value: int) -> None:
    rules = rules_of(tmp_path, f"thresholds.{name} = {value}")
    differing = {f for f in Rules.__struct_fields__ if getattr(rules, f) != getattr(RULES, f)}
    assert differing == {name}
    assert getattr(rules, name) == value


def test_neutral_labels_are_added_to_those_that_are_neutral_anyway(tmp_path: Path) -> None:
    rules = rules_of(tmp_path, 'thresholds.neutral_labels = ["Zoom In", " Läs Mer ", "a\\nb", ""]')
    assert rules.neutral_labels == RULES.neutral_labels | {"zoom in", "läs mer", "a b"}
