"""What a CSS selector says of the element it selects.

May import the standard library only.
"""

from __future__ import annotations

import re
from typing import Final

_PARTS: Final = re.compile(r"(?P<between>[\s>+~]+)|\[[^\]]{0,500}\]|\([^)]{0,500}\)|[^\s>+~\[(]+|.")
"""What stands between the elements of a selector, which is not what is inside brackets; and all
else. Bounded, so that a hostile one costs no more than its length."""

_FIELD: Final = re.compile(r"(?:input|textarea)(?![\w-])", re.IGNORECASE)
_TYPE: Final = re.compile(r"\[type[~|^$*]?=[\"']?(\w+)", re.IGNORECASE)
_BUTTON_TYPES: Final = frozenset({"submit", "button", "reset", "image", "checkbox", "radio"})
_BUTTON_NAME: Final = re.compile(
    r"(?<![a-z])(?:submit|button|btn|checkbox|radio)(?![a-z])", re.IGNORECASE
)


def is_text_field(selector: str) -> bool:
    """Whether a CSS selector ends in an element to type into, as far as it says."""
    selector = selector.strip()
    start = max((part.end() for part in _PARTS.finditer(selector) if part["between"]), default=0)
    element = selector[start:]
    found = _FIELD.match(element)
    if found is None:
        return False
    if found[0].lower() == "textarea":
        return True
    typed = _TYPE.search(element)
    if typed is not None:
        return typed[1].lower() not in _BUTTON_TYPES
    return _BUTTON_NAME.search(element) is None
