"""The OpenReplay server: its addresses, its wire formats, its refusals."""
