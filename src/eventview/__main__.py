"""The `eventview` command, also as `python -m eventview`."""

from __future__ import annotations

from eventview import terminal


def run() -> None:
    """Run the command and end the process with its exit code."""
    terminal.exit_on_signals()
    from eventview.cli import main  # noqa: PLC0415  # slow, and a signal may arrive meanwhile

    main.run()


if __name__ == "__main__":
    run()
