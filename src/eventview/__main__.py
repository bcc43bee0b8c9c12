"""Lets `python -m eventview` do what the `eventview` command does. May import `eventview.cli`."""

from __future__ import annotations

from eventview.cli import run

if __name__ == "__main__":
    run()
