"""The screens, and the boxes on top of them.

May import `eventview.errors`, `eventview.feed`, `eventview.files`, `eventview.model`,
`eventview.output`, `eventview.tui`, Rich and Textual.
"""
