"""The things that can be copied: the letter of each, what it is called, what makes its text.

May import `eventview.model`, `eventview.output` and its neighbour `way`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from eventview.model.handover import excerpts
from eventview.model.handover.handout import Handout
from eventview.model.handover.reopening import command_line
from eventview.model.text import json_text
from eventview.output import FORMATS, json_records
from eventview.tui.way import Way

_REDACTED: Final = "with stand-ins"


class Copy(NamedTuple):
    """Something that can be copied."""

    letter: str
    what: str
    """Its name among the commands."""
    name: str
    """In the box; a message about it begins with The."""
    text: Callable[[Handout, int], str]
    """Makes it, for the event of an index; "" where there is none."""
    preview: str | Callable[[Handout, int], str]
    """What the box says of it."""
    suffix: str = ".txt"
    """Of the file, where there is no clipboard."""
    wants_replay: bool = False
    lack: str = ""
    """Why there is none, in a sentence; "" where that is the replay's matter."""

    def previewed(self, handout: Handout, index: int, way: Way) -> str:
        """What the box says of it for an event."""
        if isinstance(self.preview, str):
            return self.preview
        if way.is_redacted:
            return _REDACTED
        return self.preview(handout, index) or self.lack


def copies(way: Way) -> Sequence[Copy]:
    """Everything that can be copied, in the order of the box."""
    ticket = FORMATS["jira" if way.is_jira else "md"]
    link = "redaction leaves it out" if way.is_redacted else "at this moment"
    command = "redaction leaves it out" if way.is_redacted else command_line
    record = _REDACTED if way.is_redacted else "the event as sent, and what was found"
    return (
        Copy("y", "row", "row", excerpts.row, excerpts.row),
        Copy("u", "url", "URL", excerpts.url, excerpts.url, lack="No address is known."),
        Copy("l", "link", "replay link", Handout.replay_at, link, wants_replay=True),
        Copy("j", "json", "JSON", _json, record, ".json"),
        Copy(
            "m",
            "ticket",
            "ticket",
            lambda handout, _: "\n".join([*ticket(handout), ""]),
            _ticket_words,
            ".jira" if way.is_jira else ".md",
            wants_replay=True,
        ),
        Copy(
            "c",
            "command",
            "command",
            command_line,
            command,
            ".sh",
            lack="The command names the session, which redaction leaves out.",
        ),
    )


def _ticket_words(handout: Handout, index: int) -> str:  # noqa: ARG001  # of the rows, not of one
    rows = f"{len(handout.marks):,} marked" if handout.marks else "10 before and 3 after"
    return f"{rows}, load, signals, steps, command"


def _json(handout: Handout, index: int) -> str:
    """The record of an event, or a record a line where its row stands for several."""
    events = excerpts.covered(handout, index)
    records = [json_records.record(handout, event) for event in events]
    return json_text(json.loads(records[0]), indent=2) if len(records) == 1 else "\n".join(records)
