"""Filter chips and their words, and the options without each."""

from eventview.query.query import ALL_TYPES, STARTING_TYPES, Query, TypeChoice
from eventview.session.position import Position
from eventview.session.session import Session
from eventview.view.view_options import (
    RowWindow,
    ViewOptions,
    describe_options,
    make_filter_chips,
)
from tests.tables import each_row


@each_row(
    ("options", "parts"),
    [
        (ViewOptions(), []),
        (ViewOptions(TypeChoice(frozenset({"input", "click"}), only=True)), ["only click, input"]),
        (ViewOptions(TypeChoice(frozenset({"click"}))), ["without click"]),
        (ViewOptions(TypeChoice(only=True)), ["only nothing"]),
        (ViewOptions(STARTING_TYPES), []),
        (
            ViewOptions(window=RowWindow(Position.parse("+1:00"), 10)),
            ["10 before and all after +1:00"],
        ),
        (
            ViewOptions(find=Query.parse("x"), window=RowWindow(None, 1, 2)),
            ["1 before and 2 after each hit"],
        ),
        (ViewOptions(find=Query.parse("x"), window=RowWindow(None, 0, 0)), ["only hits"]),
        (ViewOptions(filter=Query.parse("x OR y")), ["filter: “x” or “y” in any text"]),
        (
            ViewOptions(filter=Query.parse("x | y is:gap")),
            ["“x” in any text or (“y” in any text and is silence)"],
        ),
        (
            ViewOptions(filter=Query.parse("(x OR y) is:gap")),
            ["(“x” or “y” in any text) and is silence"],
        ),
        (ViewOptions(filter=Query.parse("x"), context=(3, 1)), ["3 before and 1 after each"]),
        (ViewOptions(filter=Query.parse("x"), context=(2, 2)), ["2 around each"]),
    ],
)
def test_the_options_of_a_view_have_words(
    checkout: Session, options: ViewOptions, parts: list[str]
) -> None:
    words = describe_options(options, checkout)
    assert all(part in words for part in parts)
    assert bool(words) == bool(parts)


def test_filter_and_find_have_words_of_their_own(checkout: Session) -> None:
    options = ViewOptions(ALL_TYPES, Query.parse("is:slow"), Query.parse('"c d"'))
    words = describe_options(options, checkout)
    assert words.index("filter: ") < words.index("find: ")
    assert "c d" in words[words.index("find: ") :]


def test_every_piece_can_be_taken_away_by_itself() -> None:
    options = ViewOptions(filter=Query.parse("type:click -pay is:rage"), context=(2, 2))
    chips = make_filter_chips(options)
    assert len(chips) == 4
    assert chips[1].without.filter == Query.parse("type:click is:rage")
    assert chips[3].without == ViewOptions(filter=options.filter)
    while chips := make_filter_chips(options):
        options = chips[0].without
    assert options.filter == Query.parse("")
