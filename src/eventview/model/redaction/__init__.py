"""A session told with stand-ins for who and where.

May import `eventview.model` and phonenumbers.
"""
