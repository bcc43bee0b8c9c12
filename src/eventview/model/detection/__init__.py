"""Finding what is striking in a session; `find` is the way in.

May import `eventview.model`.
"""
