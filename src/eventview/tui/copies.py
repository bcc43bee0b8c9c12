"""The things that can be copied: the letter of each, what it is called, what makes its text."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Final, NamedTuple

from eventview.export import excerpts, json_records
from eventview.export.command_line import command_line
from eventview.export.formats import FORMATS
from eventview.export.snapshot import Handout
from eventview.export.ticket import AFTER, BEFORE
from eventview.session.text import json_text

_REDACTED: Final = "redacted"


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
    is_ticket: bool = False
    """Made of the marked events where there are any."""
    is_redacted: bool = False
    """Redacted whether asked for or not."""
    remark: Callable[[Handout, int], str] | None = None
    """Gives what a message says beside its name; "" for nothing."""

    def previewed(self, handout: Handout, index: int, *, is_redacted: bool) -> str:
        """Return what the box says of it for an event."""
        if isinstance(self.preview, str):
            return self.preview
        if is_redacted:
            return _REDACTED
        return self.preview(handout, index) or self.lack


def copies(*, is_redacted: bool = False) -> Sequence[Sequence[Copy]]:
    """Return everything that can be copied, in the groups and the order of the box."""
    link = "redaction leaves it out" if is_redacted else "at this moment"
    command = "redaction leaves it out" if is_redacted else command_line
    record = _REDACTED if is_redacted else "the event as sent, and what was found"
    return (
        tuple(_tickets()),
        (
            Copy("y", "row", "row", excerpts.row, excerpts.row),
            Copy(
                "u",
                "url",
                "URL",
                excerpts.url,
                _url_words,
                lack="No address is known.",
                remark=excerpts.inferred,
            ),
            Copy("j", "json", "JSON", _json, record, ".json"),
            Copy(
                "c",
                "command",
                "command",
                command_line,
                command,
                ".sh",
                lack="The command names the session, which redaction leaves out.",
            ),
            Copy("l", "link", "replay link", Handout.replay_at, link, wants_replay=True),
        ),
    )


def _tickets() -> Iterator[Copy]:
    for letter, what, name, markup in (
        ("m", "ticket", "ticket", "md"),
        ("w", "jira", "Jira ticket", "jira"),
    ):
        text = partial(_ticket, markup)
        plain = Copy(
            letter, what, name, text, _ticket_words, f".{markup}", wants_replay=True, is_ticket=True
        )
        replaced = "users, hosts, ids and input replaced"
        yield plain
        yield plain._replace(
            letter=letter.upper(), what=f"{what}_redacted", preview=replaced, is_redacted=True
        )


def _ticket(markup: str, handout: Handout, index: int) -> str:  # noqa: ARG001  # the handout's cursor
    return "\n".join([*FORMATS[markup](handout), ""])


def _url_words(handout: Handout, index: int) -> str:
    parts = (excerpts.url(handout, index), excerpts.inferred(handout, index))
    return " · ".join(part for part in parts if part)


def _ticket_words(handout: Handout, index: int) -> str:  # noqa: ARG001  # of the rows, not of one
    if handout.marks:
        return f"of the {len(handout.marks):,} marked rows"
    return f"{BEFORE} rows before, {AFTER} after, from the whole session"


def _json(handout: Handout, index: int) -> str:
    """The record of an event, or a record a line where its row stands for several."""
    events = excerpts.covered(handout, index)
    records = [json_records.record(handout, event) for event in events]
    return json_text(json.loads(records[0]), indent=2) if len(records) == 1 else "\n".join(records)
