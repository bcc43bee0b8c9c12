"""Sessions with placeholders for people, places and ids."""
