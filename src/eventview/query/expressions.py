"""Regular expressions that users type: read as `re` reads them, and bounded in time.

`re` cannot be interrupted, and some expressions take it longer than anybody lives.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from time import perf_counter
from typing import TYPE_CHECKING, ClassVar, Final

if TYPE_CHECKING:
    from eventview.session.session import Session

_MARKING_S: Final = 0.05
"""Seconds that an expression may take in all for painting where it matches."""

_MOST_NAMED: Final = 20
"""Events that are named one by one."""

_OTHERWISE_READ: Final = re.compile(
    r"\\N\{[^}]*\}|\\.|\(\?#[^)]*\)"
    r"|(?P<set>\[\^?\]?(?:\\.|[^\]\\])*\])"
    r"|(?P<brace>\{)(?![0-9]+(?:,[0-9]*)?\}|,[0-9]*\})",
    re.DOTALL,
)
"""What `regex` reads otherwise than `re`: `[:alpha:]` in a set, and `{e<=1}`, which allows errors.
What is escaped or a remark comes first, as it is neither."""


_ONCE: Final = r"(?:\\[wWdDsSbB\W]|\[\^?[^][\\]+\]|[^][\\(){}*+?])*"
_QUICK: Final = re.compile(rf"(?=.{{,50}}\Z){_ONCE}(?:[*+]\??{_ONCE})?")
"""Expressions with one repetition at most, which take the square of a text's length."""

_QUICK_LENGTH: Final = 500
"""Characters of a text in which such an expression takes some milliseconds at worst."""


class SlowTextError(Exception):
    """Nothing is known of a text: an expression takes too long in it."""


class SearchDroppedError(Exception):
    """Nobody waits for the search any more."""


class Search:
    """The time that the expressions of one search may take, and the events left out for it.

    Args:
        seconds: for all texts together; None for `seconds` of the class.
        text_seconds: for one text, so that a few do not use up the time of all; likewise.
    """

    seconds: ClassVar[float] = 10.0
    """Thirty times what an ordinary expression takes in 100,000 events."""
    text_seconds: ClassVar[float] = 0.1
    """A hundred times what one takes in a hundred kilobytes, and few enough to go unnoticed."""

    def __init__(self, seconds: float | None = None, text_seconds: float | None = None) -> None:
        self._seconds = self.seconds if seconds is None else seconds
        self._text_seconds = self.text_seconds if text_seconds is None else text_seconds
        self._left_s = self._seconds
        self._slow: set[tuple[Expression, str]] = set()
        self._left_out: dict[int, str] = {}
        self._is_dropped = False

    def drop(self) -> None:
        """End the search at its next text; for any thread."""
        self._is_dropped = True

    @contextmanager
    def under_way(self) -> Iterator[None]:
        """Make this the search whose time expressions take in this thread."""
        token = _SEARCH.set(self)
        try:
            yield
        finally:
            _SEARCH.reset(token)

    def finds(self, expression: Expression, text: str) -> bool:
        """Return True if an expression matches anywhere in a text.

        Raises:
            SlowTextError: that takes longer than there is time for.
            SearchDroppedError: the search was dropped.
        """
        if self._is_dropped:
            raise SearchDroppedError
        # A session repeats its texts.
        if self._left_s <= 0 or (self._slow and (expression, text) in self._slow):
            raise SlowTextError
        start = perf_counter()
        try:
            if expression.is_quick and len(text) <= _QUICK_LENGTH:
                # To look at a clock would take six times as long.
                return expression.pattern.search(text) is not None
            # Other threads go on meanwhile, that of the screen among them.
            timeout = min(self._left_s, self._text_seconds)
            return expression.pattern.search(text, timeout=timeout, concurrent=True) is not None
        except (TimeoutError, MemoryError):
            self._slow.add((expression, text))
            raise SlowTextError from None
        finally:
            self._left_s -= perf_counter() - start

    def leave_out(self, index: int, term: str) -> None:
        """Note an event of which a term, as typed, cannot be told."""
        self._left_out.setdefault(index, term)

    @property
    def left_out(self) -> Sequence[int]:
        """Indexes of the events left out, in order."""
        return sorted(self._left_out)

    def settle(self, found: Sequence[int]) -> None:
        """Take back that events were left out which another term has found nevertheless."""
        if self._left_out:
            for index in found:
                self._left_out.pop(index, None)

    def remark(self, session: Session) -> str:
        """Name the events that were left out and what for, in a sentence; "" for none."""
        if not self._left_out:
            return ""
        terms = ", ".join(sorted(set(self._left_out.values())))
        numbers = [session.number(index) for index in self.left_out]
        named = ", ".join(f"#{number}" for number in numbers[:_MOST_NAMED])
        if len(numbers) > _MOST_NAMED:
            named += f" and {len(numbers) - _MOST_NAMED:,} more up to #{numbers[-1]}"
        texts, were = ("text", "was") if len(numbers) == 1 else ("texts", "were")
        limit = f" (the limit is {self._seconds:g} s for all)" if self._left_s <= 0 else ""
        counted = f"{len(numbers):,} {texts} took too long{limit} and {were} left out"
        return f"{terms}: {counted}: {named}."


_SEARCH: Final = ContextVar[Search]("search")


def current_search() -> Search:
    """Return the search under way in this thread; outside of any, a new one."""
    return _SEARCH.get(None) or Search()


class Expression:
    """A regular expression, compiled.

    Args:
        source: as `re` reads it; `^` and `$` are the ends of each line.
        flags: of `re`.

    Raises:
        re.error, OverflowError, RecursionError, ValueError: the source is none.
    """

    def __init__(self, source: str, flags: re.RegexFlag = re.NOFLAG) -> None:
        # Here, as most searches are for words.
        import regex

        self.flags = flags
        with warnings.catch_warnings():
            # What may change its meaning one day has one today.
            warnings.simplefilter("ignore")
            # For what it refuses, and for its words for that.
            re.compile(source, flags | re.MULTILINE)
            case = regex.IGNORECASE if flags & re.IGNORECASE else 0
            try:
                self.pattern = regex.compile(
                    _OTHERWISE_READ.sub(_as_re_reads, source),
                    case | regex.MULTILINE | regex.VERSION0,
                )
            except regex.error as error:
                raise ValueError(str(error)) from None
        self.is_quick = _QUICK.fullmatch(source) is not None
        self._marking_left_s = _MARKING_S

    def search(self, text: str) -> bool:
        """Return True if it matches anywhere in a text; see `Search.finds`."""
        return current_search().finds(self, text)

    def spans(self, shown: str) -> Sequence[tuple[int, int]]:
        """Return where it matches in a text that is shown; as far as there is time for that."""
        if self._marking_left_s <= 0:
            return ()
        found: list[tuple[int, int]] = []
        start = perf_counter()
        try:
            matches = self.pattern.finditer(shown, timeout=self._marking_left_s)
            found.extend(match.span() for match in matches if match[0])
        except (TimeoutError, MemoryError):
            self._marking_left_s -= perf_counter() - start
        return found


def _as_re_reads(found: re.Match[str]) -> str:
    if found["set"]:
        return found[0][0] + re.sub(r"(\\.)|\[", _escaped, found[0][1:], flags=re.DOTALL)
    return rf"\{found[0]}" if found["brace"] else found[0]


def _escaped(found: re.Match[str]) -> str:
    return found[1] or rf"\{found[0]}"
