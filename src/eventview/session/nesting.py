"""JSON inside texts, and how deep a value may be nested."""

from __future__ import annotations

import json
from typing import Final

MAX_DEPTH: Final = 200
"""Levels of nesting: as deep as pydantic's reader goes, and safe for whatever recurses later."""


def is_deeper(value: object, levels: int = MAX_DEPTH) -> bool:
    """Whether lists and objects stand in each other more than so many levels deep."""
    level = [value]
    for _ in range(levels):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return False
    return True


def decoded(text: str) -> object:
    """The JSON in a text; None when there is none in it, or too deep a nesting."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    # Most texts have not even so many brackets.
    may_be_deep = text.count("{") + text.count("[") > MAX_DEPTH
    return None if may_be_deep and is_deeper(value) else value
