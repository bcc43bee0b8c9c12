"""One session of every wire format, and files that hold their answers as a server sends them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from eventview.session.session import Session
from eventview.session.source import SessionRef
from eventview.wire.detect import read_answer
from tests.conftest import CHECKOUT, DOCUMENTED
from tests.server.conversion import era_b_rows
from tests.server.openreplay import RICH_SESSION_ID, OpenReplay

TIME_MS = 1_762_772_400_000

PLAYER: Mapping[str, Any] = {
    "events": [
        {"type": "CLICKRAGE", "label": "Pay", "timestamp": TIME_MS},
        {"type": "CLICK", "label": "Go", "timestamp": TIME_MS + 1},
        7,
    ],
    "userEvents": [{"name": "plan", "payload": '{"a":1}', "timestamp": TIME_MS + 2}],
    "issues": [
        {"type": "click_rage", "contextString": "Pay", "timestamp": TIME_MS,
         "payload": {"Count": 4}},
        {"type": "dead_click", "contextString": "Go", "timestamp": TIME_MS + 3},
    ],
    "incidents": [{"label": "It hangs", "startTime": TIME_MS + 4, "endTime": TIME_MS + 9}],
    "errors": [{"name": "TypeError", "message": "x", "timestamp": TIME_MS + 5}],
    "crashes": [{"name": "E", "reason": "r", "stacktrace": "a\nb", "timestamp": TIME_MS + 6}],
    "resources": [{"method": "GET", "url": "/x", "status": 503, "timestamp": TIME_MS + 7}],
    "stackEvents": [{"name": "redux", "timestamp": TIME_MS + 8}],
    "notes": [{"message": "see", "timestamp": TIME_MS + 9}, "odd"],
    "others": [{"b": 2}],
    "userTesting": {"title": "Buy a tent", "timestamp": TIME_MS + 10},
    "platform": "web",
    "tabs": {"a": [1]},
    "nothing": None,
}  # fmt: skip
"""What the web player's own events answer holds, odd entries among it."""


@cache
def answers() -> Mapping[str, Any]:
    """Decoded answers by the name of their format."""
    checkout = json.loads(CHECKOUT.read_bytes())
    rows = dict(OpenReplay(release="1.27").v2_sessions)[RICH_SESSION_ID]
    return {
        "v1": checkout,
        "v1 as documented": json.loads(DOCUMENTED.read_bytes()),
        "v1 of ClickHouse": {"data": era_b_rows(checkout["data"])},
        "web player": {"data": PLAYER},
        "v2": {"data": {"total": len(rows), "events": rows}},
    }


@cache
def sessions() -> Mapping[str, Session]:
    """Those answers as sessions."""
    found = {}
    for name, answer in answers().items():
        read = read_answer(answer)
        total = read.total or len(read.events)
        session_ref = SessionRef("acme-shop", "42")
        found[name] = Session.of(session_ref, read.events, total, read.resolution_ms)
    return found
