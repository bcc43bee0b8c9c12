"""What hides events, in words, and each piece taken away."""

import pytest

from eventview.analysis.analysis import Analysis
from eventview.query.query import ALL_TYPES, STARTING_TYPES, Query, TypeChoice
from eventview.session.position import Spot
from eventview.session.session import Session
from eventview.view.filters import described, filter_pieces
from eventview.view.options import Lens, Window
from eventview.view.view import View


@pytest.mark.parametrize(
    ("lens", "parts"),
    [
        (Lens(), []),
        (Lens(TypeChoice(frozenset({"input", "click"}), only=True)), ["only click, input"]),
        (Lens(TypeChoice(frozenset({"click"}))), ["without click"]),
        (Lens(TypeChoice(only=True)), ["only nothing"]),
        (Lens(STARTING_TYPES), []),
        (Lens(window=Window(Spot.parse("+1:00"), 10)), ["10 before and all after +1:00"]),
        (Lens(find=Query.parse("x"), window=Window(None, 1, 2)), ["1 before and 2 after each hit"]),
        (Lens(find=Query.parse("x"), window=Window(None, 0, 0)), ["only hits"]),
        (Lens(filter=Query.parse("x OR y")), ["filter: “x” or “y” in any text"]),
        (
            Lens(filter=Query.parse("x | y is:gap")),
            ["“x” in any text or (“y” in any text and is silence)"],
        ),
        (Lens(filter=Query.parse("(x OR y) is:gap")), ["(“x” or “y” in any text) and is silence"]),
        (Lens(filter=Query.parse("x")).reaching(3, 1), ["3 before and 1 after each"]),
        (Lens(filter=Query.parse("x")).reaching(2, 2), ["2 around each"]),
    ],
)
def test_a_view_says_what_its_lens_does_to_this_session(
    checkout: Session, lens: Lens, parts: list[str]
) -> None:
    words = described(View(Analysis(checkout), lens))
    assert all(part in words for part in parts)
    assert bool(words) == bool(parts)


def test_filter_and_find_are_told_apart(checkout: Session) -> None:
    lens = Lens(ALL_TYPES, Query.parse("is:slow"), Query.parse('"c d"'))
    words = described(View(Analysis(checkout), lens))
    assert words.index("filter: ") < words.index("find: ")
    assert "c d" in words[words.index("find: ") :]


def test_every_piece_can_be_taken_away_by_itself() -> None:
    lens = Lens(filter=Query.parse("type:click -pay is:rage"), context=2)
    pieces = filter_pieces(lens)
    assert len(pieces) == 4
    assert pieces[1].without.filter == Query.parse("type:click is:rage")
    assert pieces[3].without == Lens(filter=lens.filter)
    while pieces := filter_pieces(lens):
        lens = pieces[0].without
    assert lens.filter == Query.parse("")
