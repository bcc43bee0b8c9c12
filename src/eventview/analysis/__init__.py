"""Signals and verdicts on loads: a session read by rules."""
