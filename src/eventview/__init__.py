"""Read an OpenReplay user session as a timeline in the terminal.

The package's map is in CONTRIBUTING.md. This module holds the version only and imports nothing,
so that `eventview --version` costs no more than starting Python.
"""

__version__ = "0.1.0"
