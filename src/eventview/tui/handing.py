"""The things that can be copied: what each is called and what makes its text.

May import `eventview.model` and `eventview.output`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from eventview.model.handover import excerpts
from eventview.model.handover.handout import Handout
from eventview.model.handover.reopening import command_line
from eventview.model.text import json_text
from eventview.output import FORMATS, json_records
from eventview.tui.screens.copying import Way


class Copy(NamedTuple):
    """Something that can be copied."""

    name: str
    """As a message begins."""
    text: Callable[[Handout, int], str]
    """Makes it, for the event of an index; "" where there is none."""
    suffix: str = ".txt"
    """Of the file, where there is no clipboard."""
    wants_replay: bool = False
    lack: str = ""
    """Why there is none, in a sentence; "" where that is the replay's matter."""


def copies(way: Way) -> Mapping[str, Copy]:
    """Everything that can be copied, by its name among the commands."""
    ticket = FORMATS["jira" if way.is_jira else "md"]
    return {
        "row": Copy("The row", excerpts.row),
        "url": Copy("The URL", excerpts.url, lack="No address is known for this event."),
        "link": Copy("The replay link", Handout.replay_at, wants_replay=True),
        "json": Copy("The JSON", _json, ".json"),
        "ticket": Copy(
            "The ticket",
            lambda handout, _: "\n".join([*ticket(handout), ""]),
            ".jira" if way.is_jira else ".md",
            wants_replay=True,
        ),
        "command": Copy(
            "The command",
            command_line,
            ".sh",
            lack="The command names the session, which redaction leaves out.",
        ),
    }


def _json(handout: Handout, index: int) -> str:
    """The record of an event, or a record a line where its row stands for several."""
    import json

    events = excerpts.covered(handout, index)
    records = [json_records.record(handout, event) for event in events]
    return json_text(json.loads(records[0]), indent=2) if len(records) == 1 else "\n".join(records)
