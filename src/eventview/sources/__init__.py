"""Where sessions come from: each module here yields batches of `eventview.model` events.

May import `eventview.errors`, `eventview.files`, `eventview.model`, httpx, platformdirs, pydantic,
pydantic_core and tenacity; httpx in `openreplay.transport` alone.
"""
