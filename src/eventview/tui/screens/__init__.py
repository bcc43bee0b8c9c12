"""The screens, and the dialogs on top of them."""
