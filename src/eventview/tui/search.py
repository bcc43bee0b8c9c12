"""Purposes of the prompt: a find, a filter or a position, and what each does with the text."""

from __future__ import annotations

from msgspec.structs import replace

from eventview.query.query import Query
from eventview.render import rows
from eventview.session.position import FORMS, Position, PositionError
from eventview.tui.state import SessionState


class PromptError(Exception):
    """Complaint about a typed text, which keeps the prompt open."""


class PromptPurpose:
    """Purpose of a prompt.

    Args:
        sign: sign before the text.
        text: initial text.
    """

    def __init__(self, sign: str, text: str = "") -> None:
        self.sign, self.text = sign, text

    def describe(self, state: SessionState) -> str:
        """Return the text behind the prompt."""
        raise NotImplementedError

    def preview(self, state: SessionState, text: str) -> SessionState:  # noqa: ARG002  # for subclasses
        """Return the state while the text is typed.

        Raises:
            QueryError: the text is not a query.
        """
        return state

    def accept(self, state: SessionState, text: str) -> SessionState:
        """Return the state when the text is accepted.

        Raises:
            QueryError: the text is not a query.
            PromptError: the text cannot be used.
        """
        raise NotImplementedError

    def cancel(self, state: SessionState) -> SessionState:
        """Return the state when the prompt is cancelled."""
        return state


class QueryPurpose(PromptPurpose):
    """A find (`/`), which marks events as it is typed, or a filter (`&`), which hides them."""

    def __init__(self, sign: str, state: SessionState) -> None:
        self._is_find = sign == "/"
        self._before = state.options.find if self._is_find else state.options.filter
        super().__init__(sign, self._before.text)

    def describe(self, state: SessionState) -> str:
        """Return the number of hits or of shown events."""
        if state.search_progress:
            return f"{state.search_progress} …"
        # Until a search has ended, or takes long, the prompt shows the counts of the one before.
        if self._is_find:
            return rows.describe_hits(state.view) if state.view.options.find else ""
        return rows.describe_counts(state.view) if state.view.options.filter else ""

    def preview(self, state: SessionState, text: str) -> SessionState:
        """Search for what has been typed so far, and show the first hit of a find."""
        state = state.search(self.sign, Query.parse(text))
        return state.after_change(SessionState.peek) if self._is_find else state

    def accept(self, state: SessionState, text: str) -> SessionState:
        """Search for the text and go to the first hit of a find."""
        query, before = Query.parse(text), self._before
        state = state.change(peeked=None).search(self.sign, query)
        if state.is_searching:
            # Typing has changed the view already.
            shown = state.view.options
            back = replace(shown, find=before) if self._is_find else shown.with_filter(before)
            state = replace(state, fallback=back)
        state = replace(state, message=query.remark(state.session))
        if not self._is_find:
            return state.after_change(_settle_on_match)
        return state.after_change(_go_to_first_hit) if query else state

    def cancel(self, state: SessionState) -> SessionState:
        """Search again for what was searched before; other options may have changed and stay."""
        return state.change(peeked=None).search(self.sign, self._before)


def _go_to_first_hit(state: SessionState) -> SessionState:
    return state if state.index is None else state.walk_hits(1, from_here=True)


def _settle_on_match(state: SessionState) -> SessionState:
    # A single match keeps the cursor once the filter goes; from several, it returns to where it
    # was, unless the user moved it or read one of them.
    return state.settle() if state.is_at_start or len(state.view.rows) == 1 else state


class PositionPurpose(PromptPurpose):
    """A position to go to."""

    def describe(self, state: SessionState) -> str:  # noqa: ARG002  # the same in any state
        """Return the forms of a position."""
        return " or ".join(FORMS)

    def accept(self, state: SessionState, text: str) -> SessionState:
        """Go to the position."""
        try:
            return state.go_to_position(Position.parse(text)) if text.strip() else state
        except PositionError as error:
            raise PromptError(str(error)) from error
