"""The interface for a session, a comparison of two, or a user's list of sessions."""

from __future__ import annotations

import argparse
import os
from threading import Event
from typing import Final

from eventview import terminal
from eventview.cli import options, resolve
from eventview.tui.feed import Feed, ListingFeed

_START_S: Final = 0.5
"""Longest wait for a request to leave before Textual is imported, in seconds: both at the same time
take longer than one after the other, because they share the interpreter."""

_ESCAPE_DELAY_MS: Final = "10"
"""Milliseconds that Textual waits after Esc for the rest of a key, as tmux does since 3.5
(https://github.com/tmux/tmux/issues/3844); by default 100, in which all that Esc ends would go
on."""


def run(arguments: argparse.Namespace) -> int:
    """Show what a command line names until the user leaves; return the exit code.

    Raises:
        EventviewError: it cannot be shown.
    """
    options.refuse_conflicts(arguments)
    os.environ.setdefault("ESCDELAY", _ESCAPE_DELAY_MS)
    if arguments.user is not None:
        _show_list(arguments)
    elif arguments.other is not None:
        _show_comparison(arguments)
    else:
        _show_session(arguments)
    return 0


# Textual and all that shows a session are imported late, while the server answers or once there is
# something to show.


def _show_session(arguments: argparse.Namespace) -> None:
    options.check_view_options(arguments)
    is_requested = Event()
    request = resolve.read_request(arguments, is_requested.set)
    terminal.raise_on_signals()
    with options.saved_responses(request.recorder, arguments):
        target = resolve.find_target(request)
        # A link's moment gives the window its place once the session is there.
        if target.moment is None:
            options.refuse_window_without_place(arguments)
        feed = Feed(target.source).start()
        terminal.exit_on_signals()
        if target.source.session_ref.session_id:
            is_requested.wait(_START_S)
        with terminal.redirect_to_terminal():
            from eventview.tui import app
            from eventview.view.view_options import InitialView

            view_options = options.read_view_options(arguments)
            position, times = options.read_position(arguments), options.read_times(arguments)
            app.run(feed, InitialView(view_options, position or target.moment, times, target.rules))


def _show_comparison(arguments: argparse.Namespace) -> None:
    options.check_view_options(arguments)
    is_requested = Event()
    request = resolve.read_request(arguments, is_requested.set)
    terminal.raise_on_signals()
    first, second = resolve.find_pair(request, arguments.other)
    feeds = Feed(first.source).start(), Feed(second.source).start()
    terminal.exit_on_signals()
    if first.source.session_ref.session_id or second.source.session_ref.session_id:
        is_requested.wait(_START_S)
    with terminal.redirect_to_terminal():
        from eventview.tui import app
        from eventview.view.view_options import InitialView

        view_options = options.read_view_options(arguments)
        app.run_comparison(*feeds, InitialView(view_options, rules=first.rules))


def _show_list(arguments: argparse.Namespace) -> None:
    is_requested = Event()
    request = resolve.read_request(arguments, is_requested.set)
    terminal.raise_on_signals()
    picker = resolve.find_sessions(request)
    options.check_view_options(arguments)
    options.refuse_window_without_place(arguments)
    feed = ListingFeed(picker.listing).start()
    terminal.exit_on_signals()
    is_requested.wait(_START_S)
    with terminal.redirect_to_terminal():
        from eventview.tui import app
        from eventview.view.view_options import InitialView

        view_options, times = options.read_view_options(arguments), options.read_times(arguments)
        initial_view = InitialView(view_options, None, times, picker.known.rules)
        app.run_list(feed, picker.open_one, initial_view)
