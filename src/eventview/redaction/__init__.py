"""A session with placeholders for whoever and wherever it tells of."""
