"""What happened in a session: values and pure functions.

No input or output, no clock but what bounds expressions, no Textual, no httpx: everything here can
be called from anywhere and tested with plain values.
"""
