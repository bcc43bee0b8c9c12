"""The bundled session."""

from __future__ import annotations

import re

from eventview.session.events import searchable_text
from eventview.sources.files import open_demo
from tests.conftest import session_of
from tests.sources import fetched


def test_the_demo_shows_what_every_server_sends_in_order_and_can_be_read_again() -> None:
    events = fetched(open_demo())
    assert session_of(events).type_counts.keys() == {"LOCATION", "CLICK", "INPUT"}
    assert not any(event.problem for event in events)
    times = [event.time_ms or 0 for event in events]
    assert times == sorted(times)
    assert session_of(events).visit_number(0) == 0
    assert fetched(open_demo()) == events


def test_the_demo_names_no_host_that_could_be_somebodys() -> None:
    hosts = re.findall(
        r"https?://([^/\s:]+)", "\n".join(map(searchable_text, fetched(open_demo())))
    )
    assert hosts
    assert all(host.endswith(".example") for host in hosts)
