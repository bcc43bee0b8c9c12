"""Session data as text and diagrams, shared by the screen and the exports."""
