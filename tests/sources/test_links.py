"""Replay links, and the projects that their numbers stand for."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from eventview.errors import EventviewError, NotFoundError, UsageError
from eventview.sources.openreplay.desk import Desk
from eventview.sources.openreplay.links import Link, is_link, parse
from eventview.sources.openreplay.projects import key_of
from eventview.sources.openreplay.transport import Patience, Server
from tests.server.faults import NotJson, Status
from tests.server.openreplay import API_KEY, PROJECT_KEY, OpenReplay, Release, serve
from tests.sources import assert_well_said


def link(host: str, number: str, session: str, jump_ms: int | None, scheme: str = "https") -> Link:
    return Link(host, number, session, jump_ms, f"{scheme}://{host}")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("https://or.example/12/session/4813?jumpto=57600",
         link("or.example", "12", "4813", 57600)),
        (" HTTPS://OR.example:8443/1/session/7/ ", link("or.example:8443", "1", "7", None)),
        ("http://or.example/x/3/assist/9#y", link("or.example", "3", "9", None, "http")),
        ("<https://or.example/12/session/4813>", link("or.example", "12", "4813", None)),
        ("https://or.example/12/session/4813).", link("or.example", "12", "4813", None)),
        ("https://or.example:443/12/session/4813", link("or.example", "12", "4813", None)),
        ("or.example:8443/12/session/4813", link("or.example:8443", "12", "4813", None)),
        ("https://app.openreplay.com/5/session/1?note=3&jumpto=1731502800000",
         link("api.openreplay.com", "5", "1", 1731502800000)),
        ("https://or.example/0012/session/004813", link("or.example", "12", "4813", None)),
        (f"https://or.example/0/session/{'0' * 30}7", link("or.example", "0", "7", None)),
        ("https://or.example/000/session/000", link("or.example", "0", "0", None)),
        ("https://or.example/5/session/1?jumpto=12.75", link("or.example", "5", "1", 12)),
        ("https://or.example/5/session/1?jumpto=-4", link("or.example", "5", "1", None)),
        ("https://or.example/5/session/1?jumpto=x", link("or.example", "5", "1", None)),
    ],
)  # fmt: skip
def test_a_link_tells_server_project_session_and_moment(text: str, told: Link) -> None:
    assert is_link(text)
    assert parse(text) == told


@pytest.mark.parametrize(
    "text",
    ["https://or.example", "https://or.example/a/session/4", "https://or.example/1/session/x",
     "https://or.example/1/sessions", "http://[::1/1/session/4", "https://u:p@or.example/1/session/4",
     "https://or.example/١/session/٤"],
)  # fmt: skip
def test_another_link_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(text)
    assert_well_said(caught.value, "u:p@")


@pytest.mark.parametrize("text", ["4813", "file.json", "-", "ftp://x/1/session/2", "a/b/session/4"])
def test_other_targets_are_no_links(text: str) -> None:
    assert not is_link(text)


def desk(url: str, key: str = API_KEY) -> Desk:
    return Desk(Server(url, SecretStr(key), patience=Patience(attempts=1)))


@pytest.mark.parametrize("release", ["1.21", "1.25", "1.27", "cloud"])
def test_a_projects_number_leads_to_its_key(release: Release) -> None:
    with serve(OpenReplay(release=release, projects_pause_seconds=0)) as running:
        number = str(running.openreplay.projects[PROJECT_KEY]["projectId"])
        assert key_of(desk(running.url), number) == PROJECT_KEY
        with pytest.raises(NotFoundError, match="number 999") as caught:
            key_of(desk(running.url), "999")
        assert_well_said(caught.value)
        with pytest.raises(EventviewError) as refused:
            key_of(desk(running.url, "wr0ng"), number)
        assert refused.value.exit_code == 3
        with pytest.raises(EventviewError) as lost:
            key_of(desk(f"{running.host_url}/nowhere"), number)
        assert lost.value.exit_code in {4, 6}


@pytest.mark.parametrize(("fault", "code"), [(NotJson(), 6), (Status(500), 5),
                                            (NotJson(b'{"data": null}'), 4)])  # fmt: skip
def test_a_server_that_does_not_tell_its_projects_is_an_error(fault, code) -> None:  # type: ignore[no-untyped-def]
    with (
        serve(OpenReplay(always=fault)) as running,
        pytest.raises(EventviewError) as caught,
    ):
        key_of(desk(running.url), "1")
    assert caught.value.exit_code == code
