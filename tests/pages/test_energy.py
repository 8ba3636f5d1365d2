"""The page of energy on a small town: what it says, what its URL does, files, work orders."""

from __future__ import annotations

import base64
import io
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from openpyxl import load_workbook

from components.page import View
from data.lake_writer import LakeWriter
from data.stores import Stores
from pages import energy
from pages.energy_facts import Span, whole_days
from pages.energy_files import TABLES, file
from pages.router import route
from tests.pages.conftest import COUNT, NOW, call, view_of
from tests.pages.looking import drawn

HOUR = 3_600_000
DAYS = 60
LAST = date(2026, 11, 21)


@pytest.fixture
def town(stores: Stores) -> Stores:
    """Sixty days of facts, ten of hours; the third station presses 0.1 MPa too much and the sixth
    needs twice the energy of the others."""
    rows = stores.stations.all()
    writer = LakeWriter(stores.settings.lake, stores.manifest)
    files = []
    for layout in sorted({r.layout.key for r in rows}):
        ids = [r.id for r in rows if r.layout.key == layout]
        zones = next(len(r.sets) for r in rows if r.layout.key == layout)
        files.append(writer.write("station_day", f"{layout}-00", "day", _days(ids)))
        files.append(writer.write("hour", f"{layout}-00", "day", _hours(ids, zones)))
    writer.commit(files, at=NOW)
    return stores


def _days(ids: list[int]) -> dict[str, np.ndarray]:
    station = np.repeat(np.array(ids, np.int32), DAYS)
    back = np.tile(np.arange(DAYS)[::-1], len(ids))
    day = np.array([(LAST - timedelta(days=int(b))).toordinal() for b in back]) - 719163
    volume = 200.0 + station
    energy = volume * 0.25 * np.where(station == 6, 2.0, 1.0) * np.where(back < 30, 1.1, 1.0)
    whole = np.full(len(station), 86_400.0)
    return {
        "station": station,
        "day": day.astype("datetime64[D]"),
        "ts": day.astype(np.int64) * 24 * HOUR - 8 * HOUR,
        "F.volume": volume,
        "F.energy": energy,
        "F.head_volume": volume * 0.4,
        "F.idle_energy": np.zeros(len(station)),
        "F.run_s": whole,
        "F.demanded_s": whole,
        "F.online_s": whole,
        "F.expected_s": whole,
    }


def _hours(ids: list[int], zones: int) -> dict[str, np.ndarray]:
    n = 240
    end = int(datetime(2026, 11, 21, 16, tzinfo=UTC).timestamp() * 1000)
    station = np.repeat(np.array(ids, np.int32), n)
    table: dict[str, np.ndarray] = {
        "station": station,
        "ts": np.tile(end - HOUR * np.arange(n, 0, -1), len(ids)),
        "F.energy": np.full(len(station), 2.0),
    }
    for zone in "LMH"[:zones]:
        table[f"{zone}.P_OUT"] = np.where(station == 3, 53_400, 43_400)
        table[f"{zone}.Q_OUT"] = np.full(len(station), 10_000)
    return table


def at(stores: Stores, role: str = "engineer", lang: str = "zh", **params: str) -> View:
    return replace(view_of(stores, role, lang, **params), now=NOW)


def page(stores: Stores, role: str = "engineer", lang: str = "en", **params: str) -> str:
    return drawn(energy.layout(stores, at(stores, role, lang, **params)))


def test_figures_are_ratios_of_sums(town: Stores) -> None:
    it = energy.of(town, at(town))
    assert it.span == Span(date(2026, 10, 23), LAST)
    told = it.now.figures()
    volumes = [200.0 + s for s in range(1, COUNT + 1)]
    kwh = sum(v * 0.25 * 1.1 * (2 if s == 6 else 1) for s, v in enumerate(volumes, 1))
    assert told["e"].value == pytest.approx(kwh / sum(volumes))
    assert told["eh"].value == pytest.approx(kwh / sum(volumes) / 0.4)
    assert told["eta"].value == pytest.approx(100 / 3.6 / (kwh / sum(volumes) / 0.4))
    assert told["energy"].value == pytest.approx(30 * kwh)
    found = it.change("prev")
    assert found.efficiency == pytest.approx(found.total)
    assert found.total == pytest.approx(30 * kwh * (1 - 1 / 1.1))
    assert it.change("yoy").base == 0.0


def test_hours_fall_into_the_bands_of_the_site_s_clock(town: Stores) -> None:
    it = energy.of(town, at(town))
    # ten whole days, 2 kWh an hour and station: 8 h valley, 8 h flat, 8 h peak
    each = 10 * 8 * 2.0 * COUNT
    assert it.bands == pytest.approx({"valley": each, "flat": each, "peak": each})
    bill, price = it.money()
    assert bill.value == pytest.approx(each * (0.2405 + 0.65 + 1.027))
    assert "DEFAULT_PARAMETER" in bill.reasons
    assert price.value == pytest.approx((0.2405 + 0.65 + 1.027) / 3)


def test_the_page_says_what_is_lost_and_why(town: Stores) -> None:
    said = page(town, "executive", rank="setpoint")
    assert "Set point too high" in said
    assert "outlet at 0.534 MPa" in said
    assert "default tariff" in said
    assert "Lakeside 3" in said
    other = page(town, at="XM-0006")
    assert "CW" not in other
    assert "XM-0006" in other


def test_what_the_url_says_narrows_and_chooses(town: Stores) -> None:
    east = energy.of(town, at(town, scope="d:east"))
    assert {s.district_id for s in east.reach.stations} == {1}
    city = energy.of(town, at(town)).now.energy
    assert east.now.energy is not None
    assert city is not None
    assert city > east.now.energy
    assert energy.of(town, at(town, "district_manager")).now.energy == east.now.energy
    said = page(town, sel="st:XM-0001,st:XM-0002", base="yoy", m="eh", rank="nonsense")
    assert "/comparison?sel=" in said
    one = energy.of(town, at(town, **{"from": "2026-11-20", "to": "2026-11-21"}))
    assert one.span == Span(date(2026, 11, 20), date(2026, 11, 20))


def test_a_day_that_is_not_over_counts_only_alone() -> None:
    today = date(2026, 11, 22)
    assert whole_days(date(2026, 11, 1), today, today).last == date(2026, 11, 21)
    assert whole_days(today, today, today) == Span(today, today)
    assert Span(date(2024, 2, 29), date(2024, 2, 29)).year_ago.first == date(2023, 2, 28)
    assert Span(date(2026, 3, 1), date(2026, 3, 30)).before == Span(
        date(2026, 1, 30), date(2026, 2, 28)
    )


def test_without_facts_the_page_says_so(stores: Stores) -> None:
    said = page(stores)
    assert "No day has been recorded yet" in said
    assert "nan" not in said.lower().replace("tenant", "")


@pytest.mark.parametrize("name", TABLES)
def test_every_table_and_chart_can_be_taken_away(town: Stores, name: str) -> None:
    view = at(town)
    it, districts = energy.of(town, view), town.stations.districts()
    csv = base64.b64decode(file(view, it, f"{name}|csv", districts)["content"])
    assert csv.startswith(b"\xef\xbb\xbf")
    book = load_workbook(
        io.BytesIO(base64.b64decode(file(view, it, f"{name}|xlsx", districts)["content"]))
    )
    sheet, about = book.worksheets
    assert sheet.max_row > 1
    said = {row[0].value: row[1].value for row in about.iter_rows()}
    assert view.text("energy.definition") in said
    assert said[view.text("energy.tariff_source")] == "default"


def test_the_ranking_of_the_file_is_that_of_the_screen(town: Stores) -> None:
    view = at(town, rank="eh")
    it = energy.of(town, view)
    made = file(view, it, "ranking|xlsx", town.stations.districts())
    [sheet, _] = load_workbook(io.BytesIO(base64.b64decode(made["content"]))).worksheets
    rows = list(sheet.iter_rows(values_only=True))
    column = rows[0].index(view.text("energy.head_eh"))
    assert rows[1][1] == "XM-0006"
    assert rows[1][column] == pytest.approx(it.rows[6]["eh"])


@pytest.mark.parametrize("role", ["engineer", "dispatcher"])
def test_the_cost_of_energy_is_left_out_where_its_indicator_is_forbidden(
    town: Stores, role: str
) -> None:
    told = page(town, "executive")
    assert "CNY" in told
    assert "Not shown to your role" not in told
    said = page(town, role)
    assert "Not shown to your role: Energy cost" in said
    assert "CNY" not in said
    assert "tariff, assumed" not in said
    assert bands(town, "executive")[0] == ["Band", "kWh", "Share", "CNY/kWh", "CNY"]
    heads, *rows = bands(town, role)
    assert heads == ["Band", "kWh", "Share"]
    assert {len(row) for row in rows} == {3}


def bands(town: Stores, role: str) -> list[list[object]]:
    """The file of the tariff's bands, head first."""
    view = at(town, role, "en")
    made = file(view, energy.of(town, view), "bands|xlsx", town.stations.districts())
    [sheet, _] = load_workbook(io.BytesIO(base64.b64decode(made["content"]))).worksheets
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def test_an_order_says_the_reason_with_its_numbers(town: Stores) -> None:
    view = at(town, lang="en")
    note = energy.order_note(town, view, "XM-0003", "WT-02", "?rank=setpoint")
    assert "0.534 MPa" in note
    assert note.endswith("2026-10-23 – 2026-11-21")


def test_a_point_of_the_cloud_leads_to_its_station(town: Stores) -> None:
    view = at(town)
    click = {"points": [{"customdata": "XM-0002"}]}
    href = energy.open_station(town, view, click, "?scope=d:west&from=now-7d&m=eh")
    assert href == "/stations/XM-0002?scope=d%3Awest&from=now-7d"
    hidden = energy.open_station(town, at(town, "district_manager"), {"points": []}, "")
    assert not isinstance(hidden, str)


def test_who_may_look(town: Stores, browser: object) -> None:
    content, title, _ = route(town, at(town, lang="en"), "/energy", "")
    assert title == "Energy"
    assert "Where do we lose kWh?" in drawn(content)
    inspector = browser("inspector")  # type: ignore[operator]
    assert inspector.get("/energy").status_code == 403
    asked = [{"id": "energy-cloud", "property": "clickData", "value": None}]
    answer = call(inspector, "energy-go.href", asked)
    assert answer.status_code == 403


def test_a_base_without_data_is_not_compared_with(town: Stores) -> None:
    said = page(town, base="yoy", m="energy")
    assert "Only 0.0% of the base period has data" in said
    assert "energy-change" not in [w.strip('"') for w in said.split() if "graph" in w]
    few = page(
        town, **{"from": "2026-09-28", "to": "2026-10-18"}
    )  # of 21 days before it 5 are kept
    assert "of the base period has data" in few


def test_days_that_nobody_has_lower_the_coverage(town: Stores) -> None:
    """Ten of thirty days of one of six stations are gone, and the hours tell of ten days only."""
    it = energy.of(town, at(town))
    gone = (pl.col("station") == 2) & (pl.col("day") > LAST - timedelta(days=10))
    less = replace(it, days=it.days.filter(~gone))
    assert it.now.coverage == pytest.approx(1.0)
    assert less.now.coverage == pytest.approx(1 - 10 / (30 * COUNT))
    bill, _ = it.money()
    known = sum(it.bands.values()) / (it.now.energy or 1.0)
    assert bill.coverage == pytest.approx(known)
    assert known < 0.5


def test_energy_that_nobody_knows_makes_no_carbon(town: Stores) -> None:
    it = energy.of(town, at(town))
    unknown = pl.lit(None, pl.Float64).alias("F.energy")
    assert replace(it, days=it.days.with_columns(unknown)).carbon().value is None
    assert (it.carbon().value or 0.0) > 0.0
