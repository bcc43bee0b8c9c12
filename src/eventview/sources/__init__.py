"""Sources of sessions: each module here yields batches of `eventview.model` events."""
