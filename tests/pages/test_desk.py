"""The query layer on a lake that the test writes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from polars.testing import assert_frame_equal

from analytics.results import Quality, Reason
from components.formats import midnight
from components.page import View
from data.lake_writer import LakeWriter
from data.rights import Forbidden, NotFound
from data.stores import Stores
from pages.desk import Desk, desk_of
from tests.pages.conftest import view_of
from tests.pages.test_cockpit import write_quarters

NOW = datetime(2026, 11, 22, 6, 20, tzinfo=UTC)
TODAY = date(2026, 11, 22)
DAY = timedelta(days=1)


def write_days(
    stores: Stores, first: date, count: int, silent: float = 0.0, skip: tuple[int, ...] = ()
) -> None:
    """station_day rows of all stations: station n supplies 100 n m³ a day for 50 n kWh."""
    ids = np.array([s.id for s in stores.stations.all() if s.id not in skip], np.int32)
    days = [first + DAY * i for i in range(count)]
    n = len(ids) * count
    station = np.tile(ids, count)
    start = [round(datetime(d.year, d.month, d.day, tzinfo=UTC).timestamp() * 1000) for d in days]
    table = {
        "station": station,
        "ts": np.repeat(np.array(start), len(ids)) - 8 * 3_600_000,
        "day": np.repeat(np.array(days, "datetime64[D]"), len(ids)),
        "F.volume": station * 100.0,
        "F.energy": station * 50.0,
        "F.head_volume": station * 30.0,
        "F.online_s": np.full(n, 86_400.0 * (1 - silent)),
        "F.expected_s": np.full(n, 86_400.0),
        "F.demanded_s": np.full(n, 50_000.0),
        "F.pressure_ok_s": np.full(n, 49_000.0),
        "F.lost_s": np.where(station == 6, 600.0, 0.0),
        "mnf": np.where(station == 5, np.nan, 2.0),
        "mean_flow": np.full(n, 8.0),
    }
    writer = LakeWriter(stores.settings.lake, stores.manifest)
    writer.commit([writer.write("station_day", "all", "month", table)], at=NOW)


def viewer(stores: Stores, role: str = "administrator") -> View:
    view = view_of(stores, role)
    return View(user=view.user, zone=view.zone, now=NOW)


def test_any_grain_is_a_ratio_of_sums(stores: Stores) -> None:
    write_days(stores, TODAY - 10 * DAY, 10)
    desk, view = Desk(stores), viewer(stores)
    span = (TODAY - 10 * DAY, TODAY - DAY)
    whole = desk.figure(view, "specific_energy", *span)
    assert whole.value == pytest.approx(0.5)
    assert (whole.unit, whole.formula) == ("kWh/m³", "K15 v1")
    assert whole.quality == Quality.GOOD
    assert desk.figure(view, "supply", *span).value == pytest.approx(21 * 100 * 10)
    by_district = desk.table(view, ["supply"], *span, by=("district",))
    assert by_district["district"].to_list() == [1, 2]
    # even stations belong to district 1, odd ones to 2
    assert by_district["supply"].to_list() == pytest.approx([12 * 1000, 9 * 1000])
    by_station = desk.table(view, ["supply", "interruption"], *span, by=("station",))
    assert by_station["supply"].to_list() == pytest.approx([1000.0 * n for n in range(1, 7)])
    assert by_station["interruption"].to_list()[-1] == pytest.approx(100.0)
    daily = desk.table(view, ["supply"], *span, by=("day",))
    assert daily.height == 10
    assert daily["supply"].to_list() == pytest.approx([2100.0] * 10)
    monthly = desk.table(view, ["supply"], *span, by=("type", "month"))
    assert monthly["supply"].to_list() == pytest.approx([21000.0])
    cells = desk.table(view, ["supply"], *span, by=("district", "day"))
    assert cells.height == 20
    some = desk.table(view, ["supply"], *span, by=("district",), stations=[2, 4])
    assert some["supply"].to_list() == pytest.approx([6000.0])


def test_lost_minutes_of_a_home_add_up_over_days(stores: Stores) -> None:
    """Station 6 has 600 of 2,100 homes and one zone; ten minutes on each of ten days."""
    write_days(stores, TODAY - 10 * DAY, 10)
    found = Desk(stores).figure(viewer(stores), "interruption", TODAY - 10 * DAY, TODAY - DAY)
    assert found.value == pytest.approx(10 * 10 * 600 / 2100)
    assert found.value is not None
    year = Desk(stores).figure(viewer(stores), "saidi", TODAY - 10 * DAY, TODAY - DAY)
    assert year.value == pytest.approx(found.value * 365.25 / 10)


def test_today_counts_as_far_as_it_has_come(stores: Stores) -> None:
    zone = stores.settings.zone
    write_days(stores, TODAY - 3 * DAY, 3)
    write_quarters(stores, midnight(NOW, zone), NOW - timedelta(minutes=5), 10.0)
    desk, view = Desk(stores), viewer(stores)
    today = desk.figure(view, "supply", TODAY, TODAY)
    assert today.value == pytest.approx(6 * 57 * 10.0)
    both = desk.figure(view, "supply", TODAY - DAY, TODAY)
    assert both.value == pytest.approx(2100 + 6 * 57 * 10.0)
    daily = desk.table(view, ["supply"], TODAY - DAY, TODAY, by=("day",))
    assert daily["day"].to_list() == [TODAY - DAY, TODAY]
    assert desk.figure(view, "supply", TODAY, TODAY + 5 * DAY).value == today.value


def test_missing_station_days_and_time_are_coverage_and_bound(stores: Stores) -> None:
    write_days(stores, TODAY - 4 * DAY, 4, silent=0.1, skip=(1,))
    found = Desk(stores).figure(viewer(stores), "supply", TODAY - 4 * DAY, TODAY - DAY)
    share = 0.9 * 5 / 6
    assert found.coverage == pytest.approx(share)
    assert found.quality == Quality.UNCERTAIN
    assert found.reasons == (Reason.LOW_COVERAGE,)
    assert (found.low, found.high) == pytest.approx((8000, 8000 * (1 + 2.5 * (1 - share) / share)))
    kept = Desk(stores).figure(
        viewer(stores), "pressure_compliance", TODAY - 4 * DAY, TODAY - DAY, stations=[2]
    )
    assert kept.value == pytest.approx(98.0)
    assert (kept.low, kept.high) == pytest.approx((88.2, 98.2))


def test_too_little_coverage_is_no_figure_but_the_online_rate_still_is(stores: Stores) -> None:
    write_days(stores, TODAY - 4 * DAY, 4, silent=0.7)
    span = (TODAY - 4 * DAY, TODAY - DAY)
    desk, view = Desk(stores), viewer(stores)
    lost = desk.figure(view, "supply", *span)
    assert (lost.value, lost.quality) == (None, Quality.BAD)
    assert desk.figure(view, "online_rate", *span).value == pytest.approx(30.0)


def test_a_fact_that_the_lake_has_not_is_no_data(stores: Stores) -> None:
    write_days(stores, TODAY - 4 * DAY, 4)
    found = Desk(stores).figure(viewer(stores), "camera_online", TODAY - 4 * DAY, TODAY - DAY)
    assert (found.value, found.reasons) == (None, (Reason.NO_DATA,))
    empty = Desk(stores).figure(viewer(stores), "supply", date(2020, 1, 1), date(2020, 1, 5))
    assert (empty.value, empty.reasons, empty.coverage) == (None, (Reason.NO_DATA,), 0.0)


def test_a_flow_that_nobody_knows_poisons_no_sum(stores: Stores) -> None:
    write_days(stores, TODAY - 4 * DAY, 4)
    desk, view = Desk(stores), viewer(stores)
    found = desk.sums(view, ["mnf"], TODAY - 4 * DAY, TODAY - DAY)
    assert found["mnf"].to_list() == [5 * 4 * 2.0]


def test_a_role_gets_what_it_may_see_and_nothing_else(stores: Stores) -> None:
    write_days(stores, TODAY - 4 * DAY, 4)
    desk, span = Desk(stores), (TODAY - 4 * DAY, TODAY - DAY)
    with pytest.raises(Forbidden):
        desk.figure(viewer(stores, "inspector"), "energy", *span)
    with pytest.raises(Forbidden):
        desk.table(viewer(stores, "inspector"), ["supply", "energy"], *span)
    with pytest.raises(NotFound):
        desk.figure(viewer(stores), "complaint_rate", *span)
    with pytest.raises(NotFound):
        desk.figure(viewer(stores), "nonsense", *span)


def test_a_district_sees_its_own_stations_only(stores: Stores) -> None:
    write_days(stores, TODAY - 4 * DAY, 4)
    desk, span = Desk(stores), (TODAY - 4 * DAY, TODAY - DAY)
    own = viewer(stores, "district_manager")
    assert desk.figure(own, "supply", *span).value == pytest.approx(12 * 400)
    assert desk.figure(own, "supply", *span, stations=[1, 2, 3]).value == pytest.approx(800)
    assert desk.table(own, ["supply"], *span, by=("district",))["district"].to_list() == [1]
    assert desk.table(own, ["supply"], *span, by=("station",))["station"].to_list() == [2, 4, 6]


@pytest.mark.parametrize(
    "by", [(), ("day",), ("month",), ("type", "month"), ("station",), ("station", "type"),
           ("district",), ("district", "day")], ids="-".join,
)  # fmt: skip
def test_a_district_is_its_part_of_all_of_them(
    stores: Stores, monkeypatch: pytest.MonkeyPatch, by: tuple[str, ...]
) -> None:
    write_days(stores, TODAY - 40 * DAY, 40, skip=(4,))
    view, span, facts = viewer(stores), (TODAY - 40 * DAY, TODAY), ["F.volume", "mnf"]
    alone = Desk(stores).sums(view, facts, *span, by, district=1)  # fewer stations than FEW
    monkeypatch.setattr("pages.desk.FEW", 1)
    desk = Desk(stores)
    part = desk.sums(view, facts, *span, by, district=1)
    monkeypatch.setattr(Desk, "_sums", lambda *_: pytest.fail("read again"))
    desk.sums(view, facts, *span, by, district=2)
    assert part.height == alone.height > 0
    columns = [*by, *facts, "rows", "days", "stations", "lost_households", "revisions"]
    assert_frame_equal(part.select(columns), alone.select(columns), check_dtypes=False)


def test_answers_are_kept_a_minute_and_shared(stores: Stores) -> None:
    write_days(stores, TODAY - 4 * DAY, 4)
    desk, view = desk_of(stores), viewer(stores)
    first = desk.sums(view, ["F.volume"], TODAY - 4 * DAY, TODAY - DAY)
    assert desk_of(stores).sums(view, ["F.volume"], TODAY - 4 * DAY, TODAY - DAY) is first


def test_a_night_that_nobody_saw_is_no_night_without_flow(stores: Stores) -> None:
    """Station 5 has a mean flow but no night minimum: neither counts, at any grain."""
    write_days(stores, TODAY - 10 * DAY, 10)
    desk, view = Desk(stores), viewer(stores)
    span = (TODAY - 10 * DAY, TODAY - DAY)
    assert desk.figure(view, "night_flow_ratio", *span).value == pytest.approx(2.0 / 8.0)
    homes = desk.figure(view, "night_flow_per_home", *span)
    assert homes.value == pytest.approx(1000 * 2.0 * 5 / (100 * (1 + 2 + 3 + 4 + 6)))
    rows = desk.table(view, ["night_flow_ratio"], *span, by=("station",))
    assert rows["night_flow_ratio"].to_list() == [0.25] * 4 + [None, 0.25]
    nobody = desk.figure(view, "night_flow_ratio", *span, stations=[5])
    assert (nobody.value, nobody.reasons) == (None, (Reason.NO_DATA,))
