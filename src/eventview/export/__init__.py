"""Export formats for a view of a session and for a comparison."""
