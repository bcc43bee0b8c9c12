"""Trust in the signals: precision and recall over crafted sessions.

`python -m tests.analysis.test_signal_table` prints both, by kind,
and what is missed or found wrongly.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from eventview.analysis.analysis import Analysis
from eventview.analysis.signal_kinds import ERROR_CLICK, REPEAT, SIGNAL_KINDS
from tests.analysis.signal_cases import CASES, Case, session_of_case
from tests.tables import each_row

FLOOR = 0.9


class CaseResult(NamedTuple):
    """A case in one format: numbers of right, wrong and missed signals of each kind."""

    case: Case
    wire: str
    right: Counter[str]
    wrong: Counter[str]
    missed: Counter[str]


@cache
def find_results() -> tuple[CaseResult, ...]:
    return tuple(_find_result(case, wire) for case in CASES for wire in case.formats)


def _find_result(case: Case, wire: str) -> CaseResult:
    signals = Analysis(session_of_case(case, wire)).signals
    found = Counter({k.key: n for k, n in signals.counts.items() if k is not REPEAT})
    expected = Counter(case.expected)
    return CaseResult(case, wire, found & expected, found - expected, expected - found)


def share(part: int, rest: int) -> float:
    """Return the share of one number in both; 1 if both are 0."""
    return part / (part + rest) if part + rest else 1.0


def figures(kind: str | None = None) -> tuple[float, float]:
    """Return precision and recall, of one kind or of all."""

    def total(counters: Iterator[Counter[str]]) -> int:
        return sum(n for c in counters for k, n in c.items() if kind in (None, k))

    right = total(o.right for o in find_results())
    return (
        share(right, total(o.wrong for o in find_results())),
        share(right, total(o.missed for o in find_results())),
    )


def table() -> Iterator[str]:
    """Return the figures as lines, with every miss and false alarm."""
    kinds = [k.key for k in SIGNAL_KINDS if any(k.key in o.case.expected for o in find_results())]
    yield f"{len(CASES)} sessions, {len(find_results())} with their formats"
    for kind in (None, *kinds):
        precision, recall = figures(kind)
        fired = sum(n for o in find_results() for k, n in o.right.items() if kind in (None, k))
        yield f"{kind or 'all':12} precision {precision:.2f}  recall {recall:.2f}  right {fired}"
    for found in find_results():
        for words, kinds_ in (("missed", found.missed), ("wrongly found", found.wrong)):
            if kinds_:
                yield f"{words}: {', '.join(kinds_)} in “{found.case.name}” ({found.wire})"


def test_signals_are_right_and_complete_enough_to_be_trusted() -> None:
    for line in table():
        print(line)
    assert len(CASES) >= 60
    precision, recall = figures()
    assert precision >= FLOOR
    assert recall >= FLOOR


@each_row("kind", [k.key for k in SIGNAL_KINDS if k is not REPEAT])
def test_no_kind_is_a_guess(kind: str) -> None:
    precision, recall = figures(kind)
    assert precision >= 0.8
    # Signals that whole seconds cannot show are missed on purpose.
    assert recall >= (0.6 if kind == ERROR_CLICK.key else 0.8)


def test_every_case_has_a_name_of_its_own_and_a_reason() -> None:
    assert len({case.name for case in CASES}) == len(CASES)
    assert all(case.reason and case.formats for case in CASES)


if __name__ == "__main__":
    print("\n".join(table()))
