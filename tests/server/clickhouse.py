"""The v1 API of OpenReplay 1.24 to 1.26, with events in ClickHouse: requests in, answers out.

Routes and most errors are those of `v1`; sessions are those that v2 reads from the same table, and
those derived from what release 1.21 recorded. Imports the standard library, `v1`, `conversion`,
`recordings` and `wire`.
"""

import json
from typing import Final

from tests.server import v1
from tests.server.conversion import Row, era_b_rows, v1_rows
from tests.server.recordings import Store
from tests.server.wire import Received, ServerResponse


def answer(store: Store, request: Received) -> ServerResponse:
    """The whole answer to a request whose path has lost the `/api` of the ingress."""
    return v1.answer(store, request, _CLICKHOUSE)


def _events(store: Store, session: str) -> bytes | None:
    if session in store.v2_sessions:
        rows = v1_rows(store.v2_sessions[session])
    elif session in store.sessions:
        rows = list(store.derive(store.sessions[session], _derived, "era B", session))
    else:
        return None
    # Only the time is sorted by: what shares a second comes in any order.
    store.chance.shuffle(rows)
    rows.sort(key=lambda row: str(row["createdAt"]))
    return v1.as_json(200, {"data": rows}).body


def _derived(body: bytes) -> list[Row]:
    return era_b_rows(json.loads(body)["data"])


_CLICKHOUSE: Final = v1.Dialect(
    no_key=v1.as_json(401, {"errors": ["Not authenticated"]}),
    crash=v1.as_json(500, {"errors": ["Internal server error."]}),
    events=_events,
    caches_projects=True,
    always_varies=True,
)
