"""A session: what happened, and nothing that judges it."""
