"""Analysis of a session by rules: its signals and the verdicts on its page loads."""
