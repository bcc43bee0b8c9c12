"""The screens: the session, and the help over it."""
