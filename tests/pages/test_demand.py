"""The page of demand on a lake that the test writes: figures, departures, files, scope."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import plotly.utils
import pytest
from dash import no_update

from components.formats import midnight
from components.page import View
from data.lake_writer import LakeWriter
from data.stores import Stores
from pages import demand
from pages.demand_hours import DAYS, HoursDesk, hours_of
from pages.demand_subject import Subjects
from pages.demand_tables import hour_rows, ranking_rows, tiles
from tests.pages.conftest import call, view_of
from tests.pages.looking import clicked

NOW = datetime(2026, 11, 22, 6, 20, tzinfo=UTC)  # Sunday 14:20 at the site
HOUR = timedelta(hours=1)
SHAPE = (
    4
    + 5 * np.exp(-(((np.arange(24) - 8) / 2) ** 2))
    + 6 * np.exp(-(((np.arange(24) - 20) / 3) ** 2))
)


def text_of(element: Any) -> str:
    return json.dumps(element, cls=plotly.utils.PlotlyJSONEncoder, ensure_ascii=False)


def write_hours(stores: Stores, burst: int = 0, silent: int = 0) -> None:
    """DAYS days: station n draws n times SHAPE; `burst` drew ten times as much at 3 to 5 o'clock
    yesterday, `silent` told nothing yesterday. Today in quarters to 14:00."""
    ids = [s.id for s in stores.stations.all()]
    writer = LakeWriter(stores.settings.lake, stores.manifest)
    start, today = midnight(NOW, stores.settings.zone, DAYS), midnight(NOW, stores.settings.zone)
    hours = [start + HOUR * i for i in range(24 * DAYS)]
    rows = [
        (
            id,
            at,
            id
            * SHAPE[i % 24]
            * (10 if id == burst and i in range(len(hours) - 21, len(hours) - 18) else 1),
        )
        for id in ids
        for i, at in enumerate(hours)
        if id != silent or i < len(hours) - 24
    ]
    quarters = [today + HOUR / 4 * i for i in range(56)]
    now = [(id, at, id * SHAPE[i // 4] / 4) for id in ids for i, at in enumerate(quarters)]
    files = [
        writer.write(dataset, "TANK_VFD-2-1-00", "month", _table(part))
        for dataset, part in (("hour", rows), ("quarter", now))
    ]
    writer.commit(files, at=NOW)


def _table(rows: list[tuple[int, datetime, float]]) -> dict[str, np.ndarray]:
    count = len(rows)
    return {
        "station": np.array([r[0] for r in rows], np.int32),
        "ts": np.array([round(r[1].timestamp() * 1000) for r in rows]),
        "polls": np.full(count, 450),
        "seconds": np.full(count, 900.0),
        "F.volume": np.array([r[2] for r in rows]),
    }


def viewer(stores: Stores, role: str = "engineer", **params: str) -> View:
    seen = view_of(stores, role, **params)
    return View(user=seen.user, zone=seen.zone, now=NOW, params=params, language=seen.language)


def test_hours_are_laid_by_the_clock_of_the_site(stores: Stores) -> None:
    write_hours(stores)
    hours = HoursDesk(stores).of(NOW)
    flow = hours.of([2])[0]
    assert flow[0] == pytest.approx(2 * SHAPE, rel=1e-3)
    assert flow[DAYS, :14] == pytest.approx(2 * SHAPE[:14], rel=1e-3)
    assert np.isnan(flow[DAYS, 14:]).all()
    assert np.isnan(hours.of([99])).all()


def test_a_city_is_the_sum_of_its_stations_and_a_station_itself(stores: Stores) -> None:
    write_hours(stores)
    here, [city] = Subjects(stores).of(viewer(stores))
    assert len(here.stations) == 6
    assert city.mean_day.value == pytest.approx(21 * SHAPE.sum(), rel=1e-3)
    _, [one] = Subjects(stores).of(viewer(stores, sel="st:XM-0003"))
    assert one.mean_day.value == pytest.approx(3 * SHAPE.sum(), rel=1e-3)
    assert one.hour.value == pytest.approx(SHAPE.max() / SHAPE.mean(), rel=1e-3)
    assert one.day.value == pytest.approx(1.0, rel=1e-3)
    assert one.types[DAYS] == "sunday"
    assert one.ahead.value[1] == pytest.approx(3 * SHAPE, rel=1e-3)


def test_a_district_manager_sees_the_own_district(stores: Stores) -> None:
    write_hours(stores)
    here, _ = Subjects(stores).of(viewer(stores, "district_manager", sel="st:XM-0001,st:XM-0002"))
    codes = {s.code for s in here.stations}
    rows = ranking_rows(
        stores,
        viewer(stores, "district_manager"),
        Subjects(stores).fleet(viewer(stores, "district_manager")),
    )
    assert {row["code"] for row in rows} == codes
    assert len(codes) == 3


def test_a_burst_of_yesterday_leads_the_departures(stores: Stores) -> None:
    write_hours(stores, burst=4)
    [(station, found), *_] = Subjects(stores).fleet(viewer(stores)).departures
    assert (station.id, found.day, found.first, found.last) == (4, DAYS - 1, 3, 5)
    assert found.excess == pytest.approx(9 * 4 * SHAPE[3:6].sum(), rel=0.01)


def test_a_silent_station_does_not_lower_the_city(stores: Stores) -> None:
    write_hours(stores, silent=2)
    _, [city] = Subjects(stores).of(viewer(stores))
    assert city.flow[DAYS - 1] == pytest.approx(21 * SHAPE, rel=1e-3)
    assert city.coverage < 1.0


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_shows_it_in_both_languages(stores: Stores, language: str) -> None:
    write_hours(stores, burst=4)
    for params in ({}, {"sel": "st:XM-0004", "cmp": "week"}, {"sel": "st:XM-0001,st:XM-0002"}):
        seen = viewer(stores, **params)
        view = View(user=seen.user, zone=seen.zone, now=NOW, params=params, language=language)
        shown = text_of(demand.layout(stores, view))
        assert view.text("demand.title") in shown
        assert "demand." not in shown.replace("/demand", "").replace("demand-", "")


def test_without_any_data_nothing_is_zero_and_nothing_fails(stores: Stores) -> None:
    view = viewer(stores)
    shown = text_of(demand.layout(stores, view))
    assert view.text("standing.none_yet") in shown
    _, [city] = Subjects(stores).of(view)
    values = [tile.children[1].children[0].children for tile in tiles(view, city).children]
    assert values == ["—"] * 6


def test_the_file_holds_what_the_page_shows_with_bounds_ahead(stores: Stores) -> None:
    write_hours(stores)
    view = viewer(stores, sel="st:XM-0003")
    _, [one] = Subjects(stores).of(view)
    rows = hour_rows(view, one)
    past = [row for row in rows if row[1] == view.text("demand.line_past")]
    ahead = [row for row in rows if row[1] == view.text("demand.line_ahead")]
    assert len(past) == 24 * DAYS + 14
    assert len(ahead) == 8 * 24 - 14
    assert all(row[5] <= row[3] <= row[2] <= row[4] <= row[6] for row in ahead)


def test_the_hours_are_read_once_for_all_viewers(stores: Stores) -> None:
    assert hours_of(stores, NOW) is hours_of(stores, NOW + timedelta(seconds=30))


@pytest.mark.parametrize(
    ("what", "lines"), [("demand", 7), ("demand-hours", 24 * DAYS + 193), ("demand-departures", 2)]
)
def test_files_hold_what_the_page_shows(stores: Stores, what: str, lines: int) -> None:
    write_hours(stores, burst=4)
    with clicked(f'{{"index":"csv","type":"{what}-export"}}'):
        file = demand.take_away(stores, viewer(stores), 1, None, "?cmp=week")
    rows = base64.b64decode(file["content"]).decode("utf-8-sig").splitlines()
    assert len(rows) == lines
    assert rows[0].startswith("时间" if what == "demand-hours" else "泵房")


def test_nobody_clicked_nothing_comes(stores: Stores) -> None:
    assert demand.take_away(stores, viewer(stores), None, None, "") is no_update


def test_an_inspector_has_no_such_page(stores: Stores, browser: Any) -> None:
    button = {"id": {"type": "demand-export", "index": "csv"}, "property": "n_clicks", "value": 1}
    answer = call(browser("inspector"), "demand-download.data", [button])
    assert answer.status_code == 403
