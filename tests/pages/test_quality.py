"""The page of water quality on a lake that the test writes, and samples that come in by it."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import plotly.utils
import pytest

from analytics.results import Quality
from analytics.water_quality import mixed
from components.page import View
from components.time_range import time_range
from data.catalogue.words import text
from data.lake_writer import LakeWriter
from data.rights import Forbidden
from data.stores import Stores
from pages import quality, quality_samples
from pages.quality_charts import calendar_figure, chlorine_figure
from pages.quality_facts import QualityDesk, Tank
from pages.quality_tables import ranking_rows
from pages.reach import reach
from tests.pages.conftest import call, view_of
from tests.pages.looking import clicked

NOW = datetime(2026, 11, 22, 6, 20, tzinfo=UTC)
TODAY = date(2026, 11, 22)
HOUR = timedelta(hours=1)
DECAY = 0.9


def text_of(element: Any) -> str:
    return json.dumps(element, cls=plotly.utils.PlotlyJSONEncoder, ensure_ascii=False)


def viewer(
    stores: Stores, role: str = "water_quality", language: str = "zh", **params: str
) -> View:
    seen = view_of(stores, role)
    return View(user=seen.user, zone=seen.zone, now=NOW, params=params, language=language)


def write_days(stores: Stores, dead: int = 0) -> None:
    """Ten days: station 3 was two hours under the chlorine limit on the last whole day, half of
    the readings of station 2 are unknown, those of `dead` all."""
    ids = np.array([s.id for s in stores.stations.all()], np.int32)
    days = [TODAY - timedelta(days=i) for i in range(10, 0, -1)]
    station = np.tile(ids, len(days))
    start = [round(datetime(d.year, d.month, d.day, tzinfo=UTC).timestamp() * 1000) for d in days]
    day = np.repeat(np.array(days, "datetime64[D]"), len(ids))
    known = np.where(station == dead, 0.0, np.where(station == 2, 43_200.0, 86_400.0))
    low = np.where((station == 3) & (day == np.datetime64(days[-1])), 7_200.0, 0.0)
    table = {
        "station": station, "ts": np.repeat(np.array(start), len(ids)) - 8 * 3_600_000, "day": day,
        "F.expected_s": np.full(len(day), 86_400.0),
        "F.age_volume": np.full(len(day), 900.0), "F.tank_outflow": np.full(len(day), 100.0),
    }  # fmt: skip
    for item in ("chlorine", "turbidity", "ph", "quality"):
        bad = low if item in ("chlorine", "quality") else 0.0
        table |= {f"F.{item}_s": known, f"F.{item}_ok_s": known - bad}
    writer = LakeWriter(stores.settings.lake, stores.manifest)
    writer.commit([writer.write("station_day", "all", "month", table)], at=NOW)


def write_quarters(stores: Stores, days: int = 9) -> None:
    """Quarters of station 1: 60 m³ in the tank, 8 m³/h through it, chlorine 0.5 mg/L in, out what
    decay leaves of it after 7.5 h."""
    [house] = [s for s in stores.stations.all() if s.code == "XM-0001"]
    house = replace(house, tank_area=24.0)
    stores.stations.save(stores.stations.districts(), [house])
    start = datetime(2026, 11, 22, tzinfo=UTC) - timedelta(hours=8) - timedelta(days=days)
    times = [start + HOUR / 4 * i for i in range(96 * days)]
    n = len(times)
    table = {
        "station": np.full(n, house.id, np.int32),
        "ts": np.array([round(t.timestamp() * 1000) for t in times]),
        "polls": np.full(n, 450), "polls_slow": np.full(n, 15), "seconds": np.full(n, 900.0),
        "PH.Q_IN": np.full(n, round(8.0 * 100 * 100)),
        "T1.LEVEL": np.full(n, round(60.0 / 24.0 * 1000 * 100)),
        "WQ.CL_IN": np.full(n, 5_000),
        "WQ.CL_OUT": np.full(n, round(mixed(0.5, DECAY, 7.5) * 10_000)),
        "WQ.TURB": np.full(n, 2_000), "WQ.PH": np.full(n, 72_000),
    }  # fmt: skip
    writer = LakeWriter(stores.settings.lake, stores.manifest)
    writer.commit([writer.write("quarter", f"{house.layout.key}-00", "month", table)], at=NOW)


def tank(stores: Stores, view: View) -> Tank:
    station = stores.stations.by_code("XM-0001")
    assert station is not None
    return QualityDesk(stores).station(
        view, station, time_range(view.params, NOW, view.zone, "30d")
    )


def test_compliance_and_availability_are_kept_apart(stores: Stores) -> None:
    write_days(stores)
    view = viewer(stores)
    span = time_range(view.params, NOW, view.zone, "30d")
    told = QualityDesk(stores).fleet(view, reach(stores, view), span)
    known = 10 * (5 * 86_400 + 43_200)
    assert told.kept("chlorine").compliance.value == pytest.approx(100 * (1 - 7_200 / known))
    assert told.kept("turbidity").compliance.value == 100.0
    assert told.kept("chlorine").outside.value == pytest.approx(120.0)
    assert told.kept("quality").availability.value == pytest.approx(100 * 5.5 / 6)
    assert told.age.value == pytest.approx(9.0)


def test_a_dead_analyser_does_not_improve_compliance(stores: Stores) -> None:
    write_days(stores, dead=4)
    view = viewer(stores)
    here = reach(stores, view)
    told = QualityDesk(stores).fleet(view, here, time_range({}, NOW, view.zone, "30d"))
    rows = {row["code"]: row for row in ranking_rows(stores, view, here, told)}
    assert rows["XM-0004"]["compliance"] is None
    assert rows["XM-0004"]["out"] is None
    assert rows["XM-0004"]["available"] == 0.0


def test_the_worst_station_stands_first_and_the_calendar_has_its_day(stores: Stores) -> None:
    write_days(stores)
    view = viewer(stores)
    here = reach(stores, view)
    told = QualityDesk(stores).fleet(view, here, time_range({}, NOW, view.zone, "30d"))
    assert ranking_rows(stores, view, here, told)[0]["code"] == "XM-0003"
    [heat] = calendar_figure(view, told).data
    at = list(heat.x).index("2026-11-21")
    assert [row[at] for row in heat.z] == [pytest.approx(120.0), 0.0, 0.0]
    assert heat.z[0][0] is None


def test_decay_age_and_reserve_of_a_tank(stores: Stores) -> None:
    write_quarters(stores)
    told = tank(stores, viewer(stores))
    assert told.age.value == pytest.approx(7.5, abs=0.2)
    assert told.decay.value == pytest.approx(DECAY, rel=0.06)
    assert told.decay.quality is Quality.GOOD
    out = mixed(0.5, DECAY, 7.5)
    assert told.standstill.value == pytest.approx(24 * np.log(out / 0.05) / DECAY, rel=0.06)
    assert told.jumped is None


def test_laboratory_samples_stand_beside_as_hollow_marks(stores: Stores) -> None:
    write_quarters(stores)
    view = viewer(stores)
    lines = "泵房编号,采样点,采样时间,检测项目,检测结果\nXM-0001,出水,2026-11-20 09:30,余氯,0.31"
    body = base64.b64encode(lines.encode()).decode()
    quality_samples.take_in(stores, view, f"data:text/csv;base64,{body}", "s.csv")
    fig = chlorine_figure(view, tank(stores, view))
    [marks] = [t for t in fig.data if t.mode == "markers"]
    assert (marks.marker.symbol, list(marks.y)) == ("diamond-open", [0.31])
    assert marks.x[0] == datetime(2026, 11, 20, 9, 30)  # noqa: DTZ001 - the site's clock


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_shows_it_in_both_languages(stores: Stores, language: str) -> None:
    write_days(stores)
    write_quarters(stores)
    for params in ({}, {"sel": "st:XM-0001"}, {"from": "now-7d"}):
        view = viewer(stores, language=language, **params)
        shown = text_of(quality.layout(stores, view))
        assert text(language, "quality.cleaning_none") in shown
        assert '"quality.' not in shown


def test_without_any_data_nothing_is_zero_and_nothing_fails(stores: Stores) -> None:
    shown = text_of(quality.layout(stores, viewer(stores)))
    assert "100.00" not in shown
    assert text("zh", "quality.lab_none") in shown
    one = text_of(quality.layout(stores, viewer(stores, sel="st:XM-0001")))
    assert text("zh", "standing.none_yet") in one


def test_only_who_may_add_samples_sees_the_entry(stores: Stores) -> None:
    assert quality_samples.entry(viewer(stores))
    assert quality_samples.entry(viewer(stores, "executive")) == []
    with pytest.raises(Forbidden):
        quality_samples.take_in(stores, viewer(stores, "executive"), "data:,", "s.csv")
    values = ("XM-0001", "outlet", "2026-11-20", "ph", "7.2", "", "")
    with pytest.raises(Forbidden):
        quality_samples.save(stores, viewer(stores, "executive"), 1, *values)


def test_the_form_saves_one_and_says_what_is_wrong(stores: Stores) -> None:
    view = viewer(stores)
    values = ["XM-0001", "outlet", "2026-11-20 09:30", "ph", "9.1", "", "中心"]
    assert view.text("quality.form_saved") in text_of(
        quality_samples.save(stores, view, 1, *values)
    )
    again = text_of(quality_samples.save(stores, view, 1, *values))
    assert view.text("import.sample_known") in again
    values[4] = "x"
    assert "不是数字" in text_of(quality_samples.save(stores, view, 1, *values))
    shown = text_of(quality.layout(stores, view))
    assert view.text("quality.failed") in shown


def test_a_broken_upload_is_a_report_and_no_crash(stores: Stores) -> None:
    told = text_of(quality_samples.take_in(stores, viewer(stores), "data:;base64,%%", "s.csv"))
    assert text("zh", "import.empty") in told


@pytest.mark.parametrize(("what", "lines"), [("quality", 7), ("quality-samples", 2)])
def test_files_hold_what_the_page_shows(stores: Stores, what: str, lines: int) -> None:
    write_days(stores)
    view = viewer(stores)
    values = ("XM-0001", "outlet", "2026-11-20 09:30", "ph", "9.1", "", "中心")
    quality_samples.save(stores, view, 1, *values)
    with clicked(f'{{"index":"csv","type":"{what}-export"}}'):
        file = quality.take_away(stores, view, 1, None, "")
    rows = base64.b64decode(file["content"]).decode("utf-8-sig").splitlines()
    assert len(rows) == lines
    if what == "quality-samples":
        assert "超标" in rows[1]
    else:
        assert "XM-0003" in rows[1]


def test_a_dispatcher_may_not_add_by_the_wire(stores: Stores, browser: Any) -> None:
    contents = {"id": "quality-import", "property": "contents", "value": "data:,"}
    answer = call(browser("inspector"), "quality-import-report.children", [contents])
    assert answer.status_code == 403
