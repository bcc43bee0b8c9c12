"""One session of every wire format, and files that hold their answers as a server sends them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from eventview.model.session import Session
from eventview.model.source import Origin
from eventview.sources.openreplay.bodies import reading_of
from tests.conftest import CHECKOUT, DOCUMENTED
from tests.server.conversion import era_b_rows
from tests.server.openreplay import RICH_SESSION_ID, OpenReplay


@cache
def answers() -> Mapping[str, Any]:
    """Decoded answers by the name of their format."""
    checkout = json.loads(CHECKOUT.read_bytes())
    rows = dict(OpenReplay(release="1.27").v2_sessions)[RICH_SESSION_ID]
    return {
        "v1": checkout,
        "v1 as documented": json.loads(DOCUMENTED.read_bytes()),
        "v1 of ClickHouse": {"data": era_b_rows(checkout["data"])},
        "v2": {"data": {"total": len(rows), "events": rows}},
    }


@cache
def sessions() -> Mapping[str, Session]:
    """Those answers as sessions."""
    found = {}
    for name, answer in answers().items():
        read = reading_of(answer)
        total = read.total or len(read.events)
        origin = Origin("acme-shop", "42")
        found[name] = Session.of(origin, read.events, total, read.resolution_ms)
    return found
