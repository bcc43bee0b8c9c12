"""Search in a session: the prompts for a find, a filter and a position, and steps to hits."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from textual.events import DescendantFocus

from eventview.analysis.analysis import Analysis
from eventview.query.query import ALL_TYPES, NO_QUERY, STARTING_TYPES, Query
from eventview.query.regular_expressions import QueryError
from eventview.render import rows
from eventview.session.position import FORMS, Position, PositionError
from eventview.tui.screens.view import ViewScreen
from eventview.tui.system.threads import start_in_thread
from eventview.view.view_options import ViewOptions

if TYPE_CHECKING:
    from eventview.tui.system.threads import ViewChange
    from eventview.tui.widgets.prompt import Prompt

_FIND: Final = "/"
_FILTER: Final = "&"
_POSITION: Final = ":"


class SearchScreen(ViewScreen):
    """A view of a session with prompts for a find, a filter and a position."""

    def __init__(self, analysis: Analysis, options: ViewOptions) -> None:
        super().__init__(analysis, options)
        self._prompt: Prompt | None = None
        """The open prompt."""
        self._query_before_prompt = NO_QUERY
        self._wrapped: tuple[int | None, Query] = (None, NO_QUERY)
        """Event that a find wrapped to, and the find."""
        self._undo: tuple[ViewChange, ViewOptions] | None = None
        """The last change by a prompt that was closed early, and the options to go back to."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool:
        """Disable everything but quitting while a prompt takes the keys."""
        if self.has_class("-prompting") and action != "quit":
            return False
        return super().check_action(action, parameters)

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """Return the focus to an open prompt, whatever is clicked."""
        if self._prompt is not None and event.widget is not self._prompt.field:
            self.set_focus(self._prompt.field)

    async def action_find(self) -> None:
        """Open the find prompt."""
        await self._open_prompt(_FIND, self._options.find.text)

    async def action_filter(self) -> None:
        """Open the filter prompt."""
        await self._open_prompt(_FILTER, self._options.filter.text)

    async def action_go_to(self) -> None:
        """Open the prompt for a position."""
        await self._open_prompt(_POSITION, "")

    async def _open_prompt(self, sign: str, text: str) -> None:
        if self._prompt is not None or not self._view.session.events:
            return
        # This import would delay every start.
        from eventview.tui.widgets.prompt import Prompt

        self._query_before_prompt = self._options.find if sign == _FIND else self._options.filter
        self.add_class("-prompting")
        self.app.clear_notifications()
        prompt = self._prompt = Prompt(sign, text, self._view.analysis)
        await self.mount(prompt, after=self.status_bar)
        # `focus()` would take effect later, and the next key may be waiting already.
        self.set_focus(prompt.field)
        prompt.show_count(self._describe_prompt(sign))

    def _describe_prompt(self, sign: str) -> str:
        """Return the text behind a prompt: counts, or the forms of a position."""
        if self._changer.is_for_user and sign != _POSITION:
            return "finding …"
        if sign == _FIND:
            return rows.describe_hits(self._view) if self._options.find else ""
        if sign == _FILTER:
            return rows.describe_counts(self._view) if self._options.filter else ""
        return " or ".join(FORMS)

    def on_prompt_changed(self, message: Prompt.Changed) -> None:
        """Find or filter by what has been typed so far."""
        if self._prompt is not None:
            self._preview(self._prompt, message.text)

    def _preview(self, prompt: Prompt, text: str) -> None:
        if prompt.sign == _POSITION:
            prompt.show_count(self._describe_prompt(prompt.sign))
            return
        try:
            query = Query.parse(text)
        except QueryError as error:
            # The last valid query stays, because this one may be half typed.
            prompt.show_error(error)
            return
        self._search(prompt.sign, query)
        if prompt.sign == _FIND:
            self._changer.call_after_change(self._peek_at_hit)
        prompt.show_count(self._describe_prompt(prompt.sign))

    def _peek_at_hit(self) -> None:
        """Show the first hit from the cursor on, which stays where it is until Enter."""
        self.timeline.peek(None)
        index = self.timeline.index
        if index is not None:
            self.timeline.peek(self._view.find_hit(index - 1, 1))

    def _prepare_search(self) -> None:
        """Prepare the texts to search now, so that the first key of a find is fast."""
        session = self._view.session
        start_in_thread(lambda: session.folded_texts)

    def _view_changed(self) -> None:
        super()._view_changed()
        self._update_prompt()

    def _update_prompt(self) -> None:
        """Update the text behind an open prompt."""
        prompt = self._prompt
        if prompt is not None and not prompt.has_error:
            prompt.show_count(self._describe_prompt(prompt.sign))

    async def on_prompt_closed(self, message: Prompt.Closed) -> None:
        """Apply what was typed and go to the first hit, or undo it."""
        prompt = self._prompt
        if prompt is None or (message.text is not None and not self._accept(prompt, message.text)):
            return
        self._prompt = None
        await prompt.remove()
        self.remove_class("-prompting")
        self.set_focus(self.timeline)
        self.timeline.peek(None)
        if message.text is None:
            # Other options may have changed meanwhile and stay.
            self._search(prompt.sign, self._query_before_prompt)
            return
        change, options = self._changer.change, self._view.options
        before = self._query_before_prompt
        if change is not None and prompt.sign in (_FIND, _FILTER):
            is_find = prompt.sign == _FIND
            back = replace(options, find=before) if is_find else options.with_filter(before)
            self._undo = (change, back)
        if prompt.sign == _FIND and self._options.find:
            self._changer.call_after_change(self._go_to_first_hit)
        elif prompt.sign == _FILTER:
            self._changer.call_after_change(self._settle_on_match)

    def _go_to_first_hit(self) -> None:
        if self.timeline.index is not None:
            self._go_to_hit(self.timeline.index - 1, 1)

    def _settle_on_match(self) -> None:
        if self.timeline.is_at_start or self.timeline.number_of_rows == 1:
            # A single match keeps the cursor once the filter goes; from several, it returns to
            # where it was, unless the user moved it or read one of them.
            self.timeline.settle()

    def _accept(self, prompt: Prompt, text: str) -> bool:
        """Apply what was typed; return False to keep the prompt open with a complaint."""
        try:
            if prompt.sign != _POSITION:
                query = Query.parse(text)
                self._search(prompt.sign, query)
                if remark := query.remark(self._view.session):
                    self.notify(remark)
            elif text.strip():
                self._go_to_position(Position.parse(text))
        except QueryError as error:
            prompt.show_error(error)
            return False
        except PositionError as error:
            prompt.show_error(str(error))
            return False
        return True

    def _search(self, sign: str, query: Query) -> None:
        if sign == _FIND and query != self._options.find:
            self._set_options(replace(self._options, find=query))
        elif sign == _FILTER and query != self._options.filter:
            self._set_options(self._options.with_filter(query))

    def _go_to_position(self, position: Position) -> None:
        session, zero = self._view.session, self._clock.zero
        if self._clock.zone is None:
            position = position.in_local_zone()
        is_from_zero = self._clock.is_from_zero and zero is not None
        zero_ms = session.events[zero].time_ms if is_from_zero and zero is not None else None
        current = self.timeline.index
        # A session may pass a time of day twice: the one nearest to the cursor is meant.
        near_ms = None if current is None else session.events[current].time_ms
        index = position.index(session, self._clock.zone, zero_ms, near_ms)
        if index is not None and position.number is None:
            index = self._view.find_shown(index)
        remark = position.remark(session, self._clock.zone, zero_ms, near_ms, index=index)
        if index is not None:
            remark = remark or self._view.hidden(index)
        if remark:
            self.notify(remark)
        if index is not None:
            self._go_to(index)

    def action_walk_hits(self, step: int) -> None:
        """Go to the next hit, or to the previous for -1; wrap at the end."""
        index = self._require_event()
        if index is not None:
            self._go_to_hit(index, step)

    def _go_to_hit(self, start: int, step: int) -> None:
        """Go to the next hit after an event, or before it for -1; wrap at the end."""
        hit = self._view.find_hit(start, step)
        if hit is not None:
            self._go_to(hit)
            if (hit - start) * step <= 0:
                end = "top" if step > 0 else "bottom"
                self._wrapped = (self.timeline.index, self._options.find)
                self._wrap_text = f"wrapped to the {end}"
        elif not self._options.find:
            self.notify("Nothing to find yet: / starts a find.")
        self._show_current()

    def _show_current(self) -> None:
        if self._wrapped != (self.timeline.highlighted_index, self._options.find):
            # The text holds only while the cursor stays on the hit.
            self._wrap_text = ""
        super()._show_current()

    def _cancel_search(self) -> bool:
        """Stop the search that the user waits for; return False if there is none."""
        change = self._changer.change
        if change is None or not change.is_for_user:
            return False
        self._changer.drop()
        if self._undo is not None and self._undo[0] is change:
            # Typing has changed the view already.
            self._set_options(self._undo[1])
        self._view_changed()
        return True

    def _undo_search(self) -> bool:
        """Undo the find, else the filter, the window or the types; return False for none."""
        options = self._options
        if options.find:
            self._set_options(options.without_find())
        elif options.filter:
            self._set_options(options.with_filter(NO_QUERY))
        elif options.window:
            self._set_options(replace(options, window=None))
        elif options.types not in (STARTING_TYPES, ALL_TYPES):
            starting = replace(options, types=STARTING_TYPES)
            is_empty = not self._view.through(starting).rows
            self._set_options(replace(options, types=ALL_TYPES) if is_empty else starting)
        else:
            return False
        return True
