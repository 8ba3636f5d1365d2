"""The page of leakage: what it shows of a small town, its files, orders and readings."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook

from analytics.leak_ranking import loss_share, total
from analytics.results import Reason
from data.lake_writer import LakeWriter
from data.manifest import FileRow
from data.rights import Forbidden
from data.stores import Stores
from pages import leakage
from pages.desk import desk_of
from pages.guarded import Broken, attempt
from pages.leakage_balance import parts_of
from pages.leakage_files import file
from pages.leakage_panels import balance
from pages.leakage_readings import enter, take_in
from pages.leakage_scene import scene
from tests.pages.conftest import call, view_of
from tests.pages.days import past, write_days
from tests.pages.looking import drawn, panel_of

NIGHTS = 120
LEAK, ONSET = 3, 70
"""The station whose night flow grows, and when."""


def fill(stores: Stores, now: datetime) -> None:
    """Days of all stations: use by homes, and a leak of 1.5 m³/h at one."""
    rng = np.random.default_rng(4)
    today = now.astimezone(stores.settings.zone).date()
    rows: dict[str, list[Any]] = {name: [] for name in ("station", "ts", "day", "mnf")}
    homes = {s.id: s.households for s in stores.stations.all()}
    leaking = stores.stations.by_code(f"XM-000{LEAK}")
    assert leaking is not None
    for n in range(NIGHTS):
        day = today - timedelta(days=NIGHTS - 1 - n)
        start = datetime(day.year, day.month, day.day, tzinfo=stores.settings.zone)
        for station, count in homes.items():
            flow = 2.2 * count / 1000 * (1 + 0.03 * rng.standard_normal())
            flow += 1.5 if station == leaking.id and n >= ONSET else 0.0
            rows["station"].append(station)
            rows["ts"].append(round(start.timestamp() * 1000))
            rows["day"].append(np.datetime64(day, "D"))
            rows["mnf"].append(flow)
    table = {name: np.array(values) for name, values in rows.items()}
    volume = 24 * 17.0 * np.array([homes[s] for s in rows["station"]]) / 1000
    table |= {"F.volume": volume, "F.energy": 0.4 * volume, "F.lost_s": 0.0 * volume,
              "coverage": np.ones(len(volume)), "mean_flow": volume / 24}  # fmt: skip
    writer = LakeWriter(stores.settings.lake, stores.manifest)
    with writer.change(lambda: now) as change:
        change.write("station_day", "all", "piece", table)


@pytest.fixture
def town(stores: Stores) -> Stores:
    fill(stores, view_of(stores, "engineer").now)
    return stores


def test_the_leaking_compound_is_first_with_size_date_and_money(town: Stores) -> None:
    view = view_of(town, "engineer")
    it = scene(town, view)
    first = it.order[0]
    assert it.stations[first].code == f"XM-000{LEAK}"
    assert it.suspected == [first]
    since = it.since(first)
    assert since is not None
    assert (view.now.astimezone(view.zone).date() - it.day(since.first)).days in (49, 50, 51)
    night = it.told(first, "night")
    assert night.low is not None
    assert night.high is not None
    assert night.low < 1.5 + 0.4 * 0.3 < night.high
    text = drawn(leakage.layout(town, view))
    assert "湖滨3期" in text
    assert "疑似漏点" in text


def test_an_empty_lake_shows_a_page_and_no_zero(stores: Stores) -> None:
    view = view_of(stores, "engineer", "en")
    text = drawn(leakage.layout(stores, view))
    assert "Leakage" in text
    assert "No day has been recorded yet" in text
    it = scene(stores, view)
    assert it.suspected == []


def test_a_district_manager_sees_the_own_district_only(town: Stores) -> None:
    it = scene(town, view_of(town, "district_manager", at="XM-0001", scope="d:west"))
    assert {s.district_id for s in it.stations} == {1}
    assert it.focus is not None
    assert it.focus.district_id == 1


def test_the_file_has_what_the_screen_has(town: Stores) -> None:
    view = view_of(town, "engineer", "en")
    it = scene(town, view)
    districts = tuple(town.stations.districts(view.scope))
    parts = parts_of(view, it, it.focus, None)
    made = file(view, it, "ranking|xlsx", districts, [], parts)
    book = load_workbook(io.BytesIO(base64.b64decode(made["content"])))
    head, first, *_ = book.worksheets[0].iter_rows(values_only=True)
    row = dict(zip(head, first, strict=True))
    assert row["Code"] == f"XM-000{LEAK}"
    assert row["Night leakage (m³/h)"] == pytest.approx(it.columns["night"][it.order[0]])
    assert any("Night use prior" in str(c.value) for c in book.worksheets[1]["B"])
    for name in ("nights", "balance", "changes", "proof"):
        assert file(view, it, f"{name}|csv", districts, [], parts)["filename"].endswith(".csv")
    with pytest.raises(KeyError):
        file(view, it, "passwords|csv", districts, [], parts)


def test_the_order_says_what_was_found(town: Stores) -> None:
    view = view_of(town, "engineer", "en")
    note = leakage.order_note(town, view, f"XM-000{LEAK}", "WT-05", "from=now-30d")
    assert "Night flow has grown by 1." in note
    assert "CNY/d" not in note  # whoever does the work may not see money


@pytest.mark.parametrize("role", ["engineer", "district_manager", "dispatcher"])
def test_money_is_left_out_where_its_indicator_is_forbidden(town: Stores, role: str) -> None:
    assert "CNY/d" in drawn(leakage.layout(town, view_of(town, "executive", "en")))
    said = drawn(leakage.layout(town, view_of(town, role, "en")))
    assert "CNY/d" not in said
    assert "recoverable" not in said.lower()
    assert "Not shown to your role: Cost of leakage" in said
    columns = {who: heads_of(town, who) for who in ("executive", role)}
    money = {"Cost (yuan/d)", "Recoverable (yuan/d)"}
    assert money < columns["executive"]
    assert columns["executive"] - columns[role] == money | {"Payback (d)"}


@pytest.mark.parametrize("at", ["", "XM-0002"])
def test_without_the_hours_the_page_keeps_its_compound_and_the_ranking_says_why(
    town: Stores, at: str
) -> None:
    spoil_hours(town)
    code = at or f"XM-000{LEAK}"
    view = view_of(town, "engineer", at=at)
    it = scene(town, view)
    assert it.focus is not None
    assert it.focus.code == code
    page = leakage.layout(town, view)
    panels = {n: panel_of(page, view.text(f"leakage.panel_{n}")) for n in
              ("ranking", "focus", "nights", "proof")}  # fmt: skip
    said = view.text("state.damaged", name=view.text("system.dataset_hour"), dataset="hour")
    assert said in panels["ranking"]
    assert "state failed" not in panels["focus"]
    assert view.text("state.unread", name=view.text("system.dataset_hour")) in panels["focus"]
    assert code in panels["focus"]
    assert it.focus.name("zh") in panels["nights"]
    note = leakage.order_note(town, view, f"XM-000{LEAK}", "WT-05", "")
    assert "m³/h" in note
    assert "— m³/d" in note  # missing is never zero
    parts: Any = attempt(lambda: parts_of(view, it, it.focus, None))
    assert file(view, it, "nights|csv", (), [], parts)["filename"].endswith(".csv")
    assert isinstance(parts, Broken)


def spoil_hours(town: Stores) -> None:
    """A file of the last two days' hours that is no Parquet."""
    now, path = datetime.now(UTC), "hour/damaged.parquet"
    (town.settings.lake / "hour").mkdir(parents=True, exist_ok=True)
    (town.settings.lake / path).write_bytes(b"no parquet")
    first, last = (int(at.timestamp() * 1000) for at in (now - timedelta(days=2), now))
    row = FileRow("hour", "all", path, first, last, 1, 6, 10, 10, "day")
    town.manifest.commit([row], [], now)


def test_without_valid_nights_the_balance_tells_no_leak_of_zero(stores: Stores) -> None:
    write_days(stores, past(stores, 20), coverage=0.2)
    view = view_of(stores, "engineer")
    it = scene(stores, view)
    parts = parts_of(view, it, it.focus, None)
    assert parts.shown == ()
    assert drawn(balance(view, parts)).count(view.text("leakage.words_unknown")) == 1


def heads_of(town: Stores, role: str) -> set[object]:
    """Columns of the ranking's file."""
    view = view_of(town, role, "en")
    it = scene(town, view)
    parts = parts_of(view, it, it.focus, None)
    made = file(view, it, "ranking|xlsx", (), [], parts)
    sheet = load_workbook(io.BytesIO(base64.b64decode(made["content"]))).worksheets[0]
    return set(next(sheet.iter_rows(values_only=True)))


def test_a_closed_search_is_proven_by_the_nights(town: Stores) -> None:
    """Work on the day of the leak's onset made it worse: the proof says so."""
    engineer, view = town.users.get("engineer"), view_of(town, "engineer", at=f"XM-000{LEAK}")
    manager = town.users.get("administrator")
    station = town.stations.by_code(f"XM-000{LEAK}")
    assert engineer is not None
    assert manager is not None
    assert station is not None
    day = view.now - timedelta(days=NIGHTS - ONSET)
    order = town.work_orders.order(station.id, "WT-05", 4, engineer, day - timedelta(hours=2))
    town.work_orders.take(order.id, engineer, day - timedelta(hours=1))
    town.work_orders.start(order.id, engineer, day)
    town.work_orders.finish(order.id, engineer, day, "repaired")
    town.work_orders.close(order.id, manager, day)
    [told] = leakage.proofs_of(town, view, scene(town, view))
    assert told.difference.value == pytest.approx(1.5, abs=0.1)
    assert told.verdict == "no"
    assert "无效" in drawn(leakage.layout(town, view))


def test_readings_come_in_and_make_the_balance(town: Stores) -> None:
    view = view_of(town, "engineer", "en")
    day = (view.now - timedelta(days=2)).date()
    text = f"station,time,meter,reading_m3\nXM-0001,{day},A,5\nXM-0099,{day},A,5\n"
    content = "data:text/csv;base64," + base64.b64encode(text.encode()).decode()
    said = drawn(take_in(town, view, content, "a.csv"))
    assert "1 rows came in" in said
    assert "XM-0099" in said
    assert enter(town, view, None, "household") == ""
    shown = enter(town, view, 1, "household", "XM-0001", f"{day}T06:00", "A", "x")
    assert "is not a number" in drawn(shown)
    assert town.household.readings(0, 1 << 60).height == 1
    with pytest.raises(Forbidden):
        take_in(town, view_of(town, "executive"), content, "a.csv")


def test_household_days_make_the_balance_of_the_days_that_both_know(town: Stores) -> None:
    """Homes register 82 % of the supply on the days that were read; night flow says 22 %."""
    view = view_of(town, "engineer", "en", at=f"XM-000{LEAK}")
    it = scene(town, view)
    assert it.focus is not None
    days = [it.spanned.last - timedelta(days=n) for n in range(12)]
    supply = 24 * 17.0 * it.focus.households / 1000
    starts = [datetime(d.year, d.month, d.day, tzinfo=view.zone).timestamp() * 1000 for d in days]
    ones = np.ones(len(days))
    table = {
        "station": np.full(len(days), it.focus.id), "ts": np.array(starts, np.int64),
        "day": np.array(days, "datetime64[D]"), "metered": 0.82 * supply * ones,
        "public": 0.0 * ones, "fire": 0.0 * ones, "meters": 100 * ones,
        "read": np.where(np.arange(len(days)) < 2, 40.0, 100.0), "imputed": 0.0 * ones,
        "stopped": 3.0 * ones,
    }  # fmt: skip
    with LakeWriter(town.settings.lake, town.manifest).change(lambda: view.now) as change:
        change.write("household_day", "all", "piece", table)
    parts = parts_of(view, it, it.focus, leakage.homes_of(town, it))
    assert parts.difference is not None
    assert parts.difference.rate.value == pytest.approx(18.0)
    assert parts.kind == "real"
    assert sum(amount for _, amount, _ in parts.shown) == pytest.approx(10 * supply)
    text = drawn(leakage.layout(town, view))
    assert "Over the 10 days" in text
    assert "mostly real losses" in text


def test_it_answers_over_the_wire(town: Stores, browser: Callable[[str], FlaskClient]) -> None:
    client = browser("engineer")
    text = "station,time,meter,reading_m3\nXM-0001,2026-01-02 06:00,A,5\n"
    content = "data:text/csv;base64," + base64.b64encode(text.encode()).decode()
    sent = [
        {"id": "leakage-import", "property": "contents", "value": content},
        {"id": "leakage-import", "property": "filename", "value": "a.csv"},
    ]
    answer = call(client, "leakage-import-report.children", sent)
    assert answer.status_code == 200
    assert town.household.readings(0, 1 << 60).height == 1
    assert client.get("/leakage").status_code == 200


def test_language_and_theme(town: Stores) -> None:
    for language in ("zh", "en"):
        for theme in ("dark", "light"):
            view = replace(view_of(town, "engineer", language), theme=theme)
            assert leakage.layout(town, view) is not None


def test_indicators_tell_what_the_page_tells(town: Stores) -> None:
    view = view_of(town, "administrator")
    it = scene(town, view)
    span = (it.spanned.first, it.spanned.last)
    desk = desk_of(town)
    rate = desk.figure(view, "loss_rate", *span)
    shown = loss_share(it.columns)
    assert (rate.value, rate.low, rate.high) == (shown.value, shown.low, shown.high)
    assert rate.unit == "%" and rate.formula == "K44 v1"
    assert Reason.DEFAULT_PARAMETER in rate.reasons
    cost = desk.figure(view, "leakage_cost", *span)
    assert cost.value == total(it.columns, "cost").value
    assert desk.figure(view, "suspected_leaks", *span).value == len(it.suspected) == 1
    station = int(it.stations[it.order[0]].id)
    others = [s.id for s in it.stations if s.id != station]
    assert desk.figure(view, "suspected_leaks", *span, stations=others).value == 0
    by_station = desk.table(view, ["leakage_cost"], *span, by=("station",))
    known = dict(by_station.select("station", "leakage_cost").iter_rows())
    assert known[station] == pytest.approx(it.columns["cost"][it.order[0]])


def test_before_the_leak_began_there_was_none(town: Stores) -> None:
    """A span that ends before the growth has the leak of then, not today's."""
    view = view_of(town, "administrator")
    today = view.now.astimezone(view.zone).date()
    then = today - timedelta(days=NIGHTS - ONSET + 10)
    desk = desk_of(town)
    before, now = (
        desk.figure(view, "leakage_cost", last - timedelta(days=6), last)
        for last in (then, today - timedelta(days=1))
    )
    assert before.value is not None and now.value is not None
    assert now.value - before.value > 0.7 * 1.5 * 22 * 1.5
    assert desk.figure(view, "suspected_leaks", then - timedelta(days=6), then).value == 0
