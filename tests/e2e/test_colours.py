"""Colours on terminals with few of them: severe findings stand out there too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.conftest import CHECKOUT, DOCUMENTED
from tests.e2e.terminal import Terminal, terminal

BLACK, GREEN, NAVY, PURPLE, CYAN, GREY = "black", "green", "blue", "magenta", "cyan", "white"
RED, YELLOW, DARK, WHITE = "brightred", "brightbrown", "brightblack", "brightwhite"
"""The emulator's names; its brown is the yellow of most terminals."""

ENTER, TAB = "\r", "\t"


def environment_of(term: str, **more: str) -> dict[str, str]:
    return {"TERM": term, "COLORTERM": "", **more}


@contextmanager
def demo(term: str, **more: str) -> Iterator[Terminal]:
    """The demo on a terminal of some type."""
    with terminal("--demo", size=(100, 30), environment=environment_of(term, **more)) as screen:
        screen.shows("120 of 120 events", "q quit")
        yield screen


def stands_out(screen: Terminal, text: str, colour: str, background: str = BLACK) -> None:
    """Wait until a text is there in these colours."""
    screen.until(lambda: screen.colours_of(text) == (colour, background))


@pytest.mark.parametrize("term", ["xterm", "screen", "vt100", "linux"])
def test_with_sixteen_colours_types_and_severity_keep_their_hues(term: str) -> None:
    with demo(term) as screen:
        stands_out(screen, "LOCATION 24", CYAN)
        stands_out(screen, "CLICK 75", GREEN)
        stands_out(screen, "INPUT 21", YELLOW)
        stands_out(screen, "W", RED)  # on the strip
        screen.type("j")
        stands_out(screen, "LCP 1.1s good", GREEN)
        stands_out(screen, "15s · 4 events", GREY)
        screen.type("&is:severe" + ENTER + "j")
        stands_out(screen, "LCP 5.2s poor", RED)
        stands_out(screen, "rage ×6", RED)
        stands_out(screen, "Pay 1 849", WHITE)


def test_with_sixteen_colours_the_cursor_and_what_is_found_can_be_read() -> None:
    with demo("xterm") as screen:
        for text in ("▸", "→ LOCATION / ", "LCP 1.1s good"):
            stands_out(screen, text, WHITE, NAVY)
        screen.type(TAB)
        stands_out(screen, "▸", WHITE, DARK)
        screen.type("/pay" + ENTER)
        stands_out(screen, "payment", WHITE, PURPLE)


def test_with_sixteen_colours_a_box_leaves_the_rows_beside_it_readable() -> None:
    with demo("xterm") as screen:
        screen.type("y")
        stands_out(screen, "╭─ Copy", CYAN)
        stands_out(screen, "● CLICK", GREEN)


def test_with_sixteen_colours_a_comparison_can_be_read() -> None:
    arguments = (str(CHECKOUT), "--with", str(DOCUMENTED))
    with terminal(*arguments, environment=environment_of("xterm")) as screen:
        stands_out(screen, "▸", WHITE, NAVY)
        stands_out(screen, "● Accept all", RED)


def test_with_sixteen_colours_and_no_color_all_is_grey() -> None:
    with demo("xterm", NO_COLOR="1") as screen:
        stands_out(screen, "▸", GREY, DARK)
        codes = b";".join(re.findall(rb"\x1b\[([\d;]+)m", screen.raw))
        # Bold, underlined and reverse, then greys before and background.
        assert set(codes.split(b";")) <= set(b"0 1 4 7 37 90 97 40 100".split())


def test_with_more_colours_the_theme_has_its_own() -> None:
    with demo("xterm-256color") as screen:
        stands_out(screen, "LOCATION 24", "afd7ff", "000000")
        stands_out(screen, "CLICK 75", "afd7af", "000000")


def test_another_theme_colours_the_rows_too() -> None:
    with demo("xterm-256color") as screen:
        stands_out(screen, "Accept all cookies", "d7d7d7", "000000")
        screen.type("\x10Theme")
        screen.shows("Change the colours")
        screen.type(ENTER)
        screen.shows("Search for themes", "nord")
        screen.type("textual-light")
        screen.until(lambda: "nord" not in screen.text)
        screen.type(ENTER)
        stands_out(screen, "Accept all cookies", "1c1c1c", "dadada")
