"""Readers of the wire formats of OpenReplay's releases: decoded answers become events."""
