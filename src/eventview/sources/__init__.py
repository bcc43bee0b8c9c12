"""Sources of sessions: each module here yields batches of events of a session."""
