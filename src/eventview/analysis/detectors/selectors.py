"""What a CSS selector says of the element it selects."""

from __future__ import annotations

import re
from typing import Final

_PARTS: Final = re.compile(r"(?P<between>[\s>+~]+)|\[[^\]]{0,500}\]|\([^)]{0,500}\)|[^\s>+~\[(]+|.")
"""What stands between the elements of a selector, which is not what is inside brackets; and all
else. Bounded, so that a hostile one costs no more than its length."""

_FIELD: Final = re.compile(r"(?:input|textarea)(?![\w-])", re.IGNORECASE)
_PRESSED: Final = re.compile(r"(?:button|a)(?![\w-])", re.IGNORECASE)
_TYPE: Final = re.compile(r"\[type[~|^$*]?=[\"']?(\w+)", re.IGNORECASE)
_BUTTON_TYPES: Final = frozenset({"submit", "button", "reset", "image", "checkbox", "radio"})
_BUTTON_NAME: Final = re.compile(
    r"(?<![a-z])(?:submit|button|btn|checkbox|radio)(?![a-z])", re.IGNORECASE
)


def _element(selector: str) -> str:
    """The element that a CSS selector ends in."""
    selector = selector.strip()
    start = max((part.end() for part in _PARTS.finditer(selector) if part["between"]), default=0)
    return selector[start:]


def is_button(selector: str) -> bool:
    """Return True if a CSS selector ends in a button or a link, as far as it says."""
    element = _element(selector)
    typed = _TYPE.search(element)
    if typed is not None:
        return typed[1].lower() in _BUTTON_TYPES
    return _PRESSED.match(element) is not None or _BUTTON_NAME.search(element) is not None


def is_text_field(selector: str) -> bool:
    """Return True if a CSS selector ends in an element to type into, as far as it says."""
    element = _element(selector)
    found = _FIELD.match(element)
    if found is None:
        return False
    if found[0].lower() == "textarea":
        return True
    typed = _TYPE.search(element)
    if typed is not None:
        return typed[1].lower() not in _BUTTON_TYPES
    return _BUTTON_NAME.search(element) is None
