"""What the interface reaches outside its own terminal: clipboard and browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from eventview.tui.system.browser import Desktop, desktop
from eventview.tui.system.clipboard import Surroundings, surroundings


class Outside(NamedTuple):
    """The clipboards and the browser there are."""

    clipboards: Surroundings
    desktop: Desktop


def real(osc52: Callable[[str], None]) -> Outside:
    """Those of this machine.

    Args:
        osc52: asks the terminal to take a text into its clipboard.
    """
    return Outside(surroundings(osc52), desktop())
