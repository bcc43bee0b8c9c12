"""Finding what is striking in a session; `find` is the way in."""
