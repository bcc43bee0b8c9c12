"""Regular expressions that users type: read as `re` reads them, and bounded in time.

`re` cannot be interrupted, and some expressions take it longer than anybody lives.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cached_property
from time import perf_counter
from typing import TYPE_CHECKING, ClassVar, Final

from eventview.session.folding import (
    Folded,
    fold,
    fold_case,
    fold_expression,
    folded_places,
)
from eventview.session.session import Session

if TYPE_CHECKING:
    pass


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


_PLAIN: Final = re.compile(r"(?!(?i:or|and|not)\Z)[^\W_][\w.-]*")
"""A word that nothing else can be meant by."""


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


_STAND_IN: Final = re.compile(r"<U\+[0-9A-F]{4,6}>")

_NO_CAPITALS: Final = re.compile(rf"{_STAND_IN.pattern}|%[0-9A-F]{{2}}")

_NO_LETTERS: Final = re.compile(
    r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|N\{[^}]*\}|.)|\(\?P[<=][^>)]*[>)]"
)
"""What has letters in an expression and looks for none of them: escapes, names of groups."""


@dataclass(frozen=True)
class Pattern:
    """A text to look for: a word, a phrase, or a regular expression."""

    text: str
    """Cleaned; for an expression its source."""
    is_regex: bool = False

    @cached_property
    def is_exact(self) -> bool:
        """Return whether case counts: only where a capital was typed, as in vim and ripgrep.

        The stand-in of an invisible character, what is escaped in an expression, and what stays
        percent-encoded are none.
        """
        text = _NO_LETTERS.sub("", self.text) if self.is_regex else fold(self.text)
        return any(letter.isupper() for letter in _NO_CAPITALS.sub("", text))

    @cached_property
    def is_unseen(self) -> bool:
        """Return whether it is nothing but what folding leaves out, such as a soft hyphen."""
        return not fold(self.text).strip()

    @cached_property
    def needle(self) -> str:
        """The text to look for with `in`, in a folded text, one without case unless case counts."""
        if self.is_unseen:
            return self.text
        return fold(self.text) if self.is_exact else fold_case(fold(self.text))

    @cached_property
    def compiled(self) -> Expression:
        """The expression, for texts as they are; `^` and `$` are the ends of each field.

        Raises:
            re.error, OverflowError, RecursionError, ValueError: the source is none.
        """
        # The stand-in of an invisible character is that and no expression.
        source = _STAND_IN.sub(lambda found: re.escape(found[0]), self.text)
        return Expression(source, re.NOFLAG if self.is_exact else re.IGNORECASE)

    @cached_property
    def compiled_folded(self) -> Expression:
        """The expression, for folded texts; the same where folding would change what it means."""
        source = fold_expression(self.text)
        if source == self.text:
            return self.compiled
        try:
            return Expression(source, re.NOFLAG if self.is_exact else re.IGNORECASE)
        except (re.error, OverflowError, RecursionError, ValueError):
            return self.compiled

    def is_in(self, text: str, seen: str | None = None) -> bool:
        """Return whether a text has it, folded; an expression may match the text as it is, too.

        Args:
            text: where to look.
            seen: the same text folded, where that is known.
        """
        seen = fold(text) if seen is None else seen
        if self.is_regex:
            return self.compiled.search(text) or (
                self._differs(text, seen) and self.compiled_folded.search(seen)
            )
        if self.is_unseen:
            return self.needle in text
        return self.needle in (seen if self.is_exact else fold_case(seen))

    def _differs(self, text: str, seen: str) -> bool:
        """Return True if an expression may find in a folded text what it does not in the text."""
        return seen != text or self.compiled_folded is not self.compiled

    def spans(self, shown: str) -> Iterator[tuple[int, int]]:
        """Yield where it stands in a text that is shown, as (start, end) in characters."""
        if self.is_regex:
            yield from self.compiled.spans(shown)
            folded = folded_places(shown, is_exact=True)
            if self._differs(shown, folded.text):
                yield from (folded.span(*span) for span in self.compiled_folded.spans(folded.text))
            return
        folded = folded_places(shown, is_exact=self.is_exact)
        if self.is_unseen:
            folded = Folded(shown, range(len(shown) + 1))
        for match in re.finditer(re.escape(self.needle), folded.text):
            if match[0]:
                yield folded.span(*match.span())

    def written(self) -> str:
        """Return it as typed in a query."""
        if self.is_regex:
            return f"/{self.text}/"
        if _PLAIN.fullmatch(self.text):
            return self.text
        return '"' + self.text.replace("\\", "\\\\").replace('"', '\\"') + '"'

    def words(self) -> str:
        """Return it as read in a sentence."""
        return f"/{self.text}/" if self.is_regex else f"“{self.text}”"


NO_PATTERN: Final = Pattern("")
