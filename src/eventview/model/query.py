"""What a user looks for: small immutable values that match events and say themselves in words.

May import `eventview.model` only.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from eventview.model.events import PERFORMANCE
from eventview.model.session import Session
from eventview.model.text import clean

_TERM = re.compile(r'"([^"]*)"?|(\S+)')


@dataclass(frozen=True)
class Query:
    """Words that must all occur in an event, in any of its text fields and in any order.

    Case counts only if the query has a capital (smart case, as in vim and ripgrep).
    """

    text: str = ""
    """As typed, cleaned."""
    terms: tuple[str, ...] = ()
    """Words and "quoted phrases", without their quotes."""
    is_case_sensitive: bool = False
    """Whether a capital makes case count."""

    @classmethod
    def parse(cls, text: str) -> Query:
        """Read a query as typed. Any text is one; a quote left open ends with the text."""
        cleaned = clean(text).strip()
        terms = tuple(
            term
            for match in _TERM.finditer(cleaned)
            if (term := match[2] if match[1] is None else match[1])
        )
        # As typed, because the stand-in of an invisible character has a capital of its own.
        return cls(cleaned, terms, any(character.isupper() for character in text))

    def __bool__(self) -> bool:
        return bool(self.terms)

    def matching(self, session: Session, candidates: Sequence[int]) -> Sequence[int]:
        """Those of `candidates` (indexes of events) that hold every term; all without terms."""
        if not self.terms:
            # Before the texts are touched: gathering those of a large session takes a moment.
            return candidates
        texts = session.texts if self.is_case_sensitive else session.folded_texts
        terms = self.terms if self.is_case_sensitive else tuple(t.lower() for t in self.terms)
        found = candidates
        for term in terms:
            found = [index for index in found if term in texts[index]]
        return found

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        if not self.terms:
            return None
        # Longest first, so that of two terms starting alike the longer is marked whole.
        words = "|".join(re.escape(term) for term in sorted(self.terms, key=len, reverse=True))
        return re.compile(words, re.NOFLAG if self.is_case_sensitive else re.IGNORECASE)

    def spans(self, shown: str) -> Sequence[tuple[int, int]]:
        """Where the terms stand in a text that is shown, as (start, end) in characters."""
        return [match.span() for match in self._pattern.finditer(shown)] if self._pattern else ()


NO_QUERY = Query()


@dataclass(frozen=True, slots=True)
class TypeChoice:
    """Which types of event are shown. Case never counts: `--type click` means CLICK."""

    listed: frozenset[str] = frozenset()
    """In lower case."""
    only: bool = False
    """True shows just the listed types, False all but them."""

    def shows(self, event_type: str) -> bool:
        """Whether events of a type are shown."""
        return (event_type.lower() in self.listed) is self.only

    def toggled(self, event_type: str) -> TypeChoice:
        """The choice with one type changed over."""
        return TypeChoice(self.listed ^ {event_type.lower()}, self.only)

    def __bool__(self) -> bool:
        return self.only or bool(self.listed)


ALL_TYPES = TypeChoice()

STARTING_TYPES = TypeChoice(frozenset({PERFORMANCE.lower()}))
"""What is shown until the user chooses: samples of the page's speed, one in two minutes, would
drown what happened."""
