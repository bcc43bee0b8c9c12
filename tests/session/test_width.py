"""Text in terminal cells: columns stay columns whatever is in them."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from eventview.session.text import clean
from eventview.session.width import clip, fit, fit_right, width, wrap

LABELS = st.text(
    st.characters()
    | st.sampled_from("abc  \t/?&日本ー한👍🏽❤\ufe0f🇫🇷\u0301\u0323\u200dक्षی\u200c\u00a0")
).map(clean)
WORDS = st.lists(st.sampled_from(["a", "ab", "abcd", "日", "/p?q&", " ", "  ", "   "])).map("".join)


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("", 0),
        ("abc", 3),
        ("日本語", 6),
        ("e\u0301", 1),
        ("🔍", 2),
        ("Straße – 9,90 €", 15),
        ("␛", 1),
    ],
)
def test_width_counts_cells_and_not_characters(text: str, cells: int) -> None:
    assert width(text) == cells


@pytest.mark.parametrize(
    ("text", "cells", "shown"),
    [
        ("Add to cart", 12, "Add to cart"), ("Add to cart", 11, "Add to cart"),
        ("Add to cart", 10, "Add to ca…"), ("Add to cart", 8, "Add to…"), ("Add to cart", 1, "…"),
        ("Add to cart", 0, ""), ("Add to cart", -3, ""), ("", 5, ""),
        ("日本語", 6, "日本語"), ("日本語", 5, "日本…"), ("日本語", 4, "日…"), ("日本語", 2, "…"),
    ],
)  # fmt: skip
def test_clipped_text_ends_in_an_ellipsis_where_it_was_cut(
    text: str, cells: int, shown: str
) -> None:
    assert clip(text, cells) == shown


def test_fitted_text_is_padded_on_its_loose_side() -> None:
    assert fit("日本", 6) == "日本  "
    assert fit_right("310ms", 7) == "  310ms"


@settings(max_examples=300)
@given(LABELS, st.integers(0, 200))
@example("日" * 300, 199)
@example("e" + "\u0301" * 50, 3)
def test_fitted_text_takes_its_cells_and_keeps_what_fits(text: str, cells: int) -> None:
    clipped = clip(text, cells)
    assert width(clipped) <= cells
    assert width(fit(text, cells)) == width(fit_right(text, cells)) == cells
    if width(text) <= cells and len(text) <= 2 * cells:
        assert clipped == text
    elif cells and clipped != text:
        assert clipped.endswith("…")
        assert text.startswith(clipped[:-1])


@pytest.mark.parametrize("label", ["x" * 10_000, "a" + "\u0301" * 10_000, "日" * 10_000])
def test_a_hostile_label_costs_no_more_to_paint_than_another(label: str) -> None:
    assert len(clip(label, 40)) <= 40 * 10
    assert width(fit(label, 40)) == 40


@pytest.mark.parametrize(
    ("text", "cells", "lines"),
    [
        ("", 10, [""]),
        ("Continue to payment", 11, ["Continue to", "payment"]),
        ("Continue to payment", 10, ["Continue", "to payment"]),
        ("/p/boots?size=42&color=red", 10, ["/p/boots?", "size=42&", "color=red"]),
        ("abcdefghij", 4, ["abcd", "efgh", "ij"]),
        ("日本語", 5, ["日本", "語"]),
        ("abcd  e", 5, ["abcd", "e"]),  # two spaces of which only one would fit
    ],
)
def test_lines_break_at_spaces_or_within_addresses(text: str, cells: int, lines: list[str]) -> None:
    assert wrap(text, cells) == lines


def word_ends(text: str) -> set[int]:
    """After how many characters that are no space a word ends."""
    ends, seen = set(), 0
    for word in text.split():
        seen += len(word)
        ends.add(seen)
    return ends


@settings(max_examples=300)
@given(LABELS | WORDS, st.integers(2, 12))
def test_wrapping_loses_nothing_and_joins_no_words(text: str, cells: int) -> None:
    lines = wrap(text, cells)
    assert all(width(line) <= cells for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert word_ends(text) <= word_ends("\n".join(lines))
