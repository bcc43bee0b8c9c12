"""A session at a glance: every figure can be found in the session by hand."""

from msgspec.structs import replace

from eventview.analysis.analysis import Analysis
from eventview.render.summary import find_slowest_load, summary_fields, summary_line
from eventview.session.events import Click, Location
from eventview.session.metrics import LoadMetrics
from eventview.session.session import Session
from eventview.view.view import View
from tests.conftest import session_of


def read_fields(session: Session) -> dict[str, tuple[str, str]]:
    return {fact.name: (fact.value, fact.note) for fact in summary_fields(Analysis(session))}


def test_the_recorded_checkout_at_a_glance(checkout: Session) -> None:
    found = read_fields(checkout)
    assert found["duration"] == ("24m57s", "from 2024-11-13 13:00:00.600 UTC")
    assert found["events"] == ("180", "")
    assert found["pages"][0] == "31"
    assert (found["entry"][0], found["exit"][0]) == ("/", "/")
    # The figure of its row in the timeline: twice the 4 s beyond which LCP is poor.
    assert found["slowest load"] == ("LCP 8.1s poor", "/checkout/payment at +8:55.454")
    assert found["silence"] == ("4m25s", "the longest of 3, until +7:59.195")
    assert found["went wrong"][0] == "3 rage clicks, 7 poor loads"
    assert "browser" not in found, "this API does not tell"


def test_the_slowest_load_is_the_worst_against_its_bound() -> None:
    loads = [
        LoadMetrics(load_ms=7_000),
        LoadMetrics(first_contentful_paint_ms=4_000),
        LoadMetrics(),
    ]
    pages = [
        Location("LOCATION", n, {}, path=f"/{n}", packed_load=load) for n, load in enumerate(loads)
    ]
    found = find_slowest_load(Analysis(session_of(pages)))
    assert found is not None
    assert (found[0], found[1].metric.short) == (1, "FCP")
    assert find_slowest_load(Analysis(session_of(pages[2:]))) is None


def test_a_session_without_anything_says_so() -> None:
    found = read_fields(session_of([Click("CLICK", 5, {}, label="Pay")]))
    assert found["slowest load"][0] == "none was measured"
    assert found["silence"][0] == "none of 30s or more"
    assert found["signals"][0] == "none"
    assert "entry" not in found
    assert read_fields(session_of([]))["duration"] == ("0ms", "")


def test_browser_country_and_user_are_told_where_the_source_has_them() -> None:
    raw = {"$browser": "", "$country": "NO", "$user_id": ""}
    later = {"$browser": "Fire\x1bfox", "$country": "NO", "$user_id": "mette@example.com"}
    session = session_of([Click("CLICK", 5, raw), Click("CLICK", 6, later)])
    assert read_fields(session)["browser"][0] == "Fire␛fox"
    assert read_fields(session)["user"][0] == "mette@example.com"
    assert "Fire␛fox, NO" in summary_line(View(Analysis(session)))


def test_an_incomplete_session_says_so_at_a_glance(checkout: Session) -> None:
    lacking = replace(checkout, total=200)
    assert read_fields(lacking)["events"] == ("180", "incomplete: 20 of 200 events have not come")
    assert "incomplete: 20 of 200 events have not come" in summary_line(View(Analysis(lacking)))
