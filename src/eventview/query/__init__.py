"""The query language of filter, find and command line."""
