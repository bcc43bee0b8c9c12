"""Sources of sessions: each module here yields batches of `eventview.model` events.

May import `eventview.errors`, `eventview.files`, `eventview.model`, certifi, httpx, platformdirs,
pydantic, pydantic_core, tenacity and truststore; httpx in `openreplay.transport` alone.
"""
