"""Where sessions come from: each module here yields batches of `eventview.model` events.

May import `eventview.model`, `eventview.errors` and pydantic; only `sources.openreplay.client`
imports httpx.
"""
