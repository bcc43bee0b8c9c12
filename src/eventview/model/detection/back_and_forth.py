"""Going to another page and straight back again.

May import `eventview.model`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from eventview.model.detection.certainty import is_whole, slack_ms
from eventview.model.signals import Kind, Signal

if TYPE_CHECKING:
    from eventview.model.session import Session, Visit


def back_and_forth(session: Session) -> Iterator[Signal]:
    """A → B → A and on, each stay elsewhere short."""
    visits = session.visits
    turns: list[int] = []
    for first, (here, there) in enumerate(pairwise(visits)):
        back = visits[first + 2] if first + 2 < len(visits) else None
        if back is not None and _is_turn(session, here, there, back):
            turns.append(first)
        elif turns:
            yield _turned(session, turns)
            turns = []
    if turns:
        yield _turned(session, turns)


def _is_turn(session: Session, here: Visit, there: Visit, back: Visit) -> bool:
    home = session.address(here.start)
    if home != session.address(back.start) or home == session.address(there.start):
        return False
    stay, away = (
        session.between_ms(first.start, second.start)
        for first, second in ((here, there), (there, back))
    )
    if away is None or away > session.rules.back_and_forth_ms - slack_ms(session):
        return False
    # Which of two pages of one second came first is not known, and who is back at once has been
    # sent there and back.
    is_in_order = away >= _REDIRECT_MS and (session.resolution_ms == 1 or bool(stay))
    return is_in_order and is_whole(session, here.start, back.start)


_REDIRECT_MS: Final = 1_000
"""A stay shorter than this is no person's; our own choice."""


def _turned(session: Session, turns: Sequence[int]) -> Signal:
    opened = [visit.start for visit in session.visits[turns[0] : turns[-1] + 3]]
    return Signal(
        Kind.BACK_AND_FORTH, opened[0], tuple(opened), session.between_ms(opened[1], opened[-1])
    )
