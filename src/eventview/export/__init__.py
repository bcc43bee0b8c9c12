"""A view of a session in formats that leave the terminal."""
