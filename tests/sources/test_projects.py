"""The projects of a server, whose list releases 1.23 to 1.26 give once in 20 seconds."""

from __future__ import annotations

from math import inf
from pathlib import Path

import pytest

from eventview.errors import EventviewError, NotFoundError, UnavailableError
from eventview.sources.openreplay.connection import (
    NO_CACHE,
    ApiVersionCache,
    Connection,
    RetryPolicy,
    Server,
)
from eventview.sources.openreplay.projects import fetch_project_key, fetch_project_number
from eventview.sources.openreplay.request_log import Secret
from eventview.sources.openreplay.sessions import RemoteSession
from tests.server.faults import Status
from tests.server.openreplay import API_KEY, PROJECT_KEY, OpenReplay, Release, Running, serve
from tests.sources import assert_well_said
from tests.tables import each_row

OTHER_KEY = "9cACFRuQVidq0sqS7Bny"
SHORT = RetryPolicy(first_wait_s=0, longest_wait_s=0, list_pause_s=0.01)


def connection(
    running: Running,
    api_cache: ApiVersionCache = NO_CACHE,
    *,
    timeout_s: float = 40,
    retry_policy: RetryPolicy = SHORT,
) -> Connection:
    return Connection(
        Server(running.url, Secret(API_KEY), timeout_s, retry_policy=retry_policy), api_cache
    )


def lists_of(running: Running) -> int:
    return sum(each.path.endswith("/v1/projects") for each in running.openreplay.requests)


@pytest.fixture
def api_cache(tmp_path: Path) -> ApiVersionCache:
    return ApiVersionCache(tmp_path / "servers.json")


def test_a_list_that_is_refused_is_asked_for_again_when_its_pause_is_over() -> None:
    said: list[str] = []
    # The list is given, refused five seconds later, and given after its pause.
    clock = iter([0.0, 5.0, 25.0]).__next__
    with serve(OpenReplay(release="1.25", clock=clock)) as running:
        for _ in range(2):
            assert fetch_project_key(connection(running), "1", said.append) == PROJECT_KEY
        assert lists_of(running) == 3
    assert said == [
        f"{running.host_url.removeprefix('http://')} answers 500: releases 1.23 to 1.26 list "
        "their projects once in 0.01 s; trying again in 0 s (attempt 2 of 2)",
        "",
    ]
    assert RetryPolicy().list_pause_s == 20


def test_a_list_that_stays_refused_is_said_with_the_way_out() -> None:
    with serve(OpenReplay(release="1.25", projects_pause_seconds=inf)) as running:
        fetch_project_key(connection(running), "1")
        with pytest.raises(UnavailableError) as caught:
            fetch_project_key(connection(running), "1")
        assert "try again in 20 s, or give the project's key" in caught.value.hint
        assert lists_of(running) == 3
        assert_well_said(caught.value)


def test_nobody_who_is_in_a_hurry_waits_for_the_list() -> None:
    said: list[str] = []
    with serve(OpenReplay(release="1.25", projects_pause_seconds=inf)) as running:
        fetch_project_key(connection(running), "1")
        # An answer may take three times as long in all, and that is less than the pause.
        hasty = connection(running, timeout_s=6, retry_policy=RetryPolicy())
        with pytest.raises(UnavailableError, match="try again in 20 s"):
            fetch_project_key(hasty, "1", said.append)
        assert lists_of(running) == 2
    assert said == []


@each_row("release", ["1.21", "1.25", "1.27", "cloud"])
def test_the_number_of_a_project_needs_no_list(release: Release) -> None:
    with serve(OpenReplay(release=release)) as running:
        assert fetch_project_number(connection(running), PROJECT_KEY) == "1"
        assert not [r for r in running.openreplay.requests if r.path.endswith("/projects")]


def test_a_replay_is_found_while_the_list_is_refused() -> None:
    with serve(OpenReplay(release="1.25", projects_pause_seconds=inf)) as running:
        fetch_project_key(connection(running), "1")
        assert (
            RemoteSession(connection(running), PROJECT_KEY, "7")
            .replay()
            .url.endswith("/1/session/7")
        )


@pytest.mark.parametrize("release", ["1.21", "1.25", "1.27"])
def test_a_list_is_remembered_for_the_next_links(
    release: Release, api_cache: ApiVersionCache
) -> None:
    with serve(OpenReplay(release=release, projects_pause_seconds=inf)) as running:
        number = str(running.openreplay.projects[OTHER_KEY]["projectId"])
        for _ in range(2):
            assert fetch_project_key(connection(running, api_cache), "1") == PROJECT_KEY
            assert fetch_project_key(connection(running, api_cache), number) == OTHER_KEY
        assert sum(each.path.endswith("/projects") for each in running.openreplay.requests) == 1
        # One whose key was given by hand, too.
        assert api_cache.path is not None
        fresh = ApiVersionCache(api_cache.path.with_name("fresh"))
        fetch_project_number(connection(running, fresh), PROJECT_KEY)
        assert fetch_project_key(connection(running, fresh), "1") == PROJECT_KEY
        assert sum(each.path.endswith("/projects") for each in running.openreplay.requests) == 1


def test_a_cache_of_another_server_is_not_believed(api_cache: ApiVersionCache) -> None:
    with serve(OpenReplay(release="1.25", projects_pause_seconds=0)) as running:
        for kept in ({"gone": "1"}, {OTHER_KEY: "1"}, {"gone": "", "a b": "1", "../x": ""}):
            api_cache.remember_numbers(running.host_url, kept)
            assert fetch_project_key(connection(running, api_cache), "1") == PROJECT_KEY
        with pytest.raises(NotFoundError, match="no project with the number 77"):
            fetch_project_key(connection(running, api_cache), "77")


def test_the_api_key_is_not_remembered_though_a_server_says_it(api_cache: ApiVersionCache) -> None:
    with serve() as running:
        projects = running.openreplay.projects
        projects[API_KEY] = projects[OTHER_KEY] | {"projectKey": API_KEY}
        projects[OTHER_KEY] |= {"projectId": API_KEY}
        assert fetch_project_key(connection(running, api_cache), "1") == PROJECT_KEY
        with pytest.raises(NotFoundError, match="does not give the project's number"):
            fetch_project_number(connection(running, api_cache), OTHER_KEY)
        kept = api_cache.project_numbers(running.host_url)
    assert kept == {PROJECT_KEY: "1", OTHER_KEY: ""}
    assert api_cache.path is not None
    assert API_KEY not in api_cache.path.read_text()


@pytest.mark.parametrize("release", ["1.21", "1.25", "1.27"])
def test_one_failure_of_the_server_is_overcome(release: Release) -> None:
    with serve(OpenReplay(release=release, faults=[Status(500)])) as running:
        assert fetch_project_number(connection(running), PROJECT_KEY) == "1"


@pytest.mark.parametrize("release", ["1.21", "1.25", "1.27"])
def test_a_server_that_fails_for_good_is_asked_twice(
    release: Release, api_cache: ApiVersionCache
) -> None:
    api_cache.remember_numbers("http://127.0.0.1", {"gone": ""})
    with serve(OpenReplay(release=release, always=Status(500))) as running:
        api_cache.remember_numbers(running.host_url, {f"key{n}": "" for n in range(9)})
        with pytest.raises(UnavailableError) as caught:
            fetch_project_number(connection(running, api_cache), PROJECT_KEY)
        assert len(running.openreplay.requests) == 2
        with pytest.raises(EventviewError):
            fetch_project_key(connection(running, api_cache), "1")
        # A remembered one, and then the list.
        assert len(running.openreplay.requests) == 6
    assert_well_said(caught.value)


@pytest.mark.parametrize(("release", "words"), [("1.21", "this API key opens"),
                                               ("1.27", "the first 100")])  # fmt: skip
def test_only_the_second_api_is_said_to_list_a_hundred(release: Release, words: str) -> None:
    with serve(OpenReplay(release=release)) as running:
        for n in range(1000, 1100):
            running.openreplay.projects[f"project{n}"] = {
                "projectId": n, "name": f"P{n}", "projectKey": f"project{n}", "platform": "web"
            }  # fmt: skip
        with pytest.raises(NotFoundError, match=words):
            fetch_project_key(connection(running), "7777")
