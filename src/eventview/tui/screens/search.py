"""Looking for something in a session: the prompts in which a find, a filter, a place is typed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from textual.events import DescendantFocus

from eventview.analysis.analysis import Analysis
from eventview.query.query import ALL_TYPES, NO_QUERY, STARTING_TYPES, Query
from eventview.query.terms import QueryError
from eventview.render import rows
from eventview.tui.screens.view import ViewScreen
from eventview.tui.system.threads import begin
from eventview.view.filters import with_filter, without_find
from eventview.view.options import ViewOptions

if TYPE_CHECKING:
    from eventview.session.position import Position
    from eventview.tui.system.threads import ViewChange
    from eventview.tui.widgets.prompt import Prompt

_FIND: Final = "/"
_FILTER: Final = "&"
_PLACE: Final = ":"

_NOT_WRAPPED: Final[tuple[int | None, Query, str]] = (None, NO_QUERY, "")
"""Where a find went on from the other end, what it was for, and the words for that."""


class SearchScreen(ViewScreen):
    """Shows a view of a session and lets the user type what to look for."""

    def __init__(self, analysis: Analysis, options: ViewOptions) -> None:
        super().__init__(analysis, options)
        self._before_prompt = NO_QUERY
        self._wrapped = _NOT_WRAPPED
        self._way_back: tuple[ViewChange, ViewOptions] | None = None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool:
        """While there is a prompt, its keys are letters to be typed."""
        if self.has_class("-prompting") and action != "quit":
            return False
        return super().check_action(action, parameters)

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """While there is a prompt, it keeps the keys, whatever is clicked."""
        if not self.has_class("-prompting"):
            return
        from eventview.tui.widgets.prompt import Prompt

        for prompt in self.query(Prompt):
            if event.widget is not prompt.field:
                self.set_focus(prompt.field)

    async def action_find(self) -> None:
        """Open the find prompt."""
        await self._prompt(_FIND, self._options.find.text)

    async def action_filter(self) -> None:
        """Open the filter prompt."""
        await self._prompt(_FILTER, self._options.filter.text)

    async def action_go_to(self) -> None:
        """Open the prompt for a place."""
        await self._prompt(_PLACE, "")

    async def _prompt(self, sign: str, text: str) -> None:
        # Here, because Textual's input field is among its costlier imports.
        from eventview.tui.widgets.prompt import Prompt

        if self.query(Prompt) or not self._view.session.events:
            return
        self._before_prompt = self._options.find if sign == _FIND else self._options.filter
        self.add_class("-prompting")
        self.app.clear_notifications()
        prompt = Prompt(sign, text, self._view.analysis)
        await self.mount(prompt, after=self.status_bar)
        # At once, unlike `focus()`: the next key may be waiting already.
        self.set_focus(prompt.field)
        prompt.say(self._count(sign))

    def _count(self, sign: str) -> str:
        if self._turning.is_for_user and sign != _PLACE:
            return "finding …"
        if sign == _FIND:
            return rows.hits(self._view) if self._options.find else ""
        if sign == _FILTER:
            return rows.counts(self._view) if self._options.filter else ""
        from eventview.session.position import FORMS

        return " or ".join(FORMS)

    def on_prompt_changed(self, message: Prompt.Changed) -> None:
        """Find or filter by what has been typed so far."""
        from eventview.tui.widgets.prompt import Prompt

        for prompt in self.query(Prompt):
            self._try(message.sign, message.text, prompt)

    def _try(self, sign: str, text: str, prompt: Prompt) -> None:
        if sign == _PLACE:
            prompt.say(self._count(sign))
            return
        try:
            query = Query.parse(text)
        except QueryError as error:
            # What was understood last stays: the rest of it may be still to be typed.
            prompt.complain(error)
            return
        self._look_for(sign, query)
        if sign == _FIND:
            self._turning.once_done(self._peek_at_hit)
        prompt.say(self._count(sign))

    def _peek_at_hit(self) -> None:
        """Show the first hit from where the find began, where the cursor stays until Enter."""
        self.timeline.peek(None)
        index = self.timeline.index
        if index is not None:
            self.timeline.peek(self._view.hit_after(index - 1))

    def _prepare_search(self) -> None:
        """Gather the texts to search in now, so that the first key need not wait for them."""
        session = self._view.session
        begin(lambda: session.folded_texts)

    def _turned(self) -> None:
        super()._turned()
        self._say_count()

    def _say_count(self) -> None:
        """Say beside the prompt how many there are by now."""
        if not self.has_class("-prompting"):
            return
        from eventview.tui.widgets.prompt import Prompt

        for prompt in self.query(Prompt):
            if not prompt.is_complaining:
                prompt.say(self._count(prompt.sign))

    async def on_prompt_closed(self, message: Prompt.Closed) -> None:
        """Keep what was typed and go to the first hit, or take it back."""
        if message.text is not None and not self._accept(message.sign, message.text):
            return
        await self.query("Prompt").remove()
        self.remove_class("-prompting")
        self.set_focus(self.timeline)
        self.timeline.peek(None)
        if message.text is None:
            # Only what was typed: the rest may have changed meanwhile.
            self._look_for(message.sign, self._before_prompt)
            return
        turn, options, before = self._turning.turn, self._view.options, self._before_prompt
        if turn is not None and message.sign in (_FIND, _FILTER):
            is_find = message.sign == _FIND
            back = replace(options, find=before) if is_find else with_filter(options, before)
            self._way_back = (turn, back)
        if message.sign == _FIND and self._options.find:
            self._turning.once_done(self._go_to_first_hit)
        elif message.sign == _FILTER:
            self._turning.once_done(self._settle_on_match)

    def _go_to_first_hit(self) -> None:
        if self.timeline.index is not None:
            self._go_to_hit(self.timeline.index - 1, 1)

    def _settle_on_match(self) -> None:
        if self.timeline.is_untouched or self.timeline.number_of_rows == 1:
            # The filter has led here, where the cursor stays once it goes; from several matches it
            # goes back to where the user had put it, unless he moved or read one of them.
            self.timeline.settle()

    def _accept(self, sign: str, text: str) -> bool:
        """Do what was typed; False leaves the prompt open, with what is wrong with it."""
        from eventview.session.position import Position, PositionError
        from eventview.tui.widgets.prompt import Prompt

        prompt = self.query_one(Prompt)
        try:
            if sign != _PLACE:
                query = Query.parse(text)
                self._look_for(sign, query)
                if said := query.remark(self._view.session):
                    self.notify(said)
            elif text.strip():
                self._go_to_spot(Position.parse(text))
        except QueryError as error:
            prompt.complain(error)
            return False
        except PositionError as error:
            prompt.complain(str(error))
            return False
        return True

    def _look_for(self, sign: str, query: Query) -> None:
        if sign == _FIND and query != self._options.find:
            self._look_through(replace(self._options, find=query))
        elif sign == _FILTER and query != self._options.filter:
            self._look_through(with_filter(self._options, query))

    def _go_to_spot(self, position: Position) -> None:
        session, zero = self._view.session, self._clock.zero
        if self._clock.zone is None:
            position = position.locally()
        is_from_zero = self._clock.is_from_zero and zero is not None
        zero_ms = session.events[zero].time_ms if is_from_zero and zero is not None else None
        here = self.timeline.index
        # A time of day may be several moments; the nearest to what is seen is meant.
        near_ms = None if here is None else session.events[here].time_ms
        index = position.index(session, self._clock.zone, zero_ms, near_ms)
        if index is not None and position.number is None:
            index = self._view.shown_by(index)
        said = position.remark(session, self._clock.zone, zero_ms, near_ms, index=index)
        if index is not None:
            said = said or self._view.hidden(index)
        if said:
            self.notify(said)
        if index is not None:
            self._go_to(index)

    def action_next_hit(self) -> None:
        """To the next hit."""
        index = self._here()
        if index is not None:
            self._go_to_hit(index, 1)

    def action_previous_hit(self) -> None:
        """To the previous hit."""
        index = self._here()
        if index is not None:
            self._go_to_hit(index, -1)

    def _go_to_hit(self, start: int, step: int) -> None:
        """To the next hit behind a place, or before it for -1; in a circle."""
        view = self._view
        hit = view.hit_after(start) if step > 0 else view.hit_before(start)
        if hit is not None:
            self._go_to(hit)
            if (hit - start) * step <= 0:
                end = "top" if step > 0 else "bottom"
                self._wrapped = (self.timeline.index, self._options.find, f"wrapped to the {end}")
        elif not self._options.find:
            self.notify("Nothing to find yet: / starts a find.")
        self._show_current()

    def _find_words(self, index: int | None) -> str:
        """Where the find went on, as long as the cursor stays there."""
        where, find, words = self._wrapped
        if (where, find) == (index, self._options.find):
            return words
        self._wrapped = _NOT_WRAPPED
        return ""

    def _give_up_looking(self) -> bool:
        """Stop what the user is waiting for; False when there is no such thing."""
        turn = self._turning.turn
        if turn is None or not turn.is_for_user:
            return False
        self._turning.drop()
        if self._way_back is not None and self._way_back[0] is turn:
            # What was shown while it was typed is not what it was typed in.
            self._look_through(self._way_back[1])
        self._turned()
        return True

    def _step_back(self) -> bool:
        """Take back the last thing that was looked for; False when there is none."""
        options = self._options
        if options.find:
            self._look_through(without_find(options))
        elif options.filter:
            self._look_through(with_filter(options, NO_QUERY))
        elif options.window:
            self._look_through(replace(options, window=None))
        elif self._has_chosen_types():
            starting = replace(options, types=STARTING_TYPES)
            is_empty = not self._view.through(starting).rows
            self._look_through(replace(options, types=ALL_TYPES) if is_empty else starting)
        else:
            return False
        return True
