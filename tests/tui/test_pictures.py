"""Pictures of whole screens. They are the README's own, in `screenshots/`.

After a change that is meant, renew them:
`pytest tests/tui/test_pictures.py --no-cov --renew`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from eventview.model.session import Session
from eventview.model.source import Source
from eventview.sources.demo import Demo
from eventview.sources.openreplay.refusals import Answer, refusal
from tests.tui.stage import SMALL, WIDE, Given, staged

SCREENSHOTS = Path(__file__).parents[2] / "screenshots"


@pytest.fixture
def matches(request: pytest.FixtureRequest) -> Callable[[str, str], bool]:
    """Compares a picture with the one kept, or keeps it under `--renew`."""

    def compare(name: str, picture: str) -> bool:
        kept = SCREENSHOTS / f"{name}.svg"
        if request.config.getoption("--renew"):
            kept.write_text(picture, "utf-8")
        return kept.read_text("utf-8") == picture

    return compare


async def shoot(source: Source, size: tuple[int, int], *keys: str) -> str:
    """The screen after some keys, as SVG without the number that Textual draws by lot."""
    async with staged(source, size=size) as stage:
        await stage.press(*keys)
        svg = stage.app.export_screenshot(title="eventview")
    return re.sub(r"terminal-\d+-", "terminal-", svg)


def failed() -> Given:
    answer = Answer(401, "application/json", "", b'{"errors":["Invalid API Key"]}')
    given = Given([])
    return Given([refusal(answer, given.origin, "https://openreplay.example.com/api")])


@pytest.mark.parametrize(
    ("name", "size", "keys"),
    [
        ("wide-location", WIDE, "right_curly_bracket " * 18),
        ("wide-click", WIDE, "right_curly_bracket " * 17 + "j j j j j j j j j j j"),
        ("find", WIDE, "slash p a y enter n"),
        ("filter", WIDE, "ampersand c o u p o n enter"),
        ("80x24", SMALL, "j j j"),
        ("help", WIDE, "question_mark"),
    ],
)
async def test_the_demo_looks_as_in_the_readme(
    name: str, size: tuple[int, int], keys: str, matches: Callable[[str, str], bool]
) -> None:
    assert matches(name, await shoot(Demo(), size, *keys.split()))


async def test_a_refusal_looks_as_in_the_readme(matches: Callable[[str, str], bool]) -> None:
    assert matches("error", await shoot(failed(), SMALL))


async def test_the_recorded_checkout_looks_as_it_did(
    checkout: Session, matches: Callable[[str, str], bool]
) -> None:
    assert matches("checkout", await shoot(Given.session(checkout), WIDE, "j"))
