"""The OpenReplay server: its addresses, its wire formats, its refusals.

May import `eventview.errors`, `eventview.files`, `eventview.model`, `eventview.sources`, certifi,
httpx, platformdirs, pydantic, tenacity and truststore.
"""
