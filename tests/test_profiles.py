"""The configuration file: what it may say, and how it is told what it may not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from eventview.errors import UsageError
from eventview.profiles import load
from tests.sources import assert_well_said

SECRET = "Zq7fT1mWcXo3bLr9NuEa"  # noqa: S105  # opens nothing


def written(folder: Path, text: str) -> Path:
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
    profiles = load(written(tmp_path, text))
    shop = profiles["shop"]
    assert (shop.url, shop.project, shop.project_id, shop.api, shop.api_key_command) == (
        "https://shop.example", "KEY", 12, "v2", "pass show shop",
    )  # fmt: skip
    assert profiles["empty"].url is None
    assert load(written(tmp_path, "")) == {}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[profiles.a]\nulr = 'x'", "profiles.a.ulr is no setting. The nearest there is: url."),
        ("[profiles.a]\napi_key_comand = 'x'", "The nearest there is: api_key_command."),
        ("[profiles.a]\nzzzzzz = 1", "There is: url, project, project_id, api, "),
        ("[profile.a]\nurl = 'x'", "profile is no setting. The nearest there is: profiles."),
        ("[profiles.a]\napi = 'v3'", "profiles.a.api is not valid. Input should be 'auto', 'v1'"),
        ("[profiles.a]\nproject_id = '12'", "profiles.a.project_id is not valid"),
        ("[profiles.a]\nproject_id = -1", "greater than or equal to 0"),
        ("[profiles]\na = 1", "profiles.a is not valid"),
        ("[profiles.a]\nurl = \x1b", "is not TOML. At line 2"),
        ("[profiles.a", "is not TOML. At "),
        ("[profiles.a]\nurl = 1\nurl = 2", "is not TOML. At end of document"),
        ("[profiles.a]\napi_key_file='x'\napi_key_command='y'", "has both api_key_command and"),
        (f"[profiles.a]\napi_key = '{SECRET}'", "profiles.a.api_key holds a key, which does not"),
        (f"[profiles.a]\nkye = '{SECRET}'", "profiles.a.kye is no setting"),
        (f"[profiles.a]\nproject_id = '{SECRET}'", "project_id is not valid"),
        (f"[profiles.a]\nurl = '{SECRET}", "is not TOML"),
    ],
)
def test_a_mistake_is_named_with_its_file_its_key_and_the_way_out(
    tmp_path: Path, text: str, words: str
) -> None:
    file = written(tmp_path, text)
    with pytest.raises(UsageError) as caught:
        load(file)
    assert words in str(caught.value)
    assert str(file) in str(caught.value)
    assert_well_said(caught.value, SECRET)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is no file"):
        load(tmp_path)
    with pytest.raises(UsageError, match="cannot be read"):
        load(tmp_path / "gone")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError, match="is no file"):
        load(tmp_path / "pipe")
    file = tmp_path / "latin.toml"
    file.write_bytes(b"# \xe9")
    with pytest.raises(UsageError, match="not UTF-8"):
        load(file)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"x = {'1' * 5000}", "more digits than can be read"),
        (f"x = {'[' * 3000}", "nested too deeply"),
        ("[profiles]\nshop = 1", "has to be a table"),
        ("[profiles.shop]\nurl = 1", "has to be a text, in quotes"),
        ('[profiles.shop]\nproject_id = "1"', "whole number, without quotes"),
        ("profiles = 7", "has to be tables"),
    ],
)
def test_what_is_not_valid_is_said_in_words_of_the_file(
    tmp_path: Path, text: str, words: str
) -> None:
    with pytest.raises(UsageError) as caught:
        load(written(tmp_path, text))
    assert words in str(caught.value)
