"""The commands of a session and of a list of sessions, each defined once with keys and help text.

Bindings, help screen, palette and the README's key table are made from them. The commands of a
comparison are in `eventview.tui.screens.compare`; dialogs bind their own keys.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from textual.binding import Binding

from eventview.analysis.signal_kinds import SIGNAL_GROUPS, SIGNAL_KINDS
from eventview.analysis.signals import Shortcut


class Command(NamedTuple):
    """Action that the user can run, with its keys and help text."""

    action: str
    """Textual action and the binding's id."""
    keys: str
    """Textual's names of the keys, separated by commas; "" for a command without a key."""
    shown: str
    """Keys as displayed."""
    help: str
    """Description for the help screen, the palette and the README."""
    footer: str = ""
    """Label in the footer; "" leaves the command out."""
    in_palette: bool = True
    """False for a command that only makes sense as a key."""


def _change(method: str, *arguments: object) -> str:
    """Return the action that calls a method of `SessionState`."""
    return f"change({method!r}, {arguments!r})"


class Group(NamedTuple):
    """Related commands under one heading."""

    title: str
    commands: Sequence[Command]


MOVING = Group(
    "Move",
    (
        Command("down", "j,down", "j ↓", "one row down", in_palette=False),
        Command("up", "k,up", "k ↑", "one row up", in_palette=False),
        Command("top", "g,home", "g Home", "to the first row"),
        Command("bottom", "G,end", "G End", "to the last row"),
        Command("half_page_down", "ctrl+d", "ctrl+d", "half a page down", in_palette=False),
        Command("half_page_up", "ctrl+u", "ctrl+u", "half a page up", in_palette=False),
        Command("page_down", "space,pagedown", "Space PgDn", "a page down", in_palette=False),
        Command("page_up", "b,pageup", "b PgUp", "a page up", in_palette=False),
    ),
)

VISITS = Group(
    "Pages",
    (
        Command("walk_visits(1)", "right_curly_bracket", "}", "to the next page visit"),
        Command("walk_visits(-1)", "left_curly_bracket", "{", "to this or the previous page visit"),
    ),
)

FOLDS = Group(
    "Fold",
    (
        Command(_change("fold"), "h,left", "h ←", "fold the page visit, or the run of clicks"),
        Command(_change("unfold"), "l,right", "l →", "unfold it"),
        Command(_change("fold", "all"), "H", "H", "fold all page visits: the session page by page"),
        Command(_change("unfold", "all"), "L", "L", "unfold all page visits"),
    ),
)


def _make_walks(word: str, shortcut: Shortcut) -> tuple[Command, Command]:
    """Return the commands that go to the next and the previous signal of a word of `is:`."""
    key, target, footer, _ = shortcut
    upper = key.upper()
    return (
        Command(_change("walk", word, 1), key, key, f"to the next {target}", footer),
        Command(_change("walk", word, -1), upper, upper, f"to the previous {target}"),
    )


SIGNALS = Group(
    "Signals",
    [
        command
        for word in (*SIGNAL_GROUPS, *SIGNAL_KINDS)
        if word.shortcut is not None
        for command in _make_walks(word.key, word.shortcut)
    ],
)

FINDING = Group(
    "Find and filter",
    (
        Command("prompt('/')", "slash", "/", "find: mark what matches, hide nothing", "find"),
        Command(_change("walk_hits", 1), "n", "n", "to the next hit"),
        Command(_change("walk_hits", -1), "N", "N", "to the previous hit"),
        Command(
            "prompt('&')",
            "ampersand",
            "&",
            "filter: show only what matches; empty for all",
            "filter",
        ),
        Command(
            _change("drop_chip"), "backspace", "Backspace", "remove the last part of the filter"
        ),
        Command(
            _change("change_context", 1),
            "z",
            "z",
            "show one more event around each match of the filter",
        ),
        Command(_change("change_context", -1), "Z", "Z", "show one fewer"),
        *(
            Command(
                _change("toggle_type", digit),
                str(digit),
                str(digit),
                f"show or hide the type with the number {digit}",
                in_palette=False,
            )
            for digit in range(1, 10)
        ),
        Command(_change("all_types"), "0", "0", "show all types"),
        Command(
            _change("toggle_type", "PERFORMANCE"),
            "p",
            "p",
            "show or hide the samples of the page's performance",
        ),
    ),
)

HANDING = Group(
    "Hand over",
    (
        Command("share('copy')", "y", "y", "copy: choose from a menu; r in it redacts", "copy"),
        Command("share('copy_as','ticket')", "", "y m", "copy the ticket"),
        Command("share('copy_as','ticket_redacted')", "", "y M", "copy the ticket, redacted"),
        Command("share('copy_as','jira')", "", "y w", "copy the ticket for Jira"),
        Command(
            "share('copy_as','jira_redacted')", "", "y W", "copy the ticket for Jira, redacted"
        ),
        Command("share('copy_as','row')", "", "y y", "copy the row"),
        Command("share('copy_as','url')", "", "y u", "copy its URL"),
        Command("share('copy_as','json')", "", "y j", "copy its JSON"),
        Command("share('copy_as','command')", "", "y c", "copy the command that reopens this view"),
        Command("share('copy_as','link')", "", "y l", "copy the replay link at this moment"),
        Command("share('open_replay')", "o", "o", "open the replay in the browser at this moment"),
        Command("prompt('>')", "ctrl+s", "ctrl+s", "write the view to a file"),
        Command("prompt('>',True)", "ctrl+r", "ctrl+r", "write the view to a file, redacted"),
        Command(
            "picture",
            "",
            "ctrl+p",
            "write a picture of the screen as SVG, from the palette",
        ),
    ),
)

PANES = Group(
    "Panes",
    (
        Command("open_detail", "enter", "Enter", "go to the detail", "detail"),
        Command("next_pane", "tab,shift+tab", "Tab", "to the other pane", in_palette=False),
        Command(
            "back",
            "escape",
            "Esc",
            "one step back: detail, find, filter, window, hidden types, fetch, list of sessions",
            in_palette=False,
        ),
    ),
)

PLACES = Group(
    "Times and places",
    (
        Command(
            _change("next_time_mode"),
            "t",
            "t",
            "times since start, since zero, local, UTC",
            "time",
        ),
        Command(_change("zero"), "T", "T", "count times from here; again: from the start"),
        Command("prompt(':')", "colon", ":", "go to +3:15, 09:42:10 or #42"),
        Command(_change("mark"), "m", "m", "mark this event, or remove its mark"),
        Command(_change("walk_marks", 1), "u", "u", "to the next mark"),
        Command(_change("walk_marks", -1), "U", "U", "to the previous mark"),
    ),
)

SESSION = Group(
    "Session",
    (
        Command("about", "a", "a", "about the session: pages, slowest load, signals, browser"),
        Command("fetch_again", "r", "r", "fetch again, or only what is missing"),
        Command("follow", "f", "f", "follow: add new events as they happen, or stop following"),
        Command("help", "question_mark,f1", "? F1", "this help", "help"),
        Command("quit", "q,ctrl+q", "q", "quit", "quit"),
    ),
)

STEPPING = Group(
    "Sessions of a user",
    (
        Command("walk_sessions(-1)", "less_than_sign", "<", "to the user's previous session"),
        Command("walk_sessions(1)", "greater_than_sign", ">", "to the user's next session"),
    ),
)

WITHOUT_EVENTS = Group(
    "With nothing to see",
    (
        Command("type_key", "r", "r", "type another key", "type another key"),
        Command("try_again", "r", "r", "try again", "try again"),
        Command("stop_waiting", "escape", "Esc", "stop waiting", "stop"),
        Command("leave_for_list", "escape", "Esc", "back to the list of sessions", "list"),
    ),
)
"""Commands of a screen without events; the help leaves them out."""

CHOOSING = Group(
    "List of sessions",
    (
        Command("down", "j", "j ↓", "one session down", in_palette=False),
        Command("up", "k", "k ↑", "one session up", in_palette=False),
        Command("top", "g", "g", "to the latest session"),
        Command("bottom", "G", "G", "to the earliest session"),
        Command("open", "enter", "Enter", "open the session", in_palette=False),
        Command("stop", "escape", "Esc", "stop asking for the list", "stop", in_palette=False),
        Command("type_key", "r", "r", "type another key", "type another key"),
        Command("fetch_again", "r", "r", "ask for the list again", "again"),
        Command("help", "question_mark,f1", "? F1", "this help", "help"),
        Command("quit", "q,ctrl+q", "q", "quit", "quit"),
    ),
)
"""Commands of the list of sessions."""

GROUPS: Sequence[Group] = (
    MOVING,
    VISITS,
    SIGNALS,
    FOLDS,
    FINDING,
    PLACES,
    HANDING,
    PANES,
    SESSION,
    STEPPING,
)
"""All commands of a session, in the order of the help."""

NEEDING_EVENTS: Final = frozenset(
    command.action.partition("(")[0] for group in GROUPS for command in group.commands
) - {
    "back",
    "fetch_again",
    "follow",
    "help",
    "picture",
    "quit",
    "walk_sessions",
}
"""Names of the actions that need events to be shown."""


def make_bindings(*groups: Group) -> list[Binding]:
    """Return the Textual bindings of groups of commands."""
    return [
        Binding(
            command.keys,
            command.action,
            command.footer or command.help,
            key_display=command.shown.split()[0],
            show=bool(command.footer),
            id=command.action,
        )
        for group in groups
        for command in group.commands
        if command.keys
    ]


def list_commands(group: Group) -> Iterator[tuple[str, str]]:
    """Yield keys and help text of a group's commands, with the nine digits as one entry."""
    for command in group.commands:
        if command.keys == "1":
            yield "1 … 9", "show or hide the type with that number"
        elif command.keys not in set("23456789"):
            yield command.shown, command.help
