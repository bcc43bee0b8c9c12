"""Command lines: the links, profiles and users they name, and places where the key may turn up."""

from __future__ import annotations

import json
import sys
from math import inf
from pathlib import Path

import httpx
import pytest

from eventview.cli import main
from eventview.errors import UsageError
from eventview.sources.openreplay import links
from tests.cli.test_main import Keyboard
from tests.conftest import CHECKOUT as RECORDING
from tests.server.faults import Status
from tests.server.openreplay import (
    API_KEY,
    PROJECT_KEY,
    RICH_SESSION_ID,
    SESSION_IDS,
    OpenReplay,
    Release,
    Running,
    many_rows,
    serve,
)
from tests.tables import each_row

CHECKOUT = SESSION_IDS["checkout"]


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "config.toml"
    (tmp_path / "key").write_text(API_KEY)
    (tmp_path / "key").chmod(0o600)
    monkeypatch.setenv("EVENTVIEW_CONFIG", str(file))
    return file


def profile(running: Running, *lines: str) -> str:
    table = ["[profiles.shop]", f'url = "{running.host_url}"', 'api_key_file = "key"', *lines]
    return "\n".join(table)


@pytest.mark.parametrize(
    ("typed", "code"),
    [([API_KEY], 0), (["wr0ng", API_KEY], 0), (["wr0ng"] * 3, 3), (["wr0ng", ""], 3)],
)
def test_a_key_that_was_mistyped_for_a_link_can_be_typed_again(
    typed: list[str],
    code: int,
    config: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    prompts: list[str] = []

    def getpass(prompt: str) -> str:
        prompts.append(prompt)
        return typed.pop(0)

    monkeypatch.setattr("getpass.getpass", getpass)
    monkeypatch.setattr(sys, "stdin", Keyboard())
    with serve(OpenReplay(release="1.27")) as running:
        config.write_text(f'[profiles.shop]\nurl = "{running.host_url}"\n')
        link = f"{running.host_url}/1/session/{CHECKOUT}"
        assert main.main([link, "--format", "ndjson"]) == code
    out, err = capsys.readouterr()
    assert not typed, "it is asked no more often than it is typed"
    assert all("127.0.0.1" in prompt for prompt in prompts)
    assert bool(out) is (code == 0)
    assert "wr0ng" not in err


@pytest.mark.parametrize("release", ["1.25", "1.27"])
def test_a_link_is_enough(
    release: Release, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with serve(OpenReplay(release=release)) as running:
        # Without the project's key, which is looked up by the number in the link; and with it.
        for lines in ((), (f'project = "{PROJECT_KEY}"', "project_id = 1")):
            config.write_text(profile(running, *lines))
            running.openreplay.requests.clear()
            link = f"{running.host_url}/1/session/{CHECKOUT}?jumpto=57600"
            assert main.main([link, "--format", "json"]) == 0
            out, err = capsys.readouterr()
            assert err.splitlines()[1:] == []
            assert "after #16, the last event before it" in err
            assert json.loads(out)["shown"] == 180
            paths = [r.path for r in running.openreplay.requests if "projects" in r.path]
            assert bool(paths) is not bool(lines)


def test_a_link_to_an_unknown_host_says_which_profile_to_write(
    config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENREPLAY_API_KEY", API_KEY)
    with serve(OpenReplay(release="1.27")) as elsewhere, serve() as running:
        config.write_text(profile(running))
        assert main.main([f"{elsewhere.host_url}/12/session/{CHECKOUT}"]) == 2
        assert elsewhere.openreplay.requests == []
    out, err = capsys.readouterr()
    assert out == ""
    assert "[profiles.NAME]" in err
    assert "project_id = 12" in err
    assert str(config) in err
    assert API_KEY not in err


def test_a_session_alone_is_enough_with_a_profile(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with serve(OpenReplay(release="1.27")) as running:
        config.write_text(profile(running, f'project = "{PROJECT_KEY}"', 'api = "v2"'))
        assert main.main([RICH_SESSION_ID, "--format", "text"]) == 0
        assert main.main([RICH_SESSION_ID, "--format", "json", "--type", "all"]) == 0
    text, _, document = capsys.readouterr().out.partition("{")
    assert "PERFORMANCE" not in text
    assert "without performance" in text
    assert "PERFORMANCE" in document


def test_a_users_sessions_are_listed(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with serve(OpenReplay(release="1.21")) as running:
        config.write_text(profile(running, f'project = "{PROJECT_KEY}"'))
        (project, user), rows = next(
            (key, rows) for key, rows in running.openreplay.user_sessions.items() if rows
        )
        assert main.main([project, "--user", user]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert len(lines) == len(rows) + 1
        assert main.main(["--user", user, "--format", "ndjson"]) == 0
        ids = [json.loads(line)["session_id"] for line in capsys.readouterr().out.splitlines()]
        assert sorted(ids) == sorted(row["sessionId"] for row in rows)
        assert main.main([project, "--user", user, "--format", "json"]) == 0
        assert len(json.loads(capsys.readouterr().out)) == len(rows)
        assert main.main([project, "--user", "nobody"]) == 4
        assert main.main([project, "7", "--user", user]) == 2
        assert main.main(["--user", " "]) == 2
        assert main.main(["--demo", "--user", user]) == 2


def test_a_mistake_of_ours_says_where_and_nothing_of_what_was_there(
    config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError(API_KEY)

    monkeypatch.setattr(httpx.Client, "stream", fail)
    with serve(OpenReplay(release="1.27")) as running:
        config.write_text(profile(running))
        assert main.main([PROJECT_KEY, CHECKOUT, "--format", "text"]) == 6
    out, err = capsys.readouterr()
    assert "RuntimeError in test_resolve.py, line " in err
    assert "Traceback" not in err
    assert API_KEY not in out + err


def test_what_came_before_a_failure_is_written_and_said_to_be_incomplete(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    openreplay = OpenReplay(release="1.27", faults=[None, None], always=Status(500))
    openreplay.v2_sessions["7"] = many_rows(1000, session_id="7")
    with serve(openreplay) as running:
        config.write_text(profile(running))
        assert main.main([PROJECT_KEY, "7", "--format", "ndjson"]) == 5
    out, err = capsys.readouterr()
    assert 200 <= len(out.splitlines()) < 1000
    assert "incomplete: " in err
    assert "of 1,000 events have not come" in err
    assert "failed to answer" in err


@pytest.mark.parametrize(
    ("release", "status"),
    [("1.21", 0), ("1.27", 0), ("1.21", 200), ("1.27", 307), ("1.21", 401), ("1.27", 401),
     ("1.27", 403), ("1.21", 404), ("1.27", 422), ("1.21", 500)],
)  # fmt: skip
def test_the_key_turns_up_nowhere(
    release: Release,
    status: int,
    config: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A server that says the key back is as bad as it gets."""
    log = tmp_path / "requests.log"
    back = json.dumps({"errors": [f"key {API_KEY}"]}).encode()
    echo = Status(status, back, headers=(("location", f"/{API_KEY}"),))
    with serve(OpenReplay(release=release, always=echo if status else None)) as running:
        config.write_text(profile(running))
        for arguments in (
            [PROJECT_KEY, CHECKOUT, "--format", "json"],
            [PROJECT_KEY, "--user", "jane"],
            [PROJECT_KEY, "--doctor"],
            [f"{running.host_url}/1/session/{CHECKOUT}", "--format", "text"],
        ):
            main.main([*arguments, "--log", str(log)])
    out, err = capsys.readouterr()
    assert API_KEY not in out + err
    assert log.stat().st_size
    assert API_KEY not in log.read_text()
    kept = [file for file in tmp_path.rglob("*") if file.is_file() and file.name != "key"]
    assert not [file for file in kept if API_KEY in file.read_text()]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["https://x.example/1/session/2", "7"], "more than that is named"),
        (["a/b", "7"], "is not a project's key"),
        (
            ["--user", "jane", "https://x.example/1/session/2"],
            "names project and session, and is given alone",
        ),
        ([API_KEY, "7"], "The project's key is the API key."),
        ([PROJECT_KEY, str(2**64)], "is not a session's id"),
        ([f"https://shop.example/1/session/{2**64}"], "is not a session's id"),
        ([PROJECT_KEY, "--user", "\udcff"], "No request can be made for this project and user"),
    ],
)
def test_what_no_server_can_be_asked_is_said_before_it_is(
    arguments: list[str],
    message: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENREPLAY_API_KEY", API_KEY)
    monkeypatch.setenv("OPENREPLAY_URL", "https://shop.example")
    monkeypatch.setattr(httpx.Client, "stream", lambda *_, **__: pytest.fail("asked"))
    assert main.main(arguments) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("before", ["000", "0" * 30, " 0", "\u00a000"])
def test_an_id_is_asked_for_and_shown_without_zeros_and_blanks(
    before: str, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    typed = f"{before}{CHECKOUT} "
    with serve(OpenReplay(release="1.27")) as running:
        config.write_text(profile(running, f'project = "{PROJECT_KEY}"', "project_id = 1"))
        link = f"{running.host_url}/001/session/{typed.strip()}"
        for arguments in ([typed], [PROJECT_KEY, typed], [link]):
            assert main.main([*arguments, "--format", "json"]) == 0
            exported = json.loads(capsys.readouterr().out)
            assert exported["session"] == CHECKOUT
            assert exported["replay"]["url"].endswith(f"/1/session/{CHECKOUT}")
        assert main.main([PROJECT_KEY, typed, "--format", "md"]) == 0
        assert f" {PROJECT_KEY} {CHECKOUT} --at" in capsys.readouterr().out
        assert main.main([PROJECT_KEY, CHECKOUT, "--with", typed, "--format", "json"]) == 0
        assert typed.strip() not in capsys.readouterr().out
        assert main.main([PROJECT_KEY, typed, "--doctor"]) == 0
        assert f"180 events  ({CHECKOUT})" in capsys.readouterr().out
        paths = [request.path for request in running.openreplay.requests]
    assert {path.split("/")[-2] for path in paths if "events" in path} == {CHECKOUT}


@each_row(
    ("text", "number"),
    [("0", "0"), ("000", "0"), (" 7\n", "7"), (f"00{2**64 - 1}", str(2**64 - 1))],
)
def test_an_id_is_a_number(text: str, number: str) -> None:
    assert links.session_id(text) == number


@each_row(
    "text", ["", " ", "+7", "-7", "7.0", "4_8", "7 8", "٤", "４", f"00{2**64}", "1" * 5000, "0x7"]
)
def test_what_is_no_id_is_said_before_anybody_is_asked(text: str) -> None:
    with pytest.raises(UsageError, match="is not a session's id") as caught:
        links.session_id(text)
    assert "at most 20 digits" in caught.value.reason


@pytest.mark.parametrize("is_kept", [True, False])
def test_projects_are_listed_once_in_a_run(
    is_kept: bool,
    config: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if not is_kept:
        monkeypatch.setenv("EVENTVIEW_CACHE", str(tmp_path / "key"))
    with serve(OpenReplay(release="1.25", projects_pause_seconds=inf)) as running:
        config.write_text(profile(running))
        other = running.openreplay.projects["9cACFRuQVidq0sqS7Bny"]["projectId"]
        links = [f"{running.host_url}/{number}/session/{CHECKOUT}" for number in (1, other)]
        assert main.main([links[0], "--with", links[1], "--format", "json"]) == 0
        assert capsys.readouterr().err == ""
        # In the next run, nothing of it is needed where it could be kept.
        assert main.main([links[0], "--format", "json", "--timeout", "5"]) == (0 if is_kept else 5)
        paths = [request.path for request in running.openreplay.requests]
    assert paths.count("/api/v1/projects") == (1 if is_kept else 2)


def test_a_link_opens_the_session_of_its_own_project(
    config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with serve() as running:
        config.write_text(profile(running, 'project = "SomeOther"'))
        monkeypatch.setenv("OPENREPLAY_PROJECT", "AnotherOne")
        link = f"{running.host_url}/1/session/{CHECKOUT}"
        assert main.main([link, "--format", "json"]) == 0
        assert json.loads(capsys.readouterr().out)["source"] == PROJECT_KEY
        assert main.main([f"{running.host_url}/7777/session/{CHECKOUT}", "--format", "json"]) == 4


def test_an_id_beside_a_link_is_of_the_links_server_and_project(
    config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The configured project and server are others, and get no request."""
    saved = str(RECORDING)
    with serve(OpenReplay(release="1.27")) as elsewhere, serve(OpenReplay(release="1.27")) as here:
        config.write_text(
            profile(elsewhere, 'project = "Elsewhere"')
            + "\n"
            + profile(here).replace("[profiles.shop]", "[profiles.here]")
        )
        link, id_ = f"{here.host_url}/1/session/{CHECKOUT}", RICH_SESSION_ID
        for first, second in (
            (link, id_),
            (id_, f"[x]({link})"),
            (f" {id_}\n", link),
            (link, link),
        ):
            assert main.main([first, "--with", second, "--format", "json"]) == 0
            exported = json.loads(capsys.readouterr().out)
            assert [exported[side]["source"] for side in ("first", "second")] == [PROJECT_KEY] * 2
        assert elsewhere.openreplay.requests == []
        assert main.main([saved, "--with", link, "--format", "json"]) == 0
        assert main.main([link, "--with", saved, "--format", "json"]) == 0
        assert elsewhere.openreplay.requests == []
        capsys.readouterr()
        # Where no link says more, the configured project is meant, on the configured server.
        monkeypatch.setenv("OPENREPLAY_PROJECT", PROJECT_KEY)
        assert main.main([saved, "--profile", "shop", "--with", id_, "--format", "json"]) == 0
        assert elsewhere.openreplay.requests
        here.openreplay.requests.clear()
        other = f"{elsewhere.host_url}/1/session/{RICH_SESSION_ID}"
        assert main.main([link, "--with", other, "--format", "json"]) == 0
        assert (
            main.main([PROJECT_KEY, id_, "--profile", "here", "--with", link, "--format", "md"])
            == 0
        )
        paths = [request.path for request in here.openreplay.requests]
        assert [path for path in paths if CHECKOUT in path]


def test_the_moment_of_a_link_is_said_not_to_count_in_a_comparison(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with serve(OpenReplay(release="1.27")) as running:
        config.write_text(profile(running))
        link = f"{running.host_url}/1/session/{CHECKOUT}?jumpto=57600"
        assert main.main([link, "--with", RICH_SESSION_ID, "--format", "text"]) == 0
    assert "jumpto) does not count" in capsys.readouterr().err
