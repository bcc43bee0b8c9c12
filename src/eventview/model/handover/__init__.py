"""What is handed over of a session, and what a ticket says of it.

May import `eventview.errors` and `eventview.model`.
"""
