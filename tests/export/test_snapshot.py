"""Export snapshots: focus, flat rows, replay and redaction."""

from __future__ import annotations

import pytest

from eventview.analysis.analysis import Analysis
from eventview.errors import NotFoundError
from eventview.export.snapshot import ExportSnapshot
from eventview.query.query import Query
from eventview.session.events import Event
from eventview.session.position import Position
from eventview.session.session import Session
from eventview.session.source import Replay
from eventview.view.view import View
from eventview.view.view_options import RowWindow, ViewOptions
from tests.conftest import session_of

REPLAY = Replay("https://or.example/12/session/42")


def test_it_is_about_the_cursor_then_a_moment_then_a_hit_then_the_gravest(
    checkout: Session,
) -> None:
    moment = ViewOptions(window=RowWindow(Position.parse("#50")), find=Query.parse("wishlist"))
    find = ViewOptions(find=Query.parse("wishlist"))
    quiet = ViewOptions(filter=Query.parse("type:location -is:slow"))
    assert ExportSnapshot(View(Analysis(checkout), moment), cursor=3).focus() == 3
    assert ExportSnapshot(View(Analysis(checkout), moment)).focus() == 49
    assert ExportSnapshot(View(Analysis(checkout), find)).focus() == 12
    assert ExportSnapshot(View(Analysis(checkout))).focus() == 59, "the longest rage"
    assert ExportSnapshot(View(Analysis(checkout), quiet)).focus() is None


def test_flat_there_is_a_row_for_each_event_that_is_counted(checkout: Session) -> None:
    options = ViewOptions(folded=frozenset({0, 22}), are_runs_rolled=True)
    view = View(Analysis(checkout), options)
    assert len(view.rows) < len(view.shown) == 180
    assert list(ExportSnapshot(view).flat().view.rows) == list(range(180))


def test_a_link_is_asked_for_only_where_it_is_wanted_and_never_of_what_is_redacted(
    checkout: Session,
) -> None:
    def ask() -> Replay:
        raise AssertionError("it was asked for")

    snapshot = ExportSnapshot(View(Analysis(checkout)), command=("eventview", "acme", "42"))
    assert snapshot.prepare_export(is_redacted=False, ask=None) == snapshot
    redacted = snapshot.prepare_export(is_redacted=True, ask=ask)
    assert (redacted.replay, redacted.command) == (None, ())
    assert redacted.redaction
    assert snapshot.prepare_export(is_redacted=False, ask=lambda: REPLAY).replay == REPLAY


def test_why_there_is_no_link_is_kept(checkout: Session) -> None:
    failure = NotFoundError("The server does not tell.")

    def ask() -> Replay:
        raise failure

    snapshot = ExportSnapshot(View(Analysis(checkout))).prepare_export(is_redacted=False, ask=ask)
    assert (snapshot.replay, snapshot.replay_failure) == (None, failure)
    assert snapshot.replay_at(3) == ""


@pytest.mark.parametrize("start_ms", [None, 1_731_502_799_000, 1_000])
def test_a_link_counts_from_the_sessions_start(checkout: Session, start_ms: int | None) -> None:
    snapshot = ExportSnapshot(View(Analysis(checkout)), replay=Replay(REPLAY.url, start_ms))
    # A start that is years off is none: the first event's time is nearer.
    before_ms = 1_600 if start_ms == 1_731_502_799_000 else 0
    assert snapshot.replay_at(0) == f"{REPLAY.url}?jumpto={before_ms}"
    assert snapshot.replay_at(30) == f"{REPLAY.url}?jumpto={190_671 + before_ms}"
    assert snapshot.replay_at(None) == REPLAY.url


def test_the_replay_of_a_stray_begins_at_its_beginning() -> None:
    now = 1_762_772_400_000
    session = session_of([Event("X", ms, {}) for ms in (0, now, now + 1_000, now + 2_000)])
    snapshot = ExportSnapshot(View(Analysis(session)), replay=REPLAY)
    assert snapshot.replay_at(0) == REPLAY.url
    assert snapshot.replay_at(2) == f"{REPLAY.url}?jumpto=1000"
