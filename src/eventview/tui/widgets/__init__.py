"""What the screens are made of. Widgets show values and post messages; they decide nothing.

May import `eventview.errors`, `eventview.model`, `eventview.tui`, Rich and Textual; never a screen.
"""
