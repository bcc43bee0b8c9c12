"""Paging: nothing lost, nothing twice, whatever order a server puts equal times in."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventview.errors import InvalidDataError, UnavailableError
from eventview.session.source import Batch
from eventview.sources.openreplay import page_requests
from eventview.sources.openreplay.page_requests import PAGE_SIZE, PageRequest, TimeSpan
from eventview.sources.openreplay.paging import IN_FLIGHT, Pager
from eventview.wire.v2 import EventsPage
from tests.tables import each_row


def stored(seconds: Sequence[float]) -> list[dict[str, object]]:
    return [
        {
            "event_id": f"{number:08}",
            "$event_name": "CLICK",
            "created_at": round(second * 1000),
            "$auto_captured": True,
            "$properties": {"label": f"L{number}"},
        }
        for number, second in enumerate(seconds)
    ]


class Shop:
    """Answers as the server does: bounds rounded down, ties in another order each time."""

    def __init__(self, rows: Sequence[dict[str, object]], *, seed: int = 1) -> None:
        self.rows = list(rows)
        self.asked: list[PageRequest] = []
        self.fails_from: int | None = None
        self._chance = Random(seed)  # noqa: S311  # no secret
        self._lock = threading.Lock()

    def ask(self, ask: PageRequest) -> EventsPage:
        with self._lock:
            self.asked.append(ask)
            number = len(self.asked)
            rows = [
                row for row in self.rows
                if ask.start_ms // 1000 * 1000
                <= int(str(row["created_at"]))
                <= ask.end_ms // 1000 * 1000
            ]  # fmt: skip
            self._chance.shuffle(rows)
            by = "event_id" if ask.by_id else "created_at"
            rows.sort(key=lambda row: str(row[by]).zfill(20), reverse=ask.order == "desc")
        if self.fails_from is not None and number >= self.fails_from:
            raise UnavailableError("gone")
        start = (ask.page - 1) * ask.limit
        page = rows[start : start + ask.limit]
        return EventsPage(page, len(rows) if page else 0)


def ids(batches: Sequence[Batch]) -> list[str]:
    return [str(event.raw["event_id"]) for batch in batches for event in batch.events]  # type: ignore[index]  # rows are objects


SPAN = TimeSpan(0, 1_000_000)
NOW = 900_000


@given(
    st.lists(st.integers(0, 40), max_size=900)
    | st.lists(st.integers(0, 999_999), max_size=900)
    | st.lists(st.integers(0, 4_000).map(lambda ms: ms / 1000), max_size=900)
    | st.lists(st.sampled_from([5, 5.001, 5.5, 5.999, 6, 6.25, 7]), max_size=900),
    st.integers(0, 2**32),
)
def test_every_event_comes_once_however_ties_are_shuffled(seconds: list[float], seed: int) -> None:
    shop = Shop(stored(seconds), seed=seed)
    batches = list(Pager().first(shop.ask, SPAN))
    assert sorted(ids(batches)) == [str(row["event_id"]) for row in shop.rows]
    assert {batch.total for batch in batches} <= {len(seconds)}


@each_row("count", [0, 1, 199, 200, 201, 400, 401, 1240])
def test_a_second_that_holds_more_than_a_page_is_read_whole(count: int) -> None:
    shop = Shop(stored([5] * count))
    assert sorted(ids(list(Pager().first(shop.ask, SPAN)))) == [f"{n:08}" for n in range(count)]


@pytest.mark.slow
def test_a_short_session_takes_one_request_and_a_long_one_few_more_than_its_pages() -> None:
    shop = Shop(stored(range(200)))
    list(Pager().first(shop.ask, SPAN))
    assert len(shop.asked) == 1
    shop = Shop(stored([number // 3 for number in range(20_000)]))
    batches = list(Pager().first(shop.ask, SPAN))
    assert len(ids(batches)) == 20_000
    assert len(shop.asked) <= 110, "a tenth more than the pages would spoil what is won"


@pytest.mark.slow
def test_exactly_four_requests_are_in_flight() -> None:
    shop = Shop(stored([number // 3 for number in range(20_000)]))
    lock = threading.Lock()
    together = threading.Barrier(IN_FLIGHT)
    asked = busy = most_busy = 0

    def ask(ask: PageRequest) -> EventsPage:
        nonlocal asked, busy, most_busy
        with lock:
            asked += 1
            busy += 1
            most_busy = max(most_busy, busy)
            # The first page and the last come one by one.
            is_of_many = 2 < asked <= 2 + 10 * IN_FLIGHT
        if is_of_many:
            # Nobody is answered before four have asked.
            together.wait(timeout=30)
        with lock:
            busy -= 1
        return shop.ask(ask)

    assert len(ids(list(Pager().first(ask, SPAN)))) == 20_000
    assert most_busy == 4


@pytest.mark.slow
def test_the_server_need_not_wait_for_whoever_takes_the_rows() -> None:
    shop = Shop(stored([number // 3 for number in range(20_000)]))
    held = threading.Event()
    changed = threading.Condition()
    asked = 0

    def ask(ask: PageRequest) -> EventsPage:
        nonlocal asked
        with changed:
            asked += 1
            number = asked
            changed.notify_all()
        if number > 3:
            held.wait(60)
        return shop.ask(ask)

    coming = Pager().first(ask, SPAN)
    # The first page, the last, and one of the four asked for after them.
    taken = [next(coming) for _ in range(3)]
    with changed:
        assert changed.wait_for(lambda: asked == 2 + IN_FLIGHT + 1, timeout=30)
    held.set()
    assert len(ids([*taken, *coming])) == 20_000


def test_the_first_batch_is_the_start_of_the_session_and_starts_over() -> None:
    shop = Shop(stored(range(1000)))
    coming = Pager().first(shop.ask, SPAN)
    first = next(coming)
    assert len(shop.asked) == 1
    others = [*coming]
    assert ids([first]) == [f"{n:08}" for n in range(199)]
    assert first.starts_over
    assert not any(batch.starts_over for batch in others)


def test_what_a_failure_left_is_fetched_later_and_nothing_else() -> None:
    shop = Shop(stored(range(2000)))
    shop.fails_from = 5
    pager = Pager()
    got: list[Batch] = []

    def gather() -> None:
        # One by one, so that those before the failure are kept.
        for batch in pager.first(shop.ask, SPAN):
            got.append(batch)

    with pytest.raises(UnavailableError):
        gather()
    before = len(ids(got))
    assert 200 <= before < 2000
    shop.fails_from = None
    asked = len(shop.asked)
    got += pager.rest(shop.ask, NOW)
    assert sorted(ids(got)) == [f"{n:08}" for n in range(2000)]
    assert len(shop.asked) - asked <= (2000 - before) // 190 + 8
    assert got[-1].total == 2000


def test_new_events_come_once_and_raise_the_total() -> None:
    shop = Shop(stored([1, 2, 3]))
    pager = Pager()
    list(pager.first(shop.ask, SPAN))
    assert list(pager.rest(shop.ask, NOW)) == []
    shop.rows = stored([1, 2, 3, 3, 9])
    [batch] = pager.rest(shop.ask, NOW)
    assert ids([batch]) == ["00000003", "00000004"]
    assert batch.total == 5
    assert list(pager.rest(shop.ask, NOW)) == []


def test_rows_that_the_server_counts_but_cannot_give_are_a_shortfall_and_no_endless_search() -> (
    None
):
    def ask(ask: PageRequest) -> EventsPage:
        return EventsPage(stored([1, 2])[:2], 500)

    batches = list(Pager().first(ask, TimeSpan(0, 3)))
    assert sorted(ids(batches)) == ["00000000", "00000001"]
    assert batches[-1].total == 500


def test_a_row_stored_twice_counts_once() -> None:
    rows = stored([1, 2])
    shop = Shop([*rows, rows[0]])
    [batch] = Pager().first(shop.ask, SPAN)
    assert (len(batch.events), batch.total) == (2, 2)


@each_row("count", [200, 201, 300, 620, 900])
def test_events_that_share_an_id_and_a_second_all_come(count: int) -> None:
    rows = [row | {"event_id": "sdk"} for row in stored([5] * count)]
    shop = Shop([*stored([1, 2, 9]), *rows], seed=count)
    batches = list(Pager().first(shop.ask, SPAN))
    labels = [event.raw["$properties"]["label"] for batch in batches for event in batch.events]  # type: ignore[index]  # rows are objects
    assert len(labels) == count + 3
    assert batches[-1].total == count + 3


def test_what_never_comes_of_a_second_is_a_shortfall() -> None:
    shop = Shop(stored([5] * 900))

    def ask(ask: PageRequest) -> EventsPage:
        page = shop.ask(ask)
        return EventsPage([row for row in page.rows if int(str(row["event_id"])) % 9], page.total)  # type: ignore[index]  # rows are objects

    batches = list(Pager().first(ask, SPAN))
    assert (len(ids(batches)), batches[-1].total) == (800, 900)


def test_a_row_stored_twice_in_a_crowded_second_counts_once() -> None:
    rows = stored([5] * 500)
    shop = Shop([*rows, *rows[3:5]])
    batches = list(Pager().first(shop.ask, SPAN))
    assert (len(ids(batches)), batches[-1].total) == (500, 500)


@given(
    st.lists(st.integers(0, 9_000).map(lambda ms: ms / 1000), max_size=400)
    | st.lists(st.integers(0, 6), max_size=400),
    st.data(),
)
def test_rows_stored_twice_come_once_and_are_not_counted_as_missing(
    seconds: list[float], data: st.DataObject
) -> None:
    rows = stored(seconds)
    twice = data.draw(st.lists(st.sampled_from(rows), unique_by=id)) if rows else []
    shop = Shop([*rows, *twice], seed=len(rows))
    batches = list(Pager().first(shop.ask, SPAN))
    assert sorted(ids(batches)) == [str(row["event_id"]) for row in rows]
    assert not rows or batches[-1].total == len(rows)


@pytest.mark.parametrize(("count", "times", "again"), [
    (150, 2, 0), (104, 3, 0), (200, 3, 0), (420, 2, 0), (600, 1, 110), (601, 1, 1),
])  # fmt: skip
@pytest.mark.parametrize("is_shared", [True, False])
@pytest.mark.parametrize("moment", [5, 5.777])
def test_all_comes_of_a_second_whose_rows_are_stored_twice(
    count: int, times: int, again: int, is_shared: bool, moment: float
) -> None:
    rows = stored([moment] * count)
    if is_shared:
        # As events of the SDK have; their ties are shuffled anew for each page.
        rows = [row | {"event_id": "sdk"} for row in rows]
    shop = Shop([*rows * times, *rows[:again]], seed=count)
    batches = list(Pager().first(shop.ask, SPAN))
    labels = {event.raw["$properties"]["label"] for batch in batches for event in batch.events}  # type: ignore[index]  # rows are objects
    assert len(labels) == len(ids(batches)) == batches[-1].total == count
    assert batches[-1].doubled == count * (times - 1) + again


@pytest.mark.slow
@pytest.mark.parametrize("is_new", [True, False])
def test_a_server_that_gives_rows_without_end_is_left(is_new: bool) -> None:
    """Its count lies, and there are always more rows, in the middle of what was asked for."""
    asked = 0
    lock = threading.Lock()

    def ask(ask: PageRequest) -> EventsPage:
        nonlocal asked
        with lock:
            asked += 1
            first = asked * PAGE_SIZE if is_new else 0
        middle = (ask.span.start_s + ask.span.end_s) // 2
        rows = [row | {"event_id": f"{first + n}"} for n, row in enumerate(stored([middle] * 200))]
        return EventsPage(rows, 10**15)

    with pytest.raises(InvalidDataError, match="do not come to an end") as caught:
        list(Pager().first(ask, TimeSpan(0, 10**9)))
    assert ("One second has" if is_new else "requests brought") in caught.value.reason
    assert asked < 1_000


def test_a_session_of_more_events_than_there_can_be_is_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(page_requests, "MOST_EVENTS", 3_000)
    with pytest.raises(InvalidDataError, match="do not come to an end"):
        list(Pager().first(Shop(stored(range(9_000))).ask, SPAN))


def gathered(batches: Iterator[Batch]) -> tuple[list[Batch], Exception | None]:
    """Events that came, and the failure that ended them."""
    got: list[Batch] = []
    try:
        for batch in batches:
            got.append(batch)  # noqa: PERF402  # those before a failure are kept
    except UnavailableError as failure:
        return got, failure
    return got, None


def test_what_came_of_a_crowded_second_is_given_though_its_rest_fails() -> None:
    shop = Shop(stored([5] * 2_000))
    shop.fails_from = 8
    pager = Pager()
    got, failure = gathered(pager.first(shop.ask, SPAN))
    assert failure is not None
    assert 800 <= len(ids(got)) < 2_000
    assert got[-1].total == 2_000
    assert [gap.start_ms for gap in got[-1].gaps] == [5_000]
    shop.fails_from = None
    more, failure = gathered(pager.rest(shop.ask, NOW))
    assert failure is None
    assert sorted(ids([*got, *more])) == [f"{n:08}" for n in range(2_000)]
    assert more[-1].total == 2_000


def test_more_new_events_than_a_page_are_counted_though_the_rest_of_them_fails() -> None:
    shop = Shop(stored(range(100)))
    pager = Pager()
    list(pager.first(shop.ask, SPAN))
    shop.rows = stored([*range(100), *range(200, 1_200)])
    shop.fails_from = len(shop.asked) + 2
    got, failure = gathered(pager.rest(shop.ask, NOW))
    assert failure is not None
    assert got[-1].total == 1_100
    assert got[-1].gaps
    shop.fails_from = None
    got += pager.rest(shop.ask, NOW)
    assert len(ids(got)) == 1_000
    assert got[-1].total == 1_100


def test_a_shortfall_neither_hides_what_is_new_nor_grows_with_each_poll() -> None:
    shop = Shop(stored(range(100)))
    hidden = {"00000050", "00000097"}

    def ask(ask: PageRequest) -> EventsPage:
        page = shop.ask(ask)
        return EventsPage([row for row in page.rows if row["event_id"] not in hidden], page.total)  # type: ignore[index]  # rows are objects

    pager = Pager()
    [first] = pager.first(ask, SPAN)
    assert (len(first.events), first.total) == (98, 100)
    for count in (100, 101, 101, 101, 104):
        shop.rows = stored(range(count))
        for batch in pager.rest(ask, NOW):
            assert batch.total == count


@pytest.mark.parametrize("ahead_s", [3_600, 500_000])
def test_an_event_whose_clock_is_ahead_does_not_hide_those_that_follow(ahead_s: int) -> None:
    now = 1_000
    shop = Shop(stored([*range(900, now), now + ahead_s]))
    pager = Pager()
    list(pager.first(shop.ask, SPAN))
    for poll in range(1, 4):
        shop.rows = stored([*range(900, now), now + ahead_s, *range(now, now + 5 * poll)])
        [batch] = pager.rest(shop.ask, now + 5 * poll)
        assert len(batch.events) == 5


@each_row("late", [range(750, 757), [3], [5.5, 400.25], [5] * 450])
def test_events_that_a_tracker_kept_are_found_within_a_minute_and_counted(
    late: Sequence[float],
) -> None:
    seconds = [*range(5, 1_000, 10)]
    shop = Shop(stored(seconds))
    pager = Pager()
    list(pager.first(shop.ask, SPAN))
    list(pager.rest(shop.ask, 1_000))
    shop.rows = stored([*seconds, *late])
    found = [batch for _ in range(12) for batch in pager.rest(shop.ask, 1_000)]
    assert len(ids(found)) == len(late)
    assert found[-1].total == len(seconds) + len(late)


@each_row("request_number", [2, 3, 4, 6])
def test_late_events_are_looked_for_again_after_a_failure(request_number: int) -> None:
    shop = Shop(stored(range(300)))
    pager = Pager()
    list(pager.first(shop.ask, SPAN))
    shop.rows = stored([*range(300), 3, 40, 40.5, 150, 151])
    shop.fails_from = len(shop.asked) + request_number
    before, failure = gathered(pager.rest(shop.ask, 1_000))
    assert failure is not None
    shop.fails_from = None
    after = [batch for _ in range(13) for batch in pager.rest(shop.ask, 1_000)]
    assert len(ids([*before, *after])) == 5
    assert after[-1].total == 305


@pytest.mark.slow
def test_late_events_are_found_with_few_requests_in_a_long_session() -> None:
    seconds = [number // 2 for number in range(20_000)]
    shop = Shop(stored(seconds))
    pager = Pager()
    list(pager.first(shop.ask, SPAN))
    shop.rows = stored([*seconds, 3, 7_000.5])
    asked = len(shop.asked)
    found = list(pager.rest(shop.ask, 10_000))
    assert len(ids(found)) == 2
    assert len(shop.asked) - asked < 60


def test_what_the_server_counts_and_never_gives_is_looked_for_once() -> None:
    shop = Shop(stored(range(1_000)))
    pager = Pager()
    list(pager.first(shop.ask, SPAN))
    shop.rows = [*shop.rows, {"event_id": "odd", "created_at": 500_000}]

    def ask(ask: PageRequest) -> EventsPage:
        page = shop.ask(ask)
        return EventsPage([row for row in page.rows if row["event_id"] != "odd"], page.total)  # type: ignore[index]  # rows are objects

    for _ in range(13):
        list(pager.rest(ask, 1_000))
    asked = len(shop.asked)
    for _ in range(12):
        list(pager.rest(ask, 1_000))
    assert len(shop.asked) - asked <= 12 + 1


def test_a_batch_that_nobody_takes_is_given_again() -> None:
    shop = Shop(stored([number // 3 for number in range(2_000)]))
    for taken in range(1, 9):
        pager = Pager()
        coming = pager.first(shop.ask, SPAN)
        got = [next(coming) for _ in range(taken)]
        # This one is on its way when its listener leaves.
        lost = next(coming)
        coming.close()  # type: ignore[attr-defined]  # a generator
        again = pager.rest(shop.ask, NOW)
        assert next(again) == lost
        got += [lost, *again]
        assert sorted(ids(got)) == [f"{n:08}" for n in range(2_000)]
        assert got[-1].total == 2_000


def test_a_failure_is_told_though_other_requests_wait() -> None:
    shop = Shop(stored(range(2_000)))
    held = threading.Event()
    asked = 0
    lock = threading.Lock()

    def ask(ask: PageRequest) -> EventsPage:
        nonlocal asked
        with lock:
            asked += 1
            number = asked
        if number == 3:
            raise UnavailableError("gone")
        if number > 3:
            held.wait(60)
        return shop.ask(ask)

    pager = Pager()
    got, failure = gathered(pager.first(ask, SPAN))
    assert not held.is_set()
    held.set()
    assert failure is not None
    got += pager.rest(shop.ask, NOW)
    assert sorted(ids(got)) == [f"{n:08}" for n in range(2_000)]


def test_gaps_are_all_that_has_not_come_those_under_way_among_them() -> None:
    shop = Shop(stored(range(2_000)))
    session: list[int] = []
    for batch in Pager().first(shop.ask, SPAN):
        session += [event.time_ms or 0 for event in batch.events]
        missing = set(range(0, 2_000_000, 1000)) - set(session)
        in_gaps = {
            moment
            for moment in range(0, 2_000_000, 1000)
            if any(gap.start_ms <= moment <= gap.end_ms for gap in batch.gaps)
        }
        assert missing <= in_gaps
        # The server rounds bounds down: a span's answer may have the first second of the next one.
        first_seconds = {gap.start_ms for gap in batch.gaps}
        assert not set(session) & in_gaps - first_seconds


def test_rows_without_a_time_in_a_page_that_is_not_all_are_kept() -> None:
    shop = Shop(stored(range(600)))
    odd = {"event_id": "odd", "$event_name": "CLICK", "created_at": "?"}

    def ask(ask: PageRequest) -> EventsPage:
        page = shop.ask(ask)
        if ask.order == "asc" and ask.span.start_s == 0:
            return EventsPage([*page.rows[:-1], odd], page.total)
        return page

    assert sorted(ids(list(Pager().first(ask, SPAN)))) == [*(f"{n:08}" for n in range(600)), "odd"]


def test_a_count_without_events_is_not_taken_for_a_session_without_events() -> None:
    with pytest.raises(InvalidDataError, match="counts 500 events but gives none"):
        list(Pager().first(lambda _: EventsPage([], 500), SPAN))


@pytest.mark.parametrize("first", [150, 420, 900])
def test_rows_that_the_server_cannot_read_do_not_hide_those_behind_them(first: int) -> None:
    """It leaves them out, counts them, and counts nothing where it leaves out a whole page."""
    shop = Shop(stored(range(1500)))

    def ask(ask: PageRequest) -> EventsPage:
        page = shop.ask(ask)
        rows = [row for row in page.rows if not first <= int(str(row["event_id"])) < first + 250]  # type: ignore[index]  # rows are objects
        return EventsPage(rows, page.total if rows else 0)

    batches = list(Pager().first(ask, SPAN))
    assert (len(ids(batches)), batches[-1].total) == (1250, 1500)
    assert len(shop.asked) < 200


def test_an_unreadable_last_page_leaves_those_before_it() -> None:
    shop = Shop(stored(range(600)))

    def ask(ask: PageRequest) -> EventsPage:
        page = shop.ask(ask)
        if ask.order == "desc":
            return EventsPage([{"created_at": "?"} for _ in page.rows], page.total)
        return page

    assert sorted(ids(list(Pager().first(ask, SPAN)))) == [f"{n:08}" for n in range(600)]


def test_no_more_than_four_requests_are_under_way_after_a_failure_either() -> None:
    shop = Shop(stored(range(3_000)))
    held = threading.Event()
    lock = threading.Lock()
    asked = busy = most_busy = 0

    def ask(ask: PageRequest) -> EventsPage:
        nonlocal asked, busy, most_busy
        with lock:
            asked += 1
            number = asked
            busy += 1
            most_busy = max(most_busy, busy)
        try:
            if number == 6:
                raise UnavailableError("gone")
            if 3 <= number < 6:
                held.wait(60)
            return shop.ask(ask)
        finally:
            with lock:
                busy -= 1

    pager = Pager()
    got, failure = gathered(pager.first(ask, SPAN))
    assert failure is not None
    more, failure = gathered(pager.rest(ask, NOW))
    held.set()
    assert failure is None
    assert sorted(ids([*got, *more])) == [f"{n:08}" for n in range(3_000)]
    assert most_busy <= IN_FLIGHT
