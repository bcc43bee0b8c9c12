"""`eventview --doctor`: each thing it looks at, and what it says of one that fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from pathlib import Path

import pytest

from eventview.cli.main import main
from tests.server.faults import Status
from tests.server.openreplay import (
    API_KEY,
    PROJECT_KEY,
    SESSION_IDS,
    OpenReplay,
    Release,
    Running,
    ServerResponse,
    serve,
)
from tests.server.wire import Exchange
from tests.tables import each_row

RunDoctor = Callable[..., tuple[int, str]]


@pytest.fixture
def run_doctor(capsys: pytest.CaptureFixture[str]) -> RunDoctor:
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
    release: Release,
    version: str,
    number: int,
    run_doctor: RunDoctor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENREPLAY_API_KEY", API_KEY)
    with serve(OpenReplay(release=release)) as running:
        code, out = run_doctor(PROJECT_KEY, "--url", running.url)
    assert code == 0
    assert "FAIL" not in out
    assert f"{running.host_url}  (--url)" in out
    assert f"****{API_KEY[-4:]}  (OPENREPLAY_API_KEY)" in out
    assert f"API found           {version}" in out
    assert f"number {number}  ({PROJECT_KEY}, the command line)" in out
    assert " ms  (" in out


@pytest.mark.parametrize(
    ("arguments", "environment", "code", "message"),
    [
        ([], {}, 2, "No server is configured."),
        (["--url", "ftp://x"], {"OPENREPLAY_API_KEY": API_KEY}, 2, "not an http or https address"),
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
    message: str,
    run_doctor: RunDoctor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with serve(OpenReplay(release="1.27")) as running:
        found, out = run_doctor(*(word.replace("URL", running.host_url) for word in arguments))
    assert found == code
    assert "FAIL" in out
    assert message in out


@pytest.mark.slow
def test_a_profile_is_named_and_its_number_checked(
    run_doctor: RunDoctor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "config.toml"
    monkeypatch.setenv("EVENTVIEW_CONFIG", str(file))
    monkeypatch.setenv("OPENREPLAY_API_KEY", API_KEY)
    with serve(OpenReplay(release="1.27")) as running:
        table = f'[profiles.shop]\nurl = "{running.url}"\nproject = "{PROJECT_KEY}"\n'
        file.write_text(table)
        assert run_doctor()[0] == 0
        file.write_text(table + "project_id = 77\n")
        code, out = run_doctor()
        _, other = run_doctor("9cACFRuQVidq0sqS7Bny")
        monkeypatch.setenv("OPENREPLAY_PROJECT", "9cACFRuQVidq0sqS7Bny")
        assert "FAIL" not in run_doctor()[1], "the profile's number is of the profile's project"
        monkeypatch.delenv("OPENREPLAY_PROJECT")
    assert code == 2
    assert f"{file}  (profile shop)" in out
    assert f"({PROJECT_KEY}, profile shop)" in out
    assert "project_id is 77" in out
    assert "9cACFRuQVidq0sqS7Bny, the command line" in other
    assert "project_id" not in other, "it is the other project's"
    file.write_text("[profiles.shop]\nproject_id = 1\nurl='http://127.0.0.1:1'\n")
    assert "none named" not in run_doctor("--api", "v1")[1]


def test_without_a_project_the_rest_is_looked_at(
    run_doctor: RunDoctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENREPLAY_API_KEY", API_KEY)
    with serve(OpenReplay(release="1.27")) as running:
        code, out = run_doctor("--url", running.url)
    assert code == 0
    assert "none named" in out


@pytest.mark.parametrize("release", ["1.21", "1.27"])
def test_a_session_and_a_link_are_looked_at(
    release: Release, run_doctor: RunDoctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENREPLAY_API_KEY", API_KEY)
    session = SESSION_IDS["checkout"]
    with serve(OpenReplay(release=release)) as running:
        monkeypatch.setenv("OPENREPLAY_URL", running.url)
        code, out = run_doctor(PROJECT_KEY, session)
        assert code == 0
        assert f"ok    session             180 events  ({session})" in out
        code, out = run_doctor(f"{running.host_url}/1/session/{session}")
        assert code == 0
        assert f"number 1  ({PROJECT_KEY}, the link)" in out
        assert "180 events" in out
        code, out = run_doctor(f"{running.host_url}/7777/session/{session}")
        assert code == 4
        assert "no project with the number 7777" in out


def test_a_server_that_names_a_project_after_the_key_is_not_repeated(
    run_doctor: RunDoctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENREPLAY_API_KEY", API_KEY)
    with serve(OpenReplay(release="1.27")) as running:
        running.openreplay.projects[PROJECT_KEY] |= {"name": f"shop {API_KEY}"}
        for project in (PROJECT_KEY, "nope"):
            # The fixture looks for it.
            assert "shop ***" in run_doctor(project, "--url", running.url)[1]


def test_a_session_alone_and_a_user_are_looked_at(
    run_doctor: RunDoctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENREPLAY_API_KEY", API_KEY)
    monkeypatch.setenv("OPENREPLAY_PROJECT", PROJECT_KEY)
    with serve() as running:
        monkeypatch.setenv("OPENREPLAY_URL", running.url)
        code, out = run_doctor(SESSION_IDS["checkout"])
        assert code == 0
        assert "180 events" in out
        code, out = run_doctor("--user", "mickael@openreplay.com")
        assert code == 0
        assert "ok    user                3 sessions" in out
        code, out = run_doctor("--user", "nobody")
        assert code == 4
        assert "FAIL  user" in out


@pytest.mark.parametrize(
    "arguments",
    [["--demo"], ["a", "b", "c"], ["https://x.example/1/session/2", "3"], [PROJECT_KEY, "abc"],
     [PROJECT_KEY, "1" * 23], ["a/b"]],
)  # fmt: skip
def test_what_cannot_be_looked_at_is_a_matter_of_the_command_line(
    arguments: list[str], run_doctor: RunDoctor
) -> None:
    code, out = run_doctor(*arguments)
    assert code == 2
    assert out.startswith("FAIL  command line")


def test_a_project_past_the_hundredth_is_found(
    run_doctor: RunDoctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENREPLAY_API_KEY", API_KEY)
    with serve(OpenReplay(release="1.27")) as running:
        projects = running.openreplay.projects
        for number in range(1000, 1130):
            projects[f"project{number}"] = {"projectId": number, "name": f"P{number}",
                                            "projectKey": f"project{number}"}  # fmt: skip
        code, out = run_doctor("project1129", "--url", running.url)
        assert code == 0
        assert "P1129, number 1129" in out
        code, out = run_doctor("nope", "--url", running.url)
        assert code == 4
        assert " and 90 more." in out
        monkeypatch.setenv("OPENREPLAY_URL", running.url)
        code, out = run_doctor(f"{running.host_url}/1128/session/7")
        assert code == 4
        assert "None of the first 100 has it" in out
        # That one was asked for by its key, above.
        assert "P1129, number 1129" in run_doctor(f"{running.host_url}/1129/session/7")[1]


def test_a_key_is_fetched_once(
    run_doctor: RunDoctor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "config.toml"
    (tmp_path / "key.sh").write_text(f"echo x >> {tmp_path}/count; echo {API_KEY}")
    monkeypatch.setenv("EVENTVIEW_CONFIG", str(file))
    with serve(OpenReplay(release="1.27")) as running:
        file.write_text(
            f'[profiles.shop]\nurl = "{running.url}"\napi_key_command = "sh {tmp_path}/key.sh"\n'
        )
        assert run_doctor(PROJECT_KEY)[0] == 0
    assert (tmp_path / "count").read_text() == "x\n"


@pytest.mark.parametrize("arguments", [["4813023023591169"], ["--user", "jane"]])
def test_a_session_or_a_user_without_a_project_is_not_called_well(
    arguments: list[str], run_doctor: RunDoctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENREPLAY_API_KEY", API_KEY)
    with serve() as running:
        code, out = run_doctor("--url", running.url, *arguments)
    assert code == 2
    assert "FAIL  project" in out


# Projects that cannot be listed, or not told at all


@dataclass(frozen=True)
class FailsFor:
    """A server that answers 500 for all addresses with some text in them."""

    part: str

    def play(self, exchange: Exchange, answer: ServerResponse) -> None:
        is_met = self.part in exchange.request.path
        exchange.send(
            ServerResponse(500, b'{"error":"failed to get projects"}') if is_met else answer
        )


def lists_of(running: Running) -> list[str]:
    paths = [request.path for request in running.openreplay.requests]
    return [path for path in paths if path.endswith("/projects")]


@each_row(
    ("release", "targets"),
    [
        *((release, []) for release in ("1.21", "1.25", "1.27", "cloud")),
        ("1.21", [PROJECT_KEY]),
        ("cloud", [PROJECT_KEY]),
        ("1.25", [PROJECT_KEY, SESSION_IDS["checkout"]]),
        ("1.27", [PROJECT_KEY, SESSION_IDS["checkout"]]),
    ],
)
def test_projects_are_listed_once_at_the_most_and_only_where_none_is_named(
    release: Release, targets: list[str], run_doctor: RunDoctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENREPLAY_API_KEY", API_KEY)
    with serve(OpenReplay(release=release, projects_pause_seconds=inf)) as running:
        code, out = run_doctor(*targets, "--url", running.url)
        lists = lists_of(running)
        assert len(lists) == len(set(lists))
        assert bool(lists) is (not targets)
        again, later = run_doctor(*targets, "--url", running.url)
    assert code == again == 0
    assert "FAIL" not in out + later
    assert "warn" not in out
    assert out.count("projects listed") == (not targets)
    is_refused = not targets and release == "1.25"
    assert ("warn  projects            not listed" in later) is is_refused
    assert ("once in 20 s: try again in 20 s" in later) is is_refused
    assert "update" not in later
    for report in (out, later):
        assert f"API found           {'v1' if release in {'1.21', '1.25'} else 'v2'} (" in report
        assert " ms  (" in report
        assert ("180 events" in report) is (len(targets) == 2)


def test_a_link_is_looked_at_while_projects_are_not_listed(
    run_doctor: RunDoctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENREPLAY_API_KEY", API_KEY)
    with serve(OpenReplay(release="1.25", projects_pause_seconds=inf)) as running:
        monkeypatch.setenv("OPENREPLAY_URL", running.url)
        link = f"{running.host_url}/1/session/{SESSION_IDS['checkout']}"
        other = f"{running.host_url}/77/session/{SESSION_IDS['checkout']}"
        assert run_doctor()[0] == 0
        code, out = run_doctor(link, "--timeout", "5")
        assert code == 0
        assert f"number 1  ({PROJECT_KEY}, the link)" in out
        assert "180 events" in out
        code, out = run_doctor(other, "--timeout", "5")
    assert code == 5
    assert "ok    API found           v1" in out
    assert "FAIL  project" in out
    assert "Releases 1.23 to 1.26 list them once in 20 s: try again in 20 s" in out


@dataclass(frozen=True)
class KeyInFailures:
    """A server that repeats the key in each of its failures."""

    def play(self, exchange: Exchange, answer: ServerResponse) -> None:
        body = f'{{"errors":["nothing for {API_KEY}"]}}'.encode()
        exchange.send(ServerResponse(500, body) if answer.status == 500 else answer)


def test_a_list_that_is_refused_with_the_key_in_its_message_does_not_show_it(
    run_doctor: RunDoctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENREPLAY_API_KEY", API_KEY)
    repeating = OpenReplay(release="1.25", projects_pause_seconds=inf, always=KeyInFailures())
    with serve(repeating) as running:
        run_doctor("--url", running.url)
        assert "nothing for ***" in run_doctor("--url", running.url)[1]


@pytest.mark.parametrize("release", ["1.21", "1.25", "1.27"])
def test_a_session_is_looked_at_though_its_project_is_not_told(
    release: Release, run_doctor: RunDoctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENREPLAY_API_KEY", API_KEY)
    with serve(OpenReplay(release=release, always=FailsFor("/projects"))) as running:
        monkeypatch.setenv("OPENREPLAY_URL", running.url)
        code, out = run_doctor(PROJECT_KEY, SESSION_IDS["checkout"])
        assert code == 0
        assert f"warn  project             not returned by the server  ({PROJECT_KEY})" in out
        assert '"failed to get projects" (status 500)' in out
        assert "180 events" in out
        code, out = run_doctor(PROJECT_KEY, "1")
        assert code == 4
        assert "FAIL  project" in out
        assert "FAIL  session" in out


@pytest.mark.slow
@each_row(
    ("release", "targets"),
    [
        ("1.21", []),
        ("1.27", [PROJECT_KEY]),
        ("1.21", [PROJECT_KEY, SESSION_IDS["checkout"]]),
        ("1.25", [PROJECT_KEY, SESSION_IDS["checkout"]]),
        ("1.27", [PROJECT_KEY, SESSION_IDS["checkout"]]),
    ],
)
def test_a_server_that_fails_at_everything_is_not_called_well(
    release: Release, targets: list[str], run_doctor: RunDoctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENREPLAY_API_KEY", API_KEY)
    with serve(OpenReplay(release=release, always=Status(500))) as running:
        code, out = run_doctor(*targets, "--url", running.url)
    assert code == 5
    assert "FAIL" in out
    assert "warn" not in out
    assert "update" not in out
    assert ("1.26" in out) is (release != "1.27" and len(targets) == 2)
