"""Measure the fetch of a long session: `python -m tests.bench.fetching`, from the root.

20,000 events from a loopback server of release 1.27 in a process of its own, 50 ms an answer, ties
in another order for each request. Beside it, the same session page after page, as a script would
do it. Nothing here fails: read the table.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from time import perf_counter
from typing import NamedTuple

import httpx

from eventview.analysis.analysis import SessionBuilder
from eventview.sources.openreplay.connection import Connection, Server
from eventview.sources.openreplay.request_log import Secret
from eventview.sources.openreplay.sessions import RemoteSession
from tests.server.openreplay import API_KEY, MANY_SESSION_ID, PROJECT_KEY

DELAY_S = 0.05


@contextmanager
def serving(events: int, delay_s: float) -> Iterator[str]:
    """The URL of a server in a process of its own."""
    command = [sys.executable, "-m", "tests.server", "--release", "1.27",
               "--events", str(events), "--delay", str(delay_s)]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        try:
            assert process.stdout is not None
            found = (re.match(r"server\s+(\S+)", line) for line in process.stdout)
            yield next(match[1] for match in found if match)
        finally:
            process.terminate()


class Fetched(NamedTuple):
    """Times of a fetch, and the number of its events."""

    first_s: float
    all_s: float
    events: int
    total: int | None


def by_spans(url: str) -> Fetched:
    """Fetch a session with eventview's own source."""
    start = perf_counter()
    source = RemoteSession(Connection(Server(url, Secret(API_KEY))), PROJECT_KEY, MANY_SESSION_ID)
    gathering = SessionBuilder(source.session_ref)
    first_s = 0.0
    for batch in source.batches():
        gathering.take(batch)
        first_s = first_s or perf_counter() - start
    session = gathering.analysis().session
    return Fetched(first_s, perf_counter() - start, len(session.events), session.total)


def page_by_page(url: str) -> Fetched:
    """One page after the other; what is lost to the shuffling is not looked for."""
    start = perf_counter()
    address = f"{url}/public/{PROJECT_KEY}/sessions/{MANY_SESSION_ID}/events"
    window = {"startTimestamp": 946684800000, "endTimestamp": 4102444800000}
    asked = {"limit": 200, "sortOrder": "asc", "columns": ["$properties"], **window}
    ids: set[str] = set()
    first_s, page, total = 0.0, 0, 1
    with httpx.Client(headers={"Authorization": f"Bearer {API_KEY}"}) as client:
        while page * 200 < total:
            page += 1
            data = client.post(address, json=asked | {"page": page}).json()["data"]
            total = data["total"]
            ids |= {event["event_id"] for event in data["events"]}
            first_s = first_s or perf_counter() - start
    return Fetched(first_s, perf_counter() - start, len(ids), total)


def main() -> None:
    """Measure both in turns and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.fetching")
    parser.add_argument("--runs", type=int, default=5, help="how often each is run (5)")
    parser.add_argument("--events", type=int, default=20_000)
    options = parser.parse_args()
    with serving(options.events, DELAY_S) as url:
        by_spans(url)  # the server makes its rows when it is first asked
        runs = [(by_spans(url), page_by_page(url)) for _ in range(options.runs)]
    ours, theirs = (list(column) for column in zip(*runs, strict=True))
    for name, of in (("by spans, 4 at a time", ours), ("page by page", theirs)):
        print(
            f"{name:24} first {median(f.first_s for f in of) * 1000:7.0f} ms   "
            f"all {median(f.all_s for f in of) * 1000:7.0f} ms   "
            f"{min(f.events for f in of):,} of {of[0].total:,}"
        )
    ratio = median(f.all_s for f in ours) / median(f.all_s for f in theirs)
    print(f"ratio {ratio:.2f}, at most 0.33")


if __name__ == "__main__":
    main()
