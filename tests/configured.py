"""Configuration files for tests, and what is understood of them."""

from __future__ import annotations

from pathlib import Path

from eventview.config import settings
from eventview.config.settings import ConnectionOptions
from eventview.sources.openreplay.links import Link

KEY = "Zq7fT1mWcXo3bLr9NuEa"
SHOP = '[profiles.shop]\nurl = "https://shop.example"\nproject = "SHOPKEY"\nproject_id = 12\n'
BANK = '[profiles.bank]\nurl = "https://bank.example/api"\napi = "v1"\n'
DEFAULT = '[profiles.default]\nurl = "https://default.example"\n'


NO_OPTIONS = ConnectionOptions()


def configured(
    folder: Path,
    text: str,
    options: ConnectionOptions = NO_OPTIONS,
    **environment: str,
) -> settings.Settings:
    file = folder / "config.toml"
    file.write_text(text, "utf-8")
    return settings.read_settings(options, {"EVENTVIEW_CONFIG": str(file)} | environment)


def link(host: str, number: str) -> Link:
    """A replay link to a session of some project."""
    return Link(host, number, "4813", None, f"https://{host}")
