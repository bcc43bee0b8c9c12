"""Two sessions side by side: pages, steps, loads, and their words."""
