"""Rows and counts in words; the machine's zone in tests is America/Caracas."""

from datetime import UTC

from eventview.analysis.analysis import Analysis
from eventview.query.query import Query, TypeChoice
from eventview.render import details, rows, summary
from eventview.render.rows import Badge, BadgeStyle, Row
from eventview.session.events import Event, Location
from eventview.session.metrics import LoadMetrics
from eventview.session.session import Session
from eventview.session.source import SessionRef
from eventview.view.folds import fold_all
from eventview.view.time_display import TimeDisplay, TimeMode
from eventview.view.view import View
from eventview.view.view_options import ViewOptions
from tests.conftest import session_of
from tests.tables import each_row


@each_row(
    ("index", "row"),
    [
        (
            3,
            Row(
                "+0:06.163",
                "2.1s",
                "LOCATION",
                "/c/women",
                [Badge("LCP 1.0s good", BadgeStyle.GOOD)],
            ),
        ),  # 1049 ms
        (15, Row("+0:52.039", "1.7s", "LOCATION", "/p/jacke-für-große-höhen/reviews", [])),
        (12, Row("+0:38.803", "5.0s", "CLICK", "❤ Add to wishlist", [])),
        (13, Row("+0:43.968", "5.2s", "CLICK", "👨👩👧👦 Family bundle — save 20 %", [])),
        (
            25,
            Row(
                "+2:55.160", "2.5s", "LOCATION", "/cart", [Badge("INP 512ms poor", BadgeStyle.POOR)]
            ),
        ),
        (30, Row("+3:10.671", "1.2s", "CLICK", "Apply", [Badge("rage ×5", BadgeStyle.SEVERE)])),
        (
            37,
            Row(
                "+3:22.053",
                "1.4s",
                "LOCATION",
                "/cart?promo=error&code=E_PROMO_EXPIRED",
                [Badge("load 14s poor", BadgeStyle.POOR)],
            ),
        ),
        (
            22,
            Row(
                "+2:44.426",
                "1m38s",
                "LOCATION",
                "/p/jacke-für-große-höhen?variant=42&lang=fr",
                [Badge("LCP 1.5s good", BadgeStyle.GOOD)],
            ),
        ),
        (28, Row("+3:08.418", "5.0s", "INPUT", "Promo code = **********", [])),
        (45, Row("+8:15.874", "4.1s", "INPUT", "(no label)", [])),
    ],
)
def test_an_event_is_a_row_of_five_cells(checkout: Session, index: int, row: Row) -> None:
    assert rows.build_row(Analysis(checkout), index) == row


def test_the_first_event_has_no_delta_and_a_load_without_paints_shows_what_there_is() -> None:
    load = LoadMetrics(load_ms=29400, time_to_first_byte_ms=3632.1)
    session = session_of([Location("LOCATION", 1, {}, path="/", packed_load=load)])
    assert rows.build_row(Analysis(session), 0) == Row(
        "+0:00.000", "", "LOCATION", "/", [Badge("load 29s poor", BadgeStyle.POOR)]
    )


@each_row(
    ("clock", "time", "name"),
    [
        (TimeDisplay(), "+0:02.057", "since start"),
        (TimeDisplay(TimeMode.UTC), "13:00:02.657", "UTC"),
        (TimeDisplay(TimeMode.LOCAL), "09:00:02.657", "UTC-4"),
        (TimeDisplay().zeroed(2), "-0:01.970", "since +0:04.027"),
        (TimeDisplay().zeroed(1), "+0:00.000", "since +0:02.057"),
        (TimeDisplay().zeroed(0), "+0:02.057", "since +0:00.000"),
    ],
)
def test_times_count_as_the_mode_says_and_the_mode_names_its_zone(
    checkout: Session, clock: TimeDisplay, time: str, name: str
) -> None:
    assert rows.build_row(Analysis(checkout), 1, clock).time == time
    assert rows.build_row(Analysis(checkout), 1, clock).delta == "2.1s"
    assert rows.time_display_name(checkout, clock) == name


@each_row("mode", TimeMode)
def test_a_time_that_is_not_known_is_a_question_mark_in_every_mode(mode: TimeMode) -> None:
    session = session_of([Event("X", 5, {}), Event("X", None, {})])
    assert rows.build_row(Analysis(session), 1, TimeDisplay(mode, 0))[:2] == ("?", "")


def test_the_zone_is_named_as_it_was_at_the_time_of_the_session() -> None:
    in_2014 = session_of([Event("X", 1400000000000, {})])
    assert rows.time_display_name(in_2014, TimeDisplay(TimeMode.LOCAL)) == "UTC-4:30"


def test_the_modes_follow_each_other_in_a_circle() -> None:
    def circle(clock: TimeDisplay) -> list[TimeMode]:
        modes = []
        for _ in range(5):
            modes.append(clock.mode)
            clock = clock.next()
        return modes

    start, zero, local, utc = TimeMode
    assert circle(TimeDisplay()) == [start, local, utc, start, local], "nothing to count from"
    assert circle(TimeDisplay().zeroed(3)) == [zero, local, utc, start, zero]


def test_zeroing_the_clock_at_its_zero_counts_from_the_start_again() -> None:
    assert TimeDisplay().zeroed(3).zeroed(3) == TimeDisplay()
    assert TimeDisplay().zeroed(3).zeroed(4) == TimeDisplay(TimeMode.SINCE_ZERO, 4)
    assert TimeDisplay().zeroed(3).next().zeroed(3) == TimeDisplay(TimeMode.SINCE_ZERO, 3)


def test_a_time_of_day_is_meant_in_the_zone_that_is_shown_or_else_in_utc() -> None:
    assert [TimeDisplay(mode, 0).zone for mode in TimeMode] == [UTC, UTC, None, UTC]


def badges(view: View, index: int) -> list[str]:
    return [badge_texts.text for badge_texts in rows.build_view_row(view, index).badges]


def test_the_head_of_a_page_visit_tells_its_length_its_events_and_its_load(
    checkout: Session,
) -> None:
    assert badges(View(Analysis(checkout)), 37) == ["4m38s", "5 events", "load 14s poor"]
    assert badges(View(Analysis(checkout)), 7) == ["16s", "4 events"], "a route change has no load"
    assert badges(View(Analysis(checkout)), 179) == ["0ms", "1 event", "LCP 866ms good"]
    pages = TypeChoice(frozenset({"location"}), only=True)
    assert badges(View(Analysis(checkout), ViewOptions(pages)), 37)[1] == "1 of 5 events"


def test_a_rolled_run_tells_how_many_how_long_and_what_is_wrong(checkout: Session) -> None:
    view = View(Analysis(checkout), ViewOptions(are_runs_rolled=True))
    row = rows.build_view_row(view, 29)
    assert (row.what, [badge_texts.text for badge_texts in row.badges]) == (
        "Apply ×6",
        ["in 1.8s", "rage ×5"],
    )
    row = rows.build_view_row(view, 172)
    assert (row.what, [a.text for a in row.badges]) == ("Show details ×3", ["in 18s"])


@each_row(
    ("events", "query", "shown"),
    [
        (0, "", "0 of 0 events"),
        (1, "", "1 of 1 event"),
        (1, "zzz", "0 of 1 shown"),
        (12, "", "12 of 12 events"),
        (12, "even", "6 of 12 shown"),
        (1204, "", "1,204 of 1,204 events"),
        (2408, "even", "1,204 of 2,408 shown"),
    ],
)
def test_how_many_of_how_many_are_shown(events: int, query: str, shown: str) -> None:
    made = [Event("X", n, {"name": "odd" if n % 2 else "even"}) for n in range(events)]
    assert (
        rows.describe_counts(
            View(Analysis(session_of(made)), ViewOptions(filter=Query.parse(query)))
        )
        == shown
    )


@each_row(
    ("query", "index", "shown"),
    [
        ("apply", None, "7 hits"),
        ("apply", 0, "7 hits"),
        ("apply", 30, "2 of 7 hits"),
        ("wishlist", 12, "1 of 1 hit"),
        ("wishlist", None, "1 hit"),
        ("zzz", 0, "0 hits"),
    ],
)
def test_a_find_says_how_it_stands(
    checkout: Session, query: str, index: int | None, shown: str
) -> None:
    assert (
        rows.describe_hits(View(Analysis(checkout), ViewOptions(find=Query.parse(query))), index)
        == shown
    )


def test_pages_are_counted(checkout: Session, documented: Session) -> None:
    assert rows.describe_pages(checkout) == "31 pages"
    assert rows.describe_pages(session_of(documented.events[:2])) == "1 page"


def test_a_session_is_called_by_its_project_and_id() -> None:
    assert rows.session_name(session_of([], "acme-shop", "4813")) == "acme-shop › 4813"
    assert rows.session_name(Session.of(SessionRef("saved.json"), [])) == "saved.json"


def test_events_around_a_match_are_counted_apart(checkout: Session) -> None:
    view = View(Analysis(checkout), ViewOptions(filter=Query.parse("wishlist"), context=(2, 2)))
    assert rows.describe_counts(view) == "1 of 180 shown and 4 around"


def test_a_folded_page_tells_what_went_wrong_inside(checkout: Session) -> None:
    view = View(Analysis(checkout)).through(fold_all(View(Analysis(checkout))))
    assert badges(view, 58) == ["3.6s", "8 events", "LCP 8.1s poor", "1 rage click"]
    assert badges(view, 37) == ["4m38s", "5 events", "1 silence", "load 14s poor"]
    assert badges(view, 3) == ["11s", "4 events", "LCP 1.0s good"], "hesitations go without saying"


# --- dates, zones and strays in the column of times

MIDNIGHT = 1_762_819_200_000  # 2025-11-11 00:00 UTC


def test_over_midnight_every_time_of_day_has_its_date() -> None:
    session = session_of([Event("X", MIDNIGHT + ms, {}) for ms in (-600, 0)])
    utc, local = TimeDisplay(TimeMode.UTC), TimeDisplay(TimeMode.LOCAL)
    shown = [rows.format_time(session, i, utc) for i in (0, 1)]
    assert shown == ["2025-11-10 23:59:59.400", "2025-11-11 00:00:00.000"]
    short = [rows.format_time(session, i, utc, is_short=True) for i in (0, 1)]
    assert short == ["11-10 23:59:59.400", "11-11 00:00:00.000"]
    assert rows.time_width(session, utc) == len(short[0])
    assert rows.format_time(session, 1, local) == "20:00:00.000", "no midnight in Caracas"
    assert rows.format_time(session, 1) == "+0:00.600"


def test_where_clocks_are_changed_every_time_has_its_zone() -> None:
    # On 2007-12-09 at 03:00 Caracas went from UTC-4 to UTC-4:30.
    change = 1_197_183_600_000
    session = session_of([Event("X", change + ms, {}) for ms in (-60_000, 60_000)])
    local = TimeDisplay(TimeMode.LOCAL)
    shown = [rows.format_time(session, i, local) for i in (0, 1)]
    assert shown == ["02:59:00.000 UTC-4", "02:31:00.000 UTC-4:30"]
    assert rows.time_display_name(session, local) == "UTC-4, then UTC-4:30"
    assert rows.time_width(session, local) == len(shown[1])


@each_row(
    ("stray_ms", "day", "moment", "far"),
    [
        (0, "1970-01-01", "1970-01-01 00:00:00.000", "20403d00h before the rest of the session"),
        (253_402_300_799_999, "9999-12-31", "9999-12-31 23:59:59.999", "2912494d00h after the"),
        (2**60, "?", f"{2**60}ms", "after the rest of the session"),
        (MIDNIGHT - 3 * 86_400_000, "2025-11-08", "2025-11-08 00:00:00.000", "3d00h before"),
    ],
)
def test_a_stray_is_told_by_its_date(stray_ms: int, day: str, moment: str, far: str) -> None:
    times_ms = (stray_ms, MIDNIGHT, MIDNIGHT + 1_000, MIDNIGHT + 2_000)
    session = session_of([Event("X", ms, {}) for ms in times_ms])
    [index] = session.strays
    assert rows.format_time(session, index) == day
    assert rows.format_time(session, index, TimeDisplay(TimeMode.UTC)) == moment
    assert rows.format_time(session, index, TimeDisplay(TimeMode.UTC), is_short=True) == day
    assert far in rows.describe_stray(session, index)
    assert rows.build_badges(Analysis(session), index)[-1] == Badge(
        "stray time", BadgeStyle.NOTABLE
    )
    others = [i for i in range(4) if i != index]
    offsets = ["+0:00.000", "+0:01.000", "+0:02.000"]
    assert [rows.format_time(session, i) for i in others] == offsets
    assert rows.time_width(session) == len("1970-01-01")
    [fact] = [
        fact for fact in summary.summary_fields(Analysis(session)) if fact.name == "stray times"
    ]
    assert fact.value == "1 event"
    assert f"#{index + 1}" in fact.note
    assert "stray times: 1 event" in summary.summary_line(View(Analysis(session)))
    at = details.build_sections(Analysis(session), index)[0].facts
    assert any("not credible" in fact.note for fact in at)


def test_of_several_strays_the_first_is_told_and_the_others_are_named() -> None:
    now = [Event("X", MIDNIGHT + ms, {}) for ms in range(0, 20_000, 1_000)]
    for number, named in ((2, "; #2 too"), (6, "; #2, #3, #4, #5, #6 too"), (8, "#6 … too")):
        session = session_of([*(Event("X", 0, {}) for _ in range(number)), *now])
        [fact] = [
            fact for fact in summary.summary_fields(Analysis(session)) if fact.name == "stray times"
        ]
        assert fact.value == f"{number} events"
        assert fact.note.startswith("not credible: #1 is at 1970-01-01 00:00:00.000 UTC, ")
        assert fact.note.endswith(named)
