"""What is handed over of a session, and what a ticket says of it."""
