"""Detectors: each module finds signals of one or a few kinds."""
