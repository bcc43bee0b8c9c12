"""The terminal interface: the one room that imports Textual.

`app` runs it, `screens` decide, `widgets` show and say what the user did, `commands` names every
key once.
"""
