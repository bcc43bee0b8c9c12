"""Text pasted into a prompt, and text that looks otherwise on the screen than it was sent."""

import json
from pathlib import Path

import pytest
from textual.events import Paste

from eventview.query.query import Query
from eventview.session.session import Session
from eventview.view.view_options import ViewOptions
from eventview.wire.v1 import read_answer
from tests.conftest import session_of
from tests.tui.stage import WIDE, Given, Stage, nowhere, staged

CASES = Path(__file__).parents[1] / "cases"


def case(name: str) -> Session:
    return session_of(read_answer(json.loads((CASES / name).read_text("utf-8"))["data"]).events)


async def paste(stage: Stage, text: str) -> None:
    stage.app.post_message(Paste(text))
    await stage.pilot.pause()


@pytest.mark.parametrize("sign", ["slash", "ampersand"])
async def test_all_lines_that_are_pasted_are_looked_for(sign: str) -> None:
    pasted = (CASES / "q06-paste.txt").read_text("utf-8")
    async with staged(Given.session(case("q01-unicode-labels.json"))) as stage:
        await stage.press(sign)
        await paste(stage, pasted)
        await stage.until(lambda: "Zur Kasse Pay now" in stage.text)
        assert "0" in stage.text.split("Zur Kasse Pay now")[1].split("\n")[0]


async def test_a_pasted_phrase_replaces_what_is_selected_and_finds_its_label() -> None:
    async with staged(Given.session(case("q01-unicode-labels.json"))) as stage:
        await stage.press("ampersand", *"label:x", "shift+left")
        await paste(stage, '"Pay\r\n\tnow"\r\n')
        await stage.press("enter")
        await stage.until(lambda: stage.number_of_rows == 1)
        assert "Pay␊now" in stage.cursor


async def test_a_pasted_moment_may_end_its_line() -> None:
    async with staged(Given.session(case("q01-unicode-labels.json"))) as stage:
        await stage.press("colon")
        await paste(stage, "#14\r\n")
        await stage.press("enter")
        await stage.until(lambda: "Pay␊now" in stage.cursor)


async def test_a_pasted_file_name_may_end_its_line(tmp_path: Path) -> None:
    async with staged(
        Given.session(case("q01-unicode-labels.json")), outside=nowhere(tmp_path)
    ) as stage:
        await stage.press("ctrl+s", "ctrl+u")
        await paste(stage, f"{tmp_path}/view.csv\n")
        await stage.press("enter")
        await stage.until((tmp_path / "view.csv").exists)


async def test_a_path_is_shown_decoded_and_a_find_marks_its_letters() -> None:
    session = case("m10-pct-lower.json")
    options = ViewOptions(find=Query.parse("größe"))
    async with staged(Given.session(session), options=options, size=(200, 40)) as stage:
        await stage.until(lambda: "/kategorie/größe/42" in stage.cursor)
        line = stage.screen.timeline.render_line(0)
        style = {s.text: s.style for s in line if s.style}.get("größe")
        assert style is not None
        assert style != next(s.style for s in line if "/kategorie/" in s.text)
        path = next(row for row in stage.lines if "path" in row)
        assert "/kategorie/größe/42" in path


HOSTILE = "/a%E2%80%AEb%1B%5B31m%0Ac%E2%80%8Bd%C2%ADe%F3%A0%81%81f"


async def test_hostile_characters_of_a_path_stay_encoded_on_the_screen() -> None:
    events = read_answer([{
        "type": "LOCATION", "timestamp": 1, "host": "shop.example", "path": HOSTILE, "url": HOSTILE,
    }]).events  # fmt: skip
    async with staged(Given.session(session_of(events)), size=(200, 40)) as stage:
        await stage.until(lambda: "/a%E2%80%AEb%1B[31m%0Ac%E2%80%8Bd%C2%ADe" in stage.cursor)
        assert not {"\u202e", "\x1b", "\u200b", "\u00ad", "\U000e0041"} & set(stage.text)


async def test_what_shapes_a_glyph_is_escaped_in_the_event_as_sent() -> None:
    label = "👍🏿 a\ufe0f b\U000e0100\U000e0101 c\U000e0041 ❤\ufe0f"
    events = read_answer([{"type": "CLICK", "timestamp": 1, "label": label}]).events
    async with staged(Given.session(session_of(events)), size=WIDE) as stage:
        await stage.until(lambda: r"\ud83c\udfff a\ufe0f" in stage.text)
        shaping = {"\ufe0f", "\U0001f3ff", "\U000e0100", "\U000e0101", "\U000e0041"}
        assert not shaping & set(stage.text)
