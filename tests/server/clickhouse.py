"""What the v1 API of OpenReplay 1.24 to 1.26 (events in ClickHouse) says to a request.

Routes and most errors are those of `v1`; sessions are derived from the recorded ones. Imports the
standard library, `v1`, `conversion`, `recordings` and `wire`.
"""

import json
from typing import Final

from tests.server import v1
from tests.server.conversion import Row, era_b_rows
from tests.server.recordings import Store
from tests.server.wire import Answer, Received


def answer(store: Store, request: Received) -> Answer:
    """The whole answer to a request whose path has lost the `/api` of the ingress."""
    return v1.answer(store, request, _CLICKHOUSE)


def _events(store: Store, session: str) -> bytes | None:
    body = store.sessions.get(session)
    if body is None:
        return None
    rows = list(store.derive(body, _derived, "era B", session))
    # Only the time is sorted by: what shares a second comes in any order.
    store.chance.shuffle(rows)
    rows.sort(key=lambda row: str(row["createdAt"]))
    return v1.as_json(200, {"data": rows}).body


def _derived(body: bytes) -> list[Row]:
    return era_b_rows(json.loads(body)["data"])


_CLICKHOUSE: Final = v1.Dialect(
    no_key=v1.as_json(401, {"errors": ["Not authenticated"]}), events=_events
)
