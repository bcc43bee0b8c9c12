"""What the server's own findings mean: the rules of its handlers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from eventview.session.events import INCIDENT

MEANINGS: Final[Mapping[str, str]] = {
    "click_rage": "three or more clicks on one label, each less than 300 ms after the last",
    "dead_click": "a click that changed nothing on the page for 1234 ms",
    "bad_request": "a request that was answered with a status of 400 or more",
    "mouse_thrashing": "the pointer was shaken",
    INCIDENT: "reported by the user or the page",
}
"""By the server's name of an issue (backend/pkg/handlers/web and the tracker's mouse module); an
issue whose rule is not known is not in it."""
