"""`eventview --doctor`: each thing it looks at, and what it says of one that fails."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from eventview.cli import main
from tests.server.openreplay import API_KEY, PROJECT_KEY, OpenReplay, Release, serve

Say = Callable[..., tuple[int, str]]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    def run(*arguments: str) -> tuple[int, str]:
        code = main(["--doctor", *arguments])
        out, err = capsys.readouterr()
        assert err == ""
        assert API_KEY not in out
        return code, out

    return run


@pytest.mark.parametrize(
    ("release", "version", "number"),
    [("1.21", "v1 (", 1), ("1.25", "v1 (", 1), ("1.27", "v2 (", 1), ("cloud", "v2 (", 1)],
)
def test_all_is_well(
    release: Release, version: str, number: int, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENREPLAY_API_KEY", API_KEY)
    with serve(OpenReplay(release=release)) as running:
        code, out = say(PROJECT_KEY, "--url", running.url)
    assert code == 0
    assert "FAIL" not in out
    assert f"{running.host_url}  (--url)" in out
    assert f"****{API_KEY[-4:]}  (OPENREPLAY_API_KEY)" in out
    assert f"API found           {version}" in out
    assert f"number {number}  ({PROJECT_KEY}, the command line)" in out
    assert " ms  (" in out


@pytest.mark.parametrize(
    ("arguments", "environment", "code", "words"),
    [
        ([], {}, 2, "No server is configured."),
        (["--url", "ftp://x"], {"OPENREPLAY_API_KEY": API_KEY}, 2, "no http or https address"),
        (["--url", "https://x.example"], {}, 2, "No API key is configured."),
        (["--url", "URL"], {"OPENREPLAY_API_KEY": "wr0ng-wr0ng-wr0ng"}, 3, "refused the API key"),
        (["nope", "--url", "URL"], {"OPENREPLAY_API_KEY": API_KEY}, 4, "opens no project nope"),
        (["--url", "URL/nowhere"], {"OPENREPLAY_API_KEY": API_KEY}, 6, "is a web page"),
        (["--profile", "x"], {}, 2, "There is no profile x."),
    ],
)
def test_what_fails_is_said_with_the_way_out(  # noqa: PLR0917  # a row of the table
    arguments: list[str],
    environment: dict[str, str],
    code: int,
    words: str,
    say: Say,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with serve(OpenReplay(release="1.27")) as running:
        found, out = say(*(word.replace("URL", running.host_url) for word in arguments))
    assert found == code
    assert "FAIL" in out
    assert words in out


def test_a_profile_is_named_and_its_number_checked(
    say: Say, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "config.toml"
    monkeypatch.setenv("EVENTVIEW_CONFIG", str(file))
    monkeypatch.setenv("OPENREPLAY_API_KEY", API_KEY)
    with serve(OpenReplay(release="1.27")) as running:
        table = f'[profiles.shop]\nurl = "{running.url}"\nproject = "{PROJECT_KEY}"\n'
        file.write_text(table)
        assert say()[0] == 0
        file.write_text(table + "project_id = 77\n")
        code, out = say()
        _, other = say("9cACFRuQVidq0sqS7Bny")
    assert code == 4
    assert f"{file}  (profile shop)" in out
    assert f"({PROJECT_KEY}, profile shop)" in out
    assert "project_id is 77" in out
    assert "9cACFRuQVidq0sqS7Bny, the command line" in other
    assert "project_id" not in other, "it is the other project's"
    file.write_text("[profiles.shop]\nproject_id = 1\nurl='http://127.0.0.1:1'\n")
    assert "none named" not in say("--api", "v1")[1]


def test_without_a_project_the_rest_is_looked_at(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENREPLAY_API_KEY", API_KEY)
    with serve(OpenReplay(release="1.27")) as running:
        code, out = say("--url", running.url)
    assert code == 0
    assert "none named" in out
