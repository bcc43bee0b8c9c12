"""Which fields say by their names what is in them.

May import the standard library and `eventview.model.redaction.kinds`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from eventview.model.redaction.kinds import Kind

FIELDS: Final[Mapping[str, Kind]] = {
    name: kind
    for kind, names in {
        Kind.USER: "$user_id user_id userId userID userUuid userUUID "
        "user_uuid $name $first_name $last_name $phone",
        Kind.VISITOR: "distinct_id distinctId anonymous_id anonymousId anonymousID $anonymous_id",
        Kind.DEVICE: "$device_id device_id deviceId deviceID",
        Kind.SESSION: "$session_id session_id sessionId sessionID",
        Kind.PROJECT: "project_id projectId projectID project_key projectKey",
        Kind.EVENT: "event_id eventId",
        Kind.ID: "issue_id issueId error_id errorId tenant_id tenantId tab_id tabId",
        Kind.EMAIL: "$email email user_email userEmail",
        Kind.BODY: "request_body requestBody response_body responseBody request_headers "
        "requestHeaders response_headers responseHeaders headers",
        Kind.SECRET: "cookie cookies authorization Cookie Authorization",
    }.items()
    for name in names.split()
}
"""Fields of the servers and of trackers, wherever they are."""

FIGURES: Final = frozenset(
    {"CLS", "INP", "LCP", "TTFB", "Count", "Duration", "Rate", "lineNumber", "columnNumber"}
)
"""Fields of the servers' own JSON in texts. A figure in them is one, whatever else is alike."""

_SECRETS: Final = frozenset(
    {
        "apikey", "authorization", "card", "cardnumber", "cookie", "cookies", "cvc", "cvv", "iban",
        "passphrase", "passwd", "password", "phone", "phonenumber", "pwd", "secret", "session",
        "token",
    }
)  # fmt: skip
"""How names of a page's own fields end that hold what nobody else should know."""

_LONGEST_NAME: Final = 80

_PARTS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
"""The words of a name, in any of the usual spellings: `apiKey`, `api_key`, `X-Api-Key`."""


def kind_in_json(name: object) -> Kind | None:
    """What a field of JSON holds, by its name; None where that does not say."""
    return _kind(name) if isinstance(name, str) and len(name) <= _LONGEST_NAME else None


@lru_cache(maxsize=1024)
def _kind(name: str) -> Kind | None:
    if name in FIELDS:
        return FIELDS[name]
    parts = [part.lower() for part in _PARTS.findall(name)]
    if not parts:
        return None
    # How it ends says what it is: `card_number` is one, `session_count` is none.
    ends = {parts[-1], "".join(parts[-2:])}
    if not ends.isdisjoint(_SECRETS):
        return Kind.SECRET
    if "email" in ends:
        return Kind.EMAIL
    return Kind.REFERENCE if len(parts) > 1 and parts[-1] == "id" else None
