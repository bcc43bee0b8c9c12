"""Texts and regular expressions to look for, with a limit on the time of each search.

Expressions have the syntax of `re`, but run in `regex`: `re` cannot be interrupted, and some
expressions would take it forever.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cached_property
from time import perf_counter
from typing import Final, TypeVar

from msgspec import Struct

from eventview.progress import report_share
from eventview.session.folding import (
    Folded,
    fold,
    fold_case,
    fold_expression,
    fold_with_places,
)
from eventview.session.session import Session
from eventview.session.text import width

_MARKING_S: Final = 0.05
"""Seconds that an expression may take in all to highlight its matches."""

_MOST_LISTED: Final = 20
"""Events that are listed by number."""

_REGEX_ONLY_SYNTAX: Final = (
    r"(?s)\\N\{[^}]*\}|\\.|\(\?#[^)]*\)"
    r"|(?P<set>\[\^?\]?(?:\\.|[^\]\\])*\])"
    r"|(?P<brace>\{)(?![0-9]+(?:,[0-9]*)?\}|,[0-9]*\})"
)
"""Syntax that `regex` reads and `re` does not: `[:alpha:]` in a set, and `{e<=1}`, which allows
errors. Escapes and comments come first, because they contain neither."""

_ONCE: Final = r"(?:\\[wWdDsSbB\W]|\[\^?[^][\\]+\]|[^][\\(){}*+?])*"
_QUICK: Final = rf"(?=.{{,50}}\Z){_ONCE}(?:[*+]\??{_ONCE})?"
"""Expressions with one repetition at most: their time grows with the square of the length."""

_QUICK_LENGTH: Final = 500
"""Characters of a text in which such an expression takes some milliseconds at worst."""

_NEEDS_CASE: Final = r"\[|\\[0-9xu]|\(\?"
"""Ranges, letters by number, and flags: an expression with these may find other things in
lower-case text."""

_PLAIN: Final = r"(?!(?i:or|and|not)\Z)[^\W_][\w.-]*"
"""A word that needs no quotes in a query."""


_REPEATED: Final = r"(?s)\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|[()]|\{(?P<count>[0-9]+)(?:,[0-9]*)?\}|."
"""A character or a set, a bracket, or a repetition with the least number of times."""

_MOST_REPEATED: Final = 100_000
"""Characters in an expression with its repetitions written out, as `regex` compiles them: so many
take it 40 ms and 30 MB, a hundred times as many 8 s and 3 GB."""


_REPORT_S: Final = 0.02
"""Seconds of expressions after which the progress is reported within a part of a search."""

_Item = TypeVar("_Item")


class SlowTextError(Exception):
    """An expression takes too long in a text, so that its result is unknown."""


class SearchDroppedError(Exception):
    """The search was cancelled, because its result is not needed any more."""


class Search:
    """The time limit of one search, and the events left out because of it."""

    seconds = 10.0
    """Limit for all texts: thirty times the time of an ordinary expression in 100,000 events."""
    text_seconds = 0.1
    """Limit for one text, so that a few do not use up the time of all: a hundred times the time of
    an ordinary expression in 100 kB."""

    def __init__(self) -> None:
        self._spent_s = self._reported_s = 0.0
        self._slow: set[tuple[Expression, str]] = set()
        self._left_out: dict[int, str] = {}
        self._is_dropped = False
        self._part = 0.0, 1.0
        """The part under way, as shares of the search."""

    def drop(self) -> None:
        """Cancel the search as soon as it looks; any thread may call this."""
        self._is_dropped = True

    def check_dropped(self) -> None:
        """Raise a SearchDroppedError if the search was cancelled."""
        if self._is_dropped:
            raise SearchDroppedError

    def parts(self, items: Sequence[_Item], doing: str = "finding") -> Iterator[_Item]:
        """Yield items whose work is equal parts of the part under way, and report the progress.

        Raises:
            SearchDroppedError: the search was cancelled.
        """
        start, end = self._part
        step = (end - start) / max(1, len(items))
        for number, item in enumerate(items):
            self.check_dropped()
            self._part = start + number * step, start + (number + 1) * step
            self._report(doing)
            yield item
        self._part = start, end

    def _report(self, doing: str) -> None:
        # Slow texts use up the time, however few they are.
        report_share(doing, min(max(self._part[0], self._spent_s / self.seconds), 1))

    @contextmanager
    def as_current(self) -> Iterator[None]:
        """Make this the current search of the thread: expressions use its time."""
        token = _SEARCH.set(self)
        try:
            yield
        finally:
            _SEARCH.reset(token)

    def finds(self, expression: Expression, text: str) -> bool:
        """Return True if an expression matches anywhere in a text.

        Raises:
            SlowTextError: there is not enough time left for it.
            SearchDroppedError: the search was cancelled.
        """
        self.check_dropped()
        # A session repeats its texts, so a slow one would be slow again.
        if self._spent_s >= self.seconds or (self._slow and (expression, text) in self._slow):
            raise SlowTextError
        start = perf_counter()
        try:
            if expression.is_quick and len(text) <= _QUICK_LENGTH:
                # A timeout would make it six times as slow.
                return expression.pattern.search(text) is not None
            # `concurrent` releases the lock of the interpreter, so that the screen stays alive.
            timeout = min(self.seconds - self._spent_s, self.text_seconds)
            return expression.pattern.search(text, timeout=timeout, concurrent=True) is not None
        except (TimeoutError, MemoryError):
            self._slow.add((expression, text))
            raise SlowTextError from None
        finally:
            self._spent_s += perf_counter() - start
            if self._spent_s > self._reported_s + _REPORT_S:
                self._reported_s = self._spent_s
                self._report("finding")

    def leave_out(self, index: int, term: str) -> None:
        """Record an event for which the result of a term, as typed, is unknown."""
        self._left_out.setdefault(index, term)

    @property
    def left_out(self) -> Sequence[int]:
        """Indexes of the events left out, in order."""
        return sorted(self._left_out)

    def settle(self, found: Sequence[int]) -> None:
        """Remove events that another term has found from those left out."""
        if self._left_out:
            for index in found:
                self._left_out.pop(index, None)

    def remark(self, session: Session) -> str:
        """Return a sentence on the events that were left out and their terms; "" for none."""
        if not self._left_out:
            return ""
        terms = ", ".join(sorted(set(self._left_out.values())))
        numbers = [session.number(index) for index in self.left_out]
        listed = ", ".join(f"#{number}" for number in numbers[:_MOST_LISTED])
        if len(numbers) > _MOST_LISTED:
            listed += f" and {len(numbers) - _MOST_LISTED:,} more up to #{numbers[-1]}"
        texts, were = ("text", "was") if len(numbers) == 1 else ("texts", "were")
        is_over = self._spent_s >= self.seconds
        limit = f" (the limit is {self.seconds:g} s for all)" if is_over else ""
        counted = f"{len(numbers):,} {texts} took too long{limit} and {were} left out"
        return f"{terms}: {counted}: {listed}."


_SEARCH: Final = ContextVar[Search]("search")


def current_search() -> Search:
    """Return the current search of this thread, or a new one."""
    return _SEARCH.get(None) or Search()


class Expression:
    """A compiled regular expression.

    Args:
        source: in the syntax of `re`; `^` and `$` match at each line.
        flags: of `re`.

    Raises:
        re.error, OverflowError, RecursionError, ValueError: the source is invalid.
    """

    def __init__(self, source: str, flags: re.RegexFlag = re.NOFLAG) -> None:
        import regex  # noqa: PLC0415  # slow to import, and a search for words needs none

        with warnings.catch_warnings():
            # `re` warns of syntax that may change its meaning in a later Python.
            warnings.simplefilter("ignore")
            # The syntax and the error messages are those of `re`.
            re.compile(source, flags | re.MULTILINE)
            if _count_repeated(source) > _MOST_REPEATED:
                raise OverflowError
            case = regex.IGNORECASE if flags & re.IGNORECASE else 0
            try:
                self.pattern = regex.compile(
                    re.sub(_REGEX_ONLY_SYNTAX, _escape_for_regex, source),
                    case | regex.MULTILINE | regex.VERSION0,
                )
            except regex.error as error:
                raise ValueError(str(error)) from None
        self.is_quick = re.fullmatch(_QUICK, source) is not None
        self._marking_left_s = _MARKING_S

    def search(self, text: str) -> bool:
        """Return True if it matches anywhere in a text; raises as `Search.finds` does."""
        return current_search().finds(self, text)

    def spans(self, shown: str) -> Sequence[tuple[int, int]]:
        """Return its matches in a shown text as (start, end), as far as time allows."""
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


def _count_repeated(source: str) -> int:
    """Return the number of characters in a valid expression with its repetitions written out."""
    counts, last = [0], 0
    for found in re.finditer(_REPEATED, source):
        if found[0] == "(":
            counts.append(0)
            continue
        if found["count"]:
            counts[-1] -= last
            last *= max(1, int(found["count"]))
        else:
            # A comment may have a bracket that opens or closes nothing.
            last = counts.pop() if found[0] == ")" and len(counts) > 1 else 1
        counts[-1] += last
    return sum(counts)


def _escape_for_regex(found: re.Match[str]) -> str:
    if found["set"]:
        escaped = re.sub(r"(?s)(\\.)|\[", lambda part: part[1] or r"\[", found[0][1:])
        return found[0][0] + escaped
    return rf"\{found[0]}" if found["brace"] else found[0]


_PLACEHOLDER: Final = r"<U\+[0-9A-F]{4,6}>"

_NO_CAPITALS: Final = rf"{_PLACEHOLDER}|%[0-9A-F]{{2}}"

_NO_LETTERS: Final = (
    r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|N\{[^}]*\}|.)|\(\?P[<=][^>)]*[>)]"
)
"""Parts of an expression with letters that are not searched: escapes, names of groups."""


class Pattern(Struct, frozen=True, dict=True):
    """A word, a phrase or a regular expression to look for."""

    text: str
    """The text, cleaned, or the source of the expression."""
    is_regex: bool = False

    @cached_property
    def is_exact(self) -> bool:
        """True if case counts, because a capital was typed, as in vim and ripgrep.

        Capitals in the placeholder of an invisible character, in an escape of an expression and in
        percent-encoded bytes do not count.
        """
        text = re.sub(_NO_LETTERS, "", self.text) if self.is_regex else fold(self.text)
        return any(letter.isupper() for letter in re.sub(_NO_CAPITALS, "", text))

    @cached_property
    def is_unseen(self) -> bool:
        """True if it has only characters that folding removes, such as a soft hyphen."""
        return not fold(self.text).strip()

    @cached_property
    def needle(self) -> str:
        """The text to look for in folded texts, which have no case unless case counts."""
        if self.is_unseen:
            return self.text
        return fold(self.text) if self.is_exact else fold_case(fold(self.text))

    @cached_property
    def compiled(self) -> Expression:
        """The expression for texts that are not folded; `^` and `$` match at each field.

        Raises:
            re.error, OverflowError, RecursionError, ValueError: the source is invalid.
        """
        # The `+` in the placeholder of an invisible character is no repetition.
        source = re.sub(_PLACEHOLDER, lambda found: re.escape(found[0]), self.text)
        return Expression(source, re.NOFLAG if self.is_exact else re.IGNORECASE)

    @cached_property
    def compiled_lower(self) -> Expression | None:
        """The expression for lower-case text, which is two to four times as fast as ignoring case.

        None if it might find other things there.
        """
        if self.text != self.text.lower() or re.search(_NEEDS_CASE, self.text):
            return None
        return Expression(self.text)

    @cached_property
    def compiled_folded(self) -> Expression:
        """The expression for folded texts; `compiled` if folding would change its meaning."""
        source = fold_expression(self.text)
        if source == self.text:
            return self.compiled
        try:
            return Expression(source, re.NOFLAG if self.is_exact else re.IGNORECASE)
        except (re.error, OverflowError, RecursionError, ValueError):
            return self.compiled

    def is_in(self, text: str, seen: str | None = None) -> bool:
        """Return True if a text has it when folded, or if the expression matches the text as is.

        Args:
            text: the text to look in.
            seen: the same text folded, if known.
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
        """Return True if an expression may find more in the folded text than in the text."""
        return seen != text or self.compiled_folded is not self.compiled

    def spans(self, shown: str) -> Iterator[tuple[int, int]]:
        """Yield its places in a shown text, as (start, end) in characters."""
        if self.is_regex:
            yield from self.compiled.spans(shown)
            folded = fold_with_places(shown, is_exact=True)
            if self._differs(shown, folded.text):
                yield from (folded.span(*span) for span in self.compiled_folded.spans(folded.text))
            return
        folded = fold_with_places(shown, is_exact=self.is_exact)
        if self.is_unseen:
            folded = Folded(shown, range(len(shown) + 1))
        for match in re.finditer(re.escape(self.needle), folded.text):
            if match[0]:
                yield folded.span(*match.span())

    def to_query(self) -> str:
        """Return the pattern as typed in a query."""
        if self.is_regex:
            return f"/{self.text}/"
        if re.fullmatch(_PLAIN, self.text):
            return self.text
        return '"' + self.text.replace("\\", "\\\\").replace('"', '\\"') + '"'

    def words(self) -> str:
        """Return the pattern in words, as in a sentence."""
        return f"/{self.text}/" if self.is_regex else f"“{self.text}”"


NO_PATTERN: Final = Pattern("")


class QueryError(ValueError):
    """A mistake in the text of a query.

    Args:
        message: the mistake and the right way to write it, in a sentence or two.
        start: first character of the mistake, within the text.
        end: character after the mistake, within the text.
        text: the query, cleaned.
    """

    def __init__(self, message: str, start: int, end: int, text: str) -> None:
        super().__init__(message)
        self.message, self.text = message, text
        self.start, self.end = start, end

    def pointing(self) -> str:
        """Return the text, and below it a line of carets under the mistake."""
        before, length = width(self.text[: self.start]), width(self.text[self.start : self.end])
        return f"{self.text}\n{' ' * before}{'^' * max(1, length)}"
