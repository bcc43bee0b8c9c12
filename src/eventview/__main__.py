"""The `eventview` command, also as `python -m eventview`."""

from __future__ import annotations

from eventview import terminal


def run() -> None:
    """Run the command and end the process with its exit code."""
    # The handlers come before the slow imports, during which a signal may arrive.
    terminal.exit_on_signals()
    from eventview.cli import main

    main.run()


if __name__ == "__main__":
    run()
