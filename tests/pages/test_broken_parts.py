"""Where a part of the data can't be read, the page stands: every page with every part broken.

What is broken is real: a damaged file of each dataset of the lake, a table that is gone, a live
snapshot that is no snapshot.
"""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from dash import Dash

from data.cards import Card
from data.catalogue.indicators import indicators
from data.manifest import FileRow
from data.stores import Stores
from pages import indicators as indicators_page
from pages.router import route
from tests.pages.conftest import view_of
from tests.pages.days import past, write_days
from tests.pages.looking import clicked, drawn, panel_of

ADDRESSES = (
    "/", "/map", "/stations", "/stations?set=energy", "/districts/east", "/compounds/GINKGO",
    "/stations/XM-0001",
    *(f"/stations/XM-0001?tab={tab}" for tab in ("trends", "points", "alarms", "orders")),
    "/stations/XM-0001/L", "/stations/XM-0001/L/1", "/alarms", "/alarms?sel=1",
    "/alarms?tab=history", "/alarm-statistics", "/rules", "/rules?sel=R-PU-01", "/on-call",
    "/on-call?tab=log", "/on-call?tab=contacts", "/on-call?tab=mine", "/solutions",
    "/work-orders", "/energy", "/pumps", "/leakage", "/comparison",
    *(f"/comparison?sel=st:XM-0001,st:XM-0002&tab={tab}"
      for tab in ("efficiency", "night", "periods", "day")),
    "/points", "/demand", "/demand?sel=st:XM-0001", "/quality", "/quality?sel=st:XM-0001",
    "/indicators", "/my-indicators", "/my-indicators?edit=1", "/corrections",
    "/corrections?sel=st:XM-0001", "/system", "/devices",
)  # fmt: skip
DATASETS = (
    "minute", "quarter", "hour", "station_day", "pump_day", "set_day", "household",
    "household_day", "fast", "slow", "flags",
)  # fmt: skip
TABLES = (
    "actions", "alarm_events", "alarms", "api_tokens", "audit", "boards", "channels", "contacts",
    "corrections", "devices", "diagnoses", "files", "jobs", "lab_samples", "meter_exchanges",
    "notifications", "permits", "polarities", "reports", "rule_versions", "saved_views", "shifts",
    "sites", "solutions", "status", "subscriptions", "work_order_events", "work_orders",
)  # fmt: skip
"""Without people and stations no page can be asked for."""
TOLD = {
    "lake station_day": {"/energy", "/leakage", "/pumps", "/stations", "/districts/east"},
    "lake hour": {"/demand", "/energy", "/quality?sel=st:XM-0001"},
    "lake quarter": {"/stations/XM-0001", "/points"},
    "table alarms": {"/alarms", "/alarm-statistics", "/stations/XM-0001?tab=alarms"},
    "table work_orders": {"/work-orders", "/energy", "/stations/XM-0001?tab=orders"},
    "table files": {"/energy", "/leakage", "/pumps", "/demand", "/indicators", "/points"},
}
"""Addresses that can't do without a part, and have to say so; the cockpit says it in the callbacks
that fill it (test_cockpit.py)."""


def spoil(stores: Stores, dataset: str) -> None:
    """A file that is no Parquet, in each layout's group, for the last 60 days. The days of the
    stations are there, for without any the pages have nothing to show that could break."""
    if dataset != "station_day":
        write_days(stores, past(stores, 60, end=0))
    now, root = datetime.now(UTC), stores.settings.lake
    first, last = (int(at.timestamp() * 1000) for at in (now - timedelta(days=60), now))
    rows = []
    for layout in {station.layout.key for station in stores.stations.all()}:
        path = f"{dataset}/2026-11-01/{layout}-damaged.parquet"
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(b"no parquet at all" * 50)
        rows.append(FileRow(dataset, f"{layout}-000", path, first, last, 1, 6, 10, 850, "day"))
    stores.manifest.commit(rows, [], now)


def break_(stores: Stores, part: str) -> None:
    kind, _, name = part.partition(" ")
    if kind == "lake":
        spoil(stores, name)
    elif kind == "table":
        write_days(stores, past(stores, 60, end=0))
        with stores.db.engine.begin() as link:
            link.exec_driver_sql(f"ALTER TABLE {name} RENAME TO gone_{name}")
    else:
        assert stores.settings.live.exists()
        stores.settings.live.write_bytes(b"no snapshot")


PARTS = [
    *(f"lake {name}" for name in DATASETS), *(f"table {name}" for name in TABLES), "snapshot"
]  # fmt: skip


@pytest.mark.parametrize("part", PARTS)
def test_a_broken_part_takes_no_page_with_it(
    stores: Stores, cockpit: Dash, part: str, capsys: pytest.CaptureFixture[str]
) -> None:
    break_(stores, part)
    told: dict[str, set[str]] = {}
    for address in ADDRESSES:
        path, _, query = address.partition("?")
        content, _, _ = route(stores, view_of(stores, "administrator"), path, f"?{query}")
        shown = drawn(content)
        assert stands(content, path, shown), f"{address} is lost without {part}"
        told[address] = set(re.findall(r"ref ([0-9a-f]{6})", shown))
    assert all(told[address] for address in TOLD.get(part, ())), told
    said = capsys.readouterr()
    assert all(ref in said.out + said.err for refs in told.values() for ref in refs)


def stands(content: Any, path: str, shown: str) -> bool:
    """Whether the page has its head; cockpit, map and system have none, only panels."""
    if "state" in str(getattr(content, "className", "")).split():
        return False
    return '"H1"' in shown or "<h1" in shown or path in ("/", "/map", "/system")


@pytest.mark.parametrize(
    ("dataset", "path", "lost", "alive"),
    [
        ("hour", "/energy", {"ranking", "scatter", "bands", "focus"}, {"groups", "course"}),
        ("household_day", "/leakage", {"balance"}, {"ranking", "nights", "changes"}),
        ("hour", "/leakage", {"ranking"}, {"nights", "changes", "proof", "readings"}),
        ("hour", "/quality", {"ranking_title"}, {"calendar_title"}),
    ],
)
def test_only_the_panels_that_need_a_damaged_dataset_say_so(
    stores: Stores, cockpit: Dash, dataset: str, path: str, lost: set[str], alive: set[str]
) -> None:
    spoil(stores, dataset)
    view = view_of(stores, "administrator")
    content, _, _ = route(stores, view, path, "")
    page = path[1:]
    panels = {name: panel_of(content, view.text(_title(page, name))) for name in lost | alive}
    assert {name for name, shown in panels.items() if "failed" in shown} == lost
    for name in lost:
        assert view.text(f"system.dataset_{dataset}") in panels[name]
        assert f"{dataset}/2026-11-01/" in panels[name]


@pytest.mark.parametrize(
    ("dataset", "lost", "alive"),
    [
        ("hour", "peak_factor", "supply"),
        ("pump_day", "run_balance", "supply"),
        ("quarter", "supply", "open_orders"),
    ],
)
def test_only_the_indicators_that_stand_on_a_damaged_dataset_say_so(
    stores: Stores, cockpit: Dash, dataset: str, lost: str, alive: str
) -> None:
    spoil(stores, dataset)
    view = view_of(stores, "administrator")
    shown = drawn(route(stores, view, "/indicators", "")[0])
    rows = {
        code: next(part for part in shown.split("<tr") if f"/indicators/{code}/explain" in part)
        for code in (lost, alive)
    }
    said = view.text("state.unread", name=view.text(f"system.dataset_{dataset}"))
    assert said in rows[lost]
    assert f"{dataset}/2026-11-01/" in rows[lost]
    assert "unread" not in rows[alive]
    sheet = {line.split(",")[1]: line for line in taken(stores)}
    assert "ref " in sheet[indicators()[lost].zh]
    assert "ref " not in sheet[indicators()[alive].zh]


def taken(stores: Stores) -> list[str]:
    """The rows of the page's CSV."""
    with clicked('{"index":"csv","type":"indicators-export"}'):
        made = indicators_page._file(stores, view_of(stores, "administrator"), 1, None, {})
    return base64.b64decode(made["content"]).decode("utf-8-sig").splitlines()[1:]


def test_of_pinned_cards_only_those_that_stand_on_a_damaged_dataset_say_so(
    stores: Stores, cockpit: Dash
) -> None:
    spoil(stores, "hour")
    view = view_of(stores, "administrator")
    own = stores.subscriptions
    for code in ("peak_factor", "supply"):
        own.add(view.user, Card(code, "", "30d", "prev", pinned=True), view.now)
    for card in own.of(view.user).cards[:-2]:
        own.remove(view.user, card.key, view.now)
    content = route(stores, view, "/indicators", "")[0]
    cards = found_by_class(content, "my-card")
    assert [("state failed" in drawn(card)) for card in cards] == [True, False]
    assert indicators()["peak_factor"].zh in drawn(cards[0])


def found_by_class(element: Any, name: str) -> list[Any]:
    """Elements of a class, outermost first."""
    if name in str(getattr(element, "className", "")).split():
        return [element]
    inside = getattr(element, "children", None)
    parts = inside if isinstance(inside, list | tuple) else [inside]
    return [one for part in parts if part is not None for one in found_by_class(part, name)]


def _title(page: str, name: str) -> str:
    return f"{page}.{name}" if name.endswith("_title") else f"{page}.panel_{name}"
