"""A session told with stand-ins for who and where."""
