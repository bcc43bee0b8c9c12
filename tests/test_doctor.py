"""`eventview --doctor`: each thing it looks at, and what it says of one that fails."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from eventview.cli import main
from tests.server.openreplay import API_KEY, PROJECT_KEY, SESSION_IDS, OpenReplay, Release, serve

Say = Callable[..., tuple[int, str]]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    def run(*arguments: str) -> tuple[int, str]:
        code = main(["--doctor", *arguments])
        out, err = capsys.readouterr()
        assert all("trying again" in line for line in err.splitlines())
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
        (["--url", "https://x.example"], {}, 2, "FAIL  API key"),
        (["--url", "https://x.example"], {}, 2, "No API key is configured."),
        (["nope", "--url", "URL"], {"OPENREPLAY_API_KEY": API_KEY}, 4, "FAIL  project"),
        (["--url", "URL"], {"OPENREPLAY_API_KEY": "wr0ng-wr0ng-wr0ng"}, 3, "FAIL  API found"),
        (
            ["https://x.example/1/session/2", "--url", "URL"],
            {"OPENREPLAY_API_KEY": API_KEY},
            2,
            "FAIL  link",
        ),
        (
            ["https://x.example/1/x/2", "--url", "URL"],
            {"OPENREPLAY_API_KEY": API_KEY},
            2,
            "is no replay link",
        ),
        ([PROJECT_KEY, "1", "--url", "URL"], {"OPENREPLAY_API_KEY": API_KEY}, 4, "FAIL  session"),
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


@pytest.mark.parametrize("release", ["1.21", "1.27"])
def test_a_session_and_a_link_are_looked_at(
    release: Release, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENREPLAY_API_KEY", API_KEY)
    session = SESSION_IDS["checkout"]
    with serve(OpenReplay(release=release)) as running:
        monkeypatch.setenv("OPENREPLAY_URL", running.url)
        code, out = say(PROJECT_KEY, session)
        assert code == 0
        assert f"ok    session             180 events  ({session})" in out
        code, out = say(f"{running.host_url}/1/session/{session}")
        assert code == 0
        assert f"number 1  ({PROJECT_KEY}, the link)" in out
        assert "180 events" in out
        code, out = say(f"{running.host_url}/7777/session/{session}")
        assert code == 4
        assert "no project with the number 7777" in out


def test_a_server_that_names_a_project_after_the_key_is_not_repeated(
    say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENREPLAY_API_KEY", API_KEY)
    with serve(OpenReplay(release="1.27")) as running:
        running.openreplay.projects[PROJECT_KEY] |= {"name": f"shop {API_KEY}"}
        for project in (PROJECT_KEY, "nope"):
            # The fixture looks for it.
            assert "shop ***" in say(project, "--url", running.url)[1]
