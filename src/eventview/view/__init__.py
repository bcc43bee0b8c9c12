"""A view of a session: the rows that are shown and hit."""
