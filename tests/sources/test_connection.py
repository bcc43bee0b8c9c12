"""The cache of facts of servers: their APIs and the numbers of their projects."""

from __future__ import annotations

from pathlib import Path

from eventview.config.settings import default_cache_path
from eventview.sources.openreplay.base_urls import Endpoint
from eventview.sources.openreplay.connection import NO_CACHE, ApiVersionCache
from tests.tables import each_row

V1, V2 = Endpoint("v1", "https://a/api"), Endpoint("v2", "https://a/v2/api")


def test_what_answered_is_asked_first_next_time(tmp_path: Path) -> None:
    cache = ApiVersionCache(tmp_path / "new" / "servers.json")
    assert list(cache.sort_endpoints("https://a", [V2, V1])) == [V2, V1]
    cache.remember_endpoint("https://a", V1)
    cache.remember_endpoint("https://b", V2)
    assert list(ApiVersionCache(cache.path).sort_endpoints("https://a", [V2, V1])) == [V1, V2]
    cache.remember_endpoint("https://a", V2)
    assert list(cache.sort_endpoints("https://a", [V1, V2])) == [V2, V1]
    NO_CACHE.remember_endpoint("https://a", V1)
    assert list(NO_CACHE.sort_endpoints("https://a", [V2, V1])) == [V2, V1]


def test_the_numbers_of_projects_are_kept_for_each_server(tmp_path: Path) -> None:
    cache = ApiVersionCache(tmp_path / "servers.json")
    cache.remember_endpoint("https://a", V1)
    cache.remember_numbers("https://a", {"shop": "12", "app": ""})
    cache.remember_numbers("https://a", {"shop": "", "app": "7", "new": ""})
    cache.remember_numbers("https://b", {"shop": "1"})
    assert ApiVersionCache(cache.path).project_numbers("https://a") == {
        "shop": "12",
        "app": "7",
        "new": "",
    }
    assert cache.project_numbers("https://b") == {"shop": "1"}
    assert cache.project_numbers("https://c") == {}
    assert list(cache.sort_endpoints("https://a", [V2, V1])) == [V1, V2]
    NO_CACHE.remember_numbers("https://a", {"shop": "12"})
    assert NO_CACHE.project_numbers("https://a") == {}


@each_row(
    "body",
    ["", "{", "[]", '{"https://a": 7}', '{"https://a": ["v9", "x"], "projects of https://a": 7}',
     '{"projects of https://a": {"shop": 12}}'],
)  # fmt: skip
def test_a_damaged_cache_is_none(tmp_path: Path, body: str) -> None:
    file = tmp_path / "servers.json"
    file.write_text(body)
    assert ApiVersionCache(file).project_numbers("https://a") == {}
    assert list(ApiVersionCache(file).sort_endpoints("https://a", [V2, V1])) == [V2, V1]
    ApiVersionCache(file).remember_endpoint("https://a", V1)
    assert list(ApiVersionCache(file).sort_endpoints("https://a", [V2, V1])) == [V1, V2]


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    ApiVersionCache(file / "servers.json").remember_endpoint("https://a", V1)
    assert default_cache_path({"EVENTVIEW_CACHE": "/x"}) == Path("/x/servers.json")
    assert default_cache_path({}).name == "servers.json"
