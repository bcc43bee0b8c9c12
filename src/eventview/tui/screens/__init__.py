"""The screens, and the boxes on top of them."""
