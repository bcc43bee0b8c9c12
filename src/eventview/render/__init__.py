"""A session in words and pictures, for the screen and exports alike."""
