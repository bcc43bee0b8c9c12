"""The command line.

`parser` has the options, `conflicts` those that do not go together, `asked` what they ask to see.
"""
