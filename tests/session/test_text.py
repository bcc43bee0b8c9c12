"""Cleaning, which lets through nothing that a terminal acts on, and widths in terminal cells."""

import json
import math
import sys
import threading
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from eventview.errors import InvalidDataError
from eventview.session.event_text import searchable_text
from eventview.session.text import (
    clean,
    clip,
    fit,
    fit_right,
    json_text,
    shorten,
    width,
    wrap,
    write_json,
)
from eventview.sources.json_reader import read_json
from eventview.wire.v1 import read_answer
from tests.tables import each_row

SHAPING = frozenset(
    map(chr, [*range(0xFE00, 0xFE10), *range(0x1F3FB, 0x1F400), *range(0xE0000, 0xE1000)])
)
"""Variation selectors, skin tones and tags."""

ACTING = frozenset({"Cc", "Cs", "Zl", "Zp", "Cf"})
"""Unicode's categories of characters that do something instead of being seen."""

ZWNJ, ZWJ = "\u200c", "\u200d"
NASTY = "\x00\x1b\x7f\x9b\n\u200b\u202e\u2028\ufeff\u2060\ud83d\ude00\U000e0041\ufe0f\U0001f3fd"
ANY_TEXT = st.text(st.characters() | st.sampled_from(NASTY + ZWNJ + ZWJ + "aक\u06cc👩💻日❤"))
"""Any code points, lone surrogates too, with the dangerous ones much more often than by chance."""


def acting(text: str) -> list[str]:
    return [f"U+{ord(c):04X}" for c in text if unicodedata.category(c) in ACTING]


@each_row(
    ("hostile", "shown"),
    [
        ("\x1b]52;c;ZXZpbA==\x07", "␛]52;c;ZXZpbA==␇"),
        ("a\nb\r\n\tc\x00\x7f\x85\x9b31m", "a␊b␍␊␉c␀␡<U+0085><U+009B>31m"),
        ("user\u202egpj.exe\u202c", "user<U+202E>gpj.exe<U+202C>"),
        ("\u2066x\u2069\u200e\u200f\u061c", "<U+2066>x<U+2069><U+200E><U+200F><U+061C>"),
        ("pay\u200bpal\u00ad\ufeff", "pay<U+200B>pal<U+00AD><U+FEFF>"),
        ("one\u2028two\u2029\ud800", "one<U+2028>two<U+2029><U+D800>"),
        ("a\U000e0061\u3164\u115f\uffa0\u034f", "a<U+E0061><U+3164><U+115F><U+FFA0><U+034F>"),
        ("[bold red]x[/]", "[bold red]x[/]"),
    ],
)
def test_a_character_that_acts_unseen_is_replaced_by_one_seen(hostile: str, shown: str) -> None:
    assert clean(hostile) == shown


def test_no_acting_character_of_unicode_gets_through_or_vanishes() -> None:
    every = (chr(code) for code in range(sys.maxunicode + 1))
    for character in (c for c in every if unicodedata.category(c) in ACTING):
        shown = clean(f"a{character}b")
        assert not acting(shown)
        assert len(shown) >= 3, f"U+{ord(character):04X} vanished"


@settings(max_examples=500)
@given(ANY_TEXT)
@example("☺\ufe0f\u200d\ufe0f☺")
@example("ک\u200c\u200cک")
def test_clean_text_holds_nothing_that_acts_and_stays_as_it_is(text: str) -> None:
    shown = clean(text)
    assert clean(shown) == shown
    for place, character in enumerate(shown):
        if character in {ZWNJ, ZWJ}:
            neighbours = shown[place - 1 : place] + shown[place + 1 : place + 2]
            assert len(neighbours) == 2
            assert all("\u0620" <= letter <= "\u18af" for letter in neighbours)
        else:
            assert unicodedata.category(character) not in ACTING


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E)))
def test_printable_ascii_comes_back_as_it_is(text: str) -> None:
    assert clean(text) == text


@each_row(
    "word",
    [
        "می\u200cخواهم",  # Persian, "I want"
        "नमस्\u200dते",  # Hindi with a joined half form
        "ක්\u200dරම",  # Sinhala
        "Z̸a̷l̵g̶o Café – “résumé” ö\u00a0レビューを見る（128件）🇫🇷",
    ],
)
def test_words_of_every_script_keep_their_spelling(word: str) -> None:
    assert clean(word) == word


@each_row(
    ("sent", "shown"),
    [
        ("❤\ufe0f", "❤"),
        ("1\ufe0f\u20e3", "1\u20e3"),
        ("👍\U0001f3fd", "👍"),
        ("👨\u200d👩\u200d👧\u200d👦 Family", "👨👩👧👦 Family"),
        ("🏃\U0001f3fc\u200d♀\ufe0f", "🏃♀"),
        ("\U0001f3fd", "\U0001f3fd"),  # a swatch by itself is all there is to see
        ("a\u200db\u200dक", "a<U+200D>b<U+200D>क"),
        ("ی\u200c", "ی<U+200C>"),
    ],
)
def test_what_only_picks_a_presentation_is_left_out(sent: str, shown: str) -> None:
    assert clean(sent) == shown


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | ANY_TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(ANY_TEXT, inner),
    max_leaves=20,
)  # fmt: skip


@given(JSON_VALUES, st.sampled_from([None, 0, 2]))
@example({"DEL": "\x7f"}, None)
@example({"\x1b": ["\u202e\x7f\x9f", "\ud800", "\U000e0041", 2**70, 1e-07, -0.0, "\\u202e"]}, 2)
def test_json_reads_back_as_what_was_written_and_is_harmless_to_show(
    value: object, indent: int | None
) -> None:
    text_of_json = json_text(value, indent=indent)
    # As ASCII JSON, which tells 1 from 1.0 and true, and to which a surrogate pair is one letter.
    assert json.dumps(json.loads(text_of_json)) == json.dumps(value)
    assert not acting(text_of_json if indent is None else text_of_json.replace("\n", ""))
    assert not SHAPING & set(text_of_json)


def test_json_keeps_letters_readable_and_indents_as_asked() -> None:
    assert json_text({"label": "Größe 日本 ❤"}) == '{"label":"Größe 日本 ❤"}'
    assert json_text({"a": ["\x9b"]}, indent=2) == '{\n  "a": [\n    "\\u009b"\n  ]\n}'


def test_numbers_without_a_json_value_are_written_as_words() -> None:
    value = {"a": [math.inf, -math.inf, math.nan, 1.5], "b\u202e": math.inf}
    for text_of_json in (json_text(value), write_json(value)):
        read = {"a": ["Infinity", "-Infinity", "NaN", 1.5], "b\u202e": "Infinity"}
        assert json.loads(text_of_json) == read


def test_whatever_nesting_can_be_read_can_be_searched_and_shown() -> None:
    def body(depth: int) -> bytes:
        return b'[{"type":"X","a":' + b"[" * depth + b'"needle"' + b"]" * depth + b"}]"

    deepest: list[object] = []

    def read() -> None:  # In a thread, where sources are read: with all of the stack to itself.
        for depth in range(100, 1500, 4):
            try:
                deepest[:] = [read_json(body(depth))]
            except InvalidDataError:
                break

    reading = threading.Thread(target=read)
    reading.start()
    reading.join()
    [event] = read_answer(deepest[0]).events
    assert "needle" in searchable_text(event)
    assert "needle" in json_text(event.raw)
    assert "needle" in json_text(event.raw, indent=2)


@each_row(
    ("text", "limit", "shown"),
    [
        ("abc", 3, "abc"),
        ("abcd", 3, "abcd"),
        ("x" * 81, 60, "x" * 81),
        ("x" * 84, 60, "x" * 60 + "… (24 more characters)"),
        ("x" * 2034, 800, "x" * 800 + "… (1,234 more characters)"),
    ],
)
def test_cut_text_says_how_much_was_left_out(text: str, limit: int, shown: str) -> None:
    assert shorten(text, limit) == shown


@given(st.text(max_size=120), st.integers(min_value=0, max_value=60))
def test_a_cut_hides_more_than_its_remark_takes(text: str, limit: int) -> None:
    shown = shorten(text, limit)
    assert shown == text or len(shown) < len(text)


@pytest.mark.slow
def test_the_fast_writer_overlooks_no_character_that_acts_without_being_seen() -> None:
    points = (chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code <= 0xDFFF)
    assert [c for c in points if write_json(c) != json_text(c)] == []


@pytest.mark.parametrize("write", [json_text, write_json])
def test_what_shapes_a_glyph_is_escaped_in_json_and_reads_back(
    write: Callable[[object], str],
) -> None:
    value = {"❤\ufe0f": ["👍\U0001f3ff", "a\U000e0100\U000e01ef", "\U0001f3fb", *sorted(SHAPING)]}
    text_of_json = write(value)
    assert not SHAPING & set(text_of_json)
    assert json.loads(text_of_json) == value
    assert r"\ud83c\udfff" in text_of_json


LABELS = st.text(
    st.characters()
    | st.sampled_from("abc  \t/?&日本ー한👍🏽❤\ufe0f🇫🇷\u0301\u0323\u200dक्षی\u200c\u00a0")
).map(clean)
WORDS = st.lists(st.sampled_from(["a", "ab", "abcd", "日", "/p?q&", " ", "  ", "   "])).map("".join)


@each_row(
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


@each_row(
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


@each_row(
    ("text", "cells", "lines"),
    [
        ("", 10, [""]),
        ("Continue to payment", 11, ["Continue to", "payment"]),
        ("Continue to payment", 10, ["Continue", "to payment"]),
        ("/p/boots?size=42&color=red", 10, ["/p/boots?", "size=42&", "color=red"]),
        ("abcdefghij", 4, ["abcd", "efgh", "ij"]),
        ("日本語", 5, ["日本", "語"]),
        ("abcd  e", 5, ["abcd", "e"]),  # two spaces of which only one would fit
        ("no room", 0, ["n", "o", "r", "o", "o", "m"]),
        ("no", -3, ["n", "o"]),
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
