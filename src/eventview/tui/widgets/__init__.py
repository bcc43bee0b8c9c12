"""What the screens are made of. Widgets show values and post messages; they decide nothing."""
