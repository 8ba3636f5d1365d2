"""The pages of comparison and of points on a lake that the test writes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import plotly.utils
import pytest
from flask.testing import FlaskClient

from components.page import View
from components.time_range import time_range
from data.lake_writer import LakeWriter
from data.stores import Stores
from pages import comparison, points
from pages.comparison_asked import Asked
from pages.comparison_facts import changes, compared_days
from pages.comparison_panels import TABS
from pages.comparison_reach import told_of
from pages.comparison_tables import content
from pages.points_data import load
from pages.reach import entities, reach
from tests.pages.conftest import view_of

NOW = datetime(2026, 11, 22, 6, 20, tzinfo=UTC)  # 14:20 at the site
TODAY = date(2026, 11, 22)
DAYS = 400
HOURS = 24 * 60
LOST = 2
"""Station of which four days of this month are missing."""


def write_days(stores: Stores) -> None:
    """Station n supplies 100 n m³ a day at 0.4 kWh/m³, this November 10 % more."""
    ids = [s.id for s in stores.stations.all()]
    table: dict[str, list[Any]] = {k: [] for k in ("station", "ts", "day", "v", "e", "cover")}
    for id in ids:
        for back in range(DAYS, 0, -1):
            day = TODAY - timedelta(days=back)
            if id == LOST and date(2026, 11, 5) <= day <= date(2026, 11, 8):
                continue
            supplied = 100.0 * id * (1.1 if (day.year, day.month) == (2026, 11) else 1.0)
            at = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=8)
            row = (id, int(at.timestamp() * 1000), day, supplied, supplied * 0.4, 1.0)
            for name, value in zip(table, row, strict=True):
                table[name].append(value)
    n = len(table["station"])
    writer = LakeWriter(stores.settings.lake, stores.manifest)
    volume = np.array(table["v"])
    rows: dict[str, np.ndarray] = {
        "station": np.array(table["station"], np.int32),
        "ts": np.array(table["ts"], np.int64),
        "day": np.array(table["day"], "datetime64[D]"),
        "F.volume": volume,
        "F.energy": np.array(table["e"]),
        "F.head_volume": volume * 0.4,
        "F.online_s": np.full(n, 86_400.0),
        "F.expected_s": np.full(n, 86_400.0),
        "mnf": volume / 240,
        "mean_flow": volume / 24,
        "coverage": np.array(table["cover"]),
    }
    writer.commit([writer.write("station_day", "all", "month", rows)], at=NOW)


def write_hours(stores: Stores) -> None:
    """Sixty days of hourly flow: a daily wave; station 2 follows station 1 by three hours."""
    start = datetime(2026, 11, 22, 6, tzinfo=UTC) - timedelta(hours=HOURS)
    ms = int(start.timestamp() * 1000) + np.arange(HOURS) * 3_600_000
    wave = np.random.default_rng(5).normal(0, 0.4, HOURS + 3).cumsum()
    wave += 20 + 8 * np.sin(np.arange(HOURS + 3) / 24 * 2 * np.pi)
    writer = LakeWriter(stores.settings.lake, stores.manifest)
    made = []
    for layout in {s.layout.key for s in stores.stations.all()}:
        rows = [s for s in stores.stations.all() if s.layout.key == layout]
        flow = [wave[:HOURS] if s.id == 2 else wave[3:] for s in rows]
        table = {
            "station": np.repeat(np.array([s.id for s in rows], np.int32), HOURS),
            "ts": np.tile(ms, len(rows)),
            "polls": np.full(HOURS * len(rows), 1800),
            "L.Q_OUT": np.rint(np.concatenate(flow) * 1000).astype(np.int64),
        }
        made.append(writer.write("hour", f"{layout}-00", "month", table))
    writer.commit(made, at=NOW)


def text_of(element: Any) -> str:
    return json.dumps(element, cls=plotly.utils.PlotlyJSONEncoder, ensure_ascii=False)


def at_now(stores: Stores, role: str = "engineer", language: str = "zh", **params: str) -> View:
    return replace(view_of(stores, role, language, **params), now=NOW)


@pytest.fixture
def town(stores: Stores) -> Stores:
    write_days(stores)
    write_hours(stores)
    return stores


def test_a_running_month_against_the_same_days_of_the_one_before(town: Stores) -> None:
    view = at_now(town, **{"from": "now/M", "sel": "st:XM-0001,st:XM-0003"})
    span = time_range(view.params, NOW, view.zone)
    period, base = compared_days(view, span, "prev")
    assert (period.first, period.last) == (date(2026, 11, 1), date(2026, 11, 21))
    assert (base.period.first, base.period.last) == (date(2026, 10, 1), date(2026, 10, 21))
    found, _ = entities(town, view)
    made = changes(town, view, found, span, "prev")
    supply = made["st:XM-0003", "supply"]
    assert supply.current.value == pytest.approx(3 * 110 * 21)
    assert supply.growth.value == pytest.approx(10.0)
    assert supply.growth.low is None
    assert made["st:XM-0003", "specific_energy"].growth.value == pytest.approx(0.0)
    assert made["st:XM-0003", "lift_energy"].current.value == pytest.approx(1.0)
    assert made["st:XM-0003", "efficiency"].current.value == pytest.approx(100 / 3.6)


def test_missing_days_give_a_bound_and_no_false_growth(town: Stores) -> None:
    """The truth, 10 %, lies in the bound; the plain sums would have said −11 %."""
    view = at_now(town, **{"from": "now/M", "sel": f"st:XM-000{LOST}"})
    span = time_range(view.params, NOW, view.zone)
    found, _ = entities(town, view)
    growth = changes(town, view, found, span, "prev")[f"st:XM-000{LOST}", "supply"].growth
    assert growth.low is not None and growth.high is not None
    assert growth.low == pytest.approx(100 * (17 * 1.1 / 21 - 1))
    assert growth.low < 10.0 <= growth.high + 1e-6
    shown = text_of(
        comparison.layout(town, replace(view, params={**view.params, "tab": "periods"}))
    )
    assert "−11.0 … +10.0%" in shown


@pytest.mark.parametrize("tab", list(TABS))
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_tab_is_made_and_its_files_hold_numbers(
    town: Stores, tab: str, language: str
) -> None:
    view = at_now(town, language=language, tab=tab, cmp="yoy", sel="st:XM-0001/L,st:XM-0002")
    shown = text_of(comparison.layout(town, view))
    assert shown.count("chip-away") >= 2
    if language == "en":
        assert "Lakeside 2" in shown
    asked = comparison._asked(town, view)
    for part in ("prev", "yoy", "fleet", "ranking", "day", "night"):
        title, (heads, rows), _ = content(asked, part)
        assert title and rows and all(len(row) == len(heads) for row in rows), part


def test_without_a_choice_a_bad_a_middling_and_a_good_one_are_compared(town: Stores) -> None:
    asked = comparison._asked(town, at_now(town))
    assert len(asked.entities) == 3


def test_what_the_url_says_wrongly_is_left_aside(town: Stores) -> None:
    view = at_now(town, sel="st:XM-0001,st:NO-1,st:XM-0002/H", cmp="century", tab="nothing")
    asked = comparison._asked(town, view)
    assert [e.key for e in asked.entities] == ["st:XM-0001"]
    assert "page-tab on" in text_of(comparison.layout(town, view))


def test_a_manager_compares_only_what_is_in_reach(town: Stores) -> None:
    view = at_now(town, "district_manager", sel="st:XM-0001,st:XM-0002")
    found, lost = entities(town, view)
    assert [e.key for e in found] == ["st:XM-0002"]
    assert lost == ["st:XM-0001"]


def test_things_keep_their_places_and_are_six_at_most(town: Stores) -> None:
    keys = ["st:XM-0003/M/2", "st:XM-0003/M", "st:XM-0001", "st:XM-0001"]
    found, _ = entities(town, at_now(town, sel=",".join(keys)))
    assert [(e.key, e.index, e.zone, e.pump) for e in found] == [
        ("st:XM-0003/M/2", 0, "M", 2), ("st:XM-0003/M", 1, "M", 0), ("st:XM-0001", 2, "", 0),
    ]  # fmt: skip
    assert len({e.color for e in found}) == len({e.mark for e in found}) == 3
    many = ",".join(f"st:XM-000{n}/L" for n in range(1, 7)) + ",st:XM-0001"
    assert len(entities(town, at_now(town, sel=many))[0]) == 6


def test_a_point_of_two_stations_with_its_lag(town: Stores) -> None:
    view = at_now(town, sel="st:XM-0001,st:XM-0002", **{"from": "now-40d"})
    span = time_range(view.params, NOW, view.zone)
    shown = load(town, view, entities(town, view)[0], ["L.Q_OUT"], span)
    assert (shown.grain, len(shown.lines)) == ("1 h", 2)
    first, second = shown.lines
    assert first.likeness is None
    assert second.likeness is not None
    assert (second.likeness.lag, round(second.likeness.at_lag, 2)) == (3, 1.0)
    assert first.statistics.coverage > 0.98
    heads, rows = points.series_table(view, shown, "difference", "", 3)
    assert len(heads) == 2
    known = [row[1] for row in rows if row[1] is not None]
    assert np.abs(known).max() < 0.01


@pytest.mark.parametrize("how", ["overlay", "multiples", "difference"])
@pytest.mark.parametrize("scale", ["", "mean", "z"])
def test_the_page_of_points_in_every_view(town: Stores, how: str, scale: str) -> None:
    params = {"sel": "st:XM-0001,st:XM-0002", "view": how, "norm": scale, "cmp": "prev"}
    view = at_now(town, **params, **{"from": "now-28d"})
    shown = text_of(points.layout(town, view))
    assert "1 h" in shown
    assert ("dot" in shown) or how != "multiples" or scale != ""


def test_points_of_unlike_units_stand_side_by_side(town: Stores) -> None:
    view = at_now(town, sel="st:XM-0001", p2="L.P_OUT", **{"from": "now-28d"})
    assert "small-charts" in text_of(points.layout(town, view))


def test_no_choice_and_no_data_are_said(stores: Stores) -> None:
    shown = text_of(points.layout(stores, at_now(stores, "engineer", "en", sel="none")))
    assert "Choose at least one" in shown
    assert "No data in this period" in text_of(
        points.layout(stores, at_now(stores, "engineer", "en", sel="st:XM-0001"))
    )
    assert comparison.layout(stores, at_now(stores)) is not None


def test_saved_views_go_through_the_gate(browser: Callable[[str], FlaskClient]) -> None:
    client = browser("engineer")
    body = {"name": "夜间", "path": "/comparison", "query": "tab=night", "shared": True}
    assert client.post("/api/views/comparison", json=body).status_code == 400  # no CSRF token
    cookie = client.get_cookie("_csrf_token")
    assert cookie is not None
    headers = {"X-CSRFToken": cookie.decoded_value}
    kept = client.post("/api/views/comparison", json=body, headers=headers)
    assert kept.status_code == 200
    row = kept.get_json()[0]
    assert (row["href"], row["removable"]) == ("/comparison?tab=night", True)
    elsewhere = body | {"path": "//elsewhere"}
    assert client.post("/api/views/comparison", json=elsewhere, headers=headers).status_code == 409
    assert client.get("/api/views/nothing").status_code == 404
    other = browser("executive")
    assert [r["by"] for r in other.get("/api/views/comparison").get_json()] == ["engineer"]
    gone = client.delete(f"/api/views/comparison/{row['id']}", headers=headers)
    assert gone.get_json() == []


def test_growth_of_all_and_of_the_same_stations(town: Stores) -> None:
    """Station 2 lacks four days of this month: all seem to have grown less than each has."""
    view = at_now(town, **{"from": "now/M", "tab": "periods"})
    span = time_range(view.params, NOW, view.zone)
    place = reach(town, view)
    told = told_of(Asked(town, view, place, True, [], span), "prev")
    count = len(town.stations.all())
    assert told.stations == {"all": count, "like": count - 1}
    ids = [s.id for s in town.stations.all()]
    now, before = 110 * (21 * sum(ids) - 4 * LOST), 100 * 21 * sum(ids)
    every, alike = told.changes["all", "supply"], told.changes["like", "supply"]
    assert (every.current.value, every.base.value) == pytest.approx((now, before))
    assert every.growth.value == pytest.approx(100 * (now / before - 1))
    assert alike.growth.value == pytest.approx(10.0)
    assert alike.growth.low is None
    assert alike.current.coverage == pytest.approx(1.0)
    assert told.changes["like", "efficiency"].growth.value == pytest.approx(0.0)
    page = text_of(comparison.layout(town, view))
    assert "范围合计环比" in page and f"同口径 {count - 1} 座" in page
    asked = Asked(town, view, place, True, [], span)
    _, (heads, rows), _ = content(asked, "reach_prev")
    assert len(rows) == 12 and len(rows[0]) == len(heads)
