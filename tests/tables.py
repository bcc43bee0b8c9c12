"""Tables of cases: all rows as one test, and a few rows in place of a whole product."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from itertools import combinations, product
from typing import Any, Final

import pytest

Test = Callable[..., None]

NAMED: Final = type(pytest.param())
"""Type of a row that has a name; pytest has no public one."""


def each_row(names: str | Sequence[str], rows: Iterable[Any]) -> Callable[[Test], Test]:
    """Run a test for each row, as subtests of one test, which share its fixtures.

    It takes the arguments of `pytest.mark.parametrize`, which makes a test of each row.
    """
    columns = (names,) if isinstance(names, str) else tuple(names)
    table = [
        row.values if isinstance(row, NAMED) else (row,) if isinstance(names, str) else row
        for row in rows
    ]

    def decorate(test: Test) -> Test:
        @wraps(test)
        def run(subtests: pytest.Subtests, **fixtures: Any) -> None:
            for values in table:
                row = dict(zip(columns, values, strict=True))
                with subtests.test(**row):
                    test(**row, **fixtures)

        asked = inspect.signature(test).parameters.values()
        kept = [each for each in asked if each.name not in columns]
        own = inspect.Parameter("subtests", inspect.Parameter.POSITIONAL_OR_KEYWORD)
        run.__signature__ = inspect.Signature([*kept, own])  # type: ignore[attr-defined]  # pytest reads it
        return run

    return decorate


def pairs(*axes: Iterable[Any]) -> list[tuple[Any, ...]]:
    """Return rows in which each two values of different axes meet at least once.

    A mistake nearly always lies in one value or in two together, so that these rows find what the
    whole product would.
    """
    rows = list(product(*([*enumerate(axis)] for axis in axes)))
    met = [
        frozenset(combinations(((axis, place) for axis, (place, _) in enumerate(row)), 2))
        for row in rows
    ]
    unmet = set().union(*met)
    found = []
    while unmet:
        best = max(range(len(rows)), key=lambda number: len(met[number] & unmet))
        unmet -= met[best]
        found.append(tuple(value for _, value in rows[best]))
    return found
