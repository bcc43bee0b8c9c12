"""The wire formats of OpenReplay's releases: bytes of answers made events."""
