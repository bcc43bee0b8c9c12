"""Detectors: each finds one kind of signal, or some that are alike."""
