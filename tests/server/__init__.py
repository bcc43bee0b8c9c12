"""A loopback OpenReplay for the tests; see `openreplay.py`, or run `python -m tests.server`."""
