"""Routing of paths to parts of a deployment, by release, and the web app's answers to API calls.

Pure. Imports the standard library, `v1`, `clickhouse`, `v2`, `faults`, `recordings` and `wire`.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final, Literal, get_args

from tests.server import clickhouse, v1, v2
from tests.server.faults import HtmlPage
from tests.server.recordings import Store
from tests.server.wire import Received, ServerResponse

Release = Literal["1.21", "1.25", "1.27", "next", "cloud"]
RELEASES: Final[tuple[Release, ...]] = get_args(Release)

BASES: Final[Mapping[Release, str]] = {
    "1.21": "/api",
    "1.25": "/api",
    "1.27": "/v2/api",
    "next": "/v2/api",
    "cloud": "/v2",
}
"""The base of the API as the documentation of a release writes it, after the host."""

_Service = Callable[[Store, Received], ServerResponse]

_HTML: Final = "text/html"
_OPTIONS: Final = ServerResponse(204, content_type=None)


def _no_v1(store: Store, request: Received) -> ServerResponse:
    return v1.dressed(v1.NOT_FOUND, request)


def _web_app(store: Store, request: Received) -> ServerResponse:
    """The one page for every path, which takes no posts."""
    if request.method in ("GET", "HEAD"):
        return ServerResponse(200, HtmlPage().body, _HTML)
    page = (
        b"<html>\r\n<head><title>405 Not Allowed</title></head>\r\n<body>\r\n"
        b"<center><h1>405 Not Allowed</h1></center>\r\n<hr><center>nginx</center>\r\n"
        b"</body>\r\n</html>\r\n"
    )
    return ServerResponse(405, page, _HTML)


_SERVICES: Final[Mapping[Release, Mapping[str, _Service]]] = {
    "1.21": {"/api": v1.answer},
    "1.25": {"/api": clickhouse.answer, "/v2/api": v2.answer_before},
    "1.27": {"/api": _no_v1, "/v2/api": v2.answer},
    "next": {"/api": _no_v1, "/v2/api": v2.answer_next},
    "cloud": {"/v2": v2.answer},
}


def answer(release: Release, store: Store, request: Received) -> ServerResponse:
    """The answer of the service behind a path, which sees neither its own prefix nor the port."""
    for prefix, service in _SERVICES[release].items():
        if request.path.startswith(prefix + "/"):
            if prefix == "/v2/api" and request.method == "OPTIONS":
                return _OPTIONS
            host = request.headers.get("host", "").partition(":")[0]
            passed = replace(
                request,
                path=request.path.removeprefix(prefix),
                headers=request.headers | {"host": host},
            )
            return service(store, passed)
    # The cloud has its web app on another host.
    return (_no_v1 if release == "cloud" else _web_app)(store, request)
