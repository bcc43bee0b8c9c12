"""What the screen is made of. Widgets show values and post messages; they decide nothing."""
